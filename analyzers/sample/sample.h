/* Messages of a sample file: as they stand, or in envelopes that carry key, headers and place besides. */
#ifndef TOIL_SAMPLE_H
#define TOIL_SAMPLE_H

#include "toilmeter/mapping.h"

struct toil_sample; /* opaque: the memory of one message */

struct toil_sample *toil_sample_new(void);
void toil_sample_free(struct toil_sample *sample);

/* A message of nothing but its value. */
struct toil_message toil_sample_plain(struct toil_span value, int64_t offset);

/* Reads an envelope: {"$value": ..., "$value_base64": "...", "$key": ..., "$key_base64": "...", "$headers": {...},
 * "$topic": "...", "$partition": 0, "$offset": 0, "$timestamp": ms}; one of the values, or neither for a tombstone. A
 * value or key that is a string is the message's text, everything else its JSON. Headers may also be a list of pairs
 * (headers.h). $cluster, $reason, $detail and $quarantined_at, which `quarantine show` adds, are passed over. *out is
 * borrowed from text and sample until the next call. TOIL_BAD_INPUT says what is wrong with the envelope. */
enum toil_status toil_sample_open(struct toil_sample *sample, struct toil_span text, struct toil_message *out,
                                  struct toil_error *err) TOIL_MUST_CHECK;

#endif
