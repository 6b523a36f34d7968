/* show component: its tickets and hours as the reports tell them, its links with bands, placebos, lag curve and weeks,
 * and the raw names behind it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_charts.h"
#include "report_kind.h"
#include "report_link.h"
#include "report_numbers.h"
#include "report_show.h"

#define NEAREST      5 /* links that are not established, shown to people */
#define MOST_CURVES  4
#define MOST_BARS    24 /* of a lag curve; points are summed until so many are left */
#define BAR_WIDTH    15 /* with the mark it fits into the narrowest column of text */
#define RECENT_WEEKS 8  /* shown to people */
#define MOST_NAMES   8  /* shown to people */
#define BLOCK        "\xe2\x96\x88"
#define MARK         "\xe2\x94\x82"
#define DOT          "\xc2\xb7"

/* Columns of the curve's and the weeks' query behind component, kind and topic. */
enum curve_field { C_FROM = 3, C_TO, C_OBSERVED, C_EXPECTED };
enum week_field { W_WEEK = 3, W_EVENTS, W_ATTRIBUTED };

struct columns {
    size_t section, name, number, observed, expected, kind, topic, lag, value;
};

struct view {
    struct toil_scope *scope;
    struct toil_report *report;
    const char *component;
    struct columns column;
    struct toil_link_rows links;               /* owned */
    struct toil_result *curve, *weeks, *names; /* owned */
    struct toil_report *tickets, *hours;       /* owned: the reports whose numbers are told again */
    size_t group;
};

static size_t add(struct toil_report *report, struct toil_column column)
{
    return toil_report_add_column(report, &column);
}

static struct columns add_columns(struct toil_report *report)
{
    struct columns at;
    at.section = add(report, (struct toil_column){.key = "section", .title = "section", .once = true});
    at.name = add(report, (struct toil_column){.key = "name", .title = "name", .wrap = true});
    at.number = add(report, (struct toil_column){.key = "number",
                                                 .title = "number",
                                                 .kind = TOIL_COLUMN_ESTIMATE,
                                                 .decimals = 2,
                                                 .range = "range",
                                                 .sparse = true});
    at.observed = add(report, (struct toil_column){.key = "observed",
                                                   .title = "observed",
                                                   .kind = TOIL_COLUMN_NUMBER,
                                                   .decimals = 1,
                                                   .importance = 1,
                                                   .sparse = true});
    at.expected = add(report, (struct toil_column){.key = "expected",
                                                   .title = "expected",
                                                   .kind = TOIL_COLUMN_NUMBER,
                                                   .decimals = 1,
                                                   .importance = 1,
                                                   .sparse = true});
    at.kind = add(report, (struct toil_column){.key = "kind", .title = "kind", .machine = true});
    at.topic = add(report, (struct toil_column){.key = "topic", .title = "topic", .machine = true});
    at.lag = add(report, (struct toil_column){.key = "lag", .title = "lag", .kind = TOIL_COLUMN_LAG, .machine = true});
    at.value = add(report, (struct toil_column){.key = "value", .title = "what is known", .wrap = true});
    return at;
}

/* Sections as people read them, where that differs from their key. */
static const char *section_title(const char *section)
{
    static const char *const titles[][2] = {
        {"band", "lag band"}, {"curve", "lag curve"}, {"name", "raw name"}, {NULL, NULL}};
    size_t i = 0;
    while (titles[i][0] && strcmp(titles[i][0], section) != 0)
        i++;
    return titles[i][0] ? titles[i][1] : section;
}

static void add_row(struct view *view, unsigned flags, const char *section, const char *name, const char *value)
{
    toil_report_add_row(view->report, flags, view->group, NAN);
    toil_report_set_named(view->report, view->column.section, section, section_title(section));
    toil_report_set_text(view->report, view->column.name, name);
    toil_report_set_text(view->report, view->column.value, value);
}

static void set_count(struct view *view, double value, const char *unit, const char *grade)
{
    toil_report_set_estimate(view->report, view->column.number,
                             &(struct toil_estimate){value, NAN, NAN, NAN, unit, grade, NULL});
}

static void set_pair(struct view *view, const struct toil_result *rows, size_t row)
{
    toil_report_set_text(view->report, view->column.kind, toil_result_text(rows, row, TOIL_LINK_KIND));
    toil_report_set_text(view->report, view->column.topic, toil_result_text(rows, row, TOIL_LINK_TOPIC));
}

/* ---- what other reports say ---- */

static const char *row_component(const struct toil_report *report, size_t row)
{
    const struct toil_report_cell *cell = toil_report_cell(report, row, "component");
    return cell->null ? "" : cell->text;
}

static bool is_component(const struct view *view, const struct toil_report *report, size_t row)
{
    return strcmp(row_component(report, row), view->component) == 0;
}

/* Hidden tickets that are its own or others': the data can't tell which. */
static void add_groups(struct view *view)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t r = 0; r < view->tickets->row_count; r++) {
        const char *component = row_component(view->tickets, r);
        if (is_component(view, view->tickets, r) || !toil_report_holds(component, view->component))
            continue;
        toil_buf_clear(&text);
        toil_report_component_add(&text, component);
        toil_buf_add_text(&text, ": the data can't tell which");
        add_row(view, 0, "tickets", "hidden, of a group", text.data);
        toil_report_set_estimate(view->report, view->column.number,
                                 &toil_report_cell(view->tickets, r, "attributed")->estimate);
    }
    toil_buf_release(&text);
}

static void add_tickets(struct view *view)
{
    static const char *const estimates[][2] = {{"attributed", "hidden"}, {"total", "total"}, {"csat", "satisfaction"}};
    for (size_t r = 0; r < view->tickets->row_count; r++) {
        if (!is_component(view, view->tickets, r))
            continue;
        add_row(view, 0, "tickets", "named", "by name, or by a topic that it declares");
        set_count(view, (double)toil_report_cell(view->tickets, r, "named")->integer, "tickets", "A");
        for (size_t i = 0; i < sizeof estimates / sizeof estimates[0]; i++) {
            const struct toil_report_cell *cell = toil_report_cell(view->tickets, r, estimates[i][0]);
            add_row(view, 0, "tickets", estimates[i][1], cell->estimate.why);
            toil_report_set_estimate(view->report, view->column.number, &cell->estimate);
        }
        add_row(view, 0, "tickets", "customers", "touched");
        set_count(view, (double)toil_report_cell(view->tickets, r, "customers")->integer, "customers",
                  toil_report_cell(view->tickets, r, "total")->estimate.grade);
    }
    add_groups(view);
    view->group++;
}

static void add_hours(struct view *view)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t r = 0; r < view->hours->row_count; r++) {
        const struct toil_report_cell *kind = toil_report_cell(view->hours, r, "kind");
        const struct toil_report_cell *followed = toil_report_cell(view->hours, r, "followed");
        if (view->hours->row[r].flags & TOIL_ROW_PEOPLE)
            continue;
        const char *component = row_component(view->hours, r);
        toil_buf_clear(&text);
        if (!kind->null && strcmp(component, view->component) != 0) {
            toil_report_component_add(&text, component);
            toil_buf_add_text(&text, " (the data can't tell which): ");
        }
        if (!followed->null && followed->number > 0) {
            toil_buf_add_text(&text, "of them ");
            toil_number_add(&text, followed->number, 1);
            toil_buf_add_text(&text, " on tickets that follow its failures without naming it");
        }
        add_row(view, 0, "hours", kind->null ? "in all" : toil_report_kind_title(kind->text), text.data);
        toil_report_set_estimate(view->report, view->column.number,
                                 &toil_report_cell(view->hours, r, "hours")->estimate);
        if (!kind->null)
            toil_report_set_text(view->report, view->column.kind, kind->text);
    }
    toil_buf_release(&text);
    view->group++;
}

/* ---- links ---- */

static void add_pair_name(struct toil_buf *out, const struct toil_result *links, size_t row)
{
    const char *topic = toil_result_text(links, row, TOIL_LINK_TOPIC);
    toil_buf_printf(out, "%s: %s", toil_report_kind_title(toil_result_text(links, row, TOIL_LINK_KIND)),
                    *topic ? topic : "(no topic)");
}

static void add_links(struct view *view)
{
    const struct toil_result *links = view->links.links;
    struct toil_buf name = TOIL_BUF_INIT, text = TOIL_BUF_INIT;
    size_t others = 0;
    for (size_t r = 0; r < toil_result_rows(links); r++) {
        const struct toil_estimate attributed = toil_link_attributed(links, r);
        bool established = toil_link_established(links, r);
        others += !established;
        toil_buf_clear(&name);
        toil_buf_clear(&text);
        add_pair_name(&name, links, r);
        toil_buf_printf(&text, "%s, ", established ? "established" : "not established");
        toil_lag_add(&text, toil_result_int64(links, r, TOIL_LINK_FROM), toil_result_int64(links, r, TOIL_LINK_TO));
        if (!toil_result_null(links, r, TOIL_LINK_EITHER))
            toil_buf_printf(&text, ", %s (the data can't tell which)", toil_link_name(links, r));
        toil_buf_printf(&text, ": %s", toil_result_text(links, r, TOIL_LINK_WHY));
        add_row(view, others > NEAREST ? TOIL_ROW_MACHINE : 0, "link", name.data, text.data);
        toil_report_set_estimate(view->report, view->column.number, &attributed);
        toil_report_set_number(view->report, view->column.observed, toil_link_number(links, r, TOIL_LINK_OBSERVED));
        toil_report_set_number(view->report, view->column.expected, toil_link_number(links, r, TOIL_LINK_EXPECTED));
        toil_report_set_lag(view->report, view->column.lag, toil_result_int64(links, r, TOIL_LINK_FROM),
                            toil_result_int64(links, r, TOIL_LINK_TO));
        set_pair(view, links, r);
    }
    if (others > NEAREST)
        toil_report_note(view->report, "%zu more tested pairs, none of them established, are in JSON and CSV.",
                         others - NEAREST);
    toil_buf_release(&name);
    toil_buf_release(&text);
    view->group++;
}

static void add_bands(struct view *view, size_t link, unsigned flags)
{
    const struct toil_result *bands = view->links.bands;
    struct toil_buf name = TOIL_BUF_INIT, text = TOIL_BUF_INIT;
    size_t first, count = toil_link_evidence(view->links.links, link, bands, &first);
    for (size_t r = first; r < first + count; r++) {
        const struct toil_estimate excess =
            toil_link_band_excess(bands, r, toil_result_text(view->links.links, link, TOIL_LINK_GRADE));
        int64_t from = toil_result_int64(bands, r, TOIL_BAND_FROM), to = toil_result_int64(bands, r, TOIL_BAND_TO);
        double attributed = toil_result_double(bands, r, TOIL_BAND_ATTRIBUTED);
        toil_buf_clear(&name);
        toil_buf_clear(&text);
        toil_lag_add(&name, from, to);
        if (toil_result_bool(bands, r, TOIL_BAND_LEAD))
            toil_buf_add_text(&text, "a diagnosis, never a claim");
        else if (toil_result_null(bands, r, TOIL_BAND_Q))
            toil_buf_add_text(&text, excess.why ? excess.why : "");
        else
            toil_buf_printf(&text, "q %.2g", toil_result_double(bands, r, TOIL_BAND_Q));
        if (attributed > 0) {
            toil_buf_add_text(&text, "; the joint fit gives it ");
            toil_number_add(&text, attributed, 1);
        }
        add_row(view, flags, "band", name.data, text.data);
        toil_report_set_estimate(view->report, view->column.number, &excess);
        toil_report_set_number(view->report, view->column.observed, toil_link_number(bands, r, TOIL_BAND_OBSERVED));
        toil_report_set_number(view->report, view->column.expected, toil_link_number(bands, r, TOIL_BAND_EXPECTED));
        toil_report_set_lag(view->report, view->column.lag, from, to);
        set_pair(view, bands, r);
    }
    toil_buf_release(&name);
    toil_buf_release(&text);
}

static void add_placebos(struct view *view, size_t link, unsigned flags)
{
    const struct toil_result *placebos = view->links.placebos;
    size_t first, count = toil_link_evidence(view->links.links, link, placebos, &first);
    for (size_t r = first; r < first + count; r++) {
        bool known = !toil_result_null(placebos, r, TOIL_PLACEBO_PASSED);
        const struct toil_estimate excess = {.value = toil_link_number(placebos, r, TOIL_PLACEBO_EXCESS),
                                             .low = toil_link_number(placebos, r, TOIL_PLACEBO_EXCESS + 1),
                                             .high = toil_link_number(placebos, r, TOIL_PLACEBO_EXCESS + 2),
                                             .level = 0.95,
                                             .unit = "tickets",
                                             .grade = toil_result_text(view->links.links, link, TOIL_LINK_GRADE),
                                             .why = known ? NULL : "it could not be tested"};
        add_row(view, flags, "placebo", toil_result_text(placebos, r, TOIL_PLACEBO_NAME),
                !known                                               ? "could not be tested"
                : toil_result_bool(placebos, r, TOIL_PLACEBO_PASSED) ? "passed: about nought, as it must be"
                                                                     : "failed: it shows what only a true link may");
        toil_report_set_estimate(view->report, view->column.number, &excess);
        set_pair(view, placebos, r);
    }
}

/* ---- the lag curve ---- */

/* "████│███": blocks up to what was observed, a mark where it was expected. */
static void add_bar(struct toil_buf *out, double observed, double expected, double most)
{
    int blocks = most > 0 ? (int)lround(observed / most * BAR_WIDTH) : 0;
    int mark = most > 0 ? (int)lround(expected / most * BAR_WIDTH) : 0;
    for (int i = 0; i < blocks || i <= mark; i++)
        toil_buf_add_text(out, i == mark ? MARK : i < blocks ? BLOCK : DOT);
}

struct point {
    double from, to, observed, expected;
};

static struct point sum_points(const struct toil_result *curve, size_t first, size_t count)
{
    struct point sum = {.from = toil_result_double(curve, first, C_FROM),
                        .to = toil_result_double(curve, first + count - 1, C_TO)};
    for (size_t r = first; r < first + count; r++) {
        sum.observed += toil_result_double(curve, r, C_OBSERVED);
        sum.expected += toil_result_double(curve, r, C_EXPECTED);
    }
    return sum;
}

static void add_point(struct view *view, unsigned flags, const struct point *point, const char *bar,
                      const struct toil_result *curve, size_t row)
{
    struct toil_buf name = TOIL_BUF_INIT;
    toil_lag_add(&name, llround(point->from), llround(point->to));
    add_row(view, flags, "curve", name.data, bar);
    toil_report_set_number(view->report, view->column.observed, point->observed);
    toil_report_set_number(view->report, view->column.expected, point->expected);
    toil_report_set_lag(view->report, view->column.lag, llround(point->from), llround(point->to));
    set_pair(view, curve, row);
    toil_buf_release(&name);
}

/* Machines get every point; people a bar chart of at most MOST_BARS. */
static void add_curve(struct view *view, size_t link, unsigned flags)
{
    const struct toil_result *curve = view->curve;
    size_t first, count = toil_link_evidence(view->links.links, link, curve, &first);
    size_t each = (count + MOST_BARS - 1) / MOST_BARS;
    double most = 0;
    for (size_t r = 0; r < count; r++) {
        const struct point point = sum_points(curve, first + r, 1);
        add_point(view, TOIL_ROW_MACHINE, &point, NULL, curve, first + r);
    }
    if (flags & TOIL_ROW_MACHINE)
        return;
    for (size_t r = 0; r < count; r += each) {
        const struct point point = sum_points(curve, first + r, each < count - r ? each : count - r);
        most = fmax(most, fmax(point.observed, point.expected));
    }
    struct toil_buf bar = TOIL_BUF_INIT;
    for (size_t r = 0; r < count; r += each) {
        const struct point point = sum_points(curve, first + r, each < count - r ? each : count - r);
        toil_buf_clear(&bar);
        add_bar(&bar, point.observed, point.expected, most);
        add_point(view, TOIL_ROW_PEOPLE, &point, bar.data, curve, first + r);
    }
    toil_buf_release(&bar);
}

static void add_weeks(struct view *view, size_t link, unsigned flags)
{
    const struct toil_result *weeks = view->weeks;
    size_t first, count = toil_link_evidence(view->links.links, link, weeks, &first);
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t r = first; r < first + count; r++) {
        char day[32];
        toil_report_day_text(toil_result_int64(weeks, r, W_WEEK), day);
        toil_buf_clear(&text);
        toil_count_add(&text, toil_result_int64(weeks, r, W_EVENTS));
        toil_buf_add_text(&text, toil_result_int64(weeks, r, W_EVENTS) == 1 ? " failure" : " failures");
        bool old = first + count - r > RECENT_WEEKS;
        add_row(view, old ? TOIL_ROW_MACHINE : flags, "week", day, text.data);
        toil_report_set_estimate(
            view->report, view->column.number,
            &(struct toil_estimate){toil_result_double(weeks, r, W_ATTRIBUTED), NAN, NAN, NAN, "tickets",
                                    toil_result_text(view->links.links, link, TOIL_LINK_GRADE), NULL});
        set_pair(view, weeks, r);
    }
    if (count > RECENT_WEEKS && !(flags & TOIL_ROW_MACHINE))
        toil_report_note(view->report, "Of %zu weeks the last %d are shown; JSON and CSV have all.", count,
                         RECENT_WEEKS);
    toil_buf_release(&text);
}

/* People see the evidence of established links, without any that of the nearest. */
static void add_evidence(struct view *view)
{
    const struct toil_result *links = view->links.links;
    for (size_t r = 0; r < toil_result_rows(links); r++) {
        unsigned flags = toil_link_established(links, r) || r == 0 ? 0 : TOIL_ROW_MACHINE;
        size_t before = view->report->row_count;
        if (!flags && toil_result_rows(links) > 1) {
            struct toil_buf name = TOIL_BUF_INIT;
            add_pair_name(&name, links, r);
            add_row(view, TOIL_ROW_PEOPLE | TOIL_ROW_PINNED, "evidence", name.data, NULL);
            toil_buf_release(&name);
        }
        add_bands(view, r, flags);
        add_placebos(view, r, flags);
        add_curve(view, r, flags);
        add_weeks(view, r, flags);
        view->group += view->report->row_count > before;
    }
}

static void add_names(struct view *view)
{
    size_t count = toil_result_rows(view->names);
    for (size_t r = 0; r < count; r++) {
        add_row(view, r < MOST_NAMES ? 0 : TOIL_ROW_MACHINE, "name", toil_result_text(view->names, r, 0), NULL);
        set_count(view, toil_result_double(view->names, r, 1), "events", "A");
    }
    if (count > MOST_NAMES)
        toil_report_note(view->report, "%zu more raw names are in JSON and CSV.", count - MOST_NAMES);
}

/* ---- the answer ---- */

/* A bound on one side, in words. */
static void add_total(struct toil_buf *out, struct toil_estimate total)
{
    bool low = isfinite(total.low), high = isfinite(total.high);
    toil_buf_add_text(out, low && !high ? "at least " : high && !low ? "at most " : "");
    if (low != high)
        total.low = total.high = total.value;
    toil_estimate_add(out, &total, 1);
}

static void answer(struct view *view)
{
    struct toil_buf text = TOIL_BUF_INIT;
    const struct toil_result *links = view->links.links;
    size_t told = 0;
    toil_buf_printf(&text, "%s: ", view->component);
    for (size_t r = 0; r < view->tickets->row_count; r++) {
        if (!is_component(view, view->tickets, r))
            continue;
        add_total(&text, toil_report_cell(view->tickets, r, "total")->estimate);
        toil_buf_add_text(&text, " tickets, ");
        toil_count_add(&text, toil_report_cell(view->tickets, r, "named")->integer);
        toil_buf_add_text(&text, " of them by name");
        told++;
    }
    toil_buf_add_text(&text, told ? "; " : "no ticket; ");
    if (view->hours->row_count > 0) {
        toil_estimate_add(&text, &toil_report_cell(view->hours, view->hours->row_count - 1, "hours")->estimate, 1);
        toil_buf_add_text(&text, " hours of manual work.");
    } else {
        toil_buf_add_text(&text, "no manual work.");
    }
    for (size_t r = 0; r < toil_result_rows(links) && toil_link_established(links, r); r++) {
        toil_buf_add_text(&text, r ? "; its " : " Its ");
        toil_buf_printf(&text, "%ss bring ", toil_report_kind_title(toil_result_text(links, r, TOIL_LINK_KIND)));
        toil_link_add_effect(&text, links, r);
        if (!toil_result_null(links, r, TOIL_LINK_EITHER))
            toil_buf_printf(&text, " (or those of %s: the data can't tell which)", toil_link_name(links, r));
    }
    if (toil_result_rows(links) > 0)
        toil_buf_add_text(&text, toil_link_established(links, 0) ? "." : " No link of it to tickets is established.");
    else if (!view->links.searched)
        toil_buf_printf(&text, " Links were not searched for when run %s was made.", view->scope->run_id);
    toil_report_answer(view->report, "%s", text.data);
    toil_buf_release(&text);
}

/* The curves of its established links. */
static void draw(struct view *view)
{
    const struct toil_result *links = view->links.links;
    for (size_t r = 0; r < toil_result_rows(links) && r < MOST_CURVES && toil_link_established(links, r); r++)
        toil_report_chart_link(view->report, links, r, view->curve);
}

static void explain(struct view *view)
{
    if (toil_result_rows(view->curve) > 0)
        toil_report_note(view->report,
                         "Bars are tickets observed by their lag behind a failure, " MARK " is what was expected.");
    toil_report_small(view->report, "method",
                      "Tickets and hours as in their reports, links as in `report links`. Range: 95%% intervals; of "
                      "hours the range over gaps, widened by the interval of shares where they are followed.");
    toil_report_arithmetic(view->report, "number",
                           "tickets, hours: as the reports say; link: attributed; band and placebo: observed - "
                           "expected; week: attributed by the joint fit; name: events");
    toil_report_arithmetic(
        view->report, "tickets by lag",
        "tickets whose lag behind a failure lies in the step, and what the referent weeks have there");
}

static enum toil_status fetch(struct view *view, struct toil_error *err)
{
    struct toil_scope *scope = view->scope;
    struct toil_buf component = TOIL_BUF_INIT;
    toil_array_add_text(&component, toil_span_of(view->component));
    toil_array_end(&component);
    const struct {
        const struct toil_sql *sql;
        struct toil_result **out;
    } queries[] = {{&toil_sql_show_component_curve, &view->curve},
                   {&toil_sql_show_component_weeks, &view->weeks},
                   {&toil_sql_show_component_names, &view->names}};
    enum toil_status status = toil_report_build_beside(scope, "tickets", &view->tickets, err);
    if (status == TOIL_OK)
        status = toil_report_build_beside(scope, "hours", &view->hours, err);
    if (status == TOIL_OK)
        status = toil_link_rows_fetch(scope, component.data, SIZE_MAX, &view->links, err);
    for (size_t i = 0; i < sizeof queries / sizeof queries[0] && status == TOIL_OK; i++)
        status = toil_scope_query(scope, queries[i].sql, TOIL_PARAMS({scope->run_id}, {view->component}),
                                  queries[i].out, err);
    toil_buf_release(&component);
    return status;
}

static void release(struct view *view)
{
    toil_link_rows_release(&view->links);
    toil_result_free(view->curve);
    toil_result_free(view->weeks);
    toil_result_free(view->names);
    toil_report_free(view->tickets);
    toil_report_free(view->hours);
}

enum toil_status toil_show_component(struct toil_scope *scope, struct toil_error *err)
{
    struct view view = {.scope = scope,
                        .report = scope->report,
                        .component = scope->options->component,
                        .column = add_columns(scope->report)};
    if (toil_scope_empty(scope))
        return TOIL_OK;
    enum toil_status status = fetch(&view, err);
    if (status == TOIL_OK) {
        add_tickets(&view);
        add_hours(&view);
        add_links(&view);
        add_evidence(&view);
        add_names(&view);
        answer(&view);
        draw(&view);
        explain(&view);
    }
    release(&view);
    return status;
}
