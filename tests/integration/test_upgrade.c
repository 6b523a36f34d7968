/* Upgrades: a database of each earlier schema, with rows in every table that it had, is brought to the newest one.
 * Nothing that was in it changes, reports of its runs still print, and collecting goes on. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/reports/report_kind.h"
#include "support/lib_cli.h"
#include "toilmeter/digest.h"
#include "toilmeter/migrate.h"

static struct toil_error err;

TestSuite(upgrade, .init = cli_set_up, .fini = cli_tear_down, .timeout = 300);

static char *conninfo_of(const char *database, const char *user)
{
    return toil_xasprintf("host=%s port=%d user=%s dbname=%s", cli_server->dir, cli_server->port, user, database);
}

static struct toil_db *open_database(const char *database)
{
    char *conninfo = conninfo_of(database, "postgres");
    const struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_upgrade"};
    struct toil_db *db;
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    free(conninfo);
    return db;
}

static int run_on(const char *database, const char *user, const char *line)
{
    char *conninfo = conninfo_of(database, user);
    int status = cli_run_as(conninfo, line);
    free(conninfo);
    return status;
}

#define EXPECT_ON(database, user, line, expected)                                                                      \
    cr_assert_eq(run_on(database, user, line), expected, "%s as %s: toilmeter %s: status %d\n%s%s", database, user,    \
                 line, cli_said.status, cli_said.out, cli_said.err)

static void sql_on(const char *database, const char *sql)
{
    char *conninfo = conninfo_of(database, "postgres");
    pg_run(conninfo, sql);
    free(conninfo);
}

static char *rows_on(const char *database, const char *sql)
{
    char *conninfo = conninfo_of(database, "postgres");
    char *rows = pg_rows(conninfo, sql);
    free(conninfo);
    return rows;
}

static long long count_on(const char *database, const char *sql)
{
    char *conninfo = conninfo_of(database, "postgres");
    long long count = pg_count(conninfo, sql);
    free(conninfo);
    return count;
}

/* As `toilmeter migrate` of a program that knew no more than so many. */
static void migrate_to(const char *database, size_t count)
{
    struct toil_db *db = open_database(database);
    for (size_t i = 0; i < count; i++) {
        const struct toil_migration *migration = &toil_migrations[i];
        char version[16], checksum[2 * TOIL_SHA256_BYTES + 1];
        snprintf(version, sizeof version, "%d", migration->version);
        toil_sha256_hex(toil_span_of(migration->text), checksum);
        cr_assert_eq(toil_db_begin(db, &err), TOIL_OK, "%s", err.message);
        if (i > 0)
            cr_assert_eq(toil_db_query(db, &toil_sql_migrate_as_owner, TOIL_NO_PARAMS, NULL, &err), TOIL_OK);
        cr_assert_eq(toil_db_script(db, migration->text, &err), TOIL_OK, "%s: %s", migration->name, err.message);
        cr_assert_eq(toil_db_query(db, &toil_sql_migrate_record, TOIL_PARAMS({version}, {migration->name}, {checksum}),
                                   NULL, &err),
                     TOIL_OK, "%s", err.message);
        bool unknown;
        cr_assert_eq(toil_db_commit(db, 10000, &unknown, &err), TOIL_OK, "%s", err.message);
    }
    toil_db_close(db);
}

/* ---- a database with everything in it ---- */

/* What a small company collects in eight weeks, what nobody can read, and a run of all. The tables that got nothing of
 * it get a row by hand. */
static void make_whole(void)
{
    static const char *const topics[] = {"platform.events.jsonl", "platform.restarts.jsonl --kind service_restart",
                                         "platform.rebalances.jsonl --kind queue_rebalance",
                                         "desk.tickets.jsonl --kind support_ticket", "work.logs.jsonl --kind work_log"};
    sql_on("postgres", "create database whole");
    EXPECT_ON("whole", "postgres", "migrate", 0);
    EXPECT_ON("whole", "postgres", "generate --out @/company --days 56 --components 25 --people 24", 0);
    EXPECT_ON("whole", "postgres", "catalog apply @/company/catalog.yaml", 0);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        char *line = toil_xasprintf("import --key-file @/people.key --cluster old @/company/%s", topics[i]);
        EXPECT_ON("whole", "postgres", line, 0);
        free(line);
    }
    EXPECT_ON("whole", "postgres", "analyze --label before", 0);
    sql_on("whole",
           "insert into toilmeter.quarantine values"
           " ('old', 'strange', 3, 9007199254740993, '\\x00ff0a27225c'::bytea, '\\xfe'::bytea,"
           "  '[[\"a\", null]]', 'utf8', 'not UTF-8', '1999-01-01 00:00:00.000001Z', '2026-01-02Z'),"
           " ('old', 'strange', 3, 4, null, null, null, 'tombstone', null, null, '2026-01-03Z');"
           "insert into toilmeter.kafka_offset values"
           " ('old', 'strange', 3, 9007199254740994, 7, 2, '2026-01-04Z', 9007199254740999, 11, '2026-01-05Z'),"
           " ('old', 'never', 0, null, 1, null, null, null, 0, '2026-01-05Z');"
           "insert into toilmeter.kafka_gap values ('old', 'strange', 3, 5, 8, 'retention', '2026-01-06Z');"
           "insert into toilmeter.event_ending (kind, id, ended_at, extra) values"
           " ('service_restart', 'ends only', '2025-11-01Z', '{\"b\": [1.50, \"\\u00e9\"], \"a\": null}')");
    /* one row, made of the columns' types, where all that left nothing */
    sql_on("whole", "do $$ declare t record; columns text; vals text; something boolean; begin"
                    " for t in select c.oid, c.relname from pg_class c where c.relnamespace = 'toilmeter'::regnamespace"
                    "   and c.relkind in ('r', 'p') and not c.relispartition order by c.relname loop"
                    "  execute format('select exists (select from toilmeter.%I)', t.relname) into something;"
                    "  continue when something;"
                    "  select string_agg(format('%I', a.attname), ', '), string_agg(case"
                    "    when a.atttypid::regtype::text in ('timestamp with time zone', 'date') then '''2025-11-03'''"
                    "    when a.atttypid::regtype::text = 'boolean' then 'true'"
                    "    when a.atttypid::regtype::text = 'jsonb' then '''{\"made\": 1}'''"
                    "    when a.atttypid::regtype::text = 'text[]' then '''{made,up}'''"
                    "    else '''1''' end, ', ') into columns, vals"
                    "  from pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped;"
                    "  execute format('insert into toilmeter.%I (%s) values (%s)', t.relname, columns, vals);"
                    " end loop; end $$");
}

/* Tables that hold data, without partitions: name, and the columns that can be written. */
#define TABLES                                                                                                         \
    "select c.relname as name, string_agg(format('%I', a.attname), ', ' order by a.attname) as columns"                \
    " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"               \
    "   and a.attgenerated = ''"                                                                                       \
    " where c.relnamespace = 'toilmeter'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"           \
    "   and c.relname <> 'schema_migration'"                                                                           \
    " group by c.relname order by c.relname collate \"C\""

/* One line of a table of TABLES: both parts borrowed from the text that it walks along. */
static bool next_table(char **rest, const char **name, const char **columns)
{
    char *line = strsep(rest, "\n");
    if (!line || !*line)
        return false;
    *name = strsep(&line, "|");
    *columns = line;
    return true;
}

/* Everything of `whole` that a database of an earlier schema has a place for. */
static void fill(const char *database)
{
    char *months = rows_on("whole", "select format('select toilmeter.ensure_month(''%s'', ''%s'')', p.relname,"
                                    " to_date(right(c.relname, 7), 'YYYY_MM')) from pg_inherits i"
                                    " join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent"
                                    " where p.relnamespace = 'toilmeter'::regnamespace and p.relkind = 'p'");
    for (char *rest = months, *line; (line = strsep(&rest, "\n")) && *line;)
        sql_on(database, line);
    free(months);
    char *tables = rows_on(database, TABLES), *rest = tables;
    const char *name, *columns;
    while (next_table(&rest, &name, &columns)) {
        char *file = toil_xasprintf("%s/%s.copy", cli_server->dir, name);
        char *out = toil_xasprintf("copy (select %s from toilmeter.%s) to '%s' (format binary)", columns, name, file);
        char *in = toil_xasprintf("copy toilmeter.%s (%s) from '%s' (format binary)", name, columns, file);
        char *some = toil_xasprintf("select count(*) from toilmeter.%s", name);
        sql_on("whole", out);
        sql_on(database, in);
        cr_assert_gt(count_on(database, some), 0, "%s: nothing is in %s, so nothing is tested", database, name);
        free(some);
        free(in);
        free(out);
        remove(file);
        free(file);
    }
    free(tables);
    sql_on(database, "do $$ declare t record; begin"
                     " for t in select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
                     "   where c.relnamespace = 'toilmeter'::regnamespace and a.attidentity <> '' loop"
                     "  execute format('select setval(pg_get_serial_sequence(''toilmeter.%s'', %L),"
                     "    (select max(%I) from toilmeter.%I))', t.relname, t.attname, t.attname, t.relname);"
                     " end loop; end $$");
}

/* ---- what is compared ---- */

/* A digest of the given columns of each table of `tables`, which is what TABLES said when the database was older. */
static char *digests(const char *database, const char *tables)
{
    struct toil_buf out = TOIL_BUF_INIT;
    char *copy = toil_xstrdup(tables), *rest = copy;
    const char *name, *columns;
    while (next_table(&rest, &name, &columns)) {
        char *sql = toil_xasprintf("select '%s', count(*), md5(string_agg(r, E'\\n' order by r collate \"C\"))"
                                   " from (select t::text as r from (select %s from toilmeter.%s) t) s",
                                   name, columns, name);
        char *row = rows_on(database, sql);
        toil_buf_add_text(&out, row);
        free(row);
        free(sql);
    }
    free(copy);
    return toil_buf_take(&out);
}

static void make_old(size_t version, char database[16])
{
    snprintf(database, 16, "v%zu", version);
    char *create = toil_xasprintf("create database %s", database);
    sql_on("postgres", create);
    free(create);
    migrate_to(database, version);
    fill(database);
}

/* Status: so many applied, the rest pending. */
static void expect_migrations(const char *database, size_t applied)
{
    size_t counted[2] = {0};
    EXPECT_ON(database, "postgres", "migrate --status", applied == toil_migration_count ? 0 : 1);
    for (char *rest = cli_said.out, *line; (line = strsep(&rest, "\n")) && *line;) {
        counted[0] += strncmp(line, "applied ", 8) == 0;
        counted[1] += strncmp(line, "pending ", 8) == 0;
    }
    cr_assert_eq(counted[0], applied, "%s: %zu are applied", database, counted[0]);
    cr_assert_eq(counted[1], toil_migration_count - applied);
}

/* ---- what must still work ---- */

static void expect_reports(const char *database)
{
    unsigned printed = 0;
    for (const struct toil_report_kind *kind = toil_report_kinds; kind->name; kind++) {
        char *line = toil_xasprintf("report %s%s --run 1 --format json", kind->name,
                                    kind->subject == TOIL_SUBJECT_ITEM ? " TD-1" : "");
        int status = run_on(database, "postgres", line);
        cr_assert(status == 0 || status == 1, "%s: toilmeter %s: status %d\n%s", database, line, status, cli_said.err);
        cr_assert(strstr(cli_said.out, "\"id\":\t1,"), "%s: %s does not speak of run 1:\n%.400s", database, line,
                  cli_said.out);
        free(line);
        printed++;
    }
    cr_assert_geq(printed, 11u);
    EXPECT_ON(database, "postgres", "runs", 0);
    EXPECT_SAID(out, "before");
    EXPECT_ON(database, "postgres", "runs show 1", 0);
}

/* Stored, a repeat, a new month, a later version, unusable: as the collector, with its rights alone. */
static void expect_collecting(const char *database)
{
    cli_write_text(
        "more.jsonl",
        "{\"kind\":\"service_restart\",\"id\":\"up-1\",\"at\":\"2031-02-03T00:00:00Z\",\"component\":\"a\"}\n"
        "{\"kind\":\"queue_rebalance\",\"id\":\"up-1\",\"at\":\"2031-02-03T00:00:00Z\",\"component\":\"a\"}\n"
        "{\"kind\":\"support_ticket\",\"id\":\"up-1\",\"at\":\"2026-02-03T00:00:00Z\",\"version\":1}\n"
        "{\"kind\":\"support_ticket\",\"id\":\"up-1\",\"status\":\"solved\",\"version\":2}\n"
        "{\"kind\":\"service_restart\",\"id\":\"up-2\",\"ended_at\":\"2026-02-03T00:00:00Z\"}\n"
        "{\"kind\":\"service_restart\",\"id\":\"up-3\"}\n");
    EXPECT_ON(database, "daemon", "import --key-file @/people.key @/more.jsonl", 0);
    EXPECT_SAID(out, "6 lines: 3 stored");
    EXPECT_ON(database, "daemon", "import --key-file @/people.key @/more.jsonl", 0);
    EXPECT_SAID(out, "6 lines: 0 stored");
    cr_assert_eq(count_on(database, "select count(*) from toilmeter.support_ticket"
                                    " where id = 'up-1' and status = 'solved' and versions = 2"),
                 1);
    EXPECT_ON(database, "thinker", "analyze --label after", 0);
    EXPECT_ON(database, "thinker", "report hours", 0);
}

Test(upgrade, every_earlier_schema_keeps_its_data_its_reports_and_its_collector)
{
    make_whole();
    sql_on("postgres", "create role daemon login in role toilmeter_collector;"
                       "create role thinker login in role toilmeter_analyst");
    for (size_t version = 1; version < toil_migration_count; version++) {
        char database[16];
        make_old(version, database);
        expect_migrations(database, version);
        char *tables = rows_on(database, TABLES);
        char *before = digests(database, tables);
        EXPECT_ON(database, "postgres", "migrate", 0);
        expect_migrations(database, toil_migration_count);
        char *after = digests(database, tables);
        cr_assert_str_eq(before, after, "%s: before\n%safter\n%s", database, before, after);
        bool has_runs = strstr(tables, "\nrun|") != NULL;
        cr_assert_eq(has_runs, version >= 2);
        if (has_runs)
            expect_reports(database);
        expect_collecting(database);
        free(after);
        free(before);
        free(tables);
    }
}

/* ---- broken off ---- */

/* Starts `toilmeter migrate` and waits until its last migration cannot go on: its row in schema_migration is held. */
static void start_stuck(struct toil_db *holder, const char *database, struct toil_proc *proc)
{
    char *conninfo = conninfo_of(database, "postgres");
    static const struct toil_sql hold = {"hold", "lock table toilmeter.schema_migration in share mode"};
    cr_assert_eq(toil_db_begin(holder, &err), TOIL_OK);
    cr_assert_eq(toil_db_query(holder, &hold, TOIL_NO_PARAMS, NULL, &err), TOIL_OK, "%s", err.message);
    cli_start(proc, conninfo, "migrate");
    for (int i = 0; i < 200; i++) {
        if (pg_count(pg_conninfo(cli_server), "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                                              " and query ~ 'schema_migration' and application_name like 'toilmeter%'"))
            break;
        toil_sleep_ms(50);
    }
    cr_assert(toil_proc_running(proc));
    free(conninfo);
}

Test(upgrade, a_migration_that_is_broken_off_leaves_the_old_schema)
{
    make_whole();
    char database[16];
    size_t version = toil_migration_count - 1;
    make_old(version, database);
    char *tables = rows_on(database, TABLES), *before = digests(database, tables);

    /* the program is killed */
    struct toil_proc proc;
    struct toil_db *holder = open_database(database);
    start_stuck(holder, database, &proc);
    toil_proc_kill(&proc);
    toil_db_rollback(holder);
    toil_db_close(holder);
    for (int i = 0; i < 200 && pg_count(pg_conninfo(cli_server), "select count(*) from pg_stat_activity"
                                                                 " where application_name like 'toilmeter%'");
         i++)
        toil_sleep_ms(50);
    char *tables_now = rows_on(database, TABLES), *now = digests(database, tables);
    cr_assert_str_eq(tables, tables_now);
    cr_assert_str_eq(before, now);
    expect_migrations(database, version);
    free(tables_now);
    free(now);

    /* the server is */
    holder = open_database(database);
    start_stuck(holder, database, &proc);
    pg_kill9(cli_server);
    toil_db_close(holder);
    cr_assert_eq(toil_proc_wait(&proc, CLI_DEADLINE_MS), 3);
    pg_resume(cli_server);
    tables_now = rows_on(database, TABLES);
    now = digests(database, tables);
    cr_assert_str_eq(tables, tables_now);
    cr_assert_str_eq(before, now);
    expect_migrations(database, version);

    EXPECT_ON(database, "postgres", "migrate", 0);
    expect_migrations(database, toil_migration_count);
    free(now);
    now = digests(database, tables);
    cr_assert_str_eq(before, now);
    free(tables_now);
    free(now);
    free(before);
    free(tables);
}

/* ---- the other way round ---- */

Test(upgrade, a_newer_database_is_one_clear_line)
{
    static const char *const lines[] = {
        "migrate",
        "migrate --dry-run",
        "import --key-file @/people.key @/none.jsonl",
        "analyze",
        "runs",
        "report hours",
        "show ticket T1",
        "plan TD-1",
        "writeup TD-1",
        "catalog show",
        "catalog apply @/catalog.yaml",
        "catalog apply --dry-run @/catalog.yaml",
    };
    sql_on("postgres", "create database later");
    EXPECT_ON("later", "postgres", "migrate", 0);
    sql_on("later", "insert into toilmeter.schema_migration values (9001, '9001_from_the_future', 'x')");
    cli_write_text("none.jsonl", "");
    cli_write_text("catalog.yaml", "teams: [{name: a, zone: UTC}]\n");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        EXPECT_ON("later", "postgres", lines[i], 3);
        cr_expect_str_empty(cli_said.out);
        char *second = strchr(cli_said.err, '\n');
        cr_assert_not_null(second);
        *second++ = '\0';
        cr_expect(
            strstr(cli_said.err, "the database is newer than this program: it has migration 9001_from_the_future"),
            "%s: %s", lines[i], cli_said.err);
        cr_expect_str_eq(second, "install the release that made it, or a later one\n", "%s", lines[i]);
    }
    EXPECT_ON("later", "postgres", "migrate --status", 3);
    EXPECT_SAID(out, "newer ");
}
