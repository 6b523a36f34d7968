/* toilmeter import: JSON lines from files or standard input into the tables of the daemon. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "command_people.h"
#include "import/import.h"
#include "sample/choice.h"
#include "toilmeter/utf8.h"

#define KEEP_BYTES (16u * 1024u * 1024u) /* of an endless line */

struct import_options {
    const char *kind, *time_unit, *cluster;
    struct toil_choice choice;
    struct toil_people_options people;
};

static const char *const kinds[] = {
#define TOIL_KIND(ID, name, shape, doc) #name,
#include "toilmeter/events.def"
#undef TOIL_KIND
    NULL};
static const char *const units[] = {"s", "ms", "us", "ns", NULL};

const struct toil_option toil_cmd_import_options[] = {
    {"kind", TOIL_OPTION_TEXT, offsetof(struct import_options, kind), "KIND", kinds,
     "the kind of every event; by default each line names its own"},
    {"time-unit", TOIL_OPTION_TEXT, offsetof(struct import_options, time_unit), "UNIT", units,
     "of times that are numbers; by default such times are refused"},
    {"cluster", TOIL_OPTION_TEXT, offsetof(struct import_options, cluster), "NAME", NULL,
     "name under which the lines are counted; by default import"},
    TOIL_PEOPLE_OPTION_ROWS(struct import_options, people),
    {"preset", TOIL_OPTION_TEXT, offsetof(struct import_options, choice.preset), "NAME", NULL,
     "the lines are messages that this mapping of toilmeter's reads; by default they are canonical events"},
    {"mapping", TOIL_OPTION_TEXT, offsetof(struct import_options, choice.mapping), "FILE", NULL,
     "the lines are messages that this mapping reads"},
    {"set", TOIL_OPTION_LIST, offsetof(struct import_options, choice.set), "NAME=VALUE", NULL,
     "a setting of the mapping"},
    {0},
};

/* The name under which a file is counted: its base name, in UTF-8. */
static char *topic_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *topic = toil_xstrdup(slash && slash[1] ? slash + 1 : path);
    for (char *p = topic; *p;) {
        size_t len = toil_utf8_len((unsigned char *)p, strlen(p));
        if (len == 0 || (unsigned char)*p < 0x20)
            *p = '?';
        p += len ? len : 1;
    }
    return topic;
}

static void print_reasons(const struct toil_import_counts *counts)
{
    for (int reason = 0; reason < TOIL_REASON_COUNT; reason++) {
        if (counts->reason[reason] > 0)
            printf("    %" PRIu64 " unusable, %s: %s\n", counts->reason[reason], toil_reasons[reason].name,
                   toil_reasons[reason].doc);
    }
}

static void print_counts(const char *path, const struct toil_import_counts *counts)
{
    uint64_t unusable = 0;
    for (int reason = 0; reason < TOIL_REASON_COUNT; reason++)
        unusable += counts->reason[reason];
    printf("%s: %" PRIu64 " lines: %" PRIu64 " stored (%" PRIu64 " of them older versions), %" PRIu64
           " duplicates, %" PRIu64 " quarantined",
           path, counts->lines, counts->stored, counts->older, counts->duplicates, counts->quarantined);
    if (counts->blank > 0)
        printf(", %" PRIu64 " blank", counts->blank);
    if (counts->skipped > 0)
        printf(", %" PRIu64 " skipped by the mapping", counts->skipped);
    putchar('\n');
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        if (counts->kind[kind] > 0)
            printf("    %" PRIu64 " %s\n", counts->kind[kind], toil_kinds[kind].name);
    }
    print_reasons(counts);
    if (counts->unknown_fields > 0)
        printf("    %" PRIu64 " fields of unknown names, kept in extra: see `toilmeter doctor`\n",
               counts->unknown_fields);
    if (unusable > 0)
        printf("    unusable lines are kept whole in quarantine under the name of the file\n");
}

static void show_progress(void *context, const struct toil_import_counts *counts)
{
    fprintf(stderr, "\r%s: %" PRIu64 " lines", (const char *)context, counts->lines);
}

static enum toil_status import_path(const struct toil_context *context, struct toil_import *import, const char *path,
                                    struct toil_error *err)
{
    struct toil_import_counts counts;
    struct toil_input *lines;
    enum toil_status status = toil_input_open(path, KEEP_BYTES, &lines, err);
    if (status != TOIL_OK)
        return status;
    char *topic = topic_of(path);
    bool progress = !context->quiet && isatty(STDERR_FILENO);
    status = toil_import_file(import, lines, topic, progress ? show_progress : NULL, topic, &counts, err);
    if (progress && counts.lines > 0)
        fputs("\r\033[K", stderr);
    print_counts(path, &counts);
    if (status != TOIL_OK && !err->hint[0])
        toil_error_hint(err, "what is counted is committed; importing the file again is safe");
    toil_input_close(lines);
    free(topic);
    return status;
}

static enum toil_status import_all(const struct toil_context *context, const struct import_options *options,
                                   struct toil_db *db, char **paths, int count, struct toil_error *err)
{
    struct toil_people *people = NULL;
    struct toil_decode_options decode;
    struct toil_topic chosen;
    enum toil_status status = toil_choose(&options->choice, &chosen, err);
    if (status != TOIL_OK)
        return status;
    toil_decode_options_init(&decode);
    if (options->kind)
        decode.kind = toil_kind_find(toil_span_of(options->kind));
    if (options->time_unit)
        decode.time_unit = toil_time_unit_find(toil_span_of(options->time_unit));
    status = toil_store_check_schema(db, err);
    if (status == TOIL_OK)
        status = toil_command_people(db, &options->people, &people, err);
    if (status != TOIL_OK) {
        toil_people_free(people);
        toil_topic_release(&chosen);
        return status;
    }
    struct toil_import *import =
        toil_import_new(db, people, &decode, chosen.mapping, options->cluster, toil_time_now_us());
    for (int i = 0; i < count && status == TOIL_OK; i++)
        status = import_path(context, import, paths[i], err);
    toil_import_free(import);
    toil_people_free(people);
    toil_topic_release(&chosen);
    return status;
}

static enum toil_exit run(const struct toil_context *context, const struct import_options *options, char **paths,
                          int count)
{
    struct toil_db *db = NULL;
    struct toil_error err;
    if ((options->choice.preset || options->choice.mapping) && (options->kind || options->time_unit))
        return toil_command_usage(context, "--%s: the mapping names kinds and units",
                                  options->kind ? "kind" : "time-unit");
    if (count == 0)
        return toil_command_usage(context, "expected files, or - for standard input");
    enum toil_status status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = import_all(context, options, db, paths, count, &err);
    toil_db_close(db);
    return status == TOIL_OK ? TOIL_EXIT_DONE : toil_command_failed(context, &err);
}

enum toil_exit toil_cmd_import(struct toil_context *context, int argc, char **argv)
{
    struct import_options options = {.cluster = "import"};
    int positional;
    enum toil_exit result = TOIL_EXIT_USAGE;
    if (toil_command_parse(context, toil_cmd_import_options, &options, argc, argv, &positional))
        result = run(context, &options, argv + 1, positional);
    toil_option_list_release(&options.people.robots);
    toil_option_list_release(&options.choice.set);
    return result;
}
