/* The code behind choice.h. */
#include "sample/choice.h"

#include <string.h>

/* NAME=VALUE... as a YAML map: a value may be a pointer, a literal, or YAML in its flow form. */
static enum toil_status settings_of(const struct toil_option_list *set, struct toil_yaml **out, struct toil_error *err)
{
    struct toil_buf text = TOIL_BUF_INIT;
    enum toil_status status = TOIL_OK;
    *out = NULL;
    for (size_t i = 0; i < set->count && status == TOIL_OK; i++) {
        const char *equals = strchr(set->item[i], '=');
        if (!equals || equals == set->item[i]) {
            status = toil_error_set(err, TOIL_BAD_INPUT, "--set: expected NAME=VALUE, found \"%.64s\"", set->item[i]);
            break;
        }
        bool flow = equals[1] == '{' || equals[1] == '[';
        toil_buf_add_json_string(&text, (struct toil_span){set->item[i], (size_t)(equals - set->item[i])});
        toil_buf_add_text(&text, ": ");
        if (flow)
            toil_buf_add_text(&text, equals + 1);
        else
            toil_buf_add_json_string(&text, toil_span_of(equals + 1));
        toil_buf_add_char(&text, '\n');
    }
    if (status == TOIL_OK && text.len > 0)
        status = toil_yaml_load_text("--set", (struct toil_span){text.data, text.len}, out, err);
    toil_buf_release(&text);
    return status;
}

static enum toil_status choose_topic(const char *file, const toil_yaml_node *list, const char *topic,
                                     struct toil_topic *out, struct toil_error *err)
{
    for (size_t i = 0; toil_yaml_is_list(list) && i < toil_yaml_count(list); i++) {
        const toil_yaml_node *item = toil_yaml_item(list, i);
        const toil_yaml_node *name = toil_yaml_is_map(item) ? toil_yaml_get(item, "topic") : NULL;
        if (!name || !toil_yaml_text(name) || strcmp(toil_yaml_text(name), topic) != 0)
            continue;
        const toil_yaml_node *value[TOIL_TOPIC_KEYS];
        for (int key = 0; key < TOIL_TOPIC_KEYS; key++)
            value[key] = toil_yaml_get(item, toil_topic_keys[key].key);
        return toil_topic_read(file, value, out, err);
    }
    return toil_error_set(err, TOIL_BAD_INPUT, "%s: `topics` has no topic \"%.100s\"", file, topic);
}

enum toil_status toil_choose(const struct toil_choice *choice, struct toil_topic *out, struct toil_error *err)
{
    struct toil_yaml *yaml = NULL;
    *out = (struct toil_topic){.kind = TOIL_KIND_NONE};
    if ((choice->preset != NULL) + (choice->mapping != NULL) + (choice->topic != NULL) > 1)
        return toil_error_set(err, TOIL_BAD_INPUT, "expected one of --preset, --mapping and --topic");
    if (choice->topic && !choice->config)
        return toil_error_set(err, TOIL_BAD_INPUT, "--topic needs --config, the daemon's configuration");
    if (choice->set.count > 0 && !choice->preset && !choice->mapping)
        return toil_error_set(err, TOIL_BAD_INPUT, "--set goes with --preset or --mapping");
    enum toil_status status =
        choice->topic ? toil_yaml_load_file(choice->config, &yaml, err) : settings_of(&choice->set, &yaml, err);
    const toil_yaml_node *root = yaml ? toil_yaml_root(yaml) : NULL;
    if (status == TOIL_OK && choice->topic)
        status = choose_topic(choice->config, toil_yaml_is_map(root) ? toil_yaml_get(root, "topics") : NULL,
                              choice->topic, out, err);
    else if (status == TOIL_OK && choice->preset)
        status = toil_mapping_load_preset(choice->preset, root, &out->mapping, err);
    else if (status == TOIL_OK && choice->mapping)
        status = toil_mapping_load(choice->mapping, root, &out->mapping, err);
    toil_yaml_free(yaml);
    return status;
}
