/* Self-controlled case series: published examples, and data that nothing can be told from. */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "analyzers/stats/sccs.h"
#include "support/lib_table.h"
#include "toilmeter/buf.h"

/* Published cases: a row per event, days inclusive at both ends, one exposure each. */
struct published {
    struct toil_table table;
    struct toil_sccs_case *cases;
    size_t case_count;
};

static void published_read(struct published *published, const char *path)
{
    struct toil_table *table = &published->table;
    toil_table_read(table, path);
    const double *number = toil_table_column(table, "case");
    published->cases = toil_xcalloc(table->row_count, sizeof *published->cases);
    published->case_count = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        if (row > 0 && number[row] <= number[row - 1]) {
            published->cases[published->case_count - 1].event_count++;
            continue;
        }
        published->cases[published->case_count++] = (struct toil_sccs_case){
            .from = toil_table_column(table, "from")[row],
            .to = toil_table_column(table, "last")[row] + 1,
            .event = toil_table_column(table, "event") + row,
            .event_count = 1,
            .exposure = toil_table_column(table, "exposure") + row,
            .exposure_count = 1,
        };
    }
}

static void published_release(struct published *published)
{
    free(published->cases);
    toil_table_release(&published->table);
}

static void expect_effect(const struct toil_sccs_effect *effect, double ratio, double low, double high)
{
    cr_expect_float_eq(effect->ratio, ratio, 5e-4, "ratio %.9g", effect->ratio);
    cr_expect_float_eq(effect->low, low, 5e-4, "low %.9g", effect->low);
    cr_expect_float_eq(effect->high, high, 5e-4, "high %.9g", effect->high);
}

/* Viral meningitis 15 to 35 days after MMR vaccination; two age groups, up to day 547 and later. Published with 1.96
 * standard errors; ours, with 1.959964, ends at 48.259. */
Test(sccs, oxford_mmr)
{
    struct published oxford;
    static const struct toil_sccs_window window = {15, 36};
    static const double age = 548;
    struct toil_sccs got;
    published_read(&oxford, "tests/unit/data/oxford.csv");
    struct toil_sccs_data data = {oxford.cases, oxford.case_count, &window, 1, &age, 1};
    cr_assert_eq(toil_sccs_fit(&data, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.cases, 10);
    cr_assert_eq(got.events, 10);
    expect_effect(&got.effect[0], 12.037, 3.002, 48.259);
    cr_expect_float_eq(got.effect[0].ratio * exp(1.96 * got.effect[0].se), 48.260, 5e-4);
    toil_sccs_release(&got);
    published_release(&oxford);
}

/* Idiopathic thrombocytopenic purpura after MMR vaccination; six age groups. */
Test(sccs, itp_mmr)
{
    struct published itp;
    static const struct toil_sccs_window whole[] = {{0, 43}}, bands[] = {{0, 15}, {15, 29}, {29, 43}};
    static const double age[] = {427, 488, 549, 610, 671};
    struct toil_sccs got;
    published_read(&itp, "tests/unit/data/itp.csv");
    struct toil_sccs_data data = {itp.cases, itp.case_count, whole, 1, age, 5};
    cr_assert_eq(toil_sccs_fit(&data, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.cases, 35);
    cr_assert_eq(got.events, 44);
    expect_effect(&got.effect[0], 3.226, 1.532, 6.794);
    toil_sccs_release(&got);
    data.window = bands;
    data.window_count = 3;
    cr_assert_eq(toil_sccs_fit(&data, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.effect_count, 8);
    cr_expect_float_eq(got.effect[0].ratio, 1.309, 5e-4);
    expect_effect(&got.effect[1], 5.954, 2.519, 14.072);
    cr_expect_float_eq(got.effect[2].ratio, 2.600, 5e-4);
    toil_sccs_release(&got);
    published_release(&itp);
}

/* By hand: one case of 100 days, 10 of them exposed, 3 of 9 events in them: odds 3/6 against 10/90 is 4.5, and the
 * logarithm has se sqrt(1/3 + 1/6). */
Test(sccs, one_case_by_hand)
{
    static const double event[] = {50, 51, 59.9, 1, 2, 3, 60, 99, 49.9, 100, -1}, exposure = 50;
    static const struct toil_sccs_case one = {0, 100, event, 11, &exposure, 1};
    static const struct toil_sccs_window window = {0, 10};
    const struct toil_sccs_data data = {&one, 1, &window, 1, NULL, 0};
    struct toil_sccs got;
    cr_assert_eq(toil_sccs_fit(&data, 0.95, &got), TOIL_STATS_OK);
    cr_assert_eq(got.events, 9);
    cr_assert_float_eq(got.effect[0].ratio, 4.5, 1e-9);
    cr_assert_float_eq(got.effect[0].se, sqrt(0.5), 1e-9);
    toil_sccs_release(&got);
}

/* Windows of 0 to 10 and 10 to 20 after exposures on days 20 and 32: the second exposure cuts the first one's second
 * window at day 32. Band 1 is 20 to 30 and 32 to 42, band 2 30 to 32 and 42 to 52, the reference 68 days. */
Test(sccs, the_latest_exposure_counts)
{
    static const double exposure[] = {20, 32}, event[] = {25, 35, 31, 45, 5, 60, 70, 80};
    static const struct toil_sccs_case one = {0, 100, event, 8, exposure, 2};
    static const struct toil_sccs_window window[] = {{0, 10}, {10, 20}};
    const struct toil_sccs_data data = {&one, 1, window, 2, NULL, 0};
    struct toil_sccs got;
    cr_assert_eq(toil_sccs_fit(&data, 0.95, &got), TOIL_STATS_OK);
    cr_assert_float_eq(got.effect[0].ratio, (2 / 20.0) / (4 / 68.0), 1e-9);
    cr_assert_float_eq(got.effect[1].ratio, (2 / 12.0) / (4 / 68.0), 1e-9);
    toil_sccs_release(&got);
}

Test(sccs, what_cannot_be_told_has_a_code_and_no_effects, .timeout = 10)
{
    static const double event[] = {5, 15, 25}, outside[] = {200}, exposure[] = {50}, late[] = {500},
                        exposed[] = {52, 53};
    static const double turned[] = {60, 50}, unknown[] = {NAN}, no_age[] = {40}, far_age[] = {300};
    static const double both[] = {5, 15, 60, 70}, half_age[] = {50};
    static const struct toil_sccs_window half[] = {{0, 50}}, window[] = {{0, 10}}, bad[] = {{10, 0}},
                                         overlapping[] = {{0, 10}, {5, 15}};
    static const struct {
        const char *name;
        struct toil_sccs_case one;
        const struct toil_sccs_window *window;
        size_t window_count;
        const double *age;
        size_t age_count;
        enum toil_stats_result result;
    } row[] = {
        {"no events", {0, 100, NULL, 0, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_NO_DATA},
        {"events outside", {0, 100, outside, 1, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_NO_DATA},
        {"no time", {100, 100, event, 3, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_NO_DATA},
        {"nothing to estimate", {0, 100, event, 3, exposure, 1}, NULL, 0, NULL, 0, TOIL_STATS_NO_DATA},
        {"never exposed", {0, 100, event, 3, NULL, 0}, window, 1, NULL, 0, TOIL_STATS_SINGULAR},
        {"exposed elsewhere", {0, 100, event, 3, late, 1}, window, 1, NULL, 0, TOIL_STATS_SINGULAR},
        {"always exposed", {50, 60, exposed, 2, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_SINGULAR},
        {"age group never reached", {0, 100, event, 3, exposure, 1}, NULL, 0, far_age, 1, TOIL_STATS_SINGULAR},
        {"window is age group", {0, 100, both, 4, exposure, 1}, half, 1, half_age, 1, TOIL_STATS_SINGULAR},
        {"no event exposed", {0, 100, event, 3, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_SEPARATED},
        {"every event exposed", {0, 100, exposed, 2, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_SEPARATED},
        {"no event in an age", {0, 100, event, 3, exposure, 1}, NULL, 0, no_age, 1, TOIL_STATS_SEPARATED},
        {"window turned", {0, 100, event, 3, exposure, 1}, bad, 1, NULL, 0, TOIL_STATS_BAD_INPUT},
        {"windows overlap", {0, 100, event, 3, exposure, 1}, overlapping, 2, NULL, 0, TOIL_STATS_BAD_INPUT},
        {"exposures turned", {0, 100, event, 3, turned, 2}, window, 1, NULL, 0, TOIL_STATS_BAD_INPUT},
        {"unknown event", {0, 100, unknown, 1, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_BAD_INPUT},
        {"time turned", {100, 0, event, 3, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_BAD_INPUT},
        {"endless", {0, INFINITY, event, 3, exposure, 1}, window, 1, NULL, 0, TOIL_STATS_BAD_INPUT},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const struct toil_sccs_data data = {&row[i].one,         1,          row[i].window,
                                            row[i].window_count, row[i].age, row[i].age_count};
        struct toil_sccs got;
        enum toil_stats_result result = toil_sccs_fit(&data, 0.95, &got);
        cr_expect_eq(result, row[i].result, "%s: %d", row[i].name, result);
        cr_expect(got.effect == NULL && got.effect_count == 0, "%s", row[i].name);
        toil_sccs_release(&got);
    }
}

static int compare_doubles(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Few cases, few events, windows and ages where they may fall: a code or finite numbers, soon. */
Test(sccs, random_data_of_any_kind, .timeout = 300)
{
    unsigned results[TOIL_STATS_TOO_LARGE + 1] = {0};
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    for (unsigned world = 0; world < 3000; world++) {
        struct toil_sccs_case cases[6];
        double event[6][4], exposure[6][3], age[] = {40, 70};
        const struct toil_sccs_window window[] = {{-5, 0}, {0, 10 + world % 40}};
        for (size_t i = 0; i < 6; i++) {
            cases[i] = (struct toil_sccs_case){.from = (double)gsl_rng_uniform_int(random, 50),
                                               .to = 50 + (double)gsl_rng_uniform_int(random, 50),
                                               .event = event[i],
                                               .event_count = gsl_rng_uniform_int(random, 5),
                                               .exposure = exposure[i],
                                               .exposure_count = gsl_rng_uniform_int(random, 4)};
            for (size_t k = 0; k < 4; k++)
                event[i][k] = (double)gsl_rng_uniform_int(random, 100);
            for (size_t k = 0; k < 3; k++)
                exposure[i][k] = (double)gsl_rng_uniform_int(random, 100);
            qsort(exposure[i], cases[i].exposure_count, sizeof(double), compare_doubles);
        }
        const struct toil_sccs_data data = {cases, 1 + world % 6, window, world % 3, age, world % 2 + (world % 3 == 0)};
        struct toil_sccs got;
        enum toil_stats_result result = toil_sccs_fit(&data, 0.95, &got);
        results[result]++;
        cr_assert_eq(got.effect_count > 0, result == TOIL_STATS_OK, "world %u", world);
        for (size_t i = 0; i < got.effect_count; i++)
            cr_assert(isfinite(got.effect[i].ratio) && got.effect[i].se > 0 && isfinite(got.effect[i].high), "world %u",
                      world);
        toil_sccs_release(&got);
    }
    gsl_rng_free(random);
    cr_assert_geq(results[TOIL_STATS_OK], 400, "%u", results[TOIL_STATS_OK]);
    cr_assert_geq(results[TOIL_STATS_SEPARATED], 100, "%u", results[TOIL_STATS_SEPARATED]);
    cr_assert_eq(results[TOIL_STATS_NOT_CONVERGED], 0, "%u", results[TOIL_STATS_NOT_CONVERGED]);
    cr_assert_eq(results[TOIL_STATS_BAD_INPUT], 0);
}
