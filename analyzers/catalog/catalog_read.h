/* Inside of the catalog: what its files share. */
#ifndef TOIL_CATALOG_READ_H
#define TOIL_CATALOG_READ_H

#include "catalog.h"
#include "toilmeter/yaml.h"

#define TOIL_NO_DAY       INT64_MIN
#define TOIL_WORKING      "Mon-Fri 09:00-17:00"
#define TOIL_EVENING      "17:00-22:00"
#define TOIL_ANY_MEASURE  "metric:"
#define TOIL_MAX_DURATION 3650 /* days */

/* A catalog that holds nothing, not even the defaults. */
struct toil_catalog *toil_catalog_new(void);
/* Sorts the exact rules for toil_catalog_match, once all components are there. */
void toil_catalog_index(struct toil_catalog *catalog);

/* Every reader takes the node of a value, NULL when its key is absent, and leaves *out alone then. `key` is for
 * messages. */
enum toil_status toil_read_name(const toil_yaml_node *node, const char *key, char **out, struct toil_error *err);
enum toil_status toil_read_date(const toil_yaml_node *node, const char *key, int64_t *out, struct toil_error *err);
/* "8w", "10d" as days. */
enum toil_status toil_read_days(const toil_yaml_node *node, const char *key, int64_t *out, struct toil_error *err);
/* A list of texts. */
enum toil_status toil_read_names(const toil_yaml_node *node, const char *key, char ***out, size_t *count,
                                 struct toil_error *err);
/* A key that must be there. */
enum toil_status toil_require(const toil_yaml_node *map, const char *what, const char *key, const toil_yaml_node **out,
                              struct toil_error *err);
/* The section `key` of `map` as a list (*out NULL when absent); an error when it is something else. */
enum toil_status toil_read_section(const toil_yaml_node *map, const char *key, const toil_yaml_node **out,
                                   struct toil_error *err);

/* Names of one sort: "team", "component", ..., to find by name and to refuse doubles. name_at gives name i. */
struct toil_names {
    const char *what;
    const struct toil_catalog *catalog;
    const char *(*name_at)(const struct toil_catalog *catalog, size_t index);
    size_t count;
};
struct toil_names toil_team_names(const struct toil_catalog *catalog);
struct toil_names toil_component_names(const struct toil_catalog *catalog);
struct toil_names toil_goal_names(const struct toil_catalog *catalog);
struct toil_names toil_item_names(const struct toil_catalog *catalog);
size_t toil_names_find(const struct toil_names *names, const char *name); /* SIZE_MAX when unknown */
/* A reference to one of them by name; an unknown one is an error that names the nearest. */
enum toil_status toil_read_reference(const toil_yaml_node *node, const char *key, const struct toil_names *names,
                                     size_t *out, struct toil_error *err);
enum toil_status toil_read_references(const toil_yaml_node *node, const char *key, const struct toil_names *names,
                                      size_t **out, size_t *count, struct toil_error *err);
/* An error at `node` when name `index` stands already before it. */
enum toil_status toil_refuse_double(const toil_yaml_node *node, const char *key, const struct toil_names *names,
                                    size_t index, struct toil_error *err);

/* The section `items` (catalog_items.c). Components, teams and goals are there already. */
enum toil_status toil_read_items(const toil_yaml_node *root, struct toil_catalog *catalog, struct toil_error *err);

#endif
