/* The code behind lib_screen.h. */
#include "support/lib_screen.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

const struct toil_lag_band test_bands[6] = {{0, 15 * MINUTE},      {15 * MINUTE, HOUR},    {HOUR, 4 * HOUR},
                                            {4 * HOUR, 12 * HOUR}, {12 * HOUR, 24 * HOUR}, {24 * HOUR, 72 * HOUR}};

struct test_world *test_world_new(unsigned long seed)
{
    struct test_world *world = calloc(1, sizeof *world);
    cr_assert(world);
    world->data = (struct toil_link_data){.from_us = START,
                                          .to_us = START + WEEKS * WEEK,
                                          .bin_us = 5 * MINUTE,
                                          .band_count = 6,
                                          .lead = {-30 * MINUTE, 0},
                                          .source = &world->source,
                                          .source_count = 1,
                                          .topic = &world->topic,
                                          .topic_count = 1,
                                          .seed = seed};
    memcpy(world->data.band, test_bands, sizeof test_bands);
    world->source = (struct toil_link_source){.at_us = world->event, .own_topic = TOIL_NO_TOPIC};
    world->topic = (struct toil_link_topic){.at_us = world->ticket};
    world->random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(world->random, seed);
    return world;
}

void test_world_free(struct test_world *world)
{
    gsl_rng_free(world->random);
    free(world);
}

void test_world_event(struct test_world *world, int64_t at_us, uint32_t scope)
{
    cr_assert_lt(world->source.count, MAX);
    world->event[world->source.count] = at_us;
    world->event_scope[world->source.count++] = scope;
}

void test_world_ticket(struct test_world *world, int64_t at_us, uint32_t scope)
{
    cr_assert_lt(world->topic.count, MAX);
    if (at_us < world->data.from_us || at_us >= world->data.to_us)
        return;
    world->ticket[world->topic.count] = at_us;
    world->ticket_scope[world->topic.count++] = scope;
}

static void sort_times(int64_t *at_us, uint32_t *scope, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const int64_t at = at_us[i];
        const uint32_t its = scope[i];
        size_t j = i;
        for (; j > 0 && at_us[j - 1] > at; j--) {
            at_us[j] = at_us[j - 1];
            scope[j] = scope[j - 1];
        }
        at_us[j] = at;
        scope[j] = its;
    }
}

void test_world_ready(struct test_world *world, uint32_t scope_count)
{
    sort_times(world->event, world->event_scope, world->source.count);
    sort_times(world->ticket, world->ticket_scope, world->topic.count);
    world->data.scope_count = scope_count;
    world->source.scope = scope_count > 0 ? world->event_scope : NULL;
    world->topic.scope = scope_count > 0 ? world->ticket_scope : NULL;
}

int64_t test_world_any_time(const struct test_world *world)
{
    return (int64_t)gsl_ran_flat(world->random, (double)world->data.from_us, (double)world->data.to_us);
}

struct toil_screen_result test_world_screen(const struct test_world *world)
{
    struct toil_screen_result result;
    struct toil_screen_topic *topic = toil_screen_topic_new(&world->data, 0);
    struct toil_screen_source *source = toil_screen_source_new(&world->data, 0);
    toil_screen(&world->data, topic, source, &result);
    toil_screen_source_free(source);
    toil_screen_topic_free(topic);
    return result;
}

struct toil_screen_band test_world_band(const struct test_world *world, struct toil_lag_band band)
{
    struct toil_screen_band result;
    const struct toil_screen_events events = {world->source.at_us, world->source.scope, world->source.count};
    struct toil_screen_topic *topic = toil_screen_topic_new(&world->data, 0);
    toil_screen_band(&world->data, topic, &events, &band, 1, &result);
    toil_screen_topic_free(topic);
    return result;
}

struct toil_screen_band test_world_placebo(const struct test_world *world, struct toil_lag_band band,
                                           enum toil_placebo which)
{
    struct toil_screen_band result;
    struct toil_screen_topic *topic = toil_screen_topic_new(&world->data, 0);
    toil_screen_placebo(&world->data, topic, 0, &band, which, &result);
    toil_screen_topic_free(topic);
    return result;
}
