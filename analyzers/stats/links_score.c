/* Where the screen abstains the joint fit judges alone: a score test of each source beside the baseline. Sources are
 * many and baselines few, so threads share sources: all of a batch of topics are ready at once. */
#include <math.h>
#include <stdlib.h>

#include "joint_score.h"
#include "links_work.h"
#include "toilmeter/buf.h"

/* A batch has so many topics and, but for one topic alone, tickets: memory. */
#define MOST_TOPICS  64
#define MOST_TICKETS 1000000

struct batch {
    struct toil_links_work *work;
    size_t first, count;
    struct toil_joint *joint[MOST_TOPICS]; /* NULL: nothing to test */
    struct toil_joint_scorer *scorer[MOST_TOPICS];
};

/* Which bands of a pair are to be tested; false when none is. */
static bool find_missing(const struct toil_links_work *work, size_t t, size_t s, bool *band)
{
    const size_t pair = toil_pair(work, t, s);
    bool any = false;
    for (size_t k = 0; k < work->bands; k++) {
        band[k] = work->tested[pair] && isnan(work->p[pair * work->bands + k]) && !work->steady[s * work->bands + k];
        any = any || band[k];
    }
    return any;
}

static void fit_topic(void *context, size_t i)
{
    struct batch *batch = context;
    const struct toil_links_work *work = batch->work;
    const size_t t = batch->first + i;
    bool band[TOIL_LINK_MAX_BANDS], any = false;
    for (size_t s = 0; s < work->data->source_count && !any; s++)
        any = find_missing(work, t, s, band);
    if (!any)
        return;
    batch->joint[i] = toil_joint_new(&work->clock, work->data, (uint32_t)t, NULL, 0);
    toil_joint_fit(batch->joint[i]);
    batch->scorer[i] = toil_joint_scorer_new(batch->joint[i]);
}

static void score_pair(const struct batch *batch, size_t i, size_t s, const struct toil_joint_exposed *exposed)
{
    struct toil_links_work *work = batch->work;
    const size_t pair = toil_pair(work, batch->first + i, s);
    bool band[TOIL_LINK_MAX_BANDS];
    double p[TOIL_LINK_MAX_BANDS];
    if (!find_missing(work, batch->first + i, s, band))
        return;
    work->joint_p[pair] = toil_joint_scorer_test(batch->scorer[i], exposed, band, p);
    for (size_t k = 0; k < work->bands; k++)
        if (band[k])
            work->p[pair * work->bands + k] = p[k];
}

static void score_source(void *context, size_t s)
{
    const struct batch *batch = context;
    struct toil_links_work *work = batch->work;
    const struct toil_link_source *from = &work->data->source[s];
    struct toil_joint_source source = {.at_us = from->at_us, .scope = from->scope, .count = from->count};
    bool any = false;
    for (size_t i = 0; i < batch->count; i++) {
        bool band[TOIL_LINK_MAX_BANDS];
        any = find_missing(work, batch->first + i, s, band) || any;
        for (size_t k = 0; k < work->bands; k++)
            source.band[k] = source.band[k] || band[k];
    }
    if (any) {
        struct toil_joint_exposed *exposed = toil_joint_exposed_new(&work->clock, work->data, &source);
        for (size_t i = 0; i < batch->count; i++)
            score_pair(batch, i, s, exposed);
        toil_joint_exposed_free(exposed);
    }
    toil_links_done(work, toil_links_score_work(work, s, batch->first + batch->count) -
                              toil_links_score_work(work, s, batch->first));
}

void toil_links_score(struct toil_links_work *work, unsigned threads)
{
    for (size_t first = 0; first < work->data->topic_count;) {
        struct batch batch = {.work = work, .first = first};
        size_t tickets = 0;
        while (first < work->data->topic_count && batch.count < MOST_TOPICS &&
               (batch.count == 0 || tickets + work->data->topic[first].count <= MOST_TICKETS)) {
            tickets += work->data->topic[first++].count;
            batch.count++;
        }
        toil_run_all(threads, batch.count, fit_topic, &batch);
        toil_run_all(threads, work->data->source_count, score_source, &batch);
        for (size_t i = 0; i < batch.count; i++) {
            toil_joint_scorer_free(batch.scorer[i]);
            toil_joint_free(batch.joint[i]);
        }
    }
}
