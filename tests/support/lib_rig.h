/* The rig of an integration test: a broker, a PostgreSQL with a migrated database of its own, topics, a configuration,
 * and collectors. Helpers that cannot do their work end the test with a message: a rig that is not up proves nothing.
 */
#ifndef TESTS_LIB_RIG_H
#define TESTS_LIB_RIG_H

#include "support/lib_broker.h"

/* A private PostgreSQL. A run shares one (TOIL_TEST_POSTGRES names its folder); who harms it starts an own one. */
struct toil_server {
    char dir[256];
    char conninfo[512]; /* superuser, through the socket, without a database */
    char socket[320];   /* path of the socket */
    int port;           /* on 127.0.0.1; asks for passwords */
    bool owned;
};

void toil_server_use(struct toil_server *server);
void toil_server_start(struct toil_server *server);
void toil_server_kill(struct toil_server *server); /* kill -9 of the postmaster */
void toil_server_stop(struct toil_server *server);
void toil_server_restart(struct toil_server *server);
void toil_server_release(struct toil_server *server);

enum {
    RIG_OWN_BROKER = 1 << 0,
    RIG_OWN_SERVER = 1 << 1,
    RIG_NO_MIGRATION = 1 << 2, /* leaves the database empty */
    RIG_MAX_TOPICS = 16,
};

struct toil_rig_topic {
    char name[128];
    int partitions;
    char how[256]; /* "kind: NAME", "preset: NAME", ...; "" when each message names its own kind */
};

struct toil_rig {
    char dir[256];
    char config[320];    /* path of the configuration */
    char program[256];   /* path of toilmeterd */
    char database[128];  /* name */
    char admin[1024];    /* conninfo of a superuser in the database */
    char postgres[1024]; /* conninfo in the configuration: a role with the collector's rights only */
    char bootstrap[64];  /* in the configuration */
    char group[128];     /* group.id, and what makes topics unique */
    struct toil_broker broker;
    struct toil_server server;
    struct toil_producer *producer;
    struct toil_rig_topic topic[RIG_MAX_TOPICS];
    size_t topics;
    char batch[64];    /* the configuration's `batch`, small by default */
    char totals[4096]; /* last line of the last toil_rig_until_end */
    int runs;
    void *db; /* connection of toil_rig_count and its kin */
};

void toil_rig_start(struct toil_rig *rig, unsigned flags);
void toil_rig_release(struct toil_rig *rig);

/* Makes a topic whose name begins with NAME and adds it to the configuration. kind: NULL or a fixed kind. Its name,
 * borrowed from the rig. */
const char *toil_rig_topic(struct toil_rig *rig, const char *name, int partitions, const char *kind);
/* The same with somebody else's messages: `how` is what the configuration says of them, as "preset: jira". */
const char *toil_rig_mapped_topic(struct toil_rig *rig, const char *name, int partitions, const char *how);
/* Writes the configuration. kafka, more: lines (indented by the caller) added below `kafka:` and at the end, or NULL.
 */
void toil_rig_configure(struct toil_rig *rig, const char *kafka, const char *more);

void toil_rig_send(struct toil_rig *rig, const char *topic, const char *text);
void toil_rig_send_bytes(struct toil_rig *rig, const char *topic, int32_t partition, struct toil_span value);
/* Waits for all deliveries. */
void toil_rig_flush(struct toil_rig *rig);
/* Sends service_restart events number FIRST to LAST: id e-NNNNNNNN, a second apart from 2026-01-05 on. */
void toil_rig_send_numbered(struct toil_rig *rig, const char *topic, int first, int last);

/* Starts a collector; NAME for its output files. args: more arguments, NULL-terminated, or NULL. */
void toil_rig_collector(struct toil_rig *rig, struct toil_proc *proc, const char *name, const char *const *args);
/* Runs one with --until-end; its exit status, or -1 after deadline_ms. Fills rig->totals. */
int toil_rig_until_end(struct toil_rig *rig, int deadline_ms);
/* What the last toil_rig_until_end said on stderr. Owned by the caller. */
char *toil_rig_last_log(const struct toil_rig *rig);

/* The number that a query gives (its first field; NULL and no row count as -1). */
long long toil_rig_count(struct toil_rig *rig, const char *sql);
/* The text of its first field; owned by the caller. */
char *toil_rig_text(struct toil_rig *rig, const char *sql);
void toil_rig_sql(struct toil_rig *rig, const char *sql);
/* Asks again and again; false at the deadline. A server that is away counts as "not yet". */
bool toil_rig_wait(struct toil_rig *rig, const char *sql, long long expected, int deadline_ms);
/* Waits until the stored offset of every partition of every topic is the log's end. */
bool toil_rig_wait_end(struct toil_rig *rig, int deadline_ms);
/* Of events 1 to LAST: how many are missing, doubled or unknown. 0 is exactly once. */
long long toil_rig_wrong_numbered(struct toil_rig *rig, int last);

/* The port of a collector's small HTTP server, from its log. */
int toil_rig_port(const struct toil_proc *proc);
/* The status and body of a GET on 127.0.0.1; owned by the caller; status 0 when there is no answer. */
char *toil_http_get(int port, const char *path, int *status);
/* The value of a metric's line that begins with NAME (labels included); -1 when there is none. */
double toil_metric(const char *page, const char *name);

#endif
