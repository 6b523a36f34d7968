/* What was analysed: the list of runs, one run, and what differs between two. They build the same report model as the
 * reports do, so every format shows them. */
#ifndef TOIL_REPORT_RUNS_H
#define TOIL_REPORT_RUNS_H

#include "report_scope.h"

/* `report` is filled; db borrowed. No run at all is an answer here, not an error. */
enum toil_status toil_runs_list(struct toil_db *db, struct toil_report *report, struct toil_error *err) TOIL_MUST_CHECK;
/* id, a, b: as typed. TOIL_BAD_INPUT when there is no such run. */
enum toil_status toil_runs_show(struct toil_db *db, const char *id, struct toil_report *report,
                                struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_runs_diff(struct toil_db *db, const char *a, const char *b, struct toil_report *report,
                                struct toil_error *err) TOIL_MUST_CHECK;

#endif
