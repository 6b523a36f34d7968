/* Texts by number: each text is kept once, numbers are given out in the order of first sight. Pure. */
#ifndef TOIL_ANALYZE_INTERN_H
#define TOIL_ANALYZE_INTERN_H

#include "toilmeter/buf.h"

#define TOIL_NO_TEXT UINT32_MAX

struct toil_intern {
    struct toil_buf bytes; /* all texts, one after the other */
    size_t *end;           /* [count] where each ends in `bytes`; owned */
    uint32_t *table;       /* open addressing, number + 1, 0 when free; owned */
    size_t count, cap, table_size;
};

void toil_intern_release(struct toil_intern *intern);
/* The number of a text, given out when new. ptr NULL (SQL NULL) is TOIL_NO_TEXT. */
uint32_t toil_intern_add(struct toil_intern *intern, struct toil_span text);
/* TOIL_NO_TEXT when it was never added. */
uint32_t toil_intern_find(const struct toil_intern *intern, struct toil_span text);
/* Borrowed, until the next add. ptr NULL for TOIL_NO_TEXT. */
struct toil_span toil_intern_text(const struct toil_intern *intern, uint32_t number);

/* Eight bytes at a time; all 64 bits are good, the low ones, too. It depends on the machine's byte order: for tables in
 * memory, never to be stored or printed. */
uint64_t toil_text_hash(struct toil_span text);

/* By bytes, as the C collation does: below, at or above 0. */
int toil_span_compare(struct toil_span a, struct toil_span b);

/* Makes room for one more item in an owned array. Returns the array. */
void *toil_grow(void *array, size_t count, size_t *cap, size_t size);

#endif
