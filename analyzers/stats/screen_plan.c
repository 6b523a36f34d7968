/* The code behind screen_plan.h. */
#include "screen_plan.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

/* Scopes times events without a scope up to which each scope's view holds them, too. */
#define SPELT_OUT 20000
/* What goes on for longer than its referents are away is a state, not a cluster of episodes. */
#define LONGEST_PART_US (2 * TOIL_PLAN_WEEKS * TOIL_WEEK_US)
#define ALL_PAIRS       ((1 << TOIL_PLAN_WEEKS) - 1)

struct toil_plan_events {
    const int64_t *all; /* borrowed */
    size_t all_count;
    int64_t *own; /* events with a scope, by scope, time; owned as the rest */
    size_t *own_begin;
    uint32_t *scope; /* the scopes that have events, ascending */
    size_t scope_count;
    bool *has_scope; /* [scope_limit] */
    uint32_t scope_limit;
    int64_t *none; /* events without a scope, where others have one */
    size_t none_count;
    bool any_unscoped; /* whether there are tickets without one */
};

/* What a window or a referent must not meet: windows of the view, and what belongs to neither. */
#define MAX_BLOCKS 4
struct blocks {
    const struct toil_windows *windows[MAX_BLOCKS]; /* borrowed */
    size_t hint[MAX_BLOCKS][TOIL_PLAN_REFERENTS];   /* where the last searches ended, for each referent */
    size_t count;
};

struct plan_times {
    const int64_t *at_us; /* borrowed, ascending */
    size_t count;
};

/* One view in the making. */
struct view_work {
    const struct toil_link_data *data;
    const struct toil_plan_request *request;
    struct toil_screen_plan *plan;
    struct blocks blocks;
};

/* Events without a scope, where scopes' views don't hold them. */
struct apart {
    struct toil_windows windows, without; /* owned */
};

void toil_screen_plan_release(struct toil_screen_plan *plan)
{
    free(plan->view);
    free(plan->part);
    free(plan->window);
    free(plan->moved);
    *plan = (struct toil_screen_plan){0};
}

void toil_plan_events_free(struct toil_plan_events *events)
{
    if (!events)
        return;
    free(events->own);
    free(events->own_begin);
    free(events->scope);
    free(events->has_scope);
    free(events->none);
    free(events);
}

static bool has_unscoped(const struct toil_link_data *data)
{
    for (size_t t = 0; t < data->topic_count; t++) {
        const struct toil_link_topic *topic = &data->topic[t];
        if (topic->count > 0 && !topic->scope)
            return true;
        for (size_t i = 0; i < topic->count; i++) {
            if (topic->scope[i] >= data->scope_count)
                return true;
        }
    }
    return false;
}

struct toil_plan_events *toil_plan_events_new(const struct toil_link_data *data, const int64_t *at_us,
                                              const uint32_t *scope, size_t count)
{
    struct toil_plan_events *events = toil_xcalloc(1, sizeof *events);
    events->all = at_us;
    events->all_count = count;
    if (!scope || data->scope_count == 0)
        return events;
    events->scope_limit = data->scope_count;
    size_t *end = toil_xcalloc(data->scope_count, sizeof *end);
    size_t own_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (scope[i] < data->scope_count) {
            end[scope[i]]++;
            own_count++;
        }
    }
    events->has_scope = toil_xcalloc(data->scope_count, sizeof *events->has_scope);
    events->scope = toil_xcalloc(data->scope_count, sizeof *events->scope);
    events->own_begin = toil_xcalloc((size_t)data->scope_count + 1, sizeof *events->own_begin);
    events->own = toil_xcalloc(own_count, sizeof *events->own);
    events->none = toil_xcalloc(count - own_count, sizeof *events->none);
    size_t begin = 0;
    for (uint32_t s = 0; s < data->scope_count; s++) {
        const size_t in_scope = end[s];
        end[s] = begin;
        if (in_scope > 0) {
            events->has_scope[s] = true;
            events->own_begin[events->scope_count] = begin;
            events->scope[events->scope_count++] = s;
        }
        begin += in_scope;
    }
    events->own_begin[events->scope_count] = begin;
    for (size_t i = 0; i < count; i++) {
        if (scope[i] < data->scope_count)
            events->own[end[scope[i]]++] = at_us[i];
        else
            events->none[events->none_count++] = at_us[i];
    }
    free(end);
    events->any_unscoped = has_unscoped(data);
    return events;
}

bool toil_plan_events_has_scope(const struct toil_plan_events *events, uint32_t scope)
{
    return scope < events->scope_limit && events->has_scope[scope];
}

bool toil_plan_cluster_counts(uint32_t parts, uint32_t paired)
{
    return paired > 0 && 2 * paired >= parts;
}

bool toil_plan_too_few(uint32_t clusters, uint32_t paired)
{
    return paired < 2 || 2 * paired < clusters;
}

/* Makes room for more elements in an owned array. */
static void *room(void *items, size_t count, size_t *cap, size_t more, size_t size)
{
    if (count + more <= *cap)
        return items;
    *cap = count + more > 2 * *cap ? count + more : 2 * *cap;
    return toil_xreallocarray(items, *cap, size);
}

static bool inside(const struct toil_link_data *data, int64_t from_us, int64_t to_us)
{
    return from_us >= data->from_us && to_us <= data->to_us;
}

/* Whether a window, moved, stays inside and meets no exposure; and where it begins then. */
static bool may_move(struct view_work *work, const struct toil_window *window, int weeks, int hint, int64_t *to)
{
    const int64_t from_us = toil_local_weeks_later(work->data, window->from_us, weeks);
    const int64_t to_us = from_us + (window->to_us - window->from_us);
    bool clean = inside(work->data, from_us, to_us);
    *to = from_us;
    for (size_t i = 0; i < work->blocks.count && clean; i++)
        clean = !toil_windows_meet(work->blocks.windows[i], from_us, to_us, &work->blocks.hint[i][hint]);
    return clean;
}

/* The pairs under which most is learnt: much time that is clean in all of them, and many of them (the variance of an
 * excess is 1 + 1/(2 pairs) times that of the count). 0 where less than half of the time is clean in any. */
static uint8_t best_pairs(const int64_t length_us[ALL_PAIRS + 1])
{
    int64_t whole_us = 0;
    double best = 0;
    uint8_t chosen = 0;
    for (int mask = 0; mask <= ALL_PAIRS; mask++)
        whole_us += length_us[mask];
    for (int pairs = 1; pairs <= ALL_PAIRS; pairs++) {
        int64_t clean_us = 0;
        for (int mask = pairs; mask <= ALL_PAIRS; mask++)
            clean_us += (mask & pairs) == pairs ? length_us[mask] : 0;
        const double referents = 2.0 * __builtin_popcount((unsigned)pairs);
        const double value = (double)clean_us * referents / (referents + 1);
        if (2 * clean_us >= whole_us && value > best) {
            best = value;
            chosen = (uint8_t)pairs;
        }
    }
    return chosen;
}

/* Which pairs are clean for a window; moved gets where its referents begin. */
static uint8_t clean_pairs(struct view_work *work, const struct toil_window *window, int64_t *moved)
{
    uint8_t clean = 0;
    for (int k = 1; k <= TOIL_PLAN_WEEKS; k++) {
        const int before = 2 * (k - 1), after = before + 1;
        if (may_move(work, window, -k, before, &moved[before]) && may_move(work, window, k, after, &moved[after]))
            clean |= (uint8_t)(1 << (k - 1));
    }
    return clean;
}

/* Where a part's windows go, and in which pairs each is clean. */
static void find_referents(struct view_work *work, struct toil_plan_part *part)
{
    struct toil_screen_plan *plan = work->plan;
    const struct toil_window *window = &plan->window[part->window_begin];
    const size_t count = part->window_count;
    part->moved_begin = plan->moved_count;
    if (count == 0 || part->to_us - part->from_us > LONGEST_PART_US)
        return;
    part->moved_count = count;
    plan->moved = room(plan->moved, plan->moved_count, &plan->moved_cap, count, sizeof *plan->moved);
    for (size_t i = 0; i < count; i++) {
        struct toil_plan_moved *moved = &plan->moved[plan->moved_count++];
        moved->clean = clean_pairs(work, &window[i], moved->at_us);
    }
}

/* Puts the windows first that are clean in all pairs of the part's cluster, and their referents. */
static void keep_clean(struct toil_screen_plan *plan, struct toil_plan_part *part)
{
    struct toil_window *window = &plan->window[part->window_begin];
    struct toil_plan_moved *moved = &plan->moved[part->moved_begin];
    struct toil_window *others = toil_xcalloc(part->moved_count, sizeof *others);
    size_t other_count = 0;
    for (size_t i = 0; i < part->moved_count; i++) {
        if ((moved[i].clean & part->pairs) != part->pairs) {
            others[other_count++] = window[i];
            continue;
        }
        window[part->kept_count] = window[i];
        moved[part->kept_count++] = moved[i];
    }
    for (size_t i = 0; i < other_count; i++)
        window[part->kept_count + i] = others[i];
    free(others);
}

/* Moves a part to the first week where at least half of it meets nothing, and leaves out the rest; which week is tried
 * first goes round from part to part. Without such a week it has no windows any more. */
static void move_elsewhere(struct view_work *work, struct toil_plan_part *part, size_t turn)
{
    static const int weeks[TOIL_PLAN_REFERENTS] = {1, -1, 2, -2, 3, -3, 4, -4};
    struct toil_window *window = &work->plan->window[part->window_begin];
    struct toil_window *to = toil_xcalloc(part->window_count, sizeof *to);
    size_t count = 0;
    bool found = false;
    for (size_t i = 0; i < TOIL_PLAN_REFERENTS && !found; i++) {
        const size_t at = (turn + i) % TOIL_PLAN_REFERENTS;
        int64_t clean_us = 0, whole_us = 0;
        count = 0;
        for (size_t w = 0; w < part->window_count; w++) {
            const int64_t length_us = window[w].to_us - window[w].from_us;
            whole_us += length_us;
            if (!may_move(work, &window[w], weeks[at], (int)at, &to[count].from_us))
                continue;
            to[count].to_us = to[count].from_us + length_us;
            clean_us += length_us;
            count++;
        }
        found = count > 0 && 2 * clean_us >= whole_us;
    }
    part->window_count = found ? count : 0;
    work->plan->window_count = part->window_begin + part->window_count;
    if (found) {
        memcpy(window, to, count * sizeof *window);
        part->from_us = window[0].from_us;
        part->to_us = window[count - 1].to_us;
    }
    free(to);
}

/* Adds the episodes that begin with the first of `windows` and are less than a day apart; returns how many. */
static size_t add_part(struct view_work *work, const struct toil_windows *windows, size_t first, size_t turn)
{
    struct toil_screen_plan *plan = work->plan;
    size_t end = first + 1;
    while (end < windows->count && windows->item[end].from_us - windows->item[end - 1].to_us < TOIL_DAY_US)
        end++;
    plan->window = room(plan->window, plan->window_count, &plan->window_cap, end - first, sizeof *plan->window);
    memcpy(&plan->window[plan->window_count], &windows->item[first], (end - first) * sizeof *plan->window);
    struct toil_plan_part part = {.window_begin = plan->window_count,
                                  .window_count = end - first,
                                  .from_us = windows->item[first].from_us,
                                  .to_us = windows->item[end - 1].to_us};
    plan->window_count += end - first;
    if (work->request->elsewhere)
        move_elsewhere(work, &part, turn);
    find_referents(work, &part);
    plan->part = room(plan->part, plan->part_count, &plan->part_cap, 1, sizeof *plan->part);
    plan->part[plan->part_count++] = part;
    return end - first;
}

static void add_parts(struct view_work *work, struct toil_plan_view view, const struct toil_windows *windows)
{
    struct toil_screen_plan *plan = work->plan;
    view.part_begin = plan->part_count;
    for (size_t i = 0; i < windows->count;)
        i += add_part(work, windows, i, plan->part_count - view.part_begin);
    view.part_count = plan->part_count - view.part_begin;
    plan->length_us += toil_windows_length_us(windows);
    plan->view = room(plan->view, plan->view_count, &plan->view_cap, 1, sizeof *plan->view);
    plan->view[plan->view_count++] = view;
}

/* Blocks what is in `less`, and takes it off what is left of the windows. */
static void take_off(struct view_work *work, struct toil_windows *left, const struct toil_windows *less)
{
    if (less->count == 0)
        return;
    struct toil_windows rest = {0};
    toil_windows_subtract(&rest, left, less);
    toil_windows_release(left);
    *left = rest;
    work->blocks.windows[work->blocks.count++] = less;
}

/* apart: events whose windows tickets of the view meet in another view; or NULL. */
static void add_view(const struct toil_link_data *data, const struct toil_plan_request *request,
                     struct toil_screen_plan *plan, struct toil_plan_view view, struct plan_times events,
                     const struct apart *apart)
{
    const struct toil_window limits = {data->from_us, data->to_us};
    struct view_work work = {.data = data, .request = request, .plan = plan};
    struct toil_windows windows = {0}, without = {0}, left = {0};
    const struct toil_windows none = {0};
    toil_windows_behind(&windows, events.at_us, events.count, &request->band, limits);
    toil_windows_subtract(&left, &windows, &none);
    work.blocks.windows[work.blocks.count++] = &windows;
    plan->whole_us += toil_windows_length_us(&windows);
    if (request->without.to_us > 0)
        toil_windows_behind(&without, events.at_us, events.count, &request->without, limits);
    take_off(&work, &left, &without);
    if (apart) {
        take_off(&work, &left, &apart->windows);
        take_off(&work, &left, &apart->without);
    }
    add_parts(&work, view, &left);
    toil_windows_release(&left);
    toil_windows_release(&windows);
    toil_windows_release(&without);
}

/* Both lists of a scope's events in one, ascending. */
static size_t merge_times(const int64_t *a, size_t a_count, const int64_t *b, size_t b_count, int64_t *out)
{
    size_t i = 0, j = 0, count = 0;
    while (i < a_count || j < b_count)
        out[count++] = j == b_count || (i < a_count && a[i] <= b[j]) ? a[i++] : b[j++];
    return count;
}

/* The views of events without a scope. */
static void add_common(const struct toil_link_data *data, const struct toil_plan_events *events,
                       const struct toil_plan_request *request, struct toil_screen_plan *plan, struct apart *apart)
{
    const struct toil_window limits = {data->from_us, data->to_us};
    const struct plan_times all = {events->all, events->all_count}, none = {events->none, events->none_count};
    if (events->any_unscoped)
        add_view(data, request, plan, (struct toil_plan_view){.tickets = TOIL_VIEW_UNSCOPED}, all, NULL);
    add_view(data, request, plan, (struct toil_plan_view){.tickets = apart ? TOIL_VIEW_SCOPED : TOIL_VIEW_REST}, none,
             NULL);
    if (!apart)
        return;
    toil_windows_behind(&apart->windows, none.at_us, none.count, &request->band, limits);
    if (request->without.to_us > 0)
        toil_windows_behind(&apart->without, none.at_us, none.count, &request->without, limits);
}

static void add_scopes(const struct toil_link_data *data, const struct toil_plan_events *events,
                       const struct toil_plan_request *request, size_t count, struct toil_screen_plan *plan)
{
    const bool spelt_out = events->scope_count * events->none_count <= SPELT_OUT;
    struct apart *apart = spelt_out ? NULL : toil_xcalloc(count, sizeof *apart);
    int64_t *merged = toil_xcalloc(events->all_count, sizeof *merged);
    for (size_t i = 0; i < count; i++)
        add_common(data, events, &request[i], &plan[i], apart ? &apart[i] : NULL);
    for (size_t s = 0; s < events->scope_count; s++) {
        const struct toil_plan_view view = {.tickets = TOIL_VIEW_SCOPE, .scope = events->scope[s]};
        struct plan_times own = {&events->own[events->own_begin[s]], events->own_begin[s + 1] - events->own_begin[s]};
        if (spelt_out) {
            own.count = merge_times(own.at_us, own.count, events->none, events->none_count, merged);
            own.at_us = merged;
        }
        for (size_t i = 0; i < count; i++)
            add_view(data, &request[i], &plan[i], view, own, apart ? &apart[i] : NULL);
    }
    for (size_t i = 0; apart && i < count; i++) {
        toil_windows_release(&apart[i].windows);
        toil_windows_release(&apart[i].without);
    }
    free(apart);
    free(merged);
}

struct part_order {
    int64_t from_us;
    size_t part;
};

static int compare_order(const void *left, const void *right)
{
    const struct part_order *a = left, *b = right;
    if (a->from_us != b->from_us)
        return a->from_us < b->from_us ? -1 : 1;
    return (a->part > b->part) - (a->part < b->part);
}

/* Gives every part its cluster. */
static void find_clusters(struct toil_screen_plan *plan)
{
    struct part_order *order = toil_xcalloc(plan->part_count, sizeof *order);
    for (size_t i = 0; i < plan->part_count; i++)
        order[i] = (struct part_order){plan->part[i].from_us, i};
    qsort(order, plan->part_count, sizeof *order, compare_order);
    int64_t begin_us = 0, end_us = 0;
    for (size_t i = 0; i < plan->part_count; i++) {
        struct toil_plan_part *part = &plan->part[order[i].part];
        if (i == 0 || part->from_us - end_us >= TOIL_DAY_US || part->from_us - begin_us >= TOIL_WEEK_US) {
            plan->cluster_count++;
            begin_us = part->from_us;
            end_us = part->to_us;
        }
        if (part->to_us > end_us)
            end_us = part->to_us;
        part->cluster = plan->cluster_count - 1;
    }
    free(order);
}

/* Gives every cluster its pairs, and says whether too few have one. */
static void choose_pairs(struct toil_screen_plan *plan)
{
    struct cluster {
        int64_t length_us[ALL_PAIRS + 1];
        uint32_t parts, paired;
        uint8_t pairs;
    } *cluster = toil_xcalloc(plan->cluster_count, sizeof *cluster);
    uint32_t counting = 0;
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct toil_plan_part *part = &plan->part[i];
        for (size_t w = 0; w < part->moved_count; w++) {
            const struct toil_window *window = &plan->window[part->window_begin + w];
            const uint8_t clean = plan->moved[part->moved_begin + w].clean;
            cluster[part->cluster].length_us[clean] += window->to_us - window->from_us;
        }
    }
    for (uint32_t i = 0; i < plan->cluster_count; i++)
        cluster[i].pairs = best_pairs(cluster[i].length_us);
    for (size_t i = 0; i < plan->part_count; i++) {
        struct toil_plan_part *part = &plan->part[i];
        part->pairs = cluster[part->cluster].pairs;
        if (part->pairs && part->moved_count > 0)
            keep_clean(plan, part);
        cluster[part->cluster].parts++;
        cluster[part->cluster].paired += part->kept_count > 0;
    }
    for (uint32_t i = 0; i < plan->cluster_count; i++)
        counting += toil_plan_cluster_counts(cluster[i].parts, cluster[i].paired);
    plan->abstains = toil_plan_too_few(plan->cluster_count, counting);
    free(cluster);
}

void toil_screen_plans_make(const struct toil_link_data *data, const struct toil_plan_events *events,
                            const struct toil_plan_request *request, size_t count, struct toil_screen_plan *plan)
{
    for (size_t i = 0; i < count; i++)
        plan[i] = (struct toil_screen_plan){0};
    if (events->scope_count > 0)
        add_scopes(data, events, request, count, plan);
    for (size_t i = 0; i < count; i++) {
        if (events->scope_count == 0)
            add_view(data, &request[i], &plan[i], (struct toil_plan_view){.tickets = TOIL_VIEW_ALL},
                     (struct plan_times){events->all, events->all_count}, NULL);
        find_clusters(&plan[i]);
        choose_pairs(&plan[i]);
    }
}
