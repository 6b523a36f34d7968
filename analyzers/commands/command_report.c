/* Builds a report and shows it: what report, show and plan have in common. */
#include "command_report.h"

#include "toilmeter/store.h"
#include "toilmeter/yaml.h"

enum toil_status toil_command_find_report(const struct toil_report_kind *table, const char *what, const char *name,
                                          const struct toil_report_kind **out, struct toil_error *err)
{
    *out = toil_report_kind_find(table, name);
    if (*out)
        return TOIL_OK;
    struct toil_buf all = TOIL_BUF_INIT;
    const char *names[32] = {0};
    size_t count = 0;
    for (const struct toil_report_kind *kind = table; kind->name && count < 31; kind++) {
        toil_buf_printf(&all, "%s%s", count ? ", " : "", kind->name);
        names[count++] = kind->name;
    }
    const char *near = toil_nearest(name, names);
    toil_error_set(err, TOIL_BAD_INPUT, "there is no %s \"%.64s\"", what, name);
    if (near)
        toil_error_hint(err, "did you mean %s? There are: %s", near, all.data);
    else
        toil_error_hint(err, "there are: %s", all.data);
    toil_buf_release(&all);
    return TOIL_BAD_INPUT;
}

enum toil_exit toil_command_report(struct toil_context *context, const struct toil_report_kind *kind, const char *name,
                                   const char *words, const char *subject, struct toil_command_report *command)
{
    struct toil_error err;
    struct toil_db *db = NULL;
    enum toil_status status = toil_output_check(&command->how, &err);
    if (status == TOIL_OK)
        status = toil_command_connect(context, &db, &err);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    command->what.command = words;
    command->what.people = toil_output_for_people(&command->how);
    toil_subject_set(kind->subject, subject, &command->what);
    struct toil_report *report = toil_report_new(name, kind->question);
    status = toil_store_check_schema(db, &err);
    if (status == TOIL_OK)
        status = toil_report_build(db, kind, &command->what, report, &err);
    if (status == TOIL_OK)
        status = toil_output_write(report, &command->how, &err);
    bool negative = report->negative;
    toil_report_free(report);
    toil_db_close(db);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    return negative ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}
