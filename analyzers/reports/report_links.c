/* report links: which failures cause tickets that never name them, and for every other tested pair why it does not. */
#include <math.h>
#include <string.h>

#include "report_charts.h"
#include "report_kind.h"
#include "report_link.h"
#include "report_list.h"
#include "report_numbers.h"

#define NEAREST 5 /* pairs that are not established, shown to people */
#define TOLD    3 /* established links in the answer */

struct columns {
    size_t component, kind, failures, topic, verdict, attributed, lag, events, tickets, observed, expected, excess,
        ratio, q, placebos, confirmed, controls, raised, either, grade, bands, why;
};

static size_t add(struct toil_report *report, struct toil_column column)
{
    return toil_report_add_column(report, &column);
}

static struct columns add_columns(struct toil_report *report)
{
    struct columns at;
    at.component = add(report, (struct toil_column){.key = "component", .title = "component", .machine = true});
    at.kind = add(report, (struct toil_column){.key = "kind", .title = "kind", .machine = true});
    at.failures =
        add(report, (struct toil_column){.key = "failures", .title = "failures", .people = true, .wrap = true});
    at.topic = add(report, (struct toil_column){.key = "topic", .title = "topic"});
    at.verdict = add(report, (struct toil_column){.key = "verdict", .title = "verdict", .machine = true});
    at.attributed = add(
        report,
        (struct toil_column){
            .key = "attributed", .title = "caused", .unit = "tickets", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 1});
    at.lag = add(report, (struct toil_column){.key = "lag", .title = "lag", .kind = TOIL_COLUMN_LAG, .importance = 1});
    at.why = add(report, (struct toil_column){.key = "why", .title = "why", .wrap = true});
    at.events = add(
        report, (struct toil_column){.key = "events", .title = "events", .kind = TOIL_COLUMN_COUNT, .machine = true});
    at.tickets = add(
        report, (struct toil_column){.key = "tickets", .title = "tickets", .kind = TOIL_COLUMN_COUNT, .machine = true});
    at.observed =
        add(report,
            (struct toil_column){
                .key = "observed", .title = "observed", .kind = TOIL_COLUMN_NUMBER, .decimals = 1, .importance = 3});
    at.expected =
        add(report,
            (struct toil_column){
                .key = "expected", .title = "expected", .kind = TOIL_COLUMN_NUMBER, .decimals = 1, .importance = 3});
    at.excess =
        add(report,
            (struct toil_column){
                .key = "excess", .title = "excess", .unit = "tickets", .kind = TOIL_COLUMN_ESTIMATE, .machine = true});
    at.ratio =
        add(report,
            (struct toil_column){.key = "rate_ratio", .title = "ratio", .kind = TOIL_COLUMN_ESTIMATE, .machine = true});
    at.q =
        add(report,
            (struct toil_column){.key = "q", .title = "q", .kind = TOIL_COLUMN_NUMBER, .decimals = 4, .importance = 2});
    at.placebos =
        add(report,
            (struct toil_column){.key = "placebos", .title = "placebos", .kind = TOIL_COLUMN_LIST, .importance = 4});
    at.confirmed =
        add(report,
            (struct toil_column){.key = "confirmed", .title = "confirmed", .kind = TOIL_COLUMN_FLAG, .importance = 4});
    at.controls =
        add(report,
            (struct toil_column){.key = "controls", .title = "controls", .kind = TOIL_COLUMN_COUNT, .machine = true});
    at.raised = add(
        report, (struct toil_column){
                    .key = "controls_raised", .title = "controls raised", .kind = TOIL_COLUMN_COUNT, .machine = true});
    at.either = add(
        report, (struct toil_column){.key = "either", .title = "either", .kind = TOIL_COLUMN_LIST, .machine = true});
    at.grade = add(report, (struct toil_column){.key = "grade", .title = "grade", .machine = true});
    at.bands =
        add(report, (struct toil_column){.key = "bands", .title = "bands", .kind = TOIL_COLUMN_LIST, .machine = true});
    return at;
}

static void set_placebos(struct toil_report *report, size_t column, const struct toil_link_rows *rows, size_t row)
{
    struct toil_buf json = TOIL_BUF_INIT, people = TOIL_BUF_INIT;
    const char *grade = toil_result_text(rows->links, row, TOIL_LINK_GRADE);
    size_t first, count = toil_link_evidence(rows->links, row, rows->placebos, &first);
    toil_list_begin(&json);
    for (size_t r = first; r < first + count; r++) {
        const char *name = toil_result_text(rows->placebos, r, TOIL_PLACEBO_NAME);
        bool known = !toil_result_null(rows->placebos, r, TOIL_PLACEBO_PASSED);
        bool passed = toil_result_bool(rows->placebos, r, TOIL_PLACEBO_PASSED);
        const struct toil_estimate excess = {.value = toil_link_number(rows->placebos, r, TOIL_PLACEBO_EXCESS),
                                             .low = toil_link_number(rows->placebos, r, TOIL_PLACEBO_EXCESS + 1),
                                             .high = toil_link_number(rows->placebos, r, TOIL_PLACEBO_EXCESS + 2),
                                             .level = 0.95,
                                             .unit = "tickets",
                                             .grade = grade,
                                             .why = known ? NULL : "it could not be tested"};
        toil_list_item(&json);
        toil_list_add_text(&json, "name", name);
        toil_list_add_estimate(&json, "excess", &excess);
        toil_list_add_number(&json, "p", toil_link_number(rows->placebos, r, TOIL_PLACEBO_P));
        toil_list_add_flag(&json, "passed", known, passed);
        toil_list_item_end(&json);
        toil_buf_printf(&people, "%s%s %s", people.len ? ", " : "", name,
                        !known   ? "untested"
                        : passed ? "passed"
                                 : "failed");
    }
    toil_list_end(&json);
    toil_report_set_list(report, column, json.data, people.data);
    toil_buf_release(&json);
    toil_buf_release(&people);
}

static void add_band(struct toil_buf *json, const struct toil_result *bands, size_t row, const char *grade)
{
    const struct toil_estimate excess = toil_link_band_excess(bands, row, grade);
    toil_list_item(json);
    toil_list_add_integer(json, "from_minutes", toil_result_int64(bands, row, TOIL_BAND_FROM));
    toil_list_add_integer(json, "to_minutes", toil_result_int64(bands, row, TOIL_BAND_TO));
    toil_list_add_flag(json, "lead", true, toil_result_bool(bands, row, TOIL_BAND_LEAD));
    toil_list_add_number(json, "observed", toil_link_number(bands, row, TOIL_BAND_OBSERVED));
    toil_list_add_number(json, "expected", toil_link_number(bands, row, TOIL_BAND_EXPECTED));
    toil_list_add_estimate(json, "excess", &excess);
    toil_list_add_number(json, "q", toil_link_number(bands, row, TOIL_BAND_Q));
    toil_list_add_number(json, "attributed", toil_link_number(bands, row, TOIL_BAND_ATTRIBUTED));
    toil_list_add_integer(json, "clusters", toil_result_int64(bands, row, TOIL_BAND_CLUSTERS));
    toil_list_add_integer(json, "clusters_paired", toil_result_int64(bands, row, TOIL_BAND_PAIRED));
    toil_list_add_integer(json, "clusters_carrying", toil_result_int64(bands, row, TOIL_BAND_CARRYING));
    toil_list_item_end(json);
}

static void set_bands(struct toil_report *report, size_t column, const struct toil_link_rows *rows, size_t row)
{
    struct toil_buf json = TOIL_BUF_INIT;
    size_t first, count = toil_link_evidence(rows->links, row, rows->bands, &first);
    toil_list_begin(&json);
    for (size_t r = first; r < first + count; r++)
        add_band(&json, rows->bands, r, toil_result_text(rows->links, row, TOIL_LINK_GRADE));
    toil_list_end(&json);
    toil_report_set_list(report, column, json.data, NULL);
    toil_buf_release(&json);
}

static void fill_row(struct toil_report *report, const struct columns *at, const struct toil_link_rows *rows,
                     size_t row)
{
    const struct toil_result *links = rows->links;
    const char *topic = toil_result_text(links, row, TOIL_LINK_TOPIC);
    const struct toil_estimate attributed = toil_link_attributed(links, row), excess = toil_link_excess(links, row),
                               ratio = toil_link_ratio(links, row);
    struct toil_buf failures = TOIL_BUF_INIT;
    toil_link_add_failures(&failures, links, row);
    toil_report_set_text(report, at->component, toil_result_text(links, row, TOIL_LINK_COMPONENT));
    toil_report_set_text(report, at->kind, toil_result_text(links, row, TOIL_LINK_KIND));
    toil_report_set_text(report, at->failures, failures.data);
    toil_buf_release(&failures);
    toil_report_set_named(report, at->topic, topic, *topic ? topic : "(none)");
    toil_report_set_text(report, at->verdict, toil_link_established(links, row) ? "established" : "not established");
    toil_report_set_text(report, at->why, toil_result_text(links, row, TOIL_LINK_WHY));
    toil_report_set_estimate(report, at->attributed, &attributed);
    toil_report_set_lag(report, at->lag, toil_result_int64(links, row, TOIL_LINK_FROM),
                        toil_result_int64(links, row, TOIL_LINK_TO));
    toil_report_set_count(report, at->events, toil_result_int64(links, row, TOIL_LINK_EVENTS));
    toil_report_set_count(report, at->tickets, toil_result_int64(links, row, TOIL_LINK_TICKETS));
    toil_report_set_number(report, at->observed, toil_link_number(links, row, TOIL_LINK_OBSERVED));
    toil_report_set_number(report, at->expected, toil_link_number(links, row, TOIL_LINK_EXPECTED));
    toil_report_set_estimate(report, at->excess, &excess);
    toil_report_set_estimate(report, at->ratio, &ratio);
    toil_report_set_number(report, at->q, toil_link_number(links, row, TOIL_LINK_Q));
    if (!toil_result_null(links, row, TOIL_LINK_CONFIRMED))
        toil_report_set_flag(report, at->confirmed, toil_result_bool(links, row, TOIL_LINK_CONFIRMED));
    toil_report_set_count(report, at->controls, toil_result_int64(links, row, TOIL_LINK_CONTROLS));
    toil_report_set_count(report, at->raised, toil_result_int64(links, row, TOIL_LINK_CONTROLS_RAISED));
    if (!toil_result_null(links, row, TOIL_LINK_EITHER))
        toil_report_set_list(report, at->either, toil_result_text(links, row, TOIL_LINK_EITHER_JSON), NULL);
    toil_report_set_text(report, at->grade, toil_result_text(links, row, TOIL_LINK_GRADE));
    set_placebos(report, at->placebos, rows, row);
    set_bands(report, at->bands, rows, row);
}

/* Established links are all shown to people, of the rest the nearest: that is how the query orders them. Components
 * that can't be told apart have a row each for machines, and one for people. */
static void add_rows(struct toil_report *report, const struct columns *at, const struct toil_link_rows *rows)
{
    for (size_t r = 0; r < toil_result_rows(rows->links); r++) {
        bool established = toil_link_established(rows->links, r);
        bool again = toil_link_repeats_group(rows->links, r);
        toil_report_add_row(report, again ? TOIL_ROW_MACHINE : established ? TOIL_ROW_PINNED : 0, !established, NAN);
        fill_row(report, at, rows, r);
    }
    report->top = NEAREST;
    size_t unread = rows->tested - toil_result_rows(rows->links);
    if (unread > 0)
        toil_report_leave_out(report, unread, NAN);
}

static size_t count_established(const struct toil_result *links)
{
    size_t count = 0;
    for (size_t r = 0; r < toil_result_rows(links) && toil_link_established(links, r); r++)
        count += !toil_link_repeats_group(links, r);
    return count;
}

/* Kinds of failure: a group is one, and so is a component whose failures bring tickets of several topics. */
static size_t count_failures(const struct toil_result *links)
{
    size_t count = 0;
    for (size_t r = 0; r < toil_result_rows(links) && toil_link_established(links, r); r++) {
        bool fresh = !toil_link_repeats_group(links, r);
        for (size_t s = 0; s < r && fresh; s++)
            fresh = strcmp(toil_link_name(links, s), toil_link_name(links, r)) != 0 ||
                    strcmp(toil_result_text(links, s, TOIL_LINK_KIND), toil_result_text(links, r, TOIL_LINK_KIND)) != 0;
        count += fresh;
    }
    return count;
}

static void answer_established(struct toil_scope *scope, const struct toil_result *links)
{
    struct toil_buf text = TOIL_BUF_INIT;
    size_t failures = count_failures(links), established = count_established(links), told = 0;
    toil_count_add(&text, (int64_t)failures);
    toil_buf_add_text(&text, failures == 1 ? " kind of failure causes tickets that never name it: "
                                           : " kinds of failure cause tickets that never name them: ");
    for (size_t r = 0; r < toil_result_rows(links) && told < established && told < TOLD; r++) {
        if (toil_link_repeats_group(links, r))
            continue;
        toil_buf_add_text(&text, told++ ? "; " : "");
        toil_link_add_failures(&text, links, r);
        toil_buf_add_text(&text, " bring ");
        toil_link_add_effect(&text, links, r);
    }
    if (established > told)
        toil_buf_printf(&text, "; and %zu more", established - told);
    toil_report_answer(scope->report, "%s.", text.data);
    toil_buf_release(&text);
}

static void answer_none(struct toil_scope *scope, const struct toil_link_rows *rows)
{
    const struct toil_result *links = rows->links;
    struct toil_buf text = TOIL_BUF_INIT;
    size_t tested = rows->tested;
    toil_buf_add_text(&text, "The data establish no link yet: of ");
    toil_count_add(&text, (int64_t)tested);
    toil_buf_add_text(&text, tested == 1 ? " tested pair" : " tested pairs");
    toil_buf_add_text(&text, " of failures and topics none stands out from what happens anyway. Nearest are ");
    toil_link_add_failures(&text, links, 0);
    toil_buf_add_text(&text, " and ");
    toil_link_add_tickets(&text, toil_result_text(links, 0, TOIL_LINK_TOPIC));
    toil_buf_printf(&text, ": %s.", toil_result_text(links, 0, TOIL_LINK_WHY));
    toil_report_answer(scope->report, "%s", text.data);
    toil_buf_release(&text);
    toil_report_note(scope->report, "Not established does not mean that there is nothing: with more weeks of data a "
                                    "small effect shows, too.");
}

static void answer(struct toil_scope *scope, const struct toil_link_rows *rows)
{
    if (!rows->searched) {
        toil_report_answer(scope->report, "Links were not searched for when run %s was made.", scope->run_id);
        toil_report_note(scope->report, "What to do: `toilmeter analyze` makes a run with them.");
    } else if (toil_result_rows(rows->links) == 0) {
        toil_report_answer(scope->report, "No pair of failures and topics could be tested: there are too few failures, "
                                          "or too few tickets that name no component.");
        toil_report_note(scope->report, "What to do: `toilmeter report funnel` shows what came in and which names "
                                        "matched no component.");
    } else if (toil_link_established(rows->links, 0)) {
        answer_established(scope, rows->links);
    } else {
        answer_none(scope, rows);
    }
}

/* The curve of the link that brings most tickets. */
static enum toil_status draw(struct toil_scope *scope, const struct toil_result *links, struct toil_error *err)
{
    struct toil_result *curve = NULL;
    if (toil_result_rows(links) == 0 || !toil_link_established(links, 0))
        return TOIL_OK;
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_show_component_curve,
                         TOIL_PARAMS({scope->run_id}, {toil_result_text(links, 0, TOIL_LINK_COMPONENT)}), &curve, err);
    if (status == TOIL_OK)
        toil_report_chart_link(scope->report, links, 0, curve);
    toil_result_free(curve);
    return status;
}

static void note_options(struct toil_scope *scope)
{
    if (scope->narrowed || scope->options->by)
        toil_report_note(scope->report, "Links are established over the whole run: --from, --to and --by do not change "
                                        "them. `toilmeter analyze --from ... --to ...` searches a part.");
}

static void note_tested(struct toil_scope *scope, const struct toil_link_rows *rows)
{
    size_t tested = rows->tested, established = rows->established;
    bool grouped = false;
    for (size_t r = 0; r < established; r++)
        grouped = grouped || toil_link_repeats_group(rows->links, r);
    struct toil_buf text = TOIL_BUF_INIT;
    toil_count_add(&text, (int64_t)tested);
    toil_report_note(scope->report,
                     "%s pair%s of failures and topics %s tested, %zu %s established%s. q is the share of "
                     "false claims to expect among pairs at least as clear (Benjamini-Hochberg).",
                     text.data, tested == 1 ? "" : "s", tested == 1 ? "was" : "were", established,
                     established == 1 ? "is" : "are", grouped ? ", each member of a group counted" : "");
    toil_buf_release(&text);
}

static void explain(struct toil_scope *scope)
{
    struct toil_report *report = scope->report;
    toil_report_small(report, "method",
                      "Tickets in lag bands after failures are compared with the same windows one to four weeks before "
                      "and after; what passes is weighed in one joint fit a topic, which alone attributes. Intervals "
                      "are at 95%%. Grade A: placebos pass, confirmed on held-out weeks; B: no held-out confirmation "
                      "yet; C: fewer than 10 events; none: not established.");
    toil_report_arithmetic(report, "attributed",
                           "tickets of the joint fit over all lag bands; 0 unless established, its "
                           "upper bound then as of the fit");
    toil_report_arithmetic(report, "lag",
                           "the strongest band: of the most attributed tickets or, without, of the least p");
    toil_report_arithmetic(report, "observed, expected",
                           "tickets in the windows of that band, and in their referent weeks");
    toil_report_arithmetic(report, "excess", "observed - expected, interval by a bootstrap over clusters of failures");
    toil_report_arithmetic(report, "rate_ratio", "observed / expected");
    toil_report_arithmetic(report, "placebos",
                           "the same test where a true link shows nothing: the band mirrored before "
                           "the failure, and the failures moved by whole weeks");
    toil_report_arithmetic(report, "controls_raised",
                           "other topics, of those tested (controls), in which the same "
                           "failures pass, too");
    toil_report_arithmetic(report, "a group",
                           "components that the data can't tell apart (either): each of its rows tells "
                           "the tickets of the whole group, so count them once");
}

enum toil_status toil_report_build_links(struct toil_scope *scope, struct toil_error *err)
{
    const struct columns at = add_columns(scope->report);
    if (toil_scope_empty(scope))
        return TOIL_OK;
    struct toil_link_rows rows;
    struct toil_buf chosen = TOIL_BUF_INIT;
    const char *components = toil_link_chosen_components(scope, &chosen) ? chosen.data : NULL;
    enum toil_status status =
        toil_link_rows_fetch(scope, components, scope->options->people ? NEAREST : SIZE_MAX, &rows, err);
    toil_buf_release(&chosen);
    if (status != TOIL_OK)
        return status;
    add_rows(scope->report, &at, &rows);
    answer(scope, &rows);
    status = draw(scope, rows.links, err);
    if (toil_result_rows(rows.links) > 0)
        note_tested(scope, &rows);
    toil_link_note_fits(scope, &rows);
    note_options(scope);
    explain(scope);
    toil_link_rows_release(&rows);
    return status;
}
