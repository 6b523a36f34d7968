/* The code behind lib_reports.h. */
#include "support/lib_reports.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/migrate.h"

struct pg_server *reports_server;
struct toil_db *reports_db;
struct toil_error reports_err;

void reports_setup(void)
{
    reports_server = pg_start(NULL);
    const struct toil_db_options options = {.conninfo = pg_conninfo(reports_server),
                                            .application_name = "test_reports"};
    cr_assert_eq(toil_db_open(&options, &reports_db, &reports_err), TOIL_OK, "%s", reports_err.message);
    cr_assert_eq(toil_migrate_apply(reports_db, false, NULL, NULL, NULL, &reports_err), TOIL_OK, "%s",
                 reports_err.message);
    char *runs = toil_file_text("tests/golden/runs.sql");
    cr_assert_eq(toil_db_script(reports_db, runs, &reports_err), TOIL_OK, "%s", reports_err.message);
    free(runs);
}

void reports_teardown(void)
{
    toil_db_close(reports_db);
    pg_stop(reports_server);
}

enum toil_status reports_try_build(const char *name, const struct toil_report_options *options,
                                   struct toil_report *into)
{
    const struct toil_report_kind *kind = toil_report_kind_find(toil_report_kinds, name);
    cr_assert_not_null(kind, "no report %s", name);
    return toil_report_build(reports_db, kind, options, into, &reports_err);
}

struct toil_report *reports_build(const char *name, struct toil_report_options options)
{
    struct toil_report *report = toil_report_new(name, "?");
    options.run = options.run ? options.run : "1";
    cr_assert_eq(reports_try_build(name, &options, report), TOIL_OK, "%s: %s", name, reports_err.message);
    return report;
}

cJSON *reports_json(struct toil_report *report)
{
    char *text = toil_model_render(report, "json", false);
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root, "%s", text);
    free(text);
    toil_report_free(report);
    return root;
}

const cJSON *reports_rows(const cJSON *root)
{
    return cJSON_GetObjectItem(root, "rows");
}

const cJSON *reports_row(const cJSON *root, const char *component, const char *period)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        const cJSON *from = cJSON_GetObjectItem(row, "period");
        if (strcmp(cJSON_GetObjectItem(row, "component")->valuestring, component) == 0 &&
            (!period || strcmp(from->valuestring, period) == 0))
            return row;
    }
    cr_assert_fail("no row %s %s", component, period ? period : "");
    return NULL;
}

double reports_number(const cJSON *row, const char *key, const char *part)
{
    const cJSON *item = cJSON_GetObjectItem(row, key);
    if (part)
        item = cJSON_GetObjectItem(item, part);
    cr_assert(cJSON_IsNumber(item), "%s.%s is no number", key, part ? part : "");
    return item->valuedouble;
}

static const char *const formats[][2] = {
    {"text", "txt"}, {"markdown", "md"}, {"json", "json"}, {"csv", "csv"}, {"html", "html"}};

void reports_check_formats(struct toil_report *report, const char *name)
{
    char file[64];
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char *text = toil_model_render(report, formats[i][0], false);
        snprintf(file, sizeof file, "%s.%s", name, formats[i][1]);
        toil_golden_check(file, text);
        free(text);
    }
    toil_report_free(report);
}
