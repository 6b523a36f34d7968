/* Renderers of a document: markdown, html, json, jira. Pure; rendering cannot fail. */
#ifndef TOIL_DOCUMENT_RENDER_H
#define TOIL_DOCUMENT_RENDER_H

#include "render.h"
#include "reports/document.h"

struct toil_document_renderer {
    const char *name; /* as in --format */
    /* As a text of its own. */
    void (*whole)(const struct toil_document *document, struct toil_buf *out);
    /* As a part of another text, between the two lines that toil_document_marker makes; NULL where the format has no
     * comments to mark it by. */
    void (*part)(const struct toil_document *document, struct toil_buf *out);
};
extern const struct toil_document_renderer toil_document_renderers[]; /* ended by a row with name NULL */
extern const char *const toil_document_formats[];                     /* the same names, NULL-terminated */
const struct toil_document_renderer *toil_document_renderer_find(const char *name); /* NULL when there is none */

void toil_document_markdown(const struct toil_document *document, struct toil_buf *out);
void toil_document_html(const struct toil_document *document, struct toil_buf *out);
void toil_document_html_part(const struct toil_document *document, struct toil_buf *out);
void toil_document_json(const struct toil_document *document, struct toil_buf *out);
void toil_document_jira(const struct toil_document *document, struct toil_buf *out);

/* A row of the evidence for people. Release with toil_evidence_release. */
struct toil_evidence_shown {
    const char *about, *command; /* borrowed from the document */
    struct toil_buf value;       /* "19.6 hours/sprint", "93", "not established"; never without text */
    struct toil_buf range;       /* "17.1-22.4 (95%)" with an en dash, or why there is no value; may be empty */
    const char *grade;           /* "A"; "counted" */
};
void toil_evidence_show(const struct toil_document *document, size_t row, struct toil_evidence_shown *out);
void toil_evidence_release(struct toil_evidence_shown *shown);

#endif
