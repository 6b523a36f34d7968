/* The rows of weeks that a scope's series are made of, read once: a report about forty items asks for the same weeks of
 * the same components again and again. */
#ifndef TOIL_WEEK_ROWS_H
#define TOIL_WEEK_ROWS_H

#include "report_scope.h"

struct toil_week_rows; /* opaque: of one scope, and of the reports that are built beside its own */

struct toil_week_row {
    const char *measure, *part, *component, *unit; /* borrowed from the scope; unit NULL where there is none */
    int64_t day;                                   /* its Monday, days since 1970 */
    double value, n, low, high;                    /* as run_week tells them; low and high NAN where there is no band */
};

/* Rows in the order of weeks, of one component after the other. Borrowed from the scope. */
struct toil_week_span {
    const struct toil_week_row *row;
    size_t count;
};

struct toil_week_rows *toil_week_rows_new(void);
void toil_week_rows_free(struct toil_week_rows *weeks); /* NULL is fine */

/* Reads what is not there yet of some components, every measure and part, by one query. component: indices of the
 * scope's catalog; first, end: Mondays, days since 1970, end exclusive. */
enum toil_status toil_week_rows_load(struct toil_scope *scope, const size_t *component, size_t component_count,
                                     int64_t first, int64_t end, struct toil_error *err) TOIL_MUST_CHECK;
/* Of a component that was loaded for the same weeks. */
struct toil_week_span toil_week_rows_find(const struct toil_scope *scope, const char *measure, const char *part,
                                          size_t component, int64_t first, int64_t end);
/* Of all components, groups and what is no component left out; read once for each measure and part. */
enum toil_status toil_week_rows_all(struct toil_scope *scope, const char *measure, const char *part, int64_t first,
                                    int64_t end, struct toil_week_span *out, struct toil_error *err) TOIL_MUST_CHECK;

#endif
