/* Zones and working hours: from an instant to the local date, to working, evening or night, daylight saving included.
 * Zones come from the system's tz database through GLib (GTimeZone): the one file that knows it. No clock is read. */
#ifndef TOIL_CALENDAR_H
#define TOIL_CALENDAR_H

#include "toilmeter/timestamp.h"

struct toil_zone; /* opaque; one thread at a time */

/* An IANA name ("Europe/Prague", "UTC"). TOIL_BAD_INPUT when the tz database does not have it. *out: owned. */
enum toil_status toil_zone_new(const char *name, struct toil_zone **out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_zone_free(struct toil_zone *zone);
const char *toil_zone_name(const struct toil_zone *zone);
/* Offset from UTC at an instant, in microseconds, east positive. */
int64_t toil_zone_offset_us(struct toil_zone *zone, int64_t time_us);
/* Local date of an instant, as days since 1970-01-01. */
int64_t toil_zone_day(struct toil_zone *zone, int64_t time_us);
/* First instant of a local date (the later side of a gap, the first of an overlap). */
int64_t toil_zone_day_start_us(struct toil_zone *zone, int64_t day);
/* The instant of local time `minute` (minutes after midnight by the wall clock, 0..1440) of a local date. */
int64_t toil_zone_instant_us(struct toil_zone *zone, int64_t day, int minute);
/* RFC 3339 with the zone's offset, "2026-01-05T10:00:00+01:00". */
void toil_zone_format(struct toil_zone *zone, int64_t time_us, char out[40]);

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
