/* Traces to hours by component, kind, activity and local day, at each gap of the band. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "analyze_hours.h"
#include "stats/run_all.h"
#include "toilmeter/timestamp.h"

const int toil_gap_minutes[TOIL_N_GAPS] = {10, 20, 30, 60};

/* Cells found by key; open addressing. */
struct cells {
    struct toil_cell *cell;
    size_t count, cap;
    uint32_t *table; /* index + 1 */
    size_t table_size;
};

struct day_sum {
    double known, inferred, ratio, factor;
};

/* A piece and the local day that it lies in. */
struct dated {
    struct toil_piece piece;
    int32_t day;
};

/* One pass over all people at one gap, by a thread of its own. Of what is shared only that of the default gap writes
 * to ratios, which note what was used. */
struct tally {
    const struct toil_analysis *analysis;
    const struct toil_trace *trace;
    size_t trace_count;
    struct toil_cuts cuts;
    struct toil_ratios *ratios;
    struct cells cells;
    int gap;
    struct dated *piece; /* of one person, until the next one's begin */
    size_t piece_count, piece_cap;
    double capped_hours;
    struct toil_session_totals totals;
};

static size_t place(const struct cells *cells, const struct toil_cell *key)
{
    uint64_t h = ((uint64_t)key->component << 32 | (uint32_t)key->day) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ (h >> 31) ^ (uint64_t)(key->kind * 8 + key->activity)) * UINT64_C(0xbf58476d1ce4e5b9);
    size_t mask = cells->table_size - 1, at = (h ^ (h >> 29)) & mask;
    for (; cells->table[at] != 0; at = (at + 1) & mask) {
        const struct toil_cell *cell = &cells->cell[cells->table[at] - 1];
        if (cell->component == key->component && cell->day == key->day && cell->kind == key->kind &&
            cell->activity == key->activity)
            break;
    }
    return at;
}

static struct toil_cell *find_cell(struct cells *cells, const struct toil_cell *key)
{
    if (2 * (cells->count + 1) > cells->table_size) {
        free(cells->table);
        cells->table_size = cells->table_size ? 2 * cells->table_size : 1024;
        cells->table = toil_xcalloc(cells->table_size, sizeof *cells->table);
        for (size_t i = 0; i < cells->count; i++)
            cells->table[place(cells, &cells->cell[i])] = (uint32_t)i + 1;
    }
    size_t at = place(cells, key);
    if (cells->table[at] == 0) {
        cells->cell = toil_grow(cells->cell, cells->count, &cells->cap, sizeof *cells->cell);
        cells->cell[cells->count++] = *key;
        cells->table[at] = (uint32_t)cells->count;
    }
    return &cells->cell[cells->table[at] - 1];
}

static double hours_of(const struct toil_piece *piece)
{
    return (double)(piece->to_us - piece->from_us) * piece->weight / (double)TOIL_US_PER_HOUR;
}

/* Hours of one part of a piece. */
static void add_hours(struct tally *tally, const struct toil_piece *piece, const struct toil_part *part, int32_t day,
                      double hours, bool calibrated)
{
    const struct toil_item_of_work *item = &tally->analysis->item[piece->item];
    uint32_t component = part->component;
    const struct toil_cell key = {
        .component = component, .kind = item->kind, .activity = item->activity, .day = day, .cost = (double)NAN};
    struct toil_cell *cell = find_cell(&tally->cells, &key);
    cell->hours[tally->gap] += hours;
    if (tally->gap != TOIL_DEFAULT_GAP)
        return;
    cell->shift[toil_cuts_shift(&tally->cuts, component, piece->from_us)] += hours;
    if (piece->tag == TOIL_HOURS_DECLARED)
        cell->declared += hours;
    else if (piece->tag == TOIL_HOURS_MEASURED)
        cell->measured += hours;
    else if (calibrated)
        cell->calibrated += hours;
    else
        cell->inferred += hours;
    if (part->hidden != TOIL_NO_TEXT)
        cell->followed += hours;
}

/* Hours of a piece by the weights of its item's parts; the last takes what is left, so that nothing is lost. */
static void split_hours(struct tally *tally, const struct toil_piece *piece, int32_t day, double hours, bool calibrated)
{
    const struct toil_names *names = &tally->analysis->names;
    const struct toil_split *split = &names->split[tally->analysis->item[piece->item].split];
    const struct toil_part *part = names->part + split->begin;
    double left = hours;
    for (uint32_t n = 0; n < split->count; n++) {
        double own = n + 1 < split->count ? hours * part[n].weight : left;
        left -= own;
        add_hours(tally, piece, &part[n], day, own, calibrated);
    }
}

/* By what to multiply the inferred hours of each day of the person, so that no day exceeds its wall clock. */
static void judge_days(struct tally *tally, struct day_sum *days, size_t day_count, int32_t first_day)
{
    for (size_t i = 0; i < tally->piece_count; i++) {
        const struct toil_piece *piece = &tally->piece[i].piece;
        struct day_sum *sum = &days[tally->piece[i].day - first_day];
        *(piece->tag == TOIL_HOURS_INFERRED ? &sum->inferred : &sum->known) += hours_of(piece);
    }
    for (size_t i = 0; i < day_count; i++) {
        struct day_sum *sum = &days[i];
        int32_t day = first_day + (int32_t)i;
        if (sum->inferred <= 0)
            continue;
        /* One ratio for the whole band, that of the default gap: a ratio of its own would pull each gap to the same
         * total, and the band would hide that the items of one person depend on the gap more than the total does. */
        sum->ratio = toil_ratios_on(tally->ratios, tally->gap, day, tally->gap == TOIL_DEFAULT_GAP);
        sum->factor = isnan(sum->ratio) ? 1
                                        : toil_calibration_factor(sum->ratio, sum->inferred, sum->known,
                                                                  toil_cuts_day_hours(&tally->cuts, day));
        if (!isnan(sum->ratio) && tally->gap == TOIL_DEFAULT_GAP)
            tally->capped_hours += (sum->ratio - sum->factor) * sum->inferred;
    }
}

static void end_person(struct tally *tally)
{
    if (tally->piece_count == 0)
        return;
    int32_t first = INT32_MAX, last = INT32_MIN;
    for (size_t i = 0; i < tally->piece_count; i++) {
        int32_t day = tally->piece[i].day;
        first = day < first ? day : first;
        last = day > last ? day : last;
    }
    size_t day_count = (size_t)(last - first) + 1;
    struct day_sum *days = toil_xcalloc(day_count, sizeof *days);
    judge_days(tally, days, day_count, first);
    for (size_t i = 0; i < tally->piece_count; i++) {
        const struct toil_piece *piece = &tally->piece[i].piece;
        int32_t day = tally->piece[i].day;
        bool calibrated = piece->tag == TOIL_HOURS_INFERRED && !isnan(days[day - first].ratio);
        double hours = hours_of(piece) * (calibrated ? days[day - first].factor : 1);
        split_hours(tally, piece, day, hours, calibrated);
    }
    free(days);
    tally->piece_count = 0;
}

static void on_piece(void *context, const struct toil_piece *piece)
{
    struct tally *tally = context;
    if (tally->piece_count > 0 && tally->piece[0].piece.actor != piece->actor)
        end_person(tally);
    tally->piece = toil_grow(tally->piece, tally->piece_count, &tally->piece_cap, sizeof *tally->piece);
    tally->piece[tally->piece_count++] = (struct dated){*piece, toil_cuts_day(&tally->cuts, piece->from_us)};
}

static void run_gap(void *context, size_t gap)
{
    struct tally *tally = (struct tally *)context + gap;
    struct toil_session_rules rules = toil_rules_of_gap(&tally->analysis->hours.rules, tally->gap);
    struct toil_hours_clock clock = toil_cuts_clock(&tally->cuts);
    toil_sessions_run(tally->trace, tally->trace_count, &rules, &clock, false, on_piece, tally, &tally->totals);
    end_person(tally);
    free(tally->piece);
    tally->piece = NULL;
}

/* Cells of the default gap with the hours that the other gaps give them. */
static void join_gaps(struct tally tally[TOIL_N_GAPS], struct toil_hours_result *result)
{
    struct cells *cells = &tally[TOIL_DEFAULT_GAP].cells;
    for (int gap = 0; gap < TOIL_N_GAPS; gap++) {
        for (size_t i = 0; gap != TOIL_DEFAULT_GAP && i < tally[gap].cells.count; i++) {
            struct toil_cell only = tally[gap].cells.cell[i];
            double hours = only.hours[gap];
            only.hours[gap] = 0;
            find_cell(cells, &only)->hours[gap] = hours;
        }
        if (gap != TOIL_DEFAULT_GAP) {
            free(tally[gap].cells.cell);
            free(tally[gap].cells.table);
        }
    }
    free(cells->table);
    result->cell = cells->cell;
    result->cell_count = cells->count;
    result->totals = tally[TOIL_DEFAULT_GAP].totals;
    result->capped_hours = tally[TOIL_DEFAULT_GAP].capped_hours;
}

static int compare_cells(const void *left, const void *right, void *context)
{
    const struct toil_cell *a = left, *b = right;
    const struct toil_names *names = context;
    if (a->component != b->component)
        return strcmp(toil_component_name(names, a->component), toil_component_name(names, b->component));
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->activity != b->activity)
        return a->activity < b->activity ? -1 : 1;
    return (a->day > b->day) - (a->day < b->day);
}

/* Costs by the rate of the component's team on the day. */
static void add_costs(const struct toil_names *names, struct toil_cell *cell, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t team = toil_component_team(names, cell[i].component);
        if (team != SIZE_MAX)
            cell[i].cost =
                cell[i].hours[TOIL_DEFAULT_GAP] * toil_rates_on(&names->catalog->team[team].rate, cell[i].day);
    }
}

static void keep_calibration(struct toil_hours_result *result, const struct toil_ratios *ratios)
{
    result->calibration = toil_xcalloc(ratios->month_count + 1, sizeof *result->calibration);
    result->calibration[0] = (struct toil_calibration_row){"", ratios->whole[TOIL_DEFAULT_GAP], ratios->whole_used};
    for (size_t i = 0; i < ratios->month_count; i++) {
        struct toil_calibration_row *row = &result->calibration[i + 1];
        snprintf(row->period, sizeof row->period, "%04d-%02d", ratios->month[i] / 12, ratios->month[i] % 12 + 1);
        row->result = ratios->by_month[TOIL_DEFAULT_GAP][i];
        row->used = ratios->month_used[i];
    }
    result->calibration_count = ratios->month_count + 1;
    for (int gap = 0; gap < TOIL_N_GAPS; gap++)
        result->gap_ratio[gap] = ratios->whole[gap].ratio;
    for (size_t i = 0; i < ratios->logged_count; i++) {
        if (ratios->logged[i].first_day != INT32_MAX) {
            result->replaced_units++;
            result->replaced_hours += ratios->logged[i].inferred[TOIL_DEFAULT_GAP];
        }
    }
}

/* Traces without those that bookings speak of. Owned by the caller. */
static struct toil_trace *without_told(const struct toil_analysis *analysis, size_t *count)
{
    struct toil_trace *kept = toil_xcalloc(analysis->trace_count + 1, sizeof *kept);
    *count = 0;
    for (size_t i = 0; i < analysis->trace_count; i++) {
        if (!analysis->item[analysis->trace[i].item].told)
            kept[(*count)++] = analysis->trace[i];
    }
    return kept;
}

/* People with so many traces, in all 24 hours of the local day: few people do that, robots do. */
#define ROUND_THE_CLOCK_TRACES 500
static uint64_t count_round_the_clock(const struct toil_analysis *analysis)
{
    uint64_t found = 0;
    for (size_t i = 0, end; i < analysis->trace_count; i = end) {
        uint32_t hours = 0;
        for (end = i; end < analysis->trace_count && analysis->trace[end].actor == analysis->trace[i].actor; end++) {
            int64_t at = analysis->trace[end].from_us;
            int64_t local = at + toil_zone_offset_us(analysis->catalog->zone, at);
            hours |= 1u << (local - toil_days_from_us(local) * TOIL_US_PER_DAY) / TOIL_US_PER_HOUR;
        }
        found += end - i >= ROUND_THE_CLOCK_TRACES && hours == (1u << 24) - 1;
    }
    return found;
}

void toil_analyze_hours(struct toil_analysis *analysis)
{
    struct toil_hours_result *result = &analysis->hours;
    analysis->trace_count = toil_sessions_sort(analysis->trace, analysis->trace_count);
    result->rules = toil_session_rules_default();
    result->learned = toil_sessions_learn_post(analysis->trace, analysis->trace_count, result->rules.gap_us);
    if (result->learned.post_us > 0)
        result->rules.post_us = result->learned.post_us;
    result->people = analysis->people.count;
    result->round_the_clock = count_round_the_clock(analysis);
    toil_match_bookings(analysis);
    struct toil_cuts cuts;
    struct toil_ratios ratios;
    size_t count;
    struct toil_trace *traces = without_told(analysis, &count);
    toil_cuts_init(&cuts, analysis);
    toil_ratios_init(&ratios, analysis, &cuts, &result->rules);
    toil_analysis_reach(analysis, TOIL_STAGE_HOURS, "hours", 0.5);
    struct tally tally[TOIL_N_GAPS];
    for (int gap = 0; gap < TOIL_N_GAPS; gap++)
        tally[gap] = (struct tally){.analysis = analysis,
                                    .trace = traces,
                                    .trace_count = count,
                                    .cuts = toil_cuts_for_thread(&cuts),
                                    .ratios = &ratios,
                                    .gap = gap};
    toil_run_all((unsigned)get_nprocs(), TOIL_N_GAPS, run_gap, tally);
    join_gaps(tally, result);
    keep_calibration(result, &ratios);
    if (result->cell_count > 0)
        qsort_r(result->cell, result->cell_count, sizeof *result->cell, compare_cells, &analysis->names);
    add_costs(&analysis->names, result->cell, result->cell_count);
    free(traces);
    toil_ratios_release(&ratios);
    toil_cuts_release(&cuts);
}

bool toil_cell_is_manual(const struct toil_cell *cell)
{
    const char *activity = toil_activities[cell->activity];
    return strcmp(activity, "toil") == 0 || strcmp(activity, "incident") == 0;
}

void toil_hours_result_release(struct toil_hours_result *result)
{
    free(result->cell);
    free(result->calibration);
    *result = (struct toil_hours_result){0};
}
