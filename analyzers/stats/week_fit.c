/* The code behind week_fit.h. */
#include "week_fit.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "toilmeter/buf.h"

#define MIN_REST    4
#define MAX_STEPS   100
#define CLOSE       1e-10
#define MAX_RHO     0.85
#define MAX_FADE    0.92
#define HUBER       1.345
#define NORMAL_MAD  1.4826 /* standard deviation of a normal distribution over its median absolute deviation */
#define PRIOR_STEPS 4      /* the prior's weight hangs on the dispersion, and that on the fit */
#define NO_REST     1e-12
#define FLAT        -25.0 /* a linear predictor so low runs to minus infinity */

/* The weeks that take part, with room for a row for each prior. */
struct work {
    const struct toil_week_data *data;
    double *x, *y, *exposure, *weight, *target, *rest;
    size_t *week;
    size_t used, rows, columns;
    double coefficient[TOIL_WEEK_FIT_COLUMNS], inverse[TOIL_WEEK_FIT_COLUMNS * TOIL_WEEK_FIT_COLUMNS];
    double scale; /* dispersion times inflation, of the pass before */
};

static double prior_of(const struct toil_week_data *data, size_t column)
{
    return data->prior_sd ? data->prior_sd[column] : 0;
}

static bool takes_part(const struct toil_week_data *data, size_t week)
{
    return !(data->left_out && data->left_out[week]) && !isnan(data->y[week]);
}

static bool is_sound(const struct toil_week_data *data)
{
    if (data->columns == 0 || data->columns > TOIL_WEEK_FIT_COLUMNS)
        return false;
    for (size_t w = 0; w < data->count; w++) {
        if (!takes_part(data, w))
            continue;
        double y = data->y[w];
        if (!isfinite(y) || (data->family == TOIL_WEEK_COUNT && y < 0) || (data->family == TOIL_WEEK_LEVEL && !(y > 0)))
            return false;
        if (data->exposure && !(data->exposure[w] > 0 && isfinite(data->exposure[w])))
            return false;
        for (size_t c = 0; c < data->columns; c++)
            if (!isfinite(data->x[w * data->columns + c]))
                return false;
    }
    return true;
}

static void gather(struct work *work)
{
    const struct toil_week_data *data = work->data;
    for (size_t w = 0; w < data->count; w++) {
        if (!takes_part(data, w))
            continue;
        size_t row = work->used++;
        memcpy(work->x + row * work->columns, data->x + w * work->columns, work->columns * sizeof *work->x);
        work->exposure[row] = data->exposure ? data->exposure[w] : 1;
        work->y[row] = data->family == TOIL_WEEK_LEVEL ? log(data->y[w]) : data->y[w];
        work->week[row] = w;
    }
    work->rows = work->used;
    for (size_t c = 0; c < work->columns; c++) {
        if (!(prior_of(data, c) > 0))
            continue;
        memset(work->x + work->rows * work->columns, 0, work->columns * sizeof *work->x);
        work->x[work->rows * work->columns + c] = 1;
        work->target[work->rows++] = 0;
    }
}

static void weigh_priors(struct work *work)
{
    size_t row = work->used;
    for (size_t c = 0; c < work->columns; c++) {
        double sd = prior_of(work->data, c);
        if (sd > 0)
            work->weight[row++] = work->scale / (sd * sd);
    }
}

static double linear_of(const struct work *work, size_t row)
{
    double sum = 0;
    for (size_t c = 0; c < work->columns; c++)
        sum += work->x[row * work->columns + c] * work->coefficient[c];
    return sum;
}

static bool solve(struct work *work)
{
    return toil_least_squares(work->x, work->target, work->weight, work->rows, work->columns, work->coefficient,
                              work->inverse);
}

/* One round of reweighted least squares from the means `mean`. */
static bool step_counts(struct work *work, const double *mean)
{
    for (size_t row = 0; row < work->used; row++) {
        work->weight[row] = mean[row];
        work->target[row] =
            log(mean[row] / work->exposure[row]) + (work->y[row] * work->exposure[row] - mean[row]) / mean[row];
    }
    return solve(work);
}

static enum toil_stats_result fit_counts(struct work *work)
{
    double *mean = work->rest; /* of the whole week: exposure times rate; residuals take its place at the end */
    double sum = 0, exposure = 0, before = INFINITY;
    for (size_t row = 0; row < work->used; row++) {
        sum += work->y[row] * work->exposure[row];
        exposure += work->exposure[row];
    }
    if (!(sum > 0))
        return TOIL_STATS_ALL_ZERO;
    for (size_t row = 0; row < work->used; row++)
        mean[row] = (work->y[row] * work->exposure[row] + sum / exposure * work->exposure[row]) / 2;
    for (unsigned step = 0; step < MAX_STEPS; step++) {
        double change = 0, deviance = 0;
        if (!step_counts(work, mean))
            return TOIL_STATS_SINGULAR;
        for (size_t row = 0; row < work->used; row++) {
            double linear = linear_of(work, row), y = work->y[row] * work->exposure[row];
            if (!(linear < 700))
                return TOIL_STATS_NOT_CONVERGED;
            mean[row] = fmax(exp(linear) * work->exposure[row], 1e-12);
            deviance += 2 * ((y > 0 ? y * log(y / mean[row]) : 0) - (y - mean[row]));
        }
        change = fabs(deviance - before) / (fabs(deviance) + 0.1);
        before = deviance;
        if (change < CLOSE)
            break;
        if (step + 1 == MAX_STEPS)
            return TOIL_STATS_NOT_CONVERGED;
    }
    for (size_t row = 0; row < work->used; row++)
        if (linear_of(work, row) < FLAT)
            return TOIL_STATS_SEPARATED;
    for (size_t row = 0; row < work->used; row++)
        work->rest[row] = (work->y[row] * work->exposure[row] - mean[row]) / sqrt(mean[row]);
    return TOIL_STATS_OK;
}

/* room: [used]; what is in it is lost. */
static double scale_of(const struct work *work, double *room)
{
    for (size_t row = 0; row < work->used; row++)
        room[row] = fabs(work->rest[row]);
    return NORMAL_MAD * gsl_stats_median(room, 1, work->used);
}

static enum toil_stats_result fit_gaussian(struct work *work)
{
    double before = INFINITY;
    for (size_t row = 0; row < work->used; row++) {
        work->target[row] = work->y[row];
        work->weight[row] = 1;
    }
    for (unsigned step = 0; step < MAX_STEPS; step++) {
        double change = 0;
        if (!solve(work))
            return TOIL_STATS_SINGULAR;
        for (size_t row = 0; row < work->used; row++) {
            work->rest[row] = work->y[row] - linear_of(work, row);
            change += work->rest[row] * work->rest[row];
        }
        double scale = work->data->robust ? scale_of(work, work->exposure) : 0;
        if (!(scale > 0) || fabs(change - before) <= CLOSE * change)
            break;
        before = change;
        for (size_t row = 0; row < work->used; row++)
            work->weight[row] = fmin(1, HUBER * scale / fmax(fabs(work->rest[row]), 1e-300));
    }
    return TOIL_STATS_OK;
}

/* Huber: the sum of psi squared over the square of the mean slope of psi; without it the sum of squares. */
static double squares_of(struct work *work)
{
    bool robust = work->data->family != TOIL_WEEK_COUNT && work->data->robust;
    double squares = 0, inside = 0, scale = robust ? scale_of(work, work->exposure) : 0;
    for (size_t row = 0; row < work->used; row++) {
        double rest = work->rest[row];
        if (scale > 0 && fabs(rest) > HUBER * scale)
            rest = copysign(HUBER * scale, rest);
        else
            inside++;
        squares += rest * rest;
    }
    inside /= (double)work->used;
    return squares / (inside * inside);
}

/* Autocorrelation at a lag, of weeks so far apart, with Kendall's correction. */
static double autocorrelation(const struct work *work, size_t lag)
{
    double products = 0, squares = 0, n = (double)work->used, p = (double)work->columns;
    for (size_t row = 0, behind = 0; row < work->used; row++) {
        squares += work->rest[row] * work->rest[row];
        while (work->week[behind] + lag < work->week[row])
            behind++;
        if (work->week[behind] + lag == work->week[row])
            products += work->rest[row] * work->rest[behind];
    }
    return (n * products / squares + 1 + p) / (n - 4);
}

/* What neighbouring weeks share fades by `fade` a week; noise of single weeks on top of it hides that from the first
 * lag, the second over the first shows it. */
static double inflation_of(const struct work *work, double *rho)
{
    *rho = fmin(fmax(autocorrelation(work, 1), 0), MAX_RHO);
    double fade = *rho > 0 ? autocorrelation(work, 2) / *rho : 0;
    fade = fmin(fmax(fade, *rho), MAX_FADE);
    return 1 + 2 * *rho / (1 - fade);
}

static enum toil_stats_result pass(struct work *work, struct toil_week_fit *out)
{
    weigh_priors(work);
    enum toil_stats_result result = work->data->family == TOIL_WEEK_COUNT ? fit_counts(work) : fit_gaussian(work);
    if (result != TOIL_STATS_OK)
        return result;
    double n = (double)work->used, p = (double)work->columns, size = 0, squares = squares_of(work);
    for (size_t row = 0; row < work->used; row++)
        size += work->y[row] * work->y[row];
    if (!(squares > NO_REST * NO_REST * size))
        return TOIL_STATS_CONSTANT;
    out->dispersion = squares / (n - p);
    out->inflation = inflation_of(work, &out->rho);
    out->freedom = fmax(n / out->inflation - p, TOIL_WEEK_LEAST_FREEDOM);
    work->scale = out->dispersion * out->inflation;
    return TOIL_STATS_OK;
}

static void keep(const struct work *work, struct toil_week_fit *out)
{
    out->columns = work->columns;
    out->used = work->used;
    memcpy(out->coefficient, work->coefficient, sizeof out->coefficient);
    for (size_t i = 0; i < work->columns * work->columns; i++)
        out->covariance[i] = work->inverse[i] * work->scale;
}

static void say_nothing(struct toil_week_fit *out)
{
    *out = (struct toil_week_fit){
        .dispersion = (double)NAN, .rho = (double)NAN, .inflation = (double)NAN, .freedom = (double)NAN};
    for (size_t i = 0; i < TOIL_WEEK_FIT_COLUMNS; i++)
        out->coefficient[i] = NAN;
    for (size_t i = 0; i < TOIL_WEEK_FIT_COLUMNS * TOIL_WEEK_FIT_COLUMNS; i++)
        out->covariance[i] = NAN;
}

enum toil_stats_result toil_week_fit(const struct toil_week_data *data, struct toil_week_fit *out)
{
    say_nothing(out);
    if (!is_sound(data))
        return TOIL_STATS_BAD_INPUT;
    size_t rows = data->count + data->columns;
    double *room = toil_xcalloc(rows * (data->columns + 5), sizeof *room);
    struct work work = {.data = data, .columns = data->columns, .x = room, .scale = 1};
    work.y = room + rows * data->columns;
    work.exposure = work.y + rows;
    work.weight = work.exposure + rows;
    work.target = work.weight + rows;
    work.rest = work.target + rows;
    work.week = toil_xcalloc(rows, sizeof *work.week);
    gather(&work);
    enum toil_stats_result result = work.used < data->columns + MIN_REST ? TOIL_STATS_NO_DATA : TOIL_STATS_OK;
    bool priors = work.rows > work.used;
    for (unsigned step = 0; result == TOIL_STATS_OK && step < (priors ? PRIOR_STEPS : 1); step++)
        result = pass(&work, out);
    if (result == TOIL_STATS_OK)
        keep(&work, out);
    else
        say_nothing(out);
    free(room);
    free(work.week);
    return result;
}

double toil_week_linear(const struct toil_week_fit *fit, const double *row)
{
    double sum = 0;
    for (size_t c = 0; c < fit->columns; c++)
        sum += row[c] * fit->coefficient[c];
    return sum;
}

double toil_week_expected(enum toil_week_family family, double linear)
{
    return family == TOIL_WEEK_SCORE ? linear : exp(linear);
}

double toil_week_half_width(const struct toil_week_fit *fit, const double *row, double level)
{
    return gsl_cdf_tdist_Pinv(0.5 + level / 2, fit->freedom) *
           sqrt(toil_quadratic_form(row, fit->covariance, fit->columns));
}
