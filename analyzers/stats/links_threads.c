/* Work shared between threads: whoever is free takes the next piece. Results go to places of their own, so that they do
 * not depend on who did what. */
#include <pthread.h>
#include <stdatomic.h>

#include "links_work.h"

#define MAX_THREADS 8

/* Steps of work, a step being what a screen takes for an event: measured on years of 10^5 to 10^7 events. */
#define SCREEN_STEPS 40 /* of a source in a topic; and one an event */
#define SCORE_STEPS  2  /* of a source in a topic; and half of one an event */
#define FIT_STEPS    10000
#define TICKET_STEPS 4 /* of a topic's fit; and FIT_STEPS */

struct crew {
    toil_run_fn run;
    void *context;
    size_t count;
    atomic_size_t next;
};

static void *work_on(void *context)
{
    struct crew *crew = context;
    for (size_t i; (i = atomic_fetch_add(&crew->next, 1)) < crew->count;)
        crew->run(crew->context, i);
    return NULL;
}

void toil_run_all(unsigned threads, size_t count, toil_run_fn run, void *context)
{
    struct crew crew = {.run = run, .context = context, .count = count};
    pthread_t helper[MAX_THREADS];
    size_t started = 0;
    threads = threads < MAX_THREADS ? threads : MAX_THREADS;
    /* A thread that can't be had is only speed. */
    while (started + 1 < threads && started + 1 < count && pthread_create(&helper[started], NULL, work_on, &crew) == 0)
        started++;
    work_on(&crew);
    for (size_t t = 0; t < started; t++)
        pthread_join(helper[t], NULL);
}

size_t toil_links_screen_work(const struct toil_links_work *work, size_t source)
{
    return work->data->source[source].count + SCREEN_STEPS * work->data->topic_count;
}

size_t toil_links_score_work(const struct toil_links_work *work, size_t source, size_t topics)
{
    const size_t whole = work->data->source[source].count / 2 + SCORE_STEPS * work->data->topic_count;
    return work->data->topic_count ? (size_t)((double)whole * (double)topics / (double)work->data->topic_count) : 0;
}

size_t toil_links_fit_work(const struct toil_links_work *work, size_t topic)
{
    return FIT_STEPS + TICKET_STEPS * work->data->topic[topic].count;
}

void toil_links_fit_done(struct toil_links_work *work, size_t topic, double part)
{
    size_t *told = &work->topic[topic].steps_done;
    const size_t steps = (size_t)(part * (double)toil_links_fit_work(work, topic));
    if (steps <= *told)
        return;
    toil_links_done(work, steps - *told);
    *told = steps;
}

void toil_links_done(struct toil_links_work *work, size_t steps)
{
    if (!work->options.progress)
        return;
    pthread_mutex_lock(&work->lock);
    work->done += steps;
    work->options.progress(work->options.progress_context, work->done, work->total);
    pthread_mutex_unlock(&work->lock);
}
