/* Mann-Kendall and Theil-Sen. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "analyzers/stats/trend.h"
#include "support/lib_table.h"
#include "toilmeter/buf.h"

Test(trend, pymannkendall_arbitrary_series)
{
    struct toil_table table;
    struct toil_mann_kendall kendall;
    struct toil_theil_sen sen;
    toil_table_read(&table, "tests/unit/data/rainfall.csv");
    const double *rain = toil_table_column(&table, "rain");
    cr_assert_eq(table.row_count, 360);
    cr_assert_eq(toil_mann_kendall(rain, table.row_count, &kendall), TOIL_STATS_OK);
    cr_assert_eq(kendall.count, 353);
    cr_assert_eq(kendall.s, -1959);
    cr_assert_float_eq(kendall.variance, 4889800.333, 5e-4);
    cr_assert_float_eq(kendall.z, -0.885456, 5e-7);
    cr_assert_float_eq(kendall.p, 0.37591058740506833, 1e-12);
    cr_assert_float_eq(kendall.tau, -0.03153167653875869, 1e-14);
    cr_assert_eq(toil_theil_sen(NULL, rain, table.row_count, 0.95, &sen), TOIL_STATS_OK);
    cr_assert_float_eq(sen.slope, -0.0063694, 5e-8);
    cr_assert_float_eq(sen.intercept, 96.15286624203821, 1e-9);
    cr_assert(sen.low < sen.slope && sen.slope < sen.high && sen.high > 0);
    toil_table_release(&table);
}

/* 21 slopes, the middle ones 4; variance 7 * 6 * 19 / 18 = 44.33, so the ranks are 3.97 and 18.03: 26/7 and 35/8. */
Test(trend, interval_by_hand)
{
    static const double x[] = {1, 2, 3, 4, 10, 12, 18}, y[] = {9, 15, 19, 20, 45, 55, 78};
    struct toil_theil_sen sen;
    cr_assert_eq(toil_theil_sen(x, y, 7, 0.95, &sen), TOIL_STATS_OK);
    cr_assert_float_eq(sen.slope, 4, 1e-12);
    cr_assert_float_eq(sen.low, 26 / 7.0, 1e-12);
    cr_assert_float_eq(sen.high, 35 / 8.0, 1e-12);
}

Test(trend, a_straight_line_and_its_mirror)
{
    double up[12], down[12];
    struct toil_mann_kendall kendall;
    struct toil_theil_sen sen;
    for (size_t i = 0; i < 12; i++) {
        up[i] = 3 + 2 * (double)i;
        down[i] = -up[i];
    }
    cr_assert_eq(toil_mann_kendall(up, 12, &kendall), TOIL_STATS_OK);
    cr_assert_eq(kendall.s, 66);
    cr_assert_eq(kendall.tau, 1);
    cr_assert_float_eq(kendall.variance, 12 * 11 * 29 / 18.0, 1e-9);
    cr_assert_eq(toil_theil_sen(NULL, up, 12, 0.95, &sen), TOIL_STATS_OK);
    cr_assert_float_eq(sen.slope, 2, 1e-12);
    cr_assert_float_eq(sen.intercept, 3, 1e-12);
    cr_assert_eq(toil_mann_kendall(down, 12, &kendall), TOIL_STATS_OK);
    cr_assert_eq(kendall.s, -66);
    cr_assert_lt(kendall.z, 0);
}

/* Every fifth value is far above the line: the slope does not care. */
Test(trend, outliers_do_not_turn_the_slope)
{
    double y[41];
    struct toil_theil_sen sen;
    for (size_t i = 0; i < 41; i++)
        y[i] = 0.5 * (double)i + (i % 5 == 2 ? 1000 : 0);
    cr_assert_eq(toil_theil_sen(NULL, y, 41, 0.95, &sen), TOIL_STATS_OK);
    cr_assert_float_eq(sen.slope, 0.5, 1e-9);
}

Test(trend, a_gap_keeps_its_place)
{
    static const double y[] = {0, 1, NAN, NAN, 4, 5};
    struct toil_theil_sen sen;
    cr_assert_eq(toil_theil_sen(NULL, y, 6, 0.95, &sen), TOIL_STATS_OK);
    cr_assert_float_eq(sen.slope, 1, 1e-12);
}

Test(trend, what_cannot_be_told_has_a_code)
{
    static const double two[] = {1, 2, NAN}, constant[] = {4, 4, 4, 4}, infinite[] = {1, 2, INFINITY};
    static const double same_x[] = {1, 1, 1}, turned_x[] = {1, 2, 0}, y[] = {1, 2, 3};
    struct toil_mann_kendall kendall;
    struct toil_theil_sen sen;
    cr_expect_eq(toil_mann_kendall(NULL, 0, &kendall), TOIL_STATS_NO_DATA);
    cr_expect(isnan(kendall.p));
    cr_expect_eq(toil_mann_kendall(two, 3, &kendall), TOIL_STATS_NO_DATA);
    cr_expect_eq(toil_mann_kendall(infinite, 3, &kendall), TOIL_STATS_BAD_INPUT);
    cr_expect_eq(toil_mann_kendall(constant, 4, &kendall), TOIL_STATS_CONSTANT);
    cr_expect(kendall.p == 1 && kendall.z == 0 && kendall.s == 0 && kendall.tau == 0);
    cr_expect_eq(toil_theil_sen(NULL, NULL, 0, 0.95, &sen), TOIL_STATS_NO_DATA);
    cr_expect(isnan(sen.slope) && isnan(sen.low));
    cr_expect_eq(toil_theil_sen(same_x, y, 3, 0.95, &sen), TOIL_STATS_NO_DATA);
    cr_expect_eq(toil_theil_sen(turned_x, y, 3, 0.95, &sen), TOIL_STATS_BAD_INPUT);
    cr_expect_eq(toil_theil_sen(NULL, infinite, 3, 0.95, &sen), TOIL_STATS_BAD_INPUT);
    cr_expect_eq(toil_theil_sen(NULL, y, 3, 1, &sen), TOIL_STATS_BAD_INPUT);
    cr_expect_eq(toil_theil_sen(NULL, y, TOIL_THEIL_SEN_MAX_COUNT + 1, 0.95, &sen), TOIL_STATS_TOO_LARGE);
    cr_expect_eq(toil_theil_sen(NULL, constant, 4, 0.95, &sen), TOIL_STATS_OK);
    cr_expect(sen.slope == 0 && sen.intercept == 4);
    cr_expect_eq(toil_theil_sen(NULL, two, 2, 0.95, &sen), TOIL_STATS_OK);
    cr_expect(sen.slope == 1 && isnan(sen.low) && isnan(sen.high), "one slope has no interval");
}

/* Counted against the definition, with many ties. */
Test(trend, counts_every_pair)
{
    double y[200];
    struct toil_mann_kendall kendall;
    double s = 0;
    uint32_t state = 7;
    for (size_t i = 0; i < 200; i++) {
        state = state * 1664525u + 1013904223u;
        y[i] = (double)(state >> 28);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = i + 1; j < 200; j++)
            s += (y[j] > y[i]) - (y[j] < y[i]);
    cr_assert_eq(toil_mann_kendall(y, 200, &kendall), TOIL_STATS_OK);
    cr_assert_eq(kendall.s, s);
}
