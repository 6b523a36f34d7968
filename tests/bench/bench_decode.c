/* CPU of decoding, measured alone and together with making COPY rows: seconds per million messages of about 300 bytes,
 * ten fields, an actor in each tenth. The best of several rounds counts, since a round can only be disturbed upwards.
 *
 *     bench_decode [MESSAGES [ROUNDS]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "toilmeter/batch.h"
#include "toilmeter/decode.h"

#define DISTINCT 1000
#define PEOPLE   30

struct corpus {
    struct toil_buf text;
    struct toil_span message[DISTINCT];
    double mean_bytes;
};

static void make_corpus(struct corpus *corpus, int64_t now_us)
{
    size_t start[DISTINCT + 1];
    corpus->text = TOIL_BUF_INIT;
    for (int i = 0; i < DISTINCT; i++) {
        char at[32], ended_at[32];
        toil_time_format(now_us - i * TOIL_US_PER_HOUR, at);
        toil_time_format(now_us - i * TOIL_US_PER_HOUR + 93 * TOIL_US_PER_SECOND, ended_at);
        start[i] = corpus->text.len;
        toil_buf_printf(
            &corpus->text,
            "{\"kind\":\"service_restart\",\"id\":\"8f14e45f-ceea-467f-a8d6-%012d\",\"component\":"
            "\"queue-balancer-%02d\",\"at\":\"%s\",\"ended_at\":\"%s\",\"host\":\"node-%03d.eu-west.example\","
            "\"reason\":\"liveness probe failed: timeout\",\"exit_code\":137,\"severity\":2,\"count\":%d",
            i, i % 40, at, ended_at, i % 200, i % 7);
        if (i % 10 == 0)
            toil_buf_printf(&corpus->text, ",\"actor\":\"person-%d@example.com\"}", i / 10 % PEOPLE);
        else
            toil_buf_printf(&corpus->text, ",\"scope\":\"eu-west-1\"}");
    }
    start[DISTINCT] = corpus->text.len;
    for (int i = 0; i < DISTINCT; i++)
        corpus->message[i] = (struct toil_span){corpus->text.data + start[i], start[i + 1] - start[i]};
    corpus->mean_bytes = (double)corpus->text.len / DISTINCT;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* CPU seconds of `messages` messages; into a batch that is emptied every 20,000 rows when there is one. */
static double run(struct toil_decoder *decoder, const struct corpus *corpus, int64_t now_us, long messages,
                  struct toil_batch *batch)
{
    struct toil_decode_options options;
    struct toil_event event;
    char detail[256];
    toil_decode_options_init(&options);
    uint32_t source = batch ? toil_batch_source(batch, "bench", 0) : 0;
    double begin = cpu_seconds();
    for (long i = 0; i < messages; i++) {
        enum toil_reason reason =
            toil_decode(decoder, &options, corpus->message[i % DISTINCT], now_us, &event, detail, sizeof detail);
        if (reason != TOIL_REASON_NONE) {
            fprintf(stderr, "bench_decode: %s: %s\n", toil_reasons[reason].name, detail);
            exit(EXIT_FAILURE);
        }
        if (!batch)
            continue;
        toil_batch_add(batch, source, &event);
        if (batch->messages == 20000) {
            toil_batch_clear(batch);
            source = toil_batch_source(batch, "bench", 0);
        }
    }
    return cpu_seconds() - begin;
}

static double best_of(long rounds, struct toil_decoder *decoder, const struct corpus *corpus, int64_t now_us,
                      long messages, struct toil_batch *batch)
{
    double best = 1e9;
    for (long i = 0; i < rounds; i++) {
        double seconds = run(decoder, corpus, now_us, messages, batch);
        best = seconds < best ? seconds : best;
    }
    return best / (double)messages * 1e6;
}

static struct toil_people *open_people(void)
{
    char folder[] = "/tmp/toil-bench-XXXXXX";
    if (!mkdtemp(folder)) {
        perror("bench_decode: mkdtemp");
        exit(EXIT_FAILURE);
    }
    char *key_file = toil_xasprintf("%s/people.key", folder);
    const char *const robots[] = {"~^svc-", "deploy-bot"};
    struct toil_people *people;
    struct toil_error err;
    enum toil_status status = toil_people_open(key_file, true, robots, 2, &people, &err);
    unlink(key_file);
    rmdir(folder);
    free(key_file);
    if (status != TOIL_OK) {
        fprintf(stderr, "bench_decode: %s\n", err.message);
        exit(EXIT_FAILURE);
    }
    return people;
}

int main(int argc, char **argv)
{
    long messages = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    if (messages <= 0 || rounds <= 0) {
        fprintf(stderr, "usage: bench_decode [MESSAGES [ROUNDS]]\n");
        return TOIL_EXIT_USAGE;
    }
    static struct corpus corpus;
    int64_t now_us = toil_time_now_us();
    make_corpus(&corpus, now_us);
    struct toil_people *people = open_people();
    struct toil_decoder *decoder = toil_decoder_new(people);
    struct toil_batch batch;
    toil_batch_init(&batch);
    double decode = best_of(rounds, decoder, &corpus, now_us, messages, NULL);
    double both = best_of(rounds, decoder, &corpus, now_us, messages, &batch);
    printf("message, mean                %8.1f bytes\n", corpus.mean_bytes);
    printf("decode                       %8.3f CPU s per million\n", decode);
    printf("decode and COPY row          %8.3f CPU s per million\n", both);
    toil_batch_release(&batch);
    toil_decoder_free(decoder);
    toil_people_free(people);
    toil_buf_release(&corpus.text);
    return TOIL_EXIT_DONE;
}
