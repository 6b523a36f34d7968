/* Growth as estimates and in words, for every report that tells of it. */
#ifndef TOIL_GROWTH_WORDS_H
#define TOIL_GROWTH_WORDS_H

#include "report.h"
#include "stats/growth.h"

/* A fraction a month (0.04), and in percent ("4.0 %/month"). result: of toil_growth; other than OK: no value, and why.
 */
struct toil_estimate toil_growth_per_month(enum toil_stats_result result, const struct toil_growth *growth);
struct toil_estimate toil_growth_percent(enum toil_stats_result result, const struct toil_growth *growth);
/* Months until it is twice as large; without value, and why, where no growth is established. The why is kept by the
 * report. */
struct toil_estimate toil_growth_doubling(struct toil_report *report, enum toil_stats_result result,
                                          const struct toil_growth *growth);
/* "doubles in 17 months (12-30)", "halves in 9 months", "no growth established: -1.2% to 3.0% a month". */
void toil_growth_add_words(struct toil_buf *out, enum toil_stats_result result, const struct toil_growth *growth);
/* "restarts", "load_time" of metric:load_time, "manual hours". */
const char *toil_measure_title(const char *measure);

#endif
