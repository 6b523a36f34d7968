/* Sums of manual hours: of rows, of a period, of components, of all, each with its range over the gaps that close a
 * session and what hidden shares add to it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report_hours.h"

double toil_hours_of(const struct toil_hours_sums *sums, enum toil_hours_field field)
{
    return sums->sum[field - TOIL_HOURS_ROW_HOURS];
}

static struct toil_hours_sums sums_of(const struct toil_hours_rows *hours, const struct toil_result *rows, size_t row)
{
    struct toil_hours_sums sums = {.priced = !toil_result_null(rows, row, TOIL_HOURS_ROW_COST),
                                   .told = !toil_result_null(rows, row, TOIL_HOURS_ROW_FOLLOWED)};
    for (unsigned field = TOIL_HOURS_ROW_HOURS; field < TOIL_HOURS_ROW_COUNT; field++)
        sums.sum[field - TOIL_HOURS_ROW_HOURS] = toil_result_double(rows, row, field);
    if (!(toil_hours_of(&sums, TOIL_HOURS_ROW_FOLLOWED) > 0))
        return sums;
    const char *component = toil_result_text(rows, row, TOIL_HOURS_ROW_COMPONENT);
    toil_attribution_spread(&hours->attribution, component, &sums.below, &sums.above);
    sums.below *= toil_hours_of(&sums, TOIL_HOURS_ROW_FOLLOWED);
    sums.above *= toil_hours_of(&sums, TOIL_HOURS_ROW_FOLLOWED);
    sums.followed = toil_attribution_grade(&hours->attribution, component);
    return sums;
}

static bool same_text(const struct toil_result *a, size_t row_a, const struct toil_result *b, size_t row_b,
                      enum toil_hours_field field)
{
    return strcmp(toil_result_text(a, row_a, field), toil_result_text(b, row_b, field)) == 0;
}

/* What components may have more or less by hidden shares, the unexplained rest of the same period and kind has less or
 * more. */
static void widen_rest(const struct toil_hours_rows *hours, size_t row, struct toil_hours_sums *rest)
{
    const struct toil_result *all = hours->others ? hours->others : hours->rows;
    size_t begin = all == hours->rows ? row : 0;
    while (begin > 0 && all == hours->rows &&
           same_text(all, begin - 1, all, row, TOIL_HOURS_ROW_PERIOD)) /* they stand together */
        begin--;
    for (size_t r = begin; r < toil_result_rows(all); r++) {
        if (all == hours->rows && !same_text(all, r, all, row, TOIL_HOURS_ROW_PERIOD))
            return;
        if (!same_text(all, r, hours->rows, row, TOIL_HOURS_ROW_PERIOD) ||
            !same_text(all, r, hours->rows, row, TOIL_HOURS_ROW_KIND) ||
            !(toil_result_double(all, r, TOIL_HOURS_ROW_FOLLOWED) > 0))
            continue;
        const struct toil_hours_sums other = sums_of(hours, all, r);
        rest->below = hypot(rest->below, other.above);
        rest->above = hypot(rest->above, other.below);
    }
}

void toil_hours_sum_rows(struct toil_hours_rows *hours)
{
    size_t count = toil_result_rows(hours->rows);
    hours->sum = toil_xcalloc(count + 1, sizeof *hours->sum);
    for (size_t r = 0; r < count; r++) {
        hours->sum[r] = sums_of(hours, hours->rows, r);
        if (strcmp(toil_result_text(hours->rows, r, TOIL_HOURS_ROW_COMPONENT), TOIL_UNEXPLAINED) == 0)
            widen_rest(hours, r, &hours->sum[r]);
    }
}

/* To a billionth of an hour, so that 61.8 does not come out as 61.800000000000004. What hidden shares add is summed as
 * it is within a component, whose shares err together. */
static void add_sums(struct toil_hours_sums *total, const struct toil_hours_sums *more)
{
    for (size_t i = 0; i < TOIL_HOURS_ROW_SUMS; i++)
        total->sum[i] = rint((total->sum[i] + more->sum[i]) * 1e9) / 1e9;
    total->priced = total->priced || more->priced;
    total->told = total->told || more->told;
    total->below += more->below;
    total->above += more->above;
    if (more->followed)
        total->followed = total->followed ? toil_weaker_grade(total->followed, more->followed) : more->followed;
}

static const char *grade_of(const struct toil_hours_sums *sums)
{
    if (toil_hours_of(sums, TOIL_HOURS_ROW_EVIDENCE) < TOIL_HOURS_FEW_EVIDENCE)
        return "C";
    double direct = toil_hours_of(sums, TOIL_HOURS_ROW_DECLARED) + toil_hours_of(sums, TOIL_HOURS_ROW_MEASURED) +
                    toil_hours_of(sums, TOIL_HOURS_ROW_CALIBRATED);
    const char *grade = direct >= TOIL_HOURS_DIRECT_SHARE * toil_hours_of(sums, TOIL_HOURS_ROW_HOURS) ? "A" : "B";
    bool follows = sums->followed && toil_hours_of(sums, TOIL_HOURS_ROW_FOLLOWED) >=
                                         TOIL_HOURS_FOLLOWED_SHARE * toil_hours_of(sums, TOIL_HOURS_ROW_HOURS);
    return follows ? toil_weaker_grade(grade, sums->followed) : grade;
}

/* The range is that of these hours themselves: for a total, of the four totals. */
struct toil_estimate toil_hours_band(const struct toil_hours_sums *sums)
{
    double low = toil_hours_of(sums, TOIL_HOURS_ROW_HOURS), high = low;
    for (enum toil_hours_field gap = TOIL_HOURS_ROW_GAP10; gap <= TOIL_HOURS_ROW_GAP60; gap++) {
        low = fmin(low, toil_hours_of(sums, gap));
        high = fmax(high, toil_hours_of(sums, gap));
    }
    low = fmax(low - sums->below, 0);
    return (struct toil_estimate){
        toil_hours_of(sums, TOIL_HOURS_ROW_HOURS), low, high + sums->above, NAN, "hours", grade_of(sums), NULL};
}

bool toil_hours_same_period(const struct toil_result *rows, size_t a, size_t b)
{
    return strcmp(toil_result_text(rows, a, TOIL_HOURS_ROW_PERIOD), toil_result_text(rows, b, TOIL_HOURS_ROW_PERIOD)) ==
           0;
}

static int by_component(const void *a, const void *b)
{
    return strcmp(((const struct toil_hours_share *)a)->component, ((const struct toil_hours_share *)b)->component);
}

/* What hidden shares add to a sum over components: within one they err together, over components on their own. share:
 * in any order, is sorted. */
static void spread_over(struct toil_hours_share *share, size_t count, double *below, double *above)
{
    *below = *above = 0;
    if (count > 0)
        qsort(share, count, sizeof *share, by_component);
    for (size_t i = 0, next; i < count; i = next) {
        double own_below = 0, own_above = 0;
        for (next = i; next < count && strcmp(share[next].component, share[i].component) == 0; next++) {
            own_below += share[next].sums.below;
            own_above += share[next].sums.above;
        }
        *below = hypot(*below, own_below);
        *above = hypot(*above, own_above);
    }
}

/* Rows of the period that begins with row `first`. Over all components hidden shares move nothing. */
struct toil_hours_sums toil_hours_sum_period(const struct toil_hours_rows *hours, size_t first)
{
    struct toil_hours_sums sums = {0};
    size_t end = first, spread = 0;
    double below, above;
    while (end < toil_result_rows(hours->rows) && toil_hours_same_period(hours->rows, first, end))
        end++;
    struct toil_hours_share *share = toil_xcalloc(end - first + 1, sizeof *share);
    for (size_t r = first; r < end; r++) {
        const struct toil_hours_sums *row = &hours->sum[r];
        add_sums(&sums, row);
        if (row->below > 0 || row->above > 0)
            share[spread++] =
                (struct toil_hours_share){toil_result_text(hours->rows, r, TOIL_HOURS_ROW_COMPONENT), *row};
    }
    spread_over(share, spread, &below, &above);
    free(share);
    sums.below = hours->chosen ? below : 0;
    sums.above = hours->chosen ? above : 0;
    sums.followed = hours->chosen ? sums.followed : NULL;
    return sums;
}

/* Components over all their kinds and periods, by name. Owned by the caller. */
struct toil_hours_share *toil_hours_sum_components(const struct toil_hours_rows *hours, size_t *count)
{
    const struct toil_result *rows = hours->rows;
    size_t row_count = toil_result_rows(rows), last = 0;
    struct toil_hours_share *shares = toil_xcalloc(row_count, sizeof *shares);
    for (size_t r = 0; r < row_count; r++)
        shares[r] = (struct toil_hours_share){toil_result_text(rows, r, TOIL_HOURS_ROW_COMPONENT), hours->sum[r]};
    qsort(shares, row_count, sizeof *shares, by_component);
    for (size_t r = 1; r < row_count; r++) {
        if (strcmp(shares[r].component, shares[last].component) == 0)
            add_sums(&shares[last].sums, &shares[r].sums);
        else
            shares[++last] = shares[r];
    }
    *count = row_count ? last + 1 : 0;
    return shares;
}

struct toil_hours_sums toil_hours_sum_all(const struct toil_hours_rows *hours)
{
    struct toil_hours_sums total = {0};
    double below = 0, above = 0;
    size_t count;
    struct toil_hours_share *shares = toil_hours_sum_components(hours, &count);
    for (size_t i = 0; i < count; i++) {
        add_sums(&total, &shares[i].sums);
        below = hypot(below, shares[i].sums.below);
        above = hypot(above, shares[i].sums.above);
    }
    free(shares);
    total.below = hours->chosen ? below : 0;
    total.above = hours->chosen ? above : 0;
    total.followed = hours->chosen ? total.followed : NULL;
    return total;
}
