/* One session with the database: the partitions held, and the statements of the exactly-once protocol. Used by one
 * thread at a time; the connection comes and goes, the leases stay. */
#ifndef COLLECTOR_SESSION_H
#define COLLECTOR_SESSION_H

#include <stdatomic.h>

#include "sink.h"
#include "toilmeter/db.h"

struct session {
    const struct sink_options *options; /* owned copy */
    const atomic_bool *cancel;          /* borrowed */
    struct toil_db *db;                 /* owned; NULL while there is no connection */
    struct toil_store *store;           /* owned; of this connection */
    struct sink_lease *lease;           /* owned; by topic and partition */
    size_t lease_count, lease_cap;
    char fingerprint[65];     /* "" while it is not known */
    bool key_checked;         /* on this connection */
    struct toil_buf array[9]; /* scratch for array parameters */
};

void session_init(struct session *session, const struct sink_options *options, const atomic_bool *cancel);
void session_release(struct session *session);
void session_set_fingerprint(struct session *session, const char *fingerprint);

/* Replaces the leases by these positions, unclaimed yet. */
void session_hold(struct session *session, const struct positions *positions);
void session_forget(struct session *session, const char *topic, int32_t partition);

bool session_is_open(struct session *session);
/* Connects and checks schema and key, if there is no usable connection. */
enum toil_status session_open(struct session *session, struct toil_error *err) TOIL_MUST_CHECK;
enum toil_status session_has_key(struct session *session, bool *out, struct toil_error *err) TOIL_MUST_CHECK;
/* Ends the transactions of instances of this cluster that stand still and may hold what this one waits for. Call it
 * outside of a transaction, after a wait for a lock took too long. */
enum toil_status session_end_frozen(struct session *session, uint64_t *ended, struct toil_error *err) TOIL_MUST_CHECK;
/* Claims all leases: fills next and epoch of each. */
enum toil_status session_claim(struct session *session, struct toil_error *err) TOIL_MUST_CHECK;

/* Where the database stands, seen from a parcel. */
enum session_standing {
    SESSION_BEFORE,    /* all partitions are where the parcel begins: it is to be written */
    SESSION_AFTER,     /* all are where it ends: it was written */
    SESSION_ELSEWHERE, /* anything else */
};
/* Claims all leases and compares what came with the parcel and with what was held before. */
enum toil_status session_claim_and_compare(struct session *session, const struct parcel *parcel,
                                           enum session_standing *out, struct toil_error *err) TOIL_MUST_CHECK;
/* Pure: the comparison for one partition list, see tests. before: the leases before the claim; after: since. */
enum session_standing session_compare(const struct parcel *parcel, const struct sink_lease *before,
                                      const struct sink_lease *after, size_t lease_count);
/* Writes a parcel with its gaps and its fence. *fenced: the fence found a partition moved on, nothing was written.
 * *unknown: COMMIT was sent, its outcome is not known; the connection is gone. */
enum toil_status session_write(struct session *session, struct parcel *parcel, bool *fenced, bool *unknown,
                               struct toil_error *err) TOIL_MUST_CHECK;

#endif
