/* Score tests of many sources beside one baseline, the same as toil_joint_score_other's but quick: for searches that
 * try every source in every topic. Pure.
 *
 * A column is a sum over events, and so is its score: what an event adds are the tickets of its band, a difference of
 * prefix sums that are made once a topic. So a source costs as many steps as there are of events or of tickets in it,
 * whichever are fewer. Exposures of a source are where its bands begin and end on the clock: made once, they hold for
 * every topic's operational time. */
#ifndef TOIL_STATS_JOINT_SCORE_H
#define TOIL_STATS_JOINT_SCORE_H

#include "joint.h"

/* A topic's side of it; only read once it is made, so that threads can share it. */
struct toil_joint_scorer;
/* Borrows the joint, which is fitted with no source, until it is freed. */
struct toil_joint_scorer *toil_joint_scorer_new(const struct toil_joint *joint);
void toil_joint_scorer_free(struct toil_joint_scorer *scorer);

/* A source's side of it, for the bands that it has; only read once it is made. */
struct toil_joint_exposed;
/* Borrows the source's events until it is freed. */
struct toil_joint_exposed *toil_joint_exposed_new(const struct toil_link_clock *clock,
                                                  const struct toil_link_data *data,
                                                  const struct toil_joint_source *source);
void toil_joint_exposed_free(struct toil_joint_exposed *exposed);

/* As toil_joint_score_other, of the bands that are asked for; the source was made for these at least. */
double toil_joint_scorer_test(const struct toil_joint_scorer *scorer, const struct toil_joint_exposed *exposed,
                              const bool *band, double *p);

#endif
