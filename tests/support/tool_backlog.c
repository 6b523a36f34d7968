/* toil-backlog N: writes N service_restart events of about 300 bytes as lines, in the order of their times as live
 * telemetry comes, with ids at random. The same N gives the same lines. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "toilmeter/timestamp.h"

int main(int argc, char **argv)
{
    long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (count <= 0) {
        fprintf(stderr, "usage: toil-backlog N\n");
        return 2;
    }
    uint64_t random = 1;
    /* 28 days from 2026-01-05: within two months, as a backlog of weeks is. */
    int64_t begin = INT64_C(1767571200) * TOIL_US_PER_SECOND, step = 28 * TOIL_US_PER_DAY / count;
    for (long i = 0; i < count; i++) {
        char at[32], ended_at[32];
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        int64_t at_us = (begin + i * step) / 1000 * 1000;
        toil_time_format(at_us, at);
        toil_time_format(at_us + (int64_t)(random >> 56) * TOIL_US_PER_SECOND, ended_at);
        printf("{\"kind\":\"service_restart\",\"id\":\"%016" PRIx64 "-%08lx\",\"component\":\"queue-balancer-%02d\","
               "\"at\":\"%s\",\"ended_at\":\"%s\",\"host\":\"node-%03d.eu-west.example\","
               "\"reason\":\"liveness probe failed: timeout\",\"exit_code\":137,\"severity\":2,\"count\":%d,"
               "\"scope\":\"eu-west\"}\n",
               random, (unsigned long)i, (int)(random >> 40) % 40, at, ended_at, (int)(random >> 32) % 200,
               (int)(i % 7));
    }
    return 0;
}
