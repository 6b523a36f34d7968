/* A compiled mapping: what mapping/compile*.c make of the YAML and mapping/run.c runs. Nothing here is changed by
 * running but what time zones remember. */
#ifndef TOILMETER_COMMON_MAPPING_PROGRAM_H
#define TOILMETER_COMMON_MAPPING_PROGRAM_H

#include "toilmeter/digest.h"
#include "toilmeter/json_scan.h"
#include "toilmeter/mapping.h"
#include "toilmeter/pattern.h"
#include "toilmeter/zone.h"

enum {
    LEVELS_MAX = 16, /* documents inside of each other: framing and `each` */
    TOKENS_MAX = 32, /* steps of one pointer */
    GROUPS_MAX = 16, /* groups of one regular expression, the whole match included */
    PARTS_MAX = 32,  /* of first_of, join and lists */
    NESTING_MAX = 8, /* of sources within sources */
    EXTRA_MAX = 64,
    MESSAGE = 0, /* level: the message, or what schema_registry left of it */
};

/* A node of the tree of all pointers into one level: the walk goes into what has children and keeps what has a slot. */
struct path {
    struct toil_span token;    /* a member's name */
    int64_t index;             /* of an array's item; -1: none */
    struct toil_span selector; /* [selector=wanted]: the item of an array whose member says so; empty: none */
    struct toil_span wanted;
    int child, next; /* of program.path; -1: none */
    int slot;        /* -1: nobody asks for the value itself */
    bool indexes;    /* has children that name items of an array */
};

enum level_how {
    LEVEL_MESSAGE,
    LEVEL_UNDER,  /* an object below the pointer */
    LEVEL_JSON,   /* JSON inside the string at the pointer */
    LEVEL_BASE64, /* JSON, base64 in the string at the pointer */
    LEVEL_TEXT,   /* the string at one of the pointers, or the whole document, is text */
    LEVEL_EACH,   /* the items of the array at the pointer */
    LEVEL_KEY,    /* the message's key */
};

struct level {
    enum level_how how;
    int root;            /* of program.path */
    bool walked;         /* somebody asks for something in it */
    int slot[PARTS_MAX]; /* pointers into the level above */
    size_t slot_count;
    const char *text; /* of the pointer, for messages */
};

enum source_op {
    SOURCE_LITERAL,
    SOURCE_POINTER,
    SOURCE_HEADER,
    SOURCE_KEY,
    SOURCE_TIMESTAMP,
    SOURCE_TOPIC_NAME,
    SOURCE_PARTITION,
    SOURCE_OFFSET,
    SOURCE_TEXT,  /* of the innermost level, where it is text */
    SOURCE_GROUP, /* of the rule's pattern */
    SOURCE_INDEX, /* how many items of the innermost `each` came before in the message */
    SOURCE_FIRST_OF,
    SOURCE_JOIN,
    SOURCE_LIST,
};

struct alternative;

struct map_row {
    struct toil_pattern *when;
    const struct source *to; /* NULL: absent */
};

/* Where a value comes from, and what is done to it on the way, in the order of the members. */
struct source {
    enum source_op op;
    const char *text; /* as it is written */
    struct toil_json_value literal;
    int level, slot;  /* POINTER */
    const char *name; /* HEADER */
    unsigned group;   /* GROUP */
    const struct source *part[PARTS_MAX];
    size_t part_count;
    struct toil_span with; /* JOIN */
    bool optional;         /* JOIN: absent parts are left out */

    const struct alternative *when; /* absent unless any of them holds; none: always */
    size_t when_count;
    bool bytes; /* an array of numbers is UTF-8 text */
    struct toil_pattern **absent;
    size_t absent_count;
    struct toil_pattern *pattern;
    unsigned pattern_group;
    struct map_row *map;
    size_t map_count;
    bool has_otherwise;
    const struct source *otherwise; /* NULL: absent */
    struct toil_span split;         /* of a text into a list; empty: not */
    int64_t plus;                   /* to a whole number */
    bool has_scale;
    double scale_from, scale_to; /* the values that become 0 and 1 */
    enum toil_time_unit unit;    /* of a time */
    double minutes_per_unit;     /* of a duration; 0: none declared */
    struct toil_zone *zone;      /* of a time without one; NULL: such times are refused. Owned by the program */
};

enum test_how { TEST_ANY_OF, TEST_PRESENT, TEST_ABSENT, TEST_ABOVE, TEST_BELOW };

struct condition {
    const struct source *source;
    enum test_how how;
    bool negate;
    struct toil_pattern **pattern;
    size_t pattern_count;
    double number;
};

struct alternative {
    struct condition *condition;
    size_t count;
};

struct extra_row {
    const char *name;
    const struct source *source;
};

struct rule {
    const char *name;
    const struct alternative *when; /* any of them; none: always */
    size_t when_count;
    const struct source *pattern_of;
    struct toil_pattern *pattern;
    const char *skip; /* no event, and why; NULL: an event */
    enum toil_kind kind;
    uint32_t required; /* bit set of fields */
    const struct source *field[TOIL_N_FIELDS];
    struct extra_row *extra;
    size_t extra_count;
    bool also; /* the rules behind it are tried, too */
};

enum no_value { NO_VALUE_QUARANTINE, NO_VALUE_SKIP, NO_VALUE_EMPTY };

struct toil_mapping {
    char *name;
    char digest[2 * TOIL_SHA256_BYTES + 1]; /* of what was written, in one form */
    enum no_value no_value;
    bool schema_registry;
    bool may_be_text; /* the message need not be JSON */
    struct level level[LEVELS_MAX];
    size_t level_count;
    size_t each_at; /* first level of `each`; level_count: none */
    bool has_key_level;
    struct level key;
    struct path *path;
    size_t path_count;
    int slot_count;
    bool otherwise_quarantine; /* what no rule takes is unusable */
    struct rule *rule;
    size_t rule_count;
    void **owned; /* memory of the program, freed with it */
    size_t owned_count;
    struct toil_pattern **pattern; /* owned */
    size_t pattern_count;
    struct toil_zone **zone; /* owned */
    size_t zone_count;
};

/* What compiling knows on the way. */
struct compiler {
    struct toil_mapping *mapping;
    const toil_yaml_node *settings, *values; /* the mapping's own, and the user's; NULL: none */
    struct toil_pattern *rule_pattern;       /* of the rule being compiled, for $group */
    unsigned nesting;
    struct toil_error *err;
};

/* Memory that lives as long as the program. */
void *program_alloc(struct toil_mapping *mapping, size_t count, size_t size);
char *program_text(struct toil_mapping *mapping, const char *text);
enum toil_status program_pattern(struct compiler *compiler, const toil_yaml_node *node, const char *key,
                                 struct toil_pattern **out) TOIL_MUST_CHECK;

/* $setting.NAME stands for the user's value or the default; other nodes for themselves. */
enum toil_status compile_setting(struct compiler *compiler, const toil_yaml_node *node,
                                 const toil_yaml_node **out) TOIL_MUST_CHECK;
/* The slot of a pointer ("/a/b", "../a", "$message/a", "$kafka.key/a"); `level`: of the innermost document. */
enum toil_status compile_pointer(struct compiler *compiler, const toil_yaml_node *node, const char *text,
                                 size_t innermost, int *level, int *slot) TOIL_MUST_CHECK;
/* field: of the vocabulary, whose type settles what `unit` means; TOIL_N_FIELDS where there is none. */
enum toil_status compile_source(struct compiler *compiler, const toil_yaml_node *node, unsigned field,
                                const struct source **out) TOIL_MUST_CHECK;
enum toil_status compile_when(struct compiler *compiler, const toil_yaml_node *node, const struct alternative **out,
                              size_t *out_count) TOIL_MUST_CHECK;
bool is_pointer(const char *text);

#endif
