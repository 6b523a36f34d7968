/* Which events are traces of a person's work, and of which sort. */
#include <math.h>

#include "analyze.h"
#include "toilmeter/timestamp.h"

/* A measured interval above this is counted as odd: an end that was told late looks like work through the night. */
#define LONG_MEASURED_US (12 * TOIL_US_PER_HOUR)

static bool has_end(const struct toil_action *action)
{
    return action->to_us != TOIL_NO_TIME && action->to_us > action->from_us;
}

bool toil_analysis_judge(struct toil_analysis *analysis, const struct toil_action *action)
{
    struct toil_trace_counts *counts = &analysis->traces_of[action->kind];
    counts->seen++;
    if (action->automatic) {
        counts->automatic++;
    } else if (action->from_us == TOIL_NO_TIME) {
        counts->timeless++;
    } else if (!toil_analysis_inside(analysis, action->from_us)) {
        counts->outside++;
    } else if (!isnan(action->minutes)) {
        if (action->minutes > 0) {
            counts->declared += action->actor.ptr != NULL;
            counts->declared_unknown += action->actor.ptr == NULL;
            return true;
        }
        counts->nothing++;
    } else if (!action->actor.ptr) {
        counts->nobody++;
    } else {
        counts->measured += has_end(action);
        counts->points += !has_end(action);
        counts->long_measured += has_end(action) && action->to_us - action->from_us > LONG_MEASURED_US;
        return true;
    }
    return false;
}

uint32_t toil_analysis_add_item(struct toil_analysis *analysis, enum toil_kind kind, unsigned activity, uint32_t split)
{
    analysis->item = toil_grow(analysis->item, analysis->item_count, &analysis->item_cap, sizeof *analysis->item);
    uint32_t item = (uint32_t)analysis->item_count++;
    analysis->item[item] = (struct toil_item_of_work){.split = split,
                                                      .unit = item,
                                                      .kind = (uint8_t)kind,
                                                      .activity = (uint8_t)activity,
                                                      .log = kind == TOIL_KIND_WORK_LOG};
    return item;
}

void toil_analysis_add_trace(struct toil_analysis *analysis, const struct toil_action *action, uint32_t item)
{
    /* Bookings without an actor count in full, each as a person of its own; numbers from the top down are theirs. */
    uint32_t actor =
        action->actor.ptr ? toil_intern_add(&analysis->people, action->actor) : UINT32_MAX - ++analysis->unknown_people;
    analysis->trace = toil_grow(analysis->trace, analysis->trace_count, &analysis->trace_cap, sizeof *analysis->trace);
    analysis->trace[analysis->trace_count++] =
        (struct toil_trace){.actor = actor,
                            .item = item,
                            .from_us = action->from_us,
                            .to_us = has_end(action) ? action->to_us : action->from_us,
                            .minutes = action->minutes,
                            .has_end = has_end(action)};
}
