/* report funnel: what came in, was mapped, attributed, left out, and why, as the run counted it. */
#include <math.h>
#include <string.h>

#include "report_numbers.h"
#include "report_scope.h"

enum field { F_STAGE, F_KIND, F_COUNT, F_WHY };

/* "received 196,212, stored 195,900, ...": every stage's sum over its kinds, in the run's order. */
static void add_stages(const struct toil_result *rows, struct toil_buf *out)
{
    size_t count = toil_result_rows(rows);
    for (size_t r = 0; r < count; r++) {
        const char *stage = toil_result_text(rows, r, F_STAGE);
        if (r > 0 && strcmp(stage, toil_result_text(rows, r - 1, F_STAGE)) == 0)
            continue;
        int64_t sum = 0;
        for (size_t s = r; s < count && strcmp(stage, toil_result_text(rows, s, F_STAGE)) == 0; s++)
            sum += toil_result_int64(rows, s, F_COUNT);
        toil_buf_printf(out, "%s%s ", r ? ", " : "", stage);
        toil_count_add(out, sum);
    }
}

static void answer(struct toil_scope *scope, const struct toil_result *rows)
{
    struct toil_buf text = TOIL_BUF_INIT;
    add_stages(rows, &text);
    toil_report_answer(scope->report, "What became of the messages: %s.", text.data);
    toil_buf_release(&text);
}

static void note_options(struct toil_scope *scope)
{
    const struct toil_report_options *options = scope->options;
    if (scope->narrowed || options->by || options->team || options->component)
        toil_report_note(scope->report, "The funnel is counted once for the whole run: --from, --to, --by, --team and "
                                        "--component do not change it.");
}

enum toil_status toil_report_build_funnel(struct toil_scope *scope, struct toil_error *err)
{
    struct toil_report *report = scope->report;
    size_t stage = toil_report_add_column(report, &(struct toil_column){.key = "stage", .title = "stage"});
    size_t kind = toil_report_add_column(report, &(struct toil_column){.key = "kind", .title = "kind"});
    size_t count = toil_report_add_column(
        report, &(struct toil_column){.key = "count", .title = "count", .kind = TOIL_COLUMN_COUNT});
    size_t why = toil_report_add_column(report, &(struct toil_column){.key = "why", .title = "why", .wrap = true});
    struct toil_result *rows = NULL;
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_funnel, TOIL_PARAMS({scope->run_id}), &rows, err);
    if (status != TOIL_OK)
        return status;
    size_t group = 0;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        const char *name = toil_result_text(rows, r, F_STAGE);
        group += r > 0 && strcmp(name, toil_result_text(rows, r - 1, F_STAGE)) != 0;
        toil_report_add_row(report, 0, group, NAN);
        toil_report_set_text(report, stage, name);
        toil_report_set_text(report, kind, toil_result_text(rows, r, F_KIND));
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
