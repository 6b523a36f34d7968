/* One JSON value to one field's value; between decode.c and decode_value.c only. */
#ifndef TOILMETER_COMMON_DECODE_VALUE_H
#define TOILMETER_COMMON_DECODE_VALUE_H

#include "toilmeter/decode.h"
#include "toilmeter/json_scan.h"

/* Memory of one message: handed out from the front, never moved until the next message. */
struct scratch {
    char *data; /* owned */
    size_t used, cap;
};

/* What one toil_decode is about. */
struct call {
    const struct toil_decode_options *options;
    struct toil_people *people;
    struct scratch *scratch;
    struct toil_event *event;
    const char *message; /* first byte, for places */
    int64_t now_us;
    bool robot; /* the actor matches the robots' patterns */
    char *detail;
    size_t detail_bytes;
};

/* Enough for everything that one message can need of it: strings without escapes are never longer than before, a tag
 * has four bytes of length for at least two quotes and a comma, and the rest is a few fixed texts. */
#define SCRATCH_BYTES(message_len) (2 * (message_len) + 1024)

static inline char *scratch_take(struct scratch *scratch, size_t len)
{
    char *taken = scratch->data + scratch->used;
    scratch->used += len;
    return taken;
}

/* Writes the detail, if it is wanted, and returns the reason. */
enum toil_reason complain(struct call *call, enum toil_reason reason, const char *fmt, ...) TOIL_PRINTF(3, 4);

/* At most 64 bytes of the message, made harmless for a line. */
#define SHOWN_BYTES 64
void show_bytes(struct toil_span bytes, char out[SHOWN_BYTES + 1]);

/* A string's text without escapes. */
struct toil_span string_text(struct call *call, const struct toil_json_value *value);

/* Fills event->value[field] and its bit in event->present, unless the value says nothing. */
enum toil_reason convert_value(struct call *call, enum toil_field field, const struct toil_json_value *value);

#endif
