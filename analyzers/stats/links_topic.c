/* One topic: all that passed the screen, and whatever else comes near, weighed against each other in one joint fit.
 * Only what that leaves standing may be called a link, and only the fit attributes. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "links_work.h"
#include "toilmeter/buf.h"

/* Of sources that are no claims, bands that come so near may take blame. */
#define OTHER_BAND 0.05
/* One-sided levels: of a source, over all claims of its topic (Bonferroni), since each of many that merely come
 * together with a strong one has its chance; of a band of a source that is no claim. */
#define SOURCE_P 0.05
#define BAND_P   0.10
#define JOINT_P  0.05
/* Of a share's interval: 95%, two-sided. */
#define SHARE_Z 1.96
/* Two fits are as good as each other when their log-likelihoods differ by less: half the 5% point of chi squared. */
#define AS_GOOD 1.92
/* So many of the events must coincide for two sources to be each other's stand-in. */
#define STAND_IN 0.5

/* Parts of a topic's fit that are done then. */
#define BEGUN      0.15
#define ELIMINATED 0.5
#define FITTED     0.7

/* ---- elimination ---- */

/* A claim's effect may begin before and go on behind the bands that show it: all from the event on, and one more than
 * the last that passes. Of other sources those that come near. */
static void choose_bands(const struct toil_links_work *work, size_t t, struct toil_unit *unit)
{
    size_t last = 0;
    for (size_t m = 0; m < unit->member_count; m++)
        for (size_t k = 0; k < work->bands; k++) {
            size_t at = toil_pair(work, t, unit->member[m]) * work->bands + k;
            if (isnan(work->p[at]))
                continue;
            if (unit->claim ? work->q[at] <= work->options.level : work->p[at] <= OTHER_BAND) {
                unit->joint.band[k] = true;
                last = k > last ? k : last;
            }
        }
    for (size_t k = 0; unit->claim && k <= last + 1 && k < work->bands; k++)
        unit->joint.band[k] = true;
    unit->joint.has_tail = unit->claim && last + 1 < work->bands;
}

static void drop(struct toil_joint *joint, struct toil_unit *unit, size_t u)
{
    unit->kept = false;
    toil_joint_allow(joint, u, false);
}

static int compare_doubles(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* Part of the units that are not in the fit any more. */
static double gone_of(const struct toil_links_topic *topic)
{
    size_t gone = 0;
    for (size_t u = 0; u < topic->unit_count; u++)
        gone += !topic->unit[u].kept;
    return (double)gone / (double)topic->unit_count;
}

/* What explains nothing beside the others goes: all that is at zero, and of what can't be told from it the worst
 * quarter, one at least, until all that is left can. */
static void eliminate(struct toil_links_work *work, uint32_t t, struct toil_joint *joint)
{
    struct toil_links_topic *topic = &work->topic[t];
    size_t claims = 0;
    for (size_t u = 0; u < topic->unit_count; u++)
        claims += topic->unit[u].claim;
    double least = gsl_cdf_ugaussian_Qinv(SOURCE_P / (double)(claims > 0 ? claims : 1));
    double *z = toil_xcalloc(topic->unit_count + 1, sizeof *z),
           *weak = toil_xcalloc(topic->unit_count + 1, sizeof *weak);
    for (size_t count = 1; count > 0;) {
        toil_joint_fit(joint);
        count = 0;
        for (size_t u = 0; u < topic->unit_count; u++) {
            if (!topic->unit[u].kept)
                continue;
            double attributed = toil_joint_attributed(joint, u), doubt = toil_joint_doubt(joint, u);
            z[u] = attributed > 0 && doubt > 0 ? attributed / doubt : 0;
            if (z[u] < least)
                weak[count++] = z[u];
        }
        if (count == 0)
            break;
        qsort(weak, count, sizeof *weak, compare_doubles);
        double limit = weak[(count - 1) / 4];
        for (size_t u = 0; u < topic->unit_count; u++)
            if (topic->unit[u].kept && z[u] <= limit)
                drop(joint, &topic->unit[u], u);
        toil_links_fit_done(work, t, BEGUN + (ELIMINATED - BEGUN) * gone_of(topic));
    }
    free(z);
    free(weak);
}

/* Bands of others that can't be told from nothing only add noise. */
static void prune_bands(const struct toil_links_work *work, struct toil_links_topic *topic, struct toil_joint *joint)
{
    double least = gsl_cdf_ugaussian_Qinv(BAND_P);
    for (size_t u = 0; u < topic->unit_count; u++) {
        if (!topic->unit[u].kept || topic->unit[u].claim)
            continue;
        double z[TOIL_LINK_MAX_BANDS], best = 0;
        for (size_t k = 0; k < work->bands; k++) {
            double error = toil_joint_error(joint, u, k);
            z[k] = error > 0 ? toil_joint_band_attributed(joint, u, k) / error : 0;
            best = fmax(best, z[k]);
        }
        for (size_t k = 0; k < work->bands; k++)
            if (z[k] < least && z[k] < best)
                toil_joint_allow_band(joint, u, k, false);
    }
}

static void save_bands(const struct toil_links_work *work, const struct toil_joint *joint, size_t u, bool *band)
{
    for (size_t k = 0; k < work->bands; k++)
        band[k] = toil_joint_band_attributed(joint, u, k) > 0;
}

/* The score test of one unit with all others fitted; the fit is left without it. */
static double test_unit(struct toil_joint *joint, size_t u)
{
    double p[TOIL_LINK_MAX_BANDS];
    toil_joint_allow(joint, u, false);
    toil_joint_fit(joint);
    return toil_joint_score(joint, u, p);
}

/* Where the screen could not judge, the score test must, with all others fitted; the worst that fails goes, and all are
 * tested anew. */
static void test_claims(const struct toil_links_work *work, struct toil_links_topic *topic, struct toil_joint *joint)
{
    bool band[TOIL_LINK_MAX_BANDS];
    for (;;) {
        size_t worst = SIZE_MAX;
        for (size_t u = 0; u < topic->unit_count; u++) {
            struct toil_unit *unit = &topic->unit[u];
            if (!unit->kept || !unit->claim || !unit->unscreened)
                continue;
            save_bands(work, joint, u, band);
            unit->joint_p = test_unit(joint, u);
            for (size_t k = 0; k < work->bands; k++)
                toil_joint_allow_band(joint, u, k, band[k]);
            toil_joint_fit(joint);
            bool fails = !(unit->joint_p <= JOINT_P);
            if (fails && (worst == SIZE_MAX || !(unit->joint_p <= topic->unit[worst].joint_p)))
                worst = u;
        }
        if (worst == SIZE_MAX)
            return;
        drop(joint, &topic->unit[worst], worst);
        toil_joint_fit(joint);
    }
}

/* ---- stand-ins ---- */

static bool coincide(const struct toil_links_work *work, const struct toil_unit *a, const struct toil_unit *b)
{
    const struct toil_link_source *first = &work->data->source[a->member[0]],
                                  *second = &work->data->source[b->member[0]];
    return toil_coincidence(first, second, work->data->bin_us) >= STAND_IN &&
           toil_coincidence(second, first, work->data->bin_us) >= STAND_IN;
}

/* Members of `from` are as likely as those of `into`. */
static void join(struct toil_links_topic *topic, size_t from, size_t into)
{
    struct toil_unit *gone = &topic->unit[from], *unit = &topic->unit[into];
    unit->member = toil_xreallocarray(unit->member, unit->member_count + gone->member_count, sizeof *unit->member);
    for (size_t m = 0; m < gone->member_count; m++)
        unit->member[unit->member_count++] = gone->member[m];
    for (size_t i = 0; i < topic->suspect_count; i++)
        if (topic->suspect[i].unit == from)
            topic->suspect[i].unit = into;
    gone->member_count = 0;
}

/* A claim that went, but explains as much as one that stayed when it takes its place, can't be told from it. */
static void find_stand_ins(const struct toil_links_work *work, struct toil_links_topic *topic, struct toil_joint *joint)
{
    bool band[TOIL_LINK_MAX_BANDS];
    for (size_t out = 0; out < topic->unit_count; out++) {
        if (topic->unit[out].kept || !topic->unit[out].claim)
            continue;
        for (size_t in = 0; in < topic->unit_count && topic->unit[out].member_count > 0; in++) {
            if (!topic->unit[in].kept || !topic->unit[in].claim || !coincide(work, &topic->unit[out], &topic->unit[in]))
                continue;
            double before = toil_joint_log_likelihood(joint);
            save_bands(work, joint, in, band);
            toil_joint_allow(joint, in, false);
            toil_joint_allow(joint, out, true);
            toil_joint_fit(joint);
            bool as_good = toil_joint_log_likelihood(joint) > before - AS_GOOD;
            toil_joint_allow(joint, out, false);
            for (size_t k = 0; k < work->bands; k++)
                toil_joint_allow_band(joint, in, k, band[k]);
            toil_joint_fit(joint);
            if (as_good)
                join(topic, out, in);
        }
    }
}

/* ---- the answer ---- */

struct sharing {
    struct toil_links_topic *topic;
    uint32_t number;
    const size_t *first; /* suspect of each unit */
};

/* How far a share may be off, relative to it: as far as the source's total, or as its band's effect, which is less
 * sure. */
static double doubt_of(const struct toil_unit *unit, size_t band)
{
    double total = unit->attributed.value, tickets = unit->attributed.band[band];
    double doubt = fmax(total - unit->attributed.low, unit->attributed.high - total) / total;
    return tickets > 0 ? fmax(doubt, SHARE_Z * unit->attributed.band_error[band] / tickets) : 2;
}

static void add_share(void *context, const struct toil_joint_share *told)
{
    struct sharing *sharing = context;
    struct toil_links_topic *topic = sharing->topic;
    const struct toil_unit *unit = &topic->unit[told->source];
    if (!unit->accepted)
        return;
    if (topic->share_count == topic->share_cap) {
        topic->share_cap = topic->share_cap ? 2 * topic->share_cap : 256;
        topic->share = toil_xreallocarray(topic->share, topic->share_cap, sizeof *topic->share);
    }
    double doubt = doubt_of(unit, told->band);
    topic->share[topic->share_count++] = (struct toil_link_ticket_share){.topic = sharing->number,
                                                                         .ticket = (uint32_t)told->ticket,
                                                                         .link = (uint32_t)sharing->first[told->source],
                                                                         .share = told->share,
                                                                         .low = fmax(0, told->share * (1 - doubt)),
                                                                         .high = fmin(1, told->share * (1 + doubt)),
                                                                         .event_at_us = told->event_at_us};
}

/* Shares and weeks of the accepted units. */
static void tell(const struct toil_links_work *work, uint32_t t, const struct toil_joint *joint)
{
    struct toil_links_topic *topic = &work->topic[t];
    size_t *first = toil_xcalloc(topic->unit_count + 1, sizeof *first);
    double *total = toil_xcalloc(topic->unit_count + 1, sizeof *total);
    topic->week = toil_xcalloc(topic->unit_count * work->clock.week_count + 1, sizeof *topic->week);
    for (size_t i = topic->suspect_count; i-- > 0;)
        if (topic->suspect[i].unit != SIZE_MAX)
            first[topic->suspect[i].unit] = i;
    for (size_t u = 0; u < topic->unit_count; u++) {
        double fitted = toil_joint_attributed(joint, u), *week = topic->week + u * work->clock.week_count;
        total[u] = topic->unit[u].accepted ? topic->unit[u].attributed.value : fitted;
        if (!topic->unit[u].accepted)
            continue;
        topic->fit.baseline -= total[u];
        toil_joint_weeks(joint, u, week);
        for (size_t w = 0; w < work->clock.week_count; w++)
            week[w] *= fitted > 0 ? total[u] / fitted : 0;
    }
    topic->fit.baseline = fmax(0, topic->fit.baseline);
    toil_joint_shares(joint, total, add_share, &(struct sharing){topic, t, first});
    free(first);
    free(total);
}

/* Intervals; a claim whose interval reaches zero, or that is below the floor, is none. */
static void accept(const struct toil_links_work *work, uint32_t t, struct toil_joint *joint)
{
    struct toil_links_topic *topic = &work->topic[t];
    toil_joint_free_signs(joint);
    for (size_t u = 0; u < topic->unit_count; u++) {
        struct toil_unit *unit = &topic->unit[u];
        if (!unit->kept || !unit->claim)
            continue;
        unit->attributed = toil_joint_interval(joint, u, work->data->seed + (uint64_t)t * 1000003 + unit->member[0]);
        unit->accepted = unit->attributed.value >= topic->floor && unit->attributed.low_with_tail > 0;
    }
    toil_joint_hold_signs(joint);
}

static void fit_all(struct toil_links_work *work, uint32_t t, struct toil_joint *joint)
{
    struct toil_links_topic *topic = &work->topic[t];
    for (size_t u = 0; u < topic->unit_count; u++) {
        topic->unit[u].kept = true;
        toil_joint_allow(joint, u, true);
    }
    eliminate(work, t, joint);
    prune_bands(work, topic, joint);
    eliminate(work, t, joint);
    toil_links_fit_done(work, t, ELIMINATED);
    test_claims(work, topic, joint);
    find_stand_ins(work, topic, joint);
}

void toil_links_weigh(struct toil_links_work *work, uint32_t t)
{
    struct toil_links_topic *topic = &work->topic[t];
    for (size_t i = 0; i < topic->suspect_count; i++) {
        struct toil_suspect *suspect = &topic->suspect[i];
        if (!suspect->claim)
            continue;
        toil_links_try(work, t, suspect);
        suspect->near = !suspect->follows;
    }
    toil_units_make(work, topic);
    struct toil_joint_source *source = toil_xcalloc(topic->unit_count + 1, sizeof *source);
    for (size_t u = 0; u < topic->unit_count; u++) {
        choose_bands(work, t, &topic->unit[u]);
        source[u] = topic->unit[u].joint;
    }
    struct toil_joint *joint = toil_joint_new(&work->clock, work->data, t, source, topic->unit_count);
    if (topic->unit_count > 0)
        fit_all(work, t, joint);
    toil_joint_fit(joint);
    toil_links_fit_done(work, t, FITTED);
    accept(work, t, joint);
    topic->fit = (struct toil_link_fit){.goodness = toil_joint_goodness(joint),
                                        .baseline = (double)work->data->topic[t].count,
                                        .candidates = topic->unit_count};
    tell(work, t, joint);
    toil_joint_free(joint);
    free(source);
}
