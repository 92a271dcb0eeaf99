/* Lowering of operators on memories and tables that are not plain. What differs is the width of operands: an operation
 * for 64-bit ones serves all such memories, so addresses that are i32 (of a memory with pages of one byte, or of the
 * plain one of two) are extended before; and a table, whose elements are never as many as 2^32, takes 32 bits of any
 * index.
 */
#include "lower.h"

static bool is_wide_table(const struct lowering *l, uint32_t idx) {
    return l->module->tables[idx].type.limits.is_64;
}

static bool is_plain(const struct lowering *l, uint32_t memory_idx) {
    return memory_kind(l->module, memory_idx) == MEMORY_PLAIN;
}

/* The operand at `height` is of 32 bits unless its memory's addresses are of 64. */
static void extend(struct lowering *l, uint32_t height, uint32_t memory_idx) {
    if (l->module->memories[memory_idx].type.limits.is_64) return;
    lower_emit_x(l, RUN_EXTEND, 0, lower_height_slot(l, height));
}

static void cut_index(struct lowering *l, uint32_t height, bool is_64) {
    if (is_64) lower_emit_x(l, RUN_TABLE_INDEX, 0, lower_height_slot(l, height));
}

/* ---- memories ---- */

/* A length that is of two memories fits in the shorter of their address types (spec 3.4.6). */
static unsigned memory_copy(struct lowering *l, const struct instr *instr, uint32_t first) {
    const bool is_shorter = !l->module->memories[instr->idx].type.limits.is_64;
    extend(l, first, instr->idx);
    extend(l, first + 1, instr->idx2);
    extend(l, first + 2, is_shorter ? instr->idx : instr->idx2);
    return RUN_MEMORY_COPY_64;
}

static unsigned memory_fill(struct lowering *l, const struct instr *instr, uint32_t first) {
    extend(l, first, instr->idx);
    extend(l, first + 2, instr->idx);
    return RUN_MEMORY_FILL_64;
}

static unsigned memory_operation(struct lowering *l, const struct instr *instr, uint32_t first, unsigned plain) {
    switch (instr->op) {
    case OP_MEMORY_SIZE: return is_plain(l, instr->idx) ? plain : RUN_MEMORY_SIZE_64;
    case OP_MEMORY_GROW:
        if (is_plain(l, instr->idx)) return plain;
        extend(l, first, instr->idx);
        return RUN_MEMORY_GROW_64;
    case OP_MEMORY_FILL: return is_plain(l, instr->idx) ? plain : memory_fill(l, instr, first);
    case OP_MEMORY_COPY:
        return is_plain(l, instr->idx) && is_plain(l, instr->idx2) ? plain : memory_copy(l, instr, first);
    case OP_MEMORY_INIT:
        if (is_plain(l, instr->idx2)) return plain;
        extend(l, first, instr->idx2);
        return RUN_MEMORY_INIT_64;
    default: return plain;
    }
}

/* ---- tables ---- */

static void cut_copied_indices(struct lowering *l, const struct instr *instr, uint32_t first) {
    const bool to = is_wide_table(l, instr->idx), from = is_wide_table(l, instr->idx2);
    cut_index(l, first, to);
    cut_index(l, first + 1, from);
    cut_index(l, first + 2, to && from);
}

unsigned lower_operation_64(struct lowering *l, const struct instr *instr, uint32_t first, unsigned plain) {
    switch (instr->op) {
    case OP_TABLE_GET:
    case OP_TABLE_SET: cut_index(l, first, is_wide_table(l, instr->idx)); return plain;
    case OP_TABLE_FILL:
        cut_index(l, first, is_wide_table(l, instr->idx));
        cut_index(l, first + 2, is_wide_table(l, instr->idx));
        return plain;
    case OP_TABLE_COPY: cut_copied_indices(l, instr, first); return plain;
    case OP_TABLE_INIT: cut_index(l, first, is_wide_table(l, instr->idx2)); return plain;
    case OP_TABLE_GROW: return is_wide_table(l, instr->idx) ? RUN_TABLE_GROW_64 : plain;
    default: return memory_operation(l, instr, first, plain);
    }
}

/* In the slot of its height, which is nobody else's: it may have been a local's. */
void lower_table_index(struct lowering *l) {
    const uint32_t height = l->height - 1;
    lower_settle(l, height, l->height);
    lower_emit_x(l, RUN_TABLE_INDEX, 0, lower_height_slot(l, height));
    lower_forget_all(l);
    l->height = height;
    if (l->settled > height) l->settled = height;
    lower_push_stored(l, CLASS_INT);
}

/* ---- wide arithmetic ---- */

void lower_wide(struct lowering *l, enum op op) {
    static const uint16_t operations[OP_COUNT] = {[OP_I64_ADD128] = RUN_I64_ADD128,
                                                  [OP_I64_SUB128] = RUN_I64_SUB128,
                                                  [OP_I64_MUL_WIDE_S] = RUN_I64_MUL_WIDE_S,
                                                  [OP_I64_MUL_WIDE_U] = RUN_I64_MUL_WIDE_U};
    const uint32_t first = l->height - op_signatures()[op].param_count;
    lower_settle(l, first, l->height);
    lower_emit_x(l, operations[op], 0, lower_height_slot(l, first));
    l->height = first;
    if (l->settled > first) l->settled = first;
    lower_push_stored(l, CLASS_INT);
    lower_push_stored(l, CLASS_INT);
    lower_forget_all(l);
}
