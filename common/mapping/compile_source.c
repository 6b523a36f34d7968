/* Sources: where a value comes from, in YAML, to `struct source`. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapping/keys.h"
#include "mapping/program.h"

bool is_pointer(const char *text)
{
    return text[0] == '/' || strncmp(text, "../", 3) == 0 || strncmp(text, "$message/", 9) == 0 ||
           strncmp(text, "$kafka.key/", 11) == 0;
}

static struct source *new_source(struct compiler *compiler, enum source_op op, const char *text)
{
    struct source *source = program_alloc(compiler->mapping, 1, sizeof *source);
    source->op = op;
    source->text = text ? program_text(compiler->mapping, text) : NULL;
    return source;
}

/* ---- pointers ---- */

static int new_path(struct toil_mapping *mapping, struct path path)
{
    mapping->path = toil_xreallocarray(mapping->path, mapping->path_count + 1, sizeof *mapping->path);
    path.child = path.next = path.slot = -1;
    mapping->path[mapping->path_count] = path;
    return (int)mapping->path_count++;
}

static bool same_step(const struct path *a, const struct path *b)
{
    return toil_span_equal(a->selector, b->selector) && toil_span_equal(a->wanted, b->wanted) &&
           toil_span_equal(a->token, b->token);
}

/* The child of a node for a step, made when it is new. */
static int child_of(struct toil_mapping *mapping, int parent, const struct path *step)
{
    for (int child = mapping->path[parent].child; child >= 0; child = mapping->path[child].next) {
        if (same_step(&mapping->path[child], step))
            return child;
    }
    int child = new_path(mapping, *step);
    mapping->path[child].next = mapping->path[parent].child;
    mapping->path[parent].child = child;
    if (step->index >= 0 || step->selector.len > 0)
        mapping->path[parent].indexes = true;
    return child;
}

/* An array's index as RFC 6901 has it; -1 when the token is none. */
static int64_t index_of(const char *token)
{
    size_t len = strlen(token);
    if (len == 0 || len > 7 || strspn(token, "0123456789") != len || (token[0] == '0' && len > 1))
        return -1;
    return strtol(token, NULL, 10);
}

/* One step of a pointer, "~1" and "~0" undone. "[key=value]" picks the item of an array whose member says so. */
static bool read_step(struct toil_mapping *mapping, const char *begin, size_t len, struct path *out)
{
    char *token = program_alloc(mapping, len + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (begin[i] == '~' && (i + 1 == len || (begin[i + 1] != '0' && begin[i + 1] != '1')))
            return false;
        token[n++] = begin[i] != '~' ? begin[i] : begin[++i] == '1' ? '/' : '~';
    }
    *out = (struct path){.token = {token, n}, .index = index_of(token)};
    char *equals = strchr(token, '=');
    if (n > 3 && token[0] == '[' && token[n - 1] == ']' && equals && equals > token + 1) {
        out->selector = (struct toil_span){token + 1, (size_t)(equals - token - 1)};
        out->wanted = (struct toil_span){equals + 1, (size_t)(token + n - 1 - equals - 1)};
    }
    return true;
}

/* Where a pointer begins: its level and what is left of it. */
static enum toil_status find_level(struct compiler *compiler, const toil_yaml_node *node, const char **text,
                                   size_t innermost, int *level)
{
    if (strncmp(*text, "$message/", 9) == 0) {
        *text += 8;
        *level = MESSAGE;
        return TOIL_OK;
    }
    if (strncmp(*text, "$kafka.key/", 11) == 0) {
        *text += 10;
        *level = -1;
        return TOIL_OK;
    }
    size_t up = 0;
    while (strncmp(*text, "../", 3) == 0) {
        *text += 3;
        up++;
    }
    if (up > 0)
        (*text)--;
    if (up > innermost)
        return toil_yaml_error(node, compiler->err,
                               "pointer: \"..\" leads outside of the message: there are %zu levels above", innermost);
    *level = (int)(innermost - up);
    return TOIL_OK;
}

enum toil_status compile_pointer(struct compiler *compiler, const toil_yaml_node *node, const char *text,
                                 size_t innermost, int *level, int *slot)
{
    struct toil_mapping *mapping = compiler->mapping;
    const char *p = text;
    enum toil_status status = find_level(compiler, node, &p, innermost, level);
    if (status != TOIL_OK)
        return status;
    struct level *of = *level < 0 ? &mapping->key : &mapping->level[*level];
    if (*level < 0 && !mapping->has_key_level) {
        mapping->has_key_level = true;
        mapping->key = (struct level){.how = LEVEL_KEY, .text = "$kafka.key"};
        mapping->key.root = new_path(mapping, (struct path){.index = -1});
    }
    if (of->how == LEVEL_TEXT)
        return toil_yaml_error(node, compiler->err,
                               "pointer: the document is text: use $text, or a `pattern` and $group.NAME");
    of->walked = true;
    int at = of->root;
    for (unsigned steps = 0; *p; steps++) {
        size_t len = strcspn(p + 1, "/");
        struct path step;
        if (*p == '/' && p[1] == '[') { /* a selector's value may hold slashes */
            const char *end = strchr(p, ']');
            len = end && (end[1] == '/' || end[1] == '\0') ? (size_t)(end - p) : len;
        }
        if (steps == TOKENS_MAX)
            return toil_yaml_error(node, compiler->err, "pointer: expected at most %d steps", TOKENS_MAX);
        if (!read_step(mapping, p + 1, len, &step))
            return toil_yaml_error(node, compiler->err, "pointer: expected ~0 for ~ and ~1 for /, as RFC 6901 has it");
        at = child_of(mapping, at, &step);
        p += 1 + len;
    }
    if (mapping->path[at].slot < 0)
        mapping->path[at].slot = mapping->slot_count++;
    *slot = mapping->path[at].slot;
    return TOIL_OK;
}

/* ---- what stands alone ---- */

static const struct {
    const char *name;
    enum source_op op;
} plain_sources[] = {
    {"$kafka.key", SOURCE_KEY},
    {"$kafka.timestamp", SOURCE_TIMESTAMP},
    {"$kafka.topic", SOURCE_TOPIC_NAME},
    {"$kafka.partition", SOURCE_PARTITION},
    {"$kafka.offset", SOURCE_OFFSET},
    {"$text", SOURCE_TEXT},
    {"$index", SOURCE_INDEX},
};

static enum toil_status compile_group(struct compiler *compiler, const toil_yaml_node *node, const char *name,
                                      struct source *source)
{
    if (!compiler->rule_pattern)
        return toil_yaml_error(node, compiler->err, "%s: the rule has no `pattern`", source->text);
    int group = toil_pattern_group(compiler->rule_pattern, name);
    if (group < 0 || group >= GROUPS_MAX)
        return toil_yaml_error(node, compiler->err,
                               "%s: the rule's `pattern` has no group (?<%s>...) among its first %d", source->text,
                               name, GROUPS_MAX - 1);
    source->op = SOURCE_GROUP;
    source->group = (unsigned)group;
    return TOIL_OK;
}

static enum toil_status compile_special(struct compiler *compiler, const toil_yaml_node *node, const char *text,
                                        struct source *source)
{
    if (strncmp(text, "$header.", 8) == 0 && text[8]) {
        source->op = SOURCE_HEADER;
        source->name = source->text + 8;
        return TOIL_OK;
    }
    if (strncmp(text, "$group.", 7) == 0)
        return compile_group(compiler, node, text + 7, source);
    for (size_t i = 0; i < sizeof plain_sources / sizeof plain_sources[0]; i++) {
        if (strcmp(text, plain_sources[i].name) == 0) {
            source->op = plain_sources[i].op;
            return TOIL_OK;
        }
    }
    const char *near = mapping_nearest_word(text);
    return toil_yaml_error(node, compiler->err,
                           "\"%.100s\" is no source%s%s; a text that begins with $ or / is written {literal: ...}",
                           text, near ? "; did you mean " : "", near ? near : "");
}

static struct toil_json_value text_value(const char *text)
{
    return (struct toil_json_value){.type = TOIL_JSON_STRING, .text = toil_span_of(text)};
}

static enum toil_status compile_scalar(struct compiler *compiler, const toil_yaml_node *node, const char *text,
                                       struct source *source)
{
    struct toil_mapping *mapping = compiler->mapping;
    if (is_pointer(text)) {
        source->op = SOURCE_POINTER;
        return compile_pointer(compiler, node, text, mapping->level_count - 1, &source->level, &source->slot);
    }
    if (text[0] == '$')
        return compile_special(compiler, node, text, source);
    source->op = SOURCE_LITERAL;
    source->literal = text_value(source->text);
    return TOIL_OK;
}

/* ---- what is done to a value ---- */

static enum toil_status compile_patterns(struct compiler *compiler, const toil_yaml_node *node, const char *key,
                                         struct toil_pattern ***out, size_t *out_count)
{
    bool list = toil_yaml_is_list(node);
    size_t count = list ? toil_yaml_count(node) : 1;
    *out = program_alloc(compiler->mapping, count + 1, sizeof **out);
    *out_count = count;
    for (size_t i = 0; i < count; i++) {
        enum toil_status status = program_pattern(compiler, list ? toil_yaml_item(node, i) : node, key, &(*out)[i]);
        if (status != TOIL_OK)
            return status;
    }
    return TOIL_OK;
}

static enum toil_status compile_pattern_of_source(struct compiler *compiler, const toil_yaml_node *node,
                                                  struct source *source)
{
    const char *text;
    enum toil_status status = toil_yaml_read_text(node, "pattern", &text, compiler->err);
    if (status == TOIL_OK && text[0] != '~')
        status = toil_yaml_error(node, compiler->err,
                                 "pattern: expected a regular expression after ~, as in \"~^web-(?<value>[0-9]+)$\"");
    if (status == TOIL_OK)
        status = program_pattern(compiler, node, "pattern", &source->pattern);
    if (status != TOIL_OK)
        return status;
    int named = toil_pattern_group(source->pattern, "value");
    source->pattern_group = named >= 0 ? (unsigned)named : toil_pattern_group_count(source->pattern) > 0 ? 1 : 0;
    if (source->pattern_group >= GROUPS_MAX)
        return toil_yaml_error(node, compiler->err, "pattern: expected the group `value` among the first %d",
                               GROUPS_MAX - 1);
    return TOIL_OK;
}

/* The value of a row of `map`: a source, or null for absent. */
static enum toil_status compile_target(struct compiler *compiler, const toil_yaml_node *node, unsigned field,
                                       const struct source **out)
{
    *out = NULL;
    return toil_yaml_is_null(node) ? TOIL_OK : compile_source(compiler, node, field, out);
}

static enum toil_status compile_map(struct compiler *compiler, const toil_yaml_node *node, unsigned field,
                                    struct source *source)
{
    const toil_yaml_node *map;
    enum toil_status status = compile_setting(compiler, node, &map);
    if (status != TOIL_OK)
        return status;
    if (!toil_yaml_is_map(map))
        return toil_yaml_error(map, compiler->err, "map: expected pairs such as SOLVED: solved");
    source->map_count = toil_yaml_count(map);
    source->map = program_alloc(compiler->mapping, source->map_count + 1, sizeof *source->map);
    for (size_t i = 0; status == TOIL_OK && i < source->map_count; i++) {
        status = program_pattern(compiler, toil_yaml_key_node(map, i), "map", &source->map[i].when);
        if (status == TOIL_OK)
            status = compile_target(compiler, toil_yaml_value(map, i), field, &source->map[i].to);
    }
    return status;
}

static enum toil_status compile_unit(struct compiler *compiler, const toil_yaml_node *node, unsigned field,
                                     struct source *source)
{
    static const struct {
        const char *name;
        double minutes;
    } durations[] = {{"ns", 1 / 60e9}, {"us", 1 / 60e6}, {"ms", 1 / 60e3}, {"s", 1 / 60.0}, {"min", 1}, {"h", 60}};
    const toil_yaml_node *value;
    const char *text;
    enum toil_status status = compile_setting(compiler, node, &value);
    if (status == TOIL_OK)
        status = toil_yaml_read_text(value, "unit", &text, compiler->err);
    if (status != TOIL_OK)
        return status;
    enum toil_type type = field < TOIL_N_FIELDS ? toil_fields[field].type : TOIL_TYPE_TEXT;
    if (type == TOIL_TYPE_MINUTES) {
        for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
            if (strcmp(text, durations[i].name) == 0)
                source->minutes_per_unit = durations[i].minutes;
        }
        return source->minutes_per_unit > 0
                   ? TOIL_OK
                   : toil_yaml_error(value, compiler->err,
                                     "unit: expected one of ns, us, ms, s, min, h for a duration");
    }
    if (type != TOIL_TYPE_TIME && type != TOIL_TYPE_VERSION)
        return toil_yaml_error(value, compiler->err, "unit: only times, versions and manual_minutes have one");
    source->unit = toil_time_unit_find(toil_span_of(text));
    return source->unit != TOIL_UNIT_NONE
               ? TOIL_OK
               : toil_yaml_error(value, compiler->err, "unit: expected one of s, ms, us, ns for a time");
}

static enum toil_status compile_zone(struct compiler *compiler, const toil_yaml_node *node, struct source *source)
{
    const toil_yaml_node *value;
    const char *name;
    struct toil_mapping *mapping = compiler->mapping;
    enum toil_status status = compile_setting(compiler, node, &value);
    if (status == TOIL_OK)
        status = toil_yaml_read_text(value, "zone", &name, compiler->err);
    if (status != TOIL_OK)
        return status;
    for (size_t i = 0; i < mapping->zone_count; i++) {
        if (strcmp(toil_zone_name(mapping->zone[i]), name) == 0) {
            source->zone = mapping->zone[i];
            return TOIL_OK;
        }
    }
    struct toil_error reason;
    if (toil_zone_new(name, &source->zone, &reason) != TOIL_OK)
        return toil_yaml_error(value, compiler->err, "zone: %s", reason.message);
    mapping->zone = toil_xreallocarray(mapping->zone, mapping->zone_count + 1, sizeof(struct toil_zone *));
    mapping->zone[mapping->zone_count++] = source->zone;
    return TOIL_OK;
}

/* scale: [1, 5] makes 0 of 1 and 1 of 5. */
static enum toil_status compile_scale(struct compiler *compiler, const toil_yaml_node *node, struct source *source)
{
    const toil_yaml_node *value;
    enum toil_status status = compile_setting(compiler, node, &value);
    if (status != TOIL_OK)
        return status;
    if (!toil_yaml_is_list(value) || toil_yaml_count(value) != 2)
        return toil_yaml_error(value, compiler->err, "scale: expected the values that become 0 and 1, as in [1, 5]");
    status = toil_yaml_read_double(toil_yaml_item(value, 0), "scale", -1e12, 1e12, &source->scale_from, compiler->err);
    if (status == TOIL_OK)
        status =
            toil_yaml_read_double(toil_yaml_item(value, 1), "scale", -1e12, 1e12, &source->scale_to, compiler->err);
    if (status == TOIL_OK && !(fabs(source->scale_to - source->scale_from) > 0))
        status = toil_yaml_error(value, compiler->err, "scale: expected two different values");
    source->has_scale = true;
    return status;
}

/* "/a + /b" of a join, "/a, /b" of a list: for people. */
static const char *joined_text(struct compiler *compiler, const struct source *source)
{
    struct toil_buf text = TOIL_BUF_INIT;
    for (size_t i = 0; i < source->part_count; i++)
        toil_buf_printf(&text, "%s%s",
                        i == 0                      ? ""
                        : source->op == SOURCE_JOIN ? " + "
                                                    : ", ",
                        source->part[i]->text ? source->part[i]->text : "...");
    const char *kept = program_text(compiler->mapping, text.data);
    toil_buf_release(&text);
    return kept;
}

static enum toil_status compile_parts(struct compiler *compiler, const toil_yaml_node *list, const char *key,
                                      unsigned field, struct source *source)
{
    const toil_yaml_node *parts;
    enum toil_status status = compile_setting(compiler, list, &parts);
    if (status != TOIL_OK)
        return status;
    size_t count = toil_yaml_count(parts);
    if (!toil_yaml_is_list(parts) || count == 0 || count > PARTS_MAX)
        return toil_yaml_error(parts, compiler->err, "%s: expected a list of 1 to %d sources", key, PARTS_MAX);
    for (size_t i = 0; status == TOIL_OK && i < count; i++)
        status = compile_source(compiler, toil_yaml_item(parts, i), field, &source->part[i]);
    source->part_count = count;
    if (status == TOIL_OK && source->op != SOURCE_FIRST_OF)
        source->text = joined_text(compiler, source);
    return status;
}

static enum toil_status compile_origin(struct compiler *compiler, const toil_yaml_node *map, unsigned field,
                                       struct source *source)
{
    static const char *const origins[] = {"from", "first_of", "join", "list", "literal", NULL};
    static const enum source_op ops[] = {SOURCE_FIRST_OF, SOURCE_FIRST_OF, SOURCE_JOIN, SOURCE_LIST, SOURCE_LITERAL};
    int found = -1;
    for (int i = 0; origins[i]; i++) {
        if (!toil_yaml_get(map, origins[i]))
            continue;
        if (found >= 0)
            return toil_yaml_error(map, compiler->err,
                                   "a source has one of from, first_of, join, list and literal; here are %s and %s",
                                   origins[found], origins[i]);
        found = i;
    }
    if (found < 0)
        return toil_yaml_error(map, compiler->err, "a source needs one of from, first_of, join, list and literal");
    const toil_yaml_node *node = toil_yaml_get(map, origins[found]);
    source->op = ops[found];
    if (found == 0) { /* one part: what is done to it stands on the outside */
        source->part_count = 1;
        return compile_source(compiler, node, field, &source->part[0]);
    }
    if (found < 4)
        return compile_parts(compiler, node, origins[found], field, source);
    const char *text;
    enum toil_status status = toil_yaml_read_text(node, "literal", &text, compiler->err);
    if (status == TOIL_OK) {
        source->text = program_text(compiler->mapping, text);
        source->literal = text_value(source->text);
    }
    return status;
}

static enum toil_status compile_steps(struct compiler *compiler, const toil_yaml_node *map, unsigned field,
                                      struct source *source)
{
    const toil_yaml_node *node;
    enum toil_status status = TOIL_OK;
    const char *text = NULL;
    if ((node = toil_yaml_get(map, "with")))
        status = toil_yaml_read_text(node, "with", &text, compiler->err);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "when")))
        status = compile_when(compiler, node, &source->when, &source->when_count);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "plus")))
        status = toil_yaml_read_int(node, "plus", -1000000, 1000000, &source->plus, compiler->err);
    source->with = toil_span_of(text ? program_text(compiler->mapping, text) : "/");
    if (status == TOIL_OK && (node = toil_yaml_get(map, "optional")))
        status = toil_yaml_read_bool(node, "optional", &source->optional, compiler->err);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "bytes")))
        status = toil_yaml_read_bool(node, "bytes", &source->bytes, compiler->err);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "absent")))
        status = compile_patterns(compiler, node, "absent", &source->absent, &source->absent_count);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "pattern")))
        status = compile_pattern_of_source(compiler, node, source);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "map")))
        status = compile_map(compiler, node, field, source);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "otherwise"))) {
        source->has_otherwise = true;
        status = source->map_count > 0 ? compile_target(compiler, node, field, &source->otherwise)
                                       : toil_yaml_error(node, compiler->err, "otherwise: goes with `map`");
    }
    if (status == TOIL_OK && (node = toil_yaml_get(map, "split"))) {
        status = toil_yaml_read_text(node, "split", &text, compiler->err);
        if (status == TOIL_OK && *text == '\0')
            status = toil_yaml_error(node, compiler->err, "split: expected what stands between the parts");
        if (status == TOIL_OK)
            source->split = toil_span_of(program_text(compiler->mapping, text));
    }
    if (status == TOIL_OK && (node = toil_yaml_get(map, "scale")))
        status = compile_scale(compiler, node, source);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "unit")))
        status = compile_unit(compiler, node, field, source);
    if (status == TOIL_OK && (node = toil_yaml_get(map, "zone")))
        status = compile_zone(compiler, node, source);
    return status;
}

static enum toil_status compile_node(struct compiler *compiler, const toil_yaml_node *node, unsigned field,
                                     const struct source **out)
{
    enum toil_status status;
    const char *text = toil_yaml_text(node);
    if (toil_yaml_is_null(node))
        return toil_yaml_error(
            node, compiler->err,
            "expected a source: a pointer such as /a/b, $header.NAME, $kafka.key, a literal or a map");
    if (text) {
        struct source *source = new_source(compiler, SOURCE_LITERAL, text);
        *out = source;
        return compile_scalar(compiler, node, text, source);
    }
    if (toil_yaml_is_list(node)) {
        struct source *source = new_source(compiler, SOURCE_FIRST_OF, NULL);
        *out = source;
        return compile_parts(compiler, node, "first_of", field, source);
    }
    status = mapping_only_keys(node, MAPPING_SOURCE, compiler->err);
    if (status != TOIL_OK)
        return status;
    struct source *source = new_source(compiler, SOURCE_LITERAL, NULL);
    *out = source;
    status = compile_origin(compiler, node, field, source);
    return status == TOIL_OK ? compile_steps(compiler, node, field, source) : status;
}

enum toil_status compile_source(struct compiler *compiler, const toil_yaml_node *node, unsigned field,
                                const struct source **out)
{
    const toil_yaml_node *value;
    enum toil_status status = compile_setting(compiler, node, &value);
    if (status != TOIL_OK)
        return status;
    if (compiler->nesting == NESTING_MAX)
        return toil_yaml_error(value, compiler->err, "expected sources nested at most %d deep", NESTING_MAX);
    compiler->nesting++;
    status = compile_node(compiler, value, field, out);
    compiler->nesting--;
    return status;
}
