/* Escaping for HTML, Markdown and Jira. */
#include "escape.h"

#include <string.h>

#include "render.h"

void toil_html_add_escaped(struct toil_buf *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        switch (c) {
        case '<':
            toil_buf_add_text(out, "&lt;");
            break;
        case '>':
            toil_buf_add_text(out, "&gt;");
            break;
        case '&':
            toil_buf_add_text(out, "&amp;");
            break;
        case '"':
            toil_buf_add_text(out, "&quot;");
            break;
        case '\'':
            toil_buf_add_text(out, "&#39;");
            break;
        default:
            toil_buf_add_char(out, c < 0x20 && c != '\n' && c != '\t' ? ' ' : (char)c);
        }
    }
}

void toil_markdown_add_escaped(struct toil_buf *out, const char *text)
{
    struct toil_buf line = TOIL_BUF_INIT;
    toil_text_add_line(&line, text);
    for (const char *p = line.data; p && *p; p++) {
        bool word_start = p == line.data || p[-1] == ' ' || p[-1] == '(';
        if (*p == '<')
            toil_buf_add_text(out, "&lt;");
        else if (*p == '>')
            toil_buf_add_text(out, "&gt;");
        else if (*p == '&')
            toil_buf_add_text(out, "&amp;");
        else if ((*p == '@' || *p == '#') && word_start)
            toil_buf_printf(out, "%c\xe2\x80\x8b", *p);
        else if (strchr("\\`*_|[]~!", *p))
            toil_buf_printf(out, "\\%c", *p);
        else
            toil_buf_add_char(out, *p);
    }
    toil_buf_release(&line);
}

void toil_markdown_add_fenced(struct toil_buf *out, const char *language, const char *text)
{
    size_t longest = 2, run = 0;
    for (const char *p = text; *p; p++) {
        run = *p == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++)
        toil_buf_add_char(out, '`');
    toil_buf_printf(out, "%s\n%s\n", language, text);
    for (size_t i = 0; i <= longest; i++)
        toil_buf_add_char(out, '`');
    toil_buf_add_char(out, '\n');
}

void toil_jira_add_escaped(struct toil_buf *out, const char *text)
{
    struct toil_buf line = TOIL_BUF_INIT;
    toil_text_add_line(&line, text);
    for (const char *p = line.data; p && *p; p++) {
        bool word_start = p == line.data || p[-1] == ' ' || p[-1] == '(';
        /* "-" and "+" mark words only where one begins; within a word they stay readable. */
        bool marks = strchr("*_{}[]|^~!?", *p) || (strchr("-+#@", *p) && word_start && p[1] != ' ' && p[1]);
        if (*p == '\\')
            toil_buf_add_text(out, "&#92;"); /* two backslashes would be a line break */
        else
            toil_buf_printf(out, "%s%c", marks ? "\\" : "", *p);
    }
    toil_buf_release(&line);
}
