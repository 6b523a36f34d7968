/* Values of the catalog file: names, dates, durations, lists, references. */
#include <stdlib.h>
#include <string.h>

#include "catalog_read.h"

/* Control characters, C1 and the line separators of Unicode included: a name must stand in one line everywhere. */
static bool is_unfit(const unsigned char *p)
{
    return p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0) ||
           (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9));
}

bool toil_catalog_may_hold(struct toil_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        /* Behind the end stand zeros: no character goes on there. */
        unsigned char p[3] = {(unsigned char)text.ptr[i], i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0,
                              i + 2 < text.len ? (unsigned char)text.ptr[i + 2] : 0};
        if (is_unfit(p))
            return false;
    }
    return true;
}

bool toil_catalog_name_fits(struct toil_span text)
{
    return text.len > 0 && text.len <= TOIL_CATALOG_NAME_BYTES && text.ptr[0] != ' ' && text.ptr[text.len - 1] != ' ' &&
           toil_catalog_may_hold(text);
}

enum toil_status toil_read_name(const toil_yaml_node *node, const char *key, char **out, struct toil_error *err)
{
    const char *text;
    if (!node)
        return TOIL_OK;
    enum toil_status status = toil_yaml_read_text(node, key, &text, err);
    if (status != TOIL_OK)
        return status;
    if (!toil_catalog_name_fits(toil_span_of(text)))
        return toil_yaml_error(node, err, "%s: expected 1 to %u bytes without control characters or spaces around them",
                               key, (unsigned)TOIL_CATALOG_NAME_BYTES);
    free(*out);
    *out = toil_xstrdup(text);
    return TOIL_OK;
}

enum toil_status toil_read_date(const toil_yaml_node *node, const char *key, int64_t *out, struct toil_error *err)
{
    const char *text = toil_yaml_text(node);
    int64_t day;
    if (!node)
        return TOIL_OK;
    if (!text || !toil_date_parse(toil_span_of(text), &day) || day < toil_days_from_civil(1990, 1, 1) ||
        day >= toil_days_from_civil(2200, 1, 1))
        return toil_yaml_error(node, err, "%s: expected a date from 1990 to 2199, such as 2026-03-02", key);
    *out = day;
    return TOIL_OK;
}

enum toil_status toil_read_days(const toil_yaml_node *node, const char *key, int64_t *out, struct toil_error *err)
{
    if (!node)
        return TOIL_OK;
    const char *text = toil_yaml_text(node);
    int64_t ms = 0, day_ms = TOIL_US_PER_DAY / 1000;
    size_t len = text ? strlen(text) : 0;
    bool unit = len > 0 && (text[len - 1] == 'd' || text[len - 1] == 'w');
    if (!unit || !toil_parse_duration_ms(text, &ms) || ms < day_ms || ms > TOIL_MAX_DURATION * day_ms)
        return toil_yaml_error(node, err, "%s: expected a duration in days or weeks, such as 10d or 8w, at most %dd",
                               key, TOIL_MAX_DURATION);
    *out = ms / day_ms;
    return TOIL_OK;
}

enum toil_status toil_read_names(const toil_yaml_node *node, const char *key, char ***out, size_t *count,
                                 struct toil_error *err)
{
    if (!node)
        return TOIL_OK;
    if (!toil_yaml_is_list(node))
        return toil_yaml_error(node, err, "%s: expected a list of texts, such as [one, two]", key);
    *out = toil_xcalloc(toil_yaml_count(node), sizeof **out);
    for (size_t i = 0; i < toil_yaml_count(node); i++) {
        enum toil_status status = toil_read_name(toil_yaml_item(node, i), key, &(*out)[i], err);
        if (status != TOIL_OK)
            return status;
        *count = i + 1;
        for (size_t before = 0; before < i; before++) {
            if (strcmp((*out)[before], (*out)[i]) == 0)
                return toil_yaml_error(toil_yaml_item(node, i), err, "%s: \"%.100s\" stands twice", key, (*out)[i]);
        }
    }
    return TOIL_OK;
}

enum toil_status toil_require(const toil_yaml_node *map, const char *what, const char *key, const toil_yaml_node **out,
                              struct toil_error *err)
{
    *out = toil_yaml_get(map, key);
    return *out ? TOIL_OK : toil_yaml_error(map, err, "%s: the key \"%s\" is missing", what, key);
}

enum toil_status toil_read_section(const toil_yaml_node *map, const char *key, const toil_yaml_node **out,
                                   struct toil_error *err)
{
    *out = toil_yaml_get(map, key);
    if (*out && !toil_yaml_is_list(*out))
        return toil_yaml_error(*out, err, "%s: expected a list, each item after a dash", key);
    return TOIL_OK;
}

static const char *team_at(const struct toil_catalog *catalog, size_t index)
{
    return catalog->team[index].name;
}

static const char *component_at(const struct toil_catalog *catalog, size_t index)
{
    return catalog->component[index].name;
}

static const char *goal_at(const struct toil_catalog *catalog, size_t index)
{
    return catalog->goal[index].name;
}

static const char *item_at(const struct toil_catalog *catalog, size_t index)
{
    return catalog->item[index].id;
}

struct toil_names toil_team_names(const struct toil_catalog *catalog)
{
    return (struct toil_names){"team", catalog, team_at, catalog->team_count};
}

struct toil_names toil_component_names(const struct toil_catalog *catalog)
{
    return (struct toil_names){"component", catalog, component_at, catalog->component_count};
}

struct toil_names toil_goal_names(const struct toil_catalog *catalog)
{
    return (struct toil_names){"goal", catalog, goal_at, catalog->goal_count};
}

struct toil_names toil_item_names(const struct toil_catalog *catalog)
{
    return (struct toil_names){"item", catalog, item_at, catalog->item_count};
}

size_t toil_names_find(const struct toil_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->name_at(names->catalog, i), name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static enum toil_status unknown(const toil_yaml_node *node, const char *key, const struct toil_names *names,
                                const char *word, struct toil_error *err)
{
    const char **list = toil_xcalloc(names->count + 1, sizeof *list);
    for (size_t i = 0; i < names->count; i++)
        list[i] = names->name_at(names->catalog, i);
    const char *near = toil_nearest(word, list);
    if (near)
        toil_yaml_error(node, err, "%s: unknown %s \"%.100s\"; did you mean \"%s\"?", key, names->what, word, near);
    else
        toil_yaml_error(node, err, "%s: unknown %s \"%.100s\": expected the name of one in this file", key, names->what,
                        word);
    free(list);
    return TOIL_BAD_INPUT;
}

enum toil_status toil_read_reference(const toil_yaml_node *node, const char *key, const struct toil_names *names,
                                     size_t *out, struct toil_error *err)
{
    const char *text;
    if (!node)
        return TOIL_OK;
    enum toil_status status = toil_yaml_read_text(node, key, &text, err);
    if (status != TOIL_OK)
        return status;
    *out = toil_names_find(names, text);
    return *out != SIZE_MAX ? TOIL_OK : unknown(node, key, names, text, err);
}

enum toil_status toil_read_references(const toil_yaml_node *node, const char *key, const struct toil_names *names,
                                      size_t **out, size_t *count, struct toil_error *err)
{
    if (!node)
        return TOIL_OK;
    if (!toil_yaml_is_list(node))
        return toil_yaml_error(node, err, "%s: expected a list of names of %ss, such as [one, two]", key, names->what);
    *out = toil_xcalloc(toil_yaml_count(node), sizeof **out);
    for (size_t i = 0; i < toil_yaml_count(node); i++) {
        const toil_yaml_node *item = toil_yaml_item(node, i);
        enum toil_status status = toil_read_reference(item, key, names, &(*out)[i], err);
        if (status != TOIL_OK)
            return status;
        for (size_t before = 0; before < i; before++) {
            if ((*out)[before] == (*out)[i])
                return toil_yaml_error(item, err, "%s: \"%.100s\" stands twice", key, toil_yaml_text(item));
        }
        *count = i + 1;
    }
    return TOIL_OK;
}

enum toil_status toil_refuse_double(const toil_yaml_node *node, const char *key, const struct toil_names *names,
                                    size_t index, struct toil_error *err)
{
    const char *name = names->name_at(names->catalog, index);
    if (name[0] == '(')
        return toil_yaml_error(node, err, "%s: \"%.100s\": names in brackets are the program's own", key, name);
    if (toil_names_find(names, name) < index)
        return toil_yaml_error(node, err, "%s: the %s \"%.100s\" stands already above", key, names->what, name);
    return TOIL_OK;
}
