/* report funnel: what came in, was mapped, attributed, left out, and why, as the run counted it. */
#include <math.h>
#include <string.h>

#include "report_kind.h"
#include "report_numbers.h"
#include "report_scope.h"

#define IN_TABLES "in tables"

enum field { F_STAGE, F_KIND, F_COUNT, F_WHY };

/* Sum over the kinds of a stage. */
static int64_t stage_sum(const struct toil_result *rows, const char *stage)
{
    int64_t sum = 0;
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        if (strcmp(toil_result_text(rows, r, F_STAGE), stage) == 0)
            sum += toil_result_int64(rows, r, F_COUNT);
    return sum;
}

/* Where a received message can end; together they are all that was received. */
static const struct {
    const char *stage, *said;
} ends[] = {
    {"stored", "stored once"},
    {"duplicates", "duplicates"},
    {"quarantined", "quarantined"},
    {"skipped", "skipped"},
};

static void add_ends(const struct toil_result *rows, int64_t received, struct toil_buf *out)
{
    toil_buf_add_text(out, "Of ");
    toil_count_add(out, received);
    toil_buf_add_text(out, " messages received:");
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        int64_t sum = stage_sum(rows, ends[i].stage);
        if (i > 0 && sum == 0)
            continue;
        toil_buf_add_text(out, i ? ", " : " ");
        toil_count_add(out, sum);
        toil_buf_printf(out, " %s", ends[i].said);
    }
    int64_t lost = stage_sum(rows, "never read");
    toil_buf_add_char(out, '.');
    if (lost == 0)
        return;
    toil_buf_add_char(out, ' ');
    toil_count_add(out, lost);
    toil_buf_add_text(out, lost == 1 ? " was gone from the broker before it was read."
                                     : " were gone from the broker before they were read.");
}

static void answer(struct toil_scope *scope, const struct toil_result *rows)
{
    struct toil_buf text = TOIL_BUF_INIT;
    int64_t received = stage_sum(rows, "received"), rest = received;
    if (received > 0)
        add_ends(rows, received, &text);
    int64_t inside = stage_sum(rows, "in the window"), unmapped = stage_sum(rows, "unmapped");
    toil_buf_printf(&text, "%s", text.len ? " " : "");
    toil_count_add(&text, inside);
    toil_buf_add_text(&text, inside == 1 ? " event is in the window; " : " events are in the window; ");
    if (unmapped == 0)
        toil_buf_add_text(&text, "every name in them belongs to a component.");
    else
        toil_count_add(&text, unmapped);
    if (unmapped > 0)
        toil_buf_add_text(&text, unmapped == 1 ? " has a name that no component matches."
                                               : " have a name that no component matches.");
    toil_report_answer(scope->report, "%s", text.data);
    toil_buf_release(&text);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        rest -= stage_sum(rows, ends[i].stage);
    if (received > 0 && rest != 0)
        toil_report_note(scope->report,
                         "The ends do not sum to what was received: %lld are unaccounted for. "
                         "`toilmeter doctor` looks for the cause.",
                         (long long)rest);
}

static void note_options(struct toil_scope *scope)
{
    const struct toil_report_options *options = scope->options;
    if (scope->narrowed || options->by || options->team || options->component)
        toil_report_note(scope->report, "The funnel is counted once for the whole run: --from, --to, --by, --team and "
                                        "--component do not change it.");
}

/* Where a part of the funnel begins: a blank line above it lets the eye rest. */
static bool begins_part(const struct toil_result *rows, size_t row)
{
    static const char *const first[] = {"in the window", "tickets named", "possible actions", "people"};
    const char *stage = toil_result_text(rows, row, F_STAGE);
    if (row == 0 || strcmp(stage, toil_result_text(rows, row - 1, F_STAGE)) == 0)
        return false;
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if (strcmp(stage, first[i]) == 0)
            return true;
    return false;
}

static int64_t count_of(const struct toil_result *rows, const char *stage, const char *kind)
{
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        if (strcmp(toil_result_text(rows, r, F_STAGE), stage) == 0 &&
            strcmp(toil_result_text(rows, r, F_KIND), kind) == 0)
            return toil_result_int64(rows, r, F_COUNT);
    return 0;
}

/* True when the tables hold what was stored, kind by kind: then one of the two is enough for people. */
static bool in_tables_as_stored(const struct toil_result *rows)
{
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        if (strcmp(toil_result_text(rows, r, F_STAGE), IN_TABLES) == 0 &&
            toil_result_int64(rows, r, F_COUNT) != count_of(rows, "stored", toil_result_text(rows, r, F_KIND)))
            return false;
    return true;
}

enum toil_status toil_report_build_funnel(struct toil_scope *scope, struct toil_error *err)
{
    struct toil_report *report = scope->report;
    size_t stage = toil_report_add_column(report, &(struct toil_column){.key = "stage", .title = "stage"});
    size_t kind = toil_report_add_column(report, &(struct toil_column){.key = "kind", .title = "kind"});
    size_t count = toil_report_add_column(
        report, &(struct toil_column){.key = "count", .title = "count", .kind = TOIL_COLUMN_COUNT});
    size_t why =
        toil_report_add_column(report, &(struct toil_column){.key = "why", .title = "why", .wrap = true, .once = true});
    struct toil_result *rows = NULL;
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_funnel, TOIL_PARAMS({scope->run_id}), &rows, err);
    if (status != TOIL_OK)
        return status;
    bool as_stored = in_tables_as_stored(rows);
    size_t group = 0;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *name = toil_result_text(rows, r, F_STAGE), *of = toil_result_text(rows, r, F_KIND);
        group += begins_part(rows, r);
        bool again = as_stored && strcmp(name, IN_TABLES) == 0;
        toil_report_add_row(report, again ? TOIL_ROW_MACHINE : 0, group, NAN);
        toil_report_set_text(report, stage, name);
        toil_report_set_named(report, kind, of, toil_report_kind_title(of));
        toil_report_set_count(report, count, toil_result_int64(rows, r, F_COUNT));
        toil_report_set_text(report, why, toil_result_text(rows, r, F_WHY));
    }
    if (!toil_scope_empty(scope) && toil_result_rows(rows) > 0)
        answer(scope, rows);
    else if (toil_result_rows(rows) == 0 && report->run.from_us != TOIL_TIME_NONE)
        toil_report_answer(report, "Run %s has counted no stage.", scope->run_id);
    toil_result_free(rows);
    note_options(scope);
    toil_report_arithmetic(report, "count", "as counted when the run was made; it is not calculated again");
    return TOIL_OK;
}
