/* The sieve of Eratosthenes over bytes: stores with a stride, and a count. */
#include "kernel.h"

const unsigned kernel_rounds = 160;

enum { LIMIT = 1000000 };

static unsigned char is_composite[LIMIT];

unsigned kernel(unsigned rounds) {
    unsigned total = 0;
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < LIMIT; i++)
            is_composite[i] = 0;
        for (unsigned i = 2; i * i < LIMIT; i++) {
            if (is_composite[i]) continue;
            for (unsigned k = i * i; k < LIMIT; k += i)
                is_composite[k] = 1;
        }
        for (unsigned i = 2; i < LIMIT; i++)
            total += !is_composite[i];
    }
    return total;
}
