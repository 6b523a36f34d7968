/* show item: what the catalog says of a debt item, what the run knows of each of its components, measure by measure,
 * and the weeks behind that, which every report about the item is calculated from. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_numbers.h"
#include "report_show.h"
#include "series.h"

struct columns {
    size_t section, name, component, measure, week, value, unit, say;
};

struct view {
    struct toil_scope *scope;
    struct toil_report *report;
    struct columns column;
    size_t measured; /* series with something in them */
};

static struct columns add_columns(struct toil_report *report)
{
    static const struct toil_column columns[] = {
        {.key = "section", .title = "section", .once = true},
        {.key = "name", .title = "name"},
        {.key = "component", .title = "component", .machine = true},
        {.key = "measure", .title = "measure", .machine = true},
        {.key = "week", .title = "week", .kind = TOIL_COLUMN_DATE, .machine = true},
        {.key = "number", .title = "number", .kind = TOIL_COLUMN_NUMBER, .decimals = 2, .sparse = true},
        {.key = "unit", .title = "unit"},
        {.key = "value", .title = "what is known", .wrap = true},
    };
    struct columns at = {0};
    size_t *const index[] = {&at.section, &at.name, &at.component, &at.measure, &at.week, &at.value, &at.unit, &at.say};
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
        *index[c] = toil_report_add_column(report, &columns[c]);
    return at;
}

static void add_row(struct view *view, unsigned flags, size_t group, const char *section, const char *name,
                    const char *say)
{
    toil_report_add_row(view->report, flags, group, NAN);
    toil_report_set_text(view->report, view->column.section, section);
    toil_report_set_text(view->report, view->column.name, name);
    toil_report_set_text(view->report, view->column.say, say);
}

/* ---- what the catalog says ---- */

static void add_fact(struct view *view, const char *name, const char *say)
{
    if (say && *say)
        add_row(view, TOIL_ROW_PINNED, 0, "item", name, say);
}

static void add_day(struct view *view, const char *name, int64_t day)
{
    char text[32];
    if (day == TOIL_TIME_NONE)
        return;
    toil_report_day_text(day, text);
    add_fact(view, name, text);
}

static void add_effort(struct view *view)
{
    const struct toil_item *item = view->scope->item;
    struct toil_buf text = TOIL_BUF_INIT;
    if (isfinite(item->effort_sprints)) {
        toil_number_add_exact(&text, item->effort_sprints);
        toil_buf_add_text(&text, item->effort_sprints == 1 ? " sprint" : " sprints");
    }
    if (isfinite(item->effort_people)) {
        toil_buf_add_text(&text, text.len ? " of " : "");
        toil_number_add_exact(&text, item->effort_people);
        toil_buf_add_text(&text, item->effort_people == 1 ? " person" : " people");
    }
    add_fact(view, "effort", text.data ? text.data : "");
    toil_buf_release(&text);
}

static void add_promise(struct view *view)
{
    const struct toil_item *item = view->scope->item;
    struct toil_buf text = TOIL_BUF_INIT;
    if (item->promise_measure) {
        toil_buf_printf(&text, "%s ", item->promise_measure);
        toil_number_add_exact(&text, round(1e9 * item->promise_change) / 1e7);
        toil_buf_printf(&text, "%% within %lld days", (long long)item->promise_within_days);
    }
    add_fact(view, "promise", text.data ? text.data : "");
    toil_buf_release(&text);
}

static void add_facts(struct view *view)
{
    const struct toil_catalog *catalog = view->scope->catalog;
    const struct toil_item *item = view->scope->item;
    struct toil_buf teams = TOIL_BUF_INIT;
    add_fact(view, "title", item->title);
    add_fact(view, "state", toil_item_states[item->state]);
    add_fact(view, "leader", item->leader);
    for (size_t i = 0; i < item->team_count; i++)
        toil_buf_printf(&teams, "%s%s", i ? ", " : "", catalog->team[item->team[i]].name);
    add_fact(view, "teams", teams.data ? teams.data : "");
    add_fact(view, "goal", item->goal == SIZE_MAX ? NULL : catalog->goal[item->goal].name);
    add_day(view, "proposed", item->proposed_day);
    add_day(view, "shipped", item->shipped_day);
    add_effort(view);
    add_promise(view);
    toil_buf_release(&teams);
}

/* ---- what the run knows ---- */

static void set_series(struct view *view, const char *component, const struct toil_series *series, double number)
{
    toil_report_set_text(view->report, view->column.component, component);
    toil_report_set_text(view->report, view->column.measure, series->measure);
    toil_report_set_number(view->report, view->column.value, number);
    toil_report_set_text(view->report, view->column.unit, series->unit);
}

static double mean_of(const struct toil_series *series)
{
    double sum = 0, weight = 0;
    for (size_t w = 0; w < series->count; w++) {
        if (!isfinite(series->value[w]))
            continue;
        sum += series->value[w] * series->weight[w];
        weight += series->weight[w];
    }
    return weight > 0 ? sum / weight : (double)NAN;
}

static void add_series(struct view *view, const char *component, const struct toil_series *series, size_t group)
{
    struct toil_buf say = TOIL_BUF_INIT;
    bool summed = series->shape == TOIL_SERIES_COUNT || series->shape == TOIL_SERIES_SUM;
    if (!(series->total > 0))
        return;
    view->measured++;
    toil_number_add(&say, series->total, 0);
    toil_buf_printf(&say, " %s in %zu whole weeks",
                    summed                               ? "in all"
                    : series->shape == TOIL_SERIES_SCORE ? "answers"
                    : series->shape == TOIL_SERIES_RATIO ? "units of work"
                                                         : "measurements",
                    series->count);
    struct toil_buf name = TOIL_BUF_INIT;
    toil_buf_printf(&name, "%s: %s", component, series->measure);
    add_row(view, 0, group, "measure", NULL, say.data);
    toil_report_set_named(view->report, view->column.name, component, name.data);
    toil_buf_release(&name);
    set_series(view, component, series, mean_of(series));
    for (size_t w = 0; w < series->count; w++) {
        if (!isfinite(series->value[w]))
            continue;
        add_row(view, TOIL_ROW_MACHINE, group, "week", component, NULL);
        set_series(view, component, series, series->value[w]);
        toil_report_set_day(view->report, view->column.week, series->first_day + (int64_t)w * 7);
    }
    toil_buf_release(&say);
}

static enum toil_status add_component(struct view *view, size_t component, const char *const *measures, size_t count,
                                      size_t group, struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (size_t m = 0; m < count && status == TOIL_OK; m++) {
        struct toil_series series;
        const struct toil_series_query query = {.measure = measures[m], .component = &component, .component_count = 1};
        status = toil_series_read(view->scope, &query, &series, err);
        if (status != TOIL_OK)
            return status;
        add_series(view, view->scope->catalog->component[component].name, &series, group);
        toil_series_release(&series);
    }
    return status;
}

static void answer(struct view *view)
{
    const struct toil_item *item = view->scope->item;
    if (item->component_count == 0) {
        toil_report_answer(view->report,
                           "%s, \"%s\", names no component: there is nothing that it could be measured by.", item->id,
                           item->title);
        toil_report_note(view->report, "What to do: name its `components` in the catalog and analyse again.");
        return;
    }
    if (view->measured == 0) {
        toil_report_answer(view->report, "%s, \"%s\": the run has no event of its %s.", item->id, item->title,
                           item->component_count == 1 ? "component" : "components");
        toil_report_note(view->report, "`toilmeter plan %s` says what to collect, and for how long.", item->id);
        return;
    }
    toil_report_answer(view->report,
                       "%s, \"%s\", is about %zu component%s; %zu series of weeks stand behind its numbers.", item->id,
                       item->title, item->component_count, item->component_count == 1 ? "" : "s", view->measured);
    toil_report_note(view->report, "The weeks themselves are in JSON and CSV. `toilmeter show component NAME` goes on "
                                   "to the tickets, hours, links and raw names of a component.");
}

enum toil_status toil_show_item(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope, .report = scope->report, .column = add_columns(scope->report)};
    const char **measures = NULL;
    size_t count = 0;
    if (toil_scope_empty(scope))
        return TOIL_OK;
    add_facts(&view);
    enum toil_status status = toil_series_measures(scope, &measures, &count, err);
    for (size_t i = 0; i < scope->item->component_count && status == TOIL_OK; i++)
        status = add_component(&view, scope->item->component[i], measures, count, i + 1, err);
    free(measures);
    if (status == TOIL_OK) {
        answer(&view);
        toil_report_small(scope->report, "method",
                          "Whole weeks from Monday; the number of a measure is the mean of its weeks (satisfaction, "
                          "durations: weighted by answers and measurements).");
    }
    return status;
}
