/* The way in from Kafka: the one file that knows librdkafka. One thread owns a source: it polls, is called back on
 * rebalances from within its own poll, seeks, pauses and commits.
 *
 * An assignment is answered later: `assigned` only announces it, source_start accepts it once the offsets are known.
 * Until then polling goes on and keeps the membership alive. */
#ifndef COLLECTOR_SOURCE_H
#define COLLECTOR_SOURCE_H

#include "counters.h"
#include "position.h"
#include "toilmeter/config.h"
#include "toilmeter/log.h"

struct source; /* opaque */

struct source_partition {
    const char *topic; /* borrowed for the call */
    int32_t partition;
};

struct source_hooks {
    void *context;
    /* These partitions are ours, in place of all before, or with `added` besides those before. */
    void (*assigned)(void *context, const struct source_partition *list, size_t count, bool added);
    /* Let go of these: after the call they belong to others. lost: they do already. */
    void (*revoked)(void *context, const struct source_partition *list, size_t count, bool lost);
};

struct source_options {
    const struct toil_config_property *property; /* the user's, passed through; borrowed for the call */
    size_t property_count;
    const char *const *topics; /* borrowed */
    size_t topic_count;
    int64_t memory_bytes; /* of the whole process: the local queue's bounds follow from it unless the user set them */
    struct source_hooks hooks;
    struct counters *counters; /* borrowed */
    struct toil_log *log;      /* borrowed */
};

enum source_event {
    SOURCE_NOTHING,
    SOURCE_MESSAGE,       /* out->value and the rest */
    SOURCE_END,           /* out->offset: everything before it has been handed out */
    SOURCE_OUT_OF_RANGE,  /* the log does not have the offset that was to be read; the partition stands still */
    SOURCE_TOPIC_MISSING, /* out->topic does not exist */
    SOURCE_FATAL,         /* the broker refuses us for good; err says why */
};

struct source_message {
    const char *topic; /* borrowed like the rest until source_done */
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us;   /* POSITION_NO_TIME when the message has none */
    struct toil_span value; /* ptr NULL: a tombstone */
    struct toil_span key;   /* ptr NULL: no key */
    void *handle;
};

/* Checks that this user can read the files that properties name: certificates and keys. TOIL_BAD_INPUT, or TOIL_OK. */
enum toil_status source_check_files(const struct toil_config_property *property, size_t count,
                                    struct toil_error *err) TOIL_MUST_CHECK;
/* What is wrong with one property of the user's, or NULL: librdkafka does not have it or refuses the value, or it would
 * break the exactly-once promise. Never holds the value, which may be a secret. */
const char *source_refuses(const char *name, const char *value);

/* Connects in the background and subscribes. */
enum toil_status source_new(const struct source_options *options, struct source **out,
                            struct toil_error *err) TOIL_MUST_CHECK;
/* Leaves the group, calling back `revoked`, and ends librdkafka. Returns false when that takes longer than
 * `deadline_ms`: then its threads live on, and use counters and log until the process ends. NULL is fine. */
bool source_free(struct source *source, int deadline_ms);

/* One message or event at a time. out is filled, and source_done due, for everything but NOTHING and FATAL. */
enum source_event source_poll(struct source *source, int timeout_ms, struct source_message *out,
                              struct toil_error *err);
void source_done(struct source_message *message);
/* Appends the message's headers as a JSON array of [name, value] pairs: a value is a string, null, or, where it is not
 * UTF-8 or holds a NUL, {"base64": "..."}. Appends nothing when there are none. */
void source_headers(const struct source_message *message, struct toil_buf *out);

/* A header of a message by its name, the last of that name; false when there is none. `message`: a struct
 * source_message; the type is that of toil_header_fn. */
bool source_header(const void *message, const char *name, struct toil_span *value);

/* Accepts the announced assignment: each position begins at its `next`. */
enum toil_status source_start(struct source *source, const struct positions *positions,
                              struct toil_error *err) TOIL_MUST_CHECK;
/* Moves every position whose `reading` is false to its `next`; what was fetched ahead for it is thrown away. */
enum toil_status source_seek(struct source *source, const struct positions *positions,
                             struct toil_error *err) TOIL_MUST_CHECK;

struct source_ends {
    int64_t low, high; /* first offset and end (of what is committed) of the log */
};
/* Asks the leaders; ends[i] is of positions->at[i]. with_low: false leaves low alone. TOIL_RETRY when any is missing.
 */
enum toil_status source_ask_ends(struct source *source, const struct positions *positions, bool with_low,
                                 int timeout_ms, struct source_ends *ends, struct toil_error *err) TOIL_MUST_CHECK;

/* Stops fetching and hands out nothing more until source_resume; polling goes on for the group's sake. What was paused
 * must be sought after resuming: librdkafka forgets what it had fetched. False when it was paused already. A revocation
 * resumes. */
bool source_pause(struct source *source, const struct positions *positions);
/* Returns whether anything was paused. */
bool source_resume(struct source *source);

/* Wakes the fetchers when the local queue was full and has been half emptied: librdkafka 2.0.2 would sleep out its
 * second. Cheap when there is nothing to do; to be called every thousand messages or so. */
void source_nudge(struct source *source, const struct positions *positions);
/* Tells the group how far the database is: advice for lag tools. Does not wait. */
void source_advise(struct source *source, const struct positions *positions);
/* True when a login or a certificate has been refused for longer than `ms`, and nothing was assigned since; err
 * (TOIL_FATAL) says which, and what to do. */
bool source_is_refused(struct source *source, int ms, struct toil_error *err);
/* The group's protocol: true for cooperative. */
bool source_is_cooperative(struct source *source);

#endif
