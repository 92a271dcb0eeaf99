/* The greatest singular value of an infinite matrix by the power method: a division for each element, no memory to
 * speak of but two vectors. */
#include "kernel.h"

const unsigned kernel_rounds = 96;

enum { SIZE = 700 };

static double u[SIZE], v[SIZE], middle[SIZE];

static double element(unsigned row, unsigned column) {
    return 1.0 / ((row + column) * (row + column + 1) / 2 + row + 1);
}

static void multiply(double *out, const double *in) {
    for (unsigned i = 0; i < SIZE; i++) {
        double sum = 0;
        for (unsigned k = 0; k < SIZE; k++)
            sum += element(i, k) * in[k];
        out[i] = sum;
    }
}

static void multiply_transposed(double *out, const double *in) {
    for (unsigned i = 0; i < SIZE; i++) {
        double sum = 0;
        for (unsigned k = 0; k < SIZE; k++)
            sum += element(k, i) * in[k];
        out[i] = sum;
    }
}

unsigned kernel(unsigned rounds) {
    for (unsigned i = 0; i < SIZE; i++)
        u[i] = 1;
    for (unsigned round = 0; round < rounds; round++) {
        multiply(middle, u);
        multiply_transposed(v, middle);
        multiply(middle, v);
        multiply_transposed(u, middle);
    }
    double uv = 0, vv = 0;
    for (unsigned i = 0; i < SIZE; i++) {
        uv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    return (unsigned)(uv / vv * 1e9);
}
