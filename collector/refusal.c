/* The code behind refusal.h. */
#include "refusal.h"

#include <stdio.h>
#include <string.h>

#include "toilmeter/certificate.h"

const char *refusal_event(enum refusal_kind kind)
{
    static const char *const events[REFUSAL_KINDS] = {
        [REFUSAL_LOGIN] = "kafka_login", [REFUSAL_TLS] = "kafka_tls",     [REFUSAL_CONNECTION] = "kafka_connection",
        [REFUSAL_NAME] = "kafka_name",   [REFUSAL_OTHER] = "kafka_error",
    };
    return events[kind];
}

enum refusal_kind refusal_settle(enum refusal_kind kind, const char *reason)
{
    bool handshake = strstr(reason, "in state SSL_HANDSHAKE") && strstr(reason, "SSL routines");
    return kind == REFUSAL_CONNECTION && handshake && !strstr(reason, "SSL alert") ? REFUSAL_TLS : kind;
}

bool refusal_is_final(enum refusal_kind kind)
{
    return kind == REFUSAL_LOGIN || kind == REFUSAL_TLS;
}

/* The last of the names "PROTOCOL://HOST:PORT/ID" and "HOST:PORT" that stand in front of the text, and where the text
 * begins. A coordinator has a word in front of its address. */
static const char *text_of(const char *reason, struct toil_span *address)
{
    const char *text = reason;
    *address = TOIL_SPAN("");
    for (const char *name = reason, *end; (end = strstr(name, ": ")) != NULL; name = end + 2) {
        size_t len = (size_t)(end - name);
        if (memchr(name, ' ', len))
            break;
        if (!memchr(name, ':', len))
            continue;
        *address = (struct toil_span){name, len};
        text = end + 2;
    }
    return text;
}

const char *refusal_text(const char *reason)
{
    struct toil_span address;
    return text_of(reason, &address);
}

void refusal_broker(const char *reason, char *out, size_t out_bytes)
{
    struct toil_span address;
    text_of(reason, &address);
    const char *scheme = address.len > 0 ? memmem(address.ptr, address.len, "://", 3) : NULL;
    if (scheme) {
        address.len -= (size_t)(scheme + 3 - address.ptr);
        address.ptr = scheme + 3;
    }
    const char *slash = memchr(address.ptr, '/', address.len);
    if (slash)
        address.len = (size_t)(slash - address.ptr);
    snprintf(out, out_bytes, "%.*s", (int)address.len, address.ptr);
    if (address.len == 0)
        snprintf(out, out_bytes, "the broker");
}

static void tell_login(const struct refusal *refusal, const char *broker, struct toil_error *err)
{
    toil_error_set(err, TOIL_RETRY, "kafka: %s refuses the login of user \"%s\" by %s", broker, refusal->user,
                   refusal->mechanism);
    toil_error_hint(err, "check sasl.username, sasl.password and sasl.mechanism; a wrong password and a user that does "
                         "not exist look the same");
}

static void tell_certificate(int code, const char *broker, struct toil_error *err)
{
    switch (toil_certificate_fault(code)) {
    case TOIL_CERTIFICATE_UNTRUSTED:
        toil_error_set(err, TOIL_RETRY, "kafka: the certificate of %s is signed by nobody that is trusted here",
                       broker);
        toil_error_hint(err, "ssl.ca.location names the file with the authority that signed it");
        return;
    case TOIL_CERTIFICATE_EXPIRED:
        toil_error_set(err, TOIL_RETRY, "kafka: the certificate of %s has expired", broker);
        toil_error_hint(err, "renew it at the broker; when it is not that old, this machine's clock is wrong");
        return;
    case TOIL_CERTIFICATE_EARLY:
        toil_error_set(err, TOIL_RETRY, "kafka: the certificate of %s is not valid yet", broker);
        toil_error_hint(err, "compare this machine's clock with the certificate's dates");
        return;
    case TOIL_CERTIFICATE_NAME:
        toil_error_set(err, TOIL_RETRY, "kafka: the certificate of %s is for another name", broker);
        toil_error_hint(err, "bootstrap.servers, and advertised.listeners of the broker, have to name it as its "
                             "certificate does");
        return;
    default:
        toil_error_set(err, TOIL_RETRY, "kafka: the certificate of %s is refused: %s", broker,
                       toil_certificate_text(code));
        toil_error_hint(err, "look at it: openssl s_client -connect %s", broker);
        return;
    }
}

static void tell_tls(const struct refusal *refusal, const char *broker, struct toil_error *err)
{
    if (refusal->certificate != 0) {
        tell_certificate(refusal->certificate, broker, err);
        return;
    }
    if (strstr(refusal->reason, "certificate verify failed")) { /* what was found wrong with it is not known any more */
        toil_error_set(err, TOIL_RETRY, "kafka: the certificate of %s is refused", broker);
        toil_error_hint(err, "look at it: openssl s_client -connect %s", broker);
        return;
    }
    toil_error_set(err, TOIL_RETRY, "kafka: %s does not answer in TLS, which security.protocol (%s) asks for", broker,
                   refusal->protocol);
    toil_error_hint(err,
                    "name the port of its TLS listener in bootstrap.servers; `openssl s_client -connect %s` shows "
                    "what it speaks",
                    broker);
}

/* There is one code for all of these: librdkafka's words choose the sentence. What they do not know is left open. */
static void tell_connection(const struct refusal *refusal, const char *broker, struct toil_error *err)
{
    const char *text = refusal_text(refusal->reason);
    bool tls = strstr(refusal->protocol, "ssl") != NULL;
    if (strncmp(text, "Connect to ", 11) == 0) {
        toil_error_set(err, TOIL_RETRY, "kafka: %s cannot be reached", broker);
        toil_error_hint(err, "check that it runs, that bootstrap.servers is right, and what stands between");
    } else if (tls && strstr(text, "SSL alert")) {
        toil_error_set(err, TOIL_RETRY,
                       "kafka: %s refuses the certificate that it was shown, or that it was shown none", broker);
        toil_error_hint(err, "ssl.certificate.location and ssl.key.location have to name one that the broker trusts");
    } else if (strncmp(text, "Disconnected", 12) == 0) {
        toil_error_set(err, TOIL_RETRY, "kafka: %s hangs up", broker);
        toil_error_hint(err, "a listener that wants %s does so on security.protocol %s; else see the broker's log",
                        tls ? "a login" : "TLS or a login", refusal->protocol);
    } else {
        toil_error_set(err, TOIL_RETRY, "kafka: the connection to %s failed", broker);
        toil_error_hint(err, "check that it runs, that bootstrap.servers is right, and security.protocol");
    }
}

void refusal_tell(const struct refusal *refusal, struct toil_error *err)
{
    char broker[128];
    refusal_broker(refusal->reason, broker, sizeof broker);
    switch (refusal->kind) {
    case REFUSAL_LOGIN:
        tell_login(refusal, broker, err);
        return;
    case REFUSAL_TLS:
        tell_tls(refusal, broker, err);
        return;
    case REFUSAL_CONNECTION:
        tell_connection(refusal, broker, err);
        return;
    case REFUSAL_NAME:
        toil_error_set(err, TOIL_RETRY, "kafka: the host name of %s is not known", broker);
        toil_error_hint(err, "check bootstrap.servers, advertised.listeners of the broker, and this machine's DNS");
        return;
    case REFUSAL_OTHER:
    case REFUSAL_KINDS:
        toil_error_set(err, TOIL_RETRY, "kafka: %s: %s", broker, refusal_text(refusal->reason));
        return;
    }
}

void refusal_findings_init(struct refusal_findings *findings)
{
    memset(findings, 0, sizeof *findings);
    pthread_mutex_init(&findings->lock, NULL);
}

void refusal_findings_release(struct refusal_findings *findings)
{
    pthread_mutex_destroy(&findings->lock);
}

enum { FINDINGS = sizeof((struct refusal_findings *)0)->at / sizeof((struct refusal_findings *)0)->at[0] };

/* The place of a broker; FINDINGS when it has none. */
static unsigned find(const struct refusal_findings *findings, const char *broker)
{
    unsigned i = 0;
    while (i < FINDINGS && strncmp(findings->at[i].broker, broker, sizeof findings->at[i].broker - 1) != 0)
        i++;
    return i;
}

void refusal_findings_add(struct refusal_findings *findings, const char *broker, int code)
{
    pthread_mutex_lock(&findings->lock);
    unsigned i = find(findings, broker);
    if (i == FINDINGS)
        i = findings->next++ % FINDINGS;
    snprintf(findings->at[i].broker, sizeof findings->at[i].broker, "%s", broker);
    findings->at[i].code = code;
    pthread_mutex_unlock(&findings->lock);
}

int refusal_findings_take(struct refusal_findings *findings, const char *broker)
{
    int code = 0;
    pthread_mutex_lock(&findings->lock);
    unsigned i = find(findings, broker);
    if (i < FINDINGS) {
        code = findings->at[i].code;
        findings->at[i].code = 0;
    }
    pthread_mutex_unlock(&findings->lock);
    return code;
}
