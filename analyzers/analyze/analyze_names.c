/* Raw names and support topics to components, by the catalog's rules as they are now; each name is matched once. */
#include <stdlib.h>
#include <string.h>

#include "analyze.h"

uint32_t toil_unmapped(const struct toil_catalog *catalog)
{
    return (uint32_t)catalog->component_count;
}

uint32_t toil_unexplained(const struct toil_catalog *catalog)
{
    return (uint32_t)catalog->component_count + 1;
}

static const struct toil_extra *extra_of(const struct toil_names *names, uint32_t component)
{
    uint32_t first = toil_unexplained(names->catalog) + 1;
    return component >= first ? &names->extra[component - first] : NULL;
}

const char *toil_component_name(const struct toil_names *names, uint32_t component)
{
    const struct toil_catalog *catalog = names->catalog;
    if (component < catalog->component_count)
        return catalog->component[component].name;
    const struct toil_extra *extra = extra_of(names, component);
    if (extra)
        return extra->name;
    return component == toil_unmapped(catalog) ? TOIL_UNMAPPED : TOIL_UNEXPLAINED;
}

size_t toil_component_team(const struct toil_names *names, uint32_t component)
{
    if (component < names->catalog->component_count)
        return names->catalog->component[component].team;
    const struct toil_extra *extra = extra_of(names, component);
    return extra ? extra->team : SIZE_MAX;
}

const char *toil_component_team_name(const struct toil_names *names, uint32_t component)
{
    size_t team = toil_component_team(names, component);
    return team == SIZE_MAX ? "" : names->catalog->team[team].name;
}

const struct toil_calendar *toil_component_calendar(const struct toil_names *names, uint32_t component)
{
    size_t team = toil_component_team(names, component);
    return team == SIZE_MAX ? &names->catalog->calendar : &names->catalog->team[team].calendar;
}

uint32_t toil_names_extra(struct toil_names *names, const char *name, size_t team)
{
    for (uint32_t component = 0; component < toil_unexplained(names->catalog) + 1 + names->extra_count; component++) {
        if (strcmp(toil_component_name(names, component), name) == 0)
            return component;
    }
    names->extra = toil_grow(names->extra, names->extra_count, &names->extra_cap, sizeof *names->extra);
    names->extra[names->extra_count] = (struct toil_extra){toil_xstrdup(name), team};
    return toil_unexplained(names->catalog) + 1 + (uint32_t)names->extra_count++;
}

uint32_t toil_names_split_parts(struct toil_names *names, const struct toil_part *part, size_t count, uint32_t clock)
{
    names->split = toil_grow(names->split, names->split_count, &names->split_cap, sizeof *names->split);
    names->split[names->split_count] = (struct toil_split){(uint32_t)names->part_count, (uint32_t)count, clock};
    for (size_t i = 0; i < count; i++) {
        names->part = toil_grow(names->part, names->part_count, &names->part_cap, sizeof *names->part);
        names->part[names->part_count++] = part[i];
    }
    return (uint32_t)names->split_count++;
}

uint32_t toil_names_split(struct toil_names *names, const uint32_t *component, size_t count)
{
    struct toil_part *part = toil_xcalloc(count + 1, sizeof *part);
    for (size_t i = 0; i < count; i++)
        part[i] = (struct toil_part){component[i], TOIL_NO_TEXT, 1.0 / (double)count};
    uint32_t split = toil_names_split_parts(names, part, count, component[0]);
    free(part);
    return split;
}

void toil_names_init(struct toil_names *names, const struct toil_catalog *catalog)
{
    *names = (struct toil_names){.catalog = catalog};
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
    free(names->part);
    for (size_t i = 0; i < names->extra_count; i++)
        free(names->extra[i].name);
    free(names->extra);
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
