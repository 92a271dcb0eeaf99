/* Which returns must keep their frame until after the call before them.
 *
 * A C compiler may make a tail call of a call that nothing visible follows, and a loop of recursion made of tail calls
 * (also when an addition or multiplication is all that follows). wasm's `call` needs a frame each time: runaway
 * recursion has to exhaust the stack, not to run for ever. Only cycles matter, so only calls that can close one: every
 * cycle of direct calls has one to a function of the same or a lower index, and indirect calls and imports may
 * lead anywhere. All other calls stay free to become tail calls.
 *
 * This pass follows such a call along all paths (requires: statements complete; changes: stmt.keeps_frame). Where its
 * trace reaches a return, the return is marked, and an empty volatile statement (W2C_KEEP_FRAME) written before it.
 * No statement on the way ends the trace: a compiler may find that a store puts back what it has just read, that a
 * memory.fill has length 0, or that a callee does nothing, and then the call before it is last after all.
 */
#include "../base/arena.h"
#include "builder.h"

struct trace {
    struct function *function;
    bool *at_label;             /* a trace arrives there */
    bool at_if[MAX_BRACES + 1]; /* open ifs: the trace before the `if`, then at the end of its first arm */
    unsigned depth;
    bool is_live;        /* a trace is here */
    bool has_cycle_call; /* the function has a call that can close a cycle */
};

static bool closes_cycle(const struct function *f, const struct stmt *stmt) {
    if (stmt->kind == STMT_CALL_INDIRECT) return true;
    return stmt->kind == STMT_CALL && stmt->idx <= f->func_idx;
}

static void follow_jump(struct trace *t, struct stmt *stmt) {
    for (uint32_t i = 0; i < stmt->target_count; i++) {
        const uint32_t label = stmt->targets[i].label;
        if (label == LABEL_RETURN) {
            stmt->keeps_frame |= t->is_live;
        } else {
            t->at_label[label] |= t->is_live;
        }
    }
}

/* A loop's label comes before the jumps to it: there the answer is taken to be yes. */
static void follow_label(struct trace *t, const struct stmt *stmt) {
    t->is_live |= t->at_label[stmt->idx] || (stmt->is_loop && t->has_cycle_call);
}

static void follow_braces(struct trace *t, const struct stmt *stmt) {
    if (stmt->kind == STMT_IF) {
        t->at_if[t->depth++] = t->is_live;
        return;
    }
    bool *saved = &t->at_if[t->depth - 1];
    if (stmt->kind == STMT_ELSE) {
        const bool before = *saved;
        *saved = t->is_live;
        t->is_live = before;
        return;
    }
    t->is_live |= *saved;
    t->depth--;
}

/* A return with something pending is not marked: what decides that it is taken keeps the frame, as does the return
 * that is taken otherwise. */
static void follow_throw(struct trace *t, const struct stmt *stmt) {
    if (stmt->throw_label != LABEL_CALLER) t->at_label[stmt->throw_label] |= t->is_live;
}

static void follow_call(struct trace *t, const struct stmt *stmt) {
    t->is_live |= closes_cycle(t->function, stmt);
    if (stmt->may_throw) follow_throw(t, stmt);
}

static void follow(struct trace *t, struct stmt *stmt) {
    switch ((enum stmt_kind)stmt->kind) {
    case STMT_CALL:
    case STMT_CALL_INDIRECT: follow_call(t, stmt); break;
    case STMT_THROW:
    case STMT_THROW_REF:
    case STMT_RETHROW:
    case STMT_PASS:
        follow_throw(t, stmt);
        t->is_live = false;
        break;
    case STMT_CATCH:
    case STMT_CATCH_UNLESS: follow_jump(t, stmt); break;
    case STMT_UNREACHABLE: t->is_live = false; break;
    case STMT_IF:
    case STMT_ELSE:
    case STMT_END_IF: follow_braces(t, stmt); break;
    case STMT_LABEL: follow_label(t, stmt); break;
    case STMT_GOTO_IF:
    case STMT_GOTO_UNLESS: follow_jump(t, stmt); break;
    case STMT_GOTO:
    case STMT_SWITCH:
        follow_jump(t, stmt);
        t->is_live = false;
        break;
    case STMT_TAIL_CALL: /* of a function that may be empty, for all that is known */
    case STMT_TAIL_CALL_INDIRECT:
    case STMT_RETURN:
        stmt->keeps_frame = t->is_live;
        t->is_live = false;
        break;
    case STMT_SET:
    case STMT_SET_GLOBAL:
    case STMT_STORE:
    case STMT_RUNTIME:
    case STMT_ATOMIC:
    case STMT_WIDE:
    case STMT_COUNT: break;
    }
}

void mark_kept_frames(struct arena *arena, struct function *f) {
    if (!f->makes_calls) return;
    struct trace trace = {.function = f};
    for (uint32_t i = 0; i < f->stmt_count; i++)
        trace.has_cycle_call |= closes_cycle(f, &f->stmts[i]);
    if (!trace.has_cycle_call) return;
    trace.at_label = arena_array(arena, bool, f->label_count + 1);
    trace.is_live = f->starts_again;
    for (uint32_t i = 0; i < f->stmt_count; i++)
        follow(&trace, &f->stmts[i]);
}
