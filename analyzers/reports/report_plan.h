/* The plan of an item's proof, a report with a command of its own. */
#ifndef TOIL_REPORT_PLAN_H
#define TOIL_REPORT_PLAN_H

#include "report_kind.h"

extern const struct toil_report_kind toil_plan_kind;

#endif
