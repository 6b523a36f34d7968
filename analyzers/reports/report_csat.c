/* Ratings from rows to cells and parts, once for all components; the arithmetic is in stats/matched.h. */
#include "report_csat.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/matched.h"

#define LEVEL 0.95

enum field {
    F_PERIOD,
    F_WHO,
    F_WEEK,
    F_VOTES,
    F_POINTS,
    F_COMPONENT,
    F_PART_VOTES,
    F_PART_POINTS,
    F_SHARE,
    F_REST_SHARE
};

/* Columns of what `analyze` keeps. */
enum kept_field { K_COMPONENT, K_PERIOD, K_CUSTOMERS, K_REST, K_DIFFERENCE, K_LOW, K_HIGH };

struct period {
    const char *day; /* borrowed from the rows */
    size_t cell, cell_count;
};

/* Part of a component in one cell. */
struct part {
    size_t period;
    const char *component; /* borrowed from the rows */
    struct toil_rating_part rating;
};

struct toil_csat {
    struct toil_result *rows;
    bool kept; /* rows are differences already; else ratings, and what follows is made of them */
    struct toil_rating_cell *cell;
    size_t cell_count, week_count;
    struct period *period;
    size_t period_count;
    struct part *part; /* by period, component, cell */
    size_t part_count;
    struct toil_rating_part *rating; /* the same order, as the arithmetic takes them */
};

static bool same(const struct toil_result *rows, size_t a, size_t b, enum field field)
{
    return strcmp(toil_result_text(rows, a, field), toil_result_text(rows, b, field)) == 0;
}

struct toil_csat *toil_csat_kept(struct toil_result *rows)
{
    struct toil_csat *csat = toil_xcalloc(1, sizeof *csat);
    csat->rows = rows;
    csat->kept = true;
    return csat;
}

static int by_component(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->period != y->period)
        return x->period < y->period ? -1 : 1;
    int order = strcmp(x->component, y->component);
    if (order)
        return order;
    return x->rating.cell < y->rating.cell ? -1 : x->rating.cell > y->rating.cell;
}

static void add_period(struct toil_csat *csat, size_t row)
{
    csat->period = toil_xreallocarray(csat->period, csat->period_count + 1, sizeof *csat->period);
    csat->period[csat->period_count++] =
        (struct period){.day = toil_result_text(csat->rows, row, F_PERIOD), .cell = csat->cell_count};
}

/* Weeks are numbered from the earliest on. */
static int64_t earliest_week(const struct toil_result *rows)
{
    int64_t first = INT64_MAX;
    for (size_t r = 0; r < toil_result_rows(rows); r++)
        if (toil_result_int64(rows, r, F_WEEK) < first)
            first = toil_result_int64(rows, r, F_WEEK);
    return first;
}

static void add_cell(struct toil_csat *csat, size_t row, uint32_t customer, int64_t first_week)
{
    uint32_t week = (uint32_t)((toil_result_int64(csat->rows, row, F_WEEK) - first_week) / 7);
    csat->cell[csat->cell_count++] =
        (struct toil_rating_cell){.customer = customer,
                                  .week = week,
                                  .count = (uint32_t)toil_result_int64(csat->rows, row, F_VOTES),
                                  .sum = toil_result_double(csat->rows, row, F_POINTS)};
    csat->week_count = week >= csat->week_count ? week + 1 : csat->week_count;
    csat->period[csat->period_count - 1].cell_count++;
}

static void add_part(struct toil_csat *csat, size_t row)
{
    const struct period *period = &csat->period[csat->period_count - 1];
    csat->part[csat->part_count++] =
        (struct part){.period = csat->period_count - 1,
                      .component = toil_result_text(csat->rows, row, F_COMPONENT),
                      .rating = {.cell = (uint32_t)(csat->cell_count - 1 - period->cell),
                                 .count = (uint32_t)toil_result_int64(csat->rows, row, F_PART_VOTES),
                                 .sum = toil_result_double(csat->rows, row, F_PART_POINTS),
                                 .share = toil_result_double(csat->rows, row, F_SHARE),
                                 .rest_share = toil_result_double(csat->rows, row, F_REST_SHARE)}};
}

struct toil_csat *toil_csat_new(struct toil_result *rows)
{
    struct toil_csat *csat = toil_xcalloc(1, sizeof *csat);
    size_t count = toil_result_rows(rows);
    int64_t first_week = earliest_week(rows);
    uint32_t customer = 0;
    csat->rows = rows;
    csat->cell = toil_xcalloc(count + 1, sizeof *csat->cell);
    csat->part = toil_xcalloc(count + 1, sizeof *csat->part);
    for (size_t r = 0; r < count; r++) {
        bool new_period = r == 0 || !same(rows, r - 1, r, F_PERIOD);
        bool new_who = new_period || !same(rows, r - 1, r, F_WHO);
        if (new_period)
            add_period(csat, r);
        customer += new_who;
        if (new_who || !same(rows, r - 1, r, F_WEEK))
            add_cell(csat, r, customer, first_week);
        if (!toil_result_null(rows, r, F_COMPONENT))
            add_part(csat, r);
    }
    qsort(csat->part, csat->part_count, sizeof *csat->part, by_component);
    csat->rating = toil_xcalloc(csat->part_count + 1, sizeof *csat->rating);
    for (size_t i = 0; i < csat->part_count; i++)
        csat->rating[i] = csat->part[i].rating;
    return csat;
}

void toil_csat_free(struct toil_csat *csat)
{
    if (!csat)
        return;
    toil_result_free(csat->rows);
    free(csat->cell);
    free(csat->period);
    free(csat->part);
    free(csat->rating);
    free(csat);
}

static bool is_before(const struct part *part, size_t period, const char *component)
{
    return part->period < period || (part->period == period && strcmp(part->component, component) < 0);
}

/* Parts of the component in the period: from *first on. */
static size_t find_parts(const struct toil_csat *csat, size_t period, const char *component, size_t *first)
{
    size_t low = 0, high = csat->part_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before(&csat->part[middle], period, component))
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < csat->part_count && csat->part[low].period == period &&
           strcmp(csat->part[low].component, component) == 0)
        low++;
    return low - *first;
}

static struct toil_estimate no_value(const char *why)
{
    return (struct toil_estimate){NAN, NAN, NAN, NAN, "csat", "none", why};
}

/* What is known of a component in a period: nothing at all, or counts and, when told, their difference. */
struct comparison {
    bool rated, told;
    struct toil_matched matched;
};

static struct comparison compare(const struct toil_csat *csat, const char *component, const char *period)
{
    struct comparison out = {.rated = false};
    size_t p = 0, first, count;
    while (p < csat->period_count && strcmp(csat->period[p].day, period) != 0)
        p++;
    if (p == csat->period_count || (count = find_parts(csat, p, component, &first)) == 0)
        return out;
    const struct period *at = &csat->period[p];
    for (size_t i = first; i < first + count; i++)
        out.rated = out.rated || csat->rating[i].count > 0;
    out.told = toil_matched_effect(csat->cell + at->cell, at->cell_count, csat->week_count, csat->rating + first, count,
                                   LEVEL, &out.matched);
    return out;
}

/* Rows stand by period, which is a number, and component. */
static int compare_row(const struct toil_result *rows, size_t row, const char *component, const char *period)
{
    const char *day = toil_result_text(rows, row, K_PERIOD);
    if (strcmp(day, period) != 0)
        return strtoll(day, NULL, 10) < strtoll(period, NULL, 10) ? -1 : 1;
    return strcmp(toil_result_text(rows, row, K_COMPONENT), component);
}

static struct comparison find_kept(const struct toil_csat *csat, const char *component, const char *period)
{
    const struct toil_result *rows = csat->rows;
    size_t low = 0, high = toil_result_rows(rows);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_row(rows, middle, component, period) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == toil_result_rows(rows) || compare_row(rows, low, component, period) != 0)
        return (struct comparison){.rated = false};
    struct comparison out = {.rated = true, .told = !toil_result_null(rows, low, K_DIFFERENCE)};
    out.matched.customers = (size_t)toil_result_int64(rows, low, K_CUSTOMERS);
    out.matched.rest_customers = (size_t)toil_result_int64(rows, low, K_REST);
    if (out.told) {
        out.matched.difference = toil_result_double(rows, low, K_DIFFERENCE);
        out.matched.low = toil_result_double(rows, low, K_LOW);
        out.matched.high = toil_result_double(rows, low, K_HIGH);
    }
    return out;
}

struct toil_estimate toil_csat_of(const struct toil_csat *csat, const char *component, const char *period,
                                  const char *grade, char why[128])
{
    const struct comparison found = csat->kept ? find_kept(csat, component, period) : compare(csat, component, period);
    const struct toil_matched *matched = &found.matched;
    if (!found.rated)
        return no_value("no rated ticket");
    if (matched->customers < TOIL_CSAT_FEW || matched->rest_customers < TOIL_CSAT_FEW) {
        snprintf(why, 128, "fewer than %d customers rated on one side: %zu touched, %zu others in the same weeks",
                 TOIL_CSAT_FEW, matched->customers, matched->rest_customers);
        return no_value(why);
    }
    if (!found.told)
        return no_value("all ratings of a week are the same");
    if (matched->low <= 0 && matched->high >= 0) {
        snprintf(why, 128, "interval reaches zero: %.3f to %.3f", matched->low, matched->high);
        return no_value(why);
    }
    return (struct toil_estimate){matched->difference, matched->low, matched->high, LEVEL, "csat", grade, NULL};
}
