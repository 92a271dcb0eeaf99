/* Lowering of operators with operands and a result: which form of the instruction fits where the operands are. */
#include "lower.h"

/* ---- operators: their rows ---- */

static const uint16_t operations[OP_COUNT] = {
#define UNARY(id, type, result, expression) [OP_##id] = RUN_##id,
#define BINARY(id, type, result, expression) [OP_##id] = RUN_##id,
#define BRANCH1(id, type, expression)
#define BRANCH2(id, type, expression)
#define LOAD(id, result, macro)
#define STORE(id, type, macro)
#include <interp_rows.def>
#undef UNARY
#undef BINARY
#undef BRANCH1
#undef BRANCH2
#undef LOAD
#undef STORE
};

static const uint16_t branches[OP_COUNT] = {
#define UNARY(id, type, result, expression)
#define BINARY(id, type, result, expression)
#define BRANCH1(id, type, expression) [OP_##id] = RUN_BRANCH_##id,
#define BRANCH2(id, type, expression) [OP_##id] = RUN_BRANCH_##id,
#define LOAD(id, result, macro)
#define STORE(id, type, macro)
#include <interp_rows.def>
};

/* a op b is b MIRRORED op a. Floats are left out: of two NaNs, the first is the result. */
static const uint16_t mirrored[OP_COUNT] = {
#define SAME(id) [OP_I32_##id] = OP_I32_##id, [OP_I64_##id] = OP_I64_##id
#define OTHER(id, other) [OP_I32_##id] = OP_I32_##other, [OP_I64_##id] = OP_I64_##other
    SAME(ADD),         SAME(MUL),         SAME(AND),         SAME(OR),          SAME(XOR),
    SAME(EQ),          SAME(NE),          OTHER(LT_S, GT_S), OTHER(LT_U, GT_U), OTHER(GT_S, LT_S),
    OTHER(GT_U, LT_U), OTHER(LE_S, GE_S), OTHER(LE_U, GE_U), OTHER(GE_S, LE_S), OTHER(GE_U, LE_U),
#undef SAME
#undef OTHER
};

/* The comparison that is true when this one is false. */
static const uint16_t negated[OP_COUNT] = {
#define PAIR(id, other)                                                                                                \
    [OP_I32_##id] = OP_I32_##other, [OP_I32_##other] = OP_I32_##id, [OP_I64_##id] = OP_I64_##other,                    \
    [OP_I64_##other] = OP_I64_##id
    PAIR(EQ, NE),
    PAIR(LT_S, GE_S),
    PAIR(LT_U, GE_U),
    PAIR(GT_S, LE_S),
    PAIR(GT_U, LE_U),
#undef PAIR
    [OP_F32_EQ] = OP_F32_NE,
    [OP_F32_NE] = OP_F32_EQ,
    [OP_F64_EQ] = OP_F64_NE,
    [OP_F64_NE] = OP_F64_EQ,
};

static bool fits_32(const struct operand *operand) {
    return operand->class == CLASS_INT && (int64_t)operand->bits == (int32_t)operand->bits;
}

static void push_operator_result(struct lowering *l, enum op op, uint32_t at) {
    l->made = (struct made){.at = at, .op = op, .held_before = l->held[CLASS_INT], .tested_at = NO_CODE};
    lower_push_result(l, lower_result_class(op), at);
}

static void emit_in_form(struct lowering *l, enum op op, unsigned form, int16_t b, int16_t c) {
    const uint32_t at = lower_emit(l, operations[op] + form * RESULT_FORMS, lower_result_slot(l), b, c);
    push_operator_result(l, op, at);
}

/* ---- one operand ---- */

/* The entry was made by the instruction emitted last, an operator. */
static bool is_just_made(const struct lowering *l, const struct value *value) {
    return value->kind == VALUE_SLOT && value->producer != NO_CODE && value->producer == l->last &&
           value->producer == l->made.at;
}

static bool is_condition(const struct lowering *l, const struct value *value) {
    return is_just_made(l, value) && branches[l->made.op];
}

/* i32.eqz of a comparison becomes the opposite comparison. */
static bool negate_comparison(struct lowering *l) {
    const enum op op = l->made.op, other = (enum op)negated[op];
    if (!other) return false;
    union word *word = &l->code[l->made.at];
    word->op = (uint16_t)(word->op - operations[op] + operations[other]);
    l->made.op = other;
    return true;
}

static void lower_unary(struct lowering *l, enum op op) {
    const bool is_test = branches[op] && is_condition(l, &l->stack[l->height - 1]);
    if (is_test && op == OP_I32_EQZ && negate_comparison(l)) return;
    const struct made tested = l->made;
    struct operand a = lower_take(l);
    if (a.place == IN_CONSTANT) lower_load_accumulator(l, &a);
    if (a.place == IN_ACCUMULATOR) {
        lower_use_accumulator(l, &a);
        emit_in_form(l, op, UNARY_A, 0, 0);
    } else {
        emit_in_form(l, op, UNARY_S, lower_narrow(l, &a, 0), 0);
    }
    if (!is_test || l->made.at != tested.at + 1) return;
    l->made.tested_at = tested.at;
    l->made.tested_op = tested.op;
    l->made.tested_held_before = tested.held_before;
}

/* ---- two operands ---- */

/* At most one is left in the accumulator, and the first is no constant. */
static void place_operands(struct lowering *l, struct operand *a, struct operand *b) {
    const bool share = a->class == b->class;
    if (a->place == IN_CONSTANT) {
        if (share && b->place == IN_ACCUMULATOR) b->place = IN_SLOT;
        lower_load_accumulator(l, a);
    }
    if (share && a->place == IN_ACCUMULATOR && b->place == IN_ACCUMULATOR) b->place = IN_SLOT;
}

/* A global just read, plus or minus a constant. */
static bool join_global_and_sum(struct lowering *l, enum op op, const struct operand *a, const struct operand *b) {
    const uint32_t at = a->producer;
    if ((op != OP_I32_ADD && op != OP_I32_SUB) || at == NO_CODE || at != l->last) return false;
    if (at != l->global_read || l->code[at].op != RUN_GLOBAL_GET_i) return false;
    const void *cell = l->code[at + 1].constant_pointer;
    const uint32_t constant = (uint32_t)b->bits;
    l->count = at;
    lower_emit_x(l, RUN_GLOBAL_SUM, lower_result_slot(l), (int32_t)(op == OP_I32_ADD ? constant : -constant));
    lower_emit_pointer(l, cell);
    push_operator_result(l, op, at);
    return true;
}

static void emit_constant_form(struct lowering *l, enum op op, const struct operand *a, const struct operand *b) {
    if (a->place == IN_SLOT) {
        emit_in_form(l, op, BINARY_SI, lower_narrow(l, a, 0), (int16_t)b->bits);
        return;
    }
    if (join_global_and_sum(l, op, a, b)) return;
    lower_use_accumulator(l, a);
    const unsigned operation = operations[op] + BINARY_AI * RESULT_FORMS;
    push_operator_result(l, op, lower_emit_x(l, operation, lower_result_slot(l), (int32_t)b->bits));
}

static void emit_binary(struct lowering *l, enum op op, const struct operand *a, const struct operand *b) {
    const bool a_is_held = a->place == IN_ACCUMULATOR, b_is_held = b->place == IN_ACCUMULATOR;
    if (a_is_held) lower_use_accumulator(l, a);
    if (b_is_held) lower_use_accumulator(l, b);
    const int16_t first = a_is_held ? 0 : lower_narrow(l, a, 0);
    const int16_t second = b_is_held ? 0 : lower_narrow(l, b, 1);
    emit_in_form(l, op, a_is_held ? BINARY_AS : b_is_held ? BINARY_SA : BINARY_SS, first, second);
}

static void lower_binary(struct lowering *l, enum op op) {
    struct operand b = lower_take(l), a = lower_take(l);
    if (a.place == IN_CONSTANT && b.place != IN_CONSTANT && mirrored[op]) {
        const struct operand constant = a;
        a = b;
        b = constant;
        op = (enum op)mirrored[op];
    }
    place_operands(l, &a, &b);
    if (b.place == IN_CONSTANT) {
        if (a.place == IN_SLOT ? lower_fits_short(&b) : fits_32(&b)) {
            emit_constant_form(l, op, &a, &b);
            return;
        }
        if (a.place == IN_ACCUMULATOR) {
            lower_spill_constant(l, &b);
        } else {
            lower_load_accumulator(l, &b);
        }
    }
    emit_binary(l, op, &a, &b);
}

/* The sum of a value and of one that was just shifted by a constant: see pairs.def. The shift is taken back. */
static bool join_shift_and_sum(struct lowering *l) {
    enum { MAX_SHIFT = 4 };
    const struct value *first = &l->stack[l->height - 2], *second = &l->stack[l->height - 1];
    const bool is_second = is_just_made(l, second);
    if (l->made.op != OP_I32_SHL || (!is_second && !is_just_made(l, first))) return false;
    if ((is_second ? first : second)->kind == VALUE_CONST) return false;
    const union word word = l->code[l->made.at];
    const unsigned form = (unsigned)(word.op - operations[OP_I32_SHL]) / RESULT_FORMS;
    const int32_t shift = form == BINARY_SI ? word.c : word.x;
    if ((form != BINARY_SI && form != BINARY_AI) || shift < 1 || shift > MAX_SHIFT) return false;
    l->held[CLASS_INT] = l->made.held_before;
    const struct operand b = lower_take(l), a = lower_take(l);
    const struct operand *other = is_second ? &a : &b;
    const bool is_held = form == BINARY_SI && other->place == IN_ACCUMULATOR;
    l->count = l->made.at;
    if (is_held) lower_use_accumulator(l, other);
    const int16_t slot = is_held ? 0 : lower_narrow(l, other, 1);
    const unsigned sum_form = form == BINARY_AI ? BINARY_SA : is_held ? BINARY_AS : BINARY_SS;
    const unsigned operation = RUN_I32_ADD_SHL1 + ((unsigned)shift - 1) * BINARY_FORMS * RESULT_FORMS;
    const uint32_t at =
        lower_emit(l, operation + sum_form * RESULT_FORMS, lower_result_slot(l), slot, form == BINARY_SI ? word.b : 0);
    lower_push_result(l, CLASS_INT, at);
    return true;
}

void lower_value_operator(struct lowering *l, enum op op) {
    if (op == OP_I32_ADD && join_shift_and_sum(l)) return;
    if (op_signatures()[op].param_count == 1) {
        lower_unary(l, op);
    } else {
        lower_binary(l, op);
    }
}

void lower_select(struct lowering *l) {
    if (l->stack[l->height - 2].class == CLASS_V128) {
        lower_vector_select(l);
        return;
    }
    struct operand condition = lower_take(l), b = lower_take(l), a = lower_take(l);
    if (condition.place == IN_CONSTANT) lower_load_accumulator(l, &condition);
    if (a.place == IN_CONSTANT) lower_spill_constant(l, &a);
    if (b.place == IN_CONSTANT) lower_spill_constant(l, &b);
    const int16_t first = lower_narrow(l, &a, 0), second = lower_narrow(l, &b, 1);
    uint32_t at;
    if (condition.place == IN_ACCUMULATOR) {
        lower_use_accumulator(l, &condition);
        at = lower_emit(l, RUN_SELECT_A, lower_result_slot(l), first, second);
    } else {
        const int16_t slot = lower_narrow(l, &condition, 2);
        at = lower_emit(l, RUN_SELECT_S, lower_result_slot(l), first, second);
        lower_emit_number(l, slot);
    }
    lower_push_result(l, CLASS_INT, at);
    /* The result was computed as a number, whatever it is: in the accumulator of floats it is not. */
    l->stack[l->height - 1].class = (uint8_t)a.class;
}

/* ---- variables ---- */

void lower_local_get(struct lowering *l, uint32_t idx) {
    lower_read_local(l, idx);
    lower_push_local(l, idx);
}

/* Nothing has been emitted since the instruction that made the value: it may as well store it in the local. */
static bool redirect(struct lowering *l, const struct value *value, int32_t slot) {
    const bool is_fresh = value->kind == VALUE_SLOT && value->producer != NO_CODE && value->producer == l->last;
    if (!is_fresh || slot < INT16_MIN || slot > INT16_MAX) return false;
    const int32_t old = lower_height_slot(l, l->height - 1);
    l->code[value->producer].a = (int16_t)slot;
    lower_forget_slot(l, slot);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (l->held[class] == old) l->held[class] = slot;
    }
    return true;
}

void lower_local_set(struct lowering *l, uint32_t idx) {
    const int32_t slot = lower_local_slot(l, idx);
    const struct value value = l->stack[l->height - 1];
    lower_mark_set(l, idx);
    lower_forget_memory_of_local(l, idx);
    if (value.kind == VALUE_LOCAL && value.local == idx) {
        lower_take(l);
        return;
    }
    lower_settle_local(l, idx);
    if (!redirect(l, &value, slot)) {
        const int32_t held = l->held[value.class];
        const bool is_held = held == lower_locate(l, l->height - 1).slot && value.kind != VALUE_CONST;
        lower_store_entry(l, l->height - 1, slot);
        if (is_held) l->held[value.class] = slot;
    }
    lower_take(l);
}

/* The value stays on the stack as what it was if that is as good as the local. */
void lower_local_tee(struct lowering *l, uint32_t idx) {
    const struct value value = l->stack[l->height - 1];
    lower_local_set(l, idx);
    if (value.kind == VALUE_CONST) {
        lower_push(l, value);
    } else {
        lower_push_local(l, idx);
    }
}

/* The operations come as pairs, and the pairs as the types do here. */
static unsigned global_operation(const struct lowering *l, uint32_t idx, unsigned first) {
    switch (type_code(l->module->globals[idx].type.type)) {
    case TYPE_I32: return first;
    case TYPE_F32: return first + 4;
    case TYPE_F64: return first + 6;
    default: return first + 2;
    }
}

void lower_global_get(struct lowering *l, uint32_t idx) {
    const uint32_t at = lower_emit(l, global_operation(l, idx, RUN_GLOBAL_GET_i), lower_result_slot(l), 0, 0);
    l->global_read = at;
    lower_emit_pointer(l, l->instance->globals[idx]);
    lower_push_result(l, lower_class(l->module->globals[idx].type.type), at);
}

/* global.set of a local and a constant, just added. */
static bool join_sum_and_set(struct lowering *l, const void *cell) {
    const struct value *value = &l->stack[l->height - 1];
    if (!is_just_made(l, value) || l->code[l->last].op != RUN_I32_ADD + BINARY_SI * RESULT_FORMS) return false;
    l->code[l->last].op = RUN_GLOBAL_SET_SUM;
    l->held[CLASS_INT] = l->made.held_before;
    lower_emit_pointer(l, cell);
    lower_take(l);
    return true;
}

/* global.get, a constant added or subtracted, local.tee, global.set of the same global. */
static bool join_sum_and_move(struct lowering *l, const void *cell) {
    const struct value *value = &l->stack[l->height - 1];
    if (value->kind != VALUE_LOCAL || l->last == NO_CODE || l->last != l->made.at) return false;
    union word *word = &l->code[l->last];
    if (word->op != RUN_GLOBAL_SUM || word->a != lower_local_slot(l, value->local)) return false;
    if (word[1].constant_pointer != cell) return false;
    word->op = RUN_GLOBAL_MOVE;
    lower_take(l);
    return true;
}

void lower_global_set(struct lowering *l, uint32_t idx) {
    const void *cell = l->instance->globals[idx];
    if (join_sum_and_set(l, cell) || join_sum_and_move(l, cell)) return;
    struct operand value = lower_take(l);
    const unsigned op = global_operation(l, idx, RUN_GLOBAL_SET_i);
    if (value.place == IN_CONSTANT) lower_load_accumulator(l, &value);
    if (value.place == IN_ACCUMULATOR) {
        lower_use_accumulator(l, &value);
        lower_emit(l, op + 1, 0, 0, 0);
    } else {
        lower_emit(l, op, 0, lower_narrow(l, &value, 0), 0);
    }
    lower_emit_pointer(l, l->instance->globals[idx]);
}

/* ---- conditions ---- */

/* A comparison with zero of what the operator before made goes away: its opposite is that operator's branch. */
static bool drop_test(struct lowering *l) {
    const struct made *made = &l->made;
    if (made->tested_at == NO_CODE) return false;
    l->count = made->at;
    l->made = (struct made){
        .at = made->tested_at, .op = made->tested_op, .held_before = made->tested_held_before, .tested_at = NO_CODE};
    return true;
}

static void emit_condition_branch(struct lowering *l, bool if_true, struct fixup *fixup) {
    const bool sense = drop_test(l) ? !if_true : if_true;
    const uint32_t at = l->made.at;
    const enum op op = l->made.op;
    union word *word = &l->code[at];
    const unsigned form = (unsigned)(word->op - operations[op]) / RESULT_FORMS;
    word->op = (uint16_t)(branches[op] + form * 2 + (sense ? BRANCH_IF : BRANCH_UNLESS));
    l->held[CLASS_INT] = l->made.held_before;
    if (op_signatures()[op].param_count == 1) {
        word->a = word->b;
        *fixup = (struct fixup){.word = at, .half = 1, .origin = at};
    } else {
        *fixup = (struct fixup){.word = l->count, .half = 1, .origin = at};
        lower_emit_bits(l, 0);
    }
    l->last = NO_CODE;
}

void lower_branch_on_top(struct lowering *l, bool if_true, struct fixup *fixup) {
    const struct value value = l->stack[l->height - 1];
    struct operand condition = lower_take(l);
    if (is_condition(l, &value)) {
        emit_condition_branch(l, if_true, fixup);
        return;
    }
    if (condition.place == IN_CONSTANT) lower_load_accumulator(l, &condition);
    const bool is_held = condition.place == IN_ACCUMULATOR;
    if (is_held) lower_use_accumulator(l, &condition);
    const int16_t slot = is_held ? 0 : lower_narrow(l, &condition, 0);
    const unsigned form = is_held ? UNARY_A : UNARY_S;
    const uint32_t at = lower_emit_x(l, RUN_BRANCH_I32_EQZ + form * 2 + (if_true ? BRANCH_UNLESS : BRANCH_IF), slot, 0);
    *fixup = (struct fixup){.word = at, .half = 1, .origin = at};
    l->last = NO_CODE;
}
