/* The code behind rate_ratio.h. */
#include "rate_ratio.h"

#include <math.h>
#include <stdbool.h>

#include "beta.h"

/* Probabilities that differ by less than this part count as equal, as in R. */
#define ALIKE (1 + 1e-7)

/* The outcomes beyond the mode on the other side fall off: the first of [low, high] that is no likelier than limit (or
 * high + 1), found by halving. rising: outcomes are searched from high down instead. */
static uint64_t count_unlikely(uint64_t low, uint64_t high, uint64_t trials, double probability, double limit,
                               bool from_below)
{
    uint64_t begin = low, end = high + 1;
    while (begin < end) {
        uint64_t middle = begin + (end - begin) / 2;
        bool unlikely = toil_binomial_pmf(middle, trials, probability) <= limit;
        if (unlikely == from_below)
            begin = middle + 1;
        else
            end = middle;
    }
    return from_below ? begin - low : high + 1 - begin;
}

static double two_sided(uint64_t successes, uint64_t trials, double probability)
{
    if (probability == 0 || probability == 1)
        return successes == (probability == 0 ? 0 : trials) ? 1 : 0;
    double limit = toil_binomial_pmf(successes, trials, probability) * ALIKE, mode = (double)trials * probability;
    double p;
    if ((double)successes < mode) {
        uint64_t from = (uint64_t)ceil(mode);
        uint64_t others = count_unlikely(from, trials, trials, probability, limit, false);
        p = toil_binomial_cdf(successes, trials, probability) +
            (others > 0 ? toil_binomial_cdf(others - 1, trials, 1 - probability) : 0);
    } else if ((double)successes > mode) {
        uint64_t others = count_unlikely(0, (uint64_t)floor(mode), trials, probability, limit, true);
        p = toil_binomial_cdf(trials - successes, trials, 1 - probability) +
            (others > 0 ? toil_binomial_cdf(others - 1, trials, probability) : 0);
    } else {
        p = 1;
    }
    return fmin(p, 1);
}

enum toil_stats_result toil_binomial_test(uint64_t successes, uint64_t trials, double probability, double level,
                                          struct toil_binomial_test *out)
{
    *out = (struct toil_binomial_test){NAN, NAN, NAN, NAN};
    if (successes > trials || !(probability >= 0 && probability <= 1) || !(level > 0 && level < 1))
        return TOIL_STATS_BAD_INPUT;
    if (trials == 0)
        return TOIL_STATS_NO_DATA;
    double k = (double)successes, n = (double)trials, tail = (1 - level) / 2;
    out->estimate = k / n;
    out->low = successes == 0 ? 0 : toil_beta_quantile(tail, k, n - k + 1);
    out->high = successes == trials ? 1 : toil_beta_quantile(1 - tail, k + 1, n - k);
    out->p = two_sided(successes, trials, probability);
    return TOIL_STATS_OK;
}

enum toil_stats_result toil_rate_ratio(uint64_t count_a, double exposure_a, uint64_t count_b, double exposure_b,
                                       double level, struct toil_rate_ratio *out)
{
    *out = (struct toil_rate_ratio){NAN, NAN, NAN, NAN};
    if (!(exposure_a > 0) || !(exposure_b > 0) || !isfinite(exposure_a + exposure_b) || !(level > 0 && level < 1))
        return TOIL_STATS_BAD_INPUT;
    if (count_a == 0 && count_b == 0)
        return TOIL_STATS_ALL_ZERO;
    struct toil_binomial_test part;
    enum toil_stats_result result =
        toil_binomial_test(count_a, count_a + count_b, exposure_a / (exposure_a + exposure_b), level, &part);
    if (result != TOIL_STATS_OK)
        return result;
    double exposures = exposure_b / exposure_a;
    out->low = part.low / (1 - part.low) * exposures;
    if (count_b > 0) {
        out->ratio = (double)count_a / (double)count_b * exposures;
        out->high = part.high / (1 - part.high) * exposures;
    }
    out->p = part.p;
    return TOIL_STATS_OK;
}
