/* Exceptions, vectors, tail calls and atomic operators in one module: a machine whose instructions are functions that
 * end in a tail call of the next, some of which add vectors, some of which throw.
 *
 * flags: -msimd128 -mtail-call -matomics -mbulk-memory */
#include <stdint.h>
#include <stdio.h>

typedef int32_t vector __attribute__((vector_size(16)));

struct Fault {
    int at;
    vector state;
};

struct machine;
typedef void instruction(machine *m, unsigned at, vector state);
struct machine {
    const unsigned char *code;
    unsigned left;
    vector result;
};

static int executed;
static uint64_t total;

static instruction *const volatile *table();

#define NEXT(change) __attribute__((musttail)) return table()[m->code[at + 1]](m, at + 1, change)

static void count(int64_t by) {
    __atomic_fetch_add(&executed, 1, __ATOMIC_SEQ_CST);
    uint64_t before = __atomic_load_n(&total, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(&total, &before, before * 3 + (uint64_t)by, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
    }
}

static void add(machine *m, unsigned at, vector state) {
    count(state[0]);
    NEXT((state + (vector){1, 2, 3, 4}));
}
static void mix(machine *m, unsigned at, vector state) {
    count(state[3]);
    NEXT((__builtin_shufflevector(state, state, 3, 0, 1, 2) ^ (state * 5)));
}
static void jump(machine *m, unsigned at, vector state) {
    (void)at;
    if (--m->left == 0) throw m->code;
    __attribute__((musttail)) return table()[m->code[0]](m, 0, state);
}
static void fail(machine *m, unsigned at, vector state) {
    (void)m;
    throw Fault{(int)at, state};
}
static void halt(machine *m, unsigned at, vector state) {
    (void)at;
    m->result = state;
}

static instruction *const instructions[] = {add, mix, jump, fail, halt};
static instruction *const volatile *table() {
    return instructions;
}

static void show(const char *text, vector v) {
    printf("%s %d %d %d %d, %d executed, %llu\n", text, v[0], v[1], v[2], v[3], executed, (unsigned long long)total);
}

__attribute__((noinline)) static void run(const char *code, unsigned loops) {
    machine m = {(const unsigned char *)code, loops, {}};
    try {
        table()[m.code[0]](&m, 0, (vector){1, 1, 1, (int)loops});
        show("halted", m.result);
    } catch (const Fault &fault) {
        show("fault", fault.state + fault.at);
        if (loops > 1) throw;
    } catch (const unsigned char *where) {
        show("too many loops", (vector){(int)(where == m.code), (int)m.left, 0, 0});
    }
}

int main() {
    const char *const programs[] = {"\0\0\1\0\4", "\0\1\1\0\2", "\0\3\4", "\1\1\1\4"};
    for (int i = 0; i < 4; i++) {
        for (unsigned loops = 1; loops < 200000; loops *= 60) {
            try {
                run(programs[i], loops);
            } catch (...) {
                show("out of run", (vector){i, (int)loops, 0, 0});
            }
        }
    }
}
