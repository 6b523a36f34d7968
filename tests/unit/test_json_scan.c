/* The JSON scanner: grammar, places, and a second opinion by cJSON on generated and on broken texts. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/json_scan.h"
#include "toilmeter/utf8.h"

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static unsigned below(unsigned limit)
{
    return (unsigned)(next_random() % limit);
}

static enum toil_json_fault scan_all(struct toil_span text, unsigned max_depth, unsigned *members)
{
    struct toil_json_scan scan;
    struct toil_json_member member;
    *members = 0;
    if (toil_json_object_begin(&scan, text, max_depth)) {
        while (toil_json_next(&scan, &member))
            ++*members;
    }
    return scan.fault;
}

static enum toil_json_fault scan_text(const char *text)
{
    unsigned members;
    return scan_all(toil_span_of(text), 32, &members);
}

Test(json_scan, hands_out_members)
{
    static const struct {
        enum toil_json_type type;
        const char *key, *text;
    } expected[] = {
        {TOIL_JSON_STRING, "s", "a\\tb"},
        {TOIL_JSON_NUMERIC, "n", "-12.50e+3"},
        {TOIL_JSON_TRUE, "t", "true"},
        {TOIL_JSON_FALSE, "f", "false"},
        {TOIL_JSON_NULL, "", "null"},
        {TOIL_JSON_ARRAY, "a", "[1 , [ ] ]"},
        {TOIL_JSON_OBJECT, "o\\n", "{\"x\":{}}"},
    };
    const char *text = " { \"s\" : \"a\\tb\",\"n\":-12.50e+3 ,\"t\":true,\"f\":false,\"\":null,\"a\":[1 , [ ] ],"
                       "\"o\\n\":{\"x\":{}} } \r\n";
    struct toil_json_scan scan;
    struct toil_json_member member;
    cr_assert(toil_json_object_begin(&scan, toil_span_of(text), 32));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        cr_assert(toil_json_next(&scan, &member), "member %zu", i);
        cr_expect_eq(member.value.type, expected[i].type);
        cr_expect(toil_span_is(member.key, expected[i].key));
        cr_expect(toil_span_is(member.value.text, expected[i].text), "%.*s", (int)member.value.text.len,
                  member.value.text.ptr);
    }
    cr_expect(member.key_escaped);
    cr_expect_not(toil_json_next(&scan, &member));
    cr_expect_eq(scan.fault, TOIL_JSON_OK);
    cr_expect_not(toil_json_next(&scan, &member), "the end stays the end");
}

Test(json_scan, numbers)
{
    static const struct {
        const char *text;
        double value;
        bool whole, fits, beyond;
        int64_t integer;
    } rows[] = {
        {"0", 0, true, true, false, 0},
        {"-1", -1, true, true, false, -1},
        {"9007199254740992", 9007199254740992.0, true, true, false, INT64_C(9007199254740992)},
        {"9007199254740993", 9007199254740992.0, true, true, true, INT64_C(9007199254740993)},
        {"-9007199254740993", -9007199254740992.0, true, true, true, -INT64_C(9007199254740993)},
        {"999999999999999999", 1e18, true, true, true, INT64_C(999999999999999999)},
        {"9223372036854775807", 9223372036854775808.0, true, true, true, INT64_MAX},
        {"9223372036854775808", 9223372036854775808.0, true, false, true, 0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0, true, false, true, 0},
        {"0.1", 0.1, false, false, false, 0},
        {"-0.25", -0.25, false, false, false, 0},
        {"123456.789", 123456.789, false, false, false, 0},
        {"0.30000000000000004", 0.30000000000000004, false, false, false, 0},
        {"2.2250738585072011e-308", 2.2250738585072011e-308, false, false, false, 0},
        {"4.9e-324", 4.9e-324, false, false, false, 0},
        {"1.7976931348623157e308", 1.7976931348623157e308, false, false, false, 0},
        {"1e22", 1e22, false, false, false, 0},
        {"1E+2", 100, false, false, false, 0},
        {"0e10", 0, false, false, false, 0},
        {"0.000", 0, false, false, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_json_scan scan;
        struct toil_json_value value;
        char *text = toil_xasprintf("[%s]", rows[i].text);
        cr_assert(toil_json_array_begin(&scan, toil_span_of(text), 2));
        cr_assert(toil_json_array_next(&scan, &value), "%s", text);
        cr_expect_eq(toil_json_number(&value), rows[i].value, "%s", text);
        cr_expect_eq(value.whole, rows[i].whole, "%s", text);
        cr_expect_eq(value.fits, rows[i].fits, "%s", text);
        cr_expect_eq(value.beyond_2_53, rows[i].beyond, "%s", text);
        if (rows[i].fits)
            cr_expect_eq(value.integer, rows[i].integer, "%s", text);
        cr_expect_not(toil_json_array_next(&scan, &value));
        cr_expect_eq(scan.fault, TOIL_JSON_OK);
        free(text);
    }
}

Test(json_scan, numbers_out_of_range)
{
    cr_expect_eq(scan_text("{\"a\":1e309}"), TOIL_JSON_NUMBER);
    cr_expect_eq(scan_text("{\"a\":-1e309}"), TOIL_JSON_NUMBER);
    cr_expect_eq(scan_text("{\"a\":1e-400}"), TOIL_JSON_NUMBER);
    cr_expect_eq(scan_text("{\"a\":0.00001e-320}"), TOIL_JSON_NUMBER);
    cr_expect_eq(scan_text("{\"a\":1e99999999999999999999}"), TOIL_JSON_NUMBER);
    cr_expect_eq(scan_text("{\"a\":1e-99999999999999999999}"), TOIL_JSON_NUMBER);
    for (size_t digits = 308; digits <= 2000; digits += 282) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_buf_add_text(&text, "{\"a\":");
        for (size_t i = 0; i < digits; i++)
            toil_buf_add_char(&text, '9');
        toil_buf_add_text(&text, "}");
        cr_expect_eq(scan_text(text.data), digits > 308 ? TOIL_JSON_NUMBER : TOIL_JSON_OK, "%zu digits", digits);
        toil_buf_release(&text);
    }
}

Test(json_scan, strings_without_escapes)
{
    static const struct {
        const char *raw, *plain;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e9\\u20AC\\uD83D\\uDe00", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\\ud800\\udc00\\udbff\\udfff", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"\\u0001\\u007f\\u0080\\u07ff\\u0800\\uffff", "\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
        {"x\\u0041y", "xAy"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[64];
        struct toil_span raw = toil_span_of(rows[i].raw);
        size_t len = toil_json_unescape(raw, out);
        cr_expect_leq(len, raw.len);
        cr_expect(toil_span_is((struct toil_span){out, len}, rows[i].plain), "%s", rows[i].raw);
    }
}

/* A special byte at each place of a long string: the plain-run scan must stop exactly there. */
Test(json_scan, every_place_in_a_string)
{
    for (size_t len = 1; len < 70; len++) {
        for (size_t at = 0; at < len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                char text[96];
                memcpy(text, "{\"k\":\"", 6);
                memset(text + 6, 'x', len);
                text[6 + at] = (char)byte;
                memcpy(text + 6 + len, "\"}", 2);
                unsigned members;
                enum toil_json_fault fault = scan_all((struct toil_span){text, len + 8}, 2, &members);
                bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
                cr_assert(!plain || (fault == TOIL_JSON_OK && members == 1), "%zu %zu %u", len, at, byte);
                cr_assert(plain || fault != TOIL_JSON_OK, "%zu %zu %u", len, at, byte);
            }
        }
    }
}

Test(json_scan, depth)
{
    unsigned members;
    for (unsigned depth = 1; depth <= 1100; depth += depth < 70 ? 1 : 103) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_buf_add_text(&text, "{\"a\":");
        for (unsigned i = 1; i < depth; i++)
            toil_buf_add_text(&text, i % 3 ? "[" : "{\"k\":");
        toil_buf_add_text(&text, "0");
        for (unsigned i = depth - 1; i >= 1; i--)
            toil_buf_add_text(&text, i % 3 ? "]" : "}");
        toil_buf_add_char(&text, '}');
        struct toil_span span = {text.data, text.len};
        cr_expect_eq(scan_all(span, depth, &members), depth <= 1024 ? TOIL_JSON_OK : TOIL_JSON_DEPTH, "%u", depth);
        if (depth > 1)
            cr_expect_eq(scan_all(span, depth - 1, &members), TOIL_JSON_DEPTH, "%u", depth);
        toil_buf_release(&text);
    }
}

Test(json_scan, place_of_a_fault)
{
    static const struct {
        const char *text;
        size_t place;
    } rows[] = {{"{\"a\":01}", 6},       {"{\"a\":1,}", 7},           {"{\"a\":[1,2}", 9}, {"{\"a\":\"\xff\"}", 6},
                {"{\"a\":\"b\\q\"}", 7}, {"{\"a\":1} x", 8},          {"[1]", 0},          {"{\"a\":", 5},
                {"{\"a\":1e999}", 5},    {"{\"a\":\"\\ud83dx\"}", 12}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_json_scan scan;
        struct toil_json_member member;
        if (toil_json_object_begin(&scan, toil_span_of(rows[i].text), 32))
            while (toil_json_next(&scan, &member))
                ;
        cr_expect_neq(scan.fault, TOIL_JSON_OK);
        cr_expect_not_null(scan.expected);
        cr_expect_eq(toil_json_place(&scan), rows[i].place, "%s: %zu", rows[i].text, toil_json_place(&scan));
    }
}

/* ---- cJSON's opinion ---- */

static void put_space(struct toil_buf *out)
{
    static const char spaces[] = " \t\r\n";
    while (below(6) == 0)
        toil_buf_add_char(out, spaces[below(4)]);
}

static void put_string(struct toil_buf *out)
{
    static const char *const pieces[] = {"a",
                                         "Zz",
                                         "0",
                                         "\\n",
                                         "\\\"",
                                         "\\\\",
                                         "\\/",
                                         "\\u00e9",
                                         "\\ud83d\\ude00",
                                         "\xc3\xa9",
                                         "\xe2\x82\xac",
                                         "\xf0\x9f\x98\x80",
                                         " long plain text of more than sixteen bytes ",
                                         "\\u0001",
                                         "\x7f",
                                         "\\b"};
    toil_buf_add_char(out, '"');
    for (unsigned i = below(8); i > 0; i--)
        toil_buf_add_text(out, pieces[below(sizeof pieces / sizeof pieces[0])]);
    toil_buf_add_char(out, '"');
}

static void put_number(struct toil_buf *out)
{
    switch (below(5)) {
    case 0:
        toil_buf_printf(out, "%d", (int)below(2000) - 1000);
        break;
    case 1:
        toil_buf_printf(out, "%lld", (long long)(int64_t)next_random());
        break;
    case 2:
        toil_buf_printf(out, "%.17g", ldexp((double)(int64_t)next_random(), (int)below(1800) - 950));
        break;
    case 3:
        toil_buf_printf(out, "-%u.%uE-%u", below(100), below(100000), below(20));
        break;
    default:
        toil_buf_printf(out, "%u.%u", below(100000), below(100000));
    }
}

static void put_value(struct toil_buf *out, unsigned depth)
{
    unsigned choice = below(depth < 6 ? 8 : 6);
    put_space(out);
    if (choice < 2) {
        put_string(out);
    } else if (choice < 4) {
        put_number(out);
    } else if (choice < 6) {
        static const char *const words[] = {"true", "false", "null"};
        toil_buf_add_text(out, words[below(3)]);
    } else {
        bool object = choice == 6;
        toil_buf_add_char(out, object ? '{' : '[');
        put_space(out);
        unsigned count = below(4);
        for (unsigned i = 0; i < count; i++) {
            toil_buf_add_text(out, i ? "," : "");
            put_space(out);
            if (object) {
                toil_buf_printf(out, "\"k%u\"", i);
                put_space(out);
                toil_buf_add_char(out, ':');
            }
            put_value(out, depth + 1);
        }
        toil_buf_add_char(out, object ? '}' : ']');
    }
    put_space(out);
}

static void put_object(struct toil_buf *out)
{
    toil_buf_clear(out);
    put_space(out);
    toil_buf_add_char(out, '{');
    unsigned count = below(8);
    for (unsigned i = 0; i < count; i++) {
        toil_buf_printf(out, "%s\"key%u\":", i ? "," : "", i);
        put_value(out, 1);
    }
    put_space(out);
    toil_buf_add_char(out, '}');
    put_space(out);
}

static bool same_string(const struct toil_json_value *ours, const char *theirs)
{
    char *plain = toil_xmalloc(ours->text.len);
    size_t len = toil_json_unescape(ours->text, plain);
    bool same = toil_utf8_valid_bytes(plain, len) == len && toil_span_is((struct toil_span){plain, len}, theirs);
    free(plain);
    return same;
}

static bool same_value(const struct toil_json_value *ours, const cJSON *theirs)
{
    switch (ours->type) {
    case TOIL_JSON_NULL:
        return cJSON_IsNull(theirs);
    case TOIL_JSON_FALSE:
        return cJSON_IsFalse(theirs);
    case TOIL_JSON_TRUE:
        return cJSON_IsTrue(theirs);
    case TOIL_JSON_NUMERIC:
        return cJSON_IsNumber(theirs) && toil_json_number(ours) == theirs->valuedouble;
    case TOIL_JSON_STRING:
        return cJSON_IsString(theirs) && same_string(ours, theirs->valuestring);
    case TOIL_JSON_ARRAY:
        return cJSON_IsArray(theirs);
    case TOIL_JSON_OBJECT:
        return cJSON_IsObject(theirs);
    }
    return false;
}

/* What the scanner accepts, cJSON must accept with the same members. Returns false when the scanner refuses. */
static bool agree(struct toil_span text)
{
    unsigned members;
    if (scan_all(text, 32, &members) != TOIL_JSON_OK)
        return false;
    const char *end;
    cJSON *root = cJSON_ParseWithLengthOpts(text.ptr, text.len, &end, 0);
    cr_assert_not_null(root, "only the scanner accepts %.*s", (int)text.len, text.ptr);
    struct toil_json_scan scan;
    struct toil_json_member member;
    const cJSON *child = root->child;
    toil_json_object_begin(&scan, text, 32);
    for (; toil_json_next(&scan, &member); child = child->next) {
        cr_assert_not_null(child, "cJSON has fewer members: %.*s", (int)text.len, text.ptr);
        struct toil_json_value key = {.type = TOIL_JSON_STRING, .text = member.key};
        cr_assert(same_string(&key, child->string));
        cr_assert(same_value(&member.value, child), "%.*s of %.*s", (int)member.value.text.len, member.value.text.ptr,
                  (int)text.len, text.ptr);
        if (member.value.type == TOIL_JSON_ARRAY || member.value.type == TOIL_JSON_OBJECT) {
            cJSON *again = cJSON_ParseWithLength(member.value.text.ptr, member.value.text.len);
            cr_assert_not_null(again);
            char *left = cJSON_PrintUnformatted(again), *right = cJSON_PrintUnformatted(child);
            cr_assert_str_eq(left, right);
            cJSON_free(left);
            cJSON_free(right);
            cJSON_Delete(again);
        }
    }
    cr_assert_null(child, "cJSON has more members: %.*s", (int)text.len, text.ptr);
    cJSON_Delete(root);
    return true;
}

Test(json_scan, agrees_with_cjson_on_valid_texts)
{
    random_state = 20260105;
    struct toil_buf text = TOIL_BUF_INIT;
    for (int round = 0; round < 20000; round++) {
        put_object(&text);
        cr_assert(agree((struct toil_span){text.data, text.len}), "refused: %s", text.data);
    }
    toil_buf_release(&text);
}

Test(json_scan, never_accepts_more_than_cjson)
{
    random_state = 4711;
    static const char likely[] = "{}[]\",:\\u0123456789eE+-.tfn \xc3\xa9\xed\xa0\x80";
    struct toil_buf text = TOIL_BUF_INIT;
    unsigned accepted = 0, rounds = 60000;
    for (unsigned round = 0; round < rounds; round++) {
        put_object(&text);
        for (unsigned changes = 1 + below(3); changes > 0; changes--) {
            char byte = below(2) ? likely[below(sizeof likely - 1)] : (char)next_random();
            text.data[below((unsigned)text.len)] = byte;
        }
        size_t len = below(5) ? text.len : below((unsigned)text.len);
        char *exact = toil_xmalloc(len); /* of its own size, so that a sanitizer sees a byte read too much */
        memcpy(exact, text.data, len);
        accepted += agree((struct toil_span){exact, len});
        free(exact);
    }
    cr_expect(accepted > rounds / 50 && accepted < rounds / 2, "%u of %u: the changes are not telling", accepted,
              rounds);
    toil_buf_release(&text);
}
