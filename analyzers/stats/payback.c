/* The code behind payback.h. */
#include "payback.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "toilmeter/buf.h"

#define NORMAL_90 1.2815515655446004 /* 90% of a normal distribution lie below */

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double draw(gsl_rng *random, const struct toil_uncertain *of)
{
    double deviate = isfinite(of->freedom) ? gsl_ran_tdist(random, of->freedom) : gsl_ran_ugaussian(random);
    return of->value + of->se * deviate;
}

/* The true effort over the planned one. */
static double draw_effort(gsl_rng *random)
{
    return exp(gsl_ran_ugaussian(random) * log(TOIL_EFFORT_FACTOR) / NORMAL_90);
}

static bool is_sound(const struct toil_uncertain *of)
{
    return isfinite(of->value) && isfinite(of->se) && of->se >= 0 && of->freedom > 0;
}

static double low_end(const struct toil_uncertain *of)
{
    double quantile = isfinite(of->freedom) ? gsl_cdf_tdist_Pinv(0.975, of->freedom) : gsl_cdf_ugaussian_Pinv(0.975);
    return of->value - quantile * of->se;
}

static gsl_rng *new_random(uint64_t seed)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, (unsigned long)(seed & UINT32_MAX));
    return random;
}

enum toil_stats_result toil_payback(const struct toil_payback_data *data, struct toil_payback *out)
{
    *out = (struct toil_payback){.median = (double)NAN,
                                 .low = (double)NAN,
                                 .high = (double)NAN,
                                 .least = (double)NAN,
                                 .most = (double)NAN,
                                 .by_target = (double)NAN};
    if (!is_sound(&data->saving) || !(data->effort > 0) || !isfinite(data->effort) || !(data->lead_weeks >= 0) ||
        !isfinite(data->lead_weeks) || data->draws == 0)
        return TOIL_STATS_BAD_INPUT;
    double *time = toil_xcalloc(data->draws, sizeof *time);
    unsigned in_time = 0;
    gsl_rng *random = new_random(data->seed);
    for (unsigned i = 0; i < data->draws; i++) {
        double factor = draw_effort(random), saving = draw(random, &data->saving);
        time[i] = saving > 0 ? factor * (data->lead_weeks + data->effort / saving) : (double)INFINITY;
        in_time += time[i] <= data->target_weeks;
    }
    gsl_rng_free(random);
    qsort(time, data->draws, sizeof *time, by_value);
    out->established = low_end(&data->saving) > 0;
    if (data->target_weeks > 0)
        out->by_target = (double)in_time / data->draws;
    if (out->established) {
        out->median = time[data->draws / 2];
        out->low = time[data->draws / 10];
        out->high = time[data->draws - 1 - data->draws / 10];
        out->least = time[data->draws / 40];
        out->most = time[data->draws - 1 - data->draws / 40];
    }
    free(time);
    return TOIL_STATS_OK;
}

/* ---- ranks ---- */

struct ranking {
    const struct toil_rank_entry *entry;
    size_t count;
    unsigned draws;
    double *drawn; /* [count * draws] */
    size_t *order; /* of those ranked, best first */
    size_t ranked;
};

static int by_ratio(const void *a, const void *b, void *context)
{
    const size_t *x = a, *y = b;
    const struct toil_ranked *out = context;
    if (out[*x].ratio != out[*y].ratio)
        return out[*x].ratio > out[*y].ratio ? -1 : 1;
    return *x < *y ? -1 : 1;
}

static double probability(const struct ranking *ranking, size_t a, size_t b)
{
    double before = 0;
    for (unsigned i = 0; i < ranking->draws; i++) {
        double x = ranking->drawn[a * ranking->draws + i], y = ranking->drawn[b * ranking->draws + i];
        before += x > y ? 1 : x == y ? 0.5 : 0;
    }
    return before / ranking->draws;
}

static bool is_ranked(const struct toil_rank_entry *entry)
{
    return is_sound(&entry->cost) && entry->effort > 0 && isfinite(entry->effort);
}

/* Each entry has draws of its own. Costs are never below 0. */
static void draw_all(struct ranking *ranking, uint64_t seed, struct toil_ranked *out)
{
    double *sorted = toil_xcalloc(ranking->draws, sizeof *sorted);
    gsl_rng *random = new_random(seed);
    for (size_t e = 0; e < ranking->count; e++) {
        const struct toil_rank_entry *entry = &ranking->entry[e];
        out[e] = (struct toil_ranked){(double)NAN, (double)NAN, (double)NAN, 0};
        if (!is_ranked(entry))
            continue;
        for (unsigned i = 0; i < ranking->draws; i++) {
            double factor = draw_effort(random);
            sorted[i] = ranking->drawn[e * ranking->draws + i] =
                fmax(draw(random, &entry->cost), 0) / (entry->effort * factor);
        }
        qsort(sorted, ranking->draws, sizeof *sorted, by_value);
        out[e].ratio = entry->cost.value / entry->effort;
        out[e].low = gsl_stats_quantile_from_sorted_data(sorted, 1, ranking->draws, 0.025);
        out[e].high = gsl_stats_quantile_from_sorted_data(sorted, 1, ranking->draws, 0.975);
        ranking->order[ranking->ranked++] = e;
    }
    gsl_rng_free(random);
    free(sorted);
}

enum toil_stats_result toil_rank(const struct toil_rank_entry *entry, size_t count, unsigned draws, uint64_t seed,
                                 struct toil_ranked *out, double *outranks)
{
    if (draws == 0)
        return TOIL_STATS_BAD_INPUT;
    struct ranking ranking = {.entry = entry, .count = count, .draws = draws};
    ranking.drawn = toil_xcalloc(count * draws + 1, sizeof *ranking.drawn);
    ranking.order = toil_xcalloc(count + 1, sizeof *ranking.order);
    draw_all(&ranking, seed, out);
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++)
            outranks[a * count + b] =
                a != b && is_ranked(&entry[a]) && is_ranked(&entry[b]) ? probability(&ranking, a, b) : (double)NAN;
    if (ranking.ranked > 0)
        qsort_r(ranking.order, ranking.ranked, sizeof *ranking.order, by_ratio, out);
    for (size_t i = 0; i < ranking.ranked; i++) {
        size_t at = ranking.order[i], before = i > 0 ? ranking.order[i - 1] : at;
        bool tie = i > 0 && outranks[before * count + at] < TOIL_RANK_SURE;
        out[at].rank = tie ? out[before].rank : i + 1;
    }
    free(ranking.drawn);
    free(ranking.order);
    return ranking.ranked > 0 ? TOIL_STATS_OK : TOIL_STATS_NO_DATA;
}
