/* Times, dates and zones as tests write them; what cannot be read ends the test. */
#ifndef TOIL_TEST_LIB_ZONE_H
#define TOIL_TEST_LIB_ZONE_H

#include "toilmeter/zone.h"

/* RFC 3339 in microseconds since 1970. */
int64_t toil_test_time(const char *text);
/* "2026-01-05" in days since 1970. */
int64_t toil_test_date(const char *text);
/* Owned by the caller. */
struct toil_zone *toil_test_zone(const char *name);
/* The next of a row of numbers that is the same for the same seed. */
uint64_t toil_test_random(uint64_t *seed);

#endif
