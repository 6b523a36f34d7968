/* The sweep over one person's day: which items are open at each instant, and who gets which share of it. Pure.
 * Internal to sessions.c; apart so that both stay short.
 *
 * Time goes through edges in order. W(t) is the integral of 1/(items open) since the beginning, standing still while a
 * booking holds the time; an item open from a to b gets W(b) - W(a). So the cost does not grow with how many items are
 * open at once. */
#ifndef TOIL_SWEEP_H
#define TOIL_SWEEP_H

#include "sessions.h"

enum toil_edge_type {
    TOIL_EDGE_DECLARED, /* bookings hold the time */
    TOIL_EDGE_SESSION,  /* a session is on */
    TOIL_EDGE_MEASURED, /* an item is open by measurement */
    TOIL_EDGE_INFERRED, /* an item is open by its points */
    TOIL_EDGE_TOUCH,    /* a point; delta is not used */
};

struct toil_edge {
    int64_t time_us;
    uint32_t slot; /* of the item among the actor's; not used by DECLARED and SESSION */
    int8_t type;
    int8_t delta; /* +1 opens, -1 closes */
};

/* Sorts the edges and hands out pieces. items[slot] is the caller's index of a slot. */
void toil_sweep(uint32_t actor, struct toil_edge *edges, size_t edge_count, const uint32_t *items, size_t item_count,
                const struct toil_hours_clock *clock, toil_piece_fn piece, void *context);

#endif
