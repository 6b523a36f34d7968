/* toilmeter as people type it, against a real PostgreSQL: migrate, catalog, import, doctor. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"

TestSuite(cli, .init = cli_set_up, .fini = cli_tear_down, .timeout = 300);

Test(cli, words_on_the_command_line)
{
    EXPECT_RUN("--help", 0);
    EXPECT_SAID(out, "doctor");
    EXPECT_RUN("catlog show", 2);
    EXPECT_SAID(err, "did you mean catalog?");
    EXPECT_RUN("migrate --dryrun", 2);
    EXPECT_SAID(err, "did you mean --dry-run?");
    EXPECT_RUN("migrate now", 2);
    EXPECT_RUN("catalog", 2);
    EXPECT_RUN("catalog aply x", 2);
    EXPECT_RUN("catalog show --format yaml", 2);
    EXPECT_RUN("import", 2);
    EXPECT_RUN("import --preset zendesk --kind service_restart x", 2);
    EXPECT_SAID(err, "--kind: the mapping names kinds and units");
    EXPECT_RUN("check-mapping x", 2);
    EXPECT_SAID(err, "expected one of --preset, --mapping and --topic");
    EXPECT_RUN("check-mapping --preset zendisk x", 2);
    EXPECT_SAID(err, "there are alertmanager");
    EXPECT_RUN("check-mapping --preset zendesk --set topic x", 2);
    EXPECT_SAID(err, "--set: expected NAME=VALUE");
    EXPECT_RUN("check-mapping --preset jira --envelope tests/presets/jira.jsonl", 0);
    EXPECT_SAID(out, "8 messages: 6 events, 2 skipped by `when`, 0 bad");
    EXPECT_RUN("check-mapping --preset zendesk --envelope --format json tests/presets/zendesk.jsonl", 1);
    EXPECT_SAID(out, "{\"quarantine\": \"mapping\"");
    EXPECT_RUN("import --kind restart x", 2);
    static const char *const commands[] = {"migrate", "catalog", "import", "doctor"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s --help", commands[i]);
        EXPECT_RUN(line, 0);
        EXPECT_SAID(out, "usage: toilmeter");
    }
}

Test(cli, a_server_that_is_away_is_status_3)
{
    cr_assert_eq(cli_run_as("host=/nowhere", "catalog show"), 3);
    cr_assert_eq(cli_run_as("host=/nowhere", "doctor"), 3);
    EXPECT_SAID(out, "bad   connection");
    EXPECT_RUN("catalog show", 3);
    EXPECT_SAID(err, "toilmeter migrate");
    cli_write_text("e.jsonl", "{}\n");
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 3);
    EXPECT_SAID(err, "toilmeter migrate");
}

Test(cli, migrate_tells_does_and_tells_again)
{
    EXPECT_RUN("migrate --status", 1);
    EXPECT_SAID(out, "pending");
    EXPECT_RUN("migrate --dry-run", 0);
    EXPECT_SAID(out, "would apply 0001_events");
    cr_assert_eq(cli_count("select count(*) from pg_namespace where nspname = 'toilmeter'"), 0);
    EXPECT_RUN("migrate", 0);
    EXPECT_SAID(out, "applied 0001_events");
    EXPECT_RUN("migrate", 0);
    EXPECT_SAID(out, "up to date");
    EXPECT_RUN("migrate --status", 0);
    cr_assert_null(strstr(cli_said.out, "pending"));
    pg_run(pg_conninfo(cli_server), "update toilmeter.schema_migration set checksum = 'x' where version = 1");
    EXPECT_RUN("migrate", 3);
    EXPECT_RUN("migrate --status", 3);
    EXPECT_SAID(out, "changed");
}

#define SPREAD                                                                                                         \
    "select 'team', t::text from toilmeter.team t union all select 'rate', t::text from toilmeter.team_rate t "        \
    "union all select 'cost', t::text from toilmeter.ticket_cost t union all "                                         \
    "select 'component', t::text from toilmeter.component t union all "                                                \
    "select 'match', t::text from toilmeter.component_match t union all "                                              \
    "select 'topic', t::text from toilmeter.component_topic t union all "                                              \
    "select 'goal', t::text from toilmeter.goal t union all select 'item', t::text from toilmeter.item t order by 1, " \
    "2"

Test(cli, catalog_apply_is_a_difference)
{
    EXPECT_RUN("catalog check deploy/examples/catalog.yaml", 0);
    EXPECT_SAID(out, "2 teams, 3 components, 2 goals, 3 items");
    EXPECT_RUN("migrate --quiet", 0);
    EXPECT_RUN("catalog apply --dry-run deploy/examples/catalog.yaml", 0);
    EXPECT_SAID(out, "added    item TD-1");
    cr_assert_eq(cli_count("select count(*) from toilmeter.catalog"), 0);
    EXPECT_RUN("catalog apply deploy/examples/catalog.yaml", 0);
    char *rows = pg_rows(pg_conninfo(cli_server), SPREAD);
    static const char *const expected[] = {"component|(routing,platform,3)",
                                           "cost|(2026-01-01,12)",
                                           "match|(queue-balancer,2,~^qb-[0-9]+$)",
                                           "rate|(platform,2026-07-01,58)",
                                           "topic|(records,exports)",
                                           "2026-03-02,2026-06-01,2,1,manual_hours,-0.9,56,56,{queue-balancer}",
                                           "metric:load_time,-0.4,84,,{records},\"{storage,platform}\""};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_assert(strstr(rows, expected[i]) != NULL, "no %s in\n%s", expected[i], rows);
    EXPECT_RUN("catalog apply deploy/examples/catalog.yaml", 0);
    cr_assert_str_eq(cli_said.out, "no change\n");
    cr_assert_eq(cli_count("select count(*) from toilmeter.catalog"), 1);

    /* The canonical form of the one in force is a catalog, and the same one. */
    EXPECT_RUN("catalog show --format json", 0);
    cli_write_text("same.json", cli_said.out);
    EXPECT_RUN("catalog apply @/same.json", 0);
    cr_assert_str_eq(cli_said.out, "no change\n");

    cli_shell(
        "sed -e 's/amount: 12/amount: 15/' -e '/topics: \\[sync\\]/d' $OLDPWD/deploy/examples/catalog.yaml > b.yaml");
    EXPECT_RUN("catalog apply @/b.yaml", 0);
    EXPECT_SAID(out, "changed  component queue-balancer: topics: [sync] -> []");
    cr_assert_eq(cli_count("select count(*) from toilmeter.catalog"), 2);
    cr_assert_eq(cli_count("select amount::int from toilmeter.ticket_cost"), 15);
    cr_assert_eq(cli_count("select count(*) from toilmeter.component_topic where topic = 'sync'"), 0);
    EXPECT_RUN("catalog apply deploy/examples/catalog.yaml", 0);
    char *again = pg_rows(pg_conninfo(cli_server), SPREAD);
    cr_assert_str_eq(rows, again);
    free(rows);
    free(again);
}

Test(cli, a_wrong_catalog_changes_nothing)
{
    EXPECT_RUN("migrate --quiet", 0);
    cli_write_text("bad.yaml", "teams:\n- name: a\ncomponents:\n- {name: x, team: b}\n");
    EXPECT_RUN("catalog check @/bad.yaml", 2);
    EXPECT_SAID(err, "bad.yaml:4:19: team: unknown team \"b\"");
    EXPECT_RUN("catalog apply @/bad.yaml", 2);
    EXPECT_RUN("catalog apply @/none.yaml", 2);
    cr_assert_eq(cli_count("select count(*) from toilmeter.catalog"), 0);
}

Test(cli, catalogs_applied_at_once_are_one)
{
    struct toil_proc proc[4];
    EXPECT_RUN("migrate --quiet", 0);
    for (int i = 0; i < 4; i++)
        cli_start(&proc[i], pg_conninfo(cli_server), "catalog apply deploy/examples/catalog.yaml");
    for (int i = 0; i < 4; i++)
        cr_assert_eq(toil_proc_wait(&proc[i], CLI_DEADLINE_MS), 0);
    cr_assert_eq(cli_count("select count(*) from toilmeter.catalog"), 1);
    cr_assert_eq(cli_count("select count(*) from toilmeter.item"), 3);
}

#define EVENTS                                                                                                         \
    "select 'r', t::text from toilmeter.service_restart t union all select 'q', t::text from "                         \
    "toilmeter.queue_rebalance "                                                                                       \
    "t union all select 'v', t::text from toilmeter.support_ticket_version t union all "                               \
    "select 't', t::text from toilmeter.support_ticket t union all select 'e', t::text from toilmeter.event_ending t " \
    "union all select 'x', concat_ws('|', topic, kafka_offset, reason, message) from toilmeter.quarantine "            \
    "order by 1, 2"

/* Restarts, tickets in versions, an ending, and lines of every sort of badness. */
static void write_events(const char *name)
{
    struct toil_buf out = TOIL_BUF_INIT;
    for (int i = 0; i < 3000; i++)
        toil_buf_printf(&out,
                        "{\"kind\":\"service_restart\",\"id\":\"r%d\",\"component\":\"qb-%d\",\"at\":"
                        "\"2026-0%d-05T10:%02d:00Z\",\"actor\":\"person %d\"}\n",
                        i, i % 7, 1 + i % 6, i % 60, i % 5);
    for (int i = 0; i < 500; i++)
        toil_buf_printf(&out,
                        "{\"kind\":\"support_ticket\",\"id\":\"t%d\",\"version\":%d,\"at\":\"2026-01-05T10:00:00Z\","
                        "\"status\":\"%s\"}\n",
                        i / 3, i % 3, i % 3 == 2 ? "closed" : "open");
    toil_buf_add_text(&out, "{\"kind\":\"service_restart\",\"id\":\"r7\",\"ended_at\":\"2026-02-05T10:30:00Z\"}\n");
    toil_buf_add_text(&out, "not json\n{\"kind\":\"service_restart\",\"id\":\"r8\",\"component\":\"x\"}\n\n  \n");
    toil_buf_add_text(&out, "{\"kind\":\"service_restart\",\"id\":\"\xff\"}\nnot json\n");
    toil_buf_add_text(&out, "{\"kind\":\"measurement\"}"); /* no line feed at the end */
    cli_write_file(name, out.data, out.len);
    toil_buf_release(&out);
}

Test(cli, import_is_safe_to_repeat_in_any_order_and_form)
{
    EXPECT_RUN("migrate --quiet", 0);
    write_events("e.jsonl");
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    EXPECT_SAID(out, "3508 lines: 3501 stored (0 of them older versions), 1 duplicates, 4 quarantined, 2 blank");
    EXPECT_SAID(out, "2 unusable, not_json");
    EXPECT_SAID(out, "1 unusable, utf8");
    EXPECT_SAID(out, "2 unusable, missing");
    struct stat key;
    char *path = toil_xasprintf("%s/key", cli_dir);
    cr_assert(stat(path, &key) == 0 && (key.st_mode & 0777) == 0600);
    free(path);
    cr_assert_eq(cli_count("select count(*) from toilmeter.service_restart"), 3000);
    cr_assert_eq(cli_count("select count(*) from toilmeter.service_restart where actor like '%person%'"), 0);
    cr_assert_eq(cli_count("select count(distinct actor) from toilmeter.service_restart"), 5);
    cr_assert_eq(cli_count("select count(*) from toilmeter.quarantine"), 4); /* one line stood twice */
    char *before = pg_rows(pg_conninfo(cli_server), EVENTS);

    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    EXPECT_SAID(out, "3508 lines: 0 stored (0 of them older versions), 3506 duplicates, 0 quarantined");
    char *after = pg_rows(pg_conninfo(cli_server), EVENTS);
    cr_assert_str_eq(before, after);
    free(after);

    /* The same base name: the same lines in quarantine, whatever the order and the packing. */
    cli_shell("mkdir s && { cat e.jsonl; echo; } | shuf --random-source=e.jsonl > s/e.jsonl");
    EXPECT_RUN("import --key-file @/key @/s/e.jsonl", 0);
    cli_shell("mkdir z && gzip -c e.jsonl > z/e.jsonl && mkdir y && zstd -qc e.jsonl > y/e.jsonl");
    EXPECT_RUN("import --key-file @/key @/z/e.jsonl @/y/e.jsonl", 0);
    EXPECT_SAID(out, "z/e.jsonl: 3508 lines: 0 stored");
    EXPECT_SAID(out, "y/e.jsonl: 3508 lines: 0 stored");
    after = pg_rows(pg_conninfo(cli_server), EVENTS);
    cr_assert_str_eq(before, after);
    cr_assert_eq(
        cli_count("select count(*) from (select sum(received) - sum(stored + duplicates + quarantined + skipped) "
                  "as d from toilmeter.intake) i where d <> 0"),
        0);
    cr_assert_eq(cli_count("select sum(stored) from toilmeter.intake where cluster = 'import'"), 3501);
    cr_assert_eq(cli_count("select sum(quarantined) from toilmeter.intake"), 4);
    free(before);
    free(after);
}

Test(cli, import_into_shuffled_first_gives_the_same_tables)
{
    EXPECT_RUN("migrate --quiet", 0);
    write_events("e.jsonl");
    cli_shell("mkdir s && { cat e.jsonl; echo; } | shuf --random-source=e.jsonl | gzip > s/e.jsonl");
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    char *straight = pg_rows(pg_conninfo(cli_server), EVENTS);
    pg_run(pg_conninfo(cli_server), "truncate toilmeter.service_restart, toilmeter.support_ticket, "
                                    "toilmeter.support_ticket_version, toilmeter.event_ending, toilmeter.quarantine");
    EXPECT_RUN("import --key-file @/key @/s/e.jsonl", 0);
    char *shuffled = pg_rows(pg_conninfo(cli_server), EVENTS);
    cr_assert_str_eq(straight, shuffled);
    free(straight);
    free(shuffled);
}

Test(cli, lines_of_every_shape)
{
    EXPECT_RUN("migrate --quiet", 0);
    struct toil_buf out = TOIL_BUF_INIT;
    toil_buf_add_text(&out, "\xef\xbb\xbf{\"id\":\"a\",\"component\":\"x\",\"at\":1767607200}\r\n");
    toil_buf_add_text(&out, "{\"id\":\"b\",\"component\":\"x\",\"at\":1767607200,\"actor\":\"svc-1\"}\r\n\r\n");
    toil_buf_add_text(&out, "{\"id\":\"c\",\"component\":\"");
    for (int i = 0; i < 2 * 1024 * 1024; i++)
        toil_buf_add_char(&out, 'x');
    toil_buf_add_text(&out, "\"}\n{\"id\":\"d\",\"component\":\"x\",\"at\":1767607200}");
    cli_write_file("wide.jsonl", out.data, out.len);
    toil_buf_release(&out);
    EXPECT_RUN("import --key-file @/key --kind service_restart --time-unit s --robots ~^svc- @/wide.jsonl", 0);
    EXPECT_SAID(out, "5 lines: 3 stored (0 of them older versions), 0 duplicates, 1 quarantined, 1 blank");
    EXPECT_SAID(out, "1 unusable, too_large");
    cr_assert_eq(cli_count("select count(*) from toilmeter.service_restart where at = '2026-01-05 10:00Z'"), 3);
    cr_assert_eq(cli_count("select count(*) from toilmeter.service_restart where automatic"), 1);
    cr_assert_eq(cli_count("select length(message) from toilmeter.quarantine"), 2 * 1024 * 1024 + 25);

    cli_write_text("empty.jsonl", "");
    EXPECT_RUN("import --key-file @/key --cluster c2 @/empty.jsonl -", 0);
    EXPECT_SAID(out, "empty.jsonl: 0 lines");
    EXPECT_SAID(out, "-: 0 lines");
}

Test(cli, what_cannot_be_imported_says_why)
{
    EXPECT_RUN("migrate --quiet", 0);
    write_events("e.jsonl");
    EXPECT_RUN("import --key-file @/key @/none.jsonl", 2);
    EXPECT_SAID(err, "No such file");
    EXPECT_RUN("import --key-file @/key @/", 2);
    cli_shell("gzip -c e.jsonl | head -c 9000 > cut.gz");
    EXPECT_RUN("import --key-file @/key @/cut.gz", 2);
    EXPECT_SAID(err, "truncated gzip input");
    long long stored = cli_count("select count(*) from toilmeter.service_restart");
    cr_assert(stored > 0 && stored < 3000, "%lld", stored);
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    cr_assert_eq(cli_count("select count(*) from toilmeter.service_restart"), 3000);
    cr_assert_eq(cli_count("select count(*) from toilmeter.quarantine where topic = 'cut.gz'"), 0);

    /* Another key would make two of each person. */
    cli_shell("printf '%064d\\n' 7 > other && chmod 600 other");
    EXPECT_RUN("import --key-file @/other @/e.jsonl", 2);
    EXPECT_RUN("import --key-file @/gone @/e.jsonl", 2);
    cli_shell("test ! -e gone");
    cli_shell("chmod 644 key");
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 2);
    EXPECT_SAID(err, "chmod 600");
}

/* A database that refuses three rows of five thousand: those three lines are found and kept. */
Test(cli, rows_that_the_database_refuses_are_found_and_quarantined)
{
    EXPECT_RUN("migrate --quiet", 0);
    pg_run(pg_conninfo(cli_server),
           "create function public.refuse() returns trigger language plpgsql as $$ begin "
           "if new.component = 'cursed' then raise exception 'cursed' using errcode = '22000'; end if; "
           "return new; end $$; create trigger refuse before insert on toilmeter.service_restart for each row "
           "execute function public.refuse()");
    struct toil_buf out = TOIL_BUF_INIT;
    for (int i = 0; i < 5000; i++)
        toil_buf_printf(&out,
                        "{\"kind\":\"service_restart\",\"id\":\"r%d\",\"component\":\"%s\",\"at\":"
                        "\"2026-01-05T10:00:00Z\"}\n",
                        i, i == 0 || i == 2500 || i == 4999 ? "cursed" : "fine");
    cli_write_file("e.jsonl", out.data, out.len);
    toil_buf_release(&out);
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    EXPECT_SAID(out, "5000 lines: 4997 stored (0 of them older versions), 0 duplicates, 3 quarantined");
    EXPECT_SAID(out, "3 unusable, database");
    cr_assert_eq(cli_count("select count(*) from toilmeter.service_restart"), 4997);
    cr_assert_eq(cli_count("select count(*) from toilmeter.quarantine where reason = 'database' and "
                           "encode(message, 'escape') like '%cursed%'"),
                 3);
    cr_assert_eq(cli_count("select sum(received) from toilmeter.intake"), 5000);
}

/* The state of a check in `doctor --format json`, the worst where there are several; "" when there is none. */
static const char *state_of(const char *check)
{
    static const char *const order[] = {"bad", "look", "ok"};
    cJSON *report = cJSON_Parse(cli_said.out), *row;
    cr_assert_not_null(report, "%s", cli_said.out);
    size_t worst = 3;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(report, "rows"))
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(row, "check")), check) != 0)
            continue;
        for (size_t i = 0; i < worst; i++) {
            if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(row, "state")), order[i]) == 0)
                worst = i;
        }
    }
    cJSON_Delete(report);
    return worst < 3 ? order[worst] : "";
}

static void expect_state(const char *check, const char *state)
{
    cr_assert_str_eq(state_of(check), state, "%s: %s, not %s\n%s", check, state_of(check), state, cli_said.out);
}

Test(cli, doctor_finds_what_is_wrong)
{
    static const char *const checks[] = {"server", "schema",     "rights",     "clock", "catalog", "lag",    "gaps",
                                         "key",    "quarantine", "duplicates", "kinds", "names",   "fields", "times"};
    EXPECT_RUN("doctor --format json", 1);
    expect_state("schema", "bad");
    EXPECT_RUN("migrate --quiet", 0);
    EXPECT_RUN("catalog apply --quiet deploy/examples/catalog.yaml", 0);
    EXPECT_RUN("doctor --format json", 0);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        cr_assert_str_neq(state_of(checks[i]), "", "%s", checks[i]);
    expect_state("kinds", "look");
    expect_state("names", "ok");
    expect_state("fields", "ok");
    expect_state("times", "ok");
    expect_state("quarantine", "ok");
    expect_state("catalog", "ok");

    cli_write_text(
        "e.jsonl",
        "{\"kind\":\"service_restart\",\"id\":\"a\",\"component\":\"qb-1\",\"at\":\"2026-01-05T10:00:00Z\"}\n"
        "{\"kind\":\"service_restart\",\"id\":\"a\",\"component\":\"qb-1\",\"at\":\"2026-01-06T10:00:00Z\"}\n"
        "{\"kind\":\"deployment\",\"id\":\"d\",\"component\":\"nobody\",\"at\":\"2026-01-06T10:00:00Z\","
        "\"acter\":\"x\"}\nnot json\n");
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    EXPECT_RUN("doctor", 0);
    EXPECT_SAID(out, "1 of 2 component names, in 1 events, match no rule: nobody (1)");
    EXPECT_SAID(out, "is \"actor\" meant?");
    EXPECT_SAID(out, "1 ids of service_restart came with several times (1 rows too many), such as \"a\"");
    EXPECT_SAID(out, "1 messages for not_json, 1 of them from e.jsonl");

    pg_run(pg_conninfo(cli_server),
           "insert into toilmeter.kafka_offset (cluster, topic, partition, next_offset, end_offset, "
           "read_to, updated_at) values ('c', 't', 0, 10, 10, now(), now() - interval '1 day'), "
           "('c', 't', 1, 10, 12, now(), now())");
    EXPECT_RUN("doctor --format json", 0);
    expect_state("lag", "ok");
    pg_run(pg_conninfo(cli_server), "update toilmeter.kafka_offset set updated_at = now() - interval '1 hour'");
    EXPECT_RUN("doctor", 1);
    EXPECT_SAID(out, "c/t[1]: 2 messages wait, nothing was written for 60 min");
    pg_run(pg_conninfo(cli_server),
           "update toilmeter.kafka_offset set next_offset = end_offset; "
           "insert into toilmeter.kafka_gap values ('c', 't', 0, 3, 5, 'aborted or compacted')");
    EXPECT_RUN("doctor --format json", 0);
    expect_state("gaps", "ok");
    pg_run(pg_conninfo(cli_server), "insert into toilmeter.kafka_gap values ('c', 't', 1, 3, 5, 'retention')");
    EXPECT_RUN("doctor --format json", 1);
    expect_state("gaps", "bad");
}

Test(cli, each_role_may_do_its_own)
{
    EXPECT_RUN("migrate --quiet", 0);
    pg_run(pg_conninfo(cli_server), "create role r login in role toilmeter_reader; create role c login in role "
                                    "toilmeter_collector; create role a login in role toilmeter_analyst; "
                                    "create role n login");
    cli_write_text("e.jsonl", "{}\n");
    static const struct {
        const char *user, *line;
        int status;
    } cases[] = {
        {"r", "doctor", 0},
        {"r", "catalog show", 0},
        {"r", "catalog apply deploy/examples/catalog.yaml", 3},
        {"r", "import --key-file @/key @/e.jsonl", 3},
        {"c", "doctor", 0},
        {"c", "import --key-file @/key @/e.jsonl", 0},
        {"c", "catalog apply deploy/examples/catalog.yaml", 3},
        {"a", "doctor", 0},
        {"a", "catalog apply deploy/examples/catalog.yaml", 0},
        {"a", "import --key-file @/key @/e.jsonl", 3},
        {"n", "doctor", 1},
        {"n", "migrate", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *conninfo = pg_conninfo_tcp(cli_server, "postgres", cases[i].user);
        cr_expect_eq(cli_run_as(conninfo, cases[i].line), cases[i].status, "%s as %s: %d\n%s%s", cases[i].line,
                     cases[i].user, cli_said.status, cli_said.out, cli_said.err);
        if (cases[i].status == 3)
            cr_expect(strstr(cli_said.err, "GRANT") != NULL, "%s as %s: %s", cases[i].line, cases[i].user,
                      cli_said.err);
        free(conninfo);
    }
}
