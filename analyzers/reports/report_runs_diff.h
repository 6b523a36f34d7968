/* What two runs have in common and where they part, between the files that build `runs diff`. */
#ifndef TOIL_REPORT_RUNS_DIFF_H
#define TOIL_REPORT_RUNS_DIFF_H

#include "report_scope.h"

struct toil_runs_two {
    struct toil_scope a, b; /* the earlier and the later as they were asked for; b's report is the one that is built */
    size_t group;           /* of the rows that are being added */
    bool window, watermark, parameters, catalog, events, hours, links, late, version; /* what differs */
    /* The instants that both cover, and the local days that both cover whole, exclusive ends; equal: none. */
    int64_t both_from_us, both_to_us, both_from_day, both_to_day;
};

/* One row. section, what: texts; before, after, why: NULL where there is nothing to say. All are copied. */
void toil_runs_two_add(struct toil_runs_two *two, const char *section, const char *what, const char *before,
                       const char *after, const char *why);

/* Rows of hours, cost, tickets, restarts and rebalances by component where they differ, each with its cause: days that
 * one run alone covers; and within the days that both cover what differs between them: data that came late, parameters,
 * the catalog, the program. Sets two->hours, and two->late where counts
 * show it. What differs otherwise must be known by then. */
enum toil_status toil_runs_two_numbers(struct toil_runs_two *two, struct toil_error *err) TOIL_MUST_CHECK;

#endif
