/* UTF-8 as RFC 3629 has it: nothing overlong, no surrogates, nothing past U+10FFFF. */
#ifndef TOILMETER_UTF8_H
#define TOILMETER_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the character at p, of which `left` (at least 1) bytes are there; 0 when it is none or cut off. */
static inline size_t toil_utf8_len(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        return left >= 2 && (p[1] & 0xc0) == 0x80 ? 2 : 0;
    if (p[0] >= 0xe0 && p[0] <= 0xef) {
        if (left < 3 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
            return 0;
        if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
            return 0;
        return 3;
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        if (left < 4 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80 || (p[3] & 0xc0) != 0x80)
            return 0;
        if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
            return 0;
        return 4;
    }
    return 0;
}

/* Bytes before the first that is not part of a character; `len` when all are. */
static inline size_t toil_utf8_valid_bytes(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len) {
        size_t n = toil_utf8_len((const unsigned char *)text + i, len - i);
        if (n == 0)
            return i;
        i += n;
    }
    return len;
}

#endif
