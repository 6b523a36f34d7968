/* The loop: the code behind loop.h. */
#include "loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loop_state.h"
#include "notify.h"
#include "reload.h"
#include "tally.h"

#define POLL_MS           50
#define ROUND_MESSAGES    256
#define FULL_PATIENCE_MS  1000
#define HEARTBEAT_MS      5000
#define LAGS_MS           1000
#define ENDS_TIMEOUT_MS   2000
#define PLACE_RETRY_MS    1000
#define FLUSH_MS          5000
#define MISSING_LIMIT_MS  15000
#define REFUSED_LIMIT_MS  15000
#define EMPTY_PATIENCE_MS 5000

int64_t loop_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void fail(struct loop *loop, const struct toil_error *err)
{
    if (loop->status != TOIL_OK)
        return;
    *loop->err = *err;
    loop->status = err->status != TOIL_OK ? err->status : TOIL_FATAL;
}

static void empty_filling(struct loop *loop)
{
    parcel_open(loop->filling, ++loop->serial);
}

/* What is still to come of what was fetched is not for us; a seek has to follow. */
static void stop_reading(struct loop *loop)
{
    for (size_t i = 0; i < loop->positions.count; i++) {
        loop->positions.at[i].reading = false;
        loop->positions.at[i].proven = false;
    }
    loop->wants_seek = true;
}

/* Forgets what was read and not written: everything goes on where the database says. */
static void begin_anew(struct loop *loop)
{
    empty_filling(loop);
    stop_reading(loop);
    for (size_t i = 0; i < loop->positions.count; i++) {
        loop->positions.at[i].touched = false;
        loop->positions.at[i].skipped = 0;
    }
    loop->phase = loop->positions.count > 0 ? TO_CLAIM : READING;
}

/* Hands the filled parcel over. Returns false when the sink is busy or there is nothing to write. */
static bool submit(struct loop *loop)
{
    if (loop->filling->opened_ms == 0 || loop->phase != READING || !sink_idle(loop->sink))
        return false;
    if (!parcel_close(loop->filling, &loop->positions)) {
        empty_filling(loop);
        return false;
    }
    sink_ask_write(loop->sink, loop->filling);
    loop->writing = true;
    loop->filling = loop->filling == &loop->parcels[0] ? &loop->parcels[1] : &loop->parcels[0];
    empty_filling(loop);
    return true;
}

/* A row was refused for its contents: what the parcel held is read again, in halves. */
static void narrow_down(struct loop *loop, const struct sink_answer *answer)
{
    counters_add(loop->counters, COUNTER_BATCHES_REFUSED, 1);
    if (!narrow_refused(&loop->narrow, answer->parcel, answer->err.sqlstate)) {
        fail(loop, &answer->err);
        return;
    }
    toil_log_limited(loop->log, TOIL_LOG_WARN, LOOP_LOG_EVERY_S, "batch_refused",
                     "the database refused a row; narrowing it down", "error", answer->err.message, "sqlstate",
                     answer->err.sqlstate, NULL);
    begin_anew(loop);
}

static void took_written(struct loop *loop, const struct sink_answer *answer)
{
    const struct parcel *parcel = answer->parcel;
    for (size_t i = 0; i < parcel->move_count; i++) {
        struct position *position = positions_find(&loop->positions, parcel->move[i].topic, parcel->move[i].partition);
        if (position)
            position->stored = parcel->move[i].to;
    }
    tally_parcel(loop->counters, loop->config->topic_names, loop->config->topic_count, parcel, answer->seconds);
    narrow_stored(&loop->narrow, parcel);
}

static void take_write_answer(struct loop *loop, const struct sink_answer *answer)
{
    loop->writing = false;
    switch (answer->verdict) {
    case SINK_DONE:
        took_written(loop, answer);
        return;
    case SINK_MOVED:
        counters_add(loop->counters, COUNTER_BATCHES_FENCED, 1);
        toil_log_limited(loop->log, TOIL_LOG_WARN, LOOP_LOG_EVERY_S, "batch_fenced",
                         "dropped a batch: its partitions moved on", "error", answer->err.message, NULL);
        begin_anew(loop);
        return;
    case SINK_REFUSED:
        narrow_down(loop, answer);
        return;
    case SINK_ABANDONED:
        counters_add(loop->counters, COUNTER_BATCHES_ABANDONED, 1);
        begin_anew(loop);
        return;
    case SINK_FATAL:
        fail(loop, &answer->err);
        return;
    }
}

/* What the database holds decides; whatever was read of a partition that stands elsewhere is dropped. */
static void take_leases(struct loop *loop, const struct sink_answer *answer)
{
    if (answer->lease_count != loop->positions.count) {
        loop->phase = TO_CLAIM; /* the assignment has changed meanwhile */
        return;
    }
    bool same = true;
    for (size_t i = 0; i < answer->lease_count; i++) {
        const struct sink_lease *lease = &answer->lease[i];
        const struct position *position = positions_find(&loop->positions, lease->topic, lease->partition);
        same = same && position && (!position->reading || position->chained == lease->next);
    }
    if (!same)
        begin_anew(loop);
    for (size_t i = 0; i < answer->lease_count; i++) {
        const struct sink_lease *lease = &answer->lease[i];
        struct position *position = positions_find(&loop->positions, lease->topic, lease->partition);
        if (position && !position->reading) {
            position->placed = position->placed && lease->next != POSITION_NONE && position->stored == lease->next;
            position->stored = position->chained = position->next = lease->next;
        }
    }
    loop->phase = TO_PLACE;
    loop->place_at_ms = 0;
}

static void take_answer(struct loop *loop)
{
    struct sink_answer answer;
    if (!sink_answer(loop->sink, &answer))
        return;
    if (answer.job == SINK_WRITE)
        take_write_answer(loop, &answer);
    else if (answer.verdict == SINK_DONE)
        take_leases(loop, &answer);
    else if (answer.verdict == SINK_ABANDONED)
        loop->phase = loop->positions.count > 0 ? TO_CLAIM : READING;
    else
        fail(loop, &answer.err);
}

/* Writes what was read, for at most `ms`; gives up earlier when the database is away. Returns whether all is stored. */
static bool flush(struct loop *loop, int64_t ms)
{
    int64_t until = loop_clock_ms() + ms;
    while (loop->status == TOIL_OK && loop->phase == READING && (loop->writing || loop->filling->opened_ms != 0)) {
        int64_t left = until - loop_clock_ms();
        if (left <= 0 || sink_is_retrying(loop->sink))
            return false;
        submit(loop);
        sink_wait(loop->sink, left < 20 ? (int)left : 20);
        take_answer(loop);
    }
    return !loop->writing && loop->filling->opened_ms == 0;
}

static void abandon(struct loop *loop)
{
    sink_abandon(loop->sink);
    while (!sink_idle(loop->sink)) {
        sink_wait(loop->sink, 100);
        take_answer(loop);
    }
}

static void on_assigned(void *context, const struct source_partition *list, size_t count, bool added)
{
    struct loop *loop = context;
    (void)added; /* what is there stays; an eager assignment was preceded by a revocation of everything */
    for (size_t i = 0; i < count; i++) {
        for (unsigned topic = 0; topic < loop->config->topic_count; topic++) {
            if (strcmp(loop->config->topic[topic].topic, list[i].topic) != 0)
                continue;
            positions_add(&loop->positions, loop->config->topic[topic].topic, topic, list[i].partition);
            loop->missing[topic] = false;
        }
    }
    loop->assigned = true;
    loop->phase = loop->positions.count > 0 ? TO_CLAIM : TO_PLACE;
    char number[24];
    snprintf(number, sizeof number, "%zu", loop->positions.count);
    toil_log_line(loop->log, TOIL_LOG_INFO, "assigned", "partitions assigned", "partitions", number, NULL);
}

static void on_revoked(void *context, const struct source_partition *list, size_t count, bool lost)
{
    struct loop *loop = context;
    bool flushed = !lost && flush(loop, FLUSH_MS);
    if (!flushed || !sink_idle(loop->sink)) {
        abandon(loop);
        begin_anew(loop);
    }
    for (size_t i = 0; i < count; i++) {
        positions_remove(&loop->positions, list[i].topic, list[i].partition);
        sink_forget(loop->sink, list[i].topic, list[i].partition);
    }
    if (loop->positions.count == 0) {
        empty_filling(loop);
        loop->phase = READING;
    }
    loop->wants_seek = true; /* a pause ended with the revocation */
    loop->assigned = loop->positions.count > 0;
    toil_log_line(loop->log, TOIL_LOG_INFO, "revoked", lost ? "partitions lost" : "partitions let go", NULL);
}

/* Says what the log no longer has, and settles whether to go on. */
static bool accept_loss(struct loop *loop, struct position *position, enum position_loss loss, int64_t start)
{
    char partition[16], from[24], to[24];
    snprintf(partition, sizeof partition, "%d", (int)position->partition);
    snprintf(from, sizeof from, "%lld", (long long)position->next);
    snprintf(to, sizeof to, "%lld", (long long)start);
    toil_log_line(loop->log, TOIL_LOG_ERROR, "data_loss",
                  loss == POSITION_LOSS_RETENTION ? "messages were deleted before they were read"
                                                  : "the topic was made anew or cut short",
                  "topic", position->topic, "partition", partition, "expected_offset", from, "next_offset", to, NULL);
    if (loop->config->on_data_loss == TOIL_CONFIG_LOSS_CONTINUE) {
        parcel_add_gap(loop->filling, position, position->next, start, position_loss_name(loss));
        return true;
    }
    struct toil_error err;
    toil_error_set(&err, TOIL_FATAL, "topic %s, partition %s: expected offset %s, but the log %s", position->topic,
                   partition, from,
                   loss == POSITION_LOSS_RETENTION ? "begins behind it: messages were deleted unread"
                                                   : "ends before it: the topic was made anew or cut short");
    toil_error_hint(&err, "set on_data_loss: continue to record the gap and go on at offset %s", to);
    fail(loop, &err);
    return false;
}

/* Returns false when the position has to be looked at again, or the loop has failed. */
static bool place(struct loop *loop, struct position *position, const struct source_ends *ends)
{
    int64_t start;
    bool latest = loop->config->start == TOIL_CONFIG_START_LATEST;
    enum position_loss loss = position_place(position->next, ends->low, ends->high, latest, &start);
    if (loss == POSITION_LOSS_RECREATED && !position->suspect) {
        position->suspect = true; /* a new leader may not know the log's end yet */
        return false;
    }
    if (loss != POSITION_LOSS_NONE && !accept_loss(loop, position, loss, start))
        return false;
    position->suspect = false;
    position->placed = true;
    position->proven = false;
    position->touched = position->touched || start != position->chained;
    position->next = start;
    position->end = ends->high;
    if (position->touched)
        loop_touch(loop);
    if (position->goal == POSITION_NONE)
        position->goal = ends->high;
    return true;
}

static enum toil_status start_reading(struct loop *loop, struct toil_error *err)
{
    source_resume(loop->source);
    enum toil_status status = source_start(loop->source, &loop->positions, err);
    if (status != TOIL_OK)
        return status;
    for (size_t i = 0; i < loop->positions.count; i++) {
        struct position *position = &loop->positions.at[i];
        position->reading = position->reading || !position->assigned;
        position->assigned = true;
    }
    status = source_seek(loop->source, &loop->positions, err);
    for (size_t i = 0; status == TOIL_OK && i < loop->positions.count; i++)
        loop->positions.at[i].reading = true;
    loop->wants_seek = status != TOIL_OK;
    return status;
}

/* Finds the beginnings of those positions that have none yet. Returns whether all have. */
static bool place_missing(struct loop *loop)
{
    bool placed = true;
    for (size_t i = 0; i < loop->positions.count; i++)
        placed = placed && loop->positions.at[i].placed;
    if (placed)
        return true;
    struct toil_error err;
    struct source_ends *ends = toil_xcalloc(loop->positions.count + 1, sizeof *ends);
    bool known = source_ask_ends(loop->source, &loop->positions, true, ENDS_TIMEOUT_MS, ends, &err) == TOIL_OK;
    if (!known)
        toil_log_limited(loop->log, TOIL_LOG_WARN, LOOP_LOG_EVERY_S, "place_retry", err.message, NULL);
    placed = known;
    for (size_t i = 0; known && i < loop->positions.count && loop->status == TOIL_OK; i++) {
        if (!loop->positions.at[i].placed)
            placed = place(loop, &loop->positions.at[i], &ends[i]) && placed;
    }
    free(ends);
    return placed && loop->status == TOIL_OK;
}

/* The last of the three steps. */
static void place_all(struct loop *loop)
{
    struct toil_error err;
    loop->place_at_ms = loop_clock_ms() + PLACE_RETRY_MS;
    if (!place_missing(loop))
        return;
    enum toil_status status = start_reading(loop, &err);
    if (status == TOIL_FATAL)
        fail(loop, &err);
    if (status != TOIL_OK) {
        toil_log_limited(loop->log, TOIL_LOG_WARN, LOOP_LOG_EVERY_S, "seek_retry", err.message, NULL);
        return;
    }
    loop->phase = READING;
}

static bool is_full(const struct loop *loop)
{
    uint64_t rows = loop->narrow.limit ? loop->narrow.limit : (uint64_t)loop->config->batch_rows;
    return loop->filling->batch.messages >= rows || loop->filling->batch.bytes >= (size_t)loop->config->batch_bytes;
}

/* One step of claim, place, read. */
static void advance_phase(struct loop *loop)
{
    if (loop->phase == TO_CLAIM && sink_idle(loop->sink)) {
        sink_ask_claim(loop->sink, &loop->positions);
        loop->phase = CLAIMING;
    }
    if (loop->phase == TO_PLACE && loop->now_ms >= loop->place_at_ms)
        place_all(loop);
    if (loop->phase == READING && loop->wants_seek && !is_full(loop)) {
        struct toil_error err;
        if (start_reading(loop, &err) != TOIL_OK)
            toil_log_limited(loop->log, TOIL_LOG_WARN, LOOP_LOG_EVERY_S, "seek_retry", err.message, NULL);
    }
}

/* Takes what is there, until the parcel is full. */
static void read_some(struct loop *loop)
{
    struct source_message message;
    struct toil_error err;
    for (unsigned i = 0; i < ROUND_MESSAGES && !is_full(loop); i++) {
        enum source_event event = source_poll(loop->source, i == 0 ? POLL_MS : 0, &message, &err);
        if (event == SOURCE_FATAL)
            fail(loop, &err);
        if (event == SOURCE_NOTHING || event == SOURCE_FATAL)
            return;
        loop_take(loop, event, &message);
    }
}

/* Both parcels are taken: wait for the writer; when that takes long, pause and poll for the group's sake. */
static void wait_for_room(struct loop *loop)
{
    if (loop->full_since_ms == 0)
        loop->full_since_ms = loop->now_ms;
    if (loop->now_ms - loop->full_since_ms < FULL_PATIENCE_MS) {
        sink_wait(loop->sink, 20);
        return;
    }
    if (source_pause(loop->source, &loop->positions))
        stop_reading(loop);
    struct source_message message;
    struct toil_error err;
    enum source_event event = source_poll(loop->source, 20, &message, &err);
    if (event == SOURCE_FATAL)
        fail(loop, &err);
    else if (event != SOURCE_NOTHING)
        loop_take(loop, event, &message);
    sink_wait(loop->sink, 20);
}

static void heartbeat(struct loop *loop)
{
    struct toil_error err;
    struct source_ends *ends = toil_xcalloc(loop->positions.count + 1, sizeof *ends);
    int64_t asked_us = toil_time_now_us();
    bool known = source_ask_ends(loop->source, &loop->positions, false, ENDS_TIMEOUT_MS, ends, &err) == TOIL_OK;
    for (size_t i = 0; known && i < loop->positions.count; i++) {
        position_hear_end(&loop->positions.at[i], ends[i].high, asked_us);
        if (loop->positions.at[i].touched)
            loop_touch(loop);
    }
    free(ends);
    loop->ends_known = known;
    source_advise(loop->source, &loop->positions);
    loop->heartbeat_at_ms = loop_clock_ms() + HEARTBEAT_MS;
}

/* A topic that the broker does not have; NULL when it has all. */
static const char *find_missing(const struct loop *loop)
{
    for (size_t i = 0; i < loop->config->topic_count; i++) {
        if (loop->missing[i])
            return loop->config->topic[i].topic;
    }
    return NULL;
}

static void tell_status(unsigned not_ready)
{
    struct toil_buf text = TOIL_BUF_INIT;
    health_reasons(not_ready, &text);
    notify_status(text.data);
    toil_buf_release(&text);
}

static void publish(struct loop *loop)
{
    unsigned reasons = 0;
    if (sink_is_retrying(loop->sink) || counters_get(loop->counters, COUNTER_DATABASE_UP) == 0)
        reasons |= HEALTH_DATABASE;
    if (counters_get(loop->counters, COUNTER_BROKER_UP) == 0)
        reasons |= HEALTH_BROKER;
    if (!loop->assigned || loop->phase != READING)
        reasons |= HEALTH_ASSIGNMENT;
    if (find_missing(loop))
        reasons |= HEALTH_TOPIC;
    if (loop->stopping)
        reasons |= HEALTH_STOPPING;
    if (atomic_exchange(&loop->options->health->not_ready, reasons) != reasons)
        tell_status(reasons);
    atomic_store(&loop->options->health->beat_ms, loop->now_ms);
    counters_set(loop->counters, COUNTER_READY, reasons == 0);
    counters_set(loop->counters, COUNTER_PARTITIONS, loop->positions.count);
    if (loop->now_ms >= loop->lags_at_ms) {
        tally_lags(loop->counters, &loop->positions, loop->ends_known);
        loop->lags_at_ms = loop->now_ms + LAGS_MS;
    }
}

/* Everything that is due besides reading. */
static void serve(struct loop *loop)
{
    loop->now_ms = loop_clock_ms();
    loop->now_us = toil_time_now_us();
    take_answer(loop);
    advance_phase(loop);
    bool old = loop->filling->opened_ms != 0 && loop->now_ms - loop->filling->opened_ms >= loop->config->batch_age_ms;
    if (old || is_full(loop))
        submit(loop);
    if (loop->phase == READING && loop->assigned && loop->now_ms >= loop->heartbeat_at_ms)
        heartbeat(loop);
    source_nudge(loop->source, &loop->positions);
    if (*loop->options->reload) {
        *loop->options->reload = 0;
        notify_reloading();
        reload_config(loop->config, loop->options->config_file, loop->options->environment,
                      loop->options->log_level_fixed, loop->options->intake, loop->counters, loop->log);
        notify_ready();
    }
    publish(loop);
    if (loop->alive_every_ms > 0 && loop->now_ms >= loop->alive_at_ms) {
        loop->alive_at_ms = loop->now_ms + loop->alive_every_ms;
        notify_alive();
    }
}

/* --until-end: has every partition reached its goal, and is it stored? An instance to which the group gave nothing is
 * done as well, after a while: others hold the partitions. */
static bool is_done(struct loop *loop)
{
    struct toil_error err;
    if (!loop->assigned && source_is_refused(loop->source, REFUSED_LIMIT_MS, &err))
        fail(loop, &err);
    const char *missing = find_missing(loop);
    if (missing) {
        if (loop->now_ms - loop->missing_since_ms > MISSING_LIMIT_MS) {
            toil_error_set(&err, TOIL_FATAL, "topic %s does not exist", missing);
            toil_error_hint(&err, "create it, or take it out of `topics`");
            fail(loop, &err);
        }
        return false;
    }
    if (!loop->assigned || loop->phase != READING || loop->writing)
        return false;
    if (loop->positions.count == 0) {
        if (loop->empty_since_ms == 0)
            loop->empty_since_ms = loop->now_ms;
        return loop->now_ms - loop->empty_since_ms > EMPTY_PATIENCE_MS;
    }
    loop->empty_since_ms = 0;
    for (size_t i = 0; i < loop->positions.count; i++) {
        if (loop->positions.at[i].stored < loop->positions.at[i].goal)
            return false;
    }
    return true;
}

static void run(struct loop *loop)
{
    while (loop->status == TOIL_OK && !*loop->options->stop) {
        serve(loop);
        if (is_full(loop)) {
            wait_for_room(loop);
        } else {
            loop->full_since_ms = 0;
            read_some(loop);
        }
        if (loop->options->until_end && is_done(loop))
            return;
    }
}

static void stop(struct loop *loop)
{
    int64_t until = loop_clock_ms() + loop->config->grace_ms;
    loop->stopping = true;
    publish(loop);
    notify_stopping();
    if (!flush(loop, loop->config->grace_ms / 2)) {
        abandon(loop);
        begin_anew(loop);
    }
    source_advise(loop->source, &loop->positions);
    int64_t left = until - loop_clock_ms();
    loop->orphaned = !source_free(loop->source, left > 1000 ? (int)left - 500 : 500);
    loop->source = NULL;
}

enum toil_status loop_run(const struct loop_options *options, bool *orphaned, struct toil_error *err)
{
    struct loop loop = {
        .options = options,
        .config = options->config,
        .counters = options->counters,
        .log = options->log,
        .sink = options->sink,
        .alive_every_ms = notify_alive_interval_ms(),
        .missing = toil_xcalloc(options->config->topic_count + 1, sizeof(bool)),
        .err = err,
    };
    const struct source_options source_options = {
        .property = loop.config->kafka,
        .property_count = loop.config->kafka_count,
        .topics = loop.config->topic_names,
        .topic_count = loop.config->topic_count,
        .memory_bytes = loop.config->limit_memory,
        .hooks = {.context = &loop, .assigned = on_assigned, .revoked = on_revoked},
        .counters = loop.counters,
        .log = loop.log,
    };
    parcel_init(&loop.parcels[0]);
    parcel_init(&loop.parcels[1]);
    loop.filling = &loop.parcels[0];
    empty_filling(&loop);
    loop.status = source_new(&source_options, &loop.source, err);
    if (loop.status == TOIL_OK) {
        run(&loop);
        stop(&loop);
    }
    parcel_release(&loop.parcels[0]);
    parcel_release(&loop.parcels[1]);
    positions_release(&loop.positions);
    free(loop.missing);
    *orphaned = loop.orphaned;
    return loop.status;
}
