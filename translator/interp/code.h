/* The code that the interpreter runs, and what it runs on.
 *
 * A function becomes an array of 64-bit words. An instruction is one word, some are followed by words with a pointer
 * or a distance:
 *
 *      63       48 47      32 31      16 15       0
 *     +-----------+----------+----------+----------+
 *     |     c     |     b    |    a     | operation|      a: where the result goes, if there is one
 *     +-----------+----------+----------+----------+
 *     |     x (32 bits)      |    a     | operation|
 *     +----------------------+----------+----------+
 *
 * Operands are slots of the frame, of 64 bits, addressed from the frame pointer by signed numbers:
 *
 *     fp - n ...     parameters: where the caller put them on its own stack
 *     fp + 0         the function (for backtraces, and to find back into an instance)
 *     fp + 1         the caller's next instruction
 *     fp + 2         the caller's frame
 *     fp + 3 ...     other locals, then the operand stack; a callee's frame begins above its arguments there
 *
 * so that a call copies nothing and a return finds everything at a fixed place. Results replace the parameters.
 *
 * A vector takes two slots, the lower half below.
 *
 * Beside the slots there is one accumulator for each class of values: integers and references, f32, f64. Every operator
 * with a result leaves it in the accumulator of its class, and most also store it in a slot. An operand that the
 * instruction before has just computed is taken from there: no slot has to be decoded, and nobody waits for a
 * store to come back as a load. So an operation exists in several forms, by where its operands are:
 *
 *     S  in a slot        A  in the accumulator       I  a constant in the instruction      K  a constant address
 *
 * and each form twice: with the result in accumulator and slot, or in the accumulator alone. The lowering decides
 * which (lower.h); the forms are made from one row for each operator (rows.c).
 */
#ifndef W2C_INTERP_CODE_H
#define W2C_INTERP_CODE_H

#include <stddef.h>

#include "../engine/live.h"
#include "w2c/types.h"

struct interp_func;
union slot;

union word {
    struct {
        uint16_t op;
        int16_t a, b, c;
    };
    struct {
        uint16_t op_again;
        int16_t a_again;
        int32_t x;
    };
    int32_t half[2];
    uint64_t bits;
    void *pointer;
    const void *constant_pointer;
};

union slot {
    uint64_t i64;
    uint32_t i32;
    float f32;
    double f64;
    const void *ref;
    const struct interp_func *func;
    const union word *code;
    union slot *frame;
};

enum { LINK_FUNC, LINK_CODE, LINK_FRAME, LINK_SLOTS };

/* The forms of operations, in the order in which they are numbered. */
enum binary_form { BINARY_SS, BINARY_SA, BINARY_SI, BINARY_AS, BINARY_AI, BINARY_FORMS };
enum unary_form { UNARY_S, UNARY_A, UNARY_FORMS };
enum load_form { LOAD_S, LOAD_A, LOAD_K, LOAD_FORMS };
/* The address first, then the value. AA is for floats, whose accumulator is another. */
enum store_form {
    STORE_SS,
    STORE_SA,
    STORE_SI,
    STORE_AS,
    STORE_AA,
    STORE_AI,
    STORE_KS,
    STORE_KA,
    STORE_KI,
    STORE_FORMS
};

/* Where a result goes. */
enum { TO_SLOT, TO_ACCUMULATOR, RESULT_FORMS };

enum operation {
#define UNARY(id, type, result, expression) RUN_##id, RUN_##id##_LAST = RUN_##id + UNARY_FORMS * RESULT_FORMS - 1,
#define BINARY(id, type, result, expression) RUN_##id, RUN_##id##_LAST = RUN_##id + BINARY_FORMS * RESULT_FORMS - 1,
#define BRANCH1(id, type, expression) RUN_BRANCH_##id, RUN_BRANCH_##id##_LAST = RUN_BRANCH_##id + UNARY_FORMS * 2 - 1,
#define BRANCH2(id, type, expression) RUN_BRANCH_##id, RUN_BRANCH_##id##_LAST = RUN_BRANCH_##id + BINARY_FORMS * 2 - 1,
#define LOAD(id, result, macro) RUN_##id, RUN_##id##_LAST = RUN_##id + LOAD_FORMS * RESULT_FORMS - 1,
#define STORE(id, type, macro) RUN_##id, RUN_##id##_LAST = RUN_##id + STORE_FORMS - 1,
#include <interp_rows.def>
#undef UNARY
#undef BINARY
#undef BRANCH1
#undef BRANCH2
#undef LOAD
#undef STORE
#define VECTOR(id, words, a, b, c, result, expression) RUN_##id,
#define VECTOR_NUMBER(id, words, a, b, c, result, expression) RUN_##id, RUN_##id##_LAST = RUN_##id + RESULT_FORMS - 1,
#define VECTOR_LOAD(id, macro) RUN_##id,
#define VECTOR_LOAD_LANE(id, macro) RUN_##id,
#define VECTOR_STORE(id, macro) RUN_##id,
#define VECTOR_STORE_LANE(id, macro) RUN_##id,
#include <interp_simd_rows.def>
#undef VECTOR
#undef VECTOR_NUMBER
#undef VECTOR_LOAD
#undef VECTOR_LOAD_LANE
#undef VECTOR_STORE
#undef VECTOR_STORE_LANE
#define PAIR(id, type, result, expression) RUN_##id, RUN_##id##_LAST = RUN_##id + BINARY_FORMS * RESULT_FORMS - 1,
#include "pairs.def"
#undef PAIR
#define RUN(id) RUN_##id,
#include "operations.def"
#undef RUN
    OPERATION_COUNT
};

/* Comparisons with a branch: the number of the form times two, plus BRANCH_UNLESS. */
enum { BRANCH_IF, BRANCH_UNLESS };

/* Where control goes when something is thrown by a function that is called from here on, up to the next of these. */
struct handler_range {
    const union word *from;
    const union word *handler; /* NULL: to the caller */
};

/* One function of an instance, as calls see it. */
struct interp_func {
    const union word *code; /* at first one instruction that lowers the function */
    const void *memory;     /* what its accesses start from, see activation */
    const void *home;       /* the same if its return comes from this instance; never so if it makes tail calls */
    const struct handler_table *handlers;
    uint32_t frame_bytes; /* above the frame pointer */
    uint32_t param_count; /* in slots */
    struct live_func *live;
    const struct handler_range *ranges; /* in rising order */
    uint32_t range_count;
};

/* One entry into the interpreter from outside. They nest when a host function calls back; the innermost of a
 * thread is w2c_engine_position. */
struct activation {
    union slot *frame; /* of the function that runs; kept up to date by calls and returns */
    union slot *limit; /* where the thread's slots end */
    struct activation *outer;
    void *return_address; /* in the native frame that started it, for backtraces */
    /* Where a handler returns to that cannot jump on: registers of the machine, see run.h. */
    const union word *code;
    const void *memory;
    const struct handler_table *handlers;
    uint64_t integer;
    double f64;
    float f32;
    struct w2c_memory window; /* what a checked access of a memory that is not plain sees, see run_memory.h */
};

/* A function's slots above `frame` fit. */
static inline bool interp_fits(const struct activation *activation, const union slot *frame,
                               const struct interp_func *func) {
    return (uintptr_t)frame + func->frame_bytes <= (uintptr_t)activation->limit;
}

#endif
