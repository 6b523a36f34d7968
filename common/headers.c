/* The code behind headers.h. */
#include "toilmeter/headers.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/base64.h"
#include "toilmeter/json_scan.h"
#include "toilmeter/utf8.h"

enum { DEPTH = 4 };

static bool is_plain_text(struct toil_span value)
{
    return toil_utf8_valid_bytes(value.ptr, value.len) == value.len && !memchr(value.ptr, 0, value.len);
}

void toil_headers_add(struct toil_buf *out, const char *name, struct toil_span value)
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

void toil_headers_end(struct toil_buf *out)
{
    if (out->len > 0)
        toil_buf_add_char(out, ']');
}

void toil_headers_release(struct toil_headers *headers)
{
    free(headers->item);
    toil_buf_release(&headers->memory);
    *headers = TOIL_HEADERS_INIT;
}

/* Room for text.len bytes, which stay where they are: all of it was reserved. */
static char *room(struct toil_headers *headers, size_t len)
{
    char *at = headers->memory.data + headers->memory.len;
    headers->memory.len += len;
    return at;
}

static struct toil_span plain(struct toil_headers *headers, struct toil_span text, bool escaped)
{
    if (!escaped)
        return text;
    char *at = room(headers, text.len);
    return (struct toil_span){at, toil_json_unescape(text, at)};
}

/* {"base64": "..."} */
static bool read_bytes(struct toil_headers *headers, struct toil_span object, struct toil_span *out)
{
    struct toil_json_scan scan;
    struct toil_json_member member;
    bool read = false;
    if (toil_json_object_begin(&scan, object, DEPTH)) {
        while (toil_json_next(&scan, &member)) {
            if (read || !toil_span_is(member.key, "base64") || member.value.type != TOIL_JSON_STRING)
                return false;
            struct toil_span text = plain(headers, member.value.text, member.value.escaped);
            char *at = room(headers, TOIL_BASE64_BYTES(text.len));
            *out = (struct toil_span){at, 0};
            read = toil_base64_decode(text, at, &out->len);
        }
    }
    return read && scan.fault == TOIL_JSON_OK;
}

static bool read_value(struct toil_headers *headers, const struct toil_json_value *value, struct toil_span *out)
{
    switch (value->type) {
    case TOIL_JSON_NULL:
        *out = (struct toil_span){NULL, 0};
        return true;
    case TOIL_JSON_STRING:
        *out = plain(headers, value->text, value->escaped);
        return true;
    case TOIL_JSON_OBJECT:
        return read_bytes(headers, value->text, out);
    case TOIL_JSON_FALSE:
    case TOIL_JSON_TRUE:
    case TOIL_JSON_NUMERIC:
    case TOIL_JSON_ARRAY:
        break;
    }
    return false;
}

void toil_headers_put(struct toil_headers *headers, struct toil_header header)
{
    if (headers->count == headers->cap) {
        headers->cap = headers->cap ? 2 * headers->cap : 8;
        headers->item = toil_xreallocarray(headers->item, headers->cap, sizeof *headers->item);
    }
    headers->item[headers->count++] = header;
}

static bool read_pair(struct toil_headers *headers, struct toil_span pair)
{
    struct toil_json_scan scan;
    struct toil_json_value value;
    struct toil_header header = {{NULL, 0}, {NULL, 0}};
    size_t count = 0;
    if (toil_json_array_begin(&scan, pair, DEPTH)) {
        for (; toil_json_array_next(&scan, &value); count++) {
            if (count == 0 && value.type == TOIL_JSON_STRING)
                header.name = plain(headers, value.text, value.escaped);
            else if (count != 1 || !read_value(headers, &value, &header.value))
                return false;
        }
    }
    if (count != 2 || scan.fault != TOIL_JSON_OK)
        return false;
    toil_headers_put(headers, header);
    return true;
}

bool toil_headers_read(struct toil_headers *headers, struct toil_span text)
{
    struct toil_json_scan scan;
    struct toil_json_value value;
    headers->count = 0;
    toil_buf_clear(&headers->memory);
    if (text.len == 0)
        return true;
    toil_buf_reserve(&headers->memory, 4 * text.len + 16); /* a short base64 needs more than its text */
    bool read = toil_json_array_begin(&scan, text, DEPTH);
    while (read && toil_json_array_next(&scan, &value))
        read = value.type == TOIL_JSON_ARRAY && read_pair(headers, value.text);
    if (read && scan.fault == TOIL_JSON_OK)
        return true;
    headers->count = 0;
    return false;
}

bool toil_headers_find(const void *context, const char *name, struct toil_span *value)
{
    const struct toil_headers *headers = context;
    for (size_t i = headers->count; i-- > 0;) {
        if (toil_span_is(headers->item[i].name, name)) {
            *value = headers->item[i].value;
            return true;
        }
    }
    return false;
}
