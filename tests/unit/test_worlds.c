/* The simulated worlds that the search for links is measured in: that they are what they say. */
#include <criterion/criterion.h>
#include <string.h>

#include "support/lib_worlds.h"
#include "toilmeter/timestamp.h"

static const struct test_world_spec *world_named(const char *name)
{
    for (size_t i = 0; i < test_world_count; i++)
        if (strcmp(test_worlds[i].name, name) == 0)
            return &test_worlds[i];
    cr_assert_fail("no world is called %s", name);
    return NULL;
}

static size_t source_named(const struct test_world *world, const char *name)
{
    for (size_t i = 0; i < world->data.source_count; i++)
        if (strcmp(world->spec[i]->name, name) == 0)
            return i;
    cr_assert_fail("no source is called %s", name);
    return 0;
}

static void check_times(const struct toil_link_data *data, const int64_t *at_us, const uint32_t *scope, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_assert_geq(at_us[i], data->from_us);
        cr_assert_lt(at_us[i], data->to_us);
        cr_assert(i == 0 || at_us[i] >= at_us[i - 1]);
        cr_assert((scope != NULL) == (data->scope_count > 0));
        cr_assert(!scope || scope[i] < data->scope_count || scope[i] == TOIL_NO_SCOPE);
    }
}

Test(worlds, hold_ordered_times_within_the_window_and_their_links)
{
    for (size_t w = 0; w < test_world_count; w++) {
        const struct test_world_spec *spec = &test_worlds[w];
        struct test_world world;
        double caused = 0;
        if (spec->tickets > 10)
            continue;
        test_world_make(spec, 1, w, &world);
        for (size_t i = 0; i < world.data.source_count; i++) {
            cr_assert_gt(world.source[i].count, 2, "%s: %s", spec->name, world.spec[i]->name);
            check_times(&world.data, world.source[i].at_us, world.source[i].scope, world.source[i].count);
            for (size_t t = 0; t < TEST_WORLD_TOPICS; t++) {
                cr_assert_eq(world.is_true[i][t], world.caused[i][t] > 0, "%s: %s", spec->name, world.spec[i]->name);
                caused += world.caused[i][t];
            }
        }
        for (size_t t = 0; t < TEST_WORLD_TOPICS; t++)
            check_times(&world.data, world.topic[t].at_us, world.topic[t].scope, world.topic[t].count);
        cr_assert(spec->nothing ? caused == 0 : caused > 100);
        test_world_release(&world);
    }
}

Test(worlds, are_the_same_again_and_differ_by_round_seed_and_name)
{
    static const struct {
        const char *name;
        uint64_t seed, round;
    } other[] = {{"plain", 1, 2}, {"plain", 2, 1}, {"office", 1, 1}};
    struct test_world first, again;
    test_world_make(world_named("plain"), 1, 1, &first);
    test_world_make(world_named("plain"), 1, 1, &again);
    const size_t bytes = first.source[1].count * sizeof *first.source[1].at_us;
    cr_assert_eq(first.source[1].count, again.source[1].count);
    cr_assert_arr_eq(first.source[1].at_us, again.source[1].at_us, bytes);
    cr_assert_eq(first.topic[0].count, again.topic[0].count);
    test_world_release(&again);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        test_world_make(world_named(other[i].name), other[i].seed, other[i].round, &again);
        cr_assert_neq(first.source[1].at_us[0], again.source[1].at_us[0]);
        test_world_release(&again);
    }
    test_world_release(&first);
}

/* Share of the times within [from, to) hours of the local day. */
static double share_within(const struct test_world *world, const int64_t *at_us, size_t count, int from, int to)
{
    size_t within = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t offset_us = 0;
        for (size_t o = 0; o < world->data.offset_count; o++)
            if (world->data.offset[o].from_us <= at_us[i])
                offset_us = world->data.offset[o].offset_us;
        const int64_t hour = (at_us[i] + offset_us) / TOIL_US_PER_HOUR % 24;
        within += hour >= from && hour < to;
    }
    return (double)within / (double)count;
}

Test(worlds, follow_the_local_clock_in_summer_too)
{
    struct test_world world;
    test_world_make(world_named("batch"), 1, 1, &world);
    const size_t batch = source_named(&world, "batch");
    cr_assert_eq(share_within(&world, world.source[batch].at_us, world.source[batch].count, 2, 3), 1);
    test_world_release(&world);
    test_world_make(world_named("office"), 1, 1, &world);
    const size_t desk = source_named(&world, "desk");
    cr_assert_eq(share_within(&world, world.source[desk].at_us, world.source[desk].count, 9, 17), 1);
    cr_assert_gt(share_within(&world, world.topic[3].at_us, world.topic[3].count, 8, 18), 0.7);
    test_world_release(&world);
}

Test(worlds, keep_twins_within_half_a_minute)
{
    struct test_world world;
    test_world_make(world_named("together"), 1, 1, &world);
    const size_t twin = source_named(&world, "web-twin"), web = source_named(&world, "web");
    cr_assert_eq(world.twin[twin], web);
    cr_assert_eq(world.twin[web], twin);
    cr_assert_eq(world.source[twin].count, world.source[web].count);
    for (size_t i = 0; i < world.source[web].count; i++) {
        const int64_t apart_us = world.source[twin].at_us[i] - world.source[web].at_us[i];
        cr_assert(apart_us >= 0 && apart_us < 30 * TOIL_US_PER_SECOND);
    }
    test_world_release(&world);
}

Test(worlds, count_what_came_before_the_record_apart)
{
    struct test_world world;
    test_world_make(world_named("late-record"), 1, 1, &world);
    const size_t manual = source_named(&world, "manual");
    cr_assert_gt(world.out_of_reach, 10);
    cr_assert_gt(world.caused[manual][3], 2 * world.out_of_reach);
    test_world_release(&world);
}
