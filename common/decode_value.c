/* One JSON value to one field's value, by the field's type. */
#include "decode_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "toilmeter/utf8.h"

#define MAX_TAGS    256
#define MAX_MINUTES 527040.0

enum toil_reason complain(struct call *call, enum toil_reason reason, const char *fmt, ...)
{
    if (!call->detail || call->detail_bytes == 0)
        return reason;
    va_list args;
    va_start(args, fmt);
    vsnprintf(call->detail, call->detail_bytes, fmt, args);
    va_end(args);
    return reason;
}

void show_bytes(struct toil_span bytes, char out[SHOWN_BYTES + 1])
{
    size_t len = 0;
    for (size_t i = 0; i < bytes.len;) {
        const unsigned char *p = (const unsigned char *)bytes.ptr + i;
        size_t n = toil_utf8_len(p, bytes.len - i);
        bool control = n == 0 || *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0);
        size_t shown = control ? 1 : n;
        if (len + shown > SHOWN_BYTES)
            break;
        memcpy(out + len, control ? "?" : (const char *)p, shown);
        len += shown;
        i += n ? n : 1;
    }
    out[len] = '\0';
}

/* What was found, for the messages; the value itself may be anybody's name and is not shown. */
static const char *found(const struct toil_json_value *value)
{
    static const char *const names[] = {"null", "false", "true", "a number", "a string", "an array", "an object"};
    return names[value->type];
}

const char *place_of(const struct call *call, struct toil_span text, char out[PLACE_BYTES])
{
    out[0] = '\0';
    uintptr_t at = (uintptr_t)text.ptr, begin = (uintptr_t)call->message.ptr;
    if (at >= begin && at - begin <= call->message.len)
        snprintf(out, PLACE_BYTES, " at byte %zu", (size_t)(at - begin));
    return out;
}

enum toil_reason refuse(struct call *call, enum toil_reason reason, enum toil_field field,
                        const struct toil_json_value *value, const char *expected)
{
    char place[PLACE_BYTES];
    return complain(call, reason, "%s: expected %s, found %s%s", toil_fields[field].name, expected, found(value),
                    place_of(call, value->text, place));
}

struct toil_span string_text(struct call *call, const struct toil_json_value *value)
{
    if (!value->escaped)
        return value->text;
    char *plain = scratch_take(call->scratch, value->text.len);
    return (struct toil_span){plain, toil_json_unescape(value->text, plain)};
}

static void set_present(struct call *call, enum toil_field field)
{
    call->event->present |= UINT32_C(1) << field;
}

static enum toil_reason set_text(struct call *call, enum toil_field field, const struct toil_json_value *value,
                                 struct toil_span text)
{
    char place[PLACE_BYTES];
    if (text.len == 0)
        return TOIL_REASON_NONE;
    if (text.len > toil_fields[field].max_bytes)
        return complain(call, TOIL_REASON_RANGE, "%s: expected at most %u bytes, found %zu%s", toil_fields[field].name,
                        toil_fields[field].max_bytes, text.len, place_of(call, value->text, place));
    call->event->value[field].text = text;
    set_present(call, field);
    return TOIL_REASON_NONE;
}

/* A whole number up to 2^53 in size, however it is spelled. */
static bool exact_integer(const struct toil_json_value *value, int64_t *out)
{
    if (value->type != TOIL_JSON_NUMERIC || value->beyond_2_53)
        return false;
    if (value->fits) {
        *out = value->integer;
        return true;
    }
    double number = toil_json_number(value);
    if (!(fabs(number) <= (double)TOIL_JSON_MAX_EXACT) || number != trunc(number))
        return false;
    *out = (int64_t)number;
    return true;
}

/* The text of an id that may be a number. Its own digits serve where they are canonical. */
static enum toil_reason id_text(struct call *call, enum toil_field field, const struct toil_json_value *value,
                                struct toil_span *out)
{
    static const char expected[] = "a string or a whole number up to 2^53";
    if (value->type == TOIL_JSON_STRING) {
        *out = string_text(call, value);
        return TOIL_REASON_NONE;
    }
    if (value->type != TOIL_JSON_NUMERIC)
        return refuse(call, TOIL_REASON_TYPE, field, value, expected);
    int64_t number;
    if (!exact_integer(value, &number))
        return refuse(call, TOIL_REASON_RANGE, field, value, expected);
    *out = value->text;
    if (!value->whole || number == 0) { /* 7.0 and 7, -0 and 0 are one id each */
        char *digits = scratch_take(call->scratch, 24);
        int len = snprintf(digits, 24, "%" PRId64, number);
        *out = (struct toil_span){digits, (size_t)len};
    }
    return TOIL_REASON_NONE;
}

static enum toil_reason convert_person(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    struct toil_span raw = {0};
    enum toil_reason reason = id_text(call, field, value, &raw);
    if (reason == TOIL_REASON_NONE)
        reason = set_text(call, field, value, raw);
    if (reason != TOIL_REASON_NONE || !toil_event_has(call->event, field))
        return reason;
    bool actor = field == TOIL_FIELD_ACTOR;
    call->robot = call->robot || (actor && toil_people_is_robot(call->people, raw));
    struct toil_span pseudonym =
        toil_people_pseudonym(call->people, actor ? TOIL_DOMAIN_ACTOR : TOIL_DOMAIN_CUSTOMER, raw);
    if (pseudonym.ptr != raw.ptr) { /* not in the clear: it is only lent until the next one */
        char *copy = scratch_take(call->scratch, pseudonym.len);
        memcpy(copy, pseudonym.ptr, pseudonym.len);
        pseudonym.ptr = copy;
    }
    call->event->value[field].text = pseudonym;
    return TOIL_REASON_NONE;
}

/* Whole numbers keep all their digits: a time in nanoseconds is beyond what a double holds. */
bool time_from_integer(int64_t number, enum toil_time_unit unit, int64_t *out)
{
    switch (unit) {
    case TOIL_UNIT_S:
        return !__builtin_mul_overflow(number, INT64_C(1000000), out);
    case TOIL_UNIT_MS:
        return !__builtin_mul_overflow(number, INT64_C(1000), out);
    case TOIL_UNIT_US:
        *out = number;
        return true;
    case TOIL_UNIT_NS:
        *out = number / 1000 + (number % 1000 >= 500) - (number % 1000 < -500);
        return true;
    case TOIL_UNIT_NONE:
        break;
    }
    return false;
}

static enum toil_reason read_time(struct call *call, enum toil_field field, const struct toil_json_value *value,
                                  int64_t *out)
{
    static const char expected[] = "a time with a zone, as RFC 3339 has it";
    enum toil_time_unit unit = call->options->time_unit;
    if (value->type == TOIL_JSON_STRING) {
        if (toil_time_parse(string_text(call, value), out))
            return TOIL_REASON_NONE;
        return refuse(call, TOIL_REASON_TIME, field, value, expected);
    }
    if (value->type != TOIL_JSON_NUMERIC)
        return refuse(call, TOIL_REASON_TYPE, field, value, expected);
    if (unit == TOIL_UNIT_NONE)
        return refuse(call, TOIL_REASON_TIME, field, value, "a time with a zone, or a declared unit for numbers");
    bool read = value->fits ? time_from_integer(value->integer, unit, out)
                            : toil_time_from_number(toil_json_number(value), unit, out);
    return read ? TOIL_REASON_NONE : refuse(call, TOIL_REASON_TIME, field, value, "a time within range");
}

enum toil_reason set_time(struct call *call, enum toil_field field, int64_t time_us)
{
    int64_t latest_us;
    if (__builtin_add_overflow(call->now_us, call->options->future_us, &latest_us))
        latest_us = INT64_MAX;
    if (time_us < call->options->earliest_us || time_us > latest_us) {
        char earliest[32], latest[32];
        toil_time_format(call->options->earliest_us, earliest);
        toil_time_format(latest_us, latest);
        return complain(call, TOIL_REASON_IMPLAUSIBLE_TIME, "%s: expected a time from %s to %s",
                        toil_fields[field].name, earliest, latest);
    }
    call->event->value[field].time_us = time_us;
    set_present(call, field);
    return TOIL_REASON_NONE;
}

static enum toil_reason convert_time(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    int64_t time_us = 0;
    enum toil_reason reason = read_time(call, field, value, &time_us);
    return reason == TOIL_REASON_NONE ? set_time(call, field, time_us) : reason;
}

static enum toil_reason refuse_integer(struct call *call, enum toil_reason reason, enum toil_field field,
                                       const struct toil_json_value *value, int64_t low, int64_t high)
{
    char expected[80];
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64, low, high);
    return refuse(call, reason, field, value, expected);
}

static enum toil_reason convert_integer(struct call *call, enum toil_field field, const struct toil_json_value *value,
                                        int64_t low, int64_t high)
{
    if (value->type != TOIL_JSON_NUMERIC)
        return refuse_integer(call, TOIL_REASON_TYPE, field, value, low, high);
    int64_t number;
    if (!exact_integer(value, &number) || number < low || number > high)
        return refuse_integer(call, TOIL_REASON_RANGE, field, value, low, high);
    call->event->value[field].integer = number;
    set_present(call, field);
    return TOIL_REASON_NONE;
}

static enum toil_reason convert_version(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    if (value->type != TOIL_JSON_STRING)
        return convert_integer(call, field, value, -TOIL_JSON_MAX_EXACT, TOIL_JSON_MAX_EXACT);
    int64_t time_us;
    if (!toil_time_parse(string_text(call, value), &time_us))
        return refuse(call, TOIL_REASON_TIME, field, value, "a whole number, or a time as RFC 3339 has it");
    call->event->value[field].integer = time_us;
    set_present(call, field);
    return TOIL_REASON_NONE;
}

static enum toil_reason convert_number(struct call *call, enum toil_field field, const struct toil_json_value *value,
                                       double low, double high, const char *expected)
{
    if (value->type != TOIL_JSON_NUMERIC)
        return refuse(call, TOIL_REASON_TYPE, field, value, expected);
    double number = toil_json_number(value);
    if (!(number >= low && number <= high))
        return refuse(call, TOIL_REASON_RANGE, field, value, expected);
    call->event->value[field].number = number;
    set_present(call, field);
    return TOIL_REASON_NONE;
}

static enum toil_reason convert_bool(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    if (value->type != TOIL_JSON_TRUE && value->type != TOIL_JSON_FALSE)
        return refuse(call, TOIL_REASON_TYPE, field, value, "true or false");
    call->event->value[field].boolean = value->type == TOIL_JSON_TRUE;
    set_present(call, field);
    return TOIL_REASON_NONE;
}

static enum toil_reason add_tag(struct call *call, enum toil_field field, const struct toil_json_value *item)
{
    if (item->type != TOIL_JSON_STRING)
        return refuse(call, TOIL_REASON_TYPE, field, item, "strings in the array");
    char place[PLACE_BYTES];
    char *length = scratch_take(call->scratch, sizeof(uint32_t));
    char *text = scratch_take(call->scratch, item->text.len);
    size_t len = item->text.len;
    if (item->escaped)
        len = toil_json_unescape(item->text, text);
    else
        memcpy(text, item->text.ptr, len);
    if (len > toil_fields[field].max_bytes)
        return complain(call, TOIL_REASON_RANGE, "%s: expected at most %u bytes a tag, found %zu%s",
                        toil_fields[field].name, toil_fields[field].max_bytes, len, place_of(call, item->text, place));
    uint32_t count = (uint32_t)len;
    memcpy(length, &count, sizeof count);
    call->scratch->used = (size_t)(text + len - call->scratch->data); /* tags stand close together */
    return TOIL_REASON_NONE;
}

static enum toil_reason convert_tags(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    if (value->type != TOIL_JSON_ARRAY)
        return refuse(call, TOIL_REASON_TYPE, field, value, "an array of strings");
    struct toil_json_scan scan;
    struct toil_json_value item;
    scratch_reserve(call->scratch, 2 * value->text.len + sizeof(uint32_t));
    const char *begin = scratch_take(call->scratch, 0);
    uint32_t count = 0;
    toil_json_array_begin(&scan, value->text, TOIL_JSON_MAX_DEPTH);
    while (toil_json_array_next(&scan, &item)) {
        if (++count > MAX_TAGS)
            return complain(call, TOIL_REASON_TOO_MANY, "%s: expected at most %d", toil_fields[field].name, MAX_TAGS);
        enum toil_reason reason = add_tag(call, field, &item);
        if (reason != TOIL_REASON_NONE)
            return reason;
    }
    call->event->tag_count = count;
    call->event->value[field].text =
        (struct toil_span){begin, (size_t)(call->scratch->data + call->scratch->used - begin)};
    set_present(call, field);
    return TOIL_REASON_NONE;
}

/* The text comes out as the list's own, so that nothing of the message is kept. */
static enum toil_reason convert_word(struct call *call, enum toil_field field, const struct toil_json_value *value,
                                     const char *const *words)
{
    if (value->type != TOIL_JSON_STRING)
        return refuse(call, TOIL_REASON_TYPE, field, value, toil_fields[field].doc);
    struct toil_span text = string_text(call, value);
    for (; *words; words++) {
        if (toil_span_is(text, *words)) {
            call->event->value[field].text = toil_span_of(*words);
            set_present(call, field);
            return TOIL_REASON_NONE;
        }
    }
    char shown[SHOWN_BYTES + 1], place[PLACE_BYTES];
    show_bytes(text, shown);
    return complain(call, TOIL_REASON_RANGE, "%s: expected %s, found \"%s\"%s", toil_fields[field].name,
                    toil_fields[field].doc, shown, place_of(call, value->text, place));
}

static enum toil_reason convert_text(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    if (value->type != TOIL_JSON_STRING)
        return refuse(call, TOIL_REASON_TYPE, field, value, "a string");
    return set_text(call, field, value, string_text(call, value));
}

static enum toil_reason convert_id(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    struct toil_span text = {0};
    enum toil_reason reason = id_text(call, field, value, &text);
    return reason == TOIL_REASON_NONE ? set_text(call, field, value, text) : reason;
}

enum toil_reason convert_value(struct call *call, enum toil_field field, const struct toil_json_value *value)
{
    switch (toil_fields[field].type) {
    case TOIL_TYPE_TEXT:
        return convert_text(call, field, value);
    case TOIL_TYPE_ID:
        return convert_id(call, field, value);
    case TOIL_TYPE_PERSON:
        return convert_person(call, field, value);
    case TOIL_TYPE_TIME:
        return convert_time(call, field, value);
    case TOIL_TYPE_VERSION:
        return convert_version(call, field, value);
    case TOIL_TYPE_INTEGER:
        return convert_integer(call, field, value, 0, TOIL_JSON_MAX_EXACT);
    case TOIL_TYPE_INT32:
        return convert_integer(call, field, value, INT32_MIN, INT32_MAX);
    case TOIL_TYPE_SEVERITY:
        return convert_integer(call, field, value, 1, 5);
    case TOIL_TYPE_NUMBER:
        return convert_number(call, field, value, -HUGE_VAL, HUGE_VAL, "a number");
    case TOIL_TYPE_MINUTES:
        return convert_number(call, field, value, 0, MAX_MINUTES, "minutes from 0 to 527040");
    case TOIL_TYPE_SHARE:
        return convert_number(call, field, value, 0, 1, "a number from 0 to 1");
    case TOIL_TYPE_BOOL:
        return convert_bool(call, field, value);
    case TOIL_TYPE_TAGS:
        return convert_tags(call, field, value);
    case TOIL_TYPE_STATUS:
        return convert_word(call, field, value, toil_ticket_states);
    case TOIL_TYPE_ACTIVITY:
        return convert_word(call, field, value, toil_activities);
    }
    return TOIL_REASON_NONE;
}
