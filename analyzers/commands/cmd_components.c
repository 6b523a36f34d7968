/* toilmeter components unmapped: raw names that no rule matches, and the rules that would. */
#include <string.h>

#include "catalog/catalog_store.h"
#include "command.h"
#include "command_output.h"
#include "reports/report_unmapped.h"
#include "toilmeter/store.h"

struct components_command {
    struct toil_output_options how;
    const char *catalog, *from, *to;
    bool yaml;
};

const struct toil_option toil_cmd_components_options[] = {
    {"catalog", TOIL_OPTION_TEXT, offsetof(struct components_command, catalog), "FILE", NULL,
     "try the rules of this catalog file, which need not be applied; the one in force by default"},
    {"from", TOIL_OPTION_TEXT, offsetof(struct components_command, from), "T", NULL,
     "only events from this instant on: a date in the catalog's zone, or RFC 3339"},
    {"to", TOIL_OPTION_TEXT, offsetof(struct components_command, to), "T", NULL, "only events before it"},
    {"yaml", TOIL_OPTION_FLAG, offsetof(struct components_command, yaml), NULL, NULL,
     "only what to write into the catalog, of all families unless --top says how many"},
    TOIL_OUTPUT_OPTION_ROWS(struct components_command, how),
    {0},
};

static enum toil_status fetch_catalog(const struct components_command *command, struct toil_db *db,
                                      struct toil_catalog **out, int64_t *id, struct toil_error *err)
{
    *id = 0;
    return command->catalog ? toil_catalog_load_file(command->catalog, out, err)
                            : toil_catalog_fetch(db, out, id, NULL, err);
}

static enum toil_status show(const struct components_command *command, struct toil_db *db, struct toil_error *err)
{
    struct toil_catalog *catalog = NULL;
    struct toil_buf yaml = TOIL_BUF_INIT;
    struct toil_report *report =
        toil_report_new("components-unmapped", "Which names does no rule of the catalog match?");
    struct toil_unmapped_options options = {.file = command->catalog, .from = command->from, .to = command->to};
    options.top = command->how.top == TOIL_TOP_DEFAULT ? SIZE_MAX : (size_t)command->how.top;
    enum toil_status status = fetch_catalog(command, db, &catalog, &options.catalog_id, err);
    options.catalog = catalog;
    if (status == TOIL_OK)
        status = toil_unmapped_build(db, &options, report, &yaml, err);
    if (status == TOIL_OK && yaml.len == 0)
        toil_buf_add_text(&yaml, "# nothing is unmapped\n");
    if (status == TOIL_OK)
        status = command->yaml ? toil_output_text(command->how.output, &yaml, err)
                               : toil_output_write(report, &command->how, err);
    toil_report_free(report);
    toil_buf_release(&yaml);
    toil_catalog_free(catalog);
    return status;
}

enum toil_exit toil_cmd_components(struct toil_context *context, int argc, char **argv)
{
    struct components_command command = {.how = TOIL_OUTPUT_INIT};
    struct toil_error err;
    struct toil_db *db = NULL;
    int positional;
    if (!toil_command_parse(context, toil_cmd_components_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional != 1 || strcmp(argv[1], "unmapped") != 0)
        return toil_command_usage(context, "expected unmapped");
    if (command.yaml && command.how.format)
        return toil_command_usage(context, "--yaml is a format of its own: leave --format out");
    enum toil_status status = toil_output_check(&command.how, &err);
    if (status == TOIL_OK)
        status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = toil_store_check_schema(db, &err);
    if (status == TOIL_OK)
        status = show(&command, db, &err);
    toil_db_close(db);
    return status == TOIL_OK ? TOIL_EXIT_DONE : toil_command_failed(context, &err);
}
