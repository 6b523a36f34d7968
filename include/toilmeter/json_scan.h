/* A strict pass over one JSON object (RFC 8259) that hands out its top-level members as spans of the text.
 *
 * Everything is validated, nested values too: syntax, UTF-8, escapes (no half surrogates, no NUL), numbers (form, and
 * within the range of a double), depth, nothing after the end. Nothing is allocated and no tree is built. A member is
 * handed out as soon as it has been read, so what was handed out counts only once toil_json_next has returned false
 * with fault TOIL_JSON_OK. Duplicate keys are the caller's to see. Every text accepted here, and every value's span, is
 * good for PostgreSQL's jsonb.
 *
 *     struct toil_json_scan scan;
 *     struct toil_json_member member;
 *     if (toil_json_object_begin(&scan, text, 32))
 *         while (toil_json_next(&scan, &member))
 *             ...
 *     if (scan.fault != TOIL_JSON_OK) ... scan.expected, toil_json_place(&scan) */
#ifndef TOILMETER_JSON_SCAN_H
#define TOILMETER_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "toilmeter/buf.h"

enum toil_json_fault {
    TOIL_JSON_OK,
    TOIL_JSON_EMPTY,      /* no bytes, or white space only */
    TOIL_JSON_SYNTAX,     /* not JSON, or bytes after the end */
    TOIL_JSON_TRUNCATED,  /* so far JSON, but the text ends too early */
    TOIL_JSON_NOT_OBJECT, /* JSON, but not an object (or not an array, where one was asked for) */
    TOIL_JSON_UTF8,
    TOIL_JSON_ESCAPE, /* an unknown escape, or half a surrogate pair */
    TOIL_JSON_NUL,    /* a NUL character inside a string */
    TOIL_JSON_NUMBER, /* malformed, or out of a double's range */
    TOIL_JSON_DEPTH,
};

enum toil_json_type {
    TOIL_JSON_NULL,
    TOIL_JSON_FALSE,
    TOIL_JSON_TRUE,
    TOIL_JSON_NUMERIC,
    TOIL_JSON_STRING,
    TOIL_JSON_ARRAY,
    TOIL_JSON_OBJECT,
};

/* Greatest whole number below which every whole number is a double: 2^53. */
#define TOIL_JSON_MAX_EXACT (INT64_C(1) << 53)
/* A number of more bytes is refused: it would say nothing that a double can hold. */
#define TOIL_JSON_NUMBER_BYTES 1024
/* Greatest value of max_depth; a higher one is cut to this. */
#define TOIL_JSON_MAX_DEPTH 1024

/* A value of the text; `text` is borrowed from it: of a string what stands between the quotes, of others all of it. */
struct toil_json_value {
    enum toil_json_type type;
    bool escaped;     /* a string with escapes: see toil_json_unescape */
    bool whole;       /* a number written without fraction and exponent */
    bool fits;        /* `whole` and within int64_t: `integer` counts */
    bool beyond_2_53; /* `whole`, and greater in size than 2^53: a double would round it */
    int64_t integer;
    struct toil_span text;
};

struct toil_json_member {
    struct toil_span key; /* between the quotes */
    bool key_escaped;
    struct toil_json_value value;
};

struct toil_json_scan {
    const char *begin, *at, *end; /* the text, borrowed; `at` only moves on */
    unsigned max_depth;           /* of nesting; the object itself is 1 */
    unsigned depth;               /* containers entered by toil_json_enter */
    bool first;                   /* no member was read yet */
    bool closed;                  /* the end was reached, or a fault found */
    enum toil_json_fault fault;
    const char *expected; /* static text: what was expected at `at` when there is a fault */
};

/* Begins on a text that is to be one object. False on a fault. */
bool toil_json_object_begin(struct toil_json_scan *scan, struct toil_span text, unsigned max_depth);
/* The next member. False at the end of the text (fault TOIL_JSON_OK) or at a fault. */
bool toil_json_next(struct toil_json_scan *scan, struct toil_json_member *member);

/* The same for a text that is to be one array, such as the span of an array value. */
bool toil_json_array_begin(struct toil_json_scan *scan, struct toil_span text, unsigned max_depth);
bool toil_json_array_next(struct toil_json_scan *scan, struct toil_json_value *item);

/* The same pass over a whole text, where the caller chooses which containers to go into. Recursion is the caller's:
 * no deeper than what it asks for, whatever the text.
 *
 *     toil_json_open(&scan, text, 32);
 *     if (toil_json_at(&scan) == TOIL_JSON_OBJECT) {
 *         bool first = true;
 *         if (toil_json_enter(&scan))
 *             while (toil_json_member_next(&scan, &first, &key, &escaped))
 *                 ... toil_json_read(&scan, &value), or go into it in the same way
 *     }
 *     toil_json_close(&scan);
 *     if (scan.fault != TOIL_JSON_OK) ... */
bool toil_json_open(struct toil_json_scan *scan, struct toil_span text, unsigned max_depth);
/* What begins here: TOIL_JSON_OBJECT, TOIL_JSON_ARRAY, or TOIL_JSON_NULL for anything else. */
enum toil_json_type toil_json_at(const struct toil_json_scan *scan);
/* Reads a whole value, nested ones validated with it. */
bool toil_json_read(struct toil_json_scan *scan, struct toil_json_value *value);
/* Goes into the container that begins here. */
bool toil_json_enter(struct toil_json_scan *scan);
/* The next key of the object entered last, or the next item of the array: the value is to be read or entered next.
 * False when the container ends here, which leaves it, or on a fault. *first: true before the first of a container. */
bool toil_json_member_next(struct toil_json_scan *scan, bool *first, struct toil_span *key, bool *escaped);
bool toil_json_item_next(struct toil_json_scan *scan, bool *first);
/* After the outermost value: nothing may follow. */
bool toil_json_close(struct toil_json_scan *scan);

/* Byte at which the scan stands: of a fault, its place. */
size_t toil_json_place(const struct toil_json_scan *scan);

/* A validated string without its escapes. `out` takes text.len bytes; returns how many were written (never more). */
size_t toil_json_unescape(struct toil_span text, char *out);

/* A number's value, to the nearest double, whatever the locale. */
double toil_json_number(const struct toil_json_value *value);

#endif
