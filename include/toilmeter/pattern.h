/* Names and regular expressions as the configuration and the catalog write them: a text is an exact name; after "~" it
 * is a regular expression (PCRE2, UTF-8, unanchored, with match limits so that a hostile name cannot hang it). */
#ifndef TOILMETER_PATTERN_H
#define TOILMETER_PATTERN_H

#include "toilmeter/buf.h"

struct toil_pattern; /* opaque, immutable: may be shared by threads */

/* *out: owned. TOIL_BAD_INPUT says at which character a regular expression is wrong. */
enum toil_status toil_pattern_new(const char *text, struct toil_pattern **out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_pattern_free(struct toil_pattern *pattern);
/* False as well when the match limit is hit. */
bool toil_pattern_matches(const struct toil_pattern *pattern, struct toil_span text);

#endif
