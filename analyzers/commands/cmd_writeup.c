/* toilmeter writeup: the text for the backlog, to be pasted, or into a marked part of a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "command_output.h"
#include "render/document_render.h"
#include "render/marked_block.h"
#include "reports/writeup.h"
#include "toilmeter/store.h"

#define GREATEST_FILE (64 * 1024 * 1024)

struct writeup_command {
    const char *run, *format, *output, *into;
};

const struct toil_option toil_cmd_writeup_options[] = {
    {"run", TOIL_OPTION_TEXT, offsetof(struct writeup_command, run), "ID", NULL, "the run; the latest by default"},
    {"format", TOIL_OPTION_TEXT, offsetof(struct writeup_command, format), "FORMAT", toil_document_formats,
     "how to write it; markdown by default"},
    {"output", TOIL_OPTION_TEXT, offsetof(struct writeup_command, output), "FILE", NULL,
     "where to write it; the file appears whole or not at all"},
    {"into", TOIL_OPTION_TEXT, offsetof(struct writeup_command, into), "FILE", NULL,
     "renew what stands between <!-- toilmeter:begin ITEM --> and <!-- toilmeter:end ITEM --> in this file"},
    {0},
};

static enum toil_status read_file(const char *path, struct toil_buf *out, struct toil_error *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer would be waited for */
    struct stat info;
    enum toil_status status = TOIL_OK;
    if (file < 0 || fstat(file, &info) != 0)
        status = toil_error_set(err, TOIL_BAD_INPUT, "cannot read %s: %s", path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        status = toil_error_set(err, TOIL_BAD_INPUT, "--into takes a file, and %s is none", path);
    for (ssize_t got = 1; status == TOIL_OK && got != 0;) {
        toil_buf_reserve(out, 65536);
        got = read(file, out->data + out->len, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = toil_error_set(err, TOIL_RETRY, "cannot read %s: %s", path, strerror(errno));
        else
            out->len += (size_t)got;
        if (out->len > GREATEST_FILE)
            status = toil_error_set(err, TOIL_BAD_INPUT, "%s is larger than 64 MiB", path);
    }
    if (file >= 0)
        close(file);
    return status;
}

static enum toil_status write_into(const struct toil_context *context, const char *path, const char *item,
                                   const struct toil_buf *part, struct toil_error *err)
{
    struct toil_buf old = TOIL_BUF_INIT, renewed = TOIL_BUF_INIT;
    enum toil_status status = read_file(path, &old, err);
    if (status == TOIL_OK &&
        toil_marked_block_replace((struct toil_span){old.data, old.len}, item,
                                  (struct toil_span){part->data, part->len}, &renewed, err) != TOIL_OK)
        status = toil_error_prefix(err, "%s", path);
    if (status == TOIL_OK) {
        bool same =
            toil_span_equal((struct toil_span){old.data, old.len}, (struct toil_span){renewed.data, renewed.len});
        if (!same)
            status = toil_output_file(path, &renewed, err);
        if (status == TOIL_OK && !context->quiet)
            fprintf(stderr, "%s: %s\n", path, same ? "says the same already" : "renewed");
    }
    toil_buf_release(&old);
    toil_buf_release(&renewed);
    return status;
}

static enum toil_status write_out(const struct toil_context *context, const struct toil_document *document,
                                  const struct writeup_command *command, struct toil_error *err)
{
    const struct toil_document_renderer *renderer =
        toil_document_renderer_find(command->format ? command->format : "markdown");
    struct toil_buf text = TOIL_BUF_INIT;
    enum toil_status status;
    if (command->into) {
        renderer->part(document, &text);
        status = write_into(context, command->into, document->subject, &text, err);
    } else {
        renderer->whole(document, &text);
        status = toil_output_text(command->output, &text, err);
    }
    toil_buf_release(&text);
    return status;
}

/* What cannot be: NULL when all is well. */
static const char *wrong_options(const struct writeup_command *command)
{
    if (command->into && command->output)
        return "--into and --output say two places: take one";
    if (command->into && !*command->into)
        return "--into needs the name of a file";
    if (command->into && command->format && !toil_document_renderer_find(command->format)->part)
        return "--into works with markdown and html, whose comments mark the place";
    return NULL;
}

enum toil_exit toil_cmd_writeup(struct toil_context *context, int argc, char **argv)
{
    struct writeup_command command = {0};
    struct toil_error err;
    struct toil_db *db = NULL;
    int positional;
    if (!toil_command_parse(context, toil_cmd_writeup_options, &command, argc, argv, &positional))
        return TOIL_EXIT_USAGE;
    if (positional != 1)
        return toil_command_usage(context, "expected one ITEM");
    if (wrong_options(&command))
        return toil_command_usage(context, "%s", wrong_options(&command));
    enum toil_status status = toil_command_connect(context, &db, &err);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    struct toil_document *document = NULL;
    status = toil_store_check_schema(db, &err);
    if (status == TOIL_OK)
        status = toil_writeup(db, command.run, argv[1], &document, &err);
    if (status == TOIL_OK)
        status = write_out(context, document, &command, &err);
    bool negative = document && document->report->negative;
    toil_document_free(document);
    toil_db_close(db);
    if (status != TOIL_OK)
        return toil_command_failed(context, &err);
    return negative ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}
