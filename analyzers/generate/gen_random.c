/* Random numbers and the few functions of analysis that the generator needs, the same on every machine. */
#include "gen_random.h"

#include <math.h>

#define LN2 0.69314718055994530942

void gen_random_init(struct gen_random *random, uint64_t seed, uint64_t stream)
{
    random->state = 0;
    random->stream = (stream << 1u) | 1u;
    (void)gen_random_u32(random);
    random->state += seed;
    (void)gen_random_u32(random);
}

uint32_t gen_random_u32(struct gen_random *random)
{
    uint64_t old = random->state;
    random->state = old * UINT64_C(6364136223846793005) + random->stream;
    uint32_t word = (uint32_t)(((old >> 18u) ^ old) >> 27u);
    unsigned rotate = (unsigned)(old >> 59u);
    return (word >> rotate) | (word << ((32u - rotate) & 31u));
}

uint32_t gen_random_below(struct gen_random *random, uint32_t bound)
{
    uint32_t reject = (0u - bound) % bound;
    for (;;) {
        uint32_t word = gen_random_u32(random);
        if (word >= reject)
            return word % bound;
    }
}

int64_t gen_random_between(struct gen_random *random, int64_t low, int64_t high)
{
    return low + (int64_t)gen_random_below(random, (uint32_t)(high - low + 1));
}

double gen_random_unit(struct gen_random *random)
{
    uint64_t high = gen_random_u32(random) >> 5u;
    uint64_t low = gen_random_u32(random) >> 6u;
    return (double)((high << 26u) | low) / 9007199254740992.0;
}

bool gen_random_chance(struct gen_random *random, double probability)
{
    return gen_random_unit(random) < probability;
}

size_t gen_random_pick(struct gen_random *random, const double *weights, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    double at = gen_random_unit(random) * sum;
    for (size_t i = 0; i + 1 < count; i++) {
        at -= weights[i];
        if (at < 0)
            return i;
    }
    return count - 1;
}

unsigned gen_random_poisson(struct gen_random *random, double mean)
{
    unsigned total = 0;
    while (mean > 0) {
        double step = mean > 30 ? 30 : mean;
        double floor = gen_exp(-step);
        double product = gen_random_unit(random);
        while (product > floor) {
            total++;
            product *= gen_random_unit(random);
        }
        mean -= step;
    }
    return total;
}

double gen_random_exponential(struct gen_random *random, double mean)
{
    return -mean * gen_log(1.0 - gen_random_unit(random));
}

double gen_random_gamma(struct gen_random *random, unsigned shape)
{
    double sum = 0;
    for (unsigned i = 0; i < shape; i++)
        sum += gen_random_exponential(random, 1.0);
    return sum / shape;
}

double gen_random_normal(struct gen_random *random)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += gen_random_unit(random);
    return sum;
}

double gen_exp(double x)
{
    int power = (int)(x / LN2 + (x < 0 ? -0.5 : 0.5));
    double rest = x - power * LN2;
    double term = 1, sum = 1;
    for (int i = 1; i < 22; i++) {
        term *= rest / i;
        sum += term;
    }
    return ldexp(sum, power); /* exact: only the exponent changes */
}

double gen_log(double x)
{
    int power;
    double mantissa = frexp(x, &power); /* exact */
    if (mantissa < 0.70710678118654752440) {
        mantissa *= 2;
        power--;
    }
    /* ln m = 2 artanh((m - 1) / (m + 1)) */
    double ratio = (mantissa - 1) / (mantissa + 1), square = ratio * ratio, term = ratio, sum = 0;
    for (int i = 1; i < 40; i += 2) {
        sum += term / i;
        term *= square;
    }
    return 2 * sum + power * LN2;
}
