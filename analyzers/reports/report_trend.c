/* report trend: what grows, by how much a month, when it doubles, and where it will be in three months. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart.h"
#include "growth_words.h"
#include "item_facts.h"
#include "report_kind.h"
#include "report_numbers.h"
#include "stats/run_all.h"

#define LEVEL       0.95
#define HORIZON     13 /* weeks that are looked ahead, and back-tested */
#define LEAST       20 /* events, hours, tickets: series with less say nothing */
#define LEAST_WEEK  8  /* weeks with a value */
#define ROWS_SHOWN  12
#define MOST_MONTHS 60.0 /* that a chart looks ahead */

struct columns {
    size_t component, measure, title, from, to, percent, growth, doubling, says, at, forecast, coverage, tested, sen,
        kendall, agree;
};

/* One series, kept until all are known and in order. */
struct trend {
    const char *component, *measure, *unit; /* live as the report */
    enum toil_week_family family;
    struct toil_growth growth;
    enum toil_stats_result result;
    struct toil_forecast forecast;
    double coverage, total;
    size_t tested, weeks;
    int64_t first_day;
    double *value; /* owned: [weeks] */
};

struct view {
    struct toil_scope *scope;
    struct trend *trend; /* owned */
    size_t count, cap, small;
};

static size_t add(struct toil_report *report, struct toil_column column)
{
    return toil_report_add_column(report, &column);
}

static struct columns add_columns(struct toil_report *report)
{
    struct columns at;
    at.component = add(report, (struct toil_column){.key = "component", .title = "component"});
    at.measure = add(report, (struct toil_column){.key = "measure", .title = "measure", .machine = true});
    at.title = add(report, (struct toil_column){.key = "measure_title", .title = "measure", .people = true});
    at.from = add(
        report, (struct toil_column){.key = "window_from", .title = "from", .kind = TOIL_COLUMN_DATE, .machine = true});
    at.to =
        add(report, (struct toil_column){.key = "window_to", .title = "to", .kind = TOIL_COLUMN_DATE, .machine = true});
    at.percent = add(report, (struct toil_column){.key = "growth_percent",
                                                  .title = "growth",
                                                  .unit = "%/month",
                                                  .kind = TOIL_COLUMN_ESTIMATE,
                                                  .decimals = 1,
                                                  .people = true});
    at.growth = add(report, (struct toil_column){.key = "growth_per_month",
                                                 .title = "growth",
                                                 .unit = "1/month",
                                                 .kind = TOIL_COLUMN_ESTIMATE,
                                                 .decimals = 4,
                                                 .machine = true});
    at.doubling = add(report, (struct toil_column){.key = "doubling_months",
                                                   .title = "doubling",
                                                   .unit = "months",
                                                   .kind = TOIL_COLUMN_ESTIMATE,
                                                   .decimals = 1,
                                                   .machine = true});
    at.says = add(report, (struct toil_column){.key = "says", .title = "says", .people = true, .wrap = true});
    at.at = add(report,
                (struct toil_column){.key = "forecast_at", .title = "at", .kind = TOIL_COLUMN_DATE, .machine = true});
    at.forecast = add(report, (struct toil_column){.key = "forecast",
                                                   .title = "a week in 3 months",
                                                   .kind = TOIL_COLUMN_ESTIMATE,
                                                   .decimals = 1,
                                                   .importance = 2});
    at.coverage = add(report, (struct toil_column){.key = "backtest_coverage",
                                                   .title = "forecasts held",
                                                   .kind = TOIL_COLUMN_NUMBER,
                                                   .decimals = 2,
                                                   .importance = 3});
    at.tested = add(
        report,
        (struct toil_column){.key = "backtest_weeks", .title = "tested", .kind = TOIL_COLUMN_COUNT, .machine = true});
    at.sen = add(report, (struct toil_column){.key = "theil_sen_per_month",
                                              .title = "Theil-Sen",
                                              .kind = TOIL_COLUMN_NUMBER,
                                              .decimals = 4,
                                              .machine = true});
    at.kendall = add(report, (struct toil_column){.key = "mann_kendall_p",
                                                  .title = "Mann-Kendall p",
                                                  .kind = TOIL_COLUMN_NUMBER,
                                                  .decimals = 4,
                                                  .machine = true});
    at.agree =
        add(report, (struct toil_column){
                        .key = "cross_check_agrees", .title = "agrees", .kind = TOIL_COLUMN_FLAG, .machine = true});
    return at;
}

static void on_series(void *context, const char *component, const struct toil_series *series)
{
    struct view *view = context;
    size_t measured = 0;
    for (size_t w = 0; w < series->count; w++)
        measured += !isnan(series->value[w]);
    if (series->total < LEAST || measured < LEAST_WEEK) {
        view->small++;
        return;
    }
    if (view->count == view->cap) {
        view->cap = view->cap ? 2 * view->cap : 64;
        view->trend = toil_xreallocarray(view->trend, view->cap, sizeof *view->trend);
    }
    struct trend *trend = &view->trend[view->count++];
    *trend = (struct trend){.component = toil_report_keep(view->scope->report, component),
                            .measure = toil_report_keep(view->scope->report, series->measure),
                            .unit = series->unit,
                            .family = toil_growth_of_series(series).family,
                            .total = series->total,
                            .weeks = series->count,
                            .first_day = series->first_day};
    trend->value = toil_xcalloc(series->count + 1, sizeof *trend->value);
    memcpy(trend->value, series->value, series->count * sizeof *trend->value);
}

/* Series are fitted on their own, so side by side they come out the same. */
static void fit(void *context, size_t i)
{
    struct trend *trend = &((struct view *)context)->trend[i];
    const struct toil_growth_data data = {
        .family = trend->family, .y = trend->value, .count = trend->weeks, .level = LEVEL};
    trend->result = toil_growth(&data, &trend->growth);
    trend->coverage = NAN;
    if (trend->result != TOIL_STATS_OK)
        return;
    trend->forecast = toil_growth_forecast(&data, &trend->growth, (double)trend->weeks - 1 + HORIZON, 1);
    trend->tested = toil_growth_back_test(&data, HORIZON, &trend->coverage);
}

/* What doubles soonest comes first, then what may grow, by the low end of its growth. */
static int by_urgency(const void *a, const void *b)
{
    const struct trend *x = a, *y = b;
    bool grows_x = x->growth.verdict == TOIL_GROWTH_GROWS, grows_y = y->growth.verdict == TOIL_GROWTH_GROWS;
    if (grows_x != grows_y)
        return grows_x ? -1 : 1;
    double low_x = isnan(x->growth.low) ? -(double)INFINITY : x->growth.low,
           low_y = isnan(y->growth.low) ? -(double)INFINITY : y->growth.low;
    if (low_x != low_y)
        return low_x > low_y ? -1 : 1;
    int order = strcmp(x->component, y->component);
    return order ? order : strcmp(x->measure, y->measure);
}

static void add_row(struct view *view, const struct columns *at, const struct trend *trend)
{
    struct toil_report *report = view->scope->report;
    struct toil_buf says = TOIL_BUF_INIT;
    int64_t last = trend->first_day + 7 * ((int64_t)trend->weeks - 1);
    struct toil_estimate forecast = {NAN, NAN, NAN, NAN, trend->unit, "none", "no trend"};
    struct toil_estimate growth = toil_growth_per_month(trend->result, &trend->growth);
    struct toil_estimate percent = toil_growth_percent(trend->result, &trend->growth);
    struct toil_estimate doubling = toil_growth_doubling(report, trend->result, &trend->growth);
    if (trend->result == TOIL_STATS_OK)
        forecast = (struct toil_estimate){trend->forecast.expected,
                                          trend->forecast.low,
                                          trend->forecast.high,
                                          LEVEL,
                                          trend->unit,
                                          growth.grade,
                                          NULL};
    toil_growth_add_words(&says, trend->result, &trend->growth);
    toil_report_add_row(report, 0, 0, NAN);
    toil_report_set_text(report, at->component, trend->component);
    toil_report_set_text(report, at->measure, trend->measure);
    toil_report_set_text(report, at->title, toil_measure_title(trend->measure));
    toil_report_set_day(report, at->from, trend->first_day);
    toil_report_set_day(report, at->to, last + 6);
    toil_report_set_estimate(report, at->percent, &percent);
    toil_report_set_estimate(report, at->growth, &growth);
    toil_report_set_estimate(report, at->doubling, &doubling);
    toil_report_set_text(report, at->says, says.data);
    toil_report_set_day(report, at->at, last + 7 * HORIZON);
    toil_report_set_estimate(report, at->forecast, &forecast);
    toil_report_set_number(report, at->coverage, trend->coverage);
    toil_report_set_count(report, at->tested, (int64_t)trend->tested);
    toil_report_set_number(report, at->sen, trend->growth.sen_per_month);
    toil_report_set_number(report, at->kendall, trend->growth.kendall_p);
    if (trend->result == TOIL_STATS_OK)
        toil_report_set_flag(report, at->agree, trend->growth.agree);
    toil_buf_release(&says);
}

static void answer(const struct view *view)
{
    struct toil_report *report = view->scope->report;
    size_t growing = 0;
    while (growing < view->count && view->trend[growing].growth.verdict == TOIL_GROWTH_GROWS)
        growing++;
    if (view->count == 0) {
        toil_report_answer(report,
                           "Nothing can be said of growth: no series has %d weeks and %d events, hours or "
                           "measurements.",
                           LEAST_WEEK, LEAST);
        report->negative = true;
        return;
    }
    if (growing == 0) {
        toil_report_answer(report, "No growth is established: none of %zu series grows beyond what its weeks scatter.",
                           view->count);
        return;
    }
    const struct trend *first = view->trend;
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_printf(&text, "%zu of %zu series %s: %s of %s ", growing, view->count, growing == 1 ? "grows" : "grow",
                    toil_measure_title(first->measure), first->component);
    toil_growth_add_words(&text, first->result, &first->growth);
    toil_report_answer(report, "%s%s.", text.data, growing > 1 ? ", the soonest" : "");
    toil_buf_release(&text);
}

/* What grows most surely: its weeks, the line through them, and on to the point where it is twice today's. */
static void draw(const struct view *view)
{
    const struct trend *first = view->trend;
    if (view->count == 0 || first->growth.verdict != TOIL_GROWTH_GROWS)
        return;
    double months = fmin(first->growth.doubling, MOST_MONTHS), last = (double)first->weeks - 1;
    size_t ahead = (size_t)ceil(months * TOIL_WEEKS_PER_MONTH), count = first->weeks + ahead;
    double *room = toil_xcalloc(4 * count + 1, sizeof *room);
    double *day = room, *line = room + count, *low = room + 2 * count, *high = room + 3 * count;
    struct toil_buf title = TOIL_BUF_INIT, words = TOIL_BUF_INIT;
    for (size_t w = 0; w < count; w++) {
        const double row[] = {1, (double)w - first->growth.middle};
        double linear = toil_week_linear(&first->growth.fit, row),
               half = toil_week_half_width(&first->growth.fit, row, LEVEL);
        day[w] = (double)first->first_day + 7 * (double)w + 3;
        line[w] = exp(linear);
        low[w] = exp(linear - half);
        high[w] = exp(linear + half);
    }
    toil_buf_printf(&title, "%s of %s by week, and on as it grows", toil_measure_title(first->measure),
                    first->component);
    toil_buf_add_text(&words, "It ");
    toil_growth_add_words(&words, first->result, &first->growth);
    toil_buf_add_text(&words, "; the band is the 95% interval of the line.");
    struct toil_chart *chart = toil_report_add_chart(view->scope->report, title.data, words.data);
    toil_chart_axes(view->scope->report, chart, TOIL_CHART_DATE, "", first->unit);
    toil_chart_add(view->scope->report, chart,
                   &(struct toil_chart_series){
                       .name = "weeks", .style = TOIL_CHART_LINE, .count = first->weeks, .x = day, .y = first->value});
    toil_chart_add(view->scope->report, chart,
                   &(struct toil_chart_series){.name = "line through their logs",
                                               .style = TOIL_CHART_DASHED,
                                               .count = count,
                                               .x = day,
                                               .y = line,
                                               .low = low,
                                               .high = high});
    if (first->growth.doubling <= MOST_MONTHS)
        toil_chart_mark(view->scope->report, chart, true,
                        (double)first->first_day + 7 * (last + months * TOIL_WEEKS_PER_MONTH) + 3,
                        "twice as much as now");
    toil_buf_release(&title);
    toil_buf_release(&words);
    free(room);
}

static void notes(const struct view *view)
{
    struct toil_report *report = view->scope->report;
    const struct trend *any = view->count ? view->trend : NULL;
    if (any)
        toil_report_note(report,
                         "Of %zu whole weeks. Another window may say another thing: a trend is that of its window.",
                         any->weeks);
    if (view->count > 20)
        toil_report_note(report,
                         "Of %zu series about %zu seem to grow or fall by chance alone: look at the cross-check, "
                         "and at what you have reason to expect.",
                         view->count, view->count / 20);
    if (view->small)
        toil_report_note(report,
                         "%zu series are too small: fewer than %d weeks with a value, or %d events, hours or "
                         "measurements.",
                         view->small, LEAST_WEEK, LEAST);
    toil_report_small(
        report, "method",
        "A straight line through the logs of weeks: quasi-Poisson for counts and hours, Huber's regression "
        "for measurements (median of the week); intervals allow for weeks that go up and down together. "
        "Cross-check: Theil-Sen, Mann-Kendall. Forecast: 95%% of weeks lie in it, if the trend goes on.");
    toil_report_arithmetic(report, "doubling", "ln 2 / slope; its bounds are those of the slope, in the other order");
    toil_report_arithmetic(
        report, "forecasts held",
        "the series is cut every 4 weeks from its middle on; share of the %d weeks behind each cut that lie "
        "in the interval forecast at it",
        HORIZON);
}

enum toil_status toil_report_build_trend(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope};
    struct columns at = add_columns(scope->report);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = toil_series_each(scope, on_series, &view, err);
    if (status == TOIL_OK) {
        toil_run_all((unsigned)sysconf(_SC_NPROCESSORS_ONLN), view.count, fit, &view);
        if (view.count > 0)
            qsort(view.trend, view.count, sizeof *view.trend, by_urgency);
        for (size_t i = 0; i < view.count; i++)
            add_row(&view, &at, &view.trend[i]);
        scope->report->top = ROWS_SHOWN;
        answer(&view);
        draw(&view);
        notes(&view);
    }
    for (size_t i = 0; i < view.count; i++)
        free(view.trend[i].value);
    free(view.trend);
    return status;
}
