/* JSON text of lists in cells. */
#include "report_list.h"

#include <math.h>

#include "report_numbers.h"

static void separate(struct toil_buf *out)
{
    if (out->len && out->data[out->len - 1] != '[' && out->data[out->len - 1] != '{')
        toil_buf_add_text(out, ", ");
}

static void add_key(struct toil_buf *out, const char *key)
{
    separate(out);
    toil_buf_printf(out, "\"%s\": ", key);
}

void toil_list_begin(struct toil_buf *out)
{
    toil_buf_add_char(out, '[');
}

void toil_list_end(struct toil_buf *out)
{
    toil_buf_add_char(out, ']');
}

void toil_list_item(struct toil_buf *out)
{
    separate(out);
    toil_buf_add_char(out, '{');
}

void toil_list_item_end(struct toil_buf *out)
{
    toil_buf_add_char(out, '}');
}

void toil_list_add_text(struct toil_buf *out, const char *key, const char *text)
{
    add_key(out, key);
    if (text)
        toil_buf_add_json_string(out, toil_span_of(text));
    else
        toil_buf_add_text(out, "null");
}

void toil_list_add_integer(struct toil_buf *out, const char *key, int64_t integer)
{
    add_key(out, key);
    toil_buf_printf(out, "%lld", (long long)integer);
}

void toil_list_add_number(struct toil_buf *out, const char *key, double number)
{
    add_key(out, key);
    if (isfinite(number))
        toil_number_add_exact(out, number);
    else
        toil_buf_add_text(out, "null");
}

void toil_list_add_flag(struct toil_buf *out, const char *key, bool known, bool flag)
{
    add_key(out, key);
    toil_buf_add_text(out, !known ? "null" : flag ? "true" : "false");
}

void toil_list_add_estimate(struct toil_buf *out, const char *key, const struct toil_estimate *estimate)
{
    bool known = isfinite(estimate->value);
    add_key(out, key);
    toil_buf_add_char(out, '{');
    toil_list_add_number(out, "value", estimate->value);
    if (known) {
        toil_list_add_number(out, "low", estimate->low);
        toil_list_add_number(out, "high", estimate->high);
        toil_list_add_number(out, "level", estimate->level);
    }
    toil_list_add_text(out, "unit", estimate->unit);
    toil_list_add_text(out, "grade", known ? estimate->grade : "none");
    if (estimate->why)
        toil_list_add_text(out, "why", estimate->why);
    toil_buf_add_char(out, '}');
}
