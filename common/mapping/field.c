/* Values to fields. A mapping's texts may be what a canonical event writes otherwise: "3" is a number, "true" a
 * boolean. */
#include <stdio.h>
#include <string.h>

#include "mapping/run.h"

static enum toil_reason set_mapped_time(struct run *run, const struct source *source, enum toil_field field,
                                        const struct value *value)
{
    struct toil_span text;
    int64_t time_us;
    const char *expected = "a time with a zone, or a declared `zone` or `unit`";
    if (value->json.type == TOIL_JSON_NUMERIC)
        return refuse(&run->call, TOIL_REASON_TIME, field, &value->json, "a time with a zone, or a declared `unit`");
    if (value->json.type != TOIL_JSON_STRING)
        return refuse(&run->call, TOIL_REASON_TYPE, field, &value->json, expected);
    if (!value_text(run, value, &text) || !parse_time(text, source->zone, &time_us))
        return refuse(&run->call, TOIL_REASON_TIME, field, &value->json, expected);
    return set_time(&run->call, field, time_us);
}

static enum toil_reason set_version(struct run *run, const struct source *source, const struct value *value)
{
    struct toil_json_value number;
    struct toil_span text;
    int64_t time_us;
    if (value->json.type != TOIL_JSON_STRING || !value_text(run, value, &text))
        return convert_value(&run->call, TOIL_FIELD_VERSION, &value->json);
    if (parse_number(text, &number))
        return convert_value(&run->call, TOIL_FIELD_VERSION, &number);
    if (!parse_time(text, source->zone, &time_us))
        return refuse(&run->call, TOIL_REASON_TIME, TOIL_FIELD_VERSION, &value->json, "a whole number or a time");
    run->call.event->value[TOIL_FIELD_VERSION].integer = time_us;
    run->call.event->present |= UINT32_C(1) << TOIL_FIELD_VERSION;
    return TOIL_REASON_NONE;
}

static enum toil_reason set_number(struct run *run, enum toil_field field, const struct value *value)
{
    struct toil_json_value number;
    struct toil_span text;
    if (value->json.type == TOIL_JSON_STRING && value_text(run, value, &text) && parse_number(text, &number))
        return convert_value(&run->call, field, &number);
    return convert_value(&run->call, field, &value->json);
}

static enum toil_reason set_bool(struct run *run, enum toil_field field, const struct value *value)
{
    static const struct {
        const char *text;
        bool yes;
    } words[] = {{"true", true}, {"false", false}, {"1", true}, {"0", false}};
    struct toil_json_value json = value->json;
    struct toil_span text;
    for (size_t i = 0; value_text(run, value, &text) && i < sizeof words / sizeof words[0]; i++) {
        if (toil_span_is(text, words[i].text))
            json.type = words[i].yes ? TOIL_JSON_TRUE : TOIL_JSON_FALSE;
    }
    return convert_value(&run->call, field, &json);
}

/* Text may come from a number or a boolean: it is what is written there. */
static enum toil_reason set_text_field(struct run *run, enum toil_field field, const struct value *value)
{
    struct toil_json_value json = value->json;
    struct toil_span text;
    bool id = toil_fields[field].type == TOIL_TYPE_ID || toil_fields[field].type == TOIL_TYPE_PERSON;
    if (json.type != TOIL_JSON_STRING && !(id && json.type == TOIL_JSON_NUMERIC) && value_text(run, value, &text))
        json = (struct toil_json_value){.type = TOIL_JSON_STRING, .text = text};
    return convert_value(&run->call, field, &json);
}

static enum toil_reason set_tags(struct run *run, const struct value *value)
{
    struct toil_json_value json = value->json;
    struct toil_span text;
    if (!value_text(run, value, &text))
        return convert_value(&run->call, TOIL_FIELD_TAGS, &json);
    struct toil_buf list = TOIL_BUF_INIT; /* one text is a list of one */
    toil_buf_add_char(&list, '[');
    toil_buf_add_json_string(&list, text);
    toil_buf_add_char(&list, ']');
    json = (struct toil_json_value){.type = TOIL_JSON_ARRAY, .text = {list.data, list.len}};
    enum toil_reason reason = convert_value(&run->call, TOIL_FIELD_TAGS, &json);
    toil_buf_release(&list);
    return reason;
}

/* A number that was made here: within the field's range, or refused like one that stood there. */
static enum toil_reason set_made_number(struct run *run, enum toil_field field, double number)
{
    char *digits = scratch_take(run->call.scratch, 40);
    int len = snprintf(digits, 40, "%.17g", number);
    struct toil_json_value json;
    if (!parse_number((struct toil_span){digits, (size_t)len}, &json))
        return complain(&run->call, TOIL_REASON_NUMBER, "%s: expected a finite number", toil_fields[field].name);
    return convert_value(&run->call, field, &json);
}

static enum toil_reason set_made_time(struct run *run, enum toil_field field, int64_t time_us)
{
    struct toil_json_value text = {.type = TOIL_JSON_STRING};
    if (toil_fields[field].type == TOIL_TYPE_TIME)
        return set_time(&run->call, field, time_us);
    if (toil_fields[field].type == TOIL_TYPE_VERSION) {
        run->call.event->value[field].integer = time_us;
        run->call.event->present |= UINT32_C(1) << field;
        return TOIL_REASON_NONE;
    }
    char *written = scratch_take(run->call.scratch, 32);
    toil_time_format(time_us, written);
    text.text = toil_span_of(written);
    return convert_value(&run->call, field, &text);
}

enum toil_reason set_field(struct run *run, const struct source *source, enum toil_field field,
                           const struct value *value)
{
    if (value->type == VALUE_ABSENT)
        return TOIL_REASON_NONE;
    if (value->type == VALUE_TIME)
        return set_made_time(run, field, value->time_us);
    if (value->type == VALUE_NUMBER)
        return set_made_number(run, field, value->number);
    switch (toil_fields[field].type) {
    case TOIL_TYPE_TIME:
        return set_mapped_time(run, source, field, value);
    case TOIL_TYPE_VERSION:
        return set_version(run, source, value);
    case TOIL_TYPE_INTEGER:
    case TOIL_TYPE_INT32:
    case TOIL_TYPE_SEVERITY:
    case TOIL_TYPE_NUMBER:
    case TOIL_TYPE_MINUTES:
    case TOIL_TYPE_SHARE:
        return set_number(run, field, value);
    case TOIL_TYPE_BOOL:
        return set_bool(run, field, value);
    case TOIL_TYPE_TAGS:
        return set_tags(run, value);
    case TOIL_TYPE_TEXT:
    case TOIL_TYPE_ID:
    case TOIL_TYPE_PERSON:
    case TOIL_TYPE_STATUS:
    case TOIL_TYPE_ACTIVITY:
        return set_text_field(run, field, value);
    }
    return TOIL_REASON_NONE;
}
