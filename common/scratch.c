/* The code behind scratch.h. */
#include "scratch.h"

#include <stdlib.h>

#define LEAST_BYTES 4096

struct scratch_block {
    struct scratch_block *next;
    char *data;
};

static void drop_full(struct scratch *scratch)
{
    while (scratch->full) {
        struct scratch_block *block = scratch->full;
        scratch->full = block->next;
        free(block->data);
        free(block);
    }
}

void scratch_begin(struct scratch *scratch, size_t len)
{
    drop_full(scratch);
    scratch->used = scratch->total = 0;
    if (scratch->cap >= len && scratch->data)
        return;
    free(scratch->data);
    scratch->cap = len < LEAST_BYTES ? LEAST_BYTES : len;
    scratch->data = toil_xmalloc(scratch->cap);
}

void scratch_release(struct scratch *scratch)
{
    drop_full(scratch);
    free(scratch->data);
    *scratch = (struct scratch){0};
}

void scratch_grow(struct scratch *scratch, size_t len)
{
    size_t cap = 2 * scratch->cap < len ? len : 2 * scratch->cap;
    if (cap < LEAST_BYTES)
        cap = LEAST_BYTES;
    if (scratch->data) {
        struct scratch_block *block = toil_xmalloc(sizeof *block);
        *block = (struct scratch_block){scratch->full, scratch->data};
        scratch->full = block;
    }
    scratch->total += scratch->used;
    scratch->data = toil_xmalloc(cap);
    scratch->cap = cap;
    scratch->used = 0;
}
