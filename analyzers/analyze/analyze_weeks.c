/* Sums by measure, part, component and week; features by component and reference. */
#include "analyze_weeks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/timestamp.h"

struct key {
    uint32_t measure, part; /* of weeks.texts */
    uint32_t component;
    int32_t week; /* days since 1970 of its Monday */
};

struct sum {
    struct key key;
    double value, n;
    double low, high; /* NAN where there is no band */
    uint32_t unit;    /* of weeks.texts */
    bool median;
    double *values; /* owned: of measurements, [count] */
    size_t count, cap;
};

struct feature {
    uint32_t component, ref;
    int32_t first_day, last_day;
    double hours;
};

struct toil_weeks {
    struct toil_intern texts;
    struct sum *sum;
    size_t count, cap;
    uint32_t *table; /* open addressing, index + 1 */
    size_t table_size;
    int64_t from_us, to_us; /* of the week that was looked up last: facts come in order of time */
    int32_t week;
    struct feature *feature; /* bookings first, then one for each component and reference */
    size_t feature_count, feature_cap;
};

static struct toil_weeks *weeks_of(struct toil_analysis *analysis)
{
    if (!analysis->weeks)
        analysis->weeks = toil_xcalloc(1, sizeof *analysis->weeks);
    return analysis->weeks;
}

void toil_weeks_free(struct toil_weeks *weeks)
{
    if (!weeks)
        return;
    for (size_t i = 0; i < weeks->count; i++)
        free(weeks->sum[i].values);
    toil_intern_release(&weeks->texts);
    free(weeks->sum);
    free(weeks->table);
    free(weeks->feature);
    free(weeks);
}

static int32_t week_of(struct toil_analysis *analysis, int64_t at_us)
{
    struct toil_weeks *weeks = weeks_of(analysis);
    struct toil_zone *zone = analysis->catalog->zone;
    if (at_us >= weeks->from_us && at_us < weeks->to_us)
        return weeks->week;
    weeks->week = toil_monday_of(toil_zone_day(zone, at_us));
    weeks->from_us = toil_zone_day_start_us(zone, weeks->week);
    weeks->to_us = toil_zone_day_start_us(zone, weeks->week + 7);
    return weeks->week;
}

static size_t place(const struct toil_weeks *weeks, const struct key *key)
{
    uint64_t h = ((uint64_t)key->component << 32 | (uint32_t)key->week) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ (h >> 31) ^ ((uint64_t)key->measure << 16 | key->part)) * UINT64_C(0xbf58476d1ce4e5b9);
    size_t mask = weeks->table_size - 1, at = (h ^ (h >> 29)) & mask;
    while (weeks->table[at] != 0 && memcmp(&weeks->sum[weeks->table[at] - 1].key, key, sizeof *key) != 0)
        at = (at + 1) & mask;
    return at;
}

static struct sum *find(struct toil_weeks *weeks, const struct key *key)
{
    if (2 * (weeks->count + 1) > weeks->table_size) {
        free(weeks->table);
        weeks->table_size = weeks->table_size ? 2 * weeks->table_size : 1024;
        weeks->table = toil_xcalloc(weeks->table_size, sizeof *weeks->table);
        for (size_t i = 0; i < weeks->count; i++)
            weeks->table[place(weeks, &weeks->sum[i].key)] = (uint32_t)i + 1;
    }
    size_t at = place(weeks, key);
    if (weeks->table[at] == 0) {
        weeks->sum = toil_grow(weeks->sum, weeks->count, &weeks->cap, sizeof *weeks->sum);
        weeks->sum[weeks->count++] =
            (struct sum){.key = *key, .low = (double)NAN, .high = (double)NAN, .unit = TOIL_NO_TEXT};
        weeks->table[at] = (uint32_t)weeks->count;
    }
    return &weeks->sum[weeks->table[at] - 1];
}

static struct sum *sum_of(struct toil_weeks *weeks, const char *measure, const char *part, uint32_t component,
                          int32_t week)
{
    return find(weeks, &(struct key){toil_intern_add(&weeks->texts, toil_span_of(measure)),
                                     toil_intern_add(&weeks->texts, toil_span_of(part)), component, week});
}

static void add(struct toil_weeks *weeks, const char *measure, const char *part, uint32_t component, int32_t week,
                double value)
{
    struct sum *sum = sum_of(weeks, measure, part, component, week);
    sum->value += value;
    sum->n += 1;
}

void toil_weeks_add_event(struct toil_analysis *analysis, enum toil_kind kind, uint32_t component, int64_t at_us,
                          bool by_hand)
{
    const char *measure = kind == TOIL_KIND_SERVICE_RESTART ? "restarts" : "rebalances";
    int32_t week = week_of(analysis, at_us);
    add(analysis->weeks, measure, "", component, week, 1);
    if (by_hand)
        add(analysis->weeks, measure, "by hand", component, week, 1);
}

void toil_weeks_add_measurement(struct toil_analysis *analysis, const struct toil_fact_row *row, uint32_t component)
{
    if (!row->metric.ptr || !isfinite(row->value))
        return;
    int32_t week = week_of(analysis, row->at_us);
    struct toil_weeks *weeks = analysis->weeks;
    struct toil_buf measure = TOIL_BUF_INIT;
    toil_buf_add_text(&measure, "metric:");
    toil_buf_add_span(&measure, row->metric);
    struct sum *sum = sum_of(weeks, measure.data, "", component, week);
    toil_buf_release(&measure);
    if (sum->unit == TOIL_NO_TEXT)
        sum->unit = toil_intern_add(&weeks->texts, row->unit);
    sum->values = toil_grow(sum->values, sum->count, &sum->cap, sizeof *sum->values);
    sum->values[sum->count++] = row->value;
}

void toil_weeks_add_feature(struct toil_analysis *analysis, const struct toil_action *action, uint32_t ref,
                            uint32_t split_number)
{
    struct toil_weeks *weeks = weeks_of(analysis);
    const struct toil_split *split = &analysis->names.split[split_number];
    int32_t day = (int32_t)toil_zone_day(analysis->catalog->zone, action->from_us);
    double hours = 0;
    if (!isnan(action->minutes))
        hours = action->minutes / 60;
    else if (action->to_us != TOIL_NO_TIME && action->to_us > action->from_us)
        hours = (double)(action->to_us - action->from_us) / (double)TOIL_US_PER_HOUR;
    for (uint32_t n = 0; n < split->count; n++) {
        const struct toil_part *part = &analysis->names.part[split->begin + n];
        weeks->feature = toil_grow(weeks->feature, weeks->feature_count, &weeks->feature_cap, sizeof *weeks->feature);
        weeks->feature[weeks->feature_count++] = (struct feature){part->component, ref, day, day, hours * part->weight};
    }
}

/* ---- once hours and tickets are settled ---- */

static void add_ticket(struct toil_analysis *analysis, const struct toil_ticket *ticket)
{
    const struct toil_split *split = &analysis->names.split[ticket->split];
    int32_t week = week_of(analysis, ticket->at_us);
    bool named = toil_ticket_is_sure(ticket);
    for (uint32_t n = 0; n < split->count; n++) {
        const struct toil_part *part = &analysis->names.part[split->begin + n];
        add(analysis->weeks, "tickets", "", part->component, week, part->weight);
        if (named || part->hidden != TOIL_NO_TEXT)
            add(analysis->weeks, "tickets", named ? "named" : "hidden", part->component, week, part->weight);
        if (isnan(ticket->csat))
            continue;
        struct sum *csat = sum_of(analysis->weeks, "csat", "", part->component, week);
        csat->value += part->weight * ticket->csat;
        csat->n += part->weight;
    }
}

static void add_hours(struct sum *sum, const struct toil_cell *cell)
{
    sum->value += cell->hours[TOIL_DEFAULT_GAP];
    sum->n += 1;
    sum->low = (isnan(sum->low) ? 0 : sum->low) + cell->hours[0];
    sum->high = (isnan(sum->high) ? 0 : sum->high) + cell->hours[TOIL_N_GAPS - 1];
}

static void add_cell(struct toil_weeks *weeks, const struct toil_cell *cell)
{
    int32_t week = toil_monday_of(cell->day);
    if (!toil_cell_is_manual(cell))
        return;
    add_hours(sum_of(weeks, "manual_hours", "", cell->component, week), cell);
    add_hours(sum_of(weeks, "manual_hours", toil_kinds[cell->kind].name, cell->component, week), cell);
    if (cell->inferred > 0)
        add(weeks, "manual_hours", "inferred", cell->component, week, cell->inferred);
    if (isnan(cell->cost))
        return;
    add(weeks, "manual_cost", "", cell->component, week, cell->cost);
    add(weeks, "manual_cost", "hours", cell->component, week, cell->hours[TOIL_DEFAULT_GAP]);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void take_median(struct sum *sum)
{
    if (sum->count == 0)
        return;
    qsort(sum->values, sum->count, sizeof *sum->values, by_value);
    size_t middle = sum->count / 2;
    sum->value = sum->count % 2 ? sum->values[middle] : (sum->values[middle - 1] + sum->values[middle]) / 2;
    sum->n = (double)sum->count;
    free(sum->values);
    sum->values = NULL;
    sum->count = sum->cap = 0;
    sum->median = true;
}

struct order {
    const struct toil_names *names;
    const struct toil_weeks *weeks;
    const struct toil_intern *refs;
};

static int by_key(const void *a, const void *b, void *context)
{
    const struct key *x = &((const struct sum *)a)->key, *y = &((const struct sum *)b)->key;
    const struct order *order = context;
    const struct toil_intern *texts = &order->weeks->texts;
    if (x->measure != y->measure)
        return toil_span_compare(toil_intern_text(texts, x->measure), toil_intern_text(texts, y->measure));
    if (x->part != y->part)
        return toil_span_compare(toil_intern_text(texts, x->part), toil_intern_text(texts, y->part));
    if (x->component != y->component)
        return strcmp(toil_component_name(order->names, x->component), toil_component_name(order->names, y->component));
    return (x->week > y->week) - (x->week < y->week);
}

static int by_feature(const void *a, const void *b, void *context)
{
    const struct feature *x = a, *y = b;
    const struct order *order = context;
    if (x->component != y->component)
        return strcmp(toil_component_name(order->names, x->component), toil_component_name(order->names, y->component));
    if (x->ref != y->ref)
        return toil_span_compare(toil_intern_text(order->refs, x->ref), toil_intern_text(order->refs, y->ref));
    return (x->first_day > y->first_day) - (x->first_day < y->first_day);
}

/* Sorted bookings to one feature for each component and reference. */
static void merge_features(struct toil_weeks *weeks)
{
    size_t kept = 0;
    for (size_t i = 0; i < weeks->feature_count; i++) {
        const struct feature *next = &weeks->feature[i];
        struct feature *last = kept > 0 ? &weeks->feature[kept - 1] : NULL;
        if (!last || last->component != next->component || last->ref != next->ref) {
            weeks->feature[kept++] = *next;
            continue;
        }
        last->last_day = next->last_day > last->last_day ? next->last_day : last->last_day;
        last->hours += next->hours;
    }
    weeks->feature_count = kept;
}

void toil_analyze_weeks(struct toil_analysis *analysis)
{
    struct toil_weeks *weeks = weeks_of(analysis);
    for (size_t i = 0; i < analysis->ticket_count; i++)
        if (analysis->ticket[i].counts)
            add_ticket(analysis, &analysis->ticket[i]);
    for (size_t i = 0; i < analysis->hours.cell_count; i++)
        add_cell(weeks, &analysis->hours.cell[i]);
    for (size_t i = 0; i < weeks->count; i++)
        take_median(&weeks->sum[i]);
    struct order order = {&analysis->names, weeks, &analysis->refs};
    if (weeks->count > 0)
        qsort_r(weeks->sum, weeks->count, sizeof *weeks->sum, by_key, &order);
    if (weeks->feature_count > 0)
        qsort_r(weeks->feature, weeks->feature_count, sizeof *weeks->feature, by_feature, &order);
    merge_features(weeks);
    free(weeks->table); /* of the order before */
    weeks->table = NULL;
    weeks->table_size = 0;
}

enum toil_status toil_write_weeks(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                  struct toil_error *err)
{
    const struct toil_weeks *weeks = analysis->weeks;
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; i < weeks->count && status == TOIL_OK; i++) {
        const struct sum *sum = &weeks->sum[i];
        toil_copy_row(copy, 10);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_intern_text(&weeks->texts, sum->key.measure));
        toil_copy_text(copy, toil_intern_text(&weeks->texts, sum->key.part));
        toil_copy_text(copy, toil_span_of(toil_component_name(&analysis->names, sum->key.component)));
        toil_copy_date(copy, sum->key.week);
        if (sum->median)
            toil_copy_double(copy, sum->value);
        else
            toil_copy_sum(copy, sum->value);
        toil_copy_sum(copy, sum->n);
        toil_copy_sum(copy, sum->low);
        toil_copy_sum(copy, sum->high);
        toil_copy_text(copy, toil_intern_text(&weeks->texts, sum->unit));
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}

enum toil_status toil_write_features(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                     struct toil_error *err)
{
    const struct toil_weeks *weeks = analysis->weeks;
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; i < weeks->feature_count && status == TOIL_OK; i++) {
        const struct feature *feature = &weeks->feature[i];
        toil_copy_row(copy, 6);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(toil_component_name(&analysis->names, feature->component)));
        toil_copy_text(copy, toil_intern_text(&analysis->refs, feature->ref));
        toil_copy_date(copy, feature->first_day);
        toil_copy_date(copy, feature->last_day);
        toil_copy_sum(copy, feature->hours);
        status = toil_copy_send(copy, false, err);
    }
    return toil_write_end(copy, status, err);
}
