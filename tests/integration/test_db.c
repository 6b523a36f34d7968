/* The connection against a real server: deadlines, breaking off, COPY, lost connections, refusals without secrets. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/lib_pg.h"
#include "toilmeter/db.h"

static struct pg_server *server;
static struct toil_db *db;
static struct toil_error err;
static atomic_bool cancel;

static void setup(void)
{
    server = pg_start(NULL);
    struct toil_db_options options = {
        .conninfo = pg_conninfo(server), .application_name = "test_db", .cancel = &cancel, .deadline_ms = 20000};
    cr_assert_eq(toil_db_open(&options, &db, &err), TOIL_OK, "%s", err.message);
    pg_run(pg_conninfo(server), "create table public.t (n int primary key)");
}

static void teardown(void)
{
    toil_db_close(db);
    pg_stop(server);
}

TestSuite(db, .init = setup, .fini = teardown, .timeout = 60);

static const struct toil_sql copy_t = {"copy_t", "copy public.t (n) from stdin (format binary)"};
static const struct toil_sql sleep_long = {"sleep_long", "select pg_sleep(30)"};
static const struct toil_sql echo = {"echo", "select $1::text, $2::bigint, $3::boolean, $4::float8, null"};

static long long sleeping(void)
{
    return pg_count(pg_conninfo(server), "select count(*) from pg_stat_activity "
                                         "where application_name = 'test_db' and state = 'active'");
}

static void cr_assert_gone(void)
{
    for (int i = 0; i < 200 && sleeping() > 0; i++)
        toil_sleep_ms(20);
    cr_assert_eq(sleeping(), 0, "the server goes on with what nobody waits for");
}

Test(db, a_session_has_its_settings)
{
    struct toil_result *result;
    static const struct toil_sql settings = {
        "settings", "select current_setting('TimeZone'), current_setting('search_path'), "
                    "current_setting('client_encoding'), current_setting('idle_in_transaction_session_timeout'), "
                    "current_setting('application_name')"};
    cr_assert_eq(toil_db_query(db, &settings, TOIL_NO_PARAMS, &result, &err), TOIL_OK, "%s", err.message);
    cr_expect_str_eq(toil_result_text(result, 0, 0), "UTC");
    cr_expect_str_eq(toil_result_text(result, 0, 1), "\"\"");
    cr_expect_str_eq(toil_result_text(result, 0, 2), "UTF8");
    cr_expect_str_eq(toil_result_text(result, 0, 3), "1min");
    cr_expect_str_eq(toil_result_text(result, 0, 4), "test_db");
    toil_result_free(result);
    cr_expect_geq(toil_db_server_version(db), 150000);
}

Test(db, parameters_go_in_and_values_come_out)
{
    struct toil_result *result;
    cr_assert_eq(
        toil_db_query(db, &echo, TOIL_PARAMS({"a'b"}, {"-9223372036854775808"}, {"true"}, {"0.1"}), &result, &err),
        TOIL_OK, "%s", err.message);
    cr_assert_eq(toil_result_rows(result), 1u);
    cr_assert_eq(toil_result_columns(result), 5u);
    cr_expect_str_eq(toil_result_column_name(result, 1), "int8");
    cr_expect_str_eq(toil_result_text(result, 0, 0), "a'b");
    cr_expect_eq(toil_result_int64(result, 0, 1), INT64_MIN);
    cr_expect(toil_result_bool(result, 0, 2));
    cr_expect_eq(toil_result_double(result, 0, 3), 0.1);
    cr_expect(toil_result_null(result, 0, 4));
    cr_expect_eq(toil_result_int64(result, 0, 4), 0);
    toil_result_free(result);
}

Test(db, a_deadline_ends_the_wait_and_the_work)
{
    toil_db_deadline(db, 200);
    long long begun = toil_clock_ms();
    cr_assert_eq(toil_db_query(db, &sleep_long, TOIL_NO_PARAMS, NULL, &err), TOIL_RETRY);
    cr_assert_lt(toil_clock_ms() - begun, 3000);
    cr_assert(strstr(err.message, "deadline"), "%s", err.message);
    cr_assert(!toil_db_usable(db));
    cr_assert_eq(toil_db_begin(db, &err), TOIL_RETRY);
    cr_assert_gone();
}

static void *raise_cancel(void *unused)
{
    toil_sleep_ms(300);
    atomic_store(&cancel, true);
    return unused;
}

Test(db, a_flag_breaks_every_wait_off)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, raise_cancel, NULL), 0);
    long long begun = toil_clock_ms();
    cr_assert_eq(toil_db_query(db, &sleep_long, TOIL_NO_PARAMS, NULL, &err), TOIL_RETRY);
    cr_assert_lt(toil_clock_ms() - begun, 3000);
    pthread_join(thread, NULL);
    cr_assert(!toil_db_usable(db));
    cr_assert_gone();
}

/* One bigger than all buffers on the way: n rows of one int4. */
static struct toil_buf rows_of(int n, int twice)
{
    struct toil_buf out = TOIL_BUF_INIT;
    toil_buf_add(&out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (int i = 0; i < n; i++) {
        uint32_t value = __builtin_bswap32((uint32_t)(i == n - 1 && twice ? 0 : i));
        toil_buf_add(&out, "\0\1\0\0\0\4", 6);
        toil_buf_add(&out, &value, sizeof value);
    }
    toil_buf_add(&out, "\377\377", 2);
    return out;
}

static enum toil_status copy(const struct toil_sql *sql, const struct toil_buf *data, uint64_t *rows)
{
    return toil_db_copy_in(db, sql, (struct toil_span){data->data, data->len}, rows, &err);
}

Test(db, copy_takes_everything_or_says_why)
{
    enum { ROWS = 200000 };
    uint64_t rows = 0;
    struct toil_buf data = rows_of(ROWS, 1);
    cr_assert_eq(copy(&copy_t, &data, &rows), TOIL_BAD_INPUT);
    cr_assert_str_eq(err.sqlstate, "23505");
    cr_assert(strstr(err.message, "duplicate key"), "%s", err.message);
    cr_assert_null(strstr(err.message, "(0)"), "the message holds a row's value: %s", err.message);
    cr_assert(toil_db_usable(db), "the connection was not drained");
    toil_buf_release(&data);
    data = rows_of(ROWS, 0);
    cr_assert_eq(copy(&copy_t, &data, &rows), TOIL_OK, "%s", err.message);
    cr_assert_eq(rows, ROWS);
    cr_assert_eq(pg_count(pg_conninfo(server), "select count(*) from public.t"), ROWS);
    data.data[12] = 'x'; /* flags */
    cr_assert_eq(copy(&copy_t, &data, NULL), TOIL_BAD_INPUT);
    cr_assert_str_eq(err.sqlstate, "22P04");
    cr_assert(toil_db_usable(db));
    static const struct toil_sql missing = {"missing", "copy public.missing from stdin (format binary)"};
    cr_assert_eq(copy(&missing, &data, NULL), TOIL_FATAL);
    cr_assert_str_eq(err.sqlstate, "42P01");
    cr_assert(strstr(err.hint, "toilmeter migrate"));
    cr_assert_eq(copy(&echo, &data, NULL), TOIL_FATAL);
    cr_assert(toil_db_usable(db));
    static const struct toil_sql plain = {"plain", "select 1"};
    cr_assert_eq(copy(&plain, &data, NULL), TOIL_FATAL);
    cr_assert(toil_db_usable(db));
    toil_buf_release(&data);
}

static void kill_backend(void)
{
    pg_run(pg_conninfo(server),
           "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test_db'");
}

Test(db, a_lost_connection_is_tried_again)
{
    cr_assert_eq(toil_db_begin(db, &err), TOIL_OK);
    kill_backend();
    cr_assert_eq(toil_db_query(db, &echo, TOIL_PARAMS({"a"}, {"1"}, {"f"}, {"1"}), NULL, &err), TOIL_RETRY);
    cr_assert(!toil_db_usable(db));
    toil_db_rollback(db);
    struct toil_buf data = rows_of(10, 0);
    cr_assert_eq(copy(&copy_t, &data, NULL), TOIL_RETRY);
    toil_buf_release(&data);
}

Test(db, a_commit_without_an_answer_is_unknown)
{
    bool unknown = false;
    cr_assert_eq(toil_db_begin(db, &err), TOIL_OK);
    kill_backend();
    cr_assert_eq(toil_db_commit(db, 5000, &unknown, &err), TOIL_RETRY);
    cr_assert(unknown);
    cr_assert(!toil_db_usable(db));
}

Test(db, a_commit_of_a_failed_transaction_is_no_success)
{
    bool unknown = false;
    cr_assert_eq(toil_db_begin(db, &err), TOIL_OK);
    cr_assert_eq(toil_db_script(db, "select 1 / 0", &err), TOIL_BAD_INPUT);
    cr_assert_neq(toil_db_commit(db, 5000, &unknown, &err), TOIL_OK);
    cr_assert(unknown);
}

Test(db, rollback_leaves_the_connection_idle)
{
    cr_assert_eq(toil_db_begin(db, &err), TOIL_OK);
    cr_assert_eq(toil_db_script(db, "insert into public.t values (1)", &err), TOIL_OK);
    cr_assert_eq(toil_db_script(db, "select 1 / 0", &err), TOIL_BAD_INPUT);
    toil_db_rollback(db);
    cr_assert(toil_db_usable(db));
    cr_assert_eq(toil_db_script(db, "insert into public.t values (2)", &err), TOIL_OK);
    cr_assert_eq(pg_count(pg_conninfo(server), "select sum(n) from public.t"), 2);
}

Test(db, a_script_that_wants_copy_data_does_not_hang)
{
    cr_assert_eq(toil_db_script(db, "copy public.t from stdin", &err), TOIL_FATAL);
    cr_assert(!toil_db_usable(db));
}

struct seen {
    int64_t rows, sum;
    int64_t stop_at;
};

static enum toil_status see(void *context, const struct toil_span *field, unsigned count, struct toil_error *error)
{
    struct seen *seen = context;
    cr_assert_eq(count, 4u);
    seen->rows++;
    seen->sum += toil_field_int64(field[0]);
    cr_assert_eq(toil_field_time_us(field[1]), INT64_C(1767603600000000));
    cr_assert_eq(toil_field_double(field[2]), 0.5);
    cr_assert_null(field[3].ptr);
    return seen->rows == seen->stop_at ? toil_error_set(error, TOIL_FATAL, "enough") : TOIL_OK;
}

static const struct toil_sql stream = {"stream",
                                       "select i, timestamptz '2026-01-05 09:00:00+00', 0.5::float8, null::text "
                                       "from generate_series(1::bigint, $1::bigint) i"};

Test(db, rows_stream_in_binary)
{
    struct seen seen = {0};
    cr_assert_eq(toil_db_stream(db, &stream, TOIL_PARAMS({"100000"}), see, &seen, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(seen.rows, 100000);
    cr_assert_eq(seen.sum, INT64_C(5000050000));
    seen = (struct seen){0};
    cr_assert_eq(toil_db_stream(db, &stream, TOIL_PARAMS({"x"}), see, &seen, &err), TOIL_BAD_INPUT);
    cr_assert(toil_db_usable(db));
    seen = (struct seen){.stop_at = 10};
    cr_assert_eq(toil_db_stream(db, &stream, TOIL_PARAMS({"2000000"}), see, &seen, &err), TOIL_FATAL);
    cr_assert_str_eq(err.message, "enough");
    cr_assert_eq(seen.rows, 10);
    cr_assert(!toil_db_usable(db));
    toil_db_close(db); /* the server waits to send more rows until then */
    db = NULL;
    cr_assert_gone();
}

static enum toil_status see_copied(void *context, struct toil_span row, struct toil_error *error)
{
    struct toil_span field[4];
    cr_assert_not(toil_copy_fields(row, field, 3), "it has four");
    cr_assert_not(toil_copy_fields((struct toil_span){row.ptr, row.len - 1}, field, 4), "cut off");
    cr_assert(toil_copy_fields(row, field, 4));
    return see(context, field, 4, error);
}

/* COPY takes no parameters: a query of its own for each case. */
static enum toil_status copy_out(int count, const char *more, const char *format, struct seen *seen)
{
    char text[256];
    snprintf(text, sizeof text,
             "copy (select i, timestamptz '2026-01-05 09:00:00+00', 0.5::float8, null::text "
             "from generate_series(1::bigint, %d) i%s) to stdout (format %s)",
             count, more, format);
    const struct toil_sql sql = {"copied", text};
    return toil_db_copy_out(db, &sql, see_copied, seen, &err);
}

Test(db, rows_come_by_copy)
{
    struct seen seen = {0};
    cr_assert_eq(copy_out(100000, "", "binary", &seen), TOIL_OK, "%s", err.message);
    cr_assert_eq(seen.rows, 100000);
    cr_assert_eq(seen.sum, INT64_C(5000050000));
    seen = (struct seen){0};
    cr_assert_eq(copy_out(0, "", "binary", &seen), TOIL_OK, "%s", err.message);
    cr_assert_eq(seen.rows, 0);
    cr_assert_eq(copy_out(1, " where 1 / 0 = i", "binary", &seen), TOIL_BAD_INPUT, "an error at once");
    cr_assert(toil_db_usable(db));
    const struct toil_sql no_copy = {"no_copy", "select 1"};
    cr_assert_eq(toil_db_copy_out(db, &no_copy, see_copied, &seen, &err), TOIL_FATAL);
    cr_assert(toil_db_usable(db));
    cr_assert_eq(copy_out(20000, " where 1 / (i - 15000) < 2", "binary", &seen), TOIL_BAD_INPUT, "%s", err.message);
    cr_assert_gt(seen.rows, 0, "an error in the middle");
    cr_assert(toil_db_usable(db));
}

Test(db, copy_stops_when_told_and_takes_only_binary)
{
    struct seen seen = {.stop_at = 10};
    struct toil_db *other = NULL;
    cr_assert_eq(toil_db_open_like(db, &other, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(copy_out(2000000, "", "binary", &seen), TOIL_FATAL);
    cr_assert_str_eq(err.message, "enough");
    cr_assert_eq(seen.rows, 10);
    cr_assert_not(toil_db_usable(db));
    toil_db_close(db);
    db = other;
    seen = (struct seen){0};
    cr_assert_eq(copy_out(10, "", "text", &seen), TOIL_FATAL);
    cr_assert_eq(seen.rows, 0);
    toil_db_close(db);
    db = NULL;
    cr_assert_gone();
}

struct refusal {
    const char *conninfo; /* after host and port */
    enum toil_status status;
    const char *sqlstate;
    const char *hint;
};

Test(db, refusals_name_the_remedy_and_no_secret)
{
    pg_run(pg_conninfo(server), "create role locked login password 'right'");
    char *line = toil_xasprintf("echo 'local all locked scram-sha-256' >%s/data/pg_hba.conf; "
                                "echo 'local all all trust' >>%s/data/pg_hba.conf",
                                server->dir, server->dir);
    cr_assert_eq(system(line), 0);
    free(line);
    pg_run(pg_conninfo(server), "select pg_reload_conf()");
    toil_sleep_ms(300);
    static const struct refusal rows[] = {
        {"user=locked password=s3cret dbname=postgres", TOIL_FATAL, "28P01", ".pgpass"},
        {"user=locked dbname=postgres", TOIL_FATAL, "28P01", ".pgpass"},
        {"user=postgres dbname=nowhere", TOIL_FATAL, "3D000", "createdb"},
        {"user=nobody_here dbname=postgres", TOIL_FATAL, "28000", "role exists"},
        {"password=s3cret user", TOIL_BAD_INPUT, "", "host="},
        {"user=postgres password='s3cret", TOIL_BAD_INPUT, "", "host="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *conninfo = toil_xasprintf("host=%s port=%d %s", server->dir, server->port, rows[i].conninfo);
        struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_refused"};
        struct toil_db *refused;
        cr_expect_eq(toil_db_open(&options, &refused, &err), rows[i].status, "%s: %s", rows[i].conninfo, err.message);
        cr_expect_null(refused);
        cr_expect_str_eq(err.sqlstate, rows[i].sqlstate, "%s: %s", rows[i].conninfo, err.message);
        cr_expect(strstr(err.hint, rows[i].hint), "%s: %s", rows[i].conninfo, err.hint);
        cr_expect_null(strstr(err.message, "s3cret"), "%s", err.message);
        cr_expect_null(strstr(err.hint, "s3cret"), "%s", err.hint);
        free(conninfo);
    }
}

Test(db, a_server_that_is_away_is_tried_again)
{
    pg_halt(server);
    struct toil_db_options options = {.conninfo = pg_conninfo(server), .application_name = "test_db"};
    struct toil_db *again;
    cr_assert_eq(toil_db_open(&options, &again, &err), TOIL_RETRY);
    cr_assert_neq(err.hint[0], '\0');
    cr_assert_eq(toil_db_begin(db, &err), TOIL_RETRY);
    pg_resume(server);
    cr_assert_eq(toil_db_open(&options, &again, &err), TOIL_OK, "%s", err.message);
    toil_db_close(again);
}

/* Accepts connections in the kernel and never answers. */
/* Runs the long statement in a program of its own, which ends in the given way while it runs. */
static void end_while_it_runs(bool at_deadline)
{
    pid_t child = fork();
    if (child == 0) {
        struct toil_db_options options = {
            .conninfo = pg_conninfo(server), .application_name = "test_db", .deadline_ms = at_deadline ? 300 : 60000};
        struct toil_db *own;
        if (toil_db_open(&options, &own, &err) != TOIL_OK)
            _exit(2);
        enum toil_status status = toil_db_query(own, &sleep_long, TOIL_NO_PARAMS, NULL, &err);
        toil_db_close(own);
        _exit(status == TOIL_RETRY ? 0 : 1);
    }
    cr_assert(child > 0);
    if (!at_deadline) {
        for (int i = 0; i < 500 && sleeping() == 0; i++)
            toil_sleep_ms(20);
        cr_assert_eq(sleeping(), 1, "the statement has not begun");
        kill(child, SIGKILL);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    if (at_deadline)
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

Test(db, a_statement_ends_with_the_program_that_ends_at_its_deadline)
{
    end_while_it_runs(true);
    cr_assert_gone();
}

Test(db, a_statement_ends_soon_after_the_program_that_was_killed)
{
    end_while_it_runs(false);
    for (int i = 0; i < 500 && sleeping() > 0; i++)
        toil_sleep_ms(20);
    cr_assert_eq(sleeping(), 0, "the server goes on with what nobody waits for");
}

Test(db, a_server_that_is_silent_meets_the_deadline)
{
    toil_proc_signal(&server->proc, SIGSTOP);
    char *conninfo = pg_conninfo_tcp(server, "postgres", "postgres");
    struct toil_db_options options = {.conninfo = conninfo, .application_name = "test_db", .connect_timeout_ms = 500};
    struct toil_db *silent;
    long long begun = toil_clock_ms();
    cr_expect_eq(toil_db_open(&options, &silent, &err), TOIL_RETRY);
    cr_expect_lt(toil_clock_ms() - begun, 3000);
    cr_expect(strstr(err.message, "deadline"), "%s", err.message);
    toil_proc_signal(&server->proc, SIGCONT);
    free(conninfo);
}
