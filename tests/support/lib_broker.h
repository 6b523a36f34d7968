/* The broker and the faulty network of an integration test.
 *
 * A test run shares one broker, made by tests/run, which names it in TOIL_TEST_BROKER (its folder); a test that harms
 * its broker, or that runs alone, starts its own. Topics and groups carry a name that no other test uses. */
#ifndef TESTS_LIB_BROKER_H
#define TESTS_LIB_BROKER_H

#include "support/lib_proc.h"
#include "support/lib_produce.h"

struct toil_broker {
    char dir[256];
    char bootstrap[64];
    char control[300];
    struct toil_cluster cluster; /* points into this struct: do not copy it */
    bool real;                   /* Apache Kafka; false: the in-process cluster, which has no restart and no admin */
    bool owned;
};

/* Takes the run's broker, or starts one of its own when there is none. Aborts the test when it cannot. */
void toil_broker_use(struct toil_broker *broker);
/* Starts one of its own. */
void toil_broker_start(struct toil_broker *broker);
/* Ends it and removes its folder when it is the test's own. */
void toil_broker_release(struct toil_broker *broker);

void toil_broker_kill(struct toil_broker *broker); /* kill -9 */
void toil_broker_stop(struct toil_broker *broker); /* TERM */
void toil_broker_restart(struct toil_broker *broker);

/* NAME plus what makes it unique to this process and moment, in out. */
void toil_unique_name(const char *name, char *out, size_t out_bytes);

/* A relay that fails on command: see tool_proxy.c for the commands. */
struct toil_proxy {
    struct toil_proc proc;
    char control[300];
    int port; /* on 127.0.0.1 */
};

/* target: HOST:PORT or the path of a socket. */
void toil_proxy_start(struct toil_proxy *proxy, const char *dir, const char *target);
void toil_proxy_stop(struct toil_proxy *proxy);
/* Returns once the relay has done it; false when it does not within ten seconds. */
bool toil_proxy_command(struct toil_proxy *proxy, const char *command);
/* Waits until a trap ("commit-before", "commit-after") has gone off the given number of times in all. */
bool toil_proxy_wait_fired(const struct toil_proxy *proxy, const char *trap, int times, int deadline_ms);

#endif
