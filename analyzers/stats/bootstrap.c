/* The code behind bootstrap.h. */
#include "bootstrap.h"

#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

static int compare_doubles(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static void draw_indices(gsl_rng *random, const struct toil_bootstrap *plan, size_t *index)
{
    for (size_t filled = 0; filled < plan->count;) {
        size_t start = gsl_rng_uniform_int(random, plan->count);
        for (size_t i = 0; i < plan->block && filled < plan->count; i++)
            index[filled++] = (start + i) % plan->count;
    }
}

static void fill_interval(double *value, const struct toil_bootstrap *plan, struct toil_bootstrap_interval *out)
{
    qsort(value, out->draws, sizeof *value, compare_doubles);
    out->low = gsl_stats_quantile_from_sorted_data(value, 1, out->draws, (1 - plan->level) / 2);
    out->high = gsl_stats_quantile_from_sorted_data(value, 1, out->draws, (1 + plan->level) / 2);
    if (out->draws > 1)
        out->se = gsl_stats_sd(value, 1, out->draws);
}

enum toil_stats_result toil_bootstrap(const struct toil_bootstrap *plan, toil_bootstrap_statistic *statistic,
                                      void *context, struct toil_bootstrap_interval *out)
{
    *out = (struct toil_bootstrap_interval){.estimate = NAN, .low = NAN, .high = NAN, .se = NAN};
    if (plan->count == 0)
        return TOIL_STATS_NO_DATA;
    if (plan->draws == 0 || plan->block == 0 || plan->block > plan->count || !(plan->level > 0 && plan->level < 1))
        return TOIL_STATS_BAD_INPUT;
    size_t *index = toil_xcalloc(plan->count, sizeof *index);
    double *value = toil_xcalloc(plan->draws, sizeof *value);
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, (unsigned long)(plan->seed & UINT32_MAX));
    for (size_t i = 0; i < plan->count; i++)
        index[i] = i;
    double estimate = statistic(index, plan->count, context);
    for (unsigned draw = 0; draw < plan->draws; draw++) {
        draw_indices(random, plan, index);
        double drawn = statistic(index, plan->count, context);
        if (isfinite(drawn))
            value[out->draws++] = drawn;
    }
    enum toil_stats_result result = TOIL_STATS_NO_DATA;
    if (isfinite(estimate) && 2 * (uint64_t)out->draws >= plan->draws) {
        out->estimate = estimate;
        fill_interval(value, plan, out);
        result = TOIL_STATS_OK;
    }
    gsl_rng_free(random);
    free(value);
    free(index);
    return result;
}
