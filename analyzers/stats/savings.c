/* The segmented regression of savings.h. */
#include "savings.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "toilmeter/buf.h"

#define LEAST_BEFORE  8
#define YEAR_WEEKS    52.1775
#define LEAST_YEAR    60 /* weeks before, for harmonics: a year, and some of it twice */
#define TREND_WEEKS   26.0
#define CONTROL_SD    1.0
#define LEAST_CONTROL 12 /* weeks before, for a control */

enum column { C_ONE, C_LEVEL, C_TREND, C_FIRST_MORE };

const char *const toil_savings_verdicts[] = {"cannot tell yet", "saved", "not saved"};

struct model {
    const struct toil_savings_data *data;
    size_t columns;
    double *x; /* [count * columns] */
    bool *left_out;
    double prior_sd[TOIL_WEEK_FIT_COLUMNS];
    struct toil_week_fit fit;
};

static bool takes_part(const struct model *model, size_t week)
{
    return !model->left_out[week] && !isnan(model->data->y[week]);
}

static void count_weeks(const struct model *model, struct toil_savings *out)
{
    for (size_t w = 0; w < model->data->count; w++)
        if (takes_part(model, w))
            (*(w < model->data->after ? &out->before : &out->after))++;
}

/* On the scale of the line; weeks without anything count as half of one. */
static double control_of(const struct toil_savings_data *data, size_t week)
{
    if (data->family == TOIL_WEEK_SCORE)
        return data->control[week];
    return log(data->control[week] + (data->family == TOIL_WEEK_COUNT ? 0.5 : 0));
}

/* A control must be there in every week that takes part, and vary before. */
static bool control_serves(const struct model *model, size_t before)
{
    const struct toil_savings_data *data = model->data;
    double first = (double)NAN;
    bool varies = false;
    if (!data->control || before < LEAST_CONTROL)
        return false;
    for (size_t w = 0; w < data->count; w++) {
        if (!takes_part(model, w))
            continue;
        double control = control_of(data, w);
        if (!isfinite(control))
            return false;
        first = isnan(first) ? control : first;
        varies = varies || (w < data->after && control != first);
    }
    return varies;
}

static double spread_of(const struct model *model)
{
    const struct toil_savings_data *data = model->data;
    double *before = toil_xcalloc(data->count + 1, sizeof *before), sd;
    size_t count = 0;
    for (size_t w = 0; w < data->after; w++)
        if (takes_part(model, w))
            before[count++] = data->y[w];
    sd = count > 1 ? gsl_stats_sd(before, 1, count) : 0;
    free(before);
    return sd;
}

static void fill_row(const struct model *model, const struct toil_savings *out, size_t week, double *row)
{
    const struct toil_savings_data *data = model->data;
    size_t c = C_FIRST_MORE;
    row[C_ONE] = 1;
    row[C_LEVEL] = week >= data->after;
    row[C_TREND] = ((double)week - (double)data->after) / TREND_WEEKS;
    for (int harmonic = 1; out->harmonics && harmonic <= 2; harmonic++) {
        double angle = 2 * M_PI * harmonic * (double)week / YEAR_WEEKS;
        row[c++] = sin(angle);
        row[c++] = cos(angle);
    }
    if (out->controlled)
        row[c++] = takes_part(model, week) ? control_of(data, week) : 0;
}

static void center_control(struct model *model)
{
    size_t column = model->columns - 1, count = 0;
    double mean = 0;
    for (size_t w = 0; w < model->data->count; w++) {
        if (!takes_part(model, w))
            continue;
        mean += model->x[w * model->columns + column];
        count++;
    }
    mean /= (double)count;
    for (size_t w = 0; w < model->data->count; w++)
        if (takes_part(model, w))
            model->x[w * model->columns + column] -= mean;
}

static void fill_design(struct model *model, struct toil_savings *out)
{
    out->harmonics = out->before >= LEAST_YEAR;
    out->controlled = control_serves(model, out->before);
    model->columns = (size_t)C_FIRST_MORE + (out->harmonics ? 4 : 0) + (out->controlled ? 1 : 0);
    model->x = toil_xcalloc(model->data->count * model->columns, sizeof *model->x);
    model->prior_sd[C_TREND] = TOIL_SAVINGS_TREND_SD * (model->data->family == TOIL_WEEK_SCORE ? spread_of(model) : 1);
    for (size_t w = 0; w < model->data->count; w++)
        fill_row(model, out, w, model->x + w * model->columns);
    if (out->controlled) {
        model->prior_sd[model->columns - 1] = CONTROL_SD;
        center_control(model);
    }
}

static double exposure_of(const struct toil_savings_data *data, size_t week)
{
    return data->exposure ? data->exposure[week] : 1;
}

/* What a week with that linear predictor shows in the mean: of a level, whose log is normal, more than its median. */
static double mean_of(const struct model *model, double linear)
{
    bool level = model->data->family == TOIL_WEEK_LEVEL;
    return toil_week_expected(model->data->family, linear + (level ? model->fit.dispersion / 2 : 0));
}

/* The line without the fix. */
static double linear_without(const struct model *model, const double *coefficient, size_t week)
{
    double sum = 0;
    for (size_t c = 0; c < model->columns; c++)
        sum += c == C_LEVEL ? 0 : model->x[week * model->columns + c] * coefficient[c];
    return sum;
}

static void fill_without(const struct model *model, struct toil_savings *out)
{
    size_t count = model->data->count;
    out->without = toil_xcalloc(count + 1, sizeof *out->without);
    out->without_low = toil_xcalloc(count + 1, sizeof *out->without_low);
    out->without_high = toil_xcalloc(count + 1, sizeof *out->without_high);
    for (size_t w = 0; w < count; w++) {
        double row[TOIL_WEEK_FIT_COLUMNS];
        memcpy(row, model->x + w * model->columns, model->columns * sizeof *row);
        row[C_LEVEL] = 0;
        double linear = toil_week_linear(&model->fit, row), half = toil_week_half_width(&model->fit, row, 0.95);
        out->without[w] = mean_of(model, linear);
        out->without_low[w] = mean_of(model, linear - half);
        out->without_high[w] = mean_of(model, linear + half);
    }
}

/* ---- draws ---- */

struct drawing {
    const struct model *model;
    gsl_rng *random;
    gsl_matrix *root; /* of the covariance */
    double noise;     /* standard deviation of the sum of the weeks after */
};

/* Variance of what was observed after, around its expectation. On the log scale of levels that of a week is about its
 * square times the dispersion. */
static double noise_of(const struct model *model)
{
    const struct toil_savings_data *data = model->data;
    double variance = 0, scale = model->fit.dispersion * model->fit.inflation;
    for (size_t w = data->after; w < data->count; w++) {
        if (!takes_part(model, w))
            continue;
        double mean = mean_of(model, toil_week_linear(&model->fit, model->x + w * model->columns));
        if (data->family == TOIL_WEEK_COUNT)
            variance += scale * mean / exposure_of(data, w);
        else
            variance += scale * (data->family == TOIL_WEEK_LEVEL ? mean * mean : 1);
    }
    return sqrt(variance);
}

static void draw_coefficients(const struct drawing *drawing, double *out)
{
    const struct toil_week_fit *fit = &drawing->model->fit;
    double deviate[TOIL_WEEK_FIT_COLUMNS];
    double tail = sqrt(fit->freedom / gsl_ran_chisq(drawing->random, fit->freedom));
    for (size_t c = 0; c < fit->columns; c++)
        deviate[c] = gsl_ran_ugaussian(drawing->random);
    for (size_t c = 0; c < fit->columns; c++) {
        out[c] = fit->coefficient[c];
        for (size_t i = 0; i <= c; i++)
            out[c] += gsl_matrix_get(drawing->root, c, i) * deviate[i] * tail;
    }
}

/* Sums over the weeks after, by one draw. */
static void draw_once(const struct drawing *drawing, double *without, double *observed)
{
    const struct model *model = drawing->model;
    const struct toil_savings_data *data = model->data;
    double coefficient[TOIL_WEEK_FIT_COLUMNS];
    double tail = sqrt(model->fit.freedom / gsl_ran_chisq(drawing->random, model->fit.freedom));
    draw_coefficients(drawing, coefficient);
    *without = 0;
    *observed = drawing->noise * gsl_ran_ugaussian(drawing->random) * tail;
    for (size_t w = data->after; w < data->count; w++) {
        if (!takes_part(model, w))
            continue;
        *without += mean_of(model, linear_without(model, coefficient, w));
        *observed += data->y[w];
    }
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void interval(double *drawn, double *low, double *high)
{
    qsort(drawn, TOIL_SAVINGS_DRAWS, sizeof *drawn, by_value);
    *low = gsl_stats_quantile_from_sorted_data(drawn, 1, TOIL_SAVINGS_DRAWS, 0.025);
    *high = gsl_stats_quantile_from_sorted_data(drawn, 1, TOIL_SAVINGS_DRAWS, 0.975);
}

static bool draw_all(struct drawing *drawing, struct toil_savings *out)
{
    const struct toil_week_fit *fit = &drawing->model->fit;
    double sign = drawing->model->data->more_is_better ? -1 : 1;
    drawing->root = gsl_matrix_alloc(fit->columns, fit->columns);
    for (size_t i = 0; i < fit->columns * fit->columns; i++)
        gsl_matrix_set(drawing->root, i / fit->columns, i % fit->columns, fit->covariance[i]);
    bool sound = gsl_linalg_cholesky_decomp1(drawing->root) == 0;
    double *saved = toil_xcalloc(2 * TOIL_SAVINGS_DRAWS, sizeof *saved), *change = saved + TOIL_SAVINGS_DRAWS;
    drawing->noise = noise_of(drawing->model);
    for (size_t i = 0; sound && i < TOIL_SAVINGS_DRAWS; i++) {
        double without, observed;
        draw_once(drawing, &without, &observed);
        saved[i] = sign * (without - observed);
        change[i] = observed / without - 1;
    }
    if (sound) {
        interval(saved, &out->total_low, &out->total_high);
        interval(change, &out->change_low, &out->change_high);
    }
    gsl_matrix_free(drawing->root);
    free(saved);
    return sound;
}

/* ---- what it comes to ---- */

static void fill_means(const struct model *model, struct toil_savings *out)
{
    const struct toil_savings_data *data = model->data;
    double sign = data->more_is_better ? -1 : 1, after = (double)out->after;
    out->observed = out->expected = 0;
    for (size_t w = data->after; w < data->count; w++) {
        if (!takes_part(model, w))
            continue;
        out->observed += data->y[w] / after;
        out->expected += out->without[w] / after;
    }
    out->total = sign * (out->expected - out->observed) * after;
    out->saved = out->total / after;
    out->low = out->total_low / after;
    out->high = out->total_high / after;
    out->change = out->observed / out->expected - 1;
    if (data->family == TOIL_WEEK_SCORE)
        out->change = out->change_low = out->change_high = (double)NAN;
    out->rho = model->fit.rho;
    out->dispersion = model->fit.dispersion;
    out->freedom = model->fit.freedom;
}

static void judge(const struct toil_savings_data *data, struct toil_savings *out)
{
    double promised = fabs(data->promised * out->expected); /* a week */
    if (out->low > 0)
        out->verdict = TOIL_SAVED;
    else if (out->high < 0 || (promised > 0 && out->high < promised))
        out->verdict = TOIL_NOT_SAVED;
}

/* Until the interval of the saving that is looked for leaves 0 out, by the power of the plan at an even chance. */
static double more_weeks(const struct toil_savings_data *data, const struct toil_savings *out)
{
    double change = data->promised;
    if (change == 0)
        change = data->family == TOIL_WEEK_SCORE ? -out->saved / out->expected : out->change;
    if (data->more_is_better ? change <= 0 : change >= 0)
        return (double)NAN;
    const struct toil_power_data power = {.family = data->family,
                                          .rate = out->expected,
                                          .dispersion = out->dispersion,
                                          .rho = out->rho,
                                          .before = out->before,
                                          .change = fmax(change, -0.99)};
    double weeks = toil_power_weeks(&power, 0.5);
    return isnan(weeks) ? weeks : fmax(ceil(weeks - (double)out->after), 1);
}

static void say_nothing(struct toil_savings *out)
{
    const double none = (double)NAN;
    free(out->without);
    free(out->without_low);
    free(out->without_high);
    *out = (struct toil_savings){.before = out->before, .after = out->after};
    double *const numbers[] = {&out->observed, &out->expected,   &out->saved,       &out->low,
                               &out->high,     &out->total,      &out->total_low,   &out->total_high,
                               &out->change,   &out->change_low, &out->change_high, &out->weeks_needed,
                               &out->rho,      &out->dispersion, &out->freedom};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i] = none;
}

enum toil_stats_result toil_savings(const struct toil_savings_data *data, struct toil_savings *out)
{
    *out = (struct toil_savings){0};
    struct model model = {.data = data};
    model.left_out = toil_xcalloc(data->count + 1, sizeof *model.left_out);
    for (size_t w = 0; data->left_out && w < data->count; w++)
        model.left_out[w] = data->left_out[w];
    count_weeks(&model, out);
    enum toil_stats_result result = TOIL_STATS_NO_DATA;
    if (out->before >= LEAST_BEFORE && out->after >= TOIL_SAVINGS_LEAST_AFTER) {
        fill_design(&model, out);
        const struct toil_week_data weeks = {.family = data->family,
                                             .y = data->y,
                                             .exposure = data->exposure,
                                             .x = model.x,
                                             .prior_sd = model.prior_sd,
                                             .left_out = model.left_out,
                                             .count = data->count,
                                             .columns = model.columns};
        result = toil_week_fit(&weeks, &model.fit);
    }
    if (result == TOIL_STATS_OK) {
        struct drawing drawing = {.model = &model, .random = gsl_rng_alloc(gsl_rng_mt19937)};
        gsl_rng_set(drawing.random, (unsigned long)(data->seed & UINT32_MAX));
        fill_without(&model, out);
        if (!draw_all(&drawing, out))
            result = TOIL_STATS_SINGULAR;
        gsl_rng_free(drawing.random);
    }
    if (result == TOIL_STATS_OK) {
        fill_means(&model, out);
        judge(data, out);
        out->weeks_needed = out->verdict == TOIL_CANNOT_TELL_YET ? more_weeks(data, out) : 0;
    } else {
        say_nothing(out);
    }
    free(model.x);
    free(model.left_out);
    return result;
}

void toil_savings_release(struct toil_savings *savings)
{
    free(savings->without);
    free(savings->without_low);
    free(savings->without_high);
    savings->without = savings->without_low = savings->without_high = NULL;
}
