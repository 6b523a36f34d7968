/* The joint fit: how many tickets of one topic each source causes when all are weighed at once. Pure.
 *
 *   lambda(t) = mu(t) + sum over sources c and bands k of alpha_ck x_ck(t),   alpha >= 0
 *
 * mu is the baseline: a slow level times the local time of the week times the scope's part. x_ck(t) counts the events
 * of c whose lag band k holds t, weighed by scope. Fitted by EM or faster, to the same optimum, deterministic. At the
 * optimum (asserted in tests) A_c = sum_k alpha_ck integral x_ck, and the integral of lambda is the number of tickets.
 */
#ifndef TOIL_STATS_JOINT_H
#define TOIL_STATS_JOINT_H

#include "link_data.h"

/* One source that takes part. Candidates that the caller's screen let pass; releases besides. */
struct toil_joint_source {
    uint32_t source;                /* index into data.source */
    bool band[TOIL_LINK_MAX_BANDS]; /* bands that may take blame */
};

struct toil_joint_estimate {
    double attributed;                      /* A_c: tickets, all its bands; as fitted, not yet set to 0 */
    double attributed_low, attributed_high; /* 95%; by V = I^-1 M I^-1 clustered by week, or by bootstrap near 0 */
    bool bootstrapped;
    double p;         /* robust (by week) score test of alpha_c = 0 with all others fitted; one-sided */
    bool significant; /* by the caller's rule once it is known; the fit sets it false */
    double alpha[TOIL_LINK_MAX_BANDS];           /* tickets per event and microsecond of the band */
    double band_attributed[TOIL_LINK_MAX_BANDS]; /* sums to attributed */
    uint32_t
        alike; /* the smallest index (into the caller's list) of those that the data can't tell from it, or its own */
};

struct toil_joint_goodness {
    double ks, p;      /* Kolmogorov-Smirnov of the rescaled times; p NAN with fewer than 8 tickets */
    double dispersion; /* of weekly counts against the fit */
    double log_likelihood, log_likelihood_without; /* with sources, baseline alone */
    unsigned iterations;
    bool converged;
    bool degenerate; /* no tickets, no window, ...: every estimate is 0 and says nothing */
    const char *why; /* static, of a degenerate or unconverged fit; else NULL */
};

/* What one source has of one ticket. */
struct toil_joint_share {
    uint32_t ticket;     /* index into the topic's tickets */
    uint32_t candidate;  /* index into the caller's list of sources */
    double share;        /* of a ticket all shares and the unexplained rest sum to one */
    int64_t event_at_us; /* of the source's event that weighs most */
};

struct toil_joint_fit; /* opaque; owns its memory */
/* Fits all candidates together. The same data, seed and candidates give the same numbers; order of candidates is the
 * caller's. */
struct toil_joint_fit *toil_joint_fit_new(const struct toil_link_data *data, uint32_t topic,
                                          const struct toil_joint_source *candidate, size_t count);
void toil_joint_fit_free(struct toil_joint_fit *fit);
const struct toil_joint_estimate *toil_joint_estimates(const struct toil_joint_fit *fit); /* [count], borrowed */
const struct toil_joint_goodness *toil_joint_goodness(const struct toil_joint_fit *fit);
/* Fits again with only the kept candidates, and gives the shares of every ticket (marks by tags included); candidates
 * not kept have none. *shares is owned by the caller (free), sorted by ticket, candidate. */
void toil_joint_shares(struct toil_joint_fit *fit, const bool *keep, struct toil_joint_share **shares, size_t *count);
/* Robust score test of a source that is not in the fit, one-sided p; NAN when nothing can be said. */
double toil_joint_score(const struct toil_joint_fit *fit, uint32_t source);
/* Expected tickets of the source by week of the window, and of the baseline: weeks of 7 days from data.from_us on. */
size_t toil_joint_week_count(const struct toil_joint_fit *fit);
void toil_joint_weeks(const struct toil_joint_fit *fit, uint32_t candidate, double *attributed);

#endif
