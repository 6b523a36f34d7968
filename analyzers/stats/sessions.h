/* Manual hours: from what people left behind (bookings, measured intervals, single actions) to how long they worked and
 * on what. Pure: arrays in, pieces of time out; no I/O, no clock, no zone but through struct toil_hours_clock.
 *
 * Per actor, over all sources at once:
 *   declared  a booking counts in full, in the free time that toil_booking_place finds for it;
 *   measured  an interval with beginning and end counts as it is;
 *   inferred  single actions ("points") are gathered into sessions: a gap over `gap` closes one, and it is billed from
 *             its first point - pre to its last point + post. Within it each item is open from its first point to its
 *             last point + post; an instant at which none is open belongs to the item touched last before.
 * Of these the union is taken: a declared instant belongs to its booking alone, any other is split equally between the
 * items open in it. So nobody works more than 60 minutes an hour, and the parts sum to the union. */
#ifndef TOIL_SESSIONS_H
#define TOIL_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One thing that a person left behind. Actors and items are the caller's indices; give them out in an order that does
 * not depend on arrival, since ties are broken by them. */
struct toil_trace {
    uint32_t actor, item;
    int64_t from_us, to_us; /* to_us counts when has_end; to_us <= from_us is treated as without an end */
    double minutes;         /* declared; NAN when not */
    bool has_end;
};

struct toil_session_rules {
    int64_t gap_us;  /* a longer gap between two points closes the session */
    int64_t pre_us;  /* billed before the first point */
    int64_t post_us; /* billed after the last point; more than gap_us is taken as gap_us */
};
/* 20, 0 and 10 minutes. */
struct toil_session_rules toil_session_rules_default(void);

/* What the numerics need to know of calendars. Between two cuts nobody's local day or shift changes. */
struct toil_hours_clock {
    void *context;
    /* The first instant after time_us at which anybody's day or shift may change. */
    int64_t (*cut)(void *context, int64_t time_us);
    /* 0 working, 1 evening, 2 night, by the calendar of the item's team. */
    int (*shift)(void *context, uint32_t item, int64_t time_us);
    /* The local day that holds time_us, in the zone of the item's team. */
    void (*day)(void *context, uint32_t item, int64_t time_us, int64_t *from_us, int64_t *to_us);
};

enum toil_hours_tag { TOIL_HOURS_DECLARED, TOIL_HOURS_MEASURED, TOIL_HOURS_INFERRED };

/* A share of a stretch of one person's time: (to_us - from_us) * weight on one item, with no cut inside. */
struct toil_piece {
    uint32_t actor, item;
    enum toil_hours_tag tag;
    int64_t from_us, to_us;
    double weight; /* in (0, 1]: the mean of 1/(items open) over the stretch */
};
typedef void (*toil_piece_fn)(void *context, const struct toil_piece *piece);

struct toil_session_totals {
    uint64_t sessions;
    uint64_t points;     /* after repeats were dropped */
    int64_t declared_us; /* placed */
    int64_t lost_us;     /* declared beyond the wall clock of its days */
    uint64_t lost_count; /* bookings that lost some of it */
};

/* Sorts traces by actor, time, item, and drops points that repeat another. Returns how many are left. */
size_t toil_sessions_sort(struct toil_trace *traces, size_t count);

/* Runs the method over sorted traces and hands out pieces, one actor after the other in ascending order. With
 * `points_only`, bookings and measured intervals are left out: what would be inferred if nothing else were known, for
 * calibration. totals may be NULL. */
void toil_sessions_run(const struct toil_trace *traces, size_t count, const struct toil_session_rules *rules,
                       const struct toil_hours_clock *clock, bool points_only, toil_piece_fn piece, void *context,
                       struct toil_session_totals *totals);

/* How long an action takes, learned from the whole population: the median gap between two successive points of one
 * person (at different instants) that is not over gap_us. */
struct toil_post_learned {
    int64_t post_us; /* within 1 minute and gap_us; 0 when there is not enough data */
    uint64_t gaps;
    uint32_t actors;
};
#define TOIL_POST_MIN_GAPS   1000
#define TOIL_POST_MIN_ACTORS 5
struct toil_post_learned toil_sessions_learn_post(const struct toil_trace *traces, size_t count, int64_t gap_us);

#endif
