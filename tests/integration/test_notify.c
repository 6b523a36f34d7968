/* What the service manager is told (systemd's notification protocol): the test listens where the manager would. */
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/lib_rig.h"

enum { WATCHDOG_MS = 1000, SAID_BYTES = 1 << 16 };

TestSuite(notify, .timeout = 180);

/* A manager: everything it heard, a message a line. */
struct manager {
    int fd;
    char path[320];
    char said[SAID_BYTES];
    size_t len;
};

static void manager_open(struct manager *manager, const char *dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(manager->path, sizeof manager->path, "%s/notify", dir);
    cr_assert_lt(strlen(manager->path), sizeof address.sun_path);
    memcpy(address.sun_path, manager->path, strlen(manager->path) + 1);
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(manager->fd, (struct sockaddr *)&address, sizeof address), 0);
    manager->len = 0;
    manager->said[0] = '\0';
}

/* Takes one message in; false when none came in time. */
static bool manager_hear(struct manager *manager, int wait_ms)
{
    struct pollfd ready = {.fd = manager->fd, .events = POLLIN};
    if (poll(&ready, 1, wait_ms) <= 0)
        return false;
    cr_assert_lt(manager->len + 1024, sizeof manager->said, "too much was said");
    ssize_t n = recv(manager->fd, manager->said + manager->len, 1000, 0);
    cr_assert_geq(n, 0);
    manager->len += (size_t)n;
    manager->said[manager->len++] = '\n';
    manager->said[manager->len] = '\0';
    return true;
}

/* Listens until `text` was said behind `from`; where it ends. */
static size_t manager_wait(struct manager *manager, size_t from, const char *text, int deadline_ms)
{
    long long end = toil_clock_ms() + deadline_ms;
    for (;;) {
        const char *found = strstr(manager->said + from, text);
        if (found)
            return (size_t)(found - manager->said) + strlen(text);
        cr_assert(toil_clock_ms() < end, "\"%s\" was not said in:\n%s", text, manager->said + from);
        manager_hear(manager, 100);
    }
}

static void begin(struct toil_rig *rig, unsigned flags, struct manager *manager, struct toil_proc *proc)
{
    toil_rig_start(rig, flags);
    toil_rig_topic(rig, "notify", 1, "service_restart");
    toil_rig_configure(rig, NULL, NULL);
    toil_rig_send_numbered(rig, rig->topic[0].name, 1, 10);
    manager_open(manager, rig->dir);
    char socket_variable[400], watchdog[64];
    snprintf(socket_variable, sizeof socket_variable, "NOTIFY_SOCKET=%s", manager->path);
    snprintf(watchdog, sizeof watchdog, "WATCHDOG_USEC=%d", WATCHDOG_MS * 1000);
    const char *const env[] = {socket_variable, watchdog, NULL};
    const char *const argv[] = {rig->program, "--config", rig->config, NULL};
    toil_proc_start(proc, rig->dir, "notified", argv, env);
}

static void end(struct toil_rig *rig, struct manager *manager)
{
    close(manager->fd);
    toil_rig_release(rig);
}

Test(notify, it_tells_that_it_is_ready_reloads_and_stops)
{
    struct toil_rig rig;
    struct manager manager;
    struct toil_proc proc;
    begin(&rig, 0, &manager, &proc);
    size_t at = manager_wait(&manager, 0, "READY=1\n", 30000);
    at = manager_wait(&manager, at, "STATUS=ready\n", 30000);

    toil_proc_signal(&proc, SIGHUP);
    at = manager_wait(&manager, at, "RELOADING=1\n", 10000);
    at = manager_wait(&manager, at, "READY=1\n", 10000);

    /* Refused, it is ready with the old one all the same. */
    FILE *file = fopen(rig.config, "ae");
    fputs("nonsense: true\n", file);
    fclose(file);
    toil_proc_signal(&proc, SIGHUP);
    at = manager_wait(&manager, at, "RELOADING=1\n", 10000);
    at = manager_wait(&manager, at, "READY=1\n", 10000);

    cr_assert_null(strstr(manager.said, "STOPPING=1"), "%s", manager.said);
    toil_proc_signal(&proc, SIGTERM);
    at = manager_wait(&manager, at, "STOPPING=1\n", 10000);
    cr_assert_eq(toil_proc_wait(&proc, 15000), 0);
    end(&rig, &manager);
}

/* Under no load, and while the database is gone for several periods: waiting for it is not being dead. */
Test(notify, it_is_alive_in_time_although_the_database_is_away)
{
    struct toil_rig rig;
    struct manager manager;
    struct toil_proc proc;
    begin(&rig, RIG_OWN_SERVER, &manager, &proc);
    size_t at = manager_wait(&manager, 0, "STATUS=ready\n", 30000);
    toil_server_kill(&rig.server);
    long long last = toil_clock_ms(), longest = 0;
    for (long long until = last + 5 * WATCHDOG_MS; toil_clock_ms() < until;) {
        size_t before = manager.len;
        manager_hear(&manager, 50);
        if (strstr(manager.said + before, "WATCHDOG=1"))
            last = toil_clock_ms();
        long long waited = toil_clock_ms() - last;
        longest = waited > longest ? waited : longest;
    }
    toil_server_restart(&rig.server);
    manager_wait(&manager, at, "STATUS=the database does not answer\n", 1000);
    cr_assert_lt(longest, WATCHDOG_MS, "%lld ms without a word:\n%s", longest, manager.said + at);
    cr_assert_eq(toil_proc_stop(&proc, 15000), 0);
    end(&rig, &manager);
}
