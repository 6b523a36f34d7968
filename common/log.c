/* The code behind log.h: one line is built in memory and written with one call, so that lines of threads don't mix. */
#include "toilmeter/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "toilmeter/buf.h"
#include "toilmeter/timestamp.h"

#define VALUE_BYTES 256
#define EVENT_BYTES 64
#define SLOTS       64

/* When an event name was last let through, and how many of its lines were held back since. */
struct slot {
    char event[EVENT_BYTES];
    int64_t last_us; /* monotonic */
    uint64_t held;
};

struct toil_log {
    int fd;
    enum toil_log_format format;
    _Atomic unsigned level; /* enum toil_log_level */
    pthread_mutex_t lock;   /* guards slots */
    struct slot slots[SLOTS];
    unsigned used;
};

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const format_names[] = {"text", "json"};

struct toil_log *toil_log_new(int fd, enum toil_log_format format, enum toil_log_level level)
{
    struct toil_log *log = toil_xcalloc(1, sizeof *log);
    log->fd = fd;
    log->format = format;
    log->level = (unsigned)level;
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

void toil_log_set_level(struct toil_log *log, enum toil_log_level level)
{
    log->level = (unsigned)level;
}

void toil_log_free(struct toil_log *log)
{
    if (!log)
        return;
    pthread_mutex_destroy(&log->lock);
    free(log);
}

/* Bytes of `text` that are kept: whole characters only. */
static struct toil_span cut(const char *text)
{
    size_t len = strnlen(text, VALUE_BYTES + 1);
    if (len > VALUE_BYTES) {
        len = VALUE_BYTES;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    return (struct toil_span){text, len};
}

/* DEL and U+0080 to U+009F pass JSON's rules but move a terminal's cursor: they are escaped too. */
static void add_quoted(struct toil_buf *line, struct toil_span text)
{
    struct toil_buf json = TOIL_BUF_INIT;
    toil_buf_add_json_string(&json, text);
    for (size_t i = 0; i < json.len; i++) {
        unsigned char c = (unsigned char)json.data[i], next = (unsigned char)json.data[i + 1];
        if (c == 0x7f) {
            toil_buf_add_text(line, "\\u007f");
        } else if (c == 0xc2 && next < 0xa0) {
            toil_buf_printf(line, "\\u%04x", next);
            i++;
        } else {
            toil_buf_add_char(line, (char)c);
        }
    }
    toil_buf_release(&json);
}

static bool is_bare(struct toil_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return text.len > 0;
}

static void add_pair(const struct toil_log *log, struct toil_buf *line, const char *key, const char *value)
{
    struct toil_span text = cut(value);
    if (log->format == TOIL_LOG_JSON) {
        toil_buf_add_char(line, line->len ? ',' : '{');
        add_quoted(line, cut(key));
        toil_buf_add_char(line, ':');
        add_quoted(line, text);
        return;
    }
    if (line->len)
        toil_buf_add_char(line, ' ');
    toil_buf_add_text(line, key);
    toil_buf_add_char(line, '=');
    if (is_bare(text))
        toil_buf_add_span(line, text);
    else
        add_quoted(line, text);
}

static void begin_line(const struct toil_log *log, struct toil_buf *line, enum toil_log_level level, const char *event,
                       const char *message)
{
    char now[32];
    toil_time_format(toil_time_now_us(), now);
    add_pair(log, line, "time", now);
    add_pair(log, line, "level", level_names[level]);
    add_pair(log, line, "event", event);
    add_pair(log, line, "message", message ? message : "");
}

static void add_pairs(const struct toil_log *log, struct toil_buf *line, va_list args)
{
    for (const char *key; (key = va_arg(args, const char *)) != NULL;) {
        const char *value = va_arg(args, const char *);
        add_pair(log, line, key, value ? value : "");
    }
}

/* A log that cannot be written has nowhere to complain: the line is lost, the program goes on. */
static void end_line(const struct toil_log *log, struct toil_buf *line)
{
    toil_buf_add_text(line, log->format == TOIL_LOG_JSON ? "}\n" : "\n");
    for (size_t done = 0; done < line->len;) {
        ssize_t n = write(log->fd, line->data + done, line->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    toil_buf_release(line);
}

void toil_log_line(struct toil_log *log, enum toil_log_level level, const char *event, const char *message, ...)
{
    if (!log || (unsigned)level < log->level)
        return;
    struct toil_buf line = TOIL_BUF_INIT;
    begin_line(log, &line, level, event, message);
    va_list args;
    va_start(args, message);
    add_pairs(log, &line, args);
    va_end(args);
    end_line(log, &line);
}

void toil_log_error(struct toil_log *log, enum toil_log_level level, const char *event, const struct toil_error *err)
{
    if (!log || (unsigned)level < log->level)
        return;
    struct toil_buf line = TOIL_BUF_INIT;
    begin_line(log, &line, level, event, err->message);
    if (err->hint[0])
        add_pair(log, &line, "hint", err->hint);
    if (err->sqlstate[0])
        add_pair(log, &line, "sqlstate", err->sqlstate);
    end_line(log, &line);
}

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * TOIL_US_PER_SECOND + now.tv_nsec / 1000;
}

/* The slot of an event; a new one takes the place of the one that was quiet longest when all are taken. */
static struct slot *find_slot(struct toil_log *log, const char *event, bool *is_new)
{
    struct slot *oldest = &log->slots[0];
    for (unsigned i = 0; i < log->used; i++) {
        struct slot *slot = &log->slots[i];
        if (strncmp(slot->event, event, EVENT_BYTES - 1) == 0) {
            *is_new = false;
            return slot;
        }
        if (slot->last_us < oldest->last_us)
            oldest = slot;
    }
    struct slot *slot = log->used < SLOTS ? &log->slots[log->used++] : oldest;
    memset(slot, 0, sizeof *slot);
    memcpy(slot->event, event, strnlen(event, EVENT_BYTES - 1));
    *is_new = true;
    return slot;
}

/* True when a line may go out; *held: how many were kept back before it. */
static bool may_pass(struct toil_log *log, const char *event, unsigned interval_s, uint64_t *held)
{
    int64_t now_us = monotonic_us();
    pthread_mutex_lock(&log->lock);
    bool is_new;
    struct slot *slot = find_slot(log, event, &is_new);
    bool pass = is_new || now_us - slot->last_us >= (int64_t)interval_s * TOIL_US_PER_SECOND;
    *held = slot->held;
    if (pass) {
        slot->last_us = now_us;
        slot->held = 0;
    } else {
        slot->held++;
    }
    pthread_mutex_unlock(&log->lock);
    return pass;
}

void toil_log_limited(struct toil_log *log, enum toil_log_level level, unsigned interval_s, const char *event,
                      const char *message, ...)
{
    uint64_t held;
    if (!log || level < log->level || !may_pass(log, event, interval_s, &held))
        return;
    struct toil_buf line = TOIL_BUF_INIT;
    begin_line(log, &line, level, event, message);
    va_list args;
    va_start(args, message);
    add_pairs(log, &line, args);
    va_end(args);
    if (held) {
        struct toil_buf count = TOIL_BUF_INIT;
        toil_buf_printf(&count, "%llu", (unsigned long long)held);
        add_pair(log, &line, "held_back", count.data);
        toil_buf_release(&count);
    }
    end_line(log, &line);
}

static bool find(const char *name, const char *const *names, unsigned count, unsigned *out)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool toil_log_level_find(const char *name, enum toil_log_level *out)
{
    unsigned i;
    if (!find(name, level_names, sizeof level_names / sizeof level_names[0], &i))
        return false;
    *out = (enum toil_log_level)i;
    return true;
}

bool toil_log_format_find(const char *name, enum toil_log_format *out)
{
    unsigned i;
    if (!find(name, format_names, sizeof format_names / sizeof format_names[0], &i))
        return false;
    *out = (enum toil_log_format)i;
    return true;
}
