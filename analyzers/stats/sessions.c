/* The code behind sessions.h: what each actor's traces mean; bookings go to booking.c, the union to sweep.c. */
#include "sessions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "booking.h"
#include "merge_sort.h"
#include "sweep.h"
#include "toilmeter/buf.h"
#include "toilmeter/timestamp.h"

struct toil_session_rules toil_session_rules_default(void)
{
    return (struct toil_session_rules){20 * TOIL_US_PER_MINUTE, 0, 10 * TOIL_US_PER_MINUTE};
}

static bool is_declared(const struct toil_trace *trace)
{
    return !isnan(trace->minutes);
}

static bool is_measured(const struct toil_trace *trace)
{
    return isnan(trace->minutes) && trace->has_end && trace->to_us > trace->from_us;
}

static bool is_point(const struct toil_trace *trace)
{
    return isnan(trace->minutes) && !is_measured(trace);
}

/* The end as a sort key: traces without one come first. */
static int64_t end_key(const struct toil_trace *trace)
{
    return trace->has_end && trace->to_us > trace->from_us ? trace->to_us : trace->from_us;
}

static int compare_traces(const struct toil_trace *a, const struct toil_trace *b)
{
    if (a->actor != b->actor)
        return a->actor < b->actor ? -1 : 1;
    if (a->from_us != b->from_us)
        return a->from_us < b->from_us ? -1 : 1;
    int64_t a_end = end_key(a), b_end = end_key(b);
    if (a_end != b_end)
        return a_end < b_end ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    double a_minutes = is_declared(a) ? a->minutes : -1, b_minutes = is_declared(b) ? b->minutes : -1;
    return (a_minutes > b_minutes) - (a_minutes < b_minutes);
}

static bool trace_before(const struct toil_trace *a, const struct toil_trace *b)
{
    return compare_traces(a, b) < 0;
}

TOIL_MERGE_SORT(sort_traces, struct toil_trace, trace_before)

size_t toil_sessions_sort(struct toil_trace *traces, size_t count)
{
    if (count == 0)
        return 0;
    sort_traces(traces, count);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        bool repeats = is_point(&traces[i]) && compare_traces(&traces[kept - 1], &traces[i]) == 0;
        if (!repeats)
            traces[kept++] = traces[i];
    }
    return kept;
}

/* What one call of toil_sessions_run works with; the arrays are kept from actor to actor. */
struct run {
    struct toil_session_rules rules;
    const struct toil_hours_clock *clock;
    bool points_only;
    toil_piece_fn piece;
    void *context;
    struct toil_session_totals totals;
    struct toil_occupied occupied;
    struct toil_busy busy;
    struct toil_edge *edges;
    size_t edge_count, edge_cap;
    uint32_t *items; /* of the actor, sorted: the slots of the sweep */
    size_t item_count, item_cap;
    uint32_t *slot_of;       /* by item; of the actor's items alone it is right */
    struct touched *touched; /* points of one session, by item */
    size_t touched_count, touched_cap;
    const struct toil_trace *booking; /* being placed */
};

struct touched {
    uint32_t slot;
    int64_t time_us;
};

static void *grow(void *array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 256;
    return toil_xreallocarray(array, *cap, size);
}

static void add_edge(struct run *run, int64_t time_us, enum toil_edge_type type, uint32_t slot, int delta)
{
    run->edges = grow(run->edges, run->edge_count, &run->edge_cap, sizeof *run->edges);
    run->edges[run->edge_count++] = (struct toil_edge){time_us, slot, (int8_t)type, (int8_t)delta};
}

static bool item_before(const uint32_t *a, const uint32_t *b)
{
    return *a < *b;
}

TOIL_MERGE_SORT(sort_items, uint32_t, item_before)

/* Items sorted, each once: the number of one is its slot. */
static void collect_items(struct run *run, const struct toil_trace *traces, size_t count)
{
    run->item_count = 0;
    for (size_t i = 0; i < count; i++) {
        run->items = grow(run->items, run->item_count, &run->item_cap, sizeof *run->items);
        run->items[run->item_count++] = traces[i].item;
    }
    sort_items(run->items, run->item_count);
    size_t kept = 0;
    for (size_t i = 0; i < run->item_count; i++) {
        if (kept == 0 || run->items[kept - 1] != run->items[i])
            run->items[kept++] = run->items[i];
    }
    run->item_count = kept;
    for (size_t i = 0; i < kept; i++)
        run->slot_of[run->items[i]] = (uint32_t)i;
}

static void booked(void *context, int64_t from_us, int64_t to_us)
{
    struct run *run = context;
    struct toil_piece piece = {run->booking->actor, run->booking->item, TOIL_HOURS_DECLARED, from_us, to_us, 1};
    run->totals.declared_us += to_us - from_us;
    run->piece(run->context, &piece);
}

/* When the person was busy: measured intervals, and the sessions that the points make. Traces are sorted by time, but a
 * session is known only at its end: so each point adds the stretch from the one before, or its own tail. */
static void find_busy(struct run *run, const struct toil_trace *traces, size_t count)
{
    run->busy.measured.count = run->busy.all.count = 0;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        const struct toil_trace *trace = &traces[i];
        if (is_measured(trace)) {
            toil_occupied_append(&run->busy.measured, trace->from_us, trace->to_us);
            toil_occupied_append(&run->busy.all, trace->from_us, trace->to_us);
        } else if (is_point(trace)) {
            bool goes_on = last != INT64_MIN && trace->from_us - last <= run->rules.gap_us;
            int64_t from = goes_on ? last : trace->from_us - run->rules.pre_us;
            struct toil_span_us *end = run->busy.all.count > 0 ? &run->busy.all.item[run->busy.all.count - 1] : NULL;
            if (end && end->from_us > from) /* something measured began in between */
                from = end->from_us;
            toil_occupied_append(&run->busy.all, from, trace->from_us + run->rules.post_us);
            last = trace->from_us;
        }
    }
}

static void place_bookings(struct run *run, const struct toil_trace *traces, size_t count)
{
    run->occupied.count = 0;
    find_busy(run, traces, count);
    for (size_t i = 0; i < count; i++) {
        if (!is_declared(&traces[i]))
            continue;
        run->booking = &traces[i];
        int64_t lost = toil_booking_place(&traces[i], run->clock, &run->busy, &run->occupied, booked, run);
        run->totals.lost_us += lost;
        run->totals.lost_count += lost > 0;
    }
    for (size_t i = 0; i < run->occupied.count; i++) {
        add_edge(run, run->occupied.item[i].from_us, TOIL_EDGE_DECLARED, 0, +1);
        add_edge(run, run->occupied.item[i].to_us, TOIL_EDGE_DECLARED, 0, -1);
    }
}

static int compare_touched(const void *left, const void *right)
{
    const struct touched *a = left, *b = right;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    return (a->time_us > b->time_us) - (a->time_us < b->time_us);
}

/* Ends the session whose points were gathered: bills it and opens its items. */
static void close_session(struct run *run, int64_t first_us, uint32_t first_slot, int64_t last_us)
{
    if (run->touched_count == 0)
        return;
    run->totals.sessions++;
    add_edge(run, first_us - run->rules.pre_us, TOIL_EDGE_SESSION, 0, +1);
    add_edge(run, last_us + run->rules.post_us, TOIL_EDGE_SESSION, 0, -1);
    /* What is billed before the first point belongs to the item that it touches. */
    add_edge(run, first_us - run->rules.pre_us, TOIL_EDGE_TOUCH, first_slot, 0);
    qsort(run->touched, run->touched_count, sizeof *run->touched, compare_touched);
    for (size_t i = 0; i < run->touched_count;) {
        size_t end = i;
        while (end < run->touched_count && run->touched[end].slot == run->touched[i].slot)
            end++;
        add_edge(run, run->touched[i].time_us, TOIL_EDGE_INFERRED, run->touched[i].slot, +1);
        add_edge(run, run->touched[end - 1].time_us + run->rules.post_us, TOIL_EDGE_INFERRED, run->touched[i].slot, -1);
        i = end;
    }
    run->touched_count = 0;
}

static void gather_sessions(struct run *run, const struct toil_trace *traces, size_t count)
{
    int64_t first = 0, last = 0;
    uint32_t first_slot = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_point(&traces[i]))
            continue;
        int64_t now = traces[i].from_us;
        if (run->touched_count > 0 && now - last > run->rules.gap_us)
            close_session(run, first, first_slot, last);
        uint32_t slot = run->slot_of[traces[i].item];
        if (run->touched_count == 0) {
            first = now;
            first_slot = slot;
        }
        last = now;
        run->touched = grow(run->touched, run->touched_count, &run->touched_cap, sizeof *run->touched);
        run->touched[run->touched_count++] = (struct touched){slot, now};
        add_edge(run, now, TOIL_EDGE_TOUCH, slot, 0);
        run->totals.points++;
    }
    close_session(run, first, first_slot, last);
}

static void add_measured(struct run *run, const struct toil_trace *traces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_measured(&traces[i]))
            continue;
        uint32_t slot = run->slot_of[traces[i].item];
        add_edge(run, traces[i].from_us, TOIL_EDGE_MEASURED, slot, +1);
        add_edge(run, traces[i].to_us, TOIL_EDGE_MEASURED, slot, -1);
    }
}

static void run_actor(struct run *run, const struct toil_trace *traces, size_t count)
{
    run->edge_count = 0;
    collect_items(run, traces, count);
    if (!run->points_only) {
        place_bookings(run, traces, count);
        add_measured(run, traces, count);
    }
    gather_sessions(run, traces, count);
    toil_sweep(traces[0].actor, run->edges, run->edge_count, run->items, run->item_count, run->clock, run->piece,
               run->context);
}

void toil_sessions_run(const struct toil_trace *traces, size_t count, const struct toil_session_rules *rules,
                       const struct toil_hours_clock *clock, bool points_only, toil_piece_fn piece, void *context,
                       struct toil_session_totals *totals)
{
    struct run run = {.rules = *rules, .clock = clock, .points_only = points_only, .piece = piece, .context = context};
    if (run.rules.post_us > run.rules.gap_us)
        run.rules.post_us = run.rules.gap_us;
    uint32_t last_item = 0;
    for (size_t i = 0; i < count; i++)
        last_item = traces[i].item > last_item ? traces[i].item : last_item;
    run.slot_of = toil_xcalloc((size_t)last_item + 1, sizeof *run.slot_of);
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && traces[end].actor == traces[i].actor)
            end++;
        run_actor(&run, traces + i, end - i);
        i = end;
    }
    toil_occupied_release(&run.occupied);
    toil_occupied_release(&run.busy.measured);
    toil_occupied_release(&run.busy.all);
    free(run.edges);
    free(run.items);
    free(run.slot_of);
    free(run.touched);
    if (totals)
        *totals = run.totals;
}

static int compare_int64(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

struct toil_post_learned toil_sessions_learn_post(const struct toil_trace *traces, size_t count, int64_t gap_us)
{
    struct toil_post_learned learned = {0};
    int64_t *gaps = NULL;
    size_t gap_count = 0, gap_cap = 0;
    const struct toil_trace *last = NULL;
    uint32_t counted = UINT32_MAX; /* the actor whose first gap was seen last */
    for (size_t i = 0; i < count; i++) {
        if (!is_point(&traces[i]))
            continue;
        int64_t gap = last && last->actor == traces[i].actor ? traces[i].from_us - last->from_us : 0;
        if (gap > 0 && gap <= gap_us) {
            gaps = grow(gaps, gap_count, &gap_cap, sizeof *gaps);
            gaps[gap_count++] = gap;
            if (learned.actors == 0 || counted != traces[i].actor)
                learned.actors++;
            counted = traces[i].actor;
        }
        last = &traces[i];
    }
    learned.gaps = gap_count;
    if (gap_count >= TOIL_POST_MIN_GAPS && learned.actors >= TOIL_POST_MIN_ACTORS) {
        qsort(gaps, gap_count, sizeof *gaps, compare_int64);
        int64_t median = gaps[(gap_count - 1) / 2]; /* the lower one: a gap that was seen */
        int64_t low = TOIL_US_PER_MINUTE < gap_us ? TOIL_US_PER_MINUTE : gap_us;
        learned.post_us = median < low ? low : median > gap_us ? gap_us : median;
    }
    free(gaps);
    return learned;
}
