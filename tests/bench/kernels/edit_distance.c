/* Dynamic programming: the edit distance of two texts, row by row, and the best filling of a knapsack. */
#include "kernel.h"

const unsigned kernel_rounds = 40;

enum { SIZE = 1500, ITEMS = 100, ROOM = 10000 };

static char a[SIZE], b[SIZE];
static unsigned row[SIZE + 1];
static int best[ROOM + 1];

static unsigned least(unsigned x, unsigned y) {
    return x < y ? x : y;
}

static unsigned distance(void) {
    for (unsigned k = 0; k <= SIZE; k++)
        row[k] = k;
    for (unsigned i = 0; i < SIZE; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (unsigned k = 0; k < SIZE; k++) {
            const unsigned above = row[k + 1];
            row[k + 1] = least(least(above, row[k]) + 1, diagonal + (a[i] != b[k]));
            diagonal = above;
        }
    }
    return row[SIZE];
}

static int fill_knapsack(unsigned seed) {
    for (unsigned i = 0; i <= ROOM; i++)
        best[i] = 0;
    for (unsigned item = 0; item < ITEMS; item++) {
        seed = seed * 1664525u + 1013904223u;
        const int weight = 10 + (int)(seed >> 22), value = (int)(seed >> 8 & 1023);
        for (int room = ROOM; room >= weight; room--) {
            if (best[room] < best[room - weight] + value) best[room] = best[room - weight] + value;
        }
    }
    return best[ROOM];
}

unsigned kernel(unsigned rounds) {
    unsigned seed = 23, sum = 0;
    for (unsigned i = 0; i < SIZE; i++) {
        seed = seed * 1664525u + 1013904223u;
        a[i] = (char)('a' + (seed >> 28));
        b[i] = (char)('a' + (seed >> 20 & 15));
    }
    for (unsigned round = 0; round < rounds; round++) {
        sum = sum * 31 + distance() + (unsigned)fill_knapsack(round);
        a[round % SIZE] ^= 2;
    }
    return sum;
}
