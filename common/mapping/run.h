/* A mapping at work on one message: shared by walk.c (JSON to slots), value.c (slots to values), field.c (values to
 * fields) and run.c. */
#ifndef TOILMETER_COMMON_MAPPING_RUN_H
#define TOILMETER_COMMON_MAPPING_RUN_H

#include "decode_value.h"
#include "mapping/program.h"

struct slot {
    uint64_t filling; /* the walk that filled it: it counts only while that is its level's */
    struct toil_json_value value;
};

/* A level's document. */
struct document {
    struct toil_span text;
    uint64_t filling; /* of its slots */
    bool is_text;     /* not JSON: a line */
    size_t index;     /* items of `each` met so far */
};

struct run {
    struct toil_mapping *mapping;
    const struct toil_message *message;
    struct call call; /* its message is the whole message */
    struct toil_matcher *matcher;
    struct slot *slot;
    size_t slot_cap;
    uint64_t *visited; /* of each node of the tree of pointers: the walk that was there last */
    size_t visited_cap;
    uint64_t fillings;
    struct document document[LEVELS_MAX];
    struct document key;
    bool key_walked;
    struct toil_span group[GROUPS_MAX]; /* of the rule's pattern */
    const char *origin;                 /* the source that the last value came from */
    size_t passed_over;
    size_t items; /* of the innermost `each`, met before in the message */
    const char *skipped;
};

/* What a source gave. */
enum value_type {
    VALUE_ABSENT,
    VALUE_JSON,   /* as it stands; a string that was made here has no escapes */
    VALUE_TIME,   /* time_us */
    VALUE_NUMBER, /* number */
};
struct value {
    enum value_type type;
    struct toil_json_value json;
    int64_t time_us;
    double number;
};

/* Fills the slots of a level from its document. */
enum toil_reason walk(struct run *run, const struct level *level, struct document *document);
/* The value in a slot of a document, or NULL. */
const struct toil_json_value *slot_value(const struct run *run, const struct document *document, int slot);

/* field: whose type settles what a text means; TOIL_N_FIELDS: none. */
enum toil_reason evaluate(struct run *run, const struct source *source, unsigned field, struct value *out);
/* A scalar's text; false for lists and objects. */
bool value_text(struct run *run, const struct value *value, struct toil_span *out);
/* Does any of the alternatives hold? Without any: yes. */
enum toil_reason any_holds(struct run *run, const struct alternative *when, size_t count, bool *out);

/* Puts a value into a field of the event. */
enum toil_reason set_field(struct run *run, const struct source *source, enum toil_field field,
                           const struct value *value);

/* A time as people's programs write it: RFC 3339, or with a space, a comma before the fraction, +0530, +05, UTC, GMT,
 * or no zone at all, where `zone` (NULL: refused) says which. A date alone is its midnight. */
bool parse_time(struct toil_span text, struct toil_zone *zone, int64_t *out_us);
/* The number that a text is; false when it is none, or more than a number. */
bool parse_number(struct toil_span text, struct toil_json_value *out);

#endif
