/* CSV by RFC 4180: a header, CRLF, quotes where they are needed. One record a row; the sentence and the notes have no
 * place in it. An estimate x fills the columns x, x_low, x_high and x_grade, a lag x the columns x_from_minutes and
 * x_to_minutes; a list stands as JSON text.
 *
 * A spreadsheet takes a text that begins with = + - @ for a formula and would run it, so such a text gets an
 * apostrophe in front, and so does one that begins with an apostrophe: taking one leading apostrophe away from a text
 * column always gives the original back. */
#include "render.h"

#include <math.h>
#include <string.h>

static void add_field(struct toil_buf *out, const char *text)
{
    bool guard = *text && strchr("=+-@'\t\r\n", *text);
    if (!text[strcspn(text, ",\"\r\n")]) {
        toil_buf_printf(out, "%s%s", guard ? "'" : "", text);
        return;
    }
    toil_buf_add_text(out, guard ? "\"'" : "\"");
    for (; *text; text++) {
        if (*text == '"')
            toil_buf_add_char(out, '"');
        toil_buf_add_char(out, *text);
    }
    toil_buf_add_char(out, '"');
}

static void add_number(struct toil_buf *out, double number)
{
    if (isfinite(number))
        toil_number_add_exact(out, number);
}

static void add_header(const struct toil_report *report, struct toil_buf *out)
{
    bool first = true;
    for (size_t i = 0; i < report->column_count; i++) {
        const struct toil_column *column = &report->column[i];
        if (column->people)
            continue;
        if (!first)
            toil_buf_add_char(out, ',');
        first = false;
        if (column->kind == TOIL_COLUMN_LAG) {
            toil_buf_printf(out, "%s_from_minutes,%s_to_minutes", column->key, column->key);
            continue;
        }
        add_field(out, column->key);
        if (column->kind == TOIL_COLUMN_ESTIMATE)
            toil_buf_printf(out, ",%s_low,%s_high,%s_grade", column->key, column->key, column->key);
    }
    toil_buf_add_text(out, "\r\n");
}

static void add_estimate(const struct toil_report_cell *cell, struct toil_buf *out)
{
    add_number(out, cell->estimate.value);
    toil_buf_add_char(out, ',');
    add_number(out, cell->estimate.low);
    toil_buf_add_char(out, ',');
    add_number(out, cell->estimate.high);
    toil_buf_add_char(out, ',');
    add_field(out, cell->estimate.grade);
}

static void add_lag(const struct toil_report_cell *cell, struct toil_buf *out)
{
    if (cell->null)
        toil_buf_add_char(out, ',');
    else
        toil_buf_printf(out, "%lld,%lld", (long long)cell->lag.from_minutes, (long long)cell->lag.to_minutes);
}

static void add_cell(const struct toil_column *column, const struct toil_report_cell *cell, struct toil_buf *out)
{
    if (column->kind == TOIL_COLUMN_ESTIMATE) {
        add_estimate(cell, out);
        return;
    }
    if (column->kind == TOIL_COLUMN_LAG) {
        add_lag(cell, out);
        return;
    }
    if (cell->null)
        return;
    if (column->kind == TOIL_COLUMN_TEXT || column->kind == TOIL_COLUMN_LIST) {
        add_field(out, cell->text);
    } else if (column->kind == TOIL_COLUMN_NUMBER) {
        add_number(out, cell->number);
    } else if (column->kind == TOIL_COLUMN_FLAG) {
        toil_buf_add_text(out, cell->flag ? "true" : "false");
    } else if (column->kind == TOIL_COLUMN_COUNT) {
        toil_buf_printf(out, "%lld", (long long)cell->integer);
    } else {
        struct toil_shown shown;
        toil_cell_show(column, cell, &shown);
        toil_buf_add(out, shown.value.data, shown.value.len);
        toil_shown_release(&shown);
    }
}

void toil_render_csv(const struct toil_report *report, const struct toil_render_options *options, struct toil_buf *out)
{
    (void)options;
    add_header(report, out);
    for (size_t r = 0; r < report->row_count; r++) {
        if (report->row[r].flags & TOIL_ROW_PEOPLE)
            continue;
        bool first = true;
        for (size_t i = 0; i < report->column_count; i++) {
            if (report->column[i].people)
                continue;
            if (!first)
                toil_buf_add_char(out, ',');
            first = false;
            add_cell(&report->column[i], &report->row[r].cell[i], out);
        }
        toil_buf_add_text(out, "\r\n");
    }
}
