/* Charts that several reports draw: rows of their own table as bars, items by effort and cost, the lag curve of a link.
 */
#ifndef TOIL_REPORT_CHARTS_H
#define TOIL_REPORT_CHARTS_H

#include "chart.h"
#include "report_link.h"

/* Bars made from the rows of a report that are there already. */
struct toil_row_bars {
    const char *title, *alternative, *unit;
    const char *label; /* key of the column that names a row */
    /* Keys of columns of numbers, counts or estimates, whose bars go on where the one before ends; NULL ends them. */
    const char *value[3], *name[2];
    double scale; /* what values are multiplied with; 0: 1 */
    size_t most;  /* so many rows at most, the first ones */
};
/* Rows that sum others up, that only machines read, or that lack the first value are left out; nothing is drawn of
 * fewer than two. NULL then. */
struct toil_chart *toil_report_chart_rows(struct toil_report *report, const struct toil_row_bars *bars);

/* An item on the plane of effort and cost. */
struct toil_item_point {
    const char *id;
    double effort;             /* hours */
    struct toil_estimate cost; /* of delay */
};
/* What lies high and to the left comes first. Nothing is drawn of fewer than two. */
void toil_report_chart_items(struct toil_report *report, const struct toil_item_point *point, size_t count);

/* Tickets by lag behind the failures of a link, seen and expected; left of 0, before the failure, stands the placebo:
 * nothing can cause what came before it. curve: rows of show_component_curve, of the link's component. */
void toil_report_chart_link(struct toil_report *report, const struct toil_result *links, size_t link,
                            const struct toil_result *curve);

#endif
