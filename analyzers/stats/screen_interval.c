/* The code behind screen_interval.h. */
#include "screen_interval.h"

#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

#define DRAWS 999
#define LOW   0.025
#define HIGH  0.975
#define Z     1.959963984540054 /* the normal distribution's quantile of HIGH */

static int compare_doubles(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* A quantile of sorted draws, some of which may be infinite. */
static double finite_quantile(const double *draws, double at)
{
    const double place = at * (DRAWS - 1);
    if (isinf(draws[(size_t)ceil(place)]))
        return NAN;
    return gsl_stats_quantile_from_sorted_data(draws, 1, DRAWS, at);
}

struct toil_cluster_interval toil_interval_bootstrap(const struct toil_cluster_counts *cluster, size_t count,
                                                     uint64_t stream)
{
    double excess[DRAWS], ratio[DRAWS];
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(random, (unsigned long)(stream & UINT32_MAX));
    for (size_t draw = 0; draw < DRAWS; draw++) {
        double observed = 0, expected = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t which = (size_t)(gsl_rng_uniform(random) * (double)count);
            observed += cluster[which].observed;
            expected += cluster[which].expected;
        }
        excess[draw] = observed - expected;
        ratio[draw] = expected > 0 ? observed / expected : (double)INFINITY;
    }
    gsl_rng_free(random);
    qsort(excess, DRAWS, sizeof *excess, compare_doubles);
    qsort(ratio, DRAWS, sizeof *ratio, compare_doubles);
    return (struct toil_cluster_interval){
        .excess_low = gsl_stats_quantile_from_sorted_data(excess, 1, DRAWS, LOW),
        .excess_high = gsl_stats_quantile_from_sorted_data(excess, 1, DRAWS, HIGH),
        .ratio_low = finite_quantile(ratio, LOW),
        .ratio_high = finite_quantile(ratio, HIGH),
    };
}

struct toil_cluster_interval toil_interval_normal(const struct toil_cluster_counts *cluster, size_t count)
{
    double observed = 0, expected = 0, square = 0, cube = 0, log_square = 0;
    for (size_t i = 0; i < count; i++) {
        observed += cluster[i].observed;
        expected += cluster[i].expected;
    }
    const double excess = observed - expected, mean = excess / (double)count;
    for (size_t i = 0; i < count; i++) {
        const double away = cluster[i].observed - cluster[i].expected - mean;
        square += away * away;
        cube += away * away * away;
        if (observed > 0 && expected > 0) {
            const double part = cluster[i].observed / observed - cluster[i].expected / expected;
            log_square += part * part;
        }
    }
    const double sd = sqrt(square), skewness = square > 0 ? cube / (square * sd) : 0;
    const double shift = skewness * (Z * Z - 1) / 6;
    struct toil_cluster_interval out = {
        .excess_low = excess + sd * (shift - Z),
        .excess_high = excess + sd * (shift + Z),
        .ratio_low = NAN,
        .ratio_high = NAN,
    };
    if (expected > 0) {
        const double width = Z * sqrt(log_square), ratio = observed / expected;
        out.ratio_low = ratio * exp(-width);
        out.ratio_high = ratio * exp(width);
    }
    return out;
}
