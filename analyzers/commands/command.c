/* What the subcommands share: parsing, messages, help. */
#include "command.h"

#include <stdio.h>
#include <string.h>

const struct toil_option toil_global_options[] = {
    {"db", TOIL_OPTION_TEXT, offsetof(struct toil_context, conninfo), "CONNINFO", NULL,
     "the database, as libpq takes it; by default PG* variables, service file and .pgpass"},
    {"quiet", TOIL_OPTION_FLAG, offsetof(struct toil_context, quiet), NULL, NULL, "no progress and no remarks"},
    {"help", TOIL_OPTION_FLAG, offsetof(struct toil_context, help), NULL, NULL, "say what it does and leave"},
    {"version", TOIL_OPTION_FLAG, offsetof(struct toil_context, version), NULL, NULL, "say which version it is"},
    {0},
};

bool toil_command_parse(struct toil_context *context, const struct toil_option *options, void *into, int argc,
                        char **argv, int *positional)
{
    const struct toil_option *const tables[] = {options, toil_global_options, NULL};
    void *const targets[] = {into, context};
    struct toil_error err;
    if (toil_options_parse(argc, argv, tables, targets, positional, &err) == TOIL_OK)
        return true;
    toil_command_failed(context, &err);
    return false;
}

enum toil_exit toil_command_failed(const struct toil_context *context, const struct toil_error *err)
{
    fprintf(stderr, "toilmeter%s%s: %s\n", context->command ? " " : "", context->command ? context->command : "",
            err->message);
    if (err->hint[0])
        fprintf(stderr, "%s\n", err->hint);
    return err->status == TOIL_BAD_INPUT ? TOIL_EXIT_USAGE : TOIL_EXIT_OUTSIDE;
}

enum toil_exit toil_command_usage(const struct toil_context *context, const char *fmt, ...)
{
    struct toil_error err;
    char message[sizeof err.message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    toil_error_set(&err, TOIL_BAD_INPUT, "%s", message);
    toil_error_hint(&err, "toilmeter %s --help", context->command);
    return toil_command_failed(context, &err);
}

static void add_heading(const struct toil_option *option, struct toil_buf *out)
{
    toil_buf_printf(out, "  --%s", option->name);
    if (option->type == TOIL_OPTION_FLAG)
        return;
    if (!option->words) {
        toil_buf_printf(out, " %s", option->value);
        return;
    }
    for (const char *const *word = option->words; *word; word++)
        toil_buf_printf(out, "%s%s", word == option->words ? " " : "|", *word);
}

void toil_command_print_options(const struct toil_option *options)
{
    struct toil_buf heading = TOIL_BUF_INIT;
    for (const struct toil_option *option = options; option->name; option++) {
        toil_buf_clear(&heading);
        add_heading(option, &heading);
        const char *several = option->type == TOIL_OPTION_LIST ? " (may be given several times)" : "";
        if (heading.len > 24)
            printf("%s\n%26s%s%s\n", heading.data, "", option->doc, several);
        else
            printf("%-26s%s%s\n", heading.data, option->doc, several);
    }
    toil_buf_release(&heading);
}
