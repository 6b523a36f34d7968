/* What an operator meets: wrong configuration, missing rights, signals, metrics. Each refusal is one line that names
 * the remedy, with the right exit status. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/lib_rig.h"

enum { RUN_MS = 60000, USAGE = 2, OUTSIDE = 3 };

TestSuite(ops, .timeout = 180);

/* Runs a collector that is expected to refuse: its status, and that exactly one line of failure says all the words.
 */
static void assert_refuses(struct toil_rig *rig, const char *const *env, int status, const char *const *words)
{
    struct toil_proc proc;
    char name[32];
    snprintf(name, sizeof name, "refuses-%d", ++rig->runs);
    const char *argv[] = {rig->program, "--config", rig->config, "--until-end", NULL};
    toil_proc_start(&proc, rig->dir, name, argv, env);
    int got = toil_proc_wait(&proc, RUN_MS);
    toil_proc_kill(&proc);
    char *said = toil_proc_err(&proc);
    cr_assert_eq(got, status, "exit status %d, expected %d: %s", got, status, said);
    const char *error = strstr(said, "level=error event=failed");
    cr_assert_not_null(error, "no line of failure: %s", said);
    cr_assert_null(strstr(error + 30, "event=failed"), "more than one line of failure: %s", said);
    char *line = toil_xstrndup(error, strcspn(error, "\n"));
    for (; *words != NULL; words++)
        cr_assert_not_null(strstr(line, *words), "\"%s\" is not in: %s", *words, line);
    free(line);
    free(said);
}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void begin(struct toil_rig *rig, unsigned flags)
{
    toil_rig_start(rig, flags);
    toil_rig_topic(rig, "ops", 1, "service_restart");
    toil_rig_configure(rig, NULL, NULL);
    if (!(flags & RIG_NO_MIGRATION))
        toil_rig_send_numbered(rig, rig->topic[0].name, 1, 10);
}

Test(ops, an_empty_database_is_refused_with_the_command_that_fills_it)
{
    struct toil_rig rig;
    begin(&rig, RIG_NO_MIGRATION);
    snprintf(rig.postgres, sizeof rig.postgres, "%s", rig.admin);
    toil_rig_configure(&rig, NULL, NULL);
    assert_refuses(&rig, NULL, OUTSIDE, WORDS("toilmeter migrate"));
    toil_rig_release(&rig);
}

Test(ops, a_missing_table_is_named)
{
    struct toil_rig rig;
    begin(&rig, 0);
    toil_rig_sql(&rig, "drop table toilmeter.quarantine");
    toil_rig_send(&rig, rig.topic[0].name, "bad");
    toil_rig_flush(&rig);
    assert_refuses(&rig, NULL, OUTSIDE, WORDS("quarantine", "toilmeter migrate"));
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.service_restart"), 0, "half a batch was stored");
    toil_rig_release(&rig);
}

Test(ops, a_missing_right_is_named)
{
    struct toil_rig rig;
    begin(&rig, 0);
    toil_rig_sql(&rig, "revoke insert on toilmeter.service_restart from toilmeter_collector");
    assert_refuses(&rig, NULL, OUTSIDE, WORDS("service_restart", "toilmeter_collector"));
    toil_rig_release(&rig);
}

Test(ops, a_wrong_password_is_said_without_showing_it)
{
    struct toil_rig rig;
    begin(&rig, 0);
    snprintf(rig.postgres, sizeof rig.postgres, "host=127.0.0.1 port=%d user=toil_collector dbname=%s", rig.server.port,
             rig.database);
    toil_rig_configure(&rig, NULL, NULL);
    const char *const wrong[] = {"PGPASSWORD=wrong-secret", NULL};
    assert_refuses(&rig, wrong, OUTSIDE, WORDS("password", "toil_collector"));
    char path[400];
    snprintf(path, sizeof path, "%s/refuses-%d.err", rig.dir, rig.runs);
    char *said = toil_file_text(path);
    cr_assert_null(strstr(said, "wrong-secret"), "the password stands in the log");
    free(said);
    setenv("PGPASSWORD", "right", 1);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 10), 0);
    toil_rig_release(&rig);
}

Test(ops, a_topic_that_does_not_exist_is_named)
{
    struct toil_rig rig;
    begin(&rig, 0);
    if (!rig.broker.real) {
        toil_rig_release(&rig);
        cr_skip_test("the in-process cluster makes every topic that is asked for");
    }
    toil_rig_configure(&rig, NULL, NULL);
    FILE *config = fopen(rig.config, "ae");
    fputs("  - {topic: no.such.topic}\n", config);
    fclose(config);
    assert_refuses(&rig, NULL, OUTSIDE, WORDS("no.such.topic"));
    toil_rig_release(&rig);
}

Test(ops, another_key_for_pseudonyms_is_refused)
{
    struct toil_rig rig;
    begin(&rig, 0);
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    char path[320];
    struct stat status;
    snprintf(path, sizeof path, "%s/people.key", rig.dir);
    cr_assert_eq(stat(path, &status), 0, "no key was made");
    cr_assert_eq(status.st_mode & 0777, 0600, "the key's mode is %o", (unsigned)status.st_mode & 0777);
    char *key = toil_file_text(path);
    key[0] = key[0] == '0' ? '1' : '0';
    FILE *file = fopen(path, "we");
    fputs(key, file);
    fclose(file);
    assert_refuses(&rig, NULL, USAGE, WORDS("key"));
    unlink(path);
    assert_refuses(&rig, NULL, USAGE, WORDS("people.key"));
    cr_assert_neq(access(path, F_OK), 0, "a second key was made beside the first one's fingerprint");
    free(key);
    toil_rig_release(&rig);
}

static const struct {
    const char *name, *text;
    const char *words[4];
} wrong_configs[] = {
    {"unknown key",
     "cluster: a\nkafka: {bootstrap.servers: x, group.id: g}\ntopicz:\n  - {topic: t}\n",
     {":3:", "topicz"}},
    {"unknown kind",
     "cluster: a\nkafka: {bootstrap.servers: x, group.id: g}\ntopics:\n  - {topic: t, kind: party}\n",
     {":4:", "party"}},
    {"no topics", "cluster: a\nkafka: {bootstrap.servers: x, group.id: g}\n", {"topics"}},
    {"bad size",
     "cluster: a\nkafka: {bootstrap.servers: x, group.id: g}\nbatch: {bytes: lots}\ntopics: [{topic: t}]\n",
     {":3:", "bytes"}},
    {"unknown property",
     "cluster: a\nkafka:\n  bootstrap.servers: x\n  group.id: g\n  no.such.thing: 1\ntopics: [{topic: t}]\n",
     {":5:", "no.such.thing"}},
    {"forbidden property",
     "cluster: a\nkafka:\n  bootstrap.servers: x\n  group.id: g\n  enable.auto.commit: true\n"
     "topics: [{topic: t}]\n",
     {":5:", "enable.auto.commit"}},
    {"not yaml", "cluster: [a\n", {":"}},
    {"double key",
     "cluster: a\ncluster: b\nkafka: {bootstrap.servers: x, group.id: g}\ntopics: [{topic: t}]\n",
     {":2:", "cluster"}},
    {"bad pattern",
     "cluster: a\nkafka: {bootstrap.servers: x, group.id: g}\npeople: {robots: [\"~(\"]}\ntopics: [{topic: t}]\n",
     {":3:", "robots"}},
    {"empty", "", {"cluster"}},
};

Test(ops, a_wrong_configuration_names_file_line_and_key)
{
    char dir[256], path[320];
    toil_temp_dir(dir, sizeof dir);
    const char *build = getenv("BUILD");
    char *program = toil_xasprintf("%s/toilmeterd", build != NULL ? build : "build");
    for (size_t i = 0; i < sizeof wrong_configs / sizeof wrong_configs[0]; i++) {
        snprintf(path, sizeof path, "%s/wrong-%zu.yaml", dir, i);
        FILE *file = fopen(path, "we");
        fputs(wrong_configs[i].text, file);
        fclose(file);
        const char *argv[] = {program, "--config", path, "--check-config", NULL};
        char name[32], err_path[400];
        snprintf(name, sizeof name, "wrong-%zu", i);
        int status = toil_proc_run(dir, name, argv, NULL, 10000);
        snprintf(err_path, sizeof err_path, "%s/%s.err", dir, name);
        char *said = toil_file_text(err_path);
        cr_expect_eq(status, USAGE, "%s: status %d: %s", wrong_configs[i].name, status, said);
        cr_expect(strstr(said, name) != NULL, "%s: the file is not named: %s", wrong_configs[i].name, said);
        for (size_t w = 0; w < 4 && wrong_configs[i].words[w] != NULL; w++)
            cr_expect(strstr(said, wrong_configs[i].words[w]) != NULL, "%s: \"%s\" is not in: %s",
                      wrong_configs[i].name, wrong_configs[i].words[w], said);
        free(said);
    }
    free(program);
    toil_temp_dir_remove(dir);
}

Test(ops, a_right_configuration_is_shown_without_its_secrets)
{
    struct toil_rig rig;
    begin(&rig, 0);
    snprintf(rig.postgres, sizeof rig.postgres, "host=127.0.0.1 user=u password=hush-hush");
    toil_rig_configure(&rig, "  sasl.password: hush-hush\n", NULL);
    struct toil_proc proc;
    const char *const args[] = {"--check-config", NULL};
    toil_rig_collector(&rig, &proc, "check", args);
    cr_assert_eq(toil_proc_wait(&proc, 10000), 0);
    char *out = toil_proc_out(&proc), *err = toil_proc_err(&proc);
    cr_assert_not_null(strstr(out, rig.topic[0].name), "%s", out);
    cr_assert_null(strstr(out, "hush-hush"), "%s", out);
    cr_assert_null(strstr(err, "hush-hush"), "%s", err);
    free(out);
    free(err);
    toil_rig_release(&rig);
}

Test(ops, health_and_metrics_tell_what_is_true)
{
    struct toil_rig rig;
    struct toil_proc proc;
    begin(&rig, 0);
    toil_rig_collector(&rig, &proc, "health", NULL);
    int port = toil_rig_port(&proc), status = 0;
    cr_assert(toil_rig_wait_end(&rig, 30000));
    toil_sleep_ms(500);
    free(toil_http_get(port, "/-/healthy", &status));
    cr_assert_eq(status, 200);
    char *ready = toil_http_get(port, "/-/ready", &status);
    cr_assert_eq(status, 200, "%s", ready);
    free(ready);
    free(toil_http_get(port, "/nothing", &status));
    cr_assert_eq(status, 404);
    char *page = toil_http_get(port, "/metrics", &status);
    cr_assert_eq(status, 200);
    char *stored =
        toil_xasprintf("toilmeterd_events_stored_total{topic=\"%s\",kind=\"service_restart\"}", rig.topic[0].name);
    cr_assert_eq((int)toil_metric(page, stored), 10, "%s", page);
    cr_assert_eq((int)toil_metric(page, "toilmeterd_assigned_partitions"), 1, "%s", page);
    cr_assert_eq((int)toil_metric(page, "toilmeterd_database_up"), 1, "%s", page);
    free(stored);
    free(page);
    cr_assert_eq(toil_proc_stop(&proc, 15000), 0);
    toil_rig_release(&rig);
}

Test(ops, hup_takes_a_right_configuration_and_keeps_the_old_one_when_it_is_wrong)
{
    struct toil_rig rig;
    struct toil_proc proc;
    begin(&rig, 0);
    toil_rig_collector(&rig, &proc, "hup", NULL);
    cr_assert(toil_rig_wait_end(&rig, 30000));
    int port = toil_rig_port(&proc), status = 0;

    FILE *file = fopen(rig.config, "ae");
    fputs("nonsense: true\n", file);
    fclose(file);
    toil_proc_signal(&proc, SIGHUP);
    cr_assert(toil_file_wait_for(proc.err_path, "nonsense", 10000), "a wrong configuration was not told of");
    toil_rig_send_numbered(&rig, rig.topic[0].name, 11, 20);
    cr_assert(toil_rig_wait_end(&rig, 30000), "it stopped working with the old configuration");

    snprintf(rig.batch, sizeof rig.batch, "{rows: 7, age: 50ms}");
    toil_rig_configure(&rig, NULL, NULL);
    toil_proc_signal(&proc, SIGHUP);
    long long end = toil_clock_ms() + 10000;
    double reloads = 0;
    while (reloads < 1 && toil_clock_ms() < end) {
        char *page = toil_http_get(port, "/metrics", &status);
        reloads = toil_metric(page, "toilmeterd_reloads_total");
        free(page);
        toil_sleep_ms(50);
    }
    cr_assert_eq((int)reloads, 1, "the right configuration was not taken");
    cr_assert(toil_proc_running(&proc));
    cr_assert_eq(toil_proc_stop(&proc, 15000), 0);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 20), 0);
    toil_rig_release(&rig);
}

Test(ops, term_under_load_ends_in_time_and_the_next_goes_on)
{
    struct toil_rig rig;
    struct toil_proc proc;
    begin(&rig, 0);
    if (!rig.broker.real) {
        toil_rig_release(&rig);
        cr_skip_test("the in-process cluster drops what is over 5 MiB in a partition");
    }
    toil_rig_send_numbered(&rig, rig.topic[0].name, 11, 60000);
    for (int round = 0; round < 3; round++) {
        toil_rig_collector(&rig, &proc, "term", NULL);
        toil_sleep_ms(400 + round * 150);
        long long start = toil_clock_ms();
        cr_assert_eq(toil_proc_stop(&proc, 15000), 0);
        cr_assert_lt(toil_clock_ms() - start, 10000, "it took %lld ms to end", toil_clock_ms() - start);
    }
    cr_assert_eq(toil_rig_until_end(&rig, RUN_MS), 0);
    cr_assert_eq(toil_rig_wrong_numbered(&rig, 60000), 0);
    toil_rig_release(&rig);
}

Test(ops, logs_as_json_are_json_and_the_environment_wins)
{
    struct toil_rig rig;
    begin(&rig, 0);
    struct toil_proc proc;
    char env[300];
    snprintf(env, sizeof env, "TOILMETER_CLUSTER=elsewhere");
    const char *const environment[] = {env, NULL};
    const char *argv[] = {rig.program, "--config", rig.config, "--until-end", "--log-format", "json", NULL};
    toil_proc_start(&proc, rig.dir, "json", argv, environment);
    cr_assert_eq(toil_proc_wait(&proc, RUN_MS), 0);
    char *log = toil_proc_err(&proc);
    for (const char *line = log; *line != '\0'; line = strchr(line, '\n') + 1)
        cr_assert_eq(line[0], '{', "not an object: %.100s", line);
    cr_assert_eq(toil_rig_count(&rig, "select count(*) from toilmeter.kafka_offset where cluster = 'elsewhere'"), 1);
    free(log);
    toil_rig_release(&rig);
}
