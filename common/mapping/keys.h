/* The keys of a mapping file, declared once: what the compiler knows and what toilmeter-mapping(5) tells are made from
 * these rows. */
#ifndef TOILMETER_COMMON_MAPPING_KEYS_H
#define TOILMETER_COMMON_MAPPING_KEYS_H

#include "toilmeter/yaml.h"

/* The maps of the file whose keys are the language's own. */
enum mapping_level {
    MAPPING_TOP,
    MAPPING_SETTING,
    MAPPING_DECODE,
    MAPPING_RULE,
    MAPPING_PATTERN,
    MAPPING_SOURCE,
    MAPPING_WHEN,
    MAPPING_LEVELS,
};

struct mapping_level_row {
    const char *name;  /* in messages */
    const char *title; /* in the manual */
    const char *doc;   /* where it stands and what it is; the last sentence without full stop */
};

struct mapping_key {
    enum mapping_level level;
    const char *key;
    const char *value; /* what is expected */
    bool required;     /* every such map has it */
    const char *doc;   /* without full stop */
};

/* What a source may be besides a literal and a map: a pointer, or a word that begins with a dollar. */
struct mapping_word {
    const char *word;
    const char *argument; /* what comes right behind the word; NULL: nothing */
    const char *doc;      /* without full stop */
};

extern const struct mapping_level_row mapping_levels[MAPPING_LEVELS];
extern const struct mapping_key mapping_keys[];   /* ended by a row without key */
extern const struct mapping_word mapping_words[]; /* ended by a row without word */

/* Refuses keys of `node` that the level has not. */
enum toil_status mapping_only_keys(const toil_yaml_node *node, enum mapping_level level,
                                   struct toil_error *err) TOIL_MUST_CHECK;
/* The word with a dollar that is nearest to `text`; NULL when none is near. */
const char *mapping_nearest_word(const char *text);

#endif
