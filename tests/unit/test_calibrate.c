/* Calibration: the ratio, its guards, its interval, and the wall clock of a day. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "analyzers/stats/calibrate.h"

#define N_PEOPLE   8
#define PER_PERSON 6
#define N_UNITS    (N_PEOPLE * PER_PERSON)

/* Everybody infers 2 hours a unit; person p logs 1 + p/10 hours. */
static void make_units(struct toil_calibration_unit *units)
{
    for (uint32_t i = 0; i < N_UNITS; i++)
        units[i] = (struct toil_calibration_unit){i / PER_PERSON, 1 + (i / PER_PERSON) / 10.0, 2};
}

Test(calibrate, the_ratio_is_of_sums)
{
    struct toil_calibration_unit units[N_UNITS];
    make_units(units);
    struct toil_calibration got = toil_calibrate(units, N_UNITS, 1, TOIL_CALIBRATION_DRAWS);
    cr_assert(got.enough);
    cr_assert_eq(got.people, N_PEOPLE);
    cr_assert_eq(got.units, N_UNITS);
    cr_assert_float_eq(got.logged_hours, 64.8, 1e-9);
    cr_assert_float_eq(got.inferred_hours, 96, 1e-9);
    cr_assert_float_eq(got.ratio, 0.675, 1e-12);
}

Test(calibrate, the_interval_covers_the_spread_of_people)
{
    struct toil_calibration_unit units[N_UNITS];
    make_units(units);
    struct toil_calibration got = toil_calibrate(units, N_UNITS, 1, TOIL_CALIBRATION_DRAWS);
    /* The mean of eight people's ratios, whose sd is 0.1146: 0.675 -+ 1.96 * 0.1146 / sqrt(8) = 0.596 to 0.754. */
    cr_assert_float_eq(got.low, 0.596, 0.01);
    cr_assert_float_eq(got.high, 0.754, 0.01);
}

Test(calibrate, units_of_one_person_do_not_count_as_independent)
{
    /* Ten times the units of the same people: the interval stays as wide. */
    struct toil_calibration_unit units[N_UNITS], many[10 * N_UNITS];
    make_units(units);
    for (size_t i = 0; i < 10 * N_UNITS; i++)
        many[i] = units[i % N_UNITS];
    struct toil_calibration one = toil_calibrate(units, N_UNITS, 1, TOIL_CALIBRATION_DRAWS),
                            ten = toil_calibrate(many, 10 * N_UNITS, 1, TOIL_CALIBRATION_DRAWS);
    cr_assert_float_eq(one.high - one.low, ten.high - ten.low, 1e-9);
}

Test(calibrate, the_same_seed_gives_the_same_interval_in_any_order)
{
    struct toil_calibration_unit units[N_UNITS], turned[N_UNITS];
    make_units(units);
    for (size_t i = 0; i < N_UNITS; i++)
        turned[i] = units[N_UNITS - 1 - i];
    struct toil_calibration one = toil_calibrate(units, N_UNITS, 42, TOIL_CALIBRATION_DRAWS),
                            two = toil_calibrate(turned, N_UNITS, 42, TOIL_CALIBRATION_DRAWS);
    cr_assert_float_eq(one.low, two.low, 0);
    cr_assert_float_eq(one.high, two.high, 0);
    struct toil_calibration other = toil_calibrate(units, N_UNITS, 43, TOIL_CALIBRATION_DRAWS);
    cr_assert(one.low < other.low || one.low > other.low || one.high < other.high || one.high > other.high);
}

Test(calibrate, too_few_people_or_units_give_none)
{
    struct toil_calibration_unit units[N_UNITS];
    make_units(units);
    struct toil_calibration four = toil_calibrate(units, 4 * PER_PERSON, 1, TOIL_CALIBRATION_DRAWS);
    cr_assert(!four.enough && isnan(four.ratio) && isnan(four.low) && isnan(four.high));
    cr_assert_eq(four.people, 4);
    struct toil_calibration few = toil_calibrate(units, 29, 1, TOIL_CALIBRATION_DRAWS);
    cr_assert(!few.enough);
    cr_assert_eq(few.people, 5);
    cr_assert(toil_calibrate(units, 30, 1, TOIL_CALIBRATION_DRAWS).enough);
    cr_assert(!toil_calibrate(NULL, 0, 1, TOIL_CALIBRATION_DRAWS).enough);
}

Test(calibrate, without_draws_there_is_a_ratio_and_no_interval)
{
    struct toil_calibration_unit units[N_UNITS];
    make_units(units);
    struct toil_calibration got = toil_calibrate(units, N_UNITS, 1, 0);
    cr_assert_float_eq(got.ratio, 0.675, 1e-12);
    cr_assert(isnan(got.low) && isnan(got.high));
}

Test(calibrate, units_without_both_sides_do_not_count)
{
    struct toil_calibration_unit units[N_UNITS + 2];
    make_units(units);
    units[N_UNITS] = (struct toil_calibration_unit){0, 100, 0};
    units[N_UNITS + 1] = (struct toil_calibration_unit){90, 0, 100};
    struct toil_calibration got = toil_calibrate(units, N_UNITS + 2, 1, TOIL_CALIBRATION_DRAWS);
    cr_assert_eq(got.units, N_UNITS);
    cr_assert_eq(got.people, N_PEOPLE);
    cr_assert_float_eq(got.ratio, 0.675, 1e-12);
}

Test(calibrate, scaled_hours_stay_within_the_wall_clock)
{
    cr_assert_float_eq(toil_calibration_factor(2, 4, 10, 24), 2, 1e-12);
    cr_assert_float_eq(toil_calibration_factor(2, 8, 10, 24), 14.0 / 8, 1e-12);
    cr_assert_float_eq(toil_calibration_factor(3, 8, 0, 23), 23.0 / 8, 1e-12);
    cr_assert_float_eq(toil_calibration_factor(2, 1, 24, 24), 0, 1e-12);
    cr_assert_float_eq(toil_calibration_factor(0.5, 24, 0, 24), 0.5, 1e-12);
}
