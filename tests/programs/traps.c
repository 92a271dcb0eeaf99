/* Every trap that C can bring about ends the program with 134 and says what and where. Without optimisation,
 * as a C compiler may move a function into its caller, and then only the caller can be named.
 *
 * cc: -O0
 * cflags: -Wno-infinite-recursion
 * run: unreachable
 * exit: 134
 * stderr: trap: unreachable in func \d+ "give_up"\n +#0 func \d+ "give_up"\n +#1 func \d+ "\w+"
 * run: divide
 * exit: 134
 * stderr: trap: integer divide by zero in func \d+ "divide"
 * run: overflow
 * exit: 134
 * stderr: trap: integer overflow in func \d+ "divide"
 * run: convert
 * exit: 134
 * stderr: trap: integer overflow in func \d+ "convert"
 * run: read
 * exit: 134
 * stderr: trap: out of bounds memory access in func \d+ "peek"
 * run: write
 * exit: 134
 * stderr: trap: out of bounds memory access in func \d+ "poke"
 * run: copy
 * exit: 134
 * stderr: trap: out of bounds memory access in func \d+ "copy"
 * run: null
 * exit: 134
 * stderr: trap: uninitialized element 0 in func \d+ "call"
 * run: element
 * exit: 134
 * stderr: trap: undefined element
 * run: type
 * exit: 134
 * stderr: trap: indirect call type mismatch .element \d+. in func \d+ "call"
 * run: stack
 * exit: 134
 * stderr: trap: .* in func \d+ "fall"
 * run: abort
 * exit: 134
 * stderr: trap: unreachable
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kept as they are: the messages name them. */
#define OPAQUE __attribute__((noinline, optnone))

OPAQUE static void give_up(void) { __builtin_trap(); }
OPAQUE static int divide(int a, int b) { return a / b; }
OPAQUE static int convert(double x) {
    int result; /* what C has for it does not trap */
    __asm__ volatile("local.get %1\ni32.trunc_f64_s\nlocal.set %0" : "=r"(result) : "r"(x));
    return result;
}
OPAQUE static int peek(uint32_t address) { return *(volatile int *)address; }
OPAQUE static void poke(uint32_t address) { *(volatile char *)address = 1; }
OPAQUE static int call(int (*function)(int)) { return function(1); }
OPAQUE static double other_type(double x) { return x; }
OPAQUE static int fall(int depth) {
    volatile char room[1000];
    room[depth % 1000] = 1;
    return fall(depth + 1) + room[5];
}
__attribute__((target("bulk-memory"))) OPAQUE static void copy(uint32_t to, uint32_t from, uint32_t size) {
    __asm__ volatile("local.get %0\nlocal.get %1\nlocal.get %2\nmemory.copy 0, 0" : : "r"(to), "r"(from), "r"(size));
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    printf("%s\n", what);
    fflush(stdout);
    if (strcmp(what, "unreachable") == 0) give_up();
    if (strcmp(what, "divide") == 0) return divide(argc, argc - 2);
    if (strcmp(what, "overflow") == 0) return divide(INT32_MIN, argc - 3);
    if (strcmp(what, "convert") == 0) return convert(1e10 * argc);
    if (strcmp(what, "read") == 0) return peek(0xfffffffcu);
    if (strcmp(what, "write") == 0) poke(0x7fff0000u);
    if (strcmp(what, "copy") == 0) copy(0x10000, 0, 0xffff0000u);
    if (strcmp(what, "null") == 0) return call(NULL);
    if (strcmp(what, "element") == 0) return call((int (*)(int))0x7fffffff);
    if (strcmp(what, "type") == 0) return call((int (*)(int))(void *)other_type);
    if (strcmp(what, "stack") == 0) return fall(argc);
    if (strcmp(what, "abort") == 0) abort();
    return 0;
}
