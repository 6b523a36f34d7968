/* toilmeter as people type it, against a private PostgreSQL, for tests. */
#ifndef TESTS_LIB_CLI_H
#define TESTS_LIB_CLI_H

#include "support/lib_pg.h"

enum { CLI_DEADLINE_MS = 60000 }; /* of each command */

/* What the last command said. */
struct cli_said {
    int status;
    char *out, *err; /* owned */
};

extern struct pg_server *cli_server;
extern char cli_dir[256]; /* a folder of the test's own; "@/" in a command stands for it */
extern struct cli_said cli_said;

/* .init and .fini of a suite: a server without the schema, and the folder. */
void cli_set_up(void);
void cli_tear_down(void);

/* Starts `toilmeter --db CONNINFO LINE`: words of one line, split at spaces. */
void cli_start(struct toil_proc *proc, const char *conninfo, const char *line);
/* The same, waited for; the exit status. */
int cli_run_as(const char *conninfo, const char *line);
int cli_run(const char *line); /* as the superuser */
/* The same with a file of the folder as standard input. */
int cli_run_with(const char *name, const char *line);

#define EXPECT_RUN(line, expected)                                                                                     \
    cr_assert_eq(cli_run(line), expected, "toilmeter %s: status %d\n%s%s", line, cli_said.status, cli_said.out,        \
                 cli_said.err)
#define EXPECT_SAID(stream, text)                                                                                      \
    cr_assert(strstr(cli_said.stream, text) != NULL, "expected \"%s\" in " #stream ":\n%s%s", text, cli_said.out,      \
              cli_said.err)

/* Applies the catalog of a made-up company and imports that many days of its events, with the key @/people.key. */
void cli_import_company(int days);

void cli_write_file(const char *name, const char *text, size_t len);
void cli_write_text(const char *name, const char *text);
/* In the folder; must do well. */
void cli_shell(const char *command);
long long cli_count(const char *sql);

#endif
