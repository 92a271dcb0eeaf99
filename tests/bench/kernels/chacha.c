/* The cipher ChaCha20 (RFC 8439): sixteen words that should all be in registers, and bytes in and out. */
#include "kernel.h"

const unsigned kernel_rounds = 1500;

enum { TEXT = 32768, BLOCK = 64 };

static unsigned char text[TEXT];

static unsigned rotate(unsigned x, int n) {
    return x << n | x >> (32 - n);
}

static void quarter(unsigned *a, unsigned *b, unsigned *c, unsigned *d) {
    *a += *b, *d = rotate(*d ^ *a, 16);
    *c += *d, *b = rotate(*b ^ *c, 12);
    *a += *b, *d = rotate(*d ^ *a, 8);
    *c += *d, *b = rotate(*b ^ *c, 7);
}

static void make_block(unsigned char out[BLOCK], const unsigned in[16]) {
    unsigned x[16];
    for (int i = 0; i < 16; i++)
        x[i] = in[i];
    for (int i = 0; i < 10; i++) {
        quarter(&x[0], &x[4], &x[8], &x[12]);
        quarter(&x[1], &x[5], &x[9], &x[13]);
        quarter(&x[2], &x[6], &x[10], &x[14]);
        quarter(&x[3], &x[7], &x[11], &x[15]);
        quarter(&x[0], &x[5], &x[10], &x[15]);
        quarter(&x[1], &x[6], &x[11], &x[12]);
        quarter(&x[2], &x[7], &x[8], &x[13]);
        quarter(&x[3], &x[4], &x[9], &x[14]);
    }
    for (int i = 0; i < 16; i++) {
        const unsigned word = x[i] + in[i];
        for (int byte = 0; byte < 4; byte++)
            out[4 * i + byte] = (unsigned char)(word >> 8 * byte);
    }
}

static void encrypt(unsigned counter) {
    unsigned state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (unsigned i = 4; i < 16; i++)
        state[i] = i * 0x9e3779b9u;
    unsigned char block[BLOCK];
    for (unsigned at = 0; at < TEXT; at += BLOCK) {
        state[12] = counter++;
        make_block(block, state);
        for (unsigned i = 0; i < BLOCK; i++)
            text[at + i] ^= block[i];
    }
}

unsigned kernel(unsigned rounds) {
    for (unsigned i = 0; i < TEXT; i++)
        text[i] = (unsigned char)i;
    for (unsigned round = 0; round < rounds; round++)
        encrypt(round * (TEXT / BLOCK));
    unsigned sum = 0;
    for (unsigned i = 0; i < TEXT; i++)
        sum = sum * 31 + text[i];
    return sum;
}
