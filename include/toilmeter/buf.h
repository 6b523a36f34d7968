/* A growable byte buffer that is always NUL-terminated, and a borrowed span of bytes.
 *
 * Invariant of toil_buf: data == NULL and cap == 0, or data[len] == 0 and len < cap. Out of memory aborts the process
 * (toil_xmalloc): a program that cannot buffer a line cannot report it either. */
#ifndef TOILMETER_BUF_H
#define TOILMETER_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "toilmeter/error.h"

struct toil_buf {
    char *data; /* owned */
    size_t len; /* bytes, without the terminating NUL */
    size_t cap;
};

/* Borrowed bytes, not NUL-terminated. ptr may be NULL when len is 0. */
struct toil_span {
    const char *ptr;
    size_t len;
};

#define TOIL_BUF_INIT      ((struct toil_buf){0})
#define TOIL_SPAN(literal) ((struct toil_span){(literal), sizeof(literal) - 1})

struct toil_span toil_span_of(const char *text); /* text: borrowed, NUL-terminated, or NULL for the empty span */
bool toil_span_equal(struct toil_span a, struct toil_span b);
bool toil_span_is(struct toil_span a, const char *text);

void toil_buf_release(struct toil_buf *buf); /* frees and empties; safe on an empty one */
void toil_buf_clear(struct toil_buf *buf);   /* len = 0, keeps the memory */
void toil_buf_reserve(struct toil_buf *buf, size_t more);
void toil_buf_add(struct toil_buf *buf, const void *data, size_t len);
void toil_buf_add_char(struct toil_buf *buf, char c);
void toil_buf_add_text(struct toil_buf *buf, const char *text);
void toil_buf_add_span(struct toil_buf *buf, struct toil_span span);
void toil_buf_printf(struct toil_buf *buf, const char *fmt, ...) TOIL_PRINTF(2, 3);
/* Adds `text` as a JSON string with quotes; bytes that are not UTF-8 become U+FFFD. */
void toil_buf_add_json_string(struct toil_buf *buf, struct toil_span text);
/* Adds text that a database takes as UTF-8: bytes that are not, and NUL, become U+FFFD. */
void toil_buf_add_utf8(struct toil_buf *buf, struct toil_span text);
/* Gives the buffer's memory away (the caller frees it) and empties the buffer. Never NULL. */
char *toil_buf_take(struct toil_buf *buf);

/* Allocation that does not return NULL; aborts with a message on stderr. */
void *toil_xmalloc(size_t size);
void *toil_xcalloc(size_t count, size_t size);
void *toil_xrealloc(void *old, size_t size);
/* realloc to count*size with a check of the product. */
void *toil_xreallocarray(void *old, size_t count, size_t size);
char *toil_xstrdup(const char *text);
char *toil_xstrndup(const char *text, size_t len);
char *toil_xasprintf(const char *fmt, ...) TOIL_PRINTF(1, 2);

#endif
