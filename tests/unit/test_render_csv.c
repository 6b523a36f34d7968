/* CSV: reads back what went in, whatever the text, and no text is a formula. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_model.h"

static char *rendered(void)
{
    struct toil_report *report = toil_model_new();
    char *text = toil_model_render(report, "csv", false);
    toil_report_free(report);
    return text;
}

Test(render_csv, golden)
{
    char *text = rendered();
    toil_golden_check("model.csv", text);
    free(text);
}

/* The next field by RFC 4180 into `field`; *end_of_record is set behind the last of a record. Where to go on. */
static const char *next_field(const char *p, struct toil_buf *field, bool *end_of_record)
{
    toil_buf_clear(field);
    if (*p == '"') {
        for (p++; !(*p == '"' && p[1] != '"'); p++) {
            cr_assert_neq(*p, '\0', "a quote is not closed");
            p += *p == '"';
            toil_buf_add_char(field, *p);
        }
        p++;
    } else {
        for (; !strchr(",\r\n", *p); p++)
            toil_buf_add_char(field, *p);
    }
    *end_of_record = *p != ',';
    if (*end_of_record)
        cr_assert_eq(strncmp(p, "\r\n", 2), 0, "a record ends in CRLF");
    return p + (*end_of_record ? 2 : 1);
}

Test(render_csv, every_text_comes_back)
{
    char *text = rendered();
    struct toil_buf field = TOIL_BUF_INIT;
    const char *p = text;
    bool end = false;
    size_t columns = 0;
    for (; !end; columns++)
        p = next_field(p, &field, &end);
    cr_assert_eq(columns, 6 + 2 * 3 + 1 + 2 + 2, "an estimate has four columns, a lag two; one for people has none");
    for (size_t i = 0; i <= toil_model_name_count; i++) {
        size_t fields = 0;
        for (end = false; !end; fields++) {
            p = next_field(p, &field, &end);
            if (fields > 0 || i == toil_model_name_count)
                continue;
            const char *got = field.len ? field.data : "", *name = toil_model_names[i];
            cr_assert(!*got || !strchr("=+-@", *got), "a formula: %s", got);
            got += *got == '\'';
            if (!strstr(name, "\xff"))
                cr_assert_str_eq(got, name);
        }
        cr_assert_eq(fields, columns);
    }
    cr_assert_eq(*p, '\0');
    toil_buf_release(&field);
    free(text);
}

Test(render_csv, what_is_no_number_is_empty)
{
    char *text = rendered();
    cr_assert_null(strstr(text, "nan"));
    cr_assert_null(strstr(text, "inf"));
    free(text);
}
