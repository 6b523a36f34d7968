/* Filling and closing of parcels: the code behind parcel.h. */
#include "parcel.h"

#include <stdlib.h>

void parcel_init(struct parcel *parcel)
{
    *parcel = (struct parcel){.outcomes = TOIL_OUTCOMES_INIT};
    toil_batch_init(&parcel->batch);
}

void parcel_release(struct parcel *parcel)
{
    toil_batch_release(&parcel->batch);
    toil_outcomes_release(&parcel->outcomes);
    free(parcel->move);
    free(parcel->gap);
    free(parcel->reason);
    parcel->move = NULL;
    parcel->gap = NULL;
    parcel->reason = NULL;
}

void parcel_open(struct parcel *parcel, uint64_t serial)
{
    toil_batch_clear(&parcel->batch);
    parcel->move_count = 0;
    parcel->gap_count = 0;
    parcel->reason_count = 0;
    parcel->last_topic = NULL;
    parcel->opened_ms = 0;
    parcel->serial = serial;
}

void parcel_add_gap(struct parcel *parcel, const struct position *position, int64_t from, int64_t to,
                    const char *reason)
{
    if (parcel->gap_count == parcel->gap_cap) {
        parcel->gap_cap = parcel->gap_cap ? 2 * parcel->gap_cap : 8;
        parcel->gap = toil_xreallocarray(parcel->gap, parcel->gap_cap, sizeof *parcel->gap);
    }
    parcel->gap[parcel->gap_count++] = (struct parcel_gap){
        .topic = position->topic,
        .topic_index = position->topic_index,
        .partition = position->partition,
        .from = from,
        .to = to,
        .reason = reason,
    };
}

static void count_reason(struct parcel *parcel, unsigned topic_index, enum toil_reason reason)
{
    for (size_t i = 0; i < parcel->reason_count; i++) {
        if (parcel->reason[i].topic_index == topic_index && parcel->reason[i].reason == reason) {
            parcel->reason[i].count++;
            return;
        }
    }
    if (parcel->reason_count == parcel->reason_cap) {
        parcel->reason_cap = parcel->reason_cap ? 2 * parcel->reason_cap : 8;
        parcel->reason = toil_xreallocarray(parcel->reason, parcel->reason_cap, sizeof *parcel->reason);
    }
    parcel->reason[parcel->reason_count++] =
        (struct parcel_reason){.topic_index = topic_index, .reason = reason, .count = 1};
}

void parcel_note(struct parcel *parcel, const struct position *position, int64_t offset, enum toil_reason reason)
{
    parcel->last_topic = position->topic;
    parcel->last_partition = position->partition;
    parcel->last_offset = offset;
    if (reason != TOIL_REASON_NONE)
        count_reason(parcel, position->topic_index, reason);
}

bool parcel_close(struct parcel *parcel, struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->at[i];
        if (!position->touched)
            continue;
        if (parcel->move_count == parcel->move_cap) {
            parcel->move_cap = parcel->move_cap ? 2 * parcel->move_cap : 16;
            parcel->move = toil_xreallocarray(parcel->move, parcel->move_cap, sizeof *parcel->move);
        }
        parcel->move[parcel->move_count++] = (struct parcel_move){
            .topic = position->topic,
            .topic_index = position->topic_index,
            .partition = position->partition,
            .from = position->chained,
            .to = position->next,
            .read_to_us = position->read_to_us,
            .end = position->end,
            .skipped = position->skipped,
        };
        position->chained = position->next;
        position->skipped = 0;
        position->touched = false;
    }
    toil_batch_seal(&parcel->batch);
    return parcel->move_count > 0;
}
