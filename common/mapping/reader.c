/* A message to its events: framing, `each`, rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapping/run.h"
#include "toilmeter/base64.h"
#include "toilmeter/utf8.h"

typedef const char *origins[TOIL_N_FIELDS];

struct toil_reader {
    struct toil_people *people; /* borrowed */
    struct toil_decoder *decoder;
    bool trace;
    struct scratch scratch;
    struct run run;
    struct toil_event *event; /* owned */
    origins *from;            /* owned; when tracing */
    size_t count, cap;
    struct toil_buf extra;
};

struct toil_reader *toil_reader_new(struct toil_people *people, bool trace)
{
    struct toil_reader *reader = toil_xcalloc(1, sizeof *reader);
    reader->people = people;
    reader->decoder = toil_decoder_new(people);
    reader->trace = trace;
    reader->run.matcher = toil_matcher_new();
    return reader;
}

void toil_reader_free(struct toil_reader *reader)
{
    if (!reader)
        return;
    toil_decoder_free(reader->decoder);
    toil_matcher_free(reader->run.matcher);
    scratch_release(&reader->scratch);
    toil_buf_release(&reader->extra);
    free(reader->run.slot);
    free(reader->run.visited);
    free(reader->event);
    free(reader->from);
    free(reader);
}

static struct toil_event *new_event(struct toil_reader *reader)
{
    if (reader->count == reader->cap) {
        reader->cap = reader->cap ? 2 * reader->cap : 4;
        reader->event = toil_xreallocarray(reader->event, reader->cap, sizeof *reader->event);
        if (reader->trace)
            reader->from = toil_xreallocarray(reader->from, reader->cap, sizeof *reader->from);
    }
    if (reader->trace)
        memset(reader->from[reader->count], 0, sizeof *reader->from);
    return &reader->event[reader->count++];
}

/* ---- rules ---- */

static enum toil_reason rule_takes(struct run *run, const struct rule *rule, bool *out)
{
    enum toil_reason reason = any_holds(run, rule->when, rule->when_count, out);
    if (reason != TOIL_REASON_NONE)
        return reason;
    if (!*out || !rule->pattern)
        return reason;
    struct value value;
    struct toil_span text;
    *out = false;
    reason = evaluate(run, rule->pattern_of, TOIL_N_FIELDS, &value);
    if (reason != TOIL_REASON_NONE || !value_text(run, &value, &text))
        return reason;
    enum toil_match match = toil_pattern_find(rule->pattern, text, run->matcher, run->group, GROUPS_MAX);
    if (match == TOIL_MATCH_GAVE_UP)
        return complain(&run->call, TOIL_REASON_MAPPING,
                        "pattern: a regular expression needs too many steps for this text");
    *out = match == TOIL_MATCH_YES;
    return TOIL_REASON_NONE;
}

/* Which source was wrong, behind what was wrong. */
static enum toil_reason blame(struct run *run, enum toil_reason reason, const char *origin)
{
    char *detail = run->call.detail;
    size_t used = detail && run->call.detail_bytes ? strlen(detail) : 0;
    if (origin && detail && used + 12 < run->call.detail_bytes)
        snprintf(detail + used, run->call.detail_bytes - used, " (from %.100s)", origin);
    return reason;
}

static enum toil_reason add_extra(struct toil_reader *reader, const struct rule *rule)
{
    struct run *run = &reader->run;
    struct toil_buf *out = &reader->extra;
    toil_buf_clear(out);
    for (size_t i = 0; i < rule->extra_count; i++) {
        struct value value;
        struct toil_span text;
        enum toil_reason reason = evaluate(run, rule->extra[i].source, TOIL_N_FIELDS, &value);
        if (reason != TOIL_REASON_NONE)
            return blame(run, reason, run->origin);
        if (value.type != VALUE_JSON || value.json.type == TOIL_JSON_NULL)
            continue;
        toil_buf_add_char(out, out->len ? ',' : '{');
        toil_buf_add_json_string(out, toil_span_of(rule->extra[i].name));
        toil_buf_add_char(out, ':');
        if (value.json.type == TOIL_JSON_STRING && value_text(run, &value, &text))
            toil_buf_add_json_string(out, text);
        else
            toil_buf_add_span(out, value.json.text);
    }
    if (out->len == 0)
        return TOIL_REASON_NONE;
    toil_buf_add_char(out, '}');
    char *copy = scratch_take(&reader->scratch, out->len);
    memcpy(copy, out->data, out->len);
    run->call.event->extra = (struct toil_span){copy, out->len};
    return TOIL_REASON_NONE;
}

static enum toil_reason make_event(struct toil_reader *reader, const struct rule *rule)
{
    struct run *run = &reader->run;
    run->call.event = new_event(reader);
    run->call.robot = false;
    begin_event(run->call.event);
    run->call.event->kind = rule->kind;
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        struct value value;
        if (!rule->field[f])
            continue;
        run->origin = NULL;
        enum toil_reason reason = evaluate(run, rule->field[f], f, &value);
        const char *origin = run->origin;
        if (reason == TOIL_REASON_NONE)
            reason = set_field(run, rule->field[f], (enum toil_field)f, &value);
        if (reason != TOIL_REASON_NONE)
            return blame(run, reason, origin);
        if (reader->trace && value.type != VALUE_ABSENT)
            reader->from[reader->count - 1][f] = origin ? origin : "(made)";
    }
    enum toil_reason reason = finish_event(&run->call, rule->required);
    return reason == TOIL_REASON_NONE && rule->extra_count > 0 ? add_extra(reader, rule) : reason;
}

/* What the mapping has no place for: its `otherwise` says what becomes of it. */
static enum toil_reason pass_over(struct run *run, const char *why)
{
    if (run->mapping->otherwise_quarantine)
        return complain(&run->call, TOIL_REASON_MAPPING, "%s", why);
    run->skipped = why;
    run->passed_over++;
    return TOIL_REASON_NONE;
}

/* One document of the innermost level. */
static enum toil_reason take_item(struct toil_reader *reader)
{
    struct run *run = &reader->run;
    const struct toil_mapping *mapping = run->mapping;
    bool taken = false;
    for (size_t i = 0; i < mapping->rule_count; i++) {
        const struct rule *rule = &mapping->rule[i];
        bool takes;
        enum toil_reason reason = rule_takes(run, rule, &takes);
        if (reason == TOIL_REASON_NONE && takes && !rule->skip)
            reason = make_event(reader, rule);
        if (reason != TOIL_REASON_NONE)
            return reason;
        if (!takes)
            continue;
        taken = taken || !rule->skip;
        if (rule->skip && !taken) {
            run->skipped = rule->skip;
            run->passed_over++;
        }
        if (!rule->also || rule->skip)
            return TOIL_REASON_NONE;
    }
    if (taken)
        return TOIL_REASON_NONE;
    return pass_over(run, "no rule takes it");
}

/* ---- levels ---- */

static enum toil_reason check_text(struct run *run, struct toil_span text)
{
    if (toil_utf8_valid_bytes(text.ptr, text.len) != text.len)
        return complain(&run->call, TOIL_REASON_UTF8, "expected text in UTF-8");
    if (memchr(text.ptr, 0, text.len))
        return complain(&run->call, TOIL_REASON_NUL, "expected text without a NUL character");
    return TOIL_REASON_NONE;
}

/* Opens the document of a framing level inside the one above; where the step does not apply it is the same. */
static enum toil_reason frame(struct run *run, size_t at, struct toil_span *out)
{
    const struct level *level = &run->mapping->level[at];
    const struct document *above = &run->document[at - 1];
    *out = above->text;
    if (above->is_text)
        return TOIL_REASON_NONE;
    for (size_t i = 0; i < level->slot_count; i++) {
        const struct toil_json_value *value = slot_value(run, above, level->slot[i]);
        bool string = value && value->type == TOIL_JSON_STRING;
        bool container = value && (value->type == TOIL_JSON_OBJECT || value->type == TOIL_JSON_ARRAY);
        if (level->how == LEVEL_UNDER ? value && value->type == TOIL_JSON_OBJECT
                                      : level->how == LEVEL_JSON && container) {
            *out = value->text;
            return TOIL_REASON_NONE;
        }
        if (!string || level->how == LEVEL_UNDER)
            continue;
        *out = string_text(&run->call, value);
        struct toil_span coded = *out;
        if (level->how == LEVEL_BASE64) {
            char *plain = scratch_take(run->call.scratch, TOIL_BASE64_BYTES(coded.len));
            *out = (struct toil_span){plain, 0};
            if (toil_base64_decode(coded, plain, &out->len))
                return TOIL_REASON_NONE;
            return complain(&run->call, TOIL_REASON_MAPPING, "base64: %s: expected base64", level->text);
        }
        return TOIL_REASON_NONE;
    }
    return TOIL_REASON_NONE;
}

static bool begins_object(struct toil_span text)
{
    size_t i = 0;
    while (i < text.len && strchr(" \t\r\n", text.ptr[i]) && text.ptr[i])
        i++;
    return i < text.len && text.ptr[i] == '{';
}

static enum toil_reason read_level(struct run *run, size_t at)
{
    const struct level *level = &run->mapping->level[at];
    struct document *document = &run->document[at];
    document->is_text = false;
    document->index = 0;
    if (at == MESSAGE && run->mapping->may_be_text && !begins_object(document->text)) {
        document->is_text = true;
        document->filling = ++run->fillings;
        return check_text(run, document->text);
    }
    if (at != MESSAGE) {
        enum toil_reason reason = frame(run, at, &document->text);
        if (reason != TOIL_REASON_NONE)
            return reason;
    }
    if (level->how == LEVEL_TEXT) {
        document->is_text = true;
        document->filling = ++run->fillings;
        return check_text(run, document->text);
    }
    /* Even where nobody asks for anything in it: it must be JSON. */
    enum toil_reason reason = walk(run, level, document);
    if (reason == TOIL_REASON_NONE && at == MESSAGE && !begins_object(document->text))
        return complain(&run->call, TOIL_REASON_NOT_OBJECT, "expected an object");
    return reason;
}

static enum toil_reason take_level(struct toil_reader *reader, size_t at);

static enum toil_reason take_each(struct toil_reader *reader, size_t at)
{
    struct run *run = &reader->run;
    const struct level *level = &run->mapping->level[at];
    const struct toil_json_value *list = slot_value(run, &run->document[at - 1], level->slot[0]);
    struct toil_json_scan scan;
    struct toil_json_value item;
    if (!list || list->type == TOIL_JSON_NULL)
        return pass_over(run, "nothing where `each` points to");
    if (list->type != TOIL_JSON_ARRAY)
        return complain(&run->call, TOIL_REASON_MAPPING, "each: %s: expected an array", level->text);
    struct toil_span text = list->text;
    toil_json_array_begin(&scan, text, TOIL_JSON_MAX_DEPTH);
    run->document[at].index = 0;
    while (toil_json_array_next(&scan, &item)) {
        if (reader->count + run->passed_over >= TOIL_EACH_MAX || run->items >= TOIL_EACH_MAX)
            return complain(&run->call, TOIL_REASON_TOO_MANY, "each: %s: expected at most %d elements in a message",
                            level->text, TOIL_EACH_MAX);
        size_t index = run->document[at].index;
        run->document[at].text = item.text;
        if (item.type == TOIL_JSON_STRING) /* with its quotes it is a document of its own */
            run->document[at].text = (struct toil_span){item.text.ptr - 1, item.text.len + 2};
        enum toil_reason reason = walk(run, level, &run->document[at]);
        if (reason == TOIL_REASON_NONE)
            reason = take_level(reader, at + 1);
        run->items += at + 1 == run->mapping->level_count;
        if (reason != TOIL_REASON_NONE)
            return reason;
        run->document[at].index = index + 1;
    }
    if (run->document[at].index == 0)
        run->skipped = "no elements";
    return TOIL_REASON_NONE;
}

static enum toil_reason take_level(struct toil_reader *reader, size_t at)
{
    const struct toil_mapping *mapping = reader->run.mapping;
    struct scratch *scratch = &reader->scratch;
    if (scratch->total + scratch->used > TOIL_MAPPED_MEMORY * reader->run.call.options->max_bytes)
        return complain(&reader->run.call, TOIL_REASON_TOO_LARGE, "its events need more than %d times the size limit",
                        TOIL_MAPPED_MEMORY);
    if (at == mapping->level_count)
        return take_item(reader);
    if (mapping->level[at].how == LEVEL_EACH)
        return take_each(reader, at);
    enum toil_reason reason = read_level(&reader->run, at);
    return reason == TOIL_REASON_NONE ? take_level(reader, at + 1) : reason;
}

/* ---- the message ---- */

/* Makes room for what a mapping needs; memory of before counts for nothing, since its fillings are past. */
static void make_room(struct run *run, const struct toil_mapping *mapping)
{
    size_t slots = (size_t)mapping->slot_count;
    if (run->slot_cap < slots) {
        free(run->slot);
        run->slot = toil_xcalloc(slots, sizeof *run->slot);
        run->slot_cap = slots;
    }
    if (run->visited_cap < mapping->path_count) {
        free(run->visited);
        run->visited = toil_xcalloc(mapping->path_count, sizeof *run->visited);
        run->visited_cap = mapping->path_count;
    }
}

static void begin_run(struct toil_reader *reader, struct toil_mapping *mapping)
{
    struct run *run = &reader->run;
    make_room(run, mapping);
    run->mapping = mapping;
    run->key_walked = false;
    run->passed_over = run->items = 0;
    run->skipped = NULL;
    reader->count = 0;
}

static enum toil_reason run_mapping(struct toil_reader *reader, struct toil_mapping *mapping,
                                    const struct toil_decode_options *options, const struct toil_message *message,
                                    int64_t now_us, char *detail, size_t detail_bytes)
{
    struct run *run = &reader->run;
    struct toil_span value = message->value;
    begin_run(reader, mapping);
    run->message = message;
    run->call = (struct call){.options = options,
                              .people = reader->people,
                              .scratch = &reader->scratch,
                              .message = value,
                              .now_us = now_us,
                              .detail = detail,
                              .detail_bytes = detail_bytes};
    if (!value.ptr && mapping->no_value == NO_VALUE_QUARANTINE)
        return complain(&run->call, TOIL_REASON_TOMBSTONE, "no value");
    if (!value.ptr && mapping->no_value == NO_VALUE_SKIP) {
        run->skipped = "no value";
        return TOIL_REASON_NONE;
    }
    if (!value.ptr)
        value = TOIL_SPAN("{}");
    if (value.len > options->max_bytes)
        return complain(&run->call, TOIL_REASON_TOO_LARGE, "%zu bytes, the limit is %zu", value.len,
                        options->max_bytes);
    if (value.len == 0 && mapping->no_value == NO_VALUE_EMPTY)
        value = TOIL_SPAN("{}");
    if (value.len == 0)
        return complain(&run->call, TOIL_REASON_EMPTY, "no bytes");
    if (mapping->schema_registry && value.len >= 5 && value.ptr[0] == 0)
        value = (struct toil_span){value.ptr + 5, value.len - 5};
    scratch_begin(&reader->scratch, SCRATCH_BYTES(value.len));
    run->document[MESSAGE].text = value;
    return take_level(reader, MESSAGE);
}

static enum toil_reason read_canonical(struct toil_reader *reader, const struct toil_decode_options *options,
                                       const struct toil_message *message, int64_t now_us, char *detail,
                                       size_t detail_bytes)
{
    reader->count = 0;
    struct toil_event *event = new_event(reader);
    return toil_decode(reader->decoder, options, message->value, now_us, event, detail, detail_bytes);
}

enum toil_reason toil_reader_take(struct toil_reader *reader, struct toil_mapping *mapping,
                                  const struct toil_decode_options *options, const struct toil_message *message,
                                  int64_t now_us, struct toil_reading *out, char *detail, size_t detail_bytes)
{
    *out = (struct toil_reading){0};
    if (detail && detail_bytes)
        detail[0] = '\0';
    enum toil_reason reason = mapping ? run_mapping(reader, mapping, options, message, now_us, detail, detail_bytes)
                                      : read_canonical(reader, options, message, now_us, detail, detail_bytes);
    if (reason != TOIL_REASON_NONE)
        return reason;
    out->event = reader->event;
    out->count = reader->count;
    out->from = reader->trace && mapping ? (const char *const(*)[TOIL_N_FIELDS])reader->from : NULL;
    if (mapping) {
        out->passed_over = reader->run.passed_over;
        out->skipped = out->count == 0 ? reader->run.skipped : NULL;
    }
    return reason;
}
