/* TLS and logins, with a real Kafka and a real PostgreSQL: right ones collect, wrong ones say in one line which host,
 * what is wrong and what to do. No password is seen anywhere. */
#include <criterion/criterion.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/lib_certs.h"
#include "support/lib_rig.h"

enum { RUN_MS = 60000, SAYS_MS = 20000, USAGE = 2, OUTSIDE = 3, STAYS = -1 };

#define KAFKA_SECRET  "kafka-Secret-71"
#define PG_SECRET     "pg-Secret-72"
#define MUTUAL_SECRET "pg-Secret-73"
#define WRONG_SECRET  "wrong-Secret-74"

TestSuite(secured, .timeout = 240);

static char certs[256];

/* ---- servers ---- */

static void give_to_server(const char *path)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
    cr_assert(user == NULL || chown(path, user->pw_uid, user->pw_gid) == 0, "%s", path);
}

static char *in_certs(const char *name)
{
    return toil_xasprintf("%s/%s", certs, name);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    char *path = in_certs(name);
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0 && chmod(path, mode) == 0, "%s", path);
    free(path);
}

/* What the scripts that start the servers read. */
static void ask_for_secured_servers(void)
{
    toil_temp_dir(certs, sizeof certs);
    toil_certs_make(certs, "toil_mutual");
    write_file("pg_hba.conf",
               "local all all trust\n"
               "hostssl all toil_mutual 127.0.0.1/32 scram-sha-256 clientcert=verify-full\n"
               "hostssl all toil_collector 127.0.0.1/32 scram-sha-256\n",
               0644);
    char *key = in_certs("postgres.key"), *own = in_certs("server.key"), *text = toil_file_text(own);
    write_file("postgres.key", text, 0600);
    give_to_server(key);
    char *settings = toil_xasprintf("fsync=off\nssl=on\nssl_cert_file='%s/server.crt'\nssl_key_file='%s'\n"
                                    "ssl_ca_file='%s/ca.crt'\nhba_file='%s/pg_hba.conf'",
                                    certs, key, certs, certs);
    char *listeners = toil_xasprintf("SASL:SASL_SSL:%s/server.pem MUTUAL:SSL:%s/server.pem EXPIRED:SASL_SSL:%s/"
                                     "expired.pem ELSEWHERE:SASL_SSL:%s/elsewhere.pem",
                                     certs, certs, certs, certs);
    char *authority = in_certs("ca.crt");
    setenv("POSTGRES_SETTINGS", settings, 1);
    setenv("KAFKA_LISTENERS", listeners, 1);
    setenv("KAFKA_CA", authority, 1);
    setenv("KAFKA_SCRAM", "toilmeter " KAFKA_SECRET, 1);
    free(authority);
    free(listeners);
    free(settings);
    free(text);
    free(own);
    free(key);
}

static void forget_secured_servers(void)
{
    unsetenv("POSTGRES_SETTINGS");
    unsetenv("KAFKA_LISTENERS");
    unsetenv("KAFKA_CA");
    unsetenv("KAFKA_SCRAM");
}

static void begin(struct toil_rig *rig, unsigned flags)
{
    ask_for_secured_servers();
    toil_rig_start(rig, flags | RIG_OWN_SERVER);
    forget_secured_servers();
    toil_rig_topic(rig, "secured", 2, "service_restart");
    toil_rig_sql(rig, "set password_encryption = 'scram-sha-256'; alter role toil_collector password '" PG_SECRET
                      "'; create role toil_mutual login password '" MUTUAL_SECRET
                      "' in role toilmeter_collector; create role toil_banned login password '" PG_SECRET
                      "' in role toilmeter_collector");
}

static void finish(struct toil_rig *rig)
{
    toil_rig_release(rig);
    toil_temp_dir_remove(certs);
}

/* TEXT with the folder of the certificates for "@". Owned by the caller. */
static char *expand(const char *text)
{
    struct toil_buf out = TOIL_BUF_INIT;
    for (; *text; text++) {
        if (*text == '@')
            toil_buf_add_text(&out, certs);
        else
            toil_buf_add_char(&out, *text);
    }
    return toil_buf_take(&out);
}

/* ---- collectors ---- */

#define VERIFY " sslmode=verify-full sslrootcert=@/ca.crt"

/* listener: of the broker; "" the plain one. kafka: lines of the configuration. postgres: conninfo behind host, port
 * and database, NULL: through the socket. */
static void configure(struct toil_rig *rig, const char *name, const char *listener, const char *kafka,
                      const char *postgres)
{
    snprintf(rig->config, sizeof rig->config, "%s/%s.yaml", rig->dir, name);
    snprintf(rig->bootstrap, sizeof rig->bootstrap, "%s", rig->broker.bootstrap);
    if (*listener) {
        char *path = toil_xasprintf("%s/listener-%s", rig->broker.dir, listener), *address = toil_file_text(path);
        snprintf(rig->bootstrap, sizeof rig->bootstrap, "%.*s", (int)strcspn(address, "\n"), address);
        free(address);
        free(path);
    }
    char *lines = expand(kafka), *conninfo = expand(postgres ? postgres : "");
    if (postgres)
        snprintf(rig->postgres, sizeof rig->postgres, "host=127.0.0.1 port=%d dbname=%s %s", rig->server.port,
                 rig->database, conninfo);
    toil_rig_configure(rig, lines, NULL);
    free(conninfo);
    free(lines);
}

static void start(const struct toil_rig *rig, struct toil_proc *proc, const char *name, const char *last_argument,
                  const char *const *env)
{
    const char *argv[] = {rig->program, "--config", rig->config, last_argument, NULL};
    toil_proc_start(proc, rig->dir, name, argv, env);
}

static bool holds_secret(const char *text)
{
    return strstr(text, "-Secret-") != NULL;
}

static void expect_no_secret(const char *what, char *text)
{
    cr_expect_not(holds_secret(text), "a password stands in %s: %s", what, text);
    free(text);
}

static void expect_nothing_shows_secrets(const struct toil_proc *proc)
{
    int status;
    char *path = toil_xasprintf("/proc/%d/cmdline", (int)proc->pid), *words = toil_xcalloc(4096, 1);
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    size_t len = fread(words, 1, 4095, file);
    fclose(file);
    cr_assert_gt(len, 0);
    for (size_t i = 0; i + 1 < len; i++)
        words[i] = words[i] ? words[i] : ' ';
    cr_assert_not_null(strstr(words, "--config"), "%s", words);
    expect_no_secret("the command line", words);
    expect_no_secret("the log", toil_proc_err(proc));
    expect_no_secret("the output", toil_proc_out(proc));
    int port = toil_rig_port(proc);
    expect_no_secret("the metrics", toil_http_get(port, "/metrics", &status));
    cr_assert_eq(status, 200);
    expect_no_secret("the readiness", toil_http_get(port, "/-/ready", &status));
    free(path);
}

#define SCRAM                                                                                                          \
    "  security.protocol: SASL_SSL\n  sasl.mechanism: SCRAM-SHA-512\n  sasl.username: toilmeter\n"                     \
    "  ssl.ca.location: @/ca.crt\n"
#define TLS "  security.protocol: SSL\n  ssl.ca.location: @/ca.crt\n"

static const char *const right_env[] = {"TOILMETER_KAFKA__SASL_PASSWORD=" KAFKA_SECRET, "PGPASSWORD=" PG_SECRET, NULL};

/* A daemon, watched while it runs; the topic was read to its end, each event once. */
static void collect_by_password(struct toil_rig *rig)
{
    struct toil_proc proc;
    configure(rig, "scram", "SASL", SCRAM, "user=toil_collector" VERIFY);
    toil_rig_send_numbered(rig, rig->topic[0].name, 1, 500);
    start(rig, &proc, "scram", "--log-level=debug", right_env);
    cr_assert(toil_rig_wait_end(rig, RUN_MS));
    cr_expect_eq(toil_rig_count(rig, "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid) "
                                     "where a.usename = 'toil_collector' and s.ssl"),
                 1, "the database is not spoken to by TLS");
    expect_nothing_shows_secrets(&proc);
    cr_assert_eq(toil_proc_stop(&proc, RUN_MS), 0);
    expect_no_secret("the log", toil_proc_err(&proc));
    cr_assert_eq(toil_rig_wrong_numbered(rig, 500), 0);

    start(rig, &proc, "check", "--check-config", right_env);
    cr_assert_eq(toil_proc_wait(&proc, RUN_MS), 0);
    char *shown = toil_proc_out(&proc);
    cr_expect(strstr(shown, "sasl.password: \"****\""), "%s", shown);
    expect_no_secret("what --check-config prints", shown);
    expect_no_secret("what --check-config says", toil_proc_err(&proc));
}

/* Both servers ask for a certificate; the password comes from a file. */
static void collect_by_certificate(struct toil_rig *rig)
{
    char *entry = toil_xasprintf("127.0.0.1:%d:*:toil_mutual:" MUTUAL_SECRET "\n", rig->server.port);
    write_file("passfile", entry, 0600);
    free(entry);
    configure(rig, "mutual", "MUTUAL",
              TLS "  ssl.certificate.location: @/client.crt\n  ssl.key.location: @/client.key\n",
              "user=toil_mutual sslcert=@/client.crt sslkey=@/client.key passfile=@/passfile" VERIFY);
    toil_rig_send_numbered(rig, rig->topic[0].name, 501, 800);
    cr_assert_eq(toil_rig_until_end(rig, RUN_MS), 0);
    cr_expect(strncmp(rig->totals, "totals stored=300 duplicates=0 older=0 quarantined=0 skipped=0", 62) == 0, "%s",
              rig->totals);
    cr_assert_eq(toil_rig_wrong_numbered(rig, 800), 0);
    expect_no_secret("the log", toil_rig_last_log(rig));
}

/* ---- what is wrong ---- */

struct wrong {
    const char *name;
    const char *listener, *kafka; /* of a Kafka case; else NULL */
    const char *postgres;         /* of a PostgreSQL case; else NULL */
    const char *password;         /* NULL: none */
    int status;                   /* exit status, or STAYS: alive and not ready */
    const char *event;            /* of its one line */
    const char *words[3];         /* in this line; "BROKER" stands for the address */
};

static const struct wrong wrong_kafka[] = {
    {"wrong password",
     "SASL",
     SCRAM,
     NULL,
     WRONG_SECRET,
     STAYS,
     "kafka_login",
     {"BROKER refuses the login of user \\\"toilmeter\\\" by SCRAM-SHA-512", "sasl.password"}},
    {"unknown user",
     "SASL",
     SCRAM "  client.id: x\n",
     NULL,
     KAFKA_SECRET,
     STAYS,
     "kafka_login",
     {"BROKER refuses the login of user \\\"nobody\\\"", "sasl.username"}},
    {"unknown authority",
     "SASL",
     "  security.protocol: SASL_SSL\n  sasl.mechanism: SCRAM-SHA-512\n  sasl.username: toilmeter\n"
     "  ssl.ca.location: @/other-ca.crt\n",
     NULL,
     KAFKA_SECRET,
     STAYS,
     "kafka_tls",
     {"the certificate of BROKER is signed by nobody that is trusted here", "ssl.ca.location"}},
    {"expired",
     "EXPIRED",
     SCRAM,
     NULL,
     KAFKA_SECRET,
     STAYS,
     "kafka_tls",
     {"the certificate of BROKER has expired", "renew it"}},
    {"another host",
     "ELSEWHERE",
     SCRAM,
     NULL,
     KAFKA_SECRET,
     STAYS,
     "kafka_tls",
     {"the certificate of BROKER is for another name", "bootstrap.servers"}},
    {"plaintext to TLS",
     "SASL",
     "",
     NULL,
     NULL,
     STAYS,
     "kafka_connection",
     {"kafka: BROKER hangs up", "a listener that wants TLS or a login", "security.protocol plaintext"}},
    {"TLS to plaintext",
     "",
     SCRAM,
     NULL,
     KAFKA_SECRET,
     STAYS,
     "kafka_tls",
     {"BROKER does not answer in TLS", "security.protocol (sasl_ssl)", "openssl s_client -connect BROKER"}},
    {"no login to a listener that wants one",
     "SASL",
     TLS,
     NULL,
     NULL,
     STAYS,
     "kafka_connection",
     {"kafka: BROKER hangs up", "a listener that wants a login", "security.protocol ssl"}},
    {"no certificate",
     "MUTUAL",
     TLS,
     NULL,
     NULL,
     STAYS,
     "kafka_connection",
     {"BROKER refuses the certificate that it was shown, or that it was shown none", "ssl.certificate.location"}},
    {"certificate of a stranger",
     "MUTUAL",
     TLS "  ssl.certificate.location: @/stranger.crt\n  ssl.key.location: @/stranger.key\n",
     NULL,
     NULL,
     STAYS,
     "kafka_connection",
     {"BROKER refuses the certificate that it was shown, or that it was shown none", "ssl.certificate.location"}},
    {"no authority",
     "SASL",
     "  security.protocol: SSL\n  ssl.ca.location: @/nowhere.crt\n",
     NULL,
     NULL,
     USAGE,
     "failed",
     {"ssl.ca.location: cannot read @/nowhere.crt: No such file or directory", "the user that runs toilmeterd"}},
    {"unreadable key",
     "MUTUAL",
     TLS "  ssl.certificate.location: @/client.crt\n  ssl.key.location: @/unreadable.key\n",
     NULL,
     NULL,
     USAGE,
     "failed",
     {"ssl.key.location: cannot read @/unreadable.key: Permission denied", "the user that runs toilmeterd"}},
    {"key of another certificate",
     "MUTUAL",
     TLS "  ssl.certificate.location: @/client.crt\n  ssl.key.location: @/stranger.key\n",
     NULL,
     NULL,
     USAGE,
     "failed",
     {"ssl.key.location failed", "the key of ssl.certificate.location"}},
    {"no password",
     "SASL",
     SCRAM,
     NULL,
     NULL,
     USAGE,
     "failed",
     {"sasl.username and sasl.password must be set", "TOILMETER_KAFKA__SASL_PASSWORD"}},
};

static const struct wrong wrong_postgres[] = {
    {"wrong password",
     NULL,
     NULL,
     "user=toil_collector" VERIFY,
     WRONG_SECRET,
     OUTSIDE,
     "failed",
     {"server at \\\"127.0.0.1\\\"", "password authentication failed for user \\\"toil_collector\\\"", ".pgpass"}},
    {"no password",
     NULL,
     NULL,
     "user=toil_collector" VERIFY,
     NULL,
     OUTSIDE,
     "failed",
     {"server at \\\"127.0.0.1\\\"", "no password supplied", "PGPASSWORD"}},
    {"unknown authority",
     NULL,
     NULL,
     "user=toil_collector sslmode=verify-full sslrootcert=@/other-ca.crt",
     PG_SECRET,
     STAYS,
     "database_retry",
     {"server at \\\"127.0.0.1\\\"", "certificate verify failed", "sslrootcert has to name the file"}},
    {"another host",
     NULL,
     NULL,
     "host=elsewhere.example hostaddr=127.0.0.1 user=toil_collector" VERIFY,
     PG_SECRET,
     STAYS,
     "database_retry",
     {"does not match host name \\\"elsewhere.example\\\"", "host has to name the server"}},
    {"no TLS at the server",
     NULL,
     NULL,
     "user=toil_collector" VERIFY " port=PLAIN",
     PG_SECRET,
     STAYS,
     "database_retry",
     {"server does not support SSL, but SSL was required", "ssl = on"}},
    {"no TLS at the client",
     NULL,
     NULL,
     "user=toil_collector sslmode=disable",
     PG_SECRET,
     OUTSIDE,
     "failed",
     {"no pg_hba.conf entry", "no encryption", "sslmode"}},
    {"not in pg_hba.conf",
     NULL,
     NULL,
     "user=toil_banned" VERIFY,
     PG_SECRET,
     OUTSIDE,
     "failed",
     {"no pg_hba.conf entry", "user \\\"toil_banned\\\"", "pg_hba.conf lets it in"}},
    {"no certificate",
     NULL,
     NULL,
     "user=toil_mutual" VERIFY,
     MUTUAL_SECRET,
     OUTSIDE,
     "failed",
     {"connection requires a valid client certificate", "sslcert"}},
    {"no authority",
     NULL,
     NULL,
     "user=toil_collector sslmode=verify-full sslrootcert=@/nowhere.crt",
     PG_SECRET,
     STAYS,
     "database_retry",
     {"root certificate file", "/nowhere.crt\\\" does not exist", "sslrootcert has to name a file"}},
    {"no key",
     NULL,
     NULL,
     "user=toil_mutual sslcert=@/client.crt sslkey=@/nowhere.key" VERIFY,
     MUTUAL_SECRET,
     STAYS,
     "database_retry",
     {"private key file", "/nowhere.key", "sslkey has to name the key"}},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The line from `at` on. Owned by the caller. */
static char *line_at(const char *at)
{
    return toil_xstrndup(at, strcspn(at, "\n"));
}

/* Lines of warnings and errors; the last of them in *line, owned by the caller. */
static int count_complaints(const char *said, char **line)
{
    int count = 0;
    *line = toil_xstrdup("");
    for (const char *at = said; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        char *text = line_at(at);
        bool complains = strstr(text, " level=warn ") || strstr(text, " level=error ");
        count += complains;
        if (complains) {
            free(*line);
            *line = text;
        } else {
            free(text);
        }
    }
    return count;
}

/* TEXT with "BROKER" and "@" put in. Owned by the caller. */
static char *words_of(const char *text, const char *broker)
{
    char *whole = expand(text);
    struct toil_buf out = TOIL_BUF_INIT;
    const char *at = whole;
    for (const char *found; (found = strstr(at, "BROKER")) != NULL; at = found + 6) {
        toil_buf_add(&out, at, (size_t)(found - at));
        toil_buf_add_text(&out, broker);
    }
    toil_buf_add_text(&out, at);
    free(whole);
    return toil_buf_take(&out);
}

static void expect_one_line(const struct wrong *wrong, const char *said, const char *broker)
{
    char *line, *event = toil_xasprintf(" event=%s ", wrong->event);
    int count = count_complaints(said, &line);
    printf("%s: %s\n", wrong->name, strstr(line, "level=") ? strstr(line, "level=") : line);
    cr_expect_eq(count, 1, "%s: %d lines of complaint: %s", wrong->name, count, said);
    cr_expect(strstr(line, event), "%s: another event than %s: %s", wrong->name, wrong->event, line);
    for (size_t i = 0; i < COUNT(wrong->words) && wrong->words[i]; i++) {
        char *words = words_of(wrong->words[i], broker);
        cr_expect(strstr(line, words), "%s: \"%s\" is not in: %s", wrong->name, words, line);
        free(words);
    }
    cr_expect_null(strstr(line, "[thrd:"), "%s: %s", wrong->name, line);
    cr_expect_not(holds_secret(said), "%s: a password is shown: %s", wrong->name, said);
    free(event);
    free(line);
}

struct case_run {
    struct toil_proc proc;
    char broker[64];
};

static void start_case(struct toil_rig *rig, const struct wrong *wrong, struct case_run *run, const char *prefix,
                       const char *argument)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%s", prefix, wrong->name);
    for (char *c = name; *c; c++)
        *c = *c == ' ' ? '-' : *c;
    char *kafka_password = toil_xasprintf("TOILMETER_KAFKA__SASL_PASSWORD=%s", wrong->password ? wrong->password : "");
    char *pg_password = toil_xasprintf("PGPASSWORD=%s", wrong->password ? wrong->password : "");
    const char *env[] = {!wrong->password ? NULL : wrong->postgres ? pg_password : kafka_password, NULL, NULL};
    if (strcmp(wrong->name, "unknown user") == 0)
        env[1] = "TOILMETER_KAFKA__SASL_USERNAME=nobody";
    configure(rig, name, wrong->listener ? wrong->listener : "", wrong->kafka ? wrong->kafka : "", wrong->postgres);
    snprintf(run->broker, sizeof run->broker, "%s", rig->bootstrap);
    /* Root reads everything, unless it gives that up. */
    const char *const all[] = {
        "setpriv", "--bounding-set=-dac_override,-dac_read_search", rig->program, "--config", rig->config, argument,
        NULL};
    toil_proc_start(&run->proc, rig->dir, name, geteuid() == 0 ? all : all + 2, env);
}

static void expect_alive_and_not_ready(const struct wrong *wrong, struct toil_proc *proc, const char *reason)
{
    int status;
    cr_assert(toil_proc_running(proc), "%s: it has ended", wrong->name);
    int port = toil_rig_port(proc);
    char *ready = toil_http_get(port, "/-/ready", &status);
    cr_expect_eq(status, 503, "%s: %s", wrong->name, ready);
    cr_expect(strstr(ready, reason), "%s: %s", wrong->name, ready);
    free(ready);
    free(toil_http_get(port, "/-/healthy", &status));
    cr_expect_eq(status, 200, "%s", wrong->name);
    cr_expect_eq(toil_proc_stop(proc, RUN_MS), 0, "%s", wrong->name);
}

static void end_case(const struct wrong *wrong, struct case_run *run, const char *reason)
{
    if (wrong->status == STAYS)
        expect_alive_and_not_ready(wrong, &run->proc, reason);
    else
        cr_expect_eq(toil_proc_wait(&run->proc, RUN_MS), wrong->status, "%s", wrong->name);
    char *said = toil_proc_err(&run->proc);
    expect_one_line(wrong, said, run->broker);
    expect_no_secret(wrong->name, toil_proc_out(&run->proc));
    free(said);
}

static void wait_for_complaint(const struct wrong *wrong, const struct case_run *run)
{
    char *event = toil_xasprintf(" event=%s ", wrong->event);
    cr_expect(toil_file_wait_for(run->proc.err_path, event, SAYS_MS), "%s: says nothing", wrong->name);
    free(event);
}

/* With --until-end a refusal ends the run, with the sentence once more. */
static void expect_final(const struct wrong *wrong, struct case_run *run)
{
    cr_expect_eq(toil_proc_wait(&run->proc, RUN_MS), OUTSIDE, "%s", wrong->name);
    toil_proc_kill(&run->proc);
    char *said = toil_proc_err(&run->proc), *line;
    char *words = words_of(wrong->words[0], run->broker);
    cr_expect_eq(count_complaints(said, &line), 2, "%s: %s", wrong->name, said);
    cr_expect(strstr(line, " event=failed ") && strstr(line, words), "%s: %s", wrong->name, line);
    free(words);
    free(line);
    free(said);
}

/* All at once; while the runs with --until-end take their time, the others have the time to say too much. */
static void expect_kafka_refusals(struct toil_rig *rig)
{
    static const size_t final[] = {0, 3};
    struct case_run run[COUNT(wrong_kafka)], until_end[COUNT(final)];
    write_file("unreadable.key", "", 0);
    for (size_t i = 0; i < COUNT(wrong_kafka); i++)
        start_case(rig, &wrong_kafka[i], &run[i], "kafka", NULL);
    for (size_t i = 0; i < COUNT(final); i++)
        start_case(rig, &wrong_kafka[final[i]], &until_end[i], "until-end", "--until-end");
    for (size_t i = 0; i < COUNT(wrong_kafka); i++)
        wait_for_complaint(&wrong_kafka[i], &run[i]);
    for (size_t i = 0; i < COUNT(final); i++)
        expect_final(&wrong_kafka[final[i]], &until_end[i]);
    for (size_t i = 0; i < COUNT(wrong_kafka); i++)
        end_case(&wrong_kafka[i], &run[i], "no broker answers");
}

Test(secured, kafka_by_tls_with_passwords_and_certificates)
{
    struct toil_rig rig;
    const char *broker = getenv("BROKER");
    if (broker && strcmp(broker, "mock") == 0)
        cr_skip_test("the in-process cluster, which was asked for, has no TLS");
    setenv("BROKER", "kafka", 1); /* without it this test fails */
    begin(&rig, RIG_OWN_BROKER);
    collect_by_password(&rig);
    collect_by_certificate(&rig);
    snprintf(rig.postgres, sizeof rig.postgres, "host=%s port=%d user=toil_collector dbname=%s", rig.server.dir,
             rig.server.port, rig.database);
    expect_kafka_refusals(&rig);
    cr_expect_eq(toil_rig_wrong_numbered(&rig, 800), 0, "a collector that was not let in wrote");
    finish(&rig);
}

/* ---- PostgreSQL ---- */

static void expect_program_says(struct toil_rig *rig, const struct wrong *wrong)
{
    const char *build = getenv("BUILD");
    char *program = toil_xasprintf("%s/toilmeter", build && *build ? build : "build");
    char *password = toil_xasprintf("PGPASSWORD=%s", wrong->password ? wrong->password : "");
    const char *argv[] = {program, "--db", rig->postgres, "report", "hours", NULL};
    const char *env[] = {wrong->password ? password : NULL, NULL};
    struct toil_proc proc;
    toil_proc_start(&proc, rig->dir, rig->config + strlen(rig->dir) + 1, argv, env);
    cr_expect_eq(toil_proc_wait(&proc, RUN_MS), OUTSIDE, "toilmeter: %s", wrong->name);
    char *said = toil_proc_err(&proc), *end = strchr(said, '\n');
    printf("toilmeter: %s: %s", wrong->name, said);
    cr_assert(end && strchr(end + 1, '\n') == said + strlen(said) - 1, "not a line and its remedy: %s", said);
    for (size_t i = 0; i < COUNT(wrong->words) && wrong->words[i]; i++) {
        char *words = words_of(wrong->words[i], ""), *out = words;
        for (const char *in = words; *in; in++) { /* the log quotes, this does not */
            if (*in != '\\')
                *out++ = *in;
        }
        *out = '\0';
        cr_expect(strstr(said, words), "%s: \"%s\" is not in: %s", wrong->name, words, said);
        free(words);
    }
    cr_expect_not(holds_secret(said), "%s", said);
    free(said);
    free(password);
    free(program);
}

/* "PLAIN" in a case's conninfo is the port of a server without TLS. */
static char *with_port(const char *postgres, int port)
{
    const char *found = strstr(postgres, "PLAIN");
    return found ? toil_xasprintf("%.*s%d", (int)(found - postgres), postgres, port) : toil_xstrdup(postgres);
}

Test(secured, postgresql_says_in_one_line_what_is_wrong)
{
    struct toil_rig rig;
    struct toil_server plain;
    struct case_run run[COUNT(wrong_postgres)];
    begin(&rig, 0);
    toil_server_use(&plain);
    for (size_t i = 0; i < COUNT(wrong_postgres); i++) {
        struct wrong wrong = wrong_postgres[i];
        char *postgres = with_port(wrong.postgres, plain.port);
        wrong.postgres = postgres;
        start_case(&rig, &wrong, &run[i], "postgres", NULL);
        expect_program_says(&rig, &wrong);
        free(postgres);
    }
    for (size_t i = 0; i < COUNT(wrong_postgres); i++)
        wait_for_complaint(&wrong_postgres[i], &run[i]);
    toil_sleep_ms(3000); /* the time to say too much: attempts come at intervals of at most a second here */
    for (size_t i = 0; i < COUNT(wrong_postgres); i++)
        end_case(&wrong_postgres[i], &run[i], "the database does not answer");
    toil_server_release(&plain);
    finish(&rig);
}
