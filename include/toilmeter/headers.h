/* The headers of a message as the quarantine keeps them: a JSON array of [name, value] pairs in their order, since a
 * name may stand twice. A value is a string; null; or, where it is not UTF-8 or holds a NUL, {"base64": "..."}. Pure.
 */
#ifndef TOILMETER_HEADERS_H
#define TOILMETER_HEADERS_H

#include <stdbool.h>

#include "toilmeter/buf.h"

/* Appends one pair; the first call on an empty buffer opens the array. value.ptr NULL: null. */
void toil_headers_add(struct toil_buf *out, const char *name, struct toil_span value);
/* Closes the array; an empty buffer stays empty. */
void toil_headers_end(struct toil_buf *out);

struct toil_header {
    struct toil_span name, value; /* value.ptr NULL: a header without one */
};

/* Headers of one message, in their order. */
struct toil_headers {
    struct toil_header *item; /* [count] */
    size_t count, cap;
    struct toil_buf memory;
};
#define TOIL_HEADERS_INIT ((struct toil_headers){.memory = TOIL_BUF_INIT})
void toil_headers_release(struct toil_headers *headers);

/* Reads the array; what was in it before goes. An empty text has none. False, and none, when the text is not of this
 * form. Borrowed from the text and from `headers` until the next call. */
bool toil_headers_read(struct toil_headers *headers, struct toil_span text);
/* Adds one, behind the others; what it points to is borrowed. */
void toil_headers_put(struct toil_headers *headers, struct toil_header header);
/* The last value of a name; of the type toil_header_fn, where context is a struct toil_headers. */
bool toil_headers_find(const void *headers, const char *name, struct toil_span *value);

#endif
