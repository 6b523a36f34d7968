/* Zones: offsets on both sides of a change, days of 23 and 25 hours, gaps and overlaps. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_zone.h"

Test(zone, names_that_the_database_does_not_have_are_refused)
{
    static const char *const wrong[] = {"",       "Europe/Pragu",  "+02:00",   "CET-1CEST",     "/etc/passwd",
                                        "Europe", "Europe/../UTC", "Foo3Bar4", "europe prague", "../../../etc/passwd"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct toil_zone *zone = NULL;
        struct toil_error err;
        cr_assert_eq(toil_zone_new(wrong[i], &zone, &err), TOIL_BAD_INPUT, "%s", wrong[i]);
        cr_assert_null(zone);
        cr_assert(strstr(err.message, wrong[i]) != NULL);
    }
}

Test(zone, offsets_on_both_sides_of_a_change)
{
    static const struct {
        const char *zone, *at;
        int minutes;
    } cases[] = {
        {"UTC", "2026-07-01T00:00:00Z", 0},
        {"Europe/Prague", "2026-01-05T00:00:00Z", 60},
        {"Europe/Prague", "2026-03-29T00:59:59.999999Z", 60},
        {"Europe/Prague", "2026-03-29T01:00:00Z", 120},
        {"Europe/Prague", "2026-10-25T00:59:59.999999Z", 120},
        {"Europe/Prague", "2026-10-25T01:00:00Z", 60},
        {"Europe/Prague", "1965-07-01T00:00:00Z", 60},
        {"America/New_York", "2026-03-08T06:59:59Z", -300},
        {"America/New_York", "2026-03-08T07:00:00Z", -240},
        {"America/New_York", "2026-11-01T05:59:59Z", -240},
        {"America/New_York", "2026-11-01T06:00:00Z", -300},
        {"Asia/Kolkata", "2026-03-29T12:00:00Z", 330},
        {"Australia/Lord_Howe", "2026-01-01T00:00:00Z", 660},
        {"Australia/Lord_Howe", "2026-04-04T14:59:59Z", 660},
        {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 630},
        {"Pacific/Apia", "2011-12-30T09:59:59Z", -600},
        {"Pacific/Apia", "2011-12-30T10:00:00Z", 840},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_zone *zone = toil_test_zone(cases[i].zone);
        cr_assert_str_eq(toil_zone_name(zone), cases[i].zone);
        cr_expect_eq(toil_zone_offset_us(zone, toil_test_time(cases[i].at)), cases[i].minutes * TOIL_US_PER_MINUTE,
                     "%s %s", cases[i].zone, cases[i].at);
        toil_zone_free(zone);
    }
}

Test(zone, the_order_of_questions_does_not_change_the_answers)
{
    struct toil_zone *used = toil_test_zone("Europe/Prague");
    uint64_t seed = 7;
    for (int i = 0; i < 1000; i++) {
        int64_t time_us = (int64_t)(toil_test_random(&seed) % (UINT64_C(70) * 366 * 86400)) * TOIL_US_PER_SECOND;
        struct toil_zone *fresh = toil_test_zone("Europe/Prague");
        cr_assert_eq(toil_zone_offset_us(used, time_us), toil_zone_offset_us(fresh, time_us), "at %lld",
                     (long long)time_us);
        toil_zone_free(fresh);
    }
    toil_zone_free(used);
}

Test(zone, days_have_the_length_that_the_clock_gives_them)
{
    static const struct {
        const char *zone, *day, *start;
        double hours;
    } cases[] = {
        {"Europe/Prague", "2026-03-28", "2026-03-27T23:00:00Z", 24},
        {"Europe/Prague", "2026-03-29", "2026-03-28T23:00:00Z", 23},
        {"Europe/Prague", "2026-10-25", "2026-10-24T22:00:00Z", 25},
        {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 23},
        {"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", 25},
        {"Asia/Kolkata", "2026-03-29", "2026-03-28T18:30:00Z", 24},
        {"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24.5},
        {"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 23.5},
        /* A day that begins at 01:00, and one that the calendar left out. */
        {"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", 23},
        {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0},
        {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_zone *zone = toil_test_zone(cases[i].zone);
        int64_t day = toil_test_date(cases[i].day), start = toil_zone_day_start_us(zone, day);
        cr_expect_eq(start, toil_test_time(cases[i].start), "%s %s", cases[i].zone, cases[i].day);
        double hours = (double)(toil_zone_day_start_us(zone, day + 1) - start) / (double)TOIL_US_PER_HOUR;
        cr_expect(fabs(hours - cases[i].hours) < 1e-9, "%s %s: %g", cases[i].zone, cases[i].day, hours);
        if (cases[i].hours > 0) {
            cr_expect_eq(toil_zone_day(zone, start), day, "%s %s", cases[i].zone, cases[i].day);
            cr_expect_lt(toil_zone_day(zone, start - 1), day, "%s %s", cases[i].zone, cases[i].day);
        }
        toil_zone_free(zone);
    }
}

Test(zone, wall_clock_in_gaps_and_overlaps)
{
    static const struct {
        const char *zone, *day;
        int minute;
        const char *instant;
    } cases[] = {
        {"Europe/Prague", "2026-01-05", 9 * 60, "2026-01-05T08:00:00Z"},
        {"Europe/Prague", "2026-07-05", 9 * 60, "2026-07-05T07:00:00Z"},
        {"Europe/Prague", "2026-03-29", 60 + 59, "2026-03-29T00:59:00Z"},
        {"Europe/Prague", "2026-03-29", 150, "2026-03-29T01:00:00Z"}, /* no 02:30: the clock jumps to 03:00 */
        {"Europe/Prague", "2026-03-29", 180, "2026-03-29T01:00:00Z"},
        {"Europe/Prague", "2026-10-25", 150, "2026-10-25T00:30:00Z"}, /* 02:30 twice: the first */
        {"Europe/Prague", "2026-10-25", 180, "2026-10-25T02:00:00Z"},
        {"Europe/Prague", "2026-10-25", 1440, "2026-10-25T23:00:00Z"},
        {"America/New_York", "2026-11-01", 90, "2026-11-01T05:30:00Z"},
        {"America/New_York", "2026-03-08", 150, "2026-03-08T07:00:00Z"},
        {"Australia/Lord_Howe", "2026-10-04", 135, "2026-10-03T15:30:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_zone *zone = toil_test_zone(cases[i].zone);
        char got[32];
        int64_t instant = toil_zone_instant_us(zone, toil_test_date(cases[i].day), cases[i].minute);
        toil_time_format(instant, got);
        cr_expect_eq(instant, toil_test_time(cases[i].instant), "%s %s +%d: %s", cases[i].zone, cases[i].day,
                     cases[i].minute, got);
        toil_zone_free(zone);
    }
}

Test(zone, format_carries_the_offset)
{
    static const struct {
        const char *zone, *at, *text;
    } cases[] = {
        {"UTC", "2026-01-05T09:00:00Z", "2026-01-05T09:00:00+00:00"},
        {"Europe/Prague", "2026-01-05T09:00:00Z", "2026-01-05T10:00:00+01:00"},
        {"Europe/Prague", "2026-06-30T22:00:00Z", "2026-07-01T00:00:00+02:00"},
        {"America/New_York", "2026-01-05T03:00:00.25Z", "2026-01-04T22:00:00.250000-05:00"},
        {"Asia/Kolkata", "2026-01-05T00:00:00Z", "2026-01-05T05:30:00+05:30"},
        {"America/St_Johns", "2026-01-05T00:00:00Z", "2026-01-04T20:30:00-03:30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_zone *zone = toil_test_zone(cases[i].zone);
        char text[40];
        toil_zone_format(zone, toil_test_time(cases[i].at), text);
        cr_expect_str_eq(text, cases[i].text);
        cr_expect_eq(toil_test_time(text), toil_test_time(cases[i].at));
        toil_zone_free(zone);
    }
}
