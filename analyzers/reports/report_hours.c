/* report hours: where manual hours went. Sums of the run's days, with the range over the gaps that close a session. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "report_hours.h"
#include "report_kind.h"
#include "report_link.h"
#include "report_numbers.h"

#define TOTAL           "(total)"
#define TOTAL_OF_PERIOD "(all of it)"
#define ROWS_OF_PERIOD  6
#define ROWS_OF_WHOLE   30

struct columns {
    size_t period, component, team, kind, hours, part, followed, cost, why;
};

static size_t add_number(struct toil_report *report, const char *key, unsigned importance)
{
    return toil_report_add_column(report, &(struct toil_column){.key = key,
                                                                .title = key,
                                                                .unit = "hours",
                                                                .kind = TOIL_COLUMN_NUMBER,
                                                                .decimals = 1,
                                                                .importance = importance});
}

static struct columns add_columns(struct toil_scope *scope)
{
    struct toil_report *report = scope->report;
    struct columns at;
    at.period = toil_scope_add_period_columns(scope);
    at.component = toil_report_add_column(report, &(struct toil_column){.key = "component", .title = "component"});
    at.team = toil_report_add_column(report, &(struct toil_column){.key = "team", .title = "team", .importance = 3});
    at.kind = toil_report_add_column(report, &(struct toil_column){.key = "kind", .title = "kind"});
    at.hours = toil_report_add_column(
        report, &(struct toil_column){.key = "hours", .title = "hours", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 1});
    at.part = add_number(report, "working", 4);
    add_number(report, "evening", 4);
    add_number(report, "night", 4);
    add_number(report, "declared", 5);
    add_number(report, "measured", 5);
    add_number(report, "inferred", 5);
    add_number(report, "calibrated", 5);
    at.followed = toil_report_add_column(
        report, &(struct toil_column){.key = "followed",
                                      .title = "followed",
                                      .unit = "hours",
                                      .kind = TOIL_COLUMN_NUMBER,
                                      .decimals = 1,
                                      .importance = 3,
                                      .absent = "Hours on tickets that name no component but follow its failures are "
                                                "under " TOIL_UNEXPLAINED ": attribution has not been run."});
    at.cost = toil_report_add_column(report, &(struct toil_column){.key = "cost",
                                                                   .title = "cost",
                                                                   .unit = scope->catalog->currency,
                                                                   .kind = TOIL_COLUMN_NUMBER,
                                                                   .importance = 2,
                                                                   .absent = "Cost: no team's rate is in force in "
                                                                             "this window; the catalog holds them."});
    at.why = toil_report_add_column(report, &(struct toil_column){.key = "why", .title = "why", .machine = true});
    return at;
}

/* withheld: why the times of day are not told; NULL: they are. */
static void fill_numbers(struct toil_report *report, const struct columns *at, const struct toil_hours_sums *sums,
                         const char *withheld)
{
    const struct toil_estimate band = toil_hours_band(sums);
    toil_report_set_estimate(report, at->hours, &band);
    enum toil_hours_field first = withheld ? TOIL_HOURS_ROW_DECLARED : TOIL_HOURS_ROW_WORKING;
    toil_report_set_text(report, at->why, withheld);
    for (enum toil_hours_field field = first; field <= TOIL_HOURS_ROW_CALIBRATED; field++)
        toil_report_set_number(report, at->part + (field - TOIL_HOURS_ROW_WORKING), toil_hours_of(sums, field));
    if (sums->told)
        toil_report_set_number(report, at->followed, toil_hours_of(sums, TOIL_HOURS_ROW_FOLLOWED));
    if (sums->priced)
        toil_report_set_number(report, at->cost, toil_hours_of(sums, TOIL_HOURS_ROW_COST));
}

static void add_total(struct toil_scope *scope, const struct columns *at, const struct toil_hours_sums *total,
                      const char *withheld, size_t group)
{
    toil_report_add_row(scope->report, TOIL_ROW_TOTAL, group, NAN);
    if (scope->by == TOIL_PERIOD_ALL)
        toil_scope_set_window(scope, at->period);
    toil_report_set_text(scope->report, at->component, TOTAL);
    fill_numbers(scope->report, at, total, withheld);
}

/* What a period comes to, for people: in JSON and CSV there is one total, as there is one for the whole. */
static void add_period_total(struct toil_scope *scope, const struct columns *at, struct toil_hours_rows *hours,
                             size_t row, size_t group)
{
    const struct toil_hours_sums sums = toil_hours_sum_period(hours, row);
    toil_report_add_row(scope->report, TOIL_ROW_PINNED | TOIL_ROW_PEOPLE, group, NAN);
    toil_scope_set_period(scope, at->period, hours->rows, row, TOIL_HOURS_ROW_PERIOD);
    toil_report_set_text(scope->report, at->component, TOTAL_OF_PERIOD);
    fill_numbers(scope->report, at, &sums, toil_hours_withheld_period(hours, row));
}

/* True when no period has a second row: a sum of one row would only say it again. */
static bool one_row_a_period(const struct toil_result *rows)
{
    for (size_t r = 1; r < toil_result_rows(rows); r++)
        if (toil_hours_same_period(rows, r - 1, r))
            return false;
    return true;
}

static void set_component(struct toil_report *report, size_t column, const char *component)
{
    struct toil_buf name = TOIL_BUF_INIT;
    toil_report_component_add(&name, component);
    toil_report_set_named(report, column, component, name.data);
    toil_buf_release(&name);
}

static void add_row(struct toil_scope *scope, const struct columns *at, struct toil_hours_rows *hours, size_t r,
                    size_t group, double weight)
{
    const struct toil_result *rows = hours->rows;
    toil_report_add_row(scope->report, 0, group, weight);
    toil_scope_set_period(scope, at->period, rows, r, TOIL_HOURS_ROW_PERIOD);
    set_component(scope->report, at->component, toil_result_text(rows, r, TOIL_HOURS_ROW_COMPONENT));
    const char *team = toil_result_text(rows, r, TOIL_HOURS_ROW_TEAM);
    toil_report_set_text(scope->report, at->team, *team ? team : NULL);
    const char *kind = toil_result_text(rows, r, TOIL_HOURS_ROW_KIND);
    toil_report_set_named(scope->report, at->kind, kind, toil_report_kind_title(kind));
    fill_numbers(scope->report, at, &hours->sum[r], toil_hours_withheld(hours, r));
}

static struct toil_hours_sums add_rows(struct toil_scope *scope, const struct columns *at,
                                       struct toil_hours_rows *hours)
{
    struct toil_report *report = scope->report;
    const struct toil_result *rows = hours->rows;
    const struct toil_hours_sums total = toil_hours_sum_all(hours);
    bool summed = scope->by != TOIL_PERIOD_ALL && !one_row_a_period(rows);
    if (scope->by != TOIL_PERIOD_ALL && !summed) /* one group, of periods: none is the smaller one */
        report->top = 0;
    size_t group = 0, in_group = 0, count = toil_result_rows(rows);
    for (size_t r = 0; r < count; r++) {
        bool begins = summed && (r == 0 || !toil_hours_same_period(rows, r - 1, r));
        double weight =
            toil_hours_of(&hours->sum[r], TOIL_HOURS_ROW_HOURS) / toil_hours_of(&total, TOIL_HOURS_ROW_HOURS);
        if (begins) {
            add_period_total(scope, at, hours, r, ++group);
            in_group = 0;
        }
        if (scope->options->people && report->top > 0 && in_group++ >= report->top)
            toil_report_leave_out(report, 1, weight);
        else
            add_row(scope, at, hours, r, group, weight);
    }
    add_total(scope, at, &total, toil_hours_withheld_total(hours), group + 1);
    return total;
}

/* "2,410 (25%)", as far as its range allows. */
static void add_share(struct toil_buf *out, const struct toil_hours_sums *part, const struct toil_hours_sums *whole,
                      const char *unit)
{
    const struct toil_estimate band = toil_hours_band(part);
    toil_number_add(out, band.value, toil_estimate_decimals(&band, 1));
    toil_buf_printf(out, "%s (", unit);
    double percent = 100 * toil_hours_of(part, TOIL_HOURS_ROW_HOURS) / toil_hours_of(whole, TOIL_HOURS_ROW_HOURS);
    toil_number_add(out, percent, percent < 9.95 ? 1 : 0);
    toil_buf_add_text(out, "%)");
}

/* What no component has, and which component has most of the rest. */
static void add_greatest(struct toil_scope *scope, const struct toil_hours_rows *hours,
                         const struct toil_hours_sums *total, struct toil_buf *out)
{
    size_t count;
    struct toil_hours_share *shares = toil_hours_sum_components(hours, &count);
    const struct toil_hours_share *best = NULL, *unexplained = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(shares[i].component, TOIL_UNEXPLAINED) == 0)
            unexplained = &shares[i];
        else if (shares[i].component[0] != '(' && (!best || toil_hours_of(&shares[i].sums, TOIL_HOURS_ROW_HOURS) >
                                                                toil_hours_of(&best->sums, TOIL_HOURS_ROW_HOURS)))
            best = &shares[i];
    }
    if (scope->options->component || toil_hours_of(total, TOIL_HOURS_ROW_HOURS) <= 0)
        best = unexplained = NULL;
    if (unexplained) {
        toil_buf_add_text(out, " Of these, ");
        add_share(out, &unexplained->sums, total, "");
        toil_buf_add_text(out, " can't be given to a component yet.");
    }
    if (best) {
        toil_buf_printf(out, " Most%s went into ", unexplained ? " of the rest" : "");
        toil_report_component_add(out, best->component);
        toil_buf_add_text(out, ": ");
        add_share(out, &best->sums, total, " hours");
        toil_buf_add_char(out, '.');
    }
    free(shares);
}

/* "476 (423-533) a sprint of 2 weeks", when the window holds at least one sprint. */
static void add_average(struct toil_scope *scope, const struct toil_hours_sums *total, struct toil_buf *out)
{
    double sprints = toil_scope_sprints(scope);
    if (sprints < 1)
        return;
    struct toil_estimate average = toil_hours_band(total);
    average.value /= sprints;
    average.low /= sprints;
    average.high /= sprints;
    char length[32];
    toil_scope_sprint_text(scope, length);
    toil_buf_add_text(out, ": ");
    toil_estimate_add(out, &average, 1);
    toil_buf_printf(out, " a sprint of %s", length);
}

static void add_followed(const struct toil_hours_sums *total, struct toil_buf *out)
{
    double followed = toil_hours_of(total, TOIL_HOURS_ROW_FOLLOWED);
    if (!(followed > 0))
        return;
    toil_buf_add_char(out, ' ');
    toil_number_add(out, followed, followed < 100);
    toil_buf_add_text(out, " hours went into tickets that name no component but follow its failures.");
}

static void answer(struct toil_scope *scope, const struct toil_hours_rows *hours, const struct toil_hours_sums *total)
{
    struct toil_buf text = TOIL_BUF_INIT;
    char window[80];
    toil_scope_window_text(scope, window);
    const struct toil_estimate band = toil_hours_band(total);
    toil_buf_printf(&text, "From %s, ", window);
    if (scope->options->component || scope->options->team)
        toil_buf_printf(&text, "%s took ",
                        scope->options->component ? scope->options->component : scope->options->team);
    toil_estimate_add(&text, &band, 1);
    toil_buf_add_text(&text, " hours of manual work");
    add_average(scope, total, &text);
    toil_buf_add_char(&text, '.');
    add_greatest(scope, hours, total, &text);
    add_followed(total, &text);
    toil_report_answer(scope->report, "%s", text.data);
    toil_buf_release(&text);
}

static void note_cost(struct toil_scope *scope, const struct toil_hours_sums *total)
{
    if (!total->priced || toil_hours_of(total, TOIL_HOURS_ROW_UNPRICED) < 0.05)
        return;
    struct toil_buf hours = TOIL_BUF_INIT;
    toil_number_add(&hours, toil_hours_of(total, TOIL_HOURS_ROW_UNPRICED), 1);
    toil_report_note(scope->report, "The cost leaves out %s hours for which no rate is in force.", hours.data);
    toil_buf_release(&hours);
}

static void explain(struct toil_scope *scope)
{
    struct toil_report *report = scope->report;
    toil_report_small(report, "method",
                      "Manual hours are activities toil and incident: per person the union over all work, split "
                      "equally over what was open at once. The range is the same sum with sessions closed by gaps of "
                      "10, 20, 30 and 60 minutes; for followed hours it is widened by the interval of their "
                      "shares. Grade A: at least 90%% declared, measured or calibrated; B: inferred; C: fewer than 10 "
                      "days with work; no better than its link's where a tenth or more is followed.");
    toil_report_arithmetic(report, "hours",
                           "sum(hours) over the days; working + evening + night and declared + "
                           "measured + inferred + calibrated sum to it");
    toil_report_arithmetic(report, "hours.low, hours.high",
                           "least and greatest of hours, sum(hours_gap10), "
                           "sum(hours_gap20), sum(hours_gap30), sum(hours_gap60)");
    toil_report_arithmetic(
        report, "followed",
        "hours on tickets that came by hidden shares. hours.low is lower by followed times (1 - low / "
        "attributed) of the component's links, hours.high higher by followed times (high / attributed "
        "- 1); %s the other way round, components as a root of summed squares. A total over all "
        "components does not depend on shares",
        TOIL_UNEXPLAINED);
    toil_report_arithmetic(report, TOTAL,
                           "the same over all rows: least and greatest of the four totals, not the "
                           "sums of the rows' bounds");
    toil_report_arithmetic(report, "a sprint",
                           "hours / (days of the window / days of a sprint): %lld / %d = %.4g "
                           "sprints",
                           (long long)(scope->to_day - scope->from_day), scope->catalog->sprint_days,
                           toil_scope_sprints(scope));
    toil_report_arithmetic(
        report, "grade",
        "C when there are fewer than %d rows of (component, kind, activity, day); else A when "
        "(declared + measured + calibrated) / hours >= %.1f; else B; where followed / hours >= %.1f the "
        "weaker of that and the links' grade",
        TOIL_HOURS_FEW_EVIDENCE, TOIL_HOURS_DIRECT_SHARE, TOIL_HOURS_FOLLOWED_SHARE);
    toil_report_arithmetic(report, "cost", "hours of a day times the team's rate in force on it, summed");
}

static void nothing(struct toil_scope *scope)
{
    char window[80];
    toil_scope_window_text(scope, window);
    toil_report_answer(scope->report,
                       "No manual hours from %s for what was asked: nobody declared, logged or left a "
                       "trace of manual work.",
                       window);
    toil_report_note(scope->report, "What to do: `toilmeter report funnel` shows what came in and which names matched "
                                    "no component.");
}

static struct toil_param when(const struct toil_scope *scope, const char *text)
{
    return (struct toil_param){scope->narrowed ? text : NULL};
}

static enum toil_status fetch_rows(struct toil_scope *scope, const char *team, const char *component,
                                   struct toil_result **out, struct toil_error *err)
{
    const struct toil_param whole[] = {{scope->run_id}, {scope->by_name}, {team}, {component}};
    const struct toil_param part[] = {{scope->run_id},
                                      when(scope, scope->from_date),
                                      when(scope, scope->to_date),
                                      {scope->by_name},
                                      {scope->sprint_start},
                                      {scope->sprint_days},
                                      {team},
                                      {component}};
    return toil_scope_query_kept(scope, &(struct toil_scope_ask){&toil_sql_report_hours_periods, whole, 4},
                                 &(struct toil_scope_ask){&toil_sql_report_hours, part, 8}, out, err);
}

static enum toil_status fetch(struct toil_scope *scope, struct toil_hours_rows *hours, struct toil_error *err)
{
    const struct toil_report_options *options = scope->options;
    bool rest = options->component && strcmp(options->component, TOIL_UNEXPLAINED) == 0;
    enum toil_status status = fetch_rows(scope, options->team, options->component, &hours->rows, err);
    if (status == TOIL_OK && rest)
        status = fetch_rows(scope, NULL, NULL, &hours->others, err);
    if (status == TOIL_OK)
        status = toil_attribution_fetch(scope, &hours->attribution, err);
    if (status == TOIL_OK)
        status = toil_team_sizes_fetch(scope, &hours->sizes, err);
    return status;
}

enum toil_status toil_report_build_hours(struct toil_scope *scope, struct toil_error *err)
{
    const struct columns at = add_columns(scope);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    scope->report->top = scope->by == TOIL_PERIOD_ALL ? ROWS_OF_WHOLE : ROWS_OF_PERIOD;
    scope->report->weight_name = "the hours";
    scope->report->column[at.team].machine = scope->options->team || scope->options->component;
    struct toil_hours_rows hours = {.chosen = scope->options->team || scope->options->component};
    enum toil_status status = fetch(scope, &hours, err);
    if (status == TOIL_OK && toil_result_rows(hours.rows) == 0) {
        nothing(scope);
    } else if (status == TOIL_OK) {
        toil_hours_sum_rows(&hours);
        const struct toil_hours_sums total = add_rows(scope, &at, &hours);
        answer(scope, &hours, &total);
        if (scope->by == TOIL_PERIOD_ALL)
            toil_hours_draw_components(scope->report, &hours);
        else
            toil_hours_draw_periods(scope, &hours);
        note_cost(scope, &total);
        toil_hours_note_teams(scope, &hours);
    }
    if (status == TOIL_OK)
        status = toil_hours_note_other(scope, &hours.sizes, err);
    free(hours.sum);
    toil_result_free(hours.rows);
    toil_result_free(hours.others);
    toil_attribution_release(&hours.attribution);
    toil_team_sizes_release(&hours.sizes);
    if (status == TOIL_OK)
        status = toil_hours_note_calibration(scope, err);
    if (status == TOIL_OK) {
        toil_scope_note_period(scope);
        explain(scope);
    }
    return status;
}
