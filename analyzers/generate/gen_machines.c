/* Deployments and measurements: releases that several components share, load times that grow. */
#include "gen_world.h"

#include <inttypes.h>
#include <stdio.h>

/* The four components of the release train; the first stands for the link in the truth. */
static const size_t train[] = {GEN_ORDER_DESK, GEN_PROFILE_PAGES, GEN_CUSTOMER_PORTAL, GEN_BILLING_PORTAL};

/* Load times that grow, by the month. The others stay where they are. */
struct growing {
    size_t component;
    double per_month;
};
static const struct growing growing[] = {
    {GEN_RECORD_SYNC, 0.050}, {GEN_MOBILE_API, 0.045}, {GEN_EXPORT_SERVICE, 0.065}, {GEN_PROFILE_PAGES, 0.040}};
static const double database_growth = 0.04;

double gen_load_growth(size_t component)
{
    for (size_t i = 0; i < sizeof growing / sizeof *growing; i++)
        if (growing[i].component == component)
            return growing[i].per_month;
    return component == GEN_ORDERS_DB ? database_growth : 0;
}

static void send_deployment(struct gen_world *world, size_t component, int64_t at_us, const char *ref)
{
    char id[GEN_NAME_BYTES], label[GEN_NAME_BYTES];
    uint64_t number = world->out.kind[TOIL_KIND_DEPLOYMENT].unique + 1;
    (void)snprintf(id, sizeof id, "dep-%05" PRIu64, number);
    (void)snprintf(label, sizeof label, "%" PRIu32 ".%" PRIu32 ".%" PRIu32, 1 + gen_random_below(&world->random, 6),
                   gen_random_below(&world->random, 40), gen_random_below(&world->random, 10));
    struct gen_message m = {0};
    gen_message_start(&m, GEN_TOPIC_EVENTS, TOIL_KIND_DEPLOYMENT, id);
    gen_message_time(&m, TOIL_FIELD_AT, at_us);
    gen_message_text(&m, TOIL_FIELD_COMPONENT, world->component[component].name);
    gen_message_text(&m, TOIL_FIELD_ACTOR, "deploy-bot");
    gen_message_text(&m, TOIL_FIELD_VERSION_LABEL, label);
    if (ref)
        gen_message_text(&m, TOIL_FIELD_REF, ref);
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, at_us));
    toil_buf_release(&m.text);
}

/* Every second Tuesday the train leaves: one instant, four components, and customers who meet its errors. */
static void plan_train(struct gen_world *world)
{
    for (unsigned i = 0; i < world->sprint_count; i++) {
        int64_t day = world->first_day + (int64_t)i * GEN_SPRINT_DAYS + 8;
        int minute = 600 + (int)gen_random_below(&world->random, 120);
        int64_t at = gen_place_instant_us(GEN_PRAGUE, day, minute);
        char ref[GEN_NAME_BYTES];
        (void)snprintf(ref, sizeof ref, "REL-%03u", i + 1);
        for (size_t k = 0; k < sizeof train / sizeof *train; k++) {
            send_deployment(world, train[k], at, ref);
            gen_send_restart(world, train[k], at + gen_random_between(&world->random, 5, 90) * TOIL_US_PER_SECOND,
                             NULL);
        }
        gen_cause_tickets(world, GEN_LINK_RELEASE, at, GEN_REGION_COUNT);
    }
}

void gen_plan_deployments(struct gen_world *world)
{
    plan_train(world);
    for (size_t i = 0; i < world->component_count; i++) {
        const struct gen_team *team = &gen_teams[world->component[i].team];
        if (i == GEN_THEME_ENGINE)
            continue;
        for (int64_t day = world->first_day; day < world->first_day + world->day_count; day++) {
            if (!gen_working_day(team->place, day) || gen_weekday(day) == 4 || !gen_random_chance(&world->random, 0.09))
                continue;
            int minute = team->from_minute + 30 + (int)gen_random_below(&world->random, 360);
            send_deployment(world, i, gen_place_instant_us(team->place, day, minute), NULL);
        }
    }
    send_deployment(world, GEN_ROUTE_PLANNER, world->ship_us, "TD-3");
    send_deployment(world, GEN_ROUTING_GATEWAY, world->ship_us, "TD-3");
    send_deployment(world, GEN_RECORD_SYNC, world->ship_us, "TD-4");
}

static void send_measurement(struct gen_world *world, size_t component, int64_t at_us, const char *metric, double value,
                             const char *unit)
{
    char id[GEN_NAME_BYTES];
    (void)snprintf(id, sizeof id, "ms-%07" PRIu64, world->out.kind[TOIL_KIND_MEASUREMENT].unique + 1);
    struct gen_message m = {0};
    gen_message_start(&m, GEN_TOPIC_EVENTS, TOIL_KIND_MEASUREMENT, id);
    gen_message_time(&m, TOIL_FIELD_AT, at_us);
    gen_message_text(&m, TOIL_FIELD_COMPONENT, world->component[component].name);
    gen_message_text(&m, TOIL_FIELD_METRIC, metric);
    gen_message_thousandths(&m, TOIL_FIELD_VALUE, (int64_t)(value * 1000));
    gen_message_text(&m, TOIL_FIELD_UNIT, unit);
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, at_us));
    toil_buf_release(&m.text);
}

/* Somewhere within each step: at a fixed time of the day, winter and summer time would put more or fewer of a week's
 * measurements into its busy hours, which looks like growth. */
static void measure_load(struct gen_world *world, size_t component, double base_ms, int64_t step_us)
{
    double growth = gen_load_growth(component);
    for (int64_t step = world->start_us; step + step_us <= world->end_us; step += step_us) {
        int minute;
        int64_t at =
            step + gen_random_between(&world->random, 0, step_us / TOIL_US_PER_SECOND - 1) * TOIL_US_PER_SECOND;
        int64_t day = gen_place_day(GEN_PRAGUE, at, &minute);
        double busy = gen_working_day(GEN_PRAGUE, day) && minute >= 480 && minute < 1080 ? 1.25 : 1.0;
        double noise = gen_exp(0.12 * gen_random_normal(&world->random));
        send_measurement(world, component, at, component == GEN_ORDERS_DB ? "query_time" : "load_time",
                         base_ms * busy * noise * gen_grown(growth, gen_months(world, at)), "ms");
    }
}

static void measure_queues(struct gen_world *world, int64_t step_us)
{
    for (int64_t at = world->start_us; at < world->end_us; at += step_us)
        send_measurement(world, GEN_EVENT_BUS, at, "queue_depth",
                         (double)(int64_t)(900 * gen_random_gamma(&world->random, 3)), "messages");
}

void gen_plan_measurements(struct gen_world *world)
{
    int64_t step = 4 * TOIL_US_PER_HOUR / world->options.scale;
    for (size_t i = 0; i < world->component_count; i++) {
        double base = 60 + 15 * (double)gen_random_below(&world->random, 40);
        if (i != GEN_THEME_ENGINE && i != GEN_QUEUE_BALANCER)
            measure_load(world, i, base, step);
    }
    measure_queues(world, step);
}
