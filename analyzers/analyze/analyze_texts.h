/* Lists of texts (text[]) as PostgreSQL has them in binary, read and written. Pure. */
#ifndef TOIL_ANALYZE_TEXTS_H
#define TOIL_ANALYZE_TEXTS_H

#include "toilmeter/buf.h"

/* Goes through a list; what is not a list of texts has no element. */
struct toil_texts {
    struct toil_span rest; /* borrowed */
};
struct toil_texts toil_texts_of(struct toil_span field);
/* The next element that is not NULL, borrowed; false after the last. */
bool toil_texts_next(struct toil_texts *texts, struct toil_span *out);

/* Adds a list of one dimension, as binary COPY takes it but without the field's length before it. */
void toil_texts_add(struct toil_buf *out, const struct toil_span *text, size_t count);

#endif
