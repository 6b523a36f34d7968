/* Reading and checking of the configuration: the code behind config.h. */
#include "toilmeter/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/listen.h"
#include "toilmeter/pattern.h"
#include "toilmeter/people.h"
#include "toilmeter/timestamp.h"
#include "toilmeter/yaml.h"

#define ENV_PREFIX "TOILMETER_"
#define MIB        (INT64_C(1) << 20)

static const char *const loss_words[] = {"stop", "continue", NULL};
static const char *const start_words[] = {"earliest", "latest", NULL};
static const char *const level_words[] = {"debug", "info", "warn", "error", NULL};

#define AT(member) offsetof(struct toil_config, member)
const struct toil_config_setting toil_config_settings[] = {
    {NULL, "cluster", TOIL_CONFIG_TEXT, AT(cluster), NULL, 0, 0, NULL, false, "name under which offsets are kept"},
    {NULL, "postgres", TOIL_CONFIG_TEXT, AT(postgres), "", 0, 0, NULL, false, "libpq conninfo; PG* variables work too"},
    {"people", "key_file", TOIL_CONFIG_TEXT, AT(key_file), TOIL_PEOPLE_KEY_FILE, 0, 0, NULL, false,
     "the key for pseudonyms, made on first use"},
    {"batch", "rows", TOIL_CONFIG_INT, AT(batch_rows), "20000", 1, 1000000, NULL, true, "messages of one transaction"},
    {"batch", "bytes", TOIL_CONFIG_BYTES, AT(batch_bytes), "16MiB", 65536, 1024 * MIB, NULL, true,
     "bytes of rows in one transaction"},
    {"batch", "age", TOIL_CONFIG_DURATION, AT(batch_age_ms), "1s", 10, 3600000, NULL, true,
     "longest wait of a message for its transaction"},
    {"limits", "message", TOIL_CONFIG_BYTES, AT(limit_message), "1MiB", 1024, 64 * MIB, NULL, false,
     "larger messages are quarantined"},
    {"limits", "memory", TOIL_CONFIG_BYTES, AT(limit_memory), "128MiB", 64 * MIB, 65536 * MIB, NULL, false,
     "memory of the process"},
    {"http", "listen", TOIL_CONFIG_TEXT, AT(http_listen), "127.0.0.1:9464", 0, 0, NULL, false,
     "address of /metrics, /-/healthy and /-/ready; off"},
    {NULL, "on_data_loss", TOIL_CONFIG_WORD, AT(on_data_loss), "stop", 0, 0, loss_words, true,
     "what to do when the log no longer has what was to be read next"},
    {NULL, "start", TOIL_CONFIG_WORD, AT(start), "earliest", 0, 0, start_words, false,
     "where a partition begins that was never read"},
    {NULL, "earliest", TOIL_CONFIG_DATE, AT(earliest_us), "1990-01-01", 0, 0, NULL, false,
     "times before are implausible"},
    {NULL, "grace", TOIL_CONFIG_DURATION, AT(grace_ms), "10s", 1000, 600000, NULL, true,
     "longest time for an orderly stop"},
    {NULL, "commit_timeout", TOIL_CONFIG_DURATION, AT(commit_timeout_ms), "30s", 1000, 600000, NULL, false,
     "longest wait for one COMMIT"},
    {NULL, "log_level", TOIL_CONFIG_WORD, AT(log_level), "info", 0, 0, level_words, true, "debug, info, warn or error"},
    {NULL, NULL, TOIL_CONFIG_TEXT, 0, NULL, 0, 0, NULL, false, NULL},
};

/* What is being read: the file's document and those made of environment variables. */
struct reader {
    struct toil_config *config;
    const char *path;       /* of the file; NULL: the environment alone */
    struct toil_yaml *file; /* owned */
    struct toil_yaml **env; /* owned: documents of single scalars, kept until the end for messages */
    size_t env_count;
    const char *const *environment;
    toil_config_property_fn check; /* NULL: properties are taken as they are */
    bool *used;                    /* one for each variable */
    size_t variable_count;
    struct toil_error *err;
};

static void add_upper(struct toil_buf *out, const char *text)
{
    for (; *text; text++)
        toil_buf_add_char(out, *text == '.' ? '_' : (char)toupper((unsigned char)*text));
}

/* The value of a variable, or NULL. Marks it as used. */
static const char *find_variable(struct reader *reader, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < reader->variable_count; i++) {
        const char *variable = reader->environment[i];
        if (strncmp(variable, name, len) == 0 && variable[len] == '=') {
            reader->used[i] = true;
            return variable + len + 1;
        }
    }
    return NULL;
}

/* Makes a document of one scalar, so that the same readers and messages serve file and environment. */
static enum toil_status scalar_of(struct reader *reader, const char *name, const char *value,
                                  const toil_yaml_node **out)
{
    struct toil_buf label = TOIL_BUF_INIT, text = TOIL_BUF_INIT;
    struct toil_yaml *yaml = NULL;
    toil_buf_printf(&label, "environment variable %s", name);
    toil_buf_add_json_string(&text, toil_span_of(value));
    enum toil_status status =
        toil_yaml_load_text(label.data, (struct toil_span){text.data, text.len}, &yaml, reader->err);
    if (status == TOIL_OK) {
        reader->env = toil_xreallocarray(reader->env, reader->env_count + 1, sizeof *reader->env);
        reader->env[reader->env_count++] = yaml;
        *out = toil_yaml_root(yaml);
    }
    toil_buf_release(&label);
    toil_buf_release(&text);
    return status;
}

/* The scalar at a path: the environment's if it is there, else `node`. path: "people.key_file" as steps. */
static enum toil_status pick(struct reader *reader, const char *const *path, size_t steps, const toil_yaml_node *node,
                             const toil_yaml_node **out)
{
    struct toil_buf name = TOIL_BUF_INIT;
    toil_buf_add_text(&name, ENV_PREFIX);
    for (size_t i = 0; i < steps; i++) {
        if (i > 0)
            toil_buf_add_text(&name, "__");
        add_upper(&name, path[i]);
    }
    enum toil_status status = TOIL_OK;
    const char *value = find_variable(reader, name.data);
    *out = node;
    if (value)
        status = scalar_of(reader, name.data, value, out);
    toil_buf_release(&name);
    return status;
}

static enum toil_status read_word(const toil_yaml_node *node, const struct toil_config_setting *setting, int64_t *out,
                                  struct toil_error *err)
{
    const char *text = toil_yaml_text(node);
    struct toil_buf list = TOIL_BUF_INIT;
    for (int64_t i = 0; setting->words[i]; i++) {
        if (text && strcmp(text, setting->words[i]) == 0) {
            toil_buf_release(&list);
            *out = i;
            return TOIL_OK;
        }
        toil_buf_printf(&list, "%s%s", i ? ", " : "", setting->words[i]);
    }
    toil_yaml_error(node, err, "%s: expected one of %s", setting->key, list.data);
    toil_buf_release(&list);
    return TOIL_BAD_INPUT;
}

static enum toil_status read_date(const toil_yaml_node *node, const char *key, int64_t *out, struct toil_error *err)
{
    int64_t days;
    const char *text = toil_yaml_text(node);
    if (!text || !toil_date_parse(toil_span_of(text), &days))
        return toil_yaml_error(node, err, "%s: expected a date such as 1990-01-01", key);
    *out = days * TOIL_US_PER_DAY;
    return TOIL_OK;
}

static enum toil_status read_setting(struct reader *reader, const struct toil_config_setting *setting,
                                     const toil_yaml_node *node)
{
    char *base = (char *)reader->config + setting->offset;
    int64_t *number = (int64_t *)(void *)base;
    switch (setting->type) {
    case TOIL_CONFIG_TEXT: {
        const char *text;
        enum toil_status status = toil_yaml_read_text(node, setting->key, &text, reader->err);
        if (status == TOIL_OK)
            *(char **)(void *)base = toil_xstrdup(text);
        return status;
    }
    case TOIL_CONFIG_INT:
        return toil_yaml_read_int(node, setting->key, setting->low, setting->high, number, reader->err);
    case TOIL_CONFIG_BYTES:
        return toil_yaml_read_bytes(node, setting->key, setting->low, setting->high, number, reader->err);
    case TOIL_CONFIG_DURATION:
        return toil_yaml_read_duration_ms(node, setting->key, setting->low, setting->high, number, reader->err);
    case TOIL_CONFIG_WORD:
        return read_word(node, setting, number, reader->err);
    case TOIL_CONFIG_DATE:
        return read_date(node, setting->key, number, reader->err);
    }
    return TOIL_FATAL;
}

static enum toil_status read_settings(struct reader *reader)
{
    const toil_yaml_node *root = toil_yaml_root(reader->file);
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++) {
        const toil_yaml_node *map = setting->section ? toil_yaml_get(root, setting->section) : root;
        const char *path[] = {setting->section, setting->key};
        const toil_yaml_node *node;
        enum toil_status status = pick(reader, setting->section ? path : path + 1, setting->section ? 2 : 1,
                                       toil_yaml_is_map(map) ? toil_yaml_get(map, setting->key) : NULL, &node);
        if (status == TOIL_OK && !node) {
            if (!setting->fallback) {
                toil_error_set(reader->err, TOIL_BAD_INPUT, "%s: is missing: %s", setting->key, setting->doc);
                toil_error_hint(reader->err, "set it in the file, or as " ENV_PREFIX "CLUSTER");
                return TOIL_BAD_INPUT;
            }
            status = scalar_of(reader, setting->key, setting->fallback, &node);
        }
        if (status == TOIL_OK)
            status = read_setting(reader, setting, node);
        if (status != TOIL_OK)
            return status;
    }
    return TOIL_OK;
}

static enum toil_status add_property(struct reader *reader, const char *name, const toil_yaml_node *node)
{
    struct toil_config *config = reader->config;
    const char *value;
    enum toil_status status = toil_yaml_read_text(node, name, &value, reader->err);
    if (status != TOIL_OK)
        return status;
    const char *problem = reader->check ? reader->check(name, value) : NULL;
    if (problem)
        return toil_yaml_error(node, reader->err, "kafka: %s: %s", name, problem);
    config->kafka = toil_xreallocarray(config->kafka, config->kafka_count + 1, sizeof *config->kafka);
    config->kafka[config->kafka_count++] =
        (struct toil_config_property){.name = toil_xstrdup(name), .value = toil_xstrdup(value)};
    return TOIL_OK;
}

/* Properties that stand in the environment alone: an underscore is a dot. */
static enum toil_status read_kafka_variables(struct reader *reader)
{
    static const char prefix[] = ENV_PREFIX "KAFKA__";
    for (size_t i = 0; i < reader->variable_count; i++) {
        const char *variable = reader->environment[i], *equals = strchr(variable, '=');
        if (reader->used[i] || !equals || strncmp(variable, prefix, sizeof prefix - 1) != 0)
            continue;
        reader->used[i] = true;
        char *name = toil_xstrndup(variable, (size_t)(equals - variable));
        char *property = toil_xstrdup(name + sizeof prefix - 1);
        for (char *c = property; *c; c++)
            *c = *c == '_' ? '.' : (char)tolower((unsigned char)*c);
        const toil_yaml_node *node;
        enum toil_status status = scalar_of(reader, name, equals + 1, &node);
        if (status == TOIL_OK)
            status = add_property(reader, property, node);
        free(name);
        free(property);
        if (status != TOIL_OK)
            return status;
    }
    return TOIL_OK;
}

static bool has_property(const struct toil_config *config, const char *name)
{
    for (size_t i = 0; i < config->kafka_count; i++) {
        if (strcmp(config->kafka[i].name, name) == 0)
            return true;
    }
    return false;
}

static enum toil_status read_kafka(struct reader *reader)
{
    const toil_yaml_node *map = toil_yaml_get(toil_yaml_root(reader->file), "kafka");
    if (map && !toil_yaml_is_map(map) && !toil_yaml_is_null(map))
        return toil_yaml_error(map, reader->err, "kafka: expected a map of librdkafka properties");
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; status == TOIL_OK && toil_yaml_is_map(map) && i < toil_yaml_count(map); i++) {
        const char *path[] = {"kafka", toil_yaml_key(map, i)};
        const toil_yaml_node *node;
        status = pick(reader, path, 2, toil_yaml_value(map, i), &node);
        if (status == TOIL_OK)
            status = add_property(reader, path[1], node);
    }
    if (status == TOIL_OK)
        status = read_kafka_variables(reader);
    if (status != TOIL_OK)
        return status;
    if (!has_property(reader->config, "bootstrap.servers") && !has_property(reader->config, "metadata.broker.list") &&
        !has_property(reader->config, "test.mock.num.brokers"))
        return toil_yaml_error(map, reader->err, "kafka: bootstrap.servers is missing");
    if (!has_property(reader->config, "group.id"))
        return toil_yaml_error(map, reader->err, "kafka: group.id is missing");
    return TOIL_OK;
}

static enum toil_status check_topic_name(struct reader *reader, const toil_yaml_node *node, const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(name);
    if (len == 0 || len > 249 || strspn(name, allowed) != len)
        return toil_yaml_error(node, reader->err,
                               "topic: expected a topic's name: letters, digits, '.', '_' and '-', at most 249");
    for (size_t i = 0; i < reader->config->topic_count; i++) {
        if (strcmp(reader->config->topic[i].topic, name) == 0)
            return toil_yaml_error(node, reader->err, "topic: \"%s\" stands twice", name);
    }
    return TOIL_OK;
}

static enum toil_status add_topic(struct reader *reader, const toil_yaml_node *item, const toil_yaml_node *const *value)
{
    const char *name;
    struct toil_topic topic;
    struct toil_config *config = reader->config;
    const toil_yaml_node *named = value[TOIL_TOPIC_NAME];
    if (!named)
        return toil_yaml_error(item, reader->err, "topics: an item has no topic");
    enum toil_status status = toil_yaml_read_text(named, "topic", &name, reader->err);
    if (status == TOIL_OK)
        status = check_topic_name(reader, named, name);
    if (status == TOIL_OK)
        status = toil_topic_read(reader->path, value, &topic, reader->err);
    if (status != TOIL_OK)
        return status;
    config->topic = toil_xreallocarray(config->topic, config->topic_count + 1, sizeof *config->topic);
    config->topic[config->topic_count++] = (struct toil_config_topic){toil_xstrdup(name), topic};
    return TOIL_OK;
}

static enum toil_status read_topic(struct reader *reader, const toil_yaml_node *item, size_t index, bool *found)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", index);
    if (item && !toil_yaml_is_map(item))
        return toil_yaml_error(item, reader->err, "topics: expected items such as {topic: NAME, kind: KIND}");
    if (item) {
        const char *known[TOIL_TOPIC_KEYS + 1] = {NULL};
        for (size_t k = 0; k < TOIL_TOPIC_KEYS; k++)
            known[k] = toil_topic_keys[k].key;
        enum toil_status status = toil_yaml_only_keys(item, "topics", known, reader->err);
        if (status != TOIL_OK)
            return status;
    }
    const toil_yaml_node *value[TOIL_TOPIC_KEYS];
    *found = item != NULL;
    for (size_t k = 0; k < TOIL_TOPIC_KEYS; k++) {
        const char *key = toil_topic_keys[k].key;
        const char *path[] = {"topics", number, key};
        enum toil_status status = pick(reader, path, 3, item ? toil_yaml_get(item, key) : NULL, &value[k]);
        if (status != TOIL_OK)
            return status;
        *found = *found || value[k];
    }
    return *found ? add_topic(reader, item ? item : value[0], value) : TOIL_OK;
}

static enum toil_status read_topics(struct reader *reader)
{
    const toil_yaml_node *list = toil_yaml_get(toil_yaml_root(reader->file), "topics");
    if (list && !toil_yaml_is_list(list) && !toil_yaml_is_null(list))
        return toil_yaml_error(list, reader->err, "topics: expected a list");
    bool found = true;
    for (size_t i = 0; found; i++) {
        bool there = toil_yaml_is_list(list) && i < toil_yaml_count(list);
        enum toil_status status = read_topic(reader, there ? toil_yaml_item(list, i) : NULL, i, &found);
        if (status != TOIL_OK)
            return status;
    }
    if (reader->config->topic_count == 0)
        return toil_yaml_error(list, reader->err, "topics: at least one is needed");
    return TOIL_OK;
}

static enum toil_status read_robots(struct reader *reader)
{
    const toil_yaml_node *people = toil_yaml_get(toil_yaml_root(reader->file), "people");
    const toil_yaml_node *list = toil_yaml_is_map(people) ? toil_yaml_get(people, "robots") : NULL;
    if (list && !toil_yaml_is_list(list) && !toil_yaml_is_null(list))
        return toil_yaml_error(list, reader->err, "robots: expected a list of names or patterns");
    for (size_t i = 0;; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        const char *path[] = {"people", "robots", number};
        const toil_yaml_node *node;
        bool there = toil_yaml_is_list(list) && i < toil_yaml_count(list);
        enum toil_status status = pick(reader, path, 3, there ? toil_yaml_item(list, i) : NULL, &node);
        if (status != TOIL_OK || !node)
            return status;
        const char *text;
        status = toil_yaml_read_text(node, "robots", &text, reader->err);
        struct toil_pattern *pattern = NULL;
        if (status == TOIL_OK && toil_pattern_new(text, &pattern, reader->err) != TOIL_OK)
            status = toil_yaml_error(node, reader->err, "robots: %s", reader->err->message);
        toil_pattern_free(pattern);
        if (status != TOIL_OK)
            return status;
        struct toil_config *config = reader->config;
        config->robot = toil_xreallocarray(config->robot, config->robot_count + 1, sizeof *config->robot);
        config->robot[config->robot_count++] = toil_xstrdup(text);
    }
}

enum { KEYS_MAX = 64 };
_Static_assert(sizeof toil_config_settings / sizeof toil_config_settings[0] + 8 < KEYS_MAX, "every key must fit");

/* The keys of a section, or of the top (NULL): `more`, which are no scalars, and the table's. */
static void known_keys(const char *section, const char *const *more, const char *keys[KEYS_MAX])
{
    size_t n = 0;
    while (*more)
        keys[n++] = *more++;
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++) {
        bool here = section && setting->section ? strcmp(section, setting->section) == 0 : section == setting->section;
        if (here)
            keys[n++] = setting->key;
    }
    keys[n] = NULL;
}

/* Keys that stand in the file must be known ones, at the top and in each section. */
static enum toil_status check_keys(struct reader *reader)
{
    static const char *const top[] = {"kafka", "topics", "people", "batch", "limits", "http", NULL};
    static const struct {
        const char *section;
        const char *more[2];
    } sections[] = {{"people", {"robots", NULL}}, {"batch", {NULL}}, {"limits", {NULL}}, {"http", {NULL}}};
    const char *keys[KEYS_MAX];
    const toil_yaml_node *root = toil_yaml_root(reader->file);
    if (!toil_yaml_is_map(root))
        return toil_yaml_error(root, reader->err, "expected a map of settings");
    known_keys(NULL, top, keys);
    enum toil_status status = toil_yaml_only_keys(root, "configuration", keys, reader->err);
    for (size_t i = 0; status == TOIL_OK && i < sizeof sections / sizeof sections[0]; i++) {
        const toil_yaml_node *map = toil_yaml_get(root, sections[i].section);
        if (!map || toil_yaml_is_null(map))
            continue;
        if (!toil_yaml_is_map(map))
            return toil_yaml_error(map, reader->err, "%s: expected a map", sections[i].section);
        known_keys(sections[i].section, sections[i].more, keys);
        status = toil_yaml_only_keys(map, sections[i].section, keys, reader->err);
    }
    return status;
}

static enum toil_status check_sums(struct reader *reader)
{
    const struct toil_config *config = reader->config;
    if (config->cluster[0] == '\0')
        return toil_error_set(reader->err, TOIL_BAD_INPUT, "cluster: expected a name, found nothing");
    if (config->batch_bytes > config->limit_memory / 4)
        return toil_error_set(reader->err, TOIL_BAD_INPUT,
                              "batch.bytes: expected at most a quarter of limits.memory, which is %lld bytes",
                              (long long)(config->limit_memory / 4));
    if (config->limit_message > config->limit_memory / 8)
        return toil_error_set(reader->err, TOIL_BAD_INPUT,
                              "limits.message: expected at most an eighth of limits.memory, which is %lld bytes",
                              (long long)(config->limit_memory / 8));
    if (strcmp(config->http_listen, "off") != 0) {
        struct toil_listen listen;
        if (toil_listen_parse(config->http_listen, &listen, reader->err) != TOIL_OK)
            return toil_error_prefix(reader->err, "http.listen");
    }
    return TOIL_OK;
}

static void note_ignored(struct reader *reader)
{
    struct toil_config *config = reader->config;
    for (size_t i = 0; i < reader->variable_count; i++) {
        const char *variable = reader->environment[i], *equals = strchr(variable, '=');
        if (reader->used[i] || !equals || strncmp(variable, ENV_PREFIX, sizeof ENV_PREFIX - 1) != 0)
            continue;
        config->ignored = toil_xreallocarray(config->ignored, config->ignored_count + 1, sizeof *config->ignored);
        config->ignored[config->ignored_count++] = toil_xstrndup(variable, (size_t)(equals - variable));
    }
}

static enum toil_status read_all(struct reader *reader, const char *file)
{
    enum toil_status status = file ? toil_yaml_load_file(file, &reader->file, reader->err)
                                   : toil_yaml_load_text("environment", TOIL_SPAN("{}"), &reader->file, reader->err);
    if (status == TOIL_OK)
        status = check_keys(reader);
    if (status == TOIL_OK)
        status = read_settings(reader);
    if (status == TOIL_OK)
        status = read_kafka(reader);
    if (status == TOIL_OK)
        status = read_topics(reader);
    if (status == TOIL_OK)
        status = read_robots(reader);
    if (status == TOIL_OK)
        status = check_sums(reader);
    return status;
}

enum toil_status toil_config_load(const char *file, const char *const *environment, toil_config_property_fn check,
                                  struct toil_config **out, struct toil_error *err)
{
    struct reader reader = {.path = file, .environment = environment, .check = check, .err = err};
    while (environment[reader.variable_count])
        reader.variable_count++;
    reader.used = toil_xcalloc(reader.variable_count + 1, sizeof *reader.used);
    reader.config = toil_xcalloc(1, sizeof *reader.config);
    enum toil_status status = read_all(&reader, file);
    if (status == TOIL_OK) {
        struct toil_config *config = reader.config;
        note_ignored(&reader);
        config->topic_names = toil_xcalloc(config->topic_count + 1, sizeof *config->topic_names);
        for (size_t i = 0; i < config->topic_count; i++)
            config->topic_names[i] = config->topic[i].topic;
        *out = config;
    } else {
        toil_config_free(reader.config);
        if (file && !strstr(err->message, file) && !strstr(err->message, ENV_PREFIX))
            toil_error_prefix(err, "%s", file); /* what is missing has no line */
    }
    for (size_t i = 0; i < reader.env_count; i++)
        toil_yaml_free(reader.env[i]);
    free(reader.env);
    free(reader.used);
    toil_yaml_free(reader.file);
    return status;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void toil_config_free(struct toil_config *config)
{
    if (!config)
        return;
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++) {
        if (setting->type == TOIL_CONFIG_TEXT)
            free(*(char **)(void *)((char *)config + setting->offset));
    }
    for (size_t i = 0; i < config->kafka_count; i++) {
        free((char *)config->kafka[i].name);
        free((char *)config->kafka[i].value);
    }
    free(config->kafka);
    for (size_t i = 0; i < config->topic_count; i++) {
        free(config->topic[i].topic);
        toil_topic_release(&config->topic[i].is);
    }
    free(config->topic);
    free(config->topic_names);
    free_texts(config->robot, config->robot_count);
    free_texts(config->ignored, config->ignored_count);
    free(config);
}
