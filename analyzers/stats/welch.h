/* The difference of two means with unequal variances: Welch's interval. Pure numerics. */
#ifndef TOIL_STATS_WELCH_H
#define TOIL_STATS_WELCH_H

#include <stdbool.h>
#include <stddef.h>

struct toil_sample {
    size_t count;
    double mean;
    double variance; /* with count - 1 below the line */
};

struct toil_welch {
    double difference;         /* mean of a less mean of b */
    double low, high;          /* its interval */
    double degrees_of_freedom; /* Welch-Satterthwaite */
};

/* Welch (1947), with Student's t at the Welch-Satterthwaite degrees of freedom. level: 0.95 for a 95% interval. False
 * when a sample has fewer than two values or when no value differs from its mean: then nothing tells how exact the
 * means are. */
bool toil_welch_interval(const struct toil_sample *a, const struct toil_sample *b, double level,
                         struct toil_welch *out);

#endif
