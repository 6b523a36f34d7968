/* report budget: is a team over its toil budget? The share of manual work in all the hours that are known of the team.
 *
 * The budget of a half is that of "Site Reliability Engineering" (Beyer et al. (2016), ch. 5, "Eliminating Toil"). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_charts.h"
#include "report_kind.h"
#include "report_numbers.h"
#include "stats/week_fit.h"

#define BUDGET      0.5
#define LEVEL       0.95
#define OTHER_LEAST 0.05 /* of the hours: who books less of other work tells nothing of it */

enum field { F_TEAM, F_WEEK, F_TOIL, F_LOW, F_HIGH, F_KNOWN };

struct columns {
    size_t team, period, share, percent, budget, verdict, toil, known, says;
};

/* One team in one period: rows first to end - 1 of the query. */
struct part {
    size_t first, end;
    int64_t period; /* first day */
};

static struct columns add_columns(struct toil_scope *scope)
{
    struct toil_report *report = scope->report;
    struct columns at;
    at.team = toil_report_add_column(report, &(struct toil_column){.key = "team", .title = "team"});
    at.period = toil_scope_add_period_columns(scope);
    at.share = toil_report_add_column(
        report,
        &(struct toil_column){
            .key = "toil_share", .title = "toil", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 2, .machine = true});
    at.percent = toil_report_add_column(report, &(struct toil_column){.key = "toil_percent",
                                                                      .title = "toil",
                                                                      .unit = "% of hours",
                                                                      .kind = TOIL_COLUMN_ESTIMATE,
                                                                      .people = true});
    at.budget = toil_report_add_column(
        report, &(struct toil_column){
                    .key = "budget", .title = "budget", .kind = TOIL_COLUMN_NUMBER, .decimals = 2, .machine = true});
    at.verdict = toil_report_add_column(report, &(struct toil_column){.key = "verdict", .title = "verdict"});
    at.toil = toil_report_add_column(report, &(struct toil_column){.key = "manual_hours",
                                                                   .title = "manual",
                                                                   .unit = "hours",
                                                                   .kind = TOIL_COLUMN_NUMBER,
                                                                   .decimals = 0,
                                                                   .importance = 2});
    at.known = toil_report_add_column(report, &(struct toil_column){.key = "known_hours",
                                                                    .title = "known",
                                                                    .unit = "hours",
                                                                    .kind = TOIL_COLUMN_NUMBER,
                                                                    .decimals = 0,
                                                                    .importance = 2});
    at.says = toil_report_add_column(report, &(struct toil_column){.key = "why", .title = "why", .wrap = true});
    return at;
}

/* Ratio of sums; its interval by how much weeks differ from it (Cochran (1977), "Sampling Techniques", 6.4), and the
 * range of the manual hours over gaps. */
static struct toil_estimate share_of(const struct toil_result *rows, const struct part *part, double *toil,
                                     double *known)
{
    double low = 0, high = 0, squares = 0, count = (double)(part->end - part->first);
    *toil = *known = 0;
    for (size_t r = part->first; r < part->end; r++) {
        *toil += toil_result_double(rows, r, F_TOIL);
        *known += toil_result_double(rows, r, F_KNOWN);
        low += toil_result_double(rows, r, F_LOW);
        high += toil_result_double(rows, r, F_HIGH);
    }
    if (!(*known > 0))
        return (struct toil_estimate){NAN, NAN, NAN, NAN, "1", "none", "no hours are known of it"};
    double share = *toil / *known, other = *known - *toil;
    for (size_t r = part->first; r < part->end; r++) {
        double rest = toil_result_double(rows, r, F_TOIL) - share * toil_result_double(rows, r, F_KNOWN);
        squares += rest * rest;
    }
    double half = count > 1 ? 1.96 * sqrt(squares * count / (count - 1)) / *known : 0;
    low = fmin(low, *toil);
    high = fmax(high, *toil);
    return (struct toil_estimate){share,
                                  fmax(low / (low + other) - half, 0),
                                  fmin(high / (high + other) + half, 1),
                                  LEVEL,
                                  "1",
                                  count >= 8 ? "A" : "B",
                                  NULL};
}

struct counts {
    size_t over, open; /* open: cannot be told */
};

static void add_part(struct toil_scope *scope, const struct columns *at, const struct toil_result *rows,
                     const struct part *part, struct counts *counts)
{
    struct toil_report *report = scope->report;
    double toil, known;
    struct toil_estimate share = share_of(rows, part, &toil, &known);
    const char *verdict = "cannot tell", *why = NULL;
    if (!(known > 0) || known - toil < OTHER_LEAST * known)
        why = "the team books next to no other work, so the share of toil in its time is not known";
    else if (share.low > BUDGET)
        verdict = "over";
    else if (share.high < BUDGET)
        verdict = "within";
    else
        why = "the interval holds the budget";
    counts->over += strcmp(verdict, "over") == 0;
    counts->open += strcmp(verdict, "cannot tell") == 0;
    toil_report_add_row(report, 0, 0, NAN);
    toil_report_set_text(report, at->team, toil_result_text(rows, part->first, F_TEAM));
    if (scope->by == TOIL_PERIOD_ALL) {
        toil_scope_set_window(scope, at->period);
    } else {
        int64_t next;
        int64_t begin = toil_period_start(scope->by, part->period, scope->catalog->sprint_start_day,
                                          scope->catalog->sprint_days, &next);
        toil_report_set_day(report, at->period, begin);
        toil_report_set_day(report, at->period + 1, next - 1);
    }
    struct toil_estimate percent = share;
    percent.value *= 100;
    percent.low *= 100;
    percent.high *= 100;
    percent.unit = "%";
    toil_report_set_estimate(report, at->share, &share);
    toil_report_set_estimate(report, at->percent, &percent);
    toil_report_set_number(report, at->budget, BUDGET);
    toil_report_set_text(report, at->verdict, verdict);
    toil_report_set_number(report, at->toil, toil);
    toil_report_set_number(report, at->known, known);
    toil_report_set_text(report, at->says, why ? why : "");
}

/* Weeks that begin in one period of one team. */
static bool same_part(const struct toil_scope *scope, const struct toil_result *rows, const struct part *part,
                      size_t row)
{
    int64_t next;
    if (strcmp(toil_result_text(rows, part->first, F_TEAM), toil_result_text(rows, row, F_TEAM)) != 0)
        return false;
    return scope->by == TOIL_PERIOD_ALL ||
           toil_period_start(scope->by, toil_result_int64(rows, row, F_WEEK), scope->catalog->sprint_start_day,
                             scope->catalog->sprint_days,
                             &next) == toil_period_start(scope->by, part->period, scope->catalog->sprint_start_day,
                                                         scope->catalog->sprint_days, &next);
}

static void draw(struct toil_report *report)
{
    struct toil_chart *chart = toil_report_chart_rows(
        report, &(struct toil_row_bars){
                    .title = "Share of manual work in the hours of each team",
                    .alternative =
                        "Bars are the share of manual work in the hours that are known of a team, with 95% intervals. "
                        "A team that books next to no other work reaches 100% whatever it does.",
                    .unit = "% of the known hours",
                    .label = "team",
                    .value = {"toil_share"},
                    .scale = 100,
                    .most = TOIL_CHART_MOST_ROWS});
    if (chart)
        toil_chart_mark(report, chart, true, 100 * BUDGET, "budget");
}

static enum toil_status fetch(struct toil_scope *scope, struct toil_result **rows, struct toil_error *err)
{
    const char *team = scope->options->team;
    const struct toil_param whole[] = {{scope->run_id}, {team}};
    const struct toil_param part[] = {{scope->run_id},
                                      {scope->narrowed ? scope->from_date : NULL},
                                      {scope->narrowed ? scope->to_date : NULL},
                                      {team}};
    return toil_scope_query_kept(scope, &(struct toil_scope_ask){&toil_sql_report_budget_weeks, whole, 2},
                                 &(struct toil_scope_ask){&toil_sql_report_budget, part, 4}, rows, err);
}

enum toil_status toil_report_build_budget(struct toil_scope *scope, struct toil_error *err)
{
    struct columns at = add_columns(scope);
    struct toil_result *rows = NULL;
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = fetch(scope, &rows, err);
    size_t count = status == TOIL_OK ? toil_result_rows(rows) : 0, parts = 0;
    struct counts counts = {0};
    for (size_t begin = 0, next; begin < count; begin = next, parts++) {
        struct part part = {begin, begin, toil_result_int64(rows, begin, F_WEEK)};
        for (next = begin; next < count && same_part(scope, rows, &part, next);)
            next++;
        part.end = next;
        add_part(scope, &at, rows, &part, &counts);
    }
    const char *what = scope->by == TOIL_PERIOD_ALL ? "teams" : "periods of teams";
    if (status == TOIL_OK && parts == 0)
        toil_report_answer(scope->report, "No team has hours in the run, so no budget can be judged.");
    else if (status == TOIL_OK && counts.open == 0)
        toil_report_answer(scope->report, "%zu of %zu %s %s over the toil budget of %.0f%%.", counts.over, parts, what,
                           counts.over == 1 ? "is" : "are", 100 * BUDGET);
    else if (status == TOIL_OK)
        toil_report_answer(scope->report,
                           "%zu of %zu %s %s over the toil budget of %.0f%%; of %zu it cannot be told: their intervals "
                           "hold it, or they book no other work.",
                           counts.over, parts, what, counts.over == 1 ? "is" : "are", 100 * BUDGET, counts.open);
    scope->report->negative = parts == 0;
    if (status == TOIL_OK && scope->by == TOIL_PERIOD_ALL)
        draw(scope->report);
    toil_report_note(scope->report,
                     "The share is of the hours that are known of a team: manual work, and what it books as other "
                     "work. What nobody books is not in it, so the true share is smaller.");
    toil_report_small(
        scope->report, "method",
        "Manual hours over all hours of the team's components; interval: by how much weeks differ, and the range "
        "over the gap between traces of work. A week belongs to the period in which it begins.");
    toil_result_free(rows);
    return status;
}
