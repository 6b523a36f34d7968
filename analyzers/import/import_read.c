/* The code behind import_read.h: the one file that knows libarchive. */
#include "import_read.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256u * 1024u) /* read from a file at once */

struct toil_input {
    struct archive *archive;
    char *path;
    size_t keep_bytes;
    struct toil_buf line; /* of a line that goes over a block's end */
    uint64_t line_bytes;  /* of it, what was cut included */
    const char *block;    /* libarchive's, until its next call */
    size_t at, len;       /* in the block */
    bool begun, ended;
};

static enum toil_status refuse(const struct toil_input *lines, struct toil_error *err)
{
    const char *reason = archive_error_string(lines->archive);
    int code = archive_errno(lines->archive);
    if (code == ENOENT || code == EACCES || code == EISDIR || code == EIO)
        reason = strerror(code);
    return toil_error_set(err, TOIL_BAD_INPUT, "%s: %s", lines->path, reason ? reason : "cannot be read");
}

/* Only the two filters that are promised, both inside the library: others would start programs. */
static enum toil_status open_archive(struct toil_input *lines, struct toil_error *err)
{
    struct archive_entry *entry;
    struct archive *archive = lines->archive;
    if (archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
        archive_read_support_filter_zstd(archive) != ARCHIVE_OK ||
        archive_read_support_format_raw(archive) != ARCHIVE_OK ||
        archive_read_support_format_empty(archive) != ARCHIVE_OK)
        return toil_error_set(err, TOIL_FATAL, "libarchive was built without gzip or zstd");
    int opened = strcmp(lines->path, "-") == 0 ? archive_read_open_fd(archive, STDIN_FILENO, BLOCK_BYTES)
                                               : archive_read_open_filename(archive, lines->path, BLOCK_BYTES);
    if (opened != ARCHIVE_OK)
        return refuse(lines, err);
    int header = archive_read_next_header(archive, &entry);
    if (header == ARCHIVE_EOF)
        lines->ended = true;
    else if (header != ARCHIVE_OK && header != ARCHIVE_WARN)
        return refuse(lines, err);
    return TOIL_OK;
}

enum toil_status toil_input_open(const char *path, size_t keep_bytes, struct toil_input **out, struct toil_error *err)
{
    struct toil_input *lines = toil_xcalloc(1, sizeof *lines);
    lines->path = toil_xstrdup(path);
    lines->keep_bytes = keep_bytes;
    lines->archive = archive_read_new();
    if (!lines->archive)
        abort();
    enum toil_status status = open_archive(lines, err);
    if (status != TOIL_OK) {
        toil_input_close(lines);
        lines = NULL;
    }
    *out = lines;
    return status;
}

void toil_input_close(struct toil_input *lines)
{
    if (!lines)
        return;
    archive_read_free(lines->archive);
    toil_buf_release(&lines->line);
    free(lines->path);
    free(lines);
}

static enum toil_status fill(struct toil_input *lines, struct toil_error *err)
{
    const void *block = NULL;
    size_t len = 0;
    la_int64_t offset;
    int got;
    /* Blocks as they come: a damaged file gives all that stands before the damage. */
    do {
        got = archive_read_data_block(lines->archive, &block, &len, &offset);
    } while (got == ARCHIVE_RETRY || (got == ARCHIVE_OK && len == 0));
    if (got != ARCHIVE_OK && got != ARCHIVE_EOF)
        return refuse(lines, err);
    lines->block = block;
    lines->at = 0;
    lines->len = got == ARCHIVE_EOF ? 0 : len;
    lines->ended = got == ARCHIVE_EOF;
    if (!lines->begun && lines->len >= 3 && memcmp(lines->block, "\xef\xbb\xbf", 3) == 0)
        lines->at = 3;
    lines->begun = true;
    return TOIL_OK;
}

static void keep(struct toil_input *lines, const char *from, size_t len)
{
    size_t room = lines->keep_bytes - lines->line.len;
    toil_buf_add(&lines->line, from, len < room ? len : room);
    lines->line_bytes += len;
}

static void give(struct toil_input *lines, struct toil_input_line *out)
{
    *out = (struct toil_input_line){{lines->line.data, lines->line.len}, lines->line_bytes};
}

enum toil_status toil_input_next(struct toil_input *lines, struct toil_input_line *out, bool *end,
                                 struct toil_error *err)
{
    toil_buf_clear(&lines->line);
    lines->line_bytes = 0;
    *end = false;
    for (;;) {
        if (lines->at == lines->len && !lines->ended) {
            enum toil_status status = fill(lines, err);
            if (status != TOIL_OK)
                return status;
        }
        if (lines->ended) {
            *end = lines->line_bytes == 0;
            give(lines, out);
            return TOIL_OK;
        }
        const char *from = lines->block + lines->at;
        const char *feed = memchr(from, '\n', lines->len - lines->at);
        size_t len = feed ? (size_t)(feed - from) : lines->len - lines->at;
        lines->at += len + (feed ? 1 : 0);
        if (feed && lines->line_bytes == 0 && len <= lines->keep_bytes) {
            *out = (struct toil_input_line){{from, len}, len}; /* whole in the block: no copy */
            return TOIL_OK;
        }
        keep(lines, from, len);
        if (feed) {
            give(lines, out);
            return TOIL_OK;
        }
    }
}
