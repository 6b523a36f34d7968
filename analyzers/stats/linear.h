/* Small dense linear algebra that answers "singular" instead of stopping the program, as GSL does. Pure. */
#ifndef TOIL_STATS_LINEAR_H
#define TOIL_STATS_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

/* Weighted least squares by QR with column pivoting (Businger and Golub 1965) of columns brought to one length.
 * x: count rows of columns values. weight: NULL for 1; values below 0 don't occur. coefficient: columns values out.
 * inverse: (x' w x)^-1 out, columns by columns, or NULL. False, with nothing filled in, when columns depend on each
 * other or there are fewer rows than columns. */
bool toil_least_squares(const double *x, const double *y, const double *weight, size_t count, size_t columns,
                        double *coefficient, double *inverse);

/* The inverse of a symmetric positive definite matrix by Cholesky, after bringing its diagonal to 1. matrix and inverse
 * are order by order and may be the same. False, with nothing filled in, when it is not positive definite, or as good
 * as singular. */
bool toil_invert_symmetric(const double *matrix, size_t order, double *inverse);

/* v' matrix v */
double toil_quadratic_form(const double *v, const double *matrix, size_t order);

#endif
