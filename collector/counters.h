/* What the daemon counts: one table of metrics, from which the page of /metrics and its reference are made. Every value
 * is an atomic, so any thread may count and any thread may read. */
#ifndef COLLECTOR_COUNTERS_H
#define COLLECTOR_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "toilmeter/buf.h"
#include "toilmeter/decode.h"
#include "toilmeter/event.h"

/* What a metric is counted by. */
enum counter_scope {
    COUNTER_BY_NOTHING,
    COUNTER_BY_TOPIC,
    COUNTER_BY_TOPIC_KIND,
    COUNTER_BY_TOPIC_REASON,
};

/* COUNTER(ID, name without the prefix toilmeterd_, type, scope, help) */
#define COUNTERS(X)                                                                                                    \
    X(RECEIVED, messages_total, counter, BY_TOPIC,                                                                     \
      "Messages settled in the database; one counts for each event of its")                                            \
    X(STORED, events_stored_total, counter, BY_TOPIC_KIND, "Events that became a new row")                             \
    X(DUPLICATES, events_duplicate_total, counter, BY_TOPIC_KIND, "Events whose key was stored already")               \
    X(OLDER, events_older_total, counter, BY_TOPIC_KIND, "Stored versions that were not the newest of their id")       \
    X(QUARANTINED, messages_quarantined_total, counter, BY_TOPIC_REASON, "Unusable messages, kept in the quarantine")  \
    X(SKIPPED, messages_skipped_total, counter, BY_TOPIC, "Messages that the topic's mapping makes nothing of")        \
    X(UNKNOWN_FIELDS, unknown_fields_total, counter, BY_TOPIC, "Fields that no kind declares, kept in extra")          \
    X(SKIPPED_OFFSETS, skipped_offsets_total, counter, BY_TOPIC, "Offsets without a message: markers, compaction")     \
    X(GAPS, gaps_total, counter, BY_TOPIC, "Gaps that were recorded in kafka_gap")                                     \
    X(LOST_OFFSETS, lost_offsets_total, counter, BY_TOPIC, "Offsets that retention deleted before they were read")     \
    X(REREAD, messages_reread_total, counter, BY_TOPIC, "Messages that came a second time and were dropped")           \
    X(BATCHES, batches_total, counter, BY_NOTHING, "Batches committed")                                                \
    X(BATCHES_FENCED, batches_fenced_total, counter, BY_NOTHING, "Batches dropped because the partition had moved")    \
    X(BATCHES_ABANDONED, batches_abandoned_total, counter, BY_NOTHING, "Batches given up to let a partition go")       \
    X(BATCHES_REFUSED, batches_refused_total, counter, BY_NOTHING, "Batches with a row that the database refused")     \
    X(DATABASE_CONNECTS, database_connects_total, counter, BY_NOTHING, "Connections made to the database")             \
    X(DATABASE_RETRIES, database_retries_total, counter, BY_NOTHING, "Attempts repeated after a passing failure")      \
    X(FROZEN_ENDED, frozen_transactions_ended_total, counter, BY_NOTHING, "Transactions of frozen instances ended")    \
    X(UNKNOWN_COMMITS, commits_unknown_total, counter, BY_NOTHING, "Commits whose outcome had to be looked up")        \
    X(REBALANCES, rebalances_total, counter, BY_NOTHING, "Assignments received from the consumer group")               \
    X(PAUSES, pauses_total, counter, BY_NOTHING, "Times reading was paused because the database was behind")           \
    X(RELOADS, reloads_total, counter, BY_NOTHING, "Configurations taken over while running")                          \
    X(PARTITIONS, assigned_partitions, gauge, BY_NOTHING, "Partitions assigned to this instance")                      \
    X(DATABASE_UP, database_up, gauge, BY_NOTHING, "1 while the connection to the database works")                     \
    X(BROKER_UP, broker_up, gauge, BY_NOTHING, "1 while the broker answers")                                           \
    X(READY, ready, gauge, BY_NOTHING, "1 while events flow or could flow")

enum counter {
#define X(ID, name, type, scope, help) COUNTER_##ID,
    COUNTERS(X)
#undef X
        COUNTER_COUNT,
};

/* HISTOGRAM(ID, name, help); bounds stand in counters.c. */
#define HISTOGRAMS(X)                                                                                                  \
    X(COMMIT_SECONDS, batch_write_seconds, "From handing a batch to the writer to its commit")                         \
    X(BATCH_MESSAGES, batch_messages, "Messages in a committed batch")                                                 \
    X(BATCH_BYTES, batch_bytes, "Bytes of rows in a committed batch")

/* What is no plain number: OTHER(ID, name, type, labels, help). */
#define OTHERS(X)                                                                                                      \
    X(BUILD_INFO, build_info, gauge, "version", "The program's version")                                               \
    X(LAG, lag_messages, gauge, "topic, partition",                                                                    \
      "Messages between what is stored and the log's end; NaN while the broker is away")

enum histogram {
#define X(ID, name, help) HISTOGRAM_##ID,
    HISTOGRAMS(X)
#undef X
        HISTOGRAM_COUNT,
};

/* The distance of one partition to the log's end; unknown while the broker is away. */
struct counters_lag {
    unsigned topic_index;
    int32_t partition;
    bool known;
    int64_t lag;
};

struct counters; /* opaque */

/* topics: borrowed names, must outlive it; an index into them is the `topic` of the calls below. */
struct counters *counters_new(const char *const *topics, size_t topic_count);
void counters_free(struct counters *counters);

void counters_add(struct counters *counters, enum counter id, uint64_t n);
void counters_add_topic(struct counters *counters, enum counter id, unsigned topic, uint64_t n);
/* sub: a kind (TOIL_KIND_NONE too) or a reason, as the metric's scope says. */
void counters_add_of(struct counters *counters, enum counter id, unsigned topic, unsigned sub, uint64_t n);
void counters_set(struct counters *counters, enum counter id, uint64_t value);
uint64_t counters_get(const struct counters *counters, enum counter id);
/* Sum over kinds or reasons of one topic. */
uint64_t counters_get_topic(const struct counters *counters, enum counter id, unsigned topic);
void counters_observe(struct counters *counters, enum histogram id, double value);
/* Replaces the lags of all partitions; copied. */
void counters_set_lags(struct counters *counters, const struct counters_lag *lags, size_t count);

/* Appends Prometheus' text format, version 0.0.4. Series that are zero and have a topic are left out but for the plain
 * BY_TOPIC ones, so that a page stays short. */
void counters_render(struct counters *counters, struct toil_buf *out);

/* Appends the line of totals, without newline. The format is a contract for scripts: words `name=number` separated by
 * one space, first over everything, then `topic=NAME` and the same words for each topic in the configuration's order:
 *   totals stored=9 duplicates=1 older=0 quarantined=2 topic=platform.restarts stored=9 duplicates=1 older=0 ... */
void counters_totals(const struct counters *counters, struct toil_buf *out);

#endif
