/* Rows of binary COPY, byte for byte, and what a batch counts. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_events.h"
#include "toilmeter/batch.h"

#define HEAD "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
#define NONE "\377\377\377\377"
#define END  "\377\377"

static struct toil_batch batch;

static void setup(void)
{
    toil_batch_init(&batch);
}

static void teardown(void)
{
    toil_batch_release(&batch);
}

TestSuite(batch, .init = setup, .fini = teardown);

static void cr_assert_rows(unsigned table, const char *expected, size_t len)
{
    const struct toil_buf *copy = &batch.rows[table].copy;
    size_t same = 0;
    while (same < len && same < copy->len && copy->data[same] == expected[same])
        same++;
    cr_assert(copy->len == len && same == len, "%zu bytes where %zu were expected, the first difference at %zu",
              copy->len, len, same);
}

Test(batch, a_fact_is_encoded_byte_for_byte)
{
    struct test_event event;
    test_event_init(&event, TOIL_KIND_SERVICE_RESTART);
    test_event_time(&event, TOIL_FIELD_AT, "2000-01-01T00:00:01.000002Z");
    test_event_text(&event, TOIL_FIELD_ID, "r-1");
    test_event_time(&event, TOIL_FIELD_ENDED_AT, "1999-12-31T23:59:59Z");
    test_event_text(&event, TOIL_FIELD_COMPONENT, "\xc3\xa9");
    test_event_bool(&event, TOIL_FIELD_AUTOMATIC, true);
    test_event_number(&event, TOIL_FIELD_MANUAL_MINUTES, 1.5);
    test_event_integer(&event, TOIL_FIELD_COUNT, 258);
    test_event_text(&event, TOIL_FIELD_REASON, "");
    test_event_integer(&event, TOIL_FIELD_EXIT_CODE, -1);
    test_event_integer(&event, TOIL_FIELD_SEVERITY, 5);
    test_event_extra(&event, "{\"k\":1}");
    toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event.event);
    toil_batch_seal(&batch);
    static const char expected[] = HEAD "\0\16"
                                        "\0\0\0\10\0\0\0\0\0\17\102\102"
                                        "\0\0\0\3r-1"
                                        "\0\0\0\10\377\377\377\377\377\360\275\300"
                                        "\0\0\0\2\303\251" NONE "\0\0\0\1\1" NONE "\0\0\0\10\77\370\0\0\0\0\0\0"
                                        "\0\0\0\10\0\0\0\0\0\0\1\2"
                                        "\0\0\0\0" NONE "\0\0\0\4\377\377\377\377"
                                        "\0\0\0\2\0\5"
                                        "\0\0\0\10\1{\"k\":1}" END;
    cr_assert_rows(TOIL_KIND_SERVICE_RESTART, expected, sizeof expected - 1);
}

Test(batch, tags_are_an_array_of_text)
{
    struct test_event event;
    for (int i = 0; i < 2; i++) {
        test_event_init(&event, TOIL_KIND_SUPPORT_TICKET);
        test_event_text(&event, TOIL_FIELD_ID, "T");
        test_event_integer(&event, TOIL_FIELD_VERSION, 1);
        test_event_tags(&event, i ? (const char *const[]){"ab", "c", NULL} : (const char *const[]){NULL});
        toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event.event);
    }
    toil_batch_seal(&batch);
    /* at id version updated_at closed_at component actor automatic scope manual_minutes status severity topic tags */
#define LEAD                                                                                                           \
    "\0\21" NONE "\0\0\0\1T"                                                                                           \
    "\0\0\0\10\0\0\0\0\0\0\0\1" NONE NONE NONE NONE NONE NONE NONE NONE NONE NONE
    static const char expected[] = HEAD LEAD "\0\0\0\14\0\0\0\0\0\0\0\0\0\0\0\31" NONE NONE NONE LEAD
                                             "\0\0\0\37\0\0\0\1\0\0\0\0\0\0\0\31\0\0\0\2\0\0\0\1\0\0\0\2"
                                             "ab"
                                             "\0\0\0\1"
                                             "c" NONE NONE NONE END;
    cr_assert_rows(TOIL_KIND_SUPPORT_TICKET, expected, sizeof expected - 1);
}

Test(batch, an_ending_names_its_kind_and_has_no_beginning)
{
    struct test_event event;
    test_event_init(&event, TOIL_KIND_QUEUE_REBALANCE);
    test_event_text(&event, TOIL_FIELD_ID, "g");
    test_event_time(&event, TOIL_FIELD_ENDED_AT, "2000-01-01T00:00:00Z");
    test_event_integer(&event, TOIL_FIELD_MOVED, 3);
    event.event.ending = true;
    toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event.event);
    toil_batch_seal(&batch);
    static const char expected[] = HEAD "\0\20\0\0\0\17queue_rebalance\0\0\0\1g\0\0\0\10\0\0\0\0\0\0\0\0" NONE NONE NONE
        NONE NONE NONE NONE NONE NONE NONE "\0\0\0\10\0\0\0\0\0\0\0\3" NONE NONE END;
    cr_assert_rows(TOIL_TABLE_ENDING, expected, sizeof expected - 1);
    cr_assert_eq(batch.rows[TOIL_KIND_QUEUE_REBALANCE].copy.len, 0u);
    cr_assert_eq(batch.source[0].intake[TOIL_KIND_QUEUE_REBALANCE].endings, 1u);
}

Test(batch, minus_zero_is_zero)
{
    struct test_event event;
    test_event_init(&event, TOIL_KIND_MEASUREMENT);
    test_event_number(&event, TOIL_FIELD_VALUE, -0.0);
    toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event.event);
    const struct toil_buf *copy = &batch.rows[TOIL_KIND_MEASUREMENT].copy;
    cr_assert_null(memchr(copy->data + 20, '\200', copy->len - 20));
}

Test(batch, an_unusable_message_is_kept_as_it_came)
{
    struct toil_bad_message bad = {.value = {"\0\xff", 2},
                                   .headers = TOIL_SPAN("[[\"h\",\"\\\\u0000\\u0000\"]]"),
                                   .offset = 5,
                                   .timestamp_us = INT64_MIN,
                                   .reason = TOIL_REASON_UTF8,
                                   .detail = "x\xff"};
    toil_batch_add_bad(&batch, toil_batch_source(&batch, "t", 7), "c", &bad);
    toil_batch_seal(&batch);
    static const char expected[] = HEAD "\0\12\0\0\0\1c\0\0\0\1t\0\0\0\4\0\0\0\7\0\0\0\10\0\0\0\0\0\0\0\5"
                                        "\0\0\0\2\0\377" NONE "\0\0\0\30\1[[\"h\",\"\\\\u0000\\ufffd\"]]"
                                        "\0\0\0\4utf8\0\0\0\4x\357\277\275" NONE END;
    cr_assert_rows(TOIL_TABLE_QUARANTINE, expected, sizeof expected - 1);
    const struct toil_intake *intake = &batch.source[0].intake[TOIL_KIND_NONE];
    cr_assert_eq(intake->received, 1u);
    cr_assert_eq(intake->quarantined, 1u);
}

static bool has_month(enum toil_kind kind, int index)
{
    return (batch.months[kind][(index - TOIL_FIRST_MONTH) / 64] >> ((index - TOIL_FIRST_MONTH) % 64)) & 1;
}

Test(batch, months_of_facts_are_noted)
{
    static const struct {
        const char *at;
        int index;
    } rows[] = {{"1970-01-01T00:00:00Z", 0},   {"1999-12-31T23:59:59.999999Z", 359}, {"2000-01-01T00:00:00Z", 360},
                {"2026-02-28T23:59:59Z", 673}, {"2026-03-01T00:00:00Z", 674},        {"2140-08-31T00:00:00Z", 2047}};
    struct test_event event;
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        test_event_init(&event, TOIL_KIND_DEPLOYMENT);
        test_event_time(&event, TOIL_FIELD_AT, rows[i].at);
        toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event.event);
        cr_expect(has_month(TOIL_KIND_DEPLOYMENT, rows[i].index), "%s", rows[i].at);
    }
    /* outside of what can be noted: the database will say so */
    test_event_time(&event, TOIL_FIELD_AT, "1969-12-31T23:59:59Z");
    toil_batch_add(&batch, 0, &event.event);
    test_event_time(&event, TOIL_FIELD_AT, "2140-09-01T00:00:00Z");
    toil_batch_add(&batch, 0, &event.event);
    for (int i = 0; i < TOIL_MONTHS / 64; i++)
        bits += (unsigned)__builtin_popcountll(batch.months[TOIL_KIND_DEPLOYMENT][i]);
    cr_expect_eq(bits, 6u);
    toil_batch_clear(&batch);
    test_event_time(&event, TOIL_FIELD_AT, "2026-03-15T00:00:00Z");
    toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event.event);
    cr_expect(has_month(TOIL_KIND_DEPLOYMENT, 674), "the month of the batch before was not forgotten");
}

Test(batch, sources_are_told_apart_and_counted)
{
    struct test_random random = {.state = 1};
    struct test_event event;
    cr_assert_eq(toil_batch_source(&batch, "a", 0), 0u);
    cr_assert_eq(toil_batch_source(&batch, "a", 1), 1u);
    cr_assert_eq(toil_batch_source(&batch, "b", 0), 2u);
    cr_assert_eq(toil_batch_source(&batch, "a", 0), 0u);
    uint64_t bytes = 0;
    for (int i = 0; i < 5000; i++) {
        test_event_random(&event, &random, 100);
        toil_batch_add(&batch, (uint32_t)i % 3, &event.event);
        toil_batch_add_skipped(&batch, (uint32_t)i % 3);
    }
    uint64_t rows = 0, events = 0, received = 0;
    for (unsigned table = 0; table < TOIL_TABLE_COUNT; table++) {
        for (uint32_t i = 0; i < batch.rows[table].count; i++)
            cr_assert_lt(batch.rows[table].source[i], 3u);
        rows += batch.rows[table].count;
        bytes += batch.rows[table].copy.len ? batch.rows[table].copy.len - sizeof HEAD + 1 : 0;
    }
    for (int source = 0; source < 3; source++) {
        for (int kind = 0; kind <= TOIL_N_KINDS; kind++) {
            events += batch.source[source].intake[kind].events;
            received += batch.source[source].intake[kind].received;
        }
    }
    cr_assert_eq(rows, 5000u);
    cr_assert_eq(events, 5000u);
    cr_assert_eq(received, 10000u);
    cr_assert_eq(batch.messages, 10000u);
    cr_assert_eq(batch.bytes, bytes);

    const char *kept = batch.rows[TOIL_KIND_MEASUREMENT].copy.data;
    toil_batch_clear(&batch);
    cr_assert_eq(batch.source_count, 0u);
    cr_assert_eq(batch.messages, 0u);
    cr_assert_eq(batch.bytes, 0u);
    cr_assert_eq(batch.rows[TOIL_KIND_MEASUREMENT].copy.data, kept, "the memory was given away");
}
