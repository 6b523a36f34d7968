/* report strategy: how much of the toil and the tickets the plan addresses, by goal, and what nobody addresses. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_charts.h"
#include "report_kind.h"
#include "report_list.h"
#include "report_numbers.h"
#include "series.h"

#define NO_GOAL "(no goal)"
#define NO_ITEM "(no item)"
#define LARGEST 5 /* components that nobody addresses, told to people */

enum field { F_COMPONENT, F_HOURS, F_LOW, F_HIGH, F_TICKETS };

struct sums {
    double hours, low, high, tickets;
};

struct columns {
    size_t goal, items, hours, tickets, share, largest;
};

struct view {
    struct toil_scope *scope;
    struct toil_result *rows; /* owned: components, the largest first */
    struct columns at;
    double weeks;
    struct sums all;
};

static struct columns add_columns(struct toil_report *report)
{
    struct columns at;
    at.goal = toil_report_add_column(report, &(struct toil_column){.key = "goal", .title = "goal", .wrap = true});
    at.items = toil_report_add_column(
        report, &(struct toil_column){.key = "items", .title = "items", .kind = TOIL_COLUMN_LIST});
    at.hours = toil_report_add_column(report, &(struct toil_column){.key = "hours_addressed",
                                                                    .title = "hours",
                                                                    .unit = "a sprint",
                                                                    .kind = TOIL_COLUMN_ESTIMATE,
                                                                    .decimals = 1});
    at.tickets = toil_report_add_column(report, &(struct toil_column){.key = "tickets_addressed",
                                                                      .title = "tickets",
                                                                      .unit = "a sprint",
                                                                      .kind = TOIL_COLUMN_ESTIMATE,
                                                                      .decimals = 1});
    at.share = toil_report_add_column(
        report,
        &(struct toil_column){
            .key = "share_of_hours", .title = "of all hours", .unit = "%", .kind = TOIL_COLUMN_NUMBER, .decimals = 0});
    at.largest = toil_report_add_column(
        report, &(struct toil_column){.key = "largest", .title = "largest", .kind = TOIL_COLUMN_LIST, .machine = true});
    return at;
}

static bool is_open(const struct toil_item *item)
{
    return item->state != TOIL_ITEM_SHIPPED && item->state != TOIL_ITEM_DROPPED;
}

/* Is the component of a row one that an open item of that goal names? goal SIZE_MAX: of items without one. */
static bool addressed(const struct view *view, size_t row, size_t goal, bool any_goal)
{
    const struct toil_catalog *catalog = view->scope->catalog;
    const char *name = toil_result_text(view->rows, row, F_COMPONENT);
    for (size_t i = 0; i < catalog->item_count; i++) {
        const struct toil_item *item = &catalog->item[i];
        if (!is_open(item) || (!any_goal && item->goal != goal))
            continue;
        for (size_t c = 0; c < item->component_count; c++)
            if (toil_report_holds(name, catalog->component[item->component[c]].name))
                return true;
    }
    return false;
}

static void add_to(struct sums *sums, const struct toil_result *rows, size_t row)
{
    sums->hours += toil_result_double(rows, row, F_HOURS);
    sums->low += toil_result_double(rows, row, F_LOW);
    sums->high += toil_result_double(rows, row, F_HIGH);
    sums->tickets += toil_result_double(rows, row, F_TICKETS);
}

static void set_items(const struct view *view, size_t goal, bool none)
{
    const struct toil_catalog *catalog = view->scope->catalog;
    struct toil_buf list = TOIL_BUF_INIT, people = TOIL_BUF_INIT;
    toil_buf_add_char(&list, '[');
    for (size_t i = 0; i < catalog->item_count && !none; i++) {
        if (!is_open(&catalog->item[i]) || catalog->item[i].goal != goal)
            continue;
        toil_buf_add_text(&list, list.len > 1 ? ", " : "");
        toil_buf_add_json_string(&list, toil_span_of(catalog->item[i].id));
        toil_buf_printf(&people, "%s%s", people.len ? ", " : "", catalog->item[i].id);
    }
    toil_buf_add_char(&list, ']');
    toil_report_set_list(view->scope->report, view->at.items, list.data, people.data ? people.data : "");
    toil_buf_release(&list);
    toil_buf_release(&people);
}

static void set_sums(const struct view *view, const struct sums *sums)
{
    struct toil_report *report = view->scope->report;
    double part = view->scope->catalog->sprint_days / 7.0 / view->weeks;
    struct toil_estimate hours = {sums->hours * part,
                                  fmin(sums->low, sums->hours) * part,
                                  fmax(sums->high, sums->hours) * part,
                                  NAN,
                                  "hours/sprint",
                                  "A",
                                  NULL};
    struct toil_estimate tickets = {sums->tickets * part, NAN, NAN, NAN, "tickets/sprint", "A", NULL};
    toil_report_set_estimate(report, view->at.hours, &hours);
    toil_report_set_estimate(report, view->at.tickets, &tickets);
    if (view->all.hours > 0)
        toil_report_set_number(report, view->at.share, 100 * sums->hours / view->all.hours);
}

static void goal_row(struct view *view, const char *name, size_t goal)
{
    struct sums sums = {0};
    for (size_t r = 0; r < toil_result_rows(view->rows); r++)
        if (addressed(view, r, goal, false))
            add_to(&sums, view->rows, r);
    toil_report_add_row(view->scope->report, 0, 0, NAN);
    toil_report_set_text(view->scope->report, view->at.goal, name);
    set_items(view, goal, false);
    set_sums(view, &sums);
    toil_report_set_list(view->scope->report, view->at.largest, "[]", NULL);
}

static struct sums nobody_row(struct view *view, struct toil_buf *names)
{
    struct toil_report *report = view->scope->report;
    struct sums sums = {0};
    struct toil_buf list = TOIL_BUF_INIT;
    double part = view->scope->catalog->sprint_days / 7.0 / view->weeks;
    size_t told = 0;
    toil_list_begin(&list);
    for (size_t r = 0; r < toil_result_rows(view->rows); r++) {
        const char *name = toil_result_text(view->rows, r, F_COMPONENT);
        if (addressed(view, r, 0, true))
            continue;
        add_to(&sums, view->rows, r);
        toil_list_item(&list);
        toil_list_add_text(&list, "component", name);
        toil_list_add_number(&list, "hours_per_sprint", toil_result_double(view->rows, r, F_HOURS) * part);
        toil_list_add_number(&list, "tickets_per_sprint", toil_result_double(view->rows, r, F_TICKETS) * part);
        toil_list_item_end(&list);
        if (told++ >= LARGEST)
            continue;
        toil_buf_add_text(names, told > 1 ? ", " : "");
        toil_report_component_add(names, name);
        toil_buf_add_text(names, " ");
        toil_number_add(names, toil_result_double(view->rows, r, F_HOURS) * part, 1);
        toil_buf_add_text(names, " hours");
    }
    toil_list_end(&list);
    toil_report_add_row(report, TOIL_ROW_PINNED, 0, NAN);
    toil_report_set_text(report, view->at.goal, NO_ITEM);
    set_items(view, 0, true);
    set_sums(view, &sums);
    toil_report_set_list(report, view->at.largest, list.data, NULL);
    toil_buf_release(&list);
    return sums;
}

static void tell(struct view *view)
{
    struct toil_scope *scope = view->scope;
    const struct toil_catalog *catalog = scope->catalog;
    struct toil_buf names = TOIL_BUF_INIT;
    struct sums plan = {0};
    for (size_t r = 0; r < toil_result_rows(view->rows); r++) {
        add_to(&view->all, view->rows, r);
        if (addressed(view, r, 0, true))
            add_to(&plan, view->rows, r);
    }
    for (size_t g = 0; g < catalog->goal_count; g++)
        goal_row(view, catalog->goal[g].name, g);
    goal_row(view, NO_GOAL, SIZE_MAX);
    struct sums nobody = nobody_row(view, &names);
    if (view->all.hours > 0)
        toil_report_answer(scope->report,
                           "The plan addresses %.0f%% of the manual hours and %.0f%% of the tickets; nobody "
                           "addresses the rest.",
                           100 * plan.hours / view->all.hours, 100 * plan.tickets / fmax(view->all.tickets, 1));
    else
        toil_report_answer(scope->report, "The run has no manual work that a plan could address.");
    scope->report->negative = !(plan.hours > 0 || plan.tickets > 0);
    if (nobody.hours > 0)
        toil_report_note(scope->report, "Largest of what nobody addresses, a sprint: %s.", names.data);
    toil_report_note(scope->report,
                     "Goals may share components: their rows need not sum to the whole. Shipped and dropped "
                     "items address nothing any more.");
    toil_buf_release(&names);
}

enum toil_status toil_report_build_strategy(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope, .at = add_columns(scope->report)};
    struct toil_series frame;
    char first[32], end[32];
    if (toil_scope_empty(scope))
        return TOIL_OK;
    const struct toil_series_query any = {.measure = "tickets"};
    enum toil_status status = toil_series_read(scope, &any, &frame, err);
    if (status != TOIL_OK)
        return status;
    view.weeks = fmax((double)frame.count, 1);
    toil_report_day_text(frame.first_day, first);
    toil_report_day_text(frame.first_day + 7 * (int64_t)frame.count, end);
    toil_series_release(&frame);
    status = toil_scope_query(scope, &toil_sql_report_component_totals, TOIL_PARAMS({scope->run_id}, {first}, {end}),
                              &view.rows, err);
    if (status == TOIL_OK) {
        tell(&view);
        toil_report_chart_rows(
            scope->report,
            &(struct toil_row_bars){.title = "Manual hours a sprint that items of each goal address",
                                    .alternative = "Bars are hours a sprint of the components that a goal's open items "
                                                   "name, the line in a bar its range over the gap between traces of "
                                                   "work. Goals may share components.",
                                    .unit = "hours/sprint",
                                    .label = "goal",
                                    .value = {"hours_addressed"},
                                    .most = TOIL_CHART_MOST_ROWS});
    }
    toil_report_small(
        scope->report, "method",
        "Hours and tickets of the components that open items name, in whole weeks, by sprint; range: over the "
        "gap between traces of work.");
    toil_result_free(view.rows);
    return status;
}
