/* The code behind link_clock.h. */
#include "link_clock.h"

#include <stdlib.h>

#include "toilmeter/buf.h"

#define US_PER_HOUR INT64_C(3600000000)
#define US_PER_WEEK (168 * US_PER_HOUR)
#define MAX_CELLS   1000000
/* 1970-01-01 was a Thursday. */
#define EPOCH_HOURS (3 * 24)

static int64_t offset_at(const struct toil_link_data *data, int64_t time_us, size_t *hint)
{
    while (*hint + 1 < data->offset_count && data->offset[*hint + 1].from_us <= time_us)
        (*hint)++;
    return data->offset_count == 0 ? 0 : data->offset[*hint].offset_us;
}

static uint8_t class_at(int64_t local_us)
{
    int64_t hours = local_us / US_PER_HOUR - (local_us % US_PER_HOUR < 0);
    int64_t of_week = (hours + EPOCH_HOURS) % TOIL_HOURS_PER_WEEK;
    return (uint8_t)(of_week < 0 ? of_week + TOIL_HOURS_PER_WEEK : of_week);
}

static void pool(struct toil_link_clock *clock, const struct toil_link_data *data)
{
    double all = 0;
    for (size_t t = 0; t < data->topic_count; t++)
        for (size_t i = 0; i < data->topic[t].count; i++) {
            unsigned hour = clock->class_of[toil_link_clock_cell(clock, data->topic[t].at_us[i])];
            clock->pooled_hour[hour / 24 < 5 ? hour % 24 : 24 + hour % 24]++;
            clock->pooled_day[hour / 24]++;
            all++;
        }
    for (int h = 0; h < 48; h++)
        clock->pooled_hour[h] = (clock->pooled_hour[h] + 0.5) / (all + 24);
    for (int d = 0; d < 7; d++)
        clock->pooled_day[d] = (clock->pooled_day[d] + 1) / (all + 7);
}

void toil_link_clock_init(struct toil_link_clock *clock, const struct toil_link_data *data)
{
    *clock = (struct toil_link_clock){.from_us = data->from_us, .to_us = data->to_us, .cell_us = US_PER_HOUR};
    if (data->to_us <= data->from_us)
        return;
    uint64_t span = (uint64_t)data->to_us - (uint64_t)data->from_us;
    if (span / US_PER_HOUR >= MAX_CELLS)
        clock->cell_us = (int64_t)(span / MAX_CELLS / US_PER_HOUR + 1) * US_PER_HOUR;
    clock->cell_count = (size_t)((span - 1) / (uint64_t)clock->cell_us + 1);
    clock->week_count = (size_t)((span - 1) / US_PER_WEEK + 1);
    clock->class_of = toil_xcalloc(clock->cell_count, sizeof *clock->class_of);
    clock->hours = toil_xcalloc(clock->cell_count, sizeof *clock->hours);
    size_t hint = 0;
    for (size_t c = 0; c < clock->cell_count; c++) {
        uint64_t begin = c * (uint64_t)clock->cell_us;
        uint64_t length = span - begin < (uint64_t)clock->cell_us ? span - begin : (uint64_t)clock->cell_us;
        int64_t middle = (int64_t)((uint64_t)data->from_us + begin + length / 2);
        clock->class_of[c] = class_at(middle + offset_at(data, middle, &hint));
        clock->hours[c] = (double)length / TOIL_US_PER_HOUR_F;
        clock->class_hours[clock->class_of[c]] += clock->hours[c];
    }
    pool(clock, data);
}

void toil_link_clock_release(struct toil_link_clock *clock)
{
    free(clock->class_of);
    free(clock->hours);
    *clock = (struct toil_link_clock){0};
}

size_t toil_link_clock_cell(const struct toil_link_clock *clock, int64_t time_us)
{
    return (size_t)(((uint64_t)time_us - (uint64_t)clock->from_us) / (uint64_t)clock->cell_us);
}

size_t toil_link_clock_week(const struct toil_link_clock *clock, int64_t time_us)
{
    return (size_t)(((uint64_t)time_us - (uint64_t)clock->from_us) / US_PER_WEEK);
}
