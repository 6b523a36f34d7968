/* Hidden links: the whole method, from events and tickets to verdicts, numbers and shares. Pure.
 *
 * For every source and topic: the screen over all bands; Benjamini-Hochberg over all pairs and bands; an effect floor;
 * placebos; negative controls; confirmation on weeks that did not choose; then one joint fit a topic, which alone may
 * attribute. See docs/method-links.md, which tells each rule with its reason. */
#ifndef TOIL_STATS_LINKS_H
#define TOIL_STATS_LINKS_H

#include "joint.h"
#include "screen.h"

enum toil_link_verdict { TOIL_LINK_NOT_ESTABLISHED, TOIL_LINK_ESTABLISHED };
enum toil_grade { TOIL_GRADE_A, TOIL_GRADE_B, TOIL_GRADE_C, TOIL_GRADE_NONE };
extern const char *const toil_grade_names[]; /* "A", "B", "C", "none" */

struct toil_link_options {
    double level;                   /* of Benjamini-Hochberg; 0.05 */
    double floor_share;             /* effect floor: the smaller of this part of the topic's tickets ... */
    double floor_tickets;           /* ... and so many; 0.05 and 5 */
    size_t min_events, min_tickets; /* fewer are not tested; 3 and 5 */
    unsigned threads;               /* 0: one a core, at most 8; the numbers do not depend on it */
    void (*progress)(void *context, size_t done, size_t total); /* may be NULL; called by one thread at a time */
    void *progress_context;
};
struct toil_link_options toil_link_options_default(void);

/* A stretch of the output arrays below. */
struct toil_link_range {
    size_t begin, count;
};

/* One lag band of one link. */
struct toil_link_band {
    struct toil_lag_band lag;
    bool lead; /* the band before the event */
    struct toil_screen_band screen;
    double q; /* Benjamini-Hochberg over the whole family; NAN where the screen abstains, and of the lead band */
    double attributed; /* tickets by the joint fit; 0 unless established */
};

struct toil_link_curve_point {
    int64_t from_us, to_us; /* lag behind the event; negative before it */
    double observed, expected;
};

struct toil_link_week {
    uint32_t week;   /* 7 days each, from data.from_us on */
    uint32_t events; /* of the source in that week */
    double attributed;
};

struct toil_link_placebo_result {
    double excess, excess_low, excess_high, p;
    bool tested, passed; /* not tested: no window left, or the screen abstains */
};

/* One tested pair. */
struct toil_link {
    uint32_t source, topic;
    enum toil_link_verdict verdict;
    enum toil_grade grade; /* of its number; what hours make of it is the caller's rule */
    char why[200];         /* why not established; what to know of an established one; never empty; no names in it */
    /* The strongest band: of the greatest attributed or, without, of the least p. NAN where the screen abstained. */
    struct toil_lag_band lag;
    struct toil_screen_band strongest;
    double q;       /* the least over its bands; joint_q where the screen abstained in all */
    double joint_p; /* robust score test with all other links fitted; NAN where not tried */
    bool abstained; /* the screen, in every band */
    bool heldout_tested, confirmed;
    bool common_cause;                  /* the lead band holds an excess as large as behind the event */
    uint32_t controls, controls_raised; /* other topics tested, and those in which the source passes, too */
    struct toil_link_placebo_result placebo[TOIL_N_PLACEBOS];
    double attributed, attributed_low, attributed_high; /* tickets, 95%; 0, NAN, NAN unless established; of a group's
                                                         * members each tells the whole group's */
    bool bootstrapped;
    uint32_t group; /* number, below link group_count, shared by links of one topic that can't be told apart;
                     * UINT32_MAX: alone */
    /* Evidence in the arrays of toil_links. Kept for established links and, of the rest, for the nearest (all, where
     * there are few); else count 0. */
    struct toil_link_range bands, curve, weeks; /* bands: in the order of data.band, then the lead band */
};

/* The part of a source, or of a group, in one ticket. */
struct toil_link_ticket_share {
    uint32_t topic, ticket;  /* ticket: index into the topic's */
    uint32_t link;           /* index into links; of a group its first link */
    double share, low, high; /* low and high: as far off as the source's total, or as the effect of the band that weighs
                              * most, whichever is less sure; of all links of a ticket and the
                              * unexplained rest the shares sum to one */
    int64_t event_at_us;     /* the event that weighs most; of the link's source or, in a group, of any member */
};

struct toil_link_fit {
    struct toil_joint_goodness goodness;
    double baseline;   /* tickets that nothing explains, by the fit; with the attributed ones: all tickets */
    size_t candidates; /* sources that took part */
};

struct toil_links {
    struct toil_link *link; /* by topic, source */
    size_t link_count;
    size_t group_count;
    size_t tests;    /* members of the Benjamini-Hochberg family */
    size_t unlisted; /* pairs tested, too, but not in link: never as many tickets in a window as the floor asks for.
                      * 0 unless there are very many pairs */
    struct toil_link_fit *fit;            /* [topic_count] */
    struct toil_link_ticket_share *share; /* by topic, ticket, link */
    size_t share_count;
    struct toil_link_band *band;
    size_t band_count;
    struct toil_link_curve_point *curve;
    size_t curve_count;
    struct toil_link_week *week;
    size_t week_count;
    bool suspect; /* every band of many sources passes alike: the baseline is suspect */
};

/* Finds links. Owned by the caller: toil_links_release. Data of any size, also empty, gives an answer: every number is
 * finite or, where it says so, NAN for "not known". */
void toil_links_find(const struct toil_link_data *data, const struct toil_link_options *options,
                     struct toil_links *out);
void toil_links_release(struct toil_links *links);

#endif
