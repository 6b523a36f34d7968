/* A difference of mean ratings within weeks: what one group's customers say less what the rest says in the same weeks,
 * so that a bad month for everybody does not count against the group. Pure numerics.
 *
 * The unit is a vote: the mean of one customer's ratings in one week on one side, so that one who writes often does not
 * outweigh the rest. The difference is the least-squares coefficient of "on the group's side" with a level of its own
 * for every week (Frisch and Waugh 1933: the votes less their week's mean), so a week weighs n1 n0 / (n1 + n0). Its
 * variance is clustered by customer (Liang and Zeger 1986) with the factor G/(G-1) (N-1)/(N-K) for few clusters
 * (Cameron and Miller 2015, equation 11), the interval by Student's t with the smaller side's customers less one as
 * degrees of freedom: few customers on one side are what the variance is least sure of. */
#ifndef TOIL_STATS_MATCHED_H
#define TOIL_STATS_MATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All ratings of one customer in one week. */
struct toil_rating_cell {
    uint32_t customer, week; /* the caller's numbers; week below week_count */
    uint32_t count;          /* at least 1 */
    double sum;
};

/* Those of a cell that belong to the group. */
struct toil_rating_part {
    uint32_t cell;  /* index of the cell */
    uint32_t count; /* up to the cell's count */
    double sum;
    /* For toil_matched_effect: what part of these ratings is about the group's subject, and of the cell's other ones;
     * sums over ratings of numbers from 0 to 1. */
    double share, rest_share;
};

struct toil_matched {
    double difference; /* the group less the rest */
    double low, high;  /* its interval */
    double degrees_of_freedom;
    size_t customers, rest_customers; /* with a vote on the side, in weeks that have both sides */
    size_t weeks;                     /* that have both sides */
};

/* cell: sorted by customer; part: ascending by cell, each cell once. level: 0.95 for a 95% interval. False when no
 * difference can be told: no week has both sides, fewer than two customers on a side, or no vote differs from its
 * week's; the counts in *out are filled even then. O(cells + parts + weeks). */
bool toil_matched_difference(const struct toil_rating_cell *cell, size_t cell_count, size_t week_count,
                             const struct toil_rating_part *part, size_t part_count, double level,
                             struct toil_matched *out);

/* The same where it is known only with what probability a rating is about the subject, and the group are those where
 * that is likely: some of the group are about something else, some of the rest are not, and both make the difference
 * smaller than the effect. With probabilities that hold, the mean of a rating is that of the rest and effect times
 * probability, so the effect is the difference of ratings over the difference of probabilities, which is told by the
 * same votes and weights (Wald (1940), "The fitting of straight lines if both variables are subject to error", Ann.
 * Math. Statist. 11, 284-300, with the sides as his groups). Low and high are scaled with it: that the probabilities
 * are estimates themselves is not in them. Nothing is scaled where all of the group and none of the rest is about the
 * subject. False, too, when the probabilities differ by less than 0.1. */
bool toil_matched_effect(const struct toil_rating_cell *cell, size_t cell_count, size_t week_count,
                         const struct toil_rating_part *part, size_t part_count, double level,
                         struct toil_matched *out);

#endif
