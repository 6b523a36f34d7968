/* One JSON value to one field's value; between the decoder and the mapping. */
#ifndef TOILMETER_COMMON_DECODE_VALUE_H
#define TOILMETER_COMMON_DECODE_VALUE_H

#include "scratch.h"
#include "toilmeter/decode.h"
#include "toilmeter/json_scan.h"

/* What one toil_decode is about. */
struct call {
    const struct toil_decode_options *options;
    struct toil_people *people;
    struct scratch *scratch;
    struct toil_event *event;
    struct toil_span message; /* for places: a value outside of it has none */
    int64_t now_us;
    bool robot; /* the actor matches the robots' patterns */
    char *detail;
    size_t detail_bytes;
};

/* Enough for everything that a canonical message needs, in one piece: strings without escapes are never longer than
 * before, a tag has four bytes of length for at least two quotes and a comma, and the rest is a few fixed texts. */
#define SCRATCH_BYTES(message_len) (2 * (message_len) + 1024)

/* Writes the detail, if it is wanted, and returns the reason. */
enum toil_reason complain(struct call *call, enum toil_reason reason, const char *fmt, ...) TOIL_PRINTF(3, 4);

/* " at byte N" of a place in the message, or nothing when it is elsewhere: made by a mapping. */
#define PLACE_BYTES 40
const char *place_of(const struct call *call, struct toil_span text, char out[PLACE_BYTES]);

/* At most 64 bytes of the message, made harmless for a line. */
#define SHOWN_BYTES 64
void show_bytes(struct toil_span bytes, char out[SHOWN_BYTES + 1]);

/* A string's text without escapes. */
struct toil_span string_text(struct call *call, const struct toil_json_value *value);

/* The reason that goes with what the scanner found, with its place; NONE where it found nothing wrong. */
enum toil_reason scan_fault(struct call *call, const struct toil_json_scan *scan);

/* Empties an event: values count only where their bit is set. */
void begin_event(struct toil_event *event);
/* After the last value: robots, the version of a state, what is required (bit set of fields), the order of times. */
enum toil_reason finish_event(struct call *call, uint32_t required);

/* The value did not fit: names the field, what was expected, what was found and where. */
enum toil_reason refuse(struct call *call, enum toil_reason reason, enum toil_field field,
                        const struct toil_json_value *value, const char *expected);

/* Sets a time if it is plausible. */
enum toil_reason set_time(struct call *call, enum toil_field field, int64_t time_us);
/* A whole number of a unit since 1970, all its digits kept. False when it is out of range. */
bool time_from_integer(int64_t number, enum toil_time_unit unit, int64_t *out_us);

/* Fills event->value[field] and its bit in event->present, unless the value says nothing. */
enum toil_reason convert_value(struct call *call, enum toil_field field, const struct toil_json_value *value);

#endif
