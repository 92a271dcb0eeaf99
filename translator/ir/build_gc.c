/* Operators on objects and on what references are.
 *
 * Whatever reads or changes an object is a statement of its own, in the order of the code, so nothing that is pending
 * can see an object change. Types of objects never change, so tests of them are expressions. A cast is a
 * statement that traps, and leaves its operand on the stack as it is.
 *
 * The reference that an operator looks behind is put into a variable first: it is written more than once in some C.
 */
#include "builder.h"

static bool is_variable(const struct expr *expr) {
    return expr->op == EXPR_SLOT || expr->op == OP_LOCAL_GET;
}

static struct expr *copy_variable(struct builder *b, const struct expr *variable) {
    struct expr *copy = make_expr(b, variable->op, (enum ctype)variable->type);
    *copy = *variable;
    return copy;
}

/* What may trap among the operands is evaluated before the operator checks the reference, which lies under them. */
static void settle_operands(struct builder *b, uint32_t count) {
    const uint32_t first = b->height - count;
    for (uint32_t i = first; i < b->height; i++) {
        const struct expr *expr = b->stack[i].expr;
        const bool is_object = i == first && expr->type == CTYPE_REF && !is_variable(expr);
        if (is_object || expr->effects & MAY_TRAP) settle(b, i);
    }
}

/* A statement with `count` operands; `result` is the type of the value it leaves, or 0. */
static struct stmt *add_heap_stmt(struct builder *b, const struct instr *instr, uint32_t count, valtype result) {
    settle_operands(b, count);
    struct expr **args = pop_many(b, count);
    const uint64_t written = result ? variable_set_of_slot(ctype_of(result), b->height) : 0;
    flush(b, written, MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_RUNTIME);
    stmt->op = (uint16_t)instr->op;
    stmt->idx = instr->idx;
    stmt->idx2 = instr->idx2;
    stmt->source = instr->source;
    stmt->args = args;
    stmt->arg_count = count;
    stmt->dest = no_dest();
    if (!result) return stmt;
    stmt->dest = slot_dest(b, ctype_of(result), b->height);
    push_slot(b, result);
    return stmt;
}

static valtype new_type(const struct instr *instr) {
    return type_ref_defined(instr->idx, false);
}

static valtype value_type(const struct field *field) {
    return field->type == TYPE_I8 || field->type == TYPE_I16 ? (valtype)TYPE_I32 : field->type;
}

/* ---- what a reference is ---- */

/* True if no test is needed. */
static bool is_known(const struct builder *b, const struct instr *instr, bool *is_of_type) {
    const enum type_answer answer = type_test(b->module, instr->source, instr->type);
    const bool may_be_null = !instr->source || type_is_nullable(instr->source);
    *is_of_type = answer == TYPE_YES;
    return answer != TYPE_UNKNOWN && (!may_be_null || *is_of_type == type_is_nullable(instr->type));
}

static struct expr *make_test(struct builder *b, const struct instr *instr, const struct expr *variable) {
    bool is_of_type;
    if (is_known(b, instr, &is_of_type)) {
        struct expr *known = make_expr(b, OP_I32_CONST, CTYPE_I32);
        known->value = is_of_type;
        return known;
    }
    struct expr *test = make_expr(b, OP_REF_TEST, CTYPE_I32);
    test->value = instr->type | (uint64_t)instr->source << 32;
    add_operand(test, 0, copy_variable(b, variable));
    return test;
}

static const struct expr *settle_variable(struct builder *b) {
    const uint32_t top = b->height - 1;
    if (!is_variable(b->stack[top].expr)) settle(b, top);
    return b->stack[top].expr;
}

static void build_test(struct builder *b, const struct instr *instr) {
    settle_variable(b);
    push(b, make_test(b, instr, pop(b)));
}

static void build_cast(struct builder *b, const struct instr *instr) {
    bool is_of_type;
    if (is_known(b, instr, &is_of_type) && is_of_type) return;
    const struct expr *variable = settle_variable(b);
    flush(b, 0, MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_RUNTIME);
    stmt->op = OP_REF_CAST;
    stmt->dest = no_dest();
    set_arg(b, stmt, make_test(b, instr, variable));
}

/* The reference stays where it is, whether the branch is taken or not. */
static void build_cast_branch(struct builder *b, const struct instr *instr) {
    settle(b, b->height - 1);
    struct expr *condition = make_test(b, instr, b->stack[b->height - 1].expr);
    if (instr->op == OP_BR_ON_CAST_FAIL) {
        struct expr *negation = make_expr(b, OP_I32_EQZ, CTYPE_I32);
        add_operand(negation, 0, condition);
        condition = negation;
    }
    build_branch_when(b, instr->idx, condition);
}

/* ---- i31 ---- */

static void build_i31(struct builder *b, const struct instr *instr) {
    if (instr->op != OP_REF_I31 && type_is_nullable(instr->source)) {
        add_heap_stmt(b, instr, 1, TYPE_I32);
        return;
    }
    struct expr *expr = make_expr(b, instr->op, instr->op == OP_REF_I31 ? CTYPE_REF : CTYPE_I32);
    add_operand(expr, 0, pop(b));
    push(b, expr);
}

/* ---- objects ---- */

static void build_struct(struct builder *b, const struct instr *instr) {
    const struct type *type = &b->module->types[instr->idx];
    switch (instr->op) {
    case OP_STRUCT_NEW: add_heap_stmt(b, instr, type->field_count, new_type(instr)); break;
    case OP_STRUCT_NEW_DEFAULT: add_heap_stmt(b, instr, 0, new_type(instr)); break;
    case OP_STRUCT_SET: add_heap_stmt(b, instr, 2, 0); break;
    default: add_heap_stmt(b, instr, 1, value_type(&type->fields[instr->idx2])); break;
    }
}

static void build_array(struct builder *b, const struct instr *instr) {
    switch (instr->op) {
    case OP_ARRAY_NEW_DEFAULT: add_heap_stmt(b, instr, 1, new_type(instr)); break;
    case OP_ARRAY_NEW:
    case OP_ARRAY_NEW_DATA:
    case OP_ARRAY_NEW_ELEM: add_heap_stmt(b, instr, 2, new_type(instr)); break;
    case OP_ARRAY_NEW_FIXED: add_heap_stmt(b, instr, instr->idx2, new_type(instr)); break;
    case OP_ARRAY_GET:
    case OP_ARRAY_GET_S:
    case OP_ARRAY_GET_U: add_heap_stmt(b, instr, 2, value_type(b->module->types[instr->idx].fields)); break;
    case OP_ARRAY_SET: add_heap_stmt(b, instr, 3, 0); break;
    case OP_ARRAY_LEN: add_heap_stmt(b, instr, 1, TYPE_I32); break;
    case OP_ARRAY_COPY:
        /* The source is looked behind as well. */
        if (!is_variable(b->stack[b->height - 3].expr)) settle(b, b->height - 3);
        add_heap_stmt(b, instr, 5, 0);
        break;
    default: add_heap_stmt(b, instr, 4, 0); break; /* array.fill, array.init_... */
    }
}

void build_heap_operator(struct builder *b, const struct instr *instr) {
    b->function->uses_heap = true;
    switch (instr->op) {
    case OP_REF_TEST:
    case OP_REF_TEST_NULL: build_test(b, instr); break;
    case OP_REF_CAST:
    case OP_REF_CAST_NULL: build_cast(b, instr); break;
    case OP_BR_ON_CAST:
    case OP_BR_ON_CAST_FAIL: build_cast_branch(b, instr); break;
    case OP_ANY_CONVERT_EXTERN:
    case OP_EXTERN_CONVERT_ANY: break; /* the same pointer */
    case OP_REF_I31:
    case OP_I31_GET_S:
    case OP_I31_GET_U: build_i31(b, instr); break;
    default:
        if (instr->op <= OP_STRUCT_SET) {
            build_struct(b, instr);
        } else {
            build_array(b, instr);
        }
    }
}
