/* Manual hours: hand-worked cases, and properties against a reference that counts minute by minute. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/calendar.h"
#include "analyzers/stats/sessions.h"
#include "toilmeter/buf.h"

#define MINUTE   TOIL_US_PER_MINUTE
#define HOUR     TOIL_US_PER_HOUR
#define DAY      TOIL_US_PER_DAY
#define MONDAY   (INT64_C(20458) * DAY) /* 2026-01-05 */
#define N_ITEMS  6
#define N_ACTORS 4

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

static const struct toil_hours_clock utc = {NULL, utc_cut, utc_shift, utc_day};

/* The pieces of one run, with what tests ask of them. */
struct pieces {
    struct toil_piece *item;
    size_t count, cap;
    struct toil_session_totals totals;
};

static void collect(void *context, const struct toil_piece *piece)
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

/* Works on a copy: sorting drops repeats in place. */
static struct pieces run_rules(const struct toil_trace *traces, size_t count, struct toil_session_rules rules,
                               const struct toil_hours_clock *clock)
{
    struct pieces pieces = {0};
    struct toil_trace *sorted = toil_xcalloc(count + 1, sizeof *sorted);
    if (count > 0)
        memcpy(sorted, traces, count * sizeof *sorted);
    count = toil_sessions_sort(sorted, count);
    toil_sessions_run(sorted, count, &rules, clock, false, collect, &pieces, &pieces.totals);
    free(sorted);
    return pieces;
}

static struct pieces run(const struct toil_trace *traces, size_t count)
{
    return run_rules(traces, count, toil_session_rules_default(), &utc);
}

static double minutes_of(const struct pieces *pieces, int actor, int item, int tag)
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

#define assert_minutes(got, expected)                                                                                  \
    cr_assert_float_eq(got, expected, 1e-9, "%.12f is not %.12f", got, (double)(expected))

static struct toil_trace point(uint32_t actor, uint32_t item, double minute)
{
    int64_t at = MONDAY + (int64_t)llround(minute * (double)MINUTE);
    return (struct toil_trace){.actor = actor, .item = item, .from_us = at, .to_us = at, .minutes = NAN};
}

static struct toil_trace measured(uint32_t actor, uint32_t item, int from, int to)
{
    return (struct toil_trace){.actor = actor,
                               .item = item,
                               .from_us = MONDAY + from * MINUTE,
                               .to_us = MONDAY + to * MINUTE,
                               .minutes = NAN,
                               .has_end = true};
}

static struct toil_trace booking(uint32_t actor, uint32_t item, int from, double minutes)
{
    return (struct toil_trace){.actor = actor, .item = item, .from_us = MONDAY + from * MINUTE, .minutes = minutes};
}

static struct toil_trace window(uint32_t actor, uint32_t item, int from, int to, double minutes)
{
    struct toil_trace trace = measured(actor, item, from, to);
    trace.minutes = minutes;
    return trace;
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

Test(sessions, one_session_is_billed_from_first_to_last_plus_post)
{
    struct toil_trace traces[] = {point(0, 0, 600), point(0, 0, 610), point(0, 0, 625)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, TOIL_HOURS_INFERRED), 35);
    cr_assert_eq(pieces.totals.sessions, 1);
    cr_assert_eq(pieces.totals.points, 3);
    free(pieces.item);
}

Test(sessions, a_gap_of_g_is_within_and_a_longer_one_closes)
{
    struct toil_trace within[] = {point(0, 0, 600), point(0, 0, 620)};
    struct pieces pieces = run(within, COUNT(within));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 30);
    free(pieces.item);
    struct toil_trace beyond[] = {point(0, 0, 600), point(0, 0, 621)};
    pieces = run(beyond, COUNT(beyond));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 20);
    cr_assert_eq(pieces.totals.sessions, 2);
    free(pieces.item);
}

Test(sessions, an_instant_is_split_equally_over_open_items)
{
    struct toil_trace traces[] = {point(0, 0, 600), point(0, 1, 605)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 7.5); /* five alone, five shared */
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 7.5);
    free(pieces.item);
    struct toil_trace three[] = {point(0, 0, 600), point(0, 1, 600), point(0, 2, 600)};
    pieces = run(three, COUNT(three));
    for (int item = 0; item < 3; item++)
        assert_minutes(minutes_of(&pieces, 0, item, -1), 10.0 / 3);
    free(pieces.item);
}

Test(sessions, time_with_no_open_item_belongs_to_the_one_touched_last)
{
    struct toil_trace traces[] = {point(0, 0, 600), point(0, 1, 618)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 18);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 10);
    free(pieces.item);
}

Test(sessions, pre_is_billed_to_the_first_item_of_each_session)
{
    struct toil_session_rules rules = toil_session_rules_default();
    rules.pre_us = 5 * MINUTE;
    struct toil_trace traces[] = {point(0, 0, 600), point(0, 1, 700)};
    struct pieces pieces = run_rules(traces, COUNT(traces), rules, &utc);
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 15);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 15);
    free(pieces.item);
}

Test(sessions, post_is_never_longer_than_the_gap)
{
    struct toil_session_rules rules = {5 * MINUTE, 0, 30 * MINUTE};
    struct toil_trace traces[] = {point(0, 0, 600)};
    struct pieces pieces = run_rules(traces, COUNT(traces), rules, &utc);
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 5);
    free(pieces.item);
}

Test(sessions, measured_and_inferred_share_and_declared_excludes)
{
    /* Item 0 measured 600-660; item 1 touched at 610 (open to 620); item 2 booked 30 minutes from 640. */
    struct toil_trace traces[] = {measured(0, 0, 600, 660), point(0, 1, 610), booking(0, 2, 640, 30)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, TOIL_HOURS_MEASURED), 10 + 5 + 20);
    assert_minutes(minutes_of(&pieces, 0, 1, TOIL_HOURS_INFERRED), 5);
    assert_minutes(minutes_of(&pieces, 0, 2, TOIL_HOURS_DECLARED), 30);
    assert_minutes(minutes_of(&pieces, 0, -1, -1), 70);
    free(pieces.item);
}

Test(sessions, an_item_measured_and_touched_at_once_counts_once_as_measured)
{
    struct toil_trace traces[] = {measured(0, 0, 600, 660), point(0, 0, 655), point(0, 1, 600)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, TOIL_HOURS_MEASURED), 55);
    assert_minutes(minutes_of(&pieces, 0, 0, TOIL_HOURS_INFERRED), 5);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 5);
    free(pieces.item);
}

Test(sessions, who_begins_something_measured_leaves_what_was_inferred)
{
    /* Touched at 600, measured 604-620, touched again at 615: 4 alone, 11 measured alone, 5 shared, then 5 of the tail.
     */
    struct toil_trace traces[] = {point(0, 0, 600), measured(0, 1, 604, 620), point(0, 0, 615)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, TOIL_HOURS_INFERRED), 4 + 2.5 + 5);
    assert_minutes(minutes_of(&pieces, 0, 1, TOIL_HOURS_MEASURED), 11 + 2.5);
    free(pieces.item);
    /* The tail of a point goes on behind something short. */
    struct toil_trace tail[] = {point(0, 0, 600), measured(0, 1, 602, 605)};
    pieces = run(tail, COUNT(tail));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 2 + 5);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 3);
    free(pieces.item);
}

Test(sessions, people_do_not_share_time)
{
    struct toil_trace traces[] = {point(0, 0, 600), point(1, 0, 600), point(1, 1, 600)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 10);
    assert_minutes(minutes_of(&pieces, 1, 0, -1), 5);
    assert_minutes(minutes_of(&pieces, 1, 1, -1), 5);
    free(pieces.item);
}

Test(sessions, points_only_leaves_bookings_and_measurements_out)
{
    struct toil_trace traces[] = {measured(0, 0, 600, 660), point(0, 1, 610), booking(0, 2, 600, 30)};
    size_t count = toil_sessions_sort(traces, COUNT(traces));
    struct toil_session_rules rules = toil_session_rules_default();
    struct pieces pieces = {0};
    toil_sessions_run(traces, count, &rules, &utc, true, collect, &pieces, NULL);
    assert_minutes(minutes_of(&pieces, -1, -1, -1), 10);
    assert_minutes(minutes_of(&pieces, 0, 1, TOIL_HOURS_INFERRED), 10);
    free(pieces.item);
}

Test(bookings, a_sheet_dated_midnight_takes_office_hours_first_and_loses_nothing)
{
    struct toil_trace traces[] = {booking(0, 0, 0, 180), booking(0, 1, 0, 240), booking(0, 2, 0, 150)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 180);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 240);
    assert_minutes(minutes_of(&pieces, 0, 2, -1), 150);
    cr_assert_eq(pieces.totals.lost_us, 0);
    for (size_t i = 0; i < pieces.count; i++) {
        cr_assert_geq(pieces.item[i].from_us, MONDAY + 9 * HOUR);
        cr_assert_leq(pieces.item[i].to_us, MONDAY + 18 * HOUR + 30 * MINUTE);
    }
    free(pieces.item);
}

Test(bookings, only_what_exceeds_the_day_is_lost_and_it_is_counted)
{
    struct toil_trace traces[] = {booking(0, 0, 0, 600), booking(0, 1, 0, 600), booking(0, 2, 0, 600),
                                  booking(0, 3, 1440, 60)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, -1, -1), 1440 + 60);
    cr_assert_eq(pieces.totals.lost_us, 6 * HOUR);
    cr_assert_eq(pieces.totals.lost_count, 1);
    assert_minutes(minutes_of(&pieces, 0, 3, -1), 60);
    free(pieces.item);
}

Test(bookings, a_window_gives_its_free_time)
{
    struct toil_trace traces[] = {booking(0, 0, 540, 60), window(0, 1, 540, 720, 90)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 60);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 90);
    for (size_t i = 0; i < pieces.count; i++) {
        if (pieces.item[i].item == 1)
            cr_assert(pieces.item[i].from_us >= MONDAY + 600 * MINUTE && pieces.item[i].to_us <= MONDAY + 690 * MINUTE);
    }
    free(pieces.item);
}

Test(bookings, more_minutes_than_the_window_spill_into_the_day)
{
    struct toil_trace traces[] = {window(0, 0, 1380, 1440, 90)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 90);
    cr_assert_eq(pieces.totals.lost_us, 0);
    free(pieces.item);
}

Test(bookings, a_window_of_days_fills_working_hours_of_each)
{
    struct toil_trace traces[] = {window(0, 0, 0, 3 * 1440, 20 * 60)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 20 * 60);
    for (size_t i = 0; i < pieces.count; i++)
        cr_assert_eq(utc_shift(NULL, 0, pieces.item[i].from_us), 0);
    free(pieces.item);
}

Test(bookings, a_date_keeps_off_sessions_and_measured_time)
{
    /* Sessions 540-570 and 600-610, measured 570-590: the booking takes 590-600 and 610-640. */
    struct toil_trace traces[] = {booking(0, 0, 0, 40), point(0, 1, 540),         point(0, 1, 550),
                                  point(0, 1, 560),     measured(0, 2, 570, 590), point(0, 3, 600)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 40);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 30);
    assert_minutes(minutes_of(&pieces, 0, 2, -1), 20);
    assert_minutes(minutes_of(&pieces, 0, 3, -1), 10);
    for (size_t i = 0; i < pieces.count; i++) {
        if (pieces.item[i].item == 0)
            cr_assert_leq(pieces.item[i].to_us, MONDAY + 640 * MINUTE);
    }
    free(pieces.item);
}

Test(bookings, without_other_room_it_covers_what_is_known)
{
    struct toil_trace traces[] = {window(0, 0, 600, 660, 60), measured(0, 1, 0, 1440)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 60);
    assert_minutes(minutes_of(&pieces, 0, 1, -1), 1380);
    free(pieces.item);
}

Test(bookings, without_an_end_time_runs_from_the_beginning_over_midnight)
{
    struct toil_trace traces[] = {booking(0, 0, 1380, 120)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, 0, -1), 120);
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < pieces.count; i++) {
        first = pieces.item[i].from_us < first ? pieces.item[i].from_us : first;
        last = pieces.item[i].to_us > last ? pieces.item[i].to_us : last;
    }
    cr_assert_eq(first, MONDAY + 23 * HOUR);
    cr_assert_eq(last, MONDAY + 25 * HOUR);
    free(pieces.item);
}

Test(bookings, bookings_one_after_the_other_from_late_starts_use_earlier_room)
{
    /* Three bookings of eight hours that all begin at 16:00: 16-24, on to the next day's 8, then earlier room. */
    struct toil_trace traces[] = {booking(0, 0, 960, 480), booking(0, 1, 960, 480), booking(0, 2, 960, 480)};
    struct pieces pieces = run(traces, COUNT(traces));
    assert_minutes(minutes_of(&pieces, 0, -1, TOIL_HOURS_DECLARED), 1440);
    cr_assert_eq(pieces.totals.lost_us, 0);
    free(pieces.item);
}

/* Days of 23 and 25 hours, by the real calendar. */
struct prague {
    struct toil_zone *zone;
    struct toil_calendar calendar;
};

static int64_t prague_cut(void *context, int64_t time_us)
{
    struct prague *prague = context;
    int64_t until, day = toil_zone_day(prague->zone, time_us);
    toil_calendar_shift(&prague->calendar, time_us, &until);
    int64_t next = toil_zone_day_start_us(prague->zone, day + 1);
    return until < next ? until : next;
}

static int prague_shift(void *context, uint32_t item, int64_t time_us)
{
    (void)item;
    int64_t until;
    return (int)toil_calendar_shift(&((struct prague *)context)->calendar, time_us, &until);
}

static void prague_day(void *context, uint32_t item, int64_t time_us, int64_t *from_us, int64_t *to_us)
{
    (void)item;
    struct prague *prague = context;
    int64_t day = toil_zone_day(prague->zone, time_us);
    *from_us = toil_zone_day_start_us(prague->zone, day);
    *to_us = toil_zone_day_start_us(prague->zone, day + 1);
}

Test(bookings, a_day_is_as_long_as_the_wall_clock_says)
{
    struct prague prague = {0};
    struct toil_error err;
    cr_assert_eq(toil_zone_new("Europe/Prague", &prague.zone, &err), TOIL_OK);
    prague.calendar.zone = prague.zone;
    cr_assert(toil_hours_rule_parse("Mon-Fri 09:00-17:00", &prague.calendar.working));
    cr_assert(toil_hours_rule_parse("17:00-22:00", &prague.calendar.evening));
    struct toil_hours_clock clock = {&prague, prague_cut, prague_shift, prague_day};
    static const struct {
        unsigned month, day;
        int hours;
    } cases[] = {{3, 29, 23}, {10, 25, 25}, {6, 1, 24}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t start = toil_zone_day_start_us(prague.zone, toil_days_from_civil(2026, cases[i].month, cases[i].day));
        struct toil_trace traces[26];
        for (uint32_t n = 0; n < COUNT(traces); n++)
            traces[n] = (struct toil_trace){.item = n, .from_us = start, .minutes = 60};
        struct pieces pieces = run_rules(traces, COUNT(traces), toil_session_rules_default(), &clock);
        assert_minutes(minutes_of(&pieces, 0, -1, -1), cases[i].hours * 60.0);
        cr_assert_eq(pieces.totals.lost_us, (26 - cases[i].hours) * HOUR);
        free(pieces.item);
    }
    toil_zone_free(prague.zone);
}

/* Properties, over random worlds of whole minutes. */
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
            traces[i] = booking(actor, item, at, random_below(state, 300));
            break;
        case 1:
            traces[i] = booking(actor, item, at / 1440 * 1440, random_below(state, 300));
            break;
        case 2:
            traces[i] = window(actor, item, at, at + 1 + random_below(state, 1440), random_below(state, 300));
            break;
        case 3:
            traces[i] = measured(actor, item, at, at + 1 + random_below(state, 200));
            break;
        default: /* mostly points, close together */
            traces[i] = point(actor, item, at % 300 + 600);
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
        struct pieces pieces = run_rules(traces, count, rules, &utc);
        for (uint32_t actor = 0; actor < N_ACTORS; actor++) {
            double expected[N_ITEMS];
            reference(traces, count, &rules, actor, &pieces, expected);
            for (int item = 0; item < N_ITEMS; item++) {
                double got = minutes_of(&pieces, (int)actor, item, -1);
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
        struct pieces pieces = run(traces, count);
        for (uint32_t actor = 0; actor < N_ACTORS; actor++)
            cr_assert_float_eq(minutes_of(&pieces, (int)actor, -1, -1), union_of(&pieces, actor), 1e-6);
        double lost = (double)pieces.totals.lost_us / (double)MINUTE;
        cr_assert_float_eq(minutes_of(&pieces, -1, -1, TOIL_HOURS_DECLARED) + lost, declared, 1e-6);
        for (size_t i = 0; i < pieces.count; i++)
            cr_assert_leq(pieces.item[i].to_us, utc_cut(NULL, pieces.item[i].from_us), "a piece reaches over a cut");
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
        struct pieces one = run(traces, count), two = run(shuffled, more);
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
        struct pieces all = run(traces, count);
        for (int attempt = 0; attempt < 10 && count > 0; attempt++) {
            size_t gone = (size_t)random_below(&state, (int)count);
            if (!isnan(traces[gone].minutes))
                continue;
            memcpy(fewer, traces, count * sizeof *traces);
            fewer[gone] = fewer[count - 1];
            struct pieces less = run(fewer, count - 1);
            for (int actor = 0; actor < N_ACTORS; actor++)
                cr_assert_leq(minutes_of(&less, actor, -1, -1), minutes_of(&all, actor, -1, -1) + 1e-6);
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
            struct pieces pieces = run_rules(traces, count, rules, &utc);
            double now = minutes_of(&pieces, -1, -1, -1);
            cr_assert_geq(now, before - 1e-6);
            before = now;
            free(pieces.item);
        }
    }
}

Test(sessions, post_is_the_median_gap_of_enough_people)
{
    struct toil_trace *traces = toil_xcalloc(5000, sizeof *traces);
    size_t count = 0;
    for (uint32_t actor = 0; actor < 5; actor++) {
        double at = 0;
        for (int i = 0; i < 201; i++) { /* 200 gaps of 1 to 7 minutes, then one that is no gap of a session */
            traces[count++] = point(actor, 0, at);
            at += 1 + (i * 3 + (int)actor) % 7;
        }
        traces[count++] = point(actor, 0, at + 500);
    }
    size_t sorted = toil_sessions_sort(traces, count);
    struct toil_post_learned learned = toil_sessions_learn_post(traces, sorted, 20 * MINUTE);
    cr_assert_eq(learned.gaps, 1000);
    cr_assert_eq(learned.actors, 5);
    cr_assert_eq(learned.post_us, 4 * MINUTE);
    cr_assert_eq(toil_sessions_learn_post(traces, sorted, 3 * MINUTE).post_us, 0, "fewer than 1,000 gaps");
    cr_assert_eq(toil_sessions_learn_post(traces, sorted - 202, 20 * MINUTE).post_us, 0, "four people");
    free(traces);
}
