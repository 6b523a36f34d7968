/* The code behind permutation.h. */
#include "permutation.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "toilmeter/buf.h"

/* Steps of multiply-and-add that counting out may take before an approximation does: more where p matters more, and
 * rarely is as small. */
static const struct {
    double z, steps; /* below so many standard deviations above what is expected */
} exact_budget[] = {{1, 1e4}, {2.5, 2e5}, {INFINITY, 4e6}};
#define NEWTON_STEPS 60
#define MAX_TILT     40.0 /* exp of it is far beyond what any referent weighs */

/* A cluster whose options differ: how far each lies below its greatest. */
struct deficits {
    uint32_t below[TOIL_PERMUTATION_OPTIONS]; /* ascending, from 0 on, no repeats */
    double weight[TOIL_PERMUTATION_OPTIONS];  /* share of the options; sums to 1 */
    uint32_t count;
};

struct problem {
    struct deficits *cluster; /* owned */
    size_t count;
    double mean, variance; /* of the sum of deficits */
    uint64_t most, own;    /* greatest sum of deficits, and that of the clusters' own counts */
};

static struct deficits deficits_of(const struct toil_permutation_unit *unit)
{
    uint32_t sorted[TOIL_PERMUTATION_OPTIONS];
    struct deficits out = {.count = 0};
    for (uint32_t i = 0; i < unit->count; i++) {
        uint32_t at = i;
        for (; at > 0 && sorted[at - 1] < unit->option[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = unit->option[i];
    }
    for (uint32_t i = 0; i < unit->count; i++) {
        const uint32_t below = sorted[0] - sorted[i];
        if (out.count == 0 || out.below[out.count - 1] != below)
            out.below[out.count++] = below;
        out.weight[out.count - 1] += 1.0 / unit->count;
    }
    return out;
}

static struct problem problem_of(const struct toil_permutation_unit *unit, size_t count)
{
    struct problem problem = {.cluster = toil_xcalloc(count, sizeof *problem.cluster)};
    for (size_t i = 0; i < count; i++) {
        const struct deficits cluster = deficits_of(&unit[i]);
        if (cluster.count < 2)
            continue;
        double mean = 0, square = 0;
        for (uint32_t j = 0; j < cluster.count; j++) {
            mean += cluster.weight[j] * cluster.below[j];
            square += cluster.weight[j] * cluster.below[j] * cluster.below[j];
        }
        uint32_t greatest = 0;
        for (uint32_t j = 0; j < unit[i].count; j++)
            greatest = unit[i].option[j] > greatest ? unit[i].option[j] : greatest;
        problem.own += greatest - unit[i].option[0];
        problem.most += cluster.below[cluster.count - 1];
        problem.mean += mean;
        problem.variance += square - mean * mean;
        problem.cluster[problem.count++] = cluster;
    }
    return problem;
}

static double exact_steps(const struct problem *problem)
{
    double steps = 0, range = 0;
    for (size_t i = 0; i < problem->count; i++) {
        const struct deficits *cluster = &problem->cluster[i];
        range = fmin(range + cluster->below[cluster->count - 1], (double)problem->own);
        steps += (range + 1) * cluster->count;
    }
    return steps;
}

/* The share of draws whose deficits sum to no more than the clusters' own: nothing beyond needs to be counted. */
static double count_out(const struct problem *problem)
{
    const size_t size = (size_t)problem->own + 1;
    double *share = toil_xcalloc(size, sizeof *share), *next = toil_xcalloc(size, sizeof *next), p = 0;
    size_t used = 1;
    share[0] = 1;
    for (size_t i = 0; i < problem->count; i++) {
        const struct deficits *cluster = &problem->cluster[i];
        const size_t reach = used + cluster->below[cluster->count - 1], end = reach < size ? reach : size;
        for (size_t k = 0; k < end; k++)
            next[k] = k < used ? cluster->weight[0] * share[k] : 0;
        for (uint32_t j = 1; j < cluster->count && cluster->below[j] < end; j++) {
            const size_t shift = cluster->below[j], room = end - shift, stop = used < room ? used : room;
            const double weight = cluster->weight[j];
            for (size_t k = 0; k < stop; k++)
                next[k + shift] += weight * share[k];
        }
        double *swap = share;
        share = next;
        next = swap;
        used = end;
    }
    for (size_t k = 0; k < used; k++)
        p += share[k];
    free(share);
    free(next);
    return p;
}

/* The cumulant generating function of minus the sum of deficits, and its first two derivatives, at a tilt from 0 on:
 * no term exceeds 1, and that of a deficit of 0 stays, so that nothing overflows or vanishes. */
struct cumulants {
    double value, first, second;
};

static struct cumulants cumulants_at(const struct problem *problem, double tilt)
{
    struct cumulants sum = {0};
    for (size_t i = 0; i < problem->count; i++) {
        const struct deficits *cluster = &problem->cluster[i];
        double total = cluster->weight[0], mean = 0, square = 0;
        for (uint32_t j = 1; j < cluster->count; j++) {
            const double below = cluster->below[j], term = cluster->weight[j] * exp(-tilt * below);
            total += term;
            mean -= term * below;
            square += term * below * below;
        }
        mean /= total;
        sum.value += log(total);
        sum.first += mean;
        sum.second += square / total - mean * mean;
    }
    return sum;
}

/* The tilt under which the sum is expected at `target`: Newton's steps, kept between what is known to be too low and
 * too high. */
static double tilt_for(const struct problem *problem, double target)
{
    double low = 0, high = MAX_TILT, tilt = 0;
    for (int step = 0; step < NEWTON_STEPS; step++) {
        const struct cumulants at = cumulants_at(problem, tilt);
        if (at.first < target)
            low = tilt;
        else
            high = tilt;
        double next = tilt + (target - at.first) / at.second;
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - tilt) <= 1e-10 * (1 + fabs(tilt)))
            return next;
        tilt = next;
    }
    return tilt;
}

static double by_saddlepoint(const struct problem *problem)
{
    const double target = -(double)problem->own - 0.5;
    const double tilt = tilt_for(problem, target);
    const struct cumulants at = cumulants_at(problem, tilt);
    const double w = sqrt(fmax(0, 2 * (tilt * target - at.value)));
    const double u = 2 * sinh(tilt / 2) * sqrt(at.second);
    if (!(w > 1e-4 && u > 0))
        return 0.5;
    return gsl_cdf_ugaussian_Q(w) + gsl_ran_ugaussian_pdf(w) * (1 / u - 1 / w);
}

static double by_normal(const struct problem *problem)
{
    return gsl_cdf_ugaussian_Q((problem->mean - (double)problem->own - 0.5) / sqrt(problem->variance));
}

static enum toil_permutation_method choose(const struct problem *problem)
{
    const double z = (problem->mean - (double)problem->own - 0.5) / sqrt(problem->variance);
    size_t row = 0;
    while (z >= exact_budget[row].z)
        row++;
    if (exact_steps(problem) <= exact_budget[row].steps)
        return TOIL_PERMUTATION_EXACT;
    return row == 0 ? TOIL_PERMUTATION_NORMAL : TOIL_PERMUTATION_SADDLEPOINT;
}

double toil_permutation_p(const struct toil_permutation_unit *unit, size_t count, enum toil_permutation_method method)
{
    struct problem problem = problem_of(unit, count);
    double p = 1;
    if (problem.count > 0 && problem.own < problem.most) {
        if (method == TOIL_PERMUTATION_AUTO)
            method = choose(&problem);
        if (method == TOIL_PERMUTATION_EXACT)
            p = count_out(&problem);
        else if (method == TOIL_PERMUTATION_SADDLEPOINT)
            p = by_saddlepoint(&problem);
        else
            p = by_normal(&problem);
    }
    free(problem.cluster);
    return fmin(1, fmax(DBL_MIN, p));
}
