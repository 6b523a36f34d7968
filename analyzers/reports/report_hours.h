/* Parts of report hours. */
#ifndef TOIL_REPORT_HOURS_H
#define TOIL_REPORT_HOURS_H

#include "report_scope.h"

/* Notes logged work of other kinds than manual toil, with its sum. */
enum toil_status toil_hours_note_other(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;
/* Notes how many logged hours an inferred one stood for, and whether that was used. */
enum toil_status toil_hours_note_calibration(struct toil_scope *scope, struct toil_error *err) TOIL_MUST_CHECK;

#endif
