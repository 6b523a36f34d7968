/* Counts to the stages of the funnel. How they sum is documented in docs/method-hours.md and tested:
 *
 *   received = stored + duplicates + quarantined + skipped                              over all kinds
 *   stored = in tables                                                                  by kind
 *   facts: in tables = endings + repeated id + outside the window + in the window       by kind
 *   states: versions in tables belong to `ids`;
 *           ids = deleted + without a time + outside the window + in the window         by kind
 *   in the window = mapped + unmapped + without a name                                  by kind
 *   tickets in the window = named + unmapped + by topic + unexplained
 *   actions = the stages that begin with "actions"                                      by kind */
#include <stdlib.h>

#include "analyze.h"
#include "toilmeter/decode.h"
#include "toilmeter/timestamp.h"

static void add(struct toil_analysis *analysis, const char *stage, const char *kind, uint64_t count, char *why)
{
    analysis->funnel =
        toil_grow(analysis->funnel, analysis->funnel_count, &analysis->funnel_cap, sizeof *analysis->funnel);
    analysis->funnel[analysis->funnel_count++] = (struct toil_funnel_row){stage, kind, count, why};
}

/* A row that says something only when it is not zero. */
static void add_some(struct toil_analysis *analysis, const char *stage, const char *kind, uint64_t count,
                     const char *why)
{
    if (count > 0)
        add(analysis, stage, kind, count, toil_xstrdup(why));
}

static void keep_reason(struct toil_analysis *analysis, const struct toil_reason_row *row, bool gap)
{
    analysis->reason =
        toil_grow(analysis->reason, analysis->reason_count, &analysis->reason_cap, sizeof *analysis->reason);
    analysis->reason[analysis->reason_count++] =
        (struct toil_reason_count){toil_xstrndup(row->reason.ptr, row->reason.len), row->count, gap};
}

static void on_quarantine(void *context, const struct toil_reason_row *row)
{
    keep_reason(context, row, false);
}

static void on_gap(void *context, const struct toil_reason_row *row)
{
    keep_reason(context, row, true);
}

enum toil_status toil_funnel_fetch(struct toil_analysis *analysis, struct toil_db *db, struct toil_error *err)
{
    enum toil_status status = toil_fetch_intake(db, analysis->intake, &analysis->imports, err);
    if (status == TOIL_OK)
        status = toil_fetch_quarantine(db, on_quarantine, analysis, err);
    if (status == TOIL_OK)
        status = toil_fetch_gaps(db, on_gap, analysis, err);
    return status;
}

static const char *doc_of_reason(const char *reason)
{
    for (int i = 0; i < TOIL_REASON_COUNT; i++) {
        if (toil_span_is(toil_span_of(reason), toil_reasons[i].name))
            return toil_reasons[i].doc;
    }
    return "a reason that this program does not know";
}

static void add_intake(struct toil_analysis *analysis)
{
    for (int kind = 0; kind <= TOIL_N_KINDS; kind++) {
        const struct toil_intake_counts *intake = &analysis->intake[kind];
        const char *name = kind < TOIL_N_KINDS ? toil_kinds[kind].name : "";
        add_some(analysis, "received", name, intake->received,
                 kind < TOIL_N_KINDS ? "events read from topics and files" : "messages that no event was made of");
    }
    for (int kind = 0; kind <= TOIL_N_KINDS; kind++)
        add_some(analysis, "duplicates", kind < TOIL_N_KINDS ? toil_kinds[kind].name : "",
                 analysis->intake[kind].duplicates, "came again; they could only fill what was absent");
    for (int kind = 0; kind <= TOIL_N_KINDS; kind++)
        add_some(analysis, "skipped", kind < TOIL_N_KINDS ? toil_kinds[kind].name : "", analysis->intake[kind].skipped,
                 "held no event and no fault: blank lines");
    for (size_t i = 0; i < analysis->reason_count; i++) {
        const struct toil_reason_count *reason = &analysis->reason[i];
        if (!reason->gap)
            add(analysis, "quarantined", "", reason->count,
                toil_xasprintf("%s: %s", reason->reason, doc_of_reason(reason->reason)));
    }
    for (size_t i = 0; i < analysis->reason_count; i++) {
        const struct toil_reason_count *reason = &analysis->reason[i];
        if (reason->gap)
            add(analysis, "never read", "", reason->count,
                toil_xasprintf("%s: the broker no longer had these offsets", reason->reason));
    }
}

static uint64_t rows_of(const struct toil_analysis *analysis, enum toil_kind kind)
{
    switch (kind) {
    case TOIL_KIND_SERVICE_RESTART:
        return analysis->spans[TOIL_FROM_SERVICE_RESTART].rows + analysis->counts[kind].ending_rows;
    case TOIL_KIND_QUEUE_REBALANCE:
        return analysis->spans[TOIL_FROM_QUEUE_REBALANCE].rows + analysis->counts[kind].ending_rows;
    case TOIL_KIND_SUPPORT_TICKET:
        return analysis->spans[TOIL_FROM_SUPPORT_TICKET_VERSION].rows;
    case TOIL_KIND_WORK_LOG:
        return analysis->spans[TOIL_FROM_WORK_LOG_VERSION].rows;
    case TOIL_KIND_MEASUREMENT:
        return analysis->spans[TOIL_FROM_MEASUREMENT].rows;
    case TOIL_KIND_DEPLOYMENT:
        return analysis->spans[TOIL_FROM_DEPLOYMENT].rows;
    case TOIL_N_KINDS:
        break;
    }
    return 0;
}

static void add_rows(struct toil_analysis *analysis)
{
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        add_some(analysis, "stored", toil_kinds[kind].name, analysis->intake[kind].stored, "each once");
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        add_some(analysis, "of these older versions", toil_kinds[kind].name, analysis->intake[kind].older,
                 "arrived after a higher version of the same id");
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        uint64_t rows = rows_of(analysis, (enum toil_kind)kind), stored = analysis->intake[kind].stored;
        if (rows == 0 && stored == 0)
            continue;
        char *why = rows == stored  ? toil_xstrdup("rows of the event tables, as stored")
                    : rows > stored ? toil_xasprintf("%llu did not come through toilmeterd or toilmeter import",
                                                     (unsigned long long)(rows - stored))
                                    : toil_xasprintf("%llu were removed since: retention or forget",
                                                     (unsigned long long)(stored - rows));
        add(analysis, "in tables", toil_kinds[kind].name, rows, why);
    }
}

/* From the rows of a kind to its events of the window. */
static void add_kind(struct toil_analysis *analysis, enum toil_kind kind)
{
    const struct toil_kind_counts *counts = &analysis->counts[kind];
    const char *name = toil_kinds[kind].name;
    if (rows_of(analysis, kind) == 0)
        return;
    bool state = toil_kinds[kind].shape == TOIL_SHAPE_STATE;
    add_some(analysis, "endings", name, counts->ending_rows, "ends that the source told apart");
    add_some(analysis, "endings joined", name, counts->joined, "events that were told to have ended, met by id");
    add_some(analysis, "endings unmet", name, counts->unmet,
             "events that were told to have ended, never to have begun");
    if (state)
        add(analysis, "ids", name, counts->known, toil_xstrdup("what the versions are of"));
    add_some(analysis, "repeated id", name, counts->repeated,
             "a fault of the source: the id came again at a later time; the earliest counts");
    add_some(analysis, "deleted", name, counts->deleted, "the last known status is deleted");
    add_some(analysis, "without a time", name, counts->timeless, "no version tells when it was");
    add_some(analysis, "outside the window", name, counts->outside, "before its beginning or after its end");
    add(analysis, "in the window", name, counts->inside, toil_xstrdup(state ? "counted" : "counted, each once"));
    add_some(analysis, "mapped", name, counts->mapped, "the name belongs to a component of the catalog");
    add_some(analysis, "unmapped", name, counts->unmapped, "no rule of the catalog matches the name");
    add_some(analysis, "without a name", name, counts->nameless, "names no component");
}

static void add_tickets(struct toil_analysis *analysis)
{
    const char *name = toil_kinds[TOIL_KIND_SUPPORT_TICKET].name;
    if (analysis->counts[TOIL_KIND_SUPPORT_TICKET].inside == 0)
        return;
    add(analysis, "tickets named", name, analysis->ticket_how[TOIL_HOW_NAMED], toil_xstrdup("name their component"));
    add_some(analysis, "tickets unmapped", name, analysis->ticket_unmapped, "name something that no rule matches");
    add(analysis, "tickets by topic", name, analysis->ticket_how[TOIL_HOW_TOPIC],
        toil_xstrdup("name none, but components declare their topic"));
    add(analysis, "tickets unexplained", name, analysis->ticket_how[TOIL_HOW_UNEXPLAINED],
        toil_xstrdup("name none, and no component declares their topic"));
}

static void add_actions(struct toil_analysis *analysis, enum toil_kind kind)
{
    const struct toil_trace_counts *counts = &analysis->traces_of[kind];
    const char *name = toil_kinds[kind].name;
    if (counts->seen == 0)
        return;
    add(analysis, "possible actions", name, counts->seen,
        toil_xstrdup(kind == TOIL_KIND_SUPPORT_TICKET ? "every version may be somebody's action"
                                                      : "every event of the window may be somebody's action"));
    add_some(analysis, "actions automatic", name, counts->automatic, "done without a person: no hours");
    add_some(analysis, "actions without a person", name, counts->nobody, "nobody is named and no time is declared");
    add_some(analysis, "actions without a time", name, counts->timeless, "not told when the update was made");
    add_some(analysis, "actions outside the window", name, counts->outside, "before its beginning or after its end");
    add_some(analysis, "actions of no time", name, counts->nothing, "declared to have taken no time");
    add_some(analysis, "actions declared", name, counts->declared, "minutes declared: counted in full");
    add_some(analysis, "actions declared by unknown", name, counts->declared_unknown,
             "minutes declared, nobody named: counted in full, each as a person of its own");
    add_some(analysis, "actions measured", name, counts->measured, "beginning and end by a person");
    add_some(analysis, "actions as points", name, counts->points, "gathered into sessions");
    add_some(analysis, "of these over 12 h", name, counts->long_measured,
             "measured: look whether the end was told late");
}

static void add_hours(struct toil_analysis *analysis)
{
    const struct toil_hours_result *hours = &analysis->hours;
    add_some(analysis, "people", "", hours->people, "who left a trace of work");
    add_some(analysis, "people round the clock", "", hours->round_the_clock,
             "500 traces or more, at every hour of the day: robots that people.robots should name?");
    add_some(analysis, "sessions", "", hours->totals.sessions, "of points, at the default gap");
    if (hours->totals.lost_count > 0)
        add(analysis, "bookings cut", "", hours->totals.lost_count,
            toil_xasprintf("%.1f h beyond the wall clock of their days",
                           (double)hours->totals.lost_us / (double)TOIL_US_PER_HOUR));
    if (hours->replaced_units > 0)
        add(analysis, "logged and traced", "", hours->replaced_units,
            toil_xasprintf(
                "pairs of person and item with both: logged time counts, %.1f h inferred for the same work do not",
                hours->replaced_hours));
}

void toil_funnel_fill(struct toil_analysis *analysis)
{
    add_intake(analysis);
    add_rows(analysis);
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        add_kind(analysis, (enum toil_kind)kind);
    add_tickets(analysis);
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        add_actions(analysis, (enum toil_kind)kind);
    add_hours(analysis);
}
