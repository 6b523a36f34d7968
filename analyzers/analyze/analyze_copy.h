/* Rows of a run as binary COPY, sent in pieces of bounded size. */
#ifndef TOIL_ANALYZE_COPY_H
#define TOIL_ANALYZE_COPY_H

#include "toilmeter/db.h"

struct toil_copy {
    struct toil_db *db;         /* borrowed */
    const struct toil_sql *sql; /* borrowed */
    struct toil_buf data;
    size_t rows;
    void (*sent)(void *context, size_t rows); /* told of each piece that was sent; may be NULL */
    void *context;                            /* of sent; borrowed */
    struct toil_buf scratch;
};

void toil_copy_init(struct toil_copy *copy, struct toil_db *db, const struct toil_sql *sql);
void toil_copy_release(struct toil_copy *copy);
/* Begins a row of so many fields; put them in order. NULL: ptr NULL, NAN, TOIL_NO_TIME. */
void toil_copy_row(struct toil_copy *copy, unsigned fields);
void toil_copy_int64(struct toil_copy *copy, int64_t value);
void toil_copy_int32(struct toil_copy *copy, int32_t value);
void toil_copy_int32_or_null(struct toil_copy *copy, int32_t value, bool null);
void toil_copy_int16(struct toil_copy *copy, int16_t value, bool null);
void toil_copy_double(struct toil_copy *copy, double value);
/* A sum, told to a billionth: thirds sum to one. */
void toil_copy_sum(struct toil_copy *copy, double sum);
void toil_copy_bool(struct toil_copy *copy, bool value);
void toil_copy_bool_or_null(struct toil_copy *copy, bool value, bool null);
/* A list of texts; text NULL: NULL. */
void toil_copy_texts(struct toil_copy *copy, const struct toil_span *text, size_t count);
void toil_copy_text(struct toil_copy *copy, struct toil_span value);
void toil_copy_time(struct toil_copy *copy, int64_t time_us);
void toil_copy_date(struct toil_copy *copy, int64_t day); /* days since 1970 */
/* Sends what has been gathered when it is much; with `last`, whatever is left. */
enum toil_status toil_copy_send(struct toil_copy *copy, bool last, struct toil_error *err) TOIL_MUST_CHECK;

#endif
