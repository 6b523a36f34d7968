/* Decode or quarantine: the code behind intake.h. */
#include "intake.h"

#include <stdio.h>
#include <stdlib.h>

struct intake {
    const struct toil_config *config;
    struct toil_people *people;          /* owned */
    struct toil_reader *reader;          /* owned; borrows people */
    struct toil_decode_options *options; /* owned; one for each topic */
    struct toil_buf headers;             /* scratch */
};

struct intake *intake_new(const struct toil_config *config, struct toil_people *people)
{
    struct intake *intake = toil_xcalloc(1, sizeof *intake);
    intake->config = config;
    intake->people = people;
    intake->reader = toil_reader_new(people, false);
    intake->options = toil_xcalloc(config->topic_count + 1, sizeof *intake->options);
    for (size_t i = 0; i < config->topic_count; i++) {
        struct toil_decode_options *options = &intake->options[i];
        toil_decode_options_init(options);
        options->kind = config->topic[i].is.kind;
        options->time_unit = config->topic[i].is.time_unit;
        options->earliest_us = config->earliest_us;
        options->max_bytes = (size_t)config->limit_message;
    }
    return intake;
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    toil_reader_free(intake->reader);
    toil_people_free(intake->people);
    toil_buf_release(&intake->headers);
    free(intake->options);
    free(intake);
}

void intake_set_people(struct intake *intake, struct toil_people *people)
{
    toil_reader_free(intake->reader);
    toil_people_free(intake->people);
    intake->people = people;
    intake->reader = toil_reader_new(people, false);
}

static void quarantine(struct intake *intake, struct toil_batch *batch, uint32_t source,
                       const struct source_message *message, enum toil_reason reason, const char *detail)
{
    toil_buf_clear(&intake->headers);
    source_headers(message, &intake->headers);
    const struct toil_bad_message bad = {
        .value = message->value,
        .key = message->key,
        .headers = {intake->headers.data, intake->headers.len},
        .offset = message->offset,
        .timestamp_us = message->timestamp_us,
        .reason = reason,
        .detail = detail,
    };
    toil_batch_add_bad(batch, source, intake->config->cluster, &bad);
}

enum toil_reason intake_take(struct intake *intake, struct toil_batch *batch, uint32_t source, unsigned topic_index,
                             const struct source_message *message, int64_t now_us)
{
    struct toil_reading reading;
    char detail[256];
    const struct toil_message given = {
        .value = message->value,
        .key = message->key,
        .topic = message->topic,
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_us = message->timestamp_us,
        .header = source_header,
        .header_context = message,
    };
    enum toil_reason reason =
        toil_reader_take(intake->reader, intake->config->topic[topic_index].is.mapping, &intake->options[topic_index],
                         &given, now_us, &reading, detail, sizeof detail);
    if (reason != TOIL_REASON_NONE) {
        quarantine(intake, batch, source, message, reason, detail);
        return reason;
    }
    toil_batch_add_events(batch, source, reading.event, reading.count);
    return reason;
}

void intake_take_refused(struct intake *intake, struct toil_batch *batch, uint32_t source,
                         const struct source_message *message, const char *sqlstate)
{
    char detail[64];
    snprintf(detail, sizeof detail, "SQLSTATE %.5s", sqlstate);
    quarantine(intake, batch, source, message, TOIL_REASON_DATABASE, detail);
}
