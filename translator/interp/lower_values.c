/* Lowering of operators with operands and a result: which form of the instruction fits where the operands are. */
#include "lower.h"

/* ---- operators: their rows ---- */

static const uint16_t operations[OP_COUNT] = {
#define UNARY(id, type, result, expression) [OP_##id] = RUN_##id,
#define BINARY(id, type, result, expression) [OP_##id] = RUN_##id,
#define BRANCH1(id, type, expression)
#define BRANCH2(id, type, expression)
#define LOAD(id, result, macro) [OP_##id] = RUN_##id,
#define STORE(id, type, macro) [OP_##id] = RUN_##id,
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

static bool fits_16(const struct operand *operand) {
    return operand->class == CLASS_INT && (int64_t)operand->bits == (int16_t)operand->bits;
}
static bool fits_32(const struct operand *operand) {
    return operand->class == CLASS_INT && (int64_t)operand->bits == (int32_t)operand->bits;
}

static enum value_class result_class(enum op op) {
    const struct op_signature *signature = &op_signatures()[op];
    return class_of(signature->types[signature->param_count]);
}

static void push_operator_result(struct lowering *l, enum op op, uint32_t at) {
    l->made = (struct made){.at = at, .op = op, .held_before = l->held[CLASS_INT], .tested_at = NO_CODE};
    push_result(l, result_class(op), at);
}

static void emit_in_form(struct lowering *l, enum op op, unsigned form, int16_t b, int16_t c) {
    const uint32_t at = emit(l, operations[op] + form * RESULT_FORMS, result_slot(l), b, c);
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
    struct operand a = take(l);
    if (a.place == IN_CONSTANT) load_accumulator(l, &a);
    if (a.place == IN_ACCUMULATOR) {
        use_accumulator(l, &a);
        emit_in_form(l, op, UNARY_A, 0, 0);
    } else {
        emit_in_form(l, op, UNARY_S, narrow(l, &a, 0), 0);
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
        load_accumulator(l, a);
    }
    if (share && a->place == IN_ACCUMULATOR && b->place == IN_ACCUMULATOR) b->place = IN_SLOT;
}

static void emit_constant_form(struct lowering *l, enum op op, const struct operand *a, const struct operand *b) {
    if (a->place == IN_SLOT) {
        emit_in_form(l, op, BINARY_SI, narrow(l, a, 0), (int16_t)b->bits);
        return;
    }
    use_accumulator(l, a);
    const unsigned operation = operations[op] + BINARY_AI * RESULT_FORMS;
    push_operator_result(l, op, emit_x(l, operation, result_slot(l), (int32_t)b->bits));
}

static void emit_binary(struct lowering *l, enum op op, const struct operand *a, const struct operand *b) {
    const bool a_is_held = a->place == IN_ACCUMULATOR, b_is_held = b->place == IN_ACCUMULATOR;
    if (a_is_held) use_accumulator(l, a);
    if (b_is_held) use_accumulator(l, b);
    const int16_t first = a_is_held ? 0 : narrow(l, a, 0);
    const int16_t second = b_is_held ? 0 : narrow(l, b, 1);
    emit_in_form(l, op, a_is_held ? BINARY_AS : b_is_held ? BINARY_SA : BINARY_SS, first, second);
}

static void lower_binary(struct lowering *l, enum op op) {
    struct operand b = take(l), a = take(l);
    if (a.place == IN_CONSTANT && b.place != IN_CONSTANT && mirrored[op]) {
        const struct operand constant = a;
        a = b;
        b = constant;
        op = (enum op)mirrored[op];
    }
    place_operands(l, &a, &b);
    if (b.place == IN_CONSTANT) {
        if (a.place == IN_SLOT ? fits_16(&b) : fits_32(&b)) {
            emit_constant_form(l, op, &a, &b);
            return;
        }
        if (a.place == IN_ACCUMULATOR) {
            spill_constant(l, &b);
        } else {
            load_accumulator(l, &b);
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
    const struct operand b = take(l), a = take(l);
    const struct operand *other = is_second ? &a : &b;
    const bool is_held = form == BINARY_SI && other->place == IN_ACCUMULATOR;
    l->count = l->made.at;
    if (is_held) use_accumulator(l, other);
    const int16_t slot = is_held ? 0 : narrow(l, other, 1);
    const unsigned sum_form = form == BINARY_AI ? BINARY_SA : is_held ? BINARY_AS : BINARY_SS;
    const unsigned operation = RUN_I32_ADD_SHL1 + ((unsigned)shift - 1) * BINARY_FORMS * RESULT_FORMS;
    const uint32_t at =
        emit(l, operation + sum_form * RESULT_FORMS, result_slot(l), slot, form == BINARY_SI ? word.b : 0);
    push_result(l, CLASS_INT, at);
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
    struct operand condition = take(l), b = take(l), a = take(l);
    if (condition.place == IN_CONSTANT) load_accumulator(l, &condition);
    if (a.place == IN_CONSTANT) spill_constant(l, &a);
    if (b.place == IN_CONSTANT) spill_constant(l, &b);
    const int16_t first = narrow(l, &a, 0), second = narrow(l, &b, 1);
    uint32_t at;
    if (condition.place == IN_ACCUMULATOR) {
        use_accumulator(l, &condition);
        at = emit(l, RUN_SELECT_A, result_slot(l), first, second);
    } else {
        const int16_t slot = narrow(l, &condition, 2);
        at = emit(l, RUN_SELECT_S, result_slot(l), first, second);
        lower_emit_number(l, slot);
    }
    push_result(l, CLASS_INT, at);
    /* The result was computed as a number, whatever it is: in the accumulator of floats it is not. */
    l->stack[l->height - 1].class = (uint8_t)a.class;
}

/* ---- loads and stores ---- */

enum { MAX_SHORT_OFFSET = UINT16_MAX };

/* Accesses of other memories than the first: the start of memory is replaced around them. */
static void use_memory(struct lowering *l, uint32_t memory_idx) {
    const struct w2c_memory *memory = l->instance->memories[memory_idx];
    const bool is_guarded = l->interp->memory != l->instance->memories[0];
    emit(l, RUN_USE_MEMORY, 0, 0, 0);
    emit_pointer(l, is_guarded ? (const void *)memory->base : memory);
}

static bool is_constant_address(const struct operand *address, uint64_t offset) {
    return address->place == IN_CONSTANT && (uint32_t)address->bits + offset <= UINT32_MAX;
}

/* A slot leaves room for an offset of 16 bits only. */
static void place_address(struct lowering *l, struct operand *address, uint64_t offset) {
    const bool is_far = address->place == IN_SLOT && offset > MAX_SHORT_OFFSET;
    const bool is_far_constant = address->place == IN_CONSTANT && !is_constant_address(address, offset);
    if (is_far || is_far_constant) load_accumulator(l, address);
}

static uint32_t emit_load(struct lowering *l, const struct instr *instr, struct operand *address) {
    const unsigned op = operations[instr->op];
    const int32_t offset = (int32_t)(uint32_t)instr->value;
    switch (address->place) {
    case IN_CONSTANT: {
        const uint32_t sum = (uint32_t)address->bits + (uint32_t)instr->value;
        return emit_x(l, op + LOAD_K * RESULT_FORMS, result_slot(l), (int32_t)sum);
    }
    case IN_ACCUMULATOR:
        use_accumulator(l, address);
        return emit_x(l, op + LOAD_A * RESULT_FORMS, result_slot(l), offset);
    default: {
        const int16_t slot = narrow(l, address, 0);
        return emit(l, op + LOAD_S * RESULT_FORMS, result_slot(l), slot, (int16_t)offset);
    }
    }
}

void lower_load(struct lowering *l, const struct instr *instr) {
    struct operand address = take(l);
    place_address(l, &address, instr->value);
    if (instr->idx) use_memory(l, instr->idx);
    const uint32_t at = emit_load(l, instr, &address);
    push_result(l, result_class(instr->op), at);
    if (instr->idx) use_memory(l, 0);
}

/* A float constant is stored as the integer with the same bits. */
static enum op store_of_constant(enum op op, struct operand *value) {
    if (value->class == CLASS_INT) return op;
    if (value->class == CLASS_F32) value->bits = (uint64_t)(int64_t)(int32_t)value->bits;
    value->class = CLASS_INT;
    return op == OP_F32_STORE ? OP_I32_STORE : OP_I64_STORE;
}

/* A constant that no form has room for goes where there is room: the accumulator, or its slot. */
static void place_value(struct lowering *l, const struct operand *address, struct operand *value, uint64_t offset) {
    const bool is_near = address->place != IN_SLOT || offset <= MAX_SHORT_OFFSET;
    if (value->place != IN_CONSTANT || (fits_16(value) && is_near)) return;
    if (address->place == IN_ACCUMULATOR) {
        spill_constant(l, value);
    } else {
        load_accumulator(l, value);
    }
}

static void emit_store_to_slot(struct lowering *l, unsigned op, const struct operand *address,
                               const struct operand *value, uint64_t offset) {
    const int16_t a = narrow(l, address, 0);
    if (value->place == IN_ACCUMULATOR) {
        emit_x(l, op + STORE_SA, a, (int32_t)(uint32_t)offset);
    } else if (value->place == IN_CONSTANT) {
        emit(l, op + STORE_SI, a, (int16_t)value->bits, (int16_t)offset);
    } else {
        emit(l, op + STORE_SS, a, narrow(l, value, 1), (int16_t)offset);
    }
}

/* The forms with an offset of 32 bits: to the address in the accumulator, or to a constant one. */
static void emit_store_at(struct lowering *l, unsigned op, const struct operand *address, const struct operand *value,
                          uint32_t offset) {
    const bool is_constant = address->place == IN_CONSTANT;
    if (value->place == IN_ACCUMULATOR) {
        emit_x(l, op + (is_constant ? STORE_KA : STORE_AA), 0, (int32_t)offset);
    } else if (value->place == IN_CONSTANT) {
        emit_x(l, op + (is_constant ? STORE_KI : STORE_AI), (int16_t)value->bits, (int32_t)offset);
    } else {
        emit_x(l, op + (is_constant ? STORE_KS : STORE_AS), narrow(l, value, 1), (int32_t)offset);
    }
}

/* An address in a slot, a far offset and no accumulator free for the value, since it is the address that goes there. */
static void place_store(struct lowering *l, struct operand *address, struct operand *value, uint64_t offset) {
    const bool share = value->class == CLASS_INT;
    if (address->place == IN_SLOT && offset > MAX_SHORT_OFFSET && value->place == IN_SLOT) load_accumulator(l, address);
    if (address->place == IN_CONSTANT && !is_constant_address(address, offset)) {
        if (share && value->place == IN_ACCUMULATOR) value->place = IN_SLOT;
        load_accumulator(l, address);
    }
    if (share && address->place == IN_ACCUMULATOR && value->place == IN_ACCUMULATOR) value->place = IN_SLOT;
    place_value(l, address, value, offset);
}

void lower_store(struct lowering *l, const struct instr *instr) {
    struct operand value = take(l), address = take(l);
    const enum op op = value.place == IN_CONSTANT ? store_of_constant(instr->op, &value) : instr->op;
    place_store(l, &address, &value, instr->value);
    if (instr->idx) use_memory(l, instr->idx);
    if (value.place == IN_ACCUMULATOR) use_accumulator(l, &value);
    if (address.place == IN_ACCUMULATOR) use_accumulator(l, &address);
    if (address.place == IN_SLOT) {
        emit_store_to_slot(l, operations[op], &address, &value, instr->value);
    } else {
        const uint32_t base = address.place == IN_CONSTANT ? (uint32_t)address.bits : 0;
        emit_store_at(l, operations[op], &address, &value, base + (uint32_t)instr->value);
    }
    if (instr->idx) use_memory(l, 0);
}

/* ---- variables ---- */

void lower_local_get(struct lowering *l, uint32_t idx) {
    read_local(l, idx);
    push_value(l,
               (struct value){.kind = VALUE_LOCAL, .class = l->local_classes[idx], .local = idx, .producer = NO_CODE});
}

/* Nothing has been emitted since the instruction that made the value: it may as well store it in the local. */
static bool redirect(struct lowering *l, const struct value *value, int32_t slot) {
    const bool is_fresh = value->kind == VALUE_SLOT && value->producer != NO_CODE && value->producer == l->last;
    if (!is_fresh || slot < INT16_MIN || slot > INT16_MAX) return false;
    const int32_t old = slot_of_height(l, l->height - 1);
    l->code[value->producer].a = (int16_t)slot;
    forget_slot(l, slot);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (l->held[class] == old) l->held[class] = slot;
    }
    return true;
}

void lower_local_set(struct lowering *l, uint32_t idx) {
    const int32_t slot = slot_of_local(l, idx);
    const struct value value = l->stack[l->height - 1];
    set_local(l, idx);
    if (value.kind == VALUE_LOCAL && value.local == idx) {
        take(l);
        return;
    }
    settle_local(l, idx);
    if (!redirect(l, &value, slot)) {
        const int32_t held = l->held[value.class];
        const bool is_held = held == locate(l, l->height - 1).slot && value.kind != VALUE_CONST;
        store_entry(l, l->height - 1, slot);
        if (is_held) l->held[value.class] = slot;
    }
    take(l);
}

/* The value stays on the stack as what it was if that is as good as the local. */
void lower_local_tee(struct lowering *l, uint32_t idx) {
    const struct value value = l->stack[l->height - 1];
    lower_local_set(l, idx);
    if (value.kind == VALUE_CONST) {
        push_value(l, value);
    } else {
        push_value(
            l, (struct value){.kind = VALUE_LOCAL, .class = l->local_classes[idx], .local = idx, .producer = NO_CODE});
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
    const uint32_t at = emit(l, global_operation(l, idx, RUN_GLOBAL_GET_i), result_slot(l), 0, 0);
    l->global_read = at;
    emit_pointer(l, l->instance->globals[idx]);
    push_result(l, class_of(l->module->globals[idx].type.type), at);
}

/* global.set of a local and a constant, just added. */
static bool join_sum_and_set(struct lowering *l, const void *cell) {
    const struct value *value = &l->stack[l->height - 1];
    if (!is_just_made(l, value) || l->code[l->last].op != RUN_I32_ADD + BINARY_SI * RESULT_FORMS) return false;
    l->code[l->last].op = RUN_GLOBAL_SET_SUM;
    l->held[CLASS_INT] = l->made.held_before;
    emit_pointer(l, cell);
    take(l);
    return true;
}

/* global.get, a constant added or subtracted, local.tee, global.set of the same global. */
static bool join_move(struct lowering *l, const void *cell) {
    enum { GET_WORDS = 2 };
    const struct value *value = &l->stack[l->height - 1];
    const uint32_t at = l->last, get = l->global_read;
    if (value->kind != VALUE_LOCAL || get == NO_CODE || at != get + GET_WORDS || l->made.at != at) return false;
    const union word word = l->code[at];
    const bool is_sum = word.op == RUN_I32_ADD + BINARY_AI * RESULT_FORMS;
    const bool is_difference = word.op == RUN_I32_SUB + BINARY_AI * RESULT_FORMS;
    if (!is_sum && !is_difference) return false;
    if (word.a != slot_of_local(l, value->local) || l->code[get].op != RUN_GLOBAL_GET_i_A) return false;
    if (l->code[get + 1].constant_pointer != cell) return false;
    l->count = get;
    emit_x(l, RUN_GLOBAL_MOVE, word.a, (int32_t)(is_sum ? (uint32_t)word.x : -(uint32_t)word.x));
    emit_pointer(l, cell);
    take(l);
    return true;
}

void lower_global_set(struct lowering *l, uint32_t idx) {
    const void *cell = l->instance->globals[idx];
    if (join_sum_and_set(l, cell) || join_move(l, cell)) return;
    struct operand value = take(l);
    const unsigned op = global_operation(l, idx, RUN_GLOBAL_SET_i);
    if (value.place == IN_CONSTANT) load_accumulator(l, &value);
    if (value.place == IN_ACCUMULATOR) {
        use_accumulator(l, &value);
        emit(l, op + 1, 0, 0, 0);
    } else {
        emit(l, op, 0, narrow(l, &value, 0), 0);
    }
    emit_pointer(l, l->instance->globals[idx]);
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
        emit_bits(l, 0);
    }
    l->last = NO_CODE;
}

void emit_branch_on_top(struct lowering *l, bool if_true, struct fixup *fixup) {
    const struct value value = l->stack[l->height - 1];
    struct operand condition = take(l);
    if (is_condition(l, &value)) {
        emit_condition_branch(l, if_true, fixup);
        return;
    }
    if (condition.place == IN_CONSTANT) load_accumulator(l, &condition);
    const bool is_held = condition.place == IN_ACCUMULATOR;
    if (is_held) use_accumulator(l, &condition);
    const int16_t slot = is_held ? 0 : narrow(l, &condition, 0);
    const unsigned form = is_held ? UNARY_A : UNARY_S;
    const uint32_t at = emit_x(l, RUN_BRANCH_I32_EQZ + form * 2 + (if_true ? BRANCH_UNLESS : BRANCH_IF), slot, 0);
    *fixup = (struct fixup){.word = at, .half = 1, .origin = at};
    l->last = NO_CODE;
}
