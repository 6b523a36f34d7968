/* The code behind growth.h. */
#include "growth.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "toilmeter/buf.h"
#include "trend.h"

#define LEAST_WEEKS  8
#define LEAST_BEFORE 12 /* of a back test */
#define STEP         4
#define COLUMNS      2

static double sen_slope(const struct toil_growth_data *data)
{
    double *logs = toil_xcalloc(data->count + 1, sizeof *logs), slope = (double)NAN;
    struct toil_theil_sen sen;
    bool positive = true;
    for (size_t w = 0; w < data->count; w++) {
        positive = positive && (isnan(data->y[w]) || data->y[w] > 0);
        logs[w] = log(data->y[w]);
    }
    if (positive && toil_theil_sen(NULL, logs, data->count, data->level, &sen) == TOIL_STATS_OK)
        slope = sen.slope;
    free(logs);
    return slope;
}

static double per_month(double slope)
{
    return expm1(slope * TOIL_WEEKS_PER_MONTH);
}

static void cross_check(const struct toil_growth_data *data, struct toil_growth *out)
{
    struct toil_mann_kendall kendall;
    enum toil_stats_result result = toil_mann_kendall(data->y, data->count, &kendall);
    double sen = sen_slope(data);
    out->kendall_p = kendall.p;
    out->sen_per_month = per_month(sen);
    double sign = result == TOIL_STATS_OK ? kendall.s : 0;
    out->agree = out->slope * sign >= 0 && !(out->slope * sen < 0);
}

static void fill_doubling(struct toil_growth *out, double half)
{
    double months = log(2) / TOIL_WEEKS_PER_MONTH, low = out->slope - half, high = out->slope + half;
    out->doubling = out->sooner = out->later = out->halving = (double)NAN;
    out->verdict = low > 0 ? TOIL_GROWTH_GROWS : high < 0 ? TOIL_GROWTH_FALLS : TOIL_GROWTH_NONE;
    if (out->verdict == TOIL_GROWTH_GROWS) {
        out->doubling = months / out->slope;
        out->sooner = months / high;
        out->later = months / low;
    }
    if (out->verdict == TOIL_GROWTH_FALLS)
        out->halving = -months / out->slope;
}

static double mean_of(const struct toil_growth_data *data)
{
    double sum = 0, weight = 0;
    for (size_t w = 0; w < data->count; w++) {
        if (isnan(data->y[w]))
            continue;
        sum += data->y[w];
        weight += 1;
    }
    return sum / weight;
}

static void say_nothing(struct toil_growth *out)
{
    const double none = (double)NAN;
    *out = (struct toil_growth){.slope = none,
                                .slope_se = none,
                                .freedom = none,
                                .per_month = none,
                                .low = none,
                                .high = none,
                                .doubling = none,
                                .sooner = none,
                                .later = none,
                                .halving = none,
                                .rho = none,
                                .dispersion = none,
                                .kendall_p = none,
                                .sen_per_month = none};
}

/* Without the cross-check. */
static enum toil_stats_result fit_growth(const struct toil_growth_data *data, struct toil_growth *out)
{
    say_nothing(out);
    if (!(data->level > 0 && data->level < 1) || data->family == TOIL_WEEK_SCORE)
        return TOIL_STATS_BAD_INPUT;
    size_t used = 0;
    for (size_t w = 0; w < data->count; w++)
        used += !isnan(data->y[w]);
    if (used < LEAST_WEEKS)
        return TOIL_STATS_NO_DATA;
    double *x = toil_xcalloc(COLUMNS * data->count, sizeof *x), middle = ((double)data->count - 1) / 2;
    for (size_t w = 0; w < data->count; w++) {
        x[COLUMNS * w] = 1;
        x[COLUMNS * w + 1] = (double)w - middle;
    }
    const struct toil_week_data weeks = {.family = data->family,
                                         .y = data->y,
                                         .exposure = data->exposure,
                                         .x = x,
                                         .count = data->count,
                                         .columns = COLUMNS,
                                         .robust = data->family == TOIL_WEEK_LEVEL};
    struct toil_week_fit fit;
    enum toil_stats_result result = toil_week_fit(&weeks, &fit);
    if (result == TOIL_STATS_OK) {
        const double slope[COLUMNS] = {0, 1};
        double half = toil_week_half_width(&fit, slope, data->level);
        out->fit = fit;
        out->middle = middle;
        out->mean = mean_of(data);
        out->used = fit.used;
        out->slope = fit.coefficient[1];
        out->slope_se = sqrt(fit.covariance[3]);
        out->freedom = fit.freedom;
        out->rho = fit.rho;
        out->dispersion = fit.dispersion;
        out->per_month = per_month(out->slope);
        out->low = per_month(out->slope - half);
        out->high = per_month(out->slope + half);
        fill_doubling(out, half);
    }
    free(x);
    return result;
}

enum toil_stats_result toil_growth(const struct toil_growth_data *data, struct toil_growth *out)
{
    enum toil_stats_result result = fit_growth(data, out);
    if (result == TOIL_STATS_OK)
        cross_check(data, out);
    return result;
}

/* Wilson and Hilferty (1931), "The distribution of chi-square", PNAS 17, 684-688: never fails, whatever the shape. */
static double gamma_quantile(double mean, double shape, double normal)
{
    double root = 1 - 1 / (9 * shape) + normal / (3 * sqrt(shape));
    return root > 0 ? mean * root * root * root : 0;
}

/* Of a week's value around its expectation: as of a negative-binomial one, whose variance beyond Poisson's grows with
 * the square of the expectation, so that the weeks of a growing series are not taken for as quiet as its past; at
 * least as quasi-Poisson has it. */
static double weeks_variance(const struct toil_growth *growth, double expected)
{
    double dispersion = growth->fit.dispersion;
    if (dispersion <= 1)
        return dispersion * expected;
    return fmax(dispersion * expected, expected + (dispersion - 1) / growth->mean * expected * expected);
}

struct toil_forecast toil_growth_forecast(const struct toil_growth_data *data, const struct toil_growth *growth,
                                          double week, double exposure)
{
    const struct toil_week_fit *fit = &growth->fit;
    const double row[COLUMNS] = {1, week - growth->middle};
    double linear = toil_week_linear(fit, row), half = toil_week_half_width(fit, row, data->level);
    double quantile = gsl_cdf_tdist_Pinv(0.5 + data->level / 2, fit->freedom);
    double uncertain = half / quantile; /* standard deviation of the line */
    struct toil_forecast out = {.expected = exp(linear)};
    if (data->family == TOIL_WEEK_LEVEL) {
        double wide = quantile * sqrt(uncertain * uncertain + fit->dispersion);
        out.low = exp(linear - wide);
        out.high = exp(linear + wide);
        return out;
    }
    /* The line's part is log-normal, about; t's longer tails by its quantile over the normal one. */
    double longer = quantile / gsl_cdf_ugaussian_Pinv(0.5 + data->level / 2);
    double variance = out.expected * out.expected * expm1(fmin(uncertain * uncertain, 50)) +
                      weeks_variance(growth, out.expected) / exposure;
    variance *= longer * longer;
    double shape = out.expected * out.expected / variance;
    out.low = gamma_quantile(out.expected, shape, -gsl_cdf_ugaussian_Pinv(0.5 + data->level / 2));
    out.high = gamma_quantile(out.expected, shape, gsl_cdf_ugaussian_Pinv(0.5 + data->level / 2));
    return out;
}

size_t toil_growth_back_test(const struct toil_growth_data *data, size_t horizon, double *coverage)
{
    size_t asked = 0, inside = 0, first = data->count / 2;
    first = first < LEAST_BEFORE ? LEAST_BEFORE : first;
    for (size_t cut = first; cut < data->count; cut += STEP) {
        struct toil_growth_data before = *data;
        struct toil_growth growth;
        before.count = cut;
        if (fit_growth(&before, &growth) != TOIL_STATS_OK)
            continue;
        for (size_t w = cut; w < data->count && w < cut + horizon; w++) {
            if (isnan(data->y[w]))
                continue;
            struct toil_forecast forecast =
                toil_growth_forecast(&before, &growth, (double)w, data->exposure ? data->exposure[w] : 1);
            /* A whole number at the edge of its interval is inside. */
            double half = data->family == TOIL_WEEK_COUNT && !data->exposure ? 0.5 : 0;
            asked++;
            inside += data->y[w] >= forecast.low - half && data->y[w] <= forecast.high + half;
        }
    }
    *coverage = asked > 0 ? (double)inside / (double)asked : (double)NAN;
    return asked;
}
