/* Logged time against inferred time, person by person and item by item: for calibration. */
#include <math.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include "analyze_hours.h"
#include "stats/run_all.h"
#include "toilmeter/timestamp.h"

struct toil_session_rules toil_rules_of_gap(const struct toil_session_rules *rules, int gap)
{
    struct toil_session_rules out = *rules;
    out.gap_us = toil_gap_minutes[gap] * TOIL_US_PER_MINUTE;
    return out;
}

static int compare_logged(const void *left, const void *right)
{
    const struct toil_logged *a = left, *b = right;
    if (a->actor != b->actor)
        return a->actor < b->actor ? -1 : 1;
    return (a->unit > b->unit) - (a->unit < b->unit);
}

/* Declared minutes, and bookings told by beginning and end. */
static double logged_hours(const struct toil_analysis *analysis, const struct toil_trace *trace)
{
    if (!isnan(trace->minutes))
        return trace->minutes / 60;
    if (analysis->item[trace->item].log && trace->has_end)
        return (double)(trace->to_us - trace->from_us) / (double)TOIL_US_PER_HOUR;
    return 0;
}

static void gather_logged(struct toil_ratios *ratios, const struct toil_analysis *analysis)
{
    size_t cap = 0, kept = 0;
    for (size_t i = 0; i < analysis->trace_count; i++) {
        double hours = logged_hours(analysis, &analysis->trace[i]);
        if (hours <= 0)
            continue;
        ratios->logged = toil_grow(ratios->logged, ratios->logged_count, &cap, sizeof *ratios->logged);
        ratios->logged[ratios->logged_count++] =
            (struct toil_logged){.actor = analysis->trace[i].actor,
                                 .unit = analysis->item[analysis->trace[i].item].unit,
                                 .hours = hours,
                                 .first_day_at = {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX},
                                 .first_day = INT32_MAX};
    }
    if (ratios->logged_count == 0)
        return;
    qsort(ratios->logged, ratios->logged_count, sizeof *ratios->logged, compare_logged);
    for (size_t i = 0; i < ratios->logged_count; i++) {
        if (kept > 0 && compare_logged(&ratios->logged[kept - 1], &ratios->logged[i]) == 0)
            ratios->logged[kept - 1].hours += ratios->logged[i].hours;
        else
            ratios->logged[kept++] = ratios->logged[i];
    }
    ratios->logged_count = kept;
}

static struct toil_logged *find(const struct toil_ratios *ratios, uint32_t actor, uint32_t unit)
{
    const struct toil_logged key = {.actor = actor, .unit = unit};
    return ratios->logged_count == 0
               ? NULL
               : bsearch(&key, ratios->logged, ratios->logged_count, sizeof *ratios->logged, compare_logged);
}

/* What is inferred at one gap; each thread has its own, and writes only to its gap's members of the units. */
struct inference {
    const struct toil_analysis *analysis;
    struct toil_ratios *ratios;
    struct toil_cuts cuts;
    const struct toil_session_rules *rules;
    int gap;
};

static void on_piece(void *context, const struct toil_piece *piece)
{
    struct inference *inference = context;
    const struct toil_item_of_work *item = &inference->analysis->item[piece->item];
    struct toil_logged *logged = !item->told ? NULL : find(inference->ratios, piece->actor, item->unit);
    if (!logged)
        return;
    logged->inferred[inference->gap] +=
        (double)(piece->to_us - piece->from_us) * piece->weight / (double)TOIL_US_PER_HOUR;
    int32_t day = toil_cuts_day(&inference->cuts, piece->from_us), *first = &logged->first_day_at[inference->gap];
    *first = day < *first ? day : *first;
}

static void infer(void *context, size_t gap)
{
    struct inference *inference = (struct inference *)context + gap;
    struct toil_hours_clock clock = toil_cuts_clock(&inference->cuts);
    struct toil_session_rules own = toil_rules_of_gap(inference->rules, inference->gap);
    toil_sessions_run(inference->analysis->trace, inference->analysis->trace_count, &own, &clock, true, on_piece,
                      inference, NULL);
}

static void infer_all(struct toil_ratios *ratios, const struct toil_analysis *analysis, const struct toil_cuts *cuts,
                      const struct toil_session_rules *rules)
{
    struct inference inference[TOIL_N_GAPS];
    for (int gap = 0; gap < TOIL_N_GAPS; gap++)
        inference[gap] = (struct inference){analysis, ratios, toil_cuts_for_thread(cuts), rules, gap};
    toil_run_all((unsigned)get_nprocs(), TOIL_N_GAPS, infer, inference);
    for (size_t i = 0; i < ratios->logged_count; i++) {
        struct toil_logged *logged = &ratios->logged[i];
        for (int gap = 0; gap < TOIL_N_GAPS; gap++)
            logged->first_day =
                logged->first_day_at[gap] < logged->first_day ? logged->first_day_at[gap] : logged->first_day;
    }
}

static int32_t month_of(int32_t day)
{
    int64_t year;
    unsigned month, ignored;
    toil_civil_from_days(day, &year, &month, &ignored);
    return (int32_t)(year * 12 + (int64_t)month - 1);
}

static int compare_int32(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static void gather_months(struct toil_ratios *ratios)
{
    size_t count = 0, kept = 0;
    ratios->month = toil_xcalloc(ratios->logged_count + 1, sizeof *ratios->month);
    for (size_t i = 0; i < ratios->logged_count; i++) {
        if (ratios->logged[i].first_day != INT32_MAX)
            ratios->month[count++] = month_of(ratios->logged[i].first_day);
    }
    qsort(ratios->month, count, sizeof *ratios->month, compare_int32);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ratios->month[kept - 1] != ratios->month[i])
            ratios->month[kept++] = ratios->month[i];
    }
    ratios->month_count = kept;
    ratios->month_used = toil_xcalloc(kept + 1, sizeof *ratios->month_used);
}

/* Units of a month, or of all when month is NULL. */
static struct toil_calibration calibrate(const struct toil_ratios *ratios, int gap, const int32_t *month, uint64_t seed)
{
    struct toil_calibration_unit *units = toil_xcalloc(ratios->logged_count + 1, sizeof *units);
    size_t count = 0;
    for (size_t i = 0; i < ratios->logged_count; i++) {
        const struct toil_logged *logged = &ratios->logged[i];
        if (logged->first_day == INT32_MAX || (month && month_of(logged->first_day) != *month))
            continue;
        units[count++] = (struct toil_calibration_unit){logged->actor, logged->hours, logged->inferred[gap]};
    }
    struct toil_calibration out =
        toil_calibrate(units, count, seed, gap == TOIL_DEFAULT_GAP ? TOIL_CALIBRATION_DRAWS : 0);
    free(units);
    return out;
}

void toil_ratios_init(struct toil_ratios *ratios, const struct toil_analysis *analysis, const struct toil_cuts *cuts,
                      const struct toil_session_rules *rules)
{
    *ratios = (struct toil_ratios){0};
    gather_logged(ratios, analysis);
    if (ratios->logged_count > 0)
        infer_all(ratios, analysis, cuts, rules);
    gather_months(ratios);
    for (int gap = 0; gap < TOIL_N_GAPS; gap++) {
        ratios->whole[gap] = calibrate(ratios, gap, NULL, analysis->options.seed);
        ratios->by_month[gap] = toil_xcalloc(ratios->month_count + 1, sizeof *ratios->by_month[gap]);
        for (size_t month = 0; month < ratios->month_count; month++)
            ratios->by_month[gap][month] = calibrate(ratios, gap, &ratios->month[month], analysis->options.seed);
    }
}

void toil_ratios_release(struct toil_ratios *ratios)
{
    free(ratios->logged);
    free(ratios->month);
    free(ratios->month_used);
    for (int gap = 0; gap < TOIL_N_GAPS; gap++)
        free(ratios->by_month[gap]);
    *ratios = (struct toil_ratios){0};
}

/* The ends of the band take the ends of the ratio's interval. */
static double end_of(const struct toil_calibration *calibration, int gap)
{
    return gap == TOIL_DEFAULT_GAP ? calibration->ratio : gap < TOIL_DEFAULT_GAP ? calibration->low : calibration->high;
}

double toil_ratios_on(struct toil_ratios *ratios, int gap, int32_t day, bool use)
{
    int32_t month = month_of(day);
    const int32_t *found = ratios->month_count == 0 ? NULL
                                                    : bsearch(&month, ratios->month, ratios->month_count,
                                                              sizeof *ratios->month, compare_int32);
    if (found && ratios->by_month[TOIL_DEFAULT_GAP][found - ratios->month].enough) {
        if (use)
            ratios->month_used[found - ratios->month] = true;
        return end_of(&ratios->by_month[TOIL_DEFAULT_GAP][found - ratios->month], gap);
    }
    if (use && ratios->whole[TOIL_DEFAULT_GAP].enough)
        ratios->whole_used = true;
    return end_of(&ratios->whole[TOIL_DEFAULT_GAP], gap);
}
