/* Charts of a report: what is drawn, free of how. A chart says one thing, in its title; its alternative says it in
 * words.
 *
 *   struct toil_chart *chart = toil_report_add_chart(report, "Hours by sprint", "Between 27 and 49 hours a sprint.");
 *   toil_chart_axes(report, chart, TOIL_CHART_DATE, "", "hours a sprint");
 *   toil_chart_add(report, chart, &(struct toil_chart_series){.name = "hours", .style = TOIL_CHART_LINE, .count = n,
 *                                                              .x = day, .y = hours, .low = low, .high = high});
 *   toil_chart_mark(report, chart, true, shipped_day, "shipped");
 *
 * Everything is copied. Values that are not finite are gaps. */
#ifndef TOIL_CHART_H
#define TOIL_CHART_H

#include "report.h"

enum toil_chart_axis {
    TOIL_CHART_NUMBER,
    TOIL_CHART_DATE, /* days since 1970-01-01 */
    TOIL_CHART_ROWS, /* no axis of numbers: a row for each label of the first series, from the top down, y to the right;
                      * the bars of further series go on where the one before ends */
};
enum toil_chart_style {
    TOIL_CHART_LINE,
    TOIL_CHART_DASHED,
    TOIL_CHART_POINTS, /* with labels where there are, intervals as whiskers */
    TOIL_CHART_BARS,   /* from 0 on; with TOIL_CHART_ROWS the only one */
};

struct toil_chart_series {
    const char *name;
    enum toil_chart_style style;
    size_t count;
    const double *x, *y;
    const double *low, *high; /* a band around lines, whiskers at points and rows; NULL: none */
    const char *const *label; /* of points and rows; NULL: none */
};

/* A line across the chart: at a value of x (vertical) or of y. */
struct toil_chart_mark {
    bool vertical;
    double at;
    const char *label;
};

struct toil_chart {
    const char *title, *alternative;
    enum toil_chart_axis axis; /* of x; y is a number, and begins at 0 unless a value lies below */
    const char *x_title, *y_title;
    struct toil_chart_series *series; /* owned, as are their arrays */
    size_t series_count;
    struct toil_chart_mark *mark; /* owned */
    size_t mark_count;
};

#define TOIL_CHART_MOST_ROWS   24   /* that a reader takes in */
#define TOIL_CHART_MOST_POINTS 2000 /* of a series; what is more is not drawn */

/* The chart lives as long as the report, and until the next one is added. */
struct toil_chart *toil_report_add_chart(struct toil_report *report, const char *title, const char *alternative);
void toil_chart_axes(struct toil_report *report, struct toil_chart *chart, enum toil_chart_axis axis,
                     const char *x_title, const char *y_title);
void toil_chart_add(struct toil_report *report, struct toil_chart *chart, const struct toil_chart_series *series);
void toil_chart_mark(struct toil_report *report, struct toil_chart *chart, bool vertical, double at, const char *label);
void toil_chart_release(struct toil_chart *chart);

#endif
