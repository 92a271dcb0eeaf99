/* An interpreter with registers and a table of functions, one for each operation: an indirect call a step. It counts
 * the steps of Collatz's sequences. */
#include "kernel.h"

const unsigned kernel_rounds = 120;

struct machine;

typedef void operation(struct machine *machine, unsigned word);

struct machine {
    const unsigned *at;
    unsigned registers[16];
    int is_running;
};

enum code { SET, ADD, MULTIPLY, SHIFT, AND, JUMP_LESS, JUMP_ZERO, JUMP, STOP };

/* Operation, target, and two registers or a number of 16 bits. */
#define WORD(code, target, a, b)                                                                                       \
    ((unsigned)(code) << 24 | (unsigned)(target) << 16 | (unsigned)(a) << 8 | (unsigned)(b))

static void set(struct machine *m, unsigned word) {
    m->registers[word >> 16 & 15] = word & 0xffff;
}
static void add(struct machine *m, unsigned word) {
    m->registers[word >> 16 & 15] = m->registers[word >> 8 & 15] + m->registers[word & 15];
}
static void multiply(struct machine *m, unsigned word) {
    m->registers[word >> 16 & 15] = m->registers[word >> 8 & 15] * m->registers[word & 15];
}
static void shift(struct machine *m, unsigned word) {
    m->registers[word >> 16 & 15] = m->registers[word >> 8 & 15] >> (word & 31);
}
static void and (struct machine * m, unsigned word) {
    m->registers[word >> 16 & 15] = m->registers[word >> 8 & 15] & m->registers[word & 15];
}
static void jump_less(struct machine *m, unsigned word) {
    if (m->registers[word >> 8 & 15] < m->registers[word & 15]) m->at += (int)(signed char)(word >> 16);
}
static void jump_zero(struct machine *m, unsigned word) {
    if (m->registers[word & 15] == 0) m->at += (int)(signed char)(word >> 16);
}
static void jump(struct machine *m, unsigned word) {
    m->at += (int)(signed char)(word >> 16);
}
static void stop(struct machine *m, unsigned word) {
    (void)word;
    m->is_running = 0;
}

static operation *const operations[] = {set, add, multiply, shift, and, jump_less, jump_zero, jump, stop};

enum { N = 1, X, STEPS, ONE, THREE, ODD, LIMIT };

static const unsigned program[] = {
    WORD(SET, ONE, 0, 1),         WORD(SET, THREE, 0, 3),         WORD(SET, N, 0, 2),   WORD(SET, STEPS, 0, 0),
    WORD(ADD, X, N, 0),     /* next n: x = n */
    WORD(AND, ODD, X, ONE), /* next x */
    WORD(JUMP_ZERO, 3, 0, ODD),   WORD(MULTIPLY, X, X, THREE),    WORD(ADD, X, X, ONE), WORD(JUMP, 1, 0, 0),
    WORD(SHIFT, X, X, 1),                                         /* even */
    WORD(ADD, STEPS, STEPS, ONE), WORD(JUMP_LESS, 248, ONE, X),   /* to next x */
    WORD(ADD, N, N, ONE),         WORD(JUMP_LESS, 245, N, LIMIT), /* to next n */
    WORD(STOP, 0, 0, 0),
};

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        struct machine m = {.at = program, .is_running = 1};
        m.registers[LIMIT] = 2000 + round;
        while (m.is_running) {
            const unsigned word = *m.at++;
            operations[word >> 24](&m, word);
        }
        sum = sum * 31 + m.registers[STEPS];
    }
    return sum;
}
