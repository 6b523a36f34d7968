/* Every preset under any bytes. The first byte chooses the preset and what comes with the message, the rest is its
 * value. Run as fuzz_decode is. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_NAME "fuzz_mapping"
#include "fuzz_event.h"
#include "fuzz_standalone.h"
#include "toilmeter/mapping.h"

static bool find_header(const void *context, const char *name, struct toil_span *value)
{
    static const char *const headers[][2] = {
        {"ce_id", "1"}, {"ce_source", "/s"}, {"ce_type", "a.b.restarted"}, {"ce_subject", "c"}};
    for (size_t i = 0; context && i < sizeof headers / sizeof headers[0]; i++) {
        if (strcmp(headers[i][0], name) == 0) {
            *value = toil_span_of(headers[i][1]);
            return true;
        }
    }
    return false;
}

static struct toil_mapping *mapping_of(unsigned index)
{
    static struct toil_mapping *kept[64]; /* compiled once; the program's end frees them */
    struct toil_error err;
    must(toil_preset_count <= sizeof kept / sizeof kept[0], "room for each preset");
    if (!kept[index])
        must(toil_mapping_load_preset(toil_presets[index].name, NULL, &kept[index], &err) == TOIL_OK, err.message);
    return kept[index];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned index = data[0] % (unsigned)toil_preset_count, with = data[0] / (unsigned)toil_preset_count;
    struct toil_span value = {(const char *)data + 1, size - 1};
    struct toil_decode_options options;
    toil_decode_options_init(&options);
    options.max_bytes = 8192;
    const struct toil_message message = {.value = value,
                                         .key = with & 1 ? value : toil_span_of("{\"id\":1}"),
                                         .topic = "t",
                                         .offset = 7,
                                         .timestamp_us = with & 2 ? NOW_US : INT64_MIN,
                                         .header = find_header,
                                         .header_context = with & 4 ? &options : NULL};
    struct toil_people *people = toil_people_open_clear();
    struct toil_reader *reader = toil_reader_new(people, true);
    struct toil_reading reading;
    char detail[128];
    memset(detail, 'x', sizeof detail);
    enum toil_reason reason =
        toil_reader_take(reader, mapping_of(index), &options, &message, NOW_US, &reading, detail, sizeof detail);
    must((unsigned)reason < TOIL_REASON_COUNT, "a reason");
    must(reason == TOIL_REASON_NONE || reading.count == 0, "all events of a message or none");
    must(reason != TOIL_REASON_NONE || reading.count > 0 || reading.skipped, "why a message is skipped");
    for (size_t i = 0; i < reading.count; i++)
        check_event(&reading.event[i]);
    must(memchr(detail, '\0', sizeof detail) != NULL && !strpbrk(detail, "\n\r\x1b"), "a detail of one line");
    toil_reader_free(reader);
    toil_people_free(people);
    return 0;
}
