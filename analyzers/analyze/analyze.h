/* One analysis: from the events of the database to the rows of a run. Stages, each in a file of its own:
 *
 *   analyze.c          drives them: watermark, snapshot, window
 *   fetch.c            rows of the database
 *   analyze_names.c    raw names to components, topics to components, splits
 *   analyze_facts.c    restarts, rebalances and their endings   \
 *   analyze_tickets.c  tickets and their versions                > traces of people's work, tickets, counts
 *   analyze_logs.c     work logs                                /
 *   analyze_links.c    failures and tickets to the search for hidden links (analyze_releases.c: shared releases)
 *   analyze_shares.c   what it found to shares of tickets
 *   analyze_match.c    which traces bookings speak of
 *   analyze_hours.c    traces to hours by component, kind, activity and day
 *   analyze_weeks.c    every measure by component and week
 *   analyze_funnel.c   counts to the stages of the funnel
 *   analyze_write.c    the run, in one transaction (analyze_write_links.c: links and their evidence;
 *                      analyze_write_periods.c: tickets by component and period;
 *                      analyze_write_teams.c: persons behind each team's hours)
 *
 * Nothing depends on the order in which events arrived: every query is sorted by keys, and numbers (of people, items,
 * names) are given out in that order. */
#ifndef TOIL_ANALYZE_H
#define TOIL_ANALYZE_H

#include "analyze_intern.h"
#include "analyze_progress.h"
#include "catalog/catalog.h"
#include "fetch.h"
#include "stats/calibrate.h"
#include "stats/link_data.h"
#include "stats/sessions.h"

#define TOIL_N_GAPS 4
extern const int toil_gap_minutes[TOIL_N_GAPS]; /* 10, 20, 30, 60 */
#define TOIL_DEFAULT_GAP 1                      /* index of 20 */

/* Told when a stage begins and how far the whole analysis is (see analyze_progress.h); total 0 while that is not known.
 * A stage is over when the next one begins; the names are static. May come from another thread, from one at a time. */
typedef void (*toil_progress_fn)(void *context, const char *stage, uint64_t done, uint64_t total);

struct toil_analysis_options {
    /* A date in the catalog's zone or RFC 3339; `to` is exclusive. NULL: all there is, up to the watermark. Borrowed.
     */
    const char *from, *to;
    uint64_t seed; /* 0 to 2^32 - 1 */
    int64_t bin_us;
    struct toil_lag_band bands[TOIL_LINK_MAX_BANDS]; /* ascending, disjoint; none: no links are looked for */
    size_t band_count;
    const char *label;         /* borrowed; NULL when there is none */
    toil_progress_fn progress; /* may be NULL */
    void *progress_context;
};

/* How a ticket came by its components. Hidden: by links, at least in part. */
enum toil_how { TOIL_HOW_NAMED, TOIL_HOW_TOPIC, TOIL_HOW_UNEXPLAINED, TOIL_HOW_HIDDEN, TOIL_N_HOWS };

struct toil_part {
    uint32_t component; /* see toil_component_name */
    uint32_t hidden;    /* of a share that a link brought: index into analysis.hidden; else TOIL_NO_TEXT */
    double weight;      /* above 0 */
};

/* Components that share something: split[i] is part[begin .. begin + count), whose weights sum to one. The first ones
 * are the components themselves, each alone, then (unmapped) and (unexplained), so that a component's number is its
 * split. */
struct toil_split {
    uint32_t begin, count;
    uint32_t clock; /* the component whose calendar the work follows; not of the parts where links brought those, so
                     * that links move no hour from one day to another */
};

/* What hours and shares can belong to beside the catalog's components: numbers behind toil_unexplained(). */
struct toil_extra {
    char *name;  /* owned; "(shared release)", or "a | b": which of them cannot be told */
    size_t team; /* index into the catalog's, SIZE_MAX when they have none in common */
};

struct toil_names {
    const struct toil_catalog *catalog; /* borrowed */
    struct toil_intern raw;
    uint32_t *component; /* [raw.count] */
    uint64_t *events;    /* [raw.count] events of the window that carry the name */
    size_t component_cap, events_cap;
    struct toil_intern topics;
    uint32_t *topic_split; /* [topics.count] */
    size_t topic_split_cap;
    struct toil_split *split;
    struct toil_part *part;
    size_t split_count, split_cap, part_count, part_cap;
    struct toil_extra *extra;
    size_t extra_count, extra_cap;
};

/* Of a share that a link brought. */
struct toil_hidden {
    double low, high;
    int64_t event_at_us; /* the event that weighs most */
    uint8_t kind;        /* its kind */
};

/* What hours are spent on. */
struct toil_item_of_work {
    uint32_t split;
    uint32_t unit; /* for calibration: a log and what it refers to are one unit */
    uint8_t kind;
    uint8_t activity; /* index into toil_activities */
    bool log;         /* a booking: its time is logged, whether told in minutes or by an interval */
    bool told; /* the part of another item that bookings speak of: it only serves to compare, see analyze_match.c */
};

struct toil_ticket {
    size_t id_begin; /* in analysis.ticket_ids */
    uint32_t id_len;
    uint32_t split, item; /* item: TOIL_NO_TEXT until somebody worked on it */
    int64_t at_us, closed_at_us;
    uint32_t status, topic, scope, customer; /* of analysis.texts */
    double csat;
    int32_t versions;
    uint32_t tag_begin; /* in analysis.ticket_tag */
    uint16_t tag_count; /* by bytes, no repeats */
    uint8_t severity, how;
    bool counts; /* of the window and not deleted: a row of the run */
};

/* Who stands behind a reference of a work log. */
struct toil_referred {
    uint32_t split, item; /* item: TOIL_NO_TEXT when it left no trace of work */
    bool known;
};

/* What became of possible traces of work, by kind; the parts sum to `seen`. */
struct toil_trace_counts {
    uint64_t seen;      /* facts and logs of the window; versions of tickets, those outside of it included */
    uint64_t outside;   /* of the window */
    uint64_t automatic; /* done without a person */
    uint64_t nobody;    /* no actor and no declared time */
    uint64_t timeless;  /* a version without a time */
    uint64_t declared, declared_unknown, measured, points;
    uint64_t nothing;       /* declared to have taken no time */
    uint64_t long_measured; /* of those measured, over twelve hours */
};

struct toil_kind_counts {
    uint64_t known;    /* rows: of facts, or current rows of states */
    uint64_t versions; /* rows of versions; of those in the window for `window_versions` */
    uint64_t window_versions;
    uint64_t repeated; /* the same id at a later time */
    uint64_t outside, inside;
    uint64_t deleted, timeless;
    uint64_t mapped, unmapped, nameless;          /* of those inside */
    uint64_t endings, ending_rows, joined, unmet; /* rows of endings; facts told to have ended; met; never met */
};

struct toil_cell {
    uint32_t component;
    uint8_t kind, activity;
    int32_t day; /* days since 1970, in the catalog's zone */
    double hours[TOIL_N_GAPS];
    double shift[TOIL_N_SHIFTS];
    double declared, measured, inferred, calibrated;
    double followed; /* of the hours, those that came by shares that links brought */
    double cost;     /* NAN where no rate is in force */
};

struct toil_calibration_row {
    char period[16]; /* "" or "2026-01" */
    struct toil_calibration result;
    bool used;
};

struct toil_hours_result {
    struct toil_cell *cell; /* by component's name, kind, activity, day */
    size_t cell_count;
    struct toil_calibration_row *calibration; /* the whole window first, then months */
    size_t calibration_count;
    double gap_ratio[TOIL_N_GAPS]; /* NAN when not calibrated */
    struct toil_post_learned learned;
    struct toil_session_rules rules;
    struct toil_session_totals totals;
    uint64_t people, replaced_units; /* replaced: what bookings speak of */
    double replaced_hours, capped_hours;
    uint64_t round_the_clock; /* people who act at every hour of the day: robots, most likely */
};

struct toil_funnel_row {
    const char *stage, *kind; /* static */
    uint64_t count;
    char *why; /* owned */
};

/* Why messages did not become events: in quarantine, or never read. */
struct toil_reason_count {
    char *reason; /* owned */
    uint64_t count;
    bool gap;
};

struct toil_analysis {
    struct toil_analysis_options options;
    struct toil_catalog *catalog;
    struct toil_buf catalog_json;
    int64_t catalog_id;
    struct toil_watermark watermark;
    int64_t from_us, to_us; /* the window, to_us exclusive; equal when there is no event */
    struct toil_table_span spans[TOIL_N_SOURCES];
    struct toil_intake_counts intake[TOIL_N_KINDS + 1];
    uint64_t imports;
    struct toil_kind_counts counts[TOIL_N_KINDS];
    struct toil_trace_counts traces_of[TOIL_N_KINDS];

    struct toil_names names;
    struct toil_intern people, texts;
    uint32_t unknown_people; /* bookings without an actor: each is a person of its own */
    struct toil_item_of_work *item;
    size_t item_count, item_cap;
    struct toil_trace *trace;
    size_t trace_count, trace_cap;

    struct toil_ticket *ticket;
    size_t ticket_count, ticket_cap;
    struct toil_buf ticket_ids;
    struct toil_intern tags;
    uint32_t *ticket_tag; /* of tags */
    size_t ticket_tag_count, ticket_tag_cap;
    struct toil_intern refs; /* what work logs refer to */
    struct toil_referred *referred;
    uint64_t ticket_how[TOIL_N_HOWS], ticket_unmapped;
    struct toil_link_search *links; /* see analyze_links.h; owned */
    struct toil_hidden *hidden;
    size_t hidden_count, hidden_cap;
    double hidden_tickets; /* shares that links brought, summed */

    struct toil_hours_result hours;
    struct toil_weeks *weeks; /* see analyze_weeks.h; owned */
    struct toil_reason_count *reason;
    size_t reason_count, reason_cap;
    struct toil_funnel_row *funnel;
    size_t funnel_count, funnel_cap;
    uint64_t rows_done, rows_total; /* to be read */
    struct toil_progress progress;
};

void toil_analysis_init(struct toil_analysis *analysis, const struct toil_analysis_options *options);
void toil_analysis_release(struct toil_analysis *analysis);
/* Everything, from the watermark to the run's COMMIT. *run_id: of the new run. */
enum toil_status toil_analyze(struct toil_analysis *analysis, struct toil_db *db, int64_t *run_id,
                              struct toil_error *err) TOIL_MUST_CHECK;

/* ---- between the stages ---- */
bool toil_analysis_inside(const struct toil_analysis *analysis, int64_t time_us);
/* Tells the progress that a stage begins, or goes on. */
void toil_analysis_tell(const struct toil_analysis *analysis, const char *stage);
/* The same of a stage of planned work that is so far, 0 to 1. */
void toil_analysis_reach(struct toil_analysis *analysis, enum toil_stage work, const char *stage, double part);
/* One more row was read; tells the progress now and then. */
void toil_analysis_step(struct toil_analysis *analysis, const char *stage);
uint32_t toil_analysis_add_item(struct toil_analysis *analysis, enum toil_kind kind, unsigned activity, uint32_t split);
/* One possible trace of work: a fact, a version, a log. Counts it, and keeps it when a person stands behind it. */
struct toil_action {
    enum toil_kind kind;
    struct toil_span actor;
    int64_t from_us, to_us; /* to_us TOIL_NO_TIME: without an end */
    bool automatic;
    double minutes;
};
/* True when it makes a trace: then add an item (or take one) and call toil_analysis_add_trace. */
bool toil_analysis_judge(struct toil_analysis *analysis, const struct toil_action *action);
void toil_analysis_add_trace(struct toil_analysis *analysis, const struct toil_action *action, uint32_t item);

void toil_names_init(struct toil_names *names, const struct toil_catalog *catalog);
void toil_names_release(struct toil_names *names);
/* The component of a raw name: its number in the catalog, or toil_unmapped(). `events` of the name rises by `count`. */
uint32_t toil_names_map(struct toil_names *names, const struct toil_catalog *catalog, struct toil_span raw,
                        uint64_t count);
/* The split of a support topic: of the components that declare it, or toil_unexplained() when none does. */
uint32_t toil_names_topic(struct toil_names *names, const struct toil_catalog *catalog, struct toil_span topic);
/* The split of a list of components, equal parts. */
uint32_t toil_names_split(struct toil_names *names, const uint32_t *component, size_t count);
/* The split of parts, copied; clock: see toil_split. */
uint32_t toil_names_split_parts(struct toil_names *names, const struct toil_part *part, size_t count, uint32_t clock);
/* The number of something that is no component of the catalog, given out when its name is new. */
uint32_t toil_names_extra(struct toil_names *names, const char *name, size_t team);
uint32_t toil_unmapped(const struct toil_catalog *catalog);
uint32_t toil_unexplained(const struct toil_catalog *catalog);
/* Of components of the catalog, (unmapped), (unexplained) and extras. */
const char *toil_component_name(const struct toil_names *names, uint32_t component);
size_t toil_component_team(const struct toil_names *names, uint32_t component);           /* SIZE_MAX when none */
const char *toil_component_team_name(const struct toil_names *names, uint32_t component); /* "" when none */
const struct toil_calendar *toil_component_calendar(const struct toil_names *names, uint32_t component);

enum toil_status toil_analyze_facts(struct toil_analysis *analysis, struct toil_db *db,
                                    struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_analyze_tickets(struct toil_analysis *analysis, struct toil_db *db,
                                      struct toil_error *err) TOIL_MUST_CHECK;
/* Is the ticket given to components by what it says itself, their names or its topic? */
bool toil_ticket_is_sure(const struct toil_ticket *ticket);
struct toil_span toil_ticket_id(const struct toil_analysis *analysis, const struct toil_ticket *ticket);
/* Once the splits of tickets are settled: work logs that refer to a ticket follow it. */
void toil_tickets_refer(struct toil_analysis *analysis);
/* Work logs are read first, since they tell which ids matter, and understood last, once those are known. */
struct toil_logs; /* opaque */
enum toil_status toil_logs_fetch(struct toil_analysis *analysis, struct toil_db *db, struct toil_logs **out,
                                 struct toil_error *err) TOIL_MUST_CHECK;
void toil_logs_understand(struct toil_analysis *analysis, const struct toil_logs *logs);
void toil_logs_free(struct toil_logs *logs);

void toil_analyze_hours(struct toil_analysis *analysis);
/* Is it toil or an incident, and no logged work of another kind? */
bool toil_cell_is_manual(const struct toil_cell *cell);
void toil_hours_result_release(struct toil_hours_result *result);
/* Reads what the funnel needs beside the events. */
enum toil_status toil_funnel_fetch(struct toil_analysis *analysis, struct toil_db *db,
                                   struct toil_error *err) TOIL_MUST_CHECK;
void toil_funnel_fill(struct toil_analysis *analysis);
/* The run's parameters and counts as JSON. */
void toil_analysis_parameters(const struct toil_analysis *analysis, struct toil_buf *out);
void toil_analysis_events(const struct toil_analysis *analysis, struct toil_buf *out);
enum toil_status toil_analyze_write(struct toil_analysis *analysis, struct toil_db *db, int64_t *run_id,
                                    struct toil_error *err) TOIL_MUST_CHECK;

#endif
