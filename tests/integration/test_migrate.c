/* Migrations against a real server: from nothing, again, at once, refused. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_pg.h"
#include "toilmeter/migrate.h"

static struct pg_server *server;
static struct toil_error err;

static struct toil_db *open_as(const char *user)
{
    char *conninfo = toil_xasprintf("host=%s port=%d user=%s dbname=postgres", server->dir, server->port, user);
    struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_migrate"};
    struct toil_db *db;
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    free(conninfo);
    return db;
}

static void setup(void)
{
    server = pg_start(NULL);
}

static void teardown(void)
{
    pg_stop(server);
}

TestSuite(migrate, .init = setup, .fini = teardown, .timeout = 60);

static unsigned count_states(struct toil_db *db, enum toil_migration_state state)
{
    struct toil_migration_list list;
    unsigned count = 0;
    cr_assert_eq(toil_migrate_status(db, &list, &err), TOIL_OK, "%s", err.message);
    for (size_t i = 0; i < list.count; i++)
        count += list.row[i].state == state;
    toil_migration_list_release(&list);
    return count;
}

static void note(void *context, const struct toil_migration *migration, bool done)
{
    cr_assert_not_null(migration->name);
    ((unsigned *)context)[done]++;
}

Test(migrate, an_empty_database_is_brought_up_to_date_once)
{
    struct toil_db *db = open_as("postgres");
    unsigned applied, told[2] = {0};
    unsigned all = (unsigned)toil_migration_count;
    cr_assert_eq(count_states(db, TOIL_MIGRATION_PENDING), all);
    cr_assert_eq(toil_migrate_apply(db, true, note, told, &applied, &err), TOIL_OK);
    cr_assert_eq(applied, all);
    cr_assert_eq(told[0], all);
    cr_assert_eq(told[1], 0u);
    cr_assert_eq(pg_count(pg_conninfo(server), "select count(*) from pg_namespace where nspname = 'toilmeter'"), 0,
                 "a dry run changed something");
    cr_assert_eq(toil_migrate_apply(db, false, note, told, &applied, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(applied, all);
    cr_assert_eq(told[1], all);
    cr_assert_eq(count_states(db, TOIL_MIGRATION_APPLIED), all);
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, &applied, &err), TOIL_OK);
    cr_assert_eq(applied, 0u);
    cr_assert_eq(pg_count(pg_conninfo(server),
                          "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace "
                          "where nspname = 'toilmeter' and relowner <> 'toilmeter_owner'::regrole"),
                 0, "something does not belong to the owner");
    cr_assert_eq(pg_count(pg_conninfo(server), "select count(*) from toilmeter.schema_migration "
                                               "where checksum ~ '^[0-9a-f]{64}$'"),
                 all);
    toil_db_close(db);
}

static void *migrate_beside(void *out)
{
    struct toil_db *db = open_as("postgres");
    struct toil_error error;
    if (toil_migrate_apply(db, false, NULL, NULL, out, &error) != TOIL_OK)
        *(unsigned *)out = 1000;
    toil_db_close(db);
    return NULL;
}

Test(migrate, two_at_once_apply_each_once)
{
    enum { PROGRAMS = 4 };
    pthread_t thread[PROGRAMS];
    unsigned applied[PROGRAMS], total = 0;
    for (int i = 0; i < PROGRAMS; i++)
        cr_assert_eq(pthread_create(&thread[i], NULL, migrate_beside, &applied[i]), 0);
    for (int i = 0; i < PROGRAMS; i++) {
        pthread_join(thread[i], NULL);
        total += applied[i];
    }
    cr_assert_eq(total, toil_migration_count);
}

struct refusal {
    const char *sql;
    enum toil_migration_state state;
    const char *message;
};

Test(migrate, what_does_not_fit_is_refused)
{
    static const struct refusal rows[] = {
        {"update toilmeter.schema_migration set checksum = repeat('0', 64) where version = 1", TOIL_MIGRATION_CHANGED,
         "another text"},
        {"insert into toilmeter.schema_migration values (9999, '9999_later', 'x')", TOIL_MIGRATION_NEWER, "newer"},
        {"insert into toilmeter.schema_migration values (0, '0000_before', 'x')", TOIL_MIGRATION_MISSING,
         "does not know"},
        {"delete from toilmeter.schema_migration where version = 1", TOIL_MIGRATION_SKIPPED, "never applied"},
    };
    struct toil_db *db = open_as("postgres");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    pg_run(pg_conninfo(server), "create table kept as select * from toilmeter.schema_migration");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].state == TOIL_MIGRATION_SKIPPED && toil_migration_count < 2)
            continue;
        pg_run(pg_conninfo(server), rows[i].sql);
        unsigned applied;
        cr_expect_eq(count_states(db, rows[i].state), 1u, "%s", rows[i].sql);
        cr_expect_eq(toil_migrate_apply(db, false, NULL, NULL, &applied, &err), TOIL_FATAL, "%s", rows[i].sql);
        cr_expect(strstr(err.message, rows[i].message), "%s", err.message);
        cr_expect_neq(err.hint[0], '\0');
        cr_expect_eq(applied, 0u);
        pg_run(pg_conninfo(server), "truncate toilmeter.schema_migration");
        pg_run(pg_conninfo(server), "insert into toilmeter.schema_migration select * from kept");
    }
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    toil_db_close(db);
}

Test(migrate, roles_that_cannot_be_made_are_named)
{
    pg_run(pg_conninfo(server), "create role plain login; grant create on database postgres to plain");
    struct toil_db *db = open_as("plain");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_FATAL);
    cr_assert_str_eq(err.sqlstate, "TM001");
    cr_assert(strstr(err.message, "toilmeter_owner is missing"), "%s", err.message);
    cr_assert(strstr(err.hint, "CREATE ROLE toilmeter_owner"), "%s", err.hint);
    cr_assert(strstr(err.hint, "GRANT toilmeter_owner TO plain"), "%s", err.hint);
    /* what the hint says, done */
    pg_run(pg_conninfo(server), "create role toilmeter_owner; create role toilmeter_collector; "
                                "create role toilmeter_analyst; create role toilmeter_reader");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_FATAL);
    cr_assert(strstr(err.hint, "GRANT toilmeter_owner TO plain"), "%s", err.hint);
    pg_run(pg_conninfo(server), "grant toilmeter_owner to plain");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_FATAL);
    cr_assert_str_eq(err.sqlstate, "TM001");
    cr_assert(strstr(err.hint, "CREATE ROLE toilmeter_operator"), "%s", err.hint);
    pg_run(pg_conninfo(server), "create role toilmeter_operator");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    toil_db_close(db);
}

Test(migrate, who_may_create_roles_needs_no_superuser)
{
    pg_run(pg_conninfo(server), "create role maker login createrole; grant create on database postgres to maker");
    struct toil_db *db = open_as("maker");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    toil_db_close(db);
}

Test(migrate, a_failed_migration_leaves_nothing)
{
    struct toil_db *db = open_as("postgres");
    /* the first table that the migration makes stands there already */
    pg_run(pg_conninfo(server), "create schema toilmeter; create table toilmeter.intake ()");
    cr_assert_neq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK);
    cr_assert(strstr(err.message, "migration 0001"), "%s", err.message);
    cr_assert_eq(pg_count(pg_conninfo(server), "select count(*) from pg_tables where schemaname = 'toilmeter'"), 1);
    cr_assert(toil_db_usable(db));
    pg_run(pg_conninfo(server), "drop schema toilmeter cascade");
    cr_assert_eq(toil_migrate_apply(db, false, NULL, NULL, NULL, &err), TOIL_OK, "%s", err.message);
    toil_db_close(db);
}
