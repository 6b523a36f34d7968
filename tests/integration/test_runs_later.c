/* What a later run does to an earlier one: nothing. A report of an old run prints the same for ever, whatever came,
 * changed or was configured since; and runs diff tells of every number that is another why it is. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/analyze/analyze.h"
#include "analyzers/catalog/catalog_store.h"
#include "analyzers/render/document_render.h"
#include "analyzers/reports/report_plan.h"
#include "analyzers/reports/report_runs.h"
#include "analyzers/reports/writeup.h"
#include "support/lib_model.h"
#include "support/lib_pg.h"
#include "toilmeter/migrate.h"
#include "toilmeter/timestamp.h"

static struct pg_server *server;
static struct toil_db *db;
static struct toil_error err;

/* %d: a rate; %s: the raw names of the router. */
#define CATALOG                                                                                                        \
    "currency: EUR\nzone: Europe/Prague\nsprints: {start: 2026-01-05, length: 2w}\n"                                   \
    "ticket_cost: [{from: 2026-01-01, amount: 12}]\n"                                                                  \
    "teams:\n  - {name: platform, working: Mon-Fri 09:00-17:00, rate: [{from: 2026-01-01, amount: %d}]}\n"             \
    "components:\n"                                                                                                    \
    "  - {name: queue-balancer, team: platform, match: [qb], topics: [sync]}\n"                                        \
    "  - {name: router, team: platform, match: [%s]}\n"                                                                \
    "goals:\n  - {name: calm nights, owner: cto}\n"                                                                    \
    "items:\n"                                                                                                         \
    "  - {id: TD-1, title: Balance, components: [queue-balancer], teams: [platform], goal: calm nights,\n"             \
    "     state: shipped, proposed: 2026-02-02, shipped: 2026-04-07, effort: {sprints: 2, people: 1},\n"               \
    "     promise: {measure: restarts, change: -50%%, within: 8w}, payback_target: 8w}\n"

static void apply_catalog(int rate, const char *router)
{
    char *text = toil_xasprintf(CATALOG, rate, router);
    struct toil_catalog *catalog = NULL;
    bool applied;
    cr_assert_eq(toil_catalog_load_text("test", toil_span_of(text), &catalog, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(toil_catalog_apply(db, catalog, &applied, &err), TOIL_OK, "%s", err.message);
    cr_assert(applied);
    toil_catalog_free(catalog);
    free(text);
}

static const char *analyze_with(const struct toil_analysis_options *options)
{
    static char id[4][24];
    static size_t next;
    int64_t run_id;
    struct toil_analysis analysis;
    toil_analysis_init(&analysis, options);
    cr_assert_eq(toil_analyze(&analysis, db, &run_id, &err), TOIL_OK, "%s", err.message);
    toil_analysis_release(&analysis);
    next = (next + 1) % 4;
    snprintf(id[next], sizeof id[next], "%lld", (long long)run_id);
    return id[next];
}

static const char *analyze(const char *to)
{
    return analyze_with(&(struct toil_analysis_options){
        .from = "2026-01-05", .to = to, .seed = 7, .bin_us = 5 * TOIL_US_PER_MINUTE, .label = "test"});
}

static void insert(const char *sql)
{
    cr_assert_eq(toil_db_script(db, sql, &err), TOIL_OK, "%s", err.message);
}

/* 24 weeks of both components; half an hour by hand every day. */
static void setup(void)
{
    server = pg_start(NULL);
    const struct toil_db_options options = {.conninfo = pg_conninfo(server), .application_name = "test_runs_later"};
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    apply_catalog(60, "rt");
    insert("select toilmeter.ensure_month(k, m::date) from unnest(array['service_restart', 'queue_rebalance']) k, "
           "generate_series('2026-01-01'::date, '2026-06-01', '1 month') m;"
           "insert into toilmeter.service_restart (at, id, ended_at, component, actor, manual_minutes) "
           "select '2026-01-05 09:00Z'::timestamptz + d * interval '1 day' + case c when 'rt' then interval '5 h' "
           "else interval '0' end, c || d, null, c, 'alice', 30 "
           "from generate_series(0, 167) d, unnest(array['qb', 'rt']) c where d < 90 or c = 'rt' or d % 2 = 0;"
           "insert into toilmeter.support_ticket_version (id, version, at, updated_at, actor, topic, customer, csat) "
           "select 'T' || d, 1, t, t, 'bob', case when d % 3 = 0 then 'sync' end, 'c' || d % 20, case when d % 3 = 0 "
           "then 0.2 else 0.8 end + (d % "
           "5) / 50.0 "
           "from generate_series(0, 167) d, lateral (select '2026-01-05 11:00Z'::timestamptz + d * interval '1 day') "
           "at(t);"
           "insert into toilmeter.support_ticket (id, version, at, updated_at, topic, customer, csat, versions) "
           "select id, 1, at, updated_at, topic, customer, csat, 1 from toilmeter.support_ticket_version");
}

static void teardown(void)
{
    toil_db_close(db);
    pg_stop(server);
}

TestSuite(runs_later, .init = setup, .fini = teardown, .timeout = 180);

static const char late_events[] =
    "insert into toilmeter.service_restart (at, id, component, actor, manual_minutes) select '2026-02-03 "
    "07:00Z'::timestamptz + i * interval '1 day', 'late' || i, 'qb', 'carol', 60 from generate_series(0, 4) i";

/* ---- runs diff ---- */

/* The reason of a row; "" when there is no such row. Owned by the caller. */
static char *why(const struct toil_report *diff, const char *section, const char *what)
{
    for (size_t r = 0; r < diff->row_count; r++) {
        const struct toil_report_cell *cell = diff->row[r].cell;
        if (strcmp(cell[0].text, section) == 0 && strcmp(cell[1].text, what) == 0)
            return toil_xstrdup(cell[4].null ? "" : cell[4].text);
    }
    return toil_xstrdup("");
}

static struct toil_report *diff_of(const char *a, const char *b)
{
    struct toil_report *report = toil_report_new("runs", "?");
    cr_assert_eq(toil_runs_diff(db, a, b, report, &err), TOIL_OK, "%s", err.message);
    return report;
}

static void expect_why(const struct toil_report *diff, const char *section, const char *what, const char *expected)
{
    char *got = why(diff, section, what);
    cr_assert_str_eq(got, expected, "%s of %s: \"%s\", expected \"%s\"; %s", section, what, got, expected,
                     diff->answer);
    free(got);
}

Test(runs_later, new_data)
{
    const char *a = analyze("2026-04-06"), *b = analyze("2026-05-04");
    struct toil_report *diff = diff_of(a, b);
    cr_assert_str_eq(diff->answer, "Run 2 differs from run 1: new data (the window moved).");
    expect_why(diff, "hours", "router", "new data +14.0");
    expect_why(diff, "restarts", "router", "new data +28");
    expect_why(diff, "restarts", "queue-balancer", "new data +14");
    expect_why(diff, "cost", "router", "new data +840");
    toil_report_free(diff);
    diff = diff_of(b, a);
    expect_why(diff, "hours", "router", "days left out \u221214.0");
    toil_report_free(diff);
}

Test(runs_later, late_data)
{
    const char *a = analyze("2026-05-04");
    insert(late_events);
    const char *b = analyze("2026-05-04");
    struct toil_report *diff = diff_of(a, b);
    cr_assert_str_eq(diff->answer, "Run 2 differs from run 1: late data (same window, other events).");
    expect_why(diff, "hours", "queue-balancer", "late data +5.0");
    expect_why(diff, "restarts", "queue-balancer", "late data +5");
    expect_why(diff, "hours", "router", "");
    toil_report_free(diff);
}

Test(runs_later, late_data_beside_new_data_are_told_apart)
{
    const char *a = analyze("2026-04-06");
    insert(late_events);
    const char *b = analyze("2026-05-04");
    struct toil_report *diff = diff_of(a, b);
    cr_assert_not_null(strstr(diff->answer, "new data"), "%s", diff->answer);
    cr_assert_not_null(strstr(diff->answer, "late data"), "%s", diff->answer);
    expect_why(diff, "restarts", "queue-balancer", "new data +14; late data +5");
    expect_why(diff, "restarts", "router", "new data +28");
    toil_report_free(diff);
}

Test(runs_later, another_catalog)
{
    const char *a = analyze("2026-05-04");
    apply_catalog(70, "rt");
    const char *b = analyze("2026-05-04");
    apply_catalog(70, "other");
    const char *c = analyze("2026-05-04");
    struct toil_report *rates = diff_of(a, b), *names = diff_of(b, c);
    cr_assert_str_eq(rates->answer, "Run 2 differs from run 1: another catalog. The hours are the same.");
    expect_why(rates, "cost", "router", "another catalog (rates) +595");
    expect_why(rates, "hours", "router", "");
    expect_why(rates, "restarts", "router", "");
    cr_assert_not_null(strstr(names->answer, "another catalog"), "%s", names->answer);
    expect_why(names, "restarts", "router", "another catalog (names mapped otherwise) \u2212119");
    expect_why(names, "restarts", "(unmapped)", "another catalog (names mapped otherwise) +119");
    toil_report_free(rates);
    toil_report_free(names);
}

Test(runs_later, other_parameters)
{
    const char *a = analyze("2026-05-04");
    const char *b = analyze_with(&(struct toil_analysis_options){
        .from = "2026-01-05", .to = "2026-05-04", .seed = 7, .bin_us = 10 * TOIL_US_PER_MINUTE, .label = "test"});
    struct toil_report *diff = diff_of(a, b);
    cr_assert_str_eq(diff->answer, "Run 2 differs from run 1: other parameters. The hours are the same.");
    toil_report_free(diff);
}

/* ---- old reports ---- */

static void add_report(const struct toil_report_kind *kind, const struct toil_report_options *options,
                       struct toil_buf *out)
{
    static const char *const formats[] = {"text", "markdown", "json", "csv", "html"};
    struct toil_report *report = toil_report_new(kind->name, kind->question);
    cr_assert_eq(toil_report_build(db, kind, options, report, &err), TOIL_OK, "%s: %s", kind->name, err.message);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char *text = toil_model_render(report, formats[i], false);
        toil_buf_add_text(out, text);
        free(text);
    }
    toil_report_free(report);
}

static void add_kind(const struct toil_report_kind *kind, const char *run, struct toil_buf *out)
{
    static const char *const subject[] = {[TOIL_SUBJECT_NONE] = NULL,
                                          [TOIL_SUBJECT_ITEM] = "TD-1",
                                          [TOIL_SUBJECT_COMPONENT] = "queue-balancer",
                                          [TOIL_SUBJECT_TICKET] = "T3"};
    struct toil_report_options whole = {.run = run}, part = {.run = run, .from = "2026-02-02", .to = "2026-04-13"};
    toil_subject_set(kind->subject, subject[kind->subject], &whole);
    toil_subject_set(kind->subject, subject[kind->subject], &part);
    add_report(kind, &whole, out);
    add_report(kind, &part, out);
}

/* Every report of a run in every format, of the whole window and of a part, and the write-up. Owned by the caller. */
static char *whole_run(const char *run)
{
    struct toil_buf out = TOIL_BUF_INIT;
    for (const struct toil_report_kind *kind = toil_report_kinds; kind->name; kind++)
        add_kind(kind, run, &out);
    for (const struct toil_report_kind *kind = toil_show_kinds; kind->name; kind++)
        add_kind(kind, run, &out);
    add_kind(&toil_plan_kind, run, &out);
    struct toil_document *document;
    cr_assert_eq(toil_writeup(db, run, "TD-1", &document, &err), TOIL_OK, "%s", err.message);
    static const char *const formats[] = {"markdown", "html", "json", "jira"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        toil_document_renderer_find(formats[i])->whole(document, &out);
    toil_document_free(document);
    return toil_buf_take(&out);
}

Test(runs_later, an_old_report_prints_the_same_for_ever)
{
    const char *old = analyze("2026-05-04");
    char *before = whole_run(old);
    insert(late_events);
    insert("insert into toilmeter.support_ticket_version (id, version, at, updated_at, actor, topic, csat) "
           "select id, 2, at, at + interval '3 h', 'dora', 'late data', 0 from toilmeter.support_ticket;"
           "update toilmeter.support_ticket set version = 2, versions = 2, topic = 'late data', csat = 0");
    apply_catalog(95, "other");
    const char *later = analyze("2026-06-15");
    char *after = whole_run(old), *other = whole_run(later);
    cr_assert_gt(strlen(before), 50000);
    cr_assert_str_neq(other, after, "the later run has to say something else");
    for (size_t i = 0; before[i] || after[i]; i++)
        cr_assert_eq(before[i], after[i], "from byte %zu on: \"%.200s\" became \"%.200s\"", i, before + i, after + i);
    free(before);
    free(after);
    free(other);
}

/* ---- sums ---- */

static void add_text(const char *name, struct toil_report_options options, struct toil_buf *out)
{
    const struct toil_report_kind *kind = toil_report_kind_find(toil_report_kinds, name);
    struct toil_report *report = toil_report_new(name, "?");
    const char *item = options.item;
    options.item = NULL;
    toil_subject_set(kind->subject, item, &options);
    cr_assert_eq(toil_report_build(db, kind, &options, report, &err), TOIL_OK, "%s: %s", name, err.message);
    char *text = toil_model_render(report, "text", false);
    toil_buf_add_text(out, text);
    free(text);
    toil_report_free(report);
}

/* What reports make of sums, where there are any. Owned by the caller. */
static char *summed_reports(const char *run)
{
    static const char *const by[] = {NULL, "sprint", "week", "month"};
    struct toil_buf out = TOIL_BUF_INIT;
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        add_text("hours", (struct toil_report_options){.run = run, .by = by[i]}, &out);
        add_text("hours", (struct toil_report_options){.run = run, .by = by[i], .team = "platform"}, &out);
        add_text("hours", (struct toil_report_options){.run = run, .by = by[i], .component = "router"}, &out);
        add_text("tickets", (struct toil_report_options){.run = run, .by = by[i]}, &out);
        add_text("budget", (struct toil_report_options){.run = run, .by = by[i]}, &out);
    }
    add_text("impact", (struct toil_report_options){.run = run, .item = "TD-1"}, &out);
    struct toil_report *list = toil_report_new("runs", "?");
    cr_assert_eq(toil_runs_list(db, list, &err), TOIL_OK, "%s", err.message);
    char *text = toil_model_render(list, "text", false);
    toil_buf_add_text(&out, text);
    free(text);
    toil_report_free(list);
    return toil_buf_take(&out);
}

Test(runs_later, sums_kept_with_a_run_say_what_its_days_and_tickets_say)
{
    insert(
        "insert into toilmeter.work_log (at, id, version, updated_at, component, actor, activity, manual_minutes, "
        "versions) select '2026-01-06 09:00Z'::timestamptz + d * interval '2 days', 'w' || d, 1, '2026-01-06', 'rt', "
        "(array['alice', 'bo', 'cara'])[1 + d % 3], case when d % 2 = 0 then 'feature' else 'incident' end, 45, 1 from "
        "generate_series(0, 40) d");
    const char *run = analyze("2026-06-15");
    char *kept = summed_reports(run);
    cr_assert_not_null(strstr(kept, "csat"), "%s", kept);
    struct toil_buf whole = TOIL_BUF_INIT;
    add_text("tickets", (struct toil_report_options){.run = run}, &whole);
    cr_assert_null(strstr(whole.data, "no component has a difference"), "%s", whole.data);
    toil_buf_release(&whole);
    cr_assert_not_null(strstr(kept, "feature"), "%s", kept);
    for (size_t i = 0; i < 4; i++) {
        static const char *const tables[] = {"run_csat", "run_item", "run_hours_period", "run_team_week"};
        char sql[96];
        snprintf(sql, sizeof sql, "select count(*) from toilmeter.%s where run_id = %s", tables[i], run);
        cr_assert_gt(pg_count(pg_conninfo(server), sql), 0, "%s", tables[i]);
        snprintf(sql, sizeof sql, "delete from toilmeter.%s where run_id = %s", tables[i], run);
        insert(sql);
    }
    char *made = summed_reports(run);
    for (size_t i = 0; kept[i] || made[i]; i++)
        cr_assert_eq(kept[i], made[i], "from byte %zu on: \"%.300s\" became \"%.300s\"", i, kept + i, made + i);
    free(kept);
    free(made);
}
