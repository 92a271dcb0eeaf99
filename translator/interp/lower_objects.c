/* Lowering of calls, and of operators on memories and tables as a whole: operands go to the slots of their heights,
 * which is where a callee finds its arguments, and results replace them. */
#include "lower.h"

/* ---- calls ---- */

/* An accumulator holds what a call gave, if it gave one integer. */
void lower_push_call_results(struct lowering *l, const struct functype *type) {
    l->height -= type->param_count;
    if (l->settled > l->height) l->settled = l->height;
    lower_forget_all(l);
    for (uint32_t i = 0; i < type->result_count; i++)
        lower_push_stored(l, lower_class(type->results[i]));
    if (type->result_count == 1 && lower_class(type->results[0]) == CLASS_INT)
        l->held[CLASS_INT] = lower_height_slot(l, l->height - 1);
}

static void settle_arguments(struct lowering *l, const struct functype *type) {
    lower_settle(l, l->height - type->param_count, l->height);
}

/* Which module an imported function is of was decided when this instance was linked. */
static void emit_call(struct lowering *l, const struct w2c_func *func, uint32_t type_idx) {
    const int32_t frame = lower_height_slot(l, l->height);
    if (func->code != interp_code) {
        lower_emit_x(l, RUN_CALL_HOST, 0, frame);
        lower_emit_pointer(l, func);
        lower_emit_pointer(l, interp_host_type(l->interp, type_idx));
        return;
    }
    const struct interp_func *callee = ((const struct live_func *)func->context)->code;
    const bool is_foreign = callee->home != l->interp->memory;
    lower_emit_x(l, is_foreign ? RUN_CALL_FOREIGN : RUN_CALL, 0, frame);
    lower_emit_pointer(l, callee);
    if (is_foreign) lower_emit(l, RUN_RESUME, 0, 0, 0);
}

void lower_call(struct lowering *l, uint32_t func_idx) {
    const uint32_t type_idx = l->module->funcs[func_idx].type_idx;
    const struct functype *type = &l->interp->types[type_idx];
    settle_arguments(l, type);
    emit_call(l, l->instance->funcs[func_idx], type_idx);
    lower_push_call_results(l, type);
}

/* In the form for an operand in a slot; the next one takes it from the accumulator. */
static unsigned call_operation(const struct lowering *l, const struct instr *instr) {
    if (instr->op == OP_CALL_REF) return RUN_CALL_REF_S;
    return l->module->types[instr->idx].is_final ? RUN_CALL_INDIRECT_S : RUN_CALL_INDIRECT_BELOW_S;
}

/* call_ref: the index is the reference. */
void lower_call_indirect(struct lowering *l, const struct instr *instr) {
    const struct functype *type = &l->interp->types[instr->idx];
    if (instr->op == OP_CALL_INDIRECT && l->module->tables[instr->idx2].type.limits.is_64) lower_table_index(l);
    struct operand index = lower_take(l);
    if (index.place == IN_CONSTANT) lower_load_accumulator(l, &index);
    settle_arguments(l, type);
    const bool is_held = index.place == IN_ACCUMULATOR;
    if (is_held) lower_use_accumulator(l, &index);
    const int16_t slot = is_held ? 0 : lower_narrow(l, &index, 0);
    lower_emit_x(l, call_operation(l, instr) + (is_held ? 1 : 0), slot, lower_height_slot(l, l->height));
    if (instr->op == OP_CALL_INDIRECT) {
        lower_emit_pointer(l, l->instance->tables[instr->idx2]);
        lower_emit_bits(l, l->instance->live->type_ids[instr->idx]);
    }
    lower_emit_pointer(l, interp_host_type(l->interp, instr->idx));
    lower_emit(l, RUN_RESUME, 0, 0, 0);
    lower_push_call_results(l, type);
}

/* ---- operators with operands in slots ---- */

struct object_operator {
    uint16_t operation;
    uint8_t operands;
    uint8_t results;
};

static const struct object_operator operators[OP_COUNT] = {
    [OP_MEMORY_SIZE] = {RUN_MEMORY_SIZE, 0, 1}, [OP_MEMORY_GROW] = {RUN_MEMORY_GROW, 1, 1},
    [OP_MEMORY_FILL] = {RUN_MEMORY_FILL, 3, 0}, [OP_MEMORY_COPY] = {RUN_MEMORY_COPY, 3, 0},
    [OP_MEMORY_INIT] = {RUN_MEMORY_INIT, 3, 0}, [OP_DATA_DROP] = {RUN_DATA_DROP, 0, 0},
    [OP_TABLE_GET] = {RUN_TABLE_GET, 1, 1},     [OP_TABLE_SET] = {RUN_TABLE_SET, 2, 0},
    [OP_TABLE_SIZE] = {RUN_TABLE_SIZE, 0, 1},   [OP_TABLE_GROW] = {RUN_TABLE_GROW, 2, 1},
    [OP_TABLE_FILL] = {RUN_TABLE_FILL, 3, 0},   [OP_TABLE_COPY] = {RUN_TABLE_COPY, 3, 0},
    [OP_TABLE_INIT] = {RUN_TABLE_INIT, 3, 0},   [OP_ELEM_DROP] = {RUN_ELEM_DROP, 0, 0},
    [OP_REF_AS_NON_NULL] = {RUN_REF_AS_NON_NULL, 1, 1},
};

/* The objects that the instruction names, in the order that operations.def has them. */
static void emit_objects(struct lowering *l, const struct instr *instr) {
    const struct live_instance *instance = l->instance;
    switch (op_infos[instr->op].imm) {
    case IMM_MEMORY: lower_emit_pointer(l, instance->memories[instr->idx]); break;
    case IMM_MEMORY_MEMORY:
        lower_emit_pointer(l, instance->memories[instr->idx]);
        lower_emit_pointer(l, instance->memories[instr->idx2]);
        break;
    case IMM_DATA_MEMORY:
        lower_emit_pointer(l, instance->memories[instr->idx2]);
        lower_emit_pointer(l, &instance->datas[instr->idx]);
        break;
    case IMM_DATA: lower_emit_pointer(l, &instance->datas[instr->idx]); break;
    case IMM_TABLE: lower_emit_pointer(l, instance->tables[instr->idx]); break;
    case IMM_TABLE_TABLE:
        lower_emit_pointer(l, instance->tables[instr->idx]);
        lower_emit_pointer(l, instance->tables[instr->idx2]);
        break;
    case IMM_ELEM_TABLE:
        lower_emit_pointer(l, instance->tables[instr->idx2]);
        lower_emit_pointer(l, &instance->elements[instr->idx]);
        break;
    case IMM_ELEM: lower_emit_pointer(l, &instance->elements[instr->idx]); break;
    default: break;
    }
}

bool lower_object_operator(struct lowering *l, const struct instr *instr) {
    const struct object_operator *operator= & operators[instr->op];
    if (!operator->operation) return false;
    const uint32_t first = l->height - operator->operands;
    lower_settle(l, first, l->height);
    const unsigned operation = lower_operation_64(l, instr, first, operator->operation);
    lower_emit_x(l, operation, 0, lower_height_slot(l, first));
    emit_objects(l, instr);
    l->height = first;
    if (l->settled > first) l->settled = first;
    if (operator->results) lower_push_stored(l, CLASS_INT);
    lower_forget_all(l);
    return true;
}
