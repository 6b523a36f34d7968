/* The code behind screen.h. */
#include "screen.h"

#include <math.h>
#include <stdlib.h>

#include "merge_sort.h"
#include "permutation.h"
#include "screen_interval.h"
#include "screen_plan.h"
#include "screen_tickets.h"
#include "toilmeter/buf.h"

/* Above this p the search for links has no use for an interval that is worth its draws. */
#define BOOTSTRAP_BELOW 0.01
#define ALWAYS          2.0
#define NEVER           0.0

struct toil_screen_source {
    uint32_t source;
    struct toil_plan_events *events;
    struct toil_screen_plan plan[TOIL_LINK_MAX_BANDS + 1]; /* the lead band last */
    size_t band_count;
};

static bool exceeds(const struct toil_cluster_counts *a, const struct toil_cluster_counts *b)
{
    return a->observed - a->expected > b->observed - b->expected;
}

TOIL_MERGE_SORT(sort_falling, struct toil_cluster_counts, exceeds)

/* The fewest clusters that together have half of the excess. Sorts them. */
static uint32_t carrying(struct toil_cluster_counts *cluster, size_t count, double excess)
{
    double sum = 0;
    uint32_t needed = 0;
    if (!(excess > 0))
        return 0;
    sort_falling(cluster, count);
    while (needed < count && sum < excess / 2) {
        sum += cluster[needed].observed - cluster[needed].expected;
        needed++;
    }
    return needed;
}

static struct toil_permutation_unit unit_of(const struct toil_tally *tally)
{
    struct toil_permutation_unit unit = {.option = {tally->option[0]}, .count = 1};
    for (size_t r = 0; r < TOIL_PLAN_REFERENTS; r++) {
        if (tally->pairs & (1 << (r / 2)))
            unit.option[unit.count++] = tally->option[1 + r];
    }
    return unit;
}

/* Of one topic, whose clusters are `topics` apart. */
static void judge(const struct toil_tally *tally, uint32_t cluster_count, size_t topics, uint64_t stream,
                  double bootstrap_below, struct toil_screen_band *out)
{
    struct toil_permutation_unit *unit = toil_xcalloc(out->paired, sizeof *unit);
    struct toil_cluster_counts *cluster = toil_xcalloc(out->paired, sizeof *cluster);
    size_t count = 0;
    for (uint32_t i = 0; i < cluster_count; i++) {
        const struct toil_tally *its = &tally[i * topics];
        if (!toil_plan_cluster_counts(its->parts, its->paired))
            continue;
        unit[count] = unit_of(its);
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

static struct toil_screen_band band_of(const struct toil_tally_total *total)
{
    return (struct toil_screen_band){
        .excess = NAN,
        .excess_low = NAN,
        .excess_high = NAN,
        .ratio = NAN,
        .ratio_low = NAN,
        .ratio_high = NAN,
        .p = NAN,
        .observed_all = total->observed_all,
        .windows = total->windows,
        .clusters = total->clusters,
        .paired = total->paired,
        .abstains = total->abstains,
    };
}

/* One more number into a stream (the finishing steps of splitmix64). */
static uint64_t mix(uint64_t stream, uint64_t value)
{
    stream += value + UINT64_C(0x9e3779b97f4a7c15);
    stream = (stream ^ (stream >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    stream = (stream ^ (stream >> 27)) * UINT64_C(0x94d049bb133111eb);
    return stream ^ (stream >> 31);
}

/* What one plan says of each topic, into *out[topic]. */
static void screen_plan(const struct toil_link_data *data, const struct toil_screen_plan *plan,
                        struct toil_meeting *meeting, const struct toil_screen_topic *topic,
                        const struct toil_lag_band *band, uint64_t use, double bootstrap_below,
                        struct toil_screen_band **out)
{
    const uint32_t topics = toil_screen_topic_count(topic);
    struct toil_tally *tally = toil_xcalloc((size_t)plan->cluster_count * topics, sizeof *tally);
    struct toil_tally_total *total = toil_xcalloc(topics, sizeof *total);
    toil_meeting_count(meeting, plan, tally, total);
    for (uint32_t t = 0; t < topics; t++) {
        uint64_t stream = mix(mix(data->seed, use), toil_screen_topic_first(topic) + t);
        stream = mix(mix(stream, (uint64_t)band->from_us), (uint64_t)band->to_us);
        *out[t] = band_of(&total[t]);
        if (!total[t].abstains)
            judge(&tally[t], plan->cluster_count, topics, stream, bootstrap_below, out[t]);
    }
    free(total);
    free(tally);
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
    const uint32_t topics = toil_screen_topic_count(topic);
    struct toil_meeting *meeting = toil_meeting_new(topic, source->events);
    struct toil_screen_band **band = toil_xcalloc(topics, sizeof *band);
    for (uint32_t t = 0; t < topics; t++)
        out[t] = (struct toil_screen_result){0};
    for (size_t i = 0; i <= source->band_count; i++) {
        const bool lead = i == source->band_count;
        for (uint32_t t = 0; t < topics; t++)
            band[t] = lead ? &out[t].lead : &out[t].band[i];
        screen_plan(data, &source->plan[i], meeting, topic, lead ? &data->lead : &data->band[i], source->source,
                    BOOTSTRAP_BELOW, band);
    }
    free(band);
    toil_meeting_free(meeting);
}

/* One plan and one topic. */
static void screen_one(const struct toil_link_data *data, const struct toil_screen_plan *plan,
                       const struct toil_screen_topic *topic, const struct toil_plan_events *events,
                       const struct toil_lag_band *band, uint64_t use, double bootstrap_below,
                       struct toil_screen_band *out)
{
    struct toil_meeting *meeting = toil_meeting_new(topic, events);
    screen_plan(data, plan, meeting, topic, band, use, bootstrap_below, &out);
    toil_meeting_free(meeting);
}

static void screen_request(const struct toil_link_data *data, const struct toil_screen_topic *topic,
                           const struct toil_plan_events *events, const struct toil_plan_request *request, uint64_t use,
                           double bootstrap_below, struct toil_screen_band *out)
{
    struct toil_screen_plan plan;
    toil_screen_plans_make(data, events, request, 1, &plan);
    screen_one(data, &plan, topic, events, &request->band, use, bootstrap_below, out);
    toil_screen_plan_release(&plan);
}

void toil_screen_band(const struct toil_link_data *data, const struct toil_screen_topic *topic,
                      const struct toil_screen_events *events, const struct toil_lag_band *band, uint64_t stream,
                      struct toil_screen_band *out)
{
    struct toil_plan_events *views = toil_plan_events_new(data, events->at_us, events->scope, events->count);
    const struct toil_plan_request request = {.band = *band};
    screen_request(data, topic, views, &request, stream, ALWAYS, out);
    toil_plan_events_free(views);
}

void toil_screen_placebo(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                         const struct toil_lag_band *band, enum toil_placebo placebo, struct toil_screen_band *out)
{
    struct toil_plan_events *events = events_of(data, source);
    const uint64_t use = mix(source, 1 + (uint64_t)placebo);
    if (placebo == TOIL_PLACEBO_SHIFT) {
        const struct toil_plan_request request = {.band = *band, .elsewhere = true};
        screen_request(data, topic, events, &request, use, ALWAYS, out);
    } else {
        const int64_t end_us = data->lead.from_us < 0 ? data->lead.from_us : 0;
        const struct toil_lag_band mirrored = {end_us - band->to_us, end_us - band->from_us};
        struct toil_screen_plan plan;
        plan_before(data, events, &mirrored, band->to_us, &plan);
        screen_one(data, &plan, topic, events, &mirrored, use, ALWAYS, out);
        toil_screen_plan_release(&plan);
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
        screen_request(&part, topic, events, &request, mix(source, 16 + half), ALWAYS, &out[half]);
    }
    toil_plan_events_free(events);
}

void toil_screen_curve(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                       int64_t from_us, int64_t step_us, size_t count, double *out_observed, double *out_expected)
{
    struct toil_plan_events *events = events_of(data, source);
    for (size_t i = 0; i < count; i++) {
        const int64_t begin_us = from_us + (int64_t)i * step_us;
        const struct toil_plan_request request = {.band = {begin_us, begin_us + step_us}};
        struct toil_screen_band bin = {0};
        screen_request(data, topic, events, &request, 0, NEVER, &bin);
        out_observed[i] = bin.abstains ? bin.observed_all : bin.observed;
        out_expected[i] = bin.abstains ? (double)NAN : bin.expected;
    }
    toil_plan_events_free(events);
}
