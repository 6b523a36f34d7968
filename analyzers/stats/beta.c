/* The code behind beta.h. */
#include "beta.h"

#include <math.h>
#include <stdbool.h>

#define MAX_TERMS   2000000
#define MAX_HALVING 200

/* log(n!) less Stirling's formula for it, n > 0. */
static double stirling_error(double n)
{
    if (n <= 15)
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - 0.5 * log(2 * M_PI);
    double square = n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) / square) / n;
}

/* x log(x/m) + m - x, without losing what is left of near equal x and m. */
static double deviance_part(double x, double m)
{
    if (fabs(x - m) >= 0.1 * (x + m))
        return x * log(x / m) + m - x;
    double v = (x - m) / (x + m), sum = (x - m) * v, term = 2 * x * v;
    for (int j = 1; j < 1000; j++) {
        term *= v * v;
        double next = sum + term / (2 * j + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

/* Gamma(a+b+1) / (Gamma(a+1) Gamma(b+1)) x^a (1-x)^b */
static double raw_mass(double a, double b, double x)
{
    double n = a + b;
    double log_mass = stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance_part(a, n * x) -
                      deviance_part(b, n * (1 - x));
    return exp(log_mass) * sqrt(n / (2 * M_PI * a * b));
}

static double away_from_zero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

static double continued_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m < MAX_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= d * c;
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= d * c;
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return value;
}

double toil_beta_cdf(double x, double a, double b)
{
    if (!(a > 0) || !(b > 0) || !isfinite(a) || !isfinite(b) || !(x >= 0 && x <= 1))
        return NAN;
    if (x == 0 || x == 1)
        return x;
    bool turned = x > (a + 1) / (a + b + 2);
    double front = raw_mass(a, b, x) * a * b / (a + b);
    double tail = turned ? front * continued_fraction(1 - x, b, a) / b : front * continued_fraction(x, a, b) / a;
    tail = fmin(fmax(tail, 0), 1);
    return turned ? 1 - tail : tail;
}

double toil_beta_quantile(double p, double a, double b)
{
    if (!(p >= 0 && p <= 1) || isnan(toil_beta_cdf(0.5, a, b)))
        return NAN;
    double low = 0, high = 1;
    for (int i = 0; i < MAX_HALVING && high - low > 1e-15 * high; i++) {
        double middle = low + (high - low) / 2;
        if (toil_beta_cdf(middle, a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

double toil_binomial_pmf(uint64_t k, uint64_t n, double p)
{
    if (k > n || !(p >= 0 && p <= 1))
        return k > n ? 0 : NAN;
    if (p == 0 || p == 1)
        return k == (p == 0 ? 0 : n) ? 1 : 0;
    if (k == 0)
        return exp((double)n * log1p(-p));
    if (k == n)
        return exp((double)n * log(p));
    return raw_mass((double)k, (double)(n - k), p);
}

double toil_binomial_cdf(uint64_t k, uint64_t n, double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (k >= n)
        return 1;
    return toil_beta_cdf(1 - p, (double)(n - k), (double)k + 1);
}
