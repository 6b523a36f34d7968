/* The code behind fetch.h: columns of the queries in schema/queries/analyze_*.sql to structs. */
#include "fetch_fields.h"
#include "toilmeter/timestamp.h"

/* ---- watermark ---- */

struct watermark {
    struct toil_watermark *out;
    int64_t least_lagging_us, greatest_us;
};

static enum toil_status on_offset(void *context, const struct toil_span *field, unsigned field_count,
                                  struct toil_error *err)
{
    (void)field_count, (void)err;
    struct watermark *watermark = context;
    struct toil_span next = field[3], end = field[4];
    int64_t read_to = toil_fetched_time(field[5]);
    watermark->out->partitions++;
    bool empty = !next.ptr && (!end.ptr || toil_fetched_integer(end) == 0);
    bool at_end = next.ptr && end.ptr && toil_fetched_integer(next) >= toil_fetched_integer(end);
    if (!empty && !at_end) {
        watermark->out->lagging++;
        if (read_to == TOIL_NO_TIME)
            watermark->out->unread++;
        else if (watermark->least_lagging_us == TOIL_NO_TIME || read_to < watermark->least_lagging_us)
            watermark->least_lagging_us = read_to;
    }
    if (read_to > watermark->greatest_us)
        watermark->greatest_us = read_to;
    return TOIL_OK;
}

enum toil_status toil_fetch_watermark(struct toil_db *db, struct toil_watermark *out, struct toil_error *err)
{
    *out = (struct toil_watermark){.time_us = TOIL_NO_TIME};
    struct watermark watermark = {out, TOIL_NO_TIME, TOIL_NO_TIME};
    enum toil_status status = toil_db_begin(db, err);
    if (status == TOIL_OK)
        status = toil_db_stream(db, &toil_sql_analyze_watermark, TOIL_NO_PARAMS, on_offset, &watermark, err);
    toil_db_rollback(db); /* lets go of the lock; nothing was written */
    if (status != TOIL_OK)
        return status;
    if (out->unread == 0)
        out->time_us = out->lagging > 0 ? watermark.least_lagging_us : watermark.greatest_us;
    return TOIL_OK;
}

enum toil_status toil_fetch_begin(struct toil_db *db, struct toil_error *err)
{
    toil_db_deadline(db, TOIL_READ_DEADLINE_MS);
    enum toil_status status = toil_db_begin(db, err);
    return status == TOIL_OK ? toil_db_query(db, &toil_sql_analyze_snapshot, TOIL_NO_PARAMS, NULL, err) : status;
}

/* ---- counts ---- */

static enum toil_status on_span(void *context, const struct toil_span *field, unsigned field_count,
                                struct toil_error *err)
{
    (void)field_count, (void)err;
    static const char *const names[TOIL_N_SOURCES] = {"service_restart", "queue_rebalance", "measurement",
                                                      "deployment",      "support_ticket",  "support_ticket_version",
                                                      "work_log",        "work_log_version"};
    struct toil_table_span *spans = context;
    for (int source = 0; source < TOIL_N_SOURCES; source++) {
        if (toil_span_is(field[0], names[source]))
            spans[source] = (struct toil_table_span){(uint64_t)toil_fetched_integer(field[1]),
                                                     toil_fetched_time(field[2]), toil_fetched_time(field[3])};
    }
    return TOIL_OK;
}

enum toil_status toil_fetch_spans(struct toil_db *db, struct toil_table_span out[TOIL_N_SOURCES],
                                  struct toil_error *err)
{
    for (int source = 0; source < TOIL_N_SOURCES; source++)
        out[source] = (struct toil_table_span){0, TOIL_NO_TIME, TOIL_NO_TIME};
    return toil_db_stream(db, &toil_sql_analyze_span, TOIL_NO_PARAMS, on_span, out, err);
}

static enum toil_status on_intake(void *context, const struct toil_span *field, unsigned field_count,
                                  struct toil_error *err)
{
    (void)field_count, (void)err;
    struct toil_intake_counts *counts = (struct toil_intake_counts *)context + toil_kind_find(field[0]);
    counts->received += (uint64_t)toil_fetched_integer(field[1]);
    counts->stored += (uint64_t)toil_fetched_integer(field[2]);
    counts->duplicates += (uint64_t)toil_fetched_integer(field[3]);
    counts->older += (uint64_t)toil_fetched_integer(field[4]);
    counts->quarantined += (uint64_t)toil_fetched_integer(field[5]);
    counts->skipped += (uint64_t)toil_fetched_integer(field[6]);
    return TOIL_OK;
}

static enum toil_status on_imports(void *context, const struct toil_span *field, unsigned field_count,
                                   struct toil_error *err)
{
    (void)field_count, (void)err;
    *(uint64_t *)context = (uint64_t)toil_fetched_integer(field[0]);
    return TOIL_OK;
}

enum toil_status toil_fetch_intake(struct toil_db *db, struct toil_intake_counts *by_kind, uint64_t *imports,
                                   struct toil_error *err)
{
    for (int kind = 0; kind <= TOIL_N_KINDS; kind++)
        by_kind[kind] = (struct toil_intake_counts){0};
    enum toil_status status = toil_db_stream(db, &toil_sql_analyze_intake, TOIL_NO_PARAMS, on_intake, by_kind, err);
    if (status == TOIL_OK)
        status = toil_db_stream(db, &toil_sql_analyze_imports, TOIL_NO_PARAMS, on_imports, imports, err);
    return status;
}

/* ---- rows ---- */

/* A callback of the caller and what it needs; one member counts. */
struct reader {
    void *context;
    toil_reason_fn reason;
    toil_ending_fn ending;
    toil_ticket_fn ticket;
    toil_version_fn version;
    toil_log_fn log;
};

/* Rows by binary COPY, each handed on field by field. */
struct copied {
    const struct toil_sql *sql;
    unsigned columns;
    toil_row_fn row;
    void *context;
};

static enum toil_status on_copied(void *context, struct toil_span row, struct toil_error *err)
{
    enum { MOST_COLUMNS = 16 };
    const struct copied *copied = context;
    struct toil_span field[MOST_COLUMNS];
    if (!toil_copy_fields(row, field, copied->columns))
        return toil_error_set(err, TOIL_FATAL, "database: a row of %s is not as expected", copied->sql->name);
    return copied->row(copied->context, field, copied->columns, err);
}

static enum toil_status copy_rows(struct toil_db *db, const struct toil_sql *sql, unsigned columns, toil_row_fn row,
                                  struct reader *reader, struct toil_error *err)
{
    struct copied copied = {sql, columns, row, reader};
    return toil_db_copy_out(db, sql, on_copied, &copied, err);
}

static enum toil_status on_reason(void *context, const struct toil_span *field, unsigned field_count,
                                  struct toil_error *err)
{
    (void)field_count, (void)err;
    const struct reader *reader = context;
    const struct toil_reason_row row = {field[0], (uint64_t)toil_fetched_integer(field[1])};
    reader->reason(reader->context, &row);
    return TOIL_OK;
}

enum toil_status toil_fetch_quarantine(struct toil_db *db, toil_reason_fn row, void *context, struct toil_error *err)
{
    struct reader reader = {.context = context, .reason = row};
    return toil_db_stream(db, &toil_sql_analyze_quarantine, TOIL_NO_PARAMS, on_reason, &reader, err);
}

enum toil_status toil_fetch_gaps(struct toil_db *db, toil_reason_fn row, void *context, struct toil_error *err)
{
    struct reader reader = {.context = context, .reason = row};
    return toil_db_stream(db, &toil_sql_analyze_gap, TOIL_NO_PARAMS, on_reason, &reader, err);
}

static enum toil_status on_ending(void *context, const struct toil_span *field, unsigned field_count,
                                  struct toil_error *err)
{
    (void)field_count, (void)err;
    const struct reader *reader = context;
    const struct toil_ending_row row = {.kind = toil_kind_find(field[0]),
                                        .id = field[1],
                                        .endings = (uint64_t)toil_fetched_integer(field[2]),
                                        .ended_at_us = toil_fetched_time(field[3]),
                                        .actor = field[4],
                                        .automatic = toil_fetched_flag(field[5]),
                                        .manual_minutes = toil_fetched_number(field[6])};
    reader->ending(reader->context, &row);
    return TOIL_OK;
}

enum toil_status toil_fetch_endings(struct toil_db *db, toil_ending_fn row, void *context, struct toil_error *err)
{
    struct reader reader = {.context = context, .ending = row};
    return toil_db_stream(db, &toil_sql_analyze_event_ending, TOIL_NO_PARAMS, on_ending, &reader, err);
}

static enum toil_status on_ticket(void *context, const struct toil_span *field, unsigned field_count,
                                  struct toil_error *err)
{
    (void)field_count, (void)err;
    const struct reader *reader = context;
    const struct toil_ticket_row row = {.id = field[0],
                                        .at_us = toil_fetched_time(field[1]),
                                        .closed_at_us = toil_fetched_time(field[2]),
                                        .status = field[3],
                                        .severity = (int)toil_fetched_integer(field[4]),
                                        .topic = field[5],
                                        .scope = field[6],
                                        .customer = field[7],
                                        .csat = toil_fetched_number(field[8]),
                                        .component = field[9],
                                        .versions = (int32_t)toil_fetched_integer(field[10]),
                                        .tags = field[11]};
    reader->ticket(reader->context, &row);
    return TOIL_OK;
}

enum toil_status toil_fetch_tickets(struct toil_db *db, toil_ticket_fn row, void *context, struct toil_error *err)
{
    struct reader reader = {.context = context, .ticket = row};
    return copy_rows(db, &toil_sql_analyze_support_ticket, 12, on_ticket, &reader, err);
}

static enum toil_status on_version(void *context, const struct toil_span *field, unsigned field_count,
                                   struct toil_error *err)
{
    (void)field_count, (void)err;
    const struct reader *reader = context;
    const struct toil_version_row row = {.id = field[0],
                                         .at_us = toil_fetched_time(field[1]),
                                         .updated_at_us = toil_fetched_time(field[2]),
                                         .actor = field[3],
                                         .automatic = toil_fetched_flag(field[4]),
                                         .manual_minutes = toil_fetched_number(field[5])};
    reader->version(reader->context, &row);
    return TOIL_OK;
}

enum toil_status toil_fetch_versions(struct toil_db *db, toil_version_fn row, void *context, struct toil_error *err)
{
    struct reader reader = {.context = context, .version = row};
    return copy_rows(db, &toil_sql_analyze_support_ticket_version, 6, on_version, &reader, err);
}

static enum toil_status on_log(void *context, const struct toil_span *field, unsigned field_count,
                               struct toil_error *err)
{
    (void)field_count, (void)err;
    const struct reader *reader = context;
    const struct toil_log_row row = {.id = field[0],
                                     .at_us = toil_fetched_time(field[1]),
                                     .ended_at_us = toil_fetched_time(field[2]),
                                     .component = field[3],
                                     .actor = field[4],
                                     .automatic = toil_fetched_flag(field[5]),
                                     .manual_minutes = toil_fetched_number(field[6]),
                                     .status = field[7],
                                     .ref = field[8],
                                     .activity = field[9],
                                     .versions = (int32_t)toil_fetched_integer(field[10])};
    reader->log(reader->context, &row);
    return TOIL_OK;
}

enum toil_status toil_fetch_logs(struct toil_db *db, toil_log_fn row, void *context, struct toil_error *err)
{
    struct reader reader = {.context = context, .log = row};
    return copy_rows(db, &toil_sql_analyze_work_log, 11, on_log, &reader, err);
}
