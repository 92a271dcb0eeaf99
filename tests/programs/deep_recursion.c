/* Recursion as deep as the native stack allows is fine; deeper is a trap and not a crash of the process.
 *
 * cflags: -Wl,-z,stack-size=67108864 -Wno-infinite-recursion
 * run: 20000
 * run: 0
 * exit: 134
 * stderr: trap: call stack exhausted in func \d+ "dig"\n +#0 func \d+ "dig"\n +#1 func \d+ "dig"
 */
#include <stdio.h>
#include <stdlib.h>

/* Kept as it is, or clang makes a loop of it. */
__attribute__((noinline, optnone)) static unsigned dig(unsigned depth, unsigned seed) {
    if (depth == 1) return seed;
    return dig(depth - 1, seed * 31 + depth) ^ seed;
}

int main(int argc, char **argv) {
    printf("%u\n", dig(argc > 1 ? (unsigned)atoi(argv[1]) : 1, 7));
    return 0;
}
