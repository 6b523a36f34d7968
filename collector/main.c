/* toilmeterd: options, signals, start and end. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "config_text.h"
#include "loop.h"
#include "notify.h"
#include "toilmeter/options.h"
#include "toilmeter/people.h"

#define WAIT_MS 100

static volatile sig_atomic_t stop_asked, reload_asked;

static void on_signal(int number)
{
    if (number == SIGHUP)
        reload_asked = 1;
    else
        stop_asked = 1;
}

/* Everything that lives as long as the daemon. */
struct daemon {
    struct arguments arguments;
    struct toil_config *config;
    struct toil_log *log;
    struct counters *counters;
    struct health_state state;
    struct health *health;
    struct sink *sink;
    struct intake *intake;
};

static void print_help(void)
{
    puts("usage: toilmeterd --config FILE [--check-config] [--until-end] [--log-format text|json] [--log-level L]\n\n"
         "Collects events from Kafka into PostgreSQL, each exactly once.\n");
    for (const struct toil_option *option = toilmeterd_options; option->name; option++)
        printf("  --%s%s%-*s %s\n", option->name, option->value ? " " : "",
               (int)(22 - strlen(option->name) - (option->value ? 1 : 0)), option->value ? option->value : "",
               option->doc);
    puts("\nEvery setting may come from the environment: TOILMETER_POSTGRES, TOILMETER_KAFKA__BOOTSTRAP_SERVERS.\n"
         "Exit status: 0 done, 2 usage or configuration, 3 the database or the broker failed.");
}

static int complain(const struct toil_error *err)
{
    fprintf(stderr, "toilmeterd: %s\n", err->message);
    if (err->hint[0])
        fprintf(stderr, "%s\n", err->hint);
    return TOIL_EXIT_USAGE;
}

static int print_config(const struct toil_config *config)
{
    struct toil_buf text = TOIL_BUF_INIT;
    config_print(config, &text);
    fputs(text.data, stdout);
    for (size_t i = 0; i < config->ignored_count; i++)
        printf("# ignored: %s is no setting\n", config->ignored[i]);
    toil_buf_release(&text);
    return TOIL_EXIT_DONE;
}

/* Signals are for the main thread: threads started while they are blocked never see them. */
static void block_signals(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(how, &set, NULL);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

/* Waits for the sink's answer to a hello, as long as it takes. Returns false when stopped or failed. */
static bool hear_hello(struct daemon *daemon, bool *has_key, struct toil_error *err)
{
    struct sink_answer answer;
    sink_ask_hello(daemon->sink);
    while (!sink_answer(daemon->sink, &answer)) {
        sink_wait(daemon->sink, WAIT_MS);
        atomic_store(&daemon->state.beat_ms, loop_clock_ms());
        if (notify_alive_interval_ms() > 0)
            notify_alive();
        if (sink_is_retrying(daemon->sink))
            atomic_store(&daemon->state.not_ready, HEALTH_STARTING | HEALTH_DATABASE);
        if (stop_asked)
            sink_abandon(daemon->sink);
    }
    *has_key = answer.has_key;
    *err = answer.err;
    return answer.verdict == SINK_DONE;
}

/* The key is made only when neither the file nor a fingerprint in the database exists; so the database is asked first.
 * Returns TOIL_OK without an intake when a stop was asked meanwhile. */
static enum toil_status meet_database(struct daemon *daemon, struct toil_error *err)
{
    bool has_key;
    if (!hear_hello(daemon, &has_key, err))
        return stop_asked ? TOIL_OK : TOIL_FATAL;
    const struct toil_config *config = daemon->config;
    struct toil_people *people;
    enum toil_status status = toil_people_open(config->key_file, !has_key, (const char *const *)config->robot,
                                               config->robot_count, &people, err);
    if (status != TOIL_OK && has_key && access(config->key_file, F_OK) != 0)
        toil_error_hint(err, "the database knows a key already: put that file back, or set people.key_file");
    if (status != TOIL_OK)
        return status == TOIL_FATAL ? TOIL_BAD_INPUT : status; /* the key file is a setting */
    sink_set_fingerprint(daemon->sink, toil_people_fingerprint(people));
    if (!hear_hello(daemon, &has_key, err)) {
        toil_people_free(people);
        /* a refusal that is not the server's is about the key: that is mended in the configuration */
        return stop_asked ? TOIL_OK : err->sqlstate[0] ? TOIL_FATAL : TOIL_BAD_INPUT;
    }
    daemon->intake = intake_new(config, people);
    return TOIL_OK;
}

static enum toil_status start_health(struct daemon *daemon, struct toil_error *err)
{
    const char *listen = daemon->config->http_listen;
    if (strcmp(listen, "off") == 0)
        return TOIL_OK;
    enum toil_status status = health_new(listen, daemon->counters, &daemon->state, &daemon->health, err);
    if (status != TOIL_OK)
        return status;
    char port[16];
    snprintf(port, sizeof port, "%u", health_port(daemon->health));
    toil_log_line(daemon->log, TOIL_LOG_INFO, "listening", "metrics and health by HTTP", "listen", listen, "port", port,
                  NULL);
    return TOIL_OK;
}

static enum toil_status run(struct daemon *daemon, bool *orphaned, struct toil_error *err)
{
    const struct toil_config *config = daemon->config;
    atomic_store(&daemon->state.not_ready, HEALTH_STARTING);
    atomic_store(&daemon->state.beat_ms, loop_clock_ms());
    block_signals(SIG_BLOCK);
    enum toil_status status = source_check_files(config->kafka, config->kafka_count, err);
    if (status == TOIL_OK)
        status = start_health(daemon, err);
    const struct sink_options sink_options = {
        .conninfo = config->postgres,
        .cluster = config->cluster,
        .commit_deadline_ms = (int)config->commit_timeout_ms,
        .counters = daemon->counters,
        .log = daemon->log,
    };
    if (status == TOIL_OK)
        daemon->sink = sink_new(&sink_options);
    block_signals(SIG_UNBLOCK);
    if (status != TOIL_OK)
        return status;
    notify_ready();
    status = meet_database(daemon, err);
    if (status != TOIL_OK || !daemon->intake)
        return status;
    const struct loop_options loop_options = {
        .config = daemon->config,
        .config_file = daemon->arguments.config,
        .environment = (const char *const *)environ,
        .until_end = daemon->arguments.until_end,
        .log_level_fixed = daemon->arguments.log_level != NULL,
        .stop = &stop_asked,
        .reload = &reload_asked,
        .counters = daemon->counters,
        .health = &daemon->state,
        .log = daemon->log,
        .sink = daemon->sink,
        .intake = daemon->intake,
    };
    return loop_run(&loop_options, orphaned, err);
}

static void print_totals(const struct counters *counters)
{
    struct toil_buf line = TOIL_BUF_INIT;
    counters_totals(counters, &line);
    puts(line.data);
    fflush(stdout);
    toil_buf_release(&line);
}

static void release(struct daemon *daemon)
{
    health_free(daemon->health);
    sink_free(daemon->sink);
    intake_free(daemon->intake);
    counters_free(daemon->counters);
    toil_log_free(daemon->log);
    toil_config_free(daemon->config);
}

static int serve(struct daemon *daemon)
{
    enum toil_log_format format = TOIL_LOG_TEXT;
    enum toil_log_level level = (enum toil_log_level)daemon->config->log_level;
    if (daemon->arguments.log_format)
        toil_log_format_find(daemon->arguments.log_format, &format);
    if (daemon->arguments.log_level)
        toil_log_level_find(daemon->arguments.log_level, &level);
    daemon->log = toil_log_new(STDERR_FILENO, format, level);
    daemon->counters = counters_new(daemon->config->topic_names, daemon->config->topic_count);
    toil_log_line(daemon->log, TOIL_LOG_INFO, "starting", "toilmeterd starts", "version", TOIL_VERSION, "cluster",
                  daemon->config->cluster, NULL);
    for (size_t i = 0; i < daemon->config->ignored_count; i++)
        toil_log_line(daemon->log, TOIL_LOG_WARN, "environment_ignored", "a variable is no setting", "name",
                      daemon->config->ignored[i], NULL);
    struct toil_error err;
    bool orphaned = false;
    enum toil_status status = run(daemon, &orphaned, &err);
    if (status != TOIL_OK)
        toil_log_error(daemon->log, TOIL_LOG_ERROR, "failed", &err);
    toil_log_line(daemon->log, TOIL_LOG_INFO, "stopped", "toilmeterd ends", NULL);
    if (daemon->arguments.until_end && status == TOIL_OK)
        print_totals(daemon->counters);
    int code = status == TOIL_OK ? TOIL_EXIT_DONE : status == TOIL_BAD_INPUT ? TOIL_EXIT_USAGE : TOIL_EXIT_OUTSIDE;
    if (orphaned)
        _exit(code);
    release(daemon);
    return code;
}

int main(int argc, char **argv)
{
    struct daemon daemon = {0};
    struct arguments *arguments = &daemon.arguments;
    const struct toil_option *const tables[] = {toilmeterd_options, NULL};
    void *const into[] = {arguments};
    int positional = 0;
    struct toil_error err;
    if (toil_options_parse(argc, argv, tables, into, &positional, &err) != TOIL_OK)
        return complain(&err);
    if (positional > 0) {
        toil_error_set(&err, TOIL_BAD_INPUT, "unexpected argument \"%.100s\"; see --help", argv[1]);
        return complain(&err);
    }
    if (arguments->help) {
        print_help();
        return TOIL_EXIT_DONE;
    }
    if (arguments->version) {
        puts("toilmeterd " TOIL_VERSION);
        return TOIL_EXIT_DONE;
    }
    mallopt(M_ARENA_MAX, 2); /* an arena for each of librdkafka's threads would hold on to memory that others need */
    catch_signals();
    if (toil_config_load(arguments->config, (const char *const *)environ, source_refuses, &daemon.config, &err) !=
        TOIL_OK)
        return complain(&err);
    if (arguments->check_config) {
        int code = print_config(daemon.config);
        toil_config_free(daemon.config);
        return code;
    }
    return serve(&daemon);
}
