/* The small HTTP server: /metrics, /-/healthy, /-/ready. Its threads only read: counters, and the state that the loop
 * publishes here. */
#ifndef COLLECTOR_HEALTH_H
#define COLLECTOR_HEALTH_H

#include <stdatomic.h>

#include "counters.h"

/* Why the daemon is not ready, as bits. */
enum {
    HEALTH_STARTING = 1 << 0,
    HEALTH_DATABASE = 1 << 1,
    HEALTH_BROKER = 1 << 2,
    HEALTH_ASSIGNMENT = 1 << 3,
    HEALTH_TOPIC = 1 << 4,
    HEALTH_STOPPING = 1 << 5,
};

struct health_state {
    atomic_uint not_ready;   /* 0: ready */
    _Atomic int64_t beat_ms; /* CLOCK_MONOTONIC when the loop last went round */
};

struct health; /* opaque */

/* listen: "ADDR:PORT" (an IPv6 address in brackets; port 0 picks a free one). counters, state: borrowed. TOIL_FATAL
 * when the address cannot be listened on. */
enum toil_status health_new(const char *listen, struct counters *counters, const struct health_state *state,
                            struct health **out, struct toil_error *err) TOIL_MUST_CHECK;
void health_free(struct health *health);
/* The port that is listened on. */
unsigned health_port(const struct health *health);

/* The reasons as words separated by commas, "ready" for 0. `out` is cleared first. */
void health_reasons(unsigned not_ready, struct toil_buf *out);

#endif
