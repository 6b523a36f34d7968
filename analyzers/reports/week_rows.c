/* Results of queries, kept as long as the scope, and found by binary search: they come in the order of measure, part,
 * component and week, byte by byte. */
#include "week_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum field { F_MEASURE, F_PART, F_COMPONENT, F_DAY, F_VALUE, F_N, F_LOW, F_HIGH, F_UNIT };

/* A result of one query. */
struct block {
    int64_t first, end;
    struct toil_result *rows;  /* owned: the texts */
    struct toil_week_row *row; /* owned */
    size_t row_count;
    bool *component;      /* owned: [of the catalog] which ones it holds; NULL: all of one measure and part */
    char *measure, *part; /* owned; of such a block */
};

struct toil_week_rows {
    struct block *block;
    size_t count;
};

struct toil_week_rows *toil_week_rows_new(void)
{
    return toil_xcalloc(1, sizeof(struct toil_week_rows));
}

void toil_week_rows_free(struct toil_week_rows *weeks)
{
    if (!weeks)
        return;
    for (size_t i = 0; i < weeks->count; i++) {
        toil_result_free(weeks->block[i].rows);
        free(weeks->block[i].row);
        free(weeks->block[i].component);
        free(weeks->block[i].measure);
        free(weeks->block[i].part);
    }
    free(weeks->block);
    free(weeks);
}

static struct toil_week_row read_row(const struct toil_result *rows, size_t r)
{
    bool band = !toil_result_null(rows, r, F_LOW) && !toil_result_null(rows, r, F_HIGH);
    return (struct toil_week_row){.measure = toil_result_text(rows, r, F_MEASURE),
                                  .part = toil_result_text(rows, r, F_PART),
                                  .component = toil_result_text(rows, r, F_COMPONENT),
                                  .unit = toil_result_null(rows, r, F_UNIT) ? NULL : toil_result_text(rows, r, F_UNIT),
                                  .day = toil_result_int64(rows, r, F_DAY),
                                  .value = toil_result_double(rows, r, F_VALUE),
                                  .n = toil_result_double(rows, r, F_N),
                                  .low = band ? toil_result_double(rows, r, F_LOW) : (double)NAN,
                                  .high = band ? toil_result_double(rows, r, F_HIGH) : (double)NAN};
}

/* Takes what block owns. */
static const struct block *add_block(struct toil_week_rows *weeks, struct block block)
{
    block.row_count = toil_result_rows(block.rows);
    block.row = toil_xcalloc(block.row_count + 1, sizeof *block.row);
    for (size_t r = 0; r < block.row_count; r++)
        block.row[r] = read_row(block.rows, r);
    weeks->block = toil_xreallocarray(weeks->block, weeks->count + 1, sizeof *weeks->block);
    weeks->block[weeks->count] = block;
    return &weeks->block[weeks->count++];
}

/* The block that holds a component in these weeks; NULL. */
static const struct block *block_of(const struct toil_week_rows *weeks, size_t component, int64_t first, int64_t end)
{
    for (size_t i = 0; i < weeks->count; i++) {
        const struct block *block = &weeks->block[i];
        if (block->component && block->component[component] && block->first == first && block->end == end)
            return block;
    }
    return NULL;
}

enum toil_status toil_week_rows_load(struct toil_scope *scope, const size_t *component, size_t component_count,
                                     int64_t first, int64_t end, struct toil_error *err)
{
    const struct toil_catalog *catalog = scope->catalog;
    struct toil_buf names = TOIL_BUF_INIT;
    struct toil_result *rows = NULL;
    bool *wanted = toil_xcalloc(catalog->component_count + 1, sizeof *wanted);
    size_t missing = 0;
    char first_day[32], end_day[32];
    for (size_t i = 0; i < component_count; i++) {
        if (wanted[component[i]] || block_of(scope->weeks, component[i], first, end))
            continue;
        wanted[component[i]] = true;
        missing++;
        toil_array_add_text(&names, toil_span_of(catalog->component[component[i]].name));
    }
    toil_array_end(&names);
    toil_report_day_text(first, first_day);
    toil_report_day_text(end, end_day);
    enum toil_status status = TOIL_OK;
    if (missing > 0)
        status = toil_scope_query(scope, &toil_sql_report_series,
                                  TOIL_PARAMS({scope->run_id}, {names.data}, {first_day}, {end_day}), &rows, err);
    toil_buf_release(&names);
    if (status != TOIL_OK || missing == 0) {
        free(wanted);
        return status;
    }
    add_block(scope->weeks, (struct block){.first = first, .end = end, .rows = rows, .component = wanted});
    return TOIL_OK;
}

static int compare(const struct toil_week_row *a, const struct toil_week_row *b)
{
    int order = strcmp(a->measure, b->measure);
    order = order ? order : strcmp(a->part, b->part);
    return order ? order : strcmp(a->component, b->component);
}

/* The first row that is not before the key, or, with `after`, that is behind it. */
static size_t bound(const struct block *block, const struct toil_week_row *key, bool after)
{
    size_t low = 0, high = block->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(&block->row[middle], key);
        if (order < 0 || (after && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct toil_week_span toil_week_rows_find(const struct toil_scope *scope, const char *measure, const char *part,
                                          size_t component, int64_t first, int64_t end)
{
    const struct block *block = block_of(scope->weeks, component, first, end);
    const struct toil_week_row key = {
        .measure = measure, .part = part, .component = scope->catalog->component[component].name};
    if (!block)
        return (struct toil_week_span){NULL, 0};
    size_t begin = bound(block, &key, false);
    return (struct toil_week_span){block->row + begin, bound(block, &key, true) - begin};
}

enum toil_status toil_week_rows_all(struct toil_scope *scope, const char *measure, const char *part, int64_t first,
                                    int64_t end, struct toil_week_span *out, struct toil_error *err)
{
    struct toil_week_rows *weeks = scope->weeks;
    char first_day[32], end_day[32];
    for (size_t i = 0; i < weeks->count; i++) {
        const struct block *block = &weeks->block[i];
        if (block->measure && strcmp(block->measure, measure) == 0 && strcmp(block->part, part) == 0 &&
            block->first == first && block->end == end) {
            *out = (struct toil_week_span){block->row, block->row_count};
            return TOIL_OK;
        }
    }
    struct toil_result *rows = NULL;
    toil_report_day_text(first, first_day);
    toil_report_day_text(end, end_day);
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_series_others,
                         TOIL_PARAMS({scope->run_id}, {measure}, {part}, {first_day}, {end_day}), &rows, err);
    if (status != TOIL_OK)
        return status;
    const struct block *block = add_block(
        weeks,
        (struct block){
            .first = first, .end = end, .rows = rows, .measure = toil_xstrdup(measure), .part = toil_xstrdup(part)});
    *out = (struct toil_week_span){block->row, block->row_count};
    return TOIL_OK;
}
