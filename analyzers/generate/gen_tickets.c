/* When customers open tickets, and why: the support desk's ordinary days, over-dispersed, and what failures cause. */
#include "gen_world.h"

#include <stdlib.h>

static const double region_shares[GEN_REGION_COUNT] = {0.5, 0.3, 0.2};
static const enum gen_place region_places[GEN_REGION_COUNT] = {GEN_PRAGUE, GEN_NEW_YORK, GEN_KOLKATA};
enum { DAY_SHAPE = 4, SUBJECT_SHAPE = 6 };

/* The routing rewrite promised 30% fewer tickets about routes, and brings more than that. */
static const double routes_after = 0.55;

static double hour_weight(enum gen_place place, int64_t at_us)
{
    int minute;
    int64_t day = gen_place_day(place, at_us, &minute);
    double weight = minute < 360 ? 0.08 : minute < 480 ? 0.4 : minute < 1080 ? 1.0 : minute < 1320 ? 0.35 : 0.1;
    return gen_working_day(place, day) ? weight : 0.35 * weight;
}

/* Sum of hour_weight over an ordinary week. */
static double week_weight(enum gen_place place)
{
    double sum = 0;
    int64_t monday = toil_days_from_civil(2026, 3, 9); /* no holiday, no change of clocks */
    for (int hour = 0; hour < 7 * 24; hour++)
        sum += hour_weight(place, gen_place_instant_us(place, monday, 0) + hour * TOIL_US_PER_HOUR);
    return sum;
}

static size_t any_nameable(struct gen_world *world)
{
    for (;;) {
        size_t i = gen_random_below(&world->random, (uint32_t)world->component_count);
        if (world->component[i].nameable)
            return i;
    }
}

static size_t named_component(struct gen_world *world, enum gen_subject_id subject)
{
    const struct gen_subject *s = &gen_subjects[subject];
    if (!gen_random_chance(&world->random, s->named))
        return SIZE_MAX;
    if (s->named_first == GEN_STORY_COMPONENTS)
        return any_nameable(world);
    return gen_random_chance(&world->random, 0.7) ? s->named_first : s->named_second;
}

void gen_open_ticket(struct gen_world *world, int64_t at_us, enum gen_subject_id subject, unsigned region,
                     enum gen_link_id link)
{
    if (at_us < world->start_us || at_us >= world->end_us)
        return;
    if (world->ticket_count == world->ticket_cap) {
        world->ticket_cap = world->ticket_cap ? 2 * world->ticket_cap : 4096;
        world->ticket = toil_xreallocarray(world->ticket, world->ticket_cap, sizeof *world->ticket);
    }
    struct gen_ticket *ticket = &world->ticket[world->ticket_count++];
    *ticket = (struct gen_ticket){.at_us = at_us, .subject = subject, .region = region, .link = link};
    /* Customers of a region have the numbers that leave the region's remainder. */
    uint32_t per_region = world->customer_count / GEN_REGION_COUNT;
    ticket->customer = region + GEN_REGION_COUNT * gen_random_below(&world->random, per_region);
    ticket->component = link == GEN_LINK_NONE ? named_component(world, subject) : SIZE_MAX;
    ticket->unmapped = subject == GEN_HOW_TO && gen_random_chance(&world->random, 0.05);
    ticket->deleted = link == GEN_LINK_NONE && gen_random_chance(&world->random, 0.015);
    if (link != GEN_LINK_NONE)
        world->link_caused[link]++;
}

void gen_cause_tickets(struct gen_world *world, enum gen_link_id link, int64_t at_us, unsigned region)
{
    const struct gen_link *l = &gen_links[link];
    world->link_events[link]++;
    unsigned count = gen_random_poisson(&world->random, l->mean);
    for (unsigned i = 0; i < count; i++) {
        int64_t lag_s = gen_random_between(&world->random, l->from_minutes * 60, l->to_minutes * 60 - 1);
        size_t where = region < GEN_REGION_COUNT ? region : gen_random_pick(&world->random, region_shares, 3);
        gen_open_ticket(world, at_us + lag_s * TOIL_US_PER_SECOND, l->subject, (unsigned)where, link);
    }
}

static double subject_rate(const struct gen_world *world, enum gen_subject_id subject, int64_t at_us)
{
    const struct gen_subject *s = &gen_subjects[subject];
    double rate = s->per_day * 7 * gen_grown(s->growth_per_month, gen_months(world, at_us));
    return subject == GEN_WRONG_ROUTE && at_us >= world->ship_us ? rate * routes_after : rate;
}

static void plan_hour(struct gen_world *world, int64_t hour, const double factor[GEN_SUBJECT_COUNT],
                      const double weeks[GEN_REGION_COUNT])
{
    for (unsigned region = 0; region < GEN_REGION_COUNT; region++) {
        double share = region_shares[region] * hour_weight(region_places[region], hour) / weeks[region];
        for (size_t s = 0; s < GEN_SUBJECT_COUNT; s++) {
            enum gen_subject_id subject = (enum gen_subject_id)s;
            unsigned count = gen_random_poisson(&world->random, subject_rate(world, subject, hour) * share * factor[s]);
            for (unsigned i = 0; i < count; i++) {
                int64_t at = hour + gen_random_between(&world->random, 0, 3599) * TOIL_US_PER_SECOND;
                gen_open_ticket(world, at, subject, region, GEN_LINK_NONE);
            }
        }
    }
}

static int by_opening(const void *left, const void *right)
{
    const struct gen_ticket *a = left, *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    if (a->subject != b->subject)
        return a->subject < b->subject ? -1 : 1;
    if (a->customer != b->customer)
        return a->customer < b->customer ? -1 : 1;
    if (a->link != b->link)
        return a->link < b->link ? -1 : 1;
    return a->component < b->component ? -1 : a->component > b->component;
}

/* Two customers in the same second about the same thing: as good as never, but the order must not depend on qsort. */
static void part_equal_openings(struct gen_world *world)
{
    for (size_t i = 1; i < world->ticket_count; i++)
        if (world->ticket[i].at_us <= world->ticket[i - 1].at_us)
            world->ticket[i].at_us = world->ticket[i - 1].at_us + TOIL_US_PER_SECOND / 4;
}

void gen_plan_tickets(struct gen_world *world)
{
    double weeks[GEN_REGION_COUNT], factor[GEN_SUBJECT_COUNT];
    for (size_t r = 0; r < GEN_REGION_COUNT; r++)
        weeks[r] = week_weight(region_places[r]);
    int64_t hour = world->start_us;
    for (; hour < world->end_us; hour += TOIL_US_PER_HOUR) {
        if ((hour - world->start_us) % TOIL_US_PER_DAY == 0) {
            double day = gen_random_gamma(&world->random, DAY_SHAPE);
            for (size_t s = 0; s < GEN_SUBJECT_COUNT; s++)
                factor[s] = day * gen_random_gamma(&world->random, SUBJECT_SHAPE);
        }
        plan_hour(world, hour, factor, weeks);
    }
    qsort(world->ticket, world->ticket_count, sizeof *world->ticket, by_opening);
    part_equal_openings(world);
}

void gen_plan_following(struct gen_world *world)
{
    for (size_t i = 0; i < world->ticket_count; i++) {
        const struct gen_ticket *ticket = &world->ticket[i];
        if (ticket->subject != GEN_SEARCH || !gen_random_chance(&world->random, 0.35))
            continue;
        int64_t at = ticket->at_us + gen_random_between(&world->random, 300, 1800) * TOIL_US_PER_SECOND;
        if (at < world->end_us)
            gen_send_restart(world, GEN_SEARCH_INDEXER, at, NULL);
    }
}
