/* Handlers of loads and stores, compiled once for each way to check and to carry out an access: a file that includes
 * this says which by
 *
 *     W2C_BOUNDS_IS_GUARD   as generated code does (w2c/ops_memory.h)
 *     INTERP_VARIANT        the name for run_fill_memory_...
 *     W2C_MEMORY_HELPER     one of the variants of w2c/ops_memory_study.h, if it is one
 *
 * `memory` is what memory_open gave.
 */
#define W2C_HAS_SHARED_MEMORY 1 /* it may be: each access reads the size once in any case */
#include "run.h"
#include "w2c/ops_memory.h"
#include "w2c/ops_memory64.h"
#include "w2c/ops_simd.h"
#ifdef W2C_MEMORY_HELPER
#include "w2c/ops_memory_study.h"
#endif

#define VIEW ((memory_view)(uintptr_t)memory)

/* Names say which variant a handler is of, to profilers and to who looks at its machine code (bench/study.c). */
#define VARIANT_NAME(variant, name) run_##variant##_##name
#define EXPANDED_NAME(variant, name) VARIANT_NAME(variant, name)
#define NAME(name) EXPANDED_NAME(INTERP_VARIANT, name)
#undef HANDLER
#define HANDLER(name) static bool NAME(name)(RUN_PARAMETERS)

/* S: address in a slot, c: offset of 16 bits. A, K: x: offset of 32 bits; the constant address is in it. */
#define LOAD_FORM(id, form, result, macro, address, offset)                                                            \
    HANDLER(id##_##form) {                                                                                             \
        SET_ACCUMULATOR_##result(macro(VIEW, address, offset));                                                        \
        STORE_ACCUMULATOR_##result(pc->a);                                                                             \
        NEXT(1);                                                                                                       \
    }                                                                                                                  \
    HANDLER(id##_##form##_to_accumulator) {                                                                            \
        SET_ACCUMULATOR_##result(macro(VIEW, address, offset));                                                        \
        NEXT(1);                                                                                                       \
    }
#define STORE_FORM(id, form, macro, address, offset, value)                                                            \
    HANDLER(id##_##form) {                                                                                             \
        macro(VIEW, address, offset, value);                                                                           \
        NEXT(1);                                                                                                       \
    }

#define IMMEDIATE_i(value) (u32)(s32)(value)
#define IMMEDIATE_l(value) (u64)(s64)(value)
#define IF_INTEGER_i(...) __VA_ARGS__
#define IF_INTEGER_l(...) __VA_ARGS__
#define IF_INTEGER_f(...)
#define IF_INTEGER_d(...)
#define IF_FLOAT_i(...)
#define IF_FLOAT_l(...)
#define IF_FLOAT_f(...) __VA_ARGS__
#define IF_FLOAT_d(...) __VA_ARGS__

#define UNARY(id, type, result, expression)
#define BINARY(id, type, result, expression)
#define BRANCH1(id, type, expression)
#define BRANCH2(id, type, expression)
#define LOAD(id, result, macro)                                                                                        \
    LOAD_FORM(id, S, result, macro, fp[pc->b].i32, (u16)pc->c)                                                         \
    LOAD_FORM(id, A, result, macro, (u32)acc, (u32)pc->x)                                                              \
    LOAD_FORM(id, K, result, macro, 0, (u32)pc->x)
#define STORE(id, type, macro)                                                                                         \
    STORE_FORM(id, SS, macro, fp[pc->a].i32, (u16)pc->c, IN_SLOT_##type(pc->b))                                        \
    STORE_FORM(id, SA, macro, fp[pc->a].i32, (u32)pc->x, ACCUMULATOR_##type)                                           \
    STORE_FORM(id, AS, macro, (u32)acc, (u32)pc->x, IN_SLOT_##type(pc->a))                                             \
    STORE_FORM(id, KS, macro, 0, (u32)pc->x, IN_SLOT_##type(pc->a))                                                    \
    STORE_FORM(id, KA, macro, 0, (u32)pc->x, ACCUMULATOR_##type)                                                       \
    IF_FLOAT_##type(STORE_FORM(id, AA, macro, (u32)acc, (u32)pc->x, ACCUMULATOR_##type))                               \
        IF_INTEGER_##type(STORE_FORM(id, SI, macro, fp[pc->a].i32, (u16)pc->c, IMMEDIATE_##type(pc->b))                \
                              STORE_FORM(id, AI, macro, (u32)acc, (u32)pc->x, IMMEDIATE_##type(pc->a))                 \
                                  STORE_FORM(id, KI, macro, 0, (u32)pc->x, IMMEDIATE_##type(pc->a)))
#include <interp_rows.def>
#undef LOAD
#undef STORE

HANDLER(I32_MOVE) {
    acc = i32_load(VIEW, fp[pc->b].i32, (u32)pc[1].x);
    i32_store(VIEW, fp[pc->a].i32, (u16)pc->c, (u32)acc);
    NEXT(2);
}
HANDLER(I64_MOVE) {
    acc = i64_load(VIEW, fp[pc->b].i32, (u32)pc[1].x);
    i64_store(VIEW, fp[pc->a].i32, (u16)pc->c, acc);
    NEXT(2);
}

/* Of memories that are not plain the next instruction sees just the bytes that it accesses, and all is checked here,
 * against the size: where guard pages would help, 64-bit addresses are the exception, in an interpreter at that. */
#if W2C_BOUNDS_IS_GUARD
#define ACCESS_AT(at)                                                                                                  \
    const struct w2c_memory *const accessed = pc[1].constant_pointer;                                                  \
    memory = accessed->base + w2c_checked_at(accessed, at, pc[2].bits, (u32)pc->a);                                    \
    NEXT(3)
#else
#define ACCESS_AT(at)                                                                                                  \
    const struct w2c_memory *const accessed = pc[1].constant_pointer;                                                  \
    activation->window.base = accessed->base + w2c_checked_at(accessed, at, pc[2].bits, (u32)pc->a);                   \
    activation->window.size_bytes = (u64)pc->a;                                                                        \
    memory = &activation->window;                                                                                      \
    NEXT(3)
#endif
HANDLER(AT) {
    ACCESS_AT(fp[pc->x].i32);
}
HANDLER(AT_64) {
    ACCESS_AT(fp[pc->x].i64);
}
/* Vectors. b: slot of the address, c: of a vector with a lane; the second word: offset, lane. */
#define VECTOR_IN(number) (*(const v128_bytes *)(const void *)&fp[number])
#define VECTOR_OUT(number) (*(v128_bytes *)(void *)&fp[number])
#define VECTOR(id, words, a, b, c, result, expression)
#define VECTOR_NUMBER(id, words, a, b, c, result, expression)
#define VECTOR_LOAD(id, macro)                                                                                         \
    HANDLER(id) {                                                                                                      \
        VECTOR_OUT(pc->a) = macro(VIEW, fp[pc->b].i32, (u32)pc[1].half[0]);                                            \
        NEXT(2);                                                                                                       \
    }
#define VECTOR_LOAD_LANE(id, macro)                                                                                    \
    HANDLER(id) {                                                                                                      \
        VECTOR_OUT(pc->a) = macro(VIEW, fp[pc->b].i32, (u32)pc[1].half[0], VECTOR_IN(pc->c), (u32)pc[1].half[1]);      \
        NEXT(2);                                                                                                       \
    }
#define VECTOR_STORE(id, macro)                                                                                        \
    HANDLER(id) {                                                                                                      \
        macro(VIEW, fp[pc->b].i32, (u32)pc[1].half[0], VECTOR_IN(pc->c));                                              \
        NEXT(2);                                                                                                       \
    }
#define VECTOR_STORE_LANE(id, macro)                                                                                   \
    HANDLER(id) {                                                                                                      \
        macro(VIEW, fp[pc->b].i32, (u32)pc[1].half[0], VECTOR_IN(pc->c), (u32)pc[1].half[1]);                          \
        NEXT(2);                                                                                                       \
    }
#include <interp_simd_rows.def>
#undef VECTOR_LOAD
#undef VECTOR_LOAD_LANE
#undef VECTOR_STORE
#undef VECTOR_STORE_LANE

#define RUN_FILL(variant) RUN_FILL_MEMORY(variant)
RUN_FILL(INTERP_VARIANT) {
    run_handler **run = table->run;
#define ENTER_LOAD(id, form)                                                                                           \
    run[RUN_##id + LOAD_##form * RESULT_FORMS + TO_SLOT] = NAME(id##_##form);                                          \
    run[RUN_##id + LOAD_##form * RESULT_FORMS + TO_ACCUMULATOR] = NAME(id##_##form##_to_accumulator);
#define ENTER_STORE(id, form) run[RUN_##id + STORE_##form] = NAME(id##_##form);
#define LOAD(id, result, macro)                                                                                        \
    ENTER_LOAD(id, S)                                                                                                  \
    ENTER_LOAD(id, A)                                                                                                  \
    ENTER_LOAD(id, K)
#define STORE(id, type, macro)                                                                                         \
    ENTER_STORE(id, SS)                                                                                                \
    ENTER_STORE(id, SA)                                                                                                \
    ENTER_STORE(id, AS)                                                                                                \
    ENTER_STORE(id, KS)                                                                                                \
    ENTER_STORE(id, KA)                                                                                                \
    IF_FLOAT_##type(ENTER_STORE(id, AA)) IF_INTEGER_##type(ENTER_STORE(id, SI) ENTER_STORE(id, AI) ENTER_STORE(id, KI))
#include <interp_rows.def>
    run[RUN_AT] = NAME(AT);
    run[RUN_AT_64] = NAME(AT_64);
#define VECTOR_LOAD(id, macro) run[RUN_##id] = NAME(id);
#define VECTOR_LOAD_LANE(id, macro) run[RUN_##id] = NAME(id);
#define VECTOR_STORE(id, macro) run[RUN_##id] = NAME(id);
#define VECTOR_STORE_LANE(id, macro) run[RUN_##id] = NAME(id);
#include <interp_simd_rows.def>
    run[RUN_I32_MOVE] = NAME(I32_MOVE);
    run[RUN_I64_MOVE] = NAME(I64_MOVE);
}
