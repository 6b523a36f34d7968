/* Drill down: why a ticket is counted as it is, what a component's and an item's numbers are made of, down to the
 * events. They build the same report model as the reports do, so every format shows them. */
#ifndef TOIL_REPORT_SHOW_H
#define TOIL_REPORT_SHOW_H

#include "report_scope.h"

/* The scope's report is filled. TOIL_BAD_INPUT with a hint: the run has no such ticket. */
enum toil_status toil_show_ticket(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;
/* Of the component that the scope's options name (toil_scope_open has checked it). */
enum toil_status toil_show_component(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;
/* Of the scope's item. */
enum toil_status toil_show_item(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;

#endif
