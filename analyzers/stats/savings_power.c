/* The power of savings.h: what the regression will be able to tell, before its weeks are there. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "linear.h"
#include "savings.h"

#define COLUMNS     3 /* one, level, trend */
#define TREND_WEEKS 26.0
#define MOST_FALL   (-0.99)
#define MOST_RISE   9.0
#define STEPS       60
#define PARTS       100

/* Standard error and degrees of freedom of the level. */
static double level_se(const struct toil_power_data *data, double *freedom)
{
    double information[COLUMNS * COLUMNS] = {0}, inverse[COLUMNS * COLUMNS];
    double inflation = (1 + data->rho) / (1 - data->rho), scale = data->dispersion * inflation;
    size_t count = data->before + data->after;
    for (size_t w = 0; w < count; w++) {
        bool after = w >= data->before;
        const double row[COLUMNS] = {1, after, ((double)w - (double)data->before) / TREND_WEEKS};
        double weight = (data->family == TOIL_WEEK_COUNT ? data->rate * (after ? 1 + data->change : 1) : 1) / scale;
        for (size_t i = 0; i < COLUMNS * COLUMNS; i++)
            information[i] += weight * row[i / COLUMNS] * row[i % COLUMNS];
    }
    double sd = TOIL_SAVINGS_TREND_SD * (data->family == TOIL_WEEK_SCORE ? sqrt(data->dispersion) : 1);
    information[COLUMNS * COLUMNS - 1] += 1 / (sd * sd);
    *freedom = fmax((double)count / inflation - COLUMNS, TOIL_WEEK_LEAST_FREEDOM);
    return toil_invert_symmetric(information, COLUMNS, inverse) ? sqrt(inverse[COLUMNS + 1]) : (double)NAN;
}

double toil_power(const struct toil_power_data *data)
{
    double freedom;
    if (!(data->rate > 0) || !(data->dispersion > 0) || !(data->rho >= 0 && data->rho < 1) || data->before < 2 ||
        !(data->change > -1) || data->change == 0)
        return (double)NAN;
    if (data->after < TOIL_SAVINGS_LEAST_AFTER)
        return 0; /* no verdict is made of so few */
    double se = level_se(data, &freedom);
    double effect = fabs(data->family == TOIL_WEEK_SCORE ? data->rate * data->change : log1p(data->change));
    return gsl_cdf_ugaussian_P(effect / se - gsl_cdf_tdist_Pinv(0.975, freedom));
}

double toil_power_weeks(const struct toil_power_data *data, double wanted)
{
    struct toil_power_data at = *data;
    for (at.after = TOIL_SAVINGS_LEAST_AFTER; at.after <= TOIL_SAVINGS_MOST_AFTER; at.after++)
        if (toil_power(&at) >= wanted)
            return (double)at.after;
    return (double)NAN;
}

double toil_power_change(const struct toil_power_data *data, double wanted)
{
    struct toil_power_data at = *data;
    double most = data->change < 0 ? MOST_FALL : MOST_RISE, near = 0, far = 0;
    /* Not from the far end: counts that all but vanish have a level that nothing tells. */
    for (int part = 1; part <= PARTS; part++) {
        far = most * part / PARTS;
        at.change = far;
        if (toil_power(&at) >= wanted)
            break;
        near = far;
    }
    if (near == far)
        return (double)NAN;
    for (int step = 0; step < STEPS; step++) {
        at.change = (near + far) / 2;
        if (toil_power(&at) >= wanted)
            far = at.change;
        else
            near = at.change;
    }
    return far;
}
