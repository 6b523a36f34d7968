/* A text made of a run: headings, paragraphs, lists and charts, in which every number stands on a row of evidence.
 *
 * It lies over a report: the report's rows are the evidence, in the order E1, E2, ... A renderer shows both, so that a
 * reader gets from a number to the row, and from the row to the command that prints it again. Texts are copied into the
 * report; they are plain text, whatever they hold. */
#ifndef TOIL_DOCUMENT_H
#define TOIL_DOCUMENT_H

#include "chart.h"

enum toil_part_kind {
    TOIL_PART_TEXT,
    TOIL_PART_STRONG,
    TOIL_PART_CODE,
    TOIL_PART_NUMBER, /* a number with its unit; `evidence` is the row that it stands on */
};
struct toil_document_part {
    enum toil_part_kind kind;
    const char *text;
    const char *range; /* NUMBER: "17.1 to 22.4"; "" when it has none */
    const char *grade; /* NUMBER: "A"; "" for what was counted */
    size_t evidence;   /* NUMBER */
};

enum toil_block_kind {
    TOIL_BLOCK_TITLE,
    TOIL_BLOCK_HEADING,
    TOIL_BLOCK_PARAGRAPH,
    TOIL_BLOCK_BULLET,   /* bullets that follow each other are one list */
    TOIL_BLOCK_CODE,     /* lines of a shell */
    TOIL_BLOCK_CHART,    /* drawn, or as a line of bars where a format cannot draw */
    TOIL_BLOCK_EVIDENCE, /* the table of the report's rows */
};
struct toil_block {
    enum toil_block_kind kind;
    struct toil_document_part *part; /* owned */
    size_t part_count;
    const struct toil_chart *chart; /* CHART: borrowed from a report that the document owns */
};

struct toil_document {
    struct toil_report *report; /* owned */
    const char *subject;        /* what it is about, as it was typed: the id of an item */
    struct toil_block *block;   /* owned */
    size_t block_count;
    struct toil_report **source; /* owned: reports that it was made of */
    size_t source_count;
    size_t evidence_column[5]; /* of the report, in the order of enum toil_evidence_column */
};

/* Columns of the evidence: a contract of the JSON. */
enum toil_evidence_column {
    TOIL_EVIDENCE_ID,    /* evidence: "E1" */
    TOIL_EVIDENCE_ABOUT, /* about: "manual hours a sprint" */
    TOIL_EVIDENCE_COUNT, /* count: what was counted; null otherwise */
    TOIL_EVIDENCE_VALUE, /* estimate: what was estimated; null otherwise */
    TOIL_EVIDENCE_FROM,  /* command: prints it again */
};

/* report: empty, taken. subject: copied. */
struct toil_document *toil_document_new(struct toil_report *report, const char *subject);
void toil_document_free(struct toil_document *document);
/* Keeps a report alive as long as the document; takes it. */
void toil_document_own(struct toil_document *document, struct toil_report *source);

/* A new row of evidence; its index, for toil_document_number. */
size_t toil_document_evidence(struct toil_document *document, const char *about, const struct toil_estimate *estimate,
                              const char *command);
size_t toil_document_counted(struct toil_document *document, const char *about, int64_t count, const char *command);
/* The row of evidence about that, told before; SIZE_MAX. */
size_t toil_document_find(const struct toil_document *document, const char *about);

/* A new last block; parts are added to it. TITLE, HEADING and CODE take their text at once, the others may be NULL. */
void toil_document_add(struct toil_document *document, enum toil_block_kind kind, const char *text);
/* chart: of a report that was given to toil_document_own. */
void toil_document_chart(struct toil_document *document, const struct toil_chart *chart);
void toil_document_text(struct toil_document *document, const char *fmt, ...) TOIL_PRINTF(2, 3);
void toil_document_strong(struct toil_document *document, const char *text);
void toil_document_code(struct toil_document *document, const char *text);
/* "19.6" and `words` ("hours a sprint"), rounded as its interval supports; `most`: decimals at most. */
void toil_document_number(struct toil_document *document, size_t evidence, int most, const char *words);

/* "td-1-e1": names a row of evidence within a page, made of letters, digits and hyphens only. */
void toil_document_anchor(const struct toil_document *document, size_t evidence, struct toil_buf *out);
/* The words of a block without any markup, numbers as "19.6 hours a sprint (17.1 to 22.4, grade A, E1)". */
void toil_document_plain(const struct toil_document *document, const struct toil_block *block, struct toil_buf *out);

#endif
