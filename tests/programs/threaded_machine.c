/* A machine within the machine whose instructions are functions: each ends with a call of the next, which must be a
 * tail call, for there are some ten million of them. And a reader of words as states that call each other.
 *
 * native:
 * cflags: -mtail-call
 * run:
 * run: 3000
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __clang__
#define TAIL __attribute__((musttail)) return
#else
#define TAIL return /* gcc, where it optimises */
#endif

/* ---- the machine ---- */

struct code;
#define REGISTERS const struct code *at, int64_t *top, int64_t *variables, uint64_t steps
typedef uint64_t handler(REGISTERS);

struct code {
    handler *run;
    int64_t operand;
};

#define NEXT(distance)                                                                                                 \
    do {                                                                                                               \
        at += (distance);                                                                                              \
        TAIL at->run(at, top, variables, steps + 1);                                                                   \
    } while (0)
#define HANDLER(name) static uint64_t name(REGISTERS)

HANDLER(push) {
    *++top = at->operand;
    NEXT(1);
}
HANDLER(load) {
    *++top = variables[at->operand];
    NEXT(1);
}
HANDLER(store) {
    variables[at->operand] = *top--;
    NEXT(1);
}
HANDLER(add) {
    top[-1] += top[0];
    top--;
    NEXT(1);
}
HANDLER(multiply) {
    top[-1] *= top[0];
    top--;
    NEXT(1);
}
HANDLER(remainder_of) {
    top[-1] %= top[0];
    top--;
    NEXT(1);
}
HANDLER(less) {
    top[-1] = top[-1] < top[0];
    top--;
    NEXT(1);
}
HANDLER(jump) {
    NEXT(at->operand);
}
HANDLER(jump_if_zero) {
    NEXT(*top-- == 0 ? at->operand : 1);
}
HANDLER(print) {
    printf("%lld\n", (long long)*top--);
    NEXT(1);
}
HANDLER(stop) {
    (void)at, (void)top, (void)variables;
    return steps;
}

/* Counts the primes below variable 0, which is given. */
enum { LIMIT, NUMBER, DIVISOR, PRIMES };
static const struct code primes[] = {
    {push, 2},       {store, NUMBER},                                     /* 0 */
    {load, NUMBER},  {load, LIMIT},   {less, 0},         {jump_if_zero, 28}, /* 2: to the end */
    {push, 2},       {store, DIVISOR},                                    /* 6 */
    {load, DIVISOR}, {load, DIVISOR}, {multiply, 0},                      /* 8 */
    {load, NUMBER},  {push, 1},       {add, 0},          {less, 0},          {jump_if_zero, 9}, /* 15: a prime */
    {load, NUMBER},  {load, DIVISOR}, {remainder_of, 0}, {jump_if_zero, 9},  /* 19: no prime */
    {load, DIVISOR}, {push, 1},       {add, 0},                           /* 20 */
    {jump, -16},                                                          /* 23: to 7, which stores it */
    {load, PRIMES},  {push, 1},       {add, 0},          {store, PRIMES},    /* 24 */
    {load, NUMBER},  {push, 1},       {add, 0},                           /* 28 */
    {store, NUMBER}, {jump, -30},                                         /* 31: to 2 */
    {load, PRIMES},  {print, 0},      {stop, 0},                          /* 33 */
};

/* ---- states ---- */

struct count {
    unsigned words, numbers, others;
};
static void between(const char *text, struct count *count);
static void in_word(const char *text, unsigned length, struct count *count);
static void in_number(const char *text, struct count *count, double value, unsigned digits);

static double total;

static void between(const char *text, struct count *count) {
    if (*text == 0) return;
    if (*text >= 'a' && *text <= 'z') return in_word(text, 0, count);
    if (*text >= '0' && *text <= '9') return in_number(text, count, 0, 0);
    count->others++;
    return between(text + 1, count);
}

static void in_word(const char *text, unsigned length, struct count *count) {
    if (*text >= 'a' && *text <= 'z') return in_word(text + 1, length + 1, count);
    count->words += length > 1;
    return between(text, count);
}

static void in_number(const char *text, struct count *count, double value, unsigned digits) {
    if (*text >= '0' && *text <= '9') return in_number(text + 1, count, value * 10 + (*text - '0'), digits + 1);
    total += value;
    count->numbers++;
    return between(text, count);
}

/* In lines: only some of these calls become tail calls, so what is read at once decides how deep they nest. */
static void read_words(void) {
    enum { SIZE = 1 << 20, LINE = 512 };
    char *text = malloc(SIZE);
    for (unsigned i = 0, random = 12345; i < SIZE; i++) {
        random = random * 1103515245u + 12345u;
        text[i] = "abcxyz0189 .,;"[(random >> 16) % 14];
    }
    struct count count = {0};
    for (unsigned line = 0; line < SIZE; line += LINE) {
        text[line + LINE - 1] = 0;
        between(text + line, &count);
    }
    printf("%u words, %u numbers of %.0f in all, %u others\n", count.words, count.numbers, total, count.others);
    free(text);
}

int main(int argument_count, char **arguments) {
    int64_t stack[16] = {0}, variables[4] = {argument_count > 1 ? atoi(arguments[1]) : 20000};
    const uint64_t steps = primes[0].run(primes, stack, variables, 0);
    printf("%llu steps\n", (unsigned long long)steps);
    read_words();
    return 0;
}
