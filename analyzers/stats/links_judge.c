/* Verdicts: what a claim must pass besides the joint fit, and how an answer is worded. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "links_work.h"
#include "toilmeter/buf.h"

#define PLACEBO_P 0.05
/* A placebo fails when it shows this part of what the claim shows: less is what a claim's neighbourhood leaves. */
#define PLACEBO_PART 0.5
#define HELDOUT_P    0.05
#define LEAD_P       0.05
/* An event begins an episode when none of its source and scope came so long before. */
#define QUIET_US   (60 * INT64_C(60000000))
#define FEW_EVENTS 10

const char *const toil_grade_names[] = {"A", "B", "C", "none"};

size_t toil_links_strongest(const struct toil_links_work *work, size_t topic, size_t source)
{
    size_t best = work->bands, at = toil_pair(work, topic, source) * work->bands;
    for (size_t k = 0; k < work->bands; k++)
        if (!isnan(work->p[at + k]) && (best == work->bands || work->p[at + k] < work->p[at + best]))
            best = k;
    return best;
}

/* ---- what a claim must pass ---- */

static void try_placebo(const struct toil_links_work *work, uint32_t t, const struct toil_suspect *suspect, size_t band,
                        enum toil_placebo placebo, struct toil_link_placebo_result *out)
{
    struct toil_screen_band shown;
    toil_screen_placebo(work->data, work->topic[t].screen, suspect->source, &work->data->band[band], placebo, &shown);
    *out = (struct toil_link_placebo_result){.excess = shown.excess,
                                             .excess_low = shown.excess_low,
                                             .excess_high = shown.excess_high,
                                             .p = shown.p,
                                             .tested = !shown.abstains && !isnan(shown.p)};
    double claimed = suspect->screen.band[band].excess;
    out->passed = out->tested && !(shown.p < PLACEBO_P && shown.excess > PLACEBO_PART * claimed);
}

/* The events that begin episodes. Owned by the caller: *at_us, *scope. */
static size_t find_beginnings(const struct toil_link_source *source, int64_t **at_us, uint32_t **scope)
{
    size_t count = 0;
    *at_us = toil_xcalloc(source->count + 1, sizeof **at_us);
    *scope = toil_xcalloc(source->count + 1, sizeof **scope);
    for (size_t i = 0; i < source->count; i++) {
        uint32_t of = source->scope ? source->scope[i] : TOIL_NO_SCOPE;
        bool begins = true;
        for (size_t j = i; begins && j-- > 0 && source->at_us[j] > source->at_us[i] - QUIET_US;)
            begins = source->scope && source->scope[j] != of;
        if (begins) {
            (*at_us)[count] = source->at_us[i];
            (*scope)[count++] = of;
        }
    }
    return count;
}

static void screen_beginnings(const struct toil_links_work *work, uint32_t t, const struct toil_screen_events *events,
                              int64_t from_us, int64_t to_us, struct toil_screen_band *out)
{
    toil_screen_band(work->data, work->topic[t].screen, events, &(struct toil_lag_band){from_us, to_us},
                     (uint64_t)from_us, out);
}

/* Who comes first? Within an episode events follow each other, and what lies before one lies behind another; so only
 * the beginnings of episodes tell. As many tickets just before them as in as much time behind them, or in the strongest
 * band: then the tickets do not follow the events. */
static void look_before(const struct toil_links_work *work, uint32_t t, const struct toil_lag_band *band,
                        struct toil_suspect *suspect)
{
    int64_t *at_us, width = band->to_us - band->from_us;
    uint32_t *scope;
    struct toil_screen_events events = {.count = find_beginnings(&work->data->source[suspect->source], &at_us, &scope)};
    struct toil_screen_band before, behind, strongest;
    events.at_us = at_us;
    events.scope = scope;
    screen_beginnings(work, t, &events, -width, 0, &before);
    screen_beginnings(work, t, &events, 0, width, &behind);
    screen_beginnings(work, t, &events, band->from_us, band->to_us, &strongest);
    if (!before.abstains && !behind.abstains && !strongest.abstains) {
        suspect->before = before.excess;
        suspect->behind = fmax(behind.excess, strongest.excess);
        suspect->follows = before.p < LEAD_P && suspect->before >= suspect->behind;
    }
    free(at_us);
    free(scope);
}

void toil_links_try(const struct toil_links_work *work, uint32_t t, struct toil_suspect *suspect)
{
    size_t band = toil_links_strongest(work, t, suspect->source);
    if (suspect->tried || band == work->bands || suspect->screen.band[band].abstains)
        return;
    struct toil_link *link = &suspect->link;
    for (int placebo = 0; placebo < TOIL_N_PLACEBOS; placebo++)
        try_placebo(work, t, suspect, band, (enum toil_placebo)placebo, &link->placebo[placebo]);
    struct toil_screen_band half[2];
    toil_screen_halves(work->data, work->topic[t].screen, suspect->source, &work->data->band[band], half);
    link->heldout_tested = !half[0].abstains && !half[1].abstains;
    link->confirmed = link->heldout_tested && half[0].excess > 0 && half[1].excess > 0 && half[0].p < HELDOUT_P &&
                      half[1].p < HELDOUT_P;
    look_before(work, t, &work->data->band[band], suspect);
    suspect->tried = true;
}

static bool fails_placebo(const struct toil_link *link, enum toil_placebo placebo)
{
    return link->placebo[placebo].tested && !link->placebo[placebo].passed;
}

bool toil_links_stands(const struct toil_suspect *suspect)
{
    for (int placebo = 0; placebo < TOIL_N_PLACEBOS; placebo++)
        if (fails_placebo(&suspect->link, (enum toil_placebo)placebo))
            return false;
    return !suspect->follows;
}

/* ---- words ---- */

static enum toil_grade grade_of(const struct toil_links_work *work, const struct toil_link *link)
{
    if (work->data->source[link->source].count < FEW_EVENTS)
        return TOIL_GRADE_C;
    bool proven = link->confirmed && !link->abstained && !link->common_cause;
    for (int placebo = 0; placebo < TOIL_N_PLACEBOS; placebo++)
        proven = proven && link->placebo[placebo].passed;
    return proven ? TOIL_GRADE_A : TOIL_GRADE_B;
}

static void word_established(const struct toil_suspect *suspect, struct toil_buf *why)
{
    const struct toil_link *link = &suspect->link;
    if (!toil_links_stands(suspect)) {
        toil_buf_add_text(why, "can't be told apart from one that stands; its own events fail a placebo");
        return;
    }
    if (link->abstained)
        toil_buf_printf(why, "its events leave no quiet weeks to compare with; stands in the joint fit (p %.2g)",
                        link->joint_p);
    else if (link->placebo[TOIL_PLACEBO_MIRROR].tested || link->placebo[TOIL_PLACEBO_SHIFT].tested)
        toil_buf_printf(why, "passes the screen, the placebos%s and the joint fit",
                        link->confirmed ? ", both halves of the window" : "");
    else
        toil_buf_printf(why, "passes the screen and the joint fit; no placebo could be tried");
    if (link->common_cause)
        toil_buf_printf(why, "; as many come just before its events: common cause or late record");
    else if (link->heldout_tested && !link->confirmed)
        toil_buf_printf(why, "; not yet confirmed on each half of the window");
}

static void word_placebo(const struct toil_link *link, enum toil_placebo placebo, struct toil_buf *why)
{
    const struct toil_link_placebo_result *result = &link->placebo[placebo];
    toil_buf_printf(why,
                    placebo == TOIL_PLACEBO_MIRROR
                        ? "tickets come before its events, too: %.1f more than expected in the mirrored band (p %.2g)"
                        : "tickets come in other weeks, too: %.1f more than expected with its events moved (p %.2g)",
                    result->excess, result->p);
}

static void word_quiet(const struct toil_links_work *work, uint32_t t, const struct toil_link *link, double excess,
                       struct toil_buf *why)
{
    double floor = work->topic[t].floor;
    if (isnan(link->q))
        toil_buf_printf(why, "can't be judged: no quiet weeks to compare with, and too few weeks for the joint fit");
    else if (link->q > work->options.level)
        toil_buf_printf(why, "%s (least q %.2g)",
                        link->abstained ? "fails too often to compare with quiet weeks; the joint fit finds nothing"
                                        : "no more tickets follow its events than chance brings",
                        link->q);
    else if (isnan(excess))
        toil_buf_printf(why,
                        "only a lag that leaves no quiet weeks to compare with shows more, not surely enough (q %.2g)",
                        link->q);
    else
        toil_buf_printf(why, "too small: at most %.1f tickets more than expected; the least that counts is %.1f",
                        excess, floor);
}

/* The most that a band shows which passes and which the screen could judge; NAN when there is none. */
static double most_passing(const struct toil_links_work *work, uint32_t t, const struct toil_suspect *suspect)
{
    double most = NAN;
    for (size_t k = 0; k < work->bands; k++)
        if (work->q[toil_pair(work, t, suspect->source) * work->bands + k] <= work->options.level &&
            !suspect->screen.band[k].abstains)
            most = fmax(most, suspect->screen.band[k].excess);
    return most;
}

/* Why a claim is none. */
static void word_refused(const struct toil_links_work *work, uint32_t t, const struct toil_suspect *suspect,
                         struct toil_buf *why)
{
    static const struct toil_unit out = {.joint_p = NAN};
    const struct toil_unit *unit = suspect->unit == SIZE_MAX ? &out : &work->topic[t].unit[suspect->unit];
    const struct toil_link *link = &suspect->link;
    if (fails_placebo(link, TOIL_PLACEBO_MIRROR))
        word_placebo(link, TOIL_PLACEBO_MIRROR, why);
    else if (fails_placebo(link, TOIL_PLACEBO_SHIFT))
        word_placebo(link, TOIL_PLACEBO_SHIFT, why);
    else if (suspect->follows)
        toil_buf_printf(why,
                        "its events follow the tickets, or share their cause: %.1f more than expected come just before "
                        "them, %.1f behind",
                        suspect->before, suspect->behind);
    else if (!unit->kept && isnan(unit->joint_p))
        toil_buf_printf(why, "other failures explain its tickets: nothing is left for it in the joint fit");
    else if (!unit->kept)
        toil_buf_printf(why, "other failures explain its tickets better (joint fit: p %.2g)", unit->joint_p);
    else if (unit->attributed.value < work->topic[t].floor)
        toil_buf_printf(why, "too small: the joint fit gives it %.1f tickets; the least that counts is %.1f",
                        unit->attributed.value, work->topic[t].floor);
    else
        toil_buf_printf(why, "interval reaches zero: %.1f to %.1f tickets", fmax(0, unit->attributed.low_with_tail),
                        unit->attributed.high);
}

static void keep_words(struct toil_link *link, struct toil_buf *why)
{
    size_t length = why->len < sizeof link->why ? why->len : sizeof link->why - 1;
    memcpy(link->why, why->data, length);
    link->why[length] = '\0';
    toil_buf_release(why);
}

/* What is counted of the pair: its strongest band and its family's verdict. */
static void describe(const struct toil_links_work *work, uint32_t t, uint32_t source, struct toil_link *link)
{
    size_t pair = toil_pair(work, t, source), band = toil_links_strongest(work, t, source);
    link->source = source;
    link->topic = t;
    link->grade = TOIL_GRADE_NONE;
    link->group = UINT32_MAX;
    link->abstained = work->abstained[pair];
    link->attributed_low = link->attributed_high = link->joint_p = link->q = NAN;
    for (size_t k = 0; k < work->bands; k++)
        link->q = fmin(link->q, work->q[pair * work->bands + k]);
    link->lag = work->data->band[band < work->bands ? band : 0];
    for (size_t other = 0; other < work->data->topic_count; other++) {
        size_t at = toil_pair(work, other, source);
        bool raised = false;
        if (other == t || !work->tested[at])
            continue;
        for (size_t k = 0; k < work->bands; k++)
            raised = raised || work->q[at * work->bands + k] <= work->options.level;
        link->controls++;
        link->controls_raised += raised;
    }
}

static const struct toil_screen_band unknown = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0, 0, 0, 0, true};

void toil_links_word_quiet(const struct toil_links_work *work, uint32_t t, uint32_t source, struct toil_link *out)
{
    *out = (struct toil_link){0};
    describe(work, t, source, out);
    out->strongest = unknown;
    for (int placebo = 0; placebo < TOIL_N_PLACEBOS; placebo++)
        out->placebo[placebo] = (struct toil_link_placebo_result){NAN, NAN, NAN, NAN, false, false};
    struct toil_buf why = TOIL_BUF_INIT;
    word_quiet(work, t, out, (double)work->most_excess[toil_pair(work, t, source)], &why);
    keep_words(out, &why);
}

/* The suspect's own numbers; of a link those of its unit. */
static void fill(const struct toil_links_work *work, uint32_t t, struct toil_suspect *suspect)
{
    struct toil_link *link = &suspect->link;
    size_t band = toil_links_strongest(work, t, suspect->source);
    const struct toil_unit *unit = suspect->unit == SIZE_MAX ? NULL : &work->topic[t].unit[suspect->unit];
    describe(work, t, suspect->source, link);
    if (!suspect->tried)
        for (int placebo = 0; placebo < TOIL_N_PLACEBOS; placebo++)
            link->placebo[placebo] = (struct toil_link_placebo_result){NAN, NAN, NAN, NAN, false, false};
    if (unit && unit->accepted && suspect->claim) {
        double most = 0;
        for (size_t k = 0; k < work->bands; k++)
            if (unit->attributed.band[k] > most) {
                most = unit->attributed.band[k];
                band = k;
            }
        link->lag = work->data->band[band];
        link->verdict = TOIL_LINK_ESTABLISHED;
        link->attributed = unit->attributed.value;
        link->attributed_low = unit->attributed.low;
        link->attributed_high = unit->attributed.high;
        link->bootstrapped = unit->attributed.bootstrapped;
    }
    if (unit)
        link->joint_p = unit->joint_p;
    link->strongest = band < work->bands && !suspect->screen.band[band].abstains ? suspect->screen.band[band] : unknown;
    const struct toil_screen_band *lead = &suspect->screen.lead;
    link->common_cause =
        !lead->abstains && lead->p < PLACEBO_P && lead->excess > 0 && lead->excess >= link->strongest.excess;
}

void toil_links_word(const struct toil_links_work *work, uint32_t t)
{
    struct toil_links_topic *topic = &work->topic[t];
    for (size_t i = 0; i < topic->suspect_count; i++) {
        struct toil_suspect *suspect = &topic->suspect[i];
        struct toil_link *link = &suspect->link;
        struct toil_buf why = TOIL_BUF_INIT;
        fill(work, t, suspect);
        if (link->verdict == TOIL_LINK_ESTABLISHED) {
            link->grade = grade_of(work, link);
            word_established(suspect, &why);
        } else if (suspect->claim) {
            word_refused(work, t, suspect, &why);
        } else {
            word_quiet(work, t, link, most_passing(work, t, suspect), &why);
        }
        keep_words(link, &why);
    }
}
