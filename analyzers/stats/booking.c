/* The code behind booking.h. */
#include "booking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"
#include "toilmeter/timestamp.h"

#define N_SHIFTS  3
#define ANY_SHIFT (-1)

void toil_occupied_release(struct toil_occupied *occupied)
{
    free(occupied->item);
    *occupied = (struct toil_occupied){0};
}

/* Index of the first occupied span that ends after time_us. */
static size_t find_after(const struct toil_occupied *occupied, int64_t time_us)
{
    size_t low = 0, high = occupied->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (occupied->item[middle].to_us > time_us)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Adds a span that is free, merging it with the neighbours that it touches. */
static void occupy(struct toil_occupied *occupied, int64_t from_us, int64_t to_us)
{
    size_t at = find_after(occupied, from_us);
    bool joins_before = at > 0 && occupied->item[at - 1].to_us == from_us;
    bool joins_after = at < occupied->count && occupied->item[at].from_us == to_us;
    if (joins_before && joins_after) {
        occupied->item[at - 1].to_us = occupied->item[at].to_us;
        occupied->count--;
        memmove(occupied->item + at, occupied->item + at + 1, (occupied->count - at) * sizeof *occupied->item);
    } else if (joins_before) {
        occupied->item[at - 1].to_us = to_us;
    } else if (joins_after) {
        occupied->item[at].from_us = from_us;
    } else {
        if (occupied->count == occupied->cap) {
            occupied->cap = occupied->cap ? occupied->cap * 2 : 64;
            occupied->item = toil_xreallocarray(occupied->item, occupied->cap, sizeof *occupied->item);
        }
        memmove(occupied->item + at + 1, occupied->item + at, (occupied->count - at) * sizeof *occupied->item);
        occupied->item[at] = (struct toil_span_us){from_us, to_us};
        occupied->count++;
    }
}

void toil_occupied_append(struct toil_occupied *occupied, int64_t from_us, int64_t to_us)
{
    struct toil_span_us *last = occupied->count > 0 ? &occupied->item[occupied->count - 1] : NULL;
    if (!last || last->to_us < from_us)
        occupy(occupied, from_us, to_us);
    else if (last->to_us < to_us)
        last->to_us = to_us;
}

struct placing {
    const struct toil_hours_clock *clock;
    struct toil_occupied *occupied;
    toil_booking_fn placed;
    void *context;
    uint32_t item;
    int64_t left_us; /* still to be placed */
};

/* Moves *now behind a span that holds it (true), or *end to the beginning of the next one. */
static bool step_over(const struct toil_occupied *occupied, int64_t *now_us, int64_t *end_us)
{
    size_t next = find_after(occupied, *now_us);
    if (next == occupied->count)
        return false;
    const struct toil_span_us *span = &occupied->item[next];
    if (span->from_us <= *now_us) {
        *now_us = span->to_us;
        return true;
    }
    if (span->from_us < *end_us)
        *end_us = span->from_us;
    return false;
}

/* Takes the earliest free time of a shift (or of any) in [from, to), out of the way of `avoid` (may be NULL). */
static void take(struct placing *placing, int64_t from_us, int64_t to_us, int shift, const struct toil_occupied *avoid)
{
    const struct toil_hours_clock *clock = placing->clock;
    int64_t now = from_us;
    while (now < to_us && placing->left_us > 0) {
        int64_t end = to_us;
        if (step_over(placing->occupied, &now, &end) || (avoid && step_over(avoid, &now, &end)))
            continue;
        int64_t cut = clock->cut(clock->context, now);
        if (cut < end)
            end = cut;
        if (shift == ANY_SHIFT || clock->shift(clock->context, placing->item, now) == shift) {
            if (end - now > placing->left_us)
                end = now + placing->left_us;
            occupy(placing->occupied, now, end);
            placing->left_us -= end - now;
            placing->placed(placing->context, now, end);
        }
        now = end;
    }
}

int64_t toil_booking_place(const struct toil_trace *booking, const struct toil_hours_clock *clock,
                           const struct toil_busy *busy, struct toil_occupied *occupied, toil_booking_fn placed,
                           void *context)
{
    struct placing placing = {clock, occupied, placed, context, booking->item, 0};
    placing.left_us = llround(booking->minutes * (double)TOIL_US_PER_MINUTE);
    const struct toil_occupied *const avoid[] = {&busy->all, &busy->measured, NULL};
    int64_t day_from, day_to, lost = 0, from = booking->from_us, to = booking->to_us;
    clock->day(clock->context, booking->item, from, &day_from, &day_to);
    bool fixed = false;
    if (booking->has_end && to > from) {
        int64_t ignored;
        clock->day(clock->context, booking->item, to - 1, &ignored, &day_to);
    } else if (from == day_from) {
        to = day_to;
    } else {
        /* Without a window a booking may run over midnight, but not for longer than its day is. */
        if (placing.left_us > day_to - day_from) {
            lost = placing.left_us - (day_to - day_from);
            placing.left_us = day_to - day_from;
        }
        to = from + placing.left_us;
        fixed = true;
    }
    for (size_t level = 0; !fixed && level < 3; level++) {
        for (int shift = 0; shift < N_SHIFTS; shift++)
            take(&placing, from, to, shift, avoid[level]);
    }
    if (fixed)
        take(&placing, from, to, ANY_SHIFT, NULL);
    for (size_t level = fixed ? 1 : 0; level < 3; level++) {
        take(&placing, fixed ? from : to, day_to, ANY_SHIFT, avoid[level]);
        take(&placing, day_from, from, ANY_SHIFT, avoid[level]);
    }
    return lost + placing.left_us;
}
