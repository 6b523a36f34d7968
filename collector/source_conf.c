/* librdkafka's properties: the user's, ours, and those that nobody may set. Code behind source.h and source_conf.h. */
#include "source_conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Properties that the user may not set, and why. */
static const struct {
    const char *name, *why;
} refused[] = {
    {"enable.auto.commit", "offsets are kept in the database"},
    {"enable.auto.offset.store", "offsets are kept in the database"},
    {"auto.commit.interval.ms", "offsets are kept in the database"},
    {"auto.commit.enable", "offsets are kept in the database"},
    {"auto.offset.reset", "use the setting `start`; a lost offset is never passed over in silence"},
    {"isolation.level", "it is read_committed: events of aborted transactions never happened"},
    {"enable.partition.eof", "the ends of partitions have to be seen"},
};

/* What holds unless the user says otherwise. */
static const struct toil_config_property defaults[] = {
    {"client.id", "toilmeterd"},
    {"session.timeout.ms", "10000"},
    {"partition.assignment.strategy", "range,roundrobin"},
    {"topic.metadata.refresh.interval.ms", "30000"},
    {"socket.keepalive.enable", "true"},
    {"fetch.wait.max.ms", "200"}, /* an idle fetch holds up a seek and every other request to that broker so long */
};

static const struct toil_config_property fixed[] = {
    {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "error"},
    {"isolation.level", "read_committed"}, {"enable.partition.eof", "true"},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const char *source_refuses(const char *name, const char *value)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        if (strcmp(refused[i].name, name) == 0)
            return refused[i].why;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, NULL, 0);
    rd_kafka_conf_destroy(conf);
    if (result == RD_KAFKA_CONF_UNKNOWN)
        return "librdkafka has no such property";
    return result == RD_KAFKA_CONF_OK ? NULL : "librdkafka refuses this value";
}

static enum toil_status set(rd_kafka_conf_t *conf, const char *name, const char *value, struct toil_error *err)
{
    char text[512];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, text, sizeof text);
    if (result == RD_KAFKA_CONF_OK)
        return TOIL_OK;
    /* librdkafka's text may repeat the value, which may be a secret. */
    return toil_error_set(err, TOIL_BAD_INPUT, "kafka: %s: %s", name,
                          result == RD_KAFKA_CONF_UNKNOWN ? "no such property of librdkafka" : "this value is refused");
}

static enum toil_status set_number(rd_kafka_conf_t *conf, const char *name, int64_t value, struct toil_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return set(conf, name, text, err);
}

/* The local queue may hold an eighth of the memory in payload. librdkafka adds about as much again for small messages,
 * and a response of fetch.max.bytes may come on top; two batches take the rest. */
static enum toil_status set_memory(rd_kafka_conf_t *conf, int64_t memory_bytes, struct toil_error *err)
{
    enum toil_status status = set_number(conf, "queued.max.messages.kbytes", memory_bytes / 8 / 1024, err);
    if (status == TOIL_OK)
        status = set_number(conf, "queued.min.messages", memory_bytes / 2048, err);
    if (status == TOIL_OK)
        status = set_number(conf, "fetch.max.bytes", memory_bytes / 32, err);
    return status;
}

static enum toil_status set_rows(rd_kafka_conf_t *conf, const struct toil_config_property *rows, size_t count,
                                 struct toil_error *err)
{
    for (size_t i = 0; i < count; i++) {
        enum toil_status status = set(conf, rows[i].name, rows[i].value, err);
        if (status != TOIL_OK)
            return status;
    }
    return TOIL_OK;
}

enum toil_status source_conf_new(const struct source_options *options, rd_kafka_conf_t **out, struct toil_error *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum toil_status status = set_rows(conf, defaults, COUNT(defaults), err);
    if (status == TOIL_OK)
        status = set_memory(conf, options->memory_bytes, err);
    if (status == TOIL_OK)
        status = set_rows(conf, options->property, options->property_count, err);
    if (status == TOIL_OK)
        status = set_rows(conf, fixed, COUNT(fixed), err);
    if (status != TOIL_OK) {
        rd_kafka_conf_destroy(conf);
        return status;
    }
    *out = conf;
    return TOIL_OK;
}

static bool names_a_file(const struct toil_config_property *property)
{
    static const char *const names[] = {"ssl.ca.location", "ssl.certificate.location", "ssl.key.location",
                                        "ssl.keystore.location", "ssl.crl.location"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(names[i], property->name) == 0)
            return property->value[0] != '\0' && strcmp(property->value, "probe") != 0;
    }
    return false;
}

enum toil_status source_check_files(const struct toil_config_property *property, size_t count, struct toil_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!names_a_file(&property[i]) || access(property[i].value, R_OK) == 0)
            continue;
        toil_error_set(err, TOIL_BAD_INPUT, "kafka: %s: cannot read %s: %s", property[i].name, property[i].value,
                       strerror(errno));
        toil_error_hint(err, "the user that runs toilmeterd has to be able to read it");
        return TOIL_BAD_INPUT;
    }
    return TOIL_OK;
}
