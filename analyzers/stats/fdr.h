/* Many tests at once: the false discovery rate. Pure. */
#ifndef TOIL_STATS_FDR_H
#define TOIL_STATS_FDR_H

#include <stddef.h>

/* q-values of Benjamini and Hochberg (1995), "Controlling the false discovery rate", J. R. Statist. Soc. B 57, 289-300,
 * in the adjusted form of R's p.adjust(p, "BH"):
 *
 *   q_(i) = min over j >= i of min(1, m p_(j) / j)
 *
 * p: count p-values in 0..1; one that is NAN is no member of the family, does not count into m, and has q NAN. q: count
 * values out; may be p itself. To reject where q <= level is Benjamini and Hochberg's step-up procedure at that level.
 * Equal p-values have equal q-values, so the result does not depend on the order of the input. */
void toil_fdr_adjust(const double *p, size_t count, double *q);

#endif
