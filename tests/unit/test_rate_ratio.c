/* Rate ratios and the exact binomial test: published figures, edges, and sizes at which others give up. */
#include <criterion/criterion.h>
#include <math.h>

#include "analyzers/stats/beta.h"
#include "analyzers/stats/rate_ratio.h"
#include "support/lib_table.h"

/* R's example of poisson.test: breast cancer in women with and without fluoroscopy, after Boice and Monson (1977). */
Test(rate_ratio, example_of_poisson_test)
{
    struct toil_rate_ratio got;
    cr_assert_eq(toil_rate_ratio(11, 800, 21, 3011, 0.95, &got), TOIL_STATS_OK);
    cr_assert_float_eq(got.ratio, 1.9714881, 5e-8);
    cr_assert_float_eq(got.p, 0.079669, 5e-7);
    cr_assert_float_eq(got.low, 0.8584264, 5e-8);
    cr_assert_float_eq(got.high, 4.2772659, 5e-8);
}

/* Observed from the beginning of 1851 to the end of 1962. */
Test(rate_ratio, coal_mining_disasters)
{
    struct toil_table coal;
    struct toil_rate_ratio got;
    uint64_t early = 0, late = 0;
    toil_table_read(&coal, "tests/unit/data/coal.csv");
    for (size_t i = 0; i < coal.row_count; i++)
        *(toil_table_column(&coal, "date")[i] < 1890.5 ? &early : &late) += 1;
    toil_table_release(&coal);
    cr_assert_eq(early, 125);
    cr_assert_eq(late, 66);
    cr_assert_eq(toil_rate_ratio(late, 1963 - 1890.5, early, 1890.5 - 1851, 0.95, &got), TOIL_STATS_OK);
    cr_assert_float_eq(got.ratio, 0.28767, 5e-6);
    cr_assert_float_eq(got.low, 0.21017, 5e-6);
    cr_assert_float_eq(got.high, 0.39067, 5e-6);
    cr_assert_lt(got.p, 1e-15);
}

Test(rate_ratio, turned_round_is_one_over)
{
    struct toil_rate_ratio one, other;
    cr_assert_eq(toil_rate_ratio(5, 10, 17, 20, 0.9, &one), TOIL_STATS_OK);
    cr_assert_eq(toil_rate_ratio(17, 20, 5, 10, 0.9, &other), TOIL_STATS_OK);
    cr_assert_float_eq(one.ratio * other.ratio, 1, 1e-12);
    cr_assert_float_eq(one.low * other.high, 1, 1e-9);
    cr_assert_float_eq(one.high * other.low, 1, 1e-9);
    cr_assert_float_eq(one.p, other.p, 1e-12);
}

Test(rate_ratio, nothing_on_one_side)
{
    struct toil_rate_ratio got;
    /* 0 of 5 at a half: 1/16 two-sided; high: 1 - 0.025^(1/5) = 0.521824 as odds. */
    cr_assert_eq(toil_rate_ratio(0, 1, 5, 1, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.ratio, 0);
    cr_assert_eq(got.low, 0);
    cr_assert_float_eq(got.high, 0.521824 / (1 - 0.521824), 1e-5);
    cr_assert_float_eq(got.p, 0.0625, 1e-12);
    cr_assert_eq(toil_rate_ratio(5, 1, 0, 1, 0.95, &got), TOIL_STATS_OK);
    cr_assert(isnan(got.ratio) && isnan(got.high));
    cr_assert_float_eq(got.low, (1 - 0.521824) / 0.521824, 1e-5);
}

Test(rate_ratio, what_cannot_be_told_has_a_code_and_no_numbers)
{
    static const struct {
        uint64_t a, b;
        double exposure_a, exposure_b, level;
        enum toil_stats_result result;
    } row[] = {
        {0, 0, 1, 1, 0.95, TOIL_STATS_ALL_ZERO},         {1, 1, 0, 1, 0.95, TOIL_STATS_BAD_INPUT},
        {1, 1, 1, -1, 0.95, TOIL_STATS_BAD_INPUT},       {1, 1, NAN, 1, 0.95, TOIL_STATS_BAD_INPUT},
        {1, 1, 1, INFINITY, 0.95, TOIL_STATS_BAD_INPUT}, {1, 1, 1, 1, 0, TOIL_STATS_BAD_INPUT},
        {1, 1, 1, 1, 1, TOIL_STATS_BAD_INPUT},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct toil_rate_ratio got;
        cr_expect_eq(toil_rate_ratio(row[i].a, row[i].exposure_a, row[i].b, row[i].exposure_b, row[i].level, &got),
                     row[i].result, "row %zu", i);
        cr_expect(isnan(got.ratio) && isnan(got.low) && isnan(got.high) && isnan(got.p), "row %zu", i);
    }
    struct toil_binomial_test got;
    cr_expect_eq(toil_binomial_test(0, 0, 0.5, 0.95, &got), TOIL_STATS_NO_DATA);
    cr_expect_eq(toil_binomial_test(2, 1, 0.5, 0.95, &got), TOIL_STATS_BAD_INPUT);
    cr_expect_eq(toil_binomial_test(1, 2, 1.5, 0.95, &got), TOIL_STATS_BAD_INPUT);
}

Test(rate_ratio, certain_and_impossible_probabilities)
{
    struct toil_binomial_test got;
    cr_assert_eq(toil_binomial_test(3, 3, 1, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.p, 1);
    cr_assert_eq(got.high, 1);
    cr_assert_eq(toil_binomial_test(2, 3, 1, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.p, 0);
    cr_assert_eq(toil_binomial_test(0, 3, 0, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.p, 1);
}

/* The interval of a ratio of large counts is that of its logarithm: 1.96 sqrt(1/a + 1/b). GSL's own quantile of the
 * beta distribution does not end here. */
Test(rate_ratio, counts_of_a_billion, .timeout = 10)
{
    struct toil_rate_ratio got;
    cr_assert_eq(toil_rate_ratio(1000000000, 1, 1000000000, 1, 0.95, &got), TOIL_STATS_OK);
    cr_assert_float_eq(log(got.high), 1.959964 * sqrt(2e-9), 1e-8);
    cr_assert_float_eq(log(got.low), -1.959964 * sqrt(2e-9), 1e-8);
    cr_assert_float_eq(got.p, 1, 1e-6);
    cr_assert_float_eq(toil_beta_cdf(0.5, 1e9, 1e9), 0.5, 1e-9);
}

Test(rate_ratio, beta_outside_of_its_domain)
{
    cr_assert(isnan(toil_beta_cdf(0.5, 0, 1)) && isnan(toil_beta_cdf(0.5, 1, -1)) && isnan(toil_beta_cdf(1.5, 1, 1)));
    cr_assert(isnan(toil_beta_cdf(NAN, 1, 1)) && isnan(toil_beta_quantile(2, 1, 1)));
    cr_assert_eq(toil_beta_cdf(0, 2, 3), 0);
    cr_assert_eq(toil_beta_cdf(1, 2, 3), 1);
    cr_assert_float_eq(toil_binomial_pmf(2, 4, 0.5), 0.375, 1e-14);
    cr_assert_float_eq(toil_binomial_cdf(2, 4, 0.5), 0.6875, 1e-14);
    cr_assert_eq(toil_binomial_pmf(5, 4, 0.5), 0);
    cr_assert_eq(toil_binomial_cdf(5, 4, 0.5), 1);
}
