/* Engineers' bookings of time: what is left of their days after everything else, some of it corrected, entered days
 * later, or booked by mistake and deleted. The features of the shared-records story take fewer hours after it shipped.
 */
#include "gen_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The items of the backlog that people book work on, by team. */
static const char *const debt_refs[GEN_TEAM_COUNT] = {"TD-1", "TD-5", "TD-4", "TD-2", "TD-3", NULL, NULL, NULL};

/* Mean hours of a feature before the records service, and the share of them that is left for its readers after. */
static const double feature_hours = 8, records_share = 0.70;
/* Of the working day, at most so much is booked. */
static const int64_t longest_block_minutes = 210, shortest_block_minutes = 30;

/* From when to when; so many minutes from then on; so many minutes some time that day, on days of nothing else. */
enum form { FORM_INTERVAL, FORM_MINUTES, FORM_WITHIN, FORM_COUNT };
static const double form_shares[FORM_COUNT] = {0.64, 0.28, 0.08};

/* The feature that somebody is on. */
struct feature {
    unsigned number; /* 0: none yet */
    size_t component;
    int64_t left_minutes;
};

struct booking {
    size_t person;
    size_t component; /* SIZE_MAX: none */
    enum gen_work work;
    char ref[GEN_NAME_BYTES];
    struct gen_interval when;
    struct gen_interval shift;
    enum form form;
};

static bool reads_records(size_t component)
{
    return component == GEN_ORDER_DESK || component == GEN_PROFILE_PAGES || component == GEN_CUSTOMER_PORTAL;
}

/* A component of the team that work is booked on; the queue balancer and the pet wish have none. */
static size_t own_component(struct gen_world *world, enum gen_team_id team)
{
    for (;;) {
        size_t i = gen_random_below(&world->random, (uint32_t)world->component_count);
        if (world->component[i].team == team && i != GEN_QUEUE_BALANCER && i != GEN_THEME_ENGINE)
            return i;
    }
}

static void next_feature(struct gen_world *world, size_t person, int64_t at_us, unsigned *number,
                         struct feature *feature)
{
    enum gen_team_id team = world->person[person].team;
    feature->number = ++*number;
    feature->component = own_component(world, team);
    if (team == GEN_WEB && gen_random_chance(&world->random, 0.7))
        feature->component = GEN_ORDER_DESK + gen_random_below(&world->random, 3);
    double hours = feature_hours * (0.75 + 0.25 * gen_random_gamma(&world->random, 4));
    if (reads_records(feature->component) && at_us >= world->ship_us)
        hours *= records_share;
    feature->left_minutes = (int64_t)(hours * 60);
    if (!reads_records(feature->component))
        return;
    *(at_us >= world->ship_us ? &world->feature_hours_after : &world->feature_hours_before) +=
        (double)feature->left_minutes / 60;
    *(at_us >= world->ship_us ? &world->features_after : &world->features_before) += 1;
}

static const char *activity_of(enum gen_work work)
{
    return gen_work_name(work); /* the same words, from toil to other */
}

static void add_time(struct gen_message *m, const struct booking *b, enum form form, int64_t minutes)
{
    gen_message_time(m, TOIL_FIELD_AT, form == FORM_WITHIN ? b->shift.from_us : b->when.from_us);
    if (form == FORM_INTERVAL)
        gen_message_time(m, TOIL_FIELD_ENDED_AT, b->when.from_us + minutes * TOIL_US_PER_MINUTE);
    if (form == FORM_WITHIN)
        gen_message_time(m, TOIL_FIELD_ENDED_AT, b->shift.to_us);
    if (form != FORM_INTERVAL)
        gen_message_int(m, TOIL_FIELD_MANUAL_MINUTES, minutes);
}

static void send_first(struct gen_world *world, const struct booking *b, const char *id, enum form form,
                       int64_t minutes, int64_t entered_us)
{
    struct gen_message m = {0};
    gen_message_start(&m, GEN_TOPIC_WORK_LOGS, TOIL_KIND_WORK_LOG, id);
    gen_message_int(&m, TOIL_FIELD_VERSION, 1);
    add_time(&m, b, form, minutes);
    gen_message_text(&m, TOIL_FIELD_ACTOR, world->person[b->person].name);
    gen_message_text(&m, TOIL_FIELD_ACTIVITY, activity_of(b->work));
    if (b->component != SIZE_MAX) {
        char raw[GEN_NAME_BYTES];
        gen_raw_name(world, b->component, raw);
        gen_message_text(&m, TOIL_FIELD_COMPONENT, raw);
    }
    if (b->ref[0])
        gen_message_text(&m, TOIL_FIELD_REF, b->ref);
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, entered_us));
    toil_buf_release(&m.text);
}

/* Corrects the minutes (or, with deleted, takes the booking back). */
static void send_second(struct gen_world *world, const struct booking *b, const char *id, enum form form,
                        int64_t minutes, bool deleted, int64_t entered_us)
{
    struct gen_message m = {0};
    gen_message_start(&m, GEN_TOPIC_WORK_LOGS, TOIL_KIND_WORK_LOG, id);
    gen_message_int(&m, TOIL_FIELD_VERSION, 2);
    if (deleted)
        gen_message_text(&m, TOIL_FIELD_STATUS, "deleted");
    else
        add_time(&m, b, form, minutes);
    gen_message_time(&m, TOIL_FIELD_UPDATED_AT, entered_us);
    gen_out_send(&world->out, &m, GEN_FIRST, gen_out_arrival(&world->out, entered_us));
    toil_buf_release(&m.text);
}

static void send_booking(struct gen_world *world, const struct booking *b, bool mistaken)
{
    char id[GEN_NAME_BYTES];
    (void)snprintf(id, sizeof id, "wl-%06" PRIu64, world->out.kind[TOIL_KIND_WORK_LOG].unique + 1);
    struct gen_random *random = &world->random;
    enum form form = b->form;
    int64_t minutes = (b->when.to_us - b->when.from_us) / TOIL_US_PER_MINUTE;
    int64_t entered = b->shift.to_us + gen_random_between(random, 0, 1800) * TOIL_US_PER_SECOND;
    if (gen_random_chance(random, 0.15)) /* entered days later */
        entered += gen_random_between(random, 1, 12) * TOIL_US_PER_DAY;
    int64_t second = entered + gen_random_between(random, 600, 90000) * TOIL_US_PER_SECOND;
    bool corrected = !mistaken && gen_random_chance(random, 0.07);
    int64_t at_first = corrected ? minutes + gen_random_between(random, 1, 4) * 60 : minutes;
    send_first(world, b, id, form, at_first, entered);
    if (corrected || mistaken)
        send_second(world, b, id, form, minutes, mistaken, second);
}

static enum gen_work pick_work(struct gen_random *random)
{
    static const enum gen_work works[] = {GEN_WORK_FEATURE, GEN_WORK_TOIL, GEN_WORK_DEBT, GEN_WORK_INCIDENT,
                                          GEN_WORK_OTHER};
    static const double shares[] = {0.58, 0.13, 0.10, 0.06, 0.13};
    return works[gen_random_pick(random, shares, 5)];
}

static void describe(struct gen_world *world, struct booking *b, struct feature *feature, unsigned *features)
{
    enum gen_team_id team = world->person[b->person].team;
    b->work = pick_work(&world->random);
    b->component = b->work == GEN_WORK_OTHER ? SIZE_MAX : own_component(world, team);
    b->ref[0] = '\0';
    if (b->work == GEN_WORK_DEBT)
        (void)snprintf(b->ref, sizeof b->ref, "%s", debt_refs[team]);
    if (b->work == GEN_WORK_INCIDENT)
        (void)snprintf(b->ref, sizeof b->ref, "INC-%04" PRIu32, 1 + gen_random_below(&world->random, 900));
    if (b->work != GEN_WORK_FEATURE)
        return;
    if (feature->left_minutes < shortest_block_minutes)
        next_feature(world, b->person, b->when.from_us, features, feature);
    int64_t minutes = (b->when.to_us - b->when.from_us) / TOIL_US_PER_MINUTE;
    if (minutes > feature->left_minutes || feature->left_minutes - minutes < shortest_block_minutes)
        minutes = feature->left_minutes < longest_block_minutes && feature->left_minutes < minutes
                      ? feature->left_minutes
                      : minutes;
    feature->left_minutes -= minutes;
    b->when.to_us = b->when.from_us + minutes * TOIL_US_PER_MINUTE;
    b->component = feature->component;
    (void)snprintf(b->ref, sizeof b->ref, "FEAT-%04u", feature->number);
}

static void book(struct gen_world *world, struct booking *b, struct feature *feature, unsigned *features)
{
    if (gen_random_chance(&world->random, 0.02)) { /* booked by mistake: nobody worked on it */
        b->work = GEN_WORK_OTHER;
        b->component = SIZE_MAX;
        b->ref[0] = '\0';
        send_booking(world, b, true);
        return;
    }
    describe(world, b, feature, features);
    send_booking(world, b, false);
    size_t owner = b->component == SIZE_MAX ? world->component_count + GEN_UNEXPLAINED : b->component;
    gen_book(world, b->person, b->when, owner, b->work, GEN_TRACE_DECLARED);
}

/* Fills the free stretches of one day until enough is booked. */
static void fill_day(struct gen_world *world, size_t person, struct gen_interval shift, struct feature *feature,
                     unsigned *features)
{
    int64_t wanted = gen_random_between(&world->random, 90, 330);
    int64_t at = shift.from_us + gen_random_between(&world->random, 0, 20) * TOIL_US_PER_MINUTE;
    bool quiet = gen_person_free(world, person, shift);
    while (wanted >= shortest_block_minutes && at + shortest_block_minutes * TOIL_US_PER_MINUTE <= shift.to_us) {
        int64_t longest = wanted < longest_block_minutes ? wanted : longest_block_minutes;
        int64_t minutes = gen_random_between(&world->random, shortest_block_minutes, longest);
        struct booking b = {
            .person = person,
            .when = {at, at + minutes * TOIL_US_PER_MINUTE},
            .shift = shift,
        };
        b.form = (enum form)gen_random_pick(&world->random, form_shares, FORM_COUNT);
        if (b.form == FORM_WITHIN && !quiet)
            b.form = FORM_MINUTES;
        if (b.when.to_us > shift.to_us || !gen_person_free(world, person, b.when)) {
            at += 10 * TOIL_US_PER_MINUTE;
            continue;
        }
        book(world, &b, feature, features);
        wanted = b.form == FORM_WITHIN ? 0 : wanted - minutes;
        quiet = false;
        at = b.when.to_us + GEN_PAUSE_US + gen_random_between(&world->random, 0, 30) * TOIL_US_PER_MINUTE;
    }
}

void gen_plan_work_logs(struct gen_world *world)
{
    struct feature *feature = toil_xcalloc(world->person_count, sizeof *feature);
    unsigned features = 0;
    for (int64_t day = world->first_day; day < world->first_day + world->day_count; day++)
        for (size_t p = 0; p < world->person_count; p++) {
            struct gen_interval shift;
            if (gen_teams[world->person[p].team].engineers && gen_person_shift(world, p, day, &shift) &&
                !gen_random_chance(&world->random, 0.1))
                fill_day(world, p, shift, &feature[p], &features);
        }
    free(feature);
}
