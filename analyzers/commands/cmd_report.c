/* toilmeter report: finds the report in its table, builds it from a run, shows it. */
#include <stdio.h>

#include "command_report.h"

static const char *const periods[] = {"sprint", "week", "month", NULL};

const struct toil_option toil_cmd_report_options[] = {
    TOIL_RUN_OPTION_ROW,
    {"from", TOIL_OPTION_TEXT, offsetof(struct toil_command_report, what.from), "TIME", NULL,
     "from this date (in the catalog's zone) or RFC 3339 time on"},
    {"to", TOIL_OPTION_TEXT, offsetof(struct toil_command_report, what.to), "TIME", NULL,
     "up to this date or time, which does not count any more"},
    {"by", TOIL_OPTION_TEXT, offsetof(struct toil_command_report, what.by), "PERIOD", periods, "a row for each period"},
    {"team", TOIL_OPTION_TEXT, offsetof(struct toil_command_report, what.team), "NAME", NULL,
     "components of this team"},
    {"component", TOIL_OPTION_TEXT, offsetof(struct toil_command_report, what.component), "NAME", NULL,
     "this component alone"},
    TOIL_OUTPUT_OPTION_ROWS(struct toil_command_report, how),
    {0},
};

static void list_reports(void)
{
    fputs("the reports and what they answer:\n", stderr);
    for (const struct toil_report_kind *kind = toil_report_kinds; kind->name; kind++) {
        const char *subject = toil_subject_title(kind->subject);
        fprintf(stderr, "  %-8s %-4s  %s\n", kind->name, subject ? subject : "", kind->question);
    }
}

enum toil_exit toil_cmd_report(struct toil_context *context, int argc, char **argv)
{
    struct toil_command_report command = {.how = TOIL_OUTPUT_INIT};
    struct toil_error err;
    const struct toil_report_kind *kind;
    int positional;
    if (!toil_command_parse(context, toil_cmd_report_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional == 0) {
        enum toil_exit status = toil_command_usage(context, "expected the name of a report");
        list_reports();
        return status;
    }
    if (toil_command_find_report(toil_report_kinds, "report", argv[1], &kind, &err) != TOIL_OK)
        return toil_command_failed(context, &err);
    const char *subject = toil_subject_title(kind->subject);
    int expected = subject ? 2 : 1;
    if (positional != expected)
        return toil_command_usage(context, subject ? "expected report %s %s" : "report %s takes no name behind it%s",
                                  kind->name, subject ? subject : "");
    char words[64];
    snprintf(words, sizeof words, "report %s", kind->name);
    return toil_command_report(context, kind, kind->name, words, subject ? argv[2] : NULL, &command);
}
