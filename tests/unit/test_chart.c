/* Charts as SVG: every number finite, texts that cannot get out, gaps, ticks that have room, and the line of bars. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/render/render_svg.h"
#include "support/lib_model.h"

#define HOSTILE "</svg><script>alert(1)</script>\"'&"

static char *draw(const struct toil_chart_series *series, enum toil_chart_axis axis, double mark)
{
    struct toil_report *report = toil_report_new("chart", "?");
    struct toil_chart *chart = toil_report_add_chart(report, HOSTILE, HOSTILE);
    struct toil_buf out = TOIL_BUF_INIT;
    toil_chart_axes(report, chart, axis, HOSTILE, HOSTILE);
    toil_chart_add(report, chart, series);
    toil_chart_add(report, chart, series);
    toil_chart_mark(report, chart, true, mark, HOSTILE);
    toil_chart_mark(report, chart, false, 5, HOSTILE);
    toil_svg_add_figure(&out, &report->chart[0], "one");
    toil_report_free(report);
    return out.data;
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

/* Each element that is opened is closed, in order. */
static void expect_balanced(const char *text)
{
    char open[16][16];
    size_t depth = 0;
    for (const char *at = text; (at = strchr(at, '<')) != NULL; at++) {
        const char *end = strchr(at, '>');
        cr_assert_not_null(end);
        if (at[1] == '/') {
            size_t len = (size_t)(end - at) - 2;
            cr_assert_gt(depth, 0);
            depth--;
            cr_assert(strlen(open[depth]) == len && memcmp(open[depth], at + 2, len) == 0, "%.40s", at);
        } else if (end[-1] != '/') {
            size_t len = strcspn(at + 1, " >");
            cr_assert(depth < 16 && len < 16);
            memcpy(open[depth], at + 1, len);
            open[depth++][len] = '\0';
        }
    }
    cr_assert_eq(depth, 0);
}

static const double x[] = {20000, 20007, 20014, 20021, 20028, 20035};
static const double y[] = {1, 2, NAN, 4, INFINITY, 8};
static const double low[] = {0, 1, 2, NAN, 4, 5}, high[] = {2, 3, 4, 5, 6, 1e300};
static const char *const labels[] = {"a", NULL, HOSTILE, "d", "e", "f"};

Test(chart, numbers_are_finite_and_texts_stay_texts)
{
    for (enum toil_chart_style style = TOIL_CHART_LINE; style <= TOIL_CHART_BARS; style++) {
        for (enum toil_chart_axis axis = TOIL_CHART_NUMBER; axis <= TOIL_CHART_ROWS; axis++) {
            const struct toil_chart_series series = {HOSTILE, style, 6, x, y, low, high, labels};
            char *svg = draw(&series, axis, 20010);
            cr_assert_null(strstr(svg, "nan"));
            cr_assert_null(strstr(svg, "inf"));
            cr_assert_null(strstr(svg, "<script"));
            cr_assert_eq(count_of(svg, "</svg>"), 1);
            expect_balanced(svg);
            free(svg);
        }
    }
}

Test(chart, nothing_to_draw_is_drawn)
{
    static const double none[] = {NAN, NAN};
    const struct toil_chart_series empty = {.name = "", .x = x, .y = y},
                                   unknown = {.name = "", .count = 2, .x = none, .y = none};
    for (int i = 0; i < 2; i++) {
        char *svg = draw(i ? &unknown : &empty, TOIL_CHART_DATE, NAN);
        cr_assert_null(strstr(svg, "nan"));
        expect_balanced(svg);
        free(svg);
    }
}

Test(chart, a_band_has_a_gap_where_its_interval_is_not_known)
{
    const struct toil_chart_series series = {"hours", TOIL_CHART_LINE, 6, x, y, low, high, NULL};
    char *svg = draw(&series, TOIL_CHART_DATE, 20010);
    cr_assert_eq(count_of(svg, "class=\"band\""), 2, "one before the gap, in each of two series");
    free(svg);
}

Test(chart, years_have_few_ticks)
{
    static const double far[] = {0, 3650}, values[] = {1, 2};
    const struct toil_chart_series series = {"", TOIL_CHART_LINE, 2, far, values, NULL, NULL, NULL};
    char *svg = draw(&series, TOIL_CHART_DATE, NAN);
    size_t ticks = count_of(svg, "-01</text>");
    cr_assert(ticks >= 3 && ticks <= 9, "%zu", ticks);
    free(svg);
}

Test(chart, bars_of_text_are_in_order_of_height)
{
    static const double heights[] = {0, 1, 2, 4, 8};
    struct toil_buf out = TOIL_BUF_INIT;
    struct toil_chart_series series = {.count = 5, .x = x, .y = heights};
    struct toil_chart chart = {.axis = TOIL_CHART_DATE, .series = &series, .series_count = 1};
    toil_sparkline_add(&out, &chart);
    cr_assert_str_eq(out.data, "\xe2\x96\x81\xe2\x96\x82\xe2\x96\x83\xe2\x96\x85\xe2\x96\x88");
    toil_buf_clear(&out);
    series.count = 3;
    toil_sparkline_add(&out, &chart);
    cr_assert_eq(out.len, 0, "too few say nothing");
    series.count = 5;
    chart.axis = TOIL_CHART_ROWS;
    toil_sparkline_add(&out, &chart);
    cr_assert_eq(out.len, 0, "rows are told apart by their names");
    toil_buf_release(&out);
}
