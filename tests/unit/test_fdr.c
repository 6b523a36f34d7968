/* Benjamini and Hochberg's q-values. */
#include <criterion/criterion.h>
#include <math.h>

#include "analyzers/stats/fdr.h"

/* Benjamini and Hochberg (1995), section 4.1: 15 tests of a trial of thrombolytic treatments. */
static const double published[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                   0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
#define N_PUBLISHED (sizeof published / sizeof *published)

Test(fdr, published_example_rejects_four_where_bonferroni_rejects_three)
{
    double q[N_PUBLISHED];
    size_t rejected = 0, bonferroni = 0;
    toil_fdr_adjust(published, N_PUBLISHED, q);
    for (size_t i = 0; i < N_PUBLISHED; i++) {
        rejected += q[i] <= 0.05;
        bonferroni += published[i] * (double)N_PUBLISHED <= 0.05;
    }
    cr_assert_eq(rejected, 4);
    cr_assert_eq(bonferroni, 3);
    cr_assert_float_eq(q[3], 0.035625, 1e-12); /* 15 * 0.0095 / 4 */
    cr_assert_float_eq(q[4], 0.0603, 1e-12);   /* 15 * 0.0201 / 5 */
    cr_assert_float_eq(q[6], 15 * 0.0298 / 7, 1e-12);
    cr_assert_float_eq(q[5], q[6], 1e-15, "the sixth is no larger than the seventh"); /* 15 * 0.0278 / 6 = 0.0695 */
}

Test(fdr, an_untested_pair_is_no_member_of_the_family)
{
    const double p[] = {NAN, 0.04, NAN, 0.01, NAN};
    double q[5];
    toil_fdr_adjust(p, 5, q);
    cr_assert_float_eq(q[3], 0.02, 1e-15);
    cr_assert_float_eq(q[1], 0.04, 1e-15);
    cr_assert(isnan(q[0]) && isnan(q[2]) && isnan(q[4]));
}

Test(fdr, order_does_not_matter_and_input_may_be_output)
{
    double q[N_PUBLISHED], turned[N_PUBLISHED];
    toil_fdr_adjust(published, N_PUBLISHED, q);
    for (size_t i = 0; i < N_PUBLISHED; i++)
        turned[i] = published[(i * 7 + 3) % N_PUBLISHED];
    toil_fdr_adjust(turned, N_PUBLISHED, turned);
    for (size_t i = 0; i < N_PUBLISHED; i++)
        cr_expect_eq(turned[i], q[(i * 7 + 3) % N_PUBLISHED]);
}

Test(fdr, equal_values_zeros_and_nothing)
{
    const double equal[] = {0.03, 0.03, 0.03}, ends[] = {0, 1, 1};
    double q[3];
    toil_fdr_adjust(equal, 3, q);
    for (size_t i = 0; i < 3; i++)
        cr_expect_float_eq(q[i], 0.03, 1e-15);
    toil_fdr_adjust(ends, 3, q);
    cr_assert_eq(q[0], 0);
    cr_assert_eq(q[1], 1);
    cr_assert_eq(q[2], 1);
    toil_fdr_adjust(NULL, 0, NULL);
}
