/* Decoding against hostile bytes: at random, broken, cut off, and made to need the most memory. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/decode.h"

#define NOW_US (INT64_C(1767603600) * TOIL_US_PER_SECOND) /* 2026-01-05T09:00:00Z */
#define TICKET "\"kind\":\"support_ticket\",\"id\":\"t1\",\"at\":\"2026-01-05T08:00:00Z\""

static struct toil_people *people;
static struct toil_decoder *decoder;
static struct toil_decode_options options;
static struct toil_event event;
static char detail[256];
static char *kept; /* the last message: the event borrows from it */

static void setup(void)
{
    people = toil_people_open_clear();
    decoder = toil_decoder_new(people);
    toil_decode_options_init(&options);
}

static void teardown(void)
{
    toil_decoder_free(decoder);
    toil_people_free(people);
    free(kept);
}

TestSuite(decode_hostile, .init = setup, .fini = teardown);

/* Each message in memory of its own size, so that a sanitizer sees a byte read too much. */
static enum toil_reason decode_bytes(const char *bytes, size_t len)
{
    free(kept);
    kept = toil_xmalloc(len);
    if (len)
        memcpy(kept, bytes, len);
    detail[0] = '\0';
    return toil_decode(decoder, &options, (struct toil_span){kept, len}, NOW_US, &event, detail, sizeof detail);
}

static enum toil_reason decode(const char *text)
{
    return decode_bytes(text, strlen(text));
}

static bool text_is(enum toil_field field, const char *expected)
{
    return toil_event_has(&event, field) && toil_span_is(event.value[field].text, expected);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

Test(decode_hostile, any_bytes_are_survived)
{
    uint64_t state = 20260105;
    char bytes[512];
    for (int round = 0; round < 20000; round++) {
        size_t len = next_random(&state) % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)next_random(&state);
        enum toil_reason reason = decode_bytes(bytes, len);
        cr_assert_neq(reason, TOIL_REASON_NONE);
        cr_assert_eq(strlen(detail), strcspn(detail, "\n"));
    }
}

Test(decode_hostile, broken_messages_are_survived)
{
    static const char good[] = "{" TICKET ",\"tags\":[\"a\\u00e9\",\"b\"],\"customer\":7,\"x\":{\"y\":[1.5e3,null]},"
                               "\"topic\":\"\\ud83d\\ude00 \xf0\x9f\x98\x80\",\"csat\":0.25}";
    uint64_t state = 7;
    char bytes[sizeof good];
    unsigned refused = 0;
    for (int round = 0; round < 50000; round++) {
        size_t len = sizeof good - 1;
        memcpy(bytes, good, len);
        for (unsigned changes = 1 + next_random(&state) % 3; changes > 0; changes--)
            bytes[next_random(&state) % len] = (char)next_random(&state);
        if (next_random(&state) % 4 == 0)
            len = next_random(&state) % len;
        refused += decode_bytes(bytes, len) != TOIL_REASON_NONE;
    }
    cr_expect_gt(refused, 40000);
}

/* Cut anywhere, a good message is truncated, never half an event. */
Test(decode_hostile, every_prefix_is_truncated)
{
    static const char good[] = "{" TICKET ",\"tags\":[\"a\\u00e9\",\"b\"],\"customer\":7,\"x\":{\"y\":[1.5e3,null]},"
                               "\"topic\":\"\\ud83d\\ude00 \xf0\x9f\x98\x80\",\"csat\":0.25}";
    cr_expect_eq(decode(good), TOIL_REASON_NONE, "%s", detail);
    for (size_t len = 1; len < sizeof good - 1; len++)
        cr_expect_eq(decode_bytes(good, len), TOIL_REASON_TRUNCATED, "%zu: %s", len, detail);
}

/* The greatest needs of scratch memory: escapes everywhere, many tags, keys with escapes. */
Test(decode_hostile, scratch_memory_is_enough)
{
    for (unsigned tags = 0; tags <= 256; tags += 32) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_buf_add_text(&text, "{\"\\u0069\\u0064\":-0.0,\"\\u006bind\":\"support\\u005fticket\",\"\\u0061t\":"
                                 "\"2026-01-05T08:00:00\\u005a\",\"customer\":1e2,\"\\u0061ctor\":2.0,\"tags\":[");
        for (unsigned i = 0; i < tags; i++)
            toil_buf_add_text(&text, i ? ",\"\"" : "\"\"");
        toil_buf_add_text(&text, "]}");
        cr_expect_eq(decode(text.data), TOIL_REASON_NONE, "%s", detail);
        cr_expect(text_is(TOIL_FIELD_ID, "0"));
        cr_expect(text_is(TOIL_FIELD_CUSTOMER, "100"));
        cr_expect(text_is(TOIL_FIELD_ACTOR, "2"));
        cr_expect_eq(event.tag_count, tags);
        toil_buf_release(&text);
    }
}
