/* report hours: where manual hours went. Sums of the run's days, with the range over the gaps that close a session. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "report_hours.h"
#include "report_kind.h"
#include "report_link.h"
#include "report_numbers.h"

#define FEW_EVIDENCE    10  /* fewer days with work than this are counts, not evidence: grade C */
#define DIRECT_SHARE    0.9 /* declared, measured and calibrated hours dominate from here on: grade A */
#define FOLLOWED_SHARE  0.1 /* from this part of the hours on, followed ones take the grade of their link */
#define TOTAL           "(total)"
#define TOTAL_OF_PERIOD "(all of it)"
#define ROWS_OF_PERIOD  6
#define ROWS_DRAWN      12
#define MARKS_DRAWN     4
#define ROWS_OF_WHOLE   30

/* Columns of the query, in its order. */
enum field {
    F_COMPONENT,
    F_TEAM,
    F_KIND,
    F_PERIOD,
    F_HOURS,
    F_WORKING,
    F_EVENING,
    F_NIGHT,
    F_DECLARED,
    F_MEASURED,
    F_INFERRED,
    F_CALIBRATED,
    F_GAP10,
    F_GAP20,
    F_GAP30,
    F_GAP60,
    F_COST,
    F_UNPRICED,
    F_EVIDENCE,
    F_FOLLOWED,
    F_COUNT,
    F_SUMS = F_COUNT - F_HOURS,
};

/* Sums of the numbers of rows: sum[field - F_HOURS]. */
struct sums {
    double sum[F_SUMS];
    bool priced;          /* some row had a cost */
    bool told;            /* some row tells followed hours: the run was made with attribution */
    double below, above;  /* what the interval of hidden shares adds to the range on either side */
    const char *followed; /* weakest grade of the links behind followed hours; NULL: none */
};

/* What rows are summed with. */
struct hours {
    struct toil_result *rows;            /* owned; of the components that were asked for */
    struct toil_result *others;          /* owned; of all, where only (unexplained) was asked for; else NULL */
    struct toil_attribution attribution; /* owned */
    struct sums *sum;                    /* owned: of each of rows */
    bool chosen; /* a part of the components; of all, a sum does not depend on shares: they move hours between rows */
};

struct columns {
    size_t period, component, team, kind, hours, part, followed, cost;
};

static double of(const struct sums *sums, enum field field)
{
    return sums->sum[field - F_HOURS];
}

static struct sums sums_of(const struct hours *hours, const struct toil_result *rows, size_t row)
{
    struct sums sums = {.priced = !toil_result_null(rows, row, F_COST),
                        .told = !toil_result_null(rows, row, F_FOLLOWED)};
    for (unsigned field = F_HOURS; field < F_COUNT; field++)
        sums.sum[field - F_HOURS] = toil_result_double(rows, row, field);
    if (!(of(&sums, F_FOLLOWED) > 0))
        return sums;
    const char *component = toil_result_text(rows, row, F_COMPONENT);
    toil_attribution_spread(&hours->attribution, component, &sums.below, &sums.above);
    sums.below *= of(&sums, F_FOLLOWED);
    sums.above *= of(&sums, F_FOLLOWED);
    sums.followed = toil_attribution_grade(&hours->attribution, component);
    return sums;
}

static bool same_text(const struct toil_result *a, size_t row_a, const struct toil_result *b, size_t row_b,
                      enum field field)
{
    return strcmp(toil_result_text(a, row_a, field), toil_result_text(b, row_b, field)) == 0;
}

/* What components may have more or less by hidden shares, the unexplained rest of the same period and kind has less or
 * more. */
static void widen_rest(const struct hours *hours, size_t row, struct sums *rest)
{
    const struct toil_result *all = hours->others ? hours->others : hours->rows;
    size_t begin = all == hours->rows ? row : 0;
    while (begin > 0 && all == hours->rows && same_text(all, begin - 1, all, row, F_PERIOD)) /* they stand together */
        begin--;
    for (size_t r = begin; r < toil_result_rows(all); r++) {
        if (all == hours->rows && !same_text(all, r, all, row, F_PERIOD))
            return;
        if (!same_text(all, r, hours->rows, row, F_PERIOD) || !same_text(all, r, hours->rows, row, F_KIND) ||
            !(toil_result_double(all, r, F_FOLLOWED) > 0))
            continue;
        const struct sums other = sums_of(hours, all, r);
        rest->below = hypot(rest->below, other.above);
        rest->above = hypot(rest->above, other.below);
    }
}

static void sum_rows(struct hours *hours)
{
    size_t count = toil_result_rows(hours->rows);
    hours->sum = toil_xcalloc(count + 1, sizeof *hours->sum);
    for (size_t r = 0; r < count; r++) {
        hours->sum[r] = sums_of(hours, hours->rows, r);
        if (strcmp(toil_result_text(hours->rows, r, F_COMPONENT), TOIL_UNEXPLAINED) == 0)
            widen_rest(hours, r, &hours->sum[r]);
    }
}

/* To a billionth of an hour, so that 61.8 does not come out as 61.800000000000004. What hidden shares add is summed as
 * it is within a component, whose shares err together. */
static void add_sums(struct sums *total, const struct sums *more)
{
    for (size_t i = 0; i < F_SUMS; i++)
        total->sum[i] = rint((total->sum[i] + more->sum[i]) * 1e9) / 1e9;
    total->priced = total->priced || more->priced;
    total->told = total->told || more->told;
    total->below += more->below;
    total->above += more->above;
    if (more->followed)
        total->followed = total->followed ? toil_weaker_grade(total->followed, more->followed) : more->followed;
}

static const char *grade_of(const struct sums *sums)
{
    if (of(sums, F_EVIDENCE) < FEW_EVIDENCE)
        return "C";
    double direct = of(sums, F_DECLARED) + of(sums, F_MEASURED) + of(sums, F_CALIBRATED);
    const char *grade = direct >= DIRECT_SHARE * of(sums, F_HOURS) ? "A" : "B";
    bool follows = sums->followed && of(sums, F_FOLLOWED) >= FOLLOWED_SHARE * of(sums, F_HOURS);
    return follows ? toil_weaker_grade(grade, sums->followed) : grade;
}

/* The range is that of these hours themselves: for a total, of the four totals. */
static struct toil_estimate band_of(const struct sums *sums)
{
    double low = of(sums, F_HOURS), high = low;
    for (enum field gap = F_GAP10; gap <= F_GAP60; gap++) {
        low = fmin(low, of(sums, gap));
        high = fmax(high, of(sums, gap));
    }
    low = fmax(low - sums->below, 0);
    return (struct toil_estimate){of(sums, F_HOURS), low, high + sums->above, NAN, "hours", grade_of(sums), NULL};
}

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
    return at;
}

static void fill_numbers(struct toil_report *report, const struct columns *at, const struct sums *sums)
{
    const struct toil_estimate band = band_of(sums);
    toil_report_set_estimate(report, at->hours, &band);
    for (enum field field = F_WORKING; field <= F_CALIBRATED; field++)
        toil_report_set_number(report, at->part + (field - F_WORKING), of(sums, field));
    if (sums->told)
        toil_report_set_number(report, at->followed, of(sums, F_FOLLOWED));
    if (sums->priced)
        toil_report_set_number(report, at->cost, of(sums, F_COST));
}

static void add_total(struct toil_scope *scope, const struct columns *at, const struct sums *total, size_t group)
{
    toil_report_add_row(scope->report, TOIL_ROW_TOTAL, group, NAN);
    if (scope->by == TOIL_PERIOD_ALL)
        toil_scope_set_window(scope, at->period);
    toil_report_set_text(scope->report, at->component, TOTAL);
    fill_numbers(scope->report, at, total);
}

/* What a period comes to, for people: in JSON and CSV there is one total, as there is one for the whole. */
static void add_period_total(struct toil_scope *scope, const struct columns *at, const struct toil_result *rows,
                             size_t row, const struct sums *sums, size_t group)
{
    toil_report_add_row(scope->report, TOIL_ROW_PINNED | TOIL_ROW_PEOPLE, group, NAN);
    toil_scope_set_period(scope, at->period, rows, row, F_PERIOD);
    toil_report_set_text(scope->report, at->component, TOTAL_OF_PERIOD);
    fill_numbers(scope->report, at, sums);
}

static bool same_period(const struct toil_result *rows, size_t a, size_t b)
{
    return strcmp(toil_result_text(rows, a, F_PERIOD), toil_result_text(rows, b, F_PERIOD)) == 0;
}

struct share {
    const char *component;
    struct sums sums;
};

static int by_component(const void *a, const void *b)
{
    return strcmp(((const struct share *)a)->component, ((const struct share *)b)->component);
}

/* What hidden shares add to a sum over components: within one they err together, over components on their own. share:
 * in any order, is sorted. */
static void spread_over(struct share *share, size_t count, double *below, double *above)
{
    *below = *above = 0;
    if (count > 0)
        qsort(share, count, sizeof *share, by_component);
    for (size_t i = 0, next; i < count; i = next) {
        double own_below = 0, own_above = 0;
        for (next = i; next < count && strcmp(share[next].component, share[i].component) == 0; next++) {
            own_below += share[next].sums.below;
            own_above += share[next].sums.above;
        }
        *below = hypot(*below, own_below);
        *above = hypot(*above, own_above);
    }
}

/* Rows of the period that begins with row `first`. Over all components hidden shares move nothing. */
static struct sums sum_period(const struct hours *hours, size_t first)
{
    struct sums sums = {0};
    size_t end = first, spread = 0;
    double below, above;
    while (end < toil_result_rows(hours->rows) && same_period(hours->rows, first, end))
        end++;
    struct share *share = toil_xcalloc(end - first + 1, sizeof *share);
    for (size_t r = first; r < end; r++) {
        const struct sums *row = &hours->sum[r];
        add_sums(&sums, row);
        if (row->below > 0 || row->above > 0)
            share[spread++] = (struct share){toil_result_text(hours->rows, r, F_COMPONENT), *row};
    }
    spread_over(share, spread, &below, &above);
    free(share);
    sums.below = hours->chosen ? below : 0;
    sums.above = hours->chosen ? above : 0;
    sums.followed = hours->chosen ? sums.followed : NULL;
    return sums;
}

/* True when no period has a second row: a sum of one row would only say it again. */
static bool one_row_a_period(const struct toil_result *rows)
{
    for (size_t r = 1; r < toil_result_rows(rows); r++)
        if (same_period(rows, r - 1, r))
            return false;
    return true;
}

/* Components over all their kinds and periods, by name. Owned by the caller. */
static struct share *sum_components(const struct hours *hours, size_t *count)
{
    const struct toil_result *rows = hours->rows;
    size_t row_count = toil_result_rows(rows), last = 0;
    struct share *shares = toil_xcalloc(row_count, sizeof *shares);
    for (size_t r = 0; r < row_count; r++)
        shares[r] = (struct share){toil_result_text(rows, r, F_COMPONENT), hours->sum[r]};
    qsort(shares, row_count, sizeof *shares, by_component);
    for (size_t r = 1; r < row_count; r++) {
        if (strcmp(shares[r].component, shares[last].component) == 0)
            add_sums(&shares[last].sums, &shares[r].sums);
        else
            shares[++last] = shares[r];
    }
    *count = row_count ? last + 1 : 0;
    return shares;
}

static struct sums sum_all(const struct hours *hours)
{
    struct sums total = {0};
    double below = 0, above = 0;
    size_t count;
    struct share *shares = sum_components(hours, &count);
    for (size_t i = 0; i < count; i++) {
        add_sums(&total, &shares[i].sums);
        below = hypot(below, shares[i].sums.below);
        above = hypot(above, shares[i].sums.above);
    }
    free(shares);
    total.below = hours->chosen ? below : 0;
    total.above = hours->chosen ? above : 0;
    total.followed = hours->chosen ? total.followed : NULL;
    return total;
}

static void set_component(struct toil_report *report, size_t column, const char *component)
{
    struct toil_buf name = TOIL_BUF_INIT;
    toil_report_component_add(&name, component);
    toil_report_set_named(report, column, component, name.data);
    toil_buf_release(&name);
}

static void add_row(struct toil_scope *scope, const struct columns *at, const struct hours *hours, size_t r,
                    size_t group, double weight)
{
    const struct toil_result *rows = hours->rows;
    toil_report_add_row(scope->report, 0, group, weight);
    toil_scope_set_period(scope, at->period, rows, r, F_PERIOD);
    set_component(scope->report, at->component, toil_result_text(rows, r, F_COMPONENT));
    const char *team = toil_result_text(rows, r, F_TEAM);
    toil_report_set_text(scope->report, at->team, *team ? team : NULL);
    const char *kind = toil_result_text(rows, r, F_KIND);
    toil_report_set_named(scope->report, at->kind, kind, toil_report_kind_title(kind));
    fill_numbers(scope->report, at, &hours->sum[r]);
}

static struct sums add_rows(struct toil_scope *scope, const struct columns *at, const struct hours *hours)
{
    struct toil_report *report = scope->report;
    const struct toil_result *rows = hours->rows;
    const struct sums total = sum_all(hours);
    bool summed = scope->by != TOIL_PERIOD_ALL && !one_row_a_period(rows);
    if (scope->by != TOIL_PERIOD_ALL && !summed) /* one group, of periods: none is the smaller one */
        report->top = 0;
    size_t group = 0, in_group = 0, count = toil_result_rows(rows);
    for (size_t r = 0; r < count; r++) {
        bool begins = summed && (r == 0 || !same_period(rows, r - 1, r));
        double weight = of(&hours->sum[r], F_HOURS) / of(&total, F_HOURS);
        if (begins) {
            struct sums period = sum_period(hours, r);
            add_period_total(scope, at, rows, r, &period, ++group);
            in_group = 0;
        }
        if (scope->options->people && report->top > 0 && in_group++ >= report->top)
            toil_report_leave_out(report, weight);
        else
            add_row(scope, at, hours, r, group, weight);
    }
    add_total(scope, at, &total, group + 1);
    return total;
}

/* "2,410 (25%)", as far as its range allows. */
static void add_share(struct toil_buf *out, const struct sums *part, const struct sums *whole, const char *unit)
{
    const struct toil_estimate band = band_of(part);
    toil_number_add(out, band.value, toil_estimate_decimals(&band, 1));
    toil_buf_printf(out, "%s (", unit);
    double percent = 100 * of(part, F_HOURS) / of(whole, F_HOURS);
    toil_number_add(out, percent, percent < 9.95 ? 1 : 0);
    toil_buf_add_text(out, "%)");
}

/* What no component has, and which component has most of the rest. */
static void add_greatest(struct toil_scope *scope, const struct hours *hours, const struct sums *total,
                         struct toil_buf *out)
{
    size_t count;
    struct share *shares = sum_components(hours, &count);
    const struct share *best = NULL, *unexplained = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(shares[i].component, TOIL_UNEXPLAINED) == 0)
            unexplained = &shares[i];
        else if (shares[i].component[0] != '(' && (!best || of(&shares[i].sums, F_HOURS) > of(&best->sums, F_HOURS)))
            best = &shares[i];
    }
    if (scope->options->component || of(total, F_HOURS) <= 0)
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
static void add_average(struct toil_scope *scope, const struct sums *total, struct toil_buf *out)
{
    double sprints = toil_scope_sprints(scope);
    if (sprints < 1)
        return;
    struct toil_estimate average = band_of(total);
    average.value /= sprints;
    average.low /= sprints;
    average.high /= sprints;
    char length[32];
    toil_scope_sprint_text(scope, length);
    toil_buf_add_text(out, ": ");
    toil_estimate_add(out, &average, 1);
    toil_buf_printf(out, " a sprint of %s", length);
}

static void add_followed(const struct sums *total, struct toil_buf *out)
{
    double followed = of(total, F_FOLLOWED);
    if (!(followed > 0))
        return;
    toil_buf_add_char(out, ' ');
    toil_number_add(out, followed, toil_number_decimals(followed, 1));
    toil_buf_add_text(out, " hours went into tickets that name no component but follow its failures.");
}

static void answer(struct toil_scope *scope, const struct hours *hours, const struct sums *total)
{
    struct toil_buf text = TOIL_BUF_INIT;
    char window[80];
    toil_scope_window_text(scope, window);
    const struct toil_estimate band = band_of(total);
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

static void note_cost(struct toil_scope *scope, const struct sums *total)
{
    if (!total->priced || of(total, F_UNPRICED) < 0.05)
        return;
    struct toil_buf hours = TOIL_BUF_INIT;
    toil_number_add(&hours, of(total, F_UNPRICED), 1);
    toil_report_note(scope->report, "The cost leaves out %s hours for which no rate is in force.", hours.data);
    toil_buf_release(&hours);
}

/* ---- charts ---- */

static int by_hours(const void *a, const void *b)
{
    double x = of(&((const struct share *)a)->sums, F_HOURS), y = of(&((const struct share *)b)->sums, F_HOURS);
    return (x < y) - (x > y);
}

static void draw_components(struct toil_report *report, const struct hours *hours)
{
    size_t count;
    struct share *shares = sum_components(hours, &count);
    double value[ROWS_DRAWN], low[ROWS_DRAWN], high[ROWS_DRAWN];
    const char *label[ROWS_DRAWN];
    if (count > 1)
        qsort(shares, count, sizeof *shares, by_hours);
    count = count < ROWS_DRAWN ? count : ROWS_DRAWN;
    for (size_t i = 0; i < count; i++) {
        struct toil_buf name = TOIL_BUF_INIT;
        const struct toil_estimate band = band_of(&shares[i].sums);
        toil_report_component_add(&name, shares[i].component);
        label[i] = toil_report_keep(report, name.data);
        value[i] = band.value;
        low[i] = band.low;
        high[i] = band.high;
        toil_buf_release(&name);
    }
    free(shares);
    if (count < 2)
        return;
    struct toil_chart *chart = toil_report_add_chart(
        report, "Manual hours by component",
        "Bars are hours in the window, the line in a bar its range over the gap between traces of work.");
    toil_chart_axes(report, chart, TOIL_CHART_ROWS, "hours", "");
    toil_chart_add(report, chart,
                   &(struct toil_chart_series){.name = "hours",
                                               .style = TOIL_CHART_BARS,
                                               .count = count,
                                               .x = value,
                                               .y = value,
                                               .low = low,
                                               .high = high,
                                               .label = label});
}

/* Did an item of what the report is about ship in the window? Of a report about everything few lines can be read. */
static void mark_shipped(struct toil_scope *scope, struct toil_chart *chart)
{
    const struct toil_catalog *catalog = scope->catalog;
    size_t marked = 0;
    for (size_t i = 0; i < catalog->item_count && marked < MARKS_DRAWN; i++) {
        const struct toil_item *item = &catalog->item[i];
        bool ours = !scope->options->component && !scope->options->team;
        if (item->shipped_day == TOIL_TIME_NONE || item->shipped_day < scope->from_day ||
            item->shipped_day >= scope->to_day)
            continue;
        for (size_t c = 0; c < item->component_count && !ours; c++) {
            const char *name = catalog->component[item->component[c]].name, *team = toil_scope_team(scope, name);
            ours = (!scope->options->component || strcmp(scope->options->component, name) == 0) &&
                   (!scope->options->team || (team && strcmp(scope->options->team, team) == 0));
        }
        if (!ours)
            continue;
        struct toil_buf label = TOIL_BUF_INIT;
        toil_buf_printf(&label, "%s shipped", item->id);
        toil_chart_mark(scope->report, chart, true, (double)item->shipped_day, label.data);
        toil_buf_release(&label);
        marked++;
    }
}

/* Whole periods, each at its middle. */
static void draw_periods(struct toil_scope *scope, const struct hours *hours)
{
    const struct toil_result *rows = hours->rows;
    size_t count = toil_result_rows(rows), periods = 0;
    double *room = toil_xcalloc(4 * count + 1, sizeof *room);
    double *day = room, *value = room + count, *low = room + 2 * count, *high = room + 3 * count;
    for (size_t r = 0; r < count; r++) {
        int64_t next, begin = toil_result_int64(rows, r, F_PERIOD);
        if (r > 0 && same_period(rows, r - 1, r))
            continue;
        toil_period_start(scope->by, begin, scope->catalog->sprint_start_day, scope->catalog->sprint_days, &next);
        if (begin < scope->from_day || next > scope->to_day)
            continue;
        const struct sums sums = sum_period(hours, r);
        const struct toil_estimate band = band_of(&sums);
        day[periods] = (double)(begin + next) / 2;
        value[periods] = band.value;
        low[periods] = band.low;
        high[periods++] = band.high;
    }
    if (periods > 1) {
        struct toil_buf title = TOIL_BUF_INIT, unit = TOIL_BUF_INIT;
        toil_buf_printf(&title, "Manual hours by %s", scope->by_name);
        toil_buf_printf(&unit, "hours/%s", scope->by_name);
        struct toil_chart *chart = toil_report_add_chart(
            scope->report, title.data,
            "The band is the range over the gap between traces of work. Periods that the window cuts are left out.");
        toil_chart_axes(scope->report, chart, TOIL_CHART_DATE, "", unit.data);
        toil_chart_add(scope->report, chart,
                       &(struct toil_chart_series){.name = "hours",
                                                   .style = TOIL_CHART_LINE,
                                                   .count = periods,
                                                   .x = day,
                                                   .y = value,
                                                   .low = low,
                                                   .high = high});
        mark_shipped(scope, chart);
        toil_buf_release(&title);
        toil_buf_release(&unit);
    }
    free(room);
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
        FEW_EVIDENCE, DIRECT_SHARE, FOLLOWED_SHARE);
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

/* As `analyze` summed them up for a whole run; day by day for a part of it, and where it did not yet. */
static enum toil_status fetch_rows(struct toil_scope *scope, const char *team, const char *component,
                                   struct toil_result **out, struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    *out = NULL;
    if (!scope->narrowed)
        status = toil_scope_query(scope, &toil_sql_report_hours_periods,
                                  TOIL_PARAMS({scope->run_id}, {scope->by_name}, {team}, {component}), out, err);
    if (status != TOIL_OK || (*out && toil_result_rows(*out) > 0))
        return status;
    toil_result_free(*out);
    return toil_scope_query(scope, &toil_sql_report_hours,
                            TOIL_PARAMS({scope->run_id}, when(scope, scope->from_date), when(scope, scope->to_date),
                                        {scope->by_name}, {scope->sprint_start}, {scope->sprint_days}, {team},
                                        {component}),
                            out, err);
}

static enum toil_status fetch(struct toil_scope *scope, struct hours *hours, struct toil_error *err)
{
    const struct toil_report_options *options = scope->options;
    bool rest = options->component && strcmp(options->component, TOIL_UNEXPLAINED) == 0;
    enum toil_status status = fetch_rows(scope, options->team, options->component, &hours->rows, err);
    if (status == TOIL_OK && rest)
        status = fetch_rows(scope, NULL, NULL, &hours->others, err);
    if (status == TOIL_OK)
        status = toil_attribution_fetch(scope, &hours->attribution, err);
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
    struct hours hours = {.chosen = scope->options->team || scope->options->component};
    enum toil_status status = fetch(scope, &hours, err);
    if (status == TOIL_OK && toil_result_rows(hours.rows) == 0) {
        nothing(scope);
    } else if (status == TOIL_OK) {
        sum_rows(&hours);
        const struct sums total = add_rows(scope, &at, &hours);
        answer(scope, &hours, &total);
        if (scope->by == TOIL_PERIOD_ALL)
            draw_components(scope->report, &hours);
        else
            draw_periods(scope, &hours);
        note_cost(scope, &total);
    }
    free(hours.sum);
    toil_result_free(hours.rows);
    toil_result_free(hours.others);
    toil_attribution_release(&hours.attribution);
    if (status == TOIL_OK)
        status = toil_hours_note_other(scope, err);
    if (status == TOIL_OK)
        status = toil_hours_note_calibration(scope, err);
    if (status == TOIL_OK) {
        toil_scope_note_period(scope);
        explain(scope);
    }
    return status;
}
