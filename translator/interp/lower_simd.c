/* Lowering of vectors. A vector is two entries of the symbolic stack and two slots, the lower half below; each half is
 * copied, kept in a local, moved to a label like any other value, by code that does not know of vectors. What does
 * know is here: operators take two entries that are in neighbouring slots as one operand.
 *
 * There is no accumulator for vectors: each operation reads slots and writes slots (run_simd.c). A local that is set to
 * what the operation before has made is what that operation writes to.
 */
#include <string.h>

#include "lower.h"

static const uint16_t operations[OP_COUNT] = {
#define VECTOR(id, words, a, b, c, result, expression) [OP_##id] = RUN_##id,
#define VECTOR_NUMBER(id, words, a, b, c, result, expression) [OP_##id] = RUN_##id,
#define VECTOR_LOAD(id, macro) [OP_##id] = RUN_##id,
#define VECTOR_LOAD_LANE(id, macro) [OP_##id] = RUN_##id,
#define VECTOR_STORE(id, macro) [OP_##id] = RUN_##id,
#define VECTOR_STORE_LANE(id, macro) [OP_##id] = RUN_##id,
#include <interp_simd_rows.def>
    [OP_I8X16_SHUFFLE] = RUN_I8X16_SHUFFLE,
};

/* ---- operands and results ---- */

static bool is_narrow_pair(int32_t slot) {
    return lower_is_narrow(slot) && lower_is_narrow(slot + 1);
}

/* Slots that are set aside in wide functions: two for each of three operands, and for the result. */
static int32_t pair_scratch(unsigned number) {
    return lower_scratch_slot(VECTOR_SCRATCH + 2 * number);
}
enum { RESULT_PAIR = 3, MAX_OPERANDS = 3 };

static bool is_vector_at(const struct lowering *l, uint32_t height) {
    return l->stack[height].class == CLASS_V128;
}

/* The halves below `height` + 2 are in neighbouring slots: where the lower one is, or NO_SLOT. */
static int32_t find_pair(const struct lowering *l, uint32_t height) {
    const struct value *low = &l->stack[height], *high = &l->stack[height + 1];
    if (low->kind != high->kind || low->kind == VALUE_CONST) return NO_SLOT;
    if (low->kind == VALUE_LOCAL && high->local != low->local + 1) return NO_SLOT;
    return lower_locate(l, height).slot;
}

static void drop_two(struct lowering *l) {
    lower_take(l);
    lower_take(l);
}

/* The slot of the lower half of the vector on top, which is popped. */
static int32_t take_vector(struct lowering *l) {
    const uint32_t height = l->height - 2;
    int32_t slot = find_pair(l, height);
    if (slot == NO_SLOT) {
        lower_settle(l, height, l->height);
        slot = lower_height_slot(l, height);
    }
    drop_two(l);
    return slot;
}

static int16_t take_narrow_vector(struct lowering *l, unsigned scratch) {
    const int32_t slot = take_vector(l);
    if (is_narrow_pair(slot)) return (int16_t)slot;
    lower_emit_x(l, RUN_COPY_FROM_WIDE, pair_scratch(scratch), slot);
    lower_emit_x(l, RUN_COPY_FROM_WIDE, pair_scratch(scratch) + 1, slot + 1);
    return (int16_t)pair_scratch(scratch);
}

static int16_t take_number(struct lowering *l, unsigned scratch) {
    struct operand operand = lower_take(l);
    if (operand.place == IN_CONSTANT) lower_spill_constant(l, &operand);
    return lower_narrow(l, &operand, scratch);
}

static int16_t take_operand(struct lowering *l, unsigned scratch) {
    return is_vector_at(l, l->height - 1) ? take_narrow_vector(l, scratch) : take_number(l, scratch);
}

static int16_t result_pair(const struct lowering *l) {
    const int32_t slot = lower_height_slot(l, l->height);
    return (int16_t)(is_narrow_pair(slot) ? slot : pair_scratch(RESULT_PAIR));
}

static void push_half(struct lowering *l) {
    lower_push(l, (struct value){.kind = VALUE_SLOT, .class = CLASS_V128, .producer = NO_CODE});
}

/* Of the instruction at `at`, whose words are all there. */
static void push_vector(struct lowering *l, uint32_t at) {
    const int32_t slot = lower_height_slot(l, l->height);
    const bool is_narrow = is_narrow_pair(slot);
    if (!is_narrow) {
        lower_emit_x(l, RUN_COPY_TO_WIDE, pair_scratch(RESULT_PAIR), slot);
        lower_emit_x(l, RUN_COPY_TO_WIDE, pair_scratch(RESULT_PAIR) + 1, slot + 1);
    }
    lower_forget_slot(l, slot);
    lower_forget_slot(l, slot + 1);
    push_half(l);
    push_half(l);
    l->vector_at = is_narrow ? at : NO_CODE;
}

/* What the instruction at `at` made is a number, which is in the accumulator as well. */
static void push_number(struct lowering *l, enum op op, uint32_t at) {
    l->made.at = NO_CODE;
    lower_push_result(l, lower_result_class(op), at);
}

static void push_result(struct lowering *l, enum op op, uint32_t at) {
    const struct op_signature *signature = &op_signatures()[op];
    if (signature->types[signature->param_count] == TYPE_V128) {
        push_vector(l, at);
    } else {
        push_number(l, op, at);
    }
}

/* ---- operators ---- */

static bool has_lane(enum op op) {
    const enum imm imm = op_infos[op].imm;
    return imm == IMM_LANE16 || imm == IMM_LANE8 || imm == IMM_LANE4 || imm == IMM_LANE2;
}

static uint64_t two_halves(int32_t low, uint32_t high) {
    return (uint32_t)low | (uint64_t)high << 32;
}

static void lower_constant(struct lowering *l, const uint8_t *bytes) {
    uint64_t halves[2];
    memcpy(halves, bytes, sizeof halves);
    lower_push_const(l, CLASS_V128, halves[0]);
    lower_push_const(l, CLASS_V128, halves[1]);
}

static void lower_operator(struct lowering *l, const struct instr *instr) {
    const unsigned count = op_signatures()[instr->op].param_count;
    int16_t slots[MAX_OPERANDS] = {0};
    for (unsigned i = count; i-- > 0;)
        slots[i] = take_operand(l, i);
    const bool is_number = op_signatures()[instr->op].types[count] != TYPE_V128;
    const int16_t result = is_number ? lower_result_slot(l) : result_pair(l);
    const uint32_t at = lower_emit(l, operations[instr->op], result, slots[0], slots[1]);
    if (instr->op == OP_I8X16_SHUFFLE) {
        lower_emit_pointer(l, instr->bytes);
    } else if (count == MAX_OPERANDS || has_lane(instr->op)) {
        lower_emit_bits(l, two_halves(slots[2], (uint32_t)instr->value));
    }
    push_result(l, instr->op, at);
}

void lower_vector_select(struct lowering *l) {
    const int16_t condition = take_number(l, 0);
    const int16_t otherwise = take_narrow_vector(l, 1), then = take_narrow_vector(l, 0);
    const uint32_t at = lower_emit(l, RUN_SELECT_v, result_pair(l), then, otherwise);
    lower_emit_number(l, condition);
    push_vector(l, at);
}

/* ---- accesses ---- */

/* The second word: the offset, and of an access of one lane its number. */
static void emit_access(struct lowering *l, const struct instr *instr, bool has_vector) {
    const bool is_load = op_infos[instr->op].form == FORM_LOAD;
    const int16_t vector = has_vector ? take_narrow_vector(l, 1) : 0;
    uint32_t offset;
    const int16_t address = lower_open_access(l, instr, &offset);
    const uint32_t at = lower_emit(l, operations[instr->op], is_load ? result_pair(l) : 0, address, vector);
    lower_emit_bits(l, two_halves((int32_t)offset, instr->lane));
    if (is_load) push_vector(l, at);
    lower_close_access(l, instr);
}

void lower_vector(struct lowering *l, const struct instr *instr) {
    const struct op_info *info = &op_infos[instr->op];
    if (instr->op == OP_V128_CONST) {
        lower_constant(l, instr->bytes);
    } else if (info->form == FORM_LOAD || info->form == FORM_STORE) {
        emit_access(l, instr, strchr(info->signature, 'v') < strchr(info->signature, ':'));
    } else {
        lower_operator(l, instr);
    }
}

/* ---- variables ---- */

/* The vector on top goes to the slots from `slot` on: by the instruction that makes it, if that is the last. */
static bool redirect(struct lowering *l, int32_t slot) {
    const uint32_t height = l->height - 2;
    if (l->vector_at == NO_CODE || l->vector_at != l->last || !is_narrow_pair(slot)) return false;
    const bool is_top = l->stack[height].kind == VALUE_SLOT && l->stack[height + 1].kind == VALUE_SLOT;
    union word *word = &l->code[l->vector_at];
    if (!is_top || word->a != lower_height_slot(l, height)) return false;
    word->a = (int16_t)slot;
    lower_forget_slot(l, slot);
    lower_forget_slot(l, slot + 1);
    return true;
}

static void store_pair(struct lowering *l, int32_t slot) {
    const uint32_t height = l->height - 2;
    const int32_t from = find_pair(l, height);
    if (from == NO_SLOT || !is_narrow_pair(from) || !is_narrow_pair(slot)) {
        lower_store_entry(l, height, slot);
        lower_store_entry(l, height + 1, slot + 1);
        return;
    }
    lower_emit(l, RUN_COPY2, slot, from, from + 1);
    lower_forget_slot(l, slot);
    lower_forget_slot(l, slot + 1);
}

static bool is_local_on_top(const struct lowering *l, uint32_t local) {
    const struct value *low = &l->stack[l->height - 2], *high = &l->stack[l->height - 1];
    return low->kind == VALUE_LOCAL && low->local == local && high->kind == VALUE_LOCAL && high->local == local + 1;
}

static void set_local(struct lowering *l, uint32_t local) {
    lower_mark_set(l, local);
    lower_mark_set(l, local + 1);
    lower_forget_memory_of_local(l, local);
    lower_forget_memory_of_local(l, local + 1);
    if (!is_local_on_top(l, local)) {
        lower_settle_local(l, local);
        lower_settle_local(l, local + 1);
        const int32_t slot = lower_local_slot(l, local);
        if (!redirect(l, slot)) store_pair(l, slot);
    }
    drop_two(l);
}

static void get_local(struct lowering *l, uint32_t local) {
    lower_local_get(l, local);
    lower_local_get(l, local + 1);
}

void lower_vector_local(struct lowering *l, enum op op, uint32_t local) {
    if (op != OP_LOCAL_GET) set_local(l, local);
    if (op != OP_LOCAL_SET) get_local(l, local);
}

void lower_vector_global(struct lowering *l, const struct instr *instr) {
    const void *cell = l->instance->globals[instr->idx];
    if (instr->op == OP_GLOBAL_SET) {
        lower_emit(l, RUN_GLOBAL_SET_v, 0, take_narrow_vector(l, 0), 0);
        lower_emit_pointer(l, cell);
        return;
    }
    const uint32_t at = lower_emit(l, RUN_GLOBAL_GET_v, result_pair(l), 0, 0);
    lower_emit_pointer(l, cell);
    push_vector(l, at);
}

/* Of whatever type the value is. */
void lower_drop(struct lowering *l) {
    const bool is_vector = is_vector_at(l, l->height - 1);
    lower_take(l);
    if (is_vector) lower_take(l);
}
