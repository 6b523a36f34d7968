/* From a report model to the reader: format, width, colour, file. Shared by every command that prints a report. */
#ifndef TOIL_COMMAND_OUTPUT_H
#define TOIL_COMMAND_OUTPUT_H

#include "render/render.h"
#include "toilmeter/options.h"

struct toil_output_options {
    const char *format; /* NULL: text */
    const char *output; /* NULL: standard output */
    bool explain;
    int64_t top;   /* TOIL_TOP_DEFAULT: the report's own */
    int64_t width; /* 0: the terminal's, or 80 */
};
#define TOIL_TOP_DEFAULT INT64_MIN
#define TOIL_OUTPUT_INIT ((struct toil_output_options){.top = TOIL_TOP_DEFAULT})

/* Rows of an option table for a struct whose member `member` is a struct toil_output_options. */
#define TOIL_OUTPUT_OPTION_ROWS(type, member)                                                                          \
    {"format", TOIL_OPTION_TEXT,  offsetof(type, member.format),                                                       \
     "FORMAT", toil_format_names, "how to show it; text by default"},                                                  \
        {"output",                                                                                                     \
         TOIL_OPTION_TEXT,                                                                                             \
         offsetof(type, member.output),                                                                                \
         "FILE",                                                                                                       \
         NULL,                                                                                                         \
         "where to write it; the file appears whole or not at all"},                                                   \
        {"explain",                                                                                                    \
         TOIL_OPTION_FLAG,                                                                                             \
         offsetof(type, member.explain),                                                                               \
         NULL,                                                                                                         \
         NULL,                                                                                                         \
         "show the SQL and the arithmetic behind the numbers, too"},                                                   \
        {"top",                                                                                                        \
         TOIL_OPTION_INT,                                                                                              \
         offsetof(type, member.top),                                                                                   \
         "N",                                                                                                          \
         NULL,                                                                                                         \
         "rows in text, markdown and html (in each period with --by); 0 for all"},                                     \
    {                                                                                                                  \
        "width", TOIL_OPTION_INT, offsetof(type, member.width), "N", NULL,                                             \
            "columns of text; the terminal's by default, else 80"                                                      \
    }

/* Will nobody but people see it, and no more rows than the report shows by itself? */
bool toil_output_for_people(const struct toil_output_options *options);
/* What cannot be: TOIL_BAD_INPUT. Ask before the work is done. */
enum toil_status toil_output_check(const struct toil_output_options *options, struct toil_error *err) TOIL_MUST_CHECK;
/* Renders and writes. A file is written beside its place and renamed, so a reader sees the old one or the new one. */
enum toil_status toil_output_write(const struct toil_report *report, const struct toil_output_options *options,
                                   struct toil_error *err) TOIL_MUST_CHECK;

/* The same for a text that is made already; path NULL: standard output. */
enum toil_status toil_output_text(const char *path, const struct toil_buf *text,
                                  struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status toil_output_file(const char *path, const struct toil_buf *text,
                                  struct toil_error *err) TOIL_MUST_CHECK;

#endif
