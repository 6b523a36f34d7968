/* The code behind screen_windows.h. */
#include "screen_windows.h"

#include <stdlib.h>

#include "toilmeter/buf.h"

void toil_windows_release(struct toil_windows *windows)
{
    free(windows->item);
    *windows = (struct toil_windows){0};
}

void toil_windows_append(struct toil_windows *windows, int64_t from_us, int64_t to_us, struct toil_window limits)
{
    if (from_us < limits.from_us)
        from_us = limits.from_us;
    if (to_us > limits.to_us)
        to_us = limits.to_us;
    if (from_us >= to_us)
        return;
    if (windows->count > 0) {
        struct toil_window *last = &windows->item[windows->count - 1];
        if (from_us <= last->to_us) {
            if (to_us > last->to_us)
                last->to_us = to_us;
            return;
        }
    }
    if (windows->count == windows->cap) {
        windows->cap = windows->cap > 0 ? 2 * windows->cap : 16;
        windows->item = toil_xreallocarray(windows->item, windows->cap, sizeof *windows->item);
    }
    windows->item[windows->count++] = (struct toil_window){from_us, to_us};
}

void toil_windows_behind(struct toil_windows *windows, const int64_t *at_us, size_t count,
                         const struct toil_lag_band *band, struct toil_window limits)
{
    for (size_t i = 0; i < count; i++)
        toil_windows_append(windows, at_us[i] + band->from_us, at_us[i] + band->to_us, limits);
}

void toil_windows_subtract(struct toil_windows *windows, const struct toil_windows *from,
                           const struct toil_windows *less)
{
    size_t next = 0;
    for (size_t i = 0; i < from->count; i++) {
        const struct toil_window whole = from->item[i];
        int64_t at_us = whole.from_us;
        while (next < less->count && less->item[next].to_us <= at_us)
            next++;
        for (size_t j = next; j < less->count && less->item[j].from_us < whole.to_us; j++) {
            toil_windows_append(windows, at_us, less->item[j].from_us, whole);
            at_us = less->item[j].to_us;
        }
        toil_windows_append(windows, at_us, whole.to_us, whole);
    }
}

int64_t toil_windows_length_us(const struct toil_windows *windows)
{
    int64_t length_us = 0;
    for (size_t i = 0; i < windows->count; i++)
        length_us += windows->item[i].to_us - windows->item[i].from_us;
    return length_us;
}

bool toil_windows_meet(const struct toil_windows *windows, int64_t from_us, int64_t to_us, size_t *hint)
{
    /* The first window that ends after from_us; steps from the hint double until they are past it. */
    const struct toil_window *item = windows->item;
    size_t low = 0, high = windows->count, step = 1, at = *hint < high ? *hint : high;
    if (at > 0 && item[at - 1].to_us > from_us) {
        high = at;
    } else {
        low = at;
        while (low + step < high && item[low + step].to_us <= from_us) {
            low += step;
            step *= 2;
        }
        if (low + step < high)
            high = low + step;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (item[middle].to_us > from_us)
            high = middle;
        else
            low = middle + 1;
    }
    *hint = low;
    return low < windows->count && item[low].from_us < to_us;
}

size_t toil_times_find(const int64_t *times, size_t count, int64_t at_us, size_t *hint)
{
    size_t low = 0, high = count, step = 1, at = *hint < count ? *hint : count;
    if (at > 0 && times[at - 1] >= at_us) {
        high = at;
    } else {
        low = at;
        while (low + step < high && times[low + step] < at_us) {
            low += step;
            step *= 2;
        }
        if (low + step < high)
            high = low + step;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle] >= at_us)
            high = middle;
        else
            low = middle + 1;
    }
    *hint = low;
    return low;
}

size_t toil_times_within(const int64_t *times, size_t count, struct toil_window window, size_t *hint)
{
    size_t begin = toil_times_find(times, count, window.from_us, hint), end = begin;
    while (end < count && end - begin < 4 && times[end] < window.to_us)
        end++;
    if (end < count && times[end] < window.to_us)
        end = toil_times_find(times, count, window.to_us, hint);
    return end - begin;
}

static int64_t offset_at(const struct toil_link_data *data, int64_t at_us)
{
    size_t low = 0, high = data->offset_count;
    if (high == 0)
        return 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (data->offset[middle].from_us <= at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return data->offset[low > 0 ? low - 1 : 0].offset_us;
}

int64_t toil_local_weeks_later(const struct toil_link_data *data, int64_t at_us, int weeks)
{
    const int64_t local_us = at_us + offset_at(data, at_us) + weeks * TOIL_WEEK_US;
    const int64_t near_us = local_us - offset_at(data, at_us);
    return local_us - offset_at(data, near_us);
}
