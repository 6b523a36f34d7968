/* The code behind lib_sessions.h. */
#include "support/lib_sessions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/calendar.h"
#include "toilmeter/buf.h"

/* Office hours in UTC, every day the same. */
static int64_t utc_cut(void *context, int64_t time_us)
{
    (void)context;
    static const int hours[] = {9, 17, 22, 24};
    int64_t day = toil_days_from_us(time_us) * DAY;
    for (size_t i = 0; i < 4; i++) {
        if (day + hours[i] * HOUR > time_us)
            return day + hours[i] * HOUR;
    }
    return day + DAY;
}

static int utc_shift(void *context, uint32_t item, int64_t time_us)
{
    (void)context, (void)item;
    int64_t hour = (time_us - toil_days_from_us(time_us) * DAY) / HOUR;
    return hour >= 9 && hour < 17 ? 0 : hour >= 17 && hour < 22 ? 1 : 2;
}

static void utc_day(void *context, uint32_t item, int64_t time_us, int64_t *from_us, int64_t *to_us)
{
    (void)context, (void)item;
    *from_us = toil_days_from_us(time_us) * DAY;
    *to_us = *from_us + DAY;
}

const struct toil_hours_clock pieces_utc = {NULL, utc_cut, utc_shift, utc_day};

void pieces_collect(void *context, const struct toil_piece *piece)
{
    struct pieces *pieces = context;
    if (pieces->count == pieces->cap) {
        pieces->cap = pieces->cap ? pieces->cap * 2 : 64;
        pieces->item = toil_xreallocarray(pieces->item, pieces->cap, sizeof *pieces->item);
    }
    cr_assert_lt(piece->from_us, piece->to_us);
    cr_assert(piece->weight > 0 && piece->weight <= 1 + 1e-12);
    pieces->item[pieces->count++] = *piece;
}

struct pieces pieces_run_rules(const struct toil_trace *traces, size_t count, struct toil_session_rules rules,
                               const struct toil_hours_clock *clock)
{
    struct pieces pieces = {0};
    struct toil_trace *sorted = toil_xcalloc(count + 1, sizeof *sorted);
    if (count > 0)
        memcpy(sorted, traces, count * sizeof *sorted);
    count = toil_sessions_sort(sorted, count);
    toil_sessions_run(sorted, count, &rules, clock, false, pieces_collect, &pieces, &pieces.totals);
    free(sorted);
    return pieces;
}

struct pieces pieces_run(const struct toil_trace *traces, size_t count)
{
    return pieces_run_rules(traces, count, toil_session_rules_default(), &pieces_utc);
}

double pieces_minutes(const struct pieces *pieces, int actor, int item, int tag)
{
    double sum = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct toil_piece *piece = &pieces->item[i];
        if ((actor < 0 || piece->actor == (uint32_t)actor) && (item < 0 || piece->item == (uint32_t)item) &&
            (tag < 0 || piece->tag == (enum toil_hours_tag)tag))
            sum += (double)(piece->to_us - piece->from_us) * piece->weight;
    }
    return sum / (double)MINUTE;
}

struct toil_trace trace_point(uint32_t actor, uint32_t item, double minute)
{
    int64_t at = MONDAY + (int64_t)llround(minute * (double)MINUTE);
    return (struct toil_trace){.actor = actor, .item = item, .from_us = at, .to_us = at, .minutes = NAN};
}

struct toil_trace trace_measured(uint32_t actor, uint32_t item, int from, int to)
{
    return (struct toil_trace){.actor = actor,
                               .item = item,
                               .from_us = MONDAY + from * MINUTE,
                               .to_us = MONDAY + to * MINUTE,
                               .minutes = NAN,
                               .has_end = true};
}

struct toil_trace trace_booking(uint32_t actor, uint32_t item, int from, double minutes)
{
    return (struct toil_trace){.actor = actor, .item = item, .from_us = MONDAY + from * MINUTE, .minutes = minutes};
}

struct toil_trace trace_window(uint32_t actor, uint32_t item, int from, int to, double minutes)
{
    struct toil_trace trace = trace_measured(actor, item, from, to);
    trace.minutes = minutes;
    return trace;
}
