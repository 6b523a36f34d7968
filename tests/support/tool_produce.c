/* toil-produce: lines of files into topics, every delivery checked. `toil-produce --help` says how. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "support/lib_produce.h"
#include "toilmeter/timestamp.h"

enum { FLUSH_MS = 120000, MAX_CONFIG = 32 };

static const char help[] =
    "usage: toil-produce --bootstrap ADDRESS [OPTION...] --topic TOPIC FILE... [--topic TOPIC FILE...]...\n"
    "       toil-produce --bootstrap ADDRESS --delete-topic TOPIC\n"
    "\n"
    "Sends each line of FILE (- is standard input, NAME.gz goes through zcat) as one message, and prints for each "
    "topic\n"
    "one line: TOPIC N. Exit 0 when every message was delivered, 2 for wrong usage, 3 when the broker failed.\n"
    "\n"
    "  --create               make the topics that follow, first\n"
    "  --partitions N         with so many partitions (1)\n"
    "  --config NAME=VALUE    with this setting; several may be given\n"
    "  --control FIFO         where topics of toil-broker are asked for (default: $TOIL_BROKER_CONTROL)\n"
    "  --key-field NAME       the message's key is this member of the line\n"
    "  --timestamp-field NAME the message's time is this member (RFC 3339)\n"
    "  --timestamps TIMES     the messages' times are the lines of this file (ms since 1970)\n"
    "  --envelope             a line that begins {\"$ is an envelope: $value or $value_base64 (absent or null: a\n"
    "                         tombstone; a text is sent as it is), $key or $key_base64, $headers, $partition, "
    "$timestamp (ms)\n"
    "  --transactional ID     in transactions of this producer\n"
    "  --every N              of so many messages (1000)\n"
    "  --abort-every N        every Nth transaction is aborted and sent again\n"
    "  --verify-count         afterwards, fail when a topic does not hold that many messages more than before\n";

struct settings {
    struct toil_cluster cluster;
    const char *topic;
    bool create, envelope, verify;
    int partitions;
    const char *config[2 * MAX_CONFIG + 1];
    size_t config_count;
    const char *key_field, *timestamp_field, *timestamps, *transactional;
    uint64_t every, abort_every;
};

/* What is kept of one line until its transaction has ended. */
struct batch {
    struct toil_buf text; /* lines with their newlines */
    uint64_t lines;
};

struct sender {
    const struct settings *settings;
    struct toil_producer *producer;
    FILE *timestamps;   /* NULL: none */
    struct batch batch; /* of the open transaction */
    uint64_t transactions;
    uint64_t sent, aborted; /* messages that count, messages in aborted transactions */
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "toil-produce: %s: %s\n", what, why);
    return 2;
}

static bool base64_decode(const char *text, struct toil_buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0;
    int have = 0;
    for (; *text != '\0' && *text != '='; text++) {
        const char *digit = strchr(digits, *text);
        if (digit == NULL)
            return false;
        bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            toil_buf_add_char(out, (char)(unsigned char)(bits >> have));
        }
    }
    return true;
}

/* The bytes of an envelope's member, given as text, JSON, or base64. Returns false when it is absent or null. */
static bool member_bytes(const cJSON *envelope, const char *plain, const char *base64, struct toil_buf *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(envelope, base64);
    if (cJSON_IsString(item)) {
        if (!base64_decode(item->valuestring, out))
            complain(base64, "not base64");
        toil_buf_reserve(out, 1);
        return true;
    }
    item = cJSON_GetObjectItemCaseSensitive(envelope, plain);
    if (item == NULL || cJSON_IsNull(item))
        return false;
    toil_buf_reserve(out, 1);
    if (cJSON_IsString(item)) {
        toil_buf_add_text(out, item->valuestring);
        return true;
    }
    char *text = cJSON_PrintUnformatted(item);
    toil_buf_add_text(out, text);
    cJSON_free(text);
    return true;
}

static bool send_envelope(struct sender *sender, const cJSON *envelope)
{
    enum { MAX_HEADERS = 64 };
    const char *header[2 * MAX_HEADERS + 1] = {NULL};
    size_t headers = 0;
    struct toil_buf value = TOIL_BUF_INIT, key = TOIL_BUF_INIT;
    struct toil_outgoing message = {.topic = sender->settings->topic, .partition = -1};
    if (member_bytes(envelope, "$value", "$value_base64", &value))
        message.value = (struct toil_span){value.data, value.len};
    if (member_bytes(envelope, "$key", "$key_base64", &key))
        message.key = (struct toil_span){key.data, key.len};
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(envelope, "$headers"))
    {
        if (headers < MAX_HEADERS && cJSON_IsString(item)) {
            header[2 * headers] = item->string;
            header[2 * headers + 1] = item->valuestring;
            headers++;
        }
    }
    message.header = header;
    item = cJSON_GetObjectItemCaseSensitive(envelope, "$partition");
    if (cJSON_IsNumber(item))
        message.partition = item->valueint;
    item = cJSON_GetObjectItemCaseSensitive(envelope, "$timestamp");
    if (cJSON_IsNumber(item))
        message.timestamp_ms = (int64_t)item->valuedouble;
    bool sent = toil_producer_send(sender->producer, &message);
    toil_buf_release(&value);
    toil_buf_release(&key);
    return sent;
}

static void take_fields(const struct settings *settings, const cJSON *line, struct toil_outgoing *message)
{
    const cJSON *key = settings->key_field != NULL ? cJSON_GetObjectItemCaseSensitive(line, settings->key_field) : NULL;
    if (cJSON_IsString(key))
        message->key = toil_span_of(key->valuestring);
    const cJSON *time =
        settings->timestamp_field != NULL ? cJSON_GetObjectItemCaseSensitive(line, settings->timestamp_field) : NULL;
    int64_t time_us;
    if (cJSON_IsString(time) && toil_time_parse(toil_span_of(time->valuestring), &time_us))
        message->timestamp_ms = time_us / 1000;
}

/* The time of the next line, 0 when there is none. */
static int64_t next_timestamp(struct sender *sender)
{
    char text[32];
    if (sender->timestamps == NULL || fgets(text, sizeof text, sender->timestamps) == NULL)
        return 0;
    return strtoll(text, NULL, 10);
}

static bool send_line(struct sender *sender, struct toil_span line)
{
    const struct settings *settings = sender->settings;
    bool envelope = settings->envelope && line.len > 2 && memcmp(line.ptr, "{\"$", 3) == 0;
    struct toil_outgoing message = {
        .topic = settings->topic, .partition = -1, .value = line, .timestamp_ms = next_timestamp(sender)};
    if (!envelope && settings->key_field == NULL && settings->timestamp_field == NULL)
        return toil_producer_send(sender->producer, &message);
    cJSON *parsed = cJSON_ParseWithLength(line.ptr, line.len);
    bool sent = false;
    if (envelope && parsed == NULL) {
        complain("envelope", "not JSON");
    } else if (envelope) {
        sent = send_envelope(sender, parsed);
    } else {
        take_fields(settings, parsed, &message);
        sent = toil_producer_send(sender->producer, &message);
    }
    cJSON_Delete(parsed);
    return sent;
}

static bool send_batch(struct sender *sender)
{
    const char *next = sender->batch.text.data;
    for (uint64_t i = 0; i < sender->batch.lines; i++) {
        const char *end = strchr(next, '\n');
        if (!send_line(sender, (struct toil_span){next, (size_t)(end - next)}))
            return false;
        next = end + 1;
    }
    return true;
}

/* Ends the open transaction; an aborted one is sent again in the next, so that every line arrives once. */
static bool end_transaction(struct sender *sender)
{
    if (sender->batch.lines == 0)
        return true;
    uint64_t abort_every = sender->settings->abort_every;
    sender->transactions++;
    if (abort_every != 0 && sender->transactions % abort_every == 0) {
        if (!toil_producer_begin(sender->producer) || !send_batch(sender) ||
            !toil_producer_flush(sender->producer, FLUSH_MS) || !toil_producer_abort(sender->producer))
            return false;
        sender->aborted += sender->batch.lines;
    }
    if (!toil_producer_begin(sender->producer) || !send_batch(sender) || !toil_producer_commit(sender->producer))
        return false;
    sender->sent += sender->batch.lines;
    toil_buf_clear(&sender->batch.text);
    sender->batch.lines = 0;
    return true;
}

static bool take_line(struct sender *sender, const char *line, size_t length)
{
    if (sender->settings->transactional == NULL) {
        sender->sent++;
        return send_line(sender, (struct toil_span){line, length});
    }
    toil_buf_add(&sender->batch.text, line, length);
    toil_buf_add_char(&sender->batch.text, '\n');
    return ++sender->batch.lines < sender->settings->every || end_transaction(sender);
}

/* zcat FILE, its output as a stream; *pid is to be waited for. */
static FILE *open_compressed(const char *path, pid_t *pid)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return NULL;
    *pid = fork();
    if (*pid == 0) {
        dup2(ends[1], 1);
        execlp("zcat", "zcat", "--", path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    return *pid > 0 ? fdopen(ends[0], "r") : NULL;
}

static FILE *open_lines(const char *path, pid_t *pid)
{
    size_t length = strlen(path);
    *pid = 0;
    if (strcmp(path, "-") == 0)
        return stdin;
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0)
        return open_compressed(path, pid);
    return fopen(path, "re");
}

static bool close_lines(FILE *file, pid_t pid)
{
    int status = 0;
    bool fine = !ferror(file);
    if (file != stdin)
        fclose(file);
    return (pid == 0 || (waitpid(pid, &status, 0) == pid && status == 0)) && fine;
}

static bool send_file(struct sender *sender, const char *path)
{
    pid_t pid;
    FILE *file = open_lines(path, &pid);
    if (file == NULL)
        return complain(path, strerror(errno)) == 0;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool sent = true;
    while (sent && (length = getline(&line, &size, file)) >= 0) {
        if (length > 0 && line[length - 1] == '\n')
            length--;
        sent = take_line(sender, line, (size_t)length);
    }
    free(line);
    sent = sent && end_transaction(sender) && toil_producer_flush(sender->producer, FLUSH_MS);
    if (!close_lines(file, pid))
        return complain(path, "cannot be read to its end") == 0;
    return sent;
}

/* Transaction markers count as messages here, so that a topic of transactions may hold more. */
static bool count_is_right(const struct settings *settings, const struct sender *sender, int64_t before)
{
    int64_t after = 0;
    if (!toil_topic_count(settings->cluster.bootstrap, settings->topic, &after))
        return false;
    int64_t expected = before + (int64_t)(sender->sent + sender->aborted);
    if (after == expected || (after > expected && settings->transactional != NULL))
        return true;
    fprintf(stderr, "toil-produce: %s holds %lld messages, expected %lld: the broker dropped some\n", settings->topic,
            (long long)after, (long long)expected);
    return false;
}

static int send_to_topic(const struct settings *settings, const char *path)
{
    int64_t before = 0;
    if (settings->create &&
        !toil_topic_create(&settings->cluster, settings->topic, settings->partitions, settings->config))
        return 3;
    if (settings->verify && !toil_topic_count(settings->cluster.bootstrap, settings->topic, &before))
        return 3;
    struct sender sender = {.settings = settings};
    if (settings->timestamps && settings->abort_every != 0)
        return complain("--timestamps", "does not go with --abort-every, which reads lines twice");
    if (settings->timestamps && !(sender.timestamps = fopen(settings->timestamps, "re")))
        return complain(settings->timestamps, strerror(errno));
    sender.producer = toil_producer_new(settings->cluster.bootstrap, settings->transactional);
    bool done = sender.producer != NULL && send_file(&sender, path);
    if (done && toil_producer_delivered(sender.producer) < sender.sent)
        done = complain(settings->topic, "not every message was delivered") == 0;
    toil_producer_free(sender.producer);
    if (sender.timestamps)
        fclose(sender.timestamps);
    toil_buf_release(&sender.batch.text);
    if (!done || (settings->verify && !count_is_right(settings, &sender, before)))
        return 3;
    printf("%s %llu\n", settings->topic, (unsigned long long)sender.sent);
    fflush(stdout);
    return 0;
}

static bool take_config(struct settings *settings, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || settings->config_count == MAX_CONFIG)
        return false;
    *equals = '\0';
    settings->config[2 * settings->config_count] = text;
    settings->config[2 * settings->config_count + 1] = equals + 1;
    settings->config_count++;
    return true;
}

static bool take_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *out = number;
    return errno == 0 && end != text && *end == '\0' && number > 0 && number < 1000000000;
}

enum option_id {
    BOOTSTRAP = 256,
    TOPIC,
    CREATE,
    PARTITIONS,
    CONFIG,
    CONTROL,
    KEY,
    TIMESTAMP,
    TIMESTAMPS,
    ENVELOPE,
    TRANSACTIONAL,
    EVERY,
    ABORT,
    VERIFY,
    DELETE,
    HELP
};

static const struct option options[] = {
    {"bootstrap", required_argument, NULL, BOOTSTRAP},
    {"topic", required_argument, NULL, TOPIC},
    {"create", no_argument, NULL, CREATE},
    {"partitions", required_argument, NULL, PARTITIONS},
    {"config", required_argument, NULL, CONFIG},
    {"control", required_argument, NULL, CONTROL},
    {"key-field", required_argument, NULL, KEY},
    {"timestamp-field", required_argument, NULL, TIMESTAMP},
    {"timestamps", required_argument, NULL, TIMESTAMPS},
    {"envelope", no_argument, NULL, ENVELOPE},
    {"transactional", required_argument, NULL, TRANSACTIONAL},
    {"every", required_argument, NULL, EVERY},
    {"abort-every", required_argument, NULL, ABORT},
    {"verify-count", no_argument, NULL, VERIFY},
    {"delete-topic", required_argument, NULL, DELETE},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static bool take_flag(struct settings *settings, int option)
{
    settings->create |= option == CREATE;
    settings->envelope |= option == ENVELOPE;
    settings->verify |= option == VERIFY;
    return option == CREATE || option == ENVELOPE || option == VERIFY;
}

static bool take_setting(struct settings *settings, int option, char *value)
{
    uint64_t number = 0;
    switch (option) {
    case BOOTSTRAP:
        settings->cluster.bootstrap = value;
        return true;
    case TOPIC:
        settings->topic = value;
        return true;
    case CONTROL:
        settings->cluster.control = value;
        return true;
    case KEY:
        settings->key_field = value;
        return true;
    case TIMESTAMP:
        settings->timestamp_field = value;
        return true;
    case TIMESTAMPS:
        settings->timestamps = value;
        return true;
    case TRANSACTIONAL:
        settings->transactional = value;
        return true;
    case CONFIG:
        return take_config(settings, value);
    case EVERY:
        return take_number(value, &settings->every);
    case ABORT:
        return take_number(value, &settings->abort_every);
    case PARTITIONS:
        settings->partitions = take_number(value, &number) ? (int)number : 0;
        return settings->partitions > 0;
    default:
        return take_flag(settings, option);
    }
}

int main(int argc, char **argv)
{
    struct settings settings = {.partitions = 1, .every = 1000};
    const char *control = getenv("TOIL_BROKER_CONTROL");
    settings.cluster.control = control != NULL && control[0] != '\0' ? control : NULL;
    signal(SIGPIPE, SIG_IGN);
    int option, files = 0, status = 0;
    /* "-": a FILE is taken where it stands, with the options before it. */
    while (status == 0 && (option = getopt_long(argc, argv, "-", options, NULL)) != -1) {
        if (option == HELP) {
            fputs(help, stdout);
            return 0;
        }
        if ((option == 1 || option == DELETE) && settings.cluster.bootstrap == NULL)
            return complain("--bootstrap", "is missing");
        if (option == 1 && settings.topic == NULL)
            return complain(optarg, "--topic must come first");
        if (option == 1)
            status = send_to_topic(&settings, optarg);
        else if (option == DELETE)
            status = toil_topic_delete(&settings.cluster, optarg) ? 0 : 3;
        else if (option == '?' || !take_setting(&settings, option, optarg))
            return complain(option == '?' ? "usage" : argv[optind - 1], "see toil-produce --help");
        files += option == 1 || option == DELETE;
    }
    if (files == 0)
        return complain("usage", "nothing to send; see toil-produce --help");
    return status;
}
