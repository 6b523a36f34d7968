/* How far a number would move with other data of the same kind: the bootstrap. Pure; the same seed gives the same
 * interval. */
#ifndef TOIL_STATS_BOOTSTRAP_H
#define TOIL_STATS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "result.h"

/* The number, of the data whose indices are given (with repeats); not finite where it has no value. */
typedef double toil_bootstrap_statistic(const size_t *index, size_t count, void *context);

struct toil_bootstrap {
    size_t count;   /* data */
    size_t block;   /* 1: each datum stands for itself; more: neighbours depend on each other, and are drawn in runs of
                     * that   many, from a circle so that the ends count as much as the middle */
    unsigned draws; /* at least 1 */
    uint64_t seed;  /* of GSL's mt19937, its low 32 bits */
    double level;   /* 0.95 for a 95% interval */
};

struct toil_bootstrap_interval {
    double estimate;  /* of the data as they are */
    double low, high; /* percentile interval */
    double se;        /* standard deviation of the draws; NAN with a single one */
    unsigned draws;   /* that had a value */
};

/* Efron (1979), "Bootstrap methods: another look at the jackknife", Ann. Statist. 7, 1-26, for block 1; for blocks
 * Politis and Romano (1992), "A circular block-resampling procedure for stationary data", in "Exploring the limits of
 * bootstrap". Quantiles are those of R's default (type 7). TOIL_STATS_NO_DATA: count 0, or the statistic has no value
 * for the data or for more than half of the draws; TOIL_STATS_BAD_INPUT: no draws, block 0 or above count, level
 * outside of 0..1. Numbers are NAN then. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_bootstrap(const struct toil_bootstrap *plan,
                                                            toil_bootstrap_statistic *statistic, void *context,
                                                            struct toil_bootstrap_interval *out);

#endif
