/* The catalog file read whole: settings, teams, components, goals. Items are in catalog_items.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_keys.h"
#include "catalog_read.h"

#define MAX_AMOUNT       1e9
#define MAX_PEOPLE_HOURS 2000.0
#define MAX_SPRINT_DAYS  182
#define DEFAULT_SPRINT   14   /* days */
#define MAX_WARNED       1000 /* components: each rule is tried against all before it, more would take seconds */
#define HOURS_A_DAY      5.7142857142857144 /* 40 hours a week */

static enum toil_status read_rate(const toil_yaml_node *node, const char *key, struct toil_rates *out,
                                  struct toil_error *err)
{
    const toil_yaml_node *from, *amount;
    struct toil_rate rate = {0};
    enum toil_status status = toil_catalog_only_keys(node, "amount", key, err);
    if (status == TOIL_OK)
        status = toil_require(node, key, "from", &from, err);
    if (status == TOIL_OK)
        status = toil_read_date(from, "from", &rate.from_day, err);
    if (status == TOIL_OK)
        status = toil_require(node, key, "amount", &amount, err);
    if (status == TOIL_OK)
        status = toil_yaml_read_double(amount, "amount", 0, MAX_AMOUNT, &rate.amount, err);
    if (status != TOIL_OK)
        return status;
    if (out->count > 0 && out->item[out->count - 1].from_day >= rate.from_day)
        return toil_yaml_error(from, err, "%s: expected dates in rising order, each once", key);
    out->item[out->count++] = rate;
    return TOIL_OK;
}

static enum toil_status read_rates(const toil_yaml_node *map, const char *key, const struct toil_catalog *catalog,
                                   struct toil_rates *out, struct toil_error *err)
{
    const toil_yaml_node *list = toil_yaml_get(map, key);
    if (!list)
        return TOIL_OK;
    if (!toil_yaml_is_list(list))
        return toil_yaml_error(list, err, "%s: expected a list such as [{from: 2026-01-01, amount: 55}]", key);
    size_t count = toil_yaml_count(list);
    if (count > 0 && strcmp(catalog->currency, TOIL_NO_CURRENCY) == 0)
        return toil_yaml_error(list, err, "%s: an amount needs the key \"currency\" at the top, such as EUR", key);
    out->item = toil_xcalloc(count, sizeof *out->item);
    for (size_t i = 0; i < count; i++) {
        enum toil_status status = read_rate(toil_yaml_item(list, i), key, out, err);
        if (status != TOIL_OK)
            return status;
    }
    return TOIL_OK;
}

/* The zone that `map` names under "zone", else `otherwise`. */
static enum toil_status read_zone(const toil_yaml_node *map, const char *otherwise, struct toil_zone **out,
                                  struct toil_error *err)
{
    const toil_yaml_node *node = toil_yaml_get(map, "zone");
    const char *name = otherwise;
    enum toil_status status = node ? toil_yaml_read_text(node, "zone", &name, err) : TOIL_OK;
    if (status != TOIL_OK)
        return status;
    struct toil_error reason;
    status = toil_zone_new(name, out, &reason);
    if (status == TOIL_OK)
        return TOIL_OK;
    return toil_yaml_error(node, err, "zone: %s; expected a name of the tz database, such as Europe/Prague",
                           reason.message);
}

static enum toil_status read_hours(const toil_yaml_node *map, const char *key, const char *otherwise, char **text,
                                   struct toil_hours_rule *out, struct toil_error *err)
{
    const toil_yaml_node *node = toil_yaml_get(map, key);
    *text = toil_xstrdup(otherwise);
    enum toil_status status = toil_read_name(node, key, text, err);
    if (status != TOIL_OK)
        return status;
    if (!toil_hours_rule_parse(*text, out))
        return toil_yaml_error(node, err,
                               "%s: expected weekdays and hours such as \"%s\", or \"17:00-22:00\" for every day", key,
                               TOIL_WORKING);
    return TOIL_OK;
}

static enum toil_status read_currency(const toil_yaml_node *root, struct toil_catalog *catalog, struct toil_error *err)
{
    const toil_yaml_node *node = toil_yaml_get(root, "currency");
    catalog->currency = toil_xstrdup(TOIL_NO_CURRENCY);
    if (!node)
        return TOIL_OK;
    const char *text = toil_yaml_text(node);
    if (!text || strlen(text) != 3 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
        return toil_yaml_error(node, err, "currency: expected three capital letters, such as EUR");
    free(catalog->currency);
    catalog->currency = toil_xstrdup(text);
    return TOIL_OK;
}

static enum toil_status read_sprints(const toil_yaml_node *root, struct toil_catalog *catalog, struct toil_error *err)
{
    const toil_yaml_node *node = toil_yaml_get(root, "sprints"), *start;
    int64_t days = DEFAULT_SPRINT;
    catalog->sprint_start_day = toil_days_from_civil(2024, 1, 1);
    catalog->sprint_days = DEFAULT_SPRINT;
    if (!node)
        return TOIL_OK;
    enum toil_status status = toil_catalog_only_keys(node, "sprints", "sprints", err);
    if (status == TOIL_OK)
        status = toil_require(node, "sprints", "start", &start, err);
    if (status == TOIL_OK)
        status = toil_read_date(start, "start", &catalog->sprint_start_day, err);
    if (status == TOIL_OK)
        status = toil_read_days(toil_yaml_get(node, "length"), "length", &days, err);
    if (status == TOIL_OK && days > MAX_SPRINT_DAYS)
        status = toil_yaml_error(toil_yaml_get(node, "length"), err, "length: expected a sprint of at most %dw",
                                 MAX_SPRINT_DAYS / 7);
    catalog->sprint_days = (int)days;
    return status;
}

static enum toil_status read_settings(const toil_yaml_node *root, struct toil_catalog *catalog, struct toil_error *err)
{
    enum toil_status status = read_currency(root, catalog, err);
    if (status == TOIL_OK)
        status = read_zone(root, "UTC", &catalog->zone, err);
    if (status == TOIL_OK)
        status = read_sprints(root, catalog, err);
    if (status != TOIL_OK)
        return status;
    catalog->calendar.zone = catalog->zone;
    if (!toil_hours_rule_parse(TOIL_WORKING, &catalog->calendar.working) ||
        !toil_hours_rule_parse(TOIL_EVENING, &catalog->calendar.evening))
        return toil_error_set(err, TOIL_FATAL, "the default hours cannot be read");
    catalog->people_hours_per_sprint = round(catalog->sprint_days * HOURS_A_DAY * 1e6) / 1e6;
    const toil_yaml_node *hours = toil_yaml_get(root, "people_hours_per_sprint");
    if (hours)
        status = toil_yaml_read_double(hours, "people_hours_per_sprint", 1, MAX_PEOPLE_HOURS,
                                       &catalog->people_hours_per_sprint, err);
    if (status == TOIL_OK)
        status = read_rates(root, "ticket_cost", catalog, &catalog->ticket_cost, err);
    return status;
}

static enum toil_status read_team(const toil_yaml_node *node, struct toil_catalog *catalog, struct toil_error *err)
{
    struct toil_team *team = &catalog->team[catalog->team_count];
    const toil_yaml_node *name;
    enum toil_status status = toil_catalog_only_keys(node, "team", "team", err);
    if (status == TOIL_OK)
        status = toil_require(node, "team", "name", &name, err);
    if (status != TOIL_OK)
        return status;
    catalog->team_count++; /* from here on toil_catalog_free sees to it */
    team->name = toil_xstrdup("");
    status = toil_read_name(name, "name", &team->name, err);
    if (status == TOIL_OK) {
        struct toil_names names = toil_team_names(catalog);
        status = toil_refuse_double(name, "name", &names, catalog->team_count - 1, err);
    }
    if (status == TOIL_OK)
        status = read_zone(node, toil_zone_name(catalog->zone), &team->zone, err);
    if (status == TOIL_OK)
        status = read_hours(node, "working", TOIL_WORKING, &team->working, &team->calendar.working, err);
    if (status == TOIL_OK)
        status = read_hours(node, "evening", TOIL_EVENING, &team->evening, &team->calendar.evening, err);
    if (status == TOIL_OK)
        status = read_rates(node, "rate", catalog, &team->rate, err);
    team->calendar.zone = team->zone;
    return status;
}

static enum toil_status compile(const toil_yaml_node *list, struct toil_component *component, struct toil_error *err)
{
    component->pattern = toil_xcalloc(component->match_count, sizeof(struct toil_pattern *));
    for (size_t i = 0; i < component->match_count; i++) {
        struct toil_error reason;
        if (toil_pattern_new(component->match[i], &component->pattern[i], &reason) != TOIL_OK)
            return toil_yaml_error(list ? toil_yaml_item(list, i) : NULL, err, "match: %s", reason.message);
    }
    return TOIL_OK;
}

static enum toil_status read_match(const toil_yaml_node *node, struct toil_component *component, struct toil_error *err)
{
    const toil_yaml_node *list = toil_yaml_get(node, "match");
    enum toil_status status = toil_read_names(list, "match", &component->match, &component->match_count, err);
    if (status != TOIL_OK)
        return status;
    if (!list) { /* without rules a component goes by its own name */
        component->match = toil_xcalloc(1, sizeof *component->match);
        component->match[component->match_count++] = toil_xstrdup(component->name);
    }
    return compile(list, component, err);
}

static enum toil_status read_component(const toil_yaml_node *node, struct toil_catalog *catalog, struct toil_error *err)
{
    struct toil_component *component = &catalog->component[catalog->component_count];
    const toil_yaml_node *name;
    struct toil_names teams = toil_team_names(catalog);
    enum toil_status status = toil_catalog_only_keys(node, "component", "component", err);
    if (status == TOIL_OK)
        status = toil_require(node, "component", "name", &name, err);
    if (status != TOIL_OK)
        return status;
    catalog->component_count++;
    component->team = SIZE_MAX;
    component->name = toil_xstrdup("");
    status = toil_read_name(name, "name", &component->name, err);
    if (status == TOIL_OK) {
        struct toil_names names = toil_component_names(catalog);
        status = toil_refuse_double(name, "name", &names, catalog->component_count - 1, err);
    }
    if (status == TOIL_OK)
        status = toil_read_reference(toil_yaml_get(node, "team"), "team", &teams, &component->team, err);
    if (status == TOIL_OK)
        status = read_match(node, component, err);
    if (status == TOIL_OK)
        status =
            toil_read_names(toil_yaml_get(node, "topics"), "topics", &component->topic, &component->topic_count, err);
    return status;
}

static enum toil_status read_goal(const toil_yaml_node *node, struct toil_catalog *catalog, struct toil_error *err)
{
    struct toil_goal *goal = &catalog->goal[catalog->goal_count];
    const toil_yaml_node *name;
    enum toil_status status = toil_catalog_only_keys(node, "goal", "goal", err);
    if (status == TOIL_OK)
        status = toil_require(node, "goal", "name", &name, err);
    if (status != TOIL_OK)
        return status;
    catalog->goal_count++;
    goal->by_day = TOIL_NO_DAY;
    goal->name = toil_xstrdup("");
    status = toil_read_name(name, "name", &goal->name, err);
    if (status == TOIL_OK) {
        struct toil_names names = toil_goal_names(catalog);
        status = toil_refuse_double(name, "name", &names, catalog->goal_count - 1, err);
    }
    if (status == TOIL_OK)
        status = toil_read_name(toil_yaml_get(node, "owner"), "owner", &goal->leader, err);
    if (status == TOIL_OK)
        status = toil_read_date(toil_yaml_get(node, "by"), "by", &goal->by_day, err);
    return status;
}

typedef enum toil_status (*read_fn)(const toil_yaml_node *node, struct toil_catalog *catalog, struct toil_error *err);

/* Reads a list of maps, each by `read`. */
static enum toil_status read_list(const toil_yaml_node *root, const char *key, read_fn read,
                                  struct toil_catalog *catalog, struct toil_error *err)
{
    const toil_yaml_node *list;
    enum toil_status status = toil_read_section(root, key, &list, err);
    size_t count = list ? toil_yaml_count(list) : 0;
    for (size_t i = 0; i < count && status == TOIL_OK; i++)
        status = read(toil_yaml_item(list, i), catalog, err);
    return status;
}

/* Room for as many as the file lists; what is no list is refused by read_list. */
static void *room_for(const toil_yaml_node *root, const char *key, size_t size)
{
    const toil_yaml_node *list = toil_yaml_get(root, key);
    return toil_xcalloc(list ? toil_yaml_count(list) : 0, size);
}

static void warn(struct toil_catalog *catalog, char *text)
{
    catalog->warning = toil_xreallocarray(catalog->warning, catalog->warning_count + 1, sizeof *catalog->warning);
    catalog->warning[catalog->warning_count++] = text;
}

/* Exact rules that a component before takes away. */
static void warn_about_rules(struct toil_catalog *catalog, size_t index)
{
    const struct toil_component *later = &catalog->component[index];
    for (size_t m = 0; m < later->match_count; m++) {
        if (later->match[m][0] == '~')
            continue;
        size_t winner = toil_catalog_match(catalog, toil_span_of(later->match[m]));
        if (winner < index)
            warn(catalog,
                 toil_xasprintf("component %s: match \"%s\" can never win: a rule of component %s, which stands "
                                "before it, matches the same",
                                later->name, later->match[m], catalog->component[winner].name));
    }
}

/* Topics that a component before declares, too. */
static void warn_about_topics(struct toil_catalog *catalog, size_t index)
{
    const struct toil_component *later = &catalog->component[index];
    for (size_t t = 0; t < later->topic_count; t++) {
        size_t first;
        if (toil_catalog_topic(catalog, toil_span_of(later->topic[t]), &first, 1) > 0 && first < index)
            warn(catalog, toil_xasprintf("components %s and %s both declare the topic \"%s\": its tickets are shared "
                                         "between them",
                                         catalog->component[first].name, later->name, later->topic[t]));
    }
}

static enum toil_status read_root(const toil_yaml_node *root, struct toil_catalog *catalog, struct toil_error *err)
{
    enum toil_status status = toil_catalog_only_keys(root, "catalog", "catalog", err);
    if (status == TOIL_OK)
        status = read_settings(root, catalog, err);
    if (status != TOIL_OK)
        return status;
    catalog->team = room_for(root, "teams", sizeof *catalog->team);
    catalog->component = room_for(root, "components", sizeof *catalog->component);
    catalog->goal = room_for(root, "goals", sizeof *catalog->goal);
    status = read_list(root, "teams", read_team, catalog, err);
    if (status == TOIL_OK)
        status = read_list(root, "components", read_component, catalog, err);
    if (status == TOIL_OK)
        status = read_list(root, "goals", read_goal, catalog, err);
    if (status == TOIL_OK)
        status = toil_read_items(root, catalog, err);
    if (status == TOIL_OK) {
        toil_catalog_index(catalog);
        for (size_t i = 1; i < catalog->component_count; i++) {
            if (catalog->component_count <= MAX_WARNED)
                warn_about_rules(catalog, i);
            warn_about_topics(catalog, i);
        }
    }
    return status;
}

/* Takes the document. */
static enum toil_status load(struct toil_yaml *yaml, struct toil_catalog **out, struct toil_error *err)
{
    struct toil_catalog *catalog = toil_catalog_new();
    enum toil_status status = read_root(toil_yaml_root(yaml), catalog, err);
    toil_yaml_free(yaml);
    if (status != TOIL_OK) {
        toil_catalog_free(catalog);
        return status;
    }
    *out = catalog;
    return TOIL_OK;
}

enum toil_status toil_catalog_load_file(const char *path, struct toil_catalog **out, struct toil_error *err)
{
    struct toil_yaml *yaml;
    *out = NULL;
    enum toil_status status = toil_yaml_load_file(path, &yaml, err);
    return status == TOIL_OK ? load(yaml, out, err) : status;
}

enum toil_status toil_catalog_load_text(const char *name, struct toil_span text, struct toil_catalog **out,
                                        struct toil_error *err)
{
    struct toil_yaml *yaml;
    *out = NULL;
    enum toil_status status = toil_yaml_load_text(name, text, &yaml, err);
    return status == TOIL_OK ? load(yaml, out, err) : status;
}

struct toil_catalog *toil_catalog_empty(void)
{
    struct toil_catalog *catalog;
    struct toil_error err;
    /* An empty document is valid; only a machine without UTC could refuse it, and toil_zone_new needs no file for it.
     */
    if (toil_catalog_load_text("(empty)", TOIL_SPAN("{}"), &catalog, &err) != TOIL_OK)
        abort();
    return catalog;
}
