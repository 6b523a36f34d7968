/* The daemon's configuration: read from a YAML file and the environment, checked whole before anything starts. */
#ifndef COLLECTOR_CONFIG_H
#define COLLECTOR_CONFIG_H

#include "source.h"
#include "toilmeter/topic.h"

struct config_topic {
    char *topic; /* owned */
    struct toil_topic is;
};

enum config_loss { CONFIG_LOSS_STOP, CONFIG_LOSS_CONTINUE };
enum config_start { CONFIG_START_EARLIEST, CONFIG_START_LATEST };

struct config {
    char *cluster;  /* owned like all texts here */
    char *postgres; /* "" leaves all to libpq's environment */
    struct source_property *kafka;
    size_t kafka_count;
    struct config_topic *topic;
    const char **topic_names; /* of topic[], borrowed from it */
    size_t topic_count;
    char *key_file;
    char **robot;
    size_t robot_count;
    int64_t batch_rows, batch_bytes, batch_age_ms;
    int64_t limit_message, limit_memory;
    char *http_listen;    /* "off": no server */
    int64_t on_data_loss; /* enum config_loss */
    int64_t start;        /* enum config_start */
    int64_t earliest_us;
    int64_t grace_ms, commit_timeout_ms;
    int64_t log_level; /* enum toil_log_level */
    char **ignored;    /* environment variables that look like ours but are not */
    size_t ignored_count;
};

/* file: NULL reads the environment alone. environment: NAME=VALUE ..., NULL-terminated, as in environ(7); it wins over
 * the file. *out: owned. TOIL_BAD_INPUT names file, line, key and what was expected.
 *
 * Names in the environment: TOILMETER_ and the path in capitals, its steps joined by two underscores; a dot of a
 * librdkafka property is one underscore; an item of a list is its number from 0:
 * TOILMETER_KAFKA__BOOTSTRAP_SERVERS, TOILMETER_BATCH__ROWS, TOILMETER_TOPICS__0__TOPIC, TOILMETER_PEOPLE__ROBOTS__0.
 */
enum toil_status config_load(const char *file, const char *const *environment, struct config **out,
                             struct toil_error *err) TOIL_MUST_CHECK;
void config_free(struct config *config);

/* Appends what was understood as YAML, secrets masked. */
void config_print(const struct config *config, struct toil_buf *out);
/* Appends a libpq conninfo with passwords masked. */
void config_mask_conninfo(const char *conninfo, struct toil_buf *out);

/* Appends the names of settings that differ and cannot be changed while running, separated by commas. */
void config_needs_restart(const struct config *now, const struct config *next, struct toil_buf *out);
/* Takes over into `now` what can be changed while running: batch, robots, log_level, on_data_loss, grace. Robots are
 * swapped, so that `next` can be freed. */
void config_take_over(struct config *now, struct config *next);

/* One row a setting that is a scalar at a fixed place; config.c reads them, config_text.c prints and compares them. */
enum config_type { CONFIG_TEXT, CONFIG_INT, CONFIG_BYTES, CONFIG_DURATION, CONFIG_WORD, CONFIG_DATE };
struct config_setting {
    const char *section; /* NULL: at the top */
    const char *key;
    enum config_type type;
    size_t offset;
    const char *fallback; /* NULL: must be given */
    int64_t low, high;    /* of numbers */
    const char *const *words;
    bool live; /* can be changed while running */
    const char *doc;
};
extern const struct config_setting config_settings[]; /* ended by a row without key */

#endif
