/* report matrix: every debt item, who leads it, which teams it crosses, what it costs, promises and has delivered. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "item_facts.h"
#include "item_savings.h"
#include "report_charts.h"
#include "report_kind.h"
#include "report_list.h"
#include "report_numbers.h"

struct columns {
    size_t item, title, leader, teams, goal, state, cost, promised, says, delivered, verdict;
};

static struct columns add_columns(struct toil_report *report)
{
    struct columns at;
    at.item = toil_report_add_column(report, &(struct toil_column){.key = "item", .title = "item"});
    at.title = toil_report_add_column(report, &(struct toil_column){.key = "title", .title = "title", .wrap = true});
    at.leader =
        toil_report_add_column(report, &(struct toil_column){.key = "leader", .title = "leader", .importance = 1});
    at.teams = toil_report_add_column(
        report, &(struct toil_column){.key = "teams", .title = "teams", .kind = TOIL_COLUMN_LIST, .importance = 2});
    at.goal = toil_report_add_column(
        report, &(struct toil_column){.key = "goal", .title = "goal", .importance = 4, .wrap = true});
    at.state = toil_report_add_column(report, &(struct toil_column){.key = "state", .title = "state"});
    at.cost = toil_report_add_column(report, &(struct toil_column){.key = "cost_of_delay",
                                                                   .title = "cost of delay",
                                                                   .unit = "a week",
                                                                   .kind = TOIL_COLUMN_ESTIMATE,
                                                                   .decimals = 1,
                                                                   .range_importance = 3});
    at.promised = toil_report_add_column(
        report,
        &(struct toil_column){
            .key = "promised", .title = "promised", .kind = TOIL_COLUMN_NUMBER, .decimals = 4, .machine = true});
    at.says = toil_report_add_column(
        report, &(struct toil_column){.key = "promise", .title = "promised", .people = true, .wrap = true});
    at.delivered = toil_report_add_column(
        report,
        &(struct toil_column){
            .key = "delivered", .title = "delivered", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 2, .machine = true});
    at.verdict =
        toil_report_add_column(report, &(struct toil_column){.key = "verdict", .title = "delivered", .wrap = true});
    return at;
}

static void set_teams(const struct toil_scope *scope, const struct columns *at, const struct toil_item *item)
{
    struct toil_buf list = TOIL_BUF_INIT, people = TOIL_BUF_INIT;
    toil_buf_add_char(&list, '[');
    for (size_t i = 0; i < item->team_count; i++) {
        const char *name = scope->catalog->team[item->team[i]].name;
        toil_buf_add_text(&list, i ? ", " : "");
        toil_buf_add_json_string(&list, toil_span_of(name));
        toil_buf_printf(&people, "%s%s", i ? ", " : "", name);
    }
    toil_buf_add_char(&list, ']');
    toil_report_set_list(scope->report, at->teams, list.data, people.data ? people.data : "");
    toil_buf_release(&list);
    toil_buf_release(&people);
}

static void set_promise(const struct toil_scope *scope, const struct columns *at, const struct toil_item *item)
{
    struct toil_buf text = TOIL_BUF_INIT;
    if (!item->promise_measure)
        return;
    toil_promise_add(&text, item);
    toil_report_set_number(scope->report, at->promised, item->promise_change);
    toil_report_set_text(scope->report, at->says, text.data);
    toil_buf_release(&text);
}

static void set_verdict(struct toil_report *report, size_t column, const struct toil_item_savings *savings)
{
    if (savings->why) {
        toil_report_set_text(report, column, savings->why);
        return;
    }
    const char *verdict = toil_savings_verdicts[savings->savings.verdict];
    const struct toil_estimate delivered = toil_change_percent(savings->delivered);
    struct toil_buf people = TOIL_BUF_INIT;
    toil_buf_printf(&people, "%s: ", verdict);
    toil_change_add(&people, &delivered);
    toil_report_set_named(report, column, verdict, people.data);
    toil_buf_release(&people);
}

/* Open items whose cost and effort are known. */
struct points {
    struct toil_item_point *point; /* owned: [of the catalog's items] */
    size_t count;
};

static void add_point(const struct toil_scope *scope, const struct toil_item *item, const struct toil_estimate *cost,
                      struct points *points)
{
    const char *missing;
    double effort = toil_item_effort_hours(scope, item, &missing);
    bool open = item->state != TOIL_ITEM_SHIPPED && item->state != TOIL_ITEM_DROPPED;
    if (open && !missing && !isnan(cost->value))
        points->point[points->count++] = (struct toil_item_point){item->id, effort, *cost};
}

static enum toil_status add_item(struct toil_scope *scope, const struct columns *at, const struct toil_item *item,
                                 struct points *points, struct toil_error *err)
{
    struct toil_item_facts facts;
    struct toil_item_savings savings;
    struct toil_report *report = scope->report;
    enum toil_status status = toil_item_facts_read(scope, item, false, &facts, err);
    if (status != TOIL_OK)
        return status;
    status = toil_item_savings_read(scope, item, &savings, err);
    if (status == TOIL_OK) {
        bool shipped = item->shipped_day != TOIL_TIME_NONE;
        struct toil_estimate cost = facts.cost;
        cost.why = isnan(cost.value) ? "not established" : NULL;
        toil_report_add_row(report, 0, 0, NAN);
        toil_report_set_text(report, at->item, item->id);
        toil_report_set_text(report, at->title, item->title);
        toil_report_set_text(report, at->leader, item->leader);
        set_teams(scope, at, item);
        toil_report_set_text(report, at->goal, item->goal == SIZE_MAX ? NULL : scope->catalog->goal[item->goal].name);
        toil_report_set_text(report, at->state, toil_item_states[item->state]);
        toil_report_set_estimate(report, at->cost, &cost);
        add_point(scope, item, &cost, points);
        set_promise(scope, at, item);
        toil_report_set_estimate(report, at->delivered, &savings.delivered);
        if (shipped)
            set_verdict(report, at->verdict, &savings);
        toil_item_savings_release(&savings);
    }
    toil_item_facts_release(&facts);
    return status;
}

static void answer(const struct toil_scope *scope)
{
    const struct toil_catalog *catalog = scope->catalog;
    size_t state[TOIL_ITEM_DROPPED + 1] = {0}, leaderless = 0, across = 0;
    for (size_t i = 0; i < catalog->item_count; i++) {
        const struct toil_item *item = &catalog->item[i];
        state[item->state]++;
        leaderless += !item->leader;
        across += item->team_count > 1;
    }
    if (catalog->item_count == 0) {
        toil_report_answer(scope->report, "The catalog has no item.");
        scope->report->negative = true;
        return;
    }
    toil_report_answer(scope->report,
                       "%zu items: %zu proposed, %zu planned, %zu in progress, %zu shipped, %zu dropped; %zu cross "
                       "teams.",
                       catalog->item_count, state[TOIL_ITEM_PROPOSED], state[TOIL_ITEM_PLANNED],
                       state[TOIL_ITEM_IN_PROGRESS], state[TOIL_ITEM_SHIPPED], state[TOIL_ITEM_DROPPED], across);
    if (leaderless)
        toil_report_note(scope->report, "%zu of them %s nobody who leads %s: the key leader is missing.", leaderless,
                         leaderless == 1 ? "has" : "have", leaderless == 1 ? "it" : "them");
}

enum toil_status toil_report_build_matrix(struct toil_scope *scope, struct toil_error *err)
{
    struct columns at = add_columns(scope->report);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    struct points points = {toil_xcalloc(scope->catalog->item_count + 1, sizeof *points.point), 0};
    enum toil_status status = toil_series_load_items(scope, err);
    for (size_t i = 0; i < scope->catalog->item_count && status == TOIL_OK; i++)
        status = add_item(scope, &at, &scope->catalog->item[i], &points, err);
    if (status == TOIL_OK) {
        answer(scope);
        toil_report_take_unit(scope->report, at.cost);
        toil_report_chart_items(scope->report, points.point, points.count);
    }
    free(points.point);
    toil_report_small(
        scope->report, "method",
        "Cost of delay as in `report impact`, delivered as in `report saved`. Of a shipped item the cost is that of "
        "the whole window, before and after.");
    return status;
}
