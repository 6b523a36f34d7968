/* What became of an item's promise: the weeks that count, the regression, and in words why there is no verdict. Shared
 * by report saved, plan, matrix and the write-up. */
#ifndef TOIL_ITEM_SAVINGS_H
#define TOIL_ITEM_SAVINGS_H

#include "series.h"
#include "stats/savings.h"

#define TOIL_BASELINE_WEEKS 52 /* before the proposal, at most */
#define TOIL_TRIGGER_WEEKS  4  /* up to and including that of the proposal */

/* Weeks of the promised measure and which of them count.
 *
 * The baseline begins 52 weeks before the proposal, or with the run, and ends with the deployment. Left out are the
 * weeks that triggered the proposal, since fixes follow a spike and the return to normal is not a saving, and the week
 * of the deployment. Weeks between proposal and deployment count: nobody chose them for being high. */
struct toil_item_weeks {
    struct toil_series series, control; /* owned; control: components that no shipped item touches, count 0 without */
    bool *left_out;                     /* [series.count], owned */
    size_t first, after;                /* weeks: the baseline's first; of the deployment, SIZE_MAX when not shipped */
    size_t trigger_first, trigger_last; /* left out; first > last when there are none */
    size_t control_components;
};

/* Why nothing can be said; texts live as the report. *why NULL: all is well. */
enum toil_status toil_item_weeks_read(struct toil_scope *scope, const struct toil_item *item,
                                      struct toil_item_weeks *out, const char **why,
                                      struct toil_error *err) TOIL_MUST_CHECK;
void toil_item_weeks_release(struct toil_item_weeks *weeks);

struct toil_item_savings {
    struct toil_item_weeks weeks;          /* owned */
    struct toil_savings savings;           /* owned; numbers are NAN when why is set */
    const char *why;                       /* why there is no verdict; NULL */
    struct toil_estimate delivered, saved; /* change as a fraction (of a score in points); what is saved a week */
};
/* Of a shipped item; TOIL_OK with why for any other. Release with toil_item_savings_release. */
enum toil_status toil_item_savings_read(struct toil_scope *scope, const struct toil_item *item,
                                        struct toil_item_savings *out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_item_savings_release(struct toil_item_savings *savings);

/* Family of a series' regression. */
enum toil_week_family toil_series_family(const struct toil_series *series);
/* A change as a fraction in percent; one in points as it is. */
struct toil_estimate toil_change_percent(struct toil_estimate change);
/* "-34% (-43 to -26)", of toil_change_percent. */
void toil_change_add(struct toil_buf *out, const struct toil_estimate *change);
/* "30% fewer tickets", "20% less load_time", "0.3 more satisfaction". */
void toil_promise_add(struct toil_buf *out, const struct toil_item *item);

#endif
