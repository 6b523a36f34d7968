/* The catalog in the database: the one in force, and applying another. */
#ifndef TOIL_CATALOG_STORE_H
#define TOIL_CATALOG_STORE_H

#include "catalog.h"
#include "toilmeter/db.h"

/* The catalog in force; toil_catalog_empty() when none was ever applied (*id 0 then). id: may be NULL; json: may be
 * NULL, else the canonical document is appended. *out: owned. */
enum toil_status toil_catalog_fetch(struct toil_db *db, struct toil_catalog **out, int64_t *id, struct toil_buf *json,
                                    struct toil_error *err) TOIL_MUST_CHECK;

/* Puts a catalog in force, in one transaction under an advisory lock: a new row in toilmeter.catalog and the
 * spread-out tables made anew. Does nothing, and leaves *applied false, when the one in force is equal. */
enum toil_status toil_catalog_apply(struct toil_db *db, const struct toil_catalog *catalog, bool *applied,
                                    struct toil_error *err) TOIL_MUST_CHECK;

/* What changes from one catalog to another. how: "added", "removed", "changed"; what: "component qb: team"; before,
 * after: as in the file, in one line, NULL where how and what say it all. Texts live as long as the call. */
struct toil_catalog_change {
    const char *how, *what, *before, *after;
};
typedef void toil_catalog_change_fn(void *context, const struct toil_catalog_change *change);
/* Tells each change in the order of the catalog's sections; returns how many there are. */
size_t toil_catalog_diff_each(const struct toil_catalog *from, const struct toil_catalog *to,
                              toil_catalog_change_fn *change, void *context);

/* The same as lines: "changed  component qb: team: platform -> storage". Returns how
 * many lines there are; none when the two are equal. */
size_t toil_catalog_diff(const struct toil_catalog *from, const struct toil_catalog *to, struct toil_buf *out);

#endif
