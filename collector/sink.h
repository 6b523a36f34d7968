/* The way into the database: a writer thread that owns the connection, writes parcels, and claims partitions.
 *
 * One job at a time: ask, go on with other work, take the answer. The thread reconnects, claims again and compares
 * after every lost connection and every COMMIT whose outcome is unknown, and repeats what failed in passing with
 * jittered back-off, until it succeeds, finds that somebody else moved on, or is told to abandon the job. */
#ifndef COLLECTOR_SINK_H
#define COLLECTOR_SINK_H

#include "counters.h"
#include "parcel.h"
#include "toilmeter/log.h"

struct sink; /* opaque */

struct sink_options {
    const char *conninfo;      /* borrowed; NULL or "" leaves all to libpq's environment */
    const char *cluster;       /* borrowed */
    int commit_deadline_ms;    /* of one COMMIT */
    struct counters *counters; /* borrowed */
    struct toil_log *log;      /* borrowed */
};

/* A partition and what the database holds of it. */
struct sink_lease {
    const char *topic; /* borrowed from the configuration */
    int32_t partition;
    int64_t next; /* next offset, or POSITION_NONE */
    int64_t epoch;
};

enum sink_verdict {
    SINK_DONE,
    SINK_MOVED,   /* somebody else moved a partition on, or the database went back: nothing was written; claim again */
    SINK_REFUSED, /* a row was refused for its contents: nothing was written; narrow it down */
    SINK_ABANDONED, /* given up on request: nothing is known; claim again */
    SINK_FATAL,     /* going on can only do harm; the error names the remedy */
};

enum sink_job { SINK_NO_JOB, SINK_HELLO, SINK_CLAIM, SINK_WRITE };

struct sink_answer {
    enum sink_job job;
    enum sink_verdict verdict;
    bool has_key;                   /* of SINK_HELLO: the database knows a key's fingerprint */
    struct parcel *parcel;          /* of SINK_WRITE: handed back */
    const struct sink_lease *lease; /* of SINK_CLAIM: borrowed until the next request */
    size_t lease_count;
    double seconds; /* from the request to the answer */
    struct toil_error err;
};

/* Starts the thread; connects to nothing yet. */
struct sink *sink_new(const struct sink_options *options);
/* Abandons what is under way and ends the thread. */
void sink_free(struct sink *sink);

/* Each takes the one slot: call only while sink_idle. */
/* Connects and checks the schema; with sink_set_fingerprint, every connection is checked for the key as well. */
void sink_ask_hello(struct sink *sink);
/* Claims partitions (topics borrowed for good) and holds these only, in place of what was held. */
void sink_ask_claim(struct sink *sink, const struct positions *positions);
/* Writes a closed parcel. Its memory belongs to the sink until the answer. */
void sink_ask_write(struct sink *sink, struct parcel *parcel);

/* No job under way and no answer waiting. */
bool sink_idle(struct sink *sink);
/* Takes the answer if there is one. */
bool sink_answer(struct sink *sink, struct sink_answer *out);
/* Waits until an answer can be taken, at most `ms`. Returns whether there is one; true at once when idle. */
bool sink_wait(struct sink *sink, int ms);
/* Breaks off the job under way; its answer follows within moments. No effect when idle. */
void sink_abandon(struct sink *sink);
/* Is the writer waiting to repeat something? Then waiting for it is of little use. */
bool sink_is_retrying(struct sink *sink);
/* Call only while idle: partitions that were let go are not claimed again on a reconnect. */
void sink_forget(struct sink *sink, const char *topic, int32_t partition);
/* Call only while idle: 64 hex digits, copied. The next connection is checked against it, and so is the present one. */
void sink_set_fingerprint(struct sink *sink, const char *fingerprint);

#endif
