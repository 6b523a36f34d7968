/* toilmeter show: drills down to one ticket, component or item of a run. */
#include <stdio.h>

#include "command_report.h"

const struct toil_option toil_cmd_show_options[] = {
    TOIL_RUN_OPTION_ROW,
    TOIL_OUTPUT_OPTION_ROWS(struct toil_command_report, how),
    {0},
};

static enum toil_exit usage(const struct toil_context *context)
{
    struct toil_buf all = TOIL_BUF_INIT;
    for (const struct toil_report_kind *kind = toil_show_kinds; kind->name; kind++)
        toil_buf_printf(&all, "%s%s %s", kind == toil_show_kinds ? "" : ", or ", kind->name,
                        toil_subject_title(kind->subject));
    enum toil_exit status = toil_command_usage(context, "expected %s", all.data);
    toil_buf_release(&all);
    return status;
}

enum toil_exit toil_cmd_show(struct toil_context *context, int argc, char **argv)
{
    struct toil_command_report command = {.how = TOIL_OUTPUT_INIT};
    struct toil_error err;
    const struct toil_report_kind *kind;
    int positional;
    if (!toil_command_parse(context, toil_cmd_show_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional != 2)
        return usage(context);
    if (toil_command_find_report(toil_show_kinds, "drill-down", argv[1], &kind, &err) != TOIL_OK)
        return toil_command_failed(context, &err);
    char words[32], name[32];
    snprintf(words, sizeof words, "show %s", kind->name);
    snprintf(name, sizeof name, "show-%s", kind->name);
    return toil_command_report(context, kind, name, words, argv[2], &command);
}
