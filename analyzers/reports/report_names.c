/* Names of the catalog in a report: is what was asked for there, and which components does "a | b" speak of? */
#include <stdlib.h>
#include <string.h>

#include "report_scope.h"
#include "toilmeter/yaml.h"

#define GROUP " | " /* between the members of a group */

/* The next member from *rest on, which moves behind it. */
static struct toil_span next_member(const char **rest)
{
    const char *end = strstr(*rest, GROUP);
    struct toil_span member = {*rest, end ? (size_t)(end - *rest) : strlen(*rest)};
    *rest = end ? end + strlen(GROUP) : *rest + member.len;
    return member;
}

bool toil_report_holds(const char *name, const char *component)
{
    if (strcmp(name, component) == 0)
        return true;
    for (const char *rest = name; *rest;)
        if (toil_span_is(next_member(&rest), component))
            return true;
    return false;
}

void toil_report_component_add(struct toil_buf *out, const char *name)
{
    for (const char *rest = name; *rest;) {
        struct toil_span member = next_member(&rest);
        toil_buf_add_span(out, member);
        toil_buf_add_text(out, *rest ? " or " : "");
    }
}

void toil_report_members_add(struct toil_buf *array, const char *name)
{
    for (const char *rest = name; *rest;)
        toil_array_add_text(array, next_member(&rest));
}

static size_t find_component(const struct toil_catalog *catalog, struct toil_span name)
{
    size_t i = 0;
    while (i < catalog->component_count && !toil_span_is(name, catalog->component[i].name))
        i++;
    return i;
}

const char *toil_scope_team(const struct toil_scope *scope, const char *name)
{
    const struct toil_catalog *catalog = scope->catalog;
    size_t common = SIZE_MAX;
    bool first = true;
    for (const char *rest = name; *rest; first = false) {
        size_t component = find_component(catalog, next_member(&rest));
        size_t team = component < catalog->component_count ? catalog->component[component].team : SIZE_MAX;
        if (!first && team != common)
            return NULL;
        common = team;
    }
    return common == SIZE_MAX ? NULL : catalog->team[common].name;
}

/* Is it a group of components of the catalog? */
static bool is_group(const struct toil_catalog *catalog, const char *name)
{
    if (!strstr(name, GROUP))
        return false;
    for (const char *rest = name; *rest;)
        if (find_component(catalog, next_member(&rest)) == catalog->component_count)
            return false;
    return true;
}

static enum toil_status unknown_name(const char *what, const char *name, const char *const *names,
                                     struct toil_error *err)
{
    const char *near = toil_nearest(name, names);
    toil_error_set(err, TOIL_BAD_INPUT, "the catalog of the run has no %s \"%.128s\"", what, name);
    if (near)
        toil_error_hint(err, "did you mean %s?", near);
    else
        toil_error_hint(err, "`toilmeter catalog show` lists teams, components and items");
    return TOIL_BAD_INPUT;
}

/* Names of the catalog, NULL-terminated; every name in it may be asked for. */
struct names {
    const char **name; /* owned */
    size_t count;
};

static struct names names_new(size_t room)
{
    return (struct names){toil_xcalloc(room + 1, sizeof(char *)), 0};
}

static enum toil_status check_name(const char *what, const char *asked, struct names *names, struct toil_error *err)
{
    bool known = !asked;
    for (size_t i = 0; i < names->count && !known; i++)
        known = strcmp(asked, names->name[i]) == 0;
    enum toil_status status = known ? TOIL_OK : unknown_name(what, asked, names->name, err);
    free(names->name);
    return status;
}

static enum toil_status check_team(struct toil_scope *scope, struct toil_error *err)
{
    struct names names = names_new(scope->catalog->team_count);
    for (size_t i = 0; i < scope->catalog->team_count; i++)
        names.name[names.count++] = scope->catalog->team[i].name;
    return check_name("team", scope->options->team, &names, err);
}

static enum toil_status check_component(struct toil_scope *scope, struct toil_error *err)
{
    const char *asked = scope->options->component;
    struct names names = names_new(scope->catalog->component_count + 3);
    names.name[names.count++] = TOIL_UNMAPPED;
    names.name[names.count++] = TOIL_UNEXPLAINED;
    if (asked && is_group(scope->catalog, asked))
        names.name[names.count++] = asked;
    for (size_t i = 0; i < scope->catalog->component_count; i++)
        names.name[names.count++] = scope->catalog->component[i].name;
    return check_name("component", asked, &names, err);
}

static enum toil_status check_item(struct toil_scope *scope, struct toil_error *err)
{
    const struct toil_catalog *catalog = scope->catalog;
    const char *asked = scope->options->item;
    if (asked && catalog->item_count == 0) {
        toil_error_set(err, TOIL_BAD_INPUT, "the catalog of the run has no items, so no \"%.128s\"", asked);
        toil_error_hint(err, "write it under `items` in the catalog file, `toilmeter catalog apply` it and "
                             "`toilmeter analyze` again");
        return TOIL_BAD_INPUT;
    }
    struct names names = names_new(catalog->item_count);
    for (size_t i = 0; i < catalog->item_count; i++) {
        names.name[names.count++] = catalog->item[i].id;
        if (asked && strcmp(asked, catalog->item[i].id) == 0)
            scope->item = &catalog->item[i];
    }
    return check_name("item", asked, &names, err);
}

enum toil_status toil_scope_check_names(struct toil_scope *scope, struct toil_error *err)
{
    enum toil_status status = check_team(scope, err);
    if (status == TOIL_OK)
        status = check_component(scope, err);
    return status == TOIL_OK ? check_item(scope, err) : status;
}
