/* Charts of report hours: components by hours, periods with their band and what shipped. */
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "report_hours.h"
#include "report_numbers.h"

#define ROWS_DRAWN  12
#define MARKS_DRAWN 4

/* ---- charts ---- */

static int by_hours(const void *a, const void *b)
{
    double x = toil_hours_of(&((const struct toil_hours_share *)a)->sums, TOIL_HOURS_ROW_HOURS),
           y = toil_hours_of(&((const struct toil_hours_share *)b)->sums, TOIL_HOURS_ROW_HOURS);
    return (x < y) - (x > y);
}

void toil_hours_draw_components(struct toil_report *report, const struct toil_hours_rows *hours)
{
    size_t count;
    struct toil_hours_share *shares = toil_hours_sum_components(hours, &count);
    double value[ROWS_DRAWN], low[ROWS_DRAWN], high[ROWS_DRAWN];
    const char *label[ROWS_DRAWN];
    if (count > 1)
        qsort(shares, count, sizeof *shares, by_hours);
    count = count < ROWS_DRAWN ? count : ROWS_DRAWN;
    for (size_t i = 0; i < count; i++) {
        struct toil_buf name = TOIL_BUF_INIT;
        const struct toil_estimate band = toil_hours_band(&shares[i].sums);
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
void toil_hours_draw_periods(struct toil_scope *scope, const struct toil_hours_rows *hours)
{
    const struct toil_result *rows = hours->rows;
    size_t count = toil_result_rows(rows), periods = 0;
    double *room = toil_xcalloc(4 * count + 1, sizeof *room);
    double *day = room, *value = room + count, *low = room + 2 * count, *high = room + 3 * count;
    for (size_t r = 0; r < count; r++) {
        int64_t next, begin = toil_result_int64(rows, r, TOIL_HOURS_ROW_PERIOD);
        if (r > 0 && toil_hours_same_period(rows, r - 1, r))
            continue;
        toil_period_start(scope->by, begin, scope->catalog->sprint_start_day, scope->catalog->sprint_days, &next);
        if (begin < scope->from_day || next > scope->to_day)
            continue;
        const struct toil_hours_sums sums = toil_hours_sum_period(hours, r);
        const struct toil_estimate band = toil_hours_band(&sums);
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
