/* What a fix has saved, week by week, and when that can be told. Pure.
 *
 * Segmented regression of an interrupted time series (Wagner et al. (2002), "Segmented regression analysis of
 * interrupted time series studies in medication use research", J. Clin. Pharm. Ther. 27, 299-309; Lopez Bernal, Cummins
 * and Gasparrini (2017), "Interrupted time series regression for the evaluation of public health interventions", Int.
 * J. Epidemiol. 46, 348-355), by week_fit.h, on the log scale unless it is a score:
 *
 *   a + level [after] + trend (week - deployment) / 26 + two harmonics of the year + control log(control series)
 *
 * The trend is soft: its prior is normal, standard deviation 0.3 per 26 weeks. Without a trend a slow decline is taken
 * for a saving nearly always, with a free one half of the power is gone. (A score's: 0.3 of its standard deviation.)
 * Harmonics only where a whole year and more lies before. The control has a normal prior, standard deviation 1.
 *
 * The saving is S = sum over the weeks after of (expected without the fix - observed): draws of the coefficients (t
 * tails) and of the noise of the observed weeks. */
#ifndef TOIL_STATS_SAVINGS_H
#define TOIL_STATS_SAVINGS_H

#include <stdint.h>

#include "week_fit.h"

#define TOIL_SAVINGS_DRAWS       2000
#define TOIL_SAVINGS_TREND_SD    0.3
#define TOIL_SAVINGS_LEAST_AFTER 4   /* weeks: no verdict is made of fewer */
#define TOIL_SAVINGS_MOST_AFTER  520 /* weeks that are looked ahead */

struct toil_savings_data {
    enum toil_week_family family;
    const double *y;        /* borrowed, [count], by week; NAN: not measured */
    const double *exposure; /* borrowed, [count], COUNT alone; NULL: 1 */
    const double *control;  /* borrowed, [count], 0 or more (COUNT), above 0 (LEVEL), any (SCORE); NULL: none */
    const bool *left_out;   /* borrowed, [count]: weeks that triggered the proposal, that of the deployment */
    size_t count;
    size_t after;        /* the first week after */
    bool more_is_better; /* a saving is a rise: satisfaction */
    double promised;     /* change that was promised, -0.3 for 30% less; 0: none */
    uint64_t seed;
};

enum toil_savings_verdict { TOIL_CANNOT_TELL_YET, TOIL_SAVED, TOIL_NOT_SAVED };
/* "cannot tell yet", "saved", "not saved" */
extern const char *const toil_savings_verdicts[];

struct toil_savings {
    enum toil_savings_verdict verdict;
    size_t before, after;                   /* weeks that took part */
    double observed, expected;              /* means a week after; expected: without the fix */
    double saved, low, high;                /* a week, 95%: positive is better (a score: points gained) */
    double total, total_low, total_high;    /* of all weeks after that took part */
    double change, change_low, change_high; /* observed over expected - 1; NAN for a score */
    double weeks_needed; /* more weeks until a saving like the promised one, or the one seen where nothing was promised,
                          * would show; 0 with a verdict, NAN when none would */
    bool harmonics, controlled; /* what the model had */
    double rho, dispersion, freedom;
    double *without, *without_low, *without_high; /* [count], owned: expected without the fix, 95% of the expectation */
};

/* Verdicts: saved when the interval lies above 0; not saved when it lies below 0, or holds 0 and not what was promised;
 * else it cannot be told yet. TOIL_STATS_NO_DATA: fewer than 8 weeks before, or TOIL_SAVINGS_LEAST_AFTER after;
 * otherwise as toil_week_fit. Then everything is NAN and without is NULL. Release with toil_savings_release. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_savings(const struct toil_savings_data *data,
                                                          struct toil_savings *out);
void toil_savings_release(struct toil_savings *savings);

/* ---- before there is anything to see ---- */

/* The same regression on weeks to come: `before` weeks at `rate`, `after` at rate (1 + change). */
struct toil_power_data {
    enum toil_week_family family;
    double rate;       /* a week; above 0 */
    double dispersion; /* COUNT: variance over mean; LEVEL: variance of the log; SCORE: variance */
    double rho;        /* 0 to 0.85 */
    size_t before, after;
    double change; /* -0.3: 30% less; above -1. SCORE: of the rate, too */
};
/* Probability that the 95% interval leaves 0 out on the right side, by the normal distribution of the level over its
 * standard error (Gelman and Hill (2007), "Data Analysis Using Regression", 20.1), at most 1; NAN for what cannot be.
 */
double toil_power(const struct toil_power_data *data);
/* Weeks after for a power of `wanted`; NAN when TOIL_SAVINGS_MOST_AFTER are not enough. data->after doesn't matter. */
double toil_power_weeks(const struct toil_power_data *data, double wanted);
/* The smallest change of the sign of data->change that has this power after data->after weeks; NAN when none has.
 * A fall is not looked for below -0.99, a rise above 9. data->change's size doesn't matter. */
double toil_power_change(const struct toil_power_data *data, double wanted);

#endif
