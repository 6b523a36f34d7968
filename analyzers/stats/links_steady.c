/* Bands that events hold nearly all the time. Their exposure is as good as constant, and so is the baseline: nothing
 * can tell them apart, and what a fit makes of the rest is noise. */
#include <stdlib.h>

#include "links_work.h"
#include "toilmeter/buf.h"

/* Square of the coefficient of variation over time and scopes below which an exposure is steady. Of events that come by
 * chance it is 1 / (events in a band): so many as 4. */
#define STEADY 0.25

struct list {
    const int64_t *at_us;
    size_t count;
};

/* Sum over pairs of an event of a and one of b of the hours that the bands behind them share, which is the integral of
 * the product of their exposures: width less distance. Both ascending. */
static double shared_hours(struct list a, struct list b, int64_t width_us)
{
    double sum = 0, inside = 0; /* inside: sum of b's hours since a's first within reach */
    size_t low = 0, high = 0, passed = 0;
    double before = 0;
    for (size_t i = 0; i < a.count; i++) {
        double at = (double)(a.at_us[i] - a.at_us[0]) / TOIL_US_PER_HOUR_F,
               width = (double)width_us / TOIL_US_PER_HOUR_F;
        for (; high < b.count && b.at_us[high] < a.at_us[i] + width_us; high++)
            inside += (double)(b.at_us[high] - a.at_us[0]) / TOIL_US_PER_HOUR_F;
        for (; passed < high && b.at_us[passed] <= a.at_us[i]; passed++)
            before += (double)(b.at_us[passed] - a.at_us[0]) / TOIL_US_PER_HOUR_F;
        for (; low < high && b.at_us[low] <= a.at_us[i] - width_us; low++) {
            double gone = (double)(b.at_us[low] - a.at_us[0]) / TOIL_US_PER_HOUR_F;
            inside -= gone;
            if (low < passed)
                before -= gone;
        }
        size_t behind = passed > low ? passed - low : 0, ahead = high - low - behind;
        /* Those at or before: width - (at - t); those after: width - (t - at). */
        sum += (double)behind * (width - at) + before;
        sum += (double)ahead * (width + at) - (inside - before);
    }
    return sum;
}

struct event {
    int64_t at_us;
    uint32_t scope;
};

static int by_scope(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    return (a->at_us > b->at_us) - (a->at_us < b->at_us);
}

/* Events by scope, those without one last. */
static int64_t *sort_by_scope(const struct toil_link_source *source, size_t *unscoped, size_t **end, size_t *scopes)
{
    struct event *event = toil_xcalloc(source->count + 1, sizeof *event);
    int64_t *at_us = toil_xcalloc(source->count + 1, sizeof *at_us);
    for (size_t i = 0; i < source->count; i++)
        event[i] = (struct event){source->at_us[i], source->scope ? source->scope[i] : TOIL_NO_SCOPE};
    if (source->count > 0)
        qsort(event, source->count, sizeof *event, by_scope);
    *end = toil_xcalloc(source->count + 1, sizeof **end);
    *scopes = 0;
    *unscoped = source->count;
    for (size_t i = 0; i < source->count; i++) {
        at_us[i] = event[i].at_us;
        if (i < *unscoped && event[i].scope == TOIL_NO_SCOPE)
            *unscoped = i;
        if (event[i].scope != TOIL_NO_SCOPE && (i + 1 == source->count || event[i + 1].scope != event[i].scope))
            (*end)[(*scopes)++] = i + 1;
    }
    free(event);
    return at_us;
}

void toil_links_find_steady(const struct toil_links_work *work, uint32_t source, bool *steady)
{
    const struct toil_link_source *from = &work->data->source[source];
    size_t unscoped, scopes, *end;
    int64_t *at_us = sort_by_scope(from, &unscoped, &end, &scopes);
    double span = (double)(work->data->to_us - work->data->from_us) / TOIL_US_PER_HOUR_F;
    double all = work->data->scope_count > scopes ? (double)work->data->scope_count : (double)scopes;
    all = scopes > 0 ? all : 1;
    const struct list everywhere = {at_us + unscoped, from->count - unscoped};
    for (size_t k = 0; k < work->bands; k++) {
        int64_t width_us = work->data->band[k].to_us - work->data->band[k].from_us;
        double width = (double)width_us / TOIL_US_PER_HOUR_F,
               square = all * shared_hours(everywhere, everywhere, width_us);
        for (size_t s = 0, begin = 0; s < scopes; begin = end[s++]) {
            struct list own = {at_us + begin, end[s] - begin};
            square += shared_hours(own, own, width_us) + 2 * shared_hours(own, everywhere, width_us);
        }
        double mean = ((double)everywhere.count * all + (double)unscoped) * width / (span * all);
        steady[k] = mean > 0 && square / (span * all) < (1 + STEADY) * mean * mean;
    }
    free(at_us);
    free(end);
}
