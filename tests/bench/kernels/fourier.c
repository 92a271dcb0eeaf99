/* A fast Fourier transform there and back, in place: strides that double, pairs of doubles, a table of roots of unity.
 */
#include "kernel.h"

const unsigned kernel_rounds = 1000;

enum { LOG_SIZE = 13, SIZE = 1 << LOG_SIZE };

struct complex {
    double re, im;
};

static struct complex signal[SIZE], roots[SIZE / 2];

static struct complex product(struct complex a, struct complex b) {
    return (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* Powers of the first root, whose cosine and sine are given to 17 digits. */
static void make_roots(void) {
    const struct complex first = {0.99999970586288223, -0.00076699031874270453};
    roots[0] = (struct complex){1, 0};
    for (unsigned i = 1; i < SIZE / 2; i++)
        roots[i] = product(roots[i - 1], first);
}

static void permute(void) {
    for (unsigned i = 0, k = 0; i < SIZE; i++) {
        if (i < k) {
            const struct complex kept = signal[i];
            signal[i] = signal[k];
            signal[k] = kept;
        }
        unsigned bit = SIZE >> 1;
        for (; k & bit; bit >>= 1)
            k ^= bit;
        k |= bit;
    }
}

/* `sign` -1 transforms back, but for the factor 1 / SIZE. */
static void transform(double sign) {
    permute();
    for (unsigned half = 1, step = SIZE / 2; half < SIZE; half *= 2, step /= 2) {
        for (unsigned start = 0; start < SIZE; start += 2 * half) {
            for (unsigned i = 0; i < half; i++) {
                struct complex root = roots[i * step];
                root.im *= sign;
                const struct complex a = signal[start + i];
                const struct complex b = product(signal[start + i + half], root);
                signal[start + i] = (struct complex){a.re + b.re, a.im + b.im};
                signal[start + i + half] = (struct complex){a.re - b.re, a.im - b.im};
            }
        }
    }
}

unsigned kernel(unsigned rounds) {
    make_roots();
    for (unsigned i = 0; i < SIZE; i++)
        signal[i] = (struct complex){i % 17, i % 5};
    for (unsigned round = 0; round < rounds; round++) {
        transform(1);
        signal[round % SIZE].re += 1;
        transform(-1);
        for (unsigned i = 0; i < SIZE; i++) {
            signal[i].re /= SIZE;
            signal[i].im /= SIZE;
        }
    }
    double sum = 0;
    for (unsigned i = 0; i < SIZE; i++)
        sum += signal[i].re * (i % 3) + signal[i].im;
    return (unsigned)(sum + 0.5);
}
