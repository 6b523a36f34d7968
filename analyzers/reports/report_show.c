/* The table of what can be shown: a new one is a file report_show_<name>.c and a row here. */
#include "report_show.h"

#include "report_kind.h"

const struct toil_report_kind toil_show_kinds[] = {
    {"ticket", TOIL_SUBJECT_TICKET, "Why is this ticket counted as it is?", toil_show_ticket},
    {"component", TOIL_SUBJECT_COMPONENT, "What are this component's numbers made of?", toil_show_component},
    {"item", TOIL_SUBJECT_ITEM, "What are the numbers of this item made of?", toil_show_item},
    {NULL, TOIL_SUBJECT_NONE, NULL, NULL},
};
