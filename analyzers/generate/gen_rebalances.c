/* Rebalances: the platform's own, and the queue-balancing story: people who reshuffle queues by hand for about twenty
 * hours a sprint, after restarts that nobody was paged for. */
#include "gen_world.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const queues[] = {"orders.eu", "orders.us", "orders.apac", "sync.1", "sync.2", "sync.3"};
enum { QUEUE_COUNT = sizeof queues / sizeof *queues };

/* How a reshuffle by hand is told. */
enum told { TOLD_AT_END, TOLD_TWICE, TOLD_APART, TOLD_MINUTES, TOLD_MINUTES_WITHIN, TOLD_POINTS, TOLD_COUNT };
static const double told_shares[TOLD_COUNT] = {0.55, 0.10, 0.08, 0.15, 0.04, 0.08};

/* Minutes of reshuffling that one sprint is to have: 20 hours, give or take one. */
static const int64_t target_minutes_low = 1140, target_minutes_high = 1260;

static void start_rebalance(struct gen_world *world, struct gen_message *m, size_t component, int64_t at_us, bool again)
{
    char id[GEN_NAME_BYTES], raw[GEN_NAME_BYTES];
    uint64_t number = world->out.kind[TOIL_KIND_QUEUE_REBALANCE].unique + (again ? 0 : 1);
    (void)snprintf(id, sizeof id, "rb-%06" PRIu64, number);
    gen_raw_name(world, component, raw);
    gen_message_start(m, GEN_TOPIC_REBALANCES, TOIL_KIND_QUEUE_REBALANCE, id);
    gen_message_time(m, TOIL_FIELD_AT, at_us);
    gen_message_text(m, TOIL_FIELD_COMPONENT, raw);
}

static void add_queue(struct gen_world *world, struct gen_message *m)
{
    gen_message_text(m, TOIL_FIELD_QUEUE, queues[gen_random_below(&world->random, QUEUE_COUNT)]);
    gen_message_int(m, TOIL_FIELD_MOVED, gen_random_between(&world->random, 1, 48));
}

static void send_automatic(struct gen_world *world, size_t component, int64_t at_us)
{
    struct gen_message m = {0};
    start_rebalance(world, &m, component, at_us, false);
    int64_t ended_us = at_us + gen_random_between(&world->random, 3, 90) * TOIL_US_PER_SECOND;
    gen_message_time(&m, TOIL_FIELD_ENDED_AT, ended_us);
    if (gen_random_chance(&world->random, 0.5))
        gen_message_bool(&m, TOIL_FIELD_AUTOMATIC, true);
    else
        gen_message_text(&m, TOIL_FIELD_ACTOR, "svc-rebalancer");
    add_queue(world, &m);
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, ended_us));
    toil_buf_release(&m.text);
}

static void plan_automatic(struct gen_world *world)
{
    static const size_t owners[] = {GEN_QUEUE_BALANCER, GEN_INGEST_GATEWAY, GEN_STREAM_ROUTER, GEN_EVENT_BUS};
    for (int64_t hour = world->start_us; hour < world->end_us; hour += TOIL_US_PER_HOUR) {
        unsigned count = gen_random_poisson(&world->random, 0.7 * (double)world->options.scale);
        for (unsigned i = 0; i < count; i++) {
            int64_t at = hour + gen_random_between(&world->random, 0, 3599) * TOIL_US_PER_SECOND;
            if (at < world->end_us)
                send_automatic(world, owners[gen_random_below(&world->random, 4)], at);
        }
    }
}

static void send_point(struct gen_world *world, size_t component, size_t person, int64_t at_us)
{
    struct gen_message m = {0};
    start_rebalance(world, &m, component, at_us, false);
    gen_message_text(&m, TOIL_FIELD_ACTOR, world->person[person].name);
    add_queue(world, &m);
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, at_us));
    toil_buf_release(&m.text);
}

/* Several moves, minutes apart, the last one 7 to 11 minutes before the end, and nothing that says how long it took. */
static void send_points(struct gen_world *world, size_t component, size_t person, struct gen_interval when)
{
    int64_t tail_s = gen_random_between(&world->random, 210, 330) + gen_random_between(&world->random, 210, 330);
    int64_t at = when.from_us, last = when.to_us - tail_s * TOIL_US_PER_SECOND;
    while (at < last - 2 * TOIL_US_PER_MINUTE) {
        send_point(world, component, person, at);
        at += gen_random_between(&world->random, 4 * 60, 13 * 60) * TOIL_US_PER_SECOND;
    }
    send_point(world, component, person, last);
}

static void send_end(struct gen_world *world, size_t component, const struct gen_interval *when, enum told told)
{
    struct gen_message m = {0};
    if (told == TOLD_APART) {
        char id[GEN_NAME_BYTES];
        (void)snprintf(id, sizeof id, "rb-%06" PRIu64, world->out.kind[TOIL_KIND_QUEUE_REBALANCE].unique);
        gen_message_start(&m, GEN_TOPIC_REBALANCES, TOIL_KIND_QUEUE_REBALANCE, id);
    } else {
        start_rebalance(world, &m, component, when->from_us, true);
    }
    gen_message_time(&m, TOIL_FIELD_ENDED_AT, when->to_us);
    gen_out_send(&world->out, &m, told == TOLD_APART ? GEN_ENDING : GEN_ADDING,
                 gen_out_arrival(&world->out, when->to_us));
    toil_buf_release(&m.text);
}

static void send_by_hand(struct gen_world *world, size_t component, size_t person, struct gen_interval when,
                         enum told told)
{
    struct gen_message m = {0};
    int64_t minutes = (when.to_us - when.from_us) / TOIL_US_PER_MINUTE, told_us = when.to_us;
    start_rebalance(world, &m, component, when.from_us, false);
    if (told == TOLD_AT_END)
        gen_message_time(&m, TOIL_FIELD_ENDED_AT, when.to_us);
    if (told == TOLD_MINUTES_WITHIN) { /* the move went on for longer than the person attended to it */
        told_us += gen_random_between(&world->random, 5, 60) * TOIL_US_PER_MINUTE;
        gen_message_time(&m, TOIL_FIELD_ENDED_AT, told_us);
    }
    gen_message_text(&m, TOIL_FIELD_ACTOR, world->person[person].name);
    if (told == TOLD_MINUTES || told == TOLD_MINUTES_WITHIN)
        gen_message_int(&m, TOIL_FIELD_MANUAL_MINUTES, minutes);
    add_queue(world, &m);
    bool split = told == TOLD_TWICE || told == TOLD_APART;
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, split ? when.from_us : told_us));
    toil_buf_release(&m.text);
    if (split)
        send_end(world, component, &when, told);
}

static void reshuffle(struct gen_world *world, size_t component, size_t person, struct gen_interval when)
{
    static const enum gen_trace traces[TOLD_COUNT] = {GEN_TRACE_MEASURED, GEN_TRACE_MEASURED, GEN_TRACE_MEASURED,
                                                      GEN_TRACE_DECLARED, GEN_TRACE_DECLARED, GEN_TRACE_POINTS};
    enum told told = (enum told)gen_random_pick(&world->random, told_shares, TOLD_COUNT);
    if (told == TOLD_POINTS)
        send_points(world, component, person, when);
    else
        send_by_hand(world, component, person, when, told);
    gen_book(world, person, when, component, GEN_WORK_REBALANCE, traces[told]);
}

/* Who reacts to a restart, and when: somebody in the office, or the one on call in the evening and at night. */
static bool react(struct gen_world *world, int64_t restart_us, int64_t length_us, size_t *person, int64_t *start_us)
{
    int64_t soon = restart_us + gen_random_between(&world->random, 240, 900) * TOIL_US_PER_SECOND;
    if (gen_find_slot(world, GEN_PLATFORM, soon, soon + TOIL_US_PER_HOUR + length_us, length_us, person, start_us))
        return true;
    *person = gen_on_call(world, GEN_PLATFORM, soon);
    *start_us = soon;
    return gen_random_chance(&world->random, 0.22) &&
           gen_person_free(world, *person, (struct gen_interval){soon, soon + length_us});
}

/* One reshuffle after a restart, or, where that is NULL, at some time of the sprint. Returns its minutes, or 0 when
 * nobody had the time. */
static int64_t reshuffle_once(struct gen_world *world, struct gen_interval sprint, const int64_t *restart,
                              int64_t minutes)
{
    int64_t length = minutes * TOIL_US_PER_MINUTE, start;
    size_t person;
    if (restart) {
        if (!react(world, *restart, length, &person, &start))
            return 0;
    } else {
        int64_t span_s = (sprint.to_us - sprint.from_us) / TOIL_US_PER_SECOND;
        int64_t at = sprint.from_us + gen_random_between(&world->random, 0, span_s - 1) * TOIL_US_PER_SECOND;
        if (!gen_find_slot(world, GEN_PLATFORM, at, sprint.to_us, length, &person, &start))
            return 0;
    }
    if (start < sprint.from_us || start + length > sprint.to_us)
        return 0;
    reshuffle(world, GEN_QUEUE_BALANCER, person, (struct gen_interval){start, start + length});
    return minutes;
}

static int64_t next_minutes(struct gen_world *world, int64_t left)
{
    int64_t minutes = gen_random_between(&world->random, 12, 42);
    return left < minutes + 12 ? left : minutes;
}

static void plan_sprint(struct gen_world *world, struct gen_interval sprint)
{
    int64_t left = gen_random_between(&world->random, target_minutes_low, target_minutes_high);
    size_t first = 0;
    while (first < world->queue_restart_count && world->queue_restart[first] < sprint.from_us)
        first++;
    for (size_t i = first; i < world->queue_restart_count && world->queue_restart[i] < sprint.to_us; i++)
        if (left > 60 && gen_random_chance(&world->random, 0.8))
            left -= reshuffle_once(world, sprint, &world->queue_restart[i], next_minutes(world, left));
    for (int tries = 0; left > 0 && tries < 400; tries++)
        left -= reshuffle_once(world, sprint, NULL, next_minutes(world, left));
}

/* Other queues are moved by hand now and then. */
static void plan_others(struct gen_world *world)
{
    static const size_t others[] = {GEN_INGEST_GATEWAY, GEN_STREAM_ROUTER, GEN_EVENT_BUS};
    int64_t count = 60 * world->day_count / 364, span_s = (world->end_us - world->start_us) / TOIL_US_PER_SECOND;
    for (int64_t i = 0; i < count; i++) {
        int64_t length = gen_random_between(&world->random, 12, 36) * TOIL_US_PER_MINUTE, start;
        int64_t at = world->start_us + gen_random_between(&world->random, 0, span_s - 1) * TOIL_US_PER_SECOND;
        size_t person, component = others[gen_random_below(&world->random, 3)];
        if (gen_find_slot(world, GEN_PLATFORM, at, world->end_us, length, &person, &start))
            reshuffle(world, component, person, (struct gen_interval){start, start + length});
    }
}

void gen_plan_rebalances(struct gen_world *world)
{
    plan_automatic(world);
    for (unsigned i = 0; i < world->sprint_count; i++) {
        int64_t day = world->first_day + (int64_t)i * GEN_SPRINT_DAYS;
        plan_sprint(world, (struct gen_interval){gen_place_instant_us(GEN_PRAGUE, day, 0),
                                                 gen_place_instant_us(GEN_PRAGUE, day + GEN_SPRINT_DAYS, 0)});
    }
    plan_others(world);
}
