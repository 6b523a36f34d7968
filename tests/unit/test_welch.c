/* Welch's interval against R. */
#include <criterion/criterion.h>
#include <math.h>

#include "analyzers/stats/welch.h"

static struct toil_sample sample_of(const double *values, size_t count)
{
    struct toil_sample sample = {.count = count};
    for (size_t i = 0; i < count; i++)
        sample.mean += values[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        sample.variance += (values[i] - sample.mean) * (values[i] - sample.mean) / (double)(count - 1);
    return sample;
}

/* R: t.test(extra ~ group, data = sleep), Student's sleep data. */
Test(welch, students_sleep)
{
    static const double a[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    static const double b[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    const struct toil_sample one = sample_of(a, 10), two = sample_of(b, 10);
    struct toil_welch got;
    cr_assert(toil_welch_interval(&one, &two, 0.95, &got));
    cr_assert_float_eq(got.difference, -1.58, 1e-12);
    cr_assert_float_eq(got.low, -3.3654832, 1e-7);
    cr_assert_float_eq(got.high, 0.2054832, 1e-7);
    cr_assert_float_eq(got.degrees_of_freedom, 17.776, 1e-3);
}

Test(welch, abstains_when_nothing_tells_how_exact_the_means_are)
{
    struct toil_welch got;
    const struct toil_sample one = {1, 0.5, 0}, flat = {20, 0.5, 0}, fine = {20, 0.7, 0.01};
    cr_assert_not(toil_welch_interval(&one, &fine, 0.95, &got));
    cr_assert_not(toil_welch_interval(&flat, &flat, 0.95, &got));
    cr_assert(toil_welch_interval(&flat, &fine, 0.95, &got));
}
