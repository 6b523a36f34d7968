/* The demo's company: teams, people, components, support topics, the diaries of its people, and the truth about all of
 * it. One struct that every part of the generator adds to, in a fixed order (gen_world_plan). */
#ifndef TOIL_GEN_WORLD_H
#define TOIL_GEN_WORLD_H

#include "gen_clock.h"
#include "gen_out.h"
#include "generate.h"

enum { GEN_TEAM_COUNT = 8, GEN_REGION_COUNT = 3, GEN_SPRINT_DAYS = 14, GEN_NAME_BYTES = 48 };

enum gen_team_id {
    GEN_PLATFORM,
    GEN_DATA,
    GEN_WEB,
    GEN_MOBILE,
    GEN_ROUTING,
    GEN_SUPPORT_EMEA,
    GEN_SUPPORT_AMERICAS,
    GEN_SUPPORT_APAC,
};

struct gen_team {
    const char *name;
    enum gen_place place;
    int from_minute, to_minute; /* office hours by the local clock */
    unsigned share;             /* of 30 people */
    double rate;                /* of an hour */
    bool engineers;             /* they book their time; the others answer tickets */
};
extern const struct gen_team gen_teams[GEN_TEAM_COUNT];

/* Components that have a part in a story, in the order of the component table. */
enum gen_component_id {
    GEN_QUEUE_BALANCER,
    GEN_SESSION_CACHE,
    GEN_SESSION_STORE,
    GEN_EDGE_ROUTER,
    GEN_ORDERS_DB,
    GEN_REPORT_BUILDER,
    GEN_SEARCH_INDEXER,
    GEN_THEME_ENGINE,
    GEN_RECORD_SYNC,
    GEN_MOBILE_API,
    GEN_EXPORT_SERVICE,
    GEN_ROUTE_PLANNER,
    GEN_ROUTING_GATEWAY,
    GEN_ORDER_DESK,
    GEN_PROFILE_PAGES,
    GEN_CUSTOMER_PORTAL,
    GEN_IMAGE_RESIZER,
    GEN_INGEST_GATEWAY,
    GEN_STREAM_ROUTER,
    GEN_EVENT_BUS,
    GEN_BILLING_PORTAL,
    GEN_LOGIN_SERVICE,
    GEN_NOTIFICATION_CENTER,
    GEN_PHOTO_UPLOAD,
    GEN_VOICE_CALLS,
    GEN_STORY_COMPONENTS,
};

struct gen_component {
    char name[GEN_NAME_BYTES];
    enum gen_team_id team;
    unsigned alias_count;
    const char *alias;       /* raw name with one %u for a number from 1 to alias_count, or NULL */
    const char *match;       /* the catalog's rule for it */
    const char *subject;     /* support topic that speaks of it by name, or NULL */
    double restarts_per_day; /* that recover by themselves */
    unsigned hand_restarts;  /* a year, by a person */
    bool nameable;           /* customers' tickets may name it */
};

enum gen_subject_id {
    GEN_LATE_DATA,
    GEN_SLOW_PAGES,
    GEN_WRONG_ROUTE,
    GEN_LOGGED_OUT,
    GEN_SLOW_CONNECTION,
    GEN_AFTER_UPDATE,
    GEN_TIMEOUTS,
    GEN_BILLING,
    GEN_LOGIN,
    GEN_NOTIFICATIONS,
    GEN_PHOTOS,
    GEN_CALLS,
    GEN_EXPORTS,
    GEN_SEARCH,
    GEN_BUG,
    GEN_HOW_TO,
    GEN_SUBJECT_COUNT,
};

struct gen_subject {
    const char *name;
    double per_day;
    double growth_per_month;                         /* 0.04: four per cent more each month */
    double named;                                    /* share that names a component */
    enum gen_component_id named_first, named_second; /* which; GEN_STORY_COMPONENTS: any that is nameable */
};
extern const struct gen_subject gen_subjects[GEN_SUBJECT_COUNT];
extern const char *const gen_regions[GEN_REGION_COUNT];

struct gen_interval {
    int64_t from_us, to_us;
};

/* A person's booked time on one local day, sorted. */
struct gen_day {
    struct gen_interval *item; /* owned */
    size_t count, cap;
};

struct gen_person {
    char name[GEN_NAME_BYTES];
    enum gen_team_id team;
    int64_t away_from[2]; /* first day of each leave of two weeks */
    struct gen_day *day;  /* [days + 2], index 0 is the day before the start; owned */
};

/* What a person did, for the truth. */
enum gen_work {
    GEN_WORK_RESTART,
    GEN_WORK_REBALANCE,
    GEN_WORK_TICKET,
    GEN_WORK_TOIL,
    GEN_WORK_INCIDENT,
    GEN_WORK_FEATURE,
    GEN_WORK_DEBT,
    GEN_WORK_OTHER,
    GEN_WORK_COUNT,
};
/* How telemetry can know of it. */
enum gen_trace {
    GEN_TRACE_DECLARED, /* minutes, or a work log */
    GEN_TRACE_MEASURED, /* start and end by a person */
    GEN_TRACE_POINTS,   /* actions alone: hours must be inferred */
    GEN_TRACE_COUNT,
};

/* One stretch of work of one person on one thing. */
struct gen_session {
    size_t person;
    size_t component; /* index, or gen->component_count + GEN_NOWHERE... */
    enum gen_work work;
    enum gen_trace trace;
    struct gen_interval when;
};
/* Added to component_count: hours that no component can be told for, and of raw names that no rule matches. */
enum { GEN_UNEXPLAINED, GEN_UNMAPPED, GEN_NOWHERE_COUNT };

enum gen_link_id {
    GEN_LINK_QUEUE,
    GEN_LINK_PAIR,
    GEN_LINK_REGION,
    GEN_LINK_RELEASE,
    GEN_LINK_DATABASE,
    GEN_LINK_COUNT,
    GEN_LINK_NONE = GEN_LINK_COUNT,
};
struct gen_link {
    const char *story;
    enum gen_component_id component;
    enum toil_kind kind;
    enum gen_subject_id subject;
    int from_minutes, to_minutes;
    double mean; /* tickets that one event causes */
};
extern const struct gen_link gen_links[GEN_LINK_COUNT];

struct gen_ticket {
    int64_t at_us;
    enum gen_subject_id subject;
    unsigned region;
    size_t component; /* that it names in the end; SIZE_MAX when none */
    bool unmapped;    /* names something that no rule matches */
    bool deleted;
    bool told; /* some version named the component */
    enum gen_link_id link;
    uint32_t customer;
};

struct gen_world {
    struct gen_options options;
    int64_t first_day, day_count; /* days since 1970-01-01, of Europe/Prague */
    int64_t start_us, end_us;
    unsigned sprint_count;
    int64_t ship_us;                 /* when the routing rewrite and the records service went live */
    struct gen_component *component; /* owned */
    size_t component_count;
    struct gen_person *person; /* owned */
    size_t person_count;
    uint32_t customer_count;
    struct gen_out out;
    struct gen_random random; /* of the part that is at work */

    struct gen_ticket *ticket; /* owned */
    size_t ticket_count, ticket_cap;
    int64_t *queue_restart; /* owned: when the queue balancer restarted, ascending */
    size_t queue_restart_count, queue_restart_cap;

    struct gen_session *session; /* owned: the truth about hours */
    size_t session_count, session_cap;
    uint64_t link_events[GEN_LINK_COUNT], link_caused[GEN_LINK_COUNT];
    int64_t link_work_us[GEN_LINK_COUNT]; /* work on the tickets that a link caused */
    uint64_t endings_alone;               /* ends whose beginning was never told */
    uint64_t ids_again;                   /* ids used for a second fact */
    double csat_touched, csat_rest;
    uint64_t csat_touched_count, csat_rest_count;
    double feature_hours_before, feature_hours_after;
    uint64_t features_before, features_after;
};

/* Makes the company: teams, people with their leaves, components. */
void gen_world_init(struct gen_world *world, const struct gen_options *options);
void gen_world_release(struct gen_world *world);
/* Lives through the time: every event, the people's diaries, the bad lines. Sorted for writing. */
void gen_world_plan(struct gen_world *world);

/* A raw name by which telemetry may call a component; out has GEN_NAME_BYTES. */
void gen_raw_name(struct gen_world *world, size_t component, char *out);
/* Months since the start, with a fraction, for growth. A month is 30.4375 days. */
double gen_months(const struct gen_world *world, int64_t time_us);
/* (1 + rate) to the power of months. */
double gen_grown(double rate, double months);
/* Index of the component that a support topic speaks of, or SIZE_MAX. */
size_t gen_component_of_subject(const struct gen_world *world, enum gen_subject_id subject);
const char *gen_work_name(enum gen_work work);
const char *gen_trace_name(enum gen_trace trace);
/* "(unexplained)", "(unmapped)" or the component's name. */
const char *gen_component_name(const struct gen_world *world, size_t component);

/* The parts, in the order of gen_world_plan. */
void gen_plan_restarts(struct gen_world *world);
void gen_plan_deployments(struct gen_world *world);
void gen_plan_tickets(struct gen_world *world);       /* when they are opened, and why; sorts them */
void gen_plan_following(struct gen_world *world);     /* the component that follows the tickets */
void gen_plan_rebalances(struct gen_world *world);    /* books people */
void gen_plan_hand_restarts(struct gen_world *world); /* books people */
void gen_plan_handling(struct gen_world *world);      /* books people: the work on tickets */
void gen_plan_work_logs(struct gen_world *world);     /* books what is left of their days */
void gen_plan_measurements(struct gen_world *world);
void gen_plan_bad(struct gen_world *world);

/* Growth of a component's load time (of the database: query time) by the month; 0 when it stays. */
double gen_load_growth(size_t component);

/* Opens a ticket; nothing happens when at_us lies outside the time. */
void gen_open_ticket(struct gen_world *world, int64_t at_us, enum gen_subject_id subject, unsigned region,
                     enum gen_link_id link);
/* Opens the tickets that one event of a link causes. region: where, or GEN_REGION_COUNT for anywhere. */
void gen_cause_tickets(struct gen_world *world, enum gen_link_id link, int64_t at_us, unsigned region);
/* A restart that recovers by itself. scope may be NULL. */
void gen_send_restart(struct gen_world *world, size_t component, int64_t at_us, const char *scope);
/* Minutes between two things that one person does: longer than any session's tail. */
#define GEN_PAUSE_US (16 * TOIL_US_PER_MINUTE)

/* Office hours of a person on a local day; false on days off. */
bool gen_person_shift(const struct gen_world *world, size_t person, int64_t day, struct gen_interval *out);
bool gen_person_free(const struct gen_world *world, size_t person, struct gen_interval when);
/* Books a stretch of work and adds it to the truth. */
void gen_book(struct gen_world *world, size_t person, struct gen_interval when, size_t component, enum gen_work work,
              enum gen_trace trace);
/* The earliest slot within office hours for somebody of a team, from earliest_us on, that ends by latest_us. */
bool gen_find_slot(const struct gen_world *world, enum gen_team_id team, int64_t earliest_us, int64_t latest_us,
                   int64_t length_us, size_t *person, int64_t *start_us);
/* Who of a team is on call in the sprint of this instant. */
size_t gen_on_call(const struct gen_world *world, enum gen_team_id team, int64_t time_us);

/* The files beside the events. */
void gen_write_truth(const struct gen_world *world, struct toil_buf *out);
void gen_write_catalog(const struct gen_world *world, struct toil_buf *out);
void gen_write_collector(struct toil_buf *out);

#endif
