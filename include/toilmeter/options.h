/* Command lines from a table: parser, --help and the man pages' option lists come from the same rows. */
#ifndef TOILMETER_OPTIONS_H
#define TOILMETER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "toilmeter/error.h"

enum toil_option_type {
    TOIL_OPTION_FLAG, /* bool */
    TOIL_OPTION_TEXT, /* const char *, borrowed from argv; with `words` one of them */
    TOIL_OPTION_INT,  /* int64_t */
    TOIL_OPTION_LIST, /* struct toil_option_list: may be given several times */
};

struct toil_option_list {
    const char **item; /* owned array of borrowed texts */
    size_t count;
};

struct toil_option {
    const char *name; /* without "--" */
    enum toil_option_type type;
    size_t offset;            /* of the member in the caller's struct */
    const char *value;        /* name of the value for help, e.g. "FILE"; NULL for flags */
    const char *const *words; /* NULL-terminated allowed words, or NULL */
    const char *doc;          /* one sentence without full stop */
};

/* Parses argv[1..] into *into: `--name value`, `--name=value`, `--` ends options. Positional arguments are moved to the
 * front of argv[1..] and counted in *positional. An unknown option is TOIL_BAD_INPUT and names the nearest one.
 * `tables` is a NULL-terminated list of tables, each ended by a row with name NULL; into[i] is the struct of tables[i].
 */
enum toil_status toil_options_parse(int argc, char **argv, const struct toil_option *const *tables, void *const *into,
                                    int *positional, struct toil_error *err) TOIL_MUST_CHECK;
void toil_option_list_release(struct toil_option_list *list);

#endif
