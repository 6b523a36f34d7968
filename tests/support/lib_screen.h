/* Small worlds for the screen: one source and one topic, filled in any order. */
#ifndef LIB_SCREEN_H
#define LIB_SCREEN_H

#include <gsl/gsl_rng.h>

#include "analyzers/stats/screen.h"

#define MINUTE INT64_C(60000000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)
#define WEEKS  60 /* of a world */
#define START  (INT64_C(1700000000) * 1000000)
#define MAX    20000

/* One source and one topic; times are added in any order and sorted by test_world_ready. */
struct test_world {
    struct toil_link_data data;
    struct toil_link_source source;
    struct toil_link_topic topic;
    int64_t event[MAX], ticket[MAX];
    uint32_t event_scope[MAX], ticket_scope[MAX];
    gsl_rng *random;
};

extern const struct toil_lag_band test_bands[6];

struct test_world *test_world_new(unsigned long seed);
void test_world_free(struct test_world *world);
void test_world_event(struct test_world *world, int64_t at_us, uint32_t scope);
/* Left out where it lies outside the world's time. */
void test_world_ticket(struct test_world *world, int64_t at_us, uint32_t scope);
/* Sorts; with scope_count 0 nothing has a scope. */
void test_world_ready(struct test_world *world, uint32_t scope_count);
int64_t test_world_any_time(const struct test_world *world);

struct toil_screen_result test_world_screen(const struct test_world *world);
struct toil_screen_band test_world_band(const struct test_world *world, struct toil_lag_band band);
struct toil_screen_band test_world_placebo(const struct test_world *world, struct toil_lag_band band,
                                           enum toil_placebo which);

#endif
