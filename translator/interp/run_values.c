/* Handlers of operators that compute a value from values, of constants and copies. */
#include "run.h"
#include "w2c/ops_float.h"
#include "w2c/ops_int.h"

/* ---- operators: the rows, in every form ---- */

#define COMPUTE(id, form, type, result, get_a, get_b, expression)                                                      \
    HANDLER(id##_##form) {                                                                                             \
        const C_TYPE_##type a = get_a;                                                                                 \
        const C_TYPE_##type b = get_b;                                                                                 \
        (void)b;                                                                                                       \
        SET_ACCUMULATOR_##result(expression);                                                                          \
        STORE_ACCUMULATOR_##result(pc->a);                                                                             \
        NEXT(1);                                                                                                       \
    }                                                                                                                  \
    HANDLER(id##_##form##_to_accumulator) {                                                                            \
        const C_TYPE_##type a = get_a;                                                                                 \
        const C_TYPE_##type b = get_b;                                                                                 \
        (void)b;                                                                                                       \
        SET_ACCUMULATOR_##result(expression);                                                                          \
        NEXT(1);                                                                                                       \
    }

/* Constants in instructions are integers, and come sign-extended. */
#define IMMEDIATE_i(value) (u32)(value)
#define IMMEDIATE_l(value) (u64)(s64)(value)
#define WITH_CONSTANTS_i(...) __VA_ARGS__
#define WITH_CONSTANTS_l(...) __VA_ARGS__
#define WITH_CONSTANTS_f(...)
#define WITH_CONSTANTS_d(...)

#define UNARY(id, type, result, expression)                                                                            \
    COMPUTE(id, S, type, result, IN_SLOT_##type(pc->b), 0, expression)                                                 \
    COMPUTE(id, A, type, result, ACCUMULATOR_##type, 0, expression)
#define BINARY(id, type, result, expression)                                                                           \
    COMPUTE(id, SS, type, result, IN_SLOT_##type(pc->b), IN_SLOT_##type(pc->c), expression)                            \
    COMPUTE(id, SA, type, result, IN_SLOT_##type(pc->b), ACCUMULATOR_##type, expression)                               \
    COMPUTE(id, AS, type, result, ACCUMULATOR_##type, IN_SLOT_##type(pc->c), expression)                               \
    WITH_CONSTANTS_##type(COMPUTE(id, SI, type, result, IN_SLOT_##type(pc->b), IMMEDIATE_##type(pc->c), expression)    \
                              COMPUTE(id, AI, type, result, ACCUMULATOR_##type, IMMEDIATE_##type(pc->x), expression))
#define BRANCH1(id, type, expression)
#define BRANCH2(id, type, expression)
#define LOAD(id, result, macro)
#define STORE(id, type, macro)
#include <interp_rows.def>
#undef UNARY
#undef BINARY
#define PAIR(id, type, result, expression)                                                                             \
    COMPUTE(id, SS, type, result, IN_SLOT_##type(pc->b), IN_SLOT_##type(pc->c), expression)                            \
    COMPUTE(id, SA, type, result, IN_SLOT_##type(pc->b), ACCUMULATOR_##type, expression)                               \
    COMPUTE(id, AS, type, result, ACCUMULATOR_##type, IN_SLOT_##type(pc->c), expression)
#include "pairs.def"
#undef PAIR

/* ---- constants ---- */

HANDLER(CONST32_SLOT) {
    fp[pc->a].i64 = (u64)(s64)pc->x;
    NEXT(1);
}
HANDLER(CONST64_SLOT) {
    fp[pc->a].i64 = pc[1].bits;
    NEXT(2);
}
HANDLER(CONST32_INT) {
    acc = (u64)(s64)pc->x;
    NEXT(1);
}
HANDLER(CONST64_INT) {
    acc = pc[1].bits;
    NEXT(2);
}
HANDLER(CONST_F32) {
    f32_acc = f32_reinterpret_i32((u32)pc->x);
    NEXT(1);
}
HANDLER(CONST_F64) {
    f64_acc = f64_reinterpret_i64(pc[1].bits);
    NEXT(2);
}

/* ---- copies ---- */

HANDLER(COPY) {
    fp[pc->a].i64 = fp[pc->b].i64;
    NEXT(1);
}
HANDLER(COPY2) {
    const u64 second = fp[pc->c].i64;
    fp[pc->a].i64 = fp[pc->b].i64;
    fp[pc->a + 1].i64 = second;
    NEXT(1);
}
HANDLER(COPY_FROM_WIDE) {
    fp[pc->a].i64 = fp[pc->x].i64;
    NEXT(1);
}
HANDLER(COPY_TO_WIDE) {
    fp[pc->x].i64 = fp[pc->a].i64;
    NEXT(1);
}
HANDLER(TAKE_INT) {
    acc = fp[pc->b].i64;
    NEXT(1);
}
HANDLER(STORE_INT) {
    fp[pc->a].i64 = acc;
    NEXT(1);
}
HANDLER(STORE_F32) {
    fp[pc->a].f32 = f32_acc;
    NEXT(1);
}
HANDLER(STORE_F64) {
    fp[pc->a].f64 = f64_acc;
    NEXT(1);
}

/* Both operands are read first, so that compilers make a conditional move of it. */
#define SELECT(name, condition, words, keep)                                                                           \
    HANDLER(name) {                                                                                                    \
        const u64 first = fp[pc->b].i64, second = fp[pc->c].i64;                                                       \
        acc = (condition) != 0 ? first : second;                                                                       \
        keep;                                                                                                          \
        NEXT(words);                                                                                                   \
    }
SELECT(SELECT_S, fp[pc[1].x].i32, 2, fp[pc->a].i64 = acc)
SELECT(SELECT_S_A, fp[pc[1].x].i32, 2, )
SELECT(SELECT_A, (u32)acc, 1, fp[pc->a].i64 = acc)
SELECT(SELECT_A_A, (u32)acc, 1, )

void run_fill_values(struct handler_table *table) {
    run_handler **run = table->run;
#define ENTER(id, form, number)                                                                                        \
    run[RUN_##id + (number) * RESULT_FORMS + TO_SLOT] = run_##id##_##form;                                             \
    run[RUN_##id + (number) * RESULT_FORMS + TO_ACCUMULATOR] = run_##id##_##form##_to_accumulator;
#define UNARY(id, type, result, expression)                                                                            \
    ENTER(id, S, UNARY_S)                                                                                              \
    ENTER(id, A, UNARY_A)
#define BINARY(id, type, result, expression)                                                                           \
    ENTER(id, SS, BINARY_SS)                                                                                           \
    ENTER(id, SA, BINARY_SA)                                                                                           \
    ENTER(id, AS, BINARY_AS)                                                                                           \
    WITH_CONSTANTS_##type(ENTER(id, SI, BINARY_SI) ENTER(id, AI, BINARY_AI))
#include <interp_rows.def>
#define PAIR(id, type, result, expression)                                                                             \
    ENTER(id, SS, BINARY_SS)                                                                                           \
    ENTER(id, SA, BINARY_SA)                                                                                           \
    ENTER(id, AS, BINARY_AS)
#include "pairs.def"
    run[RUN_CONST32_SLOT] = run_CONST32_SLOT;
    run[RUN_CONST64_SLOT] = run_CONST64_SLOT;
    run[RUN_CONST32_INT] = run_CONST32_INT;
    run[RUN_CONST64_INT] = run_CONST64_INT;
    run[RUN_CONST_F32] = run_CONST_F32;
    run[RUN_CONST_F64] = run_CONST_F64;
    run[RUN_COPY] = run_COPY;
    run[RUN_COPY2] = run_COPY2;
    run[RUN_COPY_FROM_WIDE] = run_COPY_FROM_WIDE;
    run[RUN_COPY_TO_WIDE] = run_COPY_TO_WIDE;
    run[RUN_TAKE_INT] = run_TAKE_INT;
    run[RUN_STORE_INT] = run_STORE_INT;
    run[RUN_STORE_F32] = run_STORE_F32;
    run[RUN_STORE_F64] = run_STORE_F64;
    run[RUN_SELECT_S] = run_SELECT_S;
    run[RUN_SELECT_S_A] = run_SELECT_S_A;
    run[RUN_SELECT_A] = run_SELECT_A;
    run[RUN_SELECT_A_A] = run_SELECT_A_A;
}
