/* What the names of one family have in common, part by part. A piece of family.c. */
#ifndef TOIL_FAMILY_SHAPE_H
#define TOIL_FAMILY_SHAPE_H

#include "family.h"
#include "name_parts.h"

struct toil_shape_part {
    enum toil_part_class class;
    struct toil_span text;   /* of the first name; of a literal that of all */
    size_t least, most;      /* bytes */
    bool alone;              /* SUFFIX: no hash before it */
    bool same;               /* in all names */
    bool digits, safe;       /* in all names nothing else: ASCII digits, safe letters */
    bool small, capital;     /* some name has such a letter */
    bool v, capital_v, bare; /* VERSION: some name begins with "v", with "V", with a digit */
    bool dotted, undotted;   /* VERSION: some name has a dot between digits, has none */
    bool tail;               /* VERSION: some name has something like "-rc.1" */
};

struct toil_shape {
    struct toil_shape_part part[TOIL_PARTS_MAX];
    size_t count;
};

/* The names of `member` split alike with `flags`: the same classes, the same literals. Numbers that never differ come
 * out literal, unless `loose`. */
void toil_shape_make(const struct toil_raw_name *name, const size_t *member, size_t member_count, unsigned flags,
                     bool loose, struct toil_shape *out);
/* Has it a part that varies? */
bool toil_shape_varies(const struct toil_shape *shape);
/* What stays, as a component's name: literals joined, a domain behind a number left off, made fit for a catalog. Owned
 * by the caller, never empty. */
char *toil_shape_stem(const struct toil_shape *shape);
/* Is the character one that nobody sees, or that YAML does not take as it is: zero width, direction, byte order mark,
 * U+FFFE, U+FFFF? Beyond what a catalog refuses. */
bool toil_is_invisible(struct toil_span character);
/* A text made fit to be a component's name: control characters become "_", brackets in front go, at most 256 bytes. */
char *toil_stem_of(struct toil_span text);

#endif
