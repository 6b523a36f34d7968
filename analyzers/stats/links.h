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

struct toil_link_placebo_result {
    double excess, excess_low, excess_high, p;
    bool tested, passed; /* not tested: no window left, or the screen abstains */
};

/* One tested pair. */
struct toil_link {
    uint32_t source, topic;
    enum toil_link_verdict verdict;
    enum toil_grade grade; /* of its number; B at most here when hours come into it is the caller's rule */
    char why[160];         /* why not established; what to know of an established one; never empty */
    struct toil_screen_result screen;
    double q[TOIL_LINK_MAX_BANDS]; /* Benjamini-Hochberg over the whole family; NAN where abstained */
    double joint_p, joint_q;       /* robust score test, where the screen abstains part of the same family */
    bool abstained;                /* the screen, in every band */
    uint32_t strongest;            /* band of the greatest attributed or, without, the greatest excess over its error */
    struct toil_link_placebo_result placebo[TOIL_N_PLACEBOS];
    bool heldout_tested, confirmed;
    bool common_cause;                /* the lead band holds an excess as large as behind the event */
    struct toil_joint_estimate joint; /* attributed is 0 exactly unless established */
    uint32_t group; /* links of a topic with one group number can't be told apart; UINT32_MAX: alone */
};

struct toil_link_ticket_share {
    uint32_t topic, ticket, source;
    double share, low, high; /* low and high: with the ends of the source's interval */
    int64_t event_at_us;
};

struct toil_link_fit {
    struct toil_joint_goodness goodness;
    double baseline;   /* tickets that nothing explains, by the fit */
    size_t candidates; /* sources that took part */
};

struct toil_links {
    struct toil_link *link; /* by topic, source */
    size_t link_count;
    size_t tests;                         /* members of the Benjamini-Hochberg family */
    struct toil_link_fit *fit;            /* [topic_count] */
    struct toil_link_ticket_share *share; /* by topic, ticket, source; the rest of each ticket is unexplained */
    size_t share_count;
    bool suspect;                         /* every band of many sources passes alike: the baseline is suspect */
    double seconds_screen, seconds_joint; /* not of the result: never written */
};

/* Owned by the caller: toil_links_release. */
void toil_links_find(const struct toil_link_data *data, const struct toil_link_options *options,
                     struct toil_links *out);
void toil_links_release(struct toil_links *links);

#endif
