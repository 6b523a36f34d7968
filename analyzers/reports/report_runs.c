/* runs and runs show: which runs there are, and what one was made from. */
#include "report_runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_numbers.h"

enum list_field {
    L_RUN,
    L_LABEL,
    L_ANALYZED,
    L_VERSION,
    L_FROM,
    L_TO,
    L_WATERMARK,
    L_SEED,
    L_EVENTS,
    L_HOURS,
    L_WINDOW,
    L_COUNT,
};

static const struct toil_column list_columns[L_COUNT] = {
    [L_RUN] = {.key = "run", .title = "run", .kind = TOIL_COLUMN_COUNT},
    [L_LABEL] = {.key = "label", .title = "label", .importance = 1},
    [L_ANALYZED] = {.key = "analyzed_at", .title = "analysed at", .kind = TOIL_COLUMN_TIME, .machine = true},
    [L_VERSION] = {.key = "version", .title = "version", .importance = 4},
    [L_FROM] = {.key = "from", .title = "from", .kind = TOIL_COLUMN_TIME, .machine = true},
    [L_TO] = {.key = "to", .title = "to", .kind = TOIL_COLUMN_TIME, .machine = true},
    [L_WATERMARK] = {.key = "watermark", .title = "read up to", .kind = TOIL_COLUMN_TIME, .machine = true},
    [L_SEED] = {.key = "seed", .title = "seed", .kind = TOIL_COLUMN_COUNT, .importance = 5},
    [L_EVENTS] = {.key = "events", .title = "events", .kind = TOIL_COLUMN_COUNT},
    [L_HOURS] = {.key = "hours",
                 .title = "manual",
                 .unit = "hours",
                 .kind = TOIL_COLUMN_NUMBER,
                 .decimals = 1,
                 .importance = 1},
    [L_WINDOW] = {.key = "window", .title = "window", .people = true},
};

static int64_t integer_or_none(const struct toil_result *rows, size_t row, unsigned field)
{
    return toil_result_null(rows, row, field) ? TOIL_TIME_NONE : toil_result_int64(rows, row, field);
}

static void list_row(struct toil_report *report, const struct toil_result *rows, size_t row)
{
    toil_report_add_row(report, 0, 0, NAN);
    for (unsigned field = 0; field < L_COUNT; field++) {
        if (list_columns[field].kind == TOIL_COLUMN_TIME)
            toil_report_set_time(report, field, integer_or_none(rows, row, field));
        else if (list_columns[field].kind == TOIL_COLUMN_COUNT)
            toil_report_set_count(report, field, toil_result_int64(rows, row, field));
        else if (list_columns[field].kind == TOIL_COLUMN_NUMBER)
            toil_report_set_number(report, field, toil_result_double(rows, row, field));
        else
            toil_report_set_text(report, field,
                                 toil_result_null(rows, row, field) ? NULL : toil_result_text(rows, row, field));
    }
}

enum toil_status toil_runs_list(struct toil_db *db, struct toil_report *report, struct toil_error *err)
{
    struct toil_scope scope = {.db = db, .report = report};
    struct toil_result *rows = NULL;
    enum toil_status status = toil_scope_query(&scope, &toil_sql_report_runs, TOIL_NO_PARAMS, &rows, err);
    if (status != TOIL_OK)
        return status;
    for (unsigned field = 0; field < L_COUNT; field++)
        toil_report_add_column(report, &list_columns[field]);
    size_t count = toil_result_rows(rows);
    for (size_t r = 0; r < count; r++)
        list_row(report, rows, r);
    report->top = 30;
    if (count == 0)
        toil_report_answer(report, "There is no run yet: `toilmeter analyze` makes one.");
    else
        toil_report_answer(report, "%zu run%s; reports read run %s, the latest, unless --run names another.", count,
                           count == 1 ? "" : "s", toil_result_text(rows, 0, L_RUN));
    toil_result_free(rows);
    return TOIL_OK;
}

static void add_fact(struct toil_report *report, size_t group, const char *section, const char *name, const char *value)
{
    toil_report_add_row(report, 0, group, NAN);
    toil_report_set_text(report, 0, section);
    toil_report_set_text(report, 1, name);
    toil_report_set_text(report, 2, value);
}

/* Rows of a query of (name, value) as facts. */
static enum toil_status add_facts(struct toil_scope *scope, size_t group, const char *section,
                                  const struct toil_sql *sql, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status = toil_scope_query(scope, sql, TOIL_PARAMS({scope->run_id}), &rows, err);
    if (status != TOIL_OK)
        return status;
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        add_fact(scope->report, group, section, toil_result_text(rows, r, 0), toil_result_text(rows, r, 1));
    toil_result_free(rows);
    return TOIL_OK;
}

static enum toil_status add_names(struct toil_scope *scope, size_t group, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_run_names, TOIL_PARAMS({scope->run_id}), &rows, err);
    if (status != TOIL_OK)
        return status;
    int64_t names = 0, events = 0, components = 0;
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        if (strcmp(toil_result_text(rows, r, 0), TOIL_UNMAPPED) == 0) {
            toil_buf_printf(&text, "%s names in %s events, most often %s", toil_result_text(rows, r, 1),
                            toil_result_text(rows, r, 2), toil_result_text(rows, r, 3));
            continue;
        }
        components++;
        names += toil_result_int64(rows, r, 1);
        events += toil_result_int64(rows, r, 2);
    }
    if (text.len)
        add_fact(scope->report, group, "names", "unmapped", text.data);
    toil_buf_clear(&text);
    toil_buf_printf(&text, "%lld names in %lld events to %lld components", (long long)names, (long long)events,
                    (long long)components);
    add_fact(scope->report, group, "names", "mapped", text.data);
    toil_buf_release(&text);
    toil_result_free(rows);
    return TOIL_OK;
}

enum calibration_field { C_PERIOD, C_LOGGED, C_INFERRED, C_PEOPLE, C_ITEMS, C_RATIO, C_LOW, C_HIGH, C_USED };

static enum toil_status add_calibration(struct toil_scope *scope, size_t group, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_calibration, TOIL_PARAMS({scope->run_id}), &rows, err);
    if (status != TOIL_OK)
        return status;
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const struct toil_estimate ratio = {toil_result_double(rows, r, C_RATIO),
                                            toil_result_double(rows, r, C_LOW),
                                            toil_result_double(rows, r, C_HIGH),
                                            0.95,
                                            "",
                                            "",
                                            NULL};
        const char *period = toil_result_text(rows, r, C_PERIOD);
        toil_buf_clear(&text);
        if (toil_result_null(rows, r, C_RATIO))
            toil_buf_add_text(&text, "too little is both logged and inferred");
        else
            toil_estimate_add(&text, &ratio, 3);
        toil_buf_printf(&text, "; people %s, items %s%s", toil_result_text(rows, r, C_PEOPLE),
                        toil_result_text(rows, r, C_ITEMS), toil_result_bool(rows, r, C_USED) ? ", used" : "");
        add_fact(scope->report, group, "calibration", *period ? period : "whole window", text.data);
    }
    toil_buf_release(&text);
    toil_result_free(rows);
    return TOIL_OK;
}

static void add_catalog_counts(struct toil_scope *scope, size_t group)
{
    const struct toil_catalog *catalog = scope->catalog;
    const struct {
        const char *name;
        size_t count;
    } facts[] = {{"teams", catalog->team_count},
                 {"components", catalog->component_count},
                 {"goals", catalog->goal_count},
                 {"items", catalog->item_count}};
    char number[24];
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        snprintf(number, sizeof number, "%zu", facts[i].count);
        add_fact(scope->report, group, "catalog", facts[i].name, number);
    }
}

enum toil_status toil_runs_show(struct toil_db *db, const char *id, struct toil_report *report, struct toil_error *err)
{
    const struct toil_report_options options = {.run = id};
    struct toil_scope scope;
    enum toil_status status = toil_scope_open(db, &options, report, &scope, err);
    if (status != TOIL_OK)
        return status;
    toil_report_add_column(report, &(struct toil_column){.key = "section", .title = "section"});
    toil_report_add_column(report, &(struct toil_column){.key = "name", .title = "name"});
    toil_report_add_column(report, &(struct toil_column){.key = "value", .title = "value", .wrap = true});
    if (!toil_scope_empty(&scope)) {
        char window[80];
        toil_scope_window_text(&scope, window);
        toil_report_answer(report, "Run %s covers %s.", scope.run_id, window);
    }
    status = add_facts(&scope, 0, "events", &toil_sql_report_run_events, err);
    if (status == TOIL_OK)
        status = add_names(&scope, 1, err);
    if (status == TOIL_OK) {
        add_catalog_counts(&scope, 2);
        status = add_calibration(&scope, 3, err);
    }
    if (status == TOIL_OK)
        status = add_facts(&scope, 4, "parameters", &toil_sql_report_parameters, err);
    toil_scope_release(&scope);
    return status;
}
