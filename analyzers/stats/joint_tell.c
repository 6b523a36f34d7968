/* What a joint fit says of weeks, and how well it describes the tickets. */
#include "joint_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rescale.h"
#include "toilmeter/buf.h"

#define FEW_TICKETS 8
#define US_PER_DAY  UINT64_C(86400000000)

void toil_joint_weeks(const struct toil_joint *joint, size_t source, double *attributed)
{
    for (size_t w = 0; w < joint->weeks; w++) {
        attributed[w] = 0;
        for (size_t k = 0; k < joint->bands; k++) {
            size_t p = toil_joint_param(joint, source, k);
            attributed[w] += joint->value[p] * toil_joint_week_total(joint, p, w);
        }
    }
}

/* ---- expected tickets over time ---- */

/* Where a source's intensity changes: at the begin and the end of each event's bands. slope[c] gathers the change that
 * holds from cell c on, part[c] what it does within the cell of the change. */
static void add_changes(const struct toil_joint *joint, size_t source, size_t band, double alpha, double *slope,
                        double *part)
{
    const struct toil_link_clock *clock = joint->clock;
    const struct toil_joint_source *from = &joint->source[source];
    const struct toil_lag_band *lag = &joint->data->band[band];
    for (size_t e = 0; e < from->count; e++)
        for (int end = 0; end < 2; end++) {
            int64_t at = from->at_us[e] + (end ? lag->to_us : lag->from_us);
            double change = end ? -alpha : alpha;
            if (at >= clock->to_us)
                continue;
            size_t cell = toil_link_clock_cell(clock, at);
            double into = (double)(at - clock->from_us - (int64_t)cell * clock->cell_us) / TOIL_US_PER_HOUR_F;
            part[cell] += change * (clock->hours[cell] - into);
            slope[cell + 1] += change;
        }
}

void toil_joint_accumulate(const struct toil_joint *joint, bool with_sources, double *upto)
{
    const struct toil_link_clock *clock = joint->clock;
    size_t cells = clock->cell_count;
    double last = cells > 1 ? (double)(cells - 1) : 1, intensity = 0, sum = 0;
    double *slope = toil_xcalloc(cells + 2, sizeof *slope), *part = toil_xcalloc(cells + 2, sizeof *part);
    for (size_t s = 0; with_sources && s < joint->source_count; s++)
        for (size_t k = 0; k < joint->bands; k++)
            if (joint->value[toil_joint_param(joint, s, k)] > 0)
                add_changes(joint, s, k, joint->value[toil_joint_param(joint, s, k)], slope, part);
    upto[0] = 0;
    for (size_t c = 0; c < cells; c++) {
        double position = (double)c / last * (double)(joint->hats - 1), level = joint->value[joint->hats - 1];
        size_t knot = (size_t)position;
        if (knot + 1 < joint->hats)
            level = joint->value[knot] + (joint->value[knot + 1] - joint->value[knot]) * (position - (double)knot);
        intensity += slope[c];
        sum += joint->rho[clock->class_of[c]] * clock->hours[c] * level;
        sum += toil_joint_pace_of(joint, c) * (clock->hours[c] * intensity + part[c]);
        upto[c + 1] = sum;
    }
    free(slope);
    free(part);
}

double toil_joint_upto(const struct toil_joint *joint, const double *upto, int64_t time_us)
{
    const struct toil_link_clock *clock = joint->clock;
    if (time_us >= clock->to_us)
        return upto[clock->cell_count];
    size_t cell = toil_link_clock_cell(clock, time_us);
    double into = (double)(time_us - clock->from_us - (int64_t)cell * clock->cell_us) / TOIL_US_PER_HOUR_F;
    return upto[cell] + into / clock->hours[cell] * (upto[cell + 1] - upto[cell]);
}

/* ---- goodness of fit ---- */

static void test_times(const struct toil_joint *joint, struct toil_joint_goodness *out)
{
    double *upto = toil_xcalloc(joint->clock->cell_count + 2, sizeof *upto);
    double *time = toil_xcalloc(joint->n + 1, sizeof *time);
    toil_joint_accumulate(joint, true, upto);
    for (size_t i = 0; i < joint->n; i++)
        time[i] = toil_joint_upto(joint, upto, joint->topic->at_us[i]);
    struct toil_ks ks = toil_rescale_events(time, joint->n);
    out->ks = ks.statistic;
    out->p = ks.p;
    free(upto);
    free(time);
}

double toil_joint_dispersion(const struct toil_joint *joint)
{
    const struct toil_link_clock *clock = joint->clock;
    size_t days = (size_t)((uint64_t)(clock->to_us - clock->from_us - 1) / US_PER_DAY) + 1;
    if (days <= joint->moving_count)
        return NAN;
    double *upto = toil_xcalloc(clock->cell_count + 2, sizeof *upto), *count = toil_xcalloc(days, sizeof *count);
    double sum = 0, before = 0;
    toil_joint_accumulate(joint, true, upto);
    for (size_t i = 0; i < joint->n; i++)
        count[(uint64_t)(joint->topic->at_us[i] - clock->from_us) / US_PER_DAY]++;
    for (size_t d = 0; d < days; d++) {
        double after = toil_joint_upto(joint, upto, clock->from_us + (int64_t)((d + 1) * US_PER_DAY));
        double expected = after - before;
        if (expected > 0)
            sum += (count[d] - expected) * (count[d] - expected) / expected;
        before = after;
    }
    free(upto);
    free(count);
    return sum / (double)(days - joint->moving_count);
}

struct toil_joint_goodness toil_joint_goodness(const struct toil_joint *joint)
{
    struct toil_joint_goodness out = {.ks = NAN,
                                      .p = NAN,
                                      .dispersion = NAN,
                                      .log_likelihood = joint->log_likelihood,
                                      .iterations = joint->iterations,
                                      .converged = joint->converged,
                                      .degenerate = joint->degenerate};
    if (joint->degenerate)
        out.why = joint->n == 0 ? "there are no tickets" : "the window is empty";
    else if (!joint->converged)
        out.why = "the fit did not settle";
    if (joint->degenerate)
        return out;
    if (joint->n >= FEW_TICKETS)
        test_times(joint, &out);
    out.dispersion = toil_joint_dispersion(joint);
    return out;
}
