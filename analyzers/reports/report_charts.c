/* What report tables, items and links look like. */
#include "report_charts.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_numbers.h"

#define MOST_SERIES 2
#define HOURS_FROM  720 /* minutes: curves that reach farther are drawn over hours */

/* ---- rows ---- */

/* The number of a cell; an estimate's bounds, too. */
static double number_of(const struct toil_report_cell *cell, enum toil_column_kind kind, double *low, double *high)
{
    *low = *high = NAN;
    if (cell->null)
        return NAN;
    if (kind == TOIL_COLUMN_ESTIMATE) {
        *low = cell->estimate.low;
        *high = cell->estimate.high;
        return cell->estimate.value;
    }
    return kind == TOIL_COLUMN_COUNT ? (double)cell->integer : cell->number;
}

struct rows {
    const char **label;
    double *value[MOST_SERIES], *low[MOST_SERIES], *high[MOST_SERIES];
    size_t series, count;
};

static void add_row(struct toil_report *report, const struct toil_row_bars *bars, size_t row, struct rows *rows)
{
    const struct toil_report_cell *label = toil_report_cell(report, row, bars->label);
    double scale = bars->scale != 0 ? bars->scale : 1;
    for (size_t s = 0; s < rows->series; s++) {
        size_t column = toil_report_find_column(report, bars->value[s]);
        double low, high;
        double value = number_of(&report->row[row].cell[column], report->column[column].kind, &low, &high) * scale;
        if (s == 0 && !isfinite(value))
            return;
        rows->value[s][rows->count] = value;
        rows->low[s][rows->count] = low * scale;
        rows->high[s][rows->count] = high * scale;
    }
    rows->label[rows->count++] = label->people ? label->people : label->text;
}

struct toil_chart *toil_report_chart_rows(struct toil_report *report, const struct toil_row_bars *bars)
{
    struct rows rows = {.label = toil_xcalloc(bars->most + 1, sizeof *rows.label)};
    struct toil_chart *chart = NULL;
    while (rows.series < MOST_SERIES && bars->value[rows.series])
        rows.series++;
    double *room = toil_xcalloc(3 * rows.series * (bars->most + 1), sizeof *room);
    for (size_t s = 0; s < rows.series; s++) {
        rows.value[s] = room + 3 * s * (bars->most + 1);
        rows.low[s] = rows.value[s] + bars->most + 1;
        rows.high[s] = rows.low[s] + bars->most + 1;
    }
    for (size_t r = 0; r < report->row_count && rows.count < bars->most; r++)
        if (!(report->row[r].flags & (TOIL_ROW_TOTAL | TOIL_ROW_PEOPLE | TOIL_ROW_MACHINE)))
            add_row(report, bars, r, &rows);
    if (rows.count > 1) {
        chart = toil_report_add_chart(report, bars->title, bars->alternative);
        toil_chart_axes(report, chart, TOIL_CHART_ROWS, bars->unit, "");
        for (size_t s = 0; s < rows.series; s++)
            toil_chart_add(report, chart,
                           &(struct toil_chart_series){.name = bars->name[s] ? bars->name[s] : "",
                                                       .style = TOIL_CHART_BARS,
                                                       .count = rows.count,
                                                       .x = rows.value[s],
                                                       .y = rows.value[s],
                                                       .low = rows.low[s],
                                                       .high = rows.high[s],
                                                       .label = rows.label});
    }
    free(rows.label);
    free(room);
    return chart;
}

/* ---- items ---- */

void toil_report_chart_items(struct toil_report *report, const struct toil_item_point *point, size_t count)
{
    double *room = toil_xcalloc(4 * count + 1, sizeof *room);
    double *effort = room, *cost = room + count, *low = room + 2 * count, *high = room + 3 * count;
    const char **label = toil_xcalloc(count + 1, sizeof *label);
    for (size_t i = 0; i < count; i++) {
        effort[i] = point[i].effort;
        cost[i] = point[i].cost.value;
        low[i] = point[i].cost.low;
        high[i] = point[i].cost.high;
        label[i] = point[i].id;
    }
    if (count > 1) {
        struct toil_chart *chart =
            toil_report_add_chart(report, "Cost of delay against effort",
                                  "Each point is an open item with the 95% interval of its cost; those high "
                                  "and to the left cost most for the effort that they take.");
        toil_chart_axes(report, chart, TOIL_CHART_NUMBER, "effort, hours", point[0].cost.unit);
        toil_chart_add(report, chart,
                       &(struct toil_chart_series){.name = "items",
                                                   .style = TOIL_CHART_POINTS,
                                                   .count = count,
                                                   .x = effort,
                                                   .y = cost,
                                                   .low = low,
                                                   .high = high,
                                                   .label = label});
    }
    free(room);
    free(label);
}

/* ---- links ---- */

/* Columns of the curve's query behind component, kind and topic. */
enum curve_field { C_FROM = 3, C_TO, C_OBSERVED, C_EXPECTED };

static void add_axes(struct toil_report *report, struct toil_chart *chart, double step, bool hours)
{
    struct toil_buf unit = TOIL_BUF_INIT;
    toil_buf_add_text(&unit, "tickets in ");
    toil_number_add(&unit, step, step < 10 && step != rint(step) ? 1 : 0);
    toil_buf_add_text(&unit, hours ? " hours" : " minutes");
    toil_chart_axes(report, chart, TOIL_CHART_NUMBER, hours ? "hours after the failure" : "minutes after the failure",
                    unit.data);
    toil_buf_release(&unit);
}

void toil_report_chart_link(struct toil_report *report, const struct toil_result *links, size_t link,
                            const struct toil_result *curve)
{
    size_t first, count = toil_link_evidence(links, link, curve, &first);
    if (count < 2)
        return;
    double *room = toil_xcalloc(3 * count, sizeof *room), *lag = room, *seen = room + count,
           *expected = room + 2 * count;
    double reach = toil_result_double(curve, first + count - 1, C_TO);
    bool hours = reach > HOURS_FROM;
    double unit = hours ? 60 : 1;
    for (size_t i = 0; i < count; i++) {
        lag[i] = (toil_result_double(curve, first + i, C_FROM) + toil_result_double(curve, first + i, C_TO)) / 2 / unit;
        seen[i] = toil_result_double(curve, first + i, C_OBSERVED);
        expected[i] = toil_result_double(curve, first + i, C_EXPECTED);
    }
    struct toil_buf title = TOIL_BUF_INIT;
    toil_link_add_tickets(&title, toil_result_text(links, link, TOIL_LINK_TOPIC));
    title.data[0] = (char)toupper((unsigned char)title.data[0]);
    toil_buf_add_text(&title, " around ");
    toil_link_add_failures(&title, links, link);
    struct toil_chart *chart = toil_report_add_chart(
        report, title.data,
        "Bars are what was seen, the dashed line what the same hours of other weeks bring. Left of the failure stands "
        "the "
        "placebo: what comes before it cannot be caused by it, so bars should follow the line there.");
    double step = (toil_result_double(curve, first, C_TO) - toil_result_double(curve, first, C_FROM)) / unit;
    add_axes(report, chart, step, hours);
    toil_chart_add(
        report, chart,
        &(struct toil_chart_series){.name = "seen", .style = TOIL_CHART_BARS, .count = count, .x = lag, .y = seen});
    toil_chart_add(report, chart,
                   &(struct toil_chart_series){
                       .name = "expected", .style = TOIL_CHART_DASHED, .count = count, .x = lag, .y = expected});
    toil_chart_mark(report, chart, true, 0, "failure");
    toil_buf_release(&title);
    free(room);
}
