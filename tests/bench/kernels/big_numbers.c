/* Arithmetic on numbers of many words: a factorial and digits of its decimal form, with products of 32 by 32 bits. */
#include "kernel.h"

const unsigned kernel_rounds = 100;

enum { WORDS = 1200 };

typedef unsigned long long u64;

struct number {
    unsigned words[WORDS]; /* least first */
    unsigned count;
};

static struct number factorial, square;

static void multiply_small(struct number *n, unsigned factor) {
    u64 carry = 0;
    for (unsigned i = 0; i < n->count; i++) {
        carry += (u64)n->words[i] * factor;
        n->words[i] = (unsigned)carry;
        carry >>= 32;
    }
    if (carry) n->words[n->count++] = (unsigned)carry;
}

static unsigned divide_small(struct number *n, unsigned divisor) {
    u64 rest = 0;
    for (unsigned i = n->count; i-- > 0;) {
        rest = rest << 32 | n->words[i];
        n->words[i] = (unsigned)(rest / divisor);
        rest %= divisor;
    }
    while (n->count && n->words[n->count - 1] == 0)
        n->count--;
    return (unsigned)rest;
}

static void multiply(struct number *out, const struct number *a, const struct number *b) {
    out->count = a->count + b->count;
    for (unsigned i = 0; i < out->count; i++)
        out->words[i] = 0;
    for (unsigned i = 0; i < a->count; i++) {
        u64 carry = 0;
        for (unsigned k = 0; k < b->count; k++) {
            carry += (u64)a->words[i] * b->words[k] + out->words[i + k];
            out->words[i + k] = (unsigned)carry;
            carry >>= 32;
        }
        out->words[i + b->count] = (unsigned)carry;
    }
}

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        factorial.count = 1;
        factorial.words[0] = 1;
        for (unsigned i = 2; i <= 1800 + round % 16; i++)
            multiply_small(&factorial, i);
        multiply(&square, &factorial, &factorial);
        while (square.count)
            sum = sum * 31 + divide_small(&square, 1000000000);
    }
    return sum;
}
