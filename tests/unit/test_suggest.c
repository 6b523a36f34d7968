/* check-mapping --suggest: what it proposes compiles, and reads the sample that it was made of. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/sample/suggest.h"

static char *proposed(const char *const *messages)
{
    struct toil_suggest *suggest = toil_suggest_new();
    struct toil_buf out = TOIL_BUF_INIT;
    for (; *messages; messages++)
        toil_suggest_look(suggest, toil_span_of(*messages));
    bool any = toil_suggest_write(suggest, &out);
    toil_suggest_free(suggest);
    if (any)
        return toil_buf_take(&out);
    toil_buf_release(&out);
    return NULL;
}

static struct toil_mapping *compiled(const char *text)
{
    struct toil_mapping *mapping;
    struct toil_error err;
    cr_assert_eq(toil_mapping_load_text("proposed", toil_span_of(text), NULL, &mapping, &err), TOIL_OK, "%s\n%s",
                 err.message, text);
    return mapping;
}

Test(suggest, finds_id_time_unit_and_names)
{
    static const char *const messages[] = {"{\"type\":\"restart\",\"meta\":{\"uid\":\"a\"},\"ts\":1,\"startedAt\":"
                                           "1772359200123,\"service\":\"edge\",\"user\":\"ann\"}",
                                           "{\"type\":\"restart\",\"meta\":{\"uid\":\"b\"},\"ts\":1,\"startedAt\":"
                                           "1772359300123,\"service\":\"edge\",\"user\":\"ann\"}",
                                           "{\"type\":\"stop\",\"meta\":{\"uid\":\"c\"},\"ts\":1,\"startedAt\":"
                                           "1772359400123,\"service\":\"desk\",\"user\":\"bob\"}",
                                           "{\"type\":\"stop\",\"meta\":{\"uid\":\"d\"},\"ts\":1,\"startedAt\":"
                                           "1772359500123,\"service\":\"edge\",\"user\":\"bob\"}",
                                           "not json",
                                           NULL};
    static const char *const wanted[] = {"      id: \"/meta/uid\" # 4 times, 4 different",
                                         "      at: {from: \"/startedAt\", unit: ms} #",
                                         "      component: \"/service\" # 4 times, 2 different: \"edge\", \"desk\"",
                                         "      actor: \"/user\" #",
                                         "# when: {\"/type\": ...}",
                                         "1 more are no JSON objects"};
    char *text = proposed(messages);
    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_expect(strstr(text, wanted[i]), "%s\nis not in\n%s", wanted[i], text);
    struct toil_mapping *mapping = compiled(text);
    struct toil_people *people = toil_people_open_clear();
    struct toil_reader *reader = toil_reader_new(people, false);
    struct toil_decode_options options;
    struct toil_reading reading;
    struct toil_message message = {.value = toil_span_of(messages[0]), .topic = "t", .timestamp_us = INT64_MIN};
    char detail[256];
    toil_decode_options_init(&options);
    cr_expect_eq(toil_reader_take(reader, mapping, &options, &message, INT64_C(1785542400000000), &reading, detail,
                                  sizeof detail),
                 TOIL_REASON_NONE, "%s", detail);
    cr_expect_eq(reading.count, 1);
    toil_reader_free(reader);
    toil_people_free(people);
    toil_mapping_free(mapping);
    free(text);
}

Test(suggest, a_list_in_most_messages_is_told_and_open_ends_are_no_times)
{
    static const char *const messages[] = {"{\"alerts\":[{\"fingerprint\":\"x\",\"startsAt\":\"2026-03-01T10:00:00Z\","
                                           "\"endsAt\":\"0001-01-01T00:00:00Z\"}]}",
                                           NULL};
    char *text = proposed(messages);
    cr_expect(strstr(text, "# each: \"/alerts\""), "%s", text);
    cr_expect(strstr(text, "at: \"/alerts/0/startsAt\""), "%s", text);
    cr_expect(strstr(text, "component: unknown # nothing looks like it"), "%s", text);
    cr_expect_null(strstr(text, "ended_at"), "%s", text);
    toil_mapping_free(compiled(text));
    free(text);
}

Test(suggest, hostile_samples_stay_bounded_and_their_proposal_compiles)
{
    struct toil_buf wide = TOIL_BUF_INIT, deep = TOIL_BUF_INIT;
    toil_buf_add_char(&wide, '{');
    for (int i = 0; i < 9000; i++)
        toil_buf_printf(&wide, "%s\"id~/%d: #\\u000a\":\"2026-03-01T10:00:00Z\"", i ? "," : "", i);
    toil_buf_add_text(&wide, ",\"id: {[#~/\":1}");
    for (int i = 0; i < 200; i++)
        toil_buf_add_text(&deep, "{\"id\":");
    toil_buf_add_char(&deep, '1');
    for (int i = 0; i < 200; i++)
        toil_buf_add_char(&deep, '}');
    const char *const messages[] = {
        "{\"id: {[#~/'\":\"x # y\",\"service\":\"a\\nb: c\"}", deep.data, wide.data, "[1]", "", NULL};
    char *text = proposed(messages);
    cr_assert_not_null(text);
    toil_mapping_free(compiled(text));
    free(text);
    static const char *const none[] = {"[]", "x", NULL};
    cr_expect_null(proposed(none));
    toil_buf_release(&wide);
    toil_buf_release(&deep);
}
