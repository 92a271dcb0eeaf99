/* Lowering of blocks and branches. A label knows where values go that reach it: to the slots of the heights they have
 * behind the block (for a loop: at its start). A branch puts them there, if they are not there already, and jumps. */
#include "lower.h"

#include <string.h>

#include "../base/arena.h"

/* ---- labels and distances ---- */

struct label *lower_label_at(const struct lowering *l, uint32_t idx) {
    return &l->labels[l->depth - 1 - idx];
}

static bool is_function(const struct lowering *l, const struct label *label) {
    return label == l->labels;
}

static uint32_t arity_of(const struct label *label) {
    return label->op == OP_LOOP ? label->param_count : label->result_count;
}

static void grow_labels(struct lowering *l) {
    enum { FIRST_CAPACITY = 16 };
    const uint32_t capacity = l->label_capacity ? l->label_capacity * 2 : FIRST_CAPACITY;
    struct label *labels = arena_array(l->arena, struct label, capacity);
    if (l->depth) memcpy(labels, l->labels, l->depth * sizeof *labels);
    l->labels = labels;
    l->label_capacity = capacity;
}

/* The parameters are on the stack already. */
void lower_push_label(struct lowering *l, enum op op, struct functype type) {
    if (l->depth == l->label_capacity) grow_labels(l);
    l->labels[l->depth++] = (struct label){.op = op,
                                           .height = l->height - type.param_count,
                                           .param_count = type.param_count,
                                           .result_count = type.result_count,
                                           .params = type.params,
                                           .results = type.results,
                                           .detour_table = NO_CODE};
    if (l->depth > 1) l->labels[l->depth - 1].handler = l->labels[l->depth - 2].handler;
}

struct functype lower_block_type(struct lowering *l, struct block_type block) {
    if (block.type_idx != NO_TYPE) return l->interp->types[block.type_idx];
    if (!block.result) return (struct functype){.result_count = 0};
    valtype *const result = arena_new(l->arena, valtype);
    *result = block.result;
    const struct functype type = {.results = result, .result_count = 1};
    return interp_slot_type(l->arena, &type);
}

static void push_block(struct lowering *l, const struct instr *instr) {
    lower_push_label(l, instr->op, lower_block_type(l, instr->block));
}

void lower_set_distance(struct lowering *l, const struct fixup *fixup, uint32_t target) {
    l->code[fixup->word].half[fixup->half] = (int32_t)(target - fixup->origin);
}

/* The branch that `fixup` describes goes to the label. */
static void aim(struct lowering *l, struct label *label, struct fixup fixup) {
    lower_join_locals(l, label);
    if (label->op == OP_LOOP) {
        lower_set_distance(l, &fixup, label->start);
        return;
    }
    struct fixup *pending = arena_new(l->arena, struct fixup);
    *pending = fixup;
    pending->next = label->fixups;
    label->fixups = pending;
}

void lower_bind(struct lowering *l, const struct fixup *fixups) {
    for (const struct fixup *fixup = fixups; fixup; fixup = fixup->next)
        lower_set_distance(l, fixup, l->count);
}

static void emit_jump(struct lowering *l, struct label *label) {
    uint32_t at = l->last;
    if (at != NO_CODE && l->code[at].op == RUN_CONST32_SLOT) {
        const union word constant = l->code[at];
        l->code[at].op = RUN_BRANCH_CONST;
        lower_emit_number(l, constant.x);
    } else {
        at = lower_emit_x(l, RUN_BRANCH, 0, 0);
    }
    aim(l, label, (struct fixup){.word = at, .half = 1, .origin = at});
}

/* ---- values at branches ---- */

/* They are on top of the stack at the heights that the label wants them. */
static bool are_in_place(const struct label *label, uint32_t height) {
    const uint32_t count = arity_of(label);
    return count == 0 || height - count == label->height;
}

/* From the bottom up: no entry lies below the slot it goes to, so none is overwritten before it is read. */
static void move_values(struct lowering *l, const struct label *label) {
    const uint32_t count = arity_of(label);
    for (uint32_t i = 0; i < count; i++)
        lower_store_entry(l, l->height - count + i, lower_height_slot(l, label->height + i));
}

/* ---- return ---- */

static void emit_return_one(struct lowering *l, struct operand *value, int16_t to) {
    static const uint16_t from_accumulator[CLASS_COUNT] = {RUN_RETURN_INT, RUN_RETURN_F32, RUN_RETURN_F64, 0};
    const bool is_short = value->class == CLASS_F32 || (int64_t)value->bits == (int32_t)value->bits;
    if (value->place == IN_CONSTANT && is_short) {
        lower_emit_x(l, RUN_RETURN_CONST, to, (int32_t)value->bits);
        return;
    }
    if (value->place == IN_CONSTANT) lower_load_accumulator(l, value);
    if (value->place == IN_ACCUMULATOR) {
        lower_use_accumulator(l, value);
        lower_emit(l, from_accumulator[value->class], to, 0, 0);
    } else {
        lower_emit(l, RUN_RETURN_S, to, lower_narrow(l, value, 0), 0);
    }
}

static void emit_return_many(struct lowering *l, uint32_t height, uint32_t count) {
    lower_emit_x(l, RUN_RETURN_MANY, -(int32_t)l->type->param_count, lower_height_slot(l, height));
    lower_emit_bits(l, count);
}

/* The results are on top of the stack, which stays as it is. */
static void emit_return(struct lowering *l) {
    const uint32_t count = l->type->result_count;
    if (count == 0) {
        lower_emit(l, RUN_RETURN, 0, 0, 0);
    } else if (count == 1) {
        struct operand value = lower_locate(l, l->height - 1);
        emit_return_one(l, &value, (int16_t)-(int32_t)l->type->param_count);
    } else {
        move_values(l, l->labels);
        emit_return_many(l, 0, count);
    }
}

void lower_leave_reach(struct lowering *l) {
    l->is_unreachable = true;
    l->skipped = 0;
}

void lower_return(struct lowering *l) {
    emit_return(l);
    lower_leave_reach(l);
}

void lower_unreachable(struct lowering *l) {
    lower_emit(l, RUN_UNREACHABLE, 0, 0, 0);
    lower_leave_reach(l);
}

/* ---- branches ---- */

/* Moves the values and goes to the label. */
void lower_emit_way(struct lowering *l, struct label *label) {
    if (is_function(l, label)) {
        emit_return(l);
    } else {
        move_values(l, label);
        emit_jump(l, label);
    }
}

/* The same on one of two paths: what is known for the other path stays as it was. The values must then be where they
 * are said to be, for what was emitted here reads them there. */
static void emit_side_way(struct lowering *l, struct label *label) {
    int32_t held[CLASS_COUNT];
    memcpy(held, l->held, sizeof held);
    for (uint32_t height = l->height - arity_of(label); height < l->height; height++)
        l->stack[height].producer = NO_CODE;
    lower_emit_way(l, label);
    memcpy(l->held, held, sizeof held);
    l->last = NO_CODE;
}

void lower_br(struct lowering *l, uint32_t idx) {
    lower_emit_way(l, lower_label_at(l, idx));
    lower_leave_reach(l);
}

void lower_br_if(struct lowering *l, uint32_t idx) {
    struct label *label = lower_label_at(l, idx);
    struct fixup fixup;
    if (are_in_place(label, l->height - 1)) {
        lower_settle(l, l->height - 1 - arity_of(label), l->height - 1);
        lower_branch_on_top(l, true, &fixup);
        aim(l, label, fixup);
        return;
    }
    lower_branch_on_top(l, false, &fixup);
    emit_side_way(l, label);
    lower_set_distance(l, &fixup, l->count);
}

/* Tests the reference in the slot of this height. */
static struct fixup emit_null_branch(struct lowering *l, uint32_t height, bool if_null) {
    const struct operand reference = lower_locate(l, height);
    const unsigned operation = RUN_BRANCH_I64_EQZ + UNARY_S * 2 + (if_null ? BRANCH_IF : BRANCH_UNLESS);
    const uint32_t at = lower_emit_x(l, operation, lower_narrow(l, &reference, 0), 0);
    l->last = NO_CODE;
    return (struct fixup){.word = at, .half = 1, .origin = at};
}

/* Goes to the label, with what lies on top of the stack, if the reference at `height` is a null, or is none. */
static void branch_on_null(struct lowering *l, struct label *label, uint32_t height, bool if_null) {
    if (are_in_place(label, l->height)) {
        lower_settle(l, l->height - arity_of(label), l->height);
        aim(l, label, emit_null_branch(l, height, if_null));
        return;
    }
    const struct fixup fixup = emit_null_branch(l, height, !if_null);
    emit_side_way(l, label);
    lower_set_distance(l, &fixup, l->count);
}

/* The reference lies above what goes to the label. */
void lower_br_on_null(struct lowering *l, uint32_t idx) {
    const uint32_t height = l->height - 1;
    lower_settle(l, height, l->height);
    l->height = height;
    branch_on_null(l, lower_label_at(l, idx), height, true);
    l->height = height + 1;
}

void lower_br_on_non_null(struct lowering *l, uint32_t idx) {
    const uint32_t height = l->height - 1;
    lower_settle(l, height, l->height);
    branch_on_null(l, lower_label_at(l, idx), height, false);
    l->height = height;
    if (l->settled > height) l->settled = height;
}

/* ---- br_table ---- */

/* A target that wants its values moved is reached over a detour behind the table, one for each label. */
static void aim_entry(struct lowering *l, struct label *label, struct fixup fixup, struct label **detours) {
    if (!is_function(l, label) && are_in_place(label, l->height)) {
        aim(l, label, fixup);
        return;
    }
    if (label->detour_table != fixup.origin) {
        label->detour_table = fixup.origin;
        label->detour_fixups = NULL;
        label->next_detour = *detours;
        *detours = label;
    }
    struct fixup *pending = arena_new(l->arena, struct fixup);
    *pending = fixup;
    pending->next = label->detour_fixups;
    label->detour_fixups = pending;
}

static uint32_t emit_table(struct lowering *l, const struct operand *index, uint32_t count) {
    const bool is_held = index->place == IN_ACCUMULATOR;
    if (is_held) lower_use_accumulator(l, index);
    const int16_t slot = is_held ? 0 : lower_narrow(l, index, 0);
    const uint32_t at = lower_emit_x(l, is_held ? RUN_BRANCH_TABLE_A : RUN_BRANCH_TABLE_S, slot, (int32_t)count);
    for (uint32_t i = 0; i <= count; i += 2)
        lower_emit_bits(l, 0);
    return at;
}

void lower_br_table(struct lowering *l, struct instr *instr) {
    struct operand index = lower_take(l);
    if (index.place == IN_CONSTANT) lower_load_accumulator(l, &index);
    struct label *detours = NULL;
    uint32_t at = NO_CODE;
    for (uint32_t i = 0; i <= instr->label_count; i++) {
        struct label *label = lower_label_at(l, next_label(instr));
        if (i == 0) {
            lower_settle(l, l->height - arity_of(label), l->height); /* all labels take as many */
            at = emit_table(l, &index, instr->label_count);
        }
        aim_entry(l, label, (struct fixup){.word = at + 1 + i / 2, .half = i & 1, .origin = at}, &detours);
    }
    for (struct label *label = detours; label; label = label->next_detour) {
        lower_bind(l, label->detour_fixups);
        emit_side_way(l, label);
    }
    lower_leave_reach(l);
}

/* ---- blocks ---- */

void lower_block(struct lowering *l, const struct instr *instr) {
    lower_settle_locals(l, l->height);
    push_block(l, instr);
}

void lower_loop(struct lowering *l, const struct instr *instr) {
    push_block(l, instr);
    struct label *label = lower_label_at(l, 0);
    lower_settle_locals(l, label->height);
    lower_settle(l, label->height, l->height);
    lower_forget_all(l);
    label->start = l->count;
}

/* The condition is on top while what lies below it is settled, so that a comparison right before stays the last. */
void lower_if(struct lowering *l, const struct instr *instr) {
    const struct functype type = lower_block_type(l, instr->block);
    const uint32_t below = l->height - 1;
    lower_settle_locals(l, below);
    lower_settle(l, below - type.param_count, below);
    struct fixup fixup;
    lower_branch_on_top(l, false, &fixup);
    push_block(l, instr);
    struct label *label = lower_label_at(l, 0);
    label->to_else = arena_new(l->arena, struct fixup);
    *label->to_else = fixup;
    lower_keep_locals(l, label);
}

/* The stack as it is where paths meet: `types` in slots above the label's height. */
void lower_meet(struct lowering *l, const struct label *label, const valtype *types, uint32_t count) {
    lower_forget_all(l);
    l->height = label->height;
    if (l->settled > l->height) l->settled = l->height;
    for (uint32_t i = 0; i < count; i++)
        lower_push_stored(l, lower_class(types[i]));
    l->is_unreachable = false;
}

void lower_else(struct lowering *l) {
    struct label *label = lower_label_at(l, 0);
    if (!l->is_unreachable) {
        lower_settle(l, label->height, l->height);
        emit_jump(l, label);
    }
    lower_bind(l, label->to_else);
    label->to_else = NULL;
    label->op = OP_ELSE;
    lower_else_locals(l, label);
    lower_meet(l, label, label->params, label->param_count);
}

static void end_function(struct lowering *l, struct label *label) {
    if (label->fixups) {
        if (!l->is_unreachable) lower_settle(l, 0, l->height);
        lower_bind(l, label->fixups);
        lower_meet(l, label, label->results, label->result_count);
    }
    if (!l->is_unreachable) emit_return(l);
    l->depth = 0;
}

void lower_end(struct lowering *l) {
    struct label *label = lower_label_at(l, 0);
    if (is_function(l, label)) {
        end_function(l, label);
        return;
    }
    if (label->op == OP_TRY || label->op == OP_TRY_TABLE) lower_end_handlers(l, label, label[-1].handler);
    if (label->fixups || label->to_else) {
        if (!l->is_unreachable) lower_settle(l, label->height, l->height);
        lower_end_locals(l, label);
        lower_bind(l, label->fixups);
        lower_bind(l, label->to_else);
        lower_meet(l, label, label->results, label->result_count);
    }
    l->depth--;
}
