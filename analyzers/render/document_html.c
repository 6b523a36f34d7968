/* A document as one self-contained HTML page, or as an element within another page. */
#include "document_render.h"
#include "escape.h"
#include "render_svg.h"

static void add_number(const struct toil_document *document, const struct toil_document_part *part,
                       struct toil_buf *out)
{
    toil_buf_add_text(out, "<a class=\"number\" href=\"#");
    toil_document_anchor(document, part->evidence, out);
    toil_buf_add_text(out, "\">");
    toil_html_add_escaped(out, part->text);
    toil_buf_add_text(out, "</a>");
    if (*part->range)
        toil_buf_printf(out, " <span class=\"r\">(%s)</span>", part->range);
    if (*part->grade)
        toil_buf_printf(out, " <span class=\"grade\" title=\"evidence grade\">%s</span>", part->grade);
}

static void add_parts(const struct toil_document *document, const struct toil_block *block, struct toil_buf *out)
{
    static const char *const open[] = {
        [TOIL_PART_TEXT] = "", [TOIL_PART_STRONG] = "<strong>", [TOIL_PART_CODE] = "<code>"};
    static const char *const close[] = {
        [TOIL_PART_TEXT] = "", [TOIL_PART_STRONG] = "</strong>", [TOIL_PART_CODE] = "</code>"};
    for (size_t i = 0; i < block->part_count; i++) {
        const struct toil_document_part *part = &block->part[i];
        if (part->kind == TOIL_PART_NUMBER) {
            add_number(document, part, out);
            continue;
        }
        toil_buf_add_text(out, open[part->kind]);
        toil_html_add_escaped(out, part->text);
        toil_buf_add_text(out, close[part->kind]);
    }
}

static void add_evidence(const struct toil_document *document, struct toil_buf *out)
{
    toil_buf_add_text(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"evidence\"><table>\n"
                           "<thead><tr><th scope=\"col\"></th><th scope=\"col\">what</th><th scope=\"col\">value</th>"
                           "<th scope=\"col\">range</th><th scope=\"col\">grade</th>"
                           "<th scope=\"col\">prints it again</th></tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < document->report->row_count; r++) {
        struct toil_evidence_shown shown;
        toil_evidence_show(document, r, &shown);
        toil_buf_add_text(out, "<tr id=\"");
        toil_document_anchor(document, r, out);
        toil_buf_printf(out, "\"><th scope=\"row\">E%zu</th><td>", r + 1);
        toil_html_add_escaped(out, shown.about);
        toil_buf_add_text(out, "</td><td class=\"d\">");
        toil_html_add_escaped(out, shown.value.data);
        toil_buf_add_text(out, "</td><td>");
        toil_html_add_escaped(out, shown.range.data);
        toil_buf_printf(out, "</td><td>%s</td><td><code>", shown.grade);
        toil_html_add_escaped(out, shown.command);
        toil_buf_add_text(out, "</code></td></tr>\n");
        toil_evidence_release(&shown);
    }
    toil_buf_add_text(out, "</tbody></table></div>\n");
}

/* The element that holds a block; of code the text stands in it as it is. */
static const char *const element[] = {[TOIL_BLOCK_TITLE] = "h1",
                                      [TOIL_BLOCK_HEADING] = "h2",
                                      [TOIL_BLOCK_PARAGRAPH] = "p",
                                      [TOIL_BLOCK_BULLET] = "li",
                                      [TOIL_BLOCK_CODE] = "pre"};

void toil_document_html_part(const struct toil_document *document, struct toil_buf *out)
{
    toil_buf_add_text(out, "<article class=\"writeup\">\n");
    for (size_t b = 0; b < document->block_count; b++) {
        const struct toil_block *block = &document->block[b];
        bool bullet = block->kind == TOIL_BLOCK_BULLET;
        if (bullet && (b == 0 || block[-1].kind != TOIL_BLOCK_BULLET))
            toil_buf_add_text(out, "<ul>\n");
        if (block->kind == TOIL_BLOCK_EVIDENCE) {
            add_evidence(document, out);
        } else if (block->kind == TOIL_BLOCK_CHART) {
            toil_svg_add_figure(out, block->chart, "writeup-chart");
        } else {
            toil_buf_printf(out, "<%s>", element[block->kind]);
            add_parts(document, block, out);
            toil_buf_printf(out, "</%s>\n", element[block->kind]);
        }
        if (bullet && (b + 1 == document->block_count || block[1].kind != TOIL_BLOCK_BULLET))
            toil_buf_add_text(out, "</ul>\n");
    }
    toil_buf_add_text(out, "</article>\n");
}

void toil_document_html(const struct toil_document *document, struct toil_buf *out)
{
    toil_html_begin(out, document->subject);
    toil_document_html_part(document, out);
    toil_html_end(out);
}
