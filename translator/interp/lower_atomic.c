/* Lowering of atomic operators: operands in slots next to each other, as for those on whole memories. Which function
 * carries one out stands in the code (run_atomic.c), for there are 67 of them and one handler. */
#include "lower.h"
#include "run_atomic.h"

void lower_atomic(struct lowering *l, const struct instr *instr) {
    const struct op_signature *signature = &op_signatures()[instr->op];
    if (instr->op == OP_ATOMIC_FENCE) {
        lower_emit(l, RUN_FENCE, 0, 0, 0);
        lower_forget_all(l);
        return;
    }
    const uint32_t first = l->height - signature->param_count;
    lower_settle(l, first, l->height);
    lower_emit_x(l, RUN_ATOMIC, 0, lower_height_slot(l, first));
    lower_emit_pointer(l, l->instance->memories[instr->idx]);
    lower_emit_bits(l, instr->value);
    lower_emit_pointer(l, &interp_atomics[instr->op - OP_MEMORY_ATOMIC_NOTIFY]);
    l->height = first;
    if (l->settled > first) l->settled = first;
    if (signature->result_count) lower_push_stored(l, CLASS_INT);
    lower_forget_all(l);
}
