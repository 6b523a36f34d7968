/* Manual hours over random worlds of whole minutes: against a reference that counts minute by minute, and what must
 * hold whatever the traces. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_sessions.h"
#include "toilmeter/buf.h"

#define N_ITEMS  6
#define N_ACTORS 4

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int random_below(uint64_t *state, int bound)
{
    return (int)(random_next(state) % (uint64_t)bound);
}

#define WORLD   120
#define HORIZON (4 * 1440)

static size_t make_world(uint64_t *state, struct toil_trace *traces)
{
    size_t count = (size_t)random_below(state, WORLD);
    for (size_t i = 0; i < count; i++) {
        uint32_t actor = (uint32_t)random_below(state, N_ACTORS), item = (uint32_t)random_below(state, N_ITEMS);
        int at = random_below(state, 2 * 1440);
        switch (random_below(state, 8)) {
        case 0:
            traces[i] = trace_booking(actor, item, at, random_below(state, 300));
            break;
        case 1:
            traces[i] = trace_booking(actor, item, at / 1440 * 1440, random_below(state, 300));
            break;
        case 2:
            traces[i] = trace_window(actor, item, at, at + 1 + random_below(state, 1440), random_below(state, 300));
            break;
        case 3:
            traces[i] = trace_measured(actor, item, at, at + 1 + random_below(state, 200));
            break;
        default: /* mostly points, close together */
            traces[i] = trace_point(actor, item, at % 300 + 600);
        }
    }
    return count;
}

static bool is_measured_at(const struct toil_trace *trace, uint32_t actor, int minute)
{
    return trace->actor == actor && isnan(trace->minutes) && trace->has_end &&
           trace->from_us <= MONDAY + minute * MINUTE && MONDAY + minute * MINUTE < trace->to_us;
}

/* Did the actor, by the minute, begin something measured after the point at `touch`, and is still at something such? */
static bool is_suspended(const struct toil_trace *traces, size_t count, uint32_t actor, int touch, int minute)
{
    for (int t = minute; t > touch; t--) {
        bool any = false;
        for (size_t i = 0; i < count; i++) {
            any = any || is_measured_at(&traces[i], actor, t);
            if (is_measured_at(&traces[i], actor, t) && traces[i].from_us == MONDAY + t * MINUTE)
                return true;
        }
        if (!any)
            return false;
    }
    return false;
}

/* The definition, minute by minute: what each item of an actor gets, bookings taken from the pieces. */
static void reference(const struct toil_trace *traces, size_t count, const struct toil_session_rules *rules,
                      uint32_t actor, const struct pieces *pieces, double out[N_ITEMS])
{
    int gap = (int)(rules->gap_us / MINUTE), post = (int)(rules->post_us / MINUTE);
    static int points[N_ITEMS][HORIZON];
    static bool declared[HORIZON];
    memset(points, 0, sizeof points);
    memset(declared, 0, sizeof declared);
    memset(out, 0, N_ITEMS * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        if (traces[i].actor == actor && isnan(traces[i].minutes) && !traces[i].has_end)
            points[traces[i].item][(traces[i].from_us - MONDAY) / MINUTE] = 1;
    }
    for (size_t i = 0; i < pieces->count; i++) {
        const struct toil_piece *piece = &pieces->item[i];
        if (piece->actor != actor || piece->tag != TOIL_HOURS_DECLARED)
            continue;
        for (int64_t t = piece->from_us; t < piece->to_us; t += MINUTE) {
            int64_t minute = (t - MONDAY) / MINUTE;
            cr_assert(!declared[minute], "two bookings hold minute %d", (int)minute);
            declared[minute] = true;
        }
        out[piece->item] += (double)(piece->to_us - piece->from_us) / (double)MINUTE;
    }
    int last = -1000000, first = 0, touched = 0, session_end = -1;
    for (int t = 0; t < HORIZON; t++) {
        bool any = false;
        for (int item = 0; item < N_ITEMS; item++)
            any = any || points[item][t];
        if (any) {
            if (t - last > gap)
                first = t;
            last = t;
            session_end = t + post;
            for (int item = 0; item < N_ITEMS; item++)
                touched = points[item][t] ? item : touched;
            for (int ahead = 1; ahead <= gap && t + ahead < HORIZON; ahead++) {
                for (int item = 0; item < N_ITEMS; item++) {
                    if (points[item][t + ahead])
                        session_end = t + ahead; /* the session reaches there at least */
                }
            }
        }
        bool open[N_ITEMS] = {false};
        int n = 0;
        for (int item = 0; item < N_ITEMS; item++) {
            for (size_t i = 0; i < count; i++)
                open[item] = open[item] || (traces[i].item == (uint32_t)item && is_measured_at(&traces[i], actor, t));
            if (t < session_end) {
                /* Open from its first point in this session to its last one + post. */
                int item_first = -1, item_last = -1, previous = last, touch = -1;
                for (int s = first; s < HORIZON && s - previous <= gap; s++) {
                    for (int other = 0; other < N_ITEMS; other++)
                        previous = points[other][s] ? (s > previous ? s : previous) : previous;
                    if (points[item][s]) {
                        item_first = item_first < 0 ? s : item_first;
                        item_last = s;
                        touch = s <= t ? s : touch;
                    }
                }
                if (item_first >= 0 && t >= item_first && t < item_last + post &&
                    !is_suspended(traces, count, actor, touch, t))
                    open[item] = true;
            }
            n += open[item];
        }
        if (declared[t])
            continue;
        if (n == 0 && t < session_end)
            out[touched] += 1;
        for (int item = 0; item < N_ITEMS; item++)
            out[item] += open[item] ? 1.0 / n : 0;
    }
}

Test(properties, pieces_match_a_count_minute_by_minute)
{
    uint64_t state = 7;
    struct toil_trace traces[WORLD];
    for (int world = 0; world < 60; world++) {
        size_t count = make_world(&state, traces);
        struct toil_session_rules rules = {(1 + random_below(&state, 40)) * MINUTE, 0, 0};
        rules.post_us = (1 + random_below(&state, (int)(rules.gap_us / MINUTE))) * MINUTE;
        struct pieces pieces = pieces_run_rules(traces, count, rules, &pieces_utc);
        for (uint32_t actor = 0; actor < N_ACTORS; actor++) {
            double expected[N_ITEMS];
            reference(traces, count, &rules, actor, &pieces, expected);
            for (int item = 0; item < N_ITEMS; item++) {
                double got = pieces_minutes(&pieces, (int)actor, item, -1);
                cr_assert_float_eq(got, expected[item], 1e-6, "world %d actor %u item %d: %f, expected %f", world,
                                   actor, item, got, expected[item]);
            }
        }
        free(pieces.item);
    }
}

/* The union of an actor's pieces, in minutes. */
static double union_of(const struct pieces *pieces, uint32_t actor)
{
    static bool covered[2 * HORIZON];
    memset(covered, 0, sizeof covered);
    double sum = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct toil_piece *piece = &pieces->item[i];
        for (int64_t t = piece->from_us; piece->actor == actor && t < piece->to_us; t += MINUTE)
            covered[(t - MONDAY) / MINUTE] = true;
    }
    for (size_t t = 0; t < COUNT(covered); t++)
        sum += covered[t];
    return sum;
}

Test(properties, parts_sum_to_the_union_and_declared_time_is_whole)
{
    uint64_t state = 11;
    struct toil_trace traces[WORLD];
    for (int world = 0; world < 400; world++) {
        size_t count = make_world(&state, traces);
        double declared = 0;
        for (size_t i = 0; i < count; i++)
            declared += isnan(traces[i].minutes) ? 0 : traces[i].minutes;
        struct pieces pieces = pieces_run(traces, count);
        for (uint32_t actor = 0; actor < N_ACTORS; actor++)
            cr_assert_float_eq(pieces_minutes(&pieces, (int)actor, -1, -1), union_of(&pieces, actor), 1e-6);
        double lost = (double)pieces.totals.lost_us / (double)MINUTE;
        cr_assert_float_eq(pieces_minutes(&pieces, -1, -1, TOIL_HOURS_DECLARED) + lost, declared, 1e-6);
        for (size_t i = 0; i < pieces.count; i++)
            cr_assert_leq(pieces.item[i].to_us, pieces_utc.cut(NULL, pieces.item[i].from_us),
                          "a piece reaches over a cut");
        free(pieces.item);
    }
}

static int compare_pieces(const void *left, const void *right)
{
    const struct toil_piece *a = left, *b = right;
    if (a->from_us != b->from_us)
        return a->from_us < b->from_us ? -1 : 1;
    if (a->actor != b->actor)
        return a->actor < b->actor ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    if (a->to_us != b->to_us)
        return a->to_us < b->to_us ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

Test(properties, order_and_repetition_change_nothing)
{
    uint64_t state = 13;
    struct toil_trace traces[2 * WORLD], shuffled[2 * WORLD];
    for (int world = 0; world < 200; world++) {
        size_t count = make_world(&state, traces), more = count;
        memcpy(shuffled, traces, count * sizeof *traces);
        for (size_t i = 0; i < count; i++) { /* points come again; facts and bookings are kept once by their tables */
            if (isnan(traces[i].minutes) && random_below(&state, 3) == 0)
                shuffled[more++] = traces[i];
        }
        for (size_t i = more; i > 1; i--) {
            size_t other = (size_t)random_below(&state, (int)i);
            struct toil_trace swap = shuffled[i - 1];
            shuffled[i - 1] = shuffled[other];
            shuffled[other] = swap;
        }
        struct pieces one = pieces_run(traces, count), two = pieces_run(shuffled, more);
        cr_assert_eq(one.count, two.count);
        if (one.count > 0) {
            qsort(one.item, one.count, sizeof *one.item, compare_pieces);
            qsort(two.item, two.count, sizeof *two.item, compare_pieces);
        }
        for (size_t i = 0; i < one.count; i++) {
            cr_assert_eq(one.item[i].from_us, two.item[i].from_us);
            cr_assert_eq(one.item[i].to_us, two.item[i].to_us);
            cr_assert_eq(one.item[i].item, two.item[i].item);
            cr_assert_float_eq(one.item[i].weight, two.item[i].weight, 0);
        }
        free(one.item);
        free(two.item);
    }
}

Test(properties, removing_a_point_never_raises_anyones_hours)
{
    uint64_t state = 17;
    struct toil_trace traces[WORLD], fewer[WORLD];
    for (int world = 0; world < 200; world++) {
        size_t count = make_world(&state, traces);
        struct pieces all = pieces_run(traces, count);
        for (int attempt = 0; attempt < 10 && count > 0; attempt++) {
            size_t gone = (size_t)random_below(&state, (int)count);
            if (!isnan(traces[gone].minutes))
                continue;
            memcpy(fewer, traces, count * sizeof *traces);
            fewer[gone] = fewer[count - 1];
            struct pieces less = pieces_run(fewer, count - 1);
            for (int actor = 0; actor < N_ACTORS; actor++)
                cr_assert_leq(pieces_minutes(&less, actor, -1, -1), pieces_minutes(&all, actor, -1, -1) + 1e-6);
            free(less.item);
        }
        free(all.item);
    }
}

Test(properties, a_longer_gap_never_gives_fewer_hours)
{
    uint64_t state = 19;
    struct toil_trace traces[WORLD];
    static const int gaps[] = {10, 20, 30, 60};
    for (int world = 0; world < 200; world++) {
        size_t count = make_world(&state, traces);
        double before = 0;
        for (size_t g = 0; g < COUNT(gaps); g++) {
            struct toil_session_rules rules = {gaps[g] * MINUTE, 0, 10 * MINUTE};
            struct pieces pieces = pieces_run_rules(traces, count, rules, &pieces_utc);
            double now = pieces_minutes(&pieces, -1, -1, -1);
            cr_assert_geq(now, before - 1e-6);
            before = now;
            free(pieces.item);
        }
    }
}
