/* Base64, in the alphabet of RFC 4648 or the one for addresses; padding may be left out. */
#ifndef TOILMETER_BASE64_H
#define TOILMETER_BASE64_H

#include "toilmeter/buf.h"

/* Greatest number of bytes that a text of `len` stands for. */
#define TOIL_BASE64_BYTES(len) ((len) / 4 * 3 + 3)

/* out: takes TOIL_BASE64_BYTES(text.len). False when the text is no base64. */
bool toil_base64_decode(struct toil_span text, char *out, size_t *len);

/* Appends bytes as padded base64 of RFC 4648. */
void toil_base64_add(struct toil_buf *out, struct toil_span bytes);

#endif
