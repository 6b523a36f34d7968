/* Time rescaling and the Kolmogorov-Smirnov test: published values, size under the truth, power against a wrong rate.
 */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analyzers/stats/rescale.h"

/* Marsaglia, Tsang and Wang (2003) print K(10, 0.274) = 0.62847961545651; the others are plain. */
Test(rescale, distribution_of_d)
{
    static const struct {
        size_t count;
        double d, value, tolerance;
    } row[] = {
        {10, 0.274, 0.6284796154565, 1e-12},
        {10, 0.04, 0, 0},
        {10, 0.05, 0, 0},
        {1, 0.75, 0.5, 1e-14},
        {10, 1, 1, 0},
        {0, 0.5, 0, 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        cr_expect_float_eq(toil_ks_cdf(row[i].d, row[i].count), row[i].value, row[i].tolerance, "row %zu", i);
}

Test(rescale, exact_and_limit_meet)
{
    for (double d = 0.03; d < 0.16; d += 0.005)
        cr_expect_float_eq(toil_ks_cdf(d, 200), toil_ks_cdf(d * sqrt(200.0 / 201), 201), 2e-4, "d %g", d);
}

/* The middles of eighths are never further than a sixteenth off; halved, the largest is far off. */
Test(rescale, statistic)
{
    double values[8];
    for (size_t i = 0; i < 8; i++)
        values[i] = ((double)((i * 3) % 8) + 0.5) / 8;
    struct toil_ks got = toil_ks_uniform(values, 8);
    cr_assert(got.tested);
    cr_assert_float_eq(got.statistic, 1.0 / 16, 1e-12);
    cr_assert_float_eq(got.p, 1, 1e-9);
    for (size_t i = 0; i < 8; i++)
        values[i] = values[i] / 2;
    got = toil_ks_uniform(values, 8);
    cr_assert_float_eq(got.statistic, 1 - 7.5 / 16, 1e-12);
}

Test(rescale, says_when_it_cannot_test)
{
    const double few[] = {0.1, 0.2, 0.3}, outside[] = {0, 0, 0, 0, 0, 0, 0, 1.5}, negative[] = {1, -1};
    const double nan[] = {0, 0, 0, 0, 0, 0, 0, NAN};
    const uint32_t observed[] = {9, 9}, none[] = {0, 0};
    const double expected[] = {1, 1}, broken[] = {1, INFINITY};
    const struct toil_ks got[] = {
        toil_ks_uniform(few, 3),
        toil_ks_uniform(outside, 8),
        toil_ks_uniform(nan, 8),
        toil_ks_uniform(NULL, 0),
        toil_rescale_events(NULL, 0),
        toil_rescale_binned(negative, observed, 2, 1),
        toil_rescale_binned(broken, observed, 2, 1),
        toil_rescale_binned(expected, none, 2, 1),
        toil_rescale_binned(NULL, NULL, 0, 1),
    };
    for (size_t i = 0; i < sizeof got / sizeof *got; i++) {
        cr_expect_not(got[i].tested, "case %zu", i);
        cr_expect(isnan(got[i].p) && isnan(got[i].statistic), "case %zu", i);
    }
}

#define N_BINS   2000
#define N_WORLDS 400

static double rate_of(size_t bin)
{
    return 0.4 + 0.35 * sin((double)bin / 20);
}

/* How many of the worlds the test rejects at 5%. bump: by how much the truth is off, up and down in turn. */
static unsigned count_rejections(double bump, uint64_t seed)
{
    static double expected[N_BINS];
    static uint32_t observed[N_BINS];
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, seed);
    unsigned rejected = 0;
    for (unsigned world = 0; world < N_WORLDS; world++) {
        for (size_t bin = 0; bin < N_BINS; bin++) {
            expected[bin] = rate_of(bin);
            double truth = expected[bin] * (1 + (bin / 100 % 2 ? bump : -bump));
            observed[bin] = gsl_ran_poisson(random, truth);
        }
        struct toil_ks got = toil_rescale_binned(expected, observed, N_BINS, world);
        cr_assert(got.tested);
        rejected += got.p < 0.05;
    }
    gsl_rng_free(random);
    return rejected;
}

Test(rescale, binned_counts_of_the_true_rate_are_rejected_as_often_as_the_level_says)
{
    /* 400 worlds: 20 expected, sd 4.4 */
    unsigned rejected = count_rejections(0, 1);
    cr_assert(rejected >= 7 && rejected <= 33, "%u of 400", rejected);
}

Test(rescale, binned_counts_of_a_wrong_rate_are_rejected)
{
    unsigned rejected = count_rejections(0.6, 2);
    cr_assert_geq(rejected, 360, "%u of 400", rejected);
}

Test(rescale, events_where_nothing_is_expected_are_rejected)
{
    double expected[100];
    uint32_t observed[100];
    for (size_t bin = 0; bin < 100; bin++) {
        expected[bin] = bin < 50 ? 1 : 0;
        observed[bin] = 1;
    }
    struct toil_ks got = toil_rescale_binned(expected, observed, 100, 7);
    cr_assert(got.tested);
    cr_assert_lt(got.p, 1e-6);
}

Test(rescale, the_same_seed_gives_the_same_value)
{
    static const uint32_t observed[] = {3, 0, 4, 1, 5, 2, 0, 6};
    static const double expected[] = {2, 1, 3, 2, 4, 2, 1, 5};
    struct toil_ks one = toil_rescale_binned(expected, observed, 8, 5),
                   two = toil_rescale_binned(expected, observed, 8, 5),
                   other = toil_rescale_binned(expected, observed, 8, 6);
    cr_assert_eq(one.p, two.p);
    cr_assert_neq(one.p, other.p);
}
