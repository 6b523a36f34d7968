/* Counting committed parcels: the code behind tally.h. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

static unsigned topic_of(const char *const *topics, size_t topic_count, const char *name)
{
    unsigned topic = 0;
    while (topic < topic_count && strcmp(topics[topic], name) != 0)
        topic++;
    return topic;
}

static void tally_source(struct counters *counters, unsigned topic, const struct toil_outcome *of)
{
    for (unsigned kind = 0; kind <= TOIL_N_KINDS; kind++) {
        counters_add_topic(counters, COUNTER_RECEIVED, topic, of[kind].received);
        counters_add_of(counters, COUNTER_STORED, topic, kind, of[kind].stored);
        counters_add_of(counters, COUNTER_DUPLICATES, topic, kind, of[kind].duplicates);
        counters_add_of(counters, COUNTER_OLDER, topic, kind, of[kind].older);
        counters_add_topic(counters, COUNTER_SKIPPED, topic, of[kind].skipped);
        counters_add_topic(counters, COUNTER_UNKNOWN_FIELDS, topic, of[kind].unknown_fields);
    }
}

void tally_parcel(struct counters *counters, const char *const *topics, size_t topic_count, const struct parcel *parcel,
                  double seconds)
{
    const struct toil_batch *batch = &parcel->batch;
    for (uint32_t i = 0; i < batch->source_count; i++) {
        unsigned topic = topic_of(topics, topic_count, batch->source[i].topic);
        tally_source(counters, topic, &parcel->outcomes.of[(size_t)i * (TOIL_N_KINDS + 1)]);
    }
    for (size_t i = 0; i < parcel->reason_count; i++) {
        const struct parcel_reason *reason = &parcel->reason[i];
        counters_add_of(counters, COUNTER_QUARANTINED, reason->topic_index, reason->reason, reason->count);
    }
    for (size_t i = 0; i < parcel->move_count; i++)
        counters_add_topic(counters, COUNTER_SKIPPED_OFFSETS, parcel->move[i].topic_index, parcel->move[i].skipped);
    for (size_t i = 0; i < parcel->gap_count; i++) {
        const struct parcel_gap *gap = &parcel->gap[i];
        counters_add_topic(counters, COUNTER_GAPS, gap->topic_index, 1);
        if (strcmp(gap->reason, position_loss_name(POSITION_LOSS_RETENTION)) == 0)
            counters_add_topic(counters, COUNTER_LOST_OFFSETS, gap->topic_index, (uint64_t)(gap->to - gap->from));
    }
    counters_add(counters, COUNTER_BATCHES, 1);
    if (batch->messages == 0)
        return;
    counters_observe(counters, HISTOGRAM_COMMIT_SECONDS, seconds);
    counters_observe(counters, HISTOGRAM_BATCH_MESSAGES, (double)batch->messages);
    counters_observe(counters, HISTOGRAM_BATCH_BYTES, (double)batch->bytes);
}

void tally_lags(struct counters *counters, const struct positions *positions, bool known)
{
    struct counters_lag *lag = toil_xcalloc(positions->count + 1, sizeof *lag);
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->at[i];
        int64_t from = position->stored == POSITION_NONE ? position->next : position->stored;
        lag[i] = (struct counters_lag){
            .topic_index = position->topic_index,
            .partition = position->partition,
            .known = known && position->end != POSITION_NONE && from != POSITION_NONE,
            .lag = position->end > from ? position->end - from : 0,
        };
    }
    counters_set_lags(counters, lag, positions->count);
    free(lag);
}
