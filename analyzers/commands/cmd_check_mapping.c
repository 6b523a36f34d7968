/* toilmeter check-mapping: what a mapping makes of a sample, message by message, and in sum. Needs no database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "import/import_read.h"
#include "sample/choice.h"
#include "sample/sample.h"
#include "sample/suggest.h"
#include "sample/told.h"

#define KEEP_BYTES (64u * 1024u * 1024u)

struct check_options {
    struct toil_choice choice;
    const char *format;
    bool whole, envelope, summary, suggest;
};

static const char *const formats[] = {"text", "json", NULL};

#define AT(member) offsetof(struct check_options, member)
const struct toil_option toil_cmd_check_mapping_options[] = {
    {"preset", TOIL_OPTION_TEXT, AT(choice.preset), "NAME", NULL, "a mapping that ships with toilmeter"},
    {"mapping", TOIL_OPTION_TEXT, AT(choice.mapping), "FILE", NULL, "a mapping of your own"},
    {"topic", TOIL_OPTION_TEXT, AT(choice.topic), "NAME", NULL, "what the daemon's configuration says of this topic"},
    {"config", TOIL_OPTION_TEXT, AT(choice.config), "FILE", NULL, "the daemon's configuration, for --topic"},
    {"set", TOIL_OPTION_LIST, AT(choice.set), "NAME=VALUE", NULL, "a setting of the mapping"},
    {"whole", TOIL_OPTION_FLAG, AT(whole), NULL, NULL, "each file is one message; by default each line is"},
    {"envelope", TOIL_OPTION_FLAG, AT(envelope), NULL, NULL,
     "each message is an object with $value, $key, $headers, $topic, $partition, $offset and $timestamp"},
    {"summary", TOIL_OPTION_FLAG, AT(summary), NULL, NULL, "only the sum and the unusable messages"},
    {"suggest", TOIL_OPTION_FLAG, AT(suggest), NULL, NULL,
     "look at the sample and propose a mapping: ids, times with their units, names"},
    {"format", TOIL_OPTION_TEXT, AT(format), "FORMAT", formats, "text, or json with one object a message"},
    {0},
};

struct check {
    const struct check_options *options;
    struct toil_topic chosen;
    struct toil_decode_options decode;
    struct toil_people *people;
    struct toil_reader *reader;
    struct toil_sample *sample;
    struct toil_suggest *suggest;
    struct toil_buf out;
    uint64_t messages, events, skipped, bad, kind[TOIL_N_KINDS], reason[TOIL_REASON_COUNT];
};

static void count(struct check *check, enum toil_reason reason, const struct toil_reading *reading)
{
    check->messages++;
    check->reason[reason] += reason != TOIL_REASON_NONE;
    check->bad += reason != TOIL_REASON_NONE;
    if (reason != TOIL_REASON_NONE)
        return;
    check->events += reading->count;
    check->skipped += reading->count == 0;
    for (size_t i = 0; i < reading->count; i++)
        check->kind[reading->event[i].kind]++;
}

static enum toil_status take(struct check *check, const char *path, uint64_t number, struct toil_span text,
                             struct toil_error *err)
{
    struct toil_message message = toil_sample_plain(text, (int64_t)number - 1);
    struct toil_reading reading;
    char detail[256];
    if (check->options->envelope) {
        enum toil_status status = toil_sample_open(check->sample, text, &message, err);
        if (status != TOIL_OK)
            return toil_error_prefix(err, "%s:%" PRIu64, path, number);
    }
    if (check->options->suggest) {
        toil_suggest_look(check->suggest, message.value);
        return TOIL_OK;
    }
    enum toil_reason reason = toil_reader_take(check->reader, check->chosen.mapping, &check->decode, &message,
                                               toil_time_now_us(), &reading, detail, sizeof detail);
    count(check, reason, &reading);
    if (check->options->summary && reason == TOIL_REASON_NONE)
        return TOIL_OK;
    toil_buf_clear(&check->out);
    if (strcmp(check->options->format, "json") == 0) {
        toil_tell_json(reason, &reading, detail, &check->out);
    } else {
        toil_buf_printf(&check->out, "%s:%" PRIu64 "\n", path, number);
        toil_tell_text(reason, &reading, detail, &check->out);
    }
    fwrite(check->out.data, 1, check->out.len, stdout);
    return TOIL_OK;
}

static enum toil_status check_file(struct check *check, const char *path, struct toil_error *err)
{
    struct toil_input *lines;
    struct toil_buf whole = TOIL_BUF_INIT;
    bool end = false;
    uint64_t number = 0;
    enum toil_status status = toil_input_open(path, KEEP_BYTES, &lines, err);
    if (status != TOIL_OK)
        return status;
    while (status == TOIL_OK) {
        struct toil_input_line line;
        status = toil_input_next(lines, &line, &end, err);
        if (status != TOIL_OK || end)
            break;
        if (check->options->whole) {
            toil_buf_add_span(&whole, line.text);
            toil_buf_add_char(&whole, '\n');
            if (whole.len > KEEP_BYTES)
                status = toil_error_set(err, TOIL_BAD_INPUT, "%s: more than 64 MiB in one message", path);
        } else if (++number && line.text.len > 0) {
            status = take(check, path, number, line.text, err);
        }
    }
    if (status == TOIL_OK && check->options->whole) {
        size_t len = whole.len > 0 ? whole.len - 1 : 0;
        status = take(check, path, 1, (struct toil_span){whole.data ? whole.data : "", len}, err);
    }
    toil_buf_release(&whole);
    toil_input_close(lines);
    return status;
}

/* "9,214": in a buffer of the caller's. */
static const char *grouped(uint64_t number, char out[32])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number), n = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[n++] = ',';
        out[n++] = digits[i];
    }
    out[n] = '\0';
    return out;
}

static void print_count(FILE *to, uint64_t count, const char *what, const char *doc)
{
    char number[32];
    if (count > 0)
        fprintf(to, "    %s %s%s%s\n", grouped(count, number), what, doc ? ": " : "", doc ? doc : "");
}

/* "9,250 messages: 9,214 events, 31 skipped by `when`, 3 bad", and of which kinds and for which reasons. */
static void print_summary(const struct check *check)
{
    FILE *to = strcmp(check->options->format, "json") == 0 ? stderr : stdout;
    char messages[32], events[32], skipped[32], bad[32];
    fprintf(to, "%s messages: %s events, %s skipped by `when`, %s bad\n", grouped(check->messages, messages),
            grouped(check->events, events), grouped(check->skipped, skipped), grouped(check->bad, bad));
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        print_count(to, check->kind[kind], toil_kinds[kind].name, NULL);
    for (int reason = 0; reason < TOIL_REASON_COUNT; reason++) {
        char what[64];
        snprintf(what, sizeof what, "bad, %s", toil_reasons[reason].name);
        print_count(to, check->reason[reason], what, toil_reasons[reason].doc);
    }
}

static enum toil_exit print_suggestion(const struct toil_context *context, struct check *check)
{
    if (!toil_suggest_write(check->suggest, &check->out))
        return toil_command_usage(context, "no message of the sample is a JSON object");
    fwrite(check->out.data, 1, check->out.len, stdout);
    return TOIL_EXIT_DONE;
}

static enum toil_exit run(const struct toil_context *context, struct check *check, char **paths, int count_of_paths)
{
    struct toil_error err;
    const struct toil_choice *choice = &check->options->choice;
    if (count_of_paths == 0)
        return toil_command_usage(context, "expected files, or - for standard input");
    if (check->options->suggest && (choice->preset || choice->mapping || choice->topic))
        return toil_command_usage(context, "--suggest looks at the sample alone: leave the mapping out");
    if (!check->options->suggest && !choice->preset && !choice->mapping && !choice->topic)
        return toil_command_usage(context, "expected one of --preset, --mapping and --topic");
    if (toil_choose(choice, &check->chosen, &err) != TOIL_OK)
        return toil_command_failed(context, &err);
    toil_decode_options_init(&check->decode);
    check->decode.kind = check->chosen.kind;
    check->decode.time_unit = check->chosen.time_unit;
    for (int i = 0; i < count_of_paths; i++) {
        if (check_file(check, paths[i], &err) != TOIL_OK)
            return toil_command_failed(context, &err);
    }
    if (check->options->suggest)
        return print_suggestion(context, check);
    if (!context->quiet)
        print_summary(check);
    return check->bad > 0 ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}

enum toil_exit toil_cmd_check_mapping(struct toil_context *context, int argc, char **argv)
{
    struct check_options options = {.format = "text"};
    struct check check = {.options = &options,
                          .people = toil_people_open_clear(),
                          .sample = toil_sample_new(),
                          .suggest = toil_suggest_new()};
    int positional;
    enum toil_exit result = TOIL_EXIT_USAGE;
    check.reader = toil_reader_new(check.people, true);
    if (toil_command_parse(context, toil_cmd_check_mapping_options, &options, argc, argv, &positional))
        result = run(context, &check, argv + 1, positional);
    toil_option_list_release(&options.choice.set);
    toil_topic_release(&check.chosen);
    toil_reader_free(check.reader);
    toil_people_free(check.people);
    toil_sample_free(check.sample);
    toil_suggest_free(check.suggest);
    toil_buf_release(&check.out);
    return result;
}
