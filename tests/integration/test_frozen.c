/* An instance that is frozen in the middle of COPY keeps its keys locked, and no time-out of the server ends that. The
 * others must not wait for it, and when it wakes it must not write. */
#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/lib_rig.h"

enum { ASSIGNED_MS = 40000, TAKEN_OVER_MS = 40000, LET_GO_MS = 20000 };

TestSuite(frozen, .timeout = 300);

static const char in_copy[] =
    "select count(*) from pg_stat_progress_copy p join pg_stat_activity a using (pid) where a.datname = "
    "current_database() and a.wait_event = 'ClientRead' and a.backend_xid is not null";

static PGconn *connect_as_collector(const struct toil_rig *rig, const char *application_name)
{
    char *conninfo = toil_xasprintf("%s application_name='%s'", rig->postgres, application_name);
    PGconn *db = PQconnectdb(conninfo);
    free(conninfo);
    cr_assert_eq(PQstatus(db), CONNECTION_OK, "%s", PQerrorMessage(db));
    return db;
}

static void run(PGconn *db, const char *sql, ExecStatusType expected)
{
    PGresult *result = PQexec(db, sql);
    cr_assert_eq(PQresultStatus(result), expected, "%s: %s", sql, PQerrorMessage(db));
    PQclear(result);
}

/* Events 1 to LAST as toil_rig_send_numbered makes them, in a COPY that is not ended. */
static void begin_copy(PGconn *db, int last)
{
    char row[128];
    run(db, "begin", PGRES_COMMAND_OK);
    run(db, "copy toilmeter.service_restart (at, id, component) from stdin", PGRES_COPY_IN);
    for (int i = 1; i <= last; i++) {
        int length = snprintf(row, sizeof row, "2026-01-05 %02d:%02d:%02dZ\te-%08d\tfrozen\n", i / 3600 % 24,
                              i / 60 % 60, i % 60, i);
        cr_assert_eq(PQputCopyData(db, row, length), 1);
    }
    cr_assert_eq(PQflush(db), 0);
}

static bool copy_ends_well(PGconn *db)
{
    if (PQputCopyEnd(db, NULL) != 1)
        return false;
    PGresult *result = PQgetResult(db);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return good;
}

static void assert_exact(struct toil_rig *rig, int last)
{
    cr_assert_eq(toil_rig_wrong_numbered(rig, last), 0, "%lld events are missing, doubled or unknown",
                 toil_rig_wrong_numbered(rig, last));
    cr_assert_eq(toil_rig_count(rig, "select sum(received) from toilmeter.intake"), last);
    cr_assert_eq(toil_rig_count(rig, "select sum(stored) from toilmeter.intake"), last, "a batch was written twice");
    cr_assert_eq(toil_rig_count(rig, "select count(*) from toilmeter.quarantine"), 0);
}

static double frozen_ended(const struct toil_proc *proc)
{
    int status = 0;
    char *page = toil_http_get(toil_rig_port(proc), "/metrics", &status);
    double value = toil_metric(page, "toilmeterd_frozen_transactions_ended_total");
    free(page);
    return value;
}

Test(frozen, a_copy_whose_client_sends_nothing_more_is_ended_and_others_are_let_be)
{
    enum { LAST = 5000 };
    struct toil_rig rig;
    struct toil_proc proc;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "stand-in", 2, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_sql(&rig, "select toilmeter.ensure_month('service_restart', '2026-01-01')");
    PGconn *still = connect_as_collector(&rig, "toilmeterd test");
    PGconn *stranger = connect_as_collector(&rig, "toilmeterd elsewhere");
    run(stranger, "begin", PGRES_COMMAND_OK);
    run(stranger, "select 1", PGRES_TUPLES_OK);
    begin_copy(still, LAST);
    cr_assert(toil_rig_wait(&rig, in_copy, 1, 10000), "the COPY holds no rows");
    toil_rig_send_numbered(&rig, topic, 1, LAST);
    toil_rig_collector(&rig, &proc, "taker", NULL);
    cr_assert(toil_file_wait_for(proc.err_path, "event=assigned", ASSIGNED_MS));
    cr_assert(toil_rig_wait_end(&rig, TAKEN_OVER_MS), "it waits for a frozen instance");
    cr_assert(!copy_ends_well(still), "the frozen one could go on");
    assert_exact(&rig, LAST);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.service_restart where component = 'frozen'"), 0);
    cr_assert_eq(frozen_ended(&proc), 1);
    run(stranger, "commit", PGRES_COMMAND_OK);
    PQfinish(still);
    PQfinish(stranger);
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_rig_release(&rig);
}

/* Stops it again and again, until that happens in the middle of COPY. */
static bool freeze_in_copy(struct toil_rig *rig, struct toil_proc *proc)
{
    long long end = toil_clock_ms() + 30000;
    for (int i = 1; toil_clock_ms() < end; i++) {
        toil_proc_signal(proc, SIGSTOP);
        toil_sleep_ms(60); /* the server reads what is under way */
        if (toil_rig_count(rig, in_copy) == 1)
            return true;
        toil_proc_signal(proc, SIGCONT);
        toil_sleep_ms(i * 7 % 23);
    }
    return false;
}

Test(frozen, a_collector_that_is_stopped_in_the_middle_of_copy_does_not_block_its_successor)
{
    enum { LAST = 300000 };
    struct toil_rig rig;
    struct toil_proc sleeper, taker;
    toil_rig_start(&rig, 0);
    if (!rig.broker.real) {
        toil_rig_release(&rig);
        cr_skip_test("the in-process cluster drops what is over 5 MiB in a partition");
    }
    const char *topic = toil_rig_topic(&rig, "frozen", 2, NULL);
    snprintf(rig.batch, sizeof rig.batch, "{rows: 20000, age: 1s}");
    toil_rig_configure(&rig, NULL, NULL);
    toil_rig_send_numbered(&rig, topic, 1, LAST);
    toil_rig_collector(&rig, &sleeper, "sleeper", NULL);
    cr_assert(toil_file_wait_for(sleeper.err_path, "event=assigned", ASSIGNED_MS));
    cr_assert(freeze_in_copy(&rig, &sleeper), "never caught in the middle of COPY");
    toil_rig_collector(&rig, &taker, "taker", NULL);
    bool assigned = toil_file_wait_for(taker.err_path, "event=assigned", ASSIGNED_MS);
    bool moved = assigned && toil_rig_wait_end(&rig, TAKEN_OVER_MS);
    long long rows = toil_rig_count(&rig, "select count(*) from toilmeter.service_restart");
    toil_proc_signal(&sleeper, SIGCONT);
    cr_assert(moved, "nobody could write what the frozen one holds");
    cr_assert_eq(rows, LAST);
    toil_sleep_ms(1000);
    cr_assert(toil_proc_running(&sleeper), "the woken one ended");
    assert_exact(&rig, LAST);
    cr_assert_eq(frozen_ended(&taker), 1);
    cr_assert_eq(toil_proc_stop(&taker, LET_GO_MS), 0);
    cr_assert(toil_rig_wait_end(&rig, 1000));
    toil_rig_send_numbered(&rig, topic, LAST + 1, LAST + 1000);
    cr_assert(toil_rig_wait_end(&rig, 60000), "the woken one does not work");
    assert_exact(&rig, LAST + 1000);
    cr_assert_eq(toil_proc_stop(&sleeper, LET_GO_MS), 0);
    toil_rig_release(&rig);
}
