/* The demo's company as tables, and the order in which its year is lived through. */
#include "gen_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_STREAM 1

const struct gen_team gen_teams[GEN_TEAM_COUNT] = {
    [GEN_PLATFORM] = {"platform", GEN_PRAGUE, 540, 1020, 5, 55, true},
    [GEN_DATA] = {"data", GEN_KOLKATA, 570, 1080, 4, 34, true},
    [GEN_WEB] = {"web", GEN_PRAGUE, 540, 1020, 4, 52, true},
    [GEN_MOBILE] = {"mobile", GEN_SAO_PAULO, 540, 1080, 3, 41, true},
    [GEN_ROUTING] = {"routing", GEN_NEW_YORK, 540, 1020, 4, 78, true},
    [GEN_SUPPORT_EMEA] = {"support-emea", GEN_PRAGUE, 480, 1020, 4, 31, false},
    [GEN_SUPPORT_AMERICAS] = {"support-americas", GEN_NEW_YORK, 480, 1020, 3, 38, false},
    [GEN_SUPPORT_APAC] = {"support-apac", GEN_KOLKATA, 480, 1020, 3, 19, false},
};

const char *const gen_regions[GEN_REGION_COUNT] = {"eu", "us", "apac"};

/* The first GEN_STORY_COMPONENTS rows stand in the order of enum gen_component_id. */
static const struct gen_component component_table[] = {
    {"queue-balancer", GEN_PLATFORM, 8, "qb-%u", "~^qb-[0-9]+$", NULL, 3.0, 0, false},
    {"session-cache", GEN_PLATFORM, 4, "session-cache-%u", "~^session-cache-[0-9]+$", NULL, 0, 6, false},
    {"session-store", GEN_PLATFORM, 0, NULL, NULL, NULL, 0, 8, false},
    {"edge-router", GEN_PLATFORM, 0, NULL, NULL, NULL, 0, 10, false},
    {"orders-db", GEN_DATA, 4, "orders-db-replica-%u", "~^orders-db-(primary|replica)-[0-9]+$", NULL, 0, 18, true},
    {"report-builder", GEN_DATA, 0, NULL, NULL, NULL, 0, 8, true},
    {"search-indexer", GEN_DATA, 0, NULL, NULL, NULL, 0, 12, false},
    {"theme-engine", GEN_WEB, 0, NULL, NULL, NULL, 0, 0, false},
    {"record-sync", GEN_DATA, 0, NULL, NULL, NULL, 0.30, 9, true},
    {"mobile-api", GEN_MOBILE, 6, "mobile-api@%u", "~^mobile-api@", NULL, 0.55, 11, true},
    {"export-service", GEN_DATA, 0, NULL, NULL, "export", 0.20, 6, true},
    {"route-planner", GEN_ROUTING, 5, "rp-%u", "~^rp-[0-9]+$", "wrong route", 0.45, 15, true},
    {"routing-gateway", GEN_ROUTING, 0, NULL, NULL, NULL, 0.25, 9, true},
    {"order-desk", GEN_WEB, 0, NULL, NULL, NULL, 0.12, 5, true},
    {"profile-pages", GEN_WEB, 0, NULL, NULL, NULL, 0.15, 5, true},
    {"customer-portal", GEN_WEB, 3, "portal-web-%u", "~^portal-web-", NULL, 0.35, 7, true},
    {"image-resizer", GEN_MOBILE, 0, NULL, NULL, NULL, 0.90, 4, true},
    {"ingest-gateway", GEN_PLATFORM, 9, "ingest-%u", "~^ingest-[0-9]+$", NULL, 0.70, 9, true},
    {"stream-router", GEN_PLATFORM, 0, NULL, NULL, NULL, 0.40, 6, true},
    {"event-bus", GEN_PLATFORM, 5, "event-bus-%u", "~^event-bus-", NULL, 0.30, 7, true},
    {"billing-portal", GEN_WEB, 0, NULL, NULL, "billing", 0.10, 5, true},
    {"login-service", GEN_WEB, 0, "auth", "auth", NULL, 0.20, 8, true},
    {"notification-center", GEN_WEB, 0, NULL, NULL, "notifications", 0.22, 4, true},
    {"photo-upload", GEN_MOBILE, 0, NULL, NULL, "photos", 0.28, 4, true},
    {"voice-calls", GEN_MOBILE, 0, NULL, NULL, "calls", 0.33, 9, true},
    {"scheduler", GEN_PLATFORM, 0, NULL, NULL, NULL, 0.16, 4, true},
    {"config-service", GEN_PLATFORM, 0, NULL, NULL, NULL, 0.05, 3, true},
    {"warehouse-loader", GEN_DATA, 0, NULL, NULL, NULL, 0.65, 9, true},
    {"metrics-store", GEN_DATA, 0, NULL, NULL, NULL, 0.18, 5, true},
    {"archive-service", GEN_DATA, 0, NULL, NULL, NULL, 0.07, 3, true},
    {"admin-console", GEN_WEB, 0, NULL, NULL, NULL, 0.08, 3, true},
    {"help-center", GEN_WEB, 0, NULL, NULL, NULL, 0.06, 3, true},
    {"push-service", GEN_MOBILE, 3, "push-%u", "~^push-[0-9]+$", NULL, 0.42, 6, true},
    {"app-config", GEN_MOBILE, 0, NULL, NULL, NULL, 0.04, 3, true},
    {"map-tiles", GEN_ROUTING, 0, NULL, NULL, NULL, 0.38, 5, true},
    {"traffic-feed", GEN_ROUTING, 0, NULL, NULL, NULL, 0.60, 7, true},
    {"geo-index", GEN_ROUTING, 0, NULL, NULL, NULL, 0.14, 4, true},
    {"dispatch-service", GEN_ROUTING, 0, NULL, NULL, NULL, 0.27, 6, true},
    {"eta-service", GEN_ROUTING, 0, NULL, NULL, NULL, 0.19, 4, true},
    {"fleet-tracker", GEN_ROUTING, 0, NULL, NULL, NULL, 0.31, 5, true},
};
enum { TABLE_COUNT = sizeof component_table / sizeof *component_table };

#define ANY GEN_STORY_COMPONENTS
const struct gen_subject gen_subjects[GEN_SUBJECT_COUNT] = {
    [GEN_LATE_DATA] = {"late data", 1.6, 0, 0, ANY, ANY},
    [GEN_SLOW_PAGES] = {"slow pages", 1.4, 0.03, 0.5, GEN_PROFILE_PAGES, GEN_RECORD_SYNC},
    [GEN_WRONG_ROUTE] = {"wrong route", 5.0, 0, 0.7, GEN_ROUTE_PLANNER, GEN_ROUTING_GATEWAY},
    [GEN_LOGGED_OUT] = {"logged out", 0.7, 0, 0, ANY, ANY},
    [GEN_SLOW_CONNECTION] = {"slow connection", 1.3, 0, 0, ANY, ANY},
    [GEN_AFTER_UPDATE] = {"errors after update", 0.5, 0, 0, ANY, ANY},
    [GEN_TIMEOUTS] = {"timeouts", 1.1, 0.04, 0.6, GEN_ORDERS_DB, GEN_ORDERS_DB},
    [GEN_BILLING] = {"billing", 2.2, 0, 0.2, GEN_BILLING_PORTAL, GEN_BILLING_PORTAL},
    [GEN_LOGIN] = {"login", 1.8, 0, 0.6, GEN_LOGIN_SERVICE, GEN_CUSTOMER_PORTAL},
    [GEN_NOTIFICATIONS] = {"notifications", 1.2, 0, 0.2, GEN_NOTIFICATION_CENTER, GEN_NOTIFICATION_CENTER},
    [GEN_PHOTOS] = {"photos", 0.8, 0, 0.3, GEN_PHOTO_UPLOAD, GEN_IMAGE_RESIZER},
    [GEN_CALLS] = {"calls", 1.3, 0, 0.3, GEN_VOICE_CALLS, GEN_VOICE_CALLS},
    [GEN_EXPORTS] = {"export", 0.7, 0, 0.2, GEN_EXPORT_SERVICE, GEN_EXPORT_SERVICE},
    [GEN_SEARCH] = {"search", 1.0, 0, 0, ANY, ANY},
    [GEN_BUG] = {"bug", 2.6, 0, 0.9, ANY, ANY},
    [GEN_HOW_TO] = {"how to", 1.6, 0, 0, ANY, ANY},
};

const struct gen_link gen_links[GEN_LINK_COUNT] = {
    [GEN_LINK_QUEUE] = {"queue load balancing", GEN_QUEUE_BALANCER, TOIL_KIND_SERVICE_RESTART, GEN_LATE_DATA, 15, 60,
                        0.6},
    [GEN_LINK_PAIR] = {"always together", GEN_SESSION_CACHE, TOIL_KIND_SERVICE_RESTART, GEN_LOGGED_OUT, 0, 15, 1.2},
    [GEN_LINK_REGION] = {"only within its region", GEN_EDGE_ROUTER, TOIL_KIND_SERVICE_RESTART, GEN_SLOW_CONNECTION, 0,
                         15, 1.0},
    [GEN_LINK_RELEASE] = {"shared release", GEN_ORDER_DESK, TOIL_KIND_DEPLOYMENT, GEN_AFTER_UPDATE, 0, 240, 4.0},
    [GEN_LINK_DATABASE] = {"database upgrade", GEN_ORDERS_DB, TOIL_KIND_SERVICE_RESTART, GEN_TIMEOUTS, 0, 15, 1.5},
};

static const char *const work_names[GEN_WORK_COUNT] = {"restart",  "rebalance", "ticket", "toil",
                                                       "incident", "feature",   "debt",   "other"};
static const char *const trace_names[GEN_TRACE_COUNT] = {"declared", "measured", "points"};

static const char *const first_names[] = {"anna",   "jakub",  "priya", "ravi",   "lucia",  "mateus", "emily", "david",
                                          "tereza", "arjun",  "sara",  "felipe", "grace",  "ondrej", "meera", "liam",
                                          "karel",  "divya",  "nina",  "thiago", "olivia", "petr",   "kavya", "noah",
                                          "eva",    "sanjay", "ivana", "bruno",  "chloe",  "marek"};
static const char *const last_names[] = {"novak",  "sharma",  "silva", "baker", "dvorak", "patel", "santos",
                                         "miller", "svoboda", "rao",   "costa", "turner", "kral",  "nair"};

static void make_components(struct gen_world *world)
{
    world->component_count = (size_t)world->options.components;
    world->component = toil_xcalloc(world->component_count, sizeof *world->component);
    for (size_t i = 0; i < world->component_count; i++) {
        struct gen_component *c = &world->component[i];
        if (i < TABLE_COUNT) {
            *c = component_table[i];
            continue;
        }
        *c = (struct gen_component){.team = (enum gen_team_id)(i % GEN_SUPPORT_EMEA), .nameable = true};
        (void)snprintf(c->name, sizeof c->name, "worker-%03zu", i + 1);
        c->restarts_per_day = (double)gen_random_between(&world->random, 2, 60) / 100;
        c->hand_restarts = 2 + gen_random_below(&world->random, 6);
    }
}

static void name_person(struct gen_person *person, size_t index)
{
    size_t firsts = sizeof first_names / sizeof *first_names, lasts = sizeof last_names / sizeof *last_names;
    const char *first = first_names[index % firsts], *last = last_names[(index + index / firsts) % lasts];
    if (index < firsts)
        (void)snprintf(person->name, sizeof person->name, "%s.%s", first, last);
    else
        (void)snprintf(person->name, sizeof person->name, "%s.%s%zu", first, last, index / firsts + 1);
}

static void make_people(struct gen_world *world)
{
    world->person_count = (size_t)world->options.people;
    world->person = toil_xcalloc(world->person_count, sizeof *world->person);
    double shares[GEN_TEAM_COUNT];
    for (size_t t = 0; t < GEN_TEAM_COUNT; t++)
        shares[t] = gen_teams[t].share;
    for (size_t i = 0; i < world->person_count; i++) {
        struct gen_person *person = &world->person[i];
        /* Whoever is furthest below the team's share is hired next. */
        size_t hire = 0;
        for (size_t t = 1; t < GEN_TEAM_COUNT; t++)
            if (shares[t] > shares[hire])
                hire = t;
        shares[hire] -= 30.0 / (double)world->person_count;
        person->team = (enum gen_team_id)hire;
        name_person(person, i);
        person->day = toil_xcalloc((size_t)world->day_count + 2, sizeof *person->day);
        for (size_t leave = 0; leave < 2; leave++)
            person->away_from[leave] = world->first_day + gen_random_between(&world->random, 0, world->day_count - 1);
    }
}

void gen_world_init(struct gen_world *world, const struct gen_options *options)
{
    *world = (struct gen_world){.options = *options, .customer_count = 420};
    int64_t day = 0;
    (void)toil_date_parse(toil_span_of(options->start), &day); /* checked by gen_options_check */
    world->first_day = day;
    world->day_count = options->days;
    world->sprint_count = (unsigned)(options->days / GEN_SPRINT_DAYS);
    world->start_us = gen_place_instant_us(GEN_PRAGUE, day, 0);
    world->end_us = gen_place_instant_us(GEN_PRAGUE, day + options->days, 0);
    world->ship_us =
        gen_place_instant_us(GEN_PRAGUE, day + (options->days / GEN_SPRINT_DAYS / 2) * GEN_SPRINT_DAYS, 600);
    gen_out_init(&world->out, (uint64_t)options->seed);
    gen_random_init(&world->random, (uint64_t)options->seed, PEOPLE_STREAM);
    make_components(world);
    make_people(world);
}

void gen_world_release(struct gen_world *world)
{
    for (size_t i = 0; i < world->person_count; i++) {
        for (int64_t d = 0; d < world->day_count + 2; d++)
            free(world->person[i].day[d].item);
        free(world->person[i].day);
    }
    free(world->person);
    free(world->component);
    free(world->ticket);
    free(world->queue_restart);
    free(world->session);
    gen_out_release(&world->out);
    *world = (struct gen_world){0};
}

void gen_world_plan(struct gen_world *world)
{
    static void (*const parts[])(struct gen_world *) = {
        gen_plan_restarts,      gen_plan_deployments, gen_plan_tickets,   gen_plan_following,    gen_plan_rebalances,
        gen_plan_hand_restarts, gen_plan_handling,    gen_plan_work_logs, gen_plan_measurements, gen_plan_bad,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        gen_random_init(&world->random, (uint64_t)world->options.seed, PEOPLE_STREAM + 1 + i);
        parts[i](world);
    }
    gen_out_sort(&world->out);
}

void gen_raw_name(struct gen_world *world, size_t component, char *out)
{
    const struct gen_component *c = &world->component[component];
    if (!c->alias || gen_random_chance(&world->random, 0.4))
        (void)snprintf(out, GEN_NAME_BYTES, "%s", c->name);
    else if (c->alias_count == 0)
        (void)snprintf(out, GEN_NAME_BYTES, "%s", c->alias);
    else {
        const char *number = strstr(c->alias, "%u");
        (void)snprintf(out, GEN_NAME_BYTES, "%.*s%" PRIu32, (int)(number - c->alias), c->alias,
                       1 + gen_random_below(&world->random, c->alias_count));
    }
}

double gen_months(const struct gen_world *world, int64_t time_us)
{
    return (double)(time_us - world->start_us) / (double)TOIL_US_PER_DAY / 30.4375;
}

double gen_grown(double rate, double months)
{
    return gen_exp(months * gen_log(1 + rate));
}

size_t gen_component_of_subject(const struct gen_world *world, enum gen_subject_id subject)
{
    for (size_t i = 0; i < world->component_count; i++)
        if (world->component[i].subject && strcmp(world->component[i].subject, gen_subjects[subject].name) == 0)
            return i;
    return SIZE_MAX;
}

const char *gen_work_name(enum gen_work work)
{
    return work_names[work];
}

const char *gen_trace_name(enum gen_trace trace)
{
    return trace_names[trace];
}

const char *gen_component_name(const struct gen_world *world, size_t component)
{
    if (component == world->component_count + GEN_UNEXPLAINED)
        return "(unexplained)";
    if (component == world->component_count + GEN_UNMAPPED)
        return "(unmapped)";
    return world->component[component].name;
}
