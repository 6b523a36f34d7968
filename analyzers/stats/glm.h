/* Regression of counts on a log scale, with offset: Poisson, quasi-Poisson, negative-binomial. And Newey-West. Pure.
 *
 * log E(y_i) = offset_i + sum over j of x_ij b_j. Fitted by iteratively reweighted least squares: Nelder and Wedderburn
 * (1972), "Generalized linear models", J. R. Statist. Soc. A 135, 370-384; steps are halved while they raise the
 * deviance. Poisson             Var(y) = mu quasi-Poisson       Var(y) = dispersion mu, dispersion = sum((y - mu)^2 /
 * mu) / (count - columns): Wedderburn (1974), "Quasi-likelihood functions", Biometrika 61, 439-447 negative-binomial
 * Var(y) = mu + mu^2 / theta, theta by maximum likelihood in turn with the coefficients: Venables and Ripley (2002),
 * "Modern Applied Statistics with S", 7.4 (glm.nb of R's MASS) It agrees with R's glm and MASS::glm.nb. */
#ifndef TOIL_STATS_GLM_H
#define TOIL_STATS_GLM_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

enum toil_glm_family { TOIL_GLM_POISSON, TOIL_GLM_QUASIPOISSON, TOIL_GLM_NEGATIVE_BINOMIAL };

struct toil_glm_data {
    const double *x;      /* borrowed; count rows of columns values; a column of ones is the intercept */
    const double *y;      /* borrowed; count values, 0 or more; whole numbers but for quasi-Poisson */
    const double *offset; /* borrowed; log of the exposure; NULL: 0 */
    size_t count, columns;
};

struct toil_glm {
    enum toil_glm_family family;
    size_t count, columns;
    double *coefficient;   /* owned, [columns] */
    double *se;            /* owned, [columns]: of the coefficients, by the covariance */
    double *covariance;    /* owned, [columns * columns]: dispersion times the inverse information */
    double *fitted;        /* owned, [count]: E(y) */
    double deviance;       /* from the saturated model */
    double dispersion;     /* 1 unless quasi-Poisson */
    double log_likelihood; /* NAN for quasi-Poisson: it has none */
    double theta;          /* negative-binomial; NAN otherwise, and in the Poisson limit */
    double theta_se;       /* by observed information; NAN with theta */
    bool poisson_limit;    /* negative-binomial, but the counts are no more scattered than Poisson ones: the likelihood
                            * rises for ever with theta, and the numbers are those of the Poisson fit */
    unsigned iterations;
};

/* Fits. *out must not own anything; what it owns afterwards is released by toil_glm_release, whatever the result. With
 * a result other than TOIL_STATS_OK, out has no numbers (pointers NULL, NAN). TOIL_STATS_NO_DATA: no rows, no columns,
 * fewer rows than columns (quasi-Poisson: no more); TOIL_STATS_BAD_INPUT: a value that isn't finite, a count below 0;
 * TOIL_STATS_ALL_ZERO; TOIL_STATS_SINGULAR; TOIL_STATS_SEPARATED: a combination of columns has no counts, its
 * coefficient would be minus infinity; TOIL_STATS_NOT_CONVERGED. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_glm_fit(const struct toil_glm_data *data, enum toil_glm_family family,
                                                          struct toil_glm *out);
void toil_glm_release(struct toil_glm *glm);

/* Lags that Newey and West (1994), "Automatic lag selection in covariance matrix estimation", Rev. Econ. Stud. 61,
 * 631-653, take for count observations: floor(4 (count / 100)^(2/9)), less than count. */
size_t toil_newey_west_lag(size_t count);

/* Covariance of coefficients that allows for autocorrelation and unequal variance: bread (sum over i, j of
 * w_|i-j| s_i s_j') bread with Bartlett weights w_l = 1 - l / (lag + 1) up to lag. Newey and West (1987), "A simple,
 * positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix", Econometrica 55,
 * 703-708. As R's sandwich::NeweyWest(fit, lag, prewhite = FALSE, adjust = FALSE). scores: count rows of columns
 * derivatives of the log likelihood, in order of time. bread: the inverse information, columns by columns. covariance:
 * columns by columns out. */
void toil_newey_west(const double *scores, const double *bread, size_t count, size_t columns, size_t lag,
                     double *covariance);

/* The same for a fit of toil_glm_fit and its data, rows in order of time. */
void toil_glm_newey_west(const struct toil_glm_data *data, const struct toil_glm *glm, size_t lag, double *covariance);

#endif
