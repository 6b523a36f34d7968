/* Conditions: `when` in YAML to `struct alternative`. */
#include <string.h>

#include "mapping/keys.h"
#include "mapping/program.h"

static enum toil_status compile_any_of(struct compiler *compiler, const toil_yaml_node *node,
                                       struct condition *condition)
{
    bool list = toil_yaml_is_list(node);
    size_t count = list ? toil_yaml_count(node) : 1;
    if (count == 0)
        return toil_yaml_error(node, compiler->err, "when: expected at least one value");
    condition->how = TEST_ANY_OF;
    condition->pattern = program_alloc(compiler->mapping, count, sizeof(struct toil_pattern *));
    condition->pattern_count = count;
    for (size_t i = 0; i < count; i++) {
        enum toil_status status =
            program_pattern(compiler, list ? toil_yaml_item(node, i) : node, "when", &condition->pattern[i]);
        if (status != TOIL_OK)
            return status;
    }
    return TOIL_OK;
}

static enum toil_status compile_test(struct compiler *compiler, const toil_yaml_node *map, struct condition *condition)
{
    enum toil_status status = mapping_only_keys(map, MAPPING_WHEN, compiler->err);
    if (status != TOIL_OK)
        return status;
    if (toil_yaml_count(map) != 1)
        return toil_yaml_error(map, compiler->err, "when: expected one of present, not, above and below");
    const char *test = toil_yaml_key(map, 0);
    const toil_yaml_node *value = toil_yaml_value(map, 0);
    if (strcmp(test, "present") == 0) {
        bool present = false;
        status = toil_yaml_read_bool(value, "present", &present, compiler->err);
        condition->how = present ? TEST_PRESENT : TEST_ABSENT;
        return status;
    }
    if (strcmp(test, "not") == 0) {
        condition->negate = true;
        return compile_any_of(compiler, value, condition);
    }
    condition->how = strcmp(test, "above") == 0 ? TEST_ABOVE : TEST_BELOW;
    return toil_yaml_read_double(value, test, -1e15, 1e15, &condition->number, compiler->err);
}

static enum toil_status compile_condition(struct compiler *compiler, const toil_yaml_node *map, size_t index,
                                          struct condition *condition)
{
    const toil_yaml_node *test;
    const char *key = toil_yaml_key(map, index);
    if (!is_pointer(key) && key[0] != '$')
        return toil_yaml_error(toil_yaml_key_node(map, index), compiler->err,
                               "when: expected a pointer such as /type, or $header.NAME, before the colon");
    enum toil_status status =
        compile_source(compiler, toil_yaml_key_node(map, index), TOIL_N_FIELDS, &condition->source);
    if (status == TOIL_OK)
        status = compile_setting(compiler, toil_yaml_value(map, index), &test);
    if (status != TOIL_OK)
        return status;
    if (toil_yaml_is_map(test))
        return compile_test(compiler, test, condition);
    return compile_any_of(compiler, test, condition);
}

static enum toil_status compile_alternative(struct compiler *compiler, const toil_yaml_node *map,
                                            struct alternative *alternative)
{
    if (!toil_yaml_is_map(map) || toil_yaml_count(map) == 0)
        return toil_yaml_error(map, compiler->err, "when: expected pairs such as /type: incident");
    alternative->count = toil_yaml_count(map);
    alternative->condition = program_alloc(compiler->mapping, alternative->count, sizeof *alternative->condition);
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && i < alternative->count; i++)
        status = compile_condition(compiler, map, i, &alternative->condition[i]);
    return status;
}

enum toil_status compile_when(struct compiler *compiler, const toil_yaml_node *node, const struct alternative **out,
                              size_t *out_count)
{
    const toil_yaml_node *when;
    enum toil_status status = compile_setting(compiler, node, &when);
    if (status != TOIL_OK)
        return status;
    bool list = toil_yaml_is_list(when);
    size_t count = list ? toil_yaml_count(when) : 1;
    if (count == 0)
        return toil_yaml_error(when, compiler->err, "when: expected at least one condition");
    struct alternative *alternative = program_alloc(compiler->mapping, count, sizeof *alternative);
    for (size_t i = 0; status == TOIL_OK && i < count; i++)
        status = compile_alternative(compiler, list ? toil_yaml_item(when, i) : when, &alternative[i]);
    *out = alternative;
    *out_count = count;
    return status;
}
