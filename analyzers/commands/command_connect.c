/* The connection of a subcommand. */
#include <stdio.h>

#include "command.h"

enum toil_status toil_command_connect(const struct toil_context *context, struct toil_db **out, struct toil_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "toilmeter %.40s", context->command ? context->command : "");
    const struct toil_db_options options = {.conninfo = context->conninfo, .application_name = name};
    return toil_db_open(&options, out, err);
}
