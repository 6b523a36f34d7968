/* The code behind calendar.h. */
#include "calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int weekday_at(const char *text)
{
    static const char names[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (int day = 0; day < 7; day++) {
        if (strncmp(text, names[day], 3) == 0)
            return day;
    }
    return -1;
}

/* "Mon-Fri", "Mon,Wed,Sat-Sun", up to a space: returns where it ended, or NULL. */
static const char *parse_weekdays(const char *p, unsigned *out)
{
    *out = 0;
    for (;;) {
        int first = weekday_at(p);
        if (first < 0)
            return NULL;
        p += 3;
        int last = first;
        if (*p == '-') {
            last = weekday_at(p + 1);
            if (last < 0)
                return NULL;
            p += 4;
        }
        for (int day = first;; day = (day + 1) % 7) {
            *out |= 1u << day;
            if (day == last)
                break;
        }
        if (*p != ',')
            return p;
        p++;
    }
}

/* "09:00" to "23:59", and "24:00" where an end may stand. */
static const char *parse_clock(const char *p, bool end, int *out)
{
    for (int i = 0; i < 5; i++) {
        if (i == 2 ? p[i] != ':' : (p[i] < '0' || p[i] > '9'))
            return NULL;
    }
    int hour = (p[0] - '0') * 10 + (p[1] - '0'), minute = (p[3] - '0') * 10 + (p[4] - '0');
    if (minute > 59 || hour > 24 || (hour == 24 && (minute > 0 || !end)))
        return NULL;
    *out = hour * 60 + minute;
    return p + 5;
}

bool toil_hours_rule_parse(const char *text, struct toil_hours_rule *out)
{
    struct toil_hours_rule rule = {.weekdays = 0x7f};
    const char *p = text;
    if ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z')) {
        p = parse_weekdays(p, &rule.weekdays);
        if (!p || *p != ' ')
            return false;
        while (*p == ' ')
            p++;
    }
    p = parse_clock(p, false, &rule.from_minute);
    if (!p || *p != '-')
        return false;
    p = parse_clock(p + 1, true, &rule.to_minute);
    if (!p || *p != '\0')
        return false;
    *out = rule;
    return true;
}

static unsigned weekday_of(int64_t day)
{
    return (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* Does the rule hold at an instant? Moves *until_us down to the rule's next edge. */
static bool rule_holds(const struct toil_hours_rule *rule, struct toil_zone *zone, int64_t today, int64_t time_us,
                       int64_t *until_us)
{
    bool holds = false;
    for (int64_t day = today - 1; day <= today + 1; day++) {
        if (!(rule->weekdays >> weekday_of(day) & 1u))
            continue;
        int64_t from_us = toil_zone_instant_us(zone, day, rule->from_minute);
        int64_t to_us =
            toil_zone_instant_us(zone, rule->to_minute <= rule->from_minute ? day + 1 : day, rule->to_minute);
        if (time_us >= from_us && time_us < to_us)
            holds = true;
        if (from_us > time_us)
            *until_us = *until_us < from_us ? *until_us : from_us;
        if (to_us > time_us)
            *until_us = *until_us < to_us ? *until_us : to_us;
    }
    return holds;
}

enum toil_shift toil_calendar_shift(const struct toil_calendar *calendar, int64_t time_us, int64_t *until_us)
{
    int64_t today = toil_zone_day(calendar->zone, time_us);
    *until_us = toil_zone_day_start_us(calendar->zone, today + 2);
    bool working = rule_holds(&calendar->working, calendar->zone, today, time_us, until_us);
    bool evening = rule_holds(&calendar->evening, calendar->zone, today, time_us, until_us);
    return working ? TOIL_SHIFT_WORKING : evening ? TOIL_SHIFT_EVENING : TOIL_SHIFT_NIGHT;
}

void toil_calendar_split(const struct toil_calendar *calendar, int64_t from_us, int64_t to_us,
                         double out_hours[TOIL_N_SHIFTS])
{
    int64_t sum_us[TOIL_N_SHIFTS] = {0};
    while (from_us < to_us) {
        int64_t until_us;
        enum toil_shift shift = toil_calendar_shift(calendar, from_us, &until_us);
        until_us = until_us < to_us ? until_us : to_us;
        sum_us[shift] += until_us - from_us;
        from_us = until_us;
    }
    for (int shift = 0; shift < TOIL_N_SHIFTS; shift++)
        out_hours[shift] = (double)sum_us[shift] / (double)TOIL_US_PER_HOUR;
}

int64_t toil_period_start(enum toil_period period, int64_t day, int64_t sprint_start, int sprint_days,
                          int64_t *next_day)
{
    int64_t start = INT64_MIN, year;
    unsigned month, day_of_month;
    *next_day = INT64_MAX;
    switch (period) {
    case TOIL_PERIOD_ALL:
        break;
    case TOIL_PERIOD_SPRINT: {
        int64_t into = (day - sprint_start) % sprint_days;
        start = day - into - (into < 0 ? sprint_days : 0);
        *next_day = start + sprint_days;
        break;
    }
    case TOIL_PERIOD_WEEK:
        start = day - weekday_of(day);
        *next_day = start + 7;
        break;
    case TOIL_PERIOD_MONTH:
        toil_civil_from_days(day, &year, &month, &day_of_month);
        start = toil_days_from_civil(year, month, 1);
        *next_day = month == 12 ? toil_days_from_civil(year + 1, 1, 1) : toil_days_from_civil(year, month + 1, 1);
        break;
    }
    return start;
}

int32_t toil_monday_of(int64_t day)
{
    int64_t next;
    return (int32_t)toil_period_start(TOIL_PERIOD_WEEK, day, 0, 1, &next);
}
