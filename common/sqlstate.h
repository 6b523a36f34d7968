/* The remedy for an SQLSTATE, beside toil_sqlstate_status of db.h. */
#ifndef TOILMETER_COMMON_SQLSTATE_H
#define TOILMETER_COMMON_SQLSTATE_H

#include <stdbool.h>

#include "toilmeter/error.h"

/* One sentence that says what to do, or NULL when there is nothing general to say. */
const char *toil_sqlstate_hint(const char *sqlstate);

/* Fills `err` for a refused connection out of libpq's message, made with PQERRORS_VERBOSE: the only way to learn the
 * code, since libpq makes no result of it. Each host tried has a line; the last one with a code decides. Without a code
 * the server was not reached: TOIL_RETRY. */
enum toil_status toil_sqlstate_connect_error(const char *message, bool needs_password, struct toil_error *err);

#endif
