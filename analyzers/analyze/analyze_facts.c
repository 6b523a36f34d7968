/* Facts, row by row: restarts and rebalances with the endings that their sources told apart, deployments, measurements.
 * Deployments and measurements make no hours, by whomever: releasing software and watching it is the work itself, not
 * toil. */
#include <math.h>
#include <stdlib.h>

#include "analyze_links.h"
#include "analyze_weeks.h"

/* The ending of one fact. */
struct ending {
    uint32_t actor; /* of endings.actors */
    bool automatic, met;
    int64_t ended_at_us;
    double manual_minutes;
};

struct endings {
    struct toil_intern ids[TOIL_N_KINDS], actors;
    struct ending *of[TOIL_N_KINDS];
    size_t cap[TOIL_N_KINDS];
};

struct facts {
    struct toil_analysis *analysis;
    struct endings endings;
};

static void on_ending(void *context, const struct toil_ending_row *row)
{
    struct facts *facts = context;
    struct endings *endings = &facts->endings;
    if (row->kind == TOIL_KIND_NONE)
        return;
    struct toil_kind_counts *counts = &facts->analysis->counts[row->kind];
    counts->endings++;
    counts->ending_rows += row->endings;
    uint32_t number = toil_intern_add(&endings->ids[row->kind], row->id);
    endings->of[row->kind] =
        toil_grow(endings->of[row->kind], number, &endings->cap[row->kind], sizeof *endings->of[row->kind]);
    endings->of[row->kind][number] = (struct ending){.actor = toil_intern_add(&endings->actors, row->actor),
                                                     .automatic = row->automatic,
                                                     .ended_at_us = row->ended_at_us,
                                                     .manual_minutes = row->manual_minutes};
}

/* As if the ending had come in the fact's own message: absent fields are filled, of two values the greater stays. */
static void join_ending(struct facts *facts, const struct toil_fact_row *row, struct toil_action *action)
{
    uint32_t number = toil_intern_find(&facts->endings.ids[row->kind], row->id);
    if (number == TOIL_NO_TEXT)
        return;
    struct ending *ending = &facts->endings.of[row->kind][number];
    ending->met = true;
    struct toil_span actor = toil_intern_text(&facts->endings.actors, ending->actor);
    if (actor.ptr && (!action->actor.ptr || toil_span_compare(actor, action->actor) > 0))
        action->actor = actor;
    action->automatic = action->automatic || ending->automatic;
    if (action->to_us == TOIL_NO_TIME || ending->ended_at_us > action->to_us)
        action->to_us = ending->ended_at_us;
    if (isnan(action->minutes) || ending->manual_minutes > action->minutes)
        action->minutes = ending->manual_minutes;
}

/* One more row of a fact; true when it is the first of its id, and counts. */
static bool is_first(struct facts *facts, const struct toil_fact_row *row, const char *stage)
{
    toil_analysis_step(facts->analysis, stage);
    facts->analysis->counts[row->kind].known++;
    facts->analysis->counts[row->kind].repeated += row->repeated;
    return !row->repeated;
}

/* Counts an event of the window, and gives its component. */
static uint32_t map_inside(struct toil_analysis *analysis, enum toil_kind kind, struct toil_span raw)
{
    struct toil_kind_counts *counts = &analysis->counts[kind];
    uint32_t component = toil_names_map(&analysis->names, analysis->catalog, raw, 1);
    counts->inside++;
    if (component == toil_unmapped(analysis->catalog))
        counts->unmapped++;
    else
        counts->mapped++;
    return component;
}

static void on_fact(void *context, const struct toil_fact_row *row)
{
    struct facts *facts = context;
    struct toil_analysis *analysis = facts->analysis;
    if (!is_first(facts, row, "restarts and rebalances"))
        return;
    struct toil_action action = {.kind = row->kind,
                                 .actor = row->actor,
                                 .from_us = row->at_us,
                                 .to_us = row->ended_at_us,
                                 .automatic = row->automatic,
                                 .minutes = row->manual_minutes};
    join_ending(facts, row, &action);
    uint32_t ref = toil_intern_find(&analysis->refs, row->id);
    uint32_t component, item = TOIL_NO_TEXT;
    if (toil_analysis_inside(analysis, row->at_us)) {
        component = map_inside(analysis, row->kind, row->component);
        toil_links_add_event(analysis, row, component);
        toil_weeks_add_event(analysis, row->kind, component, row->at_us, !action.automatic && action.actor.ptr);
        if (toil_analysis_judge(analysis, &action)) {
            item = toil_analysis_add_item(analysis, row->kind, 0, component);
            toil_analysis_add_trace(analysis, &action, item);
        }
    } else {
        analysis->counts[row->kind].outside++;
        component = toil_names_map(&analysis->names, analysis->catalog, row->component, 0);
    }
    if (ref != TOIL_NO_TEXT && !analysis->referred[ref].known)
        analysis->referred[ref] = (struct toil_referred){component, item, true};
}

/* What makes no hours. */
static void on_count(void *context, const struct toil_fact_row *row)
{
    struct facts *facts = context;
    struct toil_analysis *analysis = facts->analysis;
    if (!is_first(facts, row, "deployments and measurements"))
        return;
    if (!toil_analysis_inside(analysis, row->at_us)) {
        analysis->counts[row->kind].outside++;
        return;
    }
    uint32_t component = map_inside(analysis, row->kind, row->component);
    toil_links_add_event(analysis, row, component);
    if (row->kind == TOIL_KIND_MEASUREMENT)
        toil_weeks_add_measurement(analysis, row, component);
}

static enum toil_status read_kind(struct facts *facts, struct toil_db *db, enum toil_kind kind, toil_fact_fn row,
                                  struct toil_error *err)
{
    static const enum toil_source_table tables[TOIL_N_KINDS] = {
        [TOIL_KIND_SERVICE_RESTART] = TOIL_FROM_SERVICE_RESTART,
        [TOIL_KIND_QUEUE_REBALANCE] = TOIL_FROM_QUEUE_REBALANCE,
        [TOIL_KIND_MEASUREMENT] = TOIL_FROM_MEASUREMENT,
        [TOIL_KIND_DEPLOYMENT] = TOIL_FROM_DEPLOYMENT,
    };
    enum toil_status status = toil_fetch_facts(db, kind, &facts->analysis->spans[tables[kind]], row, facts, err);
    for (size_t i = 0; i < facts->endings.ids[kind].count; i++) {
        if (facts->endings.of[kind][i].met)
            facts->analysis->counts[kind].joined++;
        else
            facts->analysis->counts[kind].unmet++;
    }
    return status;
}

enum toil_status toil_analyze_facts(struct toil_analysis *analysis, struct toil_db *db, struct toil_error *err)
{
    struct facts facts = {.analysis = analysis};
    enum toil_status status = toil_fetch_endings(db, on_ending, &facts, err);
    if (status == TOIL_OK)
        status = read_kind(&facts, db, TOIL_KIND_SERVICE_RESTART, on_fact, err);
    if (status == TOIL_OK)
        status = read_kind(&facts, db, TOIL_KIND_QUEUE_REBALANCE, on_fact, err);
    if (status == TOIL_OK)
        status = read_kind(&facts, db, TOIL_KIND_MEASUREMENT, on_count, err);
    if (status == TOIL_OK)
        status = read_kind(&facts, db, TOIL_KIND_DEPLOYMENT, on_count, err);
    for (int kind = 0; kind < TOIL_N_KINDS; kind++) {
        toil_intern_release(&facts.endings.ids[kind]);
        free(facts.endings.of[kind]);
    }
    toil_intern_release(&facts.endings.actors);
    return status;
}
