/* The document model: blocks of parts over a report whose rows are the evidence. */
#include "document.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_numbers.h"

struct toil_document *toil_document_new(struct toil_report *report, const char *subject)
{
    static const struct toil_column columns[] = {
        [TOIL_EVIDENCE_ID] = {.key = "evidence", .title = "evidence", .kind = TOIL_COLUMN_TEXT},
        [TOIL_EVIDENCE_ABOUT] = {.key = "about", .title = "what", .kind = TOIL_COLUMN_TEXT},
        [TOIL_EVIDENCE_COUNT] = {.key = "count", .title = "counted", .kind = TOIL_COLUMN_COUNT, .sparse = true},
        [TOIL_EVIDENCE_VALUE] =
            {.key = "estimate", .title = "estimated", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 3, .sparse = true},
        [TOIL_EVIDENCE_FROM] = {.key = "command", .title = "prints it again", .kind = TOIL_COLUMN_TEXT},
    };
    struct toil_document *document = toil_xcalloc(1, sizeof *document);
    document->report = report;
    document->subject = toil_report_keep(report, subject);
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
        document->evidence_column[c] = toil_report_add_column(report, &columns[c]);
    return document;
}

void toil_document_free(struct toil_document *document)
{
    if (!document)
        return;
    for (size_t b = 0; b < document->block_count; b++)
        free(document->block[b].part);
    for (size_t s = 0; s < document->source_count; s++)
        toil_report_free(document->source[s]);
    free(document->block);
    free(document->source);
    toil_report_free(document->report);
    free(document);
}

void toil_document_own(struct toil_document *document, struct toil_report *source)
{
    document->source = toil_xreallocarray(document->source, document->source_count + 1, sizeof *document->source);
    document->source[document->source_count++] = source;
}

static size_t add_evidence(struct toil_document *document, const char *about, const char *command)
{
    struct toil_report *report = document->report;
    char id[24];
    toil_report_add_row(report, TOIL_ROW_PINNED, 0, NAN);
    snprintf(id, sizeof id, "E%zu", report->row_count);
    toil_report_set_text(report, document->evidence_column[TOIL_EVIDENCE_ID], id);
    toil_report_set_text(report, document->evidence_column[TOIL_EVIDENCE_ABOUT], about);
    toil_report_set_text(report, document->evidence_column[TOIL_EVIDENCE_FROM], command);
    return report->row_count - 1;
}

size_t toil_document_evidence(struct toil_document *document, const char *about, const struct toil_estimate *estimate,
                              const char *command)
{
    size_t row = add_evidence(document, about, command);
    toil_report_set_estimate(document->report, document->evidence_column[TOIL_EVIDENCE_VALUE], estimate);
    return row;
}

size_t toil_document_counted(struct toil_document *document, const char *about, int64_t count, const char *command)
{
    size_t row = add_evidence(document, about, command);
    toil_report_set_count(document->report, document->evidence_column[TOIL_EVIDENCE_COUNT], count);
    return row;
}

size_t toil_document_find(const struct toil_document *document, const char *about)
{
    const struct toil_report *report = document->report;
    for (size_t r = 0; r < report->row_count; r++)
        if (strcmp(report->row[r].cell[document->evidence_column[TOIL_EVIDENCE_ABOUT]].text, about) == 0)
            return r;
    return SIZE_MAX;
}

static void add_block(struct toil_document *document, enum toil_block_kind kind)
{
    document->block = toil_xreallocarray(document->block, document->block_count + 1, sizeof *document->block);
    document->block[document->block_count++] = (struct toil_block){.kind = kind};
}

static void add_part(struct toil_document *document, const struct toil_document_part *part)
{
    if (document->block_count == 0)
        add_block(document, TOIL_BLOCK_PARAGRAPH);
    struct toil_block *block = &document->block[document->block_count - 1];
    block->part = toil_xreallocarray(block->part, block->part_count + 1, sizeof *block->part);
    struct toil_document_part *kept = &block->part[block->part_count++];
    *kept = *part;
    kept->text = toil_report_keep(document->report, part->text);
    kept->range = toil_report_keep(document->report, part->range ? part->range : "");
    kept->grade = toil_report_keep(document->report, part->grade ? part->grade : "");
}

void toil_document_add(struct toil_document *document, enum toil_block_kind kind, const char *text)
{
    add_block(document, kind);
    if (text)
        add_part(document, &(struct toil_document_part){.kind = TOIL_PART_TEXT, .text = text});
}

void toil_document_chart(struct toil_document *document, const struct toil_chart *chart)
{
    add_block(document, TOIL_BLOCK_CHART);
    document->block[document->block_count - 1].chart = chart;
}

void toil_document_text(struct toil_document *document, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = toil_report_keep_format(document->report, fmt, args);
    va_end(args);
    add_part(document, &(struct toil_document_part){.kind = TOIL_PART_TEXT, .text = text});
}

void toil_document_strong(struct toil_document *document, const char *text)
{
    add_part(document, &(struct toil_document_part){.kind = TOIL_PART_STRONG, .text = text});
}

void toil_document_code(struct toil_document *document, const char *text)
{
    add_part(document, &(struct toil_document_part){.kind = TOIL_PART_CODE, .text = text});
}

void toil_document_number(struct toil_document *document, size_t evidence, int most, const char *words)
{
    const struct toil_report_cell *cell = document->report->row[evidence].cell;
    const struct toil_report_cell *counted = &cell[document->evidence_column[TOIL_EVIDENCE_COUNT]];
    const struct toil_estimate *estimate = &cell[document->evidence_column[TOIL_EVIDENCE_VALUE]].estimate;
    struct toil_buf text = TOIL_BUF_INIT, range = TOIL_BUF_INIT;
    struct toil_document_part part = {.kind = TOIL_PART_NUMBER, .evidence = evidence};
    if (!counted->null) {
        toil_count_add(&text, counted->integer);
    } else {
        int decimals = toil_estimate_decimals(estimate, most);
        if (isfinite(estimate->value))
            toil_number_add(&text, estimate->value, decimals);
        else
            toil_buf_add_text(&text, "not established");
        toil_range_add(&range, estimate, decimals);
        part.grade = estimate->grade;
    }
    if (*words)
        toil_buf_printf(&text, "%s%s", *words == '%' ? "" : " ", words);
    part.text = text.data;
    part.range = range.data;
    add_part(document, &part);
    toil_buf_release(&text);
    toil_buf_release(&range);
}

void toil_document_anchor(const struct toil_document *document, size_t evidence, struct toil_buf *out)
{
    for (const char *p = document->subject; *p; p++)
        toil_buf_add_char(out, isascii(*p) && isalnum(*p) ? (char)tolower(*p) : '-');
    toil_buf_printf(out, "-e%zu", evidence + 1);
}

void toil_document_plain(const struct toil_document *document, const struct toil_block *block, struct toil_buf *out)
{
    (void)document;
    if (block->kind == TOIL_BLOCK_CHART)
        toil_buf_printf(out, "%s. %s", block->chart->title, block->chart->alternative);
    for (size_t i = 0; i < block->part_count; i++) {
        const struct toil_document_part *part = &block->part[i];
        toil_buf_add_text(out, part->text);
        if (part->kind != TOIL_PART_NUMBER)
            continue;
        toil_buf_printf(out, " (%s%s", part->range, *part->range ? ", " : "");
        if (*part->grade)
            toil_buf_printf(out, "grade %s, ", part->grade);
        toil_buf_printf(out, "E%zu)", part->evidence + 1);
    }
}
