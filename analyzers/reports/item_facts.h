/* What a run knows of a debt item: its toil, its tickets, what they cost a week, and what its promise would save.
 * Shared by every report about items, so that all of them say the same. */
#ifndef TOIL_ITEM_FACTS_H
#define TOIL_ITEM_FACTS_H

#include "series.h"
#include "stats/growth.h"
#include "stats/payback.h"

#define TOIL_ITEM_KINDS 4 /* kinds of work that hours are told apart by */

/* What is summed over the components of an item. */
struct toil_item_facts {
    size_t weeks; /* whole ones of the window; everything below is of these */
    /* Weekly series; owned. */
    struct toil_series hours, tickets, restarts, rebalances, money; /* money: of the hours that have a rate */
    struct toil_series of_kind[TOIL_ITEM_KINDS];                    /* hours by kind of work */
    double hidden_tickets, hidden_low, hidden_high; /* of the tickets, those that links brought, with their interval */
    const char *hours_grade, *tickets_grade;
    int64_t customers;
    struct toil_estimate csat; /* touched less the rest; its why lives as the report */

    /* A week, in the catalog's currency; hours where there is no rate at all. */
    double rate;                      /* mean of an hour; NAN */
    double ticket_cost;               /* on the last day; NAN */
    const char *unit;                 /* "EUR/week", "hours/week" */
    struct toil_estimate cost;        /* of delay; no value where there is neither an hour nor a ticket with a price */
    struct toil_uncertain cost_drawn; /* the same as a distribution */
    bool seen;                        /* is there anything of the item in the run? */
    const char *unpriced;             /* what lacks a price, in words; NULL */
};

/* Kinds of work as they are kept, and as people call them, in the order of of_kind. */
extern const char *const toil_item_kinds[TOIL_ITEM_KINDS][2];

/* customers: whether customers and csat are wanted, which go through the tickets one by one. */
enum toil_status toil_item_facts_read(struct toil_scope *scope, const struct toil_item *item, bool customers,
                                      struct toil_item_facts *out, struct toil_error *err) TOIL_MUST_CHECK;
void toil_item_facts_release(struct toil_item_facts *facts);

/* A series' mean as an estimate per sprint: by how much its weeks differ, and what is not known of hours (the range
 * over gaps) or of tickets (the links' interval) added to that. */
struct toil_estimate toil_item_hours(const struct toil_scope *scope, const struct toil_item_facts *facts,
                                     const struct toil_series *hours);
struct toil_estimate toil_item_tickets(const struct toil_scope *scope, const struct toil_item_facts *facts);

/* What the promise saves a week once it is kept, in facts->unit. False, with why (static, or kept by the report): no
 * promise, or a measure that has no price. */
bool toil_item_saving(struct toil_scope *scope, const struct toil_item *item, const struct toil_item_facts *facts,
                      struct toil_uncertain *out, const char **why);
/* Planned effort in hours of work, and in facts->unit (money at the components' mean rate); NAN when effort or staffing
 * is missing: *missing names the key. */
double toil_item_effort_hours(const struct toil_scope *scope, const struct toil_item *item, const char **missing);

/* Growth of a series of weeks; NONE with an empty result where it has none. */
enum toil_stats_result toil_item_growth(const struct toil_series *series, struct toil_growth *out);
/* As growth.h takes it; borrows the series. */
struct toil_growth_data toil_growth_of_series(const struct toil_series *series);

#endif
