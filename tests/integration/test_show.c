/* show ticket and show component from run 4 of the fixed history: every format, what the numbers agree with, shares of
 * every sort, events around a ticket, and what is said of one that does not exist. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/reports/report_show.h"
#include "support/lib_reports.h"

TestSuite(show, .init = reports_setup, .fini = reports_teardown, .timeout = 120);

static enum toil_status try_show(const char *run, const char *what, const char *subject, struct toil_report *report)
{
    const struct toil_report_kind *kind = toil_report_kind_find(toil_show_kinds, what);
    char command[32];
    snprintf(command, sizeof command, "show %s", what);
    struct toil_report_options options = {.run = run, .command = command};
    toil_subject_set(kind->subject, subject, &options);
    return toil_report_build(reports_db, kind, &options, report, &reports_err);
}

static struct toil_report *show(const char *what, const char *subject)
{
    struct toil_report *report = toil_report_new(what, "?");
    cr_assert_eq(try_show("4", what, subject, report), TOIL_OK, "%s: %s", subject, reports_err.message);
    return report;
}

static const char *text(const cJSON *row, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(row, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* The n-th row of a section, from 0 on; NULL when there are fewer. */
static const cJSON *row_of(const cJSON *root, const char *section, size_t n)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, reports_rows(root))
    {
        if (strcmp(text(row, "section"), section) == 0 && n-- == 0)
            return row;
    }
    return NULL;
}

static size_t count_rows(const cJSON *root, const char *section)
{
    size_t count = 0;
    while (row_of(root, section, count))
        count++;
    return count;
}

Test(show, golden)
{
    reports_check_formats(show("ticket", "d-002"), "show-ticket");
    reports_check_formats(show("component", "queue-balancer"), "show-component");
}

/* ---- tickets ---- */

Test(show, every_sort_of_share_says_why)
{
    static const struct {
        const char *ticket, *answer;
    } cases[] = {
        {"t-004", "Ticket t-004 is 100% of ledger: the ticket names it."},
        {"edge-1", "Ticket edge-1 is 100% unexplained."},
        {"s-1", "50% of queue-balancer: it declares the topic sync"},
        {"d-002", "Ticket d-002 is 75% (62\xe2\x80\x93"
                  "85%) of queue-balancer: it follows the restart of 2026-03-16 17:07 +01:00, 23 minutes before; 25% "
                  "unexplained."},
        {"l-001", "of session-cache or session-store: it follows the restart of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct toil_report *report = show("ticket", cases[i].ticket);
        cr_assert_not_null(strstr(report->answer, cases[i].answer), "%s", report->answer);
        toil_report_free(report);
    }
}

Test(show, shares_of_a_ticket_sum_to_one)
{
    static const char *const tickets[] = {"t-004", "s-1", "d-002", "l-001", "edge-1"};
    for (size_t i = 0; i < sizeof tickets / sizeof tickets[0]; i++) {
        cJSON *root = reports_json(show("ticket", tickets[i]));
        double sum = 0;
        for (size_t n = 0; n < count_rows(root, "share"); n++)
            sum += reports_number(row_of(root, "share", n), "share", "value");
        cr_assert_float_eq(sum, 1, 1e-9, "%s", tickets[i]);
        cJSON_Delete(root);
    }
}

Test(show, a_share_has_its_event_and_its_link)
{
    cJSON *root = reports_json(show("ticket", "d-002"));
    const cJSON *share = row_of(root, "share", 0), *link = row_of(root, "link", 0);
    cr_assert_eq(reports_number(share, "share", "low"), 0.62);
    cr_assert_eq(reports_number(share, "lag_minutes", NULL), 23);
    cr_assert_str_eq(text(share, "at"), "2026-03-16T16:07:00Z");
    cr_assert_str_eq(text(cJSON_GetObjectItem(share, "share"), "grade"), "A");
    cr_assert_not_null(strstr(text(link, "value"), "15 to 60 minutes later"), "%s", text(link, "value"));
    cJSON_Delete(root);
}

/* The one that weighs most first; those of other components, long before, and of another scope are not shown. */
Test(show, events_around_a_ticket_are_those_of_its_components)
{
    pg_run(pg_conninfo(reports_server), "insert into toilmeter.service_restart (at, id, component, scope) values"
                                        " ('2026-03-16 16:10Z', 'r-5', 'queue-balancer', 'us'),"
                                        " ('2026-03-16 16:11Z', 'r-6', 'queue-balancer', 'eu'),"
                                        " ('2026-03-16 16:45Z', 'r-7', 'queue-balancer', null)");
    pg_run(pg_conninfo(reports_server),
           "update toilmeter.run_ticket set scope = 'eu' where run_id = 4 and id = 'd-002'");
    static const char *const expected[] = {"r-1", "r-7", "b-1", "r-6", "r-2"};
    cJSON *root = reports_json(show("ticket", "d-002"));
    cr_assert_eq(count_rows(root, "event"), 5);
    for (size_t n = 0; n < 5; n++)
        cr_assert_str_eq(text(row_of(root, "event", n), "id"), expected[n], "%zu", n);
    cr_assert_eq(reports_number(row_of(root, "event", 1), "lag_minutes", NULL), -15, "recorded after the ticket");
    cJSON_Delete(root);
}

Test(show, a_ticket_that_is_not_there)
{
    static const struct {
        const char *run, *what, *subject, *message, *hint;
    } cases[] = {
        {"4", "ticket", "d-0021", "run 4 has no ticket \"d-0021\"", "the nearest by name are d-001, d-002"},
        {"1", "ticket", "d-002", "run 1 has no ticket \"d-002\"", "--run names another run"},
        {"3", "ticket", "x", "run 3 has no ticket \"x\"", "no ticket at all"},
        {"4", "component", "ledgr", "no component \"ledgr\"", "did you mean ledger?"},
        {"99", "ticket", "x", "there is no run 99", "toilmeter runs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct toil_report *report = toil_report_new("show", "?");
        cr_assert_eq(try_show(cases[i].run, cases[i].what, cases[i].subject, report), TOIL_BAD_INPUT, "case %zu", i);
        cr_assert_not_null(strstr(reports_err.message, cases[i].message), "%s", reports_err.message);
        cr_assert_not_null(strstr(reports_err.hint, cases[i].hint), "%s", reports_err.hint);
        toil_report_free(report);
    }
}

Test(show, an_id_stays_data)
{
    pg_run(pg_conninfo(reports_server), "insert into toilmeter.run_ticket (run_id, id, at, versions)"
                                        " values (4, '-o''brien', '2026-03-20 10:00Z', 2)");
    struct toil_report *report = show("ticket", "-o'brien");
    cr_assert_not_null(strstr(report->notes.item[1].text, "id = '-o''brien' order"), "%s", report->notes.item[1].text);
    bool told = false;
    for (size_t i = 0; i < report->small.count; i++)
        told = told || strstr(report->small.item[i].text, "toilmeter show ticket --run 4 -- '-o'\\''brien'");
    cr_assert(told);
    cr_assert_str_eq(report->answer, "Ticket -o'brien is of no component.");
    toil_report_free(report);
}

/* ---- components ---- */

Test(show, a_component_says_what_the_reports_say)
{
    cJSON *root = reports_json(show("component", "queue-balancer"));
    cJSON *tickets = reports_json(reports_build("tickets", (struct toil_report_options){.run = "4"}));
    cJSON *hours =
        reports_json(reports_build("hours", (struct toil_report_options){.run = "4", .component = "queue-balancer"}));
    static const char *const parts[] = {"value", "low", "high"};
    for (size_t i = 0; i < 3; i++) {
        const cJSON *row = reports_row(tickets, "queue-balancer", NULL);
        cr_assert_eq(reports_number(row_of(root, "tickets", 1), "number", parts[i]),
                     reports_number(row, "attributed", parts[i]));
        cr_assert_eq(reports_number(row_of(root, "tickets", 2), "number", parts[i]),
                     reports_number(row, "total", parts[i]));
        cr_assert_eq(reports_number(row_of(root, "hours", 2), "number", parts[i]),
                     reports_number(reports_row(hours, "(total)", NULL), "hours", parts[i]));
    }
    cJSON_Delete(root);
    cJSON_Delete(tickets);
    cJSON_Delete(hours);
}

Test(show, machines_get_every_point_of_a_curve_and_people_bars)
{
    struct toil_report *report = show("component", "queue-balancer");
    char *shown = toil_model_render(report, "text", false);
    cr_assert_not_null(strstr(shown, "\xe2\x96\x88"), "%s", shown);
    free(shown);
    cJSON *root = reports_json(report);
    cr_assert_eq(count_rows(root, "curve"), 21);
    cr_assert_eq(count_rows(root, "band"), 4);
    cr_assert_eq(count_rows(root, "placebo"), 2);
    cr_assert_eq(count_rows(root, "week"), 4);
    cr_assert_eq(count_rows(root, "name"), 2);
    const cJSON *point = row_of(root, "curve", 12);
    cr_assert_eq(cJSON_GetObjectItem(cJSON_GetObjectItem(point, "lag"), "from_minutes")->valueint, 30);
    cr_assert_eq(reports_number(point, "observed", NULL), 14);
    cJSON_Delete(root);
}

/* Points are summed for people, never left out: the bars hold every ticket of the curve. */
Test(show, a_long_curve_is_summed)
{
    pg_run(pg_conninfo(reports_server),
           "insert into toilmeter.run_link_curve (run_id, component, kind, topic, from_minutes, to_minutes, observed,"
           " expected) select 4, 'ledger', 'service_restart', 'late-data', m, m + 5, 1, 0.5"
           " from generate_series(0, 495, 5) m");
    struct toil_report *report = show("component", "ledger");
    double people = 0, machine = 0;
    size_t bars = 0, observed = toil_report_find_column(report, "observed");
    for (size_t r = 0; r < report->row_count; r++) {
        const struct toil_report_cell *cell = report->row[r].cell;
        if (cell[0].null || strcmp(cell[0].text, "curve") != 0)
            continue;
        bool bar = report->row[r].flags & TOIL_ROW_PEOPLE;
        *(bar ? &people : &machine) += cell[observed].number;
        bars += bar;
    }
    cr_assert_eq(machine, 100);
    cr_assert_eq(people, 100);
    cr_assert_leq(bars, 24);
    cr_assert_geq(bars, 12);
    toil_report_free(report);
}

Test(show, a_component_of_a_group_says_which)
{
    struct toil_report *report = show("component", "session-store");
    cr_assert_not_null(strstr(report->answer, "or those of session-cache or session-store: the data can't tell which"),
                       "%s", report->answer);
    toil_report_free(report);
    report = toil_report_new("component", "?");
    cr_assert_eq(try_show("1", "component", "ledger", report), TOIL_OK, "%s", reports_err.message);
    cr_assert_not_null(strstr(report->answer, "Links were not searched for when run 1 was made."), "%s",
                       report->answer);
    toil_report_free(report);
}
