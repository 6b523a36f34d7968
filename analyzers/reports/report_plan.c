/* plan: when a promise could be proven, how small a change could, and what to record to know sooner. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "growth_words.h"
#include "item_savings.h"
#include "report_list.h"
#include "report_numbers.h"
#include "report_plan.h"

#define WANTED      0.8
#define LEAST_WEEKS 8
#define FEW_VALUES  20 /* measurements or answers a week: more would make its median steadier */
#define RESTLESS    2.0
#define SHARE       0.1

static const size_t horizons[] = {4, 8, 13, 26, 52}; /* weeks after the deployment */
#define N_HORIZONS (sizeof horizons / sizeof horizons[0])

struct columns {
    size_t item, measure, promised, within, ships, power, weeks, provable_on, smallest, rate, dispersion, rho,
        weeks_before;
    size_t what, number, unit, says;
};

struct view {
    struct toil_scope *scope;
    struct toil_report *report;
    const struct toil_item *item;
    struct columns at;
    struct toil_item_weeks weeks; /* owned */
    const char *why;
    struct toil_power_data power;
    int64_t ships_day; /* shipped, or what the plan comes to from the end of the window on */
    double at_promise, weeks_80, smallest[N_HORIZONS];
    double inferred, hidden; /* shares of the measure */
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
    at.ships = add(report, "ships", TOIL_COLUMN_DATE);
    at.power = add(report, "power", TOIL_COLUMN_NUMBER);
    at.weeks = add(report, "weeks_for_80_percent", TOIL_COLUMN_NUMBER);
    at.provable_on = add(report, "provable_on", TOIL_COLUMN_DATE);
    at.smallest = add(report, "smallest_provable", TOIL_COLUMN_LIST);
    at.rate = add(report, "rate_per_week", TOIL_COLUMN_NUMBER);
    at.dispersion = add(report, "dispersion", TOIL_COLUMN_NUMBER);
    at.rho = add(report, "rho", TOIL_COLUMN_NUMBER);
    at.weeks_before = add(report, "weeks_before", TOIL_COLUMN_COUNT);
    at.what = toil_report_add_column(report, &(struct toil_column){.key = "what", .title = "what", .people = true});
    at.number = toil_report_add_column(report, &(struct toil_column){.key = "number",
                                                                     .title = "number",
                                                                     .kind = TOIL_COLUMN_ESTIMATE,
                                                                     .decimals = 1,
                                                                     .sparse = true,
                                                                     .people = true});
    at.unit = toil_report_add_column(report, &(struct toil_column){.key = "unit", .title = "unit", .people = true});
    at.says = toil_report_add_column(
        report, &(struct toil_column){.key = "says", .title = "what it says", .people = true, .wrap = true});
    return at;
}

/* ---- what the weeks are like ---- */

static size_t weeks_before(const struct view *view)
{
    const struct toil_item_weeks *weeks = &view->weeks;
    return weeks->after < weeks->series.count ? weeks->after : weeks->series.count;
}

/* Rate, dispersion and memory of the weeks so far, around a straight line. */
static const char *measure_weeks(struct view *view)
{
    const struct toil_series *series = &view->weeks.series;
    size_t count = weeks_before(view), used = 0;
    double *x = toil_xcalloc(2 * count + 1, sizeof *x), sum = 0;
    for (size_t w = 0; w < count; w++) {
        x[2 * w] = 1;
        x[2 * w + 1] = (double)w / 26;
        if (view->weeks.left_out[w] || isnan(series->value[w]))
            continue;
        used++;
        sum += series->value[w];
    }
    const struct toil_week_data data = {.family = toil_series_family(series),
                                        .y = series->value,
                                        .exposure = series->shape == TOIL_SERIES_RATIO ? series->weight : NULL,
                                        .x = x,
                                        .left_out = view->weeks.left_out,
                                        .count = count,
                                        .columns = 2};
    struct toil_week_fit fit;
    enum toil_stats_result result = used < LEAST_WEEKS ? TOIL_STATS_NO_DATA : toil_week_fit(&data, &fit);
    free(x);
    if (result == TOIL_STATS_NO_DATA)
        return "fewer than 8 weeks of it are known";
    if (result != TOIL_STATS_OK || !(sum > 0))
        return "its weeks do not differ, so nothing tells how steady it is";
    double units = 1; /* hours are means of units of work: their mean number a week */
    if (series->shape == TOIL_SERIES_RATIO)
        units = series->total / (double)used;
    view->power = (struct toil_power_data){.family = data.family,
                                           .rate = sum / (double)used,
                                           .dispersion = fit.dispersion / units,
                                           .rho = fmin((fit.inflation - 1) / (fit.inflation + 1), 0.85),
                                           .before = used,
                                           .change = fmax(view->item->promise_change, -0.99)};
    return NULL;
}

static void work_out(struct view *view)
{
    size_t within = (size_t)(view->item->promise_within_days / 7);
    view->power.after = within > 0 ? within : 1;
    view->at_promise = toil_power(&view->power);
    view->weeks_80 = toil_power_weeks(&view->power, WANTED);
    for (size_t i = 0; i < N_HORIZONS; i++) {
        struct toil_power_data at = view->power;
        at.after = horizons[i];
        view->smallest[i] = toil_power_change(&at, WANTED);
    }
}

static int64_t ships_on(const struct view *view)
{
    const struct toil_item *item = view->item;
    if (item->shipped_day != TOIL_TIME_NONE)
        return item->shipped_day;
    double sprints = isnan(item->effort_sprints) ? 0 : item->effort_sprints;
    return view->scope->to_day + (int64_t)ceil(sprints * view->scope->catalog->sprint_days);
}

static enum toil_status share_of(struct view *view, const char *part, double *out, struct toil_error *err)
{
    struct toil_series series;
    const struct toil_series_query query = {.measure = view->item->promise_measure,
                                            .part = part,
                                            .component = view->item->component,
                                            .component_count = view->item->component_count};
    enum toil_status status = toil_series_read(view->scope, &query, &series, err);
    *out = 0;
    if (status != TOIL_OK)
        return status;
    if (view->weeks.series.total > 0)
        *out = series.total / view->weeks.series.total;
    toil_series_release(&series);
    return TOIL_OK;
}

/* ---- rows ---- */

static void add_day(int64_t day, struct toil_buf *out)
{
    char text[32];
    toil_report_day_text(day, text);
    toil_buf_add_text(out, text);
}

static void machine_row(struct view *view)
{
    struct toil_report *report = view->report;
    const struct columns *at = &view->at;
    struct toil_buf list = TOIL_BUF_INIT;
    toil_report_add_row(report, TOIL_ROW_MACHINE, 0, NAN);
    toil_report_set_text(report, at->item, view->item->id);
    toil_report_set_text(report, at->measure, view->item->promise_measure);
    toil_list_begin(&list);
    for (size_t i = 0; i < N_HORIZONS && !view->why; i++) {
        struct toil_buf day = TOIL_BUF_INIT;
        add_day(view->ships_day + 7 * (int64_t)horizons[i], &day);
        toil_list_item(&list);
        toil_list_add_text(&list, "by", day.data);
        toil_list_add_integer(&list, "weeks_after", (int64_t)horizons[i]);
        toil_list_add_number(&list, "change", view->smallest[i]);
        toil_list_item_end(&list);
        toil_buf_release(&day);
    }
    toil_list_end(&list);
    toil_report_set_list(report, at->smallest, list.data, NULL);
    toil_buf_release(&list);
    if (view->why)
        return;
    toil_report_set_number(report, at->promised, view->item->promise_change);
    toil_report_set_number(report, at->within, (double)view->item->promise_within_days / 7);
    toil_report_set_day(report, at->ships, view->ships_day);
    toil_report_set_number(report, at->power, view->at_promise);
    toil_report_set_number(report, at->weeks, view->weeks_80);
    if (!isnan(view->weeks_80))
        toil_report_set_day(report, at->provable_on, view->ships_day + 7 * (int64_t)view->weeks_80);
    toil_report_set_number(report, at->rate, view->power.rate);
    toil_report_set_number(report, at->dispersion, view->power.dispersion);
    toil_report_set_number(report, at->rho, view->power.rho);
    toil_report_set_count(report, at->weeks_before, (int64_t)view->power.before);
}

static void people_row(struct view *view, const char *what, double number, const char *unit, const char *says)
{
    toil_report_add_row(view->report, TOIL_ROW_PEOPLE, 0, NAN);
    toil_report_set_text(view->report, view->at.what, what);
    if (!isnan(number))
        toil_report_set_estimate(view->report, view->at.number,
                                 &(struct toil_estimate){number, NAN, NAN, NAN, unit, "", NULL});
    toil_report_set_text(view->report, view->at.unit, unit);
    toil_report_set_text(view->report, view->at.says, says);
}

static void people_rows(struct view *view)
{
    struct toil_buf says = TOIL_BUF_INIT;
    char what[64];
    toil_buf_printf(&says, "in the mean of %zu weeks", view->power.before);
    people_row(view, "now", view->power.rate, view->weeks.series.unit, says.data);
    toil_buf_clear(&says);
    toil_promise_add(&says, view->item);
    toil_buf_printf(&says, " within %lld weeks", (long long)(view->item->promise_within_days / 7));
    people_row(view, "promised", rint(1000 * view->item->promise_change) / 10, "%", says.data);
    snprintf(what, sizeof what, "probability that it will show by then");
    people_row(view, "power", rint(100 * view->at_promise), "%", what);
    toil_buf_clear(&says);
    if (isnan(view->weeks_80)) {
        toil_buf_printf(&says, "%d weeks do not do", TOIL_SAVINGS_MOST_AFTER);
    } else {
        toil_buf_add_text(&says, "after the deployment: by ");
        add_day(view->ships_day + 7 * (int64_t)view->weeks_80, &says);
    }
    people_row(view, "for a power of 80%", view->weeks_80, "weeks", says.data);
    for (size_t i = 0; i < N_HORIZONS; i++) {
        toil_buf_clear(&says);
        toil_buf_printf(&says, "%s, after %zu weeks: by ",
                        isnan(view->smallest[i]) ? "no change could be proven" : "smallest change that could be proven",
                        horizons[i]);
        add_day(view->ships_day + 7 * (int64_t)horizons[i], &says);
        people_row(view, i ? "" : "provable", rint(100 * view->smallest[i]), isnan(view->smallest[i]) ? "" : "%",
                   says.data);
    }
    toil_buf_release(&says);
}

/* What would make the weeks tell more, from what they are like. */
static void advise(struct view *view)
{
    struct toil_report *report = view->report;
    const struct toil_series *series = &view->weeks.series;
    double a_week = series->count ? series->total / (double)series->count : 0;
    bool counted = series->shape == TOIL_SERIES_COUNT || series->shape == TOIL_SERIES_SUM;
    if (view->weeks.control.count == 0)
        toil_report_note(report,
                         "To know sooner: no other component serves as a control; the same measure of one that the "
                         "item does not touch is worth more than weeks.");
    if (view->inferred > SHARE)
        toil_report_note(report,
                         "To know sooner: %.0f%% of the hours are inferred; minutes told in the events, or two weeks "
                         "of work logs, make them exact.",
                         100 * view->inferred);
    if (view->hidden > SHARE)
        toil_report_note(report,
                         "To know sooner: %.0f%% of the tickets name no component and are attributed by links; name "
                         "the component in the ticket, or declare the topic.",
                         100 * view->hidden);
    if (!counted && a_week < FEW_VALUES)
        toil_report_note(report, "To know sooner: %.0f %s a week stand behind a value; more make it steadier.", a_week,
                         series->shape == TOIL_SERIES_SCORE   ? "answers"
                         : series->shape == TOIL_SERIES_RATIO ? "units of work"
                                                              : "measurements");
    if (counted && view->power.dispersion > RESTLESS)
        toil_report_note(report,
                         "Its weeks differ %.1f times as much as chance alone would have it: what comes in bursts "
                         "may be told apart by topic or cause, and the rest is steadier.",
                         view->power.dispersion);
    if (isnan(view->item->effort_sprints) && view->item->shipped_day == TOIL_TIME_NONE)
        toil_report_note(report, "Dates count from the end of the window, since the key effort.sprints is missing.");
}

static void not_established(struct view *view)
{
    const struct toil_item *item = view->item;
    view->report->negative = true;
    toil_report_answer(view->report, "When %s could be proven is not established: %s.", item->id, view->why);
    if (!item->promise_measure || item->component_count == 0)
        return;
    toil_report_note(view->report,
                     "What to collect: %s of its component%s, by the week. For how long: %d weeks tell how steady "
                     "it is, and then this plan says the rest; 26 make a good baseline.",
                     toil_measure_title(item->promise_measure), item->component_count == 1 ? "" : "s", LEAST_WEEKS);
}

static void answer(struct view *view)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_printf(&text, "%s promises ", view->item->id);
    toil_promise_add(&text, view->item);
    toil_buf_printf(&text, " within %lld weeks: with a probability of %.0f%% that will have shown by then",
                    (long long)(view->item->promise_within_days / 7), 100 * view->at_promise);
    if (isnan(view->weeks_80)) {
        toil_buf_printf(&text, "; %d weeks would not be enough for 80%%", TOIL_SAVINGS_MOST_AFTER);
    } else {
        toil_buf_printf(&text, "; for 80%% it takes %.0f week%s after the deployment, ", view->weeks_80,
                        view->weeks_80 == 1 ? "" : "s");
        toil_buf_add_text(&text, view->item->shipped_day == TOIL_TIME_NONE ? "if work begins now by " : "by ");
        add_day(view->ships_day + 7 * (int64_t)view->weeks_80, &text);
    }
    toil_report_answer(view->report, "%s.", text.data);
    toil_buf_release(&text);
}

/* What can be proven by when, beside what is promised. */
static void draw(const struct view *view)
{
    double day[N_HORIZONS], change[N_HORIZONS];
    const char *label[N_HORIZONS];
    struct toil_report *report = view->report;
    struct toil_buf title = TOIL_BUF_INIT;
    size_t known = 0;
    for (size_t i = 0; i < N_HORIZONS; i++) {
        struct toil_buf weeks = TOIL_BUF_INIT;
        day[i] = (double)view->ships_day + 7 * (double)horizons[i];
        change[i] = 100 * fabs(view->smallest[i]);
        known += isfinite(change[i]);
        toil_buf_printf(&weeks, "%zu weeks", horizons[i]);
        label[i] = toil_report_keep(report, weeks.data);
        toil_buf_release(&weeks);
    }
    if (known < 2)
        return;
    toil_buf_printf(&title, "Smallest change of %s that can be proven by a day",
                    toil_measure_title(view->item->promise_measure));
    struct toil_chart *chart = toil_report_add_chart(report, title.data,
                                                     "Each point is the change that has an 80% chance to show so many "
                                                     "weeks after the deployment; what is promised can be "
                                                     "proven once the points lie below its line.");
    toil_chart_axes(report, chart, TOIL_CHART_DATE, "", "% of what it is now");
    const struct toil_chart_series points = {.name = "80% chance to show",
                                             .style = TOIL_CHART_POINTS,
                                             .count = N_HORIZONS,
                                             .x = day,
                                             .y = change,
                                             .label = label};
    toil_chart_add(report, chart, &points);
    toil_chart_mark(report, chart, true, (double)view->ships_day, "ships");
    toil_chart_mark(report, chart, false, 100 * fabs(view->item->promise_change), "promised");
    toil_buf_release(&title);
}

static enum toil_status build(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope, .report = scope->report, .item = scope->item};
    view.at = add_columns(scope->report);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = toil_item_weeks_read(scope, scope->item, &view.weeks, &view.why, err);
    if (status == TOIL_OK && !view.why)
        status = share_of(&view, "inferred", &view.inferred, err);
    if (status == TOIL_OK && !view.why)
        status = share_of(&view, "hidden", &view.hidden, err);
    if (status == TOIL_OK) {
        view.ships_day = ships_on(&view);
        if (!view.why)
            view.why = measure_weeks(&view);
        if (!view.why)
            work_out(&view);
        machine_row(&view);
        if (view.why) {
            not_established(&view);
        } else {
            people_rows(&view);
            answer(&view);
            draw(&view);
            advise(&view);
        }
        toil_report_small(
            scope->report, "method",
            "The regression of `report saved` on weeks to come: as many as there are before, at their mean, "
            "dispersion and memory; the level's standard error with its soft trend. Power: probability that "
            "the 95%% interval will leave 0 out. A control may make it better, and is not counted on.");
    }
    toil_item_weeks_release(&view.weeks);
    return status;
}

const struct toil_report_kind toil_plan_kind = {"plan", TOIL_SUBJECT_ITEM,
                                                "If we mend it, when will we be able to prove it?", build};
