/* toilmeter quarantine: unusable messages counted, shown, and brought back once they can be used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_store.h"
#include "command.h"
#include "command_output.h"
#include "command_people.h"
#include "quarantine/replay.h"
#include "sample/choice.h"
#include "toilmeter/store.h"

#define SHOWN_BYTES 4096 /* of each part of a message, for people */

struct quarantine_command {
    struct toil_quarantine_options which;
    struct toil_output_options how;
    struct toil_choice choice; /* its topic is not read: `which` has it */
    struct toil_people_options people;
    const char *config, *kind, *time_unit;
    int64_t limit;
    bool each, canonical, dry_run;
};

static const char *const kinds[] = {
#define TOIL_KIND(ID, name, shape, doc) #name,
#include "toilmeter/events.def"
#undef TOIL_KIND
    NULL};
static const char *const units[] = {"s", "ms", "us", "ns", NULL};

#define AT(member) offsetof(struct quarantine_command, member)
const struct toil_option toil_cmd_quarantine_options[] = {
    {"topic", TOIL_OPTION_TEXT, AT(which.topic), "NAME", NULL, "messages of this topic, or of this imported file"},
    {"reason", TOIL_OPTION_TEXT, AT(which.reason), "REASON", NULL, "messages that were unusable for this"},
    {"from", TOIL_OPTION_TEXT, AT(which.from), "TIME", NULL,
     "quarantined from then on: a date in the catalog's zone, or RFC 3339"},
    {"to", TOIL_OPTION_TEXT, AT(which.to), "TIME", NULL, "quarantined before then"},
    {"cluster", TOIL_OPTION_TEXT, AT(which.cluster), "NAME", NULL,
     "read under this name; with replay by default the configuration's"},
    {"each", TOIL_OPTION_FLAG, AT(each), NULL, NULL, "with list: message by message"},
    {"limit", TOIL_OPTION_INT, AT(limit), "N", NULL,
     "with show: so many messages, 10 by default; with list --each: 100"},
    {"config", TOIL_OPTION_TEXT, AT(config), "FILE", NULL,
     "with replay: the daemon's configuration, which says how each topic is read"},
    {"preset", TOIL_OPTION_TEXT, AT(choice.preset), "NAME", NULL, "with replay: or a mapping of toilmeter's"},
    {"mapping", TOIL_OPTION_TEXT, AT(choice.mapping), "FILE", NULL, "with replay: or a mapping of your own"},
    {"set", TOIL_OPTION_LIST, AT(choice.set), "NAME=VALUE", NULL, "a setting of that mapping"},
    {"canonical", TOIL_OPTION_FLAG, AT(canonical), NULL, NULL, "with replay: or they are canonical events"},
    {"kind", TOIL_OPTION_TEXT, AT(kind), "KIND", kinds, "with --canonical: of this kind"},
    {"time-unit", TOIL_OPTION_TEXT, AT(time_unit), "UNIT", units, "with --canonical: of times that are numbers"},
    {"dry-run", TOIL_OPTION_FLAG, AT(dry_run), NULL, NULL,
     "with replay: show what would become of them, write nothing"},
    TOIL_PEOPLE_OPTION_ROWS(struct quarantine_command, people),
    TOIL_OUTPUT_OPTION_ROWS(struct quarantine_command, how),
    {0},
};

/* ---- list and show ---- */

static enum toil_status list(struct toil_db *db, struct quarantine_command *command,
                             const struct toil_quarantine_filter *filter, struct toil_error *err)
{
    struct toil_report *report =
        toil_report_new("quarantine", command->each ? "Which messages could not be used?"
                                                    : "Which messages could not be used, and why?");
    enum toil_status status = command->each ? toil_quarantine_each(db, filter, command->limit, report, err)
                                            : toil_quarantine_list(db, filter, report, err);
    if (status == TOIL_OK)
        status = toil_output_write(report, &command->how, err);
    toil_report_free(report);
    return status;
}

static enum toil_status show(struct toil_db *db, const struct quarantine_command *command,
                             const struct toil_quarantine_filter *filter, struct toil_error *err)
{
    struct toil_quarantine_page page = TOIL_QUARANTINE_PAGE_INIT;
    struct toil_buf out = TOIL_BUF_INIT;
    bool as_json = command->how.format && strcmp(command->how.format, "json") == 0;
    int64_t left = command->limit;
    enum toil_status status = TOIL_OK;
    do {
        status = toil_quarantine_next(db, filter, (size_t)(left < 100 ? left : 100), 16u << 20, &page, err);
        for (size_t i = 0; i < page.count && status == TOIL_OK; i++) {
            if (as_json)
                toil_quarantine_tell_json(&page.message[i], &out);
            else
                toil_quarantine_tell_text(&page.message[i], SHOWN_BYTES, &out);
        }
        left -= (int64_t)page.count;
        if (status == TOIL_OK && !command->how.output && out.len > 0) {
            fwrite(out.data, 1, out.len, stdout);
            toil_buf_clear(&out);
        }
    } while (status == TOIL_OK && page.count > 0 && left > 0);
    if (status == TOIL_OK && command->how.output)
        status = toil_output_text(command->how.output, &out, err);
    toil_quarantine_page_release(&page);
    toil_buf_release(&out);
    return status;
}

/* ---- replay ---- */

static bool names_a_mapping(const struct quarantine_command *command)
{
    return command->choice.preset || command->choice.mapping || command->canonical;
}

/* What the command line says of all messages, in place of a configuration. */
static enum toil_status choose(const struct quarantine_command *command, struct toil_topic *out, struct toil_error *err)
{
    enum toil_status status = toil_choose(&command->choice, out, err);
    if (status == TOIL_OK && command->kind)
        out->kind = toil_kind_find(toil_span_of(command->kind));
    if (status == TOIL_OK && command->time_unit)
        out->time_unit = toil_time_unit_find(toil_span_of(command->time_unit));
    return status;
}

/* The configuration's robots and key count unless the command line names others. */
static enum toil_status open_people(struct toil_db *db, const struct quarantine_command *command,
                                    const struct toil_config *config, struct toil_people **out, struct toil_error *err)
{
    struct toil_people_options options = command->people;
    if (config && !options.key_file)
        options.key_file = config->key_file;
    enum toil_status status = toil_command_people(db, &options, out, err);
    if (status == TOIL_OK && config)
        status = toil_people_add_robots(*out, (const char *const *)config->robot, config->robot_count, err);
    return status;
}

static enum toil_status replay_with(struct toil_db *db, struct quarantine_command *command,
                                    struct toil_quarantine_filter *filter, struct toil_replay_options *options,
                                    bool *left, struct toil_error *err)
{
    if (options->config && !filter->cluster)
        filter->cluster = options->config->cluster;
    struct toil_replay *replay = toil_replay_new(db, options);
    struct toil_report *report = toil_report_new("quarantine-replay", "What became of the messages in quarantine?");
    enum toil_status status = toil_replay_run(replay, filter, err), told;
    struct toil_error second;
    size_t count;
    toil_replay_results(replay, &count);
    if (status == TOIL_OK || count > 0) { /* what was done before an error is done */
        toil_replay_tell(replay, report);
        told = toil_output_write(report, &command->how, &second);
        if (status == TOIL_OK && told != TOIL_OK) {
            status = told;
            *err = second;
        }
    }
    *left = report->negative;
    toil_report_free(report);
    toil_replay_free(replay);
    return status;
}

static enum toil_status replay(struct toil_db *db, struct quarantine_command *command,
                               struct toil_quarantine_filter *filter, bool *left, struct toil_error *err)
{
    extern char **environ;
    struct toil_config *config = NULL;
    struct toil_topic chosen = {.kind = TOIL_KIND_NONE};
    struct toil_people *people = NULL;
    enum toil_status status = names_a_mapping(command)
                                  ? choose(command, &chosen, err)
                                  : toil_config_load(command->config, (const char *const *)environ, NULL, &config, err);
    if (status == TOIL_OK)
        status = open_people(db, command, config, &people, err);
    if (status == TOIL_OK) {
        struct toil_replay_options options = {.config = config,
                                              .chosen = &chosen,
                                              .people = people,
                                              .now_us = toil_time_now_us(),
                                              .dry_run = command->dry_run};
        status = replay_with(db, command, filter, &options, left, err);
    }
    toil_people_free(people);
    toil_topic_release(&chosen);
    toil_config_free(config);
    return status;
}

/* ---- the command ---- */

enum what { LIST, SHOW, REPLAY };

static enum toil_exit check(const struct toil_context *context, const struct quarantine_command *command,
                            enum what what, int places)
{
    if (what != REPLAY && (names_a_mapping(command) || command->config || command->dry_run))
        return toil_command_usage(context, "--config, --preset, --mapping, --canonical and --dry-run go with replay");
    if (what != LIST && command->each)
        return toil_command_usage(context, "--each goes with list");
    if (what == SHOW && command->how.format && strcmp(command->how.format, "text") != 0 &&
        strcmp(command->how.format, "json") != 0)
        return toil_command_usage(context, "show has the formats text and json");
    if (what == REPLAY && command->config && names_a_mapping(command))
        return toil_command_usage(context, "expected one of --config, --preset, --mapping and --canonical");
    if ((command->kind || command->time_unit) && !command->canonical)
        return toil_command_usage(context, "--%s goes with --canonical", command->kind ? "kind" : "time-unit");
    if (what == REPLAY && !command->config && !names_a_mapping(command) && !getenv("TOILMETER_CLUSTER"))
        return toil_command_usage(context, "say how the messages are read: --config FILE, the daemon's, or --preset, "
                                           "--mapping or --canonical");
    if (what == REPLAY && names_a_mapping(command) && !command->which.topic && places == 0)
        return toil_command_usage(context, "name the messages that are to be read so: --topic, or their places");
    if (command->limit < 0)
        return toil_command_usage(context, "--limit: expected a number above 0");
    return TOIL_EXIT_DONE;
}

static enum toil_exit run(const struct toil_context *context, struct quarantine_command *command, enum what what,
                          char *const *place, size_t places)
{
    struct toil_quarantine_filter filter = TOIL_QUARANTINE_FILTER_INIT;
    struct toil_catalog *catalog = NULL;
    struct toil_db *db = NULL;
    struct toil_error err;
    bool left = false;
    if (command->limit == 0)
        command->limit = what == LIST ? 100 : places > 0 ? (int64_t)places : 10;
    enum toil_status status = toil_output_check(&command->how, &err);
    if (status == TOIL_OK)
        status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = toil_store_check_schema(db, &err);
    if (status == TOIL_OK)
        status = toil_catalog_fetch(db, &catalog, NULL, NULL, &err);
    if (status == TOIL_OK)
        status = toil_quarantine_filter_read(catalog->zone, &command->which, place, places, &filter, &err);
    if (status == TOIL_OK)
        status = what == LIST   ? list(db, command, &filter, &err)
                 : what == SHOW ? show(db, command, &filter, &err)
                                : replay(db, command, &filter, &left, &err);
    toil_quarantine_filter_release(&filter);
    toil_catalog_free(catalog);
    toil_db_close(db);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    return left ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}

enum toil_exit toil_cmd_quarantine(struct toil_context *context, int argc, char **argv)
{
    struct quarantine_command command = {.how = TOIL_OUTPUT_INIT};
    static const char *const words[] = {[LIST] = "list", [SHOW] = "show", [REPLAY] = "replay"};
    int positional;
    enum toil_exit result = TOIL_EXIT_USAGE;
    if (toil_command_parse(context, toil_cmd_quarantine_options, &command, argc, argv, &positional)) {
        size_t what = 0;
        while (what <= REPLAY && (positional == 0 || strcmp(argv[1], words[what]) != 0))
            what++;
        if (what > REPLAY)
            result = toil_command_usage(context, "expected list, show or replay");
        else
            result = check(context, &command, (enum what)what, positional - 1);
        if (what <= REPLAY && result == TOIL_EXIT_DONE)
            result = run(context, &command, (enum what)what, argv + 2, (size_t)positional - 1);
    }
    toil_option_list_release(&command.people.robots);
    toil_option_list_release(&command.choice.set);
    return result;
}
