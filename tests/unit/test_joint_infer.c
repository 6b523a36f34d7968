/* How sure the joint fit is, on simulated scenes with a known truth: bias, errors, intervals, the score test's level
 * and power. Limits leave room for chance: about four standard errors of the counts given. */
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "support/lib_fit.h"

/* A scene of a topic with a week of 40 tickets, half of them in office hours of varied days; source 0 causes per_event
 * tickets of effect lag, sources 1 and 2 cause none. Returns what was caused. */
static double make_scene(struct test_scene **out, unsigned long seed, double per_event, bool office_failures)
{
    struct test_scene *scene = *out = test_scene_new(seed, 30);
    test_scene_add_topic(scene);
    for (int s = 0; s < 3; s++)
        test_scene_add_source(scene);
    test_scene_ask_in_office_hours(scene, 0, 20, 0.3);
    test_scene_ask_at_random(scene, 0, 20, 0);
    test_scene_fail_at_random(scene, 0, 2);
    test_scene_fail_at_random(scene, 1, 1);
    for (int64_t day_us = SCENE_START; day_us < scene->data.to_us; day_us += SCENE_DAY)
        if (!office_failures || (day_us - SCENE_START) / SCENE_DAY % 7 < 5)
            test_scene_event(
                scene, 2,
                day_us + (int64_t)gsl_ran_flat(scene->random, office_failures ? 9 : 0, office_failures ? 17 : 24) *
                             SCENE_HOUR,
                TOIL_NO_SCOPE);
    const size_t caused = test_scene_cause(scene, 0, 0, per_event, (struct toil_lag_band){0, SCENE_HOUR}, 0);
    test_scene_ready(scene);
    return (double)caused;
}

/* ---- signs ---- */

Test(joint_infer, free_signs_are_unbiased_where_held_ones_are_not)
{
    const int rounds = 80;
    double sum = 0, square = 0, held = 0, found = 0, missed = 0;
    for (int round = 0; round < rounds; round++) {
        struct test_scene *scene;
        struct test_fit fit;
        const double caused = make_scene(&scene, 100 + (unsigned long)round, 1, false);
        test_fit_init(&fit, scene, 0);
        for (size_t s = 0; s < 2; s++)
            for (size_t k = 0; k < 5; k++)
                toil_joint_allow_band(fit.joint, s, k, true);
        toil_joint_fit(fit.joint);
        const double before = toil_joint_attributed(fit.joint, 1);
        held += before;
        toil_joint_free_signs(fit.joint);
        const double got = toil_joint_attributed(fit.joint, 1);
        sum += got;
        square += got * got;
        found += toil_joint_attributed(fit.joint, 0) - caused;
        missed += pow(toil_joint_attributed(fit.joint, 0) - caused, 2);
        toil_joint_hold_signs(fit.joint);
        cr_expect_float_eq(toil_joint_attributed(fit.joint, 1), before, 1e-6 * (1 + before));
        test_fit_release(&fit);
        test_scene_free(scene);
    }
    const double error = sqrt(square) / rounds;
    cr_expect_lt(fabs(sum / rounds), 4 * error, "a source of nothing: %g a round, standard error %g", sum / rounds,
                 error);
    cr_expect_gt(held / rounds, 5 * error, "held signs: %g a round, standard error %g", held / rounds, error);
    cr_expect_lt(fabs(found / rounds), 4 * sqrt(missed) / rounds, "%g a round more than was caused, error %g",
                 found / rounds, sqrt(missed) / rounds);
}

Test(joint_infer, free_signs_undo_no_more_than_the_baseline_expects)
{
    struct test_scene *scene = test_scene_new(1, 30);
    struct test_fit fit;
    test_scene_add_topic(scene);
    test_scene_add_source(scene);
    for (int i = 0; i < 60; i++) { /* no ticket within 12 hours of an event */
        test_scene_event(scene, 0, SCENE_START + i * 80 * SCENE_HOUR, TOIL_NO_SCOPE);
        for (int n = 0; n < 20; n++)
            test_scene_ticket(scene, 0, SCENE_START + i * 80 * SCENE_HOUR + (12 + 3 * n) * SCENE_HOUR, TOIL_NO_SCOPE,
                              0);
    }
    test_scene_ready(scene);
    test_fit_init(&fit, scene, 0);
    for (size_t k = 0; k < 4; k++)
        toil_joint_allow_band(fit.joint, 0, k, true);
    toil_joint_fit(fit.joint);
    cr_expect_float_eq(toil_joint_attributed(fit.joint, 0), 0, 1e-9);
    toil_joint_free_signs(fit.joint);
    const double got = toil_joint_attributed(fit.joint, 0), expected = 1200 * 12 / 80.0;
    cr_expect(got < -0.8 * expected && got > -1.2 * expected, "%g", got);
    toil_joint_hold_signs(fit.joint);
    cr_expect_float_eq(toil_joint_attributed(fit.joint, 0), 0, 1e-9);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* ---- errors and intervals ---- */

Test(joint_infer, intervals_hold_what_was_caused)
{
    const int rounds = 150;
    double covered = 0, below = 0, bootstrapped = 0, estimates = 0, square = 0, variance = 0;
    for (int round = 0; round < rounds; round++) {
        struct test_scene *scene;
        struct test_fit fit;
        const double caused = make_scene(&scene, 1000 + (unsigned long)round, round % 2 ? 1 : 0.25, false);
        test_fit_init(&fit, scene, 0);
        for (size_t k = 0; k < 3; k++)
            toil_joint_allow_band(fit.joint, 0, k, true);
        toil_joint_fit(fit.joint);
        toil_joint_free_signs(fit.joint);
        const struct toil_joint_interval got = toil_joint_interval(fit.joint, 0, (uint64_t)round);
        cr_expect((got.value <= 0 || got.low >= 0) && got.low <= got.value && got.high >= got.value &&
                      got.high <= (double)fit.joint->n,
                  "%g (%g to %g)", got.value, got.low, got.high);
        covered += got.low <= caused && caused <= got.high;
        below += caused > got.high;
        bootstrapped += got.bootstrapped;
        estimates++;
        square += pow(got.value - caused, 2);
        variance += pow(toil_joint_doubt(fit.joint, 0), 2);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
    cr_expect(covered / rounds >= 0.88, "%g covered, %g below", covered / rounds, below / rounds);
    cr_expect_lt(below / rounds, 0.09);
    cr_expect(bootstrapped > rounds / 10.0 && bootstrapped < rounds, "%g bootstrapped", bootstrapped);
    cr_expect(variance / square > 0.7 && variance / square < 1.6, "doubts claim %g of the errors' variance",
              variance / square);
}

/* Away from zero the interval is so many doubts wide as the t distribution of the weeks says, or, where days vary more
 * than the fit has it, a bit wider. */
Test(joint_infer, an_interval_is_its_doubt_both_ways)
{
    for (unsigned long seed = 1; seed <= 6; seed++) {
        struct test_scene *scene = test_scene_new(seed, 30);
        struct test_fit fit;
        test_scene_add_topic(scene);
        test_scene_add_source(scene);
        test_scene_ask_at_random(scene, 0, 60, 0);
        test_scene_fail_at_random(scene, 0, 4);
        test_scene_cause(scene, 0, 0, 2, (struct toil_lag_band){0, SCENE_HOUR}, 0);
        test_scene_ready(scene);
        test_fit_all(&fit, scene, 0);
        const struct toil_joint_interval got = toil_joint_interval(fit.joint, 0, 1);
        const double half = gsl_cdf_tdist_Qinv(0.025, 29) * toil_joint_doubt(fit.joint, 0);
        const double dispersion = toil_joint_goodness(fit.joint).dispersion;
        cr_assert_not(got.bootstrapped);
        cr_expect_float_eq(got.high - got.value, got.value - got.low, 1e-9);
        cr_expect(got.high - got.value >= half * (1 - 1e-9) &&
                      got.high - got.value <= half * sqrt(fmax(1, dispersion)) * (1 + 1e-9),
                  "%g, not %g; dispersion %g", got.high - got.value, half, dispersion);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}

/* The errors as those of an effect: of worlds drawn anew, tickets caused and all. With thirty weeks they allow for what
 * the fitted parameters take out of them, and are rather too large. */
Test(joint_infer, errors_are_those_of_estimates_from_world_to_world)
{
    const int rounds = 150;
    double sum = 0, square = 0, claimed = 0, band = 0, band_square = 0, band_claimed = 0;
    for (int round = 0; round < rounds; round++) {
        struct test_scene *scene;
        struct test_fit fit;
        make_scene(&scene, 2000 + (unsigned long)round, 1, false);
        const double events = (double)scene->event[0].count;
        test_fit_init(&fit, scene, 0);
        for (size_t k = 0; k < 3; k++)
            toil_joint_allow_band(fit.joint, 0, k, true);
        toil_joint_fit(fit.joint);
        toil_joint_free_signs(fit.joint);
        const double got = toil_joint_attributed(fit.joint, 0) / events - 1;
        sum += got;
        square += got * got;
        claimed += pow(toil_joint_error(fit.joint, 0, TOIL_ALL_BANDS) / events, 2);
        const double first = toil_joint_band_attributed(fit.joint, 0, 0) / events - 0.25;
        band += first;
        band_square += first * first;
        band_claimed += pow(toil_joint_error(fit.joint, 0, 0) / events, 2);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
    cr_expect_lt(fabs(sum / rounds), 4 * sqrt(square) / rounds, "%g more an event", sum / rounds);
    cr_expect_lt(fabs(band / rounds), 4 * sqrt(band_square) / rounds, "%g more an event in the first band",
                 band / rounds);
    cr_expect(claimed / square > 0.7 && claimed / square < 2.2, "%g of the variance", claimed / square);
    cr_expect(band_claimed / band_square > 0.7 && band_claimed / band_square < 2.5, "%g of a band's variance",
              band_claimed / band_square);
}

Test(joint_infer, a_source_that_is_not_in_the_fit_has_no_error)
{
    struct test_scene *scene;
    struct test_fit fit;
    make_scene(&scene, 1, 1, false);
    test_fit_init(&fit, scene, 0);
    toil_joint_allow(fit.joint, 0, true);
    toil_joint_fit(fit.joint);
    cr_expect(isnan(toil_joint_error(fit.joint, 1, TOIL_ALL_BANDS)));
    cr_expect_gt(toil_joint_error(fit.joint, 0, TOIL_ALL_BANDS), 0);
    cr_expect_float_eq(toil_joint_attributed(fit.joint, 1), 0, 0);
    const struct toil_joint_interval one = toil_joint_interval(fit.joint, 0, 5);
    const struct toil_joint_interval same = toil_joint_interval(fit.joint, 0, 5);
    cr_expect_float_eq(one.low, same.low, 0);
    cr_expect_float_eq(one.high, same.high, 0);
    test_fit_release(&fit);
    test_scene_free(scene);
}

/* ---- score tests ---- */

Test(joint_infer, the_score_test_keeps_its_level)
{
    static const struct {
        const char *what;
        size_t source;
        bool office;
    } cases[] = {{"any time, seldom", 1, false},
                 {"every day, so that long bands never end", 2, false},
                 {"in office hours, as tickets", 2, true}};
    const int rounds = 120;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double whole = 0, bands = 0, tried = 0, half = 0, last = 0;
        for (int round = 0; round < rounds; round++) {
            struct test_scene *scene;
            struct test_fit fit;
            double p[TOIL_LINK_MAX_BANDS];
            make_scene(&scene, 3000 + (unsigned long)round, 0.5, cases[c].office);
            test_fit_init(&fit, scene, 0);
            for (size_t k = 0; k < 3; k++)
                toil_joint_allow_band(fit.joint, 0, k, true);
            toil_joint_fit(fit.joint);
            whole += toil_joint_score(fit.joint, cases[c].source, p) < 0.05;
            for (size_t k = 0; k < 6; k++) {
                if (isnan(p[k])) /* its tickets lie in too few weeks */
                    continue;
                cr_expect(p[k] >= 0 && p[k] <= 1);
                bands += p[k] < 0.05;
                half += p[k] < 0.5;
                tried++;
            }
            last += p[5] < 0.05;
            test_fit_release(&fit);
            test_scene_free(scene);
        }
        cr_expect_lt(whole / rounds, 0.1, "%s: %g of sources below 0.05", cases[c].what, whole / rounds);
        cr_expect(bands / tried > 0.02 && bands / tried < 0.085, "%s: %g of bands", cases[c].what, bands / tried);
        cr_expect(half / tried > 0.4 && half / tried < 0.6, "%s: %g of bands below 0.5", cases[c].what, half / tried);
        cr_expect_lt(last / rounds, 0.11, "%s: %g of the longest bands", cases[c].what, last / rounds);
    }
}

Test(joint_infer, the_score_test_finds_what_there_is)
{
    const int rounds = 40;
    double found = 0, in_band = 0;
    for (int round = 0; round < rounds; round++) {
        struct test_scene *scene;
        struct test_fit fit;
        double p[TOIL_LINK_MAX_BANDS], other[TOIL_LINK_MAX_BANDS];
        make_scene(&scene, 4000 + (unsigned long)round, 0.7, false);
        test_fit_init(&fit, scene, 0);
        toil_joint_fit(fit.joint);
        const double score = toil_joint_score(fit.joint, 0, p);
        found += score < 0.01;
        double least = 1, tried = 0;
        for (size_t k = 0; k < 6; k++) {
            least = fmin(least, p[k]);
            tried += !isnan(p[k]);
        }
        cr_expect_float_eq(score, fmin(1, tried * least), 1e-12);
        in_band += fmin(p[0], p[1]) <= least;
        /* Told of or not, it is the same test. */
        cr_expect_float_eq(toil_joint_score_other(fit.joint, &fit.source[0], other), score, 1e-12);
        for (size_t k = 0; k < 6; k++)
            cr_expect(isnan(p[k]) ? isnan(other[k]) : fabs(other[k] - p[k]) <= 1e-12);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
    cr_expect_geq(found, 0.9 * rounds, "%g of %d", found, rounds);
    cr_expect_geq(in_band, 0.9 * rounds, "%g of %d", in_band, rounds);
}

/* What causes the tickets of another one's failures is fitted: nothing is left for that one. */
Test(joint_infer, the_score_test_sees_through_a_chain)
{
    const int rounds = 60;
    double alone = 0, beside = 0;
    for (int round = 0; round < rounds; round++) {
        struct test_scene *scene = test_scene_new(5000 + (unsigned long)round, 30);
        struct test_fit fit;
        double p[TOIL_LINK_MAX_BANDS];
        test_scene_add_topic(scene);
        test_scene_add_source(scene);
        test_scene_add_source(scene);
        test_scene_ask_at_random(scene, 0, 40, 0);
        test_scene_fail_at_random(scene, 0, 3);
        for (size_t e = 0; e < scene->event[0].count; e += 2) /* each second one makes source 1 fail */
            test_scene_event(scene, 1,
                             scene->event[0].item[e].at_us +
                                 (int64_t)gsl_ran_flat(scene->random, 0, 10 * (double)SCENE_MINUTE),
                             TOIL_NO_SCOPE);
        test_scene_fail_at_random(scene, 1, 1.5);
        test_scene_cause(scene, 1, 0, 1, (struct toil_lag_band){0, SCENE_HOUR}, 0);
        test_scene_ready(scene);
        test_fit_init(&fit, scene, 0);
        toil_joint_fit(fit.joint);
        alone += toil_joint_score(fit.joint, 0, p) < 0.05;
        toil_joint_allow(fit.joint, 1, true);
        toil_joint_fit(fit.joint);
        beside += toil_joint_score(fit.joint, 0, p) < 0.05;
        test_fit_release(&fit);
        test_scene_free(scene);
    }
    cr_expect_geq(alone / rounds, 0.9, "%g", alone / rounds);
    cr_expect_lt(beside / rounds, 0.15, "%g", beside / rounds);
}

Test(joint_infer, few_weeks_are_too_few_for_the_score_test)
{
    for (int weeks = 1; weeks <= 6; weeks++) {
        struct test_scene *scene = test_scene_new(1, weeks);
        struct test_fit fit;
        double p[TOIL_LINK_MAX_BANDS];
        test_scene_add_topic(scene);
        test_scene_add_source(scene);
        test_scene_ask_at_random(scene, 0, 40, 0);
        test_scene_fail_at_random(scene, 0, 10);
        test_scene_ready(scene);
        test_fit_init(&fit, scene, 0);
        toil_joint_fit(fit.joint);
        const double score = toil_joint_score(fit.joint, 0, p);
        cr_expect_eq(isnan(score), weeks <= 4, "%d weeks: %g", weeks, score);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}
