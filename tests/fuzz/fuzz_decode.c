/* The decoder under any bytes. The first byte chooses the options, the rest is the message.
 *
 * With libFuzzer: clang -fsanitize=fuzzer,address,undefined ... and
 *     fuzz_decode -dict=tests/fuzz/decode.dict tests/fuzz/corpus/decode
 * Without it, built with -DTOIL_FUZZ_STANDALONE:
 *     fuzz_decode ROUNDS SEED FILE...
 * runs the files, then ROUNDS changed copies of them and texts made of the dictionary's words. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_NAME "fuzz_decode"
#include "fuzz_event.h"
#include "fuzz_standalone.h"
#include "toilmeter/json_scan.h"

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
    if (reason == TOIL_REASON_NONE) {
        check_event(&event);
        check_extra(&event);
    } else {
        must(memchr(detail, '\0', sizeof detail) != NULL && !strpbrk(detail, "\n\r\x1b"), "a detail of one line");
    }
    toil_decoder_free(decoder);
    toil_people_free(people);
    return 0;
}
