/* The code behind glm.h. */
#include "glm.h"

#include <float.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "toilmeter/buf.h"

#define MAX_ITERATIONS 100
#define MAX_HALVINGS   40
#define MAX_ROUNDS     200
#define TOLERANCE      1e-13
#define THETA_MIN      1e-8
#define THETA_MAX      1e7
#define LEAST_MEAN     1e-290

/* A fitted log rate whose variance is greater has less than a ten-thousandth of a count behind it. */
#define SEPARATED_VARIANCE 1e4

/* One fit with theta given; INFINITY is Poisson. */
struct irls {
    const struct toil_glm_data *data;
    double theta;
    double *coefficient, *inverse;  /* what is fitted */
    double *fitted;                 /* [count] means */
    double *weight, *work, *before; /* [count], [count], [columns] */
    double deviance, rounding;
    unsigned iterations;
};

static double offset_of(const struct toil_glm_data *data, size_t row)
{
    return data->offset ? data->offset[row] : 0;
}

/* Adds a count's part of the deviance, and what of it may be rounding. */
static void add_deviance(struct irls *fit, double y, double mu)
{
    double part = y > 0 ? y * log(y / mu) : 0;
    double rest = isinf(fit->theta) ? y - mu : (y + fit->theta) * log1p((y - mu) / (mu + fit->theta));
    fit->deviance += 2 * (part - rest);
    fit->rounding += 4 * DBL_EPSILON * (fabs(part) + fabs(rest));
}

/* Means and deviance of the coefficients. */
static void evaluate(struct irls *fit)
{
    const struct toil_glm_data *data = fit->data;
    fit->deviance = 0;
    fit->rounding = 0;
    for (size_t row = 0; row < data->count; row++) {
        double eta = offset_of(data, row);
        for (size_t column = 0; column < data->columns; column++)
            eta += data->x[row * data->columns + column] * fit->coefficient[column];
        fit->fitted[row] = fmax(exp(eta), LEAST_MEAN);
        add_deviance(fit, data->y[row], fit->fitted[row]);
    }
}

/* One step of least squares from the means. The observed information makes it Newton's, which ends soon also with a
 * small theta; the expected one is what the covariance is made of. They are the same for Poisson. False when the
 * columns depend on each other under the weights. */
static bool step(struct irls *fit, bool observed)
{
    const struct toil_glm_data *data = fit->data;
    for (size_t row = 0; row < data->count; row++) {
        double mu = fit->fitted[row], y = data->y[row], spread = 1 + mu / fit->theta;
        fit->weight[row] = mu / spread * (observed ? (1 + y / fit->theta) / spread : 1);
        fit->work[row] = log(mu) - offset_of(data, row) + (y - mu) / spread / fit->weight[row];
    }
    return toil_least_squares(data->x, fit->work, fit->weight, data->count, data->columns, fit->coefficient,
                              fit->inverse);
}

/* Goes back towards the coefficients before while the deviance is higher there. */
static bool halve(struct irls *fit, double deviance)
{
    for (int i = 0; i < MAX_HALVINGS; i++) {
        if (isfinite(fit->deviance) && fit->deviance <= deviance + 1e-9 * (fabs(deviance) + 0.1))
            return true;
        for (size_t column = 0; column < fit->data->columns; column++)
            fit->coefficient[column] = (fit->coefficient[column] + fit->before[column]) / 2;
        evaluate(fit);
    }
    return isfinite(fit->deviance);
}

/* From the means in fit->fitted to the optimum. started: they are those of the coefficients, not a guess. */
static enum toil_stats_result iterate(struct irls *fit, bool started)
{
    size_t bytes = fit->data->columns * sizeof *fit->before;
    double deviance = started ? fit->deviance : (double)INFINITY;
    for (unsigned i = 0; i < MAX_ITERATIONS; i++, fit->iterations++) {
        memcpy(fit->before, fit->coefficient, bytes);
        if (!step(fit, true))
            return i == 0 && !started ? TOIL_STATS_SINGULAR : TOIL_STATS_SEPARATED;
        evaluate(fit);
        if (isfinite(deviance) ? !halve(fit, deviance) : !isfinite(fit->deviance))
            return TOIL_STATS_NOT_CONVERGED;
        if (fabs(fit->deviance - deviance) <= TOLERANCE * (fabs(fit->deviance) + 0.1) + fit->rounding)
            return step(fit, false) ? TOIL_STATS_OK : TOIL_STATS_SEPARATED;
        deviance = fit->deviance;
    }
    return TOIL_STATS_NOT_CONVERGED;
}

/* d logL / d theta over the counts. The first two terms, digamma(theta + y) - digamma(theta), are a sum for whole y. */
static double theta_score(const struct irls *fit, double theta)
{
    double score = 0;
    for (size_t row = 0; row < fit->data->count; row++) {
        double y = fit->data->y[row], mu = fit->fitted[row];
        if (y <= 100 && y >= floor(y) && y <= floor(y)) {
            for (int k = 0; k < (int)y; k++)
                score += 1 / (theta + k);
        } else {
            score += gsl_sf_psi(theta + y) - gsl_sf_psi(theta);
        }
        score += (mu - y) / (mu + theta) - log1p(mu / theta);
    }
    return score;
}

/* MASS's theta.ml: -d^2 logL / d theta^2 */
static double theta_information(const struct irls *fit, double theta)
{
    double information = 0;
    for (size_t row = 0; row < fit->data->count; row++) {
        double y = fit->data->y[row], mu = fit->fitted[row];
        information += gsl_sf_psi_1(theta) - gsl_sf_psi_1(theta + y) - 1 / theta + 2 / (mu + theta) -
                       (y + theta) / (mu + theta) / (mu + theta);
    }
    return information;
}

/* The theta at which the score falls through 0, by halving on a log scale; near THETA_MAX when it never does. */
static double find_theta(const struct irls *fit)
{
    double low = log(THETA_MIN), high = log(THETA_MAX);
    for (int i = 0; i < 80; i++) {
        double middle = (low + high) / 2;
        if (theta_score(fit, exp(middle)) > 0)
            low = middle;
        else
            high = middle;
    }
    return exp((low + high) / 2);
}

static enum toil_stats_result alternate(struct irls *fit, struct toil_glm *out)
{
    for (int round = 0; round < MAX_ROUNDS && !out->poisson_limit; round++) {
        double before = fit->theta;
        fit->theta = find_theta(fit);
        out->poisson_limit = fit->theta >= THETA_MAX / 10;
        if (out->poisson_limit)
            break;
        evaluate(fit);
        enum toil_stats_result result = iterate(fit, true);
        if (result != TOIL_STATS_OK)
            return result;
        if (fabs(fit->theta - before) <= 1e-9 * fit->theta) {
            out->theta = fit->theta;
            out->theta_se = 1 / sqrt(theta_information(fit, fit->theta));
            return isfinite(out->theta_se) ? TOIL_STATS_OK : TOIL_STATS_NOT_CONVERGED;
        }
    }
    if (!out->poisson_limit)
        return TOIL_STATS_NOT_CONVERGED;
    fit->theta = INFINITY;
    evaluate(fit);
    return iterate(fit, true);
}

static enum toil_stats_result check(const struct toil_glm_data *data, enum toil_glm_family family)
{
    if (data->columns == 0 || data->count < data->columns + (family == TOIL_GLM_QUASIPOISSON ? 1 : 0))
        return TOIL_STATS_NO_DATA;
    bool all_zero = true;
    for (size_t row = 0; row < data->count; row++) {
        if (!(data->y[row] >= 0) || !isfinite(data->y[row]) || !isfinite(offset_of(data, row)))
            return TOIL_STATS_BAD_INPUT;
        for (size_t column = 0; column < data->columns; column++)
            if (!isfinite(data->x[row * data->columns + column]))
                return TOIL_STATS_BAD_INPUT;
        all_zero = all_zero && data->y[row] <= 0;
    }
    return all_zero ? TOIL_STATS_ALL_ZERO : TOIL_STATS_OK;
}

/* A first guess at the means, as R has it. */
static void guess(struct irls *fit)
{
    for (size_t row = 0; row < fit->data->count; row++)
        fit->fitted[row] = fit->data->y[row] + 0.1;
}

static bool is_separated(const struct irls *fit)
{
    for (size_t row = 0; row < fit->data->count; row++) {
        const double *x = fit->data->x + row * fit->data->columns;
        if (!(toil_quadratic_form(x, fit->inverse, fit->data->columns) < SEPARATED_VARIANCE))
            return true;
    }
    return false;
}

static double log_likelihood_of(double y, double mu, double theta)
{
    if (isinf(theta))
        return y * log(mu) - mu - lgamma(y + 1);
    return lgamma(theta + y) - lgamma(theta) - lgamma(y + 1) - theta * log1p(mu / theta) +
           (y > 0 ? y * log(mu / (mu + theta)) : 0);
}

static void summarize(const struct irls *fit, struct toil_glm *out)
{
    double pearson = 0;
    out->deviance = fit->deviance;
    out->iterations = fit->iterations;
    out->log_likelihood = 0;
    out->dispersion = 1;
    for (size_t row = 0; row < out->count; row++) {
        double rest = fit->data->y[row] - fit->fitted[row];
        pearson += rest * rest / fit->fitted[row];
        out->log_likelihood += log_likelihood_of(fit->data->y[row], fit->fitted[row], fit->theta);
    }
    if (out->family == TOIL_GLM_QUASIPOISSON) {
        out->dispersion = pearson / (double)(out->count - out->columns);
        out->log_likelihood = NAN;
    }
    for (size_t i = 0; i < out->columns * out->columns; i++)
        out->covariance[i] *= out->dispersion;
    for (size_t i = 0; i < out->columns; i++)
        out->se[i] = sqrt(out->covariance[i * out->columns + i]);
}

static void forget(struct toil_glm *glm)
{
    *glm = (struct toil_glm){.family = glm->family,
                             .deviance = NAN,
                             .dispersion = NAN,
                             .log_likelihood = NAN,
                             .theta = NAN,
                             .theta_se = NAN};
}

enum toil_stats_result toil_glm_fit(const struct toil_glm_data *data, enum toil_glm_family family, struct toil_glm *out)
{
    out->family = family;
    forget(out);
    enum toil_stats_result result = check(data, family);
    if (result != TOIL_STATS_OK)
        return result;
    size_t count = data->count, columns = data->columns;
    out->count = count;
    out->columns = columns;
    out->coefficient = toil_xcalloc(columns, sizeof *out->coefficient);
    out->se = toil_xcalloc(columns, sizeof *out->se);
    out->covariance = toil_xcalloc(columns * columns, sizeof *out->covariance);
    out->fitted = toil_xcalloc(count, sizeof *out->fitted);
    double *work = toil_xcalloc(2 * count + columns, sizeof *work);
    struct irls fit = {data, INFINITY,     out->coefficient, out->covariance, out->fitted,
                       work, work + count, work + 2 * count, .deviance = 0};
    guess(&fit);
    result = iterate(&fit, false);
    if (result == TOIL_STATS_OK && family == TOIL_GLM_NEGATIVE_BINOMIAL)
        result = alternate(&fit, out);
    if (result == TOIL_STATS_OK && is_separated(&fit))
        result = TOIL_STATS_SEPARATED;
    if (result == TOIL_STATS_OK)
        summarize(&fit, out);
    else
        toil_glm_release(out);
    free(work);
    return result;
}

void toil_glm_release(struct toil_glm *glm)
{
    free(glm->coefficient);
    free(glm->se);
    free(glm->covariance);
    free(glm->fitted);
    forget(glm);
}

size_t toil_newey_west_lag(size_t count)
{
    size_t lag = (size_t)floor(4 * pow((double)count / 100, 2.0 / 9));
    return lag < count ? lag : (count > 0 ? count - 1 : 0);
}

void toil_newey_west(const double *scores, const double *bread, size_t count, size_t columns, size_t lag,
                     double *covariance)
{
    double *meat = toil_xcalloc(2 * columns * columns + 1, sizeof *meat), *half = meat + columns * columns;
    for (size_t distance = 0; distance <= lag && distance < count; distance++) {
        double weight = 1 - (double)distance / (double)(lag + 1);
        for (size_t row = distance; row < count; row++) {
            const double *now = scores + row * columns, *then = scores + (row - distance) * columns;
            for (size_t i = 0; i < columns; i++)
                for (size_t j = 0; j < columns; j++)
                    meat[i * columns + j] +=
                        distance == 0 ? now[i] * now[j] : weight * (now[i] * then[j] + then[i] * now[j]);
        }
    }
    for (size_t i = 0; i < columns; i++)
        for (size_t j = 0; j < columns; j++)
            for (size_t k = 0; k < columns; k++)
                half[i * columns + j] += bread[i * columns + k] * meat[k * columns + j];
    for (size_t i = 0; i < columns; i++)
        for (size_t j = 0; j < columns; j++) {
            double sum = 0;
            for (size_t k = 0; k < columns; k++)
                sum += half[i * columns + k] * bread[k * columns + j];
            covariance[i * columns + j] = sum;
        }
    free(meat);
}

void toil_glm_newey_west(const struct toil_glm_data *data, const struct toil_glm *glm, size_t lag, double *covariance)
{
    size_t cells = glm->columns * glm->columns;
    double *scores = toil_xcalloc(data->count * data->columns + cells + 1, sizeof *scores);
    double *bread = scores + data->count * data->columns, theta = isnan(glm->theta) ? (double)INFINITY : glm->theta;
    for (size_t i = 0; i < cells; i++)
        bread[i] = glm->covariance[i] / glm->dispersion;
    for (size_t row = 0; row < data->count; row++) {
        double mu = glm->fitted[row], rest = (data->y[row] - mu) / (1 + mu / theta);
        for (size_t column = 0; column < data->columns; column++)
            scores[row * data->columns + column] = rest * data->x[row * data->columns + column];
    }
    toil_newey_west(scores, bread, data->count, data->columns, lag, covariance);
    free(scores);
}
