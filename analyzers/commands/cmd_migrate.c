/* toilmeter migrate: brings the schema up to date, or says how it stands. */
#include <stdio.h>

#include "command.h"
#include "toilmeter/migrate.h"

struct migrate_options {
    bool dry_run, status;
};

const struct toil_option toil_cmd_migrate_options[] = {
    {"dry-run", TOIL_OPTION_FLAG, offsetof(struct migrate_options, dry_run), NULL, NULL,
     "say what would be applied, change nothing"},
    {"status", TOIL_OPTION_FLAG, offsetof(struct migrate_options, status), NULL, NULL,
     "list all migrations; exit status 1 unless all are applied"},
    {0},
};

struct telling {
    bool quiet, dry_run;
};

static void tell(void *context, const struct toil_migration *migration, bool done)
{
    const struct telling *telling = context;
    if (!telling->quiet && (done || telling->dry_run))
        printf("%s %s\n", telling->dry_run ? "would apply" : "applied", migration->name);
}

static enum toil_status apply(struct toil_db *db, struct telling *telling, struct toil_error *err)
{
    unsigned applied = 0;
    enum toil_status status = toil_migrate_apply(db, telling->dry_run, tell, telling, &applied, err);
    if (status == TOIL_OK && applied == 0 && !telling->quiet)
        puts("up to date");
    return status;
}

/* *current: is there nothing to do? */
static enum toil_status show_status(struct toil_db *db, bool *current, struct toil_error *err)
{
    struct toil_migration_list list = TOIL_MIGRATION_LIST_INIT;
    enum toil_status status = toil_migrate_status(db, &list, err);
    *current = true;
    for (size_t i = 0; status == TOIL_OK && i < list.count; i++) {
        const struct toil_migration_row *row = &list.row[i];
        printf("%-8s  %-20s  %s\n", toil_migration_state_name(row->state), row->applied_at, row->name);
        *current = *current && row->state == TOIL_MIGRATION_APPLIED;
    }
    if (status == TOIL_OK)
        status = toil_migrate_check(&list, err);
    toil_migration_list_release(&list);
    return status;
}

enum toil_exit toil_cmd_migrate(struct toil_context *context, int argc, char **argv)
{
    struct migrate_options options = {0};
    struct toil_db *db = NULL;
    struct toil_error err;
    int positional;
    bool current = true;
    if (!toil_command_parse(context, toil_cmd_migrate_options, &options, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional > 0)
        return toil_command_usage(context, "unexpected argument \"%.64s\"", argv[1]);
    struct telling telling = {.quiet = context->quiet, .dry_run = options.dry_run};
    enum toil_status status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = options.status ? show_status(db, &current, &err) : apply(db, &telling, &err);
    toil_db_close(db);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    return current ? TOIL_EXIT_DONE : TOIL_EXIT_NO;
}
