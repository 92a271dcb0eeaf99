/* Constant expressions (spec 3.4.12), evaluated where the instance is: initial values of globals and tables, elements,
 * offsets of segments.
 *
 * They were validated when the module was decoded, so operands are there and have the right types. Integer arithmetic
 * nests in operands, not in blocks, and each operand takes at least two bytes of the expression: that bounds the stack.
 */
#include <string.h>

#include "../wasm/body.h"
#include "live.h"

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
    default: w2c_trap_message(W2C_TRAP_LINK, "a constant expression has an operator that is not constant");
    }
}

static void evaluate(struct evaluation *e, struct body *body) {
    struct instr instr;
    for (body_next(body, &instr); instr.op != OP_END; body_next(body, &instr))
        evaluate_step(e, &instr);
}

union w2c_value live_constant(struct live_instance *instance, const struct constexpr *expression) {
    union w2c_value usual[USUAL_DEPTH];
    struct evaluation e = {.instance = instance, .stack = usual};
    const size_t depth = expression->code.size / 2 + 1;
    if (depth > USUAL_DEPTH) e.stack = arena_array(&instance->arena, union w2c_value, depth);
    jmp_buf catcher;
    struct diag_context diag = {.catcher = &catcher, .func_idx = DIAG_NO_FUNC};
    if (setjmp(catcher) != 0) w2c_trap_message(W2C_TRAP_LINK, diag.diag.message);
    struct body body;
    body_open_constexpr(&body, instance->live->module, &diag, expression);
    evaluate(&e, &body);
    return e.stack[0];
}
