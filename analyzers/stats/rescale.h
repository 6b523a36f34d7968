/* Does a fitted rate describe the events? Time rescaling and the Kolmogorov-Smirnov test. Pure.
 *
 * When lambda(t) is the true rate of a Poisson process, Lambda(t) = integral of lambda turns its events into those of a
 * process of rate one: steps of Lambda between events are unit exponentials, 1 - exp(-step) are uniform. Brown,
 * Barbieri, Ventura, Kass and Frank (2002), "The time-rescaling theorem and its application to neural spike train data
 * analysis", Neural Computation 14, 325-346.
 *
 * The p-value is that of a rate which was known beforehand. When the rate was fitted to the same events, it is too
 * large: a small one still says that the fit is bad, a large one says little. */
#ifndef TOIL_STATS_RESCALE_H
#define TOIL_STATS_RESCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fewer values are not tested: nothing but the grossest misfit would show. */
#define TOIL_KS_MIN_COUNT 8

struct toil_ks {
    size_t count;     /* values tested */
    bool tested;      /* at least TOIL_KS_MIN_COUNT values, none outside of what they must be in */
    double statistic; /* D, the greatest distance of the distributions; NAN when not tested */
    double p;         /* NAN when not tested */
};

/* P(D_n < d) of count values of a known continuous distribution: exact by Marsaglia, Tsang and Wang (2003), "Evaluating
 * Kolmogorov's distribution", J. Statist. Software 8(18), up to 200 values; beyond by Kolmogorov's limit at
 * x + 1/(6 sqrt(n)) + (x - 1)/(4 n), x = d sqrt(n), Vrbik (2018), "Small-sample corrections to Kolmogorov-Smirnov test
 * statistic", Pioneer J. Theor. Appl. Statist. 15, 15-23, whose error there is below 1e-4. 0 without values. */
double toil_ks_cdf(double d, size_t count);

/* Two-sided Kolmogorov-Smirnov test of values against the uniform distribution on 0..1, in any order. */
struct toil_ks toil_ks_uniform(const double *values, size_t count);

/* The same against the exponential distribution with mean 1. */
struct toil_ks toil_ks_exponential(const double *values, size_t count);

/* Events at known times. cumulative: Lambda at each event, ascending, from 0 at the beginning of the window. Tests the
 * steps between them, the first from 0; what follows the last event is no whole step and does not count. */
struct toil_ks toil_rescale_events(const double *cumulative, size_t count);

/* Events known by bin only: expected[i] and observed[i] events in bin i. Where several fall into a bin, or rates
 * are low, steps of Lambda can't have the exponential distribution; so each event gets a place of its own in its bin,
 * uniform in Lambda (which is where the events of a Poisson process are, given their number), from GSL's mt19937 seeded
 * with the low 32 bits of seed. After Haslinger, Pipa and Brown (2010), "Discrete time rescaling theorem", Neural
 * Computation 22, 2477-2506, which does so for bins of 0 or 1 event. Events where nothing is expected make steps of 0:
 * the test fails then, as it should. Not tested when an expected number is negative or not finite. */
struct toil_ks toil_rescale_binned(const double *expected, const uint32_t *observed, size_t bin_count, uint64_t seed);

#endif
