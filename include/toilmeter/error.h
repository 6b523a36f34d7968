/* Errors: one status enum, one struct filled where the fault is seen, logged once by the caller at the top.
 *
 * Every fallible function returns enum toil_status and takes a struct toil_error as its last argument. The status
 * says what a caller may do about it, not what went wrong: the message says that. */
#ifndef TOILMETER_ERROR_H
#define TOILMETER_ERROR_H

#include <stdarg.h>

enum toil_status {
    TOIL_OK = 0,
    TOIL_RETRY,     /* the outside world failed in a way that passes: connection, deadlock, disk full, read-only */
    TOIL_BAD_INPUT, /* what was given is wrong: a message, a configuration, a command line */
    TOIL_FATAL,     /* going on can only do harm: wrong schema, missing right, wrong key */
};

/* Exit statuses of both programs. */
enum toil_exit {
    TOIL_EXIT_DONE = 0,
    TOIL_EXIT_NO = 1,      /* the answer is "no": a check failed, a claim is not established */
    TOIL_EXIT_USAGE = 2,   /* usage or configuration */
    TOIL_EXIT_OUTSIDE = 3, /* the database or the broker failed */
};

/* Filled at the source. `message` is one line without a trailing newline and never holds a payload or a secret;
 * `hint` names the remedy, or is empty. `sqlstate` is the five characters of PostgreSQL's code, or empty. */
struct toil_error {
    enum toil_status status;
    char sqlstate[6];
    char message[1024];
    char hint[512];
};

#define TOIL_MUST_CHECK        __attribute__((warn_unused_result))
#define TOIL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Makes `err` hold nothing (status TOIL_OK). */
void toil_error_clear(struct toil_error *err);

/* Fills `err` (may be NULL) and returns `status`, so that `return toil_error_set(...)` is the idiom. Newlines and
 * control characters in the result are turned into spaces. Clears hint and sqlstate. */
enum toil_status toil_error_set(struct toil_error *err, enum toil_status status, const char *fmt, ...)
    TOIL_PRINTF(3, 4);

/* Adds the remedy to an error that was set. */
void toil_error_hint(struct toil_error *err, const char *fmt, ...) TOIL_PRINTF(2, 3);

/* Puts context in front of the message: "loading catalog: ...". Returns err->status. */
enum toil_status toil_error_prefix(struct toil_error *err, const char *fmt, ...) TOIL_PRINTF(2, 3);

/* "ok", "retry", "bad input", "fatal". */
const char *toil_status_name(enum toil_status status);

#endif
