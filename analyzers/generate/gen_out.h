/* Where generated events go: lines of JSON, one list per topic, kept until the end so that they can be written in the
 * order of arrival. Counts what a collector must find, and keeps the key of every event that must be stored once. */
#ifndef TOIL_GEN_OUT_H
#define TOIL_GEN_OUT_H

#include "gen_random.h"
#include "toilmeter/decode.h"
#include "toilmeter/event.h"

enum gen_topic {
    GEN_TOPIC_RESTARTS,
    GEN_TOPIC_REBALANCES,
    GEN_TOPIC_TICKETS,
    GEN_TOPIC_WORK_LOGS,
    GEN_TOPIC_EVENTS, /* each message names its kind */
    GEN_TOPIC_COUNT,
};

/* Name of the topic; its file is NAME.jsonl. */
const char *gen_topic_name(enum gen_topic topic);
/* The kind that is fixed by the topic, or TOIL_KIND_NONE. */
enum toil_kind gen_topic_kind(enum gen_topic topic);

/* What a message is to the store. */
enum gen_sending {
    GEN_FIRST,  /* a new key: a new row */
    GEN_ADDING, /* a key sent before, with more fields: no new row */
    GEN_ENDING, /* an end told apart: a row of event_ending */
};

struct gen_counts {
    uint64_t produced; /* messages that name this kind */
    uint64_t unique;   /* rows that they make, endings left out */
    uint64_t endings;
    uint64_t adding;
    uint64_t repeats; /* the same bytes again */
};

struct gen_line {
    int64_t arrival_us;
    size_t offset, len; /* in the topic's text */
};

struct gen_topic_lines {
    struct toil_buf text;
    struct gen_line *line; /* owned */
    size_t count, cap;
    uint64_t repeats, adding, quarantined;
};

struct gen_out {
    struct gen_topic_lines topic[GEN_TOPIC_COUNT];
    struct gen_counts kind[TOIL_N_KINDS];
    uint64_t bad[TOIL_REASON_COUNT];
    struct toil_buf keys; /* lines "kind<TAB>id<TAB>number": at or ended_at in microseconds, or the version */
    struct gen_random random;
    double repeat_chance;
};

void gen_out_init(struct gen_out *out, uint64_t seed);
void gen_out_release(struct gen_out *out);

/* A message being written. Start it, add its fields, send it; then it can be started again. */
struct gen_message {
    struct toil_buf text;
    enum gen_topic topic;
    enum toil_kind kind;
    char id[64];
    int64_t key; /* at, ended_at or version, as the sending needs it */
};

void gen_message_start(struct gen_message *message, enum gen_topic topic, enum toil_kind kind, const char *id);
void gen_message_text(struct gen_message *message, enum toil_field field, const char *text);
void gen_message_time(struct gen_message *message, enum toil_field field, int64_t time_us);
void gen_message_int(struct gen_message *message, enum toil_field field, int64_t value);
/* A number given in thousandths. */
void gen_message_thousandths(struct gen_message *message, enum toil_field field, int64_t value);
void gen_message_bool(struct gen_message *message, enum toil_field field, bool value);
void gen_message_tags(struct gen_message *message, const char *const *tags, size_t count);

/* Ends the message and gives it to the topic. Some are repeated by the way, byte for byte, later. */
void gen_out_send(struct gen_out *out, struct gen_message *message, enum gen_sending sending, int64_t arrival_us);
/* A message that must end in quarantine. text: no newline in it. */
void gen_out_send_bad(struct gen_out *out, enum gen_topic topic, struct toil_span text, enum toil_reason reason,
                      int64_t arrival_us);
/* A plausible arrival for something that is told at once: most within seconds, some hours, a few days late. */
int64_t gen_out_arrival(struct gen_out *out, int64_t told_us);

/* Sorts each topic by arrival. Nothing may be sent after it. */
void gen_out_sort(struct gen_out *out);
/* Writes DIR/TOPIC.jsonl, DIR/TOPIC.arrivals (milliseconds since 1970, a line each) and DIR/keys.tsv. */
enum toil_status gen_out_write(const struct gen_out *out, const char *dir, struct toil_error *err) TOIL_MUST_CHECK;
/* Writes a whole file. */
enum toil_status gen_write_file(const char *dir, const char *name, struct toil_span text,
                                struct toil_error *err) TOIL_MUST_CHECK;

#endif
