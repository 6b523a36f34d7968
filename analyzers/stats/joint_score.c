/* The code behind joint_score.h. */
#include "joint_score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "joint_fit.h"
#include "merge_sort.h"
#include "toilmeter/buf.h"

#define US_PER_WEEK (168 * INT64_C(3600000000))

/* ---- a topic's side ---- */

/* What a ticket adds to a score for every event that it meets: to its week's push, and to what the column shares with
 * the two hats that hold it. */
struct weight {
    double push, here, beyond;
};

/* Tickets within one week and between two knots. */
struct segment {
    size_t begin, end;
    uint32_t week;
    uint16_t knot;
};

/* Tickets of one sort by time, with what they add: sums from their segment's first on, each included. */
struct tickets {
    int64_t *at_us;
    struct weight *upto;
    size_t count;
    struct segment *segment;
    size_t segment_count, segment_cap;
};

struct toil_joint_scorer {
    const struct toil_joint *joint; /* borrowed */
    bool able;
    struct tickets all;   /* all of them, weighed for an event without a scope; owned, as the rest */
    struct tickets *slot; /* [slots.count] weighed for an event with a scope */
    double *excess;       /* [weeks][moving_count] */
};

static void tickets_init(struct tickets *tickets, size_t count)
{
    *tickets = (struct tickets){.at_us = toil_xcalloc(count + 1, sizeof *tickets->at_us),
                                .upto = toil_xcalloc(count + 1, sizeof *tickets->upto)};
}

static void tickets_release(struct tickets *tickets)
{
    free(tickets->at_us);
    free(tickets->upto);
    free(tickets->segment);
}

/* x: the column's value where the ticket meets one event. */
static void tickets_add(struct tickets *tickets, const struct toil_joint *joint, size_t i, double x)
{
    const struct toil_joint_ticket *ticket = &joint->ticket[i];
    const size_t at = tickets->count++, last = tickets->segment_count;
    const double push = x * ticket->pace / joint->lambda[i], shared = push * ticket->unit / joint->lambda[i];
    struct weight sum = {push, shared * (1 - (double)ticket->beyond), shared * (double)ticket->beyond};
    tickets->at_us[at] = joint->topic->at_us[i];
    if (last > 0 && tickets->segment[last - 1].week == ticket->week &&
        tickets->segment[last - 1].knot == ticket->knot) {
        const struct weight before = tickets->upto[at - 1];
        sum = (struct weight){before.push + sum.push, before.here + sum.here, before.beyond + sum.beyond};
        tickets->segment[last - 1].end = at + 1;
    } else {
        if (last == tickets->segment_cap) {
            tickets->segment_cap = last > 0 ? 2 * last : 16;
            tickets->segment = toil_xreallocarray(tickets->segment, tickets->segment_cap, sizeof *tickets->segment);
        }
        tickets->segment[tickets->segment_count++] = (struct segment){at, at + 1, ticket->week, ticket->knot};
    }
    tickets->upto[at] = sum;
}

struct toil_joint_scorer *toil_joint_scorer_new(const struct toil_joint *joint)
{
    struct toil_joint_scorer *scorer = toil_xcalloc(1, sizeof *scorer);
    const struct toil_joint_slots *slots = &joint->slots;
    scorer->joint = joint;
    scorer->able = toil_joint_can_score(joint);
    if (!scorer->able)
        return scorer;
    tickets_init(&scorer->all, joint->n);
    scorer->slot = toil_xcalloc(slots->count, sizeof *scorer->slot);
    for (size_t s = 0; s < slots->count; s++)
        tickets_init(&scorer->slot[s], slots->begin[s + 1] - slots->begin[s]);
    for (size_t i = 0; i < joint->n; i++) {
        const uint32_t s = slots->slot[i];
        tickets_add(&scorer->all, joint, i, slots->part[s]);
        tickets_add(&scorer->slot[s], joint, i, s == 0 ? slots->part[0] : 1 - slots->part[0]);
    }
    scorer->excess = toil_joint_excess(joint);
    return scorer;
}

void toil_joint_scorer_free(struct toil_joint_scorer *scorer)
{
    if (!scorer)
        return;
    for (size_t s = 0; scorer->slot && s < scorer->joint->slots.count; s++)
        tickets_release(&scorer->slot[s]);
    tickets_release(&scorer->all);
    free(scorer->slot);
    free(scorer->excess);
    free(scorer);
}

/* ---- a source's side ---- */

/* Exposure in a week is the sum over its edges of part times the operational hours up to the cell's begin. */
struct edge {
    uint32_t cell, week;
    double part;
};

struct event {
    int64_t at_us;
    uint32_t scope;
};

struct times {
    const int64_t *at_us;
    size_t count;
};

struct toil_joint_exposed {
    struct times unscoped, scoped; /* of all scopes together */
    int64_t *memory;               /* behind these two and own_us; owned, as the rest */
    int64_t *own_us;               /* by scope, time */
    uint32_t *scope;               /* [scope_count] ascending */
    size_t *scope_begin, scope_count;
    struct edge *edge[TOIL_LINK_MAX_BANDS];
    size_t edge_count[TOIL_LINK_MAX_BANDS];
};

static bool in_lower_scope(const struct event *a, const struct event *b)
{
    return a->scope < b->scope;
}

TOIL_MERGE_SORT(sort_by_scope, struct event, in_lower_scope)

static void part_by_scope(struct toil_joint_exposed *exposed, const struct toil_joint_source *source)
{
    size_t none = 0, count = 0;
    for (size_t e = 0; e < source->count; e++)
        none += source->scope[e] == TOIL_NO_SCOPE;
    count = source->count - none;
    struct event *event = toil_xcalloc(count + 1, sizeof *event);
    exposed->memory = toil_xcalloc(none + 2 * count + 1, sizeof *exposed->memory);
    int64_t *unscoped = exposed->memory, *scoped = unscoped + none;
    exposed->own_us = scoped + count;
    exposed->unscoped = (struct times){unscoped, none};
    exposed->scoped = (struct times){scoped, count};
    for (size_t e = 0, n = 0; e < source->count; e++) {
        if (source->scope[e] == TOIL_NO_SCOPE) {
            *unscoped++ = source->at_us[e];
            continue;
        }
        scoped[n] = source->at_us[e];
        event[n++] = (struct event){source->at_us[e], source->scope[e]};
    }
    sort_by_scope(event, count);
    for (size_t e = 0; e < count; e++) {
        exposed->scope_count += e == 0 || event[e].scope != event[e - 1].scope;
        exposed->own_us[e] = event[e].at_us;
    }
    exposed->scope = toil_xcalloc(exposed->scope_count + 1, sizeof *exposed->scope);
    exposed->scope_begin = toil_xcalloc(exposed->scope_count + 1, sizeof *exposed->scope_begin);
    for (size_t e = 0, s = 0; e < count; e++)
        if (e == 0 || event[e].scope != event[e - 1].scope) {
            exposed->scope[s] = event[e].scope;
            exposed->scope_begin[s++] = e;
        }
    exposed->scope_begin[exposed->scope_count] = count;
    free(event);
}

/* Edges are kept apart while they are few, else summed up where they share cell and week. */
struct edges {
    const struct toil_link_clock *clock;
    bool few;
    struct edge *list; /* of few */
    size_t count;
    double *sum;    /* [cell_count + 2 week_count + 2] at edge_at */
    uint32_t *week; /* as sum */
};

/* Where a cell and a week have their sum. In the order of time neither falls; an edge has the next cell, too, and weeks
 * may end within cells (long ones): so weeks are two apart. */
static size_t edge_at(size_t cell, size_t week)
{
    return cell + 2 * week;
}

static void add_edge(struct edges *edges, size_t cell, size_t week, double part)
{
    if (edges->few) {
        edges->list[edges->count++] = (struct edge){(uint32_t)cell, (uint32_t)week, part};
        return;
    }
    edges->sum[edge_at(cell, week)] += part;
    edges->week[edge_at(cell, week)] = (uint32_t)week;
}

static void add_time(struct edges *edges, int64_t time_us, size_t week, double sign)
{
    const struct toil_link_clock *clock = edges->clock;
    if (time_us >= clock->to_us) {
        add_edge(edges, clock->cell_count, week, sign);
        return;
    }
    const size_t cell = toil_link_clock_cell(clock, time_us);
    const double into = (double)(time_us - clock->from_us - (int64_t)cell * clock->cell_us) / TOIL_US_PER_HOUR_F;
    const double part = into / clock->hours[cell];
    add_edge(edges, cell, week, sign * (1 - part));
    add_edge(edges, cell + 1, week, sign * part);
}

static void add_band(struct edges *edges, int64_t at_us, const struct toil_lag_band *band)
{
    const struct toil_link_clock *clock = edges->clock;
    int64_t from = at_us + band->from_us, to = at_us + band->to_us;
    to = to > clock->to_us ? clock->to_us : to;
    while (from < to) {
        const size_t week = toil_link_clock_week(clock, from);
        int64_t end = clock->to_us;
        if (week + 1 < clock->week_count)
            end = clock->from_us + (int64_t)(week + 1) * US_PER_WEEK;
        end = end < to ? end : to;
        add_time(edges, from, week, -1);
        add_time(edges, end, week, 1);
        from = end;
    }
}

static size_t gather(const struct edges *edges, size_t places, struct edge **out)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < places; i++)
        count += edges->sum[i] < 0 || edges->sum[i] > 0;
    *out = toil_xcalloc(count + 1, sizeof **out);
    for (size_t i = 0; i < places; i++)
        if (edges->sum[i] < 0 || edges->sum[i] > 0)
            (*out)[at++] = (struct edge){(uint32_t)(i - 2 * (size_t)edges->week[i]), edges->week[i], edges->sum[i]};
    return count;
}

static void find_edges(struct toil_joint_exposed *exposed, const struct toil_link_clock *clock,
                       const struct toil_joint_source *source, const struct toil_lag_band *band, size_t k)
{
    const size_t places = clock->cell_count + 2 * clock->week_count + 2;
    const size_t weeks = (size_t)((band->to_us - band->from_us) / US_PER_WEEK) + 2;
    struct edges edges = {.clock = clock, .few = source->count < places / (16 * weeks)};
    if (edges.few) {
        edges.list = toil_xcalloc(4 * weeks * source->count + 1, sizeof *edges.list);
    } else {
        edges.sum = toil_xcalloc(places, sizeof *edges.sum);
        edges.week = toil_xcalloc(places, sizeof *edges.week);
    }
    for (size_t e = 0; e < source->count; e++)
        add_band(&edges, source->at_us[e], band);
    exposed->edge[k] = edges.list;
    exposed->edge_count[k] = edges.few ? edges.count : gather(&edges, places, &exposed->edge[k]);
    free(edges.sum);
    free(edges.week);
}

struct toil_joint_exposed *toil_joint_exposed_new(const struct toil_link_clock *clock,
                                                  const struct toil_link_data *data,
                                                  const struct toil_joint_source *source)
{
    struct toil_joint_exposed *exposed = toil_xcalloc(1, sizeof *exposed);
    if (source->scope)
        part_by_scope(exposed, source);
    else
        exposed->unscoped = (struct times){source->at_us, source->count};
    for (size_t k = 0; k < data->band_count; k++)
        if (source->band[k])
            find_edges(exposed, clock, source, &data->band[k], k);
    return exposed;
}

void toil_joint_exposed_free(struct toil_joint_exposed *exposed)
{
    if (!exposed)
        return;
    for (size_t k = 0; k < TOIL_LINK_MAX_BANDS; k++)
        free(exposed->edge[k]);
    free(exposed->memory);
    free(exposed->scope);
    free(exposed->scope_begin);
    free(exposed);
}

/* ---- both ---- */

/* A column's score in the making. */
struct score {
    double *week;  /* [weeks] the tickets' push */
    double *total; /* [weeks] exposure */
    double *hat;   /* [hats] what it shares with each */
    double *h;     /* [moving_count] the same of those that move */
};

/* The first of ascending times, from `at` on, that is not below time_us. */
static inline size_t advance(struct times times, size_t at, int64_t time_us)
{
    size_t step = 1;
    if (at >= times.count || times.at_us[at] >= time_us)
        return at;
    while (at + step < times.count && times.at_us[at + step] < time_us) {
        at += step;
        step *= 2;
    }
    size_t high = at + step < times.count ? at + step : times.count;
    for (size_t low = at + 1; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (times.at_us[middle] < time_us)
            low = middle + 1;
        else
            high = middle;
    }
    return high;
}

static inline void add_weight(const struct score *score, const struct segment *segment, struct weight weight)
{
    score->week[segment->week] += weight.push;
    score->hat[segment->knot] += weight.here;
    if (weight.beyond > 0)
        score->hat[segment->knot + 1] += weight.beyond;
}

/* What tickets [from, to) of one segment add. */
static inline struct weight between(const struct tickets *tickets, const struct segment *segment, size_t from,
                                    size_t to)
{
    struct weight sum = tickets->upto[to - 1];
    if (from > segment->begin) {
        const struct weight before = tickets->upto[from - 1];
        sum = (struct weight){sum.push - before.push, sum.here - before.here, sum.beyond - before.beyond};
    }
    return sum;
}

static void walk_events(const struct tickets *tickets, struct times event, const struct toil_lag_band *band,
                        const struct score *score)
{
    const struct times times = {tickets->at_us, tickets->count};
    size_t low = 0, high = 0, first = 0;
    for (size_t e = 0; e < event.count && low < times.count; e++) {
        low = advance(times, low, event.at_us[e] + band->from_us);
        high = advance(times, high > low ? high : low, event.at_us[e] + band->to_us);
        if (low == high)
            continue;
        while (tickets->segment[first].end <= low)
            first++;
        size_t from = low;
        for (const struct segment *segment = &tickets->segment[first]; from < high; segment++) {
            const size_t to = high < segment->end ? high : segment->end;
            add_weight(score, segment, between(tickets, segment, from, to));
            from = to;
        }
    }
}

static void walk_tickets(const struct tickets *tickets, struct times event, const struct toil_lag_band *band,
                         const struct score *score)
{
    size_t low = 0, high = 0;
    for (size_t s = 0; s < tickets->segment_count; s++) {
        const struct segment *segment = &tickets->segment[s];
        struct weight sum = {0};
        for (size_t i = segment->begin; i < segment->end; i++) {
            low = advance(event, low, tickets->at_us[i] - band->to_us + 1);
            high = advance(event, high > low ? high : low, tickets->at_us[i] - band->from_us + 1);
            if (low == high)
                continue;
            const double met = (double)(high - low);
            const struct weight one = between(tickets, segment, i, i + 1);
            sum = (struct weight){sum.push + met * one.push, sum.here + met * one.here, sum.beyond + met * one.beyond};
        }
        add_weight(score, segment, sum);
    }
}

static void walk(const struct tickets *tickets, struct times event, const struct toil_lag_band *band,
                 const struct score *score)
{
    if (tickets->count == 0 || event.count == 0)
        return;
    if (event.count < tickets->count)
        walk_events(tickets, event, band, score);
    else
        walk_tickets(tickets, event, band, score);
}

static void add_tickets(const struct toil_joint_scorer *scorer, const struct toil_joint_exposed *exposed,
                        const struct toil_lag_band *band, const struct score *score)
{
    const struct toil_joint_slots *slots = &scorer->joint->slots;
    walk(&scorer->all, exposed->unscoped, band, score);
    walk(&scorer->slot[0], exposed->scoped, band, score);
    for (size_t s = 1, own = 0; s < slots->count && own < exposed->scope_count;) {
        if (slots->scope[s] == exposed->scope[own]) {
            const size_t begin = exposed->scope_begin[own];
            walk(&scorer->slot[s], (struct times){exposed->own_us + begin, exposed->scope_begin[own + 1] - begin}, band,
                 score);
        }
        const bool behind = slots->scope[s] < exposed->scope[own];
        own += slots->scope[s] >= exposed->scope[own];
        s += behind;
    }
}

/* Of single hours' differences: up to the beginning of the week, the hours that passed would only add to the error. */
static void add_exposure(const struct toil_joint_scorer *scorer, const struct edge *edge, size_t count,
                         const struct score *score)
{
    const struct toil_joint *joint = scorer->joint;
    const double *passed = joint->passed;
    for (size_t i = 0; i < count; i++) {
        const size_t first = (size_t)edge[i].week * (size_t)(US_PER_WEEK / joint->clock->cell_us);
        score->total[edge[i].week] += edge[i].part * (passed[edge[i].cell] - passed[first]);
    }
}

static double test_band(const struct toil_joint_scorer *scorer, const struct toil_joint_exposed *exposed, size_t k,
                        const struct score *score)
{
    const struct toil_joint *joint = scorer->joint;
    memset(score->week, 0, joint->weeks * sizeof *score->week);
    memset(score->total, 0, joint->weeks * sizeof *score->total);
    memset(score->hat, 0, joint->hats * sizeof *score->hat);
    add_tickets(scorer, exposed, &joint->data->band[k], score);
    double p;
    if (!toil_joint_meets_enough(joint, score->week, &p))
        return p;
    add_exposure(scorer, exposed->edge[k], exposed->edge_count[k], score);
    for (size_t m = 0; m < joint->moving_count; m++)
        score->h[m] = score->hat[joint->moving[m]];
    return toil_joint_score_weeks(joint, scorer->excess, score->h, score->total, score->week);
}

double toil_joint_scorer_test(const struct toil_joint_scorer *scorer, const struct toil_joint_exposed *exposed,
                              const bool *band, double *p)
{
    const struct toil_joint *joint = scorer->joint;
    for (size_t k = 0; k < joint->bands; k++)
        p[k] = NAN;
    if (!scorer->able)
        return NAN;
    double *memory = toil_xcalloc(2 * joint->weeks + 2 * joint->hats, sizeof *memory);
    const struct score score = {memory, memory + joint->weeks, memory + 2 * joint->weeks,
                                memory + 2 * joint->weeks + joint->hats};
    for (size_t k = 0; k < joint->bands; k++)
        if (band[k])
            p[k] = test_band(scorer, exposed, k, &score);
    free(memory);
    return toil_joint_least_p(p, joint->bands);
}
