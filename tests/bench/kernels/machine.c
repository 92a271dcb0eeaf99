/* An interpreter of a small stack machine: a switch in a loop, and a stack in memory. */
#include "kernel.h"

const unsigned kernel_rounds = 400;

enum code { PUSH, LOAD, STORE, ADD, SUB, MUL, LESS, JUMP_IF, JUMP, HALT };

/* sum = 0; for (i = 0; i < n; i = i + 1) sum = sum * 3 + i; */
static const int program[] = {PUSH, 0,    STORE, 0,    PUSH, 0,    STORE, 1, LOAD, 1,     LOAD, 2,    LESS,  JUMP_IF,
                              18,   JUMP, 33,    HALT, LOAD, 0,    PUSH,  3, MUL,  LOAD,  1,    ADD,  STORE, 0,
                              LOAD, 1,    JUMP,  34,   HALT, HALT, PUSH,  1, ADD,  STORE, 1,    JUMP, 8};

static unsigned run(unsigned n) {
    unsigned stack[16], variables[3] = {0, 0, n};
    unsigned *top = stack;
    for (const int *at = program;;) {
        switch ((enum code) * at++) {
        case PUSH: *top++ = (unsigned)*at++; break;
        case LOAD: *top++ = variables[*at++]; break;
        case STORE: variables[*at++] = *--top; break;
        case ADD: top--, top[-1] += *top; break;
        case SUB: top--, top[-1] -= *top; break;
        case MUL: top--, top[-1] *= *top; break;
        case LESS: top--, top[-1] = top[-1] < *top; break;
        case JUMP_IF: at = *--top ? program + *at : at + 1; break;
        case JUMP: at = program + *at; break;
        case HALT: return variables[0];
        }
    }
}

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds; i++)
        sum = sum * 5 + run(40000 + i);
    return sum;
}
