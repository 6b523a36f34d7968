/* A document as Markdown that can be pasted into an issue tracker: GitHub's dialect, which GitLab, Gitea, Azure DevOps
 * and most viewers take. Every number names the row of evidence that it stands on and links to it; where a viewer drops
 * anchors the name still leads there. */
#include "document_render.h"
#include "escape.h"
#include "render_svg.h"

static void add_link(const struct toil_document *document, size_t evidence, struct toil_buf *out)
{
    toil_buf_printf(out, "[E%zu](#", evidence + 1);
    toil_document_anchor(document, evidence, out);
    toil_buf_add_char(out, ')');
}

static void add_number(const struct toil_document *document, const struct toil_document_part *part,
                       struct toil_buf *out)
{
    toil_buf_add_text(out, "**");
    toil_markdown_add_escaped(out, part->text);
    toil_buf_add_text(out, "** (");
    if (*part->range)
        toil_buf_printf(out, "%s, ", part->range);
    if (*part->grade)
        toil_buf_printf(out, "grade %s, ", part->grade);
    add_link(document, part->evidence, out);
    toil_buf_add_char(out, ')');
}

/* Code spans take no escapes: the fence is longer than what stands in it. In a table's cell a pipe needs one. */
static void add_code(const char *text, bool in_table, struct toil_buf *out)
{
    size_t longest = 0, run = 0;
    struct toil_buf line = TOIL_BUF_INIT;
    toil_text_add_line(&line, text);
    for (const char *p = line.data; p && *p; p++) {
        run = *p == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++)
        toil_buf_add_char(out, '`');
    toil_buf_add_text(out, longest ? " " : "");
    for (const char *p = line.data; p && *p; p++)
        toil_buf_printf(out, "%s%c", in_table && *p == '|' ? "\\" : "", *p);
    toil_buf_add_text(out, longest ? " " : "");
    for (size_t i = 0; i <= longest; i++)
        toil_buf_add_char(out, '`');
    toil_buf_release(&line);
}

static void add_parts(const struct toil_document *document, const struct toil_block *block, struct toil_buf *out)
{
    for (size_t i = 0; i < block->part_count; i++) {
        const struct toil_document_part *part = &block->part[i];
        if (part->kind == TOIL_PART_NUMBER) {
            add_number(document, part, out);
        } else if (part->kind == TOIL_PART_CODE) {
            add_code(part->text, false, out);
        } else {
            toil_buf_add_text(out, part->kind == TOIL_PART_STRONG ? "**" : "");
            toil_markdown_add_escaped(out, part->text);
            toil_buf_add_text(out, part->kind == TOIL_PART_STRONG ? "**" : "");
        }
    }
}

static void add_evidence(const struct toil_document *document, struct toil_buf *out)
{
    const struct toil_report *report = document->report;
    toil_buf_add_text(out, "| | what | value | range | grade | prints it again |\n|:---|:---|---:|:---|:---|:---|\n");
    for (size_t r = 0; r < report->row_count; r++) {
        struct toil_evidence_shown shown;
        toil_evidence_show(document, r, &shown);
        toil_buf_add_text(out, "| <a id=\"");
        toil_document_anchor(document, r, out);
        toil_buf_printf(out, "\"></a>E%zu | ", r + 1);
        toil_markdown_add_escaped(out, shown.about);
        toil_buf_add_text(out, " | ");
        toil_markdown_add_escaped(out, shown.value.data);
        toil_buf_add_text(out, " | ");
        toil_markdown_add_escaped(out, shown.range.data);
        toil_buf_printf(out, " | %s | ", shown.grade);
        add_code(shown.command, true, out);
        toil_buf_add_text(out, " |\n");
        toil_evidence_release(&shown);
    }
}

void toil_document_markdown(const struct toil_document *document, struct toil_buf *out)
{
    static const char *const before[] = {
        [TOIL_BLOCK_TITLE] = "## ", [TOIL_BLOCK_HEADING] = "### ", [TOIL_BLOCK_BULLET] = "- "};
    for (size_t b = 0; b < document->block_count; b++) {
        const struct toil_block *block = &document->block[b];
        bool listed = b > 0 && block->kind == TOIL_BLOCK_BULLET && block[-1].kind == TOIL_BLOCK_BULLET;
        toil_buf_add_text(out, b > 0 && !listed ? "\n" : "");
        switch (block->kind) {
        case TOIL_BLOCK_CODE:
            toil_markdown_add_fenced(out, "sh", block->part_count ? block->part[0].text : "");
            break;
        case TOIL_BLOCK_CHART:
            toil_markdown_add_chart(out, block->chart);
            out->data[--out->len] = '\0'; /* the next block begins with its own empty line */
            break;
        case TOIL_BLOCK_EVIDENCE:
            add_evidence(document, out);
            break;
        default:
            toil_buf_add_text(out, block->kind == TOIL_BLOCK_PARAGRAPH ? "" : before[block->kind]);
            add_parts(document, block, out);
            toil_buf_add_char(out, '\n');
        }
    }
}
