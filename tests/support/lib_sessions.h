/* Traces of work by hand, and the pieces that sessions make of them, for tests. Minutes count from a Monday. */
#ifndef TESTS_LIB_SESSIONS_H
#define TESTS_LIB_SESSIONS_H

#include <criterion/criterion.h>

#include "analyzers/stats/sessions.h"
#include "toilmeter/timestamp.h"

#define MINUTE       TOIL_US_PER_MINUTE
#define HOUR         TOIL_US_PER_HOUR
#define DAY          TOIL_US_PER_DAY
#define MONDAY       (INT64_C(20458) * DAY) /* 2026-01-05 */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Office hours in UTC, every day the same. */
extern const struct toil_hours_clock pieces_utc;

/* The pieces of one run; item: owned by the caller. */
struct pieces {
    struct toil_piece *item;
    size_t count, cap;
    struct toil_session_totals totals;
};
/* Appends a piece; context: struct pieces. */
void pieces_collect(void *context, const struct toil_piece *piece);
/* Works on a copy: sorting drops repeats in place. */
struct pieces pieces_run_rules(const struct toil_trace *traces, size_t count, struct toil_session_rules rules,
                               const struct toil_hours_clock *clock);
/* By the default rules, in UTC. */
struct pieces pieces_run(const struct toil_trace *traces, size_t count);
/* Of an actor, an item, a tag; negative: of all. */
double pieces_minutes(const struct pieces *pieces, int actor, int item, int tag);
#define assert_minutes(got, expected)                                                                                  \
    cr_assert_float_eq(got, expected, 1e-9, "%.12f is not %.12f", got, (double)(expected))

struct toil_trace trace_point(uint32_t actor, uint32_t item, double minute);
struct toil_trace trace_measured(uint32_t actor, uint32_t item, int from, int to);
struct toil_trace trace_booking(uint32_t actor, uint32_t item, int from, double minutes);
struct toil_trace trace_window(uint32_t actor, uint32_t item, int from, int to, double minutes);

#endif
