/* The screen in worlds with and without a link: level, power, placebos, halves, the curve. */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "support/lib_screen.h"

/* Tickets whose days vary (a gamma factor of a day), in office hours. */
static void add_busy_tickets(struct test_world *world, double per_day)
{
    for (int d = 0; d < WEEKS * 7; d++) {
        const double mean = d % 7 < 5 ? per_day * gsl_ran_gamma(world->random, 1.5, 1 / 1.5) : per_day / 10;
        for (unsigned left = gsl_ran_poisson(world->random, mean); left > 0; left--)
            test_world_ticket(world,
                              START + d * DAY + 8 * HOUR + (int64_t)gsl_ran_flat(world->random, 0, 10 * (double)HOUR),
                              TOIL_NO_SCOPE);
    }
}

/* Bursts of events, some hours long. */
static void add_bursts(struct test_world *world, int bursts, unsigned most)
{
    for (int i = 0; i < bursts; i++) {
        int64_t at_us = test_world_any_time(world);
        for (unsigned left = 1 + (unsigned)gsl_rng_uniform_int(world->random, most); left > 0; left--) {
            if (at_us < world->data.to_us)
                test_world_event(world, at_us, TOIL_NO_SCOPE);
            at_us += (int64_t)gsl_ran_exponential(world->random, 3 * (double)HOUR);
        }
    }
}

static void add_caused(struct test_world *world, struct toil_lag_band lag, double per_event, int64_t from_us)
{
    for (size_t i = 0; i < world->source.count; i++) {
        for (unsigned left = gsl_ran_poisson(world->random, per_event); left > 0; left--) {
            const double lag_us = gsl_ran_flat(world->random, (double)lag.from_us, (double)lag.to_us);
            if (world->event[i] >= from_us)
                test_world_ticket(world, world->event[i] + (int64_t)lag_us, TOIL_NO_SCOPE);
        }
    }
}

Test(screen_worlds, keeps_its_level_where_days_vary_and_events_come_in_bursts)
{
    double tests = 0, passed = 0, far = 0, covered = 0, intervals = 0;
    for (unsigned long seed = 1; seed <= 250; seed++) {
        struct test_world *world = test_world_new(seed);
        add_busy_tickets(world, 10);
        add_bursts(world, 60, 5);
        test_world_ready(world, 0);
        const struct toil_screen_result got = test_world_screen(world);
        for (size_t b = 0; b < 6; b++) {
            if (got.band[b].abstains)
                continue;
            tests++;
            passed += got.band[b].p < 0.05;
            far += got.band[b].p < 0.001;
            intervals++;
            covered += got.band[b].excess_low <= 0 && got.band[b].excess_high >= 0;
        }
        test_world_free(world);
    }
    cr_expect(tests > 1200, "%g", tests);
    cr_expect(passed / tests > 0.03 && passed / tests < 0.07, "%g of %g", passed, tests);
    cr_expect(far / tests < 0.004, "%g of %g", far, tests);
    cr_expect(covered / intervals > 0.88, "%g of %g", covered, intervals);
}

/* Bad days are shared by all scopes, and some events have no scope. */
Test(screen_worlds, keeps_its_level_where_many_scopes_share_their_days)
{
    double tests = 0, passed = 0;
    for (unsigned long seed = 1; seed <= 60; seed++) {
        struct test_world *world = test_world_new(seed);
        for (int d = 0; d < WEEKS * 7; d++) {
            const double mean = 20 * gsl_ran_gamma(world->random, 1, 1);
            for (unsigned left = gsl_ran_poisson(world->random, mean); left > 0; left--)
                test_world_ticket(world, START + d * DAY + (int64_t)gsl_ran_flat(world->random, 0, (double)DAY),
                                  (uint32_t)gsl_rng_uniform_int(world->random, 120));
        }
        for (int i = 0; i < 1500; i++) {
            const bool without = i % 5 == 0;
            test_world_event(world, test_world_any_time(world),
                             without ? TOIL_NO_SCOPE : (uint32_t)gsl_rng_uniform_int(world->random, 120));
        }
        test_world_ready(world, 120);
        const struct toil_screen_result got = test_world_screen(world);
        for (size_t b = 0; b < 6; b++) {
            tests += !got.band[b].abstains;
            passed += got.band[b].p < 0.05;
        }
        test_world_free(world);
    }
    cr_expect(tests > 200, "%g", tests);
    cr_expect(passed / tests < 0.08, "%g of %g", passed, tests);
}

Test(screen_worlds, finds_what_is_there_and_its_placebos_pass)
{
    const struct toil_lag_band lag = test_bands[1];
    double caused = 0, excess = 0, covered = 0, found = 0, failed = 0, tested = 0, naive = 0;
    for (unsigned long seed = 1; seed <= 40; seed++) {
        struct test_world *world = test_world_new(seed);
        add_busy_tickets(world, 10);
        add_bursts(world, 50, 8);
        const size_t before = world->topic.count;
        add_caused(world, lag, 1, world->data.from_us);
        const double added = (double)(world->topic.count - before);
        test_world_ready(world, 0);
        const struct toil_screen_band got = test_world_band(world, lag);
        found += got.p < 1e-6;
        caused += added;
        excess += got.excess / got.observed * got.observed_all;
        covered += got.excess_low <= added * got.observed / got.observed_all &&
                   got.excess_high >= added * got.observed / got.observed_all;
        for (int which = 0; which < TOIL_N_PLACEBOS; which++) {
            const struct toil_screen_band test = test_world_placebo(world, lag, (enum toil_placebo)which);
            tested += !test.abstains;
            failed += test.p < 0.05;
        }
        naive +=
            test_world_band(world, (struct toil_lag_band){-lag.to_us - 30 * MINUTE, -lag.from_us - 30 * MINUTE}).p <
            0.05;
        test_world_free(world);
    }
    cr_expect(found >= 39, "%g of 40", found);
    cr_expect(fabs(excess / caused - 1) < 0.05, "excess %g of %g", excess, caused);
    cr_expect(covered >= 34, "%g of 40", covered);
    cr_expect(tested >= 76, "%g of 80", tested);
    cr_expect(failed <= 8, "%g of %g", failed, tested);
    cr_expect(naive >= 20, "without leaving out what lies behind events only %g would have failed", naive);
}

Test(screen_worlds, halves_tell_when_a_link_began)
{
    struct test_world *world = test_world_new(5);
    struct toil_screen_band half[2];
    add_busy_tickets(world, 10);
    add_bursts(world, 80, 3);
    add_caused(world, test_bands[1], 1.5, START + WEEKS / 2 * WEEK);
    test_world_ready(world, 0);
    struct toil_screen_topic *topic = toil_screen_topic_new(&world->data, 0);
    toil_screen_halves(&world->data, topic, 0, &test_bands[1], half);
    toil_screen_topic_free(topic);
    cr_expect_gt(half[0].p, 0.01);
    cr_expect_lt(half[1].p, 1e-6);
    cr_expect(half[0].windows > 20 && half[1].windows > 20);
    test_world_free(world);
}

Test(screen_worlds, the_curve_rises_where_the_link_is)
{
    struct test_world *world = test_world_new(6);
    double observed[12], expected[12];
    add_busy_tickets(world, 10);
    add_bursts(world, 80, 1);
    add_caused(world, test_bands[1], 2, START);
    test_world_ready(world, 0);
    struct toil_screen_topic *topic = toil_screen_topic_new(&world->data, 0);
    toil_screen_curve(&world->data, topic, 0, -30 * MINUTE, 15 * MINUTE, 12, observed, expected);
    for (int i = 0; i < 12; i++) {
        const bool linked = i >= 3 && i < 6; /* 15 to 60 minutes */
        cr_expect(linked ? observed[i] > 25 + expected[i] : observed[i] < 15 + expected[i], "bin %d: %g, %g", i,
                  observed[i], expected[i]);
        const struct toil_lag_band bin = {(i - 2) * 15 * MINUTE, (i - 1) * 15 * MINUTE};
        cr_expect_float_eq(observed[i], test_world_band(world, bin).observed, 0);
    }
    /* Events without a pause: what was seen, and nothing to compare it with. */
    world->source.count = 0;
    for (int64_t at_us = START; at_us < world->data.to_us; at_us += HOUR)
        test_world_event(world, at_us, TOIL_NO_SCOPE);
    toil_screen_curve(&world->data, topic, 0, 0, HOUR, 1, observed, expected);
    cr_expect_float_eq(observed[0], (double)world->topic.count, 0);
    cr_expect(isnan(expected[0]));
    toil_screen_topic_free(topic);
    test_world_free(world);
}

Test(screen_worlds, the_same_data_and_seed_give_the_same_numbers)
{
    struct test_world *world = test_world_new(7);
    add_busy_tickets(world, 10);
    add_bursts(world, 80, 3);
    add_caused(world, test_bands[1], 1, START);
    test_world_ready(world, 0);
    const struct toil_screen_band one = test_world_screen(world).band[1], two = test_world_screen(world).band[1];
    cr_expect_float_eq(one.p, two.p, 0);
    cr_expect_float_eq(one.excess_low, two.excess_low, 0);
    cr_expect_float_eq(one.ratio_high, two.ratio_high, 0);
    cr_expect(one.excess_low < one.excess && one.excess < one.excess_high);
    cr_expect(one.ratio_low < one.ratio && one.ratio < one.ratio_high);
    world->data.seed = 8;
    const struct toil_screen_band other = test_world_screen(world).band[1];
    cr_expect_float_eq(one.p, other.p, 0);
    cr_expect(other.excess_low < one.excess_low || other.excess_low > one.excess_low);
    test_world_free(world);
}
