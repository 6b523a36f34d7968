/* The daemon's configuration: read from a YAML file and the environment, checked whole before anything starts. */
#ifndef TOILMETER_CONFIG_H
#define TOILMETER_CONFIG_H

#include "toilmeter/topic.h"

/* A property of librdkafka, passed through. */
struct toil_config_property {
    const char *name, *value;
};
/* What is wrong with one, or NULL. The answer never holds the value, which may be a secret. */
typedef const char *(*toil_config_property_fn)(const char *name, const char *value);

struct toil_config_topic {
    char *topic; /* owned */
    struct toil_topic is;
};

enum toil_config_loss { TOIL_CONFIG_LOSS_STOP, TOIL_CONFIG_LOSS_CONTINUE };
enum toil_config_start { TOIL_CONFIG_START_EARLIEST, TOIL_CONFIG_START_LATEST };

struct toil_config {
    char *cluster;  /* owned like all texts here */
    char *postgres; /* "" leaves all to libpq's environment */
    struct toil_config_property *kafka;
    size_t kafka_count;
    struct toil_config_topic *topic;
    const char **topic_names; /* of topic[], borrowed from it */
    size_t topic_count;
    char *key_file;
    char **robot;
    size_t robot_count;
    int64_t batch_rows, batch_bytes, batch_age_ms;
    int64_t limit_message, limit_memory;
    char *http_listen;    /* "off": no server */
    int64_t on_data_loss; /* enum toil_config_loss */
    int64_t start;        /* enum toil_config_start */
    int64_t earliest_us;
    int64_t grace_ms, commit_timeout_ms;
    int64_t log_level; /* enum toil_log_level */
    char **ignored;    /* environment variables that look like ours but are not */
    size_t ignored_count;
};

/* file: NULL reads the environment alone. environment: NAME=VALUE ..., NULL-terminated, as in environ(7); it wins over
 * the file. check: asked about each property of librdkafka; NULL where none is used. *out: owned. TOIL_BAD_INPUT names
 * file, line, key and what was expected.
 *
 * Names in the environment: TOILMETER_ and the path in capitals, its steps joined by two underscores; a dot of a
 * librdkafka property is one underscore; an item of a list is its number from 0:
 * TOILMETER_KAFKA__BOOTSTRAP_SERVERS, TOILMETER_BATCH__ROWS, TOILMETER_TOPICS__0__TOPIC, TOILMETER_PEOPLE__ROBOTS__0.
 */
enum toil_status toil_config_load(const char *file, const char *const *environment, toil_config_property_fn check,
                                  struct toil_config **out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_config_free(struct toil_config *config);

/* One row a setting that is a scalar at a fixed place; read here, printed and compared by the daemon. */
enum toil_config_type {
    TOIL_CONFIG_TEXT,
    TOIL_CONFIG_INT,
    TOIL_CONFIG_BYTES,
    TOIL_CONFIG_DURATION,
    TOIL_CONFIG_WORD,
    TOIL_CONFIG_DATE
};
struct toil_config_setting {
    const char *section; /* NULL: at the top */
    const char *key;
    enum toil_config_type type;
    size_t offset;
    const char *fallback; /* NULL: must be given */
    int64_t low, high;    /* of numbers */
    const char *const *words;
    bool live; /* can be changed while running */
    const char *doc;
};
extern const struct toil_config_setting toil_config_settings[]; /* ended by a row without key */

#endif
