/* toilmeter forget: no table holds the person afterwards, in no form; the numbers stay. And what docs/people.md says is
 * stored is what the schema can store. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"

TestSuite(forget, .init = cli_set_up, .fini = cli_tear_down, .timeout = 120);

/* Of every kind; "Ann \"A\" Le\xc3\xa9" acts, "acme" asks. */
#define ANN "Ann \\\"A\\\" Le\xc3\xa9"

static const char events[] =
    "{\"kind\":\"service_restart\",\"id\":\"r1\",\"component\":\"c\",\"at\":\"2026-01-05T09:00:00Z\",\"actor\":\"" ANN
    "\",\"owner\":\"" ANN "\",\"shift\":\"late\"}\n"
    "{\"kind\":\"service_restart\",\"id\":\"r2\",\"component\":\"c\",\"at\":\"2026-01-05T09:10:00Z\",\"actor\":\"bo\","
    "\"reason\":\"asked by " ANN "\"}\n"
    "{\"kind\":\"service_restart\",\"id\":\"r3\",\"ended_at\":\"2026-01-05T09:10:00Z\",\"actor\":\"" ANN "\"}\n"
    "{\"kind\":\"queue_rebalance\",\"id\":\"q1\",\"component\":\"c\",\"at\":\"2026-01-05T09:00:00Z\",\"actor\":\"" ANN
    "\"}\n"
    "{\"kind\":\"measurement\",\"id\":\"m1\",\"component\":\"c\",\"at\":\"2026-01-05T09:00:00Z\",\"metric\":\"x\","
    "\"value\":1,\"actor\":\"" ANN "\"}\n"
    "{\"kind\":\"deployment\",\"id\":\"d1\",\"component\":\"c\",\"at\":\"2026-01-05T09:00:00Z\",\"actor\":\"" ANN
    "\"}\n"
    "{\"kind\":\"support_ticket\",\"id\":\"t1\",\"component\":\"c\",\"at\":\"2026-01-05T09:00:00Z\",\"customer\":"
    "\"acme\","
    "\"status\":\"open\"}\n"
    "{\"kind\":\"support_ticket\",\"id\":\"t1\",\"updated_at\":\"2026-01-05T10:00:00Z\",\"customer\":\"acme\","
    "\"actor\":"
    "\"" ANN "\",\"status\":\"solved\",\"watchers\":[\"" ANN "\",\"bo\"]}\n"
    "{\"kind\":\"support_ticket\",\"id\":\"t2\",\"component\":\"c\",\"at\":\"2026-01-05T09:00:00Z\",\"customer\":"
    "\"other\""
    "}\n"
    "{\"kind\":\"work_log\",\"id\":\"w1\",\"at\":\"2026-01-05T09:00:00Z\",\"manual_minutes\":30,\"actor\":\"" ANN
    "\"}\n"
    "not JSON, told by Ann \"A\" Le\xc3\xa9 of acme\n"
    "{\"kind\":\"work_log\",\"actor\":\"Ann \\\"A\\\" Le\\u00e9\",\"customer\":\"acme-2\"}\n";

/* Is a text anywhere in the database? Every column of every table, as text; bytes as their characters. */
static long long anywhere(const char *like)
{
    struct toil_buf sql = TOIL_BUF_INIT;
    toil_buf_printf(
        &sql,
        "select coalesce(sum(((xpath('/row/n/text()', query_to_xml(format('select count(*) as n from "
        "toilmeter.%%I t where t::text like %%L', c.relname, '%%%s%%'), false, true, '')))[1]::text)::bigint), 0) "
        "from pg_class c where c.relnamespace = 'toilmeter'::regnamespace and c.relkind in ('r', 'p') and not "
        "c.relispartition",
        like);
    long long count = cli_count(sql.data);
    toil_buf_release(&sql);
    return count;
}

static void set_up(void)
{
    EXPECT_RUN("migrate --quiet", 0);
    cli_write_file("e.jsonl", events, sizeof events - 1);
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    EXPECT_SAID(out, "2 quarantined");
    EXPECT_RUN("analyze --quiet", 0);
    cli_write_text("ann", "Ann \"A\" Le\xc3\xa9\n");
}

Test(forget, leaves_no_trace_of_a_person_and_no_number_changes)
{
    set_up();
    char *pseudonym = pg_value(pg_conninfo(cli_server), "select actor from toilmeter.work_log where id = 'w1'");
    long long rows = cli_count("select count(*) from toilmeter.support_ticket_version");
    cr_assert_gt(anywhere(pseudonym), 5);
    cr_assert_eq(cli_count("select count(*) from toilmeter.quarantine where position('Ann'::bytea in message) > 0"), 2);

    /* nothing of it is in argv: it comes through standard input */
    char *before = pg_rows(pg_conninfo(cli_server), "select * from toilmeter.work_log");
    cr_assert_eq(cli_run_with("ann", "forget --key-file @/key --actor - --dry-run"), 0, "%s", cli_said.err);
    EXPECT_SAID(out, "Dry run, nothing was written");
    char *after = pg_rows(pg_conninfo(cli_server), "select * from toilmeter.work_log");
    cr_expect_str_eq(before, after);
    cr_assert_eq(cli_run_with("ann", "forget --key-file @/key --actor -"), 0, "%s", cli_said.err);
    EXPECT_SAID(out, "2 messages in quarantine no longer say who it was.");
    EXPECT_SAID(out, "row still holds a name in another column");
    cr_expect_null(strstr(cli_said.out, "Ann"), "%s", cli_said.out);
    cr_expect_eq(anywhere(pseudonym), 0);
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine where position('Ann'::bytea in message) > 0"), 0);
    cr_expect_eq(
        cli_count("select count(*) from toilmeter.quarantine where position('forgotten'::bytea in message) > 0"), 2);
    cr_expect_eq(anywhere("Ann"), 1, "the reason of r2, which was told");
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart where extra = '{\"shift\": \"late\"}'"), 1,
                 "other unknown fields stay");
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart where actor is not null"), 1, "bo's");
    cr_expect_eq(cli_count("select count(*) from toilmeter.support_ticket_version"), rows);
    cr_expect_eq(cli_count("select count(*) from toilmeter.work_log where manual_minutes = 30"), 1);
    cr_assert_eq(cli_run_with("ann", "forget --key-file @/key --actor -"), 1, "nothing is left");
    EXPECT_SAID(out, "Nothing was found of whom you named.");
    free(before);
    free(after);
    free(pseudonym);
}

Test(forget, a_customer_leaves_runs_too_and_several_go_at_once)
{
    set_up();
    char *pseudonym =
        pg_value(pg_conninfo(cli_server), "select customer from toilmeter.support_ticket where id = 't1'");
    cr_assert_geq(cli_count("select count(*) from toilmeter.run_ticket where customer is not null"), 2);
    EXPECT_RUN("report tickets --format csv", 0);
    char *before = toil_xstrdup(cli_said.out);
    EXPECT_RUN("forget --key-file @/key --customer acme --actor bo", 0);
    EXPECT_SAID(out, "run_ticket");
    cr_expect_eq(anywhere(pseudonym), 0);
    cr_expect_eq(cli_count("select count(*) from toilmeter.run_ticket where customer is not null"), 1, "other's");
    cr_expect_eq(cli_count("select count(*) from toilmeter.support_ticket where customer is not null"), 1);
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart where id = 'r2' and actor is null"), 1);
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine where position('acme-2'::bytea in message) > 0"),
                 1, "acme-2 is another");
    cr_expect_eq(
        cli_count("select count(*) from toilmeter.quarantine where position('of forgotten'::bytea in message) > "
                  "0"),
        1);
    EXPECT_RUN("report tickets --format csv", 0);
    cr_expect_str_eq(cli_said.out, before, "what a run says stays");
    free(before);
    free(pseudonym);
}

Test(forget, what_is_wrong_is_said)
{
    set_up();
    EXPECT_RUN("forget --key-file @/key", 2);
    EXPECT_SAID(err, "expected --actor ID or --customer ID");
    EXPECT_RUN("forget --key-file @/key --actor=", 2);
    EXPECT_SAID(err, "an id is empty");
    EXPECT_RUN("forget --key-file @/key --actor - --customer -", 2);
    EXPECT_RUN("forget --key-file @/other --actor ann", 2);
    EXPECT_SAID(err, "--key-file");
    EXPECT_RUN("forget --key-file @/key --actor nobody", 1);
    pg_run(pg_conninfo(cli_server), "create role c login in role toilmeter_collector; "
                                    "create role o login in role toilmeter_operator");
    char conninfo[400];
    snprintf(conninfo, sizeof conninfo, "%s user=c", pg_conninfo(cli_server));
    cr_expect_eq(cli_run_as(conninfo, "forget --key-file @/key --actor bo"), 3);
    snprintf(conninfo, sizeof conninfo, "%s user=o", pg_conninfo(cli_server));
    cr_expect_eq(cli_run_as(conninfo, "forget --key-file @/key --actor bo --customer acme"), 0, "%s", cli_said.err);
}

/* The columns that can hold a text, as docs/people.md names them: those of its table with their tables, a line each. */
static void add_columns_of_page(char *page, struct toil_buf *table, struct toil_buf *others)
{
    for (char *line = strtok(page, "\n"); line; line = strtok(NULL, "\n")) {
        bool row = strncmp(line, "| `", 3) == 0;
        char *end = row ? strchr(line + 2, '|') : line;
        size_t len = strlen(line);
        bool list = line[0] == '`' && len > 2 && line[1] >= 'a' && (line[len - 1] == '`' || line[len - 1] == ',');
        if (!row && !list)
            continue;
        for (char *name = line; (name = strchr(name, '`')) && (!row || name < end);) {
            char *close = strchr(name + 1, '`');
            cr_assert_not_null(close, "%s", line);
            if (!row)
                toil_buf_printf(others, "%.*s\n", (int)(close - name - 1), name + 1);
            char *tables_end = row ? strchr(end + 1, '|') : NULL;
            for (char *of = end; row && (of = strchr(of, '`')) && of < tables_end; of = strchr(of + 1, '`') + 1)
                toil_buf_printf(table, "%.*s|%.*s\n", (int)(close - name - 1), name + 1,
                                (int)(strchr(of + 1, '`') - of - 1), of + 1);
            name = close + 1;
        }
    }
}

#define TEXT_COLUMNS                                                                                                   \
    "from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relnamespace = 'toilmeter'::regnamespace and "  \
    "c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped and "                    \
    "a.atttypid::regtype::text in ('text', 'text[]', 'jsonb', 'bytea', 'json', 'character varying')"

/* docs/people.md names every column that can hold a text, once: those of people with their tables. */
Test(forget, the_page_about_people_is_what_the_schema_can_hold)
{
    struct toil_buf table = TOIL_BUF_INIT, others = TOIL_BUF_INIT, sql = TOIL_BUF_INIT;
    EXPECT_RUN("migrate --quiet", 0);
    char *page = toil_file_text("docs/people.md");
    add_columns_of_page(page, &table, &others);
    cr_assert(table.len > 0 && others.len > 0);
    pg_run(pg_conninfo(cli_server), "create table public.told (name text, relation text)");
    char *rest = table.data, *line;
    while ((line = strsep(&rest, "\n")) && *line) {
        char *bar = strchr(line, '|');
        toil_buf_printf(&sql, "insert into public.told values ('%.*s', '%s');", (int)(bar - line), line, bar + 1);
    }
    rest = others.data;
    while ((line = strsep(&rest, "\n")) && *line)
        toil_buf_printf(&sql, "insert into public.told values ('%s', null);", line);
    pg_run(pg_conninfo(cli_server), sql.data);

    char *missing =
        pg_rows(pg_conninfo(cli_server),
                "select distinct a.attname::text, c.relname::text " TEXT_COLUMNS
                " and not exists (select from public.told t where t.name = a.attname and (t.relation is null "
                "or t.relation = c.relname)) order by 1, 2");
    cr_expect_str_eq(missing, "", "not in docs/people.md:\n%s", missing);
    char *gone = pg_rows(pg_conninfo(cli_server),
                         "select t.name, t.relation from public.told t where not exists (select " TEXT_COLUMNS
                         " and a.attname = t.name and (t.relation is null or t.relation = c.relname)) order by 1, 2");
    cr_expect_str_eq(gone, "", "in docs/people.md, but not in the schema:\n%s", gone);
    char *twice = pg_rows(pg_conninfo(cli_server), "select name from public.told group by name having count(*) > "
                                                   "count(relation) and count(*) > 1 order by 1");
    cr_expect_str_eq(twice, "", "named twice:\n%s", twice);
    free(missing);
    free(gone);
    free(twice);
    free(page);
    toil_buf_release(&table);
    toil_buf_release(&others);
    toil_buf_release(&sql);
}

Test(forget, what_is_older_than_a_day_goes_by_months_and_comes_back_only_when_sent_again)
{
    EXPECT_RUN("migrate --quiet", 0);
    cli_write_text(
        "e.jsonl",
        "{\"kind\":\"service_restart\",\"id\":\"old\",\"component\":\"c\",\"at\":\"2025-11-30T23:59:59Z\"}\n"
        "{\"kind\":\"service_restart\",\"id\":\"new\",\"component\":\"c\",\"at\":\"2025-12-01T00:00:00Z\"}\n"
        "{\"kind\":\"service_restart\",\"id\":\"e-old\",\"ended_at\":\"2025-12-09T00:00:00Z\"}\n"
        "{\"kind\":\"service_restart\",\"id\":\"e-new\",\"ended_at\":\"2025-12-10T00:00:00Z\"}\n"
        "{\"kind\":\"support_ticket\",\"id\":\"t-old\",\"at\":\"2025-11-01T00:00:00Z\",\"version\":1}\n"
        "{\"kind\":\"support_ticket\",\"id\":\"t-old\",\"closed_at\":\"2025-12-09T00:00:00Z\",\"version\":2}\n"
        "{\"kind\":\"support_ticket\",\"id\":\"t-new\",\"at\":\"2025-11-01T00:00:00Z\",\"version\":1}\n"
        "{\"kind\":\"support_ticket\",\"id\":\"t-new\",\"updated_at\":\"2025-12-10T00:00:00Z\",\"version\":2}\n"
        "{\"kind\":\"work_log\",\"id\":\"w-old\",\"at\":\"2025-11-01T00:00:00Z\",\"version\":1}\n"
        "{\"kind\":\"work_log\",\"id\":\"w-new\",\"at\":\"2025-11-01T00:00:00Z\",\"ended_at\":\"2025-12-11T00:00:00Z\"}"
        "\n"
        "nonsense\n");
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    char *told = pg_rows(pg_conninfo(cli_server), "set role toilmeter_owner; "
                                                  "select * from toilmeter.drop_before('2025-12-10') where rows > 0");
    cr_expect_str_eq(told, "service_restart_2025_11|1\nevent_ending|1\nsupport_ticket_version|2\nsupport_ticket|1\n"
                           "work_log_version|1\nwork_log|1\n");
    free(told);
    char *left = pg_rows(pg_conninfo(cli_server), "select id from toilmeter.service_restart union all select id from "
                                                  "toilmeter.event_ending union all select id from "
                                                  "toilmeter.support_ticket union all select id from "
                                                  "toilmeter.work_log order by 1");
    cr_expect_str_eq(left, "e-new\nnew\nt-new\nw-new\n");
    free(left);
    cr_expect_eq(cli_count("select count(*) from toilmeter.support_ticket_version"), 2);
    cr_expect_eq(cli_count("select count(*) from toilmeter.quarantine"), 1);
    char *refused = pg_try(pg_conninfo(cli_server), "select * from toilmeter.drop_before(current_date + 1)");
    cr_expect_str_eq(refused, "22023");
    free(refused);
    refused = pg_try(pg_conninfo(cli_server), "create role c login in role toilmeter_collector; set role c; "
                                              "select * from toilmeter.drop_before('2025-12-10')");
    cr_expect_str_eq(refused, "42501");
    free(refused);
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    cr_expect_eq(cli_count("select count(*) from toilmeter.service_restart"), 2, "its month is made again");
    EXPECT_RUN("analyze --quiet", 0);
}
