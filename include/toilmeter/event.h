/* The event: one fact from telemetry, of one kind, between decoding and storing. Made from events.def. */
#ifndef TOILMETER_EVENT_H
#define TOILMETER_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "toilmeter/buf.h"

enum toil_kind {
#define TOIL_KIND(ID, name, shape, doc) TOIL_KIND_##ID,
#include "toilmeter/events.def"
#undef TOIL_KIND
    TOIL_N_KINDS,
    TOIL_KIND_NONE = TOIL_N_KINDS, /* not told */
};

enum toil_shape { TOIL_SHAPE_FACT, TOIL_SHAPE_STATE };

/* Bit sets of kinds, for the columns `kinds` and `required` of events.def. */
#define TOIL_K(ID)  (1u << TOIL_KIND_##ID)
#define TOIL_ALL    ((1u << TOIL_N_KINDS) - 1u)
#define TOIL_STATES (TOIL_K(SUPPORT_TICKET) | TOIL_K(WORK_LOG))
#define TOIL_FACTS  (TOIL_ALL & ~TOIL_STATES)

enum toil_field {
#define TOIL_FIELD(ID, name, type, kinds, required, max, doc) TOIL_FIELD_##ID,
#include "toilmeter/events.def"
#undef TOIL_FIELD
    TOIL_N_FIELDS,
};

/* How a JSON value becomes a column. */
enum toil_type {
    TOIL_TYPE_TEXT,     /* string -> text */
    TOIL_TYPE_ID,       /* string, or whole number up to 2^53 in size -> text */
    TOIL_TYPE_PERSON,   /* as ID; the column holds the pseudonym (people.h) -> text */
    TOIL_TYPE_TIME,     /* RFC 3339, or a number with a declared unit -> timestamptz */
    TOIL_TYPE_VERSION,  /* whole number up to 2^53, or RFC 3339 as microseconds since 1970 -> bigint */
    TOIL_TYPE_INTEGER,  /* whole number, 0 to 2^53 -> bigint */
    TOIL_TYPE_INT32,    /* whole number in 32 bits -> integer */
    TOIL_TYPE_SEVERITY, /* 1 to 5 -> smallint */
    TOIL_TYPE_NUMBER,   /* finite double -> double precision */
    TOIL_TYPE_MINUTES,  /* 0 to 527040 (a year of minutes) -> double precision */
    TOIL_TYPE_SHARE,    /* 0 to 1 -> double precision */
    TOIL_TYPE_BOOL,     /* true or false -> boolean */
    TOIL_TYPE_TAGS,     /* array of strings, at most 256 -> text[] */
    TOIL_TYPE_STATUS,   /* one of toil_status_values -> text */
    TOIL_TYPE_ACTIVITY, /* one of toil_activity_values -> text */
};

struct toil_kind_info {
    const char *name; /* also the name of its table */
    enum toil_shape shape;
    const char *doc;
};

struct toil_field_info {
    const char *name; /* also the name of its column */
    enum toil_type type;
    unsigned kinds;
    unsigned required;
    unsigned max_bytes;
    const char *doc;
};

extern const struct toil_kind_info toil_kinds[TOIL_N_KINDS];
extern const struct toil_field_info toil_fields[TOIL_N_FIELDS];
extern const char *const toil_ticket_states[]; /* NULL-terminated: open pending solved closed deleted */
extern const char *const toil_activities[];    /* NULL-terminated: toil incident feature debt other */

/* Returns TOIL_KIND_NONE when no kind has that name. */
enum toil_kind toil_kind_find(struct toil_span name);
/* Appends the names of all kinds, separated by commas. */
void toil_kinds_list(struct toil_buf *out);
/* Returns TOIL_N_FIELDS when no field has that name. Constant time. */
enum toil_field toil_field_find(struct toil_span name);
/* The PostgreSQL type of a field's column: "text", "timestamptz", ... */
const char *toil_type_column(enum toil_type type);
const char *toil_type_name(enum toil_type type);

/* One field's value; which member counts is settled by the field's type. Spans are borrowed: from the message, or from
 * the decoder's scratch memory, valid until its next call. */
union toil_value {
    struct toil_span text; /* TEXT, ID, STATUS, ACTIVITY; PERSON: the pseudonym; TAGS: n strings, each a native
                              uint32_t length and its bytes, one after the other */
    int64_t integer;       /* VERSION, INTEGER, INT32, SEVERITY */
    int64_t time_us;       /* TIME: microseconds since 1970-01-01T00:00:00Z */
    double number;         /* NUMBER, MINUTES, SHARE */
    bool boolean;          /* BOOL */
};

struct toil_event {
    enum toil_kind kind;
    bool ending;      /* a fact's end without its beginning: goes to event_ending */
    uint32_t present; /* bit f set: value[f] counts */
    uint32_t tag_count;
    uint32_t unknown_fields; /* how many keys went to extra */
    union toil_value value[TOIL_N_FIELDS];
    struct toil_span extra; /* a JSON object of the unknown fields, or empty */
};

static inline bool toil_event_has(const struct toil_event *event, enum toil_field field)
{
    return (event->present >> field) & 1u;
}

_Static_assert(TOIL_N_FIELDS <= 32, "toil_event.present has 32 bits");

#endif
