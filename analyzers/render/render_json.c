/* JSON: the frame that every report shares, exact numbers, and documents over them. The one file of the analyzers that
 * knows cJSON. */
#include "document_render.h"
#include "render.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#define SCHEMA_VERSION 1

static cJSON *or_die(void *item)
{
    if (!item)
        abort(); /* out of memory, as everywhere */
    return item;
}

static void add(cJSON *object, const char *key, cJSON *item)
{
    if (!cJSON_AddItemToObject(object, key, or_die(item)))
        abort();
}

static void push(cJSON *array, cJSON *item)
{
    if (!cJSON_AddItemToArray(array, or_die(item)))
        abort();
}

static cJSON *text_or_null(const char *text)
{
    return text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

/* By hand, since cJSON keeps numbers as doubles and would round a large identity. */
static cJSON *integer(int64_t value)
{
    struct toil_buf digits = TOIL_BUF_INIT;
    toil_buf_printf(&digits, "%lld", (long long)value);
    cJSON *item = cJSON_CreateRaw(digits.data);
    toil_buf_release(&digits);
    return item;
}

static cJSON *number_or_null(double value)
{
    if (!isfinite(value))
        return cJSON_CreateNull();
    struct toil_buf digits = TOIL_BUF_INIT;
    toil_number_add_exact(&digits, value);
    cJSON *item = cJSON_CreateRaw(digits.data);
    toil_buf_release(&digits);
    return item;
}

static cJSON *time_or_null(int64_t time_us)
{
    char text[32];
    if (time_us == TOIL_TIME_NONE)
        return cJSON_CreateNull();
    toil_time_format(time_us, text);
    return cJSON_CreateString(text);
}

/* JSON that was written before, byte for byte; null when it is not JSON. */
static cJSON *raw_or_null(const char *json)
{
    cJSON *parsed = json ? cJSON_Parse(json) : NULL;
    if (!parsed)
        return cJSON_CreateNull();
    cJSON_Delete(parsed);
    return cJSON_CreateRaw(json);
}

static cJSON *estimate_object(const struct toil_estimate *estimate)
{
    cJSON *object = or_die(cJSON_CreateObject());
    add(object, "value", number_or_null(estimate->value));
    if (isfinite(estimate->value)) {
        add(object, "low", number_or_null(estimate->low));
        add(object, "high", number_or_null(estimate->high));
        add(object, "level", number_or_null(estimate->level));
    }
    add(object, "unit", cJSON_CreateString(estimate->unit));
    add(object, "grade", cJSON_CreateString(estimate->grade));
    if (estimate->why)
        add(object, "why", cJSON_CreateString(estimate->why));
    return object;
}

static cJSON *lag_object(const struct toil_report_cell *cell)
{
    cJSON *object = or_die(cJSON_CreateObject());
    add(object, "from_minutes", integer(cell->lag.from_minutes));
    add(object, "to_minutes", integer(cell->lag.to_minutes));
    return object;
}

static cJSON *cell_item(const struct toil_column *column, const struct toil_report_cell *cell)
{
    if (column->kind == TOIL_COLUMN_ESTIMATE)
        return estimate_object(&cell->estimate);
    if (cell->null)
        return cJSON_CreateNull();
    if (column->kind == TOIL_COLUMN_COUNT)
        return integer(cell->integer);
    if (column->kind == TOIL_COLUMN_NUMBER)
        return number_or_null(cell->number);
    if (column->kind == TOIL_COLUMN_TEXT)
        return cJSON_CreateString(cell->text);
    if (column->kind == TOIL_COLUMN_FLAG)
        return cJSON_CreateBool(cell->flag);
    if (column->kind == TOIL_COLUMN_LIST)
        return raw_or_null(cell->text);
    if (column->kind == TOIL_COLUMN_LAG)
        return lag_object(cell);
    struct toil_shown shown;
    toil_cell_show(column, cell, &shown);
    cJSON *item = cJSON_CreateString(shown.value.data);
    toil_shown_release(&shown);
    return item;
}

static cJSON *run_object(const struct toil_run_frame *run)
{
    if (!run->known)
        return cJSON_CreateNull();
    cJSON *object = or_die(cJSON_CreateObject());
    add(object, "id", integer(run->id));
    add(object, "analyzed_at", time_or_null(run->analyzed_us));
    add(object, "from", time_or_null(run->from_us));
    add(object, "to", time_or_null(run->to_us));
    add(object, "watermark", time_or_null(run->watermark_us));
    add(object, "seed", integer(run->seed));
    add(object, "events", raw_or_null(run->events_json));
    add(object, "parameters", raw_or_null(run->parameters_json));
    return object;
}

static cJSON *explain_object(const struct toil_report *report)
{
    cJSON *object = or_die(cJSON_CreateObject());
    cJSON *queries = or_die(cJSON_CreateArray());
    for (size_t i = 0; i < report->query_count; i++) {
        cJSON *query = or_die(cJSON_CreateObject());
        add(query, "name", cJSON_CreateString(report->query[i].name));
        add(query, "sql", cJSON_CreateString(report->query[i].sql));
        cJSON *parameters = or_die(cJSON_CreateArray());
        for (size_t p = 0; p < report->query[i].param_count; p++)
            push(parameters, text_or_null(report->query[i].param[p]));
        add(query, "parameters", parameters);
        push(queries, query);
    }
    cJSON *arithmetic = or_die(cJSON_CreateObject());
    for (size_t i = 0; i < report->arithmetic.count; i++)
        add(arithmetic, report->arithmetic.item[i].label, cJSON_CreateString(report->arithmetic.item[i].text));
    add(object, "queries", queries);
    add(object, "arithmetic", arithmetic);
    return object;
}

/* The frame of a report. Owned by the caller. */
static cJSON *frame_object(const struct toil_report *report)
{
    cJSON *root = or_die(cJSON_CreateObject());
    add(root, "report", cJSON_CreateString(report->name));
    add(root, "schema", integer(SCHEMA_VERSION));
    add(root, "run", run_object(&report->run));
    add(root, "answer", cJSON_CreateString(report->answer));
    cJSON *rows = or_die(cJSON_CreateArray());
    for (size_t r = 0; r < report->row_count; r++) {
        if (report->row[r].flags & TOIL_ROW_PEOPLE)
            continue;
        cJSON *row = or_die(cJSON_CreateObject());
        for (size_t i = 0; i < report->column_count; i++)
            if (!report->column[i].people)
                add(row, report->column[i].key, cell_item(&report->column[i], &report->row[r].cell[i]));
        push(rows, row);
    }
    add(root, "rows", rows);
    cJSON *notes = or_die(cJSON_CreateArray());
    for (size_t i = 0; i < report->notes.count; i++)
        push(notes, cJSON_CreateString(report->notes.item[i].text));
    add(root, "notes", notes);
    return root;
}

/* Takes the root. */
static void print(cJSON *root, struct toil_buf *out)
{
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (!text)
        abort();
    toil_buf_add_text(out, text);
    toil_buf_add_char(out, '\n');
    cJSON_free(text);
}

void toil_render_json(const struct toil_report *report, const struct toil_render_options *options, struct toil_buf *out)
{
    cJSON *root = frame_object(report);
    if (options->explain)
        add(root, "explain", explain_object(report));
    print(root, out);
}

/* The rows are the evidence; sections hold the text, a string for each paragraph, bullet and block of code. */
void toil_document_json(const struct toil_document *document, struct toil_buf *out)
{
    cJSON *root = frame_object(document->report), *paragraphs = NULL;
    cJSON *sections = or_die(cJSON_CreateArray());
    for (size_t b = 0; b < document->block_count; b++) {
        const struct toil_block *block = &document->block[b];
        struct toil_buf text = TOIL_BUF_INIT;
        toil_document_plain(document, block, &text);
        if (block->kind == TOIL_BLOCK_TITLE || block->kind == TOIL_BLOCK_HEADING) {
            cJSON *section = or_die(cJSON_CreateObject());
            paragraphs = or_die(cJSON_CreateArray());
            add(section, "heading", cJSON_CreateString(text.data));
            add(section, "paragraphs", paragraphs);
            push(sections, section);
        } else if (paragraphs && text.len) {
            push(paragraphs, cJSON_CreateString(text.data));
        }
        toil_buf_release(&text);
    }
    struct toil_buf markdown = TOIL_BUF_INIT;
    toil_document_markdown(document, &markdown);
    add(root, "item", cJSON_CreateString(document->subject));
    add(root, "sections", sections);
    add(root, "markdown", cJSON_CreateString(markdown.data));
    toil_buf_release(&markdown);
    print(root, out);
}
