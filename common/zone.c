/* The code behind zone.h, the one file that knows GLib. A zone keeps the intervals of constant offset that it has met,
 * sorted, so that a look-up is a comparison with the last one or a short bisection: GLib scans all transitions from the
 * beginning each time. */
#include "toilmeter/zone.h"

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

enum toil_status toil_zone_read_moment(struct toil_zone *zone, const char *option, const char *text, int64_t *out_us,
                                       struct toil_error *err)
{
    int64_t day;
    if (toil_date_parse(toil_span_of(text), &day)) {
        *out_us = toil_zone_day_start_us(zone, day);
        return TOIL_OK;
    }
    if (toil_time_parse(toil_span_of(text), out_us))
        return TOIL_OK;
    toil_error_set(err, TOIL_BAD_INPUT, "--%s: \"%.64s\" is neither a date nor a time", option, text);
    toil_error_hint(err, "write 2026-01-05 (the catalog's zone, %s) or 2026-01-05T09:00:00Z", toil_zone_name(zone));
    return TOIL_BAD_INPUT;
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
