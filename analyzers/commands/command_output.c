/* Where a report goes: standard output with a terminal's width and colour, or a file that appears whole. */
#include "command_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_WIDTH 80
#define GREATEST      100000

bool toil_output_for_people(const struct toil_output_options *options)
{
    const char *format = options->format ? options->format : "text";
    return options->top == TOIL_TOP_DEFAULT && strcmp(format, "json") != 0 && strcmp(format, "csv") != 0;
}

enum toil_status toil_output_check(const struct toil_output_options *options, struct toil_error *err)
{
    if (options->explain && options->format && strcmp(options->format, "csv") == 0) {
        toil_error_set(err, TOIL_BAD_INPUT, "--explain has no place in CSV");
        toil_error_hint(err, "use text, markdown, json or html");
        return TOIL_BAD_INPUT;
    }
    bool top_fits = options->top == TOIL_TOP_DEFAULT || (options->top >= 0 && options->top <= INT32_MAX);
    if (options->width < 0 || options->width > GREATEST || !top_fits)
        return toil_error_set(err, TOIL_BAD_INPUT, "--width and --top take a number from 0 on");
    return TOIL_OK;
}

static int terminal_width(bool terminal)
{
    struct winsize size;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return DEFAULT_WIDTH;
}

/* https://no-color.org: any value but an empty one asks for none. */
static bool wants_colour(bool terminal)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    return terminal && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
}

static enum toil_status failed(const char *what, const char *path, struct toil_error *err)
{
    return toil_error_set(err, TOIL_RETRY, "cannot %s %s: %s", what, path, strerror(errno));
}

static bool write_all(int file, const struct toil_buf *text)
{
    for (size_t done = 0; done < text->len;) {
        ssize_t wrote = write(file, text->data + done, text->len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        done += (size_t)wrote;
    }
    return true;
}

/* Pipes and devices are written into: a rename would put a file in their place. */
static enum toil_status write_special(const char *path, const struct toil_buf *text, struct toil_error *err)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return failed("open", path, err);
    bool written = write_all(file, text);
    int fault = errno;
    bool closed = close(file) == 0;
    if (!written)
        errno = fault;
    return written && closed ? TOIL_OK : failed("write", path, err);
}

/* The mode of a file that is there already, else what a new file would get. */
static mode_t mode_of(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return info.st_mode & 0777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static enum toil_status replace(const char *path, const struct toil_buf *text, struct toil_error *err)
{
    char *temporary = toil_xasprintf("%s.XXXXXX", path);
    mode_t mode = mode_of(path);
    int file = mkstemp(temporary);
    enum toil_status status = TOIL_OK;
    if (file < 0)
        status = failed("write beside", path, err);
    else if (!write_all(file, text) || fchmod(file, mode) != 0 || fsync(file) != 0)
        status = failed("write", path, err);
    if (file >= 0 && close(file) != 0 && status == TOIL_OK)
        status = failed("write", path, err);
    if (status == TOIL_OK && rename(temporary, path) != 0)
        status = failed("rename to", path, err);
    if (status != TOIL_OK && file >= 0)
        unlink(temporary);
    free(temporary);
    return status;
}

enum toil_status toil_output_file(const char *path, const struct toil_buf *text, struct toil_error *err)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return toil_error_set(err, TOIL_BAD_INPUT, "cannot write %s: it is a folder", path);
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return write_special(path, text, err);
    char *real = realpath(path, NULL); /* behind a symbolic link, which stays; NULL for a new file */
    enum toil_status status = replace(real ? real : path, text, err);
    free(real);
    return status;
}

enum toil_status toil_output_text(const char *path, const struct toil_buf *text, struct toil_error *err)
{
    if (path)
        return toil_output_file(path, text, err);
    if (fwrite(text->data, 1, text->len, stdout) != text->len)
        return failed("write to", "standard output", err);
    return TOIL_OK;
}

enum toil_status toil_output_write(const struct toil_report *report, const struct toil_output_options *options,
                                   struct toil_error *err)
{
    bool terminal = !options->output && isatty(STDOUT_FILENO);
    const struct toil_render_options how = {
        .width = options->width ? (int)options->width : terminal_width(terminal),
        .colour = wants_colour(terminal),
        .explain = options->explain,
        .top = options->top == TOIL_TOP_DEFAULT ? SIZE_MAX : (size_t)options->top,
    };
    const struct toil_renderer *renderer = toil_renderer_find(options->format ? options->format : "text");
    if (!renderer)
        return toil_error_set(err, TOIL_BAD_INPUT, "there is no format \"%.32s\"", options->format);
    struct toil_buf text = TOIL_BUF_INIT;
    renderer->render(report, &how, &text);
    enum toil_status status = toil_output_text(options->output, &text, err);
    toil_buf_release(&text);
    return status;
}
