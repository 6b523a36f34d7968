/* Stretches of time, and lists of them that don't overlap: what the screen's exposure windows are made of. Pure.
 * Internal to the screen. */
#ifndef TOIL_STATS_SCREEN_WINDOWS_H
#define TOIL_STATS_SCREEN_WINDOWS_H

#include "link_data.h"

#define TOIL_HOUR_US (INT64_C(3600) * 1000000)
#define TOIL_DAY_US  (24 * TOIL_HOUR_US)
#define TOIL_WEEK_US (7 * TOIL_DAY_US)

struct toil_window {
    int64_t from_us, to_us; /* to_us exclusive */
};

/* Disjoint, ascending, none empty. */
struct toil_windows {
    struct toil_window *item; /* owned */
    size_t count, cap;
};
void toil_windows_release(struct toil_windows *windows);
/* Adds a window at the end, cut to the limits: from_us is not below that of the window before; one that overlaps or
 * touches it is merged with it. */
void toil_windows_append(struct toil_windows *windows, int64_t from_us, int64_t to_us, struct toil_window limits);
/* Adds the windows of a lag band behind events (before them, where its lags are negative). at_us ascends. */
void toil_windows_behind(struct toil_windows *windows, const int64_t *at_us, size_t count,
                         const struct toil_lag_band *band, struct toil_window limits);
/* Adds what is left of `from` without `less`. */
void toil_windows_subtract(struct toil_windows *windows, const struct toil_windows *from,
                           const struct toil_windows *less);
int64_t toil_windows_length_us(const struct toil_windows *windows);
/* Whether one of the windows overlaps [from_us, to_us). *hint: where the last search ended; 0 at first. */
bool toil_windows_meet(const struct toil_windows *windows, int64_t from_us, int64_t to_us, size_t *hint);

/* The first of count ascending times that is not below at_us. *hint as above; near it the search is quick. */
size_t toil_times_find(const int64_t *times, size_t count, int64_t at_us, size_t *hint);
/* How many times are in [from_us, to_us). */
size_t toil_times_within(const int64_t *times, size_t count, struct toil_window window, size_t *hint);

/* The instant whose local time is that of at_us, so many weeks later (earlier, where negative). A local time that a
 * change of the clocks leaves out, or has twice, is taken with one of the offsets around it. */
int64_t toil_local_weeks_later(const struct toil_link_data *data, int64_t at_us, int weeks);

#endif
