/* Zones, shifts and periods: days of 23 and 25 hours, half hours, rules across midnight. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/calendar.h"

static int64_t at(const char *text)
{
    int64_t time_us = 0;
    cr_assert(toil_time_parse(toil_span_of(text), &time_us), "%s", text);
    return time_us;
}

static int64_t date(const char *text)
{
    int64_t day = 0;
    cr_assert(toil_date_parse(toil_span_of(text), &day), "%s", text);
    return day;
}

static struct toil_zone *zone_of(const char *name)
{
    struct toil_zone *zone = NULL;
    struct toil_error err;
    cr_assert_eq(toil_zone_new(name, &zone, &err), TOIL_OK, "%s: %s", name, err.message);
    return zone;
}

static struct toil_hours_rule rule_of(const char *text)
{
    struct toil_hours_rule rule = {0};
    cr_assert(toil_hours_rule_parse(text, &rule), "%s", text);
    return rule;
}

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
        struct toil_zone *zone = zone_of(cases[i].zone);
        cr_assert_str_eq(toil_zone_name(zone), cases[i].zone);
        cr_expect_eq(toil_zone_offset_us(zone, at(cases[i].at)), cases[i].minutes * TOIL_US_PER_MINUTE, "%s %s",
                     cases[i].zone, cases[i].at);
        toil_zone_free(zone);
    }
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 24;
}

Test(zone, the_order_of_questions_does_not_change_the_answers)
{
    struct toil_zone *used = zone_of("Europe/Prague");
    uint64_t seed = 7;
    for (int i = 0; i < 1000; i++) {
        int64_t time_us = (int64_t)(next_random(&seed) % (UINT64_C(70) * 366 * 86400)) * TOIL_US_PER_SECOND;
        struct toil_zone *fresh = zone_of("Europe/Prague");
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
        struct toil_zone *zone = zone_of(cases[i].zone);
        int64_t day = date(cases[i].day), start = toil_zone_day_start_us(zone, day);
        cr_expect_eq(start, at(cases[i].start), "%s %s", cases[i].zone, cases[i].day);
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
        struct toil_zone *zone = zone_of(cases[i].zone);
        char got[32];
        int64_t instant = toil_zone_instant_us(zone, date(cases[i].day), cases[i].minute);
        toil_time_format(instant, got);
        cr_expect_eq(instant, at(cases[i].instant), "%s %s +%d: %s", cases[i].zone, cases[i].day, cases[i].minute, got);
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
        struct toil_zone *zone = zone_of(cases[i].zone);
        char text[40];
        toil_zone_format(zone, at(cases[i].at), text);
        cr_expect_str_eq(text, cases[i].text);
        cr_expect_eq(at(text), at(cases[i].at));
        toil_zone_free(zone);
    }
}

Test(rules, what_is_read)
{
    static const struct {
        const char *text;
        unsigned weekdays;
        int from, to;
    } cases[] = {
        {"Mon-Fri 09:00-17:00", 0x1f, 540, 1020},        {"17:00-22:00", 0x7f, 1020, 1320},
        {"Mon,Wed 22:00-06:00", 0x05, 1320, 360},        {"Sat-Mon 00:00-24:00", 0x61, 0, 1440},
        {"Tue,Thu-Sat,Sun 08:30-08:31", 0x7a, 510, 511}, {"Sun 23:59-00:00", 0x40, 1439, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_hours_rule rule = rule_of(cases[i].text);
        cr_expect_eq(rule.weekdays, cases[i].weekdays, "%s: %x", cases[i].text, rule.weekdays);
        cr_expect_eq(rule.from_minute, cases[i].from, "%s", cases[i].text);
        cr_expect_eq(rule.to_minute, cases[i].to, "%s", cases[i].text);
    }
}

Test(rules, what_is_refused)
{
    static const char *const wrong[] = {"",
                                        "Mon-Fri",
                                        "Mon-Fri09:00-17:00",
                                        "Mo-Fr 09:00-17:00",
                                        "Mon- 09:00-17:00",
                                        "Mon, 09:00-17:00",
                                        "9:00-17:00",
                                        "09:00-25:00",
                                        "09:60-17:00",
                                        "24:00-01:00",
                                        "09:00-24:01",
                                        "09:00 - 17:00",
                                        "09:00-17",
                                        "09:00-17:00 ",
                                        "Mon-Fri 09:00-17:00, Sat 10:00-12:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct toil_hours_rule rule;
        cr_expect_not(toil_hours_rule_parse(wrong[i], &rule), "%s", wrong[i]);
    }
}

static struct toil_calendar calendar_of(struct toil_zone *zone, const char *working, const char *evening)
{
    return (struct toil_calendar){zone, rule_of(working), rule_of(evening)};
}

Test(shifts, split_by_the_wall_clock)
{
    static const struct {
        const char *zone, *working, *evening, *from, *to;
        double hours[TOIL_N_SHIFTS];
    } cases[] = {
        /* A working Monday, a Saturday, a whole week. */
        {"Europe/Prague",
         "Mon-Fri 09:00-17:00",
         "17:00-22:00",
         "2026-01-05T00:00:00+01:00",
         "2026-01-06T00:00:00+01:00",
         {8, 5, 11}},
        {"Europe/Prague",
         "Mon-Fri 09:00-17:00",
         "17:00-22:00",
         "2026-01-10T00:00:00+01:00",
         "2026-01-11T00:00:00+01:00",
         {0, 5, 19}},
        {"Europe/Prague",
         "Mon-Fri 09:00-17:00",
         "17:00-22:00",
         "2026-01-05T00:00:00+01:00",
         "2026-01-12T00:00:00+01:00",
         {40, 35, 93}},
        /* The day of 23 hours loses an hour of night, the one of 25 wins one. */
        {"Europe/Prague",
         "09:00-17:00",
         "17:00-22:00",
         "2026-03-29T00:00:00+01:00",
         "2026-03-30T00:00:00+02:00",
         {8, 5, 10}},
        {"Europe/Prague",
         "09:00-17:00",
         "17:00-22:00",
         "2026-10-25T00:00:00+02:00",
         "2026-10-26T00:00:00+01:00",
         {8, 5, 12}},
        {"America/New_York",
         "09:00-17:00",
         "17:00-22:00",
         "2026-03-08T00:00:00-05:00",
         "2026-03-09T00:00:00-04:00",
         {8, 5, 10}},
        /* A night shift over the change works seven hours in spring and nine in autumn. */
        {"Europe/Prague",
         "Sat 22:00-06:00",
         "17:00-22:00",
         "2026-03-28T12:00:00+01:00",
         "2026-03-29T12:00:00+02:00",
         {7, 5, 11}},
        {"Europe/Prague",
         "Sat 22:00-06:00",
         "17:00-22:00",
         "2026-10-24T12:00:00+02:00",
         "2026-10-25T12:00:00+01:00",
         {9, 5, 11}},
        /* Monday's rule runs into Tuesday; Tuesday itself has none. */
        {"Europe/Prague",
         "Mon 22:00-06:00",
         "20:00-22:00",
         "2026-01-06T05:00:00+01:00",
         "2026-01-06T07:00:00+01:00",
         {1, 0, 1}},
        {"Europe/Prague",
         "Mon 22:00-06:00",
         "20:00-22:00",
         "2026-01-06T21:00:00+01:00",
         "2026-01-07T07:00:00+01:00",
         {0, 1, 9}},
        /* Working wins over evening. */
        {"UTC", "09:00-18:00", "17:00-22:00", "2026-01-05T16:00:00Z", "2026-01-05T19:00:00Z", {2, 1, 0}},
        {"UTC", "00:00-24:00", "17:00-22:00", "2026-01-05T16:00:00Z", "2026-01-07T19:00:00Z", {51, 0, 0}},
        {"UTC", "Mon 08:00-08:00", "17:00-22:00", "2026-01-05T07:00:00Z", "2026-01-06T09:00:00Z", {24, 0, 2}},
        {"Asia/Kolkata",
         "Mon-Fri 09:00-17:00",
         "17:00-22:00",
         "2026-01-05T03:00:00Z",
         "2026-01-05T04:00:00Z",
         {0.5, 0, 0.5}},
        {"Australia/Lord_Howe",
         "09:00-17:00",
         "17:00-22:00",
         "2026-04-05T00:00:00+11:00",
         "2026-04-06T00:00:00+10:30",
         {8, 5, 11.5}},
        {"UTC", "09:00-17:00", "17:00-22:00", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z", {0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_zone *zone = zone_of(cases[i].zone);
        struct toil_calendar calendar = calendar_of(zone, cases[i].working, cases[i].evening);
        double hours[TOIL_N_SHIFTS];
        toil_calendar_split(&calendar, at(cases[i].from), at(cases[i].to), hours);
        for (int shift = 0; shift < TOIL_N_SHIFTS; shift++)
            cr_expect(fabs(hours[shift] - cases[i].hours[shift]) < 1e-9, "case %zu shift %d: %g, not %g", i, shift,
                      hours[shift], cases[i].hours[shift]);
        toil_zone_free(zone);
    }
}

/* Whatever the interval: the parts sum to it, a cut changes nothing, and up to *until_us the shift stays. */
Test(shifts, properties_over_random_intervals)
{
    static const char *const zones[] = {"Europe/Prague", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
                                        "Pacific/Apia"};
    static const char *const rules[][2] = {{"Mon-Fri 09:00-17:00", "17:00-22:00"},
                                           {"Mon,Wed,Sat 22:00-06:00", "Fri-Mon 01:30-03:15"},
                                           {"02:30-02:30", "00:00-24:00"}};
    struct toil_zone *zone[5];
    for (int i = 0; i < 5; i++)
        zone[i] = zone_of(zones[i]);
    uint64_t seed = 20261122;
    for (int i = 0; i < 3000; i++) {
        struct toil_calendar calendar = calendar_of(zone[i % 5], rules[i % 3][0], rules[i % 3][1]);
        int64_t from = at("2026-03-01T00:00:00Z") + (int64_t)next_random(&seed) % (300 * TOIL_US_PER_DAY);
        int64_t to = from + (int64_t)next_random(&seed) % (20 * TOIL_US_PER_DAY), middle = from + (to - from) / 3;
        double whole[TOIL_N_SHIFTS], first[TOIL_N_SHIFTS], second[TOIL_N_SHIFTS], sum = 0;
        toil_calendar_split(&calendar, from, to, whole);
        toil_calendar_split(&calendar, from, middle, first);
        toil_calendar_split(&calendar, middle, to, second);
        for (int shift = 0; shift < TOIL_N_SHIFTS; shift++) {
            sum += whole[shift];
            cr_assert(fabs(first[shift] + second[shift] - whole[shift]) < 1e-6, "case %d", i);
        }
        cr_assert(fabs(sum - (double)(to - from) / (double)TOIL_US_PER_HOUR) < 1e-6, "case %d", i);
        int64_t until, again;
        enum toil_shift shift = toil_calendar_shift(&calendar, from, &until);
        cr_assert_gt(until, from);
        cr_assert_eq(toil_calendar_shift(&calendar, from + (until - from) / 2, &again), shift, "case %d", i);
        cr_assert_eq(toil_calendar_shift(&calendar, until - 1, &again), shift, "case %d", i);
    }
    for (int i = 0; i < 5; i++)
        toil_zone_free(zone[i]);
}

Test(periods, first_days)
{
    static const struct {
        enum toil_period period;
        const char *day, *start, *next;
    } cases[] = {
        {TOIL_PERIOD_SPRINT, "2026-01-05", "2026-01-05", "2026-01-19"},
        {TOIL_PERIOD_SPRINT, "2026-01-18", "2026-01-05", "2026-01-19"},
        {TOIL_PERIOD_SPRINT, "2026-01-19", "2026-01-19", "2026-02-02"},
        {TOIL_PERIOD_SPRINT, "2026-01-04", "2025-12-22", "2026-01-05"},
        {TOIL_PERIOD_SPRINT, "2025-12-21", "2025-12-08", "2025-12-22"},
        {TOIL_PERIOD_WEEK, "2026-01-05", "2026-01-05", "2026-01-12"},
        {TOIL_PERIOD_WEEK, "2026-01-11", "2026-01-05", "2026-01-12"},
        {TOIL_PERIOD_WEEK, "1969-12-31", "1969-12-29", "1970-01-05"},
        {TOIL_PERIOD_MONTH, "2026-12-31", "2026-12-01", "2027-01-01"},
        {TOIL_PERIOD_MONTH, "2028-02-29", "2028-02-01", "2028-03-01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t next;
        cr_expect_eq(toil_period_start(cases[i].period, date(cases[i].day), date("2026-01-05"), 14, &next),
                     date(cases[i].start), "%s", cases[i].day);
        cr_expect_eq(next, date(cases[i].next), "%s", cases[i].day);
    }
    int64_t next;
    cr_expect_eq(toil_period_start(TOIL_PERIOD_ALL, date("2026-01-05"), 0, 14, &next), INT64_MIN);
    cr_expect_eq(next, INT64_MAX);
}
