/* Memory of one message: handed out from the front, never moved, given back all at once. What one message needed is
 * kept for the next, so that the usual message allocates nothing. */
#ifndef TOILMETER_COMMON_SCRATCH_H
#define TOILMETER_COMMON_SCRATCH_H

#include "toilmeter/buf.h"

struct scratch_block; /* full blocks, kept until the message is done */

struct scratch {
    char *data; /* owned */
    size_t used, cap;
    size_t total; /* of this message, full blocks included: for callers that bound it */
    struct scratch_block *full;
};

/* Forgets what was handed out, and makes room for `len` bytes in one piece. */
void scratch_begin(struct scratch *scratch, size_t len);
void scratch_release(struct scratch *scratch);
/* Goes on in a new block that has room for `len` bytes in one piece. */
void scratch_grow(struct scratch *scratch, size_t len);

/* What is handed out from now on, up to `len` bytes, stands in one piece. */
static inline void scratch_reserve(struct scratch *scratch, size_t len)
{
    if (__builtin_expect(scratch->cap - scratch->used < len, 0))
        scratch_grow(scratch, len);
}

static inline char *scratch_take(struct scratch *scratch, size_t len)
{
    scratch_reserve(scratch, len);
    char *taken = scratch->data + scratch->used;
    scratch->used += len;
    return taken;
}

#endif
