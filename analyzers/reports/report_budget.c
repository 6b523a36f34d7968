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
#include "team_size.h"

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
    size_t over, open, withheld; /* open: cannot be told */
};

/* What is said of a team's share. */
struct judged {
    struct toil_estimate share;
    double toil, known; /* known NAN: withheld */
    const char *verdict, *why;
};

/* The share in a person's time, and what else a person booked, are the person's: manual hours are of components. */
static void withhold(struct judged *judged)
{
    judged->share = (struct toil_estimate){NAN, NAN, NAN, NAN, "1", "none", TOIL_TEAM_FEW_WHY};
    judged->known = NAN;
    judged->verdict = "withheld";
    judged->why = TOIL_TEAM_FEW_WHY;
}

static struct judged judge(const struct toil_result *rows, const struct part *part, enum toil_team_size size)
{
    struct judged judged = {.verdict = "cannot tell", .why = ""};
    judged.share = share_of(rows, part, &judged.toil, &judged.known);
    if (size == TOIL_TEAM_FEW)
        withhold(&judged);
    else if (!(judged.known > 0) || judged.known - judged.toil < OTHER_LEAST * judged.known)
        judged.why = "the team books next to no other work, so the share of toil in its time is not known";
    else if (judged.share.low > BUDGET)
        judged.verdict = "over";
    else if (judged.share.high < BUDGET)
        judged.verdict = "within";
    else
        judged.why = "the interval holds the budget";
    return judged;
}

static void set_period(struct toil_scope *scope, const struct columns *at, const struct part *part)
{
    if (scope->by == TOIL_PERIOD_ALL) {
        toil_scope_set_window(scope, at->period);
    } else {
        int64_t next;
        int64_t begin = toil_period_start(scope->by, part->period, scope->catalog->sprint_start_day,
                                          scope->catalog->sprint_days, &next);
        toil_report_set_day(scope->report, at->period, begin);
        toil_report_set_day(scope->report, at->period + 1, next - 1);
    }
}

static void add_part(struct toil_scope *scope, const struct columns *at, const struct toil_result *rows,
                     const struct part *part, enum toil_team_size size, struct counts *counts)
{
    struct toil_report *report = scope->report;
    const struct judged judged = judge(rows, part, size);
    counts->over += strcmp(judged.verdict, "over") == 0;
    counts->open += strcmp(judged.verdict, "cannot tell") == 0;
    counts->withheld += strcmp(judged.verdict, "withheld") == 0;
    toil_report_add_row(report, 0, 0, NAN);
    toil_report_set_text(report, at->team, toil_result_text(rows, part->first, F_TEAM));
    set_period(scope, at, part);
    struct toil_estimate percent = judged.share;
    percent.value *= 100;
    percent.low *= 100;
    percent.high *= 100;
    percent.unit = "%";
    toil_report_set_estimate(report, at->share, &judged.share);
    toil_report_set_estimate(report, at->percent, &percent);
    toil_report_set_number(report, at->budget, BUDGET);
    toil_report_set_text(report, at->verdict, judged.verdict);
    toil_report_set_number(report, at->toil, judged.toil);
    toil_report_set_number(report, at->known, judged.known);
    toil_report_set_text(report, at->says, judged.why);
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

static void answer(struct toil_scope *scope, size_t parts, const struct counts *counts)
{
    const char *what = scope->by == TOIL_PERIOD_ALL ? "teams" : "periods of teams";
    struct toil_buf text = TOIL_BUF_INIT;
    if (parts == 0)
        toil_buf_add_text(&text, "No team has hours in the run, so no budget can be judged.");
    else
        toil_buf_printf(&text, "%zu of %zu %s %s over the toil budget of %.0f%%", counts->over, parts, what,
                        counts->over == 1 ? "is" : "are", 100 * BUDGET);
    if (counts->open > 0)
        toil_buf_printf(&text, "; of %zu it cannot be told: their intervals hold it, or they book no other work",
                        counts->open);
    if (counts->withheld > 0)
        toil_buf_printf(&text, "; of %zu it is withheld: " TOIL_TEAM_FEW_WHY, counts->withheld);
    toil_report_answer(scope->report, "%s%s", text.data, parts ? "." : "");
    toil_buf_release(&text);
    scope->report->negative = parts == 0;
}

static void add_parts(struct toil_scope *scope, const struct columns *at, const struct toil_result *rows,
                      struct toil_team_sizes *sizes)
{
    size_t count = toil_result_rows(rows), parts = 0;
    struct counts counts = {0};
    for (size_t begin = 0, next; begin < count; begin = next, parts++) {
        struct part part = {begin, begin, toil_result_int64(rows, begin, F_WEEK)};
        for (next = begin; next < count && same_part(scope, rows, &part, next);)
            next++;
        part.end = next;
        add_part(scope, at, rows, &part, toil_team_size_of(sizes, toil_result_text(rows, begin, F_TEAM)), &counts);
    }
    answer(scope, parts, &counts);
    if (scope->by == TOIL_PERIOD_ALL)
        draw(scope->report);
    if (counts.withheld > 0)
        toil_report_note(scope->report, "A team of fewer than three people is not judged: its share, and what it books "
                                        "as other work, would be a person's.");
    toil_team_sizes_note_unknown(scope, sizes);
}

enum toil_status toil_report_build_budget(struct toil_scope *scope, struct toil_error *err)
{
    struct columns at = add_columns(scope);
    struct toil_result *rows = NULL;
    struct toil_team_sizes sizes = {0};
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = fetch(scope, &rows, err);
    if (status == TOIL_OK)
        status = toil_team_sizes_fetch(scope, &sizes, err);
    if (status == TOIL_OK)
        add_parts(scope, &at, rows, &sizes);
    toil_report_note(scope->report,
                     "The share is of the hours that are known of a team: manual work, and what it books as other "
                     "work. What nobody books is not in it, so the true share is smaller.");
    toil_report_small(
        scope->report, "method",
        "Manual hours over all hours of the team's components; interval: by how much weeks differ, and the range "
        "over the gap between traces of work. A week belongs to the period in which it begins.");
    toil_team_sizes_release(&sizes);
    toil_result_free(rows);
    return status;
}
