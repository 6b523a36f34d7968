/* The evidence that a link brings along: its lag bands, the curve over lags, its weeks. */
#include <math.h>
#include <stdlib.h>

#include "links_work.h"
#include "toilmeter/buf.h"

#define US_PER_WEEK (168 * INT64_C(3600000000))
/* A curve has about so many points behind the event, as many before it as fit the placebo. */
#define CURVE_POINTS 24

static void *room_for(void *array, size_t count, size_t more, size_t size)
{
    size_t cap = 64;
    while (cap < count)
        cap *= 2;
    if (!array || count + more > cap) {
        while (cap < count + more)
            cap *= 2;
        return toil_xreallocarray(array, cap, size);
    }
    return array;
}

static void keep_bands(const struct toil_links_work *work, const struct toil_links_topic *topic,
                       const struct toil_suspect *suspect, struct toil_link *link, struct toil_links *out)
{
    size_t count = work->bands + 1;
    out->band = room_for(out->band, out->band_count, count, sizeof *out->band);
    link->bands = (struct toil_link_range){out->band_count, count};
    /* Bands below nothing are the noise that bands above it have, too: what is left of these is told. */
    const struct toil_joint_interval *fitted =
        suspect->unit == SIZE_MAX ? NULL : &topic->unit[suspect->unit].attributed;
    double sum = 0;
    for (size_t k = 0; fitted && k < work->bands; k++)
        sum += fmax(0, fitted->band[k]);
    for (size_t k = 0; k < count; k++) {
        bool lead = k == work->bands;
        struct toil_link_band *band = &out->band[out->band_count++];
        *band = (struct toil_link_band){
            .lag = lead ? work->data->lead : work->data->band[k],
            .lead = lead,
            .screen = lead ? suspect->screen.lead : suspect->screen.band[k],
            .q = lead ? (double)NAN : work->q[toil_pair(work, link->topic, link->source) * work->bands + k]};
        if (!lead && suspect->screen.band[k].abstains)
            band->q = NAN;
        if (!lead && fitted && link->verdict == TOIL_LINK_ESTABLISHED && sum > 0)
            band->attributed = fmax(0, fitted->band[k]) * (fitted->value / sum);
    }
}

/* Up to twice the end of the strongest band and once before the event, in whole bins. */
static void draw(const struct toil_links_work *work, uint32_t t, struct toil_suspect *suspect)
{
    int64_t bin = work->data->bin_us > 0 ? work->data->bin_us : 1, reach = 2 * suspect->link.lag.to_us;
    int64_t step = (reach / CURVE_POINTS / bin + 1) * bin;
    size_t behind = (size_t)(reach / step) + 1, before = behind / 2, count = behind + before;
    double *observed = toil_xcalloc(count, sizeof *observed), *expected = toil_xcalloc(count, sizeof *expected);
    int64_t from = -(int64_t)before * step;
    bool known = true;
    toil_screen_curve(work->data, work->topic[t].screen, suspect->source, from, step, count, observed, expected);
    suspect->curve = toil_xcalloc(count, sizeof *suspect->curve);
    for (size_t i = 0; i < count; i++) {
        known = known && isfinite(expected[i]);
        suspect->curve[i] = (struct toil_link_curve_point){from + (int64_t)i * step, from + (int64_t)(i + 1) * step,
                                                           observed[i], expected[i]};
    }
    suspect->curve_count = known ? count : 0;
    free(observed);
    free(expected);
}

void toil_links_draw(const struct toil_links_work *work, uint32_t t)
{
    struct toil_links_topic *topic = &work->topic[t];
    for (size_t i = 0; i < topic->suspect_count; i++)
        if (work->clock.cell_count > 0 &&
            (topic->suspect[i].drawn || topic->suspect[i].link.verdict == TOIL_LINK_ESTABLISHED))
            draw(work, t, &topic->suspect[i]);
}

static void keep_curve(const struct toil_suspect *suspect, struct toil_link *link, struct toil_links *out)
{
    out->curve = room_for(out->curve, out->curve_count, suspect->curve_count, sizeof *out->curve);
    link->curve = (struct toil_link_range){out->curve_count, suspect->curve_count};
    for (size_t i = 0; i < suspect->curve_count; i++)
        out->curve[out->curve_count++] = suspect->curve[i];
}

static void keep_weeks(const struct toil_links_work *work, const struct toil_links_topic *topic, size_t unit,
                       struct toil_link *link, struct toil_links *out)
{
    size_t count = work->clock.week_count;
    const struct toil_link_source *source = &work->data->source[link->source];
    out->week = room_for(out->week, out->week_count, count, sizeof *out->week);
    link->weeks = (struct toil_link_range){out->week_count, count};
    for (size_t w = 0; w < count; w++)
        out->week[out->week_count++] = (struct toil_link_week){(uint32_t)w, 0, topic->week[unit * count + w]};
    for (size_t e = 0; e < source->count; e++)
        out->week[link->weeks.begin + toil_link_clock_week(&work->clock, source->at_us[e])].events++;
}

void toil_links_keep_evidence(const struct toil_links_work *work, const struct toil_links_topic *topic, size_t suspect,
                              struct toil_link *link, struct toil_links *out)
{
    keep_bands(work, topic, &topic->suspect[suspect], link, out);
    keep_curve(&topic->suspect[suspect], link, out);
    if (link->verdict == TOIL_LINK_ESTABLISHED)
        keep_weeks(work, topic, topic->suspect[suspect].unit, link, out);
}
