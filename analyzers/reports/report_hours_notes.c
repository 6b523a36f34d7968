/* Notes below a report of hours: logged work that is no manual toil, and how logged time compares to inferred time. */
#include <math.h>

#include "report_hours.h"
#include "report_numbers.h"

static struct toil_param when(const struct toil_scope *scope, const char *text)
{
    return (struct toil_param){scope->narrowed ? text : NULL};
}

static bool other_is_withheld(const struct toil_scope *scope, struct toil_team_sizes *sizes)
{
    const struct toil_report_options *options = scope->options;
    if (!options->team && !options->component)
        return sizes->few == 1;
    const char *team = options->team ? options->team : toil_scope_team(scope, options->component);
    return toil_team_size_of(sizes, team) == TOIL_TEAM_FEW;
}

enum toil_status toil_hours_note_other(struct toil_scope *scope, struct toil_team_sizes *sizes, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    if (other_is_withheld(scope, sizes)) {
        toil_report_note(scope->report, "Logged work of other kinds is not told: it would tell that of a team of fewer "
                                        "than three people.");
        return TOIL_OK;
    }
    const struct toil_param of_run[] = {{scope->run_id}, {scope->options->team}, {scope->options->component}};
    const struct toil_param part[] = {{scope->run_id},
                                      when(scope, scope->from_date),
                                      when(scope, scope->to_date),
                                      {scope->options->team},
                                      {scope->options->component}};
    enum toil_status status =
        toil_scope_query_kept(scope, &(struct toil_scope_ask){&toil_sql_report_hours_periods_other, of_run, 3},
                              &(struct toil_scope_ask){&toil_sql_report_hours_other, part, 5}, &rows, err);
    if (status != TOIL_OK)
        return status;
    struct toil_buf text = TOIL_BUF_INIT;
    double sum = 0;
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        double hours = toil_result_double(rows, r, 1);
        sum += hours;
        toil_buf_printf(&text, "%s%s ", r ? ", " : "", toil_result_text(rows, r, 0));
        toil_number_add(&text, hours, toil_number_decimals(hours, 1));
    }
    if (sum > 0) {
        struct toil_buf whole = TOIL_BUF_INIT;
        toil_number_add(&whole, sum, toil_number_decimals(sum, 1));
        toil_report_note(scope->report, "Not counted as manual hours: %s hours of logged work of other kinds (%s).",
                         whole.data, text.data);
        toil_buf_release(&whole);
    }
    toil_buf_release(&text);
    toil_result_free(rows);
    return TOIL_OK;
}

enum calibration_field { C_PERIOD, C_LOGGED, C_INFERRED, C_PEOPLE, C_ITEMS, C_RATIO, C_LOW, C_HIGH, C_USED };

static void note_ratio(struct toil_scope *scope, const struct toil_result *rows, const struct toil_estimate *ratio,
                       size_t months, double least, double most)
{
    struct toil_buf text = TOIL_BUF_INIT;
    toil_buf_add_text(&text, "Where hours were both logged and inferred, one inferred hour stood for ");
    toil_estimate_add(&text, ratio, 3);
    toil_buf_printf(&text, " logged (%s people)", toil_result_text(rows, 0, C_PEOPLE));
    if (months > 1) {
        toil_buf_add_text(&text, ", by month from ");
        toil_number_add(&text, least, 3);
        toil_buf_add_text(&text, " to ");
        toil_number_add(&text, most, 3);
    }
    toil_buf_add_text(&text, toil_scope_calibrated(rows) ? "; inferred hours were scaled by it (column calibrated)."
                                                         : "; it was not used, there is too little of it.");
    toil_report_note(scope->report, "%s", text.data);
    toil_buf_release(&text);
}

enum toil_status toil_hours_note_calibration(struct toil_scope *scope, struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_calibration, TOIL_PARAMS({scope->run_id}), &rows, err);
    if (status != TOIL_OK)
        return status;
    double least = INFINITY, most = -INFINITY;
    size_t months = 0;
    for (size_t r = 1; r < toil_result_rows(rows); r++) {
        if (toil_result_null(rows, r, C_RATIO))
            continue;
        months++;
        least = fmin(least, toil_result_double(rows, r, C_RATIO));
        most = fmax(most, toil_result_double(rows, r, C_RATIO));
    }
    struct toil_estimate ratio;
    if (toil_scope_calibration(rows, &ratio))
        note_ratio(scope, rows, &ratio, months, least, most);
    toil_result_free(rows);
    return TOIL_OK;
}
