/* report saved: promised against delivered, with the weeks that were compared. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "growth_words.h"
#include "item_savings.h"
#include "report_kind.h"
#include "report_list.h"
#include "report_numbers.h"

struct columns {
    size_t item, measure, promised, within, delivered, saved, total, verdict, why, needed, baseline, excluded, control;
    size_t what, number, unit, says;
};

struct view {
    struct toil_scope *scope;
    struct toil_report *report;
    const struct toil_item *item;
    struct columns at;
    struct toil_item_savings of; /* owned */
};

static size_t add(struct toil_report *report, const char *key, enum toil_column_kind kind)
{
    return toil_report_add_column(
        report, &(struct toil_column){.key = key, .title = key, .kind = kind, .decimals = 4, .machine = true});
}

static struct columns add_columns(struct toil_report *report)
{
    struct columns at;
    at.item = add(report, "item", TOIL_COLUMN_TEXT);
    at.measure = add(report, "measure", TOIL_COLUMN_TEXT);
    at.promised = add(report, "promised", TOIL_COLUMN_NUMBER);
    at.within = add(report, "promised_within_weeks", TOIL_COLUMN_NUMBER);
    at.delivered = add(report, "delivered", TOIL_COLUMN_ESTIMATE);
    at.saved = add(report, "saved_per_week", TOIL_COLUMN_ESTIMATE);
    at.total = add(report, "saved_so_far", TOIL_COLUMN_ESTIMATE);
    at.verdict = add(report, "verdict", TOIL_COLUMN_TEXT);
    at.why = add(report, "why", TOIL_COLUMN_TEXT);
    at.needed = add(report, "weeks_needed", TOIL_COLUMN_NUMBER);
    at.baseline = add(report, "baseline", TOIL_COLUMN_LIST);
    at.excluded = add(report, "excluded", TOIL_COLUMN_LIST);
    at.control = add(report, "control_components", TOIL_COLUMN_COUNT);
    at.what = toil_report_add_column(report, &(struct toil_column){.key = "what", .title = "what", .people = true});
    at.number = toil_report_add_column(report, &(struct toil_column){.key = "number",
                                                                     .title = "number",
                                                                     .kind = TOIL_COLUMN_ESTIMATE,
                                                                     .decimals = 2,
                                                                     .sparse = true,
                                                                     .people = true});
    at.unit = toil_report_add_column(report, &(struct toil_column){.key = "unit", .title = "unit", .people = true});
    at.says = toil_report_add_column(
        report, &(struct toil_column){.key = "says", .title = "what it says", .people = true, .wrap = true});
    return at;
}

static const char *verdict_of(const struct view *view)
{
    return toil_savings_verdicts[view->of.why ? TOIL_CANNOT_TELL_YET : view->of.savings.verdict];
}

static void week_text(const struct view *view, size_t week, bool last, char out[32])
{
    toil_report_day_text(view->of.weeks.series.first_day + 7 * (int64_t)week + (last ? 6 : 0), out);
}

static void add_span(const struct view *view, struct toil_buf *list, size_t first, size_t last, const char *why)
{
    char from[32], to[32];
    week_text(view, first, false, from);
    week_text(view, last, true, to);
    toil_list_item(list);
    toil_list_add_text(list, "from", from);
    toil_list_add_text(list, "to", to);
    if (why)
        toil_list_add_text(list, "why", why);
    toil_list_item_end(list);
}

static void set_spans(struct view *view)
{
    const struct toil_item_weeks *weeks = &view->of.weeks;
    struct toil_buf baseline = TOIL_BUF_INIT, excluded = TOIL_BUF_INIT;
    bool shipped = weeks->after != SIZE_MAX && weeks->after < weeks->series.count;
    toil_list_begin(&baseline);
    if (shipped && weeks->after > weeks->first)
        add_span(view, &baseline, weeks->first, weeks->after - 1, NULL);
    toil_list_end(&baseline);
    toil_list_begin(&excluded);
    if (weeks->series.count > 0 && weeks->trigger_first <= weeks->trigger_last)
        add_span(view, &excluded, weeks->trigger_first, weeks->trigger_last, "weeks that triggered the proposal");
    if (shipped)
        add_span(view, &excluded, weeks->after, weeks->after, "week of the deployment");
    toil_list_end(&excluded);
    toil_report_set_list(view->report, view->at.baseline, baseline.data, NULL);
    toil_report_set_list(view->report, view->at.excluded, excluded.data, NULL);
    toil_buf_release(&baseline);
    toil_buf_release(&excluded);
}

static void machine_row(struct view *view)
{
    struct toil_report *report = view->report;
    const struct toil_savings *savings = &view->of.savings;
    const struct columns *at = &view->at;
    struct toil_estimate total = view->of.saved;
    total.unit = "since the deployment";
    if (!view->of.why) {
        total.value = savings->total;
        total.low = savings->total_low;
        total.high = savings->total_high;
    }
    toil_report_add_row(report, TOIL_ROW_MACHINE, 0, NAN);
    toil_report_set_text(report, at->item, view->item->id);
    toil_report_set_text(report, at->measure, view->item->promise_measure);
    if (view->item->promise_measure) {
        toil_report_set_number(report, at->promised, view->item->promise_change);
        toil_report_set_number(report, at->within, (double)view->item->promise_within_days / 7);
    }
    toil_report_set_estimate(report, at->delivered, &view->of.delivered);
    toil_report_set_estimate(report, at->saved, &view->of.saved);
    toil_report_set_estimate(report, at->total, &total);
    toil_report_set_text(report, at->verdict, verdict_of(view));
    toil_report_set_text(report, at->why, view->of.why);
    toil_report_set_number(report, at->needed, view->of.why ? (double)NAN : savings->weeks_needed);
    toil_report_set_count(report, at->control, savings->controlled ? (int64_t)view->of.weeks.control_components : 0);
    set_spans(view);
}

static void people_row(struct view *view, const char *what, const struct toil_estimate *number, const char *says)
{
    toil_report_add_row(view->report, TOIL_ROW_PEOPLE, 0, NAN);
    toil_report_set_text(view->report, view->at.what, what);
    if (number) {
        toil_report_set_estimate(view->report, view->at.number, number);
        toil_report_set_text(view->report, view->at.unit, number->unit);
    }
    toil_report_set_text(view->report, view->at.says, says);
}

static void add_weeks(struct toil_buf *out, const struct view *view, size_t first, size_t last)
{
    char from[32], to[32];
    week_text(view, first, false, from);
    week_text(view, last, true, to);
    toil_buf_printf(out, "%s to %s", from, to);
}

static void baseline_rows(struct view *view)
{
    const struct toil_item_weeks *weeks = &view->of.weeks;
    const struct toil_savings *savings = &view->of.savings;
    struct toil_buf says = TOIL_BUF_INIT;
    struct toil_estimate count = {(double)savings->before, NAN, NAN, NAN, "weeks", "", NULL};
    add_weeks(&says, view, weeks->first, weeks->after - 1);
    people_row(view, "baseline", &count, says.data);
    toil_buf_clear(&says);
    count.value = (double)savings->after;
    add_weeks(&says, view, weeks->after + 1, weeks->series.count - 1);
    people_row(view, "after", &count, says.data);
    toil_buf_clear(&says);
    if (weeks->trigger_first <= weeks->trigger_last) {
        add_weeks(&says, view, weeks->trigger_first, weeks->trigger_last);
        toil_buf_add_text(&says, " (what triggered the proposal), ");
    }
    add_weeks(&says, view, weeks->after, weeks->after);
    toil_buf_add_text(&says, " (the deployment)");
    people_row(view, "left out", NULL, says.data);
    toil_buf_clear(&says);
    if (savings->controlled)
        toil_buf_printf(&says, "the same measure of %zu components that no shipped item touches",
                        weeks->control_components);
    else
        toil_buf_add_text(&says, "none: no other component serves, so what else changed cannot be told apart");
    people_row(view, "control", NULL, says.data);
    toil_buf_release(&says);
}

static void people_rows(struct view *view)
{
    const struct toil_savings *savings = &view->of.savings;
    struct toil_estimate delivered = toil_change_percent(view->of.delivered);
    char says[96];
    snprintf(says, sizeof says, "within %.0f weeks", (double)view->item->promise_within_days / 7);
    people_row(view, "promised",
               &(struct toil_estimate){100 * view->item->promise_change, NAN, NAN, NAN, "%", "", NULL}, says);
    people_row(view, "delivered", &delivered, NULL);
    people_row(view, "seen", &(struct toil_estimate){savings->observed, NAN, NAN, NAN, view->of.saved.unit, "", NULL},
               "in the mean of the weeks after");
    people_row(view, "without it",
               &(struct toil_estimate){savings->expected, NAN, NAN, NAN, view->of.saved.unit, "", NULL},
               "expected from the weeks before, and the control");
    people_row(view, "saved", &view->of.saved, NULL);
    baseline_rows(view);
    if (savings->verdict != TOIL_CANNOT_TELL_YET)
        return;
    if (isnan(savings->weeks_needed))
        people_row(view, "still needed", NULL, "more weeks alone will not tell: a steadier measure or a control would");
    else
        people_row(view, "still needed",
                   &(struct toil_estimate){savings->weeks_needed, NAN, NAN, NAN, "weeks", "", NULL},
                   "until what was promised would show, with an even chance");
}

/* "-25% (-49 to 8)", "0.3 points (0.1-0.5)" */
/* Observed against what was expected without it. */
static void draw(struct view *view)
{
    const struct toil_series *series = &view->of.weeks.series;
    const struct toil_savings *savings = &view->of.savings;
    double *day = toil_xcalloc(series->count + 1, sizeof *day);
    struct toil_buf title = TOIL_BUF_INIT;
    for (size_t w = 0; w < series->count; w++)
        day[w] = (double)series->first_day + 7 * (double)w + 3;
    toil_buf_printf(&title, "%s: %s by week, seen and expected without it", view->item->id,
                    toil_measure_title(series->measure));
    struct toil_chart *chart = toil_report_add_chart(view->report, title.data, view->report->answer);
    toil_chart_axes(view->report, chart, TOIL_CHART_DATE, "", series->unit);
    toil_chart_add(view->report, chart,
                   &(struct toil_chart_series){
                       .name = "seen", .style = TOIL_CHART_LINE, .count = series->count, .x = day, .y = series->value});
    toil_chart_add(view->report, chart,
                   &(struct toil_chart_series){.name = "expected without it, 95% of the expectation",
                                               .style = TOIL_CHART_DASHED,
                                               .count = series->count,
                                               .x = day,
                                               .y = savings->without,
                                               .low = savings->without_low,
                                               .high = savings->without_high});
    toil_chart_mark(view->report, chart, true, (double)view->item->shipped_day, "shipped");
    if (view->item->proposed_day != TOIL_TIME_NONE && view->item->proposed_day >= series->first_day)
        toil_chart_mark(view->report, chart, true, (double)view->item->proposed_day, "proposed");
    toil_buf_release(&title);
    free(day);
}

static void answer(struct view *view)
{
    const struct toil_savings *savings = &view->of.savings;
    struct toil_buf text = TOIL_BUF_INIT;
    if (view->of.why) {
        toil_report_answer(view->report, "Cannot tell yet what %s has saved: %s.", view->item->id, view->of.why);
        return;
    }
    struct toil_estimate delivered = toil_change_percent(view->of.delivered);
    toil_buf_printf(&text, "%s promised ", view->item->id);
    toil_promise_add(&text, view->item);
    toil_buf_add_text(&text, "; delivered ");
    toil_change_add(&text, &delivered);
    toil_buf_printf(&text, ": %s", verdict_of(view));
    if (savings->verdict == TOIL_SAVED) {
        toil_buf_add_text(&text, ", ");
        toil_estimate_add(&text, &view->of.saved, 1);
        toil_buf_printf(&text, " %s", view->of.saved.unit);
    } else if (savings->verdict == TOIL_CANNOT_TELL_YET && !isnan(savings->weeks_needed)) {
        toil_buf_printf(&text, ", %.0f more weeks are needed", savings->weeks_needed);
    }
    toil_report_answer(view->report, "%s.", text.data);
    toil_buf_release(&text);
}

enum toil_status toil_report_build_saved(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope, .report = scope->report, .item = scope->item};
    view.at = add_columns(scope->report);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = toil_item_savings_read(scope, scope->item, &view.of, err);
    if (status != TOIL_OK)
        return status;
    machine_row(&view);
    answer(&view);
    if (!view.of.why) {
        people_rows(&view);
        draw(&view);
    }
    scope->report->negative = view.of.why || view.of.savings.verdict != TOIL_SAVED;
    toil_report_small(
        scope->report, "method",
        "Segmented regression of whole weeks: level, a soft trend, two harmonics of the year where the weeks "
        "before span it, the control. Saved: what was expected without the deployment less what was "
        "seen; the interval allows for weeks that go up and down together. Saved when it lies above 0; not "
        "saved when it lies below, or holds 0 and not what was promised.");
    toil_report_arithmetic(scope->report, "saved", "sum over the weeks after of (expected without - seen); %d draws",
                           TOIL_SAVINGS_DRAWS);
    toil_report_arithmetic(scope->report, "delivered", "seen / expected without - 1");
    toil_item_savings_release(&view.of);
    return TOIL_OK;
}
