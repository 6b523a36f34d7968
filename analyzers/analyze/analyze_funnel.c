/* Counts to the stages of the funnel. How they sum is documented in docs/method-hours.md and tested:
 *
 *   received = stored + duplicates + quarantined + skipped                              over all kinds
 *   stored = in tables                                                                  by kind
 *   facts: in tables = endings + repeated id + outside the window + in the window       by kind
 *   states: versions in tables belong to `ids`;
 *           ids = deleted + without a time + outside the window + in the window         by kind
 *   in the window = mapped + unmapped + without a name                                  by kind
 *   tickets in the window = named + unmapped + by topic + hidden + unexplained
 *   actions = the stages that begin with "actions"                                      by kind */
#include <stddef.h>
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

/* In a few words, since a table shows it; the reason's own doc is what `quarantine list` prints. */
static const struct {
    enum toil_reason reason;
    const char *words;
} brief[] = {
    {TOIL_REASON_NOT_JSON, "no JSON text"},        {TOIL_REASON_NOT_OBJECT, "JSON, no object"},
    {TOIL_REASON_TRUNCATED, "ends too early"},     {TOIL_REASON_EMPTY, "no bytes, or blanks"},
    {TOIL_REASON_TOMBSTONE, "no value"},           {TOIL_REASON_ESCAPE, "a wrong escape"},
    {TOIL_REASON_NUL, "a NUL in a string"},        {TOIL_REASON_NUMBER, "malformed or too big"},
    {TOIL_REASON_DUPLICATE_KEY, "a key twice"},    {TOIL_REASON_KIND, "none, unknown, or wrong"},
    {TOIL_REASON_MISSING, "a required field"},     {TOIL_REASON_TYPE, "a field of a wrong one"},
    {TOIL_REASON_RANGE, "a value out of range"},   {TOIL_REASON_TIME, "cannot be read"},
    {TOIL_REASON_IMPLAUSIBLE_TIME, "too far off"},
};

static const char *doc_of_reason(const char *name)
{
    int reason = 0;
    while (reason < TOIL_REASON_COUNT && !toil_span_is(toil_span_of(name), toil_reasons[reason].name))
        reason++;
    for (size_t i = 0; i < sizeof brief / sizeof brief[0]; i++)
        if ((int)brief[i].reason == reason)
            return brief[i].words;
    return reason < TOIL_REASON_COUNT ? toil_reasons[reason].doc : "not known to this program";
}

static void add_intake(struct toil_analysis *analysis)
{
    for (int kind = 0; kind <= TOIL_N_KINDS; kind++) {
        const struct toil_intake_counts *intake = &analysis->intake[kind];
        const char *name = kind < TOIL_N_KINDS ? toil_kinds[kind].name : "";
        add_some(analysis, "received", name, intake->received,
                 kind < TOIL_N_KINDS ? "read from topics and files" : "no event was made of them");
    }
    for (int kind = 0; kind <= TOIL_N_KINDS; kind++)
        add_some(analysis, "duplicates", kind < TOIL_N_KINDS ? toil_kinds[kind].name : "",
                 analysis->intake[kind].duplicates, "came again, added no row");
    for (int kind = 0; kind <= TOIL_N_KINDS; kind++)
        add_some(analysis, "skipped", kind < TOIL_N_KINDS ? toil_kinds[kind].name : "", analysis->intake[kind].skipped,
                 "blank lines: no event, no fault");
    for (size_t i = 0; i < analysis->reason_count; i++) {
        const struct toil_reason_count *reason = &analysis->reason[i];
        if (!reason->gap)
            add(analysis, "quarantined", "", reason->count,
                toil_xasprintf("%s: %s", reason->reason, doc_of_reason(reason->reason)));
    }
    for (size_t i = 0; i < analysis->reason_count; i++) {
        const struct toil_reason_count *reason = &analysis->reason[i];
        if (reason->gap)
            add(analysis, "never read", "", reason->count, toil_xasprintf("%s: gone from the broker", reason->reason));
    }
}

static uint64_t rows_of(const struct toil_analysis *analysis, enum toil_kind kind)
{
    const struct toil_kind_counts *counts = &analysis->counts[kind];
    if (kind == TOIL_KIND_WORK_LOG)
        return analysis->spans[TOIL_FROM_WORK_LOG_VERSION].rows;
    return toil_kinds[kind].shape == TOIL_SHAPE_STATE ? counts->versions : counts->known + counts->ending_rows;
}

static void add_rows(struct toil_analysis *analysis)
{
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        add_some(analysis, "stored", toil_kinds[kind].name, analysis->intake[kind].stored, "each once");
    for (int kind = 0; kind < TOIL_N_KINDS; kind++)
        add_some(analysis, "of these older versions", toil_kinds[kind].name, analysis->intake[kind].older,
                 "came after a higher version");
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        uint64_t rows = rows_of(analysis, (enum toil_kind)kind), stored = analysis->intake[kind].stored;
        if (rows == 0 && stored == 0)
            continue;
        char *why = rows == stored  ? toil_xstrdup("as stored")
                    : rows > stored ? toil_xasprintf("%llu came in by another way", (unsigned long long)(rows - stored))
                                    : toil_xasprintf("%llu removed since", (unsigned long long)(stored - rows));
        add(analysis, "in tables", toil_kinds[kind].name, rows, why);
    }
}

/* A count of each kind, and when a row of nought says something. */
struct stage {
    const char *name, *why;
    size_t offset; /* of the count */
    enum { NOT_ZERO, OF_STATES, OF_ALL } shown;
};

#define KIND(field) offsetof(struct toil_kind_counts, field)

/* From the rows of a kind to its events of the window. */
static const struct stage stages[] = {
    {"endings", "ends told apart by the source", KIND(ending_rows), NOT_ZERO},
    {"endings joined", "met their beginning by id", KIND(joined), NOT_ZERO},
    {"endings unmet", "never told to have begun", KIND(unmet), NOT_ZERO},
    {"ids", "what the versions are of", KIND(known), OF_STATES},
    {"repeated id", "the id again later: a fault", KIND(repeated), NOT_ZERO},
    {"deleted", "deleted at the source", KIND(deleted), NOT_ZERO},
    {"without a time", "no version tells when it was", KIND(timeless), NOT_ZERO},
    {"outside the window", "before or after it", KIND(outside), NOT_ZERO},
    {"in the window", "counted, each once", KIND(inside), OF_ALL},
    {"mapped", "to a component of the catalog", KIND(mapped), NOT_ZERO},
    {"unmapped", "no rule matches the name", KIND(unmapped), NOT_ZERO},
    {"without a name", "name no component", KIND(nameless), NOT_ZERO},
};

#define TRACE(field) offsetof(struct toil_trace_counts, field)

/* From what may be somebody's action to the time that it stands for. */
static const struct stage action_stages[] = {
    {"possible actions", "events that people may have done", TRACE(seen), NOT_ZERO},
    {"actions automatic", "done without a person: no hours", TRACE(automatic), NOT_ZERO},
    {"actions without a person", "nobody named, no time declared", TRACE(nobody), NOT_ZERO},
    {"actions without a time", "not told when it was made", TRACE(timeless), NOT_ZERO},
    {"actions outside the window", "before or after it", TRACE(outside), NOT_ZERO},
    {"actions of no time", "declared to take none", TRACE(nothing), NOT_ZERO},
    {"actions declared", "minutes declared: in full", TRACE(declared), NOT_ZERO},
    {"actions declared by unknown", "in full, each its own person", TRACE(declared_unknown), NOT_ZERO},
    {"actions measured", "beginning and end by a person", TRACE(measured), NOT_ZERO},
    {"actions as points", "gathered into sessions", TRACE(points), NOT_ZERO},
    {"of these over 12 h", "measured: was the end told late?", TRACE(long_measured), NOT_ZERO},
};

static void add_stage(struct toil_analysis *analysis, const struct stage *stage, const void *counts, int kind)
{
    uint64_t count = *(const uint64_t *)(const void *)((const char *)counts + stage->offset);
    bool state = toil_kinds[kind].shape == TOIL_SHAPE_STATE;
    bool told = stage->shown == NOT_ZERO ? count > 0 : rows_of(analysis, (enum toil_kind)kind) > 0;
    if (stage->shown == OF_STATES) /* a fact has one row: its ids are its rows */
        told = told && state;
    if (told)
        add(analysis, stage->name, toil_kinds[kind].name, count, toil_xstrdup(stage->why));
}

/* Stage by stage, so that the kinds of one stand together. */
static void add_kinds(struct toil_analysis *analysis)
{
    for (size_t s = 0; s < sizeof stages / sizeof stages[0]; s++)
        for (int kind = 0; kind < TOIL_N_KINDS; kind++)
            add_stage(analysis, &stages[s], &analysis->counts[kind], kind);
}

static void add_tickets(struct toil_analysis *analysis)
{
    const char *name = toil_kinds[TOIL_KIND_SUPPORT_TICKET].name;
    if (analysis->counts[TOIL_KIND_SUPPORT_TICKET].inside == 0)
        return;
    add(analysis, "tickets named", name, analysis->ticket_how[TOIL_HOW_NAMED], toil_xstrdup("name their component"));
    add_some(analysis, "tickets unmapped", name, analysis->ticket_unmapped, "name what no rule matches");
    add(analysis, "tickets by topic", name, analysis->ticket_how[TOIL_HOW_TOPIC],
        toil_xstrdup("a component declares the topic"));
    add(analysis, "tickets hidden", name, analysis->ticket_how[TOIL_HOW_HIDDEN],
        toil_xasprintf("follow failures: %.1f by shares", analysis->hidden_tickets));
    add(analysis, "tickets unexplained", name, analysis->ticket_how[TOIL_HOW_UNEXPLAINED],
        toil_xstrdup("no name, no topic, no link"));
}

static void add_actions(struct toil_analysis *analysis)
{
    for (size_t s = 0; s < sizeof action_stages / sizeof action_stages[0]; s++)
        for (int kind = 0; kind < TOIL_N_KINDS; kind++)
            add_stage(analysis, &action_stages[s], &analysis->traces_of[kind], kind);
}

static void add_hours(struct toil_analysis *analysis)
{
    const struct toil_hours_result *hours = &analysis->hours;
    add_some(analysis, "people", "", hours->people, "who left a trace of work");
    add_some(analysis, "people round the clock", "", hours->round_the_clock, "at every hour of the day: robots?");
    add_some(analysis, "sessions", "", hours->totals.sessions, "of points, at the default gap");
    if (hours->totals.lost_count > 0)
        add(analysis, "bookings cut", "", hours->totals.lost_count,
            toil_xasprintf("%.1f h beyond their days", (double)hours->totals.lost_us / (double)TOIL_US_PER_HOUR));
    if (hours->replaced_units > 0)
        add(analysis, "logged and traced", "", hours->replaced_units,
            toil_xasprintf("%.1f h inferred gave way", hours->replaced_hours));
}

void toil_funnel_fill(struct toil_analysis *analysis)
{
    add_intake(analysis);
    add_rows(analysis);
    add_kinds(analysis);
    add_tickets(analysis);
    add_actions(analysis);
    add_hours(analysis);
}
