/* A private PostgreSQL for a test: see lib_pg.h. */
#include "support/lib_pg.h"

#include <arpa/inet.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toilmeter/buf.h"

enum { START_DEADLINE_MS = 60000, TRIES = 8, MOST_ARGS = 64 };

static _Noreturn void give_up(const char *what, const char *detail)
{
    fprintf(stderr, "private PostgreSQL: %s: %s\n", what, detail);
    abort();
}

/* PG_BINDIR, or the newest of Debian's folders. Owned by the caller. */
static char *bin_dir(void)
{
    const char *set = getenv("PG_BINDIR");
    if (set)
        return toil_xstrdup(set);
    glob_t found;
    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) != 0 || found.gl_pathc == 0)
        give_up("not installed", "/usr/lib/postgresql");
    char *dir = toil_xstrdup(found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return dir;
}

/* PostgreSQL refuses to run as root. */
static const struct passwd *server_user(void)
{
    if (geteuid() != 0)
        return NULL;
    const struct passwd *user = getpwnam("postgres");
    if (!user)
        give_up("no such user", "postgres");
    return user;
}

/* setpriv replaces itself by the program, so that the process started is the server's own. A server whose test is gone
 * gets SIGQUIT: it stops at once and leaves no shared memory behind. */
static size_t add_prefix(const char **argv)
{
    size_t n = 0;
    argv[n++] = "setpriv";
    argv[n++] = "--pdeathsig=QUIT";
    if (geteuid() == 0) {
        argv[n++] = "--reuid=postgres";
        argv[n++] = "--regid=postgres";
        argv[n++] = "--init-groups";
    }
    argv[n++] = "--";
    return n;
}

static void run(const char *dir, const char *const *words)
{
    const char *argv[MOST_ARGS];
    size_t n = add_prefix(argv);
    for (; *words; words++)
        argv[n++] = *words;
    argv[n] = NULL;
    if (toil_proc_run(dir, "setup", argv, NULL, START_DEADLINE_MS) != 0)
        give_up("setting up failed, see", dir);
}

/* initdb takes a second; copying what it made does not. The template belongs to the user of the server, and is moved
 * into place whole, so that tests that start together do not disturb each other. */
static void make_data(const struct pg_server *server, const char *bin)
{
    const struct passwd *user = server_user();
    struct stat info;
    const char *tag = strrchr(bin, '/') - 2;
    char *template =
        toil_xasprintf("/tmp/toilmeter-pg%.2s-template-%d", tag, user ? (int)user->pw_uid : (int)geteuid());
    char *data = toil_xasprintf("%s/data", server->dir);
    if (stat(template, &info) != 0) {
        char *initdb = toil_xasprintf("%s/initdb", bin);
        run(server->dir, (const char *const[]){initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                               "--locale=C", "-N", NULL});
        char *fresh = toil_xasprintf("%s.%d", template, (int)getpid());
        run(server->dir, (const char *const[]){"cp", "-a", data, fresh, NULL});
        if (rename(fresh, template) != 0)
            toil_temp_dir_remove(fresh); /* another test was faster */
        free(fresh);
        free(initdb);
    } else {
        if (info.st_uid != (user ? user->pw_uid : geteuid()))
            give_up("belongs to somebody else", template);
        run(server->dir, (const char *const[]){"cp", "-a", template, data, NULL});
    }
    free(data);
    free(template);
}

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        give_up("no free port", "127.0.0.1");
    close(fd);
    return ntohs(address.sin_port);
}

static void launch(struct pg_server *server, const char *bin)
{
    static const char *const fixed[] = {"listen_addresses=127.0.0.1", "shared_buffers=64MB", "max_connections=60",
                                        "log_line_prefix=%m [%p] ", NULL};
    static const char *const volatile_ones[] = {"fsync=off", "full_page_writes=off", "synchronous_commit=off", NULL};
    const char *argv[MOST_ARGS];
    size_t n = add_prefix(argv);
    char *postgres = toil_xasprintf("%s/postgres", bin), *data = toil_xasprintf("%s/data", server->dir);
    char *sockets = toil_xasprintf("unix_socket_directories=%s", server->dir);
    char *port = toil_xasprintf("port=%d", server->port);
    const char *const *const groups[] = {fixed, server->durable ? NULL : volatile_ones, server->extra};
    argv[n++] = postgres;
    argv[n++] = "-D";
    argv[n++] = data;
    argv[n++] = "-c";
    argv[n++] = sockets;
    argv[n++] = "-c";
    argv[n++] = port;
    for (size_t group = 0; group < 3; group++) {
        for (const char *const *setting = groups[group]; setting && *setting && n + 3 < MOST_ARGS; setting++) {
            argv[n++] = "-c";
            argv[n++] = *setting;
        }
    }
    argv[n] = NULL;
    toil_proc_start(&server->proc, server->dir, "postgres", argv, NULL);
    free(port);
    free(sockets);
    free(data);
    free(postgres);
}

/* False when the server ended before it answered. */
static bool wait_ready(struct pg_server *server)
{
    long long end = toil_clock_ms() + START_DEADLINE_MS;
    while (toil_proc_running(&server->proc)) {
        if (PQping(server->conninfo) == PQPING_OK)
            return true;
        if (toil_clock_ms() > end)
            give_up("does not answer, see", server->proc.err_path);
        toil_sleep_ms(10);
    }
    (void)toil_proc_wait(&server->proc, 0);
    return false;
}

/* The port may have been taken meanwhile, or backends of a killed postmaster may still be on their way out. */
static void start(struct pg_server *server, bool new_port)
{
    char *bin = bin_dir();
    for (int i = 0; i < TRIES; i++) {
        if (new_port)
            server->port = free_port();
        snprintf(server->conninfo, sizeof server->conninfo, "host=%s port=%d user=postgres dbname=postgres",
                 server->dir, server->port);
        launch(server, bin);
        if (wait_ready(server)) {
            free(bin);
            return;
        }
        toil_sleep_ms(250);
    }
    give_up("does not start, see", server->proc.err_path);
}

struct pg_server *pg_start(const struct pg_options *options)
{
    struct pg_server *server = toil_xcalloc(1, sizeof *server);
    const struct passwd *user = server_user();
    server->durable = options && options->durable;
    server->extra = options ? options->extra : NULL;
    toil_temp_dir(server->dir, sizeof server->dir);
    if (user && chown(server->dir, user->pw_uid, user->pw_gid) != 0)
        give_up("cannot give away", server->dir);
    char *bin = bin_dir();
    make_data(server, bin);
    free(bin);
    start(server, true);
    return server;
}

void pg_stop(struct pg_server *server)
{
    if (!server)
        return;
    toil_proc_signal(&server->proc, SIGQUIT);
    if (toil_proc_wait(&server->proc, START_DEADLINE_MS) < 0)
        toil_proc_kill(&server->proc);
    toil_temp_dir_remove(server->dir);
    free(server);
}

const char *pg_conninfo(const struct pg_server *server)
{
    return server->conninfo;
}

char *pg_conninfo_tcp(const struct pg_server *server, const char *dbname, const char *user)
{
    return toil_xasprintf("host=127.0.0.1 port=%d dbname=%s user=%s", server->port, dbname, user);
}

void pg_halt(struct pg_server *server)
{
    toil_proc_signal(&server->proc, SIGINT);
    if (toil_proc_wait(&server->proc, START_DEADLINE_MS) < 0)
        give_up("does not stop, see", server->proc.err_path);
}

void pg_kill9(struct pg_server *server)
{
    toil_proc_kill(&server->proc);
}

void pg_resume(struct pg_server *server)
{
    start(server, false);
}

void pg_restart(struct pg_server *server)
{
    pg_halt(server);
    pg_resume(server);
}

/* ---- SQL beside the code under test ---- */

static PGresult *execute(const char *conninfo, const char *sql, PGconn **conn)
{
    *conn = PQconnectdb(conninfo);
    if (PQstatus(*conn) != CONNECTION_OK)
        give_up("cannot connect", PQerrorMessage(*conn));
    PQclear(PQexec(*conn, "set client_min_messages = warning"));
    return PQexec(*conn, sql);
}

static bool did_well(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
}

char *pg_rows(const char *conninfo, const char *sql)
{
    PGconn *conn;
    PGresult *result = execute(conninfo, sql, &conn);
    if (!did_well(result))
        give_up(sql, PQresultErrorMessage(result));
    struct toil_buf text = TOIL_BUF_INIT;
    for (int row = 0; row < PQntuples(result); row++) {
        for (int column = 0; column < PQnfields(result); column++) {
            if (column)
                toil_buf_add_char(&text, '|');
            toil_buf_add_text(&text, PQgetisnull(result, row, column) ? "~" : PQgetvalue(result, row, column));
        }
        toil_buf_add_char(&text, '\n');
    }
    PQclear(result);
    PQfinish(conn);
    return toil_buf_take(&text);
}

void pg_run(const char *conninfo, const char *sql)
{
    free(pg_rows(conninfo, sql));
}

char *pg_value(const char *conninfo, const char *sql)
{
    PGconn *conn;
    PGresult *result = execute(conninfo, sql, &conn);
    if (!did_well(result))
        give_up(sql, PQresultErrorMessage(result));
    char *value = toil_xstrdup(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(conn);
    return value;
}

long long pg_count(const char *conninfo, const char *sql)
{
    char *value = pg_value(conninfo, sql);
    long long count = strtoll(value, NULL, 10);
    free(value);
    return count;
}

char *pg_try(const char *conninfo, const char *sql)
{
    PGconn *conn;
    PGresult *result = execute(conninfo, sql, &conn);
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    char *failed = did_well(result) ? NULL : toil_xstrdup(code ? code : "");
    PQclear(result);
    PQfinish(conn);
    return failed;
}
