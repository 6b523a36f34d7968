/* Intervals of an excess and of a rate ratio over clusters. Pure. Internal to the screen. */
#ifndef TOIL_STATS_SCREEN_INTERVAL_H
#define TOIL_STATS_SCREEN_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

struct toil_cluster_counts {
    double observed, expected;
};

struct toil_cluster_interval {
    double excess_low, excess_high;
    double ratio_low, ratio_high; /* NAN where nothing is expected, so that no finite number would be right */
};

/* 95%, percentiles of bootstrap draws of whole clusters. The same stream gives the same interval. */
struct toil_cluster_interval toil_interval_bootstrap(const struct toil_cluster_counts *cluster, size_t count,
                                                     uint64_t stream);
/* What the bootstrap tends to, at a fraction of its cost: of the excess a normal distribution corrected for skewness
 * (Cornish and Fisher 1938), of the ratio a normal distribution of its logarithm (the delta method). */
struct toil_cluster_interval toil_interval_normal(const struct toil_cluster_counts *cluster, size_t count);

#endif
