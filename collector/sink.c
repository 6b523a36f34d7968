/* The writer thread: the code behind sink.h. The session with the database is in session.c. */
#include "sink.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  15000
#define LOG_EVERY_S      30

#define LOCK_NOT_AVAILABLE "55P03"

struct sink {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t asked, answered;
    /* Under the lock. */
    enum sink_job job; /* asked for and not yet answered */
    bool stop, has_answer, retrying;
    struct sink_answer answer;
    struct timespec asked_at;
    /* The writer's while a job is under way, else the caller's. */
    struct session session;
    struct parcel *parcel;
    uint64_t random;
    /* Any thread's. */
    atomic_bool cancel;
    struct counters *counters;
    struct toil_log *log;
};

static void add_ms(struct timespec *at, int ms)
{
    at->tv_sec += ms / 1000;
    at->tv_nsec += (long)(ms % 1000) * 1000000L;
    if (at->tv_nsec >= 1000000000L) {
        at->tv_sec++;
        at->tv_nsec -= 1000000000L;
    }
}

/* Between half of it and all of it, so that instances that failed together do not come back together. */
static int jittered(struct sink *sink, int ms)
{
    sink->random ^= sink->random << 13;
    sink->random ^= sink->random >> 7;
    sink->random ^= sink->random << 17;
    return ms / 2 + (int)(sink->random % (uint64_t)(ms / 2 + 1));
}

/* Waits before the next attempt. Returns false when the job is to be abandoned. */
static bool back_off(struct sink *sink, int *ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    add_ms(&until, jittered(sink, *ms));
    *ms = *ms * 2 < BACKOFF_LAST_MS ? *ms * 2 : BACKOFF_LAST_MS;
    counters_add(sink->counters, COUNTER_DATABASE_RETRIES, 1);
    pthread_mutex_lock(&sink->lock);
    sink->retrying = true;
    while (!atomic_load(&sink->cancel)) {
        if (pthread_cond_timedwait(&sink->asked, &sink->lock, &until) != 0)
            break;
    }
    pthread_mutex_unlock(&sink->lock);
    return !atomic_load(&sink->cancel);
}

static void say_retry(struct sink *sink, const struct toil_error *err)
{
    toil_log_limited(sink->log, TOIL_LOG_WARN, LOG_EVERY_S, "database_retry", "trying again", "error", err->message,
                     "sqlstate", err->sqlstate, "hint", err->hint, NULL);
}

/* What we wait for may be held by an instance that is frozen: whoever runs it, nothing of its transaction is lost, for
 * its partitions are read again. */
static void end_frozen(struct sink *sink)
{
    uint64_t ended;
    struct toil_error err;
    if (!session_is_open(&sink->session))
        return;
    if (session_end_frozen(&sink->session, &ended, &err) != TOIL_OK)
        say_retry(sink, &err);
    if (ended == 0)
        return;
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)ended);
    counters_add(sink->counters, COUNTER_FROZEN_ENDED, ended);
    toil_log_line(sink->log, TOIL_LOG_WARN, "frozen_ended", "ended transactions of an instance that stands still",
                  "transactions", number, NULL);
}

static enum sink_verdict after_failure(struct sink *sink, enum toil_status status, int *backoff_ms, bool *again,
                                       const struct toil_error *err)
{
    *again = false;
    if (atomic_load(&sink->cancel))
        return SINK_ABANDONED;
    if (status == TOIL_BAD_INPUT)
        return SINK_REFUSED;
    if (status != TOIL_RETRY)
        return SINK_FATAL;
    say_retry(sink, err);
    if (strcmp(err->sqlstate, LOCK_NOT_AVAILABLE) == 0)
        end_frozen(sink);
    if (!back_off(sink, backoff_ms))
        return SINK_ABANDONED;
    *again = true;
    return SINK_DONE;
}

static enum sink_verdict run_hello(struct sink *sink, struct sink_answer *answer)
{
    int backoff_ms = BACKOFF_FIRST_MS;
    for (;;) {
        enum toil_status status = session_open(&sink->session, &answer->err);
        if (status == TOIL_OK)
            status = session_has_key(&sink->session, &answer->has_key, &answer->err);
        if (status == TOIL_OK)
            return SINK_DONE;
        bool again;
        enum sink_verdict verdict = after_failure(sink, status, &backoff_ms, &again, &answer->err);
        if (!again)
            return verdict == SINK_REFUSED ? SINK_FATAL : verdict;
    }
}

static enum sink_verdict run_claim(struct sink *sink, struct sink_answer *answer)
{
    int backoff_ms = BACKOFF_FIRST_MS;
    for (;;) {
        enum toil_status status = session_open(&sink->session, &answer->err);
        if (status == TOIL_OK)
            status = session_claim(&sink->session, &answer->err);
        if (status == TOIL_OK) {
            answer->lease = sink->session.lease;
            answer->lease_count = sink->session.lease_count;
            return SINK_DONE;
        }
        bool again;
        enum sink_verdict verdict = after_failure(sink, status, &backoff_ms, &again, &answer->err);
        if (!again)
            return verdict == SINK_REFUSED ? SINK_FATAL : verdict;
    }
}

/* After a reconnect: whose are the partitions, and did a COMMIT of unknown outcome happen? */
static enum toil_status meet_again(struct sink *sink, bool unknown, enum session_standing *standing,
                                   struct toil_error *err)
{
    *standing = SESSION_BEFORE;
    if (session_is_open(&sink->session))
        return TOIL_OK;
    enum toil_status status = session_open(&sink->session, err);
    if (status == TOIL_OK)
        status = session_claim_and_compare(&sink->session, sink->parcel, standing, err);
    if (status != TOIL_OK)
        return status;
    if (*standing == SESSION_AFTER && !unknown)
        *standing = SESSION_ELSEWHERE;
    if (unknown)
        toil_log_line(sink->log, TOIL_LOG_INFO, "commit_settled", "looked up the outcome of a lost commit", "outcome",
                      *standing == SESSION_AFTER    ? "committed"
                      : *standing == SESSION_BEFORE ? "not committed"
                                                    : "moved",
                      NULL);
    return TOIL_OK;
}

static enum sink_verdict run_write(struct sink *sink, struct sink_answer *answer)
{
    int backoff_ms = BACKOFF_FIRST_MS;
    bool unknown = false;
    for (;;) {
        enum session_standing standing;
        bool fenced = false, unknown_now = false;
        enum toil_status status = meet_again(sink, unknown, &standing, &answer->err);
        if (status == TOIL_OK && standing == SESSION_AFTER)
            return SINK_DONE;
        if (status == TOIL_OK && standing == SESSION_ELSEWHERE)
            return SINK_MOVED;
        if (status == TOIL_OK) {
            unknown = false;
            status = session_write(&sink->session, sink->parcel, &fenced, &unknown_now, &answer->err);
        }
        if (status == TOIL_OK)
            return SINK_DONE;
        if (unknown_now) {
            unknown = true;
            status = TOIL_RETRY;
            counters_add(sink->counters, COUNTER_UNKNOWN_COMMITS, 1);
        }
        if (fenced)
            return SINK_MOVED;
        bool again;
        enum sink_verdict verdict = after_failure(sink, status, &backoff_ms, &again, &answer->err);
        if (!again)
            return verdict;
    }
}

static void settle(struct sink *sink, struct sink_answer *answer)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&sink->lock);
    answer->seconds =
        (double)(now.tv_sec - sink->asked_at.tv_sec) + 1e-9 * (double)(now.tv_nsec - sink->asked_at.tv_nsec);
    sink->answer = *answer;
    sink->has_answer = true;
    sink->retrying = false;
    sink->job = SINK_NO_JOB;
    sink->parcel = NULL;
    pthread_cond_signal(&sink->answered);
    pthread_mutex_unlock(&sink->lock);
}

static void *write_on(void *argument)
{
    struct sink *sink = argument;
    (void)pthread_setname_np(pthread_self(), "writer"); /* so that its share of the time can be told */
    for (;;) {
        pthread_mutex_lock(&sink->lock);
        while (sink->job == SINK_NO_JOB && !sink->stop)
            pthread_cond_wait(&sink->asked, &sink->lock);
        enum sink_job job = sink->job;
        pthread_mutex_unlock(&sink->lock);
        if (job == SINK_NO_JOB)
            return NULL;
        struct sink_answer answer = {.job = job, .parcel = sink->parcel};
        if (job == SINK_HELLO)
            answer.verdict = run_hello(sink, &answer);
        else if (job == SINK_CLAIM)
            answer.verdict = run_claim(sink, &answer);
        else
            answer.verdict = run_write(sink, &answer);
        settle(sink, &answer);
    }
}

struct sink *sink_new(const struct sink_options *options)
{
    struct sink *sink = toil_xcalloc(1, sizeof *sink);
    sink->counters = options->counters;
    sink->log = options->log;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    sink->random = ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec) | 1;
    session_init(&sink->session, options, &sink->cancel);
    pthread_mutex_init(&sink->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&sink->asked, &attr);
    pthread_cond_init(&sink->answered, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&sink->thread, NULL, write_on, sink) != 0)
        abort(); /* no thread, no daemon: as with memory, there is nothing left to go on with */
    return sink;
}

void sink_free(struct sink *sink)
{
    if (!sink)
        return;
    sink_abandon(sink);
    pthread_mutex_lock(&sink->lock);
    sink->stop = true;
    pthread_cond_broadcast(&sink->asked);
    pthread_mutex_unlock(&sink->lock);
    pthread_join(sink->thread, NULL);
    session_release(&sink->session);
    pthread_cond_destroy(&sink->asked);
    pthread_cond_destroy(&sink->answered);
    pthread_mutex_destroy(&sink->lock);
    free(sink);
}

static void ask(struct sink *sink, enum sink_job job, struct parcel *parcel)
{
    atomic_store(&sink->cancel, false);
    pthread_mutex_lock(&sink->lock);
    sink->job = job;
    sink->parcel = parcel;
    clock_gettime(CLOCK_MONOTONIC, &sink->asked_at);
    pthread_cond_signal(&sink->asked);
    pthread_mutex_unlock(&sink->lock);
}

void sink_ask_hello(struct sink *sink)
{
    ask(sink, SINK_HELLO, NULL);
}

void sink_ask_claim(struct sink *sink, const struct positions *positions)
{
    session_hold(&sink->session, positions);
    ask(sink, SINK_CLAIM, NULL);
}

void sink_ask_write(struct sink *sink, struct parcel *parcel)
{
    ask(sink, SINK_WRITE, parcel);
}

bool sink_idle(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    bool idle = sink->job == SINK_NO_JOB && !sink->has_answer;
    pthread_mutex_unlock(&sink->lock);
    return idle;
}

bool sink_answer(struct sink *sink, struct sink_answer *out)
{
    pthread_mutex_lock(&sink->lock);
    bool has = sink->has_answer;
    if (has) {
        *out = sink->answer;
        sink->has_answer = false;
    }
    pthread_mutex_unlock(&sink->lock);
    return has;
}

bool sink_wait(struct sink *sink, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    add_ms(&until, ms);
    pthread_mutex_lock(&sink->lock);
    while (sink->job != SINK_NO_JOB && !sink->has_answer) {
        if (pthread_cond_timedwait(&sink->answered, &sink->lock, &until) != 0)
            break;
    }
    bool ready = sink->job == SINK_NO_JOB;
    pthread_mutex_unlock(&sink->lock);
    return ready;
}

void sink_abandon(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    if (sink->job != SINK_NO_JOB) {
        atomic_store(&sink->cancel, true);
        pthread_cond_broadcast(&sink->asked);
    }
    pthread_mutex_unlock(&sink->lock);
}

bool sink_is_retrying(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    bool retrying = sink->retrying;
    pthread_mutex_unlock(&sink->lock);
    return retrying;
}

void sink_forget(struct sink *sink, const char *topic, int32_t partition)
{
    session_forget(&sink->session, topic, partition);
}

void sink_set_fingerprint(struct sink *sink, const char *fingerprint)
{
    session_set_fingerprint(&sink->session, fingerprint);
}
