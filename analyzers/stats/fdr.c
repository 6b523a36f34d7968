/* The code behind fdr.h. */
#include "fdr.h"

#include <math.h>
#include <stdlib.h>

#include "toilmeter/buf.h"

struct ranked {
    double p;
    size_t index;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->p < b->p || a->p > b->p)
        return a->p < b->p ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

void toil_fdr_adjust(const double *p, size_t count, double *q)
{
    struct ranked *ranked = toil_xcalloc(count + 1, sizeof *ranked);
    size_t members = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(p[i]))
            q[i] = NAN;
        else
            ranked[members++] = (struct ranked){p[i], i};
    }
    qsort(ranked, members, sizeof *ranked, compare_ranked);
    double least = 1;
    for (size_t rank = members; rank > 0; rank--) {
        least = fmin(least, ranked[rank - 1].p * (double)members / (double)rank);
        q[ranked[rank - 1].index] = least;
    }
    free(ranked);
}
