/* The part of a file between two marks, which is ours to renew; all else is somebody else's text. Pure.
 *
 *     <!-- toilmeter:begin TD-1 -->
 *     ... renewed ...
 *     <!-- toilmeter:end TD-1 -->
 *
 * A mark stands alone at the beginning of its line (blanks behind it don't matter). Comments of HTML are comments of
 * Markdown, too, so that no viewer shows them. */
#ifndef TOIL_MARKED_BLOCK_H
#define TOIL_MARKED_BLOCK_H

#include "toilmeter/buf.h"

/* `text` with what stands between the marks of `name` replaced by `content`, in *out (empty before; filled only when
 * TOIL_OK). The lines of content end as the line of the first mark does. TOIL_BAD_INPUT, with a hint: no marks, one
 * alone, several, out of order, or a name that cannot stand in a comment. */
enum toil_status toil_marked_block_replace(struct toil_span text, const char *name, struct toil_span content,
                                           struct toil_buf *out, struct toil_error *err) TOIL_MUST_CHECK;

#endif
