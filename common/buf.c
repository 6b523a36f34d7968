/* The code behind buf.h: the one place that allocates for both programs. */
#include "toilmeter/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/utf8.h"

static void *or_die(void *memory)
{
    if (!memory) {
        fputs("toilmeter: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *toil_xmalloc(size_t size)
{
    return or_die(malloc(size ? size : 1));
}

void *toil_xcalloc(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size ? size : 1));
}

void *toil_xrealloc(void *old, size_t size)
{
    return or_die(realloc(old, size ? size : 1));
}

void *toil_xreallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        or_die(NULL);
    return toil_xrealloc(old, bytes);
}

char *toil_xstrndup(const char *text, size_t len)
{
    char *copy = toil_xmalloc(len + 1);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *toil_xstrdup(const char *text)
{
    return toil_xstrndup(text, strlen(text));
}

char *toil_xasprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    int len = vasprintf(&text, fmt, args);
    va_end(args);
    return or_die(len < 0 ? NULL : text);
}

struct toil_span toil_span_of(const char *text)
{
    return (struct toil_span){text, text ? strlen(text) : 0};
}

bool toil_span_equal(struct toil_span a, struct toil_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool toil_span_is(struct toil_span a, const char *text)
{
    return toil_span_equal(a, toil_span_of(text));
}

void toil_buf_release(struct toil_buf *buf)
{
    free(buf->data);
    *buf = TOIL_BUF_INIT;
}

void toil_buf_clear(struct toil_buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void toil_buf_reserve(struct toil_buf *buf, size_t more)
{
    size_t need;
    if (__builtin_add_overflow(buf->len, more, &need) || __builtin_add_overflow(need, 1, &need))
        or_die(NULL);
    if (need <= buf->cap)
        return;
    size_t cap = buf->cap < 64 ? 64 : buf->cap;
    while (cap < need)
        cap += cap / 2;
    buf->data = toil_xrealloc(buf->data, cap);
    buf->cap = cap;
    buf->data[buf->len] = '\0';
}

void toil_buf_add(struct toil_buf *buf, const void *data, size_t len)
{
    toil_buf_reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void toil_buf_add_char(struct toil_buf *buf, char c)
{
    toil_buf_add(buf, &c, 1);
}

void toil_buf_add_text(struct toil_buf *buf, const char *text)
{
    toil_buf_add(buf, text, strlen(text));
}

void toil_buf_add_span(struct toil_buf *buf, struct toil_span span)
{
    toil_buf_add(buf, span.ptr, span.len);
}

void toil_buf_printf(struct toil_buf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0)
        or_die(NULL);
    toil_buf_reserve(buf, (size_t)len);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, again);
    va_end(again);
    buf->len += (size_t)len;
}

void toil_buf_add_json_string(struct toil_buf *buf, struct toil_span text)
{
    toil_buf_add_char(buf, '"');
    size_t i = 0;
    while (i < text.len) {
        const unsigned char *p = (const unsigned char *)text.ptr + i;
        size_t n = toil_utf8_len(p, text.len - i);
        if (n == 0) {
            toil_buf_add_text(buf, "\xef\xbf\xbd");
            i++;
            continue;
        }
        if (n > 1)
            toil_buf_add(buf, p, n);
        else if (*p == '"' || *p == '\\')
            toil_buf_printf(buf, "\\%c", *p);
        else if (*p < 0x20)
            toil_buf_printf(buf, "\\u%04x", *p);
        else
            toil_buf_add_char(buf, (char)*p);
        i += n;
    }
    toil_buf_add_char(buf, '"');
}

void toil_buf_add_utf8(struct toil_buf *buf, struct toil_span text)
{
    for (size_t i = 0; i < text.len;) {
        size_t n = text.ptr[i] ? toil_utf8_len((const unsigned char *)text.ptr + i, text.len - i) : 0;
        if (n)
            toil_buf_add(buf, text.ptr + i, n);
        else
            toil_buf_add_text(buf, "\xef\xbf\xbd");
        i += n ? n : 1;
    }
}

char *toil_buf_take(struct toil_buf *buf)
{
    toil_buf_reserve(buf, 0);
    char *data = buf->data;
    *buf = TOIL_BUF_INIT;
    return data;
}
