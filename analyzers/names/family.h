/* Raw names that no rule matches, gathered into families, each with the rule that would catch it. Pure: names in,
 * families out.
 *
 * A family are the names that are the same where their varying parts are taken out (name_parts.h). What is doubtful
 * varies only when siblings say so:
 *
 *   - a doubtful suffix, when at least two other names of the same beginning have a sure one in its place: "db-mssql"
 *     beside "db-x2x4z" and "db-9kq7d" is taken for a third pod; "db-mssql" beside "db-pgsql" is not
 *   - digits beside letters, when at least three families come to one: "web1", "web2", "web3", but not "mp3" and "mp4"
 *   - a number, or a version without a dot, that is the same in all names of a family is literal: 10.0.0.1 to 10.0.0.9
 *     as "ip-10-0-0-1" to "ip-10-0-0-9" keep the "10-0-0", and a lone "oauth-2" is a name
 *
 * The rule of a family is, the first that fits: the exact name, where it has one; a pattern as people write it; the
 * same with the narrowest classes; its names as an alternation; its names one by one, up to TOIL_FAMILY_RULES; what its
 * names begin with. A rule fits when it can stand in a catalog (256 bytes), matches all names of the family and no
 * other name that was given, mapped or not. Trying is bounded: where very many names are alike, families behind the
 * first get their names as rules, and `why` says so.
 *
 * The result depends on the set of names and their events alone, not on their order. */
#ifndef TOIL_FAMILY_H
#define TOIL_FAMILY_H

#include "toilmeter/buf.h"

struct toil_raw_name {
    struct toil_span text; /* borrowed; valid UTF-8 without NUL; each name once */
    int64_t events;        /* how many have it: families are ranked by the sum */
    bool mapped;           /* the catalog has a rule for it: it belongs to no family, and no rule may match it */
};

enum { TOIL_FAMILY_RULES = 16 };

struct toil_family {
    char *name;     /* owned: what stays of the names, fit to be a component's name; of one exact name that name */
    char *stem;     /* owned: the same without any number, also of one exact name: "cart" of a lone "cart-0" */
    size_t *member; /* owned: indices into the names given, most events first, then by bytes */
    size_t member_count;
    int64_t events;
    char **rule; /* owned: as a catalog's `match` takes them, not yet quoted; several are exact names */
    size_t rule_count;
    char *why; /* owned: why there is no rule, or not the pattern that one would expect; NULL */
};

struct toil_families {
    struct toil_family *item; /* owned: most events first, then by the first name's bytes */
    size_t count;
};

/* *out: to be released. Cannot fail. */
void toil_families_make(const struct toil_raw_name *name, size_t count, struct toil_families *out);
void toil_families_release(struct toil_families *families);

#endif
