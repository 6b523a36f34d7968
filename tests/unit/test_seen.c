/* Ids seen before, and the hash that tells them apart. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "analyzers/analyze/analyze_seen.h"

static struct toil_span id_of(unsigned i, char out[32])
{
    snprintf(out, 32, "restart-%08u", i);
    return toil_span_of(out);
}

static bool add(struct toil_seen *seen, struct toil_span id)
{
    uint64_t hash = toil_text_hash(id);
    toil_seen_prefetch(seen, hash);
    return toil_seen_add(seen, hash);
}

Test(seen, an_id_is_new_once)
{
    enum { COUNT = 200000 };
    struct toil_seen seen = {0};
    char text[32];
    for (unsigned i = 0; i < COUNT; i++)
        cr_assert_not(add(&seen, id_of(i, text)), "%u", i);
    cr_assert_eq(seen.count, COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        cr_assert(add(&seen, id_of(i, text)), "%u", i);
    cr_assert_eq(seen.count, COUNT);
    toil_seen_release(&seen);
    cr_assert_not(add(&seen, id_of(0, text)));
    toil_seen_release(&seen);
}

/* Texts that differ in length alone, or in their last bytes, or in zeros. */
Test(seen, hashes_differ_where_texts_do)
{
    static const char zeros[24] = {0};
    struct toil_seen seen = {0};
    for (size_t len = 0; len <= sizeof zeros; len++)
        cr_assert_not(add(&seen, (struct toil_span){zeros, len}), "%zu zeros", len);
    static const char *const texts[] = {"a", "b", "aaaaaaaa", "aaaaaaab", "aaaaaaaaa", "baaaaaaa", "aaaaaaaaaaaaaaab"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_not(add(&seen, toil_span_of(texts[i])), "%s", texts[i]);
    toil_seen_release(&seen);
}

/* Tables take the low bits: consecutive ids must spread over them. */
Test(seen, low_bits_spread)
{
    enum { COUNT = 1 << 16, PLACES = 1 << 10 };
    static unsigned hits[PLACES];
    char text[32];
    for (unsigned i = 0; i < COUNT; i++)
        hits[toil_text_hash(id_of(i, text)) % PLACES]++;
    for (unsigned i = 0; i < PLACES; i++)
        cr_assert(hits[i] > 20 && hits[i] < 120, "place %u: %u of 64", i, hits[i]);
}
