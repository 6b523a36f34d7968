/* The code behind told.h. */
#include "sample/told.h"

#include <inttypes.h>
#include <string.h>

static void add_tags(const struct toil_event *event, struct toil_buf *out)
{
    const char *p = event->value[TOIL_FIELD_TAGS].text.ptr;
    toil_buf_add_char(out, '[');
    for (uint32_t i = 0; i < event->tag_count; i++) {
        uint32_t len;
        memcpy(&len, p, sizeof len);
        p += sizeof len;
        toil_buf_add_text(out, i ? ", " : "");
        toil_buf_add_json_string(out, (struct toil_span){p, len});
        p += len;
    }
    toil_buf_add_char(out, ']');
}

static void add_time(int64_t time_us, struct toil_buf *out)
{
    char text[32];
    toil_time_format(time_us, text);
    toil_buf_printf(out, "\"%s\"", text);
}

static void add_value(const struct toil_event *event, enum toil_field field, struct toil_buf *out)
{
    const union toil_value *value = &event->value[field];
    switch (toil_fields[field].type) {
    case TOIL_TYPE_TEXT:
    case TOIL_TYPE_ID:
    case TOIL_TYPE_PERSON:
    case TOIL_TYPE_STATUS:
    case TOIL_TYPE_ACTIVITY:
        toil_buf_add_json_string(out, value->text);
        break;
    case TOIL_TYPE_TIME:
        add_time(value->time_us, out);
        break;
    case TOIL_TYPE_VERSION:
    case TOIL_TYPE_INTEGER:
    case TOIL_TYPE_INT32:
    case TOIL_TYPE_SEVERITY:
        toil_buf_printf(out, "%" PRId64, value->integer);
        break;
    case TOIL_TYPE_NUMBER:
    case TOIL_TYPE_MINUTES:
    case TOIL_TYPE_SHARE:
        toil_buf_printf(out, "%.15g", value->number);
        break;
    case TOIL_TYPE_BOOL:
        toil_buf_add_text(out, value->boolean ? "true" : "false");
        break;
    case TOIL_TYPE_TAGS:
        add_tags(event, out);
        break;
    }
}

void toil_tell_event(const struct toil_event *event, struct toil_buf *out)
{
    toil_buf_printf(out, "{\"kind\": \"%s\"", toil_kinds[event->kind].name);
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        if (!toil_event_has(event, (enum toil_field)f))
            continue;
        toil_buf_printf(out, ", \"%s\": ", toil_fields[f].name);
        add_value(event, (enum toil_field)f, out);
    }
    if (event->extra.len > 0) {
        toil_buf_add_text(out, ", \"extra\": ");
        toil_buf_add_span(out, event->extra);
    }
    toil_buf_add_char(out, '}');
}

static void add_from(const char *const from[TOIL_N_FIELDS], struct toil_buf *out)
{
    bool first = true;
    toil_buf_add_char(out, '{');
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        if (!from[f])
            continue;
        toil_buf_printf(out, "%s\"%s\": ", first ? "" : ", ", toil_fields[f].name);
        toil_buf_add_json_string(out, toil_span_of(from[f]));
        first = false;
    }
    toil_buf_add_char(out, '}');
}

static void add_events(const struct toil_reading *reading, struct toil_buf *out)
{
    toil_buf_add_text(out, "{\"events\": [");
    for (size_t i = 0; i < reading->count; i++) {
        toil_buf_add_text(out, i ? ", " : "");
        toil_tell_event(&reading->event[i], out);
    }
    toil_buf_add_char(out, ']');
    if (reading->from) {
        toil_buf_add_text(out, ", \"from\": ");
        add_from(reading->from[0], out);
    }
    if (reading->from && reading->count > 1) {
        toil_buf_add_text(out, ", \"from_each\": [");
        for (size_t i = 0; i < reading->count; i++) {
            toil_buf_add_text(out, i ? ", " : "");
            add_from(reading->from[i], out);
        }
        toil_buf_add_char(out, ']');
    }
    if (reading->passed_over > 0)
        toil_buf_printf(out, ", \"passed_over\": %zu", reading->passed_over);
}

void toil_tell_json(enum toil_reason reason, const struct toil_reading *reading, const char *detail,
                    struct toil_buf *out)
{
    if (reason != TOIL_REASON_NONE) {
        toil_buf_printf(out, "{\"quarantine\": \"%s\", \"detail\": ", toil_reasons[reason].name);
        toil_buf_add_json_string(out, toil_span_of(detail));
    } else if (reading->count == 0) {
        toil_buf_add_text(out, "{\"skipped\": ");
        toil_buf_add_json_string(out, toil_span_of(reading->skipped ? reading->skipped : "no event"));
    } else {
        add_events(reading, out);
    }
    toil_buf_add_text(out, "}\n");
}

static void tell_event_text(const struct toil_event *event, const char *const *from, struct toil_buf *out)
{
    toil_buf_printf(out, "  %s%s\n", toil_kinds[event->kind].name, event->ending ? " (its end alone)" : "");
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        if (!toil_event_has(event, (enum toil_field)f))
            continue;
        size_t begin = out->len;
        toil_buf_printf(out, "    %-14s ", toil_fields[f].name);
        add_value(event, (enum toil_field)f, out);
        size_t width = out->len - begin;
        if (from)
            toil_buf_printf(out, "%*s <- %s", width < 48 ? (int)(48 - width) : 0, "", from[f] ? from[f] : "(follows)");
        toil_buf_add_char(out, '\n');
    }
    if (event->extra.len > 0) {
        toil_buf_add_text(out, "    extra          ");
        toil_buf_add_span(out, event->extra);
        toil_buf_add_char(out, '\n');
    }
}

void toil_tell_text(enum toil_reason reason, const struct toil_reading *reading, const char *detail,
                    struct toil_buf *out)
{
    if (reason != TOIL_REASON_NONE)
        toil_buf_printf(out, "  quarantined, %s: %s\n", toil_reasons[reason].name, detail);
    else if (reading->count == 0)
        toil_buf_printf(out, "  skipped: %s\n", reading->skipped ? reading->skipped : "no event");
    for (size_t i = 0; reason == TOIL_REASON_NONE && i < reading->count; i++)
        tell_event_text(&reading->event[i], reading->from ? reading->from[i] : NULL, out);
}
