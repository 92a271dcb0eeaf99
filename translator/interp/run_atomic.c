/* Handlers of atomic operators. What they do is in w2c/ops_atomic.h. */
#include "run_atomic.h"

#include "run.h"
#include "w2c/ops_atomic.h"

/* A constant in the slot of an i32 is extended by its sign, so of an address of 32 bits only these count. */
static u64 address_of(const struct w2c_memory *memory, const union slot *operand) {
    return memory->is_64 ? operand->i64 : operand->i32;
}

#define OPERAND_i(n) operands[n].i32
#define OPERAND_l(n) operands[n].i64
#define RESULT_i operands[0].i64 =
#define RESULT_l operands[0].i64 =
#define RESULT_none
#define ATOMIC(id, result, call)                                                                                       \
    static void atomic_##id(const struct w2c_memory *memory, u64 offset, union slot *operands) {                       \
        RESULT_##result call;                                                                                          \
    }
#define ATOMIC0(id, result, function) ATOMIC(id, result, function(memory, address_of(memory, operands), offset))
#define ATOMIC1(id, result, function, type)                                                                            \
    ATOMIC(id, result, function(memory, address_of(memory, operands), offset, OPERAND_##type(1)))
#define ATOMIC2(id, result, function, type, type2)                                                                     \
    ATOMIC(id, result, function(memory, address_of(memory, operands), offset, OPERAND_##type(1), OPERAND_##type2(2)))
#include <atomic_rows.def>
#undef ATOMIC0
#undef ATOMIC1
#undef ATOMIC2

interp_atomic *const interp_atomics[ATOMIC_OPERATORS] = {
#define ENTER(id) [OP_##id - OP_MEMORY_ATOMIC_NOTIFY] = atomic_##id,
#define ATOMIC0(id, result, function) ENTER(id)
#define ATOMIC1(id, result, function, type) ENTER(id)
#define ATOMIC2(id, result, function, type, type2) ENTER(id)
#include <atomic_rows.def>
};

HANDLER(ATOMIC) {
    interp_atomic *const *const function = pc[3].constant_pointer;
    (*function)(pc[1].constant_pointer, pc[2].bits, fp + pc->x);
    NEXT(4);
}

HANDLER(FENCE) {
    atomic_fence();
    NEXT(1);
}

void run_fill_atomic(struct handler_table *table) {
    table->run[RUN_ATOMIC] = run_ATOMIC;
    table->run[RUN_FENCE] = run_FENCE;
}
