/* The code behind name.h. */
#include "name.h"

#include <string.h>

#include "toilmeter/utf8.h"

#define FORGOTTEN "forgotten"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_unit(struct toil_buf *out, unsigned unit, bool capitals)
{
    toil_buf_printf(out, capitals ? "\\u%04X" : "\\u%04x", unit);
}

/* The inside of a JSON string of ASCII alone. raw: UTF-8. */
static void add_ascii(struct toil_span raw, bool capitals, struct toil_buf *out)
{
    for (size_t i = 0; i < raw.len;) {
        const unsigned char *p = (const unsigned char *)raw.ptr + i;
        size_t len = toil_utf8_len(p, raw.len - i);
        if (len < 2) {
            toil_buf_add_char(out, raw.ptr[i++]);
            continue;
        }
        uint32_t code = len == 2 ? p[0] & 0x1fu : len == 3 ? p[0] & 0x0fu : p[0] & 0x07u;
        for (size_t k = 1; k < len; k++)
            code = code << 6 | (p[k] & 0x3fu);
        if (code >= 0x10000) {
            add_unit(out, 0xd800 + ((code - 0x10000) >> 10), capitals);
            add_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff), capitals);
        } else {
            add_unit(out, code, capitals);
        }
        i += len;
    }
}

/* Takes a way over unless it is there. */
static void add_way(struct toil_name *name, struct toil_buf *way)
{
    for (size_t i = 0; i < name->ways; i++) {
        struct toil_span known = {name->way[i].data, name->way[i].len};
        if (toil_span_equal(known, (struct toil_span){way->data, way->len})) {
            toil_buf_release(way);
            return;
        }
    }
    name->way[name->ways++] = *way;
}

void toil_name_init(struct toil_name *name, struct toil_span raw)
{
    struct toil_buf as_is = TOIL_BUF_INIT, quoted = TOIL_BUF_INIT, small = TOIL_BUF_INIT, capital = TOIL_BUF_INIT;
    bool number = true;
    for (size_t i = 0; i < raw.len; i++)
        number = number && is_digit(raw.ptr[i]);
    *name = (struct toil_name){.instead = number ? "0" : FORGOTTEN};
    toil_buf_add_span(&as_is, raw);
    toil_buf_add_json_string(&small, raw);
    toil_buf_add(&quoted, small.data + 1, small.len - 2);
    toil_buf_clear(&small);
    add_ascii((struct toil_span){quoted.data, quoted.len}, false, &small);
    add_ascii((struct toil_span){quoted.data, quoted.len}, true, &capital);
    add_way(name, &as_is);
    add_way(name, &quoted);
    add_way(name, &small);
    add_way(name, &capital);
}

void toil_name_release(struct toil_name *name)
{
    for (size_t i = 0; i < name->ways; i++)
        toil_buf_release(&name->way[i]);
    name->ways = 0;
}

static bool is_part(char c)
{
    return is_alnum(c) || c == '_' || c == '-' || c == '@' || (unsigned char)c >= 0x80;
}

/* Does a longer word end where `at` begins? An escaped line feed or tab is none, though it ends in a letter. */
static bool goes_on_before(struct toil_span text, size_t at)
{
    if (at == 0)
        return false;
    char before = text.ptr[at - 1];
    if (at >= 2 && text.ptr[at - 2] == '\\' && strchr("ntrbf", before))
        return false;
    return is_part(before) || before == '.';
}

static bool goes_on_behind(struct toil_span text, size_t end)
{
    if (end == text.len)
        return false;
    if (text.ptr[end] == '.')
        return end + 1 < text.len && is_alnum(text.ptr[end + 1]);
    return is_part(text.ptr[end]);
}

/* The way that stands alone at `at`, or NULL. */
static const struct toil_buf *find_at(const struct toil_name *name, struct toil_span text, size_t at)
{
    for (size_t i = 0; i < name->ways; i++) {
        const struct toil_buf *way = &name->way[i];
        if (way->len <= text.len - at && memcmp(text.ptr + at, way->data, way->len) == 0 && !goes_on_before(text, at) &&
            !goes_on_behind(text, at + way->len))
            return way;
    }
    return NULL;
}

size_t toil_name_replace(const struct toil_name *name, struct toil_span text, struct toil_buf *out)
{
    size_t found = 0;
    for (size_t at = 0; at < text.len;) {
        const struct toil_buf *way = find_at(name, text, at);
        if (way) {
            toil_buf_add_text(out, name->instead);
            at += way->len;
            found++;
        } else {
            toil_buf_add_char(out, text.ptr[at++]);
        }
    }
    return found;
}

void toil_name_pattern(const struct toil_name *name, size_t way, struct toil_buf *out)
{
    toil_buf_add_text(out, "(^|[^[:alnum:]_@.-]|\\\\[ntrbf])");
    for (size_t i = 0; i < name->way[way].len; i++) {
        char c = name->way[way].data[i];
        if (!is_alnum(c) && (unsigned char)c < 0x80)
            toil_buf_add_char(out, '\\');
        toil_buf_add_char(out, c);
    }
    toil_buf_add_text(out, "($|[^[:alnum:]_@.-]|[.]($|[^[:alnum:]]))");
}
