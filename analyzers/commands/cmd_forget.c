/* toilmeter forget: takes people out of the database. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "command_output.h"
#include "command_people.h"
#include "forget/forget.h"
#include "import/import_read.h"
#include "toilmeter/store.h"

#define KEEP_BYTES 1024 /* the longest id that is stored */

struct forget_command {
    struct toil_option_list actor, customer;
    struct toil_people_options people; /* without robots */
    struct toil_output_options how;
    bool dry_run;
};

#define AT(member) offsetof(struct forget_command, member)
const struct toil_option toil_cmd_forget_options[] = {
    {"actor", TOIL_OPTION_LIST, AT(actor), "ID", NULL,
     "somebody who acted, as the source writes it; - reads standard input, a line each"},
    {"customer", TOIL_OPTION_LIST, AT(customer), "ID", NULL, "a customer, in the same ways"},
    {"dry-run", TOIL_OPTION_FLAG, AT(dry_run), NULL, NULL, "say what would be touched, write nothing"},
    TOIL_KEY_FILE_OPTION_ROW(struct forget_command, people),
    TOIL_OUTPUT_OPTION_ROWS(struct forget_command, how),
    {0},
};

struct ids {
    const char **item; /* owned; their texts are those of argv, or `read` */
    char **read;       /* owned: what came from standard input */
    size_t count, read_count;
};

static void ids_add(struct ids *ids, const char *id)
{
    ids->item = toil_xreallocarray(ids->item, ids->count + 1, sizeof *ids->item);
    ids->item[ids->count++] = id;
}

static void ids_release(struct ids *ids)
{
    for (size_t i = 0; i < ids->read_count; i++)
        free(ids->read[i]);
    free(ids->read);
    free(ids->item);
}

static enum toil_status ids_read(struct ids *ids, struct toil_error *err)
{
    struct toil_input *lines;
    bool end = false;
    enum toil_status status = toil_input_open("-", KEEP_BYTES, &lines, err);
    if (status != TOIL_OK)
        return status;
    while (status == TOIL_OK && !end) {
        struct toil_input_line line;
        status = toil_input_next(lines, &line, &end, err);
        if (status != TOIL_OK || end || line.text.len == 0)
            continue;
        if (line.bytes > line.text.len || memchr(line.text.ptr, 0, line.text.len)) {
            status = toil_error_set(err, TOIL_BAD_INPUT, "standard input: a line is no id: too long, or with a NUL");
            continue;
        }
        ids->read = toil_xreallocarray(ids->read, ids->read_count + 1, sizeof *ids->read);
        ids->read[ids->read_count++] = toil_xstrndup(line.text.ptr, line.text.len);
        ids_add(ids, ids->read[ids->read_count - 1]);
    }
    toil_input_close(lines);
    return status;
}

static enum toil_status ids_of(const struct toil_option_list *list, struct ids *out, struct toil_error *err)
{
    enum toil_status status = TOIL_OK;
    for (size_t i = 0; i < list->count && status == TOIL_OK; i++) {
        if (strcmp(list->item[i], "-") == 0)
            status = ids_read(out, err);
        else
            ids_add(out, list->item[i]);
    }
    return status;
}

static enum toil_status forget(struct toil_db *db, const struct forget_command *command, const struct ids *actors,
                               const struct ids *customers, struct toil_report *report, struct toil_error *err)
{
    struct toil_people *people = NULL;
    enum toil_status status = toil_store_check_schema(db, err);
    if (status == TOIL_OK)
        status = toil_command_people(db, &command->people, &people, err);
    if (status == TOIL_OK) {
        const struct toil_forget_options options = {.actor = actors->item,
                                                    .actor_count = actors->count,
                                                    .customer = customers->item,
                                                    .customer_count = customers->count,
                                                    .people = people,
                                                    .dry_run = command->dry_run};
        status = toil_forget(db, &options, report, err);
    }
    toil_people_free(people);
    return status;
}

static bool takes_input(const struct toil_option_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->item[i], "-") == 0)
            return true;
    }
    return false;
}

static enum toil_exit run(const struct toil_context *context, const struct forget_command *command)
{
    struct ids actors = {.count = 0}, customers = {.count = 0};
    struct toil_db *db = NULL;
    struct toil_error err;
    if (takes_input(&command->actor) && takes_input(&command->customer))
        return toil_command_usage(context, "standard input holds actors or customers: not both");
    struct toil_report *report = toil_report_new("forget", "What named them?");
    enum toil_status status = toil_output_check(&command->how, &err);
    if (status == TOIL_OK)
        status = ids_of(&command->actor, &actors, &err);
    if (status == TOIL_OK)
        status = ids_of(&command->customer, &customers, &err);
    if (status == TOIL_OK && actors.count + customers.count == 0)
        status = toil_error_set(&err, TOIL_BAD_INPUT, "expected --actor ID or --customer ID");
    if (status == TOIL_OK)
        status = toil_command_connect(context, &db, &err);
    if (status == TOIL_OK)
        status = forget(db, command, &actors, &customers, report, &err);
    if (status == TOIL_OK)
        status = toil_output_write(report, &command->how, &err);
    bool nothing = report->negative;
    toil_report_free(report);
    toil_db_close(db);
    ids_release(&actors);
    ids_release(&customers);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    return nothing ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}

enum toil_exit toil_cmd_forget(struct toil_context *context, int argc, char **argv)
{
    struct forget_command command = {.how = TOIL_OUTPUT_INIT};
    int positional;
    enum toil_exit result = TOIL_EXIT_USAGE;
    if (toil_command_parse(context, toil_cmd_forget_options, &command, argc, argv, &positional)) {
        if (positional > 0)
            result = toil_command_usage(context, "expected --actor ID or --customer ID");
        else
            result = run(context, &command);
    }
    toil_option_list_release(&command.actor);
    toil_option_list_release(&command.customer);
    return result;
}
