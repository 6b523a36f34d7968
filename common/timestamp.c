/* The code behind timestamp.h: RFC 3339 and the proleptic Gregorian calendar in whole numbers. */
#include "toilmeter/timestamp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Years are moved to begin in March, so that the leap day is the last day of a year; eras are 400 years. */
int64_t toil_days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (int64_t)(month + (month > 2 ? -3u : 9u)) + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void toil_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (unsigned)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

int64_t toil_days_from_us(int64_t time_us)
{
    int64_t days = time_us / TOIL_US_PER_DAY;
    return days - (time_us % TOIL_US_PER_DAY < 0);
}

/* Reads two digits; false when one is none. */
static inline bool two_digits(const char *p, unsigned *out)
{
    unsigned tens = (unsigned char)p[0] - (unsigned)'0', ones = (unsigned char)p[1] - (unsigned)'0';
    *out = tens * 10 + ones;
    return tens <= 9 && ones <= 9;
}

static inline bool four_digits(const char *p, unsigned *out)
{
    unsigned high, low;
    bool good = two_digits(p, &high) && two_digits(p + 2, &low);
    *out = good ? high * 100 + low : 0;
    return good;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* "2026-01-05" at p, ten bytes. */
static bool date_at(const char *p, int64_t *out_days)
{
    unsigned year, month, day;
    if (p[4] != '-' || p[7] != '-' || !four_digits(p, &year) || !two_digits(p + 5, &month) || !two_digits(p + 8, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *out_days = toil_days_from_civil(year, month, day);
    return true;
}

bool toil_date_parse(struct toil_span text, int64_t *out_days)
{
    return text.len == 10 && date_at(text.ptr, out_days);
}

/* ".123456789" at *p: digits past microseconds are cut. No dot means no fraction. */
static bool fraction_at(const char **p, const char *end, int64_t *out_us)
{
    *out_us = 0;
    if (*p == end || **p != '.')
        return true;
    const char *first = ++*p;
    int64_t unit = 100000;
    for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
        *out_us += unit * (**p - '0');
        unit /= 10;
    }
    return *p > first;
}

/* The zone, up to the end of the text. */
static bool zone_at(const char *p, const char *end, int64_t *out_us)
{
    *out_us = 0;
    if (end - p == 1)
        return *p == 'Z' || *p == 'z';
    unsigned hours, minutes;
    if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':' || !two_digits(p + 1, &hours) ||
        !two_digits(p + 4, &minutes) || hours > 23 || minutes > 59)
        return false;
    int64_t offset = hours * TOIL_US_PER_HOUR + minutes * TOIL_US_PER_MINUTE;
    *out_us = *p == '-' ? -offset : offset;
    return true;
}

bool toil_time_parse(struct toil_span text, int64_t *out_us)
{
    if (text.len < 20)
        return false;
    const char *p = text.ptr, *end = text.ptr + text.len;
    int64_t days, fraction_us, zone_us;
    unsigned hour, minute, second;
    if (!date_at(p, &days) || (p[10] != 'T' && p[10] != 't' && p[10] != ' '))
        return false;
    if (p[13] != ':' || p[16] != ':' || !two_digits(p + 11, &hour) || !two_digits(p + 14, &minute) ||
        !two_digits(p + 17, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    p += 19;
    if (!fraction_at(&p, end, &fraction_us) || !zone_at(p, end, &zone_us))
        return false;
    if (second == 60)
        fraction_us = 0; /* the leap second as a whole is the beginning of the next minute */
    *out_us = days * TOIL_US_PER_DAY + hour * TOIL_US_PER_HOUR + minute * TOIL_US_PER_MINUTE +
              second * TOIL_US_PER_SECOND + fraction_us - zone_us;
    return true;
}

bool toil_time_from_number(double number, enum toil_time_unit unit, int64_t *out_us)
{
    static const double us_per_unit[] = {
        [TOIL_UNIT_S] = 1e6, [TOIL_UNIT_MS] = 1e3, [TOIL_UNIT_US] = 1, [TOIL_UNIT_NS] = 1e-3};
    if (unit == TOIL_UNIT_NONE || !isfinite(number))
        return false;
    /* Nanoseconds divide: 1e-3 is no binary fraction, 1e3 is exact. */
    double us = rint(unit == TOIL_UNIT_NS ? number / 1e3 : number * us_per_unit[unit]);
    if (us < -0x1p63 || us >= 0x1p63)
        return false;
    *out_us = (int64_t)us;
    return true;
}

enum toil_time_unit toil_time_unit_find(struct toil_span name)
{
    static const char *const names[] = {"s", "ms", "us", "ns"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (toil_span_is(name, names[i]))
            return (enum toil_time_unit)(TOIL_UNIT_S + i);
    }
    return TOIL_UNIT_NONE;
}

void toil_time_format(int64_t time_us, char out[32])
{
    int64_t days = toil_days_from_us(time_us), year;
    /* Not time_us - days * day: the product of the earliest day is out of range. */
    int64_t rest = time_us % TOIL_US_PER_DAY;
    if (rest < 0)
        rest += TOIL_US_PER_DAY;
    unsigned month, day;
    toil_civil_from_days(days, &year, &month, &day);
    unsigned seconds = (unsigned)(rest / TOIL_US_PER_SECOND), fraction = (unsigned)(rest % TOIL_US_PER_SECOND);
    int len = snprintf(out, 32, "%04lld-%02u-%02uT%02u:%02u:%02u", (long long)year, month, day, seconds / 3600,
                       seconds / 60 % 60, seconds % 60);
    if (len > 0 && len < 32)
        snprintf(out + len, 32 - (size_t)len, fraction ? ".%06uZ" : "Z", fraction);
}

int64_t toil_time_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * TOIL_US_PER_SECOND + now.tv_nsec / 1000;
}
