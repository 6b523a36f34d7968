/* What a statistical function answers besides its numbers. Pure.
 *
 * Data that nothing can be told from are no error of the program: they get a code, and numbers that say nothing are NAN
 * or 0 as the function's header tells. No function returns TOIL_STATS_OK with a number that isn't finite, unless its
 * header names that number. */
#ifndef TOIL_STATS_RESULT_H
#define TOIL_STATS_RESULT_H

enum toil_stats_result {
    TOIL_STATS_OK = 0,
    TOIL_STATS_NO_DATA,       /* no observations, or no more than there are parameters */
    TOIL_STATS_BAD_INPUT,     /* a value that isn't finite, a negative count, a level outside of 0..1 */
    TOIL_STATS_ALL_ZERO,      /* every count is 0: there is no rate to compare */
    TOIL_STATS_CONSTANT,      /* every value is the same: there is nothing to explain */
    TOIL_STATS_SINGULAR,      /* some columns of the design follow from the others */
    TOIL_STATS_SEPARATED,     /* an estimate runs off to infinity: counts are all 0 where it would be measured */
    TOIL_STATS_NOT_CONVERGED, /* the iteration's limit was reached */
    TOIL_STATS_TOO_LARGE,     /* more values than the function takes */
};

#define TOIL_STATS_MUST_CHECK __attribute__((warn_unused_result))

#endif
