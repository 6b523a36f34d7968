/* Opens a run for a report: which run, which part of its window, and the small print about both. */
#include "report_scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_numbers.h"
#include "week_rows.h"

enum run_field {
    RUN_ID,
    RUN_LABEL,
    RUN_ANALYZED,
    RUN_VERSION,
    RUN_FROM,
    RUN_TO,
    RUN_WATERMARK,
    RUN_SEED,
    RUN_PARAMETERS,
    RUN_EVENTS,
    RUN_CATALOG,
};

enum toil_status toil_scope_query(struct toil_scope *scope, const struct toil_sql *sql, const struct toil_param *params,
                                  size_t param_count, struct toil_result **out, struct toil_error *err)
{
    const char **texts = toil_xcalloc(param_count, sizeof *texts);
    for (size_t i = 0; i < param_count; i++)
        texts[i] = params[i].text;
    toil_report_explain_query(scope->report, sql->name, sql->text, texts, param_count);
    free(texts);
    return toil_db_query(scope->db, sql, params, param_count, out, err);
}

enum toil_status toil_scope_query_kept(struct toil_scope *scope, const struct toil_scope_ask *kept,
                                       const struct toil_scope_ask *anew, struct toil_result **out,
                                       struct toil_error *err)
{
    *out = NULL;
    if (!scope->narrowed) {
        enum toil_status status = toil_scope_query(scope, kept->sql, kept->params, kept->param_count, out, err);
        if (status != TOIL_OK || toil_result_rows(*out) > 0)
            return status;
        toil_result_free(*out);
        *out = NULL;
    }
    return toil_scope_query(scope, anew->sql, anew->params, anew->param_count, out, err);
}

void toil_report_time_text(struct toil_zone *zone, int64_t time_us, char out[40])
{
    char text[40];
    toil_zone_format(zone, time_us, text);
    size_t len = strlen(text);
    const char *offset = len > 20 ? text + len - 6 : "";
    snprintf(out, 40, "%.10s %.5s %s", text, text + 11, text[len - 1] == 'Z' ? "UTC" : offset);
}

const char *toil_report_kind_title(const char *kind)
{
    static const char *const titles[][2] = {{"service_restart", "restart"},
                                            {"queue_rebalance", "rebalance"},
                                            {"support_ticket", "ticket"},
                                            {"work_log", "work log"}};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (strcmp(kind, titles[i][0]) == 0)
            return titles[i][1];
    return kind;
}

void toil_report_day_text(int64_t day, char out[32])
{
    int64_t year;
    unsigned month, mday;
    toil_civil_from_days(day, &year, &month, &mday);
    snprintf(out, 32, "%04d-%02u-%02u", (int)year, month, mday);
}

void toil_report_shell_add(struct toil_buf *out, const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:+=,@%";
    if (*argument && strspn(argument, plain) == strlen(argument)) {
        toil_buf_add_text(out, argument);
        return;
    }
    toil_buf_add_char(out, '\'');
    for (; *argument; argument++) {
        if (*argument == '\'')
            toil_buf_add_text(out, "'\\''");
        else
            toil_buf_add_char(out, *argument);
    }
    toil_buf_add_char(out, '\'');
}

static enum toil_status no_run(struct toil_scope *scope, const char *asked, struct toil_error *err)
{
    struct toil_result *near = NULL;
    const struct toil_param any = {asked ? asked : "0"};
    if (toil_db_query(scope->db, &toil_sql_report_run_near, &any, 1, &near, err) != TOIL_OK)
        return err->status;
    size_t count = toil_result_rows(near);
    if (count == 0) {
        toil_error_set(err, TOIL_BAD_INPUT, "there is no run yet");
        toil_error_hint(err, "`toilmeter analyze` makes one: reports read what it has written");
    } else {
        struct toil_buf ids = TOIL_BUF_INIT;
        for (size_t i = 0; i < count; i++)
            toil_buf_printf(&ids, "%s%s", i ? ", " : "", toil_result_text(near, i, 0));
        toil_error_set(err, TOIL_BAD_INPUT, "there is no run %s; the nearest and the latest are %s", asked, ids.data);
        toil_error_hint(err, "`toilmeter runs` lists all; without --run the latest is taken");
        toil_buf_release(&ids);
    }
    toil_result_free(near);
    return TOIL_BAD_INPUT;
}

static bool is_run_id(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len > 0 && len <= 18 && text[len] == '\0';
}

static int64_t time_field(const struct toil_result *result, unsigned field)
{
    return toil_result_null(result, 0, field) ? TOIL_TIME_NONE : toil_result_int64(result, 0, field);
}

static void fill_frame(struct toil_scope *scope, const struct toil_result *run)
{
    struct toil_run_frame *frame = &scope->report->run;
    *frame = (struct toil_run_frame){
        .known = true,
        .id = toil_result_int64(run, 0, RUN_ID),
        .seed = toil_result_int64(run, 0, RUN_SEED),
        .analyzed_us = time_field(run, RUN_ANALYZED),
        .from_us = time_field(run, RUN_FROM),
        .to_us = time_field(run, RUN_TO),
        .watermark_us = time_field(run, RUN_WATERMARK),
        .events_json = toil_report_keep(scope->report, toil_result_text(run, 0, RUN_EVENTS)),
        .parameters_json = toil_report_keep(scope->report, toil_result_text(run, 0, RUN_PARAMETERS)),
    };
    scope->version = toil_report_keep(scope->report, toil_result_text(run, 0, RUN_VERSION));
    snprintf(scope->run_id, sizeof scope->run_id, "%lld", (long long)frame->id);
}

static enum toil_status read_run(struct toil_scope *scope, struct toil_result **run, struct toil_error *err)
{
    const char *asked = scope->options->run;
    if (asked && !is_run_id(asked)) {
        toil_error_set(err, TOIL_BAD_INPUT, "a run is named by its number, not by \"%.64s\"", asked);
        toil_error_hint(err, "`toilmeter runs` lists them");
        return TOIL_BAD_INPUT;
    }
    const struct toil_param id = {asked};
    enum toil_status status = toil_db_query(scope->db, &toil_sql_report_run, &id, 1, run, err);
    if (status != TOIL_OK)
        return status;
    if (toil_result_rows(*run) == 0)
        return no_run(scope, asked, err);
    fill_frame(scope, *run);
    const char *json = toil_result_text(*run, 0, RUN_CATALOG);
    status = toil_catalog_load_text("catalog of the run", toil_span_of(json), &scope->catalog, err);
    return status == TOIL_OK ? TOIL_OK : toil_error_prefix(err, "run %s", scope->run_id);
}

static enum toil_status outside(struct toil_scope *scope, struct toil_error *err)
{
    char from[40], to[40];
    toil_report_time_text(scope->catalog->zone, scope->report->run.from_us, from);
    toil_report_time_text(scope->catalog->zone, scope->report->run.to_us, to);
    toil_error_set(err, TOIL_BAD_INPUT, "the window asked for lies outside run %s, which covers %s to %s",
                   scope->run_id, from, to);
    toil_error_hint(err, "`toilmeter analyze` makes a run over all events; `toilmeter runs` lists what there is");
    return TOIL_BAD_INPUT;
}

static void fill_days(struct toil_scope *scope)
{
    struct toil_zone *zone = scope->catalog->zone;
    scope->from_day = toil_zone_day(zone, scope->from_us);
    scope->to_day = scope->to_us > scope->from_us ? toil_zone_day(zone, scope->to_us - 1) + 1 : scope->from_day;
    toil_report_day_text(scope->from_day, scope->from_date);
    toil_report_day_text(scope->to_day, scope->to_date);
    toil_time_format(scope->from_us, scope->from_time);
    toil_time_format(scope->to_us, scope->to_time);
}

static enum toil_status choose_window(struct toil_scope *scope, struct toil_error *err)
{
    const struct toil_run_frame *run = &scope->report->run;
    const struct toil_report_options *options = scope->options;
    int64_t from = INT64_MIN, to = INT64_MAX;
    if (options->from && toil_zone_read_moment(scope->catalog->zone, "from", options->from, &from, err) != TOIL_OK)
        return err->status;
    if (options->to && toil_zone_read_moment(scope->catalog->zone, "to", options->to, &to, err) != TOIL_OK)
        return err->status;
    if (from >= to) {
        toil_error_set(err, TOIL_BAD_INPUT, "--from must be before --to");
        toil_error_hint(err, "--to is the first day that does not count any more");
        return TOIL_BAD_INPUT;
    }
    if (run->from_us == TOIL_TIME_NONE || run->to_us == TOIL_TIME_NONE)
        return TOIL_OK;
    if (from >= run->to_us || to <= run->from_us)
        return outside(scope, err);
    scope->narrowed = from > run->from_us || to < run->to_us;
    scope->from_us = from > run->from_us ? from : run->from_us;
    scope->to_us = to < run->to_us ? to : run->to_us;
    fill_days(scope);
    return TOIL_OK;
}

void toil_report_option_add(struct toil_buf *command, const char *name, const char *value)
{
    if (!value)
        return;
    toil_buf_printf(command, " --%s ", name);
    toil_report_shell_add(command, value);
}

static const char *setting(const struct toil_result *settings, const char *key)
{
    for (size_t i = 0; i < toil_result_rows(settings); i++)
        if (strcmp(toil_result_text(settings, i, 0), key) == 0)
            return toil_result_text(settings, i, 1);
    return NULL;
}

static void add_minutes(struct toil_buf *out, const char *what, const char *minutes)
{
    if (!minutes)
        return;
    toil_buf_printf(out, ", %s ", what);
    toil_number_add(out, strtod(minutes, NULL), 0);
    toil_buf_add_text(out, " min");
}

/* The settings that a reader of hours needs; JSON and `runs show` have all. */
static enum toil_status settings_line(struct toil_scope *scope, const struct toil_result *settings,
                                      struct toil_error *err)
{
    struct toil_result *ratios = NULL;
    const struct toil_param id = {scope->run_id};
    enum toil_status status = toil_db_query(scope->db, &toil_sql_report_calibration, &id, 1, &ratios, err);
    if (status != TOIL_OK)
        return status;
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_printf(&text, "seed %lld", (long long)scope->report->run.seed);
    add_minutes(&text, "gap", setting(settings, "gap_minutes"));
    add_minutes(&text, "pre", setting(settings, "pre_minutes"));
    add_minutes(&text, "post", setting(settings, "post_minutes"));
    const char *learned = setting(settings, "post_learned");
    toil_buf_add_text(&text, learned && strcmp(learned, "true") == 0 ? " (learned)" : "");
    struct toil_estimate ratio;
    if (toil_scope_calibration(ratios, &ratio)) {
        toil_buf_add_text(&text, ", calibration ");
        toil_estimate_add(&text, &ratio, 3);
        toil_buf_add_text(&text, toil_scope_calibrated(ratios) ? "" : " not used");
    }
    if (scope->options->command)
        toil_buf_printf(&text, "; all: toilmeter runs show %s", scope->run_id);
    toil_report_small(scope->report, "parameters", "%s", text.data);
    toil_buf_release(&text);
    toil_result_free(ratios);
    return TOIL_OK;
}

/* How far past the end a log was read is the moment of the run, which says nothing about the window. */
static void watermark_line(struct toil_scope *scope, const struct toil_result *settings)
{
    struct toil_report *report = scope->report;
    const char *lagging = setting(settings, "partitions_lagging");
    bool behind = lagging && strcmp(lagging, "0") != 0;
    if (report->run.watermark_us == TOIL_TIME_NONE)
        return;
    if (!behind && report->run.to_us != TOIL_TIME_NONE && report->run.watermark_us >= scope->to_us) {
        toil_report_small(report, "read up to", "past the end of the window");
        return;
    }
    char time[40];
    toil_report_time_text(scope->catalog->zone, report->run.watermark_us, time);
    toil_report_small(report, "read up to", "%s (watermark)", time);
}

static enum toil_status small_print(struct toil_scope *scope, const struct toil_result *run, struct toil_error *err)
{
    struct toil_report *report = scope->report;
    struct toil_zone *zone = scope->catalog->zone;
    const char *label = toil_result_text(run, 0, RUN_LABEL);
    toil_report_small(report, "run", "%s%s%s%s, toilmeter %s", scope->run_id, *label ? " \"" : "", label,
                      *label ? "\"" : "", toil_result_text(run, 0, RUN_VERSION));
    if (report->run.from_us != TOIL_TIME_NONE && report->run.to_us != TOIL_TIME_NONE) {
        char from[40], to[40];
        toil_report_time_text(zone, scope->from_us, from);
        toil_report_time_text(zone, scope->to_us, to);
        toil_report_small(report, "window", "%s to %s (%s)%s", from, to, toil_zone_name(zone),
                          scope->narrowed ? ", a part of the run" : "");
    }
    struct toil_result *settings = NULL;
    const struct toil_param id = {scope->run_id};
    enum toil_status status = toil_db_query(scope->db, &toil_sql_report_parameters, &id, 1, &settings, err);
    if (status != TOIL_OK)
        return status;
    watermark_line(scope, settings);
    status = settings_line(scope, settings, err);
    toil_result_free(settings);
    return status;
}

static void reproduce_line(struct toil_scope *scope)
{
    const struct toil_report_options *options = scope->options;
    if (!options->command)
        return;
    struct toil_buf command = TOIL_BUF_INIT;
    toil_buf_printf(&command, "toilmeter %s --run %s", options->command, scope->run_id);
    toil_report_option_add(&command, "from", options->from);
    toil_report_option_add(&command, "to", options->to);
    toil_report_option_add(&command, "by", options->by);
    toil_report_option_add(&command, "team", options->team);
    toil_report_option_add(&command, "component", options->subject ? NULL : options->component);
    if (options->subject) {
        toil_buf_add_text(&command, *options->subject == '-' ? " -- " : " ");
        toil_report_shell_add(&command, options->subject);
    }
    toil_report_small(scope->report, "again", "%s", command.data);
    toil_buf_release(&command);
}

static void choose_period(struct toil_scope *scope)
{
    const char *by = scope->options->by;
    scope->by_name = by ? by : "all";
    scope->by = !by                         ? TOIL_PERIOD_ALL
                : strcmp(by, "sprint") == 0 ? TOIL_PERIOD_SPRINT
                : strcmp(by, "week") == 0   ? TOIL_PERIOD_WEEK
                                            : TOIL_PERIOD_MONTH;
    toil_report_day_text(scope->catalog->sprint_start_day, scope->sprint_start);
    snprintf(scope->sprint_days, sizeof scope->sprint_days, "%d", scope->catalog->sprint_days);
}

enum toil_status toil_scope_open(struct toil_db *db, const struct toil_report_options *options,
                                 struct toil_report *report, struct toil_scope *out, struct toil_error *err)
{
    *out = (struct toil_scope){.db = db, .report = report, .options = options, .weeks = toil_week_rows_new()};
    struct toil_result *run = NULL;
    enum toil_status status = read_run(out, &run, err);
    if (status == TOIL_OK)
        status = choose_window(out, err);
    if (status == TOIL_OK)
        status = toil_scope_check_names(out, err);
    if (status == TOIL_OK) {
        choose_period(out);
        status = small_print(out, run, err);
    }
    if (status == TOIL_OK)
        reproduce_line(out);
    toil_result_free(run);
    if (status != TOIL_OK)
        toil_scope_release(out);
    return status;
}

void toil_scope_release(struct toil_scope *scope)
{
    toil_catalog_free(scope->catalog);
    scope->catalog = NULL;
    toil_week_rows_free(scope->weeks);
    scope->weeks = NULL;
}

bool toil_scope_empty(struct toil_scope *scope)
{
    if (scope->report->run.from_us != TOIL_TIME_NONE && scope->report->run.to_us != TOIL_TIME_NONE)
        return false;
    toil_report_answer(scope->report, "Nothing to report yet: when run %s was made, no event had been collected.",
                       scope->run_id);
    toil_report_note(scope->report, "What to do: let toilmeterd read a topic, or `toilmeter import` a file, then "
                                    "`toilmeter analyze` again. `toilmeter doctor` says what is missing.");
    return true;
}

enum calibration_field { C_PERIOD, C_RATIO = 5, C_LOW, C_HIGH, C_USED };

bool toil_scope_calibration(const struct toil_result *rows, struct toil_estimate *out)
{
    if (toil_result_rows(rows) == 0 || *toil_result_text(rows, 0, C_PERIOD) || toil_result_null(rows, 0, C_RATIO))
        return false;
    *out = (struct toil_estimate){toil_result_double(rows, 0, C_RATIO),
                                  toil_result_double(rows, 0, C_LOW),
                                  toil_result_double(rows, 0, C_HIGH),
                                  0.95,
                                  "",
                                  "",
                                  NULL};
    return true;
}

bool toil_scope_calibrated(const struct toil_result *rows)
{
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        if (toil_result_bool(rows, r, C_USED))
            return true;
    return false;
}

double toil_scope_sprints(const struct toil_scope *scope)
{
    return (double)(scope->to_day - scope->from_day) / scope->catalog->sprint_days;
}

void toil_scope_sprint_text(const struct toil_scope *scope, char out[32])
{
    int days = scope->catalog->sprint_days;
    if (days % 7 == 0)
        snprintf(out, 32, days == 7 ? "one week" : "%d weeks", days / 7);
    else
        snprintf(out, 32, days == 1 ? "one day" : "%d days", days);
}

void toil_scope_window_text(const struct toil_scope *scope, char out[80])
{
    char from[32], to[32];
    toil_report_day_text(scope->from_day, from);
    toil_report_day_text(scope->to_day - 1, to);
    snprintf(out, 80, "%s to %s", from, to);
}

size_t toil_scope_add_period_columns(struct toil_scope *scope)
{
    bool machine = scope->by == TOIL_PERIOD_ALL;
    size_t first = toil_report_add_column(
        scope->report,
        &(struct toil_column){.key = "period", .title = "from", .kind = TOIL_COLUMN_DATE, .machine = machine});
    toil_report_add_column(
        scope->report,
        &(struct toil_column){
            .key = "period_end", .title = "to", .kind = TOIL_COLUMN_DATE, .importance = 6, .machine = machine});
    return first;
}

void toil_scope_set_window(struct toil_scope *scope, size_t column)
{
    toil_report_set_day(scope->report, column, scope->from_day);
    toil_report_set_day(scope->report, column + 1, scope->to_day - 1);
}

void toil_scope_set_period(struct toil_scope *scope, size_t column, const struct toil_result *rows, size_t row,
                           unsigned field)
{
    if (toil_result_null(rows, row, field)) {
        toil_scope_set_window(scope, column);
        return;
    }
    int64_t next, day = toil_result_int64(rows, row, field);
    toil_period_start(scope->by, day, scope->catalog->sprint_start_day, scope->catalog->sprint_days, &next);
    toil_report_set_day(scope->report, column, day);
    toil_report_set_day(scope->report, column + 1, next - 1);
}

void toil_scope_note_period(struct toil_scope *scope)
{
    if (scope->by == TOIL_PERIOD_ALL)
        return;
    const struct toil_catalog *catalog = scope->catalog;
    int64_t next,
        first = toil_period_start(scope->by, scope->from_day, catalog->sprint_start_day, catalog->sprint_days, &next);
    bool cut_first = first < scope->from_day;
    toil_period_start(scope->by, scope->to_day - 1, catalog->sprint_start_day, catalog->sprint_days, &next);
    bool cut_last = next > scope->to_day;
    if (cut_first || cut_last)
        toil_report_note(scope->report, "The window cuts %s: %s not whole.",
                         cut_first && cut_last ? "the first and the last period"
                         : cut_first           ? "the first period"
                                               : "the last period",
                         cut_first && cut_last ? "they are" : "it is");
}
