/* A keyed hash of 64-bit words in the manner of SipHash-2-4: additions, rotations and exclusive ors, in a chain. */
#include "kernel.h"

const unsigned kernel_rounds = 20000;

enum { MESSAGE = 16384 };

typedef unsigned long long u64;

struct state {
    u64 a, b, c, d;
};

static unsigned char message[MESSAGE];

static u64 rotate(u64 x, int n) {
    return x << n | x >> (64 - n);
}

static void mix(struct state *s) {
    s->a += s->b, s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a, s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b, s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c, s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

static u64 word_at(const unsigned char *bytes) {
    u64 word = 0;
    for (int i = 7; i >= 0; i--)
        word = word << 8 | bytes[i];
    return word;
}

static u64 hash(u64 key, u64 other, const unsigned char *bytes, unsigned size) {
    struct state s = {key ^ 0x736f6d6570736575, other ^ 0x646f72616e646f6d, key ^ 0x6c7967656e657261,
                      other ^ 0x7465646279746573};
    for (unsigned at = 0; at + 8 <= size; at += 8) {
        const u64 word = word_at(bytes + at);
        s.d ^= word;
        mix(&s);
        mix(&s);
        s.a ^= word;
    }
    s.c ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

unsigned kernel(unsigned rounds) {
    for (unsigned i = 0; i < MESSAGE; i++)
        message[i] = (unsigned char)(i * 131 >> 3);
    u64 sum = 0;
    for (unsigned round = 0; round < rounds; round++)
        sum = hash(sum, round, message, MESSAGE - (round & 7) * 8);
    return (unsigned)(sum ^ sum >> 32);
}
