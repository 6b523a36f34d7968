/* Shifts and periods: days of 23 and 25 hours, half hours, rules across midnight. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/calendar.h"
#include "support/lib_zone.h"

static struct toil_hours_rule rule_of(const char *text)
{
    struct toil_hours_rule rule = {0};
    cr_assert(toil_hours_rule_parse(text, &rule), "%s", text);
    return rule;
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
        struct toil_zone *zone = toil_test_zone(cases[i].zone);
        struct toil_calendar calendar = calendar_of(zone, cases[i].working, cases[i].evening);
        double hours[TOIL_N_SHIFTS];
        toil_calendar_split(&calendar, toil_test_time(cases[i].from), toil_test_time(cases[i].to), hours);
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
        zone[i] = toil_test_zone(zones[i]);
    uint64_t seed = 20261122;
    for (int i = 0; i < 3000; i++) {
        struct toil_calendar calendar = calendar_of(zone[i % 5], rules[i % 3][0], rules[i % 3][1]);
        int64_t from =
            toil_test_time("2026-03-01T00:00:00Z") + (int64_t)toil_test_random(&seed) % (300 * TOIL_US_PER_DAY);
        int64_t to = from + (int64_t)toil_test_random(&seed) % (20 * TOIL_US_PER_DAY), middle = from + (to - from) / 3;
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
        cr_expect_eq(
            toil_period_start(cases[i].period, toil_test_date(cases[i].day), toil_test_date("2026-01-05"), 14, &next),
            toil_test_date(cases[i].start), "%s", cases[i].day);
        cr_expect_eq(next, toil_test_date(cases[i].next), "%s", cases[i].day);
    }
    int64_t next;
    cr_expect_eq(toil_period_start(TOIL_PERIOD_ALL, toil_test_date("2026-01-05"), 0, 14, &next), INT64_MIN);
    cr_expect_eq(next, INT64_MAX);
}
