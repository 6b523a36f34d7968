/* The permutation test: against every draw counted out, and the approximations against the exact count. */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "analyzers/stats/permutation.h"

/* Every combination of options, one by one. */
static double count_draws(const struct toil_permutation_unit *unit, size_t count)
{
    uint32_t at[16] = {0}, own = 0;
    double draws = 0, reached = 0;
    for (size_t i = 0; i < count; i++)
        own += unit[i].option[0];
    for (;;) {
        uint32_t sum = 0;
        size_t i = 0;
        for (size_t j = 0; j < count; j++)
            sum += unit[j].option[at[j]];
        draws++;
        reached += sum >= own;
        while (i < count && ++at[i] == unit[i].count)
            at[i++] = 0;
        if (i == count)
            return reached / draws;
    }
}

static void make_units(gsl_rng *random, struct toil_permutation_unit *unit, size_t count, double mean, double more)
{
    for (size_t i = 0; i < count; i++) {
        unit[i].count = 1 + 2 * (uint32_t)(1 + gsl_rng_uniform_int(random, 4));
        for (uint32_t j = 0; j < unit[i].count; j++)
            unit[i].option[j] = gsl_ran_poisson(random, mean * (j == 0 ? more : 1));
    }
}

static gsl_rng *random_of(unsigned long seed)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(random, seed);
    return random;
}

Test(permutation, by_hand)
{
    static const struct {
        struct toil_permutation_unit unit[3];
        size_t count;
        double p;
    } cases[] = {
        {{{{0}, 0}}, 0, 1},
        {{{{5}, 1}}, 1, 1},
        {{{{5, 5, 5}, 3}}, 1, 1},
        {{{{1, 0, 0}, 3}}, 1, 1.0 / 3},
        {{{{0, 1, 0}, 3}}, 1, 1},
        {{{{2, 0, 0}, 3}, {{1, 0, 0, 0, 0}, 5}}, 2, 1.0 / 15},
        {{{{1, 0, 0}, 3}, {{0, 1, 0, 0, 0}, 5}}, 2, 1 - 2.0 / 3 * 4 / 5},
        {{{{7, 7, 7}, 3}, {{3, 3, 1}, 3}, {{2, 0, 1}, 3}}, 3, 2.0 / 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_float_eq(toil_permutation_p(cases[i].unit, cases[i].count, TOIL_PERMUTATION_AUTO), cases[i].p, 1e-12,
                           "case %zu", i);
        cr_expect_float_eq(toil_permutation_p(cases[i].unit, cases[i].count, TOIL_PERMUTATION_EXACT), cases[i].p, 1e-12,
                           "case %zu", i);
    }
}

Test(permutation, equals_every_draw_counted)
{
    gsl_rng *random = random_of(1);
    for (int round = 0; round < 60; round++) {
        struct toil_permutation_unit unit[6];
        const size_t count = 1 + gsl_rng_uniform_int(random, 6);
        make_units(random, unit, count, exp(gsl_ran_flat(random, -1, 4)), gsl_ran_flat(random, 0.5, 3));
        const double want = count_draws(unit, count);
        cr_expect_float_eq(toil_permutation_p(unit, count, TOIL_PERMUTATION_EXACT), want, 1e-11 * want, "round %d",
                           round);
    }
    gsl_rng_free(random);
}

/* Down to p of 1e-12, which hundreds of thousands of tests together ask for; of as many clusters as it is used for. */
Test(permutation, the_saddlepoint_agrees_with_the_exact_count_in_the_tail)
{
    gsl_rng *random = random_of(2);
    struct toil_permutation_unit unit[120];
    size_t compared = 0, deep = 0;
    for (int round = 0; round < 300; round++) {
        const size_t count = 40 + gsl_rng_uniform_int(random, 81);
        make_units(random, unit, count, exp(gsl_ran_flat(random, 0, 4)), gsl_ran_flat(random, 1.05, 1.4));
        const double exact = toil_permutation_p(unit, count, TOIL_PERMUTATION_EXACT);
        const double near = toil_permutation_p(unit, count, TOIL_PERMUTATION_SADDLEPOINT);
        if (exact > 0.15 || exact < 1e-12)
            continue;
        compared++;
        deep += exact < 1e-6;
        cr_expect(fabs(log(near / exact)) < 0.05, "round %d: %g, exact %g", round, near, exact);
    }
    cr_expect(compared > 60 && deep > 20, "%zu compared, %zu of them below 1e-6", compared, deep);
    gsl_rng_free(random);
}

Test(permutation, the_normal_distribution_does_in_the_centre)
{
    gsl_rng *random = random_of(3);
    struct toil_permutation_unit unit[200];
    size_t compared = 0;
    for (int round = 0; round < 100; round++) {
        make_units(random, unit, 200, 20, 1);
        const double exact = toil_permutation_p(unit, 200, TOIL_PERMUTATION_EXACT);
        if (exact < 0.15)
            continue;
        compared++;
        cr_expect_float_eq(toil_permutation_p(unit, 200, TOIL_PERMUTATION_AUTO), exact, 0.005, "round %d", round);
    }
    cr_expect(compared > 50);
    gsl_rng_free(random);
}

Test(permutation, is_never_0_and_never_beyond_1)
{
    static struct toil_permutation_unit unit[2000];
    for (size_t i = 0; i < 2000; i++)
        unit[i] = (struct toil_permutation_unit){{1000, 0, 0, 0, 0, 0, 0, 0, 0}, 9};
    const double least = toil_permutation_p(unit, 2000, TOIL_PERMUTATION_AUTO);
    cr_expect(least > 0 && least < 1e-300, "%g", least);
    for (size_t i = 0; i < 2000; i++)
        unit[i].option[0] = i % 2 ? 1000 : 500;
    const double small = toil_permutation_p(unit, 2000, TOIL_PERMUTATION_AUTO);
    cr_expect(small > 0 && small < 1e-300, "%g", small);
    for (size_t i = 0; i < 2000; i++)
        unit[i] = (struct toil_permutation_unit){{0, UINT32_C(4000000), 7}, 3};
    cr_expect_float_eq(toil_permutation_p(unit, 2000, TOIL_PERMUTATION_AUTO), 1, 1e-12);
}

/* Under the null a test at level a passes in a of the worlds, or in fewer where counts are small. */
Test(permutation, keeps_its_level)
{
    static const double means[] = {0.3, 5, 80};
    for (size_t m = 0; m < sizeof means / sizeof *means; m++) {
        gsl_rng *random = random_of(4 + m);
        struct toil_permutation_unit unit[20];
        const int worlds = 4000;
        int passed = 0;
        for (int round = 0; round < worlds; round++) {
            make_units(random, unit, 20, means[m], 1);
            passed += toil_permutation_p(unit, 20, TOIL_PERMUTATION_AUTO) < 0.05;
        }
        cr_expect(passed > 0.02 * worlds && passed < 0.06 * worlds, "mean %g: %d of %d", means[m], passed, worlds);
        gsl_rng_free(random);
    }
}
