/* toilmeter catalog: check a file, apply it, show the one in force. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_store.h"
#include "command.h"
#include "toilmeter/store.h"

struct catalog_options {
    bool dry_run;
    const char *format;
};

static const char *const formats[] = {"text", "json", NULL};

const struct toil_option toil_cmd_catalog_options[] = {
    {"dry-run", TOIL_OPTION_FLAG, offsetof(struct catalog_options, dry_run), NULL, NULL,
     "with apply: show what would change, write nothing"},
    {"format", TOIL_OPTION_TEXT, offsetof(struct catalog_options, format), "FORMAT", formats,
     "with show: text, or the canonical JSON"},
    {0},
};

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void print_counts(const struct toil_catalog *catalog)
{
    printf("%zu team%s, %zu component%s, %zu goal%s, %zu item%s\n", catalog->team_count, plural(catalog->team_count),
           catalog->component_count, plural(catalog->component_count), catalog->goal_count, plural(catalog->goal_count),
           catalog->item_count, plural(catalog->item_count));
}

static bool load(const struct toil_context *context, const char *path, struct toil_catalog **out)
{
    struct toil_error err;
    if (toil_catalog_load_file(path, out, &err) != TOIL_OK) {
        toil_command_failed(context, &err);
        return false;
    }
    for (size_t i = 0; i < (*out)->warning_count; i++)
        fprintf(stderr, "%s: warning: %s\n", path, (*out)->warning[i]);
    return true;
}

static enum toil_exit check(const struct toil_context *context, const char *path)
{
    struct toil_catalog *catalog;
    if (!load(context, path, &catalog))
        return TOIL_EXIT_USAGE;
    printf("%s: valid: ", path);
    print_counts(catalog);
    toil_catalog_free(catalog);
    return TOIL_EXIT_DONE;
}

/* Shows the difference to the catalog in force; *id is 0 when there is none. */
static enum toil_status show_diff(struct toil_db *db, const struct toil_catalog *catalog, int64_t *id, size_t *lines,
                                  struct toil_error *err)
{
    struct toil_catalog *in_force;
    struct toil_buf diff = TOIL_BUF_INIT;
    enum toil_status status = toil_catalog_fetch(db, &in_force, id, NULL, err);
    if (status != TOIL_OK)
        return status;
    *lines = toil_catalog_diff(in_force, catalog, &diff);
    fputs(diff.data ? diff.data : "", stdout);
    toil_buf_release(&diff);
    toil_catalog_free(in_force);
    return TOIL_OK;
}

static enum toil_status apply_with(struct toil_db *db, const struct toil_catalog *catalog, bool dry_run,
                                   struct toil_error *err)
{
    int64_t id = 0;
    size_t lines = 0;
    enum toil_status status = show_diff(db, catalog, &id, &lines, err);
    if (status != TOIL_OK)
        return status;
    if (dry_run) {
        puts(lines || id == 0 ? "dry run: nothing was written" : "no change");
        return TOIL_OK;
    }
    bool applied = false;
    status = toil_catalog_apply(db, catalog, &applied, err);
    if (status != TOIL_OK)
        return status;
    if (!applied) {
        puts("no change");
        return TOIL_OK;
    }
    fputs("applied: ", stdout);
    print_counts(catalog);
    return TOIL_OK;
}

static enum toil_exit apply(const struct toil_context *context, const char *path, bool dry_run)
{
    struct toil_catalog *catalog;
    struct toil_db *db = NULL;
    struct toil_error err;
    if (!load(context, path, &catalog))
        return TOIL_EXIT_USAGE;
    enum toil_status status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = toil_store_check_schema(db, &err);
    if (status == TOIL_OK)
        status = apply_with(db, catalog, dry_run, &err);
    toil_db_close(db);
    toil_catalog_free(catalog);
    return status == TOIL_OK ? TOIL_EXIT_DONE : toil_command_failed(context, &err);
}

static void print_names(const char *title, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i ? ", " : title, names[i]);
}

static void print_teams(const struct toil_catalog *catalog)
{
    puts("\nteams");
    for (size_t i = 0; i < catalog->team_count; i++) {
        const struct toil_team *team = &catalog->team[i];
        printf("  %s: %s, working %s, evening %s", team->name, toil_zone_name(team->zone), team->working,
               team->evening);
        if (team->rate.count > 0)
            printf(", %g %s an hour", team->rate.item[team->rate.count - 1].amount, catalog->currency);
        putchar('\n');
    }
}

static void print_components(const struct toil_catalog *catalog)
{
    puts("\ncomponents, in the order in which their rules are tried");
    for (size_t i = 0; i < catalog->component_count; i++) {
        const struct toil_component *component = &catalog->component[i];
        printf("  %s (%s)", component->name,
               component->team == SIZE_MAX ? "no team" : catalog->team[component->team].name);
        print_names(": ", component->match, component->match_count);
        print_names("; topics ", component->topic, component->topic_count);
        putchar('\n');
    }
}

static void print_items(const struct toil_catalog *catalog)
{
    puts("\nitems");
    for (size_t i = 0; i < catalog->item_count; i++) {
        const struct toil_item *item = &catalog->item[i];
        printf("  %s: %s (%s", item->id, item->title, toil_item_states[item->state]);
        if (item->leader)
            printf(", led by %s", item->leader);
        if (item->goal != SIZE_MAX)
            printf(", for \"%s\"", catalog->goal[item->goal].name);
        puts(")");
    }
}

static void print_catalog(const struct toil_catalog *catalog, int64_t id)
{
    char start[32];
    toil_time_format(catalog->sprint_start_day * TOIL_US_PER_DAY, start);
    if (id == 0)
        puts("no catalog was applied yet; these are the defaults");
    else
        printf("catalog %" PRId64 ": ", id);
    print_counts(catalog);
    bool none = strcmp(catalog->currency, TOIL_NO_CURRENCY) == 0;
    printf("currency %s, zone %s, sprints of %d days from %.10s, %g hours a person and sprint\n",
           none ? "none" : catalog->currency, toil_zone_name(catalog->zone), catalog->sprint_days, start,
           catalog->people_hours_per_sprint);
    if (catalog->team_count > 0)
        print_teams(catalog);
    if (catalog->component_count > 0)
        print_components(catalog);
    if (catalog->item_count > 0)
        print_items(catalog);
}

static enum toil_exit show(const struct toil_context *context, bool as_json)
{
    struct toil_catalog *catalog = NULL;
    struct toil_buf json = TOIL_BUF_INIT;
    struct toil_db *db = NULL;
    struct toil_error err;
    int64_t id = 0;
    enum toil_status status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = toil_store_check_schema(db, &err);
    if (status == TOIL_OK)
        status = toil_catalog_fetch(db, &catalog, &id, &json, &err);
    if (status == TOIL_OK && as_json)
        puts(json.data);
    else if (status == TOIL_OK)
        print_catalog(catalog, id);
    toil_db_close(db);
    toil_catalog_free(catalog);
    toil_buf_release(&json);
    return status == TOIL_OK ? TOIL_EXIT_DONE : toil_command_failed(context, &err);
}

enum toil_exit toil_cmd_catalog(struct toil_context *context, int argc, char **argv)
{
    struct catalog_options options = {.format = "text"};
    int positional;
    if (!toil_command_parse(context, toil_cmd_catalog_options, &options, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    const char *what = positional > 0 ? argv[1] : "";
    if (strcmp(what, "show") == 0 && positional == 1)
        return show(context, strcmp(options.format, "json") == 0);
    if (strcmp(what, "check") == 0 && positional == 2)
        return check(context, argv[2]);
    if (strcmp(what, "apply") == 0 && positional == 2)
        return apply(context, argv[2], options.dry_run);
    return toil_command_usage(context, "expected check FILE, apply FILE, or show");
}
