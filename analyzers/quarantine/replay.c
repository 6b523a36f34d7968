/* The code behind replay.h. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/headers.h"

#define PAGE_ROWS          5000
#define PAGE_BYTES         (16u * 1024u * 1024u)
#define COMMIT_DEADLINE_MS 60000
#define ATTEMPTS           8 /* of a page that another replay, or a deadlock, got in the way of */

/* Places of messages, as parameters of a query. */
struct places {
    struct toil_buf topics, partitions, offsets, reasons, details;
    size_t count;
};

struct toil_replay {
    struct toil_db *db;
    const struct toil_replay_options *options;
    struct toil_reader *reader;
    struct toil_headers headers;
    struct toil_batch batch;
    struct toil_outcomes outcomes;
    struct toil_store *store; /* of the cluster below; NULL: none yet */
    char *cluster;            /* owned */
    struct places taken, left;
    size_t dealt; /* of the page's messages: what is committed, or was left as it is */
    struct toil_replayed *result;
    size_t result_count;
};

struct toil_replay *toil_replay_new(struct toil_db *db, const struct toil_replay_options *options)
{
    struct toil_replay *replay = toil_xcalloc(1, sizeof *replay);
    replay->db = db;
    replay->options = options;
    replay->reader = toil_reader_new(options->people, false);
    replay->headers = TOIL_HEADERS_INIT;
    toil_batch_init(&replay->batch);
    return replay;
}

static void places_release(struct places *places)
{
    toil_buf_release(&places->topics);
    toil_buf_release(&places->partitions);
    toil_buf_release(&places->offsets);
    toil_buf_release(&places->reasons);
    toil_buf_release(&places->details);
}

void toil_replay_free(struct toil_replay *replay)
{
    if (!replay)
        return;
    toil_store_free(replay->store);
    toil_reader_free(replay->reader);
    toil_headers_release(&replay->headers);
    toil_batch_release(&replay->batch);
    toil_outcomes_release(&replay->outcomes);
    places_release(&replay->taken);
    places_release(&replay->left);
    free(replay->cluster);
    for (size_t i = 0; i < replay->result_count; i++) {
        free(replay->result[i].cluster);
        free(replay->result[i].topic);
    }
    free(replay->result);
    free(replay);
}

/* ---- places ---- */

static void places_clear(struct places *places)
{
    toil_buf_clear(&places->topics);
    toil_buf_clear(&places->partitions);
    toil_buf_clear(&places->offsets);
    toil_buf_clear(&places->reasons);
    toil_buf_clear(&places->details);
    places->count = 0;
}

static void places_add(struct places *places, const struct toil_quarantined *message)
{
    toil_array_add_text(&places->topics, toil_span_of(message->topic));
    toil_array_add_int(&places->partitions, message->partition);
    toil_array_add_int(&places->offsets, message->offset);
    places->count++;
}

static void places_add_reason(struct places *places, const struct toil_quarantined *message, enum toil_reason reason,
                              const char *detail)
{
    struct toil_buf text = TOIL_BUF_INIT;
    places_add(places, message);
    toil_array_add_text(&places->reasons, toil_span_of(toil_reasons[reason].name));
    toil_buf_add_utf8(&text, toil_span_of(detail));
    toil_array_add_text(&places->details, (struct toil_span){text.data, text.len});
    toil_buf_release(&text);
}

static void places_end(struct places *places)
{
    toil_array_end(&places->topics);
    toil_array_end(&places->partitions);
    toil_array_end(&places->offsets);
    toil_array_end(&places->reasons);
    toil_array_end(&places->details);
}

/* ---- one message ---- */

static struct toil_replayed *result_of(struct toil_replay *replay, const struct toil_quarantined *message)
{
    for (size_t i = replay->result_count; i-- > 0;) {
        struct toil_replayed *result = &replay->result[i];
        if (strcmp(result->topic, message->topic) == 0 && strcmp(result->cluster, message->cluster) == 0)
            return result;
    }
    replay->result = toil_xreallocarray(replay->result, replay->result_count + 1, sizeof *replay->result);
    struct toil_replayed *result = &replay->result[replay->result_count++];
    *result = (struct toil_replayed){.cluster = toil_xstrdup(message->cluster), .topic = toil_xstrdup(message->topic)};
    return result;
}

static struct toil_topic *topic_of(const struct toil_replay *replay, const char *name)
{
    const struct toil_config *config = replay->options->config;
    if (!config)
        return replay->options->chosen;
    for (size_t i = 0; i < config->topic_count; i++) {
        if (strcmp(config->topic[i].topic, name) == 0)
            return &config->topic[i].is;
    }
    return NULL;
}

static void set_decode(const struct toil_replay *replay, const struct toil_topic *topic,
                       struct toil_decode_options *out)
{
    const struct toil_config *config = replay->options->config;
    toil_decode_options_init(out);
    out->kind = topic->kind;
    out->time_unit = topic->time_unit;
    if (config) {
        out->earliest_us = config->earliest_us;
        out->max_bytes = (size_t)config->limit_message;
    }
}

static enum toil_reason read_message(struct toil_replay *replay, struct toil_topic *topic,
                                     const struct toil_quarantined *kept, struct toil_reading *reading, char *detail,
                                     size_t detail_bytes)
{
    struct toil_decode_options decode;
    set_decode(replay, topic, &decode);
    if (!toil_headers_read(&replay->headers, kept->headers)) {
        snprintf(detail, detail_bytes, "the headers are not as toilmeter keeps them");
        return TOIL_REASON_MAPPING;
    }
    const struct toil_message message = {
        .value = kept->value,
        .key = kept->key,
        .topic = kept->topic,
        .partition = kept->partition,
        .offset = kept->offset,
        .timestamp_us = kept->message_us,
        .header = toil_headers_find,
        .header_context = &replay->headers,
    };
    return toil_reader_take(replay->reader, topic->mapping, &decode, &message, replay->options->now_us, reading, detail,
                            detail_bytes);
}

/* Into the batch, or into `left`. Counts into a result of the part, not yet of the whole. */
static void take(struct toil_replay *replay, const struct toil_quarantined *message, struct toil_replayed *counts)
{
    struct toil_topic *topic = topic_of(replay, message->topic);
    struct toil_reading reading;
    char detail[256];
    counts->messages++;
    if (!topic) {
        counts->unread++;
        return;
    }
    enum toil_reason reason = read_message(replay, topic, message, &reading, detail, sizeof detail);
    if (reason != TOIL_REASON_NONE) {
        counts->left++;
        counts->reason[reason]++;
        places_add_reason(&replay->left, message, reason, detail);
        return;
    }
    uint32_t source = toil_batch_source(&replay->batch, message->topic, message->partition);
    toil_batch_add_released(&replay->batch, source);
    toil_batch_add_events(&replay->batch, source, reading.event, reading.count);
    places_add(&replay->taken, message);
    counts->used += reading.count > 0;
    counts->skipped += reading.count == 0;
    counts->events += reading.count;
}

/* ---- a run of messages of one cluster and one topic ---- */

/* Inside the transaction of the events: the messages leave the quarantine, all of them or none. */
static enum toil_status take_out(void *context, struct toil_db *db, struct toil_error *err)
{
    struct toil_replay *replay = context;
    const struct places *taken = &replay->taken;
    struct toil_result *rows = NULL;
    enum toil_status status = toil_db_query(
        db, &toil_sql_quarantine_take,
        TOIL_PARAMS({replay->cluster}, {taken->topics.data}, {taken->partitions.data}, {taken->offsets.data}), &rows,
        err);
    if (status == TOIL_OK && (size_t)toil_result_int64(rows, 0, 0) != taken->count)
        status = toil_error_set(err, TOIL_RETRY, "another replay took the same messages");
    toil_result_free(rows);
    return status;
}

static enum toil_status judge(struct toil_replay *replay, struct toil_error *err)
{
    struct places *left = &replay->left;
    if (left->count == 0 || replay->options->dry_run)
        return TOIL_OK;
    places_end(left);
    return toil_db_query(replay->db, &toil_sql_quarantine_judge,
                         TOIL_PARAMS({replay->cluster}, {left->topics.data}, {left->partitions.data},
                                     {left->offsets.data}, {left->reasons.data}, {left->details.data}),
                         NULL, err);
}

static void add_counts(struct toil_replayed *to, const struct toil_replayed *from)
{
    to->messages += from->messages;
    to->used += from->used;
    to->skipped += from->skipped;
    to->left += from->left;
    to->unread += from->unread;
    to->events += from->events;
    to->stored += from->stored;
    to->duplicates += from->duplicates;
    to->older += from->older;
    for (int reason = 0; reason < TOIL_REASON_COUNT; reason++)
        to->reason[reason] += from->reason[reason];
}

static void add_outcomes(const struct toil_replay *replay, struct toil_replayed *counts)
{
    for (size_t slot = 0; slot < (size_t)replay->batch.source_count * (TOIL_N_KINDS + 1); slot++) {
        const struct toil_outcome *outcome = &replay->outcomes.of[slot];
        counts->stored += outcome->stored;
        counts->duplicates += outcome->duplicates;
        counts->older += outcome->older;
    }
}

static enum toil_status write_taken(struct toil_replay *replay, struct toil_replayed *counts, struct toil_error *err)
{
    bool unknown = false;
    if (replay->taken.count == 0 || replay->options->dry_run)
        return TOIL_OK;
    toil_batch_seal(&replay->batch);
    places_end(&replay->taken);
    enum toil_status status = toil_store_write(replay->store, &replay->batch, take_out, replay, COMMIT_DEADLINE_MS,
                                               &replay->outcomes, &unknown, err);
    if (status == TOIL_OK)
        add_outcomes(replay, counts);
    if (unknown)
        toil_error_hint(err, "whether the last messages were taken is not known: run it again, nothing comes twice");
    return status;
}

static void begin_part(struct toil_replay *replay)
{
    toil_batch_clear(&replay->batch);
    places_clear(&replay->taken);
    places_clear(&replay->left);
}

/* What was taken is committed: notes why the others stay, and counts. */
static enum toil_status settle(struct toil_replay *replay, const struct toil_quarantined *first,
                               const struct toil_replayed *counts, struct toil_error *err)
{
    enum toil_status status = judge(replay, err);
    if (status != TOIL_OK)
        return status;
    add_counts(result_of(replay, first), counts);
    replay->dealt += counts->messages;
    return TOIL_OK;
}

/* A single message whose rows the database refuses stays. */
static enum toil_status leave_refused(struct toil_replay *replay, const struct toil_quarantined *message,
                                      struct toil_error *err)
{
    struct toil_replayed counts = {.messages = 1, .left = 1};
    char detail[sizeof err->message];
    snprintf(detail, sizeof detail, "%.200s", err->message);
    begin_part(replay);
    counts.reason[TOIL_REASON_DATABASE] = 1;
    places_add_reason(&replay->left, message, TOIL_REASON_DATABASE, detail);
    return settle(replay, message, &counts, err);
}

/* message: [count] of one cluster and topic. A batch that the database refuses is halved until the message is found. */
static enum toil_status replay_messages(struct toil_replay *replay, const struct toil_quarantined *message,
                                        size_t count, struct toil_error *err)
{
    struct toil_replayed counts = {.messages = 0};
    begin_part(replay);
    for (size_t i = 0; i < count; i++)
        take(replay, &message[i], &counts);
    enum toil_status status = write_taken(replay, &counts, err);
    if (status == TOIL_BAD_INPUT && count > 1) {
        status = replay_messages(replay, message, count / 2, err);
        return status == TOIL_OK ? replay_messages(replay, message + count / 2, count - count / 2, err) : status;
    }
    if (status == TOIL_BAD_INPUT)
        return leave_refused(replay, message, err);
    return status == TOIL_OK ? settle(replay, message, &counts, err) : status;
}

static void use_cluster(struct toil_replay *replay, const char *cluster)
{
    if (replay->cluster && strcmp(replay->cluster, cluster) == 0)
        return;
    toil_store_free(replay->store);
    free(replay->cluster);
    replay->cluster = toil_xstrdup(cluster);
    replay->store = toil_store_new(replay->db, replay->cluster);
}

/* ---- pages ---- */

static bool same_topic(const struct toil_quarantined *a, const struct toil_quarantined *b)
{
    return strcmp(a->topic, b->topic) == 0 && strcmp(a->cluster, b->cluster) == 0;
}

static enum toil_status replay_page(struct toil_replay *replay, const struct toil_quarantine_page *page,
                                    struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    replay->dealt = 0;
    for (size_t first = 0, end; first < page->count && status == TOIL_OK; first = end) {
        for (end = first + 1; end < page->count && same_topic(&page->message[first], &page->message[end]);)
            end++;
        use_cluster(replay, page->message[first].cluster);
        status = replay_messages(replay, page->message + first, end - first, err);
    }
    return status;
}

enum toil_status toil_replay_run(struct toil_replay *replay, const struct toil_quarantine_filter *filter,
                                 struct toil_error *err)
{
    struct toil_quarantine_page page = TOIL_QUARANTINE_PAGE_INIT;
    enum toil_status status;
    int attempts = 0;
    do {
        status = toil_quarantine_next(replay->db, filter, PAGE_ROWS, PAGE_BYTES, &page, err);
        if (status == TOIL_OK)
            status = replay_page(replay, &page, err);
        attempts = status == TOIL_RETRY ? attempts + 1 : 0;
        if (status == TOIL_RETRY && toil_db_usable(replay->db) && attempts < ATTEMPTS) {
            toil_quarantine_page_leave(&page, replay->dealt); /* the rest is read again as it is now */
            status = TOIL_OK;
        }
    } while (status == TOIL_OK && (page.count > 0 || attempts > 0));
    toil_quarantine_page_release(&page);
    return status;
}

const struct toil_replayed *toil_replay_results(const struct toil_replay *replay, size_t *count)
{
    *count = replay->result_count;
    return replay->result;
}

bool toil_replay_is_dry(const struct toil_replay *replay)
{
    return replay->options->dry_run;
}
