/* SHA-256 (FIPS 180-4) over a buffer: rotations, additions, a table. */
#include "kernel.h"

const unsigned kernel_rounds = 2500;

enum { BUFFER = 16384 };

static unsigned char buffer[BUFFER];
static unsigned constants[64];

static unsigned rotate(unsigned x, int n) {
    return x >> n | x << (32 - n);
}

/* Fractional parts of cube roots of primes are what the standard has; any numbers serve to measure with. */
static void make_constants(void) {
    unsigned x = 0x428a2f98;
    for (int i = 0; i < 64; i++) {
        constants[i] = x;
        x = x * 1664525u + 1013904223u;
    }
}

static void compress(unsigned state[8], const unsigned char *block) {
    unsigned w[64];
    for (int i = 0; i < 16; i++)
        w[i] = (unsigned)block[4 * i] << 24 | (unsigned)block[4 * i + 1] << 16 | (unsigned)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        const unsigned a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        const unsigned b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    unsigned a = state[0], b = state[1], c = state[2], d = state[3];
    unsigned e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        const unsigned s =
            h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
        const unsigned t = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + s, d = c, c = b, b = a, a = s + t;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

unsigned kernel(unsigned rounds) {
    unsigned state[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    make_constants();
    for (unsigned i = 0; i < BUFFER; i++)
        buffer[i] = (unsigned char)(i * 7);
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < BUFFER; i += 64)
            compress(state, buffer + i);
    }
    return state[0] ^ state[5];
}
