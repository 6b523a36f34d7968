/* Programs as children of a test: started with their output in files, waited for with a deadline, signalled, and ended
 * even when the test dies (PR_SET_PDEATHSIG). */
#ifndef TESTS_LIB_PROC_H
#define TESTS_LIB_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct toil_proc {
    pid_t pid; /* 0 once it was waited for */
    char out_path[256];
    char err_path[256];
    double user_s, system_s; /* CPU seconds, once it was waited for */
    long peak_rss_kb;        /* the same */
};

/* Starts argv[0] (looked up in PATH when it has no slash) with stdout in DIR/NAME.out and stderr in DIR/NAME.err, both
 * appended to, stdin empty. env: NULL-terminated "NAME=value" added to the environment, or NULL. Aborts the caller when
 * it cannot fork; a program that cannot be run exits with 127. */
void toil_proc_start(struct toil_proc *proc, const char *dir, const char *name, const char *const *argv,
                     const char *const *env);

/* Waits up to deadline_ms. The exit status, 128 + the signal's number, or -1 when it still runs. */
int toil_proc_wait(struct toil_proc *proc, int deadline_ms);
bool toil_proc_running(struct toil_proc *proc);
/* Sends a signal when it still runs. */
void toil_proc_signal(const struct toil_proc *proc, int signal_number);
/* TERM, after grace_ms KILL. Returns what toil_proc_wait does. Nothing happens (0) when it is not running. */
int toil_proc_stop(struct toil_proc *proc, int grace_ms);
/* KILL and wait. */
void toil_proc_kill(struct toil_proc *proc);

/* Start, wait; KILL at the deadline (then -1). */
int toil_proc_run(const char *dir, const char *name, const char *const *argv, const char *const *env, int deadline_ms);

/* A whole file with a NUL behind it; owned by the caller; "" when it cannot be read. */
char *toil_file_text(const char *path);
/* What a program has said so far. Owned by the caller. */
char *toil_proc_out(const struct toil_proc *proc);
char *toil_proc_err(const struct toil_proc *proc);

/* Waits until the file holds the text; false at the deadline. */
bool toil_file_wait_for(const char *path, const char *text, int deadline_ms);

/* A new folder under TMPDIR or /tmp that every user can enter, its name in out. */
void toil_temp_dir(char *out, size_t out_bytes);
/* Removes a folder with everything in it. */
void toil_temp_dir_remove(const char *dir);

void toil_sleep_ms(int ms);
/* CLOCK_MONOTONIC in milliseconds. */
long long toil_clock_ms(void);

#endif
