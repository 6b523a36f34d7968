/* The code behind lib_worlds.h. */
#include "support/lib_worlds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/generate/gen_random.h"
#include "support/lib_alarms.h"
#include "toilmeter/buf.h"
#include "toilmeter/timestamp.h"

#define DAYS       365
#define HOURS      (DAYS * 24)
#define YEAR_US    (DAYS * TOIL_US_PER_DAY)
#define FROM_US    (INT64_C(1704067200) * TOIL_US_PER_SECOND) /* 2024-01-01, a Monday */
#define MAX_REGION 64

/* The system in every world: a platform whose releases bring tickets and failures, three components that cause
 * tickets, two that don't. */
static const struct test_source_spec system_source[] = {
    {.name = "release", .process = TEST_RELEASES, .per_year = 60, .release = true},
    {.name = "web", .process = TEST_POISSON, .per_year = 60},
    {.name = "queue", .process = TEST_CLUSTERED, .per_year = 80, .of = "release", .chance = 0.3, .within_minutes = 30},
    {.name = "index", .process = TEST_POISSON, .per_year = 40, .of = "release", .chance = 0.2, .within_minutes = 30},
    {.name = "idle-a", .process = TEST_POISSON, .per_year = 60, .of = "release", .chance = 0.4, .within_minutes = 30},
    {.name = "idle-b", .process = TEST_CLUSTERED, .per_year = 150},
};
static const struct test_link_spec system_link[] = {
    {.source = "release", .topic = 3, .per_event = 1.5, .lag = TEST_UNIFORM, .lag_hours = 4},
    {.source = "web", .topic = 0, .per_event = 0.8, .lag = TEST_EXPONENTIAL, .lag_hours = 0.7},
    {.source = "queue", .topic = 1, .per_event = 0.6, .lag = TEST_UNIFORM, .lag_hours = 4, .by_activity = true},
    {.source = "index", .topic = 2, .per_event = 1.0, .lag = TEST_LOGNORMAL, .lag_hours = 2, .spread = 0.8},
};
static const double tickets_per_week[TEST_WORLD_TOPICS] = {40, 25, 15, 60};
/* What people do by the hour of their day; on weekends a third of it. */
static const double activity_of_hour[24] = {0.2, 0.15, 0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 1.5, 2.2, 2.4, 2.3,
                                            1.8, 2.0,  2.2, 2.1, 1.9, 1.5, 1.0, 0.8, 0.7, 0.6, 0.5, 0.3};
#define MEAN_ACTIVITY (25.85 / 24 * (5 + 2.0 / 3) / 7)

/* Central Europe in 2024. */
static const struct toil_link_offset local_time[] = {
    {0, TOIL_US_PER_HOUR},
    {INT64_C(1711846800) * TOIL_US_PER_SECOND, 2 * TOIL_US_PER_HOUR},
    {INT64_C(1729990800) * TOIL_US_PER_SECOND, TOIL_US_PER_HOUR},
};

struct moment {
    int64_t at_us;
    uint32_t scope;
};

struct list {
    struct moment *moment; /* owned */
    size_t count, room;
};

struct maker {
    const struct test_world_spec *spec;
    struct test_world *world;
    struct gen_random random;
    uint64_t seed;
    struct list failure[TEST_WORLD_SOURCES]; /* real ones */
    struct list record[TEST_WORLD_SOURCES];  /* what is known of them, same order */
    struct list ticket[TEST_WORLD_TOPICS];
    double region[MAX_REGION]; /* weights */
};

static void add(struct list *list, int64_t at_us, uint32_t scope)
{
    if (list->count == list->room) {
        list->room = 2 * list->room + 256;
        list->moment = toil_xreallocarray(list->moment, list->room, sizeof *list->moment);
    }
    list->moment[list->count++] = (struct moment){at_us, scope};
}

static int compare_moments(const void *a, const void *b)
{
    const struct moment *one = a, *other = b;
    if (one->at_us != other->at_us)
        return one->at_us < other->at_us ? -1 : 1;
    return (one->scope > other->scope) - (one->scope < other->scope);
}

/* ---- time, people, chance ---- */

static int64_t offset_at(int64_t at_us)
{
    size_t i = sizeof local_time / sizeof *local_time - 1;
    while (i > 0 && at_us < local_time[i].from_us)
        i--;
    return local_time[i].offset_us;
}

static int64_t local_hours(int64_t at_us)
{
    return (at_us + offset_at(at_us) - FROM_US) / TOIL_US_PER_HOUR;
}

/* The instant of a local time, given as microseconds since local midnight of 2024-01-01. */
static int64_t instant_of(int64_t local_us)
{
    const int64_t guess = FROM_US + local_us - TOIL_US_PER_HOUR;
    return FROM_US + local_us - offset_at(guess);
}

static double activity_at(int64_t at_us)
{
    const int64_t hours = local_hours(at_us);
    const bool is_weekend = hours / 24 % 7 >= 5;
    return activity_of_hour[hours % 24] * (is_weekend ? 1.0 / 3 : 1.0) / MEAN_ACTIVITY;
}

/* Use by growth and holidays, 1 on average without them. */
static double load_at(const struct test_world_spec *spec, int64_t at_us)
{
    const double part = (double)(at_us - FROM_US) / (double)YEAR_US;
    const int64_t week = local_hours(at_us) / (24 * 7);
    double load = spec->growth > 0 ? 2 * (1 + (spec->growth - 1) * part) / (1 + spec->growth) : 1;
    if (spec->holidays && (week == 31 || week == 51))
        load /= 6;
    return load;
}

static double greatest_load(const struct test_world_spec *spec)
{
    return spec->growth > 0 ? 2 * spec->growth / (1 + spec->growth) : 1;
}

static double factor_or_one(double factor)
{
    return factor > 0 ? factor : 1;
}

static unsigned poisson(struct gen_random *random, double mean)
{
    unsigned count = 0;
    for (; mean > 400; mean -= 400)
        count += gen_random_poisson(random, 400);
    return count + gen_random_poisson(random, mean);
}

static uint32_t any_region(struct maker *maker)
{
    return maker->spec->regions ? (uint32_t)gen_random_pick(&maker->random, maker->region, maker->spec->regions)
                                : TOIL_NO_SCOPE;
}

static int64_t any_time(struct maker *maker, int64_t span_us)
{
    return (int64_t)(gen_random_unit(&maker->random) * (double)span_us);
}

/* ---- failures ---- */

static void add_random_failures(struct maker *maker, const struct test_source_spec *source, struct list *list)
{
    const double greatest = source->by_load ? greatest_load(maker->spec) : 1;
    const unsigned count = source->process == TEST_EXACT ? (unsigned)source->per_year
                                                         : poisson(&maker->random, source->per_year * greatest);
    for (unsigned i = 0; i < count; i++) {
        const int64_t at_us = FROM_US + any_time(maker, YEAR_US);
        if (!source->by_load || gen_random_chance(&maker->random, load_at(maker->spec, at_us) / greatest))
            add(list, at_us, any_region(maker));
    }
}

/* Half of the failures come by themselves, and each brings half a failure more, six hours later on average. */
static void add_clustered_failures(struct maker *maker, const struct test_source_spec *source, struct list *list)
{
    const unsigned count = poisson(&maker->random, source->per_year / 2);
    for (unsigned i = 0; i < count; i++)
        add(list, FROM_US + any_time(maker, YEAR_US), any_region(maker));
    for (size_t i = 0; i < list->count; i++) {
        const struct moment parent = list->moment[i];
        for (unsigned more = gen_random_poisson(&maker->random, 0.5); more > 0; more--)
            add(list, parent.at_us + (int64_t)(gen_random_exponential(&maker->random, 6) * TOIL_US_PER_HOUR),
                parent.scope);
    }
}

static void add_scheduled_failures(struct maker *maker, const struct test_source_spec *source, struct list *list)
{
    struct gen_random *random = &maker->random;
    for (int64_t day = 0; day < DAYS; day++) {
        const int64_t midnight = day * TOIL_US_PER_DAY, weekday = day % 7;
        if (source->process == TEST_HOURLY) {
            for (int64_t hour = 0; hour < 24; hour++)
                add(list, FROM_US + midnight + hour * TOIL_US_PER_HOUR, any_region(maker));
        } else if (source->process == TEST_NIGHTLY) {
            if (gen_random_chance(random, source->per_year / DAYS))
                add(list, instant_of(midnight + 2 * TOIL_US_PER_HOUR), any_region(maker));
        } else if (source->process == TEST_OFFICE) {
            for (unsigned i = gen_random_poisson(random, source->per_year / DAYS * 7 / 5); i > 0 && weekday < 5; i--)
                add(list, instant_of(midnight + 9 * TOIL_US_PER_HOUR + any_time(maker, 8 * TOIL_US_PER_HOUR)),
                    any_region(maker));
        } else if (weekday < 4 && gen_random_chance(random, source->per_year / (DAYS * 4.0 / 7))) {
            add(list, instant_of(midnight + 10 * TOIL_US_PER_HOUR + any_time(maker, 6 * TOIL_US_PER_HOUR)),
                TOIL_NO_SCOPE);
        }
    }
}

static size_t source_named(const struct test_world *world, const char *name)
{
    size_t i = 0;
    while (i < world->data.source_count && strcmp(world->spec[i]->name, name) != 0)
        i++;
    assert(i < world->data.source_count);
    return i;
}

static void add_triggered_failures(struct maker *maker, const struct test_source_spec *source, struct list *list)
{
    const struct list *cause = &maker->failure[source_named(maker->world, source->of)];
    for (size_t i = 0; i < cause->count; i++)
        if (gen_random_chance(&maker->random, source->chance))
            add(list, cause->moment[i].at_us + any_time(maker, (int64_t)(source->within_minutes * TOIL_US_PER_MINUTE)),
                cause->moment[i].scope == TOIL_NO_SCOPE ? any_region(maker) : cause->moment[i].scope);
}

static void make_failures(struct maker *maker, size_t i)
{
    const struct test_source_spec *source = maker->world->spec[i];
    struct list *list = &maker->failure[i];
    gen_random_init(&maker->random, maker->seed, 100 + i);
    switch (source->process) {
    case TEST_NO_PROCESS:
        break;
    case TEST_POISSON:
    case TEST_EXACT:
        add_random_failures(maker, source, list);
        break;
    case TEST_CLUSTERED:
        add_clustered_failures(maker, source, list);
        break;
    default:
        add_scheduled_failures(maker, source, list);
    }
    if (source->of)
        add_triggered_failures(maker, source, list);
}

/* Events come after the tickets that bring them. */
static void make_followers(struct maker *maker, size_t i)
{
    const struct test_source_spec *source = maker->world->spec[i];
    gen_random_init(&maker->random, maker->seed, 200 + i);
    for (size_t t = 0; t < maker->ticket[0].count && source->follows > 0; t++)
        if (gen_random_chance(&maker->random, source->follows))
            add(&maker->failure[i],
                maker->ticket[0].moment[t].at_us + 10 * TOIL_US_PER_MINUTE + any_time(maker, 50 * TOIL_US_PER_MINUTE),
                maker->ticket[0].moment[t].scope);
}

static void make_records(struct maker *maker, size_t i)
{
    const int64_t late_us = (int64_t)(maker->world->spec[i]->record_minutes * TOIL_US_PER_MINUTE);
    gen_random_init(&maker->random, maker->seed, 300 + i);
    for (size_t e = 0; e < maker->failure[i].count; e++)
        add(&maker->record[i], maker->failure[i].moment[e].at_us + any_time(maker, late_us),
            maker->failure[i].moment[e].scope);
}

/* ---- tickets ---- */

static void add_hour(struct maker *maker, struct list *list, int64_t from_us, double mean)
{
    for (unsigned count = poisson(&maker->random, mean); count > 0; count--)
        add(list, from_us + any_time(maker, TOIL_US_PER_HOUR), any_region(maker));
}

static void make_bursts(struct maker *maker, double per_hour, struct list *list)
{
    struct gen_random *random = &maker->random;
    for (unsigned i = poisson(random, maker->spec->bursts > 0 ? maker->spec->bursts : 4); i > 0; i--) {
        const int64_t from_us = FROM_US + any_time(maker, YEAR_US);
        for (int64_t hour = 2 + gen_random_below(random, 6); hour > 0; hour--)
            add_hour(maker, list, from_us + hour * TOIL_US_PER_HOUR, 7 * per_hour);
    }
}

/* Tickets that nothing here causes. Days are good and bad (gamma), and drift (a first-order autoregression). */
static void make_tickets(struct maker *maker, size_t topic)
{
    struct gen_random *random = &maker->random;
    gen_random_init(random, maker->seed, 400 + topic);
    const double per_hour = tickets_per_week[topic] * factor_or_one(maker->spec->tickets) / (7 * 24);
    double day = 1, drift = 0;
    for (int64_t hour = 0; hour < HOURS; hour++) {
        const int64_t from_us = FROM_US + hour * TOIL_US_PER_HOUR;
        if (hour % 24 == 0) {
            drift = 0.8 * drift + 0.06 * gen_random_normal(random);
            day = gen_random_gamma(random, maker->spec->shape ? maker->spec->shape : 4) * gen_exp(drift);
        }
        add_hour(maker, &maker->ticket[topic], from_us,
                 per_hour * day * activity_at(from_us) * load_at(maker->spec, from_us));
    }
    make_bursts(maker, per_hour, &maker->ticket[topic]);
}

static int64_t lag_of(struct maker *maker, const struct test_link_spec *link, int64_t at_us)
{
    struct gen_random *random = &maker->random;
    double hours = link->lag_hours;
    switch (link->lag) {
    case TEST_UNIFORM:
        hours *= gen_random_unit(random);
        break;
    case TEST_LOGNORMAL:
        hours *= gen_exp(link->spread * gen_random_normal(random));
        break;
    default:
        hours = gen_random_exponential(random, hours);
    }
    int64_t lag_us = (int64_t)(hours * (double)TOIL_US_PER_HOUR);
    if (link->lag == TEST_MORNING) {
        const int64_t day = (local_hours(at_us) + 15) / 24;
        lag_us += instant_of(day * TOIL_US_PER_DAY + 9 * TOIL_US_PER_HOUR) - at_us;
    }
    return lag_us;
}

/* A failure causes tickets: the truth is counted where the method can see it, after the record. */
static void make_caused(struct maker *maker, const struct test_link_spec *link)
{
    struct test_world *world = maker->world;
    const struct toil_link_data *data = &world->data;
    const size_t source = source_named(world, link->source);
    const int64_t reach_us = data->band[data->band_count - 1].to_us;
    gen_random_init(&maker->random, maker->seed, 500 + 10 * source + link->topic);
    world->is_true[source][link->topic] = true;
    for (size_t i = 0; i < maker->failure[source].count; i++) {
        const struct moment failure = maker->failure[source].moment[i];
        const int64_t record_us = maker->record[source].moment[i].at_us;
        double mean = link->per_event * factor_or_one(maker->spec->effects) * load_at(maker->spec, failure.at_us) *
                      gen_random_gamma(&maker->random, 2);
        if (link->by_activity)
            mean *= activity_at(failure.at_us);
        for (unsigned count = poisson(&maker->random, mean); count > 0; count--) {
            const int64_t at_us = failure.at_us + lag_of(maker, link, failure.at_us);
            if (at_us >= data->to_us)
                continue;
            const bool is_in_reach = at_us >= record_us && at_us < record_us + reach_us && record_us < data->to_us;
            world->caused[source][link->topic] += is_in_reach;
            world->out_of_reach += !is_in_reach;
            add(&maker->ticket[link->topic], at_us, failure.scope == TOIL_NO_SCOPE ? any_region(maker) : failure.scope);
        }
    }
}

/* ---- the whole ---- */

/* Moves what lies within the window, in order, into arrays of the world. Takes the list. */
static size_t settle(struct maker *maker, struct list *list, size_t place)
{
    const bool has_scopes = maker->spec->regions > 0;
    struct test_world *world = maker->world;
    size_t count = 0;
    if (list->count)
        qsort(list->moment, list->count, sizeof *list->moment, compare_moments);
    world->at_us[place] = toil_xcalloc(list->count + 1, sizeof *world->at_us[place]);
    world->scope[place] = has_scopes ? toil_xcalloc(list->count + 1, sizeof *world->scope[place]) : NULL;
    for (size_t i = 0; i < list->count; i++) {
        if (list->moment[i].at_us < world->data.from_us || list->moment[i].at_us >= world->data.to_us)
            continue;
        world->at_us[place][count] = list->moment[i].at_us;
        if (has_scopes)
            world->scope[place][count] = list->moment[i].scope;
        count++;
    }
    free(list->moment);
    *list = (struct list){0};
    return count;
}

static void name_sources(const struct test_world_spec *spec, struct test_world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof system_source / sizeof *system_source; i++)
        world->spec[count++] = &system_source[i];
    for (size_t i = 0; i < TEST_WORLD_EXTRA && spec->source[i].name; i++)
        world->spec[count++] = &spec->source[i];
    world->data.source_count = count;
    for (size_t i = 0; i < count; i++)
        world->twin[i] = world->spec[i]->twin_of ? source_named(world, world->spec[i]->twin_of) : i;
    for (size_t i = 0; i < count; i++)
        if (world->spec[i]->twin_of)
            world->twin[world->twin[i]] = i;
}

static void settle_all(struct maker *maker)
{
    struct test_world *world = maker->world;
    for (size_t i = 0; i < world->data.source_count; i++) {
        const size_t count = settle(maker, &maker->record[i], i);
        world->source[i] = (struct toil_link_source){.at_us = world->at_us[i],
                                                     .scope = world->scope[i],
                                                     .count = count,
                                                     .component = (uint32_t)i,
                                                     .kind = world->spec[i]->release,
                                                     .release = world->spec[i]->release,
                                                     .own_topic = TOIL_NO_TOPIC};
        free(maker->failure[i].moment);
    }
    for (size_t i = 0; i < TEST_WORLD_TOPICS; i++) {
        const size_t place = world->data.source_count + i, count = settle(maker, &maker->ticket[i], place);
        world->topic[i] =
            (struct toil_link_topic){.at_us = world->at_us[place], .scope = world->scope[place], .count = count};
    }
}

/* Each round of each world has random numbers of its own (the mixing function of SplitMix64, Steele et al. 2014). */
static uint64_t seed_of(const struct test_world_spec *spec, uint64_t seed, uint64_t round)
{
    uint64_t mixed = seed * 1000003 + round;
    for (const char *c = spec->name; *c; c++)
        mixed = mixed * 31 + (unsigned char)*c;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

void test_world_make(const struct test_world_spec *spec, uint64_t seed, uint64_t round, struct test_world *out)
{
    *out = (struct test_world){0};
    struct maker maker = {.spec = spec, .world = out, .seed = seed_of(spec, seed, round)};
    assert(spec->regions <= MAX_REGION);
    for (uint32_t i = 0; i < spec->regions; i++)
        maker.region[i] = 1.0 / (1 + i);
    test_link_data_defaults(&out->data);
    out->data.from_us = FROM_US;
    out->data.to_us = FROM_US + YEAR_US;
    out->data.seed = maker.seed;
    out->data.offset = local_time;
    out->data.offset_count = sizeof local_time / sizeof *local_time;
    out->data.source = out->source;
    out->data.topic = out->topic;
    out->data.topic_count = TEST_WORLD_TOPICS;
    out->data.scope_count = spec->regions;
    name_sources(spec, out);

    for (size_t i = 0; i < out->data.source_count; i++) {
        make_failures(&maker, i);
        make_records(&maker, i);
    }
    for (size_t i = 0; i < TEST_WORLD_TOPICS; i++)
        make_tickets(&maker, i);
    for (size_t i = 0; i < sizeof system_link / sizeof *system_link && !spec->nothing; i++)
        make_caused(&maker, &system_link[i]);
    for (size_t i = 0; i < TEST_WORLD_EXTRA && spec->link[i].source; i++)
        make_caused(&maker, &spec->link[i]);
    for (size_t i = 0; i < out->data.source_count; i++)
        if (out->spec[i]->follows > 0) {
            const size_t known = maker.failure[i].count;
            make_followers(&maker, i);
            for (size_t e = known; e < maker.failure[i].count; e++)
                add(&maker.record[i], maker.failure[i].moment[e].at_us, maker.failure[i].moment[e].scope);
        }
    settle_all(&maker);
}

void test_world_release(struct test_world *world)
{
    for (size_t i = 0; i < world->data.source_count + TEST_WORLD_TOPICS; i++) {
        free(world->at_us[i]);
        free(world->scope[i]);
    }
    *world = (struct test_world){0};
}
