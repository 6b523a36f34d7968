/* Decoding of canonical events: each reason, each type, endings, versions, robots, extra, and hostile bytes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/decode.h"

#define NOW_US  (INT64_C(1767603600) * TOIL_US_PER_SECOND) /* 2026-01-05T09:00:00Z */
#define AT      "\"at\":\"2026-01-05T08:00:00Z\""
#define AT_US   (NOW_US - TOIL_US_PER_HOUR)
#define RESTART "\"kind\":\"service_restart\",\"id\":\"r1\",\"component\":\"db\"," AT
#define TICKET  "\"kind\":\"support_ticket\",\"id\":\"t1\"," AT

static struct toil_people *people;
static struct toil_decoder *decoder;
static struct toil_decode_options options;
static struct toil_event event;
static char detail[256];

static void setup(void)
{
    static const char *const robots[] = {"deploy-bot", "~^svc-"};
    people = toil_people_open_clear();
    cr_assert_eq(toil_people_add_robots(people, robots, 2, NULL), TOIL_OK);
    decoder = toil_decoder_new(people);
    toil_decode_options_init(&options);
}

static void teardown(void)
{
    toil_decoder_free(decoder);
    toil_people_free(people);
}

TestSuite(decode, .init = setup, .fini = teardown);

/* Each message in memory of its own size, so that a sanitizer sees a byte read too much. */
static enum toil_reason decode_bytes(const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    if (len)
        memcpy(copy, bytes, len);
    detail[0] = '\0';
    enum toil_reason reason =
        toil_decode(decoder, &options, (struct toil_span){copy, len}, NOW_US, &event, detail, sizeof detail);
    static char *kept; /* the event borrows from the message */
    free(kept);
    kept = copy;
    return reason;
}

static enum toil_reason decode(const char *text)
{
    return decode_bytes(text, strlen(text));
}

static void expect(const char *text, enum toil_reason reason, const char *in_detail)
{
    enum toil_reason got = decode(text);
    cr_expect_eq(got, reason, "%s: got %s (%s), expected %s", text, toil_reasons[got].name, detail,
                 toil_reasons[reason].name);
    if (in_detail)
        cr_expect(strstr(detail, in_detail), "%s: \"%s\" is not in \"%s\"", text, in_detail, detail);
}

static bool text_is(enum toil_field field, const char *expected)
{
    return toil_event_has(&event, field) && toil_span_is(event.value[field].text, expected);
}

Test(decode, refuses_bad_texts)
{
    static const struct {
        const char *text;
        enum toil_reason reason;
        const char *detail;
    } rows[] = {
        {"", TOIL_REASON_EMPTY, NULL},
        {" \n\t\r ", TOIL_REASON_EMPTY, NULL},
        {"hello", TOIL_REASON_NOT_JSON, "byte 0"},
        {"{" RESTART "} x", TOIL_REASON_NOT_JSON, "after the end"},
        {"{" RESTART "}{" RESTART "}", TOIL_REASON_NOT_JSON, NULL},
        {"{" RESTART ",}", TOIL_REASON_NOT_JSON, "key"},
        {"{" RESTART "\"a\":1}", TOIL_REASON_NOT_JSON, "comma"},
        {"{\"a\" 1}", TOIL_REASON_NOT_JSON, "colon"},
        {"{a:1}", TOIL_REASON_NOT_JSON, NULL},
        {"{'a':1}", TOIL_REASON_NOT_JSON, NULL},
        {"{\"a\":[1,]}", TOIL_REASON_NOT_JSON, NULL},
        {"{\"a\":[,1]}", TOIL_REASON_NOT_JSON, NULL},
        {"{\"a\":{,}}", TOIL_REASON_NOT_JSON, NULL},
        {"{\"a\":[1}}", TOIL_REASON_NOT_JSON, NULL},
        {"{\"a\":\"x\ny\"}", TOIL_REASON_NOT_JSON, "control"},
        {"{/* c */}", TOIL_REASON_NOT_JSON, NULL},
        {"{\"a\":tru }", TOIL_REASON_NOT_JSON, NULL},
        {"{\"a\":nul\xc3\xa9}", TOIL_REASON_NOT_JSON, NULL},
        {"\xef\xbb\xbf{}", TOIL_REASON_NOT_JSON, NULL},
        {"[]", TOIL_REASON_NOT_OBJECT, NULL},
        {"\"text\"", TOIL_REASON_NOT_OBJECT, NULL},
        {" 12 ", TOIL_REASON_NOT_OBJECT, NULL},
        {"null", TOIL_REASON_NOT_OBJECT, NULL},
        {"[1", TOIL_REASON_TRUNCATED, NULL},
        {"{", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\"", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":tr", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":-", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":1.", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":1e", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":1", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":1,", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":{\"b\":[", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":\"\\", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":\"\\u12", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":\"\\ud83d", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":\"\\ud83d\\", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":\"\xe2\x82", TOIL_REASON_TRUNCATED, NULL},
        {"{\"a\":\"\xff\"}", TOIL_REASON_UTF8, "byte 6"},
        {"{\"a\":\"\xc0\xaf\"}", TOIL_REASON_UTF8, NULL},
        {"{\"a\":\"\xed\xa0\x80\"}", TOIL_REASON_UTF8, NULL},
        {"{\"a\":\"\xf4\x90\x80\x80\"}", TOIL_REASON_UTF8, NULL},
        {"{\"\x80\":1}", TOIL_REASON_UTF8, NULL},
        {"{\"a\":{\"b\":[\"\xe2\x28\xa1\"]}}", TOIL_REASON_UTF8, NULL},
        {"{\"a\":\xfe}", TOIL_REASON_UTF8, NULL},
        {"{\"a\":\"\\x41\"}", TOIL_REASON_ESCAPE, NULL},
        {"{\"a\":\"\\u12g4\"}", TOIL_REASON_ESCAPE, NULL},
        {"{\"a\":\"\\ud83d\"}", TOIL_REASON_ESCAPE, NULL},
        {"{\"a\":\"\\ud83dx\"}", TOIL_REASON_ESCAPE, NULL},
        {"{\"a\":\"\\ud83d\\n\"}", TOIL_REASON_ESCAPE, NULL},
        {"{\"a\":\"\\ud83d\\u0041\"}", TOIL_REASON_ESCAPE, NULL},
        {"{\"a\":\"\\ude00\"}", TOIL_REASON_ESCAPE, NULL},
        {"{\"a\":[[\"\\ude00\"]]}", TOIL_REASON_ESCAPE, NULL},
        {"{" RESTART ",\"host\":\"a\\u0000b\"}", TOIL_REASON_NUL, NULL},
        {"{\"a\\u0000\":1}", TOIL_REASON_NUL, NULL},
        {"{\"a\":{\"b\":\"\\u0000\"}}", TOIL_REASON_NUL, NULL},
        {"{\"a\":01}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":-01}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":1.}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":.5}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":+1}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":1e}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":-}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":NaN}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":-Infinity}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":1e999}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":-1e309}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":1.8e308}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":1e-999}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":[{\"b\":1e999}]}", TOIL_REASON_NUMBER, NULL},
        {"{\"a\":0e99999}", TOIL_REASON_NUMBER, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(rows[i].text, rows[i].reason, rows[i].detail);
    cr_expect_eq(decode_bytes("{\"a\":\"x\0y\"}", 11), TOIL_REASON_NUL);
    cr_expect_eq(decode_bytes("{\"a\":1}\0", 8), TOIL_REASON_NOT_JSON);
    struct toil_span none = {NULL, 0};
    cr_expect_eq(toil_decode(decoder, &options, none, NOW_US, &event, NULL, 0), TOIL_REASON_TOMBSTONE);
}

Test(decode, refuses_bad_fields)
{
    static const struct {
        const char *text;
        enum toil_reason reason;
        const char *detail;
    } rows[] = {
        {"{\"id\":\"x\"}", TOIL_REASON_KIND, "missing"},
        {"{\"kind\":null,\"id\":\"x\"}", TOIL_REASON_KIND, "missing"},
        {"{\"kind\":5,\"id\":\"x\"}", TOIL_REASON_KIND, "string"},
        {"{\"kind\":\"restart\",\"id\":\"x\"}", TOIL_REASON_KIND, "restart"},
        {"{" RESTART ",\"id\":\"r2\"}", TOIL_REASON_DUPLICATE_KEY, "\"id\""},
        {"{" RESTART ",\"\\u0069d\":\"r2\"}", TOIL_REASON_DUPLICATE_KEY, "\"id\""},
        {"{" RESTART ",\"kind\":\"service_restart\"}", TOIL_REASON_DUPLICATE_KEY, "kind"},
        {"{" RESTART ",\"x\":1,\"y\":2,\"x\":null}", TOIL_REASON_DUPLICATE_KEY, "\"x\""},
        {"{" RESTART ",\"x\":1,\"\\u0078\":2}", TOIL_REASON_DUPLICATE_KEY, NULL},
        {"{" RESTART ",\"\":1,\"\":2}", TOIL_REASON_DUPLICATE_KEY, NULL},
        {"{\"kind\":\"service_restart\",\"component\":\"db\"," AT "}", TOIL_REASON_MISSING, "id: missing"},
        {"{\"kind\":\"service_restart\",\"id\":\"\",\"component\":\"db\"," AT "}", TOIL_REASON_MISSING, "id"},
        {"{\"kind\":\"service_restart\",\"id\":null,\"component\":\"db\"," AT "}", TOIL_REASON_MISSING, "id"},
        {"{\"kind\":\"service_restart\",\"id\":\"r1\"," AT "}", TOIL_REASON_MISSING, "component"},
        {"{\"kind\":\"service_restart\",\"id\":\"r1\",\"component\":\"db\"}", TOIL_REASON_MISSING, "at"},
        {"{\"kind\":\"deployment\",\"id\":\"d1\",\"component\":\"db\"}", TOIL_REASON_MISSING, "at"},
        {"{\"kind\":\"measurement\",\"id\":\"m\",\"component\":\"db\"," AT ",\"value\":1}", TOIL_REASON_MISSING,
         "metric"},
        {"{\"kind\":\"measurement\",\"id\":\"m\",\"component\":\"db\"," AT ",\"metric\":\"x\"}", TOIL_REASON_MISSING,
         "value"},
        {"{\"kind\":\"support_ticket\",\"id\":\"t1\",\"status\":\"closed\"}", TOIL_REASON_MISSING, "version"},
        {"{\"kind\":\"work_log\",\"id\":\"w1\",\"ended_at\":\"2026-01-05T08:00:00Z\"}", TOIL_REASON_MISSING, "version"},
        {"{" RESTART ",\"host\":5}", TOIL_REASON_TYPE, "host: expected a string, found a number"},
        {"{" RESTART ",\"host\":[\"a\"]}", TOIL_REASON_TYPE, "an array"},
        {"{" RESTART ",\"actor\":true}", TOIL_REASON_TYPE, "actor"},
        {"{" RESTART ",\"actor\":{\"id\":1}}", TOIL_REASON_TYPE, "an object"},
        {"{" RESTART ",\"count\":\"5\"}", TOIL_REASON_TYPE, "count"},
        {"{" RESTART ",\"automatic\":\"true\"}", TOIL_REASON_TYPE, "true or false"},
        {"{" RESTART ",\"automatic\":1}", TOIL_REASON_TYPE, NULL},
        {"{" RESTART ",\"manual_minutes\":\"5\"}", TOIL_REASON_TYPE, NULL},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"db\",\"at\":false}", TOIL_REASON_TYPE, "at"},
        {"{" TICKET ",\"status\":1}", TOIL_REASON_TYPE, "status"},
        {"{" TICKET ",\"tags\":\"a\"}", TOIL_REASON_TYPE, "tags"},
        {"{" TICKET ",\"tags\":[\"a\",1]}", TOIL_REASON_TYPE, "tags"},
        {"{" TICKET ",\"tags\":[null]}", TOIL_REASON_TYPE, "tags"},
        {"{" TICKET ",\"version\":true}", TOIL_REASON_TYPE, "version"},
        {"{" TICKET ",\"status\":\"SOLVED\"}", TOIL_REASON_RANGE, "found \"SOLVED\""},
        {"{" TICKET ",\"status\":\"\"}", TOIL_REASON_RANGE, "status"},
        {"{" TICKET ",\"severity\":0}", TOIL_REASON_RANGE, "from 1 to 5"},
        {"{" TICKET ",\"severity\":6}", TOIL_REASON_RANGE, NULL},
        {"{" TICKET ",\"severity\":2.5}", TOIL_REASON_RANGE, NULL},
        {"{" TICKET ",\"csat\":1.01}", TOIL_REASON_RANGE, "csat"},
        {"{" TICKET ",\"csat\":-0.01}", TOIL_REASON_RANGE, "csat"},
        {"{" TICKET ",\"customer\":9007199254740993}", TOIL_REASON_RANGE, "2^53"},
        {"{" TICKET ",\"version\":9007199254740993}", TOIL_REASON_RANGE, "version"},
        {"{" RESTART ",\"count\":-1}", TOIL_REASON_RANGE, NULL},
        {"{" RESTART ",\"count\":1.5}", TOIL_REASON_RANGE, NULL},
        {"{" RESTART ",\"count\":1e300}", TOIL_REASON_RANGE, NULL},
        {"{" RESTART ",\"exit_code\":2147483648}", TOIL_REASON_RANGE, NULL},
        {"{" RESTART ",\"exit_code\":-2147483649}", TOIL_REASON_RANGE, NULL},
        {"{" RESTART ",\"manual_minutes\":-1}", TOIL_REASON_RANGE, NULL},
        {"{" RESTART ",\"manual_minutes\":527041}", TOIL_REASON_RANGE, NULL},
        {"{\"kind\":\"deployment\",\"id\":9007199254740993,\"component\":\"d\"," AT "}", TOIL_REASON_RANGE, "id"},
        {"{\"kind\":\"deployment\",\"id\":1.5,\"component\":\"d\"," AT "}", TOIL_REASON_RANGE, "id"},
        {"{\"kind\":\"work_log\",\"id\":\"w\"," AT ",\"activity\":\"fun\"}", TOIL_REASON_RANGE, "activity"},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"at\":\"yesterday\"}", TOIL_REASON_TIME, "at"},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"at\":\"2026-01-05T08:00:00\"}", TOIL_REASON_TIME,
         "zone"},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"at\":\"2026-02-30T08:00:00Z\"}", TOIL_REASON_TIME,
         NULL},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"at\":1767600000}", TOIL_REASON_TIME, "unit"},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"at\":\"\"}", TOIL_REASON_TIME, NULL},
        {"{" TICKET ",\"version\":\"three\"}", TOIL_REASON_TIME, "version"},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"at\":\"1989-12-31T23:59:59Z\"}",
         TOIL_REASON_IMPLAUSIBLE_TIME, "1990-01-01"},
        {"{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"at\":\"2026-01-06T09:00:01Z\"}",
         TOIL_REASON_IMPLAUSIBLE_TIME, "2026-01-06T09:00:00Z"},
        {"{" TICKET ",\"closed_at\":\"0001-01-01T00:00:00Z\"}", TOIL_REASON_IMPLAUSIBLE_TIME, "closed_at"},
        {"{" RESTART ",\"ended_at\":\"2026-01-05T07:59:59Z\"}", TOIL_REASON_IMPLAUSIBLE_TIME, "before at"},
        {"{\"kind\":\"work_log\",\"id\":\"w\"," AT ",\"ended_at\":\"2026-01-05T07:00:00Z\"}",
         TOIL_REASON_IMPLAUSIBLE_TIME, "before at"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(rows[i].text, rows[i].reason, rows[i].detail);
}

/* A fault of the text counts before a fault of a field, wherever it stands. */
Test(decode, tells_the_text_s_fault_first)
{
    expect("{\"kind\":\"nonsense\",\"at\":5,\"x\":1e999}", TOIL_REASON_NUMBER, NULL);
    expect("{\"kind\":\"nonsense\",\"at\":5", TOIL_REASON_TRUNCATED, NULL);
}

Test(decode, limits)
{
    options.max_bytes = 64;
    expect("{" RESTART ",\"reason\":\"a rather long one\"}", TOIL_REASON_TOO_LARGE, "limit is 64");
    options.max_bytes = 1 << 20;
    options.max_depth = 3;
    expect("{" RESTART ",\"x\":[[1]]}", TOIL_REASON_NONE, NULL);
    expect("{" RESTART ",\"x\":[{\"y\":[]}]}", TOIL_REASON_DEPTH, NULL);
    expect("{" RESTART ",\"x\":[[[1]]]}", TOIL_REASON_DEPTH, NULL);
    options.max_unknown = 2;
    expect("{" RESTART ",\"x\":1,\"y\":2}", TOIL_REASON_NONE, NULL);
    expect("{" RESTART ",\"x\":1,\"y\":2,\"z\":3}", TOIL_REASON_TOO_MANY, "2 unknown");
}

Test(decode, lengths_are_limited)
{
    static const struct {
        const char *before;
        size_t len;
        const char *after;
        enum toil_reason reason;
    } rows[] = {
        {"{\"kind\":\"deployment\",\"component\":\"d\"," AT ",\"id\":\"", 1024, "\"}", TOIL_REASON_NONE},
        {"{\"kind\":\"deployment\",\"component\":\"d\"," AT ",\"id\":\"", 1025, "\"}", TOIL_REASON_RANGE},
        {"{" RESTART ",\"reason\":\"", 4096, "\"}", TOIL_REASON_NONE},
        {"{" RESTART ",\"reason\":\"", 4097, "\"}", TOIL_REASON_RANGE},
        {"{" RESTART ",\"actor\":\"", 1025, "\"}", TOIL_REASON_RANGE},
        {"{" TICKET ",\"tags\":[\"", 1024, "\"]}", TOIL_REASON_NONE},
        {"{" TICKET ",\"tags\":[\"", 1025, "\"]}", TOIL_REASON_RANGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_buf_add_text(&text, rows[i].before);
        for (size_t n = 0; n < rows[i].len; n++)
            toil_buf_add_char(&text, 'x');
        toil_buf_add_text(&text, rows[i].after);
        cr_expect_eq(decode_bytes(text.data, text.len), rows[i].reason, "row %zu: %s", i, detail);
        toil_buf_release(&text);
    }
}

Test(decode, tags)
{
    expect("{" TICKET ",\"tags\":[\"red\",\"\",\"caf\\u00e9\"]}", TOIL_REASON_NONE, NULL);
    static const char *const tags[] = {"red", "", "caf\xc3\xa9"};
    cr_assert_eq(event.tag_count, 3);
    const char *p = event.value[TOIL_FIELD_TAGS].text.ptr, *end = p + event.value[TOIL_FIELD_TAGS].text.len;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t len;
        memcpy(&len, p, sizeof len);
        p += sizeof len;
        cr_expect(toil_span_is((struct toil_span){p, len}, tags[i]));
        p += len;
    }
    cr_expect_eq(p, end);
    expect("{" TICKET ",\"tags\":[]}", TOIL_REASON_NONE, NULL);
    cr_expect(toil_event_has(&event, TOIL_FIELD_TAGS));
    cr_expect_eq(event.tag_count, 0);
    for (unsigned count = 256; count <= 257; count++) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_buf_add_text(&text, "{" TICKET ",\"tags\":[\"\"");
        for (unsigned i = 1; i < count; i++)
            toil_buf_add_text(&text, ",\"\"");
        toil_buf_add_text(&text, "]}");
        cr_expect_eq(decode(text.data), count == 256 ? TOIL_REASON_NONE : TOIL_REASON_TOO_MANY);
        toil_buf_release(&text);
    }
}

Test(decode, every_type_of_value)
{
    expect("{" RESTART ",\"ended_at\":\"2026-01-05T10:01:33.5+01:30\",\"actor\":\"ann\",\"automatic\":false,"
           "\"scope\":\"eu\",\"manual_minutes\":12.5,\"count\":7.0,\"reason\":\"a\\\"\\u20ac\\ud83d\\ude00\\n\","
           "\"host\":\"h\",\"exit_code\":-9,\"severity\":2}",
           TOIL_REASON_NONE, NULL);
    cr_expect_eq(event.kind, TOIL_KIND_SERVICE_RESTART);
    cr_expect(text_is(TOIL_FIELD_ID, "r1"));
    cr_expect(text_is(TOIL_FIELD_COMPONENT, "db"));
    cr_expect_eq(event.value[TOIL_FIELD_AT].time_us, AT_US);
    cr_expect_eq(event.value[TOIL_FIELD_ENDED_AT].time_us, AT_US + 31 * TOIL_US_PER_MINUTE + 33500000);
    cr_expect(text_is(TOIL_FIELD_ACTOR, "ann"));
    cr_expect(toil_event_has(&event, TOIL_FIELD_AUTOMATIC) && !event.value[TOIL_FIELD_AUTOMATIC].boolean);
    cr_expect_eq(event.value[TOIL_FIELD_MANUAL_MINUTES].number, 12.5);
    cr_expect_eq(event.value[TOIL_FIELD_COUNT].integer, 7);
    cr_expect(text_is(TOIL_FIELD_REASON, "a\"\xe2\x82\xac\xf0\x9f\x98\x80\n"));
    cr_expect_eq(event.value[TOIL_FIELD_EXIT_CODE].integer, -9);
    cr_expect_eq(event.value[TOIL_FIELD_SEVERITY].integer, 2);
    cr_expect_eq(event.unknown_fields, 0);
    cr_expect_eq(event.extra.len, 0);
    cr_expect_not(event.ending);
    expect("{\"kind\":\"measurement\",\"id\":\"m\",\"component\":\"db\"," AT
           ",\"metric\":\"load\",\"value\":-1.25e-3,\"unit\":\"ms\"}",
           TOIL_REASON_NONE, NULL);
    cr_expect_eq(event.value[TOIL_FIELD_VALUE].number, -1.25e-3);
    expect("{" TICKET ",\"status\":\"s\\u006flved\",\"csat\":1,\"topic\":\"sync\",\"customer\":\"acme\"}",
           TOIL_REASON_NONE, NULL);
    cr_expect(text_is(TOIL_FIELD_STATUS, "solved"));
    cr_expect_eq(event.value[TOIL_FIELD_CSAT].number, 1.0);
}

/* The values of one message must not shine through into the next. */
Test(decode, nothing_stays_from_the_message_before)
{
    expect("{" TICKET ",\"tags\":[\"a\"],\"x\":1,\"topic\":\"sync\"}", TOIL_REASON_NONE, NULL);
    expect("{" TICKET "}", TOIL_REASON_NONE, NULL);
    cr_expect_not(toil_event_has(&event, TOIL_FIELD_TAGS));
    cr_expect_not(toil_event_has(&event, TOIL_FIELD_TOPIC));
    cr_expect_eq(event.extra.len, 0);
    cr_expect_eq(event.tag_count + event.unknown_fields, 0);
}

Test(decode, ids_that_are_numbers)
{
    static const struct {
        const char *id, *text;
    } rows[] = {{"7", "7"},
                {"7.0", "7"},
                {"70e-1", "7"},
                {"-7", "-7"},
                {"0", "0"},
                {"-0", "0"},
                {"-0.0", "0"},
                {"9007199254740992", "9007199254740992"},
                {"-9007199254740992", "-9007199254740992"},
                {"1e3", "1000"},
                {"\"007\"", "007"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = toil_xasprintf("{\"kind\":\"deployment\",\"id\":%s,\"component\":\"d\"," AT "}", rows[i].id);
        expect(text, TOIL_REASON_NONE, NULL);
        cr_expect(text_is(TOIL_FIELD_ID, rows[i].text), "%s: %.*s", rows[i].id,
                  (int)event.value[TOIL_FIELD_ID].text.len, event.value[TOIL_FIELD_ID].text.ptr);
        free(text);
    }
}

Test(decode, times_that_are_numbers)
{
    static const struct {
        enum toil_time_unit unit;
        const char *at;
        int64_t us;
    } rows[] = {{TOIL_UNIT_S, "1767600000", AT_US},
                {TOIL_UNIT_S, "1767600000.25", AT_US + 250000},
                {TOIL_UNIT_MS, "1767600000123", AT_US + 123000},
                {TOIL_UNIT_US, "1767600000123456", AT_US + 123456},
                {TOIL_UNIT_NS, "1767600000123456789", AT_US + 123457},
                {TOIL_UNIT_NS, "1767600000000000001", AT_US},
                {TOIL_UNIT_MS, "\"2026-01-05T08:00:00Z\"", AT_US}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        options.time_unit = rows[i].unit;
        char *text = toil_xasprintf("{\"kind\":\"deployment\",\"id\":1,\"component\":\"d\",\"at\":%s}", rows[i].at);
        expect(text, TOIL_REASON_NONE, NULL);
        cr_expect_eq(event.value[TOIL_FIELD_AT].time_us, rows[i].us, "%s", rows[i].at);
        free(text);
    }
    options.time_unit = TOIL_UNIT_S; /* milliseconds taken for seconds: the year 58000 */
    expect("{\"kind\":\"deployment\",\"id\":1,\"component\":\"d\",\"at\":1767600000123}", TOIL_REASON_IMPLAUSIBLE_TIME,
           NULL);
    expect("{\"kind\":\"deployment\",\"id\":1,\"component\":\"d\",\"at\":1e300}", TOIL_REASON_TIME, NULL);
    expect("{\"kind\":\"deployment\",\"id\":1,\"component\":\"d\",\"at\":9223372036854775807}", TOIL_REASON_TIME, NULL);
}

Test(decode, kind_of_the_topic)
{
    options.kind = TOIL_KIND_DEPLOYMENT;
    expect("{\"id\":\"d\",\"component\":\"d\"," AT "}", TOIL_REASON_NONE, NULL);
    cr_expect_eq(event.kind, TOIL_KIND_DEPLOYMENT);
    expect("{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\"," AT "}", TOIL_REASON_NONE, NULL);
    expect("{\"kind\":null,\"id\":\"d\",\"component\":\"d\"," AT "}", TOIL_REASON_NONE, NULL);
    expect("{" RESTART "}", TOIL_REASON_KIND, "the topic's is deployment");
    options.kind = TOIL_KIND_NONE;
    expect("{\"id\":\"d\",\"component\":\"d\"," AT ",\"k\\u0069nd\":\"deploy\\u006dent\"}", TOIL_REASON_NONE, NULL);
    cr_expect_eq(event.kind, TOIL_KIND_DEPLOYMENT);
}

Test(decode, endings)
{
    expect("{\"kind\":\"service_restart\",\"id\":\"r1\",\"ended_at\":\"2026-01-05T08:00:00Z\"}", TOIL_REASON_NONE,
           NULL);
    cr_expect(event.ending);
    expect("{\"kind\":\"queue_rebalance\",\"id\":\"q\",\"at\":null,\"ended_at\":\"2026-01-05T08:00:00Z\"}",
           TOIL_REASON_NONE, NULL);
    cr_expect(event.ending);
    expect("{\"kind\":\"service_restart\",\"ended_at\":\"2026-01-05T08:00:00Z\"}", TOIL_REASON_MISSING, "id");
    /* A deployment has no end: the field is unknown to it. */
    expect("{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"d\",\"ended_at\":\"2026-01-05T08:00:00Z\"}",
           TOIL_REASON_MISSING, "at");
    expect("{" RESTART ",\"ended_at\":\"2026-01-05T08:00:00Z\"}", TOIL_REASON_NONE, NULL);
    cr_expect_not(event.ending);
    expect("{\"kind\":\"work_log\",\"id\":\"w\",\"version\":1,\"ended_at\":\"2026-01-05T08:00:00Z\"}", TOIL_REASON_NONE,
           NULL);
    cr_expect_not(event.ending);
}

Test(decode, version_of_a_state)
{
    static const struct {
        const char *rest;
        int64_t version;
    } rows[] = {
        {AT, AT_US},
        {AT ",\"updated_at\":\"2026-01-05T08:30:00Z\"", AT_US + 30 * TOIL_US_PER_MINUTE},
        {"\"updated_at\":\"2026-01-05T08:30:00Z\"", AT_US + 30 * TOIL_US_PER_MINUTE},
        {AT ",\"version\":3,\"updated_at\":\"2026-01-05T08:30:00Z\"", 3},
        {"\"version\":-3", -3},
        {"\"version\":\"2026-01-05T08:00:00.000001Z\"", AT_US + 1},
        {AT ",\"version\":null", AT_US},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = toil_xasprintf("{\"kind\":\"support_ticket\",\"id\":1,%s}", rows[i].rest);
        expect(text, TOIL_REASON_NONE, NULL);
        cr_expect(toil_event_has(&event, TOIL_FIELD_VERSION));
        cr_expect_eq(event.value[TOIL_FIELD_VERSION].integer, rows[i].version, "%s", rows[i].rest);
        free(text);
    }
}

Test(decode, robots_act_automatically)
{
    expect("{" RESTART ",\"actor\":\"svc-deployer\"}", TOIL_REASON_NONE, NULL);
    cr_expect(toil_event_has(&event, TOIL_FIELD_AUTOMATIC) && event.value[TOIL_FIELD_AUTOMATIC].boolean);
    expect("{" RESTART ",\"automatic\":false,\"actor\":\"deploy-bot\"}", TOIL_REASON_NONE, NULL);
    cr_expect(event.value[TOIL_FIELD_AUTOMATIC].boolean);
    expect("{" RESTART ",\"actor\":\"ann-svc-\"}", TOIL_REASON_NONE, NULL);
    cr_expect_not(toil_event_has(&event, TOIL_FIELD_AUTOMATIC));
    expect("{" RESTART ",\"automatic\":true,\"actor\":\"ann\"}", TOIL_REASON_NONE, NULL);
    cr_expect(event.value[TOIL_FIELD_AUTOMATIC].boolean);
    expect("{" TICKET ",\"customer\":\"svc-inc\"}", TOIL_REASON_NONE, NULL);
    cr_expect_not(toil_event_has(&event, TOIL_FIELD_AUTOMATIC), "a customer is no actor");
}

/* An empty name is nobody, not one person whom all nameless work belongs to. */
Test(decode, empty_texts_are_absent)
{
    expect("{" RESTART ",\"actor\":\"\",\"host\":\"\",\"scope\":\"\"}", TOIL_REASON_NONE, NULL);
    cr_expect_not(toil_event_has(&event, TOIL_FIELD_ACTOR));
    cr_expect_not(toil_event_has(&event, TOIL_FIELD_HOST));
    cr_expect_not(toil_event_has(&event, TOIL_FIELD_SCOPE));
}

Test(decode, unknown_fields_are_kept)
{
    static const struct {
        const char *rest, *extra;
        unsigned count;
    } rows[] = {
        {"\"a\":1", "{\"a\":1}", 1},
        {"\"a\":\"x\",\"b\":\"\"", "{\"a\":\"x\",\"b\":\"\"}", 2},
        {"\"a\":{ \"b\" : [1, 2, {}] , \"c\":null }", "{\"a\":{ \"b\" : [1, 2, {}] , \"c\":null }}", 1},
        {"\"a\\n\\u00e9\":\"\\ud83d\\ude00\"", "{\"a\\n\\u00e9\":\"\\ud83d\\ude00\"}", 1},
        {"\"a\":null", "", 0},
        {"\"a\":12345678901234567890,\"b\":[]", "{\"a\":12345678901234567890,\"b\":[]}", 2},
        {"\"a\":true,\"tags\":[\"not\",\"mine\"]", "{\"a\":true,\"tags\":[\"not\",\"mine\"]}", 2},
        {"\"queue\":\"other kind\"", "{\"queue\":\"other kind\"}", 1},
        {"\"status\":17,\"csat\":null", "{\"status\":17}", 1},
        {"\"\":0", "{\"\":0}", 1},
        {"\"Host\":0", "{\"Host\":0}", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = toil_xasprintf("{%s," RESTART "}", rows[i].rest);
        expect(text, TOIL_REASON_NONE, NULL);
        cr_expect(toil_span_is(event.extra, rows[i].extra), "%s: %.*s", rows[i].rest, (int)event.extra.len,
                  event.extra.ptr);
        cr_expect_eq(event.unknown_fields, rows[i].count, "%s", rows[i].rest);
        free(text);
    }
}

Test(decode, details_are_one_short_harmless_line)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_add_text(&text, "{\"kind\":\"\\n\\u001b[31m\\u009b");
    for (int i = 0; i < 500; i++)
        toil_buf_add_text(&text, "\xe2\x82\xac");
    toil_buf_add_text(&text, "\"}");
    cr_expect_eq(decode(text.data), TOIL_REASON_KIND);
    cr_expect_lt(strlen(detail), 100, "%s", detail);
    cr_expect_null(strpbrk(detail, "\n\x1b"), "%s", detail);
    cr_expect_null(strstr(detail, "\xc2\x9b"), "%s", detail);
    char small[8];
    struct toil_span message = {text.data, text.len};
    cr_expect_eq(toil_decode(decoder, &options, message, NOW_US, &event, small, sizeof small), TOIL_REASON_KIND);
    cr_expect_lt(strlen(small), sizeof small);
    cr_expect_eq(toil_decode(decoder, &options, message, NOW_US, &event, NULL, 0), TOIL_REASON_KIND);
    toil_buf_release(&text);
}

/* Every field of the vocabulary is found by the decoder's own look-up, in each kind that has it. */
Test(decode, knows_every_field_of_every_kind)
{
    static const char *const samples[] = {
        [TOIL_TYPE_TEXT] = "\"x\"",
        [TOIL_TYPE_ID] = "\"x\"",
        [TOIL_TYPE_PERSON] = "\"x\"",
        [TOIL_TYPE_VERSION] = "1",
        [TOIL_TYPE_INTEGER] = "1",
        [TOIL_TYPE_INT32] = "1",
        [TOIL_TYPE_SEVERITY] = "1",
        [TOIL_TYPE_NUMBER] = "1",
        [TOIL_TYPE_MINUTES] = "1",
        [TOIL_TYPE_SHARE] = "1",
        [TOIL_TYPE_BOOL] = "true",
        [TOIL_TYPE_TAGS] = "[\"x\"]",
        [TOIL_TYPE_STATUS] = "\"open\"",
        [TOIL_TYPE_ACTIVITY] = "\"toil\"",
        [TOIL_TYPE_TIME] = "\"2026-01-05T08:00:00Z\"",
    };
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++) {
        struct toil_buf text = TOIL_BUF_INIT;
        uint32_t expected = 0;
        toil_buf_printf(&text, "{\"kind\":\"%s\"", toil_kinds[kind].name);
        for (unsigned field = 0; field < TOIL_N_FIELDS; field++) {
            if (!(toil_fields[field].kinds >> kind & 1u))
                continue;
            toil_buf_printf(&text, ",\"%s\":%s", toil_fields[field].name, samples[toil_fields[field].type]);
            expected |= UINT32_C(1) << field;
        }
        toil_buf_add_char(&text, '}');
        expect(text.data, TOIL_REASON_NONE, NULL);
        cr_expect_eq(event.present, expected, "%s", toil_kinds[kind].name);
        cr_expect_eq(event.unknown_fields, 0);
        toil_buf_release(&text);
    }
}
