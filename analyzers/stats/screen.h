/* The screen: do tickets of a topic follow the events of one source more often than chance lets them? Pure.
 *
 * A time-stratified case-crossover with exact times: tickets in the lag windows after events (observed) against tickets
 * in the same windows one to four local weeks before and after (expected), in pairs; a pair that meets another exposure
 * or an end of the data is dropped whole. Overlapping windows of one source are merged first. A ticket with a scope
 * meets only events of its scope or of none, a ticket without one meets all. Episodes less than a day apart are one
 * cluster, over all scopes, and move by the same weeks; p is by permutation over clusters (permutation.h), the interval
 * by a bootstrap over them. Which windows are compared with which weeks is told in screen_plan.h, and decided by the
 * events alone. See docs/method-links.md.
 *
 * Scopes in which the topic has no ticket are not looked at. */
#ifndef TOIL_STATS_SCREEN_H
#define TOIL_STATS_SCREEN_H

#include "link_data.h"

struct toil_screen_band {
    double observed; /* tickets in the windows that have a pair; 0 when the screen abstains, as is expected */
    double expected; /* of these, by their referents */
    double excess, excess_low, excess_high; /* observed - expected, 95% interval; NAN when the screen abstains */
    double ratio, ratio_low, ratio_high; /* observed / expected; NAN too where expected is 0, and an end that would be
                                          * infinite: INFINITY is never given */
    double p;                            /* one-sided, excess above 0; above 0 itself; NAN when the screen abstains */
    double observed_all; /* tickets in all windows, whether they have a pair or not; also when the screen abstains */
    uint32_t windows;    /* after merging */
    uint32_t clusters;   /* all */
    uint32_t paired;     /* clusters with a pair of referents: one that is clean for at least half of the time */
    uint32_t carrying;   /* fewest clusters that carry half of the excess; 0 without excess */
    bool abstains; /* fewer than half of the clusters have a pair, or fewer than two have one; or there is no ticket */
};

/* The mirror, as the lead band, leaves out what lies behind an event, in windows and referents: what one event of a
 * burst causes comes before the next, and a true link would fail its own placebo. "Behind" is lag 0 to the end of the
 * last band or, where that leaves less than half of the time or too few clusters, of the last band that leaves as much;
 * for the mirror the tested band's end at least, for the lead band the first band's. */
enum toil_placebo {
    TOIL_PLACEBO_MIRROR, /* the band mirrored before the event, beyond the lead band */
    TOIL_PLACEBO_SHIFT,  /* each cluster moved by whole weeks, one to four, both ways in turn, off the real windows */
    TOIL_N_PLACEBOS,
};

/* One source and one topic. */
struct toil_screen_result {
    struct toil_screen_band band[TOIL_LINK_MAX_BANDS];
    struct toil_screen_band lead;
};

/* Tickets, made ready once for many sources. Opaque; owns its memory. NULL never: memory runs out loudly (see
 * toilmeter/buf.h). */
struct toil_screen_topic;
struct toil_screen_topic *toil_screen_topic_new(const struct toil_link_data *data, uint32_t topic);
/* Of all topics together, for toil_screen alone: much quicker than one topic after the other. */
struct toil_screen_topic *toil_screen_topics_new(const struct toil_link_data *data);
void toil_screen_topic_free(struct toil_screen_topic *topic);

/* The windows of one source in all bands and before the event, with the weeks that they may be compared with, made
 * ready once for many topics; read only, so that threads may share it. Opaque; owns its memory, borrows *data. */
struct toil_screen_source;
struct toil_screen_source *toil_screen_source_new(const struct toil_link_data *data, uint32_t source);
void toil_screen_source_free(struct toil_screen_source *source);

/* Screens a source against a topic, or against all (out[data->topic_count] then), in all bands and the lead band; the
 * numbers of a topic are the same either way. The interval is bootstrapped where p < 0.01; elsewhere
 * it is the skewed normal one that the bootstrap tends to (screen_interval.h). The functions below always bootstrap. */
void toil_screen(const struct toil_link_data *data, const struct toil_screen_topic *topic,
                 const struct toil_screen_source *source, struct toil_screen_result *out);
/* The same for one band with the source's events as given (placebos, held-out weeks): events[count] ascending, with
 * scopes as in the source; only tickets and windows within [from_us, to_us) count. stream tells random uses apart. */
struct toil_screen_events {
    const int64_t *at_us;
    const uint32_t *scope; /* or NULL */
    size_t count;
};
void toil_screen_band(const struct toil_link_data *data, const struct toil_screen_topic *topic,
                      const struct toil_screen_events *events, const struct toil_lag_band *band, uint64_t stream,
                      struct toil_screen_band *out);
/* A placebo of one band: of a true link its excess is about 0. */
void toil_screen_placebo(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                         const struct toil_lag_band *band, enum toil_placebo placebo, struct toil_screen_band *out);
/* The band in each half of the window by itself (odd and even weeks would share bursts): is the link confirmed on weeks
 * that did not choose it? out[0] of the first, out[1] of the second half. */
void toil_screen_halves(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                        const struct toil_lag_band *band, struct toil_screen_band out[2]);
/* Observed and expected by lag: bins of step_us from from_us on, out_observed[count] and out_expected[count]; each bin
 * is screened as a band. Where that abstains, observed has all tickets in the bin's windows, expected is NAN. */
void toil_screen_curve(const struct toil_link_data *data, const struct toil_screen_topic *topic, uint32_t source,
                       int64_t from_us, int64_t step_us, size_t count, double *out_observed, double *out_expected);

#endif
