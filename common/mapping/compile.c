/* A mapping's YAML to its program: settings, framing, `each`, rules. */
#include <string.h>

#include "mapping/keys.h"
#include "mapping/program.h"

/* ---- settings ---- */

static enum toil_status check_settings(struct compiler *compiler)
{
    const toil_yaml_node *settings = compiler->settings, *values = compiler->values;
    const char *known[64] = {NULL};
    if (settings && !toil_yaml_is_map(settings))
        return toil_yaml_error(settings, compiler->err,
                               "settings: expected names with a default and what they are about");
    for (size_t i = 0; settings && i < toil_yaml_count(settings); i++) {
        enum toil_status status = mapping_only_keys(toil_yaml_value(settings, i), MAPPING_SETTING, compiler->err);
        if (status != TOIL_OK)
            return status;
        if (!toil_yaml_get(toil_yaml_value(settings, i), "default"))
            return toil_yaml_error(toil_yaml_value(settings, i), compiler->err, "settings: %s has no default",
                                   toil_yaml_key(settings, i));
        if (i + 1 < sizeof known / sizeof known[0])
            known[i] = toil_yaml_key(settings, i);
    }
    if (!values || toil_yaml_is_null(values))
        return TOIL_OK;
    return toil_yaml_only_keys(values, "settings", known, compiler->err);
}

/* ---- framing and each ---- */

static enum toil_status new_level(struct compiler *compiler, const toil_yaml_node *node, enum level_how how,
                                  const char *text, struct level **out)
{
    struct toil_mapping *mapping = compiler->mapping;
    if (mapping->level_count == LEVELS_MAX)
        return toil_yaml_error(node, compiler->err, "expected at most %d steps of `decode` and `each`", LEVELS_MAX - 1);
    struct level *level = &mapping->level[mapping->level_count];
    *level = (struct level){.how = how, .text = text ? program_text(mapping, text) : ""};
    mapping->path = toil_xreallocarray(mapping->path, mapping->path_count + 1, sizeof *mapping->path);
    mapping->path[mapping->path_count] = (struct path){.index = -1, .child = -1, .next = -1, .slot = -1};
    level->root = (int)mapping->path_count++;
    *out = level;
    return TOIL_OK;
}

/* A level whose document is found by a pointer into the one above. */
static enum toil_status add_level(struct compiler *compiler, const toil_yaml_node *node, enum level_how how,
                                  const char *key)
{
    struct toil_mapping *mapping = compiler->mapping;
    bool list = how == LEVEL_TEXT && toil_yaml_is_list(node);
    size_t count = list ? toil_yaml_count(node) : 1;
    struct level *level = NULL;
    const char *text = NULL;
    enum toil_status status = TOIL_OK;
    if (mapping->level[mapping->level_count - 1].how == LEVEL_TEXT)
        return toil_yaml_error(node, compiler->err, "%s: nothing can come after text", key);
    if (count == 0 || count > PARTS_MAX)
        return toil_yaml_error(node, compiler->err, "%s: expected 1 to %d pointers", key, PARTS_MAX);
    int slots[PARTS_MAX] = {0};
    for (size_t i = 0; status == TOIL_OK && i < count; i++) {
        const toil_yaml_node *item;
        int at;
        status = compile_setting(compiler, list ? toil_yaml_item(node, i) : node, &item);
        if (status == TOIL_OK)
            status = toil_yaml_read_text(item, key, &text, compiler->err);
        if (status == TOIL_OK && text[0] != '/')
            status = toil_yaml_error(item, compiler->err, "%s: expected a pointer such as /payload", key);
        if (status == TOIL_OK)
            status = compile_pointer(compiler, item, text, mapping->level_count - 1, &at, &slots[i]);
    }
    if (status == TOIL_OK)
        status = new_level(compiler, node, how, text, &level);
    if (status != TOIL_OK || !level)
        return status;
    memcpy(level->slot, slots, count * sizeof slots[0]);
    level->slot_count = count;
    mapping->level_count++;
    return TOIL_OK;
}

static enum toil_status compile_word(struct compiler *compiler, const toil_yaml_node *node, const char *word,
                                     size_t index)
{
    struct toil_mapping *mapping = compiler->mapping;
    struct level *level;
    if (strcmp(word, "schema_registry") == 0) {
        if (index > 0)
            return toil_yaml_error(node, compiler->err,
                                   "decode: schema_registry comes first: it stands before the message");
        mapping->schema_registry = true;
        return TOIL_OK;
    }
    if (strcmp(word, "payload") == 0)
        return toil_yaml_error(node, compiler->err, "decode: write {under: /payload}");
    if (strcmp(word, "text") != 0)
        return toil_yaml_error(node, compiler->err,
                               "decode: expected schema_registry, text, {under: POINTER}, {json: POINTER}, {base64: "
                               "POINTER} or {text: [POINTER, ...]}");
    enum toil_status status = new_level(compiler, node, LEVEL_TEXT, NULL, &level);
    mapping->level_count += status == TOIL_OK;
    mapping->may_be_text = true;
    return status;
}

static enum toil_status compile_decode_step(struct compiler *compiler, const toil_yaml_node *node, size_t index)
{
    static const struct {
        const char *key;
        enum level_how how;
    } steps[] = {{"under", LEVEL_UNDER}, {"json", LEVEL_JSON}, {"base64", LEVEL_BASE64}, {"text", LEVEL_TEXT}};
    if (toil_yaml_is_scalar(node) && !toil_yaml_is_null(node))
        return compile_word(compiler, node, toil_yaml_text(node), index);
    enum toil_status status = mapping_only_keys(node, MAPPING_DECODE, compiler->err);
    if (status != TOIL_OK)
        return status;
    if (toil_yaml_count(node) != 1)
        return toil_yaml_error(node, compiler->err, "decode: expected one step an item");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strcmp(toil_yaml_key(node, 0), steps[i].key) != 0)
            continue;
        compiler->mapping->may_be_text |= steps[i].how == LEVEL_TEXT && compiler->mapping->level_count == 1;
        return add_level(compiler, toil_yaml_value(node, 0), steps[i].how, steps[i].key);
    }
    return TOIL_FATAL;
}

static enum toil_status compile_decode(struct compiler *compiler, const toil_yaml_node *decode)
{
    enum toil_status status = TOIL_OK;
    if (decode && !toil_yaml_is_list(decode))
        return toil_yaml_error(decode, compiler->err, "decode: expected a list of steps");
    for (size_t i = 0; status == TOIL_OK && decode && i < toil_yaml_count(decode); i++)
        status = compile_decode_step(compiler, toil_yaml_item(decode, i), i);
    return status;
}

static enum toil_status compile_each(struct compiler *compiler, const toil_yaml_node *each)
{
    enum toil_status status = TOIL_OK;
    compiler->mapping->each_at = compiler->mapping->level_count;
    bool list = toil_yaml_is_list(each);
    for (size_t i = 0; status == TOIL_OK && each && i < (list ? toil_yaml_count(each) : 1); i++)
        status = add_level(compiler, list ? toil_yaml_item(each, i) : each, LEVEL_EACH, "each");
    return status;
}

/* ---- rules ---- */

static enum toil_status compile_kind(struct compiler *compiler, const toil_yaml_node *node, struct rule *rule)
{
    const toil_yaml_node *value;
    enum toil_status status = compile_setting(compiler, node, &value);
    if (status != TOIL_OK)
        return status;
    const char *text = toil_yaml_text(value);
    rule->kind = text ? toil_kind_find(toil_span_of(text)) : TOIL_KIND_NONE;
    if (rule->kind == TOIL_KIND_NONE && text && strcmp(text, "none") == 0) {
        rule->skip = "made nothing of by its setting";
        return TOIL_OK;
    }
    if (rule->kind != TOIL_KIND_NONE)
        return TOIL_OK;
    struct toil_buf list = TOIL_BUF_INIT;
    toil_kinds_list(&list);
    toil_yaml_error(value, compiler->err, "kind: expected one of %s, or none", list.data);
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}

static enum toil_status compile_field(struct compiler *compiler, const toil_yaml_node *fields, size_t index,
                                      bool any_kind, struct rule *rule)
{
    const char *names[TOIL_N_FIELDS + 1] = {NULL};
    const toil_yaml_node *key = toil_yaml_key_node(fields, index);
    const char *name = toil_yaml_key(fields, index);
    enum toil_field field = toil_field_find(toil_span_of(name));
    if (field == TOIL_N_FIELDS) {
        for (unsigned f = 0; f < TOIL_N_FIELDS; f++)
            names[f] = toil_fields[f].name;
        const char *near = toil_nearest(name, names);
        return toil_yaml_error(key, compiler->err, "fields: no event has \"%.100s\"%s%s%s", name,
                               near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    bool has = rule->kind == TOIL_KIND_NONE || (toil_fields[field].kinds >> rule->kind & 1u);
    if (!has && !any_kind)
        return toil_yaml_error(key, compiler->err, "fields: %s has no %s", toil_kinds[rule->kind].name, name);
    const struct source *source = NULL;
    enum toil_status status = toil_yaml_is_null(toil_yaml_value(fields, index))
                                  ? TOIL_OK
                                  : compile_source(compiler, toil_yaml_value(fields, index), field, &source);
    if (status == TOIL_OK && has)
        rule->field[field] = source;
    return status;
}

/* What the kind must have must have a source: a fact's end may stand alone, a state's version follows from its times.
 */
static enum toil_status check_required(struct compiler *compiler, const toil_yaml_node *node, const struct rule *rule)
{
    bool fact = toil_kinds[rule->kind].shape == TOIL_SHAPE_FACT;
    bool ending = fact && !rule->field[TOIL_FIELD_AT] && rule->field[TOIL_FIELD_ENDED_AT];
    bool dated = rule->field[TOIL_FIELD_AT] || rule->field[TOIL_FIELD_UPDATED_AT];
    for (unsigned f = 0; f < TOIL_N_FIELDS; f++) {
        if (!(rule->required >> f & 1u) || rule->field[f] || (ending && f != TOIL_FIELD_ID) ||
            (f == TOIL_FIELD_VERSION && dated))
            continue;
        return toil_yaml_error(node, compiler->err, "fields: %s is missing; %s needs it: %s", toil_fields[f].name,
                               toil_kinds[rule->kind].name, toil_fields[f].doc);
    }
    return TOIL_OK;
}

static enum toil_status compile_extra(struct compiler *compiler, const toil_yaml_node *extra, struct rule *rule)
{
    if (!toil_yaml_is_map(extra) || toil_yaml_count(extra) > EXTRA_MAX)
        return toil_yaml_error(extra, compiler->err, "extra: expected at most %d names with their sources", EXTRA_MAX);
    rule->extra_count = toil_yaml_count(extra);
    rule->extra = program_alloc(compiler->mapping, rule->extra_count, sizeof *rule->extra);
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < rule->extra_count; i++) {
        rule->extra[i].name = program_text(compiler->mapping, toil_yaml_key(extra, i));
        status = compile_source(compiler, toil_yaml_value(extra, i), TOIL_N_FIELDS, &rule->extra[i].source);
    }
    return status;
}

static enum toil_status compile_rule_pattern(struct compiler *compiler, const toil_yaml_node *node, struct rule *rule)
{
    enum toil_status status = mapping_only_keys(node, MAPPING_PATTERN, compiler->err);
    if (status != TOIL_OK)
        return status;
    if (!toil_yaml_get(node, "of") || !toil_yaml_get(node, "match"))
        return toil_yaml_error(node, compiler->err, "pattern: expected {of: SOURCE, match: \"~...\"}");
    status = compile_source(compiler, toil_yaml_get(node, "of"), TOIL_N_FIELDS, &rule->pattern_of);
    return status == TOIL_OK ? program_pattern(compiler, toil_yaml_get(node, "match"), "match", &rule->pattern)
                             : status;
}

static enum toil_status compile_skip(struct compiler *compiler, const toil_yaml_node *node, const toil_yaml_node *skip,
                                     struct rule *rule)
{
    const char *text;
    if (toil_yaml_get(node, "kind") || toil_yaml_get(node, "fields"))
        return toil_yaml_error(skip, compiler->err, "skip: such a rule makes no event: leave kind and fields out");
    enum toil_status status = toil_yaml_read_text(skip, "skip", &text, compiler->err);
    if (status == TOIL_OK)
        rule->skip = program_text(compiler->mapping, text);
    return status;
}

static enum toil_status compile_event(struct compiler *compiler, const toil_yaml_node *node, struct rule *rule)
{
    const toil_yaml_node *fields = toil_yaml_get(node, "fields"), *kind = toil_yaml_get(node, "kind");
    if (!kind)
        return toil_yaml_error(node, compiler->err,
                               "rules: an item needs a kind, or a skip that says why it makes no event");
    enum toil_status status = compile_kind(compiler, kind, rule);
    if (status == TOIL_OK && !toil_yaml_is_map(fields))
        status = toil_yaml_error(fields ? fields : node, compiler->err, "fields: expected fields with their sources");
    if (status != TOIL_OK)
        return status;
    for (unsigned f = 0; rule->kind != TOIL_KIND_NONE && f < TOIL_N_FIELDS; f++)
        rule->required |= (toil_fields[f].required >> rule->kind & 1u) << f;
    const char *text = toil_yaml_text(kind);
    bool any_kind = text && text[0] == '$'; /* fields that another kind has may stand there, too */
    for (size_t i = 0; status == TOIL_OK && i < toil_yaml_count(fields); i++)
        status = compile_field(compiler, fields, i, any_kind, rule);
    if (status == TOIL_OK && rule->kind != TOIL_KIND_NONE)
        status = check_required(compiler, fields, rule);
    if (status == TOIL_OK && toil_yaml_get(node, "extra"))
        status = compile_extra(compiler, toil_yaml_get(node, "extra"), rule);
    return status;
}

static enum toil_status compile_rule(struct compiler *compiler, const toil_yaml_node *node, struct rule *rule)
{
    const toil_yaml_node *part;
    const char *name = NULL;
    enum toil_status status = TOIL_OK;
    if ((part = toil_yaml_get(node, "name")))
        status = toil_yaml_read_text(part, "name", &name, compiler->err);
    rule->name = name ? program_text(compiler->mapping, name) : NULL;
    if (status == TOIL_OK && (part = toil_yaml_get(node, "when")))
        status = compile_when(compiler, part, &rule->when, &rule->when_count);
    if (status == TOIL_OK && (part = toil_yaml_get(node, "pattern")))
        status = compile_rule_pattern(compiler, part, rule);
    if (status == TOIL_OK && (part = toil_yaml_get(node, "also")))
        status = toil_yaml_read_bool(part, "also", &rule->also, compiler->err);
    if (status != TOIL_OK)
        return status;
    compiler->rule_pattern = rule->pattern;
    if ((part = toil_yaml_get(node, "skip")))
        status = compile_skip(compiler, node, part, rule);
    else
        status = compile_event(compiler, node, rule);
    compiler->rule_pattern = NULL;
    return status;
}

static enum toil_status compile_rules(struct compiler *compiler, const toil_yaml_node *root)
{
    struct toil_mapping *mapping = compiler->mapping;
    const toil_yaml_node *list = toil_yaml_get(root, "rules");
    if (!toil_yaml_is_list(list) || toil_yaml_count(list) == 0)
        return toil_yaml_error(list ? list : root, compiler->err, "rules: expected a list of at least one rule");
    mapping->rule_count = toil_yaml_count(list);
    mapping->rule = program_alloc(mapping, mapping->rule_count, sizeof *mapping->rule);
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < mapping->rule_count; i++) {
        const toil_yaml_node *node = toil_yaml_item(list, i);
        mapping->rule[i].kind = TOIL_KIND_NONE;
        status = mapping_only_keys(node, MAPPING_RULE, compiler->err);
        if (status == TOIL_OK)
            status = compile_rule(compiler, node, &mapping->rule[i]);
    }
    return status;
}

/* ---- the whole ---- */

static enum toil_status read_word(struct compiler *compiler, const toil_yaml_node *node, const char *key,
                                  const char *const *words, int *out)
{
    const toil_yaml_node *value;
    struct toil_buf list = TOIL_BUF_INIT;
    enum toil_status status = compile_setting(compiler, node, &value);
    if (!node || status != TOIL_OK)
        return status;
    const char *text = toil_yaml_text(value);
    for (int i = 0; words[i]; i++) {
        if (text && strcmp(text, words[i]) == 0) {
            toil_buf_release(&list);
            *out = i;
            return TOIL_OK;
        }
        toil_buf_printf(&list, "%s%s", i ? ", " : "", words[i]);
    }
    toil_yaml_error(value, compiler->err, "%s: expected one of %s", key, list.data);
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}

static enum toil_status compile(struct compiler *compiler, const toil_yaml_node *root)
{
    static const char *const no_value[] = {"quarantine", "skip", "empty", NULL};
    static const char *const otherwise[] = {"skip", "quarantine", NULL};
    struct toil_mapping *mapping = compiler->mapping;
    struct level *message;
    int word = 0;
    enum toil_status status = mapping_only_keys(root, MAPPING_TOP, compiler->err);
    compiler->settings = toil_yaml_get(root, "settings");
    if (status == TOIL_OK)
        status = check_settings(compiler);
    if (status == TOIL_OK)
        status = read_word(compiler, toil_yaml_get(root, "no_value"), "no_value", no_value, &word);
    mapping->no_value = (enum no_value)word;
    word = 0;
    if (status == TOIL_OK)
        status = read_word(compiler, toil_yaml_get(root, "otherwise"), "otherwise", otherwise, &word);
    mapping->otherwise_quarantine = word == 1;
    if (status == TOIL_OK)
        status = new_level(compiler, root, LEVEL_MESSAGE, NULL, &message);
    if (status != TOIL_OK)
        return status;
    mapping->level_count = 1;
    status = compile_decode(compiler, toil_yaml_get(root, "decode"));
    if (status == TOIL_OK)
        status = compile_each(compiler, toil_yaml_get(root, "each"));
    return status == TOIL_OK ? compile_rules(compiler, root) : status;
}

static enum toil_status load(struct toil_yaml *yaml, const char *name, const toil_yaml_node *settings,
                             struct toil_mapping **out, struct toil_error *err)
{
    struct toil_mapping *mapping = toil_xcalloc(1, sizeof *mapping);
    struct compiler compiler = {.mapping = mapping, .values = settings, .err = err};
    struct toil_buf text = TOIL_BUF_INIT;
    mapping->name = toil_xstrdup(name);
    toil_yaml_write(toil_yaml_root(yaml), &text);
    toil_sha256_hex((struct toil_span){text.data, text.len}, mapping->digest);
    toil_buf_release(&text);
    enum toil_status status = compile(&compiler, toil_yaml_root(yaml));
    toil_yaml_free(yaml);
    if (status == TOIL_OK) {
        *out = mapping;
    } else {
        toil_mapping_free(mapping);
    }
    return status;
}

enum toil_status toil_mapping_load(const char *path, const toil_yaml_node *settings, struct toil_mapping **out,
                                   struct toil_error *err)
{
    struct toil_yaml *yaml;
    *out = NULL;
    enum toil_status status = toil_yaml_load_file(path, &yaml, err);
    return status == TOIL_OK ? load(yaml, path, settings, out, err) : status;
}

enum toil_status toil_mapping_load_text(const char *name, struct toil_span text, const toil_yaml_node *settings,
                                        struct toil_mapping **out, struct toil_error *err)
{
    struct toil_yaml *yaml;
    *out = NULL;
    enum toil_status status = toil_yaml_load_text(name, text, &yaml, err);
    return status == TOIL_OK ? load(yaml, name, settings, out, err) : status;
}

enum toil_status toil_mapping_load_preset(const char *name, const toil_yaml_node *settings, struct toil_mapping **out,
                                          struct toil_error *err)
{
    struct toil_buf list = TOIL_BUF_INIT;
    *out = NULL;
    for (size_t i = 0; i < toil_preset_count; i++) {
        if (strcmp(toil_presets[i].name, name) == 0) {
            toil_buf_printf(&list, "preset %s", name);
            enum toil_status status =
                toil_mapping_load_text(list.data, toil_span_of(toil_presets[i].text), settings, out, err);
            toil_buf_release(&list);
            return status;
        }
    }
    for (size_t i = 0; i < toil_preset_count; i++)
        toil_buf_printf(&list, "%s%s", i ? ", " : "", toil_presets[i].name);
    toil_error_set(err, TOIL_BAD_INPUT, "preset: \"%.100s\" is none; there are %s", name,
                   list.data ? list.data : "none");
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}
