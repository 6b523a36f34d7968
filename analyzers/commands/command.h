/* What every subcommand is and may lean on. A new one is a row in commands.def and a file cmd_<name>.c with its
 * function and its option table. Data goes to stdout, messages to stderr. */
#ifndef TOIL_COMMAND_H
#define TOIL_COMMAND_H

#include "toilmeter/db.h"
#include "toilmeter/options.h"

/* Options that stand before the command (and are taken behind it, too). */
struct toil_context {
    const char *conninfo; /* borrowed; NULL: PG* variables, service file and .pgpass alone */
    bool quiet;           /* no progress, no remarks; results and errors stay */
    bool help, version;
    const char *command; /* borrowed: name of the running command, for messages */
};

/* argv[0] is the command's name. argv may be reordered. */
typedef enum toil_exit (*toil_command_fn)(struct toil_context *context, int argc, char **argv);

struct toil_command {
    const char *name;
    const char *arguments;
    const char *doc;
    toil_command_fn run;
    const struct toil_option *options; /* ended by a row with name NULL */
};

#define TOIL_COMMAND(id, name, arguments, doc)                                                                         \
    enum toil_exit toil_cmd_##id(struct toil_context *context, int argc, char **argv);                                 \
    extern const struct toil_option toil_cmd_##id##_options[];
#include "commands.def"
#undef TOIL_COMMAND

extern const struct toil_option toil_global_options[];

/* Parses options of a command into `into` (of `options`) and `context`; positional arguments end up in
 * argv[1..*positional]. Prints what is wrong and returns false then: the command returns TOIL_EXIT_USAGE. */
bool toil_command_parse(struct toil_context *context, const struct toil_option *options, void *into, int argc,
                        char **argv, int *positional);

/* Prints "toilmeter COMMAND: MESSAGE" and the hint, once, at the top. Returns the exit status of the error's status:
 * bad input is usage or configuration, everything else is the outside world. */
enum toil_exit toil_command_failed(const struct toil_context *context, const struct toil_error *err);
/* The same for a wrong command line. */
enum toil_exit toil_command_usage(const struct toil_context *context, const char *fmt, ...) TOIL_PRINTF(2, 3);

/* Connects as the global options say, under the name "toilmeter COMMAND". *out: owned (toil_db_close). */
enum toil_status toil_command_connect(const struct toil_context *context, struct toil_db **out,
                                      struct toil_error *err) TOIL_MUST_CHECK;

/* Lists options, one a line, for --help. */
void toil_command_print_options(const struct toil_option *options);

#endif
