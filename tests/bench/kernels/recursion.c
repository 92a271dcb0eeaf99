/* Functions that call themselves and each other: Ackermann's, Takeuchi's, Hofstadter's pair. */
#include "kernel.h"

const unsigned kernel_rounds = 40;

static unsigned ackermann(unsigned m, unsigned n) {
    if (m == 0) return n + 1;
    if (n == 0) return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static int takeuchi(int x, int y, int z) {
    if (y >= x) return z;
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

static unsigned male(unsigned n);

static unsigned female(unsigned n) {
    return n == 0 ? 1 : n - male(female(n - 1));
}

static unsigned male(unsigned n) {
    return n == 0 ? 0 : n - female(male(n - 1));
}

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++)
        sum = sum * 31 + ackermann(2, 600 + round) + (unsigned)takeuchi(18, 12, (int)(6 - round % 3)) +
              female(100 + round % 8);
    return sum;
}
