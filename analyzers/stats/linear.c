/* The code behind linear.h. */
#include "linear.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toilmeter/buf.h"

/* What is left of a column of length 1 after taking out the others; less is rounding. */
#define RANK_TOLERANCE 1e-10

/* The inverse of the upper triangle of qr, column by column; its other cells are 0. */
static void invert_triangle(const gsl_matrix *qr, double *inverse, size_t order)
{
    memset(inverse, 0, order * order * sizeof *inverse);
    for (size_t column = 0; column < order; column++) {
        for (size_t row = column + 1; row-- > 0;) {
            double sum = row == column ? 1 : 0;
            for (size_t k = row + 1; k <= column; k++)
                sum -= gsl_matrix_get(qr, row, k) * inverse[k * order + column];
            inverse[row * order + column] = sum / gsl_matrix_get(qr, row, row);
        }
    }
}

/* Fills the matrix with the weighted columns, each of length 1; false when one has no length. */
static bool fill_scaled(const double *x, const double *weight, gsl_matrix *matrix, double *length)
{
    for (size_t column = 0; column < matrix->size2; column++) {
        double sum = 0;
        for (size_t row = 0; row < matrix->size1; row++) {
            double cell = x[row * matrix->size2 + column] * (weight ? sqrt(weight[row]) : 1);
            gsl_matrix_set(matrix, row, column, cell);
            sum += cell * cell;
        }
        length[column] = sqrt(sum);
        if (!(length[column] > 0) || !isfinite(length[column]))
            return false;
        for (size_t row = 0; row < matrix->size1; row++)
            gsl_matrix_set(matrix, row, column, gsl_matrix_get(matrix, row, column) / length[column]);
    }
    return true;
}

static bool has_full_rank(const gsl_matrix *qr)
{
    for (size_t i = 0; i < qr->size2; i++)
        if (!(fabs(gsl_matrix_get(qr, i, i)) > RANK_TOLERANCE))
            return false;
    return true;
}

/* Coefficients and inverse in the order and scale of the input. triangle: the inverse of R. */
static void unscale(const double *triangle, const gsl_vector *target, const gsl_permutation *order,
                    const double *length, size_t columns, double *coefficient, double *inverse)
{
    for (size_t i = 0; i < columns; i++) {
        size_t to = gsl_permutation_get(order, i);
        double sum = 0;
        for (size_t k = i; k < columns; k++)
            sum += triangle[i * columns + k] * gsl_vector_get(target, k);
        coefficient[to] = sum / length[to];
        for (size_t j = 0; j < columns && inverse; j++) {
            size_t other = gsl_permutation_get(order, j);
            double product = 0;
            for (size_t k = i > j ? i : j; k < columns; k++)
                product += triangle[i * columns + k] * triangle[j * columns + k];
            inverse[to * columns + other] = product / length[to] / length[other];
        }
    }
}

bool toil_least_squares(const double *x, const double *y, const double *weight, size_t count, size_t columns,
                        double *coefficient, double *inverse)
{
    if (columns == 0 || count < columns)
        return false;
    gsl_matrix *qr = gsl_matrix_alloc(count, columns);
    gsl_vector *tau = gsl_vector_alloc(columns), *norm = gsl_vector_alloc(columns), *target = gsl_vector_alloc(count);
    gsl_permutation *order = gsl_permutation_alloc(columns);
    double *work = toil_xcalloc(columns * columns + columns, sizeof *work), *length = work + columns * columns;
    bool done = false;
    int sign;
    if (!fill_scaled(x, weight, qr, length))
        goto out;
    gsl_linalg_QRPT_decomp(qr, tau, order, &sign, norm);
    if (!has_full_rank(qr))
        goto out;
    for (size_t row = 0; row < count; row++)
        gsl_vector_set(target, row, y[row] * (weight ? sqrt(weight[row]) : 1));
    gsl_linalg_QR_QTvec(qr, tau, target);
    invert_triangle(qr, work, columns);
    unscale(work, target, order, length, columns, coefficient, inverse);
    done = true;
out:
    free(work);
    gsl_permutation_free(order);
    gsl_vector_free(target);
    gsl_vector_free(norm);
    gsl_vector_free(tau);
    gsl_matrix_free(qr);
    return done;
}

/* Turns the lower triangle of a matrix with diagonal 1 into its Cholesky factor. */
static bool factor(double *cell, size_t order)
{
    for (size_t i = 0; i < order; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = cell[i * order + j];
            for (size_t k = 0; k < j; k++)
                sum -= cell[i * order + k] * cell[j * order + k];
            if (i == j && !(sum > RANK_TOLERANCE))
                return false;
            cell[i * order + j] = i == j ? sqrt(sum) : sum / cell[j * order + j];
        }
    }
    return true;
}

bool toil_invert_symmetric(const double *matrix, size_t order, double *inverse)
{
    double *lower = toil_xcalloc(2 * order * order + order + 1, sizeof *lower);
    double *triangle = lower + order * order, *scale = triangle + order * order;
    bool done = true;
    for (size_t i = 0; i < order && done; i++) {
        scale[i] = sqrt(matrix[i * order + i]);
        done = scale[i] > 0 && isfinite(scale[i]);
    }
    for (size_t i = 0; i < order * order && done; i++)
        lower[i] = matrix[i] / scale[i / order] / scale[i % order];
    done = done && factor(lower, order);
    for (size_t column = 0; column < order && done; column++) {
        for (size_t row = column; row < order; row++) {
            double sum = row == column ? 1 : 0;
            for (size_t k = column; k < row; k++)
                sum -= lower[row * order + k] * triangle[k * order + column];
            triangle[row * order + column] = sum / lower[row * order + row];
        }
    }
    for (size_t i = 0; i < order * order && done; i++) {
        size_t row = i / order, column = i % order;
        double sum = 0;
        for (size_t k = row > column ? row : column; k < order; k++)
            sum += triangle[k * order + row] * triangle[k * order + column];
        inverse[i] = sum / scale[row] / scale[column];
    }
    free(lower);
    return done;
}

double toil_quadratic_form(const double *v, const double *matrix, size_t order)
{
    double sum = 0;
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order; j++)
            sum += v[i] * matrix[i * order + j] * v[j];
    return sum;
}
