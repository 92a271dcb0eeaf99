/* Exceptions in structured code, as labels and jumps.
 *
 * Whoever may throw says where an exception goes: to the label of the innermost handler around, or to the caller. So a
 * frame knows its `handler`, inherited from the frame around it unless it is a try whose body is open. At the label,
 * the stack is what it was when the try began: entries below are settled, and locals are C variables, which hold
 * what the body has left in them.
 *
 *     try_table (catch $t $l) (catch_all $m)              try
 *       BODY                                                BODY
 *     end                                                 catch $t
 *                                                           HANDLER
 *                                                         end
 *         BODY, goto B3 where it throws                       BODY, goto B3 where it throws
 *         goto B4                                             goto B4
 *       B3: if the tag is $t { values; goto $l }            B3: if the tag is not $t goto B5; values
 *         goto $m                                             HANDLER
 *       B4:                                                   goto B4
 *                                                           B5: on to the handler around, or to the caller
 *                                                           B4:
 *
 * If nothing in a body can throw, its handlers are unreachable and nothing of them is written.
 */
#include "builder.h"

void set_throw_label(struct builder *b, struct stmt *stmt) {
    stmt->may_throw = true;
    stmt->throw_label = b->frames[b->depth - 1].handler;
    if (stmt->throw_label != LABEL_CALLER) b->function->label_used[stmt->throw_label] = true;
    b->function->has_throws = true;
}

/* ---- throwing ---- */

static void use_caught(struct builder *b, struct stmt *stmt, const struct frame *frame) {
    stmt->idx = frame->caught;
    b->function->caught_used[frame->caught] = true;
}

static const struct functype *tag_type(const struct builder *b, uint32_t tag) {
    return &b->module->types[b->module->tags[tag].type_idx].func;
}

/* Loads that wait on the stack may trap, and come first; those among the values before anything is pending. */
void build_throw(struct builder *b, const struct instr *instr) {
    uint32_t count = instr->op == OP_THROW_REF;
    if (instr->op == OP_THROW) count = tag_type(b, instr->idx)->param_count;
    for (uint32_t i = b->height - count; i < b->height; i++) {
        if (b->stack[i].expr->effects & MAY_TRAP) settle(b, i);
    }
    struct expr **args = pop_many(b, count);
    flush(b, 0, MAY_TRAP);
    static const enum stmt_kind kinds[] = {STMT_THROW, STMT_THROW_REF, STMT_RETHROW};
    const unsigned which = instr->op == OP_THROW ? 0 : instr->op == OP_THROW_REF ? 1 : 2;
    struct stmt *stmt = add_stmt(b, kinds[which]);
    stmt->idx = instr->idx;
    stmt->args = args;
    stmt->arg_count = count;
    if (instr->op == OP_RETHROW) use_caught(b, stmt, frame_at(b, instr->idx));
    set_throw_label(b, stmt);
    b->is_unreachable = true;
}

/* ---- opening ---- */

void build_try(struct builder *b, const struct instr *instr) {
    build_block(b, instr);
    struct frame *frame = &b->frames[b->depth - 1];
    frame->own_handler = frame->handler = new_label(b);
    if (instr->op == OP_TRY) return;
    struct instr *clauses = arena_new(b->arena, struct instr);
    *clauses = *instr;
    frame->clauses = clauses;
}

/* ---- handlers ---- */

/* Values and exception go to the slots from the frame's height up. Returns how many. */
static uint32_t push_caught(struct builder *b, const struct frame *frame, const struct functype *type, bool has_ref) {
    restart(b, frame->height, type->params, type->param_count);
    if (has_ref) push_slot(b, type_ref(TYPE_EXN, true));
    return type->param_count + has_ref;
}

static void put_pass(struct builder *b, uint32_t label) {
    struct stmt *stmt = add_stmt(b, STMT_PASS);
    stmt->throw_label = label;
    if (label != LABEL_CALLER) b->function->label_used[label] = true;
    b->function->has_throws = true;
}

/* What ends before a handler begins goes on behind the last. */
static void leave_part(struct builder *b, const struct frame *frame) {
    if (b->is_unreachable) return;
    settle_top(b, frame->type.result_count);
    flush(b, 0, MAY_TRAP);
    put_jump(b, STMT_GOTO, frame->label, NULL);
}

/* Labels of clauses count from outside: the frame itself is 0 less. */
static void put_clause(struct builder *b, const struct frame *frame, const struct catch_clause *clause) {
    static const struct functype no_values;
    const struct functype *type = catch_has_tag(clause->kind) ? tag_type(b, clause->tag) : &no_values;
    push_caught(b, frame, type, catch_has_ref(clause->kind));
    struct target *targets = arena_new(b->arena, struct target);
    targets[0] = make_target(b, frame_at(b, clause->label + 1));
    struct stmt *stmt = add_stmt(b, STMT_CATCH);
    stmt->idx = catch_has_tag(clause->kind) ? clause->tag : NO_TAG;
    stmt->has_ref = catch_has_ref(clause->kind);
    stmt->dest = (struct dest){DEST_SLOT, CTYPE_COUNT, frame->height};
    stmt->targets = targets;
    stmt->target_count = 1;
}

/* True if one of them takes everything: what stands behind it is never tried. */
static bool put_clauses(struct builder *b, const struct frame *frame) {
    struct instr clauses = *frame->clauses;
    for (uint32_t i = 0; i < clauses.label_count; i++) {
        const struct catch_clause clause = next_catch(&clauses);
        put_clause(b, frame, &clause);
        if (!catch_has_tag(clause.kind)) return true;
    }
    return false;
}

void end_try(struct builder *b, struct frame *frame, uint32_t otherwise) {
    if (frame->has_catch_all || !b->function->label_used[frame->own_handler]) return;
    leave_part(b, frame);
    put_label(b, frame->own_handler);
    if (!frame->clauses || !put_clauses(b, frame)) put_pass(b, otherwise);
    frame->has_catch_all = true; /* all is taken care of: delegate comes here first, then its end */
    b->is_unreachable = true;
}

/* ---- the legacy form ---- */

static uint32_t new_caught(struct builder *b) {
    struct function *f = b->function;
    if (f->caught_count == f->caught_capacity) {
        const uint32_t capacity = f->caught_capacity ? f->caught_capacity * 2 : 8;
        bool *used = arena_array(b->arena, bool, capacity);
        if (f->caught_count) memcpy(used, f->caught_used, f->caught_count * sizeof *used);
        f->caught_used = used;
        f->caught_capacity = capacity;
    }
    return f->caught_count++;
}

/* Exceptions in a handler go to the handler around. */
void build_catch(struct builder *b, const struct instr *instr) {
    struct frame *frame = &b->frames[b->depth - 1];
    static const struct functype no_values;
    const struct functype *type = instr->op == OP_CATCH ? tag_type(b, instr->idx) : &no_values;
    leave_part(b, frame);
    frame->is_in_handler = true;
    frame->handler = frame[-1].handler;
    b->is_unreachable = !b->function->label_used[frame->own_handler];
    if (b->is_unreachable) return;
    put_label(b, frame->own_handler);
    push_caught(b, frame, type, false);
    frame->caught = new_caught(b);
    struct stmt *stmt = add_stmt(b, STMT_CATCH_UNLESS);
    stmt->idx = instr->op == OP_CATCH ? instr->idx : NO_TAG;
    stmt->idx2 = frame->caught;
    stmt->dest = (struct dest){DEST_SLOT, CTYPE_COUNT, frame->height};
    frame->has_catch_all = instr->op == OP_CATCH_ALL;
    if (frame->has_catch_all) return;
    frame->own_handler = new_label(b);
    b->function->label_used[frame->own_handler] = true;
    stmt->targets = arena_new(b->arena, struct target);
    stmt->targets[0].label = frame->own_handler;
    stmt->target_count = 1;
}

/* The label counts from outside of the try. A try that is a target handles the exception itself, if its body is open.
 */
void build_delegate(struct builder *b, const struct instr *instr) {
    struct frame *frame = &b->frames[b->depth - 1];
    end_try(b, frame, frame_at(b, instr->idx + 1)->handler);
    build_end(b);
}
