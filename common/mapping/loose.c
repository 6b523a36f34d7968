/* Times and numbers as other people's programs write them. */
#include <string.h>

#include "json_number.h"
#include "mapping/run.h"

/* ---- times ---- */

static bool digits_at(const char **p, const char *end, unsigned count, unsigned *out)
{
    if ((size_t)(end - *p) < count)
        return false;
    *out = 0;
    for (unsigned i = 0; i < count; i++) {
        char c = (*p)[i];
        if (c < '0' || c > '9')
            return false;
        *out = *out * 10 + (unsigned)(c - '0');
    }
    *p += count;
    return true;
}

static bool pass(const char **p, const char *end, char c)
{
    if (*p == end || **p != c)
        return false;
    ++*p;
    return true;
}

/* What stands behind the time: Z, UTC, GMT, +hh, +hhmm, +hh:mm, or nothing. */
static bool zone_at(const char *p, const char *end, bool *found, int64_t *out_us)
{
    static const char *const names[] = {"Z", "z", "UTC", "GMT"};
    *found = false;
    *out_us = 0;
    while (p < end && *p == ' ')
        p++;
    if (p == end)
        return true;
    *found = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (toil_span_is((struct toil_span){p, (size_t)(end - p)}, names[i]))
            return true;
    }
    unsigned hours, minutes = 0;
    bool west = *p == '-';
    if (*p != '+' && *p != '-')
        return false;
    p++;
    if (!digits_at(&p, end, 2, &hours) || hours > 23)
        return false;
    if (p < end) {
        pass(&p, end, ':');
        if (!digits_at(&p, end, 2, &minutes) || minutes > 59 || p != end)
            return false;
    }
    int64_t offset = hours * TOIL_US_PER_HOUR + minutes * TOIL_US_PER_MINUTE;
    *out_us = west ? -offset : offset;
    return true;
}

/* "09:00:05.123" or "09:00", in microseconds after midnight. */
static bool clock_at(const char **p, const char *end, int64_t *out_us)
{
    unsigned hour, minute, second = 0;
    if (!digits_at(p, end, 2, &hour) || !pass(p, end, ':') || !digits_at(p, end, 2, &minute) || hour > 23 ||
        minute > 59)
        return false;
    if (pass(p, end, ':') && (!digits_at(p, end, 2, &second) || second > 60))
        return false;
    *out_us = hour * TOIL_US_PER_HOUR + minute * TOIL_US_PER_MINUTE + second * TOIL_US_PER_SECOND;
    if (!pass(p, end, '.') && !pass(p, end, ','))
        return true;
    const char *first = *p;
    int64_t unit = 100000;
    for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
        *out_us += second == 60 ? 0 : unit * (**p - '0');
        unit /= 10;
    }
    return *p > first;
}

bool parse_time(struct toil_span text, struct toil_zone *zone, int64_t *out_us)
{
    if (toil_time_parse(text, out_us))
        return true;
    int64_t days, clock_us = 0, offset_us;
    bool has_zone;
    if (text.len < 10 || text.len > 64 || !toil_date_parse((struct toil_span){text.ptr, 10}, &days))
        return false;
    const char *p = text.ptr + 10, *end = text.ptr + text.len;
    if (p < end && (*p == 'T' || *p == 't' || *p == ' ') && p + 1 < end && p[1] >= '0' && p[1] <= '9') {
        p++;
        if (!clock_at(&p, end, &clock_us))
            return false;
    }
    if (!zone_at(p, end, &has_zone, &offset_us) || (!has_zone && !zone))
        return false;
    if (has_zone) {
        *out_us = days * TOIL_US_PER_DAY + clock_us - offset_us;
        return true;
    }
    int minute = (int)(clock_us / TOIL_US_PER_MINUTE);
    *out_us = toil_zone_instant_us(zone, days, minute) + clock_us % TOIL_US_PER_MINUTE;
    return true;
}

/* ---- numbers ---- */

bool parse_number(struct toil_span text, struct toil_json_value *out)
{
    while (text.len > 0 && *text.ptr == ' ')
        text = (struct toil_span){text.ptr + 1, text.len - 1};
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    if (text.len == 0 || !(*text.ptr == '-' || (*text.ptr >= '0' && *text.ptr <= '9')))
        return false;
    const char *at = text.ptr, *end = text.ptr + text.len;
    *out = (struct toil_json_value){0};
    return toil_json_scan_number(&at, end, out) == TOIL_JSON_OK && at == end;
}
