/* The rules by which links are established, each by itself on a scene made for it. What holds of every answer is asked
 * in lib_links_check.c; by what chance the rules err is asked by simulation (tests/bench/calibrate.c). */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats/fdr.h"
#include "analyzers/stats/links.h"
#include "support/lib_scene_links.h"
#include "toilmeter/buf.h"

static const struct toil_lag_band within_an_hour = {0, SCENE_HOUR};

#define expect_why(link, part) cr_expect(strstr((link)->why, part), "%s", (link)->why)

/* Events 40 hours apart: no window of an hour meets another a few weeks away. */
static int64_t event_at(int i)
{
    return SCENE_START + 5 * SCENE_WEEK + i * 40 * SCENE_HOUR;
}

static void add_tickets(struct test_scene *scene, int64_t at_us, int count)
{
    for (int i = 0; i < count; i++)
        test_scene_ticket(scene, 0, at_us + i, TOIL_NO_SCOPE, 0);
}

/* ---- what it finds ---- */

Test(links_rules, a_source_that_brings_tickets_is_a_link)
{
    struct test_scene *scene = test_quiet_scene(2, 2, 1);
    test_scene_fail_at_random(scene, 0, 1.5);
    test_scene_fail_at_random(scene, 1, 1.5);
    const double caused = (double)test_scene_cause(scene, 0, 0, 1.5, within_an_hour, 0);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, 0, 0), *idle = test_link_of(&links, 1, 0);
    cr_expect_eq(link->verdict, TOIL_LINK_ESTABLISHED);
    cr_expect_eq(link->grade, TOIL_GRADE_A, "%s", link->why);
    cr_expect(link->heldout_tested && link->confirmed && !link->abstained && !link->common_cause);
    cr_expect(link->attributed_low <= caused && caused <= link->attributed_high, "%g, %g to %g", caused,
              link->attributed_low, link->attributed_high);
    cr_expect_lt(link->lag.from_us, SCENE_HOUR);
    cr_expect_eq(link->group, UINT32_MAX);
    for (int p = 0; p < TOIL_N_PLACEBOS; p++)
        cr_expect(link->placebo[p].tested && link->placebo[p].passed);
    expect_why(link, "both halves");
    cr_expect_eq(idle->verdict, TOIL_LINK_NOT_ESTABLISHED);
    cr_expect_eq(idle->grade, TOIL_GRADE_NONE);
    expect_why(idle, "no more tickets follow its events than chance brings");
    cr_expect_not(links.suspect);
    cr_expect_eq(links.unlisted, 0);
    cr_expect_float_eq(links.fit[0].baseline + link->attributed, (double)scene->topic[0].count, 1e-6);
    toil_links_release(&links);
    test_scene_free(scene);
}

/* A component that makes another one fail is not to blame for what that one brings. */
Test(links_rules, of_a_chain_the_last_one_is_the_link)
{
    int found = 0, blamed = 0, screened = 0;
    for (unsigned long seed = 1; seed <= 8; seed++) {
        struct test_scene *scene = test_quiet_scene(seed, 2, 1);
        test_scene_fail_at_random(scene, 0, 2.5);
        for (size_t e = 0; e < scene->event[0].count; e++)
            if (gsl_rng_uniform(scene->random) < 0.5)
                test_scene_event(scene, 1,
                                 scene->event[0].item[e].at_us +
                                     (int64_t)gsl_ran_flat(scene->random, 0, 20 * (double)SCENE_MINUTE),
                                 TOIL_NO_SCOPE);
        test_scene_fail_at_random(scene, 1, 1.5);
        test_scene_cause(scene, 1, 0, 2, within_an_hour, 0);
        struct toil_links links = test_scene_find(scene);
        const struct toil_link *first = test_link_of(&links, 0, 0);
        found += test_is_link(&links, 1, 0);
        blamed += first->verdict == TOIL_LINK_ESTABLISHED;
        screened += first->q < 0.05; /* the screen alone would have it */
        if (first->verdict != TOIL_LINK_ESTABLISHED && first->placebo[TOIL_PLACEBO_MIRROR].passed)
            expect_why(first, "other failures explain its tickets");
        toil_links_release(&links);
        test_scene_free(scene);
    }
    cr_expect_eq(found, 8);
    cr_expect_leq(blamed, 1);
    cr_expect_eq(screened, 8);
}

/* A release restarts two components, which fail by themselves, too, and bring nothing. Where the joint fit weighs them,
 * chance errs sometimes (3 in 100 of such worlds). */
Test(links_rules, a_release_takes_its_own_blame)
{
    int found = 0, blamed = 0, screened = 0;
    for (unsigned long seed = 1; seed <= 8; seed++) {
        struct test_scene *scene = test_quiet_scene(seed, 3, 1);
        test_scene_fail_at_random(scene, 0, 1.5);
        for (size_t s = 1; s < 3; s++) {
            for (size_t e = 0; e < scene->event[0].count; e++)
                test_scene_event(scene, s,
                                 scene->event[0].item[e].at_us +
                                     (int64_t)gsl_ran_flat(scene->random, 0, 5 * (double)SCENE_MINUTE),
                                 TOIL_NO_SCOPE);
            test_scene_fail_at_random(scene, s, 1.5);
        }
        const double caused = (double)test_scene_cause(scene, 0, 0, 3, within_an_hour, 0);
        scene->source[0].release = true;
        struct toil_links links = test_scene_find(scene);
        const struct toil_link *release = test_link_of(&links, 0, 0);
        found += release->verdict == TOIL_LINK_ESTABLISHED && fabs(release->attributed - caused) < 0.25 * caused;
        for (size_t s = 1; s < 3; s++) {
            blamed += test_is_link(&links, s, 0);
            screened += test_link_of(&links, s, 0)->q < 0.05; /* the screen alone would have them all */
        }
        toil_links_release(&links);
        test_scene_free(scene);
    }
    cr_expect_eq(found, 8);
    cr_expect_leq(blamed, 2);
    cr_expect_eq(screened, 16);
}

Test(links_rules, sources_that_always_fail_together_are_a_group_with_one_total)
{
    struct test_scene *scene = test_quiet_scene(3, 3, 1);
    test_scene_fail_at_random(scene, 0, 1.5);
    test_scene_fail_at_random(scene, 2, 1.5);
    for (size_t e = 0; e < scene->event[0].count; e++)
        test_scene_event(scene, 1,
                         scene->event[0].item[e].at_us + (int64_t)gsl_ran_flat(scene->random, 0, (double)SCENE_MINUTE),
                         TOIL_NO_SCOPE);
    const double caused = (double)test_scene_cause(scene, 0, 0, 2, within_an_hour, 0);
    const double other = (double)test_scene_cause(scene, 2, 0, 2, within_an_hour, 0);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *one = test_link_of(&links, 0, 0), *two = test_link_of(&links, 1, 0),
                           *alone = test_link_of(&links, 2, 0);
    cr_assert(test_is_link(&links, 0, 0) && test_is_link(&links, 1, 0) && test_is_link(&links, 2, 0));
    cr_expect_eq(links.group_count, 1);
    cr_expect_eq(one->group, 0);
    cr_expect_eq(two->group, 0);
    cr_expect_eq(alone->group, UINT32_MAX);
    cr_expect_float_eq(one->attributed, two->attributed, 0);
    cr_expect_float_eq(one->attributed_low, two->attributed_low, 0);
    cr_expect_float_eq(one->attributed_high, two->attributed_high, 0);
    cr_expect(one->attributed_low <= caused && caused <= one->attributed_high, "%g", one->attributed);
    cr_expect(alone->attributed_low <= other && other <= alone->attributed_high, "%g", alone->attributed);
    cr_expect_float_eq(links.fit[0].baseline + one->attributed + alone->attributed, (double)scene->topic[0].count,
                       1e-6);
    /* Its shares are told once, by its first link, and sum to about its total. */
    double sum = 0;
    for (size_t i = 0; i < links.share_count; i++) {
        cr_expect_neq(&links.link[links.share[i].link], two);
        sum += &links.link[links.share[i].link] == one ? links.share[i].share : 0;
    }
    cr_expect_float_eq(sum, one->attributed, 0.02 * one->attributed, "%g, not %g", sum, one->attributed);
    toil_links_release(&links);
    test_scene_free(scene);
}

/* People ask in three regions. It fails in two of them, minutes apart, and tickets follow in the failure's own. */
Test(links_rules, a_failure_is_to_blame_in_its_own_scope)
{
    struct test_scene *scene = test_scene_new(17, 50);
    const size_t source = test_scene_add_source(scene), topic = test_scene_add_topic(scene);
    test_scene_ask_at_random(scene, topic, 30, 3);
    for (int e = 0; e < 120; e++)
        test_scene_event(scene, source, event_at(e / 2) + e % 2 * 3 * SCENE_MINUTE, 1 + (uint32_t)(e % 2));
    const double caused = (double)test_scene_cause(scene, source, topic, 1, within_an_hour, 0);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, source, topic);
    cr_assert_eq(link->verdict, TOIL_LINK_ESTABLISHED, "%s", link->why);
    cr_expect(link->attributed_low <= caused && caused <= link->attributed_high, "%g: %g to %g", caused,
              link->attributed_low, link->attributed_high);
    cr_expect_gt(links.share_count, 60);
    for (size_t i = 0; i < links.share_count; i++) {
        const uint32_t scope = scene->topic[topic].scope[links.share[i].ticket];
        cr_expect_neq(scope, 0, "a share where it never failed");
        for (size_t e = 0; e < scene->source[source].count; e++)
            cr_expect(scene->source[source].at_us[e] != links.share[i].event_at_us ||
                      scene->source[source].scope[e] == scope);
    }
    toil_links_release(&links);
    test_scene_free(scene);
}

/* Half of the failures of two components come together; one of them brings tickets, and explains them better. */
Test(links_rules, who_merely_comes_along_is_refused)
{
    int found = 0, blamed = 0;
    for (unsigned long seed = 1; seed <= 6; seed++) {
        struct test_scene *scene = test_quiet_scene(seed, 2, 1);
        test_scene_fail_at_random(scene, 0, 2);
        for (size_t e = 0; e < scene->event[0].count; e += 2)
            test_scene_event(scene, 1, scene->event[0].item[e].at_us + SCENE_MINUTE, TOIL_NO_SCOPE);
        test_scene_fail_at_random(scene, 1, 1);
        test_scene_cause(scene, 0, 0, 2, within_an_hour, 0);
        struct toil_links links = test_scene_find(scene);
        found += test_is_link(&links, 0, 0);
        blamed += test_is_link(&links, 1, 0);
        cr_expect_eq(links.group_count, 0);
        toil_links_release(&links);
        test_scene_free(scene);
    }
    cr_expect_eq(found, 6);
    cr_expect_leq(blamed, 1);
}

/* ---- who is asked ---- */

Test(links_rules, too_few_events_or_tickets_are_not_tested)
{
    static const struct {
        int events, tickets;
        size_t min_events, min_tickets;
        bool tested;
    } cases[] = {{3, 5, 3, 5, true}, {2, 5, 3, 5, false},    {3, 4, 3, 5, false},   {2, 5, 2, 5, true},
                 {3, 4, 3, 4, true}, {30, 50, 31, 5, false}, {30, 50, 3, 51, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_scene *scene = test_scene_new(1, 50);
        struct toil_link_options options = toil_link_options_default();
        test_scene_add_source(scene);
        test_scene_add_topic(scene);
        for (int e = 0; e < cases[c].events; e++)
            test_scene_event(scene, 0, event_at(e), TOIL_NO_SCOPE);
        for (int i = 0; i < cases[c].tickets; i++)
            add_tickets(scene, event_at(i), 1);
        options.min_events = cases[c].min_events;
        options.min_tickets = cases[c].min_tickets;
        struct toil_links links = test_scene_find_with(scene, options);
        cr_expect_eq(links.link_count, cases[c].tested, "case %zu", c);
        cr_expect_eq(links.tests > 0, cases[c].tested, "case %zu", c);
        toil_links_release(&links);
        test_scene_free(scene);
    }
}

Test(links_rules, a_source_does_not_explain_its_own_topic)
{
    struct test_scene *scene = test_quiet_scene(4, 1, 2);
    test_scene_fail_at_random(scene, 0, 1.5);
    for (size_t t = 0; t < 2; t++)
        test_scene_cause(scene, 0, t, 2, within_an_hour, 0);
    scene->source[0].own_topic = 1;
    struct toil_links links = test_scene_find(scene);
    cr_expect(test_is_link(&links, 0, 0));
    cr_expect_not(test_is_listed(&links, 0, 1));
    cr_expect_eq(links.link_count, 1);
    cr_expect_eq(test_link_of(&links, 0, 0)->controls, 0); /* nor is it a control */
    for (size_t i = 0; i < links.share_count; i++)
        cr_expect_eq(links.share[i].topic, 0);
    toil_links_release(&links);
    test_scene_free(scene);
}

/* All pairs and bands are one family: q-values are those of all p-values together. */
Test(links_rules, all_pairs_and_bands_are_one_family)
{
    struct test_scene *scene = test_quiet_scene(5, 6, 3);
    for (size_t s = 0; s < 6; s++)
        test_scene_fail_at_random(scene, s, 1);
    test_scene_cause(scene, 0, 0, 2, within_an_hour, 0);
    test_scene_cause(scene, 1, 2, 0.3, within_an_hour, 0);
    struct toil_links links = test_scene_find(scene);
    double *p = toil_xcalloc(links.band_count, sizeof *p), *q = toil_xcalloc(links.band_count, sizeof *q);
    size_t count = 0;
    for (size_t i = 0; i < links.band_count; i++)
        if (!links.band[i].lead && !links.band[i].screen.abstains)
            p[count++] = links.band[i].screen.p;
    cr_assert_eq(links.tests, count);
    cr_expect_gt(count, 60);
    toil_fdr_adjust(p, count, q);
    count = 0;
    for (size_t i = 0; i < links.band_count; i++) {
        if (!links.band[i].lead && !links.band[i].screen.abstains) {
            cr_expect_float_eq(links.band[i].q, q[count], 1e-15);
            count++;
        } else {
            cr_expect(isnan(links.band[i].q));
        }
    }
    free(p);
    free(q);
    toil_links_release(&links);
    test_scene_free(scene);
}

/* What is rare enough among a few tests is not among many; a stricter level wants more. */
Test(links_rules, among_many_tests_a_small_p_is_no_wonder)
{
    static const struct {
        size_t others;
        double level;
        bool established;
    } cases[] = {{0, 0.05, true}, {0, 1e-4, false}, {150, 0.05, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_scene *scene = test_quiet_scene(6, 1 + cases[c].others, 1);
        struct toil_link_options options = toil_link_options_default();
        for (int e = 0; e < 12; e++) {
            test_scene_event(scene, 0, event_at(4 * e), TOIL_NO_SCOPE);
            add_tickets(scene, event_at(4 * e) + 2 * SCENE_HOUR, e % 2 ? 2 : 0);
        }
        for (size_t s = 1; s <= cases[c].others; s++)
            test_scene_fail_at_random(scene, s, 0.5);
        options.level = cases[c].level;
        struct toil_links links = test_scene_find_with(scene, options);
        const struct toil_link *link = test_link_of(&links, 0, 0);
        cr_expect(link->strongest.p > 1e-5 && link->strongest.p < 1e-2, "the case's p is %g", link->strongest.p);
        cr_expect_eq(test_is_link(&links, 0, 0), cases[c].established, "case %zu: q %g, %s", c, link->q, link->why);
        cr_expect_eq(link->q <= options.level, cases[c].established);
        toil_links_release(&links);
        test_scene_free(scene);
    }
}

/* Four events, each with a ticket in the next minute, among a thousand others: rare, but next to nothing. */
Test(links_rules, what_is_below_the_floor_is_no_link)
{
    static const struct {
        int events;
        double share, tickets;
        bool established;
    } cases[] = {
        {4, 0.05, 5, false}, {12, 0.05, 5, true}, {4, 0.05, 3, true}, {4, 0.002, 5, true}, {12, 0.05, 20, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_scene *scene = test_quiet_scene(7, 1, 1);
        struct toil_link_options options = toil_link_options_default();
        for (int e = 0; e < cases[c].events; e++) {
            test_scene_event(scene, 0, event_at(10 * e), TOIL_NO_SCOPE);
            add_tickets(scene, event_at(10 * e) + SCENE_MINUTE, 1);
        }
        options.floor_share = cases[c].share;
        options.floor_tickets = cases[c].tickets;
        struct toil_links links = test_scene_find_with(scene, options);
        const struct toil_link *link = test_link_of(&links, 0, 0);
        cr_expect_lt(link->q, 0.05);
        cr_expect_eq(test_is_link(&links, 0, 0), cases[c].established, "case %zu: %s", c, link->why);
        if (!cases[c].established)
            expect_why(link, "tickets more than expected; the least that counts"); /* by the screen already */
        toil_links_release(&links);
        test_scene_free(scene);
    }
}

/* ---- placebos ---- */

/* Sixty events with so many tickets right behind them, and what spoils the claim. */
static struct test_scene *spoilt_scene(int behind)
{
    struct test_scene *scene = test_quiet_scene(8, 1, 1);
    for (int e = 0; e < 60; e++) {
        test_scene_event(scene, 0, event_at(3 * e), TOIL_NO_SCOPE);
        add_tickets(scene, event_at(3 * e) + 5 * SCENE_MINUTE, behind);
    }
    return scene;
}

Test(links_rules, tickets_in_the_mirrored_band_refuse_the_claim)
{
    struct test_scene *scene = spoilt_scene(2);
    for (int e = 0; e < 60; e++)
        add_tickets(scene, event_at(3 * e) - 40 * SCENE_MINUTE, 2);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, 0, 0);
    cr_expect_eq(link->verdict, TOIL_LINK_NOT_ESTABLISHED);
    cr_expect(link->placebo[TOIL_PLACEBO_MIRROR].tested && !link->placebo[TOIL_PLACEBO_MIRROR].passed);
    cr_expect(link->placebo[TOIL_PLACEBO_SHIFT].passed);
    cr_expect_float_eq(link->placebo[TOIL_PLACEBO_MIRROR].excess, 120, 10);
    expect_why(link, "tickets come before its events, too");
    toil_links_release(&links);
    test_scene_free(scene);
}

/* A placebo moves the events in turn by 1, -1, 2, ... weeks. There are as many tickets where it looks. */
Test(links_rules, tickets_in_the_shifted_windows_refuse_the_claim)
{
    static const int weeks[] = {1, -1, 2, -2, 3, -3, 4, -4};
    struct test_scene *scene = spoilt_scene(3);
    for (int e = 0; e < 60; e++)
        add_tickets(scene, event_at(3 * e) + weeks[e % 8] * SCENE_WEEK + 5 * SCENE_MINUTE, 3);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, 0, 0);
    cr_expect_eq(link->verdict, TOIL_LINK_NOT_ESTABLISHED);
    cr_expect(link->placebo[TOIL_PLACEBO_MIRROR].passed);
    cr_expect(link->placebo[TOIL_PLACEBO_SHIFT].tested && !link->placebo[TOIL_PLACEBO_SHIFT].passed, "excess %g",
              link->placebo[TOIL_PLACEBO_SHIFT].excess);
    expect_why(link, "tickets come in other weeks, too");
    toil_links_release(&links);
    test_scene_free(scene);
}

/* A small placebo, next to a large claim, refuses nothing, however sure it is. */
Test(links_rules, a_placebo_of_a_small_part_of_the_claim_passes)
{
    struct test_scene *scene = spoilt_scene(6);
    for (int e = 0; e < 60; e++)
        add_tickets(scene, event_at(3 * e) - 40 * SCENE_MINUTE, 1);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, 0, 0);
    cr_expect_eq(link->verdict, TOIL_LINK_ESTABLISHED, "%s", link->why);
    cr_expect_lt(link->placebo[TOIL_PLACEBO_MIRROR].p, 0.001);
    cr_expect(link->placebo[TOIL_PLACEBO_MIRROR].passed);
    toil_links_release(&links);
    test_scene_free(scene);
}

/* ---- who comes first ---- */

/* Four tickets, then the event, then two more: people restart it because of the tickets. */
Test(links_rules, events_that_follow_the_tickets_are_refused)
{
    struct test_scene *scene = spoilt_scene(2);
    for (int e = 0; e < 60; e++)
        add_tickets(scene, event_at(3 * e) - 8 * SCENE_MINUTE, 4);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, 0, 0);
    cr_expect_eq(link->verdict, TOIL_LINK_NOT_ESTABLISHED);
    expect_why(link, "its events follow the tickets");
    cr_expect_lt(link->q, 0.05);
    cr_expect(link->placebo[TOIL_PLACEBO_MIRROR].passed); /* the lead band is not the mirror's */
    toil_links_release(&links);
    test_scene_free(scene);
}

/* Reports that come before the record of the failure: as many in the half hour before it, but fewer than behind in as
 * much time. It stands, with a warning and no better grade than B. */
Test(links_rules, a_late_record_is_a_link_with_a_warning)
{
    struct test_scene *scene = spoilt_scene(4);
    for (int e = 0; e < 60; e++) {
        add_tickets(scene, event_at(3 * e) - 8 * SCENE_MINUTE, 2);
        add_tickets(scene, event_at(3 * e) - 20 * SCENE_MINUTE, 3);
    }
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, 0, 0);
    cr_expect_eq(link->verdict, TOIL_LINK_ESTABLISHED, "%s", link->why);
    cr_expect(link->common_cause);
    cr_expect_eq(link->grade, TOIL_GRADE_B);
    expect_why(link, "common cause or late record");
    toil_links_release(&links);
    test_scene_free(scene);
}

/* ---- grades ---- */

Test(links_rules, fewer_than_ten_events_are_grade_c)
{
    for (int events = 9; events <= 10; events++) {
        struct test_scene *scene = test_quiet_scene(9, 1, 1);
        for (int e = 0; e < events; e++) {
            test_scene_event(scene, 0, event_at(13 * e), TOIL_NO_SCOPE);
            add_tickets(scene, event_at(13 * e) + SCENE_MINUTE, 6);
        }
        struct toil_links links = test_scene_find(scene);
        const struct toil_link *link = test_link_of(&links, 0, 0);
        cr_assert(test_is_link(&links, 0, 0), "%s", link->why);
        cr_expect_eq(link->grade, events < 10 ? TOIL_GRADE_C : TOIL_GRADE_A, "%d: %d, %s", events, link->grade,
                     link->why);
        toil_links_release(&links);
        test_scene_free(scene);
    }
}

Test(links_rules, what_shows_in_one_half_alone_is_not_confirmed)
{
    static const struct {
        int from_week, to_week;
        bool confirmed;
    } cases[] = {{0, 50, true}, {0, 25, false}, {25, 50, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_scene *scene = test_quiet_scene(10, 1, 1);
        for (int e = 0; e < 180; e++) {
            const int64_t week = (event_at(e) - SCENE_START) / SCENE_WEEK;
            test_scene_event(scene, 0, event_at(e), TOIL_NO_SCOPE);
            if (week >= cases[c].from_week && week < cases[c].to_week)
                add_tickets(scene, event_at(e) + SCENE_MINUTE, e % 2);
        }
        struct toil_links links = test_scene_find(scene);
        const struct toil_link *link = test_link_of(&links, 0, 0);
        cr_assert(test_is_link(&links, 0, 0), "%s", link->why);
        cr_expect(link->heldout_tested);
        cr_expect_eq(link->confirmed, cases[c].confirmed, "case %zu", c);
        cr_expect_eq(link->grade, cases[c].confirmed ? TOIL_GRADE_A : TOIL_GRADE_B, "case %zu: %s", c, link->why);
        expect_why(link, cases[c].confirmed ? ", both halves of the window" : "not yet confirmed on each half");
        toil_links_release(&links);
        test_scene_free(scene);
    }
}

/* A source that never pauses has no quiet weeks: the screen abstains, the joint fit's score test judges alone. */
Test(links_rules, where_the_screen_abstains_the_joint_fit_judges_and_the_grade_is_b)
{
    struct test_scene *scene = test_quiet_scene(11, 2, 1);
    for (size_t s = 0; s < 2; s++)
        test_scene_fail_at_random(scene, s, 150);
    const double caused = (double)test_scene_cause(scene, 0, 0, 0.08, (struct toil_lag_band){0, 15 * SCENE_MINUTE}, 0);
    struct toil_links links = test_scene_find(scene);
    const struct toil_link *link = test_link_of(&links, 0, 0), *idle = test_link_of(&links, 1, 0);
    cr_expect(link->abstained && idle->abstained);
    cr_assert(test_is_link(&links, 0, 0), "%s", link->why);
    cr_expect_eq(link->grade, TOIL_GRADE_B);
    cr_expect(link->joint_p >= 0 && link->joint_p <= 0.05, "%g", link->joint_p);
    cr_expect(isnan(link->strongest.p) && isnan(link->strongest.excess));
    cr_expect(!link->placebo[0].tested && !link->placebo[1].tested && !link->heldout_tested && !link->confirmed);
    cr_expect(link->attributed_low <= caused && caused <= link->attributed_high, "%g: %g to %g", caused,
              link->attributed_low, link->attributed_high);
    expect_why(link, "leave no quiet weeks");
    cr_expect_eq(idle->verdict, TOIL_LINK_NOT_ESTABLISHED);
    cr_expect(links.tests > 2 && links.tests < 12, "%zu", links.tests); /* the score tests are of the family */
    toil_links_release(&links);
    test_scene_free(scene);
}

/* ---- controls and the baseline ---- */

Test(links_rules, other_topics_are_controls)
{
    struct test_scene *scene = test_quiet_scene(12, 2, 4);
    for (size_t s = 0; s < 2; s++)
        test_scene_fail_at_random(scene, s, 1.5);
    test_scene_cause(scene, 0, 0, 2, within_an_hour, 0);
    for (size_t t = 0; t < 3; t++)
        test_scene_cause(scene, 1, t, 2, within_an_hour, 0);
    struct toil_links links = test_scene_find(scene);
    cr_expect_eq(test_link_of(&links, 0, 0)->controls, 3);
    cr_expect_eq(test_link_of(&links, 0, 0)->controls_raised, 0);
    cr_expect_eq(test_link_of(&links, 0, 3)->controls_raised, 1);
    cr_expect_eq(test_link_of(&links, 1, 0)->controls_raised, 2);
    cr_expect_eq(test_link_of(&links, 1, 3)->controls_raised, 3);
    toil_links_release(&links);
    test_scene_free(scene);
}

/* Bad days: three days of many tickets, at whose beginning so many of all sources fail. */
Test(links_rules, when_every_band_of_many_sources_passes_the_baseline_is_suspect)
{
    static const struct {
        size_t sources, failing;
        bool suspect;
    } cases[] = {{8, 8, true}, {8, 5, false}, {16, 7, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct test_scene *scene = test_quiet_scene(13, cases[c].sources, 1);
        for (int day = 0; day < 15; day++) {
            const int64_t at_us = SCENE_START + 5 * SCENE_WEEK + day * 17 * SCENE_DAY;
            for (int i = 0; i < 3 * 96; i++)
                add_tickets(scene, at_us + i * 15 * SCENE_MINUTE + 5 * SCENE_MINUTE, 1);
            for (size_t s = 0; s < cases[c].failing; s++)
                test_scene_event(scene, s, at_us + (int64_t)s, TOIL_NO_SCOPE);
        }
        for (size_t s = cases[c].failing; s < cases[c].sources; s++)
            test_scene_fail_at_random(scene, s, 0.5);
        struct toil_links links = test_scene_find(scene);
        cr_expect_eq(links.suspect, cases[c].suspect, "case %zu", c);
        toil_links_release(&links);
        test_scene_free(scene);
    }
}
