/* Weekly series from the rows that a run keeps. */
#include "series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_numbers.h"
#include "week_rows.h"

enum feature_field { F_WEEK, F_HOURS, F_UNITS };

/* Measures whose shape is not that of a level. */
static const struct {
    const char *measure, *unit;
    enum toil_series_shape shape;
} shapes[] = {
    {"restarts", "restarts/week", TOIL_SERIES_COUNT},
    {"rebalances", "rebalances/week", TOIL_SERIES_COUNT},
    {"tickets", "tickets/week", TOIL_SERIES_COUNT},
    {"manual_hours", "hours/week", TOIL_SERIES_SUM},
    {"manual_cost", "", TOIL_SERIES_SUM},
    {"csat", "points", TOIL_SERIES_SCORE},
    {"development_hours", "hours/unit of work", TOIL_SERIES_RATIO},
};

static int64_t monday_on_or_after(int64_t day)
{
    int64_t monday = toil_monday_of(day);
    return monday == day ? day : monday + 7;
}

static void name_shape(const struct toil_scope *scope, struct toil_series *out)
{
    out->shape = TOIL_SERIES_LEVEL;
    out->unit = "";
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(out->measure, shapes[i].measure) == 0) {
            out->shape = shapes[i].shape;
            out->unit = shapes[i].unit;
        }
    }
    if (strcmp(out->measure, "manual_cost") == 0)
        out->unit = toil_report_keep(scope->report, scope->catalog->currency);
}

static void make_room(const struct toil_scope *scope, struct toil_series *out)
{
    int64_t end = monday_on_or_after(scope->to_day - 6);
    out->first_day = monday_on_or_after(scope->from_day);
    out->count = end > out->first_day ? (size_t)(end - out->first_day) / 7 : 0;
    bool summed = out->shape == TOIL_SERIES_COUNT || out->shape == TOIL_SERIES_SUM;
    out->value = toil_xcalloc(out->count + 1, sizeof *out->value);
    out->weight = toil_xcalloc(out->count + 1, sizeof *out->weight);
    out->low = toil_xcalloc(out->count + 1, sizeof *out->low);
    out->high = toil_xcalloc(out->count + 1, sizeof *out->high);
    for (size_t w = 0; w < out->count; w++) {
        out->value[w] = summed ? 0 : (double)NAN;
        out->weight[w] = summed ? 1 : 0;
    }
}

/* Of one week, over the components. */
struct week_sum {
    double value, n, low, high, log;
    size_t components, bands;
    bool seen;
};

static void add_row(struct week_sum *sum, const struct toil_week_row *row)
{
    sum->seen = true;
    sum->value += row->value;
    sum->n += row->n;
    if (!isnan(row->low)) {
        sum->low += row->low;
        sum->high += row->high;
        sum->bands++;
    }
    if (row->value > 0) {
        sum->log += log(row->value);
        sum->components++;
    }
}

static void add_span(struct toil_scope *scope, const struct toil_week_span *span, struct toil_series *out,
                     struct week_sum *sums)
{
    for (size_t r = 0; r < span->count; r++) {
        add_row(&sums[toil_series_week(out, span->row[r].day)], &span->row[r]);
        if (out->shape == TOIL_SERIES_LEVEL && !*out->unit && span->row[r].unit)
            out->unit = toil_report_keep(scope->report, span->row[r].unit);
    }
}

/* Components of a level come and go with their measurements: a week counts when all that are ever measured were. Each
 * counts the same, so their level is the geometric mean. */
static void fill_levels(const struct week_sum *sums, struct toil_series *out)
{
    size_t most = 0;
    for (size_t w = 0; w < out->count; w++)
        most = sums[w].components > most ? sums[w].components : most;
    for (size_t w = 0; w < out->count; w++) {
        if (sums[w].components < most || most == 0)
            continue;
        out->value[w] = exp(sums[w].log / (double)most);
        out->weight[w] = sums[w].n;
        out->total += sums[w].n;
    }
}

static void fill_sums(const struct week_sum *sums, struct toil_series *out)
{
    for (size_t w = 0; w < out->count; w++) {
        const struct week_sum *sum = &sums[w];
        if (!sum->seen)
            continue;
        if (out->shape == TOIL_SERIES_SCORE) {
            if (sum->n > 0)
                out->value[w] = sum->value / sum->n;
            out->weight[w] = sum->n;
            out->total += sum->n;
            continue;
        }
        out->value[w] = sum->value;
        out->low[w] = sum->bands ? sum->low : sum->value;
        out->high[w] = sum->bands ? sum->high : sum->value;
        out->total += sum->value;
    }
}

static void fill_features(const struct toil_result *rows, struct toil_series *out)
{
    for (size_t r = 0; r < toil_result_rows(rows); r++) {
        size_t w = toil_series_week(out, toil_result_int64(rows, r, F_WEEK));
        out->weight[w] = toil_result_double(rows, r, F_UNITS);
        out->value[w] = toil_result_double(rows, r, F_HOURS) / out->weight[w];
        out->total += out->weight[w];
    }
}

static void add_components(const struct toil_scope *scope, const struct toil_series_query *query, struct toil_buf *out)
{
    for (size_t i = 0; i < query->component_count; i++)
        toil_array_add_text(out, toil_span_of(scope->catalog->component[query->component[i]].name));
    toil_array_end(out);
}

static enum toil_status fill_ratio(struct toil_scope *scope, const struct toil_series_query *query,
                                   struct toil_series *out, struct toil_error *err)
{
    char first[32], end[32], from[32], to[32];
    struct toil_buf components = TOIL_BUF_INIT;
    struct toil_result *rows = NULL;
    int64_t from_us = scope->report->run.from_us, to_us = scope->report->run.to_us;
    toil_report_day_text(out->first_day, first);
    toil_report_day_text(out->first_day + 7 * (int64_t)out->count, end);
    toil_report_day_text(toil_zone_day(scope->catalog->zone, from_us), from);
    toil_report_day_text(toil_zone_day(scope->catalog->zone, to_us - 1) + 1, to);
    add_components(scope, query, &components);
    const struct toil_param params[] = {
        {scope->run_id}, {components.data}, {query->others ? "t" : "f"}, {first}, {end}, {from}, {to}};
    enum toil_status status = toil_scope_query(scope, &toil_sql_report_features, params, 7, &rows, err);
    if (status == TOIL_OK)
        fill_features(rows, out);
    toil_result_free(rows);
    toil_buf_release(&components);
    return status;
}

static bool is_own(const struct toil_scope *scope, const struct toil_series_query *query, const char *component)
{
    for (size_t i = 0; i < query->component_count; i++)
        if (strcmp(scope->catalog->component[query->component[i]].name, component) == 0)
            return true;
    return false;
}

static enum toil_status add_others(struct toil_scope *scope, const struct toil_series_query *query, const char *part,
                                   struct toil_series *out, struct week_sum *sums, struct toil_error *err)
{
    struct toil_week_span all = {NULL, 0};
    int64_t end = out->first_day + 7 * (int64_t)out->count;
    enum toil_status status = toil_week_rows_all(scope, query->measure, part, out->first_day, end, &all, err);
    for (size_t begin = 0, next; status == TOIL_OK && begin < all.count; begin = next) {
        const char *component = all.row[begin].component;
        for (next = begin; next < all.count && strcmp(all.row[next].component, component) == 0;)
            next++;
        if (!is_own(scope, query, component))
            add_span(scope, &(struct toil_week_span){all.row + begin, next - begin}, out, sums);
    }
    return status;
}

static enum toil_status add_own(struct toil_scope *scope, const struct toil_series_query *query, const char *part,
                                struct toil_series *out, struct week_sum *sums, struct toil_error *err)
{
    int64_t end = out->first_day + 7 * (int64_t)out->count;
    enum toil_status status =
        toil_week_rows_load(scope, query->component, query->component_count, out->first_day, end, err);
    for (size_t i = 0; i < query->component_count && status == TOIL_OK; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || query->component[k] == query->component[i];
        if (again)
            continue;
        const struct toil_week_span span =
            toil_week_rows_find(scope, query->measure, part, query->component[i], out->first_day, end);
        add_span(scope, &span, out, sums);
    }
    return status;
}

static enum toil_status fill(struct toil_scope *scope, const struct toil_series_query *query, struct toil_series *out,
                             struct toil_error *err)
{
    if (out->shape == TOIL_SERIES_RATIO)
        return fill_ratio(scope, query, out, err);
    const char *part = query->part ? query->part : "";
    struct week_sum *sums = toil_xcalloc(out->count + 1, sizeof *sums);
    enum toil_status status =
        query->others ? add_others(scope, query, part, out, sums, err) : add_own(scope, query, part, out, sums, err);
    if (status == TOIL_OK && out->shape == TOIL_SERIES_LEVEL)
        fill_levels(sums, out);
    else if (status == TOIL_OK)
        fill_sums(sums, out);
    free(sums);
    return status;
}

enum toil_status toil_series_load_items(struct toil_scope *scope, struct toil_error *err)
{
    const struct toil_catalog *catalog = scope->catalog;
    struct toil_series frame = {.measure = ""};
    size_t *component = toil_xcalloc(catalog->component_count + 1, sizeof *component), count = 0;
    bool *added = toil_xcalloc(catalog->component_count + 1, sizeof *added);
    for (size_t i = 0; i < catalog->item_count; i++) {
        for (size_t c = 0; c < catalog->item[i].component_count; c++) {
            size_t index = catalog->item[i].component[c];
            if (!added[index])
                component[count++] = index;
            added[index] = true;
        }
    }
    make_room(scope, &frame);
    enum toil_status status =
        toil_week_rows_load(scope, component, count, frame.first_day, frame.first_day + 7 * (int64_t)frame.count, err);
    toil_series_release(&frame);
    free(component);
    free(added);
    return status;
}

enum toil_status toil_series_read(struct toil_scope *scope, const struct toil_series_query *query,
                                  struct toil_series *out, struct toil_error *err)
{
    *out = (struct toil_series){.measure = query->measure};
    name_shape(scope, out);
    make_room(scope, out);
    enum toil_status status = out->count > 0 ? fill(scope, query, out, err) : TOIL_OK;
    if (status != TOIL_OK)
        toil_series_release(out);
    return status;
}

void toil_series_release(struct toil_series *series)
{
    free(series->value);
    free(series->weight);
    free(series->low);
    free(series->high);
    series->value = series->weight = series->low = series->high = NULL;
    series->count = 0;
}

size_t toil_series_week(const struct toil_series *series, int64_t day)
{
    if (day < series->first_day)
        return SIZE_MAX;
    size_t week = (size_t)(day - series->first_day) / 7;
    return week < series->count ? week : series->count;
}

enum toil_status toil_series_measures(struct toil_scope *scope, const char ***names, size_t *count,
                                      struct toil_error *err)
{
    struct toil_result *rows = NULL;
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_series_measures, TOIL_PARAMS({scope->run_id}), &rows, err);
    *count = status == TOIL_OK ? toil_result_rows(rows) : 0;
    *names = toil_xcalloc(*count + 1, sizeof **names);
    for (size_t r = 0; r < *count; r++)
        (*names)[r] = toil_report_keep(scope->report, toil_result_text(rows, r, 0));
    toil_result_free(rows);
    return status;
}

/* ---- all of them ---- */

enum all_field { A_MEASURE, A_COMPONENT, A_WEEK, A_VALUE, A_N, A_LOW, A_HIGH, A_UNIT };

static void fill_one(struct toil_scope *scope, const struct toil_result *rows, size_t first, size_t end,
                     struct toil_series *out)
{
    for (size_t r = first; r < end; r++) {
        size_t w = toil_series_week(out, toil_result_int64(rows, r, A_WEEK));
        double value = toil_result_double(rows, r, A_VALUE);
        bool level = out->shape == TOIL_SERIES_LEVEL;
        if (level && !(value > 0))
            continue;
        out->value[w] = value;
        out->weight[w] = level ? toil_result_double(rows, r, A_N) : 1;
        out->total += level ? out->weight[w] : value;
        out->low[w] = toil_result_null(rows, r, A_LOW) ? value : toil_result_double(rows, r, A_LOW);
        out->high[w] = toil_result_null(rows, r, A_HIGH) ? value : toil_result_double(rows, r, A_HIGH);
        if (level && !*out->unit && !toil_result_null(rows, r, A_UNIT))
            out->unit = toil_report_keep(scope->report, toil_result_text(rows, r, A_UNIT));
    }
}

static bool same_series(const struct toil_result *rows, size_t a, size_t b)
{
    return strcmp(toil_result_text(rows, a, A_MEASURE), toil_result_text(rows, b, A_MEASURE)) == 0 &&
           strcmp(toil_result_text(rows, a, A_COMPONENT), toil_result_text(rows, b, A_COMPONENT)) == 0;
}

static void add_chosen(const struct toil_scope *scope, struct toil_buf *out)
{
    const struct toil_catalog *catalog = scope->catalog;
    for (size_t i = 0; i < catalog->component_count; i++) {
        const char *name = catalog->component[i].name, *team = toil_scope_team(scope, name);
        if (scope->options->component && !toil_report_holds(scope->options->component, name))
            continue;
        if (scope->options->team && (!team || strcmp(team, scope->options->team) != 0))
            continue;
        toil_array_add_text(out, toil_span_of(name));
    }
    toil_array_end(out);
}

enum toil_status toil_series_each(struct toil_scope *scope, toil_series_fn fn, void *context, struct toil_error *err)
{
    struct toil_series frame = {.measure = ""};
    struct toil_buf components = TOIL_BUF_INIT;
    struct toil_result *rows = NULL;
    char first[32], end[32];
    make_room(scope, &frame);
    toil_report_day_text(frame.first_day, first);
    toil_report_day_text(frame.first_day + 7 * (int64_t)frame.count, end);
    toil_series_release(&frame);
    add_chosen(scope, &components);
    enum toil_status status =
        toil_scope_query(scope, &toil_sql_report_series_all,
                         TOIL_PARAMS({scope->run_id}, {first}, {end}, {components.data}), &rows, err);
    size_t count = status == TOIL_OK ? toil_result_rows(rows) : 0;
    for (size_t begin = 0, next; begin < count; begin = next) {
        struct toil_series series = {.measure = toil_result_text(rows, begin, A_MEASURE)};
        for (next = begin; next < count && same_series(rows, begin, next);)
            next++;
        name_shape(scope, &series);
        make_room(scope, &series);
        fill_one(scope, rows, begin, next, &series);
        fn(context, toil_result_text(rows, begin, A_COMPONENT), &series);
        toil_series_release(&series);
    }
    toil_result_free(rows);
    toil_buf_release(&components);
    return status;
}
