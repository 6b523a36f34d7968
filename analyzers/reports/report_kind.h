/* The reports there are, and how one is built: the tables behind `toilmeter report`, `toilmeter show` and the commands
 * that are a report of their own. */
#ifndef TOIL_REPORT_KIND_H
#define TOIL_REPORT_KIND_H

#include "report_scope.h"

/* What a report is about, which is typed behind its name. */
enum toil_subject {
    TOIL_SUBJECT_NONE,
    TOIL_SUBJECT_ITEM,      /* scope->item */
    TOIL_SUBJECT_COMPONENT, /* options->component */
    TOIL_SUBJECT_TICKET,    /* options->subject: the build function looks for it */
};

typedef enum toil_status (*toil_report_build_fn)(struct toil_scope *scope, struct toil_error *err);
struct toil_report_kind {
    const char *name;
    enum toil_subject subject;
    const char *question;
    toil_report_build_fn build;
};
/* Ended by a row with name NULL: `toilmeter report`, and `toilmeter show`. */
extern const struct toil_report_kind toil_report_kinds[], toil_show_kinds[];

/* The row of such a table with that name; NULL. */
const struct toil_report_kind *toil_report_kind_find(const struct toil_report_kind *table, const char *name);
/* "ITEM": what stands behind the name on a command line; NULL when nothing does. */
const char *toil_subject_title(enum toil_subject subject);
/* Puts what was typed behind the name into the options. */
void toil_subject_set(enum toil_subject subject, const char *typed, struct toil_report_options *options);

/* Fills an empty report from a run. The schema must have been checked. */
enum toil_status toil_report_build(struct toil_db *db, const struct toil_report_kind *kind,
                                   const struct toil_report_options *options, struct toil_report *report,
                                   struct toil_error *err) TOIL_MUST_CHECK;

/* Builds a report from the same scope beside the one that is being built, which
 * tells its queries in --explain, too. *out: owned, even when it failed. */
enum toil_status toil_report_build_kind_beside(struct toil_scope *scope, const struct toil_report_kind *kind,
                                               struct toil_report **out, struct toil_error *err) TOIL_MUST_CHECK;
/* The same of toil_report_kinds, by its name. */
enum toil_status toil_report_build_beside(struct toil_scope *scope, const char *name, struct toil_report **out,
                                          struct toil_error *err) TOIL_MUST_CHECK;

#define TOIL_REPORT(name, subject, question)                                                                           \
    enum toil_status toil_report_build_##name(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;
#include "reports.def"
#undef TOIL_REPORT

#endif
