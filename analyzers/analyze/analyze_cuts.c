/* The calendar of an analysis as a table of cuts. */
#include <stdlib.h>

#include "analyze_hours.h"
#include "toilmeter/timestamp.h"

static const struct toil_calendar *calendar_of(const struct toil_catalog *catalog, size_t index)
{
    return index == 0 ? &catalog->calendar : &catalog->team[index - 1].calendar;
}

static size_t calendar_index(const struct toil_names *names, uint32_t component)
{
    size_t team = toil_component_team(names, component);
    return team == SIZE_MAX ? 0 : team + 1;
}

static int64_t next_day_us(struct toil_zone *zone, int64_t time_us)
{
    return toil_zone_day_start_us(zone, toil_zone_day(zone, time_us) + 1);
}

/* Adds the stretch that begins at from_us; returns its end. */
static int64_t add_stretch(struct toil_cuts *cuts, int64_t from_us)
{
    cuts->at_us = toil_grow(cuts->at_us, cuts->count, &cuts->at_cap, sizeof *cuts->at_us);
    cuts->day = toil_grow(cuts->day, cuts->count, &cuts->day_cap, sizeof *cuts->day);
    cuts->at_us[cuts->count] = from_us;
    cuts->day[cuts->count] = (int32_t)toil_zone_day(cuts->catalog->zone, from_us);
    int64_t end = next_day_us(cuts->catalog->zone, from_us);
    for (size_t i = 0; i < cuts->calendars; i++) {
        const struct toil_calendar *calendar = calendar_of(cuts->catalog, i);
        size_t place = cuts->count * cuts->calendars + i;
        int64_t until, day_end = next_day_us(calendar->zone, from_us);
        cuts->shift = toil_grow(cuts->shift, place, &cuts->shift_cap, sizeof *cuts->shift);
        cuts->shift[place] = (uint8_t)toil_calendar_shift(calendar, from_us, &until);
        end = until < end ? until : end;
        end = day_end < end ? day_end : end;
    }
    cuts->count++;
    return end;
}

void toil_cuts_init(struct toil_cuts *cuts, const struct toil_analysis *analysis)
{
    *cuts = (struct toil_cuts){.catalog = analysis->catalog,
                               .names = &analysis->names,
                               .item = analysis->item,
                               .calendars = analysis->catalog->team_count + 1};
    cuts->zone_lock = toil_xcalloc(1, sizeof *cuts->zone_lock);
    pthread_mutex_init(cuts->zone_lock, NULL);
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < analysis->trace_count; i++) {
        const struct toil_trace *trace = &analysis->trace[i];
        first = trace->from_us < first ? trace->from_us : first;
        last = trace->from_us > last ? trace->from_us : last;
        last = trace->to_us > last ? trace->to_us : last;
    }
    if (first > last)
        first = last = 0;
    /* A booking can fill its whole local day, and one of a day can begin at the end of it. */
    int64_t end = last + 4 * TOIL_US_PER_DAY;
    for (int64_t now = first - 2 * TOIL_US_PER_DAY; now < end;)
        now = add_stretch(cuts, now);
    add_stretch(cuts, end);
    cuts->count--; /* the last one only ends the one before */
}

void toil_cuts_release(struct toil_cuts *cuts)
{
    free(cuts->at_us);
    free(cuts->day);
    free(cuts->shift);
    pthread_mutex_destroy(cuts->zone_lock);
    free(cuts->zone_lock);
    *cuts = (struct toil_cuts){0};
}

struct toil_cuts toil_cuts_for_thread(const struct toil_cuts *cuts)
{
    return *cuts;
}

static bool holds(const struct toil_cuts *cuts, size_t stretch, int64_t time_us)
{
    return stretch < cuts->count && cuts->at_us[stretch] <= time_us && time_us < cuts->at_us[stretch + 1];
}

static size_t find(struct toil_cuts *cuts, int64_t time_us)
{
    if (holds(cuts, cuts->last, time_us))
        return cuts->last;
    if (holds(cuts, cuts->last + 1, time_us))
        return ++cuts->last;
    size_t low = 0, high = cuts->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (cuts->at_us[middle] <= time_us)
            low = middle;
        else
            high = middle;
    }
    return cuts->last = low;
}

static int64_t on_cut(void *context, int64_t time_us)
{
    struct toil_cuts *cuts = context;
    return cuts->at_us[find(cuts, time_us) + 1];
}

/* The component whose calendar an item follows. */
static uint32_t component_of(const struct toil_cuts *cuts, uint32_t item)
{
    return cuts->names->split[cuts->item[item].split].clock;
}

static int on_shift(void *context, uint32_t item, int64_t time_us)
{
    return (int)toil_cuts_shift(context, component_of(context, item), time_us);
}

static void on_day(void *context, uint32_t item, int64_t time_us, int64_t *from_us, int64_t *to_us)
{
    struct toil_cuts *cuts = context;
    struct toil_zone *zone = toil_component_calendar(cuts->names, component_of(cuts, item))->zone;
    pthread_mutex_lock(cuts->zone_lock);
    int64_t day = toil_zone_day(zone, time_us);
    *from_us = toil_zone_day_start_us(zone, day);
    *to_us = toil_zone_day_start_us(zone, day + 1);
    pthread_mutex_unlock(cuts->zone_lock);
}

struct toil_hours_clock toil_cuts_clock(struct toil_cuts *cuts)
{
    return (struct toil_hours_clock){cuts, on_cut, on_shift, on_day};
}

int32_t toil_cuts_day(struct toil_cuts *cuts, int64_t time_us)
{
    return cuts->day[find(cuts, time_us)];
}

enum toil_shift toil_cuts_shift(struct toil_cuts *cuts, uint32_t component, int64_t time_us)
{
    return (enum toil_shift)cuts->shift[find(cuts, time_us) * cuts->calendars + calendar_index(cuts->names, component)];
}

double toil_cuts_day_hours(const struct toil_cuts *cuts, int32_t day)
{
    struct toil_zone *zone = cuts->catalog->zone;
    pthread_mutex_lock(cuts->zone_lock);
    int64_t length_us = toil_zone_day_start_us(zone, day + 1) - toil_zone_day_start_us(zone, day);
    pthread_mutex_unlock(cuts->zone_lock);
    return (double)length_us / (double)TOIL_US_PER_HOUR;
}
