/* Before and after with control series: the published CausalImpact fixtures, size under no effect, refusals. */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "analyzers/stats/before_after.h"
#include "support/lib_table.h"
#include "toilmeter/buf.h"

/* 5 is added from row 70 on. CausalImpact says 4.89 (4.26, 5.47). */
Test(before_after, causalimpact_arma_data)
{
    struct toil_table table;
    struct toil_before_after got;
    toil_table_read_shared(&table, "reference/arma_data.csv");
    cr_assert_eq(table.row_count, 100);
    double *y = toil_xcalloc(table.row_count, sizeof *y);
    for (size_t i = 0; i < table.row_count; i++)
        y[i] = toil_table_column(&table, "y")[i] + (i >= 70 ? 5 : 0);
    const struct toil_before_after_data data = {y, toil_table_column(&table, "X"), 100, 1, 70, 70};
    cr_assert_eq(toil_before_after(&data, 0.95, &got), TOIL_STATS_OK);
    cr_assert(got.changed);
    cr_assert(got.effect > 4.26 && got.effect < 5.47);
    cr_assert_float_eq(got.effect, 4.89, 0.1);
    cr_assert_float_eq(got.low, 4.26, 0.3);
    cr_assert_float_eq(got.high, 5.47, 0.3);
    cr_assert_lt(got.p, 1e-10);
    cr_assert_float_eq(got.total, 30 * got.effect, 1e-9);
    free(y);
    toil_table_release(&table);
}

/* Until 14 July 2019, row 89, and after. CausalImpact says -657 (-2076, 832): no effect. */
Test(before_after, causalimpact_comparison_data)
{
    struct toil_table table;
    struct toil_before_after got;
    toil_table_read_shared(&table, "reference/comparison_data.csv");
    double *control = toil_xcalloc(table.row_count * 3, sizeof *control);
    static const char *const names[] = {"NOT_CHANGED_1", "NOT_CHANGED_2", "NOT_CHANGED_3"};
    for (size_t i = 0; i < table.row_count * 3; i++)
        control[i] = toil_table_column(&table, names[i % 3])[i / 3];
    const struct toil_before_after_data data = {
        toil_table_column(&table, "CHANGED"), control, table.row_count, 3, 90, 90};
    cr_assert_eq(toil_before_after(&data, 0.95, &got), TOIL_STATS_OK);
    cr_assert_not(got.changed);
    cr_assert(got.low < 0 && got.high > 0);
    cr_assert(got.effect > -2076 && got.effect < 832);
    cr_assert_gt(got.p, 0.05);
    free(control);
    toil_table_release(&table);
}

#define N_BEFORE 40
#define N_AFTER  20
#define N_ALL    (N_BEFORE + N_AFTER)

/* In how many of 1000 worlds a change is seen. */
static unsigned count_changes(double rho, double effect)
{
    double y[N_ALL], control[N_ALL], noise = 0;
    unsigned changed = 0;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    for (unsigned world = 0; world < 1000; world++) {
        for (size_t i = 0; i < N_ALL; i++) {
            noise = rho * noise + gsl_ran_gaussian(random, sqrt(1 - rho * rho));
            control[i] = gsl_ran_gaussian(random, 3);
            y[i] = 10 + 2 * control[i] + noise + (i >= N_BEFORE ? effect : 0);
        }
        const struct toil_before_after_data data = {y, control, N_ALL, 1, N_BEFORE, N_BEFORE};
        struct toil_before_after got;
        cr_assert_eq(toil_before_after(&data, 0.95, &got), TOIL_STATS_OK);
        changed += got.changed;
    }
    gsl_rng_free(random);
    return changed;
}

/* 50 of 1000 nominal. Autocorrelation that is not allowed for would make it 250 at rho 0.5. */
Test(before_after, no_effect_is_seldom_called_one)
{
    unsigned plain = count_changes(0, 0), related = count_changes(0.5, 0), effect = count_changes(0, 1);
    cr_assert_leq(plain, 60, "%u", plain);
    cr_assert_leq(related, 90, "%u", related);
    cr_assert_geq(effect, 750, "%u", effect);
}

Test(before_after, what_cannot_be_told_has_a_code)
{
    double y[N_ALL], control[N_ALL], constant[N_ALL], unknown[N_ALL];
    for (size_t i = 0; i < N_ALL; i++) {
        y[i] = sin((double)(i * i));
        control[i] = (double)(i % 7);
        constant[i] = 3;
        unknown[i] = i == 5 ? (double)NAN : 1;
    }
    const struct {
        const char *name;
        struct toil_before_after_data data;
        enum toil_stats_result result;
    } row[] = {
        {"sound", {y, control, N_ALL, 1, N_BEFORE, N_BEFORE + 1}, TOIL_STATS_OK},
        {"without controls", {y, NULL, N_ALL, 0, N_BEFORE, N_BEFORE}, TOIL_STATS_OK},
        {"empty", {NULL, NULL, 0, 0, 0, 0}, TOIL_STATS_NO_DATA},
        {"nothing before", {y, control, N_ALL, 1, 0, 0}, TOIL_STATS_NO_DATA},
        {"too short before", {y, control, N_ALL, 1, 6, 6}, TOIL_STATS_NO_DATA},
        {"nothing after", {y, control, N_ALL, 1, N_ALL, N_ALL}, TOIL_STATS_NO_DATA},
        {"out of order", {y, control, N_ALL, 1, 30, 20}, TOIL_STATS_BAD_INPUT},
        {"beyond the end", {y, control, N_ALL, 1, 30, N_ALL + 1}, TOIL_STATS_BAD_INPUT},
        {"unknown value", {unknown, control, N_ALL, 1, N_BEFORE, N_BEFORE}, TOIL_STATS_BAD_INPUT},
        {"unknown control", {y, unknown, N_ALL, 1, N_BEFORE, N_BEFORE}, TOIL_STATS_BAD_INPUT},
        {"constant control", {y, constant, N_ALL, 1, N_BEFORE, N_BEFORE}, TOIL_STATS_SINGULAR},
        {"constant series", {constant, control, N_ALL, 1, N_BEFORE, N_BEFORE}, TOIL_STATS_CONSTANT},
        {"follows its control", {control, control, N_ALL, 1, N_BEFORE, N_BEFORE}, TOIL_STATS_CONSTANT},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct toil_before_after got;
        enum toil_stats_result result = toil_before_after(&row[i].data, 0.95, &got);
        cr_expect_eq(result, row[i].result, "%s: %d", row[i].name, result);
        cr_expect_eq(isfinite(got.low), result == TOIL_STATS_OK, "%s", row[i].name);
        cr_expect_eq(isfinite(got.effect), result == TOIL_STATS_OK || result == TOIL_STATS_CONSTANT, "%s", row[i].name);
        cr_expect(result == TOIL_STATS_OK || !got.changed, "%s", row[i].name);
    }
}
