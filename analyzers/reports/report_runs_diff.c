/* runs diff: what changed between two runs, and why: new data, late data, other parameters, another catalog. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_store.h"
#include "report_numbers.h"
#include "report_runs.h"

struct two {
    struct toil_scope a, b; /* b's report is the one that is built */
    size_t group;
    bool window, watermark, parameters, catalog, events, hours, links, late, version;
};

static void add_change(struct two *two, const char *section, const char *what, const char *before, const char *after)
{
    struct toil_report *report = two->b.report;
    toil_report_add_row(report, 0, two->group, NAN);
    toil_report_set_text(report, 0, section);
    toil_report_set_text(report, 1, what);
    toil_report_set_text(report, 2, before);
    toil_report_set_text(report, 3, after);
}

static bool compare_time(struct two *two, const char *what, int64_t a_us, int64_t b_us)
{
    char a[40] = "none", b[40] = "none";
    if (a_us == b_us)
        return false;
    if (a_us != TOIL_TIME_NONE)
        toil_report_time_text(two->b.catalog->zone, a_us, a);
    if (b_us != TOIL_TIME_NONE)
        toil_report_time_text(two->b.catalog->zone, b_us, b);
    add_change(two, "window", what, a, b);
    return true;
}

static void compare_windows(struct two *two)
{
    const struct toil_run_frame *a = &two->a.report->run, *b = &two->b.report->run;
    bool from = compare_time(two, "from", a->from_us, b->from_us);
    bool to = compare_time(two, "to", a->to_us, b->to_us);
    two->window = from || to;
    two->watermark = compare_time(two, "watermark", a->watermark_us, b->watermark_us);
    two->version = strcmp(two->a.version, two->b.version) != 0;
    if (two->version)
        add_change(two, "program", "version", two->a.version, two->b.version);
}

/* Rows of a query of (what, before, after); numbers are rounded for people when `decimals` is not negative. */
static enum toil_status compare(struct two *two, const char *section, const struct toil_sql *sql, int decimals,
                                bool *differs, struct toil_error *err)
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
            add_change(two, section, what, toil_result_null(rows, r, 1) ? NULL : toil_result_text(rows, r, 1),
                       toil_result_null(rows, r, 2) ? NULL : toil_result_text(rows, r, 2));
            continue;
        }
        toil_buf_clear(&before);
        toil_buf_clear(&after);
        toil_number_add(&before, toil_result_double(rows, r, 1), decimals);
        toil_number_add(&after, toil_result_double(rows, r, 2), decimals);
        add_change(two, section, what, before.data, after.data);
    }
    toil_buf_release(&before);
    toil_buf_release(&after);
    toil_result_free(rows);
    return TOIL_OK;
}

static void compare_catalogs(struct two *two)
{
    struct toil_buf lines = TOIL_BUF_INIT;
    two->group++;
    two->catalog = toil_catalog_diff(two->a.catalog, two->b.catalog, &lines) > 0;
    for (char *line = lines.data; line && *line;) {
        size_t len = strcspn(line, "\n");
        bool last = line[len] == '\0';
        line[len] = '\0';
        if (len)
            add_change(two, "catalog", line, NULL, NULL);
        line += len + !last;
    }
    toil_buf_release(&lines);
}

/* Within what both cover: with the same settings and catalog a difference there is data that came late. */
static enum toil_status find_late(struct two *two, struct toil_error *err)
{
    const struct toil_run_frame *a = &two->a.report->run, *b = &two->b.report->run;
    int64_t from = a->from_us > b->from_us ? a->from_us : b->from_us;
    int64_t to = a->to_us < b->to_us ? a->to_us : b->to_us;
    if (a->from_us == TOIL_TIME_NONE || b->from_us == TOIL_TIME_NONE || from >= to)
        return TOIL_OK;
    struct toil_zone *zone = two->b.catalog->zone;
    int64_t first = toil_zone_day(zone, from), after = toil_zone_day(zone, to);
    if (toil_zone_day_start_us(zone, first) < from)
        first++;
    char from_time[32], to_time[32], from_day[32], to_day[32];
    toil_time_format(from, from_time);
    toil_time_format(to, to_time);
    toil_report_day_text(first, from_day);
    toil_report_day_text(after, to_day);
    struct toil_result *rows = NULL;
    enum toil_status status = toil_scope_query(
        &two->b, &toil_sql_report_diff_overlap,
        TOIL_PARAMS({two->a.run_id}, {two->b.run_id}, {from_time}, {to_time}, {from_day}, {to_day}), &rows, err);
    if (status != TOIL_OK)
        return status;
    bool tickets = toil_result_int64(rows, 0, 0) != toil_result_int64(rows, 0, 1);
    bool hours = fabs(toil_result_double(rows, 0, 2) - toil_result_double(rows, 0, 3)) > 1e-6;
    two->late = tickets || hours || (two->events && !two->window);
    toil_result_free(rows);
    return TOIL_OK;
}

static void add_reason(struct toil_buf *out, bool holds, const char *reason)
{
    if (holds)
        toil_buf_printf(out, "%s%s", out->len ? "; " : "", reason);
}

static void answer(struct two *two)
{
    struct toil_buf why = TOIL_BUF_INIT;
    bool same_rules = !two->parameters && !two->catalog && !two->version;
    add_reason(&why, two->window && two->events, "new data (the window moved)");
    add_reason(&why, two->window && !two->events, "another window, with the same number of events");
    add_reason(&why, !two->window && two->watermark && !two->events,
               "more was read (the watermark moved), nothing of it in the window");
    add_reason(&why, two->late && same_rules, "late data (more is known about the time that both cover)");
    add_reason(&why, two->late && !same_rules && !two->window && two->events, "late data (same window, other events)");
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

static enum toil_status compare_all(struct two *two, struct toil_error *err)
{
    compare_windows(two);
    enum toil_status status = compare(two, "parameters", &toil_sql_report_diff_parameters, -1, &two->parameters, err);
    if (status != TOIL_OK)
        return status;
    compare_catalogs(two);
    status = compare(two, "events", &toil_sql_report_diff_events, 0, &two->events, err);
    if (status == TOIL_OK)
        status = compare(two, "hours", &toil_sql_report_diff_hours, 1, &two->hours, err);
    if (status == TOIL_OK)
        status = compare(two, "links", &toil_sql_report_diff_links, -1, &two->links, err);
    if (status == TOIL_OK)
        status = find_late(two, err);
    if (status == TOIL_OK)
        answer(two);
    return status;
}

enum toil_status toil_runs_diff(struct toil_db *db, const char *a, const char *b, struct toil_report *report,
                                struct toil_error *err)
{
    const struct toil_report_options earlier = {.run = a}, later = {.run = b};
    struct toil_report *other = toil_report_new("runs", "");
    struct two two = {0};
    enum toil_status status = toil_scope_open(db, &earlier, other, &two.a, err);
    if (status == TOIL_OK)
        status = toil_scope_open(db, &later, report, &two.b, err);
    if (status == TOIL_OK) {
        toil_report_small(report, "compared", "with run %s", two.a.run_id);
        toil_report_add_column(report, &(struct toil_column){.key = "section", .title = "section"});
        toil_report_add_column(report, &(struct toil_column){.key = "what", .title = "what", .wrap = true});
        toil_report_add_column(report, &(struct toil_column){.key = "before", .title = "before", .wrap = true});
        toil_report_add_column(report, &(struct toil_column){.key = "after", .title = "after", .wrap = true});
        report->top = 40;
        status = compare_all(&two, err);
    }
    toil_scope_release(&two.a);
    toil_scope_release(&two.b);
    toil_report_free(other);
    return status;
}
