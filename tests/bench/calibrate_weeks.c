/* Are savings, growth and payback true of weeks whose truth is known? Simulated series, many rounds each: coverage of
 * the 95% intervals, savings claimed where there is none, growth claimed where nothing grows, power.
 *
 *     calibrate_weeks [--rounds N] [--seed N] [--power]
 *
 * Weeks are Poisson counts around a rate that drifts, times exp of a latent first-order autoregression (standard
 * deviation 0.3 in the long run); levels are the same without the Poisson part. --power prints the table of
 * docs/calibration.md instead. The last line is "N passed, N failed"; exit 1 when a goal is missed by more than what
 * the number of rounds can't tell (Wilson's interval lies beyond it). */
#include <getopt.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/stats/growth.h"
#include "analyzers/stats/payback.h"
#include "analyzers/stats/savings.h"
#include "toilmeter/buf.h"
#include "toilmeter/error.h"

#define LATENT_SD     0.3
#define WILSON_Z      3.290526731491926 /* 0.999: there are 200 lines, and none should be missed by chance */
#define COVERAGE_LOW  0.93
#define COVERAGE_HIGH 0.97
#define FALSE_CLAIMS  0.05

struct tally {
    size_t passed, failed;
};

struct world {
    double rate, drift; /* a week; of the log, per 26 weeks */
    double rho;
    size_t before, after;
    double change; /* from week `before` on */
    enum toil_week_family family;
    bool controlled; /* the latent part is shared with a control series ten times as large */
};

static double latent(gsl_rng *random, double rho, double previous)
{
    return rho * previous + gsl_ran_gaussian(random, LATENT_SD * sqrt(1 - rho * rho));
}

static void simulate(const struct world *world, gsl_rng *random, double *y, double *control)
{
    double noise = gsl_ran_gaussian(random, LATENT_SD);
    for (size_t w = 0; w < world->before + world->after; w++) {
        double mean = world->rate * exp(world->drift * (double)w / 26 + noise - LATENT_SD * LATENT_SD / 2);
        if (control)
            control[w] = gsl_ran_poisson(random, 10 * mean);
        if (w >= world->before)
            mean *= 1 + world->change;
        y[w] = world->family == TOIL_WEEK_COUNT ? gsl_ran_poisson(random, mean) : mean;
        noise = latent(random, world->rho, noise);
    }
}

/* One line: a share with its Wilson interval against a goal. */
static void tell(struct tally *tally, const char *what, const char *goal, size_t hits, size_t rounds, double low,
                 double high)
{
    double n = (double)rounds, p = rounds ? (double)hits / n : 0, z2 = WILSON_Z * WILSON_Z;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = WILSON_Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    bool met = rounds == 0 || (middle + half >= low && middle - half <= high);
    printf("%-58s %6zu  %5.3f  %-12s %s\n", what, rounds, p, goal, met ? "ok" : "MISSED");
    *(met ? &tally->passed : &tally->failed) += 1;
}

static void name_world(const struct world *world, const char *what, char out[96])
{
    snprintf(out, 96, "%s %g/week%s%s, %zu+%zu weeks, rho %.1f%s", what, world->rate,
             world->drift < 0   ? " falling"
             : world->drift > 0 ? " growing"
                                : "",
             world->family == TOIL_WEEK_LEVEL ? " (level)" : "", world->before, world->after, world->rho,
             world->controlled ? ", control" : "");
}

/* ---- savings ---- */

static void savings_of(const struct world *world, unsigned rounds, gsl_rng *random, struct tally *tally)
{
    size_t count = world->before + world->after, saved = 0, inside = 0, told = 0;
    double *y = toil_xcalloc(2 * count, sizeof *y), *control = y + count;
    bool *left_out = toil_xcalloc(count, sizeof *left_out);
    char name[96];
    left_out[world->before] = true;
    for (unsigned i = 0; i < rounds; i++) {
        struct toil_savings savings;
        simulate(world, random, y, control);
        const struct toil_savings_data data = {.family = world->family,
                                               .y = y,
                                               .control = world->controlled ? control : NULL,
                                               .left_out = left_out,
                                               .count = count,
                                               .after = world->before,
                                               .seed = i};
        if (toil_savings(&data, &savings) != TOIL_STATS_OK)
            continue;
        told++;
        saved += savings.verdict == TOIL_SAVED;
        inside += savings.change_low <= world->change && savings.change_high >= world->change;
        toil_savings_release(&savings);
    }
    if (world->change == 0) {
        name_world(world, "no effect, saved:", name);
        tell(tally, name, "<= 0.05", saved, told, 0, FALSE_CLAIMS);
    }
    name_world(world, world->change == 0 ? "no effect, covered:" : "40% less, covered:", name);
    tell(tally, name, "0.93-0.97", inside, told, COVERAGE_LOW, world->change == 0 ? 1 : COVERAGE_HIGH);
    free(y);
    free(left_out);
}

static void calibrate_savings(unsigned rounds, gsl_rng *random, struct tally *tally)
{
    static const double rates[] = {3, 15}, drifts[] = {0, -0.3, 0.23}, rhos[] = {0, 0.3, 0.5, 0.8};
    static const size_t spans[][2] = {{26, 8}, {52, 26}};
    for (size_t r = 0; r < 2; r++)
        for (size_t d = 0; d < 3; d++)
            for (size_t p = 0; p < 4; p++)
                for (size_t s = 0; s < 2; s++)
                    savings_of(&(struct world){.rate = rates[r],
                                               .drift = drifts[d],
                                               .rho = rhos[p],
                                               .before = spans[s][0],
                                               .after = spans[s][1]},
                               rounds, random, tally);
    for (size_t r = 0; r < 2; r++)
        for (size_t p = 0; p < 4; p++)
            for (size_t s = 0; s < 2; s++)
                savings_of(
                    &(struct world){
                        .rate = rates[r], .rho = rhos[p], .before = spans[s][0], .after = spans[s][1], .change = -0.4},
                    rounds, random, tally);
    savings_of(
        &(struct world){.rate = 300, .rho = 0.3, .before = 52, .after = 26, .change = -0.4, .family = TOIL_WEEK_LEVEL},
        rounds, random, tally);
    savings_of(&(struct world){.rate = 15, .rho = 0.5, .before = 52, .after = 26, .change = -0.4, .controlled = true},
               rounds, random, tally);
    savings_of(&(struct world){.rate = 15, .rho = 0.8, .before = 52, .after = 26, .controlled = true}, rounds, random,
               tally);
}

/* ---- growth ---- */

static void growth_of(const struct world *world, unsigned rounds, gsl_rng *random, struct tally *tally)
{
    size_t count = world->before, claimed = 0, inside = 0, told = 0, foreseen = 0;
    double *y = toil_xcalloc(count + 13, sizeof *y), monthly = expm1(world->drift / 26 * TOIL_WEEKS_PER_MONTH);
    struct world longer = *world;
    char name[96];
    /* A limit, not a goal: what weeks share fades so slowly that so few of them cannot tell it from a trend. */
    bool sluggish = world->rho > 0.5;
    longer.before = count + 13;
    for (unsigned i = 0; i < rounds; i++) {
        struct toil_growth growth;
        simulate(&longer, random, y, NULL);
        const struct toil_growth_data data = {.family = world->family, .y = y, .count = count, .level = 0.95};
        if (toil_growth(&data, &growth) != TOIL_STATS_OK)
            continue;
        told++;
        claimed += growth.verdict != TOIL_GROWTH_NONE;
        inside += growth.low <= monthly && growth.high >= monthly;
        struct toil_forecast forecast = toil_growth_forecast(&data, &growth, (double)count + 12, 1);
        foreseen += y[count + 12] >= forecast.low - 0.5 && y[count + 12] <= forecast.high + 0.5;
    }
    if (world->drift == 0) {
        name_world(world, "steady, a trend claimed:", name);
        tell(tally, name, sluggish ? "<= 0.20" : "<= 0.07", claimed, told, 0, sluggish ? 0.20 : 1 - COVERAGE_LOW);
    } else {
        name_world(world, "growth covered:", name);
        tell(tally, name, sluggish ? "0.80-0.97" : "0.93-0.97", inside, told, sluggish ? 0.80 : COVERAGE_LOW,
             COVERAGE_HIGH);
    }
    name_world(world, "week 13 ahead foreseen:", name);
    tell(tally, name, sluggish ? ">= 0.75" : ">= 0.93", foreseen, told, sluggish ? 0.75 : COVERAGE_LOW, 1);
    free(y);
}

static void calibrate_growth(unsigned rounds, gsl_rng *random, struct tally *tally)
{
    static const double rates[] = {3, 15}, drifts[] = {0, 0.23}, rhos[] = {0, 0.5, 0.8};
    static const size_t spans[] = {26, 52, 104};
    for (size_t r = 0; r < 2; r++)
        for (size_t d = 0; d < 2; d++)
            for (size_t p = 0; p < 3; p++)
                for (size_t s = 0; s < 3; s++)
                    growth_of(&(struct world){.rate = rates[r], .drift = drifts[d], .rho = rhos[p], .before = spans[s]},
                              rounds, random, tally);
    growth_of(&(struct world){.rate = 300, .drift = 0.23, .rho = 0.5, .before = 52, .family = TOIL_WEEK_LEVEL}, rounds,
              random, tally);
}

/* ---- payback ---- */

static void calibrate_payback(unsigned rounds, gsl_rng *random, struct tally *tally)
{
    static const double spreads[] = {0.05, 0.1, 0.2};
    for (size_t s = 0; s < sizeof spreads / sizeof *spreads; s++) {
        size_t within_80 = 0, within_95 = 0, told = 0;
        char name[96];
        for (unsigned i = 0; i < rounds; i++) {
            struct toil_payback payback;
            double saving = 10, se = spreads[s] * saving;
            double effort = 160 * exp(gsl_ran_gaussian(random, log(TOIL_EFFORT_FACTOR) / 1.2815515655446004));
            const struct toil_payback_data data = {.effort = 160,
                                                   .lead_weeks = 4,
                                                   .saving = {saving + gsl_ran_gaussian(random, se), se, INFINITY},
                                                   .draws = 2000,
                                                   .seed = i};
            double truth = 4 * effort / 160 + effort / saving;
            if (toil_payback(&data, &payback) != TOIL_STATS_OK || !payback.established)
                continue;
            told++;
            within_80 += truth >= payback.low && truth <= payback.high;
            within_95 += truth >= payback.least && truth <= payback.most;
        }
        snprintf(name, sizeof name, "payback, saving known to %g%%, 95%% range", 100 * spreads[s]);
        tell(tally, name, "0.93-0.97", within_95, told, COVERAGE_LOW, COVERAGE_HIGH);
        snprintf(name, sizeof name, "payback, saving known to %g%%, 80%% range", 100 * spreads[s]);
        tell(tally, name, "0.77-0.83", within_80, told, 0.77, 0.83);
    }
}

/* ---- power ---- */

static double simulated_power(const struct world *world, unsigned rounds, gsl_rng *random)
{
    size_t count = world->before + world->after, saved = 0;
    double *y = toil_xcalloc(count, sizeof *y);
    for (unsigned i = 0; i < rounds; i++) {
        struct toil_savings savings;
        simulate(world, random, y, NULL);
        const struct toil_savings_data data = {
            .family = TOIL_WEEK_COUNT, .y = y, .count = count, .after = world->before, .seed = i};
        if (toil_savings(&data, &savings) != TOIL_STATS_OK)
            continue;
        saved += savings.verdict == TOIL_SAVED;
        toil_savings_release(&savings);
    }
    free(y);
    return (double)saved / rounds;
}

/* Dispersion that the latent part gives a rate. */
static double dispersion_of(double rate)
{
    return 1 + rate * expm1(LATENT_SD * LATENT_SD);
}

static void power_table(unsigned rounds, gsl_rng *random)
{
    static const double rates[] = {3, 15, 50}, changes[] = {-0.2, -0.4, -0.6};
    static const size_t spans[][2] = {{26, 8}, {26, 26}, {52, 8}, {52, 26}};
    printf("| a week | weeks before | after | 20%% less | 40%% less | 60%% less |\n|---:|---:|---:|---:|---:|---:|\n");
    for (size_t r = 0; r < 3; r++)
        for (size_t s = 0; s < 4; s++) {
            printf("| %g | %zu | %zu |", rates[r], spans[s][0], spans[s][1]);
            for (size_t c = 0; c < 3; c++) {
                const struct world world = {
                    .rate = rates[r], .before = spans[s][0], .after = spans[s][1], .change = changes[c]};
                const struct toil_power_data power = {.family = TOIL_WEEK_COUNT,
                                                      .rate = rates[r],
                                                      .dispersion = dispersion_of(rates[r]),
                                                      .before = spans[s][0],
                                                      .after = spans[s][1],
                                                      .change = changes[c]};
                printf(" %.2f (%.2f) |", toil_power(&power), simulated_power(&world, rounds, random));
            }
            putchar('\n');
        }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"power", no_argument, NULL, 'p'},
                                            {0}};
    unsigned rounds = 100;
    unsigned long seed = 1;
    bool power = false;
    struct tally tally = {0};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'r')
            rounds = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 's')
            seed = strtoul(optarg, NULL, 10);
        else if (option == 'p')
            power = true;
        else
            return TOIL_EXIT_USAGE;
    }
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, seed);
    if (power) {
        power_table(rounds, random);
    } else {
        printf("%-58s rounds  share  goal\n", "series of weeks");
        calibrate_savings(rounds, random, &tally);
        calibrate_growth(rounds, random, &tally);
        calibrate_payback(rounds, random, &tally);
        printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    }
    gsl_rng_free(random);
    return tally.failed ? TOIL_EXIT_NO : TOIL_EXIT_DONE;
}
