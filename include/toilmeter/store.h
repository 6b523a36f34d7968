/* Columns to tables: writes a batch in one transaction. Used by the daemon (with a fence) and by `toilmeter import`.
 *
 * Facts and endings go by binary COPY straight into their tables; when that is refused (23505, or XX000 on Citus) the
 * transaction is rolled back and the batch goes once through temporary staging tables with ON CONFLICT, where the
 * SQLSTATE decides. States always go through staging: their current rows are made again from all versions of the ids
 * that the batch touched. Missing months are made first, in a transaction of their own. Quarantine and intake counts
 * are part of the same transaction. */
#ifndef TOILMETER_STORE_H
#define TOILMETER_STORE_H

#include "toilmeter/batch.h"
#include "toilmeter/db.h"

/* What became of the rows of one source, by kind. received = stored + duplicates + quarantined + skipped, where an
 * event that only filled absent fields of a stored one is a duplicate, as is an unusable message that the quarantine
 * holds already (kind TOIL_KIND_NONE: an import was repeated); older is part of stored. */
struct toil_outcome {
    uint64_t received, stored, duplicates, older, quarantined, skipped, unknown_fields;
    uint64_t released; /* messages that no longer count as received and quarantined before */
};

struct toil_outcomes {
    struct toil_outcome *of; /* [source_count * (TOIL_N_KINDS + 1)], by source then kind; owned */
    size_t cap;
};
#define TOIL_OUTCOMES_INIT ((struct toil_outcomes){0})
void toil_outcomes_release(struct toil_outcomes *outcomes);

/* Called inside the transaction after the rows, before COMMIT: the daemon's compare-and-set. Any status but TOIL_OK
 * rolls back and is returned by toil_store_write. */
typedef enum toil_status (*toil_fence_fn)(void *context, struct toil_db *db, struct toil_error *err);

struct toil_store; /* opaque: knows the months made and the staging tables of one connection */

/* db: borrowed; after toil_db_close make a new store. cluster: borrowed, the key of intake and quarantine rows. */
struct toil_store *toil_store_new(struct toil_db *db, const char *cluster);
void toil_store_free(struct toil_store *store);

/* Writes a sealed batch. `outcomes` is sized and filled for batch->source[]. *unknown is set when COMMIT was sent and
 * its outcome is not known. commit_deadline_ms bounds COMMIT. TOIL_BAD_INPUT: some row was refused for its contents
 * (class 22, 23, 54): the caller narrows it down to one message and quarantines that. */
enum toil_status toil_store_write(struct toil_store *store, const struct toil_batch *batch, toil_fence_fn fence,
                                  void *fence_context, int commit_deadline_ms, struct toil_outcomes *outcomes,
                                  bool *unknown, struct toil_error *err) TOIL_MUST_CHECK;

/* Checks that the database's schema is the one that this program was built for: TOIL_FATAL with a hint otherwise. */
enum toil_status toil_store_check_schema(struct toil_db *db, struct toil_error *err) TOIL_MUST_CHECK;
/* Compares the key's fingerprint with the one in the database, storing it when there is none yet. TOIL_FATAL when they
 * differ. */
enum toil_status toil_store_check_key(struct toil_db *db, const char *fingerprint,
                                      struct toil_error *err) TOIL_MUST_CHECK;
/* Is a fingerprint in the database? A key file may be created only when not. */
enum toil_status toil_store_has_key(struct toil_db *db, bool *out, struct toil_error *err) TOIL_MUST_CHECK;

#endif
