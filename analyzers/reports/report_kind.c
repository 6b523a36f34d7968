/* The table of the reports, and the one way to build one of them. */
#include "report_kind.h"

#include <string.h>

const struct toil_report_kind toil_report_kinds[] = {
#define TOIL_REPORT(name, subject, question) {#name, TOIL_SUBJECT_##subject, question, toil_report_build_##name},
#include "reports.def"
#undef TOIL_REPORT
    {NULL, TOIL_SUBJECT_NONE, NULL, NULL},
};

const struct toil_report_kind *toil_report_kind_find(const struct toil_report_kind *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

const char *toil_subject_title(enum toil_subject subject)
{
    static const char *const titles[] = {
        [TOIL_SUBJECT_ITEM] = "ITEM", [TOIL_SUBJECT_COMPONENT] = "NAME", [TOIL_SUBJECT_TICKET] = "ID"};
    return subject == TOIL_SUBJECT_NONE ? NULL : titles[subject];
}

void toil_subject_set(enum toil_subject subject, const char *typed, struct toil_report_options *options)
{
    options->subject = typed;
    if (subject == TOIL_SUBJECT_ITEM)
        options->item = typed;
    if (subject == TOIL_SUBJECT_COMPONENT)
        options->component = typed;
}

enum toil_status toil_report_build(struct toil_db *db, const struct toil_report_kind *kind,
                                   const struct toil_report_options *options, struct toil_report *report,
                                   struct toil_error *err)
{
    struct toil_scope scope;
    enum toil_status status = toil_scope_open(db, options, report, &scope, err);
    if (status != TOIL_OK)
        return status;
    status = kind->build(&scope, err);
    toil_scope_release(&scope);
    return status;
}

enum toil_status toil_report_build_kind_beside(struct toil_scope *scope, const struct toil_report_kind *kind,
                                               struct toil_report **out, struct toil_error *err)
{
    struct toil_scope beside = *scope;
    struct toil_report_options options = *scope->options;
    options.people = false; /* who builds it takes what it needs */
    beside.options = &options;
    *out = beside.report = toil_report_new(kind->name, kind->question);
    beside.report->run = scope->report->run;
    enum toil_status status = kind->build(&beside, err);
    for (size_t i = 0; i < beside.report->query_count; i++) {
        const struct toil_explained *query = &beside.report->query[i];
        toil_report_explain_query(scope->report, query->name, query->sql, query->param, query->param_count);
    }
    return status;
}

enum toil_status toil_report_build_beside(struct toil_scope *scope, const char *name, struct toil_report **out,
                                          struct toil_error *err)
{
    const struct toil_report_kind *kind = toil_report_kind_find(toil_report_kinds, name);
    *out = NULL;
    if (!kind)
        return toil_error_set(err, TOIL_BAD_INPUT, "there is no report \"%s\"", name);
    return toil_report_build_kind_beside(scope, kind, out, err);
}
