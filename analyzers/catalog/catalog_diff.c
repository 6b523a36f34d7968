/* What changes from one catalog to another, in words. Both are compared in their canonical form, so what is not told
 * apart there is no change. */
#include <stdlib.h>
#include <string.h>

#include "catalog_store.h"
#include "toilmeter/yaml.h"

/* The lists of the catalog: what one of their items is called, and the key that names it. */
static const struct section {
    const char *key, *what, *identity;
} sections[] = {{"teams", "team", "name"},
                {"components", "component", "name"},
                {"goals", "goal", "name"},
                {"items", "item", "id"},
                {NULL, NULL, NULL}};

static const struct section *find_section(const char *key)
{
    for (const struct section *section = sections; section->key; section++) {
        if (strcmp(section->key, key) == 0)
            return section;
    }
    return NULL;
}

/* As in the file, in one line. */
static void add_value(struct toil_buf *out, const toil_yaml_node *node)
{
    if (!node) {
        toil_buf_add_text(out, "(none)");
    } else if (toil_yaml_is_list(node)) {
        toil_buf_add_char(out, '[');
        for (size_t i = 0; i < toil_yaml_count(node); i++) {
            toil_buf_add_text(out, i ? ", " : "");
            add_value(out, toil_yaml_item(node, i));
        }
        toil_buf_add_char(out, ']');
    } else if (toil_yaml_is_map(node)) {
        toil_buf_add_char(out, '{');
        for (size_t i = 0; i < toil_yaml_count(node); i++) {
            toil_buf_printf(out, "%s%s: ", i ? ", " : "", toil_yaml_key(node, i));
            add_value(out, toil_yaml_value(node, i));
        }
        toil_buf_add_char(out, '}');
    } else {
        toil_buf_add_text(out, toil_yaml_text(node));
    }
}

static bool equal(const toil_yaml_node *a, const toil_yaml_node *b)
{
    struct toil_buf left = TOIL_BUF_INIT, right = TOIL_BUF_INIT;
    add_value(&left, a);
    add_value(&right, b);
    bool same = toil_span_equal((struct toil_span){left.data, left.len}, (struct toil_span){right.data, right.len});
    toil_buf_release(&left);
    toil_buf_release(&right);
    return same;
}

static void add_change(struct toil_buf *out, const char *subject, const char *key, const toil_yaml_node *from,
                       const toil_yaml_node *to)
{
    toil_buf_printf(out, "changed  %s%s%s: ", subject, subject[0] ? ": " : "", key);
    add_value(out, from);
    toil_buf_add_text(out, " -> ");
    add_value(out, to);
    toil_buf_add_char(out, '\n');
}

/* Keys of two maps, by name; `subject` stands in front. Returns how many differ. */
static size_t diff_maps(struct toil_buf *out, const char *subject, const toil_yaml_node *from, const toil_yaml_node *to)
{
    size_t lines = 0;
    for (size_t i = 0; i < toil_yaml_count(from); i++) {
        const char *key = toil_yaml_key(from, i);
        if (equal(toil_yaml_value(from, i), toil_yaml_get(to, key)) || (!subject[0] && find_section(key)))
            continue;
        add_change(out, subject, key, toil_yaml_value(from, i), toil_yaml_get(to, key));
        lines++;
    }
    for (size_t i = 0; i < toil_yaml_count(to); i++) {
        const char *key = toil_yaml_key(to, i);
        if (toil_yaml_get(from, key))
            continue;
        add_change(out, subject, key, NULL, toil_yaml_value(to, i));
        lines++;
    }
    return lines;
}

static const char *identity_of(const struct section *section, const toil_yaml_node *item)
{
    return toil_yaml_text(toil_yaml_get(item, section->identity));
}

static const toil_yaml_node *find_item(const struct section *section, const toil_yaml_node *list, const char *identity)
{
    for (size_t i = 0; i < toil_yaml_count(list); i++) {
        if (strcmp(identity_of(section, toil_yaml_item(list, i)), identity) == 0)
            return toil_yaml_item(list, i);
    }
    return NULL;
}

static void add_new_item(struct toil_buf *out, const struct section *section, const toil_yaml_node *item)
{
    toil_buf_printf(out, "added    %s %s:", section->what, identity_of(section, item));
    const char *comma = " ";
    for (size_t i = 0; i < toil_yaml_count(item); i++) {
        if (strcmp(toil_yaml_key(item, i), section->identity) == 0)
            continue;
        toil_buf_printf(out, "%s%s ", comma, toil_yaml_key(item, i));
        add_value(out, toil_yaml_value(item, i));
        comma = ", ";
    }
    toil_buf_add_char(out, '\n');
}

/* Do the items that both lists have stand in another order? */
static bool reordered(const struct section *section, const toil_yaml_node *from, const toil_yaml_node *to)
{
    size_t at = 0;
    for (size_t i = 0; i < toil_yaml_count(to); i++) {
        const char *identity = identity_of(section, toil_yaml_item(to, i));
        if (!find_item(section, from, identity))
            continue;
        while (at < toil_yaml_count(from) && !find_item(section, to, identity_of(section, toil_yaml_item(from, at))))
            at++;
        if (strcmp(identity_of(section, toil_yaml_item(from, at)), identity) != 0)
            return true;
        at++;
    }
    return false;
}

static size_t diff_section(struct toil_buf *out, const struct section *section, const toil_yaml_node *from,
                           const toil_yaml_node *to)
{
    size_t lines = 0;
    if (equal(from, to))
        return 0;
    for (size_t i = 0; i < toil_yaml_count(from); i++) {
        const char *identity = identity_of(section, toil_yaml_item(from, i));
        if (find_item(section, to, identity))
            continue;
        toil_buf_printf(out, "removed  %s %s\n", section->what, identity);
        lines++;
    }
    for (size_t i = 0; i < toil_yaml_count(to); i++) {
        const toil_yaml_node *item = toil_yaml_item(to, i);
        const toil_yaml_node *before = find_item(section, from, identity_of(section, item));
        if (!before) {
            add_new_item(out, section, item);
            lines++;
            continue;
        }
        char *subject = toil_xasprintf("%s %s", section->what, identity_of(section, item));
        lines += diff_maps(out, subject, before, item);
        free(subject);
    }
    if (reordered(section, from, to)) {
        bool rules = strcmp(section->key, "components") == 0;
        toil_buf_printf(out, "changed  order of %s%s\n", section->key, rules ? ": the first match wins" : "");
        lines++;
    }
    return lines;
}

static struct toil_yaml *canonical(const struct toil_catalog *catalog)
{
    struct toil_buf json = TOIL_BUF_INIT;
    struct toil_yaml *yaml;
    struct toil_error err;
    toil_catalog_to_json(catalog, &json);
    if (toil_yaml_load_text("catalog", (struct toil_span){json.data, json.len}, &yaml, &err) != TOIL_OK)
        abort(); /* our own writing, which the tests read back */
    toil_buf_release(&json);
    return yaml;
}

size_t toil_catalog_diff(const struct toil_catalog *from, const struct toil_catalog *to, struct toil_buf *out)
{
    struct toil_yaml *before = canonical(from), *after = canonical(to);
    const toil_yaml_node *old_root = toil_yaml_root(before), *new_root = toil_yaml_root(after);
    size_t lines = diff_maps(out, "", old_root, new_root);
    for (const struct section *section = sections; section->key; section++)
        lines +=
            diff_section(out, section, toil_yaml_get(old_root, section->key), toil_yaml_get(new_root, section->key));
    toil_yaml_free(before);
    toil_yaml_free(after);
    return lines;
}
