/* PostgreSQL, for both programs: the one place that knows libpq. Every wait has a deadline and can be broken off, so a
 * dead server never hangs a program. A connection belongs to one thread at a time.
 *
 * Secrets: conninfo is passed to libpq as it is; no message holds it. */
#ifndef TOILMETER_DB_H
#define TOILMETER_DB_H

#include <stdatomic.h>

#include "toilmeter/buf.h"
#include "toilmeter/sql.h"

struct toil_db;     /* opaque connection */
struct toil_result; /* opaque rows */

struct toil_db_options {
    const char *conninfo;         /* borrowed; NULL or "": PG* variables, service file and .pgpass alone */
    const char *application_name; /* borrowed */
    int connect_timeout_ms;       /* 0: 10,000 */
    int deadline_ms;              /* of one statement; 0: 60,000. See toil_db_deadline */
    const atomic_bool *cancel;    /* borrowed, may be NULL: when it turns true every wait ends with TOIL_RETRY */
};

/* Connects. Sets keep-alives, tcp_user_timeout, client_encoding UTF8, and for the session: TimeZone UTC, DateStyle ISO,
 * search_path empty, idle_in_transaction_session_timeout 60 s, application_name. *out: owned. TOIL_RETRY when the
 * server cannot be reached, TOIL_FATAL for a wrong password, database or role (class 28, 3D). */
enum toil_status toil_db_open(const struct toil_db_options *options, struct toil_db **out,
                              struct toil_error *err) TOIL_MUST_CHECK;
/* One more connection to the same place, by the same options. *out: owned. */
enum toil_status toil_db_open_like(const struct toil_db *db, struct toil_db **out,
                                   struct toil_error *err) TOIL_MUST_CHECK;
/* NULL is fine; never waits for the server. */
void toil_db_close(struct toil_db *db);

/* True while the connection can be used; false after a connection error, deadline or cancel: close and open anew. */
bool toil_db_usable(const struct toil_db *db);
/* Deadline of the following statements in milliseconds; 0 puts the default back. */
void toil_db_deadline(struct toil_db *db, int ms);
/* server_version_num, e.g. 150018. */
int toil_db_server_version(const struct toil_db *db);

/* One parameter in text form; NULL text is SQL NULL. */
struct toil_param {
    const char *text; /* borrowed */
};
#define TOIL_PARAMS(...)                                                                                               \
    ((const struct toil_param[]){__VA_ARGS__}),                                                                        \
        (sizeof((const struct toil_param[]){__VA_ARGS__}) / sizeof(struct toil_param))
#define TOIL_NO_PARAMS NULL, 0

/* PostgreSQL array literals, for parameters of type text[] and bigint[]. `out` holds one array and nothing else: the
 * first item opens it, toil_array_end closes it (an empty buffer becomes "{}"). */
void toil_array_add_text(struct toil_buf *out, struct toil_span item);
void toil_array_add_int(struct toil_buf *out, int64_t item);
void toil_array_add_null(struct toil_buf *out);
void toil_array_end(struct toil_buf *out);

/* Runs a query of schema/queries with text parameters. *out (may be NULL to throw rows away): owned, text format. */
enum toil_status toil_db_query(struct toil_db *db, const struct toil_sql *sql, const struct toil_param *params,
                               size_t param_count, struct toil_result **out, struct toil_error *err) TOIL_MUST_CHECK;
/* Runs a script of several statements without parameters (a migration). */
enum toil_status toil_db_script(struct toil_db *db, const char *text, struct toil_error *err) TOIL_MUST_CHECK;

enum toil_status toil_db_begin(struct toil_db *db, struct toil_error *err) TOIL_MUST_CHECK;
/* Every error is an unknown outcome: *unknown is set true and the connection is no longer usable. */
enum toil_status toil_db_commit(struct toil_db *db, int deadline_ms, bool *unknown,
                                struct toil_error *err) TOIL_MUST_CHECK;
/* Best effort: after it the connection is idle or no longer usable. */
void toil_db_rollback(struct toil_db *db);

/* COPY ... FROM STDIN (FORMAT binary): sends `data` whole, drains every result. *rows (may be NULL): rows taken. */
enum toil_status toil_db_copy_in(struct toil_db *db, const struct toil_sql *sql, struct toil_span data, uint64_t *rows,
                                 struct toil_error *err) TOIL_MUST_CHECK;

/* COPY (SELECT ...) TO STDOUT (FORMAT binary), without parameters: each row is handed over as it came, for
 * toil_copy_fields. Half the cost of toil_db_stream for rows by the million. A status other than TOIL_OK from `row`
 * stops it, and the connection is no longer usable then. The deadline is that of the silence between two rows. */
typedef enum toil_status (*toil_copy_row_fn)(void *context, struct toil_span row, struct toil_error *err);
enum toil_status toil_db_copy_out(struct toil_db *db, const struct toil_sql *sql, toil_copy_row_fn row, void *context,
                                  struct toil_error *err) TOIL_MUST_CHECK;
/* The fields of such a row, borrowed from it; ptr NULL is SQL NULL. False when it has not so many. */
bool toil_copy_fields(struct toil_span row, struct toil_span *fields, unsigned count);

/* One field of a row: borrowed for the callback; ptr NULL is SQL NULL. */
typedef enum toil_status (*toil_row_fn)(void *context, const struct toil_span *field, unsigned field_count,
                                        struct toil_error *err);
/* A query with text parameters in single-row mode and binary format: memory is bounded, and each row is handed to
 * `row`. A status other than TOIL_OK from `row` stops it, and the connection is no longer usable then. The deadline is
 * that of the silence between two rows. */
enum toil_status toil_db_stream(struct toil_db *db, const struct toil_sql *sql, const struct toil_param *params,
                                size_t param_count, toil_row_fn row, void *context,
                                struct toil_error *err) TOIL_MUST_CHECK;
/* Native values of binary fields. Times come as microseconds since 1970 (toil_field_time_us). */
int64_t toil_field_int64(struct toil_span field); /* int8, int4, int2 by length; bool as 0 or 1 */
double toil_field_double(struct toil_span field);
int64_t toil_field_time_us(struct toil_span field);

size_t toil_result_rows(const struct toil_result *result);
unsigned toil_result_columns(const struct toil_result *result);
const char *toil_result_column_name(const struct toil_result *result, unsigned column);
bool toil_result_null(const struct toil_result *result, size_t row, unsigned column);
/* Borrowed, "" for NULL; valid until toil_result_free. */
const char *toil_result_text(const struct toil_result *result, size_t row, unsigned column);
int64_t toil_result_int64(const struct toil_result *result, size_t row, unsigned column); /* 0 for NULL */
double toil_result_double(const struct toil_result *result, size_t row, unsigned column); /* 0 for NULL */
bool toil_result_bool(const struct toil_result *result, size_t row, unsigned column);     /* false for NULL */
void toil_result_free(struct toil_result *result);

/* What an SQLSTATE means for the caller: one table, by class and by code. NULL or "" (no answer): TOIL_RETRY. */
enum toil_status toil_sqlstate_status(const char *sqlstate);

#endif
