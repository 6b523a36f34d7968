/* The pure half of db.h: array literals for parameters, and native values out of binary fields. */
#include <endian.h>
#include <string.h>

#include "toilmeter/db.h"
#include "toilmeter/timestamp.h"

static void begin_item(struct toil_buf *out)
{
    toil_buf_add_char(out, out->len == 0 ? '{' : ',');
}

void toil_array_add_text(struct toil_buf *out, struct toil_span item)
{
    begin_item(out);
    toil_buf_reserve(out, 2 * item.len + 2);
    toil_buf_add_char(out, '"');
    for (size_t i = 0; i < item.len; i++) {
        if (item.ptr[i] == '"' || item.ptr[i] == '\\')
            toil_buf_add_char(out, '\\');
        toil_buf_add_char(out, item.ptr[i]);
    }
    toil_buf_add_char(out, '"');
}

void toil_array_add_int(struct toil_buf *out, int64_t item)
{
    char digits[24];
    char *p = digits + sizeof digits;
    uint64_t rest = item < 0 ? 0 - (uint64_t)item : (uint64_t)item;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (item < 0)
        *--p = '-';
    begin_item(out);
    toil_buf_add(out, p, (size_t)(digits + sizeof digits - p));
}

void toil_array_add_null(struct toil_buf *out)
{
    begin_item(out);
    toil_buf_add_text(out, "NULL");
}

void toil_array_end(struct toil_buf *out)
{
    toil_buf_add_text(out, out->len == 0 ? "{}" : "}");
}

static uint64_t big_endian(struct toil_span field)
{
    if (field.len == 8) {
        uint64_t whole;
        memcpy(&whole, field.ptr, sizeof whole);
        return be64toh(whole);
    }
    if (field.len == 4) {
        uint32_t half;
        memcpy(&half, field.ptr, sizeof half);
        return be32toh(half);
    }
    uint64_t value = 0;
    for (size_t i = 0; i < field.len && i < 8; i++)
        value = value << 8 | (unsigned char)field.ptr[i];
    return value;
}

bool toil_copy_fields(struct toil_span row, struct toil_span *fields, unsigned count)
{
    if (row.len < 2 || big_endian((struct toil_span){row.ptr, 2}) != count)
        return false;
    size_t at = 2;
    for (unsigned i = 0; i < count; i++) {
        if (row.len - at < 4)
            return false;
        uint32_t len = (uint32_t)big_endian((struct toil_span){row.ptr + at, 4});
        at += 4;
        fields[i] = (struct toil_span){NULL, 0};
        if (len == UINT32_MAX)
            continue;
        if (len > row.len - at)
            return false;
        fields[i] = (struct toil_span){row.ptr + at, len};
        at += len;
    }
    return at == row.len;
}

int64_t toil_field_int64(struct toil_span field)
{
    switch (field.len) {
    case 2:
        return (int16_t)big_endian(field);
    case 4:
        return (int32_t)big_endian(field);
    default: /* 8: bigint; 1: boolean; 0: NULL */
        return (int64_t)big_endian(field);
    }
}

double toil_field_double(struct toil_span field)
{
    if (field.len == 4) {
        uint32_t bits = (uint32_t)big_endian(field);
        float single;
        memcpy(&single, &bits, sizeof single);
        return (double)single;
    }
    uint64_t bits = big_endian(field);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int64_t toil_field_time_us(struct toil_span field)
{
    int64_t since_2000 = toil_field_int64(field);
    /* infinity and -infinity stay what they are: the greatest and the least */
    if (since_2000 == INT64_MAX || since_2000 == INT64_MIN)
        return since_2000;
    return since_2000 + TOIL_PG_EPOCH_US;
}
