/* The permutation of SHA-3, Keccak-f[1600]: 25 words of 64 bits, more than there are registers. */
#include "kernel.h"

const unsigned kernel_rounds = 250000;

typedef unsigned long long u64;

static const u64 round_constants[24] = {0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
                                        0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
                                        0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
                                        0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
                                        0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
                                        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
static const unsigned char rotations[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                            27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
static const unsigned char lanes[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                        15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

static u64 rotate(u64 x, unsigned n) {
    return x << n | x >> (64 - n);
}

static void mix_columns(u64 state[25]) {
    u64 parity[5];
    for (int x = 0; x < 5; x++)
        parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    for (int x = 0; x < 5; x++) {
        const u64 change = parity[(x + 4) % 5] ^ rotate(parity[(x + 1) % 5], 1);
        for (int y = 0; y < 25; y += 5)
            state[y + x] ^= change;
    }
}

static void move_lanes(u64 state[25]) {
    u64 moving = state[1];
    for (int i = 0; i < 24; i++) {
        const u64 kept = state[lanes[i]];
        state[lanes[i]] = rotate(moving, rotations[i]);
        moving = kept;
    }
}

static void mix_rows(u64 state[25]) {
    for (int y = 0; y < 25; y += 5) {
        const u64 a = state[y], b = state[y + 1], c = state[y + 2], d = state[y + 3], e = state[y + 4];
        state[y] = a ^ (~b & c);
        state[y + 1] = b ^ (~c & d);
        state[y + 2] = c ^ (~d & e);
        state[y + 3] = d ^ (~e & a);
        state[y + 4] = e ^ (~a & b);
    }
}

unsigned kernel(unsigned rounds) {
    u64 state[25] = {1};
    for (unsigned i = 0; i < rounds; i++) {
        for (int round = 0; round < 24; round++) {
            mix_columns(state);
            move_lanes(state);
            mix_rows(state);
            state[0] ^= round_constants[round];
        }
    }
    return (unsigned)(state[0] ^ state[24] >> 32);
}
