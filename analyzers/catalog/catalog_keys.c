/* The rows behind catalog_keys.h. */
#include "catalog_keys.h"

#include <string.h>

const struct toil_catalog_map toil_catalog_maps[] = {
    {"catalog", "the top of the file"},
    {"sprints", "the value of sprints at the top"},
    {"amount", "an item of rate and of ticket_cost, in rising order of dates"},
    {"team", "an item of teams"},
    {"component", "an item of components"},
    {"goal", "an item of goals"},
    {"item", "an item of items: a debt item"},
    {"effort", "the value of effort of a debt item"},
    {"promise", "the value of promise of a debt item"},
    {NULL, NULL},
};

const struct toil_catalog_key toil_catalog_keys[] = {
    {"catalog", "currency", "XXX",
     "three capital letters, such as EUR; it must be there as soon as an amount stands in the file"},
    {"catalog", "zone", "UTC", "the zone of days, weeks and months in reports, and of teams that name none"},
    {"catalog", "sprints", "two weeks from 2024-01-01", "when sprints begin and how long they are"},
    {"catalog", "people_hours_per_sprint", "40 hours a week",
     "what one person works in a sprint: it turns an effort in sprints into hours"},
    {"catalog", "ticket_cost", "none", "amounts: what one ticket costs"},
    {"catalog", "teams", "none", "a list of teams"},
    {"catalog", "components", "none", "a list of components; their rules are tried from top to bottom"},
    {"catalog", "goals", "none", "a list of goals"},
    {"catalog", "items", "none", "a list of debt items"},
    {"sprints", "start", NULL, "a date: the first day of any sprint"},
    {"sprints", "length", "2w", "at most 26w; days before the start fall into earlier sprints of the same length"},
    {"amount", "from", NULL, "a date: the amount holds from that day on"},
    {"amount", "amount", NULL, "a number in the catalog's currency"},
    {"team", "name", NULL, "the name that components and items use"},
    {"team", "zone", "the catalog's", "the zone of the team's wall clock"},
    {"team", "working", "Mon-Fri 09:00-17:00", "working hours on that clock, daylight saving included"},
    {"team", "evening", "17:00-22:00", "where both hold, working wins; the rest is night"},
    {"team", "rate", "none", "amounts: what one hour of a person costs; without it hours have no cost"},
    {"component", "name", NULL, "the name in reports"},
    {"component", "team", "none", "a team of this file: whose component it is"},
    {"component", "match", "the component's name",
     "a list of raw names of events: exact, or after ~ a regular expression (PCRE2, unanchored); the first rule of the "
     "file that matches wins"},
    {"component", "topics", "none",
     "a list of support topics that speak of it: a ticket without a component of its own counts here"},
    {"goal", "name", NULL, "the name that items use"},
    {"goal", "owner", "none", "who stands for it"},
    {"goal", "by", "none", "a date"},
    {"item", "id", NULL, "what reports and commands call it"},
    {"item", "title", NULL, "one line"},
    {"item", "components", "none", "a list of components of this file, whose events and tickets it is about"},
    {"item", "leader", "none", "who leads it"},
    {"item", "teams", "none", "a list of teams of this file that work on it"},
    {"item", "goal", "none", "a goal of this file"},
    {"item", "state", "proposed", "proposed, planned, in_progress, shipped or dropped"},
    {"item", "proposed", "none", "a date: before it lies the baseline"},
    {"item", "shipped", "none",
     "a date, not before it was proposed; it must be there when the state is shipped, and may when it was dropped "
     "afterwards"},
    {"item", "effort", "none", "how many sprints of how many people it takes"},
    {"item", "promise", "none", "what it is to change, by how much, within how long"},
    {"item", "payback_target", "none", "a duration: when the effort is to have come back"},
    {"effort", "sprints", "none",
     "a number; payback needs both keys, since two sprints of one person are not two of five"},
    {"effort", "people", "none", "a number"},
    {"promise", "measure", NULL, "manual_hours, tickets, restarts, rebalances, csat, development_hours or metric:NAME"},
    {"promise", "change", NULL, "a percentage such as -90%, not below -100%, not 0%"},
    {"promise", "within", NULL, "a duration after it shipped"},
    {NULL, NULL, NULL, NULL},
};

enum { KEYS_MAX = 16 };

enum toil_status toil_catalog_only_keys(const toil_yaml_node *node, const char *map, const char *what,
                                        struct toil_error *err)
{
    const char *known[KEYS_MAX + 1];
    size_t count = 0;
    for (const struct toil_catalog_key *row = toil_catalog_keys; row->key && count < KEYS_MAX; row++) {
        if (strcmp(row->map, map) == 0)
            known[count++] = row->key;
    }
    known[count] = NULL;
    return toil_yaml_only_keys(node, what, known, err);
}
