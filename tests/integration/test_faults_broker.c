/* A broker that dies, loses records, makes a topic anew, or holds aborted transactions. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_rig.h"

enum { RUN_MS = 120000, ASSIGNED_MS = 40000, LET_GO_MS = 20000, CAUGHT_UP_MS = 90000, OUTSIDE = 3 };

TestSuite(broker, .timeout = 400);

/* Apache Kafka, or the test is skipped where everyone can see it. */
static void need_kafka(struct toil_rig *rig, unsigned flags)
{
    toil_rig_start(rig, flags);
    if (rig->broker.real)
        return;
    toil_rig_release(rig);
    cr_skip_test("needs Apache Kafka: the in-process cluster has no restart, admin protocol or transactions");
}

Test(broker, a_broker_that_is_away_at_the_start_and_dies_under_load)
{
    struct toil_rig rig;
    struct toil_proc proc;
    int status = 0;
    need_kafka(&rig, RIG_OWN_BROKER);
    const char *topic = toil_rig_topic(&rig, "away", 3, NULL);
    snprintf(rig.batch, sizeof rig.batch, "{rows: 500, age: 50ms}");
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_send_numbered(&rig, topic, 1, 3000);
    toil_broker_stop(&rig.broker);
    toil_rig_collector(&rig, &proc, "away", NULL);
    int port = toil_rig_port(&proc);
    toil_sleep_ms(2500);
    free(toil_http_get(port, "/-/healthy", &status));
    cr_assert_eq(status, 200);
    free(toil_http_get(port, "/-/ready", &status));
    cr_assert_eq(status, 503, "ready without a broker: %d", status);
    toil_broker_restart(&rig.broker);
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS), "it did not begin");
    for (int round = 0; round < 2; round++) {
        int first = 3001 + round * 5000;
        toil_rig_send_numbered(&rig, topic, first, first + 4999);
        toil_sleep_ms(30 * round);
        toil_broker_kill(&rig.broker);
        toil_sleep_ms(500);
        toil_broker_restart(&rig.broker);
        cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS), "round %d: it did not go on", round);
    }
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 13000), 0);
    cr_assert_eq(toil_rig_count(&rig, "select sum(received) from toilmeter.intake"), 13000);
    cr_assert(toil_proc_running(&proc));
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_rig_release(&rig);
}

/* Expects a refusal whose last line says all the words. */
static void assert_stops(struct toil_rig *rig, const char *first, const char *second)
{
    cr_assert_eq(toil_rig_until_end(rig, RUN_MS), OUTSIDE);
    char *log = toil_rig_last_log(rig);
    const char *line = strstr(log, "event=failed");
    cr_assert_not_null(line, "%s", log);
    cr_assert(strstr(line, first) != NULL && strstr(line, second) != NULL, "%s", line);
    free(log);
}

Test(broker, records_that_retention_deleted_are_a_gap_that_is_recorded)
{
    struct toil_rig rig;
    need_kafka(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "gap", 1, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_send_numbered(&rig, topic, 1, 100);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    toil_rig_send_numbered(&rig, topic, 101, 200);
    cr_assert(toil_records_delete(&rig.broker.cluster, topic, 0, 150));
    assert_stops(&rig, topic, "on_data_loss");
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.service_restart"), 100, "it went on");
    toil_rig_configure(&rig, NULL, "on_data_loss: continue\n");
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    char *gap = toil_rig_text(&rig, "select string_agg(concat_ws(' ', partition, from_offset, to_offset, reason), ';') "
                                    "from toilmeter.kafka_gap");
    cr_assert_str_eq(gap, "0 100 150 retention", "%s", gap);
    char *rest = toil_rig_text(&rig, "select concat_ws(' ', count(*), min(id), max(id)) from toilmeter.service_restart "
                                     "where id > 'e-00000100'");
    cr_assert_str_eq(rest, "50 e-00000151 e-00000200", "%s", rest);
    free(gap);
    free(rest);
    toil_rig_release(&rig);
}

Test(broker, records_deleted_under_a_running_collector_are_recorded)
{
    struct toil_rig rig;
    struct toil_proc proc;
    need_kafka(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "livegap", 1, NULL);
    toil_rig_configure(&rig, NULL, "on_data_loss: continue\n");
    toil_rig_send_numbered(&rig, topic, 1, 100);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert(toil_records_delete(&rig.broker.cluster, topic, 0, 100));
    toil_rig_collector(&rig, &proc, "livegap", NULL);
    cr_assert(toil_file_wait_for(proc.err_path, "event=assigned", ASSIGNED_MS));
    toil_rig_send_numbered(&rig, topic, 101, 300);
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 300), 0);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.kafka_gap"), 0, "nothing unread was deleted");
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_rig_release(&rig);
}

Test(broker, a_topic_that_was_made_anew_is_noticed)
{
    struct toil_rig rig;
    need_kafka(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "anew", 1, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_send_numbered(&rig, topic, 1, 100);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert(toil_topic_delete(&rig.broker.cluster, topic));
    cr_assert(toil_topic_create(&rig.broker.cluster, topic, 1, NULL));
    toil_producer_free(rig.producer); /* the old one remembers the topic that is gone */
    rig.producer = toil_producer_new(rig.bootstrap, NULL);
    toil_rig_send_numbered(&rig, topic, 101, 120);
    assert_stops(&rig, topic, "on_data_loss");
    toil_rig_configure(&rig, NULL, "on_data_loss: continue\n");
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 120), 0, "events of the new topic were skipped");
    char *gap = toil_rig_text(&rig, "select string_agg(concat_ws(' ', from_offset, to_offset, reason), ';') "
                                    "from toilmeter.kafka_gap");
    cr_assert_str_eq(gap, "100 0 recreated", "%s", gap);
    cr_assert(toil_rig_wait_end(&rig, 1000));
    free(gap);
    toil_rig_release(&rig);
}

Test(broker, aborted_transactions_leave_no_event_and_no_hole_in_the_count)
{
    struct toil_rig rig;
    need_kafka(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "transactions", 2, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    struct toil_producer *plain = rig.producer;
    char id[160];
    snprintf(id, sizeof id, "tx-%s", rig.group);
    rig.producer = toil_producer_new(rig.bootstrap, id);
    cr_assert_not_null(rig.producer);
    for (int round = 0; round < 20; round++) {
        cr_assert(toil_producer_begin(rig.producer));
        if (round % 3 == 2) {
            for (int i = 0; i < 30; i++)
                toil_rig_send(&rig, topic,
                              "{\"kind\":\"service_restart\",\"id\":\"ghost\",\"at\":\"2026-02-03T10:00:00Z\","
                              "\"component\":\"c\"}");
            toil_rig_flush(&rig);
            cr_assert(toil_producer_abort(rig.producer));
            cr_assert(toil_producer_begin(rig.producer));
        }
        toil_rig_send_numbered(&rig, topic, round * 50 + 1, round * 50 + 50);
        cr_assert(toil_producer_commit(rig.producer));
        if (round == 9)
            cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0, "stopped at a marker");
    }
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.service_restart where id = 'ghost'"), 0);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 1000), 0);
    cr_assert(toil_rig_wait_end(&rig, 5000), "the stored offset is not behind the last marker");
    cr_assert_eq(toil_rig_count(&rig, "select sum(received) from toilmeter.intake"), 1000);
    /* Every offset is a message or was audited as skipped. */
    cr_assert_eq(toil_rig_count(&rig, "select sum(next_offset) - sum(skipped) from toilmeter.kafka_offset"), 1000);
    cr_assert_eq(
        toil_rig_count(&rig, "select count(*) from toilmeter.kafka_gap where reason <> 'aborted or compacted'"), 0);
    toil_producer_free(rig.producer);
    rig.producer = plain;
    toil_rig_release(&rig);
}
