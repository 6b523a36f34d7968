/* Hidden links from end to end: failures and tickets in a real database, links, shares and followed hours in a run. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/analyze/analyze.h"
#include "analyzers/catalog/catalog_store.h"
#include "support/lib_pg.h"
#include "toilmeter/migrate.h"
#include "toilmeter/store.h"
#include "toilmeter/timestamp.h"

static struct pg_server *server;
static struct toil_error err;

static const char catalog_text[] = "currency: EUR\nzone: Europe/Prague\n"
                                   "teams:\n"
                                   "  - name: platform\n"
                                   "    zone: America/New_York\n"
                                   "    working: Mon-Fri 09:00-17:00\n"
                                   "    evening: 17:00-22:00\n"
                                   "    rate: [{from: 2020-01-01, amount: 60}]\n"
                                   "  - name: web\n"
                                   "    zone: Europe/Prague\n"
                                   "    working: Mon-Fri 09:00-17:00\n"
                                   "    evening: 17:00-22:00\n"
                                   "components:\n"
                                   "  - {name: queue-balancer, team: platform, match: [qb]}\n"
                                   "  - {name: session-cache, team: platform, match: [cache]}\n"
                                   "  - {name: session-store, team: platform, match: [store]}\n"
                                   "  - {name: edge-router, team: web, match: [edge]}\n"
                                   "  - {name: order-desk, team: web, match: [desk], topics: [orders]}\n"
                                   "  - {name: portal, team: web, match: [portal]}\n"
                                   "  - {name: pages, team: web, match: [pages]}\n";

static struct toil_db *connect_as(const char *conninfo)
{
    struct toil_db *db = NULL;
    const struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_links"};
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    return db;
}

static void apply_catalog(struct toil_db *db)
{
    struct toil_catalog *catalog = NULL;
    bool applied;
    cr_assert_eq(toil_catalog_load_text("test", toil_span_of(catalog_text), &catalog, &err), TOIL_OK, "%s",
                 err.message);
    cr_assert_eq(toil_catalog_apply(db, catalog, &applied, &err), TOIL_OK, "%s", err.message);
    toil_catalog_free(catalog);
}

static void setup(void)
{
    server = pg_start(NULL);
    struct toil_db *db = connect_as(pg_conninfo(server));
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    apply_catalog(db);
    toil_db_close(db);
    pg_run(pg_conninfo(server), "select toilmeter.ensure_month(k, m::date) from unnest(array['service_restart', "
                                "'queue_rebalance', 'deployment', 'measurement']) k, generate_series(date "
                                "'2025-12-01', '2026-08-01', interval '1 month') m;"
                                "select toilmeter.ensure_month('service_restart', '2025-01-01')");
}

static void teardown(void)
{
    pg_stop(server);
}

TestSuite(links, .init = setup, .fini = teardown, .timeout = 300);

struct request {
    const char *from, *to;
    uint64_t seed;
    bool without_links;
};

static enum toil_status analyze_as(const char *conninfo, const struct request *request, int64_t *run_id)
{
    static const int hours[][2] = {{0, 15}, {15, 60}, {60, 240}, {240, 720}, {720, 1440}, {1440, 4320}};
    struct toil_db *db = connect_as(conninfo);
    struct toil_analysis analysis;
    struct toil_analysis_options options = {.from = request->from,
                                            .to = request->to,
                                            .seed = request->seed ? request->seed : 1,
                                            .bin_us = 5 * TOIL_US_PER_MINUTE};
    for (size_t i = 0; !request->without_links && i < sizeof hours / sizeof *hours; i++)
        options.bands[options.band_count++] =
            (struct toil_lag_band){hours[i][0] * TOIL_US_PER_MINUTE, hours[i][1] * TOIL_US_PER_MINUTE};
    toil_analysis_init(&analysis, &options);
    enum toil_status status = toil_analyze(&analysis, db, run_id, &err);
    toil_analysis_release(&analysis);
    toil_db_close(db);
    return status;
}

static enum toil_status try_analyze(const struct request *request, int64_t *run_id)
{
    return analyze_as(pg_conninfo(server), request, run_id);
}

static int64_t analyze(const struct request *request)
{
    int64_t run_id = 0;
    cr_assert_eq(try_analyze(request, &run_id), TOIL_OK, "%s %s", err.message, err.hint);
    return run_id;
}

static int64_t analyze_all(void)
{
    return analyze(&(const struct request){0});
}

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

static void run_sql(const char *sql)
{
    pg_run(pg_conninfo(server), sql);
}

/* ---- a world ---- */

/* Uniform in [0, 1), always the same for the same salt and number. */
static void make_random(void)
{
    run_sql("create function uniform(salt text, n bigint) returns double precision language sql immutable as $$ "
            "select (('x' || substr(md5(salt || n), 1, 8))::bit(32)::bigint)::double precision / 4294967296 $$;"
            "create function moment(salt text, n bigint) returns timestamptz language sql immutable as $$ "
            "select timestamptz '2026-01-05 00:00Z' + uniform(salt, n) * interval '182 days' $$");
}

static void insert_restarts(const char *component, int count, const char *salt)
{
    char *sql = toil_xasprintf("insert into toilmeter.service_restart (at, id, component, automatic) "
                               "select moment('%s', n), format('%s %%s', n), '%s', true from generate_series(1, %d) n",
                               salt, component, component, count);
    run_sql(sql);
    free(sql);
}

/* Tickets that nothing causes, and for each event of a salt with some chance one that follows it. */
static void insert_tickets(const char *topic, int background, const char *cause, int causes, double chance,
                           int from_minute, int to_minute)
{
    char *sql = toil_xasprintf(
        "insert into toilmeter.support_ticket (id, version, at, topic, versions) "
        "select format('%s %%s', n), 1, moment('%s', n), '%s', 1 from generate_series(1, %d) n union all "
        "select format('%s caused %%s', n), 1, moment('%s', n) + (%d + uniform('lag %s', n) * %d) * interval '1 "
        "minute', '%s', 1 from generate_series(1, %d) n where uniform('chance %s', n) < %g;"
        "insert into toilmeter.support_ticket_version (id, version, at, updated_at, actor, manual_minutes) "
        "select id, 1, at, at + interval '2 hours', 'person ' || length(id) %% 3, 30 from toilmeter.support_ticket "
        "where topic = '%s'",
        topic, topic, topic, background, topic, cause, from_minute, topic, to_minute - from_minute, topic, causes,
        topic, chance, topic);
    run_sql(sql);
    free(sql);
}

/* A link from queue-balancer to late data; another component and another topic beside it. */
static void insert_link(void)
{
    make_random();
    insert_restarts("qb", 30, "qb");
    insert_restarts("edge", 30, "edge");
    insert_tickets("late data", 60, "qb", 30, 0.95, 20, 50);
    insert_tickets("slow", 60, "nothing", 0, 0, 0, 1);
}

#define LAST "run_id = (select max(run_id) from toilmeter.run)"

static void expect_shares_of_one(void)
{
    /* Exactly, summed in any order. */
    expect_count("select count(*) from (select t.id, sum(s.share) as total from toilmeter.run_ticket t left join "
                 "toilmeter.run_ticket_share s using (run_id, id) where t." LAST " group by t.id) x where total is "
                 "distinct from 1",
                 0);
    expect_count("select count(*) from toilmeter.run_ticket_share where " LAST " and not share > 0", 0);
    expect_count("select count(*) from toilmeter.run_ticket_share where " LAST
                 " and (how = 'hidden') <> (low is not null and high >= low and kind is not null and event_at is not "
                 "null)",
                 0);
    expect_count("select count(*) from toilmeter.run_ticket_share where " LAST
                 " and how = 'unexplained' and component <> '(unexplained)'",
                 0);
}

Test(links, a_planted_link_is_found_and_its_tickets_have_shares)
{
    insert_link();
    int64_t run = analyze_all();
    cr_assert_gt(run, 0);
    expect_rows("select component, kind, topic from toilmeter.run_link where " LAST
                " and verdict = 'established' order by 1",
                "queue-balancer|service_restart|late data\n");
    expect_rows("select events, tickets, attributed between 22 and 34, from_minutes, to_minutes, either is null "
                "from toilmeter.run_link where " LAST " and verdict = 'established'",
                "30|88|t|15|60|t\n");
    expect_count("select count(*) from toilmeter.run_link where " LAST " and (attributed > 0) <> (verdict = "
                 "'established')",
                 0);
    expect_count("select count(*) from toilmeter.run_link where " LAST " and why = ''", 0);
    expect_shares_of_one();
    expect_count("select count(*) from toilmeter.run_ticket_share where " LAST
                 " and how = 'hidden' and (component <> 'queue-balancer' or kind <> 'service_restart')",
                 0);
    expect_rows("select abs((select sum(share) from toilmeter.run_ticket_share where " LAST
                " and how = 'hidden') - (select attributed from toilmeter.run_link where " LAST
                " and verdict = 'established')) < 1",
                "t\n");
    /* The event that weighs most lies before its ticket, within the bands. */
    expect_count("select count(*) from toilmeter.run_ticket_share s join toilmeter.run_ticket t using (run_id, id) "
                 "where s." LAST " and s.how = 'hidden' and not (t.at - s.event_at >= interval '0' and t.at - "
                 "s.event_at <= interval '72 hours')",
                 0);
    expect_rows("select topic, tickets from toilmeter.run_fit where " LAST " order by 1", "late data|88\nslow|60\n");
    expect_rows("select count(*) from toilmeter.run_link_band b join toilmeter.run_link l using (run_id, component, "
                "kind, topic) where b." LAST " and l.verdict = 'established' and not lead",
                "6\n");
    expect_rows("select sum(events), min(week) from toilmeter.run_link_week where " LAST, "30|2026-01-05\n");
    /* The funnel tells of them. */
    expect_rows("select (select count(distinct id) from toilmeter.run_ticket_share where " LAST
                " and how = 'hidden') = (select count from toilmeter.run_funnel where " LAST
                " and stage = 'tickets hidden')",
                "t\n");
    expect_rows("select sum(count) from toilmeter.run_funnel where " LAST
                " and stage in ('tickets named', 'tickets unmapped', 'tickets by topic', 'tickets hidden', 'tickets "
                "unexplained')",
                "148\n");
}

/* Hours by kind, activity and day, at each gap, and how they are known; whoever they are of. */
static char *hours_of(int64_t run)
{
    char *sql = toil_xasprintf(
        "select kind, activity, day, round(sum(hours)::numeric, 9), round(sum(declared)::numeric, 9), "
        "round(sum(measured)::numeric, 9), round(sum(inferred)::numeric, 9), round(sum(calibrated)::numeric, 9), "
        "round(sum(hours_gap10)::numeric, 9), round(sum(hours_gap30)::numeric, 9), round(sum(hours_gap60)::numeric, "
        "9) from toilmeter.run_hours where run_id = %lld group by 1, 2, 3 order by 1, 2, 3",
        (long long)run);
    char *rows = pg_rows(pg_conninfo(server), sql);
    free(sql);
    return rows;
}

Test(links, hours_follow_tickets_and_none_is_lost)
{
    insert_link();
    /* Somebody who did not tell minutes, and a booking that refers to a ticket. */
    run_sql("insert into toilmeter.support_ticket_version (id, version, updated_at, actor) select id, 2, at + interval "
            "'3 hours', 'somebody' from toilmeter.support_ticket;"
            "insert into toilmeter.work_log (id, version, at, actor, ref, manual_minutes, versions) select 'log ' || "
            "id, 1, at + interval '5 hours', 'booker', id, 45, 1 from toilmeter.support_ticket where id like "
            "'late data caused%'");
    int64_t without = analyze(&(const struct request){.without_links = true});
    char *before = hours_of(without);
    expect_count("select count(*) from toilmeter.run_link", 0);
    expect_rows("select sum(followed) from toilmeter.run_hours", "0\n");
    int64_t with = analyze_all();
    char *after = hours_of(with);
    cr_assert_str_eq(before, after);
    cr_assert_gt(strlen(after), 1000);
    expect_rows("select distinct component from toilmeter.run_hours where " LAST " order by 1",
                "(unexplained)\nqueue-balancer\n");
    expect_count("select count(*) from toilmeter.run_hours where " LAST
                 " and abs(followed - case component when 'queue-balancer' then hours else 0 end) > 1e-9",
                 0);
    expect_count("select count(*) from toilmeter.run_hours where " LAST
                 " and (abs(working + evening + night - hours) > 1e-9 or abs(declared + measured + inferred + "
                 "calibrated - hours) > 1e-9)",
                 0);
    /* Declared minutes of tickets follow their shares: half an hour each. */
    expect_rows("select abs(sum(declared) - 0.5 * (select sum(share) from toilmeter.run_ticket_share where " LAST
                " and how = 'hidden')) < 1e-6 from toilmeter.run_hours where " LAST
                " and component = 'queue-balancer' and kind = 'support_ticket'",
                "t\n");
    expect_rows("select abs(sum(hours) - 0.75 * (select sum(share) from toilmeter.run_ticket_share where " LAST
                " and how = 'hidden' and id like 'late data caused%')) < 1e-6 from toilmeter.run_hours where " LAST
                " and component = 'queue-balancer' and kind = 'work_log'",
                "t\n");
    expect_count("select count(*) from toilmeter.run_hours where " LAST
                 " and component = 'queue-balancer' and (team <> 'platform' or abs(cost - 60 * hours) > 1e-9)",
                 0);
    free(before);
    free(after);
}

Test(links, what_always_fails_together_is_reported_as_one)
{
    make_random();
    insert_restarts("cache", 80, "pair");
    insert_restarts("store", 80, "pair");
    insert_restarts("edge", 60, "edge");
    insert_tickets("logged out", 50, "pair", 80, 0.9, 1, 14);
    analyze_all();
    expect_rows("select component, either, attributed > 40 from toilmeter.run_link where " LAST
                " and verdict = 'established' order by 1",
                "session-cache|{session-cache,session-store}|t\nsession-store|{session-cache,session-store}|t\n");
    expect_rows("select distinct component from toilmeter.run_ticket_share where " LAST " and how = 'hidden'",
                "session-cache | session-store\n");
    expect_shares_of_one();
    expect_rows("select distinct component, team, cost is null from toilmeter.run_hours where " LAST " order by 1",
                "(unexplained)||t\nsession-cache | session-store|platform|f\n");
}

/* Rows of one query must be those of another, numbers to a millionth. */
static void expect_same(const struct toil_result *got, const struct toil_result *expected, unsigned columns)
{
    cr_assert_eq(toil_result_rows(got), toil_result_rows(expected));
    for (size_t r = 0; r < toil_result_rows(got); r++)
        for (unsigned c = 0; c < columns; c++) {
            const char *a = toil_result_text(got, r, c), *b = toil_result_text(expected, r, c);
            bool same = c == 0 ? strcmp(a, b) == 0 : (*a == '\0') == (*b == '\0') && fabs(atof(a) - atof(b)) < 1e-6;
            cr_assert(same, "row %zu (%s), column %u: %s, expected %s", r, toil_result_text(got, r, 0), c, a, b);
        }
}

/* by: the second parameter of two, the fourth of seven. */
static struct toil_result *query(struct toil_db *db, const struct toil_sql *sql, size_t count, const char *run,
                                 const char *by)
{
    struct toil_result *rows = NULL;
    const struct toil_param params[] = {{run},  {count == 2 ? by : NULL}, {NULL}, {by}, {"2024-01-01"},
                                        {"14"}, {"Europe/Prague"}};
    cr_assert_eq(toil_db_query(db, sql, params, count, &rows, &err), TOIL_OK, "%s", err.message);
    return rows;
}

/* What is summed up is what the tickets say. */
Test(links, sums_are_those_of_the_tickets)
{
    static const char *const periods[] = {"all", "sprint", "week", "month"};
    char run[24];
    insert_link();
    insert_restarts("cache", 30, "together");
    insert_restarts("store", 30, "together");
    insert_tickets("login", 60, "together", 30, 0.9, 2, 12);
    run_sql("update toilmeter.support_ticket set customer = 'c' || length(id) || ascii(right(id, 1)),"
            " csat = case when id like '%3' then 0.5 end, topic = case when id like '%1' then 'orders' else topic end,"
            " component = case when id like '%2' then 'portal' when id like '%22' then 'nobody' end");
    run_sql("update toilmeter.support_ticket set customer = null where id like '%4'");
    snprintf(run, sizeof run, "%lld", (long long)analyze_all());
    expect_rows("select component, count(*) > 2 from toilmeter.run_ticket_period where " LAST
                " and hidden > 0 and above > 0 group by 1 order by 1",
                "queue-balancer|t\nsession-cache | session-store|t\n");
    struct toil_db *db = connect_as(pg_conninfo(server));
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        struct toil_result *sums = query(db, &toil_sql_report_periods, 2, run, periods[i]);
        struct toil_result *rows = query(db, &toil_sql_report_tickets, 7, run, periods[i]);
        struct toil_result *touched = query(db, &toil_sql_report_tickets_customers, 7, run, periods[i]);
        size_t customers = 0;
        expect_same(sums, rows, 9);
        for (size_t r = 0; r < toil_result_rows(sums); r++) {
            int64_t expected = 0;
            for (size_t t = 0; t < toil_result_rows(touched); t++)
                if (strcmp(toil_result_text(sums, r, 0), toil_result_text(touched, t, 0)) == 0 &&
                    strcmp(toil_result_text(sums, r, 1), toil_result_text(touched, t, 1)) == 0)
                    expected = toil_result_int64(touched, t, 2);
            cr_assert_eq(toil_result_int64(sums, r, 9), expected, "%s: row %zu", periods[i], r);
            customers += expected > 0;
        }
        cr_assert_eq(customers, toil_result_rows(touched));
        toil_result_free(sums);
        toil_result_free(rows);
        toil_result_free(touched);
    }
    struct toil_result *sums = query(db, &toil_sql_report_periods_count, 1, run, NULL);
    struct toil_result *rows = query(db, &toil_sql_report_tickets_count, 3, run, NULL);
    expect_same(sums, rows, 3);
    cr_assert_gt(toil_result_int64(sums, 0, 2), 0, "some are rated");
    toil_result_free(sums);
    toil_result_free(rows);
    toil_db_close(db);
}

Test(links, events_of_another_scope_do_not_count)
{
    make_random();
    insert_restarts("edge", 160, "edge");
    insert_tickets("slow connection", 60, "edge", 160, 0.6, 1, 14);
    run_sql("update toilmeter.service_restart set scope = case when substr(id, 6)::int % 2 = 0 then 'eu' else 'us' end;"
            "update toilmeter.support_ticket set scope = case when substr(id, length(id))::int % 2 = 0 then 'eu' else "
            "'us' end");
    analyze_all();
    expect_rows("select component from toilmeter.run_link where " LAST " and verdict = 'established'", "edge-router\n");
    /* Now each ticket is in the other region: nothing is left. */
    run_sql("update toilmeter.support_ticket set scope = case scope when 'eu' then 'us' else 'eu' end where id like "
            "'%caused%'");
    analyze_all();
    expect_rows("select component from toilmeter.run_link where " LAST " and verdict = 'established'", "");
    expect_count("select count(*) from toilmeter.run_ticket_share where " LAST " and how = 'hidden'", 0);
}

Test(links, a_release_of_several_components_takes_its_own_blame)
{
    make_random();
    run_sql("insert into toilmeter.deployment (at, id, component, version_label) "
            "select moment('release', n) + i * interval '2 minutes', format('%s %s', c, n), c, 'v' || n "
            "from generate_series(1, 40) n, unnest(array['desk', 'portal', 'pages']) with ordinality as x (c, i);"
            /* single ones, the same id again later, one of no component */
            "insert into toilmeter.deployment (at, id, component) select moment('alone', n), 'alone ' || n, 'desk' "
            "from generate_series(1, 30) n;"
            "insert into toilmeter.deployment (at, id, component) select moment('alone', n) + interval '3 days', "
            "'alone ' || n, 'desk' from generate_series(1, 5) n;"
            "insert into toilmeter.deployment (at, id, component) select moment('other', n), 'other ' || n, 'else' "
            "from generate_series(1, 7) n");
    insert_tickets("after update", 30, "release", 40, 0.95, 10, 50);
    analyze_all();
    expect_rows("select component, kind, events, either is null from toilmeter.run_link where " LAST
                " and verdict = 'established'",
                "(shared release)|deployment|40|t\n");
    expect_rows("select distinct component, events from toilmeter.run_link where " LAST " order by 1",
                "(shared release)|40\norder-desk|30\n");
    expect_rows("select stage, count from toilmeter.run_funnel where " LAST
                " and kind = 'deployment' and stage in ('in tables', 'repeated id', 'in the window', 'mapped', "
                "'unmapped') order by position",
                "in tables|162\nrepeated id|5\nin the window|157\nmapped|150\nunmapped|7\n");
    expect_rows("select distinct component, team, cost is null from toilmeter.run_hours where " LAST
                " and followed > 0",
                "(shared release)||t\n");
    expect_shares_of_one();
}

Test(links, tickets_that_name_a_component_or_have_its_topic_take_no_part)
{
    insert_link();
    run_sql("update toilmeter.support_ticket set topic = 'orders' where topic = 'slow';"
            "update toilmeter.support_ticket set component = 'nobody knows' where id like 'late data caused%' and "
            "uniform('named', length(id) + ascii(right(id, 1))) < 0.3;"
            "update toilmeter.support_ticket set tags = array['zoo', 'app', 'zoo', 'app', 'b'] where id = 'late data "
            "1'");
    analyze_all();
    expect_rows("select f.topic, f.tickets = (select count(*) from toilmeter.support_ticket where topic = 'late data' "
                "and component is null) from toilmeter.run_fit f where " LAST,
                "late data|t\n");
    expect_rows("select distinct s.component, how from toilmeter.run_ticket_share s join toilmeter.support_ticket t "
                "using (id) where s." LAST " and (t.topic = 'orders' or t.component is not null) order by 1",
                "(unmapped)|named\norder-desk|topic\n");
    expect_rows("select id, tags from toilmeter.run_ticket where " LAST " and tags is not null",
                "late data 1|{app,b,zoo}\n");
    expect_shares_of_one();
}

/* ---- the same data, the same run ---- */

static const char *const run_tables[] = {"run_funnel",       "run_name",         "run_hours",     "run_calibration",
                                         "run_ticket",       "run_ticket_share", "run_link",      "run_link_band",
                                         "run_link_placebo", "run_link_curve",   "run_link_week", "run_fit"};

/* Every row of a run but its id; owned by the caller. */
static char *whole_run(int64_t run)
{
    struct toil_buf out = TOIL_BUF_INIT;
    for (size_t i = 0; i < sizeof run_tables / sizeof *run_tables; i++) {
        char *sql = toil_xasprintf("select (to_jsonb(r) - 'run_id')::text from toilmeter.%s r where run_id = %lld "
                                   "order by 1",
                                   run_tables[i], (long long)run);
        char *rows = pg_rows(pg_conninfo(server), sql);
        toil_buf_add_text(&out, rows);
        free(rows);
        free(sql);
    }
    char *sql =
        toil_xasprintf("select parameters, events, seed from toilmeter.run where run_id = %lld", (long long)run);
    char *rows = pg_rows(pg_conninfo(server), sql);
    toil_buf_add_text(&out, rows);
    free(rows);
    free(sql);
    return toil_buf_take(&out);
}

Test(links, the_order_of_rows_changes_nothing)
{
    insert_link();
    run_sql("update toilmeter.support_ticket set tags = array['a', 'b'] where id like '%3';"
            "update toilmeter.service_restart set scope = 'eu' where id like '%7'");
    char *first = whole_run(analyze_all()), *again = whole_run(analyze_all());
    cr_assert_str_eq(first, again);
    run_sql("create table shuffled as select * from toilmeter.service_restart order by uniform('a', length(id) * 7 + "
            "ascii(right(id, 1)));"
            "truncate toilmeter.service_restart; insert into toilmeter.service_restart select * from shuffled;"
            "create table tickets as select * from toilmeter.support_ticket order by md5(id);"
            "truncate toilmeter.support_ticket; insert into toilmeter.support_ticket select * from tickets;"
            "create table versions as select * from toilmeter.support_ticket_version order by md5(id);"
            "truncate toilmeter.support_ticket_version; insert into toilmeter.support_ticket_version select * from "
            "versions");
    char *shuffled = whole_run(analyze_all());
    cr_assert_str_eq(first, shuffled);
    cr_assert_gt(strlen(first), 10000);
    free(first);
    free(again);
    free(shuffled);
}

/* ---- what data may look like ---- */

/* An answer, whole and finite. */
static void expect_sound(const char *what)
{
    expect_shares_of_one();
    for (size_t i = 0; i < sizeof run_tables / sizeof *run_tables; i++) {
        char *sql = toil_xasprintf(
            "select count(*) from toilmeter.%s r where " LAST " and (r.*)::text ~ '(NaN|Infinity)'", run_tables[i]);
        cr_expect_eq(pg_count(pg_conninfo(server), sql), 0, "%s: %s is not finite", what, run_tables[i]);
        free(sql);
    }
    expect_count("select count(*) from toilmeter.run_link where " LAST " and (events < 0 or tickets < 0 or attributed "
                 "< 0)",
                 0);
}

#define EVENT(at, id) "insert into toilmeter.service_restart (at, id, component) values ('" at "', '" id "', 'qb');"
#define TICKET(at, id)                                                                                                 \
    "insert into toilmeter.support_ticket (id, version, at, versions) values ('" id "', 1, '" at "', 1);"

Test(links, degenerate_data_gets_an_answer)
{
    static const struct {
        const char *what, *sql;
        struct request request;
    } cases[] = {
        {"nothing at all", "select 1", {0}},
        {"one event", EVENT("2026-02-01 10:00Z", "a"), {0}},
        {"one ticket", TICKET("2026-02-01 10:00Z", "a"), {0}},
        {"one of each", EVENT("2026-02-01 10:00Z", "a") TICKET("2026-02-01 10:20Z", "a"), {0}},
        {"a ticket before any event", TICKET("2026-02-01 10:00Z", "a") EVENT("2026-02-01 10:20Z", "a"), {0}},
        {"all at one instant",
         "insert into toilmeter.service_restart (at, id, component) select '2026-02-01 10:00Z', 'e' || n, 'qb' from "
         "generate_series(1, 300) n;"
         "insert into toilmeter.support_ticket (id, version, at, versions) select 't' || n, 1, '2026-02-01 10:00Z', 1 "
         "from generate_series(1, 300) n",
         {0}},
        {"a clock that is a year wrong",
         "insert into toilmeter.service_restart (at, id, component) select timestamptz '2025-01-15 10:00Z' + n * "
         "interval '1 hour', 'e' || n, 'qb' from generate_series(1, 100) n;"
         "insert into toilmeter.support_ticket (id, version, at, versions) select 't' || n, 1, timestamptz '2026-01-15 "
         "10:20Z' + n * interval '1 hour', 1 from generate_series(1, 100) n",
         {0}},
        {"events in the last hour only",
         "insert into toilmeter.service_restart (at, id, component) select timestamptz '2026-06-30 23:00Z' + n * "
         "interval '1 minute', 'e' || n, 'qb' from generate_series(1, 50) n;"
         "insert into toilmeter.support_ticket (id, version, at, versions) select 't' || n, 1, timestamptz '2026-01-15 "
         "10:20Z' + n * interval '20 hours', 1 from generate_series(1, 199) n",
         {0}},
        {"a window without data",
         EVENT("2026-02-01 10:00Z", "a") TICKET("2026-02-01 10:20Z", "a"),
         {.from = "2026-05-01", .to = "2026-06-01"}},
        {"a window of a second",
         EVENT("2026-02-01 10:00Z", "a") TICKET("2026-02-01 10:00Z", "a"),
         {.from = "2026-02-01T10:00:00Z", .to = "2026-02-01T10:00:01Z"}},
        {"only events of no component",
         "insert into toilmeter.service_restart (at, id, component) select timestamptz '2026-02-15 10:00Z' + n * "
         "interval '1 hour', 'e' || n, 'unheard of' from generate_series(1, 100) n;"
         "insert into toilmeter.support_ticket (id, version, at, versions) select 't' || n, 1, timestamptz '2026-02-15 "
         "10:20Z' + n * interval '1 hour', 1 from generate_series(1, 100) n",
         {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_sql("truncate toilmeter.service_restart, toilmeter.support_ticket");
        run_sql(cases[i].sql);
        int64_t run_id;
        cr_assert_eq(try_analyze(&cases[i].request, &run_id), TOIL_OK, "%s: %s", cases[i].what, err.message);
        expect_sound(cases[i].what);
        expect_count("select count(*) from toilmeter.run_link where " LAST " and verdict = 'established'", 0);
    }
}

Test(links, without_a_catalog_there_is_no_source)
{
    insert_link();
    run_sql("truncate toilmeter.catalog");
    analyze_all();
    expect_count("select count(*) from toilmeter.run_link", 0);
    expect_rows("select topic, candidates from toilmeter.run_fit order by 1", "late data|0\nslow|0\n");
    expect_sound("no catalog");
}

Test(links, the_settings_of_the_search_are_kept)
{
    insert_link();
    analyze_all();
    expect_rows("select parameters ->> 'link_level', parameters ->> 'link_min_events', parameters ->> "
                "'link_lead_minutes', parameters ->> 'release_minutes', parameters ->> 'link_suspect', "
                "parameters -> 'bands_minutes' -> 1 from toilmeter.run",
                "0.05|3|30|10|false|[15, 60]\n");
}

Test(links, an_analyst_may_look_for_them)
{
    insert_link();
    run_sql("create role ana login in role toilmeter_analyst");
    char conninfo[300];
    int64_t run_id;
    snprintf(conninfo, sizeof conninfo, "%s user=ana", pg_conninfo(server));
    cr_assert_eq(analyze_as(conninfo, &(const struct request){0}, &run_id), TOIL_OK, "%s", err.message);
    expect_rows("select count(*) > 0 from toilmeter.run_link_band", "t\n");
}
