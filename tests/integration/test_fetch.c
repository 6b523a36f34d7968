/* Facts as analyses read them: in order, repeated ids told, the same by one connection and by two. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/analyze/analyze_intern.h"
#include "analyzers/analyze/fetch.h"
#include "support/lib_pg.h"
#include "toilmeter/migrate.h"

enum { ROWS = 6000, MANY = 10 * 1000 * 1000 };

static struct pg_server *server;
static struct toil_db *db;
static struct toil_error err;

/* Three months, stored in an order that has nothing to do with time; every hundredth id comes again later, some texts
 * are longer than what is read at a time. */
static const char world[] =
    "select toilmeter.ensure_month('service_restart', m::date) "
    "from generate_series('2026-01-01'::timestamptz, '2026-04-01', '1 month') m;"
    "insert into toilmeter.service_restart (at, id, component, scope, manual_minutes, automatic, actor) "
    "select '2026-01-01'::timestamptz + (i * 7919 % 6000) * interval '20 min', 'r' || i, 'c' || i % 7, "
    "case when i % 2 = 0 then 's' || i % 5 end, case when i % 10 = 0 then i end, i % 3 = 0, "
    "case when i % 1500 = 0 then repeat('x', 100000) end "
    "from generate_series(1, 6000) i;"
    "insert into toilmeter.service_restart (at, id, component) "
    "select f.at + interval '1 day', f.id, 'again' from toilmeter.service_restart f where f.id like 'r%00'";

static void setup(void)
{
    server = pg_start(NULL);
    const struct toil_db_options options = {.conninfo = pg_conninfo(server), .application_name = "test_fetch"};
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    pg_run(pg_conninfo(server), world);
    cr_assert_eq(toil_fetch_begin(db, &err), TOIL_OK, "%s", err.message);
}

static void teardown(void)
{
    toil_db_close(db);
    pg_stop(server);
}

TestSuite(fetch, .init = setup, .fini = teardown, .timeout = 120);

struct seen {
    struct toil_buf text; /* every row, all that it says */
    int64_t last_us;
    struct toil_buf last_id;
    size_t rows, repeated;
};

static void see(void *context, const struct toil_fact_row *row)
{
    struct seen *seen = context;
    struct toil_span last = {seen->last_id.data, seen->last_id.len};
    cr_assert(row->at_us > seen->last_us || (row->at_us == seen->last_us && toil_span_compare(last, row->id) < 0),
              "row %zu is out of order", seen->rows);
    seen->last_us = row->at_us;
    toil_buf_clear(&seen->last_id);
    toil_buf_add_span(&seen->last_id, row->id);
    cr_assert_eq(row->repeated, toil_span_is(row->component, "again"));
    seen->rows++;
    seen->repeated += row->repeated;
    toil_buf_printf(&seen->text, "%lld %.*s %.*s %.*s %zu %g %d\n", (long long)row->at_us, (int)row->id.len,
                    row->id.ptr, (int)row->component.len, row->component.ptr, (int)row->scope.len,
                    row->scope.ptr ? row->scope.ptr : "", row->actor.len, row->manual_minutes, row->automatic);
}

static void seen_release(struct seen *seen)
{
    toil_buf_release(&seen->text);
    toil_buf_release(&seen->last_id);
}

static struct toil_table_span span_of(uint64_t rows)
{
    struct toil_table_span spans[TOIL_N_SOURCES];
    cr_assert_eq(toil_fetch_spans(db, spans, &err), TOIL_OK, "%s", err.message);
    spans[TOIL_FROM_SERVICE_RESTART].rows = rows;
    return spans[TOIL_FROM_SERVICE_RESTART];
}

static void fetch(uint64_t rows, struct seen *seen)
{
    struct toil_table_span span = span_of(rows);
    *seen = (struct seen){.last_us = INT64_MIN};
    cr_assert_eq(toil_fetch_facts(db, TOIL_KIND_SERVICE_RESTART, &span, see, seen, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(seen->rows, ROWS + ROWS / 100);
    cr_assert_eq(seen->repeated, ROWS / 100);
}

Test(fetch, two_connections_read_what_one_does)
{
    struct seen one, two;
    fetch(0, &one);
    /* Not of the snapshot, so of neither. */
    pg_run(pg_conninfo(server), "insert into toilmeter.service_restart (at, id, component) values "
                                "('2026-02-02 00:00:01+00', 'new', 'new')");
    fetch(MANY, &two);
    cr_assert_str_eq(one.text.data, two.text.data);
    seen_release(&one);
    seen_release(&two);
}

Test(fetch, all_at_one_instant)
{
    struct seen seen;
    toil_db_rollback(db);
    pg_run(pg_conninfo(server), "truncate toilmeter.service_restart;"
                                "insert into toilmeter.service_restart (at, id, component) "
                                "select '2026-02-02 00:00:00+00', 'i' || i, 'c' from generate_series(1, 1000) i");
    cr_assert_eq(toil_fetch_begin(db, &err), TOIL_OK, "%s", err.message);
    struct toil_table_span span = span_of(MANY);
    seen = (struct seen){.last_us = INT64_MIN};
    cr_assert_eq(toil_fetch_facts(db, TOIL_KIND_SERVICE_RESTART, &span, see, &seen, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(seen.rows, 1000);
    seen_release(&seen);
}

/* The spans are known, then one connection or both fail: an error, and no hang. */
Test(fetch, a_failure_of_either_connection_is_told)
{
    static const uint64_t rows[] = {0, MANY};
    struct toil_table_span span = span_of(0);
    toil_db_rollback(db);
    pg_run(pg_conninfo(server), "alter table toilmeter.service_restart rename column component to was_component");
    for (size_t i = 0; i < 2; i++) {
        struct seen seen = {.last_us = INT64_MIN};
        cr_assert_eq(toil_fetch_begin(db, &err), TOIL_OK, "%s", err.message);
        span.rows = rows[i];
        cr_assert_eq(toil_fetch_facts(db, TOIL_KIND_SERVICE_RESTART, &span, see, &seen, &err), TOIL_FATAL);
        cr_assert_not_null(strstr(err.message, "component"), "%s", err.message);
        toil_db_rollback(db);
    }
}

Test(fetch, one_connection_is_enough)
{
    struct seen seen;
    toil_db_rollback(db);
    pg_run(pg_conninfo(server), "create role lonely superuser login connection limit 1");
    struct toil_db *lonely = NULL;
    char *conninfo = toil_xasprintf("%s user=lonely", pg_conninfo(server));
    const struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_fetch"};
    cr_assert_eq(toil_db_open(&options, &lonely, &err), TOIL_OK, "%s", err.message);
    pg_run(pg_conninfo(server), "alter role lonely nosuperuser; grant toilmeter_analyst to lonely");
    toil_db_close(db);
    db = lonely;
    cr_assert_eq(toil_fetch_begin(db, &err), TOIL_OK, "%s", err.message);
    fetch(MANY, &seen);
    seen_release(&seen);
    free(conninfo);
}
