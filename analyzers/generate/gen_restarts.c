/* Restarts: those that recover by themselves, with the tickets that they cause, and those by hand. */
#include "gen_world.h"

#include <inttypes.h>
#include <stdio.h>

/* How a restart's end is told. */
enum end_told { END_WITH, END_ADDED, END_APART, END_NEVER, END_COUNT };
static const double end_shares[END_COUNT] = {0.55, 0.12, 0.18, 0.15};

static const char *const reasons[] = {"out of memory", "liveness probe failed", "unhandled exception",
                                      "lost connection to the broker", "configuration reload"};

/* The number makes the id; facts of one kind are numbered in the order of their making. */
static void restart_id(struct gen_world *world, char out[GEN_NAME_BYTES])
{
    (void)snprintf(out, GEN_NAME_BYTES, "rst-%06" PRIu64, world->out.kind[TOIL_KIND_SERVICE_RESTART].unique + 1);
}

static void send_ending(struct gen_world *world, enum gen_topic topic, enum toil_kind kind, const char *id,
                        int64_t ended_us)
{
    struct gen_message ending = {0};
    gen_message_start(&ending, topic, kind, id);
    gen_message_time(&ending, TOIL_FIELD_ENDED_AT, ended_us);
    gen_out_send(&world->out, &ending, GEN_ENDING, gen_out_arrival(&world->out, ended_us));
    toil_buf_release(&ending.text);
}

static void add_end(struct gen_world *world, const char *id, const char *raw, int64_t at_us, int64_t ended_us)
{
    struct gen_message again = {0};
    gen_message_start(&again, GEN_TOPIC_RESTARTS, TOIL_KIND_SERVICE_RESTART, id);
    gen_message_time(&again, TOIL_FIELD_AT, at_us);
    gen_message_text(&again, TOIL_FIELD_COMPONENT, raw);
    gen_message_time(&again, TOIL_FIELD_ENDED_AT, ended_us);
    gen_out_send(&world->out, &again, GEN_ADDING, gen_out_arrival(&world->out, ended_us));
    toil_buf_release(&again.text);
}

void gen_send_restart(struct gen_world *world, size_t component, int64_t at_us, const char *scope)
{
    struct gen_random *random = &world->random;
    char id[GEN_NAME_BYTES], raw[GEN_NAME_BYTES], host[GEN_NAME_BYTES];
    restart_id(world, id);
    gen_raw_name(world, component, raw);
    enum end_told told = (enum end_told)gen_random_pick(random, end_shares, END_COUNT);
    int64_t ended_us = at_us + gen_random_between(random, 8, 240) * TOIL_US_PER_SECOND;
    (void)snprintf(host, sizeof host, "node-%" PRIu32, 1 + gen_random_below(random, 24));
    struct gen_message m = {0};
    gen_message_start(&m, GEN_TOPIC_RESTARTS, TOIL_KIND_SERVICE_RESTART, id);
    gen_message_time(&m, TOIL_FIELD_AT, at_us);
    gen_message_text(&m, TOIL_FIELD_COMPONENT, raw);
    if (told == END_WITH)
        gen_message_time(&m, TOIL_FIELD_ENDED_AT, ended_us);
    if (gen_random_chance(random, 0.7))
        gen_message_bool(&m, TOIL_FIELD_AUTOMATIC, true);
    else
        gen_message_text(&m, TOIL_FIELD_ACTOR, "svc-kubelet");
    if (scope)
        gen_message_text(&m, TOIL_FIELD_SCOPE, scope);
    gen_message_text(&m, TOIL_FIELD_REASON, reasons[gen_random_below(random, sizeof reasons / sizeof *reasons)]);
    gen_message_text(&m, TOIL_FIELD_HOST, host);
    if (gen_random_chance(random, 0.5))
        gen_message_int(&m, TOIL_FIELD_EXIT_CODE, gen_random_chance(random, 0.5) ? 137 : 1);
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, told == END_WITH ? ended_us : at_us));
    if (told == END_ADDED)
        add_end(world, id, raw, at_us, ended_us);
    if (told == END_APART)
        send_ending(world, GEN_TOPIC_RESTARTS, TOIL_KIND_SERVICE_RESTART, id, ended_us);
    toil_buf_release(&m.text);
}

static void keep_queue_restart(struct gen_world *world, int64_t at_us)
{
    if (world->queue_restart_count == world->queue_restart_cap) {
        world->queue_restart_cap = world->queue_restart_cap ? 2 * world->queue_restart_cap : 1024;
        world->queue_restart =
            toil_xreallocarray(world->queue_restart, world->queue_restart_cap, sizeof *world->queue_restart);
    }
    world->queue_restart[world->queue_restart_count++] = at_us;
}

/* Load follows the office hours of Prague: three times as much as at night. */
static double busy_weight(int64_t at_us)
{
    int minute;
    int64_t day = gen_place_day(GEN_PRAGUE, at_us, &minute);
    if (!gen_working_day(GEN_PRAGUE, day))
        return 0.6;
    return minute >= 480 && minute < 1080 ? 2.0 : 0.7;
}

static double office_weight(int64_t at_us)
{
    int minute;
    int64_t day = gen_place_day(GEN_PRAGUE, at_us, &minute);
    return gen_working_day(GEN_PRAGUE, day) && minute >= 540 && minute < 1020 ? 1.0 : 0.0;
}

/* Instants of a process whose rate per hour is given by `weight`, in the order of time. */
typedef void (*instant_fn)(struct gen_world *world, size_t component, int64_t at_us);

static void each_instant(struct gen_world *world, size_t component, double per_hour, double (*weight)(int64_t),
                         instant_fn instant)
{
    for (int64_t hour = world->start_us; hour < world->end_us; hour += TOIL_US_PER_HOUR) {
        unsigned count = gen_random_poisson(&world->random, per_hour * (weight ? weight(hour) : 1.0));
        int64_t at[8];
        count = count > 8 ? 8 : count;
        for (unsigned i = 0; i < count; i++) {
            int64_t next = hour + gen_random_between(&world->random, 0, 3599) * TOIL_US_PER_SECOND;
            unsigned place = i;
            for (; place > 0 && at[place - 1] > next; place--)
                at[place] = at[place - 1];
            at[place] = next;
        }
        for (unsigned i = 0; i < count; i++)
            if (at[i] < world->end_us)
                instant(world, component, at[i]);
    }
}

static void plain_restart(struct gen_world *world, size_t component, int64_t at_us)
{
    gen_send_restart(world, component, at_us, NULL);
}

static void queue_restart(struct gen_world *world, size_t component, int64_t at_us)
{
    gen_send_restart(world, component, at_us, NULL);
    keep_queue_restart(world, at_us);
    gen_cause_tickets(world, GEN_LINK_QUEUE, at_us, GEN_REGION_COUNT);
}

static void pair_restart(struct gen_world *world, size_t component, int64_t at_us)
{
    int64_t second = at_us + gen_random_between(&world->random, 2, 20) * TOIL_US_PER_SECOND;
    gen_send_restart(world, component, at_us, NULL);
    gen_send_restart(world, GEN_SESSION_STORE, second, NULL);
    gen_cause_tickets(world, GEN_LINK_PAIR, at_us, GEN_REGION_COUNT);
}

/* Only what happens in the last region is felt by its customers. */
static void edge_restart(struct gen_world *world, size_t component, int64_t at_us)
{
    unsigned region = gen_random_below(&world->random, GEN_REGION_COUNT);
    gen_send_restart(world, component, at_us, gen_regions[region]);
    if (region == GEN_REGION_COUNT - 1)
        gen_cause_tickets(world, GEN_LINK_REGION, at_us, region);
}

static void database_restart(struct gen_world *world, size_t component, int64_t at_us)
{
    if (!gen_random_chance(&world->random, gen_grown(0.04, gen_months(world, at_us)) / 2))
        return;
    gen_send_restart(world, component, at_us, NULL);
    gen_cause_tickets(world, GEN_LINK_DATABASE, at_us, GEN_REGION_COUNT);
}

/* One id, told again and again with a greater count. */
static void crash_loop(struct gen_world *world, size_t component, int64_t at_us)
{
    char id[GEN_NAME_BYTES];
    restart_id(world, id);
    int64_t count = 1, times = gen_random_between(&world->random, 2, 5);
    for (int64_t i = 0; i < times; i++) {
        struct gen_message m = {0};
        gen_message_start(&m, GEN_TOPIC_RESTARTS, TOIL_KIND_SERVICE_RESTART, id);
        gen_message_time(&m, TOIL_FIELD_AT, at_us);
        gen_message_text(&m, TOIL_FIELD_COMPONENT, world->component[component].name);
        gen_message_bool(&m, TOIL_FIELD_AUTOMATIC, true);
        gen_message_int(&m, TOIL_FIELD_COUNT, count);
        gen_out_send(&world->out, &m, i ? GEN_ADDING : GEN_FIRST,
                     gen_out_arrival(&world->out, at_us + i * 5 * TOIL_US_PER_MINUTE));
        toil_buf_release(&m.text);
        count += gen_random_between(&world->random, 1, 6);
    }
}

/* Faults of sources: ends whose beginning nobody told, and ids used for a second fact. */
static void plant_source_faults(struct gen_world *world)
{
    for (int i = 0; i < 9; i++) {
        char id[GEN_NAME_BYTES];
        (void)snprintf(id, sizeof id, "lost-%d", i + 1);
        int64_t span_s = (world->end_us - world->start_us) / TOIL_US_PER_SECOND;
        int64_t at = world->start_us + gen_random_between(&world->random, 0, span_s - 1) * TOIL_US_PER_SECOND;
        send_ending(world, GEN_TOPIC_RESTARTS, TOIL_KIND_SERVICE_RESTART, id, at);
        world->endings_alone++;
    }
    for (int i = 0; i < 6; i++) {
        char id[GEN_NAME_BYTES];
        (void)snprintf(id, sizeof id, "again-%d", i / 2 + 1);
        struct gen_message m = {0};
        gen_message_start(&m, GEN_TOPIC_RESTARTS, TOIL_KIND_SERVICE_RESTART, id);
        int64_t at = world->start_us + (20 + i) * TOIL_US_PER_DAY / 2 + i * TOIL_US_PER_MINUTE;
        gen_message_time(&m, TOIL_FIELD_AT, at);
        gen_message_text(&m, TOIL_FIELD_COMPONENT, world->component[GEN_INGEST_GATEWAY].name);
        gen_message_bool(&m, TOIL_FIELD_AUTOMATIC, true);
        gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, at));
        toil_buf_release(&m.text);
        world->ids_again += i % 2;
    }
}

void gen_plan_restarts(struct gen_world *world)
{
    double scale = (double)world->options.scale;
    each_instant(world, GEN_QUEUE_BALANCER, 3.0 / 24, busy_weight, queue_restart);
    each_instant(world, GEN_SESSION_CACHE, 0.45 / 24, NULL, pair_restart);
    each_instant(world, GEN_EDGE_ROUTER, 1.1 / 24, NULL, edge_restart);
    each_instant(world, GEN_REPORT_BUILDER, 3.0 / 8, office_weight, plain_restart);
    each_instant(world, GEN_ORDERS_DB, 2 * 0.25 / 24, NULL, database_restart);
    each_instant(world, GEN_IMAGE_RESIZER, 0.3 / 24, NULL, crash_loop);
    for (size_t i = GEN_SESSION_CACHE; i < world->component_count; i++)
        each_instant(world, i, scale * world->component[i].restarts_per_day / 24, NULL, plain_restart);
    plant_source_faults(world);
}

/* By hand: measured from start to recovery, or with the minutes that it took. */
static void hand_restart(struct gen_world *world, size_t component, size_t person, struct gen_interval when)
{
    char id[GEN_NAME_BYTES], raw[GEN_NAME_BYTES];
    restart_id(world, id);
    gen_raw_name(world, component, raw);
    bool declared = gen_random_chance(&world->random, 0.35);
    int64_t minutes = (when.to_us - when.from_us) / TOIL_US_PER_MINUTE;
    struct gen_message m = {0};
    gen_message_start(&m, GEN_TOPIC_RESTARTS, TOIL_KIND_SERVICE_RESTART, id);
    gen_message_time(&m, TOIL_FIELD_AT, when.from_us);
    gen_message_text(&m, TOIL_FIELD_COMPONENT, raw);
    gen_message_text(&m, TOIL_FIELD_ACTOR, world->person[person].name);
    if (declared)
        gen_message_int(&m, TOIL_FIELD_MANUAL_MINUTES, minutes);
    else
        gen_message_time(&m, TOIL_FIELD_ENDED_AT, when.to_us);
    gen_message_text(&m, TOIL_FIELD_REASON, "by hand");
    gen_message_int(&m, TOIL_FIELD_SEVERITY, gen_random_between(&world->random, 1, 3));
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, when.to_us));
    toil_buf_release(&m.text);
    gen_book(world, person, when, component, GEN_WORK_RESTART, declared ? GEN_TRACE_DECLARED : GEN_TRACE_MEASURED);
}

static void plan_hand_restart(struct gen_world *world, size_t component)
{
    struct gen_random *random = &world->random;
    enum gen_team_id team = world->component[component].team;
    int64_t span_s = (world->end_us - world->start_us) / TOIL_US_PER_SECOND;
    int64_t at = world->start_us + gen_random_between(random, 0, span_s - 1) * TOIL_US_PER_SECOND;
    int64_t length = gen_random_between(random, 6, 40) * TOIL_US_PER_MINUTE, start = at;
    size_t person = gen_on_call(world, team, at);
    /* One in five calls the engineer on duty at once, whatever the hour. */
    if (!gen_random_chance(random, 0.2) ||
        !gen_person_free(world, person, (struct gen_interval){start, start + length})) {
        if (!gen_find_slot(world, team, at, world->end_us, length, &person, &start))
            return;
    }
    hand_restart(world, component, person, (struct gen_interval){start, start + length});
}

void gen_plan_hand_restarts(struct gen_world *world)
{
    for (size_t i = 0; i < world->component_count; i++) {
        double expected = world->component[i].hand_restarts * (double)world->day_count / 364;
        unsigned count = gen_random_poisson(&world->random, expected);
        for (unsigned k = 0; k < count; k++)
            plan_hand_restart(world, i);
    }
}
