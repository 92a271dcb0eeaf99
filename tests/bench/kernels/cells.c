/* Conway's game of life on a torus, one byte a cell: sums of neighbours in three rows. */
#include "kernel.h"

const unsigned kernel_rounds = 500;

enum { SIDE = 400 };

static unsigned char cells[SIDE][SIDE], next[SIDE][SIDE];

static void step(void) {
    for (unsigned y = 0; y < SIDE; y++) {
        const unsigned char *above = cells[(y + SIDE - 1) % SIDE], *here = cells[y], *below = cells[(y + 1) % SIDE];
        for (unsigned x = 0; x < SIDE; x++) {
            const unsigned left = x ? x - 1 : SIDE - 1, right = x + 1 < SIDE ? x + 1 : 0;
            const unsigned sum = above[left] + above[x] + above[right] + here[left] + here[right] + below[left] +
                                 below[x] + below[right];
            next[y][x] = sum == 3 || (sum == 2 && here[x]);
        }
    }
    for (unsigned y = 0; y < SIDE; y++) {
        for (unsigned x = 0; x < SIDE; x++)
            cells[y][x] = next[y][x];
    }
}

unsigned kernel(unsigned rounds) {
    unsigned seed = 29, sum = 0;
    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        seed = seed * 1664525u + 1013904223u;
        cells[i / SIDE][i % SIDE] = seed >> 30 == 0;
    }
    for (unsigned round = 0; round < rounds; round++)
        step();
    for (unsigned i = 0; i < SIDE * SIDE; i++)
        sum = sum * 31 + cells[i / SIDE][i % SIDE];
    return sum;
}
