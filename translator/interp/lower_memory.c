/* Lowering of loads and stores.
 *
 * Which form of an access fits depends on where the address and the value are: see store_form in code.h. What a load
 * would give that follows a store to the same place, or another load, is known without it. Compilers that do not
 * optimise write such code for every variable: of the words that CPython's build loads, a fifth was at hand.
 */
#include "lower.h"

static const uint16_t accesses[OP_COUNT] = {
#define UNARY(id, type, result, expression)
#define BINARY(id, type, result, expression)
#define BRANCH1(id, type, expression)
#define BRANCH2(id, type, expression)
#define LOAD(id, result, macro) [OP_##id] = RUN_##id,
#define STORE(id, type, macro) [OP_##id] = RUN_##id,
#include <interp_rows.def>
};

enum { MAX_SHORT_OFFSET = UINT16_MAX };

/* Accesses of other memories than the first: the start of memory is replaced around them. */
static void use_memory(struct lowering *l, uint32_t memory_idx) {
    const struct w2c_memory *memory = l->instance->memories[memory_idx];
    const bool is_guarded = l->interp->memory != l->instance->memories[0];
    lower_emit(l, RUN_USE_MEMORY, 0, 0, 0);
    lower_emit_pointer(l, is_guarded ? (const void *)memory->base : memory);
}

/* Whether code relies on accesses starting from memory 0 behind an access of another. */
static void restore_memory(struct lowering *l) {
    if (memory_kind(l->module, 0) == MEMORY_PLAIN) use_memory(l, 0);
}

static bool is_constant_address(const struct operand *address, uint64_t offset) {
    return address->place == IN_CONSTANT && (uint32_t)address->bits + offset <= UINT32_MAX;
}

/* A slot leaves room for an offset of 16 bits only. */
static void place_address(struct lowering *l, struct operand *address, uint64_t offset) {
    const bool is_far = address->place == IN_SLOT && offset > MAX_SHORT_OFFSET;
    const bool is_far_constant = address->place == IN_CONSTANT && !is_constant_address(address, offset);
    if (is_far || is_far_constant) lower_load_accumulator(l, address);
}

static uint32_t emit_load(struct lowering *l, const struct instr *instr, struct operand *address) {
    const unsigned op = accesses[instr->op];
    const int32_t offset = (int32_t)(uint32_t)instr->value;
    switch (address->place) {
    case IN_CONSTANT: {
        const uint32_t sum = (uint32_t)address->bits + (uint32_t)instr->value;
        return lower_emit_x(l, op + LOAD_K * RESULT_FORMS, lower_result_slot(l), (int32_t)sum);
    }
    case IN_ACCUMULATOR:
        lower_use_accumulator(l, address);
        return lower_emit_x(l, op + LOAD_A * RESULT_FORMS, lower_result_slot(l), offset);
    default: {
        const int16_t slot = lower_narrow(l, address, 0);
        return lower_emit(l, op + LOAD_S * RESULT_FORMS, lower_result_slot(l), slot, (int16_t)offset);
    }
    }
}

/* Instead of a load: what it would give is at hand. Compilers that do not optimise load what they have just stored. */
static void push_known(struct lowering *l) {
    const struct known *known = &l->known;
    if (known->place == IN_CONSTANT) {
        lower_push_const(l, CLASS_INT, known->bits);
    } else if (known->place == IN_SLOT) {
        lower_push_local(l, known->value);
    } else {
        lower_push_result(l, CLASS_INT, lower_emit(l, RUN_STORE_INT, lower_result_slot(l), 0, 0));
    }
}

/* The entry at this height is a local, and what is said of memory counts from it. */
static bool is_known(const struct lowering *l, const struct instr *instr, uint32_t height) {
    const struct value *address = &l->stack[height];
    return l->known.load == instr->op && address->kind == VALUE_LOCAL && address->local == l->known.local &&
           instr->value == l->known.offset && instr->idx == 0;
}

/* Of what `load` would now give at `address`, `value` says where it is. */
static void know_memory(struct lowering *l, const struct instr *instr, enum op load, const struct value *address,
                        struct known value) {
    const bool is_usable = address->kind == VALUE_LOCAL && instr->idx == 0;
    l->known = value;
    l->known.load = is_usable ? load : OP_NOP;
    l->known.local = address->local;
    l->known.offset = instr->value;
}

void lower_forget_memory_of_local(struct lowering *l, uint32_t local) {
    const struct known *known = &l->known;
    if (known->local == local || (known->place == IN_SLOT && known->value == local)) l->known.load = OP_NOP;
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
    if (value->place != IN_CONSTANT || (lower_fits_short(value) && is_near)) return;
    if (address->place == IN_ACCUMULATOR) {
        lower_spill_constant(l, value);
    } else {
        lower_load_accumulator(l, value);
    }
}

static void emit_store_to_slot(struct lowering *l, unsigned op, const struct operand *address,
                               const struct operand *value, uint64_t offset) {
    const int16_t a = lower_narrow(l, address, 0);
    if (value->place == IN_ACCUMULATOR) {
        lower_emit_x(l, op + STORE_SA, a, (int32_t)(uint32_t)offset);
    } else if (value->place == IN_CONSTANT) {
        lower_emit(l, op + STORE_SI, a, (int16_t)value->bits, (int16_t)offset);
    } else {
        lower_emit(l, op + STORE_SS, a, lower_narrow(l, value, 1), (int16_t)offset);
    }
}

/* The forms with an offset of 32 bits: to the address in the accumulator, or to a constant one. */
static void emit_store_at(struct lowering *l, unsigned op, const struct operand *address, const struct operand *value,
                          uint32_t offset) {
    const bool is_constant = address->place == IN_CONSTANT;
    if (value->place == IN_ACCUMULATOR) {
        lower_emit_x(l, op + (is_constant ? STORE_KA : STORE_AA), 0, (int32_t)offset);
    } else if (value->place == IN_CONSTANT) {
        lower_emit_x(l, op + (is_constant ? STORE_KI : STORE_AI), (int16_t)value->bits, (int32_t)offset);
    } else {
        lower_emit_x(l, op + (is_constant ? STORE_KS : STORE_AS), lower_narrow(l, value, 1), (int32_t)offset);
    }
}

/* An address in a slot, a far offset and no accumulator free for the value, since it is the address that goes there. */
static void place_store(struct lowering *l, struct operand *address, struct operand *value, uint64_t offset) {
    const bool share = value->class == CLASS_INT;
    if (address->place == IN_SLOT && offset > MAX_SHORT_OFFSET && value->place == IN_SLOT)
        lower_load_accumulator(l, address);
    if (address->place == IN_CONSTANT && !is_constant_address(address, offset)) {
        if (share && value->place == IN_ACCUMULATOR) value->place = IN_SLOT;
        lower_load_accumulator(l, address);
    }
    if (share && address->place == IN_ACCUMULATOR && value->place == IN_ACCUMULATOR) value->place = IN_SLOT;
    place_value(l, address, value, offset);
}

/* The memory has changed. Of the word that was stored, its value may be known: `place` is where it was stored from. */
static void know_stored(struct lowering *l, const struct instr *instr, const struct value *address,
                        const struct value *value, enum place place) {
    static const uint16_t loads[OP_COUNT] = {[OP_I32_STORE] = OP_I32_LOAD, [OP_I64_STORE] = OP_I64_LOAD};
    struct known known = {.place = place};
    enum op load = loads[instr->op] ? (enum op)loads[instr->op] : OP_NOP;
    if (value->kind == VALUE_CONST) {
        known.place = IN_CONSTANT;
        known.bits = value->bits;
    } else if (value->kind == VALUE_LOCAL) {
        known.place = IN_SLOT;
        known.value = value->local;
    } else if (place != IN_ACCUMULATOR) {
        load = OP_NOP;
    }
    know_memory(l, instr, load, address, known);
}

/* A word that was just loaded is stored: one operation. The address of the load is in a slot, as that of the store. */
static bool join_load_and_store(struct lowering *l, const struct instr *instr) {
    const struct value *value = &l->stack[l->height - 1];
    const bool is_long = instr->op == OP_I64_STORE;
    const unsigned load = (is_long ? RUN_I64_LOAD : RUN_I32_LOAD) + LOAD_S * RESULT_FORMS;
    if ((instr->op != OP_I32_STORE && !is_long) || instr->idx != 0 || instr->value > MAX_SHORT_OFFSET) return false;
    if (value->kind != VALUE_SLOT || value->producer == NO_CODE || value->producer != l->last) return false;
    union word *word = &l->code[l->last];
    const struct operand address = lower_locate(l, l->height - 2);
    if (word->op != load || address.place != IN_SLOT || !lower_is_narrow(address.slot)) return false;
    const int32_t offset = (uint16_t)word->c;
    *word = (union word){.op = is_long ? RUN_I64_MOVE : RUN_I32_MOVE,
                         .a = (int16_t)address.slot,
                         .b = word->b,
                         .c = (int16_t)(uint16_t)instr->value};
    lower_emit_number(l, offset);
    l->held[CLASS_INT] = NO_SLOT;
    return true;
}

/* ---- memories that are not plain ---- */

/* Checks the access and makes it the one at address 0. The address is read from its slot, which it is in also if it is
 * in the accumulator. */
static void emit_at(struct lowering *l, const struct instr *instr, struct operand *address) {
    const bool is_64 = l->module->memories[instr->idx].type.limits.is_64;
    if (address->place == IN_CONSTANT) lower_spill_constant(l, address);
    lower_emit_x(l, is_64 ? RUN_AT_64 : RUN_AT, (int32_t)access_bytes(instr->op), address->slot);
    lower_emit_pointer(l, l->instance->memories[instr->idx]);
    lower_emit_bits(l, instr->value);
}

static void load_checked(struct lowering *l, const struct instr *instr) {
    struct operand address = lower_take(l);
    emit_at(l, instr, &address);
    const unsigned op = accesses[instr->op] + LOAD_K * RESULT_FORMS;
    const uint32_t at = lower_emit_x(l, op, lower_result_slot(l), 0);
    lower_push_result(l, lower_result_class(instr->op), at);
    restore_memory(l);
}

static void store_checked(struct lowering *l, const struct instr *instr) {
    static const struct operand start = {.place = IN_CONSTANT};
    struct operand value = lower_take(l), address = lower_take(l);
    const enum op op = value.place == IN_CONSTANT ? store_of_constant(instr->op, &value) : instr->op;
    place_value(l, &start, &value, 0);
    emit_at(l, instr, &address);
    if (value.place == IN_ACCUMULATOR) lower_use_accumulator(l, &value);
    emit_store_at(l, accesses[op], &start, &value, 0);
    restore_memory(l);
    l->known.load = OP_NOP;
}

/* ---- loads and stores ---- */

void lower_load(struct lowering *l, const struct instr *instr) {
    if (memory_kind(l->module, instr->idx) != MEMORY_PLAIN) {
        load_checked(l, instr);
        return;
    }
    if (is_known(l, instr, l->height - 1)) {
        lower_take(l);
        push_known(l);
        return;
    }
    const struct value entry = l->stack[l->height - 1];
    struct operand address = lower_take(l);
    place_address(l, &address, instr->value);
    if (instr->idx) use_memory(l, instr->idx);
    const uint32_t at = emit_load(l, instr, &address);
    const enum value_class class = lower_result_class(instr->op);
    lower_push_result(l, class, at);
    if (instr->idx) restore_memory(l);
    if (class == CLASS_INT) know_memory(l, instr, instr->op, &entry, (struct known){.place = IN_ACCUMULATOR});
}

void lower_store(struct lowering *l, const struct instr *instr) {
    if (memory_kind(l->module, instr->idx) != MEMORY_PLAIN) {
        store_checked(l, instr);
        return;
    }
    const struct value entry = l->stack[l->height - 2], stored = l->stack[l->height - 1];
    if (join_load_and_store(l, instr)) {
        lower_take(l);
        lower_take(l);
        know_stored(l, instr, &entry, &stored, IN_ACCUMULATOR);
        return;
    }
    struct operand value = lower_take(l), address = lower_take(l);
    const enum op op = value.place == IN_CONSTANT ? store_of_constant(instr->op, &value) : instr->op;
    place_store(l, &address, &value, instr->value);
    if (instr->idx) use_memory(l, instr->idx);
    if (value.place == IN_ACCUMULATOR) lower_use_accumulator(l, &value);
    if (address.place == IN_ACCUMULATOR) lower_use_accumulator(l, &address);
    if (address.place == IN_SLOT) {
        emit_store_to_slot(l, accesses[op], &address, &value, instr->value);
    } else {
        const uint32_t base = address.place == IN_CONSTANT ? (uint32_t)address.bits : 0;
        emit_store_at(l, accesses[op], &address, &value, base + (uint32_t)instr->value);
    }
    if (instr->idx) restore_memory(l);
    know_stored(l, instr, &entry, &stored, value.place);
}

/* ---- for operators on vectors ---- */

int16_t lower_open_access(struct lowering *l, const struct instr *instr, uint32_t *offset) {
    struct operand address = lower_take(l);
    *offset = (uint32_t)instr->value;
    if (memory_kind(l->module, instr->idx) != MEMORY_PLAIN) {
        emit_at(l, instr, &address);
        address = (struct operand){.place = IN_CONSTANT, .slot = lower_height_slot(l, l->height)};
        *offset = 0;
    } else if (instr->idx) {
        use_memory(l, instr->idx);
    }
    if (address.place == IN_CONSTANT) lower_spill_constant(l, &address);
    return lower_narrow(l, &address, 0);
}

void lower_close_access(struct lowering *l, const struct instr *instr) {
    if (instr->idx || memory_kind(l->module, instr->idx) != MEMORY_PLAIN) restore_memory(l);
    if (op_infos[instr->op].form == FORM_STORE) l->known.load = OP_NOP;
}
