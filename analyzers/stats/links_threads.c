/* Work shared between threads: whoever is free takes the next piece. Results go to places of their own, so that they do
 * not depend on who did what. */
#include <pthread.h>
#include <stdatomic.h>

#include "links_work.h"

#define MAX_THREADS 8

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

void toil_links_done(struct toil_links_work *work, size_t count)
{
    if (!work->options.progress)
        return;
    pthread_mutex_lock(&work->lock);
    work->done += count;
    work->options.progress(work->options.progress_context, work->done, work->total);
    pthread_mutex_unlock(&work->lock);
}
