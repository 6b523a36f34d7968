/* How far an analysis is, and how long it still takes. Pure: no clock, no terminal.
 *
 * Work is told in units that were calibrated on one machine (microseconds there). Another machine is faster or slower,
 * but in all stages alike, so the time that is left is the work that is left at the speed of this very run. */
#ifndef TOIL_ANALYZE_PROGRESS_H
#define TOIL_ANALYZE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum toil_stage { TOIL_STAGE_READ, TOIL_STAGE_LINKS, TOIL_STAGE_HOURS, TOIL_STAGE_WRITE, TOIL_N_STAGES };

struct toil_progress {
    double planned[TOIL_N_STAGES], done[TOIL_N_STAGES]; /* units */
};

/* The work of a stage, as well as it is known by now; may be told again. */
void toil_progress_plan(struct toil_progress *progress, enum toil_stage stage, double units);
/* A stage is so far, 0 to 1; the stages before it are over. */
void toil_progress_at(struct toil_progress *progress, enum toil_stage stage, double part);
uint64_t toil_progress_done(const struct toil_progress *progress);
uint64_t toil_progress_total(const struct toil_progress *progress); /* at least what is done */

/* What a bar shows. Begin with {0}. */
struct toil_bar {
    const char *stage;        /* borrowed; last drawn */
    int64_t drawn_ms;         /* when */
    double fraction;          /* 0 to 1, never less than before */
    double remaining_seconds; /* NAN while nothing can be told */
    bool drawn;
};
/* True when the bar is to be drawn again: ten times a second at most, and at once when a stage begins, but never twice
 * within the same millisecond. elapsed_ms: since the analysis began. */
bool toil_bar_update(struct toil_bar *bar, int64_t elapsed_ms, const char *stage, uint64_t done, uint64_t total);
/* "12 s left", "about 3 min left", "" while nothing can be told. */
void toil_bar_remaining(const struct toil_bar *bar, char *out, size_t size);

#endif
