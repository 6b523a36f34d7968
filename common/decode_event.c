/* What is the same for every event, whether its values came by their own names or through a mapping. */
#include "decode_value.h"

enum toil_reason scan_fault(struct call *call, const struct toil_json_scan *scan)
{
    static const enum toil_reason reasons[] = {
        [TOIL_JSON_OK] = TOIL_REASON_NONE,
        [TOIL_JSON_EMPTY] = TOIL_REASON_EMPTY,
        [TOIL_JSON_SYNTAX] = TOIL_REASON_NOT_JSON,
        [TOIL_JSON_TRUNCATED] = TOIL_REASON_TRUNCATED,
        [TOIL_JSON_NOT_OBJECT] = TOIL_REASON_NOT_OBJECT,
        [TOIL_JSON_UTF8] = TOIL_REASON_UTF8,
        [TOIL_JSON_ESCAPE] = TOIL_REASON_ESCAPE,
        [TOIL_JSON_NUL] = TOIL_REASON_NUL,
        [TOIL_JSON_NUMBER] = TOIL_REASON_NUMBER,
        [TOIL_JSON_DEPTH] = TOIL_REASON_DEPTH,
    };
    if (scan->fault == TOIL_JSON_OK)
        return TOIL_REASON_NONE;
    return complain(call, reasons[scan->fault], "byte %zu: expected %s", toil_json_place(scan), scan->expected);
}

void begin_event(struct toil_event *event)
{
    event->kind = TOIL_KIND_NONE;
    event->ending = false;
    event->present = event->tag_count = event->unknown_fields = 0;
    event->extra = (struct toil_span){NULL, 0};
}

/* A state's version where the message tells none. */
static void fill_version(struct toil_event *event)
{
    if (toil_kinds[event->kind].shape != TOIL_SHAPE_STATE || toil_event_has(event, TOIL_FIELD_VERSION))
        return;
    enum toil_field source = toil_event_has(event, TOIL_FIELD_UPDATED_AT) ? TOIL_FIELD_UPDATED_AT : TOIL_FIELD_AT;
    if (!toil_event_has(event, source))
        return;
    event->value[TOIL_FIELD_VERSION].integer = event->value[source].time_us;
    event->present |= UINT32_C(1) << TOIL_FIELD_VERSION;
}

static enum toil_reason check_required(struct call *call, uint32_t required)
{
    struct toil_event *event = call->event;
    event->ending = toil_kinds[event->kind].shape == TOIL_SHAPE_FACT && !toil_event_has(event, TOIL_FIELD_AT) &&
                    toil_event_has(event, TOIL_FIELD_ENDED_AT);
    if (event->ending)
        required = UINT32_C(1) << TOIL_FIELD_ID | UINT32_C(1) << TOIL_FIELD_ENDED_AT;
    uint32_t missing = required & ~event->present;
    if (!missing)
        return TOIL_REASON_NONE;
    enum toil_field field = (enum toil_field)__builtin_ctz(missing);
    const char *instead = field == TOIL_FIELD_VERSION ? ", nor updated_at or at in its place" : "";
    return complain(call, TOIL_REASON_MISSING, "%s: missing%s; required of %s", toil_fields[field].name, instead,
                    toil_kinds[event->kind].name);
}

static enum toil_reason check_order(struct call *call)
{
    const struct toil_event *event = call->event;
    if (!toil_event_has(event, TOIL_FIELD_AT) || !toil_event_has(event, TOIL_FIELD_ENDED_AT) ||
        event->value[TOIL_FIELD_ENDED_AT].time_us >= event->value[TOIL_FIELD_AT].time_us)
        return TOIL_REASON_NONE;
    return complain(call, TOIL_REASON_IMPLAUSIBLE_TIME, "ended_at: before at");
}

enum toil_reason finish_event(struct call *call, uint32_t required)
{
    if (call->robot) {
        call->event->value[TOIL_FIELD_AUTOMATIC].boolean = true;
        call->event->present |= UINT32_C(1) << TOIL_FIELD_AUTOMATIC;
    }
    fill_version(call->event);
    enum toil_reason reason = check_required(call, required);
    return reason == TOIL_REASON_NONE ? check_order(call) : reason;
}
