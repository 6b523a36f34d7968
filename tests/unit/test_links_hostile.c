/* The search for hidden links on what nobody would send: an answer each time, every number finite or "not known", no
 * crash, no hang, bounded memory. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "analyzers/stats/links.h"
#include "support/lib_alarms.h"
#include "support/lib_events.h"
#include "support/lib_links_check.h"
#include "toilmeter/buf.h"
#include "toilmeter/timestamp.h"

#define START_US (INT64_C(1704067200) * TOIL_US_PER_SECOND)
#define WEEK_US  (7 * TOIL_US_PER_DAY)
/* Sanitizers make it five times slower. */
#ifdef __SANITIZE_ADDRESS__
#define COMPONENTS 1000
#else
#define COMPONENTS 5000
#endif
#define MANY      6000
#define BYTES_MAX (INT64_C(1) << 30)
#define TOLERANCE 1e-9

/* ---- data by hand ---- */

struct set {
    struct toil_link_data data;
    struct toil_link_source source[MANY];
    struct toil_link_topic topic[MANY];
    void *owned[4 * MANY];
    size_t owned_count;
    struct test_random random;
};

static void *own(struct set *set, void *memory)
{
    set->owned[set->owned_count++] = memory;
    return memory;
}

static struct set *set_new(int64_t from_us, int64_t length_us)
{
    struct set *set = toil_xcalloc(1, sizeof *set);
    test_link_data_defaults(&set->data);
    set->data.from_us = from_us;
    set->data.to_us = from_us + length_us;
    set->data.source = set->source;
    set->data.topic = set->topic;
    set->random.state = 7;
    return set;
}

static void set_free(struct set *set)
{
    for (size_t i = 0; i < set->owned_count; i++)
        free(set->owned[i]);
    free(set);
}

static int compare_times(const void *a, const void *b)
{
    const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* count times within [from, from + length), on multiples of step, ascending. */
static int64_t *random_times(struct set *set, size_t count, int64_t from_us, int64_t length_us, int64_t step_us)
{
    int64_t *at_us = own(set, toil_xcalloc(count + 1, sizeof *at_us));
    for (size_t i = 0; i < count; i++) {
        const double part = (double)test_random_below(&set->random, 1u << 30) / (double)(1u << 30);
        at_us[i] = from_us + (int64_t)(part * (double)length_us) / step_us * step_us;
    }
    qsort(at_us, count, sizeof *at_us, compare_times);
    return at_us;
}

static uint32_t *random_scopes(struct set *set, size_t count)
{
    uint32_t *scope = own(set, toil_xcalloc(count + 1, sizeof *scope));
    for (size_t i = 0; i < count; i++) {
        scope[i] = test_random_below(&set->random, set->data.scope_count + 1);
        scope[i] = scope[i] == set->data.scope_count ? TOIL_NO_SCOPE : scope[i];
    }
    return scope;
}

static struct toil_link_source *add_source(struct set *set, size_t count, const int64_t *at_us)
{
    struct toil_link_source *source = &set->source[set->data.source_count];
    *source = (struct toil_link_source){
        .at_us = at_us, .count = count, .component = (uint32_t)set->data.source_count++, .own_topic = TOIL_NO_TOPIC};
    return source;
}

static struct toil_link_topic *add_topic(struct set *set, size_t count, const int64_t *at_us)
{
    struct toil_link_topic *topic = &set->topic[set->data.topic_count++];
    *topic = (struct toil_link_topic){.at_us = at_us, .count = count};
    return topic;
}

static void add_random_source(struct set *set, size_t count)
{
    add_source(set, count, random_times(set, count, set->data.from_us, set->data.to_us - set->data.from_us, 1));
}

static void add_random_topic(struct set *set, size_t count)
{
    add_topic(set, count, random_times(set, count, set->data.from_us, set->data.to_us - set->data.from_us, 1));
}

/* A topic in which each event of source 0 is followed by per_event tickets within the hour. */
static void add_following_topic(struct set *set, size_t per_event)
{
    const struct toil_link_source *source = &set->source[0];
    int64_t *at_us = own(set, toil_xcalloc(source->count * per_event + 1, sizeof *at_us));
    size_t count = 0;
    for (size_t i = 0; i < source->count * per_event; i++) {
        at_us[count] =
            source->at_us[i / per_event] + (int64_t)test_random_below(&set->random, 3600) * TOIL_US_PER_SECOND;
        count += at_us[count] < set->data.to_us;
    }
    qsort(at_us, count, sizeof *at_us, compare_times);
    add_topic(set, count, at_us);
}

/* ---- bad input ---- */

static struct set *nothing_at_all(void)
{
    return set_new(START_US, 0);
}

static struct set *no_sources(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_random_topic(set, 500);
    return set;
}

static struct set *no_topics(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_random_source(set, 500);
    return set;
}

static struct set *empty_window(void)
{
    struct set *set = set_new(START_US, 0);
    add_source(set, 0, NULL);
    add_topic(set, 0, NULL);
    return set;
}

static struct set *window_without_data(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_source(set, 0, NULL);
    add_topic(set, 0, NULL);
    return set;
}

static struct set *one_event(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_random_source(set, 1);
    add_following_topic(set, 50);
    add_random_topic(set, 500);
    return set;
}

static struct set *one_ticket(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_random_source(set, 100);
    add_random_topic(set, 1);
    return set;
}

static struct set *one_of_each(void)
{
    struct set *set = set_new(START_US, 1);
    add_random_source(set, 1);
    add_random_topic(set, 1);
    return set;
}

static struct set *all_at_one_instant(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_source(set, 200, random_times(set, 200, START_US + 20 * WEEK_US, 1, 1));
    add_topic(set, 2000, random_times(set, 2000, START_US + 20 * WEEK_US, 1, 1));
    return set;
}

static struct set *events_in_the_last_hour(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_source(set, 50, random_times(set, 50, set->data.to_us - TOIL_US_PER_HOUR, TOIL_US_PER_HOUR, 1));
    add_random_topic(set, 500);
    add_following_topic(set, 3);
    return set;
}

static struct set *events_in_the_first_hour(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_source(set, 50, random_times(set, 50, START_US, TOIL_US_PER_HOUR, 1));
    add_random_topic(set, 500);
    add_following_topic(set, 3);
    return set;
}

static struct set *tickets_before_any_event(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_source(set, 100, random_times(set, 100, START_US + 26 * WEEK_US, 26 * WEEK_US, 1));
    add_topic(set, 500, random_times(set, 500, START_US, 25 * WEEK_US, 1));
    return set;
}

static struct set *window_of_an_hour(void)
{
    struct set *set = set_new(START_US, TOIL_US_PER_HOUR);
    add_random_source(set, 30);
    add_random_topic(set, 300);
    return set;
}

static struct set *window_of_a_microsecond(void)
{
    struct set *set = set_new(START_US, 1);
    add_random_source(set, 30);
    add_random_topic(set, 300);
    return set;
}

/* A clock that stood at 1970 stretches the window over half a century. */
static struct set *a_clock_at_zero(void)
{
    struct set *set = set_new(0, START_US + 52 * WEEK_US);
    int64_t *at_us = random_times(set, 100, START_US, 52 * WEEK_US, 1);
    at_us[0] = 0;
    add_source(set, 100, at_us);
    add_following_topic(set, 2);
    add_topic(set, 500, random_times(set, 500, START_US, 52 * WEEK_US, 1));
    return set;
}

/* Clocks that are a century wrong, both ways. */
static struct set *two_centuries(void)
{
    struct set *set = set_new(START_US - 100 * 52 * WEEK_US, 200 * 52 * WEEK_US);
    add_random_source(set, 100);
    add_following_topic(set, 2);
    add_random_topic(set, 500);
    int64_t *at_us = random_times(set, 100, START_US, 52 * WEEK_US, 1);
    at_us[0] = set->data.from_us;
    at_us[99] = set->data.to_us - 1;
    add_source(set, 100, at_us);
    add_topic(set, 500, random_times(set, 500, START_US, 52 * WEEK_US, 1));
    return set;
}

static struct set *duplicates(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    for (int i = 0; i < 6; i++)
        add_source(set, 100, i ? set->source[0].at_us : random_times(set, 100, START_US, 52 * WEEK_US, 1));
    for (int i = 0; i < 3; i++)
        add_following_topic(set, 2);
    int64_t *five_times = random_times(set, 500, START_US, 52 * WEEK_US, 1);
    for (size_t i = 0; i < 500; i++)
        five_times[i] = five_times[i / 5 * 5];
    add_topic(set, 500, five_times);
    return set;
}

static struct set *tickets_are_the_events(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_random_source(set, 300);
    add_topic(set, 300, set->source[0].at_us);
    return set;
}

static struct set *tickets_at_one_time_of_the_week(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_random_source(set, 100);
    add_topic(set, 2000, random_times(set, 2000, START_US, 52 * WEEK_US, WEEK_US));
    add_source(set, 40, random_times(set, 40, START_US, 52 * WEEK_US, WEEK_US));
    return set;
}

static struct set *an_event_each_minute(void)
{
    struct set *set = set_new(START_US, 8 * WEEK_US);
    int64_t *at_us = own(set, toil_xcalloc(8 * 7 * 1440, sizeof *at_us));
    for (int64_t i = 0; i < INT64_C(8) * 7 * 1440; i++)
        at_us[i] = START_US + i * TOIL_US_PER_MINUTE;
    add_source(set, (size_t)8 * 7 * 1440, at_us);
    add_random_topic(set, 500);
    return set;
}

static struct set *bands_of_a_year(void)
{
    struct set *set = set_new(START_US, 104 * WEEK_US);
    set->data.band_count = 2;
    set->data.band[0] = (struct toil_lag_band){0, 52 * WEEK_US};
    set->data.band[1] = (struct toil_lag_band){52 * WEEK_US, 104 * WEEK_US};
    add_random_source(set, 100);
    add_following_topic(set, 2);
    add_random_topic(set, 500);
    return set;
}

static struct set *as_many_bands_as_there_can_be(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    set->data.band_count = TOIL_LINK_MAX_BANDS;
    for (int64_t k = 0; k < TOIL_LINK_MAX_BANDS; k++)
        set->data.band[k] = (struct toil_lag_band){k * TOIL_US_PER_SECOND, (k + 1) * TOIL_US_PER_SECOND};
    add_random_source(set, 100);
    add_following_topic(set, 20);
    return set;
}

static struct set *hundreds_of_scopes(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    set->data.scope_count = 700;
    for (int i = 0; i < 5; i++) {
        add_random_source(set, 2000);
        set->source[i].scope = random_scopes(set, 2000);
        add_random_topic(set, 2000);
        set->topic[i].scope = random_scopes(set, 2000);
    }
    return set;
}

static struct set *scopes_that_never_meet(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    uint32_t *left = own(set, toil_xcalloc(500, sizeof *left)), *right = own(set, toil_xcalloc(500, sizeof *right));
    set->data.scope_count = 1000000;
    for (size_t i = 0; i < 500; i++) {
        left[i] = 0;
        right[i] = 999999;
    }
    add_random_source(set, 200);
    add_following_topic(set, 2);
    set->source[0].scope = left;
    set->topic[0].scope = right;
    return set;
}

static struct set *releases_and_own_topics_alone(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    add_random_source(set, 100);
    add_random_source(set, 100);
    add_following_topic(set, 3);
    set->source[0].own_topic = 0;
    set->source[1].release = true;
    return set;
}

static struct set *thousands_of_components(void)
{
    struct set *set = set_new(START_US, 52 * WEEK_US);
    for (int i = 0; i < COMPONENTS; i++)
        add_random_source(set, 6);
    for (int i = 0; i < 200; i++) {
        if (i % 2 == 0)
            add_following_topic(set, 5);
        else
            add_random_topic(set, 40);
    }
    return set;
}

#define CASE(make)                                                                                                     \
    {                                                                                                                  \
#make, make                                                                                                    \
    }
static const struct hostile_case {
    const char *name;
    struct set *(*make)(void);
} hostile_case[] = {
    CASE(nothing_at_all),
    CASE(no_sources),
    CASE(no_topics),
    CASE(empty_window),
    CASE(window_without_data),
    CASE(one_event),
    CASE(one_ticket),
    CASE(one_of_each),
    CASE(all_at_one_instant),
    CASE(events_in_the_last_hour),
    CASE(events_in_the_first_hour),
    CASE(tickets_before_any_event),
    CASE(window_of_an_hour),
    CASE(window_of_a_microsecond),
    CASE(a_clock_at_zero),
    CASE(two_centuries),
    CASE(duplicates),
    CASE(tickets_are_the_events),
    CASE(tickets_at_one_time_of_the_week),
    CASE(an_event_each_minute),
    CASE(bands_of_a_year),
    CASE(as_many_bands_as_there_can_be),
    CASE(hundreds_of_scopes),
    CASE(scopes_that_never_meet),
    CASE(releases_and_own_topics_alone),
    CASE(thousands_of_components),
};

/* More memory than this ends the test; sanitizers reserve terabytes for themselves. */
static void limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    const struct rlimit limit = {BYTES_MAX, BYTES_MAX};
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
#endif
}

/* Parameters cross over to another process: places in the table do, functions don't. */
ParameterizedTestParameters(links_hostile, has_an_answer)
{
    static size_t place[sizeof hostile_case / sizeof *hostile_case];
    const size_t count = sizeof place / sizeof *place;
    for (size_t i = 0; i < count; i++)
        place[i] = i;
    return cr_make_param_array(size_t, place, count);
}

ParameterizedTest(const size_t *place, links_hostile, has_an_answer, .timeout = 110)
{
    const struct hostile_case *hostile = &hostile_case[*place];
    struct set *set = hostile->make();
    const struct toil_link_options options = toil_link_options_default();
    struct toil_links links;
    struct timespec start, end;
    struct rusage usage;
    limit_memory();
    clock_gettime(CLOCK_MONOTONIC, &start);
    toil_links_find(&set->data, &options, &links);
    clock_gettime(CLOCK_MONOTONIC, &end);
    getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, "%-34s %7zu links, %zu shares, %6.2f s, %4ld MiB\n", hostile->name, links.link_count,
            links.share_count, (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec),
            usage.ru_maxrss / 1024);
    test_links_check(&set->data, &links);
    toil_links_release(&links);
    set_free(set);
}
