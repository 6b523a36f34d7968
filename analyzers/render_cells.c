/* Cells for people: numbers rounded to what their interval supports, ranges, dates; used by every renderer but the
 * ones for machines. */
#include "render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EN_DASH "\xe2\x80\x93"

/* Digits with a comma between thousands; `digits` may begin with a minus and end with a fraction. */
static void add_grouped(struct toil_buf *out, const char *digits)
{
    if (*digits == '-')
        toil_buf_add_char(out, *digits++);
    size_t whole = strcspn(digits, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            toil_buf_add_char(out, ',');
        toil_buf_add_char(out, digits[i]);
    }
    toil_buf_add_text(out, digits + whole);
}

void toil_count_add(struct toil_buf *out, int64_t count)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%lld", (long long)count);
    add_grouped(out, digits);
}

void toil_number_add(struct toil_buf *out, double number, int decimals)
{
    if (fabs(number) >= 1e15) {
        toil_buf_printf(out, "%.3g", number);
        return;
    }
    if (decimals < 0) {
        double unit = pow(10, -decimals);
        number = round(number / unit) * unit;
        decimals = 0;
    }
    char digits[64];
    snprintf(digits, sizeof digits, "%.*f", decimals > 9 ? 9 : decimals, number);
    bool zero = strspn(digits, "-0.") == strlen(digits);
    add_grouped(out, zero && digits[0] == '-' ? digits + 1 : digits);
}

void toil_number_add_exact(struct toil_buf *out, double number)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    toil_buf_add_text(out, digits);
}

/* Decimals for a number of this size when nothing tells how exact it is. */
static int plain_decimals(double number, int most)
{
    int decimals = fabs(number) >= 1000 ? 0 : fabs(number) >= 100 ? 1 : most;
    return decimals < most ? decimals : most;
}

int toil_estimate_decimals(const struct toil_estimate *estimate, int most)
{
    double half = (estimate->high - estimate->low) / 2;
    if (!isfinite(half) || half <= 0)
        return plain_decimals(estimate->value, most);
    int decimals = 1 - (int)floor(log10(half));
    return decimals < most ? decimals : most;
}

static void show_estimate(const struct toil_column *column, const struct toil_estimate *estimate,
                          struct toil_shown *out)
{
    out->decimals = toil_estimate_decimals(estimate, column->decimals);
    toil_number_add(&out->value, estimate->value, out->decimals);
    bool low = isfinite(estimate->low), high = isfinite(estimate->high);
    if (low && high && estimate->low == estimate->high)
        low = high = false; /* nothing was inferred: the number is exact */
    if (low && !high)
        toil_buf_add_text(&out->range, "from ");
    if (high && !low)
        toil_buf_add_text(&out->range, "up to ");
    if (low)
        toil_number_add(&out->range, estimate->low, out->decimals);
    if (low && high)
        toil_buf_add_text(&out->range, estimate->low < 0 ? " to " : EN_DASH);
    if (high)
        toil_number_add(&out->range, estimate->high, out->decimals);
    out->grade = estimate->grade;
}

void toil_cell_show(const struct toil_column *column, const struct toil_cell *cell, struct toil_shown *out)
{
    *out = (struct toil_shown){.grade = ""};
    if (column->kind == TOIL_COLUMN_ESTIMATE)
        out->why = cell->null ? cell->estimate.why : NULL;
    if (cell->null)
        return;
    char time[32];
    int64_t year;
    unsigned month, day;
    switch (column->kind) {
    case TOIL_COLUMN_TEXT:
        toil_buf_add_text(&out->value, cell->text);
        break;
    case TOIL_COLUMN_COUNT:
        toil_count_add(&out->value, cell->integer);
        break;
    case TOIL_COLUMN_NUMBER:
        out->decimals = plain_decimals(cell->number, column->decimals);
        toil_number_add(&out->value, cell->number, out->decimals);
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
    }
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
        const struct toil_cell *cell = &report->row[i].cell[column];
        if (cell->null || (!isfinite(cell->estimate.low) && !isfinite(cell->estimate.high)))
            continue;
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
    toil_buf_add_text(out, left_out == 1 ? " smaller row" : " smaller rows");
    if (isfinite(weight) && *report->weight_name) {
        toil_buf_add_text(out, left_out == 1 ? " with " : " with together ");
        toil_number_add(out, weight * 100, weight < 0.0995 ? 1 : 0);
        toil_buf_printf(out, "%% of %s", report->weight_name);
    }
    toil_buf_add_text(out, left_out == 1 ? " is" : " are");
    toil_buf_add_text(out, " not shown; --top 0 shows all, JSON and CSV always have all.");
}
