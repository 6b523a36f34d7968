/* The code behind migrate.h. */
#include "toilmeter/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/digest.h"

enum {
    LEAST_SERVER = 150000,
    LOCK_DEADLINE_MS = 10 * 60 * 1000,
    SCRIPT_DEADLINE_MS =
        24 * 60 * 60 * 1000, /* a migration may rewrite years of events; a signal still breaks it off */
    COMMIT_DEADLINE_MS = 10 * 60 * 1000,
};

void toil_migration_list_release(struct toil_migration_list *list)
{
    free(list->row);
    *list = TOIL_MIGRATION_LIST_INIT;
}

const char *toil_migration_state_name(enum toil_migration_state state)
{
    static const char *const names[] = {"applied", "pending", "changed", "skipped", "missing", "newer"};
    return names[state];
}

static const struct toil_migration *find(int version)
{
    for (size_t i = 0; i < toil_migration_count; i++) {
        if (toil_migrations[i].version == version)
            return &toil_migrations[i];
    }
    return NULL;
}

static void checksum_of(const struct toil_migration *migration, char out[2 * TOIL_SHA256_BYTES + 1])
{
    toil_sha256_hex(toil_span_of(migration->text), out);
}

static struct toil_migration_row *add_row(struct toil_migration_list *list, int version, const char *name,
                                          enum toil_migration_state state)
{
    list->row = toil_xreallocarray(list->row, list->count + 1, sizeof *list->row);
    struct toil_migration_row *row = &list->row[list->count++];
    *row = (struct toil_migration_row){.version = version, .state = state};
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

/* One row of the database: is it what the program would have applied? */
static void add_applied(struct toil_migration_list *list, const struct toil_result *result, size_t i)
{
    int version = (int)toil_result_int64(result, i, 0);
    const struct toil_migration *known = find(version);
    enum toil_migration_state state = TOIL_MIGRATION_APPLIED;
    if (!known) {
        bool above = toil_migration_count == 0 || version > toil_migrations[toil_migration_count - 1].version;
        state = above ? TOIL_MIGRATION_NEWER : TOIL_MIGRATION_MISSING;
    } else {
        char checksum[2 * TOIL_SHA256_BYTES + 1];
        checksum_of(known, checksum);
        if (strcmp(checksum, toil_result_text(result, i, 2)) != 0)
            state = TOIL_MIGRATION_CHANGED;
    }
    struct toil_migration_row *row = add_row(list, version, toil_result_text(result, i, 1), state);
    snprintf(row->applied_at, sizeof row->applied_at, "%s", toil_result_text(result, i, 3));
}

static int by_version(const void *a, const void *b)
{
    int x = ((const struct toil_migration_row *)a)->version, y = ((const struct toil_migration_row *)b)->version;
    return (x > y) - (x < y);
}

static void add_unapplied(struct toil_migration_list *list)
{
    size_t applied = list->count;
    int highest = applied ? list->row[applied - 1].version : 0;
    for (size_t i = 0; i < toil_migration_count; i++) {
        bool found = false;
        for (size_t j = 0; j < applied && !found; j++)
            found = list->row[j].version == toil_migrations[i].version;
        if (!found)
            add_row(list, toil_migrations[i].version, toil_migrations[i].name,
                    toil_migrations[i].version < highest ? TOIL_MIGRATION_SKIPPED : TOIL_MIGRATION_PENDING);
    }
    if (list->count)
        qsort(list->row, list->count, sizeof *list->row, by_version);
}

static enum toil_status check_server(const struct toil_db *db, struct toil_error *err)
{
    int version = toil_db_server_version(db);
    if (version >= LEAST_SERVER)
        return TOIL_OK;
    toil_error_set(err, TOIL_FATAL, "PostgreSQL %d is too old: 15 is the least", version / 10000);
    toil_error_hint(err, "use a server of version 15 or later");
    return TOIL_FATAL;
}

enum toil_status toil_migrate_status(struct toil_db *db, struct toil_migration_list *out, struct toil_error *err)
{
    *out = TOIL_MIGRATION_LIST_INIT;
    enum toil_status status = check_server(db, err);
    if (status != TOIL_OK)
        return status;
    struct toil_result *result = NULL;
    status = toil_db_query(db, &toil_sql_migrate_exists, TOIL_NO_PARAMS, &result, err);
    bool found = status == TOIL_OK && toil_result_bool(result, 0, 0);
    toil_result_free(result);
    result = NULL;
    if (status == TOIL_OK && found)
        status = toil_db_query(db, &toil_sql_migrate_list, TOIL_NO_PARAMS, &result, err);
    if (status != TOIL_OK)
        return status;
    for (size_t i = 0; result && i < toil_result_rows(result); i++)
        add_applied(out, result, i);
    toil_result_free(result);
    add_unapplied(out);
    return TOIL_OK;
}

static enum toil_status refuse(const struct toil_migration_row *row, struct toil_error *err)
{
    const char *hint = "";
    switch (row->state) {
    case TOIL_MIGRATION_APPLIED:
    case TOIL_MIGRATION_PENDING:
        return TOIL_OK;
    case TOIL_MIGRATION_CHANGED:
        toil_error_set(err, TOIL_FATAL, "migration %s was applied with another text than this program has", row->name);
        hint = "use the program that the database was migrated with, or a later release; never edit a migration";
        break;
    case TOIL_MIGRATION_SKIPPED:
        toil_error_set(err, TOIL_FATAL, "migration %s was never applied, though later ones were", row->name);
        hint = "the database was migrated by another line of the program: use that one";
        break;
    case TOIL_MIGRATION_MISSING:
        toil_error_set(err, TOIL_FATAL, "the database has migration %s, which this program does not know", row->name);
        hint = "the database was migrated by another line of the program: use that one";
        break;
    case TOIL_MIGRATION_NEWER:
        toil_error_set(err, TOIL_FATAL, "the database is newer than this program: it has migration %s", row->name);
        hint = "install the release that made it, or a later one";
        break;
    }
    toil_error_hint(err, "%s", hint);
    return TOIL_FATAL;
}

enum toil_status toil_migrate_check(const struct toil_migration_list *list, struct toil_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        enum toil_status status = refuse(&list->row[i], err);
        if (status != TOIL_OK)
            return status;
    }
    return TOIL_OK;
}

/* first: the one that makes the owner, and becomes it by itself. */
static enum toil_status run_script(struct toil_db *db, const struct toil_migration *migration, bool first,
                                   struct toil_error *err)
{
    char version[16], checksum[2 * TOIL_SHA256_BYTES + 1];
    snprintf(version, sizeof version, "%d", migration->version);
    checksum_of(migration, checksum);
    enum toil_status status = TOIL_OK;
    if (!first)
        status = toil_db_query(db, &toil_sql_migrate_as_owner, TOIL_NO_PARAMS, NULL, err);
    if (status == TOIL_OK)
        status = toil_db_script(db, migration->text, err);
    if (status == TOIL_OK)
        status = toil_db_query(db, &toil_sql_migrate_record, TOIL_PARAMS({version}, {migration->name}, {checksum}),
                               NULL, err);
    return status;
}

static enum toil_status apply_one(struct toil_db *db, const struct toil_migration *migration, bool first,
                                  struct toil_error *err)
{
    toil_db_deadline(db, SCRIPT_DEADLINE_MS);
    enum toil_status status = toil_db_begin(db, err);
    if (status == TOIL_OK)
        status = run_script(db, migration, first, err);
    if (status == TOIL_OK) {
        bool unknown;
        status = toil_db_commit(db, COMMIT_DEADLINE_MS, &unknown, err);
        if (status != TOIL_OK)
            toil_error_hint(err, "whether it was applied is not known: run it again");
    }
    toil_db_rollback(db);
    toil_db_deadline(db, 0);
    if (status != TOIL_OK)
        toil_error_prefix(err, "migration %s", migration->name);
    return status;
}

static enum toil_status apply_pending(struct toil_db *db, bool dry_run, toil_migrate_fn report, void *context,
                                      unsigned *applied, struct toil_error *err)
{
    struct toil_migration_list list;
    enum toil_status status = toil_migrate_status(db, &list, err);
    if (status == TOIL_OK)
        status = toil_migrate_check(&list, err);
    for (size_t i = 0; i < list.count && status == TOIL_OK; i++) {
        if (list.row[i].state != TOIL_MIGRATION_PENDING)
            continue;
        const struct toil_migration *migration = find(list.row[i].version);
        if (report)
            report(context, migration, false);
        if (!dry_run)
            status = apply_one(db, migration, i == 0, err);
        if (status == TOIL_OK) {
            (*applied)++;
            if (report && !dry_run)
                report(context, migration, true);
        }
    }
    toil_migration_list_release(&list);
    return status;
}

enum toil_status toil_migrate_apply(struct toil_db *db, bool dry_run, toil_migrate_fn report, void *context,
                                    unsigned *applied, struct toil_error *err)
{
    unsigned count = 0;
    enum toil_status status = TOIL_OK;
    if (!dry_run) {
        toil_db_deadline(db, LOCK_DEADLINE_MS);
        status = toil_db_query(db, &toil_sql_migrate_lock, TOIL_NO_PARAMS, NULL, err);
        toil_db_deadline(db, 0);
    }
    if (status == TOIL_OK)
        status = apply_pending(db, dry_run, report, context, &count, err);
    if (!dry_run && toil_db_usable(db)) {
        /* its failure costs nothing: the lock ends with the session */
        if (toil_db_query(db, &toil_sql_migrate_unlock, TOIL_NO_PARAMS, NULL, NULL) != TOIL_OK)
            toil_db_rollback(db);
    }
    if (applied)
        *applied = count;
    return status;
}
