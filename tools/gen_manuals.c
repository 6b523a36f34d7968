/* Writes the documents that are made from the programs' own tables, on standard output:
 *
 *     gen_manuals configuration       docs/configuration.md: settings, metrics and signals of toilmeterd
 *     gen_manuals toilmeterd          docs/toilmeterd.8
 *     gen_manuals toilmeter           docs/toilmeter.1
 *     gen_manuals toilmeterd.yaml     docs/toilmeterd.yaml.5: the configuration
 *     gen_manuals toilmeter-catalog   docs/toilmeter-catalog.5: the catalog
 *     gen_manuals toilmeter-mapping   docs/toilmeter-mapping.5: the mapping language and its presets
 *
 * A page of another file format is a function here and a row in `documents` and in gen_docs.sh. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/catalog/catalog_keys.h"
#include "analyzers/commands/command.h"
#include "collector/arguments.h"
#include "collector/counters.h"
#include "collector/source.h"
#include "common/mapping/keys.h"
#include "common/mapping/program.h"
#include "toilmeter/config.h"

static const struct toil_command commands[] = {
#define TOIL_COMMAND(id, name, arguments, doc) {name, arguments, doc, NULL, toil_cmd_##id##_options},
#include "analyzers/commands/commands.def"
#undef TOIL_COMMAND
};

/* ---- docs/configuration.md ---- */

static const char configuration_head[] =
    "# The configuration of toilmeterd\n"
    "\n"
    "One YAML file, checked whole before anything starts: an error names the file, the line, the column, the key and "
    "what was\n"
    "expected. `toilmeterd --config FILE --check-config` reads everything, connects to nothing, and prints what it "
    "understood,\n"
    "secrets masked.\n"
    "\n"
    "```yaml\n"
    "cluster: production                 # name under which offsets are kept\n"
    "kafka:                              # any librdkafka property, passed through\n"
    "  bootstrap.servers: broker-1:9092\n"
    "  group.id: toilmeter\n"
    "postgres: service=toilmeter         # libpq conninfo; PG* variables and .pgpass work\n"
    "topics:\n"
    "  - {topic: platform.restarts, kind: service_restart}   # canonical events of one kind\n"
    "  - {topic: platform.events}                            # canonical events, each names its kind\n"
    "  - {topic: batch.jobs, time_unit: ms}                  # its times may be numbers: milliseconds since 1970\n"
    "  - {topic: desk.tickets, preset: zendesk}              # somebody else's messages: docs/mapping.md\n"
    "  - {topic: infra.alerts, preset: alertmanager, settings: {component: /labels/service}}\n"
    "  - {topic: shop.events, mapping: mappings/shop.yaml}   # relative to the folder of this file\n"
    "people: {key_file: /var/lib/toilmeter/people.key, robots: [\"~^svc-\", deploy-bot]}\n"
    "batch: {rows: 20000, bytes: 16MiB, age: 1s}\n"
    "limits: {message: 1MiB, memory: 128MiB}\n"
    "http: {listen: 127.0.0.1:9464}\n"
    "```\n"
    "\n"
    "`robots` are exact names, or a regular expression after `~`: what they do makes no hours. The key for pseudonyms "
    "is made on\n"
    "first use, readable by its owner alone, when neither the file nor a fingerprint in the database exists. A program "
    "that comes\n"
    "with another key stops, since the same person would become two.\n"
    "\n"
    "## Settings\n"
    "\n"
    "*Live* settings are taken over on SIGHUP; the others need a restart.\n"
    "\n"
    "| setting | default | live | |\n"
    "|---|---|---|---|\n";

static const char configuration_environment[] =
    "\n"
    "Every scalar may come from the environment, which wins over the file, so that a container needs no file: "
    "`TOILMETER_` and the\n"
    "path in capitals, its steps joined by two underscores; a dot of a librdkafka property is one underscore; an item "
    "of a list is\n"
    "its number from 0.\n"
    "\n"
    "```sh\n"
    "TOILMETER_POSTGRES=service=toilmeter\n"
    "TOILMETER_KAFKA__BOOTSTRAP_SERVERS=broker-1:9092\n"
    "TOILMETER_TOPICS__0__TOPIC=platform.events\n"
    "TOILMETER_BATCH__ROWS=50000\n"
    "```\n"
    "\n"
    "Some librdkafka properties would break the promise that each message is stored once (`enable.auto.commit`,\n"
    "`auto.offset.reset`, `isolation.level`, ...): they are refused with a reason. `session.timeout.ms` is 10 s unless "
    "set.\n"
    "`partition.assignment.strategy: cooperative-sticky` works; the default is eager.\n"
    "\n"
    "## Signals and exit status\n"
    "\n"
    "| signal | what happens |\n"
    "|---|---|\n"
    "| SIGTERM, SIGINT | finishes or drops the batch, leaves the group, exits 0 within `grace` |\n"
    "| SIGHUP | reads the configuration again and checks it whole; keeps the old one when it is wrong |\n"
    "\n"
    "Exit 0: done. 2: usage or configuration. 3: the database or the broker failed in a way that waiting does not "
    "mend.\n"
    "\n"
    "With `--until-end` the last line on standard output tells the totals, first over everything and then by topic:\n"
    "`totals stored=9 duplicates=1 older=0 quarantined=2 skipped=0 topic=platform.restarts stored=9 duplicates=1 ...`. "
    "An "
    "instance to which\n"
    "the group gave no partition ends after five seconds without one. Only what is assigned counts: partitions of an "
    "instance\n"
    "that was killed come to another when its session is over, so run it once more after a kill. A login or a "
    "certificate "
    "that is\n"
    "refused for fifteen seconds ends it with exit status 3; a server that is away is waited for.\n"
    "\n"
    "## Health and metrics\n"
    "\n"
    "`/-/healthy` answers 200 while the process works, `/-/ready` 200 while events flow or could flow and 503 "
    "otherwise, `/metrics`\n"
    "in Prometheus' text format. `toilmeterd_lag_messages` is NaN while the broker is away: unknown, not zero.\n"
    "\n"
    "| metric | type | by | |\n"
    "|---|---|---|---|\n";

static const char *scope_name(enum counter_scope scope)
{
    switch (scope) {
    case COUNTER_BY_TOPIC:
        return "topic";
    case COUNTER_BY_TOPIC_KIND:
        return "topic, kind";
    case COUNTER_BY_TOPIC_REASON:
        return "topic, reason";
    case COUNTER_BY_NOTHING:
        break;
    }
    return "";
}

static void print_configuration(void)
{
    fputs(configuration_head, stdout);
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++)
        printf("| `%s%s%s` | %s%s%s | %s | %s |\n", setting->section ? setting->section : "",
               setting->section ? "." : "", setting->key, setting->fallback && *setting->fallback ? "`" : "",
               setting->fallback ? setting->fallback : "must be given",
               setting->fallback && *setting->fallback ? "`" : "", setting->live ? "yes" : "", setting->doc);
    fputs(configuration_environment, stdout);
#define X(ID, name, type, scope, help)                                                                                 \
    printf("| `toilmeterd_%s` | %s | %s | %s |\n", #name, #type, scope_name(COUNTER_##scope), help);
    COUNTERS(X)
#undef X
#define X(ID, name, help) printf("| `toilmeterd_%s` | histogram | | %s |\n", #name, help);
    HISTOGRAMS(X)
#undef X
#define X(ID, name, type, labels, help) printf("| `toilmeterd_%s` | %s | %s | %s |\n", #name, #type, labels, help);
    OTHERS(X)
#undef X
}

/* ---- manual pages, in mdoc(7) ---- */

#define LINE_MAX_BYTES 78

/* Words in lines of bounded length, each sentence on a line of its own. A line that begins with a dot or an apostrophe
 * would be a request, a backslash an escape. Ends the line, `end` behind its last word. */
static void print_text(const char *text, const char *end)
{
    size_t column = 0;
    bool sentence_ended = false;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (column > 0 && (sentence_ended || column + 1 + len > LINE_MAX_BYTES)) {
            putchar('\n');
            column = 0;
        }
        if (column > 0)
            column += (size_t)printf(" ");
        else if (*text == '.' || *text == '\'')
            fputs("\\&", stdout);
        for (size_t i = 0; i < len; i++) {
            if (text[i] == '\\')
                fputs("\\e", stdout);
            else
                putchar(text[i]);
        }
        column += len;
        sentence_ended = len > 0 && text[len - 1] == '.';
        text += len + strspn(text + len, " ");
    }
    puts(end);
}

static void print_example(const char *text)
{
    puts(".Bd -literal -offset indent");
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
    puts(".Ed");
}

static void print_options(const struct toil_option *options)
{
    puts(".Bl -tag -width Ds");
    for (; options->name; options++) {
        printf(".It Fl -%s", options->name);
        if (options->value)
            printf(" Ar %s", options->value);
        putchar('\n');
        print_text(options->doc, ".");
    }
    puts(".El");
}

static void print_head(const char *name, int section, const char *doc)
{
    puts(".\\\" Made by tools/gen_manuals.c from the tables of the program.");
    fputs(".Dd November 22, 2026\n.Dt ", stdout);
    for (const char *c = name; *c; c++)
        putchar(toupper((unsigned char)*c));
    printf(" %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n", section, name, doc);
}

/* A key, what holds without it, and what it says. */
static void print_key(const char *section, const char *key, const char *fallback, const char *doc)
{
    printf(".It Cm %s%s%s", section ? section : "", section ? "." : "", key);
    if (!fallback)
        fputs(" Pq must be given", stdout);
    else if (*fallback)
        printf(" Pq default %s", fallback);
    putchar('\n');
    print_text(doc, ".");
}

static void print_toilmeterd(void)
{
    print_head("toilmeterd", 8, "collects production events from Kafka into PostgreSQL, each exactly once");
    puts(".Sh SYNOPSIS\n.Nm\n.Fl -config Ar FILE\n.Op Fl -check-config\n.Op Fl -until-end\n"
         ".Op Fl -log-format Cm text | json\n"
         ".Op Fl -log-level Ar LEVEL\n"
         ".Sh DESCRIPTION\n"
         "Reads service restarts, queue rebalances, support tickets, work logs,\n"
         "measurements and deployments from the topics of its configuration and writes\n"
         "them to the schema\n.Li toilmeter\nof a PostgreSQL database.\n"
         "The offsets are written in the transaction of the rows, so each message is\n"
         "stored once, whatever dies.\n"
         "Several instances share the partitions as one consumer group.\n.Pp\nThe options are:");
    print_options(toilmeterd_options);
    puts(
        ".Pp\nThe configuration is described in\n.Xr toilmeterd.yaml 5 .\n"
        ".Sh ENVIRONMENT\n"
        "Every setting may come from a variable: its path in capitals after\n.Ev TOILMETER_ ,\n"
        "steps joined by two underscores, as in\n.Ev TOILMETER_KAFKA__BOOTSTRAP_SERVERS .\n"
        "The variables of libpq work as well.\n"
        "Under a service manager that sets\n.Ev NOTIFY_SOCKET\nit tells when it is ready, that it is alive, when it "
        "reads its\nconfiguration again, and when it stops.\n"
        ".Sh FILES\n.Bl -tag -width Ds\n"
        ".It Pa /etc/toilmeter/toilmeterd.yaml\nThe configuration that the systemd unit names.\n"
        ".It Pa /etc/toilmeter/toilmeterd.env\nVariables for the unit: passwords belong here, readable by root alone.\n"
        ".It Pa /var/lib/toilmeter/people.key\nThe key for pseudonyms, made on first use.\nKeep a copy.\n.El\n"
        ".Sh SIGNALS\n.Bl -tag -width Ds\n.It Dv SIGTERM , SIGINT\nFinish or drop the batch, leave the group, exit.\n"
        ".It Dv SIGHUP\nRead the configuration again; keep the old one when it is wrong.\n.El\n"
        ".Sh EXIT STATUS\n0 done, 2 usage or configuration, 3 the database or the broker failed.\n"
        ".Sh SEE ALSO\n.Xr toilmeter 1 ,\n.Xr toilmeter-mapping 5 ,\n.Xr toilmeterd.yaml 5");
}

static void print_toilmeterd_yaml(void)
{
    print_head("toilmeterd.yaml", 5, "configuration of the toilmeter collector");
    puts(".Sh DESCRIPTION\n"
         ".Xr toilmeterd 8\nreads one YAML file, checked whole before anything starts: an error names the\n"
         "file, the line, the column, the key and what was expected.\n"
         "Unknown keys are errors.\n"
         ".Dl toilmeterd --config FILE --check-config\n"
         "reads everything, connects to nothing, and prints what it understood, secrets\nmasked.\n"
         ".Ss Settings\n"
         "A name with a dot is a key of a map: batch.rows is the key rows of batch.\n"
         "Sizes are written 64KiB or 16MiB, durations 250ms, 1s, 5m, 2h or 1d.\n.Bl -tag -width Ds");
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++)
        print_key(setting->section, setting->key, setting->fallback, setting->doc);
    puts(".It Cm people.robots");
    print_text("a list of names, or of regular expressions after ~: what they do takes nobody's time", ".");
    puts(".El\n.Ss kafka\nA map of librdkafka properties, passed through.\n"
         ".Cm bootstrap.servers\nand\n.Cm group.id\nmust be there.\n"
         "Properties that would break the promise that each message is stored once are\nrefused with a reason.\n"
         ".Ss topics\nA list of maps with these keys:\n.Bl -tag -width Ds");
    for (int key = 0; key < TOIL_TOPIC_KEYS; key++)
        print_key(NULL, toil_topic_keys[key].key, "", toil_topic_keys[key].doc);
    puts(".El\n.Ss Reloading\nOn\n.Dv SIGHUP\nthese are taken over; the others need a restart:");
    bool first = true;
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++) {
        if (!setting->live)
            continue;
        printf("%s.Cm %s%s%s", first ? "" : " ,\n", setting->section ? setting->section : "",
               setting->section ? "." : "", setting->key);
        first = false;
    }
    puts(" ,\n.Cm people.robots .\n"
         ".Sh ENVIRONMENT\n"
         "A variable wins over the file: the path in capitals after\n.Ev TOILMETER_ ,\n"
         "steps joined by two underscores; a dot of a librdkafka property is one\n"
         "underscore, an item of a list is its number from 0:\n"
         ".Ev TOILMETER_POSTGRES ,\n.Ev TOILMETER_KAFKA__BOOTSTRAP_SERVERS ,\n.Ev TOILMETER_TOPICS__0__TOPIC .\n"
         ".Sh FILES\n.Bl -tag -width Ds\n.It Pa /etc/toilmeter/toilmeterd.yaml\nThe file that the systemd unit names.\n"
         ".It Pa /usr/share/doc/toilmeter/examples/toilmeterd.yaml\nAn example.\n.El\n"
         ".Sh EXAMPLES");
    print_example("cluster: production\n"
                  "kafka:\n"
                  "  bootstrap.servers: broker-1:9092\n"
                  "  group.id: toilmeter\n"
                  "postgres: service=toilmeter\n"
                  "topics:\n"
                  "  - {topic: platform.restarts, kind: service_restart}\n"
                  "  - {topic: platform.events}\n"
                  "people: {robots: [\"~^svc-\", deploy-bot]}\n");
    puts(".Sh SEE ALSO\n.Xr toilmeter 1 ,\n.Xr toilmeter-catalog 5 ,\n.Xr toilmeter-mapping 5 ,\n.Xr toilmeterd 8");
}

static void print_catalog_example(void)
{
    print_example("currency: EUR\n"
                  "zone: Europe/Prague\n"
                  "sprints: {start: 2026-01-05, length: 2w}\n"
                  "teams:\n"
                  "  - name: platform\n"
                  "    rate: [{from: 2026-01-01, amount: 55}]\n"
                  "components:\n"
                  "  - name: queue-balancer\n"
                  "    team: platform\n"
                  "    match: [queue-balancer, \"~^qb-[0-9]+$\"]\n"
                  "    topics: [sync]\n"
                  "items:\n"
                  "  - id: TD-1\n"
                  "    title: Rebuild queue load balancing\n"
                  "    components: [queue-balancer]\n"
                  "    effort: {sprints: 2, people: 1}\n"
                  "    promise: {measure: manual_hours, change: -90%, within: 8w}\n");
}

static void print_toilmeter_catalog(void)
{
    print_head("toilmeter-catalog", 5, "teams, components, goals and debt items");
    puts(".Sh DESCRIPTION\n"
         "The catalog says what telemetry cannot: who owns which component, what an hour\n"
         "and a ticket cost, how long a sprint is, and which debt items are planned.\n"
         "It is one YAML file.\n"
         ".Dl toilmeter catalog check FILE\n"
         "reads it whole and needs no database;\n"
         ".Dl toilmeter catalog apply FILE\n"
         "puts it in force.\n"
         "An error names file, line, column, key and what was expected.\n"
         "Unknown keys are errors.\n"
         ".Ss Values\n"
         "A name is 1 to 256 bytes of UTF-8 in one line; names in brackets are the\nprogram's own.\n"
         "A date is written 2026-03-02, a duration in days or weeks: 10d, 8w.\n"
         "A zone is a name of the tz database.\n"
         "Hours are written Mon-Fri 09:00-17:00, Mon,Wed,Sat 22:00-06:00 (into the next\n"
         "day), or 17:00-22:00 (every day).\n"
         "A text that begins with ~ or has a colon and a space in it wants quotes.");
    for (const struct toil_catalog_map *map = toil_catalog_maps; map->name; map++) {
        printf(".Ss Keys of %s\n", map->name);
        printf("%c", toupper((unsigned char)map->doc[0]));
        print_text(map->doc + 1, ".");
        puts(".Bl -tag -width Ds");
        for (const struct toil_catalog_key *key = toil_catalog_keys; key->key; key++) {
            if (strcmp(key->map, map->name) == 0)
                print_key(NULL, key->key, key->fallback, key->doc);
        }
        puts(".El");
    }
    puts(".Sh FILES\n.Bl -tag -width Ds\n"
         ".It Pa /usr/share/doc/toilmeter/examples/catalog.yaml\nA complete example.\n.El\n.Sh EXAMPLES");
    print_catalog_example();
    puts(".Sh SEE ALSO\n.Xr toilmeter 1 ,\n.Xr toilmeter-mapping 5 ,\n.Xr toilmeterd.yaml 5");
}

static void print_mapping_head(void)
{
    print_head("toilmeter-mapping", 5, "other people's messages to events of toilmeter");
    puts(".Sh DESCRIPTION\n"
         "A mapping is a YAML file that says, for each field of an event, where its value\n"
         "comes from in messages that do not carry canonical events.\n"
         "It is compiled once, when a program starts, and checked whole: an error names\n"
         "file, line, column, key and what was expected.\n"
         "Unknown keys are errors.\n"
         ".Pp\nA mapping of one's own is named by\n.Cm mapping ,\none that ships by\n.Cm preset ,\n"
         "and what it lets a topic set stands in\n.Cm settings :\n"
         "keys of an item of\n.Cm topics\nin\n.Xr toilmeterd.yaml 5 .\n"
         ".Dl - {topic: shop.events, mapping: mappings/shop.yaml}\n"
         "The same mappings are used by commands of\n.Xr toilmeter 1 :\n.Bl -tag -width Ds\n"
         ".It Cm check-mapping\n"
         "shows what a mapping makes of a sample, and where each field came from;\n"
         "with\n.Fl -suggest\nit proposes a mapping to begin with.\n"
         ".It Cm import\nreads files of messages.\n"
         ".It Cm quarantine replay\nreads messages again that were unusable.\n.El\n"
         ".Pp\nA message makes all its events, or none: when one of its items is unusable the\n"
         "whole message goes to the quarantine.");
}

static void print_mapping_level(enum mapping_level level)
{
    const struct mapping_level_row *row = &mapping_levels[level];
    printf(".Ss %s\n", row->title);
    print_text(row->doc, ".");
    puts(".Bl -tag -width Ds");
    for (const struct mapping_key *key = mapping_keys; key->key; key++) {
        if (key->level != level)
            continue;
        printf(".It Cm %s Pq %s%s\n", key->key, key->value, key->required ? "; must be given" : "");
        print_text(key->doc, ".");
    }
    puts(".El");
}

static void print_mapping_words(void)
{
    puts(".Ss What a source may be\n"
         "A source is a map with the keys above, a list of sources of which the first\n"
         "that says something counts, a pointer or a word of these, or else the text\n"
         "itself.\n.Bl -tag -width Ds");
    for (const struct mapping_word *word = mapping_words; word->word; word++) {
        printf(".It Cm %s%s\n", word->word, word->argument ? word->argument : "");
        print_text(word->doc, ".");
    }
    puts(".El\n.Ss Times and numbers\n"
         "Times are read as RFC 3339, and as other programs write them: a space for the T,\n"
         "a comma before the fraction, +0530, +05, UTC.\n"
         "A time without zone needs a\n.Cm zone ,\na number a\n.Cm unit ;\n"
         "a text of digits is a number.\nNone is guessed.");
}

static void print_mapping_limits(void)
{
    static const struct {
        int limit;
        const char *of;
    } limits[] = {
        {TOIL_EACH_MAX, "items into which one message may fan out"},
        {TOIL_MAPPED_DEPTH, "levels of nesting in a message"},
        {TOIL_MAPPED_MEMORY, "times the size limit of a message: the memory that the events of one may need"},
        {TOIL_PATTERN_STEPS, "steps after which a regular expression gives up"},
        {GROUPS_MAX - 1, "groups of a regular expression that can be used"},
        {LEVELS_MAX - 1, "steps of decode and each together"},
        {TOKENS_MAX, "steps of one pointer"},
        {PARTS_MAX, "sources of one first_of, join or list"},
        {NESTING_MAX, "sources within each other"},
        {EXTRA_MAX, "names of extra"},
    };
    puts(".Sh LIMITS\n"
         "A message that goes over is quarantined with the reason, a mapping that goes\n"
         "over is refused.\n.Bl -tag -width 1000000");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        printf(".It %d\n", limits[i].limit);
        print_text(limits[i].of, ".");
    }
    puts(".El\nA key that a pointer goes through must stand once in its object.");
}

/* The first sentence of what a preset says about itself, without the marks of code. */
static void print_first_sentence(const char *about)
{
    const char *end = strstr(about, ". ");
    size_t len = end ? (size_t)(end - about) : strcspn(about, "\n");
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t i = 0; i < len; i++) {
        if (about[i] != '`')
            toil_buf_add_char(&text, about[i]);
    }
    if (!end && text.len > 0 && text.data[text.len - 1] == '.')
        text.data[text.len - 1] = '\0';
    print_text(text.data, ".");
    toil_buf_release(&text);
}

static void print_preset(const struct toil_preset *preset)
{
    struct toil_yaml *yaml;
    struct toil_error err;
    if (toil_yaml_load_text(preset->name, toil_span_of(preset->text), &yaml, &err) != TOIL_OK) {
        fprintf(stderr, "gen_manuals: %s\n", err.message);
        exit(1);
    }
    const char *about = toil_yaml_text(toil_yaml_get(toil_yaml_root(yaml), "about"));
    const toil_yaml_node *settings = toil_yaml_get(toil_yaml_root(yaml), "settings");
    size_t count = settings ? toil_yaml_count(settings) : 0;
    printf(".It Cm %s\n", preset->name);
    print_first_sentence(about ? about : "");
    if (count > 0)
        puts("Settings:");
    for (size_t i = 0; i < count; i++)
        printf(".Cm %s %s\n", toil_yaml_key(settings, i), i + 1 < count ? "," : ".");
    toil_yaml_free(yaml);
}

static void print_mapping_examples(void)
{
    puts(".Sh EXAMPLES\nA mapping of two rules:");
    print_example("about: jobs of the batch system\n"
                  "settings:\n"
                  "  component: {default: [/service, /job], about: who runs it}\n"
                  "no_value: skip\n"
                  "rules:\n"
                  "  - name: a job was started again\n"
                  "    when: {/type: [job.retried, \"~^job\\\\.re(started|run)$\"]}\n"
                  "    kind: service_restart\n"
                  "    fields:\n"
                  "      id: {join: [/id, /try], with: \"-\"}\n"
                  "      at: {from: /at, unit: ms}\n"
                  "      component: $setting.component\n"
                  "      actor: $header.user\n"
                  "      automatic: \"true\"\n"
                  "    extra: {attempt: /try}\n"
                  "  - name: others\n"
                  "    skip: not a retry\n");
    puts("A message, on one line of a file, that becomes a service restart by it:");
    print_example("{\"type\":\"job.retried\",\"id\":71,\"try\":3,\"at\":1772359200000,\"job\":\"nightly\"}\n");
    puts("What becomes of it:\n.Dl toilmeter check-mapping --mapping jobs.yaml message.json");
}

static void print_toilmeter_mapping(void)
{
    print_mapping_head();
    for (int level = 0; level < MAPPING_LEVELS; level++)
        print_mapping_level((enum mapping_level)level);
    print_mapping_words();
    print_mapping_limits();
    puts(".Sh PRESETS\nMappings that ship with the programs; a copy of any can be changed.\n.Bl -tag -width Ds");
    for (size_t i = 0; i < toil_preset_count; i++)
        print_preset(&toil_presets[i]);
    puts(".El\n.Sh FILES\n.Bl -tag -width Ds\n"
         ".It Pa /usr/share/toilmeter/presets\nThe presets, to copy from.\n"
         ".It Pa /usr/share/doc/toilmeter/mapping.md\nThe language with an example of every word, and the fields of "
         "events "
         "in\n.Pa events.md\nbeside it.\n.El");
    print_mapping_examples();
    puts(".Sh SEE ALSO\n.Xr toilmeter 1 ,\n.Xr toilmeter-catalog 5 ,\n.Xr toilmeterd.yaml 5 ,\n.Xr toilmeterd 8");
}

static void print_toilmeter(void)
{
    print_head("toilmeter", 1, "shows what restarts, rebalances and tickets cost");
    puts(".Sh SYNOPSIS\n.Nm\n.Op Fl -db Ar CONNINFO\n.Op Fl -quiet\n.Ar COMMAND\n.Op Ar ARGUMENT ...\n"
         ".Sh DESCRIPTION\n"
         "Works on the events that\n.Xr toilmeterd 8\ncollected: brings the schema up to date, keeps the catalog of "
         "teams and\n"
         "components, analyses events into runs, and prints reports of runs.\n.Pp\nThe options are:");
    print_options(toil_global_options);
    puts(".Sh COMMANDS");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        printf(".Ss %s", commands[i].name);
        putchar('\n');
        if (*commands[i].arguments) {
            fputs(".D1 ", stdout);
            printf("%s ", commands[i].name);
            print_text(commands[i].arguments, "");
        }
        print_text(commands[i].doc, ".");
        if (commands[i].options->name)
            print_options(commands[i].options);
    }
    puts(".Sh EXIT STATUS\n0 done; 1 the answer is no; 2 usage or configuration; 3 the database or another\n"
         "part of the outside world failed.\n"
         ".Sh SEE ALSO\n.Xr toilmeter-catalog 5 ,\n.Xr toilmeter-mapping 5 ,\n.Xr toilmeterd.yaml 5 ,\n.Xr toilmeterd "
         "8");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } documents[] = {
        {"configuration", print_configuration},
        {"toilmeterd", print_toilmeterd},
        {"toilmeter", print_toilmeter},
        {"toilmeterd.yaml", print_toilmeterd_yaml},
        {"toilmeter-catalog", print_toilmeter_catalog},
        {"toilmeter-mapping", print_toilmeter_mapping},
    };
    for (size_t i = 0; argc == 2 && i < sizeof documents / sizeof *documents; i++) {
        if (strcmp(argv[1], documents[i].name) == 0) {
            documents[i].print();
            return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
        }
    }
    fputs("usage: gen_manuals configuration|toilmeterd|toilmeter|toilmeterd.yaml|toilmeter-catalog|toilmeter-mapping\n",
          stderr);
    return 2;
}
