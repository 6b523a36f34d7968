/* A difference of means within weeks, clustered by customer. */
#include "stats/matched.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "toilmeter/buf.h"

#define LEAST_CONTRAST 0.1 /* of probabilities */

/* Votes of one week: of the group, and of the rest. */
struct week {
    size_t votes[2];
    double sum[2];
    double share; /* of the group among the votes; 0 when the week has one side only: then it counts for nothing */
    double mean;
};

/* A cell's votes: [1] of the group, [0] of the rest. */
struct votes {
    bool has[2];
    double vote[2];
};

/* Sums over customers of their scores' parts: score = a - difference * b. */
struct scores {
    double a, b;         /* of the customer at hand */
    double aa, ab, bb;   /* over customers */
    double sum_a, sum_b; /* over all */
    size_t customers, votes, side[2];
};

static struct votes votes_of(const struct toil_rating_cell *cell, const struct toil_rating_part *part)
{
    struct votes votes = {0};
    uint32_t count = part ? part->count : 0;
    double sum = part ? part->sum : 0;
    votes.has[1] = count > 0;
    votes.has[0] = cell->count > count;
    if (votes.has[1])
        votes.vote[1] = sum / count;
    if (votes.has[0])
        votes.vote[0] = (cell->sum - sum) / (cell->count - count);
    return votes;
}

static void sum_weeks(struct week *week, size_t week_count, const struct toil_rating_cell *cell, size_t cell_count,
                      const struct toil_rating_part *part, size_t part_count)
{
    for (size_t c = 0, p = 0; c < cell_count; c++) {
        bool mine = p < part_count && part[p].cell == c;
        const struct votes votes = votes_of(&cell[c], mine ? &part[p] : NULL);
        struct week *at = &week[cell[c].week];
        p += mine;
        for (int side = 0; side < 2; side++) {
            at->votes[side] += votes.has[side];
            at->sum[side] += votes.has[side] ? votes.vote[side] : 0;
        }
    }
    for (size_t w = 0; w < week_count; w++) {
        if (week[w].votes[0] == 0 || week[w].votes[1] == 0)
            continue;
        double votes = (double)(week[w].votes[0] + week[w].votes[1]);
        week[w].share = (double)week[w].votes[1] / votes;
        week[w].mean = (week[w].sum[0] + week[w].sum[1]) / votes;
    }
}

static void close_customer(struct scores *scores, const bool seen[2])
{
    if (!seen[0] && !seen[1])
        return;
    scores->customers++;
    scores->side[0] += seen[0];
    scores->side[1] += seen[1];
    scores->aa += scores->a * scores->a;
    scores->ab += scores->a * scores->b;
    scores->bb += scores->b * scores->b;
    scores->sum_a += scores->a;
    scores->sum_b += scores->b;
    scores->a = scores->b = 0;
}

static struct scores sum_customers(const struct week *week, const struct toil_rating_cell *cell, size_t cell_count,
                                   const struct toil_rating_part *part, size_t part_count)
{
    struct scores scores = {0};
    bool seen[2] = {false, false};
    for (size_t c = 0, p = 0; c < cell_count; c++) {
        if (c > 0 && cell[c].customer != cell[c - 1].customer) {
            close_customer(&scores, seen);
            seen[0] = seen[1] = false;
        }
        bool mine = p < part_count && part[p].cell == c;
        const struct toil_rating_part *own = mine ? &part[p] : NULL;
        const struct week *at = &week[cell[c].week];
        p += mine;
        if (!(at->share > 0))
            continue;
        const struct votes votes = votes_of(&cell[c], own);
        for (int side = 0; side < 2; side++) {
            if (!votes.has[side])
                continue;
            double x = side - at->share;
            scores.a += x * (votes.vote[side] - at->mean);
            scores.b += x * x;
            scores.votes++;
            seen[side] = true;
        }
    }
    close_customer(&scores, seen);
    return scores;
}

static bool interval(const struct scores *scores, double level, struct toil_matched *out)
{
    size_t parameters = out->weeks + 1;
    if (out->customers < 2 || out->rest_customers < 2 || !(scores->sum_b > 0) || scores->votes <= parameters)
        return false;
    double difference = scores->sum_a / scores->sum_b, groups = (double)scores->customers;
    double squares = scores->aa - 2 * difference * scores->ab + difference * difference * scores->bb;
    double factor = groups / (groups - 1) * (double)(scores->votes - 1) / (double)(scores->votes - parameters);
    double variance = factor * squares / (scores->sum_b * scores->sum_b);
    double freedom = (double)(out->customers < out->rest_customers ? out->customers : out->rest_customers) - 1;
    double half = gsl_cdf_tdist_Pinv(0.5 + level / 2, freedom) * sqrt(variance > 0 ? variance : 0);
    if (!(half > 1e-12) || !isfinite(half)) /* rounding alone: no vote differs from its week's */
        return false;
    out->difference = difference;
    out->low = difference - half;
    out->high = difference + half;
    out->degrees_of_freedom = freedom;
    return true;
}

/* weeks: in which both sides have votes. */
static struct scores score(const struct toil_rating_cell *cell, size_t cell_count, size_t week_count,
                           const struct toil_rating_part *part, size_t part_count, size_t *weeks)
{
    struct week *week = toil_xcalloc(week_count + 1, sizeof *week);
    sum_weeks(week, week_count, cell, cell_count, part, part_count);
    *weeks = 0;
    for (size_t w = 0; w < week_count; w++)
        *weeks += week[w].share > 0;
    const struct scores scores = sum_customers(week, cell, cell_count, part, part_count);
    free(week);
    return scores;
}

bool toil_matched_difference(const struct toil_rating_cell *cell, size_t cell_count, size_t week_count,
                             const struct toil_rating_part *part, size_t part_count, double level,
                             struct toil_matched *out)
{
    *out = (struct toil_matched){NAN, NAN, NAN, NAN, 0, 0, 0};
    const struct scores scores = score(cell, cell_count, week_count, part, part_count, &out->weeks);
    out->customers = scores.side[1];
    out->rest_customers = scores.side[0];
    return interval(&scores, level, out);
}

/* By how much the sides differ in what part of them is about the subject. */
static double contrast(const struct toil_rating_cell *cell, size_t cell_count, size_t week_count,
                       const struct toil_rating_part *part, size_t part_count)
{
    struct toil_rating_cell *share_cell = toil_xcalloc(cell_count + 1, sizeof *share_cell);
    struct toil_rating_part *share_part = toil_xcalloc(part_count + 1, sizeof *share_part);
    size_t weeks;
    for (size_t c = 0; c < cell_count; c++) {
        share_cell[c] = cell[c];
        share_cell[c].sum = 0;
    }
    for (size_t p = 0; p < part_count; p++) {
        share_part[p] = part[p];
        share_part[p].sum = part[p].share;
        share_cell[part[p].cell].sum = part[p].share + part[p].rest_share;
    }
    const struct scores scores = score(share_cell, cell_count, week_count, share_part, part_count, &weeks);
    free(share_cell);
    free(share_part);
    return scores.sum_b > 0 ? scores.sum_a / scores.sum_b : 0;
}

bool toil_matched_effect(const struct toil_rating_cell *cell, size_t cell_count, size_t week_count,
                         const struct toil_rating_part *part, size_t part_count, double level, struct toil_matched *out)
{
    bool sure = true;
    if (!toil_matched_difference(cell, cell_count, week_count, part, part_count, level, out))
        return false;
    for (size_t p = 0; p < part_count; p++)
        sure = sure && fabs(part[p].share - part[p].count) < 1e-9 && !(part[p].rest_share > 1e-9);
    if (sure)
        return true;
    double shares = contrast(cell, cell_count, week_count, part, part_count);
    if (!(shares >= LEAST_CONTRAST))
        return false;
    out->difference /= shares;
    out->low /= shares;
    out->high /= shares;
    return true;
}
