/* Reports from the fixed history of tests/golden/runs.sql in a private database, for tests. */
#ifndef TESTS_LIB_REPORTS_H
#define TESTS_LIB_REPORTS_H

#include <cjson/cJSON.h>

#include "analyzers/reports/report_kind.h"
#include "support/lib_model.h"
#include "support/lib_pg.h"

extern struct pg_server *reports_server;
extern struct toil_db *reports_db;
extern struct toil_error reports_err; /* of the last that failed */

/* .init and .fini of a suite: a server with the history in it. */
void reports_setup(void);
void reports_teardown(void);

enum toil_status reports_try_build(const char *name, const struct toil_report_options *options,
                                   struct toil_report *into);
/* Run 1 unless the options name another. Aborts the test when it fails. Owned by the caller. */
struct toil_report *reports_build(const char *name, struct toil_report_options options);
/* As JSON; takes the report. Owned by the caller. */
cJSON *reports_json(struct toil_report *report);

/* Borrowed from root; abort the test where there is none. period: NULL for any. part: "low", ...; NULL: bare. */
const cJSON *reports_rows(const cJSON *root);
const cJSON *reports_row(const cJSON *root, const char *component, const char *period);
double reports_number(const cJSON *row, const char *key, const char *part);

/* Compares every format with tests/golden/NAME.*; takes the report. */
void reports_check_formats(struct toil_report *report, const char *name);

#endif
