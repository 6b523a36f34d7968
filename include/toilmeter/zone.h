/* Time zones: from an instant to the local date and back, daylight saving included. Zones come from the system's tz
 * database through GLib (GTimeZone). No clock is read. */
#ifndef TOILMETER_ZONE_H
#define TOILMETER_ZONE_H

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
/* What people type for an instant: a date, which is its first instant in the zone, or RFC 3339. TOIL_BAD_INPUT names
 * the option (without dashes) that it was given for. */
enum toil_status toil_zone_read_moment(struct toil_zone *zone, const char *option, const char *text, int64_t *out_us,
                                       struct toil_error *err) TOIL_MUST_CHECK;
/* RFC 3339 with the zone's offset, "2026-01-05T10:00:00+01:00". */
void toil_zone_format(struct toil_zone *zone, int64_t time_us, char out[40]);

#endif
