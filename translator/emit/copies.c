/* A C compiler inlines only what it sees, and of a large module a file has one part in ten or thirty. Functions whose
 * call costs more than their work, such as one that reads a field, are called from everywhere: so each file that calls
 * one has its body as well, as a static function; the definition that others call, and tables refer to, stands in one
 * file as before.
 *
 * Small is what has few bytes and few statements, no loop, and one call at most, besides those that report that it
 * cannot go on: the call is what remains of a function that only passes arguments on. A trap then names the function
 * around it, as it does wherever a compiler inlines.
 *
 * A change of a small function changes the files that call it, too. That is as it must be, and the reason why the
 * copies are not in the header that all files share.
 */
#include "copies.h"

#include <setjmp.h>

#include "../base/arena.h"

/* By measurement with CPython and RustPython (docs/PERFORMANCE.md). */
enum { MOST_BYTES = 160, MOST_STMTS = 14, MOST_CALLS = 1 };

struct copier {
    const struct emitter *emitter;
    struct arena *arena;  /* of the copies */
    struct arena scratch; /* of the function being copied */
    struct diag_context diag;
    struct text text, body, head;
};

/* ---- which ---- */

static bool may_be_copied(const struct module *m, uint32_t func) {
    return m->funcs[func].body.size <= MOST_BYTES && !m->makes_tail_calls[func];
}

static bool is_plain(const struct stmt *stmt) {
    switch (stmt->kind) {
    case STMT_SET:
    case STMT_SET_GLOBAL:
    case STMT_STORE:
    case STMT_CALL:
    case STMT_CALL_INDIRECT:
    case STMT_IF:
    case STMT_ELSE:
    case STMT_END_IF:
    case STMT_GOTO:
    case STMT_GOTO_IF:
    case STMT_GOTO_UNLESS:
    case STMT_UNREACHABLE:
    case STMT_RETURN: return !stmt->may_throw;
    case STMT_LABEL: return !stmt->is_loop;
    default: return false;
    }
}

static bool is_call(const struct stmt *stmt) {
    return stmt->kind == STMT_CALL || stmt->kind == STMT_CALL_INDIRECT;
}

/* Whoever is called right before control cannot go on reports an error, and is called once at most. */
static bool is_last_words(const struct function *f, uint32_t i) {
    return i + 1 < f->stmt_count && f->stmts[i + 1].kind == STMT_UNREACHABLE;
}

static bool is_small(const struct function *f) {
    unsigned calls = 0, ordinary = 0;
    if (f->stmt_count > MOST_STMTS || f->starts_again || f->has_throws) return false;
    for (uint32_t i = 0; i < f->stmt_count; i++) {
        const struct stmt *stmt = &f->stmts[i];
        if (!is_plain(stmt) || (stmt->kind == STMT_CALL && stmt->idx == f->func_idx)) return false;
        calls += is_call(stmt);
        ordinary += is_call(stmt) && !is_last_words(f, i);
    }
    return calls <= COPY_MOST_CALLS && ordinary <= MOST_CALLS;
}

static void find_callees(const struct function *f, struct function_copy *copy) {
    for (uint32_t i = 0; i < f->stmt_count; i++) {
        const struct stmt *stmt = &f->stmts[i];
        if (stmt->kind == STMT_CALL && stmt->idx >= f->module->imported_func_count)
            copy->callees[copy->callee_count++] = stmt->idx;
    }
}

/* ---- making ---- */

static void copy_function(struct copier *copier, uint32_t func, struct function_copy *copy) {
    arena_reset(&copier->scratch);
    const struct function *f = emitter_build(copier->emitter, &copier->scratch, &copier->diag, func);
    if (!is_small(f)) return;
    struct writer w = {.emitter = copier->emitter,
                       .out = &copier->text,
                       .body = &copier->body,
                       .head = &copier->head,
                       .is_copy = true};
    emit_function(&w, f);
    copy->text = arena_copy(copier->arena, copier->text.data, copier->text.size);
    copy->size = copier->text.size;
    find_callees(f, copy);
    text_clear(&copier->text);
}

const struct function_copy *copies_make(const struct emitter *e, struct arena *arena) {
    const struct module *m = e->module;
    struct function_copy *copies = arena_array(arena, struct function_copy, (size_t)m->func_count + 1);
    struct copier copier = {.emitter = e, .arena = arena};
    jmp_buf catcher;
    copier.diag.catcher = &catcher;
    if (setjmp(catcher) == 0) {
        for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
            if (may_be_copied(m, i)) copy_function(&copier, i, &copies[i]);
        }
    }
    arena_free(&copier.scratch);
    text_free(&copier.text);
    text_free(&copier.body);
    text_free(&copier.head);
    return copies;
}

/* ---- writing ---- */

/* Callees may have copies as well, and those of a callee with a lower index are seen in the next round only. */
static bool add_callees(const struct emitter *e, unsigned char *called) {
    bool has_more = false;
    for (uint32_t i = e->module->imported_func_count; i < e->module->func_count; i++) {
        const struct function_copy *copy = &e->copies[i];
        for (uint32_t k = 0; copy->text && has_bit(called, i) && k < copy->callee_count; k++) {
            has_more |= !has_bit(called, copy->callees[k]);
            set_bit(called, copy->callees[k]);
        }
    }
    return has_more;
}

void copies_choose(const struct emitter *e, const struct shard_range *own, unsigned char *called,
                   unsigned char *copied) {
    const struct module *m = e->module;
    uint32_t at = 0;
    while (add_callees(e, called)) {
    }
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        while (at < own->count && own->funcs[at] < i)
            at++;
        const bool is_own = at < own->count && own->funcs[at] == i;
        if (!is_own && has_bit(called, i) && e->copies[i].text) set_bit(copied, i);
    }
}

void copies_write(struct text *out, const struct emitter *e, const unsigned char *copied) {
    text_str(out, "#if W2C_HAS_COPIES\n");
    for (uint32_t i = e->module->imported_func_count; i < e->module->func_count; i++) {
        if (has_bit(copied, i)) text_bytes(out, e->copies[i].text, e->copies[i].size);
    }
    text_str(out, "#endif\n\n");
}
