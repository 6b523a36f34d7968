/* Count regressions: published figures, data that nothing can be told from, and Newey-West by hand. */
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analyzers/stats/glm.h"
#include "support/lib_table.h"
#include "toilmeter/buf.h"

#define Z_95 1.959963984540054

static void expect_ratio(const struct toil_glm *glm, size_t column, double ratio, double low, double high)
{
    double b = glm->coefficient[column], se = glm->se[column];
    cr_expect_float_eq(exp(b), ratio, 5e-7, "ratio %.9g", exp(b));
    cr_expect_float_eq(exp(b - Z_95 * se), low, 5e-7, "low %.9g", exp(b - Z_95 * se));
    cr_expect_float_eq(exp(b + Z_95 * se), high, 5e-7, "high %.9g", exp(b + Z_95 * se));
}

/* Lopez Bernal, Cummins and Gasparrini (2017), Int. J. Epidemiology 46, 348-355: coronary admissions around Sicily's
 * smoking ban. Columns: 1, ban, time, and sine and cosine of one and two cycles a year. */
struct sicily {
    struct toil_table table;
    double *x, *offset;
    struct toil_glm_data data;
};

static void sicily_read(struct sicily *sicily, bool harmonics)
{
    toil_table_read_shared(&sicily->table, "reference/sicily.csv");
    size_t count = sicily->table.row_count, columns = harmonics ? 7 : 3;
    const double *ban = toil_table_column(&sicily->table, "smokban"), *time = toil_table_column(&sicily->table, "time");
    sicily->x = toil_xcalloc(count * columns, sizeof *sicily->x);
    sicily->offset = toil_xcalloc(count, sizeof *sicily->offset);
    for (size_t i = 0; i < count; i++) {
        double year = 2 * M_PI * time[i] / 12;
        const double row[] = {1, ban[i], time[i], sin(year), cos(year), sin(2 * year), cos(2 * year)};
        for (size_t j = 0; j < columns; j++)
            sicily->x[i * columns + j] = row[j];
        sicily->offset[i] = log(toil_table_column(&sicily->table, "stdpop")[i]);
    }
    sicily->data =
        (struct toil_glm_data){sicily->x, toil_table_column(&sicily->table, "aces"), sicily->offset, count, columns};
    cr_assert_eq(count, 59);
}

/* The published dispersion is R's with its default of ending early, at weights of the step before the last; converged
 * is what the same R gives with glm.control(epsilon = 1e-14). They differ in the sixth digit. */
static void expect_dispersion(const struct toil_glm *glm, double published, double converged)
{
    cr_expect_float_eq(glm->dispersion, published, 1e-5);
    cr_expect_float_eq(glm->dispersion, converged, 1e-9, "dispersion %.12f", glm->dispersion);
}

static void sicily_release(struct sicily *sicily)
{
    free(sicily->x);
    free(sicily->offset);
    toil_table_release(&sicily->table);
}

Test(glm, sicily_smoking_ban)
{
    struct sicily sicily;
    struct toil_glm glm = {0};
    sicily_read(&sicily, false);
    cr_assert_eq(toil_glm_fit(&sicily.data, TOIL_GLM_POISSON, &glm), TOIL_STATS_OK);
    expect_ratio(&glm, 1, 0.894377, 0.864686, 0.925086);
    cr_assert_eq(glm.dispersion, 1);
    toil_glm_release(&glm);
    cr_assert_eq(toil_glm_fit(&sicily.data, TOIL_GLM_QUASIPOISSON, &glm), TOIL_STATS_OK);
    expect_ratio(&glm, 1, 0.894377, 0.839189, 0.953193);
    expect_dispersion(&glm, 3.559195, 3.559186763770);
    cr_assert(isnan(glm.log_likelihood));
    toil_glm_release(&glm);
    sicily_release(&sicily);
}

Test(glm, sicily_with_harmonics_and_its_counterfactual)
{
    struct sicily sicily;
    struct toil_glm glm = {0};
    double counterfactual = 0, observed = 0;
    sicily_read(&sicily, true);
    cr_assert_eq(toil_glm_fit(&sicily.data, TOIL_GLM_QUASIPOISSON, &glm), TOIL_STATS_OK);
    expect_ratio(&glm, 1, 0.885072, 0.839401, 0.933227);
    expect_dispersion(&glm, 2.262186, 2.262182640505);
    for (size_t i = 0; i < glm.count; i++) {
        if (sicily.x[i * glm.columns + 1] > 0) {
            counterfactual += glm.fitted[i] / exp(glm.coefficient[1]);
            observed += sicily.data.y[i];
        }
    }
    cr_assert_float_eq(counterfactual, 22284.07, 5e-3);
    cr_assert_eq(observed, 19723);
    toil_glm_release(&glm);
    sicily_release(&sicily);
}

Test(glm, coal_mining_disasters_grow_rarer)
{
    struct toil_table coal;
    double x[2 * 112], y[112] = {0};
    struct toil_glm glm = {0};
    toil_table_read(&coal, "tests/unit/data/coal.csv");
    for (size_t year = 0; year < 112; year++) {
        x[2 * year] = 1;
        x[2 * year + 1] = 1851 + (double)year;
    }
    for (size_t i = 0; i < coal.row_count; i++)
        y[(size_t)toil_table_column(&coal, "date")[i] - 1851]++;
    toil_table_release(&coal);
    const struct toil_glm_data data = {x, y, NULL, 112, 2};
    cr_assert_eq(toil_glm_fit(&data, TOIL_GLM_POISSON, &glm), TOIL_STATS_OK);
    cr_assert_float_eq(glm.coefficient[1], -0.0183715, 5e-8);
    cr_assert_float_eq(glm.se[1], 0.0024727, 5e-8);
    toil_glm_release(&glm);
}

Test(glm, quine_by_negative_binomial)
{
    struct toil_table quine;
    struct toil_glm glm = {0};
    toil_table_read(&quine, "tests/unit/data/quine.csv");
    cr_assert_eq(quine.row_count, 146);
    double *x = toil_xcalloc(quine.row_count * 7, sizeof *x);
    const double *age = toil_table_column(&quine, "age");
    for (size_t i = 0; i < quine.row_count; i++) {
        const double row[] = {1,
                              toil_table_column(&quine, "eth_n")[i],
                              toil_table_column(&quine, "sex_m")[i],
                              age[i] == 1,
                              age[i] == 2,
                              age[i] == 3,
                              toil_table_column(&quine, "lrn_sl")[i]};
        for (size_t j = 0; j < 7; j++)
            x[i * 7 + j] = row[j];
    }
    const struct toil_glm_data data = {x, toil_table_column(&quine, "days"), NULL, quine.row_count, 7};
    cr_assert_eq(toil_glm_fit(&data, TOIL_GLM_NEGATIVE_BINOMIAL, &glm), TOIL_STATS_OK);
    cr_assert_not(glm.poisson_limit);
    cr_assert_float_eq(glm.theta, 1.27489, 5e-6);
    cr_assert_float_eq(glm.theta_se, 0.16104, 5e-6);
    cr_assert_float_eq(2 * glm.log_likelihood, -1093.151, 5e-4);
    cr_assert_float_eq(glm.coefficient[1], -0.56937, 5e-6);
    cr_assert_float_eq(glm.se[1], 0.15333, 5e-6);
    toil_glm_release(&glm);
    toil_table_release(&quine);
    free(x);
}

/* 20 rows: ones, first half or second, a slope; the fourth column is made per case. */
#define N_ROWS 20
struct hard {
    double x[N_ROWS * 3], y[N_ROWS], offset[N_ROWS];
    struct toil_glm_data data;
};

static struct hard *hard_new(void)
{
    struct hard *hard = toil_xcalloc(1, sizeof *hard);
    for (size_t i = 0; i < N_ROWS; i++) {
        hard->x[3 * i] = 1;
        hard->x[3 * i + 1] = i >= N_ROWS / 2;
        hard->x[3 * i + 2] = (double)((i * 7) % 5);
        hard->y[i] = (double)((i * 3) % 7);
    }
    hard->data = (struct toil_glm_data){hard->x, hard->y, hard->offset, N_ROWS, 3};
    return hard;
}

static void make_sound(struct hard *hard)
{
    (void)hard;
}

static void make_empty(struct hard *hard)
{
    hard->data.count = 0;
}

static void make_too_short(struct hard *hard)
{
    hard->data.count = 2;
}

static void make_without_columns(struct hard *hard)
{
    hard->data.columns = 0;
}

static void make_all_zero(struct hard *hard)
{
    for (size_t i = 0; i < N_ROWS; i++)
        hard->y[i] = 0;
}

static void make_separated(struct hard *hard)
{
    for (size_t i = N_ROWS / 2; i < N_ROWS; i++)
        hard->y[i] = 0;
}

static void make_separated_on_a_slope(struct hard *hard)
{
    for (size_t i = 0; i < N_ROWS; i++)
        hard->y[i] = i == 0 ? 5 : 0;
    for (size_t i = 0; i < N_ROWS; i++)
        hard->x[3 * i + 2] = (double)(i * i);
}

static void make_collinear(struct hard *hard)
{
    for (size_t i = 0; i < N_ROWS; i++)
        hard->x[3 * i + 2] = 1 - hard->x[3 * i + 1];
}

static void make_empty_column(struct hard *hard)
{
    for (size_t i = 0; i < N_ROWS; i++)
        hard->x[3 * i + 2] = 0;
}

static void make_negative(struct hard *hard)
{
    hard->y[3] = -1;
}

static void make_nan(struct hard *hard)
{
    hard->x[3] = NAN;
}

static void make_without_exposure(struct hard *hard)
{
    hard->offset[3] = -INFINITY;
}

Test(glm, what_cannot_be_told_has_a_code_and_no_numbers, .timeout = 20)
{
    static const struct {
        const char *name;
        void (*make)(struct hard *hard);
        enum toil_stats_result result;
    } row[] = {
        {"sound", make_sound, TOIL_STATS_OK},
        {"empty", make_empty, TOIL_STATS_NO_DATA},
        {"too short", make_too_short, TOIL_STATS_NO_DATA},
        {"without columns", make_without_columns, TOIL_STATS_NO_DATA},
        {"all zero", make_all_zero, TOIL_STATS_ALL_ZERO},
        {"separated", make_separated, TOIL_STATS_SEPARATED},
        {"separated on a slope", make_separated_on_a_slope, TOIL_STATS_SEPARATED},
        {"collinear", make_collinear, TOIL_STATS_SINGULAR},
        {"empty column", make_empty_column, TOIL_STATS_SINGULAR},
        {"negative", make_negative, TOIL_STATS_BAD_INPUT},
        {"nan", make_nan, TOIL_STATS_BAD_INPUT},
        {"without exposure", make_without_exposure, TOIL_STATS_BAD_INPUT},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        for (int family = TOIL_GLM_POISSON; family <= TOIL_GLM_NEGATIVE_BINOMIAL; family++) {
            struct hard *hard = hard_new();
            struct toil_glm glm = {0};
            row[i].make(hard);
            enum toil_stats_result result = toil_glm_fit(&hard->data, (enum toil_glm_family)family, &glm);
            cr_expect_eq(result, row[i].result, "%s, family %d: %d", row[i].name, family, result);
            cr_expect_eq(result == TOIL_STATS_OK, glm.coefficient != NULL, "%s", row[i].name);
            cr_expect_eq(result == TOIL_STATS_OK, isfinite(glm.deviance), "%s", row[i].name);
            toil_glm_release(&glm);
            cr_expect_null(glm.fitted);
            free(hard);
        }
    }
}

Test(glm, saturated_poisson_has_no_deviance_and_quasipoisson_no_dispersion)
{
    const double x[] = {1, 0, 1, 1}, y[] = {4, 9};
    const struct toil_glm_data data = {x, y, NULL, 2, 2};
    struct toil_glm glm = {0};
    cr_assert_eq(toil_glm_fit(&data, TOIL_GLM_POISSON, &glm), TOIL_STATS_OK);
    cr_assert_float_eq(glm.deviance, 0, 1e-9);
    cr_assert_float_eq(glm.coefficient[1], log(9.0 / 4), 1e-9);
    cr_assert_float_eq(glm.se[1], sqrt(1.0 / 4 + 1.0 / 9), 1e-9);
    toil_glm_release(&glm);
    cr_assert_eq(toil_glm_fit(&data, TOIL_GLM_QUASIPOISSON, &glm), TOIL_STATS_NO_DATA);
    toil_glm_release(&glm);
}

Test(glm, counts_no_more_scattered_than_poisson_are_its_limit)
{
    const double x[] = {1, 1, 1, 1, 1, 1}, y[] = {5, 5, 5, 5, 5, 6};
    const struct toil_glm_data data = {x, y, NULL, 6, 1};
    struct toil_glm nb = {0}, poisson = {0};
    cr_assert_eq(toil_glm_fit(&data, TOIL_GLM_NEGATIVE_BINOMIAL, &nb), TOIL_STATS_OK);
    cr_assert_eq(toil_glm_fit(&data, TOIL_GLM_POISSON, &poisson), TOIL_STATS_OK);
    cr_assert(nb.poisson_limit);
    cr_assert(isnan(nb.theta) && isnan(nb.theta_se));
    cr_assert_float_eq(nb.se[0], poisson.se[0], 1e-12);
    cr_assert_float_eq(nb.log_likelihood, poisson.log_likelihood, 1e-9);
    toil_glm_release(&nb);
    toil_glm_release(&poisson);
}

Test(glm, large_and_lopsided_counts, .timeout = 20)
{
    static double x[2 * 1000], y[1000];
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    for (size_t i = 0; i < 1000; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = (double)i / 100;
        y[i] = gsl_ran_poisson(random, exp(2 + x[2 * i + 1]));
    }
    gsl_rng_free(random);
    const struct toil_glm_data data = {x, y, NULL, 1000, 2};
    for (int family = TOIL_GLM_POISSON; family <= TOIL_GLM_NEGATIVE_BINOMIAL; family++) {
        struct toil_glm glm = {0};
        cr_assert_eq(toil_glm_fit(&data, (enum toil_glm_family)family, &glm), TOIL_STATS_OK, "family %d", family);
        cr_assert_float_eq(glm.coefficient[1], 1, 0.01);
        toil_glm_release(&glm);
    }
}

/* Small, sparse, lopsided data of every kind: a code or finite numbers, soon. */
Test(glm, random_data_of_any_kind, .timeout = 300)
{
    unsigned results[TOIL_STATS_TOO_LARGE + 1] = {0};
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    for (unsigned world = 0; world < 3000; world++) {
        double x[4 * 30], y[30], offset[30];
        size_t count = 1 + gsl_rng_uniform_int(random, 30), columns = 1 + gsl_rng_uniform_int(random, 4);
        double scale = exp(gsl_ran_gaussian(random, 3)), share = gsl_rng_uniform(random);
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j < columns; j++)
                x[i * columns + j] = j == 0      ? 1
                                     : world % 2 ? gsl_ran_gaussian(random, scale)
                                                 : gsl_rng_uniform_int(random, 2);
            y[i] = gsl_rng_uniform(random) < share ? 0 : gsl_ran_negative_binomial(random, 0.3, 1 / scale);
            offset[i] = gsl_ran_gaussian(random, world % 3 ? 1 : 8);
        }
        const struct toil_glm_data data = {x, y, offset, count, columns};
        struct toil_glm glm = {0};
        enum toil_stats_result result = toil_glm_fit(&data, (enum toil_glm_family)(world % 3), &glm);
        results[result]++;
        for (size_t j = 0; j < glm.columns; j++)
            cr_assert(isfinite(glm.coefficient[j]) && glm.se[j] > 0 && isfinite(glm.se[j]), "world %u", world);
        if (result == TOIL_STATS_OK) {
            cr_assert(isfinite(glm.deviance) && isfinite(glm.dispersion), "world %u", world);
            cr_assert(glm.family == TOIL_GLM_QUASIPOISSON || isfinite(glm.log_likelihood), "world %u", world);
            cr_assert_eq(isfinite(glm.theta), glm.family == TOIL_GLM_NEGATIVE_BINOMIAL && !glm.poisson_limit);
        }
        toil_glm_release(&glm);
    }
    gsl_rng_free(random);
    cr_assert_eq(results[TOIL_STATS_BAD_INPUT], 0);
    cr_assert_geq(results[TOIL_STATS_OK], 1400);
    cr_assert_leq(results[TOIL_STATS_NOT_CONVERGED], 5);
}

/* One column of ones with scores 1, 2, -1: lag 0 gives 6, lag 1 adds 2 * 1/2 * (2 - 2) = 0, lag 2 2 * (2/3 * 0 + 1/3 *
 * -1). */
Test(glm, newey_west_by_hand)
{
    const double scores[] = {1, 2, -1}, bread[] = {0.5};
    double covariance;
    toil_newey_west(scores, bread, 3, 1, 0, &covariance);
    cr_assert_float_eq(covariance, 1.5, 1e-12);
    toil_newey_west(scores, bread, 3, 1, 1, &covariance);
    cr_assert_float_eq(covariance, 1.5, 1e-12);
    toil_newey_west(scores, bread, 3, 1, 2, &covariance);
    cr_assert_float_eq(covariance, (6 - 2.0 / 3) / 4, 1e-12);
    toil_newey_west(scores, bread, 0, 1, 2, &covariance);
    cr_assert_eq(covariance, 0);
    cr_assert_eq(toil_newey_west_lag(100), 4);
    cr_assert_eq(toil_newey_west_lag(59), 3);
    cr_assert_eq(toil_newey_west_lag(2), 1);
    cr_assert_eq(toil_newey_west_lag(0), 0);
}
