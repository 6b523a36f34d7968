/* The state of a joint fit, shared by the files that make it: joint.c (fit), joint_profile.c (rho, pi and tide),
 * joint_signs.c (free signs), joint_infer.c (intervals, score tests), joint_score.c (score tests of many sources),
 * joint_marks.c (shares), joint_tell.c (weeks, goodness). Internal to them. */
#ifndef TOIL_STATS_JOINT_FIT_H
#define TOIL_STATS_JOINT_FIT_H

#include "joint_columns.h"

#define TOIL_JOINT_NONE SIZE_MAX

/* What the baseline knows of a ticket. */
struct toil_joint_ticket {
    uint32_t week;
    uint16_t knot;      /* the level is theta[knot] (1 - beyond) + theta[knot + 1] beyond */
    uint8_t hour_class; /* local hour of the week */
    float beyond;
    double pace; /* rho times the level of before, relative to its mean: by what sources' columns are weighed */
    double unit; /* pi rho: the baseline's intensity where theta is 1 */
};

struct toil_joint {
    const struct toil_link_clock *clock; /* borrowed, as data and topic */
    const struct toil_link_data *data;
    const struct toil_link_topic *topic;
    const struct toil_joint_source *source; /* borrowed */
    size_t source_count, bands, n, weeks;
    struct toil_joint_slots slots;
    struct toil_joint_ticket *ticket; /* [n] */

    /* All sources' entries by ticket, source, band. */
    struct toil_joint_entry *entry;
    size_t *row; /* [n + 1] */
    /* Of these what is allowed, ready for the walks that a fit makes: parameter, and d lambda / d parameter. */
    struct toil_joint_live {
        uint32_t param;
        double slope;
    } * live;
    size_t *live_row, live_cap; /* [n + 1] */
    double **source_week;       /* [source_count] of [weeks][bands]: exposure in operational hours */

    /* Parameters: theta[0 .. hats), then alpha by source and band. */
    size_t hats, params;
    bool *allowed;    /* [params] */
    double *value;    /* [params] tickets an hour; per event and hour */
    double *total;    /* [params] exposure in operational hours */
    double *passed;   /* [cell_count + 1] operational hours up to each cell's begin */
    double *hat_week; /* [weeks][hats] integral of rho times the hat */
    double rho[TOIL_HOURS_PER_WEEK];
    double *tide;  /* [hats] the level of before relative to its mean, at each knot */
    double *pi;    /* [slots.count] */
    double *least; /* [params] what a value may not fall below: 0, or where signs are free, see toil_joint_free_signs */
    double *held;  /* [params] values before the signs were freed; NULL: they are not */
    double *lambda, *base; /* [n] */

    double log_likelihood;
    unsigned iterations;
    bool converged, degenerate;

    /* Of the last fit: what moves, and the Cholesky factor of its information (row-major, lower). */
    size_t *moving, moving_count;
    size_t *place; /* [params] index in moving, or TOIL_JOINT_NONE */
    double *factor;
    double *push; /* [weeks][moving_count] sums of slope / lambda over the week's tickets */
    bool factored;
};

static inline size_t toil_joint_param(const struct toil_joint *joint, size_t source, size_t band)
{
    return joint->hats + source * joint->bands + band;
}
static inline size_t toil_joint_entry_param(const struct toil_joint *joint, const struct toil_joint_entry *entry)
{
    return joint->hats + (size_t)entry->source * joint->bands + entry->band;
}

/* d lambda of ticket i / d alpha of entry e. */
static inline double toil_joint_entry_slope(const struct toil_joint *joint, size_t i, size_t e)
{
    return joint->ticket[i].pace * joint->entry[e].x;
}

/* Pace of a cell of the clock. */
double toil_joint_pace_of(const struct toil_joint *joint, size_t cell);

/* ---- joint.c ---- */
/* Makes `live` anew: after a change of what is allowed, or of the profile. */
void toil_joint_enliven(struct toil_joint *joint);
/* Newton's method to the maximum at the given rho and pi. */
void toil_joint_maximise(struct toil_joint *joint);
/* Calls back for every moving parameter that ticket i has a part in: parameter and d lambda_i / d parameter. Fills
 * param[] and slope[] (room for joint->moving_count at least), returns how many. */
size_t toil_joint_slopes(const struct toil_joint *joint, size_t ticket, size_t *param, double *slope);
/* Exposure of a parameter in a week. */
double toil_joint_week_total(const struct toil_joint *joint, size_t param, size_t week);
/* Information of the moving parameters at the fit, factored; false when it is singular. */
bool toil_joint_factor(struct toil_joint *joint);
/* Solves I x = b in place; [moving_count]. */
void toil_joint_solve(const struct toil_joint *joint, double *b);

/* ---- joint_tell.c ---- */
/* Pearson's statistic of the days' tickets against the fit, over its degrees of freedom; NAN with too few days. */
double toil_joint_dispersion(const struct toil_joint *joint);
/* Expected tickets from the window's begin to each cell's end: upto[cell_count + 1]. Of the baseline, or of all. */
void toil_joint_accumulate(const struct toil_joint *joint, bool with_sources, double *upto);
/* The same at a time within the window or at its end. */
double toil_joint_upto(const struct toil_joint *joint, const double *upto, int64_t time_us);

/* ---- joint_infer.c ---- */
bool toil_joint_can_score(const struct toil_joint *joint);
/* The tickets' push of the moving parameters by week, less the exposure: [weeks][moving_count]; the caller frees it. */
double *toil_joint_excess(const struct toil_joint *joint);
/* week[weeks]: what the tickets of a column push in each. Of tickets in few weeks nothing is said: false, and *p. */
bool toil_joint_meets_enough(const struct toil_joint *joint, const double *week, double *p);
/* p of a column that is not in the fit. h[moving_count]: sum over its tickets of its slope times each parameter's over
 * lambda squared; week_total[weeks]: its exposure. h and week are spent. */
double toil_joint_score_weeks(const struct toil_joint *joint, const double *excess, double *h, const double *week_total,
                              double *week);
/* The least of p, times the number of those that are not NAN; NAN when all are. */
double toil_joint_least_p(const double *p, size_t count);

/* ---- joint_profile.c ---- */
/* rho, pi and the tide from the baseline's parts of the tickets at the present fit. Returns the greatest relative
 * change of a ticket's unit intensity. */
double toil_joint_update_profile(struct toil_joint *joint);
/* Operational time from rho, and all exposures in it. */
void toil_joint_update_totals(struct toil_joint *joint);

#endif
