/* Seeded random numbers for the demo generator: the same seed gives the same bytes on every machine.
 *
 * PCG-XSH-RR 64/32 (O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
 * Random Number Generation"). Exponential and logarithm are computed here from additions, multiplications and
 * divisions alone, because the C library's may differ in the last bit from one machine to another. */
#ifndef TOIL_GEN_RANDOM_H
#define TOIL_GEN_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gen_random {
    uint64_t state;
    uint64_t stream; /* odd */
};

/* Each part of the generator draws from a stream of its own, so that a change in one leaves the others alone. */
void gen_random_init(struct gen_random *random, uint64_t seed, uint64_t stream);
uint32_t gen_random_u32(struct gen_random *random);
/* 0 <= result < bound, without bias. bound > 0. */
uint32_t gen_random_below(struct gen_random *random, uint32_t bound);
/* low <= result <= high. */
int64_t gen_random_between(struct gen_random *random, int64_t low, int64_t high);
/* 0 <= result < 1. */
double gen_random_unit(struct gen_random *random);
bool gen_random_chance(struct gen_random *random, double probability);
/* An index of `weights`, in proportion to them; their sum must be above zero. */
size_t gen_random_pick(struct gen_random *random, const double *weights, size_t count);
/* Poisson with this mean (0 to 500): Knuth's product of uniforms, in steps so that exp(-mean) does not vanish. */
unsigned gen_random_poisson(struct gen_random *random, double mean);
/* Gamma with a whole-numbered shape and mean 1: the mean of `shape` exponentials. Variance 1/shape. As the mean of a
 * Poisson it gives negative-binomial counts. */
double gen_random_gamma(struct gen_random *random, unsigned shape);
double gen_random_exponential(struct gen_random *random, double mean);
/* Mean 0, variance 1, nearly normal: the sum of twelve uniforms less six. */
double gen_random_normal(struct gen_random *random);

/* e to the x, x between -700 and 700. */
double gen_exp(double x);
/* Natural logarithm, x > 0. */
double gen_log(double x);

#endif
