/* When a fix has paid for itself, and which fix first. Pure, by seeded draws: the same numbers on any machine. */
#ifndef TOIL_STATS_PAYBACK_H
#define TOIL_STATS_PAYBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result.h"

/* Effort is log-normal around what was planned: true effort is within a factor of 1.5 in 8 of 10 cases, which is
 * what Boehm's cone of uncertainty has once requirements are known (Boehm (1981), "Software Engineering Economics";
 * McConnell (2006), "Software Estimation", ch. 4). */
#define TOIL_EFFORT_FACTOR 1.5

/* Something known with its uncertainty: a normal or Student's t distribution. */
struct toil_uncertain {
    double value, se;
    double freedom; /* of t; INFINITY: normal */
};

struct toil_payback_data {
    double effort;                /* planned, in what `saving` saves a week: hours, or money; above 0 */
    double lead_weeks;            /* from the start to the day it ships, as planned: it stretches as the effort does */
    struct toil_uncertain saving; /* a week, once it shipped */
    double target_weeks;          /* from the start; 0: none */
    unsigned draws;               /* 10000 is much */
    uint64_t seed;
};

struct toil_payback {
    bool established;         /* the saving's 95% interval lies above 0 */
    double median, low, high; /* weeks from the start, 80% range; high is INFINITY when it may never pay back */
    double least, most;       /* 95% range */
    double by_target;         /* probability; NAN without target */
};

/* T = lead + effort / saving, both drawn. TOIL_STATS_BAD_INPUT: values that aren't finite, effort or draws not above 0,
 * se below 0. When not established all numbers but by_target are NAN. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_payback(const struct toil_payback_data *data,
                                                          struct toil_payback *out);

/* One thing among those to be ranked: what it costs to leave it a week over the effort to mend it. */
struct toil_rank_entry {
    struct toil_uncertain cost; /* of delay, a week */
    double effort;              /* planned, above 0; NAN: not known, it is not ranked */
};
struct toil_ranked {
    double ratio, low, high; /* cost over effort, 95% interval of the draws; NAN when not ranked */
    size_t rank;             /* from 1 on, ties share the least; 0 when not ranked */
};

/* How sure the order of two must be; between, they tie. */
#define TOIL_RANK_SURE 0.9

/* out: [count]. outranks: [count * count], row a column b: the probability that a comes before b; NAN where one of them
 * is not ranked. Order is by the ratio; one ties with the one before it unless that outranks it surely. Efforts of all
 * are drawn as in toil_payback. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_rank(const struct toil_rank_entry *entry, size_t count,
                                                       unsigned draws, uint64_t seed, struct toil_ranked *out,
                                                       double *outranks);

#endif
