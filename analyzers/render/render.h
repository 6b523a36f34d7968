/* Renderers: a report model to text, markdown, JSON, CSV or HTML. Pure: no SQL, no clock, no terminal; what they need
 * of the outside stands in the options. Rendering cannot fail. */
#ifndef TOIL_RENDER_H
#define TOIL_RENDER_H

#include "reports/report_numbers.h"

struct toil_render_options {
    int width;    /* columns of text output; less than 40 counts as 40 */
    bool colour;  /* text only: bold and faint by ANSI sequences */
    bool explain; /* show the queries and the arithmetic too; CSV has no place for them */
    size_t top;   /* rows that people see in each group: SIZE_MAX takes the report's own, 0 is all */
};

struct toil_renderer {
    const char *name; /* as in --format */
    void (*render)(const struct toil_report *report, const struct toil_render_options *options, struct toil_buf *out);
};

extern const struct toil_renderer toil_renderers[]; /* ended by a row with name NULL */
extern const char *const toil_format_names[];       /* the same names, NULL-terminated, for option tables */
/* NULL when no renderer has that name. */
const struct toil_renderer *toil_renderer_find(const char *name);

void toil_render_text(const struct toil_report *, const struct toil_render_options *, struct toil_buf *out);
void toil_render_markdown(const struct toil_report *, const struct toil_render_options *, struct toil_buf *out);
void toil_render_json(const struct toil_report *, const struct toil_render_options *, struct toil_buf *out);
void toil_render_csv(const struct toil_report *, const struct toil_render_options *, struct toil_buf *out);
void toil_render_html(const struct toil_report *, const struct toil_render_options *, struct toil_buf *out);

/* Everything of a page before its first element and behind its last, style included; the title is escaped. */
void toil_html_begin(struct toil_buf *out, const char *title);
void toil_html_end(struct toil_buf *out);

/* The width of UTF-8 text on a terminal: 0 for combining marks, 2 for East Asian wide characters and emoji. */
size_t toil_text_width(const char *text);
/* Appends the text on one line and harmless: control characters and direction overrides become blanks. */
void toil_text_add_line(struct toil_buf *out, const char *text);
/* As above, cut to `width` columns with an ellipsis where it is longer. Returns the width that it takes. */
size_t toil_text_add_cut(struct toil_buf *out, const char *text, size_t width);

/* A cell for people, in up to three parts; each empty when it has nothing to say. Release with toil_shown_release. */
struct toil_shown {
    struct toil_buf value; /* "512", "queue-balancer"; empty for null */
    struct toil_buf range; /* "480-560" with an en dash, "from 12", "up to 40" */
    const char *grade;     /* "A", or "" */
    const char *why;       /* borrowed from the report; NULL when there is nothing to say */
    int decimals;          /* digits after the point, for aligning */
};
void toil_cell_show(const struct toil_column *column, const struct toil_report_cell *cell, struct toil_shown *out);
/* The same for people, where `previous` is the row that they see above it, SIZE_MAX when there is none: a column that
 * is said once is empty where it repeats. */
void toil_row_show(const struct toil_report *report, size_t row, size_t previous, size_t column,
                   struct toil_shown *out);
void toil_shown_release(struct toil_shown *shown);
/* Title of the second part: "95% interval" or "range"; NULL when no row of the column has one: a
 * bound on one side is for the report's notes to tell, and no row shows it then. */
const char *toil_column_range_title(const struct toil_report *report, size_t column, char room[32]);
/* "73 more rows with 4.1% of the hours are not shown ..."; appends nothing when none is left out. */
void toil_left_out_add(struct toil_buf *out, const struct toil_report *report, size_t left_out, double weight);

#endif
