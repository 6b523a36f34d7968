/* The tables behind event.h. */
#include "toilmeter/event.h"

#include <string.h>

const struct toil_kind_info toil_kinds[TOIL_N_KINDS] = {
#define TOIL_KIND(ID, name, shape, doc) {#name, TOIL_SHAPE_##shape, doc},
#include "toilmeter/events.def"
#undef TOIL_KIND
};

const struct toil_field_info toil_fields[TOIL_N_FIELDS] = {
#define TOIL_FIELD(ID, name, type, kinds, required, max, doc) {#name, TOIL_TYPE_##type, kinds, required, max, doc},
#include "toilmeter/events.def"
#undef TOIL_FIELD
};

const char *const toil_ticket_states[] = {"open", "pending", "solved", "closed", "deleted", NULL};
const char *const toil_activities[] = {"toil", "incident", "feature", "debt", "other", NULL};

enum toil_kind toil_kind_find(struct toil_span name)
{
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        if (toil_span_is(name, toil_kinds[kind].name))
            return (enum toil_kind)kind;
    }
    return TOIL_KIND_NONE;
}

void toil_kinds_list(struct toil_buf *out)
{
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        toil_buf_printf(out, "%s%s", kind ? ", " : "", toil_kinds[kind].name);
}

enum toil_field toil_field_find(struct toil_span name)
{
#define TOIL_FIELD(ID, fname, type, kinds, required, max, doc)                                                         \
    if (name.len == sizeof #fname - 1 && memcmp(name.ptr, #fname, sizeof #fname - 1) == 0)                             \
        return TOIL_FIELD_##ID;
#include "toilmeter/events.def"
#undef TOIL_FIELD
    return TOIL_N_FIELDS;
}

const char *toil_type_column(enum toil_type type)
{
    switch (type) {
    case TOIL_TYPE_TEXT:
    case TOIL_TYPE_ID:
    case TOIL_TYPE_PERSON:
    case TOIL_TYPE_STATUS:
    case TOIL_TYPE_ACTIVITY:
        return "text";
    case TOIL_TYPE_TIME:
        return "timestamptz";
    case TOIL_TYPE_VERSION:
    case TOIL_TYPE_INTEGER:
        return "bigint";
    case TOIL_TYPE_INT32:
        return "integer";
    case TOIL_TYPE_SEVERITY:
        return "smallint";
    case TOIL_TYPE_NUMBER:
    case TOIL_TYPE_MINUTES:
    case TOIL_TYPE_SHARE:
        return "double precision";
    case TOIL_TYPE_BOOL:
        return "boolean";
    case TOIL_TYPE_TAGS:
        return "text[]";
    }
    return "text";
}

const char *toil_type_name(enum toil_type type)
{
    static const char *const names[] = {"text",    "id",    "person",   "time",   "version",
                                        "integer", "int32", "severity", "number", "minutes",
                                        "share",   "bool",  "tags",     "status", "activity"};
    return names[type];
}
