/* The code behind base64.h. */
#include "toilmeter/base64.h"

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool toil_base64_decode(struct toil_span text, char *out, size_t *len)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '=')
        text.len--;
    char *to = out;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = base64_digit(text.ptr[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (unsigned)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            *to++ = (char)(bits >> have & 0xff);
        }
    }
    *len = (size_t)(to - out);
    return have < 6 && (bits & ((1u << have) - 1)) == 0;
}

void toil_base64_add(struct toil_buf *out, struct toil_span bytes)
{
    const unsigned char *data = (const unsigned char *)bytes.ptr;
    size_t len = bytes.len;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        unsigned have = len - i < 3 ? (unsigned)(len - i) : 3;
        unsigned bits = (unsigned)data[i] << 16 | (have > 1 ? (unsigned)data[i + 1] << 8 : 0) |
                        (have > 2 ? (unsigned)data[i + 2] : 0);
        for (unsigned k = 0; k < 4; k++)
            toil_buf_add_char(out, k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}
