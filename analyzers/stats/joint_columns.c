/* The code behind joint_columns.h. */
#include "joint_columns.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

#define US_PER_WEEK (168 * INT64_C(3600000000))

/* ---- tickets by scope ---- */

static int compare_scopes(const void *left, const void *right)
{
    uint32_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static uint32_t slot_of(const struct toil_joint_slots *slots, uint32_t scope)
{
    if (scope == TOIL_NO_SCOPE)
        return 0;
    size_t low = 1, high = slots->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slots->scope[middle] < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* The distinct scopes, ascending, behind "none". */
static void find_scopes(struct toil_joint_slots *slots, const struct toil_link_topic *topic)
{
    slots->scope = toil_xcalloc(topic->count + 1, sizeof *slots->scope);
    slots->scope[0] = TOIL_NO_SCOPE;
    size_t count = 0;
    for (size_t i = 0; topic->scope && i < topic->count; i++)
        if (topic->scope[i] != TOIL_NO_SCOPE)
            slots->scope[1 + count++] = topic->scope[i];
    if (count > 0)
        qsort(slots->scope + 1, count, sizeof *slots->scope, compare_scopes);
    slots->count = 1;
    for (size_t i = 1; i <= count; i++)
        if (slots->count == 1 || slots->scope[i] != slots->scope[slots->count - 1])
            slots->scope[slots->count++] = slots->scope[i];
}

void toil_joint_slots_init(struct toil_joint_slots *slots, const struct toil_link_topic *topic)
{
    *slots = (struct toil_joint_slots){0};
    find_scopes(slots, topic);
    slots->begin = toil_xcalloc(slots->count + 2, sizeof *slots->begin);
    slots->order = toil_xcalloc(topic->count + 1, sizeof *slots->order);
    slots->slot = toil_xcalloc(topic->count + 1, sizeof *slots->slot);
    slots->part = toil_xcalloc(slots->count, sizeof *slots->part);
    for (size_t i = 0; i < topic->count; i++) {
        slots->slot[i] = topic->scope ? slot_of(slots, topic->scope[i]) : 0;
        slots->begin[slots->slot[i] + 2]++;
    }
    for (size_t s = 0; s < slots->count; s++) {
        slots->part[s] = topic->count ? (double)slots->begin[s + 2] / (double)topic->count : 0;
        slots->begin[s + 2] += slots->begin[s + 1];
    }
    for (size_t i = 0; i < topic->count; i++)
        slots->order[slots->begin[slots->slot[i] + 1]++] = (uint32_t)i;
}

void toil_joint_slots_release(struct toil_joint_slots *slots)
{
    free(slots->scope);
    free(slots->begin);
    free(slots->order);
    free(slots->slot);
    free(slots->part);
    *slots = (struct toil_joint_slots){0};
}

/* ---- events ---- */

/* Events of one source apart by slot; a time that no ticket's scope can meet is in none but `all`. */
struct parted {
    const int64_t *all, *unscoped;
    size_t all_count, unscoped_count;
    int64_t *memory, *scoped; /* memory holds unscoped and scoped; owned */
    size_t *begin;            /* [slots + 1] into scoped; owned */
};

static void part_init(struct parted *parted, const struct toil_joint_source *source,
                      const struct toil_joint_slots *slots)
{
    *parted = (struct parted){.all = source->at_us, .all_count = source->count};
    parted->begin = toil_xcalloc(slots->count + 2, sizeof *parted->begin);
    if (!source->scope) {
        parted->unscoped = source->at_us;
        parted->unscoped_count = source->count;
        return;
    }
    parted->memory = toil_xcalloc(2 * source->count + 1, sizeof *parted->memory);
    parted->scoped = parted->memory + source->count;
    uint32_t *slot = toil_xcalloc(source->count + 1, sizeof *slot);
    for (size_t e = 0; e < source->count; e++) {
        slot[e] = slot_of(slots, source->scope[e]);
        if (source->scope[e] == TOIL_NO_SCOPE)
            parted->memory[parted->unscoped_count++] = source->at_us[e];
        else if (slot[e] < slots->count && slots->scope[slot[e]] == source->scope[e])
            parted->begin[slot[e] + 1]++;
        else
            slot[e] = 0;
    }
    for (size_t s = 0; s < slots->count; s++)
        parted->begin[s + 1] += parted->begin[s];
    size_t *next = toil_xcalloc(slots->count + 1, sizeof *next);
    memcpy(next, parted->begin, slots->count * sizeof *next);
    for (size_t e = 0; e < source->count; e++)
        if (slot[e] > 0)
            parted->scoped[next[slot[e]]++] = source->at_us[e];
    parted->unscoped = parted->memory;
    free(next);
    free(slot);
}

static void part_release(struct parted *parted)
{
    free(parted->memory);
    free(parted->begin);
}

/* Counts events within a lag band of tickets that come in order of time. */
struct window {
    const int64_t *at_us;
    size_t count, low, high; /* [low, high): events e with from_us <= t - e < to_us */
};

static size_t in_window(struct window *window, int64_t time_us, const struct toil_lag_band *band)
{
    while (window->high < window->count && window->at_us[window->high] <= time_us - band->from_us)
        window->high++;
    while (window->low < window->count && window->at_us[window->low] <= time_us - band->to_us)
        window->low++;
    return window->high - window->low;
}

static void add_entry(struct toil_joint_columns *columns, uint32_t ticket, size_t band, double x)
{
    if (columns->count == columns->cap) {
        columns->cap = columns->cap ? 2 * columns->cap : 256;
        columns->entry = toil_xreallocarray(columns->entry, columns->cap, sizeof *columns->entry);
    }
    columns->entry[columns->count++] = (struct toil_joint_entry){.ticket = ticket, .band = (uint8_t)band, .x = x};
}

/* All tickets of one slot against one band. */
static void add_slot(struct toil_joint_columns *columns, const struct toil_link_topic *topic,
                     const struct toil_joint_slots *slots, const struct parted *parted, size_t slot, size_t band,
                     const struct toil_lag_band *lag)
{
    struct window wide = {.at_us = parted->all, .count = parted->all_count}, narrow = {0};
    double wide_part = slots->part[0], narrow_part = 1 - slots->part[0];
    if (slot > 0) {
        wide = (struct window){.at_us = parted->unscoped, .count = parted->unscoped_count};
        wide_part = slots->part[slot];
        size_t begin = parted->begin[slot];
        narrow = (struct window){.at_us = parted->scoped ? parted->scoped + begin : NULL,
                                 .count = parted->begin[slot + 1] - begin};
    }
    if (wide.count + narrow.count == 0)
        return;
    for (size_t n = slots->begin[slot]; n < slots->begin[slot + 1]; n++) {
        uint32_t ticket = slots->order[n];
        double x = wide_part * (double)in_window(&wide, topic->at_us[ticket], lag);
        if (narrow.count > 0)
            x += narrow_part * (double)in_window(&narrow, topic->at_us[ticket], lag);
        if (x > 0)
            add_entry(columns, ticket, band, x);
    }
}

static double passed_at(const struct toil_link_clock *clock, const double *passed, int64_t time_us)
{
    if (time_us >= clock->to_us)
        return passed[clock->cell_count];
    size_t cell = toil_link_clock_cell(clock, time_us);
    double into = (double)(time_us - clock->from_us - (int64_t)cell * clock->cell_us) / TOIL_US_PER_HOUR_F;
    return passed[cell] + into / clock->hours[cell] * (passed[cell + 1] - passed[cell]);
}

void toil_joint_expose(const struct toil_link_clock *clock, const struct toil_link_data *data,
                       const struct toil_joint_source *source, const double *passed, double *week)
{
    memset(week, 0, clock->week_count * data->band_count * sizeof *week);
    for (size_t k = 0; k < data->band_count; k++)
        for (size_t e = 0; source->band[k] && e < source->count; e++) {
            int64_t from = source->at_us[e] + data->band[k].from_us, to = source->at_us[e] + data->band[k].to_us;
            to = to > clock->to_us ? clock->to_us : to;
            while (from < to) {
                size_t in = toil_link_clock_week(clock, from);
                int64_t end = clock->to_us;
                if (in + 1 < clock->week_count)
                    end = clock->from_us + (int64_t)(in + 1) * US_PER_WEEK;
                end = end < to ? end : to;
                week[in * data->band_count + k] += passed_at(clock, passed, end) - passed_at(clock, passed, from);
                from = end;
            }
        }
}

void toil_joint_columns_init(struct toil_joint_columns *columns, const struct toil_link_data *data,
                             const struct toil_link_topic *topic, const struct toil_joint_slots *slots,
                             const struct toil_joint_source *source)
{
    *columns = (struct toil_joint_columns){0};
    struct parted parted;
    part_init(&parted, source, slots);
    for (size_t k = 0; k < data->band_count; k++) {
        if (!source->band[k])
            continue;
        for (size_t s = 0; s < slots->count; s++)
            add_slot(columns, topic, slots, &parted, s, k, &data->band[k]);
    }
    part_release(&parted);
}

void toil_joint_columns_release(struct toil_joint_columns *columns)
{
    free(columns->entry);
    *columns = (struct toil_joint_columns){0};
}
