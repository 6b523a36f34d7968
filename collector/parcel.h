/* A parcel: what is written in one transaction. A batch of rows, how far it moves each partition, and the gaps met.
 * The main thread fills it; from sink_ask_write until its answer it belongs to the writer thread. */
#ifndef COLLECTOR_PARCEL_H
#define COLLECTOR_PARCEL_H

#include "position.h"
#include "toilmeter/batch.h"
#include "toilmeter/store.h"

struct parcel_move {
    const char *topic; /* borrowed from the configuration */
    unsigned topic_index;
    int32_t partition;
    int64_t from, to; /* next offsets; from is POSITION_NONE when the partition was never read */
    int64_t read_to_us, end;
    uint64_t skipped;
};

struct parcel_gap {
    const char *topic; /* borrowed from the configuration */
    unsigned topic_index;
    int32_t partition;
    int64_t from, to;   /* [from, to) was not there to be read; to < from when the log was made anew */
    const char *reason; /* static */
};

/* How many messages of a topic were quarantined for a reason. */
struct parcel_reason {
    unsigned topic_index;
    enum toil_reason reason;
    uint64_t count;
};

struct parcel {
    struct toil_batch batch;
    struct toil_outcomes outcomes;
    struct parcel_move *move; /* owned; by topic and partition */
    size_t move_count, move_cap;
    struct parcel_gap *gap; /* owned */
    size_t gap_count, gap_cap;
    struct parcel_reason *reason; /* owned */
    size_t reason_count, reason_cap;
    const char *last_topic; /* of the last message taken; borrowed from the configuration */
    int32_t last_partition;
    int64_t last_offset;
    uint64_t serial;   /* of this filling; never 0 */
    int64_t opened_ms; /* when the first thing came in; 0 while empty */
};

void parcel_init(struct parcel *parcel);
void parcel_release(struct parcel *parcel);
/* Empties it for another filling. */
void parcel_open(struct parcel *parcel, uint64_t serial);
void parcel_add_gap(struct parcel *parcel, const struct position *position, int64_t from, int64_t to,
                    const char *reason);
/* Notes one message taken; reason TOIL_REASON_NONE: it was usable. */
void parcel_note(struct parcel *parcel, const struct position *position, int64_t offset, enum toil_reason reason);
/* Ends the filling: takes the moves of all touched positions and chains them on. Returns false when there is nothing to
 * tell. */
bool parcel_close(struct parcel *parcel, struct positions *positions);

#endif
