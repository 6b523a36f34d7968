/* The statistics against R's results on random input: tests/reference/reference.json, made by make_reference.R there.
 * Each kind has its tolerance; near equals |got - R| <= tolerance * (1 + |R|). */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats/before_after.h"
#include "analyzers/stats/beta.h"
#include "analyzers/stats/fdr.h"
#include "analyzers/stats/glm.h"
#include "analyzers/stats/rate_ratio.h"
#include "analyzers/stats/rescale.h"
#include "analyzers/stats/sccs.h"
#include "analyzers/stats/trend.h"
#include "toilmeter/buf.h"

#define REFERENCE_FILE "tests/reference/reference.json"

static cJSON *read_reference(void)
{
    FILE *file = fopen(REFERENCE_FILE, "rb");
    cr_assert_not_null(file, "%s: tests run in the source folder", REFERENCE_FILE);
    size_t room = 1 << 20, length;
    char *text = toil_xcalloc(room, 1);
    length = fread(text, 1, room - 1, file);
    cr_assert(feof(file), "longer than expected");
    cr_assert_eq(fclose(file), 0);
    cJSON *all = cJSON_ParseWithLength(text, length);
    cr_assert_not_null(all);
    free(text);
    return all;
}

static double number(const cJSON *one, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(one, name);
    cr_assert(item && (cJSON_IsNumber(item) || cJSON_IsNull(item)), "no number %s", name);
    return cJSON_IsNull(item) ? (double)NAN : item->valuedouble;
}

/* Owned by the caller; with room for one more than there are. */
static double *numbers(const cJSON *one, const char *name, size_t *count)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(one, name), *item;
    cr_assert(cJSON_IsArray(list), "no list %s", name);
    double *value = toil_xcalloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *value);
    *count = 0;
    cJSON_ArrayForEach(item, list) value[(*count)++] = item->valuedouble;
    return value;
}

static void near(double got, double wanted, double tolerance, const char *what, int at)
{
    if (isnan(wanted))
        cr_expect(isnan(got), "case %d: %s is %.17g, R has none", at, what, got);
    else
        cr_expect(fabs(got - wanted) <= tolerance * (1 + fabs(wanted)), "case %d: %s is %.17g, R's %.17g", at, what,
                  got, wanted);
}

static void all_near(const double *got, const cJSON *one, const char *name, double tolerance, int at)
{
    size_t count;
    double *wanted = numbers(one, name, &count);
    for (size_t i = 0; i < count; i++)
        near(got[i], wanted[i], tolerance, name, at);
    free(wanted);
}

/* Calls check for every case of the kind; at least so many must be there. */
static void each(const char *kind, int least, void (*check)(const cJSON *one, int at))
{
    cJSON *all = read_reference();
    const cJSON *one;
    int at = 0, seen = 0;
    cJSON_ArrayForEach(one, all)
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(one, "kind");
        cr_assert(cJSON_IsString(name));
        at++;
        if (strcmp(name->valuestring, kind) == 0) {
            check(one, at);
            seen++;
        }
    }
    cr_assert_geq(seen, least, "%d cases of %s", seen, kind);
    cJSON_Delete(all);
}

static void check_beta(const cJSON *one, int at)
{
    double a = number(one, "a"), b = number(one, "b");
    near(toil_beta_cdf(number(one, "x"), a, b), number(one, "cdf"), 1e-10, "cdf", at);
    near(toil_beta_quantile(number(one, "p"), a, b), number(one, "quantile"), 1e-10, "quantile", at);
}

Test(stats_reference, beta)
{
    each("beta", 25, check_beta);
}

static void check_binomial(const cJSON *one, int at)
{
    struct toil_binomial_test got;
    cr_assert_eq(toil_binomial_test((uint64_t)number(one, "successes"), (uint64_t)number(one, "trials"),
                                    number(one, "probability"), 0.95, &got),
                 TOIL_STATS_OK);
    near(got.estimate, number(one, "estimate"), 1e-12, "estimate", at);
    near(got.low, number(one, "low"), 1e-10, "low", at);
    near(got.high, number(one, "high"), 1e-10, "high", at);
    near(got.p, number(one, "p"), 1e-10, "p", at);
}

Test(stats_reference, binomial)
{
    each("binomial", 40, check_binomial);
}

static void check_rate_ratio(const cJSON *one, int at)
{
    struct toil_rate_ratio got;
    size_t count;
    double *k = numbers(one, "count", &count), *exposure = numbers(one, "exposure", &count);
    cr_assert_eq(toil_rate_ratio((uint64_t)k[0], exposure[0], (uint64_t)k[1], exposure[1], number(one, "level"), &got),
                 TOIL_STATS_OK);
    near(got.ratio, number(one, "ratio"), 1e-12, "ratio", at);
    near(got.low, number(one, "low"), 1e-9, "low", at);
    near(got.high, number(one, "high"), 1e-9, "high", at);
    near(got.p, number(one, "p"), 1e-9, "p", at);
    free(k);
    free(exposure);
}

Test(stats_reference, rate_ratio)
{
    each("rate_ratio", 40, check_rate_ratio);
}

/* theta is as exact as R's own iteration, which ends earlier than ours. */
static void check_glm(const cJSON *one, int at, enum toil_glm_family family)
{
    size_t cells, count, columns;
    double *x = numbers(one, "x", &cells), *y = numbers(one, "y", &count), *offset = numbers(one, "offset", &count);
    struct toil_glm_data data = {x, y, offset, count, cells / count};
    struct toil_glm got = {0};
    double tolerance = family == TOIL_GLM_NEGATIVE_BINOMIAL ? 1e-5 : 1e-7;
    cr_assert_eq(toil_glm_fit(&data, family, &got), TOIL_STATS_OK, "case %d", at);
    columns = data.columns;
    all_near(got.coefficient, one, "coefficient", tolerance, at);
    all_near(got.se, one, "se", tolerance, at);
    near(got.deviance, number(one, "deviance"), tolerance, "deviance", at);
    near(got.dispersion, number(one, "dispersion"), tolerance, "dispersion", at);
    near(got.log_likelihood, number(one, "log_likelihood"), 1e-9, "log_likelihood", at);
    near(got.theta, number(one, "theta"), 1e-5, "theta", at);
    near(got.theta_se, number(one, "theta_se"), 1e-4, "theta_se", at);
    double *covariance = toil_xcalloc(columns * columns, sizeof *covariance);
    toil_glm_newey_west(&data, &got, (size_t)number(one, "lag"), covariance);
    all_near(covariance, one, "newey_west", tolerance, at);
    toil_glm_release(&got);
    free(covariance);
    free(x);
    free(y);
    free(offset);
}

static void check_poisson(const cJSON *one, int at)
{
    check_glm(one, at, TOIL_GLM_POISSON);
}

static void check_quasipoisson(const cJSON *one, int at)
{
    check_glm(one, at, TOIL_GLM_QUASIPOISSON);
}

static void check_negative_binomial(const cJSON *one, int at)
{
    check_glm(one, at, TOIL_GLM_NEGATIVE_BINOMIAL);
}

Test(stats_reference, poisson_regression_and_newey_west)
{
    each("poisson", 45, check_poisson);
}

Test(stats_reference, quasipoisson_regression_and_newey_west)
{
    each("quasipoisson", 45, check_quasipoisson);
}

Test(stats_reference, negative_binomial_regression_and_newey_west)
{
    each("negative_binomial", 40, check_negative_binomial);
}

static void check_fdr(const cJSON *one, int at)
{
    size_t count;
    double *p = numbers(one, "p", &count);
    toil_fdr_adjust(p, count, p);
    all_near(p, one, "q", 1e-13, at);
    free(p);
}

Test(stats_reference, fdr)
{
    each("fdr", 20, check_fdr);
}

static void check_trend(const cJSON *one, int at)
{
    size_t count;
    double *y = numbers(one, "y", &count);
    struct toil_mann_kendall kendall;
    struct toil_theil_sen sen;
    cr_assert_eq(toil_mann_kendall(y, count, &kendall), TOIL_STATS_OK);
    cr_assert_eq(toil_theil_sen(NULL, y, count, 0.95, &sen), TOIL_STATS_OK);
    near(kendall.s, number(one, "s"), 0, "s", at);
    near(kendall.variance, number(one, "variance"), 1e-12, "variance", at);
    near(kendall.z, number(one, "z"), 1e-12, "z", at);
    near(kendall.p, number(one, "p"), 1e-12, "p", at);
    near(kendall.tau, number(one, "tau"), 1e-12, "tau", at);
    near(sen.slope, number(one, "slope"), 1e-12, "slope", at);
    near(sen.intercept, number(one, "intercept"), 1e-12, "intercept", at);
    free(y);
}

Test(stats_reference, mann_kendall_and_theil_sen)
{
    each("mann_kendall", 38, check_trend);
}

/* R is exact for 260 values, too; ours is the corrected limit there. */
static void check_ks(const cJSON *one, int at)
{
    size_t count;
    double *value = numbers(one, "values", &count);
    struct toil_ks got = toil_ks_uniform(value, count);
    near(got.statistic, number(one, "statistic"), 1e-12, "statistic", at);
    near(got.p, number(one, "p"), count <= 200 ? 1e-9 : 1e-4, "p", at);
    free(value);
}

Test(stats_reference, kolmogorov_smirnov)
{
    each("ks", 40, check_ks);
}

static void check_sccs(const cJSON *one, int at)
{
    const cJSON *people = cJSON_GetObjectItemCaseSensitive(one, "people"), *person;
    size_t count = (size_t)cJSON_GetArraySize(people), cuts, ages, i = 0;
    struct toil_sccs_case *cases = toil_xcalloc(count, sizeof *cases);
    double **event = toil_xcalloc(2 * count, sizeof *event), **exposure = event + count;
    double *cut = numbers(one, "window", &cuts), *age = numbers(one, "age", &ages);
    struct toil_sccs_window window[4];
    for (size_t w = 0; w + 1 < cuts; w++)
        window[w] = (struct toil_sccs_window){cut[w], cut[w + 1]};
    cJSON_ArrayForEach(person, people)
    {
        struct toil_sccs_case *filled = &cases[i];
        event[i] = numbers(person, "event", &filled->event_count);
        exposure[i] = numbers(person, "exposure", &filled->exposure_count);
        filled->from = number(person, "from");
        filled->to = number(person, "to");
        filled->event = event[i];
        filled->exposure = exposure[i];
        i++;
    }
    struct toil_sccs_data data = {cases, count, window, cuts - 1, age, ages};
    struct toil_sccs got;
    cr_assert_eq(toil_sccs_fit(&data, 0.95, &got), TOIL_STATS_OK, "case %d", at);
    double log_ratio[8], se[8];
    for (i = 0; i < got.effect_count; i++) {
        log_ratio[i] = got.effect[i].log_ratio;
        se[i] = got.effect[i].se;
    }
    all_near(log_ratio, one, "log_ratio", 1e-7, at);
    all_near(se, one, "se", 1e-7, at);
    toil_sccs_release(&got);
    for (i = 0; i < 2 * count; i++)
        free(event[i]);
    free(event);
    free(cases);
    free(cut);
    free(age);
}

Test(stats_reference, self_controlled_case_series)
{
    each("sccs", 25, check_sccs);
}

static void check_before_after(const cJSON *one, int at)
{
    size_t count, cells;
    double *y = numbers(one, "y", &count), *control = numbers(one, "control", &cells);
    size_t before = (size_t)number(one, "before");
    struct toil_before_after_data data = {y, control, count, (size_t)number(one, "controls"), before, before};
    struct toil_before_after got;
    cr_assert_eq(toil_before_after(&data, 0.95, &got), TOIL_STATS_OK, "case %d", at);
    near(got.effect, number(one, "effect"), 1e-9, "effect", at);
    near(got.low, number(one, "low"), 1e-9, "low", at);
    near(got.high, number(one, "high"), 1e-9, "high", at);
    near(got.p, number(one, "p"), 1e-9, "p", at);
    free(y);
    free(control);
}

Test(stats_reference, before_and_after)
{
    each("before_after", 20, check_before_after);
}
