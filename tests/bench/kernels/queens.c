/* Eight queens and more, by recursion: calls, and sets of bits. */
#include "kernel.h"

const unsigned kernel_rounds = 400;

static unsigned place(unsigned all, unsigned columns, unsigned left, unsigned right) {
    if (columns == all) return 1;
    unsigned count = 0;
    for (unsigned free = all & ~(columns | left | right); free;) {
        const unsigned bit = free & (0u - free);
        free ^= bit;
        count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

unsigned kernel(unsigned rounds) {
    unsigned total = 0;
    for (unsigned i = 0; i < rounds; i++)
        total += place((1u << 11) - 1, 0, i & 1, 0) + i; /* not the same twice, or once would do */
    return total;
}
