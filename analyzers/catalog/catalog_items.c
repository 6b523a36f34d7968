/* Debt items of the catalog file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_keys.h"
#include "catalog_read.h"

#define MAX_SPRINTS 1000.0
#define MAX_PEOPLE  1000.0
#define MAX_CHANGE  100.0 /* a hundredfold */

static enum toil_status read_state(const toil_yaml_node *node, struct toil_item *item, struct toil_error *err)
{
    if (!node)
        return TOIL_OK;
    const char *text = toil_yaml_text(node);
    for (int state = 0; text && toil_item_states[state]; state++) {
        if (strcmp(text, toil_item_states[state]) == 0) {
            item->state = (enum toil_item_state)state;
            return TOIL_OK;
        }
    }
    return toil_yaml_error(node, err, "state: expected one of proposed, planned, in_progress, shipped, dropped");
}

static enum toil_status read_dates(const toil_yaml_node *node, struct toil_item *item, struct toil_error *err)
{
    const toil_yaml_node *shipped = toil_yaml_get(node, "shipped"), *state = toil_yaml_get(node, "state");
    enum toil_status status = toil_read_date(toil_yaml_get(node, "proposed"), "proposed", &item->proposed_day, err);
    if (status == TOIL_OK)
        status = toil_read_date(shipped, "shipped", &item->shipped_day, err);
    if (status != TOIL_OK)
        return status;
    if (item->state == TOIL_ITEM_SHIPPED && !shipped)
        return toil_yaml_error(state, err, "state: a shipped item needs the key \"shipped\" with its date");
    if (shipped && item->state != TOIL_ITEM_SHIPPED && item->state != TOIL_ITEM_DROPPED)
        return toil_yaml_error(shipped, err,
                               "shipped: expected only where the state is shipped, or dropped afterwards");
    if (shipped && item->proposed_day != TOIL_NO_DAY && item->shipped_day < item->proposed_day)
        return toil_yaml_error(shipped, err, "shipped: expected a date not before the item was proposed");
    return TOIL_OK;
}

static enum toil_status read_effort(const toil_yaml_node *node, struct toil_item *item, struct toil_error *err)
{
    if (!node)
        return TOIL_OK;
    enum toil_status status = toil_catalog_only_keys(node, "effort", "effort", err);
    const toil_yaml_node *sprints = toil_yaml_get(node, "sprints"), *people = toil_yaml_get(node, "people");
    if (status == TOIL_OK && sprints)
        status = toil_yaml_read_double(sprints, "sprints", 0.01, MAX_SPRINTS, &item->effort_sprints, err);
    if (status == TOIL_OK && people)
        status = toil_yaml_read_double(people, "people", 0.01, MAX_PEOPLE, &item->effort_people, err);
    return status;
}

static enum toil_status read_measure(const toil_yaml_node *node, struct toil_item *item, struct toil_error *err)
{
    enum toil_status status = toil_read_name(node, "measure", &item->promise_measure, err);
    if (status != TOIL_OK)
        return status;
    const char *text = item->promise_measure;
    if (strncmp(text, TOIL_ANY_MEASURE, strlen(TOIL_ANY_MEASURE)) == 0 && text[strlen(TOIL_ANY_MEASURE)])
        return TOIL_OK;
    for (size_t i = 0; toil_measures[i]; i++) {
        if (strcmp(text, toil_measures[i]) == 0)
            return TOIL_OK;
    }
    return toil_yaml_error(node, err,
                           "measure: expected one of manual_hours, tickets, restarts, rebalances, csat, "
                           "development_hours, or metric:NAME");
}

/* "-90%" as -0.9. */
static enum toil_status read_change(const toil_yaml_node *node, double *out, struct toil_error *err)
{
    const char *text = toil_yaml_text(node);
    char *end = NULL;
    double percent = text && text[strspn(text, "+-.0123456789%")] == '\0' ? strtod(text, &end) : 0;
    if (!end || end == text || strcmp(end, "%") != 0 || percent == 0 || percent < -100 || percent > MAX_CHANGE * 100)
        return toil_yaml_error(node, err, "change: expected a percentage such as -90%%, not below -100%%, not 0%%");
    *out = percent / 100;
    return TOIL_OK;
}

static enum toil_status read_promise(const toil_yaml_node *node, struct toil_item *item, struct toil_error *err)
{
    const toil_yaml_node *measure, *change, *within;
    if (!node)
        return TOIL_OK;
    enum toil_status status = toil_catalog_only_keys(node, "promise", "promise", err);
    if (status == TOIL_OK)
        status = toil_require(node, "promise", "measure", &measure, err);
    if (status == TOIL_OK)
        status = read_measure(measure, item, err);
    if (status == TOIL_OK)
        status = toil_require(node, "promise", "change", &change, err);
    if (status == TOIL_OK)
        status = read_change(change, &item->promise_change, err);
    if (status == TOIL_OK)
        status = toil_require(node, "promise", "within", &within, err);
    if (status == TOIL_OK)
        status = toil_read_days(within, "within", &item->promise_within_days, err);
    return status;
}

static enum toil_status read_names(const toil_yaml_node *node, struct toil_catalog *catalog, struct toil_item *item,
                                   struct toil_error *err)
{
    struct toil_names items = toil_item_names(catalog), components = toil_component_names(catalog);
    struct toil_names teams = toil_team_names(catalog), goals = toil_goal_names(catalog);
    const toil_yaml_node *id, *title;
    enum toil_status status = toil_require(node, "item", "id", &id, err);
    if (status == TOIL_OK)
        status = toil_read_name(id, "id", &item->id, err);
    if (status == TOIL_OK)
        status = toil_refuse_double(id, "id", &items, catalog->item_count - 1, err);
    if (status == TOIL_OK)
        status = toil_require(node, "item", "title", &title, err);
    if (status == TOIL_OK)
        status = toil_read_name(title, "title", &item->title, err);
    if (status == TOIL_OK)
        status = toil_read_references(toil_yaml_get(node, "components"), "components", &components, &item->component,
                                      &item->component_count, err);
    if (status == TOIL_OK)
        status = toil_read_name(toil_yaml_get(node, "leader"), "leader", &item->leader, err);
    if (status == TOIL_OK)
        status =
            toil_read_references(toil_yaml_get(node, "teams"), "teams", &teams, &item->team, &item->team_count, err);
    if (status == TOIL_OK)
        status = toil_read_reference(toil_yaml_get(node, "goal"), "goal", &goals, &item->goal, err);
    return status;
}

static enum toil_status read_item(const toil_yaml_node *node, struct toil_catalog *catalog, struct toil_error *err)
{
    struct toil_item *item = &catalog->item[catalog->item_count++];
    *item = (struct toil_item){.id = toil_xstrdup(""),
                               .goal = SIZE_MAX,
                               .proposed_day = TOIL_NO_DAY,
                               .shipped_day = TOIL_NO_DAY,
                               .effort_sprints = NAN,
                               .effort_people = NAN};
    enum toil_status status = toil_catalog_only_keys(node, "item", "item", err);
    if (status == TOIL_OK)
        status = read_names(node, catalog, item, err);
    if (status == TOIL_OK)
        status = read_state(toil_yaml_get(node, "state"), item, err);
    if (status == TOIL_OK)
        status = read_dates(node, item, err);
    if (status == TOIL_OK)
        status = read_effort(toil_yaml_get(node, "effort"), item, err);
    if (status == TOIL_OK)
        status = read_promise(toil_yaml_get(node, "promise"), item, err);
    if (status == TOIL_OK)
        status =
            toil_read_days(toil_yaml_get(node, "payback_target"), "payback_target", &item->payback_target_days, err);
    return status;
}

enum toil_status toil_read_items(const toil_yaml_node *root, struct toil_catalog *catalog, struct toil_error *err)
{
    const toil_yaml_node *list;
    enum toil_status status = toil_read_section(root, "items", &list, err);
    size_t count = list ? toil_yaml_count(list) : 0;
    catalog->item = toil_xcalloc(count, sizeof *catalog->item);
    for (size_t i = 0; i < count && status == TOIL_OK; i++)
        status = read_item(toil_yaml_item(list, i), catalog, err);
    return status;
}
