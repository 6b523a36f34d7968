/* Sources to values: what stands there, then what the mapping does to it, step by step. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mapping/run.h"
#include "toilmeter/utf8.h"

static struct value text_of(struct toil_span text)
{
    struct value value = {.type = text.ptr ? VALUE_JSON : VALUE_ABSENT};
    value.json = (struct toil_json_value){.type = TOIL_JSON_STRING, .text = text};
    return value;
}

static struct value whole(struct run *run, int64_t number)
{
    char *digits = scratch_take(run->call.scratch, 24);
    int len = snprintf(digits, 24, "%" PRId64, number);
    struct value value = {.type = VALUE_JSON};
    value.json = (struct toil_json_value){.type = TOIL_JSON_NUMERIC,
                                          .whole = true,
                                          .fits = true,
                                          .beyond_2_53 = number > TOIL_JSON_MAX_EXACT || number < -TOIL_JSON_MAX_EXACT,
                                          .integer = number,
                                          .text = {digits, (size_t)len}};
    return value;
}

/* Says nothing: null, and the empty text. */
static bool is_void(const struct value *value)
{
    if (value->type != VALUE_JSON)
        return value->type == VALUE_ABSENT;
    return value->json.type == TOIL_JSON_NULL || (value->json.type == TOIL_JSON_STRING && value->json.text.len == 0);
}

bool value_text(struct run *run, const struct value *value, struct toil_span *out)
{
    if (value->type != VALUE_JSON || value->json.type == TOIL_JSON_ARRAY || value->json.type == TOIL_JSON_OBJECT ||
        value->json.type == TOIL_JSON_NULL)
        return false;
    *out = value->json.type == TOIL_JSON_STRING ? string_text(&run->call, &value->json) : value->json.text;
    return true;
}

/* Text from outside of a JSON document: whatever bytes it holds. */
static enum toil_reason outside_text(struct run *run, const char *what, struct toil_span text, struct value *out)
{
    *out = text_of(text);
    if (text.len > 0 && toil_utf8_valid_bytes(text.ptr, text.len) != text.len)
        return complain(&run->call, TOIL_REASON_UTF8, "%s: expected UTF-8", what);
    if (text.len > 0 && memchr(text.ptr, 0, text.len))
        return complain(&run->call, TOIL_REASON_NUL, "%s: expected no NUL character", what);
    return TOIL_REASON_NONE;
}

static enum toil_reason key_document(struct run *run)
{
    if (run->key_walked)
        return TOIL_REASON_NONE;
    run->key_walked = true;
    run->key.text = run->message->key;
    run->key.filling = ++run->fillings;
    const unsigned char *p = (const unsigned char *)run->key.text.ptr;
    if (run->mapping->schema_registry && run->key.text.len > 5 && p[0] == 0)
        run->key.text = (struct toil_span){run->key.text.ptr + 5, run->key.text.len - 5};
    if (run->key.text.len == 0)
        return TOIL_REASON_NONE;
    enum toil_reason reason = walk(run, &run->mapping->key, &run->key);
    /* A key that is no JSON holds nothing for a pointer: another source may. */
    if (reason != TOIL_REASON_NONE)
        run->key.filling = ++run->fillings;
    return TOIL_REASON_NONE;
}

static enum toil_reason pointed(struct run *run, const struct source *source, struct value *out)
{
    const struct document *document = source->level < 0 ? &run->key : &run->document[source->level];
    enum toil_reason reason = source->level < 0 ? key_document(run) : TOIL_REASON_NONE;
    const struct toil_json_value *value = reason == TOIL_REASON_NONE ? slot_value(run, document, source->slot) : NULL;
    *out = (struct value){.type = value ? VALUE_JSON : VALUE_ABSENT};
    if (value)
        out->json = *value;
    return reason;
}

static enum toil_reason headed(struct run *run, const struct source *source, struct value *out)
{
    struct toil_span text = {NULL, 0};
    *out = (struct value){.type = VALUE_ABSENT};
    if (!run->message->header || !run->message->header(run->message->header_context, source->name, &text))
        return TOIL_REASON_NONE;
    return outside_text(run, source->text, text, out);
}

/* The first part that says something fit for the field: a container is nothing for a scalar. */
static enum toil_reason first_of(struct run *run, const struct source *source, unsigned field, struct value *out)
{
    bool list_wanted = field < TOIL_N_FIELDS && toil_fields[field].type == TOIL_TYPE_TAGS;
    bool passed = source->part_count > 1 && !list_wanted && !source->bytes && source->split.len == 0;
    *out = (struct value){.type = VALUE_ABSENT};
    for (size_t i = 0; i < source->part_count; i++) {
        struct value value;
        enum toil_reason reason = evaluate(run, source->part[i], field, &value);
        if (reason != TOIL_REASON_NONE)
            return reason;
        bool container =
            value.type == VALUE_JSON && (value.json.type == TOIL_JSON_ARRAY || value.json.type == TOIL_JSON_OBJECT);
        if (is_void(&value) || (passed && container && field < TOIL_N_FIELDS))
            continue;
        *out = value;
        return TOIL_REASON_NONE;
    }
    return TOIL_REASON_NONE;
}

static enum toil_reason joined(struct run *run, const struct source *source, struct value *out)
{
    struct toil_span part[PARTS_MAX];
    size_t len = 0, count = 0;
    *out = (struct value){.type = VALUE_ABSENT};
    for (size_t i = 0; i < source->part_count; i++) {
        struct value value;
        enum toil_reason reason = evaluate(run, source->part[i], TOIL_N_FIELDS, &value);
        if (reason != TOIL_REASON_NONE)
            return reason;
        if (is_void(&value) || !value_text(run, &value, &part[count])) {
            if (source->optional)
                continue;
            return TOIL_REASON_NONE;
        }
        len += part[count++].len + source->with.len;
    }
    if (count == 0)
        return TOIL_REASON_NONE;
    char *text = scratch_take(run->call.scratch, len), *p = text;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            memcpy(p, source->with.ptr, source->with.len);
            p += source->with.len;
        }
        memcpy(p, part[i].ptr, part[i].len);
        p += part[i].len;
    }
    *out = text_of((struct toil_span){text, (size_t)(p - text)});
    run->origin = source->text;
    return TOIL_REASON_NONE;
}

/* Texts as a JSON array, made by the buffer that knows how to quote. */
struct listing {
    struct toil_buf text;
    size_t count;
};

static void list_add(struct listing *listing, struct toil_span text)
{
    if (text.len == 0)
        return;
    toil_buf_add_char(&listing->text, listing->count++ ? ',' : '[');
    toil_buf_add_json_string(&listing->text, text);
}

static struct value list_end(struct run *run, struct listing *listing)
{
    struct value value = {.type = VALUE_ABSENT};
    if (listing->count > 0) {
        toil_buf_add_char(&listing->text, ']');
        char *copy = scratch_take(run->call.scratch, listing->text.len);
        memcpy(copy, listing->text.data, listing->text.len);
        value.type = VALUE_JSON;
        value.json = (struct toil_json_value){.type = TOIL_JSON_ARRAY, .text = {copy, listing->text.len}};
    }
    toil_buf_release(&listing->text);
    return value;
}

static enum toil_reason listed(struct run *run, const struct source *source, struct value *out)
{
    struct listing listing = {0};
    enum toil_reason reason = TOIL_REASON_NONE;
    for (size_t i = 0; reason == TOIL_REASON_NONE && i < source->part_count; i++) {
        struct value value;
        struct toil_span text;
        reason = evaluate(run, source->part[i], TOIL_N_FIELDS, &value);
        if (reason == TOIL_REASON_NONE && value_text(run, &value, &text))
            list_add(&listing, text);
    }
    *out = list_end(run, &listing);
    run->origin = source->text;
    return reason;
}

static struct value split_text(struct run *run, struct toil_span text, struct toil_span by)
{
    struct listing listing = {0};
    while (text.len > 0) {
        const char *found = memmem(text.ptr, text.len, by.ptr, by.len);
        size_t len = found ? (size_t)(found - text.ptr) : text.len;
        list_add(&listing, (struct toil_span){text.ptr, len});
        size_t past = found ? len + by.len : len;
        text = (struct toil_span){text.ptr + past, text.len - past};
    }
    return list_end(run, &listing);
}

static enum toil_reason origin(struct run *run, const struct source *source, unsigned field, struct value *out)
{
    *out = (struct value){.type = VALUE_ABSENT};
    switch (source->op) {
    case SOURCE_LITERAL:
        *out = (struct value){.type = VALUE_JSON, .json = source->literal};
        return TOIL_REASON_NONE;
    case SOURCE_POINTER:
        return pointed(run, source, out);
    case SOURCE_HEADER:
        return headed(run, source, out);
    case SOURCE_KEY:
        return run->message->key.ptr ? outside_text(run, "$kafka.key", run->message->key, out) : TOIL_REASON_NONE;
    case SOURCE_TIMESTAMP:
        if (run->message->timestamp_us != INT64_MIN)
            *out = (struct value){.type = VALUE_TIME, .time_us = run->message->timestamp_us};
        return TOIL_REASON_NONE;
    case SOURCE_TOPIC_NAME:
        *out = text_of(toil_span_of(run->message->topic));
        return TOIL_REASON_NONE;
    case SOURCE_PARTITION:
        *out = whole(run, run->message->partition);
        return TOIL_REASON_NONE;
    case SOURCE_OFFSET:
        *out = whole(run, run->message->offset);
        return TOIL_REASON_NONE;
    case SOURCE_TEXT:
        *out = text_of(run->document[run->mapping->level_count - 1].text);
        return TOIL_REASON_NONE;
    case SOURCE_GROUP:
        *out = text_of(run->group[source->group]);
        return TOIL_REASON_NONE;
    case SOURCE_INDEX:
        *out = whole(run, (int64_t)run->items);
        return TOIL_REASON_NONE;
    case SOURCE_FIRST_OF:
        return first_of(run, source, field, out);
    case SOURCE_JOIN:
        return joined(run, source, out);
    case SOURCE_LIST:
        return listed(run, source, out);
    }
    return TOIL_REASON_NONE;
}

/* ---- what is done to a value ---- */

static enum toil_reason gave_up(struct run *run, const struct source *source)
{
    return complain(&run->call, TOIL_REASON_MAPPING, "%s: a regular expression needs too many steps for this text",
                    source->text ? source->text : "pattern");
}

/* [104, 105] to "hi". */
static enum toil_reason from_bytes(struct run *run, struct value *value)
{
    struct toil_json_scan scan;
    struct toil_json_value item;
    if (value->type != VALUE_JSON || value->json.type != TOIL_JSON_ARRAY)
        return TOIL_REASON_NONE;
    char *text = scratch_take(run->call.scratch, value->json.text.len);
    size_t len = 0;
    toil_json_array_begin(&scan, value->json.text, TOIL_JSON_MAX_DEPTH);
    while (toil_json_array_next(&scan, &item)) {
        if (item.type != TOIL_JSON_NUMERIC || !item.fits || item.integer < 0 || item.integer > 255)
            return TOIL_REASON_NONE; /* another kind of array: what it means is for others to say */
        text[len++] = (char)item.integer;
    }
    return outside_text(run, "bytes", (struct toil_span){text, len}, value);
}

static enum toil_reason matches_any(struct run *run, const struct source *source, struct toil_pattern *const *pattern,
                                    size_t count, struct toil_span text, bool *out)
{
    *out = false;
    for (size_t i = 0; i < count && !*out; i++) {
        enum toil_match match = toil_pattern_find(pattern[i], text, run->matcher, NULL, 0);
        if (match == TOIL_MATCH_GAVE_UP)
            return gave_up(run, source);
        *out = match == TOIL_MATCH_YES;
    }
    return TOIL_REASON_NONE;
}

static enum toil_reason match_text(struct run *run, const struct source *source, const struct value *value,
                                   struct value *out)
{
    struct toil_span text, group[GROUPS_MAX];
    *out = (struct value){.type = VALUE_ABSENT};
    if (!value_text(run, value, &text))
        return TOIL_REASON_NONE;
    enum toil_match match = toil_pattern_find(source->pattern, text, run->matcher, group, source->pattern_group + 1);
    if (match == TOIL_MATCH_GAVE_UP)
        return gave_up(run, source);
    if (match == TOIL_MATCH_YES)
        *out = text_of(group[source->pattern_group]);
    return TOIL_REASON_NONE;
}

/* Of a list the first item that matches. */
static enum toil_reason apply_pattern(struct run *run, const struct source *source, struct value *value)
{
    struct value given = *value;
    if (given.type != VALUE_JSON || given.json.type != TOIL_JSON_ARRAY)
        return given.type == VALUE_JSON ? match_text(run, source, &given, value) : TOIL_REASON_NONE;
    struct toil_json_scan scan;
    struct toil_json_value item;
    enum toil_reason reason = TOIL_REASON_NONE;
    *value = (struct value){.type = VALUE_ABSENT};
    toil_json_array_begin(&scan, given.json.text, TOIL_JSON_MAX_DEPTH);
    while (reason == TOIL_REASON_NONE && value->type == VALUE_ABSENT && toil_json_array_next(&scan, &item))
        reason = match_text(run, source, &(struct value){.type = VALUE_JSON, .json = item}, value);
    return reason;
}

static enum toil_reason mapped_to(struct run *run, const struct source *target, unsigned field, struct value *out)
{
    *out = (struct value){.type = VALUE_ABSENT};
    if (!target)
        return TOIL_REASON_NONE;
    const char *from = run->origin;
    enum toil_reason reason = evaluate(run, target, field, out);
    run->origin = from; /* what was mapped, not what it became */
    return reason;
}

static enum toil_reason apply_map(struct run *run, const struct source *source, unsigned field, struct value *value)
{
    struct toil_span text;
    if (!value_text(run, value, &text))
        return source->has_otherwise ? mapped_to(run, source->otherwise, field, value) : TOIL_REASON_NONE;
    for (size_t i = 0; i < source->map_count; i++) {
        enum toil_match match = toil_pattern_find(source->map[i].when, text, run->matcher, NULL, 0);
        if (match == TOIL_MATCH_GAVE_UP)
            return gave_up(run, source);
        if (match == TOIL_MATCH_YES)
            return mapped_to(run, source->map[i].to, field, value);
    }
    if (source->has_otherwise)
        return mapped_to(run, source->otherwise, field, value);
    char shown[SHOWN_BYTES + 1];
    show_bytes(text, shown);
    return complain(&run->call, TOIL_REASON_MAPPING, "%s: `map` has no row for \"%s\", and no `otherwise`",
                    field < TOIL_N_FIELDS ? toil_fields[field].name : "source", shown);
}

static bool as_number(struct run *run, const struct value *value, struct toil_json_value *out)
{
    struct toil_span text;
    if (value->type != VALUE_JSON)
        return false;
    *out = value->json;
    if (value->json.type == TOIL_JSON_NUMERIC)
        return true;
    return value->json.type == TOIL_JSON_STRING && value_text(run, value, &text) && parse_number(text, out);
}

static enum toil_reason apply_scale(struct run *run, const struct source *source, unsigned field, struct value *value)
{
    struct toil_json_value number;
    if (!as_number(run, value, &number))
        return complain(&run->call, TOIL_REASON_TYPE, "%s: expected a number to scale",
                        field < TOIL_N_FIELDS ? toil_fields[field].name : "source");
    value->type = VALUE_NUMBER;
    value->number = (toil_json_number(&number) - source->scale_from) / (source->scale_to - source->scale_from);
    return TOIL_REASON_NONE;
}

static bool parse_utc(struct run *run, struct toil_span text, int64_t *out_us)
{
    char *zoned = scratch_take(run->call.scratch, text.len + 1);
    memcpy(zoned, text.ptr, text.len);
    zoned[text.len] = 'Z';
    return toil_time_parse((struct toil_span){zoned, text.len + 1}, out_us);
}

/* A number of units, or a span as some write it: as the time that it makes of the beginning of 1970. */
static enum toil_reason apply_duration(struct run *run, const struct source *source, unsigned field,
                                       struct value *value)
{
    struct toil_json_value number;
    struct toil_span text;
    int64_t days, time_us;
    if (as_number(run, value, &number)) {
        value->number = toil_json_number(&number) * source->minutes_per_unit;
    } else if (value_text(run, value, &text) && text.len == 19 &&
               toil_date_parse((struct toil_span){text.ptr, 10}, &days) && parse_utc(run, text, &time_us)) {
        value->number = (double)time_us / (double)TOIL_US_PER_MINUTE;
    } else {
        return complain(&run->call, TOIL_REASON_TYPE, "%s: expected a number", toil_fields[field].name);
    }
    value->type = VALUE_NUMBER;
    return TOIL_REASON_NONE;
}

static enum toil_reason apply_plus(struct run *run, const struct source *source, struct value *value)
{
    struct toil_json_value number;
    int64_t sum;
    if (!as_number(run, value, &number) || !number.fits || __builtin_add_overflow(number.integer, source->plus, &sum))
        return complain(&run->call, TOIL_REASON_TYPE, "plus: expected a whole number");
    *value = whole(run, sum);
    return TOIL_REASON_NONE;
}

static enum toil_reason apply_time_unit(struct run *run, const struct source *source, unsigned field,
                                        struct value *value)
{
    struct toil_json_value number;
    if (!as_number(run, value, &number)) /* a text with a zone is no number, and needs no unit */
        return TOIL_REASON_NONE;
    int64_t time_us;
    bool read = number.fits ? time_from_integer(number.integer, source->unit, &time_us)
                            : toil_time_from_number(toil_json_number(&number), source->unit, &time_us);
    if (!read)
        return refuse(&run->call, TOIL_REASON_TIME, (enum toil_field)field, &number, "a time within range");
    *value = (struct value){.type = VALUE_TIME, .time_us = time_us};
    return TOIL_REASON_NONE;
}

static enum toil_reason apply_zone(struct run *run, const struct source *source, struct value *value)
{
    struct toil_span text;
    int64_t time_us;
    if (value->type == VALUE_JSON && value->json.type == TOIL_JSON_STRING && value_text(run, value, &text) &&
        parse_time(text, source->zone, &time_us))
        *value = (struct value){.type = VALUE_TIME, .time_us = time_us};
    return TOIL_REASON_NONE;
}

static enum toil_reason apply_absent(struct run *run, const struct source *source, struct value *value)
{
    struct toil_span text;
    bool matches = false;
    if (!value_text(run, value, &text))
        return TOIL_REASON_NONE;
    enum toil_reason reason = matches_any(run, source, source->absent, source->absent_count, text, &matches);
    if (matches)
        value->type = VALUE_ABSENT;
    return reason;
}

enum toil_reason evaluate(struct run *run, const struct source *source, unsigned field, struct value *out)
{
    enum toil_reason reason = TOIL_REASON_NONE;
    bool wanted = true;
    if (source->when_count > 0)
        reason = any_holds(run, source->when, source->when_count, &wanted);
    *out = (struct value){.type = VALUE_ABSENT};
    if (reason != TOIL_REASON_NONE || !wanted)
        return reason;
    if (source->text)
        run->origin = source->text;
    reason = origin(run, source, field, out);
    if (reason == TOIL_REASON_NONE && source->bytes)
        reason = from_bytes(run, out);
    if (reason == TOIL_REASON_NONE && source->absent_count > 0)
        reason = apply_absent(run, source, out);
    if (reason == TOIL_REASON_NONE && source->pattern)
        reason = apply_pattern(run, source, out);
    if (reason == TOIL_REASON_NONE && is_void(out))
        out->type = VALUE_ABSENT;
    if (reason == TOIL_REASON_NONE && source->map_count > 0)
        reason = apply_map(run, source, field, out);
    if (reason != TOIL_REASON_NONE || out->type == VALUE_ABSENT)
        return reason;
    struct toil_span text;
    if (source->split.len > 0 && value_text(run, out, &text))
        *out = split_text(run, text, source->split);
    if (source->plus != 0)
        reason = apply_plus(run, source, out);
    if (reason == TOIL_REASON_NONE && source->has_scale)
        reason = apply_scale(run, source, field, out);
    if (reason == TOIL_REASON_NONE && source->minutes_per_unit > 0)
        reason = apply_duration(run, source, field, out);
    if (reason == TOIL_REASON_NONE && source->unit != TOIL_UNIT_NONE)
        reason = apply_time_unit(run, source, field, out);
    if (reason == TOIL_REASON_NONE && source->zone)
        reason = apply_zone(run, source, out);
    return reason;
}

/* ---- conditions ---- */

/* Of a list any item will do. */
static enum toil_reason any_item(struct run *run, const struct condition *condition, struct toil_span list, bool *out)
{
    struct toil_json_scan scan;
    struct toil_json_value item;
    *out = false;
    toil_json_array_begin(&scan, list, TOIL_JSON_MAX_DEPTH);
    while (!*out && toil_json_array_next(&scan, &item)) {
        struct value value = {.type = VALUE_JSON, .json = item};
        struct toil_span text;
        if (!value_text(run, &value, &text))
            continue;
        enum toil_reason reason =
            matches_any(run, condition->source, condition->pattern, condition->pattern_count, text, out);
        if (reason != TOIL_REASON_NONE)
            return reason;
    }
    return TOIL_REASON_NONE;
}

static enum toil_reason any_of(struct run *run, const struct condition *condition, const struct value *value, bool *out)
{
    struct toil_span text;
    *out = false;
    if (value->type == VALUE_JSON && value->json.type == TOIL_JSON_ARRAY)
        return any_item(run, condition, value->json.text, out);
    if (!value_text(run, value, &text))
        return TOIL_REASON_NONE;
    return matches_any(run, condition->source, condition->pattern, condition->pattern_count, text, out);
}

static enum toil_reason holds(struct run *run, const struct condition *condition, bool *out)
{
    struct value value;
    struct toil_json_value number;
    *out = false;
    enum toil_reason reason = evaluate(run, condition->source, TOIL_N_FIELDS, &value);
    if (reason != TOIL_REASON_NONE)
        return reason;
    switch (condition->how) {
    case TEST_ANY_OF:
        reason = any_of(run, condition, &value, out);
        *out = *out != condition->negate;
        return reason;
    case TEST_PRESENT:
    case TEST_ABSENT:
        *out = (value.type != VALUE_ABSENT) == (condition->how == TEST_PRESENT);
        return TOIL_REASON_NONE;
    case TEST_ABOVE:
    case TEST_BELOW:
        if (as_number(run, &value, &number)) {
            double given = toil_json_number(&number);
            *out = condition->how == TEST_ABOVE ? given > condition->number : given < condition->number;
        }
        return TOIL_REASON_NONE;
    }
    return TOIL_REASON_NONE;
}

enum toil_reason any_holds(struct run *run, const struct alternative *when, size_t count, bool *out)
{
    const char *origin = run->origin; /* a condition is no source */
    *out = count == 0;
    for (size_t i = 0; i < count && !*out; i++) {
        bool all = true;
        for (size_t c = 0; c < when[i].count && all; c++) {
            enum toil_reason reason = holds(run, &when[i].condition[c], &all);
            if (reason != TOIL_REASON_NONE)
                return reason;
        }
        *out = all;
    }
    run->origin = origin;
    return TOIL_REASON_NONE;
}
