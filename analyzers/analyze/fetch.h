/* What an analysis reads from the database: rows as structs, streamed. The one place of `analyze` that reads events.
 *
 * Consistency. The watermark is read first, in a short transaction of its own, under a lock that holds off writers of
 * kafka_offset for an instant. Everything else is read after it in one transaction, so it holds at least what the
 * watermark promises. On plain PostgreSQL that transaction is REPEATABLE READ, which makes all tables one snapshot; a
 * distributed database has no such snapshot, and there rows that arrive in between may be in one table and not yet in
 * another: never fewer than the watermark promises. */
#ifndef TOIL_FETCH_H
#define TOIL_FETCH_H

#include <stdint.h>

#include "toilmeter/db.h"
#include "toilmeter/event.h"

#define TOIL_NO_TIME INT64_MIN
/* Of the silence between two rows: sorting a large table may keep the server silent for long; a signal still breaks it
 * off. */
#define TOIL_READ_DEADLINE_MS (60 * 60 * 1000)

struct toil_watermark {
    int64_t time_us;     /* TOIL_NO_TIME when nothing tells */
    uint32_t partitions; /* known */
    uint32_t lagging;    /* not read to the end */
    uint32_t unread;     /* of these, not read at all */
};
/* Ends any open transaction's need: call it outside of one. */
enum toil_status toil_fetch_watermark(struct toil_db *db, struct toil_watermark *out,
                                      struct toil_error *err) TOIL_MUST_CHECK;

/* Begins the reading transaction; end it with toil_db_rollback (nothing was written). */
enum toil_status toil_fetch_begin(struct toil_db *db, struct toil_error *err) TOIL_MUST_CHECK;

enum toil_source_table {
    TOIL_FROM_SERVICE_RESTART,
    TOIL_FROM_QUEUE_REBALANCE,
    TOIL_FROM_MEASUREMENT,
    TOIL_FROM_DEPLOYMENT,
    TOIL_FROM_SUPPORT_TICKET,
    TOIL_FROM_SUPPORT_TICKET_VERSION,
    TOIL_FROM_WORK_LOG,
    TOIL_FROM_WORK_LOG_VERSION,
    TOIL_N_SOURCES,
};
struct toil_table_span {
    uint64_t rows;             /* about: for the progress; of work_log_version exactly */
    int64_t first_us, last_us; /* TOIL_NO_TIME when there is none */
};
enum toil_status toil_fetch_spans(struct toil_db *db, struct toil_table_span out[TOIL_N_SOURCES],
                                  struct toil_error *err) TOIL_MUST_CHECK;

struct toil_intake_counts {
    uint64_t received, stored, duplicates, older, quarantined, skipped;
};
/* by_kind has TOIL_N_KINDS + 1 members, the last one for messages of no kind. *imports: sources that are files. */
enum toil_status toil_fetch_intake(struct toil_db *db, struct toil_intake_counts *by_kind, uint64_t *imports,
                                   struct toil_error *err) TOIL_MUST_CHECK;

/* Rows below are handed to a callback; every span is borrowed for the call, ptr NULL is SQL NULL; numbers that are NULL
 * are NAN, times TOIL_NO_TIME. A status other than TOIL_OK ends the reading. */
struct toil_reason_row {
    struct toil_span reason;
    uint64_t count;
};
typedef void (*toil_reason_fn)(void *context, const struct toil_reason_row *row);
enum toil_status toil_fetch_quarantine(struct toil_db *db, toil_reason_fn row, void *context,
                                       struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_fetch_gaps(struct toil_db *db, toil_reason_fn row, void *context,
                                 struct toil_error *err) TOIL_MUST_CHECK;

struct toil_fact_row {
    enum toil_kind kind;
    struct toil_span id, component, actor, scope;
    struct toil_span version_label; /* of deployments */
    struct toil_span metric, unit;  /* of measurements */
    int64_t at_us, ended_at_us;
    bool automatic;
    bool repeated; /* the id was stored before at an earlier time: a fault of the source, and the earliest counts */
    double manual_minutes;
    double value; /* of measurements */
};
typedef void (*toil_fact_fn)(void *context, const struct toil_fact_row *row);
/* A kind of fact, by (at, id); span: of its table. A large one is read by a second connection as well. Of deployments
 * and measurements actor, end and minutes are not told. */
enum toil_status toil_fetch_facts(struct toil_db *db, enum toil_kind kind, const struct toil_table_span *span,
                                  toil_fact_fn row, void *context, struct toil_error *err) TOIL_MUST_CHECK;

struct toil_ending_row {
    enum toil_kind kind; /* TOIL_KIND_NONE when it is no kind's name */
    struct toil_span id, actor;
    uint64_t endings;
    int64_t ended_at_us;
    bool automatic;
    double manual_minutes;
};
typedef void (*toil_ending_fn)(void *context, const struct toil_ending_row *row);
enum toil_status toil_fetch_endings(struct toil_db *db, toil_ending_fn row, void *context,
                                    struct toil_error *err) TOIL_MUST_CHECK;

struct toil_ticket_row {
    struct toil_span id, status, topic, scope, customer, component;
    struct toil_span tags; /* a list: see analyze_texts.h */
    int64_t at_us, closed_at_us;
    int severity; /* 0 when NULL */
    double csat;
    int32_t versions;
};
typedef void (*toil_ticket_fn)(void *context, const struct toil_ticket_row *row);
enum toil_status toil_fetch_tickets(struct toil_db *db, toil_ticket_fn row, void *context,
                                    struct toil_error *err) TOIL_MUST_CHECK;

struct toil_version_row {
    struct toil_span id, actor;
    int64_t at_us, updated_at_us;
    bool automatic;
    double manual_minutes;
};
typedef void (*toil_version_fn)(void *context, const struct toil_version_row *row);
/* Of tickets, by (id, version). */
enum toil_status toil_fetch_versions(struct toil_db *db, toil_version_fn row, void *context,
                                     struct toil_error *err) TOIL_MUST_CHECK;

struct toil_log_row {
    struct toil_span id, component, actor, status, ref, activity;
    int64_t at_us, ended_at_us;
    bool automatic;
    double manual_minutes;
    int32_t versions;
};
typedef void (*toil_log_fn)(void *context, const struct toil_log_row *row);
enum toil_status toil_fetch_logs(struct toil_db *db, toil_log_fn row, void *context,
                                 struct toil_error *err) TOIL_MUST_CHECK;

#endif
