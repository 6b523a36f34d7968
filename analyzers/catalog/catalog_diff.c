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

/* Who is told of changes. */
struct visitor {
    toil_catalog_change_fn *tell;
    void *context;
    size_t told;
};

static void tell(struct visitor *visitor, const char *how, const char *what, const char *before, const char *after)
{
    visitor->tell(visitor->context, &(struct toil_catalog_change){how, what, before, after});
    visitor->told++;
}

static void tell_change(struct visitor *visitor, const char *subject, const char *key, const toil_yaml_node *from,
                        const toil_yaml_node *to)
{
    struct toil_buf before = TOIL_BUF_INIT, after = TOIL_BUF_INIT;
    char *what = toil_xasprintf("%s%s%s", subject, subject[0] ? ": " : "", key);
    add_value(&before, from);
    add_value(&after, to);
    tell(visitor, "changed", what, before.data ? before.data : "", after.data ? after.data : "");
    free(what);
    toil_buf_release(&before);
    toil_buf_release(&after);
}

/* Keys of two maps, by name; `subject` stands in front. */
static void diff_maps(struct visitor *visitor, const char *subject, const toil_yaml_node *from,
                      const toil_yaml_node *to)
{
    for (size_t i = 0; i < toil_yaml_count(from); i++) {
        const char *key = toil_yaml_key(from, i);
        if (!equal(toil_yaml_value(from, i), toil_yaml_get(to, key)) && (subject[0] || !find_section(key)))
            tell_change(visitor, subject, key, toil_yaml_value(from, i), toil_yaml_get(to, key));
    }
    for (size_t i = 0; i < toil_yaml_count(to); i++) {
        const char *key = toil_yaml_key(to, i);
        if (!toil_yaml_get(from, key))
            tell_change(visitor, subject, key, NULL, toil_yaml_value(to, i));
    }
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

static void tell_item(struct visitor *visitor, const char *how, const struct section *section, const char *identity,
                      const char *after)
{
    char *what = toil_xasprintf("%s %s", section->what, identity);
    tell(visitor, how, what, NULL, after);
    free(what);
}

static void tell_new_item(struct visitor *visitor, const struct section *section, const toil_yaml_node *item)
{
    struct toil_buf after = TOIL_BUF_INIT;
    for (size_t i = 0; i < toil_yaml_count(item); i++) {
        if (strcmp(toil_yaml_key(item, i), section->identity) == 0)
            continue;
        toil_buf_printf(&after, "%s%s ", after.len ? ", " : "", toil_yaml_key(item, i));
        add_value(&after, toil_yaml_value(item, i));
    }
    tell_item(visitor, "added", section, identity_of(section, item), after.data);
    toil_buf_release(&after);
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

static void diff_section(struct visitor *visitor, const struct section *section, const toil_yaml_node *from,
                         const toil_yaml_node *to)
{
    if (equal(from, to))
        return;
    for (size_t i = 0; i < toil_yaml_count(from); i++) {
        const char *identity = identity_of(section, toil_yaml_item(from, i));
        if (!find_item(section, to, identity))
            tell_item(visitor, "removed", section, identity, NULL);
    }
    for (size_t i = 0; i < toil_yaml_count(to); i++) {
        const toil_yaml_node *item = toil_yaml_item(to, i);
        const toil_yaml_node *before = find_item(section, from, identity_of(section, item));
        if (!before) {
            tell_new_item(visitor, section, item);
            continue;
        }
        char *subject = toil_xasprintf("%s %s", section->what, identity_of(section, item));
        diff_maps(visitor, subject, before, item);
        free(subject);
    }
    if (reordered(section, from, to)) {
        bool rules = strcmp(section->key, "components") == 0;
        char *what = toil_xasprintf("order of %s%s", section->key, rules ? ": the first match wins" : "");
        tell(visitor, "changed", what, NULL, NULL);
        free(what);
    }
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

size_t toil_catalog_diff_each(const struct toil_catalog *from, const struct toil_catalog *to,
                              toil_catalog_change_fn *change, void *context)
{
    struct visitor visitor = {change, context, 0};
    struct toil_yaml *before = canonical(from), *after = canonical(to);
    const toil_yaml_node *old_root = toil_yaml_root(before), *new_root = toil_yaml_root(after);
    diff_maps(&visitor, "", old_root, new_root);
    for (const struct section *section = sections; section->key; section++)
        diff_section(&visitor, section, toil_yaml_get(old_root, section->key), toil_yaml_get(new_root, section->key));
    toil_yaml_free(before);
    toil_yaml_free(after);
    return visitor.told;
}

static void add_line(void *context, const struct toil_catalog_change *change)
{
    struct toil_buf *out = context;
    toil_buf_printf(out, "%-8s %s", change->how, change->what);
    if (change->before)
        toil_buf_printf(out, ": %s -> %s", change->before, change->after);
    else if (change->after)
        toil_buf_printf(out, ": %s", change->after);
    toil_buf_add_char(out, '\n');
}

size_t toil_catalog_diff(const struct toil_catalog *from, const struct toil_catalog *to, struct toil_buf *out)
{
    return toil_catalog_diff_each(from, to, add_line, out);
}
