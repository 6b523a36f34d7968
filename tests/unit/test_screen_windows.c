/* Windows: merging, cutting, taking off; quick searches against slow ones; whole local weeks. */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

#include "analyzers/stats/screen_windows.h"

#define WIDE ((struct toil_window){0, 1000})

static void assert_windows(const struct toil_windows *got, const struct toil_window *want, size_t count)
{
    cr_assert_eq(got->count, count, "%zu windows", got->count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(got->item[i].from_us, want[i].from_us, "window %zu from %ld", i, (long)got->item[i].from_us);
        cr_expect_eq(got->item[i].to_us, want[i].to_us, "window %zu to %ld", i, (long)got->item[i].to_us);
    }
}

Test(screen_windows, overlapping_and_touching_ones_are_merged_and_cut_to_the_limits)
{
    static const int64_t at[] = {-30, 1, 5, 12, 30, 30, 95, 200};
    struct toil_windows windows = {0};
    toil_windows_behind(&windows, at, 8, &(struct toil_lag_band){2, 9}, (struct toil_window){4, 100});
    assert_windows(&windows, (struct toil_window[]){{4, 21}, {32, 39}, {97, 100}}, 3);
    cr_expect_eq(toil_windows_length_us(&windows), 27);
    toil_windows_release(&windows);
}

Test(screen_windows, lags_below_0_are_before_the_event)
{
    static const int64_t at[] = {5, 50};
    struct toil_windows windows = {0};
    toil_windows_behind(&windows, at, 2, &(struct toil_lag_band){-10, -4}, WIDE);
    assert_windows(&windows, (struct toil_window[]){{0, 1}, {40, 46}}, 2);
    toil_windows_release(&windows);
}

Test(screen_windows, what_is_taken_off_leaves_the_rest)
{
    struct toil_window from[] = {{0, 10}, {20, 30}, {40, 50}, {60, 70}, {80, 90}};
    struct toil_window less[] = {{2, 4}, {6, 7}, {15, 22}, {28, 42}, {45, 46}, {50, 60}, {75, 95}};
    struct toil_windows left = {0};
    toil_windows_subtract(&left, &(struct toil_windows){from, 5, 5}, &(struct toil_windows){less, 7, 7});
    assert_windows(&left, (struct toil_window[]){{0, 2}, {4, 6}, {7, 10}, {22, 28}, {42, 45}, {46, 50}, {60, 70}}, 7);
    toil_windows_release(&left);
}

Test(screen_windows, searches_find_what_looking_at_each_finds_from_any_hint)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    struct toil_window window[40];
    int64_t times[80];
    for (int round = 0; round < 2000; round++) {
        const size_t count = gsl_rng_uniform_int(random, 41);
        int64_t at = 0;
        for (size_t i = 0; i < count; i++) {
            at += 1 + (int64_t)gsl_rng_uniform_int(random, 9);
            window[i].from_us = at;
            at += 1 + (int64_t)gsl_rng_uniform_int(random, 9);
            window[i].to_us = at;
        }
        for (size_t i = 0; i < 80; i++)
            times[i] = (int64_t)i * (int64_t)i / 20;
        const struct toil_windows windows = {window, count, 40};
        const int64_t from_us = (int64_t)gsl_rng_uniform_int(random, 420) - 5;
        const int64_t to_us = from_us + 1 + (int64_t)gsl_rng_uniform_int(random, 12);
        bool meets = false;
        size_t within = 0, hint = gsl_rng_uniform_int(random, 100), where = gsl_rng_uniform_int(random, 100);
        for (size_t i = 0; i < count; i++)
            meets = meets || (window[i].from_us < to_us && window[i].to_us > from_us);
        for (size_t i = 0; i < 2 * count; i++)
            within += times[i] >= from_us && times[i] < to_us;
        cr_assert_eq(toil_windows_meet(&windows, from_us, to_us, &hint), meets, "round %d", round);
        cr_assert_eq(toil_times_within(times, 2 * count, (struct toil_window){from_us, to_us}, &where), within,
                     "round %d", round);
    }
    gsl_rng_free(random);
}

/* Central Europe: summer time from 2024-03-31 01:00 UTC until 2024-10-27 01:00 UTC. */
Test(screen_windows, a_local_week_is_an_hour_shorter_or_longer_when_clocks_change)
{
    const int64_t spring = INT64_C(1711846800) * 1000000, autumn = INT64_C(1729990800) * 1000000;
    const struct toil_link_offset offset[] = {
        {INT64_C(1700000000) * 1000000, TOIL_HOUR_US}, {spring, 2 * TOIL_HOUR_US}, {autumn, TOIL_HOUR_US}};
    const struct toil_link_data local = {.offset = offset, .offset_count = 3}, utc = {0};
    const struct {
        int64_t at_us;
        int weeks;
        int64_t less_us;
    } cases[] = {
        {spring - TOIL_DAY_US, 1, TOIL_HOUR_US},   {spring - TOIL_DAY_US, -1, 0},
        {spring + TOIL_DAY_US, -1, -TOIL_HOUR_US}, {spring + TOIL_DAY_US, 4, 0},
        {autumn - TOIL_DAY_US, 2, -TOIL_HOUR_US},  {autumn + TOIL_DAY_US, -3, TOIL_HOUR_US},
        {INT64_C(1690000000) * 1000000, 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t plain = cases[i].at_us + cases[i].weeks * TOIL_WEEK_US;
        cr_expect_eq(toil_local_weeks_later(&utc, cases[i].at_us, cases[i].weeks), plain, "case %zu", i);
        cr_expect_eq(toil_local_weeks_later(&local, cases[i].at_us, cases[i].weeks), plain - cases[i].less_us,
                     "case %zu", i);
    }
}
