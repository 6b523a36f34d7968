/* A program's memory, and what every part of the compiler needs of it. */
#include "mapping/program.h"

#include <stdlib.h>
#include <string.h>

void *program_alloc(struct toil_mapping *mapping, size_t count, size_t size)
{
    void *memory = toil_xcalloc(count ? count : 1, size);
    mapping->owned = toil_xreallocarray(mapping->owned, mapping->owned_count + 1, sizeof *mapping->owned);
    mapping->owned[mapping->owned_count++] = memory;
    return memory;
}

char *program_text(struct toil_mapping *mapping, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = program_alloc(mapping, size, 1);
    memcpy(copy, text, size);
    return copy;
}

enum toil_status program_pattern(struct compiler *compiler, const toil_yaml_node *node, const char *key,
                                 struct toil_pattern **out)
{
    const toil_yaml_node *value;
    const char *text = NULL;
    struct toil_error reason;
    struct toil_mapping *mapping = compiler->mapping;
    enum toil_status status = compile_setting(compiler, node, &value);
    if (status == TOIL_OK)
        status = toil_yaml_read_text(value, key, &text, compiler->err);
    if (status != TOIL_OK)
        return status;
    if (toil_pattern_new(text, out, &reason) != TOIL_OK)
        return toil_yaml_error(value, compiler->err, "%s: %s", key, reason.message);
    mapping->pattern = toil_xreallocarray(mapping->pattern, mapping->pattern_count + 1, sizeof(struct toil_pattern *));
    mapping->pattern[mapping->pattern_count++] = *out;
    return TOIL_OK;
}

enum toil_status compile_setting(struct compiler *compiler, const toil_yaml_node *node, const toil_yaml_node **out)
{
    static const char prefix[] = "$setting.";
    const char *text = toil_yaml_text(node);
    *out = node;
    if (!text || strncmp(text, prefix, sizeof prefix - 1) != 0)
        return TOIL_OK;
    const char *name = text + sizeof prefix - 1;
    const toil_yaml_node *declared =
        toil_yaml_is_map(compiler->settings) ? toil_yaml_get(compiler->settings, name) : NULL;
    if (!declared)
        return toil_yaml_error(node, compiler->err, "%.100s: no such name among the mapping's `settings`", text);
    *out = toil_yaml_is_map(compiler->values) ? toil_yaml_get(compiler->values, name) : NULL;
    if (!*out)
        *out = toil_yaml_get(declared, "default");
    const char *again = toil_yaml_text(*out);
    if (again && strncmp(again, prefix, sizeof prefix - 1) == 0)
        return toil_yaml_error(*out, compiler->err, "settings: a value cannot be another setting");
    return TOIL_OK;
}

const char *toil_mapping_digest(const struct toil_mapping *mapping)
{
    return mapping->digest;
}

void toil_mapping_free(struct toil_mapping *mapping)
{
    if (!mapping)
        return;
    for (size_t i = 0; i < mapping->pattern_count; i++)
        toil_pattern_free(mapping->pattern[i]);
    for (size_t i = 0; i < mapping->zone_count; i++)
        toil_zone_free(mapping->zone[i]);
    for (size_t i = 0; i < mapping->owned_count; i++)
        free(mapping->owned[i]);
    free(mapping->pattern);
    free(mapping->zone);
    free(mapping->owned);
    free(mapping->path);
    free(mapping->name);
    free(mapping);
}
