/* The code behind store.h: one batch, one transaction, no round trip per row. */
#include "toilmeter/store.h"

#include <stdlib.h>
#include <string.h>

enum { MONTH_WORDS = TOIL_MONTHS / 64, SLOTS = TOIL_N_KINDS + 1 };

struct toil_store {
    struct toil_db *db;
    const char *cluster;
    bool staging_made;
    uint64_t known_months[TOIL_N_KINDS][MONTH_WORDS];
    struct toil_buf array[11]; /* parameters, kept between batches */
};

/* The statements of a table. States have no fast path, and only they have lock and remake. */
struct table {
    const struct toil_sql *copy;
    const struct toil_sql *stage;
    const struct toil_sql *lock;
    const struct toil_sql *merge;
    const struct toil_sql *remake;
};

static const struct table tables[TOIL_TABLE_COUNT] = {
#define FACT(name)                                                                                                     \
    {                                                                                                                  \
        &toil_sql_copy_##name, &toil_sql_stage_##name, NULL, &toil_sql_merge_##name, NULL                              \
    }
#define STATE(name)                                                                                                    \
    {                                                                                                                  \
        NULL, &toil_sql_stage_##name, &toil_sql_lock_##name, &toil_sql_merge_##name, &toil_sql_remake_##name           \
    }
    [TOIL_KIND_SERVICE_RESTART] = FACT(service_restart),
    [TOIL_KIND_QUEUE_REBALANCE] = FACT(queue_rebalance),
    [TOIL_KIND_SUPPORT_TICKET] = STATE(support_ticket),
    [TOIL_KIND_WORK_LOG] = STATE(work_log),
    [TOIL_KIND_MEASUREMENT] = FACT(measurement),
    [TOIL_KIND_DEPLOYMENT] = FACT(deployment),
    [TOIL_TABLE_ENDING] = FACT(event_ending),
    [TOIL_TABLE_QUARANTINE] = FACT(quarantine),
#undef FACT
#undef STATE
};

/* One call of toil_store_write. */
struct writing {
    struct toil_store *store;
    const struct toil_batch *batch;
    toil_fence_fn fence;
    void *fence_context;
    int commit_deadline_ms;
    struct toil_outcome *outcome;
    bool staged;  /* every table goes through staging */
    bool in_rows; /* the error came from writing rows, not from intake, fence or COMMIT */
    bool *unknown;
    struct toil_error *err;
};

void toil_outcomes_release(struct toil_outcomes *outcomes)
{
    free(outcomes->of);
    *outcomes = TOIL_OUTCOMES_INIT;
}

struct toil_store *toil_store_new(struct toil_db *db, const char *cluster)
{
    struct toil_store *store = toil_xcalloc(1, sizeof *store);
    store->db = db;
    store->cluster = cluster;
    return store;
}

void toil_store_free(struct toil_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < sizeof store->array / sizeof store->array[0]; i++)
        toil_buf_release(&store->array[i]);
    free(store);
}

static struct toil_buf *array(struct toil_store *store, unsigned index)
{
    toil_buf_clear(&store->array[index]);
    return &store->array[index];
}

/* ---- before the transaction ---- */

/* Makes the months that the batch needs and that are not known to exist. */
static enum toil_status ensure_months(struct toil_store *store, const struct toil_batch *batch, struct toil_error *err)
{
    struct toil_buf *kinds = array(store, 0), *months = array(store, 1);
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        for (int word = 0; word < MONTH_WORDS; word++) {
            uint64_t missing = batch->months[kind][word] & ~store->known_months[kind][word];
            for (; missing; missing &= missing - 1) {
                toil_array_add_text(kinds, toil_span_of(toil_kinds[kind].name));
                toil_array_add_int(months, TOIL_FIRST_MONTH + word * 64 + __builtin_ctzll(missing));
            }
        }
    }
    if (kinds->len == 0)
        return TOIL_OK;
    toil_array_end(kinds);
    toil_array_end(months);
    enum toil_status status =
        toil_db_query(store->db, &toil_sql_month_ensure, TOIL_PARAMS({kinds->data}, {months->data}), NULL, err);
    if (status != TOIL_OK) {
        toil_error_prefix(err, "making months");
        return status;
    }
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        for (int word = 0; word < MONTH_WORDS; word++)
            store->known_months[kind][word] |= batch->months[kind][word];
    }
    return TOIL_OK;
}

static bool needs_staging(const struct writing *writing)
{
    if (writing->staged)
        return true;
    for (unsigned table = 0; table < TOIL_TABLE_COUNT; table++) {
        if (!tables[table].copy && writing->batch->rows[table].count)
            return true;
    }
    return false;
}

static enum toil_status ensure_staging(const struct writing *writing)
{
    struct toil_store *store = writing->store;
    if (store->staging_made || !needs_staging(writing))
        return TOIL_OK;
    enum toil_status status = toil_db_script(store->db, toil_sql_stage_tables.text, writing->err);
    if (status == TOIL_OK)
        store->staging_made = true;
    else
        toil_error_prefix(writing->err, "making staging tables");
    return status;
}

/* ---- rows ---- */

static struct toil_span rows_of(const struct writing *writing, unsigned table)
{
    const struct toil_buf *copy = &writing->batch->rows[table].copy;
    return (struct toil_span){copy->data, copy->len};
}

/* COPY took every row: all events of the table are stored. */
static void count_copied(const struct writing *writing, unsigned table)
{
    for (uint32_t source = 0; source < writing->batch->source_count; source++) {
        const struct toil_intake *intake = writing->batch->source[source].intake;
        struct toil_outcome *outcome = &writing->outcome[source * SLOTS];
        if (table == TOIL_TABLE_QUARANTINE)
            outcome[TOIL_KIND_NONE].quarantined += intake[TOIL_KIND_NONE].quarantined;
        for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++) {
            if (table == TOIL_TABLE_ENDING)
                outcome[kind].stored += intake[kind].endings;
            else if (table == kind)
                outcome[kind].stored += intake[kind].events - intake[kind].endings;
        }
    }
}

/* What a merge returned: source, kind, stored, older. */
static enum toil_status count_merged(const struct writing *writing, const struct toil_result *result)
{
    for (size_t i = 0; i < toil_result_rows(result); i++) {
        int64_t source = toil_result_int64(result, i, 0);
        enum toil_kind kind = toil_kind_find(toil_span_of(toil_result_text(result, i, 1)));
        if (toil_result_null(result, i, 0) || source < 0 || source >= writing->batch->source_count ||
            kind == TOIL_KIND_NONE)
            return toil_error_set(writing->err, TOIL_FATAL, "a merge counted rows that were not in the batch");
        struct toil_outcome *outcome = &writing->outcome[(size_t)source * SLOTS + kind];
        outcome->stored += (uint64_t)toil_result_int64(result, i, 2);
        outcome->older += (uint64_t)toil_result_int64(result, i, 3);
    }
    return TOIL_OK;
}

/* What merge_quarantine returned: topic, partition, kept. */
static void count_kept(const struct writing *writing, const struct toil_result *result)
{
    for (size_t i = 0; i < toil_result_rows(result); i++) {
        for (uint32_t source = 0; source < writing->batch->source_count; source++) {
            const struct toil_source *of = &writing->batch->source[source];
            if (of->partition == toil_result_int64(result, i, 1) &&
                strcmp(of->topic, toil_result_text(result, i, 0)) == 0)
                writing->outcome[(size_t)source * SLOTS + TOIL_KIND_NONE].quarantined +=
                    (uint64_t)toil_result_int64(result, i, 2);
        }
    }
}

static enum toil_status merge_quarantine(const struct writing *writing, const struct toil_sql *merge)
{
    struct toil_result *result = NULL;
    enum toil_status status = toil_db_query(writing->store->db, merge, TOIL_NO_PARAMS, &result, writing->err);
    if (status == TOIL_OK)
        count_kept(writing, result);
    toil_result_free(result);
    return status;
}

static enum toil_status merge_table(const struct writing *writing, unsigned table)
{
    struct toil_db *db = writing->store->db;
    const struct table *sql = &tables[table];
    const struct toil_rows *rows = &writing->batch->rows[table];
    enum toil_status status = toil_db_copy_in(db, sql->stage, rows_of(writing, table), NULL, writing->err);
    if (status == TOIL_OK && sql->lock)
        status = toil_db_query(db, sql->lock, TOIL_NO_PARAMS, NULL, writing->err);
    if (status != TOIL_OK)
        return status;
    if (table == TOIL_TABLE_QUARANTINE)
        return merge_quarantine(writing, sql->merge);

    struct toil_buf *sources = array(writing->store, 0);
    for (uint32_t i = 0; i < rows->count; i++)
        toil_array_add_int(sources, rows->source[i]);
    toil_array_end(sources);
    struct toil_result *result = NULL;
    status = toil_db_query(db, sql->merge, TOIL_PARAMS({sources->data}), &result, writing->err);
    if (status == TOIL_OK)
        status = count_merged(writing, result);
    toil_result_free(result);
    if (status == TOIL_OK && sql->remake)
        status = toil_db_query(db, sql->remake, TOIL_NO_PARAMS, NULL, writing->err);
    return status;
}

/* Tables always in the same order: two writers cannot wait for each other over them. */
static enum toil_status write_rows(const struct writing *writing)
{
    for (unsigned table = 0; table < TOIL_TABLE_COUNT; table++) {
        if (writing->batch->rows[table].count == 0)
            continue;
        const struct toil_sql *copy = tables[table].copy;
        enum toil_status status;
        if (writing->staged || !copy) {
            status = merge_table(writing, table);
        } else {
            status = toil_db_copy_in(writing->store->db, copy, rows_of(writing, table), NULL, writing->err);
            if (status == TOIL_OK)
                count_copied(writing, table);
        }
        if (status != TOIL_OK) {
            toil_error_prefix(writing->err, "writing %s", copy ? copy->name + sizeof "copy" : toil_kinds[table].name);
            return status;
        }
    }
    return TOIL_OK;
}

/* ---- intake ---- */

static void reset_outcomes(const struct writing *writing)
{
    size_t slots = (size_t)writing->batch->source_count * SLOTS;
    for (size_t i = 0; i < slots; i++)
        writing->outcome[i] = (struct toil_outcome){0};
}

/* What was neither stored nor put into quarantine now was there already: a duplicate. */
static void complete_outcomes(const struct writing *writing)
{
    for (uint32_t source = 0; source < writing->batch->source_count; source++) {
        for (unsigned kind = 0; kind < SLOTS; kind++) {
            const struct toil_intake *intake = &writing->batch->source[source].intake[kind];
            struct toil_outcome *outcome = &writing->outcome[source * SLOTS + kind];
            outcome->received = intake->received;
            outcome->skipped = intake->skipped;
            outcome->released = intake->released;
            outcome->unknown_fields = intake->unknown_fields;
            outcome->duplicates = intake->events - outcome->stored + (intake->quarantined - outcome->quarantined);
        }
    }
}

static enum toil_status write_intake(const struct writing *writing)
{
    struct toil_store *store = writing->store;
    enum { TOPIC, PARTITION, KIND, RECEIVED, STORED, DUPLICATES, OLDER, QUARANTINED, SKIPPED, UNKNOWN, COLUMNS };
    struct toil_buf *column[COLUMNS], *text = array(store, COLUMNS);
    for (unsigned i = 0; i < COLUMNS; i++)
        column[i] = array(store, i);
    for (uint32_t source = 0; source < writing->batch->source_count; source++) {
        const struct toil_source *from = &writing->batch->source[source];
        for (unsigned kind = 0; kind < SLOTS; kind++) {
            const struct toil_outcome *outcome = &writing->outcome[source * SLOTS + kind];
            if (outcome->received == 0 && outcome->released == 0)
                continue;
            toil_buf_clear(text);
            toil_buf_add_utf8(text, toil_span_of(from->topic));
            toil_array_add_text(column[TOPIC], (struct toil_span){text->data, text->len});
            toil_array_add_int(column[PARTITION], from->partition);
            toil_array_add_text(column[KIND], toil_span_of(kind < TOIL_N_KINDS ? toil_kinds[kind].name : ""));
            toil_array_add_int(column[RECEIVED], (int64_t)(outcome->received - outcome->released));
            toil_array_add_int(column[STORED], (int64_t)outcome->stored);
            toil_array_add_int(column[DUPLICATES], (int64_t)outcome->duplicates);
            toil_array_add_int(column[OLDER], (int64_t)outcome->older);
            toil_array_add_int(column[QUARANTINED], (int64_t)(outcome->quarantined - outcome->released));
            toil_array_add_int(column[SKIPPED], (int64_t)outcome->skipped);
            toil_array_add_int(column[UNKNOWN], (int64_t)outcome->unknown_fields);
        }
    }
    if (column[TOPIC]->len == 0)
        return TOIL_OK;
    toil_buf_clear(text);
    toil_buf_add_utf8(text, toil_span_of(store->cluster));
    struct toil_param params[COLUMNS + 1] = {{text->data}};
    for (unsigned i = 0; i < COLUMNS; i++) {
        toil_array_end(column[i]);
        params[i + 1].text = column[i]->data;
    }
    return toil_db_query(store->db, &toil_sql_intake_add, params, COLUMNS + 1, NULL, writing->err);
}

/* ---- the transaction ---- */

static enum toil_status attempt(struct writing *writing)
{
    struct toil_db *db = writing->store->db;
    writing->in_rows = false;
    reset_outcomes(writing);
    enum toil_status status = ensure_staging(writing);
    if (status == TOIL_OK)
        status = toil_db_begin(db, writing->err);
    if (status == TOIL_OK) {
        writing->in_rows = true;
        status = write_rows(writing);
    }
    if (status == TOIL_OK) {
        writing->in_rows = false;
        complete_outcomes(writing);
        status = write_intake(writing);
    }
    if (status == TOIL_OK && writing->fence)
        status = writing->fence(writing->fence_context, db, writing->err);
    if (status == TOIL_OK)
        status = toil_db_commit(db, writing->commit_deadline_ms, writing->unknown, writing->err);
    if (status != TOIL_OK)
        toil_db_rollback(db);
    return status;
}

/* A key stood there already: plainly, or as a distributed database says it, where every error of a shard in COPY has
 * this code. Staging decides. */
static bool asks_for_staging(const struct writing *writing)
{
    const char *code = writing->err->sqlstate;
    return writing->in_rows && !writing->staged && (strcmp(code, "23505") == 0 || strcmp(code, "XX000") == 0);
}

/* A row outside of every partition: somebody dropped a month that was known. */
static bool asks_for_months(const struct writing *writing)
{
    return writing->in_rows && strcmp(writing->err->sqlstate, "23514") == 0;
}

static enum toil_status write_batch(struct writing *writing)
{
    struct toil_store *store = writing->store;
    bool months_again = false;
    enum toil_status status = ensure_months(store, writing->batch, writing->err);
    while (status == TOIL_OK) {
        status = attempt(writing);
        if (status == TOIL_OK || *writing->unknown || !toil_db_usable(store->db))
            return status;
        if (asks_for_staging(writing)) {
            writing->staged = true;
            status = TOIL_OK;
        } else if (asks_for_months(writing) && !months_again) {
            months_again = true;
            memset(store->known_months, 0, sizeof store->known_months);
            status = ensure_months(store, writing->batch, writing->err);
        }
    }
    return status;
}

enum toil_status toil_store_write(struct toil_store *store, const struct toil_batch *batch, toil_fence_fn fence,
                                  void *fence_context, int commit_deadline_ms, struct toil_outcomes *outcomes,
                                  bool *unknown, struct toil_error *err)
{
    struct toil_error own = {0};
    size_t slots = (size_t)batch->source_count * SLOTS;
    if (slots > outcomes->cap) {
        outcomes->of = toil_xreallocarray(outcomes->of, slots, sizeof *outcomes->of);
        outcomes->cap = slots;
    }
    *unknown = false;
    struct writing writing = {.store = store,
                              .batch = batch,
                              .fence = fence,
                              .fence_context = fence_context,
                              .commit_deadline_ms = commit_deadline_ms,
                              .outcome = outcomes->of,
                              .unknown = unknown,
                              .err = err ? err : &own};
    toil_error_clear(writing.err);
    if (!batch->sealed)
        return toil_error_set(err, TOIL_FATAL, "a batch must be sealed before it is written");
    return write_batch(&writing);
}
