/* From tail calls to statements.
 *
 * A function that calls itself in tail position starts again with other parameters: its parameters are set, as by
 * local.set from the last to the first, and control goes to the top, where the other locals are set up.
 *
 * Any other tail call is one in the C that is written (STMT_TAIL_CALL...) if the chain that it belongs to may be
 * endless, see wasm/tail_plan.c; else it is a call and a return.
 */
#include "builder.h"

static bool is_endless(const struct module *m, uint32_t func_idx) {
    return m->has_endless_tail_calls && m->has_endless_tail_calls[func_idx];
}

static void start_again(struct builder *b) {
    struct function *f = b->function;
    for (uint32_t i = f->type->param_count; i-- > 0;)
        build_local_set(b, i);
    flush(b, 0, MAY_TRAP);
    if (!f->starts_again) f->start_label = new_label(b);
    f->starts_again = true;
    put_jump(b, STMT_GOTO, f->start_label, NULL);
    b->is_unreachable = true;
}

static struct stmt *add_tail_call(struct builder *b, enum stmt_kind kind, const struct functype *type) {
    struct expr **args = pop_many(b, type->param_count);
    flush(b, 0, MAY_TRAP);
    struct stmt *stmt = add_stmt(b, kind);
    stmt->args = args;
    stmt->arg_count = type->param_count;
    stmt->dest = no_dest();
    b->is_unreachable = true;
    return stmt;
}

/* The function has returned before its callee begins, so handlers in it do not see what that one throws. Returns the
 * handler, to be put back. */
static uint32_t leave_handlers(struct builder *b) {
    struct frame *frame = &b->frames[b->depth - 1];
    const uint32_t handler = frame->handler;
    frame->handler = LABEL_CALLER;
    return handler;
}

static void call_and_return(struct builder *b, uint32_t func_idx, const struct instr *indirect) {
    const uint32_t handler = leave_handlers(b);
    if (indirect) {
        build_call_indirect(b, indirect);
    } else {
        build_call(b, func_idx);
    }
    b->frames[b->depth - 1].handler = handler;
    build_return(b);
}

void build_return_call(struct builder *b, uint32_t func_idx) {
    const struct module *m = b->module;
    const uint32_t own = b->function->func_idx;
    const bool may_go_on = func_idx < m->imported_func_count || is_endless(m, func_idx);
    if (func_idx == own) {
        start_again(b);
    } else if (is_endless(m, own) && may_go_on) {
        add_tail_call(b, STMT_TAIL_CALL, func_type(m, func_idx))->idx = func_idx;
    } else {
        call_and_return(b, func_idx, NULL);
    }
}

/* The operator that calls in the same way and comes back. */
static struct instr ordinary_call(const struct instr *instr) {
    struct instr call = *instr;
    call.op = instr->op == OP_RETURN_CALL_REF ? OP_CALL_REF : OP_CALL_INDIRECT;
    return call;
}

/* Before there is a plan, what is built is not used. */
void build_return_call_indirect(struct builder *b, const struct instr *instr) {
    const struct functype *type = &b->module->types[instr->idx].func;
    const struct instr call = ordinary_call(instr);
    if (!is_endless(b->module, b->function->func_idx)) {
        call_and_return(b, NO_FUNC, &call);
        return;
    }
    struct expr *index = pop(b);
    settle_before_lookup(b, type->param_count);
    struct stmt *stmt = add_tail_call(b, STMT_TAIL_CALL_INDIRECT, type);
    stmt->idx = call.idx;
    if (call.op == OP_CALL_REF) stmt->op = OP_CALL_REF;
    if (call.op == OP_CALL_INDIRECT) stmt->idx2 = call.idx2;
    stmt->index = index;
}

/* A function that is named right here is no secret. */
void build_return_call_ref(struct builder *b, const struct instr *instr) {
    const struct expr *callee = b->stack[b->height - 1].expr;
    if (callee->op != OP_REF_FUNC) {
        build_return_call_indirect(b, instr);
        return;
    }
    const uint32_t func_idx = callee->idx;
    drop_to(b, b->height - 1);
    build_return_call(b, func_idx);
}
