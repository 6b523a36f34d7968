/* What a mapping made of a message, as text or as JSON. */
#ifndef TOIL_SAMPLE_TOLD_H
#define TOIL_SAMPLE_TOLD_H

#include "toilmeter/mapping.h"

/* An event in the canonical form: {"kind": ..., "id": ..., ...}. */
void toil_tell_event(const struct toil_event *event, struct toil_buf *out);
/* One line: {"events": [...], "from": {...}}, {"skipped": "..."} or {"quarantine": "...", "detail": "..."}. `from` is
 * that of the first event; where there are several, "from_each" lists all. */
void toil_tell_json(enum toil_reason reason, const struct toil_reading *reading, const char *detail,
                    struct toil_buf *out);
/* The same for people, a field a line. */
void toil_tell_text(enum toil_reason reason, const struct toil_reading *reading, const char *detail,
                    struct toil_buf *out);

#endif
