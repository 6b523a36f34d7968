/* The code behind lib_scene.h. */
#include "support/lib_scene.h"

#include <criterion/criterion.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

struct test_scene *test_scene_new(unsigned long seed, int weeks)
{
    static const struct toil_lag_band bands[] = {{0, 15 * SCENE_MINUTE},
                                                 {15 * SCENE_MINUTE, SCENE_HOUR},
                                                 {SCENE_HOUR, 4 * SCENE_HOUR},
                                                 {4 * SCENE_HOUR, 12 * SCENE_HOUR},
                                                 {12 * SCENE_HOUR, 24 * SCENE_HOUR},
                                                 {24 * SCENE_HOUR, 72 * SCENE_HOUR}};
    struct test_scene *scene = toil_xcalloc(1, sizeof *scene);
    scene->data = (struct toil_link_data){.from_us = SCENE_START,
                                          .to_us = SCENE_START + weeks * SCENE_WEEK,
                                          .bin_us = 5 * SCENE_MINUTE,
                                          .band_count = sizeof bands / sizeof *bands,
                                          .lead = {-30 * SCENE_MINUTE, 0},
                                          .seed = seed};
    memcpy(scene->data.band, bands, sizeof bands);
    scene->random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(scene->random, seed);
    return scene;
}

void test_scene_free(struct test_scene *scene)
{
    for (size_t s = 0; s < scene->data.source_count; s++) {
        free(scene->event[s].item);
        if (scene->source) {
            free((void *)scene->source[s].at_us);
            free((void *)scene->source[s].scope);
        }
    }
    for (size_t t = 0; t < scene->data.topic_count; t++) {
        free(scene->ticket[t].item);
        if (scene->topic) {
            free((void *)scene->topic[t].at_us);
            free((void *)scene->topic[t].scope);
            free((void *)scene->topic[t].tag_begin);
            free((void *)scene->topic[t].tag);
        }
    }
    free(scene->event);
    free(scene->ticket);
    free(scene->source);
    free(scene->topic);
    gsl_rng_free(scene->random);
    free(scene);
}

size_t test_scene_add_source(struct test_scene *scene)
{
    size_t s = scene->data.source_count++;
    scene->event = toil_xreallocarray(scene->event, s + 1, sizeof *scene->event);
    scene->source = toil_xreallocarray(scene->source, s + 1, sizeof *scene->source);
    scene->event[s] = (struct test_moments){0};
    scene->source[s] = (struct toil_link_source){.component = (uint32_t)s, .own_topic = TOIL_NO_TOPIC};
    return s;
}

size_t test_scene_add_topic(struct test_scene *scene)
{
    size_t t = scene->data.topic_count++;
    scene->ticket = toil_xreallocarray(scene->ticket, t + 1, sizeof *scene->ticket);
    scene->topic = toil_xreallocarray(scene->topic, t + 1, sizeof *scene->topic);
    scene->ticket[t] = (struct test_moments){0};
    scene->topic[t] = (struct toil_link_topic){0};
    return t;
}

static bool add(const struct test_scene *scene, struct test_moments *to, struct test_moment moment)
{
    if (moment.at_us < scene->data.from_us || moment.at_us >= scene->data.to_us)
        return false;
    if (to->count == to->cap) {
        to->cap = to->cap ? 2 * to->cap : 64;
        to->item = toil_xreallocarray(to->item, to->cap, sizeof *to->item);
    }
    to->item[to->count++] = moment;
    return true;
}

void test_scene_event(struct test_scene *scene, size_t source, int64_t at_us, uint32_t scope)
{
    add(scene, &scene->event[source], (struct test_moment){at_us, scope, 0});
}

bool test_scene_ticket(struct test_scene *scene, size_t topic, int64_t at_us, uint32_t scope, uint32_t tags)
{
    return add(scene, &scene->ticket[topic], (struct test_moment){at_us, scope, tags});
}

static int64_t any_time(const struct test_scene *scene, int64_t from_us, int64_t to_us)
{
    return from_us + (int64_t)(gsl_rng_uniform(scene->random) * (double)(to_us - from_us));
}

static unsigned how_many(const struct test_scene *scene, double per_week)
{
    return gsl_ran_poisson(scene->random, per_week * (double)(scene->data.to_us - scene->data.from_us) / SCENE_WEEK);
}

void test_scene_fail_at_random(struct test_scene *scene, size_t source, double per_week)
{
    for (unsigned left = how_many(scene, per_week); left > 0; left--)
        test_scene_event(scene, source, any_time(scene, scene->data.from_us, scene->data.to_us), TOIL_NO_SCOPE);
}

void test_scene_ask_at_random(struct test_scene *scene, size_t topic, double per_week, uint32_t scopes)
{
    for (unsigned left = how_many(scene, per_week); left > 0; left--) {
        uint32_t scope = 0;
        while (scope + 1 < scopes && gsl_rng_uniform(scene->random) < 0.5)
            scope++;
        test_scene_ticket(scene, topic, any_time(scene, scene->data.from_us, scene->data.to_us),
                          scopes ? scope : TOIL_NO_SCOPE, 0);
    }
}

void test_scene_ask_in_office_hours(struct test_scene *scene, size_t topic, double per_week, double variance)
{
    for (int64_t day_us = SCENE_START; day_us < scene->data.to_us; day_us += SCENE_DAY) {
        if ((day_us - SCENE_START) / SCENE_DAY % 7 >= 5)
            continue;
        double factor = variance > 0 ? gsl_ran_gamma(scene->random, 1 / variance, variance) : 1;
        for (unsigned left = gsl_ran_poisson(scene->random, per_week / 5 * factor); left > 0; left--)
            test_scene_ticket(scene, topic, any_time(scene, day_us + 8 * SCENE_HOUR, day_us + 18 * SCENE_HOUR),
                              TOIL_NO_SCOPE, 0);
    }
}

size_t test_scene_cause(struct test_scene *scene, size_t source, size_t topic, double per_event,
                        struct toil_lag_band lag, uint32_t tags)
{
    size_t caused = 0;
    for (size_t e = 0; e < scene->event[source].count; e++) {
        const struct test_moment *event = &scene->event[source].item[e];
        for (unsigned left = gsl_ran_poisson(scene->random, per_event); left > 0; left--)
            caused +=
                test_scene_ticket(scene, topic, any_time(scene, event->at_us + lag.from_us, event->at_us + lag.to_us),
                                  event->scope, tags);
    }
    return caused;
}

static int compare_moments(const void *left, const void *right)
{
    const struct test_moment *a = left, *b = right;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    return (a->tags > b->tags) - (a->tags < b->tags);
}

/* Times and scopes apart; no scopes where none has one. */
static void split(struct test_moments *moments, const int64_t **at_us, const uint32_t **scope)
{
    int64_t *times = toil_xcalloc(moments->count + 1, sizeof *times);
    uint32_t *scopes = toil_xcalloc(moments->count + 1, sizeof *scopes);
    bool any = false;
    if (moments->count > 0)
        qsort(moments->item, moments->count, sizeof *moments->item, compare_moments);
    for (size_t i = 0; i < moments->count; i++) {
        times[i] = moments->item[i].at_us;
        scopes[i] = moments->item[i].scope;
        any = any || scopes[i] != TOIL_NO_SCOPE;
    }
    free((void *)*at_us);
    free((void *)*scope);
    *at_us = times;
    *scope = any ? scopes : NULL;
    if (!any)
        free(scopes);
}

static void split_tags(struct test_scene *scene, size_t topic)
{
    const struct test_moments *ticket = &scene->ticket[topic];
    uint32_t *begin = toil_xcalloc(ticket->count + 1, sizeof *begin);
    uint32_t *tag = toil_xcalloc(32 * ticket->count + 1, sizeof *tag), count = 0;
    for (size_t i = 0; i < ticket->count; i++) {
        begin[i] = count;
        for (uint32_t t = 0; t < 32; t++)
            if (ticket->item[i].tags >> t & 1) {
                tag[count++] = t;
                scene->data.tag_count = t + 1 > scene->data.tag_count ? t + 1 : scene->data.tag_count;
            }
    }
    begin[ticket->count] = count;
    free((void *)scene->topic[topic].tag_begin);
    free((void *)scene->topic[topic].tag);
    scene->topic[topic].tag_begin = begin;
    scene->topic[topic].tag = tag;
}

void test_scene_ready(struct test_scene *scene)
{
    scene->data.scope_count = 0;
    for (size_t s = 0; s < scene->data.source_count; s++) {
        struct toil_link_source *source = &scene->source[s];
        split(&scene->event[s], &source->at_us, &source->scope);
        source->count = scene->event[s].count;
        for (size_t i = 0; source->scope && i < source->count; i++)
            if (source->scope[i] != TOIL_NO_SCOPE && source->scope[i] >= scene->data.scope_count)
                scene->data.scope_count = source->scope[i] + 1;
    }
    for (size_t t = 0; t < scene->data.topic_count; t++) {
        struct toil_link_topic *topic = &scene->topic[t];
        split(&scene->ticket[t], &topic->at_us, &topic->scope);
        split_tags(scene, t);
        topic->count = scene->ticket[t].count;
        for (size_t i = 0; topic->scope && i < topic->count; i++)
            if (topic->scope[i] != TOIL_NO_SCOPE && topic->scope[i] >= scene->data.scope_count)
                scene->data.scope_count = topic->scope[i] + 1;
    }
    scene->data.source = scene->source;
    scene->data.topic = scene->topic;
}
