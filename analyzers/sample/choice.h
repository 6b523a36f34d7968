/* The mapping that a command line names: --preset, --mapping, --set, or --topic of the daemon's configuration. */
#ifndef TOIL_SAMPLE_CHOICE_H
#define TOIL_SAMPLE_CHOICE_H

#include "toilmeter/options.h"
#include "toilmeter/topic.h"

struct toil_choice {
    const char *preset, *mapping; /* borrowed; NULL: not given */
    const char *topic, *config;   /* a topic of a configuration of toilmeterd */
    struct toil_option_list set;  /* NAME=VALUE, for the mapping's `settings` */
};

/* What the choice comes to; without any it is canonical events. TOIL_BAD_INPUT names the file and the place, or the
 * option, that is wrong. *out: to be released with toil_topic_release, also after an error. */
enum toil_status toil_choose(const struct toil_choice *choice, struct toil_topic *out,
                             struct toil_error *err) TOIL_MUST_CHECK;

#endif
