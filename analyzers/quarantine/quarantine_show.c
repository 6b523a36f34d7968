/* One unusable message, for people and as an envelope: parts of quarantine.h. */
#include <inttypes.h>
#include <string.h>

#include "quarantine.h"
#include "toilmeter/base64.h"
#include "toilmeter/utf8.h"

static bool is_text(struct toil_span bytes)
{
    return toil_utf8_valid_bytes(bytes.ptr, bytes.len) == bytes.len && !memchr(bytes.ptr, 0, bytes.len);
}

/* Does a character move the cursor, or change what a terminal does? C0, DEL, and C1, which UTF-8 begins with C2. */
static bool is_control(const unsigned char *p, size_t len)
{
    return *p < 0x20 || *p == 0x7f || (len == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

/* Line feeds and tabs stay; a line that follows another is indented. */
static void add_shown(struct toil_span bytes, size_t most_bytes, struct toil_buf *out)
{
    size_t shown = bytes.len < most_bytes ? bytes.len : most_bytes;
    for (size_t i = 0; i < shown;) {
        const unsigned char *p = (const unsigned char *)bytes.ptr + i;
        size_t len = toil_utf8_len(p, bytes.len - i);
        if (*p == '\n')
            toil_buf_add_text(out, "\n      ");
        else if (*p == '\t' || (len > 0 && !is_control(p, len)))
            toil_buf_add(out, p, len);
        else
            toil_buf_printf(out, "\\x%02x", *p);
        i += len == 2 && is_control(p, len) ? 1 : len ? len : 1;
    }
    if (shown < bytes.len)
        toil_buf_printf(out, " ... %zu of %zu bytes", shown, bytes.len);
    toil_buf_add_char(out, '\n');
}

static void add_line(const char *name, struct toil_span bytes, size_t most_bytes, struct toil_buf *out)
{
    toil_buf_printf(out, "    %-9s ", name);
    if (bytes.ptr)
        add_shown(bytes, most_bytes, out);
    else
        toil_buf_add_text(out, "none\n");
}

static void add_time(const char *name, int64_t time_us, struct toil_buf *out)
{
    char text[32];
    toil_time_format(time_us, text);
    add_line(name, toil_span_of(text), sizeof text, out);
}

void toil_quarantine_tell_text(const struct toil_quarantined *message, size_t most_bytes, struct toil_buf *out)
{
    toil_buf_printf(out, "%s/%" PRId32 "/%" PRId64 " of %s\n", message->topic, message->partition, message->offset,
                    message->cluster);
    toil_buf_printf(out, "    %-9s %s: ", "reason", message->reason);
    add_shown(toil_span_of(message->detail), most_bytes, out);
    add_line("remedy", toil_span_of(toil_quarantine_remedy(message->reason)), most_bytes, out);
    add_time("since", message->quarantined_us, out);
    if (message->message_us != INT64_MIN)
        add_time("sent", message->message_us, out);
    if (message->key.ptr)
        add_line("key", message->key, most_bytes, out);
    if (message->headers.len > 0)
        add_line("headers", message->headers, most_bytes, out);
    add_line("value", message->value, most_bytes, out);
}

/* ,"NAME": the text; or, where it is none, ,"NAME_base64": the bytes; nothing where there are none. */
static void add_bytes(const char *name, struct toil_span bytes, struct toil_buf *out)
{
    if (!bytes.ptr)
        return;
    bool text = is_text(bytes);
    toil_buf_printf(out, ", \"%s%s\": ", name, text ? "" : "_base64");
    if (text) {
        toil_buf_add_json_string(out, bytes);
        return;
    }
    toil_buf_add_char(out, '"');
    toil_base64_add(out, bytes);
    toil_buf_add_char(out, '"');
}

static void add_text(const char *name, const char *text, struct toil_buf *out)
{
    toil_buf_printf(out, ", \"%s\": ", name);
    toil_buf_add_json_string(out, toil_span_of(text));
}

void toil_quarantine_tell_json(const struct toil_quarantined *message, struct toil_buf *out)
{
    char since[32];
    toil_time_format(message->quarantined_us, since);
    toil_buf_add_text(out, "{\"$topic\": ");
    toil_buf_add_json_string(out, toil_span_of(message->topic));
    toil_buf_printf(out, ", \"$partition\": %" PRId32 ", \"$offset\": %" PRId64, message->partition, message->offset);
    if (message->message_us != INT64_MIN)
        toil_buf_printf(out, ", \"$timestamp\": %" PRId64, message->message_us / 1000);
    add_bytes("$key", message->key, out);
    if (message->headers.len > 0) {
        toil_buf_add_text(out, ", \"$headers\": ");
        toil_buf_add_span(out, message->headers);
    }
    add_bytes("$value", message->value, out);
    add_text("$cluster", message->cluster, out);
    add_text("$reason", message->reason, out);
    add_text("$detail", message->detail, out);
    add_text("$quarantined_at", since, out);
    toil_buf_add_text(out, "}\n");
}
