/* The window of a search for links cut into cells of an hour, each with its local hour of the week; and the profile of
 * the week over all topics, to which a topic with few tickets of its own is drawn. Pure. Made once, then only read. */
#ifndef TOIL_STATS_LINK_CLOCK_H
#define TOIL_STATS_LINK_CLOCK_H

#include "link_data.h"

#define TOIL_HOURS_PER_WEEK 168
#define TOIL_US_PER_HOUR_F  3.6e9

struct toil_link_clock {
    int64_t from_us, to_us, cell_us; /* cells of an hour, longer ones where the window is longer than a century */
    size_t cell_count;
    uint8_t *class_of;                       /* [cell_count] local hour of the week, 0 is Monday 00:00; owned */
    double *hours;                           /* [cell_count] length: the last cell is cut by the window; owned */
    double class_hours[TOIL_HOURS_PER_WEEK]; /* hours of the window in each class */
    /* Shares of all tickets by local hour, of workdays, then of weekends, and by day of the week. */
    double pooled_hour[48], pooled_day[7];
    size_t week_count; /* of 7 days from from_us on, the last one cut */
};

void toil_link_clock_init(struct toil_link_clock *clock, const struct toil_link_data *data);
void toil_link_clock_release(struct toil_link_clock *clock);
/* time_us lies within the window. */
size_t toil_link_clock_cell(const struct toil_link_clock *clock, int64_t time_us);
size_t toil_link_clock_week(const struct toil_link_clock *clock, int64_t time_us);

#endif
