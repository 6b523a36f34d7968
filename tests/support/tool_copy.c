/* toil-copy CONNINFO FILE: the limit that the collector is measured against. Makes the rows of a file of canonical
 * events in memory, then writes them by binary COPY over one connection, 20,000 a transaction, and prints the rows and
 * the seconds of the writing alone. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "toilmeter/batch.h"
#include "toilmeter/db.h"

enum { ROWS = 20000, MAX_BATCHES = 1000 };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "toil-copy: %s: %s\n", what, why);
    return 3;
}

/* Returns how many batches were made, 0 when a line is not an event. */
static size_t make_batches(FILE *file, struct toil_batch *batch, size_t *rows)
{
    struct toil_people *people = toil_people_open_clear();
    struct toil_decoder *decoder = toil_decoder_new(people);
    struct toil_decode_options options;
    toil_decode_options_init(&options);
    char *line = NULL;
    size_t size = 0, batches = 0;
    uint32_t source = 0;
    ssize_t length;
    *rows = 0;
    while ((length = getline(&line, &size, file)) > 0) {
        struct toil_event event;
        struct toil_span message = {line, (size_t)length};
        if (toil_decode(decoder, &options, message, toil_time_now_us(), &event, NULL, 0) != TOIL_REASON_NONE)
            return 0;
        if (*rows % ROWS == 0) {
            if (batches == MAX_BATCHES)
                return 0;
            if (batches > 0)
                toil_batch_seal(&batch[batches - 1]);
            toil_batch_init(&batch[batches]);
            source = toil_batch_source(&batch[batches++], "file", 0);
        }
        toil_batch_add(&batch[batches - 1], source, &event);
        ++*rows;
    }
    if (batches > 0)
        toil_batch_seal(&batch[batches - 1]);
    free(line);
    toil_decoder_free(decoder);
    toil_people_free(people);
    return batches;
}

static enum toil_status write_batch(struct toil_db *db, const struct toil_batch *batch, struct toil_error *err)
{
    const struct toil_buf *copy = &batch->rows[TOIL_KIND_SERVICE_RESTART].copy;
    bool unknown = false;
    enum toil_status status = toil_db_begin(db, err);
    if (status == TOIL_OK)
        status =
            toil_db_copy_in(db, &toil_sql_copy_service_restart, (struct toil_span){copy->data, copy->len}, NULL, err);
    return status == TOIL_OK ? toil_db_commit(db, 60000, &unknown, err) : status;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 3 ? fopen(argv[2], "re") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: toil-copy CONNINFO FILE\n");
        return 2;
    }
    struct toil_batch *batch = toil_xcalloc(MAX_BATCHES, sizeof *batch);
    size_t rows;
    size_t batches = make_batches(file, batch, &rows);
    fclose(file);
    if (batches == 0)
        return fail(argv[2], "not lines of canonical events");
    struct toil_error err;
    struct toil_db *db;
    if (toil_db_open(&(struct toil_db_options){.conninfo = argv[1], .application_name = "toil-copy"}, &db, &err) !=
        TOIL_OK)
        return fail("connecting", err.message);
    double start = now_s();
    for (size_t i = 0; i < batches; i++) {
        if (write_batch(db, &batch[i], &err) != TOIL_OK)
            return fail("copying", err.message);
    }
    printf("%zu %.3f\n", rows, now_s() - start);
    toil_db_close(db);
    for (size_t i = 0; i < batches; i++)
        toil_batch_release(&batch[i]);
    free(batch);
    return 0;
}
