/* The weeks of a promise, and what they say. */
#include "item_savings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "growth_words.h"
#include "report_numbers.h"

enum toil_week_family toil_series_family(const struct toil_series *series)
{
    return series->shape == TOIL_SERIES_LEVEL   ? TOIL_WEEK_LEVEL
           : series->shape == TOIL_SERIES_SCORE ? TOIL_WEEK_SCORE
                                                : TOIL_WEEK_COUNT;
}

struct toil_estimate toil_change_percent(struct toil_estimate change)
{
    if (strcmp(change.unit, "1") == 0) {
        change.value *= 100;
        change.low *= 100;
        change.high *= 100;
        change.unit = "%";
    }
    return change;
}

void toil_change_add(struct toil_buf *out, const struct toil_estimate *change)
{
    int decimals = toil_estimate_decimals(change, 2);
    struct toil_buf range = TOIL_BUF_INIT;
    toil_number_add(out, change->value, decimals);
    toil_buf_printf(out, "%s%s", *change->unit == '%' ? "" : " ", change->unit);
    toil_range_add(&range, change, decimals);
    if (range.len)
        toil_buf_printf(out, " (%s)", range.data);
    toil_buf_release(&range);
}

void toil_promise_add(struct toil_buf *out, const struct toil_item *item)
{
    bool counted = strcmp(item->promise_measure, "tickets") == 0 || strcmp(item->promise_measure, "restarts") == 0 ||
                   strcmp(item->promise_measure, "rebalances") == 0 ||
                   strcmp(item->promise_measure, "manual_hours") == 0;
    double percent = fabs(100 * item->promise_change);
    toil_number_add(out, percent, toil_number_decimals(percent, percent == rint(percent) ? 0 : 1));
    toil_buf_printf(out, "%% %s %s",
                    item->promise_change > 0 ? "more"
                    : counted                ? "fewer"
                                             : "less",
                    toil_measure_title(item->promise_measure));
}

static const char *kept(struct toil_scope *scope, struct toil_buf *text)
{
    const char *out = toil_report_keep(scope->report, text->data);
    toil_buf_release(text);
    return out;
}

static const char *with_day(struct toil_scope *scope, const char *before, int64_t day, const char *after)
{
    struct toil_buf text = TOIL_BUF_INIT;
    char date[32];
    toil_report_day_text(day, date);
    toil_buf_printf(&text, "%s%s%s", before, date, after);
    return kept(scope, &text);
}

/* What the catalog alone tells. */
static const char *impossible(struct toil_scope *scope, const struct toil_item *item)
{
    if (!item->promise_measure)
        return "the item promises nothing that could be measured: the key promise: {measure, change, within} is "
               "missing";
    if (item->component_count == 0)
        return "the item names no component: the key components is missing";
    if (item->shipped_day != TOIL_TIME_NONE && item->proposed_day != TOIL_TIME_NONE &&
        item->shipped_day < item->proposed_day)
        return "the item was shipped before it was proposed: one of its dates is wrong";
    (void)scope;
    return NULL;
}

static const char *not_shipped(struct toil_scope *scope, const struct toil_item *item)
{
    if (item->shipped_day == TOIL_TIME_NONE)
        return "the item has not been shipped yet";
    if (item->shipped_day >= scope->to_day)
        return with_day(scope, "the item ships on ", item->shipped_day, ", after the end of the window");
    if (item->shipped_day < scope->from_day)
        return with_day(scope, "the item was shipped on ", item->shipped_day,
                        ", before the window begins: there is nothing to compare with");
    return NULL;
}

/* Components of this item and of all that were shipped: what they touch is no control. */
static size_t touched(const struct toil_scope *scope, const struct toil_item *own, size_t *out)
{
    const struct toil_catalog *catalog = scope->catalog;
    bool *is_touched = toil_xcalloc(catalog->component_count + 1, sizeof *is_touched);
    size_t count = 0;
    for (size_t i = 0; i < catalog->item_count; i++) {
        const struct toil_item *item = &catalog->item[i];
        for (size_t c = 0; (item == own || item->shipped_day != TOIL_TIME_NONE) && c < item->component_count; c++)
            is_touched[item->component[c]] = true;
    }
    for (size_t c = 0; c < catalog->component_count; c++)
        if (is_touched[c])
            out[count++] = c;
    free(is_touched);
    return count;
}

static enum toil_status read_control(struct toil_scope *scope, const struct toil_item *item,
                                     struct toil_item_weeks *out, struct toil_error *err)
{
    size_t *own = toil_xcalloc(scope->catalog->component_count + 1, sizeof *own);
    size_t count = touched(scope, item, own);
    const struct toil_series_query query = {
        .measure = item->promise_measure, .component = own, .component_count = count, .others = true};
    enum toil_status status = toil_series_read(scope, &query, &out->control, err);
    out->control_components = scope->catalog->component_count - count;
    free(own);
    if (status == TOIL_OK && !(out->control.total > 0)) {
        toil_series_release(&out->control);
        out->control_components = 0;
    }
    return status;
}

static void choose_weeks(const struct toil_item *item, struct toil_item_weeks *out)
{
    struct toil_series *series = &out->series;
    out->first = 0;
    out->after = SIZE_MAX;
    out->trigger_first = 1;
    out->trigger_last = 0;
    out->left_out = toil_xcalloc(series->count + 1, sizeof *out->left_out);
    if (item->proposed_day != TOIL_TIME_NONE) {
        size_t proposed = toil_series_week(series, item->proposed_day);
        size_t begin = toil_series_week(series, item->proposed_day - 7 * TOIL_BASELINE_WEEKS);
        if (begin != SIZE_MAX && begin < series->count)
            out->first = begin;
        if (proposed != SIZE_MAX && proposed < series->count) {
            out->trigger_last = proposed;
            out->trigger_first = proposed >= TOIL_TRIGGER_WEEKS - 1 ? proposed - (TOIL_TRIGGER_WEEKS - 1) : 0;
        }
    }
    for (size_t w = 0; w < series->count; w++)
        out->left_out[w] = w < out->first || (w >= out->trigger_first && w <= out->trigger_last);
    if (item->shipped_day == TOIL_TIME_NONE)
        return;
    out->after = toil_series_week(series, item->shipped_day);
    if (out->after != SIZE_MAX && out->after < series->count)
        out->left_out[out->after] = true;
}

enum toil_status toil_item_weeks_read(struct toil_scope *scope, const struct toil_item *item,
                                      struct toil_item_weeks *out, const char **why, struct toil_error *err)
{
    *out = (struct toil_item_weeks){.after = SIZE_MAX, .trigger_first = 1};
    *why = impossible(scope, item);
    if (*why)
        return TOIL_OK;
    const struct toil_series_query query = {
        .measure = item->promise_measure, .component = item->component, .component_count = item->component_count};
    enum toil_status status = toil_series_read(scope, &query, &out->series, err);
    if (status == TOIL_OK)
        status = read_control(scope, item, out, err);
    if (status != TOIL_OK) {
        toil_item_weeks_release(out);
        return status;
    }
    choose_weeks(item, out);
    if (out->series.count == 0) {
        *why = "the window has no whole week";
    } else if (!(out->series.total > 0)) {
        struct toil_buf text = TOIL_BUF_INIT;
        toil_buf_printf(&text, "the run knows nothing of %s of the item's component%s",
                        toil_measure_title(item->promise_measure), item->component_count == 1 ? "" : "s");
        *why = kept(scope, &text);
    }
    return TOIL_OK;
}

void toil_item_weeks_release(struct toil_item_weeks *weeks)
{
    toil_series_release(&weeks->series);
    toil_series_release(&weeks->control);
    free(weeks->left_out);
    weeks->left_out = NULL;
}

/* ---- the verdict ---- */

static const char *no_verdict(struct toil_scope *scope, enum toil_stats_result result,
                              const struct toil_savings *savings)
{
    struct toil_buf text = TOIL_BUF_INIT;
    switch (result) {
    case TOIL_STATS_OK:
        return NULL;
    case TOIL_STATS_NO_DATA:
        toil_buf_printf(&text, "%zu weeks before and %zu after it can be compared; 8 and 4 are needed", savings->before,
                        savings->after);
        break;
    case TOIL_STATS_ALL_ZERO:
        toil_buf_add_text(&text, "nothing was counted in any of the weeks that are compared");
        break;
    case TOIL_STATS_SEPARATED:
        toil_buf_add_text(&text, "nothing at all was counted before it or after it: there is no rate to compare");
        break;
    default:
        toil_buf_add_text(&text, "the weeks do not differ enough to tell how exact a comparison would be");
    }
    return kept(scope, &text);
}

/* Before any evidence beyond it: declared measures, with a control, are A. */
static const char *grade_of(const struct toil_savings *savings)
{
    return savings->before + savings->after < 20 ? "C" : savings->controlled ? "A" : "B";
}

static void fill_estimates(struct toil_scope *scope, const struct toil_item *item, struct toil_item_savings *out)
{
    const struct toil_savings *savings = &out->savings;
    bool score = out->weeks.series.shape == TOIL_SERIES_SCORE;
    double sign = item->promise_change > 0 ? 1 : -1;
    out->delivered = (struct toil_estimate){NAN, NAN, NAN, NAN, score ? "points" : "1", "none", out->why};
    out->saved = (struct toil_estimate){NAN, NAN, NAN, NAN, out->weeks.series.unit, "none", out->why};
    if (out->why)
        return;
    const char *grade = grade_of(savings);
    if (score)
        out->delivered = (struct toil_estimate){sign * savings->saved,
                                                fmin(sign * savings->low, sign * savings->high),
                                                fmax(sign * savings->low, sign * savings->high),
                                                0.95,
                                                "points",
                                                grade,
                                                NULL};
    else
        out->delivered =
            (struct toil_estimate){savings->change, savings->change_low, savings->change_high, 0.95, "1", grade, NULL};
    out->saved =
        (struct toil_estimate){savings->saved, savings->low, savings->high, 0.95, out->weeks.series.unit, grade, NULL};
    (void)scope;
}

enum toil_status toil_item_savings_read(struct toil_scope *scope, const struct toil_item *item,
                                        struct toil_item_savings *out, struct toil_error *err)
{
    *out = (struct toil_item_savings){0};
    enum toil_status status = toil_item_weeks_read(scope, item, &out->weeks, &out->why, err);
    if (status != TOIL_OK)
        return status;
    if (!out->why)
        out->why = not_shipped(scope, item);
    if (!out->why) {
        const struct toil_series *series = &out->weeks.series;
        const struct toil_savings_data data = {
            .family = toil_series_family(series),
            .y = series->value,
            .exposure = series->shape == TOIL_SERIES_RATIO ? series->weight : NULL,
            .control = out->weeks.control.value,
            .left_out = out->weeks.left_out,
            .count = series->count,
            .after = out->weeks.after == SIZE_MAX ? 0 : out->weeks.after,
            .more_is_better = item->promise_change > 0,
            .promised = item->promise_change,
            .seed = (uint64_t)scope->report->run.seed,
        };
        out->why = no_verdict(scope, toil_savings(&data, &out->savings), &out->savings);
    }
    fill_estimates(scope, item, out);
    return TOIL_OK;
}

void toil_item_savings_release(struct toil_item_savings *savings)
{
    toil_item_weeks_release(&savings->weeks);
    toil_savings_release(&savings->savings);
}
