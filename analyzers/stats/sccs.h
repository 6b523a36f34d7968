/* Self-controlled case series: does an event follow an exposure, judged within each case? Pure.
 *
 * Each case (component, customer, person) is compared with itself, so whatever stays the same about it cannot mislead.
 * Given a case's number of events, they fall into its intervals k as a multinomial with parts proportional to length_k
 * exp(sum_j x_kj b_j): the conditional Poisson likelihood of Farrington (1995), "Relative incidence estimation from
 * case series for vaccine safety evaluation", Biometrics 51, 228-235; Whitaker, Farrington, Spiessens and Musonda
 * (2006), "Tutorial in biostatistics: the self-controlled case series method", Statistics in Medicine 25, 1768-1797.
 * Maximised by Newton's method. */
#ifndef TOIL_STATS_SCCS_H
#define TOIL_STATS_SCCS_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

struct toil_sccs_case {
    double from, to;     /* observed, to exclusive; on the scale of age: time since birth, or calendar time */
    const double *event; /* borrowed; events outside of the observed time don't count */
    size_t event_count;
    const double *exposure; /* borrowed, ascending */
    size_t exposure_count;
};

/* Time after an exposure, to exclusive; may begin before it. */
struct toil_sccs_window {
    double from, to;
};

struct toil_sccs_data {
    const struct toil_sccs_case *cases; /* borrowed */
    size_t case_count;
    const struct toil_sccs_window *window; /* borrowed; ascending, disjoint; one relative incidence each. Where windows
                                            * of several exposures overlap, that of the latest exposure counts */
    size_t window_count;
    const double *age; /* borrowed, ascending: where an age group ends and the next begins; one relative
                        * incidence each, against the first group */
    size_t age_count;
};

struct toil_sccs_effect {
    double log_ratio, se;
    double ratio, low, high; /* relative incidence, interval by the normal distribution of its logarithm */
};

struct toil_sccs {
    struct toil_sccs_effect *effect; /* owned; [window_count + age_count], windows first */
    size_t effect_count;
    size_t cases, events;  /* that count: cases without events tell nothing */
    double log_likelihood; /* conditional */
    unsigned iterations;
};

/* level: 0.95 for a 95% interval. *out is released by toil_sccs_release, whatever the result.
 * TOIL_STATS_NO_DATA: no events, no windows and no ages; TOIL_STATS_BAD_INPUT: to before from, values that aren't
 * finite, windows or ages out of order; TOIL_STATS_SINGULAR: a window or age group that no case with events has, or
 * that can't be told from another; TOIL_STATS_SEPARATED: no event in one, or every event in it;
 * TOIL_STATS_NOT_CONVERGED. out has no effects then. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_sccs_fit(const struct toil_sccs_data *data, double level,
                                                           struct toil_sccs *out);
void toil_sccs_release(struct toil_sccs *sccs);

#endif
