/* Message headers as text: the code behind headers.h. */
#include "headers.h"

#include <string.h>

#include "toilmeter/base64.h"
#include "toilmeter/utf8.h"

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
        toil_base64_add(out, value);
        toil_buf_add_text(out, "\"}");
    }
    toil_buf_add_char(out, ']');
}

void headers_end(struct toil_buf *out)
{
    if (out->len > 0)
        toil_buf_add_char(out, ']');
}
