/* toil-broker: librdkafka's in-process cluster as a program, for machines without Java. Prints its bootstrap address
 * and runs until TERM, INT, or until its owner is gone. It keeps messages in memory: 5 MiB a partition, then the oldest
 * are dropped silently, which `toil-produce --verify-count` finds.
 *
 * Topics are made through a named pipe, since the cluster does not speak the admin protocol: a line "topic NAME
 * PARTITIONS" in --control PATH. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

struct settings {
    const char *control; /* path or NULL */
    pid_t owner;         /* 0: none */
};

static int usage(void)
{
    fprintf(stderr, "usage: toil-broker [--control FIFO] [--owner PID]\n");
    return 2;
}

static bool parse(int argc, char **argv, struct settings *settings)
{
    static const struct option options[] = {
        {"control", required_argument, NULL, 'c'},
        {"owner", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            settings->control = optarg;
        else if (option == 'o')
            settings->owner = (pid_t)strtol(optarg, NULL, 10);
        else
            return false;
    }
    return optind == argc && settings->owner >= 0;
}

static void run_command(rd_kafka_mock_cluster_t *cluster, char *line)
{
    char topic[250];
    int partitions = 0;
    if (sscanf(line, "topic %249s %d", topic, &partitions) != 2 || partitions < 1 || partitions > 10000) {
        fprintf(stderr, "toil-broker: not a command: %s\n", line);
        return;
    }
    rd_kafka_resp_err_t result = rd_kafka_mock_topic_create(cluster, topic, partitions, 1);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR)
        fprintf(stderr, "toil-broker: topic %s: %s\n", topic, rd_kafka_err2str(result));
}

/* Runs the whole lines of what was read so far and keeps the rest. */
static void take_lines(rd_kafka_mock_cluster_t *cluster, char *buffer, size_t *length)
{
    char *end;
    buffer[*length] = '\0';
    while ((end = strchr(buffer, '\n')) != NULL) {
        *end = '\0';
        run_command(cluster, buffer);
        *length -= (size_t)(end + 1 - buffer);
        memmove(buffer, end + 1, *length + 1);
    }
}

static bool owner_is_gone(pid_t owner)
{
    return owner != 0 && kill(owner, 0) != 0 && errno == ESRCH;
}

static void serve(rd_kafka_mock_cluster_t *cluster, const struct settings *settings, int control)
{
    char buffer[1024];
    size_t length = 0;
    while (!stop_asked && !owner_is_gone(settings->owner)) {
        struct pollfd wait = {.fd = control, .events = POLLIN};
        if (poll(&wait, 1, 500) <= 0 || !(wait.revents & POLLIN))
            continue;
        ssize_t got = read(control, buffer + length, sizeof buffer - 1 - length);
        if (got <= 0)
            continue;
        length += (size_t)got;
        take_lines(cluster, buffer, &length);
        if (length == sizeof buffer - 1)
            length = 0;
    }
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    if (!parse(argc, argv, &settings))
        return usage();
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    char reason[512];
    rd_kafka_t *handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    rd_kafka_mock_cluster_t *cluster = handle != NULL ? rd_kafka_mock_cluster_new(handle, 1) : NULL;
    /* Opened for writing too: so the pipe never reports its end between two writers. */
    int control = settings.control != NULL ? open(settings.control, O_RDWR | O_CLOEXEC) : -1;
    int status = 0;
    if (cluster == NULL) {
        fprintf(stderr, "toil-broker: cannot start: %s\n", handle == NULL ? reason : "no cluster");
        status = 3;
    } else if (settings.control != NULL && control < 0) {
        fprintf(stderr, "toil-broker: %s: %s\n", settings.control, strerror(errno));
        status = 2;
    } else {
        printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
        fflush(stdout);
        serve(cluster, &settings, control);
    }
    if (control >= 0)
        close(control);
    if (cluster != NULL)
        rd_kafka_mock_cluster_destroy(cluster);
    if (handle != NULL)
        rd_kafka_destroy(handle);
    return status;
}
