/* Mappings: every example of the reference page, what the compiler refuses, and messages that mean harm. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/sample/sample.h"
#include "analyzers/sample/told.h"
#include "common/mapping/keys.h"
#include "support/lib_proc.h"
#include "toilmeter/mapping.h"

static int64_t at(const char *text)
{
    int64_t time_us = 0;
    cr_assert(toil_time_parse(toil_span_of(text), &time_us));
    return time_us;
}

static struct toil_mapping *compiled(const char *yaml)
{
    struct toil_mapping *mapping;
    struct toil_error err;
    cr_assert_eq(toil_mapping_load_text("m.yaml", toil_span_of(yaml), NULL, &mapping, &err), TOIL_OK, "%s\n%s",
                 err.message, yaml);
    return mapping;
}

/* What a mapping makes of a message, as check-mapping tells it. The caller frees it. */
static char *told(struct toil_mapping *mapping, const struct toil_message *message)
{
    struct toil_people *people = toil_people_open_clear();
    struct toil_reader *reader = toil_reader_new(people, true);
    struct toil_decode_options options;
    struct toil_reading reading;
    struct toil_buf out = TOIL_BUF_INIT;
    char detail[256];
    toil_decode_options_init(&options);
    enum toil_reason reason = toil_reader_take(reader, mapping, &options, message, at("2026-08-01T00:00:00Z"), &reading,
                                               detail, sizeof detail);
    toil_tell_json(reason, &reading, detail, &out);
    toil_reader_free(reader);
    toil_people_free(people);
    return toil_buf_take(&out);
}

static char *told_text(const char *yaml, struct toil_span value)
{
    struct toil_mapping *mapping = compiled(yaml);
    struct toil_message message = toil_sample_plain(value, 0);
    char *text = told(mapping, &message);
    toil_mapping_free(mapping);
    return text;
}

/* The next fenced block of a language in the page; NULL at its end. Moves *at behind it. */
static char *block(const char **at, const char *fence)
{
    const char *begin = strstr(*at, fence);
    if (!begin)
        return NULL;
    begin += strlen(fence);
    const char *end = strstr(begin, "```");
    cr_assert_not_null(end);
    *at = end + 3;
    return toil_xstrndup(begin, (size_t)(end - begin));
}

Test(mapping, every_example_of_the_reference_page_is_true)
{
    char *page = toil_file_text("docs/mapping.md");
    const char *p = page;
    unsigned examples = 0;
    for (char *yaml; (yaml = block(&p, "```yaml mapping\n")); examples++) {
        char *line = block(&p, "```json message\n"), *wanted = block(&p, "```json result\n");
        cr_assert(line && wanted);
        struct toil_mapping *mapping = compiled(yaml);
        struct toil_sample *sample = toil_sample_new();
        struct toil_message message;
        struct toil_error err;
        struct toil_span text = {line, strlen(line) - 1};
        if (strncmp(line, "{\"$", 3) == 0)
            cr_assert_eq(toil_sample_open(sample, text, &message, &err), TOIL_OK, "%s", err.message);
        else
            message = toil_sample_plain(text, 0);
        char *got = told(mapping, &message);
        cr_expect_str_eq(got, wanted, "%s\ngives\n%s", yaml, got);
        toil_sample_free(sample);
        toil_mapping_free(mapping);
        free(got);
        free(yaml);
        free(line);
        free(wanted);
    }
    cr_assert_geq(examples, 4);
    free(page);
}

/* Cuts the page into its mappings and the text around them. */
static void split_page(struct toil_buf *examples, struct toil_buf *prose)
{
    char *page = toil_file_text("docs/mapping.md");
    const char *from = page, *next = page;
    for (char *yaml; (yaml = block(&next, "```yaml mapping\n")); from = next) {
        toil_buf_add_text(examples, yaml);
        toil_buf_add(prose, from, (size_t)(strstr(from, "```yaml mapping\n") - from));
        free(yaml);
    }
    toil_buf_add_text(prose, from);
    free(page);
}

Test(mapping, every_key_stands_in_an_example_and_in_the_reference)
{
    struct toil_buf examples = TOIL_BUF_INIT, prose = TOIL_BUF_INIT;
    unsigned keys = 0;
    split_page(&examples, &prose);
    for (const struct mapping_key *row = mapping_keys; row->key; row++, keys++) {
        char *pair = toil_xasprintf("%s:", row->key), *quoted = toil_xasprintf("`%s`", row->key);
        cr_expect(strstr(examples.data, pair), "no example has %s", pair);
        cr_expect(strstr(prose.data, quoted) || strstr(prose.data, pair), "docs/mapping.md does not tell of %s",
                  row->key);
        free(pair);
        free(quoted);
    }
    for (const struct mapping_word *row = mapping_words; row->word; row++) {
        cr_expect(strstr(examples.data, row->word), "no example has %s", row->word);
        cr_expect(strstr(prose.data, row->word), "docs/mapping.md does not tell of %s", row->word);
    }
    cr_assert_gt(keys, 40u);
    toil_buf_release(&examples);
    toil_buf_release(&prose);
}

/* What the compiler knows at a level is what the table says, in its order. */
Test(mapping, what_is_known_is_the_table)
{
    static const char *const unknown[MAPPING_LEVELS] = {
        [MAPPING_TOP] = "qqqqqqqq: 1\n",
        [MAPPING_SETTING] = "settings: {a: {qqqqqqqq: 1}}\nrules: []\n",
        [MAPPING_DECODE] = "decode: [{qqqqqqqq: 1}]\nrules: []\n",
        [MAPPING_RULE] = "rules: [{qqqqqqqq: 1}]\n",
        [MAPPING_PATTERN] = "rules: [{pattern: {qqqqqqqq: 1}}]\n",
        [MAPPING_SOURCE] = "rules: [{kind: deployment, fields: {id: {qqqqqqqq: 1}}}]\n",
        [MAPPING_WHEN] = "rules: [{when: {/a: {qqqqqqqq: 1}}}]\n",
    };
    for (int level = 0; level < MAPPING_LEVELS; level++) {
        struct toil_mapping *mapping;
        struct toil_error err;
        struct toil_buf wanted = TOIL_BUF_INIT;
        toil_buf_printf(&wanted, ": %s: unknown key \"qqqqqqqq\"; known are ", mapping_levels[level].name);
        const char *between = "";
        for (const struct mapping_key *row = mapping_keys; row->key; row++) {
            if (row->level != (enum mapping_level)level)
                continue;
            toil_buf_printf(&wanted, "%s%s", between, row->key);
            between = ", ";
        }
        cr_assert_eq(toil_mapping_load_text("m.yaml", toil_span_of(unknown[level]), NULL, &mapping, &err),
                     TOIL_BAD_INPUT);
        const char *said = strstr(err.message, wanted.data);
        cr_expect(said && strlen(said) == wanted.len, "%s\nis not\n%s", err.message, wanted.data);
        toil_buf_release(&wanted);
    }
}

Test(mapping, what_the_table_says_must_be_there_is_missed)
{
    static const struct {
        enum mapping_level level;
        const char *key, *yaml, *said;
    } bare[] = {
        {MAPPING_TOP, "rules", "about: x\n", "rules: expected a list"},
        {MAPPING_SETTING, "default", "settings: {a: {about: x}}\nrules: []\n", "settings: a has no default"},
        {MAPPING_PATTERN, "of", "rules: [{pattern: {match: x}, skip: y}]\n", "pattern: expected {of"},
        {MAPPING_PATTERN, "match", "rules: [{pattern: {of: /a}, skip: y}]\n", "pattern: expected {of"},
    };
    size_t required = 0;
    for (const struct mapping_key *row = mapping_keys; row->key; row++)
        required += row->required;
    cr_expect_eq(required, sizeof bare / sizeof bare[0]);
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) {
        struct toil_mapping *mapping;
        struct toil_error err;
        cr_expect_eq(toil_mapping_load_text("m.yaml", toil_span_of(bare[i].yaml), NULL, &mapping, &err), TOIL_BAD_INPUT,
                     "%s", bare[i].yaml);
        cr_expect(strstr(err.message, bare[i].said), "%s", err.message);
        const struct mapping_key *row = mapping_keys;
        while (row->key && (row->level != bare[i].level || strcmp(row->key, bare[i].key) != 0))
            row++;
        cr_expect(row->required, "%s", bare[i].key);
    }
}

/* The next literal block of a manual page as a reader sees it. The caller frees it. */
static char *literal(const char **at)
{
    char *text = NULL;
    const char *begin = strstr(*at, ".Bd -literal -offset indent\n");
    cr_assert_not_null(begin);
    begin = strchr(begin, '\n') + 1;
    const char *end = strstr(begin, ".Ed\n");
    cr_assert_not_null(end);
    *at = end;
    text = toil_xstrndup(begin, (size_t)(end - begin));
    for (char *escape = text; (escape = strstr(escape, "\\e"));) {
        escape++;
        memmove(escape, escape + 1, strlen(escape));
    }
    return text;
}

Test(mapping, the_example_of_the_manual_page_is_true)
{
    char *page = toil_file_text("docs/toilmeter-mapping.5");
    const char *p = page;
    char *yaml = literal(&p), *message = literal(&p);
    char *got = told_text(yaml, toil_span_of(message));
    cr_expect_str_eq(
        got,
        "{\"events\": [{\"kind\": \"service_restart\", \"at\": \"2026-03-01T10:00:00Z\", \"id\": \"71-3\", "
        "\"component\": \"nightly\", \"automatic\": true, \"extra\": {\"attempt\":3}}], \"from\": "
        "{\"at\": \"/at\", \"id\": \"/id + /try\", \"component\": \"/job\", "
        "\"automatic\": \"true\"}}\n",
        "%s", got);
    free(got);
    free(message);
    free(yaml);
    free(page);
}

#define RULE "rules:\n  - kind: service_restart\n    fields: {id: /id, at: /at, component: /c"

Test(mapping, the_compiler_refuses_with_the_place)
{
    static const struct {
        const char *yaml, *said;
    } rows[] = {
        {"rules: []\n", "m.yaml:1:8: rules: expected a list of at least one rule"},
        {"rule: []\n", "unknown key \"rule\"; did you mean \"rules\"?"},
        {"rules:\n  - {kind: restart, fields: {}}\n", "m.yaml:2:12: kind: expected one of service_restart"},
        {"rules:\n  - {kind: service_restart, fields: {id: /a}}\n", "fields: at is missing; service_restart needs it"},
        {RULE ", statsu: /x}\n", "no event has \"statsu\"; did you mean \"status\"?"},
        {RULE ", status: /x}\n", "service_restart has no status"},
        {RULE ", host: {from: /x, patern: y}}\n", "unknown key \"patern\"; did you mean \"pattern\"?"},
        {RULE ", host: {from: /x, pattern: '~(('}}\n", "pattern: regular expression \"((\": character 3"},
        {RULE ", host: {from: /x, join: [/y]}}\n", "here are from and join"},
        {RULE ", host: {unit: s}}\n", "a source needs one of from"},
        {RULE ", host: {from: /x, unit: s}}\n", "unit: only times, versions and manual_minutes have one"},
        {RULE ", ended_at: {from: /x, unit: h}}\n", "unit: expected one of s, ms, us, ns for a time"},
        {RULE ", ended_at: {from: /x, zone: Europe/Pragu}}\n", "zone: unknown time zone \"Europe/Pragu\""},
        {RULE ", host: /a~2}\n", "expected ~0 for ~ and ~1 for /"},
        {RULE ", host: ../a}\n", "\"..\" leads outside of the message"},
        {RULE ", host: $header}\n", "\"$header\" is no source; did you mean $header."},
        {RULE ", host: $group.x}\n", "$group.x: the rule has no `pattern`"},
        {RULE ", host: $setting.x}\n", "$setting.x: no such name among the mapping's `settings`"},
        {RULE ", host: {from: /x, scale: [1, 1]}}\n", "scale: expected two different values"},
        {RULE ", host: {from: /x, otherwise: y}}\n", "otherwise: goes with `map`"},
        {"decode: [gzip]\n" RULE "}\n", "decode: expected schema_registry"},
        {"decode: [text]\n" RULE "}\n", "pointer: the document is text"},
        {"decode: [{under: payload}]\n" RULE "}\n", "under: expected a pointer such as /payload"},
        {"each: {a: b}\n" RULE "}\n", "each: expected a text"},
        {"no_value: drop\n" RULE "}\n", "no_value: expected one of quarantine, skip, empty"},
        {"rules:\n  - {skip: x, kind: none}\n", "skip: such a rule makes no event"},
        {"rules:\n  - {when: {type: a}, skip: x}\n", "expected a pointer such as /type"},
        {"rules:\n  - {when: {/type: {over: 1}}, skip: x}\n", "unknown key \"over\""},
        {"rules:\n  - {when: {/type: {above: x}}, skip: x}\n", "above: expected a number"},
        {"settings: {a: {about: x}}\n" RULE "}\n", "settings: a has no default"},
        {"a: [1\n", "m.yaml:"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toil_mapping *mapping;
        struct toil_error err;
        cr_expect_eq(toil_mapping_load_text("m.yaml", toil_span_of(rows[i].yaml), NULL, &mapping, &err), TOIL_BAD_INPUT,
                     "%s", rows[i].yaml);
        cr_expect_null(mapping);
        cr_expect(strstr(err.message, rows[i].said), "%s\nsaid %s", rows[i].yaml, err.message);
        cr_expect_eq(strncmp(err.message, "m.yaml:", 7), 0, "%s", err.message);
    }
}

static void expect_told(const char *yaml, struct toil_span value, const char *said)
{
    char *text = told_text(yaml, value);
    cr_expect(strstr(text, said), "%.*s\nsaid %.300s, not %s", (int)(value.len < 200 ? value.len : 200), value.ptr,
              text, said);
    free(text);
}

static const char plain[] = RULE ", host: {from: /h, pattern: '~^(a+)+$'}}\n";

Test(mapping, hostile_messages_are_quarantined_with_the_reason)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "\"quarantine\": \"empty\""},
        {"{\"id\": 1", "truncated"},
        {"{\"id\": \"\\ud800\"}", "escape"},
        {"{\"id\": \"a\\u0000b\"}", "\"nul\""},
        {"{\"x\": \"\xff\"}", "utf8"},
        {"{\"id\": 1, \"id\": 2}", "duplicate_key"},
        {"{\"id\": 9007199254740993}", "range"},
        {"{\"id\": 1e999}", "\"number\""},
        {"{\"id\": {}}", "\"type\""},
        {"{\"id\": 1, \"c\": \"x\", \"at\": \"0000-00-00\"}", "\"time\""},
        {"{\"id\": 1, \"c\": \"x\", \"at\": 1772359200}", "a declared `unit`"},
        {"{\"id\": 1, \"c\": \"x\", \"at\": \"1970-01-01T00:00:00Z\"}", "implausible_time"},
        {"{\"id\": 1, \"c\": \"x\", \"at\": \"2026-03-01T10:00:00\"}", "\"time\""},
        {"{\"id\": 1, \"c\": \"x\", \"at\": \"2026-03-01T10:00:00Z\"}", "\"events\""},
        {"{\"id\": 1, \"c\": null, \"at\": \"2026-03-01T10:00:00Z\"}", "component: missing"},
        {"{\"id\": 1, \"c\": \"x\", \"at\": \"2026-03-01T10:00:00Z\"} x", "not_json"},
        {"{\"id\": 1, \"c\": \"x\", \"at\": \"2026-03-01T10:00:00Z\", \"h\": "
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"}",
         "needs too many steps"},
        {"[1, 2]", "not_object"},
        {"3", "not_object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_told(plain, toil_span_of(rows[i].text), rows[i].said);
}

static char *repeated(const char *head, const char *item, size_t count, const char *tail, size_t *len)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_add_text(&text, head);
    for (size_t i = 0; i < count; i++)
        toil_buf_add_text(&text, item);
    toil_buf_add_text(&text, tail);
    *len = text.len;
    return toil_buf_take(&text);
}

Test(mapping, a_message_cannot_cost_more_than_its_bounds)
{
    static const char
        each[] = "each: /a\n" RULE "}\n",
        outer[] =
            "each: /a\n"
            "rules:\n  - kind: service_restart\n    fields: {id: $index, at: ../t, component: ../c, reason: ../r}\n";
    static const struct {
        const char *yaml, *head, *item;
        size_t count;
        const char *tail, *said;
    } rows[] = {
        {each, "{\"a\":[0", ",0", 20000, "]}", "missing"},
        {"each: /a\nrules: [{skip: x}]\n", "{\"a\":[0", ",0", 200000, "]}", "at most 10000 elements"},
        {plain, "", "[", 10000, "", "\"depth\""},
        {plain, "{\"id\":", "[", 10000, "", "\"depth\""},
        {plain, "{\"", "k", 1000000, "\":1}", "at: missing"},
        {plain, "{\"id\":\"", "k", 1000000, "\"}", "\"range\""},
        {plain, "{\"x\":\"", "k", 2000000, "\"}", "too_large"},
        {outer, "{\"t\":\"2026-03-01T10:00:00Z\",\"c\":\"x\",\"r\":\"\\n\",\"a\":[0", ",0", 5000, "]}", "\"events\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len;
        char *text = repeated(rows[i].head, rows[i].item, rows[i].count, rows[i].tail, &len);
        expect_told(rows[i].yaml, (struct toil_span){text, len}, rows[i].said);
        free(text);
    }
}

Test(mapping, memory_of_a_fan_out_is_bounded)
{
    /* Each item needs the same 4,000 escaped characters again. */
    size_t len;
    char *long_text =
        repeated("{\"t\":\"2026-03-01T10:00:00Z\",\"c\":\"x\",\"r\":\"", "\\n", 4000, "\",\"a\":[0", &len);
    char *text = repeated(long_text, ",0", 9000, "]}", &len);
    expect_told(
        "each: /a\nrules:\n  - kind: service_restart\n    fields: {id: $index, at: ../t, component: ../c, reason: "
        "../r}\n",
        (struct toil_span){text, len}, "more than 8 times the size limit");
    free(long_text);
    free(text);
}

Test(mapping, a_message_makes_all_its_events_or_none)
{
    static const char yaml[] = "each: /a\n" RULE "}\n";
    static const char good[] = "{\"id\":1,\"at\":\"2026-03-01T10:00:00Z\",\"c\":\"x\"}";
    char text[512];
    snprintf(text, sizeof text, "{\"a\":[%s,{\"id\":2},%s]}", good, good);
    expect_told(yaml, toil_span_of(text), "\"quarantine\": \"missing\"");
}

Test(mapping, settings_replace_what_they_stand_for)
{
    static const char yaml[] = "settings:\n  c: {default: /c, about: x}\n  k: {default: service_restart, about: y}\n"
                               "rules:\n  - kind: $setting.k\n    fields: {id: /id, at: /at, component: $setting.c}\n";
    static const char text[] = "{\"id\":1,\"at\":\"2026-03-01T10:00:00Z\",\"c\":\"x\",\"d\":\"y\"}";
    struct toil_yaml *values;
    struct toil_mapping *mapping;
    struct toil_error err;
    expect_told(yaml, toil_span_of(text), "\"kind\": \"service_restart\"");
    cr_assert_eq(toil_yaml_load_text("s", TOIL_SPAN("{c: [/e, /d], k: queue_rebalance}"), &values, &err), TOIL_OK);
    cr_assert_eq(toil_mapping_load_text("m.yaml", toil_span_of(yaml), toil_yaml_root(values), &mapping, &err), TOIL_OK,
                 "%s", err.message);
    toil_yaml_free(values);
    struct toil_message message = toil_sample_plain(toil_span_of(text), 0);
    char *got = told(mapping, &message);
    cr_expect(strstr(got, "\"kind\": \"queue_rebalance\""), "%s", got);
    cr_expect(strstr(got, "\"component\": \"y\""), "%s", got);
    free(got);
    toil_mapping_free(mapping);
}

Test(mapping, an_unknown_preset_names_those_that_there_are)
{
    struct toil_mapping *mapping;
    struct toil_error err;
    cr_assert_eq(toil_mapping_load_preset("zendisk", NULL, &mapping, &err), TOIL_BAD_INPUT);
    cr_assert(strstr(err.message, "alertmanager, cdevents"), "%s", err.message);
}

Test(mapping, more_pointers_into_one_object_than_a_word_has_bits)
{
    struct toil_buf yaml = TOIL_BUF_INIT, text = TOIL_BUF_INIT, list = TOIL_BUF_INIT;
    toil_buf_add_text(&yaml, "rules:\n  - kind: support_ticket\n    fields:\n      id: {join: [");
    toil_buf_add_char(&text, '{');
    for (int i = 0; i < 32; i++)
        toil_buf_printf(&yaml, "%s/k%d", i ? ", " : "", i);
    toil_buf_add_text(&yaml, "]}\n      topic: {join: [");
    for (int i = 32; i < 64; i++)
        toil_buf_printf(&yaml, "%s/k%d", i > 32 ? ", " : "", i);
    toil_buf_add_text(&yaml, "], with: '-'}\n      scope: \"/l/[n=x]/v\"\n      component: /k64\n      at: /k65\n");
    for (int i = 0; i < 65; i++)
        toil_buf_printf(&text, "\"k%d\":%d,", i, i);
    toil_buf_add_text(&text, "\"k65\":\"2026-03-01T10:00:00Z\",");
    toil_buf_add_text(
        &list, "\"l\":[{\"v\":\"no\",\"n\":\"y\"},{\"v\":\"first\",\"n\":\"x\"},{\"n\":\"x\",\"v\":\"second\"}]");
    toil_buf_add_span(&text, (struct toil_span){list.data, list.len});
    size_t whole = text.len;
    toil_buf_add_char(&text, '}');
    expect_told(yaml.data, (struct toil_span){text.data, text.len}, "\"component\": \"64\"");
    expect_told(yaml.data, (struct toil_span){text.data, text.len}, "\"scope\": \"first\"");
    expect_told(yaml.data, (struct toil_span){text.data, text.len}, "\"topic\": \"32-33-34-");
    text.len = whole; /* the last of them once more */
    toil_buf_add_text(&text, ",\"k64\":1}");
    expect_told(yaml.data, (struct toil_span){text.data, text.len}, "duplicate_key");
    toil_buf_release(&yaml);
    toil_buf_release(&text);
    toil_buf_release(&list);
}

Test(mapping, otherwise_keeps_what_the_mapping_has_no_place_for)
{
    static const char skip[] = "each: /a\nrules: [{when: {/b: x}, skip: y}]\n";
    static const char keep[] = "otherwise: quarantine\neach: /a\nrules: [{when: {/b: x}, skip: y}]\n";
    expect_told(skip, TOIL_SPAN("{}"), "\"skipped\": \"nothing where `each` points to\"");
    expect_told(keep, TOIL_SPAN("{}"), "\"quarantine\": \"mapping\"");
    expect_told(skip, TOIL_SPAN("{\"a\":[{}]}"), "\"skipped\": \"no rule takes it\"");
    expect_told(keep, TOIL_SPAN("{\"a\":[{}]}"), "\"quarantine\": \"mapping\"");
    expect_told(keep, TOIL_SPAN("{\"a\":[]}"), "\"skipped\": \"no elements\"");
    expect_told(keep, TOIL_SPAN("{\"a\":[{\"b\":\"x\"}]}"), "\"skipped\": \"y\"");
}
