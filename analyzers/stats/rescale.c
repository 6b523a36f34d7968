/* The code behind rescale.h. */
#include "rescale.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

#define EXACT_MAX_COUNT 200
#define SCALE           1e140

static int compare_doubles(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* A square matrix times 10^(140 exponent), so that powers neither overflow nor vanish. */
struct scaled {
    double *cell;
    int exponent;
};

static void multiply(const double *a, const double *b, double *out, size_t order)
{
    memset(out, 0, order * order * sizeof *out);
    for (size_t i = 0; i < order; i++)
        for (size_t k = 0; k < order; k++) {
            double factor = a[i * order + k];
            if (factor == 0)
                continue;
            for (size_t j = 0; j < order; j++)
                out[i * order + j] += factor * b[k * order + j];
        }
}

static void rescale_matrix(struct scaled *matrix, size_t order)
{
    if (matrix->cell[(order / 2) * order + order / 2] <= SCALE)
        return;
    for (size_t i = 0; i < order * order; i++)
        matrix->cell[i] /= SCALE;
    matrix->exponent++;
}

/* *result = base^power, by squares. work: order^2 cells; base is destroyed. */
static void raise(struct scaled *base, struct scaled *result, double *work, size_t order, size_t power)
{
    size_t bytes = order * order * sizeof *work;
    memset(result->cell, 0, bytes);
    for (size_t i = 0; i < order; i++)
        result->cell[i * order + i] = 1;
    result->exponent = 0;
    for (; power > 0; power /= 2) {
        if (power % 2 == 1) {
            multiply(result->cell, base->cell, work, order);
            memcpy(result->cell, work, bytes);
            result->exponent += base->exponent;
            rescale_matrix(result, order);
        }
        multiply(base->cell, base->cell, work, order);
        memcpy(base->cell, work, bytes);
        base->exponent *= 2;
        rescale_matrix(base, order);
    }
}

/* Marsaglia, Tsang and Wang's matrix: H[i][j] = 1/(i-j+1)! for i-j+1 >= 0, the first column and last row corrected for
 * the fraction h that d sticks out of whole steps. */
static void fill_matrix(double *cell, size_t order, double h)
{
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order; j++)
            cell[i * order + j] = i + 1 >= j ? 1 : 0;
    for (size_t i = 0; i < order; i++) {
        cell[i * order] -= pow(h, (double)(i + 1));
        cell[(order - 1) * order + i] -= pow(h, (double)(order - i));
    }
    if (2 * h > 1)
        cell[(order - 1) * order] += pow(2 * h - 1, (double)order);
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order && j <= i; j++)
            for (size_t g = 1; g <= i - j + 1; g++)
                cell[i * order + j] /= (double)g;
}

static double exact_cdf(double d, size_t count)
{
    size_t steps = (size_t)((double)count * d) + 1, order = 2 * steps - 1;
    double *cells = toil_xcalloc(3 * order * order, sizeof *cells);
    struct scaled base = {cells, 0}, power = {cells + order * order, 0};
    fill_matrix(base.cell, order, (double)steps - (double)count * d);
    raise(&base, &power, cells + 2 * order * order, order, count);
    double value = power.cell[(steps - 1) * order + steps - 1];
    int exponent = power.exponent;
    for (size_t i = 1; i <= count; i++) {
        value *= (double)i / (double)count;
        if (value < 1 / SCALE) {
            value *= SCALE;
            exponent--;
        }
    }
    free(cells);
    return value * pow(SCALE, exponent);
}

/* Kolmogorov's limit, by the one of its two series that converges quickly. */
static double limit_cdf(double x)
{
    double sum = 0;
    if (x < 1.18) {
        for (int k = 1; k < 20; k += 2)
            sum += exp(-k * k * M_PI * M_PI / (8 * x * x));
        return sqrt(2 * M_PI) / x * sum;
    }
    for (int k = 1; k < 20; k++)
        sum += (k % 2 == 1 ? 1 : -1) * exp(-2 * k * k * x * x);
    return 1 - 2 * sum;
}

double toil_ks_cdf(double d, size_t count)
{
    double n = (double)count;
    if (count == 0 || !(d > 0.5 / n))
        return 0;
    if (d >= 1)
        return 1;
    double x = d * sqrt(n);
    double value =
        count <= EXACT_MAX_COUNT ? exact_cdf(d, count) : limit_cdf(x + 1 / (6 * sqrt(n)) + (x - 1) / (4 * n));
    return fmin(fmax(value, 0), 1);
}

/* Sorts the values. */
static struct toil_ks test_uniform(double *values, size_t count)
{
    struct toil_ks out = {.count = count, .statistic = NAN, .p = NAN};
    if (count < TOIL_KS_MIN_COUNT)
        return out;
    for (size_t i = 0; i < count; i++)
        if (!(values[i] >= 0 && values[i] <= 1))
            return out;
    qsort(values, count, sizeof *values, compare_doubles);
    out.tested = true;
    out.statistic = 0;
    for (size_t i = 0; i < count; i++) {
        double above = (double)(i + 1) / (double)count - values[i], below = values[i] - (double)i / (double)count;
        out.statistic = fmax(out.statistic, fmax(above, below));
    }
    out.p = 1 - toil_ks_cdf(out.statistic, count);
    return out;
}

struct toil_ks toil_ks_uniform(const double *values, size_t count)
{
    double *sorted = toil_xcalloc(count + 1, sizeof *sorted);
    if (count > 0)
        memcpy(sorted, values, count * sizeof *sorted);
    struct toil_ks out = test_uniform(sorted, count);
    free(sorted);
    return out;
}

struct toil_ks toil_ks_exponential(const double *values, size_t count)
{
    double *uniform = toil_xcalloc(count + 1, sizeof *uniform);
    for (size_t i = 0; i < count; i++)
        uniform[i] = -expm1(-values[i]);
    struct toil_ks out = test_uniform(uniform, count);
    free(uniform);
    return out;
}

struct toil_ks toil_rescale_events(const double *cumulative, size_t count)
{
    double *step = toil_xcalloc(count + 1, sizeof *step);
    for (size_t i = 0; i < count; i++)
        step[i] = cumulative[i] - (i > 0 ? cumulative[i - 1] : 0);
    struct toil_ks out = toil_ks_exponential(step, count);
    free(step);
    return out;
}

struct toil_ks toil_rescale_binned(const double *expected, const uint32_t *observed, size_t bin_count, uint64_t seed)
{
    size_t count = 0;
    for (size_t bin = 0; bin < bin_count; bin++) {
        if (!(expected[bin] >= 0) || !isfinite(expected[bin]))
            return (struct toil_ks){.statistic = NAN, .p = NAN};
        count += observed[bin];
    }
    double *cumulative = toil_xcalloc(count + 1, sizeof *cumulative), before = 0;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, (unsigned long)(seed & UINT32_MAX));
    size_t filled = 0;
    for (size_t bin = 0; bin < bin_count; bin++) {
        size_t first = filled;
        for (uint32_t i = 0; i < observed[bin]; i++)
            cumulative[filled++] = before + expected[bin] * gsl_rng_uniform(random);
        if (filled > first)
            qsort(cumulative + first, filled - first, sizeof *cumulative, compare_doubles);
        before += expected[bin];
    }
    struct toil_ks out = toil_rescale_events(cumulative, count);
    gsl_rng_free(random);
    free(cumulative);
    return out;
}
