/* What an answer of the search for links brings along: bands, curve and weeks of links, the count of pairs that are not
 * listed, progress. */
#include <criterion/criterion.h>
#include <math.h>

#include "support/lib_scene_links.h"

static const struct toil_lag_band within_an_hour = {0, SCENE_HOUR};

static void check_bands(const struct test_scene *scene, const struct toil_links *links, const struct toil_link *link)
{
    double attributed = 0;
    cr_assert_eq(link->bands.count, scene->data.band_count + 1);
    for (size_t k = 0; k < link->bands.count; k++) {
        const struct toil_link_band *band = &links->band[link->bands.begin + k];
        const bool is_lead = k == scene->data.band_count;
        const struct toil_lag_band *lag = is_lead ? &scene->data.lead : &scene->data.band[k];
        cr_expect_eq(band->lead, is_lead);
        cr_expect(band->lag.from_us == lag->from_us && band->lag.to_us == lag->to_us);
        cr_expect(!is_lead || (isnan(band->q) && band->attributed == 0));
        attributed += band->attributed;
    }
    cr_expect_float_eq(attributed, link->attributed, 1e-6 * (1 + link->attributed));
}

/* Without a gap, from before the event to behind the end of the link's band. */
static void check_curve(const struct toil_links *links, const struct toil_link *link)
{
    const struct toil_link_curve_point *point = &links->curve[link->curve.begin];
    cr_assert_gt(link->curve.count, 10);
    for (size_t i = 0; i < link->curve.count; i++) {
        cr_expect_lt(point[i].from_us, point[i].to_us);
        cr_expect(i == 0 || point[i].from_us == point[i - 1].to_us);
        cr_expect_eq(point[i].to_us - point[i].from_us, point[0].to_us - point[0].from_us);
        cr_expect(point[i].observed >= 0);
    }
    cr_expect_leq(point[0].from_us, -link->lag.to_us / 2);
    cr_expect_geq(point[link->curve.count - 1].to_us, link->lag.to_us);
}

static void check_weeks(const struct test_scene *scene, const struct toil_links *links, const struct toil_link *link)
{
    double attributed = 0;
    size_t events = 0;
    cr_assert_eq(link->weeks.count, 50);
    for (uint32_t w = 0; w < 50; w++) {
        const struct toil_link_week *week = &links->week[link->weeks.begin + w];
        uint32_t count = 0;
        for (size_t e = 0; e < scene->source[link->source].count; e++)
            count += (scene->source[link->source].at_us[e] - SCENE_START) / SCENE_WEEK == w;
        cr_expect_eq(week->week, w);
        cr_expect_eq(week->events, count);
        attributed += week->attributed;
        events += week->events;
    }
    cr_expect_eq(events, scene->source[link->source].count);
    cr_expect_float_eq(attributed, link->attributed, 1e-6 * link->attributed, "%g, not %g", attributed,
                       link->attributed);
}

Test(links_told, evidence_comes_along)
{
    struct test_scene *scene = test_quiet_scene(14, 3, 2);
    for (size_t s = 0; s < 3; s++)
        test_scene_fail_at_random(scene, s, 1.5);
    test_scene_cause(scene, 0, 0, 2, within_an_hour, 0);
    test_scene_cause(scene, 1, 0, 2, (struct toil_lag_band){4 * SCENE_HOUR, 12 * SCENE_HOUR}, 0);
    struct toil_links links = test_scene_find(scene);
    cr_assert_eq(links.link_count, 6);
    size_t established = 0;
    for (size_t i = 0; i < links.link_count; i++) {
        const struct toil_link *link = &links.link[i];
        check_bands(scene, &links, link);
        check_curve(&links, link);
        if (link->verdict == TOIL_LINK_ESTABLISHED)
            check_weeks(scene, &links, link);
        else
            cr_expect_eq(link->weeks.count, 0);
        established += link->verdict == TOIL_LINK_ESTABLISHED;
    }
    cr_expect_eq(established, 2);
    cr_expect_eq(test_link_of(&links, 1, 0)->lag.from_us, 4 * SCENE_HOUR);
    cr_expect_eq(links.week_count, 100);
    toil_links_release(&links);
    test_scene_free(scene);
}

/* Of very many pairs those that can't matter are counted alone; a link among them is found, with its evidence. */
Test(links_told, of_very_many_pairs_most_are_counted_and_not_listed)
{
    const size_t sources = 1050, topics = 20;
    struct test_scene *scene = test_scene_new(15, 50);
    for (size_t t = 0; t < topics; t++)
        test_scene_ask_at_random(scene, test_scene_add_topic(scene), 2, 0);
    for (size_t s = 0; s < sources; s++) {
        test_scene_add_source(scene);
        for (int e = 0; e < (s == 700 ? 40 : 4); e++)
            test_scene_event(scene, s, SCENE_START + (int64_t)(gsl_rng_uniform(scene->random) * 50 * SCENE_WEEK),
                             TOIL_NO_SCOPE);
    }
    test_scene_cause(scene, 700, 11, 2, within_an_hour, 0);
    struct toil_links links = test_scene_find(scene);
    cr_expect_eq(links.unlisted + links.link_count, sources * topics);
    cr_expect_gt(links.unlisted, sources * topics / 2, "%zu", links.unlisted);
    cr_expect_gt(links.tests, 2 * sources * topics);
    const struct toil_link *link = test_link_of(&links, 700, 11);
    cr_assert_eq(link->verdict, TOIL_LINK_ESTABLISHED);
    check_bands(scene, &links, link);
    check_curve(&links, link);
    check_weeks(scene, &links, link);
    toil_links_release(&links);
    test_scene_free(scene);
}

static void note_progress(void *context, size_t done, size_t total)
{
    size_t *seen = context; /* done, total */
    cr_expect_gt(done, seen[0]);
    cr_expect(seen[1] == 0 || seen[1] == total);
    cr_expect_leq(done, total);
    seen[0] = done;
    seen[1] = total;
}

Test(links_told, progress_goes_up_to_its_end)
{
    struct test_scene *scene = test_quiet_scene(16, 5, 3);
    struct toil_link_options options = toil_link_options_default();
    size_t seen[2] = {0, 0};
    for (size_t s = 0; s < 5; s++)
        test_scene_fail_at_random(scene, s, 1);
    options.progress = note_progress;
    options.progress_context = seen;
    struct toil_links links = test_scene_find_with(scene, options);
    cr_expect(seen[0] > 0 && seen[0] == seen[1], "%zu of %zu", seen[0], seen[1]);
    toil_links_release(&links);
    test_scene_free(scene);
}
