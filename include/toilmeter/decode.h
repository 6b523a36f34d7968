/* Bytes to event: the canonical form, strictly. Pure but for the pseudonym cache: no I/O, no clock. One pass over the
 * text validates (UTF-8, escapes, half surrogates, NUL, numbers, depth, duplicate keys, trailing bytes) and extracts.
 */
#ifndef TOILMETER_DECODE_H
#define TOILMETER_DECODE_H

#include "toilmeter/event.h"
#include "toilmeter/people.h"
#include "toilmeter/timestamp.h"

/* Why a message is unusable: the stable names that the quarantine, the metrics and `quarantine list` use.
 * TOIL_REASON(ID, name, doc) */
#define TOIL_REASONS(X)                                                                                                \
    X(NONE, none, "usable")                                                                                            \
    X(NOT_JSON, not_json, "not a JSON text, or bytes after its end")                                                   \
    X(NOT_OBJECT, not_object, "JSON, but not an object")                                                               \
    X(TRUNCATED, truncated, "the text ends too early")                                                                 \
    X(EMPTY, empty, "no bytes, or white space only")                                                                   \
    X(TOMBSTONE, tombstone, "no value: a deletion marker of a compacted topic")                                        \
    X(UTF8, utf8, "not UTF-8")                                                                                         \
    X(ESCAPE, escape, "a wrong escape or half a surrogate pair in a string")                                           \
    X(NUL, nul, "a NUL character inside a string")                                                                     \
    X(NUMBER, number, "a number that is malformed or out of range")                                                    \
    X(DEPTH, depth, "nested too deep")                                                                                 \
    X(DUPLICATE_KEY, duplicate_key, "a key stands twice in one object")                                                \
    X(TOO_LARGE, too_large, "over the size limit")                                                                     \
    X(TOO_MANY, too_many, "too many fields or tags")                                                                   \
    X(KIND, kind, "no kind, an unknown one, or not the one of the topic")                                              \
    X(MISSING, missing, "a required field is missing")                                                                 \
    X(TYPE, type, "a field has the wrong type")                                                                        \
    X(RANGE, range, "a field's value is out of range or not one of its words")                                         \
    X(TIME, time, "a time that cannot be read")                                                                        \
    X(IMPLAUSIBLE_TIME, implausible_time, "a time too far in the past or the future, or an end before its beginning")  \
    X(MAPPING, mapping, "the mapping did not fit")                                                                     \
    X(DATABASE, database, "the database refused the row")

enum toil_reason {
#define X(ID, name, doc) TOIL_REASON_##ID,
    TOIL_REASONS(X)
#undef X
        TOIL_REASON_COUNT,
};

struct toil_reason_info {
    const char *name;
    const char *doc;
};
extern const struct toil_reason_info toil_reasons[TOIL_REASON_COUNT];

struct toil_decode_options {
    enum toil_kind kind;           /* the topic's fixed kind, or TOIL_KIND_NONE: each message names its own */
    enum toil_time_unit time_unit; /* of times that are numbers; NONE: such times are refused */
    int64_t earliest_us;           /* times before are implausible; default 1990-01-01 */
    int64_t future_us;             /* times later than now + this are implausible; default one day */
    size_t max_bytes;              /* message size limit; default 1 MiB */
    unsigned max_depth;            /* default 32 */
    unsigned max_unknown;          /* unknown fields kept in extra; default 256 */
};
void toil_decode_options_init(struct toil_decode_options *options);

struct toil_decoder; /* opaque: scratch memory; one per thread */

/* people: borrowed, must outlive the decoder. */
struct toil_decoder *toil_decoder_new(struct toil_people *people);
void toil_decoder_free(struct toil_decoder *decoder);

/* Decodes one message. `message` may hold any bytes; message.ptr == NULL is a tombstone. now_us: the wall clock, for
 * plausibility. On TOIL_REASON_NONE *event is filled; its spans are borrowed from `message` and from the decoder, valid
 * until its next call. Otherwise `detail` (may be NULL; size detail_bytes) gets one line that names field and place but
 * holds no more than 64 bytes of the message, control characters replaced.
 *
 * A fact without `at` but with `ended_at` (service_restart, queue_rebalance) comes out with event->ending set and needs
 * only id and ended_at. `automatic` is set when the actor is a robot. JSON null is the same as absent. For a state,
 * `version` is filled from updated_at, else at, when absent; a state without any of the three is refused (MISSING).
 * An empty string in a field of type text, id or person says nothing: it is the same as absent. Numeric ids come out as
 * their digits, whatever their spelling (7, 7.0, 70e-1). Unknown fields, and known ones that the kind does not have, go
 * to `extra` with their values as they stand in the message; those that are null do not. */
enum toil_reason toil_decode(struct toil_decoder *decoder, const struct toil_decode_options *options,
                             struct toil_span message, int64_t now_us, struct toil_event *event, char *detail,
                             size_t detail_bytes);

#endif
