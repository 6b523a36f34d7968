/* What every report starts from: one run, its catalog, and the part of its window that was asked for. The one place
 * where reports meet the database; a query that is run through it shows up in --explain by itself. */
#ifndef TOIL_REPORT_SCOPE_H
#define TOIL_REPORT_SCOPE_H

#include "catalog/catalog.h"
#include "report.h"
#include "toilmeter/db.h"

/* As the command line gives them; all borrowed, NULL when not given. */
struct toil_report_options {
    const char *run;       /* an id; the latest by default */
    const char *from, *to; /* a date in the catalog's zone, or RFC 3339; to is exclusive */
    const char *by;        /* sprint, week, month */
    const char *team, *component;
    const char *item;    /* id of a debt item of the catalog */
    const char *command; /* how to say it again, without options: "report hours"; NULL: that line is left out */
    bool people;         /* for people alone, with the report's own number of rows: no others need be read */
    const char *subject; /* what stands behind the command: an item, a ticket, a component; else NULL */
};

struct toil_scope {
    struct toil_db *db;                        /* borrowed */
    struct toil_report *report;                /* borrowed: what is being built */
    const struct toil_report_options *options; /* borrowed */
    struct toil_catalog *catalog;              /* owned: as of the run */
    const struct toil_item *item;              /* the options' item, of catalog; NULL when none was asked for */
    enum toil_period by;
    /* What was asked for, within what the run covers; from_us == to_us when the run holds nothing. */
    int64_t from_us, to_us;
    int64_t from_day, to_day; /* local dates, to_day exclusive */
    bool narrowed;            /* the options cut something off */
    /* Ready parameters. The texts of from and to are NULL when nothing is cut off there. */
    char run_id[24], from_time[32], to_time[32], from_date[32], to_date[32], sprint_start[32], sprint_days[24];
    const char *by_name;          /* "all" when not given */
    const char *version;          /* of the program that made the run; lives as long as the report */
    struct toil_week_rows *weeks; /* owned: weeks that were read; see week_rows.h */
};

/* Reads the run and its catalog, checks the options, fills the report's run frame and the small print that all reports
 * share. TOIL_BAD_INPUT with a hint: no run yet, no such run, a window outside it, an unknown team, component or item.
 */
enum toil_status toil_scope_open(struct toil_db *db, const struct toil_report_options *options,
                                 struct toil_report *report, struct toil_scope *out,
                                 struct toil_error *err) TOIL_MUST_CHECK;
void toil_scope_release(struct toil_scope *scope);
/* Of the options: a part of toil_scope_open. */
enum toil_status toil_scope_check_names(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;

/* Runs a query and keeps it for --explain. *out: owned. */
enum toil_status toil_scope_query(struct toil_scope *scope, const struct toil_sql *sql, const struct toil_param *params,
                                  size_t param_count, struct toil_result **out, struct toil_error *err) TOIL_MUST_CHECK;

/* A query and its parameters. */
struct toil_scope_ask {
    const struct toil_sql *sql;
    const struct toil_param *params;
    size_t param_count;
};
/* What `analyze` kept with the run, when all of its window is asked for and there are such rows; a part of the window,
 * and a run that was made before they were kept, is made anew. Both give the same columns. *out: owned. */
enum toil_status toil_scope_query_kept(struct toil_scope *scope, const struct toil_scope_ask *kept,
                                       const struct toil_scope_ask *anew, struct toil_result **out,
                                       struct toil_error *err) TOIL_MUST_CHECK;

/* True when the run has no event in it at all: then the answer and a note say so and the report is done. */
bool toil_scope_empty(struct toil_scope *scope);
/* The ratio of the whole window from the rows of report_calibration; false when there is none. */
bool toil_scope_calibration(const struct toil_result *rows, struct toil_estimate *out);
/* Were inferred hours scaled by it, or by a month's? */
bool toil_scope_calibrated(const struct toil_result *rows);
/* Sprints in the window, as a fraction; a sprint's length as "2 weeks" or "10 days". */
double toil_scope_sprints(const struct toil_scope *scope);
void toil_scope_sprint_text(const struct toil_scope *scope, char out[32]);
/* "2026-01-05 to 2026-01-18", both included. */
void toil_scope_window_text(const struct toil_scope *scope, char out[80]);
/* Columns period and period_end: for people only when a period was asked for. Returns the index of the first. */
size_t toil_scope_add_period_columns(struct toil_scope *scope);
/* Fills them in the last row: from a query's day number, or with the whole window. */
void toil_scope_set_period(struct toil_scope *scope, size_t column, const struct toil_result *rows, size_t row,
                           unsigned field);
void toil_scope_set_window(struct toil_scope *scope, size_t column);

/* Components that the data can't tell apart share their hidden tickets and followed hours under one name, "a | b".
 * Is `name` that component, or a group that holds it? */
bool toil_report_holds(const char *name, const char *component);
/* As people read it: "a or b". */
void toil_report_component_add(struct toil_buf *out, const char *name);
/* The component, or each member of the group, as items of a text[] parameter (toil_array_add_text). */
void toil_report_members_add(struct toil_buf *array, const char *name);
/* The team of a component, of a group that of its members if they have one in common; NULL. */
const char *toil_scope_team(const struct toil_scope *scope, const char *name);

/* Notes what the reader must know about days and periods: edges of the window that cut one. */
void toil_scope_note_period(struct toil_scope *scope);

/* A kind of event as people call it: "restart" for service_restart; the name itself when there is none. */
const char *toil_report_kind_title(const char *kind);

/* " --NAME VALUE", the value quoted where it must be; nothing when it is NULL. */
void toil_report_option_add(struct toil_buf *command, const char *name, const char *value);
/* "2026-01-05 10:00 +01:00" in a zone. */
void toil_report_time_text(struct toil_zone *zone, int64_t time_us, char out[40]);
void toil_report_day_text(int64_t day, char out[32]);
/* One argument of a shell command, quoted where it must be. */
void toil_report_shell_add(struct toil_buf *out, const char *argument);

#endif
