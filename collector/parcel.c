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
    parcel->move = NULL;
    parcel->gap = NULL;
}

void parcel_open(struct parcel *parcel, uint64_t serial)
{
    toil_batch_clear(&parcel->batch);
    parcel->move_count = 0;
    parcel->gap_count = 0;
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
