/* Times as microseconds since 1970-01-01T00:00:00Z (int64_t, name suffix _us). No clock is read here. */
#ifndef TOILMETER_TIMESTAMP_H
#define TOILMETER_TIMESTAMP_H

#include <stdint.h>

#include "toilmeter/buf.h"

#define TOIL_US_PER_SECOND INT64_C(1000000)
#define TOIL_US_PER_MINUTE (60 * TOIL_US_PER_SECOND)
#define TOIL_US_PER_HOUR   (3600 * TOIL_US_PER_SECOND)
#define TOIL_US_PER_DAY    (86400 * TOIL_US_PER_SECOND)
/* PostgreSQL counts from 2000-01-01. */
#define TOIL_PG_EPOCH_US (INT64_C(946684800) * TOIL_US_PER_SECOND)

enum toil_time_unit { TOIL_UNIT_NONE, TOIL_UNIT_S, TOIL_UNIT_MS, TOIL_UNIT_US, TOIL_UNIT_NS };

/* RFC 3339, strictly: date, 'T' (or 't' or one space), time, optional fraction (digits past microseconds are cut), and
 * a zone: 'Z', 'z' or +hh:mm. Second 60 is taken as the next minute's beginning. Returns false on anything else,
 * impossible dates (2026-02-30, month 0) included. Years 0001 to 9999. */
bool toil_time_parse(struct toil_span text, int64_t *out_us);

/* A number of `unit` since 1970, to the nearest microsecond. Returns false when not finite or out of int64_t's
 * microseconds. */
bool toil_time_from_number(double number, enum toil_time_unit unit, int64_t *out_us);

/* "s", "ms", "us", "ns"; TOIL_UNIT_NONE when unknown. */
enum toil_time_unit toil_time_unit_find(struct toil_span name);

/* Writes RFC 3339 in UTC, "2026-01-05T09:00:00Z", with six digits of fraction only when there is one. `out` takes at
 * least 32 bytes. */
void toil_time_format(int64_t time_us, char out[32]);

/* Proleptic Gregorian. Days since 1970-01-01 of a date, and back. month 1..12, day 1..31. */
int64_t toil_days_from_civil(int64_t year, unsigned month, unsigned day);
void toil_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);
/* "2026-01-05" strictly. */
bool toil_date_parse(struct toil_span text, int64_t *out_days);
/* Floor division to days; works before 1970. */
int64_t toil_days_from_us(int64_t time_us);

/* Now, from CLOCK_REALTIME: the one function here that asks the outside; callers in pure code get it as a value. */
int64_t toil_time_now_us(void);

#endif
