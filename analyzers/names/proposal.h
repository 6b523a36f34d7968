/* What to write into a catalog so that families of raw names find their component: which component, and the YAML. Pure.
 */
#ifndef TOIL_PROPOSAL_H
#define TOIL_PROPOSAL_H

#include "catalog/catalog.h"
#include "family.h"

/* Components of a catalog by the name that they nearly go by: equal but for case, "_" for "-", and an ending "-service"
 * or "-svc". */
struct toil_likely {
    const struct toil_catalog *catalog; /* borrowed */
    struct toil_likely_name *item;      /* owned; sorted */
    size_t count;
};
void toil_likely_init(struct toil_likely *likely, const struct toil_catalog *catalog);
void toil_likely_release(struct toil_likely *likely);
/* The component whose name is equal, else the first in the file that is nearly so; SIZE_MAX when there is none. */
size_t toil_likely_component(const struct toil_likely *likely, const char *name);
/* The same for a family: by its name, else by its stem. */
size_t toil_likely_home(const struct toil_likely *likely, const struct toil_family *family);

/* Appends a text as a YAML scalar of one line within a list in brackets: plain where that is safe, in double quotes
 * where these need no escape, else in single ones; with both sorts of quotes in it in double ones with escapes. text:
 * what toil_catalog_name_fits takes. */
void toil_yaml_add_scalar(struct toil_buf *out, const char *text);
/* "a, \"~^b$\"": rules as they stand within the brackets of `match`. Nothing for none. */
void toil_yaml_add_rules(struct toil_buf *out, char *const *rule, size_t count);

/* Appends the entries of new components for the first `count` families, ready for a catalog's `components`, families of
 * the same name as one; then, as comments, what `match` becomes of components that are there already. A family without
 * a rule is told in a comment. Without a new component there is no key "components"; nothing when there is nothing to
 * tell. */
void toil_proposal_yaml(const struct toil_likely *likely, const struct toil_families *families, size_t count,
                        struct toil_buf *out);

#endif
