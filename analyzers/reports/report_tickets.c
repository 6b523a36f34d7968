/* report tickets: which components tickets come from, how many customers that touches, and how satisfied they are. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_numbers.h"
#include "report_scope.h"
#include "stats/welch.h"

#define FEW_RATED      10 /* votes on either side below which no satisfaction is compared */
#define LEVEL          0.95
#define ROWS_OF_PERIOD 6
#define ROWS_OF_WHOLE  30
#define NOT_ATTRIBUTED "attribution has not been run"

enum field { F_COMPONENT, F_PERIOD, F_NAMED, F_TOTAL, F_CUSTOMERS };
enum csat_field { S_COMPONENT, S_PERIOD, S_COUNT, S_MEAN, S_VARIANCE, S_REST_COUNT, S_REST_MEAN, S_REST_VARIANCE };
enum count_field { N_TICKETS, N_CUSTOMERS, N_RATED, N_UNEXPLAINED, N_UNEXPLAINED_SHARE };

struct columns {
    size_t period, component, team, named, attributed, total, customers, csat;
};

struct tickets {
    struct toil_result *rows, *csat, *counts; /* owned */
    struct columns at;
    double whole; /* tickets of the window */
};

/* Tickets that several components share make fractions; else a decimal point would only be noise. */
static bool has_fractions(const struct toil_result *rows)
{
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        if (toil_result_double(rows, r, F_TOTAL) != floor(toil_result_double(rows, r, F_TOTAL)))
            return true;
    return false;
}

static struct columns add_columns(struct toil_scope *scope)
{
    struct toil_report *report = scope->report;
    struct columns at;
    at.period = toil_scope_add_period_columns(scope);
    at.component = toil_report_add_column(report, &(struct toil_column){.key = "component", .title = "component"});
    at.team = toil_report_add_column(report, &(struct toil_column){.key = "team", .title = "team", .importance = 3});
    at.named = toil_report_add_column(
        report, &(struct toil_column){.key = "named", .title = "named", .unit = "tickets", .kind = TOIL_COLUMN_COUNT});
    at.attributed = toil_report_add_column(
        report,
        &(struct toil_column){.key = "attributed",
                              .title = "hidden",
                              .unit = "tickets",
                              .kind = TOIL_COLUMN_ESTIMATE,
                              .decimals = 1,
                              .absent = "Tickets that name no component but follow its failures are not in "
                                        "these numbers: " NOT_ATTRIBUTED ". So a component's total is the least "
                                        "that it has, that of " TOIL_UNEXPLAINED " the most."});
    at.total = toil_report_add_column(
        report, &(struct toil_column){
                    .key = "total", .title = "total", .unit = "tickets", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 1});
    at.customers = toil_report_add_column(
        report, &(struct toil_column){.key = "customers", .title = "customers", .kind = TOIL_COLUMN_COUNT});
    at.csat = toil_report_add_column(
        report, &(struct toil_column){.key = "csat",
                                      .title = "csat",
                                      .kind = TOIL_COLUMN_ESTIMATE,
                                      .decimals = 2,
                                      .importance = 2,
                                      .absent = "Satisfaction (csat): no component has a difference to the rest that "
                                                "can be told from chance with the ratings there are."});
    return at;
}

/* Until attribution exists, what a component has by name is the least that it can have, and what nobody explains is
 * the most that can stay so. With no unexplained ticket there is nothing left to attribute: the count is exact. */
static struct toil_estimate total_of(const struct tickets *tickets, const char *component, double total)
{
    bool rest = strcmp(component, TOIL_UNEXPLAINED) == 0;
    bool open = toil_result_double(tickets->counts, 0, N_UNEXPLAINED_SHARE) > 0;
    return (struct toil_estimate){.value = total,
                                  .low = rest && open ? (double)NAN : total,
                                  .high = open && !rest ? (double)NAN : total,
                                  .level = NAN,
                                  .unit = "tickets",
                                  .grade = "C",
                                  .why = open ? NOT_ATTRIBUTED : NULL};
}

static struct toil_estimate no_csat(const char *why)
{
    return (struct toil_estimate){NAN, NAN, NAN, NAN, "csat", "none", why};
}

static struct toil_estimate csat_of(const struct toil_result *rows, size_t row, char why[128])
{
    const struct toil_sample touched = {(size_t)toil_result_int64(rows, row, S_COUNT),
                                        toil_result_double(rows, row, S_MEAN),
                                        toil_result_double(rows, row, S_VARIANCE)};
    const struct toil_sample rest = {(size_t)toil_result_int64(rows, row, S_REST_COUNT),
                                     toil_result_double(rows, row, S_REST_MEAN),
                                     toil_result_double(rows, row, S_REST_VARIANCE)};
    if (touched.count < FEW_RATED || rest.count < FEW_RATED) {
        snprintf(why, 128, "fewer than %d customers rated on one side: %zu touched, %zu others", FEW_RATED,
                 touched.count, rest.count);
        return no_csat(why);
    }
    struct toil_welch welch;
    if (!toil_welch_interval(&touched, &rest, LEVEL, &welch))
        return no_csat("all ratings are the same");
    if (welch.low <= 0 && welch.high >= 0) {
        snprintf(why, 128, "interval reaches zero: %.3f to %.3f", welch.low, welch.high);
        return no_csat(why);
    }
    return (struct toil_estimate){welch.difference, welch.low, welch.high, LEVEL, "csat", "B", NULL};
}

static void set_csat(struct toil_report *report, const struct tickets *tickets, const char *component,
                     const char *period)
{
    char why[128];
    struct toil_estimate csat = no_csat("no rated ticket");
    for (size_t r = 0; r < toil_result_rows(tickets->csat); r++)
        if (strcmp(toil_result_text(tickets->csat, r, S_COMPONENT), component) == 0 &&
            strcmp(toil_result_text(tickets->csat, r, S_PERIOD), period) == 0)
            csat = csat_of(tickets->csat, r, why);
    toil_report_set_estimate(report, tickets->at.csat, &csat);
}

static const char *team_of(const struct toil_catalog *catalog, const char *component)
{
    for (size_t i = 0; i < catalog->component_count; i++)
        if (strcmp(catalog->component[i].name, component) == 0)
            return catalog->component[i].team == SIZE_MAX ? NULL : catalog->team[catalog->component[i].team].name;
    return NULL;
}

static bool is_unexplained(const struct toil_result *rows, size_t row)
{
    return strcmp(toil_result_text(rows, row, F_COMPONENT), TOIL_UNEXPLAINED) == 0;
}

static bool is_chosen(const struct toil_scope *scope, const char *component)
{
    const char *team = team_of(scope->catalog, component);
    if (scope->options->component && strcmp(scope->options->component, component) != 0)
        return false;
    return !scope->options->team || (team && strcmp(scope->options->team, team) == 0);
}

static void fill_row(struct toil_scope *scope, const struct tickets *tickets, const char *component, int64_t named,
                     double total, int64_t customers, const char *period)
{
    struct toil_report *report = scope->report;
    const struct toil_estimate attributed = {NAN, NAN, NAN, NAN, "tickets", "none", NOT_ATTRIBUTED};
    const struct toil_estimate all = total_of(tickets, component, total);
    toil_report_set_text(report, tickets->at.component, component);
    toil_report_set_text(report, tickets->at.team, team_of(scope->catalog, component));
    toil_report_set_count(report, tickets->at.named, named);
    toil_report_set_estimate(report, tickets->at.attributed, &attributed);
    toil_report_set_estimate(report, tickets->at.total, &all);
    toil_report_set_count(report, tickets->at.customers, customers);
    set_csat(report, tickets, component, period);
}

static void add_row(struct toil_scope *scope, const struct tickets *tickets, size_t row, unsigned flags, size_t group)
{
    const struct toil_result *rows = tickets->rows;
    double total = toil_result_double(rows, row, F_TOTAL);
    toil_report_add_row(scope->report, flags, group, total / tickets->whole);
    toil_scope_set_period(scope, tickets->at.period, rows, row, F_PERIOD);
    fill_row(scope, tickets, toil_result_text(rows, row, F_COMPONENT), toil_result_int64(rows, row, F_NAMED), total,
             toil_result_int64(rows, row, F_CUSTOMERS), toil_result_text(rows, row, F_PERIOD));
}

static size_t period_end(const struct toil_result *rows, size_t first)
{
    size_t end = first;
    while (end < toil_result_rows(rows) &&
           strcmp(toil_result_text(rows, first, F_PERIOD), toil_result_text(rows, end, F_PERIOD)) == 0)
        end++;
    return end;
}

/* The components of each period, then what nobody explains: every period has that row's number, nought included. */
static void add_rows(struct toil_scope *scope, const struct tickets *tickets)
{
    const struct toil_result *rows = tickets->rows;
    size_t group = 0;
    for (size_t first = 0, end; first < toil_result_rows(rows); first = end, group++) {
        size_t rest = SIZE_MAX;
        end = period_end(rows, first);
        for (size_t r = first; r < end; r++) {
            if (is_unexplained(rows, r))
                rest = r;
            else if (is_chosen(scope, toil_result_text(rows, r, F_COMPONENT)))
                add_row(scope, tickets, r, 0, group);
        }
        if (rest != SIZE_MAX) {
            add_row(scope, tickets, rest, TOIL_ROW_PINNED, group);
            continue;
        }
        toil_report_add_row(scope->report, TOIL_ROW_PINNED, group, 0);
        toil_scope_set_period(scope, tickets->at.period, rows, first, F_PERIOD);
        fill_row(scope, tickets, TOIL_UNEXPLAINED, 0, 0, 0, toil_result_text(rows, first, F_PERIOD));
    }
}

static void add_share(struct toil_buf *out, double part, double whole)
{
    toil_number_add(out, part, toil_number_decimals(part, part == floor(part) ? 0 : 1));
    toil_buf_add_text(out, " (");
    toil_number_add(out, 100 * part / whole, 0);
    toil_buf_add_text(out, "%)");
}

/* The component with most tickets over the whole window. */
static void add_greatest(struct toil_scope *scope, const struct tickets *tickets, struct toil_buf *out)
{
    const struct toil_result *rows = tickets->rows;
    double best = 0;
    const char *name = NULL;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *component = toil_result_text(rows, r, F_COMPONENT);
        double sum = 0;
        if (is_unexplained(rows, r) || !is_chosen(scope, component))
            continue;
        for (size_t s = 0; s < toil_result_rows(rows); s++)
            if (strcmp(toil_result_text(rows, s, F_COMPONENT), component) == 0)
                sum += toil_result_double(rows, s, F_TOTAL);
        if (sum > best) {
            best = sum;
            name = component;
        }
    }
    if (!name)
        return;
    toil_buf_printf(out, " %s has the most: ", name);
    add_share(out, best, tickets->whole);
    toil_buf_add_char(out, '.');
}

static void answer(struct toil_scope *scope, const struct tickets *tickets)
{
    struct toil_buf text = TOIL_BUF_INIT;
    char window[80];
    toil_scope_window_text(scope, window);
    double rest = toil_result_double(tickets->counts, 0, N_UNEXPLAINED_SHARE);
    toil_buf_printf(&text, "From %s, ", window);
    toil_count_add(&text, (int64_t)tickets->whole);
    toil_buf_add_text(&text, " tickets came in");
    if (toil_result_int64(tickets->counts, 0, N_CUSTOMERS) > 0) {
        toil_buf_add_text(&text, " from ");
        toil_count_add(&text, toil_result_int64(tickets->counts, 0, N_CUSTOMERS));
        toil_buf_add_text(&text, " customers");
    }
    toil_buf_add_text(&text, "; ");
    add_share(&text, tickets->whole - rest, tickets->whole);
    toil_buf_add_text(&text, " name a component or have a topic that one declares, ");
    add_share(&text, rest, tickets->whole);
    toil_buf_add_text(&text, " do not.");
    add_greatest(scope, tickets, &text);
    toil_report_answer(scope->report, "%s", text.data);
    toil_buf_release(&text);
}

static enum toil_status fetch(struct toil_scope *scope, struct tickets *tickets, struct toil_error *err)
{
    const struct toil_param from = {scope->narrowed ? scope->from_time : NULL};
    const struct toil_param to = {scope->narrowed ? scope->to_time : NULL};
    const struct toil_param zone = {toil_zone_name(scope->catalog->zone)};
    enum toil_status status = toil_scope_query(scope, &toil_sql_report_tickets_count,
                                               TOIL_PARAMS({scope->run_id}, from, to), &tickets->counts, err);
    if (status == TOIL_OK)
        status = toil_scope_query(
            scope, &toil_sql_report_tickets,
            TOIL_PARAMS({scope->run_id}, from, to, {scope->by_name}, {scope->sprint_start}, {scope->sprint_days}, zone),
            &tickets->rows, err);
    if (status == TOIL_OK)
        status = toil_scope_query(
            scope, &toil_sql_report_tickets_csat,
            TOIL_PARAMS({scope->run_id}, from, to, {scope->by_name}, {scope->sprint_start}, {scope->sprint_days}, zone),
            &tickets->csat, err);
    return status;
}

static void explain(struct toil_scope *scope, const struct tickets *tickets)
{
    struct toil_report *report = scope->report;
    toil_report_small(report, "method",
                      "A ticket belongs to the component that it names, else to those that declare its topic, in equal "
                      "shares; totals are sums of shares. csat: mean rating of the customers on their tickets of the "
                      "component less the mean on their other tickets, each alone at 95%%.");
    toil_report_arithmetic(report, "named", "tickets with a share of the component by name or by topic");
    toil_report_arithmetic(report, "attributed", "tickets that name no component but follow its failures: %s",
                           NOT_ATTRIBUTED);
    toil_report_arithmetic(report, "total",
                           "sum of the shares; until attribution has been run the least that the "
                           "component can have, and for %s the most",
                           TOIL_UNEXPLAINED);
    toil_report_arithmetic(report, "csat",
                           "difference of means with Welch's %.0f%% interval; null with fewer than %d customers on a "
                           "side, and when the interval reaches zero",
                           LEVEL * 100, FEW_RATED);
    struct toil_buf rated = TOIL_BUF_INIT;
    toil_count_add(&rated, toil_result_int64(tickets->counts, 0, N_RATED));
    toil_report_note(report, "%s of the tickets were rated.", rated.data);
    toil_buf_release(&rated);
}

static void no_ticket(struct toil_scope *scope)
{
    char window[80];
    toil_scope_window_text(scope, window);
    toil_report_answer(scope->report, "No ticket was opened from %s.", window);
    toil_report_note(scope->report, "What to do: `toilmeter report funnel` shows whether support_ticket events came "
                                    "in at all.");
}

enum toil_status toil_report_build_tickets(struct toil_scope *scope, struct toil_error *err)
{
    struct tickets tickets = {.at = add_columns(scope)};
    if (toil_scope_empty(scope))
        return TOIL_OK;
    scope->report->top = scope->by == TOIL_PERIOD_ALL ? ROWS_OF_WHOLE : ROWS_OF_PERIOD;
    scope->report->weight_name = "the tickets";
    enum toil_status status = fetch(scope, &tickets, err);
    if (status == TOIL_OK) {
        tickets.whole = toil_result_double(tickets.counts, 0, N_TICKETS);
        scope->report->column[tickets.at.total].decimals = has_fractions(tickets.rows);
        if (tickets.whole > 0) {
            add_rows(scope, &tickets);
            answer(scope, &tickets);
            toil_scope_note_period(scope);
            explain(scope, &tickets);
        } else {
            no_ticket(scope);
        }
    }
    toil_result_free(tickets.rows);
    toil_result_free(tickets.csat);
    toil_result_free(tickets.counts);
    return status;
}
