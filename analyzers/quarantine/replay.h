/* Unusable messages once more through the reader, as the configuration has it now: what is usable becomes events and
 * leaves the quarantine in one transaction, so a message is in one of the two, whatever dies, and however many replays
 * run at once. What is still unusable stays, with the reason that it has now. */
#ifndef TOIL_REPLAY_H
#define TOIL_REPLAY_H

#include "quarantine.h"
#include "toilmeter/config.h"
#include "toilmeter/store.h"

/* How the messages of a topic are read. All borrowed. */
struct toil_replay_options {
    const struct toil_config *config; /* topics, limits; NULL: the next two say it for all */
    struct toil_topic *chosen;
    struct toil_people *people;
    int64_t now_us;
    bool dry_run; /* read and count, write nothing */
};

/* What became of a topic's messages. messages = used + skipped + left + unread. */
struct toil_replayed {
    char *cluster, *topic;                      /* owned */
    uint64_t messages;                          /* looked at */
    uint64_t used;                              /* became events */
    uint64_t skipped;                           /* the mapping now passes them over on purpose */
    uint64_t left;                              /* still unusable */
    uint64_t unread;                            /* the configuration does not have the topic */
    uint64_t events, stored, duplicates, older; /* of the used ones; only `events` is known in a dry run */
    uint64_t reason[TOIL_REASON_COUNT];         /* of those left */
};

struct toil_replay; /* opaque */

/* db: borrowed, of the right schema. options: borrowed, must outlive it. */
struct toil_replay *toil_replay_new(struct toil_db *db, const struct toil_replay_options *options);
void toil_replay_free(struct toil_replay *replay);

/* Replays all that the filter names and that is there when each page of them is read. What is told by
 * toil_replay_results is committed, also after an error. */
enum toil_status toil_replay_run(struct toil_replay *replay, const struct toil_quarantine_filter *filter,
                                 struct toil_error *err) TOIL_MUST_CHECK;
/* By cluster and topic, in the order of their places. Borrowed from replay. */
const struct toil_replayed *toil_replay_results(const struct toil_replay *replay, size_t *count);

bool toil_replay_is_dry(const struct toil_replay *replay);

/* The same as a report; negative when a message was left. */
void toil_replay_tell(const struct toil_replay *replay, struct toil_report *report);

#endif
