/* YAML with places: a thin cover over libfyaml (the one file that knows it), for configuration and catalog.
 * Every error names file, line, column, key and what was expected, with the excerpt and a caret. */
#ifndef TOILMETER_YAML_H
#define TOILMETER_YAML_H

#include <stdbool.h>

#include "toilmeter/buf.h"

struct toil_yaml;                             /* a document; owns every node and text of it */
typedef struct toil_yaml_node toil_yaml_node; /* borrowed from the document; NULL means absent */

/* Reads a file, or text with `name` standing for the file. Duplicate keys, tabs and syntax errors are TOIL_BAD_INPUT.
 * An empty document is an empty map. An alias stands for its anchor's node. Errors of the file itself (absent, not
 * UTF-8, above 16 MiB) are TOIL_BAD_INPUT too. */
enum toil_status toil_yaml_load_file(const char *path, struct toil_yaml **out, struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_yaml_load_text(const char *name, struct toil_span text, struct toil_yaml **out,
                                     struct toil_error *err) TOIL_MUST_CHECK;
void toil_yaml_free(struct toil_yaml *yaml);

const toil_yaml_node *toil_yaml_root(const struct toil_yaml *yaml);
bool toil_yaml_is_map(const toil_yaml_node *node);
bool toil_yaml_is_list(const toil_yaml_node *node);
bool toil_yaml_is_scalar(const toil_yaml_node *node);
bool toil_yaml_is_null(const toil_yaml_node *node); /* plain null, ~ or empty */
size_t toil_yaml_count(const toil_yaml_node *node); /* items of a list, pairs of a map */
const toil_yaml_node *toil_yaml_item(const toil_yaml_node *list, size_t index);
const char *toil_yaml_key(const toil_yaml_node *map, size_t index);
const toil_yaml_node *toil_yaml_key_node(const toil_yaml_node *map, size_t index);
const toil_yaml_node *toil_yaml_value(const toil_yaml_node *map, size_t index);
const toil_yaml_node *toil_yaml_get(const toil_yaml_node *map, const char *key);
/* The text of a scalar, borrowed; NULL when it is none. */
const char *toil_yaml_text(const toil_yaml_node *node);
int toil_yaml_line(const toil_yaml_node *node); /* from 1 */
const char *toil_yaml_file(const toil_yaml_node *node);

/* Appends the node on one line, in YAML's flow form. */
void toil_yaml_write(const toil_yaml_node *node, struct toil_buf *out);

/* Fills err with "FILE:LINE:COL: <message>" followed on stderr-ready further text by the excerpt with a caret in
 * err->hint. node NULL: the message alone. Returns TOIL_BAD_INPUT. */
enum toil_status toil_yaml_error(const toil_yaml_node *node, struct toil_error *err, const char *fmt, ...)
    TOIL_PRINTF(3, 4);

/* Readers of scalars: TOIL_BAD_INPUT with the place when it is something else. */
enum toil_status toil_yaml_read_text(const toil_yaml_node *node, const char *key, const char **out,
                                     struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_yaml_read_int(const toil_yaml_node *node, const char *key, int64_t low, int64_t high,
                                    int64_t *out, struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_yaml_read_double(const toil_yaml_node *node, const char *key, double low, double high,
                                       double *out, struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_yaml_read_bool(const toil_yaml_node *node, const char *key, bool *out,
                                     struct toil_error *err) TOIL_MUST_CHECK;
/* "16MiB", "64KiB", "1048576". */
enum toil_status toil_yaml_read_bytes(const toil_yaml_node *node, const char *key, int64_t low, int64_t high,
                                      int64_t *out, struct toil_error *err) TOIL_MUST_CHECK;
/* "250ms", "1s", "5m", "2h", "1d", "2w" as milliseconds. */
enum toil_status toil_yaml_read_duration_ms(const toil_yaml_node *node, const char *key, int64_t low, int64_t high,
                                            int64_t *out, struct toil_error *err) TOIL_MUST_CHECK;
/* Refuses keys of a map that are not in the NULL-terminated list, naming the nearest known one. */
enum toil_status toil_yaml_only_keys(const toil_yaml_node *map, const char *what, const char *const *known,
                                     struct toil_error *err) TOIL_MUST_CHECK;

/* Parsers used above, for command lines as well. false when not understood. */
bool toil_parse_bytes(const char *text, int64_t *out);
bool toil_parse_duration_ms(const char *text, int64_t *out);
/* The nearest of a NULL-terminated list by edit distance, or NULL when none is near. */
const char *toil_nearest(const char *word, const char *const *list);

#endif
