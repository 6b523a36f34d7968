/* toilmeter components unmapped as people type it: events in, names out, in every format, with a catalog that was
 * applied and with one that was not; and that its rules, once applied, leave nothing unmapped. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_cli.h"
#include "toilmeter/buf.h"
#include "toilmeter/event.h"
#include "toilmeter/sql.h"

static void set_up(void)
{
    cli_set_up();
    EXPECT_RUN("migrate --quiet", 0);
}

TestSuite(cli_names, .init = set_up, .fini = cli_tear_down, .timeout = 300);

static int events;

static void add_event(struct toil_buf *out, const char *kind, const char *component, int day, const char *more)
{
    toil_buf_printf(out, "{\"kind\":\"%s\",\"id\":\"e%d\",\"at\":\"2026-01-%02dT10:00:00Z\"%s", kind, events++, day,
                    more);
    if (component) {
        toil_buf_add_text(out, ",\"component\":");
        toil_buf_add_json_string(out, toil_span_of(component));
    }
    toil_buf_add_text(out, "}\n");
}

/* 40 restarts of pods of cart, 20 of queue balancers, 12 rebalances of hosts, 8 releases, a name of every badness, and
 * tickets: with a name, without, deleted, in two versions. */
static void import_events(void)
{
    static const char safe[] = "bcdfghjklmnpqrstvwxz2456789";
    static const char *const odd[] = {"it's \"old\"", "two\nlines", "a.b*c", "caf\xc3\xa9 \xf0\x9f\x9a\x80", "~wild"};
    struct toil_buf out = TOIL_BUF_INIT;
    char name[64];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "cart-%s-%c%c2x%c", i % 2 ? "7d9f8b6c5d" : "5c6b7d8f9", safe[i % 27], safe[i % 5],
                 safe[i % 7]);
        add_event(&out, "service_restart", name, 1 + i % 28, "");
    }
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "queue_balancer-%d", i % 4);
        add_event(&out, "service_restart", name, 1 + i, "");
    }
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "host-%03d.eu", i);
        add_event(&out, "queue_rebalance", name, 1 + i, "");
    }
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "app-v2.%d.0", i);
        add_event(&out, "deployment", name, 1 + i, "");
    }
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        add_event(&out, "measurement", odd[i], 2, ",\"metric\":\"m\",\"value\":1");
    for (int i = 0; i < 7; i++)
        add_event(&out, "service_restart", "routing", 3, "");
    add_event(&out, "support_ticket", "desk", 4, ",\"version\":1,\"status\":\"open\"");
    add_event(&out, "support_ticket", NULL, 4, ",\"version\":1,\"status\":\"open\"");
    add_event(&out, "support_ticket", "gone", 4, ",\"version\":1,\"status\":\"deleted\"");
    add_event(&out, "work_log", NULL, 4, ",\"version\":1,\"manual_minutes\":5");
    toil_buf_add_text(&out, "{\"kind\":\"support_ticket\",\"id\":\"t\",\"version\":1,\"at\":\"2026-01-05T10:00:00Z\","
                            "\"component\":\"old name\"}\n"
                            "{\"kind\":\"support_ticket\",\"id\":\"t\",\"version\":2,\"component\":\"desk\"}\n");
    cli_write_file("e.jsonl", out.data, out.len);
    toil_buf_release(&out);
    EXPECT_RUN("import --key-file @/key @/e.jsonl", 0);
    EXPECT_SAID(out, "98 lines: 98 stored (0 of them older versions), 0 duplicates, 0 quarantined");
}

#define UNMAPPED_EVENTS 87 /* 40 + 20 + 12 + 8 + 5 + 2, with routing mapped */
#define ALL_EVENTS      94

static const char catalog[] = "components:\n"
                              "  - name: Queue-Balancer-Service\n"
                              "  - name: routing\n";

/* The row of a family in `--format json`; the caller frees *report. */
static const cJSON *row_of(const char *name, cJSON **report)
{
    const cJSON *row;
    *report = cJSON_Parse(cli_said.out);
    cr_assert_not_null(*report, "%s", cli_said.out);
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(*report, "rows"))
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(row, "name")), name) == 0)
            return row;
    }
    cr_assert_fail("no row %s in %s", name, cli_said.out);
    return NULL;
}

static void expect_row(const char *name, const char *expected)
{
    cJSON *report;
    char *found = cJSON_PrintUnformatted(row_of(name, &report));
    cr_expect_str_eq(found, expected, "found:\n%s\nexpected:\n%s", found, expected);
    cJSON_free(found);
    cJSON_Delete(report);
}

Test(cli_names, words_on_the_command_line)
{
    EXPECT_RUN("components", 2);
    EXPECT_SAID(err, "expected unmapped");
    EXPECT_RUN("components mapped", 2);
    EXPECT_RUN("components unmapped now", 2);
    EXPECT_RUN("components unmapped --yaml --format json", 2);
    EXPECT_SAID(err, "--yaml is a format of its own");
    EXPECT_RUN("components unmapped --from yesterday", 2);
    EXPECT_SAID(err, "--from: \"yesterday\" is neither a date nor a time");
    EXPECT_RUN("components unmapped --from 2026-02-01 --to 2026-01-01", 2);
    EXPECT_SAID(err, "--from must be before --to");
    EXPECT_RUN("components unmapped --catalog @/none.yaml", 2);
    EXPECT_RUN("components unmapped --top -1", 2);
    cr_assert_eq(cli_run_as("host=/nowhere", "components unmapped"), 3);
}

/* The query's columns by kind stand in the order of the vocabulary, with none left out. */
Test(cli_names, the_query_counts_every_kind)
{
    const char *at = toil_sql_raw_names.text;
    char column[64];
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        snprintf(column, sizeof column, "::bigint as %s", toil_kinds[kind].name);
        const char *found = strstr(at, column);
        cr_assert_not_null(found, "no %s behind the column before it", column);
        at = found;
        snprintf(column, sizeof column, "select '%s'", toil_kinds[kind].name);
        cr_assert_not_null(strstr(toil_sql_raw_names.text, column), "no %s", column);
    }
}

Test(cli_names, nothing_there_and_nothing_unmapped)
{
    EXPECT_RUN("components unmapped", 0);
    EXPECT_SAID(out, "There is no event yet that names a component.");
    EXPECT_SAID(out, "none was applied yet");
    EXPECT_RUN("components unmapped --yaml", 0);
    cr_expect_str_eq(cli_said.out, "# nothing is unmapped\n");
    EXPECT_RUN("components unmapped --format json", 0);
    EXPECT_SAID(out, "\"rows\":\t[]");
    import_events();
    EXPECT_RUN("components unmapped --from 2027-01-01", 0);
    EXPECT_SAID(out, "There is no event yet that names a component in this time.");
    cli_write_text("all.yaml", "components:\n  - {name: all, match: [\"~(?s)^.*$\"]}\n");
    EXPECT_RUN("components unmapped --catalog @/all.yaml", 0);
    EXPECT_SAID(out, "Nothing is unmapped: all of 94 events name a component of the catalog.");
}

Test(cli_names, families_of_all_kinds_before_any_catalog)
{
    import_events();
    EXPECT_RUN("components unmapped --width 200", 0);
    EXPECT_SAID(out, "94 of 94 events (100%) name no component of the catalog; 7 rules would catch 96% of them.");
    EXPECT_SAID(out, "2 more events carry no name at all (ticket 1, work log 1)");
    EXPECT_SAID(out, "The catalog declares no component");
    EXPECT_SAID(out, "    match: [\"~^cart-[a-z0-9]{8,10}-[a-z0-9]{5}$\"]\n");
    cr_expect_null(strstr(cli_said.out, "gone"), "a deleted ticket counts: %s", cli_said.out);
    cr_expect_null(strstr(cli_said.out, "old name"), "an older version counts: %s", cli_said.out);

    EXPECT_RUN("components unmapped --format json", 0);
    expect_row("host", "{\"name\":\"host\",\"events\":12,\"share\":0.1276595744680851,\"names\":12,"
                       "\"example\":\"host-000.eu\",\"kinds\":{\"queue_rebalance\":12},"
                       "\"first_seen\":\"2026-01-01T10:00:00Z\",\"last_seen\":\"2026-01-12T10:00:00Z\","
                       "\"rule\":\"'~^host-[0-9]+\\\\.eu$'\",\"component\":null,\"why\":null}");
    expect_row("two_lines", "{\"name\":\"two_lines\",\"events\":1,\"share\":0.010638297872340425,\"names\":1,"
                            "\"example\":\"two\\nlines\",\"kinds\":{\"measurement\":1},"
                            "\"first_seen\":\"2026-01-02T10:00:00Z\",\"last_seen\":\"2026-01-02T10:00:00Z\","
                            "\"rule\":\"'~^two\\\\x{a}lines$'\",\"component\":null,\"why\":null}");
    EXPECT_RUN("components unmapped --format json --from 2026-01-12 --to 2026-01-13", 0);
    EXPECT_SAID(out, "\"4 of 4 events (100%)");
    cJSON *report;
    cr_expect_eq(cJSON_GetObjectItem(row_of("host-011.eu", &report), "events")->valueint, 1);
    cJSON_Delete(report);
}

Test(cli_names, every_format_and_a_file)
{
    import_events();
    EXPECT_RUN("components unmapped --format csv", 0);
    EXPECT_SAID(out, "name,events,share,names,example,kinds,first_seen,last_seen,rule,component,why\r\n");
    EXPECT_SAID(out, "queue_balancer,20,0.2127659574468085,4,queue_balancer-0,\"{\"\"service_restart\"\": 20}\",");
    EXPECT_RUN("components unmapped --format markdown --top 2", 0);
    EXPECT_SAID(out, "```yaml\ncomponents:\n  - name: cart # 40 events,");
    EXPECT_SAID(out, "9 smaller rows with together 36% of the unmapped events are not shown");
    cr_expect_null(strstr(cli_said.out, "app-v"), "two families were asked for: %s", cli_said.out);
    EXPECT_RUN("components unmapped --format html", 0);
    EXPECT_SAID(out, "<pre>components:\n  - name: cart # 40 events,");
    EXPECT_SAID(out, "match: [&quot;it&#39;s \\&quot;old\\&quot;&quot;]");
    EXPECT_RUN("components unmapped --explain", 0);
    EXPECT_SAID(out, "Query raw_names, with");
    EXPECT_RUN("components unmapped --yaml --top 1 --output @/one.yaml", 0);
    cr_expect_str_eq(cli_said.out, "");
    EXPECT_RUN("catalog check @/one.yaml", 0);
    EXPECT_SAID(out, "1 component,");
}

Test(cli_names, a_file_is_tried_without_being_applied)
{
    import_events();
    cli_write_text("c.yaml", catalog);
    EXPECT_RUN("components unmapped --catalog @/c.yaml --width 200", 0);
    EXPECT_SAID(out, "87 of 94 events (93%) name no component of the catalog");
    EXPECT_SAID(out, "c.yaml, 2 components; not applied by this");
    EXPECT_SAID(out, "# In components that are there already, `match` becomes\n#   Queue-Balancer-Service\n"
                     "#     match: [Queue-Balancer-Service, \"~^queue_balancer-[0-9]+$\"]\n");
    cr_expect_eq(cli_count("select count(*) from toilmeter.catalog"), 0);
    EXPECT_RUN("components unmapped --catalog @/c.yaml --format json", 0);
    cJSON *report;
    const cJSON *row = row_of("queue_balancer", &report);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(row, "component")), "Queue-Balancer-Service");
    cJSON_Delete(report);
    cli_write_text("bad.yaml", "components:\n  - {nam: x}\n");
    EXPECT_RUN("components unmapped --catalog @/bad.yaml", 2);
    EXPECT_SAID(err, "bad.yaml:2:");
}

/* A mapped name that a pattern would catch: the family gets a narrower rule, and the report says why. */
Test(cli_names, a_rule_never_takes_what_is_mapped)
{
    import_events();
    cli_write_text("c.yaml", "components:\n  - {name: special, match: [host-003.eu]}\n");
    EXPECT_RUN("components unmapped --catalog @/c.yaml --width 300", 0);
    EXPECT_SAID(out, "host: these names alone: a pattern would match host-003.eu, too, which is mapped already.");
    EXPECT_SAID(out, "match: ['~^host-0(00\\.eu|01\\.eu|02\\.eu|04\\.eu|");
}

static long long funnel_count(const char *stage)
{
    long long sum = 0;
    cJSON *report = cJSON_Parse(cli_said.out), *row;
    cr_assert_not_null(report, "%s", cli_said.out);
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(report, "rows"))
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(row, "stage")), stage) == 0)
            sum += (long long)cJSON_GetObjectItem(row, "count")->valuedouble;
    }
    cJSON_Delete(report);
    return sum;
}

static void expect_funnel(long long mapped, long long unmapped)
{
    EXPECT_RUN("analyze --quiet", 0);
    EXPECT_RUN("report funnel --format json", 0);
    cr_expect_eq(funnel_count("mapped"), mapped, "%s", cli_said.out);
    cr_expect_eq(funnel_count("unmapped"), unmapped, "%s", cli_said.out);
}

/* What people do: look, paste, mend the component that is there already, apply, look again. */
Test(cli_names, the_rules_applied_leave_nothing_unmapped)
{
    import_events();
    cli_write_text("c.yaml", catalog);
    EXPECT_RUN("catalog apply --quiet @/c.yaml", 0);
    EXPECT_RUN("components unmapped", 0);
    EXPECT_SAID(out, "87 of 94 events (93%) name no component");
    EXPECT_SAID(out, "catalog  1, in force, 2 components");
    expect_funnel(ALL_EVENTS - UNMAPPED_EVENTS, UNMAPPED_EVENTS);
    EXPECT_RUN("doctor", 0);
    EXPECT_SAID(out, "see `toilmeter components unmapped`");

    EXPECT_RUN("components unmapped --yaml --output @/new.yaml", 0);
    EXPECT_RUN("catalog check @/new.yaml", 0);
    cli_shell("{ cat new.yaml; sed 1d c.yaml; } > both.yaml && sed -i \"s/^  - name: Queue-Balancer-Service$/&\\n    "
              "$(sed -n 's/^#     match/match/p' new.yaml)/\" both.yaml && grep -q 'queue_balancer-.*+' both.yaml");
    EXPECT_RUN("components unmapped --catalog @/both.yaml", 0);
    EXPECT_SAID(out, "Nothing is unmapped: all of 94 events name a component of the catalog.");
    EXPECT_RUN("catalog apply --quiet @/both.yaml", 0);
    EXPECT_RUN("components unmapped --yaml", 0);
    cr_expect_str_eq(cli_said.out, "# nothing is unmapped\n");
    expect_funnel(ALL_EVENTS, 0);
    EXPECT_RUN("doctor --format json", 0);
    cr_expect_null(strstr(cli_said.out, "match no rule"));
}

Test(cli_names, readers_may_look_and_strangers_not)
{
    import_events();
    pg_run(pg_conninfo(cli_server), "create role r login in role toilmeter_reader; create role a login in role "
                                    "toilmeter_analyst; create role n login");
    static const struct {
        const char *user;
        int status;
    } cases[] = {{"r", 0}, {"a", 0}, {"n", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *conninfo = pg_conninfo_tcp(cli_server, "postgres", cases[i].user);
        cr_expect_eq(cli_run_as(conninfo, "components unmapped"), cases[i].status, "%s: %d\n%s%s", cases[i].user,
                     cli_said.status, cli_said.out, cli_said.err);
        cr_expect(cases[i].status != 0 || strstr(cli_said.out, "94 of 94 events") != NULL, "%s", cli_said.out);
        free(conninfo);
    }
}
