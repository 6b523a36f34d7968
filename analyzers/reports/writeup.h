/* The text for the backlog: a document about one debt item, whose numbers are those of impact, plan and saved. */
#ifndef TOIL_WRITEUP_H
#define TOIL_WRITEUP_H

#include "document.h"
#include "toilmeter/db.h"

/* run: an id as typed, NULL for the latest. *out: owned (toil_document_free), NULL when it failed: TOIL_BAD_INPUT with
 * a hint for an unknown run or item. The document's report is negative where the item's impact is not established. */
enum toil_status toil_writeup(struct toil_db *db, const char *run, const char *item, struct toil_document **out,
                              struct toil_error *err) TOIL_MUST_CHECK;

#endif
