/* Raw names and support topics to components, by the catalog's rules as they are now; each name is matched once. */
#include <stdlib.h>

#include "analyze.h"

uint32_t toil_unmapped(const struct toil_catalog *catalog)
{
    return (uint32_t)catalog->component_count;
}

uint32_t toil_unexplained(const struct toil_catalog *catalog)
{
    return (uint32_t)catalog->component_count + 1;
}

const char *toil_component_name(const struct toil_catalog *catalog, uint32_t component)
{
    if (component < catalog->component_count)
        return catalog->component[component].name;
    return component == toil_unmapped(catalog) ? TOIL_UNMAPPED : TOIL_UNEXPLAINED;
}

static const struct toil_team *team_of(const struct toil_catalog *catalog, uint32_t component)
{
    if (component >= catalog->component_count || catalog->component[component].team == SIZE_MAX)
        return NULL;
    return &catalog->team[catalog->component[component].team];
}

const char *toil_component_team(const struct toil_catalog *catalog, uint32_t component)
{
    const struct toil_team *team = team_of(catalog, component);
    return team ? team->name : "";
}

const struct toil_calendar *toil_component_calendar(const struct toil_catalog *catalog, uint32_t component)
{
    const struct toil_team *team = team_of(catalog, component);
    return team ? &team->calendar : &catalog->calendar;
}

uint32_t toil_names_split(struct toil_names *names, const uint32_t *component, size_t count)
{
    names->split = toil_grow(names->split, names->split_count, &names->split_cap, sizeof *names->split);
    names->split[names->split_count] = (struct toil_split){(uint32_t)names->split_component_count, (uint32_t)count};
    for (size_t i = 0; i < count; i++) {
        names->split_component = toil_grow(names->split_component, names->split_component_count,
                                           &names->split_component_cap, sizeof *names->split_component);
        names->split_component[names->split_component_count++] = component[i];
    }
    return (uint32_t)names->split_count++;
}

void toil_names_init(struct toil_names *names, const struct toil_catalog *catalog)
{
    *names = (struct toil_names){0};
    for (uint32_t component = 0; component <= toil_unexplained(catalog); component++)
        toil_names_split(names, &component, 1);
}

void toil_names_release(struct toil_names *names)
{
    toil_intern_release(&names->raw);
    toil_intern_release(&names->topics);
    free(names->component);
    free(names->events);
    free(names->topic_split);
    free(names->split);
    free(names->split_component);
    *names = (struct toil_names){0};
}

uint32_t toil_names_map(struct toil_names *names, const struct toil_catalog *catalog, struct toil_span raw,
                        uint64_t count)
{
    size_t known = names->raw.count;
    uint32_t number = toil_intern_add(&names->raw, raw);
    if (number == known) {
        size_t match = toil_catalog_match(catalog, raw);
        names->component = toil_grow(names->component, known, &names->component_cap, sizeof *names->component);
        names->component[number] = match == SIZE_MAX ? toil_unmapped(catalog) : (uint32_t)match;
        names->events = toil_grow(names->events, known, &names->events_cap, sizeof *names->events);
        names->events[number] = 0;
    }
    names->events[number] += count;
    return names->component[number];
}

static uint32_t split_of_topic(struct toil_names *names, const struct toil_catalog *catalog, struct toil_span topic)
{
    size_t *found = toil_xcalloc(catalog->component_count + 1, sizeof *found);
    uint32_t *component = toil_xcalloc(catalog->component_count + 1, sizeof *component);
    size_t count = toil_catalog_topic(catalog, topic, found, catalog->component_count);
    for (size_t i = 0; i < count; i++)
        component[i] = (uint32_t)found[i];
    uint32_t split = toil_unexplained(catalog);
    if (count == 1)
        split = component[0];
    else if (count > 1)
        split = toil_names_split(names, component, count);
    free(component);
    free(found);
    return split;
}

uint32_t toil_names_topic(struct toil_names *names, const struct toil_catalog *catalog, struct toil_span topic)
{
    if (!topic.ptr)
        return toil_unexplained(catalog);
    size_t known = names->topics.count;
    uint32_t number = toil_intern_add(&names->topics, topic);
    if (number == known) {
        names->topic_split = toil_grow(names->topic_split, known, &names->topic_split_cap, sizeof *names->topic_split);
        names->topic_split[number] = split_of_topic(names, catalog, topic);
    }
    return names->topic_split[number];
}
