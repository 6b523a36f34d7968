/* What goes in comes out: all kinds through a broker into PostgreSQL, each event once, in the right columns. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_rig.h"

enum { RUN_MS = 90000 };

TestSuite(collect, .timeout = 180);

#define ASSERT_TEXT(rig, sql, expected)                                                                                \
    do {                                                                                                               \
        char *got_ = toil_rig_text((rig), (sql));                                                                      \
        cr_assert_str_eq(got_, (expected), "%s gave %s, expected %s", (sql), got_, (expected));                        \
        free(got_);                                                                                                    \
    } while (0)

static void run_to_end(struct toil_rig *rig)
{
    cr_assert_eq(toil_rig_until_end(rig, RUN_MS), 0, "--until-end failed");
}

/* One event of each kind with every field that the kind has: the row, as JSON without its pseudonyms, is the message.
 */
static const struct {
    const char *table, *message, *row;
} one_of_each[] = {
    {"service_restart",
     "{\"kind\":\"service_restart\",\"id\":\"r1\",\"at\":\"2026-02-03T10:00:00+02:00\",\"ended_at\":\"2026-02-03T08:05:"
     "00.25Z\","
     "\"component\":\"gateway\",\"actor\":\"ann\",\"automatic\":false,\"scope\":\"eu\",\"manual_minutes\":12.5,"
     "\"count\":3,"
     "\"reason\":\"out of memory\",\"host\":\"h-1\",\"exit_code\":-137,\"severity\":2,\"colour\":\"red\"}",
     "{\"id\": \"r1\", \"component\": \"gateway\", \"automatic\": false, \"scope\": \"eu\", \"manual_minutes\": 12.5, "
     "\"count\": 3, \"reason\": \"out of memory\", \"host\": \"h-1\", \"exit_code\": -137, \"severity\": 2, "
     "\"at\": \"2026-02-03T08:00:00+00:00\", \"ended_at\": \"2026-02-03T08:05:00.25+00:00\", \"extra\": {\"colour\": "
     "\"red\"}}"},
    {"queue_rebalance",
     "{\"kind\":\"queue_rebalance\",\"id\":\"q1\",\"at\":\"2026-02-03T10:00:00Z\",\"ended_at\":\"2026-02-03T10:30:"
     "00Z\","
     "\"component\":\"balancer\",\"actor\":\"ann\",\"automatic\":true,\"scope\":\"us\",\"manual_minutes\":30,"
     "\"queue\":\"calls\",\"moved\":12}",
     "{\"id\": \"q1\", \"component\": \"balancer\", \"automatic\": true, \"scope\": \"us\", \"manual_minutes\": 30, "
     "\"queue\": \"calls\", \"moved\": 12, \"at\": \"2026-02-03T10:00:00+00:00\", \"ended_at\": "
     "\"2026-02-03T10:30:00+00:00\"}"},
    {"support_ticket",
     "{\"kind\":\"support_ticket\",\"id\":\"t1\",\"version\":4,\"at\":\"2026-02-03T10:00:00Z\",\"updated_at\":\"2026-"
     "02-04T10:00:00Z\","
     "\"closed_at\":\"2026-02-04T10:00:00Z\",\"component\":\"sync\",\"actor\":\"ann\",\"scope\":\"eu\",\"manual_"
     "minutes\":7,"
     "\"status\":\"solved\",\"severity\":1,\"topic\":\"calls\",\"tags\":[\"a\",\"b "
     "c\",\"\\\"x\\\"\"],\"customer\":\"acme\",\"csat\":0.75}",
     "{\"id\": \"t1\", \"version\": 4, \"component\": \"sync\", \"scope\": \"eu\", \"manual_minutes\": 7, \"status\": "
     "\"solved\", "
     "\"severity\": 1, \"topic\": \"calls\", \"tags\": [\"a\", \"b c\", \"\\\"x\\\"\"], \"csat\": 0.75, \"versions\": "
     "1, "
     "\"at\": \"2026-02-03T10:00:00+00:00\", \"updated_at\": \"2026-02-04T10:00:00+00:00\", \"closed_at\": "
     "\"2026-02-04T10:00:00+00:00\"}"},
    {"work_log",
     "{\"kind\":\"work_log\",\"id\":\"w1\",\"version\":1,\"at\":\"2026-02-03T10:00:00Z\",\"ended_at\":\"2026-02-03T11:"
     "00:00Z\","
     "\"component\":\"sync\",\"actor\":\"bob\",\"manual_minutes\":45,\"status\":\"open\",\"ref\":\"TD-1\",\"activity\":"
     "\"toil\"}",
     "{\"id\": \"w1\", \"version\": 1, \"component\": \"sync\", \"manual_minutes\": 45, \"status\": \"open\", \"ref\": "
     "\"TD-1\", "
     "\"activity\": \"toil\", \"versions\": 1, \"at\": \"2026-02-03T10:00:00+00:00\", \"ended_at\": "
     "\"2026-02-03T11:00:00+00:00\"}"},
    {"measurement",
     "{\"kind\":\"measurement\",\"id\":\"m1\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"web\",\"metric\":"
     "\"load\","
     "\"value\":-1.5e3,\"unit\":\"ms\"}",
     "{\"id\": \"m1\", \"component\": \"web\", \"metric\": \"load\", \"value\": -1500, \"unit\": \"ms\", "
     "\"at\": \"2026-02-03T10:00:00+00:00\"}"},
    {"deployment",
     "{\"kind\":\"deployment\",\"id\":\"d1\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"web\",\"ref\":\"TD-2\","
     "\"version_label\":\"4.2.1\"}",
     "{\"id\": \"d1\", \"component\": \"web\", \"ref\": \"TD-2\", \"version_label\": \"4.2.1\", \"at\": "
     "\"2026-02-03T10:00:00+00:00\"}"},
};

Test(collect, every_kind_comes_out_in_its_columns)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "mixed", 3, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    for (size_t i = 0; i < sizeof one_of_each / sizeof one_of_each[0]; i++)
        toil_rig_send(&rig, topic, one_of_each[i].message);
    toil_rig_flush(&rig);
    run_to_end(&rig);
    toil_rig_sql(&rig, "set timezone = 'UTC'");
    for (size_t i = 0; i < sizeof one_of_each / sizeof one_of_each[0]; i++) {
        const char *table = one_of_each[i].table;
        char *sql =
            toil_xasprintf("select coalesce(string_agg((jsonb_strip_nulls(to_jsonb(t)) - 'actor' - 'customer')::text, "
                           "' and '), 'no row') = ('%s'::jsonb)::text, "
                           "string_agg((jsonb_strip_nulls(to_jsonb(t)) - 'actor' - 'customer')::text, ' and ') "
                           "from toilmeter.%s t",
                           one_of_each[i].row, table);
        char *equal = toil_rig_text(&rig, sql);
        if (strcmp(equal, "t") != 0) {
            char *shown = toil_xasprintf("select to_jsonb(t)::text from toilmeter.%s t", table);
            char *row = toil_rig_text(&rig, shown);
            cr_assert(false, "%s holds %s, expected %s", table, row, one_of_each[i].row);
        }
        free(equal);
        free(sql);
    }
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.quarantine"), 0);
    cr_assert(strncmp(rig.totals, "totals stored=6 duplicates=0 older=0 quarantined=0", 50) == 0, "totals: %s",
              rig.totals);
    toil_rig_release(&rig);
}

Test(collect, people_are_pseudonyms_and_robots_are_automatic)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "people", 1, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    static const char *const actors[] = {"ann", "bob", "ann", "svc-cleaner", "deploy-bot"};
    for (int i = 0; i < 5; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"kind\":\"deployment\",\"id\":\"d%d\",\"at\":\"2026-02-03T10:00:0%dZ\",\"component\":\"c\","
                 "\"actor\":\"%s\"}",
                 i, i, actors[i]);
        toil_rig_send(&rig, topic, text);
    }
    toil_rig_flush(&rig);
    run_to_end(&rig);
    cr_assert_eq(toil_rig_count(&rig, "select count(distinct actor) from toilmeter.deployment"), 4);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.deployment where actor ~ 'ann|bob|svc|bot'"), 0);
    cr_assert_eq(
        toil_rig_count(&rig, "select count(distinct actor) from toilmeter.deployment where id in ('d0', 'd2')"), 1);
    ASSERT_TEXT(&rig, "select string_agg(id, ',' order by id) from toilmeter.deployment where automatic", "d3,d4");
    toil_rig_release(&rig);
}

Test(collect, repeats_are_refused_and_counted)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "repeats", 4, "service_restart");
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_send_numbered(&rig, topic, 1, 5000);
    toil_rig_send_numbered(&rig, topic, 1, 5000);
    toil_rig_send_numbered(&rig, topic, 2001, 7000);
    run_to_end(&rig);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 7000), 0);
    cr_assert(strncmp(rig.totals, "totals stored=7000 duplicates=8000 older=0 quarantined=0", 56) == 0, "totals: %s",
              rig.totals);
    ASSERT_TEXT(&rig,
                "select concat_ws(' ', sum(received), sum(stored), sum(duplicates), sum(quarantined), sum(skipped)) "
                "from toilmeter.intake",
                "15000 7000 8000 0 0");
    run_to_end(&rig);
    cr_assert(strncmp(rig.totals, "totals stored=0 duplicates=0", 28) == 0, "a second run stored again: %s",
              rig.totals);
    toil_rig_release(&rig);
}

Test(collect, a_repeat_fills_what_was_absent_and_keeps_the_greater)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "fill", 1, "service_restart");
    toil_rig_configure(&rig, NULL, NULL);
    static const char *const versions[] = {
        "{\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\",\"count\":5}",
        "{\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\",\"count\":2,\"ended_at\":\"2026-02-03T10:04:"
        "00Z\"}",
        "{\"id\":\"x\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"c\",\"host\":\"h\"}",
    };
    for (size_t i = 0; i < 3; i++) {
        toil_rig_send(&rig, topic, versions[i]);
        toil_rig_flush(&rig);
        run_to_end(&rig); /* once in one batch each, as when they arrive hours apart */
    }
    ASSERT_TEXT(&rig, "select concat_ws(' ', count, host, ended_at at time zone 'UTC') from toilmeter.service_restart",
                "5 h 2026-02-03 10:04:00");
    toil_rig_release(&rig);
}

Test(collect, versions_of_a_ticket_in_any_order_give_one_current_row)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "tickets", 1, "support_ticket");
    toil_rig_configure(&rig, NULL, NULL);
    static const char *const versions[] = {
        "{\"id\":\"t\",\"version\":3,\"status\":\"closed\"}",
        "{\"id\":\"t\",\"version\":1,\"at\":\"2026-02-03T10:00:00Z\",\"status\":\"open\",\"topic\":\"calls\","
        "\"severity\":4}",
        "{\"id\":\"t\",\"version\":2,\"status\":\"pending\",\"severity\":2}",
        "{\"id\":\"t\",\"version\":2,\"status\":\"pending\",\"severity\":2}",
    };
    for (size_t i = 0; i < 4; i++) {
        toil_rig_send(&rig, topic, versions[i]);
        toil_rig_flush(&rig);
        run_to_end(&rig);
    }
    ASSERT_TEXT(&rig,
                "select concat_ws(' ', version, versions, status, severity, topic, at at time zone 'UTC') "
                "from toilmeter.support_ticket",
                "3 3 closed 2 calls 2026-02-03 10:00:00");
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.support_ticket_version"), 3);
    ASSERT_TEXT(&rig, "select concat_ws(' ', sum(stored), sum(duplicates), sum(older)) from toilmeter.intake", "3 1 2");
    toil_rig_release(&rig);
}

Test(collect, an_ending_without_its_beginning_is_kept_apart)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "endings", 1, "queue_rebalance");
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_send(&rig, topic, "{\"id\":\"g-1\",\"ended_at\":\"2026-02-03T10:04:00Z\",\"moved\":9}");
    toil_rig_send(&rig, topic, "{\"id\":\"g-1\",\"at\":\"2026-02-03T10:00:00Z\",\"component\":\"g\"}");
    toil_rig_flush(&rig);
    run_to_end(&rig);
    ASSERT_TEXT(&rig, "select concat_ws(' ', kind, id, moved) from toilmeter.event_ending", "queue_rebalance g-1 9");
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.queue_rebalance"), 1);
    toil_rig_release(&rig);
}

Test(collect, offsets_intake_and_log_end_agree)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *numbered = toil_rig_topic(&rig, "numbered", 5, "service_restart");
    toil_rig_topic(&rig, "empty", 2, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_send_numbered(&rig, numbered, 1, 20000);
    run_to_end(&rig);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 20000), 0);
    cr_assert(toil_rig_wait_end(&rig, 1000), "offsets are not the log's end");
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.kafka_gap"), 0);
    cr_assert_eq(
        toil_rig_count(&rig, "select sum(next_offset) from toilmeter.kafka_offset where next_offset is not null"),
        20000);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.intake where received <> stored + duplicates + "
                                      "quarantined + skipped"),
                 0);
    toil_rig_release(&rig);
}

Test(collect, a_running_collector_takes_what_comes)
{
    struct toil_rig rig;
    struct toil_proc proc;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "live", 2, "service_restart");
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_collector(&rig, &proc, "live", NULL);
    for (int i = 0; i < 10; i++) {
        toil_rig_send_numbered(&rig, topic, i * 100 + 1, i * 100 + 100);
        toil_sleep_ms(100);
    }
    cr_assert(toil_rig_wait_end(&rig, 30000));
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 1000), 0);
    cr_assert_eq(toil_proc_stop(&proc, 15000), 0, "TERM was not answered by an orderly end");
    toil_rig_release(&rig);
}
