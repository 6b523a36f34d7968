/* Bad input: whole into the quarantine with its reason, in the batch's transaction; the partition moves on. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_rig.h"
#include "toilmeter/digest.h"

enum { RUN_MS = 90000 };

TestSuite(bad, .timeout = 180);

#define FACT "{\"kind\":\"service_restart\",\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\""

/* The name is the message's key; bytes: with its length where it holds a NUL. */
static const struct {
    const char *name, *reason, *text;
    size_t length;
} cases[] = {
    {"word", "not_json", "hello", 0},
    {"trailing", "not_json", FACT "} x", 0},
    {"two", "not_json", FACT "}" FACT "}", 0},
    {"comma", "not_json", FACT ",}", 0},
    {"single-quotes", "not_json", "{'kind':'service_restart'}", 0},
    {"array", "not_object", "[" FACT "}]", 0},
    {"string", "not_object", "\"text\"", 0},
    {"null", "not_object", "null", 0},
    {"cut", "truncated", FACT, 0},
    {"cut-string", "truncated", "{\"kind\":\"service_re", 0},
    {"empty", "empty", "", 0},
    {"blank", "empty", " \r\n\t", 0},
    {"latin1", "utf8", FACT ",\"reason\":\"caf\xe9\"}", 0},
    {"overlong", "utf8", FACT ",\"reason\":\"\xc0\xaf\"}", 0},
    {"surrogate-bytes", "utf8", FACT ",\"reason\":\"\xed\xa0\x80\"}", 0},
    {"half-surrogate", "escape", FACT ",\"reason\":\"\\ud800\"}", 0},
    {"wrong-escape", "escape", FACT ",\"reason\":\"\\q\"}", 0},
    {"nul-escape", "nul",
     "{\"kind\":\"service_restart\",\"id\":\"a\\u0000b\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\"}", 0},
    {"nul-byte", "not_json", FACT "\0}", sizeof FACT + 1},
    {"leading-zero", "number", FACT ",\"count\":01}", 0},
    {"huge-number", "number", FACT ",\"manual_minutes\":1e999}", 0},
    {"id-above-2-53", "range",
     "{\"kind\":\"service_restart\",\"id\":9007199254740993,\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\"}", 0},
    {"deep", "depth", FACT ",\"z\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
     0},
    {"double-key", "duplicate_key", FACT ",\"id\":\"y\"}", 0},
    {"no-kind", "kind", "{\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\"}", 0},
    {"strange-kind", "kind", "{\"kind\":\"party\",\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\"}",
     0},
    {"no-id", "missing", "{\"kind\":\"service_restart\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\"}", 0},
    {"no-component", "missing", "{\"kind\":\"deployment\",\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\"}", 0},
    {"no-time", "missing", "{\"kind\":\"deployment\",\"id\":\"x\",\"component\":\"c\"}", 0},
    {"bool-id", "type", "{\"kind\":\"deployment\",\"id\":true,\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\"}", 0},
    {"object-component", "type",
     "{\"kind\":\"deployment\",\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":{}}", 0},
    {"text-count", "type", FACT ",\"count\":\"many\"}", 0},
    {"severity-9", "range", FACT ",\"severity\":9}", 0},
    {"strange-status", "range", "{\"kind\":\"support_ticket\",\"id\":\"x\",\"version\":1,\"status\":\"lost\"}", 0},
    {"csat-2", "range", "{\"kind\":\"support_ticket\",\"id\":\"x\",\"version\":1,\"csat\":2}", 0},
    {"word-time", "time", "{\"kind\":\"deployment\",\"id\":\"x\",\"at\":\"yesterday\",\"component\":\"c\"}", 0},
    {"february-30", "time",
     "{\"kind\":\"deployment\",\"id\":\"x\",\"at\":\"2026-02-30T10:00:00Z\",\"component\":\"c\"}", 0},
    {"no-zone", "time", "{\"kind\":\"deployment\",\"id\":\"x\",\"at\":\"2026-02-03T10:00:00\",\"component\":\"c\"}", 0},
    {"1980", "implausible_time",
     "{\"kind\":\"deployment\",\"id\":\"x\",\"at\":\"1980-02-03T10:00:00Z\",\"component\":\"c\"}", 0},
    {"2126", "implausible_time",
     "{\"kind\":\"deployment\",\"id\":\"x\",\"at\":\"2126-02-03T10:00:00Z\",\"component\":\"c\"}", 0},
    {"end-first", "implausible_time", FACT ",\"ended_at\":\"2026-02-03T09:00:00Z\"}", 0},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static struct toil_span bytes_of(size_t i)
{
    return (struct toil_span){cases[i].text, cases[i].length > 0 ? cases[i].length : strlen(cases[i].text)};
}

static void send_case(struct toil_rig *rig, const char *topic, size_t i)
{
    static const char *const header[] = {"source", "desk \"1\"", "source", "again", NULL};
    struct toil_outgoing message = {.topic = topic,
                                    .partition = -1,
                                    .key = toil_span_of(cases[i].name),
                                    .value = bytes_of(i),
                                    .timestamp_ms = 1767225600000,
                                    .header = header};
    cr_assert(toil_producer_send(rig->producer, &message));
}

static void assert_quarantined(struct toil_rig *rig, size_t i)
{
    char hex[2 * TOIL_SHA256_BYTES + 1];
    toil_sha256_hex(bytes_of(i), hex);
    char *sql =
        toil_xasprintf("select coalesce(string_agg(concat_ws(' ', reason, "
                       "encode(sha256(message), 'hex') = '%s', headers, extract(epoch from message_at)::bigint), "
                       "';'), 'absent') from toilmeter.quarantine where key = '%s'::bytea",
                       hex, cases[i].name);
    char *got = toil_rig_text(rig, sql);
    char *expected =
        toil_xasprintf("%s t [[\"source\", \"desk \\\"1\\\"\"], [\"source\", \"again\"]] 1767225600", cases[i].reason);
    cr_expect_str_eq(got, expected, "%s: quarantine has %s, expected %s", cases[i].name, got, expected);
    free(expected);
    free(got);
    free(sql);
}

Test(bad, each_case_is_kept_whole_with_its_reason_and_the_good_go_on)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "bad", 3, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    for (size_t i = 0; i < CASES; i++) {
        send_case(&rig, topic, i);
        toil_rig_send_numbered(&rig, topic, (int)i + 1, (int)i + 1);
    }
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    for (size_t i = 0; i < CASES; i++)
        assert_quarantined(&rig, i);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, CASES), 0, "good events beside bad ones were lost");
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.quarantine"), CASES);
    cr_assert(toil_rig_wait_end(&rig, 1000));
    toil_rig_release(&rig);
}

Test(bad, a_tombstone_and_a_message_over_the_limit_are_kept)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "big", 1, "service_restart");
    toil_rig_configure(&rig, NULL, NULL);
    enum { SIZE = 2 << 20 };
    char *big = toil_xmalloc(SIZE + 1);
    memset(big, 'x', SIZE);
    memcpy(big, FACT ",\"reason\":\"", sizeof FACT ",\"reason\":\"" - 1);
    memcpy(big + SIZE - 2, "\"}", 2);
    toil_rig_send_bytes(&rig, topic, 0, (struct toil_span){NULL, 0});
    toil_rig_send_bytes(&rig, topic, 0, (struct toil_span){big, SIZE});
    toil_rig_send_bytes(&rig, topic, 0, toil_span_of(FACT "}"));
    toil_rig_flush(&rig);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    char hex[2 * TOIL_SHA256_BYTES + 1];
    toil_sha256_hex((struct toil_span){big, SIZE}, hex);
    char *sql =
        toil_xasprintf("select string_agg(concat_ws(' ', kafka_offset, reason, message is null, "
                       "encode(sha256(message), 'hex') = '%s'), ';' order by kafka_offset) from toilmeter.quarantine",
                       hex);
    char *got = toil_rig_text(&rig, sql);
    cr_assert_str_eq(got, "0 tombstone t;1 too_large f t", "quarantine has %s", got);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.service_restart"), 1);
    free(got);
    free(sql);
    free(big);
    toil_rig_release(&rig);
}

Test(bad, a_batch_of_bad_ones_alone_moves_the_offset)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "only", 1, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    for (int i = 0; i < 100; i++)
        toil_rig_send(&rig, topic, "nonsense");
    toil_rig_flush(&rig);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.quarantine"), 100);
    cr_assert_eq(toil_rig_count(&rig, "select next_offset from toilmeter.kafka_offset"), 100);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.quarantine"), 100, "read again");
    toil_rig_release(&rig);
}

/* A small generator of our own, so that a seed repeats a failure on every machine. */
static unsigned next_random(unsigned long long *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(*state >> 33);
}

Test(bad, bytes_at_random_are_kept_to_the_last_one)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "random", 1, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    unsigned long long state = 20260105;
    struct toil_buf all = TOIL_BUF_INIT;
    for (int i = 0; i < 5000; i++) {
        char bytes[300];
        size_t length = next_random(&state) % sizeof bytes;
        for (size_t k = 0; k < length; k++)
            bytes[k] = (char)(unsigned char)(next_random(&state) & 255);
        toil_buf_add(&all, bytes, length);
        toil_rig_send_bytes(&rig, topic, 0, (struct toil_span){bytes, length});
    }
    toil_rig_flush(&rig);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.quarantine"), 5000);
    char hex[2 * TOIL_SHA256_BYTES + 1];
    toil_sha256_hex((struct toil_span){all.data, all.len}, hex);
    char *got =
        toil_rig_text(&rig, "select encode(sha256(string_agg(message, ''::bytea order by kafka_offset)), 'hex') "
                            "from toilmeter.quarantine");
    cr_assert_str_eq(got, hex, "the bytes in the quarantine are not those that were sent");
    free(got);
    toil_buf_release(&all);
    toil_rig_release(&rig);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

Test(bad, a_flood_of_bad_ones_leaves_the_log_quiet_and_the_counters_right)
{
    enum { FLOOD = 100000 };
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "flood", 4, NULL);
    snprintf(rig.batch, sizeof rig.batch, "{rows: 20000, age: 500ms}");
    toil_rig_configure(&rig, NULL, NULL);
    for (int i = 0; i < FLOOD; i++)
        toil_rig_send(&rig, topic, i % 2 == 0 ? "not json {secret-payload}" : "[\"secret-payload\"]");
    toil_rig_flush(&rig);
    struct toil_proc proc;
    toil_rig_collector(&rig, &proc, "flood", NULL);
    int port = toil_rig_port(&proc), status = 0;
    long long start = toil_clock_ms();
    cr_assert(toil_rig_wait(&rig, "select count(*) from toilmeter.quarantine", FLOOD, 60000));
    long long took = toil_clock_ms() - start;
    cr_assert_leq(took, FLOOD / 10, "fewer than ten thousand a second: %lld ms", took);
    toil_sleep_ms(300);
    char *page = toil_http_get(port, "/metrics", &status);
    char *first = toil_xasprintf("toilmeterd_messages_quarantined_total{topic=\"%s\",reason=\"not_json\"}", topic);
    char *second = toil_xasprintf("toilmeterd_messages_quarantined_total{topic=\"%s\",reason=\"not_object\"}", topic);
    cr_assert_eq(status, 200);
    cr_assert_eq((long long)toil_metric(page, first), FLOOD / 2, "%s", page);
    cr_assert_eq((long long)toil_metric(page, second), FLOOD / 2, "%s", page);
    cr_assert_eq(toil_proc_stop(&proc, 15000), 0);
    char *log = toil_proc_err(&proc);
    cr_assert_lt(count_lines(log), 40, "the log has %zu lines", count_lines(log));
    cr_assert(strstr(log, "secret-payload") == NULL, "a payload stands in the log");
    free(first);
    free(second);
    free(page);
    free(log);
    toil_rig_release(&rig);
}

Test(bad, a_row_that_the_database_refuses_is_narrowed_down)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "refused", 2, "service_restart");
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_sql(&rig, "select toilmeter.ensure_month('service_restart', '2026-01-01')");
    toil_rig_sql(&rig, "alter table toilmeter.service_restart add constraint no_777 check (id <> 'e-00000777')");
    toil_rig_send_numbered(&rig, topic, 1, 2000);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.service_restart"), 1999);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.quarantine where reason = 'database' and "
                                      "message like '%e-00000777%'::bytea"),
                 1);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.quarantine"), 1);
    cr_assert(toil_rig_wait_end(&rig, 1000));
    toil_rig_release(&rig);
}
