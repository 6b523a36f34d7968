/* toilmeter: finds the subcommand in its table and runs it. */
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "toilmeter/yaml.h"

static const struct toil_command commands[] = {
#define TOIL_COMMAND(id, name, arguments, doc) {name, arguments, doc, toil_cmd_##id, toil_cmd_##id##_options},
#include "commands/commands.def"
#undef TOIL_COMMAND
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_help(void)
{
    puts("usage: toilmeter [--db CONNINFO] [--quiet] COMMAND [ARGUMENT]...\n\n"
         "Shows what restarts, rebalances and tickets cost, and what fixing their causes is worth.\n\n"
         "commands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s  %s\n", commands[i].name, commands[i].doc);
    puts("\noptions:");
    toil_command_print_options(toil_global_options);
    puts("\n`toilmeter COMMAND --help` says more. Exit status: 0 done, 1 the answer is no, 2 usage or configuration,\n"
         "3 the database or another part of the outside world failed.");
}

static void print_command_help(const struct toil_command *command)
{
    printf("usage: toilmeter %s [OPTION]...%s%s\n\n%s.\n\noptions:\n", command->name, command->arguments[0] ? " " : "",
           command->arguments, command->doc);
    toil_command_print_options(command->options);
    toil_command_print_options(toil_global_options);
}

static const struct toil_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static enum toil_exit unknown_command(const char *name)
{
    const char *names[COMMAND_COUNT + 1] = {0};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    const char *near = toil_nearest(name, names);
    fprintf(stderr, "toilmeter: unknown command \"%.64s\"\n", name);
    if (near)
        fprintf(stderr, "did you mean %s?\n", near);
    else
        fputs("toilmeter --help lists the commands\n", stderr);
    return TOIL_EXIT_USAGE;
}

/* Where the command stands: the first argument that is neither a global option nor the value of one. */
static int command_index(int argc, char **argv)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        for (const struct toil_option *row = toil_global_options; row->name; row++) {
            if (row->type != TOIL_OPTION_FLAG && strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, row->name) == 0)
                i++;
        }
    }
    return i < argc ? i : argc;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return true;
    }
    return false;
}

static enum toil_exit run(struct toil_context *context, int argc, char **argv)
{
    int index = command_index(argc, argv), positional;
    const struct toil_option *const tables[] = {toil_global_options, NULL};
    void *const targets[] = {context};
    struct toil_error err;
    if (toil_options_parse(index, argv, tables, targets, &positional, &err) != TOIL_OK)
        return toil_command_failed(context, &err);
    if (context->version) {
        puts("toilmeter " TOIL_VERSION);
        return TOIL_EXIT_DONE;
    }
    if (context->help) {
        print_help();
        return TOIL_EXIT_DONE;
    }
    if (index >= argc) {
        fputs("usage: toilmeter [--db CONNINFO] [--quiet] COMMAND\ntoilmeter --help lists the commands\n", stderr);
        return TOIL_EXIT_USAGE;
    }
    const struct toil_command *command = find_command(argv[index]);
    if (!command)
        return unknown_command(argv[index]);
    if (asks_for_help(argc - index, argv + index)) {
        print_command_help(command);
        return TOIL_EXIT_DONE;
    }
    context->command = command->name;
    return command->run(context, argc - index, argv + index);
}

int main(int argc, char **argv)
{
    struct toil_context context = {0};
    enum toil_exit status = run(&context, argc, argv);
    /* A full disk behind stdout shows only here. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("toilmeter: cannot write to standard output\n", stderr);
        return TOIL_EXIT_OUTSIDE;
    }
    return (int)status;
}
