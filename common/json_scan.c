/* The code behind json_scan.h. Strings are most of the bytes, so plain characters are passed sixteen at a time. */
#include "toilmeter/json_scan.h"

#include <string.h>

#include "json_number.h"
#include "toilmeter/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool fault(struct toil_json_scan *scan, enum toil_json_fault what, const char *expected)
{
    scan->fault = what;
    scan->expected = expected;
    scan->closed = true;
    return false;
}

/* A fault that is only the text's end when nothing is left of it. */
static bool syntax(struct toil_json_scan *scan, const char *expected)
{
    if (scan->at == scan->end)
        return fault(scan, TOIL_JSON_TRUNCATED, expected);
    return fault(scan, TOIL_JSON_SYNTAX, expected);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Machines write most messages, and without spaces. */
static inline void skip_space(struct toil_json_scan *scan)
{
    while (scan->at < scan->end && (unsigned char)*scan->at <= ' ' && is_space(*scan->at))
        scan->at++;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits at p; -1 when they are none. */
static int code_unit(const char *p)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* The four digits of an escape at scan->at + 2, where a text that ends inside of them is cut off, not wrong. */
static bool read_unit(struct toil_json_scan *scan, int *unit)
{
    for (int i = 0; i < 6; i++) {
        if (scan->at + i == scan->end)
            return fault(scan, TOIL_JSON_TRUNCATED, "four hex digits after \\u");
        if (i >= 2 && hex_value(scan->at[i]) < 0)
            return fault(scan, TOIL_JSON_ESCAPE, "four hex digits after \\u");
    }
    *unit = code_unit(scan->at + 2);
    return true;
}

/* "\u...." at scan->at, with its second half when it is a pair. */
static bool unicode_escape(struct toil_json_scan *scan)
{
    int unit;
    if (!read_unit(scan, &unit))
        return false;
    if (unit == 0)
        return fault(scan, TOIL_JSON_NUL, "no NUL character in a string");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return fault(scan, TOIL_JSON_ESCAPE, "no second half of a surrogate pair alone");
    scan->at += 6;
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    static const char *const expected = "the second half of a surrogate pair";
    for (int i = 0; i < 2; i++) {
        if (scan->at + i == scan->end)
            return fault(scan, TOIL_JSON_TRUNCATED, expected);
        if (scan->at[i] != "\\u"[i])
            return fault(scan, TOIL_JSON_ESCAPE, expected);
    }
    if (!read_unit(scan, &unit))
        return false;
    if (unit < 0xdc00 || unit > 0xdfff)
        return fault(scan, TOIL_JSON_ESCAPE, expected);
    scan->at += 6;
    return true;
}

static bool escape(struct toil_json_scan *scan)
{
    if (scan->end - scan->at < 2)
        return fault(scan, TOIL_JSON_TRUNCATED, "an escape");
    switch (scan->at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        scan->at += 2;
        return true;
    case 'u':
        return unicode_escape(scan);
    default:
        return fault(scan, TOIL_JSON_ESCAPE, "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    }
}

/* A byte that begins a character of several. */
static bool multi_byte(struct toil_json_scan *scan)
{
    size_t left = (size_t)(scan->end - scan->at);
    size_t len = toil_utf8_len((const unsigned char *)scan->at, left);
    if (len > 0) {
        scan->at += len;
        return true;
    }
    unsigned char lead = (unsigned char)*scan->at;
    size_t needed = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : 2;
    bool cut_off = lead >= 0xc2 && lead <= 0xf4 && left < needed;
    for (size_t i = 1; i < left && cut_off; i++)
        cut_off = ((unsigned char)scan->at[i] & 0xc0) == 0x80;
    return fault(scan, cut_off ? TOIL_JSON_TRUNCATED : TOIL_JSON_UTF8, "UTF-8");
}

/* First byte from p on that is not a plain character: a quote, a backslash, a control character, not ASCII. */
static inline const char *skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(' ');
    while (end - p >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* As signed bytes, all that is not ASCII is below the space too. */
        __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                       _mm_cmplt_epi8(bytes, space));
        unsigned hits = (unsigned)_mm_movemask_epi8(special);
        if (hits)
            return p + __builtin_ctz(hits);
        p += 16;
    }
#endif
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

/* The rest of a string that began at `begin`, from the first character at scan->at on that is not a plain one. */
static bool rest_of_string(struct toil_json_scan *scan, const char *begin, struct toil_span *text, bool *escaped)
{
    for (;; scan->at = skip_plain(scan->at, scan->end)) {
        if (scan->at == scan->end)
            return fault(scan, TOIL_JSON_TRUNCATED, "the end of a string");
        unsigned char c = (unsigned char)*scan->at;
        if (c == '"')
            break;
        if (c == '\\') {
            *escaped = true;
            if (!escape(scan))
                return false;
        } else if (c >= 0x80) {
            if (!multi_byte(scan))
                return false;
        } else if (c == 0) {
            return fault(scan, TOIL_JSON_NUL, "no NUL character in a string");
        } else {
            return fault(scan, TOIL_JSON_SYNTAX, "no bare control character in a string");
        }
    }
    *text = (struct toil_span){begin, (size_t)(scan->at - begin)};
    scan->at++;
    return true;
}

/* A string at scan->at, which stands on its first quote. */
static inline bool string(struct toil_json_scan *scan, struct toil_span *text, bool *escaped)
{
    const char *begin = scan->at + 1, *p = skip_plain(begin, scan->end);
    *escaped = false;
    if (__builtin_expect(p < scan->end && *p == '"', 1)) {
        *text = (struct toil_span){begin, (size_t)(p - begin)};
        scan->at = p + 1;
        return true;
    }
    scan->at = p;
    return rest_of_string(scan, begin, text, escaped);
}

static bool literal(struct toil_json_scan *scan, const char *word, enum toil_json_type type,
                    struct toil_json_value *value)
{
    const char *begin = scan->at;
    for (; *word; word++, scan->at++) {
        if (scan->at == scan->end || *scan->at != *word)
            return syntax(scan, "true, false or null");
    }
    value->type = type;
    value->text = (struct toil_span){begin, (size_t)(scan->at - begin)};
    return true;
}

static bool number(struct toil_json_scan *scan, struct toil_json_value *value)
{
    enum toil_json_fault what = toil_json_scan_number(&scan->at, scan->end, value);
    return what == TOIL_JSON_OK || fault(scan, what, "a number in the form and the range of JSON");
}

/* What stands where a value should be. */
static bool no_value(struct toil_json_scan *scan)
{
    if (scan->at < scan->end && memchr("+.NI", *scan->at, sizeof "+.NI" - 1))
        return fault(scan, TOIL_JSON_NUMBER, "a number in the form and the range of JSON");
    const char *here = scan->at;
    if (here < scan->end && (unsigned char)*here >= 0x80 && !multi_byte(scan))
        return false;
    scan->at = here;
    return syntax(scan, "a value");
}

/* A value that is neither array nor object. */
static inline bool scalar(struct toil_json_scan *scan, struct toil_json_value *value)
{
    if (scan->at == scan->end)
        return fault(scan, TOIL_JSON_TRUNCATED, "a value");
    switch (*scan->at) {
    case '"':
        value->type = TOIL_JSON_STRING;
        return string(scan, &value->text, &value->escaped);
    case 't':
        return literal(scan, "true", TOIL_JSON_TRUE, value);
    case 'f':
        return literal(scan, "false", TOIL_JSON_FALSE, value);
    case 'n':
        return literal(scan, "null", TOIL_JSON_NULL, value);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return number(scan, value);
    default:
        return no_value(scan);
    }
}

/* A key and its colon. */
static inline bool key(struct toil_json_scan *scan, struct toil_span *text, bool *escaped)
{
    if (scan->at == scan->end || *scan->at != '"')
        return syntax(scan, "a key in quotes");
    if (!string(scan, text, escaped))
        return false;
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != ':')
        return syntax(scan, "a colon after the key");
    scan->at++;
    skip_space(scan);
    return true;
}

/* Containers that are open inside of the value that is skipped: one bit each, set for an object. */
struct nesting {
    uint64_t bits[TOIL_JSON_MAX_DEPTH / 64];
    unsigned depth;
};

static bool in_object(const struct nesting *open)
{
    unsigned i = open->depth - 1;
    return open->bits[i / 64] >> (i % 64) & 1;
}

static char closing(const struct nesting *open)
{
    return in_object(open) ? '}' : ']';
}

/* After a value: closes the containers that end here, down to `outer` of them, or passes the comma before the next. */
static bool after_value(struct toil_json_scan *scan, struct nesting *open, unsigned outer)
{
    for (;;) {
        skip_space(scan);
        if (scan->at < scan->end && *scan->at == ',') {
            scan->at++;
            skip_space(scan);
            return true;
        }
        if (scan->at == scan->end || *scan->at != closing(open))
            return syntax(scan, in_object(open) ? "a comma or }" : "a comma or ]");
        scan->at++;
        if (--open->depth == outer)
            return true;
    }
}

/* A container at scan->at: goes in, and out again when it is empty. */
static bool enter(struct toil_json_scan *scan, struct nesting *open, unsigned outer)
{
    if (open->depth >= scan->max_depth)
        return fault(scan, TOIL_JSON_DEPTH, "less nesting");
    uint64_t bit = UINT64_C(1) << (open->depth % 64), *word = &open->bits[open->depth / 64];
    *word = *scan->at == '{' ? *word | bit : *word & ~bit;
    open->depth++;
    scan->at++;
    skip_space(scan);
    if (scan->at < scan->end && *scan->at == closing(open))
        return after_value(scan, open, outer);
    return true;
}

static inline bool begins_container(const struct toil_json_scan *scan)
{
    return scan->at < scan->end && (*scan->at == '{' || *scan->at == '[');
}

/* One item or member of the innermost container. */
static bool nested_item(struct toil_json_scan *scan, struct nesting *open, unsigned outer)
{
    struct toil_span name;
    struct toil_json_value value;
    bool escaped;
    if (in_object(open) && !key(scan, &name, &escaped))
        return false;
    if (begins_container(scan))
        return enter(scan, open, outer);
    return scalar(scan, &value) && after_value(scan, open, outer);
}

/* An array or an object at scan->at: what is nested is validated, not handed out. */
static bool container(struct toil_json_scan *scan, unsigned outer, struct toil_json_value *value)
{
    const char *begin = scan->at;
    struct nesting open = {.depth = outer};
    value->type = *begin == '{' ? TOIL_JSON_OBJECT : TOIL_JSON_ARRAY;
    bool good = enter(scan, &open, outer);
    while (good && open.depth > outer)
        good = nested_item(scan, &open, outer);
    value->text = (struct toil_span){begin, (size_t)(scan->at - begin)};
    return good;
}

/* A value of any kind at scan->at, inside of `outer` containers. */
static inline bool any_value(struct toil_json_scan *scan, unsigned outer, struct toil_json_value *value)
{
    return begins_container(scan) ? container(scan, outer, value) : scalar(scan, value);
}

static bool trailing(struct toil_json_scan *scan)
{
    skip_space(scan);
    return scan->at == scan->end || fault(scan, TOIL_JSON_SYNTAX, "nothing after the end");
}

bool toil_json_open(struct toil_json_scan *scan, struct toil_span text, unsigned max_depth)
{
    *scan = (struct toil_json_scan){.begin = text.ptr, .at = text.ptr, .end = text.ptr + text.len, .first = true};
    scan->max_depth = max_depth < 1 ? 1 : max_depth > TOIL_JSON_MAX_DEPTH ? TOIL_JSON_MAX_DEPTH : max_depth;
    skip_space(scan);
    return scan->at < scan->end || fault(scan, TOIL_JSON_EMPTY, "a JSON text");
}

static bool begin(struct toil_json_scan *scan, struct toil_span text, unsigned max_depth, char opening)
{
    if (!toil_json_open(scan, text, max_depth))
        return false;
    if (*scan->at == opening) {
        scan->at++;
        return true;
    }
    /* Another value: whether it is JSON at all comes first. */
    const char *start = scan->at;
    struct toil_json_value value;
    if (!any_value(scan, 0, &value) || !trailing(scan))
        return false;
    scan->at = start;
    return fault(scan, TOIL_JSON_NOT_OBJECT, opening == '{' ? "an object" : "an array");
}

/* True when another item begins at scan->at; at the container's end it looks at what follows. */
static inline bool has_next(struct toil_json_scan *scan, char close)
{
    if (scan->closed)
        return false;
    skip_space(scan);
    if (scan->at < scan->end && *scan->at == close) {
        scan->at++;
        scan->closed = true;
        (void)trailing(scan);
        return false;
    }
    if (scan->first) {
        scan->first = false;
        return true;
    }
    if (scan->at == scan->end || *scan->at != ',')
        return syntax(scan, close == '}' ? "a comma or }" : "a comma or ]");
    scan->at++;
    skip_space(scan);
    return true;
}

bool toil_json_object_begin(struct toil_json_scan *scan, struct toil_span text, unsigned max_depth)
{
    return begin(scan, text, max_depth, '{');
}

bool toil_json_next(struct toil_json_scan *scan, struct toil_json_member *member)
{
    return has_next(scan, '}') && key(scan, &member->key, &member->key_escaped) && any_value(scan, 1, &member->value);
}

bool toil_json_array_begin(struct toil_json_scan *scan, struct toil_span text, unsigned max_depth)
{
    return begin(scan, text, max_depth, '[');
}

bool toil_json_array_next(struct toil_json_scan *scan, struct toil_json_value *item)
{
    return has_next(scan, ']') && any_value(scan, 1, item);
}

enum toil_json_type toil_json_at(const struct toil_json_scan *scan)
{
    if (scan->at == scan->end)
        return TOIL_JSON_NULL;
    return *scan->at == '{' ? TOIL_JSON_OBJECT : *scan->at == '[' ? TOIL_JSON_ARRAY : TOIL_JSON_NULL;
}

bool toil_json_read(struct toil_json_scan *scan, struct toil_json_value *value)
{
    return any_value(scan, scan->depth, value);
}

bool toil_json_enter(struct toil_json_scan *scan)
{
    if (scan->depth >= scan->max_depth)
        return fault(scan, TOIL_JSON_DEPTH, "less nesting");
    scan->depth++;
    scan->at++;
    return true;
}

/* Passes the comma before the next of the container that was entered last, or leaves it. */
static inline bool next_inside(struct toil_json_scan *scan, bool *first, char close)
{
    if (scan->fault != TOIL_JSON_OK)
        return false;
    skip_space(scan);
    if (scan->at < scan->end && *scan->at == close) {
        scan->at++;
        scan->depth--;
        return false;
    }
    if (*first) {
        *first = false;
        return true;
    }
    if (scan->at == scan->end || *scan->at != ',')
        return syntax(scan, close == '}' ? "a comma or }" : "a comma or ]");
    scan->at++;
    skip_space(scan);
    return true;
}

bool toil_json_member_next(struct toil_json_scan *scan, bool *first, struct toil_span *text, bool *escaped)
{
    return next_inside(scan, first, '}') && key(scan, text, escaped);
}

bool toil_json_item_next(struct toil_json_scan *scan, bool *first)
{
    return next_inside(scan, first, ']');
}

bool toil_json_close(struct toil_json_scan *scan)
{
    return scan->fault == TOIL_JSON_OK && trailing(scan);
}

size_t toil_json_place(const struct toil_json_scan *scan)
{
    return (size_t)(scan->at - scan->begin);
}

static size_t put_utf8(unsigned code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* The character that the escape at *p stands for; moves *p behind it. */
static unsigned escaped_char(const char **p)
{
    static const char names[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    char c = (*p)[1];
    if (c != 'u') {
        *p += 2;
        const char *name = strchr(names, c);
        return (unsigned char)(name ? meanings[name - names] : c);
    }
    unsigned unit = (unsigned)code_unit(*p + 2);
    *p += 6;
    if (unit < 0xd800 || unit > 0xdbff)
        return unit;
    unsigned low = (unsigned)code_unit(*p + 2);
    *p += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

size_t toil_json_unescape(struct toil_span text, char *out)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    char *to = out;
    while (p < end) {
        if (*p == '\\')
            to += put_utf8(escaped_char(&p), to);
        else
            *to++ = *p++;
    }
    return (size_t)(to - out);
}
