/* The demo company's calendars: daylight saving by rule, public holidays by date. */
#include "gen_clock.h"

enum saving { SAVING_NONE, SAVING_EU, SAVING_US };

struct place {
    const char *zone;
    int offset_minutes; /* in winter */
    enum saving saving;
};

static const struct place places[GEN_PLACE_COUNT] = {
    [GEN_PRAGUE] = {"Europe/Prague", 60, SAVING_EU},
    [GEN_NEW_YORK] = {"America/New_York", -300, SAVING_US},
    [GEN_KOLKATA] = {"Asia/Kolkata", 330, SAVING_NONE},
    [GEN_SAO_PAULO] = {"America/Sao_Paulo", -180, SAVING_NONE},
};

struct fixed_holiday {
    enum gen_place place;
    unsigned month, day;
};

static const struct fixed_holiday fixed_holidays[] = {
    {GEN_PRAGUE, 1, 1},     {GEN_PRAGUE, 5, 1},     {GEN_PRAGUE, 5, 8},     {GEN_PRAGUE, 7, 6},
    {GEN_PRAGUE, 9, 28},    {GEN_PRAGUE, 10, 28},   {GEN_PRAGUE, 11, 17},   {GEN_PRAGUE, 12, 24},
    {GEN_PRAGUE, 12, 25},   {GEN_PRAGUE, 12, 26},   {GEN_NEW_YORK, 1, 1},   {GEN_NEW_YORK, 6, 19},
    {GEN_NEW_YORK, 7, 4},   {GEN_NEW_YORK, 11, 11}, {GEN_NEW_YORK, 12, 25}, {GEN_KOLKATA, 1, 26},
    {GEN_KOLKATA, 8, 15},   {GEN_KOLKATA, 10, 2},   {GEN_KOLKATA, 12, 25},  {GEN_SAO_PAULO, 1, 1},
    {GEN_SAO_PAULO, 4, 21}, {GEN_SAO_PAULO, 5, 1},  {GEN_SAO_PAULO, 9, 7},  {GEN_SAO_PAULO, 10, 12},
    {GEN_SAO_PAULO, 11, 2}, {GEN_SAO_PAULO, 12, 25}};

const char *gen_place_zone(enum gen_place place)
{
    return places[place].zone;
}

unsigned gen_weekday(int64_t day)
{
    return (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* The nth (from 1) or, for 0, the last of a weekday in a month. */
static int64_t nth_weekday(int64_t year, unsigned month, unsigned weekday, unsigned nth)
{
    if (nth == 0) {
        int64_t next = month == 12 ? toil_days_from_civil(year + 1, 1, 1) : toil_days_from_civil(year, month + 1, 1);
        return next - 1 - (gen_weekday(next - 1) + 7 - weekday) % 7;
    }
    int64_t first = toil_days_from_civil(year, month, 1);
    return first + (weekday + 7 - gen_weekday(first)) % 7 + 7 * (int64_t)(nth - 1);
}

static bool in_saving(enum saving saving, int offset_minutes, int64_t time_us)
{
    if (saving == SAVING_NONE)
        return false;
    int64_t year;
    unsigned month, day;
    toil_civil_from_days(toil_days_from_us(time_us), &year, &month, &day);
    int64_t from, to;
    if (saving == SAVING_EU) { /* both at 01:00 UTC */
        from = nth_weekday(year, 3, 6, 0) * TOIL_US_PER_DAY + TOIL_US_PER_HOUR;
        to = nth_weekday(year, 10, 6, 0) * TOIL_US_PER_DAY + TOIL_US_PER_HOUR;
    } else { /* at 02:00 by the clock that is about to change */
        int64_t winter = -offset_minutes * TOIL_US_PER_MINUTE;
        from = nth_weekday(year, 3, 6, 2) * TOIL_US_PER_DAY + 2 * TOIL_US_PER_HOUR + winter;
        to = nth_weekday(year, 11, 6, 1) * TOIL_US_PER_DAY + TOIL_US_PER_HOUR + winter;
    }
    return time_us >= from && time_us < to;
}

int64_t gen_place_offset_us(enum gen_place place, int64_t time_us)
{
    const struct place *p = &places[place];
    int minutes = p->offset_minutes + (in_saving(p->saving, p->offset_minutes, time_us) ? 60 : 0);
    return minutes * TOIL_US_PER_MINUTE;
}

int64_t gen_place_instant_us(enum gen_place place, int64_t day, int minute)
{
    int64_t wall = day * TOIL_US_PER_DAY + minute * TOIL_US_PER_MINUTE;
    int64_t guess = wall - places[place].offset_minutes * TOIL_US_PER_MINUTE;
    return wall - gen_place_offset_us(place, guess);
}

int64_t gen_place_day(enum gen_place place, int64_t time_us, int *minute)
{
    int64_t wall = time_us + gen_place_offset_us(place, time_us);
    int64_t day = toil_days_from_us(wall);
    if (minute)
        *minute = (int)((wall - day * TOIL_US_PER_DAY) / TOIL_US_PER_MINUTE);
    return day;
}

bool gen_holiday(enum gen_place place, int64_t day)
{
    int64_t year;
    unsigned month, date;
    toil_civil_from_days(day, &year, &month, &date);
    for (size_t i = 0; i < sizeof fixed_holidays / sizeof *fixed_holidays; i++) {
        const struct fixed_holiday *h = &fixed_holidays[i];
        if (h->place == place && h->month == month && h->day == date)
            return true;
    }
    if (place != GEN_NEW_YORK)
        return false;
    int64_t thanksgiving = nth_weekday(year, 11, 3, 4);
    return day == nth_weekday(year, 5, 0, 0) || day == nth_weekday(year, 9, 0, 1) || day == thanksgiving ||
           day == thanksgiving + 1;
}

bool gen_working_day(enum gen_place place, int64_t day)
{
    return gen_weekday(day) < 5 && !gen_holiday(place, day);
}
