/* A catalog in memory: making, freeing, asking. */
#include "catalog_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const toil_item_states[] = {"proposed", "planned", "in_progress", "shipped", "dropped", NULL};
const char *const toil_measures[] = {"manual_hours", "tickets",           "restarts", "rebalances",
                                     "csat",         "development_hours", NULL};

/* Raw names met so far, in an open-addressed table. Names come from outside and may be made up without end, so a table
 * that is full is emptied: only speed is lost. */
#define CACHE_SLOTS 65536u
#define CACHE_NAMES (CACHE_SLOTS / 2)

struct cached_name {
    char *raw; /* owned; NULL: a free slot */
    size_t len;
    size_t component;
};

/* An exact rule; of equal texts the first component stands first. */
struct toil_exact {
    const char *text; /* borrowed from the component */
    size_t component;
};

struct toil_name_cache {
    struct cached_name slot[CACHE_SLOTS];
    size_t count;
    struct toil_exact *exact; /* owned; sorted by text */
    size_t exact_count;
};

static void cache_clear(struct toil_name_cache *cache)
{
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        free(cache->slot[i].raw);
    memset(cache->slot, 0, sizeof cache->slot);
    cache->count = 0;
}

static int compare_span(const char *text, struct toil_span span)
{
    size_t len = strlen(text);
    size_t both = len < span.len ? len : span.len;
    int order = both ? memcmp(text, span.ptr, both) : 0;
    return order ? order : (len > span.len) - (len < span.len);
}

static uint64_t hash(struct toil_span text)
{
    uint64_t sum = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < text.len; i++)
        sum = (sum ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    return sum ^ sum >> 32;
}

static struct cached_name *cache_slot(struct toil_name_cache *cache, struct toil_span raw)
{
    size_t at = hash(raw) % CACHE_SLOTS;
    while (cache->slot[at].raw && !toil_span_equal((struct toil_span){cache->slot[at].raw, cache->slot[at].len}, raw))
        at = (at + 1) % CACHE_SLOTS;
    return &cache->slot[at];
}

static int compare_exact(const void *a, const void *b)
{
    const struct toil_exact *left = a, *right = b;
    int order = strcmp(left->text, right->text);
    return order ? order : (left->component > right->component) - (left->component < right->component);
}

void toil_catalog_index(struct toil_catalog *catalog)
{
    size_t room = 0, count = 0;
    for (size_t i = 0; i < catalog->component_count; i++)
        room += catalog->component[i].match_count;
    struct toil_exact *exact = toil_xcalloc(room, sizeof *exact);
    for (size_t i = 0; i < catalog->component_count; i++) {
        for (size_t m = 0; m < catalog->component[i].match_count; m++) {
            if (catalog->component[i].match[m][0] != '~')
                exact[count++] = (struct toil_exact){catalog->component[i].match[m], i};
        }
    }
    qsort(exact, count, sizeof *exact, compare_exact);
    free(catalog->names->exact);
    catalog->names->exact = exact;
    catalog->names->exact_count = count;
}

/* The first component that has `raw` as an exact rule; SIZE_MAX when none has. */
static size_t find_exact(const struct toil_name_cache *cache, struct toil_span raw)
{
    size_t low = 0, high = cache->exact_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_span(cache->exact[middle].text, raw) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < cache->exact_count && toil_span_is(raw, cache->exact[low].text) ? cache->exact[low].component
                                                                                 : SIZE_MAX;
}

/* Regular expressions have to be tried only up to where an exact rule wins. */
static size_t match(const struct toil_catalog *catalog, struct toil_span raw)
{
    size_t exact = find_exact(catalog->names, raw);
    for (size_t i = 0; i < catalog->component_count && i < exact; i++) {
        const struct toil_component *component = &catalog->component[i];
        for (size_t m = 0; m < component->match_count; m++) {
            if (component->match[m][0] == '~' && toil_pattern_matches(component->pattern[m], raw))
                return i;
        }
    }
    return exact;
}

size_t toil_catalog_match(const struct toil_catalog *catalog, struct toil_span raw)
{
    struct toil_name_cache *cache = catalog->names;
    struct cached_name *slot = cache_slot(cache, raw);
    if (slot->raw)
        return slot->component;
    if (cache->count == CACHE_NAMES) {
        cache_clear(cache);
        slot = cache_slot(cache, raw);
    }
    *slot = (struct cached_name){toil_xstrndup(raw.ptr, raw.len), raw.len, match(catalog, raw)};
    cache->count++;
    return slot->component;
}

size_t toil_catalog_topic(const struct toil_catalog *catalog, struct toil_span topic, size_t *out, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < catalog->component_count; i++) {
        for (size_t t = 0; t < catalog->component[i].topic_count; t++) {
            if (!toil_span_is(topic, catalog->component[i].topic[t]))
                continue;
            if (count < room)
                out[count] = i;
            count++;
        }
    }
    return count;
}

double toil_rates_on(const struct toil_rates *rates, int64_t day)
{
    double amount = NAN;
    for (size_t i = 0; i < rates->count && rates->item[i].from_day <= day; i++)
        amount = rates->item[i].amount;
    return amount;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static void release_team(struct toil_team *team)
{
    toil_zone_free(team->zone);
    free(team->name);
    free(team->working);
    free(team->evening);
    free(team->rate.item);
}

static void release_component(struct toil_component *component)
{
    for (size_t i = 0; component->pattern && i < component->match_count; i++)
        toil_pattern_free(component->pattern[i]);
    free(component->pattern);
    free_texts(component->match, component->match_count);
    free_texts(component->topic, component->topic_count);
    free(component->name);
}

static void release_item(struct toil_item *item)
{
    free(item->id);
    free(item->title);
    free(item->leader);
    free(item->component);
    free(item->team);
    free(item->promise_measure);
}

void toil_catalog_free(struct toil_catalog *catalog)
{
    if (!catalog)
        return;
    for (size_t i = 0; i < catalog->team_count; i++)
        release_team(&catalog->team[i]);
    for (size_t i = 0; i < catalog->component_count; i++)
        release_component(&catalog->component[i]);
    for (size_t i = 0; i < catalog->goal_count; i++) {
        free(catalog->goal[i].name);
        free(catalog->goal[i].leader);
    }
    for (size_t i = 0; i < catalog->item_count; i++)
        release_item(&catalog->item[i]);
    free(catalog->team);
    free(catalog->component);
    free(catalog->goal);
    free(catalog->item);
    free(catalog->ticket_cost.item);
    free(catalog->currency);
    toil_zone_free(catalog->zone);
    free_texts(catalog->warning, catalog->warning_count);
    cache_clear(catalog->names);
    free(catalog->names->exact);
    free(catalog->names);
    free(catalog);
}

struct toil_catalog *toil_catalog_new(void)
{
    struct toil_catalog *catalog = toil_xcalloc(1, sizeof *catalog);
    catalog->names = toil_xcalloc(1, sizeof *catalog->names);
    return catalog;
}
