/* The growable buffer, spans, and UTF-8. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"
#include "toilmeter/utf8.h"

Test(buf, grows_and_stays_terminated)
{
    struct toil_buf buf = TOIL_BUF_INIT;
    for (size_t i = 0; i < 10000; i++) {
        toil_buf_add_char(&buf, (char)('a' + i % 26));
        cr_assert_eq(buf.len, i + 1);
        cr_assert_lt(buf.len, buf.cap);
        cr_assert_eq(buf.data[buf.len], '\0');
    }
    for (size_t i = 0; i < 10000; i++)
        cr_assert_eq(buf.data[i], (char)('a' + i % 26));
    size_t cap = buf.cap;
    toil_buf_clear(&buf);
    cr_expect(buf.len == 0 && buf.cap == cap && buf.data[0] == '\0');
    toil_buf_release(&buf);
    cr_expect(buf.data == NULL && buf.len == 0 && buf.cap == 0);
    toil_buf_release(&buf);
    toil_buf_clear(&buf);
}

Test(buf, adds_everything)
{
    struct toil_buf buf = TOIL_BUF_INIT;
    toil_buf_add(&buf, "a\0b", 3);
    toil_buf_add_text(&buf, "-text-");
    toil_buf_add_span(&buf, TOIL_SPAN("span"));
    toil_buf_add_span(&buf, (struct toil_span){NULL, 0});
    toil_buf_printf(&buf, "-%d-%s", 42, "x");
    cr_expect_eq(buf.len, 3 + 6 + 4 + 5);
    cr_expect_arr_eq(buf.data, "a\0b-text-span-42-x", buf.len + 1);
    char *taken = toil_buf_take(&buf);
    cr_expect_null(buf.data);
    cr_expect_str_eq(taken + 3, "-text-span-42-x");
    free(taken);
    taken = toil_buf_take(&buf);
    cr_expect_str_eq(taken, "", "never NULL");
    free(taken);
    for (int len = 0; len < 200; len++) {
        toil_buf_clear(&buf);
        toil_buf_printf(&buf, "%*d", len, 7);
        cr_assert_eq(buf.len, (size_t)(len ? len : 1));
    }
    toil_buf_release(&buf);
}

/* Whatever the bytes, the JSON string is one that a parser reads back. */
#define SPAN(literal)                                                                                                  \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }

Test(buf, json_strings)
{
    static const struct {
        struct toil_span text;
        const char *json;
    } rows[] = {
        {SPAN(""), "\"\""},
        {SPAN("plain"), "\"plain\""},
        {SPAN("\"\\/"), "\"\\\"\\\\/\""},
        {SPAN("\n\t\x01\x1f"), "\"\\u000a\\u0009\\u0001\\u001f\""},
        {SPAN("a\0b"), "\"a\\u0000b\""},
        {SPAN("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {SPAN("\xff\xc3"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {SPAN("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_buf buf = TOIL_BUF_INIT;
        toil_buf_add_json_string(&buf, rows[i].text);
        cr_expect_str_eq(buf.data, rows[i].json);
        cJSON *parsed = cJSON_Parse(buf.data);
        cr_expect(memchr(rows[i].text.ptr, 0, rows[i].text.len) || cJSON_IsString(parsed));
        cJSON_Delete(parsed);
        toil_buf_release(&buf);
    }
}

Test(buf, spans)
{
    cr_expect(toil_span_equal(toil_span_of("a"), TOIL_SPAN("a")));
    cr_expect_not(toil_span_equal(toil_span_of("a"), TOIL_SPAN("b")));
    cr_expect_not(toil_span_equal(toil_span_of("a"), TOIL_SPAN("ab")));
    cr_expect(toil_span_equal(toil_span_of(NULL), TOIL_SPAN("")));
    cr_expect(toil_span_is(TOIL_SPAN("abc"), "abc"));
    cr_expect_not(toil_span_is(TOIL_SPAN("a\0c"), "a"));
}

Test(buf, strings)
{
    char *text = toil_xstrndup("abcdef", 3);
    cr_expect_str_eq(text, "abc");
    free(text);
    text = toil_xasprintf("%s-%d", "x", 5);
    cr_expect_str_eq(text, "x-5");
    free(text);
    void *memory = toil_xcalloc(0, 0);
    cr_expect_not_null(memory);
    free(memory);
}

Test(buf, a_size_that_overflows_aborts, .signal = SIGABRT)
{
    free(toil_xreallocarray(NULL, SIZE_MAX / 2, 3));
}

/* Against the definition: encode every code point, and count what all pairs of bytes make. */
Test(buf, utf8)
{
    for (unsigned code = 0; code <= 0x110000; code++) {
        unsigned char bytes[4];
        size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (size_t i = len; i-- > 0;)
            bytes[i] =
                (unsigned char)(i ? 0x80 | (code >> 6 * (len - 1 - i) & 0x3f) : leads[len] | code >> 6 * (len - 1));
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        cr_assert_eq(toil_utf8_len(bytes, len), surrogate || code > 0x10ffff ? 0 : len, "U+%04X", code);
        if (len > 1)
            cr_assert_eq(toil_utf8_len(bytes, len - 1), 0, "U+%04X, cut off", code);
    }
    unsigned good = 0;
    for (unsigned pair = 0; pair < 65536; pair++) {
        unsigned char bytes[] = {(unsigned char)(pair >> 8), (unsigned char)pair};
        good += toil_utf8_len(bytes, 2) == 2;
    }
    cr_expect_eq(good, 0x800 - 0x80);
    cr_expect_eq(toil_utf8_valid_bytes("ab\xc3\xa9\xff", 5), 4);
    cr_expect_eq(toil_utf8_valid_bytes("\xf0\x80\x80\x80", 4), 0);
}
