/* Takes people out of the database: their pseudonyms out of events and runs, their names out of unknown fields and out
 * of messages in quarantine. Numbers stay as they are; who did what is gone. */
#ifndef TOIL_FORGET_H
#define TOIL_FORGET_H

#include "reports/report.h"
#include "toilmeter/db.h"
#include "toilmeter/people.h"

struct toil_forget_options {
    const char *const *actor, *const *customer; /* raw ids as the sources write them; borrowed */
    size_t actor_count, customer_count;
    struct toil_people *people; /* borrowed */
    bool dry_run;               /* do it and take it back: the report says what would be touched */
};

/* One transaction: all or nothing. The report names no one; it is negative when nothing was found. TOIL_BAD_INPUT: an
 * id is empty or no UTF-8. */
enum toil_status toil_forget(struct toil_db *db, const struct toil_forget_options *options, struct toil_report *report,
                             struct toil_error *err) TOIL_MUST_CHECK;

#endif
