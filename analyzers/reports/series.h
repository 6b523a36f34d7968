/* A measure of some components week by week, as a run keeps it: what trend, impact, plan and saved calculate with.
 *
 * Weeks begin on Monday in the catalog's zone. A week that the scope's window cuts is left out, at both ends, so every
 * value speaks of seven days. Weeks in which nothing happened are there, as 0 for what is counted or summed. */
#ifndef TOIL_SERIES_H
#define TOIL_SERIES_H

#include "report_scope.h"

enum toil_series_shape {
    TOIL_SERIES_COUNT, /* restarts, rebalances, tickets: may be shares, so not always whole */
    TOIL_SERIES_SUM,   /* manual_hours; manual_cost, in the catalog's currency */
    TOIL_SERIES_LEVEL, /* metric:NAME: above 0, the median of the week; of several components the geometric mean */
    TOIL_SERIES_SCORE, /* csat: the mean answer of the week */
    TOIL_SERIES_RATIO, /* development_hours: hours over units of work */
};

struct toil_series {
    const char *measure; /* as toil_series_read was given it; borrowed */
    const char *unit;    /* of value: "tickets/week", "hours/week", "ms", "hours/unit of work"; lives as the report */
    enum toil_series_shape shape;
    int64_t first_day;  /* Monday of week 0, days since 1970-01-01 */
    size_t count;       /* weeks */
    double *value;      /* [count], owned; NAN: not measured that week (LEVEL, SCORE, RATIO) */
    double *weight;     /* [count], owned; LEVEL: measurements, SCORE: answers, RATIO: units of work; otherwise 1 */
    double *low, *high; /* [count], owned: SUM: at the shortest and the longest gap between traces of work */
    double total;       /* COUNT, SUM: of value; otherwise of weight */
};

/* Which rows of a week are wanted. */
struct toil_series_query {
    const char *measure; /* one of toil_measures or metric:NAME */
    const char *part;    /* NULL: the whole; manual_hours: a kind of work ("rebalance"); tickets: "named", "hidden" */
    const size_t *component; /* indices of the scope's catalog; groups "a | b" that hold one are not counted in */
    size_t component_count;
    bool others; /* all but these: for a control; (unmapped) and (unexplained) are never in it */
};

/* development_hours: the hours and units of work whose last booking lies in that week. TOIL_OK with count 0 when the
 * window has no whole week; with total 0 when nothing was seen of the measure. */
enum toil_status toil_series_read(struct toil_scope *scope, const struct toil_series_query *query,
                                  struct toil_series *out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_series_release(struct toil_series *series);
/* Reads the weeks of all components of all items by one query: for a report that is about to ask for many of them. */
enum toil_status toil_series_load_items(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;
/* Every series of counts, hours and levels (no satisfaction, no development) of the components that the scope's options
 * let in, by one query, in the order of measure and component. series: borrowed for the call. */
typedef void (*toil_series_fn)(void *context, const char *component, const struct toil_series *series);
enum toil_status toil_series_each(struct toil_scope *scope, toil_series_fn fn, void *context,
                                  struct toil_error *err) TOIL_MUST_CHECK;
/* The week that holds a day; count when it is after the last, SIZE_MAX when before the first. */
size_t toil_series_week(const struct toil_series *series, int64_t day);
/* Every measure of which the run has a row, in the order of their names, metric:NAME included. The texts live as
 * long as the report; *names: an array owned by the caller (free). */
enum toil_status toil_series_measures(struct toil_scope *scope, const char ***names, size_t *count,
                                      struct toil_error *err) TOIL_MUST_CHECK;

#endif
