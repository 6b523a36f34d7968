/* The keys of the catalog file, declared once: what the loader knows and what toilmeter-catalog(5) tells are made from
 * these rows. */
#ifndef TOIL_CATALOG_KEYS_H
#define TOIL_CATALOG_KEYS_H

#include "toilmeter/yaml.h"

/* A map of the file; a name in messages and in the manual. */
struct toil_catalog_map {
    const char *name;
    const char *doc; /* where it stands and what it is */
};

struct toil_catalog_key {
    const char *map;
    const char *key;
    const char *fallback; /* what holds when the key is absent; NULL: it must be there */
    const char *doc;      /* without full stop */
};

extern const struct toil_catalog_map toil_catalog_maps[]; /* ended by a row without name */
extern const struct toil_catalog_key toil_catalog_keys[]; /* ended by a row without key */

/* Refuses keys of `node` that the map has not. what: its name in the message. */
enum toil_status toil_catalog_only_keys(const toil_yaml_node *node, const char *map, const char *what,
                                        struct toil_error *err) TOIL_MUST_CHECK;

#endif
