/* Is one rate higher than another? Counts and the exposures (time, customers, ...) that they came from. Pure. */
#ifndef TOIL_STATS_RATE_RATIO_H
#define TOIL_STATS_RATE_RATIO_H

#include <stdint.h>

#include "result.h"

/* Exact test and interval of a proportion. */
struct toil_binomial_test {
    double estimate, low, high; /* interval of Clopper and Pearson */
    double p;                   /* two-sided */
};

/* successes of trials against probability. Interval: Clopper and Pearson (1934), "The use of confidence or fiducial
 * limits illustrated in the case of the binomial", Biometrika 26, 404-413. p: the probability of all outcomes that are
 * no likelier than the one seen, as R's binom.test counts it (equal up to 1e-7). level: 0.95 for a 95% interval.
 * TOIL_STATS_NO_DATA without trials; TOIL_STATS_BAD_INPUT for successes > trials, or a probability or level outside of
 * 0..1. Every number is NAN then. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_binomial_test(uint64_t successes, uint64_t trials, double probability,
                                                                double level, struct toil_binomial_test *out);

struct toil_rate_ratio {
    double ratio;     /* rate of a over that of b; NAN when b's count is 0: no upper end is known */
    double low, high; /* high is NAN when b's count is 0; low is 0 when a's count is 0 */
    double p;         /* two-sided, of the ratio being 1 */
};

/* (count_a / exposure_a) / (count_b / exposure_b). Given the sum of two Poisson counts, a's is binomial with
 * probability ratio exposure_a / (ratio exposure_a + exposure_b); so the interval is Clopper and Pearson's of count_a
 * in that sum, mapped to the ratio, and the test is the conditional binomial one: Przyborowski and Wilenski (1940),
 * "Homogeneity of results in testing samples from Poisson series", Biometrika 31, 313-323; R's poisson.test.
 * TOIL_STATS_ALL_ZERO when both counts are 0; TOIL_STATS_BAD_INPUT unless both exposures are above 0 and finite and
 * level is in 0..1. Every number is NAN then. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_rate_ratio(uint64_t count_a, double exposure_a, uint64_t count_b,
                                                             double exposure_b, double level,
                                                             struct toil_rate_ratio *out);

#endif
