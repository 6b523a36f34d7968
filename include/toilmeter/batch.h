/* Events to columns: a batch holds rows ready for binary COPY, one buffer per table, in the order of arrival.
 *
 * Pure: bytes in, bytes out. Use: add events and unusable messages, each with the source they came from; hand the batch
 * to toil_store_write; clear it; use it again. Memory is kept between uses.
 *
 * A source is one topic partition (or one imported file). Per source the batch counts what it holds by kind, so that
 * the intake table reconciles to the last message. */
#ifndef TOILMETER_BATCH_H
#define TOILMETER_BATCH_H

#include "toilmeter/decode.h"
#include "toilmeter/event.h"

/* Tables a batch can hold rows for. The first TOIL_N_KINDS are the kinds, in their order: facts go to the table of
 * that name, states to `<kind>_version`. */
enum {
    TOIL_TABLE_ENDING = TOIL_N_KINDS,
    TOIL_TABLE_QUARANTINE,
    TOIL_TABLE_COUNT,
};

enum {
    TOIL_FIRST_MONTH = 0, /* 1970-01; months are counted from there */
    TOIL_MONTHS = 2048,   /* up to 2140 */
};

struct toil_rows {
    struct toil_buf copy; /* binary COPY: signature, rows, no trailer until toil_batch_seal */
    uint32_t *source;     /* [count] index of the source of each row */
    uint32_t count, cap;
};

/* What a source brought in this batch, by kind; kind TOIL_KIND_NONE holds what has none (quarantine, skipped). */
struct toil_intake {
    uint64_t received; /* messages read; one that carries several events counts once for each */
    uint64_t events;   /* events made of them */
    uint64_t endings;  /* of these, endings */
    uint64_t quarantined;
    uint64_t skipped; /* on purpose: a mapping's `when`, a tombstone where the preset says so */
    uint64_t unknown_fields;
    uint64_t released; /* messages that were in quarantine until now, and counted as such */
};

struct toil_source {
    char *topic; /* owned */
    int32_t partition;
    struct toil_intake intake[TOIL_N_KINDS + 1];
};

struct toil_batch {
    struct toil_rows rows[TOIL_TABLE_COUNT];
    /* Columns of each event table, from toil_table_fields: worked out once. */
    uint8_t column[TOIL_TABLE_ENDING + 1][TOIL_N_FIELDS];
    uint8_t column_type[TOIL_TABLE_ENDING + 1][TOIL_N_FIELDS];
    uint8_t column_count[TOIL_TABLE_ENDING + 1];
    uint32_t variable; /* bit set of the fields whose bytes are not of a fixed size */
    int64_t month_from_us[TOIL_N_KINDS], month_to_us[TOIL_N_KINDS]; /* the month that was noted last */
    /* Months of `at` per fact kind, as bits from TOIL_FIRST_MONTH on; a month outside has none. */
    uint64_t months[TOIL_N_KINDS][TOIL_MONTHS / 64];
    struct toil_buf scratch;
    struct toil_source *source;
    uint32_t source_count, source_cap;
    uint64_t messages; /* received, all sources */
    size_t bytes;      /* of all COPY buffers */
    bool sealed;
};

/* An unusable message, whole. All borrowed for the call. key.ptr or value.ptr NULL: absent. headers: JSON array of
 * [name, value] pairs as text, or empty. */
struct toil_bad_message {
    struct toil_span value;
    struct toil_span key;
    struct toil_span headers;
    int64_t offset;
    int64_t timestamp_us; /* of the message; INT64_MIN when it has none */
    enum toil_reason reason;
    const char *detail; /* one line or NULL */
};

void toil_batch_init(struct toil_batch *batch);
void toil_batch_release(struct toil_batch *batch);
/* Empties it, sources included; keeps the memory. */
void toil_batch_clear(struct toil_batch *batch);

/* The index of a source, added when new. */
uint32_t toil_batch_source(struct toil_batch *batch, const char *topic, int32_t partition);

/* Adds one event made of one message. Counts `received` and `events`. */
void toil_batch_add(struct toil_batch *batch, uint32_t source, const struct toil_event *event);
/* Adds what one message made: as many events as it carried, each of which counts as received, or none, which counts as
 * one message skipped. */
void toil_batch_add_events(struct toil_batch *batch, uint32_t source, const struct toil_event *event, size_t count);
/* Adds one unusable message. Counts `received` and `quarantined` under kind NONE. cluster: of the key of the table. */
void toil_batch_add_bad(struct toil_batch *batch, uint32_t source, const char *cluster,
                        const struct toil_bad_message *bad);
/* Takes back what was counted of a message when it went into quarantine; what becomes of it now is added besides. */
void toil_batch_add_released(struct toil_batch *batch, uint32_t source);
/* Counts a message that is skipped on purpose. */
void toil_batch_add_skipped(struct toil_batch *batch, uint32_t source);

/* Writes the COPY trailers; nothing may be added after it until toil_batch_clear. */
void toil_batch_seal(struct toil_batch *batch);

/* The fields that are columns of a table, in order (without `extra`, which every event table has last): fills `out`,
 * returns how many. event_ending has `kind` before them and no `at`. */
unsigned toil_table_fields(unsigned table, enum toil_field out[TOIL_N_FIELDS]);

#endif
