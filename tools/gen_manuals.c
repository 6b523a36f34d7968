/* Writes the documents that are made from the programs' own tables, on standard output:
 *
 *     gen_manuals configuration   docs/configuration.md: settings, metrics and signals of toilmeterd
 *     gen_manuals toilmeterd      docs/toilmeterd.8
 *     gen_manuals toilmeter       docs/toilmeter.1 */
#include <stdio.h>
#include <string.h>

#include "analyzers/commands/command.h"
#include "collector/arguments.h"
#include "collector/config.h"
#include "collector/counters.h"
#include "collector/source.h"

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
    "people: {key_file: /etc/toilmeter/people.key, robots: [\"~^svc-\", deploy-bot]}\n"
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
    "`totals stored=9 duplicates=1 older=0 quarantined=2 topic=platform.restarts stored=9 duplicates=1 ...`. An "
    "instance to which\n"
    "the group gave no partition ends after five seconds without one. Only what is assigned counts: partitions of an "
    "instance\n"
    "that was killed come to another when its session is over, so run it once more after a kill.\n"
    "\n"
    "## Health and metrics\n"
    "\n"
    "`/-/healthy` answers 200 while the process works, `/-/ready` 200 while events flow or could flow and 503 "
    "otherwise, `/metrics`\n"
    "in Prometheus' text format. `toilmeterd_partition_lag` is absent while the broker is away: unknown, not zero.\n"
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
    for (const struct config_setting *setting = config_settings; setting->key; setting++)
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
}

/* ---- manual pages, in mdoc(7) ---- */

/* One line of text: a line that begins with a dot or an apostrophe would be a request, a backslash an escape. */
static void print_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

static void print_options(const struct toil_option *options)
{
    puts(".Bl -tag -width Ds");
    for (; options->name; options++) {
        printf(".It Fl -%s", options->name);
        if (options->value)
            printf(" Ar %s", options->value);
        putchar('\n');
        print_text(options->doc);
        puts(".");
    }
    puts(".El");
}

static void print_head(const char *name, int section, const char *doc)
{
    printf(".\\\" Made by tools/gen_manuals.c from the tables of the program.\n"
           ".Dd November 22, 2026\n.Dt %s %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n.Sh SYNOPSIS\n",
           name, section, name, doc);
}

static void print_toilmeterd(void)
{
    print_head("toilmeterd", 8, "collects production events from Kafka into PostgreSQL, each exactly once");
    puts(".Nm\n.Fl -config Ar FILE\n.Op Fl -check-config\n.Op Fl -until-end\n.Op Fl -log-format Cm text | json\n"
         ".Op Fl -log-level Ar LEVEL\n"
         ".Sh DESCRIPTION\n"
         "Reads service restarts, queue rebalances, support tickets, work logs, measurements and deployments from the\n"
         "topics of its configuration and writes them to the schema\n.Li toilmeter\nof a PostgreSQL database.\n"
         "The offsets are written in the transaction of the rows, so each message is stored once, whatever dies.\n"
         "Several instances share the partitions as one consumer group.\n.Pp\nThe options are:");
    print_options(toilmeterd_options);
    puts(".Sh CONFIGURATION");
    puts("The file is YAML.\nThe settings with a fixed place are:\n.Bl -tag -width Ds");
    for (const struct config_setting *setting = config_settings; setting->key; setting++) {
        printf(".It Cm %s%s%s", setting->section ? setting->section : "", setting->section ? "." : "", setting->key);
        if (setting->fallback && *setting->fallback)
            printf(" Pq default %s", setting->fallback);
        putchar('\n');
        print_text(setting->doc);
        puts(".");
    }
    puts(".El\n.Pp\nBesides,\n.Cm kafka\nis a map of librdkafka properties,\n.Cm topics\na list of topics with their\n"
         ".Cm kind\nand\n.Cm time_unit ,\nor with the\n.Cm preset\nor the\n.Cm mapping\nthat reads them, and its\n"
         ".Cm settings ,\nand\n.Cm people.robots\na list of names.\n"
         ".Sh ENVIRONMENT\n"
         "Every setting may come from a variable: its path in capitals after\n.Ev TOILMETER_ ,\n"
         "steps joined by two underscores, as in\n.Ev TOILMETER_KAFKA__BOOTSTRAP_SERVERS .\n"
         "The variables of libpq work as well.\n"
         ".Sh SIGNALS\n.Bl -tag -width Ds\n.It Dv SIGTERM , SIGINT\nFinish or drop the batch, leave the group, exit.\n"
         ".It Dv SIGHUP\nRead the configuration again; keep the old one when it is wrong.\n.El\n"
         ".Sh EXIT STATUS\n0 done, 2 usage or configuration, 3 the database or the broker failed.\n"
         ".Sh SEE ALSO\n.Xr toilmeter 1");
}

static void print_toilmeter(void)
{
    print_head("toilmeter", 1, "shows what restarts, rebalances and tickets cost");
    puts(".Nm\n.Op Fl -db Ar CONNINFO\n.Op Fl -quiet\n.Ar COMMAND\n.Op Ar ARGUMENT ...\n"
         ".Sh DESCRIPTION\n"
         "Works on the events that\n.Xr toilmeterd 8\ncollected: brings the schema up to date, keeps the catalog of "
         "teams\n"
         "and components, analyses events into runs, and prints reports of runs.\n.Pp\nThe options are:");
    print_options(toil_global_options);
    puts(".Sh COMMANDS");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        printf(".Ss %s", commands[i].name);
        putchar('\n');
        if (*commands[i].arguments) {
            fputs(".D1 ", stdout);
            printf("%s ", commands[i].name);
            print_text(commands[i].arguments);
            putchar('\n');
        }
        print_text(commands[i].doc);
        puts(".");
        if (commands[i].options->name)
            print_options(commands[i].options);
    }
    puts(
        ".Sh EXIT STATUS\n0 done; 1 the answer is no; 2 usage or configuration; 3 the database or another part of the\n"
        "outside world failed.\n"
        ".Sh SEE ALSO\n.Xr toilmeterd 8");
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
    };
    for (size_t i = 0; argc == 2 && i < sizeof documents / sizeof *documents; i++) {
        if (strcmp(argv[1], documents[i].name) == 0) {
            documents[i].print();
            return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
        }
    }
    fputs("usage: gen_manuals configuration|toilmeterd|toilmeter\n", stderr);
    return 2;
}
