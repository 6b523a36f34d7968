/* Which messages are meant, and reading them: the code behind quarantine.h. */
#include "quarantine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which ones ---- */

static enum toil_status read_place(const char *place, struct toil_quarantine_filter *out, struct toil_error *err)
{
    const char *offset = strrchr(place, '/'), *partition = offset;
    while (partition && partition > place && partition[-1] != '/')
        partition--;
    char *end_partition, *end_offset;
    if (offset && partition > place + 1) {
        long long of = strtoll(partition, &end_partition, 10), at = strtoll(offset + 1, &end_offset, 10);
        if (end_partition == offset && partition != offset && offset[1] && *end_offset == '\0' && of >= 0 &&
            of <= INT32_MAX && at >= 0) {
            toil_array_add_text(&out->topics, (struct toil_span){place, (size_t)(partition - place) - 1});
            toil_array_add_int(&out->partitions, of);
            toil_array_add_int(&out->offsets, at);
            return TOIL_OK;
        }
    }
    return toil_error_set(err, TOIL_BAD_INPUT,
                          "\"%.100s\": expected TOPIC/PARTITION/OFFSET, as `quarantine list` shows", place);
}

static enum toil_status check_reason(const char *reason, struct toil_error *err)
{
    struct toil_buf list = TOIL_BUF_INIT;
    for (int r = TOIL_REASON_NONE + 1; r < TOIL_REASON_COUNT; r++) {
        if (strcmp(toil_reasons[r].name, reason) == 0) {
            toil_buf_release(&list);
            return TOIL_OK;
        }
        toil_buf_printf(&list, "%s%s", list.len ? ", " : "", toil_reasons[r].name);
    }
    toil_error_set(err, TOIL_BAD_INPUT, "--reason: there is no reason \"%.40s\"", reason);
    toil_error_hint(err, "there are %s", list.data);
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}

static enum toil_status read_bound(struct toil_zone *zone, const char *option, const char *text, char out[32],
                                   struct toil_error *err)
{
    int64_t time_us;
    if (!text)
        return TOIL_OK;
    enum toil_status status = toil_zone_read_moment(zone, option, text, &time_us, err);
    if (status == TOIL_OK)
        toil_time_format(time_us, out);
    return status;
}

enum toil_status toil_quarantine_filter_read(struct toil_zone *zone, const struct toil_quarantine_options *options,
                                             char *const *place, size_t place_count, struct toil_quarantine_filter *out,
                                             struct toil_error *err)
{
    *out = TOIL_QUARANTINE_FILTER_INIT;
    out->cluster = options->cluster;
    out->topic = options->topic;
    out->reason = options->reason;
    enum toil_status status = options->reason ? check_reason(options->reason, err) : TOIL_OK;
    if (status == TOIL_OK)
        status = read_bound(zone, "from", options->from, out->from, err);
    if (status == TOIL_OK)
        status = read_bound(zone, "to", options->to, out->to, err);
    for (size_t i = 0; i < place_count && status == TOIL_OK; i++)
        status = read_place(place[i], out, err);
    if (place_count > 0) {
        toil_array_end(&out->topics);
        toil_array_end(&out->partitions);
        toil_array_end(&out->offsets);
    }
    return status;
}

void toil_quarantine_filter_release(struct toil_quarantine_filter *filter)
{
    toil_buf_release(&filter->topics);
    toil_buf_release(&filter->partitions);
    toil_buf_release(&filter->offsets);
}

bool toil_quarantine_filter_is_open(const struct toil_quarantine_filter *filter)
{
    return !filter->topic && !filter->reason && filter->topics.len == 0;
}

void toil_quarantine_filter_params(const struct toil_quarantine_filter *filter,
                                   struct toil_param out[TOIL_QUARANTINE_PARAMS])
{
    out[0].text = filter->cluster;
    out[1].text = filter->topic;
    out[2].text = filter->reason;
    out[3].text = filter->from[0] ? filter->from : NULL;
    out[4].text = filter->to[0] ? filter->to : NULL;
    out[5].text = filter->topics.data;
    out[6].text = filter->partitions.data;
    out[7].text = filter->offsets.data;
}

/* ---- reading ---- */

enum field {
    F_CLUSTER,
    F_TOPIC,
    F_PARTITION,
    F_OFFSET,
    F_MESSAGE,
    F_KEY,
    F_HEADERS,
    F_REASON,
    F_DETAIL,
    F_MESSAGE_US,
    F_QUARANTINED_US,
    F_COUNT,
};

void toil_quarantine_page_release(struct toil_quarantine_page *page)
{
    toil_quarantine_page_leave(page, 0);
    free(page->behind.memory);
    free(page->message);
    *page = TOIL_QUARANTINE_PAGE_INIT;
}

void toil_quarantine_page_leave(struct toil_quarantine_page *page, size_t dealt)
{
    for (size_t i = 0; i < page->count; i++) {
        if (i + 1 == dealt) {
            free(page->behind.memory);
            page->behind = page->message[i];
        } else {
            free(page->message[i].memory);
        }
    }
    page->count = 0;
}

/* Copies a field to *at, with a NUL behind it. */
static struct toil_span keep(char **at, struct toil_span field)
{
    if (!field.ptr)
        return (struct toil_span){NULL, 0};
    struct toil_span kept = {*at, field.len};
    memcpy(*at, field.ptr, field.len);
    (*at)[field.len] = '\0';
    *at += field.len + 1;
    return kept;
}

static const char *keep_text(char **at, struct toil_span field)
{
    return field.ptr ? keep(at, field).ptr : "";
}

static enum toil_status on_message(void *context, const struct toil_span *field, unsigned field_count,
                                   struct toil_error *err)
{
    struct toil_quarantine_page *page = context;
    size_t bytes = 1;
    if (field_count != F_COUNT)
        return toil_error_set(err, TOIL_FATAL, "quarantine_page: %u columns", field_count);
    for (unsigned i = 0; i < F_COUNT; i++)
        bytes += field[i].len + 1;
    if (page->count == page->cap) {
        page->cap = page->cap ? 2 * page->cap : 64;
        page->message = toil_xreallocarray(page->message, page->cap, sizeof *page->message);
    }
    struct toil_quarantined *message = &page->message[page->count++];
    char *at = message->memory = toil_xmalloc(bytes);
    message->cluster = keep_text(&at, field[F_CLUSTER]);
    message->topic = keep_text(&at, field[F_TOPIC]);
    message->partition = (int32_t)toil_field_int64(field[F_PARTITION]);
    message->offset = toil_field_int64(field[F_OFFSET]);
    message->value = keep(&at, field[F_MESSAGE]);
    message->key = keep(&at, field[F_KEY]);
    message->headers = keep(&at, field[F_HEADERS]);
    message->reason = keep_text(&at, field[F_REASON]);
    message->detail = keep_text(&at, field[F_DETAIL]);
    message->message_us = field[F_MESSAGE_US].ptr ? toil_field_int64(field[F_MESSAGE_US]) : INT64_MIN;
    message->quarantined_us = toil_field_int64(field[F_QUARANTINED_US]);
    return TOIL_OK;
}

enum toil_status toil_quarantine_next(struct toil_db *db, const struct toil_quarantine_filter *filter, size_t most_rows,
                                      size_t most_bytes, struct toil_quarantine_page *page, struct toil_error *err)
{
    struct toil_param params[TOIL_QUARANTINE_PARAMS + 6] = {{NULL}};
    char partition[16], offset[24], rows[24], bytes[24];
    const struct toil_quarantined *behind = &page->behind;
    toil_quarantine_page_leave(page, page->count);
    toil_quarantine_filter_params(filter, params);
    if (behind->memory) {
        snprintf(partition, sizeof partition, "%" PRId32, behind->partition);
        snprintf(offset, sizeof offset, "%" PRId64, behind->offset);
        params[TOIL_QUARANTINE_PARAMS].text = behind->cluster;
        params[TOIL_QUARANTINE_PARAMS + 1].text = behind->topic;
        params[TOIL_QUARANTINE_PARAMS + 2].text = partition;
        params[TOIL_QUARANTINE_PARAMS + 3].text = offset;
    }
    snprintf(rows, sizeof rows, "%zu", most_rows);
    snprintf(bytes, sizeof bytes, "%zu", most_bytes);
    params[TOIL_QUARANTINE_PARAMS + 4].text = rows;
    params[TOIL_QUARANTINE_PARAMS + 5].text = bytes;
    return toil_db_stream(db, &toil_sql_quarantine_page, params, TOIL_QUARANTINE_PARAMS + 6, on_message, page, err);
}
