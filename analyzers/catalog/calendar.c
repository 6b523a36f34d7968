/* The code behind calendar.h. A zone keeps the intervals of constant offset that it has met, sorted, so that a look-up
 * is a comparison with the last one or a short bisection: GLib scans all transitions from the beginning each time. */
#include "calendar.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Years 0001 to 9999, the range of timestamp.h, in seconds since 1970. */
#define FIRST_SECOND INT64_C(-62135596800)
#define LAST_SECOND  INT64_C(253402300799)

struct interval {
    int64_t start_us, end_us; /* [start, end) */
    int64_t offset_us;
};

struct toil_zone {
    char *name;
    GTimeZone *tz;
    struct interval *known; /* sorted by start, disjoint */
    size_t known_count;
    struct interval last; /* of the last look-up; empty at first */
};

/* Only what the tz database uses for names: GLib would open any path, and would take offsets and POSIX rules. */
static bool plausible_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > 64 || !g_ascii_isalpha(name[0]) || strstr(name, ".."))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!g_ascii_isalnum(name[i]) && !strchr("_-+/", name[i]))
            return false;
    }
    return true;
}

static bool in_database(const char *name)
{
    if (strcmp(name, "UTC") == 0)
        return true;
    const char *folder = g_getenv("TZDIR");
    char *path = g_build_filename(folder ? folder : "/usr/share/zoneinfo", name, NULL);
    bool found = g_file_test(path, G_FILE_TEST_IS_REGULAR);
    g_free(path);
    return found;
}

enum toil_status toil_zone_new(const char *name, struct toil_zone **out, struct toil_error *err)
{
    *out = NULL;
    GTimeZone *tz = plausible_name(name) && in_database(name) ? g_time_zone_new_identifier(name) : NULL;
    if (!tz) {
        toil_error_set(err, TOIL_BAD_INPUT, "unknown time zone \"%.64s\"", name);
        toil_error_hint(err, "use a name of the tz database, as in Europe/Prague; Debian's package is tzdata");
        return TOIL_BAD_INPUT;
    }
    struct toil_zone *zone = toil_xcalloc(1, sizeof *zone);
    zone->name = toil_xstrdup(name);
    zone->tz = tz;
    *out = zone;
    return TOIL_OK;
}

void toil_zone_free(struct toil_zone *zone)
{
    if (!zone)
        return;
    g_time_zone_unref(zone->tz);
    free(zone->known);
    free(zone->name);
    free(zone);
}

const char *toil_zone_name(const struct toil_zone *zone)
{
    return zone->name;
}

static int index_at(const struct toil_zone *zone, int64_t second)
{
    return g_time_zone_find_interval(zone->tz, G_TIME_TYPE_UNIVERSAL, second);
}

/* The first second in (low, high] whose interval is not `index`, given that low's is and that high's is not. */
static int64_t first_other(const struct toil_zone *zone, int index, int64_t low, int64_t high)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (index_at(zone, middle) == index)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The last second in [low, high) whose interval is not `index`, given that low's is not and that high's is. */
static int64_t last_other(const struct toil_zone *zone, int index, int64_t low, int64_t high)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (index_at(zone, middle) == index)
            high = middle;
        else
            low = middle;
    }
    return low;
}

static struct interval find_interval(const struct toil_zone *zone, int64_t time_us)
{
    int64_t second = time_us / TOIL_US_PER_SECOND - (time_us % TOIL_US_PER_SECOND < 0);
    second = CLAMP(second, FIRST_SECOND, LAST_SECOND);
    int index = index_at(zone, second);
    struct interval found = {INT64_MIN, INT64_MAX,
                             (int64_t)g_time_zone_get_offset(zone->tz, index) * TOIL_US_PER_SECOND};
    if (index_at(zone, FIRST_SECOND) != index)
        found.start_us = (last_other(zone, index, FIRST_SECOND, second) + 1) * TOIL_US_PER_SECOND;
    if (index_at(zone, LAST_SECOND) != index)
        found.end_us = first_other(zone, index, second, LAST_SECOND) * TOIL_US_PER_SECOND;
    return found;
}

/* How many known intervals begin at or before an instant. */
static size_t known_before(const struct toil_zone *zone, int64_t time_us)
{
    size_t low = 0, high = zone->known_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->known[middle].start_us <= time_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct interval interval_of(struct toil_zone *zone, int64_t time_us)
{
    if (time_us >= zone->last.start_us && time_us < zone->last.end_us)
        return zone->last;
    size_t before = known_before(zone, time_us);
    if (before > 0 && time_us < zone->known[before - 1].end_us) {
        zone->last = zone->known[before - 1];
        return zone->last;
    }
    zone->last = find_interval(zone, time_us);
    zone->known = toil_xreallocarray(zone->known, zone->known_count + 1, sizeof *zone->known);
    memmove(zone->known + before + 1, zone->known + before, (zone->known_count - before) * sizeof *zone->known);
    zone->known[before] = zone->last;
    zone->known_count++;
    return zone->last;
}

int64_t toil_zone_offset_us(struct toil_zone *zone, int64_t time_us)
{
    return interval_of(zone, time_us).offset_us;
}

int64_t toil_zone_day(struct toil_zone *zone, int64_t time_us)
{
    return toil_days_from_us(time_us + toil_zone_offset_us(zone, time_us));
}

int64_t toil_zone_day_start_us(struct toil_zone *zone, int64_t day)
{
    return toil_zone_instant_us(zone, day, 0);
}

int64_t toil_zone_instant_us(struct toil_zone *zone, int64_t day, int minute)
{
    int64_t local_us = day * TOIL_US_PER_DAY + minute * TOIL_US_PER_MINUTE;
    /* No zone is more than a day from UTC, and none changes twice in two days: these are the offsets on both sides of
     * the change, if there is one near. */
    int64_t before_us = toil_zone_offset_us(zone, local_us - TOIL_US_PER_DAY);
    int64_t after_us = toil_zone_offset_us(zone, local_us + TOIL_US_PER_DAY);
    if (toil_zone_offset_us(zone, local_us - before_us) == before_us)
        return local_us - before_us; /* in an overlap the earlier of two */
    if (toil_zone_offset_us(zone, local_us - after_us) == after_us)
        return local_us - after_us;
    return interval_of(zone, local_us - before_us).start_us; /* in a gap: where it ends */
}

void toil_zone_format(struct toil_zone *zone, int64_t time_us, char out[40])
{
    /* Whole minutes, as RFC 3339 wants: old local mean times have seconds. */
    int64_t minutes = toil_zone_offset_us(zone, time_us) / TOIL_US_PER_MINUTE;
    char text[32];
    toil_time_format(time_us + minutes * TOIL_US_PER_MINUTE, text);
    size_t len = strlen(text);
    if (len > 0 && text[len - 1] == 'Z')
        text[len - 1] = '\0';
    int64_t size = minutes < 0 ? -minutes : minutes;
    snprintf(out, 40, "%s%c%02d:%02d", text, minutes < 0 ? '-' : '+', (int)(size / 60) % 100, (int)(size % 60));
}

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
        if (i == 2 ? p[i] != ':' : !g_ascii_isdigit(p[i]))
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
    if (g_ascii_isalpha(*p)) {
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
            *until_us = MIN(*until_us, from_us);
        if (to_us > time_us)
            *until_us = MIN(*until_us, to_us);
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
        until_us = MIN(until_us, to_us);
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
