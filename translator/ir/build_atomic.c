/* Atomic operators: each is a statement, in its place among the other effects.
 *
 * What other threads do to the memory becomes visible at atomic operators, and what this one did before must be done
 * by then. So every pending load is written down before, as before a store; the C compiler keeps the order after that,
 * for it sees sequentially consistent operations, or calls.
 */
#include "builder.h"

static valtype result_type(const struct op_signature *signature) {
    return signature->result_count ? signature->types[signature->param_count] : 0;
}

void build_atomic(struct builder *b, const struct instr *instr) {
    const struct op_signature *signature = &op_signatures()[instr->op];
    const valtype result = result_type(signature);
    struct expr **args = pop_many(b, signature->param_count);
    flush(b, result ? variable_set_of_slot(ctype_of(result), b->height) : 0, READS_MEMORY | MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_ATOMIC);
    stmt->op = (uint16_t)instr->op;
    stmt->idx = instr->idx;
    stmt->memory_offset = instr->value;
    stmt->args = args;
    stmt->arg_count = signature->param_count;
    stmt->dest = no_dest();
    b->function->uses_atomics = true;
    if (!result) return;
    stmt->dest = slot_dest(b, ctype_of(result), b->height);
    push_slot(b, result);
}
