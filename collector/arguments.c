/* The table behind arguments.h. */
#include "arguments.h"

static const char *const format_words[] = {"text", "json", NULL};
static const char *const level_words[] = {"debug", "info", "warn", "error", NULL};

const struct toil_option toilmeterd_options[] = {
    {"config", TOIL_OPTION_TEXT, offsetof(struct arguments, config), "FILE", NULL,
     "read the configuration from FILE; without it, from the environment alone"},
    {"check-config", TOIL_OPTION_FLAG, offsetof(struct arguments, check_config), NULL, NULL,
     "read everything, connect to nothing, print what was understood"},
    {"until-end", TOIL_OPTION_FLAG, offsetof(struct arguments, until_end), NULL, NULL,
     "stop once every assigned partition has reached the end it had at the start, and print totals"},
    {"log-format", TOIL_OPTION_TEXT, offsetof(struct arguments, log_format), "FORMAT", format_words, "text or json"},
    {"log-level", TOIL_OPTION_TEXT, offsetof(struct arguments, log_level), "LEVEL", level_words,
     "debug, info, warn or error; overrides the configuration"},
    {"help", TOIL_OPTION_FLAG, offsetof(struct arguments, help), NULL, NULL, "print this help"},
    {"version", TOIL_OPTION_FLAG, offsetof(struct arguments, version), NULL, NULL, "print the version"},
    {NULL, TOIL_OPTION_FLAG, 0, NULL, NULL, NULL},
};
