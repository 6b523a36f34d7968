/* See lib_cli.h. */
#include "support/lib_cli.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

enum { MAX_ARGS = 16 };

struct pg_server *cli_server;
char cli_dir[256];
struct cli_said cli_said;
static int runs;
static const char *input; /* a file of cli_dir, or NULL */

void cli_set_up(void)
{
    cli_server = pg_start(NULL);
    toil_temp_dir(cli_dir, sizeof cli_dir);
}

void cli_tear_down(void)
{
    free(cli_said.out);
    free(cli_said.err);
    pg_stop(cli_server);
    toil_temp_dir_remove(cli_dir);
}

static const char *program(void)
{
    static char path[256];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/toilmeter", build && *build ? build : "build");
    return path;
}

void cli_start(struct toil_proc *proc, const char *conninfo, const char *line)
{
    const char *argv[MAX_ARGS + 8] = {"/bin/sh", "-c", "exec \"$@\" < \"$0\"", NULL, program(), "--db", conninfo};
    const char **first = input ? argv : argv + 4;
    char *standard_input = input ? toil_xasprintf("%s/%s", cli_dir, input) : NULL;
    char *words = toil_xstrdup(line), *rest = words, *word, *paths[MAX_ARGS] = {0};
    int count = 7;
    argv[3] = standard_input;
    for (int i = 0; i < MAX_ARGS && (word = strsep(&rest, " ")) != NULL; i++) {
        paths[i] = strncmp(word, "@/", 2) == 0 ? toil_xasprintf("%s%s", cli_dir, word + 1) : toil_xstrdup(word);
        argv[count++] = paths[i];
    }
    char name[32];
    snprintf(name, sizeof name, "run-%d", runs++);
    toil_proc_start(proc, cli_dir, name, first, NULL);
    free(standard_input);
    for (int i = 0; i < MAX_ARGS; i++)
        free(paths[i]);
    free(words);
}

int cli_run_as(const char *conninfo, const char *line)
{
    struct toil_proc proc;
    cli_start(&proc, conninfo, line);
    free(cli_said.out);
    free(cli_said.err);
    cli_said.status = toil_proc_wait(&proc, CLI_DEADLINE_MS);
    cli_said.out = toil_proc_out(&proc);
    cli_said.err = toil_proc_err(&proc);
    return cli_said.status;
}

int cli_run(const char *line)
{
    return cli_run_as(pg_conninfo(cli_server), line);
}

int cli_run_with(const char *name, const char *line)
{
    input = name;
    int status = cli_run(line);
    input = NULL;
    return status;
}

void cli_import_company(int days)
{
    static const char *const topics[][2] = {{"work.logs", "work_log"},
                                            {"desk.tickets", "support_ticket"},
                                            {"platform.restarts", "service_restart"},
                                            {"platform.rebalances", "queue_rebalance"}};
    char line[160];
    snprintf(line, sizeof line, "--quiet generate --out @/data --days %d --seed 4", days);
    EXPECT_RUN(line, 0);
    EXPECT_RUN("--quiet catalog apply @/data/catalog.yaml", 0);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        snprintf(line, sizeof line, "--quiet import --key-file @/people.key --kind %s @/data/%s.jsonl", topics[i][1],
                 topics[i][0]);
        cr_assert_leq(cli_run(line), 1, "%s", cli_said.err); /* bad lines are part of the data */
    }
}

void cli_write_file(const char *name, const char *text, size_t len)
{
    char *path = toil_xasprintf("%s/%s", cli_dir, name);
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(text, 1, len, file) == len && fclose(file) == 0, "%s", path);
    free(path);
}

void cli_write_text(const char *name, const char *text)
{
    cli_write_file(name, text, strlen(text));
}

void cli_shell(const char *command)
{
    char *line = toil_xasprintf("cd %s && %s", cli_dir, command);
    const char *argv[] = {"/bin/sh", "-c", line, NULL};
    cr_assert_eq(toil_proc_run(cli_dir, "shell", argv, NULL, CLI_DEADLINE_MS), 0, "%s", command);
    free(line);
}

long long cli_count(const char *sql)
{
    return pg_count(pg_conninfo(cli_server), sql);
}
