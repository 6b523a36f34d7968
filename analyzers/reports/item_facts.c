/* Reads what a run knows of an item, and puts a price on it. */
#include "item_facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_csat.h"
#include "report_link.h"
#include "stats/week_fit.h"

#define LEVEL          0.95
#define NORMAL_95      1.959963984540054
#define FEW            10  /* weeks with work, or tickets: fewer are graded C */
#define DIRECT_SHARE   0.9 /* from here on hours are graded A: declared, measured, calibrated */
#define HIDDEN_COUNTS  0.1 /* from this part of the tickets on, the links decide the grade */
#define WEEKS_OF(days) ((double)(days) / 7)

const char *const toil_item_kinds[TOIL_ITEM_KINDS][2] = {{"queue_rebalance", "rebalances"},
                                                         {"service_restart", "restarts"},
                                                         {"support_ticket", "tickets"},
                                                         {"work_log", "work logs"}};

struct reading {
    struct toil_scope *scope;
    const struct toil_item *item;
    struct toil_item_facts *facts;
};

static enum toil_status read_series(struct reading *reading, const char *measure, const char *part,
                                    struct toil_series *out, struct toil_error *err)
{
    const struct toil_series_query query = {.measure = measure,
                                            .part = part,
                                            .component = reading->item->component,
                                            .component_count = reading->item->component_count};
    return toil_series_read(reading->scope, &query, out, err);
}

static enum toil_status read_all_series(struct reading *reading, struct toil_error *err)
{
    struct toil_item_facts *facts = reading->facts;
    const struct {
        const char *measure, *part;
        struct toil_series *out;
    } wanted[] = {{"manual_hours", NULL, &facts->hours},
                  {"tickets", NULL, &facts->tickets},
                  {"restarts", NULL, &facts->restarts},
                  {"rebalances", NULL, &facts->rebalances},
                  {"manual_cost", NULL, &facts->money}};
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0] && status == TOIL_OK; i++)
        status = read_series(reading, wanted[i].measure, wanted[i].part, wanted[i].out, err);
    for (size_t k = 0; k < TOIL_ITEM_KINDS && status == TOIL_OK; k++)
        status = read_series(reading, "manual_hours", toil_item_kinds[k][0], &facts->of_kind[k], err);
    facts->weeks = facts->hours.count;
    return status;
}

static enum toil_status total_of(struct reading *reading, const char *measure, const char *part, double *out,
                                 struct toil_error *err)
{
    struct toil_series series;
    enum toil_status status = read_series(reading, measure, part, &series, err);
    *out = status == TOIL_OK ? series.total : 0;
    if (status == TOIL_OK)
        toil_series_release(&series);
    return status;
}

static size_t weeks_with(const struct toil_series *series)
{
    size_t count = 0;
    for (size_t w = 0; w < series->count; w++)
        count += series->value[w] > 0;
    return count;
}

/* Of each component the part that its links' interval is of its hidden tickets: the widest serves for all. */
static void spread(struct reading *reading, const struct toil_attribution *attribution)
{
    struct toil_item_facts *facts = reading->facts;
    double widest_below = 0, widest_above = 0;
    const char *grade = "A";
    for (size_t i = 0; i < reading->item->component_count; i++) {
        const char *name = reading->scope->catalog->component[reading->item->component[i]].name;
        double below, above;
        toil_attribution_spread(attribution, name, &below, &above);
        widest_below = fmax(widest_below, below);
        widest_above = fmax(widest_above, above);
        const char *own = toil_attribution_grade(attribution, name);
        if (strcmp(own, "none") != 0)
            grade = toil_weaker_grade(grade, own);
    }
    facts->hidden_low = facts->hidden_tickets * fmax(1 - widest_below, 0);
    facts->hidden_high = facts->hidden_tickets * (1 + widest_above);
    bool hidden = facts->hidden_tickets >= HIDDEN_COUNTS * facts->tickets.total;
    facts->tickets_grade = facts->tickets.total < FEW ? "C" : hidden ? grade : "A";
}

static enum toil_status read_grades(struct reading *reading, struct toil_error *err)
{
    struct toil_item_facts *facts = reading->facts;
    struct toil_attribution attribution;
    double inferred;
    enum toil_status status = total_of(reading, "tickets", "hidden", &facts->hidden_tickets, err);
    if (status == TOIL_OK)
        status = total_of(reading, "manual_hours", "inferred", &inferred, err);
    if (status != TOIL_OK)
        return status;
    status = toil_attribution_fetch(reading->scope, &attribution, err);
    if (status != TOIL_OK)
        return status;
    spread(reading, &attribution);
    facts->tickets_grade = toil_report_keep(reading->scope->report, facts->tickets_grade);
    toil_attribution_release(&attribution);
    bool direct = inferred <= (1 - DIRECT_SHARE) * facts->hours.total;
    facts->hours_grade = weeks_with(&facts->hours) < FEW ? "C" : direct ? "A" : "B";
    double followed = facts->of_kind[2].total * facts->hidden_tickets / fmax(facts->tickets.total, 1);
    if (followed >= HIDDEN_COUNTS * facts->hours.total)
        facts->hours_grade = toil_weaker_grade(facts->hours_grade, facts->tickets_grade);
    return TOIL_OK;
}

/* Takes csat. */
static void compare_ratings(struct reading *reading, struct toil_csat *csat)
{
    char why[128] = "";
    reading->facts->csat = toil_csat_of(csat, "", "", toil_weaker_grade("B", reading->facts->tickets_grade),
                                        why); /* who is touched is not drawn by lot */
    reading->facts->csat.why = toil_report_keep(reading->scope->report, reading->facts->csat.why);
    toil_csat_free(csat);
}

/* From every ticket of a part of the window, or of a run that was made before items' customers were kept with it. */
static enum toil_status count_customers(struct reading *reading, struct toil_error *err)
{
    struct toil_scope *scope = reading->scope;
    struct toil_buf components = TOIL_BUF_INIT;
    struct toil_result *customers = NULL, *csat = NULL;
    const char *from = scope->narrowed ? scope->from_time : NULL, *to = scope->narrowed ? scope->to_time : NULL;
    for (size_t i = 0; i < reading->item->component_count; i++)
        toil_array_add_text(&components, toil_span_of(scope->catalog->component[reading->item->component[i]].name));
    toil_array_end(&components);
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_item_customers, TOIL_PARAMS({scope->run_id}, {from}, {to}, {components.data}),
                         &customers, err);
    if (status == TOIL_OK) {
        reading->facts->customers = toil_result_int64(customers, 0, 0);
        status = toil_scope_query(
            scope, &toil_sql_item_csat,
            TOIL_PARAMS({scope->run_id}, {from}, {to}, {toil_zone_name(scope->catalog->zone)}, {components.data}),
            &csat, err);
    }
    if (status == TOIL_OK)
        compare_ratings(reading, toil_csat_new(csat));
    toil_result_free(customers);
    toil_buf_release(&components);
    return status;
}

static enum toil_status read_customers(struct reading *reading, struct toil_error *err)
{
    enum { TOUCHED = 7 };
    struct toil_result *kept = NULL;
    if (reading->scope->narrowed)
        return count_customers(reading, err);
    enum toil_status status = toil_scope_query(reading->scope, &toil_sql_report_item,
                                               TOIL_PARAMS({reading->scope->run_id}, {reading->item->id}), &kept, err);
    if (status != TOIL_OK)
        return status;
    if (toil_result_rows(kept) == 0) {
        toil_result_free(kept);
        return count_customers(reading, err);
    }
    reading->facts->customers = toil_result_int64(kept, 0, TOUCHED);
    compare_ratings(reading, toil_csat_kept(kept));
    return TOIL_OK;
}

/* ---- money ---- */

static enum toil_status read_rate(struct reading *reading, struct toil_error *err)
{
    struct toil_item_facts *facts = reading->facts;
    const struct toil_catalog *catalog = reading->scope->catalog;
    double priced = 0;
    enum toil_status status = total_of(reading, "manual_cost", "hours", &priced, err);
    facts->rate = priced > 0 ? facts->money.total / priced : (double)NAN;
    for (size_t i = 0; isnan(facts->rate) && i < reading->item->component_count; i++) {
        size_t team = catalog->component[reading->item->component[i]].team;
        if (team != SIZE_MAX)
            facts->rate = toil_rates_on(&catalog->team[team].rate, reading->scope->to_day - 1);
    }
    facts->ticket_cost = toil_rates_on(&catalog->ticket_cost, reading->scope->to_day - 1);
    bool hours = facts->hours.total > 0, tickets = facts->tickets.total > 0;
    if (hours && isnan(facts->rate))
        facts->unpriced = "no rate of the components' teams is in force: an hour counts as one hour";
    else if (tickets && isnan(facts->ticket_cost))
        facts->unpriced = "no ticket_cost is in force: tickets cost no more than the hours spent on them";
    facts->unit =
        isnan(facts->rate) ? "hours/week" : toil_report_keep(reading->scope->report, reading->scope->catalog->currency);
    if (!isnan(facts->rate)) {
        char unit[32];
        snprintf(unit, sizeof unit, "%.8s/week", catalog->currency);
        facts->unit = toil_report_keep(reading->scope->report, unit);
    }
    return status;
}

/* What each week cost. Rates are those of the day: an hour that has none takes the mean. */
static void fill_costs(const struct reading *reading, double *cost)
{
    const struct toil_item_facts *facts = reading->facts;
    const struct toil_rates *ticket_cost = &reading->scope->catalog->ticket_cost;
    double unpriced = isnan(facts->rate) ? 0 : facts->hours.total - facts->money.total / facts->rate;
    for (size_t w = 0; w < facts->weeks; w++) {
        double ticket = toil_rates_on(ticket_cost, facts->hours.first_day + 7 * (int64_t)w);
        bool money = !isnan(facts->rate);
        cost[w] = money ? facts->money.value[w] : facts->hours.value[w];
        if (money && unpriced > 0 && facts->hours.total > 0)
            cost[w] += facts->hours.value[w] / facts->hours.total * unpriced * facts->rate;
        if (money && !isnan(ticket))
            cost[w] += facts->tickets.value[w] * ticket;
    }
}

/* Half the interval of the mean of weeks, by how much they differ; the mean itself where that cannot be told. */
static double half_width(const double *week, size_t count, double *mean)
{
    double *ones = toil_xcalloc(count + 1, sizeof *ones), row = 1, half = 0;
    struct toil_week_fit fit;
    *mean = 0;
    for (size_t w = 0; w < count; w++) {
        ones[w] = 1;
        *mean += week[w] / (double)count;
    }
    const struct toil_week_data data = {.family = TOIL_WEEK_SCORE, .y = week, .x = ones, .count = count, .columns = 1};
    enum toil_stats_result result = toil_week_fit(&data, &fit);
    if (result == TOIL_STATS_OK)
        half = toil_week_half_width(&fit, &row, LEVEL);
    else if (result != TOIL_STATS_CONSTANT)
        half = *mean;
    free(ones);
    return half;
}

/* Mean of the weeks, with what the weeks differ by and what is not known of hours and links added to it. */
static void estimate_cost(const struct reading *reading, const double *cost)
{
    struct toil_item_facts *facts = reading->facts;
    double mean = 0, half = half_width(cost, facts->weeks, &mean);
    facts->cost = (struct toil_estimate){NAN, NAN, NAN, NAN, facts->unit, "none", "no whole week has work or tickets"};
    facts->cost_drawn = (struct toil_uncertain){NAN, NAN, INFINITY};
    if (mean > 0) {
        double an_hour = isnan(facts->rate) ? 1 : facts->rate, weeks = (double)facts->weeks, low = 0, high = 0;
        for (size_t w = 0; w < facts->weeks; w++) {
            low += facts->hours.low[w];
            high += facts->hours.high[w];
        }
        double ticket = isnan(facts->ticket_cost) || isnan(facts->rate) ? 0 : facts->ticket_cost;
        double below = fmax(facts->hours.total - low, 0) / weeks * an_hour +
                       (facts->hidden_tickets - facts->hidden_low) / weeks * ticket;
        double above = fmax(high - facts->hours.total, 0) / weeks * an_hour +
                       (facts->hidden_high - facts->hidden_tickets) / weeks * ticket;
        facts->cost.value = mean;
        facts->cost.low = fmax(mean - half - below, 0);
        facts->cost.high = mean + half + above;
        facts->cost.level = LEVEL;
        facts->cost.grade = toil_weaker_grade(facts->hours.total > 0 ? facts->hours_grade : "A",
                                              facts->tickets.total > 0 ? facts->tickets_grade : "A");
        facts->cost.why = NULL;
        facts->cost_drawn = (struct toil_uncertain){mean, (2 * half + below + above) / (2 * NORMAL_95), INFINITY};
    }
}

enum toil_status toil_item_facts_read(struct toil_scope *scope, const struct toil_item *item, bool customers,
                                      struct toil_item_facts *out, struct toil_error *err)
{
    *out = (struct toil_item_facts){.hours_grade = "none", .tickets_grade = "none"};
    struct reading reading = {scope, item, out};
    enum toil_status status = read_all_series(&reading, err);
    if (status == TOIL_OK)
        status = read_grades(&reading, err);
    if (status == TOIL_OK && customers)
        status = read_customers(&reading, err);
    if (status == TOIL_OK)
        status = read_rate(&reading, err);
    if (status == TOIL_OK) {
        double *cost = toil_xcalloc(out->weeks + 1, sizeof *cost);
        fill_costs(&reading, cost);
        estimate_cost(&reading, cost);
        free(cost);
        out->seen = out->hours.total + out->tickets.total + out->restarts.total + out->rebalances.total > 0;
    } else {
        toil_item_facts_release(out);
    }
    return status;
}

void toil_item_facts_release(struct toil_item_facts *facts)
{
    struct toil_series *const series[] = {&facts->hours, &facts->tickets, &facts->restarts, &facts->rebalances,
                                          &facts->money};
    for (size_t i = 0; i < sizeof series / sizeof series[0]; i++)
        toil_series_release(series[i]);
    for (size_t k = 0; k < TOIL_ITEM_KINDS; k++)
        toil_series_release(&facts->of_kind[k]);
}

/* ---- what reports show of it ---- */

static double per_sprint(const struct toil_scope *scope, const struct toil_item_facts *facts)
{
    return WEEKS_OF(scope->catalog->sprint_days) / (double)facts->weeks;
}

struct toil_estimate toil_item_hours(const struct toil_scope *scope, const struct toil_item_facts *facts,
                                     const struct toil_series *hours)
{
    if (facts->weeks == 0)
        return (struct toil_estimate){NAN, NAN, NAN, NAN, "hours/sprint", "none", "the window has no whole week"};
    double low = 0, high = 0, part = per_sprint(scope, facts);
    for (size_t w = 0; w < hours->count; w++) {
        low += hours->low[w];
        high += hours->high[w];
    }
    double mean, half = half_width(hours->value, hours->count, &mean) * (double)facts->weeks;
    low = fmax(fmin(low, hours->total) - half, 0);
    high = fmax(high, hours->total) + half;
    return (struct toil_estimate){hours->total * part,
                                  low * part,
                                  high * part,
                                  LEVEL,
                                  "hours/sprint",
                                  hours->total > 0 ? facts->hours_grade : "A",
                                  NULL};
}

struct toil_estimate toil_item_tickets(const struct toil_scope *scope, const struct toil_item_facts *facts)
{
    if (facts->weeks == 0)
        return (struct toil_estimate){NAN, NAN, NAN, NAN, "tickets/sprint", "none", "the window has no whole week"};
    double part = per_sprint(scope, facts), total = facts->tickets.total, mean;
    double half = half_width(facts->tickets.value, facts->tickets.count, &mean) * (double)facts->weeks;
    return (struct toil_estimate){total * part,
                                  fmax(total - facts->hidden_tickets + facts->hidden_low - half, 0) * part,
                                  (total - facts->hidden_tickets + facts->hidden_high + half) * part,
                                  LEVEL,
                                  "tickets/sprint",
                                  facts->tickets_grade,
                                  NULL};
}

double toil_item_effort_hours(const struct toil_scope *scope, const struct toil_item *item, const char **missing)
{
    *missing = isnan(item->effort_sprints) && isnan(item->effort_people) ? "effort: {sprints, people}"
               : isnan(item->effort_sprints)                             ? "effort.sprints"
               : isnan(item->effort_people)                              ? "effort.people"
                                                                         : NULL;
    return *missing ? (double)NAN
                    : item->effort_sprints * item->effort_people * scope->catalog->people_hours_per_sprint;
}

/* The part of the cost that a measure stands for, a week, and of its uncertainty the same part. */
static double cost_of_measure(const struct toil_item_facts *facts, const char *measure)
{
    double an_hour = isnan(facts->rate) ? 1 : facts->rate, weeks = (double)facts->weeks;
    double a_ticket = isnan(facts->rate) || isnan(facts->ticket_cost) ? 0 : facts->ticket_cost;
    if (strcmp(measure, "manual_hours") == 0)
        return facts->hours.total * an_hour / weeks;
    if (strcmp(measure, "tickets") == 0)
        return (facts->tickets.total * a_ticket + facts->of_kind[2].total * an_hour) / weeks;
    if (strcmp(measure, "restarts") == 0)
        return facts->of_kind[1].total * an_hour / weeks;
    if (strcmp(measure, "rebalances") == 0)
        return facts->of_kind[0].total * an_hour / weeks;
    return (double)NAN;
}

bool toil_item_saving(struct toil_scope *scope, const struct toil_item *item, const struct toil_item_facts *facts,
                      struct toil_uncertain *out, const char **why)
{
    *out = (struct toil_uncertain){NAN, NAN, INFINITY};
    if (!item->promise_measure) {
        *why = "the item promises nothing: `promise` is missing";
        return false;
    }
    double cost = cost_of_measure(facts, item->promise_measure);
    if (isnan(facts->cost.value) || cost == 0) {
        *why = "the run has no cost that the promise would save";
        return false;
    }
    if (isnan(cost)) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_buf_printf(&text, "no price stands for %s", item->promise_measure);
        *why = toil_report_keep(scope->report, text.data);
        toil_buf_release(&text);
        return false;
    }
    *why = NULL;
    out->value = -item->promise_change * cost;
    out->se = fabs(item->promise_change) * cost * facts->cost_drawn.se / facts->cost_drawn.value;
    return true;
}

struct toil_growth_data toil_growth_of_series(const struct toil_series *series)
{
    bool level = series->shape == TOIL_SERIES_LEVEL;
    return (struct toil_growth_data){.family = level ? TOIL_WEEK_LEVEL : TOIL_WEEK_COUNT,
                                     .y = series->value,
                                     .exposure = series->shape == TOIL_SERIES_RATIO ? series->weight : NULL,
                                     .count = series->count,
                                     .level = LEVEL};
}

enum toil_stats_result toil_item_growth(const struct toil_series *series, struct toil_growth *out)
{
    const struct toil_growth_data data = toil_growth_of_series(series);
    return toil_growth(&data, out);
}
