/* The configuration as text, with its secrets masked, and what a new one changes. */
#ifndef COLLECTOR_CONFIG_TEXT_H
#define COLLECTOR_CONFIG_TEXT_H

#include "toilmeter/config.h"

/* Appends what was understood as YAML, secrets masked. */
void config_print(const struct toil_config *config, struct toil_buf *out);
/* Appends a libpq conninfo with passwords masked. */
void config_mask_conninfo(const char *conninfo, struct toil_buf *out);

/* Appends the names of settings that differ and cannot be changed while running, separated by commas. */
void config_needs_restart(const struct toil_config *now, const struct toil_config *next, struct toil_buf *out);
/* Takes over into `now` what can be changed while running: batch, robots, log_level, on_data_loss, grace. Robots are
 * swapped, so that `next` can be freed. */
void config_take_over(struct toil_config *now, struct toil_config *next);

#endif
