/* How fast a weekly series grows, when it doubles, and where it will be. Pure.
 *
 * A straight line on the log scale: quasi-Poisson for counts and sums, Huber's regression of logs for levels (see
 * week_fit.h, which also allows for weeks that go up and down together). Doubling time is ln 2 over the slope; its
 * bounds are those of the slope in the other order, so a slope that may be 0 gives no upper bound. A satisfaction score
 * has no growth in this sense. */
#ifndef TOIL_STATS_GROWTH_H
#define TOIL_STATS_GROWTH_H

#include "week_fit.h"

#define TOIL_WEEKS_PER_MONTH (30.4375 / 7)

struct toil_growth_data {
    enum toil_week_family family; /* COUNT or LEVEL */
    const double *y;              /* borrowed, [count], by week; NAN: not measured */
    const double *exposure;       /* borrowed, [count], COUNT alone; NULL: 1 */
    size_t count;
    double level; /* 0.95 */
};

enum toil_growth_verdict { TOIL_GROWTH_NONE, TOIL_GROWTH_GROWS, TOIL_GROWTH_FALLS };

struct toil_growth {
    enum toil_growth_verdict verdict;
    size_t used;                     /* weeks */
    double slope, slope_se, freedom; /* of the log, per week */
    double per_month, low, high;     /* 0.04: 4% more every 30.4375 days */
    double doubling, sooner, later;  /* months; NAN unless it grows; later is INFINITY where the slope may be 0 */
    double halving;                  /* months; NAN unless it falls */
    double rho, dispersion;
    double kendall_p;         /* Mann-Kendall, of no trend: without a model, and without regard to neighbouring weeks */
    double sen_per_month;     /* growth by Theil-Sen's slope of logs; NAN where a value is 0 */
    bool agree;               /* the robust slopes point the same way as the model's */
    struct toil_week_fit fit; /* for toil_growth_forecast */
    double middle, mean;      /* week around which the fit is centred; mean of the weeks */
};

/* TOIL_STATS_NO_DATA: fewer than 8 weeks; otherwise as toil_week_fit. Everything is NAN, verdict NONE then. */
TOIL_STATS_MUST_CHECK enum toil_stats_result toil_growth(const struct toil_growth_data *data, struct toil_growth *out);

/* What a week will show, weeks counted from the first of the data on: the expected value, and the interval in which the
 * week's own value lies (level 0.95), never below 0: of counts by a gamma distribution of that mean and variance
 * (Wilson and Hilferty's approximation). */
struct toil_forecast {
    double expected, low, high;
};
struct toil_forecast toil_growth_forecast(const struct toil_growth_data *data, const struct toil_growth *growth,
                                          double week, double exposure);

/* Back test: the series is cut every 4 weeks from its middle (at least 12 weeks) on, fitted before the cut, and each of
 * the `horizon` weeks behind it is asked whether it lies in its interval. *coverage: the share that does, NAN when no
 * week could be asked; returns how many were. */
size_t toil_growth_back_test(const struct toil_growth_data *data, size_t horizon, double *coverage);

#endif
