/* Lines of JSON by topic: building, counting, ordering, writing. */
#include "gen_out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/timestamp.h"

#define REPEAT_CHANCE 0.006
#define OUT_STREAM    101

struct topic_info {
    const char *name;
    enum toil_kind kind;
};

static const struct topic_info topics[GEN_TOPIC_COUNT] = {
    [GEN_TOPIC_RESTARTS] = {"platform.restarts", TOIL_KIND_SERVICE_RESTART},
    [GEN_TOPIC_REBALANCES] = {"platform.rebalances", TOIL_KIND_QUEUE_REBALANCE},
    [GEN_TOPIC_TICKETS] = {"desk.tickets", TOIL_KIND_SUPPORT_TICKET},
    [GEN_TOPIC_WORK_LOGS] = {"work.logs", TOIL_KIND_WORK_LOG},
    [GEN_TOPIC_EVENTS] = {"platform.events", TOIL_KIND_NONE},
};

const char *gen_topic_name(enum gen_topic topic)
{
    return topics[topic].name;
}

enum toil_kind gen_topic_kind(enum gen_topic topic)
{
    return topics[topic].kind;
}

void gen_out_init(struct gen_out *out, uint64_t seed)
{
    *out = (struct gen_out){.repeat_chance = REPEAT_CHANCE};
    gen_random_init(&out->random, seed, OUT_STREAM);
}

void gen_out_release(struct gen_out *out)
{
    for (size_t i = 0; i < GEN_TOPIC_COUNT; i++) {
        toil_buf_release(&out->topic[i].text);
        free(out->topic[i].line);
    }
    toil_buf_release(&out->keys);
    *out = (struct gen_out){0};
}

static void add_key(struct gen_message *message, const char *name)
{
    toil_buf_add_char(&message->text, message->text.len ? ',' : '{');
    toil_buf_add_json_string(&message->text, toil_span_of(name));
    toil_buf_add_char(&message->text, ':');
}

void gen_message_start(struct gen_message *message, enum gen_topic topic, enum toil_kind kind, const char *id)
{
    toil_buf_clear(&message->text);
    message->topic = topic;
    message->kind = kind;
    message->key = 0;
    (void)snprintf(message->id, sizeof message->id, "%s", id);
    if (topics[topic].kind == TOIL_KIND_NONE) {
        add_key(message, "kind");
        toil_buf_add_json_string(&message->text, toil_span_of(toil_kinds[kind].name));
    }
    gen_message_text(message, TOIL_FIELD_ID, id);
}

void gen_message_text(struct gen_message *message, enum toil_field field, const char *text)
{
    add_key(message, toil_fields[field].name);
    toil_buf_add_json_string(&message->text, toil_span_of(text));
}

void gen_message_time(struct gen_message *message, enum toil_field field, int64_t time_us)
{
    char text[32];
    toil_time_format(time_us, text);
    gen_message_text(message, field, text);
    bool ending = field == TOIL_FIELD_ENDED_AT && message->key == 0;
    if (toil_kinds[message->kind].shape == TOIL_SHAPE_FACT && (field == TOIL_FIELD_AT || ending))
        message->key = time_us;
}

void gen_message_int(struct gen_message *message, enum toil_field field, int64_t value)
{
    add_key(message, toil_fields[field].name);
    toil_buf_printf(&message->text, "%" PRId64, value);
    if (field == TOIL_FIELD_VERSION)
        message->key = value;
}

void gen_message_thousandths(struct gen_message *message, enum toil_field field, int64_t value)
{
    add_key(message, toil_fields[field].name);
    if (value % 1000 == 0)
        toil_buf_printf(&message->text, "%" PRId64, value / 1000);
    else
        toil_buf_printf(&message->text, "%" PRId64 ".%03" PRId64, value / 1000, value % 1000);
}

void gen_message_bool(struct gen_message *message, enum toil_field field, bool value)
{
    add_key(message, toil_fields[field].name);
    toil_buf_add_text(&message->text, value ? "true" : "false");
}

void gen_message_tags(struct gen_message *message, const char *const *tags, size_t count)
{
    add_key(message, toil_fields[TOIL_FIELD_TAGS].name);
    for (size_t i = 0; i < count; i++) {
        toil_buf_add_char(&message->text, i ? ',' : '[');
        toil_buf_add_json_string(&message->text, toil_span_of(tags[i]));
    }
    toil_buf_add_text(&message->text, count ? "]" : "[]");
}

static void add_line(struct gen_topic_lines *lines, struct toil_span text, int64_t arrival_us)
{
    if (lines->count == lines->cap) {
        lines->cap = lines->cap ? 2 * lines->cap : 1024;
        lines->line = toil_xreallocarray(lines->line, lines->cap, sizeof *lines->line);
    }
    lines->line[lines->count++] = (struct gen_line){arrival_us, lines->text.len, text.len};
    toil_buf_add_span(&lines->text, text);
}

static void keep_key(struct gen_out *out, const struct gen_message *message, enum gen_sending sending)
{
    toil_buf_printf(&out->keys, "%s%s\t%s\t%" PRId64 "\n", sending == GEN_ENDING ? "ending:" : "",
                    toil_kinds[message->kind].name, message->id, message->key);
}

void gen_out_send(struct gen_out *out, struct gen_message *message, enum gen_sending sending, int64_t arrival_us)
{
    toil_buf_add_char(&message->text, '}');
    struct gen_topic_lines *lines = &out->topic[message->topic];
    struct gen_counts *counts = &out->kind[message->kind];
    struct toil_span text = {message->text.data, message->text.len};
    add_line(lines, text, arrival_us);
    counts->produced++;
    counts->unique += sending == GEN_FIRST;
    counts->endings += sending == GEN_ENDING;
    counts->adding += sending == GEN_ADDING;
    lines->adding += sending == GEN_ADDING;
    if (sending != GEN_ADDING)
        keep_key(out, message, sending);
    if (gen_random_chance(&out->random, out->repeat_chance)) {
        int64_t later = gen_random_between(&out->random, 1, gen_random_chance(&out->random, 0.2) ? 172800 : 300);
        add_line(lines, text, arrival_us + later * TOIL_US_PER_SECOND);
        counts->produced++;
        counts->repeats++;
        lines->repeats++;
    }
}

void gen_out_send_bad(struct gen_out *out, enum gen_topic topic, struct toil_span text, enum toil_reason reason,
                      int64_t arrival_us)
{
    add_line(&out->topic[topic], text, arrival_us);
    out->topic[topic].quarantined++;
    out->bad[reason]++;
}

int64_t gen_out_arrival(struct gen_out *out, int64_t told_us)
{
    static const double shares[] = {0.80, 0.16, 0.035, 0.005};
    static const int64_t longest_s[] = {5, 120, 7200, 259200};
    size_t class = gen_random_pick(&out->random, shares, 4);
    return told_us + gen_random_between(&out->random, 50, longest_s[class] * 1000) * 1000;
}

/* Lines keep their offsets in ascending order of sending, so they settle equal arrivals. */
static int by_arrival(const void *left, const void *right)
{
    const struct gen_line *a = left, *b = right;
    if (a->arrival_us != b->arrival_us)
        return a->arrival_us < b->arrival_us ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

void gen_out_sort(struct gen_out *out)
{
    for (size_t i = 0; i < GEN_TOPIC_COUNT; i++)
        if (out->topic[i].count)
            qsort(out->topic[i].line, out->topic[i].count, sizeof *out->topic[i].line, by_arrival);
}

enum toil_status gen_write_file(const char *dir, const char *name, struct toil_span text, struct toil_error *err)
{
    char *path = toil_xasprintf("%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    bool ok = file && (text.len == 0 || fwrite(text.ptr, 1, text.len, file) == text.len);
    if (file && fclose(file) != 0)
        ok = false;
    enum toil_status status =
        ok ? TOIL_OK : toil_error_set(err, TOIL_RETRY, "cannot write %s: %s", path, strerror(errno));
    free(path);
    return status;
}

static enum toil_status write_topic(const struct gen_out *out, size_t topic, const char *dir, struct toil_error *err)
{
    const struct gen_topic_lines *lines = &out->topic[topic];
    struct toil_buf text = TOIL_BUF_INIT, arrivals = TOIL_BUF_INIT;
    for (size_t i = 0; i < lines->count; i++) {
        toil_buf_add(&text, lines->text.data + lines->line[i].offset, lines->line[i].len);
        toil_buf_add_char(&text, '\n');
        toil_buf_printf(&arrivals, "%" PRId64 "\n", lines->line[i].arrival_us / 1000);
    }
    char *name = toil_xasprintf("%s.jsonl", topics[topic].name);
    char *side = toil_xasprintf("%s.arrivals", topics[topic].name);
    enum toil_status status = gen_write_file(dir, name, (struct toil_span){text.data, text.len}, err);
    if (status == TOIL_OK)
        status = gen_write_file(dir, side, (struct toil_span){arrivals.data, arrivals.len}, err);
    free(name);
    free(side);
    toil_buf_release(&text);
    toil_buf_release(&arrivals);
    return status;
}

enum toil_status gen_out_write(const struct gen_out *out, const char *dir, struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; i < GEN_TOPIC_COUNT && status == TOIL_OK; i++)
        status = write_topic(out, i, dir, err);
    if (status == TOIL_OK)
        status = gen_write_file(dir, "keys.tsv", (struct toil_span){out->keys.data, out->keys.len}, err);
    return status;
}
