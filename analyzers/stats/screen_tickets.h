/* Tickets of one topic or of all, by time and scope, and what they have in a plan's windows. Pure. Internal to the
 * screen.
 *
 * All topics of a source are counted in one pass: windows are many and tickets in each few, so that finding a window's
 * place among the tickets costs more than counting them. */
#ifndef TOIL_STATS_SCREEN_TICKETS_H
#define TOIL_STATS_SCREEN_TICKETS_H

#include "permutation.h"
#include "screen_plan.h"

struct toil_screen_topic;

/* What one topic has of one cluster. */
struct toil_tally {
    uint32_t option[TOIL_PERMUTATION_OPTIONS]; /* in the kept windows, then in their referents, in the order of
                                                  toil_plan_moved */
    uint32_t parts, paired;                    /* of views in which the topic has tickets; those with a pair */
    uint8_t pairs;                             /* of the plan's cluster */
};

/* What one topic has of a plan. */
struct toil_tally_total {
    uint32_t windows, clusters, paired;
    double observed_all;
    bool abstains;
};

uint32_t toil_screen_topic_first(const struct toil_screen_topic *topic); /* topics first, first + 1, ... */
uint32_t toil_screen_topic_count(const struct toil_screen_topic *topic);

/* Tickets as the views of one source see them. */
struct toil_meeting;
struct toil_meeting *toil_meeting_new(const struct toil_screen_topic *topic, const struct toil_plan_events *events);
void toil_meeting_free(struct toil_meeting *meeting);

/* Counts: tally[cluster * topics + topic], zeroed by the caller, and total[topic]. */
void toil_meeting_count(struct toil_meeting *meeting, const struct toil_screen_plan *plan, struct toil_tally *tally,
                        struct toil_tally_total *total);

#endif
