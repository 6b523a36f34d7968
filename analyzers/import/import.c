/* The code behind import.h. The lines of a batch are kept until it is committed: when the database refuses a row, the
 * batch is halved until the line is found that brought it. */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/digest.h"

#define BATCH_LINES        20000u
#define BATCH_BYTES        (16u * 1024u * 1024u)
#define COMMIT_DEADLINE_MS 60000
#define ATTEMPTS           4 /* of a write that failed in passing: deadlock, serialization */

struct kept_line {
    size_t at, len; /* in `text` */
    uint64_t bytes; /* of the whole line */
};

struct toil_import {
    struct toil_db *db;
    struct toil_store *store;
    struct toil_reader *reader;
    struct toil_mapping *mapping; /* borrowed; NULL: canonical events */
    const struct toil_decode_options *options;
    const char *cluster;
    int64_t now_us;
    struct toil_batch batch;
    struct toil_outcomes outcomes;
    struct toil_buf text; /* lines of the batch, one after the other */
    struct kept_line *line;
    size_t line_count;
};

/* What one write brings, added to the file's counts once it is committed. */
struct part {
    const char *topic;
    struct toil_import_counts counts;
};

struct toil_import *toil_import_new(struct toil_db *db, struct toil_people *people,
                                    const struct toil_decode_options *options, struct toil_mapping *mapping,
                                    const char *cluster, int64_t now_us)
{
    struct toil_import *import = toil_xcalloc(1, sizeof *import);
    import->db = db;
    import->store = toil_store_new(db, cluster);
    import->reader = toil_reader_new(people, false);
    import->mapping = mapping;
    import->options = options;
    import->cluster = cluster;
    import->now_us = now_us;
    import->line = toil_xcalloc(BATCH_LINES, sizeof *import->line);
    toil_batch_init(&import->batch);
    return import;
}

void toil_import_free(struct toil_import *import)
{
    if (!import)
        return;
    toil_store_free(import->store);
    toil_reader_free(import->reader);
    toil_batch_release(&import->batch);
    toil_outcomes_release(&import->outcomes);
    toil_buf_release(&import->text);
    free(import->line);
    free(import);
}

static bool is_blank(struct toil_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!strchr(" \t\r", text.ptr[i]) || text.ptr[i] == '\0')
            return false;
    }
    return true;
}

/* The place of an unusable line in the quarantine: a file has no offsets that stay when it is imported again, but its
 * contents do. Of a line that was cut, its length counts, too. */
static int64_t quarantine_offset(struct toil_span text, uint64_t bytes)
{
    unsigned char digest[TOIL_SHA256_BYTES];
    toil_sha256(text, digest);
    if (bytes > text.len) {
        struct toil_buf longer = TOIL_BUF_INIT;
        toil_buf_add(&longer, digest, sizeof digest);
        toil_buf_printf(&longer, "%llu", (unsigned long long)bytes);
        toil_sha256((struct toil_span){longer.data, longer.len}, digest);
        toil_buf_release(&longer);
    }
    uint64_t first = 0;
    for (int i = 0; i < 8; i++)
        first = first << 8 | digest[i];
    return (int64_t)(first >> 1);
}

static void add_bad(struct toil_import *import, struct part *part, uint32_t source, const struct kept_line *line,
                    enum toil_reason reason, const char *detail)
{
    struct toil_span text = {import->text.data + line->at, line->len};
    const struct toil_bad_message bad = {.value = text,
                                         .offset = quarantine_offset(text, line->bytes),
                                         .timestamp_us = INT64_MIN,
                                         .reason = reason,
                                         .detail = detail};
    toil_batch_add_bad(&import->batch, source, import->cluster, &bad);
    part->counts.reason[reason]++;
}

static void add_line(struct toil_import *import, struct part *part, uint32_t source, const struct kept_line *line)
{
    struct toil_span text = {import->text.data + line->at, line->len};
    struct toil_reading reading;
    char detail[256];
    part->counts.lines++;
    if (line->bytes > import->options->max_bytes) {
        snprintf(detail, sizeof detail, "a line of %llu bytes; the limit is %zu%s", (unsigned long long)line->bytes,
                 import->options->max_bytes, line->bytes > line->len ? "; the beginning is kept" : "");
        add_bad(import, part, source, line, TOIL_REASON_TOO_LARGE, detail);
        return;
    }
    if (is_blank(text)) {
        toil_batch_add_skipped(&import->batch, source);
        part->counts.blank++;
        return;
    }
    const struct toil_message message = {.value = text,
                                         .topic = part->topic,
                                         .timestamp_us = INT64_MIN,
                                         .offset = import->mapping ? quarantine_offset(text, line->bytes) : 0};
    enum toil_reason reason = toil_reader_take(import->reader, import->mapping, import->options, &message,
                                               import->now_us, &reading, detail, sizeof detail);
    if (reason != TOIL_REASON_NONE) {
        add_bad(import, part, source, line, reason, detail);
        return;
    }
    for (size_t i = 0; i < reading.count; i++)
        part->counts.kind[reading.event[i].kind]++;
    part->counts.skipped += reading.count == 0;
    toil_batch_add_events(&import->batch, source, reading.event, reading.count);
}

static void add_outcomes(const struct toil_import *import, struct toil_import_counts *counts)
{
    for (size_t slot = 0; slot < (size_t)import->batch.source_count * (TOIL_N_KINDS + 1); slot++) {
        const struct toil_outcome *outcome = &import->outcomes.of[slot];
        counts->stored += outcome->stored;
        counts->duplicates += outcome->duplicates;
        counts->older += outcome->older;
        counts->quarantined += outcome->quarantined;
        counts->unknown_fields += outcome->unknown_fields;
    }
}

static void add_counts(struct toil_import_counts *to, const struct toil_import_counts *from)
{
    to->lines += from->lines;
    to->blank += from->blank;
    to->skipped += from->skipped;
    to->stored += from->stored;
    to->duplicates += from->duplicates;
    to->older += from->older;
    to->quarantined += from->quarantined;
    to->unknown_fields += from->unknown_fields;
    for (int reason = 0; reason < TOIL_REASON_COUNT; reason++)
        to->reason[reason] += from->reason[reason];
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        to->kind[kind] += from->kind[kind];
}

/* Writes what the batch holds. A failure that passes is tried again while the connection lives. */
static enum toil_status write_batch(struct toil_import *import, struct part *part, struct toil_error *err)
{
    enum toil_status status = TOIL_RETRY;
    bool unknown = false;
    toil_batch_seal(&import->batch);
    for (int attempt = 0; attempt < ATTEMPTS && status == TOIL_RETRY && !unknown && toil_db_usable(import->db);
         attempt++)
        status = toil_store_write(import->store, &import->batch, NULL, NULL, COMMIT_DEADLINE_MS, &import->outcomes,
                                  &unknown, err);
    if (status == TOIL_OK)
        add_outcomes(import, &part->counts);
    return status;
}

/* A single line whose row the database refused goes to quarantine. */
static enum toil_status write_refused(struct toil_import *import, size_t index, struct part *part,
                                      struct toil_error *err)
{
    char detail[sizeof err->message];
    snprintf(detail, sizeof detail, "%.200s", err->message);
    toil_batch_clear(&import->batch);
    part->counts.lines = 1;
    add_bad(import, part, toil_batch_source(&import->batch, part->topic, 0), &import->line[index], TOIL_REASON_DATABASE,
            detail);
    return write_batch(import, part, err);
}

/* Decodes and writes the kept lines from first up to, not including, last. */
static enum toil_status write_lines(struct toil_import *import, const char *topic, size_t first, size_t last,
                                    struct toil_import_counts *counts, struct toil_error *err)
{
    struct part part = {.topic = topic};
    toil_batch_clear(&import->batch);
    uint32_t source = toil_batch_source(&import->batch, topic, 0);
    for (size_t i = first; i < last; i++)
        add_line(import, &part, source, &import->line[i]);
    enum toil_status status = write_batch(import, &part, err);
    if (status == TOIL_BAD_INPUT && last - first > 1) {
        size_t middle = first + (last - first) / 2;
        status = write_lines(import, topic, first, middle, counts, err);
        return status == TOIL_OK ? write_lines(import, topic, middle, last, counts, err) : status;
    }
    if (status == TOIL_BAD_INPUT) {
        part = (struct part){.topic = topic};
        status = write_refused(import, first, &part, err);
    }
    if (status == TOIL_OK)
        add_counts(counts, &part.counts);
    return status;
}

static void keep_line(struct toil_import *import, const struct toil_input_line *line)
{
    import->line[import->line_count++] = (struct kept_line){import->text.len, line->text.len, line->bytes};
    toil_buf_add_span(&import->text, line->text);
}

static enum toil_status flush(struct toil_import *import, const char *topic, toil_import_fn report, void *context,
                              struct toil_import_counts *counts, struct toil_error *err)
{
    if (import->line_count == 0)
        return TOIL_OK;
    enum toil_status status = write_lines(import, topic, 0, import->line_count, counts, err);
    import->line_count = 0;
    toil_buf_clear(&import->text);
    if (status == TOIL_OK && report)
        report(context, counts);
    return status;
}

enum toil_status toil_import_file(struct toil_import *import, struct toil_input *lines, const char *topic,
                                  toil_import_fn report, void *context, struct toil_import_counts *counts,
                                  struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    bool end = false;
    memset(counts, 0, sizeof *counts);
    while (status == TOIL_OK && !end) {
        struct toil_input_line line;
        status = toil_input_next(lines, &line, &end, err);
        if (status != TOIL_OK || end)
            break;
        keep_line(import, &line);
        if (import->line_count == BATCH_LINES || import->text.len >= BATCH_BYTES)
            status = flush(import, topic, report, context, counts, err);
    }
    if (status != TOIL_OK && import->line_count == 0)
        return status;
    /* Lines before the damage of a file are whole: they count. */
    struct toil_error second;
    enum toil_status flushed = flush(import, topic, report, context, counts, &second);
    if (status == TOIL_OK && flushed != TOIL_OK)
        *err = second;
    return status != TOIL_OK ? status : flushed;
}
