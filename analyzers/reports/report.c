/* The report model: owns its texts, keeps its numbers finite. */
#include "report.h"

#include "chart.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts of a report, freed together: a chunk per text is simple, and a report has thousands of them at most. */
struct toil_text_chunk {
    struct toil_text_chunk *next;
    char text[];
};

struct toil_report *toil_report_new(const char *name, const char *question)
{
    struct toil_report *report = toil_xcalloc(1, sizeof *report);
    report->name = toil_report_keep(report, name);
    report->question = toil_report_keep(report, question);
    report->answer = "";
    report->weight_name = "";
    report->run.analyzed_us = report->run.from_us = report->run.to_us = report->run.watermark_us = TOIL_TIME_NONE;
    return report;
}

void toil_report_free(struct toil_report *report)
{
    if (!report)
        return;
    for (size_t i = 0; i < report->row_count; i++)
        free(report->row[i].cell);
    for (size_t i = 0; i < report->query_count; i++)
        free(report->query[i].param);
    while (report->texts) {
        struct toil_text_chunk *next = report->texts->next;
        free(report->texts);
        report->texts = next;
    }
    for (size_t i = 0; i < report->chart_count; i++)
        toil_chart_release(&report->chart[i]);
    free(report->chart);
    free(report->column);
    free(report->row);
    free(report->notes.item);
    free(report->small.item);
    free(report->arithmetic.item);
    free(report->query);
    free(report);
}

/* Bytes of the well-formed UTF-8 sequence at p (Unicode table 3-7), 0 when there is none. */
static size_t sequence_length(const unsigned char *p)
{
    if (p[0] < 0x80)
        return 1;
    unsigned char low = 0x80, high = 0xbf;
    size_t len;
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        len = 2;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        len = 3;
        low = p[0] == 0xe0 ? 0xa0 : 0x80;
        high = p[0] == 0xed ? 0x9f : 0xbf;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        len = 4;
        low = p[0] == 0xf0 ? 0x90 : 0x80;
        high = p[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    return len;
}

const char *toil_report_keep(struct toil_report *report, const char *text)
{
    if (!text)
        return NULL;
    struct toil_buf valid = TOIL_BUF_INIT;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t len = sequence_length(p);
        if (len)
            toil_buf_add(&valid, p, len);
        else
            toil_buf_add_text(&valid, "\xef\xbf\xbd");
        p += len ? len : 1;
    }
    struct toil_text_chunk *chunk = toil_xmalloc(sizeof *chunk + valid.len + 1);
    if (valid.len)
        memcpy(chunk->text, valid.data, valid.len);
    chunk->text[valid.len] = '\0';
    chunk->next = report->texts;
    report->texts = chunk;
    toil_buf_release(&valid);
    return chunk->text;
}

size_t toil_report_add_column(struct toil_report *report, const struct toil_column *column)
{
    assert(report->row_count == 0);
    report->column = toil_xreallocarray(report->column, report->column_count + 1, sizeof *report->column);
    struct toil_column *added = &report->column[report->column_count];
    *added = *column;
    added->key = toil_report_keep(report, column->key);
    added->title = toil_report_keep(report, column->title);
    added->unit = toil_report_keep(report, column->unit);
    added->range = toil_report_keep(report, column->range);
    added->absent = toil_report_keep(report, column->absent);
    return report->column_count++;
}

size_t toil_report_find_column(const struct toil_report *report, const char *key)
{
    size_t i = 0;
    while (i < report->column_count && strcmp(report->column[i].key, key) != 0)
        i++;
    return i;
}

const struct toil_report_cell *toil_report_cell(const struct toil_report *report, size_t row, const char *key)
{
    static const struct toil_report_cell none = {.null = true};
    size_t column = toil_report_find_column(report, key);
    return column < report->column_count ? &report->row[row].cell[column] : &none;
}

void toil_report_add_row(struct toil_report *report, unsigned flags, size_t group, double weight)
{
    report->row = toil_xreallocarray(report->row, report->row_count + 1, sizeof *report->row);
    struct toil_row *row = &report->row[report->row_count++];
    row->cell = toil_xcalloc(report->column_count, sizeof *row->cell);
    for (size_t i = 0; i < report->column_count; i++) {
        row->cell[i].null = true;
        if (report->column[i].kind == TOIL_COLUMN_ESTIMATE)
            row->cell[i].estimate = (struct toil_estimate){
                NAN, NAN, NAN, NAN, "", "none", report->column[i].sparse ? "does not apply" : "it was not calculated"};
    }
    row->flags = flags & TOIL_ROW_TOTAL ? flags | TOIL_ROW_PINNED : flags;
    row->group = group;
    row->weight = weight;
}

static struct toil_report_cell *last_cell(struct toil_report *report, size_t column, enum toil_column_kind kind)
{
    assert(report->row_count > 0 && column < report->column_count && report->column[column].kind == kind);
    (void)kind;
    return &report->row[report->row_count - 1].cell[column];
}

void toil_report_set_text(struct toil_report *report, size_t column, const char *text)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_TEXT);
    cell->null = !text;
    cell->text = toil_report_keep(report, text);
}

void toil_report_set_named(struct toil_report *report, size_t column, const char *text, const char *people)
{
    toil_report_set_text(report, column, text);
    last_cell(report, column, TOIL_COLUMN_TEXT)->people = toil_report_keep(report, people);
}

void toil_report_set_count(struct toil_report *report, size_t column, int64_t count)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_COUNT);
    cell->null = false;
    cell->integer = count;
}

void toil_report_set_number(struct toil_report *report, size_t column, double number)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_NUMBER);
    cell->null = !isfinite(number);
    cell->number = cell->null ? 0 : number;
}

void toil_report_set_time(struct toil_report *report, size_t column, int64_t time_us)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_TIME);
    cell->null = time_us == TOIL_TIME_NONE;
    cell->integer = time_us;
}

void toil_report_set_day(struct toil_report *report, size_t column, int64_t day)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_DATE);
    cell->null = day == TOIL_TIME_NONE;
    cell->integer = day;
}

static double finite_or_unknown(double number)
{
    if (isfinite(number))
        return number;
    return NAN;
}

void toil_report_set_estimate(struct toil_report *report, size_t column, const struct toil_estimate *estimate)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_ESTIMATE);
    struct toil_estimate *kept = &cell->estimate;
    *kept = *estimate;
    kept->unit = toil_report_keep(report, estimate->unit ? estimate->unit : "");
    kept->why = toil_report_keep(report, estimate->why);
    cell->null = !isfinite(estimate->value);
    if (cell->null) {
        kept->value = kept->low = kept->high = kept->level = NAN;
        kept->grade = "none";
        if (!kept->why)
            kept->why = "it could not be calculated";
        return;
    }
    kept->grade = toil_report_keep(report, estimate->grade ? estimate->grade : "none");
    kept->low = finite_or_unknown(estimate->low);
    kept->high = finite_or_unknown(estimate->high);
    kept->level = finite_or_unknown(estimate->level);
    if (kept->low > kept->value) /* false for NAN */
        kept->low = kept->value;
    if (kept->high < kept->value)
        kept->high = kept->value;
}

void toil_report_set_lag(struct toil_report *report, size_t column, int64_t from_minutes, int64_t to_minutes)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_LAG);
    cell->null = false;
    cell->lag.from_minutes = from_minutes;
    cell->lag.to_minutes = to_minutes;
}

void toil_report_set_flag(struct toil_report *report, size_t column, bool flag)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_FLAG);
    cell->null = false;
    cell->flag = flag;
}

void toil_report_set_list(struct toil_report *report, size_t column, const char *json, const char *people)
{
    struct toil_report_cell *cell = last_cell(report, column, TOIL_COLUMN_LIST);
    cell->null = !json;
    cell->text = toil_report_keep(report, json);
    cell->people = toil_report_keep(report, people);
}

const char *toil_report_keep_format(struct toil_report *report, const char *fmt, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, args) < 0)
        text = toil_xstrdup(fmt);
    const char *kept = toil_report_keep(report, text);
    free(text);
    return kept;
}

static void add_line(struct toil_lines *lines, const char *label, const char *text)
{
    lines->item = toil_xreallocarray(lines->item, lines->count + 1, sizeof *lines->item);
    lines->item[lines->count++] = (struct toil_line){label, text};
}

void toil_report_answer(struct toil_report *report, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    report->answer = toil_report_keep_format(report, fmt, args);
    va_end(args);
}

void toil_report_note(struct toil_report *report, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_line(&report->notes, "", toil_report_keep_format(report, fmt, args));
    va_end(args);
}

void toil_report_small(struct toil_report *report, const char *label, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_line(&report->small, toil_report_keep(report, label), toil_report_keep_format(report, fmt, args));
    va_end(args);
}

void toil_report_block(struct toil_report *report, const char *title, const char *language, const char *text)
{
    report->block = (struct toil_line){toil_report_keep(report, title), toil_report_keep(report, text)};
    report->block_language = toil_report_keep(report, language);
}

void toil_report_arithmetic(struct toil_report *report, const char *label, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_line(&report->arithmetic, toil_report_keep(report, label), toil_report_keep_format(report, fmt, args));
    va_end(args);
}

void toil_report_explain_query(struct toil_report *report, const char *name, const char *sql, const char *const *param,
                               size_t param_count)
{
    report->query = toil_xreallocarray(report->query, report->query_count + 1, sizeof *report->query);
    struct toil_explained *query = &report->query[report->query_count++];
    *query = (struct toil_explained){.name = toil_report_keep(report, name),
                                     .sql = toil_report_keep(report, sql),
                                     .param = toil_xcalloc(param_count, sizeof *query->param),
                                     .param_count = param_count};
    for (size_t i = 0; i < param_count; i++)
        query->param[i] = toil_report_keep(report, param[i]);
}

void toil_report_take_unit(struct toil_report *report, size_t column)
{
    const char *unit = NULL;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct toil_report_cell *cell = &report->row[i].cell[column];
        if (cell->null || isnan(cell->estimate.value))
            continue;
        if (unit && strcmp(unit, cell->estimate.unit) != 0)
            return;
        unit = cell->estimate.unit;
    }
    if (unit)
        report->column[column].unit = toil_report_keep(report, unit);
}

void toil_report_leave_out(struct toil_report *report, size_t count, double weight)
{
    report->unread += count;
    report->unread_weight += weight;
}

size_t toil_report_choose_rows(const struct toil_report *report, size_t top, bool *shown, double *weight)
{
    if (top == SIZE_MAX)
        top = report->top;
    size_t left_out = 0, in_group = 0;
    *weight = 0;
    for (size_t i = 0; i < report->row_count; i++) {
        const struct toil_row *row = &report->row[i];
        if (i > 0 && row->group != report->row[i - 1].group)
            in_group = 0;
        shown[i] = !(row->flags & TOIL_ROW_MACHINE);
        if (!shown[i] || row->flags & TOIL_ROW_PINNED)
            continue;
        in_group++;
        if (top == 0 || in_group <= top)
            continue;
        shown[i] = false;
        left_out++;
        *weight += row->weight; /* one NAN makes the sum NAN: not known */
    }
    *weight += report->unread_weight;
    return left_out + report->unread;
}

bool toil_report_has_table(const struct toil_report *report)
{
    for (size_t i = 0; i < report->row_count; i++)
        if (!(report->row[i].flags & TOIL_ROW_MACHINE))
            return true;
    return false;
}

bool toil_row_is_part(unsigned flags)
{
    return (flags & TOIL_ROW_PEOPLE) && (flags & TOIL_ROW_PINNED);
}

bool toil_report_column_empty(const struct toil_report *report, size_t column)
{
    for (size_t i = 0; i < report->row_count; i++)
        if (!report->row[i].cell[column].null)
            return false;
    return true;
}
