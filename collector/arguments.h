/* The command line of toilmeterd as a table: parser, --help and the manual page are made from it. */
#ifndef COLLECTOR_ARGUMENTS_H
#define COLLECTOR_ARGUMENTS_H

#include "toilmeter/options.h"

struct arguments {
    const char *config, *log_format, *log_level; /* borrowed from argv; NULL when not given */
    bool check_config, until_end, help, version;
};

extern const struct toil_option toilmeterd_options[]; /* of struct arguments; ended by a row without name */

#endif
