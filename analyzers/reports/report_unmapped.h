/* Raw names that no rule matches: the names of all events against a catalog, as families with the rules that would
 * catch them. About the event tables, not about a run: it works before the first `toilmeter analyze`. */
#ifndef TOIL_REPORT_UNMAPPED_H
#define TOIL_REPORT_UNMAPPED_H

#include "catalog/catalog.h"
#include "report.h"
#include "toilmeter/db.h"

struct toil_unmapped_options {
    const struct toil_catalog *catalog; /* borrowed: whose rules are tried */
    const char *file;                   /* where it came from; NULL: the database */
    int64_t catalog_id;                 /* of the one in force; 0 when none was applied, or for a file */
    const char *from, *to;              /* as typed, NULL: all; a date in the catalog's zone, or RFC 3339 */
    size_t top;                         /* families in the block to copy; SIZE_MAX: as many as the table, 0: all */
};

/* Fills an empty report. yaml: NULL, else the block is appended that would be copied, with all families unless `top`
 * says how many. Names are read into memory, the most frequent 100,000: those behind them are counted, and the report
 * says so. Needs the right to read event tables (toilmeter_reader has it). */
enum toil_status toil_unmapped_build(struct toil_db *db, const struct toil_unmapped_options *options,
                                     struct toil_report *report, struct toil_buf *yaml,
                                     struct toil_error *err) TOIL_MUST_CHECK;

#endif
