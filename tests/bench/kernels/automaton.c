/* Matches a pattern by the set of states in which a nondeterministic automaton may be, a bit for each: no way back,
 * whatever the text. Patterns have letters, `.`, `*` after one, and classes. */
#include "kernel.h"

const unsigned kernel_rounds = 1500;

enum { TEXT = 50000, ITEMS = 32 };

static char text[TEXT];

struct pattern {
    unsigned accepts[256]; /* a set of items for each byte */
    unsigned repeats;      /* items with a star */
    unsigned count;
};

static struct pattern pattern;

static const char *read_item(const char *at, unsigned item) {
    const unsigned bit = 1u << item;
    if (*at == '.') {
        for (unsigned c = 0; c < 256; c++)
            pattern.accepts[c] |= bit;
    } else if (*at == '[') {
        for (at++; *at != ']'; at++) {
            const unsigned to = at[1] == '-' ? (unsigned char)at[2] : (unsigned char)*at;
            for (unsigned c = (unsigned char)*at; c <= to; c++)
                pattern.accepts[c] |= bit;
            if (at[1] == '-') at += 2;
        }
    } else {
        pattern.accepts[(unsigned char)*at] |= bit;
    }
    if (at[1] != '*') return at + 1;
    pattern.repeats |= bit;
    return at + 2;
}

static void compile(const char *source) {
    pattern = (struct pattern){.count = 0};
    while (*source)
        source = read_item(source, pattern.count++);
}

/* Items that need not match anything let the states before them into the states behind. */
static unsigned skip_repeats(unsigned states) {
    for (unsigned more = 1; more;) {
        more = (states & pattern.repeats) << 1 & ~states;
        states |= more;
    }
    return states;
}

static unsigned count_matches(void) {
    const unsigned last = 1u << pattern.count, start = skip_repeats(1);
    unsigned states = start, matches = 0;
    for (unsigned i = 0; i < TEXT; i++) {
        const unsigned hits = states & pattern.accepts[(unsigned char)text[i]];
        states = skip_repeats(hits << 1 | (hits & pattern.repeats)) | start;
        if (states & last) matches++;
    }
    return matches;
}

unsigned kernel(unsigned rounds) {
    static const char *const sources[] = {"ab*[c-f]x", "[a-e]*f.g", "q[a-z]*zz", "a.c.e.g", "[a-m][n-z]*[a-m]y*k"};
    unsigned seed = 19, sum = 0;
    for (unsigned i = 0; i < TEXT; i++) {
        seed = seed * 1664525u + 1013904223u;
        text[i] = (char)('a' + (seed >> 16) % 26);
    }
    for (unsigned round = 0; round < rounds; round++) {
        compile(sources[round % 5]);
        sum = sum * 31 + count_matches();
    }
    return sum;
}
