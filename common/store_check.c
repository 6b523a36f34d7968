/* What a program that stores checks before it begins: the schema, and the key of the pseudonyms. */
#include <string.h>

#include "toilmeter/migrate.h"
#include "toilmeter/store.h"

enum toil_status toil_store_check_schema(struct toil_db *db, struct toil_error *err)
{
    struct toil_migration_list list;
    enum toil_status status = toil_migrate_status(db, &list, err);
    if (status == TOIL_OK)
        status = toil_migrate_check(&list, err);
    if (status == TOIL_OK && list.count && list.row[list.count - 1].state != TOIL_MIGRATION_APPLIED) {
        bool empty = list.row[0].state != TOIL_MIGRATION_APPLIED;
        status = toil_error_set(
            err, TOIL_FATAL, empty ? "the database has no toilmeter schema" : "the schema is older than this program");
        toil_error_hint(err, "run `toilmeter migrate` as a member of toilmeter_owner");
    }
    toil_migration_list_release(&list);
    return status;
}

/* *out: owned; NULL rows when there is no fingerprint. */
static enum toil_status read_key(struct toil_db *db, struct toil_result **out, struct toil_error *err)
{
    return toil_db_query(db, &toil_sql_people_key_get, TOIL_NO_PARAMS, out, err);
}

enum toil_status toil_store_has_key(struct toil_db *db, bool *out, struct toil_error *err)
{
    struct toil_result *result = NULL;
    enum toil_status status = read_key(db, &result, err);
    *out = status == TOIL_OK && toil_result_rows(result) > 0;
    toil_result_free(result);
    return status;
}

enum toil_status toil_store_check_key(struct toil_db *db, const char *fingerprint, struct toil_error *err)
{
    bool found;
    enum toil_status status = toil_store_has_key(db, &found, err);
    if (status == TOIL_OK && !found)
        status = toil_db_query(db, &toil_sql_people_key_add, TOIL_PARAMS({fingerprint}), NULL, err);
    struct toil_result *result = NULL;
    if (status == TOIL_OK)
        status = read_key(db, &result, err); /* another program may have been first */
    if (status == TOIL_OK &&
        (toil_result_rows(result) != 1 || strcmp(toil_result_text(result, 0, 0), fingerprint) != 0)) {
        status = toil_error_set(err, TOIL_FATAL, "the key of the pseudonyms is not the one that this database knows");
        toil_error_hint(err, "use the key file that was used before: with another key each person would become two");
    }
    toil_result_free(result);
    return status;
}
