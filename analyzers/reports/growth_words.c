/* Growth in numbers and words. */
#include "growth_words.h"

#include <math.h>
#include <string.h>

#include "report_numbers.h"

#define LEVEL  0.95
#define METRIC "metric:"

static const char *why_not(enum toil_stats_result result)
{
    switch (result) {
    case TOIL_STATS_NO_DATA:
        return "fewer than 8 weeks with a value";
    case TOIL_STATS_ALL_ZERO:
        return "nothing happened in any week";
    case TOIL_STATS_CONSTANT:
        return "every week is the same";
    default:
        return "the series has no trend that could be fitted";
    }
}

/* Agreement without a model lifts no grade; where it lacks, the model's is C. */
static const char *grade_of(const struct toil_growth *growth)
{
    return !growth->agree ? "C" : growth->used >= 26 ? "A" : "B";
}

static struct toil_estimate scaled(enum toil_stats_result result, const struct toil_growth *growth, double by,
                                   const char *unit)
{
    if (result != TOIL_STATS_OK)
        return (struct toil_estimate){NAN, NAN, NAN, NAN, unit, "none", why_not(result)};
    return (struct toil_estimate){
        by * growth->per_month, by * growth->low, by * growth->high, LEVEL, unit, grade_of(growth), NULL};
}

struct toil_estimate toil_growth_per_month(enum toil_stats_result result, const struct toil_growth *growth)
{
    return scaled(result, growth, 1, "1/month");
}

struct toil_estimate toil_growth_percent(enum toil_stats_result result, const struct toil_growth *growth)
{
    return scaled(result, growth, 100, "%/month");
}

static void add_range(struct toil_buf *out, const struct toil_growth *growth)
{
    toil_number_add(out, 100 * growth->low, 1);
    toil_buf_add_text(out, "% to ");
    toil_number_add(out, 100 * growth->high, 1);
    toil_buf_add_text(out, "% a month");
}

struct toil_estimate toil_growth_doubling(struct toil_report *report, enum toil_stats_result result,
                                          const struct toil_growth *growth)
{
    struct toil_estimate out = {NAN, NAN, NAN, NAN, "months", "none", why_not(result)};
    if (result != TOIL_STATS_OK)
        return out;
    if (growth->verdict == TOIL_GROWTH_GROWS)
        return (struct toil_estimate){growth->doubling, growth->sooner,   growth->later, LEVEL,
                                      "months",         grade_of(growth), NULL};
    struct toil_buf why = TOIL_BUF_INIT;
    toil_buf_add_text(&why, growth->verdict == TOIL_GROWTH_FALLS ? "it falls: " : "no doubling established: ");
    add_range(&why, growth);
    out.why = toil_report_keep(report, why.data);
    toil_buf_release(&why);
    return out;
}

static void add_months(struct toil_buf *out, const char *what, double months)
{
    toil_buf_printf(out, "%s in ", what);
    toil_number_add(out, months, toil_number_decimals(months, 1));
    toil_buf_add_text(out, " months");
}

void toil_growth_add_words(struct toil_buf *out, enum toil_stats_result result, const struct toil_growth *growth)
{
    if (result != TOIL_STATS_OK) {
        toil_buf_add_text(out, why_not(result));
    } else if (growth->verdict == TOIL_GROWTH_GROWS) {
        struct toil_estimate doubling = {growth->doubling, growth->sooner, growth->later, LEVEL, "", "", NULL};
        toil_buf_add_text(out, "doubles in ");
        toil_estimate_add(out, &doubling, 1);
        toil_buf_add_text(out, " months");
    } else if (growth->verdict == TOIL_GROWTH_FALLS) {
        add_months(out, "falls: halves", growth->halving);
    } else {
        toil_buf_add_text(out, "no growth established: ");
        add_range(out, growth);
    }
}

const char *toil_measure_title(const char *measure)
{
    static const char *const titles[][2] = {
        {"manual_hours", "manual hours"}, {"development_hours", "hours per unit of work"}, {"csat", "satisfaction"}};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (strcmp(measure, titles[i][0]) == 0)
            return titles[i][1];
    return strncmp(measure, METRIC, strlen(METRIC)) == 0 ? measure + strlen(METRIC) : measure;
}
