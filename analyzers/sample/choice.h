/* The mapping that a command line names: --preset, --mapping, --set, or --topic of the daemon's configuration. */
#ifndef TOIL_SAMPLE_CHOICE_H
#define TOIL_SAMPLE_CHOICE_H

#include "toilmeter/mapping.h"
#include "toilmeter/options.h"

struct toil_choice {
    const char *preset, *mapping; /* borrowed; NULL: not given */
    const char *topic, *config;   /* a topic of a configuration of toilmeterd */
    struct toil_option_list set;  /* NAME=VALUE, for the mapping's `settings` */
};

/* What the choice comes to. */
struct toil_chosen {
    struct toil_mapping *mapping; /* owned; NULL: canonical events */
    enum toil_kind kind;          /* of a topic without mapping; TOIL_KIND_NONE: each event names its own */
    enum toil_time_unit time_unit;
};

/* TOIL_BAD_INPUT names the file and the place, or the option, that is wrong. Release with toil_chosen_release. */
enum toil_status toil_choose(const struct toil_choice *choice, struct toil_chosen *out,
                             struct toil_error *err) TOIL_MUST_CHECK;
void toil_chosen_release(struct toil_chosen *chosen);

#endif
