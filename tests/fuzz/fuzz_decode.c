/* The decoder under any bytes. The first byte chooses the options, the rest is the message.
 *
 * With libFuzzer: clang -fsanitize=fuzzer,address,undefined ... and
 *     fuzz_decode -dict=tests/fuzz/decode.dict tests/fuzz/corpus/decode
 * Without it, built with -DTOIL_FUZZ_STANDALONE:
 *     fuzz_decode ROUNDS SEED FILE...
 * runs the files, then ROUNDS changed copies of them and texts made of the dictionary's words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/decode.h"
#include "toilmeter/json_scan.h"
#include "toilmeter/utf8.h"

#define NOW_US (INT64_C(1767603600) * TOIL_US_PER_SECOND) /* 2026-01-05T09:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever comes in; a breach ends the program as a crash does. */
static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_decode: broken promise: %s\n", what);
    abort();
}

static void check_texts(const struct toil_event *event)
{
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++) {
        enum toil_type type = toil_fields[field].type;
        bool text = type == TOIL_TYPE_TEXT || type == TOIL_TYPE_ID || type == TOIL_TYPE_PERSON;
        if (!text || !toil_event_has(event, (enum toil_field)field))
            continue;
        struct toil_span span = event->value[field].text;
        must(span.len > 0 && span.len <= toil_fields[field].max_bytes, "the length of a text");
        must(toil_utf8_valid_bytes(span.ptr, span.len) == span.len, "UTF-8");
        must(!memchr(span.ptr, '\0', span.len), "no NUL");
    }
}

static void check_tags(const struct toil_event *event)
{
    if (!toil_event_has(event, TOIL_FIELD_TAGS))
        return;
    const char *p = event->value[TOIL_FIELD_TAGS].text.ptr, *end = p + event->value[TOIL_FIELD_TAGS].text.len;
    uint32_t count = 0;
    for (; p < end; count++) {
        uint32_t len;
        must((size_t)(end - p) >= sizeof len, "the length of a tag");
        memcpy(&len, p, sizeof len);
        p += sizeof len;
        must(len <= (size_t)(end - p) && toil_utf8_valid_bytes(p, len) == len, "a tag");
        p += len;
    }
    must(count == event->tag_count, "the number of tags");
}

static void check_extra(const struct toil_event *event)
{
    must((event->extra.len > 0) == (event->unknown_fields > 0), "extra goes with its count");
    if (event->extra.len == 0)
        return;
    struct toil_json_scan scan;
    struct toil_json_member member;
    uint32_t count = 0;
    if (toil_json_object_begin(&scan, event->extra, TOIL_JSON_MAX_DEPTH)) {
        while (toil_json_next(&scan, &member))
            count++;
    }
    must(scan.fault == TOIL_JSON_OK && count == event->unknown_fields, "extra is a JSON object");
}

static void check_event(const struct toil_event *event)
{
    must((unsigned)event->kind < TOIL_N_KINDS, "a kind");
    must(toil_event_has(event, TOIL_FIELD_ID), "an id");
    bool state = toil_kinds[event->kind].shape == TOIL_SHAPE_STATE;
    must(!state || toil_event_has(event, TOIL_FIELD_VERSION), "a version of a state");
    must(state || event->ending != toil_event_has(event, TOIL_FIELD_AT), "a time of a fact, or an ending");
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++)
        must(!toil_event_has(event, (enum toil_field)field) || toil_fields[field].kinds >> event->kind & 1u,
             "fields of the kind only");
    check_texts(event);
    check_tags(event);
    check_extra(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct toil_decode_options options;
    toil_decode_options_init(&options);
    options.kind = (enum toil_kind)(data[0] % (TOIL_N_KINDS + 1));
    options.time_unit = (enum toil_time_unit)(data[0] / 8 % 5);
    options.max_depth = data[0] & 1 ? 32 : 4;
    options.max_unknown = data[0] & 2 ? 256 : 3;
    struct toil_people *people = toil_people_open_clear();
    struct toil_decoder *decoder = toil_decoder_new(people);
    struct toil_event event;
    char detail[128];
    memset(detail, 'x', sizeof detail);
    struct toil_span message = {(const char *)data + 1, size - 1};
    enum toil_reason reason = toil_decode(decoder, &options, message, NOW_US, &event, detail, sizeof detail);
    must((unsigned)reason < TOIL_REASON_COUNT, "a reason");
    if (reason == TOIL_REASON_NONE)
        check_event(&event);
    else
        must(memchr(detail, '\0', sizeof detail) != NULL && !strpbrk(detail, "\n\r\x1b"), "a detail of one line");
    toil_decoder_free(decoder);
    toil_people_free(people);
    return 0;
}

#ifdef TOIL_FUZZ_STANDALONE

#define MAX_BYTES 4096

struct seed {
    uint8_t data[MAX_BYTES];
    size_t size;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Changes, cuts, doubles and inserts at random; words are what the decoder looks for. */
static void change(struct seed *seed, uint64_t *state)
{
    static const char *const words[] = {
        "\"",         "\\",    "{",      "}",  "[",  "]",       ":",    ",",        "\\u0000",   "null",
        "\\ud83d",    "1e999", "true",   "-0", "01", "\"id\":", "\xff", "\xe2\x82", "\"kind\":", "9007199254740993",
        "\"tags\":[", "1.5e",  "\\u00e9"};
    size_t at = seed->size ? next_random(state) % seed->size : 0, rest = seed->size - at;
    const char *word = words[next_random(state) % (sizeof words / sizeof words[0])];
    size_t len = strlen(word);
    switch (next_random(state) % 4) {
    case 0:
        if (seed->size)
            seed->data[at] = (uint8_t)next_random(state);
        break;
    case 1:
        seed->size = at;
        break;
    case 2:
        if (seed->size + len > MAX_BYTES)
            break;
        memmove(seed->data + at + len, seed->data + at, rest);
        memcpy(seed->data + at, word, len);
        seed->size += len;
        break;
    default:
        if (len > rest)
            len = rest;
        memmove(seed->data + at, seed->data + at + len, rest - len);
        seed->size -= len;
    }
}

/* In memory of its own size, so that a sanitizer sees a byte read too much. */
static void run(const struct seed *seed)
{
    uint8_t *exact = toil_xmalloc(seed->size);
    memcpy(exact, seed->data, seed->size);
    LLVMFuzzerTestOneInput(exact, seed->size);
    free(exact);
}

static bool read_seed(const char *path, struct seed *seed)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    seed->size = fread(seed->data, 1, MAX_BYTES, file);
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: fuzz_decode ROUNDS SEED FILE...\n", stderr);
        return TOIL_EXIT_USAGE;
    }
    long rounds = strtol(argv[1], NULL, 10);
    uint64_t state = strtoull(argv[2], NULL, 10) * 2 + 1;
    unsigned count = (unsigned)argc - 3;
    struct seed *seeds = toil_xcalloc(count, sizeof *seeds);
    for (unsigned i = 0; i < count; i++) {
        if (!read_seed(argv[3 + i], &seeds[i])) {
            perror(argv[3 + i]);
            return TOIL_EXIT_USAGE;
        }
        run(&seeds[i]);
    }
    for (long round = 0; round < rounds; round++) {
        struct seed copy = seeds[next_random(&state) % count];
        for (uint64_t changes = 1 + next_random(&state) % 4; changes > 0; changes--)
            change(&copy, &state);
        if (next_random(&state) % 8 == 0 && copy.size)
            copy.data[0] = (uint8_t)next_random(&state);
        run(&copy);
    }
    printf("fuzz_decode: %ld rounds on %u samples, nothing broken\n", rounds, count);
    free(seeds);
    return TOIL_EXIT_DONE;
}

#endif
