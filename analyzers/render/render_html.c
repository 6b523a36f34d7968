/* One self-contained HTML page: no script, nothing fetched, light and dark. Data reaches the page only through
 * toil_html_add_escaped, so nothing in it can become markup. */
#include "escape.h"
#include "render.h"
#include "render_svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY_COLUMNS 8  /* tables of more are printed in small type */
#define LONGEST_LINE 40 /* bytes of a text that is not broken at its hyphens */

static const char page_style[] =
    ":root{color-scheme:light dark;--ink:#1c2024;--faint:#5b6470;--line:#d5dae0;--paper:#fff;--band:#f4f6f8}"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--faint:#9aa4af;--line:#39414a;--paper:#15181b;"
    "--band:#1d2226}}"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:72rem;"
    "margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.1rem;font-weight:600;color:var(--faint);margin:0}"
    ".answer{font-size:1.35rem;line-height:1.4;max-width:48rem;margin:.3rem 0 1.5rem}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;min-width:100%}"
    "th,td{padding:.35rem .7rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:baseline}"
    "th{font-weight:600;border-bottom:2px solid var(--faint)}"
    ".d{white-space:nowrap}.w{min-width:11rem}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "tbody tr:nth-child(even){background:var(--band)}.total td,.part td{font-weight:600;border-top:2px solid "
    "var(--faint)}"
    ".r,.small,.unit{color:var(--faint);font-size:.85em;font-weight:400}"
    ".grade{border:1px solid var(--line);border-radius:.3em;padding:0 .35em;font-size:.8em}"
    ".small dt{float:left;clear:left;width:9rem}.small dd{margin:0 0 0 9.5rem;overflow-wrap:anywhere}"
    "h2{font-size:1.15rem;margin:1.5rem 0 .3rem}a{color:var(--c0)}"
    ".writeup{max-width:52rem}.writeup h1{font-size:1.5rem;color:var(--ink);margin-bottom:.6rem}"
    "pre{background:var(--band);padding:1rem;overflow-x:auto;font-size:.85em}"
    "@media print{body{max-width:none;margin:0;font-size:13px}.wide{overflow:visible}table{font-size:.85em}"
    "th,td{padding:.2rem .35rem}.w{min-width:8rem}.many table{font-size:.62em}.many .n,.many .d{white-space:normal}"
    ".many th,.many td{padding:.15rem .2rem}.many "
    ".w{min-width:6rem}tr{break-inside:avoid}thead{display:table-header-group}}";

static void add_element(struct toil_buf *out, const char *open, const char *text, const char *close)
{
    toil_buf_add_text(out, open);
    toil_html_add_escaped(out, text);
    toil_buf_add_text(out, close);
}

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
    toil_buf_add_text(out, "<thead><tr>");
    for (size_t c = 0; c < report->column_count; c++) {
        const struct toil_column *column = &report->column[c];
        if (is_hidden(report, c))
            continue;
        add_element(out, is_right(column->kind) ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">",
                    column->title, "");
        if (column->unit && strcmp(column->unit, column->title) != 0)
            add_element(out, " <span class=\"unit\">", column->unit, "</span>");
        const char *range = toil_column_range_title(report, c, room);
        if (range)
            add_element(out, "<br><span class=\"unit\">", range, ", grade</span>");
        else if (column->kind == TOIL_COLUMN_ESTIMATE)
            toil_buf_add_text(out, "<br><span class=\"unit\">grade</span>");
        toil_buf_add_text(out, "</th>");
    }
    toil_buf_add_text(out, "</tr></thead>\n");
}

static void add_cell(const struct toil_report *report, size_t row, size_t previous, size_t at, struct toil_buf *out)
{
    const struct toil_column *column = &report->column[at];
    struct toil_shown shown;
    char room[32];
    toil_row_show(report, row, previous, at, &shown);
    bool whole = !column->wrap && shown.value.len <= LONGEST_LINE;
    toil_buf_add_text(out, is_right(column->kind) ? "<td class=\"n\">"
                           : whole                ? "<td class=\"d\" dir=\"auto\">"
                           : column->wrap         ? "<td class=\"w\" dir=\"auto\">"
                                                  : "<td dir=\"auto\">");
    if (shown.value.len)
        toil_html_add_escaped(out, shown.value.data);
    else if (is_right(column->kind) && !column->sparse)
        toil_buf_add_text(out, "&ndash;");
    if (shown.range.len && toil_column_range_title(report, at, room))
        add_element(out, " <span class=\"r\">", shown.range.data, "</span>");
    if (*shown.grade)
        add_element(out, " <span class=\"grade\" title=\"evidence grade\">", shown.grade, "</span>");
    if (shown.why)
        add_element(out, "<br><span class=\"r\">", shown.why, "</span>");
    toil_buf_add_text(out, "</td>");
    toil_shown_release(&shown);
}

static void add_table(const struct toil_report *report, const bool *shown, struct toil_buf *out)
{
    size_t columns = 0;
    for (size_t c = 0; c < report->column_count; c++)
        columns += !is_hidden(report, c);
    toil_buf_printf(out, "<div class=\"wide%s\" role=\"region\" tabindex=\"0\" aria-label=\"",
                    columns > MANY_COLUMNS ? " many" : "");
    add_element(out, "", report->name, "\"><table>\n");
    add_titles(report, out);
    toil_buf_add_text(out, "<tbody>\n");
    for (size_t r = 0, previous = SIZE_MAX; r < report->row_count; r++) {
        if (!shown[r])
            continue;
        unsigned flags = report->row[r].flags;
        toil_buf_add_text(out, flags & TOIL_ROW_TOTAL    ? "<tr class=\"total\">"
                               : toil_row_is_part(flags) ? "<tr class=\"part\">"
                                                         : "<tr>");
        for (size_t c = 0; c < report->column_count; c++)
            if (!is_hidden(report, c))
                add_cell(report, r, previous, c, out);
        toil_buf_add_text(out, "</tr>\n");
        previous = r;
    }
    toil_buf_add_text(out, "</tbody></table></div>\n");
}

static void add_notes(const struct toil_report *report, size_t left_out, double weight, struct toil_buf *out)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_add_text(out, "<ul>\n");
    toil_left_out_add(&text, report, left_out, weight);
    if (text.len)
        add_element(out, "<li>", text.data, "</li>\n");
    for (size_t c = 0; c < report->column_count && report->row_count; c++)
        if (!report->column[c].machine && report->column[c].absent && toil_report_column_empty(report, c))
            add_element(out, "<li>", report->column[c].absent, "</li>\n");
    for (size_t i = 0; i < report->notes.count; i++)
        add_element(out, "<li>", report->notes.item[i].text, "</li>\n");
    toil_buf_add_text(out, "</ul>\n");
    toil_buf_release(&text);
}

static void add_lines(const struct toil_lines *lines, struct toil_buf *out)
{
    toil_buf_add_text(out, "<dl class=\"small\">\n");
    for (size_t i = 0; i < lines->count; i++) {
        add_element(out, "<dt>", lines->item[i].label, "</dt>");
        add_element(out, "<dd>", lines->item[i].text, "</dd>\n");
    }
    toil_buf_add_text(out, "</dl>\n");
}

static void add_explanation(const struct toil_report *report, struct toil_buf *out)
{
    toil_buf_add_text(out, "<h2>How the numbers are calculated</h2>\n");
    add_lines(&report->arithmetic, out);
    for (size_t i = 0; i < report->query_count; i++) {
        const struct toil_explained *query = &report->query[i];
        add_element(out, "<h3>Query ", query->name, "</h3>\n");
        for (size_t p = 0; p < query->param_count; p++) {
            toil_buf_printf(out, "<code>$%zu = ", p + 1);
            add_element(out, "", query->param[p] ? query->param[p] : "null", "</code><br>\n");
        }
        add_element(out, "<pre>", query->sql, "</pre>\n");
    }
}

void toil_html_begin(struct toil_buf *out, const char *title)
{
    toil_buf_add_text(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    add_element(out, "<title>toilmeter ", title, "</title>\n<style>");
    toil_buf_add_text(out, page_style);
    toil_buf_add_text(out, toil_svg_style);
    toil_buf_add_text(out, "</style></head>\n<body><main>\n");
}

void toil_html_end(struct toil_buf *out)
{
    toil_buf_add_text(out, "</main></body></html>\n");
}

void toil_render_html(const struct toil_report *report, const struct toil_render_options *options, struct toil_buf *out)
{
    bool *shown = toil_xcalloc(report->row_count, sizeof *shown);
    double weight;
    size_t left_out = toil_report_choose_rows(report, options->top, shown, &weight);
    toil_html_begin(out, report->name);
    add_element(out, "<h1>", report->question, "</h1>\n");
    add_element(out, "<p class=\"answer\">", report->answer, "</p>\n");
    for (size_t i = 0; i < report->chart_count; i++) {
        char id[32];
        snprintf(id, sizeof id, "chart%zu", i + 1);
        toil_svg_add_figure(out, &report->chart[i], id);
    }
    if (toil_report_has_table(report))
        add_table(report, shown, out);
    add_notes(report, left_out, weight, out);
    add_lines(&report->small, out);
    if (report->block.text) {
        add_element(out, "<p>", report->block.label, "</p>\n");
        add_element(out, "<pre>", report->block.text, "</pre>\n");
    }
    if (options->explain)
        add_explanation(report, out);
    toil_html_end(out);
    free(shown);
}
