/* Reports that decisions are made from, over the run of decisions.sql: every format, the keys that are a contract, what
 * each item's answer must be, and what items that lack something get. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/render/document_render.h"
#include "analyzers/reports/report_plan.h"
#include "analyzers/reports/writeup.h"
#include "support/lib_reports.h"

#define RUN "5"

static void setup(void)
{
    reports_setup();
    char *rows = toil_file_text("tests/golden/decisions.sql");
    cr_assert_eq(toil_db_script(reports_db, rows, &reports_err), TOIL_OK, "%s", reports_err.message);
    free(rows);
    struct toil_catalog *catalog = NULL;
    struct toil_buf json = TOIL_BUF_INIT;
    struct toil_result *result = NULL;
    cr_assert_eq(toil_catalog_load_file("tests/golden/decisions.yaml", &catalog, &reports_err), TOIL_OK, "%s",
                 reports_err.message);
    toil_catalog_to_json(catalog, &json);
    static const struct toil_sql put = {"put", "update toilmeter.run set catalog = $1::jsonb where run_id = 5"};
    cr_assert_eq(toil_db_query(reports_db, &put, TOIL_PARAMS({json.data}), &result, &reports_err), TOIL_OK, "%s",
                 reports_err.message);
    toil_result_free(result);
    toil_buf_release(&json);
    toil_catalog_free(catalog);
}

TestSuite(decisions, .init = setup, .fini = reports_teardown, .timeout = 180);

/* name: of `report`, "plan", or "item" of show. */
static const struct toil_report_kind *kind_of(const char *name)
{
    if (strcmp(name, "plan") == 0)
        return &toil_plan_kind;
    const struct toil_report_kind *kind = toil_report_kind_find(toil_report_kinds, name);
    return kind ? kind : toil_report_kind_find(toil_show_kinds, name);
}

static enum toil_status try(const char *name, const char *item, struct toil_report **out)
{
    const struct toil_report_kind *kind = kind_of(name);
    char command[64];
    snprintf(command, sizeof command, "%s%s",
             strcmp(name, "plan") == 0   ? ""
             : strcmp(name, "item") == 0 ? "show "
                                         : "report ",
             name);
    struct toil_report_options options = {.run = RUN, .command = command};
    toil_subject_set(kind->subject, item, &options);
    *out = toil_report_new(name, kind->question);
    return toil_report_build(reports_db, kind, &options, *out, &reports_err);
}

static struct toil_report *build(const char *name, const char *item)
{
    struct toil_report *report;
    cr_assert_eq(try(name, item, &report), TOIL_OK, "%s %s: %s", name, item ? item : "", reports_err.message);
    return report;
}

Test(decisions, golden)
{
    static const struct {
        const char *report, *item, *file;
    } golden[] = {{"trend", NULL, "trend"},         {"impact", "TD-1", "impact"}, {"saved", "TD-3", "saved"},
                  {"rank", NULL, "rank"},           {"matrix", NULL, "matrix"},   {"strategy", NULL, "strategy"},
                  {"budget", NULL, "budget"},       {"plan", "TD-1", "plan"},     {"item", "TD-1", "show-item"},
                  {"impact", "TD-6", "impact-wish"}};
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++)
        reports_check_formats(build(golden[i].report, golden[i].item), golden[i].file);
}

Test(decisions, golden_writeup)
{
    static const char *const formats[][2] = {
        {"markdown", "writeup.md"}, {"html", "writeup.html"}, {"json", "writeup.json"}, {"jira", "writeup.jira"}};
    struct toil_document *document;
    cr_assert_eq(toil_writeup(reports_db, RUN, "TD-1", &document, &reports_err), TOIL_OK, "%s", reports_err.message);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_document_renderer_find(formats[i][0])->whole(document, &text);
        toil_golden_check(formats[i][1], text.data);
        toil_buf_release(&text);
    }
    toil_document_free(document);
}

Test(decisions, keys_are_a_contract)
{
    static const struct {
        const char *report, *item, *keys[14];
    } contract[] = {{"trend",
                     NULL,
                     {"component", "measure", "growth_per_month", "doubling_months", "forecast", "backtest_coverage"}},
                    {"impact",
                     "TD-1",
                     {"item", "hours", "tickets", "restarts", "rebalances", "customers", "csat", "cost_of_delay",
                      "payback", "payback_by_target", "growth"}},
                    {"saved",
                     "TD-3",
                     {"item", "measure", "promised", "delivered", "verdict", "weeks_needed", "baseline", "excluded"}},
                    {"rank", NULL, {"item", "cost_of_delay", "effort_hours", "ratio", "rank", "ties_with", "outranks"}},
                    {"matrix",
                     NULL,
                     {"item", "title", "leader", "teams", "goal", "state", "cost_of_delay", "promised", "delivered"}},
                    {"strategy", NULL, {"goal", "items", "hours_addressed", "tickets_addressed"}},
                    {"budget", NULL, {"team", "period", "toil_share", "budget", "verdict"}},
                    {"plan", "TD-1", {"item", "measure", "power", "weeks_for_80_percent", "smallest_provable"}}};
    for (size_t i = 0; i < sizeof contract / sizeof contract[0]; i++) {
        cJSON *root = reports_json(build(contract[i].report, contract[i].item));
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

/* The row for machines of a report about an item. */
static cJSON *row_of(const char *report, const char *item, const cJSON **row, bool *negative)
{
    struct toil_report *built = build(report, item);
    if (negative)
        *negative = built->negative;
    cJSON *root = reports_json(built);
    *row = cJSON_GetArrayItem(reports_rows(root), 0);
    return root;
}

static const char *text(const cJSON *row, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(row, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

Test(decisions, impact_agrees_with_what_was_planted)
{
    const cJSON *row;
    bool negative;
    cJSON *root = row_of("impact", "TD-1", &row, &negative);
    cr_assert_not(negative);
    cr_assert_float_eq(reports_number(row, "hours", "value"), 40, 0.5, "20 a week in sprints of two");
    cr_assert(reports_number(row, "hours", "low") < 40 && reports_number(row, "hours", "high") > 40);
    cr_assert_eq(reports_number(row, "customers", NULL), 37);
    cr_assert_lt(reports_number(row, "csat", "high"), 0);
    /* 20 h at 55 and about 12.7 tickets at 12 a week. */
    cr_assert_float_eq(reports_number(row, "cost_of_delay", "value"), 20 * 55 + 12.7 * 12, 25);
    cr_assert_gt(reports_number(row, "cost_of_delay_in_12_months", "value"),
                 reports_number(row, "cost_of_delay", "value"));
    /* Lead time 4 weeks, 160 h over 18 h a week. */
    cr_assert_float_eq(reports_number(row, "payback", "value"), 4 + 160 / 18.0, 0.5);
    cr_assert_gt(reports_number(row, "payback_by_target", NULL), 0.9);
    cJSON_Delete(root);
}

Test(decisions, growth_agrees_with_what_was_planted)
{
    cJSON *root = reports_json(build("trend", NULL));
    const cJSON *row;
    size_t found = 0;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        bool ledger =
            strcmp(text(row, "component"), "ledger") == 0 && strcmp(text(row, "measure"), "metric:load_time") == 0;
        bool balancer =
            strcmp(text(row, "component"), "queue-balancer") == 0 && strcmp(text(row, "measure"), "tickets") == 0;
        if (!ledger && !balancer)
            continue;
        double truth = ledger ? 0.05 : 0.0408;
        found++;
        cr_assert(reports_number(row, "growth_per_month", "low") <= truth &&
                      reports_number(row, "growth_per_month", "high") >= truth,
                  "%s", text(row, "component"));
        cr_assert(reports_number(row, "doubling_months", "low") <= reports_number(row, "doubling_months", "value"));
        cr_assert(reports_number(row, "doubling_months", "high") >= reports_number(row, "doubling_months", "value"));
    }
    cr_assert_eq(found, 2);
    cJSON_Delete(root);
}

static void expect_saved(const char *item, const char *verdict, double change)
{
    const cJSON *row;
    bool negative;
    cJSON *root = row_of("saved", item, &row, &negative);
    cr_assert_str_eq(text(row, "verdict"), verdict, "%s: %s", item, text(row, "verdict"));
    cr_assert_eq(negative, strcmp(verdict, "saved") != 0);
    if (!isnan(change))
        cr_assert(
            reports_number(row, "delivered", "low") <= change && reports_number(row, "delivered", "high") >= change,
            "%s: %g to %g", item, reports_number(row, "delivered", "low"), reports_number(row, "delivered", "high"));
    cJSON_Delete(root);
}

Test(decisions, each_measure_has_its_verdict)
{
    expect_saved("TD-3", "saved", -0.4);
    expect_saved("TD-4", "saved", -4 / 12.5);
    expect_saved("TD-9", "saved", 0.3);
    expect_saved("TD-11", "not saved", 0);
}

static void expect_why(const char *report, const char *item, const char *why)
{
    struct toil_report *built = build(report, item);
    cr_expect(built->negative, "%s %s", report, item);
    cr_expect_not_null(strstr(built->answer, why), "%s %s: %s", report, item, built->answer);
    toil_report_free(built);
}

Test(decisions, what_lacks_something_is_told_what)
{
    expect_why("saved", "TD-1", "has not been shipped yet");
    expect_why("saved", "TD-7", "after the end of the window");
    expect_why("saved", "TD-8", "promise");
    expect_why("saved", "TD-10", "before the window begins");
    expect_why("saved", "TD-6", "the run knows nothing of tickets");
    expect_why("saved", "TD-12", "promise");
    expect_why("plan", "TD-6", "not established");
    expect_why("plan", "TD-8", "promise");
    expect_why("impact", "TD-6", "Not established");
    expect_why("impact", "TD-12", "names no component");
    struct toil_report *built = build("impact", "TD-5");
    cr_assert_not(built->negative, "impact without payback is an answer");
    cr_assert_not_null(strstr(built->answer, "effort.people is missing"), "%s", built->answer);
    toil_report_free(built);
    built = build("impact", "TD-2");
    cr_assert_not_null(strstr(built->answer, "no cost"), "%s", built->answer);
    toil_report_free(built);
}

Test(decisions, unknown_items_get_the_nearest)
{
    struct toil_report *report;
    cr_assert_eq(try("impact", "TD-33", &report), TOIL_BAD_INPUT);
    cr_assert_not_null(strstr(reports_err.message, "no item \"TD-33\""));
    cr_assert_not_null(strstr(reports_err.hint, "TD-3"));
    toil_report_free(report);
    struct toil_document *document = NULL;
    cr_assert_eq(toil_writeup(reports_db, RUN, "TD-33", &document, &reports_err), TOIL_BAD_INPUT);
    cr_assert_null(document);
    cr_assert_eq(toil_writeup(reports_db, "99", "TD-3", &document, &reports_err), TOIL_BAD_INPUT);
    cr_assert_eq(toil_writeup(reports_db, "3", "TD-3", &document, &reports_err), TOIL_BAD_INPUT);
    cr_assert_not_null(strstr(reports_err.message, "has no items"));
}

Test(decisions, ranks_are_in_order_and_shipped_items_have_none)
{
    cJSON *root = reports_json(build("rank", NULL));
    const cJSON *row;
    double before = 0;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        const cJSON *rank = cJSON_GetObjectItem(row, "rank");
        cr_assert_str_neq(text(row, "item"), "TD-3");
        if (cJSON_IsNull(rank))
            continue;
        cr_assert_geq(rank->valuedouble, before);
        before = rank->valuedouble;
    }
    cr_assert_str_eq(text(cJSON_GetArrayItem(reports_rows(root), 0), "item"), "TD-1");
    cJSON_Delete(root);
}

Test(decisions, the_plan_s_goals_and_what_nobody_addresses_have_rows)
{
    cJSON *root = reports_json(build("strategy", NULL));
    const cJSON *rows = reports_rows(root), *row = NULL;
    int count = cJSON_GetArraySize(rows);
    cr_assert_eq(count, 4);
    cr_assert_str_eq(text(cJSON_GetArrayItem(rows, 2), "goal"), "(no goal)");
    row = cJSON_GetArrayItem(rows, 3);
    cr_assert_str_eq(text(row, "goal"), "(no item)");
    const cJSON *largest = cJSON_GetObjectItem(row, "largest"), *one;
    double before = INFINITY;
    cr_assert_gt(cJSON_GetArraySize(largest), 2);
    cJSON_ArrayForEach(one, largest)
    {
        double hours = cJSON_GetObjectItem(one, "hours_per_sprint")->valuedouble;
        cr_assert_leq(hours, before);
        before = hours;
    }
    cJSON_Delete(root);
}

Test(decisions, a_budget_is_judged_only_where_other_work_is_known)
{
    cJSON *root = reports_json(build("budget", NULL));
    const cJSON *platform = cJSON_GetArrayItem(reports_rows(root), 0), *web = cJSON_GetArrayItem(reports_rows(root), 1);
    cr_assert_str_eq(text(platform, "team"), "platform");
    cr_assert_str_eq(text(platform, "verdict"), "within");
    cr_assert_float_eq(reports_number(platform, "toil_share", "value"), 0.25, 0.01);
    cr_assert_str_eq(text(web, "verdict"), "cannot tell");
    cJSON_Delete(root);
}

Test(decisions, the_same_run_says_the_same)
{
    struct toil_report *first = build("impact", "TD-1"), *second = build("impact", "TD-1");
    char *a = toil_model_render(first, "json", false), *b = toil_model_render(second, "json", false);
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
    toil_report_free(first);
    toil_report_free(second);
}
