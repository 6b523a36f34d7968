/* report tickets: which components tickets come from, how many customers that touches, and how satisfied they are. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_charts.h"
#include "report_csat.h"
#include "report_kind.h"
#include "report_link.h"
#include "report_numbers.h"

#define LEVEL          0.95
#define FEW_TICKETS    10  /* a count of fewer is graded C */
#define HIDDEN_COUNTS  0.1 /* from this part of a total on, hidden tickets decide its grade */
#define ROWS_OF_PERIOD 6
#define ROWS_DRAWN     12
#define ROWS_OF_WHOLE  30
#define NOT_ATTRIBUTED "attribution has not been run"
#define NO_LINK        "no link is established"

enum field {
    F_COMPONENT,
    F_PERIOD,
    F_NAMED,
    F_TOTAL,
    F_HIDDEN,
    F_BELOW,
    F_ABOVE,
    F_ALL_BELOW,
    F_ALL_ABOVE,
    F_CUSTOMERS
};
enum customer_field { K_COMPONENT, K_PERIOD, K_COUNT };
enum count_field { N_TICKETS, N_CUSTOMERS, N_RATED };

struct columns {
    size_t period, component, team, named, attributed, total, customers, csat;
};

struct tickets {
    struct toil_result *rows, *customers, *counts; /* owned; customers: NULL where the rows tell them, too */
    struct toil_csat *csat;                        /* owned */
    struct toil_attribution attribution;           /* owned */
    struct columns at;
    double whole; /* tickets of the window */
    double rest;  /* of them, those that nothing explains */
};

/* Hidden tickets with the distances to the ends of their interval. */
struct hidden {
    double value, below, above;
};

/* One row of the report before it is shown. */
struct part {
    const char *component, *period;
    int64_t named, customers;
    double total;
    struct hidden hidden; /* of (unexplained): of all components together */
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
    at.attributed = toil_report_add_column(report, &(struct toil_column){.key = "attributed",
                                                                         .title = "hidden",
                                                                         .unit = "tickets",
                                                                         .kind = TOIL_COLUMN_ESTIMATE,
                                                                         .decimals = 1,
                                                                         .range_importance = 1});
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

/* Columns are made before it is known what the run holds. */
static void tell_absent(struct toil_scope *scope, const struct tickets *tickets)
{
    scope->report->column[tickets->at.attributed].absent =
        toil_report_keep(scope->report, tickets->attribution.searched
                                            ? "No hidden tickets: " NO_LINK "."
                                            : "Tickets that name no component but follow its failures are not in these "
                                              "numbers: " NOT_ATTRIBUTED ". So a component's total is the least that "
                                              "it has, that of " TOIL_UNEXPLAINED " the most.");
}

static struct toil_estimate no_number(const char *unit, const char *why)
{
    return (struct toil_estimate){NAN, NAN, NAN, NAN, unit, "none", why};
}

static bool is_rest(const struct part *part)
{
    return strcmp(part->component, TOIL_UNEXPLAINED) == 0;
}

static const char *grade_of_count(double count)
{
    return count < FEW_TICKETS ? "C" : "A";
}

/* The weakest grade of all that has been attributed. */
static const char *weakest_grade(const struct toil_attribution *attribution)
{
    const char *weakest = "A";
    for (size_t r = 0; r < toil_result_rows(attribution->grades); r++)
        weakest = toil_weaker_grade(weakest, toil_result_text(attribution->grades, r, 1));
    return weakest;
}

static struct toil_estimate hidden_of(const struct tickets *tickets, const struct part *part)
{
    if (!tickets->attribution.searched)
        return no_number("tickets", NOT_ATTRIBUTED);
    if (is_rest(part))
        return no_number("tickets", "what no component explains");
    if (!(part->hidden.value > 0))
        return (struct toil_estimate){0, NAN, NAN, NAN, "tickets", "none", NO_LINK};
    return (struct toil_estimate){part->hidden.value,
                                  fmax(part->hidden.value - part->hidden.below, 0),
                                  part->hidden.value + part->hidden.above,
                                  LEVEL,
                                  "tickets",
                                  toil_attribution_grade(&tickets->attribution, part->component),
                                  NULL};
}

/* Without any hidden ticket a total is a count, and the rest an upper bound: a link that is not established may be
 * there all the same. In runs of before attribution a component's is a lower bound, too. With no unexplained ticket
 * there is nothing left to attribute: the count is exact. */
static struct toil_estimate count_of(const struct tickets *tickets, const struct part *part)
{
    bool rest = is_rest(part), searched = tickets->attribution.searched;
    bool open = tickets->rest > 0 && (rest || !searched);
    return (struct toil_estimate){.value = part->total,
                                  .low = rest && open ? (double)NAN : part->total,
                                  .high = open && !rest ? (double)NAN : part->total,
                                  .level = NAN,
                                  .unit = "tickets",
                                  .grade = open ? "C" : grade_of_count(part->total),
                                  .why = !open      ? NULL
                                         : searched ? NO_LINK
                                                    : NOT_ATTRIBUTED};
}

static struct toil_estimate total_of(const struct tickets *tickets, const struct part *part)
{
    const struct hidden *hidden = &part->hidden;
    if (!(hidden->value > 0))
        return count_of(tickets, part);
    struct toil_estimate total = {part->total,
                                  part->total - hidden->below,
                                  part->total + hidden->above,
                                  LEVEL,
                                  "tickets",
                                  grade_of_count(part->total),
                                  NULL};
    if (is_rest(part)) { /* what the components have more, the rest has less */
        total.low = fmax(part->total - hidden->above, 0);
        total.high = part->total + hidden->below;
        total.grade = weakest_grade(&tickets->attribution);
    } else if (hidden->value >= HIDDEN_COUNTS * part->total) {
        total.grade = toil_attribution_grade(&tickets->attribution, part->component);
    }
    return total;
}

/* A comparison of who was touched is never better than B. */
static void set_csat(struct toil_report *report, const struct tickets *tickets, const struct part *part)
{
    char why[128];
    const char *grade = "B";
    if (part->hidden.value > 0)
        grade =
            toil_weaker_grade(grade, is_rest(part) ? weakest_grade(&tickets->attribution)
                                                   : toil_attribution_grade(&tickets->attribution, part->component));
    const struct toil_estimate csat = toil_csat_of(tickets->csat, part->component, part->period, grade, why);
    toil_report_set_estimate(report, tickets->at.csat, &csat);
}

static bool is_unexplained(const struct toil_result *rows, size_t row)
{
    return strcmp(toil_result_text(rows, row, F_COMPONENT), TOIL_UNEXPLAINED) == 0;
}

static double sum_rest(const struct toil_result *rows)
{
    double sum = 0;
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        sum += is_unexplained(rows, r) ? toil_result_double(rows, r, F_TOTAL) : 0;
    return sum;
}

static bool is_chosen(const struct toil_scope *scope, const char *component)
{
    const char *team = toil_scope_team(scope, component);
    if (scope->options->component && !toil_report_holds(component, scope->options->component))
        return false;
    return !scope->options->team || (team && strcmp(scope->options->team, team) == 0);
}

static void fill_row(struct toil_scope *scope, const struct tickets *tickets, const struct part *part)
{
    struct toil_report *report = scope->report;
    const struct toil_estimate hidden = hidden_of(tickets, part), total = total_of(tickets, part);
    struct toil_buf name = TOIL_BUF_INIT;
    toil_report_component_add(&name, part->component);
    toil_report_set_named(report, tickets->at.component, part->component, name.data);
    toil_buf_release(&name);
    toil_report_set_text(report, tickets->at.team, toil_scope_team(scope, part->component));
    toil_report_set_count(report, tickets->at.named, part->named);
    toil_report_set_estimate(report, tickets->at.attributed, &hidden);
    toil_report_set_estimate(report, tickets->at.total, &total);
    toil_report_set_count(report, tickets->at.customers, part->customers);
    set_csat(report, tickets, part);
}

static int64_t customers_of(const struct tickets *tickets, const char *component, const char *period)
{
    const struct toil_result *rows = tickets->customers;
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        if (strcmp(toil_result_text(rows, r, K_COMPONENT), component) == 0 &&
            strcmp(toil_result_text(rows, r, K_PERIOD), period) == 0)
            return toil_result_int64(rows, r, K_COUNT);
    return 0;
}

static struct hidden hidden_at(const struct toil_result *rows, size_t row)
{
    return (struct hidden){toil_result_double(rows, row, F_HIDDEN), toil_result_double(rows, row, F_BELOW),
                           toil_result_double(rows, row, F_ABOVE)};
}

static struct part part_at(const struct tickets *tickets, size_t row)
{
    const struct toil_result *rows = tickets->rows;
    struct part part = {.component = toil_result_text(rows, row, F_COMPONENT),
                        .period = toil_result_text(rows, row, F_PERIOD),
                        .named = toil_result_int64(rows, row, F_NAMED),
                        .total = toil_result_double(rows, row, F_TOTAL),
                        .hidden = hidden_at(rows, row)};
    part.customers = tickets->customers ? customers_of(tickets, part.component, part.period)
                                        : toil_result_int64(rows, row, F_CUSTOMERS);
    return part;
}

static void add_row(struct toil_scope *scope, const struct tickets *tickets, const struct part *part, size_t row,
                    unsigned flags, size_t group)
{
    toil_report_add_row(scope->report, flags, group, part->total / tickets->whole);
    toil_scope_set_period(scope, tickets->at.period, tickets->rows, row, F_PERIOD);
    fill_row(scope, tickets, part);
}

static size_t period_end(const struct toil_result *rows, size_t first)
{
    size_t end = first;
    while (end < toil_result_rows(rows) &&
           strcmp(toil_result_text(rows, first, F_PERIOD), toil_result_text(rows, end, F_PERIOD)) == 0)
        end++;
    return end;
}

/* Components are in fits of their own topics, and where they share one, what one has more another has less: their
 * distances sum as squares. */
static void add_hidden(struct hidden *sum, const struct hidden *more)
{
    sum->value += more->value;
    sum->below = hypot(sum->below, more->below);
    sum->above = hypot(sum->above, more->above);
}

/* The components of each period, then what nobody explains: every period has that row's number, nought included. */
static void add_rows(struct toil_scope *scope, const struct tickets *tickets)
{
    const struct toil_result *rows = tickets->rows;
    size_t group = 0;
    for (size_t first = 0, end; first < toil_result_rows(rows); first = end, group++) {
        struct part rest = {.component = TOIL_UNEXPLAINED, .period = toil_result_text(rows, first, F_PERIOD)};
        struct hidden all = {0};
        end = period_end(rows, first);
        for (size_t r = first; r < end; r++) {
            const struct part part = part_at(tickets, r);
            add_hidden(&all, &part.hidden);
            if (is_unexplained(rows, r))
                rest = part;
            else if (is_chosen(scope, part.component))
                add_row(scope, tickets, &part, r, 0, group);
        }
        rest.hidden = all;
        add_row(scope, tickets, &rest, first, TOIL_ROW_PINNED, group);
    }
}

/* Over the components, each in all periods. */
static struct hidden hidden_in_all(const struct tickets *tickets)
{
    const struct toil_result *rows = tickets->rows;
    struct hidden all = {0};
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *component = toil_result_text(rows, r, F_COMPONENT);
        bool seen = !(toil_result_double(rows, r, F_HIDDEN) > 0);
        all.value += toil_result_double(rows, r, F_HIDDEN);
        for (size_t s = 0; s < r && !seen; s++)
            seen = toil_result_double(rows, s, F_HIDDEN) > 0 &&
                   strcmp(toil_result_text(rows, s, F_COMPONENT), component) == 0;
        if (seen)
            continue;
        all.below = hypot(all.below, toil_result_double(rows, r, F_ALL_BELOW));
        all.above = hypot(all.above, toil_result_double(rows, r, F_ALL_ABOVE));
    }
    return all;
}

static void add_share(struct toil_buf *out, double part, double whole)
{
    toil_number_add(out, part, toil_number_decimals(part, part == floor(part) ? 0 : 1));
    toil_buf_add_text(out, " (");
    toil_number_add(out, 100 * part / whole, 0);
    toil_buf_add_text(out, "%)");
}

static void add_hidden_share(struct toil_buf *out, const struct hidden *hidden, double whole)
{
    const struct toil_estimate estimate = {
        hidden->value, fmax(hidden->value - hidden->below, 0), hidden->value + hidden->above, LEVEL, "", "", NULL};
    toil_estimate_add(out, &estimate, 1);
    toil_buf_add_text(out, " follow failures of components without naming them (");
    toil_number_add(out, 100 * hidden->value / whole, 0);
    toil_buf_add_text(out, "%), ");
}

struct component_total {
    const char *component; /* borrowed */
    double total;
};

static int by_component(const void *a, const void *b)
{
    return strcmp(((const struct component_total *)a)->component, ((const struct component_total *)b)->component);
}

/* The component with most tickets over the whole window; of equal ones the first by name. */
static void add_greatest(struct toil_scope *scope, const struct tickets *tickets, struct toil_buf *out)
{
    const struct toil_result *rows = tickets->rows;
    struct component_total *totals = toil_xcalloc(toil_result_rows(rows) + 1, sizeof *totals);
    size_t count = 0;
    double best = 0;
    const char *name = NULL;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *component = toil_result_text(rows, r, F_COMPONENT);
        if (!is_unexplained(rows, r) && is_chosen(scope, component))
            totals[count++] = (struct component_total){component, toil_result_double(rows, r, F_TOTAL)};
    }
    qsort(totals, count, sizeof *totals, by_component);
    for (size_t i = 0, end; i < count; i = end) {
        double sum = 0;
        for (end = i; end < count && strcmp(totals[end].component, totals[i].component) == 0; end++)
            sum += totals[end].total;
        if (sum > best) {
            best = sum;
            name = totals[i].component;
        }
    }
    free(totals);
    if (!name)
        return;
    toil_buf_add_char(out, ' ');
    toil_report_component_add(out, name);
    toil_buf_add_text(out, " has the most: ");
    add_share(out, best, tickets->whole);
    toil_buf_add_char(out, '.');
}

static void answer(struct toil_scope *scope, const struct tickets *tickets)
{
    struct toil_buf text = TOIL_BUF_INIT;
    char window[80];
    toil_scope_window_text(scope, window);
    double rest = tickets->rest;
    toil_buf_printf(&text, "From %s, ", window);
    toil_count_add(&text, (int64_t)tickets->whole);
    toil_buf_add_text(&text, " tickets came in");
    if (toil_result_int64(tickets->counts, 0, N_CUSTOMERS) > 0) {
        toil_buf_add_text(&text, " from ");
        toil_count_add(&text, toil_result_int64(tickets->counts, 0, N_CUSTOMERS));
        toil_buf_add_text(&text, " customers");
    }
    const struct hidden hidden = hidden_in_all(tickets);
    toil_buf_add_text(&text, "; ");
    add_share(&text, tickets->whole - rest - hidden.value, tickets->whole);
    toil_buf_add_text(&text, " name a component or have a topic that one declares, ");
    if (hidden.value > 0)
        add_hidden_share(&text, &hidden, tickets->whole);
    add_share(&text, rest, tickets->whole);
    toil_buf_add_text(&text, hidden.value > 0 ? " stay unexplained." : " do not.");
    add_greatest(scope, tickets, &text);
    toil_report_answer(scope->report, "%s", text.data);
    toil_buf_release(&text);
}

static enum toil_status fetch_kept(struct toil_scope *scope, struct tickets *tickets, struct toil_error *err)
{
    struct toil_result *csat = NULL;
    enum toil_status status = toil_scope_query(scope, &toil_sql_report_periods,
                                               TOIL_PARAMS({scope->run_id}, {scope->by_name}), &tickets->rows, err);
    if (status == TOIL_OK)
        status =
            toil_scope_query(scope, &toil_sql_report_csat, TOIL_PARAMS({scope->run_id}, {scope->by_name}), &csat, err);
    if (csat && toil_result_rows(csat) > 0)
        tickets->csat = toil_csat_kept(csat);
    else
        toil_result_free(csat);
    return status;
}

/* Of a whole run, as `analyze` summed it up; no rows where it did not yet. */
static enum toil_status fetch_sums(struct toil_scope *scope, struct tickets *tickets, struct toil_error *err)
{
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_periods_count, TOIL_PARAMS({scope->run_id}), &tickets->counts, err);
    if (status == TOIL_OK && toil_result_rows(tickets->counts) > 0)
        return fetch_kept(scope, tickets, err);
    toil_result_free(tickets->counts);
    tickets->counts = NULL;
    return status;
}

static enum toil_status fetch(struct toil_scope *scope, struct tickets *tickets, struct toil_error *err)
{
    const struct toil_param from = {scope->narrowed ? scope->from_time : NULL};
    const struct toil_param to = {scope->narrowed ? scope->to_time : NULL};
    const struct toil_param zone = {toil_zone_name(scope->catalog->zone)};
    struct toil_result *ratings = NULL;
    const struct {
        const struct toil_sql *sql;
        struct toil_result **out;
    } queries[] = {{&toil_sql_report_tickets, &tickets->rows},
                   {&toil_sql_report_tickets_customers, &tickets->customers},
                   {&toil_sql_report_tickets_csat, &ratings}};
    enum toil_status status = scope->narrowed ? TOIL_OK : fetch_sums(scope, tickets, err);
    bool summed = tickets->counts != NULL;
    if (status == TOIL_OK && !summed)
        status = toil_scope_query(scope, &toil_sql_report_tickets_count, TOIL_PARAMS({scope->run_id}, from, to),
                                  &tickets->counts, err);
    for (size_t i = summed ? 2 : 0; i < sizeof queries / sizeof queries[0] && status == TOIL_OK && !tickets->csat; i++)
        status = toil_scope_query(
            scope, queries[i].sql,
            TOIL_PARAMS({scope->run_id}, from, to, {scope->by_name}, {scope->sprint_start}, {scope->sprint_days}, zone),
            queries[i].out, err);
    if (status == TOIL_OK)
        status = toil_attribution_fetch(scope, &tickets->attribution, err);
    if (ratings)
        tickets->csat = toil_csat_new(ratings);
    return status;
}

static void explain(struct toil_scope *scope)
{
    struct toil_report *report = scope->report;
    toil_report_small(report, "method",
                      "A ticket belongs to the component that it names, else to those that declare its topic, in equal "
                      "shares, else to those whose failures it follows, by the joint fit; totals are sums of shares. "
                      "csat: mean rating on tickets of which the component has at least half less the mean on all "
                      "others of the same weeks, each alone at 95%%. Grades: counts A, hidden tickets as their link, "
                      "fewer than %d C.",
                      FEW_TICKETS);
    toil_report_arithmetic(report, "named", "tickets with a share of the component by name or by topic");
    toil_report_arithmetic(report, "attributed",
                           "sum of the hidden shares; low and high: of a link the distances of its interval, times the "
                           "part of its tickets "
                           "that is in the row; over links the root of their summed squares");
    toil_report_arithmetic(
        report, "total",
        "sum of all shares, with the distances of attributed; %s: those of all components, as a root "
        "of summed squares, the other way round",
        TOIL_UNEXPLAINED);
    toil_report_arithmetic(
        report, "customers",
        "customers with a ticket by name or topic, and those with hidden shares for which 1 - product "
        "of (1 - share) is at least 0.5");
    toil_report_arithmetic(
        report, "csat",
        "votes (means by customer, week and side) less their week's mean, by least squares; variance "
        "clustered by customer; null with fewer than %d customers on a side, and when the interval "
        "reaches zero; where tickets are its own with a probability only, over the difference of these "
        "between the sides",
        TOIL_CSAT_FEW);
}

/* Once for each group that is shown. */
static void note_groups(struct toil_scope *scope, const struct tickets *tickets)
{
    const struct toil_result *rows = tickets->rows;
    struct toil_buf name = TOIL_BUF_INIT;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *component = toil_result_text(rows, r, F_COMPONENT);
        const char *either = toil_attribution_either(&tickets->attribution, component);
        bool first = either && strcmp(either, component) == 0 && is_chosen(scope, component);
        for (size_t s = 0; s < r && first; s++)
            first = strcmp(toil_result_text(rows, s, F_COMPONENT), component) != 0;
        if (!first)
            continue;
        toil_buf_clear(&name);
        toil_report_component_add(&name, component);
        toil_report_note(scope->report,
                         "%s: the data can't tell which, so their hidden tickets have a row of their own.", name.data);
    }
    toil_buf_release(&name);
}

static void note(struct toil_scope *scope, const struct tickets *tickets)
{
    note_groups(scope, tickets);
    struct toil_buf rated = TOIL_BUF_INIT;
    toil_count_add(&rated, toil_result_int64(tickets->counts, 0, N_RATED));
    toil_report_note(scope->report, "%s of the tickets were rated.", rated.data);
    toil_buf_release(&rated);
}

static void draw(struct toil_report *report)
{
    toil_report_chart_rows(
        report,
        &(struct toil_row_bars){
            .title = "Where tickets come from",
            .alternative = "Dark bars are tickets that name the component or have a topic that it declares, light "
                           "ones those that never name it but follow its failures, with the 95% interval of these.",
            .unit = "tickets",
            .label = "component",
            .value = {"named", "attributed"},
            .name = {"named", "never named"},
            .most = ROWS_DRAWN});
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
        tickets.rest = sum_rest(tickets.rows);
        scope->report->column[tickets.at.total].decimals = has_fractions(tickets.rows);
        tell_absent(scope, &tickets);
        if (tickets.whole > 0) {
            add_rows(scope, &tickets);
            answer(scope, &tickets);
            toil_scope_note_period(scope);
            note(scope, &tickets);
            explain(scope);
            if (scope->by == TOIL_PERIOD_ALL)
                draw(scope->report);
        } else {
            no_ticket(scope);
        }
    }
    toil_result_free(tickets.rows);
    toil_result_free(tickets.customers);
    toil_csat_free(tickets.csat);
    toil_attribution_release(&tickets.attribution);
    toil_result_free(tickets.counts);
    return status;
}
