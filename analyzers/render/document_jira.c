/* A document in the wiki markup of Jira Server and Data Center (text formatting notation), which Jira Cloud takes when
 * text is pasted, too. */
#include <string.h>

#include "document_render.h"
#include "escape.h"
#include "render_svg.h"

static void add_number(const struct toil_document *document, const struct toil_document_part *part,
                       struct toil_buf *out)
{
    toil_buf_add_char(out, '*');
    toil_jira_add_escaped(out, part->text);
    toil_buf_add_text(out, "* (");
    if (*part->range) {
        toil_jira_add_escaped(out, part->range);
        toil_buf_add_text(out, ", ");
    }
    if (*part->grade)
        toil_buf_printf(out, "grade %s, ", part->grade);
    toil_buf_printf(out, "[E%zu|#", part->evidence + 1);
    toil_document_anchor(document, part->evidence, out);
    toil_buf_add_text(out, "])");
}

static void add_parts(const struct toil_document *document, const struct toil_block *block, struct toil_buf *out)
{
    static const char *const open[] = {[TOIL_PART_TEXT] = "", [TOIL_PART_STRONG] = "*", [TOIL_PART_CODE] = "{{"};
    static const char *const close[] = {[TOIL_PART_TEXT] = "", [TOIL_PART_STRONG] = "*", [TOIL_PART_CODE] = "}}"};
    for (size_t i = 0; i < block->part_count; i++) {
        const struct toil_document_part *part = &block->part[i];
        if (part->kind == TOIL_PART_NUMBER) {
            add_number(document, part, out);
            continue;
        }
        toil_buf_add_text(out, open[part->kind]);
        toil_jira_add_escaped(out, part->text);
        toil_buf_add_text(out, close[part->kind]);
    }
}

/* A block of code ends at {code}, whatever stands before it: a break that nobody sees keeps it from being one. */
static void add_code(const char *text, struct toil_buf *out)
{
    toil_buf_add_text(out, "{code:bash}\n");
    for (; *text; text++)
        toil_buf_printf(out, "%c%s", *text, *text == '{' ? "\xe2\x80\x8b" : "");
    toil_buf_add_text(out, "\n{code}\n");
}

/* An empty cell must hold a blank, or the table takes it for a heading. */
static void add_cell(const char *text, struct toil_buf *out)
{
    toil_jira_add_escaped(out, *text ? text : " ");
    toil_buf_add_char(out, '|');
}

static void add_evidence(const struct toil_document *document, struct toil_buf *out)
{
    toil_buf_add_text(out, "|| ||what||value||range||grade||prints it again||\n");
    for (size_t r = 0; r < document->report->row_count; r++) {
        struct toil_evidence_shown shown;
        toil_evidence_show(document, r, &shown);
        toil_buf_add_text(out, "|{anchor:");
        toil_document_anchor(document, r, out);
        toil_buf_printf(out, "}E%zu|", r + 1);
        add_cell(shown.about, out);
        add_cell(shown.value.data, out);
        add_cell(shown.range.data, out);
        add_cell(shown.grade, out);
        toil_buf_add_text(out, "{{");
        toil_jira_add_escaped(out, shown.command);
        toil_buf_add_text(out, "}}|\n");
        toil_evidence_release(&shown);
    }
}

static void add_chart(const struct toil_chart *chart, struct toil_buf *out)
{
    toil_jira_add_escaped(out, chart->title);
    toil_buf_add_text(out, ": ");
    toil_sparkline_add(out, chart);
    toil_buf_add_char(out, ' ');
    toil_jira_add_escaped(out, chart->alternative);
    toil_buf_add_char(out, '\n');
}

void toil_document_jira(const struct toil_document *document, struct toil_buf *out)
{
    static const char *const before[] = {[TOIL_BLOCK_TITLE] = "h2. ",
                                         [TOIL_BLOCK_HEADING] = "h3. ",
                                         [TOIL_BLOCK_PARAGRAPH] = "",
                                         [TOIL_BLOCK_BULLET] = "* "};
    for (size_t b = 0; b < document->block_count; b++) {
        const struct toil_block *block = &document->block[b];
        bool listed = b > 0 && block->kind == TOIL_BLOCK_BULLET && block[-1].kind == TOIL_BLOCK_BULLET;
        toil_buf_add_text(out, b > 0 && !listed ? "\n" : "");
        if (block->kind == TOIL_BLOCK_EVIDENCE) {
            add_evidence(document, out);
        } else if (block->kind == TOIL_BLOCK_CHART) {
            add_chart(block->chart, out);
        } else if (block->kind == TOIL_BLOCK_CODE) {
            add_code(block->part_count ? block->part[0].text : "", out);
        } else {
            toil_buf_add_text(out, before[block->kind]);
            add_parts(document, block, out);
            toil_buf_add_char(out, '\n');
        }
    }
}
