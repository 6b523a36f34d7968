/* The plan of a screen: which windows of a source are compared with which weeks, before any ticket is looked at. Pure.
 * Internal to the screen.
 *
 * A view is what one sort of ticket can meet: tickets of a scope meet events of that scope or of none, tickets without
 * a scope meet all. In each view overlapping windows are merged to episodes, and episodes less than a day apart belong
 * together: a part. Parts of different views less than a day apart are one cluster, as scopes share the days of the
 * ticket stream; clusters that would go on for more than a week are cut there, since with many scopes there is always a
 * next one.
 *
 * Where a source has very many scopes and many events without one besides, these make a view of their own for tickets
 * of any scope, and a scope's view holds what its own events add; then only referents of the latter keep off both.
 *
 * A window's referents are the same window moved by a whole number of local weeks, one to four, both ways. A pair is
 * clean for a window when both stay inside the data's window and neither touches another exposure of its view, by
 * however little. A cluster has the pairs in which at least half of its time is clean, chosen so that most is learnt,
 * and keeps the windows that are clean in all of them: every window of a cluster moves by the same weeks, since bad
 * days are shared and no referent may serve twice. A part that goes on for more than eight weeks has no referents. All
 * this is decided by the events alone, so it favours no result. */
#ifndef TOIL_STATS_SCREEN_PLAN_H
#define TOIL_STATS_SCREEN_PLAN_H

#include "screen_windows.h"

#define TOIL_PLAN_WEEKS     4
#define TOIL_PLAN_REFERENTS 8

enum toil_view_tickets {
    TOIL_VIEW_ALL,      /* no event has a scope: tickets of any scope and of none meet them all */
    TOIL_VIEW_UNSCOPED, /* tickets without a scope */
    TOIL_VIEW_REST,     /* tickets of scopes in which the source has no event of its own */
    TOIL_VIEW_SCOPED,   /* tickets of any scope, where scopes' views don't hold events without one */
    TOIL_VIEW_SCOPE,    /* tickets of one scope */
};

struct toil_plan_view {
    enum toil_view_tickets tickets;
    uint32_t scope; /* of TOIL_VIEW_SCOPE */
    size_t part_begin, part_count;
};

struct toil_plan_part {
    size_t window_begin, window_count, kept_count; /* those kept come first */
    size_t moved_begin, moved_count; /* of the windows from the first on; none of a part that is too long */
    int64_t from_us, to_us;
    uint32_t cluster;
    uint8_t pairs; /* of its cluster; bit k - 1: the pair of k weeks counts */
};

/* Where a window's referents begin: 2(k - 1) is k weeks before, the next one k weeks after. */
struct toil_plan_moved {
    int64_t at_us[TOIL_PLAN_REFERENTS];
    uint8_t clean; /* as pairs: those in which the window is clean */
};

/* One lag band of one source. */
struct toil_screen_plan {
    struct toil_plan_view *view; /* all arrays owned */
    size_t view_count, view_cap;
    struct toil_plan_part *part;
    size_t part_count, part_cap;
    struct toil_window *window;
    size_t window_count, window_cap;
    struct toil_plan_moved *moved;
    size_t moved_count, moved_cap;
    uint32_t cluster_count;
    int64_t length_us, whole_us; /* of all windows; what it would be without `without` */
    bool abstains;               /* fewer than half of the clusters, or fewer than two, have a pair, in all views */
};
void toil_screen_plan_release(struct toil_screen_plan *plan);

/* What a plan is made of. */
struct toil_plan_request {
    struct toil_lag_band band; /* negative lags: before the event */
    /* Time behind the events (lags from 0 on) that belongs to neither windows nor referents; to_us 0: none. Of windows
     * before an event: a source whose events come in bursts would fail its own placebo, as what one event caused lies
     * before the next. */
    struct toil_lag_band without;
    bool elsewhere; /* a placebo: each part is moved to a week of its own where it meets no window */
};

/* The source's events in the views that they make. Opaque. */
struct toil_plan_events;
struct toil_plan_events *toil_plan_events_new(const struct toil_link_data *data, const int64_t *at_us,
                                              const uint32_t *scope, size_t count);
void toil_plan_events_free(struct toil_plan_events *events);
/* Whether the source has events of its own in a scope. */
bool toil_plan_events_has_scope(const struct toil_plan_events *events, uint32_t scope);

/* Makes `count` plans, one a request, of the same events; *data is only read during the call. */
void toil_screen_plans_make(const struct toil_link_data *data, const struct toil_plan_events *events,
                            const struct toil_plan_request *request, size_t count, struct toil_screen_plan *plan);

/* Whether a cluster counts: with at least half of its parts having a pair. */
bool toil_plan_cluster_counts(uint32_t parts, uint32_t paired);
/* Whether so few clusters count that nothing can be said: fewer than half, or fewer than two. */
bool toil_plan_too_few(uint32_t clusters, uint32_t paired);

#endif
