/* Properties of what the search for hidden links finds: the same by any number of threads and in any order of events at
 * one time, another seed changes little, and old tickets keep their shares when a week comes after. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/stats/links.h"
#include "support/lib_events.h"
#include "support/lib_links_check.h"
#include "support/lib_worlds.h"
#include "toilmeter/buf.h"
#include "toilmeter/timestamp.h"

#define WEEK_US   (7 * TOIL_US_PER_DAY)
#define TOLERANCE 1e-9

static const struct test_world_spec *world_named(const char *name)
{
    for (size_t i = 0; i < test_world_count; i++)
        if (strcmp(test_worlds[i].name, name) == 0)
            return &test_worlds[i];
    cr_assert_fail("no world is called %s", name);
    return NULL;
}

static void write_band(struct toil_buf *text, const struct toil_screen_band *band)
{
    toil_buf_printf(text, "[%a %a %a %a %a %a %a %a %a %a %u %u %u %u %d]", band->observed, band->expected,
                    band->excess, band->excess_low, band->excess_high, band->ratio, band->ratio_low, band->ratio_high,
                    band->p, band->observed_all, band->windows, band->clusters, band->paired, band->carrying,
                    band->abstains);
}

/* Every number of the result, to the last bit. */
static char *text_of(const struct toil_link_data *data, const struct toil_links *links)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t i = 0; i < links->link_count; i++) {
        const struct toil_link *link = &links->link[i];
        toil_buf_printf(&text, "\nlink %u %u %d %d %s %a %a %d %u %a %a %a %d", link->source, link->topic,
                        link->verdict, link->grade, link->why, link->q, link->joint_p, link->common_cause, link->group,
                        link->attributed, link->attributed_low, link->attributed_high, link->bootstrapped);
        write_band(&text, &link->strongest);
        for (size_t p = 0; p < TOIL_N_PLACEBOS; p++)
            toil_buf_printf(&text, " placebo %a %a %a %a", link->placebo[p].excess, link->placebo[p].excess_low,
                            link->placebo[p].excess_high, link->placebo[p].p);
    }
    for (size_t i = 0; i < links->band_count; i++) {
        write_band(&text, &links->band[i].screen);
        toil_buf_printf(&text, " %a %a\n", links->band[i].q, links->band[i].attributed);
    }
    for (size_t i = 0; i < links->curve_count; i++)
        toil_buf_printf(&text, "\ncurve %a %a", links->curve[i].observed, links->curve[i].expected);
    for (size_t i = 0; i < links->week_count; i++)
        toil_buf_printf(&text, "\nweek %u %a", links->week[i].week, links->week[i].attributed);
    for (size_t i = 0; i < links->share_count; i++)
        toil_buf_printf(&text, "\nshare %u %u %u %a %a %a %lld", links->share[i].topic, links->share[i].ticket,
                        links->share[i].link, links->share[i].share, links->share[i].low, links->share[i].high,
                        (long long)links->share[i].event_at_us);
    for (size_t i = 0; i < data->topic_count; i++)
        toil_buf_printf(&text, "\nfit %a %a %zu", links->fit[i].baseline, links->fit[i].goodness.log_likelihood,
                        links->fit[i].candidates);
    return toil_buf_take(&text);
}

/* Says where two texts begin to differ. */
static void expect_same(const char *one, const char *other)
{
    size_t at = 0, line = 0;
    for (; one[at] && one[at] == other[at]; at++)
        line = one[at] == '\n' ? at + 1 : line;
    cr_expect(one[at] == other[at], "%.*s but %.*s", (int)strcspn(one + line, "\n"), one + line,
              (int)strcspn(other + line, "\n"), other + line);
}

static char *answer(const struct toil_link_data *data, unsigned threads)
{
    struct toil_link_options options = toil_link_options_default();
    struct toil_links links;
    options.threads = threads;
    toil_links_find(data, &options, &links);
    test_links_check(data, &links);
    cr_expect_gt(links.share_count, 0);
    char *text = text_of(data, &links);
    toil_links_release(&links);
    return text;
}

Test(links_properties, is_the_same_by_any_number_of_threads, .timeout = 60)
{
    static const char *const name[] = {"together", "regions"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        struct test_world world;
        test_world_make(world_named(name[i]), 1, 1, &world);
        char *one = answer(&world.data, 1), *two = answer(&world.data, 2);
        char *again = answer(&world.data, 2), *five = answer(&world.data, 5);
        expect_same(one, two);
        expect_same(two, again);
        expect_same(one, five);
        free(one);
        free(two);
        free(again);
        free(five);
        test_world_release(&world);
    }
}

/* Puts times on whole hours, so that many are equal, and orders equal ones by scope, upwards or downwards. */
static void order_ties(int64_t *at_us, uint32_t *scope, size_t count, bool is_upwards)
{
    for (size_t i = 0; i < count; i++)
        at_us[i] -= at_us[i] % TOIL_US_PER_HOUR;
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && at_us[j] == at_us[j - 1] && (scope[j] < scope[j - 1]) == is_upwards; j--) {
            const uint32_t other = scope[j];
            scope[j] = scope[j - 1];
            scope[j - 1] = other;
        }
}

Test(links_properties, is_the_same_in_any_order_of_events_at_one_time, .timeout = 60)
{
    struct test_world world;
    char *text[2];
    test_world_make(world_named("regions"), 1, 1, &world);
    for (int direction = 0; direction < 2; direction++) {
        for (size_t i = 0; i < world.data.source_count; i++)
            order_ties(world.at_us[i], world.scope[i], world.source[i].count, direction == 0);
        /* Tickets keep one order of equal times: whoever calls sees to that. */
        for (size_t i = 0; i < TEST_WORLD_TOPICS; i++) {
            const size_t place = world.data.source_count + i;
            order_ties(world.at_us[place], world.scope[place], world.topic[i].count, true);
        }
        text[direction] = answer(&world.data, 1);
    }
    expect_same(text[0], text[1]);
    free(text[0]);
    free(text[1]);
    test_world_release(&world);
}

Test(links_properties, has_another_seed_but_the_same_attribution_to_a_part, .timeout = 60)
{
    const struct toil_link_options options = toil_link_options_default();
    struct test_world world;
    struct toil_links one, other;
    test_world_make(world_named("plain"), 1, 1, &world);
    toil_links_find(&world.data, &options, &one);
    world.data.seed++;
    toil_links_find(&world.data, &options, &other);
    cr_assert_eq(one.link_count, other.link_count);
    for (size_t i = 0; i < one.link_count; i++)
        if (one.link[i].verdict == other.link[i].verdict && one.link[i].verdict == TOIL_LINK_ESTABLISHED)
            cr_expect(other.link[i].attributed >= one.link[i].attributed_low &&
                      other.link[i].attributed <= one.link[i].attributed_high);
    toil_links_release(&one);
    toil_links_release(&other);
    test_world_release(&world);
}

/* Keeps what came before `to`. */
static void cut(struct test_world *world, int64_t to_us)
{
    world->data.to_us = to_us;
    for (size_t i = 0; i < world->data.source_count; i++)
        while (world->source[i].count && world->source[i].at_us[world->source[i].count - 1] >= to_us)
            world->source[i].count--;
    for (size_t i = 0; i < TEST_WORLD_TOPICS; i++)
        while (world->topic[i].count && world->topic[i].at_us[world->topic[i].count - 1] >= to_us)
            world->topic[i].count--;
}

static const struct toil_link_ticket_share *share_like(const struct toil_links *links, const struct toil_links *other,
                                                       const struct toil_link_ticket_share *share)
{
    const struct toil_link *link = &other->link[share->link];
    for (size_t i = 0; i < links->share_count; i++)
        if (links->share[i].topic == share->topic && links->share[i].ticket == share->ticket &&
            links->link[links->share[i].link].source == link->source)
            return &links->share[i];
    return NULL;
}

static bool is_established_in(const struct toil_links *links, const struct toil_link *link)
{
    for (size_t i = 0; i < links->link_count; i++)
        if (links->link[i].source == link->source && links->link[i].topic == link->topic)
            return links->link[i].verdict == TOIL_LINK_ESTABLISHED;
    return false;
}

Test(links_properties, moves_no_old_share_beyond_its_interval_with_a_week_more, .timeout = 60)
{
    const struct toil_link_options options = toil_link_options_default();
    struct test_world world, shorter;
    struct toil_links whole, before;
    size_t compared = 0;
    test_world_make(world_named("plain"), 1, 3, &world);
    test_world_make(world_named("plain"), 1, 3, &shorter);
    cut(&world, world.data.from_us + 40 * WEEK_US);
    cut(&shorter, shorter.data.from_us + 39 * WEEK_US);
    toil_links_find(&world.data, &options, &whole);
    toil_links_find(&shorter.data, &options, &before);
    for (size_t i = 0; i < before.share_count; i++) {
        const struct toil_link_ticket_share *old = &before.share[i], *now = share_like(&whole, &before, old);
        if (!is_established_in(&whole, &before.link[old->link]))
            continue;
        const double share = now ? now->share : 0;
        cr_expect(share >= old->low - TOLERANCE && share <= old->high + TOLERANCE, "%g was %g (%g to %g)", share,
                  old->share, old->low, old->high);
        compared++;
    }
    cr_expect_gt(compared, 50);
    toil_links_release(&whole);
    toil_links_release(&before);
    test_world_release(&world);
    test_world_release(&shorter);
}

/* ---- a release and the restarts that it brings ---- */

enum { RELEASES = 26, RESTARTING = 4, OWN_RESTARTS = 40, CAUSED = 4, UNCAUSED = 200, MOST = 1000 };

static int compare_times(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static int64_t any_time(struct test_random *random)
{
    return (int64_t)test_random_below(random, 52 * 7 * 86400) * TOIL_US_PER_SECOND;
}

/* Every second week a release, and within two minutes four components restart, which they do at other times, too. Their
 * columns in the fit are nearly copies of its, but only the release's tickets are there. */
Test(links_properties, tells_a_release_from_the_restarts_that_it_brings, .timeout = 60)
{
    static int64_t event[RESTARTING + 1][RELEASES + OWN_RESTARTS], ticket[MOST];
    struct test_random random = {7};
    struct toil_link_source source[RESTARTING + 1];
    size_t tickets = 0;
    for (size_t r = 0; r < RELEASES; r++) {
        int64_t hour = 24 * ((int64_t)r * 14 + test_random_below(&random, 12)) + 8 + test_random_below(&random, 8);
        event[0][r] = hour * TOIL_US_PER_HOUR;
        for (size_t c = 1; c <= RESTARTING; c++)
            event[c][r] = event[0][r] + (int64_t)(5 + test_random_below(&random, 85)) * TOIL_US_PER_SECOND;
        for (size_t i = 0; i < CAUSED; i++)
            ticket[tickets++] = event[0][r] + (int64_t)test_random_below(&random, 4 * 3600) * TOIL_US_PER_SECOND;
    }
    for (size_t c = 1; c <= RESTARTING; c++)
        for (size_t i = 0; i < OWN_RESTARTS; i++)
            event[c][RELEASES + i] = any_time(&random);
    for (size_t i = 0; i < UNCAUSED; i++)
        ticket[tickets++] = any_time(&random);
    qsort(ticket, tickets, sizeof *ticket, compare_times);
    for (size_t c = 0; c <= RESTARTING; c++) {
        size_t count = c == 0 ? RELEASES : RELEASES + OWN_RESTARTS;
        qsort(event[c], count, sizeof **event, compare_times);
        source[c] = (struct toil_link_source){
            .at_us = event[c], .count = count, .component = (uint32_t)c, .release = c == 0, .own_topic = TOIL_NO_TOPIC};
    }
    const struct toil_link_topic topic = {.at_us = ticket, .count = tickets};
    const struct toil_link_data data = {.to_us = 52 * WEEK_US,
                                        .bin_us = 5 * TOIL_US_PER_MINUTE,
                                        .band = {{0, 15 * TOIL_US_PER_MINUTE},
                                                 {15 * TOIL_US_PER_MINUTE, TOIL_US_PER_HOUR},
                                                 {TOIL_US_PER_HOUR, 4 * TOIL_US_PER_HOUR},
                                                 {4 * TOIL_US_PER_HOUR, 12 * TOIL_US_PER_HOUR}},
                                        .band_count = 4,
                                        .lead = {-30 * TOIL_US_PER_MINUTE, 0},
                                        .source = source,
                                        .source_count = RESTARTING + 1,
                                        .topic = &topic,
                                        .topic_count = 1,
                                        .seed = 1};
    const struct toil_link_options options = toil_link_options_default();
    struct toil_links links;
    toil_links_find(&data, &options, &links);
    test_links_check(&data, &links);
    cr_assert_eq(links.link_count, RESTARTING + 1);
    double restarts = 0;
    for (size_t i = 0; i < links.link_count; i++) {
        const struct toil_link *link = &links.link[i];
        cr_expect_leq(link->q, 0.05, "all seem to be causes");
        if (link->source == 0)
            cr_expect(link->verdict == TOIL_LINK_ESTABLISHED && link->attributed_low <= RELEASES * CAUSED &&
                          link->attributed_high >= RELEASES * CAUSED,
                      "%s: %g, %g to %g", link->why, link->attributed, link->attributed_low, link->attributed_high);
        else
            restarts += link->attributed;
    }
    cr_expect_lt(restarts, 0.2 * RELEASES * CAUSED);
    toil_links_release(&links);
}
