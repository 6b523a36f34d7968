/* The joint fit: how many tickets of one topic each source causes when all are weighed at once. Pure.
 *
 *   lambda(t, s) = rho(h(t)) (pi_s theta(t) + tide(t) sum over sources c and bands k of alpha_ck x_ck(t, s))
 *
 * with alpha, theta >= 0.
 *
 * rho is the profile of the local hours of the week (drawn to the product of the day's and its kind's hours, and these
 * to the profile of all topics, where tickets are few), theta a slow level (linear between knots four weeks apart), pi
 * the part of scope s. x_ck(t, s) counts the events of c whose lag band k holds t; an event of scope s counts in s
 * alone, one of none counts in every scope by that scope's part. Times are exact: nothing is binned but rho (hours).
 *
 * rho stands before the sources, too: a failure brings tickets in proportion to what people do at the hour. So rho
 * drops out of every ratio, and all hours weigh alike: where an effect does not follow the hours, its total is right
 * all the same. If rho stood before the baseline alone, quiet nights, 1/lambda, would weigh most: an effect that
 * follows the hours would be drawn down, and the error of a small rho would look like one. The same goes for the level:
 * tide is theta of the turn before over its mean, so that effects follow how many customers there are. Exposures are in
 * operational hours, d tau = rho tide dt.
 *
 * With rho, pi and tide given, the log-likelihood sum log lambda(t_i) - integral lambda is concave in theta and alpha:
 * a projected Newton method finds its one maximum, where (both asserted in tests) A_c = sum_k alpha_ck integral rho
 * tide x_ck = sum_i of c's part in lambda(t_i)   and   integral lambda = tickets. rho and pi come from the tickets'
 * baseline parts, in turn with it. A ticket does not serve to tell its own pi (leave one out): by Mecke's formula the
 * others tell it without bias, while its own presence would hide effects in small scopes.
 *
 * Deterministic. Columns are sparse: memory follows tickets and events, not their product. */
#ifndef TOIL_STATS_JOINT_H
#define TOIL_STATS_JOINT_H

#include "link_clock.h"

/* One source that may take part. All borrowed. */
struct toil_joint_source {
    const int64_t *at_us;  /* ascending */
    const uint32_t *scope; /* or NULL */
    size_t count;
    bool band[TOIL_LINK_MAX_BANDS]; /* bands that may take blame */
    bool has_tail; /* the last of them is there for a tail of the effect, if there is one: it takes part in the fit and
                    * in the errors, and counts where it shows tickets by itself (one standard error) */
};

struct toil_joint; /* opaque; owns its memory */
/* Makes the columns of all sources for the tickets of one topic; none takes part until it is allowed. Borrows clock,
 * data and the sources' events until it is freed. */
struct toil_joint *toil_joint_new(const struct toil_link_clock *clock, const struct toil_link_data *data,
                                  uint32_t topic, const struct toil_joint_source *source, size_t count);
void toil_joint_free(struct toil_joint *joint);
/* Lets a source take part with the bands that it may, or none. */
void toil_joint_allow(struct toil_joint *joint, size_t source, bool allow);
void toil_joint_allow_band(struct toil_joint *joint, size_t source, size_t band, bool allow);
/* Fits all that is allowed. */
void toil_joint_fit(struct toil_joint *joint);

/* A band that brings nothing shows a bit more or a bit less than nothing; at alpha >= 0 only the more counts, and the
 * sum over a source's bands is too great. Free signs let the sources' values fall as low as would undo all that the
 * baseline expects in their bands: sums are unbiased then, and theirs are the intervals. rho and pi stay. Held
 * signs are the fit of before: its parts of tickets can't be negative. */
void toil_joint_free_signs(struct toil_joint *joint);
void toil_joint_hold_signs(struct toil_joint *joint);

struct toil_joint_goodness {
    double ks, p;      /* Kolmogorov-Smirnov of the rescaled times; NAN with fewer than 8 tickets */
    double dispersion; /* of daily counts against the fit; NAN with fewer days than parameters */
    double log_likelihood;
    unsigned iterations;
    bool converged;
    bool degenerate; /* no tickets, no window, ...: every estimate is 0 and says nothing */
    const char *why; /* static, of a degenerate or unconverged fit; else NULL */
};
/* Of the last fit. */
struct toil_joint_goodness toil_joint_goodness(const struct toil_joint *joint);
double toil_joint_log_likelihood(const struct toil_joint *joint);
double toil_joint_baseline(const struct toil_joint *joint);
double toil_joint_attributed(const struct toil_joint *joint, size_t source);
double toil_joint_band_attributed(const struct toil_joint *joint, size_t source, size_t band);
/* Standard error of a source's attributed tickets, of one band or (TOIL_ALL_BANDS) of all that it has blame in, as an
 * estimate of its effect (not of the tickets in hand): the sandwich V = I^-1 M I^-1, M by week. NAN: it has none. */
#define TOIL_ALL_BANDS SIZE_MAX
double toil_joint_error(const struct toil_joint *joint, size_t source, size_t band);

/* Standard error of a source's attributed tickets as the number that it really caused, see toil_joint_interval. */
double toil_joint_doubt(const struct toil_joint *joint, size_t source);

/* The interval of the tickets that a source really caused in the window: not of a rate for the future. The estimate is
 * A = sum_i r_i, r_i the source's part of ticket i. Its error as a count of tickets is sum_i (a_i - c_i), c_i 1 where
 * the source caused ticket i, with the influence a_i = X' I^-1 x_i / lambda_i, I = sum x x' / lambda^2 over all that is
 * fitted. Of its variance sum_i (a_i - r_i), less its compensator, makes one part, by weeks, W / (W - parameters) for
 * what the fit took out of them; whose tickets they are makes the other, sum r_i (1 - r_i), times the dispersion of
 * days where it is above 1, since tickets come in bursts. Student's t, the weeks in which the source may have brought
 * tickets less one as freedom. Where A is below three errors a bootstrap over weeks tells the ends: of the very errors
 * by week (a score bootstrap, Kline and Santos 2012, J. Econometric Methods 1, 23-41). 95%. To be called with free
 * signs. */
struct toil_joint_interval {
    double value, low, high;
    bool bootstrapped;
    double low_with_tail; /* low, were a tail counted that has fewer tickets than expected: what is above 0 by leaving
                           * out is not above it */
    double band[TOIL_LINK_MAX_BANDS];       /* sums to value */
    double band_error[TOIL_LINK_MAX_BANDS]; /* standard errors; NAN where a band has none */
};
struct toil_joint_interval toil_joint_interval(const struct toil_joint *joint, size_t source, uint64_t seed);

/* Robust score test that a source's effect is 0, with all that is allowed fitted (the source itself is not): each
 * band's score, less what the fitted parameters explain of it, as a one-sample t-test over weeks, one-sided.
 * p[band_count] gets each band's, NAN where it may take no blame, or its tickets lie in fewer than five weeks, or
 * nothing can be said. Returns the least, times the number tried (Bonferroni), at most 1; NAN when none. */
double toil_joint_score(const struct toil_joint *joint, size_t source, double *p);
/* The same for a source that toil_joint_new was not told of. */
double toil_joint_score_other(const struct toil_joint *joint, const struct toil_joint_source *source, double *p);

/* The parts of sources in tickets: calls back by ticket, source; source parts and the unexplained sum to one. total
 * [source_count], or NULL for those of the fit: what each source's parts sum to, as near as parts of at most one can.
 * Tags are marks: a part is multiplied by P(tags | source) / P(tags | baseline), so that they move blame between
 * tickets, and add none. Chances are told by the other tickets' parts, drawn to all tickets' by a prior worth 20. */
struct toil_joint_share {
    size_t ticket, source;
    double share;
    size_t band;         /* of the greatest effect, of those that hold the ticket */
    int64_t event_at_us; /* the latest event in it */
};
typedef void (*toil_joint_share_fn)(void *context, const struct toil_joint_share *share);
void toil_joint_shares(const struct toil_joint *joint, const double *total, toil_joint_share_fn share, void *context);
/* Expected tickets of the source by week of the window: attributed[clock.week_count]. */
void toil_joint_weeks(const struct toil_joint *joint, size_t source, double *attributed);

#endif
