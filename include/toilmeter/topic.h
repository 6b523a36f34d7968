/* What the configuration says of a topic's messages: canonical events of a kind and a unit of time, or somebody else's,
 * read through a preset or a mapping. The daemon reads it of all its topics, `toilmeter check-mapping` of one. */
#ifndef TOILMETER_TOPIC_H
#define TOILMETER_TOPIC_H

#include "toilmeter/mapping.h"

/* The keys of an item of `topics`. */
enum toil_topic_key {
    TOIL_TOPIC_NAME,
    TOIL_TOPIC_KIND,
    TOIL_TOPIC_TIME_UNIT,
    TOIL_TOPIC_PRESET,
    TOIL_TOPIC_MAPPING,
    TOIL_TOPIC_SETTINGS,
    TOIL_TOPIC_KEYS,
};
struct toil_topic_key_info {
    const char *key, *doc;
};
extern const struct toil_topic_key_info toil_topic_keys[TOIL_TOPIC_KEYS];

struct toil_topic {
    enum toil_kind kind;           /* TOIL_KIND_NONE: each message names its own */
    enum toil_time_unit time_unit; /* of times that are numbers */
    struct toil_mapping *mapping;  /* owned; NULL: canonical events */
    char *mapped_by;               /* owned: preset or mapping and settings, as written; NULL without a mapping */
};

/* Reads the values of an item's keys, each NULL where it is absent; the topic's name is the caller's to read. file: the
 * configuration, in whose folder a mapping's relative path begins, or NULL. An error names its place; *out is released
 * then. */
enum toil_status toil_topic_read(const char *file, const toil_yaml_node *const value[TOIL_TOPIC_KEYS],
                                 struct toil_topic *out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_topic_release(struct toil_topic *topic);

#endif
