/* Lowering of tail calls: arguments go to the slots of their heights, from where the handler moves them to the bottom
 * of the frame (run_tail.c). A function of the host has no frame here: it is called, and its results are returned. */
#include "lower.h"

/* Slots of the function's own parameters, and of the callee's arguments. */
static void emit_sizes(struct lowering *l, const struct functype *type) {
    union word word = {.bits = 0};
    word.half[0] = (int32_t)l->type->param_count;
    word.half[1] = (int32_t)type->param_count;
    lower_emit_bits(l, word.bits);
}

static int32_t first_argument(const struct lowering *l, const struct functype *type) {
    return lower_height_slot(l, l->height - type->param_count);
}

void lower_return_call(struct lowering *l, uint32_t func_idx) {
    const struct functype *type = &l->interp->types[l->module->funcs[func_idx].type_idx];
    const struct w2c_func *func = l->instance->funcs[func_idx];
    if (func->code != interp_code) {
        const uint32_t start = l->count;
        lower_call(l, func_idx);
        const uint32_t end = l->count;
        lower_return(l);
        lower_leave_tries(l, start, end);
        return;
    }
    lower_settle(l, l->height - type->param_count, l->height);
    lower_emit_x(l, RUN_TAIL_CALL, 0, first_argument(l, type));
    lower_emit_pointer(l, ((const struct live_func *)func->context)->code);
    emit_sizes(l, type);
    lower_leave_reach(l);
}

/* In the form for an operand in a slot; the next one takes it from the accumulator. */
static unsigned tail_operation(const struct lowering *l, const struct instr *instr) {
    if (instr->op == OP_RETURN_CALL_REF) return RUN_TAIL_CALL_REF_S;
    return l->module->types[instr->idx].is_final ? RUN_TAIL_CALL_INDIRECT_S : RUN_TAIL_CALL_INDIRECT_BELOW_S;
}

/* return_call_ref: the index is the reference. */
void lower_return_call_indirect(struct lowering *l, const struct instr *instr) {
    const struct functype *type = &l->interp->types[instr->idx];
    const bool has_table = instr->op == OP_RETURN_CALL_INDIRECT;
    if (has_table && l->module->tables[instr->idx2].type.limits.is_64) lower_table_index(l);
    struct operand index = lower_take(l);
    if (index.place == IN_CONSTANT) lower_load_accumulator(l, &index);
    lower_settle(l, l->height - type->param_count, l->height);
    const bool is_held = index.place == IN_ACCUMULATOR;
    if (is_held) lower_use_accumulator(l, &index);
    const int16_t slot = is_held ? 0 : lower_narrow(l, &index, 0);
    lower_emit_x(l, tail_operation(l, instr) + (is_held ? 1 : 0), slot, first_argument(l, type));
    if (has_table) {
        lower_emit_pointer(l, l->instance->tables[instr->idx2]);
        lower_emit_bits(l, l->instance->live->type_ids[instr->idx]);
    }
    lower_emit_pointer(l, interp_host_type(l->interp, instr->idx));
    emit_sizes(l, type);
    lower_push_call_results(l, type);
    lower_return(l);
}
