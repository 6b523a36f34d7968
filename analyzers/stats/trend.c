/* The code behind trend.h. */
#include "trend.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

/* Sorts by merging and counts the pairs that are in falling order. */
static double sort_counting(double *value, double *work, size_t count)
{
    if (count < 2)
        return 0;
    size_t half = count / 2, left = 0, right = half, filled = 0;
    double falls = sort_counting(value, work, half) + sort_counting(value + half, work, count - half);
    while (left < half && right < count) {
        if (value[right] < value[left]) {
            falls += (double)(half - left);
            work[filled++] = value[right++];
        } else {
            work[filled++] = value[left++];
        }
    }
    while (left < half)
        work[filled++] = value[left++];
    memcpy(value, work, filled * sizeof *value);
    return falls;
}

static double tie_term(double size)
{
    return size * (size - 1) * (2 * size + 5);
}

/* Fills s, variance, tau from values without gaps; destroys their order. */
static void rank_pairs(double *value, double *work, size_t count, struct toil_mann_kendall *out)
{
    double falls = sort_counting(value, work, count), tied = 0, ties = 0, n = (double)count, pairs = n * (n - 1) / 2;
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && value[end] <= value[begin];)
            end++;
        double size = (double)(end - begin);
        tied += size * (size - 1) / 2;
        ties += tie_term(size);
    }
    out->s = pairs - tied - 2 * falls;
    out->tau = out->s / pairs;
    out->variance = (tie_term(n) - ties) / 18;
}

enum toil_stats_result toil_mann_kendall(const double *y, size_t count, struct toil_mann_kendall *out)
{
    *out = (struct toil_mann_kendall){.z = NAN, .p = NAN};
    double *value = toil_xcalloc(2 * count + 1, sizeof *value);
    size_t kept = 0;
    enum toil_stats_result result = TOIL_STATS_OK;
    for (size_t i = 0; i < count; i++) {
        if (isinf(y[i]))
            result = TOIL_STATS_BAD_INPUT;
        if (!isnan(y[i]))
            value[kept++] = y[i];
    }
    if (result == TOIL_STATS_OK && kept < 3)
        result = TOIL_STATS_NO_DATA;
    if (result == TOIL_STATS_OK) {
        out->count = kept;
        rank_pairs(value, value + count, kept, out);
        double step = out->s > 0 ? 1 : out->s < 0 ? -1 : 0;
        out->z = out->variance > 0 ? (out->s - step) / sqrt(out->variance) : 0;
        out->p = fmin(1, 2 * gsl_cdf_ugaussian_Q(fabs(out->z)));
        if (!(out->variance > 0))
            result = TOIL_STATS_CONSTANT;
    }
    free(value);
    return result;
}

/* Of values in any order, which are moved about. */
static double median_of(double *value, size_t count)
{
    return gsl_stats_median(value, 1, count);
}

/* Sen's interval from the slopes, which are moved about. */
static void fill_interval(double *slope, size_t pairs, double variance, double level, struct toil_theil_sen *out)
{
    double reach = gsl_cdf_ugaussian_Pinv(0.5 + level / 2) * sqrt(variance);
    double low = round(((double)pairs - reach) / 2), high = round(((double)pairs + reach) / 2 + 1);
    if (low < 1 || high > (double)pairs)
        return;
    out->low = gsl_stats_select(slope, 1, pairs, (size_t)low - 1);
    out->high = gsl_stats_select(slope, 1, pairs, (size_t)high - 1);
}

/* x and y without gaps. */
static enum toil_stats_result fit_slopes(const double *x, double *y, size_t count, double level,
                                         struct toil_theil_sen *out)
{
    double *slope = toil_xcalloc(count * (count + 1) / 2 + 2 * count + 1, sizeof *slope);
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (x[j] > x[i])
                slope[pairs++] = (y[j] - y[i]) / (x[j] - x[i]);
    enum toil_stats_result result = pairs > 0 ? TOIL_STATS_OK : TOIL_STATS_NO_DATA;
    if (result == TOIL_STATS_OK) {
        struct toil_mann_kendall kendall = {0};
        out->slope = median_of(slope, pairs);
        double *work = slope + pairs;
        memcpy(work, x, count * sizeof *work);
        double middle_x = gsl_stats_median_from_sorted_data(work, 1, count);
        memcpy(work, y, count * sizeof *work);
        out->intercept = median_of(work, count) - out->slope * middle_x;
        memcpy(work, y, count * sizeof *work);
        rank_pairs(work, y, count, &kendall);
        fill_interval(slope, pairs, kendall.variance, level, out);
    }
    free(slope);
    return result;
}

enum toil_stats_result toil_theil_sen(const double *x, const double *y, size_t count, double level,
                                      struct toil_theil_sen *out)
{
    *out = (struct toil_theil_sen){NAN, NAN, NAN, NAN};
    if (count > TOIL_THEIL_SEN_MAX_COUNT)
        return TOIL_STATS_TOO_LARGE;
    double *at = toil_xcalloc(2 * count + 1, sizeof *at), *value = at + count;
    size_t kept = 0;
    bool sound = level > 0 && level < 1;
    for (size_t i = 0; i < count; i++) {
        double place = x ? x[i] : (double)i;
        if (isnan(y[i]))
            continue;
        sound = sound && isfinite(place) && isfinite(y[i]) && (kept == 0 || place >= at[kept - 1]);
        at[kept] = place;
        value[kept++] = y[i];
    }
    enum toil_stats_result result = sound ? TOIL_STATS_OK : TOIL_STATS_BAD_INPUT;
    if (result == TOIL_STATS_OK)
        result = fit_slopes(at, value, kept, level, out);
    free(at);
    return result;
}
