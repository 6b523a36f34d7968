/* show ticket: its facts, the shares of components in it with the link behind each, and the events around it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_link.h"
#include "report_numbers.h"
#include "report_show.h"

#define LEVEL    0.95
#define LOOK_US  (24 * INT64_C(3600000000)) /* events so long before the ticket are shown */
#define AHEAD_US (30 * INT64_C(60000000))   /* and so long behind it: failures begin before their record */

enum ticket_field { T_AT, T_CLOSED, T_STATUS, T_SEVERITY, T_TOPIC, T_SCOPE, T_TAGS, T_CUSTOMER, T_CSAT, T_VERSIONS };
enum share_field { S_COMPONENT, S_HOW, S_SHARE, S_LOW, S_HIGH, S_KIND, S_EVENT };
enum event_field { E_KIND, E_ID, E_AT, E_COMPONENT, E_RAW, E_AUTOMATIC, E_SCOPE, E_DETAIL };

struct columns {
    size_t section, name, share, lag, kind, at, id, value;
};

struct ticket {
    struct toil_scope *scope;
    const char *id;
    struct columns column;
    struct toil_result *ticket, *shares, *events; /* owned */
    struct toil_link_rows links;                  /* owned */
    int64_t at_us;
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
    at.share =
        add(report, (struct toil_column){
                        .key = "share", .title = "share", .kind = TOIL_COLUMN_ESTIMATE, .decimals = 2, .sparse = true});
    at.lag =
        add(report,
            (struct toil_column){.key = "lag_minutes", .title = "lag", .kind = TOIL_COLUMN_NUMBER, .machine = true});
    at.kind = add(report, (struct toil_column){.key = "kind", .title = "kind", .machine = true});
    at.at = add(report, (struct toil_column){.key = "at", .title = "at", .kind = TOIL_COLUMN_TIME, .machine = true});
    at.id = add(report, (struct toil_column){.key = "id", .title = "id", .machine = true});
    at.value = add(report, (struct toil_column){.key = "value", .title = "what is known", .wrap = true});
    return at;
}

static void add_row(struct ticket *ticket, const char *section, const char *name, const char *value)
{
    struct toil_report *report = ticket->scope->report;
    toil_report_add_row(report, 0, ticket->group, NAN);
    toil_report_set_text(report, ticket->column.section, section);
    toil_report_set_text(report, ticket->column.name, name);
    toil_report_set_text(report, ticket->column.value, value);
}

static void time_text(const struct ticket *ticket, int64_t time_us, char out[40])
{
    toil_report_time_text(ticket->scope->catalog->zone, time_us, out);
}

static void set_event(struct ticket *ticket, int64_t event_us)
{
    toil_report_set_time(ticket->scope->report, ticket->column.at, event_us);
    toil_report_set_number(ticket->scope->report, ticket->column.lag, (double)(ticket->at_us - event_us) / 6e7);
}

/* ---- the ticket ---- */

static void add_facts(struct ticket *ticket)
{
    static const struct {
        const char *name;
        enum ticket_field field;
        bool is_time;
    } facts[] = {{"opened", T_AT, true},          {"closed", T_CLOSED, true},      {"status", T_STATUS, false},
                 {"severity", T_SEVERITY, false}, {"topic", T_TOPIC, false},       {"tags", T_TAGS, false},
                 {"scope", T_SCOPE, false},       {"customer", T_CUSTOMER, false}, {"csat", T_CSAT, false},
                 {"versions", T_VERSIONS, false}};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (toil_result_null(ticket->ticket, 0, facts[i].field))
            continue;
        char time[40];
        if (facts[i].is_time)
            time_text(ticket, toil_result_int64(ticket->ticket, 0, facts[i].field), time);
        add_row(ticket, "ticket", facts[i].name,
                facts[i].is_time ? time : toil_result_text(ticket->ticket, 0, facts[i].field));
        if (facts[i].is_time)
            toil_report_set_time(ticket->scope->report, ticket->column.at,
                                 toil_result_int64(ticket->ticket, 0, facts[i].field));
    }
}

/* ---- shares ---- */

static bool is_how(const struct ticket *ticket, size_t share, const char *how)
{
    return strcmp(toil_result_text(ticket->shares, share, S_HOW), how) == 0;
}

/* The link behind a hidden share, of a group the first; SIZE_MAX when the run has none. */
static size_t link_of(const struct ticket *ticket, size_t share)
{
    const struct toil_result *links = ticket->links.links;
    const char *topic = toil_result_text(ticket->ticket, 0, T_TOPIC);
    const char *component = toil_result_text(ticket->shares, share, S_COMPONENT);
    const char *kind = toil_result_text(ticket->shares, share, S_KIND);
    for (size_t r = 0; r < toil_result_rows(links); r++)
        if (is_how(ticket, share, "hidden") && toil_link_established(links, r) &&
            toil_report_holds(component, toil_result_text(links, r, TOIL_LINK_COMPONENT)) &&
            strcmp(toil_result_text(links, r, TOIL_LINK_KIND), kind) == 0 &&
            strcmp(toil_result_text(links, r, TOIL_LINK_TOPIC), topic) == 0)
            return r;
    return SIZE_MAX;
}

static void add_name(struct toil_buf *out, const struct ticket *ticket, size_t share)
{
    size_t link = link_of(ticket, share);
    if (link == SIZE_MAX)
        toil_report_component_add(out, toil_result_text(ticket->shares, share, S_COMPONENT));
    else
        toil_buf_add_text(out, toil_link_name(ticket->links.links, link));
}

/* "23 minutes before", "5 minutes later" */
static void add_lag(struct toil_buf *out, const struct ticket *ticket, int64_t event_us)
{
    double minutes = (double)(ticket->at_us - event_us) / 6e7, size = fabs(minutes);
    toil_number_add(out, size < 120 ? size : size / 60, size < 120 ? 0 : 1);
    toil_buf_add_text(out, size >= 120 ? " hours" : size >= 0.5 && size < 1.5 ? " minute" : " minutes");
    toil_buf_add_text(out, minutes < 0 ? " later" : " before");
}

/* "the restart of 2026-03-16 17:07 +01:00, 23 minutes before" */
static void add_event(struct toil_buf *out, const struct ticket *ticket, size_t share)
{
    char time[40];
    int64_t event_us = toil_result_int64(ticket->shares, share, S_EVENT);
    time_text(ticket, event_us, time);
    toil_buf_printf(out, "the %s of %s, ", toil_report_kind_title(toil_result_text(ticket->shares, share, S_KIND)),
                    time);
    add_lag(out, ticket, event_us);
}

static void add_how(struct toil_buf *out, const struct ticket *ticket, size_t share)
{
    if (is_how(ticket, share, "named"))
        toil_buf_add_text(out, "the ticket names it");
    else if (is_how(ticket, share, "topic"))
        toil_buf_printf(out, "it declares the topic %s", toil_result_text(ticket->ticket, 0, T_TOPIC));
    else if (is_how(ticket, share, "unexplained"))
        toil_buf_add_text(out, "what no component explains");
    else if (toil_result_null(ticket->shares, share, S_EVENT))
        toil_buf_add_text(out, "it follows its failures");
    else {
        toil_buf_add_text(out, "it follows ");
        add_event(out, ticket, share);
    }
}

static struct toil_estimate share_of(const struct ticket *ticket, size_t share)
{
    size_t link = link_of(ticket, share);
    bool hidden = is_how(ticket, share, "hidden"), rest = is_how(ticket, share, "unexplained");
    return (struct toil_estimate){.value = toil_result_double(ticket->shares, share, S_SHARE),
                                  .low = toil_link_number(ticket->shares, share, S_LOW),
                                  .high = toil_link_number(ticket->shares, share, S_HIGH),
                                  .level = hidden ? LEVEL : (double)NAN,
                                  .unit = "tickets",
                                  .grade = link != SIZE_MAX
                                               ? toil_result_text(ticket->links.links, link, TOIL_LINK_GRADE)
                                           : hidden || rest ? "none"
                                                            : "A"};
}

static void add_shares(struct ticket *ticket)
{
    struct toil_buf text = TOIL_BUF_INIT, name = TOIL_BUF_INIT;
    for (size_t r = 0; r < toil_result_rows(ticket->shares); r++) {
        const struct toil_estimate share = share_of(ticket, r);
        toil_buf_clear(&text);
        add_how(&text, ticket, r);
        toil_buf_clear(&name);
        add_name(&name, ticket, r);
        add_row(ticket, "share", toil_result_text(ticket->shares, r, S_COMPONENT), text.data);
        toil_report_set_named(ticket->scope->report, ticket->column.name,
                              toil_result_text(ticket->shares, r, S_COMPONENT), name.data);
        toil_report_set_estimate(ticket->scope->report, ticket->column.share, &share);
        if (!toil_result_null(ticket->shares, r, S_KIND))
            toil_report_set_text(ticket->scope->report, ticket->column.kind,
                                 toil_result_text(ticket->shares, r, S_KIND));
        if (!toil_result_null(ticket->shares, r, S_EVENT))
            set_event(ticket, toil_result_int64(ticket->shares, r, S_EVENT));
    }
    toil_buf_release(&name);
    toil_buf_release(&text);
}

/* ---- the links behind them ---- */

static void add_links(struct ticket *ticket)
{
    struct toil_buf text = TOIL_BUF_INIT;
    const struct toil_result *links = ticket->links.links;
    for (size_t r = 0; r < toil_result_rows(ticket->shares); r++) {
        size_t link = link_of(ticket, r);
        if (link == SIZE_MAX)
            continue;
        toil_buf_clear(&text);
        toil_link_add_failures(&text, links, link);
        toil_buf_add_text(&text, " bring ");
        toil_link_add_effect(&text, links, link);
        if (!toil_result_null(links, link, TOIL_LINK_OBSERVED) && !toil_result_null(links, link, TOIL_LINK_EXPECTED)) {
            toil_buf_add_text(&text, "; observed then ");
            toil_number_add(&text, toil_result_double(links, link, TOIL_LINK_OBSERVED), 0);
            toil_buf_add_text(&text, " where ");
            toil_number_add(&text, toil_result_double(links, link, TOIL_LINK_EXPECTED), 1);
            toil_buf_add_text(&text, " were expected");
        }
        toil_buf_printf(&text, ". Grade %s: %s", toil_result_text(links, link, TOIL_LINK_GRADE),
                        toil_result_text(links, link, TOIL_LINK_WHY));
        add_row(ticket, "link", toil_link_name(links, link), text.data);
        toil_report_set_text(ticket->scope->report, ticket->column.kind, toil_result_text(links, link, TOIL_LINK_KIND));
    }
    toil_buf_release(&text);
}

/* ---- events ---- */

static bool points_at(const struct ticket *ticket, size_t event)
{
    for (size_t r = 0; r < toil_result_rows(ticket->shares); r++)
        if (!toil_result_null(ticket->shares, r, S_EVENT) &&
            toil_result_int64(ticket->shares, r, S_EVENT) == toil_result_int64(ticket->events, event, E_AT))
            return true;
    return false;
}

/* "10 minutes before, 2026-03-16 17:20 +01:00: rebalance of qb-17, by hand" */
static void add_event_head(struct toil_buf *out, const struct ticket *ticket, size_t event)
{
    const struct toil_result *events = ticket->events;
    const char *raw = toil_result_text(events, event, E_RAW);
    char time[40];
    time_text(ticket, toil_result_int64(events, event, E_AT), time);
    add_lag(out, ticket, toil_result_int64(events, event, E_AT));
    toil_buf_printf(out, ", %s: %s", time, toil_report_kind_title(toil_result_text(events, event, E_KIND)));
    if (strcmp(raw, toil_result_text(events, event, E_COMPONENT)) != 0)
        toil_buf_printf(out, " of %s", raw);
    if (!toil_result_null(events, event, E_AUTOMATIC))
        toil_buf_add_text(out, toil_result_bool(events, event, E_AUTOMATIC) ? ", automatic" : ", by hand");
}

static void add_events(struct ticket *ticket)
{
    struct toil_buf text = TOIL_BUF_INIT;
    const struct toil_result *events = ticket->events;
    for (size_t r = 0; r < toil_result_rows(events); r++) {
        toil_buf_clear(&text);
        add_event_head(&text, ticket, r);
        if (!toil_result_null(events, r, E_SCOPE))
            toil_buf_printf(&text, ", scope %s", toil_result_text(events, r, E_SCOPE));
        if (!toil_result_null(events, r, E_DETAIL))
            toil_buf_printf(&text, ": %s", toil_result_text(events, r, E_DETAIL));
        toil_buf_printf(&text, " (%s)%s", toil_result_text(events, r, E_ID),
                        points_at(ticket, r) ? "; weighs most in its share" : "");
        add_row(ticket, "event", toil_result_text(events, r, E_COMPONENT), text.data);
        set_event(ticket, toil_result_int64(events, r, E_AT));
        toil_report_set_text(ticket->scope->report, ticket->column.kind, toil_result_text(events, r, E_KIND));
        toil_report_set_text(ticket->scope->report, ticket->column.id, toil_result_text(events, r, E_ID));
    }
    toil_buf_release(&text);
}

/* ---- reading ---- */

static enum toil_status no_ticket(struct ticket *ticket, struct toil_error *err)
{
    struct toil_result *near = NULL;
    enum toil_status status = toil_scope_query(ticket->scope, &toil_sql_show_ticket_near,
                                               TOIL_PARAMS({ticket->scope->run_id}, {ticket->id}), &near, err);
    if (status != TOIL_OK)
        return status;
    toil_error_set(err, TOIL_BAD_INPUT, "run %s has no ticket \"%.128s\"", ticket->scope->run_id, ticket->id);
    struct toil_buf ids = TOIL_BUF_INIT;
    for (size_t r = 0; r < toil_result_rows(near); r++)
        toil_buf_printf(&ids, "%s%.64s", r ? ", " : "", toil_result_text(near, r, 0));
    if (ids.len)
        toil_error_hint(err, "the nearest by name are %s; --run names another run", ids.data);
    else
        toil_error_hint(err, "the run has no ticket at all; `toilmeter runs` lists others");
    toil_buf_release(&ids);
    toil_result_free(near);
    return TOIL_BAD_INPUT;
}

/* Components with hidden shares, and the times of the events that weigh most in them. */
static void add_arrays(const struct ticket *ticket, struct toil_buf *components, struct toil_buf *times)
{
    for (size_t r = 0; r < toil_result_rows(ticket->shares); r++) {
        if (!is_how(ticket, r, "hidden"))
            continue;
        char time[32];
        toil_report_members_add(components, toil_result_text(ticket->shares, r, S_COMPONENT));
        if (toil_result_null(ticket->shares, r, S_EVENT))
            continue;
        toil_time_format(toil_result_int64(ticket->shares, r, S_EVENT), time);
        toil_array_add_text(times, toil_span_of(time));
    }
}

/* From when on events are shown: a day before, or from the first event that a share points at. Within the run. */
static int64_t look_from(const struct ticket *ticket)
{
    int64_t from = ticket->at_us - LOOK_US;
    for (size_t r = 0; r < toil_result_rows(ticket->shares); r++)
        if (!toil_result_null(ticket->shares, r, S_EVENT) && toil_result_int64(ticket->shares, r, S_EVENT) < from)
            from = toil_result_int64(ticket->shares, r, S_EVENT);
    return from > ticket->scope->from_us ? from : ticket->scope->from_us;
}

static enum toil_status fetch_evidence(struct ticket *ticket, struct toil_error *err)
{
    struct toil_scope *scope = ticket->scope;
    struct toil_buf components = TOIL_BUF_INIT, times = TOIL_BUF_INIT;
    add_arrays(ticket, &components, &times);
    bool hidden = components.len > 0;
    toil_array_end(&components);
    toil_array_end(&times);
    char from[32], to[32];
    int64_t end = ticket->at_us + AHEAD_US < scope->to_us ? ticket->at_us + AHEAD_US : scope->to_us;
    toil_time_format(look_from(ticket), from);
    toil_time_format(end, to);
    const struct toil_param chosen = {hidden ? components.data : NULL};
    const struct toil_param area = {
        toil_result_null(ticket->ticket, 0, T_SCOPE) ? NULL : toil_result_text(ticket->ticket, 0, T_SCOPE)};
    enum toil_status status = toil_link_rows_fetch(scope, components.data, SIZE_MAX, &ticket->links, err);
    if (status == TOIL_OK)
        status = toil_scope_query(scope, &toil_sql_show_ticket_events,
                                  TOIL_PARAMS({scope->run_id}, {from}, {to}, chosen, area, {times.data}),
                                  &ticket->events, err);
    toil_buf_release(&components);
    toil_buf_release(&times);
    return status;
}

static enum toil_status fetch(struct ticket *ticket, struct toil_error *err)
{
    struct toil_scope *scope = ticket->scope;
    enum toil_status status = toil_scope_query(scope, &toil_sql_show_ticket, TOIL_PARAMS({scope->run_id}, {ticket->id}),
                                               &ticket->ticket, err);
    if (status == TOIL_OK && toil_result_rows(ticket->ticket) == 0)
        return no_ticket(ticket, err);
    if (status == TOIL_OK)
        status = toil_scope_query(scope, &toil_sql_show_ticket_shares, TOIL_PARAMS({scope->run_id}, {ticket->id}),
                                  &ticket->shares, err);
    if (status != TOIL_OK)
        return status;
    ticket->at_us = toil_result_int64(ticket->ticket, 0, T_AT);
    return fetch_evidence(ticket, err);
}

/* ---- the answer ---- */

static void add_percent(struct toil_buf *out, const struct toil_estimate *share)
{
    const struct toil_estimate percent = {
        100 * share->value, 100 * share->low, 100 * share->high, share->level, "", "", NULL};
    struct toil_buf range = TOIL_BUF_INIT;
    toil_number_add(out, percent.value, 0);
    toil_buf_add_char(out, '%');
    toil_range_add(&range, &percent, 0);
    if (range.len)
        toil_buf_printf(out, " (%s%%)", range.data);
    toil_buf_release(&range);
}

static void answer(const struct ticket *ticket)
{
    struct toil_buf text = TOIL_BUF_INIT;
    size_t count = toil_result_rows(ticket->shares);
    toil_buf_printf(&text, "Ticket %s is ", ticket->id);
    for (size_t r = 0; r < count; r++) {
        const struct toil_estimate share = share_of(ticket, r);
        toil_buf_add_text(&text, r ? "; " : "");
        add_percent(&text, &share);
        if (is_how(ticket, r, "unexplained")) {
            toil_buf_add_text(&text, " unexplained");
            continue;
        }
        toil_buf_add_text(&text, " of ");
        add_name(&text, ticket, r);
        toil_buf_add_text(&text, ": ");
        add_how(&text, ticket, r);
    }
    toil_report_answer(ticket->scope->report, "%s%s.", text.data, count ? "" : "of no component");
    toil_buf_release(&text);
}

/* A text as an SQL literal. */
static void add_literal(struct toil_buf *out, const char *text)
{
    toil_buf_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            toil_buf_add_char(out, '\'');
        toil_buf_add_char(out, *text);
    }
    toil_buf_add_char(out, '\'');
}

static void note_versions(const struct ticket *ticket)
{
    struct toil_buf id = TOIL_BUF_INIT;
    if (toil_result_int64(ticket->ticket, 0, T_VERSIONS) < 2)
        return;
    add_literal(&id, ticket->id);
    toil_report_note(ticket->scope->report,
                     "Its versions: select * from toilmeter.support_ticket_version where id = %s order by version;",
                     id.data);
    toil_buf_release(&id);
}

static void explain(const struct ticket *ticket)
{
    struct toil_report *report = ticket->scope->report;
    bool hidden = false;
    for (size_t r = 0; r < toil_result_rows(ticket->shares); r++)
        hidden = hidden || is_how(ticket, r, "hidden");
    toil_report_note(report,
                     "Events are those of the event tables as they are now, from a day before the ticket on, of %s%s; "
                     "at most 12.",
                     hidden ? "the components that have hidden shares in it" : "all components",
                     toil_result_null(ticket->ticket, 0, T_SCOPE) ? "" : ", of its scope or of none");
    note_versions(ticket);
    toil_report_small(
        report, "method",
        "A ticket that names a component is wholly its own, one of a declared topic is shared equally; of "
        "any other the joint fit gives each component the part of the rate at that moment that its "
        "failures make. Shares sum to one. `show component` has the evidence of a link.");
    toil_report_arithmetic(report, "share",
                           "as the run keeps it: rate by the component's failures / whole rate at the "
                           "moment of the ticket; low and high with the ends of the link's interval");
    toil_report_arithmetic(report, "lag_minutes", "ticket opened - event, in minutes; negative: the event came later");
}

static void release(struct ticket *ticket)
{
    toil_result_free(ticket->ticket);
    toil_result_free(ticket->shares);
    toil_result_free(ticket->events);
    toil_link_rows_release(&ticket->links);
}

enum toil_status toil_show_ticket(struct toil_scope *scope, struct toil_error *err)
{
    struct ticket ticket = {.scope = scope, .id = scope->options->subject, .column = add_columns(scope->report)};
    enum toil_status status = fetch(&ticket, err);
    if (status == TOIL_OK) {
        add_facts(&ticket);
        ticket.group++;
        add_shares(&ticket);
        ticket.group++;
        add_links(&ticket);
        ticket.group++;
        add_events(&ticket);
        answer(&ticket);
        explain(&ticket);
    }
    release(&ticket);
    return status;
}
