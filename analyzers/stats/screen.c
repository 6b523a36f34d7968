/* The code behind screen.h. */
#include "screen.h"

#include <math.h>
#include <stdlib.h>

#include "permutation.h"
#include "screen_interval.h"
#include "screen_plan.h"
#include "toilmeter/buf.h"

/* Above this p the search for links has no use for an interval that is worth its draws. */
#define BOOTSTRAP_BELOW 0.01
#define ALWAYS          2.0

struct times {
    const int64_t *at_us; /* borrowed */
    size_t count;
};

struct toil_screen_topic {
    uint32_t topic;
    struct times all, unscoped, scoped;
    int64_t *memory; /* by scope, then those without, then those with one by time; NULL where no ticket has a scope */
    size_t *scope_begin;   /* [scope_count + 1] into memory */
    const uint32_t *scope; /* of all; borrowed */
    uint32_t scope_count;
};

struct toil_screen_source {
    uint32_t source;
    struct toil_plan_events *events;
    struct toil_screen_plan plan[TOIL_LINK_MAX_BANDS + 1]; /* the lead band last */
    size_t band_count;
};

/* What a topic has of each cluster. */
struct tally {
    uint32_t option[TOIL_PERMUTATION_OPTIONS]; /* in the windows, then in referents as in the plan's `moved` */
    uint32_t parts, paired;
    uint8_t pairs; /* of any part */
};

/* A topic's tickets as a source's views see them. */
struct meeting {
    const struct toil_screen_topic *topic;
    const struct toil_plan_events *events;
    int64_t *rest; /* owned; tickets of scopes in which the source has none; made when a view asks */
    struct times rest_times;
};

struct toil_screen_topic *toil_screen_topic_new(const struct toil_link_data *data, uint32_t topic)
{
    const struct toil_link_topic *tickets = &data->topic[topic];
    struct toil_screen_topic *ready = toil_xcalloc(1, sizeof *ready);
    ready->topic = topic;
    ready->all = (struct times){tickets->at_us, tickets->count};
    ready->unscoped = ready->all;
    if (!tickets->scope || data->scope_count == 0)
        return ready;
    const size_t scope_count = data->scope_count;
    ready->scope = tickets->scope;
    ready->scope_count = data->scope_count;
    ready->scope_begin = toil_xcalloc(scope_count + 2, sizeof *ready->scope_begin);
    ready->memory = toil_xcalloc(2 * tickets->count, sizeof *ready->memory);
    /* Counted one place further, so that filling moves each beginning to where it belongs. */
    size_t *end = ready->scope_begin + 1;
    for (size_t i = 0; i < tickets->count; i++) {
        if (tickets->scope[i] < scope_count)
            end[tickets->scope[i]]++;
    }
    size_t begin = 0;
    for (size_t s = 0; s < scope_count; s++) {
        const size_t in_scope = end[s];
        end[s] = begin;
        begin += in_scope;
    }
    int64_t *unscoped = ready->memory + begin, *scoped = ready->memory + tickets->count;
    ready->unscoped = (struct times){unscoped, 0};
    ready->scoped = (struct times){scoped, 0};
    for (size_t i = 0; i < tickets->count; i++) {
        if (tickets->scope[i] < scope_count) {
            ready->memory[end[tickets->scope[i]]++] = tickets->at_us[i];
            scoped[ready->scoped.count++] = tickets->at_us[i];
        } else {
            unscoped[ready->unscoped.count++] = tickets->at_us[i];
        }
    }
    return ready;
}

void toil_screen_topic_free(struct toil_screen_topic *topic)
{
    if (!topic)
        return;
    free(topic->memory);
    free(topic->scope_begin);
    free(topic);
}

/* ---- what a topic has in a plan's windows ---- */

static struct times rest_of(struct meeting *meeting)
{
    const struct toil_screen_topic *topic = meeting->topic;
    if (meeting->rest || !topic->scope)
        return meeting->rest_times;
    meeting->rest = toil_xcalloc(topic->scoped.count, sizeof *meeting->rest);
    size_t count = 0;
    for (size_t i = 0; i < topic->all.count; i++) {
        if (topic->scope[i] < topic->scope_count && !toil_plan_events_has_scope(meeting->events, topic->scope[i]))
            meeting->rest[count++] = topic->all.at_us[i];
    }
    meeting->rest_times = (struct times){meeting->rest, count};
    return meeting->rest_times;
}

static struct times tickets_of(struct meeting *meeting, const struct toil_plan_view *view)
{
    const struct toil_screen_topic *topic = meeting->topic;
    switch (view->tickets) {
    case TOIL_VIEW_ALL:
        return topic->all;
    case TOIL_VIEW_UNSCOPED:
        return topic->unscoped;
    case TOIL_VIEW_REST:
        return view->part_count > 0 ? rest_of(meeting) : (struct times){0};
    case TOIL_VIEW_SCOPED:
        return topic->scoped;
    case TOIL_VIEW_SCOPE:
        break;
    }
    if (view->scope >= topic->scope_count)
        return (struct times){0};
    const size_t begin = topic->scope_begin[view->scope];
    return (struct times){topic->memory + begin, topic->scope_begin[view->scope + 1] - begin};
}

/* Counts windows and clusters of the views that have tickets. */
static void count_clusters(const struct toil_screen_plan *plan, struct meeting *meeting, struct tally *tally,
                           struct toil_screen_band *out)
{
    for (size_t v = 0; v < plan->view_count; v++) {
        const struct toil_plan_view *view = &plan->view[v];
        if (tickets_of(meeting, view).count == 0)
            continue;
        for (size_t i = 0; i < view->part_count; i++) {
            const struct toil_plan_part *part = &plan->part[view->part_begin + i];
            out->windows += (uint32_t)part->window_count;
            tally[part->cluster].parts++;
            tally[part->cluster].paired += part->pairs != 0;
            tally[part->cluster].pairs |= part->pairs;
        }
    }
    for (uint32_t i = 0; i < plan->cluster_count; i++) {
        out->clusters += tally[i].parts > 0;
        out->paired += toil_plan_cluster_counts(tally[i].parts, tally[i].paired);
    }
    out->abstains = toil_plan_too_few(out->clusters, out->paired);
}

/* Adds a part's counts to its cluster's options; where the part lacks a pair its nearest one stands in, so that every
 * option holds all parts. */
static void count_part(const struct toil_screen_plan *plan, const struct toil_plan_part *part, struct times tickets,
                       size_t *hint, struct tally *tally)
{
    uint32_t moved[TOIL_PLAN_REFERENTS] = {0};
    for (size_t i = 0; i < part->kept_count; i++) {
        const struct toil_window *window = &plan->window[part->window_begin + i];
        const int64_t *to = &plan->moved[part->moved_begin + i * TOIL_PLAN_REFERENTS];
        for (size_t r = 0; r < TOIL_PLAN_REFERENTS; r++) {
            if (!(part->pairs & (1 << (r / 2))))
                continue;
            const struct toil_window referent = {to[r], to[r] + (window->to_us - window->from_us)};
            moved[r] += (uint32_t)toil_times_within(tickets.at_us, tickets.count, referent, &hint[r]);
        }
    }
    for (size_t r = 0; r < TOIL_PLAN_REFERENTS; r++)
        tally->option[1 + r] += moved[(size_t)2 * part->instead[r / 2] + r % 2];
}

static void count_tickets(const struct toil_screen_plan *plan, struct meeting *meeting, struct tally *tally,
                          struct toil_screen_band *out)
{
    for (size_t v = 0; v < plan->view_count; v++) {
        const struct toil_plan_view *view = &plan->view[v];
        const struct times tickets = tickets_of(meeting, view);
        size_t hint[TOIL_PERMUTATION_OPTIONS] = {0};
        for (size_t i = 0; tickets.count > 0 && i < view->part_count; i++) {
            const struct toil_plan_part *part = &plan->part[view->part_begin + i];
            struct tally *cluster = &tally[part->cluster];
            const bool counts =
                !out->abstains && part->pairs && toil_plan_cluster_counts(cluster->parts, cluster->paired);
            uint32_t kept = 0, own = 0;
            for (size_t w = 0; w < part->window_count; w++) {
                own += (uint32_t)toil_times_within(tickets.at_us, tickets.count, plan->window[part->window_begin + w],
                                                   &hint[TOIL_PLAN_REFERENTS]);
                if (w + 1 == part->kept_count)
                    kept = own;
            }
            out->observed_all += own;
            if (counts) {
                cluster->option[0] += kept;
                count_part(plan, part, tickets, hint, cluster);
            }
        }
    }
}

/* ---- what that says ---- */

static int compare_falling(const void *left, const void *right)
{
    const struct toil_cluster_counts *a = left, *b = right;
    const double a_excess = a->observed - a->expected, b_excess = b->observed - b->expected;
    return (a_excess < b_excess) - (a_excess > b_excess);
}

/* The fewest clusters that together have half of the excess. Sorts them. */
static uint32_t carrying(struct toil_cluster_counts *cluster, size_t count, double excess)
{
    double sum = 0;
    uint32_t needed = 0;
    if (!(excess > 0))
        return 0;
    qsort(cluster, count, sizeof *cluster, compare_falling);
    while (needed < count && sum < excess / 2) {
        sum += cluster[needed].observed - cluster[needed].expected;
        needed++;
    }
    return needed;
}

static struct toil_permutation_unit unit_of(const struct tally *tally)
{
    struct toil_permutation_unit unit = {.option = {tally->option[0]}, .count = 1};
    for (size_t r = 0; r < TOIL_PLAN_REFERENTS; r++) {
        if (tally->pairs & (1 << (r / 2)))
            unit.option[unit.count++] = tally->option[1 + r];
    }
    return unit;
}

static void judge(const struct tally *tally, uint32_t cluster_count, uint64_t stream, double bootstrap_below,
                  struct toil_screen_band *out)
{
    struct toil_permutation_unit *unit = toil_xcalloc(out->paired, sizeof *unit);
    struct toil_cluster_counts *cluster = toil_xcalloc(out->paired, sizeof *cluster);
    size_t count = 0;
    for (uint32_t i = 0; i < cluster_count; i++) {
        if (!toil_plan_cluster_counts(tally[i].parts, tally[i].paired))
            continue;
        unit[count] = unit_of(&tally[i]);
        double referents = 0;
        for (uint32_t j = 1; j < unit[count].count; j++)
            referents += unit[count].option[j];
        cluster[count] = (struct toil_cluster_counts){unit[count].option[0], referents / (unit[count].count - 1)};
        out->observed += cluster[count].observed;
        out->expected += cluster[count].expected;
        count++;
    }
    out->excess = out->observed - out->expected;
    out->ratio = out->expected > 0 ? out->observed / out->expected : (double)NAN;
    out->p = toil_permutation_p(unit, count, TOIL_PERMUTATION_AUTO);
    const struct toil_cluster_interval interval = out->p < bootstrap_below
                                                      ? toil_interval_bootstrap(cluster, count, stream)
                                                      : toil_interval_normal(cluster, count);
    out->excess_low = interval.excess_low;
    out->excess_high = interval.excess_high;
    out->ratio_low = interval.ratio_low;
    out->ratio_high = interval.ratio_high;
    out->carrying = carrying(cluster, count, out->excess);
    free(unit);
    free(cluster);
}

static void screen_plan(const struct toil_screen_plan *plan, struct meeting *meeting, uint64_t stream,
                        double bootstrap_below, struct toil_screen_band *out)
{
    *out = (struct toil_screen_band){
        .excess = NAN,
        .excess_low = NAN,
        .excess_high = NAN,
        .ratio = NAN,
        .ratio_low = NAN,
        .ratio_high = NAN,
        .p = NAN,
    };
    struct tally *tally = toil_xcalloc(plan->cluster_count, sizeof *tally);
    count_clusters(plan, meeting, tally, out);
    count_tickets(plan, meeting, tally, out);
    if (!out->abstains)
        judge(tally, plan->cluster_count, stream, bootstrap_below, out);
    free(tally);
}

/* One more number into a stream (the finishing steps of splitmix64). */
static uint64_t mix(uint64_t stream, uint64_t value)
{
    stream += value + UINT64_C(0x9e3779b97f4a7c15);
    stream = (stream ^ (stream >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    stream = (stream ^ (stream >> 27)) * UINT64_C(0x94d049bb133111eb);
    return stream ^ (stream >> 31);
}

static uint64_t stream_of(const struct toil_link_data *data, uint64_t use, uint32_t topic,
                          const struct toil_lag_band *band)
{
    return mix(mix(mix(mix(data->seed, use), topic), (uint64_t)band->from_us), (uint64_t)band->to_us);
}

/* ---- the uses ---- */

/* A plan of windows before the events. What lies behind an event is left out: of all bands, or of as many, from 0 on,
 * as leave half of the time and enough clusters, and of lags up to least_us in any case. */
static void plan_before(const struct toil_link_data *data, const struct toil_plan_events *events,
                        const struct toil_lag_band *band, int64_t least_us, struct toil_screen_plan *plan)
{
    struct toil_plan_request request = {.band = *band};
    for (size_t i = data->band_count; i-- > 0 && data->band[i].to_us > least_us;) {
        request.without.to_us = data->band[i].to_us;
        toil_screen_plans_make(data, events, &request, 1, plan);
        if (!plan->abstains && 2 * plan->length_us >= plan->whole_us)
            return;
        toil_screen_plan_release(plan);
    }
    request.without.to_us = least_us;
    toil_screen_plans_make(data, events, &request, 1, plan);
}

static struct toil_plan_events *events_of(const struct toil_link_data *data, uint32_t source)
{
    const struct toil_link_source *its = &data->source[source];
    return toil_plan_events_new(data, its->at_us, its->scope, its->count);
}

struct toil_screen_source *toil_screen_source_new(const struct toil_link_data *data, uint32_t source)
{
    struct toil_screen_source *ready = toil_xcalloc(1, sizeof *ready);
    struct toil_plan_request request[TOIL_LINK_MAX_BANDS] = {0};
    ready->source = source;
    ready->band_count = data->band_count;
    ready->events = events_of(data, source);
    for (size_t i = 0; i < data->band_count; i++)
        request[i].band = data->band[i];
    toil_screen_plans_make(data, ready->events, request, data->band_count, ready->plan);
    const int64_t least_us = data->band_count > 0 ? data->band[0].to_us : 0;
    plan_before(data, ready->events, &data->lead, least_us, &ready->plan[data->band_count]);
    return ready;
}

void toil_screen_source_free(struct toil_screen_source *source)
{
    if (!source)
        return;
    for (size_t i = 0; i <= source->band_count; i++)
        toil_screen_plan_release(&source->plan[i]);
    toil_plan_events_free(source->events);
    free(source);
}

void toil_screen(const struct toil_link_data *data, const struct toil_screen_topic *topic,
                 const struct toil_screen_source *source, struct toil_screen_result *out)
{
    struct meeting meeting = {.topic = topic, .events = source->events};
    *out = (struct toil_screen_result){0};
    for (size_t i = 0; i <= source->band_count; i++) {
        const bool lead = i == source->band_count;
        const struct toil_lag_band *band = lead ? &data->lead : &data->band[i];
        const uint64_t stream = stream_of(data, source->source, topic->topic, band);
        screen_plan(&source->plan[i], &meeting, stream, BOOTSTRAP_BELOW, lead ? &out->lead : &out->band[i]);
    }
    free(meeting.rest);
}

static void screen_request(const struct toil_link_data *data, const struct toil_screen_topic *topic,
                           const struct toil_plan_events *events, const struct toil_plan_request *request,
                           uint64_t stream, struct toil_screen_band *out)
{
    struct toil_screen_plan plan;
    struct meeting meeting = {.topic = topic, .events = events};
    toil_screen_plans_make(data, events, request, 1, &plan);
    screen_plan(&plan, &meeting, stream_of(data, stream, topic->topic, &request->band), ALWAYS, out);
    toil_screen_plan_release(&plan);
    free(meeting.rest);
}

void toil_screen_band(const struct toil_link_data *data, const struct toil_screen_topic *topic,
                      const struct toil_screen_events *events, const struct toil_lag_band *band, uint64_t stream,
                      struct toil_screen_band *out)
{
    struct toil_plan_events *views = toil_plan_events_new(data, events->at_us, events->scope, events->count);
    const struct toil_plan_request request = {.band = *band};
    screen_request(data, topic, views, &request, stream, out);
    toil_plan_events_free(views);
}

void toil_screen_placebo(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                         const struct toil_lag_band *band, enum toil_placebo placebo, struct toil_screen_band *out)
{
    struct toil_plan_events *events = events_of(data, source);
    const uint64_t use = mix(source, 1 + (uint64_t)placebo);
    if (placebo == TOIL_PLACEBO_SHIFT) {
        const struct toil_plan_request request = {.band = *band, .elsewhere = true};
        screen_request(data, topic, events, &request, use, out);
    } else {
        const int64_t end_us = data->lead.from_us < 0 ? data->lead.from_us : 0;
        const struct toil_lag_band mirrored = {end_us - band->to_us, end_us - band->from_us};
        struct meeting meeting = {.topic = topic, .events = events};
        struct toil_screen_plan plan;
        plan_before(data, events, &mirrored, band->to_us, &plan);
        screen_plan(&plan, &meeting, stream_of(data, use, topic->topic, &mirrored), ALWAYS, out);
        toil_screen_plan_release(&plan);
        free(meeting.rest);
    }
    toil_plan_events_free(events);
}

void toil_screen_halves(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                        const struct toil_lag_band *band, struct toil_screen_band out[2])
{
    const int64_t middle_us = data->from_us + (data->to_us - data->from_us) / 2;
    const struct toil_plan_request request = {.band = *band};
    struct toil_plan_events *events = events_of(data, source);
    for (uint64_t half = 0; half < 2; half++) {
        struct toil_link_data part = *data;
        part.from_us = half == 0 ? data->from_us : middle_us;
        part.to_us = half == 0 ? middle_us : data->to_us;
        screen_request(&part, topic, events, &request, mix(source, 16 + half), &out[half]);
    }
    toil_plan_events_free(events);
}

void toil_screen_curve(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                       int64_t from_us, int64_t step_us, size_t count, double *out_observed, double *out_expected)
{
    struct toil_plan_events *events = events_of(data, source);
    struct meeting meeting = {.topic = topic, .events = events};
    for (size_t i = 0; i < count; i++) {
        const int64_t begin_us = from_us + (int64_t)i * step_us;
        const struct toil_plan_request request = {.band = {begin_us, begin_us + step_us}};
        struct toil_screen_plan plan;
        struct toil_screen_band bin;
        toil_screen_plans_make(data, events, &request, 1, &plan);
        screen_plan(&plan, &meeting, 0, 0, &bin);
        out_observed[i] = bin.abstains ? bin.observed_all : bin.observed;
        out_expected[i] = bin.abstains ? (double)NAN : bin.expected;
        toil_screen_plan_release(&plan);
    }
    free(meeting.rest);
    toil_plan_events_free(events);
}
