/* The one file that knows libpq, and long for that reason: every wait is a poll() with a deadline that can be broken
 * off. */
#include <errno.h>
#include <libpq-fe.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/sqlstate.h"
#include "toilmeter/db.h"

enum {
    CONNECT_TIMEOUT_MS = 10000,
    DEADLINE_MS = 60000,
    ROLLBACK_DEADLINE_MS = 10000,
    CANCEL_PATIENCE_MS = 500,
    CANCEL_CHECK_MS = 50,          /* how long a set cancel flag may go unseen */
    COPY_CHUNK_BYTES = 128 * 1024, /* what libpq buffers at a time: two of a socket's usual buffers */
};

struct toil_db {
    PGconn *conn;
    const atomic_bool *cancel;
    int default_deadline_ms;
    int deadline_ms;
    int64_t until_ms; /* of the running statement, CLOCK_MONOTONIC */
    bool usable;
    bool cancelling; /* `canceller` runs or has run, and was not joined */
    pthread_t canceller;
    struct toil_span *fields; /* scratch of toil_db_stream */
    unsigned field_cap;
    char *conninfo, *application_name; /* for toil_db_open_like */
};

/* A result is libpq's own under our name. */
static PGresult *to_pg(const struct toil_result *result)
{
    return (PGresult *)(uintptr_t)result;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- errors ---- */

/* libpq's texts may run over several lines; the first says what happened. */
static size_t first_line(const char *text)
{
    return strcspn(text, "\r\n");
}

/* The server's answer to a statement; `result` may be NULL when the connection died. DETAIL is left out: it holds
 * values of rows. */
static enum toil_status set_error(struct toil_db *db, const PGresult *result, struct toil_error *err)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!primary || !*primary)
        primary = PQerrorMessage(db->conn);
    if (!*primary)
        primary = "the server gave no answer";
    if (PQstatus(db->conn) != CONNECTION_OK)
        db->usable = false;
    enum toil_status status =
        toil_error_set(err, toil_sqlstate_status(sqlstate), "database: %.*s", (int)first_line(primary), primary);
    if (err && sqlstate) {
        const char *hint = toil_sqlstate_hint(sqlstate);
        if (!hint)
            hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
        strncpy(err->sqlstate, sqlstate, sizeof err->sqlstate - 1);
        toil_error_hint(err, "%s", hint ? hint : "");
    }
    return status;
}

/* ---- waiting ---- */

/* PQcancel blocks without a deadline, so it gets a thread of its own, for which toil_db_close waits a moment: a program
 * that ends at once would take the request with it. */
static void *cancel_thread(void *arg)
{
    char ignored[256];
    PQcancel(arg, ignored, sizeof ignored);
    PQfreeCancel(arg);
    return NULL;
}

/* Gives the connection up: tells the server to stop what it does for us, and uses the connection no more. */
static void abandon(struct toil_db *db)
{
    db->usable = false;
    if (db->cancelling || PQtransactionStatus(db->conn) != PQTRANS_ACTIVE)
        return;
    PGcancel *cancel = PQgetCancel(db->conn);
    if (!cancel)
        return;
    if (pthread_create(&db->canceller, NULL, cancel_thread, cancel) == 0)
        db->cancelling = true;
    else
        PQfreeCancel(cancel);
}

static void end_canceller(struct toil_db *db)
{
    if (!db->cancelling)
        return;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += CANCEL_PATIENCE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_timedjoin_np(db->canceller, NULL, &until) != 0)
        pthread_detach(db->canceller);
    db->cancelling = false;
}

/* Waits until the socket is ready for `events`. Anything but TOIL_OK means that the connection was given up. */
static enum toil_status wait_socket(struct toil_db *db, short events, short *got, struct toil_error *err)
{
    for (;;) {
        if (db->cancel && atomic_load(db->cancel)) {
            abandon(db);
            return toil_error_set(err, TOIL_RETRY, "database: broken off, the program is stopping");
        }
        int64_t left = db->until_ms - now_ms();
        if (left <= 0) {
            abandon(db);
            return toil_error_set(err, TOIL_RETRY, "database: no answer within the deadline");
        }
        int slice = left > INT_MAX ? INT_MAX : (int)left;
        if (db->cancel && slice > CANCEL_CHECK_MS)
            slice = CANCEL_CHECK_MS;
        struct pollfd fd = {.fd = PQsocket(db->conn), .events = events};
        int ready = poll(&fd, 1, slice);
        if (ready > 0) {
            if (got)
                *got = fd.revents;
            return TOIL_OK;
        }
        if (ready < 0 && errno != EINTR) {
            abandon(db);
            return toil_error_set(err, TOIL_RETRY, "database: poll: %s", strerror(errno));
        }
    }
}

/* Sends what libpq has buffered, reading meanwhile, so that neither side can block the other. */
static enum toil_status flush(struct toil_db *db, struct toil_error *err)
{
    for (;;) {
        int left = PQflush(db->conn);
        if (left == 0)
            return TOIL_OK;
        if (left < 0)
            return set_error(db, NULL, err);
        short got = 0;
        enum toil_status status = wait_socket(db, POLLIN | POLLOUT, &got, err);
        if (status != TOIL_OK)
            return status;
        if ((got & (POLLIN | POLLHUP | POLLERR)) && !PQconsumeInput(db->conn))
            return set_error(db, NULL, err);
    }
}

/* The next result of the running statement; *out is NULL when there are no more. */
static enum toil_status next_result(struct toil_db *db, PGresult **out, struct toil_error *err)
{
    *out = NULL;
    while (PQisBusy(db->conn)) {
        enum toil_status status = wait_socket(db, POLLIN, NULL, err);
        if (status != TOIL_OK)
            return status;
        if (!PQconsumeInput(db->conn))
            return set_error(db, NULL, err);
    }
    *out = PQgetResult(db->conn);
    return TOIL_OK;
}

static bool is_good(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
    case PGRES_SINGLE_TUPLE:
        return true;
    default:
        return false;
    }
}

/* Reads every result to the last. The first error is kept; the last good result goes to *last (may be NULL). */
static enum toil_status drain(struct toil_db *db, PGresult **last, struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    PGresult *keep = NULL;
    for (;;) {
        PGresult *result;
        enum toil_status step = next_result(db, &result, status == TOIL_OK ? err : NULL);
        if (step != TOIL_OK) {
            status = status == TOIL_OK ? step : status;
            break;
        }
        if (!result)
            break;
        if (!is_good(result) && status == TOIL_OK)
            status = set_error(db, result, err);
        ExecStatusType kind = PQresultStatus(result);
        PQclear(keep);
        keep = result;
        if (kind == PGRES_COPY_IN || kind == PGRES_COPY_OUT || kind == PGRES_COPY_BOTH) {
            /* nobody feeds it: no more results would ever come */
            abandon(db);
            status = toil_error_set(err, TOIL_FATAL, "database: a COPY where none was expected");
            break;
        }
    }
    if (status == TOIL_OK && PQstatus(db->conn) != CONNECTION_OK)
        status = set_error(db, NULL, err);
    if (status == TOIL_OK && last)
        *last = keep;
    else
        PQclear(keep);
    return status;
}

/* ---- connecting ---- */

/* libpq quotes the part of a connection string that it cannot read, which may be a password. */
static enum toil_status check_conninfo(const char *conninfo, struct toil_error *err)
{
    if (!conninfo || (!strchr(conninfo, '=') && !strstr(conninfo, "://")))
        return TOIL_OK;
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);
    PQfreemem(message);
    if (options) {
        PQconninfoFree(options);
        return TOIL_OK;
    }
    toil_error_set(err, TOIL_BAD_INPUT, "database: the connection string cannot be read");
    toil_error_hint(err, "write it as libpq takes it: \"host=... dbname=... user=...\", a postgresql:// address, or "
                         "service=NAME; quote values with spaces");
    return TOIL_BAD_INPUT;
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static PGconn *start(const struct toil_db_options *options)
{
    /* The connection string comes after the defaults, which it may change, and before what may not be changed. */
    const char *const names[] = {"keepalives_idle",           "keepalives_interval",
                                 "keepalives_count",          "tcp_user_timeout",
                                 "fallback_application_name", "dbname",
                                 "client_encoding",           NULL};
    const char *const values[] = {
        "10", "5", "3", "30000", options->application_name, options->conninfo ? options->conninfo : "", "UTF8", NULL};
    PGconn *conn = PQconnectStartParams(names, values, 1);
    if (!conn) {
        fputs("toilmeter: out of memory\n", stderr);
        abort();
    }
    PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    return conn;
}

static enum toil_status connect(struct toil_db *db, struct toil_error *err)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(db->conn) != CONNECTION_BAD && next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        enum toil_status status = wait_socket(db, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, NULL, err);
        if (status != TOIL_OK) {
            toil_error_prefix(err, "connecting");
            return status;
        }
        next = PQconnectPoll(db->conn);
    }
    if (PQstatus(db->conn) != CONNECTION_OK)
        return toil_sqlstate_connect_error(PQerrorMessage(db->conn), PQconnectionNeedsPassword(db->conn), err);
    PQsetErrorVerbosity(db->conn, PQERRORS_DEFAULT);
    if (PQsetnonblocking(db->conn, 1) != 0)
        return set_error(db, NULL, err);
    return TOIL_OK;
}

enum toil_status toil_db_open(const struct toil_db_options *options, struct toil_db **out, struct toil_error *err)
{
    *out = NULL;
    enum toil_status status = check_conninfo(options->conninfo, err);
    if (status != TOIL_OK)
        return status;
    struct toil_db *db = toil_xcalloc(1, sizeof *db);
    int timeout_ms = options->connect_timeout_ms > 0 ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    db->default_deadline_ms = options->deadline_ms > 0 ? options->deadline_ms : DEADLINE_MS;
    db->deadline_ms = timeout_ms;
    db->until_ms = now_ms() + timeout_ms;
    db->cancel = options->cancel;
    db->usable = true;
    db->conninfo = options->conninfo ? toil_xstrdup(options->conninfo) : NULL;
    db->application_name = options->application_name ? toil_xstrdup(options->application_name) : NULL;
    db->conn = start(options);
    status = connect(db, err);
    if (status == TOIL_OK)
        status = toil_db_script(db, toil_sql_db_session.text, err);
    if (status != TOIL_OK) {
        toil_db_close(db);
        return status;
    }
    db->deadline_ms = db->default_deadline_ms;
    *out = db;
    return TOIL_OK;
}

enum toil_status toil_db_open_like(const struct toil_db *db, struct toil_db **out, struct toil_error *err)
{
    const struct toil_db_options options = {.conninfo = db->conninfo,
                                            .application_name = db->application_name,
                                            .deadline_ms = db->default_deadline_ms,
                                            .cancel = db->cancel};
    return toil_db_open(&options, out, err);
}

void toil_db_close(struct toil_db *db)
{
    if (!db)
        return;
    end_canceller(db);
    PQfinish(db->conn);
    free(db->fields);
    free(db->conninfo);
    free(db->application_name);
    free(db);
}

bool toil_db_usable(const struct toil_db *db)
{
    return db->usable;
}

void toil_db_deadline(struct toil_db *db, int ms)
{
    db->deadline_ms = ms > 0 ? ms : db->default_deadline_ms;
}

int toil_db_server_version(const struct toil_db *db)
{
    return PQserverVersion(db->conn);
}

/* ---- statements ---- */

static enum toil_status begin_statement(struct toil_db *db, struct toil_error *err)
{
    if (!db->usable)
        return toil_error_set(err, TOIL_RETRY, "database: the connection was lost");
    db->until_ms = now_ms() + db->deadline_ms;
    return TOIL_OK;
}

/* binary: the format of the rows that come back. */
static enum toil_status send(struct toil_db *db, const char *text, const struct toil_param *params, size_t count,
                             bool binary, struct toil_error *err)
{
    enum { MOST_PARAMS = 64 };
    const char *values[MOST_PARAMS];
    if (count > MOST_PARAMS)
        return toil_error_set(err, TOIL_FATAL, "database: %zu parameters are too many", count);
    for (size_t i = 0; i < count; i++)
        values[i] = params[i].text;
    if (!PQsendQueryParams(db->conn, text, (int)count, NULL, values, NULL, NULL, binary))
        return set_error(db, NULL, err);
    return flush(db, err);
}

enum toil_status toil_db_query(struct toil_db *db, const struct toil_sql *sql, const struct toil_param *params,
                               size_t param_count, struct toil_result **out, struct toil_error *err)
{
    if (out)
        *out = NULL;
    enum toil_status status = begin_statement(db, err);
    if (status == TOIL_OK)
        status = send(db, sql->text, params, param_count, false, err);
    if (status != TOIL_OK)
        return status;
    PGresult *last = NULL;
    status = drain(db, out ? &last : NULL, err);
    if (status == TOIL_OK && out)
        *out = (struct toil_result *)(uintptr_t)last;
    return status;
}

enum toil_status toil_db_script(struct toil_db *db, const char *text, struct toil_error *err)
{
    enum toil_status status = begin_statement(db, err);
    if (status != TOIL_OK)
        return status;
    if (!PQsendQuery(db->conn, text))
        return set_error(db, NULL, err);
    status = flush(db, err);
    return status == TOIL_OK ? drain(db, NULL, err) : status;
}

enum toil_status toil_db_begin(struct toil_db *db, struct toil_error *err)
{
    return toil_db_script(db, "begin", err);
}

enum toil_status toil_db_commit(struct toil_db *db, int deadline_ms, bool *unknown, struct toil_error *err)
{
    *unknown = false;
    int usual_ms = db->deadline_ms;
    if (deadline_ms > 0)
        db->deadline_ms = deadline_ms;
    PGresult *last = NULL;
    enum toil_status status = begin_statement(db, err);
    if (status == TOIL_OK && !PQsendQuery(db->conn, "commit"))
        status = set_error(db, NULL, err);
    if (status == TOIL_OK)
        status = flush(db, err);
    if (status == TOIL_OK)
        status = drain(db, &last, err);
    /* COMMIT of a failed transaction succeeds as ROLLBACK */
    if (status == TOIL_OK && strcmp(PQcmdStatus(last), "COMMIT") != 0)
        status = toil_error_set(err, TOIL_RETRY, "database: the transaction was rolled back instead of committed");
    PQclear(last);
    db->deadline_ms = usual_ms;
    if (status != TOIL_OK) {
        *unknown = true;
        db->usable = false;
    }
    return status;
}

void toil_db_rollback(struct toil_db *db)
{
    if (!db->usable || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
        return;
    int usual_ms = db->deadline_ms;
    if (db->deadline_ms > ROLLBACK_DEADLINE_MS)
        db->deadline_ms = ROLLBACK_DEADLINE_MS;
    if (toil_db_script(db, "rollback", NULL) != TOIL_OK || PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        db->usable = false;
    db->deadline_ms = usual_ms;
}

/* ---- rows in ---- */

static enum toil_status put(struct toil_db *db, struct toil_span data, struct toil_error *err)
{
    for (size_t at = 0; at < data.len;) {
        size_t len = data.len - at < COPY_CHUNK_BYTES ? data.len - at : COPY_CHUNK_BYTES;
        int sent = PQputCopyData(db->conn, data.ptr + at, (int)len);
        if (sent < 0)
            return set_error(db, NULL, err);
        if (sent > 0)
            at += len;
        enum toil_status status = flush(db, err);
        if (status != TOIL_OK)
            return status;
    }
    int ended;
    while ((ended = PQputCopyEnd(db->conn, NULL)) == 0) {
        enum toil_status status = flush(db, err);
        if (status != TOIL_OK)
            return status;
    }
    return ended < 0 ? set_error(db, NULL, err) : flush(db, err);
}

enum toil_status toil_db_copy_in(struct toil_db *db, const struct toil_sql *sql, struct toil_span data, uint64_t *rows,
                                 struct toil_error *err)
{
    enum toil_status status = begin_statement(db, err);
    if (status == TOIL_OK)
        status = send(db, sql->text, NULL, 0, false, err);
    PGresult *first = NULL;
    if (status == TOIL_OK)
        status = next_result(db, &first, err);
    if (status != TOIL_OK)
        return status;
    bool ready = PQresultStatus(first) == PGRES_COPY_IN;
    if (!ready)
        status = is_good(first) ? toil_error_set(err, TOIL_FATAL, "database: %s is not a COPY", sql->name)
                                : set_error(db, first, err);
    PQclear(first);
    if (!ready) {
        if (drain(db, NULL, NULL) != TOIL_OK && PQstatus(db->conn) != CONNECTION_OK)
            db->usable = false;
        return status;
    }
    status = put(db, data, err);
    if (status != TOIL_OK) {
        abandon(db);
        return status;
    }
    PGresult *last = NULL;
    status = drain(db, &last, err);
    if (status == TOIL_OK && rows)
        *rows = strtoull(PQcmdTuples(last), NULL, 10);
    PQclear(last);
    return status;
}

/* ---- rows out ---- */

static enum toil_status hand_over(struct toil_db *db, const PGresult *result, toil_row_fn row, void *context,
                                  struct toil_error *err)
{
    unsigned count = (unsigned)PQnfields(result);
    if (count > db->field_cap) {
        db->fields = toil_xreallocarray(db->fields, count, sizeof *db->fields);
        db->field_cap = count;
    }
    for (unsigned i = 0; i < count; i++) {
        bool null = PQgetisnull(result, 0, (int)i);
        db->fields[i].ptr = null ? NULL : PQgetvalue(result, 0, (int)i);
        db->fields[i].len = null ? 0 : (size_t)PQgetlength(result, 0, (int)i);
    }
    return row(context, db->fields, count, err);
}

enum toil_status toil_db_stream(struct toil_db *db, const struct toil_sql *sql, const struct toil_param *params,
                                size_t param_count, toil_row_fn row, void *context, struct toil_error *err)
{
    enum toil_status status = begin_statement(db, err);
    if (status == TOIL_OK)
        status = send(db, sql->text, params, param_count, true, err);
    if (status != TOIL_OK)
        return status;
    if (!PQsetSingleRowMode(db->conn))
        return toil_error_set(err, TOIL_FATAL, "database: no single-row mode");
    for (;;) {
        PGresult *result;
        status = next_result(db, &result, err);
        if (status != TOIL_OK || !result)
            return status;
        bool single = PQresultStatus(result) == PGRES_SINGLE_TUPLE;
        if (single)
            status = hand_over(db, result, row, context, err);
        else if (!is_good(result))
            status = set_error(db, result, err);
        PQclear(result);
        if (status != TOIL_OK && single) {
            abandon(db); /* rows are still on their way */
            return status;
        }
        if (status != TOIL_OK) {
            if (drain(db, NULL, NULL) != TOIL_OK && PQstatus(db->conn) != CONNECTION_OK)
                db->usable = false;
            return status;
        }
        db->until_ms = now_ms() + db->deadline_ms; /* the deadline is for silence, not for the whole */
    }
}

/* Signature, flags without a meaning for us, no extension. */
static const char copy_header[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";

/* A row of a binary COPY out of a message: the first message begins with the header, the last one holds an end mark. */
static bool take_row(struct toil_span *message, bool *begun, struct toil_span *row)
{
    if (!*begun) {
        *begun = true;
        if (message->len < sizeof copy_header || memcmp(message->ptr, copy_header, sizeof copy_header) != 0)
            return false;
        message->ptr += sizeof copy_header;
        message->len -= sizeof copy_header;
    }
    *row = *message;
    if (row->len == 2 && memcmp(row->ptr, "\377\377", 2) == 0)
        row->len = 0; /* the end mark */
    return true;
}

/* The rows of a COPY that has begun, up to its end. */
static enum toil_status take_rows(struct toil_db *db, const struct toil_sql *sql, toil_copy_row_fn row, void *context,
                                  struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (bool begun = false; status == TOIL_OK;) {
        char *data = NULL;
        int len = PQgetCopyData(db->conn, &data, 1);
        if (len == -1)
            return TOIL_OK;
        if (len < -1)
            return set_error(db, NULL, err);
        if (len == 0) {
            db->until_ms = now_ms() + db->deadline_ms; /* the deadline is for silence, not for the whole */
            status = wait_socket(db, POLLIN, NULL, err);
            if (status == TOIL_OK && !PQconsumeInput(db->conn))
                status = set_error(db, NULL, err);
            continue;
        }
        struct toil_span message = {data, (size_t)len}, fields;
        if (!take_row(&message, &begun, &fields))
            status = toil_error_set(err, TOIL_FATAL, "database: %s is not a binary COPY", sql->name);
        else if (fields.len > 0)
            status = row(context, fields, err);
        PQfreemem(data);
    }
    return status;
}

enum toil_status toil_db_copy_out(struct toil_db *db, const struct toil_sql *sql, toil_copy_row_fn row, void *context,
                                  struct toil_error *err)
{
    enum toil_status status = begin_statement(db, err);
    if (status == TOIL_OK)
        status = send(db, sql->text, NULL, 0, false, err);
    PGresult *first = NULL;
    if (status == TOIL_OK)
        status = next_result(db, &first, err);
    if (status != TOIL_OK)
        return status;
    bool ready = PQresultStatus(first) == PGRES_COPY_OUT;
    if (!ready)
        status = is_good(first) ? toil_error_set(err, TOIL_FATAL, "database: %s gives no COPY", sql->name)
                                : set_error(db, first, err);
    PQclear(first);
    if (ready) {
        status = take_rows(db, sql, row, context, err);
        if (status != TOIL_OK) {
            abandon(db); /* rows may still be on their way */
            return status;
        }
        return drain(db, NULL, err);
    }
    if (drain(db, NULL, NULL) != TOIL_OK && PQstatus(db->conn) != CONNECTION_OK)
        db->usable = false;
    return status;
}

/* ---- results ---- */

size_t toil_result_rows(const struct toil_result *result)
{
    return (size_t)PQntuples(to_pg(result));
}

unsigned toil_result_columns(const struct toil_result *result)
{
    return (unsigned)PQnfields(to_pg(result));
}

const char *toil_result_column_name(const struct toil_result *result, unsigned column)
{
    return PQfname(to_pg(result), (int)column);
}

bool toil_result_null(const struct toil_result *result, size_t row, unsigned column)
{
    return PQgetisnull(to_pg(result), (int)row, (int)column);
}

const char *toil_result_text(const struct toil_result *result, size_t row, unsigned column)
{
    return PQgetvalue(to_pg(result), (int)row, (int)column);
}

int64_t toil_result_int64(const struct toil_result *result, size_t row, unsigned column)
{
    return strtoll(toil_result_text(result, row, column), NULL, 10);
}

double toil_result_double(const struct toil_result *result, size_t row, unsigned column)
{
    return strtod(toil_result_text(result, row, column), NULL);
}

bool toil_result_bool(const struct toil_result *result, size_t row, unsigned column)
{
    return toil_result_text(result, row, column)[0] == 't';
}

void toil_result_free(struct toil_result *result)
{
    PQclear(to_pg(result));
}
