/* Cells for people: numbers rounded to what their interval supports, ranges, dates; used by every renderer but the
 * ones for machines. */
#include "render.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void show_estimate(const struct toil_column *column, const struct toil_estimate *estimate,
                          struct toil_shown *out)
{
    out->decimals = toil_estimate_decimals(estimate, column->decimals);
    toil_number_add(&out->value, estimate->value, out->decimals);
    toil_range_add(&out->range, estimate, out->decimals);
    out->grade = estimate->grade;
}

/* What is more than nothing, but rounds to it, must not read as nothing. */
static void show_number(const struct toil_column *column, double number, struct toil_shown *out)
{
    double least = pow(10, -column->decimals);
    out->decimals = toil_number_decimals(number, column->decimals);
    if (number > 0 && number < least / 2) {
        toil_buf_add_char(&out->value, '<');
        number = least;
    }
    toil_number_add(&out->value, number, out->decimals);
}

void toil_cell_show(const struct toil_column *column, const struct toil_report_cell *cell, struct toil_shown *out)
{
    *out = (struct toil_shown){.grade = ""};
    if (column->kind == TOIL_COLUMN_ESTIMATE && !column->sparse)
        out->why = cell->null ? cell->estimate.why : NULL;
    if (cell->null)
        return;
    char time[32];
    int64_t year;
    unsigned month, day;
    switch (column->kind) {
    case TOIL_COLUMN_TEXT:
        toil_buf_add_text(&out->value, cell->people ? cell->people : cell->text);
        break;
    case TOIL_COLUMN_COUNT:
        toil_count_add(&out->value, cell->integer);
        break;
    case TOIL_COLUMN_NUMBER:
        show_number(column, cell->number, out);
        break;
    case TOIL_COLUMN_TIME:
        toil_time_format(cell->integer, time);
        toil_buf_add_text(&out->value, time);
        break;
    case TOIL_COLUMN_DATE:
        toil_civil_from_days(cell->integer, &year, &month, &day);
        toil_buf_printf(&out->value, "%04lld-%02u-%02u", (long long)year, month, day);
        break;
    case TOIL_COLUMN_ESTIMATE:
        show_estimate(column, &cell->estimate, out);
        break;
    case TOIL_COLUMN_LAG:
        toil_lag_add(&out->value, cell->lag.from_minutes, cell->lag.to_minutes);
        break;
    case TOIL_COLUMN_FLAG:
        toil_buf_add_text(&out->value, cell->flag ? "yes" : "no");
        break;
    case TOIL_COLUMN_LIST:
        toil_buf_add_text(&out->value, cell->people ? cell->people : "");
        break;
    }
}

static bool same_text(const struct toil_report_cell *a, const struct toil_report_cell *b)
{
    return !a->null && !b->null && strcmp(a->text, b->text) == 0;
}

/* `previous`: the row shown before, SIZE_MAX when there is none. */
static bool repeats(const struct toil_report *report, size_t row, size_t previous, size_t column)
{
    if (!report->column[column].once || previous == SIZE_MAX)
        return false;
    const struct toil_report_cell *above = report->row[previous].cell, *cell = report->row[row].cell;
    return same_text(&above[column], &cell[column]) && same_text(&above[0], &cell[0]);
}

void toil_row_show(const struct toil_report *report, size_t row, size_t previous, size_t column, struct toil_shown *out)
{
    if (repeats(report, row, previous, column))
        *out = (struct toil_shown){.grade = ""};
    else
        toil_cell_show(&report->column[column], &report->row[row].cell[column], out);
}

void toil_shown_release(struct toil_shown *shown)
{
    toil_buf_release(&shown->value);
    toil_buf_release(&shown->range);
}

const char *toil_column_range_title(const struct toil_report *report, size_t column, char room[32])
{
    if (report->column[column].kind != TOIL_COLUMN_ESTIMATE)
        return NULL;
    bool some = false;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct toil_report_cell *cell = &report->row[i].cell[column];
        if (cell->null || !(cell->estimate.low < cell->estimate.high)) /* false for NAN: bounds on one side */
            continue;
        if (report->column[column].range)
            return report->column[column].range;
        some = true;
        if (isfinite(cell->estimate.level)) {
            snprintf(room, 32, "%.3g%% interval", cell->estimate.level * 100);
            return room;
        }
    }
    return some ? "range" : NULL;
}

void toil_left_out_add(struct toil_buf *out, const struct toil_report *report, size_t left_out, double weight)
{
    if (left_out == 0)
        return;
    toil_count_add(out, (int64_t)left_out);
    toil_buf_add_text(out, *report->weight_name ? " smaller row" : " more row");
    toil_buf_add_text(out, left_out == 1 ? "" : "s");
    if (isfinite(weight) && *report->weight_name) {
        toil_buf_add_text(out, left_out == 1 ? " with " : " with together ");
        toil_number_add(out, weight * 100, weight < 0.0995 ? 1 : 0);
        toil_buf_printf(out, "%% of %s", report->weight_name);
    }
    toil_buf_add_text(out, left_out == 1 ? " is" : " are");
    toil_buf_add_text(out, " not shown; --top 0 shows all, JSON and CSV always have all.");
}
