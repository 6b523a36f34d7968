/* Welch's interval for the difference of two means. */
#include "stats/welch.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

bool toil_welch_interval(const struct toil_sample *a, const struct toil_sample *b, double level, struct toil_welch *out)
{
    if (a->count < 2 || b->count < 2)
        return false;
    double va = a->variance / (double)a->count, vb = b->variance / (double)b->count, sum = va + vb;
    if (!(sum > 0) || !isfinite(sum))
        return false;
    double freedom = sum * sum / (va * va / (double)(a->count - 1) + vb * vb / (double)(b->count - 1));
    double half = gsl_cdf_tdist_Pinv(0.5 + level / 2, freedom) * sqrt(sum);
    out->difference = a->mean - b->mean;
    out->low = out->difference - half;
    out->high = out->difference + half;
    out->degrees_of_freedom = freedom;
    return true;
}
