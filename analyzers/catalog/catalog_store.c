/* The code behind catalog_store.h, but for the comparison in words. */
#include "catalog_store.h"

#include <inttypes.h>
#include <stdio.h>

#include "toilmeter/digest.h"

#define COMMIT_DEADLINE_MS 30000

enum toil_status toil_catalog_fetch(struct toil_db *db, struct toil_catalog **out, int64_t *id, struct toil_buf *json,
                                    struct toil_error *err)
{
    struct toil_result *rows;
    *out = NULL;
    enum toil_status status = toil_db_query(db, &toil_sql_catalog_latest, TOIL_NO_PARAMS, &rows, err);
    if (status != TOIL_OK)
        return status;
    bool found = toil_result_rows(rows) > 0;
    if (id)
        *id = found ? toil_result_int64(rows, 0, 0) : 0;
    if (found)
        status =
            toil_catalog_load_text("catalog of the database", toil_span_of(toil_result_text(rows, 0, 1)), out, err);
    else
        *out = toil_catalog_empty();
    toil_result_free(rows);
    if (status != TOIL_OK) {
        err->status = TOIL_FATAL; /* not what the user gave: the database holds what this program cannot read */
        return TOIL_FATAL;
    }
    if (json)
        toil_catalog_to_json(*out, json);
    return TOIL_OK;
}

static enum toil_status write_catalog(struct toil_db *db, const struct toil_buf *json, struct toil_error *err)
{
    char checksum[2 * TOIL_SHA256_BYTES + 1];
    toil_sha256_hex((struct toil_span){json->data, json->len}, checksum);
    enum toil_status status =
        toil_db_query(db, &toil_sql_catalog_insert, TOIL_PARAMS({checksum}, {json->data}), NULL, err);
    if (status == TOIL_OK)
        status = toil_db_query(db, &toil_sql_catalog_clear, TOIL_NO_PARAMS, NULL, err);
    if (status == TOIL_OK)
        status = toil_db_query(db, &toil_sql_catalog_spread, TOIL_PARAMS({json->data}), NULL, err);
    return status;
}

/* Inside the transaction, under the lock. */
static enum toil_status apply(struct toil_db *db, const struct toil_buf *json, bool *applied, struct toil_error *err)
{
    struct toil_catalog *in_force = NULL;
    struct toil_buf before = TOIL_BUF_INIT;
    int64_t id = 0;
    enum toil_status status = toil_db_query(db, &toil_sql_catalog_lock, TOIL_NO_PARAMS, NULL, err);
    if (status == TOIL_OK)
        status = toil_catalog_fetch(db, &in_force, &id, &before, err);
    if (status == TOIL_OK) {
        *applied = id == 0 || !toil_span_equal((struct toil_span){before.data, before.len},
                                               (struct toil_span){json->data, json->len});
        if (*applied)
            status = write_catalog(db, json, err);
    }
    toil_catalog_free(in_force);
    toil_buf_release(&before);
    return status;
}

enum toil_status toil_catalog_apply(struct toil_db *db, const struct toil_catalog *catalog, bool *applied,
                                    struct toil_error *err)
{
    struct toil_buf json = TOIL_BUF_INIT;
    bool unknown;
    *applied = false;
    toil_catalog_to_json(catalog, &json);
    enum toil_status status = toil_db_begin(db, err);
    if (status == TOIL_OK) {
        status = apply(db, &json, applied, err);
        if (status == TOIL_OK)
            status = toil_db_commit(db, COMMIT_DEADLINE_MS, &unknown, err);
        else
            toil_db_rollback(db);
    }
    toil_buf_release(&json);
    if (status != TOIL_OK)
        *applied = false;
    return status;
}
