/* A merge sort for data that is mostly in order: runs that follow each other already are left alone, so sorted data
 * takes linear time, and comparisons are inlined. Stable. Pure.
 *
 *   TOIL_MERGE_SORT(sort_edges, struct toil_edge, comes_before)
 *
 * defines static void sort_edges(struct toil_edge *items, size_t count), by bool comes_before(const struct toil_edge *,
 * const struct toil_edge *), a strict order. */
#ifndef TOIL_STATS_MERGE_SORT_H
#define TOIL_STATS_MERGE_SORT_H

#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

/* So many are sorted by insertion before runs are merged. */
#define TOIL_MERGE_SORT_RUN 16

#define TOIL_MERGE_SORT(name, type, before)                                                                            \
    static void name##_run(type *items, size_t count)                                                                  \
    {                                                                                                                  \
        for (size_t i = 1; i < count; i++) {                                                                           \
            type item = items[i];                                                                                      \
            size_t at = i;                                                                                             \
            for (; at > 0 && before(&item, &items[at - 1]); at--)                                                      \
                items[at] = items[at - 1];                                                                             \
            items[at] = item;                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    /* Merges items[0 .. middle) and items[middle .. count), each sorted; spare: room for the first part. */           \
    static void name##_merge(type *items, size_t middle, size_t count, type *spare)                                    \
    {                                                                                                                  \
        size_t out = 0;                                                                                                \
        while (out < middle && !before(&items[middle], &items[out])) /* in place already */                            \
            out++;                                                                                                     \
        size_t left = 0, left_count = middle - out, right = middle;                                                    \
        memcpy(spare, items + out, left_count * sizeof *items);                                                        \
        while (left < left_count && right < count) {                                                                   \
            if (before(&items[right], &spare[left]))                                                                   \
                items[out++] = items[right++];                                                                         \
            else                                                                                                       \
                items[out++] = spare[left++];                                                                          \
        }                                                                                                              \
        memcpy(items + out, spare + left, (left_count - left) * sizeof *items);                                        \
    }                                                                                                                  \
    static void name(type *items, size_t count)                                                                        \
    {                                                                                                                  \
        type *spare = NULL;                                                                                            \
        for (size_t begin = 0; begin < count; begin += TOIL_MERGE_SORT_RUN)                                            \
            name##_run(items + begin, count - begin < TOIL_MERGE_SORT_RUN ? count - begin : TOIL_MERGE_SORT_RUN);      \
        for (size_t width = TOIL_MERGE_SORT_RUN; width < count; width *= 2) {                                          \
            for (size_t begin = 0; begin + width < count; begin += 2 * width) {                                        \
                size_t both = count - begin < 2 * width ? count - begin : 2 * width;                                   \
                if (!before(&items[begin + width], &items[begin + width - 1]))                                         \
                    continue;                                                                                          \
                if (!spare)                                                                                            \
                    spare = toil_xreallocarray(NULL, count, sizeof *spare);                                            \
                name##_merge(items + begin, width, both, spare);                                                       \
            }                                                                                                          \
        }                                                                                                              \
        free(spare);                                                                                                   \
    }

#endif
