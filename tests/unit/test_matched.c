/* A difference of ratings within weeks: against R's lm with a factor of week and variance clustered by customer,
 * against what confounds a plain difference, and how often it claims one where there is none. */
#include <criterion/criterion.h>
#include <math.h>

#include "analyzers/stats/matched.h"

#define MOST 4096
#define NONE ((double)NAN)

static struct toil_rating_cell cell[MOST];
static struct toil_rating_part part[MOST];
static size_t cells, parts;

static void begin(void)
{
    cells = parts = 0;
}

/* One rating a side; NAN: none. */
static void add(uint32_t customer, uint32_t week, double group, double rest)
{
    struct toil_rating_cell *at = &cell[cells];
    *at = (struct toil_rating_cell){customer, week, 0, 0};
    if (!isnan(group)) {
        part[parts++] = (struct toil_rating_part){.cell = (uint32_t)cells, .count = 1, .sum = group};
        at->sum += group;
        at->count++;
    }
    if (!isnan(rest)) {
        at->sum += rest;
        at->count++;
    }
    cells += at->count > 0;
}

static bool difference(size_t weeks, struct toil_matched *out)
{
    return toil_matched_difference(cell, cells, weeks, part, parts, 0.95, out);
}

/* R 4: m <- lm(y ~ t + factor(w)); V by sandwich with the factor of matched.h; qt(0.975, 9). */
Test(matched, agrees_with_r)
{
    struct toil_matched out;
    begin();
    for (uint32_t i = 0; i < 30; i++) {
        for (uint32_t w = 0; w < 8; w++) {
            if ((i * 7 + w * 3) % 4 == 0)
                continue;
            double base = 0.5 + 0.03 * (w % 5) + 0.01 * (i % 7);
            add(i, w, i % 3 == 0 ? base - 0.2 + 0.05 * ((i + w) % 3) : NONE,
                i % 3 != 0 || w % 2 == 0 ? base + 0.02 * ((i * w) % 5) : NONE);
        }
    }
    cr_assert(difference(8, &out));
    cr_assert_float_eq(out.difference, -0.1850980219, 1e-9);
    cr_assert_float_eq(out.low, -0.1990548544, 1e-9);
    cr_assert_float_eq(out.high, -0.1711411894, 1e-9);
    cr_assert_eq(out.degrees_of_freedom, 9);
    cr_assert_eq(out.customers, 10);
    cr_assert_eq(out.rest_customers, 30);
    cr_assert_eq(out.weeks, 8);
}

/* The group writes in bad weeks: a plain difference would be -0.3, within weeks there is none. */
Test(matched, a_bad_week_for_everybody_is_no_difference)
{
    struct toil_matched out;
    begin();
    for (uint32_t i = 0; i < 60; i++) {
        double noise = (i * 37 % 11) * 0.01;
        add(i, 0, i < 10 ? 0.9 + noise : NONE, i < 10 ? NONE : 0.9 + noise);
        add(i, 1, i < 50 ? 0.4 + noise : NONE, i < 50 ? NONE : 0.4 + noise);
        add(i, 2, NONE, 0.1); /* one side only: counts for nothing */
    }
    cr_assert(difference(3, &out));
    cr_assert_eq(out.weeks, 2);
    cr_assert_lt(fabs(out.difference), 0.02);
    cr_assert(out.low < 0 && out.high > 0);
}

/* A customer's many ratings in one week are one vote. */
Test(matched, one_who_writes_often_does_not_outweigh_the_rest)
{
    struct toil_matched out, again;
    begin();
    for (uint32_t i = 0; i < 40; i++)
        add(i, 0, i < 20 ? 0.5 + (i % 5) * 0.02 : NONE, i < 20 ? NONE : 0.7 + (i % 5) * 0.02);
    cr_assert(difference(1, &out));
    cell[0].count = part[0].count = 1000;
    cell[0].sum *= 1000;
    part[0].sum *= 1000;
    cr_assert(difference(1, &again));
    cr_assert_float_eq(out.difference, again.difference, 1e-12);
    cr_assert_float_eq(out.low, again.low, 1e-12);
    cr_assert_float_eq(out.difference, -0.2, 1e-12);
}

Test(matched, what_cannot_be_told_is_not)
{
    struct toil_matched out;
    begin();
    cr_assert(!difference(0, &out), "no vote");
    for (uint32_t i = 0; i < 20; i++)
        add(i, i < 10 ? 0 : 1, i < 10 ? 0.1 * i : NONE, i < 10 ? NONE : 0.1 * i);
    cr_assert(!difference(2, &out), "no week has both sides");
    cr_assert_eq(out.weeks, 0);
    begin();
    for (uint32_t i = 0; i < 20; i++)
        add(i, 0, i < 1 ? 0.3 : NONE, i < 1 ? NONE : 0.1 * i);
    cr_assert(!difference(1, &out), "one customer");
    cr_assert_eq(out.customers, 1);
    begin();
    for (uint32_t i = 0; i < 20; i++)
        add(i, 0, i < 10 ? 0.3 : NONE, i < 10 ? NONE : 0.3);
    cr_assert(!difference(1, &out), "all say the same");
}

Test(matched, what_is_sure_is_not_scaled)
{
    struct toil_matched plain, effect;
    begin();
    for (uint32_t i = 0; i < 40; i++)
        add(i, 0, i < 20 ? 0.5 + (i % 5) * 0.02 : NONE, i < 20 ? NONE : 0.7 + (i % 5) * 0.02);
    for (size_t p = 0; p < parts; p++)
        part[p].share = 1;
    cr_assert(difference(1, &plain));
    cr_assert(toil_matched_effect(cell, cells, 1, part, parts, 0.95, &effect));
    cr_assert_eq(effect.difference, plain.difference);
    cr_assert_eq(effect.low, plain.low);
    /* Each of the group is the subject's with 0.8, each of the rest with 0.3: half the effect is seen. */
    for (size_t p = 0; p < parts; p++)
        part[p].share = 0.8;
    for (uint32_t c = 20; c < 40; c++)
        part[parts++] = (struct toil_rating_part){.cell = c, .rest_share = 0.3};
    cr_assert(toil_matched_effect(cell, cells, 1, part, parts, 0.95, &effect));
    cr_assert_float_eq(effect.difference, -0.4, 1e-12);
    cr_assert_float_eq(effect.high - effect.low, 2 * (plain.high - plain.low), 1e-12);
    for (size_t p = 20; p < parts; p++)
        part[p].rest_share = 0.75;
    cr_assert(!toil_matched_effect(cell, cells, 1, part, parts, 0.95, &effect), "next to the same on both sides");
}

/* ---- chance ---- */

static double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* Ratings that are the subject's with a known probability, 0.3 lower where they are: how often does the interval hold
 * that? */
Test(matched, an_effect_seen_through_probabilities_is_found)
{
    enum { WORLDS = 400 };
    struct toil_matched out, plain;
    uint64_t state = 5;
    double sum = 0, sum_plain = 0;
    size_t held = 0;
    for (size_t n = 0; n < WORLDS; n++) {
        begin();
        for (uint32_t i = 0; i < 80; i++) {
            for (uint32_t w = 0; w < 12; w++) {
                if (uniform(&state) < 0.5)
                    continue;
                double share = uniform(&state) < 0.5 ? uniform(&state) * 0.3 : 0.55 + uniform(&state) * 0.4;
                double y = 0.5 + 0.02 * w + uniform(&state) * 0.3 - (uniform(&state) < share ? 0.3 : 0);
                bool own = share >= 0.5;
                add(i, w, own ? y : NONE, own ? NONE : y);
                if (!own)
                    part[parts++] = (struct toil_rating_part){.cell = (uint32_t)cells - 1, .rest_share = share};
                else
                    part[parts - 1].share = share;
            }
        }
        cr_assert(difference(12, &plain));
        cr_assert(toil_matched_effect(cell, cells, 12, part, parts, 0.95, &out));
        sum += out.difference / WORLDS;
        sum_plain += plain.difference / WORLDS;
        held += out.low <= -0.3 && out.high >= -0.3;
    }
    cr_assert_float_eq(sum, -0.3, 0.005, "%g", sum);
    cr_assert_gt(sum_plain, -0.2, "the plain difference is smaller: %g", sum_plain);
    cr_assert(held >= 0.92 * WORLDS && held <= 0.98 * WORLDS, "%zu of %d", held, WORLDS);
}

/* A year without any difference, customers and weeks with levels of their own: how often is one claimed? */
static double claimed(uint32_t customers, uint32_t touched, size_t worlds, uint64_t seed)
{
    struct toil_matched out;
    uint64_t state = seed;
    size_t claims = 0;
    for (size_t n = 0; n < worlds; n++) {
        double week[12];
        begin();
        for (size_t w = 0; w < 12; w++)
            week[w] = uniform(&state) * 0.4;
        for (uint32_t i = 0; i < customers; i++) {
            double own = uniform(&state) * 0.4;
            for (uint32_t w = 0; w < 12; w++) {
                if (uniform(&state) < 0.6)
                    continue;
                double y = week[w] + own + uniform(&state) * 0.3;
                bool mine = i < touched && uniform(&state) < 0.7;
                add(i, w, mine ? y : NONE, mine ? NONE : y);
            }
        }
        cr_assert(difference(12, &out));
        claims += out.low > 0 || out.high < 0;
    }
    return (double)claims / (double)worlds;
}

Test(matched, claims_no_more_than_its_level)
{
    static const struct {
        uint32_t customers, touched;
    } cases[] = {{60, 30}, {200, 12}, {40, 28}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double share = claimed(cases[i].customers, cases[i].touched, 600, 7 + i);
        cr_assert_lt(share, 0.075, "case %zu claims %.3f of the time", i, share);
        cr_assert_gt(share, 0.015, "case %zu claims %.3f of the time: too wide", i, share);
    }
}
