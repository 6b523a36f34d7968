/* The screen: windows, referents, clusters and scopes by hand and against a slow count. */
#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "support/lib_screen.h"

/* ---- by hand ---- */

/* Ten events, 33 days and 5 hours apart: no referent of one meets another. */
static void add_ten_events(struct test_world *world)
{
    for (int i = 0; i < 10; i++)
        test_world_event(world, START + 5 * WEEK + i * (33 * DAY + 5 * HOUR), TOIL_NO_SCOPE);
}

Test(screen, tickets_right_behind_events_are_an_excess)
{
    struct test_world *world = test_world_new(1);
    add_ten_events(world);
    for (size_t i = 0; i < 10; i++) {
        test_world_ticket(world, world->event[i] + 5 * MINUTE, TOIL_NO_SCOPE);
        test_world_ticket(world, world->event[i] + 15 * MINUTE, TOIL_NO_SCOPE); /* the next band's */
        test_world_ticket(world, world->event[i] + 2 * WEEK + MINUTE, TOIL_NO_SCOPE);
    }
    test_world_ready(world, 0);
    const struct toil_screen_result got = test_world_screen(world);
    const struct toil_screen_band *band = &got.band[0];
    cr_expect_eq(band->windows, 10);
    cr_expect_eq(band->clusters, 10);
    cr_expect_eq(band->paired, 10);
    cr_expect_eq(band->carrying, 5);
    cr_expect_not(band->abstains);
    cr_expect_float_eq(band->observed, 10, 0);
    cr_expect_float_eq(band->observed_all, 10, 0);
    cr_expect_float_eq(band->expected, 10 / 8.0, 1e-12); /* one ticket in one of eight weeks, ten times */
    cr_expect_float_eq(band->excess, 8.75, 1e-12);
    cr_expect_float_eq(band->excess_low, 8.75, 1e-12);
    cr_expect_float_eq(band->excess_high, 8.75, 1e-12);
    cr_expect_float_eq(band->ratio, 8, 1e-12);
    cr_expect_float_eq(band->p, pow(2.0 / 9, 10), 1e-18); /* two options of nine reach 1 */
    cr_expect_float_eq(got.band[1].observed, 10, 0);
    cr_expect_float_eq(got.band[1].expected, 0, 0);
    cr_expect(isnan(got.band[1].ratio) && isnan(got.band[1].ratio_low) && isnan(got.band[1].ratio_high));
    cr_expect_float_eq(got.band[1].p, pow(1.0 / 9, 10), 1e-20);
    cr_expect_float_eq(got.lead.observed, 0, 0);
    cr_expect_float_eq(got.lead.p, 1, 1e-12);
    test_world_free(world);
}

Test(screen, overlapping_windows_are_merged_and_episodes_within_a_day_are_one_cluster)
{
    static const struct {
        int64_t apart_us;
        uint32_t windows, clusters;
    } cases[] = {
        {0, 2, 2},
        {14 * MINUTE, 2, 2},
        {15 * MINUTE, 2, 2},
        {16 * MINUTE, 4, 2},
        {24 * HOUR + 14 * MINUTE, 4, 2},
        {24 * HOUR + 15 * MINUTE, 4, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_world *world = test_world_new(1);
        for (int j = 0; j < 2; j++) {
            test_world_event(world, START + (20 + 10 * j) * WEEK, TOIL_NO_SCOPE);
            test_world_event(world, START + (20 + 10 * j) * WEEK + cases[i].apart_us, TOIL_NO_SCOPE);
            test_world_ticket(world, START + (20 + 10 * j) * WEEK + cases[i].apart_us + MINUTE, TOIL_NO_SCOPE);
        }
        test_world_ready(world, 0);
        const struct toil_screen_band got = test_world_band(world, test_bands[0]);
        cr_expect_eq(got.windows, cases[i].windows, "case %zu: %u windows", i, got.windows);
        cr_expect_eq(got.clusters, cases[i].clusters, "case %zu: %u clusters", i, got.clusters);
        cr_expect_float_eq(got.observed, 2, 0, "case %zu", i);
        test_world_free(world);
    }
}

/* Two events so many weeks apart or from an end: which pairs are left shows in p, as 1 in (1 + referents) each. */
Test(screen, a_pair_is_dropped_whole_when_one_of_it_is_exposed_or_outside)
{
    static const struct {
        int64_t first_us, second_us;
        double options[2]; /* 0: no pair */
    } cases[] = {
        {START + 20 * WEEK, START + 40 * WEEK, {9, 9}},
        {START + 20 * WEEK, START + 23 * WEEK, {7, 7}},
        {START + 20 * WEEK, START + 23 * WEEK + 14 * MINUTE, {7, 7}},
        {START + 20 * WEEK, START + 23 * WEEK + 15 * MINUTE, {9, 9}},
        {START + 2 * WEEK, START + 40 * WEEK, {5, 9}},
        {START + WEEK - MINUTE, START + 40 * WEEK, {0, 9}},
        {START + 40 * WEEK, START + (WEEKS - 3) * WEEK - 15 * MINUTE, {9, 7}},
        {START + 40 * WEEK, START + (WEEKS - 3) * WEEK - 14 * MINUTE, {9, 5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_world *world = test_world_new(1);
        test_world_event(world, cases[i].first_us, TOIL_NO_SCOPE);
        test_world_event(world, cases[i].second_us, TOIL_NO_SCOPE);
        test_world_ticket(world, cases[i].first_us, TOIL_NO_SCOPE);
        test_world_ticket(world, cases[i].second_us, TOIL_NO_SCOPE);
        test_world_ready(world, 0);
        const struct toil_screen_band got = test_world_band(world, test_bands[0]);
        cr_expect_float_eq(got.observed_all, 2, 0);
        if (cases[i].options[0] > 0) {
            cr_expect_float_eq(got.p, 1 / cases[i].options[0] / cases[i].options[1], 1e-12, "case %zu: %g", i, got.p);
            cr_expect_float_eq(got.observed, 2, 0);
        } else {
            cr_expect(got.abstains && isnan(got.p) && isnan(got.excess) && isnan(got.ratio), "case %zu", i);
            cr_expect_eq(got.paired, 1);
        }
        test_world_free(world);
    }
}

Test(screen, a_ticket_with_a_scope_meets_events_of_its_scope_or_of_none)
{
    /* Three events a week's part apart, of scope 0, of scope 1 and of none; and one ticket behind each, of each sort.
     */
    static const uint32_t sorts[] = {0, 1, 2, TOIL_NO_SCOPE};
    for (size_t sort = 0; sort < 4; sort++) {
        struct test_world *world = test_world_new(1);
        for (int j = 0; j < 2; j++) {
            const int64_t at_us = START + (20 + 10 * j) * WEEK;
            static const uint32_t scopes[] = {0, 1, TOIL_NO_SCOPE};
            for (int e = 0; e < 3; e++) {
                test_world_event(world, at_us + e * 40 * HOUR, scopes[e]);
                test_world_ticket(world, at_us + e * 40 * HOUR + MINUTE, sorts[sort]);
            }
        }
        test_world_ready(world, 3);
        const struct toil_screen_band got = test_world_band(world, test_bands[0]);
        const double want[] = {4, 4, 2, 6};
        cr_expect_float_eq(got.observed, want[sort], 0, "sort %zu: %g", sort, got.observed);
        cr_expect_float_eq(got.observed_all, want[sort], 0);
        cr_expect_eq(got.clusters, (uint32_t)want[sort]);
        cr_expect_float_eq(got.p, pow(1.0 / 9, want[sort]), 1e-12);
        test_world_free(world);
    }
}

Test(screen, the_same_bad_day_in_many_scopes_is_one_cluster)
{
    struct test_world *world = test_world_new(1);
    for (int j = 0; j < 3; j++) {
        for (uint32_t s = 0; s < 5; s++) {
            test_world_event(world, START + (20 + 10 * j) * WEEK + s * HOUR, s);
            test_world_ticket(world, START + (20 + 10 * j) * WEEK + s * HOUR + MINUTE, s);
        }
    }
    test_world_ready(world, 5);
    const struct toil_screen_band got = test_world_band(world, test_bands[0]);
    cr_expect_eq(got.windows, 15);
    cr_expect_eq(got.clusters, 3);
    cr_expect_eq(got.carrying, 2);
    cr_expect_float_eq(got.observed, 15, 0);
    cr_expect_float_eq(got.p, pow(1.0 / 9, 3), 1e-12);
    test_world_free(world);
}

Test(screen, the_same_time_of_the_week_is_meant_locally)
{
    /* Tickets at 9:00 local every day; events at 8:50 local, some weeks around a change of the clocks. */
    struct test_world *world = test_world_new(1);
    const int64_t change_us = START + 30 * WEEK + 3 * DAY;
    const struct toil_link_offset offset[] = {{START, HOUR}, {change_us, 2 * HOUR}};
    for (int d = 0; d < WEEKS * 7; d++) {
        const int64_t at_us = START + d * DAY + 8 * HOUR;
        test_world_ticket(world, at_us - (at_us >= change_us ? HOUR : 0), TOIL_NO_SCOPE);
    }
    for (int i = -3; i <= 3; i++) {
        const int64_t at_us = START + (30 + i) * WEEK + (3 + i) * DAY + 8 * HOUR - 10 * MINUTE;
        test_world_event(world, at_us - (at_us >= change_us ? HOUR : 0), TOIL_NO_SCOPE);
    }
    test_world_ready(world, 0);
    const struct toil_screen_band utc = test_world_band(world, test_bands[0]);
    world->data.offset = offset;
    world->data.offset_count = 2;
    const struct toil_screen_band local = test_world_band(world, test_bands[0]);
    cr_expect_float_eq(local.observed, 7, 0);
    cr_expect_float_eq(local.expected, 7, 1e-12);
    cr_expect_lt(utc.expected, 6, "%g", utc.expected);
    test_world_free(world);
}

Test(screen, what_cannot_be_said_is_not_said)
{
    static const struct {
        int count;
        int64_t first_us, step_us;
        uint32_t clusters, paired;
    } cases[] = {
        {0, START, 0, 0, 0},
        {1, START + 30 * WEEK, 0, 1, 1},
        {50, START + 30 * WEEK, 0, 1, 1}, /* all at one instant */
        {1, START, 0, 1, 0},              /* at the edges */
        {1, START + WEEKS * WEEK - 1, 0, 1, 0},
        {WEEKS * 7 * 8, START, 3 * HOUR, 1, 0}, /* without a pause */
        {WEEKS, START + DAY, WEEK, WEEKS, 0},   /* every week at the same time */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_world *world = test_world_new(1);
        for (int j = 0; j < cases[i].count; j++)
            test_world_event(world, cases[i].first_us + j * cases[i].step_us, TOIL_NO_SCOPE);
        test_world_ticket(world, START, TOIL_NO_SCOPE);
        test_world_ticket(world, START + 30 * WEEK + MINUTE, TOIL_NO_SCOPE);
        test_world_ticket(world, START + WEEKS * WEEK - 1, TOIL_NO_SCOPE);
        test_world_ready(world, 0);
        const struct toil_screen_result got = test_world_screen(world);
        for (size_t b = 0; b < 6; b++) {
            cr_expect(got.band[b].abstains && isnan(got.band[b].p) && isnan(got.band[b].excess_low));
            cr_expect(isfinite(got.band[b].observed) && isfinite(got.band[b].observed_all));
        }
        cr_expect(got.lead.abstains && isnan(got.lead.p));
        cr_expect_eq(got.band[0].clusters, cases[i].clusters, "case %zu: %u", i, got.band[0].clusters);
        cr_expect_eq(got.band[0].paired, cases[i].paired, "case %zu: %u", i, got.band[0].paired);
        for (int which = 0; which < TOIL_N_PLACEBOS; which++)
            cr_expect(test_world_placebo(world, test_bands[0], (enum toil_placebo)which).abstains, "case %zu", i);
        test_world_free(world);
    }
}

Test(screen, without_tickets_nothing_is_asked)
{
    struct test_world *world = test_world_new(1);
    add_ten_events(world);
    test_world_ready(world, 0);
    const struct toil_screen_result got = test_world_screen(world);
    for (size_t b = 0; b < 6; b++) {
        cr_expect(got.band[b].abstains && isnan(got.band[b].p));
        cr_expect_float_eq(got.band[b].observed_all, 0, 0);
    }
    test_world_ticket(world, START, TOIL_NO_SCOPE); /* before any event */
    test_world_ready(world, 0);
    const struct toil_screen_band one = test_world_screen(world).band[0];
    cr_expect_not(one.abstains);
    cr_expect_float_eq(one.p, 1, 0);
    cr_expect_float_eq(one.excess, 0, 0);
    cr_expect_float_eq(one.excess_low, 0, 0);
    cr_expect_float_eq(one.excess_high, 0, 0);
    cr_expect_eq(one.carrying, 0);
    test_world_free(world);
}

Test(screen, the_mirror_lies_as_far_before_the_event_beyond_the_lead_band)
{
    static const struct {
        int64_t lag_us;
        double mirror, lead; /* tickets of ten */
    } cases[] = {
        {-MINUTE, 0, 10},      {-30 * MINUTE, 0, 10}, {-31 * MINUTE, 0, 0}, {-45 * MINUTE, 0, 0},
        {-46 * MINUTE, 10, 0}, {-90 * MINUTE, 10, 0}, {-91 * MINUTE, 0, 0}, {20 * MINUTE, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_world *world = test_world_new(1);
        add_ten_events(world);
        for (size_t e = 0; e < 10; e++)
            test_world_ticket(world, world->event[e] + cases[i].lag_us, TOIL_NO_SCOPE);
        test_world_ready(world, 0);
        const struct toil_screen_band mirror = test_world_placebo(world, test_bands[1], TOIL_PLACEBO_MIRROR);
        cr_expect_float_eq(mirror.observed, cases[i].mirror, 0, "case %zu: %g", i, mirror.observed);
        cr_expect_float_eq(test_world_screen(world).lead.observed, cases[i].lead, 0, "case %zu", i);
        test_world_free(world);
    }
}

/* ---- against a slow count ---- */

static bool meets(const struct test_world *world, size_t event, size_t ticket, struct toil_lag_band band)
{
    const uint32_t its = world->event_scope[event], scope = world->ticket_scope[ticket];
    const int64_t lag_us = world->ticket[ticket] - world->event[event];
    return (its == scope || its == TOIL_NO_SCOPE || scope == TOIL_NO_SCOPE) && lag_us >= band.from_us &&
           lag_us < band.to_us;
}

static double count_exposed(const struct test_world *world, struct toil_lag_band band)
{
    double count = 0;
    for (size_t t = 0; t < world->topic.count; t++) {
        bool exposed = false;
        for (size_t e = 0; e < world->source.count && !exposed; e++)
            exposed = meets(world, e, t, band);
        count += exposed;
    }
    return count;
}

Test(screen, every_exposed_ticket_is_counted_once_whatever_the_scopes)
{
    static const struct {
        int events, tickets;
        uint32_t scopes;
        double unscoped; /* share of events and tickets without a scope */
    } cases[] = {{300, 800, 0, 1}, {300, 800, 3, 0}, {300, 800, 5, 0.3}, {30, 200, 40, 0.5}, {3000, 300, 300, 0.7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_world *world = test_world_new(i + 1);
        for (int j = 0; j < cases[i].events + cases[i].tickets; j++) {
            const bool without = gsl_rng_uniform(world->random) < cases[i].unscoped;
            const uint32_t scope =
                without ? TOIL_NO_SCOPE : (uint32_t)gsl_rng_uniform_int(world->random, cases[i].scopes);
            if (j < cases[i].events)
                test_world_event(world, test_world_any_time(world), scope);
            else
                test_world_ticket(world, test_world_any_time(world), scope);
        }
        test_world_ready(world, cases[i].scopes);
        const struct toil_screen_result got = test_world_screen(world);
        for (size_t b = 0; b < 6; b++) {
            const double want = count_exposed(world, test_bands[b]);
            cr_expect_float_eq(got.band[b].observed_all, want, 0, "case %zu, band %zu: %g, not %g", i, b,
                               got.band[b].observed_all, want);
            cr_expect_leq(got.band[b].observed, want);
        }
        test_world_free(world);
    }
}

/* The screen of one band without scopes, minute by minute, for times that are whole minutes. */
#define MINUTES (WEEKS * 7 * 24 * 60)
struct slow {
    bool exposed[MINUTES];
    uint32_t tickets[MINUTES];
    double observed, expected;
    uint32_t windows, clusters, paired;
};

static bool slow_is_clean(const struct slow *slow, long from, long to, long shift)
{
    if (from + shift < 0 || to + shift > MINUTES)
        return false;
    for (long m = from; m < to; m++) {
        if (slow->exposed[m + shift])
            return false;
    }
    return true;
}

static double slow_count(const struct slow *slow, long from, long to)
{
    double count = 0;
    for (long m = from; m < to; m++)
        count += slow->tickets[m];
    return count;
}

/* One cluster's windows, [from, to) each. */
static void slow_cluster(struct slow *slow, long (*window)[2], size_t count)
{
    static const long week = 7 * 24 * 60;
    double best = 0, whole = 0, observed = 0, expected = 0;
    for (size_t w = 0; w < count; w++)
        whole += (double)(window[w][1] - window[w][0]);
    for (int pairs = 1; pairs < 16; pairs++) {
        double length = 0, own = 0, referents = 0;
        const int n = 2 * __builtin_popcount((unsigned)pairs);
        for (size_t w = 0; w < count; w++) {
            const long from = window[w][0], to = window[w][1];
            double sum = 0;
            bool clean = true;
            for (int k = 1; k <= 4; k++) {
                if (!(pairs & 1 << (k - 1)))
                    continue;
                clean = clean && slow_is_clean(slow, from, to, -k * week) && slow_is_clean(slow, from, to, k * week);
                if (clean)
                    sum += slow_count(slow, from - k * week, to - k * week) +
                           slow_count(slow, from + k * week, to + k * week);
            }
            if (!clean)
                continue;
            length += (double)(to - from);
            own += slow_count(slow, from, to);
            referents += sum / n;
        }
        if (2 * length >= whole && length * n / (n + 1) > best) {
            best = length * n / (n + 1);
            observed = own;
            expected = referents;
        }
    }
    slow->clusters++;
    slow->paired += best > 0;
    slow->observed += observed;
    slow->expected += expected;
}

static void slow_screen(struct slow *slow)
{
    static long window[MAX][2];
    size_t count = 0;
    for (long m = 0; m < MINUTES; m++) {
        if (!slow->exposed[m])
            continue;
        const long from = m;
        while (m < MINUTES && slow->exposed[m])
            m++;
        if (count > 0 && from - window[count - 1][1] >= 24 * 60) {
            slow_cluster(slow, window, count);
            count = 0;
        }
        window[count][0] = from;
        window[count++][1] = m;
        slow->windows++;
    }
    if (count > 0)
        slow_cluster(slow, window, count);
}

Test(screen, equals_a_count_minute_by_minute)
{
    static const struct {
        int events, tickets;
        bool bursts;
    } cases[] = {{12, 3000, false}, {60, 3000, false}, {300, 3000, false}, {300, 3000, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct test_world *world = test_world_new(i + 1);
        int64_t at_us = test_world_any_time(world);
        for (int j = 0; j < cases[i].events; j++) {
            const bool near = cases[i].bursts && gsl_rng_uniform(world->random) < 0.8;
            at_us =
                near ? at_us + (int64_t)gsl_ran_flat(world->random, 0, 6 * (double)HOUR) : test_world_any_time(world);
            if (at_us < world->data.to_us)
                test_world_event(world, at_us / MINUTE * MINUTE + START % MINUTE, TOIL_NO_SCOPE);
        }
        for (int j = 0; j < cases[i].tickets; j++)
            test_world_ticket(world, test_world_any_time(world) / MINUTE * MINUTE + START % MINUTE, TOIL_NO_SCOPE);
        test_world_ready(world, 0);
        const struct toil_screen_result got = test_world_screen(world);
        size_t compared = 0;
        for (size_t b = 0; b < 6; b++) {
            struct slow *slow = calloc(1, sizeof *slow);
            cr_assert(slow);
            for (size_t e = 0; e < world->source.count; e++) {
                for (int64_t lag_us = test_bands[b].from_us; lag_us < test_bands[b].to_us; lag_us += MINUTE) {
                    const int64_t minute = (world->event[e] + lag_us - START) / MINUTE;
                    if (minute >= 0 && minute < MINUTES)
                        slow->exposed[minute] = true;
                }
            }
            for (size_t t = 0; t < world->topic.count; t++)
                slow->tickets[(world->ticket[t] - START) / MINUTE]++;
            slow_screen(slow);
            cr_expect_eq(got.band[b].windows, slow->windows, "case %zu, band %zu", i, b);
            cr_expect_eq(got.band[b].clusters, slow->clusters, "case %zu, band %zu", i, b);
            cr_expect_eq(got.band[b].paired, slow->paired, "case %zu, band %zu", i, b);
            if (!got.band[b].abstains) {
                cr_expect_float_eq(got.band[b].observed, slow->observed, 0, "case %zu, band %zu", i, b);
                cr_expect_float_eq(got.band[b].expected, slow->expected, 1e-9, "case %zu, band %zu", i, b);
                compared++;
            }
            free(slow);
        }
        cr_expect_geq(compared, 4, "case %zu: %zu bands", i, compared);
        test_world_free(world);
    }
}

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a <= b && a >= b);
}

/* Two topics in one world: the first half of its tickets, and the second. */
Test(screen, all_topics_together_get_the_numbers_of_each_alone)
{
    struct test_world *world = test_world_new(1);
    for (int j = 0; j < 2000; j++) {
        const uint32_t scope = (uint32_t)gsl_rng_uniform_int(world->random, 4);
        if (j < 150)
            test_world_event(world, test_world_any_time(world), scope < 3 ? scope : TOIL_NO_SCOPE);
        else
            test_world_ticket(world, test_world_any_time(world), scope < 3 ? scope : TOIL_NO_SCOPE);
    }
    test_world_ready(world, 3);
    const size_t half = world->topic.count / 2;
    const struct toil_link_topic topics[] = {
        {.at_us = world->ticket, .scope = world->ticket_scope, .count = half},
        {.at_us = world->ticket + half, .scope = world->ticket_scope + half, .count = world->topic.count - half},
        {.count = 0},
        {.at_us = world->ticket, .count = half}, /* the first without scopes */
    };
    world->data.topic = topics;
    world->data.topic_count = 4;
    struct toil_screen_topic *all = toil_screen_topics_new(&world->data);
    struct toil_screen_source *source = toil_screen_source_new(&world->data, 0);
    struct toil_screen_result together[4], alone;
    toil_screen(&world->data, all, source, together);
    for (uint32_t t = 0; t < 4; t++) {
        struct toil_screen_topic *topic = toil_screen_topic_new(&world->data, t);
        toil_screen(&world->data, topic, source, &alone);
        for (size_t b = 0; b < 7; b++) {
            const struct toil_screen_band *one = b < 6 ? &alone.band[b] : &alone.lead;
            const struct toil_screen_band *other = b < 6 ? &together[t].band[b] : &together[t].lead;
            cr_expect(same_number(one->observed, other->observed) && same_number(one->expected, other->expected));
            cr_expect(same_number(one->p, other->p) && same_number(one->excess_low, other->excess_low));
            cr_expect_eq(one->windows, other->windows);
            cr_expect_eq(one->clusters, other->clusters);
            cr_expect_eq(one->abstains, other->abstains);
        }
        toil_screen_topic_free(topic);
    }
    cr_expect(together[0].band[2].observed > 5 && together[1].band[2].observed > 5);
    toil_screen_source_free(source);
    toil_screen_topic_free(all);
    test_world_free(world);
}
