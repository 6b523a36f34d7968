/* The code behind lib_zone.h. */
#include "lib_zone.h"

#include <criterion/criterion.h>

int64_t toil_test_time(const char *text)
{
    int64_t time_us = 0;
    cr_assert(toil_time_parse(toil_span_of(text), &time_us), "%s", text);
    return time_us;
}

int64_t toil_test_date(const char *text)
{
    int64_t day = 0;
    cr_assert(toil_date_parse(toil_span_of(text), &day), "%s", text);
    return day;
}

struct toil_zone *toil_test_zone(const char *name)
{
    struct toil_zone *zone = NULL;
    struct toil_error err;
    cr_assert_eq(toil_zone_new(name, &zone, &err), TOIL_OK, "%s: %s", name, err.message);
    return zone;
}

uint64_t toil_test_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 24;
}
