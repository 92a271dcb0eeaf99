/* Operators on references of any type: the tests for null, as values and as branches.
 *
 * A branch on null looks at a reference that is used again where it is not taken, and trees are used once: so the
 * reference is put into its slot, and what follows reads that.
 */
#include "builder.h"

static struct expr *null_test(struct builder *b, uint32_t height) {
    struct expr *expr = make_expr(b, OP_REF_IS_NULL, CTYPE_I32);
    add_operand(expr, 0, make_slot(b, CTYPE_REF, height));
    return expr;
}

/* A function that is named right here is no secret. */
void build_call_ref(struct builder *b, const struct instr *instr) {
    const struct expr *callee = b->stack[b->height - 1].expr;
    if (callee->op == OP_REF_FUNC) {
        const uint32_t func_idx = callee->idx;
        drop_to(b, b->height - 1);
        build_call(b, func_idx);
    } else {
        build_call_indirect(b, instr);
    }
}

/* What validation knows not to be null is not asked. */
void build_ref_as_non_null(struct builder *b, const struct instr *instr) {
    if (!type_is_nullable(instr->source)) return;
    struct expr *expr = make_expr(b, OP_REF_AS_NON_NULL, CTYPE_REF);
    add_operand(expr, 0, pop(b));
    flush(b, variable_set_of_slot(CTYPE_REF, b->height), MAY_TRAP);
    struct stmt *stmt = add_stmt(b, STMT_SET);
    stmt->op = OP_REF_AS_NON_NULL;
    stmt->dest = slot_dest(b, CTYPE_REF, b->height);
    set_arg(b, stmt, expr);
    push(b, make_slot(b, CTYPE_REF, b->height));
}

void build_br_on_null(struct builder *b, const struct instr *instr) {
    settle(b, b->height - 1);
    struct expr *reference = pop(b);
    const uint32_t height = b->height;
    build_branch_when(b, instr->idx, null_test(b, height));
    push(b, reference);
}

/* The reference is the last of the values that the branch takes with it. */
void build_br_on_non_null(struct builder *b, const struct instr *instr) {
    settle(b, b->height - 1);
    struct expr *is_not_null = make_expr(b, OP_I32_EQZ, CTYPE_I32);
    add_operand(is_not_null, 0, null_test(b, b->height - 1));
    build_branch_when(b, instr->idx, is_not_null);
    drop_to(b, b->height - 1);
}
