/* Handlers of branches inside a function. Distances count from the branch itself. */
#include "run.h"
#include "w2c/ops_float.h"

/* Each way on has a jump of its own: it is the pair of branch and way that predicts what comes next. */
#define JUMP_IF(condition, distance, words)                                                                            \
    if (condition) NEXT(distance);                                                                                     \
    NEXT(words)

/* A comparison whose result only decides a branch: the words of the comparison (code.h), then one whose x is the
 * distance. */
#define COMPARE(id, form, type, get_a, get_b, condition)                                                               \
    HANDLER(BRANCH_##id##_##form##_if) {                                                                               \
        const C_TYPE_##type a = get_a;                                                                                 \
        const C_TYPE_##type b = get_b;                                                                                 \
        JUMP_IF(condition, pc[1].x, 2);                                                                                \
    }                                                                                                                  \
    HANDLER(BRANCH_##id##_##form##_unless) {                                                                           \
        const C_TYPE_##type a = get_a;                                                                                 \
        const C_TYPE_##type b = get_b;                                                                                 \
        JUMP_IF(!(condition), pc[1].x, 2);                                                                             \
    }

/* A comparison with zero: the slot in a, the distance in x. */
#define TEST(id, form, type, get_a, condition)                                                                         \
    HANDLER(BRANCH_##id##_##form##_if) {                                                                               \
        const C_TYPE_##type a = get_a;                                                                                 \
        JUMP_IF(condition, pc->x, 1);                                                                                  \
    }                                                                                                                  \
    HANDLER(BRANCH_##id##_##form##_unless) {                                                                           \
        const C_TYPE_##type a = get_a;                                                                                 \
        JUMP_IF(!(condition), pc->x, 1);                                                                               \
    }

#define IMMEDIATE_i(value) (u32)(value)
#define IMMEDIATE_l(value) (u64)(s64)(value)
#define WITH_CONSTANTS_i(...) __VA_ARGS__
#define WITH_CONSTANTS_l(...) __VA_ARGS__
#define WITH_CONSTANTS_f(...)
#define WITH_CONSTANTS_d(...)

#define UNARY(id, type, result, expression)
#define BINARY(id, type, result, expression)
#define LOAD(id, result, macro)
#define STORE(id, type, macro)
#define BRANCH1(id, type, expression)                                                                                  \
    TEST(id, S, type, IN_SLOT_##type(pc->a), expression)                                                               \
    TEST(id, A, type, ACCUMULATOR_##type, expression)
#define BRANCH2(id, type, expression)                                                                                  \
    COMPARE(id, SS, type, IN_SLOT_##type(pc->b), IN_SLOT_##type(pc->c), expression)                                    \
    COMPARE(id, SA, type, IN_SLOT_##type(pc->b), ACCUMULATOR_##type, expression)                                       \
    COMPARE(id, AS, type, ACCUMULATOR_##type, IN_SLOT_##type(pc->c), expression)                                       \
    WITH_CONSTANTS_##type(COMPARE(id, SI, type, IN_SLOT_##type(pc->b), IMMEDIATE_##type(pc->c), expression)            \
                              COMPARE(id, AI, type, ACCUMULATOR_##type, IMMEDIATE_##type(pc->x), expression))
#include <interp_rows.def>
#undef BRANCH1
#undef BRANCH2

HANDLER(BRANCH) {
    NEXT(pc->x);
}

HANDLER(BRANCH_CONST) {
    fp[pc->a].i64 = (u64)(s64)pc[1].x;
    NEXT(pc->x);
}

/* An index beyond the table means its last entry. */
static inline s32 table_distance(const union word *pc, u32 index) {
    const u32 count = (u32)pc->x;
    const u32 entry = index < count ? index : count;
    return pc[1 + (entry >> 1)].half[entry & 1];
}

HANDLER(BRANCH_TABLE_S) {
    NEXT(table_distance(pc, fp[pc->a].i32));
}
HANDLER(BRANCH_TABLE_A) {
    NEXT(table_distance(pc, (u32)acc));
}

HANDLER(UNREACHABLE) {
    (void)pc, (void)fp, (void)memory, (void)acc, (void)activation, (void)handlers, (void)f32_acc, (void)f64_acc;
    w2c_trap(W2C_TRAP_UNREACHABLE);
}

/* For `w2c profile`. */
HANDLER(COUNT) {
    u64 *const place = pc[1].pointer;
    *place += 1;
    NEXT(2);
}

HANDLER(COUNT_SHARED) {
    u64 *const place = pc[1].pointer;
    __atomic_fetch_add(place, 1, __ATOMIC_RELAXED);
    NEXT(2);
}

void run_fill_branches(struct handler_table *table) {
    run_handler **run = table->run;
#define ENTER(id, form, number)                                                                                        \
    run[RUN_BRANCH_##id + (number) * 2 + BRANCH_IF] = run_BRANCH_##id##_##form##_if;                                   \
    run[RUN_BRANCH_##id + (number) * 2 + BRANCH_UNLESS] = run_BRANCH_##id##_##form##_unless;
#define BRANCH1(id, type, expression)                                                                                  \
    ENTER(id, S, UNARY_S)                                                                                              \
    ENTER(id, A, UNARY_A)
#define BRANCH2(id, type, expression)                                                                                  \
    ENTER(id, SS, BINARY_SS)                                                                                           \
    ENTER(id, SA, BINARY_SA)                                                                                           \
    ENTER(id, AS, BINARY_AS)                                                                                           \
    WITH_CONSTANTS_##type(ENTER(id, SI, BINARY_SI) ENTER(id, AI, BINARY_AI))
#include <interp_rows.def>
    run[RUN_BRANCH] = run_BRANCH;
    run[RUN_BRANCH_CONST] = run_BRANCH_CONST;
    run[RUN_BRANCH_TABLE_S] = run_BRANCH_TABLE_S;
    run[RUN_BRANCH_TABLE_A] = run_BRANCH_TABLE_A;
    run[RUN_UNREACHABLE] = run_UNREACHABLE;
    run[RUN_COUNT] = run_COUNT;
    run[RUN_COUNT_SHARED] = run_COUNT_SHARED;
}
