/* A database that goes away, comes back, refuses, and answers no COMMIT: each event is still stored once. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "support/lib_rig.h"

enum { RUN_MS = 120000, ASSIGNED_MS = 40000, LET_GO_MS = 20000, CAUGHT_UP_MS = 60000 };

TestSuite(database, .timeout = 400);

static void through_proxy(struct toil_rig *rig, struct toil_proxy *proxy)
{
    toil_proxy_start(proxy, rig->dir, rig->server.socket);
    snprintf(rig->postgres, sizeof rig->postgres,
             "host=127.0.0.1 port=%d user=toil_collector dbname=%s sslmode=disable", proxy->port, rig->database);
}

static void launch(struct toil_rig *rig, struct toil_proc *proc, const char *name)
{
    toil_rig_collector(rig, proc, name, NULL);
    cr_assert(toil_file_wait_for(proc->err_path, "event=assigned", ASSIGNED_MS), "nothing assigned");
}

static void assert_exact(struct toil_rig *rig, int last)
{
    cr_assert_eq(toil_rig_wrong_numbered(rig, last), 0, "%lld events are missing, doubled or unknown",
                 toil_rig_wrong_numbered(rig, last));
    cr_assert_eq(toil_rig_count(rig, "select sum(received) from toilmeter.intake"), last);
    cr_assert_eq(toil_rig_count(rig, "select sum(stored) from toilmeter.intake"), last);
    cr_assert_eq(toil_rig_count(rig, "select count(*) from toilmeter.quarantine"), 0);
}

/* Springs the trap round after round, under load; the events are all new, so that one that was written twice would be
 * refused as a duplicate and show in the counts. */
static void commit_dies(const char *trap, int rounds)
{
    struct toil_rig rig;
    struct toil_proxy proxy;
    struct toil_proc proc;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "commit", 2, NULL);
    snprintf(rig.batch, sizeof rig.batch, "{rows: 300, age: 50ms}");
    through_proxy(&rig, &proxy);
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &proc, "commit");
    for (int round = 0; round < rounds; round++) {
        cr_assert(toil_proxy_command(&proxy, trap));
        toil_rig_send_numbered(&rig, topic, round * 1000 + 1, round * 1000 + 1000);
        cr_assert(toil_proxy_wait_fired(&proxy, trap, round + 1, 30000), "round %d: no COMMIT came", round);
        cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS), "round %d: it did not go on", round);
    }
    assert_exact(&rig, rounds * 1000);
    cr_assert_eq(toil_rig_count(&rig, "select sum(duplicates) from toilmeter.intake"), 0, "a batch was written twice");
    cr_assert(toil_proc_running(&proc));
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_proxy_stop(&proxy);
    toil_rig_release(&rig);
}

Test(database, a_commit_whose_connection_dies_before_it_arrives)
{
    commit_dies("commit-before", 8);
}

Test(database, a_commit_whose_connection_dies_after_it_arrived)
{
    commit_dies("commit-after", 8);
}

Test(database, a_network_that_is_cut_at_random)
{
    enum { ROUNDS = 15 };
    struct toil_rig rig;
    struct toil_proxy proxy;
    struct toil_proc proc;
    unsigned state = 7;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "cut", 2, NULL);
    snprintf(rig.batch, sizeof rig.batch, "{rows: 300, age: 50ms}");
    through_proxy(&rig, &proxy);
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &proc, "cut");
    for (int round = 0; round < ROUNDS; round++) {
        toil_rig_send_numbered(&rig, topic, round * 2000 + 1, round * 2000 + 2000);
        state = state * 1103515245u + 12345u;
        toil_sleep_ms((int)(state >> 16) % 120);
        cr_assert(toil_proxy_command(&proxy, "cut"));
    }
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    assert_exact(&rig, ROUNDS * 2000);
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_proxy_stop(&proxy);
    toil_rig_release(&rig);
}

Test(database, a_network_that_falls_silent)
{
    struct toil_rig rig;
    struct toil_proxy proxy;
    struct toil_proc proc;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "silent", 1, NULL);
    through_proxy(&rig, &proxy);
    toil_rig_configure(&rig, NULL, "commit_timeout: 1s\n");
    launch(&rig, &proc, "silent");
    for (int round = 0; round < 3; round++) {
        cr_assert(toil_proxy_command(&proxy, "pause"));
        toil_rig_send_numbered(&rig, topic, round * 1000 + 1, round * 1000 + 1000);
        toil_sleep_ms(2500);
        cr_assert(toil_proxy_command(&proxy, "resume"));
        cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    }
    assert_exact(&rig, 3000);
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_proxy_stop(&proxy);
    toil_rig_release(&rig);
}

Test(database, backends_that_are_terminated_at_random)
{
    enum { ROUNDS = 15 };
    struct toil_rig rig;
    struct toil_proc proc;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "terminate", 2, NULL);
    snprintf(rig.batch, sizeof rig.batch, "{rows: 300, age: 50ms}");
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &proc, "terminate");
    for (int round = 0; round < ROUNDS; round++) {
        toil_rig_send_numbered(&rig, topic, round * 2000 + 1, round * 2000 + 2000);
        toil_sleep_ms(round * 17 % 90);
        toil_rig_sql(&rig, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                           "and pid <> pg_backend_pid()");
    }
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    assert_exact(&rig, ROUNDS * 2000);
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_rig_release(&rig);
}

Test(database, a_server_that_is_away_at_the_start_and_dies_later)
{
    struct toil_rig rig;
    struct toil_proc proc;
    int status = 0;
    toil_rig_start(&rig, RIG_OWN_SERVER);
    const char *topic = toil_rig_topic(&rig, "restart", 2, NULL);
    snprintf(rig.batch, sizeof rig.batch, "{rows: 500, age: 50ms}");
    toil_rig_configure(&rig, NULL, NULL);
    toil_server_stop(&rig.server);
    toil_rig_collector(&rig, &proc, "restart", NULL);
    int port = toil_rig_port(&proc);
    toil_sleep_ms(1500);
    free(toil_http_get(port, "/-/healthy", &status));
    cr_assert_eq(status, 200, "alive, but says %d", status);
    free(toil_http_get(port, "/-/ready", &status));
    cr_assert_eq(status, 503, "ready without a database: %d", status);
    toil_server_restart(&rig.server);
    toil_rig_send_numbered(&rig, topic, 1, 2000);
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    for (int round = 0; round < 3; round++) {
        int first = 2001 + round * 6000;
        toil_rig_send_numbered(&rig, topic, first, first + 2999);
        toil_sleep_ms(20 + round * 30);
        toil_server_kill(&rig.server);
        toil_rig_send_numbered(&rig, topic, first + 3000, first + 5999);
        toil_sleep_ms(700);
        free(toil_http_get(port, "/-/ready", &status));
        cr_assert_eq(status, 503, "ready without a database: %d", status);
        toil_server_restart(&rig.server);
        cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS), "round %d: it did not go on", round);
    }
    free(toil_http_get(port, "/-/ready", &status));
    cr_assert_eq(status, 200);
    assert_exact(&rig, 20000);
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    toil_rig_release(&rig);
}

Test(database, a_read_only_database_is_waited_for)
{
    struct toil_rig rig;
    struct toil_proc proc;
    toil_rig_start(&rig, 0);
    const char *topic = toil_rig_topic(&rig, "readonly", 1, NULL);
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &proc, "readonly");
    toil_rig_send_numbered(&rig, topic, 1, 100);
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    char *on = toil_xasprintf("alter database \"%s\" set default_transaction_read_only = on", rig.database);
    char *off = toil_xasprintf("alter database \"%s\" reset default_transaction_read_only", rig.database);
    static const char drop[] =
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
        "and pid <> pg_backend_pid()";
    toil_rig_sql(&rig, on);
    toil_rig_sql(&rig, drop);
    toil_rig_send_numbered(&rig, topic, 101, 200);
    toil_sleep_ms(2500);
    cr_assert(toil_proc_running(&proc), "it gave up");
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.service_restart"), 100);
    toil_rig_sql(&rig, off);
    toil_rig_sql(&rig, drop);
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    assert_exact(&rig, 200);
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    free(on);
    free(off);
    toil_rig_release(&rig);
}

/* A file system of a few megabytes for the month that is written to. */
static bool make_small_disk(const char *dir)
{
    return geteuid() == 0 && mount("tmpfs", dir, "tmpfs", 0, "size=4m,mode=0777") == 0;
}

Test(database, a_full_disk_is_waited_for)
{
    struct toil_rig rig;
    struct toil_proc proc;
    char disk[256];
    toil_rig_start(&rig, RIG_OWN_SERVER);
    if (!rig.broker.real) {
        toil_rig_release(&rig);
        cr_skip_test("the in-process cluster drops what is over 5 MiB in a partition");
    }
    toil_temp_dir(disk, sizeof disk);
    if (!make_small_disk(disk)) {
        toil_temp_dir_remove(disk);
        toil_rig_release(&rig);
        cr_skip_test("only root can mount a small file system");
    }
    const char *topic = toil_rig_topic(&rig, "full", 1, NULL);
    const char *const chown[] = {"chown", "postgres", disk, NULL};
    toil_proc_run(rig.dir, "chown", chown, NULL, 5000);
    char *place = toil_xasprintf("create tablespace small location '%s'", disk);
    toil_rig_sql(&rig, place);
    toil_rig_sql(&rig, "select toilmeter.ensure_month('service_restart', '2026-01-01')");
    toil_rig_sql(&rig, "alter table toilmeter.service_restart_2026_01 set tablespace small");
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &proc, "full");
    toil_rig_send_numbered(&rig, topic, 1, 60000);
    cr_assert(toil_file_wait_for(proc.err_path, "53100", 30000), "the disk was not found full");
    cr_assert(toil_proc_running(&proc), "it gave up");
    cr_assert_eq(mount("tmpfs", disk, "tmpfs", MS_REMOUNT, "size=200m"), 0);
    cr_assert(toil_rig_wait_end(&rig, CAUGHT_UP_MS));
    assert_exact(&rig, 60000);
    cr_assert_eq(toil_proc_stop(&proc, LET_GO_MS), 0);
    free(place);
    toil_rig_release(&rig);
    umount2(disk, MNT_DETACH);
    toil_temp_dir_remove(disk);
}
