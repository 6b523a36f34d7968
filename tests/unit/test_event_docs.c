/* The vocabulary's documents against its tables: the schema names each kind's fields, the page's examples decode. That
 * the files are what the generator prints now is compared by `make check`. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/decode.h"

#define NOW_US (INT64_C(1767657600) * TOIL_US_PER_SECOND) /* 2026-01-06T00:00:00Z */

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s: run the tests from the top of the tree", path);
    struct toil_buf text = TOIL_BUF_INIT;
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        toil_buf_add(&text, chunk, n);
    fclose(file);
    return toil_buf_take(&text);
}

Test(event_docs, schema_has_every_field_of_every_kind)
{
    char *text = read_whole("docs/events.schema.json");
    cJSON *schema = cJSON_Parse(text);
    cr_assert_not_null(schema);
    const cJSON *kinds = cJSON_GetObjectItemCaseSensitive(schema, "$defs");
    cr_expect_eq(cJSON_GetArraySize(kinds), TOIL_N_KINDS);
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++) {
        const cJSON *def = cJSON_GetObjectItemCaseSensitive(kinds, toil_kinds[kind].name);
        cr_assert_not_null(def, "%s", toil_kinds[kind].name);
        const cJSON *properties = cJSON_GetObjectItemCaseSensitive(def, "properties");
        int expected = 1; /* kind itself */
        for (unsigned field = 0; field < TOIL_N_FIELDS; field++) {
            bool has = toil_fields[field].kinds >> kind & 1u;
            expected += has;
            cr_expect_eq(cJSON_HasObjectItem(properties, toil_fields[field].name), has, "%s.%s", toil_kinds[kind].name,
                         toil_fields[field].name);
        }
        cr_expect_eq(cJSON_GetArraySize(properties), expected);
    }
    cJSON_Delete(schema);
    free(text);
}

Test(event_docs, examples_of_the_page_decode)
{
    char *page = read_whole("docs/events.md");
    struct toil_people *people = toil_people_open_clear();
    struct toil_decoder *decoder = toil_decoder_new(people);
    struct toil_decode_options options;
    toil_decode_options_init(&options);
    unsigned kinds = 0;
    for (char *at = page; (at = strstr(at, "```json\n")) != NULL;) {
        at += strlen("```json\n");
        struct toil_span example = {at, (size_t)(strstr(at, "```") - at)};
        struct toil_event event;
        char detail[256];
        enum toil_reason reason = toil_decode(decoder, &options, example, NOW_US, &event, detail, sizeof detail);
        cr_expect_eq(reason, TOIL_REASON_NONE, "%.*s: %s", (int)example.len, example.ptr, detail);
        cr_expect_eq(event.unknown_fields, 0, "%.*s", (int)example.len, example.ptr);
        kinds |= 1u << event.kind;
        at += example.len + strlen("```");
    }
    cr_expect_eq(kinds, TOIL_ALL, "an example of each kind");
    toil_decoder_free(decoder);
    toil_people_free(people);
    free(page);
}

Test(event_docs, page_lists_every_reason)
{
    char *page = read_whole("docs/events.md");
    for (unsigned reason = TOIL_REASON_NONE + 1; reason < TOIL_REASON_COUNT; reason++) {
        char *row = toil_xasprintf("| `%s` | %s |\n", toil_reasons[reason].name, toil_reasons[reason].doc);
        cr_expect(strstr(page, row), "%s", row);
        free(row);
    }
    free(page);
}
