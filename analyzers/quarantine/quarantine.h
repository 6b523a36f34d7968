/* Unusable messages in the database: which ones are meant, and reading them whole.
 *
 * A place names one: TOPIC/PARTITION/OFFSET, as `quarantine list` shows it. */
#ifndef TOIL_QUARANTINE_H
#define TOIL_QUARANTINE_H

#include "reports/report.h"
#include "toilmeter/db.h"
#include "toilmeter/decode.h"
#include "toilmeter/zone.h"

/* As typed; all borrowed, NULL: not given. */
struct toil_quarantine_options {
    const char *cluster, *topic, *reason;
    const char *from, *to; /* when they went into quarantine: a date or RFC 3339; to is exclusive */
};

/* Ready to be asked for. */
struct toil_quarantine_filter {
    const char *cluster, *topic, *reason;        /* borrowed; NULL: all */
    char from[32], to[32];                       /* RFC 3339; "": open */
    struct toil_buf topics, partitions, offsets; /* arrays of single messages; empty: all */
};
#define TOIL_QUARANTINE_FILTER_INIT ((struct toil_quarantine_filter){.cluster = NULL})

/* zone: of dates. place: [place_count] TOPIC/PARTITION/OFFSET. TOIL_BAD_INPUT says which option is wrong. *out: to be
 * released in any case. */
enum toil_status toil_quarantine_filter_read(struct toil_zone *zone, const struct toil_quarantine_options *options,
                                             char *const *place, size_t place_count, struct toil_quarantine_filter *out,
                                             struct toil_error *err) TOIL_MUST_CHECK;
void toil_quarantine_filter_release(struct toil_quarantine_filter *filter);
/* Does it name messages, a topic or a reason, or does it leave all? */
bool toil_quarantine_filter_is_open(const struct toil_quarantine_filter *filter);

/* The first parameters of every query of quarantine_*.sql that is asked with a filter. */
enum { TOIL_QUARANTINE_PARAMS = 8 };
void toil_quarantine_filter_params(const struct toil_quarantine_filter *filter,
                                   struct toil_param out[TOIL_QUARANTINE_PARAMS]);

/* A message as it was kept. Borrowed from its page. */
struct toil_quarantined {
    const char *cluster, *topic, *reason;
    const char *detail; /* "" when there is none */
    int32_t partition;
    int64_t offset;
    struct toil_span value, key; /* ptr NULL: none */
    struct toil_span headers;    /* headers.h; empty: none */
    int64_t message_us;          /* INT64_MIN: none */
    int64_t quarantined_us;
    char *memory; /* owned by the page: what the rest points into */
};

struct toil_quarantine_page {
    struct toil_quarantined *message; /* [count] */
    size_t count, cap;
    struct toil_quarantined behind; /* the last one of the pages before; memory NULL: there is none */
};
#define TOIL_QUARANTINE_PAGE_INIT ((struct toil_quarantine_page){.count = 0})
void toil_quarantine_page_release(struct toil_quarantine_page *page);
/* Lets go of its messages: the next page begins behind the first `dealt` of them. */
void toil_quarantine_page_leave(struct toil_quarantine_page *page, size_t dealt);

/* Reads the next messages by place into the page, behind those that it held. At most so many rows, and so many bytes
 * but one message at least. Count 0: there are no more. */
enum toil_status toil_quarantine_next(struct toil_db *db, const struct toil_quarantine_filter *filter, size_t most_rows,
                                      size_t most_bytes, struct toil_quarantine_page *page,
                                      struct toil_error *err) TOIL_MUST_CHECK;

/* How many there are, by topic and reason, with an example each. */
enum toil_status toil_quarantine_list(struct toil_db *db, const struct toil_quarantine_filter *filter,
                                      struct toil_report *report, struct toil_error *err) TOIL_MUST_CHECK;
/* The last of them one by one, at most `most`. */
enum toil_status toil_quarantine_each(struct toil_db *db, const struct toil_quarantine_filter *filter, int64_t most,
                                      struct toil_report *report, struct toil_error *err) TOIL_MUST_CHECK;

/* Appends a message for people; control characters and bytes that are not UTF-8 are shown as escapes, and of each part
 * no more than so many bytes. */
void toil_quarantine_tell_text(const struct toil_quarantined *message, size_t most_bytes, struct toil_buf *out);
/* Appends it whole as one line, an envelope that `check-mapping --envelope` reads. */
void toil_quarantine_tell_json(const struct toil_quarantined *message, struct toil_buf *out);

/* What to do about a reason, one line; never NULL. */
const char *toil_quarantine_remedy(const char *reason);

#endif
