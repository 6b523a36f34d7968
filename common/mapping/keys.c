/* The rows behind keys.h. Their order is that of messages and of the manual. */
#include "mapping/keys.h"

#include <string.h>

const struct mapping_level_row mapping_levels[MAPPING_LEVELS] = {
    [MAPPING_TOP] = {"mapping", "Keys of the file", "The top of the file"},
    [MAPPING_SETTING] = {"settings", "Keys of a setting", "What stands under a name of settings"},
    [MAPPING_DECODE] = {"decode", "Steps of decode",
                        "An item of decode is a map with one of these keys, or one of two words: text says that the "
                        "message is a line of text, and schema_registry, which comes first, takes the five bytes of a "
                        "schema registry away, where they are. A step goes into the document that it finds; where "
                        "there is none the document stays as it is"},
    [MAPPING_RULE] = {"rules", "Keys of a rule",
                      "An item of rules. Without when and pattern it takes all messages. It makes nothing and says why "
                      "in skip, or makes an event and has kind and fields"},
    [MAPPING_PATTERN] = {"pattern", "Keys of the pattern of a rule",
                         "The value of pattern of a rule: it takes what matches, and hands its named groups to "
                         "$group.NAME"},
    [MAPPING_SOURCE] = {"source", "Keys of a source",
                        "A source as a map has one of the first five keys, its origin, and any of the others, which "
                        "are taken in the order when, bytes, absent, pattern, map, split, plus, scale, unit, zone"},
    [MAPPING_WHEN] =
        {"when", "Tests of when",
         "The value of when is a map of sources and what they must be, all of them, or a list of such maps, any of "
         "them. What a source must be is a text, a regular expression after ~, a list of either, or a "
         "map with one of these keys. Of a list any item will do"},
};

const struct mapping_key mapping_keys[] = {
    {MAPPING_TOP, "about", "a text", false, "what the mapping is for"},
    {MAPPING_TOP, "settings", "names with a default", false,
     "names that a topic may set; $setting.NAME stands for what it set"},
    {MAPPING_TOP, "decode", "a list of steps", false, "framing: how to reach the document inside of the message"},
    {MAPPING_TOP, "each", "a pointer, or a list of pointers", false,
     "the array whose items are the events; a list goes into arrays inside of arrays"},
    {MAPPING_TOP, "no_value", "quarantine, skip or empty", false,
     "what a message without a value is: unusable, which is the default, nothing, or a message that says all in its "
     "key and headers"},
    {MAPPING_TOP, "otherwise", "skip or quarantine", false,
     "what becomes of that which no rule takes; skip by default"},
    {MAPPING_TOP, "rules", "a list of rules", true,
     "the first rule that takes the message, or the item of each, makes its event"},

    {MAPPING_SETTING, "default", "any value", true, "what holds when a topic does not set the name"},
    {MAPPING_SETTING, "about", "a text", false, "what the setting is for"},

    {MAPPING_DECODE, "under", "a pointer", false, "goes into the object there"},
    {MAPPING_DECODE, "json", "a pointer", false, "goes into the JSON in the text there, or into the object there"},
    {MAPPING_DECODE, "base64", "a pointer", false, "the same of JSON in base64"},
    {MAPPING_DECODE, "text", "a pointer, or a list of pointers", false,
     "the document is the text at the first of them that is there; nothing can come after it"},

    {MAPPING_RULE, "name", "a text", false, "what the rule is called where it is spoken of"},
    {MAPPING_RULE, "when", "conditions", false, "what the rule takes"},
    {MAPPING_RULE, "pattern", "a map of two keys", false, "a regular expression that must match, too"},
    {MAPPING_RULE, "skip", "a text", false, "why what the rule takes makes no event"},
    {MAPPING_RULE, "kind", "a kind of event, or none", false, "what becomes of it; none makes nothing"},
    {MAPPING_RULE, "fields", "fields with their sources", false,
     "where each field of the event comes from; null leaves it absent"},
    {MAPPING_RULE, "extra", "names with their sources", false, "what else is to be kept with the event"},
    {MAPPING_RULE, "also", "true or false", false, "true: the rules behind it are tried, too"},

    {MAPPING_PATTERN, "of", "a source", true, "the text that is to match"},
    {MAPPING_PATTERN, "match", "a regular expression after ~", true, "PCRE2, unanchored"},

    {MAPPING_SOURCE, "from", "a source", false, "one source, to which the steps are applied"},
    {MAPPING_SOURCE, "first_of", "a list of sources", false,
     "the first that says something: null, an empty text and, for single values, lists and objects say nothing; a list "
     "of sources alone means the same"},
    {MAPPING_SOURCE, "join", "a list of sources", false,
     "their texts one after the other; nothing when a part is absent, unless optional is true"},
    {MAPPING_SOURCE, "list", "a list of sources", false, "a list of their values, for tags"},
    {MAPPING_SOURCE, "literal", "a text", false, "the text itself, where it would look like a pointer or a word"},
    {MAPPING_SOURCE, "with", "a text", false, "what stands between the parts of join; a slash by default"},
    {MAPPING_SOURCE, "optional", "true or false", false, "true: absent parts of join are left out"},
    {MAPPING_SOURCE, "bytes", "true or false", false, "true: a list of numbers is text in UTF-8"},
    {MAPPING_SOURCE, "absent", "a value or pattern, or a list of them", false, "what means that there is no value"},
    {MAPPING_SOURCE, "pattern", "a regular expression after ~", false,
     "its group value, else its first group, else the whole match; absent where it does not match; of a list the first "
     "item that matches"},
    {MAPPING_SOURCE, "map", "values or patterns, and what they become", false,
     "each becomes the source of its row, null is absent; a value without a row needs otherwise, or the message is "
     "unusable"},
    {MAPPING_SOURCE, "otherwise", "a source, or null", false, "what a value becomes that has no row in map"},
    {MAPPING_SOURCE, "split", "a text", false, "cuts a text into a list where this stands in it"},
    {MAPPING_SOURCE, "scale", "a list of two numbers", false, "the values that become 0 and 1, as in [1, 5]"},
    {MAPPING_SOURCE, "unit", "a unit", false,
     "of a time or a version: s, ms, us or ns since 1970; of manual_minutes: ns, us, ms, s, min or h"},
    {MAPPING_SOURCE, "zone", "UTC, or a name of the tz database", false, "the zone of times that have none"},
    {MAPPING_SOURCE, "when", "conditions", false, "the source is absent unless they hold"},
    {MAPPING_SOURCE, "plus", "a whole number", false, "what is added to a whole number"},

    {MAPPING_WHEN, "present", "true or false", false, "whether there is a value at all"},
    {MAPPING_WHEN, "not", "a value or pattern, or a list of them", false, "the value is none of these"},
    {MAPPING_WHEN, "above", "a number", false, "the value is a number above this one"},
    {MAPPING_WHEN, "below", "a number", false, "the value is a number below this one"},

    {MAPPING_LEVELS, NULL, NULL, false, NULL},
};

const struct mapping_word mapping_words[] = {
    {"/", "STEP/STEP",
     "a JSON Pointer (RFC 6901) into the message, or the item of each: names of members and numbers of items from 0; "
     "~1 "
     "is a slash, ~0 a tilde"},
    {"/", "LIST/[KEY=VALUE]/STEP",
     "of an array the first item whose member KEY is VALUE; in quotes inside of a map in braces"},
    {"../", "STEP",
     "the same from the document around the item, one step of each or decode further out; it may stand several times"},
    {"$kafka.key", NULL,
     "the message's key as text; with a pointer behind it, as in $kafka.key/id, a value of its JSON"},
    {"$kafka.timestamp", NULL, "the time that Kafka has of the message"},
    {"$kafka.topic", NULL, "the topic's name"},
    {"$kafka.partition", NULL, "the partition's number"},
    {"$kafka.offset", NULL, "the message's offset"},
    {"$text", NULL, "the line, where decode says that the message is text"},
    {"$index", NULL, "how many items of each came before in the message"},
    {"$header.", "NAME", "a header of the Kafka message"},
    {"$group.", "NAME", "a named group of the rule's pattern"},
    {"$setting.", "NAME",
     "what the topic sets, or the default; in place of conditions, maps, kinds, units, zones and pointers of decode "
     "and each, too"},
    {"$message/", "STEP", "a pointer from the outermost document"},
    {NULL, NULL, NULL},
};

enum { KNOWN_MAX = 32 };

enum toil_status mapping_only_keys(const toil_yaml_node *node, enum mapping_level level, struct toil_error *err)
{
    const char *known[KNOWN_MAX + 1];
    size_t count = 0;
    for (const struct mapping_key *row = mapping_keys; row->key && count < KNOWN_MAX; row++) {
        if (row->level == level)
            known[count++] = row->key;
    }
    known[count] = NULL;
    return toil_yaml_only_keys(node, mapping_levels[level].name, known, err);
}

const char *mapping_nearest_word(const char *text)
{
    const char *words[KNOWN_MAX + 1];
    size_t count = 0;
    for (const struct mapping_word *row = mapping_words; row->word && count < KNOWN_MAX; row++) {
        if (row->word[0] == '$')
            words[count++] = row->word;
    }
    words[count] = NULL;
    return toil_nearest(text, words);
}
