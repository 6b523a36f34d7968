/* Finds the two marks, line by line, and puts new text between them. */
#include "marked_block.h"

#include <stdlib.h>
#include <string.h>

struct mark {
    size_t begin, end; /* of its line; end is behind the line break */
    size_t line, count;
    bool crlf;
};

static bool is_mark(struct toil_span line, const char *mark)
{
    size_t len = strlen(mark);
    if (line.len < len || memcmp(line.ptr, mark, len) != 0)
        return false;
    for (size_t i = len; i < line.len; i++)
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r' && line.ptr[i] != '\n')
            return false;
    return true;
}

static struct mark find(struct toil_span text, const char *mark)
{
    struct mark found = {0};
    size_t number = 1;
    for (size_t at = 0; at < text.len; number++) {
        const char *newline = memchr(text.ptr + at, '\n', text.len - at);
        size_t end = newline ? (size_t)(newline - text.ptr) + 1 : text.len;
        if (is_mark((struct toil_span){text.ptr + at, end - at}, mark)) {
            bool crlf = newline && newline > text.ptr + at && newline[-1] == '\r';
            found = found.count ? found : (struct mark){at, end, number, 0, crlf};
            found.count++;
        }
        at = end;
    }
    return found;
}

static enum toil_status refuse(const char *what, const char *begin, const char *end, struct toil_error *err)
{
    toil_error_set(err, TOIL_BAD_INPUT, "%s", what);
    toil_error_hint(err, "put these two lines, each at the beginning of a line, where the text shall stand: %s and %s",
                    begin, end);
    return TOIL_BAD_INPUT;
}

static enum toil_status check(const struct mark *begin, const struct mark *end, const char *const mark[2],
                              struct toil_error *err)
{
    if (begin->count == 0 && end->count == 0)
        return refuse("the file has no marks", mark[0], mark[1], err);
    if (begin->count == 0 || end->count == 0)
        return refuse(begin->count ? "the file has the first mark, but not the second"
                                   : "the file has the second mark, but not the first",
                      mark[0], mark[1], err);
    if (begin->count > 1 || end->count > 1) {
        toil_error_set(err, TOIL_BAD_INPUT, "the file has %s more than once, first in line %zu",
                       begin->count > 1 ? mark[0] : mark[1], begin->count > 1 ? begin->line : end->line);
        toil_error_hint(err, "leave one: which of them is meant cannot be told");
        return TOIL_BAD_INPUT;
    }
    if (end->begin < begin->end) {
        toil_error_set(err, TOIL_BAD_INPUT, "the second mark (line %zu) stands before the first (line %zu)", end->line,
                       begin->line);
        return TOIL_BAD_INPUT;
    }
    return TOIL_OK;
}

static void add_lines(struct toil_buf *out, struct toil_span content, bool crlf)
{
    for (size_t i = 0; i < content.len; i++) {
        if (content.ptr[i] == '\n' && crlf)
            toil_buf_add_char(out, '\r');
        toil_buf_add_char(out, content.ptr[i]);
    }
    if (content.len && content.ptr[content.len - 1] != '\n')
        toil_buf_add_text(out, crlf ? "\r\n" : "\n");
}

enum toil_status toil_marked_block_replace(struct toil_span text, const char *name, struct toil_span content,
                                           struct toil_buf *out, struct toil_error *err)
{
    if (strstr(name, "--") || strchr(name, '\n') || strchr(name, '>'))
        return toil_error_set(err, TOIL_BAD_INPUT, "\"%.64s\" cannot be marked in a file: a comment may not hold it",
                              name);
    char *first = toil_xasprintf("<!-- toilmeter:begin %s -->", name);
    char *second = toil_xasprintf("<!-- toilmeter:end %s -->", name);
    const struct mark begin = find(text, first), end = find(text, second);
    enum toil_status status = check(&begin, &end, (const char *const[]){first, second}, err);
    if (status == TOIL_OK) {
        toil_buf_add(out, text.ptr, begin.end);
        add_lines(out, content, begin.crlf);
        toil_buf_add(out, text.ptr + end.begin, text.len - end.begin);
    }
    free(first);
    free(second);
    return status;
}
