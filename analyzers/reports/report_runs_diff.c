/* runs diff: what changed between two runs, and why: new data, late data, other parameters, another catalog. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_store.h"
#include "report_numbers.h"
#include "report_runs.h"
#include "report_runs_diff.h"

void toil_runs_two_add(struct toil_runs_two *two, const char *section, const char *what, const char *before,
                       const char *after, const char *why)
{
    const char *const text[] = {section, what, before, after, why};
    toil_report_add_row(two->b.report, 0, two->group, NAN);
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        toil_report_set_text(two->b.report, i, text[i]);
}

static bool compare_time(struct toil_runs_two *two, const char *what, int64_t a_us, int64_t b_us)
{
    char a[40] = "none", b[40] = "none";
    if (a_us == b_us)
        return false;
    if (a_us != TOIL_TIME_NONE)
        toil_report_time_text(two->b.catalog->zone, a_us, a);
    if (b_us != TOIL_TIME_NONE)
        toil_report_time_text(two->b.catalog->zone, b_us, b);
    toil_runs_two_add(two, "window", what, a, b, NULL);
    return true;
}

static void compare_windows(struct toil_runs_two *two)
{
    const struct toil_run_frame *a = &two->a.report->run, *b = &two->b.report->run;
    bool from = compare_time(two, "from", a->from_us, b->from_us);
    bool to = compare_time(two, "to", a->to_us, b->to_us);
    two->window = from || to;
    two->watermark = compare_time(two, "watermark", a->watermark_us, b->watermark_us);
    two->version = strcmp(two->a.version, two->b.version) != 0;
    if (two->version)
        toil_runs_two_add(two, "program", "version", two->a.version, two->b.version, NULL);
}

/* Rows of a query of (what, before, after); numbers are rounded for people when `decimals` is not negative. */
static enum toil_status compare(struct toil_runs_two *two, const char *section, const struct toil_sql *sql,
                                int decimals, bool *differs, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status = toil_scope_query(&two->b, sql, TOIL_PARAMS({two->a.run_id}, {two->b.run_id}), &rows, err);
    if (status != TOIL_OK)
        return status;
    two->group++;
    *differs = toil_result_rows(rows) > 0;
    struct toil_buf before = TOIL_BUF_INIT, after = TOIL_BUF_INIT;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *what = toil_result_text(rows, r, 0);
        if (decimals < 0) {
            toil_runs_two_add(two, section, what, toil_result_null(rows, r, 1) ? NULL : toil_result_text(rows, r, 1),
                              toil_result_null(rows, r, 2) ? NULL : toil_result_text(rows, r, 2), NULL);
            continue;
        }
        toil_buf_clear(&before);
        toil_buf_clear(&after);
        toil_number_add(&before, toil_result_double(rows, r, 1), decimals);
        toil_number_add(&after, toil_result_double(rows, r, 2), decimals);
        toil_runs_two_add(two, section, what, before.data, after.data, NULL);
    }
    toil_buf_release(&before);
    toil_buf_release(&after);
    toil_result_free(rows);
    return TOIL_OK;
}

static void add_catalog_change(void *context, const struct toil_catalog_change *change)
{
    struct toil_runs_two *two = context;
    char *what = toil_xasprintf("%s %s", change->how, change->what);
    toil_runs_two_add(two, "catalog", what, change->before, change->after, NULL);
    free(what);
}

static void compare_catalogs(struct toil_runs_two *two)
{
    two->group++;
    two->catalog = toil_catalog_diff_each(two->a.catalog, two->b.catalog, add_catalog_change, two) > 0;
}

/* Instants and whole local days that both cover. */
static void find_common(struct toil_runs_two *two)
{
    const struct toil_run_frame *a = &two->a.report->run, *b = &two->b.report->run;
    if (a->from_us == TOIL_TIME_NONE || b->from_us == TOIL_TIME_NONE)
        return;
    int64_t from = a->from_us > b->from_us ? a->from_us : b->from_us;
    int64_t to = a->to_us < b->to_us ? a->to_us : b->to_us;
    if (from >= to)
        return;
    struct toil_zone *zone = two->b.catalog->zone;
    two->both_from_us = from;
    two->both_to_us = to;
    two->both_from_day = toil_zone_day(zone, from);
    two->both_to_day = toil_zone_day(zone, to);
    if (toil_zone_day_start_us(zone, two->both_from_day) < from)
        two->both_from_day++;
}

/* Other tickets within what both cover came late, and so did other events of the same window. */
static enum toil_status find_late(struct toil_runs_two *two, struct toil_error *err)
{
    if (two->both_from_us == two->both_to_us)
        return TOIL_OK;
    char from[32], to[32];
    struct toil_result *rows = NULL;
    toil_time_format(two->both_from_us, from);
    toil_time_format(two->both_to_us, to);
    enum toil_status status = toil_scope_query(&two->b, &toil_sql_report_diff_overlap,
                                               TOIL_PARAMS({two->a.run_id}, {two->b.run_id}, {from}, {to}), &rows, err);
    if (status == TOIL_OK)
        two->late = toil_result_int64(rows, 0, 0) != toil_result_int64(rows, 0, 1) || (!two->window && two->events);
    toil_result_free(rows);
    return status;
}

static void add_reason(struct toil_buf *out, bool holds, const char *reason)
{
    if (holds)
        toil_buf_printf(out, "%s%s", out->len ? "; " : "", reason);
}

static void answer(struct toil_runs_two *two)
{
    struct toil_buf why = TOIL_BUF_INIT;
    add_reason(&why, two->window && two->events, "new data (the window moved)");
    add_reason(&why, two->window && !two->events, "another window, with the same number of events");
    add_reason(&why, !two->window && two->watermark && !two->events,
               "more was read (the watermark moved), nothing of it in the window");
    add_reason(&why, two->late && two->window, "late data (more is known about the time that both cover)");
    add_reason(&why, two->late && !two->window, "late data (same window, other events)");
    add_reason(&why, two->parameters, "other parameters");
    add_reason(&why, two->catalog, "another catalog");
    add_reason(&why, two->version, "another version of the program");
    if (why.len)
        toil_report_answer(two->b.report, "Run %s differs from run %s: %s.%s%s", two->b.run_id, two->a.run_id, why.data,
                           two->hours ? "" : " The hours are the same.",
                           two->links ? " Links are established in one of the two only." : "");
    else if (two->hours || two->events || two->links)
        toil_report_answer(two->b.report,
                           "Run %s differs from run %s although window, parameters and catalog are the same.",
                           two->b.run_id, two->a.run_id);
    else
        toil_report_answer(two->b.report, "Runs %s and %s say the same.", two->a.run_id, two->b.run_id);
    toil_buf_release(&why);
}

static enum toil_status compare_all(struct toil_runs_two *two, struct toil_error *err)
{
    compare_windows(two);
    enum toil_status status = compare(two, "parameters", &toil_sql_report_diff_parameters, -1, &two->parameters, err);
    if (status != TOIL_OK)
        return status;
    compare_catalogs(two);
    find_common(two);
    status = compare(two, "events", &toil_sql_report_diff_events, 0, &two->events, err);
    if (status == TOIL_OK)
        status = find_late(two, err);
    if (status == TOIL_OK)
        status = toil_runs_two_numbers(two, err);
    if (status == TOIL_OK)
        status = compare(two, "links", &toil_sql_report_diff_links, -1, &two->links, err);
    if (status == TOIL_OK)
        answer(two);
    return status;
}

enum toil_status toil_runs_diff(struct toil_db *db, const char *a, const char *b, struct toil_report *report,
                                struct toil_error *err)
{
    const struct toil_report_options earlier = {.run = a}, later = {.run = b};
    struct toil_report *other = toil_report_new("runs", "");
    struct toil_runs_two two = {0};
    enum toil_status status = toil_scope_open(db, &earlier, other, &two.a, err);
    if (status == TOIL_OK)
        status = toil_scope_open(db, &later, report, &two.b, err);
    if (status == TOIL_OK) {
        toil_report_small(report, "compared", "with run %s", two.a.run_id);
        toil_report_add_column(report, &(struct toil_column){.key = "section", .title = "section"});
        toil_report_add_column(report, &(struct toil_column){.key = "what", .title = "what", .wrap = true});
        toil_report_add_column(report, &(struct toil_column){.key = "before", .title = "before", .wrap = true});
        toil_report_add_column(report, &(struct toil_column){.key = "after", .title = "after", .wrap = true});
        toil_report_add_column(report, &(struct toil_column){.key = "why", .title = "why", .wrap = true});
        report->top = 40;
        status = compare_all(&two, err);
    }
    toil_scope_release(&two.a);
    toil_scope_release(&two.b);
    toil_report_free(other);
    return status;
}
