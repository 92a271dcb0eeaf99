/* Ways to the end of the stack, by argument: small frames, frames of many variables, functions that have not been
 * compiled when the stack is nearly full. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile unsigned sink;

__attribute__((noinline)) static unsigned small(unsigned n) {
    sink = n;
    sink = small(n + 1);
    return sink + n;
}

/* A hundred values that live across the call. */
#define TEN(m, n) m(n##0) m(n##1) m(n##2) m(n##3) m(n##4) m(n##5) m(n##6) m(n##7) m(n##8) m(n##9)
#define HUNDRED(m) TEN(m, 1) TEN(m, 2) TEN(m, 3) TEN(m, 4) TEN(m, 5) TEN(m, 6) TEN(m, 7) TEN(m, 8) TEN(m, 9) TEN(m, 10)
#define TAKE(n) const unsigned v##n = sink * n##u + depth;
#define ADD(n) +v##n

__attribute__((noinline)) static unsigned large(unsigned depth) {
    HUNDRED(TAKE)
    sink = depth;
    sink = large(depth + 1);
    return sink HUNDRED(ADD);
}

__attribute__((noinline)) static unsigned first_call(unsigned n) {
    return sink * 3 + n;
}

/* Calls something new only at a great depth. */
__attribute__((noinline)) static unsigned late(unsigned n) {
    if (n % 1000 == 999 && n > 200000) sink += first_call(n);
    sink += late(n + 1);
    return sink + n;
}

int main(int count, char **words) {
    const char *word = count > 1 ? words[1] : "";
    if (strcmp(word, "small") == 0) return (int)small(0);
    if (strcmp(word, "large") == 0) return (int)large(0);
    if (strcmp(word, "late") == 0) return (int)late(0);
    return 9;
}
