/* What is made of librdkafka's errors: the broker's address, a sentence, a remedy. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "collector/refusal.h"
#include "toilmeter/certificate.h"

Test(refusal, the_broker_and_the_text_are_told_apart)
{
    static const struct {
        const char *reason, *broker, *text;
    } rows[] = {
        {"sasl_ssl://10.0.0.1:9093/bootstrap: SASL authentication error: no", "10.0.0.1:9093",
         "SASL authentication error: no"},
        {"ssl://b-1.example:9093/17: Disconnected: verify it", "b-1.example:9093", "Disconnected: verify it"},
        {"GroupCoordinator: b-1.example:9092: Disconnected (after 5ms in state UP)", "b-1.example:9092",
         "Disconnected (after 5ms in state UP)"},
        {"ssl://[::1]:9093/1: Receive failed: error:0A000412:SSL routines::alert", "[::1]:9093",
         "Receive failed: error:0A000412:SSL routines::alert"},
        {"GroupCoordinator: Disconnected", "the broker", "GroupCoordinator: Disconnected"},
        {"3/3 brokers are down", "the broker", "3/3 brokers are down"},
        {"", "the broker", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char broker[128];
        refusal_broker(rows[i].reason, broker, sizeof broker);
        cr_expect_str_eq(broker, rows[i].broker);
        cr_expect_str_eq(refusal_text(rows[i].reason), rows[i].text);
    }
}

Test(refusal, a_long_name_is_cut)
{
    char reason[400], broker[16];
    memset(reason, 'a', sizeof reason);
    snprintf(reason + 300, sizeof reason - 300, ":9092/1: gone");
    refusal_broker(reason, broker, sizeof broker);
    cr_expect_str_eq(broker, "aaaaaaaaaaaaaaa");
}

/* Codes as OpenSSL has them: 20 no issuer here, 10 expired, 9 early, 62 and 64 another name, 7 signature, 26 purpose.
 */
Test(refusal, each_kind_names_the_broker_and_a_setting)
{
    static const struct {
        enum refusal_kind kind;
        int certificate;
        const char *protocol, *message, *hint;
    } rows[] = {
        {REFUSAL_LOGIN, 0, "sasl_ssl", "refuses the login of user \"u\" by SCRAM-SHA-512", "sasl.password"},
        {REFUSAL_TLS, 18, "ssl", "signed by nobody that is trusted here", "ssl.ca.location"},
        {REFUSAL_TLS, 19, "ssl", "signed by nobody that is trusted here", "ssl.ca.location"},
        {REFUSAL_TLS, 20, "ssl", "signed by nobody that is trusted here", "ssl.ca.location"},
        {REFUSAL_TLS, 7, "ssl", "signed by nobody that is trusted here", "ssl.ca.location"},
        {REFUSAL_TLS, 10, "ssl", "has expired", "renew it"},
        {REFUSAL_TLS, 9, "ssl", "is not valid yet", "clock"},
        {REFUSAL_TLS, 62, "ssl", "is for another name", "advertised.listeners"},
        {REFUSAL_TLS, 64, "ssl", "is for another name", "advertised.listeners"},
        {REFUSAL_TLS, 26, "ssl", "is refused: ", "openssl s_client -connect h:1"},
        {REFUSAL_TLS, 0, "sasl_ssl", "does not answer in TLS, which security.protocol (sasl_ssl)", "bootstrap.servers"},
        {REFUSAL_CONNECTION, 0, "ssl", "the connection to h:1 failed", "bootstrap.servers"},
        {REFUSAL_NAME, 0, "ssl", "host name of h:1 is not known", "DNS"},
        {REFUSAL_OTHER, 0, "ssl", "kafka: h:1: said so: twice", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct refusal refusal = {.kind = rows[i].kind,
                                        .certificate = rows[i].certificate,
                                        .reason = "ssl://h:1/bootstrap: said so: twice",
                                        .protocol = rows[i].protocol,
                                        .user = "u",
                                        .mechanism = "SCRAM-SHA-512"};
        struct toil_error err;
        refusal_tell(&refusal, &err);
        cr_expect_eq(err.status, TOIL_RETRY);
        cr_expect(strstr(err.message, "h:1"), "%zu: %s", i, err.message);
        cr_expect(strstr(err.message, rows[i].message), "%zu: %s", i, err.message);
        cr_expect(strstr(err.hint, rows[i].hint), "%zu: %s", i, err.hint);
        cr_expect_lt(strlen(err.message), 256, "%zu: the log would cut it", i);
        cr_expect_lt(strlen(err.hint), 256, "%zu: the log would cut it", i);
    }
    cr_expect_eq(toil_certificate_fault(0), TOIL_CERTIFICATE_FINE);
}

Test(refusal, a_lost_connection_is_told_by_its_words)
{
    static const struct {
        const char *protocol, *text, *message, *hint;
    } rows[] = {
        {"plaintext", "Connect to ipv4#10.0.0.1:1 failed: Connection refused", "h:1 cannot be reached", "it runs"},
        {"plaintext", "Disconnected while requesting ApiVersion", "h:1 hangs up", "TLS or a login"},
        {"ssl", "Disconnected: verify that", "h:1 hangs up", "a login"},
        {"ssl", "Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42",
         "h:1 refuses the certificate", "ssl.certificate.location"},
        {"ssl", "ApiVersionRequest failed", "the connection to h:1 failed", "security.protocol"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char reason[256];
        struct toil_error err;
        snprintf(reason, sizeof reason, "ssl://h:1/bootstrap: %s (after 1ms in state CONNECT)", rows[i].text);
        const struct refusal refusal = {
            .kind = REFUSAL_CONNECTION, .reason = reason, .protocol = rows[i].protocol, .user = "", .mechanism = ""};
        refusal_tell(&refusal, &err);
        cr_expect(strstr(err.message, rows[i].message), "%s: %s", rows[i].text, err.message);
        cr_expect(strstr(err.hint, rows[i].hint), "%s: %s", rows[i].text, err.hint);
    }
}

Test(refusal, only_logins_and_tls_are_final_and_each_kind_has_its_event)
{
    for (int kind = 0; kind < REFUSAL_KINDS; kind++) {
        cr_expect_eq(refusal_is_final((enum refusal_kind)kind), kind == REFUSAL_LOGIN || kind == REFUSAL_TLS);
        for (int other = 0; other < kind; other++)
            cr_expect_str_neq(refusal_event((enum refusal_kind)kind), refusal_event((enum refusal_kind)other));
    }
}

Test(refusal, findings_are_kept_by_broker_and_taken_once)
{
    struct refusal_findings findings;
    char name[32];
    refusal_findings_init(&findings);
    cr_expect_eq(refusal_findings_take(&findings, "a:1"), 0);
    refusal_findings_add(&findings, "a:1", 20);
    refusal_findings_add(&findings, "b:1", 10);
    refusal_findings_add(&findings, "a:1", 64);
    cr_expect_eq(refusal_findings_take(&findings, "a:1"), 64);
    cr_expect_eq(refusal_findings_take(&findings, "a:1"), 0);
    cr_expect_eq(refusal_findings_take(&findings, "b:1"), 10);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "broker-%d:9092", i);
        refusal_findings_add(&findings, name, i);
    }
    cr_expect_eq(refusal_findings_take(&findings, "broker-39:9092"), 39);
    cr_expect_eq(refusal_findings_take(&findings, "broker-24:9092"), 24);
    cr_expect_eq(refusal_findings_take(&findings, "broker-1:9092"), 0, "the oldest is forgotten");
    refusal_findings_release(&findings);
}

Test(refusal, a_handshake_that_fails_may_be_told_as_a_lost_connection)
{
    static const struct {
        enum refusal_kind kind, settled;
        const char *reason;
    } rows[] = {
        {REFUSAL_CONNECTION, REFUSAL_TLS,
         "sasl_ssl://h:1/bootstrap: error:0A000086:SSL routines::certificate verify failed (after 2ms in state "
         "SSL_HANDSHAKE)"},
        {REFUSAL_CONNECTION, REFUSAL_TLS,
         "sasl_ssl://h:1/bootstrap: error:0A000126:SSL routines::unexpected eof while reading (after 1ms in state "
         "SSL_HANDSHAKE)"},
        {REFUSAL_CONNECTION, REFUSAL_CONNECTION,
         "ssl://h:1/1: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42 (after 2ms in "
         "state "
         "SSL_HANDSHAKE)"},
        {REFUSAL_CONNECTION, REFUSAL_CONNECTION, "ssl://h:1/1: Connect to ipv4#127.0.0.1:1 failed: refused"},
        {REFUSAL_CONNECTION, REFUSAL_CONNECTION, "ssl://h:1/1: Disconnected (after 9ms in state SSL_HANDSHAKE)"},
        {REFUSAL_TLS, REFUSAL_TLS, "ssl://h:1/bootstrap: SSL handshake failed"},
        {REFUSAL_LOGIN, REFUSAL_LOGIN, "sasl_ssl://h:1/1: SASL authentication error"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(refusal_settle(rows[i].kind, rows[i].reason), rows[i].settled, "%s", rows[i].reason);
    struct toil_error err;
    const struct refusal unknown = {REFUSAL_TLS, 0, rows[0].reason, "sasl_ssl", "", ""};
    refusal_tell(&unknown, &err);
    cr_expect_str_eq(err.message, "kafka: the certificate of h:1 is refused");
}
