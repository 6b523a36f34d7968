/* Hours by period, and by team and week, so that a report of a whole run need not go through every day again. What each
 * number means is told by the queries that count the same from days (report_hours.sql, report_hours_other.sql,
 * report_budget.sql). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_write.h"

/* Cells of one component, kind and period, summed. */
struct sums {
    uint32_t component;
    uint8_t kind;
    const char *activity; /* "manual", or what else was booked */
    int64_t period;
    double hours[TOIL_N_GAPS], shift[TOIL_N_SHIFTS];
    double declared, measured, inferred, calibrated, followed, cost, without_cost;
    uint64_t days;
    bool priced;
};

static void put_sums(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id, const char *by,
                     const struct sums *sums)
{
    toil_copy_row(copy, 23);
    toil_copy_int64(copy, run_id);
    toil_copy_text(copy, toil_span_of(by));
    toil_copy_date(copy, sums->period);
    toil_copy_text(copy, toil_span_of(toil_component_name(&analysis->names, sums->component)));
    toil_copy_text(copy, toil_span_of(toil_component_team_name(&analysis->names, sums->component)));
    toil_copy_text(copy, toil_span_of(toil_kinds[sums->kind].name));
    toil_copy_text(copy, toil_span_of(sums->activity));
    toil_copy_sum(copy, sums->hours[TOIL_DEFAULT_GAP]);
    for (int shift = 0; shift < TOIL_N_SHIFTS; shift++)
        toil_copy_sum(copy, sums->shift[shift]);
    toil_copy_sum(copy, sums->declared);
    toil_copy_sum(copy, sums->measured);
    toil_copy_sum(copy, sums->inferred);
    toil_copy_sum(copy, sums->calibrated);
    for (int gap = 0; gap < TOIL_N_GAPS; gap++)
        toil_copy_sum(copy, sums->hours[gap]);
    toil_copy_sum(copy, sums->priced ? sums->cost : (double)NAN);
    toil_copy_sum(copy, sums->without_cost);
    toil_copy_int64(copy, (int64_t)sums->days);
    toil_copy_sum(copy, sums->followed);
}

static int64_t period_of(const struct toil_analysis *analysis, enum toil_period by, int64_t day)
{
    const struct toil_catalog *catalog = analysis->catalog;
    int64_t next;
    if (by == TOIL_PERIOD_ALL)
        return toil_zone_day(catalog->zone, analysis->from_us);
    return toil_period_start(by, day, catalog->sprint_start_day, catalog->sprint_days, &next);
}

/* Toil and incidents of a component, kind and period are one. */
static int by_group(const void *a, const void *b)
{
    const struct sums *x = a, *y = b;
    const int64_t keys[][2] = {{x->component, y->component}, {x->kind, y->kind}, {x->period, y->period}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return strcmp(x->activity, y->activity);
}

static void add_sums(struct sums *to, const struct sums *more)
{
    for (int gap = 0; gap < TOIL_N_GAPS; gap++)
        to->hours[gap] += more->hours[gap];
    for (int shift = 0; shift < TOIL_N_SHIFTS; shift++)
        to->shift[shift] += more->shift[shift];
    to->declared += more->declared;
    to->measured += more->measured;
    to->inferred += more->inferred;
    to->calibrated += more->calibrated;
    to->followed += more->followed;
    to->cost += more->cost;
    to->without_cost += more->without_cost;
    to->days += more->days;
    to->priced = to->priced || more->priced;
}

static struct sums sums_of(const struct toil_analysis *analysis, enum toil_period by, const struct toil_cell *cell)
{
    bool priced = !isnan(cell->cost);
    struct sums sums = {.component = cell->component,
                        .kind = cell->kind,
                        .activity = toil_cell_is_manual(cell) ? "manual" : toil_activities[cell->activity],
                        .period = period_of(analysis, by, cell->day),
                        .declared = cell->declared,
                        .measured = cell->measured,
                        .inferred = cell->inferred,
                        .calibrated = cell->calibrated,
                        .followed = cell->followed,
                        .cost = priced ? cell->cost : 0,
                        .without_cost = priced ? 0 : cell->hours[TOIL_DEFAULT_GAP],
                        .days = 1,
                        .priced = priced};
    memcpy(sums.hours, cell->hours, sizeof sums.hours);
    memcpy(sums.shift, cell->shift, sizeof sums.shift);
    return sums;
}

/* Cells that belong together made one: neighbours first, then the sorted rest. Owned by the caller. */
static struct sums *sum_cells(const struct toil_analysis *analysis, enum toil_period by, size_t *count)
{
    const struct toil_hours_result *hours = &analysis->hours;
    struct sums *sums = NULL;
    size_t cap = 0, found = 0, kept = 0;
    for (size_t i = 0; i < hours->cell_count; i++) {
        const struct sums next = sums_of(analysis, by, &hours->cell[i]);
        if (by != TOIL_PERIOD_ALL && !toil_cell_is_manual(&hours->cell[i]))
            continue;
        if (found > 0 && by_group(&sums[found - 1], &next) == 0) {
            add_sums(&sums[found - 1], &next);
            continue;
        }
        sums = toil_grow(sums, found, &cap, sizeof *sums);
        sums[found++] = next;
    }
    if (found > 0)
        qsort(sums, found, sizeof *sums, by_group);
    for (size_t i = 1; i < found; i++) {
        if (by_group(&sums[kept], &sums[i]) == 0)
            add_sums(&sums[kept], &sums[i]);
        else
            sums[++kept] = sums[i];
    }
    *count = found ? kept + 1 : 0;
    return sums;
}

enum toil_status toil_write_hours_periods(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                          struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (enum toil_period by = TOIL_PERIOD_ALL; by <= TOIL_PERIOD_MONTH && status == TOIL_OK; by++) {
        size_t count;
        struct sums *sums = sum_cells(analysis, by, &count);
        for (size_t i = 0; i < count && status == TOIL_OK; i++) {
            put_sums(analysis, copy, run_id, toil_period_by[by], &sums[i]);
            status = toil_copy_send(copy, false, err);
        }
        free(sums);
    }
    return toil_write_end(copy, status, err);
}

/* ---- teams ---- */

/* What a team spent in a week. */
struct team_week {
    double toil, low, high, known;
    bool seen;
};

enum toil_status toil_write_team_weeks(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                       struct toil_error *err)
{
    const struct toil_hours_result *hours = &analysis->hours;
    const struct toil_catalog *catalog = analysis->catalog;
    enum toil_status status = TOIL_OK;
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < hours->cell_count; i++) {
        int64_t week = toil_monday_of(hours->cell[i].day);
        first = week < first ? week : first;
        last = week > last ? week : last;
    }
    size_t weeks = hours->cell_count ? (size_t)(last - first) / 7 + 1 : 0;
    struct team_week *team = toil_xcalloc(catalog->team_count * weeks + 1, sizeof *team);
    for (size_t i = 0; i < hours->cell_count; i++) {
        const struct toil_cell *cell = &hours->cell[i];
        size_t index = toil_component_team(&analysis->names, cell->component);
        if (index == SIZE_MAX)
            continue;
        int64_t week = toil_monday_of(cell->day);
        struct team_week *sum = &team[index * weeks + (size_t)(week - first) / 7];
        sum->seen = true;
        sum->known += cell->hours[TOIL_DEFAULT_GAP];
        if (!toil_cell_is_manual(cell))
            continue;
        sum->toil += cell->hours[TOIL_DEFAULT_GAP];
        sum->low += cell->hours[0];
        sum->high += cell->hours[TOIL_N_GAPS - 1];
    }
    for (size_t i = 0; i < catalog->team_count * weeks && status == TOIL_OK; i++) {
        if (!team[i].seen)
            continue;
        toil_copy_row(copy, 7);
        toil_copy_int64(copy, run_id);
        toil_copy_text(copy, toil_span_of(catalog->team[i / weeks].name));
        toil_copy_date(copy, first + 7 * (int64_t)(i % weeks));
        toil_copy_sum(copy, team[i].toil);
        toil_copy_sum(copy, team[i].low);
        toil_copy_sum(copy, team[i].high);
        toil_copy_sum(copy, team[i].known);
        status = toil_copy_send(copy, false, err);
    }
    free(team);
    return toil_write_end(copy, status, err);
}
