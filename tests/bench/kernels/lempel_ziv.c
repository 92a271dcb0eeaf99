/* Compression in the manner of LZ77 with a table of hashes, and decompression that compares. */
#include "kernel.h"

const unsigned kernel_rounds = 300;

enum { INPUT = 100000, LOG_TABLE = 12, LEAST = 4, WINDOW = 65535, LITERALS = 128, LONGEST = LEAST + 127 };

static unsigned char input[INPUT], packed[2 * INPUT], unpacked[INPUT];
static unsigned table[1 << LOG_TABLE];

static void make_input(void) {
    unsigned seed = 9;
    for (unsigned i = 0; i < INPUT;) {
        seed = seed * 1664525u + 1013904223u;
        const unsigned size = 3 + (seed >> 28), distance = seed >> 12 & 1023;
        for (unsigned k = 0; k < size && i < INPUT; k++, i++)
            input[i] = (seed & 1 << 11) && i > distance ? input[i - distance - 1] : (unsigned char)(seed >> k);
    }
}

static unsigned hash(const unsigned char *at) {
    const unsigned word = at[0] | (unsigned)at[1] << 8 | (unsigned)at[2] << 16 | (unsigned)at[3] << 24;
    return word * 2654435761u >> (32 - LOG_TABLE);
}

static unsigned char *put_literals(unsigned char *out, const unsigned char *from, unsigned count) {
    while (count > 0) {
        const unsigned some = count < LITERALS ? count : LITERALS;
        *out++ = (unsigned char)(some - 1);
        for (unsigned i = 0; i < some; i++)
            *out++ = *from++;
        count -= some;
    }
    return out;
}

static unsigned match_size(const unsigned char *a, const unsigned char *b, const unsigned char *end) {
    unsigned size = 0;
    while (size < LONGEST && b + size < end && a[size] == b[size])
        size++;
    return size;
}

static unsigned pack(void) {
    unsigned char *out = packed;
    unsigned start = 0, i = 0;
    while (i + LEAST <= INPUT) {
        unsigned *entry = &table[hash(input + i)];
        const unsigned candidate = *entry;
        *entry = i;
        const unsigned size =
            candidate < i && i - candidate <= WINDOW ? match_size(input + candidate, input + i, input + INPUT) : 0;
        if (size < LEAST) {
            i++;
            continue;
        }
        out = put_literals(out, input + start, i - start);
        *out++ = (unsigned char)(128 + size - LEAST);
        *out++ = (unsigned char)(i - candidate);
        *out++ = (unsigned char)((i - candidate) >> 8);
        start = i += size;
    }
    return (unsigned)(put_literals(out, input + start, INPUT - start) - packed);
}

static unsigned unpack(unsigned size) {
    unsigned char *out = unpacked;
    for (const unsigned char *in = packed; in < packed + size;) {
        const unsigned code = *in++;
        if (code < LITERALS) {
            for (unsigned i = 0; i <= code; i++)
                *out++ = *in++;
            continue;
        }
        const unsigned char *from = out - (in[0] | (unsigned)in[1] << 8);
        in += 2;
        for (unsigned i = 0; i < code - 128 + LEAST; i++)
            *out++ = *from++;
    }
    return (unsigned)(out - unpacked);
}

unsigned kernel(unsigned rounds) {
    make_input();
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        const unsigned size = pack();
        sum = sum * 31 + size + unpack(size);
        for (unsigned i = 0; i < INPUT; i++)
            sum += unpacked[i] != input[i];
        input[round * 7919 % INPUT] ^= 85;
    }
    return sum;
}
