/* What the C of an operator is depends on the memory or table that it names: plain ones have 32-bit addresses and pages
 * of 64 KiB, and nothing here adds to their text. For the others the address goes through a function of
 * w2c/ops_memory64.h, and operators on the whole are those of w2c/ops_bulk64.h.
 *
 *     plain     i32_load(m0, l0, 4)
 *     wide      i32_load(m0, wide_at(m0, j0, 4ull, 4), 0)
 *     bytes     i32_load(bytes_view(m1), bytes_at(m1, l0, 4ull, 4), 0)
 *
 * So the macros of accesses are the same for all memories, whatever an access does: vectors and atomics need nothing of
 * their own.
 */
#include "../wasm/reach.h"
#include "emit.h"

bool has_plain_memory0(const struct module *m) {
    return m->memory_count && memory_kind(m, 0) == MEMORY_PLAIN;
}

bool has_shared_memory(const struct module *m) {
    for (uint32_t i = 0; i < m->memory_count; i++) {
        if (m->memories[i].type.limits.is_shared) return true;
    }
    return false;
}

/* gcc takes it that reading the start of a symbol cannot fault, and may do so before it knows that it must. So a memory
 * that may be empty is none. Nor is one of which each thread has its own; nor, under check, one of several, for all
 * views are of one type there, and one macro says where their base is. */
bool may_place_memory(const struct emitter *e) {
    const struct module *m = e->module;
    if (!e->is_program || !has_plain_memory0(m) || m->memories[0].type.limits.min == 0) return false;
    if (e->is_threaded && m->memories[0].import < 0) return false;
    return e->is_guarded || m->memory_count == 1;
}

bool needs_bulk64(const struct module *m) {
    for (uint32_t i = 0; i < m->memory_count; i++) {
        if (memory_kind(m, i) != MEMORY_PLAIN) return true;
    }
    for (uint32_t i = 0; i < m->table_count; i++) {
        if (m->tables[i].type.limits.is_64) return true;
    }
    return false;
}

/* ---- accesses ---- */

static void emit_bounded(struct writer *w, const char *function, enum op access, uint32_t memory_idx,
                         const struct expr *address, uint64_t offset) {
    text_format(w->out, "%s(m%u, ", function, (unsigned)memory_idx);
    emit_expr(w, address);
    text_str(w->out, ", ");
    text_u64(w->out, offset);
    text_format(w->out, "ull, %u), 0", access_bytes(access));
}

void emit_access(struct writer *w, enum op access, uint32_t memory_idx, const struct expr *address, uint64_t offset) {
    const enum memory_kind kind = memory_kind(w->emitter->module, memory_idx);
    text_str(w->out, kind == MEMORY_BYTES ? "bytes_view(m" : "m");
    text_u64(w->out, memory_idx);
    text_str(w->out, kind == MEMORY_BYTES ? "), " : ", ");
    if (kind != MEMORY_PLAIN) {
        emit_bounded(w, kind == MEMORY_WIDE ? "wide_at" : "bytes_at", access, memory_idx, address, offset);
        return;
    }
    emit_expr(w, address);
    text_str(w->out, ", ");
    text_u64(w->out, offset);
}

/* ---- views ---- */

bool uses_memories(const struct function *f) {
    return f->uses_memory || f->used_memories;
}

/* For tcc the base stands in a variable, unless its place is known, or may change. */
static void emit_tcc_view(struct writer *w, uint32_t idx, enum memory_kind kind) {
    if (w->emitter->places || kind == MEMORY_BYTES) return;
    text_format(w->out, "u64 m%u=(u64)self->memory%u->base;", (unsigned)idx, (unsigned)idx);
}

/* Other threads may make a shared memory grow at any time. A program's first memory is a symbol: nothing is gained. */
bool may_copy_views(const struct emitter *e) {
    const uint32_t least = e->is_program ? 2 : 1;
    return !e->is_guarded && !e->is_for_tcc && e->module->memory_count >= least && !has_shared_memory(e->module);
}

static const char *opening(const struct emitter *e, const struct function *f, enum memory_kind kind) {
    if (kind == MEMORY_BYTES) return "bytes_memory m%u = %smemory%u;\n";
    if (!may_copy_views(e) || call_can_grow(e->module, f->func_idx)) {
        return "memory_view m%u = memory_open(%smemory%u);\n";
    }
    return "memory_view m%u = memory_copied(%smemory%u);\n";
}

static void emit_view(struct writer *w, const struct function *f, uint32_t idx) {
    const struct emitter *e = w->emitter;
    const enum memory_kind kind = memory_kind(e->module, idx);
    if (e->is_for_tcc) {
        emit_tcc_view(w, idx, kind);
        return;
    }
    if (e->is_program && idx == 0 && kind == MEMORY_PLAIN) {
        text_str(w->out, "    memory_view m0 = MEMORY0;\n");
        return;
    }
    text_str(w->out, "    ");
    text_format(w->out, opening(e, f, kind), (unsigned)idx, e->is_program ? "&" : "self->", (unsigned)idx);
}

void emit_memory_views(struct writer *w, const struct function *f) {
    if (f->uses_memory) emit_view(w, f, 0);
    for (uint32_t i = 1; f->used_memories && i < w->emitter->module->memory_count; i++) {
        if (f->used_memories[i]) emit_view(w, f, i);
    }
}

/* ---- memories and tables as a whole ---- */

static bool is_plain_memory(const struct writer *w, uint32_t idx) {
    return memory_kind(w->emitter->module, idx) == MEMORY_PLAIN;
}

/* A memory with 32-bit addresses and pages of one byte shares the functions of 64-bit ones, but its sizes are i32. */
static void emit_memory_function(struct writer *w, enum op op, bool is_plain, uint32_t idx) {
    const bool is_count = op == OP_MEMORY_SIZE || op == OP_MEMORY_GROW;
    if (!is_plain && is_count && !w->emitter->module->memories[idx].type.limits.is_64) text_str(w->out, "(u32)");
    text_str(w->out, op_infos[op].c);
    text_str(w->out, is_plain ? "(" : "_64(");
}

static void emit_table_function(struct writer *w, enum op op, uint32_t idx) {
    const bool is_64 = w->emitter->module->tables[idx].type.limits.is_64;
    if (is_64 && op == OP_TABLE_SIZE) text_str(w->out, "(u64)");
    text_str(w->out, op_infos[op].c);
    text_str(w->out, is_64 && op == OP_TABLE_GROW ? "_64(" : "(");
}

void emit_object_function(struct writer *w, enum op op, uint32_t idx, uint32_t idx2) {
    switch (op_infos[op].imm) {
    case IMM_MEMORY: emit_memory_function(w, op, is_plain_memory(w, idx), idx); break;
    case IMM_MEMORY_MEMORY:
        emit_memory_function(w, op, is_plain_memory(w, idx) && is_plain_memory(w, idx2), idx);
        break;
    case IMM_DATA_MEMORY: emit_memory_function(w, op, is_plain_memory(w, idx2), idx2); break;
    case IMM_TABLE: emit_table_function(w, op, idx); break;
    default: text_str(w->out, op_infos[op].c); text_char(w->out, '(');
    }
}

/* memory.copy of so few bytes, and of a constant number, that they go through registers (w2c/ops_bulk.h). */
bool is_short_copy(const struct writer *w, const struct stmt *stmt) {
    if (stmt->op != OP_MEMORY_COPY || w->emitter->is_for_tcc) return false;
    if (!is_plain_memory(w, stmt->idx) || !is_plain_memory(w, stmt->idx2)) return false;
    const struct expr *count = stmt->args[2];
    return count->op == OP_I32_CONST && count->value >= 16 && count->value <= 128;
}

void emit_table_index(struct writer *w, const struct expr *index) {
    const bool is_64 = index->type == CTYPE_I64;
    if (is_64) text_str(w->out, "table_index(");
    emit_expr(w, index);
    if (is_64) text_char(w->out, ')');
}
