/* Hidden tickets and followed hours in reports, from run 4 of the fixed history: intervals, what they do to totals and
 * to the unexplained rest, grades, customers touched, and satisfaction within weeks. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_reports.h"

TestSuite(attribution, .init = reports_setup, .fini = reports_teardown, .timeout = 120);

static struct toil_report *build(const char *name, struct toil_report_options options)
{
    options.run = options.run ? options.run : "4";
    return reports_build(name, options);
}

static cJSON *json(const char *name, struct toil_report_options options)
{
    return reports_json(build(name, options));
}

static const cJSON *estimate(const cJSON *root, const char *component, const char *key)
{
    return cJSON_GetObjectItem(reports_row(root, component, NULL), key);
}

static const char *text(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static bool is_null(const cJSON *object, const char *key)
{
    return cJSON_IsNull(cJSON_GetObjectItem(object, key));
}

/* The row of hours of a component and kind. */
static const cJSON *hours_row(const cJSON *root, const char *component, const char *kind)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        if (strcmp(text(row, "component"), component) == 0 && strcmp(text(row, "kind"), kind) == 0)
            return row;
    }
    cr_assert_fail("no hours of %s by %s", component, kind);
    return NULL;
}

static void run_sql(const char *sql)
{
    pg_run(pg_conninfo(reports_server), sql);
}

Test(attribution, golden)
{
    reports_check_formats(build("tickets", (struct toil_report_options){.command = "report tickets"}),
                          "tickets-hidden");
    reports_check_formats(build("tickets", (struct toil_report_options){.command = "report tickets", .by = "month"}),
                          "tickets-hidden-by-month");
    reports_check_formats(build("hours", (struct toil_report_options){.command = "report hours"}), "hours-followed");
}

/* ---- tickets ---- */

Test(attribution, hidden_tickets_have_the_interval_of_their_link)
{
    cJSON *root = json("tickets", (struct toil_report_options){0});
    const cJSON *row = reports_row(root, "queue-balancer", NULL);
    cr_assert_eq(reports_number(row, "named", NULL), 6);
    cr_assert_float_eq(reports_number(row, "attributed", "value"), 58.5, 1e-9);
    cr_assert_float_eq(reports_number(row, "attributed", "low"), 48.36, 1e-9);
    cr_assert_float_eq(reports_number(row, "attributed", "high"), 66.3, 1e-9);
    cr_assert_float_eq(reports_number(row, "total", "low"), 51.36, 1e-9);
    cr_assert_float_eq(reports_number(row, "total", "high"), 69.3, 1e-9);
    cr_assert_str_eq(text(estimate(root, "queue-balancer", "total"), "grade"), "A");
    cJSON_Delete(root);
}

/* How far a single share may be off is another matter: which tickets is less certain than how many. */
Test(attribution, ends_of_shares_are_not_summed)
{
    run_sql("update toilmeter.run_ticket_share set low = 0, high = 1 where run_id = 4 and how = 'hidden'");
    cJSON *root = json("tickets", (struct toil_report_options){0});
    const cJSON *row = reports_row(root, "queue-balancer", NULL);
    cr_assert_float_eq(reports_number(row, "attributed", "low"), 48.36, 1e-9);
    cr_assert_float_eq(reports_number(row, "attributed", "high"), 66.3, 1e-9);
    cJSON_Delete(root);
}

/* Two tickets without a topic, half each, by a link of its own: 2 (1.25-2.75). */
static void add_second_topic(void)
{
    run_sql("update toilmeter.run_ticket_share set share = 0.5, how = 'hidden', low = 0.1, high = 0.75,"
            " component = 'queue-balancer' where run_id = 4 and id in ('t-001', 't-002', 't-003', 't-005')");
    run_sql("insert into toilmeter.run_link (run_id, component, kind, topic, verdict, why, grade, events, attributed,"
            " attributed_low, attributed_high, from_minutes, to_minutes, abstained, common_cause, controls,"
            " controls_raised, tickets) select 4, 'queue-balancer', 'service_restart', coalesce(topic, ''),"
            " 'established', '', 'A', 400, 2, 1.25, 2.75, 0, 15, false, false, 0, 0, 4"
            " from toilmeter.run_ticket where run_id = 4 and id = 't-001'");
}

/* Topics have fits of their own: distances sum as squares. */
Test(attribution, fits_of_their_own_err_on_their_own)
{
    add_second_topic();
    cJSON *root = json("tickets", (struct toil_report_options){0});
    const cJSON *row = reports_row(root, "queue-balancer", NULL);
    cr_assert_float_eq(reports_number(row, "attributed", "value"), 60.5, 1e-9);
    cr_assert_float_eq(reports_number(row, "attributed", "low"), 60.5 - hypot(10.14, 0.75), 1e-9);
    cr_assert_float_eq(reports_number(row, "attributed", "high"), 60.5 + hypot(7.8, 0.75), 1e-9);
    cJSON_Delete(root);
}

/* A period has the part of each link's distances that it has of the link's tickets; all periods have the link's. */
Test(attribution, a_part_of_the_window_has_its_part_of_the_interval)
{
    add_second_topic();
    run_sql("update toilmeter.run_ticket set at = '2026-03-20 10:00Z' where run_id = 4"
            " and id in ('t-001', 't-002', 't-003', 't-005')");
    cJSON *root = json("tickets", (struct toil_report_options){.from = "2026-04-01"});
    double value = reports_number(reports_row(root, "queue-balancer", NULL), "attributed", "value");
    cr_assert(value > 0 && value < 58.5, "%g", value);
    cr_assert_float_eq(reports_number(reports_row(root, "queue-balancer", NULL), "attributed", "low"),
                       value * 48.36 / 58.5, 1e-9, "the other topic has no ticket there");
    cJSON_Delete(root);
    root = json("tickets", (struct toil_report_options){.to = "2026-04-01"});
    const double late = value, early = 60.5 - late;
    cr_assert_float_eq(reports_number(reports_row(root, "queue-balancer", NULL), "attributed", "high"),
                       early + hypot((early - 2) * 7.8 / 58.5, 0.75), 1e-9);
    cJSON_Delete(root);
}

Test(attribution, the_answer_does_not_depend_on_the_periods)
{
    static const char *const periods[] = {"sprint", "week", "month"};
    add_second_topic();
    run_sql("update toilmeter.run_link set attributed_high = 12 where run_id = 4 and attributed = 2");
    cJSON *whole = json("tickets", (struct toil_report_options){0});
    cr_assert_not_null(strstr(text(whole, "answer"), "73 (61\xe2\x80\x93"
                                                     "87) follow failures"),
                       "%s", text(whole, "answer"));
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        cJSON *root = json("tickets", (struct toil_report_options){.by = periods[i]});
        cr_assert_str_eq(text(root, "answer"), text(whole, "answer"), "case %zu", i);
        cJSON_Delete(root);
    }
    cJSON_Delete(whole);
}

/* What components have more, the rest has less. */
Test(attribution, the_unexplained_rest_has_the_interval_turned_round)
{
    cJSON *root = json("tickets", (struct toil_report_options){0});
    const cJSON *rest = reports_row(root, "(unexplained)", NULL);
    cr_assert_float_eq(reports_number(rest, "total", "value"), 117.5, 1e-9);
    cr_assert_float_eq(reports_number(rest, "total", "low"), 117.5 - hypot(7.8, 6), 1e-9);
    cr_assert_float_eq(reports_number(rest, "total", "high"), 117.5 + hypot(10.14, 6), 1e-9);
    cr_assert_str_eq(text(estimate(root, "(unexplained)", "total"), "grade"), "B", "the weaker of two links");
    cJSON_Delete(root);
}

Test(attribution, totals_sum_to_the_tickets)
{
    static const char *const periods[] = {NULL, "sprint", "week", "month"};
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        cJSON *root = json("tickets", (struct toil_report_options){.by = periods[i]});
        double sum = 0;
        const cJSON *row;
        cJSON_ArrayForEach(row, reports_rows(root)) sum += reports_number(row, "total", "value");
        cr_assert_float_eq(sum, 206, 1e-9, "case %zu", i);
        cJSON_Delete(root);
    }
}

/* Three tickets at 0.3 each are together more likely than not its own, two are not: 0.657 and 0.51 for 0.3 and 0.29. */
Test(attribution, customers_are_touched_when_more_likely_than_not)
{
    run_sql("insert into toilmeter.run_ticket (run_id, id, at, customer, versions)"
            " select 4, 'x-' || c || i, '2026-03-20 10:00Z', c, 1"
            " from generate_series(1, 3) i, unnest(array['often', 'seldom']) c where c = 'often' or i < 3");
    run_sql("insert into toilmeter.run_ticket_share (run_id, id, component, share, how, low, high)"
            " select 4, id, 'session-store', case customer when 'often' then 0.3 else 0.29 end, 'hidden', 0.1, 0.4"
            " from toilmeter.run_ticket where run_id = 4 and id like 'x-%'");
    cJSON *root = json("tickets", (struct toil_report_options){0});
    cr_assert_eq(reports_number(reports_row(root, "session-store", NULL), "customers", NULL), 1);
    cr_assert_eq(reports_number(reports_row(root, "ledger", NULL), "customers", NULL), 11, "by name: any share");
    cJSON_Delete(root);
}

/* A whole run is told from the sums that were written with it, a part of it from its tickets. */
Test(attribution, a_whole_run_is_read_from_its_sums)
{
    run_sql("insert into toilmeter.run_ticket_count (run_id, tickets, customers, rated) values (4, 9, 5, 2)");
    run_sql(
        "insert into toilmeter.run_ticket_period (run_id, by, component, period, named, total, hidden, below, above,"
        " customers) values (4, 'all', 'ledger', '2026-03-16', 7, 7, 0, 0, 0, 4),"
        " (4, 'all', 'queue-balancer', '2026-03-16', 0, 2, 2, 1.5, 0.5, 3)");
    cJSON *root = json("tickets", (struct toil_report_options){0});
    cr_assert_eq(reports_number(reports_row(root, "ledger", NULL), "named", NULL), 7);
    const cJSON *row = reports_row(root, "queue-balancer", NULL);
    cr_assert_eq(reports_number(row, "attributed", "low"), 0.5);
    cr_assert_eq(reports_number(row, "attributed", "high"), 2.5);
    cr_assert_eq(reports_number(row, "customers", NULL), 3);
    cr_assert_not_null(strstr(text(root, "answer"), " 9 tickets came in from 5 customers"));
    cJSON_Delete(root);
    root = json("tickets", (struct toil_report_options){.to = "2026-04-12"});
    cr_assert_gt(reports_number(reports_row(root, "ledger", NULL), "named", NULL), 7);
    cJSON_Delete(root);
}

Test(attribution, nothing_established_attributes_nothing)
{
    run_sql("delete from toilmeter.run_link where verdict = 'established'");
    run_sql("delete from toilmeter.run_ticket_share where run_id = 4 and how = 'hidden'");
    run_sql("update toilmeter.run_ticket_share set share = 1 where run_id = 4 and how = 'unexplained'");
    cJSON *root = json("tickets", (struct toil_report_options){0});
    const cJSON *hidden = estimate(root, "ledger", "attributed"), *rest = estimate(root, "(unexplained)", "total");
    cr_assert_eq(reports_number(reports_row(root, "ledger", NULL), "attributed", "value"), 0);
    cr_assert_str_eq(text(hidden, "grade"), "none");
    cr_assert_str_eq(text(hidden, "why"), "no link is established");
    cr_assert(is_null(rest, "low"), "a link that is not established may be there all the same");
    cr_assert_eq(cJSON_GetObjectItem(rest, "high")->valuedouble, 188);
    cr_assert_str_eq(text(estimate(root, "ledger", "total"), "grade"), "A", "counted by name");
    cJSON_Delete(root);
}

Test(attribution, a_run_of_before_says_so)
{
    cJSON *root = json("tickets", (struct toil_report_options){.run = "1"});
    cr_assert_str_eq(text(estimate(root, "ledger", "attributed"), "why"), "attribution has not been run");
    cr_assert(is_null(estimate(root, "ledger", "total"), "high"));
    cJSON_Delete(root);
    struct toil_report *report = build("hours", (struct toil_report_options){.run = "1"});
    char *shown = toil_model_render(report, "markdown", false);
    cr_assert_not_null(strstr(shown, "attribution has not been run"), "%s", shown);
    free(shown);
    root = reports_json(report);
    cr_assert(is_null(hours_row(root, "queue-balancer", "queue_rebalance"), "followed"));
    cJSON_Delete(root);
    report = build("hours", (struct toil_report_options){0});
    shown = toil_model_render(report, "markdown", false);
    cr_assert_null(strstr(shown, "attribution has not been run"), "%s", shown);
    free(shown);
    toil_report_free(report);
}

/* Components that can't be told apart have a row of their own, under one name, in every filter that holds one of them.
 */
Test(attribution, a_group_has_a_row_of_its_own)
{
    static const char group[] = "session-cache | session-store";
    const struct toil_report_options filters[] = {{0},
                                                  {.component = "session-cache"},
                                                  {.component = "session-store"},
                                                  {.component = group},
                                                  {.team = "platform"}};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        cJSON *root = json("tickets", filters[i]);
        cr_assert_eq(reports_number(reports_row(root, group, NULL), "attributed", "value"), 12, "case %zu", i);
        cr_assert_str_eq(text(estimate(root, group, "attributed"), "grade"), "B");
        cr_assert_str_eq(text(reports_row(root, group, NULL), "team"), "platform");
        cJSON_Delete(root);
    }
    struct toil_report *report = build("tickets", (struct toil_report_options){0});
    char *shown = toil_model_render(report, "markdown", false);
    cr_assert_not_null(strstr(shown, "session-cache or session-store: the data can't tell which"), "%s", shown);
    free(shown);
    toil_report_free(report);
    run_sql("update toilmeter.run_hours set component = 'session-cache | session-store'"
            " where run_id = 4 and component = 'queue-balancer' and kind = 'support_ticket'");
    cJSON *root = json("hours", (struct toil_report_options){.component = "session-store"});
    const cJSON *row = hours_row(root, group, "support_ticket");
    cr_assert_float_eq(reports_number(row, "hours", "low"), 5.6875 - 6.5 * 0.5, 1e-9, "6 of 12 tickets");
    cr_assert_float_eq(reports_number(row, "hours", "high"), 9.75 + 6.5 * 0.5, 1e-9);
    cJSON_Delete(root);
}

/* ---- satisfaction ---- */

Test(attribution, satisfaction_is_compared_within_weeks)
{
    cJSON *root = json("tickets", (struct toil_report_options){0});
    const cJSON *csat = estimate(root, "queue-balancer", "csat");
    cr_assert_lt(cJSON_GetObjectItem(csat, "high")->valuedouble, 0);
    cr_assert_str_eq(text(csat, "grade"), "B", "who was touched was not drawn by lot");
    csat = estimate(root, "session-cache | session-store", "csat");
    cr_assert(is_null(csat, "value") && strcmp(text(csat, "why"), "no rated ticket") == 0);
    cJSON_Delete(root);
    /* What only the week decides, and chance, is no difference. */
    run_sql("update toilmeter.run_ticket"
            " set csat = 0.2 + extract(week from at at time zone 'Europe/Prague') % 4 * 0.2 + ascii(md5(id)) % 8 * 0.01"
            " where run_id = 4 and csat is not null");
    root = json("tickets", (struct toil_report_options){0});
    csat = estimate(root, "queue-balancer", "csat");
    cr_assert(is_null(csat, "value"));
    cr_assert_not_null(strstr(text(csat, "why"), "interval reaches zero"), "%s", text(csat, "why"));
    cJSON_Delete(root);
}

Test(attribution, few_ratings_are_not_compared)
{
    run_sql("update toilmeter.run_ticket set csat = null where run_id = 4 and id > 'd-012' and id not like 't-%'");
    cJSON *root = json("tickets", (struct toil_report_options){0});
    const cJSON *csat = estimate(root, "queue-balancer", "csat");
    cr_assert(is_null(csat, "value"));
    cr_assert_not_null(strstr(text(csat, "why"), "fewer than 10 customers rated on one side"), "%s", text(csat, "why"));
    cJSON_Delete(root);
}

/* ---- hours ---- */

/* 6.5 followed hours; their shares end at 48.36 and 66.3 of 58.5 tickets. */
static const double below = 6.5 * 10.14 / 58.5, above = 6.5 * 7.8 / 58.5;

Test(attribution, followed_hours_widen_the_band_by_their_shares)
{
    cJSON *root = json("hours", (struct toil_report_options){0});
    const cJSON *row = hours_row(root, "queue-balancer", "support_ticket");
    cr_assert_float_eq(reports_number(row, "followed", NULL), 6.5, 1e-9);
    cr_assert_float_eq(reports_number(row, "hours", "low"), 5.6875 - below, 1e-9);
    cr_assert_float_eq(reports_number(row, "hours", "high"), 9.75 + above, 1e-9);
    row = hours_row(root, "(unexplained)", "support_ticket");
    cr_assert_float_eq(reports_number(row, "hours", "low"), 3.4125 - above, 1e-9);
    cr_assert_float_eq(reports_number(row, "hours", "high"), 5.85 + below, 1e-9);
    row = hours_row(root, "queue-balancer", "queue_rebalance");
    cr_assert_float_eq(reports_number(row, "hours", "low"), 35, 1e-9);
    cJSON_Delete(root);
}

/* Over all components shares only move hours from row to row; a component's own total depends on them. */
Test(attribution, the_total_depends_on_shares_only_for_a_part)
{
    cJSON *root = json("hours", (struct toil_report_options){0});
    const cJSON *total = reports_row(root, "(total)", NULL);
    cr_assert_float_eq(reports_number(total, "hours", "low"), 61.8, 1e-9);
    cr_assert_float_eq(reports_number(total, "hours", "high"), 81, 1e-9);
    cr_assert_float_eq(reports_number(total, "followed", NULL), 6.5, 1e-9);
    cJSON_Delete(root);
    root = json("hours", (struct toil_report_options){.component = "(unexplained)"});
    total = reports_row(root, "(total)", NULL);
    cr_assert_float_eq(reports_number(total, "hours", "low"), 3.4125 - above, 1e-9, "as in the whole table");
    cr_assert_float_eq(reports_number(total, "hours", "high"), 5.85 + below, 1e-9);
    cJSON_Delete(root);
    root = json("hours", (struct toil_report_options){.component = "queue-balancer"});
    total = reports_row(root, "(total)", NULL);
    cr_assert_float_eq(reports_number(total, "hours", "low"), 40.6875 - below, 1e-9);
    cr_assert_float_eq(reports_number(total, "hours", "high"), 58.75 + above, 1e-9);
    cJSON_Delete(root);
}

Test(attribution, a_number_is_no_better_than_its_link)
{
    run_sql("update toilmeter.run_link set grade = 'C' where run_id = 4 and component = 'queue-balancer'"
            " and verdict = 'established'");
    cJSON *root = json("tickets", (struct toil_report_options){0});
    cr_assert_str_eq(text(estimate(root, "queue-balancer", "attributed"), "grade"), "C");
    cr_assert_str_eq(text(estimate(root, "queue-balancer", "total"), "grade"), "C");
    cr_assert_str_eq(text(estimate(root, "queue-balancer", "csat"), "grade"), "C");
    cr_assert_str_eq(text(estimate(root, "(unexplained)", "total"), "grade"), "C");
    cJSON_Delete(root);
    root = json("hours", (struct toil_report_options){0});
    const cJSON *followed = hours_row(root, "queue-balancer", "support_ticket");
    const cJSON *direct = hours_row(root, "queue-balancer", "queue_rebalance");
    cr_assert_str_eq(text(cJSON_GetObjectItem(followed, "hours"), "grade"), "C");
    cr_assert_str_eq(text(cJSON_GetObjectItem(direct, "hours"), "grade"), "B");
    cr_assert_str_eq(text(estimate(root, "(total)", "hours"), "grade"), "B");
    cJSON_Delete(root);
    root = json("hours", (struct toil_report_options){.team = "platform"});
    cr_assert_str_eq(text(estimate(root, "(total)", "hours"), "grade"), "C", "a tenth and more is followed");
    cJSON_Delete(root);
}
