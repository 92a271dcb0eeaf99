/* Lowering of operators on objects and on what references are. Operands go to the slots of their heights, where the
 * collector finds the references among them, and the result takes the place of the first. What depends on types alone
 * is in words of the code:
 *
 *     a field        offset and storage, see struct field_word in run_gc.h
 *     a type         its record, which the process has one of
 *     a test         kind of question, whether null is of the type, the record
 */
#include "lower.h"
#include "run_gc.h"

/* ---- operands and results ---- */

static bool is_wide(valtype type) {
    return type_code(type) == TYPE_V128;
}

static uint32_t slots_of(valtype type) {
    return is_wide(type) ? 2 : 1;
}

/* The instruction, whose operands are the topmost `slots` entries. */
static void begin(struct lowering *l, unsigned operation, uint32_t slots) {
    const uint32_t first = l->height - slots;
    lower_settle(l, first, l->height);
    lower_emit_x(l, operation, 0, lower_height_slot(l, first));
    l->height = first;
    if (l->settled > first) l->settled = first;
}

/* After all words: `type` is 0 if there is no result. */
static void end(struct lowering *l, valtype type) {
    for (uint32_t i = 0; type && i < slots_of(type); i++)
        lower_push_stored(l, lower_class(type));
    lower_forget_all(l);
}

static valtype value_type(valtype storage) {
    return storage == TYPE_I8 || storage == TYPE_I16 ? (valtype)TYPE_I32 : storage;
}

static const struct type *type_at(const struct lowering *l, uint32_t type_idx) {
    return &l->module->types[type_idx];
}

static void emit_record(struct lowering *l, uint32_t type_idx) {
    lower_emit_pointer(l, l->instance->live->type_records[type_idx]);
}

static void emit_field(struct lowering *l, uint32_t offset, valtype storage, bool is_signed) {
    const union field_word word = {.field = {.offset = offset,
                                             .bytes = (uint8_t)type_bytes(storage),
                                             .is_signed = is_signed,
                                             .slots = (uint8_t)slots_of(storage)}};
    lower_emit_bits(l, word.bits);
}

static valtype new_type(const struct instr *instr) {
    return type_ref_defined(instr->idx, false);
}

/* ---- structures ---- */

static void lower_struct(struct lowering *l, const struct instr *instr) {
    const struct type *type = type_at(l, instr->idx);
    if (instr->op == OP_STRUCT_NEW || instr->op == OP_STRUCT_NEW_DEFAULT) {
        const uint32_t count = instr->op == OP_STRUCT_NEW ? type->field_count : 0;
        uint32_t slots = 0;
        for (uint32_t i = 0; i < count; i++)
            slots += slots_of(type->fields[i].type);
        begin(l, RUN_STRUCT_NEW, slots);
        emit_record(l, instr->idx);
        lower_emit_bits(l, count);
        for (uint32_t i = 0; i < count; i++)
            emit_field(l, type->offsets[i], type->fields[i].type, false);
        end(l, new_type(instr));
        return;
    }
    const valtype storage = type->fields[instr->idx2].type;
    const bool is_set = instr->op == OP_STRUCT_SET;
    begin(l, is_set ? RUN_STRUCT_SET : RUN_STRUCT_GET, is_set ? 1 + slots_of(storage) : 1);
    emit_field(l, type->offsets[instr->idx2], storage, instr->op == OP_STRUCT_GET_S);
    end(l, is_set ? 0 : value_type(storage));
}

/* ---- arrays ---- */

static void lower_array_access(struct lowering *l, const struct instr *instr) {
    const struct type *type = type_at(l, instr->idx);
    const valtype storage = type->fields[0].type;
    const uint32_t slots = slots_of(storage);
    switch (instr->op) {
    case OP_ARRAY_SET: begin(l, RUN_ARRAY_SET, 2 + slots); break;
    case OP_ARRAY_FILL: begin(l, RUN_ARRAY_FILL, 3 + slots); break;
    default: begin(l, RUN_ARRAY_GET, 2); break;
    }
    emit_field(l, type->offsets[0], storage, instr->op == OP_ARRAY_GET_S);
    end(l, instr->op == OP_ARRAY_SET || instr->op == OP_ARRAY_FILL ? 0 : value_type(storage));
}

static void lower_array_new(struct lowering *l, const struct instr *instr) {
    const struct type *type = type_at(l, instr->idx);
    const valtype storage = type->fields[0].type;
    const uint32_t slots = slots_of(storage);
    const uint32_t fixed = instr->op == OP_ARRAY_NEW_FIXED ? instr->idx2 : 0;
    switch (instr->op) {
    case OP_ARRAY_NEW: begin(l, RUN_ARRAY_NEW, slots + 1); break;
    case OP_ARRAY_NEW_FIXED: begin(l, RUN_ARRAY_NEW_FIXED, fixed * slots); break;
    default: begin(l, RUN_ARRAY_NEW_DEFAULT, 1); break;
    }
    emit_record(l, instr->idx);
    emit_field(l, type->offsets[0], storage, false);
    lower_emit_bits(l, fixed);
    end(l, new_type(instr));
}

/* The segment instead of a field. */
static void lower_array_segment(struct lowering *l, const struct instr *instr) {
    const bool is_data = instr->op == OP_ARRAY_NEW_DATA || instr->op == OP_ARRAY_INIT_DATA;
    const bool is_new = instr->op == OP_ARRAY_NEW_DATA || instr->op == OP_ARRAY_NEW_ELEM;
    static const uint16_t operations[2][2] = {{RUN_ARRAY_INIT_ELEM, RUN_ARRAY_NEW_ELEM},
                                              {RUN_ARRAY_INIT_DATA, RUN_ARRAY_NEW_DATA}};
    begin(l, operations[is_data][is_new], is_new ? 2 : 4);
    emit_record(l, instr->idx);
    if (is_data) {
        lower_emit_pointer(l, &l->instance->datas[instr->idx2]);
    } else {
        lower_emit_pointer(l, &l->instance->elements[instr->idx2]);
    }
    end(l, is_new ? new_type(instr) : 0);
}

static void lower_array(struct lowering *l, const struct instr *instr) {
    switch (instr->op) {
    case OP_ARRAY_NEW:
    case OP_ARRAY_NEW_DEFAULT:
    case OP_ARRAY_NEW_FIXED: lower_array_new(l, instr); break;
    case OP_ARRAY_NEW_DATA:
    case OP_ARRAY_NEW_ELEM:
    case OP_ARRAY_INIT_DATA:
    case OP_ARRAY_INIT_ELEM: lower_array_segment(l, instr); break;
    case OP_ARRAY_LEN:
        begin(l, RUN_ARRAY_LEN, 1);
        end(l, TYPE_I32);
        break;
    case OP_ARRAY_COPY:
        begin(l, RUN_ARRAY_COPY, 5);
        end(l, 0);
        break;
    default: lower_array_access(l, instr); break;
    }
}

/* ---- what a reference is ---- */

static enum test_kind test_kind_of(const struct lowering *l, valtype target) {
    switch (type_code(target)) {
    case TYPE_EQ: return TEST_EQ;
    case TYPE_I31: return TEST_I31;
    case TYPE_STRUCT: return TEST_STRUCT;
    case TYPE_ARRAY: return TEST_ARRAY;
    case TYPE_DEFINED: break;
    default: return type_test(l->module, TYPE_BOTTOM, target) == TYPE_YES ? TEST_ALL : TEST_NONE;
    }
    return type_at(l, type_idx_of(target))->composite == COMPOSITE_FUNC ? TEST_FUNC : TEST_OBJECT;
}

/* A cast leaves the reference where it is. */
static void emit_test(struct lowering *l, unsigned operation, valtype target) {
    begin(l, operation, 1);
    const union test_word word = {
        .test = {.kind = (uint8_t)test_kind_of(l, target), .takes_null = type_is_nullable(target)}};
    lower_emit_bits(l, word.bits);
    if (type_code(target) == TYPE_DEFINED) {
        emit_record(l, type_idx_of(target));
    } else {
        lower_emit_pointer(l, NULL);
    }
    end(l, operation == RUN_REF_TEST ? (valtype)TYPE_I32 : target);
}

/* A test of a copy, and a branch on its answer. */
static void lower_cast_branch(struct lowering *l, const struct instr *instr) {
    const uint32_t top = l->height - 1;
    lower_settle(l, top, l->height);
    lower_store_entry(l, top, lower_height_slot(l, l->height));
    lower_push_stored(l, CLASS_INT);
    emit_test(l, RUN_REF_TEST, instr->type);
    if (instr->op == OP_BR_ON_CAST_FAIL) lower_value_operator(l, OP_I32_EQZ);
    lower_br_if(l, instr->idx);
}

static void lower_i31(struct lowering *l, const struct instr *instr) {
    if (instr->op == OP_REF_I31) {
        begin(l, RUN_REF_I31, 1);
        end(l, type_ref(TYPE_I31, false));
    } else {
        begin(l, instr->op == OP_I31_GET_S ? RUN_I31_GET_S : RUN_I31_GET_U, 1);
        end(l, TYPE_I32);
    }
}

void lower_heap_operator(struct lowering *l, const struct instr *instr) {
    switch (instr->op) {
    case OP_REF_TEST:
    case OP_REF_TEST_NULL: emit_test(l, RUN_REF_TEST, instr->type); break;
    case OP_REF_CAST:
    case OP_REF_CAST_NULL: emit_test(l, RUN_REF_CAST, instr->type); break;
    case OP_BR_ON_CAST:
    case OP_BR_ON_CAST_FAIL: lower_cast_branch(l, instr); break;
    case OP_ANY_CONVERT_EXTERN:
    case OP_EXTERN_CONVERT_ANY: break; /* the same pointer */
    case OP_REF_I31:
    case OP_I31_GET_S:
    case OP_I31_GET_U: lower_i31(l, instr); break;
    default:
        if (instr->op <= OP_STRUCT_SET) {
            lower_struct(l, instr);
        } else {
            lower_array(l, instr);
        }
    }
}
