/* Simulated worlds with known truth: a year of failures and tickets, of which it is known what caused each.
 *
 * The simulation shares no assumption with the method on purpose: delays are exponential, uniform or log-normal, not
 * flat in bands; an event causes a random number of tickets (more varied than Poisson); failures bring failures; ticket
 * days are good and bad, by topic, with a slow drift and bursts; people sleep, have weekends, summer time, holidays.
 * The same seed gives the same world on every machine. */
#ifndef TESTS_LIB_WORLDS_H
#define TESTS_LIB_WORLDS_H

#include "analyzers/stats/link_data.h"

#define TEST_WORLD_TOPICS  4
#define TEST_WORLD_SOURCES 10
#define TEST_WORLD_LINKS   8
#define TEST_WORLD_EXTRA   4

/* How a component fails by itself. */
enum test_process {
    TEST_NO_PROCESS, /* only what another source or a topic triggers */
    TEST_POISSON,    /* per_year, at any time */
    TEST_CLUSTERED,  /* per_year; each failure brings half a failure more, some hours later (Hawkes) */
    TEST_OFFICE,     /* per_year, on weekdays 9 to 17 local time */
    TEST_EXACT,      /* per_year, exactly so many */
    TEST_HOURLY,     /* each hour on the hour */
    TEST_NIGHTLY,    /* per_year of the nights, at 02:00 local time */
    TEST_RELEASES,   /* per_year of Mondays to Thursdays, 10 to 16 local time */
};

enum test_lag {
    TEST_EXPONENTIAL, /* mean lag_hours */
    TEST_UNIFORM,     /* up to lag_hours */
    TEST_LOGNORMAL,   /* median lag_hours, sigma spread */
    TEST_MORNING,     /* at the next 09:00 local time, and exponential lag_hours after it */
};

struct test_source_spec {
    const char *name;
    enum test_process process;
    double per_year;
    const char *of;                /* an earlier source that triggers this one, or NULL ... */
    double chance, within_minutes; /* ... with this chance, up to so much later */
    double follows;                /* chance that a ticket of topic 0 brings an event, 10 to 60 minutes later */
    bool by_load;                  /* fails in proportion to use: thinned by growth and holidays */
    double record_minutes;         /* the record comes up to so much after the failure */
    const char *twin_of;           /* an earlier source that it always fails together with, or NULL */
    bool release;
};

/* A source causes tickets of a topic. */
struct test_link_spec {
    const char *source;
    uint32_t topic;
    double per_event; /* mean number of tickets; the number varies as a negative binomial of shape 2 */
    enum test_lag lag;
    double lag_hours, spread;
    bool by_activity; /* in proportion to what people do at the time of the event */
};

/* What a world adds to the system that is in every world (see lib_worlds.c), or changes in it. */
struct test_world_spec {
    const char *name, *what;
    struct test_source_spec source[TEST_WORLD_EXTRA]; /* up to the first without a name */
    struct test_link_spec link[TEST_WORLD_EXTRA];     /* up to the first without a source */
    bool nothing;                                     /* no links, not even the system's */
    double tickets, effects;                          /* factors; 0: 1 */
    unsigned shape;                                   /* of the days' gamma: a day's variance is 1/shape; 0: 4 */
    double bursts;    /* a year and topic: some hours with eight times the mean rate; 0: 4 */
    double growth;    /* customers at the end of the year for each one at its beginning; 0: none come */
    bool holidays;    /* two weeks with a sixth of the tickets */
    uint32_t regions; /* 0: no scopes */
    unsigned weight;  /* rounds are divided by it, since it takes long; 0: 1 */
};

extern const struct test_world_spec test_worlds[];
extern const size_t test_world_count;

struct test_world {
    struct toil_link_data data; /* borrows from the rest */
    const struct test_source_spec *spec[TEST_WORLD_SOURCES];
    bool is_true[TEST_WORLD_SOURCES][TEST_WORLD_TOPICS];
    size_t twin[TEST_WORLD_SOURCES]; /* its twin, or itself */
    /* Tickets that the source caused: after the failure's record, within reach of the bands, in the window. */
    double caused[TEST_WORLD_SOURCES][TEST_WORLD_TOPICS];
    double out_of_reach; /* caused, too, but before the failure's record or beyond the last band */
    struct toil_link_source source[TEST_WORLD_SOURCES];
    struct toil_link_topic topic[TEST_WORLD_TOPICS];
    int64_t *at_us[TEST_WORLD_SOURCES + TEST_WORLD_TOPICS];  /* owned; sources, then topics */
    uint32_t *scope[TEST_WORLD_SOURCES + TEST_WORLD_TOPICS]; /* owned */
};

/* Makes round `round` of a world. It must not be moved or copied, since its data points into it. */
void test_world_make(const struct test_world_spec *spec, uint64_t seed, uint64_t round, struct test_world *out);
void test_world_release(struct test_world *world);

#endif
