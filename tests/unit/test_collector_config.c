/* The daemon's configuration: file, environment, refusals with their places, secrets masked, what a reload may change.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/config_text.h"
#include "collector/source.h"

#define MINIMAL                                                                                                        \
    "cluster: production\n"                                                                                            \
    "kafka: {bootstrap.servers: 'broker-1:9092', group.id: toilmeter}\n"                                               \
    "topics:\n"                                                                                                        \
    "  - {topic: platform.restarts, kind: service_restart}\n"                                                          \
    "  - {topic: platform.events, time_unit: ms}\n"

static const char *const no_environment[] = {NULL};

/* Loads `text` from a file. */
static enum toil_status load(const char *text, const char *const *environment, struct toil_config **out,
                             struct toil_error *err)
{
    char path[] = "/tmp/toil-config-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    size_t len = strlen(text);
    cr_assert(write(fd, text, len) == (ssize_t)len);
    close(fd);
    toil_error_clear(err);
    enum toil_status status = toil_config_load(path, environment, source_refuses, out, err);
    unlink(path);
    return status;
}

static struct toil_config *must_load(const char *text, const char *const *environment)
{
    struct toil_config *config = NULL;
    struct toil_error err;
    cr_assert(load(text, environment, &config, &err) == TOIL_OK, "%s", err.message);
    return config;
}

Test(config, a_small_file_and_its_defaults)
{
    struct toil_config *config = must_load(MINIMAL, no_environment);
    cr_expect_str_eq(config->cluster, "production");
    cr_expect_str_eq(config->postgres, "");
    cr_expect_str_eq(config->key_file, "/var/lib/toilmeter/people.key");
    cr_expect_str_eq(config->http_listen, "127.0.0.1:9464");
    cr_expect(config->topic_count == 2);
    cr_expect_str_eq(config->topic[0].topic, "platform.restarts");
    cr_expect(config->topic[0].is.kind == TOIL_KIND_SERVICE_RESTART);
    cr_expect(config->topic[1].is.kind == TOIL_KIND_NONE);
    cr_expect(config->topic[1].is.time_unit == TOIL_UNIT_MS);
    cr_expect(config->batch_rows == 20000);
    cr_expect(config->batch_bytes == 16 << 20);
    cr_expect(config->batch_age_ms == 1000);
    cr_expect(config->limit_message == 1 << 20);
    cr_expect(config->limit_memory == 128 << 20);
    cr_expect(config->on_data_loss == TOIL_CONFIG_LOSS_STOP);
    cr_expect(config->start == TOIL_CONFIG_START_EARLIEST);
    cr_expect(config->earliest_us == INT64_C(631152000) * 1000000);
    cr_expect(config->kafka_count == 2);
    toil_config_free(config);
}

Test(config, the_example_that_ships_is_accepted)
{
    struct toil_config *config = NULL;
    struct toil_error err = {0};
    cr_assert(toil_config_load("deploy/examples/toilmeterd.yaml", no_environment, source_refuses, &config, &err) ==
                  TOIL_OK,
              "%s", err.message);
    cr_expect(config->topic_count == 7);
    cr_expect(config->robot_count == 2);
    toil_config_free(config);
}

Test(config, the_environment_wins_over_the_file)
{
    static const char *const environment[] = {
        "HOME=/root",
        "TOILMETER_CLUSTER=staging",
        "TOILMETER_POSTGRES=host=db password='a # b: c'",
        "TOILMETER_KAFKA__BOOTSTRAP_SERVERS=broker-9:9092",
        "TOILMETER_KAFKA__SASL_USERNAME=me",
        "TOILMETER_BATCH__ROWS=7",
        "TOILMETER_TOPICS__0__KIND=work_log",
        "TOILMETER_TOPICS__2__TOPIC=more",
        "TOILMETER_PEOPLE__ROBOTS__0=~^svc-",
        "TOILMETER_PEOPLE__ROBOTS__1=deploy-bot",
        "TOILMETER_SERVICE_HOST=10.0.0.1",
        NULL,
    };
    struct toil_config *config = must_load(MINIMAL, environment);
    cr_expect_str_eq(config->cluster, "staging");
    cr_expect_str_eq(config->postgres, "host=db password='a # b: c'");
    cr_expect(config->batch_rows == 7);
    cr_assert(config->kafka_count == 3);
    cr_expect_str_eq(config->kafka[0].value, "broker-9:9092");
    cr_expect_str_eq(config->kafka[2].name, "sasl.username");
    cr_assert(config->topic_count == 3);
    cr_expect(config->topic[0].is.kind == TOIL_KIND_WORK_LOG);
    cr_expect_str_eq(config->topic[2].topic, "more");
    cr_assert(config->robot_count == 2);
    cr_expect_str_eq(config->robot[0], "~^svc-");
    cr_assert(config->ignored_count == 1);
    cr_expect_str_eq(config->ignored[0], "TOILMETER_SERVICE_HOST");
    toil_config_free(config);
}

Test(config, the_environment_is_enough)
{
    static const char *const environment[] = {
        "TOILMETER_CLUSTER=c",          "TOILMETER_KAFKA__BOOTSTRAP_SERVERS=b:1", "TOILMETER_KAFKA__GROUP_ID=g",
        "TOILMETER_TOPICS__0__TOPIC=t", "TOILMETER_ON_DATA_LOSS=continue",        NULL,
    };
    struct toil_config *config = NULL;
    struct toil_error err;
    cr_assert(toil_config_load(NULL, environment, source_refuses, &config, &err) == TOIL_OK, "%s", err.message);
    cr_expect(config->on_data_loss == TOIL_CONFIG_LOSS_CONTINUE);
    cr_expect(config->topic_count == 1);
    toil_config_free(config);
}

Test(config, what_is_wrong_is_refused_with_its_place)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {MINIMAL "clutser: x\n", ":6:1: configuration: unknown key \"clutser\"; did you mean \"cluster\"?"},
        {MINIMAL "batch: {rows: 0}\n", ":6:15: rows: expected a whole number from 1 to 1000000"},
        {MINIMAL "batch: {row: 5}\n", "batch: unknown key \"row\"; did you mean \"rows\"?"},
        {MINIMAL "batch: 5\n", "batch: expected a map"},
        {MINIMAL "batch: {bytes: 64MiB}\n", "batch.bytes: expected at most a quarter of limits.memory"},
        {MINIMAL "limits: {message: 64MiB}\n", "limits.message: expected at most an eighth of limits.memory"},
        {MINIMAL "limits: {memory: 1MiB}\n", "memory: expected a size from"},
        {MINIMAL "on_data_loss: ignore\n", "on_data_loss: expected one of stop, continue"},
        {MINIMAL "earliest: 1990-02-30\n", "earliest: expected a date such as"},
        {MINIMAL "http: {listen: nowhere}\n", "http.listen: \"nowhere\" is not ADDRESS:PORT"},
        {MINIMAL "people: {robots: ['~(']}\n", ":6:20: robots: "},
        {MINIMAL "people: {robots: bot}\n", "robots: expected a list"},
        {MINIMAL "  - {topic: desk, preset: zendisk}\n", ":6:27: preset: \"zendisk\" is none; there are"},
        {MINIMAL "  - {topic: desk, mapping: none/there.yaml}\n", "none/there.yaml"},
        {MINIMAL "  - {topic: desk, preset: zendesk, kind: work_log}\n", "kind: the topic's mapping names kinds"},
        {MINIMAL "  - {topic: desk, preset: zendesk, settings: {tipic: /a}}\n", "did you mean \"topic\"?"},
        {MINIMAL "  - {topic: desk, settings: {topic: /a}}\n", "settings: go with a preset or a mapping"},
        {MINIMAL "  - {topic: desk, kind: restart}\n", ":6:25: kind: expected one of service_restart"},
        {MINIMAL "  - {topic: platform.events}\n", "topic: \"platform.events\" stands twice"},
        {MINIMAL "  - {topic: '^desk.*'}\n", "topic: expected a topic's name"},
        {MINIMAL "  - {kind: work_log}\n", "topics: an item has no topic"},
        {MINIMAL "  - {topic: desk, time_unit: h}\n", "time_unit: expected one of s, ms, us, ns"},
        {"kafka: {bootstrap.servers: b, group.id: g}\ntopics: [{topic: t}]\n", "cluster: is missing"},
        {"cluster: c\nkafka: {group.id: g}\ntopics: [{topic: t}]\n", "kafka: bootstrap.servers is missing"},
        {"cluster: c\nkafka: {bootstrap.servers: b}\ntopics: [{topic: t}]\n", "kafka: group.id is missing"},
        {"cluster: c\nkafka: {bootstrap.servers: b, group.id: g}\n", "topics: at least one is needed"},
        {"cluster: c\nkafka: {bootstrap.servers: b, group.id: g, group.idd: g}\n", "group.idd: librdkafka has no such"},
        {"cluster: c\nkafka: {bootstrap.servers: b, group.id: g, session.timeout.ms: long}\n",
         "session.timeout.ms: librdkafka refuses this value"},
        {"cluster: c\nkafka: {enable.auto.commit: true}\n", "enable.auto.commit: offsets are kept in the database"},
        {"cluster: c\nkafka: {enable.auto.offset.store: true}\n", "enable.auto.offset.store: offsets are kept"},
        {"cluster: c\nkafka: {auto.offset.reset: latest}\n", "auto.offset.reset: use the setting `start`"},
        {"cluster: c\nkafka: {isolation.level: read_uncommitted}\n",
         ":2:26: kafka: isolation.level: it is read_committed"},
        {"[1, 2]\n", "expected a map of settings"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_config *config = NULL;
        struct toil_error err;
        enum toil_status status = load(rows[i].text, no_environment, &config, &err);
        cr_expect(status == TOIL_BAD_INPUT, "row %zu was taken", i);
        cr_expect(strstr(err.message, rows[i].said) != NULL, "row %zu: %s", i, err.message);
        toil_config_free(config);
    }
}

Test(config, a_wrong_variable_is_named)
{
    static const char *const environment[] = {"TOILMETER_BATCH__AGE=soon", NULL};
    struct toil_config *config = NULL;
    struct toil_error err;
    cr_assert(load(MINIMAL, environment, &config, &err) == TOIL_BAD_INPUT);
    cr_expect(strstr(err.message, "environment variable TOILMETER_BATCH__AGE") != NULL, "%s", err.message);
    cr_expect(strstr(err.message, "age: expected a duration") != NULL, "%s", err.message);
}

Test(config, secrets_are_masked)
{
    static const struct {
        const char *conninfo, *printed;
    } rows[] = {
        {"host=db password=hunter2 user=x", "host=db password=**** user=x"},
        {"password = 'hun ter\\'2' user=x", "password = **** user=x"},
        {"sslpassword=hunter2", "sslpassword=****"},
        {"postgresql://me:hunter2@db:5432/x?sslmode=require", "postgresql://me:****@db:5432/x?sslmode=require"},
        {"postgres://me:hun@ter2@db/x?password=hunter2&a=b", "postgres://me:****@db/x?password=****&a=b"},
        {"postgresql://db/x", "postgresql://db/x"},
        {"service=toilmeter", "service=toilmeter"},
        {"passfile=/x password", "passfile=/x password"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_buf out = TOIL_BUF_INIT;
        config_mask_conninfo(rows[i].conninfo, &out);
        cr_expect_str_eq(out.data, rows[i].printed);
        toil_buf_release(&out);
    }
    static const char *const environment[] = {"TOILMETER_KAFKA__SASL_PASSWORD=hunter2",
                                              "TOILMETER_KAFKA__SSL_KEY_PASSWORD=hunter2",
                                              "TOILMETER_POSTGRES=password=hunter2", NULL};
    struct toil_config *config = must_load(MINIMAL, environment);
    struct toil_buf out = TOIL_BUF_INIT;
    config_print(config, &out);
    cr_expect(strstr(out.data, "hunter2") == NULL, "%s", out.data);
    cr_expect(strstr(out.data, "sasl.password") != NULL);
    toil_buf_release(&out);
    toil_config_free(config);
}

Test(config, what_is_printed_can_be_read_again)
{
    struct toil_config *config = must_load(MINIMAL "batch: {rows: 77, age: 2m}\nearliest: 2001-02-03\n"
                                                   "people: {robots: ['~^a\"b', c]}\non_data_loss: continue\n",
                                           no_environment);
    struct toil_buf first = TOIL_BUF_INIT, second = TOIL_BUF_INIT, differences = TOIL_BUF_INIT;
    config_print(config, &first);
    struct toil_config *again = must_load(first.data, no_environment);
    config_print(again, &second);
    cr_expect_str_eq(first.data, second.data);
    config_needs_restart(config, again, &differences);
    cr_expect(differences.len == 0);
    toil_buf_release(&first);
    toil_buf_release(&second);
    toil_config_free(config);
    toil_config_free(again);
}

Test(config, a_reload_takes_what_it_can_and_names_the_rest)
{
    struct toil_config *now = must_load(MINIMAL "people: {robots: [old]}\n", no_environment);
    struct toil_config *next = must_load("cluster: other\n"
                                         "kafka: {bootstrap.servers: 'broker-2:9092', group.id: toilmeter}\n"
                                         "topics: [{topic: platform.events}]\n"
                                         "batch: {rows: 5}\nlog_level: debug\nlimits: {message: 2MiB}\n"
                                         "people: {robots: [new, newer]}\n",
                                         no_environment);
    struct toil_buf names = TOIL_BUF_INIT;
    config_needs_restart(now, next, &names);
    cr_expect_str_eq(names.data, "cluster, limits.message, kafka, topics");
    config_take_over(now, next);
    toil_config_free(next);
    cr_expect(now->batch_rows == 5);
    cr_expect(now->log_level == 0);
    cr_expect(now->limit_message == 1 << 20);
    cr_expect_str_eq(now->cluster, "production");
    cr_assert(now->robot_count == 2);
    cr_expect_str_eq(now->robot[1], "newer");
    toil_buf_release(&names);
    toil_config_free(now);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

/* A mapping's file under the same name may say something else now: that, too, needs a restart. */
Test(config, a_mapping_that_was_mended_is_seen)
{
    char dir[] = "/tmp/toilmeter-config.XXXXXX", config[64], mapping[64];
    struct toil_config *now = NULL, *next = NULL;
    struct toil_error err;
    struct toil_buf names = TOIL_BUF_INIT;
    cr_assert_not_null(mkdtemp(dir));
    snprintf(config, sizeof config, "%s/c.yaml", dir);
    snprintf(mapping, sizeof mapping, "%s/m.yaml", dir);
    write_text(config,
               "cluster: c\nkafka: {bootstrap.servers: b, group.id: g}\ntopics: [{topic: t, mapping: m.yaml}]\n");
    write_text(mapping,
               "rules: [{kind: measurement, fields: {id: /id, at: /at, component: /c, value: /v, metric: /m}}]\n");
    cr_assert(toil_config_load(config, no_environment, source_refuses, &now, &err) == TOIL_OK, "%s", err.message);
    write_text(mapping, "# the same\nrules:\n  - kind: measurement\n    fields: {id: /id, at: /at, component: /c, "
                        "value: /v, metric: /m}\n");
    cr_assert(toil_config_load(config, no_environment, source_refuses, &next, &err) == TOIL_OK, "%s", err.message);
    config_needs_restart(now, next, &names);
    cr_expect(names.len == 0, "%s", names.data);
    toil_config_free(next);
    write_text(mapping,
               "rules: [{kind: measurement, fields: {id: /id, at: /at, component: /c, value: /v, metric: /other}}]\n");
    cr_assert(toil_config_load(config, no_environment, source_refuses, &next, &err) == TOIL_OK, "%s", err.message);
    config_needs_restart(now, next, &names);
    cr_expect_str_eq(names.data, "topics");
    toil_config_free(now);
    toil_config_free(next);
    toil_buf_release(&names);
    unlink(config);
    unlink(mapping);
    rmdir(dir);
}
