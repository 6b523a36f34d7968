/* The catalog: what is refused, with which line and words; the way to JSON and back; matching; differences. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/catalog.h"
#include "analyzers/catalog/catalog_keys.h"
#include "analyzers/catalog/catalog_store.h"

static struct toil_catalog *load(const char *text)
{
    struct toil_catalog *catalog = NULL;
    struct toil_error err;
    cr_assert_eq(toil_catalog_load_text("c", toil_span_of(text), &catalog, &err), TOIL_OK, "%s\n%s\nin\n%s",
                 err.message, err.hint, text);
    return catalog;
}

static int64_t date(const char *text)
{
    int64_t day = 0;
    cr_assert(toil_date_parse(toil_span_of(text), &day), "%s", text);
    return day;
}

static char *json_of(const struct toil_catalog *catalog)
{
    struct toil_buf out = TOIL_BUF_INIT;
    toil_catalog_to_json(catalog, &out);
    return toil_buf_take(&out);
}

#define TEAM "teams:\n- name: a\n"
#define PART TEAM "components:\n- name: x\n"
#define ITEM PART "items:\n- id: T\n  title: t\n"

Test(catalog, every_fault_is_named_with_its_line)
{
    static const struct {
        const char *text;
        int line, column;
        const char *expect;
    } cases[] = {
        {"- a", 1, 1, "catalog: expected a map"},
        {"curency: EUR", 1, 1, "catalog: unknown key \"curency\"; did you mean \"currency\"?"},
        {"currency: EUR\ncurrency: USD", 2, 1, "key \"currency\" stands twice"},
        {"currency: [", 2, 1, "flow sequence without a closing bracket"},
        {"currency: euro", 1, 11, "currency: expected three capital letters"},
        {"currency: eur", 1, 11, "currency: expected three capital letters"},
        {"currency: [EUR]", 1, 11, "currency: expected three capital letters"},
        {"zone: Europe/Pragu", 1, 7, "zone: unknown time zone \"Europe/Pragu\""},
        {"zone: ../../etc/passwd", 1, 7, "zone: unknown time zone"},
        {"zone: {}", 1, 7, "zone: expected a text"},
        {"sprints: 2w", 1, 10, "sprints: expected a map"},
        {"sprints: {length: 2w}", 1, 10, "sprints: the key \"start\" is missing"},
        {"sprints: {start: 2026-02-30}", 1, 18, "start: expected a date"},
        {"sprints: {start: 5.1.2026}", 1, 18, "start: expected a date"},
        {"sprints: {start: 0206-01-05}", 1, 18, "start: expected a date from 1990 to 2199"},
        {"sprints: {start: 2026-01-05, length: 0w}", 1, 38, "length: expected a duration in days or weeks"},
        {"sprints: {start: 2026-01-05, length: 2}", 1, 38, "length: expected a duration in days or weeks"},
        {"sprints: {start: 2026-01-05, length: 36h}", 1, 38, "length: expected a duration in days or weeks"},
        {"sprints: {start: 2026-01-05, length: 30w}", 1, 38, "length: expected a sprint of at most 26w"},
        {"sprints: {start: 2026-01-05, long: 2w}", 1, 30, "sprints: unknown key \"long\""},
        {"people_hours_per_sprint: 0", 1, 26, "people_hours_per_sprint: expected a number from 1"},
        {"people_hours_per_sprint: inf", 1, 26, "people_hours_per_sprint: expected a number"},
        {"ticket_cost: [{from: 2026-01-01, amount: 1}]", 1, 14, "ticket_cost: an amount needs the key \"currency\""},
        {"currency: EUR\nticket_cost: 12", 2, 14, "ticket_cost: expected a list such as"},
        {"currency: EUR\nticket_cost:\n- {from: 2026-01-01}", 3, 3, "ticket_cost: the key \"amount\" is missing"},
        {"currency: EUR\nticket_cost:\n- {amount: 1}", 3, 3, "ticket_cost: the key \"from\" is missing"},
        {"currency: EUR\nticket_cost:\n- {from: 2026-01-01, amount: -1}", 3, 30, "amount: expected a number from 0"},
        {"currency: EUR\nticket_cost:\n- {from: 2026-01-01, amount: 1}\n- {from: 2025-01-01, amount: 1}", 4, 10,
         "ticket_cost: expected dates in rising order, each once"},
        {"currency: EUR\nteams:\n- name: a\n  rate:\n  - {from: 2026-01-01, amount: 1}\n"
         "  - {from: 2026-01-01, amount: 2}",
         6, 12, "rate: expected dates in rising order, each once"},
        {"teams: {}", 1, 8, "teams: expected a list"},
        {"teams:\n- a", 2, 3, "team: expected a map"},
        {"teams:\n- zone: UTC", 2, 3, "team: the key \"name\" is missing"},
        {"teams:\n- name:", 2, 3, "name: expected a text"},
        {"teams:\n- name: \"a\\u0007\"", 2, 10, "name: expected 1 to 256 bytes without control characters"},
        {"teams:\n- name: \"a\\u2028b\"", 2, 10, "name: expected 1 to 256 bytes without control characters"},
        {"teams:\n- name: ' a'", 2, 10, "name: expected 1 to 256 bytes without control characters"},
        {"teams:\n- name: (none)", 2, 9, "name: \"(none)\": names in brackets are the program's own"},
        {"teams:\n- name: a\n- name: a", 3, 9, "name: the team \"a\" stands already above"},
        {"teams:\n- name: a\n  working: 9-17", 3, 12, "working: expected weekdays and hours such as"},
        {"teams:\n- name: a\n  evening: 17:00-25:00", 3, 12, "evening: expected weekdays and hours such as"},
        {"teams:\n- name: a\n  zone: Mars/Phobos", 3, 9, "zone: unknown time zone \"Mars/Phobos\""},
        {"teams:\n- name: a\n  rates: []", 3, 3, "team: unknown key \"rates\"; did you mean \"rate\"?"},
        {TEAM "components:\n- name: x\n- name: x", 5, 9, "name: the component \"x\" stands already above"},
        {TEAM "components:\n- name: (unmapped)", 4, 9, "names in brackets are the program's own"},
        {"teams:\n- name: platform\ncomponents:\n- name: x\n  team: platfrom", 5, 9,
         "team: unknown team \"platfrom\"; did you mean \"platform\"?"},
        {TEAM "components:\n- name: x\n  team: zebras", 5, 9,
         "team: unknown team \"zebras\": expected the name of one"},
        {PART "  match: x", 5, 10, "match: expected a list of texts"},
        {PART "  match: [a, '~(']", 5, 15, "match: regular expression"},
        {PART "  match: [a, a]", 5, 14, "match: \"a\" stands twice"},
        {PART "  topics: [[a]]", 5, 12, "topics: expected a text"},
        {PART "  matches: [a]", 5, 3, "component: unknown key \"matches\"; did you mean \"match\"?"},
        {"goals:\n- {name: g}\n- {name: g}", 3, 10, "name: the goal \"g\" stands already above"},
        {"goals:\n- {name: g, by: soon}", 2, 17, "by: expected a date"},
        {"goals:\n- {name: g, leader: cto}", 2, 13, "goal: unknown key \"leader\""},
        {PART "items:\n- title: t", 6, 3, "item: the key \"id\" is missing"},
        {PART "items:\n- id: T", 6, 3, "item: the key \"title\" is missing"},
        {ITEM "- id: T\n  title: u", 8, 7, "id: the item \"T\" stands already above"},
        {ITEM "  components: [x, z]", 8, 19, "components: unknown component \"z\""},
        {ITEM "  components: [x, x]", 8, 19, "components: \"x\" stands twice"},
        {ITEM "  components: x", 8, 15, "components: expected a list of names of components"},
        {ITEM "  teams: [a, b]", 8, 14, "teams: unknown team \"b\""},
        {ITEM "  goal: g", 8, 9, "goal: unknown goal \"g\""},
        {ITEM "  state: done", 8, 10, "state: expected one of proposed, planned"},
        {ITEM "  state: shipped", 8, 10, "state: a shipped item needs the key \"shipped\""},
        {ITEM "  state: shipped\n  proposed: 2026-03-02\n  shipped: 2026-03-01", 10, 12,
         "shipped: expected a date not before the item was proposed"},
        {ITEM "  state: planned\n  shipped: 2026-03-01", 9, 12, "shipped: expected only where the state is shipped"},
        {ITEM "  effort: 2", 8, 11, "effort: expected a map"},
        {ITEM "  effort: {sprints: 0}", 8, 21, "sprints: expected a number from 0.01"},
        {ITEM "  effort: {persons: 1}", 8, 12, "effort: unknown key \"persons\""},
        {ITEM "  promise: {change: -90%, within: 8w}", 8, 12, "promise: the key \"measure\" is missing"},
        {ITEM "  promise: {measure: hours, change: -90%, within: 8w}", 8, 22, "measure: expected one of manual_hours"},
        {ITEM "  promise: {measure: 'metric:', change: -90%, within: 8w}", 8, 23, "measure: expected one of"},
        {ITEM "  promise: {measure: tickets, within: 8w}", 8, 12, "promise: the key \"change\" is missing"},
        {ITEM "  promise: {measure: tickets, change: -0.9, within: 8w}", 8, 39, "change: expected a percentage"},
        {ITEM "  promise: {measure: tickets, change: -101%, within: 8w}", 8, 39, "change: expected a percentage"},
        {ITEM "  promise: {measure: tickets, change: 0%, within: 8w}", 8, 39, "change: expected a percentage"},
        {ITEM "  promise: {measure: tickets, change: -%, within: 8w}", 8, 39, "change: expected a percentage"},
        {ITEM "  promise: {measure: tickets, change: -90%}", 8, 12, "promise: the key \"within\" is missing"},
        {ITEM "  promise: {measure: tickets, change: -90%, within: 2y}", 8, 53, "within: expected a duration"},
        {ITEM "  payback_target: 11y", 8, 19, "payback_target: expected a duration"},
        {ITEM "  payback_target: 100000w", 8, 19, "payback_target: expected a duration"},
        {ITEM "  priority: 1", 8, 3, "item: unknown key \"priority\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_catalog *catalog = NULL;
        struct toil_error err;
        toil_error_clear(&err);
        enum toil_status status = toil_catalog_load_text("c.yaml", toil_span_of(cases[i].text), &catalog, &err);
        cr_expect_eq(status, TOIL_BAD_INPUT, "accepted:\n%s", cases[i].text);
        cr_expect_null(catalog);
        char place[64];
        snprintf(place, sizeof place, cases[i].column ? "c.yaml:%d:%d: " : "c.yaml:%d:", cases[i].line,
                 cases[i].column);
        cr_expect(strncmp(err.message, place, strlen(place)) == 0, "expected %s, got %s\nin\n%s", place, err.message,
                  cases[i].text);
        cr_expect(strstr(err.message, cases[i].expect) != NULL, "expected \"%s\", got \"%s\"", cases[i].expect,
                  err.message);
        toil_catalog_free(catalog);
    }
}

Test(catalog, the_example_is_read_as_it_is_meant)
{
    struct toil_catalog *catalog = NULL;
    struct toil_error err;
    cr_assert_eq(toil_catalog_load_file("deploy/examples/catalog.yaml", &catalog, &err), TOIL_OK, "%s", err.message);
    cr_assert_eq(catalog->warning_count, 0);
    cr_assert_str_eq(catalog->currency, "EUR");
    cr_assert_str_eq(toil_zone_name(catalog->zone), "Europe/Prague");
    cr_assert_eq(catalog->sprint_start_day, date("2026-01-05"));
    cr_assert_eq(catalog->sprint_days, 14);
    cr_assert_eq(catalog->team_count, 2);
    cr_assert_eq(catalog->component_count, 3);
    cr_assert_eq(catalog->component[1].team, 1);
    cr_assert_str_eq(catalog->component[2].match[0], "routing");
    const struct toil_item *item = &catalog->item[0];
    cr_assert_eq(item->state, TOIL_ITEM_SHIPPED);
    cr_assert_eq(item->shipped_day, date("2026-06-01"));
    cr_assert_float_eq(item->promise_change, -0.9, 1e-12);
    cr_assert_eq(item->promise_within_days, 56);
    cr_assert_eq(item->goal, 0);
    cr_assert(isnan(catalog->item[2].effort_people));
    cr_assert_eq(catalog->item[2].component_count, 2);
    cr_assert_eq(catalog->item[2].component[0], 2);
    cr_assert_float_eq(toil_rates_on(&catalog->team[0].rate, date("2026-06-30")), 55, 1e-12);
    cr_assert_float_eq(toil_rates_on(&catalog->team[0].rate, date("2026-07-01")), 58, 1e-12);
    cr_assert(isnan(toil_rates_on(&catalog->team[0].rate, date("2025-12-31"))));
    toil_catalog_free(catalog);
}

Test(catalog, what_is_left_out_gets_its_default)
{
    struct toil_catalog *empty = toil_catalog_empty(), *catalog = load(ITEM "  effort: {sprints: 2}\n");
    cr_assert_str_eq(toil_zone_name(empty->zone), "UTC");
    cr_assert_eq(empty->sprint_start_day, date("2024-01-01"));
    cr_assert_eq(empty->sprint_days, 14);
    cr_assert_float_eq(empty->people_hours_per_sprint, 80, 1e-12);
    cr_assert_str_eq(empty->currency, "XXX");
    cr_assert_eq(toil_catalog_match(empty, TOIL_SPAN("x")), SIZE_MAX);
    cr_assert_str_eq(catalog->team[0].working, "Mon-Fri 09:00-17:00");
    cr_assert_str_eq(catalog->team[0].evening, "17:00-22:00");
    cr_assert_eq(catalog->component[0].team, SIZE_MAX);
    cr_assert_eq(toil_catalog_match(catalog, TOIL_SPAN("x")), 0);
    cr_assert_eq(catalog->item[0].goal, SIZE_MAX);
    cr_assert_eq(catalog->item[0].state, TOIL_ITEM_PROPOSED);
    cr_assert_eq(catalog->item[0].proposed_day, INT64_MIN);
    cr_assert_null(catalog->item[0].promise_measure);
    cr_assert_float_eq(catalog->item[0].effort_sprints, 2, 1e-12);
    cr_assert(isnan(catalog->item[0].effort_people));
    toil_catalog_free(empty);
    toil_catalog_free(catalog);

    struct toil_catalog *weekly = load("sprints: {start: 2026-01-05, length: 1w}");
    cr_assert_float_eq(weekly->people_hours_per_sprint, 40, 1e-9);
    toil_catalog_free(weekly);
}

/* Texts that JSON and YAML both have their ways with. */
static const char *const odd_texts[] = {"null", "~x",  "true", "0123",    "a: b",  "# no", "\\\"", "[x]", "{y}", "- z",
                                        "'",    "%",   "@",    "\\u0041", "čárka", "日本", "é\\n", "*a",  "&b",  "!c",
                                        "a, b", "1e3", "<<",   "x #y",    "|",     ">",    "?",    "😀"};
#define ODD_TEXTS (sizeof odd_texts / sizeof *odd_texts)

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* A valid catalog with random contents, names included. */
static char *random_catalog(uint64_t *seed)
{
    struct toil_buf out = TOIL_BUF_INIT;
    unsigned teams = (unsigned)(next_random(seed) % 4), parts = (unsigned)(next_random(seed) % 6);
    toil_buf_printf(&out, "{\"currency\": \"CHF\", \"people_hours_per_sprint\": %.3f, \"teams\": [",
                    1 + (double)(next_random(seed) % 100000) / 999);
    for (unsigned i = 0; i < teams; i++) {
        toil_buf_printf(&out, "%s{\"name\": ", i ? ", " : "");
        toil_buf_add_json_string(&out, toil_span_of(odd_texts[(i * 7 + next_random(seed) % 7) % ODD_TEXTS]));
        toil_buf_printf(&out, ", \"rate\": [{\"from\": \"2026-0%u-01\", \"amount\": %.17g}]}", i + 1,
                        (double)next_random(seed) / 7e7);
    }
    toil_buf_add_text(&out, "], \"components\": [");
    for (unsigned i = 0; i < parts; i++) {
        toil_buf_printf(&out, "%s{\"name\": \"c%u\", \"match\": [", i ? ", " : "", i);
        const char *text = odd_texts[next_random(seed) % ODD_TEXTS];
        toil_buf_add_json_string(&out, toil_span_of(text));
        toil_buf_add_text(&out, "], \"topics\": [");
        toil_buf_add_json_string(&out, toil_span_of(odd_texts[next_random(seed) % ODD_TEXTS]));
        toil_buf_add_text(&out, "]}");
    }
    toil_buf_printf(&out,
                    "], \"items\": [{\"id\": \"T\", \"title\": \"t\", \"promise\": {\"measure\": \"metric:a b\", "
                    "\"change\": \"-%u.%02u%%\", \"within\": \"%ud\"}}]}",
                    (unsigned)(next_random(seed) % 99), 1 + (unsigned)(next_random(seed) % 99),
                    1 + (unsigned)(next_random(seed) % 3000));
    return toil_buf_take(&out);
}

Test(catalog, canonical_json_reads_back_as_itself)
{
    uint64_t seed = 3;
    for (int i = 0; i < 300; i++) {
        char *text = random_catalog(&seed);
        struct toil_catalog *first = load(text);
        char *json = json_of(first);
        struct toil_catalog *second = load(json);
        char *again = json_of(second);
        struct toil_buf diff = TOIL_BUF_INIT;
        cr_assert_str_eq(json, again);
        cr_assert_eq(first->item[0].promise_change, second->item[0].promise_change);
        cr_assert_eq(first->people_hours_per_sprint, second->people_hours_per_sprint);
        for (size_t t = 0; t < first->team_count; t++)
            cr_assert_eq(first->team[t].rate.item[0].amount, second->team[t].rate.item[0].amount);
        cr_assert_eq(toil_catalog_diff(first, second, &diff), 0, "%s", diff.data);
        toil_buf_release(&diff);
        toil_catalog_free(first);
        toil_catalog_free(second);
        free(text);
        free(json);
        free(again);
    }
}

Test(catalog, json_has_fixed_keys_and_every_default)
{
    struct toil_catalog *catalog = load(ITEM "  promise: {within: 10d, change: -12.5%, measure: csat}\n");
    char *json = json_of(catalog);
    cr_assert_str_eq(json,
                     "{\"currency\":\"XXX\",\"zone\":\"UTC\",\"sprints\":{\"start\":\"2024-01-01\",\"length\":\"2w\"},"
                     "\"people_hours_per_sprint\":80,\"ticket_cost\":[],\"teams\":[{\"name\":\"a\",\"zone\":\"UTC\","
                     "\"working\":\"Mon-Fri 09:00-17:00\",\"evening\":\"17:00-22:00\",\"rate\":[]}],\"components\":["
                     "{\"name\":\"x\",\"match\":[\"x\"],\"topics\":[]}],\"goals\":[],\"items\":[{\"id\":\"T\","
                     "\"title\":\"t\",\"components\":[],\"teams\":[],\"state\":\"proposed\",\"promise\":{"
                     "\"measure\":\"csat\",\"change\":\"-12.5%\",\"within\":\"10d\"}}]}");
    free(json);
    toil_catalog_free(catalog);
}

/* First match wins, in file order, however often and in whatever order names are asked for. */
Test(catalog, the_first_matching_rule_wins)
{
    static const char *const rules[] = {"~^a", "ab", "~b$", "~^[a-c]{2}$", "abc", "~.", "c"};
    uint64_t seed = 5;
    for (int round = 0; round < 60; round++) {
        struct toil_buf text = TOIL_BUF_INIT;
        const char *picked[4];
        toil_buf_add_text(&text, "components:\n");
        for (int i = 0; i < 4; i++) {
            picked[i] = rules[next_random(&seed) % (sizeof rules / sizeof *rules)];
            toil_buf_printf(&text, "- {name: c%d, match: ['%s']}\n", i, picked[i]);
        }
        struct toil_catalog *catalog = load(text.data);
        for (int asked = 0; asked < 200; asked++) {
            char raw[5] = {0};
            size_t len = next_random(&seed) % 5;
            for (size_t i = 0; i < len; i++)
                raw[i] = (char)('a' + next_random(&seed) % 4);
            size_t expected = SIZE_MAX;
            for (size_t i = 0; i < 4 && expected == SIZE_MAX; i++) {
                struct toil_pattern *pattern;
                struct toil_error err;
                cr_assert_eq(toil_pattern_new(picked[i], &pattern, &err), TOIL_OK);
                if (toil_pattern_matches(pattern, toil_span_of(raw)))
                    expected = i;
                toil_pattern_free(pattern);
            }
            cr_assert_eq(toil_catalog_match(catalog, toil_span_of(raw)), expected, "\"%s\" in\n%s", raw, text.data);
        }
        toil_catalog_free(catalog);
        toil_buf_release(&text);
    }
}

/* More made-up names than the cache holds change no answer. */
Test(catalog, endless_names_do_not_fill_the_memory)
{
    struct toil_catalog *catalog =
        load("components:\n- {name: even, match: ['~[02468]$']}\n- {name: seven, match: ['~7$']}");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100000; i++) {
            char raw[16];
            int len = snprintf(raw, sizeof raw, "n%d", i);
            size_t expected = i % 2 == 0 ? 0 : i % 10 == 7 ? 1 : SIZE_MAX;
            cr_assert_eq(toil_catalog_match(catalog, (struct toil_span){raw, (size_t)len}), expected, "%s", raw);
        }
    }
    toil_catalog_free(catalog);
}

Test(catalog, topics_list_every_component_that_declares_them)
{
    struct toil_catalog *catalog = load("components:\n- {name: a, topics: [sync, calls]}\n- {name: b}\n"
                                        "- {name: c, topics: [sync]}\n");
    size_t found[2] = {9, 9};
    cr_assert_eq(toil_catalog_topic(catalog, TOIL_SPAN("sync"), found, 2), 2);
    cr_assert_eq(found[0], 0);
    cr_assert_eq(found[1], 2);
    found[1] = 9;
    cr_assert_eq(toil_catalog_topic(catalog, TOIL_SPAN("sync"), found, 1), 2);
    cr_assert_eq(found[1], 9);
    cr_assert_eq(toil_catalog_topic(catalog, TOIL_SPAN("syn"), found, 2), 0);
    cr_assert_eq(catalog->warning_count, 1);
    cr_assert(strstr(catalog->warning[0], "components a and c both declare the topic \"sync\"") != NULL);
    toil_catalog_free(catalog);
}

Test(catalog, rules_that_can_never_win_are_warned_of)
{
    struct toil_catalog *catalog = load("components:\n- {name: a, match: ['~^q']}\n- {name: b, match: [qb, r]}\n");
    cr_assert_eq(catalog->warning_count, 1);
    cr_assert(strstr(catalog->warning[0], "component b: match \"qb\" can never win") != NULL, "%s",
              catalog->warning[0]);
    toil_catalog_free(catalog);
}

Test(catalog, differences_in_words)
{
    static const struct {
        const char *from, *to, *expect;
    } cases[] = {
        {ITEM, ITEM, ""},
        {"{}", "zone: Europe/Prague", "changed  zone: UTC -> Europe/Prague\n"},
        {"{}", TEAM, "added    team a: zone UTC, working Mon-Fri 09:00-17:00, evening 17:00-22:00, rate []\n"},
        {TEAM, "{}", "removed  team a\n"},
        {PART, PART "  team: a\n  match: [y, z]",
         "changed  component x: match: [x] -> [y, z]\n"
         "changed  component x: team: (none) -> a\n"},
        {"components: [{name: a}, {name: b}, {name: c}]", "components: [{name: a}, {name: c}]",
         "removed  component b\n"},
        {"components: [{name: a}, {name: b}, {name: c}]", "components: [{name: c}, {name: a}]",
         "removed  component b\nchanged  order of components: the first match wins\n"},
        {ITEM "  state: planned\n  goal: g\ngoals: [{name: g}]", ITEM "  state: shipped\n  shipped: 2026-06-01\n",
         "removed  goal g\nchanged  item T: goal: g -> (none)\nchanged  item T: state: planned -> shipped\n"
         "changed  item T: shipped: (none) -> 2026-06-01\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct toil_catalog *from = load(cases[i].from), *to = load(cases[i].to);
        struct toil_buf out = TOIL_BUF_INIT;
        size_t lines = toil_catalog_diff(from, to, &out), feeds = 0;
        cr_expect_str_eq(out.data ? out.data : "", cases[i].expect);
        for (const char *p = cases[i].expect; *p; p++)
            feeds += *p == '\n';
        cr_expect_eq(lines, feeds);
        toil_buf_release(&out);
        toil_catalog_free(from);
        toil_catalog_free(to);
    }
}

Test(catalog, a_large_one_is_read_in_time)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_add_text(&text, "components:\n");
    for (int i = 0; i < 5000; i++)
        toil_buf_printf(&text, "- {name: component-%d, match: [raw-%d, '~^c%d-[0-9]+$'], topics: [t%d]}\n", i, i, i, i);
    struct toil_catalog *catalog = load(text.data);
    cr_assert_eq(toil_catalog_match(catalog, TOIL_SPAN("c4999-12")), 4999);
    char *json = json_of(catalog);
    struct toil_catalog *again = load(json);
    cr_assert_eq(again->component_count, 5000);
    toil_catalog_free(again);
    toil_catalog_free(catalog);
    free(json);
    toil_buf_release(&text);
}

/* docs/catalog.md is written by hand. */
Test(catalog, every_key_belongs_to_a_map_and_stands_in_the_reference)
{
    FILE *file = fopen("docs/catalog.md", "re");
    cr_assert_not_null(file);
    static char text[1 << 16];
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (const struct toil_catalog_key *row = toil_catalog_keys; row->key; row++) {
        const struct toil_catalog_map *map = toil_catalog_maps;
        while (map->name && strcmp(map->name, row->map) != 0)
            map++;
        cr_expect_not_null(map->name, "%s.%s: no such map", row->map, row->key);
        char *quoted = toil_xasprintf("`%s`", row->key), *inner = toil_xasprintf("%s: ", row->key);
        cr_expect(strstr(text, quoted) || strstr(text, inner), "%s.%s is not in docs/catalog.md", row->map, row->key);
        free(quoted);
        free(inner);
    }
}

Test(catalog, what_the_table_says_must_be_there_is_missed)
{
    static const struct {
        const char *map, *text;
    } bare[] = {
        {"sprints", "sprints: {length: 2w}\n"},
        {"amount", "currency: EUR\nticket_cost: [{amount: 1}]\n"},
        {"amount", "currency: EUR\nticket_cost: [{from: 2026-01-01}]\n"},
        {"team", "teams: [{zone: UTC}]\n"},
        {"component", "components: [{topics: [x]}]\n"},
        {"goal", "goals: [{owner: x}]\n"},
        {"item", "items: [{title: x}]\n"},
        {"item", "items: [{id: x}]\n"},
        {"promise", ITEM "  promise: {change: -1%, within: 1w}\n"},
        {"promise", ITEM "  promise: {measure: tickets, within: 1w}\n"},
        {"promise", ITEM "  promise: {measure: tickets, change: -1%}\n"},
    };
    size_t required = 0;
    for (const struct toil_catalog_key *row = toil_catalog_keys; row->key; row++)
        required += !row->fallback;
    cr_expect_eq(required, sizeof bare / sizeof *bare);
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
        struct toil_catalog *catalog = NULL;
        struct toil_error err;
        cr_expect_neq(toil_catalog_load_text("c", toil_span_of(bare[i].text), &catalog, &err), TOIL_OK, "%s",
                      bare[i].text);
        cr_expect(strstr(err.message, "is missing"), "%s", err.message);
    }
}
