/* Lines of a file that may be compressed (gzip, zstd): streamed, with bounded memory, whatever is in it. */
#ifndef TOIL_IMPORT_READ_H
#define TOIL_IMPORT_READ_H

#include "toilmeter/buf.h"

struct toil_input_line {
    struct toil_span text; /* without the line feed; borrowed until the next call */
    uint64_t bytes;        /* of the whole line: more than text.len when it was cut */
};

struct toil_input; /* opaque */

/* path: "-" is standard input. keep_bytes: of a longer line only the beginning is kept. TOIL_BAD_INPUT when it cannot
 * be opened. *out: owned. */
enum toil_status toil_input_open(const char *path, size_t keep_bytes, struct toil_input **out,
                                 struct toil_error *err) TOIL_MUST_CHECK;
void toil_input_close(struct toil_input *lines);
/* The next line; *end at the end of the file. TOIL_BAD_INPUT when the file is damaged or cannot be read: the line that
 * the damage cut off is not given. A byte order mark at the very beginning is left out. */
enum toil_status toil_input_next(struct toil_input *lines, struct toil_input_line *out, bool *end,
                                 struct toil_error *err) TOIL_MUST_CHECK;

#endif
