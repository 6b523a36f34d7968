/* How sure the joint fit is: intervals and score tests, both robust against tickets that come in bursts (by week). */
#include "joint_fit.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

#define LEVEL     0.95
#define NEAR_ZERO 3.0 /* standard errors below which the bootstrap tells the interval */
#define DRAWS     2000
#define Z_TAIL    1.0
/* A mean over weeks is no mean when a few weeks make all of it. */
#define LEAST_MET     5
#define LEAST_FREEDOM 10
#define LEAST_WEEKS   4

double toil_joint_attributed(const struct toil_joint *joint, size_t source)
{
    double sum = 0;
    for (size_t k = 0; k < joint->bands; k++)
        sum += toil_joint_band_attributed(joint, source, k);
    return sum;
}

double toil_joint_band_attributed(const struct toil_joint *joint, size_t source, size_t band)
{
    size_t p = toil_joint_param(joint, source, band);
    return joint->value[p] * joint->total[p];
}

double toil_joint_baseline(const struct toil_joint *joint)
{
    double sum = 0;
    for (size_t j = 0; j < joint->hats; j++)
        sum += joint->value[j] * joint->total[j];
    return sum;
}

double toil_joint_log_likelihood(const struct toil_joint *joint)
{
    return joint->log_likelihood;
}

/* Freedom of the spread over weeks: only those count in which the source may have brought tickets. */
static double freedom(const struct toil_joint *joint, size_t source)
{
    double exposed = 0;
    for (size_t w = 0; w < joint->weeks; w++) {
        double hours = 0;
        for (size_t k = 0; k < joint->bands; k++)
            hours += joint->source_week[source][w * joint->bands + k];
        exposed += hours > 0;
    }
    return fmax(1, exposed - 1);
}

/* What pushes each week: tickets push by slope' v / lambda less their own part `own`, the week pulls by its totals' v
 * less `own_week`. The sum over weeks is 0 at the fit. */
struct push {
    const double *v;        /* [moving_count] */
    const double *own;      /* [n] or NULL */
    const double *own_week; /* [weeks] or NULL */
};

static void push_weeks(const struct toil_joint *joint, const struct push *push, double *week)
{
    double *slope = toil_xcalloc(joint->params + 2, sizeof *slope);
    size_t *param = toil_xcalloc(joint->params + 2, sizeof *param);
    memset(week, 0, joint->weeks * sizeof *week);
    for (size_t i = 0; i < joint->n; i++) {
        size_t count = toil_joint_slopes(joint, i, param, slope);
        double a = 0;
        for (size_t c = 0; c < count; c++)
            a += push->v[joint->place[param[c]]] * slope[c];
        week[joint->ticket[i].week] += a / joint->lambda[i] - (push->own ? push->own[i] : 0);
    }
    for (size_t w = 0; w < joint->weeks; w++) {
        for (size_t m = 0; m < joint->moving_count; m++)
            week[w] -= push->v[m] * toil_joint_week_total(joint, joint->moving[m], w);
        week[w] += push->own_week ? push->own_week[w] : 0;
    }
    free(slope);
    free(param);
}

/* The sum of squares over weeks, as an estimate of the variance of their sum. Each fitted parameter takes a week's
 * worth of error out of them (as HC1 does for single observations); of half of the weeks at the most. */
static double spread_of(const struct toil_joint *joint, const double *week)
{
    double sum = 0, weeks = (double)joint->weeks, fitted = (double)joint->moving_count;
    for (size_t w = 0; w < joint->weeks; w++)
        sum += week[w] * week[w];
    return joint->weeks > 1 ? sum * weeks / fmax(weeks - fitted, weeks / 2) : sum;
}

double toil_joint_error(const struct toil_joint *joint, size_t source, size_t band)
{
    double *v = toil_xcalloc(joint->moving_count + 1, sizeof *v), error = NAN;
    bool any = false;
    for (size_t k = 0; joint->factored && k < joint->bands; k++) {
        size_t p = toil_joint_param(joint, source, k);
        if ((band != TOIL_ALL_BANDS && band != k) || joint->place[p] == TOIL_JOINT_NONE)
            continue;
        v[joint->place[p]] = joint->total[p];
        any = true;
    }
    if (any) {
        double *week = toil_xcalloc(joint->weeks + 1, sizeof *week);
        toil_joint_solve(joint, v);
        push_weeks(joint, &(struct push){.v = v}, week);
        error = sqrt(spread_of(joint, week));
        free(week);
    }
    free(v);
    return error;
}

/* The error of a source's tickets, see joint.h: by week, and the variance of which tickets are its own. */
static double push_own(const struct toil_joint *joint, size_t source, double *week)
{
    double *v = toil_xcalloc(joint->moving_count + 1, sizeof *v), *own = toil_xcalloc(joint->n + 1, sizeof *own);
    double *own_week = toil_xcalloc(joint->weeks + 1, sizeof *own_week), mixed = 0;
    for (size_t k = 0; k < joint->bands; k++) {
        size_t p = toil_joint_param(joint, source, k);
        if (joint->place[p] != TOIL_JOINT_NONE)
            v[joint->place[p]] = joint->total[p];
        for (size_t w = 0; w < joint->weeks && joint->value[p] > 0; w++)
            own_week[w] += joint->value[p] * toil_joint_week_total(joint, p, w);
    }
    toil_joint_solve(joint, v);
    for (size_t i = 0; i < joint->n; i++) {
        for (size_t e = joint->row[i]; e < joint->row[i + 1]; e++)
            if (joint->entry[e].source == source)
                own[i] += joint->value[toil_joint_entry_param(joint, &joint->entry[e])] *
                          toil_joint_entry_slope(joint, i, e) / joint->lambda[i];
        mixed += own[i] * (1 - own[i]);
    }
    push_weeks(joint, &(struct push){v, own, own_week}, week);
    /* Where a value lies at its bound the sum over weeks is not 0: what it would be is no error of the value. */
    double sum = 0;
    for (size_t w = 0; w < joint->weeks; w++)
        sum += week[w];
    for (size_t w = 0; w < joint->weeks; w++)
        week[w] -= sum / (double)joint->weeks;
    free(v);
    free(own);
    free(own_week);
    return fmax(0, mixed);
}

double toil_joint_doubt(const struct toil_joint *joint, size_t source)
{
    if (!joint->factored)
        return NAN;
    double *week = toil_xcalloc(joint->weeks + 1, sizeof *week);
    double mixed = push_own(joint, source, week), error = sqrt(spread_of(joint, week) + mixed);
    free(week);
    return error;
}

static int compare_doubles(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* Weeks drawn with replacement: each draw's error is the sum of the drawn weeks' pushes. */
static void bootstrap(const struct toil_joint *joint, const double *week, double mixed, uint64_t seed,
                      struct toil_joint_interval *out)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, (unsigned long)((seed ^ seed >> 32) & UINT32_MAX));
    double *draw = toil_xcalloc(DRAWS, sizeof *draw);
    for (size_t d = 0; d < DRAWS; d++) {
        draw[d] = gsl_ran_gaussian(random, sqrt(mixed));
        for (size_t w = 0; w < joint->weeks; w++)
            draw[d] += week[gsl_rng_uniform_int(random, joint->weeks)];
    }
    qsort(draw, DRAWS, sizeof *draw, compare_doubles);
    out->low = out->value - draw[(size_t)(DRAWS * (1 + LEVEL) / 2) - 1];
    out->high = out->value - draw[(size_t)(DRAWS * (1 - LEVEL) / 2)];
    out->bootstrapped = true;
    gsl_rng_free(random);
    free(draw);
}

/* The band of a source's tail, or bands when it has none. */
static size_t tail_of(const struct toil_joint *joint, size_t source)
{
    size_t last = joint->bands;
    for (size_t k = 0; joint->source[source].has_tail && k < joint->bands; k++)
        if (joint->allowed[toil_joint_param(joint, source, k)])
            last = k;
    return last;
}

/* Where fewer tickets came in the tail than the baseline expects, their number is no measure of how many might have. */
static double lack_of_tail(const struct toil_joint *joint, size_t source)
{
    size_t tail = tail_of(joint, source);
    return tail < joint->bands ? fmax(0, -toil_joint_band_attributed(joint, source, tail)) : 0;
}

static bool shows_tail(const struct toil_joint *joint, size_t source, size_t tail)
{
    double error = toil_joint_error(joint, source, tail);
    return error > 0 && toil_joint_band_attributed(joint, source, tail) >= Z_TAIL * error;
}

struct toil_joint_interval toil_joint_interval(const struct toil_joint *joint, size_t source, uint64_t seed)
{
    struct toil_joint_interval out = {.low = NAN, .high = NAN, .low_with_tail = NAN};
    size_t tail = tail_of(joint, source);
    double lack = tail < joint->bands ? fmin(0, toil_joint_band_attributed(joint, source, tail)) : 0;
    for (size_t k = 0; k < joint->bands; k++) {
        if (k != tail || shows_tail(joint, source, tail))
            out.band[k] = toil_joint_band_attributed(joint, source, k);
        out.value += out.band[k];
        out.band_error[k] = toil_joint_error(joint, source, k);
    }
    if (!joint->factored)
        return out;
    double *week = toil_xcalloc(joint->weeks + 1, sizeof *week);
    double dispersion = toil_joint_dispersion(joint);
    double mixed = (push_own(joint, source, week) + lack_of_tail(joint, source)) * (dispersion > 1 ? dispersion : 1);
    double error = sqrt(spread_of(joint, week) + mixed);
    /* With few weeks exposed the bootstrap draws the same ones again and again: Student's t is wide then, and right. */
    if (out.value < NEAR_ZERO * error && freedom(joint, source) >= LEAST_FREEDOM) {
        bootstrap(joint, week, mixed, seed, &out);
    } else {
        double half = gsl_cdf_tdist_Qinv((1 - LEVEL) / 2, freedom(joint, source)) * error;
        out.low = out.value - half;
        out.high = out.value + half;
    }
    out.low_with_tail = out.low + lack;
    out.low = fmin(out.value > 0 ? fmax(0, out.low) : out.low, out.value);
    out.high = fmax(fmin((double)joint->n, out.high), out.value);
    free(week);
    return out;
}

/* ---- score tests ---- */

/* One column that is not in the fit: the tickets that meet it, their exposures times pace, and its totals by week. */
struct score_column {
    const uint32_t *ticket;
    const double *x;
    size_t count;
    const double *week_total; /* [weeks] */
};

double *toil_joint_excess(const struct toil_joint *joint)
{
    size_t n = joint->moving_count;
    double *excess = toil_xcalloc(joint->weeks * n + 1, sizeof *excess);
    for (size_t w = 0; w < joint->weeks; w++)
        for (size_t m = 0; m < n; m++)
            excess[w * n + m] = joint->push[w * n + m] - toil_joint_week_total(joint, joint->moving[m], w);
    return excess;
}

bool toil_joint_meets_enough(const struct toil_joint *joint, const double *week, double *p)
{
    size_t met = 0;
    for (size_t w = 0; w < joint->weeks; w++)
        met += week[w] > 0;
    *p = met == 0 ? 1 : (double)NAN;
    return met >= LEAST_MET;
}

double toil_joint_score_weeks(const struct toil_joint *joint, const double *excess, double *h, const double *week_total,
                              double *week)
{
    size_t n = joint->moving_count;
    double mean = 0, square = 0, weeks = (double)joint->weeks, p;
    if (!toil_joint_meets_enough(joint, week, &p))
        return p;
    toil_joint_solve(joint, h);
    for (size_t w = 0; w < joint->weeks; w++) {
        week[w] -= week_total[w];
        for (size_t m = 0; m < n; m++)
            week[w] -= h[m] * excess[w * n + m];
        mean += week[w] / weeks;
    }
    for (size_t w = 0; w < joint->weeks; w++)
        square += (week[w] - mean) * (week[w] - mean);
    return square > 0 ? gsl_cdf_tdist_Q(mean / sqrt(square / (weeks - 1) / weeks), weeks - 1) : (double)NAN;
}

static double score(const struct toil_joint *joint, const struct score_column *column, const double *excess)
{
    double *h = toil_xcalloc(joint->moving_count + 1, sizeof *h);
    double *week = toil_xcalloc(joint->weeks + 1, sizeof *week);
    double *slope = toil_xcalloc(joint->params + 2, sizeof *slope);
    size_t *param = toil_xcalloc(joint->params + 2, sizeof *param);
    for (size_t t = 0; t < column->count; t++) {
        size_t i = column->ticket[t], count = toil_joint_slopes(joint, i, param, slope);
        double push = column->x[t] / joint->lambda[i];
        for (size_t c = 0; c < count; c++)
            h[joint->place[param[c]]] += push * slope[c] / joint->lambda[i];
        week[joint->ticket[i].week] += push;
    }
    double p = toil_joint_score_weeks(joint, excess, h, column->week_total, week);
    free(h);
    free(week);
    free(slope);
    free(param);
    return p;
}

bool toil_joint_can_score(const struct toil_joint *joint)
{
    return !joint->degenerate && joint->factored && joint->weeks > LEAST_WEEKS;
}

double toil_joint_least_p(const double *p, size_t count)
{
    double least = NAN, tried = 0;
    for (size_t k = 0; k < count; k++) {
        if (isnan(p[k]))
            continue;
        tried++;
        if (isnan(least) || p[k] < least)
            least = p[k];
    }
    return isnan(least) ? least : fmin(1, least * tried);
}

double toil_joint_score(const struct toil_joint *joint, size_t source, double *p)
{
    return toil_joint_score_other(joint, &joint->source[source], p);
}

double toil_joint_score_other(const struct toil_joint *joint, const struct toil_joint_source *source, double *p)
{
    for (size_t k = 0; k < joint->bands; k++)
        p[k] = NAN;
    if (!toil_joint_can_score(joint))
        return NAN;
    struct toil_joint_columns columns;
    toil_joint_columns_init(&columns, joint->data, joint->topic, &joint->slots, source);
    double *x = toil_xcalloc(joint->n + 1, sizeof *x), *week = toil_xcalloc(joint->weeks + 1, sizeof *week);
    double *all = toil_xcalloc(joint->weeks * joint->bands + 1, sizeof *all);
    double *excess = toil_joint_excess(joint);
    uint32_t *ticket = toil_xcalloc(joint->n + 1, sizeof *ticket);
    toil_joint_expose(joint->clock, joint->data, source, joint->passed, all);
    for (size_t k = 0, e = 0; k < joint->bands; k++) {
        if (!source->band[k])
            continue;
        size_t count = 0;
        for (; e < columns.count && columns.entry[e].band == k; e++) {
            ticket[count] = columns.entry[e].ticket;
            x[count++] = columns.entry[e].x * joint->ticket[columns.entry[e].ticket].pace;
        }
        for (size_t w = 0; w < joint->weeks; w++)
            week[w] = all[w * joint->bands + k];
        p[k] = score(joint, &(struct score_column){ticket, x, count, week}, excess);
    }
    toil_joint_columns_release(&columns);
    free(x);
    free(week);
    free(all);
    free(excess);
    free(ticket);
    return toil_joint_least_p(p, joint->bands);
}
