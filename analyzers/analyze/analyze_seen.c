/* The code behind analyze_seen.h. */
#include "analyze_seen.h"

#include <stdlib.h>

void toil_seen_release(struct toil_seen *seen)
{
    free(seen->table);
    *seen = (struct toil_seen){0};
}

/* The place of a hash, or the free one where it belongs. */
static size_t place(const struct toil_seen *seen, uint64_t hash)
{
    size_t mask = seen->table_size - 1, at = hash & mask;
    while (seen->table[at] != 0 && seen->table[at] != hash)
        at = (at + 1) & mask;
    return at;
}

static void widen(struct toil_seen *seen)
{
    struct toil_seen wide = {.table_size = seen->table_size ? seen->table_size * 2 : 1024, .count = seen->count};
    wide.table = toil_xcalloc(wide.table_size, sizeof *wide.table);
    for (size_t i = 0; i < seen->table_size; i++) {
        if (seen->table[i] != 0)
            wide.table[place(&wide, seen->table[i])] = seen->table[i];
    }
    free(seen->table);
    *seen = wide;
}

void toil_seen_prefetch(const struct toil_seen *seen, uint64_t hash)
{
    if (seen->table_size > 0)
        __builtin_prefetch(&seen->table[hash & (seen->table_size - 1)], 1);
}

bool toil_seen_add(struct toil_seen *seen, uint64_t hash)
{
    if (4 * (seen->count + 1) > 3 * seen->table_size)
        widen(seen);
    hash += hash == 0; /* 0 marks a free place */
    size_t at = place(seen, hash);
    if (seen->table[at] != 0)
        return true;
    seen->table[at] = hash;
    seen->count++;
    return false;
}
