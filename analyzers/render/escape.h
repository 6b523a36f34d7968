/* Text from outside made harmless in a markup: it can neither end what it stands in nor become a link, an image, a
 * script or a mention. */
#ifndef TOIL_ESCAPE_H
#define TOIL_ESCAPE_H

#include "toilmeter/buf.h"

/* For elements and for attributes in double quotes. */
void toil_html_add_escaped(struct toil_buf *out, const char *text);
/* Every character that Markdown or a tracker's HTML could take for more than itself is escaped; line breaks are blanks.
 * '@' and '#' get a zero-width break behind them where a tracker would call a person or link an issue. */
void toil_markdown_add_escaped(struct toil_buf *out, const char *text);
/* A block of code: its fence is longer than any run of backticks in the text, so cannot be closed by it. */
void toil_markdown_add_fenced(struct toil_buf *out, const char *language, const char *text);
/* For Jira's wiki markup: what could be taken for more than itself gets a backslash, entities and mentions included;
 * line breaks are blanks. */
void toil_jira_add_escaped(struct toil_buf *out, const char *text);

#endif
