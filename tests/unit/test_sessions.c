/* Manual hours: hand-worked cases of sessions and bookings. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/calendar.h"
#include "support/lib_sessions.h"
#include "toilmeter/buf.h"

Test(sessions, one_session_is_billed_from_first_to_last_plus_post)
{
    struct toil_trace traces[] = {trace_point(0, 0, 600), trace_point(0, 0, 610), trace_point(0, 0, 625)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, TOIL_HOURS_INFERRED), 35);
    cr_assert_eq(pieces.totals.sessions, 1);
    cr_assert_eq(pieces.totals.points, 3);
    free(pieces.item);
}

Test(sessions, a_gap_of_g_is_within_and_a_longer_one_closes)
{
    struct toil_trace within[] = {trace_point(0, 0, 600), trace_point(0, 0, 620)};
    struct pieces pieces = pieces_run(within, COUNT(within));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 30);
    free(pieces.item);
    struct toil_trace beyond[] = {trace_point(0, 0, 600), trace_point(0, 0, 621)};
    pieces = pieces_run(beyond, COUNT(beyond));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 20);
    cr_assert_eq(pieces.totals.sessions, 2);
    free(pieces.item);
}

Test(sessions, an_instant_is_split_equally_over_open_items)
{
    struct toil_trace traces[] = {trace_point(0, 0, 600), trace_point(0, 1, 605)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 7.5); /* five alone, five shared */
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 7.5);
    free(pieces.item);
    struct toil_trace three[] = {trace_point(0, 0, 600), trace_point(0, 1, 600), trace_point(0, 2, 600)};
    pieces = pieces_run(three, COUNT(three));
    for (int item = 0; item < 3; item++)
        assert_minutes(pieces_minutes(&pieces, 0, item, -1), 10.0 / 3);
    free(pieces.item);
}

Test(sessions, time_with_no_open_item_belongs_to_the_one_touched_last)
{
    struct toil_trace traces[] = {trace_point(0, 0, 600), trace_point(0, 1, 618)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 18);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 10);
    free(pieces.item);
}

Test(sessions, pre_is_billed_to_the_first_item_of_each_session)
{
    struct toil_session_rules rules = toil_session_rules_default();
    rules.pre_us = 5 * MINUTE;
    struct toil_trace traces[] = {trace_point(0, 0, 600), trace_point(0, 1, 700)};
    struct pieces pieces = pieces_run_rules(traces, COUNT(traces), rules, &pieces_utc);
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 15);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 15);
    free(pieces.item);
}

Test(sessions, post_is_never_longer_than_the_gap)
{
    struct toil_session_rules rules = {5 * MINUTE, 0, 30 * MINUTE};
    struct toil_trace traces[] = {trace_point(0, 0, 600)};
    struct pieces pieces = pieces_run_rules(traces, COUNT(traces), rules, &pieces_utc);
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 5);
    free(pieces.item);
}

Test(sessions, measured_and_inferred_share_and_declared_excludes)
{
    /* Item 0 measured 600-660; item 1 touched at 610 (open to 620); item 2 booked 30 minutes from 640. */
    struct toil_trace traces[] = {trace_measured(0, 0, 600, 660), trace_point(0, 1, 610), trace_booking(0, 2, 640, 30)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, TOIL_HOURS_MEASURED), 10 + 5 + 20);
    assert_minutes(pieces_minutes(&pieces, 0, 1, TOIL_HOURS_INFERRED), 5);
    assert_minutes(pieces_minutes(&pieces, 0, 2, TOIL_HOURS_DECLARED), 30);
    assert_minutes(pieces_minutes(&pieces, 0, -1, -1), 70);
    free(pieces.item);
}

Test(sessions, an_item_measured_and_touched_at_once_counts_once_as_measured)
{
    struct toil_trace traces[] = {trace_measured(0, 0, 600, 660), trace_point(0, 0, 655), trace_point(0, 1, 600)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, TOIL_HOURS_MEASURED), 55);
    assert_minutes(pieces_minutes(&pieces, 0, 0, TOIL_HOURS_INFERRED), 5);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 5);
    free(pieces.item);
}

Test(sessions, who_begins_something_measured_leaves_what_was_inferred)
{
    /* Touched at 600, measured 604-620, touched again at 615: 4 alone, 11 measured alone, 5 shared, then 5 of the tail.
     */
    struct toil_trace traces[] = {trace_point(0, 0, 600), trace_measured(0, 1, 604, 620), trace_point(0, 0, 615)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, TOIL_HOURS_INFERRED), 4 + 2.5 + 5);
    assert_minutes(pieces_minutes(&pieces, 0, 1, TOIL_HOURS_MEASURED), 11 + 2.5);
    free(pieces.item);
    /* The tail of a point goes on behind something short. */
    struct toil_trace tail[] = {trace_point(0, 0, 600), trace_measured(0, 1, 602, 605)};
    pieces = pieces_run(tail, COUNT(tail));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 2 + 5);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 3);
    free(pieces.item);
}

Test(sessions, people_do_not_share_time)
{
    struct toil_trace traces[] = {trace_point(0, 0, 600), trace_point(1, 0, 600), trace_point(1, 1, 600)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 10);
    assert_minutes(pieces_minutes(&pieces, 1, 0, -1), 5);
    assert_minutes(pieces_minutes(&pieces, 1, 1, -1), 5);
    free(pieces.item);
}

Test(sessions, points_only_leaves_bookings_and_measurements_out)
{
    struct toil_trace traces[] = {trace_measured(0, 0, 600, 660), trace_point(0, 1, 610), trace_booking(0, 2, 600, 30)};
    size_t count = toil_sessions_sort(traces, COUNT(traces));
    struct toil_session_rules rules = toil_session_rules_default();
    struct pieces pieces = {0};
    toil_sessions_run(traces, count, &rules, &pieces_utc, true, pieces_collect, &pieces, NULL);
    assert_minutes(pieces_minutes(&pieces, -1, -1, -1), 10);
    assert_minutes(pieces_minutes(&pieces, 0, 1, TOIL_HOURS_INFERRED), 10);
    free(pieces.item);
}

Test(bookings, a_sheet_dated_midnight_takes_office_hours_first_and_loses_nothing)
{
    struct toil_trace traces[] = {trace_booking(0, 0, 0, 180), trace_booking(0, 1, 0, 240),
                                  trace_booking(0, 2, 0, 150)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 180);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 240);
    assert_minutes(pieces_minutes(&pieces, 0, 2, -1), 150);
    cr_assert_eq(pieces.totals.lost_us, 0);
    for (size_t i = 0; i < pieces.count; i++) {
        cr_assert_geq(pieces.item[i].from_us, MONDAY + 9 * HOUR);
        cr_assert_leq(pieces.item[i].to_us, MONDAY + 18 * HOUR + 30 * MINUTE);
    }
    free(pieces.item);
}

Test(bookings, only_what_exceeds_the_day_is_lost_and_it_is_counted)
{
    struct toil_trace traces[] = {trace_booking(0, 0, 0, 600), trace_booking(0, 1, 0, 600), trace_booking(0, 2, 0, 600),
                                  trace_booking(0, 3, 1440, 60)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, -1, -1), 1440 + 60);
    cr_assert_eq(pieces.totals.lost_us, 6 * HOUR);
    cr_assert_eq(pieces.totals.lost_count, 1);
    assert_minutes(pieces_minutes(&pieces, 0, 3, -1), 60);
    free(pieces.item);
}

Test(bookings, a_window_gives_its_free_time)
{
    struct toil_trace traces[] = {trace_booking(0, 0, 540, 60), trace_window(0, 1, 540, 720, 90)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 60);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 90);
    for (size_t i = 0; i < pieces.count; i++) {
        if (pieces.item[i].item == 1)
            cr_assert(pieces.item[i].from_us >= MONDAY + 600 * MINUTE && pieces.item[i].to_us <= MONDAY + 690 * MINUTE);
    }
    free(pieces.item);
}

Test(bookings, more_minutes_than_the_window_spill_into_the_day)
{
    struct toil_trace traces[] = {trace_window(0, 0, 1380, 1440, 90)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 90);
    cr_assert_eq(pieces.totals.lost_us, 0);
    free(pieces.item);
}

Test(bookings, a_window_of_days_fills_working_hours_of_each)
{
    struct toil_trace traces[] = {trace_window(0, 0, 0, 3 * 1440, 20 * 60)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 20 * 60);
    for (size_t i = 0; i < pieces.count; i++)
        cr_assert_eq(pieces_utc.shift(NULL, 0, pieces.item[i].from_us), 0);
    free(pieces.item);
}

Test(bookings, a_date_keeps_off_sessions_and_measured_time)
{
    /* Sessions 540-570 and 600-610, measured 570-590: the booking takes 590-600 and 610-640. */
    struct toil_trace traces[] = {trace_booking(0, 0, 0, 40), trace_point(0, 1, 540),         trace_point(0, 1, 550),
                                  trace_point(0, 1, 560),     trace_measured(0, 2, 570, 590), trace_point(0, 3, 600)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 40);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 30);
    assert_minutes(pieces_minutes(&pieces, 0, 2, -1), 20);
    assert_minutes(pieces_minutes(&pieces, 0, 3, -1), 10);
    for (size_t i = 0; i < pieces.count; i++) {
        if (pieces.item[i].item == 0)
            cr_assert_leq(pieces.item[i].to_us, MONDAY + 640 * MINUTE);
    }
    free(pieces.item);
}

Test(bookings, without_other_room_it_covers_what_is_known)
{
    struct toil_trace traces[] = {trace_window(0, 0, 600, 660, 60), trace_measured(0, 1, 0, 1440)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 60);
    assert_minutes(pieces_minutes(&pieces, 0, 1, -1), 1380);
    free(pieces.item);
}

Test(bookings, without_an_end_time_runs_from_the_beginning_over_midnight)
{
    struct toil_trace traces[] = {trace_booking(0, 0, 1380, 120)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, 0, -1), 120);
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
    struct toil_trace traces[] = {trace_booking(0, 0, 960, 480), trace_booking(0, 1, 960, 480),
                                  trace_booking(0, 2, 960, 480)};
    struct pieces pieces = pieces_run(traces, COUNT(traces));
    assert_minutes(pieces_minutes(&pieces, 0, -1, TOIL_HOURS_DECLARED), 1440);
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
        struct pieces pieces = pieces_run_rules(traces, COUNT(traces), toil_session_rules_default(), &clock);
        assert_minutes(pieces_minutes(&pieces, 0, -1, -1), cases[i].hours * 60.0);
        cr_assert_eq(pieces.totals.lost_us, (26 - cases[i].hours) * HOUR);
        free(pieces.item);
    }
    toil_zone_free(prague.zone);
}

Test(sessions, post_is_the_median_gap_of_enough_people)
{
    struct toil_trace *traces = toil_xcalloc(5000, sizeof *traces);
    size_t count = 0;
    for (uint32_t actor = 0; actor < 5; actor++) {
        double at = 0;
        for (int i = 0; i < 201; i++) { /* 200 gaps of 1 to 7 minutes, then one that is no gap of a session */
            traces[count++] = trace_point(actor, 0, at);
            at += 1 + (i * 3 + (int)actor) % 7;
        }
        traces[count++] = trace_point(actor, 0, at + 500);
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
