/* The code behind sample.h. */
#include "sample/sample.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/base64.h"
#include "toilmeter/headers.h"
#include "toilmeter/json_scan.h"

#define DEPTH 256

struct toil_sample {
    struct toil_buf memory; /* texts without escapes; reserved before, so that they do not move */
    struct toil_buf topic;
    struct toil_headers headers;
};

struct toil_sample *toil_sample_new(void)
{
    return toil_xcalloc(1, sizeof(struct toil_sample));
}

void toil_sample_free(struct toil_sample *sample)
{
    if (!sample)
        return;
    toil_buf_release(&sample->memory);
    toil_buf_release(&sample->topic);
    toil_headers_release(&sample->headers);
    free(sample);
}

struct toil_message toil_sample_plain(struct toil_span value, int64_t offset)
{
    return (struct toil_message){.value = value, .topic = "sample", .offset = offset, .timestamp_us = INT64_MIN};
}

/* A string's text, everything else as it stands; null is nothing. */
static struct toil_span bytes_of(struct toil_sample *sample, const struct toil_json_value *value)
{
    if (value->type == TOIL_JSON_NULL)
        return (struct toil_span){NULL, 0};
    if (value->type != TOIL_JSON_STRING || !value->escaped)
        return value->text;
    char *plain = sample->memory.data + sample->memory.len;
    size_t len = toil_json_unescape(value->text, plain);
    sample->memory.len += len;
    return (struct toil_span){plain, len};
}

static enum toil_status read_base64(struct toil_sample *sample, const char *key, const struct toil_json_value *value,
                                    struct toil_span *out, struct toil_error *err)
{
    struct toil_span text = bytes_of(sample, value);
    char *plain = sample->memory.data + sample->memory.len;
    *out = (struct toil_span){plain, 0};
    if (value->type != TOIL_JSON_STRING || !toil_base64_decode(text, plain, &out->len))
        return toil_error_set(err, TOIL_BAD_INPUT, "%s: expected base64", key);
    sample->memory.len += out->len;
    return TOIL_OK;
}

static enum toil_status read_headers(struct toil_sample *sample, const struct toil_json_value *value,
                                     struct toil_error *err)
{
    struct toil_json_scan scan;
    struct toil_json_member member;
    if (value->type == TOIL_JSON_ARRAY && toil_headers_read(&sample->headers, value->text))
        return TOIL_OK;
    if (value->type != TOIL_JSON_OBJECT)
        return toil_error_set(err, TOIL_BAD_INPUT,
                              "$headers: expected names and values: an object, or pairs in a list");
    toil_json_object_begin(&scan, value->text, DEPTH);
    while (toil_json_next(&scan, &member)) {
        struct toil_json_value name = {.type = TOIL_JSON_STRING, .escaped = member.key_escaped, .text = member.key};
        struct toil_header header = {bytes_of(sample, &name), {NULL, 0}};
        header.value = bytes_of(sample, &member.value);
        toil_headers_put(&sample->headers, header);
    }
    return TOIL_OK;
}

static enum toil_status read_whole(const char *key, const struct toil_json_value *value, int64_t *out,
                                   struct toil_error *err)
{
    if (value->type != TOIL_JSON_NUMERIC || !value->fits)
        return toil_error_set(err, TOIL_BAD_INPUT, "%s: expected a whole number", key);
    *out = value->integer;
    return TOIL_OK;
}

/* What `quarantine show` says of a message besides. */
static bool is_remark(struct toil_span key)
{
    static const char *const remarks[] = {"$cluster", "$reason", "$detail", "$quarantined_at"};
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
        if (toil_span_is(key, remarks[i]))
            return true;
    }
    return false;
}

static enum toil_status read_member(struct toil_sample *sample, const struct toil_json_member *member,
                                    struct toil_message *out, struct toil_error *err)
{
    const struct toil_json_value *value = &member->value;
    int64_t number = 0;
    enum toil_status status = TOIL_OK;
    if (toil_span_is(member->key, "$value")) {
        out->value = bytes_of(sample, value);
    } else if (toil_span_is(member->key, "$value_base64")) {
        return read_base64(sample, "$value_base64", value, &out->value, err);
    } else if (toil_span_is(member->key, "$key_base64")) {
        return read_base64(sample, "$key_base64", value, &out->key, err);
    } else if (toil_span_is(member->key, "$key")) {
        out->key = bytes_of(sample, value);
    } else if (toil_span_is(member->key, "$headers")) {
        return read_headers(sample, value, err);
    } else if (toil_span_is(member->key, "$topic")) {
        toil_buf_clear(&sample->topic);
        toil_buf_add_span(&sample->topic, bytes_of(sample, value));
        out->topic = sample->topic.data ? sample->topic.data : "";
    } else if (toil_span_is(member->key, "$partition")) {
        status = read_whole("$partition", value, &number, err);
        out->partition = (int32_t)number;
    } else if (toil_span_is(member->key, "$offset")) {
        status = read_whole("$offset", value, &out->offset, err);
    } else if (toil_span_is(member->key, "$timestamp")) {
        status = read_whole("$timestamp", value, &number, err);
        if (status == TOIL_OK && __builtin_mul_overflow(number, INT64_C(1000), &out->timestamp_us))
            status = toil_error_set(err, TOIL_BAD_INPUT, "$timestamp: expected milliseconds since 1970");
    } else if (!is_remark(member->key)) {
        return toil_error_set(err, TOIL_BAD_INPUT, "an envelope has no \"%.*s\"",
                              (int)(member->key.len < 40 ? member->key.len : 40), member->key.ptr);
    }
    return status;
}

enum toil_status toil_sample_open(struct toil_sample *sample, struct toil_span text, struct toil_message *out,
                                  struct toil_error *err)
{
    struct toil_json_scan scan;
    struct toil_json_member member;
    *out = (struct toil_message){
        .topic = "sample", .timestamp_us = INT64_MIN, .header = toil_headers_find, .header_context = &sample->headers};
    sample->headers.count = 0;
    toil_buf_clear(&sample->memory);
    toil_buf_reserve(&sample->memory, 2 * text.len + 16);
    if (toil_json_object_begin(&scan, text, DEPTH)) {
        while (toil_json_next(&scan, &member)) {
            enum toil_status status = read_member(sample, &member, out, err);
            if (status != TOIL_OK)
                return status;
        }
    }
    if (scan.fault != TOIL_JSON_OK)
        return toil_error_set(err, TOIL_BAD_INPUT, "envelope: byte %zu: expected %s", toil_json_place(&scan),
                              scan.expected);
    return TOIL_OK;
}
