/* The code behind decode.h: one scan gathers the members by field, then the kind decides which of them count. */
#include <stdlib.h>
#include <string.h>

#include "decode_value.h"

const struct toil_reason_info toil_reasons[TOIL_REASON_COUNT] = {
#define X(ID, name, doc) {#name, doc},
    TOIL_REASONS(X)
#undef X
};

/* A key that is no field's name. */
struct unknown {
    uint32_t hash;
    struct toil_span name; /* without escapes */
    struct toil_span key;  /* as it stands between the quotes */
    struct toil_json_value value;
};

#define SLOTS 128 /* of the names' table; a power of two, so roomy that a look-up is one comparison */

struct toil_decoder {
    struct toil_people *people; /* borrowed */
    struct scratch scratch;
    struct toil_buf extra;
    struct unknown *unknown; /* owned */
    unsigned unknown_count, unknown_cap;
    uint32_t seen; /* fields that stand in the message */
    bool has_kind;
    struct toil_json_value kind;
    struct toil_json_value field[TOIL_N_FIELDS];
    uint32_t fields_of[TOIL_N_KINDS]; /* bit sets of fields, events.def turned round */
    uint32_t required_of[TOIL_N_KINDS];
    unsigned char name_len[TOIL_N_FIELDS];
    unsigned char slot[SLOTS]; /* field + 1 by hash of its name, 0 when free */
};

static unsigned slot_of(struct toil_span name)
{
    if (name.len == 0)
        return 0;
    unsigned first = (unsigned char)name.ptr[0], last = (unsigned char)name.ptr[name.len - 1];
    return ((unsigned)name.len * 29u + first * 5u + last * 11u) % SLOTS;
}

void toil_decode_options_init(struct toil_decode_options *options)
{
    *options = (struct toil_decode_options){
        .kind = TOIL_KIND_NONE,
        .time_unit = TOIL_UNIT_NONE,
        .earliest_us = toil_days_from_civil(1990, 1, 1) * TOIL_US_PER_DAY,
        .future_us = TOIL_US_PER_DAY,
        .max_bytes = (size_t)1 << 20,
        .max_depth = 32,
        .max_unknown = 256,
    };
}

struct toil_decoder *toil_decoder_new(struct toil_people *people)
{
    struct toil_decoder *decoder = toil_xcalloc(1, sizeof *decoder);
    decoder->people = people;
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        struct toil_span name = toil_span_of(toil_fields[f].name);
        unsigned slot = slot_of(name);
        while (decoder->slot[slot])
            slot = (slot + 1) % SLOTS;
        decoder->slot[slot] = (unsigned char)(f + 1);
        decoder->name_len[f] = (unsigned char)name.len;
        for (unsigned k = 0; k < TOIL_N_KINDS; k++) {
            decoder->fields_of[k] |= (toil_fields[f].kinds >> k & 1u) << f;
            decoder->required_of[k] |= (toil_fields[f].required >> k & 1u) << f;
        }
    }
    return decoder;
}

void toil_decoder_free(struct toil_decoder *decoder)
{
    if (!decoder)
        return;
    scratch_release(&decoder->scratch);
    toil_buf_release(&decoder->extra);
    free(decoder->unknown);
    free(decoder);
}

/* As toil_field_find, but without walking the whole list for each key. */
static unsigned find_field(const struct toil_decoder *decoder, struct toil_span name)
{
    for (unsigned slot = slot_of(name); decoder->slot[slot]; slot = (slot + 1) % SLOTS) {
        unsigned field = decoder->slot[slot] - 1u;
        if (decoder->name_len[field] == name.len && memcmp(toil_fields[field].name, name.ptr, name.len) == 0)
            return field;
    }
    return TOIL_N_FIELDS;
}

static uint32_t hash_name(struct toil_span name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
    return hash;
}

static enum toil_reason twice(struct call *call, const struct toil_json_member *member, struct toil_span name)
{
    char shown[SHOWN_BYTES + 1];
    show_bytes(name, shown);
    return complain(call, TOIL_REASON_DUPLICATE_KEY, "key \"%s\" stands twice, again at byte %zu", shown,
                    (size_t)(member->key.ptr - call->message.ptr));
}

static struct unknown *new_unknown(struct toil_decoder *decoder)
{
    if (decoder->unknown_count == decoder->unknown_cap) {
        decoder->unknown_cap = decoder->unknown_cap ? 2 * decoder->unknown_cap : 16;
        decoder->unknown = toil_xreallocarray(decoder->unknown, decoder->unknown_cap, sizeof *decoder->unknown);
    }
    return &decoder->unknown[decoder->unknown_count++];
}

static enum toil_reason gather_unknown(struct toil_decoder *decoder, struct call *call,
                                       const struct toil_json_member *member, struct toil_span name)
{
    uint32_t hash = hash_name(name);
    for (unsigned i = 0; i < decoder->unknown_count; i++) {
        if (decoder->unknown[i].hash == hash && toil_span_equal(decoder->unknown[i].name, name))
            return twice(call, member, name);
    }
    if (decoder->unknown_count == call->options->max_unknown)
        return complain(call, TOIL_REASON_TOO_MANY, "more than %u unknown fields at byte %zu",
                        call->options->max_unknown, (size_t)(member->key.ptr - call->message.ptr));
    *new_unknown(decoder) = (struct unknown){.hash = hash, .name = name, .key = member->key, .value = member->value};
    return TOIL_REASON_NONE;
}

static enum toil_reason gather_member(struct toil_decoder *decoder, struct call *call,
                                      const struct toil_json_member *member)
{
    struct toil_span name = member->key;
    if (member->key_escaped) {
        char *plain = scratch_take(call->scratch, name.len);
        name = (struct toil_span){plain, toil_json_unescape(name, plain)};
    }
    unsigned field = find_field(decoder, name);
    if (field < TOIL_N_FIELDS) {
        if (decoder->seen >> field & 1u)
            return twice(call, member, name);
        decoder->seen |= UINT32_C(1) << field;
        decoder->field[field] = member->value;
        return TOIL_REASON_NONE;
    }
    if (!toil_span_equal(name, TOIL_SPAN("kind")))
        return gather_unknown(decoder, call, member, name);
    if (decoder->has_kind)
        return twice(call, member, name);
    decoder->has_kind = true;
    decoder->kind = member->value;
    return TOIL_REASON_NONE;
}

static enum toil_reason gather(struct toil_decoder *decoder, struct call *call, struct toil_span message)
{
    struct toil_json_scan scan;
    struct toil_json_member member;
    decoder->seen = 0;
    decoder->has_kind = false;
    decoder->unknown_count = 0;
    if (toil_json_object_begin(&scan, message, call->options->max_depth)) {
        while (toil_json_next(&scan, &member)) {
            enum toil_reason reason = gather_member(decoder, call, &member);
            if (reason != TOIL_REASON_NONE)
                return reason;
        }
    }
    return scan_fault(call, &scan);
}

static enum toil_reason settle_kind(const struct toil_decoder *decoder, struct call *call)
{
    enum toil_kind fixed = call->options->kind;
    call->event->kind = fixed;
    if (!decoder->has_kind || decoder->kind.type == TOIL_JSON_NULL) {
        if (fixed != TOIL_KIND_NONE)
            return TOIL_REASON_NONE;
        return complain(call, TOIL_REASON_KIND, "kind: missing, and the topic has none");
    }
    if (decoder->kind.type != TOIL_JSON_STRING)
        return complain(call, TOIL_REASON_KIND, "kind: expected a string");
    struct toil_span name = string_text(call, &decoder->kind);
    enum toil_kind kind = toil_kind_find(name);
    char shown[SHOWN_BYTES + 1];
    if (kind == TOIL_KIND_NONE) {
        show_bytes(name, shown);
        return complain(call, TOIL_REASON_KIND, "kind: \"%s\" is none", shown);
    }
    if (fixed != TOIL_KIND_NONE && kind != fixed)
        return complain(call, TOIL_REASON_KIND, "kind: the topic's is %s, the message's is %s", toil_kinds[fixed].name,
                        toil_kinds[kind].name);
    call->event->kind = kind;
    return TOIL_REASON_NONE;
}

static enum toil_reason convert_fields(const struct toil_decoder *decoder, struct call *call)
{
    uint32_t fields = decoder->seen & decoder->fields_of[call->event->kind];
    for (; fields; fields &= fields - 1) {
        enum toil_field field = (enum toil_field)__builtin_ctz(fields);
        if (decoder->field[field].type == TOIL_JSON_NULL)
            continue;
        enum toil_reason reason = convert_value(call, field, &decoder->field[field]);
        if (reason != TOIL_REASON_NONE)
            return reason;
    }
    return TOIL_REASON_NONE;
}

static void add_extra(struct toil_buf *extra, struct toil_span key, const struct toil_json_value *value)
{
    bool string = value->type == TOIL_JSON_STRING; /* its span is without the quotes */
    toil_buf_add_text(extra, extra->len ? ",\"" : "{\"");
    toil_buf_add_span(extra, key);
    toil_buf_add_text(extra, "\":");
    toil_buf_add(extra, value->text.ptr - string, value->text.len + 2 * string);
}

static void collect_extra(struct toil_decoder *decoder, struct toil_event *event)
{
    struct toil_buf *extra = &decoder->extra;
    toil_buf_clear(extra);
    for (unsigned i = 0; i < decoder->unknown_count; i++) {
        const struct unknown *unknown = &decoder->unknown[i];
        if (unknown->value.type == TOIL_JSON_NULL)
            continue;
        add_extra(extra, unknown->key, &unknown->value);
        event->unknown_fields++;
    }
    uint32_t others = decoder->seen & ~decoder->fields_of[event->kind];
    for (; others; others &= others - 1) {
        unsigned field = (unsigned)__builtin_ctz(others);
        if (decoder->field[field].type == TOIL_JSON_NULL)
            continue;
        add_extra(extra, toil_span_of(toil_fields[field].name), &decoder->field[field]);
        event->unknown_fields++;
    }
    if (!extra->len)
        return;
    toil_buf_add_char(extra, '}');
    event->extra = (struct toil_span){extra->data, extra->len};
}

static void begin_message(struct toil_decoder *decoder, struct toil_event *event, size_t len)
{
    scratch_begin(&decoder->scratch, SCRATCH_BYTES(len));
    begin_event(event);
}

enum toil_reason toil_decode(struct toil_decoder *decoder, const struct toil_decode_options *options,
                             struct toil_span message, int64_t now_us, struct toil_event *event, char *detail,
                             size_t detail_bytes)
{
    struct call call = {.options = options,
                        .people = decoder->people,
                        .scratch = &decoder->scratch,
                        .event = event,
                        .message = message,
                        .now_us = now_us,
                        .detail = detail,
                        .detail_bytes = detail_bytes};
    if (!message.ptr)
        return complain(&call, TOIL_REASON_TOMBSTONE, "no value");
    if (message.len > options->max_bytes)
        return complain(&call, TOIL_REASON_TOO_LARGE, "%zu bytes, the limit is %zu", message.len, options->max_bytes);
    begin_message(decoder, event, message.len);
    enum toil_reason reason = gather(decoder, &call, message);
    if (reason == TOIL_REASON_NONE)
        reason = settle_kind(decoder, &call);
    if (reason == TOIL_REASON_NONE)
        reason = convert_fields(decoder, &call);
    if (reason != TOIL_REASON_NONE)
        return reason;
    reason = finish_event(&call, decoder->required_of[event->kind]);
    if (reason == TOIL_REASON_NONE)
        collect_extra(decoder, event);
    return reason;
}
