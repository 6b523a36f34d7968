/* Looks at a sample of messages and proposes a mapping: which pointers look like ids, times and in which unit, names of
 * components, states, people. A proposal to be read and mended by somebody who knows the messages; it compiles. */
#ifndef TOIL_SAMPLE_SUGGEST_H
#define TOIL_SAMPLE_SUGGEST_H

#include "toilmeter/mapping.h"

struct toil_suggest; /* opaque: what was seen so far, at most 4,000 pointers */

struct toil_suggest *toil_suggest_new(void);
void toil_suggest_free(struct toil_suggest *suggest);
/* Looks at one message; what is no JSON object is counted and left. */
void toil_suggest_look(struct toil_suggest *suggest, struct toil_span message);
/* Appends the proposal as YAML, with what was seen as comments. False when no message was a JSON object. */
bool toil_suggest_write(const struct toil_suggest *suggest, struct toil_buf *out);

#endif
