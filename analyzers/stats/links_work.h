/* What the files that find links share: links.c (screens all pairs, tests them as one family, puts the answer
 * together), links_score.c (tests where the screen abstains), links_topic.c (one topic's candidates weighed against
 * each other), links_judge.c (placebos, held-out weeks, verdicts and their words), links_evidence.c (bands, curves and
 * weeks), links_alike.c (sources that always fail together), links_threads.c. Internal to them. */
#ifndef TOIL_STATS_LINKS_WORK_H
#define TOIL_STATS_LINKS_WORK_H

#include <pthread.h>

#include "links.h"
#include "run_all.h"

/* A source that takes part in the joint fit of a topic; or several that can't be told apart. */
struct toil_unit {
    uint32_t *member; /* sources, ascending; owned */
    size_t member_count;
    struct toil_joint_source joint; /* events of all members, coinciding ones once; bands that may take blame */
    int64_t *own_at_us;             /* behind joint where there are several members; owned */
    uint32_t *own_scope;
    bool claim;      /* passed all but the joint fit: may become a link; else it only takes its own blame */
    bool unscreened; /* the screen abstained from every member */
    bool kept;       /* in the fit */
    bool accepted;   /* a link */
    double joint_p;  /* of the score test with all others fitted; NAN: not tried, it explains nothing beside them */
    struct toil_joint_interval attributed; /* of accepted ones */
};

/* One pair that may matter: all of it that is not kept for every pair. */
struct toil_suspect {
    uint32_t source;
    bool near;             /* takes part in the joint fit */
    bool claim;            /* by Benjamini-Hochberg and the effect floor */
    bool tried;            /* placebos, held-out weeks and what comes before */
    bool follows;          /* its events follow the tickets, or share their cause */
    double before, behind; /* tickets more than expected around the beginnings of its episodes */
    size_t unit;           /* of those near; else SIZE_MAX */
    struct toil_screen_result screen;
    struct toil_link link;
    bool drawn;                          /* its curve is wanted */
    struct toil_link_curve_point *curve; /* owned */
    size_t curve_count;
};

struct toil_links_topic {
    struct toil_suspect *suspect; /* by source; owned */
    size_t suspect_count;
    struct toil_unit *unit; /* owned */
    size_t unit_count;
    struct toil_link_fit fit;
    struct toil_link_ticket_share *share; /* link is the suspect's index; owned */
    size_t share_count, share_cap;
    double *week;                     /* [unit_count][week_count] attributed; NULL without links; owned */
    struct toil_screen_topic *screen; /* owned */
    double floor;                     /* tickets */
    size_t steps_done;                /* of its fit's work */
};

struct toil_links_work {
    const struct toil_link_data *data;
    struct toil_link_options options;
    struct toil_link_clock clock;
    size_t bands;
    struct toil_links_topic *topic;   /* [topic_count] */
    struct toil_screen_topic *topics; /* all together, while all pairs are screened; owned */
    size_t tests;
    /* Every pair: [topic_count][source_count]. */
    double *p, *q; /* [..][bands] NAN: no member of the family */
    bool *tested;
    bool *abstained;    /* the screen, in all bands */
    bool *steady;       /* [source_count][bands] exposures that nothing can tell from the baseline */
    double *joint_p;    /* least of the score tests where the screen abstained; NAN: none */
    float *most_excess; /* of bands that the screen judged; -1: none */
    struct toil_screen_band
        *screen;          /* [..][bands + 1] the last is the lead band; NULL where there are too many pairs */
    pthread_mutex_t lock; /* of what follows */
    size_t done, total;   /* of the work, see links_threads.c */
};

static inline size_t toil_pair(const struct toil_links_work *work, size_t topic, size_t source)
{
    return topic * work->data->source_count + source;
}

/* ---- links_threads.c ---- */
/* How much work a source's screen, its score tests in the first `topics` topics, and a topic's fit are, in steps that
 * take about as long. */
size_t toil_links_screen_work(const struct toil_links_work *work, size_t source);
size_t toil_links_score_work(const struct toil_links_work *work, size_t source, size_t topics);
size_t toil_links_fit_work(const struct toil_links_work *work, size_t topic);
/* So many steps more are done. */
void toil_links_done(struct toil_links_work *work, size_t steps);
/* This part of a topic's fit is done; less than was told before adds nothing. */
void toil_links_fit_done(struct toil_links_work *work, size_t topic, double part);

/* ---- links_alike.c ---- */
/* The part of a's events that have one of b's within tolerance_us, in the same scope or none. */
double toil_coincidence(const struct toil_link_source *a, const struct toil_link_source *b, int64_t tolerance_us);
/* Units of the suspects: one each, but those whose events coincide nearly always together. */
void toil_units_make(const struct toil_links_work *work, struct toil_links_topic *topic);
void toil_unit_release(struct toil_unit *unit);

/* ---- links_steady.c ---- */
/* Which bands of a source have a steady exposure: steady[bands]. */
void toil_links_find_steady(const struct toil_links_work *work, uint32_t source, bool *steady);

/* ---- links_score.c ---- */
/* Tests the bands from which the screen abstained, but steady ones, each beside the baseline alone. */
void toil_links_score(struct toil_links_work *work, unsigned threads);

/* ---- links_topic.c ---- */
/* The joint fit of one topic: which claims stand beside each other, what they explain. */
void toil_links_weigh(struct toil_links_work *work, uint32_t topic);

/* ---- links_judge.c ---- */
/* Placebos, held-out weeks and what comes before the events of a claim. */
void toil_links_try(const struct toil_links_work *work, uint32_t topic, struct toil_suspect *suspect);
/* May the claim stand, by everything but the joint fit? */
bool toil_links_stands(const struct toil_suspect *suspect);
/* The band that speaks loudest: of the least p. bands when there is none. */
size_t toil_links_strongest(const struct toil_links_work *work, size_t topic, size_t source);
/* Verdict, grade and words of every suspect of the topic. */
void toil_links_word(const struct toil_links_work *work, uint32_t topic);
/* Of a pair that is no suspect. */
void toil_links_word_quiet(const struct toil_links_work *work, uint32_t topic, uint32_t source, struct toil_link *out);

/* ---- links_evidence.c ---- */
/* Draws the curves that are wanted of a topic, where the screen does not abstain from one of their bins. */
void toil_links_draw(const struct toil_links_work *work, uint32_t topic);
/* Adds bands, curve and weeks of a suspect to the output and names them in link. */
void toil_links_keep_evidence(const struct toil_links_work *work, const struct toil_links_topic *topic, size_t suspect,
                              struct toil_link *link, struct toil_links *out);

#endif
