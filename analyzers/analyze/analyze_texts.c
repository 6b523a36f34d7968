/* The code behind analyze_texts.h. The form: dimensions, a flag, the type of the elements, for the one dimension its
 * length and where it begins to count; then for each element its length (-1: NULL) and bytes. */
#include "analyze_texts.h"

#define HEAD_BYTES 20
#define TEXT_OID   25

static uint32_t get(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static void put(struct toil_buf *out, uint32_t value)
{
    const char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};
    toil_buf_add(out, bytes, sizeof bytes);
}

struct toil_texts toil_texts_of(struct toil_span field)
{
    if (!field.ptr || field.len < HEAD_BYTES || get(field.ptr) != 1)
        return (struct toil_texts){{NULL, 0}};
    return (struct toil_texts){{field.ptr + HEAD_BYTES, field.len - HEAD_BYTES}};
}

bool toil_texts_next(struct toil_texts *texts, struct toil_span *out)
{
    while (texts->rest.len >= 4) {
        uint32_t len = get(texts->rest.ptr);
        texts->rest.ptr += 4;
        texts->rest.len -= 4;
        if (len == UINT32_MAX)
            continue;
        if (len > texts->rest.len)
            break;
        *out = (struct toil_span){texts->rest.ptr, len};
        texts->rest.ptr += len;
        texts->rest.len -= len;
        return true;
    }
    texts->rest.len = 0;
    return false;
}

void toil_texts_add(struct toil_buf *out, const struct toil_span *text, size_t count)
{
    put(out, count > 0);
    put(out, 0);
    put(out, TEXT_OID);
    if (count == 0)
        return;
    put(out, (uint32_t)count);
    put(out, 1);
    for (size_t i = 0; i < count; i++) {
        put(out, (uint32_t)text[i].len);
        toil_buf_add(out, text[i].ptr, text[i].len);
    }
}
