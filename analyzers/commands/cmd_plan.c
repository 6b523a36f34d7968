/* toilmeter plan: when the promise of a debt item could be proven. */
#include "command_report.h"
#include "reports/report_plan.h"

const struct toil_option toil_cmd_plan_options[] = {
    TOIL_RUN_OPTION_ROW,
    TOIL_OUTPUT_OPTION_ROWS(struct toil_command_report, how),
    {0},
};

enum toil_exit toil_cmd_plan(struct toil_context *context, int argc, char **argv)
{
    struct toil_command_report command = {.how = TOIL_OUTPUT_INIT};
    int positional;
    if (!toil_command_parse(context, toil_cmd_plan_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional != 1)
        return toil_command_usage(context, "expected one ITEM");
    return toil_command_report(context, &toil_plan_kind, "plan", "plan", argv[1], &command);
}
