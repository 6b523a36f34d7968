/* Writes the vocabulary's documents from events.def and the table of reasons, on standard output:
 *
 *     gen_event_docs schema      docs/events.schema.json
 *     gen_event_docs reference   docs/events.md (also: markdown) */
#include <stdio.h>
#include <string.h>

#include "toilmeter/decode.h"

struct type_info {
    const char *schema; /* JSON Schema of a value, without its surrounding braces */
    const char *words;  /* for the reference page */
};

#define TIME_SCHEMA                                                                                                    \
    "\"description\": \"RFC 3339 with a zone; a number where the topic declares a unit\", \"anyOf\": [{\"type\": "     \
    "\"string\", \"format\": \"date-time\"}, {\"type\": \"number\"}]"
#define ID_SCHEMA(max)                                                                                                 \
    "\"anyOf\": [{\"type\": \"string\", \"maxLength\": " max "}, {\"type\": \"integer\", \"minimum\": "                \
    "-9007199254740992, \"maximum\": 9007199254740992}]"

static const struct type_info types[] = {
    [TOIL_TYPE_TEXT] = {"\"type\": \"string\"", "string"},
    [TOIL_TYPE_ID] = {ID_SCHEMA("1024"), "string, or whole number up to 2^53"},
    [TOIL_TYPE_PERSON] = {ID_SCHEMA("1024"), "string, or whole number up to 2^53; stored as a pseudonym"},
    [TOIL_TYPE_TIME] = {TIME_SCHEMA, "RFC 3339 with a zone; a number where the topic declares a unit"},
    [TOIL_TYPE_VERSION] = {"\"anyOf\": [{\"type\": \"integer\", \"minimum\": -9007199254740992, \"maximum\": "
                           "9007199254740992}, {\"type\": \"string\", \"format\": \"date-time\"}]",
                           "whole number up to 2^53, or RFC 3339"},
    [TOIL_TYPE_INTEGER] = {"\"type\": \"integer\", \"minimum\": 0, \"maximum\": 9007199254740992",
                           "whole number, 0 to 2^53"},
    [TOIL_TYPE_INT32] = {"\"type\": \"integer\", \"minimum\": -2147483648, \"maximum\": 2147483647",
                         "whole number in 32 bits"},
    [TOIL_TYPE_SEVERITY] = {"\"type\": \"integer\", \"minimum\": 1, \"maximum\": 5", "whole number, 1 to 5"},
    [TOIL_TYPE_NUMBER] = {"\"type\": \"number\"", "number"},
    [TOIL_TYPE_MINUTES] = {"\"type\": \"number\", \"minimum\": 0, \"maximum\": 527040", "number, 0 to 527040"},
    [TOIL_TYPE_SHARE] = {"\"type\": \"number\", \"minimum\": 0, \"maximum\": 1", "number, 0 to 1"},
    [TOIL_TYPE_BOOL] = {"\"type\": \"boolean\"", "true or false"},
    [TOIL_TYPE_TAGS] = {NULL, "array of strings, at most 256"},
    [TOIL_TYPE_STATUS] = {NULL, "one of the words"},
    [TOIL_TYPE_ACTIVITY] = {NULL, "one of the words"},
};

static const char *const examples[TOIL_N_KINDS] = {
    [TOIL_KIND_SERVICE_RESTART] =
        "{\"kind\": \"service_restart\", \"id\": \"5f0c-17\", \"component\": \"queue-balancer\", "
        "\"at\": \"2026-01-05T09:00:00Z\",\n \"ended_at\": \"2026-01-05T09:01:33Z\", \"actor\": \"ann\", "
        "\"reason\": \"out of memory\", \"exit_code\": 137, \"severity\": 2}",
    [TOIL_KIND_QUEUE_REBALANCE] =
        "{\"kind\": \"queue_rebalance\", \"id\": \"orders-812\", \"component\": \"queue-balancer\", "
        "\"at\": \"2026-01-05T09:02:00+01:00\",\n \"queue\": \"orders\", \"moved\": 24, \"actor\": \"ann\", "
        "\"manual_minutes\": 12}",
    [TOIL_KIND_SUPPORT_TICKET] =
        "{\"kind\": \"support_ticket\", \"id\": 4711, \"version\": 3, \"at\": \"2026-01-05T08:12:00Z\", "
        "\"updated_at\": \"2026-01-05T10:40:00Z\",\n \"status\": \"solved\", \"topic\": \"sync\", "
        "\"tags\": [\"calls\", \"mobile\"], \"customer\": \"acme\", \"csat\": 0.5}",
    [TOIL_KIND_WORK_LOG] =
        "{\"kind\": \"work_log\", \"id\": \"wl-90\", \"version\": 1, \"at\": \"2026-01-05T09:00:00Z\", "
        "\"ended_at\": \"2026-01-05T09:45:00Z\",\n \"actor\": \"ann\", \"component\": \"queue-balancer\", "
        "\"activity\": \"toil\", \"ref\": \"4711\"}",
    [TOIL_KIND_MEASUREMENT] =
        "{\"kind\": \"measurement\", \"id\": \"load-2026-01-05T09\", \"component\": \"web\", "
        "\"at\": \"2026-01-05T09:00:00Z\",\n \"metric\": \"page load\", \"value\": 812.5, \"unit\": \"ms\"}",
    [TOIL_KIND_DEPLOYMENT] =
        "{\"kind\": \"deployment\", \"id\": \"rel-311\", \"component\": \"web\", \"at\": \"2026-01-05T07:30:00Z\",\n "
        "\"version_label\": \"4.2.1\", \"ref\": \"TD-1\"}",
};

static const char *const *words_of(enum toil_type type)
{
    return type == TOIL_TYPE_STATUS ? toil_ticket_states : type == TOIL_TYPE_ACTIVITY ? toil_activities : NULL;
}

/* Required whatever else is there; `at` and `component` may be absent from an ending, `version` has its stand-ins. */
static bool always_required(unsigned kind, unsigned field)
{
    bool fact = toil_kinds[kind].shape == TOIL_SHAPE_FACT;
    bool has_end = toil_fields[TOIL_FIELD_ENDED_AT].kinds >> kind & 1u;
    return (toil_fields[field].required >> kind & 1u) && (field == TOIL_FIELD_ID || (fact && !has_end));
}

static void print_words(const char *const *words)
{
    fputs("\"enum\": [", stdout);
    for (; *words; words++)
        printf("\"%s\", ", *words);
    fputs("null]", stdout);
}

static void print_type_schema(const struct toil_field_info *field)
{
    if (field->type == TOIL_TYPE_TAGS)
        printf("\"type\": \"array\", \"maxItems\": 256, \"items\": {\"type\": \"string\", \"maxLength\": %u}",
               field->max_bytes);
    else
        fputs(types[field->type].schema, stdout);
    if (field->type == TOIL_TYPE_TEXT)
        printf(", \"maxLength\": %u", field->max_bytes);
}

static void print_field_schema(unsigned kind, unsigned field)
{
    const struct toil_field_info *info = &toil_fields[field];
    printf("        \"%s\": {\"title\": \"%s\", ", info->name, info->doc);
    if (words_of(info->type)) {
        print_words(words_of(info->type));
    } else if (always_required(kind, field)) {
        print_type_schema(info);
        fputs(", \"not\": {\"const\": \"\"}", stdout);
    } else { /* null is the same as absent */
        fputs("\"anyOf\": [{\"type\": \"null\"}, {", stdout);
        print_type_schema(info);
        fputs("}]", stdout);
    }
    fputs("}", stdout);
}

static void print_required(unsigned kind)
{
    bool state = toil_kinds[kind].shape == TOIL_SHAPE_STATE;
    fputs("      \"required\": [\"id\"],\n", stdout);
    if (state) {
        fputs("      \"anyOf\": [{\"required\": [\"version\"]}, {\"required\": [\"updated_at\"]}, {\"required\": "
              "[\"at\"]}],\n",
              stdout);
        return;
    }
    bool has_end = toil_fields[TOIL_FIELD_ENDED_AT].kinds >> kind & 1u;
    fputs("      \"anyOf\": [{\"required\": [", stdout);
    const char *comma = "";
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        if (!(toil_fields[f].required >> kind & 1u) || f == TOIL_FIELD_ID)
            continue;
        printf("%s\"%s\"", comma, toil_fields[f].name);
        comma = ", ";
    }
    printf("]}%s],\n",
           has_end ? ", {\"required\": [\"ended_at\"], \"properties\": {\"at\": {\"type\": \"null\"}}}" : "");
}

static void print_kind_schema(unsigned kind)
{
    printf("    \"%s\": {\n      \"title\": \"%s\",\n", toil_kinds[kind].name, toil_kinds[kind].doc);
    print_required(kind);
    printf("      \"properties\": {\n        \"kind\": {\"const\": \"%s\"}", toil_kinds[kind].name);
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        if (!(toil_fields[f].kinds >> kind & 1u))
            continue;
        fputs(",\n", stdout);
        print_field_schema(kind, f);
    }
    printf("\n      }\n    }%s\n", kind + 1 < TOIL_N_KINDS ? "," : "");
}

static void print_schema(void)
{
    fputs(
        "{\n"
        "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
        "  \"$id\": \"urn:toilmeter:events\",\n"
        "  \"title\": \"toilmeter's canonical event\",\n"
        "  \"description\": \"Made from the vocabulary's table. Lengths count characters here and bytes in the "
        "program, "
        "which also refuses keys that stand twice, implausible times and an end before its beginning. Fields that are "
        "not named here are kept and counted. A topic with a fixed kind may leave kind out.\",\n"
        "  \"type\": \"object\",\n"
        "  \"required\": [\"kind\"],\n"
        "  \"oneOf\": [\n",
        stdout);
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++)
        printf("    {\"$ref\": \"#/$defs/%s\"}%s\n", toil_kinds[kind].name, kind + 1 < TOIL_N_KINDS ? "," : "");
    fputs("  ],\n  \"$defs\": {\n", stdout);
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++)
        print_kind_schema(kind);
    fputs("  }\n}\n", stdout);
}

static const char *requirement(unsigned kind, unsigned field)
{
    if (!(toil_fields[field].required >> kind & 1u))
        return "";
    if (field == TOIL_FIELD_VERSION)
        return "yes, or `updated_at`, or `at`";
    return always_required(kind, field) ? "yes" : "yes, but not of an ending";
}

static void print_type(const struct toil_field_info *field)
{
    const char *const *words = words_of(field->type);
    if (!words) {
        fputs(types[field->type].words, stdout);
        return;
    }
    for (const char *gap = ""; *words; words++, gap = " ")
        printf("%s`%s`", gap, *words);
}

static void print_kind_reference(unsigned kind)
{
    bool fact = toil_kinds[kind].shape == TOIL_SHAPE_FACT;
    printf("\n### %s\n\nA %s: %s.\n\n```json\n%s\n```\n\n", toil_kinds[kind].name, fact ? "fact" : "state",
           toil_kinds[kind].doc, examples[kind]);
    fputs("| field | required | type | at most | meaning |\n|---|---|---|---|---|\n", stdout);
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        if (!(toil_fields[f].kinds >> kind & 1u))
            continue;
        printf("| `%s` | %s | ", toil_fields[f].name, requirement(kind, f));
        print_type(&toil_fields[f]);
        if (toil_fields[f].max_bytes)
            printf(" | %u bytes | %s |\n", toil_fields[f].max_bytes, toil_fields[f].doc);
        else
            printf(" | | %s |\n", toil_fields[f].doc);
    }
}

static const char intro[] =
    "# Events\n"
    "\n"
    "<!-- Made by tools/gen_event_docs.c from the vocabulary's tables. Change those, not this page. -->\n"
    "\n"
    "The canonical form of an event: what `toilmeterd` takes from a topic that has no mapping, and what `toilmeter "
    "import`\n"
    "reads a line at a time. One flat JSON object in UTF-8. `kind` names the kind and may be left out where the "
    "topic's\n"
    "configuration fixes it. The same rules as JSON Schema: [events.schema.json](events.schema.json).\n"
    "\n"
    "## What holds for all kinds\n"
    "\n"
    "- `null` is the same as absent. So is an empty string in a field of text, id or person.\n"
    "- Names of fields and words are lower case and must be written exactly so.\n"
    "- Times carry a zone. A number is a time only where the topic declares its unit (s, ms, us, ns). Digits past\n"
    "  microseconds are cut from texts; numbers are rounded to the nearest microsecond. A time before 1990 or more "
    "than a\n"
    "  day ahead is refused; both limits are settings.\n"
    "- An id that is a number is kept as its digits: 7, 7.0 and \"7\" are one id, and numbers above 2^53 are refused, "
    "since\n"
    "  many programs round them.\n"
    "- `actor` and `customer` are stored as pseudonyms. An actor that matches `people.robots` makes the event "
    "automatic.\n"
    "- A field that is not in the tables below, or belongs to another kind, is kept in the column `extra` and counted, "
    "so\n"
    "  that a misspelled name is seen. At most 256 of them, nested at most 32 deep.\n"
    "- A message is at most 1 MiB (a setting).\n"
    "\n"
    "## Identity, repeats and order\n"
    "\n"
    "- **Facts** are stored once per kind, `at` and `id`. A repeat can only add: an absent field is filled, and of "
    "two\n"
    "  values the greater stays. The same id at another time is another row, counted as a fault of the source.\n"
    "- An **ending** is a message of a fact kind with `ended_at` but without `at`, from a source that tells the end "
    "apart.\n"
    "  It needs only `id` and `ended_at`, and meets its fact by `id` when hours are analysed.\n"
    "- **States** keep every `version` of an `id`. The current row is, field by field, the last known value: that of "
    "the\n"
    "  highest version in which the field is present. `at` is the earliest known. Without `version`, `updated_at` "
    "counts\n"
    "  as the version, else `at`, in microseconds since 1970.\n"
    "- Shuffling, repeating or delaying messages changes nothing in the final tables.\n"
    "\n"
    "## Kinds\n";

static void print_reference(void)
{
    fputs(intro, stdout);
    for (unsigned kind = 0; kind < TOIL_N_KINDS; kind++)
        print_kind_reference(kind);
    fputs(
        "\n## Bad input\n\n"
        "A message that cannot be used is kept whole in the table `quarantine` with one of these reasons, in the same\n"
        "transaction as its neighbours. The counters of `/metrics` and `toilmeter quarantine list` use the same "
        "names.\n\n"
        "| reason | meaning |\n|---|---|\n",
        stdout);
    for (unsigned reason = TOIL_REASON_NONE + 1; reason < TOIL_REASON_COUNT; reason++)
        printf("| `%s` | %s |\n", toil_reasons[reason].name, toil_reasons[reason].doc);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "schema") == 0) {
        print_schema();
    } else if (argc == 2 && (strcmp(argv[1], "reference") == 0 || strcmp(argv[1], "markdown") == 0)) {
        print_reference();
    } else {
        fputs("usage: gen_event_docs schema|reference\n", stderr);
        return TOIL_EXIT_USAGE;
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? TOIL_EXIT_DONE : TOIL_EXIT_OUTSIDE;
}
