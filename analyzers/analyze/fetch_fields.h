/* Fields of a row as C values, NULL included. Internal to fetch.c and fetch_facts.c. */
#ifndef TOIL_FETCH_FIELDS_H
#define TOIL_FETCH_FIELDS_H

#include <math.h>

#include "fetch.h"

static inline int64_t toil_fetched_time(struct toil_span field)
{
    return field.ptr ? toil_field_time_us(field) : TOIL_NO_TIME;
}

static inline double toil_fetched_number(struct toil_span field)
{
    return field.ptr ? toil_field_double(field) : (double)NAN;
}

static inline int64_t toil_fetched_integer(struct toil_span field)
{
    return field.ptr ? toil_field_int64(field) : 0;
}

static inline bool toil_fetched_flag(struct toil_span field)
{
    return field.ptr && toil_field_int64(field) != 0;
}

#endif
