/* A person's name in texts of all kinds: found as a whole word, in each way to write it, and replaced. Pure. */
#ifndef TOIL_FORGET_NAME_H
#define TOIL_FORGET_NAME_H

#include <stdbool.h>

#include "toilmeter/buf.h"

/* Ways to write one: as it is; inside a JSON string; inside one that is ASCII alone, with small and with capital
 * hexadecimal digits. */
enum { TOIL_NAME_WAYS = 4 };

struct toil_name {
    struct toil_buf way[TOIL_NAME_WAYS]; /* [ways], different ones */
    size_t ways;
    const char *instead; /* static: what a text has in its place */
};

/* raw: as the source writes it, in UTF-8; at least one byte. */
void toil_name_init(struct toil_name *name, struct toil_span raw);
void toil_name_release(struct toil_name *name);

/* Appends the text with every occurrence replaced; returns how many there were. An occurrence stands alone: letters,
 * digits, '_', '-', '@', bytes of other characters, and dots within a word belong to a longer name ("ann" is neither in
 * "joann" nor in "ann@example.com" nor in "ann.lee"). */
size_t toil_name_replace(const struct toil_name *name, struct toil_span text, struct toil_buf *out);

/* Appends a regular expression of PostgreSQL's for one way, which finds the same. */
void toil_name_pattern(const struct toil_name *name, size_t way, struct toil_buf *out);

#endif
