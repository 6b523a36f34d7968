/* Topics of other people's messages, from the broker to the tables: by preset and by a file, with headers, keys, text,
 * several events in one message, and what is unusable or skipped. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_rig.h"

enum { RUN_MS = 90000 };

TestSuite(mapped, .timeout = 180);

static void expect_text(struct toil_rig *rig, const char *sql, const char *wanted)
{
    char *got = toil_rig_text(rig, sql);
    cr_expect_str_eq(got, wanted, "%s\ngives %s", sql, got);
    free(got);
}

static void send(struct toil_rig *rig, const char *topic, const char *key, const char *value, const char *const *header)
{
    struct toil_outgoing message = {.topic = topic,
                                    .partition = -1,
                                    .key = toil_span_of(key),
                                    .value = toil_span_of(value),
                                    .timestamp_ms = 1772359200000,
                                    .header = header};
    cr_assert(toil_producer_send(rig->producer, &message));
}

#define ALERT(id, name, ends)                                                                                          \
    "{\"status\":\"firing\",\"labels\":{\"job\":\"" name                                                               \
    "\"},\"startsAt\":\"2026-03-01T10:00:00Z\",\"endsAt\":\"" ends "\",\"fingerprint\":\"" id "\"}"

Test(mapped, presets_make_rows_of_alerts_of_lines_and_of_headers)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *alerts = toil_rig_mapped_topic(&rig, "alerts", 2, "preset: alertmanager");
    const char *lines = toil_rig_mapped_topic(&rig, "lines", 1, "preset: kafka-group-log");
    const char *clouds = toil_rig_mapped_topic(&rig, "clouds", 1, "preset: cloudevents");
    toil_rig_configure(&rig, NULL, NULL);

    /* firing, told again, resolved: one row each; a group with an unusable alert is kept whole */
    toil_rig_send(&rig, alerts,
                  "{\"alerts\":[" ALERT("a", "edge", "0001-01-01T00:00:00Z") "," ALERT("b", "desk", "") "]}");
    toil_rig_send(&rig, alerts, "{\"alerts\":[" ALERT("a", "edge", "0001-01-01T00:00:00Z") "]}");
    toil_rig_send(&rig, alerts, "{\"alerts\":[" ALERT("a", "edge", "2026-03-01T10:30:00Z") "]}");
    toil_rig_send(&rig, alerts, "{\"alerts\":[]}");
    toil_rig_send(&rig, alerts, "{\"alerts\":[" ALERT("c", "edge", "") "," ALERT("d", "", "") "]}");
    toil_rig_send(&rig, lines,
                  "[2026-03-01 10:00:00,000] INFO [GroupCoordinator 1]: Preparing to rebalance group orders in state "
                  "Stable with old generation 5 (reason: x)");
    toil_rig_send(
        &rig, lines,
        "[2026-03-01 10:00:09,000] INFO [GroupCoordinator 1]: Stabilized group orders generation 6 with 3 members");
    toil_rig_send(&rig, lines, "[2026-03-01 10:00:10,000] INFO something else");
    static const char *const header[] = {"ce_id", "7", "ce_source", "/eu", "ce_type", "shop.cart.restarted", NULL};
    send(&rig, clouds, "k", "{\"service\":\"cart\"}", header);

    toil_rig_flush(&rig);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_expect(strstr(rig.totals, "quarantined=1 skipped=2"), "%s", rig.totals);
    expect_text(&rig,
                "select string_agg(id || ' ' || component || ' ' || coalesce(ended_at::text, '-'), ', ' order by id) "
                "from (select id, component, ended_at at time zone 'UTC' as ended_at from toilmeter.service_restart) s",
                "/eu/7 cart -, a/2026-03-01T10:00:00Z edge 2026-03-01 10:30:00, b/2026-03-01T10:00:00Z desk -");
    expect_text(&rig, "select id || ' ' || component from toilmeter.queue_rebalance", "orders/6 orders");
    expect_text(&rig, "select kind || ' ' || id from toilmeter.event_ending", "queue_rebalance orders/6");
    expect_text(&rig, "select string_agg(reason, ',') from toilmeter.quarantine", "missing");
    cr_expect_eq(toil_rig_count(&rig, "select sum(skipped) from toilmeter.intake"), 2);
    cr_expect_eq(toil_rig_count(&rig, "select count(*) from toilmeter.intake where received <> stored + duplicates + "
                                      "quarantined + skipped"),
                 0);
    cr_expect_eq(toil_rig_count(&rig, "select sum(received) from toilmeter.intake"), 10);
    cr_assert(toil_rig_wait_end(&rig, 1000));
    toil_rig_release(&rig);
}

static int replay(struct toil_rig *rig)
{
    char program[300];
    snprintf(program, sizeof program, "%s", rig->program);
    strcpy(strrchr(program, '/'), "/toilmeter");
    const char *const argv[] = {program,    "--db",      rig->admin, "quarantine", "replay",
                                "--config", rig->config, "--output", "/dev/null",  NULL};
    return toil_proc_run(rig->dir, "replay", argv, NULL, RUN_MS);
}

/* What went into quarantine under a wrong configuration comes back whole under the right one: bytes, keys, headers. */
Test(mapped, messages_come_back_from_quarantine_with_their_keys_and_headers)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *clouds = toil_rig_topic(&rig, "clouds", 1, NULL);
    const char *rows = toil_rig_topic(&rig, "rows", 1, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    static const char *const header[] = {"ce_id",      "7",    "ce_source", "/eu",      "ce_type", "x.restarted",
                                         "ce_subject", "cart", "trace",     "\xff\xfe", NULL};
    send(&rig, clouds, "k", "{}", header);
    send(&rig, rows, "{\"id\":\"r-1\"}", "{\"op\":\"c\",\"after\":{\"name\":\"db\"},\"source\":{\"lsn\":5}}", NULL);
    toil_rig_flush(&rig);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    expect_text(&rig, "select count(*) from toilmeter.quarantine", "2");
    cr_expect_eq(replay(&rig), 1, "the configuration is as wrong as before");
    expect_text(&rig, "select count(*) from toilmeter.quarantine", "2");

    snprintf(rig.topic[0].how, sizeof rig.topic[0].how, "preset: cloudevents");
    snprintf(rig.topic[1].how, sizeof rig.topic[1].how, "mapping: rows.yaml");
    char path[400];
    snprintf(path, sizeof path, "%s/rows.yaml", rig.dir);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs("rules:\n  - kind: service_restart\n    fields:\n      id: {from: $kafka.key}\n      at: $kafka.timestamp\n"
          "      component: /after/name\n      reason: $kafka.offset\n",
          file);
    fclose(file);
    toil_rig_configure(&rig, NULL, NULL);
    cr_expect_eq(replay(&rig), 0);
    expect_text(&rig, "select count(*) from toilmeter.quarantine", "0");
    expect_text(&rig,
                "select string_agg(id || ' ' || component || ' ' || (at at time zone 'UTC')::text, ', ' order by id) "
                "from toilmeter.service_restart",
                "/eu/7 cart 2026-03-01 10:00:00, {\"id\":\"r-1\"} db 2026-03-01 10:00:00");
    cr_expect_eq(toil_rig_count(&rig, "select count(*) from toilmeter.intake where received <> stored + duplicates + "
                                      "quarantined + skipped or quarantined <> 0"),
                 0);
    toil_rig_release(&rig);
}

/* The database refuses one row of a message that carries several: the message is found and kept whole, the others are
 * stored, and the search ends. */
Test(mapped, a_row_that_the_database_refuses_takes_its_whole_message_along)
{
    struct toil_rig rig;
    toil_rig_start(&rig, 0);
    const char *alerts = toil_rig_mapped_topic(&rig, "alerts", 1, "preset: alertmanager");
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_sql(&rig, "select toilmeter.ensure_month('service_restart', '2026-03-01')");
    toil_rig_sql(&rig, "alter table toilmeter.service_restart_2026_03 add check (component <> 'cursed')");
    toil_rig_send(&rig, alerts, "{\"alerts\":[" ALERT("a", "x", "") "," ALERT("b", "x", "") "]}");
    toil_rig_send(&rig, alerts,
                  "{\"alerts\":[" ALERT("c", "x", "") "," ALERT("d", "cursed", "") "," ALERT("e", "x", "") "]}");
    toil_rig_send(&rig, alerts, "{\"alerts\":[" ALERT("f", "x", "") "," ALERT("g", "x", "") "]}");
    toil_rig_flush(&rig);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    expect_text(&rig, "select string_agg(left(id, 1), '' order by id) from toilmeter.service_restart", "abfg");
    expect_text(&rig, "select string_agg(reason, ',') from toilmeter.quarantine", "database");
    toil_rig_release(&rig);
}
