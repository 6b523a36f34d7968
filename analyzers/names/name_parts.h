/* A raw name taken apart: what stays, and what varies from one instance of a component to the next. Pure.
 *
 * Words are runs of ASCII letters, digits and bytes from 0x80 on; every other byte separates. A word is, tried in this
 * order:
 *
 *   uuid     8-4-4-4-12 hexadecimal digits
 *   hash     8 to 10 letters of Kubernetes' safe encoding (bcdfghjklmnpqrstvwxz2456789: no vowel, no 0, 1, 3), behind a
 *            dash, when "-" and five small letters or digits end the name: a ReplicaSet's hash. Digits alone count when
 *            they can be the hash, or the minutes or seconds since 1970 of a CronJob (years 2015 to 2038)
 *   suffix   the last five of a hash, whatever they are; without a hash, five safe letters that end the name behind a
 *            dash. Such as read like random ("x2x4z") are sure; such as may be a word ("mssql"), a word with a number
 *            ("srv24") or a number are doubtful
 *   version  "v2", "2.3.1", "v2.3.1", also with "-rc.1" and its like behind it
 *   number   digits alone
 *   hex      7 and more hexadecimal digits of one case in which letters and digits take turns, or 16 and more with both
 *   id       10 and more letters and digits that take turns at least four times
 *   digits   digits beside letters, "web3": doubtful, since "mp3" and "oauth2" are names
 *
 * Everything else is literal. What is doubtful is literal until siblings say otherwise (family.h). A name has at most
 * TOIL_PARTS_VARYING parts that vary; what stands behind them is literal. */
#ifndef TOIL_NAME_PARTS_H
#define TOIL_NAME_PARTS_H

#include "toilmeter/buf.h"

enum toil_part_class {
    TOIL_PART_LITERAL,
    TOIL_PART_UUID,
    TOIL_PART_HASH,
    TOIL_PART_SUFFIX,
    TOIL_PART_VERSION,
    TOIL_PART_NUMBER,
    TOIL_PART_HEX,
    TOIL_PART_ID,
    TOIL_PART_DIGITS,
};

struct toil_name_part {
    enum toil_part_class class;
    struct toil_span text; /* borrowed from the name */
};

enum { TOIL_PARTS_VARYING = 16, TOIL_PARTS_MAX = 2 * TOIL_PARTS_VARYING + 1 };

struct toil_name_parts {
    struct toil_name_part part[TOIL_PARTS_MAX]; /* one after the other they are the name; no two literals in a row */
    size_t count;
    bool hash;            /* it has a part of class HASH, with its SUFFIX */
    bool doubtful_suffix; /* the name ends in one; it is part of the split only when asked for */
    bool sure_suffix;     /* the name ends in one, with no hash before it */
    bool has_digits;      /* it has parts of class DIGITS, or would, were they asked for */
};

/* What is doubtful and shall vary. */
enum toil_parts_flag { TOIL_PARTS_SUFFIX = 1, TOIL_PARTS_DIGITS = 2 };

void toil_name_split(struct toil_span name, unsigned flags, struct toil_name_parts *out);

/* Only letters of Kubernetes' safe encoding? */
bool toil_name_is_safe(struct toil_span text);
bool toil_name_is_digits(struct toil_span text); /* ASCII digits alone, at least one */
/* Bytes of the dotted number, "v" included, that a version begins with: the rest is "-rc.1". */
size_t toil_version_core(struct toil_span version);

#endif
