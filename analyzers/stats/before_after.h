/* What changed at a point of time, beyond what series that it cannot have touched would let expect? Pure.
 *
 * For measurements (hours, durations, rates per customer), taken as Gaussian; counts belong to glm.h. The series is
 * regressed on the control series over the time before by least squares; the fit goes on after as the counterfactual;
 * the effect is the mean of what is above it. Its variance is that of the mean of the noise after and that of the
 * coefficients,
 *
 *   s^2 (1/m + x' (X'X)^-1 x) (1 + rho) / (1 - rho),   x the mean controls after, m periods after, X the controls
 * before
 *
 * (Draper and Smith, "Applied regression analysis", 1.4 and 8.1; Box and Tiao (1975), "Intervention analysis", J. Am.
 * Statist. Ass. 70, 70-79), where the last factor allows for neighbouring periods that go up and down together: rho is
 * the lag-1 autocorrelation r of the residuals with Kendall's correction, (n r + 1 + p) / (n - 4), kept in 0 to 0.85
 * (Kendall (1954), "Note on bias in the estimation of autocorrelation", Biometrika 41, 403-404); Student's t has n (1 -
 * rho) / (1 + rho) - p degrees of freedom, at least 1. */
#ifndef TOIL_STATS_BEFORE_AFTER_H
#define TOIL_STATS_BEFORE_AFTER_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

struct toil_before_after_data {
    const double *y;             /* borrowed, [count] in order of time */
    const double *control;       /* borrowed, count rows of control_count values; NULL without */
    size_t count, control_count; /* an intercept comes by itself */
    size_t before;               /* rows 0 to before - 1 are before */
    size_t after;                /* rows after to count - 1 are after; what is between is left out */
};

struct toil_before_after {
    double effect, low, high;            /* per period */
    double total, total_low, total_high; /* of all periods after */
    double p;                            /* two-sided, of no effect */
    double observed, expected;           /* means after */
    double rho, freedom;
    bool changed; /* the interval leaves 0 out */
};

/* level: 0.95 for a 95% interval. TOIL_STATS_NO_DATA: nothing after, or before not at least 5 more rows than there are
 * coefficients; TOIL_STATS_BAD_INPUT: values that aren't finite, level outside of 0..1, before and after out of order;
 * TOIL_STATS_SINGULAR: controls that are constant or follow from each other before; TOIL_STATS_CONSTANT: the series
 * follows the controls before without any rest, so nothing tells how exact the counterfactual is: effect, total,
 * observed and expected are filled in, the others NAN. Otherwise everything is NAN. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_before_after(const struct toil_before_after_data *data, double level,
                                                               struct toil_before_after *out);

#endif
