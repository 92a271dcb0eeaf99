/* A machine within the machine: a big switch in a loop, with calls, that counts primes.
 *
 * native:
 * run:
 */
#include <stdint.h>
#include <stdio.h>

enum operation {
    PUSH,
    LOAD,
    STORE,
    ADD,
    SUBTRACT,
    MULTIPLY,
    REMAINDER,
    LESS,
    JUMP,
    JUMP_IF_ZERO,
    CALL,
    RETURN,
    PRINT,
    STOP
};

struct instruction {
    enum operation operation;
    int operand;
};

struct machine {
    int64_t stack[256];
    int64_t variables[8];
    int calls[64];
    int top, depth, at;
    uint64_t steps;
};

static void push(struct machine *m, int64_t value) {
    m->stack[m->top++] = value;
}

static int64_t pop(struct machine *m) {
    return m->stack[--m->top];
}

static int64_t compute(enum operation operation, int64_t a, int64_t b) {
    switch (operation) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case REMAINDER: return a % b;
    default: return a < b;
    }
}

static int step(struct machine *m, const struct instruction *code) {
    const struct instruction *at = &code[m->at++];
    m->steps++;
    switch (at->operation) {
    case PUSH: push(m, at->operand); break;
    case LOAD: push(m, m->variables[at->operand]); break;
    case STORE: m->variables[at->operand] = pop(m); break;
    case ADD:
    case SUBTRACT:
    case MULTIPLY:
    case REMAINDER:
    case LESS: {
        const int64_t b = pop(m), a = pop(m);
        push(m, compute(at->operation, a, b));
        break;
    }
    case JUMP: m->at = at->operand; break;
    case JUMP_IF_ZERO: m->at = pop(m) == 0 ? at->operand : m->at; break;
    case CALL: m->calls[m->depth++] = m->at; m->at = at->operand; break;
    case RETURN: m->at = m->calls[--m->depth]; break;
    case PRINT: printf("%lld\n", (long long)pop(m)); break;
    case STOP: return 0;
    }
    return 1;
}

/* Variables: 0 is the number, 1 its divisor, 2 how many primes there were. A line
 * begins at the index it is marked with. */
static const struct instruction program[] = {
    {PUSH, 2}, {STORE, 0},
    /* 2 */ {CALL, 17}, {LOAD, 2}, {ADD, 0}, {STORE, 2}, {LOAD, 0}, {PUSH, 1}, {ADD, 0}, {STORE, 0},
    /* 10 */ {LOAD, 0}, {PUSH, 30000}, {LESS, 0}, {JUMP_IF_ZERO, 15}, {JUMP, 2},
    /* 15 */ {JUMP, 37}, {STOP, 0},
    /* 17 */ {PUSH, 2}, {STORE, 1},
    /* 19 */ {LOAD, 1}, {LOAD, 1}, {MULTIPLY, 0}, {LOAD, 0}, {PUSH, 1}, {ADD, 0}, {LESS, 0}, {JUMP_IF_ZERO, 40},
    /* 27 */ {LOAD, 0}, {LOAD, 1}, {REMAINDER, 0}, {JUMP_IF_ZERO, 42},
    /* 31 */ {LOAD, 1}, {PUSH, 1}, {ADD, 0}, {STORE, 1}, {JUMP, 19}, {STOP, 0},
    /* 37 */ {LOAD, 2}, {PRINT, 0}, {STOP, 0},
    /* 40 */ {PUSH, 1}, {RETURN, 0},
    /* 42 */ {PUSH, 0}, {RETURN, 0},
};

int main(void) {
    static struct machine machine;
    while (step(&machine, program)) continue;
    printf("%llu steps\n", (unsigned long long)machine.steps);
    return 0;
}
