/* Reports from a run in a real database: golden files of every format, the JSON contract, CSV against JSON, the total's
 * own range, local days across the switch to summer time, and what is said when there is nothing to report. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzers/commands/command_output.h"
#include "analyzers/reports/report_runs.h"
#include "support/lib_reports.h"

TestSuite(reports, .init = reports_setup, .fini = reports_teardown, .timeout = 120);

/* ---- golden files ---- */

Test(reports, golden)
{
    reports_check_formats(reports_build("funnel", (struct toil_report_options){.command = "report funnel"}), "funnel");
    reports_check_formats(reports_build("hours", (struct toil_report_options){.command = "report hours"}), "hours");
    reports_check_formats(
        reports_build("hours", (struct toil_report_options){.command = "report hours", .by = "sprint"}),
        "hours-by-sprint");
    reports_check_formats(reports_build("tickets", (struct toil_report_options){.command = "report tickets"}),
                          "tickets");
    reports_check_formats(
        reports_build("tickets", (struct toil_report_options){.command = "report tickets", .by = "month"}),
        "tickets-by-month");
}

Test(reports, golden_runs)
{
    struct toil_report *list = toil_report_new("runs", "?"), *show = toil_report_new("runs", "?");
    struct toil_report *diff = toil_report_new("runs", "?");
    cr_assert_eq(toil_runs_list(reports_db, list, &reports_err), TOIL_OK, "%s", reports_err.message);
    cr_assert_eq(toil_runs_show(reports_db, "1", show, &reports_err), TOIL_OK, "%s", reports_err.message);
    cr_assert_eq(toil_runs_diff(reports_db, "1", "2", diff, &reports_err), TOIL_OK, "%s", reports_err.message);
    reports_check_formats(list, "runs");
    reports_check_formats(show, "runs-show");
    reports_check_formats(diff, "runs-diff");
}

/* ---- the contract ---- */

static const struct {
    const char *report;
    const char *keys[20];
} contract[] = {
    {"funnel", {"stage", "kind", "count", "why"}},
    {"hours",
     {"component", "team", "kind", "period", "hours", "working", "evening", "night", "declared", "measured", "inferred",
      "calibrated", "followed", "cost"}},
    {"tickets", {"component", "named", "attributed", "total", "customers", "csat"}},
};

Test(reports, keys_are_a_contract)
{
    static const char *const run_keys[] = {"id",        "analyzed_at", "from",   "to",
                                           "watermark", "seed",        "events", "parameters"};
    for (size_t i = 0; i < sizeof contract / sizeof contract[0]; i++) {
        cJSON *root = reports_json(reports_build(contract[i].report, (struct toil_report_options){0}));
        cr_assert_str_eq(cJSON_GetObjectItem(root, "report")->valuestring, contract[i].report);
        cr_assert_eq(cJSON_GetObjectItem(root, "schema")->valueint, 1);
        for (size_t k = 0; k < sizeof run_keys / sizeof run_keys[0]; k++)
            cr_assert(cJSON_HasObjectItem(cJSON_GetObjectItem(root, "run"), run_keys[k]), "%s", run_keys[k]);
        cr_assert(cJSON_IsString(cJSON_GetObjectItem(root, "answer")));
        cr_assert(cJSON_IsArray(cJSON_GetObjectItem(root, "notes")));
        const cJSON *row;
        cr_assert_gt(cJSON_GetArraySize(reports_rows(root)), 0);
        cJSON_ArrayForEach(row, reports_rows(root))
        {
            for (size_t k = 0; contract[i].keys[k]; k++)
                cr_assert(cJSON_HasObjectItem(row, contract[i].keys[k]), "%s: %s", contract[i].report,
                          contract[i].keys[k]);
        }
        cJSON_Delete(root);
    }
}

/* Splits a CSV of plain fields: the texts of this history hold no comma. */
static size_t split(char *line, char **field, size_t room)
{
    size_t count = 0;
    for (char *p = line; p && count < room; count++) {
        char *comma = strchr(p, ',');
        field[count] = p;
        if (comma)
            *comma++ = '\0';
        p = comma;
    }
    return count;
}

static const cJSON *json_cell(const cJSON *row, const char *column)
{
    static const char *const parts[] = {"_low", "_high", "_grade"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t len = strlen(column), tail = strlen(parts[i]);
        if (len <= tail || strcmp(column + len - tail, parts[i]) != 0)
            continue;
        char *key = toil_xstrndup(column, len - tail);
        const cJSON *cell = cJSON_GetObjectItem(cJSON_GetObjectItem(row, key), parts[i] + 1);
        free(key);
        return cell;
    }
    const cJSON *cell = cJSON_GetObjectItem(row, column);
    return cJSON_IsObject(cell) ? cJSON_GetObjectItem(cell, "value") : cell;
}

static void compare_cells(const cJSON *row, char **names, char **fields, size_t count)
{
    for (size_t c = 0; c < count; c++) {
        const cJSON *cell = json_cell(row, names[c]);
        if (cJSON_IsNumber(cell))
            cr_assert_eq(strtod(fields[c], NULL), cell->valuedouble, "%s: %s", names[c], fields[c]);
        else if (cJSON_IsString(cell))
            cr_assert_str_eq(fields[c] + (fields[c][0] == '\''), cell->valuestring, "%s", names[c]);
        else
            cr_assert_str_eq(fields[c], "", "%s", names[c]);
    }
}

Test(reports, csv_reads_back_as_the_numbers_of_json)
{
    static const char *const names[] = {"hours", "tickets"};
    for (size_t i = 0; i < 2; i++) {
        struct toil_report *report = reports_build(names[i], (struct toil_report_options){.by = "week"});
        char *csv = toil_model_render(report, "csv", false), *field[64], *title[64], *at = csv;
        cJSON *root = reports_json(report);
        size_t columns = 0, row = 0;
        for (char *end; (end = strstr(at, "\r\n")); at = end + 2) {
            *end = '\0';
            if (columns == 0) {
                columns = split(at, title, 64);
                continue;
            }
            cr_assert_eq(split(at, field, 64), columns);
            compare_cells(cJSON_GetArrayItem(reports_rows(root), (int)row++), title, field, columns);
        }
        cr_assert_eq(row, (size_t)cJSON_GetArraySize(reports_rows(root)));
        cr_assert_gt(row, 5);
        cJSON_Delete(root);
        free(csv);
    }
}

/* ---- arithmetic ---- */

Test(reports, the_total_has_a_range_of_its_own)
{
    cJSON *root = reports_json(reports_build("hours", (struct toil_report_options){0}));
    const cJSON *total = reports_row(root, "(total)", NULL), *row;
    double low = 0, high = 0, value = 0;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        if (row == total)
            continue;
        value += reports_number(row, "hours", "value");
        low += reports_number(row, "hours", "low");
        high += reports_number(row, "hours", "high");
    }
    /* From the history: 28 days of 1.25/1.5/1.6/1.75, 20 of 0.5, 3 of 2.4/2/1.9/1.8, one 0.5/0.75/0.75/1, 13 of
     * 0.7/0.8/0.9/1.2. Gap 10 gives 61.8, gap 60 gives 81. */
    cr_assert_float_eq(reports_number(total, "hours", "value"), 69.15, 1e-9);
    cr_assert_float_eq(reports_number(total, "hours", "low"), 61.8, 1e-9);
    cr_assert_float_eq(reports_number(total, "hours", "high"), 81.0, 1e-9);
    cr_assert_float_eq(value, 69.15, 1e-9);
    cr_assert_float_eq(low, 60.0, 1e-9);
    cr_assert_float_eq(high, 82.8, 1e-9);
    cr_assert_gt(reports_number(total, "hours", "low"), low + 1);
    cr_assert_float_eq(reports_number(total, "working", NULL) + reports_number(total, "evening", NULL) +
                           reports_number(total, "night", NULL),
                       69.15, 1e-9);
    cJSON_Delete(root);
}

Test(reports, grades_follow_the_rule)
{
    cJSON *root = reports_json(reports_build("hours", (struct toil_report_options){0}));
    static const char *const expected[][2] = {{"ledger", "A"},
                                              {"queue-balancer", "B"},
                                              {"a-component-with-quite-a-long-name-for-a-table", "C"},
                                              {"(total)", "B"}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const cJSON *hours = cJSON_GetObjectItem(reports_row(root, expected[i][0], NULL), "hours");
        cr_assert_str_eq(cJSON_GetObjectItem(hours, "grade")->valuestring, expected[i][1], "%s", expected[i][0]);
    }
    cJSON_Delete(root);
}

Test(reports, features_are_told_and_not_counted)
{
    cJSON *root = reports_json(reports_build("hours", (struct toil_report_options){.component = "queue-balancer"}));
    cr_assert_eq(reports_number(reports_row(root, "(total)", NULL), "hours", "value"), 42);
    char *notes = cJSON_PrintUnformatted(cJSON_GetObjectItem(root, "notes"));
    cr_assert_not_null(strstr(notes, "feature 12.0"), "%s", notes);
    free(notes);
    cJSON_Delete(root);
}

Test(reports, sprints_are_local_days_across_summer_time)
{
    cJSON *root = reports_json(reports_build("tickets", (struct toil_report_options){.by = "sprint"}));
    /* edge-2 was opened at 22:30 UTC on 29 March, which is 00:30 on the 30th in Prague: the second sprint. */
    double first = reports_number(reports_row(root, "(unexplained)", "2026-03-16"), "total", "value");
    double second = reports_number(reports_row(root, "(unexplained)", "2026-03-30"), "total", "value");
    cr_assert_eq(first + second, 38);
    cr_assert_eq(second, 19);
    cJSON_Delete(root);
    root = reports_json(reports_build(
        "tickets", (struct toil_report_options){.from = "2026-03-30", .to = "2026-03-30T00:45:00+02:00"}));
    cr_assert_eq(reports_number(reports_row(root, "(unexplained)", NULL), "total", "value"), 2,
                 "t-025 at midnight sharp, and edge-2");
    cJSON_Delete(root);
    root = reports_json(
        reports_build("hours", (struct toil_report_options){.by = "sprint", .component = "queue-balancer"}));
    cr_assert_eq(reports_number(reports_row(root, "queue-balancer", "2026-03-16"), "hours", "value"), 21);
    cr_assert_eq(reports_number(reports_row(root, "queue-balancer", "2026-03-30"), "hours", "value"), 21);
    cJSON_Delete(root);
}

Test(reports, satisfaction_is_compared_or_abstained_from)
{
    cJSON *root = reports_json(reports_build("tickets", (struct toil_report_options){0}));
    const cJSON *ledger = reports_row(root, "ledger", NULL);
    cr_assert_lt(reports_number(ledger, "csat", "high"), 0);
    cr_assert_float_eq(reports_number(ledger, "csat", "value"), -0.5, 0.05);
    const cJSON *none = cJSON_GetObjectItem(reports_row(root, "queue-balancer", NULL), "csat");
    cr_assert(cJSON_IsNull(cJSON_GetObjectItem(none, "value")));
    cr_assert_str_eq(cJSON_GetObjectItem(none, "grade")->valuestring, "none");
    cr_assert_str_eq(cJSON_GetObjectItem(cJSON_GetObjectItem(ledger, "attributed"), "why")->valuestring,
                     "attribution has not been run");
    cJSON_Delete(root);
}

Test(reports, shares_of_a_ticket_sum_to_it)
{
    cJSON *root = reports_json(reports_build("tickets", (struct toil_report_options){0}));
    double sum = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, reports_rows(root)) sum += reports_number(row, "total", "value");
    cr_assert_eq(sum, 56);
    cJSON_Delete(root);
}

/* ---- nothing to report ---- */

Test(reports, what_cannot_be_is_said_with_the_remedy)
{
    static const struct {
        struct toil_report_options options;
        const char *message, *hint;
    } cases[] = {
        {{.run = "99"}, "there is no run 99; the nearest and the latest are 2, 3, 4", "toilmeter runs"},
        {{.run = "x"}, "a run is named by its number, not by \"x\"", "toilmeter runs"},
        {{.run = "1", .from = "2027-01-01"}, "lies outside run 1", "toilmeter analyze"},
        {{.run = "1", .from = "2026-04-02", .to = "2026-04-01"}, "--from must be before --to", "first day"},
        {{.run = "1", .from = "yesterday"}, "neither a date nor a time", "Europe/Prague"},
        {{.run = "1", .component = "ledgr"}, "no component \"ledgr\"", "did you mean ledger?"},
        {{.run = "1", .team = "plattform"}, "no team \"plattform\"", "did you mean platform?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct toil_report *report = toil_report_new("hours", "?");
        cr_assert_eq(reports_try_build("hours", &cases[i].options, report), TOIL_BAD_INPUT, "case %zu", i);
        cr_assert_not_null(strstr(reports_err.message, cases[i].message), "%s", reports_err.message);
        cr_assert_not_null(strstr(reports_err.hint, cases[i].hint), "%s", reports_err.hint);
        toil_report_free(report);
    }
}

Test(reports, an_empty_run_and_no_run_are_told)
{
    struct toil_report *report = reports_build("hours", (struct toil_report_options){.run = "3"});
    cr_assert_not_null(strstr(report->answer, "no event had been collected"), "%s", report->answer);
    cr_assert_eq(report->row_count, 0);
    toil_report_free(report);
    pg_run(pg_conninfo(reports_server), "delete from toilmeter.run");
    report = toil_report_new("hours", "?");
    cr_assert_eq(reports_try_build("hours", &(struct toil_report_options){0}, report), TOIL_BAD_INPUT);
    cr_assert_str_eq(reports_err.message, "there is no run yet");
    toil_report_free(report);
    report = toil_report_new("runs", "?");
    cr_assert_eq(toil_runs_list(reports_db, report, &reports_err), TOIL_OK);
    cr_assert_not_null(strstr(report->answer, "toilmeter analyze"));
    toil_report_free(report);
}

/* A report that only people read may leave out rows that they would not see; they see the same. */
Test(reports, people_see_the_same_when_nothing_else_is_built)
{
    static const struct {
        const char *report, *by, *run;
    } cases[] = {{"hours", NULL, "1"},
                 {"hours", "week", "1"},
                 {"hours", "month", "2"},
                 {"links", NULL, "4"},
                 {"tickets", "week", "1"}};
    static const char *const formats[] = {"text", "markdown", "html"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct toil_report_options options = {.run = cases[i].run, .by = cases[i].by};
        struct toil_report *all = reports_build(cases[i].report, options);
        options.people = true;
        struct toil_report *few = reports_build(cases[i].report, options);
        for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
            char *expected = toil_model_render(all, formats[f], false),
                 *got = toil_model_render(few, formats[f], false);
            cr_assert_str_eq(got, expected, "%s by %s", cases[i].report, cases[i].by ? cases[i].by : "nothing");
            free(expected);
            free(got);
        }
        if (strcmp(cases[i].report, "links") == 0)
            cr_assert_lt(few->row_count, all->row_count);
        toil_report_free(all);
        toil_report_free(few);
    }
}

Test(reports, equal_runs_say_the_same)
{
    struct toil_report *report = toil_report_new("runs", "?");
    cr_assert_eq(toil_runs_diff(reports_db, "1", "1", report, &reports_err), TOIL_OK, "%s", reports_err.message);
    cr_assert_str_eq(report->answer, "Runs 1 and 1 say the same.");
    cr_assert_eq(report->row_count, 0);
    toil_report_free(report);
}

/* ---- files ---- */

Test(reports, a_file_appears_whole_and_keeps_its_mode)
{
    char dir[128], path[160];
    toil_temp_dir(dir, sizeof dir);
    snprintf(path, sizeof path, "%s/hours.csv", dir);
    struct toil_report *report = reports_build("hours", (struct toil_report_options){0});
    const struct toil_output_options options = {.format = "csv", .output = path, .top = TOIL_TOP_DEFAULT};
    FILE *old = fopen(path, "w");
    fputs("old", old);
    fclose(old);
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert_eq(toil_output_write(report, &options, &reports_err), TOIL_OK, "%s", reports_err.message);
    char *written = toil_file_text(path), *expected = toil_model_render(report, "csv", false);
    cr_assert_str_eq(written, expected);
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0640);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(dir), 0, "something was left beside the file");
    free(written);
    free(expected);
    cr_assert_eq(toil_output_write(report, &options, &reports_err), TOIL_RETRY, "the folder is gone");
    toil_report_free(report);
}
