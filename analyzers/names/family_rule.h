/* Rules for families: written, compiled, and tried against every name. A piece of family.c. */
#ifndef TOIL_FAMILY_RULE_H
#define TOIL_FAMILY_RULE_H

#include "family_shape.h"
#include "toilmeter/pattern.h"

/* All names, in an order in which those with the same beginning stand together. */
struct toil_rule_maker {
    const struct toil_raw_name *name; /* borrowed */
    size_t count;
    size_t *sorted;    /* owned: indices, by bytes */
    size_t *family_of; /* owned: by name, index of its family; SIZE_MAX of a mapped one */
    struct toil_matcher *matcher;
    int64_t budget; /* steps that may still be spent on trying */
    bool line_ends; /* some name ends in a line feed, before which "$" would match as well */
};

/* family_of is the caller's to fill. */
void toil_rule_maker_init(struct toil_rule_maker *maker, const struct toil_raw_name *name, size_t count);
void toil_rule_maker_release(struct toil_rule_maker *maker);

/* Sets rule, rule_count and why of family number `index`, whose other members are set. shape: borrowed. */
void toil_rule_make(struct toil_rule_maker *maker, struct toil_family *family, size_t index,
                    const struct toil_shape *shape);

/* Can the text stand in a catalog as the exact name that it is, and be seen there? */
bool toil_rule_is_exact(struct toil_span name);
/* By bytes: below, at or above 0. */
int toil_name_compare(struct toil_span a, struct toil_span b);

#endif
