/* The most reversals that a permutation needs until 0 comes first, over all permutations: short loops over small
 * arrays on the stack, with counts that nobody can predict. */
#include "kernel.h"

const unsigned kernel_rounds = 16;

enum { MOST = 12 };

static unsigned count_reversals(const int *permutation, int size) {
    int stack[MOST];
    for (int i = 0; i < size; i++)
        stack[i] = permutation[i];
    unsigned count = 0;
    for (int top; (top = stack[0]) != 0; count++) {
        for (int low = 0, high = top; low < high; low++, high--) {
            const int kept = stack[low];
            stack[low] = stack[high];
            stack[high] = kept;
        }
    }
    return count;
}

/* The next permutation by rotating prefixes; false after the last. */
static int advance(int *permutation, int *counters, int size) {
    for (int i = 1; i < size; i++) {
        const int first = permutation[0];
        for (int k = 0; k < i; k++)
            permutation[k] = permutation[k + 1];
        permutation[i] = first;
        if (++counters[i] <= i) return 1;
        counters[i] = 0;
    }
    return 0;
}

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        const int size = 9;
        int permutation[MOST], counters[MOST] = {0};
        for (int i = 0; i < size; i++)
            permutation[i] = i;
        unsigned most = 0;
        do {
            const unsigned count = count_reversals(permutation, size);
            if (count > most) most = count;
            sum += count;
        } while (advance(permutation, counters, size));
        sum ^= most + round;
    }
    return sum;
}
