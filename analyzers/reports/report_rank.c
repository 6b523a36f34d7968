/* report rank: what to do first, by cost of delay over effort; what cannot be told apart ties. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "item_facts.h"
#include "report_charts.h"
#include "report_kind.h"
#include "report_list.h"
#include "report_numbers.h"

#define DRAWS 4000

struct ranked_item {
    const struct toil_item *item;
    struct toil_item_facts facts; /* owned */
    double effort;
    const char *why; /* why it has no rank; NULL */
};

struct view {
    struct toil_scope *scope;
    struct ranked_item *of; /* owned */
    size_t count;
    struct toil_ranked *ranked; /* owned */
    double *outranks;           /* owned, [count * count] */
    size_t *order;              /* owned: as shown */
};

struct columns {
    size_t rank, item, title, cost, effort, ratio, ties, outranks, says;
};

static struct columns add_columns(const struct toil_scope *scope)
{
    struct toil_report *report = scope->report;
    struct columns at;
    at.rank = toil_report_add_column(report,
                                     &(struct toil_column){.key = "rank", .title = "rank", .kind = TOIL_COLUMN_COUNT});
    at.item = toil_report_add_column(report, &(struct toil_column){.key = "item", .title = "item"});
    at.title = toil_report_add_column(
        report, &(struct toil_column){.key = "title", .title = "title", .importance = 3, .wrap = true});
    at.cost = toil_report_add_column(report, &(struct toil_column){.key = "cost_of_delay",
                                                                   .title = "cost of delay",
                                                                   .unit = "a week",
                                                                   .kind = TOIL_COLUMN_ESTIMATE,
                                                                   .decimals = 1});
    at.effort = toil_report_add_column(
        report,
        &(struct toil_column){
            .key = "effort_hours", .title = "effort", .unit = "hours", .kind = TOIL_COLUMN_NUMBER, .decimals = 0});
    at.ratio = toil_report_add_column(report, &(struct toil_column){.key = "ratio",
                                                                    .title = "cost a week over effort",
                                                                    .kind = TOIL_COLUMN_ESTIMATE,
                                                                    .decimals = 2,
                                                                    .importance = 2});
    at.ties = toil_report_add_column(
        report,
        &(struct toil_column){.key = "ties_with", .title = "ties with", .kind = TOIL_COLUMN_LIST, .machine = true});
    at.outranks = toil_report_add_column(
        report,
        &(struct toil_column){.key = "outranks", .title = "outranks", .kind = TOIL_COLUMN_LIST, .machine = true});
    at.says = toil_report_add_column(
        report, &(struct toil_column){.key = "says", .title = "what it says", .people = true, .wrap = true});
    return at;
}

static bool is_open(const struct toil_item *item)
{
    return item->state != TOIL_ITEM_SHIPPED && item->state != TOIL_ITEM_DROPPED;
}

static enum toil_status read_items(struct view *view, struct toil_error *err)
{
    const struct toil_catalog *catalog = view->scope->catalog;
    enum toil_status status = toil_series_load_items(view->scope, err);
    view->of = toil_xcalloc(catalog->item_count + 1, sizeof *view->of);
    for (size_t i = 0; i < catalog->item_count && status == TOIL_OK; i++) {
        const char *missing;
        if (!is_open(&catalog->item[i]))
            continue;
        struct ranked_item *one = &view->of[view->count];
        one->item = &catalog->item[i];
        status = toil_item_facts_read(view->scope, one->item, false, &one->facts, err);
        if (status != TOIL_OK)
            break;
        view->count++;
        one->effort = toil_item_effort_hours(view->scope, one->item, &missing);
        struct toil_buf why = TOIL_BUF_INIT;
        if (isnan(one->facts.cost.value))
            toil_buf_add_text(&why, "not established: the run knows no work and no ticket of it");
        else if (missing)
            toil_buf_printf(&why, "the key %s is missing", missing);
        one->why = why.len ? toil_report_keep(view->scope->report, why.data) : NULL;
        toil_buf_release(&why);
    }
    return status;
}

static int by_rank(const void *a, const void *b, void *context)
{
    const size_t *x = a, *y = b;
    const struct view *view = context;
    const struct toil_ranked *p = &view->ranked[*x], *q = &view->ranked[*y];
    if ((p->rank == 0) != (q->rank == 0))
        return p->rank == 0 ? 1 : -1;
    if (p->rank != 0 && p->ratio != q->ratio)
        return p->ratio > q->ratio ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static void rank_items(struct view *view)
{
    struct toil_rank_entry *entry = toil_xcalloc(view->count + 1, sizeof *entry);
    view->ranked = toil_xcalloc(view->count + 1, sizeof *view->ranked);
    view->outranks = toil_xcalloc(view->count * view->count + 1, sizeof *view->outranks);
    view->order = toil_xcalloc(view->count + 1, sizeof *view->order);
    for (size_t i = 0; i < view->count; i++) {
        entry[i] = (struct toil_rank_entry){view->of[i].facts.cost_drawn, view->of[i].effort};
        view->order[i] = i;
    }
    /* Without any that can be ranked all have rank 0, and the rows say why. */
    enum toil_stats_result result =
        toil_rank(entry, view->count, DRAWS, (uint64_t)view->scope->report->run.seed, view->ranked, view->outranks);
    (void)result;
    if (view->count > 0)
        qsort_r(view->order, view->count, sizeof *view->order, by_rank, view);
    free(entry);
}

static void set_lists(const struct view *view, const struct columns *at, size_t i, struct toil_buf *says)
{
    struct toil_buf ties = TOIL_BUF_INIT, outranks = TOIL_BUF_INIT;
    toil_list_begin(&ties);
    toil_list_begin(&outranks);
    for (size_t n = 0; n < view->count; n++) {
        size_t j = view->order[n];
        double probability = view->outranks[i * view->count + j];
        if (isnan(probability))
            continue;
        toil_list_item(&outranks);
        toil_list_add_text(&outranks, "item", view->of[j].item->id);
        toil_list_add_number(&outranks, "probability", probability);
        toil_list_item_end(&outranks);
        if (view->ranked[i].rank != view->ranked[j].rank)
            continue;
        toil_list_item(&ties);
        toil_list_add_text(&ties, "item", view->of[j].item->id);
        toil_list_item_end(&ties);
        toil_buf_printf(says, "%s%s", says->len ? ", " : "ties with ", view->of[j].item->id);
        toil_buf_printf(says, " (before it with %.0f%%)", 100 * probability);
    }
    toil_list_end(&ties);
    toil_list_end(&outranks);
    toil_report_set_list(view->scope->report, at->ties, ties.data, NULL);
    toil_report_set_list(view->scope->report, at->outranks, outranks.data, NULL);
    toil_buf_release(&ties);
    toil_buf_release(&outranks);
}

static void add_row(const struct view *view, const struct columns *at, size_t i)
{
    struct toil_report *report = view->scope->report;
    const struct ranked_item *one = &view->of[i];
    const struct toil_ranked *ranked = &view->ranked[i];
    struct toil_buf says = TOIL_BUF_INIT;
    char unit[48] = "";
    struct toil_estimate ratio = {ranked->ratio, ranked->low, ranked->high, 0.95, unit, one->facts.cost.grade, NULL};
    snprintf(unit, sizeof unit, "%.24s/hour", one->facts.unit);
    if (ranked->rank == 0)
        ratio = (struct toil_estimate){NAN, NAN, NAN, NAN, unit, "none", one->why ? one->why : "it cannot be drawn"};
    toil_report_add_row(report, 0, 0, NAN);
    if (ranked->rank > 0)
        toil_report_set_count(report, at->rank, (int64_t)ranked->rank);
    toil_report_set_text(report, at->item, one->item->id);
    toil_report_set_text(report, at->title, one->item->title);
    struct toil_estimate cost = one->facts.cost;
    cost.why = isnan(cost.value) ? cost.why : NULL;
    toil_report_set_estimate(report, at->cost, &cost);
    toil_report_set_number(report, at->effort, one->effort);
    toil_report_set_estimate(report, at->ratio, &ratio);
    set_lists(view, at, i, &says);
    if (ranked->rank == 0)
        toil_buf_printf(&says, "not ranked: %s", ratio.why);
    toil_report_set_text(report, at->says, says.len ? says.data : "");
    toil_buf_release(&says);
}

static void draw(const struct view *view)
{
    struct toil_item_point *point = toil_xcalloc(view->count + 1, sizeof *point);
    size_t count = 0;
    for (size_t n = 0; n < view->count; n++) {
        const struct ranked_item *one = &view->of[view->order[n]];
        if (view->ranked[view->order[n]].rank > 0)
            point[count++] = (struct toil_item_point){one->item->id, one->effort, one->facts.cost};
    }
    toil_report_chart_items(view->scope->report, point, count);
    free(point);
}

static void answer(const struct view *view)
{
    struct toil_report *report = view->scope->report;
    size_t ranked = 0, tied = 0;
    for (size_t i = 0; i < view->count; i++) {
        ranked += view->ranked[i].rank > 0;
        tied += view->ranked[i].rank == 1;
    }
    if (view->count == 0) {
        toil_report_answer(report, "The catalog has no open item to rank.");
        report->negative = true;
    } else if (ranked == 0) {
        toil_report_answer(report, "None of %zu open items can be ranked: cost of delay or effort is not known.",
                           view->count);
        report->negative = true;
    } else if (tied > 1) {
        struct toil_buf names = TOIL_BUF_INIT;
        for (size_t n = 0; n < tied; n++)
            toil_buf_printf(&names, "%s%s",
                            n == 0          ? ""
                            : n + 1 == tied ? " and "
                                            : ", ",
                            view->of[view->order[n]].item->id);
        toil_report_answer(report, "First come %s, which cannot be told apart; %zu of %zu open items are ranked.",
                           names.data, ranked, view->count);
        toil_buf_release(&names);
    } else {
        const struct ranked_item *first = &view->of[view->order[0]];
        toil_report_answer(report,
                           "First comes %s, \"%s\": it costs most for the effort that it takes; %zu of %zu open items "
                           "are ranked.",
                           first->item->id, first->item->title, ranked, view->count);
    }
}

enum toil_status toil_report_build_rank(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope};
    struct columns at = add_columns(scope);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = read_items(&view, err);
    if (status == TOIL_OK) {
        rank_items(&view);
        for (size_t n = 0; n < view.count; n++)
            add_row(&view, &at, view.order[n]);
        answer(&view);
        toil_report_take_unit(scope->report, at.cost);
        draw(&view);
        toil_report_small(
            scope->report, "method",
            "Open items by cost of delay a week over planned effort; both drawn %d times (effort within a "
            "factor of 1.5 in 8 of 10). One ties with the one before it unless that comes first with a "
            "probability of %.0f%%.",
            DRAWS, 100 * TOIL_RANK_SURE);
        toil_report_arithmetic(scope->report, "ratio", "cost of delay / (sprints * people * people_hours_per_sprint)");
    }
    for (size_t i = 0; i < view.count; i++)
        toil_item_facts_release(&view.of[i].facts);
    free(view.of);
    free(view.ranked);
    free(view.outranks);
    free(view.order);
    return status;
}
