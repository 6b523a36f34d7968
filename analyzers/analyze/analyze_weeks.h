/* Every measure by component and week, and units of development work: what reports about trends, impact and savings
 * read in place of the events. Filled while events are read and once hours and tickets are settled, then written. */
#ifndef TOIL_ANALYZE_WEEKS_H
#define TOIL_ANALYZE_WEEKS_H

#include "analyze_write.h"

/* A restart or a rebalance of the window. by_hand: a person did it. */
void toil_weeks_add_event(struct toil_analysis *analysis, enum toil_kind kind, uint32_t component, int64_t at_us,
                          bool by_hand);
/* A measurement of the window. Its value is kept until the median of the week is taken: 8 bytes each. */
void toil_weeks_add_measurement(struct toil_analysis *analysis, const struct toil_fact_row *row, uint32_t component);
/* Time booked on a unit of development work; ref: of analysis->refs. What has neither minutes nor an end counts as no
 * time, but it shows that the unit went on. */
void toil_weeks_add_feature(struct toil_analysis *analysis, const struct toil_action *action, uint32_t ref,
                            uint32_t split);
/* Tickets, satisfaction, hours and costs: once these are settled. */
void toil_analyze_weeks(struct toil_analysis *analysis);
void toil_weeks_free(struct toil_weeks *weeks);

enum toil_status toil_write_weeks(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                  struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_write_features(const struct toil_analysis *analysis, struct toil_copy *copy, int64_t run_id,
                                     struct toil_error *err) TOIL_MUST_CHECK;

#endif
