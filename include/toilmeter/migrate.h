/* Brings the schema up to date: numbered, checksummed migrations, each in a transaction of its own, all under one
 * advisory lock; never down. What is embedded in the program is compared with toilmeter.schema_migration first, and
 * anything but "the database is a beginning of what I know" is refused with TOIL_FATAL. */
#ifndef TOILMETER_MIGRATE_H
#define TOILMETER_MIGRATE_H

#include "toilmeter/db.h"

enum toil_migration_state {
    TOIL_MIGRATION_APPLIED,
    TOIL_MIGRATION_PENDING, /* known to the program, not in the database */
    TOIL_MIGRATION_CHANGED, /* applied, but with another text than the program's */
    TOIL_MIGRATION_SKIPPED, /* not in the database, though a later one is */
    TOIL_MIGRATION_MISSING, /* in the database, but not in the program, which knows later ones */
    TOIL_MIGRATION_NEWER,   /* in the database, above all that the program knows */
};

struct toil_migration_row {
    int version;
    enum toil_migration_state state;
    char name[128];
    char applied_at[32]; /* RFC 3339, or empty */
};

struct toil_migration_list {
    struct toil_migration_row *row; /* owned; by version */
    size_t count;
};
#define TOIL_MIGRATION_LIST_INIT ((struct toil_migration_list){0})
void toil_migration_list_release(struct toil_migration_list *list);

/* "applied", "pending", "changed", "skipped", "missing", "newer". */
const char *toil_migration_state_name(enum toil_migration_state state);

/* Every migration of the program and of the database; an empty database has none applied. Reads only. A server below
 * PostgreSQL 15 is refused. */
enum toil_status toil_migrate_status(struct toil_db *db, struct toil_migration_list *out,
                                     struct toil_error *err) TOIL_MUST_CHECK;
/* TOIL_OK when the list holds applied ones and, after them, pending ones only. */
enum toil_status toil_migrate_check(const struct toil_migration_list *list, struct toil_error *err) TOIL_MUST_CHECK;

/* Called for each migration: before it with done false (in a dry run that is all), after its COMMIT with done true. */
typedef void (*toil_migrate_fn)(void *context, const struct toil_migration *migration, bool done);

/* Applies what is pending. dry_run: only tells what would be applied. report may be NULL. *applied (may be NULL): how
 * many were, or in a dry run would be. Two programs at once: the second waits, and finds nothing to do. */
enum toil_status toil_migrate_apply(struct toil_db *db, bool dry_run, toil_migrate_fn report, void *context,
                                    unsigned *applied, struct toil_error *err) TOIL_MUST_CHECK;

#endif
