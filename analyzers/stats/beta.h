/* The beta and binomial distributions, also for counts in the millions, where GSL's answer is NAN or never comes. Pure.
 */
#ifndef TOIL_STATS_BETA_H
#define TOIL_STATS_BETA_H

#include <stdint.h>

/* I_x(a, b) for a, b > 0 and x in 0..1. Continued fraction by Lentz's method (Press, Teukolsky, Vetterling and
 * Flannery, "Numerical Recipes in C", 2nd edition, 6.4.5); the factor before it by Loader (2000), "Fast and accurate
 * computation of binomial probabilities". NAN outside of the domain. Relative error about 1e-12 up to 1e9. */
double toil_beta_cdf(double x, double a, double b);

/* The x in 0..1 with I_x(a, b) = p, by bisection. NAN outside of the domain. */
double toil_beta_quantile(double p, double a, double b);

/* P(K = k) and P(K <= k) of K successes in n trials with probability p. Loader (2000), as above. */
double toil_binomial_pmf(uint64_t k, uint64_t n, double p);
double toil_binomial_cdf(uint64_t k, uint64_t n, double p);

#endif
