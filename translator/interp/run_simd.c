/* Handlers of operators on vectors. A vector is in two slots, the lower half below, which may be at any address that
 * slots have. Numbers that an operator makes are in the accumulator as well, as those of other operators are. */
#include "run.h"
#define W2C_BOUNDS_IS_GUARD 0 /* accesses are in run_memory.h */
#include "w2c/ops_simd.h"

#define C_TYPE_v v128
#define C_TYPE_n int /* no operand */
#define IN_SLOT_v(number) (*(const v128_bytes *)(const void *)&fp[number])
#define IN_SLOT_n(number) 0
#define STORE_v(number, value) (*(v128_bytes *)(void *)&fp[number] = (value))

/* `lane` and the third operand are in a second word, if there is one. */
#define VECTOR_OPERANDS(words, type_a, type_b, type_c)                                                                 \
    const C_TYPE_##type_a a = IN_SLOT_##type_a(pc->b);                                                                 \
    const C_TYPE_##type_b b = IN_SLOT_##type_b(pc->c);                                                                 \
    const C_TYPE_##type_c c = IN_SLOT_##type_c(pc[(words) - 1].half[0]);                                               \
    const u32 lane = (u32)pc[(words) - 1].half[1];                                                                     \
    (void)a, (void)b, (void)c, (void)lane

#define VECTOR(id, words, type_a, type_b, type_c, result, expression)                                                  \
    HANDLER(id) {                                                                                                      \
        VECTOR_OPERANDS(words, type_a, type_b, type_c);                                                                \
        STORE_v(pc->a, expression);                                                                                    \
        NEXT(words);                                                                                                   \
    }
#define VECTOR_NUMBER(id, words, type_a, type_b, type_c, result, expression)                                           \
    HANDLER(id) {                                                                                                      \
        VECTOR_OPERANDS(words, type_a, type_b, type_c);                                                                \
        SET_ACCUMULATOR_##result(expression);                                                                          \
        STORE_ACCUMULATOR_##result(pc->a);                                                                             \
        NEXT(words);                                                                                                   \
    }                                                                                                                  \
    HANDLER(id##_to_accumulator) {                                                                                     \
        VECTOR_OPERANDS(words, type_a, type_b, type_c);                                                                \
        SET_ACCUMULATOR_##result(expression);                                                                          \
        NEXT(words);                                                                                                   \
    }
#define VECTOR_LOAD(id, macro)
#define VECTOR_LOAD_LANE(id, macro)
#define VECTOR_STORE(id, macro)
#define VECTOR_STORE_LANE(id, macro)
#include <interp_simd_rows.def>
#undef VECTOR
#undef VECTOR_NUMBER

/* Lanes of 0 to 31, which are those of both vectors. */
HANDLER(I8X16_SHUFFLE) {
    const u8 *const lanes = pc[1].constant_pointer;
    u8 from[32], to[16];
    memcpy(from, &fp[pc->b], 16);
    memcpy(from + 16, &fp[pc->c], 16);
    for (unsigned i = 0; i < sizeof to; i++)
        to[i] = from[lanes[i]];
    memcpy(&fp[pc->a], to, sizeof to);
    NEXT(2);
}

HANDLER(SELECT_v) {
    STORE_v(pc->a, IN_SLOT_v(fp[pc[1].x].i32 ? pc->b : pc->c));
    NEXT(2);
}
HANDLER(GLOBAL_GET_v) {
    STORE_v(pc->a, *(const v128_bytes *)pc[1].constant_pointer);
    NEXT(2);
}
HANDLER(GLOBAL_SET_v) {
    *(v128_bytes *)pc[1].pointer = IN_SLOT_v(pc->b);
    NEXT(2);
}

void run_fill_simd(struct handler_table *table) {
    run_handler **run = table->run;
#define VECTOR(id, words, type_a, type_b, type_c, result, expression) run[RUN_##id] = run_##id;
#define VECTOR_NUMBER(id, words, type_a, type_b, type_c, result, expression)                                           \
    run[RUN_##id + TO_SLOT] = run_##id;                                                                                \
    run[RUN_##id + TO_ACCUMULATOR] = run_##id##_to_accumulator;
#include <interp_simd_rows.def>
    run[RUN_I8X16_SHUFFLE] = run_I8X16_SHUFFLE;
    run[RUN_SELECT_v] = run_SELECT_v;
    run[RUN_GLOBAL_GET_v] = run_GLOBAL_GET_v;
    run[RUN_GLOBAL_SET_v] = run_GLOBAL_SET_v;
}
