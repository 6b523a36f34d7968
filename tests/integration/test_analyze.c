/* Runs against small worlds in a real database: what ends in the run tables, row by row. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/analyze/analyze.h"
#include "analyzers/catalog/catalog_store.h"
#include "support/lib_events.h"
#include "support/lib_pg.h"
#include "toilmeter/migrate.h"
#include "toilmeter/store.h"
#include "toilmeter/timestamp.h"

static struct pg_server *server;
static struct toil_error err;

static const char catalog_text[] = "currency: EUR\nzone: Europe/Prague\n"
                                   "teams:\n"
                                   "  - name: platform\n"
                                   "    zone: Europe/Prague\n"
                                   "    working: Mon-Fri 09:00-17:00\n"
                                   "    evening: 17:00-22:00\n"
                                   "    rate: [{from: 2026-01-01, amount: 60}]\n"
                                   "components:\n"
                                   "  - {name: queue-balancer, team: platform, match: [qb], topics: [sync]}\n"
                                   "  - {name: reporter, team: platform, match: [rep]}\n"
                                   "  - {name: sync-client, match: [sc], topics: [sync]}\n";

static struct toil_db *connect_as(const char *conninfo)
{
    struct toil_db *db = NULL;
    const struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_analyze"};
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    return db;
}

static void prepare(const char *conninfo, bool with_catalog)
{
    struct toil_db *db = connect_as(conninfo);
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    if (with_catalog) {
        struct toil_catalog *catalog = NULL;
        bool applied;
        cr_assert_eq(toil_catalog_load_text("test", toil_span_of(catalog_text), &catalog, &err), TOIL_OK, "%s",
                     err.message);
        cr_assert_eq(toil_catalog_apply(db, catalog, &applied, &err), TOIL_OK, "%s", err.message);
        toil_catalog_free(catalog);
    }
    toil_db_close(db);
    for (int month = 1; month <= 3; month++) {
        static const char *const kinds[] = {"service_restart", "queue_rebalance", "measurement", "deployment"};
        for (size_t i = 0; i < 4; i++) {
            char sql[128];
            snprintf(sql, sizeof sql, "select toilmeter.ensure_month('%s', '2026-%02d-01')", kinds[i], month);
            pg_run(conninfo, sql);
        }
    }
}

static void setup(void)
{
    server = pg_start(NULL);
    prepare(pg_conninfo(server), true);
}

static void teardown(void)
{
    pg_stop(server);
}

TestSuite(analyze, .init = setup, .fini = teardown, .timeout = 180);

static enum toil_status try_analyze(const char *conninfo, const char *from, const char *to, int64_t *run_id)
{
    struct toil_db *db = connect_as(conninfo);
    struct toil_analysis analysis;
    const struct toil_analysis_options options = {
        .from = from, .to = to, .seed = 7, .bin_us = 5 * TOIL_US_PER_MINUTE, .label = "test"};
    toil_analysis_init(&analysis, &options);
    enum toil_status status = toil_analyze(&analysis, db, run_id, &err);
    toil_analysis_release(&analysis);
    toil_db_close(db);
    return status;
}

static int64_t analyze(void)
{
    int64_t run_id = 0;
    cr_assert_eq(try_analyze(pg_conninfo(server), NULL, NULL, &run_id), TOIL_OK, "%s %s", err.message, err.hint);
    return run_id;
}

/* Rows as text are what is expected, line by line. */
static void expect_rows(const char *sql, const char *expected)
{
    char *got = pg_rows(pg_conninfo(server), sql);
    cr_assert_str_eq(got, expected, "%s\ngot:\n%s\nexpected:\n%s", sql, got, expected);
    free(got);
}

static void expect_count(const char *sql, long long expected)
{
    long long got = pg_count(pg_conninfo(server), sql);
    cr_assert_eq(got, expected, "%s: %lld, expected %lld", sql, got, expected);
}

/* All numbers of all tables of a run but its own id; owned by the caller. */
static char *whole_run(const char *conninfo, int64_t run_id)
{
    struct toil_buf out = TOIL_BUF_INIT;
    /* Columns but run_id, of each table of a run. */
    static const char *const tables[][2] = {
        {"run", "window_from, window_to, watermark, seed, parameters, events, catalog"},
        {"run_funnel", "position, stage, kind, count, why"},
        {"run_name", "raw, component, events"},
        {"run_hours",
         "component, team, kind, activity, day, hours, working, evening, night, declared, measured, inferred, "
         "calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost, followed"},
        {"run_calibration", "period, logged_hours, inferred_hours, people, items, ratio, low, high, used"},
        {"run_ticket", "id, at, closed_at, status, severity, topic, scope, customer, csat, versions, tags"},
        {"run_ticket_share", "id, component, share, how, low, high, kind, event_at"},
        {"run_week", "measure, part, component, week, value, n, low, high, unit"},
        {"run_feature", "component, ref, first_day, last_day, hours"}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char *sql =
            toil_xasprintf("select (r.*)::text from (select %s from toilmeter.%s where run_id = %lld) r order by 1",
                           tables[i][1], tables[i][0], (long long)run_id);
        char *rows = pg_rows(conninfo, sql);
        toil_buf_add_text(&out, rows);
        free(rows);
        free(sql);
    }
    return toil_buf_take(&out);
}

static void insert_version(const char *id, int version, const char *at, const char *updated_at, const char *actor,
                           const char *more)
{
    char *sql =
        toil_xasprintf("insert into toilmeter.support_ticket_version (id, version, at, updated_at, actor) values "
                       "('%s', %d, %s, %s, %s);"
                       "insert into toilmeter.support_ticket (id, version, at, versions) values ('%s', %d, %s, 1) "
                       "on conflict (id) do update set versions = support_ticket.versions + 1; %s",
                       id, version, at, updated_at, actor, id, version, at, more);
    pg_run(pg_conninfo(server), sql);
    free(sql);
}

static void insert_world(void)
{
    insert_version(
        "T1", 1, "'2026-01-05 08:00Z'", "null", "null",
        "update toilmeter.support_ticket set component = 'qb', status = 'open', severity = 2 where id = 'T1'");
    insert_version("T1", 2, "null", "'2026-01-05 09:00Z'", "'alice'", "");
    insert_version("T1", 3, "null", "'2026-01-05 09:10Z'", "'alice'", "");
    insert_version("T2", 1, "'2026-01-05 19:00Z'", "'2026-01-05 19:30Z'", "'bob'",
                   "update toilmeter.support_ticket set topic = 'sync' where id = 'T2'");
    insert_version("T3", 1, "'2026-01-05 19:00Z'", "null", "null", "");
    insert_version("T4", 1, "'2026-01-05 19:00Z'", "null", "null",
                   "update toilmeter.support_ticket set component = 'xyz' where id = 'T4'");
    insert_version("T5", 1, "'2026-01-05 19:00Z'", "null", "null",
                   "update toilmeter.support_ticket set status = 'deleted' where id = 'T5'");
    insert_version("T6", 1, "null", "null", "null", "");
    pg_run(
        pg_conninfo(server),
        "insert into toilmeter.service_restart (at, id, ended_at, component, actor, automatic, manual_minutes) values"
        " ('2026-01-05 10:00Z', 'R1', '2026-01-05 10:30Z', 'qb', 'bob', null, null),"
        " ('2026-01-05 11:00Z', 'R2', '2026-01-05 11:30Z', 'qb', 'svc', true, 30),"
        " ('2026-01-05 12:00Z', 'R3', null, 'qb', null, null, 15),"
        " ('2026-01-06 12:00Z', 'R4', null, 'qb', 'dora', null, null),"
        " ('2026-01-07 12:00Z', 'R4', null, 'qb', 'dora', null, null);"
        "insert into toilmeter.queue_rebalance (at, id, component, actor) values"
        " ('2026-01-05 22:30Z', 'Q1', 'rep', 'carol');"
        "insert into toilmeter.event_ending (kind, id, ended_at) values"
        " ('queue_rebalance', 'Q1', '2026-01-05 23:30Z'), ('queue_rebalance', 'Q9', '2026-01-05 23:30Z');"
        "insert into toilmeter.deployment (at, id, component, actor, manual_minutes) values"
        " ('2026-01-05 12:00Z', 'D1', 'sc', 'erin', 60);"
        "insert into toilmeter.work_log_version (id, version, at, component, actor, manual_minutes, activity) values"
        " ('W1', 1, '2026-01-04 23:00Z', 'rep', 'alice', 120, 'feature'),"
        " ('W2', 1, '2026-01-05 12:00Z', null, 'frank', 30, null),"
        " ('W3', 1, '2026-01-05 12:00Z', 'qb', 'frank', 600, 'toil');"
        "insert into toilmeter.work_log (id, version, at, component, actor, manual_minutes, activity, versions, status,"
        " ref) values"
        " ('W1', 1, '2026-01-04 23:00Z', 'rep', 'alice', 120, 'feature', 1, null, null),"
        " ('W2', 1, '2026-01-05 12:00Z', null, 'frank', 30, null, 1, null, 'R1'),"
        " ('W3', 1, '2026-01-05 12:00Z', 'qb', 'frank', 600, 'toil', 1, 'deleted', null)");
}

Test(analyze, hours_are_worked_out_by_component_kind_activity_and_day)
{
    insert_world();
    analyze();
    /* T2 belongs to two components by its topic; Q1 ends by its ending, half on either side of midnight in Prague; W1
     * is a date and keeps off the session; W2 takes the component of what it refers to, and is toil by it. */
    expect_rows(
        "select component, team, kind, activity, day, round(hours::numeric, 4), round(working::numeric, 4), "
        "round(evening::numeric, 4), round(night::numeric, 4), round(declared::numeric, 4), "
        "round(measured::numeric, 4), round(inferred::numeric, 4), round(calibrated::numeric, 4), "
        "round(cost::numeric, 2) from toilmeter.run_hours order by 1, 3, 4, 5",
        "queue-balancer|platform|service_restart|toil|2026-01-05|0.7500|0.7500|0.0000|0.0000|0.2500|0.5000|0.0000"
        "|0.0000|45.00\n"
        "queue-balancer|platform|service_restart|toil|2026-01-06|0.1667|0.1667|0.0000|0.0000|0.0000|0.0000|0.1667"
        "|0.0000|10.00\n"
        "queue-balancer|platform|support_ticket|toil|2026-01-05|0.4167|0.3333|0.0833|0.0000|0.0000|0.0000|0.4167"
        "|0.0000|25.00\n"
        "queue-balancer|platform|work_log|toil|2026-01-05|0.5000|0.5000|0.0000|0.0000|0.5000|0.0000|0.0000"
        "|0.0000|30.00\n"
        "reporter|platform|queue_rebalance|toil|2026-01-05|0.5000|0.0000|0.0000|0.5000|0.0000|0.5000|0.0000"
        "|0.0000|30.00\n"
        "reporter|platform|queue_rebalance|toil|2026-01-06|0.5000|0.0000|0.0000|0.5000|0.0000|0.5000|0.0000"
        "|0.0000|30.00\n"
        "reporter|platform|work_log|feature|2026-01-05|2.0000|2.0000|0.0000|0.0000|2.0000|0.0000|0.0000"
        "|0.0000|120.00\n"
        "sync-client||support_ticket|toil|2026-01-05|0.0833|0.0000|0.0833|0.0000|0.0000|0.0000|0.0833|0.0000|~\n");
    expect_rows(
        "select t.id, s.component, s.share, s.how from toilmeter.run_ticket t join toilmeter.run_ticket_share s "
        "using (run_id, id) order by 1, 2",
        "T1|queue-balancer|1|named\nT2|queue-balancer|0.5|topic\nT2|sync-client|0.5|topic\n"
        "T3|(unexplained)|1|unexplained\nT4|(unmapped)|1|named\n");
    expect_rows("select raw, component, events from toilmeter.run_name order by 1",
                "qb|queue-balancer|5\nrep|reporter|2\nsc|sync-client|1\nxyz|(unmapped)|1\n");
    expect_rows(
        "select events ->> 'service_restart', events ->> 'support_ticket', events ->> 'support_ticket_versions', "
        "events ->> 'work_log', events ->> 'deployment' from toilmeter.run",
        "4|4|6|2|1\n");
}

static long long stage(const char *name, const char *kind)
{
    char *sql =
        toil_xasprintf("select coalesce(sum(count), 0) from toilmeter.run_funnel where run_id = (select max(run_id) "
                       "from toilmeter.run) and stage = '%s' and kind like '%s'",
                       name, kind);
    long long count = pg_count(pg_conninfo(server), sql);
    free(sql);
    return count;
}

static void expect_reconciled(void)
{
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        const char *name = toil_kinds[kind].name;
        bool state = toil_kinds[kind].shape == TOIL_SHAPE_STATE;
        long long gone = stage("outside the window", name) + stage("in the window", name);
        if (state)
            cr_assert_eq(stage("ids", name), gone + stage("deleted", name) + stage("without a time", name), "%s", name);
        else
            cr_assert_eq(stage("in tables", name), gone + stage("endings", name) + stage("repeated id", name), "%s",
                         name);
        cr_assert_eq(stage("in the window", name),
                     stage("mapped", name) + stage("unmapped", name) + stage("without a name", name), "%s", name);
        cr_assert_eq(stage("possible actions", name),
                     stage("actions automatic", name) + stage("actions without a person", name) +
                         stage("actions without a time", name) + stage("actions outside the window", name) +
                         stage("actions of no time", name) + stage("actions declared", name) +
                         stage("actions declared by unknown", name) + stage("actions measured", name) +
                         stage("actions as points", name),
                     "%s", name);
    }
    cr_assert_eq(stage("in the window", "support_ticket"),
                 stage("tickets named", "%") + stage("tickets unmapped", "%") + stage("tickets by topic", "%") +
                     stage("tickets hidden", "%") + stage("tickets unexplained", "%"));
}

Test(analyze, the_funnel_counts_what_was_left_out_and_why)
{
    insert_world();
    analyze();
    expect_reconciled();
    cr_assert_eq(stage("repeated id", "service_restart"), 1);
    cr_assert_eq(stage("endings joined", "queue_rebalance"), 1);
    cr_assert_eq(stage("endings unmet", "queue_rebalance"), 1);
    cr_assert_eq(stage("deleted", "support_ticket"), 1);
    cr_assert_eq(stage("deleted", "work_log"), 1);
    cr_assert_eq(stage("without a time", "support_ticket"), 1);
    cr_assert_eq(stage("tickets unmapped", "%"), 1);
    cr_assert_eq(stage("actions automatic", "service_restart"), 1);
    cr_assert_eq(stage("actions declared by unknown", "service_restart"), 1);
}

Test(analyze, the_same_data_gives_the_same_run)
{
    insert_world();
    int64_t one = analyze(), two = analyze();
    char *first = whole_run(pg_conninfo(server), one), *second = whole_run(pg_conninfo(server), two);
    cr_assert_neq(one, two);
    cr_assert_str_eq(first, second);
    free(first);
    free(second);
}

Test(analyze, a_window_takes_what_lies_in_it)
{
    int64_t run_id;
    insert_world();
    cr_assert_eq(try_analyze(pg_conninfo(server), "2026-01-06", "2026-01-07", &run_id), TOIL_OK, "%s", err.message);
    expect_rows("select component, kind, day, round(hours::numeric, 4) from toilmeter.run_hours order by 1, 2, 3",
                "queue-balancer|service_restart|2026-01-06|0.1667\n");
    expect_rows("select window_from, window_to from toilmeter.run", "2026-01-05 23:00:00+00|2026-01-06 23:00:00+00\n");
    expect_reconciled();
    cr_assert_eq(stage("endings unmet", "queue_rebalance"), 1, "an ending meets its fact outside the window, too");
    cr_assert_eq(try_analyze(pg_conninfo(server), "2026-01-08", "2026-01-07", &run_id), TOIL_BAD_INPUT);
    cr_assert_eq(try_analyze(pg_conninfo(server), "yesterday", NULL, &run_id), TOIL_BAD_INPUT);
    expect_count("select count(*) from toilmeter.run", 1);
}

Test(analyze, an_empty_database_gives_an_empty_run)
{
    analyze();
    expect_rows("select window_from is null, window_to is null, watermark is null from toilmeter.run", "t|t|t\n");
    expect_count("select count(*) from toilmeter.run_hours", 0);
}

static void log_hours(const char *expected)
{
    analyze();
    expect_rows("select round(sum(hours)::numeric, 2) from toilmeter.run_hours where run_id = (select max(run_id) from "
                "toilmeter.run)",
                expected);
}

static void write_log(const char *values)
{
    char *sql =
        toil_xasprintf("delete from toilmeter.work_log; insert into toilmeter.work_log (id, version, at, actor, "
                       "component, manual_minutes, status, versions) values %s",
                       values);
    pg_run(pg_conninfo(server), sql);
    free(sql);
}

Test(analyze, late_edited_and_deleted_bookings_change_the_next_run_only)
{
    write_log("('W', 1, '2026-02-02 08:00Z', 'alice', 'qb', 60, null, 1)");
    log_hours("1.00\n");
    write_log("('W', 2, '2026-02-02 08:00Z', 'alice', 'qb', 90, null, 2), "
              "('V', 1, '2026-01-20 08:00Z', 'alice', 'qb', 30, null, 1)");
    log_hours("2.00\n");
    write_log("('W', 3, '2026-02-02 08:00Z', 'alice', 'qb', 90, 'deleted', 3), "
              "('V', 1, '2026-01-20 08:00Z', 'alice', 'qb', 30, null, 1)");
    log_hours("0.50\n");
    expect_rows("select round(sum(hours)::numeric, 2) from toilmeter.run_hours group by run_id order by run_id",
                "1.00\n2.00\n0.50\n");
}

Test(analyze, a_ticket_s_minutes_are_a_running_total)
{
    insert_version("T1", 1, "'2026-01-05 08:00Z'", "'2026-01-05 08:00Z'", "'alice'", "");
    insert_version("T1", 2, "null", "'2026-01-06 08:00Z'", "'bob'", "");
    insert_version("T1", 3, "null", "'2026-01-07 08:00Z'", "'carol'", "");
    pg_run(pg_conninfo(server),
           "update toilmeter.support_ticket_version set manual_minutes = case version when 1 then 30 "
           "else 45 end");
    analyze();
    expect_rows(
        "select day, round(declared::numeric, 4), round(inferred::numeric, 4) from toilmeter.run_hours order by 1",
        "2026-01-05|0.5000|0.0000\n2026-01-06|0.2500|0.0000\n2026-01-07|0.0000|0.1667\n");
}

Test(analyze, bookings_stand_for_the_traces_near_them_and_calibrate_the_rest)
{
    /* Six people, six logged tickets each: one point (ten minutes) and a log of twenty; and one ticket not logged. */
    pg_run(pg_conninfo(server),
           "insert into toilmeter.support_ticket (id, version, at, component, versions) "
           "select format('T%s-%s', p, t), 1, '2026-01-05 00:00Z', 'qb', 1 from generate_series(1, 6) p, "
           "generate_series(0, 6) t;"
           "insert into toilmeter.support_ticket_version (id, version, at, updated_at, actor) "
           "select format('T%s-%s', p, t), 1, '2026-01-05 00:00Z', timestamptz '2026-01-05 09:00Z' + t * interval '1 "
           "day', "
           "format('person %s', p) from generate_series(1, 6) p, generate_series(0, 6) t;"
           "insert into toilmeter.work_log (id, version, at, ended_at, actor, ref, versions) "
           "select format('W%s-%s', p, t), 1, timestamptz '2026-01-05 08:55Z' + t * interval '1 day', "
           "timestamptz '2026-01-05 09:15Z' + t * interval '1 day', format('person %s', p), format('T%s-%s', p, t), 1 "
           "from generate_series(1, 6) p, generate_series(1, 6) t");
    analyze();
    expect_rows("select period, round(logged_hours::numeric, 4), round(inferred_hours::numeric, 4), people, items, "
                "round(ratio::numeric, 4), round(low::numeric, 4), round(high::numeric, 4), used "
                "from toilmeter.run_calibration order by 1",
                "|12.0000|6.0000|6|36|2.0000|2.0000|2.0000|f\n2026-01|12.0000|6.0000|6|36|2.0000|2.0000|2.0000|t\n");
    expect_rows("select kind, activity, round(sum(hours)::numeric, 4), round(sum(measured)::numeric, 4), "
                "round(sum(inferred)::numeric, 4), round(sum(calibrated)::numeric, 4) from toilmeter.run_hours "
                "group by 1, 2 order by 1",
                "support_ticket|toil|2.0000|0.0000|0.0000|2.0000\nwork_log|toil|12.0000|12.0000|0.0000|0.0000\n");
}

Test(analyze, a_booking_stands_for_the_nearest_day_when_it_is_late_and_leaves_the_others)
{
    insert_version("T1", 1, "'2026-01-05 08:00Z'", "'2026-01-05 09:00Z'", "'alice'", "");
    insert_version("T1", 2, "null", "'2026-01-07 09:00Z'", "'alice'", "");
    insert_version("T1", 3, "null", "'2026-01-07 15:00Z'", "'alice'", "");
    insert_version("T1", 4, "null", "'2026-01-07 15:00Z'", "'bob'", "");
    pg_run(pg_conninfo(server),
           "insert into toilmeter.work_log (id, version, at, actor, ref, manual_minutes, versions) "
           "values ('W', 1, '2026-01-08 08:00Z', 'alice', 'T1', 30, 1)");
    analyze();
    expect_rows("select kind, day, round(sum(hours)::numeric, 4) from toilmeter.run_hours group by 1, 2 order by 2",
                "support_ticket|2026-01-05|0.1667\nsupport_ticket|2026-01-07|0.1667\nwork_log|2026-01-08|0.5000\n");
    cr_assert_eq(stage("logged and traced", "%"), 1);
}

Test(analyze, who_acts_at_every_hour_of_the_day_is_shown)
{
    insert_version("T1", 1, "'2026-01-05 08:00Z'", "null", "null", "");
    pg_run(pg_conninfo(server), "insert into toilmeter.support_ticket_version (id, version, updated_at, actor) "
                                "select 'T1', 10 + n, timestamptz '2026-01-05 00:30Z' + n * interval '1 hour', "
                                "case when n < 500 then 'tireless' else 'busy' end from generate_series(0, 998) n");
    analyze();
    cr_assert_eq(stage("people round the clock", "%"), 1);
}

Test(analyze, the_watermark_is_that_of_the_partition_furthest_behind)
{
    insert_world();
    pg_run(pg_conninfo(server),
           "insert into toilmeter.kafka_offset (cluster, topic, partition, next_offset, end_offset, read_to) values"
           " ('c', 't', 0, 10, 10, '2026-01-04 00:00Z'), ('c', 't', 1, 10, 12, '2026-01-06 00:00Z'),"
           " ('c', 't', 2, 10, 12, '2026-01-07 00:00Z'), ('c', 't', 3, null, 0, null)");
    analyze();
    expect_rows("select watermark, window_to from toilmeter.run",
                "2026-01-06 00:00:00+00|2026-01-06 00:00:00.000001+00\n");
    pg_run(pg_conninfo(server), "update toilmeter.kafka_offset set next_offset = end_offset");
    analyze();
    expect_rows("select watermark from toilmeter.run where run_id = (select max(run_id) from toilmeter.run)",
                "2026-01-07 00:00:00+00\n");
    pg_run(pg_conninfo(server), "update toilmeter.kafka_offset set next_offset = null, read_to = null, end_offset = 5 "
                                "where partition = 2");
    analyze();
    expect_rows("select watermark is null from toilmeter.run where run_id = (select max(run_id) from toilmeter.run)",
                "t\n");
}

Test(analyze, an_analyst_may_do_it_and_nobody_may_change_it)
{
    insert_world();
    pg_run(pg_conninfo(server), "create role ana login in role toilmeter_analyst");
    char conninfo[300];
    int64_t run_id;
    snprintf(conninfo, sizeof conninfo, "%s user=ana", pg_conninfo(server));
    cr_assert_eq(try_analyze(conninfo, NULL, NULL, &run_id), TOIL_OK, "%s", err.message);
    char *state = pg_try(conninfo, "update toilmeter.run_hours set hours = 0");
    cr_assert_str_eq(state, "42501");
    free(state);
    state = pg_try(conninfo, "delete from toilmeter.run");
    cr_assert_str_eq(state, "42501");
    free(state);
}

/* Random events in batches, in an order of their own. */
static void store_random(const char *conninfo, uint64_t order_seed, bool twice)
{
    enum { COUNT = 400 };
    struct toil_db *db = connect_as(conninfo);
    struct toil_store *store = toil_store_new(db, "test");
    struct toil_batch batch;
    struct toil_outcomes outcomes = TOIL_OUTCOMES_INIT;
    struct test_random random = {99}, order = {order_seed};
    struct test_event *events = toil_xcalloc(COUNT, sizeof *events);
    size_t place[2 * COUNT], count = twice ? 2 * COUNT : COUNT;
    for (size_t i = 0; i < COUNT; i++)
        test_event_random(&events[i], &random, 40);
    for (size_t i = 0; i < count; i++)
        place[i] = i % COUNT;
    for (size_t i = count; i > 1; i--) {
        size_t other = test_random_below(&order, (uint32_t)i), swap = place[i - 1];
        place[i - 1] = place[other];
        place[other] = swap;
    }
    toil_batch_init(&batch);
    for (size_t i = 0; i < count; i++) {
        toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &events[place[i]].event);
        if (i % 50 < 49 && i + 1 < count)
            continue;
        bool unknown;
        toil_batch_seal(&batch);
        cr_assert_eq(toil_store_write(store, &batch, NULL, NULL, 10000, &outcomes, &unknown, &err), TOIL_OK, "%s",
                     err.message);
        toil_batch_clear(&batch);
    }
    toil_batch_release(&batch);
    toil_outcomes_release(&outcomes);
    free(events);
    toil_store_free(store);
    toil_db_close(db);
}

/* Weeks against the rows that they sum, counted by other means; what differs is shown. */
static void expect_weeks_agree(void)
{
    static const char *const sums[][2] = {
        {"restarts", "select f.component, date_trunc('week', f.at at time zone 'Europe/Prague')::date as week, "
                     "count(*)::float8 as value from (select distinct on (id) * from toilmeter.service_restart order "
                     "by id, at) f group by 1, 2"},
        {"tickets", "select s.component, date_trunc('week', t.at at time zone 'Europe/Prague')::date, sum(s.share) "
                    "from toilmeter.run_ticket t join toilmeter.run_ticket_share s using (run_id, id) group by 1, 2"},
        {"csat",
         "select s.component, date_trunc('week', t.at at time zone 'Europe/Prague')::date, sum(s.share * t.csat) "
         "from toilmeter.run_ticket t join toilmeter.run_ticket_share s using (run_id, id) "
         "where t.csat is not null group by 1, 2"},
        {"manual_hours", "select component, date_trunc('week', day::timestamp)::date, sum(hours) "
                         "from toilmeter.run_hours where activity in ('toil', 'incident') group by 1, 2"},
        {"manual_cost",
         "select component, date_trunc('week', day::timestamp)::date, sum(cost) from toilmeter.run_hours "
         "where activity in ('toil', 'incident') and cost is not null group by 1, 2"}};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        bool raw = i == 0;
        char *sql = toil_xasprintf(
            "with counted (component, week, value) as (select %s, s.week, sum(s.value) from (%s) s(component, week, "
            "value) "
            "%s group by 1, 2), kept as (select * from toilmeter.run_week where measure = '%s' and part = '') "
            "select coalesce(c.component, k.component), coalesce(c.week, k.week), c.value, k.value "
            "from counted c full join kept k on c.component = k.component and c.week = k.week "
            "where abs(c.value - k.value) < 1e-6 is not true",
            raw ? "n.component" : "s.component", sums[i][1],
            raw ? "join toilmeter.run_name n on n.raw = s.component" : "", sums[i][0]);
        expect_rows(sql, "");
        free(sql);
    }
}

Test(analyze, weeks_agree_with_what_they_sum)
{
    insert_world();
    analyze();
    expect_weeks_agree();
    expect_rows("select sum(value) > 0 from toilmeter.run_week where measure = 'manual_cost'", "t\n");
    pg_run(pg_conninfo(server), "truncate toilmeter.run_week, toilmeter.run_hours, toilmeter.run_name, "
                                "toilmeter.run_ticket, toilmeter.run_ticket_share");
    store_random(pg_conninfo(server), 1, false);
    analyze();
    expect_weeks_agree();
    expect_rows("select count(distinct measure) from toilmeter.run_week where measure in ('restarts', 'rebalances', "
                "'tickets', 'csat', 'manual_hours') and value > 0",
                "5\n");
    expect_rows("select count(*) from toilmeter.run_week where measure like 'metric:%' and n <> round(n)", "0\n");
    expect_rows("select (select sum(n) from toilmeter.run_week where measure like 'metric:%') = "
                "(select count(distinct id) from toilmeter.measurement)",
                "t\n");
}

Test(analyze, features_are_units_of_work)
{
    pg_run(
        pg_conninfo(server),
        "insert into toilmeter.work_log (id, version, at, ended_at, actor, component, manual_minutes, activity, ref, "
        "versions) values "
        "('a', 1, '2026-01-05 09:00+01', null, 'ann', 'rep', 90, 'feature', 'F-1', 1), "
        "('b', 1, '2026-01-14 09:00+01', '2026-01-14 12:00+01', 'bob', 'rep', null, 'feature', 'F-1', 1), "
        "('c', 1, '2026-01-06 09:00+01', null, 'ann', 'qb', 60, 'feature', 'F-1', 1), "
        "('d', 1, '2026-01-07 09:00+01', null, 'ann', 'rep', 60, 'toil', 'F-1', 1), "
        "('e', 1, '2026-01-08 09:00+01', null, 'ann', 'rep', 60, 'feature', null, 1)");
    analyze();
    expect_rows("select component, ref, first_day, last_day, hours from toilmeter.run_feature order by component",
                "queue-balancer|F-1|2026-01-06|2026-01-06|1\nreporter|F-1|2026-01-05|2026-01-14|4.5\n");
}

Test(analyze, the_order_of_arrival_changes_nothing_and_every_message_is_accounted_for)
{
    char other[300];
    int64_t one, two;
    pg_run(pg_conninfo(server), "create database other");
    snprintf(other, sizeof other, "%s dbname=other", pg_conninfo(server));
    prepare(other, true);
    store_random(pg_conninfo(server), 1, true);
    store_random(other, 2, true);
    cr_assert_eq(try_analyze(pg_conninfo(server), NULL, NULL, &one), TOIL_OK, "%s", err.message);
    cr_assert_eq(try_analyze(other, NULL, NULL, &two), TOIL_OK, "%s", err.message);
    expect_reconciled();
    cr_assert_eq(stage("received", "%"),
                 stage("stored", "%") + stage("duplicates", "%") + stage("quarantined", "%") + stage("skipped", "%"));
    cr_assert_eq(stage("received", "%"), 800);
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        cr_assert_eq(stage("stored", toil_kinds[kind].name), stage("in tables", toil_kinds[kind].name));
    static const char hours[] = "select (h.*)::text from (select component, kind, activity, day, hours, hours_gap60, "
                                "declared, measured, inferred from toilmeter.run_hours) h order by 1";
    char *first = pg_rows(pg_conninfo(server), hours), *second = pg_rows(other, hours);
    cr_assert_str_eq(first, second);
    cr_assert_gt(strlen(first), 0);
    free(first);
    free(second);
    static const char weeks[] =
        "select (w.*)::text from (select measure, part, component, week, value, n, low, high, unit "
        "from toilmeter.run_week) w order by 1";
    first = pg_rows(pg_conninfo(server), weeks);
    second = pg_rows(other, weeks);
    cr_assert_str_eq(first, second);
    cr_assert_gt(strlen(first), 0);
    free(first);
    free(second);
}
