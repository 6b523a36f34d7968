/* The code behind analyze_intern.h. */
#include "analyze_intern.h"

#include <stdlib.h>
#include <string.h>

void *toil_grow(void *array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 64;
    return toil_xreallocarray(array, *cap, size);
}

int toil_span_compare(struct toil_span a, struct toil_span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

void toil_intern_release(struct toil_intern *intern)
{
    toil_buf_release(&intern->bytes);
    free(intern->end);
    free(intern->table);
    *intern = (struct toil_intern){0};
}

struct toil_span toil_intern_text(const struct toil_intern *intern, uint32_t number)
{
    if (number == TOIL_NO_TEXT)
        return (struct toil_span){NULL, 0};
    size_t begin = number > 0 ? intern->end[number - 1] : 0;
    /* An empty text is not NULL, even before the first byte was kept. */
    const char *bytes = intern->bytes.data ? intern->bytes.data : "";
    return (struct toil_span){bytes + begin, intern->end[number] - begin};
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
    return h ^ (h >> 32);
}

uint64_t toil_text_hash(struct toil_span text)
{
    uint64_t h = text.len * UINT64_C(0x9e3779b97f4a7c15), word;
    size_t at = 0;
    for (; text.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.ptr + at, sizeof word);
        h = mix(h, word);
    }
    word = 0;
    if (at < text.len)
        memcpy(&word, text.ptr + at, text.len - at);
    return mix(mix(h, word), 0);
}

/* The place of a text in the table, or the free one where it belongs. */
static size_t place(const struct toil_intern *intern, struct toil_span text)
{
    size_t mask = intern->table_size - 1, at = toil_text_hash(text) & mask;
    while (intern->table[at] != 0 && !toil_span_equal(toil_intern_text(intern, intern->table[at] - 1), text))
        at = (at + 1) & mask;
    return at;
}

static void widen(struct toil_intern *intern)
{
    free(intern->table);
    intern->table_size = intern->table_size ? intern->table_size * 2 : 256;
    intern->table = toil_xcalloc(intern->table_size, sizeof *intern->table);
    for (size_t i = 0; i < intern->count; i++)
        intern->table[place(intern, toil_intern_text(intern, (uint32_t)i))] = (uint32_t)i + 1;
}

uint32_t toil_intern_find(const struct toil_intern *intern, struct toil_span text)
{
    if (!text.ptr || intern->table_size == 0)
        return TOIL_NO_TEXT;
    uint32_t found = intern->table[place(intern, text)];
    return found ? found - 1 : TOIL_NO_TEXT;
}

uint32_t toil_intern_add(struct toil_intern *intern, struct toil_span text)
{
    if (!text.ptr)
        return TOIL_NO_TEXT;
    if (2 * (intern->count + 1) > intern->table_size)
        widen(intern);
    size_t at = place(intern, text);
    if (intern->table[at] == 0) {
        toil_buf_add(&intern->bytes, text.ptr, text.len);
        intern->end = toil_grow(intern->end, intern->count, &intern->cap, sizeof *intern->end);
        intern->end[intern->count++] = intern->bytes.len;
        intern->table[at] = (uint32_t)intern->count;
    }
    return intern->table[at] - 1;
}
