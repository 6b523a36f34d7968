/* Least rights: each role can do its work, and nothing beside it. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_events.h"
#include "support/lib_pg.h"
#include "toilmeter/migrate.h"
#include "toilmeter/store.h"

static struct pg_server *server;
static struct toil_error err;

static struct toil_db *open_as(const char *user)
{
    char *conninfo = toil_xasprintf("host=%s port=%d user=%s dbname=postgres", server->dir, server->port, user);
    struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_roles"};
    struct toil_db *db;
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    free(conninfo);
    return db;
}

static void setup(void)
{
    server = pg_start(NULL);
    struct toil_db *db = open_as("postgres");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    toil_db_close(db);
    pg_run(pg_conninfo(server), "create role daemon login in role toilmeter_collector; create role stranger login");
}

static void teardown(void)
{
    pg_stop(server);
}

TestSuite(roles, .init = setup, .fini = teardown, .timeout = 60);

/* The daemon's whole work, fast and staged, with nothing but the collector's rights. */
Test(roles, the_collector_can_do_its_work)
{
    enum { EVENTS = 300, ROUNDS = 3 };
    struct toil_db *db = open_as("daemon");
    struct toil_store *store = toil_store_new(db, "test");
    struct toil_outcomes outcomes = TOIL_OUTCOMES_INIT;
    struct toil_batch batch;
    struct test_random random = {.state = 7};
    struct test_event *event = toil_xcalloc(1, sizeof *event);
    struct toil_bad_message bad = {.value = TOIL_SPAN("x"), .reason = TOIL_REASON_NOT_JSON};
    cr_assert_eq(toil_store_check_schema(db, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(toil_store_check_key(db, "00", &err), TOIL_OK, "%s", err.message);
    toil_batch_init(&batch);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < EVENTS; i++) {
            test_event_random(event, &random, 40);
            toil_batch_add(&batch, toil_batch_source(&batch, "t", 0), &event->event);
        }
        toil_batch_add_bad(&batch, 0, "test", &bad);
        toil_batch_seal(&batch);
        bool unknown;
        cr_assert_eq(toil_store_write(store, &batch, NULL, NULL, 5000, &outcomes, &unknown, &err), TOIL_OK, "%s",
                     err.message);
        toil_batch_clear(&batch);
    }
    cr_assert_gt(pg_count(pg_conninfo(server), "select sum(duplicates) from toilmeter.intake"), 0);
    cr_assert_gt(pg_count(pg_conninfo(server), "select count(*) from toilmeter.support_ticket where versions > 1"), 0);
    char *failed = pg_try(pg_conninfo(server),
                          "set role toilmeter_collector;"
                          "insert into toilmeter.kafka_offset (cluster, topic, partition) values ('c', 't', 0);"
                          "update toilmeter.kafka_offset set epoch = epoch + 1;"
                          "insert into toilmeter.kafka_gap values ('c', 't', 0, 1, 2, 'retention')");
    cr_assert_null(failed, "%s", failed);
    toil_batch_release(&batch);
    toil_outcomes_release(&outcomes);
    toil_store_free(store);
    toil_db_close(db);
    free(event);
}

struct attempt {
    const char *role;
    const char *sql;
    bool allowed;
};

static const struct attempt attempts[] = {
    {"collector", "delete from toilmeter.service_restart", false},
    {"collector", "truncate toilmeter.service_restart", false},
    {"collector", "update toilmeter.service_restart set id = 'x'", false},
    {"collector", "update toilmeter.service_restart set at = now()", false},
    {"collector", "update toilmeter.support_ticket set id = 'x'", false},
    {"collector", "update toilmeter.event_ending set kind = 'x'", false},
    {"collector", "delete from toilmeter.support_ticket_version", false},
    {"collector", "delete from toilmeter.quarantine", false},
    {"collector", "select message from toilmeter.quarantine", false},
    {"collector", "update toilmeter.quarantine set reason = ''", false},
    {"collector", "delete from toilmeter.kafka_offset", false},
    {"collector", "update toilmeter.kafka_gap set reason = 'recreated'", false},
    {"collector", "update toilmeter.people_key set fingerprint = ''", false},
    {"collector", "insert into toilmeter.schema_migration values (99, 'x', 'y')", false},
    {"collector", "create table toilmeter.mine ()", false},
    {"collector", "drop table toilmeter.service_restart", false},
    {"collector", "alter table toilmeter.service_restart add column x int", false},
    {"collector", "select * from toilmeter.run", false},
    {"collector", "insert into toilmeter.run default values", false},
    {"collector", "select toilmeter.read_offsets()", false},
    {"collector", "select toilmeter.ensure_month('service_restart', '2026-01-01')", true},
    {"analyst", "select count(*) from toilmeter.service_restart", true},
    {"analyst", "select count(*) from toilmeter.support_ticket_version", true},
    {"analyst", "select count(*) from toilmeter.quarantine", true},
    {"analyst", "select count(*) from toilmeter.read_offsets()", true},
    {"analyst", "insert into toilmeter.service_restart (at, id, component) values (now(), 'x', 'y')", false},
    {"analyst", "update toilmeter.support_ticket set status = 'closed'", false},
    {"analyst", "update toilmeter.kafka_offset set next_offset = 0", false},
    {"analyst", "lock table toilmeter.kafka_offset in share mode", false},
    {"analyst", "select toilmeter.ensure_month('service_restart', '2026-01-01')", false},
    {"analyst", "delete from toilmeter.run", false},
    {"analyst",
     "insert into toilmeter.run_fit (run_id, topic, tickets, baseline, candidates, iterations, converged) "
     "values (0, '', 0, 0, 0, 0, true)",
     true},
    {"analyst", "update toilmeter.run_link set verdict = 'established'", false},
    {"analyst", "delete from toilmeter.run_link_placebo", false},
    {"collector", "select * from toilmeter.run_link", false},
    {"reader", "select count(*) from toilmeter.service_restart", true},
    {"reader", "select count(*) from toilmeter.work_log", true},
    {"reader", "select count(*) from toilmeter.intake", true},
    {"reader", "select count(*) from toilmeter.quarantine", false},
    {"reader", "select count(*) from toilmeter.people_key", false},
    {"reader", "insert into toilmeter.intake (cluster, topic, partition, kind) values ('', '', 0, '')", false},
    {"reader", "insert into toilmeter.run default values", false},
    {"reader", "select count(*) from toilmeter.run_link natural join toilmeter.run_link_curve", true},
    {"reader", "select count(*) from toilmeter.run_fit", true},
    {"reader", "select count(*) from toilmeter.run_ticket_period natural join toilmeter.run_ticket_count", true},
    {"reader", "select count(*) from toilmeter.run_week natural join toilmeter.run_feature", true},
    {"reader",
     "insert into toilmeter.run_link_week (run_id, component, kind, topic, week, events, attributed) values "
     "(0, '', '', '', '2026-01-05', 0, 0)",
     false},
    {"reader", "update toilmeter.work_log set status = 'deleted'", false},
    {"reader", "select toilmeter.ensure_month('service_restart', '2026-01-01')", false},
};

Test(roles, each_role_is_held_to_its_rights)
{
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        char *sql = toil_xasprintf("set role toilmeter_%s; %s", attempts[i].role, attempts[i].sql);
        char *failed = pg_try(pg_conninfo(server), sql);
        if (attempts[i].allowed)
            cr_expect_null(failed, "%s: %s", sql, failed);
        else
            cr_expect(failed && strcmp(failed, "42501") == 0, "%s: %s", sql, failed ? failed : "allowed");
        free(failed);
        free(sql);
    }
}

Test(roles, months_are_made_for_facts_only)
{
    static const char *const calls[] = {"'pg_class', '2026-01-01'",       "null, '2026-01-01'",
                                        "'support_ticket', '2026-01-01'", "'measurement', null",
                                        "'measurement', 'infinity'",      "'measurement', '1800-01-01'"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        char *sql = toil_xasprintf("set role toilmeter_collector; select toilmeter.ensure_month(%s)", calls[i]);
        char *failed = pg_try(pg_conninfo(server), sql);
        cr_expect(failed && strncmp(failed, "22", 2) == 0, "%s: %s", sql, failed ? failed : "allowed");
        free(failed);
        free(sql);
    }
}

Test(roles, a_stranger_is_told_which_role_to_ask_for)
{
    struct toil_db *db = open_as("stranger");
    cr_assert_eq(toil_store_check_schema(db, &err), TOIL_FATAL);
    cr_assert_str_eq(err.sqlstate, "42501");
    cr_assert(strstr(err.hint, "GRANT toilmeter_collector"), "%s", err.hint);
    toil_db_close(db);
}
