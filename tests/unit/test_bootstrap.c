/* The bootstrap: its spread against theory, blocks against dependence, seeds, and what it refuses. */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analyzers/stats/bootstrap.h"

#define N_DATA 200

static double mean_of(const size_t *index, size_t count, void *context)
{
    const double *data = context;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += data[index[i]];
    return sum / (double)count;
}

static double nothing(const size_t *index, size_t count, void *context)
{
    (void)index;
    (void)count;
    (void)context;
    return NAN;
}

/* Has a value for the data as they are, but not where the first datum was drawn twice or more, or not at all. */
static double picky(const size_t *index, size_t count, void *context)
{
    size_t firsts = 0;
    (void)context;
    for (size_t i = 0; i < count; i++)
        firsts += index[i] == 0;
    return firsts == 1 ? 1 : (double)NAN;
}

/* An autoregressive series with standard deviation 1. */
static void make_series(gsl_rng *random, double rho, double *data)
{
    data[0] = gsl_ran_gaussian(random, 1);
    for (size_t i = 1; i < N_DATA; i++)
        data[i] = rho * data[i - 1] + gsl_ran_gaussian(random, sqrt(1 - rho * rho));
}

Test(bootstrap, spread_of_a_mean)
{
    double data[N_DATA], squares = 0;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    make_series(random, 0, data);
    gsl_rng_free(random);
    const struct toil_bootstrap plan = {N_DATA, 1, 4000, 1, 0.95};
    struct toil_bootstrap_interval got;
    cr_assert_eq(toil_bootstrap(&plan, mean_of, data, &got), TOIL_STATS_OK);
    for (size_t i = 0; i < N_DATA; i++)
        squares += (data[i] - got.estimate) * (data[i] - got.estimate);
    double se = sqrt(squares / N_DATA / N_DATA);
    cr_assert_float_eq(got.se, se, 0.04 * se);
    cr_assert_float_eq(got.low, got.estimate - 1.96 * se, 0.15 * se);
    cr_assert_float_eq(got.high, got.estimate + 1.96 * se, 0.15 * se);
    cr_assert_eq(got.draws, 4000);
}

/* Of so many series the interval for the mean should hold 0. */
static unsigned count_covered(double rho, size_t block)
{
    double data[N_DATA];
    unsigned covered = 0;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    for (uint64_t world = 0; world < 300; world++) {
        make_series(random, rho, data);
        const struct toil_bootstrap plan = {N_DATA, block, 200, world, 0.95};
        struct toil_bootstrap_interval got;
        cr_assert_eq(toil_bootstrap(&plan, mean_of, data, &got), TOIL_STATS_OK);
        covered += got.low <= 0 && got.high >= 0;
    }
    gsl_rng_free(random);
    return covered;
}

/* 200 worlds at 95%: 190 expected, sd 3.1. Dependent data drawn one by one cover far less; in blocks nearly as often as
 * said. */
Test(bootstrap, coverage)
{
    unsigned independent = count_covered(0, 1), one_by_one = count_covered(0.7, 1), blocks = count_covered(0.7, 20);
    cr_assert(independent >= 270 && independent <= 297, "%u", independent);
    cr_assert_lt(one_by_one, 220, "%u", one_by_one);
    cr_assert_gt(blocks, 245, "%u", blocks);
}

Test(bootstrap, the_same_seed_gives_the_same_interval)
{
    double data[N_DATA];
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    make_series(random, 0.3, data);
    gsl_rng_free(random);
    struct toil_bootstrap plan = {N_DATA, 7, 200, 42, 0.9};
    struct toil_bootstrap_interval one, two, other;
    cr_assert_eq(toil_bootstrap(&plan, mean_of, data, &one), TOIL_STATS_OK);
    cr_assert_eq(toil_bootstrap(&plan, mean_of, data, &two), TOIL_STATS_OK);
    plan.seed = 43;
    cr_assert_eq(toil_bootstrap(&plan, mean_of, data, &other), TOIL_STATS_OK);
    cr_assert(one.low == two.low && one.high == two.high && one.se == two.se);
    cr_assert_neq(one.low, other.low);
}

/* A block of all data is the series itself, turned round its circle. */
Test(bootstrap, one_block_of_everything_moves_no_mean)
{
    double data[] = {1, 2, 3, 4, 10};
    const struct toil_bootstrap plan = {5, 5, 50, 1, 0.95};
    struct toil_bootstrap_interval got;
    cr_assert_eq(toil_bootstrap(&plan, mean_of, data, &got), TOIL_STATS_OK);
    cr_assert_float_eq(got.low, 4, 1e-12);
    cr_assert_float_eq(got.high, 4, 1e-12);
    cr_assert_float_eq(got.se, 0, 1e-12);
}

Test(bootstrap, constant_data_have_an_interval_of_no_width)
{
    double data[] = {3, 3, 3, 3};
    const struct toil_bootstrap plan = {4, 1, 50, 1, 0.95};
    struct toil_bootstrap_interval got;
    cr_assert_eq(toil_bootstrap(&plan, mean_of, data, &got), TOIL_STATS_OK);
    cr_assert(got.low == 3 && got.high == 3 && got.estimate == 3);
}

Test(bootstrap, what_cannot_be_told_has_a_code_and_no_numbers)
{
    double data[] = {1, 2, 3};
    static const struct {
        struct toil_bootstrap plan;
        toil_bootstrap_statistic *statistic;
        enum toil_stats_result result;
    } row[] = {
        {{0, 1, 10, 1, 0.95}, mean_of, TOIL_STATS_NO_DATA},   {{3, 0, 10, 1, 0.95}, mean_of, TOIL_STATS_BAD_INPUT},
        {{3, 4, 10, 1, 0.95}, mean_of, TOIL_STATS_BAD_INPUT}, {{3, 1, 0, 1, 0.95}, mean_of, TOIL_STATS_BAD_INPUT},
        {{3, 1, 10, 1, 1}, mean_of, TOIL_STATS_BAD_INPUT},    {{3, 1, 10, 1, 0.95}, nothing, TOIL_STATS_NO_DATA},
        {{3, 1, 1000, 1, 0.95}, picky, TOIL_STATS_NO_DATA}, /* 4 of 9 draws */
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct toil_bootstrap_interval got;
        cr_expect_eq(toil_bootstrap(&row[i].plan, row[i].statistic, data, &got), row[i].result, "row %zu", i);
        cr_expect(isnan(got.estimate) && isnan(got.low) && isnan(got.high) && isnan(got.se), "row %zu", i);
    }
}
