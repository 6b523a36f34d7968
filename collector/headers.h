/* The headers of a message as the quarantine keeps them: a JSON array of [name, value] pairs in their order, since a
 * name may stand twice. A value is a string; null; or, where it is not UTF-8 or holds a NUL, {"base64": "..."}. Pure.
 */
#ifndef COLLECTOR_HEADERS_H
#define COLLECTOR_HEADERS_H

#include "toilmeter/buf.h"

/* Appends one pair; the first call on an empty buffer opens the array. value.ptr NULL: null. */
void headers_add(struct toil_buf *out, const char *name, struct toil_span value);
/* Closes the array; an empty buffer stays empty. */
void headers_end(struct toil_buf *out);

#endif
