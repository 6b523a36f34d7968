/* Work shared between threads: whoever is free takes the next piece (links_threads.c). */
#ifndef TOIL_STATS_RUN_ALL_H
#define TOIL_STATS_RUN_ALL_H

#include <stddef.h>

/* Calls run(context, i) for 0 <= i < count, each once, in any order, on so many threads (8 at most). */
typedef void (*toil_run_fn)(void *context, size_t i);
void toil_run_all(unsigned threads, size_t count, toil_run_fn run, void *context);

#endif
