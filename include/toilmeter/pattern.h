/* Names and regular expressions as the configuration and the catalog write them: a text is an exact name; after "~" it
 * is a regular expression (PCRE2, UTF-8, unanchored, with match limits so that a hostile name cannot hang it). */
#ifndef TOILMETER_PATTERN_H
#define TOILMETER_PATTERN_H

#include "toilmeter/buf.h"

/* A name that needs more steps than this does not match: about a millisecond at worst. */
#define TOIL_PATTERN_STEPS 100000

struct toil_pattern; /* opaque, immutable: may be shared by threads */

/* *out: owned. TOIL_BAD_INPUT says at which character a regular expression is wrong. */
enum toil_status toil_pattern_new(const char *text, struct toil_pattern **out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_pattern_free(struct toil_pattern *pattern);
/* False as well when the match limit is hit. */
bool toil_pattern_matches(const struct toil_pattern *pattern, struct toil_span text);

/* Memory for matching, kept between texts; one per thread. */
struct toil_matcher;
struct toil_matcher *toil_matcher_new(void);
void toil_matcher_free(struct toil_matcher *matcher);

enum toil_match { TOIL_MATCH_NO, TOIL_MATCH_YES, TOIL_MATCH_GAVE_UP /* the match limit was hit */ };

/* Matches without allocating. group: [count] gets the whole match and the groups; one that took no part has ptr NULL.
 * May be NULL when count is 0; count is at most 16. */
enum toil_match toil_pattern_find(const struct toil_pattern *pattern, struct toil_span text,
                                  struct toil_matcher *matcher, struct toil_span *group, unsigned count);
/* The number of a named group; -1 when there is none. */
int toil_pattern_group(const struct toil_pattern *pattern, const char *name);
/* How many groups there are, the whole match not counted. */
unsigned toil_pattern_group_count(const struct toil_pattern *pattern);

#endif
