/* Book-keeping of offsets: the code behind position.h. */
#include "position.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

void positions_release(struct positions *positions)
{
    free(positions->at);
    *positions = (struct positions){0};
}

static int compare(const struct position *position, const char *topic, int32_t partition)
{
    int order = position->topic == topic ? 0 : strcmp(position->topic, topic);
    if (order != 0)
        return order;
    return (position->partition > partition) - (position->partition < partition);
}

/* The index of the first position that is not before the pair. */
static size_t lower_bound(const struct positions *positions, const char *topic, int32_t partition)
{
    size_t low = 0, high = positions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&positions->at[middle], topic, partition) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct position *positions_find(struct positions *positions, const char *topic, int32_t partition)
{
    if (positions->last < positions->count && compare(&positions->at[positions->last], topic, partition) == 0)
        return &positions->at[positions->last];
    size_t index = lower_bound(positions, topic, partition);
    if (index == positions->count || compare(&positions->at[index], topic, partition) != 0)
        return NULL;
    positions->last = index;
    return &positions->at[index];
}

struct position *positions_add(struct positions *positions, const char *topic, unsigned topic_index, int32_t partition)
{
    size_t index = lower_bound(positions, topic, partition);
    if (index < positions->count && compare(&positions->at[index], topic, partition) == 0)
        return &positions->at[index];
    if (positions->count == positions->cap) {
        positions->cap = positions->cap ? 2 * positions->cap : 16;
        positions->at = toil_xreallocarray(positions->at, positions->cap, sizeof *positions->at);
    }
    struct position *position = &positions->at[index];
    memmove(position + 1, position, (positions->count - index) * sizeof *position);
    positions->count++;
    *position = (struct position){
        .topic = topic,
        .topic_index = topic_index,
        .partition = partition,
        .stored = POSITION_NONE,
        .chained = POSITION_NONE,
        .next = POSITION_NONE,
        .end = POSITION_NONE,
        .goal = POSITION_NONE,
        .read_to_us = POSITION_NO_TIME,
    };
    return position;
}

void positions_remove(struct positions *positions, const char *topic, int32_t partition)
{
    struct position *position = positions_find(positions, topic, partition);
    if (!position)
        return;
    size_t index = (size_t)(position - positions->at);
    positions->count--;
    memmove(position, position + 1, (positions->count - index) * sizeof *position);
}

enum position_step position_step(const struct position *position, int64_t offset)
{
    if (offset == position->next)
        return POSITION_EXPECTED;
    if (offset < position->next)
        return POSITION_REREAD;
    return offset - position->next == 1 ? POSITION_MARKER : POSITION_HOLE;
}

void position_skip_to(struct position *position, int64_t offset)
{
    if (offset <= position->next)
        return;
    position->skipped += (uint64_t)(offset - position->next);
    position->next = offset;
    position->touched = true;
}

void position_take(struct position *position, int64_t timestamp_us, int64_t now_us)
{
    position->next++;
    position->touched = true;
    int64_t known = timestamp_us < now_us ? timestamp_us : now_us;
    if (timestamp_us != POSITION_NO_TIME && known > position->read_to_us)
        position->read_to_us = known;
}

void position_hear_end(struct position *position, int64_t end, int64_t asked_us)
{
    position->end = end;
    if (position->reading && position->next >= end && asked_us > position->read_to_us) {
        position->read_to_us = asked_us;
        position->touched = true;
    }
}

enum position_loss position_place(int64_t stored, int64_t low, int64_t high, bool latest, int64_t *start)
{
    if (stored == POSITION_NONE) {
        *start = latest ? high : low;
        return POSITION_LOSS_NONE;
    }
    if (stored > high) {
        *start = low;
        return POSITION_LOSS_RECREATED;
    }
    if (stored < low) {
        *start = low;
        return POSITION_LOSS_RETENTION;
    }
    *start = stored;
    return POSITION_LOSS_NONE;
}

const char *position_loss_name(enum position_loss loss)
{
    switch (loss) {
    case POSITION_LOSS_NONE:
        return "none";
    case POSITION_LOSS_RETENTION:
        return "retention";
    case POSITION_LOSS_RECREATED:
        return "recreated";
    }
    return "unknown";
}
