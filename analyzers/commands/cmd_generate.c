/* toilmeter generate: a year of a plausible company, with the truth beside it; and reports compared with that truth. */
#include <stddef.h>
#include <stdio.h>

#include "command.h"
#include "generate/generate.h"

const struct toil_option toil_cmd_generate_options[] = {
    {"out", TOIL_OPTION_TEXT, offsetof(struct gen_options, out), "DIR", NULL, "folder to write; made when absent"},
    {"seed", TOIL_OPTION_INT, offsetof(struct gen_options, seed), "N", NULL, "another number is another company (1)"},
    {"start", TOIL_OPTION_TEXT, offsetof(struct gen_options, start), "DATE", NULL,
     "the Monday on which it begins (2025-10-06)"},
    {"days", TOIL_OPTION_INT, offsetof(struct gen_options, days), "N", NULL,
     "how long it lives: whole sprints of 14 days (364)"},
    {"components", TOIL_OPTION_INT, offsetof(struct gen_options, components), "N", NULL, "components (40)"},
    {"people", TOIL_OPTION_INT, offsetof(struct gen_options, people), "N", NULL, "people in its eight teams (30)"},
    {"scale", TOIL_OPTION_INT, offsetof(struct gen_options, scale), "N", NULL,
     "so many times the events of machines: restarts, rebalances, measurements (1)"},
    {"check", TOIL_OPTION_TEXT, offsetof(struct gen_options, check), "DIR", NULL,
     "compare reports with the truth of this folder instead"},
    {"hours", TOIL_OPTION_TEXT, offsetof(struct gen_options, hours), "FILE", NULL,
     "with --check: report hours --format json"},
    {"sprints", TOIL_OPTION_TEXT, offsetof(struct gen_options, sprints), "FILE", NULL,
     "with --check: report hours --by sprint --format json"},
    {"tickets", TOIL_OPTION_TEXT, offsetof(struct gen_options, tickets), "FILE", NULL,
     "with --check: report tickets --format json"},
    {"links", TOIL_OPTION_TEXT, offsetof(struct gen_options, links), "FILE", NULL,
     "with --check: report links --format json"},
    {0},
};

static enum toil_exit compare(const struct toil_context *context, const struct gen_options *options)
{
    struct toil_error err;
    bool agree = false;
    if (gen_check(options, &agree, &err) != TOIL_OK)
        return toil_command_failed(context, &err);
    return agree ? TOIL_EXIT_DONE : TOIL_EXIT_NO;
}

enum toil_exit toil_cmd_generate(struct toil_context *context, int argc, char **argv)
{
    struct gen_options options;
    struct toil_error err;
    int positional;
    gen_options_init(&options);
    if (!toil_command_parse(context, toil_cmd_generate_options, &options, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional > 0)
        return toil_command_usage(context, "unexpected argument \"%.64s\"", argv[1]);
    if (options.check)
        return compare(context, &options);
    if (!options.out)
        return toil_command_usage(context, "--out DIR is missing");
    if (gen_generate(&options, &err) != TOIL_OK)
        return toil_command_failed(context, &err);
    if (!context->quiet)
        fprintf(stderr, "toilmeter generate: wrote %s: events by topic, catalog.yaml, toilmeterd.yaml, truth.json\n",
                options.out);
    return TOIL_EXIT_DONE;
}
