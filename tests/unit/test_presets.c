/* Presets: what each makes of its samples, which hold the shapes and the traps of its source. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/sample/sample.h"
#include "analyzers/sample/told.h"
#include "support/lib_model.h"
#include "toilmeter/mapping.h"

static void tell_samples(const struct toil_preset *preset, struct toil_reader *reader, struct toil_mapping *mapping,
                         struct toil_buf *out)
{
    struct toil_decode_options options;
    struct toil_sample *sample = toil_sample_new();
    struct toil_error err;
    int64_t now_us = 0;
    char path[256], *line = NULL;
    size_t cap = 0;
    ssize_t len;
    toil_decode_options_init(&options);
    cr_assert(toil_time_parse(TOIL_SPAN("2026-08-01T00:00:00Z"), &now_us));
    snprintf(path, sizeof path, "tests/presets/%s.jsonl", preset->name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s: a preset needs samples", path);
    while ((len = getline(&line, &cap, file)) > 0) {
        struct toil_message message;
        struct toil_reading reading;
        char detail[256];
        cr_assert_eq(toil_sample_open(sample, (struct toil_span){line, (size_t)len}, &message, &err), TOIL_OK, "%s: %s",
                     path, err.message);
        enum toil_reason reason =
            toil_reader_take(reader, mapping, &options, &message, now_us, &reading, detail, sizeof detail);
        toil_tell_json(reason, &reading, detail, out);
    }
    free(line);
    fclose(file);
    toil_sample_free(sample);
}

Test(presets, events_of_their_samples)
{
    cr_assert_geq(toil_preset_count, 12);
    for (size_t i = 0; i < toil_preset_count; i++) {
        struct toil_people *people = toil_people_open_clear();
        struct toil_reader *reader = toil_reader_new(people, true);
        struct toil_mapping *mapping;
        struct toil_error err;
        struct toil_buf out = TOIL_BUF_INIT;
        char name[128];
        cr_assert_eq(toil_mapping_load_preset(toil_presets[i].name, NULL, &mapping, &err), TOIL_OK, "%s\n%s",
                     err.message, err.hint);
        tell_samples(&toil_presets[i], reader, mapping, &out);
        snprintf(name, sizeof name, "presets/%s.jsonl", toil_presets[i].name);
        toil_golden_check(name, out.data);
        toil_buf_release(&out);
        toil_mapping_free(mapping);
        toil_reader_free(reader);
        toil_people_free(people);
    }
}
