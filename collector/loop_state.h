/* What the loop keeps, for loop.c and loop_take.c alone. */
#ifndef COLLECTOR_LOOP_STATE_H
#define COLLECTOR_LOOP_STATE_H

#include "loop.h"
#include "narrow.h"
#include "source.h"

#define LOOP_LOG_EVERY_S 30

/* How far a new beginning has got: see loop.h. */
enum phase { READING, TO_CLAIM, CLAIMING, TO_PLACE };

struct loop {
    const struct loop_options *options;
    struct toil_config *config;
    struct counters *counters;
    struct toil_log *log;
    struct source *source;
    struct sink *sink;
    struct positions positions;
    struct parcel parcels[2];
    struct parcel *filling;
    bool writing; /* the other parcel is with the sink */
    uint64_t serial;
    enum phase phase;
    bool ends_known; /* the broker told the ends at the last heartbeat */
    bool assigned, wants_seek, stopping, orphaned;
    bool *missing; /* one for each topic: the broker does not have it */
    int64_t now_ms, now_us;
    int64_t missing_since_ms, full_since_ms, place_at_ms, heartbeat_at_ms, lags_at_ms, alive_at_ms, alive_every_ms,
        empty_since_ms;
    struct narrow narrow;
    enum toil_status status; /* other than TOIL_OK ends the loop */
    struct toil_error *err;
};

/* Takes one message or event of the source, and gives it back. */
void loop_take(struct loop *loop, enum source_event event, struct source_message *message);
/* The parcel being filled has something to tell: its age counts from the first time. */
void loop_touch(struct loop *loop);

#endif
