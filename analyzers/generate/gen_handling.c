/* What happens to a ticket after it was opened: robots sort it, people work on it in sessions, it is solved and closed.
 * The session is real work of a real length; the versions are the traces that it leaves. */
#include "gen_world.h"

#include <inttypes.h>
#include <stdio.h>

enum { MAX_ACTIONS = 5, MAX_SESSIONS = 3 };

static const enum gen_team_id desk_teams[GEN_REGION_COUNT] = {GEN_SUPPORT_EMEA, GEN_SUPPORT_AMERICAS, GEN_SUPPORT_APAC};

/* A ticket while its versions are written. */
struct thread {
    struct gen_ticket *ticket;
    char id[GEN_NAME_BYTES];
    char customer[GEN_NAME_BYTES];
    int64_t version;
    bool logged; /* whoever works on it writes down when */
    int64_t last_us;
};

/* Actions of one session, in microseconds after its start, and its whole length. */
struct rhythm {
    int64_t action[MAX_ACTIONS];
    size_t count;
    int64_t length_us;
};

/* Minutes apart as people are: mostly 4 to 12, at times longer, and 7 to 11 minutes of work after the last action. */
static struct rhythm make_rhythm(struct gen_random *random)
{
    static const double shares[MAX_ACTIONS] = {0.08, 0.24, 0.32, 0.22, 0.14};
    struct rhythm rhythm = {.count = 1 + gen_random_pick(random, shares, MAX_ACTIONS)};
    for (size_t i = 1; i < rhythm.count; i++) {
        bool longer = gen_random_chance(random, 0.15);
        int64_t gap_s = longer ? gen_random_between(random, 720, 1140) : gen_random_between(random, 240, 720);
        rhythm.action[i] = rhythm.action[i - 1] + gap_s * TOIL_US_PER_SECOND;
    }
    int64_t tail_s = gen_random_between(random, 210, 330) + gen_random_between(random, 210, 330);
    int64_t tail = tail_s * TOIL_US_PER_SECOND;
    int64_t length = rhythm.action[rhythm.count - 1] + tail;
    rhythm.length_us = (length + TOIL_US_PER_MINUTE - 1) / TOIL_US_PER_MINUTE * TOIL_US_PER_MINUTE;
    return rhythm;
}

static void start_version(struct gen_message *m, struct thread *thread)
{
    gen_message_start(m, GEN_TOPIC_TICKETS, TOIL_KIND_SUPPORT_TICKET, thread->id);
    gen_message_int(m, TOIL_FIELD_VERSION, ++thread->version);
}

static void send_version(struct gen_world *world, struct gen_message *m, int64_t made_us)
{
    gen_out_send(&world->out, m, GEN_FIRST, gen_out_arrival(&world->out, made_us));
    toil_buf_release(&m->text);
}

static void tell_component(struct gen_world *world, struct gen_message *m, struct thread *thread)
{
    char raw[GEN_NAME_BYTES];
    gen_raw_name(world, thread->ticket->component, raw);
    gen_message_text(m, TOIL_FIELD_COMPONENT, raw);
    thread->ticket->told = true;
}

static void send_opening(struct gen_world *world, struct thread *thread)
{
    static const char *const tags[] = {"web", "mobile", "phone", "vip", "repeat"};
    const struct gen_ticket *ticket = thread->ticket;
    struct gen_message m = {0};
    start_version(&m, thread);
    gen_message_time(&m, TOIL_FIELD_AT, ticket->at_us);
    gen_message_text(&m, TOIL_FIELD_STATUS, "open");
    gen_message_text(&m, TOIL_FIELD_TOPIC, gen_subjects[ticket->subject].name);
    gen_message_text(&m, TOIL_FIELD_CUSTOMER, thread->customer);
    gen_message_text(&m, TOIL_FIELD_SCOPE, gen_regions[ticket->region]);
    gen_message_int(&m, TOIL_FIELD_SEVERITY, gen_random_between(&world->random, 1, 5));
    gen_message_tags(&m, &tags[gen_random_below(&world->random, 4)], gen_random_below(&world->random, 3));
    if (ticket->unmapped)
        gen_message_text(&m, TOIL_FIELD_COMPONENT, "legacy-fax-gateway");
    else if (ticket->component != SIZE_MAX && gen_random_chance(&world->random, 0.5))
        tell_component(world, &m, thread);
    send_version(world, &m, ticket->at_us);
}

/* A robot sorts one in five a minute after it was opened: an action of nobody. */
static void send_sorting(struct gen_world *world, struct thread *thread)
{
    int64_t at = thread->ticket->at_us + gen_random_between(&world->random, 20, 90) * TOIL_US_PER_SECOND;
    struct gen_message m = {0};
    start_version(&m, thread);
    gen_message_time(&m, TOIL_FIELD_UPDATED_AT, at);
    gen_message_text(&m, TOIL_FIELD_ACTOR, "svc-triage");
    gen_message_text(&m, TOIL_FIELD_STATUS, "open");
    send_version(world, &m, at);
    thread->last_us = at;
}

static void send_action(struct gen_world *world, struct thread *thread, size_t person, int64_t at_us, bool solves)
{
    struct gen_message m = {0};
    start_version(&m, thread);
    gen_message_time(&m, TOIL_FIELD_UPDATED_AT, at_us);
    gen_message_text(&m, TOIL_FIELD_ACTOR, world->person[person].name);
    gen_message_text(&m, TOIL_FIELD_STATUS, solves ? "solved" : "pending");
    if (thread->ticket->component != SIZE_MAX && !thread->ticket->told)
        tell_component(world, &m, thread);
    if (solves)
        gen_message_time(&m, TOIL_FIELD_CLOSED_AT, at_us);
    send_version(world, &m, at_us);
}

/* Where the hours of a ticket belong: the component that it names, else the one that its topic speaks of. */
static size_t ticket_owner(const struct gen_world *world, const struct gen_ticket *ticket)
{
    if (ticket->unmapped)
        return world->component_count + GEN_UNMAPPED;
    if (ticket->component != SIZE_MAX)
        return ticket->component;
    size_t owner = gen_component_of_subject(world, ticket->subject);
    return owner == SIZE_MAX ? world->component_count + GEN_UNEXPLAINED : owner;
}

/* The same time again, declared. A log speaks of the ticket, which tells the component. */
static void send_ticket_log(struct gen_world *world, const struct thread *thread, size_t person,
                            struct gen_interval when)
{
    char id[2 * GEN_NAME_BYTES];
    (void)snprintf(id, sizeof id, "tl-%s-%" PRId64, thread->id, thread->version);
    struct gen_message m = {0};
    gen_message_start(&m, GEN_TOPIC_WORK_LOGS, TOIL_KIND_WORK_LOG, id);
    gen_message_int(&m, TOIL_FIELD_VERSION, 1);
    gen_message_time(&m, TOIL_FIELD_AT, when.from_us);
    gen_message_time(&m, TOIL_FIELD_ENDED_AT, when.to_us);
    gen_message_text(&m, TOIL_FIELD_ACTOR, world->person[person].name);
    gen_message_text(&m, TOIL_FIELD_REF, thread->id);
    gen_message_text(&m, TOIL_FIELD_ACTIVITY, "incident");
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, when.to_us));
    toil_buf_release(&m.text);
}

/* One session of work on a ticket; false when nobody had the time before the end. */
static bool work_session(struct gen_world *world, struct thread *thread, enum gen_team_id team, int64_t earliest_us,
                         bool last)
{
    struct rhythm rhythm = make_rhythm(&world->random);
    size_t person, owner = ticket_owner(world, thread->ticket);
    int64_t start;
    if (!gen_find_slot(world, team, earliest_us, world->end_us, rhythm.length_us, &person, &start))
        return false;
    for (size_t i = 0; i < rhythm.count; i++)
        send_action(world, thread, person, start + rhythm.action[i], last && i + 1 == rhythm.count);
    struct gen_interval when = {start, start + rhythm.length_us};
    if (thread->logged)
        send_ticket_log(world, thread, person, when);
    gen_book(world, person, when, owner, GEN_WORK_TICKET, thread->logged ? GEN_TRACE_DECLARED : GEN_TRACE_POINTS);
    if (thread->ticket->link != GEN_LINK_NONE)
        world->link_work_us[thread->ticket->link] += rhythm.length_us;
    thread->last_us = when.to_us;
    return true;
}

/* Satisfaction in quarters: customers who waited for late data are less happy. */
static int64_t satisfaction(struct gen_world *world, const struct gen_ticket *ticket)
{
    static const double touched[5] = {0.18, 0.22, 0.28, 0.20, 0.12}, rest[5] = {0.03, 0.05, 0.12, 0.30, 0.50};
    bool by_queue = ticket->link == GEN_LINK_QUEUE;
    size_t quarters = gen_random_pick(&world->random, by_queue ? touched : rest, 5);
    *(by_queue ? &world->csat_touched : &world->csat_rest) += (double)quarters / 4;
    *(by_queue ? &world->csat_touched_count : &world->csat_rest_count) += 1;
    return (int64_t)quarters * 250;
}

/* Days later the desk closes it; the message often carries nothing but the status. */
static void send_closing(struct gen_world *world, struct thread *thread)
{
    int64_t at = thread->last_us + gen_random_between(&world->random, 2 * 86400, 6 * 86400) * TOIL_US_PER_SECOND;
    if (at >= world->end_us)
        return;
    struct gen_message m = {0};
    start_version(&m, thread);
    gen_message_text(&m, TOIL_FIELD_STATUS, "closed");
    if (gen_random_chance(&world->random, 0.4)) {
        gen_message_time(&m, TOIL_FIELD_UPDATED_AT, at);
        gen_message_text(&m, TOIL_FIELD_ACTOR, "svc-autoclose");
        gen_message_thousandths(&m, TOIL_FIELD_CSAT, satisfaction(world, thread->ticket));
    }
    send_version(world, &m, at);
}

static void send_deletion(struct gen_world *world, struct thread *thread)
{
    struct gen_message m = {0};
    start_version(&m, thread);
    gen_message_text(&m, TOIL_FIELD_STATUS, "deleted");
    send_version(world, &m, thread->ticket->at_us + gen_random_between(&world->random, 1, 40) * TOIL_US_PER_HOUR);
}

static void live_through(struct gen_world *world, size_t index)
{
    static const double session_shares[MAX_SESSIONS] = {0.62, 0.30, 0.08};
    struct gen_ticket *ticket = &world->ticket[index];
    struct thread thread = {.ticket = ticket, .last_us = ticket->at_us};
    (void)snprintf(thread.id, sizeof thread.id, "T-%06zu", index + 1);
    (void)snprintf(thread.customer, sizeof thread.customer, "cust-%04" PRIu32, ticket->customer);
    send_opening(world, &thread);
    if (ticket->deleted) {
        send_deletion(world, &thread);
        return;
    }
    if (gen_random_chance(&world->random, 0.2))
        send_sorting(world, &thread);
    size_t sessions = 1 + gen_random_pick(&world->random, session_shares, MAX_SESSIONS);
    enum gen_team_id team = desk_teams[ticket->region];
    thread.logged = gen_random_chance(&world->random, 0.12);
    int64_t earliest = ticket->at_us + gen_random_between(&world->random, 120, 2400) * TOIL_US_PER_SECOND;
    for (size_t i = 0; i < sessions; i++) {
        bool escalated = i > 0 && ticket->component != SIZE_MAX && gen_random_chance(&world->random, 0.35);
        enum gen_team_id who = escalated ? world->component[ticket->component].team : team;
        if (!work_session(world, &thread, who, earliest, i + 1 == sessions))
            return;
        /* Half of the answers come while the person is still near the ticket. */
        bool soon = gen_random_chance(&world->random, 0.5);
        earliest = thread.last_us + (soon ? gen_random_between(&world->random, 1080, 2400)
                                          : gen_random_between(&world->random, 7200, 200000)) *
                                        TOIL_US_PER_SECOND;
    }
    send_closing(world, &thread);
}

void gen_plan_handling(struct gen_world *world)
{
    for (size_t i = 0; i < world->ticket_count; i++)
        live_through(world, i);
}
