/* A C compiler inlines only what it sees, and of a large module a file has one part in ten or thirty. Functions whose
 * call costs more than their work, such as one that reads a field, are called from everywhere: so each file that calls
 * one has its body as well, as a static function; the definition that others call, and tables refer to, stands in one
 * file as before.
 *
 * Small is what has few bytes and few statements, no loop, and at most one call: the call is what remains of a function
 * that only passes arguments on. Names of functions in what they show to people (traps, samples) do not change: a
 * compiler may inline any function into another of its file.
 *
 * A change of a small function changes the files that call it, too. That is as it must be, and the reason why the
 * copies are not in the header that all files share.
 */
#include "copies.h"

#include <setjmp.h>

#include "../base/arena.h"

/* Measured with CPython and RustPython: smaller limits leave calls, larger ones make text that is not inlined. */
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
    case STMT_RETURN: return !stmt->may_throw;
    case STMT_LABEL: return !stmt->is_loop;
    default: return false;
    }
}

static bool is_small(const struct function *f) {
    unsigned calls = 0;
    if (f->stmt_count > MOST_STMTS || f->starts_again || f->has_throws) return false;
    for (uint32_t i = 0; i < f->stmt_count; i++) {
        const struct stmt *stmt = &f->stmts[i];
        if (!is_plain(stmt) || (stmt->kind == STMT_CALL && stmt->idx == f->func_idx)) return false;
        calls += stmt->kind == STMT_CALL || stmt->kind == STMT_CALL_INDIRECT;
    }
    return calls <= MOST_CALLS;
}

static uint32_t callee_of(const struct function *f) {
    for (uint32_t i = 0; i < f->stmt_count; i++) {
        const struct stmt *stmt = &f->stmts[i];
        if (stmt->kind == STMT_CALL && stmt->idx >= f->module->imported_func_count) return stmt->idx;
    }
    return NO_FUNC;
}

/* ---- making ---- */

static void copy_function(struct copier *copier, uint32_t func, struct function_copy *copy) {
    const struct module *m = copier->emitter->module;
    arena_reset(&copier->scratch);
    const struct function *f = build_function(m, &copier->scratch, &copier->diag, func);
    if (!is_small(f)) return;
    struct writer w = {.emitter = copier->emitter,
                       .out = &copier->text,
                       .body = &copier->body,
                       .head = &copier->head,
                       .is_copy = true};
    emit_function(&w, f);
    copy->text = arena_copy(copier->arena, copier->text.data, copier->text.size);
    copy->size = copier->text.size;
    copy->callee = callee_of(f);
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

static bool has_bit(const unsigned char *bits, uint32_t func) {
    return bits[func / 8] & 1u << func % 8;
}

static void set_bit(unsigned char *bits, uint32_t func) {
    bits[func / 8] |= (unsigned char)(1u << func % 8);
}

/* What `func` calls, what that calls, and so on as far as these are small. */
static void add_callees(const struct function_copy *copies, uint32_t func, unsigned char *called) {
    while (copies[func].text && copies[func].callee != NO_FUNC && !has_bit(called, copies[func].callee)) {
        func = copies[func].callee;
        set_bit(called, func);
    }
}

void copies_choose(const struct emitter *e, const struct shard_range *own, unsigned char *called,
                   unsigned char *copied) {
    const struct module *m = e->module;
    uint32_t at = 0;
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
        if (has_bit(called, i)) add_callees(e->copies, i, called);
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
