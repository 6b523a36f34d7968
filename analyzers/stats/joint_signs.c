/* Freeing the signs of a fit: see toil_joint_free_signs in joint.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "joint_fit.h"
#include "toilmeter/buf.h"

/* The part of the baseline that an event of this scope meets. */
static double part_met(const struct toil_joint *joint, uint32_t scope)
{
    if (scope == TOIL_NO_SCOPE || joint->slots.count == 1)
        return 1;
    size_t low = 1, high = joint->slots.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (joint->slots.scope[middle] < scope)
            low = middle + 1;
        else
            high = middle;
    }
    double own = low < joint->slots.count && joint->slots.scope[low] == scope ? joint->pi[low] : 0;
    return own + joint->pi[0];
}

/* Tickets that the baseline expects in a band of all events of a source. */
static double expected_in(const struct toil_joint *joint, const double *upto, size_t source, size_t band)
{
    const struct toil_joint_source *from = &joint->source[source];
    const struct toil_lag_band *lag = &joint->data->band[band];
    double sum = 0;
    for (size_t e = 0; e < from->count; e++) {
        int64_t begin = from->at_us[e] + lag->from_us;
        if (begin < joint->clock->to_us)
            sum += part_met(joint, from->scope ? from->scope[e] : TOIL_NO_SCOPE) *
                   (toil_joint_upto(joint, upto, from->at_us[e] + lag->to_us) - toil_joint_upto(joint, upto, begin));
    }
    return sum;
}

void toil_joint_free_signs(struct toil_joint *joint)
{
    if (joint->degenerate || joint->held)
        return;
    double *upto = toil_xcalloc(joint->clock->cell_count + 2, sizeof *upto);
    joint->held = toil_xcalloc(joint->params + 1, sizeof *joint->held);
    memcpy(joint->held, joint->value, joint->params * sizeof *joint->held);
    toil_joint_accumulate(joint, false, upto);
    for (size_t s = 0; s < joint->source_count; s++)
        for (size_t k = 0; k < joint->bands; k++) {
            size_t p = toil_joint_param(joint, s, k);
            if (joint->allowed[p] && joint->total[p] > 0)
                joint->least[p] = -expected_in(joint, upto, s, k) / joint->total[p];
        }
    toil_joint_maximise(joint);
    toil_joint_factor(joint);
    free(upto);
}

void toil_joint_hold_signs(struct toil_joint *joint)
{
    if (!joint->held)
        return;
    memcpy(joint->value, joint->held, joint->params * sizeof *joint->value);
    memset(joint->least, 0, joint->params * sizeof *joint->least);
    free(joint->held);
    joint->held = NULL;
    toil_joint_maximise(joint);
    toil_joint_factor(joint);
}
