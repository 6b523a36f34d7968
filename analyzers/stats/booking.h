/* Placing declared time: where in a person's day the minutes of a booking lie. Pure.
 *
 * A booking with an end has [from, to) as its window; one that begins at local midnight and has no end is a date, its
 * window the local day; in a window it takes working hours first, then evening, then night, always the earliest that no
 * other booking of the person has. Any other booking runs from its beginning on. What does not fit goes to the rest of
 * the booking's local days: later room first, then earlier. Only what exceeds their wall clock is lost.
 *
 * Where it is free to choose, a booking keeps out of the way of what is better known: of intervals that the person
 * measured and of sessions in a window, of measured ones elsewhere. Only where there is no other room it covers them.
 */
#ifndef TOIL_BOOKING_H
#define TOIL_BOOKING_H

#include "sessions.h"

/* Time that a person's bookings occupy: disjoint, sorted, touching ones merged. */
struct toil_span_us {
    int64_t from_us, to_us;
};
struct toil_occupied {
    struct toil_span_us *item; /* owned */
    size_t count, cap;
};
void toil_occupied_release(struct toil_occupied *occupied);
/* Adds a span at the end: from_us is not below that of the span before; overlaps are merged. */
void toil_occupied_append(struct toil_occupied *occupied, int64_t from_us, int64_t to_us);

/* What the person is known to have done at the time. */
struct toil_busy {
    struct toil_occupied measured;
    struct toil_occupied all; /* measured and in sessions */
};

/* Gets each stretch that a booking was given; no cut inside. */
typedef void (*toil_booking_fn)(void *context, int64_t from_us, int64_t to_us);

/* Places one booking (minutes not NAN) and adds it to *occupied. Returns the microseconds that found no room. */
int64_t toil_booking_place(const struct toil_trace *booking, const struct toil_hours_clock *clock,
                           const struct toil_busy *busy, struct toil_occupied *occupied, toil_booking_fn placed,
                           void *context);

#endif
