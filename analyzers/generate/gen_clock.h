/* Local time, working days and public holidays of the demo's company, from fixed rules: no zone database is read, so
 * the same seed gives the same bytes whatever the machine has installed. Names are IANA's, for the catalog. */
#ifndef TOIL_GEN_CLOCK_H
#define TOIL_GEN_CLOCK_H

#include "toilmeter/timestamp.h"

enum gen_place { GEN_PRAGUE, GEN_NEW_YORK, GEN_KOLKATA, GEN_SAO_PAULO, GEN_PLACE_COUNT };

const char *gen_place_zone(enum gen_place place);
/* Offset from UTC in force at an instant, east positive. */
int64_t gen_place_offset_us(enum gen_place place, int64_t time_us);
/* The instant of a wall-clock time: days since 1970-01-01, minutes after midnight. */
int64_t gen_place_instant_us(enum gen_place place, int64_t day, int minute);
/* Local date of an instant, and in *minute (may be NULL) the minutes after midnight. */
int64_t gen_place_day(enum gen_place place, int64_t time_us, int *minute);
/* 0 Monday ... 6 Sunday. */
unsigned gen_weekday(int64_t day);
bool gen_holiday(enum gen_place place, int64_t day);
/* Monday to Friday and no holiday. */
bool gen_working_day(enum gen_place place, int64_t day);

#endif
