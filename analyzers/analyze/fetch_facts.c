/* Facts by the million: slices of time, read by two connections that share a snapshot, handed on in order.
 *
 * A server process gives rows by COPY on one core and is busier than who takes them; with a second one, reading
 * takes little more than half the time. Each lane (a thread with a connection) reads every other slice into batches;
 * the caller's thread takes the batches of one slice after the other, so it sees one stream in order. Slices are small
 * enough for a lane to read one ahead, and a lane that is far ahead waits, so memory does not grow with the table. A
 * small table, or a server that has no connection to spare, is read by one lane without threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_seen.h"
#include "fetch_fields.h"
#include "toilmeter/timestamp.h"

enum {
    LANES = 2,
    SLICE_ROWS = 96 * 1024,         /* about: as far as rows are spread evenly */
    BATCH_ROWS = 512,               /* rows and bytes of one stay in the caches of a core */
    BATCH_BYTES = 64 * 1024,        /* a longer row has a batch of its own */
    LANE_BATCHES = 384,             /* a lane waits when so many are not taken yet */
    PARALLEL_ROWS = 2 * SLICE_ROWS, /* fewer are not worth a connection */
    AHEAD = 8,                      /* rows whose place among the ids is fetched into the cache before its turn */
};

/* The columns of the queries of facts, the same of each kind. */
enum {
    FACT_AT,
    FACT_ID,
    FACT_COMPONENT,
    FACT_SCOPE,
    FACT_ENDED_AT,
    FACT_ACTOR,
    FACT_AUTOMATIC,
    FACT_MANUAL_MINUTES,
    FACT_VERSION_LABEL,
    FACT_METRIC,
    FACT_VALUE,
    FACT_UNIT,
    FACT_COLUMNS,
};

struct batch {
    struct batch *next;
    struct toil_fact_row row[BATCH_ROWS]; /* its spans lie in bytes */
    uint64_t hash[BATCH_ROWS];            /* of ids */
    size_t count, len, cap;
    bool last; /* of its slice */
    char bytes[];
};

struct reading;

/* One connection. What follows `mutex` in struct reading guards the lists. */
struct lane {
    struct reading *reading;
    struct toil_db *db; /* borrowed by the first lane, owned by others */
    size_t number;
    struct batch *filling;
    struct batch *first, **end; /* filled, not taken yet */
    size_t waiting;             /* how many these are */
    struct batch *spare;        /* taken, to be filled again */
    bool over;                  /* nothing more will come */
    enum toil_status status;
    struct toil_error err;
};

struct reading {
    enum toil_kind kind;
    const struct toil_sql *sql;
    int64_t first_us, last_us;
    size_t slices, lanes;
    struct lane lane[LANES];
    struct toil_seen seen;
    toil_fact_fn row;
    void *context;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stop;
};

static struct batch *batch_new(size_t cap)
{
    struct batch *batch = toil_xmalloc(sizeof *batch + cap);
    batch->cap = cap;
    return batch;
}

static void free_batches(struct batch *batch)
{
    while (batch) {
        struct batch *next = batch->next;
        free(batch);
        batch = next;
    }
}

/* ---- who takes ---- */

/* Hands a batch on, each id once. Places among millions of ids are never in the cache, so they are asked for a few rows
 * ahead. */
static void deliver(struct reading *reading, struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (i + AHEAD < batch->count)
            toil_seen_prefetch(&reading->seen, batch->hash[i + AHEAD]);
        batch->row[i].repeated = toil_seen_add(&reading->seen, batch->hash[i]);
        reading->row(reading->context, &batch->row[i]);
    }
}

/* The next batch of a lane, in its order; NULL when the lane is over. */
static struct batch *take(struct lane *lane, struct batch *taken)
{
    struct reading *reading = lane->reading;
    pthread_mutex_lock(&reading->mutex);
    if (taken && taken->cap == BATCH_BYTES) {
        taken->next = lane->spare;
        lane->spare = taken;
        taken = NULL;
    }
    while (!lane->first && !lane->over)
        pthread_cond_wait(&reading->changed, &reading->mutex);
    struct batch *batch = lane->first;
    if (batch) {
        lane->first = batch->next;
        if (!lane->first)
            lane->end = &lane->first;
        if (lane->waiting-- == LANE_BATCHES)
            pthread_cond_broadcast(&reading->changed);
    }
    pthread_mutex_unlock(&reading->mutex);
    free(taken);
    return batch;
}

static enum toil_status take_all(struct reading *reading, struct toil_error *err)
{
    for (size_t slice = 0; slice < reading->slices; slice++) {
        struct lane *lane = &reading->lane[slice % LANES];
        struct batch *batch = NULL;
        for (bool last = false; !last;) {
            batch = take(lane, batch);
            if (!batch) {
                if (err)
                    *err = lane->err;
                return lane->status;
            }
            deliver(reading, batch);
            last = batch->last;
        }
        free(batch);
    }
    return TOIL_OK;
}

/* ---- who reads ---- */

/* Gives the batch that was filled to who takes it. */
static enum toil_status pass_on(struct lane *lane, bool last)
{
    struct reading *reading = lane->reading;
    struct batch *batch = lane->filling;
    batch->last = last;
    batch->next = NULL;
    if (reading->lanes == 1) {
        deliver(reading, batch);
        batch->count = batch->len = 0;
        return TOIL_OK;
    }
    pthread_mutex_lock(&reading->mutex);
    while (lane->waiting == LANE_BATCHES && !reading->stop)
        pthread_cond_wait(&reading->changed, &reading->mutex);
    bool stop = reading->stop;
    if (!stop) {
        *lane->end = batch;
        lane->end = &batch->next;
        if (lane->waiting++ == 0)
            pthread_cond_broadcast(&reading->changed);
        lane->filling = lane->spare;
        lane->spare = lane->spare ? lane->spare->next : NULL;
    }
    pthread_mutex_unlock(&reading->mutex);
    if (stop)
        return toil_error_set(&lane->err, TOIL_RETRY, "database: reading was broken off");
    if (!lane->filling)
        lane->filling = batch_new(BATCH_BYTES);
    lane->filling->count = lane->filling->len = 0;
    return TOIL_OK;
}

static enum toil_status make_room(struct lane *lane, size_t len)
{
    struct batch *batch = lane->filling;
    if (batch->count < BATCH_ROWS && batch->cap - batch->len >= len)
        return TOIL_OK;
    enum toil_status status = batch->count > 0 ? pass_on(lane, false) : TOIL_OK;
    if (status == TOIL_OK && lane->filling->cap < len) {
        free(lane->filling);
        lane->filling = batch_new(len);
        lane->filling->count = lane->filling->len = 0;
    }
    return status;
}

static enum toil_status on_row(void *context, struct toil_span copied, struct toil_error *err)
{
    struct lane *lane = context;
    struct toil_span field[FACT_COLUMNS];
    enum toil_status status = make_room(lane, copied.len);
    if (status != TOIL_OK)
        return status;
    struct batch *batch = lane->filling;
    char *bytes = batch->bytes + batch->len;
    memcpy(bytes, copied.ptr, copied.len);
    if (!toil_copy_fields((struct toil_span){bytes, copied.len}, field, FACT_COLUMNS) || !field[FACT_ID].ptr)
        return toil_error_set(err, TOIL_FATAL, "database: a row of %s is not as expected", lane->reading->sql->name);
    batch->hash[batch->count] = toil_text_hash(field[FACT_ID]);
    batch->row[batch->count] = (struct toil_fact_row){.kind = lane->reading->kind,
                                                      .id = field[FACT_ID],
                                                      .at_us = toil_fetched_time(field[FACT_AT]),
                                                      .ended_at_us = toil_fetched_time(field[FACT_ENDED_AT]),
                                                      .component = field[FACT_COMPONENT],
                                                      .scope = field[FACT_SCOPE],
                                                      .actor = field[FACT_ACTOR],
                                                      .automatic = toil_fetched_flag(field[FACT_AUTOMATIC]),
                                                      .manual_minutes = toil_fetched_number(field[FACT_MANUAL_MINUTES]),
                                                      .version_label = field[FACT_VERSION_LABEL],
                                                      .metric = field[FACT_METRIC],
                                                      .unit = field[FACT_UNIT],
                                                      .value = toil_fetched_number(field[FACT_VALUE])};
    batch->count++;
    batch->len += copied.len;
    return TOIL_OK;
}

/* Where a slice begins; the first one and what follows the last are open. */
static const char *bound(const struct reading *reading, size_t slice, char out[32])
{
    if (slice == 0)
        return "-infinity";
    if (slice == reading->slices)
        return "infinity";
    int64_t width = (reading->last_us - reading->first_us) / (int64_t)reading->slices;
    toil_time_format(reading->first_us + (int64_t)slice * width, out);
    return out;
}

static enum toil_status read_slice(struct lane *lane, size_t slice)
{
    char from[32], to[32];
    enum toil_status status = toil_db_query(
        lane->db, &toil_sql_analyze_slice,
        TOIL_PARAMS({bound(lane->reading, slice, from)}, {bound(lane->reading, slice + 1, to)}), NULL, &lane->err);
    if (status == TOIL_OK)
        status = toil_db_copy_out(lane->db, lane->reading->sql, on_row, lane, &lane->err);
    return status == TOIL_OK ? pass_on(lane, true) : status;
}

static void *read_lane(void *context)
{
    struct lane *lane = context;
    struct reading *reading = lane->reading;
    enum toil_status status = TOIL_OK;
    for (size_t slice = lane->number; status == TOIL_OK && slice < reading->slices; slice += LANES)
        status = read_slice(lane, slice);
    pthread_mutex_lock(&reading->mutex);
    lane->status = status;
    lane->over = true;
    pthread_cond_broadcast(&reading->changed);
    pthread_mutex_unlock(&reading->mutex);
    return NULL;
}

/* ---- lanes ---- */

/* The name of a snapshot stands in a statement that takes no parameters; it is one of the server's own making. */
static enum toil_status share_snapshot(struct toil_db *db, struct toil_db *other, struct toil_error *err)
{
    struct toil_result *result = NULL;
    enum toil_status status = toil_db_query(db, &toil_sql_analyze_export_snapshot, TOIL_NO_PARAMS, &result, err);
    if (status != TOIL_OK)
        return status;
    char statement[160];
    const char *name = toil_result_text(result, 0, 0);
    bool plain = strspn(name, "0123456789ABCDEFabcdef-") == strlen(name);
    int len = snprintf(statement, sizeof statement,
                       "begin isolation level repeatable read read only; set transaction snapshot '%s'", name);
    toil_result_free(result);
    if (!plain || len < 0 || (size_t)len >= sizeof statement)
        return toil_error_set(err, TOIL_FATAL, "database: an odd name of a snapshot");
    return toil_db_script(other, statement, err);
}

/* Another connection that sees what db sees; NULL when there is none to be had. */
static struct toil_db *open_other(struct toil_db *db)
{
    struct toil_db *other = NULL;
    if (toil_db_open_like(db, &other, NULL) != TOIL_OK || share_snapshot(db, other, NULL) != TOIL_OK) {
        toil_db_close(other);
        return NULL;
    }
    toil_db_deadline(other, TOIL_READ_DEADLINE_MS);
    return other;
}

static void lane_init(struct reading *reading, size_t number, struct toil_db *db)
{
    struct lane *lane = &reading->lane[number];
    *lane = (struct lane){.reading = reading, .db = db, .number = number, .filling = batch_new(BATCH_BYTES)};
    lane->filling->count = lane->filling->len = 0;
    lane->end = &lane->first;
}

static void lane_release(struct lane *lane)
{
    free_batches(lane->first);
    free_batches(lane->spare);
    free(lane->filling);
    if (lane->number > 0)
        toil_db_close(lane->db);
}

static enum toil_status read_parallel(struct reading *reading, struct toil_error *err)
{
    pthread_t thread[LANES];
    size_t started = 0;
    while (started < reading->lanes && pthread_create(&thread[started], NULL, read_lane, &reading->lane[started]) == 0)
        started++;
    enum toil_status status = started == reading->lanes ? take_all(reading, err)
                                                        : toil_error_set(err, TOIL_FATAL, "no thread can be started");
    pthread_mutex_lock(&reading->mutex);
    reading->stop = true;
    pthread_cond_broadcast(&reading->changed);
    pthread_mutex_unlock(&reading->mutex);
    for (size_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    return status;
}

enum toil_status toil_fetch_facts(struct toil_db *db, enum toil_kind kind, const struct toil_table_span *span,
                                  toil_fact_fn row, void *context, struct toil_error *err)
{
    const struct toil_sql *const queries[TOIL_N_KINDS] = {
        [TOIL_KIND_SERVICE_RESTART] = &toil_sql_analyze_service_restart,
        [TOIL_KIND_QUEUE_REBALANCE] = &toil_sql_analyze_queue_rebalance,
        [TOIL_KIND_MEASUREMENT] = &toil_sql_analyze_measurement,
        [TOIL_KIND_DEPLOYMENT] = &toil_sql_analyze_deployment,
    };
    struct reading reading = {.kind = kind,
                              .sql = queries[kind],
                              .first_us = span->first_us,
                              .last_us = span->last_us,
                              .slices = 1,
                              .lanes = 1,
                              .row = row,
                              .context = context,
                              .mutex = PTHREAD_MUTEX_INITIALIZER,
                              .changed = PTHREAD_COND_INITIALIZER};
    struct toil_db *other = span->rows >= PARALLEL_ROWS ? open_other(db) : NULL;
    if (other) {
        reading.slices = span->rows / SLICE_ROWS + 1;
        reading.lanes = LANES;
        lane_init(&reading, 1, other);
    }
    lane_init(&reading, 0, db);
    enum toil_status status;
    if (other) {
        status = read_parallel(&reading, err);
    } else {
        status = read_slice(&reading.lane[0], 0);
        if (status != TOIL_OK && err)
            *err = reading.lane[0].err;
    }
    for (size_t i = 0; i < reading.lanes; i++)
        lane_release(&reading.lane[i]);
    toil_seen_release(&reading.seen);
    pthread_mutex_destroy(&reading.mutex);
    pthread_cond_destroy(&reading.changed);
    return status;
}
