/* Working hours: from an instant to working, evening or night, daylight saving included. No clock is read. */
#ifndef TOIL_CALENDAR_H
#define TOIL_CALENDAR_H

#include "toilmeter/zone.h"

enum toil_shift { TOIL_SHIFT_WORKING, TOIL_SHIFT_EVENING, TOIL_SHIFT_NIGHT, TOIL_N_SHIFTS };

/* One rule, "Mon-Fri 09:00-17:00", "17:00-22:00" (every day), "Mon,Wed 22:00-06:00" (into the next day). */
struct toil_hours_rule {
    unsigned weekdays; /* bit 0 Monday ... bit 6 Sunday */
    int from_minute;   /* after midnight, local wall clock */
    int to_minute;     /* to <= from: ends the next day */
};
bool toil_hours_rule_parse(const char *text, struct toil_hours_rule *out);

struct toil_calendar {
    struct toil_zone *zone;                  /* borrowed */
    struct toil_hours_rule working, evening; /* working wins where both hold; the rest is night */
};

/* The shift at an instant, and in *until_us the first instant at which it may differ. */
enum toil_shift toil_calendar_shift(const struct toil_calendar *calendar, int64_t time_us, int64_t *until_us);
/* Splits [from_us, to_us) by shift: out[s] gets hours. Elapsed hours, so they sum to the interval also on the days of
 * 23 and 25 hours. */
void toil_calendar_split(const struct toil_calendar *calendar, int64_t from_us, int64_t to_us,
                         double out_hours[TOIL_N_SHIFTS]);

enum toil_period { TOIL_PERIOD_ALL, TOIL_PERIOD_SPRINT, TOIL_PERIOD_WEEK, TOIL_PERIOD_MONTH };
/* First day of the period that holds `day`, and in *next_day the first day of the one after. Weeks begin on Monday.
 * sprint_start, sprint_days: of the catalog; days before the first sprint fall in earlier ones of the same length. */
int64_t toil_period_start(enum toil_period period, int64_t day, int64_t sprint_start, int sprint_days,
                          int64_t *next_day);

/* The Monday of a day's week. */
int32_t toil_monday_of(int64_t day);

#endif
