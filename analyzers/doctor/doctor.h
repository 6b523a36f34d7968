/* The findings of `toilmeter doctor`: each says what was looked at, how it stands, and what to do. */
#ifndef TOIL_DOCTOR_H
#define TOIL_DOCTOR_H

#include "toilmeter/db.h"

enum toil_health { TOIL_HEALTH_OK, TOIL_HEALTH_LOOK, TOIL_HEALTH_BAD };

struct toil_finding {
    const char *check; /* borrowed: a stable name, for scripts */
    enum toil_health health;
    char *message; /* owned */
    char *remedy;  /* owned; "" when there is nothing to do */
};

struct toil_findings {
    struct toil_finding *item; /* owned */
    size_t count;
};
#define TOIL_FINDINGS_INIT ((struct toil_findings){0})
void toil_findings_release(struct toil_findings *findings);

/* Adds one. Takes message; remedy: borrowed, NULL for none. */
void toil_finding_add(struct toil_findings *findings, const char *check, enum toil_health health, char *message,
                      const char *remedy);
enum toil_health toil_findings_worst(const struct toil_findings *findings);
const char *toil_health_name(enum toil_health health); /* "ok", "look", "bad" */

/* Server and schema; false when nothing else can be looked at. */
bool toil_doctor_base(struct toil_db *db, struct toil_findings *out);
/* All that is in the tables. A question that this role may not ask becomes a finding. TOIL_RETRY when the connection
 * was lost. */
enum toil_status toil_doctor_tables(struct toil_db *db, struct toil_findings *out,
                                    struct toil_error *err) TOIL_MUST_CHECK;

#endif
