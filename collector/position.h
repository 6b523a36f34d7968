/* Where the reading of each partition stands: our own book-keeping of offsets, so that nothing that a broker or its
 * client library skips or repeats goes unseen. Pure: no I/O, no clock.
 *
 * Three offsets per partition, each "the next one": `stored` is what the database holds, `chained` what it will hold
 * once everything that was handed to the writer is stored, `next` what will be read next. stored <= chained <= next. */
#ifndef COLLECTOR_POSITION_H
#define COLLECTOR_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POSITION_NONE    INT64_C(-1) /* no offset: never read, or not known */
#define POSITION_NO_TIME INT64_MIN   /* no time known */

struct position {
    const char *topic; /* borrowed from the configuration */
    unsigned topic_index;
    int32_t partition;
    bool assigned; /* accepted from the group; false while its claim is under way */
    bool placed;   /* `next` is known to lie within the log */
    bool suspect;  /* the log was seen shorter than what is stored; to be looked at a second time */
    bool reading;  /* false while a claim or a seek is under way: messages are not for us yet */
    bool proven;   /* a message was met exactly where it was expected since the last seek */
    bool touched;  /* the next parcel has to tell about it */
    int64_t stored, chained, next;
    int64_t end;        /* the log's end as last heard, or POSITION_NONE */
    int64_t goal;       /* --until-end: the end when the partition was assigned; else POSITION_NONE */
    int64_t read_to_us; /* everything that the broker took before this time has been read */
    uint64_t skipped;   /* offsets without a message since the last parcel */
    uint64_t parcel;    /* serial number of the parcel that `source` belongs to */
    uint32_t source;    /* index of this partition in that parcel's batch */
};

/* Positions in order of topic and partition, each pair once. */
struct positions {
    struct position *at; /* owned */
    size_t count, cap;
    size_t last; /* the one found last: messages come in runs of one partition */
};

void positions_release(struct positions *positions);
/* NULL when it is not there. Valid until the next add or remove. */
struct position *positions_find(struct positions *positions, const char *topic, int32_t partition);
/* The new one, or the one that is there already. */
struct position *positions_add(struct positions *positions, const char *topic, unsigned topic_index, int32_t partition);
void positions_remove(struct positions *positions, const char *topic, int32_t partition);

/* What the offset of the message at hand says. */
enum position_step {
    POSITION_EXPECTED,
    POSITION_REREAD, /* below `next`: read before, to be dropped */
    POSITION_MARKER, /* one offset without a message: a transaction's marker, as a rule */
    POSITION_HOLE,   /* more than one: compacted away, or an aborted transaction */
};
enum position_step position_step(const struct position *position, int64_t offset);
/* Moves `next` to an offset at or behind it and counts what was skipped on the way. */
void position_skip_to(struct position *position, int64_t offset);
/* Takes the message at `next`. timestamp_us: the broker's, or POSITION_NO_TIME; it counts at most as `now_us`, because
 * a producer's clock may be ahead. */
void position_take(struct position *position, int64_t timestamp_us, int64_t now_us);
/* The log's end at a time: when reading has reached it, everything before that time has been read. */
void position_hear_end(struct position *position, int64_t end, int64_t asked_us);

/* Where reading begins, given what the database holds and what the log has. */
enum position_loss {
    POSITION_LOSS_NONE,
    POSITION_LOSS_RETENTION, /* the log begins behind the stored offset: messages were deleted unread */
    POSITION_LOSS_RECREATED, /* the log ends before the stored offset: the topic was made anew, or truncated */
};
/* stored: POSITION_NONE when never read; low, high: first offset and end of the log. `latest`: a partition that was
 * never read begins at the end. *start is always set. */
enum position_loss position_place(int64_t stored, int64_t low, int64_t high, bool latest, int64_t *start);

/* "retention", "recreated": the names in kafka_gap. */
const char *position_loss_name(enum position_loss loss);

#endif
