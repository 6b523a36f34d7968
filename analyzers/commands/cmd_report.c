/* toilmeter report: finds the report in its table, builds it from a run, shows it. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "command_output.h"
#include "reports/report_scope.h"
#include "toilmeter/store.h"
#include "toilmeter/yaml.h"

struct report_command {
    struct toil_report_options what;
    struct toil_output_options how;
};

static const char *const periods[] = {"sprint", "week", "month", NULL};

const struct toil_option toil_cmd_report_options[] = {
    {"run", TOIL_OPTION_TEXT, offsetof(struct report_command, what.run), "ID", NULL, "the run; the latest by default"},
    {"from", TOIL_OPTION_TEXT, offsetof(struct report_command, what.from), "TIME", NULL,
     "from this date (in the catalog's zone) or RFC 3339 time on"},
    {"to", TOIL_OPTION_TEXT, offsetof(struct report_command, what.to), "TIME", NULL,
     "up to this date or time, which does not count any more"},
    {"by", TOIL_OPTION_TEXT, offsetof(struct report_command, what.by), "PERIOD", periods, "a row for each period"},
    {"team", TOIL_OPTION_TEXT, offsetof(struct report_command, what.team), "NAME", NULL, "components of this team"},
    {"component", TOIL_OPTION_TEXT, offsetof(struct report_command, what.component), "NAME", NULL,
     "this component alone"},
    TOIL_OUTPUT_OPTION_ROWS(struct report_command, how),
    {0},
};

static enum toil_status unknown_report(const char *name, struct toil_error *err)
{
    struct toil_buf all = TOIL_BUF_INIT;
    const char *names[32] = {0};
    size_t count = 0;
    for (const struct toil_report_kind *kind = toil_report_kinds; kind->name && count < 31; kind++) {
        toil_buf_printf(&all, "%s%s", count ? ", " : "", kind->name);
        names[count++] = kind->name;
    }
    const char *near = toil_nearest(name, names);
    toil_error_set(err, TOIL_BAD_INPUT, "there is no report \"%.64s\"", name);
    if (near)
        toil_error_hint(err, "did you mean %s? There are: %s", near, all.data);
    else
        toil_error_hint(err, "there are: %s", all.data);
    toil_buf_release(&all);
    return TOIL_BAD_INPUT;
}

static enum toil_status find_report(const char *name, const struct toil_report_kind **out, struct toil_error *err)
{
    for (*out = toil_report_kinds; (*out)->name; (*out)++)
        if (strcmp((*out)->name, name) == 0)
            return TOIL_OK;
    return unknown_report(name, err);
}

static enum toil_status build(struct toil_db *db, const struct toil_report_kind *kind,
                              const struct toil_report_options *options, struct toil_report *report,
                              struct toil_error *err)
{
    struct toil_scope scope;
    enum toil_status status = toil_store_check_schema(db, err);
    if (status == TOIL_OK)
        status = toil_scope_open(db, options, report, &scope, err);
    if (status != TOIL_OK)
        return status;
    status = kind->build(&scope, err);
    toil_scope_release(&scope);
    return status;
}

static void list_reports(void)
{
    fputs("the reports and what they answer:\n", stderr);
    for (const struct toil_report_kind *kind = toil_report_kinds; kind->name; kind++)
        fprintf(stderr, "  %-8s  %s\n", kind->name, kind->question);
}

enum toil_exit toil_cmd_report(struct toil_context *context, int argc, char **argv)
{
    struct report_command command = {.how = TOIL_OUTPUT_INIT};
    struct toil_error err;
    const struct toil_report_kind *kind;
    struct toil_db *db = NULL;
    int positional;
    if (!toil_command_parse(context, toil_cmd_report_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional != 1) {
        enum toil_exit status = toil_command_usage(context, "expected one name of a report");
        list_reports();
        return status;
    }
    enum toil_status status = find_report(argv[1], &kind, &err);
    if (status == TOIL_OK)
        status = toil_output_check(&command.how, &err);
    if (status == TOIL_OK)
        status = toil_command_connect(context, &db, &err);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    char again[64];
    snprintf(again, sizeof again, "report %s", kind->name);
    command.what.command = again;
    struct toil_report *report = toil_report_new(kind->name, kind->question);
    status = build(db, kind, &command.what, report, &err);
    if (status == TOIL_OK)
        status = toil_output_write(report, &command.how, &err);
    toil_report_free(report);
    toil_db_close(db);
    return status == TOIL_OK ? TOIL_EXIT_DONE : toil_command_failed(context, &err);
}
