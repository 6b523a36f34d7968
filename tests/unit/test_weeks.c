/* Regression of weeks against what other code and arithmetic give; growth, savings, power, payback and ranks of series
 * whose truth is known. Coverage is a matter of tests/bench/calibrate_weeks.c. */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats/glm.h"
#include "analyzers/stats/growth.h"
#include "analyzers/stats/payback.h"
#include "analyzers/stats/savings.h"

#define COUNT 60

static gsl_rng *random_numbers(unsigned long seed)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, seed);
    return random;
}

/* ---- the regression ---- */

Test(week_fit, is_the_quasi_poisson_fit_of_glm_but_for_the_inflation)
{
    double x[2 * COUNT], y[COUNT], scaled[COUNT], exposure[COUNT], offset[COUNT];
    gsl_rng *random = random_numbers(1);
    for (size_t i = 0; i < COUNT; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = (double)i / COUNT;
        exposure[i] = 1 + (double)(i % 3);
        offset[i] = log(exposure[i]);
        y[i] = gsl_ran_poisson(random, exposure[i] * exp(2 + x[2 * i + 1]));
        scaled[i] = y[i] / exposure[i];
    }
    gsl_rng_free(random);
    const struct toil_glm_data data = {x, y, offset, COUNT, 2};
    struct toil_glm glm = {0};
    cr_assert_eq(toil_glm_fit(&data, TOIL_GLM_QUASIPOISSON, &glm), TOIL_STATS_OK);
    struct toil_week_fit fit;
    const struct toil_week_data weeks = {
        .family = TOIL_WEEK_COUNT, .y = scaled, .exposure = exposure, .x = x, .count = COUNT, .columns = 2};
    cr_assert_eq(toil_week_fit(&weeks, &fit), TOIL_STATS_OK);
    cr_assert_float_eq(fit.dispersion, glm.dispersion, 1e-6);
    for (size_t i = 0; i < 2; i++)
        cr_assert_float_eq(fit.coefficient[i], glm.coefficient[i], 1e-7);
    for (size_t i = 0; i < 4; i++)
        cr_assert_float_eq(fit.covariance[i] / fit.inflation, glm.covariance[i], 1e-6);
    toil_glm_release(&glm);
}

Test(week_fit, a_prior_makes_the_posterior_of_a_normal_mean)
{
    double x[COUNT], y[COUNT];
    gsl_rng *random = random_numbers(2);
    for (size_t i = 0; i < COUNT; i++) {
        x[i] = 1;
        y[i] = 3 + gsl_ran_ugaussian(random);
    }
    gsl_rng_free(random);
    const double sd = 0.1;
    struct toil_week_fit fit;
    const struct toil_week_data weeks = {
        .family = TOIL_WEEK_SCORE, .y = y, .x = x, .prior_sd = &sd, .count = COUNT, .columns = 1};
    cr_assert_eq(toil_week_fit(&weeks, &fit), TOIL_STATS_OK);
    double mean = 0, of_mean = fit.dispersion * fit.inflation / COUNT;
    for (size_t i = 0; i < COUNT; i++)
        mean += y[i] / COUNT;
    double posterior = mean / of_mean / (1 / of_mean + 1 / (sd * sd));
    cr_assert_float_eq(fit.coefficient[0], posterior, 1e-3);
    cr_assert_float_eq(fit.covariance[0], 1 / (1 / of_mean + 1 / (sd * sd)), 1e-4);
}

Test(week_fit, outliers_do_not_lead_where_it_is_robust)
{
    double x[2 * COUNT], y[COUNT];
    gsl_rng *random = random_numbers(3);
    for (size_t i = 0; i < COUNT; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = (double)i;
        y[i] = exp(1 + 0.02 * (double)i + gsl_ran_gaussian(random, 0.05));
    }
    y[COUNT - 1] *= 1000;
    y[COUNT - 3] *= 1000;
    gsl_rng_free(random);
    struct toil_week_data weeks = {
        .family = TOIL_WEEK_LEVEL, .y = y, .x = x, .count = COUNT, .columns = 2, .robust = true};
    struct toil_week_fit robust, plain;
    cr_assert_eq(toil_week_fit(&weeks, &robust), TOIL_STATS_OK);
    weeks.robust = false;
    cr_assert_eq(toil_week_fit(&weeks, &plain), TOIL_STATS_OK);
    cr_assert_float_eq(robust.coefficient[1], 0.02, 0.002, "%g", robust.coefficient[1]);
    cr_assert_gt(plain.coefficient[1], 0.025);
}

Test(week_fit, refuses_what_tells_nothing)
{
    double x[COUNT], zero[COUNT] = {0}, bad[COUNT] = {0}, constant[COUNT];
    struct toil_week_fit fit;
    for (size_t i = 0; i < COUNT; i++)
        x[i] = constant[i] = 1;
    bad[5] = -1;
    struct toil_week_data weeks = {.family = TOIL_WEEK_COUNT, .y = zero, .x = x, .count = COUNT, .columns = 1};
    cr_assert_eq(toil_week_fit(&weeks, &fit), TOIL_STATS_ALL_ZERO);
    weeks.y = bad;
    cr_assert_eq(toil_week_fit(&weeks, &fit), TOIL_STATS_BAD_INPUT);
    weeks.y = constant;
    cr_assert_eq(toil_week_fit(&weeks, &fit), TOIL_STATS_CONSTANT);
    cr_assert(isnan(fit.coefficient[0]) && isnan(fit.covariance[0]));
    weeks.count = 4;
    cr_assert_eq(toil_week_fit(&weeks, &fit), TOIL_STATS_NO_DATA);
}

/* ---- growth ---- */

static struct toil_growth growth_of(double monthly, double sd, double *y, unsigned long seed)
{
    gsl_rng *random = random_numbers(seed);
    for (size_t w = 0; w < COUNT; w++)
        y[w] = 100 * exp(log1p(monthly) / TOIL_WEEKS_PER_MONTH * (double)w + gsl_ran_gaussian(random, sd));
    gsl_rng_free(random);
    struct toil_growth growth;
    const struct toil_growth_data data = {.family = TOIL_WEEK_LEVEL, .y = y, .count = COUNT, .level = 0.95};
    cr_assert_eq(toil_growth(&data, &growth), TOIL_STATS_OK);
    return growth;
}

Test(growth, doubling_has_its_bounds_in_order)
{
    double y[COUNT];
    struct toil_growth growth = growth_of(0.04, 0.05, y, 4);
    cr_assert_eq(growth.verdict, TOIL_GROWTH_GROWS);
    cr_assert(growth.low < 0.04 && growth.high > 0.04);
    cr_assert_float_eq(growth.doubling, log(2) / log1p(growth.per_month), 1e-9);
    cr_assert(growth.sooner < growth.doubling && growth.doubling < growth.later);
    cr_assert(growth.agree && growth.kendall_p < 0.001);
    cr_assert_float_eq(growth.sen_per_month, 0.04, 0.01);
}

Test(growth, what_falls_halves_and_what_is_steady_does_neither)
{
    double y[COUNT];
    struct toil_growth falls = growth_of(-0.05, 0.05, y, 5), steady = growth_of(0, 0.2, y, 6);
    cr_assert_eq(falls.verdict, TOIL_GROWTH_FALLS);
    cr_assert(isnan(falls.doubling) && falls.halving > 0);
    cr_assert_eq(steady.verdict, TOIL_GROWTH_NONE);
    cr_assert(isnan(steady.doubling) && isnan(steady.later) && isnan(steady.halving));
}

Test(growth, forecasts_hold_and_are_never_below_0)
{
    double y[COUNT], coverage;
    gsl_rng *random = random_numbers(7);
    for (size_t w = 0; w < COUNT; w++)
        y[w] = gsl_ran_poisson(random, 3 * exp(-0.03 * (double)w));
    gsl_rng_free(random);
    const struct toil_growth_data data = {.family = TOIL_WEEK_COUNT, .y = y, .count = COUNT, .level = 0.95};
    struct toil_growth growth;
    cr_assert_eq(toil_growth(&data, &growth), TOIL_STATS_OK);
    for (double week = 0; week < 500; week += 7) {
        struct toil_forecast forecast = toil_growth_forecast(&data, &growth, week, 1);
        cr_assert(forecast.low >= 0 && forecast.low <= forecast.high && isfinite(forecast.high), "week %g", week);
    }
    size_t asked = toil_growth_back_test(&data, 13, &coverage);
    cr_assert_gt(asked, 50);
    cr_assert(coverage > 0.85 && coverage <= 1, "%g", coverage);
}

/* ---- savings ---- */

static struct toil_savings savings_of(double rate, double change, const bool *left_out, double promised, uint64_t seed)
{
    double y[COUNT];
    gsl_rng *random = random_numbers(12);
    for (size_t w = 0; w < COUNT; w++)
        y[w] = gsl_ran_poisson(random, rate * (w >= 40 ? 1 + change : 1));
    gsl_rng_free(random);
    struct toil_savings savings;
    const struct toil_savings_data data = {.family = TOIL_WEEK_COUNT,
                                           .y = y,
                                           .left_out = left_out,
                                           .count = COUNT,
                                           .after = 40,
                                           .promised = promised,
                                           .seed = seed};
    cr_assert_eq(toil_savings(&data, &savings), TOIL_STATS_OK);
    return savings;
}

Test(savings, a_planted_cut_is_found_and_the_numbers_agree_with_each_other)
{
    struct toil_savings savings = savings_of(30, -0.5, NULL, -0.5, 1);
    cr_assert_eq(savings.verdict, TOIL_SAVED);
    cr_assert(savings.change_low < -0.5 && savings.change_high > -0.5, "%g to %g", savings.change_low,
              savings.change_high);
    cr_assert_float_eq(savings.saved, savings.expected - savings.observed, 1e-9);
    cr_assert_float_eq(savings.total, savings.saved * 20, 1e-9);
    cr_assert(savings.total_low < savings.total && savings.total < savings.total_high);
    cr_assert_eq(savings.weeks_needed, 0);
    struct toil_savings again = savings_of(30, -0.5, NULL, -0.5, 1), other = savings_of(30, -0.5, NULL, -0.5, 2);
    cr_assert_eq(memcmp(&again.low, &savings.low, sizeof again.low), 0, "the same seed gives the same numbers");
    cr_assert_float_eq(other.low, savings.low, 1.5, "another seed about the same");
    for (struct toil_savings *each[] = {&savings, &again, &other, NULL}, **p = each; *p; p++)
        toil_savings_release(*p);
}

Test(savings, no_cut_is_none_and_a_great_promise_is_refuted)
{
    struct toil_savings steady = savings_of(3, 0, NULL, -0.1, 1), refuted = savings_of(60, 0, NULL, -0.5, 1);
    cr_assert_eq(steady.verdict, TOIL_CANNOT_TELL_YET);
    cr_assert(isnan(steady.weeks_needed) || steady.weeks_needed >= 1);
    cr_assert_eq(refuted.verdict, TOIL_NOT_SAVED, "%g to %g of %g", refuted.low, refuted.high, refuted.expected);
    toil_savings_release(&steady);
    toil_savings_release(&refuted);
}

Test(savings, weeks_left_out_do_not_count)
{
    bool left_out[COUNT] = {false};
    left_out[38] = left_out[39] = left_out[40] = true;
    struct toil_savings savings = savings_of(30, -0.5, left_out, 0, 1);
    cr_assert_eq(savings.before, 38);
    cr_assert_eq(savings.after, 19);
    toil_savings_release(&savings);
}

Test(savings, a_control_that_shares_the_rise_saves_the_verdict)
{
    double y[COUNT], control[COUNT];
    gsl_rng *random = random_numbers(9);
    for (size_t w = 0; w < COUNT; w++) {
        double season = exp(0.6 * sin(2 * M_PI * (double)w / 40)); /* down behind week 40 by itself */
        control[w] = gsl_ran_poisson(random, 300 * season);
        y[w] = gsl_ran_poisson(random, 30 * season);
    }
    gsl_rng_free(random);
    struct toil_savings_data data = {.family = TOIL_WEEK_COUNT, .y = y, .count = COUNT, .after = 40, .seed = 1};
    struct toil_savings without, with;
    cr_assert_eq(toil_savings(&data, &without), TOIL_STATS_OK);
    data.control = control;
    cr_assert_eq(toil_savings(&data, &with), TOIL_STATS_OK);
    cr_assert(with.controlled && !without.controlled);
    cr_assert_lt(with.high - with.low, without.high - without.low);
    cr_assert(with.low < 0 && with.high > 0, "%g to %g", with.low, with.high);
    toil_savings_release(&without);
    toil_savings_release(&with);
}

Test(savings, more_satisfaction_is_a_saving)
{
    double y[COUNT];
    gsl_rng *random = random_numbers(10);
    for (size_t w = 0; w < COUNT; w++)
        y[w] = 3 + (w >= 40) + gsl_ran_gaussian(random, 0.3);
    gsl_rng_free(random);
    struct toil_savings savings;
    const struct toil_savings_data data = {
        .family = TOIL_WEEK_SCORE, .y = y, .count = COUNT, .after = 40, .more_is_better = true, .seed = 1};
    cr_assert_eq(toil_savings(&data, &savings), TOIL_STATS_OK);
    cr_assert_eq(savings.verdict, TOIL_SAVED);
    cr_assert(savings.low < 1 && savings.high > 1);
    cr_assert(isnan(savings.change));
    toil_savings_release(&savings);
}

/* ---- power ---- */

/* By hand: the level has variance 2 / (5 * 52) + 2 / (3.5 * 26) = 0.0297, half a year's trend after all the weeks
 * before and its prior 1 / (5 * 52 * 4 / 12 / 2 + 1 / 0.09) = 0.0184, which counts 1.5 squared fold between the
 * middles: together a standard error of 0.267 for a log of 0.357. Two periods compared without a trend would have 0.46.
 */
Test(power, a_promise_of_30_percent_at_5_a_week)
{
    const struct toil_power_data data = {
        .family = TOIL_WEEK_COUNT, .rate = 5, .dispersion = 2, .before = 52, .after = 26, .change = -0.3};
    double power = toil_power(&data);
    cr_assert_float_eq(power, 0.265, 0.005, "%g", power);
}

Test(power, agrees_with_what_the_regression_finds)
{
    unsigned saved = 0, rounds = 400;
    gsl_rng *random = random_numbers(11);
    double y[78];
    for (unsigned i = 0; i < rounds; i++) {
        struct toil_savings savings;
        for (size_t w = 0; w < 78; w++)
            y[w] = gsl_ran_poisson(random, gsl_ran_gamma(random, 10, w >= 52 ? 0.6 : 1));
        const struct toil_savings_data data = {.family = TOIL_WEEK_COUNT, .y = y, .count = 78, .after = 52, .seed = i};
        cr_assert_eq(toil_savings(&data, &savings), TOIL_STATS_OK);
        saved += savings.verdict == TOIL_SAVED;
        toil_savings_release(&savings);
    }
    gsl_rng_free(random);
    const struct toil_power_data data = {
        .family = TOIL_WEEK_COUNT, .rate = 10, .dispersion = 1.9, .before = 52, .after = 26, .change = -0.4};
    double power = toil_power(&data), seen = (double)saved / rounds;
    cr_assert_float_eq(power, seen, 0.1, "%g, seen %g", power, seen);
}

Test(power, weeks_and_changes_are_the_inverse_of_power)
{
    struct toil_power_data data = {
        .family = TOIL_WEEK_COUNT, .rate = 15, .dispersion = 2, .before = 52, .after = 26, .change = -0.4};
    double weeks = toil_power_weeks(&data, 0.8), change;
    data.after = (size_t)weeks;
    cr_assert_geq(toil_power(&data), 0.8);
    data.after--;
    cr_assert_lt(toil_power(&data), 0.8);
    change = toil_power_change(&data, 0.8);
    data.change = change;
    cr_assert_float_eq(toil_power(&data), 0.8, 1e-6);
    data.rate = 0.05;
    cr_assert(isnan(toil_power_weeks(&data, 0.8)) && isnan(toil_power_change(&data, 0.8)));
}

/* ---- payback and ranks ---- */

Test(payback, is_lead_time_and_effort_over_saving)
{
    struct toil_payback payback;
    struct toil_payback_data data = {
        .effort = 160, .lead_weeks = 4, .saving = {10, 0, INFINITY}, .target_weeks = 20, .draws = 20000, .seed = 1};
    cr_assert_eq(toil_payback(&data, &payback), TOIL_STATS_OK);
    cr_assert_float_eq(payback.median, 20, 0.3);
    cr_assert_float_eq(payback.low, 20 / TOIL_EFFORT_FACTOR, 0.3);
    cr_assert_float_eq(payback.high, 20 * TOIL_EFFORT_FACTOR, 0.5);
    cr_assert_float_eq(payback.by_target, 0.5, 0.02);
    data.saving = (struct toil_uncertain){10, 6, INFINITY};
    cr_assert_eq(toil_payback(&data, &payback), TOIL_STATS_OK);
    cr_assert(!payback.established && isnan(payback.median) && payback.by_target > 0);
    data.effort = NAN;
    cr_assert_eq(toil_payback(&data, &payback), TOIL_STATS_BAD_INPUT);
}

Test(rank, orders_and_ties)
{
    const struct toil_rank_entry entry[] = {
        {{100, 5, INFINITY}, 100}, {{1000, 50, INFINITY}, 100}, {{105, 5, INFINITY}, 100}, {{50, 1, INFINITY}, NAN}};
    struct toil_ranked ranked[4];
    double outranks[16];
    cr_assert_eq(toil_rank(entry, 4, 4000, 1, ranked, outranks), TOIL_STATS_OK);
    cr_assert_eq(ranked[1].rank, 1);
    cr_assert_eq(ranked[2].rank, 2);
    cr_assert_eq(ranked[0].rank, 2, "it ties with the one before");
    cr_assert_eq(ranked[3].rank, 0, "without an effort there is no rank");
    cr_assert_gt(outranks[1 * 4 + 0], 0.99);
    cr_assert_float_eq(outranks[0 * 4 + 2] + outranks[2 * 4 + 0], 1, 1e-9);
    cr_assert(isnan(outranks[3]) && isnan(outranks[0]));
    cr_assert(ranked[1].low < 10 && ranked[1].high > 10 && ranked[1].ratio == 10);
}
