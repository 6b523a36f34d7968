/* Calibration: how logged time compares to what the method infers for the same work. Pure.
 *
 * A unit is one person's work on one item on which that person both logged time and left points. The ratio is
 * sum(logged) / sum(inferred) over units; its interval comes from a bootstrap over people, since one person's habits
 * colour all of that person's units (over weeks it missed the truth in a real log). Where the item is not logged,
 * inferred hours are scaled by the ratio. */
#ifndef TOIL_CALIBRATE_H
#define TOIL_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct toil_calibration_unit {
    uint32_t person;
    double logged_hours, inferred_hours; /* both above zero, or the unit does not count */
};

#define TOIL_CALIBRATION_MIN_PEOPLE 5
#define TOIL_CALIBRATION_MIN_UNITS  30
#define TOIL_CALIBRATION_DRAWS      2000

struct toil_calibration {
    double logged_hours, inferred_hours; /* sums over the units that count */
    uint32_t people, units;
    bool enough;             /* at least so many people and units */
    double ratio, low, high; /* NAN when not enough; 95% percentile interval */
};

/* seed: of GSL's mt19937, its low 32 bits; the same seed and units (in any order) give the same interval anywhere.
 * draws: of the bootstrap, TOIL_CALIBRATION_DRAWS, or 0 where no interval is wanted (low and high are NAN then). */
struct toil_calibration toil_calibrate(const struct toil_calibration_unit *units, size_t count, uint64_t seed,
                                       unsigned draws);

/* By what to multiply a person's inferred hours of one local day: the ratio, or less where the day would be longer than
 * its wall clock. known_hours: declared and measured ones of that day. */
double toil_calibration_factor(double ratio, double inferred_hours, double known_hours, double day_hours);

#endif
