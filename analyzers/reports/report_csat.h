/* Satisfaction of customers on a component's tickets less that of the rest in the same weeks, for report tickets. */
#ifndef TOIL_REPORT_CSAT_H
#define TOIL_REPORT_CSAT_H

#include "report_scope.h"

#define TOIL_CSAT_FEW 10 /* customers on either side below which no satisfaction is compared */

struct toil_csat; /* opaque; owns its memory */

/* rows: of report_tickets_csat or item_csat; taken. */
struct toil_csat *toil_csat_new(struct toil_result *rows);
/* rows: of report_csat or report_item, what `analyze` made of the same; taken. */
struct toil_csat *toil_csat_kept(struct toil_result *rows);
void toil_csat_free(struct toil_csat *csat); /* NULL is fine */

/* period: a day number as the query gives it, "" for the whole window. grade: the best that the number may have.
 * Without a value where there are too few customers, or the interval reaches zero; its reason is then written to `why`.
 */
struct toil_estimate toil_csat_of(const struct toil_csat *csat, const char *component, const char *period,
                                  const char *grade, char why[128]);

#endif
