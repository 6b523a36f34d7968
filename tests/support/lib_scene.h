/* Scenes for the joint fit and the search for links: any number of sources and topics, filled in any order, with a
 * known truth. Times that lie outside the scene's window are left out. */
#ifndef LIB_SCENE_H
#define LIB_SCENE_H

#include <gsl/gsl_rng.h>

#include "analyzers/stats/link_data.h"

#define SCENE_MINUTE INT64_C(60000000)
#define SCENE_HOUR   (60 * SCENE_MINUTE)
#define SCENE_DAY    (24 * SCENE_HOUR)
#define SCENE_WEEK   (7 * SCENE_DAY)
#define SCENE_START  (INT64_C(1704067200) * 1000000) /* a Monday, 00:00 UTC */

struct test_moment {
    int64_t at_us;
    uint32_t scope;
    uint32_t tags; /* of a ticket: bit t is tag t */
};
struct test_moments {
    struct test_moment *item;
    size_t count, cap;
};

struct test_scene {
    struct toil_link_data data;  /* ready after test_scene_ready; borrows from the rest */
    struct test_moments *event;  /* [data.source_count] */
    struct test_moments *ticket; /* [data.topic_count] */
    struct toil_link_source *source;
    struct toil_link_topic *topic;
    gsl_rng *random;
};

/* Six lag bands as in the product, a lead band of half an hour, UTC, no scopes, no tags. */
struct test_scene *test_scene_new(unsigned long seed, int weeks);
void test_scene_free(struct test_scene *scene);
/* Both return the new one's number. */
size_t test_scene_add_source(struct test_scene *scene);
size_t test_scene_add_topic(struct test_scene *scene);

void test_scene_event(struct test_scene *scene, size_t source, int64_t at_us, uint32_t scope);
/* Whether it lies in the window. */
bool test_scene_ticket(struct test_scene *scene, size_t topic, int64_t at_us, uint32_t scope, uint32_t tags);

/* At any time alike, without a scope. */
void test_scene_fail_at_random(struct test_scene *scene, size_t source, double per_week);
/* With a scope below scopes, the first twice as often as the second and so on; 0: without one. */
void test_scene_ask_at_random(struct test_scene *scene, size_t topic, double per_week, uint32_t scopes);
/* On workdays 8 to 18 alone; days vary by a gamma factor of this variance (0: not). */
void test_scene_ask_in_office_hours(struct test_scene *scene, size_t topic, double per_week, double variance);
/* Each event of the source brings so many tickets (Poisson) of its scope, at any lag in the band alike; returns how
 * many lie in the window. */
size_t test_scene_cause(struct test_scene *scene, size_t source, size_t topic, double per_event,
                        struct toil_lag_band lag, uint32_t tags);
/* Sorts, and makes data. May be called again after more was added. */
void test_scene_ready(struct test_scene *scene);

#endif
