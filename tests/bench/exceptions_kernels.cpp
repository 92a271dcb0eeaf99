/* Kernels that could throw and do not, each with a call at every few instructions (whose result the next one needs, so
 * that nobody makes the loop disappear), and round trips of an exception that is thrown. -fno-exceptions makes of the
 * first the same without a way out, for comparison.
 *
 *   PROGRAM KERNEL ROUNDS       prints what it computes
 *   -DAS_LIBRARY                only the exported function run_kernel(number, rounds), for exceptions_host.c
 */
#include <stdlib.h>

#include "exceptions_kernels.h"

#define NOINLINE __attribute__((noinline))

#if __cpp_exceptions
#define FAIL(value) throw value
#else
#define FAIL(value) abort()
extern "C" void __cxa_pure_virtual() { /* all that is wanted of a library for C++ */
    abort();
}
#endif

/* ---- direct calls ---- */

static volatile unsigned limit = ~0u; /* no argument is above */

NOINLINE static unsigned step(unsigned x) {
    if (x > limit) FAIL(x);
    return (x ^ x >> 15) * 0x2c1b3c6du + 1;
}

static unsigned leaf_calls(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds * 1000; i++)
        sum = step(sum);
    return sum;
}

NOINLINE static unsigned fibonacci(unsigned n) {
    if (n > limit) FAIL(n);
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static unsigned recursion(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds; i++)
        sum += fibonacci(15);
    return sum;
}

/* ---- virtual calls, and something to be destroyed in each frame ---- */

static unsigned destroyed;
struct Guard {
    unsigned n;
    explicit Guard(unsigned number) : n(number) {
    }
    NOINLINE ~Guard() {
        destroyed += n;
    }
};

struct Shape {
    virtual unsigned area(unsigned scale) const = 0;
};
struct Square : Shape {
    unsigned side;
    explicit Square(unsigned s) : side(s) {
    }
    unsigned area(unsigned scale) const override {
        if (scale > limit) FAIL(scale);
        return side * side ^ scale;
    }
};
struct Ring : Shape {
    unsigned outer, inner;
    Ring(unsigned o, unsigned i) : outer(o), inner(i) {
    }
    unsigned area(unsigned scale) const override {
        return step(outer + scale) - step(inner ^ scale);
    }
};

static unsigned virtual_calls(unsigned rounds) {
    const Square square(7), other(9);
    const Ring ring(8, 3);
    const Shape *const volatile shapes[] = {&square, &ring, &other, &ring};
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds * 500; i++)
        sum = shapes[i & 3]->area(sum);
    return sum;
}

NOINLINE static unsigned guarded_step(unsigned x) {
    Guard guard(x);
    return step(x) ^ step(x + 1);
}

static unsigned destructors(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds * 300; i++)
        sum = guarded_step(sum + i);
    return sum + destroyed;
}

static unsigned tries(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds * 500; i++) {
#if __cpp_exceptions
        try {
            sum = step(sum + i);
        } catch (unsigned x) {
            sum -= x;
        }
#else
        sum = step(sum + i);
#endif
    }
    return sum;
}

/* ---- round trips ---- */

#if __cpp_exceptions
NOINLINE static unsigned throw_from(unsigned depth) {
    if (depth == 0) throw depth;
    Guard guard(depth);
    return throw_from(depth - 1) + 1;
}

static unsigned round_trips(unsigned rounds, unsigned depth) {
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds; i++) {
        try {
            sum += throw_from(depth);
        } catch (unsigned x) {
            sum += x + 1;
        }
    }
    return sum + destroyed;
}
#else
static unsigned round_trips(unsigned rounds, unsigned depth) {
    return rounds + depth;
}
#endif

extern "C" __attribute__((export_name("run_kernel"))) unsigned run_kernel(unsigned number, unsigned rounds) {
    switch (number) {
    case 0: return leaf_calls(rounds);
    case 1: return recursion(rounds);
    case 2: return virtual_calls(rounds);
    case 3: return destructors(rounds);
    case 4: return tries(rounds);
    case 5: return round_trips(rounds, 0);
    default: return round_trips(rounds, 10);
    }
}

#ifndef AS_LIBRARY
int main(int count, char **words) {
    return count == 3 ? show_result(run_kernel((unsigned)atoi(words[1]), (unsigned)atoi(words[2]))) : 2;
}
#endif
