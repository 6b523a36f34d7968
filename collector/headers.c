/* Message headers as text: the code behind headers.h. */
#include "headers.h"

#include <string.h>

#include "toilmeter/utf8.h"

static void add_base64(struct toil_buf *out, const unsigned char *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        unsigned have = len - i < 3 ? (unsigned)(len - i) : 3;
        unsigned bits = (unsigned)data[i] << 16 | (have > 1 ? (unsigned)data[i + 1] << 8 : 0) |
                        (have > 2 ? (unsigned)data[i + 2] : 0);
        for (unsigned k = 0; k < 4; k++)
            toil_buf_add_char(out, k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

static bool is_plain_text(struct toil_span value)
{
    return toil_utf8_valid_bytes(value.ptr, value.len) == value.len && !memchr(value.ptr, 0, value.len);
}

void headers_add(struct toil_buf *out, const char *name, struct toil_span value)
{
    toil_buf_add_text(out, out->len == 0 ? "[[" : ",[");
    toil_buf_add_json_string(out, toil_span_of(name));
    toil_buf_add_char(out, ',');
    if (!value.ptr) {
        toil_buf_add_text(out, "null");
    } else if (is_plain_text(value)) {
        toil_buf_add_json_string(out, value);
    } else {
        toil_buf_add_text(out, "{\"base64\":\"");
        add_base64(out, (const unsigned char *)value.ptr, value.len);
        toil_buf_add_text(out, "\"}");
    }
    toil_buf_add_char(out, ']');
}

void headers_end(struct toil_buf *out)
{
    if (out->len > 0)
        toil_buf_add_char(out, ']');
}
