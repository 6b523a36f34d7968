/* The code behind config_text.h. */
#include "config_text.h"

#include <stdlib.h>
#include <string.h>

#include "toilmeter/timestamp.h"

#define MASK "****"

/* The end of a value that begins at p: quoted as libpq does, or up to a blank or an ampersand. */
static const char *value_end(const char *p)
{
    if (*p != '\'')
        return p + strcspn(p, " \t\n&");
    for (p++; *p && *p != '\''; p++) {
        if (*p == '\\' && p[1])
            p++;
    }
    return *p ? p + 1 : p;
}

/* Where the password of postgresql://user:password@host begins, or NULL. *end is set to the '@'. */
static const char *uri_password(const char *conninfo, const char **end)
{
    const char *authority = NULL;
    if (strncmp(conninfo, "postgresql://", 13) == 0)
        authority = conninfo + 13;
    else if (strncmp(conninfo, "postgres://", 11) == 0)
        authority = conninfo + 11;
    if (!authority)
        return NULL;
    const char *at = NULL;
    for (const char *p = authority; *p && !strchr("/?", *p); p++) {
        if (*p == '@')
            at = p;
    }
    const char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
    *end = at;
    return colon ? colon + 1 : NULL;
}

void config_mask_conninfo(const char *conninfo, struct toil_buf *out)
{
    const char *end, *password = uri_password(conninfo, &end);
    if (password) {
        toil_buf_add(out, conninfo, (size_t)(password - conninfo));
        toil_buf_add_text(out, MASK);
        conninfo = end;
    }
    const char *found;
    while ((found = strstr(conninfo, "password"))) {
        const char *p = found + strlen("password");
        p += strspn(p, " \t\n");
        if (*p == '=') {
            p++;
            p += strspn(p, " \t\n");
            toil_buf_add(out, conninfo, (size_t)(p - conninfo));
            toil_buf_add_text(out, MASK);
            p = value_end(p);
        } else {
            toil_buf_add(out, conninfo, (size_t)(p - conninfo));
        }
        conninfo = p;
    }
    toil_buf_add_text(out, conninfo);
}

static bool is_secret(const char *property)
{
    static const char *const parts[] = {"password", "secret", "key", "jaas", "oauthbearer.config"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strstr(property, parts[i]))
            return true;
    }
    return false;
}

static void add_value(struct toil_buf *out, const struct toil_config *config, const struct toil_config_setting *setting)
{
    const char *base = (const char *)config + setting->offset;
    int64_t number = 0;
    if (setting->type != TOIL_CONFIG_TEXT)
        memcpy(&number, base, sizeof number);
    char time[32];
    switch (setting->type) {
    case TOIL_CONFIG_TEXT: {
        const char *text = *(char *const *)(const void *)base;
        struct toil_buf masked = TOIL_BUF_INIT;
        if (setting->offset == offsetof(struct toil_config, postgres))
            config_mask_conninfo(text, &masked);
        else
            toil_buf_add_text(&masked, text);
        toil_buf_add_json_string(out, (struct toil_span){masked.data, masked.len});
        toil_buf_release(&masked);
        return;
    }
    case TOIL_CONFIG_INT:
    case TOIL_CONFIG_BYTES:
        toil_buf_printf(out, "%lld", (long long)number);
        return;
    case TOIL_CONFIG_DURATION:
        toil_buf_printf(out, "%lldms", (long long)number);
        return;
    case TOIL_CONFIG_WORD:
        toil_buf_add_text(out, setting->words[number]);
        return;
    case TOIL_CONFIG_DATE:
        toil_time_format(number, time);
        toil_buf_add(out, time, 10);
        return;
    }
}

static void add_settings(struct toil_buf *out, const struct toil_config *config, const char *section)
{
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++) {
        bool here = section ? setting->section && strcmp(setting->section, section) == 0 : !setting->section;
        if (!here)
            continue;
        toil_buf_printf(out, "%s%s: ", section ? "  " : "", setting->key);
        add_value(out, config, setting);
        toil_buf_add_char(out, '\n');
    }
}

static const char *unit_word(enum toil_time_unit unit)
{
    switch (unit) {
    case TOIL_UNIT_S:
        return "s";
    case TOIL_UNIT_MS:
        return "ms";
    case TOIL_UNIT_US:
        return "us";
    case TOIL_UNIT_NS:
        return "ns";
    case TOIL_UNIT_NONE:
        break;
    }
    return NULL;
}

static void add_topics(struct toil_buf *out, const struct toil_config *config)
{
    toil_buf_add_text(out, "topics:\n");
    for (size_t i = 0; i < config->topic_count; i++) {
        const struct toil_config_topic *topic = &config->topic[i];
        toil_buf_add_text(out, "  - {topic: ");
        toil_buf_add_json_string(out, toil_span_of(topic->topic));
        if (topic->is.kind != TOIL_KIND_NONE)
            toil_buf_printf(out, ", kind: %s", toil_kinds[topic->is.kind].name);
        if (unit_word(topic->is.time_unit))
            toil_buf_printf(out, ", time_unit: %s", unit_word(topic->is.time_unit));
        if (topic->is.mapped_by)
            toil_buf_printf(out, ", %s", topic->is.mapped_by);
        toil_buf_add_text(out, "}\n");
    }
}

void config_print(const struct toil_config *config, struct toil_buf *out)
{
    static const char *const sections[] = {"batch", "limits", "http"};
    add_settings(out, config, NULL);
    toil_buf_add_text(out, "kafka:\n");
    for (size_t i = 0; i < config->kafka_count; i++) {
        toil_buf_printf(out, "  %s: ", config->kafka[i].name);
        toil_buf_add_json_string(out, toil_span_of(is_secret(config->kafka[i].name) ? MASK : config->kafka[i].value));
        toil_buf_add_char(out, '\n');
    }
    add_topics(out, config);
    toil_buf_add_text(out, "people:\n");
    add_settings(out, config, "people");
    toil_buf_add_text(out, "  robots: [");
    for (size_t i = 0; i < config->robot_count; i++) {
        toil_buf_add_text(out, i ? ", " : "");
        toil_buf_add_json_string(out, toil_span_of(config->robot[i]));
    }
    toil_buf_add_text(out, "]\n");
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        toil_buf_printf(out, "%s:\n", sections[i]);
        add_settings(out, config, sections[i]);
    }
}

static bool differs(const struct toil_config *a, const struct toil_config *b, const struct toil_config_setting *setting)
{
    const char *at_a = (const char *)a + setting->offset, *at_b = (const char *)b + setting->offset;
    if (setting->type == TOIL_CONFIG_TEXT)
        return strcmp(*(char *const *)(const void *)at_a, *(char *const *)(const void *)at_b) != 0;
    return memcmp(at_a, at_b, sizeof(int64_t)) != 0;
}

static bool same_topic(const struct toil_topic *a, const struct toil_topic *b)
{
    if (a->kind != b->kind || a->time_unit != b->time_unit || !a->mapping != !b->mapping)
        return false;
    return !a->mapping || (strcmp(a->mapped_by, b->mapped_by) == 0 &&
                           strcmp(toil_mapping_digest(a->mapping), toil_mapping_digest(b->mapping)) == 0);
}

static bool same_topics(const struct toil_config *a, const struct toil_config *b)
{
    bool same = a->topic_count == b->topic_count;
    for (size_t i = 0; same && i < a->topic_count; i++)
        same = strcmp(a->topic[i].topic, b->topic[i].topic) == 0 && same_topic(&a->topic[i].is, &b->topic[i].is);
    return same;
}

static bool same_kafka(const struct toil_config *a, const struct toil_config *b)
{
    bool same = a->kafka_count == b->kafka_count;
    for (size_t i = 0; same && i < a->kafka_count; i++)
        same = strcmp(a->kafka[i].name, b->kafka[i].name) == 0 && strcmp(a->kafka[i].value, b->kafka[i].value) == 0;
    return same;
}

static void add_name(struct toil_buf *out, const char *section, const char *key)
{
    toil_buf_printf(out, "%s%s%s%s", out->len ? ", " : "", section ? section : "", section ? "." : "", key);
}

void config_needs_restart(const struct toil_config *now, const struct toil_config *next, struct toil_buf *out)
{
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++) {
        if (!setting->live && differs(now, next, setting))
            add_name(out, setting->section, setting->key);
    }
    if (!same_kafka(now, next))
        add_name(out, NULL, "kafka");
    if (!same_topics(now, next))
        add_name(out, NULL, "topics");
}

void config_take_over(struct toil_config *now, struct toil_config *next)
{
    for (const struct toil_config_setting *setting = toil_config_settings; setting->key; setting++) {
        if (setting->live && setting->type != TOIL_CONFIG_TEXT)
            memcpy((char *)now + setting->offset, (const char *)next + setting->offset, sizeof(int64_t));
    }
    char **robot = now->robot;
    size_t count = now->robot_count;
    now->robot = next->robot;
    now->robot_count = next->robot_count;
    next->robot = robot;
    next->robot_count = count;
}
