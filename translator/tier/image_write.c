/* The text around the objects. Assembler, because it is about addresses and sections: values of symbols, jumps through
 * a table, the start and the end of the unwinder's list, a variable of threads at a distance that is given.
 *
 *     head     symbols of state; jumps; tables; the head that struct image_head describes; the list's beginning
 *     objects  OUT_1.o OUT_2.o ... as they are in the program that is built from the same translation
 *     tail     the list's end
 *
 * Variables of threads that a program defines itself lie at fixed distances below the thread pointer, counted from the
 * end of all of them: so the image has those that its code reads, each with as much room as there is to the next.
 */
#include "host_symbols.h"
#include "image.h"

#include <inttypes.h>

const char image_link_flags[] = "-nostdlib -static -no-pie -Wl,-Ttext-segment=0x8000000 -Wl,-e,w2c_image_head "
                                "-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--build-id=none -s";

static bool has_vector(const valtype *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (ctype_of(types[i]) == CTYPE_V128) return true;
    }
    return false;
}

/* Results in a struct are returned, vectors passed, and very many arguments too, in ways of which each compiler has its
 * own. */
static bool calls_agree(const struct module *m) {
    enum { AGREED_RESULTS = 1, AGREED_PARAMETERS = 200 };
    for (uint32_t i = 0; i < m->type_count; i++) {
        const struct type *type = &m->types[i];
        if (type->composite != COMPOSITE_FUNC) continue;
        if (has_vector(type->func.params, type->func.param_count)) return false;
        if (has_vector(type->func.results, type->func.result_count)) return false;
        if (type->func.result_count > AGREED_RESULTS || type->func.param_count > AGREED_PARAMETERS) return false;
    }
    return true;
}

bool image_is_possible(const struct module *m) {
    if (m->has_endless_tail_calls) return false; /* a function has one slot */
    if (m->has_rich_types) return false; /* their ids are known when the process runs, and so are not in the text */
    for (uint32_t i = 0; i < m->data_count; i++) {
        if (m->datas[i].mode == SEGMENT_PASSIVE) return false;
    }
    for (uint32_t i = 0; i < m->element_count; i++) {
        if (m->elements[i].mode == SEGMENT_PASSIVE) return false;
    }
    return calls_agree(m);
}

static void set_symbol(struct text *out, const char *name, uint64_t value) {
    text_format(out, "    .globl %s\n    .set %s, 0x%" PRIx64 "\n", name, name, value);
}

static void set_numbered(struct text *out, const char *kind, uint32_t count, const uint64_t *values) {
    for (uint32_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%u", kind, (unsigned)i);
        set_symbol(out, name, values[i]);
    }
}

static void write_state(struct text *out, const struct emitter *e, const struct image_places *places) {
    const struct module *m = e->module;
    set_symbol(out, "w2c_guest_memory", places->memory_base);
    set_numbered(out, "memory", m->memory_count, places->memories);
    set_numbered(out, "table", m->table_count, places->tables);
    set_numbered(out, "tag", m->tag_count, places->tags);
    for (uint32_t i = 0; i < m->global_count; i++)
        set_symbol(out, e->global_names[i], places->globals[i]);
}

static void write_jumps(struct text *out) {
    text_str(out, "    .text\n");
    for (size_t i = 0; i < host_symbol_count; i++) {
        text_format(out, "    .globl %s\n    .type %s, @function\n%s:\n    jmp *w2c_image_hosts+%zu(%%rip)\n",
                    host_symbols[i].name, host_symbols[i].name, host_symbols[i].name, 8 * i);
    }
}

static void write_functions(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    text_str(out, "    .section .rodata\n    .balign 8\nw2c_image_functions:\n");
    for (uint32_t i = 0; i < m->func_count; i++) {
        text_str(out, "    .quad ");
        text_str(out, i < m->imported_func_count ? "0" : e->func_names[i]);
        text_char(out, '\n');
    }
}

/* References to imports lead to what the process has in their slots. */
static void write_imports(struct text *out, const struct emitter *e, const struct image_places *places) {
    for (uint32_t i = 0; i < e->module->imported_func_count; i++) {
        if (!e->module->funcs[i].is_declared) continue;
        text_format(out, "%s:\n    jmp *0x%" PRIx64 "\n", e->func_names[i], places->slots + 8 * (uint64_t)i);
    }
}

/* What emit_state.c writes as C: the records that references point to. */
static void write_func_refs(struct text *out, const struct emitter *e) {
    const struct module *m = e->module;
    text_str(out, "    .globl func_refs\n    .balign 8\nfunc_refs:\n");
    for (uint32_t i = 0; i < m->func_count; i++) {
        if (!m->funcs[i].is_declared) continue;
        text_format(out, "    .quad %s, 0\n    .long %u, 0\n    .quad 0\n", e->func_names[i],
                    (unsigned)canonical_type(m, m->funcs[i].type_idx) + 1);
    }
}

static void write_tables(struct text *out, const struct emitter *e, const struct image_places *places) {
    text_format(out,
                "    .data\n    .balign 16\n    .globl w2c_image_head\n"
                "w2c_image_head:\n    .quad 0x%" PRIx64 ", 0x%" PRIx64 ", %u, w2c_image_functions\n"
                "    .quad %zu, w2c_image_hosts, w2c_program_wasi, w2c_image_frames\n"
                "w2c_image_hosts:\n    .zero %zu\n"
                "    .globl w2c_program_wasi\nw2c_program_wasi:\n    .quad 0\n",
                IMAGE_MAGIC, places->memory_base, (unsigned)e->module->func_count, host_symbol_count,
                8 * host_symbol_count);
}

static void write_thread_variables(struct text *out) {
    struct host_variable variables[HOST_VARIABLES];
    host_variables(variables);
    text_str(out, "    .section .tbss,\"awT\",@nobits\n    .balign 8\n");
    for (unsigned i = 0; i < HOST_VARIABLES; i++) {
        const char *name = variables[i].name;
        const size_t next = i + 1 < HOST_VARIABLES ? variables[i + 1].distance : 0;
        text_format(out, "    .globl %s\n    .type %s, @object\n%s:\n    .zero %zu\n", name, name, name,
                    variables[i].distance - next);
    }
}

static const char frames[] = "    .section .eh_frame,\"a\",@progbits\n";
static const char no_stack[] = "    .section .note.GNU-stack,\"\",@progbits\n";

void image_write_head(struct text *out, const struct emitter *e, const struct image_places *places) {
    write_state(out, e, places);
    write_jumps(out);
    write_imports(out, e, places);
    write_functions(out, e);
    write_func_refs(out, e);
    emit_table_assembly(out, e);
    write_tables(out, e, places);
    write_thread_variables(out);
    text_str(out, frames);
    text_str(out, "w2c_image_frames:\n");
    text_str(out, no_stack);
}

void image_write_tail(struct text *out) {
    text_str(out, frames);
    text_str(out, "    .long 0\n");
    text_str(out, no_stack);
}
