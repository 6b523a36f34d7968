/* The code behind before_after.h. */
#include "before_after.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "linear.h"
#include "toilmeter/buf.h"

#define MIN_REST_FREEDOM 5
#define MAX_RHO          0.85
/* Residuals below this part of the series' size are rounding. */
#define NO_REST 1e-12

struct fit {
    const struct toil_before_after_data *data;
    size_t columns; /* with the intercept */
    double *x;      /* [count * columns] */
    double *coefficient, *inverse;
    double *mean_after; /* [columns] */
    double *rest;       /* [before] */
};

static bool is_sound(const struct toil_before_after_data *data, double level)
{
    bool sound = level > 0 && level < 1 && data->before <= data->after && data->after <= data->count;
    for (size_t i = 0; i < data->count && sound; i++)
        sound = isfinite(data->y[i]);
    for (size_t i = 0; i < data->count * data->control_count && sound; i++)
        sound = isfinite(data->control[i]);
    return sound;
}

static double expected_at(const struct fit *fit, size_t row)
{
    double sum = 0;
    for (size_t i = 0; i < fit->columns; i++)
        sum += fit->x[row * fit->columns + i] * fit->coefficient[i];
    return sum;
}

static void fill_design(struct fit *fit)
{
    const struct toil_before_after_data *data = fit->data;
    double after = (double)(data->count - data->after);
    for (size_t row = 0; row < data->count; row++)
        for (size_t i = 0; i < fit->columns; i++) {
            double cell = i == 0 ? 1 : data->control[row * data->control_count + i - 1];
            fit->x[row * fit->columns + i] = cell;
            if (row >= data->after)
                fit->mean_after[i] += cell / after;
        }
}

static double corrected_rho(const struct fit *fit, double squares)
{
    double products = 0, n = (double)fit->data->before;
    for (size_t row = 1; row < fit->data->before; row++)
        products += fit->rest[row] * fit->rest[row - 1];
    return fmin(fmax((n * products / squares + 1 + (double)fit->columns) / (n - 4), 0), MAX_RHO);
}

static void fill_means(const struct fit *fit, struct toil_before_after *out)
{
    double after = (double)(fit->data->count - fit->data->after);
    out->observed = 0;
    out->expected = 0;
    for (size_t row = fit->data->after; row < fit->data->count; row++) {
        out->observed += fit->data->y[row] / after;
        out->expected += expected_at(fit, row) / after;
    }
    out->effect = out->observed - out->expected;
    out->total = out->effect * after;
}

static enum toil_stats_result fill_interval(struct fit *fit, double level, struct toil_before_after *out)
{
    double squares = 0, size = 0, n = (double)fit->data->before, p = (double)fit->columns;
    double after = (double)(fit->data->count - fit->data->after);
    for (size_t row = 0; row < fit->data->before; row++) {
        fit->rest[row] = fit->data->y[row] - expected_at(fit, row);
        squares += fit->rest[row] * fit->rest[row];
        size += fit->data->y[row] * fit->data->y[row];
    }
    if (!(squares > NO_REST * NO_REST * size))
        return TOIL_STATS_CONSTANT;
    out->rho = corrected_rho(fit, squares);
    double inflation = (1 + out->rho) / (1 - out->rho);
    double variance =
        squares / (n - p) * inflation * (1 / after + toil_quadratic_form(fit->mean_after, fit->inverse, fit->columns));
    out->freedom = fmax(n / inflation - p, 1);
    double half = gsl_cdf_tdist_Pinv(0.5 + level / 2, out->freedom) * sqrt(variance);
    out->low = out->effect - half;
    out->high = out->effect + half;
    out->total_low = out->low * after;
    out->total_high = out->high * after;
    out->p = fmin(1, 2 * gsl_cdf_tdist_Q(fabs(out->effect) / sqrt(variance), out->freedom));
    out->changed = out->low > 0 || out->high < 0;
    return TOIL_STATS_OK;
}

enum toil_stats_result toil_before_after(const struct toil_before_after_data *data, double level,
                                         struct toil_before_after *out)
{
    *out = (struct toil_before_after){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, false};
    size_t columns = data->control_count + 1;
    if (!is_sound(data, level))
        return TOIL_STATS_BAD_INPUT;
    if (data->after == data->count || data->before < columns + MIN_REST_FREEDOM)
        return TOIL_STATS_NO_DATA;
    double *work = toil_xcalloc(data->count * columns + columns * columns + 2 * columns + data->before, sizeof *work);
    struct fit fit = {.data = data, .columns = columns, .x = work};
    fit.coefficient = fit.x + data->count * columns;
    fit.inverse = fit.coefficient + columns;
    fit.mean_after = fit.inverse + columns * columns;
    fit.rest = fit.mean_after + columns;
    fill_design(&fit);
    enum toil_stats_result result = TOIL_STATS_SINGULAR;
    if (toil_least_squares(fit.x, data->y, NULL, data->before, columns, fit.coefficient, fit.inverse)) {
        fill_means(&fit, out);
        result = fill_interval(&fit, level, out);
    }
    free(work);
    return result;
}
