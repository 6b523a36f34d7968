/* Why a broker does not let us in, as one sentence with its remedy: librdkafka's codes and texts in, a line for the log
 * out. Knows nothing of librdkafka itself. */
#ifndef COLLECTOR_REFUSAL_H
#define COLLECTOR_REFUSAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "toilmeter/buf.h"
#include "toilmeter/error.h"

enum refusal_kind {
    REFUSAL_LOGIN,      /* SASL: user, password or mechanism */
    REFUSAL_TLS,        /* no TLS with the broker: its certificate, or what it speaks */
    REFUSAL_CONNECTION, /* cannot be reached, or hangs up */
    REFUSAL_NAME,       /* its host name is not known */
    REFUSAL_OTHER,      /* what has no sentence of its own */
    REFUSAL_KINDS,
};

struct refusal {
    enum refusal_kind kind;
    int certificate; /* X509_V_ERR_... of the broker's certificate; 0: nothing was wrong with it, or it was not seen */
    const char *reason;                      /* librdkafka's, "PROTOCOL://HOST:PORT/ID: text"; borrowed like the rest */
    const char *protocol, *user, *mechanism; /* security.protocol, sasl.username, sasl.mechanism; "" when not set */
};

/* The event of the log, one for each kind, so that each is limited by itself. Borrowed: a constant. */
const char *refusal_event(enum refusal_kind kind);
/* Fills err (TOIL_RETRY): which broker, what is wrong, what to do. */
void refusal_tell(const struct refusal *refusal, struct toil_error *err);
/* A handshake that fails is told as one of TLS or, at times, as a connection that was lost in it: REFUSAL_TLS for both,
 * unless the broker refused the certificate that it was shown. Other kinds stay. */
enum refusal_kind refusal_settle(enum refusal_kind kind, const char *reason);
/* True for what waiting rarely mends: a login or a certificate that is refused. */
bool refusal_is_final(enum refusal_kind kind);
/* What stands behind the names in a reason. Borrowed from it. */
const char *refusal_text(const char *reason);
/* HOST:PORT out of a reason, in out; "the broker" when there is none. */
void refusal_broker(const char *reason, char *out, size_t out_bytes);

/* What checks of certificates found, kept from the threads in which they run until the error comes that they caused. Of
 * as many brokers as fit the last finding stays; of more, the oldest is forgotten. */
struct refusal_findings {
    pthread_mutex_t lock;
    struct {
        char broker[128]; /* HOST:PORT */
        int code;
    } at[16];
    unsigned next;
};

void refusal_findings_init(struct refusal_findings *findings);
void refusal_findings_release(struct refusal_findings *findings);
/* Any thread. code: X509_V_ERR_... */
void refusal_findings_add(struct refusal_findings *findings, const char *broker, int code);
/* Any thread. Takes what is known of a broker out: 0 when that is nothing. */
int refusal_findings_take(struct refusal_findings *findings, const char *broker);

#endif
