/* Markdown that can be pasted into an issue tracker: a pipe table, notes as a list, the small print below a rule. Texts
 * from outside are escaped, so that a name can neither break the table nor become a link, an image or HTML. */
#include "escape.h"
#include "render.h"
#include "render_svg.h"

#include <stdlib.h>
#include <string.h>

#define DASH "\xe2\x80\x93"

static bool is_right(enum toil_column_kind kind)
{
    return kind == TOIL_COLUMN_COUNT || kind == TOIL_COLUMN_NUMBER || kind == TOIL_COLUMN_ESTIMATE;
}

static bool is_hidden(const struct toil_report *report, size_t column)
{
    return report->column[column].machine || toil_report_column_empty(report, column);
}

static void add_titles(const struct toil_report *report, struct toil_buf *out)
{
    char room[32];
    for (size_t c = 0; c < report->column_count; c++) {
        const struct toil_column *column = &report->column[c];
        if (is_hidden(report, c))
            continue;
        toil_buf_add_text(out, "| ");
        toil_markdown_add_escaped(out, column->title);
        if (column->unit && strcmp(column->unit, column->title) != 0) {
            toil_buf_add_text(out, " (");
            toil_markdown_add_escaped(out, column->unit);
            toil_buf_add_char(out, ')');
        }
        const char *range = toil_column_range_title(report, c, room);
        if (range)
            toil_buf_printf(out, " (%s) grade", range);
        else if (column->kind == TOIL_COLUMN_ESTIMATE)
            toil_buf_add_text(out, " grade");
        toil_buf_add_char(out, ' ');
    }
    toil_buf_add_text(out, "|\n");
    for (size_t c = 0; c < report->column_count; c++)
        if (!is_hidden(report, c))
            toil_buf_add_text(out, is_right(report->column[c].kind) ? "|---:" : "|:---");
    toil_buf_add_text(out, "|\n");
}

static void add_cell(const struct toil_report *report, size_t row, size_t previous, size_t at, struct toil_buf *out)
{
    const struct toil_column *column = &report->column[at];
    bool strong = report->row[row].flags & TOIL_ROW_TOTAL || toil_row_is_part(report->row[row].flags);
    struct toil_shown shown;
    char room[32];
    toil_row_show(report, row, previous, at, &shown);
    toil_buf_add_text(out, "| ");
    if (!shown.value.len && is_right(column->kind) && !column->sparse)
        toil_buf_add_text(out, DASH);
    if (shown.value.len) {
        toil_buf_add_text(out, strong ? "**" : "");
        toil_markdown_add_escaped(out, shown.value.data);
        toil_buf_add_text(out, strong ? "**" : "");
    }
    if (shown.range.len && toil_column_range_title(report, at, room))
        toil_buf_printf(out, " (%s)", shown.range.data);
    if (*shown.grade)
        toil_buf_printf(out, " %s", shown.grade);
    if (shown.why) {
        toil_buf_add_text(out, " ");
        toil_markdown_add_escaped(out, shown.why);
    }
    toil_buf_add_char(out, ' ');
    toil_shown_release(&shown);
}

static void add_table(const struct toil_report *report, const bool *shown, struct toil_buf *out)
{
    add_titles(report, out);
    for (size_t r = 0, previous = SIZE_MAX; r < report->row_count; r++) {
        if (!shown[r])
            continue;
        for (size_t c = 0; c < report->column_count; c++)
            if (!is_hidden(report, c))
                add_cell(report, r, previous, c, out);
        toil_buf_add_text(out, "|\n");
        previous = r;
    }
    toil_buf_add_char(out, '\n');
}

static void add_notes(const struct toil_report *report, size_t left_out, double weight, struct toil_buf *out)
{
    size_t before = out->len;
    if (left_out) {
        toil_buf_add_text(out, "- ");
        toil_left_out_add(out, report, left_out, weight);
        toil_buf_add_char(out, '\n');
    }
    for (size_t c = 0; c < report->column_count && report->row_count; c++) {
        if (report->column[c].machine || !report->column[c].absent || !toil_report_column_empty(report, c))
            continue;
        toil_buf_add_text(out, "- ");
        toil_markdown_add_escaped(out, report->column[c].absent);
        toil_buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < report->notes.count; i++) {
        toil_buf_add_text(out, "- ");
        toil_markdown_add_escaped(out, report->notes.item[i].text);
        toil_buf_add_char(out, '\n');
    }
    if (out->len > before)
        toil_buf_add_char(out, '\n');
}

static void add_lines(const struct toil_lines *lines, struct toil_buf *out)
{
    for (size_t i = 0; i < lines->count; i++) {
        toil_buf_add_text(out, "- ");
        toil_markdown_add_escaped(out, lines->item[i].label);
        toil_buf_add_text(out, ": ");
        toil_markdown_add_escaped(out, lines->item[i].text);
        toil_buf_add_char(out, '\n');
    }
}

static void add_block(const struct toil_report *report, struct toil_buf *out)
{
    if (!report->block.text)
        return;
    toil_buf_add_char(out, '\n');
    toil_markdown_add_escaped(out, report->block.label);
    toil_buf_add_text(out, "\n\n");
    toil_markdown_add_fenced(out, report->block_language, report->block.text);
}

static void add_explanation(const struct toil_report *report, struct toil_buf *out)
{
    toil_buf_add_text(out, "\n### How the numbers are calculated\n\n");
    add_lines(&report->arithmetic, out);
    for (size_t i = 0; i < report->query_count; i++) {
        toil_buf_add_text(out, "\nQuery ");
        toil_markdown_add_escaped(out, report->query[i].name);
        for (size_t p = 0; p < report->query[i].param_count; p++) {
            toil_buf_printf(out, "%s$%zu = ", p ? ", " : " with ", p + 1);
            toil_markdown_add_escaped(out, report->query[i].param[p] ? report->query[i].param[p] : "null");
        }
        toil_buf_add_text(out, "\n\n");
        toil_markdown_add_fenced(out, "sql", report->query[i].sql);
    }
}

void toil_markdown_add_chart(struct toil_buf *out, const struct toil_chart *chart)
{
    struct toil_buf bars = TOIL_BUF_INIT;
    toil_sparkline_add(&bars, chart);
    toil_markdown_add_escaped(out, chart->title);
    toil_buf_add_text(out, ": ");
    if (bars.len)
        toil_buf_printf(out, "`%s` ", bars.data);
    toil_markdown_add_escaped(out, chart->alternative);
    toil_buf_add_text(out, "\n\n");
    toil_buf_release(&bars);
}

void toil_render_markdown(const struct toil_report *report, const struct toil_render_options *options,
                          struct toil_buf *out)
{
    bool *shown = toil_xcalloc(report->row_count, sizeof *shown);
    double weight;
    size_t left_out = toil_report_choose_rows(report, options->top, shown, &weight);
    toil_markdown_add_escaped(out, report->answer);
    toil_buf_add_text(out, "\n\n");
    for (size_t i = 0; i < report->chart_count; i++)
        toil_markdown_add_chart(out, &report->chart[i]);
    if (toil_report_has_table(report))
        add_table(report, shown, out);
    add_notes(report, left_out, weight, out);
    if (report->small.count) {
        toil_buf_add_text(out, "---\n\n");
        add_lines(&report->small, out);
    }
    add_block(report, out);
    if (options->explain)
        add_explanation(report, out);
    free(shown);
}
