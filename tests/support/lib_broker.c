/* Broker and relay of a test: see lib_broker.h. */
#include "support/lib_broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { START_MS = 180000, COMMAND_MS = 10000 };

static _Noreturn void give_up(const char *what, const char *dir)
{
    fprintf(stderr, "test broker: %s in %s\n", what, dir);
    abort();
}

static void read_word(const char *dir, const char *name, char *out, size_t out_bytes)
{
    char *path = toil_xasprintf("%s/%s", dir, name);
    char *text = toil_file_text(path);
    text[strcspn(text, "\n")] = '\0';
    snprintf(out, out_bytes, "%s", text);
    free(text);
    free(path);
}

static void take_folder(struct toil_broker *broker)
{
    char kind[16];
    read_word(broker->dir, "kind", kind, sizeof kind);
    read_word(broker->dir, "bootstrap", broker->bootstrap, sizeof broker->bootstrap);
    if (broker->bootstrap[0] == '\0')
        give_up("no broker", broker->dir);
    broker->real = strcmp(kind, "kafka") == 0;
    snprintf(broker->control, sizeof broker->control, "%s/control", broker->dir);
    broker->cluster =
        (struct toil_cluster){.bootstrap = broker->bootstrap, .control = broker->real ? NULL : broker->control};
}

static void script(struct toil_broker *broker, const char *command)
{
    char owner[64];
    snprintf(owner, sizeof owner, "KAFKA_OWNER=%ld", (long)getpid());
    const char *argv[] = {"tests/support/broker.sh", command, broker->dir, NULL};
    const char *env[] = {owner, NULL};
    if (toil_proc_run(broker->dir, "broker", argv, env, START_MS) != 0)
        give_up(command, broker->dir);
}

void toil_broker_use(struct toil_broker *broker)
{
    const char *dir = getenv("TOIL_TEST_BROKER");
    if (dir == NULL || dir[0] == '\0') {
        toil_broker_start(broker);
        return;
    }
    *broker = (struct toil_broker){0};
    snprintf(broker->dir, sizeof broker->dir, "%s", dir);
    take_folder(broker);
}

void toil_broker_start(struct toil_broker *broker)
{
    *broker = (struct toil_broker){.owned = true};
    toil_temp_dir(broker->dir, sizeof broker->dir);
    script(broker, "start");
    take_folder(broker);
}

void toil_broker_release(struct toil_broker *broker)
{
    if (!broker->owned)
        return;
    script(broker, "kill9");
    toil_temp_dir_remove(broker->dir);
    broker->owned = false;
}

void toil_broker_kill(struct toil_broker *broker)
{
    script(broker, "kill9");
}

void toil_broker_stop(struct toil_broker *broker)
{
    script(broker, "stop");
}

void toil_broker_restart(struct toil_broker *broker)
{
    script(broker, "restart");
}

void toil_unique_name(const char *name, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "%s-%ld-%lld", name, (long)getpid(), toil_clock_ms());
}

void toil_proxy_start(struct toil_proxy *proxy, const char *dir, const char *target)
{
    char name[32];
    snprintf(name, sizeof name, "proxy-%lld", toil_clock_ms());
    *proxy = (struct toil_proxy){0};
    snprintf(proxy->control, sizeof proxy->control, "%s/%s.control", dir, name);
    if (mkfifo(proxy->control, 0600) != 0)
        give_up("cannot make the relay's pipe", dir);
    const char *build = getenv("BUILD");
    char *program = toil_xasprintf("%s/tools/toil-proxy", build != NULL && build[0] != '\0' ? build : "build");
    const char *argv[] = {program, "--control", proxy->control, "--target", target, NULL};
    toil_proc_start(&proxy->proc, dir, name, argv, NULL);
    free(program);
    if (!toil_file_wait_for(proxy->proc.out_path, "\n", COMMAND_MS))
        give_up("the relay did not start", dir);
    char *text = toil_proc_out(&proxy->proc);
    proxy->port = (int)strtol(text, NULL, 10);
    free(text);
}

void toil_proxy_stop(struct toil_proxy *proxy)
{
    toil_proc_stop(&proxy->proc, COMMAND_MS);
}

static int count_lines(const struct toil_proxy *proxy, const char *line)
{
    char *text = toil_proc_out(&proxy->proc);
    int count = 0;
    for (const char *at = text; (at = strstr(at, line)) != NULL; at += strlen(line))
        count++;
    free(text);
    return count;
}

static bool wait_count(const struct toil_proxy *proxy, const char *line, int times, int deadline_ms)
{
    long long end = toil_clock_ms() + deadline_ms;
    while (count_lines(proxy, line) < times) {
        if (toil_clock_ms() >= end)
            return false;
        toil_sleep_ms(10);
    }
    return true;
}

bool toil_proxy_command(struct toil_proxy *proxy, const char *command)
{
    char answer[64];
    snprintf(answer, sizeof answer, "done %s\n", command);
    int before = count_lines(proxy, answer);
    FILE *control = fopen(proxy->control, "we");
    if (control == NULL)
        return false;
    fprintf(control, "%s\n", command);
    return fclose(control) == 0 && wait_count(proxy, answer, before + 1, COMMAND_MS);
}

bool toil_proxy_wait_fired(const struct toil_proxy *proxy, const char *trap, int times, int deadline_ms)
{
    char line[64];
    snprintf(line, sizeof line, "fired %s\n", trap);
    return wait_count(proxy, line, times, deadline_ms);
}
