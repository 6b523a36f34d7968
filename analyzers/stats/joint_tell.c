/* What a joint fit says of single tickets and weeks, and how well it describes them. */
#include "joint_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rescale.h"
#include "toilmeter/buf.h"

#define FEW_TICKETS 8

/* ---- shares ---- */

static bool meets(const struct toil_joint_source *source, size_t event, uint32_t scope)
{
    return !source->scope || scope == TOIL_NO_SCOPE || source->scope[event] == TOIL_NO_SCOPE ||
           source->scope[event] == scope;
}

/* The latest event of a source that the ticket meets in a band; the ticket has exposure to it, so there is one. */
static int64_t event_of(const struct toil_joint *joint, size_t i, size_t source, size_t band)
{
    const struct toil_joint_source *from = &joint->source[source];
    int64_t latest = joint->topic->at_us[i] - joint->data->band[band].from_us;
    uint32_t scope = joint->topic->scope ? joint->topic->scope[i] : TOIL_NO_SCOPE;
    size_t low = 0, high = from->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (from->at_us[middle] <= latest)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 1 && !meets(from, low - 1, scope))
        low--;
    return from->at_us[low - 1];
}

void toil_joint_shares(const struct toil_joint *joint, toil_joint_share_fn share, void *context)
{
    for (size_t i = 0; !joint->degenerate && i < joint->n; i++) {
        size_t e = joint->row[i];
        while (e < joint->row[i + 1]) {
            size_t source = joint->entry[e].source, heaviest = 0;
            double sum = 0, most = 0;
            for (; e < joint->row[i + 1] && joint->entry[e].source == source; e++) {
                double alpha = joint->value[toil_joint_entry_param(joint, &joint->entry[e])];
                double part = alpha * joint->entry[e].x * joint->mark[e] / joint->lambda[i];
                if (part > 0 && alpha > most) {
                    most = alpha;
                    heaviest = joint->entry[e].band;
                }
                sum += part;
            }
            if (sum > 0)
                share(context, i, source, sum, event_of(joint, i, source, heaviest));
        }
    }
}

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

/* ---- goodness of fit ---- */

/* The expected number of tickets up to each cell's end, linear within a cell: the baseline's and the sources'. */
static void accumulate(const struct toil_joint *joint, double *upto)
{
    const struct toil_link_clock *clock = joint->clock;
    size_t cells = clock->cell_count;
    double last = cells > 1 ? (double)(cells - 1) : 1, hour_us = TOIL_US_PER_HOUR_F;
    double *slope = toil_xcalloc(cells + 2, sizeof *slope); /* change of intensity at the cell's begin */
    double *part = toil_xcalloc(cells + 2, sizeof *part);   /* what a change within the cell adds beside it */
    for (size_t s = 0; s < joint->source_count; s++)
        for (size_t k = 0; k < joint->bands; k++) {
            double alpha = joint->value[toil_joint_param(joint, s, k)];
            for (size_t e = 0; alpha > 0 && e < joint->source[s].count; e++)
                for (int end = 0; end < 2; end++) {
                    const struct toil_lag_band *band = &joint->data->band[k];
                    int64_t at = joint->source[s].at_us[e] + (end ? band->to_us : band->from_us);
                    double change = end ? -alpha : alpha;
                    if (at >= clock->to_us)
                        continue;
                    size_t cell = toil_link_clock_cell(clock, at);
                    double into = (double)(at - clock->from_us - (int64_t)cell * clock->cell_us) / hour_us;
                    part[cell] += change * (clock->hours[cell] - into);
                    slope[cell + 1] += change;
                }
        }
    double intensity = 0, sum = 0;
    upto[0] = 0;
    for (size_t c = 0; c < cells; c++) {
        double position = (double)c / last * (double)(joint->hats - 1), level = joint->value[joint->hats - 1];
        size_t knot = (size_t)position;
        if (knot + 1 < joint->hats)
            level = joint->value[knot] + (joint->value[knot + 1] - joint->value[knot]) * (position - (double)knot);
        intensity += slope[c];
        sum += clock->hours[c] * joint->rho[clock->class_of[c]] * level + intensity * clock->hours[c] + part[c];
        upto[c + 1] = sum;
    }
    free(slope);
    free(part);
}

static void test_times(const struct toil_joint *joint, struct toil_joint_goodness *out)
{
    const struct toil_link_clock *clock = joint->clock;
    double *upto = toil_xcalloc(clock->cell_count + 2, sizeof *upto);
    double *time = toil_xcalloc(joint->n + 1, sizeof *time);
    accumulate(joint, upto);
    for (size_t i = 0; i < joint->n; i++) {
        size_t cell = toil_link_clock_cell(clock, joint->topic->at_us[i]);
        double into = (double)(joint->topic->at_us[i] - clock->from_us - (int64_t)cell * clock->cell_us) /
                      TOIL_US_PER_HOUR_F / clock->hours[cell];
        time[i] = upto[cell] + into * (upto[cell + 1] - upto[cell]);
    }
    struct toil_ks ks = toil_rescale_events(time, joint->n);
    out->ks = ks.statistic;
    out->p = ks.p;
    free(upto);
    free(time);
}

static double dispersion_of(const struct toil_joint *joint)
{
    if (joint->weeks <= joint->moving_count)
        return NAN;
    double sum = 0, *count = toil_xcalloc(joint->weeks + 1, sizeof *count);
    for (size_t i = 0; i < joint->n; i++)
        count[joint->ticket[i].week]++;
    for (size_t w = 0; w < joint->weeks; w++) {
        double expected = 0;
        for (size_t m = 0; m < joint->moving_count; m++)
            expected += joint->value[joint->moving[m]] * toil_joint_week_total(joint, joint->moving[m], w);
        if (expected > 0)
            sum += (count[w] - expected) * (count[w] - expected) / expected;
    }
    free(count);
    return sum / (double)(joint->weeks - joint->moving_count);
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
    out.dispersion = dispersion_of(joint);
    return out;
}
