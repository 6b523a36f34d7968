/* Producing with checked delivery: see lib_produce.h. */
#include "support/lib_produce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "support/lib_proc.h"

enum { ADMIN_MS = 30000, METADATA_MS = 10000, TRANSACTION_MS = 30000 };

struct toil_producer {
    rd_kafka_t *handle;
    uint64_t sent, delivered, failed;
};

static bool fail(const char *what, const char *why)
{
    fprintf(stderr, "broker: %s: %s\n", what, why);
    return false;
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    (void)handle;
    struct toil_producer *producer = opaque;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        producer->delivered++;
        return;
    }
    /* What an aborted transaction had queued is meant to be lost. */
    if (message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT &&
        producer->failed++ < 3)
        fail("delivery", rd_kafka_err2str(message->err));
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[256];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) {
        fail(name, reason);
        abort();
    }
}

static rd_kafka_t *handle_new(rd_kafka_conf_t *conf)
{
    char reason[512];
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (handle == NULL) {
        fail("rd_kafka_new", reason);
        rd_kafka_conf_destroy(conf);
    }
    return handle;
}

static rd_kafka_t *admin_new(const char *bootstrap)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "reconnect.backoff.max.ms", "500");
    set(conf, "log_level", "3");
    return handle_new(conf);
}

static bool note(const char *what, rd_kafka_error_t *error)
{
    if (error == NULL)
        return true;
    fail(what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return false;
}

struct toil_producer *toil_producer_new(const char *bootstrap, const char *transactional_id)
{
    struct toil_producer *producer = toil_xcalloc(1, sizeof *producer);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "acks", "all");
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "5");
    set(conf, "message.max.bytes", "10485760");
    set(conf, "queue.buffering.max.messages", "200000");
    set(conf, "reconnect.backoff.max.ms", "500");
    set(conf, "log_level", "3");
    if (transactional_id != NULL)
        set(conf, "transactional.id", transactional_id);
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    producer->handle = handle_new(conf);
    if (producer->handle == NULL ||
        (transactional_id != NULL &&
         !note("init_transactions", rd_kafka_init_transactions(producer->handle, TRANSACTION_MS)))) {
        toil_producer_free(producer);
        return NULL;
    }
    return producer;
}

void toil_producer_free(struct toil_producer *producer)
{
    if (producer == NULL)
        return;
    if (producer->handle != NULL)
        rd_kafka_destroy(producer->handle);
    free(producer);
}

static rd_kafka_headers_t *headers_of(const char *const *header)
{
    if (header == NULL || header[0] == NULL)
        return NULL;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(4);
    for (; header[0] != NULL; header += 2)
        rd_kafka_header_add(headers, header[0], -1, header[1], -1);
    return headers;
}

static rd_kafka_resp_err_t produce(struct toil_producer *producer, const struct toil_outgoing *message)
{
    rd_kafka_headers_t *headers = headers_of(message->header);
    rd_kafka_vu_t values[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = message->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = message->partition},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {.ptr = (void *)(uintptr_t)message->value.ptr, .size = message->value.len}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = (void *)(uintptr_t)message->key.ptr, .size = message->key.len}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = message->timestamp_ms},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(producer->handle, values, sizeof values / sizeof values[0] - (headers == NULL));
    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers != NULL)
        rd_kafka_headers_destroy(headers);
    return code;
}

bool toil_producer_send(struct toil_producer *producer, const struct toil_outgoing *message)
{
    rd_kafka_resp_err_t code;
    while ((code = produce(producer, message)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(producer->handle, 50);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return fail(message->topic, rd_kafka_err2str(code));
    if (++producer->sent % 256 == 0)
        rd_kafka_poll(producer->handle, 0);
    return producer->failed == 0;
}

bool toil_producer_send_text(struct toil_producer *producer, const char *topic, const char *text)
{
    return toil_producer_send(producer,
                              &(struct toil_outgoing){.topic = topic, .partition = -1, .value = toil_span_of(text)});
}

bool toil_producer_flush(struct toil_producer *producer, int deadline_ms)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(producer->handle, deadline_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return fail("flush", rd_kafka_err2str(code));
    return producer->failed == 0;
}

uint64_t toil_producer_delivered(const struct toil_producer *producer)
{
    return producer->delivered;
}

bool toil_producer_begin(struct toil_producer *producer)
{
    return note("begin_transaction", rd_kafka_begin_transaction(producer->handle));
}

bool toil_producer_commit(struct toil_producer *producer)
{
    return note("commit_transaction", rd_kafka_commit_transaction(producer->handle, TRANSACTION_MS));
}

bool toil_producer_abort(struct toil_producer *producer)
{
    return note("abort_transaction", rd_kafka_abort_transaction(producer->handle, TRANSACTION_MS));
}

/* Waits for the answer to one admin request. */
static rd_kafka_event_t *answer_of(rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ADMIN_MS);
    if (event == NULL) {
        fail("admin", "no answer");
        return NULL;
    }
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("admin", rd_kafka_event_error_string(event));
        rd_kafka_event_destroy(event);
        return NULL;
    }
    return event;
}

static bool topics_done(const rd_kafka_topic_result_t **results, size_t count, rd_kafka_resp_err_t tolerated)
{
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != tolerated)
            return fail(rd_kafka_topic_result_name(results[i]), rd_kafka_err2str(code));
    }
    return true;
}

static bool create_by_admin(const char *bootstrap, const char *topic, int partitions, const char *const *config)
{
    char reason[512];
    rd_kafka_t *handle = admin_new(bootstrap);
    rd_kafka_NewTopic_t *asked = rd_kafka_NewTopic_new(topic, partitions, 1, reason, sizeof reason);
    if (handle == NULL || asked == NULL)
        return fail(topic, "cannot ask for the topic");
    for (; config != NULL && config[0] != NULL; config += 2)
        rd_kafka_NewTopic_set_config(asked, config[0], config[1]);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_CreateTopics(handle, &asked, 1, NULL, queue);
    rd_kafka_event_t *event = answer_of(queue);
    bool done = false;
    if (event != NULL) {
        size_t count = 0;
        const rd_kafka_topic_result_t **results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
        done = topics_done(results, count, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_NewTopic_destroy(asked);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(handle);
    return done;
}

static bool create_by_control(const char *control, const char *topic, int partitions)
{
    FILE *pipe = fopen(control, "we");
    if (pipe == NULL)
        return fail(control, "cannot be written");
    fprintf(pipe, "topic %s %d\n", topic, partitions);
    return fclose(pipe) == 0 || fail(control, "cannot be written");
}

bool toil_topic_create(const struct toil_cluster *cluster, const char *topic, int partitions, const char *const *config)
{
    if (cluster->control != NULL ? !create_by_control(cluster->control, topic, partitions)
                                 : !create_by_admin(cluster->bootstrap, topic, partitions, config))
        return false;
    long long end = toil_clock_ms() + ADMIN_MS;
    int found;
    while ((found = toil_topic_partitions(cluster->bootstrap, topic)) < partitions && toil_clock_ms() < end)
        toil_sleep_ms(50);
    return found == partitions || fail(topic, "does not have the partitions that were asked for");
}

bool toil_topic_delete(const struct toil_cluster *cluster, const char *topic)
{
    rd_kafka_t *handle = admin_new(cluster->bootstrap);
    if (handle == NULL)
        return false;
    rd_kafka_DeleteTopic_t *asked = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_DeleteTopics(handle, &asked, 1, NULL, queue);
    rd_kafka_event_t *event = answer_of(queue);
    bool done = false;
    if (event != NULL) {
        size_t count = 0;
        const rd_kafka_topic_result_t **results =
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
        done = topics_done(results, count, RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_DeleteTopic_destroy(asked);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(handle);
    long long end = toil_clock_ms() + ADMIN_MS;
    while (done && toil_topic_partitions(cluster->bootstrap, topic) > 0 && toil_clock_ms() < end)
        toil_sleep_ms(50);
    return done;
}

bool toil_records_delete(const struct toil_cluster *cluster, const char *topic, int32_t partition, int64_t before)
{
    rd_kafka_t *handle = admin_new(cluster->bootstrap);
    if (handle == NULL)
        return false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = before;
    rd_kafka_DeleteRecords_t *asked = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_DeleteRecords(handle, &asked, 1, NULL, queue);
    rd_kafka_event_t *event = answer_of(queue);
    bool done = false;
    if (event != NULL) {
        const rd_kafka_topic_partition_list_t *answer =
            rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
        done = answer->cnt == 1 && answer->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (!done)
            fail(topic, answer->cnt == 1 ? rd_kafka_err2str(answer->elems[0].err) : "records not deleted");
        rd_kafka_event_destroy(event);
    }
    rd_kafka_DeleteRecords_destroy(asked);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(handle);
    return done;
}

/* Asks for the whole cluster: to ask for one topic would create it where the broker makes topics on demand. */
static int partitions_of(rd_kafka_t *handle, const char *topic)
{
    const struct rd_kafka_metadata *metadata = NULL;
    if (rd_kafka_metadata(handle, 1, NULL, &metadata, METADATA_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    int count = 0;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, topic) == 0)
            count = metadata->topics[i].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    return count;
}

int toil_topic_partitions(const char *bootstrap, const char *topic)
{
    rd_kafka_t *handle = admin_new(bootstrap);
    int count = handle != NULL ? partitions_of(handle, topic) : -1;
    if (handle != NULL)
        rd_kafka_destroy(handle);
    return count;
}

static bool ends_of(rd_kafka_t *handle, const char *topic, int32_t partition, int64_t *low, int64_t *high)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int attempt = 0; attempt < 20; attempt++) {
        code = rd_kafka_query_watermark_offsets(handle, topic, partition, low, high, METADATA_MS);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            return true;
        toil_sleep_ms(100);
    }
    return fail(topic, rd_kafka_err2str(code));
}

bool toil_topic_ends(const char *bootstrap, const char *topic, int32_t partition, int64_t *low, int64_t *high)
{
    rd_kafka_t *handle = admin_new(bootstrap);
    bool done = handle != NULL && ends_of(handle, topic, partition, low, high);
    if (handle != NULL)
        rd_kafka_destroy(handle);
    return done;
}

bool toil_topic_count(const char *bootstrap, const char *topic, int64_t *count)
{
    rd_kafka_t *handle = admin_new(bootstrap);
    if (handle == NULL)
        return false;
    int partitions = partitions_of(handle, topic);
    bool done = partitions > 0;
    *count = 0;
    for (int32_t i = 0; i < partitions && done; i++) {
        int64_t low = 0, high = 0;
        done = ends_of(handle, topic, i, &low, &high);
        *count += high - low;
    }
    rd_kafka_destroy(handle);
    return done || fail(topic, "cannot be counted");
}
