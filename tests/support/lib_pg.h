/* A private PostgreSQL for a test: a cluster in a temporary folder, reached by a socket in that folder and by a free
 * port of 127.0.0.1, superuser "postgres" without a password. It ends with the process that started it, even when that
 * crashes. As root the server runs as the user postgres. */
#ifndef TESTS_LIB_PG_H
#define TESTS_LIB_PG_H

#include <stdbool.h>

#include "support/lib_proc.h"

struct pg_server {
    struct toil_proc proc;
    char dir[128];
    int port;
    bool durable;
    const char *const *extra; /* borrowed */
    char conninfo[256];       /* over the socket, database postgres */
};

struct pg_options {
    bool durable;             /* with fsync: for benchmarks and for tests that pull the plug */
    const char *const *extra; /* NULL-terminated further "name=value" settings, or NULL; outlive the server */
};

/* Starts a server and waits until it answers. Aborts the test when it cannot. options: NULL for the usual ones. Owned
 * by the caller, ended by pg_stop. */
struct pg_server *pg_start(const struct pg_options *options);
/* Stops the server at once, removes its folder, frees it. NULL is fine. */
void pg_stop(struct pg_server *server);

/* Borrowed. */
const char *pg_conninfo(const struct pg_server *server);
/* Over TCP; owned by the caller. */
char *pg_conninfo_tcp(const struct pg_server *server, const char *dbname, const char *user);

/* Stops and starts again, same port; waits until it answers. */
void pg_restart(struct pg_server *server);
/* Stops in an orderly way, breaking connections; pg_resume starts it again. */
void pg_halt(struct pg_server *server);
/* kill -9 of the postmaster; pg_resume starts it again. */
void pg_kill9(struct pg_server *server);
void pg_resume(struct pg_server *server);

/* Runs SQL apart from the code under test; aborts the test when it fails. */
void pg_run(const char *conninfo, const char *sql);
/* The first value of the first row as text, "" for NULL or no row. Owned by the caller. */
char *pg_value(const char *conninfo, const char *sql);
long long pg_count(const char *conninfo, const char *sql);
/* Runs SQL that may fail: NULL when it did well, else the SQLSTATE. Owned by the caller. */
char *pg_try(const char *conninfo, const char *sql);
/* All rows as text, columns by "|", a line each: to compare tables. Owned by the caller. */
char *pg_rows(const char *conninfo, const char *sql);

#endif
