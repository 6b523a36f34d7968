/* Parts of analyze_hours.c in files of their own: the calendar of a whole analysis as a table, and calibration. */
#ifndef TOIL_ANALYZE_HOURS_H
#define TOIL_ANALYZE_HOURS_H

#include <pthread.h>

#include "analyze.h"

/* Time cut into stretches in which nobody's day or shift changes: pieces of time never reach over a cut, so the day and
 * the shift of one are looked up, not worked out. Calendars: 0 the catalog's, 1 + t that of team t. */
struct toil_cuts {
    const struct toil_catalog *catalog;   /* borrowed */
    const struct toil_names *names;       /* borrowed */
    const struct toil_item_of_work *item; /* borrowed */
    int64_t *at_us;                       /* [count + 1] stretch i is [at_us[i], at_us[i + 1]) */
    int32_t *day;                         /* [count] local day in the catalog's zone */
    uint8_t *shift;                       /* [count * calendars] */
    size_t count, calendars;
    size_t at_cap, day_cap, shift_cap;
    size_t last;                /* stretch of the last look-up */
    pthread_mutex_t *zone_lock; /* zones remember what they found, so one thread at a time asks them; owned */
};
/* For every instant that pieces of the traces can reach. */
void toil_cuts_init(struct toil_cuts *cuts, const struct toil_analysis *analysis);
void toil_cuts_release(struct toil_cuts *cuts);
/* The same calendar for another thread: borrows all of cuts. Not to be released. */
struct toil_cuts toil_cuts_for_thread(const struct toil_cuts *cuts);
struct toil_hours_clock toil_cuts_clock(struct toil_cuts *cuts); /* borrows cuts */
int32_t toil_cuts_day(struct toil_cuts *cuts, int64_t time_us);
enum toil_shift toil_cuts_shift(struct toil_cuts *cuts, uint32_t component, int64_t time_us);
double toil_cuts_day_hours(const struct toil_cuts *cuts, int32_t day);

/* Gives traces that bookings speak of to items of their own, marked `told`; sorts the traces again. */
void toil_match_bookings(struct toil_analysis *analysis);

/* One person's logged time on one unit of work, and what would be inferred for the traces that it speaks of. */
struct toil_logged {
    uint32_t actor, unit;
    double hours;
    double inferred[TOIL_N_GAPS];
    int32_t first_day_at[TOIL_N_GAPS]; /* of what is inferred; INT32_MAX when nothing is */
    int32_t first_day;                 /* the first of these */
};

struct toil_ratios {
    struct toil_logged *logged; /* by (actor, unit) */
    size_t logged_count;
    int32_t *month; /* year * 12 + month - 1, sorted; months that have units */
    size_t month_count;
    struct toil_calibration whole[TOIL_N_GAPS];
    struct toil_calibration *by_month[TOIL_N_GAPS]; /* [month_count] */
    bool whole_used;
    bool *month_used; /* [month_count] */
};
/* Sorted traces. rules: of the default gap. */
void toil_ratios_init(struct toil_ratios *ratios, const struct toil_analysis *analysis, const struct toil_cuts *cuts,
                      const struct toil_session_rules *rules);
void toil_ratios_release(struct toil_ratios *ratios);
/* The ratio of the default gap for inferred hours of a day: its month's own, else that of the whole window; NAN when
 * there is none. Of its interval the low end for shorter gaps, the high end for longer ones. `use`: note it as used. */
double toil_ratios_on(struct toil_ratios *ratios, int gap, int32_t day, bool use);
struct toil_session_rules toil_rules_of_gap(const struct toil_session_rules *rules, int gap);

#endif
