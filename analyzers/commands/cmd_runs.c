/* toilmeter runs: what was analysed, with which parameters, and what changed between two runs. */
#include <string.h>

#include "command.h"
#include "command_output.h"
#include "reports/report_runs.h"
#include "toilmeter/store.h"

struct runs_command {
    struct toil_output_options how;
};

const struct toil_option toil_cmd_runs_options[] = {
    TOIL_OUTPUT_OPTION_ROWS(struct runs_command, how),
    {0},
};

static enum toil_status build(struct toil_db *db, int positional, char **argv, struct toil_report *report,
                              struct toil_error *err)
{
    enum toil_status status = toil_store_check_schema(db, err);
    if (status != TOIL_OK)
        return status;
    if (positional == 0)
        return toil_runs_list(db, report, err);
    if (positional == 2)
        return toil_runs_show(db, argv[2], report, err);
    return toil_runs_diff(db, argv[2], argv[3], report, err);
}

static bool is_understood(int positional, char **argv)
{
    return positional == 0 || (positional == 2 && strcmp(argv[1], "show") == 0) ||
           (positional == 3 && strcmp(argv[1], "diff") == 0);
}

enum toil_exit toil_cmd_runs(struct toil_context *context, int argc, char **argv)
{
    struct runs_command command = {.how = TOIL_OUTPUT_INIT};
    struct toil_error err;
    struct toil_db *db = NULL;
    int positional;
    if (!toil_command_parse(context, toil_cmd_runs_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional > 0 && strcmp(argv[1], "diff") == 0 && positional != 3)
        return toil_command_usage(context, "diff compares two runs: diff A B");
    if (!is_understood(positional, argv))
        return toil_command_usage(context, "expected nothing, show ID, or diff A B");
    enum toil_status status = toil_output_check(&command.how, &err);
    if (status == TOIL_OK)
        status = toil_command_connect(context, &db, &err);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    struct toil_report *report = toil_report_new("runs", positional == 3   ? "What changed between two runs, and why?"
                                                         : positional == 2 ? "What was this run made from?"
                                                                           : "What was analysed?");
    status = build(db, positional, argv, report, &err);
    if (status == TOIL_OK)
        status = toil_output_write(report, &command.how, &err);
    toil_report_free(report);
    toil_db_close(db);
    return status == TOIL_OK ? TOIL_EXIT_DONE : toil_command_failed(context, &err);
}
