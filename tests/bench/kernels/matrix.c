/* A product of matrices of doubles. */
#include "kernel.h"

const unsigned kernel_rounds = 90;

enum { SIDE = 160 };

static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

unsigned kernel(unsigned rounds) {
    for (int i = 0; i < SIDE; i++) {
        for (int k = 0; k < SIDE; k++) {
            a[i][k] = i - k;
            b[i][k] = i + 2 * k;
        }
    }
    double trace = 0;
    for (unsigned round = 0; round < rounds; round++) {
        for (int i = 0; i < SIDE; i++) {
            for (int k = 0; k < SIDE; k++) {
                double sum = 0;
                for (int j = 0; j < SIDE; j++)
                    sum += a[i][j] * b[j][k];
                c[i][k] = sum;
            }
        }
        for (int i = 0; i < SIDE; i++)
            trace += c[i][i] / 1024;
        a[round % SIDE][0] += 1;
    }
    return (unsigned)(long long)trace;
}
