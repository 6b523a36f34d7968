/* Which traces a booking speaks of, so that work that is told twice is counted once.
 *
 * A booking (minutes, or beginning and end of a work log) speaks of the traces that the same person left on the same
 * unit of work (the item itself, or what a log refers to) near it: one told by an interval of those within the gap of
 * it, any other of those of its local day. When there is none so near, it was written down later: it speaks of those of
 * the nearest day that has some. Traces that no booking speaks of stay: people log one session and forget the next. */
#include <math.h>
#include <stdlib.h>

#include "analyze_hours.h"
#include "toilmeter/timestamp.h"

/* A trace as seen from its unit. */
struct sighting {
    uint32_t actor, unit;
    int64_t from_us, to_us;
    size_t trace;
    bool booking, spoken_of;
};

static int compare_sightings(const void *left, const void *right)
{
    const struct sighting *a = left, *b = right;
    if (a->actor != b->actor)
        return a->actor < b->actor ? -1 : 1;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    if (a->from_us != b->from_us)
        return a->from_us < b->from_us ? -1 : 1;
    return (a->trace > b->trace) - (a->trace < b->trace);
}

static bool is_booking(const struct toil_analysis *analysis, const struct toil_trace *trace)
{
    return !isnan(trace->minutes) || (analysis->item[trace->item].log && trace->has_end);
}

static void window_of(const struct toil_analysis *analysis, const struct sighting *booking, int64_t *from_us,
                      int64_t *to_us)
{
    const struct toil_trace *trace = &analysis->trace[booking->trace];
    struct toil_zone *zone = analysis->catalog->zone;
    int64_t slack = toil_gap_minutes[TOIL_DEFAULT_GAP] * TOIL_US_PER_MINUTE;
    *from_us = trace->from_us - slack;
    *to_us = trace->to_us + slack;
    if (!trace->has_end) {
        int64_t day = toil_zone_day(zone, trace->from_us);
        *from_us = toil_zone_day_start_us(zone, day);
        *to_us = toil_zone_day_start_us(zone, day + 1);
    }
}

static size_t mark(struct sighting *of, size_t count, int64_t from_us, int64_t to_us)
{
    size_t marked = 0;
    for (size_t i = 0; i < count; i++) {
        if (of[i].booking || of[i].from_us >= to_us || of[i].to_us < from_us)
            continue;
        of[i].spoken_of = true;
        marked++;
    }
    return marked;
}

/* The trace nearest to a time; of two as near the earlier. NULL when the unit has none. */
static const struct sighting *nearest(const struct sighting *of, size_t count, int64_t time_us)
{
    const struct sighting *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!of[i].booking && (!best || llabs(of[i].from_us - time_us) < llabs(best->from_us - time_us)))
            best = &of[i];
    }
    return best;
}

/* All sightings of one person on one unit. */
static void match_unit(const struct toil_analysis *analysis, struct sighting *of, size_t count)
{
    struct toil_zone *zone = analysis->catalog->zone;
    for (size_t i = 0; i < count; i++) {
        int64_t from, to;
        if (!of[i].booking)
            continue;
        window_of(analysis, &of[i], &from, &to);
        if (mark(of, count, from, to) > 0)
            continue;
        const struct sighting *near = nearest(of, count, of[i].from_us);
        if (near) {
            int64_t day = toil_zone_day(zone, near->from_us);
            mark(of, count, toil_zone_day_start_us(zone, day), toil_zone_day_start_us(zone, day + 1));
        }
    }
}

/* The item that stands for the part of another that bookings speak of; made when first asked for. */
static uint32_t told_twin(struct toil_analysis *analysis, uint32_t *twin, uint32_t item)
{
    if (twin[item] == TOIL_NO_TEXT) {
        struct toil_item_of_work copy = analysis->item[item];
        copy.told = true;
        analysis->item = toil_grow(analysis->item, analysis->item_count, &analysis->item_cap, sizeof *analysis->item);
        twin[item] = (uint32_t)analysis->item_count;
        analysis->item[analysis->item_count++] = copy;
    }
    return twin[item];
}

/* The traces on units that somebody booked time on: no others can be spoken of. */
static struct sighting *gather(const struct toil_analysis *analysis, size_t *out_count)
{
    struct sighting *of = NULL;
    size_t count = 0, cap = 0;
    bool *booked = toil_xcalloc(analysis->item_count + 1, sizeof *booked); /* by unit */
    for (size_t i = 0; i < analysis->trace_count; i++) {
        const struct toil_trace *trace = &analysis->trace[i];
        booked[analysis->item[trace->item].unit] |= is_booking(analysis, trace);
    }
    for (size_t i = 0; i < analysis->trace_count; i++) {
        const struct toil_trace *trace = &analysis->trace[i];
        if (!booked[analysis->item[trace->item].unit])
            continue;
        of = toil_grow(of, count, &cap, sizeof *of);
        of[count++] = (struct sighting){.actor = trace->actor,
                                        .unit = analysis->item[trace->item].unit,
                                        .from_us = trace->from_us,
                                        .to_us = trace->has_end ? trace->to_us : trace->from_us,
                                        .trace = i,
                                        .booking = is_booking(analysis, trace)};
    }
    free(booked);
    if (count > 0)
        qsort(of, count, sizeof *of, compare_sightings);
    *out_count = count;
    return of;
}

void toil_match_bookings(struct toil_analysis *analysis)
{
    size_t count;
    struct sighting *of = gather(analysis, &count);
    uint32_t *twin = toil_xcalloc(analysis->item_count + 1, sizeof *twin);
    for (size_t i = 0; i < analysis->item_count; i++)
        twin[i] = TOIL_NO_TEXT;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && of[end].actor == of[i].actor && of[end].unit == of[i].unit;)
            end++;
        if (end - i > 1)
            match_unit(analysis, of + i, end - i);
    }
    for (size_t i = 0; i < count; i++) {
        if (of[i].spoken_of) {
            struct toil_trace *trace = &analysis->trace[of[i].trace];
            trace->item = told_twin(analysis, twin, trace->item);
        }
    }
    free(twin);
    free(of);
    analysis->trace_count = toil_sessions_sort(analysis->trace, analysis->trace_count);
}
