/* librdkafka at work: the code behind source.h. Its properties are in source_conf.c. */
#include "source.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "refusal.h"
#include "source_conf.h"
#include "toilmeter/headers.h"

#define SEEK_TIMEOUT_MS 5000
#define LOG_EVERY_S     30

struct source {
    rd_kafka_t *rk;                          /* owned */
    rd_kafka_queue_t *queue;                 /* owned: the consumer's, to see how full it is */
    rd_kafka_topic_partition_list_t *paused; /* owned; NULL when nothing is paused */
    rd_kafka_topic_partition_list_t *added;  /* owned; the incremental assignment not accepted yet */
    struct source_hooks hooks;
    struct counters *counters;
    struct toil_log *log;
    size_t queue_high; /* messages in the queue when it was last seen growing */
    bool was_full;
    bool awaits_start; /* an assignment was announced and not accepted yet */
    bool closing;
    struct refusal_findings findings;
    struct toil_error refused; /* why a broker does not let us in, since the last assignment; status TOIL_OK: none */
    int64_t refused_since_ms;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum toil_status fail(struct toil_error *err, const char *what, rd_kafka_resp_err_t code)
{
    return toil_error_set(err, TOIL_RETRY, "%s: %s", what, rd_kafka_err2str(code));
}

/* Takes `error`. */
static enum toil_status fail_error(struct toil_error *err, const char *what, rd_kafka_error_t *error)
{
    enum toil_status status = toil_error_set(err, TOIL_RETRY, "%s: %s", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return status;
}

static struct source_partition *partitions_of(const rd_kafka_topic_partition_list_t *list)
{
    struct source_partition *out = toil_xcalloc((size_t)list->cnt + 1, sizeof *out);
    for (int i = 0; i < list->cnt; i++)
        out[i] = (struct source_partition){.topic = list->elems[i].topic, .partition = list->elems[i].partition};
    return out;
}

static bool is_cooperative(rd_kafka_t *rk)
{
    const char *protocol = rd_kafka_rebalance_protocol(rk);
    return protocol && strcmp(protocol, "COOPERATIVE") == 0;
}

bool source_is_cooperative(struct source *source)
{
    return is_cooperative(source->rk);
}

static void drop_added(struct source *source)
{
    if (source->added)
        rd_kafka_topic_partition_list_destroy(source->added);
    source->added = NULL;
}

static void on_revoke(struct source *source, rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list)
{
    struct source_partition *partitions = partitions_of(list);
    source->awaits_start = false;
    drop_added(source);
    source_resume(source);
    source->hooks.revoked(source->hooks.context, partitions, (size_t)list->cnt, rd_kafka_assignment_lost(rk) != 0);
    free(partitions);
    if (is_cooperative(rk)) {
        rd_kafka_error_t *error = rd_kafka_incremental_unassign(rk, list);
        rd_kafka_error_destroy(error);
    } else {
        rd_kafka_assign(rk, NULL);
    }
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct source *source = opaque;
    if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        on_revoke(source, rk, list);
        return;
    }
    struct source_partition *partitions = partitions_of(list);
    bool added = is_cooperative(rk);
    source->awaits_start = true;
    toil_error_clear(&source->refused);
    drop_added(source);
    if (added)
        source->added = rd_kafka_topic_partition_list_copy(list);
    counters_add(source->counters, COUNTER_REBALANCES, 1);
    source->hooks.assigned(source->hooks.context, partitions, (size_t)list->cnt, added);
    free(partitions);
}

/* What comes as an error, too, with a code: of a broker's failure, and of what OpenSSL found. */
static bool is_told_elsewhere(const char *facility)
{
    return strcmp(facility, "FAIL") == 0 || strcmp(facility, "SSL") == 0 || strcmp(facility, "SSLCERTVRFY") == 0;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    struct source *source = rd_kafka_opaque(rk);
    enum toil_log_level mine = level > 6 || is_told_elsewhere(facility) ? TOIL_LOG_DEBUG
                               : level <= 3                             ? TOIL_LOG_ERROR
                               : level == 4                             ? TOIL_LOG_WARN
                                                                        : TOIL_LOG_INFO;
    if (mine == TOIL_LOG_DEBUG)
        toil_log_line(source->log, mine, "kafka_debug", text, "facility", facility, NULL);
    else
        toil_log_limited(source->log, mine, LOG_EVERY_S, "kafka_client", text, "facility", facility, NULL);
}

/* Called in a broker's thread, once for each certificate that the check has gone through. */
static int on_certificate(rd_kafka_t *rk, const char *broker, int32_t broker_id, int *x509_error, int depth,
                          const char *certificate, size_t bytes, char *text, size_t text_bytes, void *opaque)
{
    (void)rk, (void)broker_id, (void)depth, (void)certificate, (void)bytes, (void)text, (void)text_bytes;
    struct source *source = opaque;
    if (*x509_error == 0)
        return 1;
    refusal_findings_add(&source->findings, broker, *x509_error);
    return 0;
}

static enum refusal_kind kind_of(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
        return REFUSAL_LOGIN;
    case RD_KAFKA_RESP_ERR__SSL:
        return REFUSAL_TLS;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
        return REFUSAL_CONNECTION;
    case RD_KAFKA_RESP_ERR__RESOLVE:
        return REFUSAL_NAME;
    default:
        return REFUSAL_OTHER;
    }
}

/* "" when it is not set. */
static void read_property(rd_kafka_t *rk, const char *name, char *out, size_t out_bytes)
{
    if (rd_kafka_conf_get(rd_kafka_conf(rk), name, out, &out_bytes) != RD_KAFKA_CONF_OK)
        *out = '\0';
}

static void tell_refusal(struct source *source, enum refusal_kind kind, const char *code, const char *reason)
{
    char broker[128], protocol[32], user[256], mechanism[64];
    struct toil_error err;
    refusal_broker(reason, broker, sizeof broker);
    read_property(source->rk, "security.protocol", protocol, sizeof protocol);
    read_property(source->rk, "sasl.username", user, sizeof user);
    read_property(source->rk, "sasl.mechanism", mechanism, sizeof mechanism);
    kind = refusal_settle(kind, reason);
    int certificate = kind == REFUSAL_TLS ? refusal_findings_take(&source->findings, broker) : 0;
    const struct refusal refusal = {
        .kind = kind,
        .certificate = certificate,
        .reason = reason,
        .protocol = protocol,
        .user = user,
        .mechanism = mechanism,
    };
    refusal_tell(&refusal, &err);
    if (refusal_is_final(kind)) {
        if (source->refused.status == TOIL_OK)
            source->refused_since_ms = now_ms();
        source->refused = err;
    }
    bool settled = kind == REFUSAL_LOGIN || certificate != 0; /* the sentence says all */
    toil_log_limited(source->log, TOIL_LOG_WARN, LOG_EVERY_S, refusal_event(kind), err.message, "hint", err.hint,
                     "code", code, settled ? NULL : "detail", refusal_text(reason), NULL);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    (void)rk;
    struct source *source = opaque;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        counters_set(source->counters, COUNTER_BROKER_UP, 0);
        return; /* why was told of each */
    }
    tell_refusal(source, kind_of((rd_kafka_resp_err_t)code), rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
}

bool source_is_refused(struct source *source, int ms, struct toil_error *err)
{
    if (source->refused.status == TOIL_OK || now_ms() - source->refused_since_ms <= ms)
        return false;
    *err = source->refused;
    err->status = TOIL_FATAL;
    return true;
}

static enum source_event fatal(struct toil_error *err, const rd_kafka_message_t *message, const char *hint)
{
    toil_error_set(err, TOIL_FATAL, "the broker refuses this instance: %s", rd_kafka_message_errstr(message));
    toil_error_hint(err, "%s", hint);
    return SOURCE_FATAL;
}

static enum source_event take_error(struct source *source, const rd_kafka_message_t *message, struct toil_error *err)
{
    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return SOURCE_END;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return SOURCE_OUT_OF_RANGE;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        return SOURCE_TOPIC_MISSING;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return fatal(err, message, "give its user the rights to read the topics and to use the group");
    case RD_KAFKA_RESP_ERR__FATAL:
        return fatal(err, message, "is another instance running with the same group.instance.id?");
    default:
        toil_log_limited(source->log, TOIL_LOG_WARN, LOG_EVERY_S, "kafka_poll", rd_kafka_message_errstr(message),
                         "code", rd_kafka_err2name(message->err), NULL);
        return SOURCE_NOTHING;
    }
}

enum source_event source_poll(struct source *source, int timeout_ms, struct source_message *out, struct toil_error *err)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(source->rk, timeout_ms);
    if (!message)
        return SOURCE_NOTHING;
    *out = (struct source_message){
        .topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "",
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_us = POSITION_NO_TIME,
        .handle = message,
    };
    if (message->err) {
        enum source_event event = take_error(source, message, err);
        if (event == SOURCE_NOTHING || event == SOURCE_FATAL)
            source_done(out);
        return event;
    }
    rd_kafka_timestamp_type_t type;
    int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && timestamp_ms >= 0 && timestamp_ms < INT64_MAX / 1000)
        out->timestamp_us = timestamp_ms * 1000;
    out->value = (struct toil_span){message->payload, message->len};
    out->key = (struct toil_span){message->key, message->key_len};
    return SOURCE_MESSAGE;
}

void source_done(struct source_message *message)
{
    if (message->handle)
        rd_kafka_message_destroy(message->handle);
    message->handle = NULL;
}

void source_headers(const struct source_message *message, struct toil_buf *out)
{
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(message->handle, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    const char *name;
    const void *value;
    size_t len;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        toil_headers_add(out, name, (struct toil_span){value, len});
    toil_headers_end(out);
}

bool source_header(const void *message, const char *name, struct toil_span *value)
{
    const struct source_message *of = message;
    rd_kafka_headers_t *headers;
    const void *found;
    size_t len;
    if (rd_kafka_message_headers(of->handle, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &found, &len) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    *value = (struct toil_span){found, len};
    return true;
}

enum select { ALL, NOT_READING };

static rd_kafka_topic_partition_list_t *list_of(const struct positions *positions, enum select select)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)positions->count + 1);
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->at[i];
        if (select == NOT_READING && position->reading)
            continue;
        rd_kafka_topic_partition_list_add(list, position->topic, position->partition)->offset = position->next;
    }
    return list;
}

static void fill_offsets(rd_kafka_topic_partition_list_t *list, const struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++) {
        rd_kafka_topic_partition_t *found =
            rd_kafka_topic_partition_list_find(list, positions->at[i].topic, positions->at[i].partition);
        if (found)
            found->offset = positions->at[i].next;
    }
}

/* To librdkafka a negative offset means "the end" or worse: never what is wanted here. */
static enum toil_status check_offsets(const struct positions *positions, struct toil_error *err)
{
    for (size_t i = 0; i < positions->count; i++) {
        if (positions->at[i].next < 0)
            return toil_error_set(err, TOIL_FATAL, "no offset is known for %s/%d", positions->at[i].topic,
                                  (int)positions->at[i].partition);
    }
    return TOIL_OK;
}

enum toil_status source_start(struct source *source, const struct positions *positions, struct toil_error *err)
{
    enum toil_status status = check_offsets(positions, err);
    if (status != TOIL_OK)
        return status;
    if (!source->awaits_start)
        return TOIL_OK;
    source->awaits_start = false;
    if (source->added) {
        fill_offsets(source->added, positions);
        rd_kafka_error_t *error = rd_kafka_incremental_assign(source->rk, source->added);
        if (error)
            status = fail_error(err, "accepting an assignment", error);
        drop_added(source);
        return status;
    }
    rd_kafka_topic_partition_list_t *list = list_of(positions, ALL);
    rd_kafka_resp_err_t code = rd_kafka_assign(source->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code ? fail(err, "accepting an assignment", code) : TOIL_OK;
}

/* A partition whose fetching has ended (offset out of range) cannot be sought, only assigned anew. */
static enum toil_status assign_anew(struct source *source, const struct positions *positions,
                                    rd_kafka_topic_partition_list_t *stuck, struct toil_error *err)
{
    if (is_cooperative(source->rk)) {
        rd_kafka_error_t *error = rd_kafka_incremental_unassign(source->rk, stuck);
        if (!error)
            error = rd_kafka_incremental_assign(source->rk, stuck);
        return error ? fail_error(err, "assigning anew", error) : TOIL_OK;
    }
    rd_kafka_topic_partition_list_t *all = list_of(positions, ALL);
    rd_kafka_resp_err_t code = rd_kafka_assign(source->rk, all);
    rd_kafka_topic_partition_list_destroy(all);
    return code ? fail(err, "assigning anew", code) : TOIL_OK;
}

enum toil_status source_seek(struct source *source, const struct positions *positions, struct toil_error *err)
{
    enum toil_status status = check_offsets(positions, err);
    if (status != TOIL_OK)
        return status;
    rd_kafka_topic_partition_list_t *list = list_of(positions, NOT_READING);
    rd_kafka_topic_partition_list_t *stuck = rd_kafka_topic_partition_list_new(1);
    rd_kafka_error_t *error = list->cnt > 0 ? rd_kafka_seek_partitions(source->rk, list, SEEK_TIMEOUT_MS) : NULL;
    if (error)
        status = fail_error(err, "seeking", error);
    for (int i = 0; i < list->cnt && status == TOIL_OK; i++) {
        const rd_kafka_topic_partition_t *at = &list->elems[i];
        if (at->err) {
            const struct position *position = positions_find((struct positions *)positions, at->topic, at->partition);
            rd_kafka_topic_partition_list_add(stuck, at->topic, at->partition)->offset = position->next;
        }
    }
    if (status == TOIL_OK && stuck->cnt > 0)
        status = assign_anew(source, positions, stuck, err);
    rd_kafka_topic_partition_list_destroy(stuck);
    rd_kafka_topic_partition_list_destroy(list);
    return status;
}

static enum toil_status ask_one_end(struct source *source, const struct positions *positions, int64_t which,
                                    int timeout_ms, struct source_ends *ends, struct toil_error *err)
{
    rd_kafka_topic_partition_list_t *list = list_of(positions, ALL);
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = which;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(source->rk, list, timeout_ms);
    for (int i = 0; i < list->cnt && !code; i++) {
        code = list->elems[i].err;
        size_t index = (size_t)i; /* librdkafka keeps the order of the list */
        if (which == RD_KAFKA_OFFSET_END)
            ends[index].high = list->elems[i].offset;
        else
            ends[index].low = list->elems[i].offset;
        if (!code && list->elems[i].offset < 0)
            code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code ? fail(err, "asking for the ends of the logs", code) : TOIL_OK;
}

enum toil_status source_ask_ends(struct source *source, const struct positions *positions, bool with_low,
                                 int timeout_ms, struct source_ends *ends, struct toil_error *err)
{
    if (positions->count == 0)
        return TOIL_OK;
    enum toil_status status = ask_one_end(source, positions, RD_KAFKA_OFFSET_END, timeout_ms, ends, err);
    if (status == TOIL_OK && with_low)
        status = ask_one_end(source, positions, RD_KAFKA_OFFSET_BEGINNING, timeout_ms, ends, err);
    counters_set(source->counters, COUNTER_BROKER_UP, status == TOIL_OK);
    return status;
}

bool source_pause(struct source *source, const struct positions *positions)
{
    if (source->paused || positions->count == 0)
        return false;
    source->paused = list_of(positions, ALL);
    rd_kafka_pause_partitions(source->rk, source->paused);
    counters_add(source->counters, COUNTER_PAUSES, 1);
    return true;
}

bool source_resume(struct source *source)
{
    if (!source->paused)
        return false;
    rd_kafka_resume_partitions(source->rk, source->paused);
    rd_kafka_topic_partition_list_destroy(source->paused);
    source->paused = NULL;
    return true;
}

void source_nudge(struct source *source, const struct positions *positions)
{
    enum { ENOUGH = 2000, MOST = 16 };
    size_t length = rd_kafka_queue_length(source->queue);
    if (length > source->queue_high)
        source->queue_high = length;
    if (source->queue_high < ENOUGH || length > source->queue_high / 2)
        return;
    source->queue_high = length;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(MOST);
    for (size_t i = 0; i < positions->count && i < MOST; i++)
        rd_kafka_topic_partition_list_add(list, positions->at[i].topic, positions->at[i].partition)->offset =
            RD_KAFKA_OFFSET_END;
    rd_kafka_offsets_for_times(source->rk, list, 0); /* the request alone wakes the fetcher; its answer is not needed */
    rd_kafka_topic_partition_list_destroy(list);
}

void source_advise(struct source *source, const struct positions *positions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)positions->count + 1);
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->at[i];
        if (position->stored >= 0)
            rd_kafka_topic_partition_list_add(list, position->topic, position->partition)->offset = position->stored;
    }
    if (list->cnt > 0)
        rd_kafka_commit(source->rk, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
}

static bool close_consumer(struct source *source, int deadline_ms)
{
    int64_t until = now_ms() + deadline_ms;
    rd_kafka_error_t *error = NULL;
    if (source->awaits_start) { /* librdkafka waits for the answer to an assignment before it can close */
        if (source->added)
            error = rd_kafka_incremental_assign(source->rk, source->added);
        else
            rd_kafka_assign(source->rk, NULL);
        rd_kafka_error_destroy(error);
    }
    error = rd_kafka_consumer_close_queue(source->rk, source->queue);
    if (error) {
        rd_kafka_error_destroy(error);
        return false;
    }
    while (!rd_kafka_consumer_closed(source->rk) && now_ms() < until) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(source->rk, 50);
        if (message)
            rd_kafka_message_destroy(message);
    }
    return rd_kafka_consumer_closed(source->rk) != 0;
}

bool source_free(struct source *source, int deadline_ms)
{
    if (!source)
        return true;
    bool cooperative = is_cooperative(source->rk);
    bool closed = close_consumer(source, deadline_ms);
    if (source->paused)
        rd_kafka_topic_partition_list_destroy(source->paused);
    drop_added(source);
    rd_kafka_queue_destroy(source->queue);
    if (!closed) /* 2.0.2 can hang here under cooperative-sticky; the group finds out by itself */
        toil_log_line(source->log, TOIL_LOG_WARN, "close_timeout", "left the group without saying goodbye", NULL);
    if (!closed ||
        cooperative) /* 2.0.2 fails an assertion when a member of such a group that never led it is destroyed */
        return false;
    rd_kafka_destroy_flags(source->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    refusal_findings_release(&source->findings);
    free(source);
    return true;
}

static enum toil_status subscribe(struct source *source, const struct source_options *options, struct toil_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)options->topic_count);
    for (size_t i = 0; i < options->topic_count; i++)
        rd_kafka_topic_partition_list_add(list, options->topics[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(source->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code ? toil_error_set(err, TOIL_FATAL, "subscribing: %s", rd_kafka_err2str(code)) : TOIL_OK;
}

enum toil_status source_new(const struct source_options *options, struct source **out, struct toil_error *err)
{
    rd_kafka_conf_t *conf;
    enum toil_status status = source_conf_new(options, &conf, err);
    if (status != TOIL_OK)
        return status;
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    (void)rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate); /* fails only where it has no TLS at all */
    struct source *source = toil_xcalloc(1, sizeof *source);
    source->hooks = options->hooks;
    source->counters = options->counters;
    source->log = options->log;
    refusal_findings_init(&source->findings);
    rd_kafka_conf_set_opaque(conf, source);
    char text[512];
    source->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!source->rk) {
        rd_kafka_conf_destroy(conf);
        refusal_findings_release(&source->findings);
        free(source);
        toil_error_set(err, TOIL_BAD_INPUT, "kafka: %s", text);
        if (strncmp(text, "ssl.", 4) == 0)
            toil_error_hint(err, "files have to be PEM, ssl.key.location the key of ssl.certificate.location, and "
                                 "ssl.key.password is needed when it has one");
        else if (strncmp(text, "sasl.", 5) == 0)
            toil_error_hint(err, "the password may come as TOILMETER_KAFKA__SASL_PASSWORD");
        return TOIL_BAD_INPUT;
    }
    rd_kafka_poll_set_consumer(source->rk);
    source->queue = rd_kafka_queue_get_consumer(source->rk);
    status = subscribe(source, options, err);
    if (status != TOIL_OK) {
        source_free(source, 1000);
        return status;
    }
    *out = source;
    return TOIL_OK;
}
