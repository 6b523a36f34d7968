/* What tests and the demo do to a broker: topics, messages with checked delivery, counts. On failure each function says
 * why on stderr and returns false. */
#ifndef TESTS_LIB_PRODUCE_H
#define TESTS_LIB_PRODUCE_H

#include <stdint.h>

#include "toilmeter/buf.h"

/* An address. control: the named pipe of toil-broker, or NULL for a real broker, which speaks the admin protocol. */
struct toil_cluster {
    const char *bootstrap; /* borrowed */
    const char *control;   /* borrowed */
};

/* One message. Spans are borrowed; key.ptr or value.ptr NULL: absent (a value of length 0 with ptr is an empty one). */
struct toil_outgoing {
    const char *topic;
    int32_t partition; /* -1: by key, or at random */
    struct toil_span key, value;
    int64_t timestamp_ms;      /* 0: now */
    const char *const *header; /* name, value, name, value ... NULL; or NULL */
};

struct toil_producer; /* opaque; acks=all, idempotent */

/* transactional_id: NULL for none; then every message must stand between begin and commit or abort. */
struct toil_producer *toil_producer_new(const char *bootstrap, const char *transactional_id);
void toil_producer_free(struct toil_producer *producer);
bool toil_producer_send(struct toil_producer *producer, const struct toil_outgoing *message);
/* A text value without key on any partition. */
bool toil_producer_send_text(struct toil_producer *producer, const char *topic, const char *text);
/* Waits for every delivery report; false when one told an error, or after deadline_ms. */
bool toil_producer_flush(struct toil_producer *producer, int deadline_ms);
/* Delivered so far, as reported. */
uint64_t toil_producer_delivered(const struct toil_producer *producer);
bool toil_producer_begin(struct toil_producer *producer);
bool toil_producer_commit(struct toil_producer *producer);
bool toil_producer_abort(struct toil_producer *producer);

/* config: name, value, name, value ... NULL; or NULL. A topic that exists with as many partitions is fine. Waits until
 * the topic is there. */
bool toil_topic_create(const struct toil_cluster *cluster, const char *topic, int partitions,
                       const char *const *config);
bool toil_topic_delete(const struct toil_cluster *cluster, const char *topic);
/* Moves the log's beginning of one partition, as retention does. */
bool toil_records_delete(const struct toil_cluster *cluster, const char *topic, int32_t partition, int64_t before);

/* Partitions of a topic, 0 when it does not exist, -1 when the broker does not answer. */
int toil_topic_partitions(const char *bootstrap, const char *topic);
/* First and last + 1 offset of a partition. */
bool toil_topic_ends(const char *bootstrap, const char *topic, int32_t partition, int64_t *low, int64_t *high);
/* Sum of last + 1 - first over the partitions (transaction markers included). */
bool toil_topic_count(const char *bootstrap, const char *topic, int64_t *count);

#endif
