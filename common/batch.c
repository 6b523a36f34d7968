/* The code behind batch.h: binary COPY rows, written once, straight into the buffer that is sent. */
#include "toilmeter/batch.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_OID = 25,
    ARRAY_HEAD_BYTES = 20,  /* dimensions, null flag, element type, size, lower bound */
    COLUMN_MOST_BYTES = 12, /* length and a value of fixed size */
    JSONB_VERSION = 1,
    QUARANTINE_COLUMNS = 10,
    KIND_MOST_BYTES = 32,
};

/* The signature, no flags, no header extension. */
static const char copy_head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
enum { COPY_HEAD_BYTES = sizeof copy_head - 1 };
_Static_assert(COPY_HEAD_BYTES == 19, "signature 11, flags 4, extension 4");

#define TOIL_KIND(ID, name, shape, doc) _Static_assert(sizeof #name <= KIND_MOST_BYTES, "row_bytes counts on it");
#include "toilmeter/events.def"
#undef TOIL_KIND

/* PostgreSQL's range of timestamptz, in microseconds since 2000. */
#define PG_TIME_MIN INT64_C(-211813488000000000)
#define PG_TIME_END INT64_C(9223371331200000000)

/* ---- encoding: each writes at p and returns what follows ---- */

static inline char *put16(char *p, uint16_t value)
{
    value = __builtin_bswap16(value);
    memcpy(p, &value, sizeof value);
    return p + sizeof value;
}

static inline char *put32(char *p, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(p, &value, sizeof value);
    return p + sizeof value;
}

static inline char *put64(char *p, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(p, &value, sizeof value);
    return p + sizeof value;
}

static inline char *put_null(char *p)
{
    return put32(p, UINT32_MAX);
}

static inline char *put_bytes(char *p, struct toil_span bytes)
{
    p = put32(p, (uint32_t)bytes.len);
    if (bytes.len)
        memcpy(p, bytes.ptr, bytes.len);
    return p + bytes.len;
}

static inline char *put_int64(char *p, int64_t value)
{
    return put64(put32(p, 8), (uint64_t)value);
}

static inline char *put_double(char *p, double value)
{
    uint64_t bits;
    value += 0.0; /* -0 becomes 0: they are equal, so which one greatest() keeps would depend on the order */
    memcpy(&bits, &value, sizeof bits);
    return put64(put32(p, 8), bits);
}

static inline char *put_jsonb(char *p, struct toil_span text)
{
    p = put32(p, (uint32_t)text.len + 1);
    *p++ = JSONB_VERSION;
    memcpy(p, text.ptr, text.len);
    return p + text.len;
}

/* tags: `count` strings, each a native uint32_t and its bytes. */
static char *put_tags(char *p, struct toil_span tags, uint32_t count)
{
    if (count == 0)
        return put32(put32(put32(put32(p, 12), 0), 0), TEXT_OID);
    p = put32(p, (uint32_t)(ARRAY_HEAD_BYTES + tags.len));
    p = put32(put32(put32(put32(put32(p, 1), 0), TEXT_OID), count), 1);
    for (const char *tag = tags.ptr, *end = tags.ptr + tags.len; tag < end;) {
        uint32_t len;
        memcpy(&len, tag, sizeof len);
        p = put_bytes(p, (struct toil_span){tag + sizeof len, len});
        tag += sizeof len + len;
    }
    return p;
}

static inline char *put_value(char *p, enum toil_type type, const union toil_value *value, uint32_t tag_count)
{
    switch (type) {
    case TOIL_TYPE_TEXT:
    case TOIL_TYPE_ID:
    case TOIL_TYPE_PERSON:
    case TOIL_TYPE_STATUS:
    case TOIL_TYPE_ACTIVITY:
        return put_bytes(p, value->text);
    case TOIL_TYPE_TIME:
        return put_int64(p, value->time_us - TOIL_PG_EPOCH_US);
    case TOIL_TYPE_VERSION:
    case TOIL_TYPE_INTEGER:
        return put_int64(p, value->integer);
    case TOIL_TYPE_INT32:
        return put32(put32(p, 4), (uint32_t)value->integer);
    case TOIL_TYPE_SEVERITY:
        return put16(put32(p, 2), (uint16_t)value->integer);
    case TOIL_TYPE_NUMBER:
    case TOIL_TYPE_MINUTES:
    case TOIL_TYPE_SHARE:
        return put_double(p, value->number);
    case TOIL_TYPE_BOOL:
        p = put32(p, 1);
        *p++ = value->boolean;
        return p;
    case TOIL_TYPE_TAGS:
        return put_tags(p, value->text, tag_count);
    }
    return put_null(p);
}

/* ---- columns ---- */

/* Fields whose bytes are not of a fixed size. */
static inline bool is_variable(enum toil_type type)
{
    return type == TOIL_TYPE_TEXT || type == TOIL_TYPE_ID || type == TOIL_TYPE_PERSON || type == TOIL_TYPE_STATUS ||
           type == TOIL_TYPE_ACTIVITY || type == TOIL_TYPE_TAGS;
}

unsigned toil_table_fields(unsigned table, enum toil_field out[TOIL_N_FIELDS])
{
    unsigned kinds = 0, count = 0;
    if (table < TOIL_N_KINDS)
        kinds = 1u << table;
    else if (table == TOIL_TABLE_ENDING)
        kinds = toil_fields[TOIL_FIELD_ENDED_AT].kinds & TOIL_FACTS;
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++) {
        if ((toil_fields[field].kinds & kinds) && !(table == TOIL_TABLE_ENDING && field == TOIL_FIELD_AT))
            out[count++] = (enum toil_field)field;
    }
    return count;
}

/* ---- the batch ---- */

static void reset(struct toil_batch *batch)
{
    for (unsigned table = 0; table < TOIL_TABLE_COUNT; table++) {
        toil_buf_clear(&batch->rows[table].copy);
        batch->rows[table].count = 0;
    }
    for (uint32_t i = 0; i < batch->source_count; i++)
        free(batch->source[i].topic);
    memset(batch->months, 0, sizeof batch->months);
    memset(batch->month_from_us, 0, sizeof batch->month_from_us);
    memset(batch->month_to_us, 0, sizeof batch->month_to_us);
    batch->source_count = 0;
    batch->messages = 0;
    batch->bytes = 0;
    batch->sealed = false;
}

void toil_batch_init(struct toil_batch *batch)
{
    memset(batch, 0, sizeof *batch);
    for (unsigned table = 0; table <= TOIL_TABLE_ENDING; table++) {
        enum toil_field fields[TOIL_N_FIELDS];
        unsigned count = toil_table_fields(table, fields);
        batch->column_count[table] = (uint8_t)count;
        for (unsigned i = 0; i < count; i++) {
            batch->column[table][i] = (uint8_t)fields[i];
            batch->column_type[table][i] = (uint8_t)toil_fields[fields[i]].type;
        }
    }
    for (unsigned field = 0; field < TOIL_N_FIELDS; field++)
        batch->variable |= (uint32_t)is_variable(toil_fields[field].type) << field;
}

void toil_batch_release(struct toil_batch *batch)
{
    reset(batch);
    for (unsigned table = 0; table < TOIL_TABLE_COUNT; table++) {
        toil_buf_release(&batch->rows[table].copy);
        free(batch->rows[table].source);
    }
    toil_buf_release(&batch->scratch);
    free(batch->source);
    memset(batch, 0, sizeof *batch);
}

void toil_batch_clear(struct toil_batch *batch)
{
    reset(batch);
}

uint32_t toil_batch_source(struct toil_batch *batch, const char *topic, int32_t partition)
{
    /* from the end: messages come in runs of one partition */
    for (uint32_t i = batch->source_count; i-- > 0;) {
        if (batch->source[i].partition == partition && strcmp(batch->source[i].topic, topic) == 0)
            return i;
    }
    if (batch->source_count == batch->source_cap) {
        batch->source_cap = batch->source_cap ? 2 * batch->source_cap : 16;
        batch->source = toil_xreallocarray(batch->source, batch->source_cap, sizeof *batch->source);
    }
    batch->source[batch->source_count] = (struct toil_source){.topic = toil_xstrdup(topic), .partition = partition};
    return batch->source_count++;
}

/* Makes room for a row of at most `bytes`, notes its source, and returns where to write it. */
static char *begin_row(struct toil_rows *rows, uint32_t source, size_t bytes)
{
    struct toil_buf *copy = &rows->copy;
    if (rows->count == rows->cap) {
        rows->cap = rows->cap ? 2 * rows->cap : 1024;
        rows->source = toil_xreallocarray(rows->source, rows->cap, sizeof *rows->source);
    }
    rows->source[rows->count++] = source;
    toil_buf_reserve(copy, COPY_HEAD_BYTES + bytes);
    if (copy->len == 0)
        toil_buf_add(copy, copy_head, COPY_HEAD_BYTES);
    return copy->data + copy->len;
}

static void end_row(struct toil_batch *batch, struct toil_rows *rows, const char *end)
{
    size_t len = (size_t)(end - rows->copy.data);
    batch->bytes += len - rows->copy.len;
    rows->copy.len = len;
    rows->copy.data[len] = '\0';
}

static int64_t month_start_us(int64_t months)
{
    return toil_days_from_civil(1970 + months / 12, (unsigned)(months % 12) + 1, 1) * TOIL_US_PER_DAY;
}

/* Events come nearly in time order: mostly it is the month of the one before. */
static void note_month(struct toil_batch *batch, enum toil_kind kind, int64_t at_us)
{
    if (at_us >= batch->month_from_us[kind] && at_us < batch->month_to_us[kind])
        return;
    int64_t year;
    unsigned month, day;
    toil_civil_from_days(toil_days_from_us(at_us), &year, &month, &day);
    int64_t index = (year - 1970) * 12 + month - 1 - TOIL_FIRST_MONTH;
    if (index < 0 || index >= TOIL_MONTHS)
        return;
    batch->months[kind][index / 64] |= UINT64_C(1) << (index % 64);
    batch->month_from_us[kind] = month_start_us(index + TOIL_FIRST_MONTH);
    batch->month_to_us[kind] = month_start_us(index + TOIL_FIRST_MONTH + 1);
}

static size_t row_bytes(const struct toil_batch *batch, unsigned table, const struct toil_event *event)
{
    size_t bytes = sizeof(uint16_t) + (size_t)(batch->column_count[table] + 2) * COLUMN_MOST_BYTES + event->extra.len;
    for (uint32_t left = event->present & batch->variable; left; left &= left - 1)
        bytes += event->value[__builtin_ctz(left)].text.len;
    return bytes + ARRAY_HEAD_BYTES + KIND_MOST_BYTES;
}

static void add_event(struct toil_batch *batch, uint32_t source, const struct toil_event *event)
{
    unsigned table = event->ending ? TOIL_TABLE_ENDING : event->kind;
    struct toil_rows *rows = &batch->rows[table];
    char *p = begin_row(rows, source, row_bytes(batch, table, event));
    unsigned count = batch->column_count[table];
    p = put16(p, (uint16_t)(count + 1 + event->ending));
    if (event->ending)
        p = put_bytes(p, toil_span_of(toil_kinds[event->kind].name)); /* at most KIND_MOST_BYTES */
    for (unsigned i = 0; i < count; i++) {
        enum toil_field field = (enum toil_field)batch->column[table][i];
        if (toil_event_has(event, field))
            p = put_value(p, (enum toil_type)batch->column_type[table][i], &event->value[field], event->tag_count);
        else
            p = put_null(p);
    }
    p = event->extra.len ? put_jsonb(p, event->extra) : put_null(p);
    end_row(batch, rows, p);

    if (!event->ending && toil_kinds[event->kind].shape == TOIL_SHAPE_FACT && toil_event_has(event, TOIL_FIELD_AT))
        note_month(batch, event->kind, event->value[TOIL_FIELD_AT].time_us);
    struct toil_intake *intake = &batch->source[source].intake[event->kind];
    intake->received++;
    intake->events++;
    intake->endings += event->ending;
    intake->unknown_fields += event->unknown_fields;
}

void toil_batch_add(struct toil_batch *batch, uint32_t source, const struct toil_event *event)
{
    toil_batch_add_events(batch, source, event, 1);
}

void toil_batch_add_events(struct toil_batch *batch, uint32_t source, const struct toil_event *event, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_event(batch, source, &event[i]);
    if (count == 0)
        toil_batch_add_skipped(batch, source);
    else
        batch->messages++;
}

/* A NUL in a JSON string, which jsonb refuses, becomes U+FFFD: what cannot be stored could not be kept at all. */
static struct toil_span without_nul(struct toil_buf *scratch, struct toil_span json)
{
    toil_buf_clear(scratch);
    for (size_t i = 0; i < json.len; i++) {
        if (json.ptr[i] != '\\' || i + 1 == json.len) {
            toil_buf_add_char(scratch, json.ptr[i]);
        } else if (json.len - i >= 6 && memcmp(json.ptr + i, "\\u0000", 6) == 0) {
            toil_buf_add_text(scratch, "\\ufffd");
            i += 5;
        } else {
            toil_buf_add(scratch, json.ptr + i, 2);
            i++;
        }
    }
    return (struct toil_span){scratch->data, scratch->len};
}

static char *put_message_time(char *p, int64_t timestamp_us)
{
    int64_t since_2000;
    if (timestamp_us == INT64_MIN || __builtin_sub_overflow(timestamp_us, TOIL_PG_EPOCH_US, &since_2000) ||
        since_2000 < PG_TIME_MIN || since_2000 >= PG_TIME_END)
        return put_null(p);
    return put_int64(p, since_2000);
}

static char *put_utf8(char *p, struct toil_buf *scratch, const char *text)
{
    toil_buf_clear(scratch);
    toil_buf_add_utf8(scratch, toil_span_of(text));
    return put_bytes(p, (struct toil_span){scratch->data, scratch->len});
}

void toil_batch_add_bad(struct toil_batch *batch, uint32_t source, const char *cluster,
                        const struct toil_bad_message *bad)
{
    struct toil_rows *rows = &batch->rows[TOIL_TABLE_QUARANTINE];
    struct toil_source *from = &batch->source[source];
    const char *reason = toil_reasons[bad->reason].name;
    /* a byte that is not UTF-8 grows to three, and so may \u0000 never: it stays six */
    size_t most = bad->value.len + bad->key.len + bad->headers.len + strlen(reason) +
                  3 * (strlen(cluster) + strlen(from->topic) + (bad->detail ? strlen(bad->detail) : 0));
    char *p = begin_row(rows, source, sizeof(uint16_t) + QUARANTINE_COLUMNS * COLUMN_MOST_BYTES + most);
    p = put16(p, QUARANTINE_COLUMNS);
    p = put_utf8(p, &batch->scratch, cluster);
    p = put_utf8(p, &batch->scratch, from->topic);
    p = put32(put32(p, 4), (uint32_t)from->partition);
    p = put_int64(p, bad->offset);
    p = bad->value.ptr ? put_bytes(p, bad->value) : put_null(p);
    p = bad->key.ptr ? put_bytes(p, bad->key) : put_null(p);
    p = bad->headers.len ? put_jsonb(p, without_nul(&batch->scratch, bad->headers)) : put_null(p);
    p = put_bytes(p, toil_span_of(reason));
    p = bad->detail ? put_utf8(p, &batch->scratch, bad->detail) : put_null(p);
    p = put_message_time(p, bad->timestamp_us);
    end_row(batch, rows, p);

    from->intake[TOIL_KIND_NONE].received++;
    from->intake[TOIL_KIND_NONE].quarantined++;
    batch->messages++;
}

void toil_batch_add_released(struct toil_batch *batch, uint32_t source)
{
    batch->source[source].intake[TOIL_KIND_NONE].released++;
}

void toil_batch_add_skipped(struct toil_batch *batch, uint32_t source)
{
    batch->source[source].intake[TOIL_KIND_NONE].received++;
    batch->source[source].intake[TOIL_KIND_NONE].skipped++;
    batch->messages++;
}

void toil_batch_seal(struct toil_batch *batch)
{
    static const char trailer[] = {'\377', '\377'};
    if (batch->sealed)
        return;
    for (unsigned table = 0; table < TOIL_TABLE_COUNT; table++) {
        if (batch->rows[table].count)
            toil_buf_add(&batch->rows[table].copy, trailer, sizeof trailer);
    }
    batch->sealed = true;
}
