/* Which ids were seen before, by the million: a set of 64-bit hashes, since ids themselves would take several times the
 * memory. Two different ids of ten million are taken for one with a probability of three in a million. Pure. */
#ifndef TOIL_ANALYZE_SEEN_H
#define TOIL_ANALYZE_SEEN_H

#include "analyze_intern.h"

/* Begin with {0}. */
struct toil_seen {
    uint64_t *table; /* open addressing, 0 when free; owned */
    size_t count, table_size;
};

void toil_seen_release(struct toil_seen *seen);
/* Adds the hash of an id (toil_text_hash); true when it was there before. */
bool toil_seen_add(struct toil_seen *seen, uint64_t hash);
/* Tells the processor that the hash will be added soon. */
void toil_seen_prefetch(const struct toil_seen *seen, uint64_t hash);

#endif
