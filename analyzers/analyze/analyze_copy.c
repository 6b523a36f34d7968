/* The code behind analyze_copy.h. */
#include "analyze_copy.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#include "analyze_texts.h"
#include "fetch.h"
#include "toilmeter/timestamp.h"

#define SEND_BYTES (4u << 20)
#define SUM_PARTS  1e9
/* PostgreSQL counts dates from 2000-01-01, which is this day since 1970-01-01. */
#define PG_EPOCH_DAY 10957

/* The low bytes of a value, the highest of them first. */
static void put(struct toil_copy *copy, uint64_t value, unsigned bytes)
{
    uint64_t big_endian = htobe64(value << (64 - 8 * bytes));
    toil_buf_add(&copy->data, &big_endian, bytes);
}

static void put_null(struct toil_copy *copy)
{
    put(copy, UINT32_MAX, 4);
}

static void begin(struct toil_copy *copy)
{
    toil_buf_clear(&copy->data);
    toil_buf_add(&copy->data, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    copy->rows = 0;
}

void toil_copy_init(struct toil_copy *copy, struct toil_db *db, const struct toil_sql *sql)
{
    *copy = (struct toil_copy){.db = db, .sql = sql};
    begin(copy);
}

void toil_copy_release(struct toil_copy *copy)
{
    toil_buf_release(&copy->data);
    toil_buf_release(&copy->scratch);
}

void toil_copy_row(struct toil_copy *copy, unsigned fields)
{
    put(copy, fields, 2);
    copy->rows++;
}

void toil_copy_int64(struct toil_copy *copy, int64_t value)
{
    put(copy, 8, 4);
    put(copy, (uint64_t)value, 8);
}

void toil_copy_int32(struct toil_copy *copy, int32_t value)
{
    put(copy, 4, 4);
    put(copy, (uint32_t)value, 4);
}

void toil_copy_int32_or_null(struct toil_copy *copy, int32_t value, bool null)
{
    if (null)
        put_null(copy);
    else
        toil_copy_int32(copy, value);
}

void toil_copy_int16(struct toil_copy *copy, int16_t value, bool null)
{
    if (null) {
        put_null(copy);
        return;
    }
    put(copy, 2, 4);
    put(copy, (uint16_t)value, 2);
}

void toil_copy_double(struct toil_copy *copy, double value)
{
    uint64_t bits;
    if (isnan(value)) {
        put_null(copy);
        return;
    }
    memcpy(&bits, &value, sizeof bits);
    put(copy, 8, 4);
    put(copy, bits, 8);
}

void toil_copy_sum(struct toil_copy *copy, double sum)
{
    toil_copy_double(copy, rint(sum * SUM_PARTS) / SUM_PARTS);
}

void toil_copy_bool(struct toil_copy *copy, bool value)
{
    put(copy, 1, 4);
    put(copy, value, 1);
}

void toil_copy_bool_or_null(struct toil_copy *copy, bool value, bool null)
{
    if (null)
        put_null(copy);
    else
        toil_copy_bool(copy, value);
}

void toil_copy_texts(struct toil_copy *copy, const struct toil_span *text, size_t count)
{
    if (!text) {
        put_null(copy);
        return;
    }
    toil_buf_clear(&copy->scratch);
    toil_texts_add(&copy->scratch, text, count);
    toil_copy_text(copy, (struct toil_span){copy->scratch.data, copy->scratch.len});
}

void toil_copy_text(struct toil_copy *copy, struct toil_span value)
{
    if (!value.ptr) {
        put_null(copy);
        return;
    }
    put(copy, value.len, 4);
    toil_buf_add(&copy->data, value.ptr, value.len);
}

void toil_copy_time(struct toil_copy *copy, int64_t time_us)
{
    if (time_us == TOIL_NO_TIME)
        put_null(copy);
    else
        toil_copy_int64(copy, time_us - TOIL_PG_EPOCH_US);
}

void toil_copy_date(struct toil_copy *copy, int64_t day)
{
    toil_copy_int32(copy, (int32_t)(day - PG_EPOCH_DAY));
}

enum toil_status toil_copy_send(struct toil_copy *copy, bool last, struct toil_error *err)
{
    if (copy->rows == 0 || (!last && copy->data.len < SEND_BYTES))
        return TOIL_OK;
    put(copy, UINT16_MAX, 2);
    enum toil_status status =
        toil_db_copy_in(copy->db, copy->sql, (struct toil_span){copy->data.data, copy->data.len}, NULL, err);
    size_t rows = copy->rows;
    begin(copy);
    if (status == TOIL_OK && copy->sent)
        copy->sent(copy->context, rows);
    return status;
}
