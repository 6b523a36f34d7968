/* A year of a plausible company as canonical events, with the truth beside them. What it knows it has planted, so that
 * every report can be compared with it; another seed is another company. */
#ifndef TOIL_GENERATE_H
#define TOIL_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "toilmeter/error.h"

struct gen_options {
    const char *out;   /* folder that is written; made when absent */
    const char *start; /* date; the Monday on which the first sprint begins */
    int64_t seed, days, components, people, scale;
    const char *check;   /* folder to compare with, instead of generating */
    const char *hours;   /* report hours --format json */
    const char *sprints; /* report hours --by sprint --format json */
    const char *tickets; /* report tickets --format json */
    const char *links;   /* report links --format json */
};

void gen_options_init(struct gen_options *options);
/* Checks the values. TOIL_BAD_INPUT says which and what was expected. */
enum toil_status gen_options_check(const struct gen_options *options, struct toil_error *err) TOIL_MUST_CHECK;
/* Writes the events (TOPIC.jsonl, a line a message, in the order of arrival), when each arrived (TOPIC.arrivals,
 * milliseconds since 1970), catalog.yaml, toilmeterd.yaml, keys.tsv and truth.json into options->out. */
enum toil_status gen_generate(const struct gen_options *options, struct toil_error *err) TOIL_MUST_CHECK;
/* Compares reports with the truth of a folder and prints tables on stdout. *agree: is every number where it must be?
 */
enum toil_status gen_check(const struct gen_options *options, bool *agree, struct toil_error *err) TOIL_MUST_CHECK;

#endif
