/* The code behind topic.h. */
#include "toilmeter/topic.h"

#include <stdlib.h>
#include <string.h>

const struct toil_topic_key_info toil_topic_keys[TOIL_TOPIC_KEYS] = {
    [TOIL_TOPIC_NAME] = {"topic", "the topic's name; must be given"},
    [TOIL_TOPIC_KIND] = {"kind", "the kind of all its events; without it each message names its own"},
    [TOIL_TOPIC_TIME_UNIT] = {"time_unit", "s, ms, us or ns: what times count that are numbers since 1970; without it "
                                           "times are texts"},
    [TOIL_TOPIC_PRESET] = {"preset", "a mapping that ships with toilmeter, which reads somebody else's messages"},
    [TOIL_TOPIC_MAPPING] = {"mapping", "a file with a mapping of your own, relative to the folder of this one"},
    [TOIL_TOPIC_SETTINGS] = {"settings", "names and values for the settings of the preset or the mapping"},
};

static enum toil_status read_kind(const toil_yaml_node *node, enum toil_kind *out, struct toil_error *err)
{
    const char *text = toil_yaml_text(node);
    *out = text ? toil_kind_find(toil_span_of(text)) : TOIL_KIND_NONE;
    if (*out != TOIL_KIND_NONE)
        return TOIL_OK;
    struct toil_buf list = TOIL_BUF_INIT;
    toil_kinds_list(&list);
    toil_yaml_error(node, err, "kind: expected one of %s", list.data);
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}

static enum toil_status read_time_unit(const toil_yaml_node *node, enum toil_time_unit *out, struct toil_error *err)
{
    const char *text = toil_yaml_text(node);
    *out = text ? toil_time_unit_find(toil_span_of(text)) : TOIL_UNIT_NONE;
    return *out != TOIL_UNIT_NONE ? TOIL_OK : toil_yaml_error(node, err, "time_unit: expected one of s, ms, us, ns");
}

static char *beside(const char *file, const char *path)
{
    const char *slash = file ? strrchr(file, '/') : NULL;
    if (path[0] == '/' || !slash)
        return toil_xstrdup(path);
    return toil_xasprintf("%.*s/%s", (int)(slash - file), file, path);
}

static enum toil_status load_preset(const toil_yaml_node *preset, const char *name, const toil_yaml_node *settings,
                                    struct toil_mapping **out, struct toil_error *err)
{
    for (size_t i = 0; i < toil_preset_count; i++) {
        if (strcmp(toil_presets[i].name, name) == 0)
            return toil_mapping_load_preset(name, settings, out, err);
    }
    struct toil_error reason; /* which ones there are; the place is here */
    enum toil_status status = toil_mapping_load_preset(name, settings, out, &reason);
    toil_yaml_error(preset, err, "%s", reason.message);
    return status;
}

static enum toil_status load_mapping(const char *file, const toil_yaml_node *const value[TOIL_TOPIC_KEYS],
                                     struct toil_mapping **out, struct toil_error *err)
{
    const toil_yaml_node *preset = value[TOIL_TOPIC_PRESET], *mapping = value[TOIL_TOPIC_MAPPING];
    const char *text;
    if (preset && mapping)
        return toil_yaml_error(mapping, err, "mapping: the topic has a preset already");
    for (int key = TOIL_TOPIC_KIND; key <= TOIL_TOPIC_TIME_UNIT; key++) {
        if (value[key])
            return toil_yaml_error(value[key], err, "%s: the topic's mapping names kinds and units",
                                   toil_topic_keys[key].key);
    }
    enum toil_status status = toil_yaml_read_text(preset ? preset : mapping, preset ? "preset" : "mapping", &text, err);
    if (status != TOIL_OK)
        return status;
    if (preset)
        return load_preset(preset, text, value[TOIL_TOPIC_SETTINGS], out, err);
    char *path = beside(file, text);
    status = toil_mapping_load(path, value[TOIL_TOPIC_SETTINGS], out, err);
    free(path);
    return status;
}

static char *mapped_by(const toil_yaml_node *const value[TOIL_TOPIC_KEYS])
{
    struct toil_buf text = TOIL_BUF_INIT;
    enum toil_topic_key key = value[TOIL_TOPIC_PRESET] ? TOIL_TOPIC_PRESET : TOIL_TOPIC_MAPPING;
    toil_buf_printf(&text, "%s: ", toil_topic_keys[key].key);
    toil_yaml_write(value[key], &text);
    if (value[TOIL_TOPIC_SETTINGS]) {
        toil_buf_add_text(&text, ", settings: ");
        toil_yaml_write(value[TOIL_TOPIC_SETTINGS], &text);
    }
    return toil_buf_take(&text);
}

static enum toil_status read_values(const char *file, const toil_yaml_node *const value[TOIL_TOPIC_KEYS],
                                    struct toil_topic *out, struct toil_error *err)
{
    if (value[TOIL_TOPIC_PRESET] || value[TOIL_TOPIC_MAPPING]) {
        enum toil_status status = load_mapping(file, value, &out->mapping, err);
        if (status == TOIL_OK)
            out->mapped_by = mapped_by(value);
        return status;
    }
    if (value[TOIL_TOPIC_SETTINGS])
        return toil_yaml_error(value[TOIL_TOPIC_SETTINGS], err, "settings: go with a preset or a mapping");
    enum toil_status status = TOIL_OK;
    if (value[TOIL_TOPIC_KIND])
        status = read_kind(value[TOIL_TOPIC_KIND], &out->kind, err);
    if (status == TOIL_OK && value[TOIL_TOPIC_TIME_UNIT])
        status = read_time_unit(value[TOIL_TOPIC_TIME_UNIT], &out->time_unit, err);
    return status;
}

enum toil_status toil_topic_read(const char *file, const toil_yaml_node *const value[TOIL_TOPIC_KEYS],
                                 struct toil_topic *out, struct toil_error *err)
{
    *out = (struct toil_topic){.kind = TOIL_KIND_NONE, .time_unit = TOIL_UNIT_NONE};
    enum toil_status status = read_values(file, value, out, err);
    if (status != TOIL_OK)
        toil_topic_release(out);
    return status;
}

void toil_topic_release(struct toil_topic *topic)
{
    toil_mapping_free(topic->mapping);
    free(topic->mapped_by);
    topic->mapping = NULL;
    topic->mapped_by = NULL;
}
