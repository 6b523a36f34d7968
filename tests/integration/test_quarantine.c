/* toilmeter quarantine: what could not be used is counted, shown, and brought back exactly once. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"

TestSuite(quarantine, .init = cli_set_up, .fini = cli_tear_down, .timeout = 300);

/* Somebody else's restarts: wrong reads the time in seconds, which are milliseconds; mended knows. `skip` and `bad` are
 * passed over and unusable still. */
#define MAPPING(unit)                                                                                                  \
    "rules:\n"                                                                                                         \
    "  - when: {/type: restart}\n"                                                                                     \
    "    kind: service_restart\n"                                                                                      \
    "    fields:\n"                                                                                                    \
    "      id: /uid\n"                                                                                                 \
    "      at: {from: /ms, unit: " unit "}\n"                                                                          \
    "      component: /name\n"                                                                                         \
    "      actor: /who\n"

static void write_mappings(void)
{
    cli_write_text("wrong.yaml", MAPPING("s"));
    cli_write_text("mended.yaml", MAPPING("ms"));
}

/* Lines first to last: restarts of which every tenth tells the one before again. */
static void write_lines(const char *name, int first, int last)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (int i = first; i <= last; i++)
        toil_buf_printf(&text, "{\"type\":\"restart\",\"uid\":\"u%d\",\"ms\":%lld,\"name\":\"c%d\",\"who\":\"ann\"}\n",
                        i % 10 == 0 ? i - 1 : i, 1767600000000LL + (i % 10 == 0 ? i - 1 : i) * 1000LL, i % 7);
    cli_write_file(name, text.data, text.len);
    toil_buf_release(&text);
}

static long long unreconciled(void)
{
    return cli_count("select count(*) from toilmeter.intake where received <> stored + duplicates + quarantined + "
                     "skipped or least(received, stored, duplicates, quarantined, skipped) < 0");
}

Test(quarantine, is_listed_shown_mended_and_replayed)
{
    write_mappings();
    EXPECT_RUN("migrate --quiet", 0);
    EXPECT_RUN("quarantine list", 0);
    EXPECT_SAID(out, "No message is in quarantine");
    cli_write_text("alerts.jsonl",
                   "{\"type\":\"restart\",\"uid\":\"a\",\"ms\":1767600000000,\"name\":\"edge\",\"who\":\"ann\"}\n"
                   "{\"type\":\"restart\",\"uid\":\"b\",\"ms\":1767600001000,\"name\":\"desk\"}\n"
                   "{\"type\":\"restart\",\"uid\":\"c\",\"ms\":\"no time\",\"name\":\"desk\"}\n"
                   "\x1b[31m not JSON \xc2\x9b \xff\n");
    EXPECT_RUN("import --key-file @/key --mapping @/wrong.yaml @/alerts.jsonl", 0);
    EXPECT_SAID(out, "4 quarantined");

    EXPECT_RUN("quarantine list", 0);
    EXPECT_SAID(out, "4 messages could not be used; they wait whole.");
    EXPECT_SAID(out, "alerts.jsonl");
    EXPECT_SAID(out, "implausible_time");
    EXPECT_RUN("quarantine list --format json", 0);
    EXPECT_SAID(out, "\"report\":\t\"quarantine\"");
    EXPECT_SAID(out, "\"remedy\":\t\"is the unit right");
    EXPECT_RUN("quarantine list --reason implausible_time --format csv", 0);
    EXPECT_SAID(out, "alerts.jsonl,implausible_time,2,");
    EXPECT_RUN("quarantine list --each --format json", 0);
    EXPECT_SAID(out, "\"place\":\t\"alerts.jsonl/0/");
    EXPECT_RUN("quarantine list --reason nonsense", 2);
    EXPECT_SAID(err, "there are not_json, not_object");
    EXPECT_RUN("quarantine list --to 2026-01-01", 0);
    EXPECT_SAID(out, "No message");
    EXPECT_RUN("quarantine list --from yesterday", 2);
    EXPECT_SAID(err, "--from: \"yesterday\" is neither a date nor a time");

    /* for people nothing reaches the terminal as it is; for programs every byte is there */
    EXPECT_RUN("quarantine show", 0);
    EXPECT_SAID(out, "\\x1b[31m not JSON \\xc2\\x9b \\xff");
    EXPECT_SAID(out, "\"uid\":\"a\"");
    cr_expect_null(strchr(cli_said.out, 0x1b));
    EXPECT_RUN("quarantine show --format json --limit 4 --output @/kept.jsonl", 0);
    EXPECT_RUN("check-mapping --envelope --mapping @/mended.yaml @/kept.jsonl", 1);
    EXPECT_SAID(out, "4 messages: 2 events, 0 skipped by `when`, 2 bad");
    EXPECT_RUN("quarantine show alerts.jsonl/0", 2);
    EXPECT_SAID(err, "expected TOPIC/PARTITION/OFFSET");
    EXPECT_RUN("quarantine show other/0/7", 0);
    cr_expect_str_eq(cli_said.out, "");

    EXPECT_RUN("quarantine replay", 2);
    EXPECT_SAID(err, "say how the messages are read");
    EXPECT_RUN("quarantine replay --mapping @/mended.yaml", 2);
    EXPECT_SAID(err, "name the messages");
    EXPECT_RUN("quarantine replay --key-file @/key --mapping @/mended.yaml --topic alerts.jsonl --dry-run", 1);
    EXPECT_SAID(out, "Dry run, nothing was written: 2 of 4 messages became events");
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart"), 0);
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine"), 4);

    EXPECT_RUN("quarantine replay --key-file @/key --canonical --topic alerts.jsonl", 1);
    EXPECT_SAID(out, "0 of 4");
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine where reason = 'kind'"), 3,
                 "the reason is the one that holds now");
    EXPECT_RUN("quarantine replay --key-file @/key --mapping @/mended.yaml --topic alerts.jsonl", 1);
    EXPECT_SAID(out, "2 of 4 messages became events, 0 are skipped on purpose now, 2 stay.");
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart where actor is null or actor like '%:%'"),
                 2);
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine where reason = 'time'"), 1);
    cr_expect_eq(cli_count("select quarantined from toilmeter.intake where kind = ''"), 2);
    cr_expect_eq(cli_count("select stored from toilmeter.intake where kind = 'service_restart'"), 2);
    cr_expect_eq(unreconciled(), 0);
    EXPECT_RUN("quarantine replay --key-file @/key --mapping @/mended.yaml --topic alerts.jsonl", 1);
    EXPECT_SAID(out, "0 of 2 messages became events");

    /* importing the file again, as it is read now, adds nothing */
    EXPECT_RUN("import --key-file @/key --mapping @/mended.yaml @/alerts.jsonl", 0);
    EXPECT_SAID(out, "4 lines: 0 stored (0 of them older versions), 4 duplicates, 0 quarantined");
    cr_expect_eq(unreconciled(), 0);
}

Test(quarantine, a_configuration_says_how_each_topic_is_read)
{
    write_mappings();
    EXPECT_RUN("migrate --quiet", 0);
    cli_write_text("infra.alerts", "{\"type\":\"restart\",\"uid\":\"a\",\"ms\":1767600000000,\"name\":\"edge\",\"who\":"
                                   "\"deploy-bot\"}\n{\"type\":\"other\"}\n");
    cli_write_text("desk.work", "{\"id\":\"w\",\"ref\":\"T-1\",\"at\":1767600000,\"manual_minutes\":5}\n");
    cli_write_text("other", "[]\n");
    EXPECT_RUN("import --cluster prod --key-file @/key --kind measurement @/infra.alerts @/desk.work @/other", 0);
    cr_assert_eq(cli_count("select count(*) from toilmeter.quarantine"), 4);
    cli_write_text("daemon.yaml", "cluster: prod\n"
                                  "kafka: {bootstrap.servers: 'localhost:1', group.id: g}\n"
                                  "people: {robots: ['~-bot$']}\n"
                                  "topics:\n"
                                  "  - {topic: infra.alerts, mapping: mended.yaml}\n"
                                  "  - {topic: desk.work, kind: work_log, time_unit: s}\n");
    EXPECT_RUN("quarantine replay --config @/none.yaml", 2);
    EXPECT_RUN("quarantine replay --config @/daemon.yaml --key-file @/key", 1);
    EXPECT_SAID(out, "2 of 4 messages became events, 1 are skipped on purpose now, 1 stay.");
    EXPECT_SAID(out, "not configured");
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart where automatic"), 1, "a robot's");
    cr_expect_eq(cli_count("select count(*) from toilmeter.work_log where manual_minutes = 5"), 1);
    cr_expect_eq(cli_count("select sum(skipped) from toilmeter.intake"), 1);
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine where topic = 'other' and reason = 'not_object'"),
                 1);
    cr_expect_eq(unreconciled(), 0);
    /* the same from the environment alone, as in a container */
    setenv("TOILMETER_CLUSTER", "prod", 1);
    setenv("TOILMETER_KAFKA__BOOTSTRAP_SERVERS", "localhost:1", 1);
    setenv("TOILMETER_KAFKA__GROUP_ID", "g", 1);
    setenv("TOILMETER_TOPICS__0__TOPIC", "other", 1);
    EXPECT_RUN("quarantine replay --key-file @/key", 1);
    EXPECT_SAID(out, "0 of 1 message became events");
}

/* A row that the database refuses stays in quarantine with the database's words, its neighbours are stored. */
Test(quarantine, a_message_that_the_database_refuses_stays)
{
    write_mappings();
    write_lines("many", 1, 9);
    EXPECT_RUN("migrate --quiet", 0);
    EXPECT_RUN("import --key-file @/key --mapping @/wrong.yaml @/many", 0);
    pg_run(pg_conninfo(cli_server), "select toilmeter.ensure_month('service_restart', '2026-01-01'); alter table "
                                    "toilmeter.service_restart_2026_01 add check (id <> 'u5')");
    EXPECT_RUN("quarantine replay --key-file @/key --mapping @/mended.yaml --topic many", 1);
    EXPECT_SAID(out, "8 of 9 messages became events");
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine where reason = 'database' and "
                           "convert_from(message, 'UTF8') like '%u5%'"),
                 1);
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart"), 8);
    cr_expect_eq(unreconciled(), 0);
}

enum { MANY = 24000, USED = MANY - MANY / 10 };

static void set_up_many(void)
{
    write_mappings();
    write_lines("many", 1, MANY);
    EXPECT_RUN("migrate --quiet", 0);
    EXPECT_RUN("import --key-file @/key --mapping @/wrong.yaml @/many", 0);
    cr_assert_eq(cli_count("select count(*) from toilmeter.quarantine"), MANY);
}

static void expect_all_there_once(void)
{
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine"), 0);
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart"), USED);
    cr_expect_eq(cli_count("select count(distinct id) from toilmeter.service_restart"), USED);
    cr_expect_eq(cli_count("select stored from toilmeter.intake where kind = 'service_restart'"), USED);
    cr_expect_eq(cli_count("select duplicates from toilmeter.intake where kind = 'service_restart'"), MANY - USED);
    cr_expect_eq(cli_count("select quarantined from toilmeter.intake where kind = ''"), 0);
    cr_expect_eq(unreconciled(), 0);
}

static const char replay_line[] = "quarantine replay --key-file @/key --mapping @/mended.yaml --topic many";

Test(quarantine, replays_at_once_bring_each_message_back_once)
{
    struct toil_proc proc[3];
    set_up_many();
    for (int i = 0; i < 3; i++)
        cli_start(&proc[i], pg_conninfo(cli_server), replay_line);
    for (int i = 0; i < 3; i++) {
        int status = toil_proc_wait(&proc[i], 120000);
        char *err = toil_proc_err(&proc[i]);
        cr_expect_eq(status, 0, "replay %d: %d: %s", i, status, err);
        free(err);
    }
    expect_all_there_once();
}

Test(quarantine, a_replay_that_is_killed_loses_nothing)
{
    int killed = 0;
    set_up_many();
    for (int round = 0; round < 40; round++) {
        struct toil_proc proc;
        cli_start(&proc, pg_conninfo(cli_server), replay_line);
        int status = toil_proc_wait(&proc, 20 + round * 23 % 400);
        if (status == 0)
            break;
        cr_assert_eq(status, -1, "status %d", status);
        toil_proc_kill(&proc);
        killed++;
        long long here = cli_count("select count(*) from toilmeter.quarantine"),
                  there = cli_count("select count(*) from toilmeter.service_restart");
        cr_assert_leq(here + there, USED + 5000, "a transaction of one may lie between the two counts");
    }
    cr_expect_geq(killed, 3);
    EXPECT_RUN(replay_line, 0);
    expect_all_there_once();
}

Test(quarantine, each_role_may_do_its_own)
{
    write_mappings();
    write_lines("few", 1, 3);
    EXPECT_RUN("migrate --quiet", 0);
    EXPECT_RUN("import --key-file @/key --mapping @/wrong.yaml @/few", 0);
    pg_run(pg_conninfo(cli_server), "create role r login in role toilmeter_reader; create role c login in role "
                                    "toilmeter_collector; create role a login in role toilmeter_analyst; "
                                    "create role o login in role toilmeter_operator");
    static const struct {
        const char *role, *line;
        int status;
    } cases[] = {
        {"r", "quarantine list", 3},
        {"c", "quarantine list", 3},
        {"a", "quarantine list", 0},
        {"a", "quarantine show", 3},
        {"a", "quarantine replay --key-file @/key --mapping @/mended.yaml --topic few", 3},
        {"o", "quarantine list", 0},
        {"o", "quarantine show", 0},
        {"o", "doctor", 0},
        {"o", "quarantine replay --key-file @/key --mapping @/mended.yaml --topic few", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char conninfo[400];
        snprintf(conninfo, sizeof conninfo, "%s user=%s", pg_conninfo(cli_server), cases[i].role);
        cr_expect_eq(cli_run_as(conninfo, cases[i].line), cases[i].status, "%s as %s: %d\n%s%s", cases[i].line,
                     cases[i].role, cli_said.status, cli_said.out, cli_said.err);
    }
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart"), 3);
}
