/* Is what the search for hidden links says true? Simulated worlds of known truth (lib_worlds.h), many rounds each:
 * coverage of the 95% intervals, false claims, power.
 *
 *     calibrate [--rounds N] [--worlds NAME,...] [--seed N] [--threads N] [--details] [--show WORLD:ROUND]
 *
 * --details adds a line for each true link (its last numbers: mean and standard deviation of the errors in standard
 * errors as the width of the interval tells them), and for each null component that was claimed; --show prints every
 * pair of one round with its verdict and why. Prints a table; the last line is "N passed, N failed"; exit 1 when a goal
 * is missed by more than what the number of rounds can't tell (Wilson's interval lies beyond the goal).
 *
 * How it counts: coverage is of established true links, by the tickets that were really caused in that round. Members
 * of a group ("either") count as established, with the tickets of all members; a null component in a group with a true
 * cause is not a false claim, since "one of these" is true. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzers/stats/links.h"
#include "support/lib_worlds.h"
#include "toilmeter/buf.h"
#include "toilmeter/error.h"

#define COVERAGE_LOW  0.93
#define COVERAGE_HIGH 0.97
#define FALSE_CLAIMS  0.05
#define EITHER        0.95
#define WILSON_Z      1.959963984540054

/* What a round said of one pair. */
struct verdict {
    bool is_established, is_either; /* either: as a member of a group */
    bool with_twin, with_true_cause;
    bool is_counted; /* for coverage: of a group only its first true member */
    double attributed, low, high, caused;
};

struct round {
    struct verdict pair[TEST_WORLD_SOURCES][TEST_WORLD_TOPICS];
    const char *broken; /* a number that can't be, or NULL */
    double seconds;     /* of CPU */
};

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- one round ---- */

static void judge_group(const struct test_world *world, const struct toil_links *links, const struct toil_link *link,
                        struct verdict *verdict)
{
    verdict->is_either = true;
    verdict->caused = 0;
    for (size_t i = 0; i < links->link_count; i++) {
        const struct toil_link *other = &links->link[i];
        if (other->group != link->group || other->topic != link->topic)
            continue;
        const bool is_true = world->is_true[other->source][other->topic];
        verdict->caused += world->caused[other->source][other->topic];
        verdict->with_true_cause |= is_true;
        verdict->with_twin |= other->source != link->source && world->twin[other->source] == link->source;
        verdict->is_counted &= !is_true || other->source >= link->source;
    }
}

static const char *broken_link(const struct toil_link *link)
{
    if (!link->why[0])
        return "a verdict without why";
    if (link->verdict != TOIL_LINK_ESTABLISHED)
        return link->attributed == 0 ? NULL : "tickets attributed to a link that is not established";
    if (!isfinite(link->attributed) || !isfinite(link->attributed_low) || !isfinite(link->attributed_high))
        return "a number that is not finite";
    if (link->attributed < 0 || link->attributed_low < 0 || link->attributed_low > link->attributed ||
        link->attributed_high < link->attributed)
        return "an interval that does not hold its number";
    return NULL;
}

/* What is attributed, a group once, and the baseline are all tickets. */
static const char *broken_sum(const struct test_world *world, const struct toil_links *links)
{
    for (uint32_t topic = 0; topic < TEST_WORLD_TOPICS; topic++) {
        double sum = links->fit[topic].baseline;
        for (size_t i = 0; i < links->link_count; i++) {
            bool is_first = links->link[i].topic == topic;
            for (size_t j = 0; j < i && is_first && links->link[i].group != UINT32_MAX; j++)
                is_first = links->link[j].topic != topic || links->link[j].group != links->link[i].group;
            sum += is_first ? links->link[i].attributed : 0;
        }
        if (!(fabs(sum - (double)world->topic[topic].count) <= 1e-3 * (double)world->topic[topic].count + 1e-6))
            return "attributed tickets and baseline that are not all tickets";
    }
    return NULL;
}

static void judge(const struct test_world *world, const struct toil_links *links, struct round *round)
{
    round->broken = broken_sum(world, links);
    for (size_t i = 0; i < links->link_count; i++) {
        const struct toil_link *link = &links->link[i];
        struct verdict *verdict = &round->pair[link->source][link->topic];
        const char *broken = broken_link(link);
        round->broken = broken ? broken : round->broken;
        *verdict = (struct verdict){.is_established = link->verdict == TOIL_LINK_ESTABLISHED,
                                    .is_counted = world->is_true[link->source][link->topic],
                                    .attributed = link->attributed,
                                    .low = link->attributed_low,
                                    .high = link->attributed_high,
                                    .caused = world->caused[link->source][link->topic]};
        if (verdict->is_established && link->group != UINT32_MAX)
            judge_group(world, links, link, verdict);
    }
}

static void print_pairs(const struct test_world *world, const struct toil_links *links)
{
    for (size_t i = 0; i < links->link_count; i++) {
        const struct toil_link *link = &links->link[i];
        printf("%-12s -> topic %u  caused %5.0f  %-11s q %-9.3g joint p %-9.3g band %6.2f..%-6.2f h  observed %5.0f "
               "expected %7.1f p %-9.3g attributed %6.1f (%.1f to %.1f)%s",
               world->spec[link->source]->name, link->topic, world->caused[link->source][link->topic],
               link->verdict == TOIL_LINK_ESTABLISHED ? "ESTABLISHED" : "not", link->q, link->joint_p,
               (double)link->lag.from_us / 3.6e9, (double)link->lag.to_us / 3.6e9, link->strongest.observed,
               link->strongest.expected, link->strongest.p, link->attributed, link->attributed_low,
               link->attributed_high, link->bootstrapped ? " bootstrapped" : "");
        if (link->group != UINT32_MAX)
            printf(" group %u", link->group);
        printf("  %s\n", link->why);
    }
    for (size_t i = 0; i < TEST_WORLD_TOPICS; i++)
        printf("topic %zu: %zu tickets, baseline %.1f, %zu candidates, ks %.4f p %.3g, dispersion %.2f\n", i,
               world->topic[i].count, links->fit[i].baseline, links->fit[i].candidates, links->fit[i].goodness.ks,
               links->fit[i].goodness.p, links->fit[i].goodness.dispersion);
}

static void run_round(const struct test_world_spec *spec, uint64_t seed, size_t number, bool is_shown,
                      struct round *round)
{
    struct toil_link_options options = toil_link_options_default();
    struct toil_links links;
    struct test_world world;
    options.threads = 1;
    test_world_make(spec, seed, number, &world);
    const double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    toil_links_find(&world.data, &options, &links);
    *round = (struct round){.seconds = seconds_of(CLOCK_THREAD_CPUTIME_ID) - start};
    judge(&world, &links, round);
    if (is_shown)
        print_pairs(&world, &links);
    toil_links_release(&links);
    test_world_release(&world);
}

/* ---- many rounds ---- */

struct work {
    const struct test_world_spec *spec;
    uint64_t seed;
    size_t count;
    atomic_size_t next;
    struct round *round; /* [count]: each round has its place, so that threads don't matter */
};

static void *run_rounds(void *argument)
{
    struct work *work = argument;
    for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->count;)
        run_round(work->spec, work->seed, i, false, &work->round[i]);
    return NULL;
}

static void run_world(struct work *work, unsigned threads)
{
    pthread_t thread[64];
    unsigned started = 0;
    while (started + 1 < threads && started < 64 && pthread_create(&thread[started], NULL, run_rounds, work) == 0)
        started++;
    run_rounds(work);
    while (started > 0)
        pthread_join(thread[--started], NULL);
}

/* ---- sums ---- */

struct share {
    size_t hits, of;
};

static double share_value(struct share share)
{
    return share.of ? (double)share.hits / (double)share.of : (double)NAN;
}

/* Wilson 1927. */
static void wilson(struct share share, double *low, double *high)
{
    const double n = (double)share.of, p = share_value(share), z2 = WILSON_Z * WILSON_Z;
    const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    const double half = WILSON_Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *low = fmax(0, middle - half);
    *high = fmin(1, middle + half);
}

struct sums {
    struct share power, coverage, false_claims, either;
    size_t below, above; /* intervals that lie below, above the truth */
    size_t false_pairs, in_groups, broken;
    double attributed, caused; /* of the established true links */
    double pull, pull_square;  /* errors in standard errors, as the interval's width tells them */
    double seconds;
    const char *broken_why;
};

static void add_true_pair(const struct verdict *verdict, struct sums *sums)
{
    sums->power.of++;
    sums->power.hits += verdict->is_established;
    if (!verdict->is_established)
        return;
    sums->in_groups += verdict->is_either;
    if (!verdict->is_counted)
        return;
    sums->coverage.of++;
    sums->coverage.hits += verdict->low <= verdict->caused && verdict->caused <= verdict->high;
    sums->below += verdict->high < verdict->caused;
    sums->above += verdict->low > verdict->caused;
    sums->attributed += verdict->attributed;
    sums->caused += verdict->caused;
    const double error = (verdict->high - verdict->low) / (2 * WILSON_Z);
    const double pull = error > 0 ? (verdict->attributed - verdict->caused) / error : 0;
    sums->pull += pull;
    sums->pull_square += pull * pull;
}

/* is_true, source_count and twin are the same in every round. */
static void add_round(const struct test_world *world, const struct round *round, struct sums *sums)
{
    for (size_t s = 0; s < world->data.source_count; s++) {
        bool has_link = false, is_claimed = false;
        for (size_t t = 0; t < TEST_WORLD_TOPICS; t++) {
            const struct verdict *verdict = &round->pair[s][t];
            has_link |= world->is_true[s][t];
            if (world->is_true[s][t])
                add_true_pair(verdict, sums);
            else if (verdict->is_established && !verdict->with_true_cause) {
                is_claimed = true;
                sums->false_pairs++;
            }
            /* Of a pair of twins: established at all, and then as a pair. */
            if (world->twin[s] < s && (verdict->is_established || round->pair[world->twin[s]][t].is_established)) {
                sums->either.of++;
                sums->either.hits += verdict->is_established && verdict->with_twin;
            }
        }
        sums->false_claims.of += !has_link;
        sums->false_claims.hits += !has_link && is_claimed;
    }
    sums->broken += round->broken != NULL;
    sums->broken_why = round->broken ? round->broken : sums->broken_why;
    sums->seconds += round->seconds;
}

/* ---- what is printed ---- */

static void print_share(struct share share)
{
    double low, high;
    if (share.of == 0) {
        printf(" %22s |", "");
        return;
    }
    wilson(share, &low, &high);
    printf(" %5.1f (%5.1f to %5.1f)%*s |", 100 * share_value(share), 100 * low, 100 * high, share.of < 1000 ? 0 : 0,
           "");
}

struct tally {
    size_t passed, failed;
};

static void check(bool is_met, const char *what, struct tally *tally, struct toil_buf *missed)
{
    tally->passed += is_met;
    tally->failed += !is_met;
    if (!is_met)
        toil_buf_printf(missed, "%s%s", missed->len ? ", " : "", what);
}

static void check_goals(const struct sums *sums, struct tally *tally, struct toil_buf *missed)
{
    double low, high;
    if (sums->power.of) {
        check(sums->coverage.of > 0, "nothing established", tally, missed);
        wilson(sums->coverage, &low, &high);
        check(sums->coverage.of == 0 || high >= COVERAGE_LOW, "coverage too low", tally, missed);
        check(sums->coverage.of == 0 || low <= COVERAGE_HIGH, "coverage too high", tally, missed);
    }
    wilson(sums->false_claims, &low, &high);
    check(low <= FALSE_CLAIMS, "false claims", tally, missed);
    if (sums->either.of) {
        wilson(sums->either, &low, &high);
        check(high >= EITHER, "split at random", tally, missed);
    }
    check(sums->broken == 0, sums->broken_why, tally, missed);
}

static void print_head(void)
{
    printf("| %-12s | rounds | %-22s | %-22s | below, above | bias    | %-22s | false pairs | either | s     | missed "
           "goals "
           "|\n",
           "world", "power, %", "coverage, %", "false claims, %");
    printf("|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|\n", "--------------",
           "-------:", "-----------------------:", "-----------------------:", "-------------:", "--------:",
           "-----------------------:", "------------:", "-------:", "------:", "--------------");
}

static void print_row(const char *name, size_t rounds, const struct sums *sums, const char *missed)
{
    printf("| %-12s | %6zu |", name, rounds);
    print_share(sums->power);
    print_share(sums->coverage);
    if (sums->coverage.of)
        printf(" %5zu, %5zu | %+6.1f%% |", sums->below, sums->above,
               sums->caused > 0 ? 100 * (sums->attributed / sums->caused - 1) : 0);
    else
        printf(" %12s | %7s |", "", "");
    print_share(sums->false_claims);
    printf(" %11.3f | %6zu | %5.2f | %s |\n", (double)sums->false_pairs / (double)rounds, sums->in_groups,
           sums->seconds / (double)rounds, missed);
}

static void print_details(const struct test_world *world, const struct work *work)
{
    for (size_t s = 0; s < world->data.source_count; s++)
        for (size_t t = 0; t < TEST_WORLD_TOPICS; t++) {
            struct sums sums = {0};
            size_t claims = 0, first[3] = {0};
            double width = 0, caused = 0;
            for (size_t i = 0; i < work->count; i++) {
                const struct verdict *verdict = &work->round[i].pair[s][t];
                if (world->is_true[s][t]) {
                    add_true_pair(verdict, &sums);
                    width += verdict->is_established ? verdict->high - verdict->low : 0;
                    caused += verdict->caused;
                } else if (verdict->is_established && !verdict->with_true_cause && claims++ < 3)
                    first[claims - 1] = i;
            }
            const double n = (double)sums.coverage.of;
            if (sums.power.of)
                printf("    %-12s -> topic %zu: caused %.1f a round; established %zu of %zu (in groups %zu), covered "
                       "%zu, below %zu, above %zu; caused %.1f, attributed %.1f, width %.1f of the established; errors "
                       "%+.2f (%.2f)\n",
                       world->spec[s]->name, t, caused / (double)work->count, sums.power.hits, sums.power.of,
                       sums.in_groups, sums.coverage.hits, sums.below, sums.above, n > 0 ? sums.caused / n : 0,
                       n > 0 ? sums.attributed / n : 0, n > 0 ? width / n : 0, n > 0 ? sums.pull / n : 0,
                       n > 0 ? sqrt(sums.pull_square / n - sums.pull / n * sums.pull / n) : 0);
            if (claims)
                printf("    %-12s -> topic %zu: no link, claimed %zu times, rounds %zu %zu %zu ...\n",
                       world->spec[s]->name, t, claims, first[0], first[1], first[2]);
        }
    for (size_t i = 0, shown = 0; i < work->count && shown < 3; i++)
        if (work->round[i].broken && ++shown)
            printf("    round %zu: %s\n", i, work->round[i].broken);
}

/* ---- command line ---- */

struct options {
    size_t rounds;
    uint64_t seed;
    unsigned threads;
    bool is_detailed;
    const char *worlds; /* NULL: all */
    const char *show;   /* WORLD:ROUND or NULL */
};

static bool is_wanted(const char *list, const char *name)
{
    const size_t length = strlen(name);
    if (!list || !*list)
        return true;
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

static void calibrate_world(const struct test_world_spec *spec, const struct options *options, struct tally *tally)
{
    const unsigned weight = spec->weight ? spec->weight : 1;
    struct work work = {.spec = spec, .seed = options->seed, .count = (options->rounds + weight - 1) / weight};
    struct test_world world;
    struct sums sums = {0};
    struct toil_buf missed = TOIL_BUF_INIT;
    work.round = toil_xcalloc(work.count, sizeof *work.round);
    run_world(&work, options->threads);
    test_world_make(spec, options->seed, 0, &world);
    for (size_t i = 0; i < work.count; i++)
        add_round(&world, &work.round[i], &sums);
    check_goals(&sums, tally, &missed);
    print_row(spec->name, work.count, &sums, missed.len ? missed.data : "");
    if (options->is_detailed)
        print_details(&world, &work);
    fflush(stdout);
    toil_buf_release(&missed);
    test_world_release(&world);
    free(work.round);
}

static int show(const struct options *options)
{
    char *end = strchr(options->show, ':');
    const size_t length = end ? (size_t)(end - options->show) : 0;
    for (size_t i = 0; end && i < test_world_count; i++)
        if (strlen(test_worlds[i].name) == length && strncmp(test_worlds[i].name, options->show, length) == 0) {
            struct round round;
            run_round(&test_worlds[i], options->seed, strtoul(end + 1, NULL, 10), true, &round);
            printf("%s\n", round.broken ? round.broken : "sound");
            return TOIL_EXIT_DONE;
        }
    fputs("calibrate: --show takes WORLD:ROUND\n", stderr);
    return TOIL_EXIT_USAGE;
}

static int calibrate(const struct options *options)
{
    struct tally tally = {0};
    const double start = seconds_of(CLOCK_MONOTONIC);
    size_t worlds = 0;
    printf("Goals: coverage %.0f to %.0f%%, false claims at most %.0f%%. Seed %" PRIu64 ".\n\n", 100 * COVERAGE_LOW,
           100 * COVERAGE_HIGH, 100 * FALSE_CLAIMS, options->seed);
    print_head();
    for (size_t i = 0; i < test_world_count; i++)
        if (is_wanted(options->worlds, test_worlds[i].name)) {
            calibrate_world(&test_worlds[i], options, &tally);
            worlds++;
        }
    printf("\n%zu worlds in %.0f s with %u threads\n", worlds, seconds_of(CLOCK_MONOTONIC) - start, options->threads);
    printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    return tally.failed || !tally.passed ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}

int main(int argc, char **argv)
{
    static const struct option option[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"worlds", required_argument, NULL, 'w'},
        {"seed", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, 't'},
        {"details", no_argument, NULL, 'd'},
        {"show", required_argument, NULL, 'o'},
        {0},
    };
    struct options options = {.rounds = 25, .seed = 1, .threads = 2};
    for (int c; (c = getopt_long(argc, argv, "", option, NULL)) != -1;) {
        if (c == 'r')
            options.rounds = strtoul(optarg, NULL, 10);
        else if (c == 'w')
            options.worlds = optarg;
        else if (c == 's')
            options.seed = strtoull(optarg, NULL, 10);
        else if (c == 't')
            options.threads = (unsigned)strtoul(optarg, NULL, 10);
        else if (c == 'd')
            options.is_detailed = true;
        else if (c == 'o')
            options.show = optarg;
        else
            return TOIL_EXIT_USAGE;
    }
    if (options.rounds == 0 || optind < argc) {
        fputs("calibrate: --rounds must be above 0, and there are no other arguments\n", stderr);
        return TOIL_EXIT_USAGE;
    }
    return options.show ? show(&options) : calibrate(&options);
}
