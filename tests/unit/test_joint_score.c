/* The quick score test against the one that walks a topic's tickets for every source. */
#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "analyzers/stats/joint_score.h"
#include "support/lib_fit.h"

#define TOLERANCE 1e-9

/* Compares all sources of the scene in all bands; counts the bands in which something could be said. */
static size_t compare(const struct test_scene *scene, const char *what)
{
    size_t said = 0;
    struct test_fit fit;
    test_fit_init(&fit, scene, 0);
    toil_joint_fit(fit.joint);
    struct toil_joint_scorer *scorer = toil_joint_scorer_new(fit.joint);
    for (size_t s = 0; s < scene->data.source_count; s++) {
        double slow[TOIL_LINK_MAX_BANDS], quick[TOIL_LINK_MAX_BANDS];
        struct toil_joint_exposed *exposed = toil_joint_exposed_new(&fit.clock, &scene->data, &fit.source[s]);
        const double least = toil_joint_score_other(fit.joint, &fit.source[s], slow);
        const double got = toil_joint_scorer_test(scorer, exposed, fit.source[s].band, quick);
        cr_expect(isnan(least) ? isnan(got) : fabs(got - least) <= TOLERANCE * least, "%s, source %zu: %.12g for %.12g",
                  what, s, got, least);
        for (size_t k = 0; k < scene->data.band_count; k++) {
            cr_expect(isnan(slow[k]) ? isnan(quick[k]) : fabs(quick[k] - slow[k]) <= TOLERANCE * slow[k],
                      "%s, source %zu, band %zu: %.12g for %.12g", what, s, k, quick[k], slow[k]);
            said += !isnan(slow[k]) && slow[k] < 1;
        }
        toil_joint_exposed_free(exposed);
    }
    toil_joint_scorer_free(scorer);
    test_fit_release(&fit);
    return said;
}

/* Sources with and without scopes, with fewer and with more events than there are tickets. */
Test(joint_score, is_the_same_with_few_and_with_many_events)
{
    for (unsigned long seed = 1; seed <= 5; seed++) {
        struct test_scene *scene = test_scene_of_everything(seed);
        const size_t many = test_scene_add_source(scene);
        for (int e = 0; e < 4000; e++) {
            const int64_t at_us =
                scene->data.from_us + (int64_t)(gsl_rng_uniform(scene->random) * 30 * (double)SCENE_WEEK);
            test_scene_event(scene, many, at_us, e % 7 < 5 ? (uint32_t)(e % 7) : TOIL_NO_SCOPE);
        }
        test_scene_ready(scene);
        cr_expect_geq(compare(scene, "everything"), 20);
        test_scene_free(scene);
    }
}

/* Cells are longer than an hour where the window is longer than a century, and weeks end within them. */
Test(joint_score, is_the_same_where_weeks_end_within_cells)
{
    struct test_scene *scene = test_scene_new(3, 30000);
    const size_t topic = test_scene_add_topic(scene), few = test_scene_add_source(scene);
    const size_t many = test_scene_add_source(scene);
    scene->data.band[5].to_us = 16 * SCENE_DAY;
    for (int n = 0; n < 60000; n++) {
        const int64_t at_us =
            scene->data.from_us + (int64_t)(gsl_rng_uniform(scene->random) * 30000 * (double)SCENE_WEEK);
        test_scene_event(scene, many, at_us, TOIL_NO_SCOPE);
        if (n % 100 == 0)
            test_scene_event(scene, few, at_us, TOIL_NO_SCOPE);
        if (n % 100 == 0 || n % 30 == 0)
            test_scene_ticket(scene, topic, at_us + n % 300 * SCENE_HOUR, TOIL_NO_SCOPE, 0);
    }
    test_scene_ready(scene);
    cr_expect_geq(compare(scene, "5 h cells"), 7);
    test_scene_free(scene);
}

/* Bands that are not asked for are not tested, nor is anything beside a fit of few weeks. */
Test(joint_score, says_nothing_where_nothing_is_asked_or_known)
{
    for (int weeks = 3; weeks <= 30; weeks += 27) {
        struct test_scene *scene = test_scene_new(1, weeks);
        struct test_fit fit;
        double p[TOIL_LINK_MAX_BANDS];
        bool band[TOIL_LINK_MAX_BANDS] = {[3] = true};
        test_scene_add_topic(scene);
        test_scene_add_source(scene);
        test_scene_ask_at_random(scene, 0, 40, 0);
        test_scene_fail_at_random(scene, 0, 10);
        test_scene_ready(scene);
        test_fit_init(&fit, scene, 0);
        toil_joint_fit(fit.joint);
        struct toil_joint_scorer *scorer = toil_joint_scorer_new(fit.joint);
        struct toil_joint_exposed *exposed = toil_joint_exposed_new(&fit.clock, &scene->data, &fit.source[0]);
        const double least = toil_joint_scorer_test(scorer, exposed, band, p);
        for (size_t k = 0; k < scene->data.band_count; k++)
            cr_expect_eq(isnan(p[k]), k != 3 || weeks == 3, "%d weeks, band %zu: %g", weeks, k, p[k]);
        cr_expect(weeks == 3 ? isnan(least) : least >= p[3] && least <= p[3]);
        toil_joint_exposed_free(exposed);
        toil_joint_scorer_free(scorer);
        test_fit_release(&fit);
        test_scene_free(scene);
    }
}
