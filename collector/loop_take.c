/* What the loop does with one message: book-keeping, then decoding into the parcel. */
#include <string.h>

#include "loop_state.h"

void loop_touch(struct loop *loop)
{
    if (loop->filling->opened_ms == 0)
        loop->filling->opened_ms = loop->now_ms;
}

/* Offsets without messages before `offset`. Right after a seek they are looked at twice, so that a fault of the client
 * library cannot pass for a compacted log. Returns false when the message is not to be taken now. */
static bool cross(struct loop *loop, struct position *position, int64_t offset)
{
    enum position_step step = position_step(position, offset);
    if (step == POSITION_EXPECTED)
        return true;
    if (step == POSITION_REREAD)
        return false;
    if (!position->proven) {
        position->proven = true;
        position->reading = false;
        loop->wants_seek = true;
        return false;
    }
    if (step == POSITION_HOLE)
        parcel_add_gap(loop->filling, position, position->next, offset, "aborted or compacted");
    position_skip_to(position, offset);
    loop_touch(loop);
    return true;
}

static void take_message(struct loop *loop, const struct source_message *message, struct position *position)
{
    if (message->offset < position->next)
        counters_add_topic(loop->counters, COUNTER_REREAD, position->topic_index, 1);
    if (!cross(loop, position, message->offset))
        return;
    struct parcel *parcel = loop->filling;
    if (position->parcel != parcel->serial) {
        position->parcel = parcel->serial;
        position->source = toil_batch_source(&parcel->batch, position->topic, position->partition);
    }
    enum toil_reason reason = TOIL_REASON_DATABASE;
    if (narrow_is_culprit(&loop->narrow, position, message->offset)) {
        intake_take_refused(loop->options->intake, &parcel->batch, position->source, message, loop->narrow.sqlstate);
    } else {
        reason = intake_take(loop->options->intake, &parcel->batch, position->source, position->topic_index, message,
                             loop->now_us);
    }
    parcel_note(parcel, position, message->offset, reason);
    position_take(position, message->timestamp_us, loop->now_us);
    position->proven = true;
    loop_touch(loop);
}

static void take_missing(struct loop *loop, const char *name)
{
    for (size_t i = 0; i < loop->config->topic_count; i++) {
        if (strcmp(loop->config->topic[i].topic, name) != 0)
            continue;
        if (!loop->missing[i] && loop->missing_since_ms == 0)
            loop->missing_since_ms = loop->now_ms;
        loop->missing[i] = true;
    }
    toil_log_limited(loop->log, TOIL_LOG_ERROR, LOOP_LOG_EVERY_S, "topic_missing",
                     "a topic does not exist: create it, or take it out of `topics`", "topic", name, NULL);
}

void loop_take(struct loop *loop, enum source_event event, struct source_message *message)
{
    struct position *position = positions_find(&loop->positions, message->topic, message->partition);
    bool reading = position && position->reading;
    if (event == SOURCE_TOPIC_MISSING)
        take_missing(loop, message->topic);
    else if (event == SOURCE_MESSAGE && reading)
        take_message(loop, message, position);
    else if (event == SOURCE_END && reading && message->offset > position->next)
        cross(loop, position, message->offset);
    else if (event == SOURCE_OUT_OF_RANGE && reading && loop->phase == READING) {
        position->reading = false;
        position->placed = false; /* the other positions are not touched by placing this one */
        loop->phase = TO_PLACE;
        loop->place_at_ms = 0;
    }
    source_done(message);
}
