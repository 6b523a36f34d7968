/* report impact: what a debt item costs, how that grows, and when mending it pays back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "growth_words.h"
#include "item_facts.h"
#include "report_kind.h"
#include "report_list.h"
#include "report_numbers.h"

#define DRAWS       10000
#define LEVEL       0.95
#define YEAR_WEEKS  52
#define MOST_FOLD   50.0 /* a cost so many times today's is not told: the line does not go on for ever */
#define PAYBACK_80  0.8
#define LEAST_TOTAL 20 /* of a series, for its growth */

struct columns {
    size_t item, hours, by_kind, tickets, restarts, rebalances, customers, csat, cost, later, growth, effort, saving,
        payback, by_target;          /* for machines */
    size_t what, number, unit, says; /* for people */
};

/* One measure's growth. */
struct grown {
    const char *measure, *component; /* component: NULL for all of the item together */
    struct toil_growth growth;
    enum toil_stats_result result;
    bool told; /* to people, too */
};

struct view {
    struct toil_scope *scope;
    struct toil_report *report;
    const struct toil_item *item;
    struct columns at;
    struct toil_item_facts facts; /* owned */
    struct grown *grown;          /* owned */
    size_t grown_count;
    double fold; /* cost in 12 months over that of today */
    struct toil_estimate later, payback, saving;
    double by_target, effort_hours;
    const char *no_payback; /* why; NULL */
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
    at.hours = add(report, "hours", TOIL_COLUMN_ESTIMATE);
    at.by_kind = add(report, "hours_by_kind", TOIL_COLUMN_LIST);
    at.tickets = add(report, "tickets", TOIL_COLUMN_ESTIMATE);
    at.restarts = add(report, "restarts", TOIL_COLUMN_COUNT);
    at.rebalances = add(report, "rebalances", TOIL_COLUMN_COUNT);
    at.customers = add(report, "customers", TOIL_COLUMN_COUNT);
    at.csat = add(report, "csat", TOIL_COLUMN_ESTIMATE);
    at.cost = add(report, "cost_of_delay", TOIL_COLUMN_ESTIMATE);
    at.later = add(report, "cost_of_delay_in_12_months", TOIL_COLUMN_ESTIMATE);
    at.growth = add(report, "growth", TOIL_COLUMN_LIST);
    at.effort = add(report, "effort_hours", TOIL_COLUMN_NUMBER);
    at.saving = add(report, "saving", TOIL_COLUMN_ESTIMATE);
    at.payback = add(report, "payback", TOIL_COLUMN_ESTIMATE);
    at.by_target = add(report, "payback_by_target", TOIL_COLUMN_NUMBER);
    at.what = toil_report_add_column(
        report, &(struct toil_column){.key = "what", .title = "what", .people = true, .wrap = true});
    at.number = toil_report_add_column(report, &(struct toil_column){.key = "number",
                                                                     .title = "number",
                                                                     .kind = TOIL_COLUMN_ESTIMATE,
                                                                     .decimals = 2,
                                                                     .range = "range",
                                                                     .sparse = true,
                                                                     .people = true});
    at.unit = toil_report_add_column(report, &(struct toil_column){.key = "unit", .title = "unit", .people = true});
    at.says = toil_report_add_column(
        report, &(struct toil_column){.key = "says", .title = "what it says", .people = true, .wrap = true});
    return at;
}

/* ---- growth ---- */

static void grow(struct view *view, const char *component, const struct toil_series *series, bool told)
{
    if (series->total < LEAST_TOTAL)
        return;
    view->grown = toil_xreallocarray(view->grown, view->grown_count + 1, sizeof *view->grown);
    struct grown *grown = &view->grown[view->grown_count++];
    *grown = (struct grown){.measure = toil_report_keep(view->report, series->measure),
                            .component = toil_report_keep(view->report, component),
                            .told = told};
    grown->result = toil_item_growth(series, &grown->growth);
}

/* Levels are of one component each: their mean would say nothing. */
static enum toil_status grow_levels(struct view *view, struct toil_error *err)
{
    const char **measures;
    size_t count;
    enum toil_status status = toil_series_measures(view->scope, &measures, &count, err);
    for (size_t m = 0; m < count && status == TOIL_OK; m++) {
        if (strncmp(measures[m], "metric:", 7) != 0)
            continue;
        for (size_t i = 0; i < view->item->component_count && status == TOIL_OK; i++) {
            struct toil_series series;
            const struct toil_series_query query = {
                .measure = measures[m], .component = &view->item->component[i], .component_count = 1};
            status = toil_series_read(view->scope, &query, &series, err);
            if (status != TOIL_OK)
                break;
            grow(view, view->scope->catalog->component[view->item->component[i]].name, &series, true);
            toil_series_release(&series);
        }
    }
    free(measures);
    return status;
}

static enum toil_status grow_all(struct view *view, struct toil_error *err)
{
    const struct toil_item_facts *facts = &view->facts;
    grow(view, NULL, &facts->hours, true);
    grow(view, NULL, &facts->tickets, true);
    grow(view, NULL, &facts->restarts, false);
    grow(view, NULL, &facts->rebalances, false);
    return grow_levels(view, err);
}

/* ---- cost in a year ---- */

/* What a series will be in a year over what it was in the mean of the window. */
static void fold_of(const struct toil_series *series, double fold[3])
{
    struct toil_growth growth;
    fold[0] = fold[1] = fold[2] = 1;
    if (series->total < LEAST_TOTAL || toil_item_growth(series, &growth) != TOIL_STATS_OK ||
        growth.verdict != TOIL_GROWTH_GROWS)
        return;
    const double row[] = {1, (double)series->count - 1 + YEAR_WEEKS - growth.middle};
    double linear = toil_week_linear(&growth.fit, row), half = toil_week_half_width(&growth.fit, row, LEVEL);
    fold[0] = fmin(exp(linear) / growth.mean, MOST_FOLD);
    fold[1] = fmin(exp(linear - half) / growth.mean, MOST_FOLD);
    fold[2] = fmin(exp(linear + half) / growth.mean, MOST_FOLD);
}

static void cost_later(struct view *view)
{
    const struct toil_item_facts *facts = &view->facts;
    double hours[3], tickets[3], an_hour = isnan(facts->rate) ? 1 : facts->rate;
    double a_ticket = isnan(facts->rate) || isnan(facts->ticket_cost) ? 0 : facts->ticket_cost;
    double of_hours = facts->hours.total * an_hour, of_tickets = facts->tickets.total * a_ticket;
    view->later = facts->cost;
    if (isnan(facts->cost.value) || !(of_hours + of_tickets > 0))
        return;
    fold_of(&facts->hours, hours);
    fold_of(&facts->tickets, tickets);
    double fold[3];
    for (int i = 0; i < 3; i++)
        fold[i] = (of_hours * hours[i] + of_tickets * tickets[i]) / (of_hours + of_tickets);
    view->fold = fold[0];
    view->later.value *= fold[0];
    view->later.low *= fold[1];
    view->later.high *= fold[2];
    if (fold[0] == 1)
        view->later.why = "no growth of hours or tickets is established: it stays as it is";
}

/* ---- payback ---- */

static void pay_back(struct view *view)
{
    const struct toil_item *item = view->item;
    const char *missing, *why;
    struct toil_uncertain saving;
    struct toil_payback payback;
    struct toil_buf text = TOIL_BUF_INIT;
    view->by_target = NAN;
    view->payback = (struct toil_estimate){NAN, NAN, NAN, NAN, "weeks", "none", ""};
    view->saving = (struct toil_estimate){NAN, NAN, NAN, NAN, view->facts.unit, "none", ""};
    view->effort_hours = toil_item_effort_hours(view->scope, item, &missing);
    bool saves = toil_item_saving(view->scope, item, &view->facts, &saving, &why);
    if (saves)
        view->saving = (struct toil_estimate){saving.value,
                                              saving.value - 1.96 * saving.se,
                                              saving.value + 1.96 * saving.se,
                                              LEVEL,
                                              view->facts.unit,
                                              view->facts.cost.grade,
                                              NULL};
    else
        view->saving.why = why;
    if (missing) {
        toil_buf_printf(&text, "the catalog does not say its effort: the key %s is missing", missing);
    } else if (!saves) {
        toil_buf_add_text(&text, why);
    } else {
        double an_hour = isnan(view->facts.rate) ? 1 : view->facts.rate;
        const struct toil_payback_data data = {.effort = view->effort_hours * an_hour,
                                               .lead_weeks =
                                                   item->effort_sprints * view->scope->catalog->sprint_days / 7.0,
                                               .saving = saving,
                                               .target_weeks = (double)item->payback_target_days / 7,
                                               .draws = DRAWS,
                                               .seed = (uint64_t)view->report->run.seed};
        bool told = toil_payback(&data, &payback) == TOIL_STATS_OK;
        if (told)
            view->by_target = payback.by_target;
        if (told && payback.established)
            view->payback = (struct toil_estimate){
                payback.median, payback.low, payback.high, PAYBACK_80, "weeks", view->facts.cost.grade, NULL};
        else
            toil_buf_add_text(&text, "the saving's interval reaches zero");
    }
    view->no_payback = text.len ? toil_report_keep(view->report, text.data) : NULL;
    view->payback.why = view->no_payback;
    toil_buf_release(&text);
}

/* ---- rows ---- */

static void set_lists(struct view *view)
{
    struct toil_buf kinds = TOIL_BUF_INIT, growth = TOIL_BUF_INIT;
    toil_list_begin(&kinds);
    for (size_t k = 0; k < TOIL_ITEM_KINDS; k++) {
        struct toil_estimate hours = toil_item_hours(view->scope, &view->facts, &view->facts.of_kind[k]);
        toil_list_item(&kinds);
        toil_list_add_text(&kinds, "kind", toil_item_kinds[k][0]);
        toil_list_add_estimate(&kinds, "hours", &hours);
        toil_list_item_end(&kinds);
    }
    toil_list_end(&kinds);
    toil_list_begin(&growth);
    for (size_t i = 0; i < view->grown_count; i++) {
        const struct grown *grown = &view->grown[i];
        struct toil_estimate monthly = toil_growth_per_month(grown->result, &grown->growth);
        struct toil_estimate doubling = toil_growth_doubling(view->report, grown->result, &grown->growth);
        toil_list_item(&growth);
        toil_list_add_text(&growth, "measure", grown->measure);
        toil_list_add_text(&growth, "component", grown->component);
        toil_list_add_estimate(&growth, "growth_per_month", &monthly);
        toil_list_add_estimate(&growth, "doubling_months", &doubling);
        toil_list_item_end(&growth);
    }
    toil_list_end(&growth);
    toil_report_set_list(view->report, view->at.by_kind, kinds.data, NULL);
    toil_report_set_list(view->report, view->at.growth, growth.data, NULL);
    toil_buf_release(&kinds);
    toil_buf_release(&growth);
}

static void machine_row(struct view *view)
{
    struct toil_report *report = view->report;
    const struct columns *at = &view->at;
    const struct toil_item_facts *facts = &view->facts;
    struct toil_estimate hours = toil_item_hours(view->scope, facts, &facts->hours);
    struct toil_estimate tickets = toil_item_tickets(view->scope, facts);
    toil_report_add_row(report, TOIL_ROW_MACHINE, 0, NAN);
    toil_report_set_text(report, at->item, view->item->id);
    toil_report_set_estimate(report, at->hours, &hours);
    toil_report_set_estimate(report, at->tickets, &tickets);
    toil_report_set_count(report, at->restarts, llround(facts->restarts.total));
    toil_report_set_count(report, at->rebalances, llround(facts->rebalances.total));
    toil_report_set_count(report, at->customers, facts->customers);
    toil_report_set_estimate(report, at->csat, &facts->csat);
    toil_report_set_estimate(report, at->cost, &facts->cost);
    toil_report_set_estimate(report, at->later, &view->later);
    toil_report_set_number(report, at->effort, view->effort_hours);
    toil_report_set_estimate(report, at->saving, &view->saving);
    toil_report_set_estimate(report, at->payback, &view->payback);
    toil_report_set_number(report, at->by_target, view->by_target);
    set_lists(view);
}

static void people_row(struct view *view, const char *what, const struct toil_estimate *number, const char *says)
{
    struct toil_report *report = view->report;
    struct toil_estimate shown = number ? *number : (struct toil_estimate){0};
    toil_report_add_row(report, TOIL_ROW_PEOPLE, 0, NAN);
    toil_report_set_text(report, view->at.what, what);
    if (number) {
        shown.why = NULL;
        if (isnan(shown.value))
            shown.why = ""; /* told in words */
        toil_report_set_estimate(report, view->at.number, &shown);
        toil_report_set_text(report, view->at.unit, isnan(shown.value) ? "" : number->unit);
    }
    toil_report_set_text(report, view->at.says, says ? says : number && number->why ? number->why : NULL);
}

static void counted_row(struct view *view, const char *what, double count, const char *unit, const char *says)
{
    const struct toil_estimate number = {count, NAN, NAN, NAN, unit, "", NULL};
    if (count > 0)
        people_row(view, what, &number, says);
}

static void growth_rows(struct view *view)
{
    for (size_t i = 0; i < view->grown_count; i++) {
        const struct grown *grown = &view->grown[i];
        struct toil_estimate percent = toil_growth_percent(grown->result, &grown->growth);
        struct toil_buf what = TOIL_BUF_INIT, says = TOIL_BUF_INIT;
        if (!grown->told)
            continue;
        toil_buf_printf(&what, "growth of %s%s%s", toil_measure_title(grown->measure), grown->component ? " of " : "",
                        grown->component ? grown->component : "");
        toil_growth_add_words(&says, grown->result, &grown->growth);
        people_row(view, what.data, &percent, says.data);
        toil_buf_release(&what);
        toil_buf_release(&says);
    }
}

static void people_rows(struct view *view)
{
    const struct toil_item_facts *facts = &view->facts;
    struct toil_estimate number = toil_item_hours(view->scope, facts, &facts->hours);
    char says[160];
    people_row(view, "manual hours", &number, NULL);
    for (size_t k = 0; k < TOIL_ITEM_KINDS; k++) {
        if (!(facts->of_kind[k].total > 0))
            continue;
        char what[64];
        number = toil_item_hours(view->scope, facts, &facts->of_kind[k]);
        snprintf(what, sizeof what, "  on %s", toil_item_kinds[k][1]);
        people_row(view, what, &number, NULL);
    }
    number = toil_item_tickets(view->scope, facts);
    snprintf(says, sizeof says, "%.0f%% of them never name it",
             100 * facts->hidden_tickets / fmax(facts->tickets.total, 1));
    people_row(view, "tickets", &number, facts->hidden_tickets > 0 ? says : NULL);
    counted_row(view, "restarts", facts->restarts.total, "in the window", NULL);
    counted_row(view, "rebalances", facts->rebalances.total, "in the window", NULL);
    counted_row(view, "customers", (double)facts->customers, "touched", NULL);
    people_row(view, "satisfaction", &facts->csat,
               isnan(facts->csat.value) ? facts->csat.why : "of customers touched, less that of the rest");
    growth_rows(view);
    people_row(view, "cost of delay", &facts->cost, facts->unpriced);
    people_row(view, "the same in a year", &view->later, view->later.why ? view->later.why : "if nothing is done");
    people_row(view, "saving promised", &view->saving, view->saving.why);
    if (!view->no_payback)
        snprintf(says, sizeof says, "from the start of the work; %.0f hours of effort, 80%% range", view->effort_hours);
    people_row(view, "payback", &view->payback, view->no_payback ? view->no_payback : says);
    if (!isnan(view->by_target)) {
        const struct toil_estimate chance = {rint(100 * view->by_target), NAN, NAN, NAN, "%", "", NULL};
        snprintf(says, sizeof says, "probability that it has paid back by the target of %lld weeks",
                 (long long)view->item->payback_target_days / 7);
        people_row(view, "within the target", &chance, says);
    }
}

/* Hours of each sprint with their range over gaps. */
static void draw(struct view *view)
{
    const struct toil_series *hours = &view->facts.hours;
    size_t weeks = (size_t)fmax(view->scope->catalog->sprint_days / 7.0, 1), count = hours->count / weeks;
    double *room = toil_xcalloc(4 * count + 1, sizeof *room), least = INFINITY, most = 0;
    double *day = room, *sum = room + count, *low = room + 2 * count, *high = room + 3 * count;
    for (size_t i = 0; i < count; i++) {
        day[i] = (double)hours->first_day + 7.0 * (double)(i * weeks) + 3.5 * (double)weeks;
        for (size_t w = i * weeks; w < (i + 1) * weeks; w++) {
            sum[i] += hours->value[w];
            low[i] += fmin(hours->low[w], hours->value[w]);
            high[i] += fmax(hours->high[w], hours->value[w]);
        }
        least = fmin(least, sum[i]);
        most = fmax(most, sum[i]);
    }
    if (count >= 4 && most > 0) {
        struct toil_buf title = TOIL_BUF_INIT, words = TOIL_BUF_INIT;
        const char *per = weeks > 1 ? "sprint" : "week";
        toil_buf_printf(&title, "%s: manual hours of each %s", view->item->id, per);
        toil_buf_printf(
            &words, "Between %.0f and %.0f hours a %s; the band is their range over the gap between traces of work.",
            least, most, per);
        struct toil_chart *chart = toil_report_add_chart(view->report, title.data, words.data);
        toil_chart_axes(view->report, chart, TOIL_CHART_DATE, "", weeks > 1 ? "hours/sprint" : "hours/week");
        toil_chart_add(view->report, chart,
                       &(struct toil_chart_series){.name = "hours",
                                                   .style = TOIL_CHART_LINE,
                                                   .count = count,
                                                   .x = day,
                                                   .y = sum,
                                                   .low = low,
                                                   .high = high});
        if (view->item->shipped_day != TOIL_TIME_NONE && view->item->shipped_day >= hours->first_day &&
            view->item->shipped_day < view->scope->to_day)
            toil_chart_mark(view->report, chart, true, (double)view->item->shipped_day, "shipped");
        toil_buf_release(&title);
        toil_buf_release(&words);
    }
    free(room);
}

/* ---- the answer ---- */

static void add_amount(struct toil_buf *out, const struct toil_estimate *estimate, const char *words)
{
    toil_estimate_add(out, estimate, 1);
    toil_buf_printf(out, " %s", words);
}

static void answer(struct view *view)
{
    const struct toil_item_facts *facts = &view->facts;
    struct toil_buf text = TOIL_BUF_INIT;
    struct toil_estimate hours = toil_item_hours(view->scope, facts, &facts->hours);
    struct toil_estimate tickets = toil_item_tickets(view->scope, facts);
    toil_buf_printf(&text, "%s costs ", view->item->id);
    add_amount(&text, &hours, "manual hours and ");
    add_amount(&text, &tickets, "tickets a sprint");
    if (!isnan(facts->cost.value) && !isnan(facts->rate)) {
        toil_buf_add_text(&text, ", ");
        toil_number_add(&text, facts->cost.value, toil_estimate_decimals(&facts->cost, 0));
        toil_buf_printf(&text, " %s a week", view->scope->catalog->currency);
    }
    if (!view->no_payback) {
        toil_buf_add_text(&text, "; mending it pays back after ");
        toil_estimate_add(&text, &view->payback, 0);
        toil_buf_add_text(&text, " weeks");
        if (!isnan(view->by_target))
            toil_buf_printf(&text, ", with a probability of %.0f%% within its target of %lld", 100 * view->by_target,
                            (long long)view->item->payback_target_days / 7);
        toil_buf_add_text(&text, ".");
    } else {
        toil_buf_printf(&text, ". When mending it pays back is not established: %s.", view->no_payback);
    }
    toil_report_answer(view->report, "%s", text.data);
    toil_buf_release(&text);
}

/* A wish without data behind it: politely, and what would tell. */
static void nothing_seen(struct view *view)
{
    struct toil_report *report = view->report;
    report->negative = true;
    if (view->item->component_count == 0)
        toil_report_answer(report, "Not established: %s names no component, so no event can speak of it.",
                           view->item->id);
    else
        toil_report_answer(report,
                           "Not established: the run has no restart, rebalance, ticket or hour of the component%s of "
                           "%s.",
                           view->item->component_count == 1 ? "" : "s", view->item->id);
    toil_report_note(report,
                     "What to collect: tickets that name the component or a topic that it declares, restarts and "
                     "rebalances with who handled them, work logs that refer to %s, measurements of what bothers "
                     "its users.",
                     view->item->id);
    toil_report_note(report,
                     "For how long: 8 weeks show a first number, 26 a trend; `toilmeter plan %s` says how long a "
                     "change must be watched.",
                     view->item->id);
}

static void explain(struct view *view)
{
    struct toil_report *report = view->report;
    toil_report_small(
        report, "method",
        "Whole weeks of the window, by sprint; intervals: how much weeks differ, and what is not known of hours "
        "and of links. Cost of delay: hours at the rate of their day, tickets at ticket_cost. "
        "Payback: lead time and effort over what the promise saves, both drawn %d times; effort within a "
        "factor of 1.5 of the plan in 8 of 10 cases.",
        DRAWS);
    toil_report_arithmetic(report, "cost_of_delay", "sum of hours * rate and tickets * ticket_cost, over the weeks");
    toil_report_arithmetic(report, "cost_of_delay_in_12_months",
                           "cost of hours and tickets, each by what its established growth makes of it in 52 weeks");
    toil_report_arithmetic(report, "saving", "promised change * the cost that the promise's measure stands for");
    toil_report_arithmetic(
        report, "payback",
        "(sprints * sprint length + sprints * people * people_hours_per_sprint * rate / saving), in weeks");
}

enum toil_status toil_report_build_impact(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope, .report = scope->report, .item = scope->item, .fold = 1};
    view.at = add_columns(scope->report);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = toil_item_facts_read(scope, scope->item, true, &view.facts, err);
    if (status != TOIL_OK)
        return status;
    status = grow_all(&view, err);
    if (status == TOIL_OK) {
        cost_later(&view);
        pay_back(&view);
        machine_row(&view);
        if (view.facts.seen || view.grown_count > 0) {
            people_rows(&view);
            answer(&view);
            draw(&view);
        } else {
            nothing_seen(&view);
        }
        explain(&view);
    }
    free(view.grown);
    toil_item_facts_release(&view.facts);
    return status;
}
