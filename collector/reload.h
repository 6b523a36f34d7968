/* Taking a new configuration over while running. */
#ifndef COLLECTOR_RELOAD_H
#define COLLECTOR_RELOAD_H

#include "counters.h"
#include "intake.h"
#include "toilmeter/log.h"

/* Reads the configuration again and checks it whole. When it is wrong, `config` stays as it is and the log says why;
 * else what can be changed while running is taken over, and the log names what needs a restart. keep_level: the log
 * level was given on the command line. */
void reload_config(struct toil_config *config, const char *file, const char *const *environment, bool keep_level,
                   struct intake *intake, struct counters *counters, struct toil_log *log);

#endif
