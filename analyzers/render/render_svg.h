/* A chart as SVG within a page: no script, colours by the page's custom properties so that light and dark both work,
 * told apart without colour by dashes and shapes, and a title and description for who does not see it. Pure. */
#ifndef TOIL_RENDER_SVG_H
#define TOIL_RENDER_SVG_H

#include "reports/chart.h"

/* A figure element with caption, SVG, and the alternative in words. id: unique within the page, letters and digits. */
void toil_svg_add_figure(struct toil_buf *out, const struct toil_chart *chart, const char *id);
/* What a page's style must have for it. */
extern const char toil_svg_style[];

/* The first series as one line of eight heights, for text and Markdown: "▁▃▅█". Empty where there are fewer than 4
 * values, they are not in order of x, or rows are what the chart shows. */
void toil_sparkline_add(struct toil_buf *out, const struct toil_chart *chart);
/* A paragraph: title, sparkline, alternative. No tracker draws SVG that stands in its text. */
void toil_markdown_add_chart(struct toil_buf *out, const struct toil_chart *chart);

#endif
