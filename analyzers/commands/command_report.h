/* The frame of every command that builds a report from a run and shows it. */
#ifndef TOIL_COMMAND_REPORT_H
#define TOIL_COMMAND_REPORT_H

#include "command.h"
#include "command_output.h"
#include "reports/report_kind.h"

/* What such a command's options are parsed into, and their rows. */
struct toil_command_report {
    struct toil_report_options what;
    struct toil_output_options how;
};
#define TOIL_RUN_OPTION_ROW                                                                                            \
    {                                                                                                                  \
        "run", TOIL_OPTION_TEXT, offsetof(struct toil_command_report, what.run), "ID", NULL,                           \
            "the run; the latest by default"                                                                           \
    }

/* The row of a table of reports that was typed; an error names what is near, or all. `what`: "report". */
enum toil_status toil_command_find_report(const struct toil_report_kind *table, const char *what, const char *name,
                                          const struct toil_report_kind **out, struct toil_error *err) TOIL_MUST_CHECK;

/* Builds, shows, says what failed. name: in the report's frame ("show-ticket"); words: how to say it again ("show
 * ticket"); subject: what was typed behind them, NULL when the report has none. */
enum toil_exit toil_command_report(struct toil_context *context, const struct toil_report_kind *kind, const char *name,
                                   const char *words, const char *subject, struct toil_command_report *command);

#endif
