/* Claim, compare, fence: the code behind session.h. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/store.h"

/* A claim waits for an open transaction of whoever held the partitions, and may do so more than once. */
#define CLAIM_DEADLINE_MS 90000

void session_init(struct session *session, const struct sink_options *options, const atomic_bool *cancel)
{
    struct sink_options *copy = toil_xmalloc(sizeof *copy);
    *copy = *options;
    *session = (struct session){.options = copy, .cancel = cancel};
}

static void disconnect(struct session *session)
{
    toil_store_free(session->store);
    toil_db_close(session->db);
    session->store = NULL;
    session->db = NULL;
    session->key_checked = false;
    counters_set(session->options->counters, COUNTER_DATABASE_UP, 0);
}

void session_release(struct session *session)
{
    disconnect(session);
    for (size_t i = 0; i < sizeof session->array / sizeof session->array[0]; i++)
        toil_buf_release(&session->array[i]);
    free(session->lease);
    free((void *)session->options);
    *session = (struct session){0};
}

void session_set_fingerprint(struct session *session, const char *fingerprint)
{
    size_t len = strnlen(fingerprint, sizeof session->fingerprint - 1);
    memcpy(session->fingerprint, fingerprint, len);
    session->fingerprint[len] = '\0';
    session->key_checked = false;
}

void session_hold(struct session *session, const struct positions *positions)
{
    if (positions->count > session->lease_cap) {
        session->lease_cap = positions->count;
        session->lease = toil_xreallocarray(session->lease, session->lease_cap, sizeof *session->lease);
    }
    session->lease_count = positions->count;
    for (size_t i = 0; i < positions->count; i++) {
        session->lease[i] = (struct sink_lease){
            .topic = positions->at[i].topic,
            .partition = positions->at[i].partition,
            .next = POSITION_NONE,
        };
    }
}

static struct sink_lease *find_lease(struct sink_lease *lease, size_t count, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < count; i++) {
        if (lease[i].partition == partition && strcmp(lease[i].topic, topic) == 0)
            return &lease[i];
    }
    return NULL;
}

void session_forget(struct session *session, const char *topic, int32_t partition)
{
    struct sink_lease *lease = find_lease(session->lease, session->lease_count, topic, partition);
    if (!lease)
        return;
    session->lease_count--;
    memmove(lease, lease + 1, (size_t)(session->lease + session->lease_count - lease) * sizeof *lease);
}

bool session_is_open(struct session *session)
{
    return session->db && toil_db_usable(session->db);
}

static enum toil_status check(struct session *session, struct toil_error *err)
{
    if (session->key_checked || session->fingerprint[0] == '\0')
        return TOIL_OK;
    enum toil_status status = toil_store_check_key(session->db, session->fingerprint, err);
    session->key_checked = status == TOIL_OK;
    return status;
}

enum toil_status session_open(struct session *session, struct toil_error *err)
{
    if (session_is_open(session))
        return check(session, err);
    disconnect(session);
    char *name = toil_xasprintf("toilmeterd %s", session->options->cluster);
    const struct toil_db_options options = {
        .conninfo = session->options->conninfo,
        .application_name = name,
        .cancel = session->cancel,
    };
    enum toil_status status = toil_db_open(&options, &session->db, err);
    free(name);
    if (status != TOIL_OK)
        return status;
    counters_add(session->options->counters, COUNTER_DATABASE_CONNECTS, 1);
    status = toil_db_script(session->db, toil_sql_writer_session.text, err);
    if (status == TOIL_OK)
        status = toil_store_check_schema(session->db, err);
    if (status == TOIL_OK)
        status = check(session, err);
    if (status != TOIL_OK) {
        disconnect(session);
        return status;
    }
    session->store = toil_store_new(session->db, session->options->cluster);
    counters_set(session->options->counters, COUNTER_DATABASE_UP, 1);
    return TOIL_OK;
}

enum toil_status session_has_key(struct session *session, bool *out, struct toil_error *err)
{
    return toil_store_has_key(session->db, out, err);
}

enum toil_status session_end_frozen(struct session *session, uint64_t *ended, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    *ended = 0;
    enum toil_status status = toil_db_query(session->db, &toil_sql_frozen_end, TOIL_NO_PARAMS, &rows, err);
    if (status == TOIL_OK)
        *ended = (uint64_t)toil_result_int64(rows, 0, 0);
    toil_result_free(rows);
    return status;
}

static void add_offset(struct toil_buf *array, int64_t offset)
{
    if (offset == POSITION_NONE)
        toil_array_add_null(array);
    else
        toil_array_add_int(array, offset);
}

static void arrays_begin(struct session *session)
{
    for (size_t i = 0; i < sizeof session->array / sizeof session->array[0]; i++)
        toil_buf_clear(&session->array[i]);
}

static void arrays_end(struct session *session, size_t count)
{
    for (size_t i = 0; i < count; i++)
        toil_array_end(&session->array[i]);
}

static enum toil_status take_claims(struct session *session, const struct toil_result *rows, struct toil_error *err)
{
    size_t taken = 0;
    for (size_t row = 0; row < toil_result_rows(rows); row++) {
        struct sink_lease *lease = find_lease(session->lease, session->lease_count, toil_result_text(rows, row, 0),
                                              (int32_t)toil_result_int64(rows, row, 1));
        if (!lease)
            continue;
        lease->next = toil_result_null(rows, row, 2) ? POSITION_NONE : toil_result_int64(rows, row, 2);
        lease->epoch = toil_result_int64(rows, row, 3);
        taken++;
    }
    if (taken == session->lease_count)
        return TOIL_OK;
    return toil_error_set(err, TOIL_RETRY, "claimed %zu partitions of %zu", taken, session->lease_count);
}

static enum toil_status run_claim(struct session *session, struct toil_result **rows, struct toil_error *err)
{
    struct toil_buf *array = session->array;
    arrays_begin(session);
    for (size_t i = 0; i < session->lease_count; i++) {
        toil_array_add_text(&array[0], toil_span_of(session->lease[i].topic));
        toil_array_add_int(&array[1], session->lease[i].partition);
    }
    arrays_end(session, 2);
    enum toil_status status =
        toil_db_query(session->db, &toil_sql_offset_insert,
                      TOIL_PARAMS({session->options->cluster}, {array[0].data}, {array[1].data}), NULL, err);
    if (status == TOIL_OK)
        status = toil_db_query(session->db, &toil_sql_offset_claim,
                               TOIL_PARAMS({session->options->cluster}, {array[0].data}, {array[1].data}), rows, err);
    return status;
}

enum toil_status session_claim(struct session *session, struct toil_error *err)
{
    if (session->lease_count == 0)
        return TOIL_OK;
    struct toil_result *rows = NULL;
    bool unknown = false;
    toil_db_deadline(session->db, CLAIM_DEADLINE_MS);
    enum toil_status status = toil_db_begin(session->db, err);
    if (status == TOIL_OK)
        status = run_claim(session, &rows, err);
    if (status == TOIL_OK)
        status = take_claims(session, rows, err);
    if (status == TOIL_OK) {
        status = toil_db_commit(session->db, session->options->commit_deadline_ms, &unknown, err);
        /* Whether it happened does not matter: the next claim raises the epochs again. */
        if (status != TOIL_OK)
            status = TOIL_RETRY;
    } else {
        toil_db_rollback(session->db);
    }
    toil_db_deadline(session->db, 0);
    toil_result_free(rows);
    if (status != TOIL_OK)
        toil_error_prefix(err, "claiming partitions");
    if (status != TOIL_OK && !session_is_open(session))
        disconnect(session);
    return status;
}

enum session_standing session_compare(const struct parcel *parcel, const struct sink_lease *before,
                                      const struct sink_lease *after, size_t lease_count)
{
    bool at_begin = true, at_end = true;
    size_t move = 0;
    for (size_t i = 0; i < lease_count; i++) {
        const struct parcel_move *mine = move < parcel->move_count ? &parcel->move[move] : NULL;
        if (mine && mine->partition == after[i].partition && strcmp(mine->topic, after[i].topic) == 0) {
            at_begin = at_begin && after[i].next == mine->from;
            at_end = at_end && after[i].next == mine->to;
            move++;
        } else if (after[i].next != before[i].next) {
            return SESSION_ELSEWHERE;
        }
    }
    if (move < parcel->move_count)
        return SESSION_ELSEWHERE;
    return at_begin ? SESSION_BEFORE : at_end ? SESSION_AFTER : SESSION_ELSEWHERE;
}

enum toil_status session_claim_and_compare(struct session *session, const struct parcel *parcel,
                                           enum session_standing *out, struct toil_error *err)
{
    size_t bytes = session->lease_count * sizeof *session->lease;
    struct sink_lease *before = toil_xmalloc(bytes + 1);
    if (bytes > 0)
        memcpy(before, session->lease, bytes);
    enum toil_status status = session_claim(session, err);
    if (status == TOIL_OK)
        *out = session_compare(parcel, before, session->lease, session->lease_count);
    else if (bytes > 0)
        memcpy(session->lease, before, bytes); /* a claim that failed may have filled some; compare with what was */
    free(before);
    return status;
}

struct fence {
    struct session *session;
    struct parcel *parcel;
    bool fenced;
};

static enum toil_status write_gaps(struct session *session, struct toil_db *db, const struct parcel *parcel,
                                   struct toil_error *err)
{
    struct toil_buf *array = session->array;
    arrays_begin(session);
    for (size_t i = 0; i < parcel->gap_count; i++) {
        const struct parcel_gap *gap = &parcel->gap[i];
        toil_array_add_text(&array[0], toil_span_of(gap->topic));
        toil_array_add_int(&array[1], gap->partition);
        toil_array_add_int(&array[2], gap->from);
        toil_array_add_int(&array[3], gap->to);
        toil_array_add_text(&array[4], toil_span_of(gap->reason));
    }
    arrays_end(session, 5);
    return toil_db_query(db, &toil_sql_gap_insert,
                         TOIL_PARAMS({session->options->cluster}, {array[0].data}, {array[1].data}, {array[2].data},
                                     {array[3].data}, {array[4].data}),
                         NULL, err);
}

static enum toil_status fill_moves(struct session *session, const struct parcel *parcel, struct toil_error *err)
{
    struct toil_buf *array = session->array;
    arrays_begin(session);
    for (size_t i = 0; i < parcel->move_count; i++) {
        const struct parcel_move *move = &parcel->move[i];
        const struct sink_lease *lease = find_lease(session->lease, session->lease_count, move->topic, move->partition);
        if (!lease)
            return toil_error_set(err, TOIL_RETRY, "partition %s/%d is no longer held", move->topic,
                                  (int)move->partition);
        toil_array_add_text(&array[0], toil_span_of(move->topic));
        toil_array_add_int(&array[1], move->partition);
        toil_array_add_int(&array[2], lease->epoch);
        add_offset(&array[3], move->from);
        add_offset(&array[4], move->to);
        add_offset(&array[5], move->read_to_us == POSITION_NO_TIME ? POSITION_NONE : move->read_to_us);
        add_offset(&array[6], move->end);
        toil_array_add_int(&array[7], (int64_t)move->skipped);
    }
    arrays_end(session, 8);
    return TOIL_OK;
}

static enum toil_status fence(void *context, struct toil_db *db, struct toil_error *err)
{
    struct fence *fence = context;
    struct session *session = fence->session;
    if (fence->parcel->gap_count > 0) {
        enum toil_status status = write_gaps(session, db, fence->parcel, err);
        if (status != TOIL_OK)
            return status;
    }
    if (fill_moves(session, fence->parcel, err) != TOIL_OK) {
        fence->fenced = true;
        return TOIL_RETRY;
    }
    struct toil_buf *array = session->array;
    struct toil_result *rows = NULL;
    enum toil_status status =
        toil_db_query(db, &toil_sql_offset_fence,
                      TOIL_PARAMS({session->options->cluster}, {array[0].data}, {array[1].data}, {array[2].data},
                                  {array[3].data}, {array[4].data}, {array[5].data}, {array[6].data}, {array[7].data}),
                      &rows, err);
    if (status == TOIL_OK && toil_result_rows(rows) != fence->parcel->move_count) {
        fence->fenced = true;
        status = toil_error_set(err, TOIL_RETRY, "another instance has taken %zu of %zu partitions",
                                fence->parcel->move_count - toil_result_rows(rows), fence->parcel->move_count);
    }
    toil_result_free(rows);
    return status;
}

enum toil_status session_write(struct session *session, struct parcel *parcel, bool *fenced, bool *unknown,
                               struct toil_error *err)
{
    struct fence context = {.session = session, .parcel = parcel};
    enum toil_status status = toil_store_write(session->store, &parcel->batch, fence, &context,
                                               session->options->commit_deadline_ms, &parcel->outcomes, unknown, err);
    *fenced = context.fenced;
    if (status == TOIL_OK) {
        for (size_t i = 0; i < parcel->move_count; i++) {
            struct sink_lease *lease =
                find_lease(session->lease, session->lease_count, parcel->move[i].topic, parcel->move[i].partition);
            if (lease)
                lease->next = parcel->move[i].to;
        }
    }
    /* A refusal can only be trusted while the connection stands: the store may not have come to its second way. */
    if (status == TOIL_BAD_INPUT && !session_is_open(session))
        status = TOIL_RETRY;
    if (*unknown || !session_is_open(session))
        disconnect(session);
    return status;
}
