/* The code behind sccs.h. */
#include "sccs.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "toilmeter/buf.h"

#define MAX_ITERATIONS 100
#define MAX_HALVINGS   40
#define TOLERANCE      1e-13
#define NONE           SIZE_MAX

/* A difference of logarithms whose variance is greater has less than a ten-thousandth of an event behind it. */
#define SEPARATED_VARIANCE 1e4

/* A stretch of a case in which nothing changes. A design row has at most a one for its window and a one for its age. */
struct interval {
    double length;
    double events;
    size_t window, age; /* NONE: the reference */
};

struct stratum {
    size_t begin, count; /* of intervals */
    double events;
};

struct series {
    struct interval *interval;
    size_t interval_count, interval_room;
    struct stratum *stratum;
    size_t stratum_count;
    size_t columns;
};

/* What Newton's method needs at one point. */
struct slope {
    double log_likelihood;
    double *gradient, *information; /* [columns], [columns^2] */
};

static int compare_doubles(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static size_t window_at(const struct toil_sccs_data *data, const struct toil_sccs_case *one, double time)
{
    for (size_t e = one->exposure_count; e-- > 0;)
        for (size_t w = 0; w < data->window_count; w++)
            if (time >= one->exposure[e] + data->window[w].from && time < one->exposure[e] + data->window[w].to)
                return w;
    return NONE;
}

static size_t age_at(const struct toil_sccs_data *data, double time)
{
    size_t group = 0;
    while (group < data->age_count && time >= data->age[group])
        group++;
    return group == 0 ? NONE : data->window_count + group - 1;
}

/* Every time at which something may change, ascending, from one->from to one->to. Returns how many. */
static size_t list_cuts(const struct toil_sccs_data *data, const struct toil_sccs_case *one, double *cut)
{
    size_t count = 0;
    cut[count++] = one->from;
    cut[count++] = one->to;
    for (size_t a = 0; a < data->age_count; a++)
        cut[count++] = data->age[a];
    for (size_t e = 0; e < one->exposure_count; e++)
        for (size_t w = 0; w < data->window_count; w++) {
            cut[count++] = one->exposure[e] + data->window[w].from;
            cut[count++] = one->exposure[e] + data->window[w].to;
        }
    for (size_t i = 0; i < count; i++)
        cut[i] = fmin(fmax(cut[i], one->from), one->to);
    qsort(cut, count, sizeof *cut, compare_doubles);
    return count;
}

static double count_events(const struct toil_sccs_case *one, double from, double to)
{
    double count = 0;
    for (size_t i = 0; i < one->event_count; i++)
        count += one->event[i] >= from && one->event[i] < to;
    return count;
}

static void add_interval(struct series *series, struct interval interval)
{
    if (series->interval_count == series->interval_room) {
        series->interval_room *= 2;
        series->interval = toil_xreallocarray(series->interval, series->interval_room, sizeof *series->interval);
    }
    series->interval[series->interval_count++] = interval;
}

static void add_case(const struct toil_sccs_data *data, const struct toil_sccs_case *one, struct series *series)
{
    double events = count_events(one, one->from, one->to);
    if (events <= 0)
        return;
    size_t room = 2 + data->age_count + 2 * one->exposure_count * data->window_count;
    double *cut = toil_xcalloc(room, sizeof *cut);
    size_t cuts = list_cuts(data, one, cut), begin = series->interval_count;
    for (size_t i = 0; i + 1 < cuts; i++) {
        if (cut[i + 1] > cut[i])
            add_interval(series, (struct interval){cut[i + 1] - cut[i], count_events(one, cut[i], cut[i + 1]),
                                                   window_at(data, one, cut[i]), age_at(data, cut[i])});
    }
    free(cut);
    series->stratum[series->stratum_count++] = (struct stratum){begin, series->interval_count - begin, events};
}

static bool is_ascending(const double *value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(value[i]) || (i > 0 && value[i] < value[i - 1]))
            return false;
    return true;
}

static bool is_sound(const struct toil_sccs_data *data, double level)
{
    bool sound = level > 0 && level < 1 && is_ascending(data->age, data->age_count);
    for (size_t w = 0; w < data->window_count && sound; w++)
        sound = isfinite(data->window[w].from) && isfinite(data->window[w].to) &&
                data->window[w].from < data->window[w].to && (w == 0 || data->window[w].from >= data->window[w - 1].to);
    for (size_t i = 0; i < data->case_count && sound; i++) {
        const struct toil_sccs_case *one = &data->cases[i];
        sound = isfinite(one->from) && isfinite(one->to) && one->from <= one->to &&
                is_ascending(one->exposure, one->exposure_count);
        for (size_t e = 0; e < one->event_count && sound; e++)
            sound = isfinite(one->event[e]);
    }
    return sound;
}

static double linear_part(const struct interval *interval, const double *coefficient)
{
    return log(interval->length) + (interval->window == NONE ? 0 : coefficient[interval->window]) +
           (interval->age == NONE ? 0 : coefficient[interval->age]);
}

/* mean: the expected design row of one of the stratum's events. Returns the stratum's log likelihood. */
static double weigh(const struct series *series, const struct stratum *stratum, const double *coefficient, double *mean,
                    double *part)
{
    double most = -INFINITY, sum = 0, value = 0;
    for (size_t i = 0; i < stratum->count; i++) {
        part[i] = linear_part(&series->interval[stratum->begin + i], coefficient);
        most = fmax(most, part[i]);
    }
    for (size_t i = 0; i < stratum->count; i++)
        sum += exp(part[i] - most);
    memset(mean, 0, series->columns * sizeof *mean);
    for (size_t i = 0; i < stratum->count; i++) {
        const struct interval *interval = &series->interval[stratum->begin + i];
        value += interval->events * (part[i] - most - log(sum));
        part[i] = exp(part[i] - most) / sum;
        if (interval->window != NONE)
            mean[interval->window] += part[i];
        if (interval->age != NONE)
            mean[interval->age] += part[i];
    }
    return value;
}

static void row_of(const struct series *series, const struct interval *interval, const double *mean, double *row)
{
    for (size_t i = 0; i < series->columns; i++)
        row[i] = (interval->window == i || interval->age == i) - mean[i];
}

static void evaluate(const struct series *series, const double *coefficient, double *work, struct slope *slope)
{
    size_t columns = series->columns;
    double *mean = work, *row = work + columns, *part = work + 2 * columns;
    slope->log_likelihood = 0;
    memset(slope->gradient, 0, columns * sizeof *slope->gradient);
    memset(slope->information, 0, columns * columns * sizeof *slope->information);
    for (size_t s = 0; s < series->stratum_count; s++) {
        const struct stratum *stratum = &series->stratum[s];
        slope->log_likelihood += weigh(series, stratum, coefficient, mean, part);
        for (size_t k = 0; k < stratum->count; k++) {
            const struct interval *interval = &series->interval[stratum->begin + k];
            row_of(series, interval, mean, row);
            for (size_t i = 0; i < columns; i++) {
                slope->gradient[i] += interval->events * row[i];
                for (size_t j = 0; j < columns; j++)
                    slope->information[i * columns + j] += stratum->events * part[k] * row[i] * row[j];
            }
        }
    }
}

/* Newton's method; inverse gets the inverse information. */
static enum toil_stats_result maximize(const struct series *series, double *coefficient, double *inverse, double *work,
                                       struct slope *slope, unsigned *iterations)
{
    size_t columns = series->columns;
    double *step = work, *rest = work + columns;
    evaluate(series, coefficient, rest, slope);
    for (unsigned i = 0; i < MAX_ITERATIONS; i++) {
        double before = slope->log_likelihood;
        *iterations = i + 1;
        if (!toil_invert_symmetric(slope->information, columns, inverse))
            return i == 0 ? TOIL_STATS_SINGULAR : TOIL_STATS_SEPARATED;
        for (size_t j = 0; j < columns; j++) {
            step[j] = 0;
            for (size_t k = 0; k < columns; k++)
                step[j] += inverse[j * columns + k] * slope->gradient[k];
            coefficient[j] += step[j];
        }
        evaluate(series, coefficient, rest, slope);
        for (int halving = 0; halving < MAX_HALVINGS && !(slope->log_likelihood >= before - 1e-12 * fabs(before));
             halving++) {
            for (size_t j = 0; j < columns; j++) {
                step[j] /= 2;
                coefficient[j] -= step[j];
            }
            evaluate(series, coefficient, rest, slope);
        }
        if (fabs(slope->log_likelihood - before) <= TOLERANCE * (fabs(before) + 0.1))
            return toil_invert_symmetric(slope->information, columns, inverse) ? TOIL_STATS_OK : TOIL_STATS_SEPARATED;
    }
    return TOIL_STATS_NOT_CONVERGED;
}

static bool is_separated(const struct series *series, const double *coefficient, const double *inverse, double *work)
{
    size_t columns = series->columns;
    double *mean = work, *row = work + columns, *part = work + 2 * columns;
    for (size_t i = 0; i < columns; i++)
        if (!(inverse[i * columns + i] < SEPARATED_VARIANCE))
            return true;
    for (size_t s = 0; s < series->stratum_count; s++) {
        const struct stratum *stratum = &series->stratum[s];
        (void)weigh(series, stratum, coefficient, mean, part);
        for (size_t k = 0; k < stratum->count; k++) {
            row_of(series, &series->interval[stratum->begin + k], mean, row);
            if (!(toil_quadratic_form(row, inverse, columns) < SEPARATED_VARIANCE))
                return true;
        }
    }
    return false;
}

static void fill_effects(const double *coefficient, const double *inverse, double level, struct toil_sccs *out,
                         size_t columns)
{
    double z = gsl_cdf_ugaussian_Pinv(0.5 + level / 2);
    out->effect = toil_xcalloc(columns, sizeof *out->effect);
    out->effect_count = columns;
    for (size_t i = 0; i < columns; i++) {
        double b = coefficient[i], se = sqrt(inverse[i * columns + i]);
        out->effect[i] = (struct toil_sccs_effect){b, se, exp(b), exp(b - z * se), exp(b + z * se)};
    }
}

static enum toil_stats_result fit_series(const struct series *series, double level, struct toil_sccs *out)
{
    size_t columns = series->columns, cells = columns * columns;
    double *coefficient = toil_xcalloc(5 * columns + 2 * cells + series->interval_count, sizeof *coefficient);
    double *gradient = coefficient + columns, *information = gradient + columns, *inverse = information + cells,
           *work = inverse + cells;
    struct slope slope = {0, gradient, information};
    enum toil_stats_result result = maximize(series, coefficient, inverse, work, &slope, &out->iterations);
    if (result == TOIL_STATS_OK && is_separated(series, coefficient, inverse, work))
        result = TOIL_STATS_SEPARATED;
    if (result == TOIL_STATS_OK) {
        fill_effects(coefficient, inverse, level, out, columns);
        out->log_likelihood = slope.log_likelihood;
    }
    free(coefficient);
    return result;
}

enum toil_stats_result toil_sccs_fit(const struct toil_sccs_data *data, double level, struct toil_sccs *out)
{
    *out = (struct toil_sccs){.log_likelihood = NAN};
    if (!is_sound(data, level))
        return TOIL_STATS_BAD_INPUT;
    struct series series = {.columns = data->window_count + data->age_count, .interval_room = 64};
    series.interval = toil_xcalloc(series.interval_room, sizeof *series.interval);
    series.stratum = toil_xcalloc(data->case_count + 1, sizeof *series.stratum);
    for (size_t i = 0; i < data->case_count; i++)
        add_case(data, &data->cases[i], &series);
    out->cases = series.stratum_count;
    for (size_t s = 0; s < series.stratum_count; s++)
        out->events += (size_t)series.stratum[s].events;
    enum toil_stats_result result = TOIL_STATS_NO_DATA;
    if (series.columns > 0 && series.stratum_count > 0)
        result = fit_series(&series, level, out);
    free(series.stratum);
    free(series.interval);
    return result;
}

void toil_sccs_release(struct toil_sccs *sccs)
{
    free(sccs->effect);
    sccs->effect = NULL;
    sccs->effect_count = 0;
}
