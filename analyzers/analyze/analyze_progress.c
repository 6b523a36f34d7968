/* The code behind analyze_progress.h. */
#include "analyze_progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REDRAW_MS 100
/* Before so much is done, and so long has passed, the speed of this run is a guess. */
#define MIN_FRACTION   0.02
#define MIN_ELAPSED_MS 500

void toil_progress_plan(struct toil_progress *progress, enum toil_stage stage, double units)
{
    progress->planned[stage] = units > 0 ? units : 0;
}

void toil_progress_at(struct toil_progress *progress, enum toil_stage stage, double part)
{
    double kept = part > 0 ? part < 1 ? part : 1 : 0; /* 0 also of NAN */
    for (int before = 0; before < (int)stage; before++)
        progress->done[before] = progress->planned[before];
    progress->done[stage] = kept * progress->planned[stage];
}

static double sum(const double of[TOIL_N_STAGES])
{
    double total = 0;
    for (int stage = 0; stage < TOIL_N_STAGES; stage++)
        total += of[stage];
    return total;
}

uint64_t toil_progress_done(const struct toil_progress *progress)
{
    return (uint64_t)sum(progress->done);
}

uint64_t toil_progress_total(const struct toil_progress *progress)
{
    double done = sum(progress->done), planned = sum(progress->planned);
    return (uint64_t)(planned > done ? planned : done);
}

bool toil_bar_update(struct toil_bar *bar, int64_t elapsed_ms, const char *stage, uint64_t done, uint64_t total)
{
    double fraction = total > 0 ? (double)(done < total ? done : total) / (double)total : 0;
    bool begins = !bar->stage || strcmp(bar->stage, stage) != 0;
    if (bar->drawn && elapsed_ms - bar->drawn_ms < (begins ? 1 : REDRAW_MS))
        return false;
    /* Where a stage turned out to be longer than planned, the bar waits; the time that is left tells the truth. */
    bar->fraction = fraction > bar->fraction ? fraction : bar->fraction;
    bool known = fraction >= MIN_FRACTION && elapsed_ms >= MIN_ELAPSED_MS;
    bar->remaining_seconds = known ? (double)elapsed_ms / 1000 * (1 - fraction) / fraction : (double)NAN;
    bar->stage = stage;
    bar->drawn_ms = elapsed_ms;
    bar->drawn = true;
    return true;
}

void toil_bar_remaining(const struct toil_bar *bar, char *out, size_t size)
{
    double seconds = bar->remaining_seconds;
    if (isnan(seconds))
        (void)snprintf(out, size, "%s", "");
    else if (seconds < 90)
        (void)snprintf(out, size, "%.0f s left", ceil(seconds));
    else if (seconds < 5400)
        (void)snprintf(out, size, "about %.0f min left", seconds / 60);
    else
        (void)snprintf(out, size, "about %.1f h left", seconds / 3600);
}
