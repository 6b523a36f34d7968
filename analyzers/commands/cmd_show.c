/* toilmeter show: drills down to one ticket or one component of a run. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "command_output.h"
#include "reports/report_show.h"
#include "toilmeter/store.h"
#include "toilmeter/yaml.h"

struct show_command {
    struct toil_report_options what;
    struct toil_output_options how;
};

const struct toil_option toil_cmd_show_options[] = {
    {"run", TOIL_OPTION_TEXT, offsetof(struct show_command, what.run), "ID", NULL, "the run; the latest by default"},
    TOIL_OUTPUT_OPTION_ROWS(struct show_command, how),
    {0},
};

static enum toil_status find_kind(const char *name, const struct toil_show_kind **out, struct toil_error *err)
{
    const char *names[8] = {0};
    size_t count = 0;
    for (*out = toil_show_kinds; (*out)->name; (*out)++) {
        if (strcmp((*out)->name, name) == 0)
            return TOIL_OK;
        if (count < 7)
            names[count++] = (*out)->name;
    }
    const char *near = toil_nearest(name, names);
    toil_error_set(err, TOIL_BAD_INPUT, "there is no \"%.64s\" to show", name);
    toil_error_hint(err, "%s%s%sshow ticket ID, or show component NAME", near ? "did you mean " : "", near ? near : "",
                    near ? "? " : "");
    return TOIL_BAD_INPUT;
}

static enum toil_status build(struct toil_db *db, const struct toil_show_kind *kind,
                              const struct toil_report_options *options, struct toil_report *report,
                              struct toil_error *err)
{
    struct toil_scope scope;
    enum toil_status status = toil_store_check_schema(db, err);
    if (status == TOIL_OK)
        status = toil_scope_open(db, options, report, &scope, err);
    if (status != TOIL_OK)
        return status;
    status = kind->build(&scope, options->subject, err);
    toil_scope_release(&scope);
    return status;
}

enum toil_exit toil_cmd_show(struct toil_context *context, int argc, char **argv)
{
    struct show_command command = {.how = TOIL_OUTPUT_INIT};
    struct toil_error err;
    const struct toil_show_kind *kind;
    struct toil_db *db = NULL;
    int positional;
    if (!toil_command_parse(context, toil_cmd_show_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional != 2)
        return toil_command_usage(context, "expected ticket ID, or component NAME");
    enum toil_status status = find_kind(argv[1], &kind, &err);
    if (status == TOIL_OK)
        status = toil_output_check(&command.how, &err);
    if (status == TOIL_OK)
        status = toil_command_connect(context, &db, &err);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    char again[32], name[32];
    snprintf(again, sizeof again, "show %s", kind->name);
    snprintf(name, sizeof name, "show-%s", kind->name);
    command.what.command = again;
    command.what.subject = argv[2];
    command.what.component = kind->is_component ? argv[2] : NULL;
    struct toil_report *report = toil_report_new(name, kind->question);
    status = build(db, kind, &command.what, report, &err);
    if (status == TOIL_OK)
        status = toil_output_write(report, &command.how, &err);
    toil_report_free(report);
    toil_db_close(db);
    return status == TOIL_OK ? TOIL_EXIT_DONE : toil_command_failed(context, &err);
}
