/* Constant expressions (spec 3.4.12), evaluated where the instance is: initial values of globals and tables, elements,
 * offsets of segments.
 *
 * They were validated when the module was decoded, so operands are there and have the right types. Integer arithmetic
 * nests in operands, not in blocks, and each operand takes at least two bytes of the expression: that bounds the stack.
 */
#include <string.h>

#include "../wasm/body.h"
#include "live.h"
#include "w2c/ops_gc.h"

enum { USUAL_DEPTH = 16 };

struct evaluation {
    struct live_instance *instance;
    union w2c_value *stack;
    size_t height;
};

size_t live_cell_bytes(valtype type) {
    switch (type_code(type)) {
    case TYPE_I32:
    case TYPE_F32: return 4;
    case TYPE_I64:
    case TYPE_F64: return 8;
    case TYPE_V128: return 16;
    default: return sizeof(const void *);
    }
}

static void push_value(struct evaluation *e, union w2c_value value) {
    e->stack[e->height++] = value;
}

static void push_bytes(struct evaluation *e, const void *bytes, size_t size) {
    union w2c_value value = {0};
    memcpy(&value, bytes, size);
    push_value(e, value);
}

static void push_bits(struct evaluation *e, uint64_t bits, size_t size) {
    push_bytes(e, &bits, size); /* little-endian, as config.h demands */
}

static void push_global(struct evaluation *e, uint32_t global_idx) {
    union w2c_value value = {0};
    const valtype type = e->instance->live->module->globals[global_idx].type.type;
    memcpy(&value, e->instance->globals[global_idx], live_cell_bytes(type));
    push_value(e, value);
}

static uint64_t combine(enum op op, uint64_t a, uint64_t b) {
    switch (op) {
    case OP_I32_ADD:
    case OP_I64_ADD: return a + b;
    case OP_I32_SUB:
    case OP_I64_SUB: return a - b;
    default: return a * b;
    }
}

/* In 64 bits, of which an i32 keeps the lower half: that of a sum, difference or product is the same. */
static void push_combined(struct evaluation *e, enum op op, size_t size) {
    const union w2c_value b = e->stack[--e->height];
    const union w2c_value a = e->stack[--e->height];
    push_bits(e, combine(op, a.i64, b.i64), size);
}

/* ---- objects ---- */

static const struct w2c_type *record_of(const struct evaluation *e, const struct instr *instr) {
    return e->instance->live->type_records[instr->idx];
}

/* The machine is little-endian: a packed field takes the first bytes of a value. */
static void put_field(const void *object, uint32_t offset, valtype storage, const union w2c_value *value) {
    memcpy((uint8_t *)(uintptr_t)object + offset, value, type_bytes(storage));
}

/* Operands stay on the stack, where a collection sees them, until the object is made. */
static void push_object(struct evaluation *e, const void *object, uint32_t operands) {
    e->height -= operands;
    push_value(e, (union w2c_value){.ref = object});
}

static void push_struct(struct evaluation *e, const struct instr *instr) {
    const struct type *type = &e->instance->live->module->types[instr->idx];
    const uint32_t count = instr->op == OP_STRUCT_NEW ? type->field_count : 0;
    const void *object = w2c_heap_new(record_of(e, instr), type->object_bytes);
    for (uint32_t i = 0; i < count; i++)
        put_field(object, type->offsets[i], type->fields[i].type, &e->stack[e->height - count + i]);
    push_object(e, object, count);
}

static void push_array(struct evaluation *e, const struct instr *instr, uint32_t length, uint32_t operands,
                       uint32_t values) {
    const struct type *type = &e->instance->live->module->types[instr->idx];
    const void *array = w2c_array_new(record_of(e, instr), length);
    const union w2c_value *first = &e->stack[e->height - operands];
    for (uint32_t i = 0; values && i < length; i++)
        put_field(array, type->offsets[0] + i * type->element_bytes, type->fields[0].type, &first[i % values]);
    push_object(e, array, operands);
}

static void evaluate_object(struct evaluation *e, const struct instr *instr) {
    const union w2c_value *top = &e->stack[e->height - 1];
    switch (instr->op) {
    case OP_STRUCT_NEW:
    case OP_STRUCT_NEW_DEFAULT: push_struct(e, instr); break;
    case OP_ARRAY_NEW: push_array(e, instr, top->i32, 2, 1); break;
    case OP_ARRAY_NEW_DEFAULT: push_array(e, instr, top->i32, 1, 0); break;
    case OP_ARRAY_NEW_FIXED: push_array(e, instr, instr->idx2, instr->idx2, instr->idx2); break;
    case OP_REF_I31: push_object(e, ref_i31(top->i32), 1); break;
    case OP_ANY_CONVERT_EXTERN:
    case OP_EXTERN_CONVERT_ANY: break;
    default: w2c_trap_message(W2C_TRAP_LINK, "a constant expression has an operator that is not constant");
    }
}

static void evaluate_step(struct evaluation *e, const struct instr *instr) {
    switch (instr->op) {
    case OP_I32_CONST:
    case OP_F32_CONST: push_bits(e, instr->value, 4); break;
    case OP_I64_CONST:
    case OP_F64_CONST: push_bits(e, instr->value, 8); break;
    case OP_V128_CONST: push_bytes(e, instr->bytes, 16); break;
    case OP_REF_NULL: push_value(e, (union w2c_value){.ref = NULL}); break;
    case OP_REF_FUNC: push_value(e, (union w2c_value){.ref = e->instance->funcs[instr->idx]}); break;
    case OP_GLOBAL_GET: push_global(e, instr->idx); break;
    case OP_I32_ADD:
    case OP_I32_SUB:
    case OP_I32_MUL: push_combined(e, instr->op, 4); break;
    case OP_I64_ADD:
    case OP_I64_SUB:
    case OP_I64_MUL: push_combined(e, instr->op, 8); break;
    default: evaluate_object(e, instr); break;
    }
}

static void evaluate(struct evaluation *e, struct body *body) {
    struct instr instr;
    for (body_next(body, &instr); instr.op != OP_END; body_next(body, &instr))
        evaluate_step(e, &instr);
}

/* Also after a trap on the way. */
void live_forget_constant(struct live_instance *instance) {
    if (instance->constant_stack) w2c_heap_root_remove(instance->constant_stack);
    instance->constant_stack = NULL;
}

union w2c_value live_constant(struct live_instance *instance, const struct constexpr *expression) {
    union w2c_value usual[USUAL_DEPTH];
    struct evaluation e = {.instance = instance, .stack = usual};
    const size_t depth = expression->code.size / 2 + 1;
    if (depth > USUAL_DEPTH) {
        e.stack = arena_array(&instance->arena, union w2c_value, depth);
        w2c_heap_root_add(e.stack, depth * sizeof *e.stack);
        instance->constant_stack = e.stack;
    }
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) w2c_trap_message(W2C_TRAP_LINK, diag.diag.message);
    struct body body;
    body_open_constexpr(&body, instance->live->module, &diag, expression);
    evaluate(&e, &body);
    live_forget_constant(instance);
    return e.stack[0];
}
