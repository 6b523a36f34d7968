/* Log lines on stderr: one line an event, text (logfmt) or JSON, flood-limited, never a payload. Thread-safe. */
#ifndef TOILMETER_LOG_H
#define TOILMETER_LOG_H

#include <stdbool.h>

#include "toilmeter/error.h"

enum toil_log_level { TOIL_LOG_DEBUG, TOIL_LOG_INFO, TOIL_LOG_WARN, TOIL_LOG_ERROR };
enum toil_log_format { TOIL_LOG_TEXT, TOIL_LOG_JSON };

struct toil_log; /* opaque */

/* fd: where lines go, usually 2. */
struct toil_log *toil_log_new(int fd, enum toil_log_format format, enum toil_log_level level);
void toil_log_free(struct toil_log *log);
/* From now on, for all threads. */
void toil_log_set_level(struct toil_log *log, enum toil_log_level level);

/* One line: time, level, event (a stable name in snake_case), message, then pairs key, value ... up to a NULL key.
 * Values are text; control characters are escaped; each is cut at 256 bytes. log NULL: nothing happens. */
void toil_log_line(struct toil_log *log, enum toil_log_level level, const char *event, const char *message, ...)
    __attribute__((sentinel));
/* The same for an error that is logged once at the top: message, hint and sqlstate as pairs. */
void toil_log_error(struct toil_log *log, enum toil_log_level level, const char *event, const struct toil_error *err);
/* At most one line per event name and interval_s; when lines were held back, the next one says how many (collectd's
 * utils_complain is the model). */
void toil_log_limited(struct toil_log *log, enum toil_log_level level, unsigned interval_s, const char *event,
                      const char *message, ...) __attribute__((sentinel));

bool toil_log_level_find(const char *name, enum toil_log_level *out);
bool toil_log_format_find(const char *name, enum toil_log_format *out);

#endif
