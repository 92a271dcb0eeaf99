/* What is compiled together, and the text of it.
 *
 *     prelude       types, and macros for the functions of this process: the same for all groups
 *     typedefs      of the function types by which others are called
 *     prototypes    of the group's functions
 *     functions
 *
 * A compilation costs some 0.15 ms besides what its text costs, as much as a function of average size; and a program
 * calls a seventh of its functions or fewer. So a function is compiled with those that it calls directly, as they are
 * likely to be called next, unless they are large. For `print('hi')` RustPython then compiles 4358 functions where it
 * calls 3355, in 1432 texts, and takes 0.7 of the time (docs/ENGINES.md has more).
 */
#include "lazy_program.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../emit/amalgam.h"
#include "compile.h"
#include "host.h"
#include "thunk.h"

enum { MAX_MEMBERS = 64, MAX_CALLEE_BYTES = 2000, MAX_GROUP_BYTES = 8000 /* of wasm */ };

struct group {
    struct tcc_program *program;
    struct writer writer;
    uint32_t members[MAX_MEMBERS]; /* in the order of the text */
    uint32_t count;
    size_t size; /* bytes of wasm of the members but the first */
    bool uses_v128;
    bool uses_heap;
};

/* ---- the text ---- */

/* Their arguments are in a struct (emit_tcc_call.c). */
static bool has_large_calls(const struct module *m) {
    for (uint32_t i = 0; i < m->type_count; i++) {
        if (m->types[i].composite == COMPOSITE_FUNC && tcc_call_is_large(&m->types[i].func)) return true;
    }
    return false;
}

/* The layout of w2c_func is checked where its members are used by offset (lazy_program.c). */
void group_prepare(struct tcc_program *p, uint64_t host_table, uint64_t heap_table) {
    p->host_table = host_table;
    struct amalgam amalgam = {.omits_system = true};
    struct text structs = {0};
    emit_result_structs(&structs, &p->emitter);
    const bool copies = structs.size || has_large_calls(p->module) || p->module->has_endless_tail_calls;
    if (copies) text_str(&p->prelude, "#define W2C_TCC_OWN_COPIES\n");
    amalgam_write(&p->prelude, &amalgam, "w2c/tcc_types.h");
    text_format(&p->prelude,
                "struct w2c_memory;struct w2c_table;struct w2c_func{void*code,*context;u32 type;void*body;};\n"
                "enum w2c_trap{W2C_TRAP_UNREACHABLE=%d};\n"
                "#define W2C_CODE\n#define W2C_NOINLINE\n#define W2C_KEEP_FRAME()\n"
                "#define W2C_CHECK_STACK w2c_check_stack\n",
                W2C_TRAP_UNREACHABLE);
    if (p->module->throws) {
        text_str(&p->prelude, "struct w2c_tag;union w2c_value{u32 i32;u64 i64;f32 f32;f64 f64;ref ref;u8 v128[16];};\n"
                              "struct w2c_exception{void*type;const struct w2c_tag*tag;void*thrower;u64 reserved;"
                              "union w2c_value values[1];};\n");
    }
    text_str(&p->prelude, "static u64 zero;\n"); /* see text_tcc_address */
    if (p->module->has_endless_tail_calls) text_str(&p->prelude, TCC_TAIL_CALL_STRUCT);
    host_macros(&p->prelude, host_table);
    amalgam_write(&p->heap_prelude, &amalgam, "w2c/tcc_gc.h");
    host_heap_macros(&p->heap_prelude, heap_table);
    text_bytes(&p->prelude, structs.data, structs.size);
    text_free(&structs);
}

static void write_function(struct group *g, uint32_t func_idx) {
    struct tcc_program *p = g->program;
    if (func_idx < p->module->imported_func_count) {
        emit_tcc_import(&g->writer, func_idx);
        return;
    }
    p->emitter.diag->func_idx = func_idx;
    const struct function *function = build_function(p->module, &p->scratch, p->emitter.diag, func_idx);
    g->uses_v128 |= function->uses_v128;
    g->uses_heap |= function->uses_heap;
    emit_function(&g->writer, function);
    arena_reset(&p->scratch);
}

/* Puts the whole together, closed by NUL. */
static const char *write_text(struct group *g) {
    struct tcc_program *p = g->program;
    const struct module *m = p->module;
    struct text *out = &p->text;
    text_clear(out);
    if (g->uses_v128) text_str(out, "#define W2C_TCC_OWN_COPIES\n");
    text_bytes(out, p->prelude.data, p->prelude.size);
    if (g->uses_v128) host_vector_macros(out, p->host_table);
    if (g->uses_heap) text_bytes(out, p->heap_prelude.data, p->heap_prelude.size);
    for (uint32_t i = 0; i < m->type_count; i++) {
        if (has_bit(p->types, i)) emit_type(out, &p->emitter, i);
        if (has_bit(p->host_types, i)) emit_tcc_host_type(out, &p->emitter, i);
    }
    for (uint32_t i = 0; i < g->count; i++)
        emit_prototype(out, &p->emitter, "W2C_CODE", g->members[i]);
    emit_tail_types(out, &p->emitter, p->tail_types);
    text_bytes(out, p->bodies.data, p->bodies.size);
    return text_string(out);
}

/* ---- members ---- */

static void add_member(struct group *g, uint32_t func_idx) {
    set_bit(g->program->group, func_idx);
    g->members[g->count++] = func_idx;
}

/* Something else stands in the slot than the thunk. */
static bool is_compiled(const struct tcc_program *p, uint32_t func_idx) {
    return p->slots[func_idx] != thunk_at(p->thunks, func_idx);
}

static void add_callee(struct group *g, uint32_t func_idx) {
    const struct tcc_program *p = g->program;
    const size_t size = p->module->funcs[func_idx].body.size;
    const bool is_wanted = !has_bit(p->group, func_idx) && !is_compiled(p, func_idx);
    if (is_wanted && size <= MAX_CALLEE_BYTES && g->size + size <= MAX_GROUP_BYTES) {
        g->size += size;
        add_member(g, func_idx);
    }
}

/* What the text written so far calls. */
static void add_callees(struct group *g) {
    const struct tcc_program *p = g->program;
    const uint32_t end = p->module->func_count;
    for (uint32_t first = 0; first < end; first += 8) {
        if (p->called[first / 8] == 0) continue;
        for (uint32_t i = first; i < first + 8 && i < end && g->count < MAX_MEMBERS; i++) {
            if (i >= p->module->imported_func_count && has_bit(p->called, i)) add_callee(g, i);
        }
    }
    memset(p->called, 0, end / 8 + 1);
}

/* ---- the code ---- */

static void enter_member(struct tcc_program *p, struct compilation *c, uint32_t func_idx) {
    const char *name = p->emitter.func_names[func_idx];
    program_enter_code(p, func_idx, compile_symbol(c, name));
    if (!program_has_tail_code(p, func_idx)) return;
    char tail_name[32];
    snprintf(tail_name, sizeof tail_name, "%s_tail", name);
    program_enter_tail_code(p, func_idx, compile_symbol(c, tail_name));
}

static bool place(struct group *g, struct compilation *c) {
    struct tcc_program *p = g->program;
    uint8_t *code = zone_open_code(&p->zone, c->size);
    if (!code) {
        fputs("w2c: no room for compiled code\n", stderr);
        return false;
    }
    if (!compile_place(c, code) || !zone_seal_code(&p->zone, code, c->size)) return false;
    for (uint32_t i = 0; i < g->count; i++)
        enter_member(p, c, g->members[i]);
    return true;
}

static bool compile(struct group *g, const char *text) {
    struct compilation c;
    const bool good = compile_open(&c, text, NULL, 0) && place(g, &c);
    compile_close(&c);
    return good;
}

/* Functions were validated, so nothing fails in building them. */
static void write_members(struct group *g, uint32_t func_idx) {
    add_member(g, func_idx);
    for (uint32_t i = 0; i < g->count; i++) {
        write_function(g, g->members[i]);
        add_callees(g);
    }
}

bool group_compile(struct tcc_program *p, uint32_t func_idx) {
    struct group g = {.program = p};
    g.writer = (struct writer){.emitter = &p->emitter,
                               .out = &p->bodies,
                               .body = &p->body,
                               .head = &p->head,
                               .types = p->types,
                               .host_types = p->host_types,
                               .tail_types = p->tail_types,
                               .group = p->group,
                               .called = p->called};
    const size_t type_bytes = p->module->type_count / 8 + 1;
    memset(p->types, 0, type_bytes);
    memset(p->host_types, 0, type_bytes);
    memset(p->tail_types, 0, type_bytes);
    text_clear(&p->bodies);
    write_members(&g, func_idx);
    const bool good = compile(&g, write_text(&g));
    for (uint32_t i = 0; i < g.count; i++)
        p->group[g.members[i] / 8] &= (unsigned char)~(1u << g.members[i] % 8);
    return good;
}
