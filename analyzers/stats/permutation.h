/* The permutation test of a sum over clusters. Pure.
 *
 * Each cluster has one count of its own and those of its referents. Under the null it might as well have had any of
 * them: a draw takes one at random from each cluster, and p is the share of draws whose sum is at least that of the
 * clusters' own counts. Nothing is drawn: the distribution of the sum is the convolution of the clusters', counted out
 * exactly where that is cheap (it keeps its relative precision in the tail), else by a saddlepoint approximation with
 * the correction for whole numbers (Lugannani and Rice 1980; Daniels 1987, second continuity correction), or by the
 * normal distribution where the sum is less than a standard deviation above what is expected. */
#ifndef TOIL_STATS_PERMUTATION_H
#define TOIL_STATS_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

#define TOIL_PERMUTATION_OPTIONS 9

struct toil_permutation_unit {
    uint32_t option[TOIL_PERMUTATION_OPTIONS]; /* the cluster's own count first */
    uint32_t count;                            /* of options; 1 to TOIL_PERMUTATION_OPTIONS */
};

enum toil_permutation_method {
    TOIL_PERMUTATION_AUTO,
    TOIL_PERMUTATION_EXACT,
    TOIL_PERMUTATION_SADDLEPOINT,
    TOIL_PERMUTATION_NORMAL,
};

/* One-sided p: the sum is as large, or larger. Above 0 and at most 1, also of no units (1). */
double toil_permutation_p(const struct toil_permutation_unit *unit, size_t count, enum toil_permutation_method method);

#endif
