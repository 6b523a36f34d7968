/* The table of a document's formats: a new one is a file document_<name>.c and a row here. And what all of them show of
 * a row of evidence. */
#include "document_render.h"

#include <math.h>
#include <string.h>

const struct toil_document_renderer toil_document_renderers[] = {
    {"markdown", toil_document_markdown, toil_document_markdown},
    {"html", toil_document_html, toil_document_html_part},
    {"json", toil_document_json, NULL},
    {"jira", toil_document_jira, NULL},
    {NULL, NULL, NULL},
};
const char *const toil_document_formats[] = {"markdown", "html", "json", "jira", NULL};

const struct toil_document_renderer *toil_document_renderer_find(const char *name)
{
    for (const struct toil_document_renderer *renderer = toil_document_renderers; renderer->name; renderer++)
        if (strcmp(renderer->name, name) == 0)
            return renderer;
    return NULL;
}

static void show_estimate(const struct toil_estimate *estimate, struct toil_evidence_shown *out)
{
    int decimals = toil_estimate_decimals(estimate, 3);
    out->grade = estimate->grade;
    if (!isfinite(estimate->value)) {
        toil_buf_add_text(&out->value, "not established");
        toil_buf_add_text(&out->range, estimate->why ? estimate->why : "");
        return;
    }
    toil_number_add(&out->value, estimate->value, decimals);
    if (*estimate->unit)
        toil_buf_printf(&out->value, "%s%s", *estimate->unit == '%' ? "" : " ", estimate->unit);
    toil_range_add(&out->range, estimate, decimals);
    if (out->range.len && isfinite(estimate->level))
        toil_buf_printf(&out->range, " (%.0f%%)", 100 * estimate->level);
}

void toil_evidence_show(const struct toil_document *document, size_t row, struct toil_evidence_shown *out)
{
    const struct toil_report_cell *cell = document->report->row[row].cell;
    const size_t *column = document->evidence_column;
    *out = (struct toil_evidence_shown){.about = cell[column[TOIL_EVIDENCE_ABOUT]].text,
                                        .command = cell[column[TOIL_EVIDENCE_FROM]].text,
                                        .grade = "counted"};
    const struct toil_report_cell *counted = &cell[column[TOIL_EVIDENCE_COUNT]];
    if (counted->null)
        show_estimate(&cell[column[TOIL_EVIDENCE_VALUE]].estimate, out);
    else
        toil_count_add(&out->value, counted->integer);
    toil_buf_add_text(&out->range, "");
}

void toil_evidence_release(struct toil_evidence_shown *shown)
{
    toil_buf_release(&shown->value);
    toil_buf_release(&shown->range);
}
