/* Regression of one weekly series: what growth, savings and power are worked out with. Pure.
 *
 *   counts (tickets, restarts, hours summed)   log E(y) = log exposure + x b,   Var(y) = dispersion E(y)
 *   levels (a duration, above 0)               log y = x b + noise
 *   scores (satisfaction)                      y = x b + noise
 *
 * Quasi-Poisson by iteratively reweighted least squares (Wedderburn (1974), Biometrika 61, 439-447), so that shares of
 * tickets and hours need not be whole; levels and scores by least squares, levels with Huber's weights where outliers
 * must not lead (Huber (1964), "Robust estimation of a location parameter", Ann. Math. Statist. 35, 73-101, k = 1.345).
 *
 * Neighbouring weeks go up and down together. Residuals whose autocorrelation fades by f a week inflate the variance of
 * a mean by 1 + 2 r / (1 - f), r that of the first lag: with f = r it is (1 + r) / (1 - r), and where noise of single
 * weeks hides what they share, f is larger (an ARMA(1,1) process: Box, Jenkins and Reinsel, "Time Series
 * Analysis", 3.4). r is Kendall's corrected (n r + 1 + p) / (n - 4), kept in 0 to 0.85 (Kendall (1954), "Note on bias
 * in the estimation of autocorrelation", Biometrika 41, 403-404); f the second lag's over it, kept in r to 0.92.
 * Student's t has n / inflation - p degrees of freedom, at least 4.
 *
 * A coefficient may have a normal prior around 0 with a standard deviation of its own: the estimate is then the mode of
 * the posterior, and the covariance that of the posterior. */
#ifndef TOIL_STATS_WEEK_FIT_H
#define TOIL_STATS_WEEK_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

#define TOIL_WEEK_FIT_COLUMNS   8 /* at most */
#define TOIL_WEEK_LEAST_FREEDOM 4

enum toil_week_family { TOIL_WEEK_COUNT, TOIL_WEEK_LEVEL, TOIL_WEEK_SCORE };

struct toil_week_data {
    enum toil_week_family family;
    const double *y;        /* borrowed, [count]; NAN: not measured */
    const double *exposure; /* borrowed, [count], COUNT alone, above 0; NULL: 1. y is
                             * a mean of so many: y * exposure is what varies as a count */
    const double *x;        /* borrowed, count rows of columns values */
    const double *prior_sd; /* borrowed, [columns]; 0 or NULL: none */
    const bool *left_out;   /* borrowed, [count]; NULL: none */
    size_t count, columns;
    bool robust; /* LEVEL, SCORE: Huber's weights */
};

struct toil_week_fit {
    size_t columns, used; /* used: weeks that took part */
    double coefficient[TOIL_WEEK_FIT_COLUMNS];
    double covariance[TOIL_WEEK_FIT_COLUMNS * TOIL_WEEK_FIT_COLUMNS]; /* [columns * columns], inflated */
    double dispersion;                                                /* LEVEL, SCORE: the variance of the noise */
    double rho, inflation, freedom;
};

/* TOIL_STATS_NO_DATA: not at least 4 more weeks than columns; TOIL_STATS_BAD_INPUT: infinite values, counts below 0, a
 * level not above 0, too many columns; TOIL_STATS_ALL_ZERO, TOIL_STATS_SINGULAR, TOIL_STATS_SEPARATED,
 * TOIL_STATS_NOT_CONVERGED as in glm.h; TOIL_STATS_CONSTANT: residuals are all 0, so nothing tells how exact it is.
 * Everything is NAN then. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_week_fit(const struct toil_week_data *data,
                                                           struct toil_week_fit *out);

/* x b of a row; the expected value of a week with that linear predictor, exposure 1. */
double toil_week_linear(const struct toil_week_fit *fit, const double *row);
double toil_week_expected(enum toil_week_family family, double linear);
/* Half the width of the interval of a row's linear predictor. level: 0.95. */
double toil_week_half_width(const struct toil_week_fit *fit, const double *row, double level);

#endif
