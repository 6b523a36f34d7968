/* Between the files that draw charts. */
#ifndef TOIL_SVG_PARTS_H
#define TOIL_SVG_PARTS_H

#include "reports/chart.h"

/* In units of the view box; a chart of rows is as high as its rows need. */
#define TOIL_SVG_WIDTH     720.0
#define TOIL_SVG_HEIGHT    300.0
#define TOIL_SVG_LEFT      64.0
#define TOIL_SVG_RIGHT     24.0
#define TOIL_SVG_TOP       30.0
#define TOIL_SVG_BOTTOM    52.0
#define TOIL_SVG_Y_TICKS   5
#define TOIL_SVG_COLOURS   4
#define TOIL_SVG_CHARACTER 6.6 /* width of one at 12 pixels, about */

struct toil_svg_scale {
    double low, high; /* of the values */
    double from, to;  /* of the drawing */
};

struct toil_svg_drawing {
    const struct toil_chart *chart;
    struct toil_svg_scale x, y;
    struct toil_buf *out;
};

double toil_svg_place(const struct toil_svg_scale *scale, double value);
/* Widens the scale to hold a value, if that is finite. */
void toil_svg_include(struct toil_svg_scale *scale, double value);
/* 1, 2 or 5 times a power of ten that gives about so many steps. */
double toil_svg_step(double range, int steps);
/* A number at a tick, with the decimals that its step needs. */
void toil_svg_tick(double value, double step, struct toil_buf *out);
/* anchor: start, middle, end; class: "" for none; text is escaped. */
void toil_svg_text(struct toil_svg_drawing *drawing, double x, double y, const char *anchor, const char *class,
                   const char *text);
void toil_svg_line(struct toil_svg_drawing *drawing, double x1, double y1, double x2, double y2, const char *class);
/* Shapes by colour: circle, square, diamond, triangle. */
void toil_svg_shape(struct toil_svg_drawing *drawing, double x, double y, size_t colour);
/* Names of series, and what x is, at this height; one series alone is what the axis says. */
void toil_svg_legend(struct toil_svg_drawing *drawing, double y);

/* ---- svg_rows.c ---- */

double toil_svg_rows_height(const struct toil_chart *chart);
void toil_svg_draw_rows(struct toil_svg_drawing *drawing);

#endif
