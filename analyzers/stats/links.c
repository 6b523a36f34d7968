/* The search for hidden links from beginning to end; see links_work.h for its parts. */
#include "links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "fdr.h"
#include "links_work.h"
#include "toilmeter/buf.h"

/* Up to so many pairs, all of every pair is kept and listed. */
#define ALL_PAIRS 20000
/* Of more, the evidence of so many that come nearest in each topic. */
#define NEAREST 3
/* A source that comes so near, as one of the family, takes part in the joint fit, so that its blame falls on nobody
 * else. */
#define NEAR_Q 0.2
/* Where the screen could judge other bands of a source, one from which it abstains must pass at this part of the level:
 * no placebo and no held-out week speaks for it. */
#define UNSCREENED_PART 0.02
/* A joint fit holds so many sources, the nearest ones. */
#define MOST_NEAR 200
/* Part of a topic's fit that is done when its suspects are chosen. */
#define CHOSEN 0.1
/* So many sources in one topic, and so large a part of them, pass in every band: the baseline is suspect. */
#define MANY_SOURCES 6
#define SUSPECT_PART 0.5

struct toil_link_options toil_link_options_default(void)
{
    return (struct toil_link_options){
        .level = 0.05, .floor_share = 0.05, .floor_tickets = 5, .min_events = 3, .min_tickets = 5};
}

/* ---- the screen of all pairs ---- */

static bool is_tested(const struct toil_links_work *work, size_t t, size_t s)
{
    const struct toil_link_source *source = &work->data->source[s];
    return work->clock.cell_count > 0 && source->count >= work->options.min_events && source->own_topic != t &&
           work->data->topic[t].count >= work->options.min_tickets;
}

static void keep_screen(struct toil_links_work *work, size_t pair, const struct toil_screen_result *result)
{
    work->abstained[pair] = true;
    for (size_t k = 0; k < work->bands; k++) {
        if (work->screen)
            work->screen[pair * (work->bands + 1) + k] = result->band[k];
        if (result->band[k].abstains)
            continue;
        work->abstained[pair] = false;
        work->p[pair * work->bands + k] = result->band[k].p;
        work->most_excess[pair] = fmaxf(work->most_excess[pair], (float)result->band[k].excess);
    }
    if (work->screen)
        work->screen[pair * (work->bands + 1) + work->bands] = result->lead;
}

static void screen_source(void *context, size_t s)
{
    struct toil_links_work *work = context;
    bool any = false;
    for (size_t t = 0; t < work->data->topic_count; t++) {
        work->tested[toil_pair(work, t, s)] = is_tested(work, t, s);
        any = any || work->tested[toil_pair(work, t, s)];
    }
    if (any) {
        struct toil_screen_result *result = toil_xcalloc(work->data->topic_count, sizeof *result);
        struct toil_screen_source *source = toil_screen_source_new(work->data, (uint32_t)s);
        toil_screen(work->data, work->topics, source, result);
        for (size_t t = 0; t < work->data->topic_count; t++)
            if (work->tested[toil_pair(work, t, s)])
                keep_screen(work, toil_pair(work, t, s), &result[t]);
        toil_screen_source_free(source);
        free(result);
        toil_links_find_steady(work, (uint32_t)s, work->steady + s * work->bands);
    }
    toil_links_done(work, toil_links_screen_work(work, s));
}

/* ---- who takes part ---- */

static bool is_claim(const struct toil_links_work *work, size_t t, size_t s, const struct toil_screen_result *screen)
{
    size_t pair = toil_pair(work, t, s), at = pair * work->bands;
    for (size_t k = 0; k < work->bands; k++) {
        double q = work->q[at + k], level = work->options.level;
        bool large = screen->band[k].abstains || screen->band[k].excess >= work->topic[t].floor;
        if (screen->band[k].abstains && !work->abstained[pair])
            level *= UNSCREENED_PART;
        if (q <= level && large)
            return true;
    }
    return false;
}

/* Least p over the bands; above 1 where there is none. */
static double nearness(const struct toil_links_work *work, size_t t, size_t s, bool *near)
{
    size_t at = toil_pair(work, t, s) * work->bands;
    double least = 2;
    *near = false;
    for (size_t k = 0; k < work->bands; k++) {
        least = fmin(least, work->p[at + k]);
        *near = *near || work->q[at + k] <= NEAR_Q;
    }
    return least;
}

struct near {
    double p;
    uint32_t source;
    bool near;
};

static int compare_near(const void *left, const void *right)
{
    const struct near *a = left, *b = right;
    if (a->p < b->p || a->p > b->p)
        return a->p < b->p ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

static int compare_suspects(const void *left, const void *right)
{
    const struct toil_suspect *a = left, *b = right;
    return (a->source > b->source) - (a->source < b->source);
}

static void add_suspect(struct toil_links_work *work, size_t t, const struct near *near, size_t rank)
{
    struct toil_links_topic *topic = &work->topic[t];
    struct toil_suspect *suspect = &topic->suspect[topic->suspect_count++];
    *suspect = (struct toil_suspect){.source = near->source, .unit = SIZE_MAX};
    if (work->screen) {
        const struct toil_screen_band *kept = &work->screen[toil_pair(work, t, near->source) * (work->bands + 1)];
        memcpy(suspect->screen.band, kept, work->bands * sizeof *kept);
        suspect->screen.lead = kept[work->bands];
    } else {
        struct toil_screen_source *source = toil_screen_source_new(work->data, near->source);
        toil_screen(work->data, topic->screen, source, &suspect->screen);
        toil_screen_source_free(source);
    }
    suspect->drawn = rank < NEAREST;
    suspect->near = near->near && rank < MOST_NEAR;
    suspect->claim = suspect->near && is_claim(work, t, near->source, &suspect->screen);
}

/* Who is looked at closely, nearest first for the choice, by source in the end. */
static void choose_suspects(struct toil_links_work *work, size_t t)
{
    struct toil_links_topic *topic = &work->topic[t];
    size_t count = 0;
    struct near *near = toil_xcalloc(work->data->source_count + 1, sizeof *near);
    for (size_t s = 0; s < work->data->source_count; s++)
        if (work->tested[toil_pair(work, t, s)])
            near[count++].source = (uint32_t)s;
    for (size_t i = 0; i < count; i++)
        near[i].p = nearness(work, t, near[i].source, &near[i].near);
    if (count > 0)
        qsort(near, count, sizeof *near, compare_near);
    size_t most = work->screen ? count : 0;
    while (most < count && (most < NEAREST || (most < MOST_NEAR && near[most].near)))
        most++;
    topic->suspect = toil_xcalloc(most + 1, sizeof *topic->suspect);
    for (size_t i = 0; i < most; i++)
        add_suspect(work, t, &near[i], i);
    if (topic->suspect_count > 0)
        qsort(topic->suspect, topic->suspect_count, sizeof *topic->suspect, compare_suspects);
    free(near);
}

static void judge_topic(void *context, size_t t)
{
    struct toil_links_work *work = context;
    choose_suspects(work, t);
    toil_links_fit_done(work, t, CHOSEN);
    toil_links_weigh(work, (uint32_t)t);
    toil_links_word(work, (uint32_t)t);
    toil_links_draw(work, (uint32_t)t);
    toil_links_fit_done(work, t, 1);
}

/* ---- the answer ---- */

/* Links of a unit with several members get a group's number. */
static void number_groups(struct toil_links_topic *topic, struct toil_links *out)
{
    uint32_t *group = toil_xcalloc(topic->unit_count + 1, sizeof *group);
    for (size_t u = 0; u < topic->unit_count; u++)
        group[u] =
            topic->unit[u].accepted && topic->unit[u].member_count > 1 ? (uint32_t)out->group_count++ : UINT32_MAX;
    for (size_t i = 0; i < topic->suspect_count; i++)
        if (topic->suspect[i].link.verdict == TOIL_LINK_ESTABLISHED)
            topic->suspect[i].link.group = group[topic->suspect[i].unit];
    free(group);
}

/* With very many pairs, those that can't matter are counted, not listed. */
static bool is_listed(const struct toil_links_work *work, size_t t, size_t s)
{
    size_t pair = toil_pair(work, t, s);
    return work->screen || (double)work->most_excess[pair] >= work->topic[t].floor ||
           work->joint_p[pair] <= work->options.level;
}

static size_t add_links(struct toil_links_work *work, size_t t, size_t *place, struct toil_links *out)
{
    struct toil_links_topic *topic = &work->topic[t];
    size_t next = 0, quiet = 0;
    number_groups(topic, out);
    for (size_t s = 0; s < work->data->source_count; s++) {
        if (!work->tested[toil_pair(work, t, s)])
            continue;
        bool suspect = next < topic->suspect_count && topic->suspect[next].source == s;
        if (!suspect && !is_listed(work, t, s)) {
            quiet++;
            continue;
        }
        struct toil_link *link = &out->link[out->link_count];
        if (suspect) {
            *link = topic->suspect[next].link;
            place[next] = out->link_count;
            toil_links_keep_evidence(work, topic, next++, link, out);
        } else {
            toil_links_word_quiet(work, (uint32_t)t, (uint32_t)s, link);
        }
        out->link_count++;
    }
    return quiet;
}

static void add_shares(const struct toil_links_topic *topic, const size_t *place, struct toil_links *out)
{
    for (size_t i = 0; i < topic->share_count; i++) {
        struct toil_link_ticket_share *share = &out->share[out->share_count++];
        *share = topic->share[i];
        share->link = (uint32_t)place[share->link];
    }
}

static size_t count_links(const struct toil_links_work *work)
{
    size_t count = 0;
    for (size_t t = 0; t < work->data->topic_count; t++) {
        count += work->topic[t].suspect_count;
        for (size_t s = 0; s < work->data->source_count; s++)
            count += work->tested[toil_pair(work, t, s)] && is_listed(work, t, s);
    }
    return count;
}

/* Does every band of many sources pass alike in one topic? */
static bool looks_suspect(const struct toil_links_work *work)
{
    for (size_t t = 0; t < work->data->topic_count; t++) {
        size_t tested = 0, all = 0;
        for (size_t s = 0; s < work->data->source_count; s++) {
            size_t pair = toil_pair(work, t, s), passing = 0;
            tested += work->tested[pair];
            for (size_t k = 0; k < work->bands; k++)
                passing += work->q[pair * work->bands + k] <= work->options.level;
            all += work->bands > 1 && passing == work->bands;
        }
        if (all >= MANY_SOURCES && (double)all >= SUSPECT_PART * (double)tested)
            return true;
    }
    return false;
}

static void put_together(struct toil_links_work *work, struct toil_links *out)
{
    size_t shares = 0;
    for (size_t t = 0; t < work->data->topic_count; t++)
        shares += work->topic[t].share_count;
    out->link = toil_xcalloc(count_links(work) + 1, sizeof *out->link);
    out->share = toil_xcalloc(shares + 1, sizeof *out->share);
    out->fit = toil_xcalloc(work->data->topic_count + 1, sizeof *out->fit);
    for (size_t t = 0; t < work->data->topic_count; t++) {
        size_t *place = toil_xcalloc(work->topic[t].suspect_count + 1, sizeof *place);
        out->fit[t] = work->topic[t].fit;
        out->unlisted += add_links(work, t, place, out);
        add_shares(&work->topic[t], place, out);
        free(place);
    }
    out->tests = work->tests;
    out->suspect = looks_suspect(work);
}

/* ---- from beginning to end ---- */

static void begin(struct toil_links_work *work, const struct toil_link_data *data)
{
    size_t pairs = data->source_count * data->topic_count;
    toil_link_clock_init(&work->clock, data);
    work->topic = toil_xcalloc(data->topic_count + 1, sizeof *work->topic);
    work->p = toil_xcalloc(pairs * work->bands + 1, sizeof *work->p);
    work->q = toil_xcalloc(pairs * work->bands + 1, sizeof *work->q);
    work->tested = toil_xcalloc(pairs + 1, sizeof *work->tested);
    work->abstained = toil_xcalloc(pairs + 1, sizeof *work->abstained);
    work->steady = toil_xcalloc(data->source_count * work->bands + 1, sizeof *work->steady);
    work->joint_p = toil_xcalloc(pairs + 1, sizeof *work->joint_p);
    work->most_excess = toil_xcalloc(pairs + 1, sizeof *work->most_excess);
    if (pairs <= ALL_PAIRS)
        work->screen = toil_xcalloc(pairs * (work->bands + 1) + 1, sizeof *work->screen);
    for (size_t i = 0; i < pairs * work->bands; i++)
        work->p[i] = NAN;
    for (size_t i = 0; i < pairs; i++) {
        work->joint_p[i] = NAN;
        work->most_excess[i] = -1;
    }
    for (size_t t = 0; t < data->topic_count; t++) {
        double share = work->options.floor_share * (double)data->topic[t].count;
        work->topic[t].floor = fmin(share, work->options.floor_tickets);
        work->topic[t].screen = toil_screen_topic_new(data, (uint32_t)t);
    }
    for (size_t s = 0; s < data->source_count; s++)
        work->total += toil_links_screen_work(work, s) + toil_links_score_work(work, s, data->topic_count);
    for (size_t t = 0; t < data->topic_count; t++)
        work->total += toil_links_fit_work(work, t);
    pthread_mutex_init(&work->lock, NULL);
}

static void end(struct toil_links_work *work)
{
    for (size_t t = 0; t < work->data->topic_count; t++) {
        struct toil_links_topic *topic = &work->topic[t];
        for (size_t u = 0; u < topic->unit_count; u++)
            toil_unit_release(&topic->unit[u]);
        for (size_t i = 0; i < topic->suspect_count; i++)
            free(topic->suspect[i].curve);
        toil_screen_topic_free(topic->screen);
        free(topic->unit);
        free(topic->suspect);
        free(topic->share);
        free(topic->week);
    }
    free(work->topic);
    free(work->p);
    free(work->q);
    free(work->tested);
    free(work->abstained);
    free(work->joint_p);
    free(work->steady);
    free(work->most_excess);
    free(work->screen);
    toil_link_clock_release(&work->clock);
    pthread_mutex_destroy(&work->lock);
}

void toil_links_find(const struct toil_link_data *data, const struct toil_link_options *options, struct toil_links *out)
{
    struct toil_links_work work = {.data = data, .options = *options, .bands = data->band_count};
    unsigned threads = options->threads ? options->threads : (unsigned)get_nprocs();
    size_t pairs = data->source_count * data->topic_count;
    *out = (struct toil_links){0};
    begin(&work, data);
    work.topics = toil_screen_topics_new(data);
    toil_run_all(threads, data->source_count, screen_source, &work);
    toil_screen_topic_free(work.topics);
    work.topics = NULL;
    toil_links_score(&work, threads);
    for (size_t i = 0; i < pairs * work.bands; i++)
        work.tests += !isnan(work.p[i]);
    toil_fdr_adjust(work.p, pairs * work.bands, work.q);
    toil_run_all(threads, data->topic_count, judge_topic, &work);
    put_together(&work, out);
    end(&work);
}

void toil_links_release(struct toil_links *links)
{
    free(links->link);
    free(links->fit);
    free(links->share);
    free(links->band);
    free(links->curve);
    free(links->week);
    *links = (struct toil_links){0};
}
