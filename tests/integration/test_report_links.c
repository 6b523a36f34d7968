/* report links from run 4 of the fixed history: every format, the JSON contract with its nested values, groups,
 * filters, and what is said when no link is established or none was searched for. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/reports/report_runs.h"
#include "support/lib_reports.h"

TestSuite(report_links, .init = reports_setup, .fini = reports_teardown, .timeout = 120);

static struct toil_report *build_links(struct toil_report_options options)
{
    options.run = options.run ? options.run : "4";
    return reports_build("links", options);
}

static const cJSON *at(const cJSON *row, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, key);
    cr_assert_not_null(item, "no %s", key);
    return item;
}

static bool has_note(const struct toil_report *report, const char *text)
{
    for (size_t i = 0; i < report->notes.count; i++)
        if (strstr(report->notes.item[i].text, text))
            return true;
    return false;
}

Test(report_links, golden)
{
    reports_check_formats(build_links((struct toil_report_options){.command = "report links"}), "links");
}

Test(report_links, keys_are_a_contract)
{
    static const char *const keys[] = {"component",  "kind",       "topic",           "verdict",  "why",
                                       "attributed", "lag",        "observed",        "expected", "excess",
                                       "q",          "rate_ratio", "placebos",        "bands",    "confirmed",
                                       "controls",   "grade",      "controls_raised", "either",   "events"};
    static const char *const band_keys[] = {"from_minutes", "to_minutes", "observed", "expected", "excess", "q"};
    cJSON *root = reports_json(build_links((struct toil_report_options){0}));
    cr_assert_eq(cJSON_GetArraySize(reports_rows(root)), 10, "every tested pair");
    const cJSON *row, *band, *placebo;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
            at(row, keys[k]);
        cr_assert(cJSON_IsNumber(at(at(row, "lag"), "from_minutes")) &&
                  cJSON_IsNumber(at(at(row, "lag"), "to_minutes")));
        cJSON_ArrayForEach(band, at(row, "bands"))
        {
            for (size_t k = 0; k < sizeof band_keys / sizeof band_keys[0]; k++)
                at(band, band_keys[k]);
            at(at(band, "excess"), "grade");
        }
        cJSON_ArrayForEach(placebo, at(row, "placebos"))
        {
            cr_assert(cJSON_IsString(at(placebo, "name")));
            at(at(placebo, "excess"), "value");
            at(placebo, "passed");
        }
    }
    cJSON_Delete(root);
}

Test(report_links, nested_values_hold_what_the_run_holds)
{
    cJSON *root = reports_json(build_links((struct toil_report_options){0}));
    const cJSON *first = cJSON_GetArrayItem(reports_rows(root), 0), *cache = reports_row(root, "session-cache", NULL);
    cr_assert_str_eq(at(first, "component")->valuestring, "queue-balancer");
    cr_assert_eq(reports_number(first, "attributed", "low"), 48.36);
    cr_assert_eq(cJSON_GetArraySize(at(first, "bands")), 4);
    const cJSON *lead = cJSON_GetArrayItem(at(first, "bands"), 3);
    cr_assert(cJSON_IsTrue(at(lead, "lead")) && cJSON_IsNull(at(lead, "q")));
    cr_assert_eq(at(lead, "from_minutes")->valuedouble, -30);
    cr_assert(cJSON_IsTrue(at(first, "confirmed")));
    cr_assert(cJSON_IsNull(at(first, "either")));
    cr_assert(cJSON_IsNull(at(cache, "confirmed")), "it could not be tested");
    cr_assert_str_eq(cJSON_GetArrayItem(at(cache, "either"), 1)->valuestring, "session-store");
    const cJSON *shift = cJSON_GetArrayItem(at(cache, "placebos"), 1);
    cr_assert(cJSON_IsNull(at(shift, "passed")) && cJSON_IsNull(at(at(shift, "excess"), "value")));
    cJSON_Delete(root);
}

/* A number for which there is no evidence is nought with grade none, and the excess of a screen that abstained is null.
 */
Test(report_links, what_is_not_established_claims_nothing)
{
    cJSON *root = reports_json(build_links((struct toil_report_options){0}));
    size_t established = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        if (strcmp(at(row, "verdict")->valuestring, "established") == 0) {
            established++;
            continue;
        }
        cr_assert_eq(reports_number(row, "attributed", "value"), 0);
        cr_assert_str_eq(at(at(row, "attributed"), "grade")->valuestring, "none");
        cr_assert_gt(strlen(at(row, "why")->valuestring), 0);
    }
    cr_assert_eq(established, 3);
    const cJSON *abstained = cJSON_GetArrayItem(reports_rows(root), 7);
    cr_assert(cJSON_IsNull(at(at(abstained, "excess"), "value")) && cJSON_IsNull(at(abstained, "observed")));
    cr_assert_not_null(strstr(at(at(abstained, "excess"), "why")->valuestring, "abstained"));
    cJSON_Delete(root);
}

Test(report_links, a_group_is_told_once)
{
    struct toil_report *report = build_links((struct toil_report_options){0});
    cr_assert_not_null(strstr(report->answer, "2 kinds of failure cause tickets"), "%s", report->answer);
    cr_assert_not_null(strstr(report->answer, "restarts of session-cache or session-store (the data can't tell which) "
                                              "bring 12.0 (6.0\xe2\x80\x93"
                                              "18.0) tickets about login, within 15 minutes"),
                       "%s", report->answer);
    char *text = toil_model_render(report, "markdown", false);
    const char *once = strstr(text, "| restarts of session-cache or session-store");
    cr_assert_not_null(once, "%s", text);
    cr_assert_null(strstr(once + 1, "| restarts of session-cache or session-store"), "%s", text);
    free(text);
    toil_report_free(report);
}

Test(report_links, people_see_the_established_and_the_nearest)
{
    struct toil_report *report = build_links((struct toil_report_options){0});
    bool shown[16];
    double weight;
    cr_assert_eq(report->row_count, 10);
    cr_assert_eq(toil_report_choose_rows(report, SIZE_MAX, shown, &weight), 2);
    cr_assert(shown[0] && shown[1] && !shown[2] && shown[3] && shown[7] && !shown[8]);
    toil_report_free(report);
}

Test(report_links, filters_choose_components)
{
    static const struct {
        struct toil_report_options options;
        int rows;
    } cases[] = {
        {{.component = "ledger"}, 2},
        {{.team = "platform"}, 5},
        {{.team = "payments", .component = "ledger"}, 2},
        {{.team = "payments", .component = "queue-balancer"}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *root = reports_json(build_links(cases[i].options));
        cr_assert_eq(cJSON_GetArraySize(reports_rows(root)), cases[i].rows, "case %zu", i);
        cJSON_Delete(root);
    }
}

Test(report_links, links_are_of_the_whole_run)
{
    struct toil_report *report = build_links((struct toil_report_options){.from = "2026-03-30"});
    cr_assert_eq(report->row_count, 10);
    cr_assert(has_note(report, "Links are established over the whole run"));
    toil_report_free(report);
    report = build_links((struct toil_report_options){0});
    cr_assert(!has_note(report, "Links are established over the whole run"));
    toil_report_free(report);
}

Test(report_links, nothing_established_is_said_politely)
{
    pg_run(pg_conninfo(reports_server), "delete from toilmeter.run_link where verdict = 'established'");
    struct toil_report *report = build_links((struct toil_report_options){0});
    cr_assert_not_null(strstr(report->answer, "The data establish no link yet: of 7 tested pairs"), "%s",
                       report->answer);
    cr_assert_not_null(strstr(report->answer, "the mirror placebo shows"), "%s", report->answer);
    toil_report_free(report);
    pg_run(pg_conninfo(reports_server), "delete from toilmeter.run_link");
    report = build_links((struct toil_report_options){0});
    cr_assert_not_null(strstr(report->answer, "No pair of failures and topics could be tested"), "%s", report->answer);
    toil_report_free(report);
}

Test(report_links, a_run_of_before_says_so)
{
    struct toil_report *report = build_links((struct toil_report_options){.run = "1"});
    cr_assert_str_eq(report->answer, "Links were not searched for when run 1 was made.");
    cr_assert_eq(report->row_count, 0);
    toil_report_free(report);
}

/* Which links one run establishes and the other does not, and what each says; nothing of a run of before. */
Test(report_links, runs_tell_the_links_that_differ)
{
    pg_run(
        pg_conninfo(reports_server),
        "insert into toilmeter.run overriding system value select 5, label, analyzed_at, program_version, window_from,"
        " window_to, watermark, seed, parameters || '{\"bin_minutes\": 10}', events, catalog from toilmeter.run where "
        "run_id = 4;"
        "insert into toilmeter.run_fit select 5, topic, tickets, baseline, candidates, ks, ks_p, dispersion, "
        "iterations,"
        " converged, why from toilmeter.run_fit where run_id = 4;"
        "insert into toilmeter.run_hours select 5, component, team, kind, activity, day, hours, working, evening, "
        "night,"
        " declared, measured, inferred, calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost, followed"
        " from toilmeter.run_hours where run_id = 4");
    pg_run(pg_conninfo(reports_server),
           "create table public.link as select * from toilmeter.run_link where run_id = 4;"
           "update public.link set run_id = 5;"
           "update public.link set verdict = 'not established', why = 'too small' where component = 'queue-balancer';"
           "delete from public.link where component = 'session-store';"
           "insert into toilmeter.run_link select * from public.link");
    struct toil_report *report = toil_report_new("runs", "?");
    cr_assert_eq(toil_runs_diff(reports_db, "4", "5", report, &reports_err), TOIL_OK, "%s", reports_err.message);
    cr_assert_not_null(strstr(report->answer, "other parameters"), "%s", report->answer);
    cr_assert_not_null(strstr(report->answer, "Links are established in one of the two only."), "%s", report->answer);
    static const char *const expected[][3] = {{"service_restart of queue-balancer and tickets about late-data",
                                               "established: both placebos pass, confirmed on held-out weeks",
                                               "not established: too small"},
                                              {"service_restart of session-store and tickets about login",
                                               "established: placebos pass; too few weeks to confirm", NULL}};
    size_t links = 0;
    for (size_t r = 0; r < report->row_count; r++) {
        const struct toil_report_cell *cell = report->row[r].cell;
        if (strcmp(cell[0].text, "links") != 0)
            continue;
        cr_assert_lt(links, 2);
        cr_assert_str_eq(cell[1].text, expected[links][0]);
        cr_assert_str_eq(cell[2].text, expected[links][1]);
        cr_assert(expected[links][2] ? strcmp(cell[3].text, expected[links][2]) == 0 : cell[3].null);
        links++;
    }
    cr_assert_eq(links, 2);
    toil_report_free(report);
    report = toil_report_new("runs", "?");
    cr_assert_eq(toil_runs_diff(reports_db, "1", "4", report, &reports_err), TOIL_OK, "%s", reports_err.message);
    cr_assert_null(strstr(report->answer, "Links"), "a run of before has searched for none: %s", report->answer);
    toil_report_free(report);
}
