/* Which accesses need no comparison with the memory's size, under --bounds=check.
 *
 * One walk over the statements, in the order in which they stand, carries what is known of addresses (bounds_facts.c)
 * from each to the next. Memories never shrink, so nothing but an assignment to the variable makes a fact untrue: no
 * store, no call, no memory.grow.
 *
 *     if, else, end     each arm begins with what was known at the `if`; behind both is known what is in both
 *     a label ahead     what is known at all jumps to it, which come earlier, and where control falls into it
 *     a loop's label    what is known before it, without the locals that the loop assigns: jumps to it come later
 *
 * Branches may move values to slots (struct target), so at labels nothing is said about slots.
 *
 * The walk is linear: what is known is bounded by MAX_FACTS, and whether a loop assigns a local is looked up in a
 * list of where the local is assigned next.
 */
#include "bounds.h"

enum { NEVER = UINT32_MAX, MAX_IFS = MAX_BRACES + 2 };

struct walk {
    struct bounds bounds;
    struct facts *at_if[MAX_IFS];
    unsigned depth;
    struct facts **at_label;  /* what is known at the jumps so far; NULL: there was none */
    uint32_t *last_jump;      /* by label: the last statement that goes there */
    uint32_t *next_assigned;  /* by local: the next statement that assigns it, or NEVER */
    uint32_t *later_assigned; /* by statement that assigns a local: the next one that does, or NEVER */
};

/* ---- what the function does, from its end to its beginning ---- */

static void note_jumps(struct walk *w, const struct stmt *stmt, uint32_t stmt_idx) {
    for (uint32_t i = 0; i < stmt->target_count; i++) {
        const uint32_t label = stmt->targets[i].label;
        if (label != LABEL_RETURN && w->last_jump[label] < stmt_idx) w->last_jump[label] = stmt_idx;
    }
}

static void look_ahead(struct walk *w) {
    const struct function *f = w->bounds.function;
    struct arena *arena = w->bounds.arena;
    w->at_label = arena_array(arena, struct facts *, f->label_count + 1);
    w->last_jump = arena_array(arena, uint32_t, f->label_count + 1);
    w->next_assigned = arena_array(arena, uint32_t, f->local_count + 1);
    w->later_assigned = arena_array(arena, uint32_t, f->stmt_count + 1);
    memset(w->next_assigned, 0xff, f->local_count * sizeof *w->next_assigned);
    for (uint32_t i = f->stmt_count; i-- > 0;) {
        const struct stmt *stmt = &f->stmts[i];
        note_jumps(w, stmt, i);
        if (stmt->dest.kind != DEST_LOCAL) continue;
        w->later_assigned[i] = w->next_assigned[stmt->dest.idx];
        w->next_assigned[stmt->dest.idx] = i;
    }
}

/* ---- accesses ---- */

static bool has_unchecked_form(unsigned op) {
    return op_infos[op].feature != FEATURE_SIMD || op == OP_V128_LOAD || op == OP_V128_STORE;
}

static void meet(struct walk *w, struct access *access, unsigned op) {
    struct bounds *b = &w->bounds;
    if (memory_kind(b->function->module, access->memory_idx) != MEMORY_PLAIN) return;
    access->bytes = access_bytes((enum op)op);
    access->has_unchecked_form = has_unchecked_form(op);
    facts_meet_access(b, access);
}

/* Trees are small: see MAX_EXPR_SIZE. */
static void meet_loads(struct walk *w, struct expr *expr) {
    if (!(expr->effects & MAY_TRAP)) return;
    for (unsigned i = 0; i < 3 && expr->args[i]; i++)
        meet_loads(w, expr->args[i]);
    if (expr->op >= OP_COUNT || op_infos[expr->op].form != FORM_LOAD) return;
    struct access access = {.address = &expr->args[0],
                            .offset = &expr->value,
                            .is_in_bounds = &expr->is_in_bounds,
                            .memory_idx = expr->idx};
    meet(w, &access, expr->op);
}

static bool has_index(const struct stmt *stmt) {
    return stmt->kind == STMT_SWITCH || stmt->kind == STMT_CALL_INDIRECT || stmt->kind == STMT_TAIL_CALL_INDIRECT;
}

static void meet_operands(struct walk *w, struct stmt *stmt) {
    for (uint32_t i = 0; i < stmt->arg_count; i++)
        meet_loads(w, stmt->args[i]);
    if (has_index(stmt)) meet_loads(w, stmt->index);
    if (stmt->kind != STMT_STORE) return;
    struct access access = {.address = &stmt->args[0],
                            .offset = &stmt->memory_offset,
                            .is_in_bounds = &stmt->is_in_bounds,
                            .memory_idx = stmt->idx};
    meet(w, &access, stmt->op);
}

/* ---- assignments ---- */

static bool is_plain_assignment(const struct stmt *stmt) {
    return stmt->kind == STMT_SET && !stmt->op;
}

/* Several results are in slots from dest.idx up, of whatever types. */
static void assign(struct walk *w, const struct stmt *stmt) {
    struct bounds *b = &w->bounds;
    if (stmt->dest.kind == DEST_NONE) return;
    if (stmt->dest.kind == DEST_LOCAL) w->next_assigned[stmt->dest.idx] = w->later_assigned[b->stmt_idx];
    if (stmt->dest.kind == DEST_SLOT && stmt->dest.type == CTYPE_COUNT) {
        facts_forget_slots_from(b, stmt->dest.idx);
        return;
    }
    if (stmt->dest.type != CTYPE_I32) return;
    const uint32_t variable = stmt->dest.kind == DEST_LOCAL ? stmt->dest.idx : bounds_slot(b, stmt->dest.idx);
    if (is_plain_assignment(stmt)) {
        facts_assign(b, variable, stmt->args[0]);
    } else {
        facts_forget(b, variable);
    }
}

/* ---- control ---- */

/* With room for just these: there are more labels than facts. */
static struct facts *save(struct walk *w, const struct facts *facts) {
    const size_t bytes = offsetof(struct facts, list) + facts->count * sizeof *facts->list;
    struct facts *saved = arena_alloc(w->bounds.arena, 1, bytes);
    facts_copy(saved, facts);
    return saved;
}

/* Requires that no group can be extended. */
static void jump_to(struct walk *w, uint32_t label) {
    struct bounds *b = &w->bounds;
    if (label == LABEL_RETURN || !b->facts.is_reached) return;
    if (w->at_label[label]) {
        facts_join(w->at_label[label], &b->facts);
    } else {
        w->at_label[label] = save(w, &b->facts);
    }
}

static void jump(struct walk *w, const struct stmt *stmt) {
    for (uint32_t i = 0; i < stmt->target_count; i++)
        jump_to(w, stmt->targets[i].label);
    const bool throws = stmt->may_throw || stmt->kind == STMT_THROW || stmt->kind == STMT_THROW_REF ||
                        stmt->kind == STMT_RETHROW || stmt->kind == STMT_PASS;
    if (throws && stmt->throw_label != LABEL_CALLER) jump_to(w, stmt->throw_label);
}

static void enter_loop(struct walk *w, uint32_t label) {
    struct facts *facts = &w->bounds.facts;
    const uint32_t known = facts->count;
    facts->count = 0;
    for (uint32_t i = 0; i < known; i++) {
        const uint32_t variable = facts->list[i].variable;
        if (variable >= w->bounds.function->local_count) continue;
        if (w->next_assigned[variable] > w->last_jump[label]) facts->list[facts->count++] = facts->list[i];
    }
}

static void arrive(struct walk *w, const struct stmt *stmt) {
    struct bounds *b = &w->bounds;
    if (!b->function->label_used[stmt->idx]) return;
    facts_close_groups(b);
    if (stmt->is_loop) enter_loop(w, stmt->idx);
    if (w->at_label[stmt->idx]) facts_join(&b->facts, w->at_label[stmt->idx]);
    facts_forget_slots_from(b, 0);
    b->facts.is_reached = true;
}

static void follow_braces(struct walk *w, const struct stmt *stmt) {
    struct facts *facts = &w->bounds.facts;
    if (stmt->kind == STMT_IF) {
        w->at_if[w->depth++] = save(w, facts);
        return;
    }
    struct facts *saved = w->at_if[w->depth - 1];
    if (stmt->kind == STMT_ELSE) {
        w->at_if[w->depth - 1] = save(w, facts);
        facts_copy(facts, saved);
        return;
    }
    facts_join(facts, saved);
    w->depth--;
}

static bool goes_on(const struct stmt *stmt) {
    switch ((enum stmt_kind)stmt->kind) {
    case STMT_GOTO:
    case STMT_SWITCH:
    case STMT_RETURN:
    case STMT_TAIL_CALL:
    case STMT_TAIL_CALL_INDIRECT:
    case STMT_UNREACHABLE:
    case STMT_THROW:
    case STMT_THROW_REF:
    case STMT_RETHROW:
    case STMT_PASS: return false;
    default: return true;
    }
}

static void step(struct walk *w, struct stmt *stmt) {
    struct bounds *b = &w->bounds;
    if (stmt->kind == STMT_LABEL) {
        arrive(w, stmt);
        return;
    }
    meet_operands(w, stmt);
    if (!is_plain_assignment(stmt) && stmt->kind != STMT_WIDE) facts_close_groups(b);
    assign(w, stmt);
    jump(w, stmt);
    if (stmt->kind == STMT_IF || stmt->kind == STMT_ELSE || stmt->kind == STMT_END_IF) follow_braces(w, stmt);
    if (goes_on(stmt)) return;
    b->facts.count = 0;
    b->facts.is_reached = false;
}

void prove_bounds(struct arena *arena, struct function *f) {
    if (!f->uses_memory && !f->used_memories) return;
    struct walk w = {.bounds = {.arena = arena, .function = f, .facts = {.is_reached = true}}};
    look_ahead(&w);
    for (uint32_t i = 0; i < f->stmt_count; i++) {
        w.bounds.stmt_idx = i;
        step(&w, &f->stmts[i]);
    }
    facts_write_addresses(&w.bounds);
}
