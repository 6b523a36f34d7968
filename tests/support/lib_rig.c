/* The rig of an integration test: see lib_rig.h. */
#include "support/lib_rig.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpq-fe.h>

enum { SCRIPT_MS = 90000, FLUSH_MS = 60000 };

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "test rig: %s: %s\n", what, why);
    abort();
}

static const char *build_dir(void)
{
    const char *build = getenv("BUILD");
    return build != NULL && build[0] != '\0' ? build : "build";
}

/* ---- the server ---- */

static void server_script(struct toil_server *server, const char *command)
{
    char owner[64];
    snprintf(owner, sizeof owner, "POSTGRES_OWNER=%ld", (long)getpid());
    const char *argv[] = {"tests/support/postgres.sh", command, server->dir, NULL};
    const char *env[] = {owner, NULL};
    if (toil_proc_run(server->dir, "script", argv, env, SCRIPT_MS) != 0)
        give_up("postgres.sh", command);
}

static void server_take_folder(struct toil_server *server)
{
    char path[300];
    snprintf(path, sizeof path, "%s/conninfo", server->dir);
    char *conninfo = toil_file_text(path);
    conninfo[strcspn(conninfo, "\n")] = '\0';
    snprintf(server->conninfo, sizeof server->conninfo, "%s", conninfo);
    free(conninfo);
    snprintf(path, sizeof path, "%s/port", server->dir);
    char *port = toil_file_text(path);
    server->port = (int)strtol(port, NULL, 10);
    free(port);
    if (server->port == 0)
        give_up("no PostgreSQL in", server->dir);
    snprintf(server->socket, sizeof server->socket, "%s/.s.PGSQL.%d", server->dir, server->port);
}

void toil_server_use(struct toil_server *server)
{
    const char *dir = getenv("TOIL_TEST_POSTGRES");
    if (dir == NULL || dir[0] == '\0') {
        toil_server_start(server);
        return;
    }
    *server = (struct toil_server){0};
    snprintf(server->dir, sizeof server->dir, "%s", dir);
    server_take_folder(server);
}

void toil_server_start(struct toil_server *server)
{
    *server = (struct toil_server){.owned = true};
    toil_temp_dir(server->dir, sizeof server->dir);
    server_script(server, "start");
    server_take_folder(server);
}

void toil_server_kill(struct toil_server *server)
{
    server_script(server, "kill9");
}

void toil_server_stop(struct toil_server *server)
{
    server_script(server, "stop");
}

void toil_server_restart(struct toil_server *server)
{
    server_script(server, "restart");
}

void toil_server_release(struct toil_server *server)
{
    if (!server->owned)
        return;
    server_script(server, "stop");
    toil_temp_dir_remove(server->dir);
    server->owned = false;
}

/* ---- SQL ---- */

static PGconn *connect_to(const char *conninfo)
{
    PGconn *db = PQconnectdb(conninfo);
    if (PQstatus(db) == CONNECTION_OK) {
        PQclear(PQexec(db, "set client_min_messages = error"));
        return db;
    }
    fprintf(stderr, "test rig: %s", PQerrorMessage(db));
    PQfinish(db);
    return NULL;
}

/* NULL when the server is away. An SQL error ends the test. */
static PGresult *ask(struct toil_rig *rig, const char *sql)
{
    if (rig->db != NULL && PQstatus(rig->db) != CONNECTION_OK) {
        PQfinish(rig->db);
        rig->db = NULL;
    }
    if (rig->db == NULL)
        rig->db = connect_to(rig->admin);
    if (rig->db == NULL)
        return NULL;
    PGresult *result = PQexec(rig->db, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bool away = code == NULL || strncmp(code, "57P", 3) == 0 || strncmp(code, "08", 2) == 0;
    if (!away)
        give_up(sql, PQresultErrorMessage(result));
    PQclear(result);
    return NULL;
}

char *toil_rig_text(struct toil_rig *rig, const char *sql)
{
    PGresult *result = ask(rig, sql);
    if (result == NULL)
        give_up(sql, "the server is away");
    char *text = toil_xstrdup(PQntuples(result) > 0 && PQnfields(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return text;
}

static long long number_of(const PGresult *result)
{
    if (result == NULL || PQntuples(result) == 0 || PQgetisnull(result, 0, 0))
        return -1;
    return strtoll(PQgetvalue(result, 0, 0), NULL, 10);
}

long long toil_rig_count(struct toil_rig *rig, const char *sql)
{
    PGresult *result = ask(rig, sql);
    if (result == NULL)
        give_up(sql, "the server is away");
    long long number = number_of(result);
    PQclear(result);
    return number;
}

void toil_rig_sql(struct toil_rig *rig, const char *sql)
{
    PGresult *result = ask(rig, sql);
    if (result == NULL)
        give_up(sql, "the server is away");
    PQclear(result);
}

bool toil_rig_wait(struct toil_rig *rig, const char *sql, long long expected, int deadline_ms)
{
    long long end = toil_clock_ms() + deadline_ms;
    for (;;) {
        PGresult *result = ask(rig, sql);
        bool reached = result != NULL && number_of(result) == expected;
        if (reached || toil_clock_ms() >= end) {
            if (!reached)
                fprintf(stderr, "test rig: %s gives %lld, expected %lld\n", sql, number_of(result), expected);
            PQclear(result);
            return reached;
        }
        PQclear(result);
        toil_sleep_ms(100);
    }
}

/* ---- the rig ---- */

/* Roles are the server's, not the database's: another test may make them at this moment. */
static const char make_login[] =
    "do $$ begin create role toil_collector login password 'right' in role toilmeter_collector;"
    " exception when duplicate_object or unique_violation then null; end $$";

static void make_database(struct toil_rig *rig, unsigned flags)
{
    char sql[256];
    PGconn *db = connect_to(rig->server.conninfo);
    if (db == NULL)
        give_up("PostgreSQL", "cannot be reached");
    snprintf(sql, sizeof sql, "create database \"%s\" template template0", rig->database);
    PGresult *result = PQexec(db, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        give_up(sql, PQresultErrorMessage(result));
    PQclear(result);
    PQfinish(db);
    snprintf(rig->admin, sizeof rig->admin, "%s dbname=%s", rig->server.conninfo, rig->database);
    snprintf(rig->postgres, sizeof rig->postgres, "host=%s port=%d user=toil_collector dbname=%s", rig->server.dir,
             rig->server.port, rig->database);
    if (flags & RIG_NO_MIGRATION)
        return;
    char *program = toil_xasprintf("%s/toilmeter", build_dir());
    const char *argv[] = {program, "--db", rig->admin, "migrate", NULL};
    if (toil_proc_run(rig->dir, "migrate", argv, NULL, SCRIPT_MS) != 0) {
        char *path = toil_xasprintf("%s/migrate.err", rig->dir);
        give_up("toilmeter migrate", toil_file_text(path));
    }
    free(program);
    toil_rig_sql(rig, make_login);
}

void toil_rig_start(struct toil_rig *rig, unsigned flags)
{
    *rig = (struct toil_rig){0};
    toil_temp_dir(rig->dir, sizeof rig->dir);
    toil_unique_name("t", rig->group, sizeof rig->group);
    snprintf(rig->batch, sizeof rig->batch, "{rows: 2000, age: 200ms}");
    snprintf(rig->database, sizeof rig->database, "%s", rig->group);
    snprintf(rig->config, sizeof rig->config, "%s/toilmeterd.yaml", rig->dir);
    const char *program = getenv("TOIL_TEST_COLLECTOR");
    if (program != NULL)
        snprintf(rig->program, sizeof rig->program, "%s", program);
    else
        snprintf(rig->program, sizeof rig->program, "%s/toilmeterd", build_dir());
    if (flags & RIG_OWN_SERVER)
        toil_server_start(&rig->server);
    else
        toil_server_use(&rig->server);
    make_database(rig, flags);
    if (flags & RIG_OWN_BROKER)
        toil_broker_start(&rig->broker);
    else
        toil_broker_use(&rig->broker);
    snprintf(rig->bootstrap, sizeof rig->bootstrap, "%s", rig->broker.bootstrap);
    rig->producer = toil_producer_new(rig->broker.bootstrap, NULL);
    if (rig->producer == NULL)
        give_up("producer", rig->broker.bootstrap);
}

void toil_rig_release(struct toil_rig *rig)
{
    if (rig->db != NULL)
        PQfinish(rig->db);
    rig->db = NULL;
    toil_producer_free(rig->producer);
    rig->producer = NULL;
    toil_broker_release(&rig->broker);
    if (!rig->server.owned) {
        PGconn *db = connect_to(rig->server.conninfo);
        char *sql = toil_xasprintf("drop database if exists \"%s\" with (force)", rig->database);
        if (db != NULL)
            PQclear(PQexec(db, sql));
        PQfinish(db);
        free(sql);
    }
    toil_server_release(&rig->server);
    if (getenv("TOIL_TEST_KEEP") == NULL)
        toil_temp_dir_remove(rig->dir);
}

const char *toil_rig_mapped_topic(struct toil_rig *rig, const char *name, int partitions, const char *how)
{
    if (rig->topics == RIG_MAX_TOPICS)
        give_up(name, "too many topics");
    struct toil_rig_topic *topic = &rig->topic[rig->topics++];
    snprintf(topic->name, sizeof topic->name, "%.40s.%.80s", name, rig->group);
    snprintf(topic->how, sizeof topic->how, "%s", how);
    topic->partitions = partitions;
    const char *const config[] = {"max.message.bytes", "10485760", NULL};
    if (!toil_topic_create(&rig->broker.cluster, topic->name, partitions, config))
        give_up(topic->name, "cannot be made");
    return topic->name;
}

const char *toil_rig_topic(struct toil_rig *rig, const char *name, int partitions, const char *kind)
{
    char how[64] = "";
    if (kind != NULL)
        snprintf(how, sizeof how, "kind: %s", kind);
    return toil_rig_mapped_topic(rig, name, partitions, how);
}

void toil_rig_configure(struct toil_rig *rig, const char *kafka, const char *more)
{
    FILE *file = fopen(rig->config, "we");
    if (file == NULL)
        give_up(rig->config, "cannot be written");
    fprintf(file,
            "cluster: test\n"
            "kafka:\n"
            "  bootstrap.servers: %s\n"
            "  group.id: %s\n"
            "  session.timeout.ms: 4000\n"
            "  heartbeat.interval.ms: 500\n"
            "  reconnect.backoff.max.ms: 500\n"
            "%s"
            "postgres: \"%s\"\n"
            "people: {key_file: %s/people.key, robots: [\"~^svc-\", deploy-bot]}\n"
            "batch: %s\n"
            "http: {listen: 127.0.0.1:0}\n"
            "topics:\n",
            rig->bootstrap, rig->group, kafka != NULL ? kafka : "", rig->postgres, rig->dir, rig->batch);
    for (size_t i = 0; i < rig->topics; i++) {
        const struct toil_rig_topic *topic = &rig->topic[i];
        fprintf(file, "  - {topic: %s%s%s}\n", topic->name, topic->how[0] != '\0' ? ", " : "", topic->how);
    }
    fprintf(file, "%s", more != NULL ? more : "");
    if (fclose(file) != 0)
        give_up(rig->config, "cannot be written");
}

void toil_rig_send_bytes(struct toil_rig *rig, const char *topic, int32_t partition, struct toil_span value)
{
    struct toil_outgoing message = {.topic = topic, .partition = partition, .value = value};
    if (!toil_producer_send(rig->producer, &message))
        give_up(topic, "cannot be sent to");
}

void toil_rig_send(struct toil_rig *rig, const char *topic, const char *text)
{
    toil_rig_send_bytes(rig, topic, -1, toil_span_of(text));
}

void toil_rig_flush(struct toil_rig *rig)
{
    if (!toil_producer_flush(rig->producer, FLUSH_MS))
        give_up("producer", "not everything was delivered");
}

void toil_rig_send_numbered(struct toil_rig *rig, const char *topic, int first, int last)
{
    char text[256];
    for (int i = first; i <= last; i++) {
        snprintf(text, sizeof text,
                 "{\"kind\":\"service_restart\",\"id\":\"e-%08d\",\"at\":\"2026-01-%02dT%02d:%02d:%02dZ\","
                 "\"component\":\"c-%d\",\"reason\":\"number %d\"}",
                 i, 5 + i / 86400 % 20, i / 3600 % 24, i / 60 % 60, i % 60, i % 7, i);
        toil_rig_send(rig, topic, text);
    }
    toil_rig_flush(rig);
}

void toil_rig_collector(struct toil_rig *rig, struct toil_proc *proc, const char *name, const char *const *args)
{
    const char *argv[16] = {rig->program, "--config", rig->config};
    for (size_t i = 3; i < 15 && args != NULL && *args != NULL; i++)
        argv[i] = *args++;
    toil_proc_start(proc, rig->dir, name, argv, NULL);
}

static void keep_last_line(struct toil_rig *rig, char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    const char *line = strrchr(text, '\n');
    snprintf(rig->totals, sizeof rig->totals, "%s", line != NULL ? line + 1 : text);
}

int toil_rig_until_end(struct toil_rig *rig, int deadline_ms)
{
    char name[32];
    snprintf(name, sizeof name, "until-end-%d", ++rig->runs);
    struct toil_proc proc;
    const char *const args[] = {"--until-end", NULL};
    toil_rig_collector(rig, &proc, name, args);
    int status = toil_proc_wait(&proc, deadline_ms);
    toil_proc_kill(&proc);
    char *text = toil_proc_out(&proc);
    keep_last_line(rig, text);
    free(text);
    if (status != 0) {
        char *said = toil_proc_err(&proc);
        size_t length = strlen(said);
        fprintf(stderr, "toilmeterd --until-end gave %d: %s\n", status, length > 3000 ? said + length - 3000 : said);
        free(said);
    }
    return status;
}

char *toil_rig_last_log(const struct toil_rig *rig)
{
    char path[400];
    snprintf(path, sizeof path, "%s/until-end-%d.err", rig->dir, rig->runs);
    return toil_file_text(path);
}

int toil_rig_port(const struct toil_proc *proc)
{
    if (!toil_file_wait_for(proc->err_path, "event=listening", 10000))
        give_up(proc->err_path, "does not say where it listens");
    char *text = toil_proc_err(proc);
    const char *line = strstr(text, "event=listening");
    const char *port = strstr(line, " port=");
    int number = port != NULL ? (int)strtol(port + 6 + (port[6] == '"'), NULL, 10) : 0;
    free(text);
    return number;
}

static bool partition_is_at_end(struct toil_rig *rig, const char *topic, int32_t partition, int64_t end)
{
    char *sql = toil_xasprintf("select next_offset from toilmeter.kafka_offset where topic = '%s' and partition = %d",
                               topic, (int)partition);
    PGresult *result = ask(rig, sql);
    long long next = number_of(result);
    PQclear(result);
    free(sql);
    return next == end || (next == -1 && end == 0);
}

bool toil_rig_wait_end(struct toil_rig *rig, int deadline_ms)
{
    long long give_up_at = toil_clock_ms() + deadline_ms;
    for (size_t i = 0; i < rig->topics; i++) {
        const struct toil_rig_topic *topic = &rig->topic[i];
        for (int32_t p = 0; p < topic->partitions; p++) {
            int64_t low = 0, high = 0;
            if (!toil_topic_ends(rig->broker.bootstrap, topic->name, p, &low, &high))
                return false;
            while (!partition_is_at_end(rig, topic->name, p, high)) {
                if (toil_clock_ms() >= give_up_at) {
                    fprintf(stderr, "test rig: %s [%d] has not been read to its end %lld\n", topic->name, (int)p,
                            (long long)high);
                    return false;
                }
                toil_sleep_ms(100);
            }
        }
    }
    return true;
}

long long toil_rig_wrong_numbered(struct toil_rig *rig, int last)
{
    char *sql = toil_xasprintf("with expected as (select 'e-' || lpad(n::text, 8, '0') as id"
                               " from generate_series(1, %d) n),"
                               " stored as (select id, count(*) as times from toilmeter.service_restart group by id)"
                               " select count(*) from expected e full join stored s on s.id = e.id collate \"C\""
                               " where s.id is null or e.id is null or s.times <> 1",
                               last);
    long long wrong = toil_rig_count(rig, sql);
    free(sql);
    return wrong;
}

/* ---- HTTP ---- */

char *toil_http_get(int port, const char *path, int *status)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 10};
    struct toil_buf answer = TOIL_BUF_INIT;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)port);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    *status = 0;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        dprintf(fd, "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
        char chunk[16384];
        ssize_t got;
        while ((got = read(fd, chunk, sizeof chunk)) > 0)
            toil_buf_add(&answer, chunk, (size_t)got);
        if (answer.len > 12 && memcmp(answer.data, "HTTP/1.", 7) == 0)
            *status = (int)strtol(answer.data + 9, NULL, 10);
    }
    if (fd >= 0)
        close(fd);
    return toil_buf_take(&answer);
}

double toil_metric(const char *page, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = page; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ' ')
            return strtod(line + length, NULL);
    }
    return -1;
}
