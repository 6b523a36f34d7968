/* The table of what can be shown: a new one is a file report_show_<name>.c and a row here. */
#include "report_show.h"

static enum toil_status show_component(struct toil_scope *scope, const char *id, struct toil_error *err)
{
    (void)id; /* the scope has checked it and chooses by it */
    return toil_show_component(scope, err);
}

const struct toil_show_kind toil_show_kinds[] = {
    {"ticket", "Why is this ticket counted as it is?", toil_show_ticket, false},
    {"component", "What are this component's numbers made of?", show_component, true},
    {NULL, NULL, NULL, false},
};
