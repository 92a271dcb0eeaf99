/* Which variables are read by what will be written.
 *
 * A variable that nothing reads is neither declared nor assigned (compilers warn of such), so what is assigned to it
 * does not count as reading either, but for its loads, which are evaluated for their traps. That makes the question
 * circular; it is answered from the statements that are written in any case, along lists of the assignments to each
 * variable: every statement is looked at once or twice.
 *
 * Requires: statements complete. Sets: function.local_read, function.slot_read.
 */
#include "../base/arena.h"
#include "builder.h"

enum { NO_LINK = UINT32_MAX };

/* "If the variable is read, then so is this": an assignment's value, or the slot that a branch moves from. */
struct link {
    const struct expr *value; /* NULL: a move from slot `from` of `type` */
    uint32_t from;
    enum ctype type;
    uint32_t next; /* link of the same variable */
};

struct liveness {
    struct arena *arena;
    struct function *function;
    struct link *links;
    uint32_t link_count;
    uint32_t link_capacity;
    uint32_t *local_links; /* first link of each local, and of each slot: height * CTYPE_COUNT + type */
    uint32_t *slot_links;
    uint32_t *pending; /* variables found to be read: locals, then slots, whose links are yet to be followed */
    uint32_t pending_count;
};

static uint32_t slot_number(uint32_t height, enum ctype type) {
    return height * CTYPE_COUNT + (uint32_t)type;
}

static void add_link(struct liveness *l, uint32_t *first, struct link link) {
    if (l->link_count == l->link_capacity) {
        const uint32_t capacity = l->link_capacity ? l->link_capacity * 2 : 64;
        struct link *links = arena_array(l->arena, struct link, capacity);
        if (l->link_count) memcpy(links, l->links, l->link_count * sizeof *links);
        l->links = links;
        l->link_capacity = capacity;
    }
    link.next = *first;
    *first = l->link_count;
    l->links[l->link_count++] = link;
}

/* ---- reading ---- */

static void read_local(struct liveness *l, uint32_t local) {
    if (l->function->local_read[local]) return;
    l->function->local_read[local] = true;
    l->pending[l->pending_count++] = local;
}

static void read_slot(struct liveness *l, enum ctype type, uint32_t height) {
    const uint8_t bit = (uint8_t)(1u << type);
    if (l->function->slot_read[height] & bit) return;
    l->function->slot_read[height] |= bit;
    l->pending[l->pending_count++] = l->function->local_count + slot_number(height, type);
}

/* Trees are small: see MAX_EXPR_SIZE. */
static void read_expr(struct liveness *l, const struct expr *expr) {
    if (expr->op == OP_LOCAL_GET) read_local(l, expr->idx);
    if (expr->op == EXPR_SLOT) read_slot(l, (enum ctype)expr->type, expr->idx);
    for (unsigned i = 0; i < 3 && expr->args[i]; i++)
        read_expr(l, expr->args[i]);
}

/* What is evaluated for its loads alone. */
static void read_loads(struct liveness *l, const struct expr *expr) {
    if (!(expr->effects & MAY_TRAP)) return;
    if (expr->op < OP_COUNT && op_infos[expr->op].form == FORM_LOAD) {
        read_expr(l, expr);
        return;
    }
    for (unsigned i = 0; i < 3 && expr->args[i]; i++)
        read_loads(l, expr->args[i]);
}

static void read_pending(struct liveness *l) {
    while (l->pending_count) {
        const uint32_t variable = l->pending[--l->pending_count];
        const uint32_t locals = l->function->local_count;
        uint32_t at = variable < locals ? l->local_links[variable] : l->slot_links[variable - locals];
        for (; at != NO_LINK; at = l->links[at].next) {
            const struct link *link = &l->links[at];
            if (link->value) {
                read_expr(l, link->value);
            } else {
                read_slot(l, link->type, link->from);
            }
        }
    }
}

/* ---- statements ---- */

static void link_assignment(struct liveness *l, const struct stmt *stmt) {
    const struct link link = {.value = stmt->args[0]};
    if (stmt->dest.kind == DEST_LOCAL) add_link(l, &l->local_links[stmt->dest.idx], link);
    if (stmt->dest.kind == DEST_SLOT) {
        add_link(l, &l->slot_links[slot_number(stmt->dest.idx, (enum ctype)stmt->dest.type)], link);
    }
}

static bool is_plain_assignment(const struct stmt *stmt) {
    return stmt->kind == STMT_SET && !stmt->op;
}

static void link_moves(struct liveness *l, const struct target *target) {
    if (target->label == LABEL_RETURN || target->from == target->to) return;
    for (uint32_t i = 0; i < target->count; i++) {
        const enum ctype type = ctype_of(target->types[i]);
        const struct link link = {.from = target->from + i, .type = type};
        add_link(l, &l->slot_links[slot_number(target->to + i, type)], link);
    }
}

static void link_stmt(struct liveness *l, const struct stmt *stmt) {
    if (is_plain_assignment(stmt)) link_assignment(l, stmt);
    for (uint32_t i = 0; i < stmt->target_count; i++)
        link_moves(l, &stmt->targets[i]);
}

static void read_returned(struct liveness *l, const struct target *target) {
    if (target->label != LABEL_RETURN) return;
    for (uint32_t i = 0; i < target->count; i++)
        read_slot(l, ctype_of(target->types[i]), target->from + i);
}

/* A plain assignment is written only if its variable is read, but its loads are; all other statements are written. */
static void read_stmt(struct liveness *l, const struct stmt *stmt) {
    for (uint32_t i = 0; i < stmt->arg_count; i++) {
        if (is_plain_assignment(stmt)) {
            read_loads(l, stmt->args[i]);
        } else {
            read_expr(l, stmt->args[i]);
        }
    }
    const bool is_indirect = stmt->kind == STMT_CALL_INDIRECT || stmt->kind == STMT_TAIL_CALL_INDIRECT;
    if (stmt->kind == STMT_SWITCH || is_indirect) read_expr(l, stmt->index);
    for (uint32_t i = 0; i < stmt->target_count; i++)
        read_returned(l, &stmt->targets[i]);
}

static uint32_t *no_links(struct arena *arena, size_t count) {
    uint32_t *links = arena_array(arena, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        links[i] = NO_LINK;
    return links;
}

void find_reads(struct arena *arena, struct function *f) {
    const size_t slots = (size_t)f->slot_capacity * CTYPE_COUNT;
    struct liveness l = {.arena = arena, .function = f};
    l.local_links = no_links(arena, f->local_count);
    l.slot_links = no_links(arena, slots);
    l.pending = arena_array(arena, uint32_t, f->local_count + slots + 1);
    for (uint32_t i = 0; i < f->stmt_count; i++) {
        link_stmt(&l, &f->stmts[i]);
        read_stmt(&l, &f->stmts[i]);
    }
    read_pending(&l);
}
