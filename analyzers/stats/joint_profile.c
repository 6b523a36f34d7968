/* What the baseline and the sources look like: hours of the week and scopes. See joint.h. */
#include "joint_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

/* Tickets' worth of what is believed beforehand: that hours and days multiply; that they are those of all topics. */
#define CLASS_PRIOR 1680.0
#define HOUR_PRIOR  48.0
#define DAY_PRIOR   14.0
#define SCOPE_PRIOR 0.5
#define MOST_TIDE   5.0

/* ---- hours and scopes ---- */

struct profile {
    /* Tickets of the baseline, and parts of the window's hours. Hours are those of workdays, then those of weekends. */
    double of_class[TOIL_HOURS_PER_WEEK], of_hour[48], of_day[7], all;
    double hour_part[48], day_part[7], class_part[TOIL_HOURS_PER_WEEK];
    double scale; /* makes the product of hours and days a mean of 1 over the window */
};

static double rate(double tickets, double all, double prior, double believed, double part)
{
    return part > 0 ? (tickets + prior * believed) / ((all + prior) * part) : 0;
}

static unsigned hour_of(unsigned of)
{
    return of / 24 < 5 ? of % 24 : 24 + of % 24;
}

/* Rate of workdays or of weekends, which hours and days both hold. */
static double workday_rate(const struct profile *profile, const struct toil_link_clock *clock, bool weekend)
{
    double tickets = 0, believed = 0, part = 0;
    for (unsigned hour = weekend ? 24 : 0; hour < (weekend ? 48u : 24u); hour++) {
        tickets += profile->of_hour[hour];
        believed += clock->pooled_hour[hour];
        part += profile->hour_part[hour];
    }
    double out = rate(tickets, profile->all, HOUR_PRIOR, believed, part);
    return out > 0 ? out : 1;
}

/* Hours and days multiplied. */
static double centre_of(const struct profile *profile, const struct toil_link_clock *clock, unsigned of)
{
    unsigned hour = hour_of(of), day = of / 24;
    double all = profile->all;
    return rate(profile->of_hour[hour], all, HOUR_PRIOR, clock->pooled_hour[hour], profile->hour_part[hour]) *
           rate(profile->of_day[day], all, DAY_PRIOR, clock->pooled_day[day], profile->day_part[day]) /
           workday_rate(profile, clock, day >= 5);
}

/* Rate of a class relative to the window's mean. */
static double rho_of(const struct profile *profile, const struct toil_link_clock *clock, unsigned of)
{
    double part = profile->class_part[of];
    if (!(part > 0))
        return 0;
    double centre = centre_of(profile, clock, of) * profile->scale;
    return (profile->of_class[of] + CLASS_PRIOR * centre * part) / ((profile->all + CLASS_PRIOR) * part);
}

static void measure(struct profile *profile, const struct toil_joint *joint, const double *own)
{
    *profile = (struct profile){.scale = 1};
    double hours = 0;
    for (unsigned c = 0; c < TOIL_HOURS_PER_WEEK; c++)
        hours += joint->clock->class_hours[c];
    for (unsigned c = 0; c < TOIL_HOURS_PER_WEEK; c++) {
        double part = joint->clock->class_hours[c] / hours;
        profile->class_part[c] = part;
        profile->hour_part[hour_of(c)] += part;
        profile->day_part[c / 24] += part;
    }
    for (size_t i = 0; i < joint->n; i++)
        profile->of_class[joint->ticket[i].hour_class] += own[i];
    for (unsigned c = 0; c < TOIL_HOURS_PER_WEEK; c++) {
        profile->of_hour[hour_of(c)] += profile->of_class[c];
        profile->of_day[c / 24] += profile->of_class[c];
        profile->all += profile->of_class[c];
    }
    double mean = 0;
    for (unsigned c = 0; c < TOIL_HOURS_PER_WEEK; c++)
        if (profile->class_part[c] > 0)
            mean += centre_of(profile, joint->clock, c) * profile->class_part[c];
    if (mean > 0)
        profile->scale = 1 / mean;
}

double toil_joint_pace_of(const struct toil_joint *joint, size_t cell)
{
    const struct toil_link_clock *clock = joint->clock;
    double last = clock->cell_count > 1 ? (double)(clock->cell_count - 1) : 1;
    double position = (double)cell / last * (double)(joint->hats - 1), tide = joint->tide[joint->hats - 1];
    size_t knot = (size_t)position;
    if (knot + 1 < joint->hats)
        tide = joint->tide[knot] + (joint->tide[knot + 1] - joint->tide[knot]) * (position - (double)knot);
    return joint->rho[clock->class_of[cell]] * tide;
}

/* The level at each knot relative to its mean over operational time; 1 before the first fit. */
static void follow_tide(struct toil_joint *joint)
{
    double tickets = 0, hours = 0;
    for (size_t j = 0; j < joint->hats; j++) {
        tickets += joint->value[j] * joint->total[j];
        hours += joint->total[j];
    }
    for (size_t j = 0; j < joint->hats; j++)
        joint->tide[j] = tickets > 0 ? fmin(fmax(joint->value[j] * hours / tickets, 1 / MOST_TIDE), MOST_TIDE) : 1;
}

double toil_joint_update_profile(struct toil_joint *joint)
{
    follow_tide(joint);
    struct profile profile;
    double *own = toil_xcalloc(joint->n + 1, sizeof *own); /* the baseline's part of each ticket */
    double *slot = toil_xcalloc(joint->slots.count + 1, sizeof *slot), all = 0, change = 0;
    for (size_t i = 0; i < joint->n; i++) {
        own[i] = joint->lambda[i] > 0 ? joint->base[i] / joint->lambda[i] : 1;
        slot[joint->slots.slot[i]] += own[i];
        all += own[i];
    }
    measure(&profile, joint, own);
    for (unsigned c = 0; c < TOIL_HOURS_PER_WEEK; c++)
        joint->rho[c] = rho_of(&profile, joint->clock, c);
    for (size_t s = 0; s < joint->slots.count; s++)
        joint->pi[s] = (slot[s] + SCOPE_PRIOR) / (all + SCOPE_PRIOR * (double)joint->slots.count);
    for (size_t i = 0; i < joint->n; i++) {
        struct toil_joint_ticket *ticket = &joint->ticket[i];
        double part = 1;
        if (joint->slots.count > 1)
            part = (slot[joint->slots.slot[i]] - own[i] + SCOPE_PRIOR) /
                   (all - own[i] + SCOPE_PRIOR * (double)joint->slots.count);
        double unit = part * joint->rho[ticket->hour_class];
        change = fmax(change, fabs(unit - ticket->unit) / unit);
        ticket->pace =
            joint->rho[ticket->hour_class] *
            (joint->tide[ticket->knot] +
             (ticket->beyond > 0 ? (joint->tide[ticket->knot + 1] - joint->tide[ticket->knot]) * (double)ticket->beyond
                                 : 0));
        ticket->unit = unit;
    }
    free(own);
    free(slot);
    return change;
}

void toil_joint_update_totals(struct toil_joint *joint)
{
    const struct toil_link_clock *clock = joint->clock;
    size_t hats = joint->hats;
    double last = clock->cell_count > 1 ? (double)(clock->cell_count - 1) : 1;
    memset(joint->hat_week, 0, joint->weeks * hats * sizeof *joint->hat_week);
    for (size_t c = 0; c < clock->cell_count; c++) {
        joint->passed[c + 1] = joint->passed[c] + clock->hours[c] * toil_joint_pace_of(joint, c);
        size_t week = (size_t)((uint64_t)c * (uint64_t)clock->cell_us / (UINT64_C(168) * 3600000000));
        double position = (double)c / last * (double)(hats - 1),
               mass = clock->hours[c] * joint->rho[clock->class_of[c]];
        size_t knot = (size_t)position;
        if (hats > 1 && knot > hats - 2)
            knot = hats - 2;
        double beyond = hats > 1 ? position - (double)knot : 0;
        joint->hat_week[week * hats + knot] += mass * (1 - beyond);
        if (beyond > 0)
            joint->hat_week[week * hats + knot + 1] += mass * beyond;
    }
    for (size_t s = 0; s < joint->source_count; s++)
        toil_joint_expose(clock, joint->data, &joint->source[s], joint->passed, joint->source_week[s]);
    for (size_t p = 0; p < joint->params; p++) {
        joint->total[p] = 0;
        for (size_t w = 0; w < joint->weeks; w++)
            joint->total[p] += toil_joint_week_total(joint, p, w);
    }
}
