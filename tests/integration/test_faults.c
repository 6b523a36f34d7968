/* Collectors that die, freeze, come and go under load: afterwards every valid event is stored once, every bad one is in
 * the quarantine once, and the offsets are the log's end. TOIL_TEST_SEED repeats a run's moments. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lib_rig.h"

enum { RUN_MS = 120000, ASSIGNED_MS = 40000, LET_GO_MS = 20000 };

TestSuite(faults, .timeout = 400);

/* What a stream has sent so far. */
struct stream {
    const char *topic;
    unsigned long long random;
    int last; /* number of the last event */
    int bad;
    long long messages;
};

static void stream_init(struct stream *stream, const char *topic)
{
    const char *seed = getenv("TOIL_TEST_SEED");
    *stream = (struct stream){.topic = topic, .random = seed != NULL ? strtoull(seed, NULL, 10) : 20260105};
    fprintf(stderr, "seed %llu\n", stream->random);
}

static int roll(struct stream *stream, int below)
{
    stream->random = stream->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int)((stream->random >> 33) % (unsigned)below);
}

/* So many new events; every tenth of what went before is sent again, every hundredth message is unusable. */
static void stream_send(struct toil_rig *rig, struct stream *stream, int count)
{
    int first = stream->last + 1;
    toil_rig_send_numbered(rig, stream->topic, first, first + count - 1);
    stream->last += count;
    stream->messages += count;
    for (int i = 0; i < count / 10; i++) {
        int again = 1 + roll(stream, stream->last);
        toil_rig_send_numbered(rig, stream->topic, again, again);
        stream->messages++;
    }
    for (int i = 0; i < count / 100; i++) {
        toil_rig_send(rig, stream->topic, "unusable");
        stream->bad++;
        stream->messages++;
    }
    toil_rig_flush(rig);
}

static void assert_exact(struct toil_rig *rig, const struct stream *stream)
{
    cr_assert_eq(toil_rig_wrong_numbered(rig, stream->last), 0, "%lld events are missing, doubled or unknown",
                 toil_rig_wrong_numbered(rig, stream->last));
    cr_assert_eq(toil_rig_count(rig, "select count(*) from toilmeter.quarantine"), stream->bad);
    cr_assert(toil_rig_wait_end(rig, 1000), "offsets are not the log's end");
    cr_assert_eq(toil_rig_count(rig, "select sum(received) from toilmeter.intake"), stream->messages,
                 "intake counted %lld of %lld messages",
                 toil_rig_count(rig, "select sum(received) from toilmeter.intake"), stream->messages);
    cr_assert_eq(toil_rig_count(rig, "select sum(stored) from toilmeter.intake"), stream->last);
    cr_assert_eq(toil_rig_count(rig, "select count(*) from toilmeter.kafka_gap"), 0);
}

static void launch(struct toil_rig *rig, struct toil_proc *proc, const char *prefix, int number)
{
    char name[48];
    snprintf(name, sizeof name, "%s-%d", prefix, number);
    toil_rig_collector(rig, proc, name, NULL);
}

static void finish(struct toil_rig *rig, const struct stream *stream)
{
    cr_assert_eq(toil_rig_until_end(rig, RUN_MS), 0);
    assert_exact(rig, stream);
    toil_rig_release(rig);
}

Test(faults, kill_9_at_random_moments)
{
    enum { ROUNDS = 24 };
    struct toil_rig rig;
    struct toil_proc proc;
    struct stream stream;
    toil_rig_start(&rig, 0);
    stream_init(&stream, toil_rig_topic(&rig, "kill", 3, NULL));
    snprintf(rig.batch, sizeof rig.batch, "{rows: 200, age: 50ms}");
    toil_rig_configure(&rig, "  group.instance.id: one\n", NULL); /* a restart need not wait for the dead member */
    int struck_in_work = 0;
    for (int round = 0; round < ROUNDS; round++) {
        launch(&rig, &proc, "kill", round);
        cr_assert(toil_file_wait_for(proc.err_path, "event=assigned", ASSIGNED_MS), "round %d: nothing assigned",
                  round);
        stream_send(&rig, &stream, 3000);
        toil_sleep_ms(roll(&stream, 250));
        toil_proc_kill(&proc);
        struck_in_work +=
            toil_rig_count(&rig, "select coalesce(sum(received), 0) from toilmeter.intake") < stream.messages;
    }
    cr_expect_gt(struck_in_work, ROUNDS / 4, "only %d of %d kills struck a collector at work", struck_in_work, ROUNDS);
    finish(&rig, &stream);
}

static void collectors_come_and_go(const char *kafka, int at_most)
{
    enum { STEPS = 14 };
    struct toil_rig rig;
    struct toil_proc proc[4] = {{0}};
    struct stream stream;
    toil_rig_start(&rig, 0);
    stream_init(&stream, toil_rig_topic(&rig, "group", 8, NULL));
    snprintf(rig.batch, sizeof rig.batch, "{rows: 300, age: 50ms}");
    toil_rig_configure(&rig, kafka, NULL);
    launch(&rig, &proc[0], "first", 0);
    cr_assert(toil_file_wait_for(proc[0].err_path, "event=assigned", ASSIGNED_MS));
    for (int step = 0; step < STEPS; step++) {
        int which = step < at_most ? step : roll(&stream, at_most);
        if (!toil_proc_running(&proc[which])) {
            launch(&rig, &proc[which], "member", step);
        } else if (step >= at_most && roll(&stream, 3) == 0) {
            toil_proc_kill(&proc[which]);
        } else if (step >= at_most) {
            int status = toil_proc_stop(&proc[which], LET_GO_MS);
            cr_assert_eq(status, 0, "step %d: a collector ended with %d", step, status);
        }
        stream_send(&rig, &stream, 2000);
        toil_sleep_ms(roll(&stream, 600));
    }
    for (int i = 0; i < at_most; i++) {
        int status = toil_proc_stop(&proc[i], LET_GO_MS);
        cr_assert_eq(status, 0, "collector %d ended with %d", i, status);
    }
    finish(&rig, &stream);
}

Test(faults, two_collectors_come_and_go)
{
    collectors_come_and_go(NULL, 2);
}

Test(faults, four_collectors_come_and_go)
{
    collectors_come_and_go(NULL, 4);
}

Test(faults, four_cooperative_collectors_come_and_go)
{
    struct toil_broker broker;
    toil_broker_use(&broker);
    bool real = broker.real;
    toil_broker_release(&broker);
    if (!real)
        cr_skip_test("the in-process cluster does not do cooperative rebalances");
    collectors_come_and_go("  partition.assignment.strategy: cooperative-sticky\n", 4);
}

Test(faults, a_frozen_collector_wakes_after_its_partitions_have_moved)
{
    enum { ROUNDS = 3, TAKEOVER_MS = 60000 }; /* the session is 4 s, a lock is waited for 15 s at most */
    struct toil_rig rig;
    struct toil_proc sleeper, other;
    struct stream stream;
    toil_rig_start(&rig, 0);
    stream_init(&stream, toil_rig_topic(&rig, "freeze", 2, NULL));
    snprintf(rig.batch, sizeof rig.batch, "{rows: 200, age: 50ms}");
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &sleeper, "sleeper", 0);
    cr_assert(toil_file_wait_for(sleeper.err_path, "event=assigned", ASSIGNED_MS));
    for (int round = 0; round < ROUNDS; round++) {
        stream_send(&rig, &stream, 3000);
        toil_sleep_ms(roll(&stream, 120));
        toil_proc_signal(&sleeper, SIGSTOP);
        stream_send(&rig, &stream, 1000);
        launch(&rig, &other, "other", round);
        bool moved = toil_rig_wait_end(&rig, TAKEOVER_MS);
        toil_proc_signal(&sleeper, SIGCONT);
        cr_assert(moved, "round %d: nobody took the frozen one's partitions over", round);
        stream_send(&rig, &stream, 500);
        toil_sleep_ms(300);
        cr_assert_eq(toil_proc_stop(&other, LET_GO_MS), 0);
        cr_assert(toil_proc_running(&sleeper), "the woken one ended");
        cr_assert(toil_rig_wait_end(&rig, 60000), "round %d: the woken one does not work", round);
    }
    cr_assert_eq(toil_proc_stop(&sleeper, LET_GO_MS), 0);
    finish(&rig, &stream);
}

Test(faults, two_collectors_of_different_groups_fence_each_other)
{
    struct toil_rig rig;
    struct toil_proc one, two;
    struct stream stream;
    toil_rig_start(&rig, 0);
    stream_init(&stream, toil_rig_topic(&rig, "rivals", 2, NULL));
    snprintf(rig.batch, sizeof rig.batch, "{rows: 100, age: 50ms}");
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &one, "one", 0);
    cr_assert(toil_file_wait_for(one.err_path, "event=assigned", ASSIGNED_MS));
    /* A mistake that operators make: both believe that the partitions are theirs, and no broker tells them. */
    snprintf(rig.group, sizeof rig.group, "%.100s-rival", rig.database);
    toil_rig_configure(&rig, NULL, NULL);
    launch(&rig, &two, "two", 0);
    cr_assert(toil_file_wait_for(two.err_path, "event=assigned", ASSIGNED_MS));
    for (int i = 0; i < 10; i++) {
        stream_send(&rig, &stream, 1000);
        toil_sleep_ms(100);
    }
    cr_assert(toil_rig_wait_end(&rig, 60000));
    cr_assert_eq(toil_proc_stop(&one, LET_GO_MS), 0);
    cr_assert_eq(toil_proc_stop(&two, LET_GO_MS), 0);
    finish(&rig, &stream);
}
